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

CONTEXT = 60
"""Characters of the text kept on each side of a mention."""
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
_NEEDLES = tuple(needle.encode() for needle, _, _ in _PATTERNS)
# Capitals, digits and the marks inside the needles are a few per cent of a text: one pass at memory speed leaves so
# little that looking for fifteen needles costs nothing.
_KEPT = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.- "
_DROPPED = bytes(set(range(256)) - set(_KEPT.replace(b" ", b"")))
_CONDENSED = tuple({needle.replace(b" ", b"") for needle in _NEEDLES} - {b"TS"})


def may_mention(data: bytes) -> bool:
    """A fast test on raw bytes (UTF-8, markup allowed): False means :func:`mentions` would find nothing.

    >>> may_mention(b"<p>as in IEEE 802.11</p>"), may_mention(b"<p>a bolt and a nut</p>")
    (True, False)
    """
    if not data.isascii() and any(mark in data for mark in (b"\xef\xbc", b"\xef\xbd")):
        return True  # full-width letters, which only the exact way reads
    condensed = data.translate(None, _DROPPED)
    if any(needle in condensed for needle in _CONDENSED):
        return any(needle in data for needle in _NEEDLES)
    return b"TS " in data


def mentions(text: str) -> list[Mention]:
    """The standards that a text names, each once, in the order of the list of bodies and then of the text.

    >>> [m.standard for m in mentions("IEEE Std. 802.11ac, ISO/IEC 14496-10:2005, RFC 2616 (see IEEE 46, p. 3)")]
    ['IEEE:802.11ac', 'ISO/IEC:14496-10', 'IETF:RFC2616']
    >>> [m.standard for m in mentions("JIS Z 8701に準拠し、3GPP TS 23.501及びITU-T H.264による。ISO 400のフィルム")]
    ['3GPP:TS23.501', 'ITU-T:H.264', 'JIS:Z8701']
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"\s+", " ", text)
    found: dict[str, str] = {}
    for needle, pattern, name in _PATTERNS:
        place = text.find(needle)
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
