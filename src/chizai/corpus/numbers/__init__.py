"""Patent numbers of all offices in one canonical form, DOCDB, with epodoc and the office's own form back.

Two doors. :func:`publication` and :func:`application` take parts from a structured source and are cheap; :func:`parse`
takes free text in any notation. All raise :class:`~chizai.errors.BadNumber` with a detail that says what to add where a
text can be read in two ways: nothing is guessed.

>>> from datetime import date
>>> parse("特開平11-123456").id, parse("特願2019-013554").id
('JP-H11123456-A', 'JP-2019013554-A')
>>> application("US", "14/643,719", date=date(2015, 3, 10)).id
'US-201514643719-A'
>>> publication("US", "20160168990", "A1").id, parse("WO99/12345").id, parse("PCT/JP2019/012345").id
('US-2016168990-A1', 'WO-9912345', 'JP-2019012345-W')
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date as Date
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn

from chizai.corpus.numbers import checkdigits, common
from chizai.corpus.numbers.kinds import application_kind_class, kind_class
from chizai.corpus.numbers.layouts import NEWEST_YEAR, Fields, Layout
from chizai.corpus.numbers.notations import ANYWHERE, REFUSED, NumberRole
from chizai.corpus.numbers.offices import (
    EPODOC_KIND_LETTERS,
    EPODOC_PUBLICATION_LETTERS,
    ERAS,
    OFFICES,
    PCT,
)
from chizai.corpus.numbers.resolve import (
    MAX_LENGTH,
    Resolved,
    Unreadable,
    apply,
    clean_kind,
    epodoc_template,
    match,
    read_docdb,
    resolve,
    squeeze,
    us_series,
)
from chizai.corpus.schema import KindClass
from chizai.errors import BadNumber, Where
from chizai.messages import Lang, Phrase

__all__ = ["Number", "NumberRole", "application", "forms", "kind_class", "parse", "publication"]

CACHE_SIZE = 1 << 16


@dataclass(frozen=True, slots=True)
class Number:
    """One number. Equal where office, number, kind and role are equal, however it was written."""

    office: str
    number: str
    """DOCDB digits and letters, without office and kind."""
    kind: str | None
    role: NumberRole
    kind_class: KindClass = field(compare=False)
    original: str | None = field(default=None, compare=False)
    """As written in the source."""
    date: Date | None = field(default=None, compare=False)
    """Filing date (application) or publication date, where the caller gave it."""

    @property
    def id(self) -> str:
        """``US-10000000-B2``; without a kind ``US-10000000``. The id of every canonical row."""
        return f"{self.office}-{self.number}-{self.kind}" if self.kind else f"{self.office}-{self.number}"

    def docdb(self) -> str:
        """``US 10000000 B2``."""
        return f"{self.office} {self.number} {self.kind}" if self.kind else f"{self.office} {self.number}"

    def epodoc(self) -> str:
        """The EPO's other form: ``US10000000``, ``JP20190013554``, ``WO2019JP12345``.

        Raises BadNumber where the year of filing is needed and unknown, or where no rule is known for the office.

        >>> application("JP", "2019012345", "W").epodoc(), application("CA", "2332922", date=Date(1998, 5, 1)).epodoc()
        ('WO2019JP12345', 'CA19982332922')
        """
        if self.role == "publication":
            letters = EPODOC_PUBLICATION_LETTERS[""] + EPODOC_PUBLICATION_LETTERS.get(self.office, "")
            letter = self.kind[0] if self.kind and self.kind[0] in letters else ""
            return self.office + self.number + letter
        layout, fields = self._layout()
        template = epodoc_template(layout, self.office) if layout is not None else None
        if template is None or fields is None:
            raise BadNumber(
                where=Where(value=self.docdb()), detail=Phrase("numbers.no-epodoc", {"office": self.office})
            )
        filed = self.date.year if self.date is not None else None
        if template.needs_year and fields.year is None and filed is None:
            raise BadNumber(
                where=Where(value=self.docdb()), detail=Phrase("numbers.epodoc-date", {"office": self.office})
            )
        letter = self.kind[0] if self.kind and self.kind[0] in EPODOC_KIND_LETTERS else ""
        return template.write(fields, filed=filed) + letter

    def original_form(self) -> str:
        """The office's own way of writing it, where a rule is known; else the source's, else DOCDB.

        >>> application("JP", "12345698", "A").original_form(), publication("JP", "2003512345", "A").original_form()
        ('特願平10-123456', '特表2003-512345')
        >>> application("EP", "10167109", "A").original_form(), publication("US", "2016168990", "A1").original_form()
        ('10167109.7', '2016/0168990')
        """
        written = _original(self)
        return written or self.original or self.docdb()

    def _layout(self) -> tuple[Layout | None, Fields | None]:
        found = read_docdb(self.role, self.office, self.kind, self.number, self.date)
        return (None, None) if found is None else (found[0], found[1])


def _original(number: Number) -> str | None:
    layout, fields = number._layout()
    if layout is None or fields is None:
        return None
    if layout in PCT:
        template = layout.original_template
        assert template is not None
        return template.text.replace("{prefix}", number.office) and template.write(
            Fields(fields.serial, fields.year, prefix=number.office)
        )
    if number.office == "JP":
        return _japanese(number, fields)
    if number.role == "application" and number.office == "US" and layout.original_template is None:
        series = us_series(fields.serial, fields.year, number.kind[0] if number.kind else "A") if fields.year else None
        thousands = divmod(fields.serial, 1000)
        return f"{series}/{thousands[0]:03d},{thousands[1]:03d}" if series else None
    if number.role == "application" and number.office == "EP":
        return f"{number.number}.{checkdigits.ep(number.number)}" if len(number.number) == 8 else None
    if number.role == "application" and number.office == "CN":
        return f"{number.number}.{checkdigits.cn(number.number)}"
    if (
        number.role == "publication"
        and number.office == "US"
        and not fields.prefix
        and layout.original_template is None
    ):
        return f"{fields.serial:,}"
    return layout.original_template.write(fields) if layout.original_template is not None else None


_JAPANESE_PUBLICATION = {"A": ("特開", "特許出願公開第"), "B": ("特公", "特許第"), "U": ("実開", "実用新案登録第"),
                         "Y": ("実公", "実用新案登録第"), "S": ("", "意匠登録第")}  # fmt: skip
_JAPANESE_APPLICATION = {"A": "特願", "U": "実願", "F": "意願"}


def _japanese(number: Number, fields: Fields) -> str | None:
    letter = number.kind[0] if number.kind else {"grant": "B", "utility_model": "Y"}.get(number.kind_class, "")
    if number.role == "application":
        word = _JAPANESE_APPLICATION.get(letter or "A")
        if word is None or fields.year is None:
            return None
        if fields.year >= 2000:
            return f"{word}{fields.year}-{fields.serial:06d}"
        if fields.year == 1989 and number.date is None:
            return None  # 昭和64 until 7 January, 平成1 after
        showa = fields.year < 1989 or (number.date is not None and number.date < Date(1989, 1, 8))
        era = "S" if showa else "H"
        return f"{word}{ERAS[era][0]}{fields.year - ERAS[era][1]}-{fields.serial:06d}"
    if number.number.startswith("WO"):
        return "再公表" + (publication("WO", number.number[2:], "A1").original_form().replace(" ", ""))
    words = _JAPANESE_PUBLICATION.get(letter)
    if words is None:
        return None
    if fields.prefix or fields.year:
        word = "特表" if letter == "A" and 500_000 <= fields.serial < 800_000 else words[0]
        if fields.prefix:
            return f"{word}{ERAS[fields.prefix][0]}{int(fields.series)}-{fields.serial:06d}"
        return f"{word}{fields.year}-{fields.serial:06d}"
    return f"{words[1]}{fields.serial}号"


def _refuse(reason: Unreadable, value: str) -> NoReturn:
    raise BadNumber(where=Where(value=value), detail=reason.detail) from None


def _office(office: str) -> str:
    office = office.strip().upper()
    if office not in OFFICES:
        raise Unreadable("office-unknown", office=office[:8])
    return office


def _bare(office: str, kind: str | None, text: str) -> str:
    """``text`` without the office in front and the letter of the kind behind (epodoc writes both)."""
    if text.startswith(office) and re.match(r"[A-Z]{0,2}\d", text[2:5]):
        text = text[2:]
    if kind and len(text) > 1 and text[-1] == kind[0] and text[-2].isdigit():
        letters = EPODOC_PUBLICATION_LETTERS[""] + EPODOC_PUBLICATION_LETTERS.get(office, "")
        return text[:-1] if kind[0] in letters else text
    return text


def _build(found: Resolved, role: NumberRole, date: Date | None, original: str | None) -> Number:
    kind = found.kind
    if role == "application":
        return Number(found.office, found.number, kind, role, application_kind_class(kind), original, date)
    named = found.kind_class if kind is None else None
    return Number(
        found.office,
        found.number,
        kind,
        role,
        named or kind_class(found.office, kind, number=found.number, date=date),
        original,
        date,
    )


@lru_cache(maxsize=CACHE_SIZE)
def publication(
    office: str, number: str, kind: str | None, *, date: Date | None = None, original: str | None = None
) -> Number:
    """The number of a published document from its parts.

    ``date`` is the publication date; it decides kinds that changed meaning and Japanese numbers without an era.
    Raises BadNumber.

    >>> publication("US", "06164591", "A").id, publication("AU", "1982/081701", "A").id
    ('US-6164591-A', 'AU-8170182-A')
    """
    try:
        if len(number) > MAX_LENGTH:
            raise Unreadable("too-long", length=len(number))
        office, code, text = _office(office), clean_kind(kind), squeeze(number)
        plain = common.publication(office, text, code)
        if plain is not None:
            return _build(Resolved(office, plain, code), "publication", date, original)
        if not text.isalnum():
            for notation in ANYWHERE:
                if notation.role == "publication" and (found := match(notation, text)) is not None:
                    named = apply(notation, found, notation.office or office, code, date)
                    if named is not None:
                        return _build(named, "publication", date, original)
        text = _bare(office, code, text)
        return _build(resolve("publication", office, text, code, date), "publication", date, original)
    except Unreadable as reason:
        _refuse(reason, f"{office} {number[:60]}")


@lru_cache(maxsize=CACHE_SIZE)
def application(
    office: str, number: str, kind: str | None = None, *, date: Date | None = None, original: str | None = None
) -> Number:
    """The number of an application or priority from its parts.

    ``kind`` given (A, P, W, U, F, T): the number is taken as DOCDB writes it, unless only the office's own
    reading agrees
    with ``date``. ``kind`` None: the office's own writing comes first, and the kind follows from the number (US series
    60 to 64 are P, Chinese type 2 is U, PCT/... is W), else it is A. ``date`` is the filing date. Raises BadNumber.

    >>> application("US", "20249405", "A").id, application("US", "60/686,883", date=Date(2005, 6, 3)).id
    ('US-20249405-A', 'US-68688305-P')
    >>> application("JP", "10-123456", date=Date(1998, 5, 6)).id, application("WO", "PCT/US99/12345").id
    ('JP-12345698-A', 'US-9912345-W')
    """
    try:
        if len(number) > MAX_LENGTH:
            raise Unreadable("too-long", length=len(number))
        office, code, text = _office(office), clean_kind(kind), squeeze(number)
        plain = common.application(office, text, code, date)
        if plain is not None:
            return _build(Resolved(office, *plain), "application", date, original)
        if not text.isalnum() or office == "WO" or text.startswith(("PCT", "WO", "ZL")):
            candidates = (text, "WO" + text) if office == "WO" else (text,)
            for notation in ANYWHERE:
                for candidate in candidates:
                    if notation.role == "application" and (found := match(notation, candidate)) is not None:
                        where = found.get("office") or notation.office or office
                        named = apply(notation, found, where, code, date)
                        if named is not None and (notation.office is None or notation.office == office):
                            return _build(named, "application", date, original)
        if text.startswith(office) and text[2:3].isdigit():
            text = text[2:]
        found_number = resolve("application", office, text, code, date)
        if found_number.kind is None:
            found_number = Resolved(office, found_number.number, "A", year=found_number.year)
        return _build(found_number, "application", date, original)
    except Unreadable as reason:
        _refuse(reason, f"{office} {number[:60]}")


_TAIL_DATE = re.compile(r"^(.*\S)[\s(]+((?:1[6-9]|20)\d{6})\)?$")
_TAIL_KIND = re.compile(r"^(.*[0-9][A-Z]?)[\s\-_.(]+([A-Z]\d?)\)?$")
_GLUED_KIND = re.compile(r"^(.*[0-9])([A-Z]\d?)$")
_LEADING_WORDS = re.compile(r"^U\.?\s?S\.?\s?(?:PATENT|PAT\.?)?\s?(?:APPLICATION|APPLN?\.?|APP\.?)?\s?"
                            r"(?:PUBLICATION|PUB\.?)?\s?(?:NO\.?|NUMBER|#)?\s?(?=\S*\d)")  # fmt: skip
_LETTER_ENDS = frozenset({"SG", "CS"})
"""Offices whose numbers may end in a letter of their own."""


def parse(
    text: str,
    *,
    role: NumberRole | None = None,
    office: str | None = None,
    kind: str | None = None,
    date: Date | None = None,
) -> Number:
    """Free text in any notation to a number.

    ``role`` None: the notation decides where it can (特願, PCT/, a comma after a USPTO series, kinds P and W); else the
    number is a publication's. Raises BadNumber.

    >>> parse("US 201562116216 P 20150213").id, parse("CN101413931 (A)").id, parse("EP 1 234 567 B1").id
    ('US-201562116216-P', 'CN-101413931-A', 'EP-1234567-B1')
    >>> parse("特許第6543210号").id, parse("ZL 201010132509.3").id, parse("DE 10 2016 103 771 A1").id
    ('JP-6543210', 'CN-201010132509-A', 'DE-102016103771-A1')
    """
    if len(text) > MAX_LENGTH:
        _refuse(Unreadable("too-long", length=len(text)), text)
    try:
        return _parse(text, role, office, kind, date)
    except Unreadable as reason:
        _refuse(reason, text)


@lru_cache(maxsize=CACHE_SIZE)
def _parse(text: str, role: NumberRole | None, office: str | None, kind: str | None, date: Date | None) -> Number:
    code = clean_kind(kind)
    where = _office(office) if office else None
    line = " ".join(squeeze(part) for part in text.split())
    if not any(character.isdigit() for character in line):
        raise Unreadable("no-digits")
    if (hit := _TAIL_DATE.match(line)) is not None and re.search(r"\d.*[\s\d]", hit[1]):
        dated = _calendar(hit[2])
        if dated is not None and re.search(r"[A-Z]\d?\)?$|\d{6}", hit[1]):
            line, date = hit[1], date or dated
    compact = re.sub(r"^(?:JP|日本国?)-?(?=[特実意再商])", "", line.replace(" ", ""))
    for pattern, key in REFUSED:
        if pattern.fullmatch(compact):
            raise Unreadable(key)
    for notation in ANYWHERE:
        if role is not None and notation.role != role and notation.office != "WO":
            continue
        found = match(notation, compact)
        if found is None:
            continue
        there = found.get("office") or notation.office
        if there is None or there not in OFFICES:
            continue
        if where is not None and where not in (there, "WO") and there not in ("WO",):
            raise Unreadable("office-conflict", found=there, office=where)
        named = apply(notation, found, there, code, date)
        if named is not None:
            return _build(named, notation.role, date, text)
    line = _LEADING_WORDS.sub("US ", line) if line.startswith(("US", "U.S", "U S")) else line
    prefix = re.match(r"^([A-Z]{2})(?=[\s\-_.:]*[A-Z]{0,2}[\s\-./]*\d)[\s\-_.:]*", line)
    if where is not None:
        if prefix is not None and prefix[1] == where:
            line = line[prefix.end() :]
    elif prefix is not None and prefix[1] in OFFICES:
        where, line = prefix[1], line[prefix.end() :]
    else:
        raise _without_office(compact)
    if code is None:
        tail = _TAIL_KIND.match(line) or (None if where in _LETTER_ENDS else _GLUED_KIND.match(line))
        if tail is not None:
            line, code = tail[1].rstrip(" -_.("), tail[2]
    body = line.replace(" ", "")
    chosen = role or _role(where, body, code)
    if role is None and code is None and re.fullmatch(_EITHER.get(where, "-"), body):
        raise Unreadable("role-missing")
    found_number = resolve(chosen, where, body, code, date, strict=True)
    if chosen == "application" and found_number.kind is None:
        found_number = Resolved(where, found_number.number, "A", year=found_number.year)
    return _build(found_number, chosen, date, text)


_JAPANESE_WORD = re.compile(
    "(?P<publication>特開|特表|特公|実開|実表|実公|再公?表|特許(?!出願|願)|(?:登録)?実用新案(?:登録)?|実登|登実|意匠登録|意登)"
    "|(?P<application>特願|特許出願|特許願|実願|意願)"
)
_JAPANESE_YEAR = re.compile(r"[^0-9]*?(?:(?P<era>[明大昭平令MTSHR])[治正和成]?(?P<ey>\d{1,2})|(?P<yyyy>\d{4}))年?-")
_ERA_YEARS = {"M": 45, "T": 15, "S": 64, "H": 31, "R": NEWEST_YEAR - ERAS["R"][1]}
"""Era -> its last year."""


def _without_office(text: str) -> Unreadable:
    """What is wrong with a text whose notation was not understood and that names no office by a code."""
    word, written = _JAPANESE_WORD.match(text), _JAPANESE_YEAR.match(text)
    if word is None:
        bare = written is not None and written.start("era") == 0
        return (
            Unreadable("word-missing", publication="特開" + text, application="特願" + text)
            if bare
            else Unreadable("office-missing")
        )
    if written is not None:
        letters = {**{name: letter for letter, (name, _) in ERAS.items()}, **{letter: letter for letter in ERAS}}
        if written["era"]:
            fits = 1 <= int(written["ey"]) <= _ERA_YEARS[letters[written["era"]]]
        else:
            fits = ERAS["M"][1] < int(written["yyyy"]) <= NEWEST_YEAR
        if not fits:
            return Unreadable("year-bad", year=(written["era"] or "") + (written["ey"] or written["yyyy"]))
    role = "publication" if word["publication"] else "application"
    return Unreadable("layout", office="JP", role=Phrase(f"numbers.role.{role}"))


def _calendar(digits: str) -> Date | None:
    try:
        return datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        return None


def _role(office: str, body: str, kind: str | None) -> NumberRole:
    if kind == "W" or (kind == "P" and body.isdigit()):
        return "application"
    if office == "US" and re.fullmatch(r"\d\d/\d{3},?\d{3}|20\d\d(1[3-9]|2[0-9]|35|6[1-9])\d{6}", body):
        return "application"
    if office == "CN" and re.fullmatch(r"20\d\d[1-389]\d{7}(\.[\dX])?", body):
        return "application"
    if re.fullmatch(r"\d{7,12}\.[\dX]", body):  # only applications carry a check digit
        return "application"
    return "publication"


_EITHER = {"JP": r"(19|20)\d\d-?\d{6}", "KR": r"((10|20|30)-?)?(19|20)\d\d-?\d{7}"}
"""Where application and publication numbers look alike and mean different documents."""


def forms(
    text: str,
    *,
    role: NumberRole | None = None,
    office: str | None = None,
    kind: str | None = None,
    date: Date | None = None,
    lang: Lang = "en",
) -> dict[str, Any]:
    """Every form of a number as plain data; a text that cannot be read gives the same keys with ``error`` filled.

    Keys: ``text, id, docdb, epodoc, original, office, number, kind, kind_class, role, notes, error``. ``error`` and the
    items of ``notes`` (why a form is missing) are :meth:`ChizaiError.as_dict` objects in ``lang``; ``exception`` is not
    among the keys so that the result is JSON.

    >>> found = forms("特許第6543210号")
    >>> found["docdb"], found["kind_class"], found["original"], found["error"]
    ('JP 6543210', 'grant', '特許第6543210号', None)
    >>> forms("6543210")["error"]["error"]
    'bad-number'
    """
    result: dict[str, Any] = dict.fromkeys(
        ("text", "id", "docdb", "epodoc", "original", "office", "number", "kind", "kind_class", "role")
    )
    result |= {"text": text, "notes": [], "error": None}
    try:
        number = parse(text, role=role, office=office, kind=kind, date=date)
    except BadNumber as error:
        result["error"] = error.as_dict(lang)
        return result
    result |= {
        "id": number.id,
        "docdb": number.docdb(),
        "original": number.original_form(),
        "office": number.office,
        "number": number.number,
        "kind": number.kind,
        "kind_class": number.kind_class,
        "role": number.role,
    }
    try:
        result["epodoc"] = number.epodoc()
    except BadNumber as error:
        result["notes"].append(error.as_dict(lang))
    return result
