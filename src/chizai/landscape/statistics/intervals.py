"""Intervals of counts and shares, whole or fractional.

Sources: Wilson (1927), JASA 22, 209-212; Brown, Cai, DasGupta (2001), Statistical Science 16, 101-133 (Jeffreys);
Garwood (1936), Biometrika 28, 437-442; Fay & Feuer (1997), Statistics in Medicine 16, 791-801 (weighted sums);
Kish (1965), Survey Sampling (effective sample size).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from chizai.landscape.statistics.estimate import (
    Estimate,
    Floats,
    as_counts,
    as_variances,
    check_confidence,
    divide,
)

ShareMethod = Literal["wilson", "jeffreys"]
CountMethod = Literal["garwood", "jeffreys"]


def effective_units(total: ArrayLike, sum_squares: ArrayLike) -> Floats:
    """Kish's effective number of units, (sum of weights)^2 / sum of squared weights; nan where there is none.

    >>> effective_units([3.0], [0.5 * 0.5 * 2 + 2.0]).tolist()      # two whole units and two halves
    [3.6]
    """
    weight = as_counts(total, name="total")
    return divide(weight**2, as_variances(sum_squares, weight))


def share_interval(
    part: ArrayLike,
    total: ArrayLike,
    *,
    method: ShareMethod = "wilson",
    confidence: float = 0.9,
    total_sum_squares: ArrayLike | None = None,
) -> Estimate:
    """A share, part / total, with its interval; arrays of one shape.

    ``total_sum_squares`` is the sum of squared weights behind fractional totals: the interval is then that of a share
    of ``effective_units``. A total of 0 has no share: nan, reason ``no-units``.

    >>> found = share_interval([8], [10])
    >>> [round(float(x[0]), 3) for x in (found.low, found.value, found.high)]
    [0.541, 0.8, 0.931]
    """
    check_confidence(confidence)
    some, whole = np.broadcast_arrays(as_counts(part, name="part"), as_counts(total, name="total"))
    # Sums of fractions differ in their last digit.
    if np.any(some > whole * (1 + 1e-9)):
        raise ValueError("part must not be larger than total")
    share = np.minimum(divide(some, whole), 1.0)
    units = whole if total_sum_squares is None else effective_units(whole, total_sum_squares)
    units = np.where(units > 0, units, np.nan)
    if method == "wilson":
        z = special.ndtri((1 + confidence) / 2)
        middle = (share + z**2 / (2 * units)) / (1 + z**2 / units)
        reach = z / (1 + z**2 / units) * np.sqrt(share * (1 - share) / units + z**2 / (4 * units**2))
        # Exactly 0 and 1 at the ends, where the two terms cancel up to rounding.
        low = np.where(share == 0, 0.0, np.maximum(middle - reach, 0.0))
        high = np.where(share == 1, 1.0, np.minimum(middle + reach, 1.0))
    elif method == "jeffreys":
        tail = (1 - confidence) / 2
        successes, failures = share * units + 0.5, (1 - share) * units + 0.5
        low = np.where(share == 0, 0.0, special.betaincinv(successes, failures, tail))
        high = np.where(share == 1, 1.0, special.betaincinv(successes, failures, 1 - tail))
    else:
        raise ValueError(f"unknown method {method!r}; known: wilson, jeffreys")
    none = np.isnan(share)
    return Estimate(
        share,
        np.where(none, np.nan, low),
        np.where(none, np.nan, high),
        confidence,
        method,
        np.where(none, "no-units", ""),
    )


def count_interval(
    counts: ArrayLike,
    *,
    method: CountMethod = "garwood",
    confidence: float = 0.9,
    sum_squares: ArrayLike | None = None,
    largest_weight: float = 1.0,
) -> Estimate:
    """A count as one outcome of a Poisson process, with the interval of its rate.

    method: ``garwood``, exact (never covers less than stated; for fractional counts the gamma interval of Fay and
        Feuer, where ``largest_weight`` is the largest weight a unit may have); ``jeffreys``, gamma posterior with shape
        count + 1/2, which covers as stated on average.
    sum_squares: sums of squared weights behind fractional counts; None for whole counts.

    >>> found = count_interval([0, 10], confidence=0.95)
    >>> found.low.round(3).tolist(), found.high.round(3).tolist()
    ([0.0, 4.795], [3.689, 18.39])
    """
    check_confidence(confidence)
    count = as_counts(counts)
    variance = as_variances(sum_squares, count)
    tail = (1 - confidence) / 2
    if method == "garwood":
        weight = np.where(count > 0, largest_weight, largest_weight if sum_squares is not None else 1.0)
        low = _gamma(count, variance, tail)
        high = _gamma(count + weight, variance + weight**2, 1 - tail)
    elif method == "jeffreys":
        half = 0.5 * np.where(count > 0, divide(variance, count), 1.0)
        low = _gamma(count + half, variance + half * 2 * half, tail)
        high = _gamma(count + half, variance + half * 2 * half, 1 - tail)
        low = np.where(count == 0, 0.0, low)
    else:
        raise ValueError(f"unknown method {method!r}; known: garwood, jeffreys")
    return Estimate(count, low, high, confidence, method, np.full(count.shape, ""))


def _gamma(mean: Floats, variance: Floats, probability: float) -> Floats:
    """Quantile of the gamma with this mean and variance; 0 for a mean of 0."""
    shape, scale = divide(mean**2, variance), divide(variance, mean)
    return np.where(mean > 0, special.gammaincinv(np.where(mean > 0, shape, 1.0), probability) * scale, 0.0)
