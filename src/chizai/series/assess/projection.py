"""Projection to the target year and the probability of attainment: logarithm, half drift.

For a positive ratio scale ``z = ln y``, for a share in 0..100 the logit, else ``z = y``. With n points, steps ``dz``,
mean step m and drift ``b = share of drift * m`` (one half by default, the slope of the Theta method):

    centre = z_n + h b
    s^2    = sum (dz_i - b)^2 / (n - 2)
    se     = s sqrt(h (1 + h / (4 (n - 1))))        full drift: h (1 + h / (n - 1))
    P      = P(T_{n-2} >= (z(Y) - centre)/se), <= where less is better

Interval ``centre +- t_{n-2} se``, taken back to the scale of y: the centre is a median. On 214 annual series of
Statistics Canada the 80 % interval of this method covered 80.0 %, that of a regression line 58.6 %. Steps are one
year: gaps are refused.

Reference: chizai's own choice and back-test (docs/series/assessment); Theta: Assimakopoulos and Nikolopoulos 2000.

>>> poverty = [14.5, 12.9, 11.9, 11.2, 10.5, 6.5, 7.6, 10.3, 10.4]
>>> result = project(poverty, horizon=7)
>>> round(result.centre, 6), round(result.se, 6), round(result.attain(7.25, direction=-1), 6)
(8.992634, 0.666608, 0.378016)
>>> tuple(round(end, 4) for end in result.interval(0.8))
(3.5016, 23.0948)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from scipy import stats

Form = Literal["log", "level", "logit"]


def _same(value: float) -> float:
    return value


def _logit(value: float) -> float:
    return math.log(value / (100 - value))


def _expit(z: float) -> float:
    return 100 / (1 + math.exp(-z)) if z >= 0 else 100 * math.exp(z) / (1 + math.exp(z))


FORMS: dict[Form, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "log": (math.log, math.exp),
    "level": (_same, _same),
    "logit": (_logit, _expit),
}


@dataclass(frozen=True, slots=True)
class Projection:
    """``z`` and ``se`` are on the transformed scale, ``centre`` on the scale of the data; ``df`` is n - 2."""

    form: Form
    z: float
    se: float
    df: int
    horizon: float

    @property
    def centre(self) -> float:
        return FORMS[self.form][1](self.z)

    def interval(self, level: float) -> tuple[float, float]:
        """The central interval of this probability."""
        half = float(stats.t.ppf((1 + level) / 2, self.df)) * self.se
        back = FORMS[self.form][1]
        return back(self.z - half), back(self.z + half)

    def attain(self, target: float, *, direction: Literal[1, -1]) -> float:
        """The probability that the value meets the target in the target year (not: at some time before)."""
        gap = FORMS[self.form][0](target) - self.z
        if self.se == 0:
            return float(direction * gap <= 0)
        score = gap / self.se
        return float(stats.t.sf(score, self.df) if direction == 1 else stats.t.cdf(score, self.df))


def project(values: Sequence[float], *, horizon: float, form: Form = "log", drift: float = 0.5) -> Projection:
    """The projection ``horizon`` years past the last of these yearly values; three values or more.

    ``drift`` is the share of the mean step that goes on: 0.5 by default, 1 for compound growth continued.
    """
    n = len(values)
    if n < 3:
        message = "a projection needs three values or more"
        raise ValueError(message)
    z = [FORMS[form][0](value) for value in values]
    steps = [later - earlier for earlier, later in pairwise(z)]
    b = drift * sum(steps) / len(steps)
    s = math.sqrt(sum((step - b) ** 2 for step in steps) / (n - 2))
    # The drift's own error grows with the share of it that is used: share^2 h^2 / (n - 1).
    se = s * math.sqrt(horizon * (1 + drift**2 * horizon / (n - 1)))
    return Projection(form, z[-1] + horizon * b, se, n - 2, horizon)


def regression_line(
    years: Sequence[float], values: Sequence[float], *, year: float
) -> tuple[float, float, Callable[[float], float]]:
    """For comparison only: the ordinary trend line at ``year``, its prediction error, and P(value <= x).

    Its intervals are too narrow: a nominal 80 % covers 43 % at seven years.

    >>> centre, se, below = regression_line(range(2015, 2024), [14.5, 12.9, 11.9, 11.2, 10.5, 6.5, 7.6, 10.3, 10.4], year=2030)
    >>> round(centre, 6), round(se, 6), round(below(7.25), 6)
    (3.769444, 3.345238, 0.833636)
    """
    n = len(years)
    fit = stats.linregress(list(years), list(values))
    mean = sum(years) / n
    spread = sum((t - mean) ** 2 for t in years)
    rest = sum((y - fit.intercept - fit.slope * t) ** 2 for t, y in zip(years, values, strict=True))
    centre = float(fit.intercept + fit.slope * year)
    se = math.sqrt(rest / (n - 2) * (1 + 1 / n + (year - mean) ** 2 / spread))
    return centre, se, lambda x: float(stats.t.cdf((x - centre) / se, n - 2))
