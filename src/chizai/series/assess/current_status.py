"""Current status and anticipated progress: UN ESCAP and the other UN regional commissions.

Current status ``CS = 10 D (I_cv - I_0)/|TV - I_0|``; for parity indicators (the target is a point, not a bound) ``10
- 10 |TV - I_cv|/|TV - I_0|``. Anticipated ``P = 100 |TV - I_T|/|TV - I_0|`` with ``I_T`` from a weighted regression
on time. ESCAP's weights stand in its working paper SD/WP/04 (2017), which chizai has not seen: the weights are a
parameter, and chizai's own (linear: 1 for the first year, n for the last) do not claim to be ESCAP's. The colours at
10 and 100 are as commonly printed, not read in the source.

Preconditions: a target that differs from the base; for the anticipated value two points or more and a target year
ahead.

Reference: UNECE, technical notes to the progress assessment, 2022 and 2023; UNICEF MENARO script (parity form).

>>> case = Case(base_value=27.1, base_year=2024, current_value=30.7, current_year=2025, target=50, target_year=2033,
...             direction=1)
>>> round(assess(case).value, 6)
1.572052
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from chizai.series.assess.base import Assessment, Case, Reason, Status, achieved, judged

ID, VERSION = "current_status", "1"
Pace = Literal["sufficient", "accelerate", "wrong_direction"]
ENOUGH, GAP = 10.0, 100.0


def assess(case: Case, *, parity: bool = False) -> Assessment:
    """Current status: 0 at the base, 10 at the target. It measures distance covered, not pace: the only verdicts are
    achieved and going the wrong way; between them there is a value and no verdict."""

    def evaluate(one: Case) -> tuple[float | None, Status]:
        value = current_status(one, parity=parity)
        if value is None:
            return None, "not_available"
        if (not parity and achieved(one)) or value >= 10:
            return value, "target_achieved"
        return value, "not_available" if value >= 0 else "deterioration"

    reasons = [Reason("distance-only")]
    if case.target is None:
        reasons.append(Reason("no-target"))
    elif case.target == case.base_value:
        reasons.append(Reason("target-is-base"))
    return judged(
        case, method=ID, version=VERSION, evaluate=evaluate, components={"parity": parity}, reasons=tuple(reasons)
    )


def current_status(case: Case, *, parity: bool = False) -> float | None:
    """10 times the share of the gap closed; None without a target away from the base."""
    if case.target is None or case.target == case.base_value:
        return None
    gap = abs(case.target - case.base_value)
    if parity:
        return 10 - 10 * abs(case.target - case.current_value) / gap
    return 10 * case.direction * (case.current_value - case.base_value) / gap


def linear_weights(count: int) -> list[float]:
    """1, 2, ..., n: the last year weighs most."""
    return [float(place) for place in range(1, count + 1)]


def regression(
    years: Sequence[float], values: Sequence[float], *, weights: Callable[[int], Sequence[float]] = linear_weights
) -> tuple[float, float]:
    """Intercept and slope of the weighted least-squares line; two different years or more.

    >>> regression([2015, 2016, 2017], [1.0, 2.0, 3.0])[1]
    1.0
    """
    w = list(weights(len(years)))
    total = sum(w)
    mean_t = sum(a * t for a, t in zip(w, years, strict=True)) / total
    mean_y = sum(a * y for a, y in zip(w, values, strict=True)) / total
    spread = sum(a * (t - mean_t) ** 2 for a, t in zip(w, years, strict=True))
    slope = sum(a * (t - mean_t) * (y - mean_y) for a, t, y in zip(w, years, values, strict=True)) / spread
    return mean_y - slope * mean_t, slope


def anticipated(
    years: Sequence[float],
    values: Sequence[float],
    *,
    target: float,
    target_year: float,
    direction: Literal[1, -1],
    weights: Callable[[int], Sequence[float]] = linear_weights,
) -> tuple[float, Pace]:
    """The gap anticipated in the target year as per cent of the progress required since the first year, and the pace.

    0 where the target is reached or passed. The first value is the base.

    >>> anticipated([2015, 2016, 2017], [1.0, 2.0, 3.0], target=16, target_year=2030, direction=1)
    (0.0, 'sufficient')
    """
    intercept, slope = regression(years, values, weights=weights)
    reached = intercept + slope * target_year
    needed = abs(target - values[0])
    if direction * (reached - target) >= 0:
        return 0.0, "sufficient"
    gap = 100 * abs(target - reached) / needed
    if gap > GAP or direction * slope < 0:
        return gap, "wrong_direction"
    return gap, "sufficient" if gap <= ENOUGH else "accelerate"
