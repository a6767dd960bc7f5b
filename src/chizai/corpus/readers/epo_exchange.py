"""The EPO's ``exchange-document``, the element that DOCDB files and OPS responses share, as a canonical record.

Namespace prefixes are taken off before parsing, because deliveries differ (``exch:``, none, ``ns2:``). No DTD is
loaded: the characters that DOCDB's own DTD names are those of HTML, some of them in capitals (``&SACUTE;``); these are
put in here, the others by :mod:`chizai.corpus.readers.xml_safety`.

Choices where the source gives several forms of one thing:

* names: the DOCDB standard form (``docdb`` in DOCDB, ``epodoc`` in OPS) before ``docdba`` (as printed, in Latin
  letters) and ``original``. It is the one form that the EPO keeps uniform over publications, the one that carries the
  country of residence, and the one that other sources made from DOCDB show (Espacenet, Lens, Google's harmonised
  names). Its word order is the EPO's: ``BOSCH GMBH ROBERT``;
* numbers: ``docdb`` before ``epodoc``; ``original`` is kept as written and not interpreted;
* titles and abstracts: one a language, ``docdba`` before ``original``;
* CPC symbols: each once; a symbol that any office calls inventive is inventive; only the EPO's own first symbol is
  'first', another office's only where the EPO has none.

Left out: designated states, patent families of the search file, passages and claims of a citation, national schemes
other than FI, F-term and US classes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from html.entities import html5
from typing import Any, BinaryIO

from pugixml import pugi

from chizai.corpus import numbers
from chizai.corpus.readers import xml_safety
from chizai.corpus.readers.base import FIELD_BYTES, Source
from chizai.corpus.readers.drafts import Draft, country_of
from chizai.corpus.schema import Linkage, Role, Scheme, TextPart
from chizai.errors import BadEncoding, BadNumber, HostileInput, InputError, Where

Node = Any
"""A pugixml node; the document it came from must outlive it."""

BLOCK_BYTES = 1 << 20
TAG_BYTES = 256
"""No tag name with its prefix is longer: so much of a block is kept for a tag cut in two."""
CUT = "the file ends inside it"

LINKAGES: dict[str, Linkage] = {
    "": "priority",
    "T": "priority",
    "1": "continuation",
    "3": "division",
    "W": "pct",
    "P": "provisional",
}
"""``priority-linkage-type``; codes not listed become 'parent'. '1' and 'T' are documented in the exchange schema ('T'
marks a priority that the EPO made up to hold a family together); '3' and 'W' are what public programs find in OPS's
answers on divisions and PCT applications. Where there is no code, kind P says provisional and kind W PCT."""

PHASES: dict[str, tuple[str | None, str | None]] = {
    "SEA": ("search", "examiner"),
    "ISR": ("international_search", "examiner"),
    "SUP": ("supplementary_search", "examiner"),
    "PRS": ("pre_search", "examiner"),
    "EXA": ("examination", "examiner"),
    "CH2": ("international_examination", "examiner"),
    "APP": ("applicant", "applicant"),
    "OPP": ("opposition", "third_party"),
    "FOP": ("opposition", "third_party"),
    "115": ("third_party_observation", "third_party"),
    "TPO": ("third_party_observation", "third_party"),
    "APL": ("appeal", None),
    "OTH": ("other", None),
    "NATIONAL-SEARCH-REPORT": ("search", "examiner"),
    "INTERNATIONAL-SEARCH-REPORT": ("international_search", "examiner"),
    "SUPPLEMENTARY-INTERNATIONAL-SEARCH-REPORT": ("supplementary_search", "examiner"),
    "EXAMINATION": ("examination", "examiner"),
    "OPPOSITION": ("opposition", "third_party"),
    "UNDEFINED": (None, None),
}
"""``cited-phase`` of DOCDB (codes) and OPS (words) -> (phase, who cited)."""

CITERS = {"examiner": "examiner", "applicant": "applicant", "third-party": "third_party", "opponent": "third_party"}
SCHEMES: dict[str, Scheme] = {"CPCI": "cpc", "CPCA": "cpc", "CPC": "cpc", "FI": "fi", "FTERM": "fterm", "UC": "uspc"}
NAME_FORMS = ("docdb", "epodoc", "docdba", "original")
TEXT_FORMS = ("docdba", "docdb", "", "original")
GRANTED = ("printed-with-grant", "not-printed-with-grant")

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_NUMBERED = re.compile(rb"&#([xX]?)([0-9A-Fa-f]+);")
_PREFIX = re.compile(rb"\A<([A-Za-z_][\w.-]{0,30}):")
_DECLARED_PREFIX = re.compile(rb"\bxmlns:([A-Za-z_][\w.-]{0,30})\s*=")
_CAPITAL_NAME = re.compile(rb"&([A-Z]{3}[A-Z0-9]{0,28});")
_RESIDENCE = re.compile(r"\s*\[([A-Z]{2})\]$")
_IPCR = re.compile(r"\s*([A-HY]\d{2}[A-Z])\s*(\d{1,4})\s*/\s*(\d{2,8})(?:\s+(?:\d{8})?([A-Z ])([FL ])([IN ]))?")
_OLD_IPC = re.compile(r"\s*\d?\s*([A-H])\s*(\d{2})\s*([A-Z])\s*(\d{1,4})\s*/\s*(\d{2,6})")
_CAPITALS = {
    name[:-1].upper(): value
    for name, value in sorted(html5.items(), reverse=True)
    if name.endswith(";") and name[0].isupper() and name not in ("AMP;",)
}


# the file: its root, its encoding, cutting it into elements


def root_name(head: bytes) -> str | None:
    """The local name of the first element, from the first bytes of a file; None where it is not XML.

    >>> root_name(b'<?xml version="1.0"?><!-- <a> --><exch:exchange-documents>')
    'exchange-documents'
    """
    encoding = encoding_of_xml(head)
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n") if encoding else ""
    if not text.startswith("<"):
        return None
    found = _ROOT.search(_COMMENT.sub("", text))
    return found[1] if found else None


def encoding_of_xml(head: bytes) -> str | None:
    """The encoding by byte order mark, by declaration, else UTF-8; None for one that Python does not know.

    >>> encoding_of_xml(b'<?xml version="1.0" encoding="Shift_JIS"?>')
    'shift_jis'
    """
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    found = _DECLARED.match(head.removeprefix(b"\xef\xbb\xbf"))
    try:
        return codecs.lookup(found[1].decode()).name if found else "utf-8"
    except LookupError:
        return None


@contextmanager
def open_utf8(source: Source) -> Iterator[BinaryIO]:
    """The source as a stream of UTF-8, once its prolog is known to be harmless. Raises HostileInput, BadEncoding."""
    head = source.head()
    encoding = encoding_of_xml(head)
    if encoding is None:
        raise BadEncoding(where=Where(file=source.label))
    try:
        xml_safety.prolog(head.decode(encoding, "replace").lstrip("\ufeff").encode("utf-8", "replace"))
    except HostileInput as error:
        raise HostileInput(where=Where(file=source.label), **error.values) from None
    except InputError:
        pass  # a broken prolog does no harm: what can be found behind it is read
    with source.open() as stream:
        if encoding in ("utf-8", "ascii"):
            yield stream
        else:
            yield _Recoded(stream, encoding)  # type: ignore[misc]


class _Recoded:
    """Reads a stream of another encoding as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int) -> bytes:
        while block := self._stream.read(size):
            if text := self._decoder.decode(block):
                return text.encode("utf-8", "replace")
        return b""


def elements(stream: BinaryIO, name: str) -> Iterator[bytes | str]:
    """The elements called ``name`` (any prefix) of a UTF-8 stream, whole; a str says why a piece is not whole.

    >>> import io
    >>> list(elements(io.BytesIO(b"<r><x:a>1</x:a><b/><x:a>2</x:a><x:a>3"), "a"))
    [b'<x:a>1</x:a>', b'<x:a>2</x:a>', 'the file ends inside it']
    """
    tag = rb"(?:[A-Za-z_][\w.-]{0,30}:)?" + re.escape(name.encode())
    start, end = re.compile(rb"<" + tag + rb"(?=[\s/>])"), re.compile(rb"</" + tag + rb"\s{0,64}>")
    buffer = bytearray()
    inside = False
    position = 0
    while block := stream.read(BLOCK_BYTES):
        buffer += block
        while True:
            if not inside:
                found = start.search(buffer)
                if found is None:
                    del buffer[: max(0, len(buffer) - TAG_BYTES)]
                    break
                del buffer[: found.start()]
                inside, position = True, 1
            closing = end.search(buffer, position)
            again = start.search(buffer, position, closing.start() if closing else len(buffer))
            if again is not None:
                yield "the next one begins before it ends"
                del buffer[: again.start()]
                position = 1
            elif closing is not None:
                piece = bytes(buffer[: closing.end()])
                del buffer[: closing.end()]
                inside = False
                yield piece
            elif len(buffer) > FIELD_BYTES:
                yield f"it is larger than {FIELD_BYTES >> 20} MB"
                del buffer[: len(buffer) - TAG_BYTES]
                inside = False
            else:
                position = max(1, len(buffer) - TAG_BYTES)
                break
    if inside:
        yield CUT


# the document: nodes and their texts


def load(data: bytes) -> tuple[Any, Node]:
    """The parsed document and its root, prefixes taken off. Raises MalformedInput, HostileInput."""
    try:
        data.decode()
    except UnicodeDecodeError:
        data = data.decode("utf-8", "replace").encode()
    for prefix in {*_PREFIX.findall(data, 0, TAG_BYTES), *_DECLARED_PREFIX.findall(data)}:
        data = data.replace(b"<" + prefix + b":", b"<").replace(b"</" + prefix + b":", b"</")
    if b"&" in data:
        data = _NUMBERED.sub(_numbered_character, _CAPITAL_NAME.sub(_named_character, data))
    document = xml_safety.parse(data)
    return document, document.document_element()


def _named_character(found: re.Match[bytes]) -> bytes:
    return _CAPITALS.get(found[1].decode(), found[0].decode()).encode()


def _numbered_character(found: re.Match[bytes]) -> bytes:
    """References to what is no character (half surrogate pairs, controls) become U+FFFD; the others stay."""
    digits = found[2] if len(found[2]) < 10 and (found[1] or found[2].isdigit()) else b"0"
    code = int(digits, 16 if found[1] else 10)
    valid = 0x20 <= code < 0xD800 or 0xE000 <= code < 0x110000 or code in (9, 10, 13)
    return found[0] if valid else "\ufffd".encode()


def attribute(node: Node, name: str) -> str | None:
    return node.attribute(name).value().strip() or None


def text_of(node: Node) -> str | None:
    """All text below a node, blanks run together; None where there is none."""
    return xml_safety.inner_text(node) or None


def value_of(node: Node, name: str) -> str | None:
    """The text of a simple child."""
    return node.child_value(name).strip() or None


def language_of(code: str | None) -> str | None:
    """ISO 639-1. DOCDB's 'ol' (another language) says that it is not known.

    >>> language_of("EN"), language_of("ol")
    ('en', None)
    """
    found = code.lower() if code else ""
    return found if len(found) == 2 and found.isalpha() and found != "ol" else None


def _ids(parent: Node, tag: str) -> dict[str, Node]:
    """The first document-id of each format: DOCDB names the format on the reference, OPS on the id."""
    found: dict[str, Node] = {}
    for reference in parent.children(tag):
        outer = attribute(reference, "data-format")
        for item in reference.children("document-id"):
            found.setdefault(attribute(item, "document-id-type") or outer or "docdb", item)
    return found


# the record


def read(draft: Draft, node: Node, *, member: Node | None = None) -> None:
    """Fill ``draft`` from an ``exchange-document``, or from a ``family-member`` of OPS that holds none.

    ``member`` is the family member around the document: it has the priorities in full where the document has not.
    """
    if not start(draft, node):
        return
    bibliographic = _bibliographic(node)
    around = (bibliographic,) if member is None else (bibliographic, member)
    _application(draft, around)
    _priorities(draft, around)
    for role in ("applicant", "inventor"):
        _parties(draft, bibliographic.child("parties"), role)
    _ipc(draft, bibliographic)
    _patent_classifications(draft, bibliographic.child("patent-classifications"))
    for citation in bibliographic.child("references-cited").children("citation"):
        _citation(draft, citation)
    _texts(draft, "title", bibliographic.children("invention-title"))
    _texts(draft, "abstract", node.children("abstract"))


def _bibliographic(node: Node) -> Node:
    found = node.child("bibliographic-data")
    return node if found.empty() else found


def start(draft: Draft, node: Node, *, claims: int | None = None) -> bool:
    """Open ``draft`` with the publication that ``node`` is about; False where its number cannot be read."""
    bibliographic = _bibliographic(node)
    ids = _ids(bibliographic, "publication-reference")
    main = ids.get("docdb", pugi.XMLNode())
    stated = value_of(main, "date") or attribute(node, "date-publ")
    if stated is None and "epodoc" in ids:
        stated = value_of(ids["epodoc"], "date")
    granted = None
    availability = bibliographic.child("dates-of-public-availability")
    for name in GRANTED:
        granted = granted or draft.day(value_of(availability.child(name).child("document-id"), "date"), name)
    status = attribute(node, "status")
    return draft.start(
        value_of(main, "country") or attribute(node, "country") or "",
        value_of(main, "doc-number") or attribute(node, "doc-number") or "",
        value_of(main, "kind") or attribute(node, "kind"),
        column="publication-reference",
        publication_date=draft.day(stated, "publication-reference"),
        original=value_of(ids["original"], "doc-number") if "original" in ids else None,
        grant_date=granted,
        family_id=attribute(node, "family-id"),
        source_id=attribute(node, "doc-id"),
        claims=claims,
        legal_status="withdrawn" if status == "CV" else None,
    )


def _application(draft: Draft, around: Iterable[Node]) -> None:
    ids: dict[str, Node] = {}
    filed: date | None = None
    for node in around:
        for form, item in _ids(node, "application-reference").items():
            ids.setdefault(form, item)
            filed = filed or draft.day(value_of(item, "date"), "application-reference")
    original = value_of(ids["original"], "doc-number") if "original" in ids else None
    parts = _parts(ids, filed)
    if parts is not None:
        draft.application(*parts, filing_date=filed, original=original, column="application-reference")
    elif ids:
        shown = [value_of(item, "doc-number") for item in ids.values()]
        draft.drop("bad-number", "the application number cannot be read", column="application-reference", value=shown)


def _parts(ids: dict[str, Node], on: date | None) -> tuple[str, str, str | None] | None:
    """Office, number and kind of an application, from the docdb form, else from the epodoc form."""
    if "docdb" in ids:
        office, number = value_of(ids["docdb"], "country"), value_of(ids["docdb"], "doc-number")
        if office is not None and number is not None:
            return office, number, value_of(ids["docdb"], "kind")
    if "epodoc" in ids:
        try:
            found = numbers.parse(value_of(ids["epodoc"], "doc-number") or "", role="application", date=on)
        except BadNumber:
            return None
        return found.office, found.number, found.kind
    return None


def _claims(node: Node) -> list[tuple[int, dict[str, Node], Node]]:
    """(sequence, ids, claim) of each priority claim that has a number in docdb form, else in epodoc form."""
    found = [*node.child("priority-claims").children("priority-claim"), *node.children("priority-claim")]
    claims: list[tuple[int, dict[str, Node], Node]] = []
    for order, claim in enumerate(found, 1):
        outer = attribute(claim, "data-format") or "docdb"
        ids = {attribute(item, "document-id-type") or outer: item for item in claim.children("document-id")}
        claims.append((_sequence(claim, order), ids, claim))
    for form in ("docdb", "epodoc"):
        chosen = [item for item in claims if form in item[1]]
        if chosen:
            return sorted(chosen, key=lambda item: item[0])
    return []


def _priorities(draft: Draft, around: tuple[Node, ...]) -> None:
    # The family member has the docdb form, with kind and linkage; the document in OPS has mostly the epodoc form only.
    for _, ids, claim in next((found for node in reversed(around) if (found := _claims(node))), []):
        stated = next((text for item in ids.values() if (text := value_of(item, "date"))), None)
        on = draft.day(stated, "priority-claim")
        parts = _parts(ids, on)
        if parts is None:
            shown = [value_of(item, "doc-number") for item in ids.values()]
            draft.drop("bad-number", "a priority number cannot be read", column="priority-claim", value=shown)
            continue
        code = value_of(claim, "priority-linkage-type")
        if code is None and parts[2] in ("P", "W"):
            code = parts[2]
        linkage = LINKAGES.get(code or "", "parent")
        draft.priority(*parts, priority_date=on, column="priority-claim", linkage=linkage)


def _sequence(node: Node, default: int) -> int:
    text = node.attribute("sequence").value()
    return int(text) if text.isdecimal() and len(text) < 9 else default


def _parties(draft: Draft, parties: Node, role: Role) -> None:
    forms: dict[str, list[tuple[int, str, str | None]]] = {}
    for order, party in enumerate(parties.child(f"{role}s").children(role), 1):
        form = attribute(party, "data-format") or "original"
        named = party.child(f"{role}-name")
        if named.empty():
            named = party.child("addressbook")
        name = value_of(named, "name") or value_of(named, "orgname") or value_of(named, "last-name")
        country = country_of(value_of(party.child("residence"), "country"))
        if name is not None and form == "epodoc" and (found := _RESIDENCE.search(name)):
            name, country = name[: found.start()].strip() or None, found[1]
        if name is not None:
            name = " ".join(name.split()).rstrip(", ")
            forms.setdefault(form, []).append((_sequence(party, order), name, country))
    for form in (*NAME_FORMS, *forms):
        if form in forms:
            for _, name, country in sorted(forms[form], key=lambda item: item[0]):
                draft.party(role, name, country=country, country_source="residence")
            return


def _ipc(draft: Draft, bibliographic: Node) -> None:
    seen: set[str] = set()
    for item in bibliographic.child("classifications-ipcr").children("classification-ipcr"):
        text = item.child("text").text().get()
        found = _IPCR.match(text)
        if found is None:
            draft.drop("malformed-input", "not a symbol of the IPC", column="classification-ipcr", value=text)
            continue
        symbol = f"{found[1]}{found[2]}/{found[3]}"
        if symbol not in seen:
            seen.add(symbol)
            inventive = {"I": True, "N": False}.get(found[6] or "")
            first = {"F": True, "L": False}.get(found[5] or "")
            draft.classify("ipc", symbol, column="classification-ipcr", inventive=inventive, first=first)
    old = bibliographic.child("classification-ipc")
    alone = not seen
    for name in ("main-classification", "further-classification"):
        for item in old.children(name):
            text = item.text().get()
            if (found := _OLD_IPC.match(text)) is None:
                draft.drop("malformed-input", "not a symbol of the IPC", column=name, value=text)
                continue
            symbol = f"{found[1]}{found[2]}{found[3]}{found[4]}/{found[5]}"
            if symbol not in seen:
                seen.add(symbol)
                draft.classify("ipc", symbol, column=name, first=name == "main-classification" if alone else None)


def _patent_classifications(draft: Draft, parent: Node) -> None:
    found: dict[tuple[Scheme, str], list[tuple[str, str, str]]] = {}
    for item in parent.children("patent-classification"):
        scheme = SCHEMES.get(attribute(item.child("classification-scheme"), "scheme") or "")
        symbol = value_of(item, "classification-symbol") or _symbol_in_parts(item)
        if scheme is None or symbol is None:
            continue
        office = value_of(item, "generating-office") or ""
        position, use = value_of(item, "symbol-position") or "", value_of(item, "classification-value") or ""
        found.setdefault((scheme, "".join(symbol.split())), []).append((office, position, use))
    offices = [office for entries in found.values() for office, position, _ in entries if position == "F"]
    chief = "EP" if "EP" in offices else next(iter(offices), "")
    for (scheme, symbol), entries in found.items():
        uses = {use for _, _, use in entries}
        inventive = True if "I" in uses else False if "A" in uses else None
        positions = {(office, position) for office, position, _ in entries if position}
        first = (chief, "F") in positions if positions else None
        draft.classify(scheme, symbol, column="patent-classification", inventive=inventive, first=first)


def _symbol_in_parts(item: Node) -> str | None:
    section, number, letter = (value_of(item, name) for name in ("section", "class", "subclass"))
    group, subgroup = value_of(item, "main-group"), value_of(item, "subgroup")
    if section is None or number is None or letter is None:
        return None
    return f"{section}{number}{letter}" + (f"{group}/{subgroup}" if group and subgroup else "")


def _citation(draft: Draft, citation: Node) -> None:
    phase, citer = _phase(attribute(citation, "cited-phase"))
    citer = CITERS.get((attribute(citation, "cited-by") or "").lower().replace(" ", "-"), citer)
    categories = [text for item in citation.children("category") if (text := text_of(item))]
    if not categories:
        passages = (child for outer in citation.children("rel-passage") for child in outer.children("category"))
        categories = [text for item in passages if (text := text_of(item))]
    category = "".join(dict.fromkeys(categories)) or None
    literature = citation.child("nplcit")
    if not literature.empty():
        written = text_of(literature.child("text")) or text_of(literature)
        draft.cite_literature(written, cited_by=citer, category=category, phase=phase)
        return
    patent = citation.child("patcit")
    ids = {attribute(item, "document-id-type") or "docdb": item for item in patent.children("document-id")}
    stated = next((text for item in ids.values() if (text := value_of(item, "date"))), None)
    on = draft.day(stated, "citation")
    written = attribute(patent, "dnum")
    office, number, kind = None, None, None
    if "docdb" in ids:
        office, number, kind = (value_of(ids["docdb"], name) for name in ("country", "doc-number", "kind"))
    elif "epodoc" in ids:
        written = written or value_of(ids["epodoc"], "doc-number")
        try:
            cited = numbers.parse(written or "", role="publication", date=on)
            office, number, kind = cited.office, cited.number, cited.kind
        except BadNumber:
            pass
    draft.cite_patent(office, number, kind, text=written, cited_by=citer, category=category, phase=phase, cited_date=on)


def _phase(code: str | None) -> tuple[str | None, str | None]:
    if code is None:
        return None, None
    return PHASES.get(code.upper(), (code.lower().replace("-", "_"), None))


def _texts(draft: Draft, part: TextPart, nodes: Iterable[Node]) -> None:
    found: dict[str | None, tuple[int, str]] = {}
    for node in nodes:
        form = attribute(node, "data-format") or ""
        rank = TEXT_FORMS.index(form) if form in TEXT_FORMS else len(TEXT_FORMS)
        language = language_of(attribute(node, "lang"))
        paragraphs = [text for item in node.children("p") if (text := text_of(item))]
        text = "\n".join(paragraphs) or text_of(node)
        if text and (language not in found or rank < found[language][0]):
            found[language] = (rank, text)
    for language, (_, text) in found.items():
        draft.text(part, language, text)
