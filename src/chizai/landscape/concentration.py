"""Concentration: in how few hands a field lies."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from ibis import _

from chizai.finding import Caveat, Column, Finding
from chizai.landscape.relations import SCALE
from chizai.landscape.scope import Scope
from chizai.landscape.statistics import concentration as statistics

COLUMNS = (
    Column("period", "text"),
    Column("players", "count"),
    Column("units", "count"),
    Column("hhi", "number", low="hhi_low", high="hhi_high"),
    Column("hhi_low", "number"),
    Column("hhi_high", "number"),
    Column("cr4", "share", low="cr4_low", high="cr4_high"),
    Column("cr4_low", "share"),
    Column("cr4_high", "share"),
    Column("entropy", "index"),
    Column("evenness", "index"),
    Column("effective_players", "number"),
    Column("complete", "flag"),
)


def _hhi_and_cr4(counts: np.ndarray) -> np.ndarray:
    """Both figures of one redrawn market: drawing takes longer than counting."""
    return np.stack([statistics.hhi(counts, scale=10_000), statistics.concentration_ratio(counts, k=4)], axis=-1)


def concentration(scope: Scope, *, draws: int = 500, seed: int = 0) -> Finding:
    """HHI (0 to 10,000), CR4, entropy (nats), evenness and the effective number of players (1/HHI), whole and by year.

    Players are harmonised applicants; each unit is shared equally among its applicants whatever the counting, since
    shares must add up to one. Intervals redraw the units (multinomial bootstrap, ``draws`` times).
    """
    rows = scope.players.join(scope.units.select("unit", "year"), "unit").mutate(weight=SCALE // _.n.cast("int64"))
    table = scope.run(rows.group_by("year", "player").agg(weight=_.weight.sum().cast("int64")))
    by_year: dict[int | None, dict[int, int]] = defaultdict(dict)
    whole: dict[int, int] = defaultdict(int)
    for row in table.to_pylist():
        by_year[row["year"]][row["player"]] = row["weight"]
        whole[row["player"]] += row["weight"]
    last = scope.last_complete_year
    periods: list[tuple[str, dict[int, int], bool]] = [("all", whole, True)]
    periods += [
        (str(year), by_year[year], last is not None and year <= last)
        for year in sorted(year for year in by_year if year is not None)
    ]
    columns: dict[str, list[object]] = {column.name: [] for column in COLUMNS}
    for period, held, complete in periods:
        counts = np.array(sorted(held.values(), reverse=True)) / SCALE
        found = statistics.bootstrap(_hhi_and_cr4, counts, confidence=scope.confidence, draws=draws, seed=seed)
        (hhi, cr4), (hhi_low, cr4_low), (hhi_high, cr4_high) = (
            part.tolist() for part in (found.value, found.low, found.high)
        )
        values: tuple[object, ...] = (
            period,
            len(counts),
            counts.sum(),
            hhi,
            hhi_low,
            hhi_high,
            cr4,
            cr4_low,
            cr4_high,
            float(statistics.entropy(counts)),
            float(statistics.evenness(counts)),
            float(statistics.effective_players(counts)),
            complete,
        )
        for name, value in zip(columns, values, strict=True):
            columns[name].append(value)
    return scope.finding(
        "concentration",
        COLUMNS,
        columns,
        uses=("unit", "date", "family_basis", "player_level"),
        caveats=[Caveat("players_harmonised")],
        parameters={"draws": draws, "seed": seed},
        last_complete_year=last,
    )
