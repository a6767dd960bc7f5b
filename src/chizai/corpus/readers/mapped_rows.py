"""From the cells of a mapped table to records: what a column map says, done row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, get_args

import pyarrow as pa

from chizai.corpus import numbers
from chizai.corpus.numbers.offices import OFFICES
from chizai.corpus.readers.base import FIELD_BYTES
from chizai.corpus.readers.column_map import (
    DATE_FORMATS,
    ColumnMap,
    DateValue,
    FundingMap,
    PartyMap,
    PriorityMap,
    StandardMap,
    Value,
)
from chizai.corpus.readers.drafts import Draft, clean, country_of
from chizai.corpus.schema import (
    Application,
    Funding,
    KindClass,
    Linkage,
    Publication,
    Record,
    Reject,
    Role,
    StandardMention,
)
from chizai.errors import BadNumber

LANGUAGE = 2
"""ISO 639-1 has two letters."""


@dataclass(frozen=True, slots=True)
class Table:
    """Some rows of a table by column, with their row numbers. Pickles."""

    map: ColumnMap
    numbers: list[int]
    columns: dict[str, list[Any]] | pa.RecordBatch


def records_of(table: Table) -> Iterator[Record | Reject]:
    rows = _Rows(table)
    for index, number in enumerate(table.numbers):
        yield from _Row(rows, index, number).read()


class _Rows:
    """Cells of a chunk as Python values, fetched by what the map says."""

    def __init__(self, table: Table) -> None:
        self.map = table.map
        self.empty = frozenset({"", *table.map.empty})
        if isinstance(table.columns, pa.RecordBatch):
            batch = table.columns
            self.columns = {name: _cells(batch.column(name)) for name in batch.schema.names}
            if table.map.publication.number.generate:
                self.columns[""] = [repr(row) for row in zip(*self.columns.values(), strict=True)]
        else:
            self.columns = table.columns

    def one(self, value: Value | None, index: int) -> str | None:
        if value is None:
            return None
        if value.column is None:
            return value.constant
        return self._text(self.columns[value.column][index])

    def many(self, value: Value | None, index: int) -> list[str | None]:
        """All values of a cell; empty ones inside stay, so that parallel columns stay parallel."""
        if value is None:
            return []
        if value.column is None:
            return [value.constant]
        return [self._text(item) for item in self._items(value, index)]

    def _items(self, value: Value, index: int) -> list[Any]:
        cell = self.columns[value.column][index]
        if isinstance(cell, (list, tuple)):
            return list(cell)
        if cell is None:
            return []
        if value.separator is not None and isinstance(cell, str):
            return cell.split(value.separator) if cell.strip() else []
        return [cell] if self._text(cell) is not None else []

    def _text(self, cell: Any) -> str | None:
        if isinstance(cell, str) or cell is None:
            pass
        elif isinstance(cell, float) and cell.is_integer():
            cell = int(cell)  # a spreadsheet's 7126878.0
        elif isinstance(cell, (date, datetime)):
            cell = cell.isoformat()
        elif isinstance(cell, (list, dict, tuple)):
            return None
        text = clean(cell)
        return None if text is None or text in self.empty or len(text) > FIELD_BYTES else text

    def dates(self, value: DateValue | None, index: int, bad: Callable[[object], None]) -> list[date | None]:
        if value is None:
            return []
        cells = [value.constant] if value.column is None else self._items(value, index)
        return [_date(cell, self._text(cell), value.formats, bad) for cell in cells]


def _cells(column: pa.Array) -> list[Any]:
    """A column as Python values; a cell that a damaged file has made unreadable is empty."""
    try:
        return list(column.to_pylist())
    except (UnicodeDecodeError, pa.ArrowException, ValueError, OverflowError):
        return [_scalar(item) for item in column]


def _scalar(item: pa.Scalar) -> Any:
    try:
        return item.as_py()
    except (UnicodeDecodeError, pa.ArrowException, ValueError, OverflowError):
        return None


def _date(cell: Any, text: str | None, formats: tuple[str, ...], bad: Callable[[object], None]) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if text is None:
        return None
    found = _parsed(text, formats)
    if found is None:
        bad(text)
    return found


@lru_cache(maxsize=1 << 16)
def _parsed(text: str, formats: tuple[str, ...]) -> date | None:
    if formats == DATE_FORMATS and len(text) == 10 and text[4] == "-":
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    for form in formats:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


class _MappedDraft(Draft):
    """A draft that also takes what only a declared map can say."""

    __slots__ = ()

    def begin(self, publication: Publication) -> None:
        self._record = Record(publication)

    def say(self, **fields: Any) -> None:
        assert self._record is not None
        self._record.publication = self._record.publication._replace(**fields)

    @property
    def record(self) -> Record:
        assert self._record is not None
        return self._record


class _Row:
    def __init__(self, rows: _Rows, index: int, number: int) -> None:
        self.rows, self.index = rows, index
        self.map = rows.map
        self.draft = _MappedDraft(number)

    def one(self, value: Value | None) -> str | None:
        return self.rows.one(value, self.index)

    def many(self, value: Value | None) -> list[str | None]:
        return self.rows.many(value, self.index)

    def day(self, value: DateValue | None) -> date | None:
        found = self.dates(value)
        return found[0] if found else None

    def dates(self, value: DateValue | None) -> list[date | None]:
        column = value.column if value is not None else None
        return self.rows.dates(
            value, self.index, lambda text: self.note("an impossible date was dropped", column, text)
        )

    def note(self, detail: str, column: str | None, value: object) -> None:
        self.draft.drop("malformed-input", detail, column=column, value=value)

    def beside(self, values: list[Any], count: int, value: Value | None) -> list[Any]:
        """Values brought to the length of the column that they stand beside; a constant serves for all."""
        if value is None:
            return [None] * count
        if len(values) == count:
            return values
        if value.column is None:
            return values * count
        if values:
            self.note(f"{len(values)} values for {count} items were dropped", value.column, values)
        return [None] * count

    def read(self) -> Iterator[Record | Reject]:
        if self.open():
            self.application()
            for priority in self.map.priorities:
                self.priorities(priority)
            for party in self.map.applicants:
                self.parties("applicant", party)
            for party in self.map.inventors:
                self.parties("inventor", party)
            for scheme in self.map.classes:
                for place, symbol in enumerate(self.many(scheme.symbol)):
                    first = place == 0 if scheme.first_is_first else None
                    column = scheme.symbol.column or ""
                    self.draft.classify(scheme.scheme, symbol, column=column, inventive=scheme.inventive, first=first)
            self.citations()
            for text in self.map.texts:
                language = self.one(text.language)
                code = language.lower()[:LANGUAGE] if language else None
                self.draft.text(text.part, code, self.one(text.text))
            for funding in self.map.funding:
                self.funding(funding)
            for standard in self.map.standards:
                self.standards(standard)
        yield from self.draft.items()

    def open(self) -> bool:
        pub = self.map.publication
        opened = self.made() if pub.number.generate else self.numbered()
        if not opened:
            return False
        said: dict[str, Any] = {
            "grant_date": self.day(pub.grant_date),
            "family_id": self.one(pub.family_id),
            "source_id": self.one(pub.source_id),
            "legal_status": self.one(pub.legal_status),
        }
        for name in ("family_size", "times_cited", "claims"):
            value = getattr(pub, name)
            if value is not None:
                said[name] = self.draft.count(self.one(value), value.column or name)
        self.draft.say(**said)
        stated = self.one(pub.kind_class)
        if stated in get_args(KindClass):
            self.draft.say(kind_class=stated)
        elif stated is not None:
            self.note("not a class of kind codes", pub.kind_class.column if pub.kind_class else None, stated)
        return True

    def numbered(self) -> bool:
        """Open the record with the number that the table gives."""
        pub = self.map.publication
        column = pub.number.column or ""
        text = self.one(pub.number)
        if text is None:
            self.draft.refuse("bad-number", "there is no publication number", column=column)
            return False
        published = self.day(pub.date)
        try:
            found = _publication(self.one(pub.office), text, self.one(pub.kind), published)
        except BadNumber as error:
            self.draft.refuse(error.code, error.what(), column=column, value=text)
            return False
        return self.draft.start(
            found.office,
            found.number,
            found.kind,
            column=column,
            publication_date=published,
            original=text,
            known=found,
        )

    def made(self) -> bool:
        """Open the record with a number made from the row's content: the same row has the same number in any file."""
        pub = self.map.publication
        office, kind = self.one(pub.office), self.one(pub.kind)
        if office is None:
            self.draft.refuse("bad-number", "there is no office", column=pub.office.column if pub.office else None)
            return False
        office = office.strip().upper()
        if office not in OFFICES:
            column = pub.office.column if pub.office else None
            self.draft.refuse("bad-number", "the office is no code of WIPO ST.3", column=column, value=office)
            return False
        content = str(self.rows.columns[""][self.index]).encode("utf-8", "replace")
        number = f"ROW{int(hashlib.sha256(content).hexdigest()[:16], 16) % 10**15:015d}"
        name = f"{office}-{number}-{kind}" if kind else f"{office}-{number}"
        self.draft.begin(Publication(name, office, number, kind, numbers.kind_class(office, kind), self.day(pub.date)))
        return True

    def application(self) -> None:
        if self.map.application is None:
            return
        entry, pub = self.map.application, self.draft.record.publication
        filed = self.day(entry.filing_date)
        text = self.one(entry.number)
        if text is not None:
            found = self.number(text, self.one(entry.office) or pub.office, self.one(entry.kind), filed, entry.number)
            if found is not None:
                self.draft.record.application = Application(found.id, found.office, found.number, filed, text)
                self.draft.say(application_id=found.id)
                return
        if filed is not None:
            # A filing date without a number: the application is named after its publication.
            name = f"{pub.publication_id}:application"
            self.draft.record.application = Application(name, pub.office, "", filed)
            self.draft.say(application_id=name)

    def number(
        self, text: str, office: str | None, kind: str | None, on: date | None, value: Value | None
    ) -> numbers.Number | None:
        try:
            return _application(office, text, kind, on)
        except BadNumber as error:
            self.draft.drop(error.code, error.what(), column=value.column if value else None, value=text)
            return None

    def priorities(self, entry: PriorityMap) -> None:
        texts = self.many(entry.number)
        count = len(texts)
        offices = self.beside(self.many(entry.office), count, entry.office)
        kinds = self.beside(self.many(entry.kind), count, entry.kind)
        dates = self.beside(self.dates(entry.date), count, entry.date)
        linkages = self.beside(self.many(entry.linkage), count, entry.linkage)
        for text, office, kind, on, linkage in zip(texts, offices, kinds, dates, linkages, strict=True):
            if text is None:
                continue
            found = self.number(text, office, kind, on, entry.number)
            if found is None:
                self.draft.claimed(on)
                continue
            if linkage not in get_args(Linkage):
                self.note("not a kind of linkage; 'priority' is assumed", entry.linkage.column, linkage)
                linkage = "priority"
            self.draft.priority(
                found.office,
                found.number,
                found.kind,
                priority_date=on,
                column=entry.number.column or "",
                linkage=linkage,
            )

    def parties(self, role: Role, entry: PartyMap) -> None:
        names = self.many(entry.name)
        if not names:
            return
        countries = self.beside(self.many(entry.country), len(names), entry.country)
        addresses = self.beside(self.many(entry.address), len(names), entry.address)
        for name, country, address in zip(names, countries, addresses, strict=True):
            code = country_of(country)
            if country is not None and code is None:
                self.note("not a two-letter country code", entry.country.column if entry.country else None, country)
            self.draft.party(
                role, name, country=code, country_source=entry.country_source, address=address, kind=entry.kind
            )

    def citations(self) -> None:
        for entry in self.map.citations:
            texts = self.many(entry.number if entry.number is not None else entry.text)
            count = len(texts)
            offices, kinds, by, categories, phases = (
                self.beside(self.many(value), count, value)
                for value in (entry.office, entry.kind, entry.cited_by, entry.category, entry.phase)
            )
            for text, office, kind, cited_by, category, phase in zip(
                texts, offices, kinds, by, categories, phases, strict=True
            ):
                if text is None:
                    continue
                if not entry.patent:
                    self.draft.cite_literature(text, cited_by=cited_by, category=category, phase=phase)
                    continue
                try:
                    found = _publication(office, text, kind, None)
                except BadNumber:
                    self.draft.cite_patent(None, None, text=text, cited_by=cited_by, category=category, phase=phase)
                    continue
                self.draft.cite_patent(
                    found.office,
                    found.number,
                    found.kind,
                    text=text,
                    cited_by=cited_by,
                    category=category,
                    phase=phase,
                )

    def funding(self, entry: FundingMap) -> None:
        agencies = [item for item in self.many(entry.agency) if item is not None]
        contracts = [item for item in self.many(entry.contract) if item is not None]
        statement = self.one(entry.statement)
        if len(agencies) == len(contracts) == 1:
            pairs: list[tuple[str | None, str | None]] = [(agencies[0], contracts[0])]
        else:
            # Which contract is whose is not said: each stands in a row of its own.
            pairs = [(item, None) for item in agencies] + [(None, item) for item in contracts]
        if not pairs and statement is not None:
            pairs = [(None, None)]
        rows = self.draft.record.fundings
        for place, (agency, contract) in enumerate(pairs):
            text = statement if place == 0 else None
            rows.append(Funding(self.draft.id, len(rows) + 1, agency, contract, text, entry.derived))

    def standards(self, entry: StandardMap) -> None:
        names = self.many(entry.standard)
        contexts = self.beside(self.many(entry.context), len(names), entry.context)
        rows = self.draft.record.standards
        for name, context in zip(names, contexts, strict=True):
            if name is not None:
                rows.append(StandardMention(self.draft.id, len(rows) + 1, name, context, entry.derived))


@lru_cache(maxsize=1 << 14)
def _publication(office: str | None, text: str, kind: str | None, on: date | None) -> numbers.Number:
    """Plain digits of a known office are taken as they are; anything else is read as that office writes it."""
    if office is not None and text.isalnum() and text.isascii() and not text.upper().startswith(office.upper()):
        return numbers.publication(office, text, kind, date=on)
    return numbers.parse(text, role="publication", office=office, kind=kind, date=on)


@lru_cache(maxsize=1 << 14)
def _application(office: str | None, text: str, kind: str | None, on: date | None) -> numbers.Number:
    if office is not None and text.isdecimal() and kind is not None:
        return numbers.application(office, text, kind, date=on)
    return numbers.parse(text, role="application", office=office, kind=kind, date=on)
