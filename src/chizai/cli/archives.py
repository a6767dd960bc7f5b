"""What ``add`` and ``convert`` say of archives."""

from __future__ import annotations

from chizai.cli.context import say

NAMED = 5


def left_out(file: str, members: tuple[str, ...]) -> str:
    """One line on the members of an archive that were not read; ``--json`` names them all."""
    shown = ", ".join([*members[:NAMED], *(["..."] if len(members) > NAMED else [])])
    return say("add.left", file=file, count=f"{len(members):,}", members=shown)
