"""Espacenet result lists: the CSV and XLSX of today's Espacenet (since 2020) and the CSV of the classic one.

Some lines about the search stand before the header. In today's layout 'Publication number' and 'Publication date' hold
several lines, the first number belonging to the first date and so on; each becomes a record. Names end in the country
(``SMITH JOHN A [RU]``); the same name in the original spelling may follow without one. CPC symbols end in the offices
that gave them (``G01N27/22 (EP,US)``); ``A, B, ADD`` is a combination set of additional symbols.

The classic layout was written down from the EPO's description of its columns; no file of it was at hand.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple

import openpyxl

from chizai.corpus.readers.base import MAX_RATIO, RATIO_FROM, Carries, Chunk, Source
from chizai.corpus.readers.drafts import Draft, clean, lacking
from chizai.corpus.readers.tabular import ROWS_PER_CHUNK, encoding_of, row_chunks
from chizai.corpus.schema import Record, Reject, Role, Scheme
from chizai.errors import BadEncoding, EmptyInput, HostileInput, InputError, MalformedInput, UnknownFormat, Where

PREAMBLE_ROWS = 40
"""The header stands within this many rows."""
SHEET_ROWS = 1_048_576
SHEET_COLUMNS = 64
EMPTY_ROWS = 10_000
"""So many empty rows in a row end a sheet."""
WORKBOOK_BYTES = 512 * 1024 * 1024
"""The most that an XLSX may unpack to; a full export stays under 50 MB."""

ALIASES = {
    "inventor(s)": "inventors",
    "applicant(s)": "applicants",
    "international classification": "ipc",
    "cooperative patent classification": "cpc",
    "priority number(s)": "priority numbers",
    "date of application": "application date",
}
NEEDED = {"title", "publication number", "inventors", "applicants"}
TELLING = {"earliest priority", "family number", "ipc", "cpc"}
"""Beside the needed columns one of these, so that a table of someone's own is not taken for an export."""

PATENTS_CITED = {
    "patents cited in the search report": ("search", "examiner"),
    "patents cited during examination": ("examination", "examiner"),
    "patents used in opposition": ("opposition", "third_party"),
    "patents cited by the applicant": (None, "applicant"),
    "other patent citations": (None, None),
}
LITERATURE_CITED = {
    "literature cited in search report": ("search", "examiner"),
    "literature cited in the search report": ("search", "examiner"),
    "literature cited during examination": ("examination", "examiner"),
    "literature used in opposition": ("opposition", "third_party"),
    "literature cited by the applicant": (None, "applicant"),
    "other literature citations": (None, None),
}

_NUMBER = re.compile(r"([A-Z]{2})\s?([A-Z]{0,4}\d[0-9A-Z]{0,20}?)\s*(?:\(?([A-Z]\d{0,2})\)?)?")
_CLAIMED = re.compile(r"([A-Z]{2})\s?([A-Z]{0,4}\d[0-9A-Z]{0,20}?)\s?([A-Z])?(?:\s+(\d{8}))?")
_COUNTRY = re.compile(r"(.*\S)\s*\[([A-Z]{2})\]")
_WORD = re.compile(r"\w+")
_BETWEEN = re.compile(r"[\r\n;]+")

CARRIES: frozenset[Carries] = frozenset(
    {
        "publication_number", "publication_date", "kind", "application_number", "filing_date", "priority", "family_id",
        "applicant", "applicant_country", "inventor", "inventor_country", "cpc", "ipc", "inventive", "title",
        "patent_citation", "npl_citation", "cited_by",
    }
)  # fmt: skip
TITLE = {
    "en": "Espacenet result list (CSV, XLSX; classic CSV, which alone has applications, priorities and citations)",
    "ja": "Espacenet 検索結果一覧（CSV・XLSX、旧版CSV。出願番号・優先権番号・引用は旧版のみ）",
}
LACKS = lacking(CARRIES)


def column_names(row: list[str]) -> list[str]:
    """The columns of a header row under one name for both layouts.

    >>> column_names(["Title", "Inventor(s)"])
    ['title', 'inventors']
    """
    names = [" ".join(cell.lower().split()) for cell in row]
    return [ALIASES.get(name, name) for name in names]


def lines_of(cell: str) -> list[str]:
    return [text for part in cell.splitlines() if (text := part.strip())]


def split_lines(cell: str) -> list[str]:
    """The parts of a cell with several lines (today's layout) or parts joined by ';' (the classic one)."""
    return [text for part in _BETWEEN.split(cell) if (text := part.strip())] if cell else []


def split_names(cell: str) -> list[tuple[str, str | None]]:
    """Names with their countries. A name that only repeats an earlier one in its original spelling is left out.

    >>> split_names("ACME SENSORS LTD [CN]\\nBETA AG\\nACME Sensors, Ltd.")
    [('ACME SENSORS LTD', 'CN'), ('BETA AG', None)]
    """
    found: list[tuple[str, str | None]] = []
    seen: set[str] = set()
    for part in split_lines(cell):
        country = _COUNTRY.fullmatch(part)
        name = country[1] if country else part.rstrip(",")
        key = " ".join(_WORD.findall(name.casefold()))
        if name and (key not in seen or not key):
            found.append((name, country[2] if country else None))
        seen.add(key)
    return found


def split_symbols(cell: str) -> list[tuple[str, bool | None]]:
    """Symbols, each once, with False for those of an additional combination set and None where the file does not say.

    >>> split_symbols("G01N33/24 (EP)\\nG01N27/04, G01N27/06, ADD (EP,US)")
    [('G01N33/24', None), ('G01N27/04', False), ('G01N27/06', False)]
    """
    found: dict[str, bool | None] = {}
    for part in split_lines(cell):
        symbols = [text for item in part.split("(", 1)[0].split(",") if (text := item.strip())]
        additional = "ADD" in symbols
        for symbol in symbols:
            if symbol not in ("ADD", "INV"):
                found.setdefault(symbol, False if additional else None)
    return list(found.items())


def is_header(row: list[str]) -> bool:
    names = set(column_names(row))
    return names >= NEEDED and bool(names & TELLING)


class EspacenetReader:
    name = "espacenet"
    title = TITLE
    carries = CARRIES
    lacks = LACKS

    def recognise(self, head: bytes, source: Source) -> bool:
        if head[:4] == b"PK\x03\x04":
            try:
                with _sheet(source) as rows:
                    return next(rows, None) is not None
            except InputError:
                return False
        return _layout(head) is not None

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        head = source.head()
        if head[:4] == b"PK\x03\x04":
            yield from _sheet_chunks(source)
            return
        if encoding_of(head) is None:
            raise BadEncoding(where=Where(file=source.label))
        layout = _layout(head)
        if layout is None:
            raise UnknownFormat(where=Where(file=source.label))
        delimiter, skip = layout
        yield from row_chunks(source, delimiter=delimiter, skip=skip)

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        header, rows = chunk.data
        names = column_names(header)
        width = len([name for name in names if name])
        for number, cells in rows:
            if any(cells[width:]):
                yield Reject(number, "malformed-input", "the row has more cells than the header")
                continue
            yield from _row(number, {name: cell for name, cell in zip(names, cells, strict=False) if cell})


def _layout(head: bytes) -> tuple[str, int] | None:
    """The delimiter and the number of rows before the header; None where there is no such header."""
    encoding = encoding_of(head)
    if encoding is None:
        return None
    text = head.decode(encoding, errors="ignore")
    for delimiter in ";,\t":
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            for index, row in zip(range(PREAMBLE_ROWS), rows, strict=False):
                if is_header(row):
                    return delimiter, index
        except csv.Error:
            continue
    return None


class _Shared(NamedTuple):
    """What all publications of a row have in common, taken apart once."""

    title: str
    parties: list[tuple[Role, str | None, str | None]]
    symbols: list[tuple[Scheme, str, bool | None]]


def _shared(cells: dict[str, str]) -> _Shared:
    roles: tuple[tuple[str, Role], ...] = (("applicants", "applicant"), ("inventors", "inventor"))
    schemes: tuple[Scheme, ...] = ("cpc", "ipc")
    return _Shared(
        " ".join(lines_of(cells.get("title", ""))),
        [
            (role, clean(name), country)
            for column, role in roles
            for name, country in split_names(cells.get(column, ""))
        ],
        [(scheme, *found) for scheme in schemes for found in split_symbols(cells.get(scheme, ""))],
    )


def _row(number: int, cells: dict[str, str]) -> Iterator[Record | Reject]:
    published = split_lines(cells.get("publication number", ""))
    dates = split_lines(cells.get("publication date", ""))
    aligned = len(dates) == len(published)
    if not published:
        yield Reject(number, "bad-number", "the row has no publication number", "publication number")
        return
    shared = _shared(cells)
    for index, written in enumerate(published):
        draft = Draft(number)
        if dates and not aligned:
            detail = f"{len(dates)} dates for {len(published)} publications; which belongs to which is not known"
            draft.drop("malformed-input", detail, column="publication date", value=" ".join(dates))
        found = _NUMBER.fullmatch(written.upper())
        if found is None:
            draft.refuse(
                "bad-number", "the publication number cannot be read", column="publication number", value=written
            )
            yield from draft.items()
            continue
        family = cells.get("family number", "").strip()
        started = draft.start(
            found[1],
            found[2],
            found[3],
            column="publication number",
            publication_date=draft.day(dates[index], "publication date") if aligned else None,
            original=written,
            # Espacenet pads the DOCDB family number to nine digits; other sources do not.
            family_id=family.lstrip("0") or None,
            earliest_priority_date=draft.day(cells.get("earliest priority"), "earliest priority"),
        )
        if started:
            _fill(draft, cells, shared)
        yield from draft.items()


def _fill(draft: Draft, cells: dict[str, str], shared: _Shared) -> None:
    draft.text("title", None, shared.title)
    for role, name, country in shared.parties:
        draft.party(role, name, country=country, country_source="residence")
    for scheme, symbol, inventive in shared.symbols:
        draft.classify(scheme, symbol, column=scheme, inventive=inventive)
    filed = cells.get("application number", "").strip()
    if filed:
        found = _CLAIMED.fullmatch(filed.upper())
        written = cells.get("application date", "").strip() or (found[4] if found else None)
        day = draft.day(written, "application date")
        if found is None:
            draft.unread_application(filed, filing_date=day, column="application number")
        else:
            draft.application(
                found[1], found[2], found[3], filing_date=day, original=filed, column="application number"
            )
    for part in split_lines(cells.get("priority numbers", "")):
        found = _CLAIMED.fullmatch(part.upper())
        if found is None:
            draft.unread_priority(part, priority_date=None, column="priority numbers")
            continue
        draft.priority(
            found[1],
            found[2],
            found[3],
            priority_date=draft.day(found[4], "priority numbers"),
            column="priority numbers",
            linkage="provisional" if found[3] == "P" else "priority",
        )
    for column, (phase, cited_by) in PATENTS_CITED.items():
        for part in split_lines(cells.get(column, "")):
            cited = _NUMBER.fullmatch(part.upper())
            office, number, kind = cited.groups() if cited else (None, None, None)
            draft.cite_patent(office, number, kind, text=part, cited_by=cited_by, phase=phase)
    for column, (phase, cited_by) in LITERATURE_CITED.items():
        # A ';' may stand inside a reference, so only lines are parted.
        for part in lines_of(cells.get(column, "")):
            draft.cite_literature(clean(part), cited_by=cited_by, phase=phase)


@contextmanager
def _sheet(source: Source) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """The numbered rows of the first sheet with a header, from the header on; nothing where no sheet has one."""
    where = Where(file=source.label)
    with source.open() as stream:
        if not stream.seekable():
            stream = io.BytesIO(stream.read(WORKBOOK_BYTES))  # a workbook inside a zip
        _refuse_bomb(stream, where)
        with _broken_workbook(where):
            workbook = _quietly(lambda: openpyxl.load_workbook(stream, read_only=True, data_only=True))
        try:
            yield _rows(workbook, where)
        finally:
            workbook.close()


def _rows(workbook: Any, where: Where) -> Iterator[tuple[int, list[str]]]:
    with _broken_workbook(where):
        for sheet in workbook.worksheets:
            # The stated size of a sheet may be wrong, or a million rows wide and deep.
            sheet.reset_dimensions()
            cells = sheet.iter_rows(max_row=SHEET_ROWS, max_col=SHEET_COLUMNS, values_only=True)
            number = empty = 0
            begun = False
            while (row := _quietly(lambda rows=cells: next(rows, None))) is not None:
                number += 1
                texts = [_text(cell) for cell in row]
                empty = 0 if any(texts) else empty + 1
                begun = begun or is_header(texts)
                if begun and any(texts):
                    yield number, texts
                elif empty > EMPTY_ROWS or (not begun and number > PREAMBLE_ROWS):
                    break
            if begun:
                return


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _quietly(call: Any) -> Any:
    """openpyxl warns about styles and dates that do not matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


@contextmanager
def _broken_workbook(where: Where) -> Iterator[None]:
    # openpyxl lets through whatever its parts raise on a damaged file: KeyError, TypeError, zlib.error, ParseError ...
    try:
        yield
    except (InputError, GeneratorExit):
        raise
    except Exception as error:
        detail = f"the workbook is damaged ({type(error).__name__}: {str(error)[:100]})"
        raise MalformedInput(where=where, detail=detail) from error


def _refuse_bomb(stream: Any, where: Where) -> None:
    try:
        members = zipfile.ZipFile(stream).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise MalformedInput(where=where, detail=f"not a workbook: {error}") from error
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if size > WORKBOOK_BYTES or (size > RATIO_FROM and size > MAX_RATIO * max(packed, 1)):
        raise HostileInput(where=where, detail=f"the workbook unpacks to {size} bytes")
    stream.seek(0)


def _sheet_chunks(source: Source) -> Iterator[Chunk]:
    with _sheet(source) as numbered:
        header = next(numbered, None)
        if header is None:
            raise UnknownFormat(where=Where(file=source.label))
        rows: list[tuple[int, list[str]]] = []
        found = False
        for row in numbered:
            rows.append(row)
            found = True
            if len(rows) >= ROWS_PER_CHUNK:
                yield Chunk((header[1], rows), rows[0][0])
                rows = []
        if rows:
            yield Chunk((header[1], rows), rows[0][0])
        if not found:
            raise EmptyInput(where=Where(file=source.label))


READER = EspacenetReader()
