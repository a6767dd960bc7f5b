"""Plain tables (CSV, TSV, XLSX, Parquet) with a declared column map.

No content gives such a table away, so it is read with ``MappedReader(map)``; or, found by itself, when a map lies beside
it as ``<file>.map.yaml`` (``.map.yml``, ``.map.toml``). The form of a map is in docs/column-map.md.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, get_args

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from chizai.corpus import numbers
from chizai.corpus.readers.base import FIELD_BYTES, MAX_RATIO, RATIO_FROM, Carries, Chunk, Mark, Source
from chizai.corpus.readers.column_map import (
    DATE_FORMATS,
    ColumnMap,
    DateValue,
    FundingMap,
    PartyMap,
    PriorityMap,
    StandardMap,
    Value,
    read_map,
    sidecar,
)
from chizai.corpus.readers.drafts import Draft, clean, country_of
from chizai.corpus.readers.tabular import ROWS_PER_CHUNK, header_of, row_chunks
from chizai.corpus.schema import Application, Funding, KindClass, Linkage, Record, Reject, Role, StandardMention
from chizai.errors import BadColumnMap, BadNumber, EmptyInput, HostileInput, MalformedInput, Where

XLSX_BYTES = 1024 * 1024 * 1024
"""The most that a workbook may unpack to: openpyxl keeps its shared strings in memory."""
LANGUAGE = 2


@dataclass(frozen=True, slots=True)
class Table:
    """Some rows of a table by column, with their row numbers. Pickles."""

    map: ColumnMap
    numbers: list[int]
    columns: dict[str, list[Any]] | pa.RecordBatch


class MappedReader:
    """Reads any table with ``column_map``; without one, a table that has its map beside it."""

    name = "mapped"

    def __init__(self, column_map: ColumnMap | None = None) -> None:
        self.map = column_map
        self.title = {"en": "Any table with a column map", "ja": "列対応表を添えた任意の表"}
        every = frozenset(get_args(Carries))
        self.carries: frozenset[Carries] = every if column_map is None else _carried(column_map)
        self.lacks: dict[Carries, Mark] = dict.fromkeys(sorted(every - self.carries), "never")
        if column_map is not None:
            self.title = {**self.title, **column_map.title}

    def recognise(self, head: bytes, source: Source) -> bool:
        return not source.member and sidecar(source.path) is not None

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        column_map = self.map or self._beside(source)
        magic = source.head(4)
        if magic == b"PAR1":
            yield from _parquet_chunks(source, column_map)
        elif magic == b"PK\x03\x04":
            yield from _xlsx_chunks(source, column_map)
        else:
            yield from _text_chunks(source, column_map)

    def _beside(self, source: Source) -> ColumnMap:
        found = sidecar(source.path)
        if found is None:
            raise BadColumnMap(where=Where(file=source.label), detail="no map was given and none lies beside the file")
        return read_map(found)

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        table: Table = chunk.data
        rows = _Rows(table)
        for index, number in enumerate(table.numbers):
            yield from _Row(rows, index, number).read()


def _carried(column_map: ColumnMap) -> frozenset[Carries]:
    """What a table with this map carries."""
    pub, app = column_map.publication, column_map.application
    parties = {"applicant": column_map.applicants, "inventor": column_map.inventors}
    schemes = {item.scheme for item in column_map.classes}
    parts = {item.part for item in column_map.texts}
    patents = [item for item in column_map.citations if item.patent]
    held: dict[Carries, bool] = {
        "publication_number": not pub.number.generate,
        "publication_date": pub.date is not None,
        "kind": pub.kind is not None,
        "application_number": app is not None and app.number is not None,
        "filing_date": app is not None and app.filing_date is not None,
        "grant_date": pub.grant_date is not None,
        "priority": bool(column_map.priorities),
        "family_id": pub.family_id is not None,
        "applicant": bool(column_map.applicants),
        "applicant_country": any(item.country for item in parties["applicant"]),
        "inventor": bool(column_map.inventors),
        "inventor_country": any(item.country for item in parties["inventor"]),
        "cpc": "cpc" in schemes,
        "ipc": "ipc" in schemes,
        "fi": "fi" in schemes,
        "fterm": "fterm" in schemes,
        "inventive": any(item.inventive is not None for item in column_map.classes),
        "title": "title" in parts,
        "abstract": "abstract" in parts,
        "claims_text": "claims" in parts,
        "claims_count": pub.claims is not None,
        "patent_citation": bool(patents),
        "npl_citation": len(patents) < len(column_map.citations),
        "cited_by": any(item.cited_by for item in column_map.citations),
        "citation_category": any(item.category for item in column_map.citations),
        "times_cited": pub.times_cited is not None,
        "funding": bool(column_map.funding),
        "standard": bool(column_map.standards),
        "legal_status": pub.legal_status is not None,
    }
    return frozenset(item for item, yes in held.items() if yes)


# tables to chunks


def _text_chunks(source: Source, column_map: ColumnMap) -> Iterator[Chunk | Reject]:
    layout = column_map.table
    delimiter = layout.delimiter
    if delimiter is None:
        head = source.head()
        delimiter = max(",\t;", key=lambda item: len(header_of(head, delimiter=item)))
    for chunk in row_chunks(source, delimiter=delimiter, skip=layout.skip_rows):
        if isinstance(chunk, Reject):
            yield chunk
            continue
        header, rows = chunk.data
        column_map.check(header, file=source.label)
        kept = []
        for number, cells in rows:
            if len(cells) == len(header):
                kept.append((number, cells))
            else:
                detail = f"{len(cells)} cells where the header has {len(header)}"
                yield Reject(number, "malformed-input", detail, value=delimiter.join(cells)[:200])
        if kept:
            yield _chunk(column_map, header, kept)


def _chunk(column_map: ColumnMap, header: list[str], rows: list[tuple[int, Any]]) -> Chunk:
    columns = {
        name: [cells[place] for _, cells in rows] for name in column_map.columns() for place in [header.index(name)]
    }
    if column_map.publication.number.generate:
        columns[""] = [repr([str(cell) for cell in cells if cell is not None]) for _, cells in rows]
    return Chunk(Table(column_map, [number for number, _ in rows], columns), rows[0][0])


@contextmanager
def _damage(source: Source) -> Iterator[None]:
    """What the libraries raise for damaged files, as one clear error."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError) as error:
        if isinstance(error, (MalformedInput, HostileInput, EmptyInput, BadColumnMap)):
            raise
        detail = str(error).split("\n", 1)[0][:200] or type(error).__name__
        raise MalformedInput(where=Where(file=source.label), detail=detail) from error
    except (NotImplementedError, SyntaxError, zipfile.BadZipFile, AssertionError) as error:
        raise MalformedInput(where=Where(file=source.label), detail=str(error)[:200]) from error


def _bytes(source: Source) -> Any:
    """A seekable view of the source."""
    if not source.member:
        return source.path
    with source.open() as stream:
        return io.BytesIO(stream.read())


def _parquet_chunks(source: Source, column_map: ColumnMap) -> Iterator[Chunk]:
    row = 1
    with _damage(source), pq.ParquetFile(_bytes(source)) as file:
        present = file.schema_arrow.names
        column_map.check(present, file=source.label)
        meta = file.metadata
        for index in range(meta.num_row_groups):
            group = meta.row_group(index)
            packed = sum(group.column(place).total_compressed_size for place in range(group.num_columns))
            if group.total_byte_size > max(RATIO_FROM, MAX_RATIO * packed):
                detail = f"it unpacks to more than {MAX_RATIO} times its size"
                raise HostileInput(where=Where(file=source.label), detail=detail)
        wanted = present if column_map.publication.number.generate else column_map.columns()
        for batch in file.iter_batches(batch_size=ROWS_PER_CHUNK, columns=wanted):
            yield Chunk(Table(column_map, list(range(row, row + batch.num_rows)), batch), row)
            row += batch.num_rows
    if row == 1:
        raise EmptyInput(where=Where(file=source.label))


def _xlsx_chunks(source: Source, column_map: ColumnMap) -> Iterator[Chunk | Reject]:
    where = Where(file=source.label)
    content = _bytes(source)
    with _damage(source):
        _refuse_workbook_bomb(content, where)
        book = openpyxl.load_workbook(content, read_only=True, data_only=True)
        try:
            name = column_map.table.sheet
            if name is not None and name not in book.sheetnames:
                sheets = ", ".join(book.sheetnames)
                raise BadColumnMap(where=where, detail=f"the map names the sheet {name!r}; the workbook has {sheets}")
            sheet = book[name] if name is not None else book.worksheets[0]
            yield from _sheet_chunks(sheet, source, column_map)
        finally:
            book.close()


def _sheet_chunks(sheet: Any, source: Source, column_map: ColumnMap) -> Iterator[Chunk]:
    header: list[str] | None = None
    rows: list[tuple[int, Any]] = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if number <= column_map.table.skip_rows or all(cell is None for cell in cells):
            continue
        if header is None:
            header = ["" if cell is None else str(cell).strip() for cell in cells]
            column_map.check(header, file=source.label)
            continue
        rows.append((number, [*cells, *([None] * (len(header) - len(cells)))]))
        if len(rows) >= ROWS_PER_CHUNK:
            yield _chunk(column_map, header, rows)
            rows = []
    if header is None:
        raise EmptyInput(where=Where(file=source.label))
    if rows:
        yield _chunk(column_map, header, rows)


def _refuse_workbook_bomb(content: Any, where: Where) -> None:
    with zipfile.ZipFile(content) as archive:
        members = archive.infolist()
        size = sum(item.file_size for item in members)
        packed = max(1, sum(item.compress_size for item in members))
        if size > XLSX_BYTES or (size > RATIO_FROM and size / packed > MAX_RATIO):
            raise HostileInput(where=where, detail="the workbook unpacks to more than it may")
        for item in members:
            if item.filename.endswith((".xml", ".rels")):
                with archive.open(item) as stream:
                    if b"<!DOCTYPE" in stream.read(4096):
                        raise HostileInput(where=where, detail="the workbook declares XML entities")
    if hasattr(content, "seek"):
        content.seek(0)


# rows to records


class _Rows:
    """Cells of a chunk as Python values, fetched by what the map says."""

    def __init__(self, table: Table) -> None:
        self.map = table.map
        self.empty = frozenset({"", *table.map.empty})
        if isinstance(table.columns, pa.RecordBatch):
            batch = table.columns
            self.columns = {name: batch.column(name).to_pylist() for name in batch.schema.names}
            if table.map.publication.number.generate:
                self.columns[""] = [repr(row) for row in batch.to_pylist()]
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
        cell = self.columns[value.column][index]  # type: ignore[index]
        if isinstance(cell, (list, tuple)):
            return list(cell)
        if cell is None:
            return []
        if value.separator is not None and isinstance(cell, str):
            return cell.split(value.separator) if cell.strip() else []
        return [cell] if self._text(cell) is not None else []

    def _text(self, cell: Any) -> str | None:
        if isinstance(cell, float) and cell.is_integer():
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

    def date(self, value: DateValue | None) -> date | None:
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
        office, kind = self.one(pub.office), self.one(pub.kind)
        published = self.date(pub.date)
        if pub.number.generate:
            content = str(self.rows.columns[""][self.index]).encode("utf-8", "replace")
            text: str | None = f"ROW{int(hashlib.sha256(content).hexdigest()[:16], 16) % 10**15:015d}"
        else:
            text = self.one(pub.number)
        column = pub.number.column or ""
        if text is None:
            self.draft.refuse("bad-number", "there is no publication number", column=column)
            return False
        try:
            found = _publication(office, text, kind, published)
        except BadNumber as error:
            self.draft.refuse(error.code, error.what(), column=column, value=text)
            return False
        opened = self.draft.start(
            found.office,
            found.number,
            found.kind,
            column=column,
            publication_date=published,
            original=None if pub.number.generate else text,
            grant_date=self.date(pub.grant_date),
            family_id=self.one(pub.family_id),
            source_id=self.one(pub.source_id),
            legal_status=self.one(pub.legal_status),
        )
        if not opened:
            return False
        for name in ("family_size", "times_cited", "claims"):
            value = getattr(pub, name)
            if value is not None:
                self.draft.say(**{name: self.draft.count(self.one(value), value.column or name)})
        stated = self.one(pub.kind_class)
        if stated in get_args(KindClass):
            self.draft.say(kind_class=stated)
        elif stated is not None:
            self.note("not a class of kind codes", pub.kind_class.column if pub.kind_class else None, stated)
        return True

    def application(self) -> None:
        if self.map.application is None:
            return
        entry, pub = self.map.application, self.draft.record.publication
        filed = self.date(entry.filing_date)
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
                    cited = (found.office, found.number, found.kind)
                except BadNumber:
                    cited = (None, None, None)
                self.draft.cite_patent(*cited, text=text, cited_by=cited_by, category=category, phase=phase)

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


READER = MappedReader()
