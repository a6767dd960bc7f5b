"""Lens.org patent CSV, all three generations.

* 2017: ``publication_number``, ``cited_count``, dates DD/MM/YY, priorities with their dates;
* 2018 to 2020: ``Publication Number`` or ``Display Key``, ISO dates, family sizes without members;
* since 2020: 37 columns, with abstract, owners, family members and legal status; priorities without dates.

What a cell means follows from the column's name, not from the generation, so that exports with chosen columns and
tables cleaned by R (``display_key``) are read as well.

The 2017 dates carry a defect, found by comparing them with ``publication_year`` on 9,071 records: the year is the
*week* year of the US calendar (Java's ``YY``), so 31 December 2015 is written ``31/12/16``. It is undone here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from chizai.corpus import numbers
from chizai.corpus.readers.base import Carries, Chunk, Mark, Source
from chizai.corpus.readers.drafts import Draft, lacking
from chizai.corpus.readers.tabular import header_of, row_chunks
from chizai.corpus.schema import Linkage, Record, Reject, Scheme
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
_YEAR_AHEAD = re.compile(r"[A-Z]{2} (?:10(?=20))?((?:19|20)\d{2})[/ ]?\d{4,8} ")
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


def own_number(office: str, number: str | None, kind: str | None, text: str, on: date | None) -> numbers.Number:
    """A record's own number from its parts, else from the whole text: Lens pads old numbers (``WO 1981/001875 A1``).

    >>> own_number("WO", "1981/001875", "A1", "WO 1981/001875 A1", None).id
    'WO-8101875-A1'
    """
    if number is not None:
        try:
            return numbers.publication(office, number, kind, date=on)
        except BadNumber:
            pass
    return numbers.parse(text, role="publication", office=office or None, kind=kind, date=on)


def filing_year(number: str) -> int | None:
    """The last two digits of the year that an application's number shows; None where it shows none.

    >>> filing_year("US 201715458258 A"), filing_year("US 30498105 A"), filing_year("FR 1301861 A")
    (17, 5, None)
    """
    if ahead := _YEAR_AHEAD.match(number):
        return int(ahead[1]) % 100
    if short := _YEAR_IN_TWO_DIGITS.fullmatch(number):
        return int(short[1] or short[2])
    return None


def earliest_of(items: list[str], day: date) -> str | None:
    """The priority number to which the earliest priority date belongs, where that can be told.

    The modern export gives many numbers and one date. It belongs to the only number of its year; among several of one
    office and kind to the lowest, because they are given out in order. On 9,071 records that state all dates this finds
    the right number in 1,057 of 1,058 and 906 of 922 cases, and in the others one filed within days or weeks of it.

    >>> earliest_of(["US 201715458258 A", "US 201514813924 A", "US 201462030942 P"], date(2014, 7, 30))
    'US 201462030942 P'
    """
    years = {item: filing_year(item) for item in items}
    if len(items) > 1 and None in years.values():
        return None
    fitting = [item for item in items if len(items) == 1 or years[item] == day.year % 100]
    if len({(item[:2], item.split()[-1]) for item in fitting}) != 1:
        return None
    return min(fitting, key=lambda item: (len(item), item))


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
            if year.isdecimal() and head != int(year):
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


TITLE = {
    "en": "Lens.org patent CSV (2017, 2018 to 2020, modern)",
    "ja": "Lens.org 特許CSV（2017年・2018〜2020年・現行の3世代）",
}
CARRIES: frozenset[Carries] = frozenset(
    {
        "publication_number", "publication_date", "kind", "application_number", "filing_date", "priority", "family_id",
        "applicant", "inventor", "cpc", "ipc", "title", "abstract", "npl_citation", "times_cited", "legal_status",
    }
)  # fmt: skip
LACKS: dict[Carries, Mark] = lacking(CARRIES)
PLACES: tuple[tuple[str, Scheme], ...] = (
    ("cpc_classifications", "cpc"),
    ("ipcr_classifications", "ipc"),
    ("us_classifications", "uspc"),
)


class LensCsvReader:
    name = "lens-csv"
    title = TITLE
    carries = CARRIES
    lacks = LACKS

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
            elif (stripped := [cell.strip() for cell in cells]) != header:  # exports joined end to end repeat it
                rows.append((number, dict(zip(names, stripped, strict=True))))
        known = {_NAME.sub("_", cell.lower()).strip("_") for cell in header}
        style = _styles(known, [row for _, row in rows])
        for number, row in rows:
            yield from _Row(number, row, style).read()


class _Row:
    """One line of the file."""

    def __init__(self, number: int, cells: dict[str, str], style: _Style) -> None:
        self.cells, self.style = cells, style
        self.draft = Draft(number)

    def cell(self, name: str) -> str:
        return self.cells.get(name, "")

    def items(self, name: str) -> list[str]:
        """The parts of a list cell, in order, each once."""
        cell = self.cell(name)
        if LIST not in cell:
            return [cell] if cell else []
        return list(dict.fromkeys(part for item in cell.split(LIST) if (part := item.strip())))

    def count(self, name: str) -> int | None:
        return self.draft.count(self.cell(name).replace(",", "").removesuffix(".0"), name)

    def impossible(self, detail: str, column: str) -> None:
        self.draft.drop("malformed-input", detail, column=column, value=self.cell(column))

    def read(self) -> Iterator[Record | Reject]:
        if self.open():
            filed = self.application()
            self.priorities(filed)
            self.parties()
            for column, scheme in PLACES:
                for symbol in self.items(column):
                    self.draft.classify(scheme, symbol, column=column)
            for reference in self.items("npl_citations"):
                self.draft.cite_literature(reference)
            self.draft.text("title", None, self.cell("title"))
            self.draft.text("abstract", None, self.cell("abstract"))
        yield from self.draft.items()

    def open(self) -> bool:
        text = self.cell("publication_number")
        found = _NUMBER.fullmatch(text)
        office = self.cell("jurisdiction").upper() or (found[1] if found else "")
        kind = self.cell("kind") or (found[3] if found else None)
        self.published = published = self.publication_date()
        try:
            own = own_number(office, found[2] if found and found[1] == office else None, kind, text, published)
        except BadNumber as error:
            self.draft.refuse(error.code, error.what(), column="publication_number", value=text)
            return False
        members = self.items("simple_family_members")
        return self.draft.start(
            own.office,
            own.number,
            own.kind,
            column="publication_number",
            publication_date=published,
            original=text,
            # The family is named by the smallest id among its members, which is the same for all of them.
            family_id=f"lens:{min(members)}" if members else None,
            times_cited=self.count("cited_by"),
            family_size=self.count("simple_family_size"),
            source_id=self.cell("lens_id") or None,
            legal_status=self.cell("legal_status") or None,
            known=own,
        )

    # dates

    def publication_date(self) -> date | None:
        text, year = self.cell("publication_date"), self.cell("publication_year").removesuffix(".0")
        stated = int(year) if year.isdecimal() and len(year) == 4 else None
        found = self.candidates(text, latest=stated + 1 if stated else None)
        chosen = [item for item in found if stated is None or item.year == stated]
        if len(chosen) == 1:
            return chosen[0]
        if text:
            self.impossible(f"no such date in {year or 'an unnamed year'}", "publication_date")
        return None

    def application_date(self, published: date | None) -> date | None:
        text = self.cell("application_date")
        latest = published.year + 1 if published else None
        found = self.candidates(text, latest=latest)
        found = [item for item in found if published is None or item <= published]
        if len(found) > 1:
            found = self.by_number_year(found)
        if len(found) == 1:
            return found[0]
        if text:
            detail = "the year is not certain" if found else "no such date before the publication date"
            self.impossible(detail, "application_date")
        return None

    def by_number_year(self, found: list[date]) -> list[date]:
        """Of two dates a year apart, the one that the application number or its own priority entry confirms."""
        number = self.cell("application_number")
        for item in self.items("priority_numbers"):
            parts = _NUMBER.fullmatch(item)
            if parts and parts[4] and f"{parts[1]} {parts[2]} {parts[3]}" == number:
                return [day for day in found if f"{day:%Y%m%d}" == parts[4]] or found
        year = filing_year(number)
        return found if year is None else [day for day in found if day.year % 100 == year]

    def candidates(self, text: str, *, latest: int | None) -> list[date]:
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

    def application(self) -> date | None:
        """Add the application; its filing date."""
        text = self.cell("application_number")
        filed = self.application_date(self.published)
        if not text:
            self.draft.filed(filed)
            return filed
        parts = self.parts(text, filed, office=self.cell("jurisdiction"))
        column = "application_number"
        if parts is None:
            self.draft.unread_application(text, filing_date=filed, column=column)
        else:
            self.draft.application(*parts, filing_date=filed, original=text, column=column)
        return filed

    def parts(self, text: str, on: date | None, *, office: str | None = None) -> tuple[str, str, str | None] | None:
        """Office, number and kind of an application's number, also in an office's own notation."""
        if found := _NUMBER.fullmatch(text):
            return found[1], found[2], found[3]
        own = self.draft.parsed(text, on, office=office or None)
        return (own.office, own.number, own.kind) if own is not None else None

    def priorities(self, filed: date | None) -> None:
        column = "priority_numbers"
        items = self.items(column)
        earliest = next(iter(self.candidates(self.cell("earliest_priority_date"), latest=None)), None)
        first = earliest_of(items, earliest) if earliest else None
        if not first:
            # Not certain to which of several numbers it belongs; the day itself is.
            self.draft.claimed(earliest)
        for item in items:
            written = _NUMBER.fullmatch(item)
            day = None
            if written and written[4]:
                day = self.draft.day(written[4], column)
            elif item == first:
                day = earliest
            elif item == self.cell("application_number"):
                day = filed
            parts = self.parts(item, day)
            if parts is None:
                self.draft.unread_priority(item, priority_date=day, column=column)
                continue
            linkage: Linkage = "provisional" if parts[2] == "P" else "priority"
            self.draft.priority(*parts, priority_date=day, column=column, linkage=linkage)

    def parties(self) -> None:
        applicants, kind = self.items("applicants"), None
        if not applicants:
            # Where no applicant is named, the owner on record is; "NAME (2017-01-05)" carries the date of the record.
            applicants = list(dict.fromkeys(_OWNER_DATE.sub("", item) for item in self.items("owners")))
            kind = "assignee"
        for name in applicants:
            self.draft.party("applicant", name, kind=kind)
        for name in self.items("inventors"):
            self.draft.party("inventor", name)


READER = LensCsvReader()
