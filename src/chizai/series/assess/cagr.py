"""Compound growth against required growth: Eurostat, Open SDG, Statistics Canada.

Observed ``CAGR_o = (y/y0)**(1/(t-t0)) - 1`` and required ``CAGR_r = (Y/y0)**(1/(T-t0)) - 1`` give
``R = s*d*CAGR_o / |CAGR_r|``, s the sign of the base value and d the direction. Achieved first; else R >= 0.95
substantial, 0.60 <= R < 0.95 moderate, 0 <= R < 0.60 limited, R < 0 deterioration.

Without a target ``p = s*d*CAGR_o`` is cut at 1.5 %, 0.5 % and 0, each times C near a natural limit:
``C = 1 - (|y0|/lim)**4.44`` up to the limit, ``1 - ((2 lim - |y0|)/lim)**4.44`` up to twice the limit, 1 beyond.

Score from -5 to 5. With target: R >= 0.6 ``min(7.1429 R - 4.2857, 5)``, else ``max(4.1667 R - 2.5, -5)``. Without:
``min(500 p/C - 5, 5)``, ``250 p/C - 1.25``, ``500 p/C - 2.5``, ``max(125 p - 2.5, -5)``.

Preconditions: base and current value of one sign, a year apart or more; the target of the base's sign. Zero has no
growth rate: a base or a target of 0 is read as 0.001, as Open SDG does, and the result says so. Wrong for ranks, for
points, for values near zero.

Reference: open-sdg/open-sdg ``docs/progress-methodology.md``; Eurostat, "Sustainable development in the European
Union", 2021, annex; Statistics Canada, ``indicator_calculation_components.yml`` (published values, in the tests).

>>> result = assess(Case(base_value=14.5, base_year=2015, current_value=10.4, current_year=2023,
...                      target=7.25, target_year=2030, direction=-1))
>>> result.value, result.score, result.status
(0.9010899546976208, 2.1506954374096354, 'moderate_progress')
>>> assess(Case(base_value=66.6, base_year=2016, current_value=71.4, current_year=2023, direction=1, limit=100)).score
1.739752850099936
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chizai.series.assess.base import (
    Assessment,
    Case,
    Reason,
    Status,
    achieved,
    judged,
    status_of_ratio,
)
from chizai.series.assess.linear import path

ID, VERSION = "cagr_ratio", "1"
STAND_IN = 0.001
"""What Open SDG puts in the place of zero, which has no growth rate."""
HIGH, MEDIUM = 0.015, 0.005
EXPONENT = 4.44
NO_GROWTH = ("rank", "interval")
"""Scales without a zero: a rank does not grow by per cent. The straight line judges them."""


def growth(later: float, earlier: float, years: float) -> float:
    """Compound growth a year; both values of one sign, ``earlier`` not zero, ``years`` not zero.

    >>> growth(30.7, 27.1, 1)
    0.1328413284132841
    """
    return float((later / earlier) ** (1 / years)) - 1


def coefficient(base_value: float, *, limit: float | None) -> float:
    """How much the cuts shrink near a natural limit: 1 far from it, 0 on it.

    >>> round(coefficient(66.6, limit=100), 12), coefficient(100, limit=100), coefficient(5, limit=None)
    (0.835477394947, 0.0, 1.0)
    """
    if limit is None:
        return 1.0
    value, bound = abs(base_value), abs(limit)
    if value >= 2 * bound:
        return 1.0
    if value <= bound:
        return 1 - (value / bound) ** EXPONENT
    return 1 - ((2 * bound - value) / bound) ** EXPONENT


def assess(case: Case) -> Assessment:
    """The verdict of the compound-growth ratio, with the linear path beside it in the components."""
    case, notes = _without_zeros(case)
    reasons = (*notes, *_why_not(case))
    value, status = _evaluate(case)
    components: dict[str, object] = {"sign": _sign(case), **_growths(case), **path(case)}
    if case.target is None:
        c = coefficient(case.base_value, limit=case.limit)
        components |= {"coefficient": c, "high": HIGH * c, "medium": MEDIUM * c, "low": 0.0}
    return judged(
        case,
        method=ID,
        version=VERSION,
        evaluate=_evaluate,
        components=components,
        reasons=reasons,
        score=_score(case, value, status),
    )


def combine(scores: Iterable[float], *, all_achieved: bool) -> tuple[float, Status]:
    """Mean score and verdict of an indicator of several series: >= 2.5, >= 0, >= -2.5, below.

    >>> combine([5.0, -0.35], all_achieved=False)
    (2.325, 'moderate_progress')
    """
    values = list(scores)
    mean = sum(values) / len(values)
    if all_achieved:
        return mean, "target_achieved"
    if mean >= 2.5:
        return mean, "substantial_progress"
    if mean >= 0:
        return mean, "moderate_progress"
    return mean, "limited_progress" if mean >= -2.5 else "deterioration"


def _sign(case: Case) -> int:
    return -1 if case.base_value < 0 else 1


def _without_zeros(case: Case) -> tuple[Case, tuple[Reason, ...]]:
    notes = []
    if case.base_value == 0:
        case = replace(case, base_value=STAND_IN, base_half_unit=0.0)
        notes.append(Reason("base-zero", {"used": STAND_IN}))
    if case.target == 0:
        case = replace(case, target=STAND_IN)
        notes.append(Reason("target-zero", {"used": STAND_IN}))
    return case, tuple(notes)


def _why_not(case: Case) -> tuple[Reason, ...]:
    """What stands in the way of a growth rate, and what is odd about the case."""
    found: list[Reason] = []
    if case.scale in NO_GROWTH:
        found.append(Reason("no-growth-rate"))
    if case.base_value * case.current_value < 0:
        found.append(Reason("sign-change"))
    if case.current_year - case.base_year < 1:
        found.append(Reason("too-close"))
    if case.target is not None:
        if case.limit is not None:
            found.append(Reason("limit-ignored"))
        if case.target_year is None:
            found.append(Reason("no-target-year"))
        elif case.target_year <= case.base_year:
            found.append(Reason("target-not-after-base"))
        if case.base_value * case.target < 0:
            found.append(Reason("target-other-sign"))
        if case.base_value == case.target:
            found.append(Reason("target-is-base"))
        elif case.direction * (case.target - case.base_value) < 0:
            found.append(Reason("target-against-direction"))
    elif case.limit is not None and case.direction * (case.limit - case.base_value) < 0:
        found.append(Reason("beyond-limit"))
    return tuple(found)


def _growths(case: Case) -> dict[str, float | None]:
    """Observed and required growth; None where there is none."""
    observed = required = onward = None
    if case.current_year - case.base_year >= 1 and case.base_value * case.current_value >= 0 and case.base_value:
        observed = growth(case.current_value, case.base_value, case.current_year - case.base_year)
    if case.target is not None and case.target_year is not None:
        if case.target_year > case.base_year and case.base_value * case.target > 0:
            required = growth(case.target, case.base_value, case.target_year - case.base_year)
        if case.target_year > case.current_year and case.current_value * case.target > 0:
            onward = growth(case.target, case.current_value, case.target_year - case.current_year)
    return {"observed_cagr": observed, "required_cagr": required, "required_cagr_from_now": onward}


def _progress(case: Case) -> float | None:
    if case.scale in NO_GROWTH:
        return None
    growths = _growths(case)
    observed, required = growths["observed_cagr"], growths["required_cagr"]
    if observed is None:
        return None
    if case.target is None:
        return _sign(case) * case.direction * observed
    if not required:
        return None
    return _sign(case) * case.direction * observed / abs(required)


def _evaluate(case: Case) -> tuple[float | None, Status]:
    value = _progress(case)
    if achieved(case):
        return value, "target_achieved"
    if value is None:
        return None, "not_available"
    if case.target is not None:
        return value, status_of_ratio(value)
    c = coefficient(case.base_value, limit=case.limit)
    if value >= HIGH * c:
        return value, "substantial_progress"
    if value >= MEDIUM * c:
        return value, "moderate_progress"
    return value, "limited_progress" if value >= 0 else "deterioration"


def _score(case: Case, value: float | None, status: Status) -> float | None:
    if status == "target_achieved":
        return 5.0
    if value is None:
        return None
    if case.target is not None:
        return min(7.1429 * value - 4.2857, 5.0) if value >= 0.6 else max(4.1667 * value - 2.5, -5.0)
    if value < 0:
        return max(125 * value - 2.5, -5.0)
    c = coefficient(case.base_value, limit=case.limit)
    if c == 0:
        # The base stands on its natural limit and was held there.
        return 5.0
    if status == "substantial_progress":
        return min(500 * value / c - 5, 5.0)
    return 250 * value / c - 1.25 if status == "moderate_progress" else 500 * value / c - 2.5
