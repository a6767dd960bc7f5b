"""Lens.org patent CSV, all three generations.

* 2017: ``publication_number``, ``cited_count``, dates DD/MM/YY, priorities with their dates;
* 2018 to 2020: ``Publication Number`` or ``Display Key``, ISO dates, family sizes without members;
* since 2020: 37 columns, with abstract, owners, family members and legal status; priorities without dates.

What a cell means follows from the column's name, not from the generation, so that exports with chosen columns and
tables cleaned by R (``display_key``) are read as well.

The 2017 dates carry a defect, found by comparing them with ``publication_year`` on 9,071 records: the year is the *week*
year of the US calendar (Java's ``YY``), so 31 December 2015 is written ``31/12/16``. It is undone here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from chizai.corpus import numbers
from chizai.corpus.readers.base import Carries, Chunk, Mark, Source
from chizai.corpus.readers.tabular import header_of, row_chunks
from chizai.corpus.schema import (
    Application,
    Citation,
    Classification,
    Linkage,
    Party,
    Priority,
    Publication,
    Record,
    Reject,
    Scheme,
    Text,
)
from chizai.errors import BadNumber, MissingColumn, Where

ALIASES = {
    "display_key": "publication_number",
    "publication_number_display_key": "publication_number",
    "publication_key": "publication_number",
    "filing_date": "application_date",
    "filing_number": "application_number",
    "cited_count": "cited_by",
    "cited_by_patent_count": "cited_by",
    "cited_by_count": "cited_by",
    "citing_patents_count": "cited_by",
    "ipc_classifications": "ipcr_classifications",
    "document_type": "type",
}
NEEDED = ("jurisdiction", "publication_number", "lens_id")
LIST = ";;"

_NAME = re.compile(r"[^a-z0-9]+")
_NUMBER = re.compile(r"([A-Z]{2})\s+(\S.*?)\s+([A-Z]\d?)(?:\s+(\d{8}))?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_SLASH = re.compile(r"(\d{1,4})[/.](\d{1,2})[/.](\d{1,4})(?:\s.*)?")
_OWNER_DATE = re.compile(r"\s*\(\d{4}-\d{2}-\d{2}\)$")
_YEAR_AHEAD = re.compile(r"[A-Z]{2} ((?:19|20)\d{2})[/ ]?\d{5,8} ")
_YEAR_IN_TWO_DIGITS = re.compile(r"US \d{1,6}(\d{2}) [AP]|[A-Z]{2} (\d{2})\d{5} W")


def column_name(header: str) -> str:
    """The name under which a column is known here.

    >>> column_name("Cited by Patent Count"), column_name("cited_count"), column_name("Publication Number/Display Key")
    ('cited_by', 'cited_by', 'publication_number')
    """
    name = _NAME.sub("_", header.strip().lower()).strip("_")
    return ALIASES.get(name, name)


def week_year(day: date) -> int:
    """The year of the week (Sunday to Saturday) that holds ``day``; the week of 1 January belongs to the new year.

    >>> week_year(date(2015, 12, 31)), week_year(date(2016, 12, 31))
    (2016, 2016)
    """
    new_year = date(day.year + 1, 1, 1)
    sunday = new_year - timedelta(days=(new_year.weekday() + 1) % 7)
    return day.year + 1 if day >= sunday else day.year


def from_week_year(day: int, month: int, year: int) -> list[date]:
    """The dates (none, one or two) that the 2017 export writes as ``day/month/year``.

    >>> from_week_year(31, 12, 2016), from_week_year(5, 10, 2017)
    ([datetime.date(2015, 12, 31), datetime.date(2016, 12, 31)], [datetime.date(2017, 10, 5)])
    """
    found = [_date(year - 1, month, day), _date(year, month, day)]
    return [item for item in found if item is not None and week_year(item) == year]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


class _Style(NamedTuple):
    """How the dates of a chunk are written, where one cell alone cannot tell."""

    week_years: bool
    """The 2017 defect is in force."""
    month_first: bool | None
    """12/31/2017 (True) or 31/12/2017 (False); None where no date of the chunk decides it."""
    day_as_year: bool
    """A Japanese Excel read 05/10/17 as the year 2005 and wrote 2005/10/17."""


def _styles(known: set[str], rows: list[dict[str, str]]) -> _Style:
    old = "cited_count" in known
    first = second = mangled = plain = 0
    for row in rows:
        found = _SLASH.fullmatch(row.get("publication_date", ""))
        if not found:
            continue
        head, middle, tail = (int(part) for part in found.groups())
        year = row.get("publication_year", "")
        if len(found[1]) == 4:
            if year.isdigit() and head != int(year):
                mangled += tail % 100 in (int(year) % 100, (int(year) + 1) % 100)
            else:
                plain += head % 100 != tail % 100
        else:
            first += head > 12
            second += middle > 12
    month_first = None if bool(first) == bool(second) else bool(second)
    if old and month_first is None:
        month_first = False
    return _Style(old, month_first, old and mangled > plain)


class LensCsvReader:
    name = "lens-csv"
    title = {
        "en": "Lens.org patent CSV (2017, 2018 to 2020, modern)",
        "ja": "Lens.org 特許CSV（2017年・中間・現行の3世代）",
    }
    carries: frozenset[Carries] = frozenset(
        {
            "publication_number", "publication_date", "kind", "application_number", "filing_date", "priority",
            "family_id", "applicant", "inventor", "cpc", "ipc", "title", "abstract", "npl_citation", "times_cited",
            "legal_status",
        }
    )  # fmt: skip
    lacks: dict[Carries, Mark] = {
        "grant_date": "never",
        "applicant_country": "never",
        "inventor_country": "never",
        "fi": "never",
        "fterm": "never",
        "inventive": "never",
        "claims_text": "never",
        "claims_count": "never",
        "patent_citation": "never",
        "cited_by": "never",
        "citation_category": "never",
        "funding": "never",
        "standard": "never",
    }

    def recognise(self, head: bytes, source: Source) -> bool:
        names = {column_name(cell) for delimiter in ",\t;" for cell in header_of(head, delimiter=delimiter)}
        return {"lens_id", "jurisdiction"} <= names and ("publication_number" in names or "kind" in names)

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        head = source.head()
        delimiter = max(",\t;", key=lambda item: len(header_of(head, delimiter=item)))
        checked = False
        for chunk in row_chunks(source, delimiter=delimiter):
            if isinstance(chunk, Chunk) and not checked:
                present = chunk.data[0]
                missing = [name for name in NEEDED if name not in {column_name(cell) for cell in present}]
                if missing:
                    raise MissingColumn(
                        where=Where(file=source.label), columns=", ".join(missing), present=", ".join(present)
                    )
                checked = True
            yield chunk

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        header, numbered = chunk.data
        names = [column_name(cell) for cell in header]
        rows: list[tuple[int, dict[str, str]]] = []
        for number, cells in numbered:
            if len(cells) != len(names):
                detail = f"{len(cells)} cells where the header has {len(names)}"
                yield Reject(number, "malformed-input", detail, value=",".join(cells)[:200])
            elif [cell.strip() for cell in cells] != header:  # exports joined end to end repeat the header
                rows.append((number, {name: cell.strip() for name, cell in zip(names, cells, strict=True)}))
        known = {_NAME.sub("_", cell.lower()).strip("_") for cell in header}
        style = _styles(known, [row for _, row in rows])
        for number, row in rows:
            yield from _Row(number, row, style).read()


class _Row:
    """One record; ``warn`` collects what was dropped or repaired."""

    def __init__(self, number: int, cells: dict[str, str], style: _Style) -> None:
        self.number, self.cells, self.style = number, cells, style
        self.warnings: list[Reject] = []

    def warn(self, code: str, detail: str, column: str, value: str) -> None:
        self.warnings.append(Reject(self.number, code, detail, column, value[:200], fatal=False))

    def cell(self, name: str) -> str:
        return self.cells.get(name, "")

    def items(self, name: str) -> list[str]:
        """The parts of a list cell, in order, each once."""
        return list(dict.fromkeys(part for item in self.cell(name).split(LIST) if (part := item.strip())))

    def count(self, name: str) -> int | None:
        text = self.cell(name).replace(",", "").removesuffix(".0")
        if not text:
            return None
        if text.isdecimal() and len(text) < 10:
            return int(text)
        self.warn("malformed-input", "not a count", name, text)
        return None

    def read(self) -> Iterator[Record | Reject]:
        text = self.cell("publication_number")
        found = _NUMBER.fullmatch(text)
        office = self.cell("jurisdiction") or (found[1] if found else "")
        kind = self.cell("kind") or (found[3] if found else None)
        published = self.publication_date()
        try:
            if found and found[1] == office.upper():
                own = numbers.publication(office, found[2], kind, date=published, original=text)
            else:
                own = numbers.parse(text, role="publication", office=office or None, kind=kind, date=published)
        except BadNumber as error:
            yield Reject(self.number, error.code, error.what(), "publication_number", text[:200])
            return
        filed = self.application_date(published)
        applied = self.application(own.office, filed)
        record = Record(
            Publication(
                own.id,
                own.office,
                own.number,
                own.kind,
                own.kind_class,
                publication_date=published,
                application_id=applied.application_id if applied else None,
                family_id=self.family(),
                times_cited=self.count("cited_by"),
                family_size=self.count("simple_family_size"),
                original=text,
                source_id=self.cell("lens_id") or None,
                legal_status=self.cell("legal_status") or None,
            ),
            applied,
            priorities=self.priorities(own.id, applied),
            parties=self.parties(own.id),
            classifications=self.classifications(own.id),
            citations=[
                Citation(own.id, index, cited_text=item, patent=False)
                for index, item in enumerate(self.items("npl_citations"), 1)
            ],
        )
        if title := self.cell("title"):
            record.texts.append(Text(own.id, "title", None, title))
        if abstract := self.cell("abstract"):
            record.texts.append(Text(own.id, "abstract", None, abstract))
        yield record
        yield from self.warnings

    # dates

    def publication_date(self) -> date | None:
        text, year = self.cell("publication_date"), self.cell("publication_year").removesuffix(".0")
        stated = int(year) if year.isdecimal() and len(year) == 4 else None
        found = self.candidates(text, "publication_date", latest=stated + 1 if stated else None)
        chosen = [item for item in found if stated is None or item.year == stated]
        if len(chosen) == 1:
            return chosen[0]
        if text:
            self.warn("malformed-input", f"no such date in {year or 'an unnamed year'}", "publication_date", text)
        return None

    def application_date(self, published: date | None) -> date | None:
        text = self.cell("application_date")
        latest = published.year + 1 if published else None
        found = self.candidates(text, "application_date", latest=latest)
        found = [item for item in found if published is None or item <= published]
        if len(found) > 1:
            found = self.by_number_year(found)
        if len(found) == 1:
            return found[0]
        if text:
            detail = "the year is not certain" if found else "no such date before the publication date"
            self.warn("malformed-input", detail, "application_date", text)
        return None

    def by_number_year(self, found: list[date]) -> list[date]:
        """Of two dates a year apart, the one that the application number or its own priority entry confirms."""
        number = self.cell("application_number")
        for item in self.items("priority_numbers"):
            parts = _NUMBER.fullmatch(item)
            if parts and parts[4] and f"{parts[1]} {parts[2]} {parts[3]}" == number:
                return [day for day in found if f"{day:%Y%m%d}" == parts[4]] or found
        if ahead := _YEAR_AHEAD.match(number):
            return [day for day in found if day.year == int(ahead[1])]
        if short := _YEAR_IN_TWO_DIGITS.fullmatch(number):
            return [day for day in found if day.year % 100 == int(short[1] or short[2])]
        return found

    def candidates(self, text: str, column: str, *, latest: int | None) -> list[date]:
        """The dates that a cell can mean; ``latest`` is the last year that a two-digit year can stand for."""
        iso = _ISO.fullmatch(text)
        if iso:
            day = _date(int(iso[1]), int(iso[2]), int(iso[3]))
            return [day] if day else []
        found = _SLASH.fullmatch(text)
        if not found:
            return []
        head, middle, tail = (int(part) for part in found.groups())
        if len(found[1]) == 4 and not self.style.day_as_year:
            year, month, days = head, middle, [tail]
        else:
            year, month, days = tail, middle, [head % 100]
            if self.style.month_first:
                month, days = head % 100, [middle]
            elif self.style.month_first is None and head <= 12 and middle <= 12 and head != middle:
                return []  # 05/10/2017 in a file that gives no hint of its order
            if len(found[3]) <= 2:
                if latest is None:
                    return []
                year = latest - (latest - year) % 100
        if self.style.week_years:
            return [item for day in days for item in from_week_year(day, month, year)]
        return [item for day in days if (item := _date(year, month, day)) is not None]

    # related rows

    def application(self, office: str, filed: date | None) -> Application | None:
        text = self.cell("application_number")
        if not text:
            return None
        found = _NUMBER.fullmatch(text)
        try:
            if found:
                own = numbers.application(found[1], found[2], found[3], date=filed, original=text)
            else:
                own = numbers.parse(text, role="application", office=office, date=filed)
        except BadNumber as error:
            self.warn(error.code, error.what(), "application_number", text)
            return None
        return Application(own.id, own.office, own.number, filed, text)

    def priorities(self, publication_id: str, applied: Application | None) -> list[Priority]:
        items = self.items("priority_numbers")
        earliest = self.candidates(self.cell("earliest_priority_date"), "earliest_priority_date", latest=None)
        rows: list[Priority] = []
        for index, item in enumerate(items, 1):
            found = _NUMBER.fullmatch(item)
            day = None
            if found and found[4]:
                day = _date(int(found[4][:4]), int(found[4][4:6]), int(found[4][6:]))
                if day is None:
                    self.warn("malformed-input", "no such date", "priority_numbers", item)
            elif len(items) == 1 and len(earliest) == 1:
                day = earliest[0]
            elif applied and item == applied.original:
                day = applied.filing_date
            try:
                if found:
                    claimed = numbers.application(found[1], found[2], found[3], date=day, original=item)
                else:
                    claimed = numbers.parse(item, role="application", date=day)
            except BadNumber as error:
                self.warn(error.code, error.what(), "priority_numbers", item)
                continue
            linkage: Linkage = "provisional" if claimed.kind == "P" else "priority"
            rows.append(Priority(publication_id, index, claimed.id, claimed.office, day, linkage))
        return rows

    def parties(self, publication_id: str) -> list[Party]:
        rows: list[Party] = []
        applicants = self.items("applicants")
        kind = None
        if not applicants:
            # Where no applicant is named, the owner on record is; "NAME (2017-01-05)" carries the date of the record.
            applicants = list(dict.fromkeys(_OWNER_DATE.sub("", item) for item in self.items("owners")))
            kind = "assignee"
        rows += [Party(publication_id, "applicant", i, name, kind=kind) for i, name in enumerate(applicants, 1)]
        rows += [Party(publication_id, "inventor", i, name) for i, name in enumerate(self.items("inventors"), 1)]
        return rows

    def classifications(self, publication_id: str) -> list[Classification]:
        rows: list[Classification] = []
        columns: tuple[tuple[str, Scheme], ...] = (
            ("cpc_classifications", "cpc"),
            ("ipcr_classifications", "ipc"),
            ("us_classifications", "uspc"),
        )
        for column, scheme in columns:
            symbols = dict.fromkeys(item.replace(" ", "") for item in self.items(column))
            rows += [Classification(publication_id, scheme, symbol, i) for i, symbol in enumerate(symbols, 1)]
        return rows

    def family(self) -> str | None:
        """The family's members as Lens lists them, named by the smallest id: the same for every member."""
        members = self.items("simple_family_members")
        return f"lens:{min(members)}" if members else None


READER = LensCsvReader()
