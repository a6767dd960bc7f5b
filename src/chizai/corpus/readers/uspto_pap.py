"""USPTO patent application publications of 2001 to 2004 (PAP XML, pap-v15 and pap-v16).

Conventions are those of :mod:`chizai.corpus.readers.uspto_redbook`, with these of its own:

- **Applicants** are the assignees, kind 'assignee'; where there are none, the inventors, who were the applicants in the
  US of that time.
- **Countries** of inventors are those of the residence (the address is mostly the attorney's), else of the address.
- **Funding**: agency and numbers that the office tagged are taken as they stand (``derived`` False); else they are
  found in the text of the statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from chizai.corpus.funding_in_text import MAX_STATEMENT, says_none
from chizai.corpus.readers.base import Carries, Chunk, Mark, Source
from chizai.corpus.readers.drafts import Draft, country_of, lacking
from chizai.corpus.readers.uspto_parts import (
    LINKAGES,
    FoundApart,
    body,
    claim_texts,
    document_chunks,
    element,
    from_description,
    full_name,
    funding_rows,
    old_ipc,
    read_documents,
    us_number,
    uspc,
    whole_tags,
)
from chizai.corpus.readers.xml_safety import each, inner_text, parse, plain_text
from chizai.corpus.schema import Funding, Linkage, Record, Reject
from chizai.errors import MalformedInput

ROOT = b"patent-application-publication"

_AGENCY = re.compile(rb"<us-agency>([^<]{1,200})</us-agency>")
_NUMBER = re.compile(rb"<(?:contract|grant)-number>([^<]{1,100})</")


class PapReader:
    name = "uspto-pap"
    title = {  # noqa: RUF012
        "en": "USPTO patent application publication XML 2001 (PAP)",
        "ja": "USPTO 公開公報XML 2001年版（PAP）",
    }
    carries: frozenset[Carries] = frozenset(
        {
            "publication_number", "publication_date", "kind", "application_number", "filing_date", "priority",
            "applicant", "applicant_country", "inventor", "inventor_country", "ipc", "title", "abstract",
            "claims_text", "claims_count", "funding", "standard",
        }
    )  # fmt: skip
    # The DTD has citations; publications of applications do not use them.
    lacks: dict[Any, Mark] = lacking(carries, patent_citation="notimpl", npl_citation="notimpl")

    def recognise(self, head: bytes, source: Source) -> bool:
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            head = head.decode("utf-16", "ignore").encode()
        return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and (
            b"<" + ROOT in head or b"<!DOCTYPE " + ROOT in head
        )

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        return document_chunks(source, (b"<" + ROOT,))

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        return read_documents(chunk, _read)


def _read(document: bytes, draft: Draft) -> FoundApart:
    data, description, warning = body(document, (ROOT,), description=b"subdoc-description")
    tree = parse(data)
    biblio = tree.document_element().child("subdoc-bibliographic-information")
    if not biblio:
        raise MalformedInput(detail="the document has no bibliographic data")
    claims = claim_texts(element(data, b"subdoc-claims"))
    number, kind, on, _ = _document_id(biblio.child("document-id"))
    started = draft.start(
        "US",
        number,
        kind,
        column="document-id",
        publication_date=draft.day(on, "document-date"),
        original=number,
        claims=len(claims) or None,
    )
    if not started:
        return FoundApart()
    if warning:
        draft.drop("bad-encoding", warning)
    filing = biblio.child("domestic-filing-data")
    number = filing.child("application-number").child_value("doc-number").strip()
    draft.application(
        "US",
        us_number("US", number),
        "A",
        filing_date=draft.day(filing.child_value("filing-date"), "filing-date"),
        original=number,
        column="application-number",
    )
    technical = biblio.child("technical-information")
    _priorities(draft, biblio)
    _parties(draft, biblio)
    _classes(draft, technical)
    draft.text("title", "en", inner_text(technical.child("title-of-invention")))
    draft.text("abstract", "en", _abstract(element(data, b"subdoc-abstract")))
    draft.text("claims", "en", "\n".join(claims))
    if not claims:
        draft.drop("malformed-input", "a document without claims", column="claims")
    apart = from_description(draft.id, description)
    apart.fundings = _federal(draft.id, description) or apart.fundings
    return apart


def _document_id(node: Any) -> tuple[str, str | None, str, str]:
    """(number, kind, date, country) of a ``document-id``; empty texts where it does not say."""
    value = node.child_value
    return (
        value("doc-number").strip(),
        value("kind-code").strip() or None,
        value("document-date").strip(),
        value("country-code").strip(),
    )


def _abstract(fragment: bytes) -> str:
    # A heading ("Abstract of the Disclosure") is not part of the text.
    end = fragment.find(b"</heading>")
    return plain_text(fragment[end + len(b"</heading>") :] if end >= 0 else fragment)


def _priorities(draft: Draft, biblio: Any) -> None:
    for claim in each(biblio, "foreign-priority-data"):
        number = claim.child("priority-application-number").child_value("doc-number").strip()
        _priority(
            draft, claim.child_value("country-code").strip(), number, claim.child_value("filing-date"), "priority"
        )
    for group in each(biblio.child("continuity-data")):
        for relation in each(group) if group.name() == "continuations" else (group,):
            kind = relation.name()
            if kind == "non-provisional-of-provisional":
                number, _, on, office = _document_id(relation.child("document-id"))
                _priority(draft, office or "US", number, on, "provisional", kind="P")
            elif kind in LINKAGES:
                number, _, on, office = _document_id(
                    relation.child("parent-child").child("parent").child("document-id")
                )
                _priority(draft, office or "US", number, on, LINKAGES[kind])
    pct = biblio.child("international-conventions").child("pct-application").child("document-id")
    if pct:
        number, _, on, office = _document_id(pct)
        _priority(draft, office or "WO", number, on, "pct")


def _priority(draft: Draft, office: str, number: str, on: str, linkage: Linkage, *, kind: str | None = None) -> None:
    if number:
        draft.priority(
            office,
            us_number(office, number),
            kind,
            priority_date=draft.day(on.strip(), linkage),
            column=linkage,
            linkage=linkage,
        )


def _parties(draft: Draft, biblio: Any) -> None:
    assignees = 0
    for node in each(biblio, "assignee"):
        name = full_name(node.child_value("organization-name")) or _person(node)
        if name is None:
            continue
        address = node.child("address")
        country = country_of(address.child("country").child_value("country-code"))
        draft.party(
            "applicant", name, country=country, country_source="address", address=_place(address), kind="assignee"
        )
        assignees += 1
    for node in each(biblio.child("inventors")):
        name = _person(node)
        home = node.child("residence").first_child()
        address = node.child("address")
        country, source = country_of(home.child_value("country-code")), "residence"
        if country is None:
            country, source = country_of(address.child("country").child_value("country-code")), "address"
        place = _place(home) or _place(address)
        for role in ("inventor",) if assignees else ("applicant", "inventor"):
            draft.party(
                role,  # type: ignore[arg-type]
                name,
                country=country,
                country_source=source,  # type: ignore[arg-type]
                address=place,
                kind="person",
            )


def _person(node: Any) -> str | None:
    value = node.child("name").child_value
    return full_name(value("given-name"), value("middle-name"), value("family-name"), value("name-suffix"))


def _place(node: Any) -> str | None:
    return ", ".join(filter(None, (node.child_value("city").strip(), node.child_value("state").strip()))) or None


def _classes(draft: Draft, technical: Any) -> None:
    for group, scheme in (("classification-ipc", "ipc"), ("classification-us", "uspc")):
        for node in each(technical.child(group)):
            part = node.name().rsplit("-", 1)[-1]
            if part not in ("primary", "secondary"):
                continue
            if scheme == "ipc":
                symbol: str | None = old_ipc(node.child_value("ipc").strip())
            else:
                us_class = node.child("uspc")
                symbol = uspc(us_class.child_value("class").strip().rjust(3) + us_class.child_value("subclass").strip())
            draft.classify(scheme, symbol, column=group, first=part == "primary")  # type: ignore[arg-type]


def _federal(publication_id: str, description: bytes) -> list[Funding]:
    """What the office tagged as a statement of federal research."""
    fragment = element(description, b"federal-research-statement")
    if not fragment:
        return []
    heading = fragment.find(b"</heading>")
    statement = plain_text(whole_tags(fragment[heading + 10 if heading >= 0 else 0 :]))[:MAX_STATEMENT]
    if says_none(statement):
        return []
    agencies = [plain_text(found) for found in _AGENCY.findall(fragment)]
    numbers = [plain_text(found) for found in _NUMBER.findall(fragment)]
    if not agencies and not numbers:
        return funding_rows(publication_id, statement)
    # With several agencies the tags do not say whose number it is.
    agency = agencies[0] if len(agencies) == 1 else None
    pairs: list[tuple[str | None, str | None]] = [(agency, number) for number in numbers]
    if agency is None or not numbers:
        pairs += [(name, None) for name in agencies]
    return [
        Funding(publication_id, sequence, name, number, statement) for sequence, (name, number) in enumerate(pairs, 1)
    ]


READER = PapReader()
