"""The joined corpus: the canonical parts of all snapshots, deduplicated, with families, identities and dates.

What analyses read is a small star: ``publication`` (one row a published document, with its application, its families and
its dates) and, hanging on it by the integer ``pub``, ``party``, ``classification``, ``technology``, ``citation``,
``text``, ``funding``, ``standard``; ``player`` holds the harmonised applicants. It is made on the embedded engine, once a
set of snapshots, and is read by any engine as Parquet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from chizai.corpus.schema import SCHEMA_VERSION, TABLES
from chizai.files import new_folder

BUILD_VERSION = 2
"""Raise it when a change here makes other tables from the same parts."""

STAR = (
    "publication",
    "party",
    "player",
    "classification",
    "technology",
    "citation",
    "text",
    "funding",
    "standard",
    "identity",
)


def digest(snapshots: Iterable[Any], overrides: Path | None) -> str:
    """The name of the corpus over these snapshots (anything with collection, key, sequence)."""
    packed = [[item.collection, item.key, item.sequence] for item in snapshots]
    names = overrides.read_bytes().hex() if overrides is not None and overrides.is_file() else ""
    whole = json.dumps([SCHEMA_VERSION, BUILD_VERSION, packed, names])
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def build(
    parts: Sequence[tuple[int, Path]],
    target: Path,
    *,
    overrides: Path | None = None,
    stage: Callable[[str], None] | None = None,
) -> None:
    """Join parts (order of adding, folder of canonical tables) into ``target``; it appears whole or not at all."""
    tell = stage or (lambda _: None)
    with new_folder(target) as out, duckdb.connect(":memory:") as con:
        con.execute("SET enable_progress_bar = false")
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET autoinstall_known_extensions = false")
        # The rest is for families and names, which are found outside the engine; beyond it the engine spills.
        con.execute("SET memory_limit = '50%'")
        con.execute(f"SET temp_directory = '{_quoted(out / 'spill')}'")
        tell("publications")
        _load(con, parts)
        tell("families")
        _families(con)
        tell("names")
        _players(con, out, overrides)
        tell("tables")
        _publications(con, out)
        _parties(con, out)
        _classifications(con, out)
        _citations(con, out)
        for name, columns in _PLAIN.items():
            _write(
                con,
                f"SELECT pub, {columns} FROM {name} JOIN winner USING (collection, publication_id, snapshot)",
                out,
                name,
                order=f"pub, {columns}",
            )
        spill = out / "spill"
        if spill.is_dir():
            for leftover in spill.iterdir():
                leftover.unlink()
            spill.rmdir()
        (out / "done").write_text(f"{BUILD_VERSION}\n")


_PLAIN = {
    "funding": "sequence, agency, contract, statement, derived",
    "standard": "sequence, standard, context, derived",
}


def _quoted(value: object) -> str:
    return str(value).replace("'", "''")


def _write(con: duckdb.DuckDBPyConnection, query: str, out: Path, name: str, *, order: str = "pub") -> None:
    path = _quoted(out / f"{name}.parquet")
    con.execute(f"COPY ({query} ORDER BY {order}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def _load(con: duckdb.DuckDBPyConnection, parts: Sequence[tuple[int, Path]]) -> None:
    """Views over the parts, and ``winner``: the one snapshot that speaks for each publication of a collection."""
    for name in TABLES:
        files = ", ".join(f"'{_quoted(path / name)}.parquet'" for _, path in parts)
        con.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{files}], file_row_number = true)")
    con.execute("CREATE TABLE snapshot_order (snapshot VARCHAR, collection VARCHAR, sequence BIGINT)")
    con.executemany(
        "INSERT INTO snapshot_order VALUES (?, ?, ?)", [(path.name, path.parent.name, number) for number, path in parts]
    )
    con.execute("""
        CREATE TABLE winner AS
        SELECT collection, publication_id, snapshot, file_row_number,
               row_number() OVER (ORDER BY collection, publication_id) AS pub
        FROM publication JOIN snapshot_order USING (snapshot, collection)
        QUALIFY row_number() OVER (
            PARTITION BY collection, publication_id ORDER BY sequence DESC, file_row_number
        ) = 1
    """)


def _families(con: duckdb.DuckDBPyConnection) -> None:
    """``family``: per publication its simple and extended family, by collection (families never cross collections).

    Beside them, as ``source_...``, the simple family and its flags with the family ids that the source states.
    """
    from chizai.corpus import families

    collections = [row[0] for row in con.execute("SELECT DISTINCT collection FROM winner ORDER BY 1").fetchall()]
    made: list[pa.Table] = []
    for collection in collections:
        tables = {}
        for name in ("publication", "priority"):
            tables[name] = con.sql(
                f"SELECT t.* EXCLUDE (file_row_number) FROM {name} t "
                "JOIN winner w USING (collection, publication_id, snapshot) WHERE collection = ? "
                + ("AND t.file_row_number = w.file_row_number " if name == "publication" else ""),
                params=[collection],
            ).to_arrow_table()
        tables["application"] = con.sql(
            "SELECT application_id, any_value(office) AS office, any_value(number) AS number, "
            "min(filing_date) AS filing_date FROM application WHERE collection = ? GROUP BY application_id",
            params=[collection],
        ).to_arrow_table()
        found = families.families(tables["publication"], tables["priority"], tables["application"])
        stated = found
        if tables["publication"]["family_id"].null_count < tables["publication"].num_rows:
            stated = families.families(tables["publication"], tables["priority"], tables["application"], basis="source")
        for name in ("simple_family_id", "ipf", "ip5", "triadic"):
            found = found.append_column(f"source_{name}", stated[name])
        made.append(found.append_column("collection", pa.array([collection] * found.num_rows, pa.string())))
    con.register("family_arrow", pa.concat_tables(made, promote_options="default"))
    con.execute("CREATE TABLE family AS SELECT * FROM family_arrow")
    con.unregister("family_arrow")


def _players(con: duckdb.DuckDBPyConnection, out: Path, overrides: Path | None) -> None:
    """``named``: each (name, country) of an applicant with its player; the merges and their reasons are kept."""
    from chizai.corpus import names

    spelled = con.sql("""
        SELECT name, mode(country) AS country, count(*) AS mentions
        FROM party JOIN winner USING (collection, publication_id, snapshot)
        WHERE role = 'applicant' GROUP BY name ORDER BY name
    """).to_arrow_table()
    chosen = names.read_overrides(overrides) if overrides is not None else None
    identity = names.harmonise(spelled, overrides=chosen)
    pq.write_table(identity, out / "identity.parquet", compression="zstd")
    con.register("identity_arrow", identity)
    con.execute("CREATE TABLE identity AS SELECT * FROM identity_arrow")
    con.unregister("identity_arrow")
    con.execute("""
        CREATE TABLE player AS
        SELECT row_number() OVER (ORDER BY identity) AS player, identity, any_value(harmonised) AS name,
               any_value(group_id) AS group_id, any_value("group") AS "group",
               any_value(corporate_number) AS corporate_number, any_value(country_registry) AS country_registry
        FROM identity GROUP BY identity
    """)
    # The leader of a group stands for all its members when players are counted as groups.
    leading = "SELECT *, min(player) OVER (PARTITION BY coalesce(group_id, identity)) AS leader FROM player"
    _write(con, leading, out, "player", order="player")
    con.execute("""
        CREATE TABLE named AS
        SELECT DISTINCT i.name, p.player, p.country_registry FROM identity i JOIN player p USING (identity)
    """)


def _publications(con: duckdb.DuckDBPyConnection, out: Path) -> None:
    _write(
        con,
        """
        WITH first_filing AS (
            SELECT collection, application_id, min(filing_date) AS filing_date FROM application GROUP BY ALL
        ), first_priority AS (
            SELECT collection, publication_id, snapshot, min(priority_date) AS priority_date FROM priority GROUP BY ALL
        ), base AS (
            SELECT w.pub, p.* EXCLUDE (filing_date, earliest_priority_date),
                   coalesce(a.filing_date, p.filing_date) AS filing_date,
                   least(r.priority_date, p.earliest_priority_date, a.filing_date, p.filing_date) AS priority_date,
                   f.simple_family_id, f.extended_family_id, f.family_basis, f.offices::BIGINT AS offices,
                   f.ipf, f.ip5, f.triadic, f.source_simple_family_id, f.source_ipf, f.source_ip5, f.source_triadic
            FROM publication p
            JOIN winner w USING (collection, publication_id, snapshot, file_row_number)
            LEFT JOIN first_filing a USING (collection, application_id)
            LEFT JOIN first_priority r USING (collection, publication_id, snapshot)
            LEFT JOIN family f USING (collection, publication_id)
        )
        SELECT pub, collection, publication_id, office, kind, kind_class, snapshot,
               kind_class = 'grant' OR grant_date IS NOT NULL AS granted,
               publication_date, filing_date, priority_date,
               coalesce(grant_date, CASE WHEN kind_class = 'grant' THEN publication_date END) AS grant_date,
               application_id,
               min(pub) OVER (PARTITION BY collection, coalesce(application_id, publication_id)) AS application,
               min(pub) OVER (PARTITION BY collection, simple_family_id) AS simple_family,
               min(pub) OVER (PARTITION BY collection, extended_family_id) AS extended_family,
               min(pub) OVER (PARTITION BY collection, source_simple_family_id) AS source_family,
               family_id IS NOT NULL AS has_source_family,
               family_basis, offices, coalesce(ipf, false) AS ipf, coalesce(ip5, false) AS ip5,
               coalesce(triadic, false) AS triadic,
               coalesce(source_ipf, false) AS source_ipf, coalesce(source_ip5, false) AS source_ip5,
               coalesce(source_triadic, false) AS source_triadic, family_size, times_cited, claims
        FROM base
        """,
        out,
        "publication",
    )


def _parties(con: duckdb.DuckDBPyConnection, out: Path) -> None:
    _write(
        con,
        """
        WITH rows AS (
            SELECT pub, role, sequence, name, country, country_source, kind
            FROM party JOIN winner USING (collection, publication_id, snapshot)
        ), inventor AS (SELECT DISTINCT pub, upper(name) AS name FROM rows WHERE role = 'inventor')
        SELECT DISTINCT r.pub, r.role, r.sequence, r.name, n.player,
               coalesce(r.country, n.country_registry) AS country,
               CASE WHEN r.country IS NOT NULL THEN coalesce(r.country_source, 'address')
                    WHEN n.country_registry IS NOT NULL THEN 'registry' END AS country_source,
               r.role = 'applicant' AND i.name IS NOT NULL AS also_inventor
        FROM rows r
        LEFT JOIN named n ON r.role = 'applicant' AND r.name = n.name
        LEFT JOIN inventor i ON r.pub = i.pub AND upper(r.name) = i.name
        """,
        out,
        "party",
        order="pub, role, sequence, name",
    )


def _classifications(con: duckdb.DuckDBPyConnection, out: Path) -> None:
    from chizai.corpus import classification

    con.execute("""
        CREATE TABLE classified AS
        SELECT pub, scheme, symbol, min(sequence) AS sequence, bool_or(inventive) AS inventive, bool_or("first") AS first
        FROM classification JOIN winner USING (collection, publication_id, snapshot) GROUP BY ALL
    """)
    _write(
        con,
        """
        SELECT pub, scheme, symbol, substr(symbol, 1, 1) AS section, substr(symbol, 1, 3) AS class,
               substr(symbol, 1, 4) AS subclass,
               CASE WHEN contains(symbol, '/') THEN split_part(symbol, '/', 1) || '/00' ELSE symbol END AS "group",
               inventive, first, sequence
        FROM classified
        """,
        out,
        "classification",
        order="pub, scheme, sequence, symbol",
    )
    # FI divides the IPC further: what stands before its file index and expansion is a symbol of the IPC.
    con.execute(r"""
        CREATE TABLE coded AS
        SELECT pub, scheme, CASE scheme WHEN 'fi' THEN regexp_extract(symbol, '^[A-H]\d{2}[A-Z]\d+/\d+') ELSE symbol END AS symbol
        FROM classified WHERE scheme IN ('ipc', 'cpc', 'fi')
    """)
    symbols = con.execute("SELECT DISTINCT symbol FROM coded WHERE symbol <> '' ORDER BY 1").fetchall()
    fields = [(symbol, field) for (symbol,) in symbols for field in classification.wipo35(symbol)]
    con.register(
        "wipo35_arrow",
        pa.table(
            {
                "symbol": pa.array([symbol for symbol, _ in fields], pa.string()),
                "field": pa.array([field for _, field in fields], pa.int64()),
            }
        ),
    )
    # The concordance is defined on the IPC; the CPC, else FI, stands in only where a publication has no IPC at all.
    _write(
        con,
        """
        WITH best AS (
            SELECT pub, arg_min(scheme, CASE scheme WHEN 'ipc' THEN 1 WHEN 'cpc' THEN 2 ELSE 3 END) AS scheme
            FROM coded GROUP BY pub
        )
        SELECT DISTINCT c.pub, w.field, c.scheme AS basis
        FROM coded c JOIN best USING (pub, scheme) JOIN wipo35_arrow w USING (symbol)
        """,
        out,
        "technology",
        order="pub, field",
    )
    con.unregister("wipo35_arrow")


def _citations(con: duckdb.DuckDBPyConnection, out: Path) -> None:
    """Citations with the cited publication where it is in the same collection (matched by office and number)."""
    con.execute("""
        CREATE TABLE by_number AS
        SELECT collection, split_part(publication_id, '-', 1) || '-' || split_part(publication_id, '-', 2) AS document,
               min(pub) AS cited
        FROM winner GROUP BY ALL
    """)
    _write(
        con,
        """
        SELECT DISTINCT w.pub, c.sequence, c.patent, c.cited_id, n.cited, c.cited_by, c.category, c.phase, c.cited_date
        FROM citation c JOIN winner w USING (collection, publication_id, snapshot)
        LEFT JOIN by_number n ON n.collection = c.collection
            AND n.document = split_part(c.cited_id, '-', 1) || '-' || split_part(c.cited_id, '-', 2)
        """,
        out,
        "citation",
        order="pub, sequence, cited_id",
    )
    _write(
        con,
        """
        SELECT DISTINCT pub, part, language, text FROM text JOIN winner USING (collection, publication_id, snapshot)
        WHERE part IN ('title', 'abstract')
        """,
        out,
        "text",
        order="pub, part, language, text",
    )
