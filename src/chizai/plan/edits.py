"""Hand edits on top of the reader's draft: declared, one file a document, pinned to the text by its sha256.

A place is the line where a statement begins (``"165"``), or ``"64.2"`` for the second that begins on line 64. Everything a
person decided stands here: corrections of OCR damage with reason and expected text, kinds and items that the order of the
slide does not show, restatements, KPI numbers, translations. The shipped YAML is the draft plus this file; a test says so.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from chizai.plan.model import (
    ITEM_NUMBER,
    Correction,
    DocumentHead,
    KpiKind,
    NoIndicator,
    Note,
    PlanHead,
    StatementKind,
)

Place = Annotated[str, Field(pattern=r"^\d{1,5}(\.\d{1,2})?$")]
HEADING = "heading"


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Edit(_Data):
    """What a person says of the statement at a place: its role, its item, what it restates."""

    at: Place
    role: StatementKind | None = None
    heading: bool = False
    """The block is a heading and no statement."""
    item: Annotated[str, Field(pattern=ITEM_NUMBER)] | None = None
    join: tuple[Place, ...] = ()
    """Later places that are the same sentence, torn apart in the source."""
    restates: tuple[Place, ...] = ()
    under: Place | None = None


class Extract(_Data):
    """A statement that is printed inside another one: a KPI quoted in the middle of a state."""

    at: Place
    quote: str
    kind: StatementKind = "kpi"
    restates: tuple[Place, ...] = ()
    en: str = ""
    kpi: str | None = None
    deadline: str = ""
    """The date as printed, where it stands in the sentence but outside the words quoted."""


class KpiEdit(_Data):
    """Which KPI of the inventory a statement is, and what measures it (or why nothing does)."""

    at: Place | None = None
    kpi: Annotated[str, Field(pattern=r"^K\d{2,3}$")]
    kind: KpiKind
    indicators: tuple[str, ...] = ()
    no_indicator: NoIndicator | None = None


class ItemEdit(_Data):
    number: Annotated[str, Field(pattern=ITEM_NUMBER)]
    en: str = ""
    concept: str | None = None


class Edits(_Data):
    """All hand edits of one document."""

    plan: PlanHead
    document: DocumentHead
    items: tuple[ItemEdit, ...] = ()
    corrections: tuple[Correction, ...] = ()
    notes: tuple[Note, ...] = ()
    edits: tuple[Edit, ...] = ()
    extracts: tuple[Extract, ...] = ()
    kpis: tuple[KpiEdit, ...] = ()


class Translations(_Data):
    """Provisional English by place."""

    en: dict[Place, str]
