"""The winning line over collections whose truth is known: planted winners, thin data, moves, back-test, pages, project."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from chizai.errors import EmptyInput, InputError, NotSupported, UnknownChoice
from chizai.landscape import Landscape
from chizai.strategy import MOVES, load_rule, winning_line
from chizai.strategy.back_test import back_test, hit_rates
from chizai.strategy.errors import BadRule
from chizai.strategy.moves import SHIPPED
from chizai.strategy.pages import write_line, write_pages
from chizai.strategy.project import Project, bm25, check_project, fields_of, read_project, write_annex
from chizai.workspace import Workspace

HEAD = "Jurisdiction,Kind,Publication Number,Lens ID,Publication Date,Publication Year,Application Number,Application Date,Priority Numbers,Earliest Priority Date,Title,Applicants,Inventors,CPC Classifications,IPCR Classifications,Document Type"
CLASSES = ("B64C1/00", "G05D1/00", "H04W4/00", "H04L9/00", "G06Q10/00", "A01B1/00")
SUBCLASSES = [code.split("/")[0][:4] for code in CLASSES]
TITLES = (
    "Wing of an aircraft",
    "Control of a vehicle",
    "Wireless relay",
    "Secure transmission",
    "Order handling",
    "Plough",
)
OWNERS = ("ALPHA CORP", "BETA INC", "GAMMA LTD", "DELTA CO", "EPSILON AG", "ZETA SA", "ETA BV", "THETA OY")


def lens_csv(path: Path, counts: dict[tuple[str, int, int], int]) -> Path:
    """A CSV export of The Lens, written by hand: patents by (owner, class, year of priority), published 18 months later."""
    rows, number = [HEAD], 10_000_000
    for (owner, code, year), count in counts.items():
        for item in range(count):
            number += 1
            month = 1 + item % 12
            later = year * 12 + month - 1 + 18
            out = f"{later // 12}-{later % 12 + 1:02d}-10"
            day = f"{year}-{month:02d}-01"
            rows.append(
                f"US,B2,US {number} B2,{number},{out},{out[:4]},US {year}{number} A,{day},US {year}{number} A,{day},{TITLES[code]},{owner},Doe John,{CLASSES[code]},,Granted Patent"
            )
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def workspace_of(folder: Path, counts: dict[tuple[str, int, int], int]) -> Workspace:
    workspace = Workspace.create(folder / "ws", lang="en")
    workspace.add(lens_csv(folder / "lens.csv", counts), collection="made")
    return workspace


def planted(years: range) -> dict[tuple[str, int, int], int]:
    """ALPHA is large and growing in class 0, which grows; small in the others. Everyone else is alike."""
    counts: dict[tuple[str, int, int], int] = {}
    for at, year in enumerate(years):
        for owner in OWNERS:
            for code in range(len(CLASSES)):
                counts[(owner, code, year)] = 2
        for owner in OWNERS:
            counts[(owner, 0, year)] = 2 + at // 2
        counts[("ALPHA CORP", 0, year)] = 8 + 3 * at
    return counts


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return workspace_of(tmp_path_factory.mktemp("planted"), planted(range(2000, 2013)))


@pytest.fixture(scope="module")
def made(workspace: Workspace) -> Landscape:
    return workspace.landscape(collection="made")


# The line -------------------------------------------------------------------------------------------------------------


def test_the_planted_winner_comes_first_and_is_protected(made: Landscape) -> None:
    line = winning_line(made, player="ALPHA CORP", draws=2_000)
    assert line.ranked[0] == "B64C"
    first = next(iter(line.ranking()))
    assert first["technology"] == "B64C"
    assert first["first_share"] > 0.9
    assert first["move"] == "protect"
    assert first["top_low"] <= first["top_share"] <= first["top_high"]
    measured = {row["measure"]: row for row in line.criteria() if row["technology"] == "B64C"}
    assert measured["rta"]["low"] > 1
    assert measured["relative_growth"]["value"] > 1
    assert measured["lead"]["value"] > 1


def test_a_player_like_all_others_has_no_lead_to_show(made: Landscape) -> None:
    line = winning_line(made, player="ZETA SA", draws=500)
    assert "protect" not in {proposal.move for proposal in line.proposals.values()}


def test_missing_criteria_are_missing_and_said(made: Landscape) -> None:
    line = winning_line(made, player="ALPHA CORP", draws=200)
    assert "impact" in line.profile.missing
    codes = {caveat.code for caveat in line.ranking().caveats}
    assert "strategy_missing" in codes
    assert all(row["value"] is not None or row["missing_because"] for row in line.criteria())
    # Nothing that is missing is 0.
    assert not [row for row in line.criteria() if row["criterion"] == "impact" and row["value"] == 0]


def test_every_part_is_a_finding_in_both_languages(made: Landscape) -> None:
    for name, finding in winning_line(made, player="ALPHA CORP", draws=200).findings().items():
        assert finding.name == name
        for lang in ("en", "ja"):
            assert finding.title(lang)
            assert finding.explanation(lang)
            assert [column.label(lang) for column in finding.columns]
            assert [caveat.text(lang) for caveat in finding.caveats] or not finding.caveats
            assert [finding.cells(row, lang) for row in finding.head(3)]
        assert finding.provenance.parameters["rule"]["sha256"] == load_rule().sha256
        json.dumps(finding.as_dict(), default=str)


def test_the_patents_behind_are_the_players_own(made: Landscape) -> None:
    rows = list(winning_line(made, player="ALPHA CORP", draws=200).patents(top=3))
    assert {row["technology"] for row in rows} == set(SUBCLASSES)
    assert all(row["document"] == TITLES[SUBCLASSES.index(row["technology"])] for row in rows)


def test_the_same_again_gives_the_same(made: Landscape) -> None:
    one, two = (winning_line(made, player="BETA INC", draws=300).ranking().as_dict() for _ in range(2))
    assert one == two


def test_choices_that_do_not_exist_are_refused(made: Landscape) -> None:
    with pytest.raises(UnknownChoice, match="class"):
        winning_line(made, player="ALPHA CORP", by="colour")  # type: ignore[arg-type]
    with pytest.raises(UnknownChoice, match="position"):
        winning_line(made, player="ALPHA CORP", criteria=["beauty"])
    with pytest.raises(UnknownChoice):
        winning_line(made, player="NOBODY AT ALL")
    with pytest.raises(NotSupported):
        winning_line(made, player="JP")  # the collection has no countries
    with pytest.raises(NotSupported):
        winning_line(made, player="ALPHA CORP", by="standard")


@pytest.mark.parametrize(
    "counts",
    [
        {("ALPHA CORP", 0, 2010): 3},
        {("ALPHA CORP", 0, 2010): 40},
        {("ALPHA CORP", 0, 2010): 15, ("BETA INC", 0, 2010): 15},
        {("ALPHA CORP", code, 2010): 15 for code in range(4)},
        {("ALPHA CORP", 0, 2010): 12, ("BETA INC", 1, 2011): 30, ("GAMMA LTD", 2, 2012): 20},
    ],
    ids=["three patents", "one player, one class", "one class", "one player", "each its own"],
)
def test_thin_collections_give_a_caveat_or_a_refusal(tmp_path: Path, counts: dict[tuple[str, int, int], int]) -> None:
    land = workspace_of(tmp_path, counts).landscape(collection="made")
    try:
        line = winning_line(land, player="ALPHA CORP", draws=200)
    except NotSupported:
        return
    ranking = line.ranking()
    assert ranking.caveats
    assert all(row["move"] in (*MOVES, "none") for row in ranking)
    if len(ranking) == 1:
        assert "strategy_one_technology" in {caveat.code for caveat in ranking.caveats}
    assert {row["move"] for row in ranking} == {"none"}


# The rule -------------------------------------------------------------------------------------------------------------


def shipped() -> str:
    import chizai.strategy

    return (Path(chizai.strategy.__file__).parent / SHIPPED).read_text(encoding="utf-8")


def test_the_shipped_rule_knows_every_move_once() -> None:
    assert sorted(item.move for item in load_rule().rule.moves) == sorted(MOVES)


def test_an_edited_rule_changes_the_move_and_stands_in_the_provenance(made: Landscape, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    changed = shipped().replace("id: winning-line", "id: mine").replace("version: 1", "version: 7")
    changed = changed.replace("move: protect", "move: open", 1)
    file.write_text(changed, encoding="utf-8")
    line = winning_line(made, player="ALPHA CORP", rule=file, draws=200)
    assert line.proposals["B64C"].move == "open"
    told = line.ranking().provenance.parameters["rule"]
    assert told["name"] == "mine (v7)"
    assert told["sha256"] != load_rule().sha256


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("is: above", "is: beyond", "not_below"),
        ("measure: rta", "measure: beauty", "no such measure"),
        ("mark: 1}", "mark: high}", "median"),
        ("mark: 1}", "mark: nan}", "median"),
        ("move: protect", "move: conquer", "protect"),
        ("version: 1", "version: none", "integer"),
        ("id: winning-line\n", "", "id is missing"),
        ("evidence:", "evidnce:", "no key evidnce"),
        ("moves:", "moves: [", "YAML"),
        ("id: winning-line", "id: winning-line\nid: twice", "stands twice"),
    ],
)
def test_a_rule_with_a_mistake_says_where(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "mine.yaml"
    head, body = shipped().split("\nid: ", 1)
    file.write_text(head + "\n" + ("id: " + body).replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadRule, match=said) as caught:
        load_rule(file)
    assert caught.value.where.file == "mine.yaml"
    assert caught.value.text("ja")
    if said != "id is missing":
        assert caught.value.where.row


@pytest.mark.parametrize("data", [b"", b"- 1\n- 2\n", b"\xff\xfe\x00", b"a: &a [*a]\n", b"x: " + b"[" * 500])
def test_no_rule_file_breaks_the_reader(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(data)
    with pytest.raises(InputError):
        load_rule(file)


def test_the_shipped_rule_in_another_encoding_is_the_same_rule(tmp_path: Path) -> None:
    for encoding in ("cp932", "utf-16", "utf-8-sig"):
        file = tmp_path / f"{encoding}.yaml"
        file.write_bytes(shipped().encode(encoding))
        assert load_rule(file).rule == load_rule().rule


# The back-test --------------------------------------------------------------------------------------------------------


def test_the_difference_of_rates_redraws_whole_players() -> None:
    picked = np.array([1, 0] * 10, dtype=float)
    rose = picked.copy()
    value, low, high = hit_rates(picked, rose, np.repeat(np.arange(10), 2))
    assert value == 0.5
    assert low == high == 0.5  # every player is alike
    assert np.isnan(hit_rates(picked, rose, np.zeros(20))[1])  # one player has no interval


def test_planted_winners_are_found_five_years_ahead(tmp_path: Path) -> None:
    counts: dict[tuple[str, int, int], int] = {}
    for at, year in enumerate(range(1996, 2013)):
        for place, owner in enumerate(OWNERS):
            for code in range(len(CLASSES)):
                # Each of six players rises without end in a technology of its own, which is its largest.
                counts[(owner, code, year)] = 3 + 2 * at if place == code else 4
    land = workspace_of(tmp_path, counts).landscape(collection="made")
    found = {row["picked_by"]: row for row in back_test(land, kind="player", top_k=1, until=2010, draws=300, players=8)}
    top = found["top_k"]
    assert top["pairs"] >= 6
    assert top["hit_rate"] > 0.7
    assert top["base_rate"] < 0.5
    assert top["told"] == "better"
    assert top["difference_low"] > 0


def test_without_a_trend_no_skill_is_shown(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    counts = {
        (owner, code, year): int(generator.poisson(6))
        for owner in OWNERS
        for code in range(len(CLASSES))
        for year in range(1996, 2013)
    }
    land = workspace_of(tmp_path, counts).landscape(collection="made")
    found = {row["picked_by"]: row for row in back_test(land, kind="player", top_k=1, until=2010, draws=300)}
    assert found["top_k"]["told"] != "better"
    assert 0.3 < found["top_k"]["base_rate"] < 0.7


def test_only_what_had_been_published_is_known(made: Landscape) -> None:
    from datetime import date

    from chizai.strategy.back_test import as_known

    then = as_known(made.scope, date(2006, 12, 31))
    assert then.cutoff is not None
    assert then.cutoff <= date(2006, 12, 31)
    assert 0 < then.total < made.scope.total
    assert made.scope.total == Landscape(made.scope).scope.total  # the present is untouched


def test_a_back_test_that_cannot_be_made_says_why(made: Landscape, tmp_path: Path) -> None:
    with pytest.raises(NotSupported, match="international"):
        back_test(Landscape(made.scope.under(unit="ipf")), kind="player", until=2010)
    with pytest.raises(NotSupported):
        back_test(made, kind="country", until=2010)
    with pytest.raises(NotSupported):
        back_test(made, kind="player", until=1990)


# Pages and the project ------------------------------------------------------------------------------------------------


def test_a_page_is_whole_and_holds_both_languages(made: Landscape, tmp_path: Path) -> None:
    line = winning_line(made, player="ALPHA CORP", draws=300)
    page = write_line(line, tmp_path, lang="ja").read_text(encoding="utf-8")
    assert 'lang="en"' in page
    assert "勝ち筋" in page
    assert page.count("<svg") >= 6
    assert not re.search(r'(?:src|href)="https?://(?!doi)', page)
    assert (tmp_path / "winning-line.xlsx").is_file()
    assert (tmp_path / "tables" / "winning-line" / "criteria.csv").is_file()


def test_there_is_a_page_for_each_of_the_17_fields_and_an_overview(workspace: Workspace, tmp_path: Path) -> None:
    found = write_pages(workspace, tmp_path, player="ALPHA CORP", draws=200)
    assert len(found.entries) == 17
    assert all((entry.line is None) == bool(entry.refusals) for entry in found.entries)
    assert any(entry.line for entry in found.entries)
    overview = found.front.read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="https?://(?!doi)', overview)
    for entry in found.entries:
        assert f'href="{entry.page.name}"' in overview
        page = entry.page.read_text(encoding="utf-8")
        for lang in ("en", "ja"):
            assert entry.names[lang] in overview
            assert entry.names[lang] in page
        if entry.refusals:
            # What cannot be ranked has its reason and no chart.
            assert '<ul class="caveats"><li>' in page
            assert "<svg" not in page
        assert 'href="index.html"' in page


def test_the_overview_of_a_country_is_made_though_nothing_can_be_said(workspace: Workspace, tmp_path: Path) -> None:
    found = write_pages(workspace, tmp_path, player="JP", draws=200)
    assert found.refusal is not None
    assert "no country" in found.front.read_text(encoding="utf-8")
    assert [entry for entry in found.entries if entry.line] == []
    # Whose the units are is not known: that is not the same as none.
    assert {entry.own for entry in found.entries if entry.units} == {None}


def test_a_projects_nearest_patents_are_those_that_speak_of_the_same(made: Landscape, tmp_path: Path) -> None:
    check = check_project(made, Project("Plough", "A plough for fields"), player="ALPHA CORP", around=20)
    near = list(check.findings["nearest_patents"])
    assert {row["document"] for row in near} == {"Plough"}
    assert [row["applying"] for row in check.findings["project_players"] if row["player"] == "ALPHA CORP"] in (
        [True],
        [],
    )
    page = write_annex(check, tmp_path / "annex.html", lang="ja").read_text(encoding="utf-8")
    assert "点数も結論も示さない" in page
    assert "<script src" not in page


def test_a_project_that_shares_no_word_has_nothing_near(made: Landscape) -> None:
    check = check_project(made, Project("Xylophone"))
    assert len(check.findings["nearest_patents"]) == 0
    assert "project_nothing_near" in {caveat.code for caveat in check.findings["nearest_patents"].caveats}
    with pytest.raises(EmptyInput):
        check_project(made, Project(" "))


def test_a_projects_field_is_told_by_words_in_both_languages() -> None:
    assert fields_of(Project("量子コンピュータの誤り訂正"))[0][0] == "quantum"
    assert fields_of(Project("Quantum error correction"))[0][0] == "quantum"
    assert fields_of(Project("Xylophone")) == []


def test_bm25_is_the_formula() -> None:
    counts = np.array([[2.0, 0, 1], [0, 1, 1], [0, 0, 4]])
    found = bm25(sparse.csr_matrix(counts), np.array([1.0, 0, 0]), k1=1.2, b=0.75)
    # idf = ln(1 + (3 - 1 + .5) / (1 + .5)); length 3 of a mean of 3.
    assert found == pytest.approx([np.log(1 + 2.5 / 1.5) * 2 * 2.2 / (2 + 1.2), 0, 0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_project_file_is_read_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "project.txt"
    file.write_bytes("量子計算の研究\n要旨です。\n二行目".encode(encoding))
    assert read_project(file) == Project("量子計算の研究", "要旨です。\n二行目")


def test_a_project_file_without_words_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"  \n")
    with pytest.raises(InputError):
        read_project(tmp_path / "empty.txt")
    with pytest.raises(InputError):
        read_project(tmp_path / "none.txt")
