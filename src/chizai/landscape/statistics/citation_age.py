"""How fast a technology moves and how much recent patents are cited now.

Sources: technology cycle time: Narin (1994), Scientometrics 30, 147-155, and CHI Research: the median age of the patents
that a patent cites; current impact: CHI's index, citations received in one year by the patents of the five years before
it, against the average of all, here as observed over expected.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom

from chizai.landscape.statistics.counts import count_interval
from chizai.landscape.statistics.estimate import Estimate, Floats, check_confidence, divide


def median_age(unit: ArrayLike, age: ArrayLike, *, n_units: int) -> Floats:
    """Median age of what each unit cites, shape [n_units]; nan for units that cite nothing of known age.

    unit, age: shape [m], one row a cited patent: who cites it, and its age in years on the day of the citing patent.

    >>> median_age([0, 0, 0, 1, 1], [4.0, 10.0, 6.0, 3.0, 5.0], n_units=3).tolist()
    [6.0, 4.0, nan]
    """
    row, value = np.asarray(unit, dtype=np.int64), np.asarray(age, dtype=np.float64)
    known = ~np.isnan(value)
    row, value = row[known], value[known]
    order = np.lexsort((value, row))
    value = value[order]
    size = np.bincount(row, minlength=n_units)
    start = np.cumsum(size) - size
    out = np.full(n_units, np.nan)
    held = size > 0
    low, high = start + (size - 1) // 2, start + size // 2
    out[held] = (value[low[held]] + value[high[held]]) / 2
    return out


def group_medians(values: ArrayLike, group: ArrayLike, *, n_groups: int, confidence: float = 0.9) -> Estimate:
    """Median of every group with the distribution-free interval of order statistics; unknown values are left out.

    The interval covers at least as often as stated. No interval (``interval-few-units``) where no two order statistics
    reach the confidence: fewer than five units at 90 %.

    >>> found = group_medians([1, 2, 3, 4, 5, 6, 7, 8, 2], [0] * 8 + [1], n_groups=2)
    >>> found.value.tolist(), found.low.tolist(), found.high.tolist()
    ([4.5, 2.0], [2.0, nan], [7.0, nan])
    """
    check_confidence(confidence)
    value, row = np.asarray(values, dtype=np.float64), np.asarray(group, dtype=np.int64)
    known = ~np.isnan(value)
    value, row = value[known], row[known]
    median = median_age(row, value, n_units=n_groups)
    value = value[np.lexsort((value, row))]
    size = np.bincount(row, minlength=n_groups)
    start = np.cumsum(size) - size
    # The rank r below the middle for which both tails together hold no more than 1 - confidence.
    rank = binom.ppf((1 - confidence) / 2, size, 0.5).astype(np.int64)
    rank = np.where(binom.cdf(rank - 1, size, 0.5) > (1 - confidence) / 2, rank - 1, rank)
    told = rank >= 1
    low, high = np.full(n_groups, np.nan), np.full(n_groups, np.nan)
    low[told] = value[(start + rank - 1)[told]]
    high[told] = value[(start + size - rank)[told]]
    reason = np.select([size == 0, ~told], ["no-units", "interval-few-units"], default="")
    return Estimate(median, low, high, confidence, "order-statistics", reason)


def observed_over_expected(
    observed: ArrayLike, expected: ArrayLike, *, sum_squares: ArrayLike | None = None, confidence: float = 0.9
) -> Estimate:
    """Citations received over those expected of patents of the same years (1 = average), with the count's interval.

    observed, expected: shape [n]; expected is sum over years of the actor's patents x mean citations of all patents of
        the year. sum_squares: of the weights behind ``observed`` (fractional counting); None for whole counts.
    nan where nothing is expected.

    >>> observed_over_expected([5.0, 1.0], [2.5, 0.0]).value.tolist()
    [2.0, nan]
    """
    count = count_interval(observed, confidence=confidence, sum_squares=sum_squares)
    base = np.asarray(expected, dtype=np.float64)
    value, low, high = (divide(part, base) for part in (count.value, count.low, count.high))
    return Estimate(value, low, high, confidence, "garwood", np.where(base > 0, "", "no-units"))


__all__ = ["group_medians", "median_age", "observed_over_expected"]
