"""What a kind code says, per office and time.

The general meaning follows WIPO ST.16; ``EXCEPTIONS`` holds what offices do differently. Traps that the tables
encode: US ``A`` until 2 January 2001 is a grant, and US ``B1``/``B2`` before that day are reexamination certificates;
GB, FR and CA ``A`` of the old numbering are grants; DE ``T`` are translations of EP or PCT documents and DE ``D``
announcements of EP grants; CN used ``C`` for grants from 1993 to 2010 and ``B`` since (before 1993 ``B`` was the
examined publication).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date as Date

from chizai.corpus.schema import KindClass

US_KINDS_CHANGE = Date(2001, 1, 2)
"""The first issue on which the USPTO printed kind codes after ST.16 (grants B1/B2 in place of A)."""

_ST16: dict[str, KindClass] = {
    "A": "application",
    "B": "grant",
    "C": "grant",
    "D": "design",
    "E": "grant",
    "L": "application",
    "R": "search_report",
    "S": "design",
    "T": "translation",
    "U": "utility_model",
    "Y": "utility_model",
    "Z": "utility_model",
}
"""First letter to class. Letters that are absent (H, I, P ...) are 'other' unless an office says more below."""


@dataclass(frozen=True, slots=True)
class KindRule:
    """``kinds`` of ``office`` are ``kind_class``: published from ``since`` to before ``until``, or below a number."""

    office: str
    kinds: tuple[str, ...]
    kind_class: KindClass
    since: Date | None = None
    until: Date | None = None
    below: int | None = None
    number: str | None = None
    """A regular expression that the number must match."""

    def holds(self, number: str | None, date: Date | None) -> bool:
        if self.number is not None:
            return number is not None and re.match(self.number, number) is not None
        if self.below is not None:
            return number is not None and number.isdigit() and int(number) < self.below
        if self.since is not None and (date is None or date < self.since):
            return False
        return self.until is None or (date is not None and date < self.until)


EXCEPTIONS: tuple[KindRule, ...] = (
    # USPTO. An A with a ten-digit number is a pre-grant publication whose digit was lost; a short number is a grant.
    KindRule("US", ("A",), "application", number=r"(19|20)\d{8}$"),
    KindRule("US", ("A",), "grant"),
    KindRule("US", ("B1", "B2", "B3"), "other", until=US_KINDS_CHANGE),  # reexamination certificates
    KindRule("US", ("C1", "C2", "C3", "F1", "F2", "H", "H1", "J1", "K1"), "other"),
    KindRule("US", ("P1", "P4"), "application"),
    KindRule("US", ("P", "P2", "P3"), "grant"),  # plant patents
    # EPO and WIPO: search reports stand under A.
    KindRule("EP", ("A3", "A4"), "search_report"),
    KindRule("WO", ("A3",), "search_report"),
    KindRule("WO", ("A4",), "other"),  # amended claims
    # Japan: the domestic publication of a PCT application is a publication of the application.
    KindRule("JP", ("A5",), "correction"),
    # Old patents for invention that were printed once, as granted.
    KindRule("GB", ("A",), "grant", below=2_000_001),
    KindRule("FR", ("A",), "grant", until=Date(1970, 1, 1)),
    KindRule("CA", ("A", "A1", "A2"), "grant", below=1_345_000),
    KindRule("TW", ("A",), "grant", until=Date(2003, 5, 1)),
    KindRule("BE", ("A3", "A4", "A5", "A6", "A7"), "grant"),
    KindRule("CH", ("A3", "A5"), "grant"),
    KindRule("ES", ("A6",), "grant"),
    KindRule("SU", ("A", "A1", "A2", "A3", "A4"), "grant"),
    # Australia: innovation patents are a petty right.
    KindRule("AU", ("A4", "B4"), "utility_model"),
    KindRule("AU", ("C", "C1", "C2", "C4"), "correction"),
    # Germany, Austria: announcements of an EP grant, protection certificates.
    KindRule("DE", ("D1", "D2"), "other"),
    KindRule("DE", ("I1", "I2"), "other"),
    KindRule("CN", ("D",), "design"),
    KindRule("KR", ("T1",), "translation"),
)

_BY_KIND: dict[tuple[str, str], list[KindRule]] = {}
for _rule in EXCEPTIONS:
    for _kind in _rule.kinds:
        _BY_KIND.setdefault((_rule.office, _kind), []).append(_rule)

_NO_KIND: tuple[tuple[str, str, KindClass], ...] = (
    ("US", r"(19|20)\d{8}$", "application"),
    ("US", r"\d{1,8}$|RE\d|PP\d", "grant"),
    ("US", r"D\d", "design"),
    ("WO", r"\d", "application"),
    ("JP", r"(19|20)\d{8}$|WO", "application"),
    ("JP", r"\d{7}$", "grant"),
)
"""What the number alone says where a source gives no kind: office, number, class."""


def kind_class(office: str, kind: str | None, *, number: str | None = None, date: Date | None = None) -> KindClass:
    """What the document is, from office, kind code and, where the office changed its codes, number and
    publication date.

    Without the date a rule that depends on it is taken as not holding: ``US 4000000 B1`` is then a grant.

    >>> kind_class("US", "A", number="6164591"), kind_class("US", "A1"), kind_class("DE", "T2"), kind_class("EP", "A3")
    ('grant', 'application', 'translation', 'search_report')
    >>> kind_class("US", "B1", number="4000000", date=Date(1990, 1, 1))
    'other'
    """
    if not kind:
        if number:
            for where, pattern, found in _NO_KIND:
                if where == office and re.match(pattern, number):
                    return found
        return "other"
    for rule in _BY_KIND.get((office, kind), ()):
        if rule.holds(number, date):
            return rule.kind_class
    if kind[1:] in ("8", "9"):
        return "correction"
    return _ST16.get(kind[0], "other")


_APPLICATION_KINDS: dict[str, KindClass] = {
    "U": "utility_model",
    "Y": "utility_model",
    "F": "design",
    "S": "design",
    "T": "translation",
}


def application_kind_class(kind: str | None) -> KindClass:
    """What is applied for: DOCDB application kinds A (patent), P (provisional), W (PCT), U, F (design), T (of
    an EP)."""
    return _APPLICATION_KINDS.get(kind[0], "application") if kind else "application"
