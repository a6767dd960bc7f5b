"""工程表: the measures of a plan by fiscal year, as far as the text states a year; no year is guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chizai.messages import Lang, text
from chizai.plan.measures import MeasureRow, measures_of
from chizai.plan.model import Deadline, PlanDocument
from chizai.plan.progress import ProgressNote, current
from chizai.publish.words import NONE

YEARS = 3
"""Fiscal years with a column of their own; all later ones share one."""


@dataclass(frozen=True)
class Cell:
    """What is done in ``span`` columns of years."""

    text: str
    span: int = 1


@dataclass(frozen=True)
class Line:
    """One measure; ``cells`` fill all columns of years. Empty cells are never printed."""

    row: MeasureRow
    owners: str
    stage: str
    deadline: str
    cells: tuple[Cell, ...]
    progress: str


@dataclass(frozen=True)
class Roadmap:
    document: PlanDocument
    years: tuple[str, ...]
    lines: tuple[Line, ...]


def roadmap(document: PlanDocument, lang: Lang, *, notes: Iterable[ProgressNote] = ()) -> Roadmap:
    """The roadmap of one plan, with the latest approved ``notes`` of each ministry on each measure."""
    first = document.plan.year
    heads = [_head(year, lang) for year in range(first, first + YEARS)]
    heads.append(text("publish.measures.later", lang, year=_head(first + YEARS, lang)))
    reported: dict[str, list[ProgressNote]] = {}
    for note in current(notes).values():
        if note.document == document.document.id:
            reported.setdefault(note.measure_id, []).append(note)
    lines = tuple(_line(document, row, reported.get(row.id, []), lang) for row in measures_of(document))
    return Roadmap(document, tuple(heads), lines)


def fiscal_year(deadline: Deadline | None) -> int | None:
    """The Japanese fiscal year in which a deadline falls; None where no year is stated.

    A calendar year without a month ends within the fiscal year of the same number.

    >>> fiscal_year(Deadline(raw="2026年2月", kind="month", year=2026, month=2))
    2025
    """
    if deadline is None or deadline.year is None:
        return None
    if deadline.month is not None and deadline.month < 4:
        return deadline.year - 1
    return deadline.end or deadline.year


def _head(year: int, lang: Lang) -> str:
    return text("publish.measures.year", lang, year=year, reiwa=year - 2018)


def _line(document: PlanDocument, row: MeasureRow, notes: list[ProgressNote], lang: Lang) -> Line:
    unstated = text("publish.measures.unstated", lang)
    stage = text(f"publish.stage.{row.stage}", lang) if row.stage else text("publish.measures.no_stage", lang)
    date = row.deadline
    said = unstated
    if date is not None:
        said = text("publish.measures.no_year", lang, raw=date.raw) if date.kind == "unstated" else date.raw
    year = fiscal_year(date)
    if year is None:
        words = text("publish.measures.open", lang, stage=stage, deadline=said if date else _none(lang))
        cells = [Cell(words, YEARS + 1)]
    else:
        last = min(max(year - document.plan.year, 0), YEARS)
        cells = [Cell(text("publish.measures.until", lang, stage=stage, deadline=said), last + 1)]
        cells += [Cell(NONE)] * (YEARS - last)
    return Line(
        row=row,
        owners=text("publish.comma", lang).join(row.owners) or unstated,
        stage=stage if row.stage else unstated,
        deadline=said,
        cells=tuple(cells),
        progress="\n".join(
            text("publish.measures.note", lang, who=one.ministry, period=one.period, words=one.progress)
            for one in notes
        )
        or NONE,
    )


def _none(lang: Lang) -> str:
    return text("publish.measures.undated", lang)
