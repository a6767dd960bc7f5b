"""The command line: a thin shell that parses, calls and prints. Nothing imports it."""

from chizai.cli.main import main

__all__ = ["main"]
