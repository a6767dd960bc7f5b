"""Life cycle of a technology: a logistic curve fitted to yearly counts of which the last are seen only in part.

N(t) = K / (1 + exp(-(ln 81 / dt) (t - t_m))): K is the final total, t_m the midpoint, dt the time from 10 % to 90 %.
A year's expected count is F_t (N(t + 1/2) - N(t - 1/2)): its increment, times the share F_t that has been published by
now (from ``nowcast``). Years that are not seen at all are left out, so that neither the lag of publication nor a
collection that begins late bends the curve.

Sources: Meyer, Yung, Ausubel (1999), Technological Forecasting and Social Change 61, 247-271 (form, stages); McCullagh &
Nelder (1989), Generalized Linear Models, 6.2, 9.2 and 11 (counts, overdispersion); Venzon & Moolgavkar (1988), Applied
Statistics 37, 87-94 (profile likelihood intervals).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from chizai.landscape.statistics.estimate import Estimate, Floats, check_confidence, divide

Family = Literal["negative-binomial", "quasi-poisson", "poisson"]
Yearly = Literal["increment", "rate"]
Stage = Literal["emerging", "growth", "mature", "saturated"]

STAGES: tuple[Stage, ...] = ("emerging", "growth", "mature", "saturated")
STAGE_BOUNDS = (0.1, 0.5, 0.9)
"""Shares of K between the stages (Meyer, Yung and Ausubel's reading of 10 %, 50 % and 90 %)."""

LN81 = float(np.log(81))
_FARTHEST = -special.logit(1e-4)
"""Saturation is looked for between 0.01 % and 99.99 %: a K more than ten thousand times what is seen is unbounded."""
_UNSEEN = 20.0
"""Where a curve fits of which less than one in so many units is seen, at saturation's upper limit, K is unbounded."""
_SEARCH, _GRID = 61, 121


@dataclass(frozen=True)
class LifeCycle:
    """A fitted logistic.

    ``total`` (K), ``midpoint`` (t_m, where 2010.0 is the middle of 2010), ``duration`` (dt, years) and ``saturation``
    (the share of K reached at the end of ``last_year``) are Estimates of shape () with profile likelihood intervals. A
    bound of inf says that the data do not limit it, and the value then is nan (reason ``interval-unbounded``);
    ``identified`` is False where K has no upper bound.
    ``stage`` is the most probable of ``stage_probability`` (posterior under a uniform prior for the saturation and a
    log-uniform one for dt). ``fitted`` and ``expected`` [year] are the wholly published and the published part of the
    yearly counts. ``dispersion`` is Pearson's chi-square over its degrees of freedom under Poisson counts (far above 1:
    the years scatter more than counts do, or the curve is not a logistic); ``alpha`` the quadratic part of the variance.
    ``reason``: ``too-few-years``, ``too-few-units``, ``no-convergence``; then nothing else stands.
    """

    total: Estimate
    midpoint: Estimate
    duration: Estimate
    saturation: Estimate
    identified: bool
    stage: Stage | None
    stage_probability: dict[Stage, float]
    years: NDArray[np.int64]
    fitted: Floats
    expected: Floats
    dispersion: float
    alpha: float
    last_year: int
    reason: str


def logistic(time: ArrayLike, *, total: float, midpoint: float, duration: float) -> Floats:
    """Cumulative N(t).

    >>> logistic([2002.5, 2010, 2017.5], total=5000, midpoint=2010, duration=15).round(6).tolist()
    [500.0, 2500.0, 4500.0]
    """
    return np.asarray(total * special.expit(LN81 / duration * (np.asarray(time, dtype=np.float64) - midpoint)))


def life_cycle(
    years: ArrayLike,
    counts: ArrayLike,
    *,
    exposure: ArrayLike | None = None,
    family: Family = "negative-binomial",
    yearly: Yearly = "increment",
    confidence: float = 0.9,
    minimum_years: int = 8,
    minimum_units: float = 50.0,
) -> LifeCycle:
    """Fit the logistic to yearly counts by maximum likelihood, with right-censored years.

    years, counts: shape [t]; nan marks a missing year (left out, as are years of exposure 0).
    exposure: [t], the share of each year's units that can be seen by now; None means 1 (all complete).
    family: variance of a count of mean m: ``negative-binomial`` m + alpha m^2, alpha such that Pearson's chi-square
        equals its degrees of freedom (0 if it is smaller); ``quasi-poisson`` phi m; ``poisson`` m. The first two take
        their intervals from the F distribution with t - 3 degrees, the last from chi-square.
    yearly: ``increment``: N(t + 1/2) - N(t - 1/2); ``rate``: N'(t), as bibliometrix.

    >>> year = np.arange(1990, 2021)
    >>> whole = np.diff(logistic(np.arange(1989.5, 2021), total=5000, midpoint=2010, duration=15))
    >>> seen = np.where(year == 2020, 0.2, np.where(year == 2019, 0.7, 1.0))
    >>> found = life_cycle(year, whole * seen, exposure=seen)
    >>> round(float(found.total.value), 3), round(float(found.midpoint.value), 3), round(float(found.duration.value), 3)
    (5000.0, 2010.0, 15.0)
    >>> found.stage
    'saturated'
    """
    check_confidence(confidence)
    if family not in ("negative-binomial", "quasi-poisson", "poisson"):
        raise ValueError(f"unknown family {family!r}; known: negative-binomial, quasi-poisson, poisson")
    if yearly not in ("increment", "rate"):
        raise ValueError(f"unknown yearly {yearly!r}; known: increment, rate")
    if minimum_years < 5:
        raise ValueError("minimum_years must be at least 5: three parameters and a variance are estimated")
    series = _series(years, counts, exposure)
    if series is None or len(series.year) < minimum_years:
        return _nothing("too-few-years", confidence, series)
    if series.counts.sum() < minimum_units or np.count_nonzero(series.counts) < 3:
        return _nothing("too-few-units", confidence, series)

    place, spread = _first_guess(series, yearly)
    place, spread = _polished(series, yearly, place, spread, alpha=0.0)
    alpha, dispersion = 0.0, _pearson(series, yearly, place, spread, alpha=0.0)
    free = len(series.year) - 3
    if family == "negative-binomial" and dispersion > 1:
        for _ in range(6):
            alpha = _alpha(series, yearly, place, spread, alpha)
            place, spread = _polished(series, yearly, place, spread, alpha=alpha)
    scale = max(dispersion, 1.0) if family == "quasi-poisson" else 1.0
    if not np.isfinite(place + spread):
        return _nothing("no-convergence", confidence, series)
    drop = (special.chdtri(1, 1 - confidence) if family == "poisson" else special.fdtri(1, free, confidence)) / 2
    surface = _surface(series, yearly, place, spread, alpha=alpha, scale=scale, drop=drop)
    return _read(
        series, yearly, surface, alpha=alpha, scale=scale, drop=drop, dispersion=dispersion, confidence=confidence
    )


@dataclass(frozen=True)
class _Series:
    year: NDArray[np.int64]
    counts: Floats
    log_exposure: Floats
    end: float


@dataclass(frozen=True)
class _Surface:
    """Log-likelihood (0 at its top) over saturation and log dt, K at its best everywhere."""

    place: Floats
    spread: Floats
    level: Floats
    log_total: Floats
    information: Floats
    best: tuple[float, float, float]
    near: NDArray[np.bool_]
    unbounded_before: bool
    """The data allow a curve whose rise lies wholly before the first year: K has no upper bound."""
    unbounded_after: bool
    """The data allow a curve of which next to nothing is seen yet: K has no upper bound."""
    unbounded_duration: bool
    touches_high: bool


def _series(years: ArrayLike, counts: ArrayLike, exposure: ArrayLike | None) -> _Series | None:
    year = np.asarray(list(years) if isinstance(years, range) else years, dtype=np.int64).ravel()
    count = np.asarray(counts, dtype=np.float64).ravel()
    share = np.ones(len(year)) if exposure is None else np.asarray(exposure, dtype=np.float64).ravel()
    if not len(year) == len(count) == len(share):
        raise ValueError("years, counts and exposure must have one length")
    if len(np.unique(year)) != len(year):
        raise ValueError("a year stands twice")
    if np.any(np.isinf(count)) or np.any(count < 0):
        raise ValueError("counts must be finite and not negative (nan marks a missing year)")
    if np.any((share < 0) | (share > 1)):
        raise ValueError("exposure is a share, 0 to 1")
    if np.any((share == 0) & (count > 0)):
        raise ValueError("a year of exposure 0 cannot have been seen")
    keep = ~np.isnan(count) & ~np.isnan(share) & (share > 0)
    if not keep.any():
        return None
    year, count, share = year[keep], count[keep], share[keep]
    order = np.argsort(year)
    return _Series(year[order], count[order], np.log(share[order]), float(year.max()) + 0.5)


def _log_shape(series: _Series, yearly: Yearly, place: Floats, spread: Floats) -> Floats:
    """ln of the expected counts for K = 1; last axis years. ``place`` is the logit of the saturation at the end of the
    last year, ``spread`` ln dt."""
    rate = LN81 / np.exp(spread)[..., None]
    middle = place[..., None] + rate * (series.year - series.end)
    if yearly == "rate":
        out = special.log_expit(middle) + special.log_expit(-middle) + np.log(rate)
    else:
        # expit(b) - expit(a) = expit(b) expit(-a) (1 - exp(a - b)), without cancellation
        half = rate / 2
        out = special.log_expit(middle + half) + special.log_expit(half - middle) + np.log(-np.expm1(-rate))
    return np.asarray(out + series.log_exposure)


def _log_likelihood(series: _Series, log_shape: Floats, alpha: float) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood at the best K, ln K, and the information on ln K."""
    counts = series.counts
    total = counts.sum()
    log_total = np.log(total) - special.logsumexp(log_shape, axis=-1)
    if alpha > 0:
        for _ in range(60):
            mean = np.exp(np.minimum(log_total[..., None] + log_shape, 700.0))
            weight = 1 / (1 + alpha * mean)
            slope = ((counts - mean) * weight).sum(axis=-1)
            # Expected information: always positive, so that every step goes uphill.
            step = np.clip(slope / (mean * weight).sum(axis=-1), -1.0, 1.0)
            log_total = log_total + step
            if np.all(np.abs(step) < 1e-10):
                break
    log_mean = log_total[..., None] + log_shape
    mean = np.exp(np.minimum(log_mean, 700.0))
    if alpha > 0:
        level = (counts * log_mean - (counts + 1 / alpha) * np.log1p(alpha * mean)).sum(axis=-1)
        information = (mean / (1 + alpha * mean)).sum(axis=-1)
    else:
        level = (counts * log_mean - mean).sum(axis=-1)
        information = mean.sum(axis=-1)
    return np.asarray(level), np.asarray(log_total), np.asarray(information)


def _first_guess(series: _Series, yearly: Yearly) -> tuple[float, float]:
    span = float(series.year[-1] - series.year[0] + 1)
    place = np.linspace(-_FARTHEST, _FARTHEST, 75)
    spread = np.linspace(np.log(1.0), np.log(20 * span), 75)
    level, _, _ = _log_likelihood(series, _log_shape(series, yearly, *np.meshgrid(place, spread, indexing="ij")), 0.0)
    best = np.unravel_index(int(np.argmax(level)), level.shape)
    return float(place[best[0]]), float(spread[best[1]])


def _polished(series: _Series, yearly: Yearly, place: float, spread: float, *, alpha: float) -> tuple[float, float]:
    """The maximum, by least squares on deviance residuals: exact where the counts are exact."""

    def residuals(point: Floats) -> Floats:
        shape = _log_shape(series, yearly, point[:1], point[1:2])
        _, log_total, _ = _log_likelihood(series, shape, alpha)
        mean = np.exp(np.minimum(log_total[0] + shape[0], 700.0))
        counts = series.counts
        deviance = special.xlogy(counts, counts / np.maximum(mean, 1e-300)) - (counts - mean)
        if alpha > 0:
            lift = np.log1p(alpha * counts) - np.log1p(alpha * mean)
            deviance = special.xlogy(counts, counts / np.maximum(mean, 1e-300)) - (counts + 1 / alpha) * lift
        return np.asarray(np.sign(counts - mean) * np.sqrt(2 * np.maximum(deviance, 0.0)))

    span = float(series.year[-1] - series.year[0] + 1)
    bounds = ([-_FARTHEST, -0.7], [_FARTHEST, np.log(20 * span) + 0.1])
    start = np.clip(
        [place, spread], [bounds[0][0] + 1e-6, bounds[0][1] + 1e-6], [bounds[1][0] - 1e-6, bounds[1][1] - 1e-6]
    )
    found = optimize.least_squares(
        residuals, start, bounds=bounds, xtol=1e-14, ftol=1e-14, gtol=1e-14, x_scale=(1.0, 0.3), max_nfev=300
    )
    return float(found.x[0]), float(found.x[1])


def _means(series: _Series, yearly: Yearly, place: float, spread: float, alpha: float) -> Floats:
    shape = _log_shape(series, yearly, np.array([place]), np.array([spread]))
    _, log_total, _ = _log_likelihood(series, shape, alpha)
    return np.asarray(np.exp(log_total[0] + shape[0]))


def _pooled(counts: Floats, mean: Floats) -> tuple[Floats, Floats, Floats]:
    """Counts, means and squared means of years in a row put together until at least one unit is expected: a lone unit
    long before the rise would else decide on the scatter of all years."""
    group = np.floor(np.cumsum(mean) - mean / 2) if mean.min() < 1 else np.arange(len(mean))
    _, group = np.unique(group, return_inverse=True)
    sums = [np.bincount(group, weights=item).astype(np.float64) for item in (counts, mean, mean**2)]
    return sums[0], sums[1], sums[2]


def _pearson(series: _Series, yearly: Yearly, place: float, spread: float, *, alpha: float) -> float:
    counts, mean, _ = _pooled(series.counts, _means(series, yearly, place, spread, alpha))
    return float(np.nansum(divide((counts - mean) ** 2, mean)) / max(len(mean) - 3, 1))


def _alpha(series: _Series, yearly: Yearly, place: float, spread: float, alpha: float) -> float:
    """The alpha with which Pearson's chi-square is as large as its degrees of freedom."""
    counts, mean, square = _pooled(series.counts, _means(series, yearly, place, spread, alpha))
    free = max(len(mean) - 3, 1)

    def excess(value: float) -> float:
        return float(np.nansum(divide((counts - mean) ** 2, mean + value * square)) - free)

    if excess(0.0) <= 0:
        return 0.0
    high = 1.0
    while excess(high) > 0 and high < 1e6:
        high *= 4
    return float(optimize.brentq(excess, 0.0, high)) if excess(high) <= 0 else high


def _surface(
    series: _Series, yearly: Yearly, place: float, spread: float, *, alpha: float, scale: float, drop: float
) -> _Surface:
    """The likelihood around its top, on a grid that just holds what lies within reach of interval and posterior."""
    span = float(series.year[-1] - series.year[0] + 1)
    limits = [(-_FARTHEST, _FARTHEST), (-0.7, float(np.log(20 * span)) + 0.1)]
    boxes = list(limits)
    reach = max(drop, 9.0)
    top, _, _ = _log_likelihood(series, _log_shape(series, yearly, np.array([place]), np.array([spread])), alpha)
    # From the whole plane inwards, until the part within reach fills the box; then once more, finely.
    size, done = _SEARCH, False
    for step in range(40):
        axes = [np.linspace(low, high, size) for low, high in boxes]
        # The top itself lies on the grid, however narrow the peak.
        axes = [np.union1d(axis, [point]) for axis, point in zip(axes, (place, spread), strict=True)]
        grid = np.meshgrid(*axes, indexing="ij")
        level, log_total, information = _log_likelihood(series, _log_shape(series, yearly, *grid), alpha)
        level = (level - top[0]) / scale
        if done:
            break
        inside = level >= -reach
        closer = []
        for axis, other in ((0, 1), (1, 0)):
            held = np.flatnonzero(inside.any(axis=other))
            values = axes[axis]
            closer.append((float(values[max(held[0] - 1, 0)]), float(values[min(held[-1] + 1, len(values) - 1)])))
        shrunk = [(new[1] - new[0]) / (old[1] - old[0]) for new, old in zip(closer, boxes, strict=True)]
        boxes, done = closer, min(shrunk) > 0.8 or step == 38
        size = _GRID if done else _SEARCH
    near = level >= -drop
    touches_high = bool(near[-1].any() and axes[0][-1] >= limits[0][1] - 1e-9)
    seen = float((series.counts / np.exp(series.log_exposure)).sum())
    return _Surface(
        place=grid[0],
        spread=grid[1],
        level=level,
        log_total=log_total,
        information=information,
        best=(place, spread, float(top[0])),
        near=near,
        unbounded_before=touches_high and bool((np.exp(log_total[-1][near[-1]]) > _UNSEEN * seen).any()),
        unbounded_after=bool(near[0].any() and axes[0][0] <= limits[0][0] + 1e-9),
        unbounded_duration=bool(near[:, -1].any() and axes[1][-1] >= limits[1][1] - 1e-9),
        touches_high=touches_high,
    )


def _read(
    series: _Series,
    yearly: Yearly,
    surface: _Surface,
    *,
    alpha: float,
    scale: float,
    drop: float,
    dispersion: float,
    confidence: float,
) -> LifeCycle:
    place, spread, _ = surface.best
    shape = _log_shape(series, yearly, np.array([place]), np.array([spread]))
    _, best_total, _ = _log_likelihood(series, shape, alpha)
    near = surface.near
    duration = np.exp(surface.spread)
    midpoint = series.end - surface.place * duration / LN81
    saturation = special.expit(surface.place)
    # Given the curve's shape, ln K scatters by its information: what is left of the drop is spent on it.
    reach = np.sqrt(2 * np.maximum(surface.level + drop, 0) * scale / np.maximum(surface.information, 1e-12))
    open_total = surface.unbounded_after or surface.unbounded_before or surface.unbounded_duration

    def estimate(value: float, low: float, high: float, *, stands: bool = True) -> Estimate:
        reason = "" if stands else "interval-unbounded"
        value, low, high = (value if stands else np.nan), min(low, value), max(high, value)
        middle, lower, upper = (np.asarray(float(item)) for item in (value, low, high))
        return Estimate(middle, lower, upper, confidence, "profile", np.asarray(reason))

    total = estimate(
        float(np.exp(best_total[0])),
        float(np.exp((surface.log_total - reach)[near].min())),
        np.inf if open_total else float(np.exp(min((surface.log_total + reach)[near].max(), 700.0))),
        stands=not open_total,
    )
    longest = surface.unbounded_duration
    tm = estimate(
        float(series.end - place * np.exp(spread) / LN81),
        -np.inf if surface.unbounded_before or longest else float(midpoint[near].min()),
        np.inf if surface.unbounded_after or longest else float(midpoint[near].max()),
        stands=not (open_total or longest),
    )
    dt = estimate(
        float(np.exp(spread)),
        float(duration[near].min()),
        np.inf if longest else float(duration[near].max()),
        stands=not longest,
    )
    share = estimate(
        float(special.expit(place)),
        0.0 if surface.unbounded_after else float(saturation[near].min()),
        1.0 if surface.touches_high else float(saturation[near].max()),
        stands=not surface.unbounded_after,
    )
    probability = _stage_probability(surface)
    mean = np.exp(best_total[0] + shape[0])
    return LifeCycle(
        total=total,
        midpoint=tm,
        duration=dt,
        saturation=share,
        identified=not open_total,
        stage=STAGES[int(np.argmax([probability[name] for name in STAGES]))],
        stage_probability=probability,
        years=series.year,
        fitted=np.asarray(mean / np.exp(series.log_exposure)),
        expected=np.asarray(mean),
        dispersion=dispersion,
        alpha=alpha,
        last_year=int(series.year[-1]),
        reason="",
    )


def _stage_probability(surface: _Surface) -> dict[Stage, float]:
    """Posterior of the stages: likelihood over saturation (uniform prior) and ln dt (uniform prior), K integrated out."""
    saturation = special.expit(surface.place)
    place, spread = surface.place[:, 0], surface.spread[0]
    cell = np.gradient(place)[:, None] * np.gradient(spread)[None, :]
    # d saturation = s (1 - s) d logit; K integrated out in Laplace's way.
    weight = (
        np.exp(surface.level) * saturation * (1 - saturation) * cell / np.sqrt(np.maximum(surface.information, 1e-12))
    )
    which = np.digitize(saturation, STAGE_BOUNDS)
    shares = np.bincount(which.ravel(), weights=weight.ravel(), minlength=len(STAGES))
    shares = shares / shares.sum()
    return {name: float(share) for name, share in zip(STAGES, shares, strict=True)}


def _nothing(reason: str, confidence: float, series: _Series | None) -> LifeCycle:
    def estimate() -> Estimate:
        unknown = np.asarray(np.nan)
        return Estimate(unknown, unknown, unknown, confidence, "profile", np.asarray(reason))

    years = series.year if series is not None else np.empty(0, dtype=np.int64)
    unknown = np.full(len(years), np.nan)
    return LifeCycle(
        estimate(), estimate(), estimate(), estimate(), False, None, {}, years, unknown, unknown, np.nan, np.nan,
        int(years[-1]) if len(years) else 0, reason,
    )  # fmt: skip
