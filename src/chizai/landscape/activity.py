"""Activity by year, with what is still to come."""

from __future__ import annotations

import numpy as np

from chizai.finding import Caveat, Column, Finding
from chizai.landscape.scope import Scope
from chizai.landscape.statistics.growth import compound_rate
from chizai.landscape.statistics.nowcast import Nowcast
from chizai.messages import Phrase

COLUMNS = (
    Column("year", "year"),
    Column("units", "count"),
    Column("nowcast", "count", low="nowcast_low", high="nowcast_high"),
    Column("nowcast_low", "count"),
    Column("nowcast_high", "count"),
    Column("completeness", "share", low="completeness_low", high="completeness_high"),
    Column("completeness_low", "share"),
    Column("completeness_high", "share"),
    Column("status", "code"),
)


def activity(scope: Scope, *, growth_years: int = 5) -> Finding:
    """Units by year, the nowcast of incomplete years, and growth on complete years only.

    ``status`` is ``complete``, ``incomplete`` (nowcast given) or ``not-estimable`` (too little has appeared: no number).
    Growth is the compound annual rate over the last ``growth_years`` complete years by quasi-Poisson regression.
    """
    found = scope.nowcast
    if found is None:
        return _plain(scope)
    last = found.last_complete_year
    facts: dict[str, object] = {"last_complete_year": last}
    units = scope.units_by_year()
    seen = np.array([units.get(int(year), 0) for year in found.year], dtype=float)
    since = _after_cutoff(scope, found)
    # The delay table knows delays up to its limit; what came later, or undated, is counted but cannot be foreseen.
    beside = seen - found.observed - since
    # Where most of what is seen came after the last full month, what was seen by then foretells nothing.
    status = np.where((found.status == "incomplete") & (2 * since > seen), "not-estimable", found.status)
    caveats = []
    if last is not None:
        growth = compound_rate(
            found.year,
            # Comparable counts: what took longer than the delay table reaches is seen of old years only.
            found.observed,
            last_complete_year=last,
            first_year=last - growth_years + 1,
            confidence=scope.confidence,
        )
        rate = growth.rate
        if str(rate.reason):
            caveats.append(Caveat("no_growth", {"reason": Phrase(f"statistics.reason.{rate.reason}")}))
        else:
            facts["growth"] = float(rate.value)
            facts["growth_low"], facts["growth_high"] = float(rate.low), float(rate.high)
            facts["growth_first_year"], facts["growth_last_year"] = int(growth.first_year), int(growth.last_year)
    rows = range(int(np.argmax(seen > 0)), len(found.year))
    value = np.fmax(found.nowcast + beside, seen)
    foreseen = {
        "nowcast": value,
        "nowcast_low": np.fmax(found.low + beside, seen),
        # A bound is a whole number of units; of a few the mean of what is to come can lie between it and the next.
        "nowcast_high": np.fmax(found.high + beside, value),
    }
    incomplete = [int(found.year[index]) for index in rows if status[index] != "complete"]
    if last is not None and incomplete:
        if incomplete[-1] == last + 1:
            caveats.append(Caveat("incomplete_year", {"year": last + 1}))
        else:
            caveats.append(Caveat("incomplete_years", {"first": last + 1, "last": incomplete[-1]}))
    if scope.selection.publications is not None or scope.selection.players is not None:
        caveats.append(Caveat("delay_of_whole"))
    return scope.finding(
        "activity",
        COLUMNS,
        {
            "year": [int(found.year[i]) for i in rows],
            "units": [seen[i] for i in rows],
            **{
                name: [values[i] if status[i] == "incomplete" else None for i in rows]
                for name, values in foreseen.items()
            },
            "completeness": [found.completeness[i] for i in rows],
            "completeness_low": [found.completeness_low[i] for i in rows],
            "completeness_high": [found.completeness_high[i] for i in rows],
            "status": [str(status[i]) for i in rows],
        },
        uses=("unit", "date", "family_basis"),
        caveats=caveats,
        facts=facts,
        parameters={"growth_years": growth_years},
        last_complete_year=last,
    )


def _after_cutoff(scope: Scope, found: Nowcast) -> np.ndarray:
    """Units by year that appeared in the last, not yet full month: the nowcast expects them already."""
    origin, reported, counts = scope.months
    late = reported > found.delay.cutoff
    year = origin[late].astype("datetime64[Y]").astype(np.int64) + 1970
    inside = (year >= found.year[0]) & (year <= found.year[-1])
    return np.bincount(year[inside] - found.year[0], weights=counts[late][inside], minlength=len(found.year))


def _plain(scope: Scope) -> Finding:
    """Counts by year where nothing tells which years are complete."""
    pairs = sorted(scope.units_by_year().items())
    empty = [None] * len(pairs)
    data: dict[str, list[object]] = {column.name: list(empty) for column in COLUMNS}
    data["year"], data["units"] = [year for year, _ in pairs], [count for _, count in pairs]
    data["status"] = ["unknown"] * len(pairs)
    return scope.finding(
        "activity",
        COLUMNS,
        data,
        uses=("unit", "date", "family_basis"),
        caveats=[Caveat(scope.no_delay or "no_report_dates")],
    )
