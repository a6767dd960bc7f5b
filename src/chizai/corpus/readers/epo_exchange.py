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

from chizai.corpus import numbers
from chizai.corpus.readers import xml_safety
from chizai.corpus.readers.base import FIELD_BYTES, Source
from chizai.corpus.readers.drafts import Draft, country_of
from chizai.corpus.readers.epo_items import (
    Cited,
    Claim,
    Id,
    Ipcr,
    Items,
    Name,
    Symbol,
    attribute,
    claims_of,
    ids_of,
    items_of,
    text_of,
    value_of,
)
from chizai.corpus.readers.xml_safety import Node, each
from chizai.corpus.scan import count, find
from chizai.corpus.schema import Linkage, Role, Scheme, TextPart
from chizai.errors import BadEncoding, BadNumber, HostileInput, InputError, Where

BLOCK_BYTES = 1 << 20
TAG_BYTES = 256
"""No tag name with its prefix is longer: so much of a block is kept for a tag cut in two."""
LEAD_BYTES = 34
"""``</``, a prefix and its colon before a name."""
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
ROLES: tuple[Role, ...] = ("applicant", "inventor")
IPC_USES = {"I": True, "N": False}
IPC_POSITIONS = {"F": True, "L": False}
NO_ID = Id(None, None, None, None)

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_NUMBERED = re.compile(rb"&#([xX]?)([0-9A-Fa-f]+);")
_PREFIX = re.compile(rb"\A<([A-Za-z_][\w.-]{0,30}):")
_DECLARED_PREFIX = re.compile(rb"\bxmlns:([A-Za-z_][\w.-]{0,30})\s*=")
_UNKNOWN = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)")
"""A reference to anything but the five characters that XML itself names."""
_CAPITAL_NAME = re.compile(rb"&([A-Z]{3}[A-Z0-9]{0,28});")
_RESIDENCE = re.compile(r"\s*\[([A-Z]{2})\]$")
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
    tag = re.compile(
        rb"<(?P<closes>/)?(?:[A-Za-z_][\w.-]{0,30}:)?(?P<name>" + re.escape(name.encode()) + rb")"
        rb"(?(closes)\s{0,64}>|(?=[\s/>]))"
    )
    buffer = bytearray()
    opened = -1  # where the element begins that is not yet closed
    position = 0
    while block := stream.read(BLOCK_BYTES):
        buffer += block
        rest = 0
        for found in _tags(buffer, name.encode(), tag, position):
            if not found["closes"]:
                if opened >= 0:
                    yield "the next one begins before it ends"
                opened = found.start()
            elif opened >= 0:
                yield bytes(buffer[opened : found.end()])
                opened, rest = -1, found.end()
        if opened >= 0 and len(buffer) - opened > FIELD_BYTES:
            yield f"it is larger than {FIELD_BYTES >> 20} MB"
            opened = -1
        # A tag may be cut in two by the end of the block; what is known of the buffer is not looked at again.
        del buffer[: opened if opened >= 0 else max(rest, len(buffer) - TAG_BYTES)]
        opened = min(opened, 0)
        position = max(opened + 1, len(buffer) - TAG_BYTES)
    if opened >= 0:
        yield CUT


def _tags(buffer: bytearray, name: bytes, tag: re.Pattern[bytes], position: int) -> Iterator[re.Match[bytes]]:
    """The start and end tags of that name. Looks for the name, which is rare, not for brackets, which are many."""
    place = find(buffer, name, position)
    while place >= 0:
        start = buffer.rfind(b"<", max(position, place - LEAD_BYTES), place)
        found = tag.match(buffer, start) if start >= 0 else None
        if found is not None and found.start("name") == place:
            yield found
        place = find(buffer, name, place + len(name))


# the document: nodes and their texts


def load(data: bytes) -> tuple[Any, Node]:
    """The parsed document and its root, prefixes taken off. Raises MalformedInput, HostileInput."""
    document = xml_safety.parse(prepared(data))
    return document, document.document_element()


def prepared(data: bytes) -> bytes:
    """The document without prefixes, and with characters in place of all references but those that XML itself knows."""
    try:
        data.decode()
    except UnicodeDecodeError:
        data = data.decode("utf-8", "replace").encode()
    declared = _DECLARED_PREFIX.findall(data) if find(data, b"xmlns:") >= 0 else ()
    for prefix in {*_PREFIX.findall(data, 0, TAG_BYTES), *declared}:
        data = _without(prefix + b":", data)
    if _UNKNOWN.search(data):
        data = _NUMBERED.sub(_numbered_character, _CAPITAL_NAME.sub(_named_character, data))
        data = xml_safety.named_entities(data)
    return data


def _without(prefix: bytes, data: bytes) -> bytes:
    start, end = b"<" + prefix, b"</" + prefix
    if count(data, prefix) == count(data, start) + count(data, end):
        return b"".join(data.split(prefix))  # it stands in tags alone; half the time of the way below
    return data.replace(start, b"<").replace(end, b"</")


def _named_character(found: re.Match[bytes]) -> bytes:
    return _CAPITALS.get(found[1].decode(), found[0].decode()).encode()


def _numbered_character(found: re.Match[bytes]) -> bytes:
    """References to what is no character (half surrogate pairs, controls) become U+FFFD; the others stay."""
    digits = found[2] if len(found[2]) < 10 and (found[1] or found[2].isdigit()) else b"0"
    code = int(digits, 16 if found[1] else 10)
    valid = 0x20 <= code < 0xD800 or 0xE000 <= code < 0x110000 or code in (9, 10, 13)
    return found[0] if valid else "\ufffd".encode()


def language_of(code: str | None) -> str | None:
    """ISO 639-1. DOCDB's 'ol' (another language) says that it is not known.

    >>> language_of("EN"), language_of("ol")
    ('en', None)
    """
    found = code.lower() if code else ""
    return found if len(found) == 2 and found.isalpha() and found != "ol" else None


# the record


def read(draft: Draft, node: Node, *, member: Node | None = None, text: bytes = b"") -> None:
    """Fill ``draft`` from an ``exchange-document``, or from a ``family-member`` of OPS that holds none.

    ``member`` is the family member around the document: it has the priorities in full where the document has not.
    ``text`` is the document itself, :func:`prepared` and :func:`~chizai.corpus.readers.epo_items.regular`; what is
    regular in it is read from there, which is faster.
    """
    bibliographic = _bibliographic(node)
    items = items_of(bibliographic, text)
    if not start(draft, node, items.publications):
        return
    _application(draft, items, member)
    _priorities(draft, items, member)
    for role in ROLES:
        _parties(draft, role, items.names[role])
    _ipc(draft, items.ipcr, bibliographic.child("classification-ipc"))
    _patent_classifications(draft, items.symbols)
    for citation in items.citations:
        _citation(draft, citation)
    _texts(draft, "title", each(bibliographic, "invention-title"))
    _texts(draft, "abstract", each(node, "abstract"))


def _bibliographic(node: Node) -> Node:
    return node.child("bibliographic-data") or node


def start(draft: Draft, node: Node, ids: dict[str, Id], *, claims: int | None = None) -> bool:
    """Open ``draft`` with the publication that ``node`` is about; False where its number cannot be read.

    ``ids`` are those of its publication references.
    """
    bibliographic = _bibliographic(node)
    main = ids.get("docdb", NO_ID)
    stated = main.date or attribute(node, "date-publ")
    if stated is None and "epodoc" in ids:
        stated = ids["epodoc"].date
    granted = None
    availability = bibliographic.child("dates-of-public-availability")
    if availability:
        for name in GRANTED:
            granted = granted or draft.day(value_of(availability.child(name).child("document-id"), "date"), name)
    status = attribute(node, "status")
    return draft.start(
        main.country or attribute(node, "country") or "",
        main.number or attribute(node, "doc-number") or "",
        main.kind or attribute(node, "kind"),
        column="publication-reference",
        publication_date=draft.day(stated, "publication-reference"),
        original=ids["original"].number if "original" in ids else None,
        grant_date=granted,
        family_id=attribute(node, "family-id"),
        source_id=attribute(node, "doc-id"),
        claims=claims,
        legal_status="withdrawn" if status == "CV" else None,
    )


def _application(draft: Draft, items: Items, member: Node | None) -> None:
    ids: dict[str, Id] = {}
    filed: date | None = None
    around = [items.applications] if member is None else [items.applications, ids_of(member, "application-reference")]
    for references in around:
        for form, item in references.items():
            ids.setdefault(form, item)
            filed = filed or draft.day(item.date, "application-reference")
    original = ids["original"].number if "original" in ids else None
    parts = _parts(ids, filed)
    if parts is not None:
        draft.application(*parts, filing_date=filed, original=original, column="application-reference")
    elif ids:
        shown = [item.number for item in ids.values()]
        draft.unread_application(shown, filing_date=filed, column="application-reference")


def _parts(ids: dict[str, Id], on: date | None) -> tuple[str, str, str | None] | None:
    """Office, number and kind of an application, from the docdb form, else from the epodoc form."""
    docdb = ids.get("docdb", NO_ID)
    if docdb.country is not None and docdb.number is not None:
        return docdb.country, docdb.number, docdb.kind
    if "epodoc" in ids:
        try:
            found = numbers.parse(ids["epodoc"].number or "", role="application", date=on)
        except BadNumber:
            return None
        return found.office, found.number, found.kind
    return None


def _chosen(claims: list[Claim]) -> list[Claim]:
    """The priority claims that have a number in docdb form, else those in epodoc form."""
    for form in ("docdb", "epodoc"):
        chosen = [claim for claim in claims if form in claim.ids]
        if chosen:
            return sorted(chosen, key=_in_sequence)
    return []


def _in_sequence(item: Claim | Name) -> int:
    return item.sequence


def _priorities(draft: Draft, items: Items, member: Node | None) -> None:
    # The family member has the docdb form, with kind and linkage; the document in OPS has mostly the epodoc form only.
    claims = _chosen(claims_of(member)) if member is not None else []
    for _, ids, code in claims or _chosen(items.claims):
        stated = next((item.date for item in ids.values() if item.date), None)
        on = draft.day(stated, "priority-claim")
        parts = _parts(ids, on)
        if parts is None:
            shown = [item.number for item in ids.values()]
            draft.unread_priority(shown, priority_date=on, column="priority-claim")
            continue
        if code is None and parts[2] in ("P", "W"):
            code = parts[2]
        linkage = LINKAGES.get(code or "", "parent")
        draft.priority(*parts, priority_date=on, column="priority-claim", linkage=linkage)


def _parties(draft: Draft, role: Role, names: list[Name]) -> None:
    forms: dict[str, list[Name]] = {}
    for name in names:
        forms.setdefault(name.form, []).append(name)
    for form in (*NAME_FORMS, *forms):
        found = [cleaned for name in forms.get(form, ()) if (cleaned := _cleaned(name)).name is not None]
        if found:
            for _, _, text, country in sorted(found, key=_in_sequence):
                draft.party(role, text, country=country, country_source="residence")
            return


def _cleaned(name: Name) -> Name:
    text, country = name.name, country_of(name.country)
    if text is not None and name.form == "epodoc" and (residence := _RESIDENCE.search(text)):
        text, country = text[: residence.start()].strip() or None, residence[1]
    return Name(name.sequence, name.form, text and " ".join(text.split()).rstrip(", "), country)


def _ipc(draft: Draft, ipcr: list[Ipcr], old: Node) -> None:
    seen: set[str] = set()
    for item in ipcr:
        if isinstance(item, str):
            draft.drop("malformed-input", "not a symbol of the IPC", column="classification-ipcr", value=item)
            continue
        subclass, group, subgroup, _, position, use = item
        symbol = f"{subclass}{group}/{subgroup}"
        if symbol not in seen:
            seen.add(symbol)
            inventive, first = IPC_USES.get(use), IPC_POSITIONS.get(position)
            draft.classify("ipc", symbol, column="classification-ipcr", inventive=inventive, first=first)
    alone = not seen
    for name in ("main-classification", "further-classification"):
        for node in each(old, name):
            text = node.text().get()
            if (found := _OLD_IPC.match(text)) is None:
                draft.drop("malformed-input", "not a symbol of the IPC", column=name, value=text)
                continue
            symbol = f"{found[1]}{found[2]}{found[3]}{found[4]}/{found[5]}"
            if symbol not in seen:
                seen.add(symbol)
                draft.classify("ipc", symbol, column=name, first=name == "main-classification" if alone else None)


def _patent_classifications(draft: Draft, symbols: list[Symbol]) -> None:
    found: dict[tuple[Scheme, str], list[Symbol]] = {}
    for item in symbols:
        scheme, symbol = SCHEMES.get(item[0]), item[1]
        if scheme is not None and symbol:
            found.setdefault((scheme, symbol), []).append(item)
    offices = [office for items in found.values() for _, _, position, _, office in items if position == "F"]
    chief = "EP" if "EP" in offices else next(iter(offices), "")
    for (scheme, symbol), items in found.items():
        uses = {use for _, _, _, use, _ in items}
        inventive = True if "I" in uses else False if "A" in uses else None
        positions = {(office, position) for _, _, position, _, office in items if position}
        first = (chief, "F") in positions if positions else None
        draft.classify(scheme, symbol, column="patent-classification", inventive=inventive, first=first)


def _citation(draft: Draft, citation: Cited) -> None:
    phase, citer = _phase(citation.phase)
    citer = CITERS.get((citation.by or "").lower().replace(" ", "-"), citer)
    category = "".join(dict.fromkeys(citation.categories)) or None
    if citation.ids is None:
        draft.cite_literature(citation.literature, cited_by=citer, category=category, phase=phase)
        return
    ids, written = citation.ids, citation.dnum
    stated = next((item.date for item in ids.values() if item.date), None)
    on = draft.day(stated, "citation")
    office, number, kind = None, None, None
    if "docdb" in ids:
        office, number, kind, _ = ids["docdb"]
    elif "epodoc" in ids:
        written = written or ids["epodoc"].number
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
        paragraphs = [text for item in each(node, "p") if (text := text_of(item))]
        text = "\n".join(paragraphs) or text_of(node)
        if text and (language not in found or rank < found[language][0]):
            found[language] = (rank, text)
    for language, (_, text) in found.items():
        draft.text(part, language, text)
