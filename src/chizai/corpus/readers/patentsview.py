"""PatentsView bulk tables: tab-separated files that belong together, one row of detail a line.

Read are the tables since 2023 (``g_patent.tsv``, ``g_cpc_current.tsv`` ...), their pre-grant sisters (``pg_*``) and the
raw tables of before (``patent.tsv``, ``rawassignee.tsv`` ...), plain, gzipped or zipped. A table is known by its
columns, not by its file's name. Only the main one (``g_patent``, ``pg_published_application``, ``patent``) is needed.

The tables are not sorted alike, so they are staged as Parquet, joined to the main table and sorted by DuckDB within a
fixed memory, and then merged in one pass. That needs free disk in the temporary folder, about half of the tables' size.

Names are those printed on the document where the set has them (``*_not_disambiguated``), else PatentsView's. The
columns are those of PatentsView's own export views (github.com/PatentsView/PatentsView-DB).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import pyarrow as pa

from chizai.corpus.readers.base import Carries, Chunk, Reader, Source
from chizai.corpus.readers.drafts import Draft, clean, country_of, lacking
from chizai.corpus.readers.patentsview_join import DETAILS, Join
from chizai.corpus.readers.patentsview_tables import TableFile, table_of, tables_in
from chizai.corpus.schema import Linkage, Record, Reject
from chizai.errors import EngineError, InputError, MalformedInput, Where


class BundleReader(Reader, Protocol):
    """A reader of a format that comes as several files which only together make records."""

    def bundles(self, paths: list[Path]) -> list[Source]:
        """The sets among ``paths``, each a Source whose ``bundle`` names its files; other files are passed over.

        ``chunks`` takes such a Source; it also takes a single file, as a set of one.
        """
        ...


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


class PatentsViewReader:
    name = "patentsview"
    title = TITLE
    carries = CARRIES
    lacks = LACKS

    def recognise(self, head: bytes, source: Source) -> bool:
        try:
            return table_of(source) is not None
        except InputError:
            return False

    def bundles(self, paths: list[Path]) -> list[Source]:
        """One Source for each folder and each of the two families (granted patents, pre-grant publications)."""
        folders: dict[Path, dict[Path, list[TableFile]]] = {}
        for path in sorted(paths):
            try:
                tables = tables_in(path, probe=True)
            except InputError:
                continue  # it comes back as an error of its own when the file is read
            if tables:
                folders.setdefault(path.parent, {})[path] = tables
        found: list[Source] = []
        for members in folders.values():
            families = {table.family for tables in members.values() for table in tables if table.family is not None}
            for family in sorted(families) or ["granted"]:
                own = [p for p, tables in members.items() if any(t.family in (family, None) for t in tables)]
                main = next(
                    (p for p in own if any(t.layout and t.layout.table == "patent" for t in members[p])), own[0]
                )
                found.append(Source(main, bundle=tuple(own)))
        return found

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        if source.bundle:
            tables = [table for path in source.bundle for table in tables_in(path, probe=False)]
        elif source.member:
            tables = [table for table in (table_of(source),) if table is not None]
        else:
            tables = tables_in(source.path, probe=False)
        mains = [table for table in tables if table.layout is not None and table.layout.table == "patent"]
        if not mains:
            detail = "of the set of tables the main one, g_patent (or pg_published_application), is not there"
            raise MalformedInput(where=Where(file=source.label), detail=detail)
        family = mains[0].family
        tables = [table for table in tables if table.family in (family, None)]
        with tempfile.TemporaryDirectory(prefix="chizai-patentsview-") as folder:
            try:
                yield from Join(Path(folder), tables, family=family or "granted", label=source.label).chunks()
            except (duckdb.Error, OSError) as error:
                if isinstance(error, InputError):
                    raise
                raise EngineError(url="duckdb", detail=str(error).split("\n", 1)[0][:300]) from error

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        tables: dict[str, pa.Table] = chunk.data
        details = {name: _Groups(tables[name]) for name in DETAILS if name in tables}
        for patent in tables["patent"].to_pylist():
            yield from _record(patent, details)


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


def _record(patent: dict[str, Any], details: dict[str, _Groups]) -> Iterator[Record | Reject]:
    def rows(name: str) -> list[tuple[Any, ...]]:
        return details[name].of(patent["n"]) if name in details else []

    draft = Draft(patent["line"])
    started = draft.start(
        "US",
        patent["number"] or patent["id"],
        clean(patent["kind"]),
        column="patent_id",
        publication_date=draft.day(patent["date"], "patent_date"),
        original=patent["id"],
        claims=draft.count(patent["claims"], "num_claims"),
        legal_status="withdrawn" if patent["withdrawn"] in ("1", "TRUE") else None,
    )
    if started:
        draft.text("title", "en", patent["title"])
        draft.text("abstract", "en", patent["abstract"])
        for (text,) in rows("abstract")[:1]:
            draft.text("abstract", "en", text)
        draft.text("claims", "en", "\n".join(text for (text,) in rows("claims") if text))
        _application(draft, patent, rows("application"))
        _priorities(draft, rows("priority"), rows("related"), rows("pct"))
        for first, last, organization, kind, city, state, country in rows("applicants"):
            _applicant(draft, first, last, organization, kind, _address(city, state), country_of(country))
        for first, last, city, state, country in rows("inventors"):
            draft.party(
                "inventor",
                _person(first, last),
                country=country_of(country),
                country_source="address",
                address=_address(city, state),
            )
        for symbol, kind in rows("cpc"):
            draft.classify("cpc", symbol, column="cpc_group", inventive=_inventive(kind))
        for section, class_, subclass, main_group, subgroup, value in rows("ipc"):
            _ipc(draft, section, class_, subclass, main_group, subgroup, value)
        for (symbol,) in rows("uspc"):
            draft.classify("uspc", symbol, column="uspc_subclass_id")
        _citations(draft, rows)
        _funding(draft, rows("agency"), rows("contract"), rows("statement"))
    yield from draft.items()


def _application(draft: Draft, patent: dict[str, Any], found: list[tuple[Any, ...]]) -> None:
    number, filed, series = found[0] if found else (patent["application"], patent["filed"], None)
    if number is None:
        return
    digits = number.replace("/", "").replace(",", "").strip()
    if series is not None and len(digits) <= 6 and series.isdigit():
        digits = series.zfill(2) + digits.zfill(6)
    day = draft.day(filed, "filing_date")
    draft.application("US", digits, None, filing_date=day, original=number, column="application_id")


def _priorities(
    draft: Draft, foreign: list[tuple[Any, ...]], related: list[tuple[Any, ...]], pct: list[tuple[Any, ...]]
) -> None:
    for number, day, country in foreign:
        if number is not None and country is not None:
            on = draft.day(day, "filing_date")
            draft.priority(country, number, None, priority_date=on, column="foreign_application_id")
    for number, day, country, kind, relation in related:
        linkage = LINKAGES.get((kind or "").strip().lower(), "parent")
        relation = (relation or "").lower()
        # A child is this document or a later one; grants and earlier publications are not applications.
        if number is None or "child" in relation or "grant" in relation or kind == "related-publication":
            continue
        on = draft.day(day, "related_doc_published_date")
        if "pct" in relation:
            linkage = "pct"
        letter = "P" if linkage == "provisional" else None
        column = "related_doc_number"
        draft.priority(country or "US", number, letter, priority_date=on, column=column, linkage=linkage)
    for number, day, kind in pct:
        if number is not None and "application" in (kind or "").lower():
            on = draft.day(day, "published_or_filed_date")
            draft.priority("WO", number, None, priority_date=on, column="pct_doc_number", linkage="pct")


def _applicant(
    draft: Draft,
    first: str | None,
    last: str | None,
    organization: str | None,
    kind: str | None,
    address: str | None,
    country: str | None,
) -> None:
    code = (kind or "").removesuffix(".0")[-1:]
    stated = "person" if code in PERSONS else "company" if code in COMPANIES else "assignee"
    name = clean(organization) or _person(first, last)
    draft.party("applicant", name, country=country, country_source="address", address=address, kind=stated)


def _person(first: str | None, last: str | None) -> str | None:
    return clean(" ".join(part for part in (clean(first), clean(last)) if part))


def _address(city: str | None, state: str | None) -> str | None:
    return clean(", ".join(part for part in (clean(city), clean(state)) if part))


def _inventive(kind: str | None) -> bool | None:
    """'inventional' and 'additional' in CPC tables, 'I' and 'N' (or 'A') in IPC tables."""
    letter = (kind or "").strip().lower()[:1]
    return True if letter == "i" else False if letter in ("a", "n") else None


def _ipc(
    draft: Draft,
    section: str | None,
    class_: str | None,
    subclass: str | None,
    main_group: str | None,
    subgroup: str | None,
    value: str | None,
) -> None:
    if section is None or class_ is None or subclass is None:
        return
    symbol = f"{section}{class_.zfill(2)}{subclass}"
    if main_group is not None and subgroup is not None:
        symbol += f"{main_group.lstrip('0') or '0'}/{subgroup.ljust(2, '0')}"
    draft.classify("ipc", symbol, column="ipc", inventive=_inventive(value))


def _citations(draft: Draft, rows: Any) -> None:
    for table in ("cited_patent", "cited_application"):
        for number, on, kind, category in rows(table):
            day = draft.day(on, "citation_date")
            draft.cite_patent("US", clean(number), clean(kind), cited_by=_cited_by(category), cited_date=day)
    for number, on, country, category in rows("cited_foreign"):
        day = draft.day(on, "citation_date")
        draft.cite_patent(clean(country), clean(number), cited_by=_cited_by(category), cited_date=day)
    for (text,) in rows("literature"):
        draft.cite_literature(clean(text))


def _cited_by(category: str | None) -> str | None:
    return CITED_BY.get((category or "").strip().lower())


def _funding(
    draft: Draft, agencies: list[tuple[Any, ...]], contracts: list[tuple[Any, ...]], statements: list[tuple[Any, ...]]
) -> None:
    """One row an agency and one a contract: which contract is whose is said only where there is one agency."""
    statement = clean(statements[0][0]) if statements else None
    names = list(dict.fromkeys(name for (text,) in agencies if (name := clean(text))))
    numbers = list(dict.fromkeys(number for (text,) in contracts if (number := clean(text))))
    pairs: list[tuple[str | None, str | None]]
    if len(names) == 1 and numbers:
        pairs = [(names[0], number) for number in numbers]
    else:
        pairs = [(name, None) for name in names] + [(None, number) for number in numbers]
    for agency, contract in pairs or [(None, None)]:
        draft.funding(agency=agency, contract=contract, statement=statement)


READER = PatentsViewReader()
