"""A target and what was seen: the verdict of each method, the outlook, and what stands in the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chizai.messages import Lang
from chizai.series.assess import METHODS, Assessment, Case, Reason, Status, status_word
from chizai.series.assess.base import in_order
from chizai.series.assess.policy import Outlook, outlook
from chizai.series.catalogue import in_own_unit, indicators, observations, shipped, targets
from chizai.series.model import Indicator, Observation, Target
from chizai.series.period import Period
from chizai.series.units import convert
from chizai.series.vintages import as_of, fingerprint, series

Point = tuple[float, float, float]
"""Year, value, half unit."""


@dataclass(frozen=True, slots=True)
class Override:
    """A verdict set by a person: kept beside the computed one, never in its place."""

    status: Status
    by: str
    on: dt.date
    why: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``headline`` is the verdict that is shown first; ``others`` are the remaining methods; ``printed`` is the
    verdict from the figures as the plans print them, with the rounding interval."""

    target: Target
    indicator: Indicator | None
    latest: Observation | None
    headline: Assessment | None
    others: tuple[Assessment, ...]
    printed: Assessment | None
    outlook: Outlook | None
    reasons: tuple[Reason, ...]
    vintage: str
    day: dt.date | None
    override: Override | None = None

    @property
    def status(self) -> Status:
        return self.headline.status if self.headline else "not_available"

    def word(self, lang: Lang = "en") -> str:
        return self.headline.word(lang) if self.headline else status_word("not_available", lang)

    def why_not(self, lang: Lang = "en") -> str | None:
        return self.target.why_not.text(lang) if self.target.why_not and self.status == "not_available" else None

    def as_dict(self) -> dict[str, object]:
        return {
            "target": self.target.model_dump(mode="json"),
            "indicator": self.indicator.model_dump(mode="json") if self.indicator else None,
            "latest": self.latest.model_dump(mode="json") if self.latest else None,
            "status": self.status,
            "word": {"en": self.word("en"), "ja": self.word("ja")},
            "why_not": {"en": self.why_not("en"), "ja": self.why_not("ja")},
            "headline": self.headline.as_dict() if self.headline else None,
            "others": [one.as_dict() for one in self.others],
            "printed": self.printed.as_dict() if self.printed else None,
            "outlook": _outlook(self.outlook),
            "reasons": [reason.as_dict() for reason in self.reasons],
            "vintage": self.vintage,
            "as_of": self.day.isoformat() if self.day else None,
            "override": {
                "status": self.override.status,
                "by": self.override.by,
                "on": self.override.on.isoformat(),
                "why": self.override.why,
            }
            if self.override
            else None,
        }


def _outlook(found: Outlook | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "years": list(found.years),
        "horizon": found.horizon,
        "centre": found.projection.centre if found.projection else None,
        "interval_80": list(found.interval) if found.interval else None,
        "probability": found.probability,
        "words": {"en": found.words("en"), "ja": found.words("ja")},
        "mann_kendall": {"tau": found.trend.tau, "p": found.trend.p, "exact": found.trend.exact}
        if found.trend
        else None,
        "theil_sen": found.slope,
        "reasons": [reason.as_dict() for reason in found.reasons],
    }


def follow_all(
    *, day: dt.date | None = None, more: Sequence[Observation] = (), wanted: Sequence[Target] | None = None
) -> list[FollowUp]:
    """The shipped targets (or ``wanted``) as known on ``day`` (None: now), in their order."""
    return [follow(target, day=day, more=more) for target in (targets().values() if wanted is None else wanted)]


def follow(
    target: Target,
    *,
    day: dt.date | None = None,
    more: Sequence[Observation] = (),
    override: Override | None = None,
) -> FollowUp:
    """The follow-up of one target; ``more`` are observations of the user's own."""
    known = indicators().get(target.indicator) if target.indicator else None
    seen = series(observations(day=day, more=more), target.indicator, geo=target.geo) if target.indicator else []
    latest = max(seen, key=lambda one: one.when.t, default=None)
    reasons: list[Reason] = []
    headline: Assessment | None = None
    others: tuple[Assessment, ...] = ()
    printed: Assessment | None = None
    ahead: Outlook | None = None
    vintage = fingerprint(seen)
    if known is not None and target.direction is not None:
        if target.value is not None and target.deadline is not None and target.why_not is None:
            case = case_of(target, known, seen, reasons)
            if case is not None:
                headline, *rest = (METHODS[name](case).with_vintage(vintage) for name in _methods(known))
                others = tuple(rest)
                printed = _as_printed(target, known, day, vintage)
                reasons += _disagreement(headline, others)
            ahead = _ahead(target, known, seen)
            if ahead is not None and headline is None and latest is not None:
                reasons.append(Reason("one-point"))
        elif target.reference is not None:
            headline = _against_reference(target, latest, vintage)
    if target.indicator and not seen:
        reasons.append(Reason("no-observation"))
    if headline is not None:
        reasons.append(Reason("past-not-effect"))
    if override is not None:
        computed = headline.status if headline else "not_available"
        values = {"by": override.by, "on": override.on.isoformat(), "why": override.why, "computed": computed}
        reasons.append(Reason("override", values))
    return FollowUp(target, known, latest, headline, others, printed, ahead, tuple(reasons), vintage, day, override)


def _methods(known: Indicator) -> tuple[str, ...]:
    """Growth ratio first for ratio scales; the straight line first for everything else."""
    if known.scale == "ratio":
        return ("cagr_ratio", "linear_path", "current_status")
    return ("linear_path", "current_status")


def _wanted(target: Target, known: Indicator) -> float:
    assert target.value is not None
    return convert(target.value, unit=target.unit or known.unit, to=known.unit)


def _point(one: Observation) -> Point:
    return (one.when.t, one.value or 0.0, one.half_unit)


def _base(target: Target, known: Indicator, seen: Sequence[Observation]) -> Point | None:
    """The plan's baseline; the exact figure of the same period where the plan's is its rounding."""
    if target.baseline is None:
        return None
    when = Period.parse(target.baseline.period)
    unit = target.unit or known.unit
    value = convert(target.baseline.value, unit=unit, to=known.unit)
    half = convert(target.baseline.half_unit, unit=unit, to=known.unit)
    for one in seen:
        exact = one.when == when and one.qualifier == "eq" and one.half_unit <= half
        if exact and one.value is not None and abs(one.value - value) <= half:
            return _point(one)
    return (when.t, value, half)


def case_of(target: Target, known: Indicator, seen: Sequence[Observation], reasons: list[Reason]) -> Case | None:
    """The baseline of a target, the last value since, and what is wanted; None where one is missing (a missing baseline is
    added to ``reasons``)."""
    base = _base(target, known, seen)
    if base is None:
        reasons.append(Reason("no-baseline"))
        return None
    later = [one for one in seen if one.when.t > base[0] and one.qualifier in ("eq", "approx")]
    if not later:
        return None
    return _between(target, known, base, _point(later[-1]))


def _between(target: Target, known: Indicator, base: Point, current: Point) -> Case:
    direction: Literal[1, -1] = target.direction or 1
    return Case(
        base_value=base[1],
        base_year=base[0],
        current_value=current[1],
        current_year=current[0],
        direction=direction,
        target=_wanted(target, known),
        target_year=Period.parse(target.deadline).t if target.deadline else None,
        base_half_unit=base[2],
        current_half_unit=current[2],
        scale=known.scale,
    )


def _as_printed(target: Target, known: Indicator, day: dt.date | None, vintage: str) -> Assessment | None:
    """The verdict from the plans' own rounded figures."""
    if target.baseline is None:
        return None
    quoted = [in_own_unit(one) for one in shipped() if one.source.startswith("plan-")]
    seen = series(as_of(quoted, day), known.id, geo=target.geo)
    base = _base(target, known, [])
    later = [one for one in seen if base is not None and one.when.t > base[0] and one.qualifier in ("eq", "approx")]
    if base is None or not later:
        return None
    return METHODS[_methods(known)[0]](_between(target, known, base, _point(later[-1]))).with_vintage(vintage)


def _disagreement(headline: Assessment, others: Sequence[Assessment]) -> list[Reason]:
    for other in others:
        if other.method == "linear_path" and other.status != headline.status:
            return [Reason("methods-disagree", {"other": other.status})]
    return []


def _ahead(target: Target, known: Indicator, seen: Sequence[Observation]) -> Outlook | None:
    if target.direction is None or not seen:
        return None
    # A bound (more than 70) is no value of the year.
    values = {
        one.when.t: one.value
        for one in seen
        if one.when.kind in ("year", "fy") and one.value is not None and one.qualifier in ("eq", "approx")
    }
    if not values:
        return None
    return outlook(
        values,
        target=_wanted(target, known),
        target_year=Period.parse(target.deadline).t if target.deadline else None,
        direction=target.direction,
        scale=known.scale,
        breaks=[Period.parse(cut.period).start for cut in known.breaks],
    )


def _against_reference(target: Target, latest: Observation | None, vintage: str) -> Assessment | None:
    """A level named without a deadline: reached or not, never 'on track'."""
    if latest is None or latest.value is None or target.reference is None or target.direction is None:
        return None
    beyond = {"lt": -1, "le": -1, "gt": 1, "ge": 1}.get(latest.qualifier)
    reached: set[Status] = set()
    for end in (latest.low, latest.high):
        gap = target.direction * (end - target.reference)
        if beyond is not None and beyond != target.direction and gap >= 0:
            continue
        reached.add("target_achieved" if gap >= 0 else "not_available")
    statuses = in_order(reached)
    if not statuses:
        return None
    return Assessment(
        method="reference_level",
        version="1",
        value=latest.value / target.reference,
        status=statuses[0] if len(statuses) == 1 else "not_available",
        reasons=(Reason("reference-reached" if statuses == ("target_achieved",) else "reference-open"),),
        components={"reference": target.reference, "period": latest.period},
        vintage=vintage,
    )
