"""The straight line from base to target: the required path.

``L(t) = y0 + (Y - y0)(t - t0)/(T - t0)``; ratio of made to required progress ``r = (y - y0)/(L(t) - y0)``; still
required a year ``(Y - y)/(T - t)``; share of the gap closed ``(y - y0)/(Y - y0)``; elapsed ``(t - t0)/(T - t0)``. The
direction cancels where the target lies in it; where it does not, the sign says whether the value moved the right way.
Fit for shares, points, counts and ranks, where compound growth means nothing; shown beside every other method.

Preconditions: a target and its year; base, current and target in this order of time; base and target differ. The cuts
are those of the compound-growth ratio, which is a choice of chizai, not of a source.

Reference: ``L`` is the "required path" of every target-tracking report; no single source.

>>> result = assess(Case(base_value=5.8, base_year=2023, current_value=6.1, current_year=2024, target=20,
...                      target_year=2033, direction=1))
>>> round(result.value, 6), result.components["linear_path_value_now"], result.status
(0.211268, 7.22, 'limited_progress')
"""

from __future__ import annotations

from chizai.series.assess.base import Assessment, Case, Reason, Status, achieved, judged, status_of_ratio

ID, VERSION = "linear_path", "1"


def assess(case: Case) -> Assessment:
    """The verdict of the straight line."""
    return judged(case, method=ID, version=VERSION, evaluate=_evaluate, components=path(case), reasons=_why_not(case))


def required(case: Case, *, year: float) -> float:
    """The value that the straight line asks for in ``year``; needs a target and its year.

    >>> required(Case(base_value=27.1, base_year=2024, current_value=30.7, current_year=2025, target=50,
    ...               target_year=2033, direction=1), year=2033)
    50.0
    """
    if case.target is None or case.target_year is None:
        message = "a required path needs a target and its year"
        raise ValueError(message)
    gap = case.target - case.base_value
    return case.base_value + gap * (year - case.base_year) / (case.target_year - case.base_year)


def path(case: Case) -> dict[str, float | None]:
    """The figures of the straight line; None where one does not exist."""
    names = ("linear_path_value_now", "linear_ratio", "required_step_from_now", "gap_closed_share", "elapsed_share")
    if case.target is None or case.target_year is None or case.target_year <= case.base_year:
        return dict.fromkeys(names)
    gap, made = case.target - case.base_value, case.current_value - case.base_value
    elapsed = (case.current_year - case.base_year) / (case.target_year - case.base_year)
    wanted = required(case, year=case.current_year)
    left = case.target_year - case.current_year
    return {
        "linear_path_value_now": wanted,
        "linear_ratio": case.direction * made / abs(wanted - case.base_value) if gap and elapsed else None,
        "required_step_from_now": (case.target - case.current_value) / left if left > 0 else None,
        "gap_closed_share": made / gap if gap else None,
        "elapsed_share": elapsed,
    }


def _evaluate(case: Case) -> tuple[float | None, Status]:
    value = path(case)["linear_ratio"]
    if case.current_year <= case.base_year:
        value = None
    if achieved(case):
        return value, "target_achieved"
    return (None, "not_available") if value is None else (value, status_of_ratio(value))


def _why_not(case: Case) -> tuple[Reason, ...]:
    found = []
    if case.target is None:
        found.append(Reason("no-target"))
    elif case.target_year is None:
        found.append(Reason("no-target-year"))
    elif case.target_year <= case.base_year:
        found.append(Reason("target-not-after-base"))
    if case.current_year <= case.base_year:
        found.append(Reason("too-close"))
    if case.target is not None and case.target == case.base_value:
        found.append(Reason("target-is-base"))
    elif case.target is not None and case.direction * (case.target - case.base_value) < 0:
        found.append(Reason("target-against-direction"))
    return tuple(found)
