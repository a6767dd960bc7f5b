"""The words that typer itself writes on a page of help, in the user's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typer._click import core, decorators, formatting

from chizai.cli.language import say

CONSTANTS = {
    "ARGUMENTS_PANEL_TITLE": "arguments",
    "OPTIONS_PANEL_TITLE": "options",
    "COMMANDS_PANEL_TITLE": "commands",
    "DEFAULT_STRING": "default",
    "ENVVAR_STRING": "environment",
    "REQUIRED_LONG_STRING": "required",
}
COMPLETION = ("install_completion", "show_completion")


def _folding(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Rich cuts what it cannot break at a space: a Japanese sentence is one long word to it. Let it fold instead."""
    if getattr(plain, "folds", False):
        return plain

    def folded(**options: Any) -> Any:
        made = plain(**options)
        if hasattr(made, "overflow"):
            made.overflow = "fold"
        return made

    folded.folds = True  # type: ignore[attr-defined]
    return folded


class Formatter(formatting.HelpFormatter):
    """Typer's, with the word for usage."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        # The constants are set here, on the way to a page of help: other commands need not load them.
        from typer import rich_utils

        for name, key in CONSTANTS.items():
            setattr(rich_utils, name, say(f"typer.{key}").replace("{value}", "{}"))
        rich_utils._make_rich_text = _folding(rich_utils._make_rich_text)
        super().write_usage(prog, args, prefix or say("typer.usage"))


def translate(command: Any) -> None:
    """Let the pages of help of this command and those below it speak the user's language."""
    core.Context.formatter_class = Formatter
    for param in command.params:
        if param.name in COMPLETION:
            param.help = say(f"typer.{param.name}")
    made = decorators.help_option
    if getattr(made, "translated", False):
        return

    def help_option(param_decls: list[str]) -> Callable[[Any], Any]:
        plain = made(param_decls)

        def put(on: Any) -> Any:
            found: Any = plain(on)
            found.params[-1].help = say("typer.help")
            return found

        return put

    help_option.translated = True  # type: ignore[attr-defined]
    decorators.help_option = help_option
