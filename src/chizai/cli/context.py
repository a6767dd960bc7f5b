"""What every command shares: language, output, workspace."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chizai.messages import LANGS, Lang, text

if TYPE_CHECKING:
    from rich.console import Console

    from chizai.finding import Finding
    from chizai.workspace import Workspace


def _flag(name: str) -> str | None:
    """The value of an option wherever it stands, before typer has parsed anything (help texts need the language)."""
    arguments = sys.argv[1:]
    for index, argument in enumerate(arguments):
        if argument == name and index + 1 < len(arguments):
            return arguments[index + 1]
        if argument.startswith(name + "="):
            return argument.split("=", 1)[1]
    return None


def chosen_lang() -> Lang:
    """``--lang``, else CHIZAI_LANG, else the workspace's own, else the locale; English at last."""
    for found in (_flag("--lang"), os.environ.get("CHIZAI_LANG")):
        if found in LANGS:
            return found
    configured = _workspace_lang(workspace_path().absolute())
    if configured is not None:
        return configured
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "ja" if locale.startswith("ja") else "en"


@cache
def _workspace_lang(workspace: Path) -> Lang | None:
    import tomllib

    try:
        found = tomllib.loads((workspace / "chizai.toml").read_text(encoding="utf-8-sig")).get("lang")
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return None
    return found if found in LANGS else None


def wants_json() -> bool:
    return "--json" in sys.argv


def wants_debug() -> bool:
    return "--debug" in sys.argv or bool(os.environ.get("CHIZAI_DEBUG"))


def workspace_path() -> Path:
    return Path(_flag("--workspace") or _flag("-w") or os.environ.get("CHIZAI_WORKSPACE") or ".")


def say(key: str, **values: object) -> str:
    """A text of the command line in the chosen language."""
    return text(f"cli.{key}", chosen_lang(), **values)


# Options that several commands take -----------------------------------------------------------------------------------

WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", "-w", help=say("option.workspace"), envvar="CHIZAI_WORKSPACE", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help=say("option.json"))]
EngineOption = Annotated[str | None, typer.Option("--engine", help=say("option.engine"), envvar="CHIZAI_ENGINE")]


def open_workspace(path: Path) -> Workspace:
    from chizai.workspace import Workspace

    return Workspace(path)


def console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def print_json(value: object) -> None:
    """JSON on standard output; dates as ISO."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)


def show_finding(finding: Finding, *, as_json: bool, limit: int) -> None:
    lang = chosen_lang()
    if as_json:
        print_json(finding.as_dict())
        return
    out = console()
    out.print(finding.to_rich(lang, limit=limit, width=out.width))
    for label, value in finding.shown_facts(lang):
        out.print(f"{label}: {value}")
    out.print(say("source_line", digest=finding.provenance.digest(), count=len(finding.provenance.snapshots)))


@contextmanager
def progress(total_label: str) -> Iterator[Callable[[str, int], None]]:
    """A progress line on standard error: the file and the records read so far."""
    if wants_json() or not sys.stderr.isatty():
        yield lambda label, count: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from chizai.corpus.readers.base import READ

    columns: list[Any] = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[records]}"),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(total_label, total=None, records="")

        def report(label: str, count: int) -> None:
            bar.update(
                task,
                description=label,
                total=READ.total or None,
                completed=min(READ.bytes, READ.total),
                records=say("records", count=f"{count:,}"),
            )

        yield report


@contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """A spinner on standard error that names the step under way."""
    if wants_json() or not sys.stderr.isatty():
        yield lambda name: None
        return
    with console(stderr=True).status(say("stage.start")) as status:
        yield lambda name: status.update(say(f"stage.{name}"))
