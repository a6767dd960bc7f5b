"""The shipped plan documents: every bullet of both texts, declared corrections, KPIs, the hand edits on the draft."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chizai.errors import ChizaiError, InputError, UnknownChoice
from chizai.plan import PlanDocument, check, draft, dump, load, shipped, shipped_ids, source_text
from chizai.plan.draft import edited
from chizai.plan.store import shipped_edits
from chizai.yaml_files import parse

YEARS = ["2025", "2026"]


@pytest.fixture(params=YEARS)
def plan(request: pytest.FixtureRequest) -> PlanDocument:
    return shipped(request.param)


def text_of(plan: PlanDocument) -> bytes:
    found = source_text(plan)
    assert found is not None
    return found


def test_the_shipped_documents_have_no_problem(plan: PlanDocument) -> None:
    assert check(plan, text_of(plan)) == []


def test_the_shipped_yaml_is_the_draft_with_its_hand_edits(plan: PlanDocument) -> None:
    edits, english = shipped_edits(plan.document.id)
    assert edited(text_of(plan), edits, english) == plan


def test_a_document_survives_its_yaml(plan: PlanDocument) -> None:
    written = dump(plan)
    assert parse(PlanDocument, written.encode(), label="x.yaml") == plan
    assert dump(plan) == written


def test_the_sources_are_the_shared_texts(shared: Path, plan: PlanDocument) -> None:
    assert text_of(plan) == (shared / "plan" / plan.document.source).read_bytes()


def test_every_bullet_is_missed_when_its_statement_goes(plan: PlanDocument) -> None:
    """The check can fail: without any one bullet's statement it names the line."""
    source = text_of(plan)
    for gone in plan.statements[::17]:
        if gone.part_of is not None:
            continue
        kept = tuple(found for found in plan.statements if found.id != gone.id and found.part_of != gone.id)
        problems = check(plan.model_copy(update={"statements": kept}), source)
        codes = {problem.code for problem in problems if problem.place == f"line {gone.locator.lines[0]}"}
        assert codes & {"bullet_missing", "text_missing"}, gone.id


def test_a_silent_correction_is_found(plan: PlanDocument) -> None:
    first = plan.statements[0]
    changed = first.model_copy(update={"text": first.text + "?"})
    problems = check(plan.model_copy(update={"statements": (changed, *plan.statements[1:])}), text_of(plan))
    assert {"text_undeclared", "hash_differs"} <= {problem.code for problem in problems}


def test_a_correction_whose_text_is_gone_fails(plan: PlanDocument) -> None:
    edits, english = shipped_edits(plan.document.id)
    stale = edits.corrections[0].model_copy(update={"expect": "この句はない"})
    with pytest.raises(InputError, match="この句はない"):
        edited(text_of(plan), edits.model_copy(update={"corrections": (stale,)}), english)
    document = plan.model_copy(update={"corrections": (*plan.corrections, stale)})
    assert "correction_unused" in {problem.code for problem in check(document, text_of(plan))}


def test_edits_are_pinned_to_their_text(plan: PlanDocument) -> None:
    edits, english = shipped_edits(plan.document.id)
    with pytest.raises(InputError, match="another text"):
        edited(text_of(plan) + b"\n- x\n", edits, english)


def test_an_edit_of_no_statement_is_refused_with_its_line(plan: PlanDocument) -> None:
    edits, _ = shipped_edits(plan.document.id)
    with pytest.raises(InputError, match="no statement begins at 9999"):
        edited(text_of(plan), edits, {"9999": "x"})


def test_a_kpi_without_indicator_or_reason_is_found(plan: PlanDocument) -> None:
    statements = tuple(
        found.model_copy(update={"indicators": (), "no_indicator": None}) if found.kind == "kpi" else found
        for found in plan.statements
    )
    problems = check(plan.model_copy(update={"statements": statements}), text_of(plan))
    assert sum(problem.code == "kpi_without_indicator" for problem in problems) >= 8


def test_kpis_fall_from_22_to_8() -> None:
    """follow-up.md 0.2: 22 KPIs in the outline of 2025, 8 in that of 2026."""
    assert [len(shipped(year).of_kind("kpi")) for year in YEARS] == [22, 8]
    numbers = {year: {found.kpi for found in shipped(year).statements if found.kpi} for year in YEARS}
    inventory = {f"K{number:02d}" for number in range(1, 26)}
    assert numbers["2025"] | numbers["2026"] == inventory
    assert inventory - numbers["2025"] == {"K17", "K18", "K19"}


def test_both_outlines_have_thirteen_items_with_the_same_concepts() -> None:
    items = [[item for item in shipped(year).items if item.parent] for year in YEARS]
    assert [len(found) for found in items] == [13, 13]
    assert [item.concept for item in items[0]] == [item.concept for item in items[1]]


def test_about_39_restatements_name_what_they_restate() -> None:
    """follow-up.md 0.6: about 39 restatements."""
    found = [s for year in YEARS for s in shipped(year).of_kind("restatement")]
    assert len(found) == 39
    assert all(statement.restates for statement in found)


def test_the_shared_slide_of_2025_is_parted() -> None:
    items = Counter(s.item for s in shipped("2025").statements)
    assert items["3-1"]
    assert items["3-2"]
    startups = next(s for s in shipped("2025").statements if s.id == "2025:3-2:aim:1")
    assert startups.text.startswith("スタートアップ")


def test_damage_is_mended_and_kept_verbatim() -> None:
    """The cases named in follow-up.md 0.4."""
    by_line = {s.locator.lines[0]: s for year in YEARS[1:] for s in shipped(year).statements}
    assert by_line[218].text.startswith("集団的")
    assert "集团的" in by_line[218].verbatim
    of_2025 = {s.locator.lines[0]: s for s in shipped("2025").statements}
    assert "経済安全保障上の" in of_2025[357].text
    assert "［判読不能］" in of_2025[393].text
    assert "かののののではのでは" in of_2025[393].verbatim


def test_a_torn_sentence_is_joined() -> None:
    joined = next(s for s in shipped("2025").statements if s.locator.lines == (498, 502))
    assert "260万人、 国内消費4000 億円と試算" in joined.text


def test_indicators_are_those_of_the_series() -> None:
    catalogue = Path(__file__).parent.parent / "src/chizai/data/series/indicators.yaml"
    if not catalogue.is_file():
        pytest.skip("the indicator catalogue is not there")
    words = catalogue.read_text(encoding="utf-8")
    used = {name for year in YEARS for s in shipped(year).statements for name in s.indicators}
    assert used
    assert not {name for name in used if f"id: {name}\n" not in words}


def test_every_statement_but_labels_has_english(plan: PlanDocument) -> None:
    assert [s.id for s in plan.statements if not s.en and s.kind != "figure"] == []


def test_shipped_documents_are_found_by_id_plan_and_year() -> None:
    assert len(shipped_ids()) == 2
    for name in ("ip-plan-2025-outline", "ip-plan-2025", "2025"):
        assert load(name).plan.year == 2025
    with pytest.raises(UnknownChoice):
        load("1999")


# The reader on other texts -----------------------------------------------------------------------------------------

SMALL = """「知的財産推進計画2027」（概要）

◆ 海外市場を拡大する。
◆ 人材を育成する。

現状と課題

• 市場は1.5兆円で
  あり、拡大の余地がある。

KPI

○ 2035年までに3兆円とする。

今後の予定（方向性）

• 令和9年度中に、「新指針」を策定する。

◆ 模倣品を減らす。

現状と課題

• 被害が増加。

今後の予定（方向性）

• 税関と連携し、取締りを強化する。

知的財産推進計画2027の構成

1. 知的財産の「創造」

- 人材の育成

2. 知的財産の「保護」

- 模倣品対策
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_small_overview_is_read_in_every_encoding(encoding: str) -> None:
    data = SMALL.replace("•", "・").encode(encoding)
    document = draft(data, year=2027, label="small.txt")
    assert [item.number for item in document.items if item.parent] == ["1-1", "2-1"]
    kinds = Counter(found.kind for found in document.statements)
    assert kinds == {"aim": 3, "state": 2, "kpi": 1, "measure": 2}
    measure = next(s for s in document.statements if s.id == "2027:1-1:measure:1")
    assert measure.measure is not None
    assert measure.measure.deadline is not None
    assert (measure.measure.deadline.kind, measure.measure.deadline.year) == ("fy", 2027)
    wrapped = next(s for s in document.statements if s.id == "2027:1-1:state:1")
    assert wrapped.text == "市場は1.5兆円であり、拡大の余地がある。"
    errors = [p for p in check(document, data) if p.severity == "error" and not p.code.startswith("kpi_")]
    assert errors == []


def test_windows_line_ends_and_page_breaks_are_read() -> None:
    data = SMALL.replace("◆ 模倣品", "\f◆ 模倣品").replace("\n", "\r\n").encode()
    document = draft(data, year=2027, label="small.txt")
    assert next(s for s in document.statements if s.item == "2-1").locator.page == 2


@pytest.mark.parametrize(
    "data",
    [b"", b"   \n", b"\xff\xfe\x00", b"no contents list here", "◆ 目指す。\n".encode(), b"\x00" * 50, b"a" * 30_000],
)
def test_what_is_no_overview_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        draft(data, year=2027, label="x.txt")


@given(st.text(alphabet="-◆○•1234567890. \n\t「」現状と課題今後の予定KPI知的財産目指す。※【】(参考)\f", max_size=400))
@settings(max_examples=60)
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        document = draft(text.encode(), year=2027, label="x.txt")
    except ChizaiError:
        return
    # What the reader accepts, the independent check finds complete.
    codes = {problem.code for problem in check(document, text.encode())}
    assert not codes & {"text_missing", "verbatim_differs", "hash_differs", "id_twice", "order_wrong"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"- a",
        b"a: &x [1]\nb: *x",
        b"{" * 50,
        b"plan: 1",
        b"\xff\xff\xff",
        b"a: 1\na: 2",
        b"x: [" + b"1," * 10 + b"]",
    ],
)
def test_a_plan_file_that_is_none_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(data)
    with pytest.raises(InputError):
        load(str(path))


def test_a_missing_plan_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.yaml"):
        load(str(tmp_path / "gone.yaml"))
