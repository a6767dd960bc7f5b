"""One record being put together from the parts of a structured source.

What every such reader does the same way: numbers to ids, impossible dates dropped with a note, empty cells passed over,
rows numbered from 1 in the order of the source (parties within their role, classes within their scheme).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, get_args

from chizai.corpus import numbers
from chizai.corpus.numbers import Number
from chizai.corpus.readers.base import Carries, Mark
from chizai.corpus.schema import (
    Application,
    Citation,
    Classification,
    CountrySource,
    Funding,
    Linkage,
    Party,
    Priority,
    Publication,
    Record,
    Reject,
    Role,
    Scheme,
    Text,
    TextPart,
)
from chizai.errors import BadNumber

FIRST_YEAR = 1600
"""No patent office is older; earlier years are typing errors (``0110-08-04`` for 2010-08-04 stands in PatentsView)."""
MAX_COUNT = 10**9

_BLANK = re.compile(r"\s+")
_SYMBOL = re.compile(r"[A-HY]\d{2}[A-Z](?:\d{1,4}(?:/\d{2,8})?)?")
_DATE = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})")
_NO_DATE = {"", "0", "00000000", "0000-00-00", "NULL", "null"}
_COUNTRY = re.compile(r"[A-Z]{2}")
_BARE_US = re.compile(r"([1-9]\d{3,6})|(20[0-4]\d)/0(\d{6})", re.ASCII)


def clean(value: object) -> str | None:
    """The text without outer blanks; None where there is none. Half surrogate pairs become '?'.

    >>> clean("  a b "), clean("  "), clean(None)
    ('a b', None, None)
    """
    if value is None:
        return None
    text = value if isinstance(value, str) else str(value)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.strip() or None


@lru_cache(maxsize=1 << 16)
def day(text: str) -> date | None:
    """A date written ``2018-06-19`` or ``20180619``; None where the source writes 'no date'. Raises ValueError.

    >>> day("20180619"), day("0")
    (datetime.date(2018, 6, 19), None)
    """
    text = text.strip()
    if text in _NO_DATE:
        return None
    found = _DATE.fullmatch(text)
    if found is None or int(found[1]) < FIRST_YEAR:
        raise ValueError("not a date of a patent document")
    return date(int(found[1]), int(found[2]), int(found[3]))


@lru_cache(maxsize=1 << 16)
def symbol_of(text: str) -> str | None:
    """A CPC or IPC symbol without blanks and version dates; None where it is not one.

    >>> symbol_of("G01N  27/22 (2006.01)")
    'G01N27/22'
    """
    symbol = _BLANK.sub("", text.split("(", 1)[0]).upper()
    return symbol if _SYMBOL.fullmatch(symbol) else None


def country_of(text: object) -> str | None:
    """An ISO 3166 alpha-2 code as written, or None."""
    code = clean(text)
    return code.upper() if code is not None and _COUNTRY.fullmatch(code.upper()) else None


def plain_us_id(number: str, kind: str | None) -> str | None:
    """The id of a US document whose number is in the plain form of a patent or of a published application.

    Nearly all of some 200 million US citations are; reading each with :mod:`chizai.corpus.numbers` would take most of
    the time. None for any other form. A test holds both to the same ids.

    >>> plain_us_id("7999010", "B2"), plain_us_id("20120999012", "A1"), plain_us_id("D599011", "S1")
    ('US-7999010-B2', 'US-2012999012-A1', None)
    """
    if kind is None or not (number.isascii() and number.isdigit()):
        return None
    if kind in ("A", "B1", "B2") and len(number) in (7, 8) and number[0] != "0":
        return f"US-{number}-{kind}"
    if kind in ("A1", "A2") and number[:2] == "20":
        if len(number) == 10:
            return f"US-{number}-{kind}"
        if len(number) == 11 and number[4] == "0":
            return f"US-{number[:4]}{number[5:]}-{kind}"
    return None


def bare_us_id(number: str) -> str | None:
    """The same for a number without a kind, as Patent Public Search lists them.

    >>> bare_us_id("7999010"), bare_us_id("2005/0026521"), bare_us_id("RE29303")
    ('US-7999010', 'US-2005026521', None)
    """
    found = _BARE_US.fullmatch(number)
    if found is None:
        return None
    return f"US-{found[1]}" if found[1] else f"US-{found[2]}{found[3]}"


def lacking(carries: frozenset[Carries], **marks: Mark) -> dict[Carries, Mark]:
    """The marks of everything not carried: 'never' unless named otherwise."""
    return {item: marks.get(item, "never") for item in get_args(Carries) if item not in carries}


class Draft:
    """A record and the values that had to be left out of it.

    ``row`` is the row or document number for the rejects file. Call :meth:`start` first; :meth:`items` at the end.
    """

    __slots__ = ("_record", "_rejects", "_seen", "_sequence", "row")

    def __init__(self, row: int) -> None:
        self.row = row
        self._record: Record | None = None
        self._rejects: list[Reject] = []
        self._sequence: Counter[str] = Counter()
        self._seen: set[str] = set()

    @property
    def id(self) -> str:
        assert self._record is not None
        return self._record.publication.publication_id

    def items(self) -> Iterator[Record | Reject]:
        if self._record is not None:
            yield self._record
        yield from self._rejects

    def refuse(self, code: str, detail: str, *, column: str | None = None, value: object = None) -> None:
        """The whole record is lost."""
        self._record = None
        self._rejects.append(Reject(self.row, code, detail, column, _short(value)))

    def drop(self, code: str, detail: str, *, column: str | None = None, value: object = None) -> None:
        """One value is lost."""
        self._rejects.append(Reject(self.row, code, detail, column, _short(value), fatal=False))

    def day(self, value: object, column: str) -> date | None:
        if value is None:
            return None
        if type(value) is date:
            return value
        try:
            return day(str(value))
        except ValueError:
            self.drop("malformed-input", "an impossible date was dropped", column=column, value=value)
            return None

    def count(self, value: object, column: str) -> int | None:
        text = clean(value)
        if text is None:
            return None
        try:
            found = int(text)
        except ValueError:
            found = -1
        if not 0 <= found < MAX_COUNT:
            self.drop("malformed-input", "an impossible count was dropped", column=column, value=value)
            return None
        return found

    def start(
        self,
        office: str,
        number: str,
        kind: str | None,
        *,
        column: str,
        publication_date: date | None,
        original: str | None = None,
        known: Number | None = None,
        **fields: Any,
    ) -> bool:
        """Open the record of a publication; False (and a reject) where its number cannot be read.

        ``known`` is the number where the reader has resolved it already, with kind and date.
        """
        found = known or self._number(numbers.publication, office, number, kind, publication_date)
        if found is None:
            shown = original or "-".join(filter(None, (office, number, kind)))
            self.refuse("bad-number", "the publication number cannot be read", column=column, value=shown)
            return False
        self._record = Record(
            Publication(
                found.id,
                found.office,
                found.number,
                found.kind,
                found.kind_class,
                publication_date,
                original=original,
                **fields,
            )
        )
        return True

    @staticmethod
    def _number(make: Any, office: str, number: str, kind: str | None, on: date | None) -> Any:
        # Without the text as written: readers that have asked for the same number before find it in the cache.
        try:
            return make(office, number, kind, date=on)
        except BadNumber:
            return None

    @staticmethod
    def parsed(text: str, on: date | None, *, office: str | None = None) -> Number | None:
        """An application's number in an office's own notation; None where it cannot be read."""
        try:
            return numbers.parse(text, role="application", office=office, date=on)
        except BadNumber:
            return None

    def application(
        self,
        office: str,
        number: str,
        kind: str | None,
        *,
        filing_date: date | None,
        original: str | None,
        column: str,
        known: Number | None = None,
    ) -> None:
        assert self._record is not None
        found: Number | None = known or self._number(numbers.application, office, number, kind, filing_date)
        if found is None:
            self.unread_application(original or number, filing_date=filing_date, column=column)
            return
        self._record.application = Application(found.id, found.office, found.number, filing_date, original)
        self._record.publication = self._record.publication._replace(application_id=found.id)

    def priority(
        self,
        office: str,
        number: str,
        kind: str | None,
        *,
        priority_date: date | None,
        column: str,
        linkage: Linkage = "priority",
    ) -> None:
        assert self._record is not None
        found: Number | None
        if number.upper().startswith("PCT"):
            found = self.parsed(number, priority_date)
        else:
            found = self._number(numbers.application, office, number, kind, priority_date)
        if found is None:
            self.unread_priority(f"{office} {number}", priority_date=priority_date, column=column)
            return
        if found.id in self._seen:
            return
        self._seen.add(found.id)
        rows = self._record.priorities
        rows.append(Priority(self.id, len(rows) + 1, found.id, found.office, priority_date, linkage))

    def written_priority(
        self,
        text: str,
        *,
        office: str | None = None,
        priority_date: date | None,
        column: str,
        linkage: Linkage = "priority",
    ) -> None:
        """A priority whose number is in an office's own notation."""
        found = self.parsed(text, priority_date, office=office)
        if found is None:
            shown = " ".join(filter(None, (office, text)))
            self.unread_priority(shown, priority_date=priority_date, column=column)
            return
        self.priority(
            found.office, found.number, found.kind, priority_date=priority_date, column=column, linkage=linkage
        )

    def filed(self, on: date | None) -> None:
        """The day of filing where no application number can be read."""
        assert self._record is not None
        if on is not None:
            self._record.publication = self._record.publication._replace(filing_date=on)

    def claimed(self, on: date | None) -> None:
        """A day of priority that no number goes with; the earliest is kept."""
        assert self._record is not None
        known = self._record.publication.earliest_priority_date
        if on is not None and (known is None or on < known):
            self._record.publication = self._record.publication._replace(earliest_priority_date=on)

    def unread_application(self, value: object, *, filing_date: date | None, column: str) -> None:
        """Say that the application number cannot be read; its day is kept."""
        self.drop("bad-number", "the application number cannot be read", column=column, value=value)
        self.filed(filing_date)

    def unread_priority(self, value: object, *, priority_date: date | None, column: str) -> None:
        """Say that a priority number cannot be read; its day is kept where it is the earliest."""
        self.drop("bad-number", "a priority number cannot be read", column=column, value=value)
        self.claimed(priority_date)

    def party(
        self,
        role: Role,
        name: str | None,
        *,
        country: str | None = None,
        country_source: CountrySource | None = None,
        address: str | None = None,
        kind: str | None = None,
    ) -> None:
        assert self._record is not None
        if name is None:
            return
        self._sequence[role] += 1
        source = country_source if country is not None else None
        self._record.parties.append(Party(self.id, role, self._sequence[role], name, country, source, address, kind))

    def classify(
        self,
        scheme: Scheme,
        symbol: object,
        *,
        column: str,
        inventive: bool | None = None,
        first: bool | None = None,
    ) -> None:
        assert self._record is not None
        text = clean(symbol)
        if text is None:
            return
        code = symbol_of(text) if scheme in ("cpc", "ipc") else _BLANK.sub("", text)
        if scheme == "fterm" and code is not None:
            code = code.replace("/", "")
        if code is None:
            self.drop("malformed-input", f"not a symbol of the {scheme.upper()}", column=column, value=symbol)
            return
        self._sequence[scheme] += 1
        self._record.classifications.append(
            Classification(self.id, scheme, code, self._sequence[scheme], inventive, first)
        )

    def cite_patent(
        self,
        office: str | None,
        number: str | None,
        kind: str | None = None,
        *,
        text: str | None = None,
        cited_by: str | None = None,
        category: str | None = None,
        phase: str | None = None,
        cited_date: date | None = None,
    ) -> None:
        """A cited patent. A number that cannot be read is kept as text, so nothing is lost and nothing is noted."""
        assert self._record is not None
        cited_id: str | None = None
        if office is not None and number is not None:
            text = text or (f"{office} {number} {kind}" if kind else f"{office} {number}")
            if office == "US":
                cited_id = plain_us_id(number, kind) if kind is not None else bare_us_id(number)
            if cited_id is None:
                found = self._number(numbers.publication, office, number, kind, cited_date)
                cited_id = found.id if found is not None else None
        if text is None:
            return
        rows = self._record.citations
        rows.append(Citation(self.id, len(rows) + 1, cited_id, text, True, cited_by, category, phase, cited_date))

    def cite_literature(
        self, text: str | None, *, cited_by: str | None = None, category: str | None = None, phase: str | None = None
    ) -> None:
        assert self._record is not None
        if text is None:
            return
        rows = self._record.citations
        rows.append(Citation(self.id, len(rows) + 1, None, text, False, cited_by, category, phase))

    def text(self, part: TextPart, language: str | None, value: object) -> None:
        assert self._record is not None
        text = clean(value)
        if text is not None:
            self._record.texts.append(Text(self.id, part, language, text))

    def funding(self, *, agency: str | None, contract: str | None, statement: str | None) -> None:
        assert self._record is not None
        if agency is None and contract is None and statement is None:
            return
        rows = self._record.fundings
        rows.append(Funding(self.id, len(rows) + 1, agency, contract, statement))


def _short(value: object) -> str | None:
    return None if value is None else str(value)[:500]
