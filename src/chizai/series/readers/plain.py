"""Plain CSV and TSV in UTF-8, cp932 or UTF-16."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chizai.corpus.readers.base import Source
from chizai.corpus.readers.tabular import row_chunks
from chizai.corpus.schema import Reject
from chizai.errors import EmptyInput, Where
from chizai.series.errors import SeriesRefused
from chizai.series.readers.mapped import Row, SeriesMap


def rows(path: Path, plan: SeriesMap) -> tuple[Iterator[Row], SeriesMap]:
    """The data rows below the header; a row longer than the header, or one that breaks CSV, is refused."""
    delimiter = plan.delimiter or ("\t" if path.suffix.lower() in (".tsv", ".tab") else ",")
    return _rows(path, delimiter, plan.skip), plan


def no_workbook(path: Path) -> None:
    """Refuse what is often given in place of a table: an Excel workbook (a zip file, or the older binary form)."""
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise SeriesRefused("workbook", where=Where(file=path.name))


def _rows(path: Path, delimiter: str, skip: int) -> Iterator[Row]:
    if path.stat().st_size == 0:
        raise EmptyInput(where=Where(file=path.name))
    no_workbook(path)
    for chunk in row_chunks(Source(path), delimiter=delimiter, skip=skip):
        if isinstance(chunk, Reject):
            raise SeriesRefused("unreadable", where=Where(file=path.name, row=chunk.row), detail=chunk.detail)
        header, numbered = chunk.data
        twice = sorted({name for name in header if name and header.count(name) > 1})
        if twice:
            raise SeriesRefused("column-twice", where=Where(file=path.name, row=1), columns=", ".join(twice))
        for row, cells in numbered:
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                detail = f"{len(cells)} cells, {len(header)} columns"
                raise SeriesRefused("unreadable", where=Where(file=path.name, row=row), detail=detail)
            yield row, dict(zip(header, cells, strict=False))
