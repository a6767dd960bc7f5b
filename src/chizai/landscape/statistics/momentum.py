"""Momentum: growth of many technologies relative to the whole, each drawn towards the others as far as its data are few.

n_ft of the N_t units of a year are of technology f, with odds exp(a_f + b_f t) F_ft / F_t: what moves all technologies
alike drops out, and years that are still being published enter with the share F that can be seen (of the technology, and
of the whole). b_f ~ Normal(m, tau^2) across technologies, m and tau with flat priors.

Sources: McCullagh & Nelder (1989), 4.5 and 9.2 (logistic regression, overdispersion); Gelman, Carlin, Stern, Dunson,
Vehtari & Rubin (2013), Bayesian Data Analysis, 5.4 (the hierarchical normal model); DerSimonian & Laird (1986) for the
pooling of completeness.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from chizai.landscape.statistics.estimate import Estimate, Floats, as_counts, check_confidence, divide


@dataclass(frozen=True)
class Momentum:
    """Relative growth a year of every technology [f]: 0.05 is 5 % a year faster than the whole.

    ``plain`` is each by itself (nan where nothing can be told), ``shrunk`` the Estimate after pooling, defined wherever
    there is at least one unit and something to compare with (``reason`` ``too-few-complete-years``, ``no-units`` or
    ``no-rest`` else). ``above`` is the probability that the growth is above that of the whole. ``mean`` and ``spread``
    (tau, its posterior mean) describe the log growth across technologies; ``dispersion`` [f].
    """

    plain: Floats
    shrunk: Estimate
    above: Floats
    mean: float
    spread: float
    dispersion: Floats


def shrunk_growth(
    years: ArrayLike,
    counts: ArrayLike,
    *,
    totals: ArrayLike,
    exposure: ArrayLike | None = None,
    exposure_error: ArrayLike | None = None,
    total_exposure: ArrayLike | None = None,
    confidence: float = 0.9,
    minimum_years: int = 3,
    prior_degrees: float = 4.0,
) -> Momentum:
    """Shrunk relative growth for a table of technologies by years.

    years: [t]. counts: [f, t]. totals: [t], units of the whole in each year, counts included. exposure: [t] or [f, t],
        the share of the technology's units that can be seen by now; total_exposure: [t], the same of the whole. None
        means 1. Years of exposure 0 are left out.
    exposure_error: [f, t], the standard deviation of the logarithm of ``exposure`` against that of the whole. It is
        taken to be the same error in all years of a technology, which widens the interval most. None means 0.
    prior_degrees: the dispersion of each technology is averaged with that of all, weighing so many degrees of freedom; it
        never falls below 1.

    >>> year = np.arange(2010, 2018)
    >>> world = np.full(8, 1000.0)
    >>> table = np.array([100 * 1.1 ** np.arange(8), np.full(8, 100.0), np.full(8, 3.0)])
    >>> found = shrunk_growth(year, table, totals=world)
    >>> found.plain.round(2).tolist(), bool(found.shrunk.value[0] < found.plain[0])
    ([0.12, 0.0, 0.0], True)
    """
    check_confidence(confidence)
    year = np.asarray(list(years) if isinstance(years, range) else years, dtype=np.float64)
    table, whole = as_counts(counts), as_counts(totals, name="totals")
    if table.ndim != 2 or year.shape != whole.shape or table.shape[1] != len(year):
        raise ValueError("counts must have shape [technology, year], years and totals [year]")
    if np.any(table > whole * (1 + 1e-9)):
        raise ValueError("totals must hold the counts")
    own = np.broadcast_to(
        np.ones(len(year)) if exposure is None else np.asarray(exposure, dtype=np.float64), table.shape
    )
    all_ = np.ones(len(year)) if total_exposure is None else np.asarray(total_exposure, dtype=np.float64)
    if np.any((own < 0) | (own > 1)) or np.any((all_ < 0) | (all_ > 1)):
        raise ValueError("exposures are shares, 0 to 1")
    use = (own > 0) & (all_ > 0) & (whole > 0)
    offset = np.where(use, np.log(np.where(use, own, 1.0)) - np.log(np.where(use, all_, 1.0)), 0.0)
    trials = np.where(use, whole, 0.0)
    part = np.where(use, np.minimum(table, whole), 0.0)
    error = np.zeros(table.shape) if exposure_error is None else np.asarray(exposure_error, dtype=np.float64)
    if error.shape != table.shape or np.any(~(error >= 0)):
        raise ValueError("exposure_error must have shape [technology, year] and be 0 or more")
    slope, information, chi, shift = _logistic_slopes(year, part, trials, offset, error, use)
    known = use.sum(axis=1)
    free = np.maximum(known - 2, 0).astype(np.float64)
    enough = (known >= minimum_years) & (part.sum(axis=1) > 0)
    pooled = max(1.0, float(chi[enough].sum() / max(free[enough].sum(), 1.0)))
    dispersion = np.maximum((prior_degrees * pooled + chi) / (prior_degrees + free), 1.0)
    variance = divide(dispersion, information) + shift**2
    told = enough & np.isfinite(variance) & (variance < 25.0)
    reason = np.select(
        [known < minimum_years, part.sum(axis=1) == 0, (trials - part).sum(axis=1) <= 0],
        ["too-few-complete-years", "no-units", "no-rest"],
        default="",
    )
    pooled_growth = _pooled(slope, variance, told)
    centre, deviation = pooled_growth.centre, pooled_growth.deviation
    z = special.ndtri((1 + confidence) / 2)
    centre, deviation = (np.where(reason == "", item, np.nan) for item in (centre, deviation))
    shrunk = Estimate(
        np.expm1(centre),
        np.expm1(centre - z * deviation),
        np.expm1(centre + z * deviation),
        confidence,
        "hierarchical",
        np.asarray(reason, dtype=np.str_),
    )
    above = np.where(np.isnan(centre), np.nan, pooled_growth.above)
    plain = np.where(told, np.expm1(slope), np.nan)
    return Momentum(plain, shrunk, above, pooled_growth.mean, pooled_growth.spread, dispersion)


def _logistic_slopes(
    year: Floats, part: Floats, trials: Floats, offset: Floats, error: Floats, use: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Every row's logistic regression: slope, information on it (level profiled out), Pearson's chi-square, and how far the
    slope moves when the offsets move by ``error`` (to first order)."""
    time = np.where(use, year - np.average(year), 0.0)
    share = divide(part.sum(axis=1) + 0.5, trials.sum(axis=1) + 1.0)
    level, slope = special.logit(np.clip(np.nan_to_num(share, nan=0.5), 1e-12, 1 - 1e-12)), np.zeros(len(part))
    # A faint pull of the slope to 0 (deviation 2 a year) keeps technologies of the first or the last year alone finite.
    ridge = 0.25
    for _ in range(100):
        p = special.expit(np.clip(level[:, None] + slope[:, None] * time + offset, -40, 40))
        w = trials * p * (1 - p)
        g0, g1 = (part - trials * p).sum(axis=1), ((part - trials * p) * time).sum(axis=1) - ridge * slope
        h00, h01, h11 = w.sum(axis=1) + 1e-9, (w * time).sum(axis=1), (w * time**2).sum(axis=1) + ridge
        det = h00 * h11 - h01**2
        step0, step1 = (h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det
        scale = 1 / np.maximum(1.0, np.maximum(np.abs(step0), 2 * np.abs(step1)))
        level, slope = level + scale * step0, slope + scale * step1
        if np.all(np.maximum(np.abs(step0), np.abs(step1)) < 1e-10):
            break
    p = special.expit(np.clip(level[:, None] + slope[:, None] * time + offset, -40, 40))
    w = trials * p * (1 - p)
    information = (w * time**2).sum(axis=1) - divide((w * time).sum(axis=1) ** 2, w.sum(axis=1))
    chi = np.where(w > 0, divide((part - trials * p) ** 2, w), 0.0).sum(axis=1)
    middle = divide((w * time).sum(axis=1), w.sum(axis=1))[:, None]
    shift = divide((w * np.nan_to_num(time - middle) * error).sum(axis=1), information)
    return slope, np.maximum(np.nan_to_num(information), 0.0), chi, np.nan_to_num(shift)


@dataclass(frozen=True)
class _Pooled:
    """Posterior of the slopes: mean and standard deviation, and the probability to be above 0 [f]; of their distribution the
    mean and the spread."""

    centre: Floats
    deviation: Floats
    above: Floats
    mean: float
    spread: float


def _pooled(slope: Floats, variance: Floats, told: NDArray[np.bool_]) -> _Pooled:
    """Slopes drawn towards their mean, averaged over every spread that the data allow.

    One estimate of the spread, which may be 0, would make the intervals too narrow where few technologies or years tell it.
    """
    own, known = np.where(told, slope, 0.0), np.where(told, variance, np.inf)
    square, chance, mean, error = _spreads(slope[told], variance[told])
    # Of what is told of a technology, how much its own data say at each spread: [spread, f].
    weight = divide(square[:, None], square[:, None] + known)
    centre = mean[:, None] + weight * (own - mean[:, None])
    scatter = (
        np.where(told, weight * np.where(told, variance, 0.0), square[:, None]) + (1 - weight) ** 2 * error[:, None]
    )
    expected = chance @ centre
    deviation = np.sqrt(np.maximum(chance @ (scatter + centre**2) - expected**2, 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        above = np.where(scatter > 0, special.ndtr(centre / np.sqrt(scatter)), centre > 0)
    return _Pooled(expected, deviation, chance @ above, float(chance @ mean), float(chance @ np.sqrt(square)))


def _spreads(slope: Floats, variance: Floats, *, points: int = 201) -> tuple[Floats, Floats, Floats, Floats]:
    """A grid of squared spreads, their posterior under a flat prior on the spread, and the mean's mean and variance at each."""
    if len(slope) < 3:
        # Too few to learn from each other: each stands for itself, around the growth of the whole.
        apart = max(float(np.mean(slope**2)), float(np.max(variance))) * 4 if len(slope) else 0.0
        return np.array([apart]), np.ones(1), np.zeros(1), np.zeros(1)
    widest = 4 * max(float(np.std(slope)), float(np.sqrt(variance.min())))
    square = np.linspace(0.0, widest, points) ** 2
    weight = 1 / (variance + square[:, None])
    total = weight.sum(axis=1)
    mean = (weight * slope).sum(axis=1) / total
    fit = np.log(weight).sum(axis=1) - np.log(total) - (weight * (slope - mean[:, None]) ** 2).sum(axis=1)
    chance = np.exp((fit - fit.max()) / 2)
    return square, chance / chance.sum(), mean, 1 / total


def pooled_completeness(
    own: ArrayLike, low: ArrayLike, high: ArrayLike, whole: ArrayLike, *, confidence: float
) -> tuple[Floats, Floats]:
    """Completeness of every technology (or office) and year [f, t], drawn towards that of the whole [t], and its error.

    The error is the standard deviation of the logarithm of the completeness, that of the whole taken as known.

    ``own`` with its interval ``low`` to ``high`` [f, t] is each by itself (nan: not known, takes that of the whole). Year
    by year, on the logit scale: spread across technologies by DerSimonian and Laird around the whole, then each moves
    towards the whole as far as its own interval is wide against that spread.

    >>> pooled_completeness([[0.5], [np.nan]], [[0.1], [np.nan]], [[0.9], [np.nan]], [0.7], confidence=0.9)[0].round(2).tolist()
    [[0.7], [0.7]]
    """
    alone, lower, upper = (np.asarray(item, dtype=np.float64) for item in (own, low, high))
    centre = np.asarray(whole, dtype=np.float64)
    z = special.ndtri((1 + confidence) / 2)
    tiny = 1e-6
    logit = special.logit(np.clip(alone, tiny, 1 - tiny))
    middle = special.logit(np.clip(centre, tiny, 1 - tiny))
    error = (special.logit(np.clip(upper, tiny, 1 - tiny)) - special.logit(np.clip(lower, tiny, 1 - tiny))) / (2 * z)
    known = np.isfinite(logit) & np.isfinite(error) & (error > 0) & np.isfinite(middle)
    weight = np.where(known, 1 / np.where(known, error, 1.0) ** 2, 0.0)
    gap = np.where(known, logit - middle, 0.0)
    sums, squares = weight.sum(axis=0), (weight**2).sum(axis=0)
    spread = np.maximum(divide((weight * gap**2).sum(axis=0) - known.sum(axis=0), sums), 0.0)
    spread = np.where(squares > 0, np.nan_to_num(spread), 0.0)
    move = np.where(known, divide(spread, spread + np.where(known, error, 1.0) ** 2), 0.0)
    pooled = special.expit(middle + move * gap)
    # At the ends there is nothing to pool: complete is complete, unseen is unseen.
    sure = (centre <= tiny) | (centre >= 1 - tiny)
    value = np.where(sure, centre, np.where(np.isnan(middle), np.nan, pooled))
    # What is left of the spread once the item's own delay is known; all of it where nothing is.
    left = np.where(known, move * np.where(known, error, 1.0) ** 2, spread)
    return value, np.where(sure | np.isnan(value), 0.0, (1 - value) * np.sqrt(left))
