"""Momentum: growth by technology or office relative to the whole selection, with years still being published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from ibis import _

from chizai.errors import NotSupported, UnknownChoice
from chizai.finding import Caveat, Column, Finding
from chizai.landscape.classes import titles
from chizai.landscape.scope import Scope
from chizai.landscape.statistics.burst import bursts
from chizai.landscape.statistics.counts import count_interval
from chizai.landscape.statistics.delay import reporting_delay
from chizai.landscape.statistics.estimate import Floats, divide
from chizai.landscape.statistics.momentum import Momentum, pooled_completeness, shrunk_growth
from chizai.landscape.statistics.nowcast import nowcast
from chizai.messages import Phrase

By = Literal["technology", "office"]
LEAST_COMPLETE = 0.25
"""Years of which less has been published are left out: a handful of early birds would decide."""

COLUMNS = (
    Column("name", "text"),
    Column("relative_growth", "rate", low="relative_growth_low", high="relative_growth_high"),
    Column("relative_growth_low", "rate"),
    Column("relative_growth_high", "rate"),
    Column("above_whole", "share"),
    Column("title", "text", lang="en"),
    Column("title_ja", "text", lang="ja"),
    Column("units", "count"),
    Column("nowcast", "count", low="nowcast_low", high="nowcast_high"),
    Column("nowcast_low", "count"),
    Column("nowcast_high", "count"),
    Column("completeness", "share"),
    Column("plain_growth", "rate"),
    Column("burst_first", "year"),
    Column("burst_last", "year"),
    Column("burst_weight", "number"),
)


@dataclass(frozen=True)
class Yearly:
    """Units by item and year, and the share of them that can be seen by now.

    ``counts``, ``completeness`` and ``error`` (of the logarithm of completeness) [item, year]; ``totals`` and ``whole``
    (its completeness) [year] are those of the whole selection.
    """

    items: list[str]
    years: np.ndarray
    counts: Floats
    completeness: Floats
    error: Floats
    totals: Floats
    whole: Floats

    def since(self, year: int) -> Yearly:
        """The years from ``year`` on."""
        part = self.years >= year
        arrays = (self.counts, self.completeness, self.error, self.totals, self.whole)
        return Yearly(self.items, self.years[part], *(array[..., part] for array in arrays))

    def growth(self, *, confidence: float) -> Momentum:
        """Growth against the whole, the years that are still being published with what can be seen of them."""
        return shrunk_growth(
            self.years,
            self.counts,
            totals=self.totals,
            exposure=self.completeness,
            exposure_error=self.error,
            total_exposure=self.whole,
            confidence=confidence,
        )

    @property
    def caveats(self) -> list[Caveat]:
        """What to know of the last year where it is not yet whole."""
        share = float(self.whole[-1])
        return (
            [Caveat("incomplete_used", {"year": int(self.years[-1]), "share": f"{share:.0%}"})] if share < 0.95 else []
        )


def technology_items(scope: Scope) -> Any:
    """(unit, item) of the convention's technologies."""
    return scope.technologies().select("unit", item=_.code)


def office_items(scope: Scope) -> Any:
    """(unit, item, reported) of offices: a unit's second office is reached later than its first publication."""
    rows = scope.members.filter(_.publication_date.notnull())
    return rows.group_by("unit", item=_.office).agg(reported=_.publication_date.min())


def yearly(scope: Scope, items: Any, *, figure: Phrase | str, top: int | None = None) -> Yearly:
    """Counts by item and year, with pooled completeness; the ``top`` largest items.

    items: (unit, item) as an Ibis table, with ``reported`` where an item is reported on days of its own. The delay of
    each item is learned by itself and drawn towards that of the whole collection as far as its units are few. Raises
    NotSupported (``figure`` names what was asked for) where the data do not tell how long units take to appear.
    """
    if scope.delay is None or scope.nowcast is None:
        raise NotSupported(figure=figure, reason=Phrase("caveat.reason_no_delay"))
    apart = "reported" in items.columns
    dated = scope.units.filter(_.date.notnull()).select("unit", "date", "reported")
    rows = (dated.drop("reported") if apart else dated.filter(_.reported.notnull())).join(items, "unit")
    months = rows.mutate(
        origin=rows.date.year().cast("int64") * 12 + rows.date.month().cast("int64"),
        month=rows.reported.year().cast("int64") * 12 + rows.reported.month().cast("int64"),
    )
    counted = months.group_by("item", "origin", "month").agg(n=_.count()).order_by("item", "origin", "month")
    table = scope.run(counted)
    base = np.int64(1970 * 12 + 1)
    origin, month = (
        (table[part].to_numpy().astype(np.int64) - base).astype("datetime64[M]") for part in ("origin", "month")
    )
    weight, item = table["n"].to_numpy().astype(np.float64), np.array(table["item"].to_pylist(), dtype=object)
    known, place = (
        np.unique(item.astype(str), return_inverse=True) if len(item) else (np.array([]), np.array([], dtype=int))
    )
    size = np.bincount(place, weights=weight, minlength=len(known))
    order = np.lexsort((known, -size))[:top]
    cutoff = scope.delay.cutoff
    found = scope.nowcast
    years = found.year
    counts, own, low, high = (np.full((len(order), len(years)), np.nan) for _number in range(4))
    whole = found.completeness
    if apart and len(order):
        pooled = nowcast(
            reporting_delay(origin, month, weight, cutoff=cutoff), origin, month, weight, first_year=int(years[0])
        ).until(int(years[-1]))
        whole = pooled.completeness
    for row, index in enumerate(order):
        mine = place == index
        delay = reporting_delay(origin[mine], month[mine], weight[mine], cutoff=cutoff)
        alone = nowcast(
            delay, origin[mine], month[mine], weight[mine], first_year=int(years[0]), confidence=scope.confidence
        ).until(int(years[-1]))
        counts[row] = alone.observed
        told = ~np.isin(alone.reason, ("too-few-units", "history-too-short"))
        own[row], low[row], high[row] = (
            np.where(told, values, np.nan)
            for values in (alone.completeness, alone.completeness_low, alone.completeness_high)
        )
    completeness, error = pooled_completeness(own, low, high, whole, confidence=scope.confidence)
    totals, total_share = (found.observed, found.completeness)
    if apart:
        totals, total_share = counts.sum(axis=0) if top is None else pooled.observed if len(order) else totals, whole
    enough = np.nan_to_num(total_share) >= LEAST_COMPLETE
    enough &= totals > 0
    if not enough.any() or not len(order):
        raise NotSupported(figure=figure, reason=Phrase("caveat.reason_no_years"))
    first_year = int(np.argmax(enough))
    use = np.flatnonzero(enough[first_year:]) + first_year
    return Yearly(
        [str(known[index]) for index in order],
        years[use],
        counts[:, use],
        np.clip(completeness[:, use], 0.0, 1.0),
        error[:, use],
        np.maximum(totals[use], counts[:, use].max(axis=0)),
        np.clip(total_share[use], 0.0, 1.0),
    )


ITEMS = {"technology": technology_items, "office": office_items}


def momentum(
    scope: Scope,
    *,
    by: By = "technology",
    top: int = 50,
    span: int = 8,
    burst_ratio: float = 2.0,
    burst_gamma: float = 1.0,
) -> Finding:
    """Growth of each technology (or office) against the whole selection over the last ``span`` years, most rising first.

    ``relative_growth`` is drawn towards the mean of all items; ``plain_growth`` is not. ``above_whole`` is the
    probability that it grows faster than the whole. ``burst_*``: the last burst over all years (Kleinberg). Years that
    are still being published enter with the share that can be seen. Raises NotSupported where no delay can be learned.
    """
    if by not in ITEMS:
        raise UnknownChoice(kind="by", name=by, known=", ".join(ITEMS))
    figure = Phrase("finding.momentum.title")
    held = yearly(scope, ITEMS[by](scope), figure=figure, top=top)
    last = held.years[-span:]
    if len(last) < 3:
        raise NotSupported(figure=figure, reason=Phrase("caveat.reason_no_years"))
    if not np.any(held.totals > held.counts.max(axis=0)):
        raise NotSupported(figure=figure, reason=Phrase("statistics.reason.no-rest"))
    recent = held.since(int(last[0]))
    found = recent.growth(confidence=scope.confidence)
    counted = count_interval(held.counts[:, -1], confidence=scope.confidence)
    share = held.completeness[:, -1]
    seen = np.round(held.counts[:, -1], 9)
    burst: list[Any] = []
    for row in range(len(held.items)):
        grown, whole = divide(held.counts[row], held.completeness[row]), divide(held.totals, held.whole)
        runs = bursts(held.years, np.minimum(np.nan_to_num(grown), whole), whole, ratio=burst_ratio, gamma=burst_gamma)
        burst.append(runs[-1] if runs else None)
    growth = found.shrunk
    order = sorted(
        range(len(held.items)),
        key=lambda row: (np.isnan(growth.value[row]), -np.nan_to_num(growth.value[row]), held.items[row]),
    )
    names = [held.items[row] for row in order]
    title = (
        titles(names, scope.convention)
        if by == "technology"
        else {"title": [None] * len(names), "title_ja": [None] * len(names)}
    )
    caveats = [Caveat("relative_to_selection"), *held.caveats]
    if len(names) < 5:
        caveats.append(Caveat("few_to_pool", {"count": len(names)}))
    return scope.finding(
        "momentum",
        COLUMNS,
        {
            "name": names,
            **title,
            "units": [recent.counts[row].sum() for row in order],
            "relative_growth": [growth.value[row] for row in order],
            "relative_growth_low": [growth.low[row] for row in order],
            "relative_growth_high": [growth.high[row] for row in order],
            "above_whole": [found.above[row] for row in order],
            "plain_growth": [found.plain[row] for row in order],
            "nowcast": [divide(seen[row], share[row]).item() for row in order],
            "nowcast_low": [max(divide(counted.low[row], share[row]).item(), seen[row]) for row in order],
            "nowcast_high": [divide(counted.high[row], share[row]).item() for row in order],
            "completeness": [share[row] for row in order],
            "burst_first": [burst[row].first_year if burst[row] else None for row in order],
            "burst_last": [burst[row].last_year if burst[row] else None for row in order],
            "burst_weight": [burst[row].weight if burst[row] else None for row in order],
        },
        uses=("unit", "date", "technology", "level", "family_basis")
        if by == "technology"
        else ("unit", "date", "family_basis"),
        caveats=caveats,
        facts={"growth_first_year": int(last[0]), "growth_last_year": int(last[-1]), "log_growth_spread": found.spread},
        parameters={"by": by, "top": top, "span": span, "burst_ratio": burst_ratio, "burst_gamma": burst_gamma},
    )
