"""How people and offices write numbers: patterns that lead to the fields of a layout.

Every pattern is matched against text after NFKC, upper case, one sort of dash and no blanks. Group names are the
tokens of :mod:`chizai.corpus.numbers.layouts`; ``era`` and ``ey`` are a Japanese era and its year, ``check`` a check
digit, ``office`` the office where the pattern itself names it, ``kind`` a kind code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from chizai.corpus.schema import KindClass

NumberRole = Literal["publication", "application"]


@dataclass(frozen=True)
class Notation:
    pattern: re.Pattern[str]
    role: NumberRole
    office: str | None = None
    kind: str | None = None
    kind_class: KindClass | None = None
    """Where the words say what it is but not the kind code (特許第...号: a grant, B1 or B2)."""
    check: Literal["ep", "cn"] | None = None
    fixed: dict[str, str] = field(default_factory=dict)
    bare: bool = False
    """True where the pattern is plain digits that could also be a DOCDB number."""


def _n(pattern: str, role: NumberRole, **more: object) -> Notation:
    return Notation(re.compile(pattern), role, **more)  # type: ignore[arg-type]


_YEAR = r"(?:(?P<era>[明大昭平令MTSHR])(?:治|正|和|成)?(?P<ey>元|\d{1,2})年?|(?P<yyyy>(?:19|20)\d\d)年?)"
# Number sign and kind code behind a Japanese number.
_END = r"(?:号|号公報|公報)?(?:\((?P<kind>[A-Z]\d?)\)|(?P<kind2>[A-Z]\d?))?"
_JP = _YEAR + r"-?(?:特許願|実用新案登録願|意匠登録願)?第?(?P<serial>\d{1,6})" + _END
_WO = r"(?P<yyyy>(?:19|20)\d\d)[-/]?(?P<serial>\d{5,6})|(?P<yy>\d\d)[-/]?(?P<serial2>\d{5,6})"

ANYWHERE: tuple[Notation, ...] = (
    # Japan: the words say role and kind.
    _n(r"(?:特開|特表)" + _JP, "publication", office="JP", kind="A"),
    _n(r"特公" + _JP, "publication", office="JP", kind_class="grant"),
    _n(r"(?:実開|実表)" + _JP, "publication", office="JP", kind="U"),
    _n(r"実公" + _JP, "publication", office="JP", kind_class="utility_model"),
    _n(r"再(?:公)?表(?:特許)?(?:\(A1\))?-?(?:WO|国際公開第?)?(?:" + _WO + r")" + _END, "publication",
       office="JP", kind="A1", fixed={"prefix": "WO"}),
    _n(r"特許(?:登録)?(?:番号)?第?(?P<serial>0?\d{1,7})" + _END, "publication", office="JP", kind_class="grant"),
    _n(r"(?:実用新案登録|登録実用新案|実登|登実)第?(?P<serial>3\d{6})" + _END, "publication", office="JP", kind="U"),
    _n(r"(?:実用新案登録|登録実用新案|実登|登実)第?(?P<serial>[12]?\d{1,6})" + _END, "publication", office="JP",
       kind_class="utility_model"),
    _n(r"(?:意匠登録|意登)第?(?P<serial>\d{1,7})" + _END, "publication", office="JP", kind="S"),
    _n(r"(?:特願|特許出願|特許願)" + _JP, "application", office="JP", kind="A"),
    _n(_YEAR + r"特許願第?(?P<serial>\d{1,6})号?", "application", office="JP", kind="A"),
    _n(r"実願" + _JP, "application", office="JP", kind="U"),
    _n(r"意願" + _JP, "application", office="JP", kind="F"),
    # WIPO
    _n(r"(?:国際出願(?:番号)?)?第?PCT[-/]?(?P<office>[A-Z]{2})[-/]?(?:(?P<yyyy>(?:19|20)\d\d)[-/]?(?P<serial>\d{5,6})"
       r"|(?P<yy>\d\d)[-/]?(?P<serial2>\d{5,6}))号?W?", "application", kind="W"),
    _n(r"WO(?P<yyyy>(?:19|20)\d\d)(?P<office>[A-Z]{2})(?P<serial>\d{5,6})W?", "application", kind="W"),
    _n(r"(?:国際公開(?:番号)?第?(?:WO)?[-/]?|WO[-/]?)(?:" + _WO + r")-?" + _END,
       "publication", office="WO"),
    # USPTO: only a comma tells 14/643,719 from other offices' slashes when no office is named.
    _n(r"(?P<series>\d\d)/(?P<serial>\d{3},\d{3})", "application", office="US"),
    # CNIPA: the patent number is the application number with its check digit.
    _n(r"ZL(?P<yyyy>20\d\d)(?P<type>[1-389])(?P<serial>\d{7})\.?(?P<check>[\dX])?", "application",
       office="CN", check="cn"),
    _n(r"ZL(?P<yy>\d\d)(?P<type>[1-389])(?P<serial>\d{5})\.?(?P<check>[\dX])?", "application", office="CN", check="cn"),
)  # fmt: skip
"""Notations that name their office."""

_UNVERIFIED = r"(?:[.-][\dX])?"  # a check digit whose algorithm is not implemented

BY_OFFICE: dict[str, tuple[Notation, ...]] = {
    "WO": (_n(_WO, "publication"),),
    "US": (
        _n(r"(?P<series>\d\d)/(?P<serial>\d{3},?\d{3})", "application"),
        _n(r"(?P<series>\d\d)(?P<serial>\d{6})", "application", bare=True),
        _n(r"D/(?P<serial>\d{6})", "application", fixed={"series": "29"}),  # the USPTO's search prints designs so
        _n(r"(?P<yyyy>20\d\d)/0?(?P<serial>\d{6})", "publication"),
        _n(r"(?P<yyyy>20\d\d)0(?P<serial>\d{6})", "publication"),
        _n(r"(?P<prefix>RE|RX|PP|AI|D|H|T|X)\.?-?(?P<serial>\d[\d,]{0,9})", "publication"),
        _n(r"(?P<serial>\d{1,2},\d{3},\d{3}|\d{1,3},\d{3})", "publication"),
    ),
    "JP": (
        _n(r"P?" + _YEAR + r"[-/](?P<serial>\d{1,6})", "application"),
        _n(r"P?(?P<ey>\d{1,2})[-/](?P<serial>\d{1,6})", "application"),
        _n(r"(?P<ey>\d\d)(?P<serial>\d{6})", "application", bare=True),
        _n(_YEAR + r"[-/](?P<serial>\d{1,6})", "publication"),
        _n(r"(?P<era>[MTSH])(?P<ey>\d\d)-?(?P<serial>\d{1,6})", "publication"),
        _n(r"(?P<ey>\d{1,2})[-/](?P<serial>\d{1,6})", "publication"),
        _n(r"(?P<ey>\d\d)(?P<serial>\d{6})", "publication"),
        _n(r"(?P<yyyy>20\d\d)(?P<serial>\d{5})", "publication"),  # 2004-13682 without its hyphen: nothing else fits
        _n(r"(?P<prefix>WO)-?/?(?:" + _WO + r")", "publication", kind="A1"),
    ),
    "EP": (
        _n(r"(?P<yy>\d\d)(?P<serial>\d{6})\.(?P<check>\d)", "application", check="ep"),
        _n(r"(?:19|20)(?P<yy>\d\d)(?P<serial>\d{6})\.(?P<check>\d)", "application", check="ep"),
    ),
    "KR": (
        _n(r"10-?(?P<yyyy>(?:19|20)\d\d)-?(?P<serial>\d{7})", "application", kind="A"),
        _n(r"20-?(?P<yyyy>(?:19|20)\d\d)-?(?P<serial>\d{7})", "application", kind="U"),
        _n(r"30-?(?P<yyyy>(?:19|20)\d\d)-?(?P<serial>\d{7})", "application", kind="F"),
        _n(r"(?P<yyyy>(?:19|20)\d\d)-(?P<serial>\d{1,7})", "application"),
        _n(r"(?:10|20)-?(?P<yyyy>(?:19|20)\d\d)-?(?P<serial>\d{7})", "publication"),
        _n(r"(?P<type>10|20|30)-?(?P<serial>\d{7})", "publication"),
    ),
    "CN": (
        _n(r"(?P<yyyy>20\d\d)(?P<type>[1-389])(?P<serial>\d{7})\.?(?P<check>[\dX])", "application", check="cn"),
        _n(r"(?P<yy>\d\d)(?P<type>[1-389])(?P<serial>\d{5})\.?(?P<check>[\dX])", "application", check="cn"),
        _n(r"(?P<yyyy>20\d\d)-?(?P<type>[1-389])-?(?P<serial>\d{7})", "application"),
    ),
    "DE": (
        _n(r"(?:DE)?P?(?P<type>\d\d)-?(?P<yyyy>20\d\d)-?(?P<serial>\d{6})" + _UNVERIFIED, "application"),
        _n(r"P?(?P<type>[1-6])(?P<yy>\d\d)-?(?P<serial>\d{5})[.-]\d", "application"),
        _n(r"P-?(?P<series>[1-4]\d)(?P<serial>\d{5})" + _UNVERIFIED, "application", kind="A"),
        _n(r"(?P<series>[1-4]\d)(?P<serial>\d{5})[.-]\d", "application", kind="A"),
        _n(r"G(?P<yy>\d\d)(?P<serial>\d{5})" + _UNVERIFIED, "application", kind="U"),
    ),
    "GB": (_n(r"(?P<yy>\d\d)(?P<serial>\d{5})\.\d", "application"),
           _n(r"(?P<serial>\d{1,5})/(?P<yy>\d\d)", "application")),
    "FR": (_n(r"(?P<yy>\d\d)[-/]?(?P<serial>\d{5})", "application"),),
    "SE": (_n(r"(?P<yy>\d\d)(?P<serial>\d{5})-\d", "application"),),
    "HU": (_n(r"P?-?(?P<yy>\d\d)-?(?P<serial>\d{5})", "application"),),
    "CH": (
        _n(r"(?P<serial>\d{1,5})/(?P<yyyy>20\d\d)", "application"),
        _n(r"(?P<serial>\d{1,5})/(?P<yy>\d\d)", "application"),
    ),
    "AT": (
        _n(r"[AG]?M?(?P<serial>\d{1,5})/(?P<yyyy>(?:19|20)\d\d)", "application"),
        _n(r"[AG]?M?(?P<serial>\d{1,5})/(?P<yy>\d\d)", "application"),
    ),
    "AU": (
        _n(r"(?P<yyyy>(?:19|20)\d\d)[/-]?(?P<serial>\d{6})", "application"),
        _n(r"(?P<yyyy>(?:19|20)\d\d)[/-]?(?P<serial>\d{6})", "publication"),
        _n(r"(?P<serial>\d{1,5})/(?P<yy>\d\d)", "application"),
        _n(r"(?P<prefix>P[A-Z])(?P<serial>\d{4})(?:/(?P<yy>\d\d))?", "application"),
    ),
    "IT": (_n(r"(?P<prefix>[A-Z]{2})(?P<yyyy>20\d\d)(?P<kind>[AU])(?P<serial>\d{6})", "application"),
           _n(r"(?P<prefix>[A-Z]{2})(?P<yy>\d\d)(?P<kind>[AU])(?P<serial>\d{6})", "application")),
    "IN": (_n(r"(?P<serial>\d{1,5})/(?P<prefix>CHE|DEL|MUM|KOL|CAL|BOM|MAS)/(?P<yyyy>(?:19|20)\d\d)", "application"),),
    "BE": (_n(r"(?P<yyyy>(?:19|20)\d\d)/(?P<serial>\d{4,5})", "application"),),
    "MX": (_n(r"(?:MX)?/?A/(?P<yyyy>20\d\d)/(?P<serial>\d{6})", "application"),),
    "ES": (_n(r"P(?P<yyyy>20\d\d)(?P<serial>\d{5})", "application", kind="A"),
           _n(r"U(?P<yyyy>20\d\d)(?P<serial>\d{5})", "application", kind="U")),
    "CZ": (_n(r"(?:PV)?(?P<yyyy>(?:19|20)\d\d)-(?P<serial>\d{1,5})", "application"),),
    "DK": (_n(r"(?P<prefix>PA|BA)-?(?P<yyyy>(?:19|20)\d\d)-?(?P<serial>\d{5})", "application"),),
    "BR": (_n(r"(?P<type>\d\d)-?(?P<yyyy>20\d\d)-?(?P<serial>\d{6})(?:-\d)?", "application"),),
    "TW": (_n(r"0?(?P<series>[3-9]\d|1\d\d)(?P<type>[123])(?P<serial>\d{5})(?P<kind>[AU])?", "application"),),
    "PL": (_n(r"P\.?-?(?P<serial>\d{6})", "application"), _n(r"(?P<serial>\d{6})", "application", bare=True)),
    "IL": (_n(r"(?P<serial>\d{5,6})", "application", bare=True),),
    "NZ": (_n(r"(?P<serial>\d{5,6})", "application", bare=True),),
    "PT": (_n(r"(?P<serial>\d{5,6})", "application", bare=True),),
}  # fmt: skip
"""Notations that need to know the office."""

REFUSED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:商願|商標登録|商公).*"), "trademark"),
    (re.compile(r"(?:10|11)\.\d{4,}/.*|ISBN.*|ISSN.*"), "not-patent"),
)
"""What looks like a number of ours and is not; the key of the detail."""
