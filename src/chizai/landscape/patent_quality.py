"""The OECD set of quality indicators (Squicciarini, Dernis, Criscuolo 2013), by cohort of filing year and WIPO field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from ibis import _
from scipy.stats import t as student

from chizai.corpus import classification
from chizai.finding import Caveat, Column, Finding
from chizai.landscape import relations
from chizai.landscape.citing import Citing, rows_of
from chizai.landscape.scope import Scope
from chizai.landscape.statistics import quality as statistics
from chizai.landscape.statistics.estimate import divide

MARKS = (
    "scope", "family_size", "grant_lag_days", "backward", "npl", "claims", "forward_5", "forward_7",
    "originality", "generality", "radicalness",
)  # fmt: skip

NPL_CARRIED = 0.05
"""Most patents cite some other literature; where fewer units than this do, the source leaves it out."""

COLUMNS = (
    Column("year", "year"),
    Column("code", "code"),
    Column("title", "text", lang="en"),
    Column("title_ja", "text", lang="ja"),
    Column("units", "count"),
    Column("quality_4", "index", low="quality_4_low", high="quality_4_high"),
    Column("quality_4_low", "index"),
    Column("quality_4_high", "index"),
    Column("quality_6", "index", low="quality_6_low", high="quality_6_high"),
    Column("quality_6_low", "index"),
    Column("quality_6_high", "index"),
    *(Column(name, "number") for name in MARKS),
    Column("breakthroughs", "count"),
)


@dataclass(frozen=True)
class UnitQuality:
    """Every unit of the whole collections, ascending; arrays of shape [n], nan where unknown, never 0 for unknown.

    ``marks`` holds the raw marks by name (:data:`MARKS`); ``index`` the same as shares of the cohort's maximum after
    winsorising (a unit of several fields: the mean over them); ``breakthrough`` is 1 or 0; ``quality_4`` and
    ``quality_6`` are of granted units only. ``row`` and ``field`` (shape [m]) are the fields of the units, 0 for all
    where the data have none.
    """

    unit: np.ndarray
    inside: np.ndarray
    year: np.ndarray
    granted: np.ndarray
    marks: dict[str, np.ndarray]
    index: dict[str, np.ndarray]
    breakthrough: np.ndarray
    quality_4: np.ndarray
    quality_6: np.ndarray
    row: np.ndarray
    field: np.ndarray
    caveats: tuple[Caveat, ...]
    parameters: dict[str, object]


def unit_quality(
    scope: Scope,
    *,
    winsorise: float = 0.98,
    minimum_cohort: int = 10,
    correction: statistics.Correction = "hall",
    minimum_cited_share: float = 0.5,
    breakthrough_share: float = 0.01,
) -> UnitQuality:
    """The marks of every unit, against cohorts of the whole collections.

    correction: Hall's small-sample form of generality and originality, or ``none`` as OECD publishes them.
    minimum_cited_share: originality and radicalness are told only where the classes of at least this share of the
        patents that a unit cites are known; the others are too few to speak for all.
    """
    filed = scope.under(date="filing")
    whole = filed.whole
    citing = Citing(filed)
    fields = ("unit", "year", "granted", "claims", "family_size", "filing_date", "grant_date")
    present = relations.presence(scope.corpus.tables, filed.convention, whole.selection)
    rows = whole.units.select(*fields).join(present, "unit").select(*fields, "offices")
    known = scope.run(rows.order_by("unit"))
    unit = known["unit"].to_numpy()
    n = len(unit)
    year = known["year"].to_numpy(zero_copy_only=False).astype(np.float64)
    granted = known["granted"].to_numpy(zero_copy_only=False).astype(np.bool_)
    caveats: list[Caveat] = []
    marks = {name: np.full(n, np.nan) for name in MARKS}
    marks["claims"] = _floats(known["claims"])
    stated = _floats(known["family_size"])
    by_source = (~np.isnan(stated)).mean() >= 0.95
    marks["family_size"] = stated if by_source else _floats(known["offices"])
    caveats.append(Caveat("family_size_source" if by_source else "family_size_collection"))
    lag = known["grant_date"].to_numpy().astype("datetime64[D]") - known["filing_date"].to_numpy().astype(
        "datetime64[D]"
    )
    days = np.where(np.isnat(lag), np.nan, lag.astype(np.float64))
    marks["grant_lag_days"] = np.where(granted & (days >= 0), days, np.nan)

    scheme, codes = _codes(filed, unit)
    marks["scope"] = statistics.distinct_per_unit(codes["unit"], codes["class"], n_units=n)
    _backward(filed, unit, marks)
    if citing.count:
        _forward(citing, unit, marks)
        _classes_of_citations(citing, unit, codes, marks, correction=correction, least=minimum_cited_share)
        caveats.append(Caveat("citations_pairs"))
        if citing.clock == "origin":
            caveats.append(Caveat("clock_origin"))
    inside = np.isin(unit, _ids(filed))
    missing = [name for name in MARKS if np.isnan(marks[name][inside]).all()]
    if missing:
        caveats.append(Caveat("quality_missing", {"count": len(missing), "total": len(MARKS)}))

    row, field = _fields(filed, unit)
    if not len(row):
        row, field = np.arange(n), np.zeros(n, dtype=np.int64)
        caveats.append(Caveat("cohort_by_year"))
    keep = ~np.isnan(year[row])
    row, field = row[keep], field[keep]
    cohort = year[row].astype(np.int64) * 1000 + field
    index = {
        name: _mean_over_fields(
            statistics.cohort_index(
                values[row],
                cohort,
                winsorise=winsorise,
                minimum_cohort=minimum_cohort,
                falling="reverse" if name == "grant_lag_days" else "keep",
            ),
            row,
            n,
        )
        for name, values in marks.items()
        if name not in ("originality", "generality", "radicalness")
    }
    index |= {name: marks[name] for name in ("originality", "generality", "radicalness")}
    top = statistics.breakthrough(marks["forward_5"][row], cohort, share=breakthrough_share)
    four = [index[name] for name in ("forward_5", "family_size", "claims", "generality")]
    quality_4 = np.where(granted, statistics.composite(*four), np.nan)
    quality_6 = np.where(granted, statistics.composite(*four, index["backward"], index["grant_lag_days"]), np.nan)
    return UnitQuality(
        unit,
        inside,
        year,
        granted,
        marks,
        index,
        # A unit of several fields is a breakthrough when it is one in any of them.
        _largest_over_fields(top, row, n),
        quality_4,
        quality_6,
        row,
        field,
        tuple(caveats),
        {
            "winsorise": winsorise,
            "minimum_cohort": minimum_cohort,
            "correction": correction,
            "minimum_cited_share": minimum_cited_share,
            "breakthrough_share": breakthrough_share,
            "scheme": scheme,
            "clock": citing.clock,
        },
    )


def patent_quality(scope: Scope, **options: Any) -> Finding:
    """Means of the marks and of the composites by filing year and WIPO field; ``options`` as for :func:`unit_quality`.

    Composites are means of granted units with every component; their interval is Student's. A cell without a single
    known value is null.
    """
    found = unit_quality(scope, **options)
    mine = found.inside[found.row]
    row, field = found.row[mine], found.field[mine]
    cohort = found.year[row].astype(np.int64) * 1000 + field
    labels, group = np.unique(cohort, return_inverse=True)
    group = group.ravel()

    def mean(values: np.ndarray) -> np.ndarray:
        known = ~np.isnan(values[row])
        size = np.bincount(group[known], minlength=len(labels))
        return divide(np.bincount(group[known], weights=values[row][known], minlength=len(labels)), size)

    flag = found.breakthrough[row]
    told = np.bincount(group[~np.isnan(flag)], minlength=len(labels)) > 0
    breakthroughs = np.bincount(group, weights=np.nan_to_num(flag), minlength=len(labels))
    fields = [int(label % 1000) for label in labels]
    names = [classification.wipo35_field(code) if code else None for code in fields]
    data: dict[str, list[Any]] = {
        "year": [int(label // 1000) for label in labels],
        "code": [str(code) if code else None for code in fields],
        "title": [item.name_en if item else None for item in names],
        "title_ja": [item.name_ja if item else None for item in names],
        "units": np.bincount(group, minlength=len(labels)).tolist(),
        "breakthroughs": np.where(told, breakthroughs, np.nan).tolist(),
        **{name: mean(values).tolist() for name, values in found.marks.items()},
    }
    for name, values in (("quality_4", found.quality_4), ("quality_6", found.quality_6)):
        middle, low, high = _mean_interval(values[row], group, len(labels), confidence=scope.confidence)
        data |= {name: middle.tolist(), f"{name}_low": low.tolist(), f"{name}_high": high.tolist()}
    caveats = [*found.caveats, Caveat("grant_lag_censored")]
    if np.isnan(found.quality_4[found.inside]).all():
        caveats.append(Caveat("no_composite"))
    return scope.under(date="filing").finding(
        "patent_quality",
        COLUMNS,
        data,
        uses=("unit", "date", "family_basis"),
        caveats=caveats,
        facts={
            "units_with_quality_4": int((~np.isnan(found.quality_4) & found.inside).sum()),
            "breakthroughs": int(np.nansum(found.breakthrough[found.inside])),
        },
        parameters=found.parameters,
    )


def _ids(scope: Scope) -> np.ndarray:
    return scope.run(scope.units.select("unit"))["unit"].to_numpy()


def _floats(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _codes(scope: Scope, unit: np.ndarray) -> tuple[str, dict[str, np.ndarray]]:
    """(scheme, unit's place and class number of every full code): IPC as at OECD, CPC where more units have that."""
    rows = scope.corpus["classification"].filter(_.scheme.isin(("ipc", "cpc")))
    rows = rows.join(scope.whole.members.select("pub", "unit"), "pub")
    sizes = scope.run(rows.group_by("scheme").agg(n=_.unit.nunique())).to_pylist()
    covered = {item["scheme"]: item["n"] for item in sizes}
    scheme = "cpc" if covered.get("cpc", 0) > 1.1 * covered.get("ipc", 0) else "ipc"
    chosen = rows.filter(_.scheme == scheme).select("unit", "symbol", "subclass").distinct()
    found = scope.run(chosen.order_by("unit", "symbol"))
    kind = found["subclass"].combine_chunks().dictionary_encode()
    numbers = kind.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    place = rows_of(unit, found["unit"].to_numpy())
    return scheme, {"unit": place[numbers >= 0], "class": numbers[numbers >= 0]}


def _backward(scope: Scope, unit: np.ndarray, marks: dict[str, np.ndarray]) -> None:
    """Patents and other literature cited; citations that a program found in the text are not those of the front page."""
    rows = scope.corpus["citation"].filter((_.cited_by.isnull()) | (_.cited_by != "text"))
    rows = rows.join(scope.whole.members.select("pub", "unit"), "pub")
    found = scope.run(rows.group_by("unit").agg(backward=_.cited_id.nunique(), npl=(~_.patent).sum()).order_by("unit"))
    place = rows_of(unit, found["unit"].to_numpy())
    marks["backward"][place] = _floats(found["backward"])
    other = _floats(found["npl"])
    # Where hardly a document names other literature, the source does not carry it: unknown, not 0.
    if len(other) and (other > 0).mean() >= NPL_CARRIED:
        marks["npl"][place] = other


def _forward(citing: Citing, unit: np.ndarray, marks: dict[str, np.ndarray]) -> None:
    starts = citing.scope.run(citing.starts)
    begin = np.full(len(unit), np.datetime64("NaT", "M"))
    place = rows_of(unit, starts["unit"].to_numpy())
    begin[place] = _as_months(starts["start"].to_numpy())
    pairs = citing.scope.run(citing.months.select("unit", "cited_on"))
    cited, on = rows_of(unit, pairs["unit"].to_numpy()), _as_months(pairs["cited_on"].to_numpy())
    end = citing.cutoff_month
    if end is None:
        return
    cutoff = _as_months(np.array([end]))[0]
    for years in (5, 7):
        marks[f"forward_{years}"] = statistics.citations_in_window(begin, cited, on, cutoff=cutoff, months=12 * years)


def _as_months(number: np.ndarray) -> np.ndarray:
    return (number.astype(np.int64) - (1970 * 12 + 1)).astype("datetime64[M]")


def _classes_of_citations(
    citing: Citing,
    unit: np.ndarray,
    codes: dict[str, np.ndarray],
    marks: dict[str, np.ndarray],
    *,
    correction: statistics.Correction,
    least: float,
) -> None:
    n = len(unit)
    pairs = citing.scope.run(citing.pairs.order_by("unit", "citing"))
    cited, by = rows_of(unit, pairs["unit"].to_numpy()), rows_of(unit, pairs["citing"].to_numpy())
    good = (cited >= 0) & (by >= 0)
    cited, by = cited[good], by[good]
    size = np.bincount(codes["unit"], minlength=n)
    start = np.cumsum(size) - size

    def rows(focal: np.ndarray, linked: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One row a code of a linked unit."""
        times = size[linked]
        offset = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
        return (
            np.repeat(focal, times),
            np.repeat(linked, times),
            codes["class"][np.repeat(start[linked], times) + offset],
        )

    marks["generality"] = statistics.class_diversity(*rows(cited, by), n_units=n, correction=correction)
    focal, linked, classes = rows(by, cited)
    told = np.bincount(by[size[cited] > 0], minlength=n) >= least * np.where(
        marks["backward"] > 0, marks["backward"], np.inf
    )
    originality = statistics.class_diversity(focal, linked, classes, n_units=n, correction=correction)
    radical = statistics.radicalness(focal, classes, codes["unit"], codes["class"], n_units=n)
    marks["originality"] = np.where(told, originality, np.nan)
    marks["radicalness"] = np.where(told, radical, np.nan)


def _fields(scope: Scope, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = scope.corpus["technology"].join(scope.whole.members.select("pub", "unit"), "pub")
    found = scope.run(rows.select("unit", "field").distinct().order_by("unit", "field"))
    return rows_of(unit, found["unit"].to_numpy()), found["field"].to_numpy()


def _mean_over_fields(values: np.ndarray, row: np.ndarray, n: int) -> np.ndarray:
    known = ~np.isnan(values)
    size = np.bincount(row[known], minlength=n)
    return divide(np.bincount(row[known], weights=values[known], minlength=n), size)


def _largest_over_fields(values: np.ndarray, row: np.ndarray, n: int) -> np.ndarray:
    known = ~np.isnan(values)
    out = np.full(n, -np.inf)
    np.maximum.at(out, row[known], values[known])
    return np.where(np.isinf(out), np.nan, out)


def _mean_interval(
    values: np.ndarray, group: np.ndarray, groups: int, *, confidence: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and Student's interval by group; nan bounds for fewer than five known values."""
    known = ~np.isnan(values)
    size = np.bincount(group[known], minlength=groups).astype(np.float64)
    mean = divide(np.bincount(group[known], weights=values[known], minlength=groups), size)
    squares = np.bincount(group[known], weights=(values[known] - mean[group[known]]) ** 2, minlength=groups)
    enough = size >= 5
    error = np.sqrt(divide(squares, (size - 1) * size))
    half = np.where(enough, student.ppf((1 + confidence) / 2, np.maximum(size - 1, 1)) * error, np.nan)
    return mean, np.maximum(mean - half, 0.0), np.minimum(mean + half, 1.0)


__all__ = ["MARKS", "UnitQuality", "patent_quality", "unit_quality"]
