"""Patent numbers of all offices in one canonical DOCDB form (minimal version, being deepened)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date as Date
from functools import lru_cache
from typing import Literal

from chizai.corpus.schema import KindClass
from chizai.errors import BadNumber, Where

NumberRole = Literal["publication", "application"]


@dataclass(frozen=True, slots=True)
class Number:
    office: str
    number: str
    kind: str | None
    role: NumberRole
    kind_class: KindClass
    original: str | None = None

    @property
    def id(self) -> str:
        tail = f"-{self.kind}" if self.kind else ""
        return f"{self.office}-{self.number}{tail}"

    def docdb(self) -> str:
        return self.id.replace("-", " ")

    def epodoc(self) -> str:
        return self.office + self.number

    def original_form(self) -> str:
        return self.original or self.docdb()


def kind_class(office: str, kind: str | None, *, number: str | None = None, date: Date | None = None) -> KindClass:
    if not kind:
        return "other"
    return {
        "A": "application",
        "B": "grant",
        "C": "grant",
        "U": "utility_model",
        "Y": "utility_model",
        "S": "design",
        "T": "translation",
        "E": "grant",
        "P": "grant",
    }.get(kind[0], "other")  # type: ignore[return-value]


_CLEAN = re.compile(r"[\s/,.\-]+")


@lru_cache(maxsize=65536)
def _make(
    role: NumberRole, office: str, number: str, kind: str | None, date: Date | None, original: str | None
) -> Number:
    office = office.strip().upper()
    digits = _CLEAN.sub("", unicodedata.normalize("NFKC", number)).upper()
    if not re.fullmatch(r"[A-Z]{2}", office) or not re.fullmatch(r"[A-Z]{0,4}\d[A-Z0-9]*", digits):
        raise BadNumber(where=Where(value=f"{office} {number}"), detail="no office or no digits")
    kind = kind.strip().upper() if kind else None
    if role == "publication":
        digits = digits.lstrip("0") or "0"
        if office == "US" and kind and kind[0] == "A" and len(digits) == 11 and digits[4] == "0":
            digits = digits[:4] + digits[5:]
    cls = kind_class(office, kind, number=digits, date=date) if role == "publication" else "application"
    return Number(office, digits, kind, role, cls, original)


def publication(
    office: str, number: str, kind: str | None, *, date: Date | None = None, original: str | None = None
) -> Number:
    return _make("publication", office, number, kind, date, original)


def application(
    office: str, number: str, kind: str | None = None, *, date: Date | None = None, original: str | None = None
) -> Number:
    return _make("application", office, number, kind, date, original)


_FREE = re.compile(r"^\s*([A-Z]{2})[\s-]*([A-Z]{0,3}[\d/,.\s-]*\d)[\s-]*([A-Z]\d?)?(?:\s+\d{8})?\s*$")


def parse(
    text: str,
    *,
    role: NumberRole | None = None,
    office: str | None = None,
    kind: str | None = None,
    date: Date | None = None,
) -> Number:
    found = _FREE.match(unicodedata.normalize("NFKC", text).upper()[:200])
    if not found and office:
        found = _FREE.match(office + " " + unicodedata.normalize("NFKC", text).upper()[:200])
    if not found:
        raise BadNumber(where=Where(value=text), detail="the notation is not known")
    return _make(role or "publication", found[1], found[2], kind or found[3], date, text)
