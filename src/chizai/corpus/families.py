"""Patent families from priorities: simple, extended, and the flags IPF, IP5 and triadic.

The unit that is put into families is the *application*; its publications share its family. Where a source gives no
application number the publication stands for its application.

* **Simple family**: applications with the identical set of priorities, as stated (DOCDB's rule). An application that
  claims none has itself as its only priority, so a first filing and the applications that claim only it fall together.
  DOCDB and Lens list an application among its own priorities where it adds matter of its own (a continuation-in-part),
  and a PCT number where a later application rests on it: both count. Where a source lists them always, they can be
  dropped beside other priorities (``own_number``, ``pct_priorities``).
* **Extended family** (INPADOC's idea): connected components over shared priorities, all links counted.
* Flags are of the simple or the extended family (``flags_of``). **IPF**: more than one office, or the EPO, or a PCT
  application. **IP5**: at least two offices, one of them EPO, JPO, KIPO, CNIPA or USPTO. **Triadic**: filed at the EPO
  and the JPO and granted by the USPTO. These are the OECD's definitions (see docs/families.md).

Offices are counted where a document was published and, unless ``priority_offices="ignore"``, where a priority was
filed. WIPO is no office: it grants nothing. Not counted: translations and announcements of EP patents (DE T1 to T4, D1,
D2; AT, DK, ES, GR ... T), for they are no filing there; and AU ``A`` documents of 2000 to 2003 in a PCT family, which
are mere designations (``au_pct_designations``). No date enters a family except the publication date in that last rule,
so the result does not depend on the date convention of an analysis.

Ids are the smallest member: the simple id is the smallest application id of the family, the extended id the smallest id
of its component (applications and priorities). They depend on the set of rows only, not on order or repetition.
"""

from __future__ import annotations

import re
from datetime import date as Date
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from chizai.corpus import numbers
from chizai.corpus.schema import ARROW_SCHEMAS
from chizai.errors import BadNumber, MissingColumn
from chizai.messages import Lang

Basis = Literal["priorities", "source"]

IP5_OFFICES = ("EP", "JP", "KR", "CN", "US")

EP_VALIDATION_OFFICES = (
    "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS",
    "IT", "LT", "LU", "LV", "MC", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "TR",
)  # fmt: skip
"""States where a kind T (with the exceptions below) is the translation of an EP patent."""

NATIONAL_PHASE_T = {"DE": ("T5",), "TR": ("T1", "T2")}
"""Kinds T that publish a PCT application entering the national phase: filings of their own."""

EP_ANNOUNCEMENTS = {"DE": ("D1", "D2")}

AU_DESIGNATIONS = (Date(2000, 1, 1), Date(2004, 1, 1))
"""Publication dates (from, before) in which AU kind A was also printed for PCT applications that only designate AU."""

SCHEMA = pa.schema(
    [
        ("publication_id", pa.string()),
        ("application_id", pa.string()),
        ("simple_family_id", pa.string()),
        ("extended_family_id", pa.string()),
        ("family_basis", pa.string()),
        ("offices", pa.int32()),
        ("ipf", pa.bool_()),
        ("ip5", pa.bool_()),
        ("triadic", pa.bool_()),
    ]
)


def families(
    publication: pa.Table,
    priority: pa.Table,
    application: pa.Table | None = None,
    *,
    basis: Basis = "priorities",
    flags_of: Literal["simple", "extended"] = "simple",
    priority_offices: Literal["count", "ignore"] = "count",
    own_number: Literal["keep", "drop"] = "keep",
    pct_priorities: Literal["keep", "drop"] = "keep",
    au_pct_designations: Literal["drop", "keep"] = "drop",
) -> pa.Table:
    """One row a publication: its application, families, the basis, and the family's flags; rules: see the module.

    ``publication``, ``priority``, ``application`` have the columns of :mod:`chizai.corpus.schema` (more are ignored).
    Rows of ``application`` that no publication names join as members without a document: their office counts.

    ``basis`` "source" takes the family id that the source states (DOCDB family) where it states one.
    ``family_basis`` says per row what the simple family rests on: "source", "priorities" (stated), "self" (none stated:
    the application stands alone unless another claims it; with a source that gives no priorities every row says so).

    Cost: O(n log n) in publications and priorities. Raises MissingColumn.

    >>> publication = pa.table({
    ...     "publication_id": ["JP-2020000001-A", "US-10000000-B2", "US-10000001-B2"],
    ...     "office": ["JP", "US", "US"],
    ...     "application_id": ["JP-2019000001-A", "US-201916000001-A", "US-201916000002-A"]})
    >>> priority = pa.table({"publication_id": ["US-10000000-B2"], "priority_id": ["JP-2019000001-A"]})
    >>> found = families(publication, priority)
    >>> found["simple_family_id"].to_pylist()
    ['JP-2019000001-A', 'JP-2019000001-A', 'US-201916000002-A']
    >>> found["family_basis"].to_pylist(), found["ipf"].to_pylist()
    (['self', 'priorities', 'self'], [True, True, False])
    """
    publications = _columns(
        publication,
        "publication",
        ("publication_id", "office", "kind", "kind_class", "publication_date", "application_id", "family_id"),
        needed=("publication_id", "office"),
    )
    publications = _unique_publications(publications)
    priorities = _columns(
        priority, "priority", ("publication_id", "priority_id"), needed=("publication_id", "priority_id")
    )
    members = _Members(publications, priorities, application)
    kept = members.reduced(own_number, pct_priorities)
    simple, from_source = members.simple(kept, basis)
    extended = members.extended(from_source)
    stated = np.zeros(members.count, dtype=bool)
    stated[members.link_application] = True

    group = simple if flags_of == "simple" else extended
    offices, flags = _flags(members, group, priority_offices, au_pct_designations)

    unit = members.of_publication
    basis_code = np.where(from_source[unit] >= 0, 0, np.where(stated[unit], 1, 2))
    labels = pa.array(["source", "priorities", "self"])
    return pa.Table.from_arrays(
        [
            publications["publication_id"].combine_chunks(),
            members.names.take(pa.array(members.node[unit])),
            members.names.take(pa.array(_smallest(simple, members.node)[unit])),
            members.names.take(pa.array(_smallest_node(extended, members)[unit])),
            labels.take(pa.array(basis_code)),
            pa.array(offices[group[unit]], type=pa.int32()),
            *(pa.array(flag[group[unit]]) for flag in flags),
        ],
        schema=SCHEMA,
    )


def basis_counts(table: pa.Table) -> dict[str, int]:
    """Publications per ``family_basis``: what a convention must say about the families.

    >>> basis_counts(pa.table({"family_basis": ["self", "self", "priorities"]}))
    {'priorities': 1, 'self': 2}
    """
    counts = pc.value_counts(table["family_basis"].combine_chunks())
    return {row["values"]: row["counts"] for row in sorted(counts.to_pylist(), key=lambda row: row["values"])}


def _columns(table: pa.Table, name: str, columns: tuple[str, ...], *, needed: tuple[str, ...]) -> pa.Table:
    missing = [column for column in needed if column not in table.column_names]
    if missing:
        raise MissingColumn(columns=", ".join(missing), present=", ".join(table.column_names))
    schema = ARROW_SCHEMAS[name]
    arrays = []
    for column in columns:
        kind = schema.field(column).type
        if column in table.column_names:
            arrays.append(table[column].cast(kind))
        else:
            arrays.append(pa.nulls(table.num_rows, kind))
    return pa.table(arrays, names=list(columns))


def _unique_publications(table: pa.Table) -> pa.Table:
    """One row a publication id, in the order of ids; of repeated rows the smallest value that is not null."""
    others = [name for name in table.column_names if name != "publication_id"]
    if pc.count_distinct(table["publication_id"]).as_py() < table.num_rows:
        grouped = table.group_by("publication_id").aggregate([(name, "min") for name in others])
        table = grouped.select(["publication_id", *(f"{name}_min" for name in others)]).rename_columns(
            table.column_names
        )
    return table.sort_by("publication_id").combine_chunks()


def _codes(values: pa.ChunkedArray | pa.Array, value_set: pa.Array) -> np.ndarray[Any, Any]:
    """Positions in ``value_set``; -1 where null or absent."""
    return np.asarray(pc.fill_null(pc.index_in(values, value_set=value_set), -1).to_numpy(), dtype=np.int64)


def _distinct(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Sorted distinct integers."""
    # numpy 2.3 hashes integers in unique(), which takes ten times longer on keys like ours.
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


class _Members:
    """Applications as numbered units, and their links to priorities as numbered nodes.

    A node is any application or priority id; nodes are numbered in the order of their names, so the smallest number is
    the smallest name.
    """

    def __init__(self, publications: pa.Table, priorities: pa.Table, applications: pa.Table | None) -> None:
        own = pc.coalesce(publications["application_id"], publications["publication_id"])
        extra = pa.array([], pa.string())
        if applications is not None:
            extra = _columns(applications, "application", ("application_id",), needed=("application_id",))[
                "application_id"
            ]
            extra = pc.drop_null(extra).combine_chunks()
        priorities = priorities.filter(pc.is_valid(priorities["priority_id"]))
        names = pc.unique(
            pa.chunked_array([own.combine_chunks(), priorities["priority_id"].combine_chunks(), extra], pa.string())
        )
        self.names = names.take(pc.sort_indices(names))
        own_node = _codes(own.combine_chunks(), self.names)
        self.node, self.of_publication = np.unique(
            np.concatenate([own_node, _codes(extra, self.names)]), return_inverse=True
        )
        self.of_publication = self.of_publication[: len(own_node)]
        self.count = len(self.node)
        self.publications = publications
        row = _codes(priorities["publication_id"].combine_chunks(), publications["publication_id"].combine_chunks())
        known_row = row >= 0
        priority = _codes(priorities["priority_id"].combine_chunks(), self.names)
        # Application and priority in one integer: sorting that is an order of magnitude faster than sorting pairs.
        pair = _distinct(self.of_publication[row[known_row]] * len(self.names) + priority[known_row])
        self.link_application, self.link_priority = np.divmod(pair, max(len(self.names), 1))
        self.node_office = pc.utf8_slice_codeunits(self.names, 0, 2)
        self.node_pct = np.asarray(pc.ends_with(self.names, "-W").to_numpy(zero_copy_only=False))

    def reduced(self, own_number: str, pct_priorities: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """The links that make simple families, by application and priority; an application without any has itself."""
        application, priority = self.link_application, self.link_priority
        keep = np.ones(len(application), dtype=bool)
        if own_number == "drop":
            keep = self.node[application] != priority
        if pct_priorities == "drop":
            plain = np.bincount(application[keep & ~self.node_pct[priority]], minlength=self.count) > 0
            keep &= ~(self.node_pct[priority] & plain[application])
        application, priority = application[keep], priority[keep]
        alone = np.flatnonzero(np.bincount(application, minlength=self.count) == 0)
        application = np.concatenate([application, alone])
        priority = np.concatenate([priority, self.node[alone]])
        order = np.lexsort((priority, application))
        return application[order], priority[order]

    def simple(
        self, kept: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]], basis: Basis
    ) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Family number per application, and the number of the source's family (-1 where none is used)."""
        application, priority = kept
        # The sorted priority numbers of an application, seen as one byte string, are its exact key.
        ends = np.cumsum(np.bincount(application, minlength=self.count)) * 4
        offsets = np.concatenate([[0], ends]).astype(np.int64)
        keys = pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), self.count, [None, pa.py_buffer(offsets), pa.py_buffer(priority.astype(np.int32))]
        )
        family = np.asarray(pc.dictionary_encode(keys).indices.to_numpy(), dtype=np.int64)
        source = np.full(self.count, -1, dtype=np.int64)
        if basis == "source":
            stated = self.publications["family_id"].combine_chunks()
            ids = pc.unique(pc.drop_null(stated))
            codes = _codes(stated, ids.take(pc.sort_indices(ids)))
            has = codes >= 0
            best = np.full(self.count, len(ids), dtype=np.int64)
            np.minimum.at(best, self.of_publication[has], codes[has])
            source = np.where(best < len(ids), best, -1)
            family = np.where(source >= 0, source, family + len(ids))
            family = np.unique(family, return_inverse=True)[1]
        return family, source

    def extended(self, source: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Component number per application. A stated family links too: simple families stay within extended ones."""
        nodes = len(self.names)
        has = np.flatnonzero(source >= 0)
        left = np.concatenate([self.node[self.link_application], self.node[has]])
        right = np.concatenate([self.link_priority, nodes + source[has]])
        size = nodes + int(source.max(initial=-1)) + 1
        graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(size, size))
        _, component = connected_components(graph, directed=False)
        self.component_of_node = component[:nodes]
        return np.asarray(component[self.node], dtype=np.int64)


def _smallest(group: np.ndarray[Any, Any], node: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The smallest node of each member's group, per member."""
    least = np.full(int(group.max(initial=-1)) + 1, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(least, group, node)
    return least[group]


def _smallest_node(component: np.ndarray[Any, Any], members: _Members) -> np.ndarray[Any, Any]:
    """As :func:`_smallest`, over priorities too."""
    every = members.component_of_node
    least = np.full(
        int(max(every.max(initial=-1), component.max(initial=-1))) + 1, np.iinfo(np.int64).max, dtype=np.int64
    )
    np.minimum.at(least, every, np.arange(len(every)))
    return least[component]


def shadow_documents(publications: pa.Table) -> np.ndarray[Any, Any]:
    """True for documents that are no filing at their office: translations and announcements of EP patents.

    >>> shadow_documents(pa.table({"office": ["DE", "DE", "KR"], "kind": ["T2", "T5", "T1"]})).tolist()
    [True, False, False]
    """
    office, kind = publications["office"], pc.fill_null(publications["kind"], "")
    shadow = pc.and_(pc.starts_with(kind, "T"), pc.is_in(office, value_set=pa.array(EP_VALIDATION_OFFICES)))
    for where, kinds in NATIONAL_PHASE_T.items():
        shadow = pc.and_not(shadow, pc.and_(pc.equal(office, where), pc.is_in(kind, value_set=pa.array(kinds))))
    for where, kinds in EP_ANNOUNCEMENTS.items():
        shadow = pc.or_(shadow, pc.and_(pc.equal(office, where), pc.is_in(kind, value_set=pa.array(kinds))))
    return np.asarray(pc.fill_null(shadow, False).to_numpy(zero_copy_only=False))


def _flags(
    members: _Members, group: np.ndarray[Any, Any], priority_offices: str, au_pct_designations: str
) -> tuple[np.ndarray[Any, Any], tuple[np.ndarray[Any, Any], ...]]:
    """Distinct offices per group, and (ipf, ip5, triadic) per group."""
    publications, unit = members.publications, members.of_publication
    count = int(group.max(initial=-1)) + 1
    family = group[unit]
    office = publications["office"]

    pct = np.zeros(count, dtype=bool)
    pct[family[np.asarray(pc.fill_null(pc.equal(office, "WO"), False).to_numpy(zero_copy_only=False))]] = True
    pct[group[members.node_pct[members.node]]] = True
    pct[group[members.link_application[members.node_pct[members.link_priority]]]] = True

    counted = ~shadow_documents(publications)
    if au_pct_designations == "drop":
        since, before = (pa.scalar(day, pa.date32()) for day in AU_DESIGNATIONS)
        day = publications["publication_date"]
        designation = pc.and_(
            pc.and_(pc.equal(office, "AU"), pc.equal(publications["kind"], "A")),
            pc.and_(pc.greater_equal(day, since), pc.less(day, before)),
        )
        counted &= ~(np.asarray(pc.fill_null(designation, False).to_numpy(zero_copy_only=False)) & pct[family])

    document = office.filter(pa.array(counted)).combine_chunks()
    named = [(family[counted], document)]
    # An application without a document of its own in these rows (a member by the application table).
    silent = np.ones(members.count, dtype=bool)
    silent[unit] = False
    named.append(_offices_of(members, group[silent], members.node[silent]))
    if priority_offices == "count":
        named.append(_offices_of(members, group[members.link_application], members.link_priority))
    offices = pc.unique(pa.chunked_array([names for _, names in named], pa.string()))
    families = np.concatenate([numbers_ for numbers_, _ in named])
    codes = np.concatenate([_codes(names, offices) for _, names in named])
    real = np.array([name not in (None, "WO") for name in offices.to_pylist()], dtype=bool)
    keep = real[codes] if len(real) else np.zeros(0, dtype=bool)
    pairs = _distinct(families[keep] * (len(offices) + 1) + codes[keep])
    pair_family, pair_office = pairs // (len(offices) + 1), pairs % (len(offices) + 1)
    size = np.bincount(pair_family, minlength=count)

    def filed(*wanted: str) -> np.ndarray[Any, Any]:
        found = np.zeros(count, dtype=bool)
        positions = [position for position, name in enumerate(offices.to_pylist()) if name in wanted]
        found[pair_family[np.isin(pair_office, positions)]] = True
        return found

    granted = np.zeros(count, dtype=bool)
    us_grant = pc.and_(pc.equal(office, "US"), pc.equal(publications["kind_class"], "grant"))
    granted[family[np.asarray(pc.fill_null(us_grant, False).to_numpy(zero_copy_only=False))]] = True

    ipf = (size > 1) | filed("EP") | pct
    ip5 = (size > 1) & filed(*IP5_OFFICES)
    triadic = filed("EP") & filed("JP") & granted
    return size, (ipf, ip5, triadic)


def _offices_of(
    members: _Members, family: np.ndarray[Any, Any], node: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], pa.Array]:
    """The offices in which the nodes were filed: none for a PCT application, whose office only received it."""
    national = ~members.node_pct[node]
    return family[national], members.node_office.take(pa.array(node[national]))


_SPLIT = re.compile(r"\s*(?:;;|;|\||\r?\n)\s*")


def families_of(
    table: pa.Table,
    *,
    number: str = "number",
    priorities: str = "priorities",
    application: str | None = None,
    separator: str | None = None,
    lang: Lang = "en",
) -> pa.Table:
    """Families of a plain table of texts, in any notation: for use on a file, without a workspace.

    ``number`` names the column of publication (or application) numbers, ``priorities`` that of priority
    numbers, several
    separated by ``;;``, ``;``, ``|`` or a line end (or by ``separator``), each with its date behind where it has one;
    ``application`` the column of application numbers, without which a first filing cannot be joined to its followers.

    The result has the rows of ``table`` in their order: ``number`` as given, the columns of :data:`SCHEMA`, ``error``
    (why the number could not be read, in ``lang``, else null) and ``priorities_unread`` (count). Raises MissingColumn.

    >>> found = families_of(pa.table({"number": ["US 10000000 B2", "EP 1234567 A1", "nonsense"],
    ...     "priorities": ["JP 2019000001 A 20190104", "JP 2019000001 A 20190104", ""]}))
    >>> found["simple_family_id"].to_pylist(), found["ip5"].to_pylist()
    (['EP-1234567-A1', 'EP-1234567-A1', None], [True, True, None])
    """
    wanted = [number, priorities, *([application] if application else [])]
    if missing := [name for name in wanted if name not in table.column_names]:
        raise MissingColumn(columns=", ".join(missing), present=", ".join(table.column_names))
    texts = table[number].cast(pa.string()).to_pylist()
    claims = table[priorities].cast(pa.string()).to_pylist()
    filings = table[application].cast(pa.string()).to_pylist() if application else [None] * len(texts)
    ids: list[str | None] = []
    errors: list[str | None] = []
    unread: list[int] = []
    rows: list[tuple[str, str, str | None, str, Date | None, str | None]] = []
    links: list[tuple[str, str]] = []
    for text, claim, filing in zip(texts, claims, filings, strict=True):
        try:
            read = numbers.parse(text or "")
            filed = (
                read if read.role == "application" else numbers.parse(filing, role="application") if filing else None
            )
        except BadNumber as error:
            ids.append(None)
            errors.append(error.text(lang))
            unread.append(0)
            continue
        ids.append(read.id)
        errors.append(None)
        rows.append((read.id, read.office, read.kind, read.kind_class, read.date, filed.id if filed else None))
        missed = 0
        for part in filter(None, (claim or "").split(separator) if separator else _SPLIT.split(claim or "")):
            try:
                links.append((read.id, numbers.parse(part.strip(), role="application").id))
            except BadNumber:
                missed += 1
        unread.append(missed)
    names = ["publication_id", "office", "kind", "kind_class", "publication_date", "application_id"]
    schema = pa.schema([ARROW_SCHEMAS["publication"].field(name) for name in names])
    publication = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=schema)
    priority = pa.table(
        [pa.array([a for a, _ in links], pa.string()), pa.array([b for _, b in links], pa.string())],
        names=["publication_id", "priority_id"],
    )
    found = families(publication, priority)
    place = pc.index_in(pa.array(ids, pa.string()), value_set=found["publication_id"].combine_chunks(), skip_nulls=True)
    result = found.take(place)
    return pa.table(
        [pa.array(texts, pa.string()), *result.columns, pa.array(errors, pa.string()), pa.array(unread, pa.int32())],
        names=["number", *SCHEMA.names, "error", "priorities_unread"],
    )
