"""The entry point: every error of chizai becomes one clear line and a non-zero exit, never a traceback."""

from __future__ import annotations

import json
import os
import sys

from chizai.cli.context import chosen_lang, say, wants_debug, wants_json
from chizai.errors import ChizaiError, UnknownChoice
from chizai.messages import LANGS

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130
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
        raise SystemExit(_run(lift(sys.argv[1:])))
    except ChizaiError as error:
        if wants_debug():
            raise
        lang = chosen_lang()
        if wants_json():
            print(json.dumps(error.as_dict(lang), ensure_ascii=False))
        print(say("error", message=error.text(lang)), file=sys.stderr)
        raise SystemExit(EXIT_ERROR) from None
    except KeyboardInterrupt:
        print("\n" + say("interrupted"), file=sys.stderr)
        raise SystemExit(EXIT_INTERRUPTED) from None
    except BrokenPipeError:
        # The reader of a pipe left (head, less): not an error. Keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(EXIT_BROKEN_PIPE) from None
    except OSError as error:
        if wants_debug():
            raise
        print(say("os_error", message=str(error)), file=sys.stderr)
        raise SystemExit(EXIT_ERROR) from None


def _run(arguments: list[str]) -> int:
    from typer import Abort, Exit
    from typer.main import get_command

    from chizai.cli.app import app
    from chizai.cli.usage import UsageError, explain

    command = get_command(app)
    try:
        result = command.main(args=arguments, prog_name="chizai", standalone_mode=False)
    except Exit as stop:
        if stop.exit_code == EXIT_INTERRUPTED:  # typer's answer to Ctrl-C, without a word
            raise KeyboardInterrupt from None
        return stop.exit_code
    except Abort:
        raise KeyboardInterrupt from None
    except UsageError as error:
        print(explain(error), file=sys.stderr)
        return EXIT_ERROR
    if result == EXIT_INTERRUPTED:  # typer turns Ctrl-C into this number and says nothing
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0
