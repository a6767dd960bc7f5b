"""Concentration: in how few hands a field lies."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from ibis import _

from chizai.finding import Caveat, Column, Finding
from chizai.landscape.relations import ROOT_SCALE, SCALE
from chizai.landscape.scope import Scope
from chizai.landscape.statistics import concentration as statistics

COLUMNS = (
    Column("period", "text"),
    Column("players", "count"),
    Column("units", "count"),
    Column("hhi", "number", low="hhi_low", high="hhi_high"),
    Column("hhi_low", "number"),
    Column("hhi_high", "number"),
    Column("hhi_corrected", "number"),
    Column("cr4", "share", low="cr4_low", high="cr4_high"),
    Column("cr4_low", "share"),
    Column("cr4_high", "share"),
    Column("entropy", "index"),
    Column("evenness", "index"),
    Column("effective_players", "number"),
    Column("complete", "flag"),
)


def concentration(scope: Scope, *, minimum_units: int = 10) -> Finding:
    """HHI (0 to 10,000), CR4, entropy (nats), evenness and the effective number of players (1/HHI), whole and by year.

    Players are harmonised applicants; each unit is shared equally among its applicants whatever the counting, since
    shares must add up to one. The figures are those of the units counted. Few units look more concentrated than the
    market they come from: ``hhi_corrected`` and the intervals are of that market, and the intervals hold the figure shown.
    Periods of fewer than ``minimum_units`` have no figure.
    """
    rows = scope.players.join(scope.units.select("unit", "year"), "unit").mutate(weight=SCALE // _.n.cast("int64"))
    root = rows.weight // (SCALE // ROOT_SCALE)
    table = scope.run(
        rows.mutate(square=(root * root).cast("int64"))
        .group_by("year", "player")
        .agg(weight=_.weight.sum().cast("int64"), squares=_.square.sum().cast("int64"))
    )
    # Counted, not summed up from the parts: those of a unit with 23 applicants do not quite make one.
    units = {row["year"]: row["n"] for row in scope.run(rows.group_by("year").agg(n=_.unit.nunique())).to_pylist()}
    by_year: dict[int | None, dict[int, _Held]] = defaultdict(dict)
    whole: dict[int, _Held] = defaultdict(lambda: (0, 0))
    for row in table.to_pylist():
        held, before = (row["weight"], row["squares"]), whole[row["player"]]
        by_year[row["year"]][row["player"]] = held
        whole[row["player"]] = before[0] + held[0], before[1] + held[1]
    last = scope.last_complete_year
    periods: list[tuple[str, int, dict[int, _Held], bool]] = [("all", sum(units.values()), whole, True)]
    periods += [
        (str(year), units[year], by_year[year], last is not None and year <= last)
        for year in sorted(year for year in by_year if year is not None)
    ]
    columns: dict[str, list[object]] = {column.name: [] for column in COLUMNS}
    for period, counted, players, complete in periods:
        figures = _figures(players, confidence=scope.confidence) if counted >= minimum_units else _NOTHING
        for name, value in zip(columns, (period, len(players), counted, *figures, complete), strict=True):
            columns[name].append(value)
    few = sum(1 for _period, counted, _players, _complete in periods if counted < minimum_units)
    caveats = [Caveat("players_harmonised")]
    if few:
        caveats.append(Caveat("periods_too_few", {"count": few, "minimum": minimum_units}))
    return scope.finding(
        "concentration",
        COLUMNS,
        columns,
        uses=("unit", "date", "family_basis", "player_level"),
        caveats=caveats,
        parameters={"minimum_units": minimum_units},
        last_complete_year=last,
    )


_Held = tuple[int, int]
"""What a player holds, in 1/SCALE of a unit, and the squares of the parts, in 1/ROOT_SCALE squared."""
_NOTHING = (None,) * 10


def _figures(players: dict[int, _Held], *, confidence: float) -> tuple[float, ...]:
    """The figures of one period, from ``hhi`` to ``effective_players`` in the order of the columns."""
    # In the order of size, so that the order in which an engine returns its rows does not show in a sum of floats.
    held = np.array(sorted(players.values(), reverse=True), dtype=np.float64)
    counts, squares = held[:, 0] / SCALE, held[:, 1] / ROOT_SCALE**2
    hhi = statistics.hhi_interval(counts, scale=10_000, confidence=confidence, sum_squares=squares, minimum_units=0)
    cr4 = statistics.concentration_ratio_interval(
        counts, k=4, confidence=confidence, sum_squares=squares, minimum_units=0
    )
    figures = (
        hhi.value,
        hhi.low,
        hhi.high,
        statistics.hhi(counts, scale=10_000, small_sample=True, sum_squares=squares),
        cr4.value,
        cr4.low,
        cr4.high,
        statistics.entropy(counts),
        statistics.evenness(counts),
        statistics.effective_players(counts),
    )
    return tuple(float(figure) for figure in figures)
