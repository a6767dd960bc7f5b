"""Average annual rate of reduction: UNICEF.

``AARR = 100 (1 - exp(beta))`` with ``beta`` the least-squares slope of ln y on the year; per cent a year, positive
where the value falls. Preconditions: two positive values or more in different years.

Reference: UNICEF, Technical Note on AARR, 2007; worked figures in the note on Technical Note 185 of
nipn-nutrition-platforms.org: beta -0.06613 gives 6.4.

>>> rate_of_reduction(-0.06613)
6.399082481077601
>>> round(assess([2000, 2001, 2002], [100.0, 90.0, 81.0]), 6)
10.0
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from chizai.series.assess.current_status import regression


def rate_of_reduction(beta: float) -> float:
    """Per cent a year from the slope of the logarithm."""
    return 100 * (1 - math.exp(beta))


def assess(years: Sequence[float], values: Sequence[float]) -> float:
    """Per cent a year over all points; ValueError for values that have no logarithm."""
    if len(years) < 2 or min(values) <= 0:
        message = "the rate of reduction needs two positive values or more"
        raise ValueError(message)
    logs = [math.log(value) for value in values]
    return rate_of_reduction(regression(years, logs, weights=lambda count: [1.0] * count)[1])
