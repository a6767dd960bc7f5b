"""The pages of the winning line and the annex of a project: whole, bilingual, offline, two pages when printed."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from chizai.errors import EmptyInput, InputError
from chizai.landscape import Landscape
from chizai.report.winning import winning
from chizai.strategy import winning_line
from chizai.strategy.pages import Pages, write_line, write_pages
from chizai.strategy.project import Project, bm25, check_project, fields_of, read_project, write_annex
from chizai.workspace import Workspace

WORLD = runpy.run_path(str(Path(__file__).with_name("strategy_world.py")))
planted, workspace_of = WORLD["planted"], WORLD["workspace_of"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return workspace_of(tmp_path_factory.mktemp("planted"), planted(range(2000, 2013)))


@pytest.fixture(scope="module")
def made(workspace: Workspace) -> Landscape:
    return workspace.landscape(collection="made")


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


@pytest.fixture(scope="module")
def pages(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return write_pages(workspace, tmp_path_factory.mktemp("pages"), player="ALPHA CORP", draws=200)


def test_there_is_a_page_for_each_of_the_17_fields_and_an_overview(pages: Pages) -> None:
    found = pages
    assert len(found.entries) == 17
    assert all((entry.line is None) == bool(entry.refusals) for entry in found.entries)
    assert any(entry.line for entry in found.entries)
    overview = found.front.read_text(encoding="utf-8")
    assert "100% of the publications are of one office (United States)" in overview
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
            # The player is named: it is size that is missing here, not what the data carry.
            assert "a wider search, or another collection" in page
            assert "PatentsView" not in page
            assert "<svg" not in page
        assert 'href="index.html"' in page


def test_the_overview_of_a_country_is_made_though_nothing_can_be_said(workspace: Workspace, tmp_path: Path) -> None:
    found = write_pages(workspace, tmp_path, player="JP", draws=200)
    assert found.refusal is not None
    assert "no country" in found.front.read_text(encoding="utf-8")
    assert [entry for entry in found.entries if entry.line] == []
    assert all("PatentsView" in entry.page.read_text(encoding="utf-8") for entry in found.entries if entry.units)
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


HOSTILE = '<script>alert("x")</script> <img src=x onerror=alert(1)> {{ 7 * 7 }} & "quoted" wings'


def test_a_hostile_title_stays_text(made: Landscape, tmp_path: Path) -> None:
    page = write_annex(check_project(made, Project(HOSTILE, HOSTILE)), tmp_path / "annex.html", lang="en").read_text(
        encoding="utf-8"
    )
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "{{ 7 * 7 }}" in page
    assert "&lt;script&gt;" in page


def test_the_annex_prints_on_two_pages_however_long_the_project_is(made: Landscape, tmp_path: Path) -> None:
    browser = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
    if browser is None:
        pytest.skip("pages are not counted: no chromium")
    pypdf = pytest.importorskip("pypdf")
    long = Project("Wing of an aircraft 航空機の翼 " * 30, "Control of a vehicle by wireless relay and plough. " * 200)
    for lang in ("en", "ja"):
        page = write_annex(check_project(made, long, player="ALPHA CORP"), tmp_path / f"{lang}.html", lang=lang)
        printed = tmp_path / f"{lang}.pdf"
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer",
                   f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={printed}", page.as_uri()]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        with printed.open("rb") as file:
            assert len(pypdf.PdfReader(file).pages) == 2


def test_the_fields_of_the_nearest_patents_are_told_beside_those_of_the_words(made: Landscape, tmp_path: Path) -> None:
    check = check_project(made, Project("Secure transmission"), around=20)
    assert check.around == 20
    assert all(0 < count <= 20 for _names, count in check.fields_around)
    assert "digital" in " ".join(names["en"].lower() for names, _count in check.fields_around)


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


# The report -----------------------------------------------------------------------------------------------------------


def test_the_report_has_the_winning_line_of_the_largest_player(made: Landscape, workspace: Workspace) -> None:
    found = winning(made, {"countries": made.countries(), "players": made.players(top=3)})
    assert list(found) == ["winning_line", "moves"]
    ranking = found["winning_line"]
    assert next(iter(ranking))["technology"] == "32"  # B64C is transport among the 35 fields of WIPO
    words = {caveat.code: caveat.text("ja") for caveat in ranking.caveats}
    assert "ALPHA CORP" in words["strategy_player"]  # no countries are known, so it is the largest applicant
    assert "chizai strategy" in words["strategy_other_player"]


def test_a_report_of_chosen_players_or_of_nobody_has_no_winning_line(workspace: Workspace, made: Landscape) -> None:
    chosen = workspace.landscape(collection="made", players=("ALPHA CORP",))
    assert winning(chosen, {"players": chosen.players(top=3)}) == {}
    assert winning(made, {}) == {}


def test_the_pages_pass_axe(pages: Pages, made: Landscape, tmp_path: Path) -> None:
    place = Path(__file__).with_name("test_publish_accessibility.py")
    checker = runpy.run_path(str(place))
    browser, axe = checker["_browser"](), checker["_axe"]()
    folder = pages.front.parent
    write_annex(check_project(made, Project("Wing"), player="ALPHA CORP"), folder / "annex.html", lang="ja")
    cases = [(name, "wide") for name in ("index.html", "aerospace.html", "fusion-energy.html", "annex.html")]
    cases += [("index.html", "narrow"), ("aerospace.html", "narrow")]
    found = checker["violations"](folder, cases, browser=browser, axe=axe, profile=tmp_path / "profile")
    assert found == {f"{name} {width}": [] for name, width in cases}
