"""The canonical tables of a corpus, and the rows that readers yield.

One row class a table. A reader yields :class:`Record` (all rows of one publication) or :class:`Reject` (a place in the
input that could not be read). Ids are DOCDB numbers written ``OFFICE-NUMBER-KIND`` (``US-10000000-B2``,
``JP-2020123456-A``); see :mod:`chizai.corpus.numbers`. The store adds ``collection`` and ``snapshot`` to every row.

What a source does not say is None; it is never filled in by a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple, get_type_hints

import pyarrow as pa

SCHEMA_VERSION = 1

KindClass = Literal[
    "application", "grant", "utility_model", "design", "translation", "search_report", "correction", "other"
]
Role = Literal["applicant", "inventor"]
CountrySource = Literal["address", "registry", "residence"]
Scheme = Literal["cpc", "ipc", "fi", "fterm", "uspc", "locarno"]
Linkage = Literal[
    "priority", "provisional", "continuation", "continuation_in_part", "division", "reissue", "pct", "parent"
]
TextPart = Literal["title", "abstract", "claims", "description"]


class Publication(NamedTuple):
    """One published document."""

    publication_id: str
    office: str
    number: str
    kind: str | None
    kind_class: KindClass
    publication_date: date | None = None
    application_id: str | None = None
    grant_date: date | None = None
    """Date of grant where the source gives it apart from this document's own publication date."""
    family_id: str | None = None
    """Simple family id as the source states it (DOCDB family), never computed."""
    times_cited: int | None = None
    """Times cited as the source states it; what it counts is the source's own convention."""
    family_size: int | None = None
    """Simple family size as the source states it."""
    claims: int | None = None
    """Number of claims."""
    original: str | None = None
    """The number as written in the source."""
    source_id: str | None = None
    """The source's own record id (``lens_id`` and the like)."""
    legal_status: str | None = None
    earliest_priority_date: date | None = None
    """Earliest priority date where the source gives a date without a number that can be read (Google CSV, Espacenet)."""
    filing_date: date | None = None
    """Filing date where the source gives a date without an application number that can be read (Google CSV)."""


class Application(NamedTuple):
    application_id: str
    office: str
    number: str
    filing_date: date | None = None
    original: str | None = None


class Priority(NamedTuple):
    """A claimed priority or parent application."""

    publication_id: str
    sequence: int
    priority_id: str
    office: str
    priority_date: date | None = None
    linkage: Linkage = "priority"


class Party(NamedTuple):
    publication_id: str
    role: Role
    sequence: int
    name: str
    country: str | None = None
    """ISO 3166 alpha-2 of the address or residence; None where the source has none."""
    country_source: CountrySource | None = None
    address: str | None = None
    kind: str | None = None
    """'assignee' where the source says so; 'person' or 'company' where it distinguishes; else None."""


class Classification(NamedTuple):
    publication_id: str
    scheme: Scheme
    symbol: str
    """Without inner blanks: ``G06F16/00``, ``H01L21/02``, F-term ``5F033AA01``."""
    sequence: int
    inventive: bool | None = None
    """True for invention information, False for additional, None where the source does not say."""
    first: bool | None = None


class Citation(NamedTuple):
    publication_id: str
    sequence: int
    cited_id: str | None = None
    """DOCDB id of the cited patent; None for non-patent literature or a number that could not be read."""
    cited_text: str | None = None
    """The citation as written (always given for non-patent literature)."""
    patent: bool = True
    cited_by: str | None = None
    """'examiner', 'applicant', 'third_party', 'text' (found in the description), None where unknown."""
    category: str | None = None
    """X, Y, A ... as in a search report."""
    phase: str | None = None
    """'search', 'examination', 'international_search', 'opposition', ... as the source names it."""
    cited_date: date | None = None


class Text(NamedTuple):
    publication_id: str
    part: TextPart
    language: str | None
    """ISO 639-1, None where unknown."""
    text: str


class Funding(NamedTuple):
    publication_id: str
    sequence: int
    agency: str | None
    contract: str | None
    statement: str | None
    derived: bool = False
    """True where a program found it in the text, not the office in a field of its own."""


class StandardMention(NamedTuple):
    publication_id: str
    sequence: int
    standard: str
    """``BODY:NUMBER`` such as ``IEEE:802.11``."""
    context: str | None = None
    derived: bool = True


Row = Publication | Application | Priority | Party | Classification | Citation | Text | Funding | StandardMention

TABLES: dict[str, type[Any]] = {
    "publication": Publication,
    "application": Application,
    "priority": Priority,
    "party": Party,
    "classification": Classification,
    "citation": Citation,
    "text": Text,
    "funding": Funding,
    "standard": StandardMention,
}
"""Table name -> row class, in the order in which they are written."""


@dataclass(slots=True)
class Record:
    """All rows of one publication."""

    publication: Publication
    application: Application | None = None
    priorities: list[Priority] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    classifications: list[Classification] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    fundings: list[Funding] = field(default_factory=list)
    standards: list[StandardMention] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[str, list[Any]]]:
        yield "publication", [self.publication]
        if self.application is not None:
            yield "application", [self.application]
        yield "priority", self.priorities
        yield "party", self.parties
        yield "classification", self.classifications
        yield "citation", self.citations
        yield "text", self.texts
        yield "funding", self.fundings
        yield "standard", self.standards


@dataclass(frozen=True, slots=True)
class Reject:
    """One place in the input that could not be read; the rest is kept.

    ``code`` is the code of an error class in :mod:`chizai.errors` (``bad-number``, ``malformed-input`` ...).
    ``fatal`` False means the record was kept without this value (a warning: 'impossible date dropped').
    """

    row: int
    code: str
    detail: str
    column: str | None = None
    value: str | None = None
    fatal: bool = True


_ARROW = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), date: pa.date32()}


def _arrow_type(hint: Any) -> pa.DataType:
    for python, arrow in _ARROW.items():
        if hint is python:
            return arrow
    args = [arg for arg in getattr(hint, "__args__", ()) if arg is not type(None)]
    if args and all(isinstance(arg, str) for arg in args):
        return pa.string()  # a Literal of strings
    return _arrow_type(args[0])


def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a canonical table as readers fill it (without ``collection`` and ``snapshot``).

    >>> arrow_schema("application").names
    ['application_id', 'office', 'number', 'filing_date', 'original']
    """
    cls = TABLES[table]
    hints = get_type_hints(cls)
    return pa.schema([pa.field(name, _arrow_type(hints[name])) for name in cls._fields])


ARROW_SCHEMAS: dict[str, pa.Schema] = {name: arrow_schema(name) for name in TABLES}


def to_arrow(table: str, rows: list[Any]) -> pa.Table:
    """Rows (tuples in the row class's order) as an Arrow table."""
    schema = ARROW_SCHEMAS[table]
    if not rows:
        return schema.empty_table()
    columns = list(zip(*rows, strict=True))
    return pa.Table.from_arrays(
        [pa.array(column, type=item.type) for column, item in zip(columns, schema, strict=True)], schema=schema
    )
