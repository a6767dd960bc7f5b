"""What is measured, what was seen, what is wanted.

An :class:`Indicator` lives through all plans; a :class:`Target` is one document's dated claim about it; an
:class:`Observation` is one figure with its period, rounding, source and the day from which it was known.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from chizai.messages import Lang
from chizai.series.period import Period

Qualifier = Literal["eq", "approx", "lt", "le", "gt", "ge"]
QUALIFIERS: tuple[Qualifier, ...] = get_args(Qualifier)
Standing = Literal["final", "provisional", "revised", "estimate"]
KnownBy = Literal["published", "bound", "collected"]
"""'published': the source bears this date. 'bound': known by then at the latest (the year of a report). 'collected':
the day on which the collection was made; publication was earlier."""
Scale = Literal["ratio", "interval", "rank", "share", "count"]
Wanted = Literal["up", "down", "maintain", "none"]
TargetKind = Literal["numeric", "maintain", "comparative", "direction", "monitoring", "placeholder"]
Comparator = Literal["ge", "le", "approx", "change"]


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


PeriodText = Annotated[str, BeforeValidator(_text)]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(Strict):
    ja: str
    en: str

    def text(self, lang: Lang = "en") -> str:
        return self.ja if lang == "ja" else self.en


class Source(Strict):
    """Where figures come from; ``state`` is 'draft' for a document that was not decided."""

    id: str
    publisher: Words
    title: Words
    date: dt.date | None = None
    state: Literal["draft", "decided"] | None = None
    url: str | None = None
    licence: str | None = None
    title_from: Literal["text", "described"] = "described"
    """'text': the title stands in a text that was read. 'described': it is chizai's description of what was published."""


class Break(Strict):
    """A change of definition: values before ``period`` do not compare with those from it on."""

    period: PeriodText
    text: Words


class Indicator(Strict):
    """What is measured. ``direction`` is the one in which the figure is better; 'none' where nobody said so."""

    id: str
    name: Words
    unit: str
    direction: Wanted
    scale: Scale
    definition: Words | None = None
    fiscal: bool = False
    frequency: Literal["annual", "monthly", "irregular"] = "annual"
    minimum: float | None = None
    maximum: float | None = None
    owner: Words | None = None
    breaks: tuple[Break, ...] = ()
    kpis: tuple[str, ...] = ()
    computed_by: str | None = None
    """The module that computes it from primary data."""

    @model_validator(mode="after")
    def _bounds(self) -> Indicator:
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            message = f"{self.id}: minimum is not below maximum"
            raise ValueError(message)
        return self


class Observation(Strict):
    """One figure. ``half_unit`` is half a unit of its last printed digit; 0 means exact."""

    indicator: str
    geo: str = "JP"
    part: str | None = None
    period: PeriodText
    value: float | None
    unit: str
    qualifier: Qualifier = "eq"
    half_unit: float = Field(default=0.0, ge=0)
    standing: Standing = "final"
    known_from: dt.date
    known_by: KnownBy = "published"
    source: str
    url: str | None = None
    quote: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Observation:
        Period.parse(self.period)
        if not self.source.strip():
            message = "an observation needs a source"
            raise ValueError(message)
        return self

    @cached_property
    def when(self) -> Period:
        return Period.parse(self.period)

    @property
    def key(self) -> tuple[str, str, str | None]:
        return (self.indicator, self.geo, self.part)

    @property
    def low(self) -> float:
        return self.value - self.half_unit if self.value is not None else float("-inf")

    @property
    def high(self) -> float:
        return self.value + self.half_unit if self.value is not None else float("inf")


class Baseline(Strict):
    period: PeriodText
    value: float
    half_unit: float = 0.0
    note: Words | None = None


class Target(Strict):
    """What a document wants of an indicator.

    Every kind but 'numeric' and 'maintain' says in ``why_not`` why no formula judges it; so does a numeric target
    without a baseline or a deadline. ``state`` is 'draft' where the document was not decided."""

    id: str
    kpi: str
    indicator: str | None
    geo: str = "JP"
    kind: TargetKind
    document: str
    state: Literal["draft", "decided"]
    quote: str
    title: Words
    direction: Literal[1, -1] | None = None
    comparator: Comparator | None = None
    value: float | None = None
    unit: str | None = None
    deadline: PeriodText | None = None
    baseline: Baseline | None = None
    reference: float | None = None
    """A level that the text names without making it the target."""
    restated: Words | None = None
    """What the next document says about it."""
    context: tuple[str, ...] = ()
    """Indicators that are reported beside it and are not it."""
    why_not: Words | None = None
    notes: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Target:
        missing = []
        if self.kind in ("numeric", "maintain"):
            for name in ("direction", "comparator", "value", "unit"):
                if getattr(self, name) is None:
                    missing.append(name)
            if self.kind == "numeric" and (self.deadline is None or self.baseline is None) and self.why_not is None:
                missing.append("why_not")
        elif self.why_not is None:
            missing.append("why_not")
        if missing:
            message = f"{self.id} lacks {', '.join(missing)}"
            raise ValueError(message)
        return self


def schema() -> dict[str, object]:
    """JSON Schema of the data files, for editors and other programs."""
    return {model.__name__: model.model_json_schema() for model in (Source, Indicator, Observation, Target)}
