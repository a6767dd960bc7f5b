"""Plain tables (CSV, TSV, XLSX, Parquet) with a declared column map.

No content gives such a table away, so it is read with ``MappedReader(map)``; or, found by itself, when a map lies
beside it as ``<file>.map.yaml`` (``.map.yml``, ``.map.toml``). The form of a map is in docs/column-map.md.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, BinaryIO, get_args

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from chizai.corpus.readers.base import MAX_RATIO, RATIO_FROM, Carries, Chunk, Mark, Source, refuse_parquet_bomb
from chizai.corpus.readers.column_map import ColumnMap, read_map, sidecar
from chizai.corpus.readers.mapped_rows import Table, records_of
from chizai.corpus.readers.tabular import ROWS_PER_CHUNK, header_of, may_be_table, row_chunks
from chizai.corpus.schema import Record, Reject
from chizai.errors import BadColumnMap, EmptyInput, HostileInput, MalformedInput, UnknownFormat, Where
from chizai.messages import Phrase

XLSX_BYTES = 1024 * 1024 * 1024
"""The most that a workbook may unpack to: openpyxl keeps its shared strings in memory."""


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
        return sidecar(source.path) is not None and (not source.member or may_be_table(head))

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        column_map = self.map or self._beside(source)
        magic = source.head(4)
        if magic == b"PAR1":
            yield from _parquet_chunks(source, column_map)
        elif magic == b"PK\x03\x04":
            yield from _xlsx_chunks(source, column_map)
        elif not may_be_table(source.head()):
            raise UnknownFormat(where=Where(file=source.label))
        else:
            yield from _text_chunks(source, column_map)

    def _beside(self, source: Source) -> ColumnMap:
        found = sidecar(source.path)
        if found is None:
            raise BadColumnMap(where=Where(file=source.label), detail="no map was given and none lies beside the file")
        return read_map(found)

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        yield from records_of(chunk.data)


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


def delimiter_of(head: bytes) -> str:
    """The delimiter that gives the header the most cells."""
    return max(",\t;", key=lambda item: len(header_of(head, delimiter=item)))


def _text_chunks(source: Source, column_map: ColumnMap) -> Iterator[Chunk | Reject]:
    layout = column_map.table
    delimiter = layout.delimiter or delimiter_of(source.head())
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
def damage(source: Source) -> Iterator[None]:
    """What the libraries raise for damaged files, as one clear error."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError) as error:
        if isinstance(error, (MalformedInput, HostileInput, EmptyInput, BadColumnMap)):
            raise
        detail = str(error).split("\n", 1)[0][:200] or type(error).__name__
        raise MalformedInput(where=Where(file=source.label), detail=detail) from error
    except (RuntimeError, SyntaxError, zipfile.BadZipFile, zlib.error, AssertionError) as error:
        raise MalformedInput(where=Where(file=source.label), detail=str(error)[:200]) from error


@contextmanager
def seekable(source: Source) -> Iterator[BinaryIO]:
    """The bytes of a source, seekable: the file itself where it is plain, else what it unpacks to.

    A stream and no path: the libraries would judge a path by its ending.
    """
    if not source.member:
        with source.path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not packed:
                yield file
                return
    with source.open() as stream:
        yield io.BytesIO(stream.read())


def _size(content: BinaryIO) -> int:
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    return size


def _parquet_chunks(source: Source, column_map: ColumnMap) -> Iterator[Chunk]:
    row = 1
    with damage(source), seekable(source) as content:
        size = _size(content)
        file = pq.ParquetFile(content if isinstance(content, io.BytesIO) else source.path)
        present = file.schema_arrow.names
        column_map.check(present, file=source.label)
        refuse_parquet_bomb(file.metadata, size, Where(file=source.label))
        wanted = present if column_map.publication.number.generate else column_map.columns()
        for batch in file.iter_batches(batch_size=ROWS_PER_CHUNK, columns=wanted):
            yield Chunk(Table(column_map, list(range(row, row + batch.num_rows)), batch), row)
            row += batch.num_rows
    if row == 1:
        raise EmptyInput(where=Where(file=source.label))


def _xlsx_chunks(source: Source, column_map: ColumnMap) -> Iterator[Chunk]:
    layout = column_map.table
    with damage(source), seekable(source) as content:
        header, numbered = header_and_rows(content, source, sheet=layout.sheet, skip=layout.skip_rows)
        column_map.check(header, file=source.label)
        while rows := list(islice(numbered, ROWS_PER_CHUNK)):
            yield _chunk(column_map, header, rows)


def header_and_rows(
    content: BinaryIO, source: Source, *, sheet: str | None = None, skip: int = 0
) -> tuple[list[str], Iterator[tuple[int, list[Any]]]]:
    """The header of a workbook's sheet (the first one by default) and its numbered rows, all as long as the header."""
    where = Where(file=source.label)
    _refuse_workbook_bomb(content, where)
    book = openpyxl.load_workbook(content, read_only=True, data_only=True)
    if sheet is not None and sheet not in book.sheetnames:
        sheets = ", ".join(book.sheetnames)
        book.close()
        raise BadColumnMap(where=where, detail=f"the map names the sheet {sheet!r}; the workbook has {sheets}")
    cells = book[sheet] if sheet is not None else book.worksheets[0]
    rows = _sheet_rows(book, cells, skip)
    first = next(rows, None)
    if first is None:
        raise EmptyInput(where=where)
    header = ["" if cell is None else str(cell).strip() for cell in first[1]]
    return header, ((number, _fitted(row, len(header))) for number, row in rows)


def _sheet_rows(book: Any, sheet: Any, skip: int) -> Iterator[tuple[int, list[Any]]]:
    try:
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > skip and any(cell is not None for cell in cells):
                yield number, list(cells)
    finally:
        book.close()


def _fitted(cells: list[Any], length: int) -> list[Any]:
    return cells[:length] + [None] * (length - len(cells))


def _refuse_workbook_bomb(content: BinaryIO, where: Where) -> None:
    with zipfile.ZipFile(content) as archive:
        members = archive.infolist()
        if not any(item.filename == "[Content_Types].xml" for item in members):
            raise MalformedInput(where=where, detail=Phrase("files.problem.no_workbook"))
        size = sum(item.file_size for item in members)
        packed = max(1, sum(item.compress_size for item in members))
        if size > XLSX_BYTES or (size > RATIO_FROM and size / packed > MAX_RATIO):
            raise HostileInput(where=where, detail="the workbook unpacks to more than it may")
        for item in members:
            if item.filename.endswith((".xml", ".rels")):
                with archive.open(item) as stream:
                    if b"<!DOCTYPE" in stream.read(4096):
                        raise HostileInput(where=where, detail="the workbook declares XML entities")
    content.seek(0)


READER = MappedReader()
