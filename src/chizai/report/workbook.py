"""Findings as an Excel workbook: one tidy table a sheet, and a first sheet that says how to read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xlsxwriter

from chizai.files import new_file
from chizai.finding import Column, Finding
from chizai.messages import Lang, text

FORMATS = {
    "count": "#,##0.##;-#,##0.##;0",
    "share": "0.0%",
    "rate": "0.0%",
    "index": "0.00",
    "number": "#,##0.0##",
    "date": "yyyy-mm-dd",
    "year": "0",
}
MAX_ROWS = 1_048_575
MAX_TEXT = 32_767
WIDEST = 60
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write_workbook(findings: list[Finding], path: Path, *, lang: Lang, title: str) -> None:
    """Write ``findings`` to ``path``; it appears whole or not at all.

    No cell is merged, no text becomes a formula or a link. Interval bounds have columns of their own.
    """
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
        "constant_memory": False,
    }
    with new_file(path) as part, xlsxwriter.Workbook(str(part), options) as book:
        # The same findings give the same bytes: no clock in the file.
        book.set_properties({"title": title, "author": "chizai", "created": _EPOCH})
        formats = _Formats(book)
        names = _sheet_names(findings, lang)
        _read_me(book, formats, findings, names, lang=lang, title=title)
        for finding, name in zip(findings, names, strict=True):
            _sheet(book, formats, finding, name, lang=lang)


class _Formats:
    def __init__(self, book: Any) -> None:
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EEF4"}
        )
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.label = book.add_format({"bold": True, "valign": "top"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.by_kind = {kind: book.add_format({"num_format": pattern}) for kind, pattern in FORMATS.items()}


def _sheet_names(findings: list[Finding], lang: Lang) -> list[str]:
    """Excel's rules: at most 31 characters, none of []:*?/\\, no two alike."""
    names: list[str] = []
    for number, finding in enumerate(findings, start=1):
        name = f"{number} {finding.title(lang)}".translate(_FORBIDDEN)[:31].strip()
        names.append(name)
    return names


def _read_me(
    book: Any, formats: _Formats, findings: list[Finding], names: list[str], *, lang: Lang, title: str
) -> None:
    sheet = book.add_worksheet(text("report.read_me", lang)[:31])
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 28)
    sheet.set_column(2, 2, 90, formats.wrap)
    sheet.write_string(0, 0, title, formats.title)
    row = 2
    for column, key in enumerate(("sheet", "what", "text")):
        sheet.write_string(row, column, text(f"report.{key}", lang), formats.head)
    sheet.freeze_panes(row + 1, 0)
    for finding, name in zip(findings, names, strict=True):
        lines = [(text("report.explanation", lang), finding.explanation(lang))]
        lines += [(text("report.convention", lang), finding.convention.sentence(lang))]
        lines += [(label, value) for label, value in finding.shown_facts(lang)]
        lines += [(text("report.caveat", lang), caveat.text(lang)) for caveat in finding.caveats]
        lines += [(text("report.fingerprint", lang), finding.provenance.digest())]
        for label, value in lines:
            row += 1
            sheet.write_string(row, 0, name, formats.label)
            sheet.write_string(row, 1, label, formats.wrap)
            sheet.write_string(row, 2, value, formats.wrap)
    seen = {snapshot.sha256: snapshot for finding in findings for snapshot in finding.provenance.snapshots}
    for snapshot in seen.values():
        row += 1
        sheet.write_string(row, 0, text("report.source", lang), formats.label)
        sheet.write_string(row, 1, snapshot.name, formats.wrap)
        parts = [snapshot.source, snapshot.licence, snapshot.retrieved, f"sha256 {snapshot.sha256}"]
        sheet.write_string(row, 2, "; ".join(part for part in parts if part), formats.wrap)


def _sheet(book: Any, formats: _Formats, finding: Finding, name: str, *, lang: Lang) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    rows = min(len(finding), MAX_ROWS)
    for index, column in enumerate(finding.columns):
        label = column.label(lang) + (f" ({column.unit})" if column.unit else "")
        sheet.write_string(0, index, label, formats.head)
        values = finding.table.column(index).slice(0, rows).to_pylist()
        _column(sheet, formats, index, column, values, label)
    if rows:
        sheet.autofilter(0, 0, rows, len(finding.columns) - 1)


def _column(sheet: Any, formats: _Formats, index: int, column: Column, values: list[Any], label: str) -> None:
    shape = formats.by_kind.get(column.kind)
    width = max(8, min(len(label), 16))
    for row, value in enumerate(values, start=1):
        if value is None:
            continue
        if isinstance(value, bool):
            sheet.write_boolean(row, index, value)
        elif isinstance(value, int | float):
            sheet.write_number(row, index, value, shape)
        elif column.kind == "date":
            sheet.write_datetime(row, index, value, shape)
        else:
            cell = str(value)[:MAX_TEXT]
            # Kanji take about two columns of width.
            width = max(width, min(WIDEST, sum(2 if ord(char) > 0x2E80 else 1 for char in cell) + 2))
            sheet.write_string(row, index, cell)
    sheet.set_column(index, index, width)


def _epoch() -> Any:
    from datetime import datetime

    return datetime(2026, 1, 1)


_EPOCH = _epoch()
