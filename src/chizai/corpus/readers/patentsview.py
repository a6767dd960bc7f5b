"""PatentsView bulk tables: tab-separated files that belong together, one row of detail a line.

Read are the tables since 2023 (``g_patent.tsv``, ``g_cpc_current.tsv`` ...), their pre-grant sisters (``pg_*``) and the raw
tables of before (``patent.tsv``, ``rawassignee.tsv`` ...), plain, gzipped or zipped; a table is known by its columns, not by
its file's name. Only the main table (``g_patent``, ``pg_published_application`` or ``patent``) must be there.

The tables are not sorted alike, so they are staged as Parquet, joined to the main table and sorted by DuckDB within a fixed
memory, and then merged in one pass. The staging needs free disk in the temporary folder, about a third of the tables' size.

Names are those printed on the document where the set has them (``*_not_disambiguated``), else PatentsView's. Column names are
those of PatentsView's own export views (github.com/PatentsView/PatentsView-DB).
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from chizai.corpus.readers.base import Carries, Chunk, Reader, Source, expand
from chizai.corpus.readers.drafts import Draft, clean, country_of, lacking
from chizai.corpus.readers.tabular import header_of
from chizai.corpus.schema import Linkage, Record, Reject
from chizai.errors import EngineError, InputError, MalformedInput, Where

PATENTS_PER_CHUNK = 2000
MEMORY = "2GB"
"""What the join may hold in memory; it spills to the temporary folder beyond."""
BLOCK_BYTES = 16 * 1024 * 1024
"""Tables are read in blocks of this size; a single row must fit into one."""
PROBED_MEMBERS = 3
"""So many members of a zip are looked at before it is taken for something else."""


class BundleReader(Reader, Protocol):
    """A reader of a format that comes as several files which only together make records."""

    def bundles(self, paths: list[Path]) -> list[Source]:
        """The sets among ``paths``, each a Source whose ``bundle`` names its files; other files are passed over.

        ``chunks`` takes such a Source; it also takes a single file, as a set of one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Layout:
    """How one generation writes a table: our column -> its column. A column ending in '?' may be absent."""

    table: str
    columns: dict[str, str]
    without: frozenset[str] = field(default=frozenset())
    """Columns that another table has beside these."""

    def fits(self, header: frozenset[str]) -> bool:
        return not (self.without & header) and all(
            name in header for name in self.columns.values() if not name.endswith("?")
        )

    def present(self, header: frozenset[str]) -> dict[str, str]:
        found = {ours: theirs.removesuffix("?") for ours, theirs in self.columns.items()}
        return {ours: theirs for ours, theirs in found.items() if theirs in header}


def _both(table: str, columns: dict[str, str], without: tuple[str, ...] = ()) -> list[Layout]:
    """The same table of granted patents and of pre-grant publications."""
    return [Layout(table, {"id": key, **columns}, frozenset(without)) for key in ("patent_id", "pgpub_id")]


def _old(table: str, without: tuple[str, ...] = (), **columns: str) -> Layout:
    return Layout(table, {"id": "patent_id", **columns}, frozenset(without))


LAYOUTS: list[Layout] = [
    Layout(
        "patent",
        {
            "id": "patent_id", "date": "patent_date", "title": "patent_title", "type": "patent_type?",
            "kind": "wipo_kind?", "claims": "num_claims?", "abstract": "patent_abstract?", "withdrawn": "withdrawn?",
        },
    ),
    Layout(
        "patent",
        {
            "id": "pgpub_id", "date": "published_date", "title": "application_title", "kind": "wipo_kind?",
            "type": "patent_type?", "abstract": "application_abstract?", "application": "application_id?",
            "filed": "filing_date?",
        },
    ),
    Layout(
        "patent",
        {
            "id": "id", "number": "number", "date": "date", "title": "title", "kind": "kind", "abstract": "abstract?",
            "claims": "num_claims?", "withdrawn": "withdrawn?",
        },
    ),
    *_both("abstract", {"text": "patent_abstract"}),
    *_both("claims", {"sequence": "claim_sequence", "text": "claim_text"}),
    _old("claims", text="text", sequence="sequence", dependent="dependent"),
    Layout("application", {"id": "patent_id", "number": "application_id", "filed": "filing_date"}),
    _old("application", number="number", filed="date", series="series_code"),
    *_both(
        "assignee",
        {
            "sequence": "assignee_sequence", "organization": "disambig_assignee_organization",
            "first": "disambig_assignee_individual_name_first?", "last": "disambig_assignee_individual_name_last?",
            "type": "assignee_type?", "location": "location_id?",
        },
    ),
    *_both(
        "assignee_raw",
        {
            "sequence": "assignee_sequence", "organization": "raw_assignee_organization",
            "first": "raw_assignee_individual_name_first?", "last": "raw_assignee_individual_name_last?",
            "type": "assignee_type?", "location": "rawlocation_id?",
        },
    ),
    _old(
        "assignee_raw", organization="organization", first="name_first", last="name_last", type="type",
        sequence="sequence", location="rawlocation_id", assignee="assignee_id",
    ),
    *_both(
        "inventor",
        {
            "sequence": "inventor_sequence", "first": "disambig_inventor_name_first",
            "last": "disambig_inventor_name_last", "location": "location_id?",
        },
    ),
    *_both(
        "inventor_raw",
        {
            "sequence": "inventor_sequence", "first": "raw_inventor_name_first", "last": "raw_inventor_name_last",
            "location": "rawlocation_id?",
        },
    ),
    _old(
        "inventor_raw", first="name_first", last="name_last", sequence="sequence", location="rawlocation_id",
        inventor="inventor_id",
    ),
    Layout(
        "location",
        {
            "id": "location_id", "city": "disambig_city?", "state": "disambig_state?", "country": "disambig_country",
        },
    ),
    Layout(
        "location_raw",
        {
            "id": "rawlocation_id", "city": "raw_city?", "state": "raw_state?", "country": "raw_country",
            "location": "location_id?",
        },
    ),
    Layout(
        "location_raw",
        {"id": "id", "location": "location_id", "city": "city", "state": "state", "country": "country"},
    ),
    *_both(
        "cpc",
        {"sequence": "cpc_sequence", "symbol": "cpc_group", "type": "cpc_type"},
        without=("cpc_action_date",),
    ),
    *_both("cpc_issue", {"sequence": "cpc_sequence", "symbol": "cpc_group", "type": "cpc_type"}),
    _old("cpc", symbol="subgroup_id", type="category", sequence="sequence"),
    *_both(
        "ipc",
        {
            "sequence": "ipc_sequence", "section": "section", "class": "ipc_class", "subclass": "subclass",
            "main_group": "main_group", "subgroup": "subgroup", "value": "classification_value?",
        },
    ),
    _old(
        "ipc", sequence="sequence", section="section", subclass="subclass", main_group="main_group",
        subgroup="subgroup", value="classification_value?", **{"class": "ipc_class"},
    ),
    *_both("uspc", {"sequence": "uspc_sequence", "symbol": "uspc_subclass_id"}),
    _old("uspc", sequence="sequence", symbol="subclass_id", mainclass="mainclass_id"),
    *_both(
        "cited_patent",
        {
            "sequence": "citation_sequence", "number": "citation_patent_id", "date": "citation_date?",
            "kind": "wipo_kind?", "category": "citation_category?",
        },
    ),
    _old("cited_patent", number="citation_id", date="date", kind="kind", category="category", sequence="sequence"),
    *_both(
        "cited_application",
        {
            "sequence": "citation_sequence", "number": "citation_document_number", "date": "citation_date?",
            "kind": "wipo_kind?", "category": "citation_category?",
        },
    ),
    _old(
        "cited_application", number="number", date="date", kind="kind", category="category", sequence="sequence",
        application="application_id",
    ),
    *_both(
        "cited_foreign",
        {
            "sequence": "citation_sequence", "number": "citation_application_id", "date": "citation_date?",
            "country": "citation_country", "category": "citation_category?",
        },
    ),
    _old(
        "cited_foreign", number="number", date="date", country="country", category="category", sequence="sequence",
    ),
    *_both("literature", {"sequence": "other_reference_sequence", "text": "other_reference_text"}),
    *_both(
        "priority",
        {
            "sequence": "priority_claim_sequence", "number": "foreign_application_id", "date": "filing_date?",
            "country": "foreign_country_filed",
        },
    ),
    _old(
        "priority", ("category", "doctype"), sequence="sequence", kind="kind", number="number", date="date",
        country="country_transformed",
    ),
    *_both(
        "related",
        {
            "sequence": "related_doc_sequence?", "number": "related_doc_number", "type": "related_doc_type",
            "relation": "related_doc_kind", "date": "related_doc_published_date?", "country": "published_country?",
        },
    ),
    _old(
        "related", sequence="sequence?", number="reldocno", type="doctype", relation="relkind", date="date",
        country="country",
    ),
    *_both(
        "pct",
        {"number": "pct_doc_number", "type": "pct_doc_type", "date": "published_or_filed_date?"},
    ),
    _old("pct", number="rel_id", type="doc_type", date="date"),
    *_both("statement", {"text": "gi_statement"}),
    *_both("agency", {"name": "fedagency_name"}),
    *_both("contract", {"number": "contract_award_number"}),
    _old("literature", ("dependent",), text="text", sequence="sequence", uuid="uuid"),
]  # fmt: skip
"""Tried in this order: a table whose columns hold those of another comes first."""

UNREAD = frozenset(
    {
        "applicant_sequence", "attorney_sequence", "examiner_role", "num_figures", "latin_name", "disclaimer_date",
        "wipo_field_id", "rel_app_text", "draw_desc_text", "description_text", "summary_text", "cpc_group_title",
        "cpc_subclass_title", "current_pgpub_id_flag", "disamb_assignee_id_20191231", "disamb_inventor_id_20191231",
        "disamb_assignee_id_20201229", "disamb_inventor_id_20210330", "gi_organization_id",
    }
)  # fmt: skip
"""Columns by which the tables are known that chizai has no use for."""
_KEYS = frozenset({"patent_id", "pgpub_id"})

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

LINKAGES: dict[str, Linkage] = {
    "continuation": "continuation",
    "continuation-in-part": "continuation_in_part",
    "division": "division",
    "divisional": "division",
    "us-divisional-reissue": "division",
    "reissue": "reissue",
    "continuing-reissue": "reissue",
    "us-reexamination-reissue-merger": "reissue",
    "us-provisional-application": "provisional",
    "a-371-of-international": "pct",
}
CITED_BY = {
    "cited by examiner": "examiner",
    "cited by applicant": "applicant",
    "cited by third party": "third_party",
}
PERSONS = frozenset({"4", "5"})
COMPANIES = frozenset({"2", "3"})
"""Second digit of ``assignee_type``; a leading 1 means part interest."""

CARRIES: frozenset[Carries] = frozenset(
    {
        "publication_number", "publication_date", "kind", "application_number", "filing_date", "priority", "applicant",
        "applicant_country", "inventor", "inventor_country", "cpc", "ipc", "inventive", "title", "abstract",
        "claims_text", "claims_count", "patent_citation", "npl_citation", "cited_by", "funding", "legal_status",
    }
)  # fmt: skip
TITLE = {
    "en": "PatentsView bulk tables (TSV, a folder of files)",
    "ja": "PatentsView 一括データ（TSV、フォルダー単位）",
}
LACKS = lacking(CARRIES)


@dataclass(frozen=True, slots=True)
class _File:
    """One recognised table."""

    source: Source
    layout: Layout | None
    """None for a table that is known and not read."""
    header: tuple[str, ...]
    quoted: bool

    @property
    def family(self) -> str | None:
        """'granted' or 'pregrant'; None for what serves both (places)."""
        if "pgpub_id" in self.header:
            return "pregrant"
        if self.layout is not None and self.layout.table.startswith("location"):
            return None
        return "granted"


def _table(source: Source) -> _File | None:
    head = source.head(1 << 16)
    if head[:4] in (b"PAR1", b"PK\x03\x04"):
        return None
    names = header_of(head.split(b"\n", 1)[0], delimiter="\t")
    header = frozenset(names)
    if len(names) < 2:
        return None
    quoted = head.lstrip(b"\xef\xbb\xbf").startswith(b'"') or re.search(rb'(?:^|\t)"[^"\t\n]*"(?:\t|\r?$)', head, re.M)
    if source.path.name.startswith(("rel_app_text", "g_rel_app", "pg_rel_app")) or (header & UNREAD):
        # g_gov_interest_org is known by a column of its own beside the one named in UNREAD.
        layout = next((item for item in LAYOUTS if item.table == "agency" and item.fits(header)), None)
        return _File(source, layout, tuple(names), bool(quoted)) if layout or header & (_KEYS | UNREAD) else None
    layout = next((item for item in LAYOUTS if item.fits(header)), None)
    return _File(source, layout, tuple(names), bool(quoted)) if layout is not None else None


def _tables(path: Path, *, probe: bool) -> list[_File]:
    """The tables in a file: itself, or the members of a zip. ``probe`` gives up on a zip that begins with others."""
    found: list[_File] = []
    for index, source in enumerate(expand(path)):
        table = _table(source)
        if table is not None:
            found.append(table)
        elif probe and index + 1 >= PROBED_MEMBERS and not found:
            break
    return found


class PatentsViewReader:
    name = "patentsview"
    title = TITLE
    carries = CARRIES
    lacks = LACKS

    def recognise(self, head: bytes, source: Source) -> bool:
        try:
            return _table(source) is not None
        except InputError:
            return False

    def bundles(self, paths: list[Path]) -> list[Source]:
        """One Source for each folder and each of the two families (granted patents, pre-grant publications)."""
        folders: dict[Path, dict[Path, list[_File]]] = {}
        for path in sorted(paths):
            try:
                tables = _tables(path, probe=True)
            except InputError:
                continue  # it comes back as an error of its own when the file is read
            if tables:
                folders.setdefault(path.parent, {})[path] = tables
        found: list[Source] = []
        for members in folders.values():
            families = {table.family for tables in members.values() for table in tables} - {None}
            for family in sorted(filter(None, families)) or [None]:
                own = [p for p, tables in members.items() if any(t.family in (family, None) for t in tables)]
                main = next((p for p in own if any(t.layout and t.layout.table == "patent" for t in members[p])), own[0])
                found.append(Source(main, bundle=tuple(own)))
        return found

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        if source.bundle:
            tables = [table for path in source.bundle for table in _tables(path, probe=False)]
        elif source.member:
            tables = [table for table in (_table(source),) if table is not None]
        else:
            tables = _tables(source.path, probe=False)
        mains = [table for table in tables if table.layout is not None and table.layout.table == "patent"]
        if not mains:
            detail = "of the set of tables the main one, g_patent (or pg_published_application), is not there"
            raise MalformedInput(where=Where(file=source.label), detail=detail)
        family = mains[0].family
        tables = [table for table in tables if table.family in (family, None)]
        with tempfile.TemporaryDirectory(prefix="chizai-patentsview-") as folder:
            try:
                yield from _Join(Path(folder), tables, family or "granted").chunks()
            except duckdb.Error as error:
                raise EngineError(url="duckdb", detail=str(error).split("\n", 1)[0][:300]) from error

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        tables: dict[str, pa.Table] = chunk.data
        details = {name: _Groups(tables[name]) for name in DETAILS if name in tables}
        for patent in tables["patent"].to_pylist():
            yield from _record(patent, details)


class _Join:
    """Staging, join and sort of one set of tables in ``folder``."""

    def __init__(self, folder: Path, tables: list[_File], family: str) -> None:
        self.folder, self.tables, self.family = folder, tables, family
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
        yield from _merged(sorted_tables)

    def _stage(self, index: int, table: _File, layout: Layout) -> None:
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
            if skipped <= 1000:
                detail = f"{row.actual_columns} cells where the header has {row.expected_columns}"
                self.notes.append(Reject(row.number or 0, "malformed-input", f"{label}: {detail}", value=row.text[:200]))
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
                        null_values=["", "NULL", "null", "\\N"],
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=True,
                    ),
                )
                for batch in reader:
                    lines = pa.array(np.arange(line, line + batch.num_rows))
                    columns = [batch.column(position) for position in range(len(names))]
                    writer.write_batch(pa.RecordBatch.from_arrays([*columns, lines], schema=schema))
                    line += batch.num_rows
        except pa.ArrowInvalid as error:
            if line == 2 and "Empty CSV" in str(error):
                return
            detail = str(error).split("\n", 1)[0][:200]
            raise MalformedInput(where=Where(file=label, row=line), detail=detail) from error
        if skipped > 1000:
            detail = f"{label}: {skipped - 1000} more rows with another number of cells than the header"
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
            raise MalformedInput(detail="the main table holds no rows")
        main = self._scan(
            "patent", "number", "date", "title", "kind", "type", "claims", "abstract", "withdrawn", "application", "filed"
        )
        connection.execute(
            f"CREATE TABLE main AS SELECT row_number() OVER (ORDER BY line, id) AS n, * FROM "
            f"(SELECT * FROM {main} QUALIFY row_number() OVER (PARTITION BY id ORDER BY line) = 1)"
        )
        connection.execute("CREATE TABLE keys AS SELECT id, n FROM main")
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
        row = connection.execute(query).fetchone()
        if row and row[0]:
            detail = f"{row[0]} rows belong to patents that the main table does not hold"
            self.notes.append(Reject(0, "malformed-input", f"{self.files[table]}: {detail}", fatal=False))

    def _note_absent(self, found: dict[str, pq.ParquetFile]) -> None:
        here = set(found) | set(self.staged)
        if {"location", "location_raw"} & here:
            here.add("location")
        if {"application", "abstract"} & self.columns["patent"]:
            here |= {"application", "abstract"} & self.columns["patent"]
        passed = _ONLY_GRANTED if self.family == "pregrant" else set()
        absent = [text for name, text in EXPECTED.items() if name not in here and name not in passed]
        if absent:
            if self.family == "pregrant":
                absent = [text.replace("g_", "pg_", 1) for text in absent]
            detail = f"the set lacks {', '.join(absent)}"
            self.notes.insert(0, Reject(0, "missing-column", detail, fatal=False))


class _Utf8(io.RawIOBase):
    """Bytes that are surely UTF-8: what is not becomes the replacement character, as a reader of text would do."""

    def __init__(self, stream: Any) -> None:
        import codecs

        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while True:
            data = self._stream.read(size)
            if not self._waiting and data.isascii():
                return data
            text = self._decoder.decode(self._waiting + data, not data)
            self._decoder.reset()
            raise NotImplementedError(text)


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


class _Groups:
    """The rows of a sorted table by patent, as tuples in the order of ``columns``."""

    def __init__(self, table: pa.Table) -> None:
        n = table.column("n").to_numpy()
        starts = np.flatnonzero(np.diff(n, prepend=n[0] - 1)) if len(n) else np.array([], dtype=np.int64)
        ends = np.append(starts[1:], len(n))
        self._at = dict(zip(n[starts].tolist(), zip(starts.tolist(), ends.tolist(), strict=True), strict=True))
        names = [name for name in table.schema.names if name not in ("n", "sequence", "line")]
        self._rows = list(zip(*(table.column(name).to_pylist() for name in names), strict=True))

    def of(self, n: int) -> list[tuple[Any, ...]]:
        found = self._at.get(n)
        return self._rows[found[0] : found[1]] if found else []
