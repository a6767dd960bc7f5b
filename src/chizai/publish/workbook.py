"""The tables as an Excel workbook that officials can work on: one table a sheet, no merged cell, units in columns."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import xlsxwriter

from chizai.messages import Lang, text
from chizai.publish.edition import Edition
from chizai.publish.tables import Table

EPOCH = dt.datetime(2026, 1, 1)
"""The same figures give the same bytes: no clock in the file."""
MAX_TEXT = 32_767
WIDEST = 60


def write_workbook(edition: Edition, path: Path, *, lang: Lang) -> None:
    """Write the workbook; no text becomes a formula or a link, no cell is merged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    title = text("publish.title", lang)
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": title, "author": "chizai", "created": EPOCH})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EEF4"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        date = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        _read_me(book, edition, lang, head, wrap)
        for table in edition.tables:
            _sheet(book, table, lang, head, wrap, date)


def _read_me(book: Any, edition: Edition, lang: Lang, head: Any, wrap: Any) -> None:
    """A table too: sheet and content in two columns."""
    from chizai import __version__

    sheet = book.add_worksheet(text("publish.table.read_me", lang))
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    rows = [
        (text("publish.field.sheet", lang), text("publish.field.what", lang)),
        (text("publish.table.read_me", lang), text("publish.title", lang)),
        (text("publish.table.read_me", lang), text("publish.pace", lang)),
        (text("publish.table.read_me", lang), edition.made(lang, version=__version__)),
        (text("publish.table.lineage", lang), text("publish.machine_note", lang)),
        *(
            (table.title(lang), text("publish.comma", lang).join(field.label(lang) for field in table.fields))
            for table in edition.tables
        ),
    ]
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell, head if row == 0 else wrap)
    sheet.freeze_panes(1, 0)


def _sheet(book: Any, table: Table, lang: Lang, head: Any, wrap: Any, date: Any) -> None:
    sheet = book.add_worksheet(table.title(lang)[:31])
    sheet.freeze_panes(1, 1)
    for column, field in enumerate(table.fields):
        label = field.label(lang)
        sheet.write_string(0, column, label, head)
        width = max(8, min(2 * len(label), 18))
        for row, cells in enumerate(table.rows, start=1):
            value = cells[column]
            if value is None:
                continue
            if isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            elif isinstance(value, int | float):
                sheet.write_number(row, column, value)
            elif field.kind == "date":
                sheet.write_datetime(row, column, dt.datetime.fromisoformat(value), date)
                width = max(width, 11)
            else:
                cell = str(value)[:MAX_TEXT]
                # Kanji take about two columns of width.
                width = max(width, min(WIDEST, sum(2 if ord(char) > 0x2E80 else 1 for char in cell) + 2))
                sheet.write_string(row, column, cell, wrap)
        sheet.set_column(column, column, width)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.fields) - 1)
