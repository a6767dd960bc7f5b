"""The publication: site, tables, workbook, data packages."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

from chizai.errors import OutputInUse
from chizai.messages import LANGS, text
from chizai.plan.lineage import Lineage
from chizai.publish import Edition, charts, formula, publish
from chizai.publish.lineage import rows
from chizai.publish.open_sdg import data_csv
from chizai.publish.site import quoted
from chizai.publish.words import amount
from chizai.series.assess import METHODS
from chizai.series.assess.base import Case
from chizai.series.follow import Override, follow


@pytest.fixture(scope="module")
def edition() -> Edition:
    return Edition.collect()


@pytest.fixture(scope="module")
def out(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("publication") / "site", edition=edition, pdf=False).folder


class Links(HTMLParser):
    """What a page points to, what it can be pointed at, and in which language it is."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.lang, self.links, self.ids, self.loads, self.tags = "", [], [], [], []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if tag == "html":
            self.lang = found.get("lang") or ""
        if found.get("id"):
            self.ids.append(found["id"])
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in ("link", "script", "img", "iframe", "source") and (found.get("href") or found.get("src")):
            self.loads.append(found.get("href") or found.get("src"))


@pytest.fixture(scope="module")
def pages(out: Path) -> dict[Path, Links]:
    return {path: Links(path) for path in out.rglob("*.html")}


def test_every_kpi_and_every_item_has_a_page_in_both_languages(out: Path, edition: Edition) -> None:
    assert len(edition.kpis) >= 25
    for lang in LANGS:
        assert {path.stem for path in (out / lang / "kpi").glob("*.html")} == {kpi.id for kpi in edition.kpis}
        items = sum(len(document.items) for document in edition.documents)
        assert len(list((out / lang / "items").glob("*.html"))) == items


def test_every_page_says_that_a_verdict_is_about_the_past(pages: dict[Path, Links]) -> None:
    for page in pages:
        words = page.read_text(encoding="utf-8")
        lang = "en" if page.parts[-2] == "en" or "/en/" in page.as_posix() else "ja"
        assert text("publish.pace", lang) in words, page
    assert (
        text("publish.pace", "en") == "A verdict is a statement about the past pace, not about the effect of measures."
    )


def test_pages_load_nothing_from_outside_and_run_no_script(pages: dict[Path, Links]) -> None:
    for page, found in pages.items():
        assert "script" not in found.tags
        for load in found.loads:
            assert "://" not in load
            assert (page.parent / load).is_file(), (page, load)


def test_every_link_leads_to_a_page_and_a_place(pages: dict[Path, Links]) -> None:
    for page, found in pages.items():
        for link in found.links:
            if "://" in link:
                continue
            path, _, place = link.partition("#")
            target = (page.parent / path).resolve() if path else page.resolve()
            assert target.is_file(), (page, link)
            if place:
                assert place in Links(target).ids if target not in pages else place in pages[target].ids, (page, link)


def test_no_page_prints_a_word_of_the_machine(pages: dict[Path, Links]) -> None:
    for page in pages:
        words = page.read_text(encoding="utf-8")
        for bad in (">None<", "Undefined", ">nan<", "{count}", "mappingproxy"):
            assert bad not in words, (page, bad)


def test_ids_are_unique_on_every_page(pages: dict[Path, Links]) -> None:
    for page, found in pages.items():
        assert len(found.ids) == len(set(found.ids)), page


def test_the_home_page_is_the_matrix_with_word_and_shape(out: Path, edition: Edition) -> None:
    words = (out / "ja" / "index.html").read_text(encoding="utf-8")
    for kpi in edition.kpis:
        assert f'href="kpi/{kpi.id}.html"' in words
        if kpi.found.status == "not_available":
            assert kpi.because("ja"), kpi.id
            assert kpi.because("en"), kpi.id
    assert words.count("／</span> 判定不能") >= 20


def test_statements_are_quoted_in_japanese_on_english_pages(out: Path, edition: Edition) -> None:
    page = (out / "en" / "kpi" / "K21.html").read_text(encoding="utf-8")
    for _, statement in edition.kpi("K21").statements:
        assert f'<p lang="ja">{quoted(statement.verbatim)}</p>' in page
        assert "**" not in page


def test_the_target_is_in_the_table_and_in_the_download(out: Path) -> None:
    for kpi, value, year in (("K21", "50.0", "2033"), ("K14", "5.0", "2030"), ("K01", "4.0", "2035")):
        with (out / "data" / "kpi" / f"{kpi}.csv").open(encoding="utf-8-sig", newline="") as stream:
            found = list(csv.DictReader(stream))
        wanted = [row for row in found if row["part"] == "target"]
        assert [(row["value"], row["period"]) for row in wanted] == [(value, year)]
        page = (out / "ja" / "kpi" / f"{kpi}.html").read_text(encoding="utf-8")
        assert '<tr class="part-target">' in page


def test_a_verdict_that_rests_on_rounding_says_so(out: Path) -> None:
    """K14 from printed figures: R = 0.600 in [0.299, 0.903] (follow-up.md, c.7)."""
    page = (out / "ja" / "kpi" / "K14.html").read_text(encoding="utf-8")
    assert "判定が境界" in page
    assert "0.600" in page
    assert "0.299～0.903" in page


def test_the_formula_shows_the_numbers_of_the_kpi(edition: Edition) -> None:
    kpi = edition.kpi("K21")
    sums = [line.sum for line in formula.lines(kpi, kpi.found.headline, "en")]
    assert sums[0] == "(30.7 ÷ 27.1)^(1 ÷ (2025 − 2024)) − 1 = 13.28%"
    assert sums[1] == "(50 ÷ 27.1)^(1 ÷ (2033 − 2024)) − 1 = 7.04%"
    assert sums[2] == "13.28% ÷ 7.04% = 1.886"


def test_every_published_verdict_can_be_computed_again_from_its_row(out: Path) -> None:
    with (out / "data" / "assessments.csv").open(encoding="utf-8", newline="") as stream:
        found = [row for row in csv.DictReader(stream) if row["base_value"]]
    assert len(found) >= 10
    scales = {kpi.id: kpi.found.indicator.scale for kpi in Edition.collect().kpis if kpi.found.indicator}
    for row in found:
        number = {
            name: float(row[name]) for name in row if row[name] and name.endswith(("_value", "_year", "_half_unit"))
        }
        again = METHODS[row["method"]](Case(
            base_value=number["base_value"], base_year=number["base_year"], current_value=number["current_value"],
            current_year=number["current_year"], base_half_unit=number["base_half_unit"],
            current_half_unit=number["current_half_unit"], target=number["target_value"], target_year=number["target_year"],
            direction=int(row["direction"]), scale=scales[row["kpi"]],
        ))  # fmt: skip
        assert (again.status, again.value, again.inputs) == (row["status"], float(row["value"]), row["inputs"])


def test_nothing_is_published_as_new_or_dropped_without_a_person(edition: Edition) -> None:
    assert edition.lineage is not None
    open_ones = [row for row in rows(edition.lineage) if row.link.status in ("new", "dropped")]
    assert open_ones
    for row in open_ones:
        assert row.mark("ja").startswith("対応未確認")
        assert row.standing("ja") == "機械案・未確認"
    signed = replace(open_ones[0].link, reviewed=True)
    settled = rows(Lineage(edition.lineage.source, edition.lineage.target, (signed,), edition.lineage.accept))[0]
    assert settled.mark("ja") in ("新規", "記載なし")
    assert settled.standing("ja") == "確認済み"


def test_changed_numbers_and_deadlines_come_first(edition: Edition) -> None:
    assert edition.lineage is not None
    kinds = [any(change.what in ("number", "deadline") for change in row.link.change) for row in rows(edition.lineage)]
    revised = [row.link.status == "revised" for row in rows(edition.lineage)]
    first = [a and b for a, b in zip(kinds, revised, strict=True)]
    assert first == sorted(first, reverse=True)
    assert any(first)


def test_an_override_stands_beside_the_computed_verdict(edition: Edition) -> None:
    kpi = edition.kpi("K21")
    override = Override("limited_progress", by="A. Person", on=dt.date(2026, 11, 1), why="in dollars")
    changed = replace(kpi, found=follow(kpi.found.target, override=override))
    assert changed.found.status == "substantial_progress"
    assert any("A. Person" in note for note in changed.remarks("en"))


def test_only_what_was_known_on_the_day_is_published() -> None:
    early = Edition.collect(day=dt.date(2025, 6, 3))
    assert early.vintage != Edition.collect().vintage
    known = next(table for table in early.tables if table.name == "observations")
    place = [field.name for field in known.fields].index("known_from")
    assert max(str(row[place]) for row in known.rows) <= "2025-06-03"


def test_a_chart_is_drawn_for_every_kpi_that_has_a_value(edition: Edition) -> None:
    drawn = charts.svg(edition.kpi("K21"), "ja")
    assert drawn is not None
    assert "目標 50兆円（2033年）" in drawn
    assert "http" not in drawn.replace("http://www.w3.org/", "")
    assert charts.svg(edition.kpi("K03"), "ja") is None


def test_the_workbook_has_one_tidy_table_a_sheet(out: Path, edition: Edition) -> None:
    for lang in LANGS:
        book = openpyxl.load_workbook(out / "files" / f"plan-follow-up-{lang}.xlsx")
        assert book.sheetnames[1:] == [table.title(lang) for table in edition.tables]
        for sheet, table in zip(book.worksheets[1:], edition.tables, strict=True):
            assert not sheet.merged_cells.ranges
            assert [cell.value for cell in sheet[1]] == [field.label(lang) for field in table.fields]
            assert sheet.max_row == len(table.rows) + 1
        book.close()


def test_the_data_package_describes_its_files(out: Path) -> None:
    package = json.loads((out / "data" / "datapackage.json").read_text(encoding="utf-8"))
    assert len(package["resources"]) >= 8
    for resource in package["resources"]:
        with (out / "data" / resource["path"]).open(encoding="utf-8", newline="") as stream:
            header, *body = csv.reader(stream)
        fields = resource["schema"]["fields"]
        assert header == [field["name"] for field in fields]
        for row in body:
            for field, cell in zip(fields, row, strict=True):
                if cell and field["type"] in ("number", "integer"):
                    float(cell)
        key = resource["schema"].get("primaryKey")
        if key:
            keys = [tuple(row[header.index(name)] for name in key) for row in body]
            assert len(keys) == len(set(keys)), resource["name"]


def test_sdmx_csv_has_the_columns_of_version_2_and_unique_keys(out: Path) -> None:
    with (out / "data" / "sdmx.csv").open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        found = list(reader)
        assert list(reader.fieldnames or ())[:3] == ["STRUCTURE", "STRUCTURE_ID", "ACTION"]
    keys = [tuple(row[name] for name in ("INDICATOR", "REF_AREA", "PART", "MEASURE", "TIME_PERIOD")) for row in found]
    assert len(keys) == len(set(keys)) > 100
    for row in found:
        assert bool(row["REPORTING_YEAR_START_DAY"]) == row["TIME_PERIOD"].endswith("-A1") or "/P" in row["TIME_PERIOD"]


def test_open_sdg_files_have_year_first_and_value_last(edition: Edition) -> None:
    lines = data_csv(edition.kpi("K21")).splitlines()
    assert lines[0] == "Year,Series,Units,Value"
    assert "2025,,trillion yen,30.7" in lines
    assert lines[-1] == "2033,Target,trillion yen,50.0"


def test_a_folder_that_chizai_did_not_make_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(OutputInUse):
        publish(tmp_path, pdf=False)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_folder_that_chizai_made_is_replaced(out: Path, edition: Edition) -> None:
    (out / "stale.html").write_text("old", encoding="utf-8")
    publish(out, edition=Edition((), (), None), pdf=False)
    assert not (out / "stale.html").exists()


def test_amounts_are_printed_as_officials_print_them() -> None:
    assert amount(210_000_00, "records", "ja", qualifier="approx") == "約2,100万件"
    assert amount(30.7, "jpy_cho", "en") == "30.7 trillion yen"
    assert amount(-1.5, "percent", "ja") == "△1.5%"
