"""Families of a file: of any patent format, or of a plain CSV with a number and a priority column."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chizai.corpus.families import families, families_of
from chizai.corpus.readers.base import Source
from chizai.corpus.readers.tabular import row_chunks
from chizai.corpus.schema import Reject
from chizai.errors import EmptyInput, Where


@dataclass(frozen=True)
class FileFamilies:
    """One row a publication, as :func:`chizai.corpus.families.families` gives it."""

    table: pa.Table

    def summary(self) -> dict[str, int]:
        """How many publications, simple and extended families, and international simple families there are."""
        known = self.table.filter(pc.is_valid(self.table["simple_family_id"]))
        international = known.filter(known["ipf"])
        return {
            "publications": known.num_rows,
            "unread": self.table.num_rows - known.num_rows,
            "simple": len(known["simple_family_id"].unique()),
            "extended": len(known["extended_family_id"].unique()),
            "ipf": len(international["simple_family_id"].unique()),
        }


def families_of_file(
    path: Path,
    *,
    format: str | None = None,
    map_file: Path | None = None,
    number_column: str | None = None,
    priority_column: str | None = None,
    application_column: str | None = None,
    separator: str | None = None,
) -> FileFamilies:
    """Families of one file. With ``number_column`` it is read as plain CSV, else by the reader of its format."""
    if number_column is not None:
        table = _plain_table(path)
        found = families_of(
            table,
            number=number_column,
            priorities=priority_column or "priorities",
            application=application_column,
            separator=separator,
        )
        return FileFamilies(found)
    from chizai.corpus.convert import convert

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "tables"
        convert([path], out, format=format, map_file=map_file, workers=1)
        tables = {name: pq.read_table(out / f"{name}.parquet") for name in ("publication", "priority", "application")}
    return FileFamilies(families(tables["publication"], tables["priority"], tables["application"]))


def _plain_table(path: Path) -> pa.Table:
    header: list[str] = []
    rows: list[list[str]] = []
    for chunk in row_chunks(Source(path)):
        if not isinstance(chunk, Reject):
            header, numbered = chunk.data
            rows += [(cells + [""] * len(header))[: len(header)] for _number, cells in numbered]
    if not rows:
        raise EmptyInput(where=Where(file=path.name))
    columns = zip(*rows, strict=True)
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(header, columns, strict=True)})
