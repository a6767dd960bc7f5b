"""Progress of the measures, ministry by ministry: a template out, the filled file in, the difference shown, an approval kept.

The log is append-only: what a ministry reported, who approved it and when. Nothing enters it without an approval.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from chizai.errors import MalformedInput, MissingColumn, Where
from chizai.files import defused, new_file
from chizai.messages import LANGS, Lang, Phrase, text
from chizai.plan.facts import REIWA, STAGES
from chizai.plan.measures import MeasureRow, measures_of
from chizai.plan.model import Deadline, PlanDocument
from chizai.plan.tables import read_table

GIVEN = ("measure_id", "hash", "item", "measure", "stage_in_plan", "deadline_in_plan", "owner_in_plan")
FILLED = ("ministry", "period", "stage", "progress", "evidence", "author", "reported_on")
COLUMNS = (*GIVEN, *FILLED)
_NEEDED = ("ministry", "period", "progress", "author", "reported_on")


@dataclass(frozen=True, slots=True)
class ProgressNote:
    """What one ministry says of one measure for one period.

    ``period``: ``FY2026`` (Japanese fiscal year, also written 令和8年度), ``2026`` or ``2026-09``.
    """

    document: str
    measure_id: str
    hash: str
    ministry: str
    period: str
    stage: str
    progress: str
    evidence: str
    author: str
    reported_on: str
    approved_by: str = ""
    approved_on: str = ""

    @property
    def subject(self) -> tuple[str, str, str, str]:
        """What the note is about; a later note on the same subject supersedes it."""
        return self.document, self.measure_id, self.ministry, self.period


@dataclass(frozen=True, slots=True)
class NoteDiff:
    """One difference between a filled file and the log."""

    note: ProgressNote
    before: ProgressNote | None

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that differ; all filled ones where the note is new."""
        names = ("stage", "progress", "evidence", "author", "reported_on")
        if self.before is None:
            return names
        return tuple(name for name in names if getattr(self.before, name) != getattr(self.note, name))

    def as_dict(self) -> dict[str, Any]:
        return {
            "measure_id": self.note.measure_id,
            "ministry": self.note.ministry,
            "period": self.note.period,
            "new": self.before is None,
            "changed": {
                name: {"before": getattr(self.before, name) if self.before else None, "after": getattr(self.note, name)}
                for name in self.fields
            },
        }


# Out ---------------------------------------------------------------------------------------------------------------


def write_template(document: PlanDocument, path: Path, *, lang: Lang, notes: Iterable[ProgressNote] = ()) -> int:
    """Write the table to be filled, as Excel (.xlsx) or CSV (any other ending); the number of rows.

    A measure has one row for each earlier note of it, with the ministry filled in and the rest empty, else one.
    """
    rows = _template_rows(document, lang, notes)
    header = [text(f"plan.column.{name}", lang) for name in COLUMNS]
    if path.suffix.lower() == ".xlsx":
        _write_xlsx(path, header, rows, lang)
    else:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows([[defused(cell) for cell in row] for row in rows])
        with new_file(path) as part:
            part.write_text(out.getvalue(), encoding="utf-8-sig", newline="")
    return len(rows)


def _template_rows(document: PlanDocument, lang: Lang, notes: Iterable[ProgressNote]) -> list[list[str]]:
    known: dict[str, list[str]] = {}
    for note in notes:
        if note.document == document.document.id and note.ministry not in known.setdefault(note.measure_id, []):
            known[note.measure_id].append(note.ministry)
    rows = []
    for measure in measures_of(document):
        given = _given(measure, lang)
        for ministry in known.get(measure.id) or measure.owners or ("",):
            rows.append([*given, ministry, *[""] * (len(FILLED) - 1)])
    return rows


def _given(measure: MeasureRow, lang: Lang) -> list[str]:
    return [
        measure.id,
        measure.hash,
        measure.item,
        measure.text,
        text(f"plan.stage.{measure.stage}", lang) if measure.stage else "",
        deadline_text(measure.deadline, lang),
        "、".join(measure.owners) or text("plan.cli.not_stated", lang),
    ]


def deadline_text(deadline: Deadline | None, lang: Lang) -> str:
    """A deadline in words; ``no year stated`` where the text gives none."""
    if deadline is None:
        return text("plan.deadline.none", lang)
    if deadline.kind == "unstated" or deadline.year is None:
        shown = text("plan.deadline.unstated", lang, raw=deadline.raw)
    elif deadline.kind == "fy":
        shown = text("plan.deadline.fy", lang, year=deadline.year, reiwa=deadline.year - REIWA, raw=deadline.raw)
    elif deadline.kind == "month":
        shown = text("plan.deadline.month", lang, year=deadline.year, month=deadline.month or 0, raw=deadline.raw)
    else:
        shown = text("plan.deadline.year", lang, year=deadline.year, raw=deadline.raw)
    if deadline.stated_in is not None:
        shown += " " + text("plan.deadline.stated_in", lang, id=deadline.stated_in)
    return shown


def _write_xlsx(path: Path, header: list[str], rows: list[list[str]], lang: Lang) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with new_file(path) as part, xlsxwriter.Workbook(str(part), options) as book:
        book.set_properties({"author": "chizai", "created": dt.datetime(2000, 1, 1)})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EEF4"})
        given = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#F3F4F6"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(text("plan.cli.measures_sheet", lang))
        sheet.freeze_panes(1, 1)
        for column, name in enumerate(COLUMNS):
            wide = 56 if name in ("measure", "progress") else 22 if name in ("evidence", "measure_id") else 16
            sheet.set_column(column, column, wide)
            sheet.write_string(0, column, header[column], head)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                style = given if column < len(GIVEN) else wrap
                sheet.write(number, column, cell, style) if cell else sheet.write_blank(number, column, None, style)
        stages = [text(f"plan.stage.{name}", lang) for name in STAGES]
        at = COLUMNS.index("stage")
        sheet.data_validation(1, at, max(len(rows), 1), at, {"validate": "list", "source": stages})


# In ----------------------------------------------------------------------------------------------------------------


def read_progress(path: Path, document: PlanDocument) -> list[ProgressNote]:
    """The notes of a filled template; rows where nothing was filled are left out.

    Headers may be in either language. Raises MissingColumn, and MalformedInput with the row where a measure is unknown,
    its text has changed since the template was made, a period is no period, a date no date, or a cell is missing.
    """
    header, rows = read_table(path)
    names = {text(f"plan.column.{name}", lang): name for lang in LANGS for name in COLUMNS} | {n: n for n in COLUMNS}
    present = {names[label] for label in header if label in names}
    missing = [name for name in ("measure_id", *FILLED) if name not in present]
    if missing:
        raise MissingColumn(where=Where(file=path.name), columns=", ".join(missing), present=", ".join(header[:16]))
    measures = {measure.id: measure for measure in measures_of(document)}
    found: list[ProgressNote] = []
    for number, cells in rows:
        row = {names[label]: cell.strip() for label, cell in cells.items() if label in names}
        if any(row[name] for name in FILLED if name != "ministry"):
            found.append(_note(path, number, row, measures, document))
    twice: dict[tuple[str, str, str, str], ProgressNote] = {}
    for note in found:
        if note.subject in twice:
            place = Where(file=path.name, column="measure_id", value=note.measure_id)
            values: dict[str, object] = {"ministry": note.ministry, "period": note.period}
            raise MalformedInput(where=place, detail=Phrase("plan.problem.note_twice", values))
        twice[note.subject] = note
    return found


def _note(
    path: Path, number: int, row: dict[str, str], measures: dict[str, MeasureRow], document: PlanDocument
) -> ProgressNote:
    def refuse(column: str, problem: str, **values: object) -> MalformedInput:
        place = Where(file=path.name, row=number, column=column, value=row.get(column) or None)
        return MalformedInput(where=place, detail=Phrase(f"plan.problem.{problem}", values))

    measure = measures.get(row["measure_id"])
    if measure is None:
        raise refuse("measure_id", "measure_unknown", document=document.document.id)
    if row.get("hash") and row["hash"] != measure.hash:
        raise refuse("hash", "measure_changed", hash=measure.hash)
    for name in _NEEDED:
        if not row[name]:
            raise refuse(name, "cell_missing")
    period = period_of(row["period"])
    if period is None:
        raise refuse("period", "period")
    stage = _stage_of(row["stage"])
    if row["stage"] and stage is None:
        raise refuse("stage", "stage", known=", ".join(text(f"plan.stage.{name}", "ja") for name in STAGES))
    try:
        reported = dt.date.fromisoformat(row["reported_on"].replace("/", "-"))
    except ValueError:
        raise refuse("reported_on", "date") from None
    return ProgressNote(
        document=document.document.id,
        measure_id=measure.id,
        hash=measure.hash,
        ministry=row["ministry"],
        period=period,
        stage=stage or "",
        progress=row["progress"],
        evidence=row["evidence"],
        author=row["author"],
        reported_on=reported.isoformat(),
    )


_FISCAL = re.compile(r"^(?:FY\s?(?P<fy>\d{4})|(?P<year>\d{4})年度|令和(?P<reiwa>元|\d{1,2})年度)$", re.IGNORECASE)
_MONTH = re.compile(r"^(?P<year>\d{4})(?:-|/|年)(?P<month>\d{1,2})月?$")
_YEAR = re.compile(r"^(?P<year>\d{4})年?$")


def period_of(given: str) -> str | None:
    """A period in its one spelling: FY2026, 2026-09 or 2026; None for anything else. A fiscal year is never a year.

    >>> period_of("令和8年度"), period_of("2026年9月"), period_of("2026年"), period_of("夏")
    ('FY2026', '2026-09', '2026', None)
    """
    fiscal = _FISCAL.match(given.strip())
    if fiscal:
        if fiscal["reiwa"]:
            return f"FY{REIWA + (1 if fiscal['reiwa'] == '元' else int(fiscal['reiwa']))}"
        return f"FY{fiscal['fy'] or fiscal['year']}"
    month = _MONTH.match(given.strip())
    if month:
        return f"{month['year']}-{int(month['month']):02d}" if 1 <= int(month["month"]) <= 12 else None
    year = _YEAR.match(given.strip())
    return year["year"] if year else None


def _stage_of(given: str) -> str | None:
    for name in STAGES:
        if given in (name, *(text(f"plan.stage.{name}", lang) for lang in LANGS)):
            return name
    return None


# The log -----------------------------------------------------------------------------------------------------------

LOG_COLUMNS = tuple(found.name for found in fields(ProgressNote))


def read_notes(path: Path) -> list[ProgressNote]:
    """All approved notes in the order of their approval."""
    header, rows = read_table(path)
    missing = [name for name in LOG_COLUMNS if name not in header]
    if missing:
        raise MissingColumn(where=Where(file=path.name), columns=", ".join(missing), present=", ".join(header[:16]))
    return [ProgressNote(**{name: row[name] for name in LOG_COLUMNS}) for _, row in rows]


def current(notes: Iterable[ProgressNote]) -> dict[tuple[str, str, str, str], ProgressNote]:
    """The last note on each subject."""
    return {note.subject: note for note in notes}


def differences(notes: Sequence[ProgressNote], logged: Iterable[ProgressNote]) -> list[NoteDiff]:
    """What a filled file would change."""
    before = current(logged)
    found = [NoteDiff(note, before.get(note.subject)) for note in notes]
    return [diff for diff in found if diff.fields]


def approve(path: Path, notes: Sequence[ProgressNote], *, by: str, on: dt.date) -> list[NoteDiff]:
    """Append the notes that differ from the log at ``path``, signed; what was added."""
    with FileLock(str(path) + ".lock", timeout=30):
        found = differences(notes, read_notes(path) if path.is_file() else ())
        if found:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = not path.is_file()
            with path.open("a", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, LOG_COLUMNS, lineterminator="\n")
                if fresh:
                    writer.writeheader()
                for diff in found:
                    signed = replace(diff.note, approved_by=by, approved_on=on.isoformat())
                    writer.writerow({name: defused(cell) for name, cell in asdict(signed).items()})
    return found
