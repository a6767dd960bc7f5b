"""Guards for XML from outside, shared by all readers of XML.

No DTD is loaded and no entity is ever expanded by a parser; sizes, numbers of tags and depth have limits; what breaks
them raises :class:`~chizai.errors.HostileInput`, what breaks XML raises :class:`~chizai.errors.MalformedInput` or
:class:`~chizai.errors.TruncatedInput`. A reader turns these into a Reject for that document (:func:`reject_of`) and
goes on with the next.

The pieces, in the order of use: :func:`documents` cuts a stream of concatenated or wrapped documents; :func:`as_utf8`
transcodes one as it declares; :func:`prolog` judges what stands before the root element; :func:`parse` builds the tree;
:func:`inner_text` takes text from a node and :func:`plain_text` from bytes that were not parsed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from html.entities import html5
from os.path import commonprefix
from typing import Any, BinaryIO

from pugixml import pugi

from chizai.corpus.readers.base import FIELD_BYTES
from chizai.corpus.scan import find
from chizai.corpus.schema import Reject
from chizai.errors import ChizaiError, HostileInput, MalformedInput, TruncatedInput

MAX_DEPTH = 128
"""Levels of elements. Real patent XML (MathML in a claim in a document) stays under 40."""
MAX_TAGS = 4_000_000
"""Angle brackets in one document: a tree node costs some 60 bytes, so 64 MB of ``<a/>`` would become gigabytes."""
PROLOG_BYTES = 4 * 1024 * 1024
"""The prolog of old USPTO documents lists every image as an unparsed entity."""
BLOCK_BYTES = 1024 * 1024
MAX_REFERENCES = 4096
"""Different character references remembered."""

DECLARATION = b"<?xml "

Node = Any
"""A pugixml node; the document it came from must outlive it."""

_NAME_ENDS = (b" ", b">", b"\n", b"\t", b"\r", b"/")
_NAMED = re.compile(rb"&(?!#|amp;|lt;|gt;|quot;|apos;)([A-Za-z][A-Za-z0-9]{1,31});")
# What html.unescape takes for a reference; no name has letters beyond ASCII.
_REFERENCE = re.compile(rb"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;\x80-\xff]{1,32};?)")
_TAG = re.compile(rb"<[^<>]*>")
_SPACE = re.compile(rb"\s*")
_BLANKS = bytes.maketrans(b"\t\r", b"  ")
_QUOTED = rb"""(?:"[^"<>]*"|'[^'<>]*')"""
_DOCTYPE = re.compile(
    rb"<!DOCTYPE\s+[^\s\[<>]+\s*(?:SYSTEM\s*" + _QUOTED + rb"|PUBLIC\s*" + _QUOTED + rb"\s*" + _QUOTED + rb"?)?\s*"
)
# An unparsed (NDATA) entity names an image; no parser ever puts it in place of a reference.
_HARMLESS = re.compile(
    rb"\s+|<!ENTITY\s+[^\s%&<>\"']+\s+(?:SYSTEM\s*"
    + _QUOTED
    + rb"|PUBLIC\s*"
    + _QUOTED
    + rb"\s*"
    + _QUOTED
    + rb")\s+NDATA\s+[\w.-]+\s*>|<!NOTATION\s[^<>\[\]]*>"
)
_ENCODING = re.compile(rb"""^<\?xml\s[^<>]{0,200}?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']""")
_TOO_DEEP = pugi.XPathQuery("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")


def reject_of(error: ChizaiError, row: int) -> Reject:
    """The reject row of an error raised by this module."""
    return Reject(row, error.code, str(error.values.get("detail") or error.what("en")))


def utf8_stream(stream: BinaryIO) -> Iterator[bytes]:
    """Blocks of a stream; UTF-16 (known by its byte order mark) becomes UTF-8, everything else stays as it is."""
    block = stream.read(BLOCK_BYTES)
    if block[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        while block:
            yield block
            block = stream.read(BLOCK_BYTES)
        return
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    while block:
        yield decoder.decode(block).encode("utf-8", "replace")
        block = stream.read(BLOCK_BYTES)
    yield decoder.decode(b"", True).encode("utf-8", "replace")


def documents(
    stream: BinaryIO, roots: tuple[bytes, ...], *, limit: int = FIELD_BYTES
) -> Iterator[tuple[int, bytes] | Reject]:
    """Cut a stream into documents, numbered from 1, in bounded memory.

    A document begins at an XML declaration (weekly files are documents one after the other), and at every further root
    start within one (files that wrap many documents in one element). ``roots`` are start tags without their end:
    ``(b"<us-patent-grant",)``. What stands before the first root and after the last end tag stays with its neighbour.
    A document over ``limit`` bytes gives a Reject and is passed over.

    >>> import io
    >>> list(documents(io.BytesIO(b"<?xml version='1.0'?><r><d>1</d><d>2</d></r>"), (b"<d",)))
    [(1, b"<?xml version='1.0'?><r><d>1</d>"), (2, b'<d>2</d></r>')]
    """
    longest = max(map(len, (DECLARATION, *roots)))
    number = 1
    buffer = b""
    skipping = False
    blocks = utf8_stream(stream)
    while True:
        block = next(blocks, b"")
        buffer += block
        start, ends = 0, not block
        cuts = _cuts(buffer, roots, ends=ends, skipping=skipping)
        for cut in cuts:
            if skipping:
                skipping = False
            elif cut > start:
                piece = buffer[start:cut]
                if not piece.isspace():
                    yield (number, piece)
                    number += 1
            start = cut
        buffer = buffer[start:]
        if ends:
            if buffer.strip() and not skipping:
                yield (number, buffer)
            return
        if skipping:
            buffer = buffer[-longest:]
        elif len(buffer) > limit:
            yield Reject(number, "hostile-input", f"a document of more than {limit} bytes")
            number += 1
            skipping = True
            buffer = buffer[-longest:]


def _cuts(buffer: bytes, roots: tuple[bytes, ...], *, ends: bool, skipping: bool) -> Iterator[int]:
    """Places in ``buffer`` where a new document begins. Finds each needle once, whatever the number of documents."""
    # One needle for roots that begin alike: each needle is one more pass over the bytes.
    common = commonprefix(roots)  # noqa: RUF071  (bytes, not paths)
    stem = common if len(common) > 4 else b""
    needles = (DECLARATION, stem) if stem else (DECLARATION, *roots)
    # The byte after a root's name must be seen, so that <us-patent-grant-x is not taken for <us-patent-grant.
    horizon = len(buffer) if ends else len(buffer) - max(map(len, (DECLARATION, *roots))) - 1
    found = {needle: find(buffer, needle) for needle in needles}
    rooted = skipping
    while True:
        places = [place for place in found.values() if 0 <= place < horizon]
        if not places:
            return
        place = min(places)
        needle = next(name for name, at in found.items() if at == place)
        found[needle] = find(buffer, needle, place + 1)
        if needle == DECLARATION:
            if place > 0 or skipping:
                yield place
            rooted = False
        elif any(
            buffer.startswith(root, place) and buffer[place + len(root) : place + len(root) + 1] in _NAME_ENDS
            for root in roots
        ):
            if rooted:
                yield place
            rooted = True


def as_utf8(document: bytes) -> tuple[bytes, str | None]:
    """The document in UTF-8, and a warning where bytes did not fit the encoding that it declares.

    Raises MalformedInput for an encoding that is not known.

    >>> as_utf8("<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".encode("latin-1"))[0].endswith("é</a>".encode())
    True
    """
    document = document.removeprefix(codecs.BOM_UTF8)
    declared = _ENCODING.match(document[:300])
    name = declared[1].decode("ascii") if declared else "utf-8"
    try:
        codec = codecs.lookup(name)
    except LookupError:
        raise MalformedInput(detail=f"the encoding {name!r} is not known") from None
    if not codec._is_text_encoding:
        raise MalformedInput(detail=f"{name!r} is not an encoding of text")
    # utf_16 in a declaration that was readable as bytes: utf8_stream has transcoded it already.
    if codec.name in ("utf-8", "ascii") or codec.name.startswith(("utf-16", "utf-32")):
        if document.isascii():
            return document, None
        try:
            document.decode("utf-8")
            return document, None
        except UnicodeDecodeError as error:
            warning = f"byte {error.start} of the document is not {name}; shown as U+FFFD"
            return document.decode("utf-8", "replace").encode("utf-8"), warning
    text = document.decode(codec.name, "replace")
    return text.encode("utf-8", "replace"), None


@dataclass(frozen=True, slots=True)
class Prolog:
    """Where the root element begins, and its name."""

    root: int
    name: bytes
    doctype: bytes = b""


def prolog(document: bytes) -> Prolog:
    """Judge everything before the root element.

    A DOCTYPE may name an external DTD (it is never loaded). An internal subset may hold notations and unparsed (NDATA)
    entities, which name images and are never expanded; anything else in it (entity, parameter entity, element or
    attribute declarations) raises HostileInput.

    >>> prolog(b"<?xml version='1.0'?><!DOCTYPE r SYSTEM 'r.dtd' [ ]><r/>").name
    b'r'
    """
    place, doctype, size = 0, b"", len(document)
    while True:
        place = _SPACE.match(document, place).end()  # type: ignore[union-attr]
        if place >= size:
            raise TruncatedInput(detail="there is no root element")
        if place > PROLOG_BYTES:
            raise HostileInput(detail=f"more than {PROLOG_BYTES} bytes before the root element")
        if document.startswith(b"<?", place):
            place = _after(document, b"?>", place + 2)
        elif document.startswith(b"<!--", place):
            place = _after(document, b"-->", place + 4)
        elif document.startswith(b"<!DOCTYPE", place):
            begin, place = place, _after_doctype(document, place)
            doctype = document[begin:place]
        else:
            break
    name = re.match(rb"<([A-Za-z_][^\s<>/]{0,200})", document[place : place + 260])
    if not name:
        raise MalformedInput(detail=f"no root element at byte {place}")
    return Prolog(place, name[1], doctype)


def _after(document: bytes, end: bytes, start: int) -> int:
    found = document.find(end, start)
    if found < 0:
        raise TruncatedInput(detail=f"{end.decode()!r} is missing before the root element")
    return found + len(end)


def _after_doctype(document: bytes, start: int) -> int:
    head = _DOCTYPE.match(document, start)
    if not head:
        raise MalformedInput(detail="the DOCTYPE is not valid")
    place = head.end()
    if document.startswith(b">", place):
        return place + 1
    if not document.startswith(b"[", place):
        raise MalformedInput(detail="the DOCTYPE is not valid")
    place += 1
    while not document.startswith(b"]", place):
        if document.startswith(b"<!--", place):
            place = _after(document, b"-->", place + 4)
            continue
        harmless = _HARMLESS.match(document, place)
        if not harmless:
            if place >= len(document):
                raise TruncatedInput(detail="the DOCTYPE does not end")
            raise HostileInput(detail="the DOCTYPE declares entities or elements of its own")
        if place > PROLOG_BYTES:
            raise HostileInput(detail=f"more than {PROLOG_BYTES} bytes before the root element")
        place = harmless.end()
    place = _SPACE.match(document, place + 1).end()  # type: ignore[union-attr]
    if not document.startswith(b">", place):
        raise MalformedInput(detail="the DOCTYPE is not valid")
    return place + 1


def named_entities(data: bytes) -> bytes:
    """Put characters for the named entities of HTML and ISO (``&mdash;``), which the offices' DTDs define.

    The five that XML itself knows stay; a name that is not known stays as it is written.

    >>> named_entities(b"a &mdash; b &amp; &nope;").decode()
    'a — b &amp; &nope;'
    """
    if b"&" not in data:
        return data
    return _NAMED.sub(_character, data)


def _character(found: re.Match[bytes]) -> bytes:
    text = html5.get(found[1].decode("ascii") + ";")
    if text is None:
        return found[0]
    return text.replace("&", "&amp;").replace("<", "&lt;").encode("utf-8")


def parse(data: bytes) -> Any:
    """A pugixml document of UTF-8 bytes that begin at the root element. Keep it referenced while its nodes are used.

    Raises HostileInput for too many tags or levels, MalformedInput for what is not well-formed.
    """
    if len(data) > FIELD_BYTES:
        raise HostileInput(detail=f"a document of more than {FIELD_BYTES} bytes")
    if len(data) > MAX_TAGS and data.count(b"<") > MAX_TAGS:
        raise HostileInput(detail=f"more than {MAX_TAGS} tags in one document")
    if b"\x00" in data:
        raise MalformedInput(detail="the document holds a zero byte")
    if b"!" in data and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
        raise HostileInput(detail="a DOCTYPE or an entity declaration inside the document")
    tree = pugi.XMLDocument()
    data = named_entities(data)
    result = tree.load_buffer(data, len(data), pugi.PARSE_DEFAULT, pugi.ENCODING_UTF8)
    if not result:
        raise MalformedInput(detail=f"{result.description()} at byte {result.offset}")
    if _TOO_DEEP.evaluate_boolean(tree):
        raise HostileInput(detail=f"elements are nested more than {MAX_DEPTH} deep")
    return tree


def each(parent: Node, name: str | None = None) -> Iterator[Node]:
    """The children (of that name). A fraction of the time of pugixml's own ``children``, where there are few or none."""
    if name is None:
        node = parent.first_child()
        while node:
            yield node
            node = node.next_sibling()
        return
    node = parent.child(name)
    while node:
        yield node
        node = node.next_sibling(name)


def inner_text(node: Any) -> str:
    """All text inside a node with runs of blanks made one; the markup of sub-elements is passed over."""
    return " ".join("".join(_texts(node)).split())


def _texts(node: Any) -> list[str]:
    child = node.first_child()
    if not child:
        return []
    if not child.next_sibling() and not child.first_child():
        return [child.value()]
    parts: list[str] = []
    pending = [child]
    while pending:
        here = pending.pop()
        following = here.next_sibling()
        if following:
            pending.append(following)
        below = here.first_child()
        if below:
            pending.append(below)
        else:
            parts.append(here.value())
    return parts


def plain_text(fragment: bytes) -> str:
    """The text of a well-formed fragment in UTF-8, without a tree: tags out, references decoded, blanks made one.

    >>> plain_text(b"<p>H<sub>2</sub>O &#x2014; a &lt; b</p>")
    'H2O — a < b'
    """
    if b"<!" in fragment:
        return squeeze("".join(_texts(parse(b"<fragment>" + fragment + b"</fragment>").first_child())).encode())
    return squeeze(referenced(_TAG.sub(b"", fragment)))


def squeeze(text: bytes) -> str:
    """UTF-8 as text, runs of blanks and line ends made one blank, outer ones gone; Unicode's typographic spaces stay.

    >>> squeeze(b"  a\\n  b ")
    'a b'
    """
    # Five times as fast on long texts as splitting them into words. Most double blanks stand where a line ends.
    text = b" ".join([line for part in text.split(b"\n") if (line := part.strip(b" \t\r"))])
    if b"\t" in text or b"\r" in text:
        text = text.translate(_BLANKS)
    while find(text, b"  ") >= 0:
        text = b" ".join(text.split(b"  "))  # half the time of replace
    return text.decode("utf-8", "replace").strip()


def referenced(text: bytes) -> bytes:
    """Characters in place of references, as ``html.unescape`` does it; a text repeats the same few.

    >>> referenced(b"&#x201c;A &amp; B&#x201d;").decode()
    '“A & B”'
    """
    return _REFERENCE.sub(lambda found: _CHARACTERS[found[0]], text) if b"&" in text else text


class _Characters(dict[bytes, bytes]):
    """Reference -> characters. A dictionary answers in a third of the time of a cached function."""

    def __missing__(self, reference: bytes) -> bytes:
        if len(self) > MAX_REFERENCES:
            self.clear()
        text = self[reference] = unescape(reference.decode()).encode()
        return text


_CHARACTERS = _Characters()
