"""The interface of all assessment methods: a case in, an immutable assessment out."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Literal, get_args

from chizai.messages import Lang, lookup, text

Status = Literal[
    "target_achieved",
    "substantial_progress",
    "moderate_progress",
    "limited_progress",
    "deterioration",
    "not_available",
]
"""The words of Open SDG and Statistics Canada, best first."""
STATUSES: tuple[Status, ...] = get_args(Status)
Scale = Literal["ratio", "interval", "rank", "share", "count"]

SUBSTANTIAL, MODERATE, LIMITED = 0.95, 0.60, 0.0
"""Cuts of actual over required progress, of Open SDG and Statistics Canada."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a figure is missing or must be read with care; the words stand under ``series.reason.<code>``."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: Lang = "en") -> str:
        values = {
            name: found if isinstance(found := lookup(f"series.status.{value}", lang), str) else value
            for name, value in self.values.items()
        }
        return text(f"series.reason.{self.code}", lang, **values)

    def as_dict(self) -> dict[str, object]:
        return {"code": self.code, "en": self.text("en"), "ja": self.text("ja")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Two points of a series and what is wanted of it.

    ``direction`` is 1 where more is better, -1 where less is. ``base_half_unit`` and ``current_half_unit`` are half a
    unit of the last printed digit (27.1 has 0.05); 0 means exact. ``limit`` is a natural limit such as 100 (per cent);
    it is used only where there is no target. Years are calendar years or fiscal years, never both.
    """

    base_value: float
    base_year: float
    current_value: float
    current_year: float
    direction: Literal[1, -1]
    target: float | None = None
    target_year: float | None = None
    limit: float | None = None
    base_half_unit: float = 0.0
    current_half_unit: float = 0.0
    scale: Scale = "ratio"

    def digest(self) -> str:
        packed = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(packed.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What one method says about one case. Never changed: a new vintage gives a new assessment.

    ``interval`` is the range of ``value`` that the rounding of the inputs allows; ``statuses`` are all verdicts in that
    range, worst last. More than one verdict means that the verdict rests on rounding (判定が境界).
    ``inputs`` is the fingerprint of the case, ``vintage`` that of the observations it was taken from.
    """

    method: str
    version: str
    value: float | None
    status: Status
    score: float | None = None
    components: Mapping[str, object] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    interval: tuple[float, float] | None = None
    statuses: tuple[Status, ...] = ()
    inputs: str = ""
    vintage: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "components", MappingProxyType(dict(self.components)))

    @property
    def borderline(self) -> bool:
        return len(self.statuses) > 1

    def with_vintage(self, vintage: str) -> Assessment:
        return replace(self, vintage=vintage)

    def word(self, lang: Lang = "en") -> str:
        """The verdict in words: 判定が境界 with both sides where it rests on rounding."""
        if not self.borderline:
            return status_word(self.status, lang)
        sides = text("series.status.or", lang).join(status_word(one, lang) for one in self.statuses)
        return text("series.status.borderline", lang, sides=sides)

    def as_dict(self) -> dict[str, object]:
        return {
            "method": self.method,
            "version": self.version,
            "value": self.value,
            "score": self.score,
            "status": self.status,
            "components": dict(self.components),
            "reasons": [reason.as_dict() for reason in self.reasons],
            "interval": list(self.interval) if self.interval else None,
            "statuses": list(self.statuses),
            "inputs": self.inputs,
            "vintage": self.vintage,
        }


Method = Callable[[Case], Assessment]


def status_word(status: str, lang: Lang = "en") -> str:
    """The word with its shape; colour comes last and never alone.

    >>> status_word("moderate_progress", "ja")
    '◆ 要加速'
    """
    return f"{text(f'series.shape.{status}', lang)} {text(f'series.status.{status}', lang)}"


def status_of_ratio(ratio: float) -> Status:
    """The verdict for actual over required progress; a value on a cut belongs to the better side.

    >>> status_of_ratio(0.95), status_of_ratio(0.5999), status_of_ratio(-0.01)
    ('substantial_progress', 'limited_progress', 'deterioration')
    """
    if ratio >= SUBSTANTIAL:
        return "substantial_progress"
    if ratio >= MODERATE:
        return "moderate_progress"
    if ratio >= LIMITED:
        return "limited_progress"
    return "deterioration"


def achieved(case: Case, *, target: float | None = None) -> bool:
    """Whether the current value meets the target, whatever the path that led there."""
    wanted = case.target if target is None else target
    return wanted is not None and case.direction * (case.current_value - wanted) >= 0


def in_order(statuses: set[Status]) -> tuple[Status, ...]:
    return tuple(status for status in STATUSES if status in statuses)


def finite(value: float) -> bool:
    return math.isfinite(value)


GRID = 17
"""Points per rounded input: ends included, so that a turning point inside the bracket is not missed."""


def rounding(
    case: Case, evaluate: Callable[[Case], tuple[float | None, Status]]
) -> tuple[tuple[float, float] | None, tuple[Status, ...]]:
    """The interval of a method's value, and all its verdicts, over the values that round to the printed ones.

    ``evaluate`` returns value and status of an exact case. Where any admissible case has no value (the base may be
    zero, or equal to the target) there is no interval."""
    values: list[float] = []
    statuses: set[Status] = set()
    open_ended = False
    for base in _bracket(case.base_value, case.base_half_unit):
        for current in _bracket(case.current_value, case.current_half_unit):
            value, status = evaluate(replace(case, base_value=base, current_value=current))
            if value is None:
                open_ended = True
            else:
                values.append(value)
            if status != "not_available":
                statuses.add(status)
    interval = None if open_ended or not values else (min(values), max(values))
    return interval, in_order(statuses)


def _bracket(value: float, half_unit: float) -> list[float]:
    if half_unit <= 0:
        return [value]
    return [value + half_unit * (2 * step / (GRID - 1) - 1) for step in range(GRID)]


def judged(
    case: Case,
    *,
    method: str,
    version: str,
    evaluate: Callable[[Case], tuple[float | None, Status]],
    components: Mapping[str, object],
    reasons: tuple[Reason, ...] = (),
    score: float | None = None,
) -> Assessment:
    """The assessment of a case with its rounding carried through."""
    value, status = evaluate(case)
    interval, statuses = rounding(case, evaluate)
    if status == "not_available":
        statuses = ()
    elif len(statuses) > 1:
        reasons = (*reasons, Reason("borderline", {"better": statuses[0], "worse": statuses[-1]}))
    has_rounding = case.base_half_unit > 0 or case.current_half_unit > 0
    return Assessment(
        method=method,
        version=version,
        value=value,
        status=status,
        score=score,
        components=components,
        reasons=reasons,
        interval=interval if has_rounding else None,
        statuses=statuses,
        inputs=case.digest(),
    )


def missing(case: Case, *, method: str, version: str, reasons: tuple[Reason, ...]) -> Assessment:
    """No verdict, and why."""
    return Assessment(
        method=method, version=version, value=None, status="not_available", reasons=reasons, inputs=case.digest()
    )
