"""Small tables that people fill and send back: CSV (UTF-8, UTF-16, cp932) and Excel, as rows with their numbers."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

from chizai.corpus.readers.tabular import encoding_of
from chizai.errors import BadEncoding, EmptyInput, HostileInput, MalformedInput, Where
from chizai.files import read_bytes
from chizai.messages import Phrase

MAX_BYTES = 16 * 1024 * 1024
MAX_UNPACKED = 256 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 200

Rows = list[tuple[int, dict[str, str]]]


def read_table(path: Path) -> tuple[list[str], Rows]:
    """The header and the rows of the first sheet, each with the row number that a spreadsheet shows.

    Cells are texts; empty rows are left out. A text that was made harmless for Excel (a leading apostrophe before = + - @)
    is given back as it was.
    """
    data = read_bytes(path, limit=MAX_BYTES)
    table = _xlsx(data, path.name) if data[:2] == b"PK" else _csv(data, path.name)
    filled = [(number, cells) for number, cells in table if any(cells)]
    if not filled:
        raise EmptyInput(where=Where(file=path.name))
    header = [cell.strip() for cell in filled[0][1]]
    twice = {name for name in header if name and header.count(name) > 1}
    if twice:
        place = Where(file=path.name, row=filled[0][0], column=sorted(twice)[0])
        raise MalformedInput(where=place, detail=Phrase("plan.problem.column_twice"))
    rows = [
        (number, {name: _bare(cell) for name, cell in zip(header, cells, strict=False) if name})
        for number, cells in filled[1:]
    ]
    for _, row in rows:
        for name in header:
            row.setdefault(name, "")
    return header, rows


def _bare(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "\t", "\r") else cell


def _csv(data: bytes, label: str) -> list[tuple[int, list[str]]]:
    where = Where(file=label)
    if not data.strip():
        raise EmptyInput(where=where)
    encoding = encoding_of(data)
    if encoding is None:
        raise BadEncoding(where=where)
    try:
        content = data.decode(encoding)
    except UnicodeDecodeError:
        raise BadEncoding(where=where) from None
    if "\x00" in content:
        raise BadEncoding(where=where)
    found: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(content, newline="")), start=1):
            _limit(number, len(cells), label)
            found.append((number, cells))
    except csv.Error as error:
        raise MalformedInput(where=where, detail=str(error)) from None
    return found


def _xlsx(data: bytes, label: str) -> list[tuple[int, list[str]]]:
    where = Where(file=label)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except (zipfile.BadZipFile, NotImplementedError):
        raise MalformedInput(where=where, detail=Phrase("plan.problem.not_excel")) from None
    if unpacked > MAX_UNPACKED:
        raise HostileInput(where=where, detail=Phrase("plan.problem.too_large", {"mib": MAX_UNPACKED // 2**20}))
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    # A damaged workbook makes openpyxl raise nearly anything (KeyError, ValueError, its own, expat's).
    except Exception:
        raise MalformedInput(where=where, detail=Phrase("plan.problem.not_excel")) from None
    found: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            _limit(number, len(cells), label)
            found.append((number, [_cell(cell) for cell in cells]))
    except HostileInput:
        raise
    except Exception:
        raise MalformedInput(where=where, detail=Phrase("plan.problem.not_excel")) from None
    finally:
        book.close()
    return found


def _cell(value: object) -> str:
    if value is None:
        return ""
    if hasattr(value, "date") and hasattr(value, "isoformat"):
        return str(value.date().isoformat())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _limit(row: int, columns: int, label: str) -> None:
    if row > MAX_ROWS or columns > MAX_COLUMNS:
        where = Where(file=label, row=row)
        values: dict[str, object] = {"rows": f"{MAX_ROWS:,}", "columns": MAX_COLUMNS}
        raise HostileInput(where=where, detail=Phrase("plan.problem.table_too_large", values))
