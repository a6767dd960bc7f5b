"""All commands. Each module below holds the commands of one subject."""

from __future__ import annotations

from typing import Annotated

import typer

from chizai import __version__
from chizai.cli.context import say

app = typer.Typer(
    name="chizai",
    help=say("help"),
    epilog=say("epilog"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:  # noqa: FBT001 - typer calls it
    if asked:
        print(f"chizai {__version__}")
        raise typer.Exit


@app.callback()
def everywhere(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=say("option.version"))
    ] = False,
    lang: Annotated[str | None, typer.Option("--lang", help=say("option.lang"), metavar="ja|en")] = None,
    debug: Annotated[bool, typer.Option("--debug", help=say("option.debug"))] = False,
) -> None:
    """Options that stand before the command; ``--lang`` and ``--debug`` are read from the whole line."""


from chizai.cli import analysis, demo, plan, strategy, study, tools  # noqa: E402

for module in (study, analysis, strategy, tools, plan, demo):
    module.register(app)
