"""Countries of applicants: from a code, an address or a registry, and else unknown.

The filing office never says where an applicant is, so no function here takes one. Codes are ISO 3166-1 alpha-2; WIPO ST.3
adds offices that are no countries (EP, WO, EA, OA ...) and keeps codes of countries that no longer exist (SU, DD, CS, YU).
Names of countries in Japanese and English come from Unicode CLDR through babel.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from chizai.messages import Lang

if TYPE_CHECKING:
    from chizai.corpus.schema import CountrySource

CodeKind = Literal["country", "historical", "office", "unknown"]

OFFICES: dict[str, dict[Lang, str]] = {
    "AP": {"en": "African Regional Intellectual Property Organization", "ja": "アフリカ広域知的財産機関"},
    "BX": {"en": "Benelux Office for Intellectual Property", "ja": "ベネルクス知的財産庁"},
    "EA": {"en": "Eurasian Patent Organization", "ja": "ユーラシア特許機構"},
    "EM": {"en": "European Union Intellectual Property Office", "ja": "欧州連合知的財産庁"},
    "EP": {"en": "European Patent Office", "ja": "欧州特許庁"},
    "EU": {"en": "European Union", "ja": "欧州連合"},
    "GC": {
        "en": "Patent Office of the Cooperation Council for the Arab States of the Gulf",
        "ja": "湾岸協力会議特許庁",
    },
    "IB": {"en": "International Bureau of WIPO", "ja": "WIPO国際事務局"},
    "OA": {"en": "African Intellectual Property Organization", "ja": "アフリカ知的財産機関"},
    "QZ": {"en": "Community Plant Variety Office", "ja": "欧州共同体植物品種庁"},
    "WO": {"en": "World Intellectual Property Organization", "ja": "世界知的所有権機関"},
    "XN": {"en": "Nordic Patent Institute", "ja": "北欧特許機構"},
    "XV": {"en": "Visegrad Patent Institute", "ja": "ヴィシェグラード特許機構"},
}
"""WIPO ST.3 codes of intergovernmental organisations: offices, not countries."""

HISTORICAL: dict[str, tuple[dict[Lang, str], str]] = {
    "CS": ({"en": "Czechoslovakia", "ja": "チェコスロバキア"}, "1992-12-31"),
    "DD": ({"en": "German Democratic Republic", "ja": "ドイツ民主共和国"}, "1990-10-02"),
    "SU": ({"en": "Soviet Union", "ja": "ソビエト連邦"}, "1991-12-26"),
    "YU": ({"en": "Yugoslavia", "ja": "ユーゴスラビア"}, "2003-02-04"),
}
"""Codes that patents before the date given still bear, with names. CS stood once more for Serbia and Montenegro (2003-2006)."""

_ALIASES = {
    "UK": "GB", "EL": "GR", "USA": "US", "U.S.A.": "US", "U.S.": "US", "UNITED STATES OF AMERICA": "US", "ENGLAND": "GB",
    "SCOTLAND": "GB", "WALES": "GB", "NORTHERN IRELAND": "GB", "GREAT BRITAIN": "GB", "KOREA": "KR",
    "REPUBLIC OF KOREA": "KR", "SOUTH KOREA": "KR", "KOREA, REPUBLIC OF": "KR", "TAIWAN, R.O.C": "TW", "R.O.C": "TW",
    "TAIWAN": "TW", "TAIWAN ROC": "TW", "P.R. CHINA": "CN", "PR CHINA": "CN", "P. R. CHINA": "CN", "P.R.C.": "CN",
    "PEOPLE'S REPUBLIC OF CHINA": "CN", "RUSSIAN FEDERATION": "RU", "THE NETHERLANDS": "NL", "HOLLAND": "NL",
    "DEUTSCHLAND": "DE", "WEST GERMANY": "DE", "FED. REP. OF GERMANY": "DE", "FEDERAL REPUBLIC OF GERMANY": "DE",
    "SCHWEIZ": "CH", "SUISSE": "CH", "OSTERREICH": "AT", "ESPANA": "ES", "ITALIA": "IT", "BELGIE": "BE",
    "BELGIQUE": "BE", "SVERIGE": "SE", "NORGE": "NO", "DANMARK": "DK", "SUOMI": "FI", "POLSKA": "PL",
    "BRASIL": "BR", "VIET NAM": "VN", "CZECH REPUBLIC": "CZ", "SLOVAK REPUBLIC": "SK", "TURKEY": "TR", "HONG KONG": "HK",
    "MACAU": "MO", "IRAN": "IR", "ISLAMIC REPUBLIC OF IRAN": "IR", "日本国": "JP", "アメリカ": "US", "米国": "US",
    "アメリカ合衆国": "US", "英国": "GB", "グレートブリテン": "GB", "連合王国": "GB", "大韓民国": "KR", "韓国": "KR",
    "中華人民共和国": "CN", "中华人民共和国": "CN", "中国": "CN", "中華民国": "TW", "台湾": "TW",
    "ドイツ連邦共和国": "DE", "ドイツ国": "DE",
    "フランス共和国": "FR", "オランダ国": "NL", "オランダ王国": "NL", "スイス国": "CH", "スイス連邦": "CH",
    "イタリア共和国": "IT", "香港": "HK", "ロシア連邦": "RU", "スウェーデン国": "SE", "イスラエル国": "IL", "カナダ国": "CA",
}  # fmt: skip

_US_STATES = frozenset(
    [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
        "DC",
    ]
)
_US_STATE_NAMES = frozenset(
    [
        "ALABAMA",
        "ALASKA",
        "ARIZONA",
        "ARKANSAS",
        "CALIFORNIA",
        "COLORADO",
        "CONNECTICUT",
        "DELAWARE",
        "FLORIDA",
        "HAWAII",
        "IDAHO",
        "ILLINOIS",
        "INDIANA",
        "IOWA",
        "KANSAS",
        "KENTUCKY",
        "LOUISIANA",
        "MAINE",
        "MARYLAND",
        "MASSACHUSETTS",
        "MICHIGAN",
        "MINNESOTA",
        "MISSISSIPPI",
        "MISSOURI",
        "MONTANA",
        "NEBRASKA",
        "NEVADA",
        "OHIO",
        "OKLAHOMA",
        "OREGON",
        "PENNSYLVANIA",
        "TENNESSEE",
        "TEXAS",
        "UTAH",
        "VERMONT",
        "VIRGINIA",
        "WASHINGTON",
        "WISCONSIN",
        "WYOMING",
    ]
)  # without Georgia, a country too
_PREFECTURE = re.compile(r"^(?:〒?\s*\d{3}-?\d{4}\s*)?(?:東京都|北海道|(?:京都|大阪)府|[\u3400-\u9fff]{2,3}県)")
_US_ZIP = re.compile(r"\b([A-Z]{2})\.?,?\s+(\d{5})(?:-\d{4})?$")
_CLOSING_CODE = re.compile(r"[\s,(\[]([A-Z]{2})[)\]]?$")
_MAX_ADDRESS = 2000


class ApplicantCountry(NamedTuple):
    """A country and where it was found; both None where nothing says it."""

    country: str | None
    source: CountrySource | None


@cache
def _territories(lang: str) -> dict[str, str]:
    from babel import Locale

    found = Locale.parse(lang).territories
    return {code: name for code, name in found.items() if len(code) == 2 and code.isalpha() and code.upper() == code}


_NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"})


def is_country(code: str) -> bool:
    """True for a present ISO 3166-1 alpha-2 code.

    >>> is_country("JP"), is_country("EP"), is_country("SU")
    (True, False, False)
    """
    return code in _territories("en") and code not in _NOT_COUNTRIES and code not in OFFICES and code not in HISTORICAL


def code_kind(code: str) -> CodeKind:
    """What a two-letter ST.3 code stands for.

    >>> code_kind("EP"), code_kind("DD"), code_kind("ZZ")
    ('office', 'historical', 'unknown')
    """
    code = code.strip().upper()
    if code in OFFICES:
        return "office"
    if code in HISTORICAL:
        return "historical"
    return "country" if is_country(code) else "unknown"


def country_code(text: str | None) -> str | None:
    """ISO 3166-1 alpha-2 (or a historical ST.3 code) of a code or a country's name; None for offices and what is unknown.

    >>> country_code("jp"), country_code("Republic of Korea"), country_code("アメリカ合衆国"), country_code("WO")
    ('JP', 'KR', 'US', None)
    """
    if not text:
        return None
    plain = _plain(text)
    plain = plain if plain in _ALIASES else plain.rstrip(" .")
    if plain in _ALIASES:
        return _ALIASES[plain]
    if len(plain) == 2 and plain.isascii():
        return plain if code_kind(plain) in ("country", "historical") else None
    return _names().get(plain)


def country_name(code: str, lang: Lang = "en") -> str:
    """The name of a country or office in English or Japanese; the code itself where it is unknown.

    >>> country_name("JP", "ja"), country_name("SU"), country_name("EP", "ja")
    ('日本', 'Soviet Union', '欧州特許庁')
    """
    if code in OFFICES:
        return OFFICES[code][lang]
    if code in HISTORICAL:
        return HISTORICAL[code][0][lang]
    return _territories(lang).get(code, code)


def country_of_address(address: str | None) -> str | None:
    """The country that an address itself states; None where it does not, or where it can be read in two ways.

    The last part decides: a country's name, its code, a US state with or without ZIP code, a Japanese prefecture. Codes
    that are a US state and a country ('Toronto, CA') count only with a ZIP code behind them.

    >>> country_of_address("1-1 Marunouchi, Tokyo, Japan"), country_of_address("Boise, ID 83707")
    ('JP', 'US')
    >>> country_of_address("愛知県豊田市トヨタ町1番地"), country_of_address("Toronto, CA")
    ('JP', None)
    """
    if not address or not address.strip():
        return None
    text = unicodedata.normalize("NFKC", address[-_MAX_ADDRESS:]).strip(" .;,")
    if _PREFECTURE.match(text):
        return "JP"
    for name, code in _leading_names():
        if text.startswith(name):
            return code  # Japanese addresses begin with the country
    parts = [part.strip(" .") for part in re.split(r"[,;\n]", text) if part.strip(" .")]
    if not parts:
        return None
    for size in (2, 1):
        found = country_code(", ".join(parts[-size:])) if len(parts) >= size and len(parts[-1]) != 2 else None
        if found is not None and not (len(parts) >= 2 and _plain(parts[-1]) == "GEORGIA"):
            return found
    upper = _plain(text)
    if _plain(parts[-1]) in _US_STATE_NAMES and len(parts) > 1:
        return "US"
    with_zip = _US_ZIP.search(upper)
    if with_zip and with_zip.group(1) in _US_STATES:
        return "US"
    closing = _CLOSING_CODE.search(upper)
    if closing:
        code = closing.group(1)
        country = country_code(code)
        if code in _US_STATES:
            return "US" if country is None else None
        return country
    words = upper.split()
    for size in (3, 2, 1):  # '... Tokyo Japan' without a comma
        if len(words) > size:
            found = _names().get(" ".join(words[-size:])) or _ALIASES.get(" ".join(words[-size:]))
            if found is not None and words[-1] != "GEORGIA":
                return found
    return None


def applicant_country(
    *, code: str | None = None, address: str | None = None, registry: str | None = None
) -> ApplicantCountry:
    """The country of an applicant from what is known of the applicant, the most direct first.

    ``code``: the residence as the source states it. ``address``: the address text. ``registry``: the country of the register
    where the applicant was found (:mod:`chizai.corpus.names`). None of them: unknown.

    >>> applicant_country(code="EP", address="Munich, Germany")
    ApplicantCountry(country='DE', source='address')
    >>> applicant_country()
    ApplicantCountry(country=None, source=None)
    """
    stated = country_code(code)
    if stated is not None:
        return ApplicantCountry(stated, "residence")
    found = country_of_address(address)
    if found is not None:
        return ApplicantCountry(found, "address")
    registered = country_code(registry)
    if registered is not None:
        return ApplicantCountry(registered, "registry")
    return ApplicantCountry(None, None)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).strip()
    if text.isascii():
        return re.sub(r"\s+", " ", text).upper()
    folded = unicodedata.normalize("NFD", text)
    latin = "".join(char for char in folded if not 0x0300 <= ord(char) <= 0x036F)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", latin)).upper()


@cache
def _names() -> dict[str, str]:
    """Names of countries in English, Japanese, German and French -> code."""
    found: dict[str, str] = {}
    for lang in ("fr", "de", "ja", "en"):
        for code, name in _territories(lang).items():
            if is_country(code):
                found[_plain(name)] = code
    for code, (names, _until) in HISTORICAL.items():
        for name in names.values():
            found[_plain(name)] = code
    return found


@cache
def _leading_names() -> tuple[tuple[str, str], ...]:
    japanese = {name: code for code, name in _territories("ja").items() if is_country(code) and len(name) >= 2}
    japanese.update({name: code for name, code in _ALIASES.items() if not name.isascii()})
    japanese["日本"] = "JP"
    return tuple(
        sorted(
            ((name, code) for name, code in japanese.items() if len(name) >= 3 or name in ("韓国", "台湾", "米国")),
            key=lambda row: -len(row[0]),
        )
    )
