"""A run of the command line: every error of chizai becomes one clear line and a non-zero exit, never a traceback."""

from __future__ import annotations

import json
import os
import sys
from typing import NoReturn

from chizai.cli import EXIT_INTERRUPTED
from chizai.cli.language import chosen_lang, say, wants_debug, wants_json
from chizai.errors import ChizaiError, UnknownChoice
from chizai.messages import LANGS

EXIT_ERROR = 2
EXIT_BROKEN_PIPE = 141

ANYWHERE = {"--lang": "CHIZAI_LANG", "--engine": "CHIZAI_ENGINE"}
"""Options that may stand before or after the command; they travel in the environment."""


def lift(arguments: list[str]) -> list[str]:
    """The arguments without those that may stand anywhere, which are put into the environment."""
    kept: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name in ANYWHERE:
            value = value if equals else next(rest, "")
            if name == "--lang" and value not in LANGS:
                raise UnknownChoice(kind=name, name=value, known=", ".join(LANGS))
            os.environ[ANYWHERE[name]] = value
        elif argument == "--debug":
            os.environ["CHIZAI_DEBUG"] = "1"
        else:
            kept.append(argument)
    return kept


def main() -> None:
    """Run the command in ``sys.argv``."""
    # A Japanese Windows console or a C locale must not turn kanji into a traceback.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        try:
            status = _run(lift(sys.argv[1:]))
        except ChizaiError as error:
            if wants_debug():
                raise
            status = _tell(error)
        except BrokenPipeError:
            raise
        except OSError as error:
            if wants_debug():
                raise
            from chizai.cli.system import said

            status = _tell(said(error))
        # What is still buffered is written here, where a closed pipe can be met with grace.
        sys.stdout.flush()
    except BrokenPipeError:
        _leave_quietly()
    raise SystemExit(status)


def _tell(error: ChizaiError) -> int:
    lang = chosen_lang()
    if wants_json():
        print(json.dumps(error.as_dict(lang), ensure_ascii=False))
    print(say("error", message=error.text(lang)), file=sys.stderr)
    return EXIT_ERROR


def _leave_quietly() -> NoReturn:
    """The reader of a pipe left (head, less): not an error. Keep the interpreter from complaining at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(EXIT_BROKEN_PIPE)


def _pipes_break_openly() -> None:
    """Rich and typer end the program themselves, with 1, when a pipe is closed; here all of it ends in one place."""
    from rich.console import Console

    def passed_on(self: Console) -> NoReturn:
        raise BrokenPipeError

    Console.on_broken_pipe = passed_on  # type: ignore[method-assign]


def _run(arguments: list[str]) -> int:
    from typer import Abort, Exit
    from typer.main import get_command

    from chizai.cli.app import app
    from chizai.cli.typer_words import translate
    from chizai.cli.usage import UsageError, explain, help_shown

    _pipes_break_openly()
    command = get_command(app)
    translate(command)
    streams = sys.stdout, sys.stderr
    try:
        result = command.main(args=arguments, prog_name="chizai", standalone_mode=False)
    except Exit as stop:
        if stop.exit_code == EXIT_INTERRUPTED:  # typer's answer to Ctrl-C, without a word
            raise KeyboardInterrupt from None
        return stop.exit_code
    except Abort:
        raise KeyboardInterrupt from None
    except SystemExit:
        if sys.stdout is streams[0]:
            raise
        sys.stdout, sys.stderr = streams  # typer has muted both: its answer to a closed pipe
        raise BrokenPipeError from None
    except UsageError as error:
        if (shown := help_shown(error)) is not None:
            print(shown, file=sys.stderr)
            return EXIT_ERROR
        raise explain(error) from error
    if result == EXIT_INTERRUPTED:  # typer turns Ctrl-C into this number and says nothing
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0
