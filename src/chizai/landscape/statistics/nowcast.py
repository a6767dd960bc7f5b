"""Nowcast of years that are not wholly published yet: what is seen, over the share that is seen by now.

Source: Lawless (1994), Canadian Journal of Statistics 22, 15-31 (negative binomial unseen counts given the seen ones).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from chizai.landscape.statistics.delay import (
    ReportingDelay,
    as_of,
    completeness_from,
    last_full_month,
    month_number,
    reporting_delay,
    share_at_age,
)
from chizai.landscape.statistics.estimate import Floats, check_confidence, divide

__all__ = ["Nowcast", "ReportingDelay", "as_of", "last_full_month", "nowcast", "reporting_delay"]

IntervalMethod = Literal["delta", "bootstrap"]
WithinYear = Literal["profile", "uniform"]


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

    def until(self, year: int) -> Nowcast:
        """The same without the years after ``year``."""
        count = int(np.searchsorted(self.year, year, side="right"))
        kept: dict[str, Any] = {
            name: value[:count] for name, value in vars(self).items() if isinstance(value, np.ndarray)
        }
        return replace(self, **kept)


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
    end_month = month_number(delay.cutoff)
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
    rows = len(delay.triangle)
    repeats = generator.multinomial(rows, np.full(rows, 1 / rows), size=draws).astype(np.float64)
    upto = np.cumsum(delay.triangle, axis=1)
    at_risk = repeats @ (upto * delay.used)
    hazard = divide(repeats @ (delay.triangle * delay.used), at_risk)
    # A delay for which a draw holds no origin keeps the hazard of the collection.
    hazard = np.where(at_risk > 0, hazard, delay.hazard[None, :])
    at_risk = np.where(at_risk > 0, at_risk, (upto * delay.used).sum(axis=0)[None, :])
    share = share_at_age(completeness_from(hazard, at_risk), age, delay.max_delay)
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
