"""Google's publications table (``patents-public-data.patents.publications``), exported as Parquet or as JSON lines.

Columns as in the table's own descriptions. Dates are integers ``YYYYMMDD`` with 0 for unknown; JSON lines hold
integers as strings. Any selection of columns is read as long as ``publication_number`` is among them; what is absent is
left out. The numbers are DOCDB numbers.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chizai.corpus.readers.base import (
    FIELD_BYTES,
    Carries,
    Chunk,
    Source,
    batched,
    refuse_parquet_bomb,
)
from chizai.corpus.readers.drafts import Draft, clean, country_of, lacking
from chizai.corpus.schema import Linkage, Record, Reject, Role, Scheme, TextPart
from chizai.errors import EmptyInput, InputError, MalformedInput, MissingColumn, Where

ROWS_PER_CHUNK = 2000
KEY = "publication_number"

CLASSES: tuple[Scheme, ...] = ("cpc", "ipc", "fi", "fterm", "uspc", "locarno")
TEXTS: tuple[tuple[str, TextPart], ...] = (
    ("title_localized", "title"),
    ("abstract_localized", "abstract"),
    ("claims_localized", "claims"),
)
PARTIES: tuple[tuple[str, str, Role], ...] = (
    ("assignee_harmonized", "assignee", "applicant"),
    ("inventor_harmonized", "inventor", "inventor"),
)
COLUMNS = (
    KEY, "application_number", "country_code", "kind_code", "application_kind", "application_number_formatted",
    "family_id", "priority_date", "publication_date", "filing_date", "grant_date", "priority_claim", "citation",
    *CLASSES, *(name for name, _ in TEXTS), *(name for pair in PARTIES for name in pair[:2]),
)  # fmt: skip
UNUSED = frozenset({"tree", "truncated"})
MARKS = frozenset(COLUMNS[1:])
"""A file with the key and two of these is this table and not some other with a column of that name."""

PHASES = {
    "SEA": ("search", "examiner"),
    "ISR": ("international_search", "examiner"),
    "SUP": ("supplementary_search", "examiner"),
    "PRS": ("pre_search", "examiner"),
    "EXA": ("examination", "examiner"),
    "CH2": ("international_examination", "examiner"),
    "APP": (None, "applicant"),
    "OPP": ("opposition", "third_party"),
    "FOP": ("opposition", "third_party"),
    "115": ("observation", "third_party"),
    "APL": ("appeal", None),
}
"""``citation.category`` as the table's description lists it -> phase and who cited. ``citation.type`` is X, Y, A ..."""

_LINKAGES: dict[str, Linkage] = {"P": "provisional", "W": "pct"}


def parts_of(number: str) -> tuple[str, str, str | None] | None:
    """Office, number and kind of ``US-10000000-B2``; None where it is not of that form.

    >>> parts_of("US-10000000-B2"), parts_of("US-87124404-A"), parts_of("10000000")
    (('US', '10000000', 'B2'), ('US', '87124404', 'A'), None)
    """
    parts = number.split("-")
    if len(parts) < 2 or len(parts[0]) != 2 or not parts[1]:
        return None
    return (
        parts[0],
        "".join(parts[1:-1]) if len(parts) > 2 else parts[1],
        (parts[-1] or None) if len(parts) > 2 else None,
    )


def _items(value: Any) -> list[Any]:
    """A repeated field as a list; some exports write it as JSON text."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    if isinstance(value, dict) and isinstance(value.get("list"), list):
        # Exports by way of Avro wrap twice: {"list": [{"element": ...}]}.
        value = [item.get("element") if isinstance(item, dict) else item for item in value["list"]]
    return value if isinstance(value, list) else []


CARRIES: frozenset[Carries] = frozenset(
    {
        "publication_number", "publication_date", "kind", "application_number", "filing_date", "grant_date",
        "priority", "family_id", "applicant", "applicant_country", "inventor", "inventor_country", "cpc", "ipc",
        "fi", "fterm", "inventive", "title", "abstract", "claims_text", "patent_citation", "npl_citation",
        "cited_by", "citation_category",
    }
)  # fmt: skip
TITLE = {
    "en": "Google Patents Public Data, publications table (Parquet, JSON lines)",
    "ja": "Google Patents Public Data 公報テーブル（Parquet・JSON Lines）",
}
LACKS = lacking(CARRIES)


class BigQueryReader:
    name = "bigquery"
    title = TITLE
    carries = CARRIES
    lacks = LACKS

    def recognise(self, head: bytes, source: Source) -> bool:
        if head[:4] == b"PAR1":
            try:
                with _parquet(source) as file:
                    present = set(file.schema_arrow.names)
            except _BROKEN:  # an InputError is a ValueError
                return False
        else:
            line = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0]
            if line[:1] != b"{":
                return False
            try:
                present = set(json.loads(line))
            except (ValueError, RecursionError):
                # One long record does not end within the head.
                present = {name for name in COLUMNS if f'"{name}"'.encode() in line}
        return KEY in present and len(present & MARKS) >= 2

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        if source.head(4) == b"PAR1":
            yield from self._parquet_chunks(source)
        else:
            yield from self._json_chunks(source)

    def _parquet_chunks(self, source: Source) -> Iterator[Chunk]:
        where = Where(file=source.label)
        row = 1
        try:
            with _parquet(source) as file:
                if KEY not in file.schema_arrow.names:
                    raise MissingColumn(where=where, columns=KEY, present=", ".join(file.schema_arrow.names))
                refuse_parquet_bomb(file.metadata, source.path.stat().st_size, where)
                for batch in file.iter_batches(batch_size=ROWS_PER_CHUNK, columns=_leaves(file)):
                    yield Chunk(batch, row)
                    row += batch.num_rows
        except InputError:
            raise
        except _BROKEN as error:
            raise MalformedInput(where=where, detail=_line(error)) from error
        if row == 1:
            raise EmptyInput(where=where)

    def _json_chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        rejects: list[Reject] = []
        found = False
        with source.open() as stream:
            for chunk in batched(_lines(stream, rejects), lambda numbered: len(numbered[1])):
                found = True
                yield chunk
                yield from rejects
                rejects.clear()
        yield from rejects
        if not found and not rejects:
            raise EmptyInput(where=Where(file=source.label))

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        if isinstance(chunk.data, pa.RecordBatch):
            for number, row in enumerate(_rows(chunk.data), chunk.first_row):
                yield from _record(number, row)
            return
        for number, line in chunk.data:
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield Reject(number, "malformed-input", f"not a JSON object: {_line(error)}")
                continue
            if not isinstance(row, dict):
                yield Reject(number, "malformed-input", "not a JSON object")
                continue
            yield from _record(number, row)


_BROKEN = (pa.ArrowException, OSError, ValueError, KeyError, NotImplementedError)
"""What pyarrow raises for a Parquet file that is damaged."""


def _line(error: BaseException) -> str:
    return str(error).split("\n", 1)[0][:200]


def _parquet(source: Source) -> pq.ParquetFile:
    if not source.member:
        return pq.ParquetFile(source.path)
    with source.open() as stream:
        return pq.ParquetFile(io.BytesIO(stream.read()))


def _leaves(file: pq.ParquetFile) -> list[str]:
    """The columns to decode, without the leaves that are not used: the class trees are most of the table."""
    paths = [file.schema.column(index).path for index in range(len(file.schema.names))]
    return [path for path in paths if path.split(".")[0] in COLUMNS and not UNUSED & set(path.split(".")[1:])]


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    # Column by column: five times faster than batch.to_pylist().
    try:
        columns = [column.to_pylist() for column in batch.columns]
    except (UnicodeDecodeError, pa.ArrowException, ValueError, OverflowError):
        columns = [_tolerant(column) for column in batch.columns]
    names = batch.schema.names
    for cells in zip(*columns, strict=True):
        yield dict(zip(names, cells, strict=True))


def _tolerant(column: pa.Array) -> list[Any]:
    """Cell by cell, None for a cell that is not text or a date."""
    found: list[Any] = []
    for scalar in column:
        try:
            found.append(scalar.as_py())
        except (UnicodeDecodeError, pa.ArrowException, ValueError, OverflowError):
            found.append(None)
    return found


def _lines(stream: Any, rejects: list[Reject]) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Numbered non-empty lines; a line over the field limit is skipped without being held."""
    number = 0
    while line := stream.readline(FIELD_BYTES):
        number += 1
        if len(line) == FIELD_BYTES and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = stream.readline(FIELD_BYTES)
            rejects.append(Reject(number, "hostile-input", f"the line is longer than {FIELD_BYTES} bytes"))
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield number, (number, line)


def _record(row_number: int, row: dict[str, Any]) -> Iterator[Record | Reject]:
    draft = Draft(row_number)
    written = clean(row.get(KEY)) or ""
    parts = parts_of(written)
    if parts is None:
        draft.refuse("bad-number", "the number is not of the form US-10000000-B2", column=KEY, value=written)
        yield from draft.items()
        return
    family = clean(row.get("family_id"))
    started = draft.start(
        *parts,
        column=KEY,
        publication_date=draft.day(row.get("publication_date"), "publication_date"),
        original=written,
        grant_date=draft.day(row.get("grant_date"), "grant_date"),
        family_id=family if family not in ("0", "-1") else None,
        earliest_priority_date=draft.day(row.get("priority_date"), "priority_date"),
    )
    if started:
        _application(draft, row)
        _priorities(draft, row)
        _parties(draft, row)
        _classes(draft, row)
        _citations(draft, row)
        for column, part in TEXTS:
            for item in _items(row.get(column)):
                if isinstance(item, dict):
                    draft.text(part, clean(item.get("language")), item.get("text"))
    yield from draft.items()


def _application(draft: Draft, row: dict[str, Any]) -> None:
    written = clean(row.get("application_number"))
    filed = draft.day(row.get("filing_date"), "filing_date")
    if written is None:
        draft.filed(filed)
        return
    column = "application_number"
    parts = parts_of(written)
    if parts is None:
        draft.unread_application(written, filing_date=filed, column=column)
        return
    draft.application(*parts, filing_date=filed, original=written, column=column)


def _priorities(draft: Draft, row: dict[str, Any]) -> None:
    column = "priority_claim"
    for item in _items(row.get(column)):
        written = clean(item.get("application_number")) if isinstance(item, dict) else None
        if written is None:
            continue
        parts = parts_of(written)
        claimed = draft.day(item.get("filing_date"), column)
        if parts is None:
            draft.unread_priority(written, priority_date=claimed, column=column)
            continue
        linkage = _LINKAGES.get((parts[2] or "")[:1], "priority")
        draft.priority(*parts, priority_date=claimed, column=column, linkage=linkage)


def _parties(draft: Draft, row: dict[str, Any]) -> None:
    """Harmonised names where the row has them: they carry the country, and no town runs on after the name."""
    for harmonised, plain, role in PARTIES:
        kind = "assignee" if role == "applicant" else None
        rows = [item for item in _items(row.get(harmonised)) if isinstance(item, dict) and clean(item.get("name"))]
        for item in rows:
            country = country_of(item.get("country_code"))
            draft.party(role, clean(item["name"]), country=country, country_source="residence", kind=kind)
        if not rows:
            for name in _items(row.get(plain)):
                draft.party(role, clean(name) if isinstance(name, str) else None, kind=kind)


def _classes(draft: Draft, row: dict[str, Any]) -> None:
    for scheme in CLASSES:
        items = [item for item in _items(row.get(scheme)) if isinstance(item, dict)]
        # Where no item of a list is marked, the flags are the table's default and say nothing.
        inventive = any(item.get("inventive") is True for item in items)
        first = any(item.get("first") is True for item in items)
        for item in items:
            draft.classify(
                scheme,
                item.get("code"),
                column=scheme,
                inventive=item.get("inventive") is True if inventive else None,
                first=item.get("first") is True if first else None,
            )


def _citations(draft: Draft, row: dict[str, Any]) -> None:
    for item in _items(row.get("citation")):
        if not isinstance(item, dict):
            continue
        phase, cited_by = PHASES.get(clean(item.get("category")) or "", (None, None))
        category = clean(item.get("type"))
        written = clean(item.get(KEY)) or clean(item.get("application_number"))
        if written is None:
            text = clean(item.get("npl_text"))
            draft.cite_literature(text, cited_by=cited_by, category=category, phase=phase)
            continue
        parts = parts_of(written) if clean(item.get(KEY)) else None
        office, number, kind = parts or (None, None, None)
        # citation.filing_date is the cited application's filing date, not the date of the cited document: left out.
        draft.cite_patent(office, number, kind, text=written, cited_by=cited_by, category=category, phase=phase)


READER = BigQueryReader()
