"""How long a unit takes from its origin to its first publication, learned from a collection that is cut off.

A unit (a family, an application) has an *origin* month (priority or filing) and a *reported* month (its first
publication, or whatever event lets the collection see it: for IPF or triadic families, the event that makes them so).
At the cut-off only units with a short delay are seen. From those, the share F(d) that is seen within d months comes
by reverse-time hazards, which need no knowledge of how many are still unseen and no assumption on growth:

    g(d) = m(d) / M(d),   F(d) = product over u > d of (1 - g(u)),

m(d) the units reported at delay d, M(d) those reported at delay d or less, both among origins for which delay d lies
before the cut-off. F is the share of units seen within ``max_delay`` (those that come later do not exist here).

Source: Lawless (1994), Canadian Journal of Statistics 22, 15-31; Kalbfleisch & Lawless (1991), Statistica Sinica 1,
19-32; it equals the chain ladder of insurance (Mack 1993).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chizai.landscape.statistics.estimate import Floats, divide


@dataclass(frozen=True)
class ReportingDelay:
    """The delay distribution as seen at a cut-off.

    ``completeness[d]``, d = 0 .. max_delay: F(d), nan where no origin is old enough to tell. ``hazard`` and
    ``hazard_variance`` (of ln(1 - g), already times ``overdispersion``) have the same length. ``month_profile``
    (12,): how the ``profile_units`` of complete years spread over January to December. ``units`` is how many the
    hazards rest on, ``units_at_max_delay`` how many of them are old enough to tell about the longest delay. ``late``
    counts units whose delay is above ``max_delay``, ``invalid`` those reported before their origin: neither enters.
    """

    cutoff: np.datetime64
    max_delay: int
    completeness: Floats
    hazard: Floats
    hazard_variance: Floats
    overdispersion: float
    month_profile: Floats
    profile_units: float
    units: float
    units_at_max_delay: float
    late: float
    invalid: float
    # [origin month, delay] counts behind the hazards and which of them each hazard uses; for the bootstrap.
    triangle: Floats
    used: NDArray[np.bool_]

    def at_age(self, age: ArrayLike) -> Floats:
        """F at an age in months: 0 below 0, 1 from ``max_delay`` on."""
        return share_at_age(self.completeness, np.asarray(age, dtype=np.int64), self.max_delay)


def last_full_month(reported: ArrayLike, *, slack_days: int = 7) -> np.datetime64:
    """The last month that a collection can be taken to cover, from its latest publication day.

    Offices publish weekly: a month whose last ``slack_days`` days hold the latest publication counts as full,
    otherwise the one before it is the last. A collection's stated cut-off, where known, is better.

    >>> str(last_full_month(["2017-12-28"])), str(last_full_month(["2017-12-14"]))
    ('2017-12', '2017-11')
    """
    days = np.asarray(reported, dtype="datetime64[D]")
    days = days[~np.isnat(days)]
    if len(days) == 0:
        raise ValueError("no publication date is known")
    month = month_number(days.max())
    following = np.datetime64(month + 1, "M").astype("datetime64[D]")
    days_after = int((following - days.max()).astype(np.int64)) - 1
    return np.datetime64(month if days_after < slack_days else month - 1, "M")


def as_of(
    origin: ArrayLike, reported: ArrayLike, counts: ArrayLike | None = None, *, cutoff: str | np.datetime64
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64], Floats]:
    """The collection as it stood at an earlier cut-off: what was reported after that month is not there."""
    start, end, weight = as_units(origin, reported, counts)
    seen = end.astype(np.int64) <= month_number(cutoff)
    return start[seen], end[seen], weight[seen]


def reporting_delay(
    origin: ArrayLike,
    reported: ArrayLike,
    counts: ArrayLike | None = None,
    *,
    cutoff: str | np.datetime64,
    max_delay: int = 48,
    window: int | None = 36,
    collection_start: str | np.datetime64 | None = None,
) -> ReportingDelay:
    """Delay distribution of a collection that ends with the month ``cutoff``.

    origin, reported: shape [n], dates or months (datetime64 or ISO text), as single units or as groups of
        ``counts`` (n,) units with the same two months. Units reported after ``cutoff`` are left out.
    max_delay: months; longer delays are treated as not existing (say so with the number).
    window: only reports of the last so many months before the cut-off tell about each delay, so that old practice
        (US patents before 2001 came out at grant only) is forgotten; None uses all.
    collection_start: first month whose publications the collection covers; earlier origins, of which it has the late
        reports only, are left out of the hazards.
    """
    if max_delay < 1 or (window is not None and window < 1):
        raise ValueError("max_delay and window are at least 1 month")
    end_month = month_number(cutoff)
    start, end, weight = as_of(origin, reported, counts, cutoff=cutoff)
    first, last = start.astype(np.int64), end.astype(np.int64)
    delay = last - first
    invalid, late = float(weight[delay < 0].sum()), float(weight[delay > max_delay].sum())
    used = (delay >= 0) & (delay <= max_delay)
    if collection_start is not None:
        used &= first >= month_number(collection_start)
    # Origins older than this can lend no hazard: every report of theirs lies before the window.
    oldest = first[used].min() if used.any() else end_month
    if window is not None:
        oldest = max(oldest, end_month - max_delay - window + 1)
    used &= first >= oldest
    rows = end_month - oldest + 1
    triangle = np.zeros((rows, max_delay + 1))
    np.add.at(triangle, (first[used] - oldest, delay[used]), weight[used])

    age = np.arange(rows - 1, -1, -1)[:, None]
    delays = np.arange(max_delay + 1)[None, :]
    eligible = delays <= age
    if window is not None:
        eligible &= age < delays + window
    reported_at, at_risk = _hazard_counts(triangle, eligible)
    hazard = divide(reported_at, at_risk)
    hazard[0] = np.nan  # everything seen at delay 0 or less is seen at 0: not a hazard, and F(0) does not need it
    completeness = completeness_from(hazard, at_risk)
    overdispersion = _overdispersion(triangle, eligible, hazard, oldest)
    variance = overdispersion * divide(hazard, at_risk * (1 - np.where(hazard < 1, hazard, np.nan)))
    profile, profile_units = _month_profile(triangle, oldest, completeness, end_month, max_delay)
    return ReportingDelay(
        cutoff=np.datetime64(end_month, "M"),
        max_delay=max_delay,
        completeness=completeness,
        hazard=hazard,
        hazard_variance=variance,
        overdispersion=overdispersion,
        month_profile=profile,
        profile_units=profile_units,
        units=float(weight[used].sum()),
        units_at_max_delay=float(at_risk[-1]),
        late=late,
        invalid=invalid,
        triangle=triangle,
        used=eligible,
    )


def month_number(date: str | np.datetime64) -> int:
    """Months since January 1970."""
    return int(np.asarray(date, dtype="datetime64[M]").astype(np.int64))


def as_units(
    origin: ArrayLike, reported: ArrayLike, counts: ArrayLike | None
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64], Floats]:
    start = np.asarray(origin, dtype="datetime64[M]").ravel()
    end = np.asarray(reported, dtype="datetime64[M]").ravel()
    weight = np.ones(len(start)) if counts is None else np.asarray(counts, dtype=np.float64).ravel()
    if not len(start) == len(end) == len(weight):
        raise ValueError("origin, reported and counts must have one length")
    if np.isnat(start).any() or np.isnat(end).any():
        raise ValueError("origin and reported must be known; leave out units without a date and say how many")
    if np.any(~np.isfinite(weight)) or np.any(weight < 0):
        raise ValueError("counts must be finite and not negative")
    return start, end, weight


def share_at_age(completeness: Floats, age: NDArray[np.int64], max_delay: int) -> Floats:
    share = completeness[..., np.clip(age, 0, max_delay)]
    return np.asarray(np.where(age < 0, 0.0, share))


def _hazard_counts(triangle: Floats, eligible: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    upto = np.cumsum(triangle, axis=1)
    return (triangle * eligible).sum(axis=0), (upto * eligible).sum(axis=0)


def completeness_from(hazard: Floats, at_risk: Floats) -> Floats:
    """F(d) for the last axis: the product of (1 - g(u)) over u > d, 1 at the last delay.

    Where nothing was seen at delay d or less, F(d) is 0, unless nothing was seen at any longer delay either (no
    origin is old enough): then it is unknown, and so is all below.
    """
    kept = np.ones_like(hazard)
    kept[..., :-1] = (1 - hazard)[..., 1:]
    share = np.flip(np.cumprod(np.flip(kept, axis=-1), axis=-1), axis=-1)
    seen_later = np.flip(np.maximum.accumulate(np.flip(at_risk > 0, axis=-1), axis=-1), axis=-1)
    nothing_yet = (at_risk == 0) & seen_later
    below = np.flip(np.maximum.accumulate(np.flip(nothing_yet, axis=-1), axis=-1), axis=-1)
    return np.asarray(np.where(below, 0.0, share))


def _overdispersion(triangle: Floats, eligible: NDArray[np.bool_], hazard: Floats, oldest: int) -> float:
    """Variance of the counts over the binomial variance, never below 1.

    Cells are years of origin by months of delay: by single months the cells would be too small to show that whole
    cohorts are published faster or slower than others.
    """
    at_risk = np.cumsum(triangle, axis=1) * eligible
    chance = np.where(np.isnan(hazard), 0.0, hazard)
    residual = np.where(eligible, triangle - at_risk * chance, 0.0)[:, 1:]
    variance = (at_risk * chance * (1 - chance))[:, 1:]
    cohort = (oldest + np.arange(len(triangle))) // 12
    starts = np.nonzero(np.r_[True, np.diff(cohort) > 0])[0]
    residual, variance = np.add.reduceat(residual, starts, axis=0), np.add.reduceat(variance, starts, axis=0)
    cells = np.count_nonzero(variance)
    free = cells - np.count_nonzero(variance.sum(axis=0))
    if free <= 0:
        return 1.0
    # Ratio of sums, not sum of ratios: cells that expect next to nothing would otherwise decide.
    return float(max(1.0, np.square(residual).sum() / variance.sum() * cells / free))


def _month_profile(
    triangle: Floats, oldest: int, completeness: Floats, end_month: int, max_delay: int
) -> tuple[Floats, float]:
    """Share of each calendar month among years of origin that are at least 99 % complete in December, and the number
    of units behind it; uniform and 0 when there is none."""
    month = oldest + np.arange(len(triangle))
    age_in_december = end_month - (month // 12 * 12 + 11)
    whole = (month // 12 * 12 >= oldest) & (share_at_age(completeness, age_in_december, max_delay) >= 0.99)
    by_month = np.bincount(month[whole] % 12, weights=triangle.sum(axis=1)[whole], minlength=12)
    units = float(by_month.sum())
    return (by_month / units if units > 0 else np.full(12, 1 / 12)), units
