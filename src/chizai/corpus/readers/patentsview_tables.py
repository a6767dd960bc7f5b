"""How PatentsView writes its tables, and how a file is known to be one of them: by its columns."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from chizai.corpus.readers.base import Source, expand
from chizai.corpus.readers.tabular import header_of

PROBED_MEMBERS = 3
"""So many members of a zip are looked at before it is taken for something else."""


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
            "claims": "num_claims", "withdrawn": "withdrawn?", "file": "filename",
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
    Layout(
        "ipc",
        {
            "id": "patent_id", "sequence": "sequence", "section": "section", "class": "ipc_class",
            "subclass": "subclass", "main_group": "main_group", "subgroup": "subgroup",
            "value": "classification_value?",
        },
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
        "cpc_subclass_title", "current_pgpub_id_flag",
    }
)  # fmt: skip
"""Columns by which the tables are known that chizai has no use for."""
_KEYS = frozenset({"patent_id", "pgpub_id"})
_QUOTED_CELL = re.compile(rb'(?:^|\t)"[^"\t\n]*"(?:\t|\r?$)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TableFile:
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


def table_of(source: Source) -> TableFile | None:
    head = source.head(1 << 16)
    if head[:4] in (b"PAR1", b"PK\x03\x04"):
        return None
    names = header_of(head.split(b"\n", 1)[0], delimiter="\t")
    header = frozenset(names)
    if len(names) < 2:
        return None
    layout = next((item for item in LAYOUTS if item.fits(header)), None)
    if layout is not None and layout.table == "literature" and source.path.name.startswith("rel_app_text"):
        layout = None  # the one table that its columns do not tell from another
    known = header & UNREAD or any(name.startswith("disamb_") for name in header)
    if layout is None and not (known and header & (_KEYS | {"cpc_group"})):
        return None
    quoted = head.removeprefix(b"\xef\xbb\xbf")[:1] == b'"' or _QUOTED_CELL.search(head) is not None
    return TableFile(source, layout, tuple(names), quoted)


def tables_in(path: Path, *, probe: bool) -> list[TableFile]:
    """The tables in a file: itself, or the members of a zip. ``probe`` gives up on a zip that begins with others."""
    found: list[TableFile] = []
    for index, source in enumerate(expand(path)):
        table = table_of(source)
        if table is not None:
            found.append(table)
        elif probe and index + 1 >= PROBED_MEMBERS and not found:
            break
    return found
