"""Tables in a terminal: what is shown is whole, what does not fit is named, years are years."""

from __future__ import annotations

import io
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pyarrow as pa
import pytest
from rich.console import Console

import chizai.landscape
from chizai.convention import Convention
from chizai.finding import Column, Finding
from chizai.messages import LANGS, Lang
from chizai.provenance import Provenance

COLUMNS = (
    Column("year", "year"),
    Column("units", "count"),
    Column("share", "share", low="share_low", high="share_high"),
    Column("share_low", "share"),
    Column("share_high", "share"),
    Column("contracts", "count"),
    Column("title", "text"),
    Column("first_year", "year"),
)
ROWS = [
    {"year": 2016, "units": 1234567, "share": 0.123, "share_low": 0.1, "share_high": 0.15, "contracts": 5,
     "title": "Semiconductor devices; electric solid-state devices and more of the same", "first_year": 1999},
    {"year": 2017, "units": 3, "share": 0.5, "share_low": 0.4, "share_high": 0.6, "contracts": 12,
     "title": "弁装置", "first_year": 2001},
]  # fmt: skip


def finding(**facts: object) -> Finding:
    return Finding(
        "citation_truncation", pa.Table.from_pylist(ROWS), COLUMNS, Convention(), Provenance(analysis="x"), facts=facts
    )


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("width", [20, 40, 60, 80, 110, 160])
def test_a_column_is_shown_whole_or_dropped_and_named(width: int, lang: Lang) -> None:
    out = io.StringIO()
    made = finding().to_rich(lang, width=width)
    Console(file=out, width=width, force_terminal=False).print(made)
    lines = out.getvalue().splitlines()
    assert all(len(line) <= width for line in lines)
    body = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]
    shown = len(made.columns)
    assert [row[0] for row in body if row[0]][:2] == ["2016", "2017"]
    cells = [finding().cells(row, lang) for row in ROWS]
    for at, column in enumerate(finding().visible(lang)[:shown]):
        if column.kind != "text":
            assert [row[at] for row in body if row[at]] == [row[at] for row in cells], column.name
    said = " ".join(" ".join(lines).split())
    assert "…" not in said
    for column in finding().visible(lang)[shown:]:
        assert column.label(lang) in str(made.caption)
    assert shown == len(finding().visible(lang)) or width < 110


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", ["last_year_used", "known_until", "tested_until", "current_year", "decided_in"])
def test_a_year_is_no_amount(name: str, lang: Lang) -> None:
    assert [value for _, value in finding(**{name: 2016}).shown_facts(lang)] == ["2016"]
    assert [value for _, value in finding(units=2016).shown_facts(lang)] == ["2,016"]


def tables() -> Iterator[tuple[str, tuple[Column, ...]]]:
    """The columns that the analyses declare, by module and name."""
    for module in pkgutil.walk_packages(chizai.landscape.__path__, "chizai.landscape."):
        for name, value in vars(import_module(module.name)).items():
            if isinstance(value, tuple) and value and all(isinstance(one, Column) for one in value):
                yield f"{module.name}.{name}", value


@pytest.mark.parametrize("lang", LANGS)
def test_no_two_columns_of_a_table_have_the_same_heading(lang: Lang) -> None:
    wrong = []
    for name, columns in tables():
        bounds = {bound for column in columns for bound in (column.low, column.high) if bound}
        labels = [c.label(lang) for c in columns if c.name not in bounds and c.lang in (None, lang)]
        wrong += [(name, label) for label in set(labels) if labels.count(label) > 1]
    assert wrong == []
