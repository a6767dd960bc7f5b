"""Periods: calendar year, Japanese fiscal year, point in time, range. A fiscal year is never a year."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from chizai.errors import Where
from chizai.series.errors import SeriesRefused

PeriodKind = Literal["year", "fy", "point", "range"]
FIRST, LAST = 1800, 2200
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}

_ERA = re.compile(r"(令和|平成|昭和)(元|\d{1,2})(?=年)")
_YEAR = re.compile(r"(\d{4})(?:\.0+|年)?$")
_FISCAL = re.compile(r"(?:FY ?(\d{4})|(\d{4})年度)$", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})(?:-|/|年)(\d{1,2})月?$")
_DAY = re.compile(r"(\d{4})(?:-|/|年)(\d{1,2})(?:-|/|月)(\d{1,2})日?$")
_SPAN = re.compile(r"(.+?)(?:~|/|から|-(?=\d{4}|FY))(.+?)(?:まで)?$", re.IGNORECASE)
_BOTH = re.compile(r"年度.*\d{4}年(?!度)|\d{4}年(?!度).*年度|FY.*\d年(?!度)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """``start`` and ``end`` are decimal years, equal except for a range; ``fiscal`` also marks a range of fiscal years.

    A fiscal year (April to March) is placed at its own number: it is compared with fiscal years only.

    >>> Period.parse("2024年度"), Period.parse("2024-08").start
    (Period(kind='fy', start=2024.0, end=2024.0, fiscal=True), 2024.5833333333333)
    """

    kind: PeriodKind
    start: float
    end: float
    fiscal: bool = False

    @classmethod
    def parse(cls, value: str | int | float, *, where: Where | None = None) -> Period:
        """Read a period as it is written in Japan or in a CSV; SeriesRefused with the remedy where it is unclear.

        >>> str(Period.parse("令和6年度")), str(Period.parse("2008-2009")), str(Period.parse("２０２４年"))
        ('FY2024', '2008/2009', '2024')
        """
        written = unicodedata.normalize("NFKC", str(value)).strip().replace("〜", "~")
        place = where or Where(value=str(value))
        if len(written) > 40:
            raise SeriesRefused("bad-period", where=place, value=written[:40])
        western = _ERA.sub(lambda m: str(ERAS[m[1]] + (1 if m[2] == "元" else int(m[2]))), written)
        if _BOTH.search(western):
            raise SeriesRefused("both-years", where=place, value=written)
        found = _single(western) or _span(western)
        if found is None:
            raise SeriesRefused("bad-period", where=place, value=written)
        if not (FIRST <= found.start <= found.end <= LAST):
            raise SeriesRefused("bad-period", where=place, value=written)
        return found

    @property
    def t(self) -> float:
        """Where the period stands on the time axis: its end, since a range is known when it is over."""
        return self.end

    def __str__(self) -> str:
        head = "FY" if self.fiscal else ""
        if self.kind == "range":
            return f"{head}{self.start:.0f}/{head}{self.end:.0f}"
        if self.kind != "point":
            return f"{head}{self.start:.0f}"
        return f"{int(self.start)}-{round((self.start - int(self.start)) * 12) + 1:02d}"


def same_calendar(*periods: Period, where: Where | None = None) -> None:
    """Refuse a mix of fiscal and calendar years: the difference is three months and not visible in the number."""
    if len({period.fiscal for period in periods}) > 1:
        raise SeriesRefused("mixed-years", where=where, value=", ".join(str(period) for period in periods))


def _single(written: str) -> Period | None:
    if match := _FISCAL.match(written):
        year = float(match[1] or match[2])
        return Period("fy", year, year, fiscal=True)
    if match := _YEAR.match(written):
        return Period("year", float(match[1]), float(match[1]))
    match = _MONTH.match(written) or _DAY.match(written)
    if match and 1 <= int(match[2]) <= 12 and (match.re is _MONTH or 1 <= int(match[3]) <= 31):
        at = int(match[1]) + (int(match[2]) - 1) / 12
        return Period("point", at, at)
    return None


def _span(written: str) -> Period | None:
    match = _SPAN.match(written)
    if match is None:
        return None
    first, last = _single(match[1].strip()), _single(match[2].strip())
    if last is not None and match[2].strip().endswith("年度") and re.fullmatch(r"\d{4}", match[1].strip()):
        # 「2026-2030年度」: the unit stands once, at the end.
        first = Period("fy", float(match[1]), float(match[1]), fiscal=True)
    if first is None or last is None or "point" in (first.kind, last.kind):
        return None
    same_calendar(first, last, where=Where(value=written))
    return Period("range", first.start, last.end, fiscal=first.fiscal)
