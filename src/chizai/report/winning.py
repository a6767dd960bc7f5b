"""The winning line in the report: of the first country, or of the largest applicant where countries are not known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chizai.errors import EmptySelection, MissingExtra, NotSupported, UnknownChoice
from chizai.finding import Caveat, Finding

if TYPE_CHECKING:
    from chizai.landscape import Landscape
    from chizai.strategy.technologies import By

SECTIONS = ("winning_line", "moves")
"""What of it the report shows; the rest is on the pages that ``chizai strategy pages`` writes."""
CHOSEN_BETWEEN: tuple[By, ...] = ("wipo35", "topic")
UP_TO = 100_000
"""Units up to which the report has it: above them it would take longer than the rest."""


def winning(landscape: Landscape, findings: dict[str, Finding]) -> dict[str, Finding]:
    """The ranking and the moves with their evidence; nothing where the data support neither.

    A landscape of chosen players has nobody to compare them with and gets none.
    """
    from chizai.strategy import (
        charts,  # noqa: F401 - gives the report its charts
        winning_line,
    )

    scope = landscape.scope
    if scope.selection.players is not None or scope.total > UP_TO:
        return {}
    for player in _first(findings):
        for by in CHOSEN_BETWEEN:
            try:
                line = winning_line(landscape, player=player, by=by)
            except (NotSupported, EmptySelection, MissingExtra, UnknownChoice):
                continue
            found = {"winning_line": line.ranking(), "moves": line.moves()}
            hint = Caveat("strategy_other_player")
            return {name: replace(found[name], caveats=(*found[name].caveats, hint)) for name in SECTIONS}
    return {}


def _first(findings: dict[str, Finding]) -> list[str]:
    """The country with the most units and the applicant with the most."""
    found = []
    for name, column, prefix in (("countries", "country", "country"), ("players", "identity", "player")):
        rows = findings[name].table.to_pylist() if name in findings else []
        first = next((row[column] for row in rows if row[column] is not None), None)
        if first is not None:
            found.append(f"{prefix}:{first}")
    return found
