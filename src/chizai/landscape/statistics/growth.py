"""Growth of yearly counts, on complete years only.

A year that is not yet wholly published reads as a fall; ``last_complete_year`` (from ``nowcast``, or from the
collection's convention) is therefore an argument that nobody can leave out. Missing years are nan, never 0.

Source of the regression: McCullagh & Nelder (1989), Generalized Linear Models, 2nd ed., 6.2 and 9.2 (quasi-Poisson).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from chizai.landscape.statistics.estimate import Estimate, Floats, check_confidence, divide

GrowthMethod = Literal["quasi-poisson", "poisson", "log-linear", "endpoints"]


@dataclass(frozen=True)
class Growth:
    """Compound rate a year (0.05 is 5 %) of one or many series; arrays have the shape of the series without years.

    ``rate.reason``: ``too-few-complete-years``, ``all-zero``, ``no-finite-rate`` (counts only in the first or only in
    the last year), ``zero-count`` (a method that needs logarithms met a zero), ``no-convergence``.
    ``dispersion`` is the estimated variance over the Poisson variance (nan where the method has none).
    """

    rate: Estimate
    first_year: NDArray[np.int64]
    last_year: NDArray[np.int64]
    years: NDArray[np.int64]
    dispersion: Floats

    @property
    def doubling_time(self) -> Estimate:
        """Years to double, ln 2 / ln(1 + rate): nan where the rate is not positive; an upper bound of inf says that
        the interval holds no growth at all."""
        rate = self.rate
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(rate.value > 0, np.log(2) / np.log1p(rate.value), np.nan)
            low = np.where(rate.high > 0, np.log(2) / np.log1p(rate.high), np.nan)
            high = np.where(rate.low > 0, np.log(2) / np.log1p(rate.low), np.inf)
        undefined = np.isnan(value)
        low, high = np.where(undefined, np.nan, low), np.where(undefined | np.isnan(rate.low), np.nan, high)
        reason = np.where(undefined & (rate.reason == ""), "no-growth", rate.reason)
        return Estimate(value, low, high, rate.confidence, rate.method, reason)


def compound_rate(
    years: ArrayLike,
    counts: ArrayLike,
    *,
    last_complete_year: int,
    first_year: int | None = None,
    method: GrowthMethod = "quasi-poisson",
    confidence: float = 0.9,
    minimum_years: int = 3,
) -> Growth:
    """Compound annual growth rate with its interval.

    years: shape [t]. counts: shape [t] or [series, t]; nan marks a missing year. Years after ``last_complete_year``
    and before ``first_year`` are left out.
    method:
        ``quasi-poisson``: slope of a log-linear Poisson regression, exp(slope) - 1; the interval is widened by the
        dispersion found (Pearson, never below 1) and takes its quantile from Student's t with t - 2 degrees.
        ``poisson``: the same with dispersion 1 and normal quantiles.
        ``log-linear``: least squares on log counts, Student's t; needs counts above 0.
        ``endpoints``: (last / first)^(1 / span) - 1, the CAGR of business reports; interval from the Poisson error of
        the two counts alone. It uses two years and forgets the others: given for comparison.

    >>> found = compound_rate(range(2010, 2018), [100, 110, 121, 133, 146, 161, 90, 10], last_complete_year=2015)
    >>> round(float(found.rate.value), 3)
    0.1
    >>> compound_rate([2014, 2015], [5, 9], last_complete_year=2015).rate.reason.item()
    'too-few-complete-years'
    """
    check_confidence(confidence)
    if method not in ("quasi-poisson", "poisson", "log-linear", "endpoints"):
        raise ValueError(f"unknown method {method!r}; known: quasi-poisson, poisson, log-linear, endpoints")
    if minimum_years < 3:
        raise ValueError("minimum_years must be at least 3: two years are a difference, not a rate with an error")
    year, table = _series(years, counts)
    lead_shape = table.shape[:-1]
    table = table.reshape(-1, len(year))
    keep = year <= last_complete_year
    if first_year is not None:
        keep &= year >= first_year
    year, table = year[keep], table[:, keep]
    present = ~np.isnan(table)
    filled = np.where(present, table, 0.0)
    known = present.sum(axis=1)

    reason = np.full(len(table), "", dtype="<U24")
    _note(reason, known < minimum_years, "too-few-complete-years")
    _note(reason, filled.sum(axis=1) == 0, "all-zero")
    if method in ("log-linear", "endpoints"):
        if method == "log-linear":
            zero = (present & (filled == 0)).any(axis=1)
        else:
            zero = (_at_first(filled, present) == 0) | (_at_last(filled, present) == 0)
        _note(reason, zero, "zero-count")
    else:
        only_first = filled.sum(axis=1) == _at_first(filled, present)
        only_last = filled.sum(axis=1) == _at_last(filled, present)
        _note(reason, only_first | only_last, "no-finite-rate")

    slope = np.full(len(table), np.nan)
    error = np.full(len(table), np.nan)
    dispersion = np.full(len(table), np.nan)
    usable = reason == ""
    if usable.any():
        part, mask = filled[usable], present[usable]
        if method == "endpoints":
            slope[usable], error[usable] = _endpoints(year, part, mask)
        elif method == "log-linear":
            slope[usable], error[usable] = _least_squares(year, part, mask)
        else:
            slope[usable], error[usable], dispersion[usable] = _log_linear_counts(
                year, part, mask, quasi=method == "quasi-poisson"
            )
        _note(reason, usable & np.isnan(slope), "no-convergence")
    upper = (1 + confidence) / 2
    if method in ("quasi-poisson", "log-linear"):
        quantile = special.stdtrit(np.maximum(known - 2, 1), upper)
    else:
        quantile = np.full(len(table), special.ndtri(upper))
    rate = Estimate(
        _as_rate(slope).reshape(lead_shape),
        _as_rate(slope - quantile * error).reshape(lead_shape),
        _as_rate(slope + quantile * error).reshape(lead_shape),
        confidence,
        method,
        reason.reshape(lead_shape),
    )
    first, last = _span(year, present)
    return Growth(
        rate,
        first.reshape(lead_shape),
        last.reshape(lead_shape),
        known.reshape(lead_shape),
        dispersion.reshape(lead_shape),
    )


def relative_rate(
    years: ArrayLike,
    counts: ArrayLike,
    reference: ArrayLike,
    *,
    reference_holds_counts: bool,
    last_complete_year: int,
    first_year: int | None = None,
    confidence: float = 0.9,
    minimum_years: int = 3,
) -> Growth:
    """Growth relative to a reference (all technology, the world): (1 + r) / (1 + r_reference) - 1 a year.

    Given the sum of the two in a year, the series' part is binomial: the slope of a logistic regression on the year is
    the difference of the two log growth rates, with the errors of both, whatever moves both alike (a boom, a backlog).
    ``reference_holds_counts`` says whether ``reference`` includes ``counts`` (then it is subtracted). Interval as
    for ``quasi-poisson``.

    >>> year = range(2010, 2016)
    >>> world = [1000 * 1.02**t for t in range(6)]
    >>> field = [100 * 1.10**t for t in range(6)]
    >>> found = relative_rate(year, field, world, reference_holds_counts=False, last_complete_year=2015)
    >>> round(float(found.rate.value), 4)
    0.0784
    """
    check_confidence(confidence)
    if minimum_years < 3:
        raise ValueError("minimum_years must be at least 3")
    year, table = _series(years, counts)
    _, other = _series(years, reference)
    table, other = np.broadcast_arrays(table, other)
    if reference_holds_counts:
        other = other - table
        if np.any(other < 0):
            raise ValueError("reference does not hold counts: it is smaller in some year")
    lead_shape = table.shape[:-1]
    table, other = table.reshape(-1, len(year)), other.reshape(-1, len(year))
    keep = year <= last_complete_year
    if first_year is not None:
        keep &= year >= first_year
    year, table, other = year[keep], table[:, keep], other[:, keep]
    present = ~np.isnan(table) & ~np.isnan(other) & (table + other > 0)
    own, rest = np.where(present, table, 0.0), np.where(present, other, 0.0)
    known = present.sum(axis=1)
    reason = np.full(len(own), "", dtype="<U24")
    _note(reason, known < minimum_years, "too-few-complete-years")
    _note(reason, (own.sum(axis=1) == 0) | (rest.sum(axis=1) == 0), "all-zero")
    separated = np.zeros(len(own), dtype=bool)
    for part in (own, rest):
        separated |= part.sum(axis=1) == _at_first(part, present)
        separated |= part.sum(axis=1) == _at_last(part, present)
    _note(reason, separated, "no-finite-rate")
    slope, error, dispersion = (np.full(len(own), np.nan) for _ in range(3))
    usable = reason == ""
    if usable.any():
        slope[usable], error[usable], dispersion[usable] = _logistic(year, own[usable], rest[usable], present[usable])
        _note(reason, usable & np.isnan(slope), "no-convergence")
    quantile = special.stdtrit(np.maximum(known - 2, 1), (1 + confidence) / 2)
    rate = Estimate(
        _as_rate(slope).reshape(lead_shape),
        _as_rate(slope - quantile * error).reshape(lead_shape),
        _as_rate(slope + quantile * error).reshape(lead_shape),
        confidence,
        "quasi-binomial",
        reason.reshape(lead_shape),
    )
    first, last = _span(year, present)
    return Growth(
        rate,
        first.reshape(lead_shape),
        last.reshape(lead_shape),
        known.reshape(lead_shape),
        dispersion.reshape(lead_shape),
    )


def _series(years: ArrayLike, counts: ArrayLike) -> tuple[NDArray[np.int64], Floats]:
    year = np.asarray(list(years) if isinstance(years, range) else years, dtype=np.int64)
    table = np.asarray(counts, dtype=np.float64)
    if year.ndim != 1 or table.ndim not in (1, 2) or table.shape[-1] != len(year):
        raise ValueError(f"years {year.shape} and counts {table.shape} must share their last axis")
    if len(np.unique(year)) != len(year):
        raise ValueError("a year stands twice")
    if np.any(np.isinf(table)) or np.any(table < 0):
        raise ValueError("counts must be finite and not negative (nan marks a missing year)")
    order = np.argsort(year)
    return year[order], table[..., order]


def _note(reason: NDArray[np.str_], where: NDArray[np.bool_], code: str) -> None:
    reason[where & (reason == "")] = code


def _at_first(filled: Floats, present: NDArray[np.bool_]) -> Floats:
    if filled.shape[1] == 0:
        return np.zeros(len(filled))
    return np.asarray(filled[np.arange(len(filled)), present.argmax(axis=1)])


def _at_last(filled: Floats, present: NDArray[np.bool_]) -> Floats:
    return _at_first(filled[:, ::-1], present[:, ::-1])


def _span(year: NDArray[np.int64], present: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last year used of each series; 0 where none is."""
    if len(year) == 0:
        nothing = np.zeros(len(present), dtype=np.int64)
        return nothing, nothing
    some = present.any(axis=1)
    first = year[present.argmax(axis=1)]
    last = year[::-1][present[:, ::-1].argmax(axis=1)]
    return np.where(some, first, 0), np.where(some, last, 0)


def _endpoints(year: NDArray[np.int64], counts: Floats, present: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    first, last = _at_first(counts, present), _at_last(counts, present)
    start, end = _span(year, present)
    span = (end - start).astype(np.float64)
    return np.log(last / first) / span, np.sqrt(1 / first + 1 / last) / span


def _least_squares(year: NDArray[np.int64], counts: Floats, present: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    weight = present.astype(np.float64)
    logs = np.log(np.where(present, counts, 1.0))
    known = weight.sum(axis=1, keepdims=True)
    time = year - (weight * year).sum(axis=1, keepdims=True) / known
    spread = (weight * time**2).sum(axis=1)
    slope = (weight * time * logs).sum(axis=1) / spread
    level = (weight * logs).sum(axis=1, keepdims=True) / known
    residual = logs - level - slope[:, None] * time
    scatter = (weight * residual**2).sum(axis=1) / (known[:, 0] - 2)
    return slope, np.sqrt(scatter / spread)


def _as_rate(slope: Floats) -> Floats:
    """Compound rates of log slopes; a bound beyond every number that can be written is infinite: no bound."""
    with np.errstate(over="ignore"):
        return np.expm1(slope)


def _log_linear_counts(
    year: NDArray[np.int64], counts: Floats, present: NDArray[np.bool_], *, quasi: bool
) -> tuple[Floats, Floats, Floats]:
    """Poisson regression of every row on the year by Newton's method; slope, its standard error, dispersion."""
    weight = present.astype(np.float64)
    known = weight.sum(axis=1)
    time = year - (weight * year).sum(axis=1, keepdims=True) / known[:, None]
    # The level is profiled out: given the slope, the fitted total equals the observed total (likelihood equation),
    # so that one concave function of the slope is left.
    total = counts.sum(axis=1)
    target = (counts * time).sum(axis=1) / total
    slope = np.zeros(len(counts))
    settled = np.zeros(len(counts), dtype=bool)
    step_limit = 2 / np.maximum(np.abs(np.where(present, time, 0.0)).max(axis=1), 1)
    for _ in range(200):
        share, mean, spread = _tilted(slope, time, weight)
        step = np.clip(divide(target - mean, spread), -step_limit, step_limit)
        step = np.where(np.isnan(step), 0.0, step)
        slope = slope + np.where(settled, 0.0, step)
        settled |= np.abs(step) < 1e-12
        if settled.all():
            break
    settled |= np.abs(step) < 1e-8
    share, _, spread = _tilted(slope, time, weight)
    fitted = total[:, None] * share
    pearson = np.where(present, divide((counts - fitted) ** 2, fitted), 0.0).sum(axis=1)
    dispersion = pearson / (known - 2)
    inflation = np.maximum(dispersion, 1) if quasi else np.ones_like(dispersion)
    error = np.sqrt(inflation / (total * spread))
    slope[~settled] = error[~settled] = np.nan
    return slope, error, dispersion


def _tilted(slope: Floats, time: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    exponent = slope[:, None] * time
    raised = weight * np.exp(exponent - np.where(weight > 0, exponent, -np.inf).max(axis=1, keepdims=True))
    share = raised / raised.sum(axis=1, keepdims=True)
    mean = (share * time).sum(axis=1)
    spread = (share * (time - mean[:, None]) ** 2).sum(axis=1)
    return share, mean, spread


def _logistic(
    year: NDArray[np.int64], own: Floats, rest: Floats, present: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    """Logistic regression of own among own + rest on the year, every row; slope, standard error, dispersion."""
    weight = present.astype(np.float64)
    known = weight.sum(axis=1)
    time = (year - (weight * year).sum(axis=1, keepdims=True) / known[:, None]) * weight
    trials = own + rest
    level = special.logit(own.sum(axis=1) / trials.sum(axis=1))
    slope = np.zeros(len(own))
    scale = np.maximum(np.abs(time).max(axis=1), 1)
    moved = np.full(len(own), np.inf)
    for _ in range(200):
        chance = special.expit(level[:, None] + slope[:, None] * time)
        information = trials * chance * (1 - chance)
        a, b, c = information.sum(axis=1), (information * time).sum(axis=1), (information * time**2).sum(axis=1)
        error = own - trials * chance
        u, v = error.sum(axis=1), (error * time).sum(axis=1)
        determinant = a * c - b * b
        up_level = np.clip(divide(c * u - b * v, determinant), -1, 1)
        up_slope = np.clip(divide(a * v - b * u, determinant), -1 / scale, 1 / scale)
        level, slope = level + up_level, slope + up_slope
        moved = np.maximum(np.abs(up_level), np.abs(up_slope) * scale)
        if np.all(moved < 1e-12):
            break
    chance = special.expit(level[:, None] + slope[:, None] * time)
    information = trials * chance * (1 - chance)
    a, b, c = information.sum(axis=1), (information * time).sum(axis=1), (information * time**2).sum(axis=1)
    pearson = np.where(present, divide((own - trials * chance) ** 2, information), 0.0).sum(axis=1)
    dispersion = pearson / (known - 2)
    slope_error = np.sqrt(np.maximum(dispersion, 1) * divide(a, a * c - b * b))
    lost = ~(moved < 1e-8)
    slope[lost] = slope_error[lost] = np.nan
    return slope, slope_error, dispersion
