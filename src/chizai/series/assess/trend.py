"""Is there a trend at all: exact Mann-Kendall test and Theil-Sen slope.

``S = sum of sign(y_j - y_i) over i < j``; ``tau = S / (n(n-1)/2)`` without ties, else tau-b. Two-sided p: exact null
distribution of S (all n! orders equally likely) up to 50 values without ties, else the normal approximation with
continuity and tie correction, and the result says which. The slope is the median of all pairwise slopes.

Reference: Mann 1945; Kendall, Rank Correlation Methods, 1948; Sen 1968, JASA 63:1379.

>>> poverty = [14.5, 12.9, 11.9, 11.2, 10.5, 6.5, 7.6, 10.3, 10.4]
>>> test = mann_kendall(poverty)
>>> round(test.tau, 4), round(test.p, 6), test.exact
(-0.6667, 0.012665, True)
>>> round(theil_sen(range(2015, 2024), poverty), 10)
-0.7
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

MAX_EXACT = 50


@dataclass(frozen=True, slots=True)
class MannKendall:
    """``s`` is Kendall's sum, ``p`` two-sided."""

    s: int
    tau: float
    p: float
    exact: bool


def mann_kendall(values: Sequence[float]) -> MannKendall:
    """The test on values in order of time; three or more."""
    n = len(values)
    if n < 3:
        message = "the Mann-Kendall test needs three values or more"
        raise ValueError(message)
    s = sum((later > earlier) - (later < earlier) for earlier, later in combinations(values, 2))
    pairs = n * (n - 1) // 2
    ties = [count for count in Counter(values).values() if count > 1]
    tied = sum(count * (count - 1) // 2 for count in ties)
    tau = s / math.sqrt((pairs - tied) * pairs) if tied < pairs else 0.0
    if not ties and n <= MAX_EXACT:
        return MannKendall(s, tau, _exact_p(n, s), True)
    variance = (n * (n - 1) * (2 * n + 5) - sum(c * (c - 1) * (2 * c + 5) for c in ties)) / 18
    if variance == 0 or s == 0:
        return MannKendall(s, tau, 1.0, False)
    z = (abs(s) - 1) / math.sqrt(variance)
    return MannKendall(s, tau, math.erfc(z / math.sqrt(2)), False)


def _exact_p(n: int, s: int) -> float:
    """P(|S| >= |s|): orders of n counted by inversions; S = pairs - 2 inversions."""
    counts = [1]
    for size in range(2, n + 1):
        grown = [0] * (len(counts) + size - 1)
        for inversions, ways in enumerate(counts):
            for more in range(size):
                grown[inversions + more] += ways
        counts = grown
    pairs = n * (n - 1) // 2
    extreme = sum(ways for inversions, ways in enumerate(counts) if abs(pairs - 2 * inversions) >= abs(s))
    return extreme / math.factorial(n)


def theil_sen(years: Sequence[float], values: Sequence[float]) -> float:
    """The median slope a year."""
    points = list(zip(years, values, strict=True))
    return statistics.median((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2) if a[0] != b[0])
