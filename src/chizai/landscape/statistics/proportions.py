"""Intervals of shares, of whole or fractional counts.

Sources: Wilson (1927), JASA 22, 209-212; Brown, Cai, DasGupta (2001), Statistical Science 16, 101-133 (Jeffreys);
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

Method = Literal["wilson", "jeffreys"]


def effective_units(total: ArrayLike, sum_squares: ArrayLike) -> Floats:
    """Kish's effective number of units, (sum of weights)^2 / sum of squared weights; nan where there is none.

    >>> effective_units([3.0], [0.5 * 0.5 * 2 + 2.0]).tolist()      # two whole units and two halves
    [3.6]
    """
    weight = as_counts(total, name="total")
    return divide(weight**2, as_variances(sum_squares, weight))


def proportion(
    part: ArrayLike,
    total: ArrayLike,
    *,
    method: Method = "wilson",
    confidence: float = 0.9,
    total_sum_squares: ArrayLike | None = None,
) -> Estimate:
    """A share, part / total, with its interval.

    ``total_sum_squares`` is the sum of squared weights behind fractional totals: the interval is then that of a share
    of ``effective_units``. A total of 0 has no share: nan, reason ``no-units``. Both broadcast.

    >>> found = proportion([8], [10])
    >>> [round(float(x[0]), 3) for x in (found.low, found.value, found.high)]
    [0.541, 0.8, 0.931]
    """
    check_confidence(confidence)
    some, whole = np.broadcast_arrays(as_counts(part, name="part"), as_counts(total, name="total"))
    # Sums of fractions differ in their last digit.
    if np.any(some > whole * (1 + 1e-9)):
        raise ValueError("part must not be larger than total")
    share = np.minimum(divide(some, whole), 1.0)
    units = np.asarray(whole if total_sum_squares is None else effective_units(whole, total_sum_squares))
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
