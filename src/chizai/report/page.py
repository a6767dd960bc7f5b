"""The report as one HTML file that needs nothing else: no network, no script from outside, no font."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from chizai import __version__
from chizai.files import defused, new_file
from chizai.finding import LEFT, Column, Finding
from chizai.messages import LANGS, Lang, text
from chizai.report import charts
from chizai.report.highlights import highlights

FIRST_ROWS = 15
MOST_ROWS = 500
UNBROKEN = 20
"""Characters of a code up to which it stands on one line: any document number does."""
"""Longer tables are in the workbook and the CSV; a page of ten thousand rows cannot be read or printed."""


def write_page(
    findings: dict[str, Finding],
    path: Path,
    *,
    lang: Lang,
    titles: dict[Lang, str],
    map_page: str | None = None,
    up: tuple[str, dict[Lang, str]] | None = None,
) -> None:
    """Write the page in both languages with a switch; it opens in ``lang``.

    ``map_page`` is a file beside it to link; ``up`` is the page above it and its name.
    """
    environment = Environment(
        loader=PackageLoader("chizai.report"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html.j2")
    style = (files("chizai.report") / "templates" / "page.css").read_text(encoding="utf-8")
    page = template.render(
        lang=lang,
        titles=titles,
        style=Markup(style),
        versions=[_version(findings, version, titles[version]) for version in LANGS],
        up=up,
        code_version=__version__,
        map_page=map_page,
    )
    with new_file(path) as part:
        part.write_text(page, encoding="utf-8")


def _version(findings: dict[str, Finding], lang: Lang, title: str) -> dict[str, Any]:
    def say(key: str, **values: object) -> str:
        return text(f"report.{key}", lang, **values)

    first = next(iter(findings.values()))
    snapshots = {item.sha256: item for finding in findings.values() for item in finding.provenance.snapshots}
    return {
        "lang": lang,
        "title": title,
        "say": say,
        "lines": highlights(findings, lang),
        "frame": first.convention.only().describe(lang),
        "sections": [_section(finding, lang) for finding in findings.values()],
        "sources": list(snapshots.values()),
        "notes": [(item.collection, item.notes[lang]) for item in snapshots.values() if item.notes.get(lang)],
    }


def _section(finding: Finding, lang: Lang) -> dict[str, Any]:
    drawn = charts.svg(finding, lang)
    rows = finding.table.slice(0, MOST_ROWS).to_pylist()
    columns = finding.visible(lang)
    first = finding.first_rows(FIRST_ROWS)
    rest = [row for row in rows if row not in first]
    return {
        "id": finding.name,
        "title": finding.title(lang),
        "explanation": finding.explanation(lang),
        "chart": Markup(accessible_svg(drawn, f"{lang}-{finding.name}")) if drawn else None,
        "alt": charts.alt_text(finding, lang) if drawn else "",
        "facts": finding.shown_facts(lang),
        "head": [(_heading(column, lang), "" if column.kind in LEFT else "n") for column in columns],
        "first": [_cells(finding, row, lang) for row in first],
        "rest": [_cells(finding, row, lang) for row in rest],
        "total": len(finding),
        "shown": len(rows),
        "convention": finding.convention.describe(lang),
        "caveats": [caveat.text(lang) for caveat in finding.caveats],
        "digest": finding.provenance.digest(),
        "csv": _data_uri(finding) if lang == LANGS[0] else None,
    }


def _heading(column: Column, lang: Lang) -> str:
    """The label; a column in the reader's own language need not say so, for the other one is not shown."""
    plain = column.name.removesuffix(f"_{lang}")
    return column.label(lang) if column.lang is None else replace(column, name=plain).label(lang)


def _cells(finding: Finding, row: dict[str, Any], lang: Lang) -> list[tuple[str, str]]:
    return [
        (cell, _style(cell, column.kind))
        for cell, column in zip(finding.cells(row, lang), finding.visible(lang), strict=True)
    ]


def _style(cell: str, kind: str) -> str:
    """The class of a cell: numbers stand to the right, short codes and dates are not broken at their hyphens."""
    if kind not in LEFT:
        return "n"
    return "k" if kind in ("code", "date") and len(cell) <= UNBROKEN else ""


def accessible_svg(drawn: str, key: str) -> str:
    """The SVG scales with the page, is hidden from readers (its figure has the alt text), and its ids are its own."""
    drawn = drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    for mark in ('id="', "url(#", 'href="#'):
        drawn = drawn.replace(mark, f"{mark}{key}-")
    return drawn


def _data_uri(finding: Finding) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(finding.table.column_names)
    for row in finding.table.slice(0, MOST_ROWS).to_pylist():
        writer.writerow(["" if value is None else defused(value) for value in row.values()])
    packed = base64.b64encode(stream.getvalue().encode("utf-8-sig")).decode("ascii")
    return f"data:text/csv;base64,{packed}"
