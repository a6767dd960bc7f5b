"""The small language in which the tables of :mod:`chizai.corpus.numbers.offices` are written.

A number is taken apart into *fields* (year, serial, type of right, series, prefix, suffix) and put together again by a
template, so one table line both reads and writes a form. Tokens of a template:

``{yyyy}`` four-digit year · ``{yy}`` its last two digits · ``{serial}`` unpadded · ``{serial:6}`` padded with zeros ·
``{type}`` ``{series}`` ``{prefix}`` ``{suffix}`` as the line's ``where`` defines them · ``{filed}`` the year of the
date that the caller gives. Only written, never read: ``{comma}`` and ``{spaced}`` (the serial as 123,456 and 123 456)
and ``{type1}`` (the first digit of the type).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date as Date
from functools import cached_property
from typing import NamedTuple

NEWEST_YEAR = 2049
"""Four digits above this are not read as a year: they would swallow serial numbers with a two-digit year behind."""

_TOKEN = re.compile(r"\{(\w+)(?::(\d+))?\}")


class Fields(NamedTuple):
    """The parts of a number."""

    serial: int
    year: int | None = None
    type: str = ""
    series: str = ""
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Template:
    """One way to write a number, readable and writable."""

    text: str
    where: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _tokens(self) -> list[tuple[str, int]]:
        return [(name, int(width or 0)) for name, width in _TOKEN.findall(self.text)]

    @cached_property
    def needs_year(self) -> bool:
        return any(name in ("yyyy", "yy", "filed") for name, _ in self._tokens)

    @cached_property
    def _format(self) -> str:
        return _TOKEN.sub(lambda m: "{" + m[1] + (f":0{m[2]}d" if m[2] else "") + "}", self.text)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        where = dict(self.where)

        def token(match: re.Match[str]) -> str:
            name, width = match[1], match[2]
            if name in ("yyyy", "filed"):
                return r"(?P<yyyy>(?:1[6-9]|20)\d\d)"
            if name == "yy":
                return r"(?P<yy>\d\d)"
            if name == "type1":
                return "(?P<type>[0-9])"
            if name == "serial":
                least = int(width) if width else 1
                return rf"(?P<serial>{where.get('serial', rf'[0-9]{{{least},{max(least, 8)}}}')})"
            return f"(?P<{name}>{where.get(name, '[A-Z]{0,3}')})"

        parts, last = [], 0
        for match in _TOKEN.finditer(self.text):
            parts += [re.escape(self.text[last : match.start()]), token(match)]
            last = match.end()
        return re.compile("".join(parts) + re.escape(self.text[last:]))

    def read(self, text: str) -> dict[str, str] | None:
        found = self.pattern.fullmatch(text)
        return found.groupdict() if found else None

    def write(self, fields: Fields, *, filed: int | None = None) -> str:
        year = fields.year if fields.year is not None else filed
        thousands = divmod(fields.serial, 1000)
        return self._format.format(
            yyyy=year,
            yy=f"{(year or 0) % 100:02d}",
            filed=filed if filed is not None else year,
            serial=fields.serial,
            type=fields.type,
            type1=fields.type[:1],
            series=fields.series,
            prefix=fields.prefix,
            suffix=fields.suffix,
            comma=f"{thousands[0]:03d},{thousands[1]:03d}",
            spaced=f"{thousands[0]:03d} {thousands[1]:03d}",
        )


@dataclass(frozen=True, eq=False)
class Layout:
    """How one office wrote one sort of number in one period.

    ``years`` are the first and last year (inclusive) in which the layout was in use; they also resolve a two-digit
    year. ``kinds`` are the first letters of the kinds that it is for ('' means all); ``default_kind`` the kind where
    none is given. Where two layouts of one office share a year, ``since`` and ``until`` (the first day no longer)
    part them by date, and ``surely`` gives the serials for which no date is needed. ``accepts`` is any other
    condition on the fields.
    """

    docdb: str
    epodoc: str = ""
    original: str = ""
    years: tuple[int, int] = (1800, NEWEST_YEAR)
    kinds: str = ""
    default_kind: str | None = None
    where: dict[str, str] = field(default_factory=dict)
    since: Date | None = None
    until: Date | None = None
    surely: tuple[int, int] | None = None
    accepts: Callable[[Fields], bool] | None = None
    year_of: Callable[[Fields], int | None] | None = None

    @cached_property
    def _where(self) -> tuple[tuple[str, str], ...]:
        return tuple(self.where.items())

    @cached_property
    def _where_but_serial(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, pattern) for name, pattern in self.where.items() if name != "serial")

    @cached_property
    def docdb_template(self) -> Template:
        return Template(self.docdb, self._where)

    @cached_property
    def epodoc_template(self) -> Template | None:
        # Epodoc pads the serial to its own width, whatever the office's is.
        return Template(self.epodoc, self._where_but_serial) if self.epodoc else None

    @cached_property
    def original_template(self) -> Template | None:
        return Template(self.original, self._where) if self.original else None

    def takes(self, kind: str | None) -> bool:
        return not self.kinds or kind is None or kind[0] in self.kinds

    def read(self, text: str, *, date: Date | None, template: Template | None = None) -> Fields | None:
        """The fields of ``text``, or None where it is not in this layout or not of its years."""
        found = (template or self.docdb_template).read(text)
        return None if found is None else self.fields(found, date=date)

    def fields(self, found: dict[str, str], *, date: Date | None) -> Fields | None:
        first, last = self.years
        year: int | None = None
        if found.get("yyyy"):
            year = int(found["yyyy"])
            if not first <= year <= min(last, NEWEST_YEAR):
                return None
        elif found.get("yy"):
            year = resolve_year(int(found["yy"]), first, last, date)
            if year == 0:
                return None
        given = found.get
        fields = Fields(
            int(found["serial"]),
            year,
            given("type") or "",
            given("series") or "",
            given("prefix") or "",
            given("suffix") or "",
        )
        if self.accepts is not None and not self.accepts(fields):
            return None
        return fields._replace(year=self.year_of(fields)) if self.year_of is not None else fields

    def fits(self, fields: Fields, kind: str | None) -> bool:
        """Whether a number with these fields, read from another notation, is written in this layout."""
        if not self.takes(kind) or (self.accepts is not None and not self.accepts(fields)):
            return False
        if fields.year is not None and not self.years[0] <= fields.year <= self.years[1]:
            return False
        if fields.year is None and self.docdb_template.needs_year:
            return False
        if fields.year is not None and not self.docdb_template.needs_year and self.year_of is None:
            return False
        for name, pattern in self._where_but_serial:
            if not re.fullmatch(pattern, getattr(fields, name)):
                return False
        return (
            (not fields.prefix or "{prefix" in self.docdb)
            and (not fields.suffix or "{suffix" in self.docdb)
            and (not fields.type or "{type" in self.docdb)
        )

    def holds_on(self, date: Date) -> bool:
        return (self.since is None or date >= self.since) and (self.until is None or date < self.until)


def resolve_year(yy: int, first: int, last: int, date: Date | None) -> int | None:
    """The year that ends in ``yy`` within ``first``..``last``; None where several fit, 0 where none does.

    >>> resolve_year(99, 1926, 1999, None), resolve_year(6, 1900, 2010, None)
    (1999, None)
    >>> resolve_year(6, 1900, 2010, Date(2006, 7, 27))
    2006
    """
    fits = [year for year in range(first - first % 100 + yy, min(last, 2099) + 1, 100) if year >= first]
    if not fits:
        return 0
    if len(fits) == 1:
        return fits[0]
    if date is not None:
        near = min(fits, key=lambda year: abs(year - date.year))
        return near if abs(near - date.year) <= 1 else None
    return None
