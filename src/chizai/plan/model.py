"""What a plan document holds, as validated data (``docs/plan/model.md``)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DocumentKind = Literal["outline", "full", "roadmap", "annex", "followup"]
"""概要, 本文, 工程表, 別紙, フォローアップ."""
DocumentState = Literal["draft", "decided"]
"""案, 決定."""
StatementKind = Literal["aim", "state", "kpi", "measure", "direction", "figure", "restatement"]
"""目指す姿, 現状と課題, KPI, 今後の予定, 方向性, 図表, 再掲."""
Stage = Literal["consider", "advance", "explore", "act", "implement", "enact", "operate", "done"]
"""The ladder, lowest first: 検討, 検討を進める, 方策・在り方を検討, 必要な措置を講ずる, 推進・実施,
制定・策定・改訂, 立ち上げ・運用, 済."""
PeriodKind = Literal["year", "fy", "month", "fy_range", "unstated"]
"""``fy`` is the Japanese fiscal year (April to March) and never the same as ``year``; ``unstated``: no year is stated."""
KpiKind = Literal["numeric", "maintain", "comparative", "direction", "monitoring", "placeholder"]

ITEM_NUMBER = r"^(\d|\d-\d{1,2})$"
STATEMENT_ID = r"^\d{4}:\d(-\d{1,2})?:(aim|state|kpi|measure|direction|figure|restatement):\d{1,3}$"
MAX_TEXT = 5_000

Span = Annotated[tuple[int, int], Field()]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Names(_Data):
    """A text in Japanese and English; ``en`` is a provisional translation."""

    ja: Text
    en: Annotated[str, Field(max_length=MAX_TEXT)] = ""


class PlanHead(_Data):
    """The plan that a document belongs to."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,63}$")]
    year: Annotated[int, Field(ge=2000, le=2100)]
    title: Names
    body: Names
    decided_on: dt.date | None = None
    slogan: Names | None = None


class DocumentHead(_Data):
    """One published document of a plan, and the file that it was read from."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,63}$")]
    kind: DocumentKind
    state: DocumentState
    date: dt.date | None = None
    url: str | None = None
    source: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    language: Literal["ja"] = "ja"


class Locator(_Data):
    """Where a text stands in the source: lines from 1, characters from 0 (end exclusive), both ends given."""

    lines: Span
    chars: Span
    page: int | None = None


class Item(_Data):
    """One item of the contents list. ``concept`` is the item through the years."""

    number: Annotated[str, Field(pattern=ITEM_NUMBER)]
    parent: str | None = None
    title: Names
    concept: str | None = None
    locator: Locator | None = None


class Heading(_Data):
    """A line that orders the text and states nothing."""

    text: str
    locator: Locator


class Correction(_Data):
    """A declared mending of the source: at this line, this text is read as that, for this reason."""

    line: Annotated[int, Field(ge=1)]
    expect: Text
    replace: Annotated[str, Field(max_length=MAX_TEXT)]
    reason: Names


class Note(_Data):
    """What a reader of a statement must know: words lost in the source, a contradiction left standing."""

    line: Annotated[int, Field(ge=1)]
    text: Names


class Deadline(_Data):
    """A date of a commitment as printed (``raw``) and as read.

    ``stated_in`` names the statement it is taken from where that is another one (a restatement with more detail).
    """

    raw: Text
    kind: PeriodKind
    year: int | None = None
    end: int | None = None
    """Last fiscal year of a range."""
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    stated_in: str | None = None


class MeasureFacts(_Data):
    """What a measure says of itself: how far it goes, by when, who."""

    stage: Stage | None = None
    deadline: Deadline | None = None
    owners: tuple[str, ...] = ()
    """Ministries and agencies as the text states them; empty: not stated in this document."""
    bodies: tuple[str, ...] = ()
    """Councils and organisations named in the text."""


class NoIndicator(_Data):
    """Why a KPI has no indicator."""

    ja: Text
    en: Text


class Statement(_Data):
    """One thing that the document says, in its own words.

    ``id`` is year, item, kind and order (``2025:4-1:kpi:1``) and stays when the text is corrected; ``hash`` then changes.
    """

    id: Annotated[str, Field(pattern=STATEMENT_ID)]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    item: Annotated[str, Field(pattern=ITEM_NUMBER)]
    kind: StatementKind
    order: Annotated[int, Field(ge=1)]
    text: Text
    verbatim: Text
    locator: Locator
    en: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    """Provisional translation."""
    part_of: str | None = None
    """The statement inside which this one is printed (a KPI named in the middle of a state)."""
    under: str | None = None
    """The statement whose sub-point this is."""
    restates: tuple[str, ...] = ()
    kpi: Annotated[str, Field(pattern=r"^K\d{2,3}$")] | None = None
    kpi_kind: KpiKind | None = None
    indicators: tuple[str, ...] = ()
    no_indicator: NoIndicator | None = None
    measure: MeasureFacts | None = None
    deadline: Deadline | None = None
    """Of a part (``part_of``) whose date stands outside the words quoted."""
    inferred: bool = False
    """The kind follows from the order of the slide, not from a printed heading."""


class PlanDocument(_Data):
    """One document of one plan, whole."""

    schema_version: Literal[1] = 1
    plan: PlanHead
    document: DocumentHead
    items: tuple[Item, ...]
    headings: tuple[Heading, ...] = ()
    corrections: tuple[Correction, ...] = ()
    notes: tuple[Note, ...] = ()
    statements: tuple[Statement, ...]

    def by_id(self) -> dict[str, Statement]:
        return {statement.id: statement for statement in self.statements}

    def of_kind(self, *kinds: StatementKind) -> list[Statement]:
        return [statement for statement in self.statements if statement.kind in kinds]
