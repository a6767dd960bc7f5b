"""Facts of annual securities reports (有価証券報告書), from four forms of the same filing.

Canonical JSON of resolved facts; the CSV of the EDINET API (``type=5``: UTF-16, tab-separated); an XBRL instance
(``.xbrl``). Answers of the EDINET API that are errors are told as such. Only facts without dimensions but
consolidation are read: a segment's assets are not the company's.

Source: EDINET API version 2 specification, Financial Services Agency.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chizai.corpus.readers import xml_safety
from chizai.corpus.readers.tabular import encoding_of
from chizai.errors import EmptyInput, FileMissing, HostileInput, InputError, MalformedInput, TruncatedInput, Where
from chizai.series.errors import SeriesRefused
from chizai.series.numbers import number

LARGEST = 256 * 1024 * 1024
"""Uncompressed bytes: a large filing's canonical JSON is 9 MB."""
NON_CONSOLIDATED = "NonConsolidatedMember"
CSV_COLUMNS = ("要素ID", "コンテキストID", "値")


@dataclass(frozen=True, slots=True)
class Fact:
    """One reported fact. ``concept`` is without prefix; ``context`` as EDINET names it (CurrentYearInstant ...)."""

    concept: str
    context: str
    value: str | None
    decimals: int | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """Facts by concept and context, of the whole entity (consolidated where it consolidates)."""

    name: str
    facts: Mapping[tuple[str, str], Fact]

    def get(self, concept: str, context: str) -> Fact | None:
        found = self.facts.get((concept, context))
        return found if found is not None and found.value is not None else None

    def number(self, concept: str, context: str) -> float | None:
        found = self.get(concept, context)
        return number(found.value) if found is not None and found.value is not None else None

    def text(self, concept: str) -> str | None:
        found = self.get(concept, "FilingDateInstant")
        return found.value if found else None

    @property
    def standard(self) -> str | None:
        return self.text("AccountingStandardsDEI")

    @property
    def consolidates(self) -> bool:
        return self.text("WhetherConsolidatedFinancialStatementsArePreparedDEI") != "false"


def read_filing(path: Path) -> Filing:
    """The facts of a filing in any of the forms; told apart by content.

    Errors: FileMissing, EmptyInput, SeriesRefused ('no-filing', 'edinet-error'), MalformedInput, HostileInput.
    """
    data = _bytes(path)
    head = data[:400].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        facts = _from_json(data, path.name)
    elif head.startswith(b"<"):
        facts = _from_xbrl(data, path.name)
    else:
        facts = _from_csv(data, path.name)
    kept: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        # A concept may stand twice in one context (summary and statement): the more exact one stays.
        before = kept.get((fact.concept, fact.context))
        if before is None or before.value is None or (fact.decimals or -99) > (before.decimals or -99):
            kept[fact.concept, fact.context] = fact
    if not kept:
        raise SeriesRefused("no-filing", where=Where(file=path.name), detail="no fact without dimensions")
    return Filing(path.name, kept)


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise FileMissing(where=Where(file=str(path)))
    place = Where(file=path.name)
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path, "rb") if packed else path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except EOFError as error:
        raise TruncatedInput(where=place, detail=str(error)) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise MalformedInput(where=place, detail=str(error)) from error
    if len(data) > LARGEST:
        raise HostileInput(where=place, detail=f"more than {LARGEST} bytes")
    if not data.strip():
        raise EmptyInput(where=place)
    return data


def _from_json(data: bytes, name: str) -> Iterator[Fact]:
    place = Where(file=name)
    try:
        tree: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MalformedInput(where=place, detail=str(error)[:120]) from error
    _told_error(tree, place)
    facts = tree.get("facts")
    items = facts.values() if isinstance(facts, dict) else facts
    if not isinstance(facts, dict | list):
        raise SeriesRefused("no-filing", where=place, detail="there is no 'facts'")
    for row, item in enumerate(items, 1):
        try:
            about = item["dimensions"]
            members = about.get("explicit_dimensions") or {}
            if members or about.get("typed_dimensions"):
                # Non-consolidated figures have a dimension too, and are not the group's.
                continue
            value, decimals = item.get("value"), item.get("decimals")
            yield Fact(
                str(about["concept"]).rsplit(":", 1)[-1],
                str(item["source_context_ref"]),
                None if item.get("nil") or value is None else str(value),
                int(decimals) if decimals not in (None, "INF", "") else None,
                item.get("source_unit_ref"),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise MalformedInput(
                where=Where(file=name, row=row), detail=f"fact {row}: {type(error).__name__} {str(error)[:60]}"
            ) from error


def _told_error(tree: object, place: Where) -> None:
    """An answer of the EDINET API that is not a document."""
    if not isinstance(tree, dict):
        raise SeriesRefused("no-filing", where=place, detail="the JSON is not an object")
    if "StatusCode" in tree:
        raise SeriesRefused(
            "edinet-error", where=place, status=tree["StatusCode"], message=str(tree.get("message"))[:200]
        )
    meta = tree.get("metadata")
    if isinstance(meta, dict) and str(meta.get("status")) not in ("200", "None"):
        raise SeriesRefused(
            "edinet-error", where=place, status=meta.get("status"), message=str(meta.get("message"))[:200]
        )
    if isinstance(tree.get("results"), list):
        raise SeriesRefused("no-filing", where=place, detail="a list of documents, not a document")


def _from_csv(data: bytes, name: str) -> Iterator[Fact]:
    encoding = encoding_of(data[:65536])
    if encoding is None:
        raise SeriesRefused("no-filing", where=Where(file=name), detail="neither JSON, XML nor CSV")
    text = data.decode(encoding, "replace").lstrip("\ufeff")
    csv.field_size_limit(LARGEST)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in text[:400] else ",")
    try:
        header = [cell.strip().lstrip("\ufeff") for cell in next(rows, [])]
        missing = [column for column in CSV_COLUMNS if column not in header]
        if missing:
            raise SeriesRefused("no-filing", where=Where(file=name, row=1), detail=f"columns {', '.join(missing)}")
        concept, context, value = (header.index(column) for column in CSV_COLUMNS)
        unit = header.index("ユニットID") if "ユニットID" in header else None
        for cells in rows:
            if len(cells) <= max(concept, context, value) or "Member" in cells[context]:
                continue
            written = cells[value].strip()
            absent = written in ("", "－", "-", "―")
            yield Fact(
                cells[concept].rsplit(":", 1)[-1],
                cells[context],
                None if absent else written,
                _decimals(written),
                cells[unit] if unit is not None and unit < len(cells) else None,
            )
    except csv.Error as error:
        raise MalformedInput(where=Where(file=name, row=rows.line_num), detail=str(error)) from error


def _decimals(written: str) -> int | None:
    return len(written.split(".")[1]) if number(written) is not None and "." in written else None


def _from_xbrl(data: bytes, name: str) -> Iterator[Fact]:
    try:
        text, _ = xml_safety.as_utf8(data)
        begin = xml_safety.prolog(text)
        if begin.name.rsplit(b":", 1)[-1] != b"xbrl":
            raise SeriesRefused(
                "no-filing", where=Where(file=name), detail=f"root element {begin.name.decode(errors='replace')[:40]}"
            )
        tree = xml_safety.parse(text[begin.root :])
    except SeriesRefused:
        raise
    except InputError as error:
        raise type(error)(where=Where(file=name), **error.values) from error
    node = tree.first_child().first_child()
    while node:
        context = node.attribute("contextRef").value()
        if context and "Member" not in context:
            decimals = node.attribute("decimals").value()
            value = xml_safety.inner_text(node)
            nil = any(node.attribute(key).value() == "true" for key in ("xsi:nil", "nil"))
            yield Fact(
                node.name().rsplit(":", 1)[-1],
                context,
                None if nil or not value else value,
                int(decimals) if decimals.lstrip("-").isdigit() else None,
                node.attribute("unitRef").value() or None,
            )
        node = node.next_sibling()


@dataclass(frozen=True, slots=True)
class Listed:
    """One document of the EDINET list of a day."""

    document: str
    edinet_code: str | None
    filer: str | None
    type_code: str | None
    description: str | None
    has_csv: bool


def read_list(path: Path, *, annual_only: bool = True) -> list[Listed]:
    """The documents of an EDINET ``documents.json`` (``type=2``); ``annual_only`` keeps annual reports (120) and their
    corrections (130)."""
    place = Where(file=path.name)
    try:
        tree: Any = json.loads(_bytes(path))
    except (ValueError, RecursionError) as error:
        raise MalformedInput(where=place, detail=str(error)[:120]) from error
    results = tree.get("results") if isinstance(tree, dict) else None
    if not isinstance(results, list):
        _told_error(tree, place)
        raise SeriesRefused("no-filing", where=place, detail="there is no 'results'")
    found = []
    for item in results:
        if isinstance(item, dict) and item.get("docID"):
            if annual_only and item.get("docTypeCode") not in ("120", "130"):
                continue
            found.append(
                Listed(
                    str(item["docID"]),
                    item.get("edinetCode"),
                    item.get("filerName"),
                    item.get("docTypeCode"),
                    item.get("docDescription"),
                    item.get("csvFlag") == "1",
                )
            )
    return found
