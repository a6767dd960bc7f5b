"""What a unit is made of: family size, grant lag, claims and scope, by cohort."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from ibis import _

from chizai.finding import Caveat, Column, Finding
from chizai.landscape import relations
from chizai.landscape.scope import Scope

QUANTILES = (
    Column("year", "year"),
    Column("units", "count"),
    Column("mean", "number"),
    Column("p10", "number"),
    Column("median", "number", low="median_low", high="median_high"),
    Column("median_low", "number"),
    Column("median_high", "number"),
    Column("p90", "number"),
    Column("largest", "number"),
    Column("complete", "flag"),
)


def _quantiles(
    scope: Scope,
    name: str,
    values: Any,
    *,
    uses: tuple[str, ...],
    caveats: list[Caveat],
    last: int | None,
    parameters: dict[str, object] | None = None,
    **facts: object,
) -> Finding:
    """Quantiles of ``value`` by year from a histogram (year, value, n); the interval of the median is distribution-free.

    last: the last year whose units are all there.
    """
    histogram = scope.run(
        values.filter(_.year.notnull() & _.value.notnull()).group_by("year", "value").agg(n=_.count())
    )
    by_year: dict[int, list[tuple[float, int]]] = {}
    for row in histogram.to_pylist():
        by_year.setdefault(row["year"], []).append((float(row["value"]), row["n"]))
    columns: dict[str, list[Any]] = {column.name: [] for column in QUANTILES}
    for year in sorted(by_year):
        value, count = (np.array(part) for part in zip(*sorted(by_year[year]), strict=True))
        low, high = _median_interval(value, count, confidence=scope.confidence)
        cells = (
            year,
            int(count.sum()),
            float((value * count).sum() / count.sum()),
            _quantile(value, count, 0.1),
            _quantile(value, count, 0.5),
            low,
            high,
            _quantile(value, count, 0.9),
            float(value[-1]),
            last is not None and year <= last,
        )
        for column, cell in zip(columns, cells, strict=True):
            columns[column].append(cell)
    if not by_year:
        caveats = [*caveats, Caveat("not_carried")]
    return scope.finding(
        name,
        QUANTILES,
        columns,
        uses=uses,
        caveats=caveats,
        facts=facts,
        parameters=parameters,
        last_complete_year=last,
    )


def _quantile(value: np.ndarray, count: np.ndarray, share: float) -> float:
    """The smallest value that at least ``share`` of the units do not exceed (inverse of the empirical distribution)."""
    return float(value[np.searchsorted(np.cumsum(count), share * count.sum() - 1e-9)])


def _median_interval(value: np.ndarray, count: np.ndarray, *, confidence: float) -> tuple[float | None, float | None]:
    """Order statistics between which the median lies with at least this confidence (binomial, distribution-free).

    None for fewer than six units: no two order statistics then reach 90 %.
    """
    from scipy.stats import binom

    total = int(count.sum())
    rank = int(binom.ppf((1 - confidence) / 2, total, 0.5))
    if rank < 1 or binom.cdf(rank - 1, total, 0.5) > (1 - confidence) / 2:
        return None, None
    upto = np.cumsum(count)
    return float(value[np.searchsorted(upto, rank)]), float(value[np.searchsorted(upto, total - rank + 1)])


def family_size(scope: Scope) -> Finding:
    """Size of families by year: documents as the source counts them, or offices in the collection (fact ``basis``).

    A collection that was searched in a few offices shows small families; the family size that the source states is then
    the better figure, and is used where 95 % of the units carry one. Counted in the collection are the offices of all
    members, those of offices that were not selected with them; WIPO is none, so that a family known by its international
    application only is present at 0 offices.
    """
    units = scope.units
    stated = scope.run(units.aggregate(n=_.family_size.count()))["n"][0].as_py()
    if stated >= 0.95 * scope.total:
        values, basis = units.select("year", value=units.family_size), "source"
    else:
        offices = relations.presence(scope.corpus.tables, scope.convention, scope.selection)
        values, basis = units.select("unit", "year").join(offices, "unit").select("year", value=_.offices), "collection"
    caveats = [Caveat(f"family_size_{basis}")]
    return _quantiles(
        scope,
        "family_size",
        values,
        uses=("unit", "date", "family_basis"),
        caveats=caveats,
        last=scope.last_complete_year,
        basis=basis,
    )


def grant_lag(scope: Scope, *, settled_years: int = 10, minimum_units: int = 20) -> Finding:
    """Days from filing to grant by filing year, granted units only.

    Young cohorts hold only the fast grants (right-censored), so their lags are too short. A cohort is complete when as
    much time has passed since its end as nine in ten units of the settled cohorts took at most. Settled are those that
    ended at least ``settled_years`` before the data do; they are taken together, since a year of two units has no slowest
    tenth. Where fewer than ``minimum_units`` are settled, no cohort is known to be complete.
    """
    filed = scope.under(date="filing")
    units = filed.units
    values = units.filter(units.granted & units.grant_date.notnull() & units.filing_date.notnull())
    values = values.mutate(value=values.grant_date.delta(values.filing_date, unit="day").cast("int64"))
    values = values.filter(values.value >= 0).select("year", "value")
    return _quantiles(
        filed,
        "grant_lag",
        values,
        uses=("unit", "family_basis"),
        caveats=[Caveat("grant_lag_censored")],
        last=_last_granted_year(filed, values, settled_years=settled_years, minimum_units=minimum_units),
        parameters={"settled_years": settled_years, "minimum_units": minimum_units},
    )


def _last_granted_year(scope: Scope, values: Any, *, settled_years: int, minimum_units: int) -> int | None:
    """The last filing year since whose end nine in ten settled units were granted; None where too few are settled."""
    end = scope.cutoff
    if end is None:
        return None
    settled = values.filter(_.year < end.year - settled_years)
    histogram = scope.run(settled.group_by("value").agg(n=_.count()).order_by("value"))
    value, count = (histogram[name].to_numpy() for name in ("value", "n"))
    if count.sum() < max(minimum_units, 1):
        return None
    then = end - timedelta(days=_quantile(value, count, 0.9))
    return then.year if (then.month, then.day) == (12, 31) else then.year - 1


def claims(scope: Scope) -> Finding:
    """Number of claims by year (the largest number among a unit's publications)."""
    values = scope.units.select("year", value=scope.units.claims)
    return _quantiles(
        scope, "claims", values, uses=("unit", "date", "family_basis"), caveats=[], last=scope.last_complete_year
    )


def breadth(scope: Scope) -> Finding:
    """Scope: distinct subclasses (four characters) a unit, by year (OECD patent scope, Squicciarini et al. 2013)."""
    subclasses = scope.under(level="subclass", technology="ipc" if scope.convention.technology == "wipo35" else None)
    rows = relations.technologies(scope.members, scope.corpus, subclasses.convention)
    sizes = rows.group_by("unit").agg(value=_.k.max())
    values = sizes.join(scope.units.select("unit", "year"), "unit").select("year", "value")
    return _quantiles(
        subclasses,
        "breadth",
        values,
        uses=("unit", "date", "technology", "level", "family_basis"),
        caveats=[],
        last=scope.last_complete_year,
    )
