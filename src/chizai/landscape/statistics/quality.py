"""Citations and other marks of single patents, made comparable across field and age.

Long tables come in as parallel arrays: ``unit`` numbers the patent (0 .. n_units - 1) that a row belongs to.

Sources: Hall, Jaffe, Trajtenberg (2001), NBER WP 8498 (cohort means); Hazen (1914), Trans. ASCE 77 (percentile);
Squicciarini, Dernis, Criscuolo (2013), OECD STI WP 2013/03 (scope, generality, originality, radicalness, grant lag,
breakthrough, indices and composites); Hall (2005) (small-sample correction of 1 - Herfindahl).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chizai.landscape.statistics.estimate import Floats, divide

Correction = Literal["hall", "none"]


@dataclass(frozen=True, slots=True)
class Normalised:
    """One row a unit: ``value`` (nan where undefined), the size and mean of its cohort, and why a value is missing.

    ``reason``: ``unknown`` (the unit's own value is nan), ``cohort-too-small``, ``cohort-mean-zero`` or "".
    """

    value: Floats
    cohort_size: NDArray[np.int64]
    cohort_mean: Floats
    reason: NDArray[np.str_]


def cohort_normalised(values: ArrayLike, cohort: ArrayLike, *, minimum_cohort: int = 10) -> Normalised:
    """Value over the mean of its cohort (year x class), so that the mean of every cohort is 1.

    values: shape [n], nan where unknown (unknown units are in no cohort). cohort: shape [n], any labels.
    The cohort is of the units given: inside a small collection it is a mean of that collection, not of the world.

    >>> cohort_normalised([4, 2, 0, 7], ["a", "a", "a", "b"], minimum_cohort=3).value.tolist()
    [2.0, 1.0, 0.0, nan]
    """
    value, group, size, mean, known = _cohorts(values, cohort)
    reason = np.select(
        [~known, size[group] < minimum_cohort, mean[group] == 0],
        ["unknown", "cohort-too-small", "cohort-mean-zero"],
        default="",
    )
    out = np.where(reason == "", divide(value, mean[group]), np.nan)
    return Normalised(out, size[group], mean[group], reason)


def cohort_percentile(values: ArrayLike, cohort: ArrayLike, *, minimum_cohort: int = 10) -> Normalised:
    """Hazen percentile within the cohort, 100 (rank - 1/2) / n, ties sharing their mean rank; its mean is always 50.

    >>> cohort_percentile([4, 2, 0, 0], ["a"] * 4, minimum_cohort=3).value.tolist()
    [87.5, 62.5, 25.0, 25.0]
    """
    value, group, size, mean, known = _cohorts(values, cohort)
    reason = np.select([~known, size[group] < minimum_cohort], ["unknown", "cohort-too-small"], default="")
    order = np.lexsort((value, group, ~known))[: int(known.sum())]
    groups, sorted_values = group[order], value[order]
    # Runs of one cohort and one value share the mean of their ranks.
    new_run = np.r_[True, (np.diff(groups) != 0) | (np.diff(sorted_values) != 0)][: len(order)]
    run = np.cumsum(new_run) - 1
    position = np.arange(len(order)) - np.searchsorted(groups, groups, side="left") + 1
    run_length = np.bincount(run) if len(order) else np.zeros(0)
    mean_rank = divide(np.bincount(run, weights=position) if len(order) else np.zeros(0), run_length)
    out = np.full(len(value), np.nan)
    out[order] = 100 * divide(mean_rank[run] - 0.5, size[groups])
    out[reason != ""] = np.nan
    return Normalised(out, size[group], mean[group], reason)


def window_complete(start: ArrayLike, *, cutoff: str | np.datetime64, months: int) -> NDArray[np.bool_]:
    """Whether the window of ``months`` from ``start`` had ended by the end of the month ``cutoff``.

    >>> window_complete(["2010-03", "2013-03"], cutoff="2017-12", months=60).tolist()
    [True, False]
    """
    begin = np.asarray(start, dtype="datetime64[M]")
    return np.asarray(~np.isnat(begin) & (begin + months <= np.asarray(cutoff, dtype="datetime64[M]")))


def citations_in_window(
    start: ArrayLike,
    cited: ArrayLike,
    cited_on: ArrayLike,
    *,
    cutoff: str | np.datetime64,
    months: int = 60,
) -> Floats:
    """Citations that each unit received in the ``months`` from ``start``, shape [n]; nan where the window is open.

    start: shape [n], when the clock starts: at publication, not at filing (Mehta, Rysman, Simcoe 2010); NaT unknown.
    cited: shape [m], the unit that each citation names; cited_on: shape [m], the citing document's date. Several
        publications of one citing family count as often as they are given: make them one first.

    >>> published, cited, cited_on = ["2010-01", "2016-01"], [0, 0, 1], ["2012-05", "2016-01", "2016-09"]
    >>> citations_in_window(published, cited, cited_on, cutoff="2017-12").tolist()
    [1.0, nan]
    """
    begin = np.asarray(start, dtype="datetime64[M]")
    unit = np.asarray(cited, dtype=np.int64)
    lag = (np.asarray(cited_on, dtype="datetime64[M]") - begin[unit]).astype(np.float64)
    unknown = np.isnat(np.asarray(cited_on, dtype="datetime64[M]")) | np.isnat(begin[unit])
    inside = ~unknown & (lag >= 0) & (lag < months)
    received = np.bincount(unit[inside], minlength=len(begin)).astype(np.float64)
    received[~window_complete(begin, cutoff=cutoff, months=months)] = np.nan
    return received


def hall_correction(index: ArrayLike, units: ArrayLike) -> Floats:
    """Small-sample form of a 1 - Herfindahl index, N / (N - 1) x index; nan for N of 1 (undefined, not 0).

    >>> hall_correction([0.5, 0.0], [2, 1]).tolist()
    [1.0, nan]
    """
    count = np.asarray(units, dtype=np.float64)
    return np.asarray(np.where(count > 1, divide(count, count - 1), np.nan) * np.asarray(index, dtype=np.float64))


def class_diversity(
    unit: ArrayLike,
    linked: ArrayLike,
    classes: ArrayLike,
    *,
    n_units: int,
    correction: Correction = "hall",
) -> Floats:
    """Generality (linked = citing patents) or originality (linked = cited patents) of every unit, shape [n_units].

    1 - sum_j ( (1/N) sum_i beta_ji )^2, where beta_ji is the share of the codes of linked patent i that lie in class
    j and N the number of linked patents with a code (OECD 2013).

    unit, linked, classes: shape [m], one row a full code of a linked patent: focal unit, linked patent, and the class
        (IPC4) the code lies in; a code given twice counts twice. Units without rows are nan.
    correction: ``hall`` multiplies by N / (N - 1) (nan for N = 1); ``none``.

    >>> class_diversity([0, 0, 1], [10, 11, 10], ["H04L", "G06F", "H04L"], n_units=3).tolist()
    [1.0, nan, nan]
    >>> class_diversity([0, 0, 1], [10, 11, 10], ["H04L", "G06F", "H04L"], n_units=3, correction="none").tolist()
    [0.5, 0.0, nan]
    """
    if correction not in ("hall", "none"):
        raise ValueError(f"unknown correction {correction!r}; known: hall, none")
    focal = np.asarray(unit, dtype=np.int64)
    other = np.unique(np.asarray(linked), return_inverse=True)[1].ravel()
    kind = np.unique(np.asarray(classes), return_inverse=True)[1].ravel()
    if len(focal) == 0:
        return np.full(n_units, np.nan)
    link, link_row, codes = np.unique(np.stack([focal, other], axis=1), axis=0, return_inverse=True, return_counts=True)
    links = np.bincount(link[:, 0], minlength=n_units).astype(np.float64)
    beta = 1 / codes[link_row.ravel()]
    cell, cell_row = np.unique(np.stack([focal, kind], axis=1), axis=0, return_inverse=True)
    weight = np.bincount(cell_row.ravel(), weights=beta)
    share = weight / links[cell[:, 0]]
    herfindahl = np.bincount(cell[:, 0], weights=share**2, minlength=n_units)
    index: Floats = np.where(links > 0, np.maximum(1 - herfindahl, 0.0), np.nan)
    return hall_correction(index, links) if correction == "hall" else index


def distinct_per_unit(unit: ArrayLike, item: ArrayLike, *, n_units: int) -> Floats:
    """Number of different items of every unit: IPC4 classes (scope), offices (family size), applicants; nan for none.

    >>> distinct_per_unit([0, 0, 0, 2], ["B64C", "B64C", "G05D", "B64C"], n_units=3).tolist()
    [2.0, nan, 1.0]
    """
    focal = np.asarray(unit, dtype=np.int64)
    if len(focal) == 0:
        return np.full(n_units, np.nan)
    kind = np.unique(np.asarray(item), return_inverse=True)[1].ravel()
    pairs = np.unique(np.stack([focal, kind], axis=1), axis=0)
    found = np.bincount(pairs[:, 0], minlength=n_units).astype(np.float64)
    return np.where(found > 0, found, np.nan)


def radicalness(
    unit: ArrayLike,
    cited_classes: ArrayLike,
    own_unit: ArrayLike,
    own_classes: ArrayLike,
    *,
    n_units: int,
) -> Floats:
    """Share of the codes of the cited patents that lie in none of the unit's own classes, shape [n_units], 0 to 1.

    unit, cited_classes: shape [m], one row a full code of a cited patent: the citing unit and the class (IPC4) that the
        code lies in. own_unit, own_classes: shape [k], the classes of the units themselves.
    Units without a cited code, or without a class of their own, are nan.

    >>> radicalness([0, 0, 0, 1], ["B64C", "G05D", "G05D", "H04L"], [0, 2], ["B64C", "B64C"], n_units=3).round(3).tolist()
    [0.667, nan, nan]
    """
    citing, own = np.asarray(unit, dtype=np.int64), np.asarray(own_unit, dtype=np.int64)
    kinds = np.unique(np.concatenate([np.asarray(cited_classes), np.asarray(own_classes)]), return_inverse=True)[1]
    kinds = kinds.ravel().astype(np.int64)
    if len(citing) == 0 or len(own) == 0:
        return np.full(n_units, np.nan)
    span = int(kinds.max()) + 1
    foreign = ~np.isin(citing * span + kinds[: len(citing)], own * span + kinds[len(citing) :])
    codes = np.bincount(citing, minlength=n_units).astype(np.float64)
    share = divide(np.bincount(citing, weights=foreign.astype(np.float64), minlength=n_units), codes)
    share[np.bincount(own, minlength=n_units) == 0] = np.nan
    return share


def cohort_index(
    values: ArrayLike,
    cohort: ArrayLike,
    *,
    winsorise: float = 0.98,
    minimum_cohort: int = 10,
    falling: Literal["keep", "reverse"] = "keep",
) -> Floats:
    """Value over the maximum of its cohort, after what lies above the cohort's 98th percentile is set to it; 0 to 1.

    values: shape [n], not negative, nan where unknown. cohort: shape [n], any labels (filing year x WIPO field).
    winsorise: the quantile (linear interpolation between order statistics) above which values are cut; 1 cuts nothing.
    falling: ``reverse`` gives 1 - index, for marks of which less is more (the grant lag).
    nan in cohorts of fewer than ``minimum_cohort`` known units, and where the whole cohort is 0.

    >>> cohort_index([1, 2, 4, 0], ["a"] * 4, winsorise=1.0, minimum_cohort=4).tolist()
    [0.25, 0.5, 1.0, 0.0]
    """
    if not 0 < winsorise <= 1:
        raise ValueError("winsorise lies between 0 and 1, as 0.98")
    value, group, _size, _mean, known = _cohorts(values, cohort)
    if np.any(value[known] < 0):
        raise ValueError("values must not be negative")
    largest = group_quantiles(value, group, probabilities=(winsorise,), minimum_count=max(minimum_cohort, 1)).values
    # A cohort of which no unit is known has a group, too: group_quantiles gives it nan.
    cap = largest[:, 0][np.unique(group, return_inverse=True)[1].ravel()] if len(value) else np.zeros(0)
    index = divide(np.minimum(value, cap), cap)
    return index if falling == "keep" else 1 - index


def breakthrough(
    values: ArrayLike,
    cohort: ArrayLike,
    *,
    share: float = 0.01,
    ties: Literal["exclude", "include"] = "exclude",
    minimum_cohort: int | None = None,
) -> Floats:
    """1 for units among the most cited ``share`` of their cohort, 0 for others, nan where that cannot be told.

    A unit is among them when it is cited at all and the units cited as often or more are no more than ``share`` of the
    cohort's known units. ties: ``exclude`` leaves out all units tied at the edge (never more than ``share``);
    ``include`` takes them all in: where few are cited, these can be many more than ``share``.
    minimum_cohort: None is 1 / share, since fewer units have no top 1 %.

    >>> breakthrough([9, 3, 3, 0], ["a"] * 4, share=0.25).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    if not 0 < share < 1:
        raise ValueError("share lies between 0 and 1, as 0.01")
    if ties not in ("exclude", "include"):
        raise ValueError(f"unknown ties {ties!r}; known: exclude, include")
    least = int(np.ceil(1 / share - 1e-9)) if minimum_cohort is None else minimum_cohort
    value, group, size, _mean, known = _cohorts(values, cohort)
    order = np.lexsort((np.where(known, -value, np.inf), group))
    groups, sorted_values = group[order], value[order]
    start = np.searchsorted(groups, groups, side="left")
    new_run = np.r_[True, (np.diff(groups) != 0) | (np.diff(sorted_values) != 0)][: len(order)]
    first_of_run = np.maximum.accumulate(np.where(new_run, np.arange(len(order)), 0)) if len(order) else start
    run = np.cumsum(new_run) - 1
    length = np.bincount(run) if len(order) else run
    place = np.empty(len(order), dtype=np.int64)
    # The place of the last unit of the run: how many are cited as often or more; of the first: one more than above it.
    place[order] = first_of_run - start + (length[run] if ties == "exclude" else 1)
    found = ((value > 0) & (place <= share * size[group] + (1e-9 if ties == "exclude" else 1 - 1e-9))).astype(
        np.float64
    )
    return np.where(known & (size[group] >= least), found, np.nan)


def composite(*components: ArrayLike) -> Floats:
    """Mean of indices; nan wherever one of them is: a missing component is not a zero.

    OECD's quality_4 is the mean of forward citations (5 years), family size, claims and generality; quality_6 adds
    backward citations and the grant lag; both for granted patents.

    >>> composite([0.5, 1.0], [0.0, float("nan")]).tolist()
    [0.25, nan]
    """
    if not components:
        raise ValueError("a composite needs a component")
    return np.asarray(np.mean(np.stack([np.asarray(item, dtype=np.float64) for item in components]), axis=0))


@dataclass(frozen=True, slots=True)
class Quantiles:
    """``values[g, q]`` for each group g (ascending labels) and probability q; nan rows where ``count`` is too small."""

    group: NDArray[np.generic]
    count: NDArray[np.int64]
    probabilities: tuple[float, ...]
    values: Floats


def group_quantiles(
    values: ArrayLike,
    group: ArrayLike,
    *,
    probabilities: tuple[float, ...] = (0.25, 0.5, 0.75),
    minimum_count: int = 10,
) -> Quantiles:
    """Quantiles by group (grant lag by filing year, family size by field); unknown values (nan) are left out.

    The grant lag of filing years whose applications are still pending is that of the quick ones only: give such years
    as unknown, or say so.

    >>> group_quantiles([3, 1, 2, 9], [2010, 2010, 2010, 2011], minimum_count=3).values.tolist()
    [[1.5, 2.0, 2.5], [nan, nan, nan]]
    """
    value = np.asarray(values, dtype=np.float64)
    labels, row = np.unique(np.asarray(group), return_inverse=True)
    row = row.ravel()
    known = ~np.isnan(value)
    count = np.bincount(row[known], minlength=len(labels))
    order = np.lexsort((value, row))
    order = order[known[order]]
    ends = np.cumsum(count)
    out = np.full((len(labels), len(probabilities)), np.nan)
    enough = np.nonzero(count >= max(minimum_count, 1))[0]
    sorted_values = value[order]
    for column, probability in enumerate(probabilities):
        # Linear interpolation between order statistics (type 7), all groups at once.
        position = (count[enough] - 1) * probability
        below = np.floor(position).astype(np.int64)
        above = np.minimum(below + 1, count[enough] - 1)
        start = ends[enough] - count[enough]
        lower, upper = sorted_values[start + below], sorted_values[start + above]
        out[enough, column] = lower + (position - below) * (upper - lower)
    return Quantiles(labels, count, probabilities, out)


def _cohorts(
    values: ArrayLike, cohort: ArrayLike
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64], Floats, NDArray[np.bool_]]:
    value = np.asarray(values, dtype=np.float64)
    labels, group = np.unique(np.asarray(cohort), return_inverse=True)
    group = group.ravel().astype(np.int64)
    if value.shape != group.shape:
        raise ValueError(f"values has shape {value.shape}, cohort {group.shape}")
    known = ~np.isnan(value)
    size = np.bincount(group[known], minlength=len(labels)).astype(np.int64)
    mean = divide(np.bincount(group[known], weights=value[known], minlength=len(labels)), size)
    return value, group, size, mean, known
