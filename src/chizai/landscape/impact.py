"""Impact: how much families are cited for their field and age, times the markets that they cover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from ibis import _

from chizai.data.economy import economies, gdp_weights
from chizai.finding import Caveat, Column, Finding
from chizai.landscape.citing import Citing, rows_of
from chizai.landscape.naming import named_players
from chizai.landscape.scope import Scope
from chizai.landscape.statistics import impact as statistics

COLUMNS = (
    Column("rank", "number"),
    Column("actor", "text"),
    Column("units", "count"),
    Column("compared", "count"),
    Column("relevance", "index", low="relevance_low", high="relevance_high"),
    Column("relevance_low", "index"),
    Column("relevance_high", "index"),
    Column("market_coverage", "index"),
    Column("mean_impact", "index", low="mean_impact_low", high="mean_impact_high"),
    Column("mean_impact_low", "index"),
    Column("mean_impact_high", "index"),
    Column("impact", "index", low="impact_low", high="impact_high"),
    Column("impact_low", "index"),
    Column("impact_high", "index"),
    Column("impact_share", "share"),
    Column("identity", "code"),
)

EP_STATES = ("DE", "FR", "GB")
"""The states that a European patent is taken to cover: those in which nearly all are validated."""
REGIONS: dict[str, tuple[str, ...]] = {"EA": ("RU", "KZ"), "GC": ("SA", "AE")}
"""Regional offices other than the EPO, with the economies that the weights know."""


@dataclass(frozen=True)
class FamilyImpact:
    """The units of the whole collections, ascending, and what each weighs; ``inside`` marks those of the selection.

    All arrays have shape [n]. ``citations`` are weighted by the citing office's practice where pairs are known
    (``basis`` pairs), or as the source states them (source). ``relevance`` has mean 1 in every cohort, ``coverage`` is
    in United States, ``impact`` is their product; nan where unknown.
    """

    unit: np.ndarray
    inside: np.ndarray
    citations: np.ndarray
    relevance: np.ndarray
    coverage: np.ndarray
    impact: np.ndarray
    basis: Literal["pairs", "source", "none"]
    parameters: dict[str, object]
    caveats: tuple[Caveat, ...]


def family_impact(
    scope: Scope,
    *,
    cohort: Literal["field-year", "year"] = "field-year",
    minimum_cohort: int = 10,
    weights: Mapping[str, float] | None = None,
    pending: float = 0.5,
    pending_years: float = 7.0,
    term_years: float = 20.0,
    ep_states: tuple[str, ...] = EP_STATES,
) -> FamilyImpact:
    """Relevance, coverage and impact of every unit. Cohorts are of the whole collections, not of the selection alone.

    weights: economy -> size, the United States = 1; None takes GDP from ``chizai.data.economy``.
    pending: what a pending application is worth against a granted patent. An application is pending for
        ``pending_years`` after filing and taken to be dead thereafter; a patent is in force for ``term_years``.
        The data do not tell of earlier lapses.
    """
    citing = Citing(scope)
    whole = scope.whole
    known = scope.run(whole.units.select("unit", "times_cited", "first_published", "date").order_by("unit"))
    unit = known["unit"].to_numpy()
    inside = np.isin(unit, scope.run(scope.units.select("unit"))["unit"].to_numpy())
    day = known["first_published" if citing.clock == "publication" else "date"]
    year = np.array([-1 if value is None else value.year for value in day.to_pylist()], dtype=np.int64)
    caveats: list[Caveat] = []
    citations, basis, offices = _citations(scope, citing, unit, known["times_cited"])
    caveats.append(Caveat("no_citations") if basis == "none" else Caveat(f"citations_{basis}"))
    if citing.clock == "origin":
        caveats.append(Caveat("clock_origin"))
    row, field = _fields(scope, unit) if cohort == "field-year" else (np.zeros(0, np.int64), np.zeros(0, np.int64))
    if not len(row):
        row, field = np.arange(len(unit)), np.zeros(len(unit), dtype=np.int64)
        caveats.append(Caveat("cohort_by_year"))
    dated = year[row] >= 0
    relevance = statistics.relevance(citations, row[dated], field[dated], year, minimum_cohort=minimum_cohort)
    size = dict(gdp_weights() if weights is None else weights)
    coverage, used, unweighed = _coverage(
        scope, unit, weights=size, pending=pending, pending_years=pending_years, term_years=term_years, ep=ep_states
    )
    caveats.append(Caveat("coverage_no_status", {"pending": pending_years, "term": term_years}))
    if unweighed:
        caveats.append(Caveat("offices_without_weight", {"offices": ", ".join(sorted(unweighed))}))
    unchecked = sorted(code for code in used if weights is None and not economies()[code].checked)
    if unchecked:
        caveats.append(Caveat("weights_unchecked", {"economies": ", ".join(unchecked)}))
    impact = statistics.impact(relevance, coverage)
    missing = int((inside & np.isnan(impact)).sum())
    if missing:
        caveats.append(Caveat("without_impact", {"count": missing, "total": int(inside.sum())}))
    parameters: dict[str, object] = {
        "cohort": cohort,
        "minimum_cohort": minimum_cohort,
        "pending": pending,
        "pending_years": pending_years,
        "term_years": term_years,
        "ep_states": list(ep_states),
        "economy_weights": {code: used[code] for code in sorted(used)},
        "office_citation_weights": offices,
        "clock": citing.clock,
        "basis": basis,
    }
    return FamilyImpact(unit, inside, citations, relevance, coverage, impact, basis, parameters, tuple(caveats))


def _citations(
    scope: Scope, citing: Citing, unit: np.ndarray, stated: pa.ChunkedArray
) -> tuple[np.ndarray, Literal["pairs", "source", "none"], dict[str, float]]:
    """Weighted citations of every unit, where they come from, and what a citation through each office is worth."""
    if citing.count:
        made = citing.references()
        table = scope.run(made.group_by("office", "references").agg(n=_.count()).order_by("office", "references"))
        worth = statistics.office_citation_weights(
            table["office"].to_numpy(zero_copy_only=False), table["references"].to_numpy(), table["n"].to_numpy()
        )
        through = made.select(citing=made.unit, office=made.office)
        found = scope.run(citing.pairs.join(through, "citing").group_by("unit", "office").agg(n=_.count()))
        place = rows_of(unit, found["unit"].to_numpy())
        each = np.array([worth.get(office, 1.0) for office in found["office"].to_pylist()])
        # In a fixed order: sums of floats must not depend on how an engine returns its rows.
        value = found["n"].to_numpy() * each
        order = np.lexsort((value, place))
        return np.bincount(place[order], weights=value[order], minlength=len(unit)), "pairs", worth
    numbers = stated.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers, "none" if np.isnan(numbers).all() else "source", {}


def _fields(scope: Scope, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(unit's place, WIPO field): the fields of the whole collections' units."""
    whole = scope.whole
    rows = scope.corpus["technology"].join(whole.members.select("pub", "unit"), "pub")
    found = scope.run(rows.select("unit", "field").distinct().order_by("unit", "field"))
    return rows_of(unit, found["unit"].to_numpy()), found["field"].to_numpy()


def _coverage(
    scope: Scope,
    unit: np.ndarray,
    *,
    weights: Mapping[str, float],
    pending: float,
    pending_years: float,
    term_years: float,
    ep: tuple[str, ...],
) -> tuple[np.ndarray, dict[str, float], set[str]]:
    """Coverage of every unit, the weights that it uses, and offices that have none."""
    members = scope.whole.members
    found = scope.run(
        members.filter(_.office != "WO")
        .group_by("unit", "office")
        .agg(granted=_.granted.max(), filed=_.filing_date.min(), published=_.publication_date.min())
        .order_by("unit", "office")
    )
    place = rows_of(unit, found["unit"].to_numpy())
    offices = np.array(found["office"].to_pylist(), dtype=object)
    granted = found["granted"].to_numpy(zero_copy_only=False).astype(np.bool_)
    filed, published = (found[name].to_numpy().astype("datetime64[D]") for name in ("filed", "published"))
    end = np.datetime64(scope.whole.cutoff or date.max, "D")
    age = (end - np.where(np.isnat(filed), published, filed)).astype(np.float64) / 365.25
    age[np.isnat(filed) & np.isnat(published)] = np.nan
    if scope.whole.cutoff is None:
        age[:] = np.nan
    # Where no date is known, what was granted is taken to be in force and what was filed to be pending.
    ended = np.where(granted, age > term_years, age > pending_years)
    status = np.select([ended, granted], ["ended", "granted"], default="pending")
    territories = {"EP": ep, **REGIONS}
    rows, economy, states = [], [], []
    for office in np.unique(offices.astype(str)):
        mine = offices == office
        for code in territories.get(office, (office,)):
            rows.append(place[mine])
            economy.append(np.full(int(mine.sum()), code))
            states.append(status[mine])
    if not rows:
        return np.full(len(unit), np.nan), {}, set()
    codes = np.concatenate(economy)
    seen = {str(code) for code in np.unique(codes)}
    covered = statistics.coverage(
        np.concatenate(rows), codes, np.concatenate(states), n_units=len(unit), weights=weights, pending=pending
    )
    return covered, {code: float(weights[code]) for code in seen if code in weights}, seen - set(weights)


def impact(
    scope: Scope,
    *,
    by: Literal["player", "country"] = "player",
    top: int | None = 20,
    **options: Any,
) -> Finding:
    """Relevance, coverage and impact of the actors with the largest impact.

    ``relevance`` and ``mean_impact`` are means over an actor's units (shares of a unit under fractional counting) with
    Student's interval on the log scale; ``impact`` is the sum, whose interval covers the number of units, too.
    ``options`` are those of :func:`family_impact`.
    """
    found = family_impact(scope, **options)
    table = scope.run(scope.actors(by).filter(_.actor.notnull()).order_by("unit", "actor"))
    place = rows_of(found.unit, table["unit"].to_numpy())
    actors = table["actor"].to_pylist()
    labels = sorted(set(actors), key=str)
    number = {label: index for index, label in enumerate(labels)}
    group = np.array([number[actor] for actor in actors], dtype=np.int64)
    share = table["m"].to_numpy() / table["n"].to_numpy() if len(actors) else np.zeros(0)
    if scope.convention.counting != "fractional":
        share = np.ones(len(actors))
    value = found.impact[place] if len(place) else np.zeros(0)
    weighted = share * value
    order = np.lexsort((weighted, group))
    total = statistics.total_interval(weighted[order], group[order], n_groups=len(labels), confidence=scope.confidence)
    units = np.bincount(group, minlength=len(labels))
    compared = np.bincount(group[~np.isnan(value)], minlength=len(labels))
    names = _names(scope, by, labels)
    ranked = sorted(
        (index for index in range(len(labels)) if compared[index]),
        key=lambda index: (-total.value[index], -units[index], names[index][1]),
    )[:top]
    position = {index: rank for rank, index in enumerate(ranked)}
    kept = np.array([position.get(index, -1) for index in group.tolist()], dtype=np.int64)
    shown = kept >= 0

    def means(values: np.ndarray) -> Any:
        return statistics.group_means(
            values[place][shown], kept[shown], n_groups=len(ranked), weights=share[shown], confidence=scope.confidence,
        )  # fmt: skip

    relevance, coverage, mean = (means(values) for values in (found.relevance, found.coverage, found.impact))
    whole = float(np.nansum(found.impact[found.inside]))
    sums = total.value[ranked] if ranked else np.zeros(0)
    caveats = list(found.caveats)
    if not labels:
        caveats.append(Caveat("no_country" if by == "country" else "no_actors"))
    uses = ["unit", "date", "counting", "family_basis", "player_level" if by == "player" else "country"]
    return scope.finding(
        "impact",
        COLUMNS,
        {
            "rank": list(range(1, len(ranked) + 1)),
            "actor": [names[index][0] for index in ranked],
            "units": [int(units[index]) for index in ranked],
            "compared": [int(compared[index]) for index in ranked],
            "relevance": relevance.value.tolist(),
            "relevance_low": relevance.low.tolist(),
            "relevance_high": relevance.high.tolist(),
            "market_coverage": coverage.value.tolist(),
            "mean_impact": mean.value.tolist(),
            "mean_impact_low": mean.low.tolist(),
            "mean_impact_high": mean.high.tolist(),
            "impact": sums.tolist(),
            "impact_low": [total.low[index] for index in ranked],
            "impact_high": [total.high[index] for index in ranked],
            "impact_share": [value / whole if whole > 0 else None for value in sums.tolist()],
            "identity": [names[index][1] for index in ranked],
        },
        uses=uses,
        caveats=caveats,
        facts={"impact": whole, "units_compared": int((found.inside & ~np.isnan(found.impact)).sum())},
        parameters={"by": by, "top": top, **found.parameters},
    )


def _names(scope: Scope, by: str, labels: list[Any]) -> list[tuple[str, str]]:
    """(name, identity) of each actor."""
    if by == "country":
        return [(str(label), str(label)) for label in labels]
    found = named_players(scope, labels)
    return [found[label] for label in labels]
