"""The review of the lineage and the progress round trip: out, filled, in, logged."""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from chizai.errors import HostileInput, InputError
from chizai.messages import LANGS
from chizai.plan import align, measures_of, shipped
from chizai.plan.facts import bodies, deadline, lexicon, named_things, owners, quantities, stage
from chizai.plan.lineage import Lineage
from chizai.plan.page import write_page
from chizai.plan.progress import approve, differences, period_of, read_notes, read_progress, write_template
from chizai.plan.review import append_log, read_log, read_review, reviewed, write_review


@pytest.fixture(scope="module")
def lineage() -> Lineage:
    return align(shipped("2025"), shipped("2026"))


def fill(path: Path, decisions: dict[str, dict[str, str]]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row.update(decisions.get(row["record"], {}))
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


WHO = {"reviewer": "山田", "date": "2026-07-01"}
DROPPED = "2025:1-1:measure:2>"
LINKED = "2025:1-1:measure:1>2026:1-1:measure:1"
ALONE = "2025:1-2:measure:1>"
PARTNER = "2026:1-2:measure:2"


def decided(lineage: Lineage, folder: Path, decisions: dict[str, dict[str, str]]) -> Lineage:
    path, log = folder / "review.csv", folder / "log.csv"
    write_review(lineage, path, lang="ja")
    fill(path, decisions)
    append_log(log, read_review(path, lineage))
    return reviewed(lineage, read_log(log))


def by_key(lineage: Lineage) -> dict[str, object]:
    return {link.key: link for link in lineage.links}


def test_an_unfilled_review_decides_nothing(lineage: Lineage, tmp_path: Path) -> None:
    assert write_review(lineage, tmp_path / "r.csv", lang="en") == sum(k.level != "item" for k in lineage.links)
    assert read_review(tmp_path / "r.csv", lineage) == []


def test_an_accepted_dropped_record_becomes_publishable_with_name_and_date(lineage: Lineage, tmp_path: Path) -> None:
    after = decided(lineage, tmp_path, {DROPPED: {"decision": "accept", **WHO}})
    link = next(link for link in after.links if link.key == DROPPED)
    assert (link.publishable, link.reviewer, link.reviewed_on) == (True, "山田", "2026-07-01")
    assert not next(link for link in lineage.links if link.key == DROPPED).publishable


def test_a_rejected_link_falls_apart_into_open_records(lineage: Lineage, tmp_path: Path) -> None:
    after = decided(lineage, tmp_path, {LINKED: {"decision": "却下", **WHO}})
    keys = by_key(after)
    assert LINKED not in keys
    assert "2025:1-1:measure:1>" in keys
    assert ">2026:1-1:measure:1" in keys
    assert not any(
        link.publishable for link in after.links if link.key in ("2025:1-1:measure:1>", ">2026:1-1:measure:1")
    )


def test_a_relink_makes_one_reviewed_record_and_keeps_every_statement(lineage: Lineage, tmp_path: Path) -> None:
    after = decided(lineage, tmp_path, {ALONE: {"decision": "relink", "relink_to": PARTNER, **WHO}})
    made = next(link for link in after.links if link.source == ("2025:1-2:measure:1",))
    assert made.target == (PARTNER,)
    assert (made.status, made.reviewed) == ("revised", True)
    assert f">{PARTNER}" not in by_key(after)
    for side in ("source", "target"):
        before_ids = {name for link in lineage.links for name in getattr(link, side)}
        assert {name for link in after.links for name in getattr(link, side)} == before_ids


def test_a_linked_record_relinked_elsewhere_leaves_its_old_partner_open(lineage: Lineage, tmp_path: Path) -> None:
    after = decided(lineage, tmp_path, {LINKED: {"decision": "relink", "relink_to": "2026:1-1:measure:2", **WHO}})
    assert ">2026:1-1:measure:1" in by_key(after)
    assert ">2026:1-1:measure:2" not in by_key(after)


def test_the_log_only_grows_and_the_last_word_holds(lineage: Lineage, tmp_path: Path) -> None:
    path, log = tmp_path / "review.csv", tmp_path / "log.csv"
    write_review(lineage, path, lang="ja")
    fill(path, {LINKED: {"decision": "accept", **WHO}})
    assert append_log(log, read_review(path, lineage)) == 1
    first = log.read_bytes()
    assert append_log(log, read_review(path, lineage)) == 0
    fill(path, {LINKED: {"decision": "reject", **WHO}})
    assert append_log(log, read_review(path, lineage)) == 1
    assert log.read_bytes().startswith(first)
    assert LINKED not in by_key(reviewed(lineage, read_log(log)))


def test_a_decision_on_a_text_that_has_changed_no_longer_counts(lineage: Lineage, tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    write_review(lineage, path, lang="ja")
    fill(path, {DROPPED: {"decision": "accept", **WHO}})
    decision = read_review(path, lineage)[0]
    stale = type(decision)(**{**{n: getattr(decision, n) for n in decision.__slots__}, "source_hashes": "00000000"})
    after = reviewed(lineage, [stale])
    assert not next(link for link in after.links if link.key == DROPPED).publishable


@pytest.mark.parametrize(
    ("record", "cells", "column"),
    [
        (DROPPED, {"decision": "perhaps", **WHO}, "decision"),
        (DROPPED, {"decision": "accept", "date": "2026-07-01"}, "reviewer"),
        (DROPPED, {"decision": "accept", "reviewer": "山田", "date": "July"}, "date"),
        (DROPPED, {"decision": "reject", **WHO}, "decision"),
        (DROPPED, {"decision": "relink", **WHO}, "relink_to"),
        (DROPPED, {"decision": "relink", "relink_to": "2026:9-9:measure:1", **WHO}, "relink_to"),
        (DROPPED, {"decision": "accept", "record": "no such", **WHO}, "record"),
    ],
)
def test_a_wrong_decision_is_refused_with_its_row_and_column(
    lineage: Lineage, tmp_path: Path, record: str, cells: dict[str, str], column: str
) -> None:
    path = tmp_path / "review.csv"
    write_review(lineage, path, lang="ja")
    fill(path, {record: cells})
    with pytest.raises(InputError) as caught:
        read_review(path, lineage)
    assert caught.value.where.row is not None
    assert caught.value.where.column == column


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff\xff", b"PK\x03\x04junk", b"a,a\n1,2\n", b'"' * 200_000])
def test_what_is_no_review_is_refused(lineage: Lineage, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(data)
    for read in (lambda: read_review(path, lineage), lambda: read_log(path), lambda: read_notes(path)):
        with pytest.raises(InputError):
            read()


@pytest.mark.parametrize("lang", LANGS)
def test_the_review_page_shows_every_record_and_runs_nothing_from_outside(
    lineage: Lineage, tmp_path: Path, lang: str
) -> None:
    path = tmp_path / "review.html"
    write_page(lineage, path, lang=lang)  # type: ignore[arg-type]
    page = path.read_text(encoding="utf-8")
    assert all(f'id="r-{link.key.replace(">", "&gt;")}"' in page for link in lineage.links)
    assert f'<html lang="{lang}">' in page
    assert "http" not in page
    assert "<ins>" in page


# Progress ----------------------------------------------------------------------------------------------------------

NOTE = {
    "ministry": "特許庁",
    "period": "令和8年度",
    "stage": "推進・実施",
    "progress": "実施した",
    "evidence": "資料1",
    "author": "佐藤",
    "reported_on": "2026-10-01",
}


def filled_form(folder: Path, suffix: str, cells: dict[str, str], *, measure: str = "2026:2-4:measure:1") -> Path:
    path = folder / f"form{suffix}"
    write_template(shipped("2026"), path, lang="ja")
    from chizai.messages import text

    labels = {text(f"plan.column.{name}", "ja"): value for name, value in cells.items()}
    if suffix == ".xlsx":
        book = load_workbook(path)
        sheet = book.worksheets[0]
        header = [cell.value for cell in sheet[1]]
        for row in sheet.iter_rows(min_row=2):
            if row[0].value == measure:
                for label, value in labels.items():
                    row[header.index(label)].value = value
        book.save(path)
        book.close()
        return path
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    for row in rows[1:]:
        if row[0] == measure:
            for label, value in labels.items():
                row[rows[0].index(label)] = value
    with path.open("w", encoding="cp932", errors="replace", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_filled_form_comes_back_differs_and_is_recorded_once(tmp_path: Path, suffix: str) -> None:
    plan, log = shipped("2026"), tmp_path / "log.csv"
    notes = read_progress(filled_form(tmp_path, suffix, NOTE), plan)
    assert [(note.period, note.stage, note.ministry) for note in notes] == [("FY2026", "implement", "特許庁")]
    assert len(differences(notes, [])) == 1
    assert not log.exists()
    assert len(approve(log, notes, by="田中", on=dt.date(2026, 10, 5))) == 1
    assert approve(log, notes, by="田中", on=dt.date(2026, 10, 6)) == []
    logged = read_notes(log)
    assert (logged[0].approved_by, logged[0].approved_on) == ("田中", "2026-10-05")


def test_a_changed_note_shows_what_changed_and_both_stay_in_the_log(tmp_path: Path) -> None:
    plan, log = shipped("2026"), tmp_path / "log.csv"
    approve(log, read_progress(filled_form(tmp_path, ".csv", NOTE), plan), by="田中", on=dt.date(2026, 10, 5))
    again = read_progress(filled_form(tmp_path, ".csv", {**NOTE, "progress": "完了した"}), plan)
    (diff,) = differences(again, read_notes(log))
    assert diff.fields == ("progress",)
    approve(log, again, by="田中", on=dt.date(2026, 11, 5))
    assert [note.progress for note in read_notes(log)] == ["実施した", "完了した"]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"measure_id": "2026:9-9:measure:1"}, "measure_id"),
        ({"hash": "00000000"}, "hash"),
        ({"period": "来年"}, "period"),
        ({"stage": "順調"}, "stage"),
        ({"progress": ""}, "progress"),
        ({"ministry": ""}, "ministry"),
        ({"reported_on": "きのう"}, "reported_on"),
    ],
)
def test_a_wrong_cell_is_refused_with_row_and_column(tmp_path: Path, cells: dict[str, str], column: str) -> None:
    path = filled_form(tmp_path, ".csv", {**NOTE, **cells})
    with pytest.raises(InputError) as caught:
        read_progress(path, shipped("2026"))
    assert caught.value.where.column == column
    assert caught.value.where.row is not None


def test_formulas_in_a_form_stay_text(tmp_path: Path) -> None:
    plan, log = shipped("2026"), tmp_path / "log.csv"
    notes = read_progress(filled_form(tmp_path, ".csv", {**NOTE, "progress": "=1+1"}), plan)
    approve(log, notes, by="田中", on=dt.date(2026, 10, 5))
    assert "'=1+1" in log.read_text(encoding="utf-8")
    assert read_notes(log)[0].progress == "=1+1"


def test_a_workbook_that_unpacks_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chizai.plan.tables.MAX_UNPACKED", 2**20)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (2 * 2**20))
    with pytest.raises(HostileInput):
        read_progress(path, shipped("2026"))


@pytest.mark.parametrize(
    ("given", "period"),
    [("令和元年度", "FY2019"), ("FY2026", "FY2026"), ("2026年度", "FY2026"), ("2026", "2026"), ("2026-13", None)],
)
def test_periods_have_one_spelling_and_a_fiscal_year_is_never_a_year(given: str, period: str | None) -> None:
    assert period_of(given) == period


# What a sentence says ----------------------------------------------------------------------------------------------


def test_measures_name_only_the_owners_that_the_text_names() -> None:
    rows = {row.id: row for row in measures_of(shipped("2025"))}
    assert rows["2025:2-4:measure:1"].owners == ("中小企業庁",)
    assert rows["2025:1-1:measure:1"].owners == ()
    assert len(rows) == 53


def test_deadlines_of_measures_are_those_of_the_inventory() -> None:
    """kpi-inventory.md section 5."""
    found = {
        row.id: row.deadline
        for year in ("2025", "2026")
        for row in measures_of(shipped(year))
        if row.deadline is not None
    }
    assert (found["2025:3-4:measure:2"].year, found["2025:3-4:measure:2"].month) == (2025, 6)
    assert (found["2026:3-4:measure:3"].kind, found["2026:3-4:measure:3"].year) == ("fy", 2026)
    assert (found["2026:2-4:measure:4"].kind, found["2026:2-4:measure:4"].year) == ("unstated", None)
    guideline = found["2026:1-1:measure:1"]
    assert (guideline.kind, guideline.year, guideline.stated_in) == ("fy", 2026, "2026:0:restatement:4")


@pytest.mark.parametrize(
    ("text", "rung"),
    [
        ("対象範囲の見直しを検討する。", "consider"),
        ("国際的な動向を見極めつつ、検討を進める。", "advance"),
        ("効果的な支援策の在り方を検討。", "explore"),
        ("法改正を含めた必要な措置を講ずる。", "act"),
        ("取組を推進する。", "implement"),
        ("基本的な方針を作成する。", "enact"),
        ("今夏に立ち上げ、事業化する。", "operate"),
        ("なし", None),
    ],
)
def test_the_last_verb_gives_the_rung(text: str, rung: str | None) -> None:
    assert stage(text) == rung


@pytest.mark.parametrize("text", ["2019年の特許法改正の検証", "2024年12月に施行", "(2022年4月策定)", "昨年11月に設置"])
def test_dates_of_the_past_are_no_deadlines(text: str) -> None:
    assert deadline(text) is None


def test_names_inside_brackets_are_no_owners() -> None:
    assert owners("「農林水産省知的財産戦略2030」を策定する") == ()
    assert bodies("コンテンツ産業官民協議会を司令塔として") == ("コンテンツ産業官民協議会",)


def test_numbers_carry_their_units() -> None:
    assert [str(found) for found in quantities("約200カ所、1.4万社、10ポイント、①")] == [
        "200か所",
        "1.4万社",
        "10ポイント",
    ]


def test_abbreviations_and_full_names_are_the_same_thing() -> None:
    assert named_things("大学知財GLの普及") & named_things("大学知財ガバナンスガイドラインの普及")


def test_the_lexicon_has_no_entry_twice() -> None:
    names = lexicon()["instruments"]["names"]
    assert len(names) == len(set(names))
