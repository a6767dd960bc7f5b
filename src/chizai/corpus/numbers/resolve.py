"""From a text of one office to the DOCDB number: notations to fields, fields to a layout, the layout to digits."""

from __future__ import annotations

import re
import unicodedata
from datetime import date as Date
from functools import cache
from typing import NamedTuple

from chizai.corpus.numbers import checkdigits
from chizai.corpus.numbers.layouts import Fields, Layout, Template
from chizai.corpus.numbers.notations import BY_OFFICE, Notation, NumberRole
from chizai.corpus.numbers.offices import (
    APPLICATIONS,
    DUMMY,
    EP_TRANSLATION,
    ERAS,
    PCT,
    PUBLICATIONS,
    ROMANISED_CITY,
    STRICT,
    US_NATIONAL_PHASE_YEARS,
    US_SERIES,
)
from chizai.corpus.schema import KindClass
from chizai.messages import Phrase

MAX_LENGTH = 120

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ｰー─━", "-"))
_GENERIC = re.compile(r"[A-Z0-9]{1,20}")
_SEPARATORS = re.compile(r"[\s,./\-]+")
_DIGIT = re.compile(r"\d")
_KIND = re.compile(r"[A-Z][0-9]?")


class Unreadable(Exception):
    """Inside this package: why a text is not a number. The public functions turn it into BadNumber."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.detail = Phrase(f"numbers.{key}", values)


class Resolved(NamedTuple):
    office: str
    number: str
    kind: str | None
    kind_class: KindClass | None = None
    """Only where the words of the text say it and the kind code does not."""
    year: int | None = None


def squeeze(text: str) -> str:
    """NFKC, upper case, one sort of dash, no blanks.

    >>> squeeze("特開平１１－１２３ ４５６")
    '特開平11-123456'
    """
    if text.isascii():
        return "".join(text.upper().split())
    return "".join(unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES).upper().split())


def clean_kind(kind: str | None) -> str | None:
    if not kind:
        return None
    kind = kind.strip().upper()
    if not kind:
        return None
    if not _KIND.fullmatch(kind):
        raise Unreadable("kind-bad", kind=kind[:8])
    return kind


@cache
def application_layouts(office: str, letter: str) -> tuple[Layout, ...]:
    """The layouts to try for an application number: PCT for kind W, else the office's own and those of every office."""
    if letter == "W":
        return PCT
    own = tuple(layout for layout in APPLICATIONS.get(office, ()) if layout.takes(letter or None))
    return (*own, EP_TRANSLATION) if letter == "T" else (*own, DUMMY) if letter in ("", "A") else own


def layouts_of(role: NumberRole, office: str, kind: str | None) -> tuple[Layout, ...]:
    letter = kind[0] if kind else ""
    if role == "application":
        return application_layouts(office, letter)
    return PUBLICATIONS.get(office, ())


def _readings(
    layouts: tuple[Layout, ...], kind: str | None, text: str, date: Date | None
) -> list[tuple[Layout, Fields, str]]:
    found = []
    for layout in layouts:
        if layout.takes(kind) and (fields := layout.read(text, date=date)) is not None:
            # A two-digit year of an open century stays as it stands.
            open_year = fields.year is None and layout.docdb_template.needs_year
            found.append((layout, fields, text if open_year else layout.docdb_template.write(fields)))
    return found


def read_docdb(
    role: NumberRole, office: str, kind: str | None, text: str, date: Date | None
) -> tuple[Layout, Fields, str] | None:
    """``text`` read as a DOCDB number; where several layouts fit, the one that agrees with the date, else the first."""
    readings = _readings(layouts_of(role, office, kind), kind, text, date)
    if not readings:
        return None
    if date is not None and len(readings) > 1:
        for reading in readings:
            if reading[1].year == date.year:
                return reading
    return readings[0]


def _japanese_year(found: dict[str, str], role: NumberRole, date: Date | None) -> dict[str, str]:
    """Era and year to the fields of the Japanese layouts: 平成11 is 1999 in application numbers, H11 in
    publications."""
    era, ey, yyyy = found.pop("era", None), found.pop("ey", None), found.get("yyyy")
    if ey is not None:
        number = 1 if ey == "元" else int(ey)
        if era is None:
            tolerance = 1 if role == "publication" else 0
            letters = [
                letter for letter in "SH" if date is not None and abs(ERAS[letter][1] + number - date.year) <= tolerance
            ]
            if len(letters) != 1:
                raise Unreadable("era-missing")
            era = letters[0]
        letter = next(key for key, (kanji, _) in ERAS.items() if era in (key, kanji))
        found["yyyy"] = yyyy = str(ERAS[letter][1] + number)
    if role == "publication" and yyyy is not None and int(yyyy) < 2000:
        year = int(yyyy)
        letter = "H" if year > ERAS["H"][1] else "S" if year > ERAS["S"][1] else "T" if year > ERAS["T"][1] else "M"
        if ey is not None and era is not None:
            letter = next(key for key, (kanji, _) in ERAS.items() if era in (key, kanji))
        found["prefix"], found["series"] = letter, f"{year - ERAS[letter][1]:02d}"
        found.pop("yyyy")
    return found


def _check(notation: Notation, found: dict[str, str], date: Date | None) -> None:
    check = found.pop("check", None)
    if notation.check is None or check is None:
        return
    year = found.get("yyyy") or found.get("yy") or ""
    digits = year + found.get("type", "") + found["serial"]
    expected = (checkdigits.ep if notation.check == "ep" else checkdigits.cn)(digits)
    if check != expected:
        raise Unreadable("check-digit", found=check, expected=expected)


def us_series(serial: int, year: int, letter: str) -> str | None:
    """The series code of an old-form USPTO serial, or None where two fit.

    Where a series gave way to the next within a year, the old one stood above 500,000 and the new one below.

    >>> us_series(83597, 1998, "A"), us_series(211355, 2015, "P")
    ('09', '62')
    """
    if letter == "F":
        return "29"
    low, high = ("60", "64") if letter == "P" else ("02", "19")
    fits = [code for code, (first, last) in US_SERIES.items() if low <= code <= high and first <= year <= last]
    if len(fits) == 1:
        return fits[0]
    if len(fits) == 2 and (letter == "P" or year in (1998, 2001, 2004, 2007)):
        return fits[0] if serial >= 500_000 else fits[1]
    return None


def _us_fields(found: dict[str, str], kind: str | None, date: Date | None) -> str | None:
    """The kind that a USPTO series says (60 to 64 provisional, 29 and 35 design); checks the series against
    the date."""
    series = found["series"]
    if series not in US_SERIES and not "90" <= series <= "96":
        raise Unreadable("series", series=series)
    if date is not None and series in US_SERIES:
        first, last = US_SERIES[series]
        if not first - US_NATIONAL_PHASE_YEARS <= date.year <= last + 1:
            raise Unreadable("series", series=series)
    if date is None:
        raise Unreadable("date-missing", office="US")
    if "60" <= series <= "64":
        return "P"
    return "F" if series in ("29", "35") else (kind or "A")


def _pick(
    layouts: tuple[Layout, ...], found: dict[str, str], kind: str | None, date: Date | None, office: str
) -> tuple[Layout, Fields, str] | None:
    """The layout in which the office wrote a number with these fields."""
    fitting: list[tuple[Layout, Fields, str]] = []
    dateless = False
    for layout in layouts:
        if layout is EP_TRANSLATION or layout is DUMMY:  # the EPO's inventions, no office writes them
            continue
        if ("yy" in found or "yyyy" in found) and not layout.docdb_template.needs_year and layout.year_of is None:
            continue
        found_year = layout.fields(found, date=date)
        if found_year is None:
            continue
        fields = found_year
        if fields.year is None and layout.docdb_template.needs_year:
            if date is None:
                dateless = True
                continue
            fields = fields._replace(year=date.year)
        if layout.fits(fields, kind):
            fitting.append((layout, fields, layout.docdb_template.write(fields)))
    if len({written for _, _, written in fitting}) > 1:
        if date is not None:
            fitting = [one for one in fitting if one[0].holds_on(date)]
        else:
            fitting = [
                one for one in fitting if one[0].surely and one[0].surely[0] <= one[1].serial <= one[0].surely[1]
            ]
            if not fitting:
                dateless = True
    if not fitting and dateless:
        raise Unreadable("date-missing", office=office)
    return fitting[0] if fitting else None


def match(notation: Notation, text: str) -> dict[str, str] | None:
    """The named groups that took part, ``serial2`` and ``kind2`` folded into their first names."""
    hit = notation.pattern.fullmatch(text)
    if hit is None:
        return None
    found = {name: value for name, value in hit.groupdict().items() if value}
    for double, name in (("serial2", "serial"), ("kind2", "kind")):
        if double in found:
            found[name] = found.pop(double)
    found["serial"] = found["serial"].replace(",", "")
    return {**notation.fixed, **found}


def apply(
    notation: Notation, found: dict[str, str], office: str, kind: str | None, date: Date | None
) -> Resolved | None:
    """The number that a matched notation means; None where the office has no layout for it."""
    role = notation.role
    kind = kind or found.pop("kind", None) or notation.kind
    found.pop("kind", None)
    found.pop("office", None)
    _check(notation, found, date)
    if office == "JP":
        found = _japanese_year(found, role, date)
    if office == "US" and role == "application" and "series" in found:
        kind = _us_fields(found, kind, date)
    if office == "IN" and found.get("prefix") in ROMANISED_CITY:
        found["prefix"] = ROMANISED_CITY[found["prefix"]]
    if office == "JP" and found.get("prefix") == "WO":
        inner = {key: value for key, value in found.items() if key != "prefix"}
        picked = _pick(PUBLICATIONS["WO"], inner, None, date, "WO")
        return None if picked is None else Resolved("JP", "WO" + picked[2], kind, year=picked[1].year)
    picked = _pick(layouts_of(role, office, kind), found, kind, date, office)
    if picked is None:
        return None
    layout, fields, number = picked
    return Resolved(office, number, kind or layout.default_kind, notation.kind_class, fields.year)


def _pct_spelling(office: str, text: str) -> str:
    """Digits of a PCT application that a source spelt like a national number, as DOCDB has them."""
    if office == "AU" and (hit := re.fullmatch(r"(?:19|20)(\d\d)/(\d{6})", text)):
        # Lens writes PCT/AU94/00063 (DOCDB 9400063) as if it were serial 94000 of 1963.
        turned = f"{int(hit[2])}{hit[1]}"
        if len(turned) == 7 and (turned[:2] >= "78" or text[:4] < "2004"):
            return turned
    if not text.isdecimal() and (hit := re.fullmatch(r"((?:19|20)\d\d)[/-]?0?(\d{6})", text)):
        return hit[1] + hit[2] if int(hit[1]) >= 2004 else hit[1][2:] + hit[2][1:]
    return text


def _agrees(fields: Fields, kind: str | None, date: Date | None) -> bool:
    """Whether a DOCDB reading can be of that date. With a kind a national phase may carry either of its two dates."""
    if date is None or fields.year is None:
        return True
    return abs(fields.year - date.year) <= (US_NATIONAL_PHASE_YEARS if kind else 0)


def resolve(
    role: NumberRole, office: str, text: str, kind: str | None, date: Date | None, *, strict: bool = False
) -> Resolved:
    """The DOCDB number of ``text`` (squeezed, without office and kind).

    ``strict`` refuses bare digits that have two readings; otherwise a kind speaks for DOCDB, none for the office.
    """
    if not _DIGIT.search(text):
        raise Unreadable("no-digits")
    if kind == "W":
        text = _pct_spelling(office, text)
    bare = text.isalnum()
    docdb = read_docdb(role, office, kind, text, date) if bare else None
    if docdb is None and role == "application" and office == "US" and (late := _late_us(text, kind)) is not None:
        return late
    trouble: Unreadable | None = None
    own: Resolved | None = None
    if not bare or docdb is None or kind is None or not _agrees(docdb[1], kind, date):
        for notation in BY_OFFICE.get(office, ()):
            if notation.role != role or (notation.bare and docdb is not None and kind is not None and date is None):
                continue
            found = match(notation, text)
            if found is None:
                continue
            try:
                own = apply(notation, found, office, kind, date)
            except Unreadable as refusal:
                if notation.bare and docdb is not None and refusal.detail.key == "numbers.series":
                    continue  # not a series: the DOCDB reading stands
                trouble = refusal
                continue
            if own is not None:
                break
    if docdb is not None:
        layout, fields, number = docdb
        reading = Resolved(
            office, number, kind or (layout.default_kind if role == "application" else None), year=fields.year
        )
        agrees = _agrees(fields, kind, date)
        if own is None or own.number == number:
            if trouble is not None and kind is None and role == "application" and date is None:
                raise trouble
            return reading
        if kind is not None and agrees:
            return reading
        if strict and agrees:
            raise Unreadable("ambiguous", first=f"{office} {number}", second=f"{office} {own.number}")
        return own
    if own is not None:
        return own
    if trouble is not None:
        raise trouble
    if role == "application" and bare and (converted := _from_epodoc(office, text, kind, date)) is not None:
        return converted
    if office in STRICT[role]:
        loose = _SEPARATORS.sub("", text)
        again = read_docdb(role, office, kind, loose, date) if loose != text else None
        if again is None:
            raise Unreadable("layout", office=office, role=Phrase(f"numbers.role.{role}"))
        default = again[0].default_kind if role == "application" else None
        return Resolved(office, again[2], kind or default, year=again[1].year)
    loose = _SEPARATORS.sub("", text)
    if not _GENERIC.fullmatch(loose):
        raise Unreadable("layout", office=office, role=Phrase(f"numbers.role.{role}"))
    if loose != text:
        again = read_docdb(role, office, kind, loose, date)
        if again is not None:
            default = again[0].default_kind if role == "application" else None
            return Resolved(office, again[2], kind or default, year=again[1].year)
    return Resolved(office, loose, kind)


def _late_us(text: str, kind: str | None) -> Resolved | None:
    """``21135515`` P: 62/211,355 of 2015, written in the form that DOCDB gave up in December 2010."""
    hit = re.fullmatch(r"(\d{1,6})(1[1-9]|2\d)", text)
    if hit is None or kind is None or kind[0] not in "PF":
        return None
    serial, year = int(hit[1]), 2000 + int(hit[2])
    series = us_series(serial, year, kind[0])
    return None if series is None else Resolved("US", f"{year}{series}{serial:06d}", kind, year=year)


def _from_epodoc(office: str, text: str, kind: str | None, date: Date | None) -> Resolved | None:
    """An epodoc application number (office taken off) turned back; the year is checked against the layout's years."""
    text = text.removeprefix(office)
    tail = re.fullmatch(r"(.*\d)([TUPF])", text)
    if tail is not None and kind is None:
        text, kind = tail[1], tail[2]
    elif tail is not None and kind is not None and kind[0] == tail[2]:
        text = tail[1]
    for layout in layouts_of("application", office, kind):
        template = epodoc_template(layout, office)
        if template is None:
            continue
        fields = layout.read(office + text, date=date, template=template)
        if fields is not None and (not layout.docdb_template.needs_year or fields.year is not None):
            if layout.year_of is not None and template.read(office + text).get("yyyy") != str(fields.year):  # type: ignore[union-attr]
                continue
            return Resolved(
                office, layout.docdb_template.write(fields), kind or layout.default_kind or "A", year=fields.year
            )
    return None


@cache
def epodoc_template(layout: Layout, office: str) -> Template | None:
    """The epodoc template with the office in place of ``{prefix}`` where the layout serves every office."""
    if layout is EP_TRANSLATION or layout is DUMMY or layout in PCT:
        return Template(layout.epodoc.replace("{prefix}", office), tuple(layout.where.items()))
    return layout.epodoc_template
