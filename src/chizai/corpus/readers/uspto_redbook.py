"""USPTO "red book" XML: patent grants and patent application publications, v4.0 (2004) to v4.7.

A weekly file is many documents one after the other, each with its own XML declaration; zips of it and files that wrap
documents in one element are read as well. A row number is the number of the document in the stream.

Conventions:

- **Applicants.** Where the document names assignees they are the rows of role 'applicant', with kind 'assignee'; only
  where it names none are the applicants themselves taken (``us-applicants`` since v4.3; before, ``applicants``, who in
  the US of that time were the inventors). Nobody is counted twice for standing in both lists.
- **Countries** are those of the address, else (inventors before v4.3) of the residence. Nationality is not read.
- **Priorities** are the foreign claims and every relation of ``us-related-documents``, grandparents included, with the
  relation as linkage; the international application of a national phase has linkage 'pct'. Earlier publications of the
  same application (``related-publication``) are not priorities.
- **Dates of cited documents** are given by the USPTO to the month: the first day of the month stands for it.
- **Cited by**: 'cited by other', used until 2012, says only that it was not the examiner; it stays unknown (None).
- **Kind F** is set for applications of designs and **P** for provisionals, as DOCDB does; the files give no kind there.
- The description is not kept; funding statements and mentions of standards are found in it (``derived``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from html import escape
from itertools import repeat
from typing import Any

from chizai.corpus.readers.base import Chunk, Mark, Source
from chizai.corpus.readers.drafts import Draft, country_of, lacking
from chizai.corpus.readers.uspto_parts import (
    LINKAGES,
    FoundApart,
    body,
    cited_id,
    claim_texts,
    cut_out,
    document_chunks,
    element,
    from_description,
    full_name,
    locarno,
    month_or_day,
    old_ipc,
    read_documents,
    us_number,
    uspc,
)
from chizai.corpus.readers.xml_safety import each, inner_text, parse, plain_text, referenced, squeeze
from chizai.corpus.scan import count
from chizai.corpus.schema import Citation, Record, Reject
from chizai.errors import ChizaiError, MalformedInput

GRANT, APPLICATION = b"us-patent-grant", b"us-patent-application"
ROOTS = (GRANT, APPLICATION)
_STARTS = tuple(b"<" + root for root in ROOTS)

_CITED_BY = {
    "cited by examiner": "examiner",
    "cited by applicant": "applicant",
    "cited by third party": "third_party",
    "cited by patent owner": "applicant",
}
# Possessive throughout: what is read is never given back, which saves a fifth of the time.
_CITATION = re.compile(
    r"citation>\s*+"
    r"(?:<patcit(?:\s[^<>]*+)?+>\s*+<document-id>\s*+"
    r"<country>([^<&]*+)</country>\s*+<doc-number>([^<&]*+)</doc-number>\s*+"
    r"(?:<kind>([^<&]*+)</kind>\s*+)?+(?:<name>[^<]*+</name>\s*+)?+(?:<date>([^<&]*+)</date>\s*+)?+"
    r"</document-id>\s*+</patcit>"
    r"|<nplcit(?:\s[^<>]*+)?+>\s*+<othercit>([^<]*+)</othercit>\s*+</nplcit>)"
    r"\s*+<category>([^<&]*+)</category>"
)
_CITATION_ROW = partial(tuple.__new__, Citation)
"""A row from all its values. A named tuple's own constructor is a Python function, with five times the time of this."""
_DOCUMENT_KIND = {"design": "F"}
_INVENTIVE = {"I": True, "A": False, "N": False}
_BASE = frozenset(
    {
        "publication_number", "publication_date", "kind", "application_number", "filing_date", "priority", "applicant",
        "applicant_country", "inventor", "inventor_country", "cpc", "ipc", "inventive", "title", "abstract",
        "claims_text", "claims_count", "funding", "standard",
    }
)  # fmt: skip


class RedbookReader:
    """One of the two kinds of red book file; both read documents of either kind, should a file mix them."""

    def __init__(self, name: str, title: dict[str, str], root: bytes, also: frozenset[str]) -> None:
        self.name = name
        self.title = title
        self.carries: frozenset[Any] = _BASE | also
        self.lacks: dict[Any, Mark] = lacking(self.carries)
        self._root = root

    def recognise(self, head: bytes, source: Source) -> bool:
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            head = head.decode("utf-16", "ignore").encode()
        if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            return False
        places = {root: head.find(b"<" + root) for root in ROOTS}
        mine = places[self._root]
        if mine < 0:
            # A truncated or very long prolog: the DOCTYPE still says what the document is.
            return b"<!DOCTYPE " + self._root in head and not any(place >= 0 for place in places.values())
        return all(mine <= place or place < 0 for place in places.values())

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        return document_chunks(source, _STARTS)

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        return read_documents(chunk, _read)


def _read(document: bytes, draft: Draft) -> FoundApart:
    data, description, warning = body(document, ROOTS, description=b"description")
    data, references = cut_out(data, b"us-references-cited")
    if not references:
        data, references = cut_out(data, b"references-cited")
    tree = parse(data)
    root = tree.document_element()
    grant = root.name() == GRANT.decode()
    biblio = root.child("us-bibliographic-data-grant" if grant else "us-bibliographic-data-application")
    if not biblio:
        raise MalformedInput(detail="the document has no bibliographic data")
    language = root.attribute("lang").value().lower()[:2] or None

    claims = claim_texts(element(data, b"claims"))
    appl_type = _publication(draft, biblio, count=len(claims))
    if appl_type is None:
        return FoundApart()
    if warning:
        draft.drop("bad-encoding", warning)
    _priorities(draft, biblio)
    _parties(draft, biblio)
    _classes(draft, biblio)

    draft.text("title", language, inner_text(biblio.child("invention-title")))
    abstract = plain_text(element(data, b"abstract"))
    draft.text("abstract", language, abstract)
    draft.text("claims", language, "\n".join(claims))
    if not abstract and appl_type == "utility":
        draft.drop("malformed-input", "a utility document without an abstract", column="abstract")
    if not claims:
        draft.drop("malformed-input", "a document without claims", column="claims")

    apart = from_description(draft.id, description)
    apart.citations = _citations(draft, references)
    return apart


def _document_id(node: Any) -> tuple[str, str, str | None, str]:
    """(country, number, kind, date) of a ``document-id``; empty texts where it does not say."""
    value = node.child_value
    return value("country").strip(), value("doc-number").strip(), value("kind").strip() or None, value("date").strip()


def _publication(draft: Draft, biblio: Any, *, count: int) -> str | None:
    """Open the record. The type of the application ('utility', 'design'); None where the number is not readable."""
    office, number, kind, on = _document_id(biblio.child("publication-reference").child("document-id"))
    stated = biblio.child_value("number-of-claims")
    started = draft.start(
        office,
        number,
        kind,
        column="publication-reference",
        publication_date=draft.day(on, "publication-reference"),
        original=number,
        claims=(draft.count(stated, "number-of-claims") if stated else None) or count or None,
    )
    if not started:
        return None
    reference = biblio.child("application-reference")
    appl_type: str = reference.attribute("appl-type").value()
    office, number, _, on = _document_id(reference.child("document-id"))
    draft.application(
        office,
        us_number(office, number),
        _DOCUMENT_KIND.get(appl_type, "A"),
        filing_date=draft.day(on, "application-reference"),
        original=number,
        column="application-reference",
    )
    return appl_type


def _priorities(draft: Draft, biblio: Any) -> None:
    for claim in each(biblio.child("priority-claims")):
        office, number, _, on = _document_id(claim)
        if number:
            draft.priority(office, number, None, priority_date=draft.day(on, "priority-claim"), column="priority-claim")
        else:
            # Secret or withheld: country and date alone do not name an application.
            draft.drop("bad-number", "a priority claim without a number", column="priority-claim", value=office)
            draft.claimed(draft.day(on, "priority-claim"))
    for relation in each(biblio.child("us-related-documents")):
        kind = relation.name()
        if kind == "us-provisional-application":
            office, number, _, on = _document_id(relation.child("document-id"))
            linkage, number_kind = "provisional", "P"
        elif kind in LINKAGES:
            inner = relation.child("relation") or relation.child("us-relation")
            office, number, _, on = _document_id(inner.child("parent-doc").child("document-id"))
            linkage, number_kind = LINKAGES[kind], None
        else:
            continue
        if number:
            draft.priority(
                office,
                us_number(office, number),
                number_kind,
                priority_date=draft.day(on, kind),
                column=kind,
                linkage=linkage,  # type: ignore[arg-type]
            )
    phase = biblio.child("pct-or-regional-filing-data")
    if phase:
        office, number, _, on = _document_id(phase.child("document-id"))
        if number:
            draft.priority(
                office,
                number,
                None,
                priority_date=draft.day(on, phase.name()),
                column="pct-or-regional-filing-data",
                linkage="pct",
            )


def _parties(draft: Draft, biblio: Any) -> None:
    parties = biblio.child("us-parties") or biblio.child("parties")
    applicants = each(parties.child("us-applicants") or parties.child("applicants"))
    assignees = 0
    for assignee in each(biblio.child("assignees")):
        assignees += _party(draft, "applicant", assignee, kind="assignee")
    inventors = 0
    for node in each(parties.child("inventors")):
        inventors += _party(draft, "inventor", node)
    for applicant in applicants:
        applicant_inventor = applicant.attribute("app-type").value() == "applicant-inventor"
        if not assignees:
            _party(draft, "applicant", applicant)
        if applicant_inventor and not inventors:
            # Before v4.3 the list of applicants is the list of inventors; ``inventors`` is then absent.
            _party(draft, "inventor", applicant)
    for deceased in each(biblio, "us-deceased-inventor"):
        _party(draft, "inventor", deceased)


def _party(draft: Draft, role: Any, node: Any, *, kind: str | None = None) -> bool:
    book = node.child("addressbook") or node
    value = book.child_value
    organisation = full_name(value("orgname"))
    name = (
        organisation
        or full_name(value("first-name"), value("middle-name"), value("last-name"), value("suffix"))
        or full_name(value("name"))
    )
    if name is None:
        return False
    address = book.child("address")
    country, source = country_of(address.child_value("country")), "address"
    if country is None:
        country, source = country_of(node.child("residence").child_value("country")), "residence"
    place = ", ".join(filter(None, (address.child_value("city").strip(), address.child_value("state").strip())))
    draft.party(
        role,
        name,
        country=country,
        country_source=source,  # type: ignore[arg-type]
        address=place or None,
        kind=kind or ("company" if organisation else "person"),
    )
    return True


def _symbol(node: Any) -> str:
    value = node.child_value
    symbol: str = value("section") + value("class") + value("subclass") + value("main-group")
    subgroup = value("subgroup")
    return f"{symbol}/{subgroup}" if subgroup else symbol


def _classes(draft: Draft, biblio: Any) -> None:
    cpc = biblio.child("classifications-cpc")
    if cpc:
        seen: set[tuple[str, str]] = set()
        for group in (cpc.child("main-cpc"), cpc.child("further-cpc")):
            for node in each(group):
                if node.name() == "classification-cpc":
                    _coded(draft, "cpc", node, seen)
                else:
                    for ranked in each(node, "combination-rank"):
                        _coded(draft, "cpc", ranked.child("classification-cpc"), seen)
    for node in each(biblio.child("classifications-ipcr")):
        _coded(draft, "ipc", node, None)
    old = biblio.child("classification-ipc")
    if old:
        draft.classify("ipc", old_ipc(old.child_value("main-classification")), column="classification-ipc", first=True)
        for node in each(old, "further-classification"):
            draft.classify("ipc", old_ipc(node.child_value()), column="classification-ipc", first=False)
    national = biblio.child("classification-national")
    if national:
        draft.classify(
            "uspc", uspc(national.child_value("main-classification")), column="classification-national", first=True
        )
        for node in each(national, "further-classification"):
            draft.classify("uspc", uspc(node.child_value()), column="classification-national", first=False)
    design = biblio.child("classification-locarno")
    if design:
        draft.classify(
            "locarno", locarno(design.child_value("main-classification")), column="classification-locarno", first=True
        )
        for node in each(design, "further-classification"):
            draft.classify("locarno", locarno(node.child_value()), column="classification-locarno", first=False)


def _coded(draft: Draft, scheme: Any, node: Any, seen: set[tuple[str, str]] | None) -> None:
    symbol = _symbol(node)
    value = node.child_value("classification-value")
    if seen is not None:
        # The members of a combination set stand among the single symbols as well.
        if (symbol, value) in seen:
            return
        seen.add((symbol, value))
    position = node.child_value("symbol-position")
    draft.classify(
        scheme,
        symbol,
        column=f"classification-{scheme}",
        inventive=_INVENTIVE.get(value),
        first=position == "F" if position else None,
    )


def _citations(draft: Draft, section: bytes) -> list[Citation]:
    """The rows of a ``references-cited`` element.

    A document cites dozens of others, nearly all in one layout, which a pattern reads. Where the pattern does not
    account for every citation (passages, markup in the text, no category), the others are parsed.
    """
    text = section.decode("utf-8").replace("\0", "\ufffd")  # zero is no character of XML
    found = _CITATION.findall(text)
    if len(found) != (count(section, b"</us-citation>") or count(section, b"</citation>")):
        found = list(_each_citation(draft, text))
    if not found:
        return []
    # Column by column: rows of citations are three in four of all.
    offices, numbers, kinds, dates, literature, categories = zip(*found, strict=True)
    ids = [
        cited_id(office, number, kind) if office else None
        for office, number, kind in zip(offices, numbers, kinds, strict=True)
    ]
    written = _literature([text for office, text in zip(offices, literature, strict=True) if not office])
    texts = [
        (f"{office} {number} {kind}" if kind else f"{office} {number}") if office else next(written)
        for office, number, kind in zip(offices, numbers, kinds, strict=True)
    ]
    columns = (
        repeat(draft.id, len(found)),
        range(1, len(found) + 1),
        ids,
        texts,
        map(bool, offices),
        map(_CITED_BY.get, categories),
        repeat(None, len(found)),
        repeat(None, len(found)),
        [month_or_day(on) if office else None for office, on in zip(offices, dates, strict=True)],
    )
    return list(map(_CITATION_ROW, zip(*columns, strict=True)))


def _literature(texts: list[str]) -> Iterator[str]:
    """References and blanks put right, in all texts at once."""
    return map(str.strip, squeeze(referenced("\0".join(texts).encode())).split("\0"))


def _each_citation(draft: Draft, section: str) -> Iterator[tuple[str, str, str | None, str, str, str]]:
    """(office, number, kind, date, text, category) of each citation; text only where there is no number."""
    for piece in re.split(r"</(?:us-)?citation>", section)[:-1]:
        start = max(piece.find("<us-citation>"), piece.find("<citation>"), 0)
        name = "us-citation" if piece.startswith("<us-", start) else "citation"
        regular = _CITATION.match(piece, start + len(name) - len("citation>") + 2)
        if regular:
            yield regular.groups("")  # type: ignore[misc]
            continue
        try:
            tree = parse(f"{piece[start:]}</{name}>".encode())
        except ChizaiError as error:
            draft.drop(error.code, "a citation cannot be read", column="citation", value=piece[start:].strip())
            continue
        citation = tree.document_element()
        category = citation.child_value("category").strip()
        document = citation.child("patcit").child("document-id")
        if document:
            yield *_document_id(document), "", category
        elif text := inner_text(citation.child("nplcit") or citation.child("patcit")):
            yield "", "", None, "", escape(text, quote=False), category


READERS = [
    RedbookReader(
        "uspto-grant",
        {"en": "USPTO patent grant XML (red book v4.x)", "ja": "USPTO 特許公報XML（Red Book v4.x）"},
        GRANT,
        frozenset({"patent_citation", "npl_citation", "cited_by"}),
    ),
    RedbookReader(
        "uspto-application",
        {"en": "USPTO patent application XML (red book v4.x)", "ja": "USPTO 公開公報XML（Red Book v4.x）"},
        APPLICATION,
        frozenset(),
    ),
]
READER = READERS[0]
