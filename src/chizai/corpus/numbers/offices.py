"""How offices number: the tables.

Sources: EPO, "Number format concordance" of DOCDB; the format rules of Espacenet's help (thirteen characters: office,
year, seven digits; other offices year, two characters, five digits); WIPO ST.10/C and ST.13. Each line was checked
against real DOCDB/epodoc pairs where one was at hand (see docs/numbers.md for the rate); an empty epodoc means that
no rule is known.

Lines are tried in order. The first that reads a number, and agrees with the date where one is given, wins.
"""

from __future__ import annotations

from datetime import date as Date

from chizai.corpus.numbers.layouts import NEWEST_YEAR, Fields, Layout

ERAS = {"M": ("明", 1867), "T": ("大", 1911), "S": ("昭", 1925), "H": ("平", 1988), "R": ("令", 2018)}
"""Era letter -> (short name, the year before its first)."""

OFFICES = frozenset(
    [
        "AD",
        "AE",
        "AF",
        "AG",
        "AI",
        "AL",
        "AM",
        "AN",
        "AO",
        "AP",
        "AR",
        "AT",
        "AU",
        "AW",
        "AZ",
        "BA",
        "BB",
        "BD",
        "BE",
        "BF",
        "BG",
        "BH",
        "BI",
        "BJ",
        "BM",
        "BN",
        "BO",
        "BR",
        "BS",
        "BT",
        "BV",
        "BW",
        "BX",
        "BY",
        "BZ",
        "CA",
        "CD",
        "CF",
        "CG",
        "CH",
        "CI",
        "CK",
        "CL",
        "CM",
        "CN",
        "CO",
        "CR",
        "CS",
        "CU",
        "CV",
        "CW",
        "CY",
        "CZ",
        "DD",
        "DE",
        "DJ",
        "DK",
        "DM",
        "DO",
        "DZ",
        "EA",
        "EC",
        "EE",
        "EG",
        "EH",
        "EM",
        "EP",
        "ER",
        "ES",
        "ET",
        "FI",
        "FJ",
        "FK",
        "FO",
        "FR",
        "GA",
        "GB",
        "GC",
        "GD",
        "GE",
        "GG",
        "GH",
        "GI",
        "GL",
        "GM",
        "GN",
        "GQ",
        "GR",
        "GS",
        "GT",
        "GW",
        "GY",
        "HK",
        "HN",
        "HR",
        "HT",
        "HU",
        "IB",
        "ID",
        "IE",
        "IL",
        "IM",
        "IN",
        "IQ",
        "IR",
        "IS",
        "IT",
        "JE",
        "JM",
        "JO",
        "JP",
        "KE",
        "KG",
        "KH",
        "KI",
        "KM",
        "KN",
        "KP",
        "KR",
        "KW",
        "KY",
        "KZ",
        "LA",
        "LB",
        "LC",
        "LI",
        "LK",
        "LR",
        "LS",
        "LT",
        "LU",
        "LV",
        "LY",
        "MA",
        "MC",
        "MD",
        "ME",
        "MG",
        "MK",
        "ML",
        "MM",
        "MN",
        "MO",
        "MP",
        "MR",
        "MS",
        "MT",
        "MU",
        "MV",
        "MW",
        "MX",
        "MY",
        "MZ",
        "NA",
        "NE",
        "NG",
        "NI",
        "NL",
        "NO",
        "NP",
        "NR",
        "NZ",
        "OA",
        "OM",
        "PA",
        "PE",
        "PG",
        "PH",
        "PK",
        "PL",
        "PT",
        "PW",
        "PY",
        "QA",
        "QZ",
        "RO",
        "RS",
        "RU",
        "RW",
        "SA",
        "SB",
        "SC",
        "SD",
        "SE",
        "SG",
        "SH",
        "SI",
        "SK",
        "SL",
        "SM",
        "SN",
        "SO",
        "SR",
        "ST",
        "SU",
        "SV",
        "SY",
        "SZ",
        "TC",
        "TD",
        "TG",
        "TH",
        "TJ",
        "TL",
        "TM",
        "TN",
        "TO",
        "TR",
        "TT",
        "TV",
        "TW",
        "TZ",
        "UA",
        "UG",
        "US",
        "UY",
        "UZ",
        "VA",
        "VC",
        "VE",
        "VG",
        "VN",
        "VU",
        "WO",
        "WS",
        "XN",
        "XU",
        "YD",
        "YE",
        "YU",
        "ZA",
        "ZM",
        "ZR",
        "ZW",
    ]
)
"""Codes of WIPO ST.3 that stand before patent numbers, with former states and organisations."""

# --- applications ---------------------------------------------------------------------------------------------------


def _era_year(fields: Fields) -> int | None:
    return ERAS[fields.prefix][1] + int(fields.series) if fields.prefix and fields.series else None


def _de_old_year(fields: Fields) -> int | None:
    return 1950 + int(fields.series) if fields.series else None


def _roc_year(fields: Fields) -> int | None:
    return 1911 + int(fields.series) if fields.series else None


def _six_digits(fields: Fields) -> bool:
    return fields.serial >= 100_000


def _five_digits(fields: Fields) -> bool:
    return fields.serial < 100_000


def _serial_then_year(office: str, first: int = 1950) -> tuple[Layout, ...]:
    """``41745616``: serial 417456 of 2016."""
    return (
        Layout(
            "{serial}{yy}",
            f"{office}{{yyyy}}{{serial:7}}",
            "{serial}",
            (first, first + 99),
            where={"serial": r"\d{1,6}"},
        ),
    )


def _year_then_serial(office: str, new: int, old: int, *, change: int = 2000, first: int = 1950) -> tuple[Layout, ...]:
    """``20120775`` (four-digit year and ``new`` digits) from ``change`` on, ``942373`` (two-digit year,
    ``old`` digits) before."""
    epodoc = f"{office}{{yyyy}}{{serial:7}}"
    return (
        Layout(f"{{yyyy}}{{serial:{new}}}", epodoc, years=(change, NEWEST_YEAR), where={"serial": rf"\d{{{new}}}"}),
        Layout(f"{{yy}}{{serial:{old}}}", epodoc, years=(first, change - 1), where={"serial": rf"\d{{{old}}}"}),
    )


US_PROVISIONAL_CHANGE = Date(2010, 12, 10)
"""Between 61/420,750 (7 December 2010, old form) and 61/424,419 (17 December 2010, new form) in DOCDB data."""

PCT = (
    Layout("{yy}{serial:5}", "WO{yyyy}{prefix}{serial:5}", "PCT/{prefix}{yy}/{serial:5}", (1978, 2003), "W"),
    Layout("{yyyy}{serial:6}", "WO{yyyy}{prefix}{serial:5}", "PCT/{prefix}{yyyy}/{serial:6}", (2004, NEWEST_YEAR), "W"),
)
"""PCT applications: DOCDB office is the receiving office, kind W. ``prefix`` holds the receiving office in
other forms."""

DUMMY = Layout("{serial}X", "{prefix}X{serial}", kinds="A", where={"serial": r"\d{6,7}"})
"""The EPO's stand-in number of a priority whose true number is unknown (``FR 1258192 X``)."""

EP_TRANSLATION = Layout("{yy}{serial:6}", "{prefix}{yyyy}{serial:7}", "{yy}{serial:6}", (1977, 2076), "T")
"""The application behind a national translation of an EP patent is the EP application's number, kind T."""

APPLICATIONS: dict[str, tuple[Layout, ...]] = {
    "US": (
        Layout(
            "{yyyy}{series}{serial:6}",
            "US{yyyy}{series}{serial:6}",
            "{series}/{comma}",
            (2005, NEWEST_YEAR),
            "AKT",
            "A",
            {"series": r"1[3-9]|2[0-8]|9[0-6]"},
        ),
        Layout(
            "{yyyy}{series}{serial:6}",
            "US{yyyy}{series}{serial:6}",
            "{series}/{comma}",
            (2010, NEWEST_YEAR),
            "P",
            "P",
            {"series": r"6[1-9]"},
            since=US_PROVISIONAL_CHANGE,
            surely=(424_419, 999_999),
        ),
        Layout(
            "{yyyy}{series}{serial:6}",
            "US{yyyy}{series}{serial:6}",
            "{series}/{comma}",
            (2010, NEWEST_YEAR),
            "F",
            "F",
            {"series": r"29|35"},
            since=US_PROVISIONAL_CHANGE,
        ),
        Layout(
            "{serial}{yy}",
            "US{yyyy}{serial:7}",
            years=(1910, 2011),
            kinds="AKT",
            default_kind="A",
            where={"serial": r"\d{1,6}"},
            accepts=lambda f: f.series == "" or f.series <= "12" or f.series >= "90",
        ),
        Layout(
            "{serial}{yy}",
            "US{yyyy}{serial:7}",
            years=(1995, 2010),
            kinds="P",
            default_kind="P",
            where={"serial": r"\d{1,6}"},
            accepts=lambda f: f.series in ("", "60", "61"),
            until=US_PROVISIONAL_CHANGE,
            surely=(0, 420_750),
        ),
        Layout(
            "{serial}{yy}",
            "US{yyyy}{serial:7}",
            years=(1992, 2010),
            kinds="F",
            default_kind="F",
            where={"serial": r"\d{1,6}"},
            accepts=lambda f: f.series in ("", "29"),
            until=US_PROVISIONAL_CHANGE,
        ),
    ),
    "JP": (
        Layout(
            "{yyyy}{serial:6}",
            "JP{yyyy}{serial:7}",
            "{yyyy}-{serial:6}",
            (2000, NEWEST_YEAR),
            where={"serial": r"\d{6}"},
        ),
        Layout("{serial}{yy}", "JP{yyyy}{serial:7}", years=(1926, 1999), where={"serial": r"\d{1,6}"}),
    ),
    "EP": (Layout("{yy}{serial:6}", "EP{yyyy}{serial:7}", "{yy}{serial:6}", (1977, 2076), "A"),),
    "KR": (
        Layout("{yyyy}{serial:7}", "KR{yyyy}{serial:7}", "10-{yyyy}-{serial:7}", kinds="A", default_kind="A"),
        Layout("{yyyy}{serial:7}", "KR{yyyy}{serial:7}", "20-{yyyy}-{serial:7}", kinds="U", default_kind="U"),
        Layout("{yyyy}{serial:7}", "KR{yyyy}{serial:7}", "30-{yyyy}-{serial:7}", kinds="F", default_kind="F"),
    ),
    "CN": tuple(
        Layout(docdb, "CN{yyyy}{type}{serial:6}", docdb, years, letter, letter, {"type": types})
        for docdb, years in (
            ("{yyyy}{type}{serial:7}", (2003, NEWEST_YEAR)),
            ("{yy}{type}{serial:5}", (1985, 2003)),
        )
        for letter, types in (("A", "[18]"), ("U", "[29]"), ("F", "3"))
    ),
    "DE": (
        *(
            Layout(
                "{type}{yyyy}{serial:6}",
                epodoc,
                "{type} {yyyy} {spaced}",
                years,
                letter,
                letter,
                {"type": types, "serial": r"\d{6}"},
            )
            for epodoc, years in (
                ("DE{yyyy}{type}{serial:6}", (2010, NEWEST_YEAR)),
                ("DE{yyyy}{type1}{serial:6}", (2004, 2009)),
            )
            for letter, types in (("A", "1[0-9]"), ("U", "2[0-9]"), ("F", "[34][0-9]"), ("T", "[156][0-9]"))
        ),
        Layout(
            "{type}{yy}{serial:5}", "DE{yyyy}{type}0{serial:5}", years=(1978, 2003), kinds="T", where={"type": "[3-6]"}
        ),
        Layout("{type}{yy}{serial:5}", "DE{yyyy}{type}0{serial:5}", years=(1995, 2003), kinds="A", where={"type": "1"}),
        Layout("{type}{yy}{serial:5}", "DE{yyyy}{type}0{serial:5}", years=(1995, 2003), kinds="U", where={"type": "2"}),
        Layout(
            "{series}{serial:5}",
            "DE{yyyy}{series}{serial:5}",
            kinds="A",
            where={"series": r"[1-4]\d"},
            year_of=_de_old_year,
        ),
        Layout("{yy}{serial:5}", "DE{yyyy}{yy}{serial:5}", years=(1950, 1994), kinds="U"),
        Layout("{prefix}{serial:7}", "DE{filed}{prefix}{serial:6}", "{prefix}{serial}", where={"prefix": "[A-Z]"}),
    ),
    "GB": (
        Layout(
            "{yyyy}{serial:5}",
            "GB{yyyy}{serial:7}",
            "{yy}{serial:5}",
            (2010, NEWEST_YEAR),
            where={"serial": r"\d{5}"},
            surely=(0, 99_999),
        ),
        Layout(
            "{yy}{serial:5}",
            "GB{yyyy}{serial:7}",
            "{yy}{serial:5}",
            (1978, 2009),
            where={"serial": r"\d{5}"},
            surely=(0, 99_999),
        ),
        Layout("{serial}{yy}", "GB{yyyy}{serial:7}", "{serial}/{yy}", (1910, 1978), where={"serial": r"\d{1,5}"}),
    ),
    "FR": (
        Layout("{yy}{serial:5}", "FR{yyyy}{serial:7}", "{yy}{serial:5}", (1969, 2068), where={"serial": r"\d{5}"}),
        Layout("{serial}", "FR{filed}{serial:7}", "{serial}", where={"serial": r"\d{5,6}"}),
    ),
    "AT": (
        Layout(
            "{serial}{yyyy}",
            "AT{yyyy}{serial:7}",
            "{serial}/{yyyy}",
            (2000, NEWEST_YEAR),
            "AU",
            where={"serial": r"\d{1,5}"},
        ),
        Layout("{serial}{yy}", "AT{yyyy}{serial:7}", "{serial}/{yy}", (1920, 1999), "AU", where={"serial": r"\d{1,5}"}),
    ),
    "AU": (
        Layout(
            "{yyyy}{serial:6}",
            "AU{yyyy}{serial:7}",
            "{yyyy}{serial:6}",
            (2000, NEWEST_YEAR),
            accepts=_six_digits,
            where={"serial": r"\d{6}"},
        ),
        Layout(
            "{serial}{yy}",
            "AU{yyyy}{serial:7}",
            "{serial}/{yy}",
            (1903, 2002),
            where={"serial": r"\d{1,5}"},
            accepts=_five_digits,
        ),
        Layout(
            "{prefix}{serial:4}{yy}",
            "AU{yyyy}{prefix}{serial:5}",
            "{prefix}{serial:4}",
            (1980, 2002),
            where={"prefix": "P[A-Z]", "serial": r"\d{4}"},
        ),
    ),
    "CA": (Layout("{serial}", "CA{filed}{serial:7}", "{serial}", where={"serial": r"\d{6,7}"}),),
    "TW": tuple(
        Layout(
            "{series}{type}{serial:5}",
            "TW{yyyy}0{type}{serial:5}",
            "{series}{type}{serial:5}",
            kinds=letter,
            default_kind=letter,
            where={"series": r"[3-9]\d|1\d\d", "type": kind, "serial": r"\d{5}"},
            year_of=_roc_year,
        )
        for letter, kind in (("A", "1"), ("U", "2"), ("F", "3"))
    ),
    "CH": (
        Layout(
            "{serial}{yyyy}", "CH{yyyy}{serial:7}", "{serial:5}/{yy}", (2000, NEWEST_YEAR), where={"serial": r"\d{1,5}"}
        ),
        Layout("{serial}{yy}", "CH{yyyy}{serial:7}", "{serial:5}/{yy}", (1910, 1999), where={"serial": r"\d{1,5}"}),
    ),
    "NL": (
        Layout("{yy}{serial:5}", "NL{yyyy}{serial:7}", "{yy}{serial:5}", (1960, 1999), where={"serial": r"\d{5}"}),
        Layout("{serial}", "NL{filed}{serial:7}", "{serial}", where={"serial": r"\d{7}"}),
    ),
    "SE": (Layout("{yy}{serial:5}", "SE{yyyy}{serial:7}", "{yy}{serial:5}", (1970, 2069), where={"serial": r"\d{5}"}),),
    "HU": (
        Layout("{yy}{serial:5}", "HU{yyyy}{serial:7}", "P{yy}{serial:5}", (1970, 2069), where={"serial": r"\d{5}"}),
    ),
    "HK": (Layout("{yy}{serial:6}", "HK{yyyy}{serial:7}", "{yy}{serial:6}", (1976, 2075), where={"serial": r"\d{6}"}),),
    "CO": (Layout("{yy}{serial:6}", "CO{yyyy}{serial:7}", years=(1970, 2069), where={"serial": r"\d{6}"}),),
    "DZ": (Layout("{yy}{serial:4}", "DZ{yyyy}{serial:7}", years=(1970, 2069), where={"serial": r"\d{4}"}),),
    "LV": (Layout("{yy}{serial:4}", "LV{yyyy}{serial:7}", years=(1990, 2089), where={"serial": r"\d{4}"}),),
    "LT": (Layout("{yyyy}{serial:3}", "LT{yyyy}{serial:7}", where={"serial": r"\d{3}"}),),
    "TN": (Layout("SN{yy}{serial:3}", "TN{yyyy}SN{serial:5}", years=(1970, 2069), where={"serial": r"\d{3}"}),),
    "OA": (Layout("1{yyyy}{serial:5}", "OA{yyyy}1{serial:6}", where={"serial": r"\d{5}"}),),
    "GE": (Layout("AP{yyyy}{serial:6}", "GE{yyyy}AP{serial:5}", where={"serial": r"\d{6}"}),),
    "MA": (Layout("{serial}", "MA{filed}{serial:7}", "{serial}", where={"serial": r"\d{5}"}),),
    "CY": (Layout("{yy}{serial:7}", "CY{yyyy}{serial:7}", years=(1990, 2089), kinds="T", where={"serial": r"\d{7}"}),),
    "AR": (Layout("P{yy}{serial:7}", "AR{yyyy}P{serial:6}", years=(1990, 2089), where={"serial": r"\d{7}"}),),
    "SK": (
        Layout(
            "{serial}{yyyy}", "SK{yyyy}{serial:7}", "{serial}-{yyyy}", (1993, NEWEST_YEAR), where={"serial": r"\d{1,5}"}
        ),
    ),
    "CZ": (
        Layout(
            "{yyyy}{serial:4}",
            "CZ{yyyy}{serial:7}",
            "{yyyy}-{serial}",
            (1992, NEWEST_YEAR),
            where={"serial": r"\d{4,5}"},
        ),
    ),
    "DK": (
        Layout(
            "{prefix}{yyyy}{serial:5}",
            "DK{yyyy}{prefix}{serial:5}",
            "{prefix} {yyyy} {serial:5}",
            where={"prefix": "PA|BA", "serial": r"\d{5}"},
        ),
        Layout("{serial}{yy}", "DK{yyyy}{serial:7}", "{serial}/{yy}", (1910, 1999), "AU", where={"serial": r"\d{1,4}"}),
    ),
    "IT": (
        Layout(
            "{prefix}{yyyy}{serial:4}",
            "",
            "{prefix}{yyyy}A{serial:6}",
            (2000, NEWEST_YEAR),
            where={"prefix": "[A-Z]{2}", "serial": r"\d{4}"},
        ),
        Layout(
            "{prefix}{yy}{serial:4}",
            "IT{yyyy}{prefix}{serial:5}",
            "{prefix}{yy}A{serial:6}",
            (1970, 1999),
            where={"prefix": "[A-Z]{2}", "serial": r"\d{4}"},
        ),
        Layout("{serial}{yy}", "IT{yyyy}{serial:7}", years=(1950, 1999), where={"serial": r"\d{1,5}"}),
    ),
    "IN": (
        Layout(
            "{serial}{prefix}{yyyy}",
            "IN{yyyy}{prefix}{serial:5}",
            where={"prefix": "BO|CA|CH|DE|KO|MA|MU", "serial": r"\d{1,5}"},
        ),
        Layout(
            "{yyyy}{type}{serial:6}",
            "",
            "{yyyy}{type}{serial:6}",
            (2016, NEWEST_YEAR),
            where={"type": r"[1-4]\d", "serial": r"\d{6}"},
        ),
    ),
    "BR": (
        Layout(
            "{type}{yyyy}{serial:6}",
            "",
            "BR {type} {yyyy} {serial:6}",
            (2012, NEWEST_YEAR),
            where={"type": "1[0-3]|2[0-2]|30", "serial": r"\d{6}"},
        ),
        Layout(
            "PI{yy}{serial:5}", "BR{yyyy}PI{serial:5}", "PI {yy}{serial:5}", (1970, 2012), where={"serial": r"\d{5}"}
        ),
        Layout(
            "{yy}{serial:5}", "BR{yyyy}{yy}{serial:5}", "PI {yy}{serial:5}", (1970, 2012), where={"serial": r"\d{5}"}
        ),
    ),
    "MX": (Layout("{yyyy}{serial:6}", "", "MX/a/{yyyy}/{serial:6}", where={"serial": r"\d{6}"}),),
    "RU": _year_then_serial("RU", 6, 6),
    "AP": _year_then_serial("AP", 6, 5),
    "FI": _year_then_serial("FI", 4, 4),
    "NO": _year_then_serial("NO", 4, 4),
    "IE": _year_then_serial("IE", 4, 4),
    "BE": _year_then_serial("BE", 5, 5),
    "ES": _year_then_serial("ES", 5, 5),
    "RO": _year_then_serial("RO", 5, 5),
    "TR": _year_then_serial("TR", 5, 5),
    "SI": _year_then_serial("SI", 5, 5),
    "ZA": (
        *_year_then_serial("ZA", 5, 4),
        Layout("{yy}{serial:5}", "ZA{yyyy}{serial:7}", years=(1950, 1999), where={"serial": r"\d{5}"}),
    ),
    "GR": (Layout("{yyyy}{serial:7}", "GR{yyyy}{serial:7}", where={"serial": r"\d{7}"}),),
    "BG": _serial_then_year("BG"),
    "IL": _serial_then_year("IL"),
    "NZ": _serial_then_year("NZ"),
    "PL": _serial_then_year("PL"),
    "PT": _serial_then_year("PT"),
    "YU": _serial_then_year("YU"),
}
"""Office -> layouts of application (and priority) numbers."""

EPODOC_KIND_LETTERS = "TUPF"
"""An epodoc application number ends in these letters of the kind (``US202163230089P``)."""

# --- publications ---------------------------------------------------------------------------------------------------

WO_SIX_DIGITS = Date(2002, 7, 1)
"""WIPO went from five to six digits of serial within 2002, before it went to four digits of year in 2004."""

PUBLICATIONS: dict[str, tuple[Layout, ...]] = {
    "US": (
        Layout(
            "{yyyy}{serial:6}", original="{yyyy}/0{serial:6}", years=(2000, NEWEST_YEAR), where={"serial": r"\d{6}"}
        ),
        Layout("{prefix}{serial}", where={"prefix": "RE|RX|PP|AI|D|H|T|X|", "serial": r"\d{1,8}"}),
    ),
    "WO": (
        Layout(
            "{yyyy}{serial:6}", original="WO {yyyy}/{serial:6}", years=(2004, NEWEST_YEAR), where={"serial": r"\d{6}"}
        ),
        Layout(
            "{yy}{serial:6}",
            original="WO {yy}/{serial:6}",
            years=(2002, 2003),
            where={"serial": r"\d{6}"},
            since=WO_SIX_DIGITS,
            surely=(55_000, 999_999),
        ),
        Layout(
            "{yy}{serial:5}",
            original="WO {yy}/{serial:5}",
            years=(1978, 2002),
            where={"serial": r"\d{5}"},
            until=WO_SIX_DIGITS,
            surely=(0, 49_999),
        ),
    ),
    "JP": (
        Layout("{yyyy}{serial:6}", original="{yyyy}-{serial:6}", years=(2000, NEWEST_YEAR), where={"serial": r"\d{6}"}),
        Layout(
            "{prefix}{series}{serial}",
            where={"prefix": "[MTSH]", "series": r"\d\d", "serial": r"\d{1,6}"},
            year_of=_era_year,
        ),
        Layout("{serial}", kinds="BCEFSUY", where={"serial": r"\d{1,7}"}),
        Layout(
            "{prefix}{yyyy}{serial:6}", years=(2004, NEWEST_YEAR), kinds="A", where={"prefix": "WO", "serial": r"\d{6}"}
        ),
        Layout("{prefix}{yy}{serial:6}", years=(2002, 2003), kinds="A", where={"prefix": "WO", "serial": r"\d{6}"}),
        Layout("{prefix}{yy}{serial:5}", years=(1978, 2002), kinds="A", where={"prefix": "WO", "serial": r"\d{5}"}),
    ),
    "EP": (Layout("{serial:7}", original="EP {serial}", where={"serial": r"\d{1,7}"}),),
    "CN": (Layout("{prefix}{serial}", where={"prefix": "", "serial": r"\d{7,9}"}),),
    "KR": (
        Layout("{yyyy}{serial:7}", original="10-{yyyy}-{serial:7}", kinds="A", where={"serial": r"\d{7}"}),
        Layout("{yyyy}{serial:7}", original="20-{yyyy}-{serial:7}", kinds="U", where={"serial": r"\d{7}"}),
        Layout(
            "{type}{serial:7}",
            original="{type}-{serial:7}",
            kinds="BSYC",
            where={"type": "10|20|30", "serial": r"\d{7}"},
        ),
    ),
    "AU": (
        Layout("{yyyy}{serial:6}", years=(2000, NEWEST_YEAR), accepts=_six_digits, where={"serial": r"\d{6}"}),
        Layout("{serial}{yy}", years=(1903, 2002), accepts=_five_digits, kinds="A", where={"serial": r"\d{1,5}"}),
    ),
}
"""Office -> layouts of publication numbers, where the office needs more than 'digits as printed'."""

STRICT = {
    "publication": frozenset({"US", "WO", "JP", "EP", "CN"}),
    "application": frozenset({"US", "JP", "EP", "CN", "KR"}),
}
"""Offices whose numbers must be in one of their layouts; of the others digits and letters are kept as they are."""

EPODOC_PUBLICATION_LETTERS: dict[str, str] = {
    "": "DLTUY",
    "AU": "B", "BG": "B", "CN": "BC", "JP": "B", "KR": "B", "NO": "BL", "PL": "B", "SK": "B", "TW": "B",
}  # fmt: skip
"""Letters of the kind that belong to an epodoc publication number: of every office (''), and of single offices."""

US_SERIES: dict[str, tuple[int, int]] = {
    "02": (1948, 1959), "03": (1960, 1969), "04": (1970, 1978), "05": (1979, 1986), "06": (1987, 1992),
    "07": (1987, 1992), "08": (1993, 1998), "09": (1998, 2001), "10": (2001, 2004), "11": (2004, 2007),
    "12": (2007, 2011), "13": (2010, 2014), "14": (2013, 2018), "15": (2014, 2020), "16": (2017, 2021),
    "17": (2020, 2023), "18": (2022, 2026), "19": (2024, 2030), "29": (1992, NEWEST_YEAR), "35": (2015, NEWEST_YEAR),
    "60": (1995, 2008), "61": (2007, 2014), "62": (2013, 2021), "63": (2020, 2026), "64": (2026, 2035),
}  # fmt: skip
"""Series code of the USPTO -> first and last year in which numbers of it were given (continued series run on)."""

US_NATIONAL_PHASE_YEARS = 4
"""A national phase carries its international filing date: up to this many years before its series began."""

ROMANISED_CITY = {"CHE": "CH", "DEL": "DE", "MUM": "MU", "KOL": "KO", "CAL": "CA", "BOM": "BO", "MAS": "MA"}
"""Branch of the Indian office as printed -> as in DOCDB."""
