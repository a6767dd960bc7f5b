"""Mistakes in the command line itself, said in the user's language."""

from __future__ import annotations

import re
from typing import Any

from typer._click.exceptions import UsageError  # typer carries its own copy of click and exports no usage errors

from chizai.cli.language import chosen_lang, say
from chizai.errors import UsageMistake

PHRASES = (
    (re.compile(r"No such command '(?P<name>.*?)'"), "no_such_command"),
    (re.compile(r"Option '(?P<name>.*?)' requires "), "no_value"),
    (re.compile(r"Option '(?P<name>.*?)' does not take a value"), "takes_no_value"),
    (re.compile(r"Got unexpected extra argument\(s\) \((?P<name>.*)\)", re.DOTALL), "extra_arguments"),
    (re.compile(r"Missing command"), "missing_command"),
)
"""What typer says only in English sentences."""


def explain(error: UsageError) -> UsageMistake:
    """What is wrong with the command line and where its help is."""
    command = error.ctx.command_path if error.ctx is not None else "chizai"
    return UsageMistake(detail=_detail(error), command=command)


def help_shown(error: UsageError) -> str | None:
    """The help that typer gives for a command without anything behind it, which is no line of error."""
    return error.format_message() if type(error).__name__ == "NoArgsIsHelpError" else None


def _detail(error: UsageError) -> str:
    kind, param = type(error).__name__, getattr(error, "param", None)
    if kind == "NoSuchOption":
        detail = say("usage.no_such_option", name=error.option_name)  # type: ignore[attr-defined]
    elif kind == "MissingParameter":
        detail = say("usage.missing", name=_shown(param))
    elif kind == "BadParameter":
        # One that a command raises itself comes with its whole sentence.
        detail = error.message
        if param is not None:
            detail = say("usage.bad_value", name=_shown(param), message=_reason(error))
    else:
        detail = _sentence(error.message)
    near = ", ".join(getattr(error, "possibilities", None) or ())
    return detail + " " + say("usage.near", near=near) if near else detail


def _sentence(message: str) -> str:
    for pattern, key in PHRASES:
        if (found := pattern.match(message)) is not None:
            return say(f"usage.{key}", **found.groupdict())
    return say("usage.other", message=message)


def _reason(error: UsageError) -> str:
    """What does not fit of a value, from the check itself where it tells."""
    from chizai.foreign import of_pydantic

    listed = getattr(error.__cause__, "errors", None)
    return of_pydantic(listed()[0]).text(chosen_lang()) if listed is not None else error.message


def _shown(param: Any) -> str:
    """An option by its longest name, an argument as its help names it."""
    flags = sorted((name for name in getattr(param, "opts", ()) if name.startswith("-")), key=len)
    if flags:
        return flags[-1]
    name = str(getattr(param, "name", param)).upper()
    return say("usage.argument", name=name, help=param.help) if getattr(param, "help", None) else name


__all__ = ["UsageError", "explain", "help_shown"]
