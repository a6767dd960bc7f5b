"""Families of a file: of any patent format, or of a plain CSV with a number and a priority column."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chizai.corpus.families import families, families_of
from chizai.corpus.readers.base import Source
from chizai.corpus.readers.mapped import delimiter_of
from chizai.corpus.readers.tabular import row_chunks
from chizai.corpus.schema import Reject
from chizai.errors import EmptyInput, InputError, MalformedInput, NoSuchColumn, Where
from chizai.files import new_file
from chizai.messages import Lang, Phrase


@dataclass(frozen=True)
class FileFamilies:
    """One row a publication, as :func:`chizai.corpus.families.families` gives it; and what was not kept on the way."""

    table: pa.Table
    rejects: int = 0
    """Records that were not kept."""
    warnings: int = 0
    """Values that were dropped while their record was kept."""
    refused: list[InputError] = field(default_factory=list)
    left: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Archives with the members that no reader knows."""

    def summary(self) -> dict[str, int]:
        """How many publications, simple and extended families, and international simple families there are.

        ``unread``: records or rows that could not be read. ``priorities_unread``: priorities that could not, where the
        publication was kept.
        """
        known = self.table.filter(pc.is_valid(self.table["simple_family_id"]))
        international = known.filter(known["ipf"])
        named = "priorities_unread" in self.table.column_names
        return {
            "publications": known.num_rows,
            "unread": self.table.num_rows - known.num_rows + self.rejects,
            "dropped": self.warnings,
            "priorities_unread": pc.sum(self.table["priorities_unread"]).as_py() or 0 if named else 0,
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
    lang: Lang = "en",
    rejects: Path | None = None,
) -> FileFamilies:
    """Families of one file. With ``number_column`` it is read as plain CSV, else by the reader of its format.

    ``lang``: of the column ``error`` of a plain CSV. ``rejects``: where to write what the reader did not keep, with its
    reasons; nothing is written where all was kept.
    """
    if number_column is not None:
        return FileFamilies(_plain(path, number_column, priority_column, application_column, separator, lang))
    from chizai.corpus.convert import convert

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "tables"
        done = convert([path], out, format=format, map_file=map_file, workers=1)
        tables = {name: pq.read_table(out / f"{name}.parquet") for name in ("publication", "priority", "application")}
        if rejects is not None and (done.counts.rejects or done.counts.warnings):
            with new_file(rejects) as part:
                part.write_bytes((out / "rejects.csv").read_bytes())
    found = families(tables["publication"], tables["priority"], tables["application"])
    return FileFamilies(found, done.counts.rejects, done.counts.warnings, done.refused, done.left)


def _plain(
    path: Path,
    number: str,
    priorities: str | None,
    application: str | None,
    separator: str | None,
    lang: Lang,
) -> pa.Table:
    """The families of a plain CSV; a row that does not fit its header stays, with the reason in ``error``."""
    header, rows = _rows(path)
    wanted = [number, priorities or "priorities", *([application] if application else [])]
    if absent := [name for name in wanted if name not in header]:
        raise NoSuchColumn(where=Where(file=path.name), columns=", ".join(absent), present=", ".join(header))
    cells = [row if isinstance(row, list) else [""] * len(header) for row in rows]
    columns = {name: pa.array([row[place] for row in cells], pa.string()) for place, name in enumerate(header)}
    found = families_of(
        pa.table({name: columns[name] for name in dict.fromkeys(wanted)}),
        number=number,
        priorities=wanted[1],
        application=application,
        separator=separator,
        lang=lang,
    )
    place = found.column_names.index("error")
    said = zip(rows, found["error"].to_pylist(), strict=True)
    errors = [row.text(lang) if isinstance(row, MalformedInput) else error for row, error in said]
    return found.set_column(place, "error", pa.array(errors, pa.string()))


def _rows(path: Path) -> tuple[list[str], list[list[str] | MalformedInput]]:
    """The header, and each row's cells; an error stands for a row that cannot be used."""
    header: list[str] = []
    rows: list[list[str] | MalformedInput] = []
    source = Source(path)
    for chunk in row_chunks(source, delimiter=delimiter_of(source.head())):
        if isinstance(chunk, Reject):
            rows.append(MalformedInput(where=Where(file=path.name, row=chunk.row), detail=chunk.detail))
            continue
        header, numbered = chunk.data
        for number, cells in numbered:
            if len(cells) == len(header):
                rows.append(cells)
            else:
                misfit = Phrase("files.problem.cells", {"found": len(cells), "expected": len(header)})
                rows.append(MalformedInput(where=Where(file=path.name, row=number), detail=misfit))
    if not rows:
        raise EmptyInput(where=Where(file=path.name))
    return header, rows
