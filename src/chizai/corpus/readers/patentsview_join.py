"""PatentsView tables staged as Parquet, joined to the main table, sorted and merged into chunks."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from chizai.corpus.readers.base import Chunk
from chizai.corpus.readers.patentsview_tables import Layout, TableFile
from chizai.corpus.schema import Reject
from chizai.errors import EmptyInput, MalformedInput, Where

PATENTS_PER_CHUNK = 2000
MEMORY = "2GB"
"""What the join may hold in memory; it spills to the temporary folder beyond."""
MOST_NOTES = 1000
"""So many rows of one table are named in the rejects file; the rest are counted."""
BLOCK_BYTES = 16 * 1024 * 1024
"""Tables are read in blocks of this size; a single row must fit into one."""
DETAILS = (
    "abstract", "claims", "application", "applicants", "inventors", "cpc", "ipc", "uspc", "cited_patent",
    "cited_application", "cited_foreign", "literature", "priority", "related", "pct", "statement", "agency", "contract",
)  # fmt: skip
"""What hangs on a patent after the joins; ``applicants`` and ``inventors`` come out of several tables."""

EXPECTED = {
    "application": "g_application (application number, filing date)",
    "abstract": "g_patent_abstract (abstract)",
    "applicants": "g_assignee_disambiguated or g_assignee_not_disambiguated (assignees)",
    "inventors": "g_inventor_disambiguated or g_inventor_not_disambiguated (inventors)",
    "location": "g_location_disambiguated (countries of assignees and inventors)",
    "cpc": "g_cpc_current (CPC)",
    "ipc": "g_ipc_at_issue (IPC)",
    "cited_patent": "g_us_patent_citation (citations of US patents)",
    "cited_application": "g_us_application_citation (citations of US applications)",
    "cited_foreign": "g_foreign_citation (citations of foreign patents)",
    "literature": "g_other_reference (citations of literature)",
    "priority": "g_foreign_priority (foreign priorities)",
    "related": "g_us_rel_doc (parents and provisional applications)",
    "statement": "g_gov_interest (statements of government interest)",
    "agency": "g_gov_interest_org (agencies)",
    "contract": "g_gov_interest_contracts (contract numbers)",
}
_ONLY_GRANTED = {"cited_patent", "cited_application", "cited_foreign", "literature"}
"""Pre-grant publications cite nothing on their front page."""


class Join:
    """Staging, join and sort of one set of tables in ``folder``."""

    def __init__(self, folder: Path, tables: list[TableFile], *, family: str, label: str) -> None:
        self.folder, self.tables, self.family, self.label = folder, tables, family, label
        self.notes: list[Reject] = []
        self.staged: dict[str, list[str]] = {}
        self.columns: dict[str, set[str]] = {}
        self.files: dict[str, str] = {}

    def chunks(self) -> Iterator[Chunk | Reject]:
        for index, table in enumerate(self.tables):
            if table.layout is not None:
                self._stage(index, table, table.layout)
        config = {
            "memory_limit": MEMORY,
            "temp_directory": str(self.folder / "spill"),
            "threads": str(min(os.cpu_count() or 1, 4)),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        with duckdb.connect(":memory:", config=config) as connection:
            sorted_tables = self._sort(connection)
        self._note_absent(sorted_tables)
        yield from self.notes
        try:
            yield from _merged(sorted_tables)
        finally:
            for file in sorted_tables.values():
                file.close()

    def _stage(self, index: int, table: TableFile, layout: Layout) -> None:
        """Copy the needed columns of one file to Parquet, each row with its line."""
        present = layout.present(frozenset(table.header))
        names = list(present)
        schema = pa.schema([(name, pa.string()) for name in names] + [("line", pa.int64())])
        path = self.folder / f"{layout.table}-{index}.parquet"
        label = table.source.label
        skipped = 0

        def skip(row: Any) -> str:
            nonlocal skipped
            skipped += 1
            if skipped <= MOST_NOTES:
                detail = f"{row.actual_columns} cells where the header has {row.expected_columns}"
                self.notes.append(
                    Reject(row.number or 0, "malformed-input", f"{label}: {detail}", value=row.text[:200])
                )
            return "skip"

        line = 2
        try:
            with table.source.open() as stream, pq.ParquetWriter(path, schema, compression="zstd") as writer:
                reader = pacsv.open_csv(
                    _Utf8(stream),
                    read_options=pacsv.ReadOptions(
                        column_names=list(table.header), skip_rows=1, block_size=BLOCK_BYTES, use_threads=True
                    ),
                    parse_options=pacsv.ParseOptions(
                        delimiter="\t",
                        quote_char='"' if table.quoted else False,
                        double_quote=True,
                        newlines_in_values=table.quoted,
                        invalid_row_handler=skip,
                    ),
                    convert_options=pacsv.ConvertOptions(
                        column_types=dict.fromkeys(table.header, pa.string()),
                        include_columns=list(present.values()),
                        null_values=["", "NULL", "\\N"],
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=True,
                    ),
                )
                for batch in reader:
                    lines = pa.array(np.arange(line, line + batch.num_rows))
                    columns = [batch.column(position) for position in range(len(names))]
                    writer.write_batch(pa.RecordBatch.from_arrays([*columns, lines], schema=schema))
                    line += batch.num_rows
        except (pa.ArrowException, KeyError) as error:
            if line == 2 and "Empty CSV" in str(error):
                return
            detail = str(error).split("\n", 1)[0][:200]
            raise MalformedInput(where=Where(file=label, row=line), detail=detail) from error
        if skipped > MOST_NOTES:
            detail = f"{label}: {skipped - MOST_NOTES} more rows with another number of cells than the header"
            self.notes.append(Reject(0, "malformed-input", detail))
        self.staged.setdefault(layout.table, []).append(str(path))
        self.columns.setdefault(layout.table, set()).update(names)
        self.files.setdefault(layout.table, label)

    def _scan(self, table: str, *columns: str) -> str:
        """A subquery of a staged table with these columns, null where no file has them."""
        files = ", ".join("'" + path.replace("'", "''") + "'" for path in self.staged[table])
        present = self.columns[table]
        cells = ", ".join(f'"{name}"' if name in present else f'NULL::VARCHAR AS "{name}"' for name in columns)
        return f"(SELECT id, {cells}, line FROM read_parquet([{files}], union_by_name = true) WHERE id IS NOT NULL)"

    def _sort(self, connection: duckdb.DuckDBPyConnection) -> dict[str, pq.ParquetFile]:
        if "patent" not in self.staged:
            raise EmptyInput(where=Where(file=self.label))
        main = self._scan(
            "patent",
            "number",
            "date",
            "title",
            "kind",
            "type",
            "claims",
            "abstract",
            "withdrawn",
            "application",
            "filed",
        )
        connection.execute(
            f"CREATE TABLE main AS SELECT row_number() OVER (ORDER BY line, id) AS n, * FROM "
            f"(SELECT * FROM {main} QUALIFY row_number() OVER (PARTITION BY id ORDER BY line) = 1)"
        )
        connection.execute("CREATE TABLE keys AS SELECT id, n FROM main")
        if not _number_of(connection, "SELECT count(*) FROM keys"):
            raise EmptyInput(where=Where(file=self.label))
        again = (
            f"SELECT line, id FROM {main} QUALIFY row_number() OVER (PARTITION BY id ORDER BY line) > 1 ORDER BY line"
        )
        for line, patent in connection.execute(f"{again} LIMIT {MOST_NOTES}").fetchall():
            self.notes.append(
                Reject(line, "malformed-input", "the patent stands in the main table already", value=patent)
            )
        found = {"patent": self._write(connection, "patent", "SELECT * FROM main ORDER BY n")}
        connection.execute("DROP TABLE main")
        for name, query in self._details().items():
            order = "n, TRY_CAST(sequence AS BIGINT), line"
            joined = f"SELECT keys.n, d.* EXCLUDE (id) FROM ({query}) d JOIN keys ON keys.id = d.id ORDER BY {order}"
            found[name] = self._write(connection, name, joined)
        for table in ("cpc", "cited_patent", "assignee", "assignee_raw", "inventor", "inventor_raw"):
            self._note_orphans(connection, table)
        return found

    def _write(self, connection: duckdb.DuckDBPyConnection, name: str, query: str) -> pq.ParquetFile:
        path = self.folder / f"sorted-{name}.parquet"
        quoted = str(path).replace("'", "''")
        connection.execute(f"COPY ({query}) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 65536)")
        return pq.ParquetFile(path)

    def _details(self) -> dict[str, str]:
        """A query for each detail, with ``id``, ``sequence`` and ``line`` for the order."""
        scan = self._scan
        simple: dict[str, tuple[str, ...]] = {
            "abstract": ("text",),
            "claims": ("text",),
            "application": ("number", "filed", "series"),
            "ipc": ("section", "class", "subclass", "main_group", "subgroup", "value"),
            "uspc": ("symbol",),
            "cited_patent": ("number", "date", "kind", "category"),
            "cited_application": ("number", "date", "kind", "category"),
            "cited_foreign": ("number", "date", "country", "category"),
            "literature": ("text",),
            "priority": ("number", "date", "country"),
            "related": ("number", "date", "country", "type", "relation"),
            "pct": ("number", "date", "type"),
            "statement": ("text",),
            "agency": ("name",),
            "contract": ("number",),
        }
        found = {
            name: f"SELECT * FROM {scan(name, 'sequence', *columns)}"
            for name, columns in simple.items()
            if name in self.staged
        }
        cpc = "cpc" if "cpc" in self.staged else "cpc_issue"
        if cpc in self.staged:
            found["cpc"] = f"SELECT * FROM {scan(cpc, 'sequence', 'symbol', 'type')}"
        for name, table, extra in (("applicants", "assignee", ("organization", "type")), ("inventors", "inventor", ())):
            query = self._people(table, extra)
            if query is not None:
                found[name] = query
        return found

    def _people(self, table: str, extra: tuple[str, ...]) -> str | None:
        """Names as printed where the set has them, with the place of either table."""
        printed, known = f"{table}_raw" in self.staged, table in self.staged
        if not printed and not known:
            return None
        columns = ("sequence", "first", "last", *extra, "location")
        base = self._scan(f"{table}_raw" if printed else table, *columns)
        names = ", ".join(f"p.{name}" for name in ("sequence", "first", "last", *extra))
        joins, places = "", []
        if "location" in self.staged:
            key = "p.location"
            if printed and known:
                other = (
                    f"(SELECT * FROM {self._scan(table, 'sequence', 'location')} "
                    "QUALIFY row_number() OVER (PARTITION BY id, sequence ORDER BY line) = 1)"
                )
                joins += f" LEFT JOIN {other} k ON k.id = p.id AND k.sequence = p.sequence"
                key = "k.location"
            elif printed and "location_raw" in self.staged:
                key = "r.location"
            if key != "r.location":
                joins += f" LEFT JOIN {self._places('location')} l ON l.id = {key}"
                places.append("l")
        if printed and "location_raw" in self.staged:
            joins += f" LEFT JOIN {self._places('location_raw')} r ON r.id = p.location"
            if "location" in self.staged and "l" not in places:
                joins += f" LEFT JOIN {self._places('location')} l ON l.id = r.location"
                places.append("l")
            places.append("r")
        cells = ", ".join(
            (f"coalesce({', '.join(f'{place}.{cell}' for place in places)})" if places else "NULL::VARCHAR")
            + f" AS {cell}"
            for cell in ("city", "state", "country")
        )
        return f"SELECT p.id, {names}, {cells}, p.line FROM {base} p{joins}"

    def _places(self, table: str) -> str:
        return (
            f"(SELECT * FROM {self._scan(table, 'city', 'state', 'country', 'location')} "
            "QUALIFY row_number() OVER (PARTITION BY id ORDER BY line) = 1)"
        )

    def _note_orphans(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        if table not in self.staged:
            return
        query = f"SELECT count(*) FROM {self._scan(table, 'sequence')} d ANTI JOIN keys ON keys.id = d.id"
        if count := _number_of(connection, query):
            detail = f"{count} rows belong to patents that the main table does not hold"
            self.notes.append(Reject(0, "malformed-input", f"{self.files[table]}: {detail}", fatal=False))

    def _note_absent(self, found: dict[str, pq.ParquetFile]) -> None:
        here = set(found) | set(self.staged)
        if {"location", "location_raw"} & here:
            here.add("location")
        here |= {"application", "abstract"} & self.columns["patent"]
        passed = _ONLY_GRANTED if self.family == "pregrant" else set()
        absent = [text for name, text in EXPECTED.items() if name not in here and name not in passed]
        if absent:
            if self.family == "pregrant":
                absent = [text.replace("g_", "pg_") for text in absent]
            detail = f"the set lacks {', '.join(absent)}"
            self.notes.insert(0, Reject(0, "missing-column", detail, fatal=False))


def _number_of(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return row[0] if row else 0


class _Utf8:
    """Bytes that are surely UTF-8: what is not becomes the replacement character. Plain ASCII passes untouched."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._ready = b""

    def read(self, size: int) -> bytes:
        if not self._ready:
            while data := self._stream.read(size):
                if data.isascii() and not self._decoder.getstate()[0]:
                    return data
                self._ready = self._decoder.decode(data).encode()
                if self._ready:
                    break
            else:
                self._ready = self._decoder.decode(b"", final=True).encode()
        found, self._ready = self._ready[:size], self._ready[size:]
        return found

    def close(self) -> None:
        self.closed = True


class _Sorted:
    """A table sorted by ``n``, given out piece by piece."""

    def __init__(self, file: pq.ParquetFile) -> None:
        self._batches = file.iter_batches(batch_size=32_768)
        self._schema = file.schema_arrow
        self._held: list[pa.RecordBatch] = []

    def take(self, last: int) -> pa.Table:
        """The rows up to and including patent ``last``."""
        taken: list[pa.RecordBatch] = []
        while True:
            batch = self._held.pop() if self._held else next(self._batches, None)
            if batch is None:
                break
            ends = int(np.searchsorted(batch.column("n").to_numpy(), last, side="right"))
            taken.append(batch.slice(0, ends))
            if ends < batch.num_rows:
                self._held.append(batch.slice(ends))
                break
        return pa.Table.from_batches(taken, schema=self._schema)


def _merged(files: dict[str, pq.ParquetFile]) -> Iterator[Chunk]:
    details = {name: _Sorted(file) for name, file in files.items() if name != "patent"}
    for batch in files["patent"].iter_batches(batch_size=PATENTS_PER_CHUNK):
        if batch.num_rows == 0:
            continue
        last = batch.column("n")[-1].as_py()
        data = {"patent": pa.Table.from_batches([batch])}
        for name, rows in details.items():
            table = rows.take(last)
            if table.num_rows:
                data[name] = table.combine_chunks()
        yield Chunk(data, batch.column("line")[0].as_py())
