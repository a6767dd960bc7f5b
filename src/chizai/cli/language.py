"""The language and the other choices that are read from the command line before it is parsed.

Nothing heavy is imported here: what is said of a command that never got further needs it too.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from chizai.messages import LANGS, Lang, text


def flag(name: str, short: str | None = None) -> str | None:
    """The value of an option wherever it stands, before typer has parsed anything (help texts need the language).

    A short option may have its value attached, as in ``-wstudy``.
    """
    # While a shell completes, the line stands in the environment.
    arguments = sys.argv[1:] or os.environ.get("COMP_WORDS", "").split()[1:]
    for index, argument in enumerate(arguments):
        if argument in (name, short) and index + 1 < len(arguments):
            return arguments[index + 1]
        if argument.startswith(name + "="):
            return argument.split("=", 1)[1]
        if short is not None and argument.startswith(short) and len(argument) > len(short):
            return argument[len(short) :]
    return None


def chosen_lang() -> Lang:
    """``--lang``, else CHIZAI_LANG, else the workspace's own, else the locale; English at last."""
    for found in (flag("--lang"), os.environ.get("CHIZAI_LANG")):
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
    return Path(flag("--workspace", "-w") or os.environ.get("CHIZAI_WORKSPACE") or ".")


def say(key: str, **values: object) -> str:
    """A text of the command line in the chosen language."""
    return text(f"cli.{key}", chosen_lang(), **values)
