"""Help for readers of delimited text: encodings, limits, records with their row numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from chizai.corpus.readers.base import CHUNK_BYTES, FIELD_BYTES, Chunk, Source
from chizai.corpus.schema import Reject
from chizai.errors import BadEncoding, EmptyInput, Where

ROWS_PER_CHUNK = 2000


def encoding_of(head: bytes) -> str | None:
    """'utf-8-sig', 'utf-16' or 'cp932' from the first bytes; None when neither fits.

    >>> encoding_of("出願番号".encode("cp932"))
    'cp932'
    """
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    for encoding in ("utf-8-sig", "cp932"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError as error:
            # A character cut off at the end of the head is not a wrong encoding.
            if error.start >= len(head) - 4:
                return encoding
        else:
            return encoding
    return None


def may_be_table(head: bytes) -> bool:
    """Whether these first bytes can be a table at all: Parquet, a workbook, or text; not a picture, not a program.

    >>> may_be_table("a;b".encode("utf-16")), may_be_table(b"%PDF-1.7 a,b"), may_be_table(b"a\\x00,b")
    (True, False, False)
    """
    if head[:4] in (b"PAR1", b"PK\x03\x04"):
        return True
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"\xd0\xcf\x11\xe0")):
        return False
    encoding = encoding_of(head)
    return encoding is not None and (encoding == "utf-16" or b"\x00" not in head)


class Lines:
    """The lines of a stream, for ``csv.reader``. A line of more than FIELD_BYTES characters costs csv.Error, not memory."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(FIELD_BYTES)
        if not line:
            raise StopIteration
        if len(line) == FIELD_BYTES and not line.endswith(("\n", "\r")):
            while line and not line.endswith(("\n", "\r")):
                line = self._stream.readline(FIELD_BYTES)
            message = f"a line of more than {FIELD_BYTES} characters"
            raise csv.Error(message)
        return line


def header_of(head: bytes, *, delimiter: str = ",") -> list[str]:
    """The first row's cells, stripped; empty when it is not delimited text."""
    encoding = encoding_of(head)
    if encoding is None or (b"\x00" in head.replace(b"\xff\xfe", b"")[:64] and encoding != "utf-16"):
        return []
    text = head.decode(encoding, errors="ignore")
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                return [cell.strip() for cell in row]
    except csv.Error:
        return []
    return []


def row_chunks(
    source: Source, *, delimiter: str = ",", skip: int = 0, rows_per_chunk: int = ROWS_PER_CHUNK
) -> Iterator[Chunk | Reject]:
    """Chunks whose data is ``(header, [(row_number, cells), ...])``.

    The header is the first non-empty row after ``skip`` rows. Row numbers are those a spreadsheet shows for a file
    without line breaks inside cells: records, counted from 1, the header included.
    """
    encoding = encoding_of(source.head())
    if encoding is None:
        raise BadEncoding(where=Where(file=source.label))
    csv.field_size_limit(FIELD_BYTES)
    header: list[str] | None = None
    rows: list[tuple[int, list[str]]] = []
    with source.open() as stream:
        reader = csv.reader(Lines(stream, encoding), delimiter=delimiter)
        number = size = 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                number += 1
                yield Reject(number, "malformed-input", str(error))
                continue
            number += 1
            if number <= skip or not any(cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                continue
            rows.append((number, cells))
            size += sum(map(len, cells))
            if len(rows) >= rows_per_chunk or size >= CHUNK_BYTES:
                yield Chunk((header, rows), rows[0][0])
                rows, size = [], 0
    if header is None:
        raise EmptyInput(where=Where(file=source.label))
    if rows:
        yield Chunk((header, rows), rows[0][0])
