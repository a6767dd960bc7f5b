"""Standards that a text mentions: ``IEEE 802.11``, ``ISO/IEC 14496-10``, ``3GPP TS 23.501``, ``ITU-T H.264``.

A mention says that the text names the standard, not that the patent is essential to it. The patterns are narrow on
purpose: a body's name must stand directly before a number in that body's own notation, so that a journal ("IEEE 46"), a
film speed ("ISO 400") or a year ("IEEE 2005") is not taken for a standard. A year of edition is left out: ``ISO
9001:2015`` and ``ISO 9001`` are one standard; parts (``-10``) and amendments (``802.11ac``) are kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from chizai.corpus.scan import find, places

CONTEXT = 60
"""Characters of the text kept on each side of a mention."""
_REACH = 200
"""Bytes of raw text looked at on each side of a body's name."""
_FILM_SPEEDS = {"25", "50", "64", "100", "125", "160", "200", "400", "800", "1600", "3200", "6400", "12800", "25600"}
_YEAR = re.compile(r"(?:19|20)\d\d$")


class Mention(NamedTuple):
    standard: str
    """``BODY:NUMBER`` without blanks."""
    context: str


def _ieee(found: re.Match[str]) -> str | None:
    number = found["number"]
    # Past a bare year only the word "Std" tells a standard from the year of a conference.
    if _YEAR.match(number) and not found["std"]:
        return None
    return f"IEEE:{number}"


def _iso(found: re.Match[str]) -> str | None:
    with_iec = bool(found["iec"])
    number = found["number"].replace(" ", "")
    if not with_iec and (number in _FILM_SPEEDS or (_YEAR.match(number) and not found["type"])):
        return None
    kind = (found["type"] or "").upper()
    return f"{'ISO/IEC' if with_iec else 'ISO'}:{kind if kind in ('TS', 'TR') else ''}{number}"


def _itu(found: re.Match[str]) -> str:
    sector = found["sector"]
    return f"{'ITU-' + sector if sector else 'ITU'}:{found['number']}"


def _joined(body: str) -> Callable[[re.Match[str]], str]:
    return lambda found: (
        f"{body}:" + re.sub(r"[\s-]+(?=\d)|\s+", "", found["type"] or "") + re.sub(r"\s+", "", found["number"])
    )


def _plain(body: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{body}:" + re.sub(r"\s+", "", found["number"])


_PATTERNS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str | None]], ...] = tuple(
    (needle, re.compile(pattern, re.ASCII), name)
    for needle, pattern, name in (
        (
            "IEEE",
            r"IEEE[ -]?(?P<std>(?:Std|STD|Standards?|standards?)\.?[ -]?)?(?:No\. ?)?"
            r"(?P<number>P?(?:802(?:\.\d{1,2}(?:\.\d)?[a-z]{0,2})?|\d{3,5}(?:\.\d{1,2})*[a-z]?))(?![\w(])",
            _ieee,
        ),
        ("802.", r"(?P<number>802\.(?:1|3|11|15|16|22)(?:\.\d)?(?:[a-z]{1,2})?)(?![\w.]?\d|\w)", _plain("IEEE")),
        (
            "ISO",
            r"ISO(?P<iec> ?/ ?IEC)?(?:/CD|/DIS|/FDIS| DIS| FDIS)?[ /-]?(?P<type>TS|TR|PAS|Standard|standard)?[ -]?"
            r"(?P<number>\d{2,5}(?:-\d{1,4})?)(?![\w(]|\.\d|,\d\d\d)",
            _iso,
        ),
        ("IEC", r"IEC[ -]?(?P<number>6\d{4}(?:-\d{1,3}){0,3})(?!\w)", _plain("IEC")),
        (
            "3GPP",
            r"3GPP,?(?: [Tt]echnical (?:[Ss]pecification|[Rr]eport))? ?\(?(?P<type>TS|TR)\)?[ -]?"
            r"(?P<number>\d{2}\.\d{3}(?:-\d)?)(?!\d)",
            _joined("3GPP"),
        ),
        ("TS ", r"(?P<type>TS) (?P<number>[2-5]\d\.\d{3})(?!\d)", _joined("3GPP")),
        (
            "ITU",
            r"ITU(?:-(?P<sector>[TR]))?(?: Recommendation| Rec\.?| Standard)? ?"
            r"(?P<number>[A-Z]{1,2}\.\d{1,4}(?:\.\d{1,3})*)(?!\w)",
            _itu,
        ),
        ("H.26", r"(?P<number>H\.26[1-6])(?!\d)", _plain("ITU-T")),
        (
            "ETSI",
            r"ETSI,? ?(?P<type>TS|TR|EN|ES|ETS|EG|GS [A-Z]{2,4}(?:-[A-Z]{2,4})?) ?"
            r"(?P<number>\d{3} ?\d{3}(?:-\d{1,2})*|(?<=[A-Z] )\d{3})(?!\d)",
            _joined("ETSI"),
        ),
        ("RFC", r"(?P<type>RFC)(?: [Nn]o\.)?[ -]?(?P<number>\d{3,5})(?!\w)", _joined("IETF")),
        ("JIS", r"JIS[ -]?(?P<type>[A-HK-MP-TW-Z])[ -]?(?P<number>\d{4,5}(?:-\d{1,2})?)(?!\d)", _joined("JIS")),
        ("ANSI", r"ANSI ?(?P<number>(?:X\d{1,2}|[A-Z]\d{1,3})\.\d{1,3}(?:\.\d{1,2})*)(?!\w)", _plain("ANSI")),
        ("ASTM", r"ASTM[ -]?(?P<type>[A-G])[ -]?(?P<number>\d{1,4})(?!\d)", _joined("ASTM")),
        ("JESD", r"(?P<type>JESD)[ -]?(?P<number>\d{1,3}[A-Z]?(?:-\d{1,2}[A-Z]?)?)(?!\w)", _joined("JEDEC")),
        ("MIL-STD", r"MIL-STD-(?P<number>\d{2,5}[A-Z]?)(?!\w)", _plain("MIL-STD")),
    )
)
_BARE = {b"802.": (b"IEEE", b"LAN"), b"TS ": (b"3GPP",), b"H.26": (b"ITU", b"MPE", b"AVC", b"HEV")}
"""Needle that any text may hold -> words of a text in which it tells of a standard."""
_OWN = tuple(needle.encode() for needle, *_ in _PATTERNS if needle.encode() not in _BARE)
_FULL_WIDTH = (b"\xef\xbc", b"\xef\xbd")


def passages(data: bytes) -> bytes:
    """The parts of raw UTF-8 (markup allowed) in which :func:`mentions` can find something, a line each; mostly empty.

    A fast way past text that names no standard: a whole description is read at the speed of memory. A bare "802.11" or
    "H.264" is passed over where nothing else in the text speaks of networks or video.

    >>> passages(b"<p>as in IEEE 802.11</p>"), passages(b"<p>a bolt and a nut</p>")
    (b'<p>as in IEEE 802.11</p>', b'')
    """
    if not data.isascii() and any(find(data, mark) >= 0 for mark in _FULL_WIDTH):
        return data  # full-width letters, which only the exact way reads
    sought = [place for needle in _OWN for place in places(data, needle)]
    for needle, words in _BARE.items():
        if find(data, needle) >= 0 and any(find(data, word) >= 0 for word in words):
            sought += places(data, needle)
    merged: list[list[int]] = []
    for place in sorted(sought):
        if merged and place - _REACH <= merged[-1][1]:
            merged[-1][1] = place + _REACH
        else:
            merged.append([max(0, place - _REACH), place + _REACH])
    return b"\n\n".join(_whole_words(data, start, end) for start, end in merged)


def _whole_words(data: bytes, start: int, end: int) -> bytes:
    """``data[start:end]`` without the words or tags that its ends cut."""
    part = data[start:end]
    if start:
        opened, closed = part.find(b"<"), part.find(b">")
        if closed >= 0 and (opened < 0 or closed < opened):
            part = part[closed + 1 :]
        else:
            part = part[part.find(b" ") + 1 :]
    if end < len(data) and part.rfind(b"<") > part.rfind(b">"):
        part = part[: part.rfind(b"<")]
    elif end < len(data) and b" " in part:
        part = part[: part.rfind(b" ")]
    return part


def mentions(text: str) -> list[Mention]:
    """The standards that a text names, each once, in the order of the list of bodies and then of the text.

    >>> [m.standard for m in mentions("IEEE Std. 802.11ac, ISO/IEC 14496-10:2005, RFC 2616 (see IEEE 46, p. 3)")]
    ['IEEE:802.11ac', 'ISO/IEC:14496-10', 'IETF:RFC2616']
    >>> [m.standard for m in mentions("JIS Z 8701に準拠し、3GPP TS 23.501及びITU-T H.264による。ISO 400のフィルム")]
    ['3GPP:TS23.501', 'ITU-T:H.264', 'JIS:Z8701']
    """
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    text = " ".join(text.split())
    found: dict[str, str] = {}
    for needle, pattern, name in _PATTERNS:
        # The library, much faster, counts bytes: it says whether, the language where.
        place = text.find(needle) if find(text, needle) >= 0 else -1
        while place >= 0:
            before = text[place - 1] if place else " "
            # "." and "-" before a number would make it part of a longer one.
            if not (before.isascii() and (before.isalnum() or before in ".-_")):
                match = pattern.match(text, place)
                standard = name(match) if match else None
                if match and standard and standard not in found:
                    found[standard] = text[max(0, place - CONTEXT) : match.end() + CONTEXT].strip()
            place = text.find(needle, place + len(needle))
    return [Mention(standard, context) for standard, context in found.items()]
