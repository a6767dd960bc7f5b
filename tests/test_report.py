"""The report: what a person opens must stand alone, carry its conventions, and be safe."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chizai.convention import Convention
from chizai.data.collections import HERE
from chizai.finding import Caveat, Column, Finding
from chizai.landscape import ANALYSES
from chizai.messages import LANGS, lookup
from chizai.provenance import Provenance, SnapshotRef
from chizai.report import Written, charts, highlights, write_landscape
from chizai.report.export import export_finding
from chizai.report.workbook import write_workbook
from chizai.workspace import Workspace

VOID = {"meta", "link", "img", "br", "hr", "input", "path", "rect", "line"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A report on the 700 newest publications of the shipped drones collection."""
    folder = tmp_path_factory.mktemp("report")
    with gzip.open(HERE / "drones.csv.gz", "rt", encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    source = folder / "some.csv"
    with source.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([rows[0], *rows[1:701]])
    workspace = Workspace.create(folder / "study")
    added = workspace.add(
        source, licence="test licence", source="Lens.org", notes={"en": ["A note."], "ja": ["注記。"]}
    )
    assert added.read
    with workspace.open_corpus() as corpus:
        return write_landscape(workspace.landscape(corpus=corpus), folder / "out", lang="ja", by="player")


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.figures: list[str | None] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        for name in ("src", "data", "poster"):
            if found.get(name):
                self.asked.append(str(found[name]))
        if tag == "link":
            self.asked.append(str(found.get("href")))
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if tag == "figure":
            self.figures.append(found.get("aria-label"))
        if found.get("id"):
            self.ids.append(str(found["id"]))


@pytest.fixture(scope="module")
def page(written: Written) -> Page:
    parser = Page()
    parser.feed(written.page.read_text(encoding="utf-8"))
    return parser


def test_the_page_asks_for_nothing_from_outside(written: Written, page: Page) -> None:
    assert page.asked == []
    text = written.page.read_text(encoding="utf-8")
    assert not re.search(r"url\(\s*['\"]?https?:", text)
    assert not re.search(r"@import|<iframe|<object|<embed", text)


def test_every_chart_has_words_for_those_who_cannot_see_it(page: Page) -> None:
    assert len(page.figures) >= 2 * 8
    assert all(label and len(label) > 20 for label in page.figures)


def test_ids_are_unique_and_links_inside_the_page_lead_somewhere(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    inside = [link[1:] for link in page.links if link.startswith("#")]
    assert inside
    assert set(inside) <= set(page.ids)


def test_the_page_is_complete_in_both_languages(written: Written) -> None:
    text = written.page.read_text(encoding="utf-8")
    for finding in written.findings:
        for lang in LANGS:
            assert finding.title(lang) in text
            assert finding.provenance.digest() in text
    assert "A note." in text
    assert "注記。" in text
    assert '<html lang="ja">' in text


def test_every_finding_names_its_collection_source_and_data_end(written: Written) -> None:
    for finding in written.findings:
        assert finding.convention.collections == ("main",)
        assert finding.convention.cutoff is not None
        assert [item.licence for item in finding.provenance.snapshots] == ["test licence"]


def test_the_same_data_give_the_same_page(written: Written, tmp_path: Path) -> None:
    workspace = Workspace(written.page.parent.parent / "study")
    with workspace.open_corpus() as corpus:
        again = write_landscape(workspace.landscape(corpus=corpus), tmp_path, lang="ja", by="player")
    assert again.page.read_bytes() == written.page.read_bytes()
    assert again.workbook.read_bytes() == written.workbook.read_bytes()


def test_the_workbook_has_one_tidy_table_a_sheet(written: Written) -> None:
    book = openpyxl.load_workbook(written.workbook)
    assert len(book.sheetnames) == 1 + len(written.findings)
    for sheet, finding in zip(book.worksheets[1:], written.findings, strict=True):
        assert not sheet.merged_cells.ranges
        head = [cell.value for cell in sheet[1]]
        assert head == [column.label("ja") for column in finding.columns]
        assert sheet.max_row == 1 + len(finding)


def test_tables_are_written_as_csv_and_parquet_with_their_conventions(written: Written) -> None:
    for finding in written.findings:
        table = pq.read_table(written.tables / f"{finding.name}.parquet")
        assert table.num_rows == len(finding)
        described = json.loads(table.schema.metadata[b"chizai"])
        assert described["convention"] == finding.convention.as_dict()
        metadata = json.loads((written.tables / f"{finding.name}.csv-metadata.json").read_text(encoding="utf-8"))
        assert metadata["digest"] == finding.provenance.digest()
    everything = json.loads((written.tables / "findings.json").read_text(encoding="utf-8"))
    assert [item["finding"] for item in everything] == [finding.name for finding in written.findings]


def test_highlights_are_sentences_in_both_languages(written: Written) -> None:
    for lang in LANGS:
        lines = written.highlights(lang)
        assert 3 <= len(lines) <= 7
        assert all("{" not in line for line in lines)


def hostile() -> Finding:
    cells = ["=cmd|'/c calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "<script>alert(1)</script>", "plain"]
    return Finding(
        name="players",
        table=pa.table({"player": cells, "units": list(range(len(cells)))}),
        columns=(Column("player"), Column("units", "count")),
        convention=Convention(unit="publication"),
        provenance=Provenance(
            analysis="players",
            snapshots=(SnapshotRef(sha256="0" * 64, name="=evil.csv", bytes=1, format="x", collection="c"),),
        ),
        caveats=(Caveat("few_units", {"count": 7}),),
    )


def test_no_text_becomes_a_formula_in_csv(tmp_path: Path) -> None:
    path = export_finding(hostile(), tmp_path / "players.csv")
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert all(not row[0].startswith(("=", "+", "-", "@", "\t")) for row in rows)


def test_no_text_becomes_a_formula_in_excel(tmp_path: Path) -> None:
    write_workbook([hostile()], tmp_path / "book.xlsx", lang="en", title="=evil")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    kinds = {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert book.worksheets[1]["A2"].value == "=cmd|'/c calc'!A0"


def test_no_text_becomes_markup_in_html() -> None:
    assert "<script>" not in hostile().to_html()


@pytest.mark.parametrize("name", list(ANALYSES))
def test_a_finding_without_rows_has_no_chart_and_still_shows(name: str, written: Written) -> None:
    found = {finding.name: finding for finding in written.findings}
    if name not in found:
        pytest.skip(f"{name} is not supported by this collection")
    empty = found[name].head(0)
    assert charts.svg(empty, "en") is None
    assert empty.to_html("ja")


@pytest.mark.parametrize("lang", LANGS)
def test_charts_are_drawn_in_colours_that_differ_in_grey(lang: str) -> None:
    def luminance(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    shades = sorted(luminance(colour) for colour in (charts.DARK, charts.BLUE, charts.ORANGE))
    assert all(brighter - darker > 0.15 for darker, brighter in pairwise(shades))
    assert lookup("report.alt", lang)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("agencies", "ending"),
    [(["?", "NASA"], "most often NASA."), (["?"], "their texts name no agency that is known.")],
)
def test_an_unnamed_agency_is_not_called_the_most_frequent(agencies: list[str], ending: str) -> None:
    table = pa.table({"agency": agencies})
    facts = {"funded_units": 9, "funded_share": 0.1, "funded_share_low": 0.05, "funded_share_high": 0.2}
    found = replace(hostile(), table=table, columns=(Column("agency", "text"),), facts=facts)
    line = highlights.SENTENCES["funding"](found, "en")
    assert line is not None
    assert line.endswith(ending)
