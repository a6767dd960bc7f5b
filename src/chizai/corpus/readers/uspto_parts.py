"""What the USPTO's XML formats of all generations have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from chizai.corpus import funding_in_text, numbers, standards_in_text
from chizai.corpus.readers.base import CHUNK_BYTES, Chunk, Source
from chizai.corpus.readers.drafts import Draft, plain_us_id
from chizai.corpus.readers.xml_safety import as_utf8, documents, plain_text, prolog, reject_of
from chizai.corpus.scan import count, find, rfind
from chizai.corpus.schema import Citation, Funding, Linkage, Record, Reject, StandardMention
from chizai.errors import BadNumber, ChizaiError, EmptyInput, MalformedInput, TruncatedInput, Where


@dataclass(slots=True)
class FoundApart:
    """Rows of a record that are made without its draft."""

    citations: list[Citation] = field(default_factory=list)
    fundings: list[Funding] = field(default_factory=list)
    standards: list[StandardMention] = field(default_factory=list)


LINKAGES: dict[str, Linkage] = {
    "continuation": "continuation",
    "continuation-of": "continuation",
    "continuation-in-part": "continuation_in_part",
    "continuation-in-part-of": "continuation_in_part",
    "division": "division",
    "division-of": "division",
    "reissue": "reissue",
    "reissue-of": "reissue",
    "continuing-reissue": "reissue",
    "continuing-reissue-of": "reissue",
    "us-divisional-reissue": "reissue",
    "a-371-of-international": "pct",
    "addition": "parent",
    "substitution": "parent",
    "substitution-for": "parent",
    "utility-model-basis": "parent",
    "reexamination": "parent",
    "us-reexamination-reissue-merger": "parent",
    "correction": "parent",
    "corrected-republication-of": "parent",
}
"""Element of a relation -> linkage."""

_IPC_OLD = re.compile(r"([A-H]\d\d[A-Z])\s*0*(\d{1,4})\s*/\s*(\d{1,6})")
_HEADING = re.compile(rb"<heading\b[^<>]*>.{0,500}?</heading>", re.DOTALL)
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")


@lru_cache(maxsize=1 << 14)
def month_or_day(text: str) -> date | None:
    """The date of a cited document; USPTO gives the month only (``19930400``), read as its first day; else None.

    >>> month_or_day("19930400"), month_or_day("20070918"), month_or_day("19000000")
    (datetime.date(1993, 4, 1), datetime.date(2007, 9, 18), None)
    """
    found = _DATE.fullmatch(text)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]) or 1)
    except ValueError:
        return None


@lru_cache(maxsize=1 << 15)
def old_ipc(text: str) -> str:
    """An IPC symbol of editions 1 to 7 without padding; what is not one stays as it is.

    >>> old_ipc("G06F015/00"), old_ipc("A61B  5/00")
    ('G06F15/00', 'A61B5/00')
    """
    found = _IPC_OLD.fullmatch(text.strip())
    return f"{found[1]}{found[2]}/{found[3]}" if found else text


@lru_cache(maxsize=1 << 15)
def uspc(text: str) -> str | None:
    """A US class in the form ``CLASS/SUBCLASS`` from the office's columns (class 3, subclass 3, decimals).

    >>> [uspc(text) for text in ("709228", "714  4", "D 1109", "600300000", "34053912", "257E21001", "705026100")]
    ['709/228', '714/4', 'D1/109', '600/300', '340/539.12', '257/E21.001', '705/26.1']
    """
    text = text.rstrip()
    main, sub = text[:3].replace(" ", ""), text[3:]
    if not main or main.lower() == "non":  # "None"
        return None
    main = main.lstrip("0")
    whole, decimals = sub[:3].replace(" ", ""), sub[3:].replace(" ", "")
    if whole.isdigit():
        whole = str(int(whole))
    if decimals.isdigit() and not whole.startswith("E"):
        decimals = decimals.rstrip("0")
    if decimals and not decimals.startswith("."):
        decimals = "." + decimals
    return f"{main}/{whole}{decimals}" if whole else main


def cited_id(office: str, number: str, kind: str | None) -> str | None:
    """The id of a cited patent; None where the number cannot be read.

    The common forms of the US take a short way: a document cites dozens. A test holds both to the same answers.

    >>> cited_id("US", "2007/0140112", "A1"), cited_id("US", "5202982", "A"), cited_id("JP", "2004-123456", "A")
    ('US-2007140112-A1', 'US-5202982-A', 'JP-2004123456-A')
    """
    office, number, kind = office.strip(), number.strip(), (kind or "").strip() or None
    plain = plain_us_id(number.replace("/", ""), kind) if office == "US" else None
    if plain is not None:
        return plain
    try:
        return numbers.publication(office, number, kind).id
    except BadNumber:
        return None


def us_number(office: str, number: str) -> str:
    """An application number of the US as the office prints it, so that series and serial number cannot be mistaken.

    >>> us_number("US", "60968023"), us_number("JP", "2008148514")
    ('60/968,023', '2008148514')
    """
    if office == "US" and len(number) == 8 and number.isdigit():
        return f"{number[:2]}/{number[2:5]},{number[5:]}"
    return number


def locarno(text: str) -> str:
    """A Locarno class and subclass: ``0101`` -> ``01-01``."""
    text = text.strip()
    return f"{text[:2]}-{text[2:]}" if len(text) == 4 and text.isdigit() else text


def full_name(*parts: str) -> str | None:
    """Parts of a person's name, blanks made one; None where there are none."""
    return " ".join(" ".join(parts).split()) or None if any(parts) else None


def document_chunks(source: Source, roots: tuple[bytes, ...]) -> Iterator[Chunk | Reject]:
    """Chunks whose data is a list of documents (bytes), of about CHUNK_BYTES."""
    batch: list[bytes] = []
    first, size, seen = 1, 0, False
    with source.open() as stream:
        for item in documents(stream, roots):
            seen = True
            if isinstance(item, Reject):
                if batch:
                    yield Chunk(batch, first)
                    batch, size = [], 0
                yield item
                continue
            number, document = item
            if not batch:
                first = number
            batch.append(document)
            size += len(document)
            if size >= CHUNK_BYTES:
                yield Chunk(batch, first)
                batch, size = [], 0
    if batch:
        yield Chunk(batch, first)
    if not seen:
        raise EmptyInput(where=Where(file=source.label))


def body(document: bytes, roots: tuple[bytes, ...], *, description: bytes) -> tuple[bytes, bytes, str | None]:
    """The root element of a document in UTF-8 without its description, the description, a warning about the encoding.

    ``roots`` and ``description`` are names of elements. Judges the prolog; raises HostileInput, MalformedInput or
    TruncatedInput.
    """
    data, warning = as_utf8(document)
    # First of all: it is most of the document, and what comes after need not copy it.
    data, described = cut_out(data, description)
    head = prolog(data)
    start, name = head.root, head.name
    if name not in roots:
        # Files that wrap many documents in one element: the first piece begins with the wrapper's start tag.
        places = [(place, root) for root in roots if (place := data.find(b"<" + root, start)) >= 0]
        if not places:
            raise MalformedInput(detail=f"the root element is {name.decode('utf-8', 'replace')!r}")
        start, name = min(places)
        if start - head.root > 4096:
            raise MalformedInput(detail=f"the root element is {head.name.decode('utf-8', 'replace')!r}")
    end_tag = b"</" + name + b">"
    end = data.rfind(end_tag)
    if end < 0:
        raise TruncatedInput(detail=f"the document ends before {end_tag.decode()}")
    return data[start : end + len(end_tag)], described, warning


def cut_out(data: bytes, name: bytes) -> tuple[bytes, bytes]:
    """``data`` without the element of that name, and the element (empty where there is none).

    >>> cut_out(b"<a><b>1</b><c/></a>", b"b")
    (b'<a><c/></a>', b'<b>1</b>')
    """
    start = find(data, b"<" + name)
    if start < 0:
        return data, b""
    end_tag = b"</" + name + b">"
    end = rfind(data, end_tag, start)
    if end < 0:
        raise TruncatedInput(detail=f"the document ends before {end_tag.decode()}")
    end += len(end_tag)
    return data[:start] + data[end:], data[start:end]


def element(data: bytes, name: bytes) -> bytes:
    """The first element of that name as bytes; empty where there is none."""
    start = find(data, b"<" + name)
    if start < 0:
        return b""
    end = find(data, b"</" + name + b">", start)
    return data[start:end] if end >= 0 else b""


def claim_texts(claims: bytes) -> list[str]:
    """The claims, one text each, from the element that holds them. Parts of a claim are set apart by a blank."""
    start = max(find(claims, b"<claim "), find(claims, b"<claim>"))  # after a heading ("What is claimed is:")
    if start < 0:
        return []
    spaced = claims[start:]
    if count(spaced, b"<claim-text") != count(spaced, b"\n<claim-text"):
        spaced = spaced.replace(b"<claim-text", b" <claim-text")
    # U+001E (record separator) cannot stand in XML 1.0.
    texts = plain_text(b"\x1e".join(spaced.split(b"</claim>"))).split("\x1e")
    return [text for claim in texts if (text := claim.strip())]


def read_documents(chunk: Chunk, read: Callable[[bytes, Draft], FoundApart]) -> Iterator[Record | Reject]:
    """``read(document, draft)`` over the documents of a chunk; what it raises on purpose becomes a Reject."""
    for row, document in enumerate(chunk.data, chunk.first_row):
        draft = Draft(row)
        try:
            apart = read(document, draft)
        except ChizaiError as error:
            yield reject_of(error, row)
            continue
        except UnicodeDecodeError:
            # A numeric reference to half a surrogate pair or past U+10FFFF.
            yield Reject(row, "malformed-input", "a character reference names no character")
            continue
        for item in draft.items():
            if isinstance(item, Record):
                item.citations += apart.citations
                item.fundings += apart.fundings
                item.standards += apart.standards
            yield item


def from_description(publication_id: str, description: bytes) -> FoundApart:
    """Funding statements and mentions of standards, found in a description that is not itself kept."""
    fundings: list[Funding] = []
    for fragment in funding_in_text.statement_bytes(description):
        statement = plain_text(whole_tags(_HEADING.sub(b"", fragment).replace(b"<p", b" <p")))[
            : funding_in_text.MAX_STATEMENT
        ]
        if not funding_in_text.says_none(statement):
            fundings += funding_rows(publication_id, statement, len(fundings))
    standards: list[StandardMention] = []
    found = standards_in_text.passages(description)
    if found:
        # A paragraph's tag is where a word ends: "... 802</p><p>11 ..." is not 80211.
        text = plain_text(whole_tags(found.replace(b"<p", b" <p").replace(b"<heading", b" <heading")))
        standards = [
            StandardMention(publication_id, number, mention.standard, mention.context)
            for number, mention in enumerate(standards_in_text.mentions(text), 1)
        ]
    return FoundApart(fundings=fundings, standards=standards)


def funding_rows(publication_id: str, statement: str, before: int = 0) -> list[Funding]:
    awards = funding_in_text.awards(statement) or [funding_in_text.Award(None, None)]
    return [
        Funding(publication_id, before + number, award.agency, award.contract, statement, derived=True)
        for number, award in enumerate(awards, 1)
    ]


def whole_tags(fragment: bytes) -> bytes:
    """A fragment whose cut last tag is taken off, and whose comments are plain tags.

    The description is never parsed, so nothing in it may depend on its being well-formed.
    """
    last = fragment.rfind(b"<")
    if last >= 0 and fragment.find(b">", last) < 0:
        fragment = fragment[:last]
    return fragment.replace(b"<!", b"<") if b"<!" in fragment else fragment
