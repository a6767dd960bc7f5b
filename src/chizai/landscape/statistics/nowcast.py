"""Nowcast of years that are not wholly published yet, by the delay between origin and first publication.

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
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from chizai.landscape.statistics.estimate import Floats, check_confidence, divide

Months = NDArray[np.int64]
IntervalMethod = Literal["delta", "bootstrap"]
WithinYear = Literal["profile", "uniform"]


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
    _triangle: Floats
    _used: NDArray[np.bool_]

    def at_age(self, age: ArrayLike) -> Floats:
        """F at an age in months: 0 below 0, 1 from ``max_delay`` on."""
        return _at_age(self.completeness, np.asarray(age, dtype=np.int64), self.max_delay)


@dataclass(frozen=True)
class Nowcast:
    """One row a year, ascending; every array has shape [year].

    ``observed`` is what is seen at the cut-off with a delay up to ``max_delay``. ``outside`` (longer delays, or
    reported before their origin) comes on top in a plain count; but only old years have had the time for long delays,
    so that with it they would not compare with new ones. ``nowcast`` is observed / completeness, between ``low`` and
    ``high`` (interval of the final count within ``max_delay``, so never below ``observed``).
    ``status``: ``complete`` (the lower bound of completeness reaches ``complete_at``), ``incomplete`` (nowcast given),
    ``not-estimable`` (nan, see ``reason``: ``completeness-too-low``, ``history-too-short``, ``too-few-units``).
    ``last_complete_year`` is the last year up to which all are complete; None when there is none.
    """

    year: NDArray[np.int64]
    observed: Floats
    outside: Floats
    completeness: Floats
    completeness_low: Floats
    completeness_high: Floats
    nowcast: Floats
    low: Floats
    high: Floats
    status: NDArray[np.str_]
    reason: NDArray[np.str_]
    confidence: float
    method: str
    delay: ReportingDelay

    @property
    def last_complete_year(self) -> int | None:
        incomplete = np.nonzero(self.status != "complete")[0]
        last = (incomplete[0] if len(incomplete) else len(self.year)) - 1
        return int(self.year[last]) if last >= 0 else None


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
    month = _month(days.max())
    following = np.datetime64(month + 1, "M").astype("datetime64[D]")
    days_after = int((following - days.max()).astype(np.int64)) - 1
    return np.datetime64(month if days_after < slack_days else month - 1, "M")


def as_of(
    origin: ArrayLike, reported: ArrayLike, counts: ArrayLike | None = None, *, cutoff: str | np.datetime64
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64], Floats]:
    """The collection as it stood at an earlier cut-off: what was reported after that month is not there."""
    start, end, weight = _units(origin, reported, counts)
    seen = end.astype(np.int64) <= _month(cutoff)
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
    end_month = _month(cutoff)
    start, end, weight = as_of(origin, reported, counts, cutoff=cutoff)
    first, last = start.astype(np.int64), end.astype(np.int64)
    delay = last - first
    invalid, late = float(weight[delay < 0].sum()), float(weight[delay > max_delay].sum())
    used = (delay >= 0) & (delay <= max_delay)
    if collection_start is not None:
        used &= first >= _month(collection_start)
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
    completeness = _completeness(hazard, at_risk)
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
        _triangle=triangle,
        _used=eligible,
    )


def nowcast(
    delay: ReportingDelay,
    origin: ArrayLike,
    reported: ArrayLike,
    counts: ArrayLike | None = None,
    *,
    first_year: int | None = None,
    within_year: WithinYear = "profile",
    method: IntervalMethod = "delta",
    confidence: float = 0.9,
    complete_at: float = 0.95,
    min_completeness: float = 0.25,
    minimum_units: float = 30.0,
    draws: int = 1000,
    seed: int = 0,
) -> Nowcast:
    """Nowcast of every year from the first origin (or ``first_year``) to the year of the cut-off.

    The delay may come from a larger collection than the units (all fields, to nowcast one): then the assumption is
    that the field is published as fast as the whole.

    origin, reported, counts: as in ``reporting_delay``; what was reported after the cut-off is left out.
    within_year: how a year's completeness follows from its months'. ``profile``: months weigh as in complete years;
        ``uniform``: equally, which overstates the completeness of a growing field.
    method: ``delta``: unseen units negative binomial given the seen ones, times the overdispersion, plus the error of
        F to first order. ``bootstrap``: origins' months redrawn whole, ``draws`` times from ``seed``.
    complete_at: a year is complete when the lower bound of its completeness is at least this.
    min_completeness: below this a year is refused; what is unseen would be told by a handful of early birds.
    minimum_units: a delay that rests on fewer units, or on fewer old enough for ``max_delay``, is refused throughout.

    >>> months = np.arange("2008-01", "2018-01", dtype="datetime64[M]")
    >>> origin = np.repeat(months, 10)                          # ten a month, all published after 18 months
    >>> table = reporting_delay(origin, origin + 18, cutoff="2017-12")
    >>> found = nowcast(table, origin, origin + 18)
    >>> found.observed[-3:].tolist(), found.status[-3:].tolist(), found.last_complete_year
    ([120.0, 60.0, 0.0], ['complete', 'incomplete', 'not-estimable'], 2015)
    >>> found.nowcast[-2].item()
    120.0
    """
    check_confidence(confidence)
    if within_year not in ("profile", "uniform"):
        raise ValueError(f"unknown within_year {within_year!r}; known: profile, uniform")
    if method not in ("delta", "bootstrap"):
        raise ValueError(f"unknown method {method!r}; known: delta, bootstrap")
    start, end, weight = as_of(origin, reported, counts, cutoff=delay.cutoff)
    month, lag = start.astype(np.int64), (end - start).astype(np.int64)
    end_month = _month(delay.cutoff)
    last_year = end_month // 12 + 1970
    if first_year is None:
        first_year = min(int(month.min()) // 12 + 1970, last_year) if len(month) else last_year
    years = np.arange(first_year, last_year + 1)
    row = month // 12 + 1970 - first_year
    known = (row >= 0) & (row < len(years))
    on_time = known & (lag >= 0) & (lag <= delay.max_delay)
    observed, outside = (
        np.bincount(row[part], weights=weight[part], minlength=len(years)).astype(np.float64)
        for part in (on_time, known & ~on_time)
    )
    age = end_month - ((years - 1970)[:, None] * 12 + np.arange(12)[None, :])

    share = delay.at_age(age)
    month_weight = np.full(12, 1 / 12) if within_year == "uniform" else delay.month_profile
    completeness = share @ month_weight
    relative = _relative_variance(delay, age, share, month_weight, within_year)

    tail = (1 - confidence) / 2
    usable = completeness > 0
    safe = np.where(usable, completeness, np.nan)
    value = observed / safe
    if method == "delta":
        low, high = _delta_interval(observed, safe, relative, delay.overdispersion, tail)
        completeness_low, completeness_high = _share_interval(safe, relative, delay, tail)
    else:
        low, high, completeness_low, completeness_high = _bootstrap_interval(
            delay, observed, age, month_weight, within_year, tail, draws, seed
        )

    reason = np.select(
        [
            np.full(len(years), delay.units < minimum_units),
            np.isnan(completeness) | (delay.units_at_max_delay < minimum_units),
            completeness < min_completeness,
        ],
        ["too-few-units", "history-too-short", "completeness-too-low"],
        default="",
    )
    refused = reason != ""
    # A wholly reported past needs no delay distribution: it is complete by the definition of max_delay.
    past = age.min(axis=1) >= delay.max_delay
    refused &= ~past
    reason = np.where(past, "", reason)
    completeness_low, completeness_high = (
        np.where(past, 1.0, bound) for bound in (completeness_low, completeness_high)
    )
    for array in (value, low, high):
        array[refused] = np.nan
    unknown = refused & (reason != "completeness-too-low")
    for array in (completeness, completeness_low, completeness_high):
        array[unknown] = np.nan
    status = np.where(refused, "not-estimable", np.where(completeness_low >= complete_at, "complete", "incomplete"))
    return Nowcast(
        year=years,
        observed=observed,
        outside=outside,
        completeness=completeness,
        completeness_low=completeness_low,
        completeness_high=completeness_high,
        nowcast=value,
        low=low,
        high=high,
        status=status,
        reason=reason,
        confidence=confidence,
        method=method,
        delay=delay,
    )


@dataclass(frozen=True)
class BackTest:
    """Nowcasts made at earlier cut-offs beside what was seen in the end; one row a cut-off and year."""

    cutoff: NDArray[np.datetime64]
    year: NDArray[np.int64]
    completeness: Floats
    observed: Floats
    nowcast: Floats
    low: Floats
    high: Floats
    final: Floats

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Whether the interval held the final count."""
        return np.asarray((self.low <= self.final) & (self.final <= self.high))


def back_test(
    origin: ArrayLike,
    reported: ArrayLike,
    counts: ArrayLike | None = None,
    *,
    cutoffs: ArrayLike,
    final_cutoff: str | np.datetime64,
    max_delay: int = 48,
    window: int | None = 36,
    collection_start: str | np.datetime64 | None = None,
    settled_at: float = 0.95,
    within_year: WithinYear = "profile",
    method: IntervalMethod = "delta",
    confidence: float = 0.9,
    min_completeness: float = 0.25,
    minimum_units: float = 30.0,
    seed: int = 0,
) -> BackTest:
    """Nowcast from earlier vintages of the collection, against its last state.

    Only years that were incomplete at the earlier cut-off and are at least ``settled_at`` complete at
    ``final_cutoff`` are compared; ``final`` is their count then, divided by their completeness. Units whose delay
    is above ``max_delay`` do not exist here, as they do not in F.
    """
    start, end, weight = _units(origin, reported, counts)
    delay = (end - start).astype(np.int64)
    kept = (delay >= 0) & (delay <= max_delay)
    start, end, weight = start[kept], end[kept], weight[kept]
    choices = {"max_delay": max_delay, "window": window, "collection_start": collection_start}

    def at(cutoff: str | np.datetime64) -> Nowcast:
        past_start, past_end, past_weight = as_of(start, end, weight, cutoff=cutoff)
        table = reporting_delay(past_start, past_end, past_weight, cutoff=cutoff, **choices)  # type: ignore[arg-type]
        return nowcast(
            table,
            past_start,
            past_end,
            past_weight,
            within_year=within_year,
            method=method,
            confidence=confidence,
            min_completeness=min_completeness,
            minimum_units=minimum_units,
            seed=seed,
        )

    end_state = at(final_cutoff)
    truth = {
        int(year): value
        for year, value, share in zip(end_state.year, end_state.nowcast, end_state.completeness, strict=True)
        if share >= settled_at
    }
    rows = []
    for cutoff in np.atleast_1d(np.asarray(cutoffs, dtype="datetime64[M]")):
        then = at(cutoff)
        for place in np.nonzero(then.status == "incomplete")[0]:
            year = int(then.year[place])
            if year in truth:
                rows.append(
                    (
                        cutoff,
                        year,
                        then.completeness[place],
                        then.observed[place],
                        then.nowcast[place],
                        then.low[place],
                        then.high[place],
                        truth[year],
                    )
                )
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    return BackTest(
        np.asarray(columns[0], dtype="datetime64[M]"),
        np.asarray(columns[1], dtype=np.int64),
        *(np.asarray(column, dtype=np.float64) for column in columns[2:]),
    )


def _month(date: str | np.datetime64) -> int:
    """Months since January 1970."""
    return int(np.asarray(date, dtype="datetime64[M]").astype(np.int64))


def _units(
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


def _at_age(completeness: Floats, age: NDArray[np.int64], max_delay: int) -> Floats:
    share = completeness[..., np.clip(age, 0, max_delay)]
    return np.asarray(np.where(age < 0, 0.0, share))


def _hazard_counts(triangle: Floats, eligible: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    upto = np.cumsum(triangle, axis=1)
    return (triangle * eligible).sum(axis=0), (upto * eligible).sum(axis=0)


def _completeness(hazard: Floats, at_risk: Floats) -> Floats:
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
    whole = (month // 12 * 12 >= oldest) & (_at_age(completeness, age_in_december, max_delay) >= 0.99)
    by_month = np.bincount(month[whole] % 12, weights=triangle.sum(axis=1)[whole], minlength=12)
    units = float(by_month.sum())
    return (by_month / units if units > 0 else np.full(12, 1 / 12)), units


def _relative_variance(
    delay: ReportingDelay, age: NDArray[np.int64], share: Floats, month_weight: Floats, within_year: WithinYear
) -> Floats:
    """Variance of ln F of every year, to first order.

    ln F(age) adds up ln(1 - g(u)) over u > age, each known independently of the others; the profile of months is a
    multinomial share of ``profile_units``.
    """
    pull = month_weight * np.where(np.isnan(share), 0.0, share)
    delays = np.arange(delay.max_delay + 1)
    younger = (age[:, :, None] < delays) & (age[:, :, None] >= 0)
    reach = (pull[:, :, None] * younger).sum(axis=1)
    hazard_variance = np.where(np.isnan(delay.hazard_variance), 0.0, delay.hazard_variance)
    variance = (reach**2 * hazard_variance).sum(axis=1)
    if within_year == "profile" and delay.profile_units > 0:
        mean = share @ month_weight
        variance = variance + ((share - mean[:, None]) ** 2 @ month_weight) / delay.profile_units
    return divide(variance, pull.sum(axis=1) ** 2)


def _delta_interval(
    observed: Floats, share: Floats, relative: Floats, overdispersion: float, tail: float
) -> tuple[Floats, Floats]:
    # Half a unit where none is seen: nothing seen at half completeness does not prove that nothing will come.
    seen = np.maximum(observed, 0.5)
    mean = seen * (1 - share) / share
    variance = overdispersion * seen * (1 - share) / share**2 + (seen / share) ** 2 * relative
    low, high = observed.copy(), observed.copy()
    open_years = mean > 1e-9
    low[open_years] += _unseen_quantile(mean[open_years], variance[open_years], tail)
    high[open_years] += _unseen_quantile(mean[open_years], variance[open_years], 1 - tail)
    low[np.isnan(share)] = high[np.isnan(share)] = np.nan
    return low, high


def _unseen_quantile(mean: Floats, variance: Floats, probability: float) -> Floats:
    """Negative binomial with the given mean and variance (always above the mean here: 1 / F > 1)."""
    return np.asarray(stats.nbinom.ppf(probability, mean**2 / (variance - mean), mean / variance))


def _share_interval(share: Floats, relative: Floats, delay: ReportingDelay, tail: float) -> tuple[Floats, Floats]:
    """Wilson interval of F with the number of units that would give its variance.

    At F = 1 the variance is 0 however few units say so; the number of units then is that of the delay itself.
    """
    units = delay.units / delay.overdispersion if delay.units > 0 else np.nan
    size = np.minimum(divide(share * (1 - share), share**2 * relative), units)
    size = np.where(np.isnan(size), units, size)
    z = special.ndtri(1 - tail)
    middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    reach = z / (1 + z**2 / size) * np.sqrt(np.maximum(share * (1 - share), 0) / size + z**2 / (4 * size**2))
    return np.maximum(middle - reach, 0.0), np.minimum(middle + reach, 1.0)


def _bootstrap_interval(
    delay: ReportingDelay,
    observed: Floats,
    age: NDArray[np.int64],
    month_weight: Floats,
    within_year: WithinYear,
    tail: float,
    draws: int,
    seed: int,
) -> tuple[Floats, Floats, Floats, Floats]:
    generator = np.random.default_rng(seed)
    rows = len(delay._triangle)
    repeats = generator.multinomial(rows, np.full(rows, 1 / rows), size=draws).astype(np.float64)
    upto = np.cumsum(delay._triangle, axis=1)
    at_risk = repeats @ (upto * delay._used)
    hazard = divide(repeats @ (delay._triangle * delay._used), at_risk)
    # A delay for which a draw holds no origin keeps the hazard of the collection.
    hazard = np.where(at_risk > 0, hazard, delay.hazard[None, :])
    at_risk = np.where(at_risk > 0, at_risk, (upto * delay._used).sum(axis=0)[None, :])
    share = _at_age(_completeness(hazard, at_risk), age, delay.max_delay)
    if within_year == "profile" and delay.profile_units > 0:
        size = max(round(delay.profile_units), 1)
        weights = generator.multinomial(size, month_weight, size=draws) / size
    else:
        weights = np.broadcast_to(month_weight, (draws, 12))
    year_share = np.clip(np.einsum("dym,dm->dy", share, weights), 1e-6, 1.0)
    # Overdispersion: as if there were fewer units, each of which counts for more.
    fewer = np.maximum(observed, 0.5) / delay.overdispersion
    unseen = delay.overdispersion * generator.negative_binomial(fewer, np.nan_to_num(year_share, nan=1.0))
    final = np.where(np.isnan(year_share), np.nan, observed + unseen)
    bounds = np.quantile(final, [tail, 1 - tail], axis=0)
    share_bounds = np.quantile(year_share, [tail, 1 - tail], axis=0)
    return bounds[0], bounds[1], share_bounds[0], share_bounds[1]
