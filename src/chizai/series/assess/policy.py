"""What may be said of the future from so few points: the refusal policy.

====================  ==================================================================================================
points (n)            what is published
====================  ==================================================================================================
1                     value and required pace; no verdict on progress
2 to 4                straight line and growth ratio with rounding interval; no trend test (the smallest two-sided Mann-Kendall p
                      is 0.333 and 0.083 for n = 3, 4), no probability
5 to 7                also projection with 80 % interval, probability in words and tenths (約4割), marked 参考
8 and more            also Mann-Kendall direction, probability to the nearest 10 %, back-test line
horizon > n - 1 or 8  no probability; required pace only
break, missing year   the series is cut there and n starts again
====================  ==================================================================================================

>>> poverty = dict(zip(range(2015, 2024), [14.5, 12.9, 11.9, 11.2, 10.5, 6.5, 7.6, 10.3, 10.4]))
>>> seen = outlook(poverty, target=7.25, target_year=2030, direction=-1, scale="ratio")
>>> round(seen.probability, 6), seen.words("ja")
(0.378016, 'やや難しい（約40%）')
>>> outlook({2024: 27.1, 2025: 30.7}, target=50, target_year=2033, direction=1, scale="ratio").words("ja") is None
True
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from chizai.messages import Lang, text
from chizai.series.assess.base import Reason, Scale
from chizai.series.assess.projection import Form, Projection, project
from chizai.series.assess.trend import MannKendall, mann_kendall, theil_sen

TREND_FROM, PROJECT_FROM, FULL_FROM = 3, 5, 8
FARTHEST = 8
COVERED = 0.800
"""Share of what came that the nominal 80 % interval held, in the back-test of 214 series."""
Chance = Literal["likely", "rather-likely", "rather-unlikely", "unlikely"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """``years`` are the points used after cuts. A figure that may not be published is None; ``reasons`` say why."""

    years: tuple[float, ...]
    horizon: float
    projection: Projection | None
    probability: float | None
    trend: MannKendall | None
    slope: float | None
    reference_only: bool
    reasons: tuple[Reason, ...]
    course: tuple[Projection, ...] = ()
    """The projection of every year from the first after the series to the target year."""

    @property
    def interval(self) -> tuple[float, float] | None:
        return self.projection.interval(0.8) if self.projection else None

    @property
    def chance(self) -> Chance | None:
        return None if self.probability is None else chance(self.probability)

    def words(self, lang: Lang = "en") -> str | None:
        """The probability as it may be printed: tenths for reference, or to the nearest 10 %."""
        if self.probability is None or self.chance is None:
            return None
        word = text(f"series.chance.{self.chance}", lang)
        tenths = min(max(round(self.probability * 10), 0), 10)
        if self.reference_only:
            about = text("series.chance.about", lang, tenths=tenths)
            return text("series.chance.reference", lang, word=word, about=about)
        return text(
            "series.chance.full", lang, word=word, about=text("series.chance.rounded", lang, percent=tenths * 10)
        )


def chance(probability: float) -> Chance:
    """The word for a probability of attainment: cuts at 0.8, 0.5, 0.2.

    >>> chance(0.378)
    'rather-unlikely'
    """
    if probability >= 0.8:
        return "likely"
    if probability >= 0.5:
        return "rather-likely"
    return "rather-unlikely" if probability >= 0.2 else "unlikely"


def form_of(scale: Scale, values: Sequence[float]) -> Form:
    """Logarithm for positive ratio scales and counts, logit for shares strictly between 0 and 100, else the level."""
    if scale in ("ratio", "count") and min(values) > 0:
        return "log"
    return "logit" if scale == "share" and min(values) > 0 and max(values) < 100 else "level"


def usable(values: Mapping[float, float], *, breaks: Sequence[float] = ()) -> tuple[dict[float, float], list[Reason]]:
    """The unbroken yearly run up to the last value, and why it was cut."""
    reasons = []
    years = sorted(values)
    for at in sorted(breaks):
        if any(year < at for year in years) and any(year >= at for year in years):
            years = [year for year in years if year >= at]
            reasons.append(Reason("series-break", {"period": f"{at:g}"}))
    start = len(years) - 1
    while start > 0 and abs(years[start] - years[start - 1] - 1) < 1e-9:
        start -= 1
    if start > 0:
        reasons.append(Reason("gap", {"period": f"{years[start]:g}"}))
    return {year: values[year] for year in years[max(start, 0) :]}, reasons


def outlook(
    values: Mapping[float, float],
    *,
    target: float | None,
    target_year: float | None,
    direction: Literal[1, -1],
    scale: Scale,
    breaks: Sequence[float] = (),
) -> Outlook:
    """Projection, probability and trend of yearly values (year to value), as far as the policy allows."""
    run, reasons = usable(values, breaks=breaks)
    years, seen = tuple(run), list(run.values())
    n = len(years)
    horizon = (target_year - years[-1]) if target_year is not None and years else 0.0
    projection = probability = trend = slope = None
    course: tuple[Projection, ...] = ()
    if n == 0:
        reasons.append(Reason("no-observation"))
    elif n == 1:
        reasons.append(Reason("one-point"))
    elif n < PROJECT_FROM:
        reasons.append(Reason("too-few-points", {"points": n}))
    if n >= FULL_FROM:
        trend, slope = mann_kendall(seen), theil_sen(years, seen)
    if target is None or target_year is None:
        reasons.append(Reason("no-target"))
    elif n >= PROJECT_FROM and horizon <= 0:
        reasons.append(Reason("deadline-passed"))
    elif n >= PROJECT_FROM and (horizon > n - 1 or horizon > FARTHEST):
        reasons.append(Reason("horizon", {"horizon": f"{horizon:g}", "points": n}))
    elif n >= PROJECT_FROM:
        form = form_of(scale, seen)
        projection = project(seen, horizon=horizon, form=form)
        course = (*(project(seen, horizon=h, form=form) for h in range(1, math.ceil(horizon))), projection)
        if (form == "log" and target <= 0) or (form == "logit" and not 0 < target < 100):
            reasons.append(Reason("out-of-domain"))
        else:
            probability = projection.attain(target, direction=direction)
        reasons.append(
            Reason("reference-only", {"points": n}) if n < FULL_FROM else Reason("back-test", {"covered": COVERED})
        )
    return Outlook(years, horizon, projection, probability, trend, slope, n < FULL_FROM, tuple(reasons), course)
