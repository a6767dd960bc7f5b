"""Mistakes in the command line itself, said in the user's language."""

from __future__ import annotations

import re
from typing import Any

from typer._click.exceptions import UsageError  # typer carries its own copy of click and exports no usage errors

from chizai.cli.context import say

KINDS = {
    "NoSuchOption": ("no_such_option", "option_name"),
    "NoSuchCommand": ("no_such_command", "command_name"),
    "MissingParameter": ("missing", "param"),
    "BadParameter": ("bad_value", "param"),
}


def explain(error: UsageError) -> str:
    """One line: what is wrong with the command line and where its help is."""
    command = error.ctx.command_path if error.ctx is not None else "chizai"
    if type(error).__name__ == "NoArgsIsHelpError":
        return error.format_message()
    unknown = re.match(r"No such command '(.*?)'", error.message)
    if unknown:
        detail = say("usage.no_such_command", name=unknown[1])
        return say("error", message=f"{detail} {say('usage.help', command=command)}")
    kind, attribute = KINDS.get(type(error).__name__, ("other", "message"))
    name = _shown(getattr(error, attribute, None)) or error.format_message()
    near = ", ".join(getattr(error, "possibilities", None) or ())
    detail = say(f"usage.{kind}", name=name, message=error.message)
    if near:
        detail += " " + say("usage.near", near=near)
    return say("error", message=f"{detail} {say('usage.help', command=command)}")


def _shown(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    flags = [name for name in getattr(value, "opts", ()) if name.startswith("-")]
    return flags[0] if flags else str(getattr(value, "name", value))


__all__ = ["UsageError", "explain"]
