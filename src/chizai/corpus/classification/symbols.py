"""Classification symbols in one written form, and their levels.

The written form has no inner blanks: ``G06F16/00``, ``H01L27/04,311@A`` (FI), ``5F033AA01`` (F-term), ``257/E21.575``
(USPC), ``14-03`` (Locarno). Formats read: the blank-padded form of ST.8 text and of the USPTO (``B64C  39/02``), the
fixed length of ST.8 (``B64C0039020000``), with version date, office or attributes behind (``G01S7/48 20060101
G01S007/48``, ``H04L 29/06 (2006.01)``, ``G06F3/0488 (EP,US)``), J-PlatPat's ``@`` and ``,`` for the FI's extensions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, get_args

from chizai.corpus.schema import Scheme
from chizai.errors import UnknownChoice

Level = Literal["section", "class", "subclass", "main_group", "full"]
LEVELS: tuple[Level, ...] = get_args(Level)

INDEXING_FROM = 2000
"""CPC main groups from here on are indexing codes that the IPC does not have (the '2000 series')."""

# After the symbol may stand a version date, an office in brackets, attributes: never a letter or digit at once.
_TAIL = r"(?=$|[\s(\[;])"
_VERSION = r"(?:(?:19|20)\d{6}.*)?"
_GROUP = re.compile(rf"([A-HY])(\d\d)([A-Z])[\s\-]*(\d{{1,4}})\s*/\s*(\d{{2,6}}?){_VERSION}{_TAIL}", re.ASCII)
_FIXED = re.compile(rf"([A-HY])(\d\d)([A-Z])(\d{{4}})(\d{{6}}){_VERSION}{_TAIL}", re.ASCII)
_MAIN = re.compile(rf"([A-HY])(\d\d)([A-Z])[\s\-]*(\d{{1,4}}){_TAIL}", re.ASCII)
_SHORT = re.compile(r"[A-HY](?:\d\d[A-Z]?)?$", re.ASCII)
_FI = re.compile(
    r"([A-H])(\d\d)([A-Z])\s*(\d{1,4})\s*/\s*(\d{2,6})"
    r"(?:\s*(?:,\s*|\s)(\d{3}))?"  # the three-digit extension: ",311" or " 311"
    r"(?:\s*[@,]?\s*([A-Z]))?$",  # the file discrimination letter: "@A", " A", ",A"
    re.ASCII,
)
_FI_SWAPPED = re.compile(r"(.*?/\d{2,6})\s*@?([A-Z])\s*,\s*(\d{3})$", re.ASCII)
_FI_FACET = re.compile(r"Z[A-Z]{2}$", re.ASCII)
_FTERM = re.compile(r"(\d[A-Z]\d{3})(?:\s*/?\s*([A-Z]{2})\s*(\d\d)(?:\.?([A-Z0-9]))?)?$", re.ASCII)
_LOCARNO = re.compile(r"(\d{1,2})[\s\-./]*(\d\d)$", re.ASCII)
_USPC = re.compile(
    r"(D\s?\d{1,2}|PLT|G9B|\d{1,3})\s*/\s*([A-Z]?\d{1,3}(?:\.\d{1,6})?[A-Z]{0,2}|[A-Z]{3}\s?\d*|\d*\.\d+)$",
    re.ASCII,
)
_USPC_BLANK = re.compile(r"(D\d{1,2}|\d{1,3})\s+(\d{1,3}\.\d{1,6})$", re.ASCII)
_USPC_FIXED = re.compile(r"([ \dDPLTG9B]{3})([ \dE][ \d]\d)(\d{0,6})([A-Z]{0,2})\s*$", re.ASCII)


@lru_cache(maxsize=1 << 16)
def normalise(symbol: str, scheme: Scheme) -> str | None:
    """The one written form of a symbol, or None when the text is no symbol of that scheme.

    >>> normalise("B64C  39/02", "cpc"), normalise("B64C0039020000", "ipc"), normalise("b64c 39/024 20130101", "cpc")
    ('B64C39/02', 'B64C39/02', 'B64C39/024')
    >>> normalise("G01S7/48 20060101 G01S007/48", "ipc")
    'G01S7/48'
    >>> normalise("H01L 27/04 311 A", "fi"), normalise("5F033 AA01", "fterm"), normalise("257E21575", "uspc")
    ('H01L27/04,311@A', '5F033AA01', '257/E21.575')
    >>> normalise("no symbol", "cpc") is None
    True
    """
    if len(symbol) > 200:
        return None
    return _BY_SCHEME[scheme](unicodedata.normalize("NFKC", symbol).upper())


def _cpc(text: str) -> str | None:
    text = text.strip()
    if found := _GROUP.match(text):
        section, cls, subclass, group, subgroup = found.groups()
        return _written(section, cls, subclass, int(group), subgroup)
    if found := _FIXED.match(text):
        section, cls, subclass, group, subgroup = found.groups()
        # ST.8 fills the subgroup with zeros on the right; two digits always stay.
        return _written(section, cls, subclass, int(group), subgroup.rstrip("0").ljust(2, "0"))
    if found := _MAIN.match(text):
        section, cls, subclass, group = found.groups()
        return _written(section, cls, subclass, int(group), "00")
    return text if _SHORT.match(text) else None


def _written(section: str, cls: str, subclass: str, group: int, subgroup: str) -> str | None:
    return f"{section}{cls}{subclass}{group}/{subgroup}" if group else None


def _ipc(text: str) -> str | None:
    found = _cpc(text)
    return None if found is None or found[0] == "Y" else found


def _fi(text: str) -> str | None:
    text = text.strip()
    if _FI_FACET.match(text):
        return text
    if swapped := _FI_SWAPPED.match(text):
        text = f"{swapped[1]},{swapped[3]}@{swapped[2]}"
    found = _FI.match(text)
    if found is None:
        return _ipc(text)
    section, cls, subclass, group, subgroup, extension, letter = found.groups()
    base = _written(section, cls, subclass, int(group), subgroup)
    if base is None:
        return None
    return base + (f",{extension}" if extension else "") + (f"@{letter}" if letter else "")


def _fterm(text: str) -> str | None:
    found = _FTERM.match(text.strip())
    if found is None:
        return None
    theme, viewpoint, number, extra = found.groups()
    if viewpoint is None:
        return theme
    return f"{theme}{viewpoint}{number}" + (f".{extra}" if extra else "")


def _locarno(text: str) -> str | None:
    found = _LOCARNO.match(text.strip().removeprefix("LOC").strip(" ()"))
    return f"{int(found[1]):02d}-{found[2]}" if found else None


def _uspc(text: str) -> str | None:
    if found := _USPC.match(text.strip()):
        return f"{found[1].replace(' ', '').lstrip('0') or '0'}/{found[2].replace(' ', '')}"
    if found := _USPC_BLANK.match(text.strip()):
        return f"{found[1].lstrip('0')}/{found[2]}"
    # Three columns for the class, three for the subclass, then its decimals: '455 412' is 455/41.2.
    if found := _USPC_FIXED.match(text):
        cls, subclass, decimals, letters = found.groups()
        cls, subclass = cls.replace(" ", "").lstrip("0"), subclass.replace(" ", "").lstrip("0")
        if cls and subclass:
            return f"{cls}/{subclass}{'.' + decimals if decimals else ''}{letters}"
    return None


_BY_SCHEME: dict[Scheme, Callable[[str], str | None]] = {
    "cpc": _cpc,
    "ipc": _ipc,
    "fi": _fi,
    "fterm": _fterm,
    "locarno": _locarno,
    "uspc": _uspc,
}


def section_of(symbol: str) -> str:
    """The section of a CPC, IPC or FI symbol.

    >>> section_of("B64C39/02")
    'B'
    """
    return symbol[:1]


def class_of(symbol: str) -> str | None:
    """The class; None for a symbol that is only a section.

    >>> class_of("B64C39/02")
    'B64'
    """
    return symbol[:3] if len(symbol) >= 3 else None


def subclass_of(symbol: str) -> str | None:
    """The subclass (IPC4); None for a shorter symbol.

    >>> subclass_of("B64C39/02")
    'B64C'
    """
    return symbol[:4] if len(symbol) >= 4 else None


def main_group_of(symbol: str) -> str | None:
    """The main group; None for a shorter symbol.

    >>> main_group_of("B64C39/02"), main_group_of("H01L27/04,311@A"), main_group_of("B64C")
    ('B64C39/00', 'H01L27/00', None)
    """
    group, slash, _ = symbol.partition("/")
    return f"{group}/00" if slash else None


def level_of(symbol: str, level: Level) -> str | None:
    """A CPC, IPC or FI symbol cut to a level; None when it does not reach that deep.

    >>> [level_of("B64C39/024", level) for level in LEVELS]
    ['B', 'B64', 'B64C', 'B64C39/00', 'B64C39/024']
    """
    if level == "section":
        return section_of(symbol)
    if level == "class":
        return class_of(symbol)
    if level == "subclass":
        return subclass_of(symbol)
    if level == "main_group":
        return main_group_of(symbol)
    if level == "full":
        return symbol
    raise UnknownChoice(kind="level", name=level, known=", ".join(LEVELS))


def is_indexing(symbol: str) -> bool:
    """True for a symbol of the CPC's 2000 series, which the IPC does not have.

    >>> is_indexing("B64C2201/12"), is_indexing("B64C39/02")
    (True, False)
    """
    group = symbol[4:].partition("/")[0]
    return group.isdigit() and int(group) >= INDEXING_FROM
