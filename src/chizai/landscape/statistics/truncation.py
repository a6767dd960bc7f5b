"""Citations still to come: how citations spread over the years after publication, and what a young patent will get.

A patent published A years before the data end shows only the citations with a lag of A or less. Two remedies:

* cohort means (Hall, Jaffe, Trajtenberg's fixed effects): divide by the mean of the same year and field. No assumption,
  but a young year's level itself stays unknown. See ``quality.cohort_normalised``.
* the lag distribution: divide by F(A), the share of citations that come within A years. Either without a form, by
  reverse-time hazards (the product-limit estimator of right-truncated data), or with the form of Caballero and Jaffe,
  f(L) ~ exp(-b1 L) (1 - exp(-b2 L)): old knowledge becomes obsolete (b1), new knowledge takes time to spread (b2).

Both take it that citations of every year spread over lags alike. The clock starts at publication, not at filing.

Sources: Hall, Jaffe, Trajtenberg (2001), NBER WP 8498; Caballero & Jaffe (1993), NBER Macroeconomics Annual 8, 15-74;
Mehta, Rysman, Simcoe (2010), J. Applied Econometrics 25, 1179-1204; Lagakos, Barraj, De Gruttola (1988), Biometrika 75,
515-523 (right-truncated data).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.stats import norm

from chizai.landscape.statistics.counts import count_interval
from chizai.landscape.statistics.estimate import Estimate, Floats, check_confidence, divide

MONTHS = 12


@dataclass(frozen=True, slots=True)
class LagDistribution:
    """F, the share of citations that come within a lag, from citations cut off at known exposures.

    ``method``: ``empirical`` or ``obsolescence-diffusion``. ``cumulative[d]``: F at the end of month d, nan where the
    data do not tell. ``variance[d]``: of ln F. ``horizon``: the lag in months at which F is 1 by definition; None where
    the form goes on for ever. ``obsolescence`` (b1) and ``diffusion`` (b2) a year, of the form only. ``citations``:
    how many it rests on.
    """

    method: str
    cumulative: Floats
    variance: Floats
    horizon: int | None
    obsolescence: float | None
    diffusion: float | None
    citations: float

    def at(self, exposure: ArrayLike) -> Floats:
        """F after so many months; 0 for none, nan beyond what is known."""
        return self._read(self.cumulative, exposure)

    def variance_at(self, exposure: ArrayLike) -> Floats:
        """Variance of ln F after so many months."""
        return self._read(self.variance, exposure)

    def _read(self, values: Floats, exposure: ArrayLike) -> Floats:
        month = np.asarray(exposure, dtype=np.int64) - 1
        if not len(values):
            return np.full(month.shape, np.nan)
        last = len(values) - 1
        # Beyond the horizon nothing more comes.
        place = np.minimum(month, last) if self.horizon is not None else month
        found = np.where((place >= 0) & (place <= last), values[np.clip(place, 0, last)], np.nan)
        return np.where(month < 0, 0.0, found)


def lag_table(lag: ArrayLike, exposure: ArrayLike, counts: ArrayLike | None = None) -> Floats:
    """Citations by exposure and lag in months, ``table[exposure, lag]``; lag 0 is the first month.

    lag, exposure: shape [n], whole months; the exposure is the number of months of the cited patent that were seen, so
    that lag < exposure. Rows with a lag below 0 or not below the exposure are left out (they cannot have been seen).
    """
    months, seen = np.asarray(lag, dtype=np.int64), np.asarray(exposure, dtype=np.int64)
    weight = np.ones(len(months)) if counts is None else np.asarray(counts, dtype=np.float64)
    good = (months >= 0) & (months < seen)
    size = int(seen[good].max()) if good.any() else 0
    table = np.zeros((size + 1, size))
    np.add.at(table, (seen[good], months[good]), weight[good])
    return table


def empirical_lags(table: ArrayLike, *, horizon: int = 240, minimum_at_risk: int = 20) -> LagDistribution:
    """F without a form: F(d) = product over u > d of (1 - m(u) / M(u)), u up to ``horizon`` months.

    table: as :func:`lag_table` gives it. m(u): citations at lag u; M(u): at lag u or less, both of patents that were
    exposed for longer than u. F is 1 at the horizon by definition: citations that come later do not exist here. The
    horizon is the longest lag about which at least ``minimum_at_risk`` citations tell; before the shortest such lag F is
    nan.

    >>> found = empirical_lags(lag_table([0, 1, 0, 1, 0], [2, 2, 2, 2, 1]), horizon=2, minimum_at_risk=1)
    >>> found.cumulative.tolist(), found.horizon
    ([0.5, 1.0], 2)
    """
    counted = np.asarray(table, dtype=np.float64)
    last = min(horizon, counted.shape[1])
    lags = np.arange(last)
    exposed = np.arange(counted.shape[0])[:, None] > lags[None, :]
    at = (counted[:, :last] * exposed).sum(axis=0)
    upto = (np.cumsum(counted[:, :last], axis=1) * exposed).sum(axis=0)
    told = np.nonzero(upto >= minimum_at_risk)[0]
    last = int(told[-1]) + 1 if len(told) else 0
    at, upto = at[:last], upto[:last]
    hazard = np.where(upto >= minimum_at_risk, divide(at, upto), np.nan)
    # The hazard of the first month is 1 by definition and not needed.
    step = np.where(np.arange(last) > 0, np.log1p(-np.minimum(hazard, 1 - 1e-12)), 0.0)
    noise = np.where(np.arange(last) > 0, divide(hazard, upto * np.maximum(1 - hazard, 1e-12)), 0.0)
    # Sums over longer lags only: the month itself is inside F.
    later = np.r_[np.cumsum(step[::-1])[::-1][1:], 0.0] if last else step
    spread = np.r_[np.cumsum(noise[::-1])[::-1][1:], 0.0] if last else noise
    return LagDistribution("empirical", np.exp(later), spread, last, None, None, float(counted.sum()))


def fitted_lags(table: ArrayLike, *, longest: int = 600) -> LagDistribution:
    """F with the form exp(-b1 L) (1 - exp(-b2 L)), by maximum likelihood under truncation at each exposure.

    table: as :func:`lag_table` gives it. F runs to infinity (``horizon`` None), so that what is yet to come is told
    beyond the longest exposure: an extrapolation by the form. ``longest``: months for which F is tabulated.
    Raises ValueError for fewer than 20 citations, for lags that do not differ, and where no maximum is found.
    """
    counted = np.asarray(table, dtype=np.float64)
    exposure, lag = np.nonzero(counted)
    weight = counted[exposure, lag]
    if weight.sum() < 20 or len(np.unique(lag)) < 3:
        raise ValueError("too few citations, or too few different lags, for a lag distribution")

    def loss(parameters: NDArray[np.float64]) -> float:
        b1, b2 = np.exp(parameters)
        upper, lower = lag_share((lag + 1) / MONTHS, b1, b2), lag_share(lag / MONTHS, b1, b2)
        whole = lag_share(exposure / MONTHS, b1, b2)
        return float(-(weight * (np.log(np.maximum(upper - lower, 1e-300)) - np.log(np.maximum(whole, 1e-300)))).sum())

    best = min(
        (minimize(loss, np.log(start), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-9, "maxiter": 2000})
         for start in ((0.1, 0.5), (0.3, 2.0), (0.02, 0.2))),
        key=lambda found: float(found.fun),
    )  # fmt: skip
    # At the edge of the parameters the form says nothing: no obsolescence at all, or spread at once.
    if not best.success or not np.all(np.abs(best.x) < 9):
        raise ValueError("no maximum of the likelihood of the lag distribution")
    covariance = _inverse_hessian(loss, best.x)
    months = np.arange(1, longest + 1) / MONTHS
    share = lag_share(months, *np.exp(best.x))
    step = 1e-4
    slopes = np.stack(
        [
            (
                np.log(lag_share(months, *np.exp(best.x + step * unit)))
                - np.log(lag_share(months, *np.exp(best.x - step * unit)))
            )
            / (2 * step)
            for unit in np.eye(2)
        ]
    )
    variance = np.einsum("im,ij,jm->m", slopes, covariance, slopes)
    b1, b2 = (float(value) for value in np.exp(best.x))
    return LagDistribution("obsolescence-diffusion", share, variance, None, b1, b2, float(weight.sum()))


def lag_share(years: ArrayLike, obsolescence: float, diffusion: float) -> Floats:
    """F(L) of the density ~ exp(-b1 L) (1 - exp(-b2 L)): the share of all citations that come within L years.

    >>> lag_share([0.0, 10.0, 1000.0], 0.1, 0.5).round(3).tolist()
    [0.0, 0.559, 1.0]
    """
    time = np.asarray(years, dtype=np.float64)
    both = obsolescence + diffusion
    upto = -np.expm1(-obsolescence * time) / obsolescence + np.expm1(-both * time) / both
    return np.asarray(upto / (1 / obsolescence - 1 / both))


def _inverse_hessian(loss: object, at: NDArray[np.float64], *, step: float = 1e-3) -> NDArray[np.float64]:
    """Covariance of the maximum-likelihood estimates by central differences; nan where the curvature is not positive."""
    size = len(at)
    hessian = np.zeros((size, size))
    units = np.eye(size) * step
    for i in range(size):
        for j in range(size):
            corners = [loss(at + a * units[i] + b * units[j]) for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]  # type: ignore[operator]
            hessian[i, j] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2)
    if np.any(np.linalg.eigvalsh(hessian) <= 0):
        return np.full((size, size), np.nan)
    return np.asarray(np.linalg.inv(hessian))


def corrected(
    citations: ArrayLike,
    seen: ArrayLike,
    variance: ArrayLike = 0.0,
    *,
    minimum_share: float = 0.1,
    overdispersion: float = 1.0,
    confidence: float = 0.9,
) -> Estimate:
    """Citations divided by the share that can have come by now: what a patent, or a cohort, will have got in the end.

    citations: shape [n], of single patents or sums over a cohort. seen: F at their exposure (of a cohort, the mean of F
        over its patents); variance: of ln F. See :meth:`LagDistribution.at` and :meth:`LagDistribution.variance_at`.
    minimum_share: below this F the figure would be noise times a large factor: nan, ``completeness-too-low``.
    overdispersion: variance of a cohort's citations over their number (1 = Poisson).
    The interval joins the count's own (Jeffreys) with the error of F, on the log scale.

    >>> corrected([10, 10], [0.5, 0.05]).value.tolist()
    [20.0, nan]
    """
    check_confidence(confidence)
    count, share = np.broadcast_arrays(np.asarray(citations, dtype=np.float64), np.asarray(seen, dtype=np.float64))
    usable = (share >= minimum_share) & ~np.isnan(count)
    value = np.where(usable, divide(count, share), np.nan)
    known = np.nan_to_num(count)
    own = count_interval(known, confidence=confidence, method="jeffreys", sum_squares=known * overdispersion)
    error = norm.ppf((1 + confidence) / 2) * np.sqrt(np.asarray(variance, dtype=np.float64))
    cited = np.where(known > 0, known, np.nan)
    with np.errstate(divide="ignore"):
        below, above = np.log(divide(own.low, cited)), np.log(divide(own.high, cited))
    low = np.where(known > 0, value * np.exp(-np.hypot(below, error)), 0.0)
    high = np.where(known > 0, value * np.exp(np.hypot(above, error)), divide(own.high, share))
    reason = np.select([np.isnan(count) | np.isnan(share), ~usable], ["unknown", "completeness-too-low"], default="")
    low, high = (np.where(usable, part, np.nan) for part in (low, high))
    return Estimate(value, low, high, confidence, "lag-distribution", reason)
