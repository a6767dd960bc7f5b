"""The entry point: every error of chizai becomes one clear line and a non-zero exit, never a traceback."""

from __future__ import annotations

import json
import os
import sys

from chizai.cli.context import chosen_lang, wants_debug, wants_json
from chizai.errors import ChizaiError
from chizai.messages import text

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


def main() -> None:
    """Run the command in ``sys.argv``."""
    from chizai.cli.app import app

    try:
        app(standalone_mode=True)
    except ChizaiError as error:
        if wants_debug():
            raise
        lang = chosen_lang()
        if wants_json():
            print(json.dumps(error.as_dict(lang), ensure_ascii=False))
        print(text("cli.error", lang, message=error.text(lang)), file=sys.stderr)
        raise SystemExit(EXIT_ERROR) from None
    except KeyboardInterrupt:
        print("\n" + text("cli.interrupted", chosen_lang()), file=sys.stderr)
        raise SystemExit(EXIT_INTERRUPTED) from None
    except BrokenPipeError:
        # The reader of a pipe left (head, less): not an error. Keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(EXIT_BROKEN_PIPE) from None
    except OSError as error:
        if wants_debug():
            raise
        print(text("cli.os_error", chosen_lang(), message=str(error)), file=sys.stderr)
        raise SystemExit(EXIT_ERROR) from None
