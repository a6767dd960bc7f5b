"""Intervals of counts, whole or fractional.

Sources: Garwood (1936), Biometrika 28, 437-442; Fay & Feuer (1997), Statistics in Medicine 16, 791-801 (weighted sums);
Brown, Cai, DasGupta (2003), Statistica Sinica 13, 19-49 (Jeffreys).
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

Method = Literal["garwood", "jeffreys"]


def count_interval(
    counts: ArrayLike,
    *,
    method: Method = "garwood",
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
