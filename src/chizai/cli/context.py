"""What every command shares: language, output, workspace."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chizai.cli.language import _workspace_lang, chosen_lang, say, wants_debug, wants_json, workspace_path

if TYPE_CHECKING:
    from rich.console import Console

    from chizai.finding import Finding
    from chizai.workspace import Workspace


# Options that several commands take -----------------------------------------------------------------------------------

WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", "-w", help=say("option.workspace"), envvar="CHIZAI_WORKSPACE", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help=say("option.json"))]
EngineOption = Annotated[str | None, typer.Option("--engine", help=say("option.engine"), envvar="CHIZAI_ENGINE")]


__all__ = [
    "EngineOption",
    "JsonOption",
    "WorkspaceOption",
    "_workspace_lang",
    "chosen_lang",
    "console",
    "filled_workspace",
    "open_workspace",
    "print_json",
    "progress",
    "say",
    "show_finding",
    "stages",
    "wants_debug",
    "wants_json",
    "workspace_path",
]


def open_workspace(path: Path) -> Workspace:
    from chizai.workspace import Workspace

    return Workspace(path)


def filled_workspace(path: Path) -> Workspace:
    """The workspace, which must hold something to count."""
    from chizai.errors import NothingAdded

    opened = open_workspace(path)
    if not opened.snapshots():
        raise NothingAdded(path=str(path))
    return opened


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
