"""What every statistic with an interval returns, and the checks that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval; all arrays have the same shape.

    ``value``, ``low`` and ``high`` are nan where the statistic is undefined; ``reason`` says why (a code, looked up
    as ``statistics.reason.<code>`` in the message catalogue) and is ``""`` where the value stands. A value may stand
    although its interval does not: then ``low`` and ``high`` are nan and ``reason`` begins with ``"interval-"``.
    """

    value: Floats
    low: Floats
    high: Floats
    confidence: float
    method: str
    reason: NDArray[np.str_]

    def map(self, function: Callable[[Floats], Floats]) -> Estimate:
        """The same estimate on another scale; ``function`` must be monotone (a falling one swaps the bounds)."""
        one, other = function(self.low), function(self.high)
        return replace(self, value=function(self.value), low=np.minimum(one, other), high=np.maximum(one, other))

    def at(self, rows: NDArray[np.int64], *, reason: str) -> Estimate:
        """The estimates of the rows named, in their order; -1 stands for one that is not there, for the reason given."""
        there = rows >= 0
        value, low, high = (np.where(there, part[rows], np.nan) for part in (self.value, self.low, self.high))
        return replace(self, value=value, low=low, high=high, reason=np.where(there, self.reason[rows], reason))


def as_counts(counts: ArrayLike, *, name: str = "counts") -> Floats:
    """Counts as floats; raises ValueError on a negative, infinite or missing count (a missing count is not a zero)."""
    array = np.asarray(counts, dtype=np.float64)
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be finite; drop what is missing, it is not zero")
    if np.any(array < 0):
        raise ValueError(f"{name} must not be negative")
    return array


def as_variances(sum_squares: ArrayLike | None, counts: Floats) -> Floats:
    """The sums of squared weights behind fractional counts; whole counts are their own (each weight is 1).

    A count that is a sum of weights (fractional counting) has the compound Poisson variance sum of weights squared.
    """
    if sum_squares is None:
        return counts
    array = as_counts(sum_squares, name="sum_squares")
    if array.shape != counts.shape:
        raise ValueError(f"sum_squares has shape {array.shape}, counts has {counts.shape}")
    if np.any((array > 0) != (counts > 0)):
        raise ValueError("sum_squares must be positive exactly where counts are")
    return array


def check_confidence(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError("confidence must lie between 0 and 1, as 0.9")
    return confidence


def divide(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Quotient with nan (never 0 and never a warning) where the denominator is 0."""
    top, bottom = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    out = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out
