"""Responses of the EPO's Open Patent Services (XML): published data, family and full text.

Read is every response that holds ``exchange-document`` elements (biblio, abstract, full cycle, search with
constituents, family with biblio), family members without them (numbers, applications, priorities, family id) and full
texts (claims, description), each as a record of its own. Several responses may stand in one file, one after the other.

Refused by name are the responses that belong to OPS and describe no publication: register, legal events, images, number
conversion, classification, usage, lists of numbers, and OPS's own error messages.

OPS writes applicants with their country (``9SOLUTIONS OY [FI]``) and lists the same persons again as printed; the first
form is taken. Numbers of priorities come mostly in epodoc form only. More on choices: see
:mod:`chizai.corpus.readers.epo_exchange`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chizai.corpus.readers import epo_exchange, xml_safety
from chizai.corpus.readers.base import Carries, Chunk, Source
from chizai.corpus.readers.drafts import Draft, lacking
from chizai.corpus.readers.epo_items import attribute, ids_of, text_of, value_of
from chizai.corpus.readers.xml_safety import Node, each
from chizai.corpus.schema import Record, Reject
from chizai.errors import EmptyInput, InputError, Where

ENVELOPE = "world-patent-data"
FAULT = "fault"
NAMESPACE = b"http://ops.epo.org"

OTHERS = {
    "register-search": "an EPO Register response; the register is not read",
    "document-inquiry": "an image inquiry; it describes no publication",
    "image-inquiry": "an image inquiry; it describes no publication",
    "standardization": "a number conversion; 'chizai number' converts numbers",
    "classification-scheme": "a classification response (scheme)",
    "classification-search": "a classification response (statistics)",
    "mappings": "a classification response (concordance)",
    "fulltext-inquiry": "an inquiry which full texts exist; ask for claims or description",
    "equivalents-inquiry": "a list of equivalents without bibliographic data; ask for the constituent biblio",
    "biblio-search": "a list of numbers without bibliographic data; search with the constituent biblio",
    "patent-family": "legal events of a family, without bibliographic data; ask for family with the constituent biblio",
}
"""What the first element of a response says it is, where nothing in it is read."""

_DOCUMENT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,30}:)?(?:exchange-document|family-member|fulltext-document)[\s/>]")
_CLAIM_NUMBER = re.compile(r"\d{1,4}\s*[.)]")
_HOLDERS = ("biblio-search", "search-result", "exchange-documents", "fulltext-documents", "patent-family")


TITLE = {"en": "EPO Open Patent Services (OPS) XML", "ja": "EPO Open Patent Services（OPS）XML"}
CARRIES: frozenset[Carries] = frozenset(
    {
        "publication_number", "publication_date", "kind", "application_number", "filing_date", "priority", "family_id",
        "applicant", "applicant_country", "inventor", "inventor_country", "cpc", "ipc", "fi", "fterm", "inventive",
        "title", "abstract", "claims_text", "claims_count", "patent_citation", "npl_citation", "cited_by",
        "citation_category",
    }
)  # fmt: skip
LACKS = lacking(CARRIES, legal_status="notimpl")


class OpsReader:
    name = "ops"
    title = TITLE
    carries = CARRIES
    lacks = LACKS

    def recognise(self, head: bytes, source: Source) -> bool:
        root = epo_exchange.root_name(head)
        return root == ENVELOPE or (root == FAULT and NAMESPACE in head[:4096])

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        row, found = 1, False
        root = FAULT if epo_exchange.root_name(source.head()) == FAULT else ENVELOPE
        with epo_exchange.open_utf8(source) as stream:
            for piece in epo_exchange.elements(stream, root):
                found = True
                if isinstance(piece, str):
                    code = "truncated-input" if piece == epo_exchange.CUT else "malformed-input"
                    yield Reject(row, code, f"no whole response: {piece}")
                    row += 1
                else:
                    yield Chunk(piece, row)
                    row += max(1, sum(1 for _ in _DOCUMENT.finditer(piece)))
        if not found:
            raise EmptyInput(where=Where(file=source.label))

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        try:
            document, root = epo_exchange.load(chunk.data)
        except InputError as error:
            yield xml_safety.reject_of(error, chunk.first_row)
            return
        if root.name() == FAULT:
            parts = [value_of(root, name) for name in ("code", "message", "description")]
            yield Reject(chunk.first_row, "input", "OPS answered with an error: " + "; ".join(filter(None, parts)))
            return
        row = chunk.first_row
        for node, member in _documents(root, 0):
            draft = Draft(row)
            if node.name() == "fulltext-document":
                _full_text(draft, node)
            else:
                epo_exchange.read(draft, node, member=member)
            yield from draft.items()
            row += 1
        if row == chunk.first_row:
            name = next((child.name() for child in root.children() if child.name() not in ("", "meta")), "")
            what = OTHERS.get(name, f"a response of a kind that is not read ({name or 'empty'})")
            yield Reject(row, "input", f"this is {what}", value=name or None)
        del document  # kept until here: its nodes do not hold it


def _documents(node: Node, depth: int) -> Iterator[tuple[Node, Node | None]]:
    """(document, family member around it) in the order of the response."""
    for child in node.children():
        name = child.name()
        if name in ("exchange-document", "fulltext-document"):
            yield child, None
        elif name == "family-member":
            inner = child.child("exchange-document")
            if not inner.empty():
                yield inner, child
            elif attribute(node, "legal") != "true":
                yield child, None
        elif name in _HOLDERS and depth < len(_HOLDERS):
            yield from _documents(child, depth + 1)


def _full_text(draft: Draft, node: Node) -> None:
    claims = node.child("claims")
    written = [text for claim in each(claims, "claim") for item in each(claim, "claim-text") if (text := text_of(item))]
    # A claim may be one claim-text or several; OPS numbers each claim in its text.
    numbered = sum(1 for text in written if _CLAIM_NUMBER.match(text))
    count = numbered or sum(1 for _ in each(claims, "claim")) or None
    ids = ids_of(node.child("bibliographic-data") or node, "publication-reference")
    if not epo_exchange.start(draft, node, ids, claims=count):
        return
    language = epo_exchange.language_of(attribute(claims, "lang") or attribute(node, "lang"))
    draft.text("claims", language, "\n".join(written))
    description = node.child("description")
    paragraphs = [text for item in description.children() if (text := text_of(item))]
    language = epo_exchange.language_of(attribute(description, "lang") or attribute(node, "lang"))
    draft.text("description", language, "\n".join(paragraphs))


READER = OpsReader()
