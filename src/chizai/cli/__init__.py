"""The command line: a thin shell that parses, calls and prints. Nothing imports it."""

from __future__ import annotations

import sys

EXIT_INTERRUPTED = 130


def main() -> None:
    """Run the command in ``sys.argv``."""
    # Everything is imported inside: Ctrl-C in the first moments, while modules load, must not end in a traceback.
    try:
        from chizai.cli.run import main as run

        run()
    except KeyboardInterrupt:
        _say_interrupted()
        raise SystemExit(EXIT_INTERRUPTED) from None


def _say_interrupted() -> None:
    """The one line for Ctrl-C, from the catalogue alone: the rest may not be loaded."""
    from chizai.cli.language import say

    print("\n" + say("interrupted"), file=sys.stderr)


__all__ = ["main"]
