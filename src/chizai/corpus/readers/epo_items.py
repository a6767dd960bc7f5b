"""The repeated parts of an ``exchange-document`` (numbers, parties, classes, citations) as plain tuples.

Each is read in two ways with the same answer. From the tree, which reads whatever an office delivers. And by pattern:
DOCDB is written by one program in one order, and a pattern over the text of a section takes a tenth of the time of
visiting its nodes one by one. A pattern must account for every element of its section, else None says: take the tree.
Patterns are only for text that a parser has found well-formed and that :func:`regular` lets through.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from chizai.corpus.readers.xml_safety import Node, each, inner_text
from chizai.corpus.scan import find


class Id(NamedTuple):
    """A ``document-id``."""

    country: str | None
    number: str | None
    kind: str | None
    date: str | None


class Claim(NamedTuple):
    """A priority claim: its ids by format, and ``priority-linkage-type``."""

    sequence: int
    ids: dict[str, Id]
    linkage: str | None


class Name(NamedTuple):
    """A party in one of its forms; ``name`` as written."""

    sequence: int
    form: str
    name: str | None
    country: str | None


Symbol = tuple[str, ...]
"""A ``patent-classification``: scheme, symbol, position, value, generating office; empty where it does not say."""
Ipcr = tuple[str, ...] | str
"""A ``classification-ipcr``: subclass, main group, subgroup, level, position, value; the text where it is no symbol."""


class Cited(NamedTuple):
    """A citation: ``literature`` for what is no patent, else ``dnum`` and the ids by format."""

    phase: str | None
    by: str | None
    categories: list[str]
    literature: str | None
    dnum: str | None = None
    ids: dict[str, Id] | None = None


class Items(NamedTuple):
    """All of them, of one document."""

    publications: dict[str, Id]
    applications: dict[str, Id]
    claims: list[Claim]
    names: dict[str, list[Name]]
    ipcr: list[Ipcr]
    symbols: list[Symbol]
    citations: list[Cited]


def items_of(bibliographic: Node, text: bytes = b"") -> Items:
    """The items of a document, by pattern where ``text`` (the document itself, if it is :func:`regular`) allows it."""
    sections = _Sections(text)

    def read(name: str, by_pattern: Callable[[str], Any | None], from_tree: Callable[[Node], Any]) -> Any:
        # A section that the tree does not have is not looked for.
        node = bibliographic.child(name)
        part = sections.next(name) if node and text else ""
        found = by_pattern(part) if part else None
        return from_tree(node) if found is None else found

    def references(tag: str) -> dict[str, Id]:
        count = sum(1 for _ in each(bibliographic, tag)) if text else 0
        ids = ids_in(sections.next(tag), count) if count else None
        return ids_of(bibliographic, tag) if ids is None else ids

    publications = references("publication-reference")
    ipcr = read("classifications-ipcr", ipcr_in, ipcr_of)
    symbols = read("patent-classifications", symbols_in, symbols_of)
    applications = references("application-reference")
    claims = read("priority-claims", claims_in, lambda _: claims_of(bibliographic))
    names = read("parties", names_in, names_of)
    citations = read("references-cited", citations_in, citations_of)
    return Items(publications, applications, claims, names, ipcr, symbols, citations)


# from the tree


def attribute(node: Node, name: str) -> str | None:
    return node.attribute(name).value().strip() or None


def text_of(node: Node) -> str | None:
    """All text below a node, blanks run together; None where there is none."""
    return inner_text(node) or None


def value_of(node: Node, name: str) -> str | None:
    """The text of a simple child."""
    return node.child_value(name).strip() or None


def _id(node: Node) -> Id:
    return Id(*(value_of(node, name) for name in ("country", "doc-number", "kind", "date")))


def ids_of(parent: Node, tag: str) -> dict[str, Id]:
    """The first document-id of each format: DOCDB names the format on the reference, OPS on the id."""
    found: dict[str, Id] = {}
    for reference in each(parent, tag):
        outer = attribute(reference, "data-format")
        for item in each(reference, "document-id"):
            found.setdefault(attribute(item, "document-id-type") or outer or "docdb", _id(item))
    return found


def _sequence(node: Node, default: int) -> int:
    text = node.attribute("sequence").value()
    return int(text) if text.isdecimal() and len(text) < 9 else default


def claims_of(node: Node) -> list[Claim]:
    found = [*each(node.child("priority-claims"), "priority-claim"), *each(node, "priority-claim")]
    claims = []
    for order, claim in enumerate(found, 1):
        outer = attribute(claim, "data-format") or "docdb"
        ids = {attribute(item, "document-id-type") or outer: _id(item) for item in each(claim, "document-id")}
        claims.append(Claim(_sequence(claim, order), ids, value_of(claim, "priority-linkage-type")))
    return claims


def names_of(parties: Node) -> dict[str, list[Name]]:
    return {role: _names_of(parties, role) for role in ROLES}


def _names_of(parties: Node, role: str) -> list[Name]:
    found = []
    for order, party in enumerate(each(parties.child(f"{role}s"), role), 1):
        named = party.child(f"{role}-name") or party.child("addressbook")
        name = value_of(named, "name") or value_of(named, "orgname") or value_of(named, "last-name")
        country = value_of(party.child("residence"), "country")
        found.append(Name(_sequence(party, order), attribute(party, "data-format") or "original", name, country))
    return found


def ipcr_of(parent: Node) -> list[Ipcr]:
    texts = [item.child("text").text().get() for item in each(parent, "classification-ipcr")]
    return [found.groups("") if (found := _IPCR_TEXT.match(text)) else text for text in texts]


def symbols_of(parent: Node) -> list[Symbol]:
    return [
        (
            attribute(item.child("classification-scheme"), "scheme") or "",
            _without_blanks(value_of(item, "classification-symbol") or _symbol_in_parts(item) or ""),
            value_of(item, "symbol-position") or "",
            value_of(item, "classification-value") or "",
            value_of(item, "generating-office") or "",
        )
        for item in each(parent, "patent-classification")
    ]


def _without_blanks(text: str) -> str:
    return "".join(text.split())


def _symbol_in_parts(item: Node) -> str | None:
    section, number, letter = (value_of(item, name) for name in ("section", "class", "subclass"))
    group, subgroup = value_of(item, "main-group"), value_of(item, "subgroup")
    if section is None or number is None or letter is None:
        return None
    return f"{section}{number}{letter}" + (f"{group}/{subgroup}" if group and subgroup else "")


def citations_of(parent: Node) -> list[Cited]:
    found = []
    for citation in each(parent, "citation"):
        categories = [text for item in each(citation, "category") if (text := text_of(item))]
        if not categories:
            passages = (item for outer in each(citation, "rel-passage") for item in each(outer, "category"))
            categories = [text for item in passages if (text := text_of(item))]
        phase, by = attribute(citation, "cited-phase"), attribute(citation, "cited-by")
        literature, patent = citation.child("nplcit"), citation.child("patcit")
        if literature:
            written = text_of(literature.child("text")) or text_of(literature)
            found.append(Cited(phase, by, categories, written))
        else:
            ids = {attribute(item, "document-id-type") or "docdb": _id(item) for item in each(patent, "document-id")}
            found.append(Cited(phase, by, categories, None, attribute(patent, "dnum"), ids))
    return found


# by pattern


def _leaf(name: str) -> str:
    """An element with a word that is wanted, written without references.

    Possessive: a million blanks, tried in every division between two patterns that take blanks, would take hours.
    """
    return rf"<{name}>\s*+([^<&\s]*+)\s*+</{name}>\s*+"


def _passed(name: str) -> str:
    """An element with a text that is not wanted."""
    return rf"(?:<{name}>[^<]*+</{name}>\s*+)?+"


def _with(*names: str) -> str:
    """The start tag's attributes; their values are not wanted."""
    return rf"(?:\s++(?:{'|'.join(names)})=" + r'"[^"<&]*+")*+\s*'


def _maybe(pattern: str) -> str:
    return f"(?:{pattern})?"


_ID = (
    rf"<document-id{_with('lang', 'doc-id')}>\s*{_maybe(_leaf('country'))}{_leaf('doc-number')}"
    rf"{_maybe(_leaf('kind'))}{_passed('name')}{_maybe(_leaf('date'))}</document-id>\s*"
)
_SEQUENCE, _FORMAT = r'\s+sequence="(\d{1,8})"', r'\s+data-format="([a-z]+)"\s*'
_REFERENCE = re.compile(
    rf"<(publication|application)-reference{_with('is-representative', 'doc-id')}{_FORMAT}>\s*{_ID}</\1-reference>"
)
_CLAIM = re.compile(
    rf"<priority-claim{_SEQUENCE}{_FORMAT}>\s*{_ID}"
    rf"{_maybe(_leaf('priority-linkage-type'))}{_passed('priority-active-indicator')}</priority-claim>"
)
_RESIDENCE = _maybe(rf"<residence>\s*{_leaf('country')}</residence>\s*")
ROLES = ("applicant", "inventor")
_NAME = {
    role: re.compile(
        rf"<{role}{_SEQUENCE}{_FORMAT}>\s*<{role}-name>\s*<name>([^<]*)</name>\s*</{role}-name>\s*"
        rf"{_RESIDENCE}</{role}>"
    )
    for role in ROLES
}
_SYMBOL = re.compile(
    rf"<patent-classification{_with('sequence')}>\s*<classification-scheme{_with('office')}"
    rf'(?<=\s)scheme="([^"<&\s]*)"\s*(?:/>|>\s*{_passed("date")}</classification-scheme>)\s*'
    rf"<classification-symbol>\s*+([^<&\s][^<&]*+)</classification-symbol>\s*+"
    rf"{_maybe(_leaf('symbol-position'))}{_maybe(_leaf('classification-value'))}{_passed('classification-status')}"
    rf"{_passed('classification-data-source')}{_maybe(_leaf('generating-office'))}"
    rf"(?:<action-date>\s*{_passed('date')}</action-date>\s*)?</patent-classification>"
)
_IPCR_TEXT = re.compile(r"\s*([A-HY]\d{2}[A-Z])\s*(\d{1,4})\s*/\s*(\d{2,8})(?:\s+(?:\d{8})?([A-Z ])([FL ])([IN ]))?")
_IPCR = re.compile(
    rf"<classification-ipcr{_with('sequence')}>\s*<text>(?>{_IPCR_TEXT.pattern})[^<&]*+</text>\s*</classification-ipcr>"
)
_CITED = re.compile(
    rf'\s*<citation\s+cited-phase="([^"<&]*)"{_with("cited-date", "srep-office", "sequence")}>\s*'
    rf'(?:<patcit{_with("num")}(?<=\s)dnum="([^"<&]*)"{_with("dnum-type")}>\s*{_ID}</patcit>'
    rf"|<nplcit{_with('num', 'npl-type', 'extracted-xp')}>\s*<text>([^<]*)</text>)"
)
_CATEGORY = re.compile(r"<category>([^<&]*)</category>")
_BETWEEN = re.compile(r"</rel-passage>\s*<rel-passage>")
_WELL_FORMED = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));")
_FIVE = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def regular(text: bytes) -> bool:
    """Whether a well-formed document can be read by pattern.

    Comments and CDATA could hold what looks like an element; a carriage return is for the parser to take out.
    """
    return find(text, b"<!") < 0 and b"\r" not in text


def decoded(text: str) -> str:
    """References put in place, as the parser does it.

    >>> decoded("A &amp; B &#x2014; C")
    'A & B — C'
    """
    return _WELL_FORMED.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    named, decimal, hexadecimal = found.groups()
    return _FIVE[named] if named else chr(int(decimal) if decimal else int(hexadecimal, 16))


class _Sections:
    """The sections of a document, in the order in which DOCDB has them; each is looked for behind the one before.

    One that stands elsewhere is not found, and read from the tree.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._place = 0

    def next(self, name: str) -> str:
        """From the start tag on; empty where it is not found."""
        start_tag, end_tag = b"<%b" % name.encode(), b"</%b>" % name.encode()
        start = find(self._text, start_tag, self._place)
        if start < 0:
            return ""
        end = find(self._text, end_tag, start)
        # References stand one behind the other, without an element around them.
        while end >= 0 and self._text.startswith(start_tag, end + len(end_tag)):
            end = find(self._text, end_tag, end + len(end_tag))
        if end < 0:
            return ""
        self._place = end + len(end_tag)
        return self._text[start : self._place].decode()


def _id_in(country: str, number: str, kind: str, date: str) -> Id:
    return Id(country or None, number or None, kind or None, date or None)


def ids_in(text: str, count: int) -> dict[str, Id] | None:
    """``count``: how many references there are."""
    found = _REFERENCE.findall(text)
    if len(found) != count:
        return None
    ids: dict[str, Id] = {}
    for _, form, *parts in found:
        ids.setdefault(form, _id_in(*parts))
    return ids


def claims_in(text: str) -> list[Claim] | None:
    found = _CLAIM.findall(text)
    if len(found) != text.count("<priority-claim") - 1:
        return None
    return [
        Claim(int(sequence), {form: _id_in(country, number, kind, date)}, linkage or None)
        for sequence, form, country, number, kind, date, linkage in found
    ]


def names_in(text: str) -> dict[str, list[Name]] | None:
    names = {}
    for role, pattern in _NAME.items():
        found = pattern.findall(text)
        if len(found) != text.count(f"<{role} "):
            return None
        names[role] = [
            Name(int(sequence), form, decoded(name).strip() or None, country or None)
            for sequence, form, name, country in found
        ]
    return names


def symbols_in(text: str) -> list[Symbol] | None:
    found = _SYMBOL.findall(text)
    if len(found) != text.count("<patent-classification") - 1:
        return None
    return [(scheme, _without_blanks(symbol), *others) for scheme, symbol, *others in found]


def ipcr_in(text: str) -> list[Ipcr] | None:
    found: list[Ipcr] = _IPCR.findall(text)
    return found if len(found) == text.count("<classification-ipcr") else None


def citations_in(text: str) -> list[Cited] | None:
    cited = []
    for piece in text.removeprefix("<references-cited>").split("</citation>")[:-1]:
        found = _CITED.match(piece)
        if found is None:
            return None
        phase, dnum, country, number, kind, date, literature = found.groups("")
        categories = _categories(piece[found.end() :]) if "<category" in piece else []
        if categories is None:
            return None
        if number:
            ids = {"docdb": _id_in(country, number, kind, date)}
            cited.append(Cited(phase.strip() or None, None, categories, None, dnum.strip() or None, ids))
        elif written := " ".join(decoded(literature).split()):
            cited.append(Cited(phase.strip() or None, None, categories, written))
        else:
            return None
    return cited


def _categories(text: str) -> list[str] | None:
    """The categories in what follows the cited document; those of its passages only where it has none of its own."""
    if text.count("<category") != text.count("<category>"):
        return None
    start = text.find("<rel-passage>")
    own = text
    if start >= 0:
        if text.count("<rel-passage") != 1 + len(_BETWEEN.findall(text)):
            return None
        own = text[:start] + text[text.rfind("</rel-passage>") :]
    found = _CATEGORY.findall(own) or _CATEGORY.findall(text)
    return [" ".join(part.split()) for part in found if part.strip()]
