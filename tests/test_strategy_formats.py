"""The winning line on PatentsView, DOCDB and BigQuery: the same data arrive alike, and each says what it cannot tell."""

from __future__ import annotations

import re
import runpy
from importlib import import_module
from pathlib import Path

import pytest

from chizai.errors import NotSupported, UnknownChoice
from chizai.landscape import Landscape
from chizai.strategy import winning_line
from chizai.strategy.criteria import Ground, relative_coverage
from chizai.strategy.line import WinningLine
from chizai.strategy.technologies import Player, find_player, technologies
from chizai.workspace import Workspace


def workspace_of(source: Path, root: Path) -> Workspace:
    workspace = Workspace.create(root)
    workspace.add(source, collection="made")
    return workspace


@pytest.fixture(scope="module")
def spaces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workspace]:
    out = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parent.parent)  # benchmarks are not installed
        generate = import_module("benchmarks.generate")
    part = generate.write_parts(2_000, out, fields=True)
    formats = ("patentsview", "docdb", "bigquery-parquet")
    return {name: workspace_of(generate.write_source(part, out, format=name), out / f"ws-{name}") for name in formats}


@pytest.fixture(scope="module")
def lands(spaces: dict[str, Workspace]) -> dict[str, Landscape]:
    return {name: workspace.landscape() for name, workspace in spaces.items()}


@pytest.fixture(scope="module")
def lines(lands: dict[str, Landscape]) -> dict[str, WinningLine]:
    return {name: winning_line(land, player="JP", by="field", draws=200) for name, land in lands.items()}


def codes(line: WinningLine) -> set[str]:
    return {caveat.code for caveat in line.ranking().caveats}


def test_what_docdb_and_bigquery_both_carry_gives_the_same_ranking(lines: dict[str, WinningLine]) -> None:
    assert lines["docdb"].scope.total == lines["bigquery-parquet"].scope.total > 500
    assert lines["docdb"].ranking().table.equals(lines["bigquery-parquet"].ranking().table)
    assert len(lines["docdb"].codes) > 10


def test_grants_of_one_office_are_not_read_as_the_world(lines: dict[str, WinningLine]) -> None:
    caveat = next(item for item in lines["patentsview"].ranking().caveats if item.code == "strategy_one_office")
    assert "100%" in caveat.text("en")
    assert "アメリカ合衆国" in caveat.text("ja")
    assert "strategy_one_office" not in codes(lines["docdb"])
    assert "ipf_share" not in lines["patentsview"].profile.measured
    assert "relative_coverage" not in lines["patentsview"].profile.measured
    assert {"ipf_share", "relative_coverage"} <= set(lines["docdb"].profile.measured)


@pytest.mark.parametrize("text", ["JP", "jp", "Japan", "日本", "country:jp"])
def test_a_country_is_known_by_its_code_and_its_name(lands: dict[str, Landscape], text: str) -> None:
    assert find_player(lands["docdb"].scope, text) == Player("country", ("JP",), "JP")


@pytest.mark.parametrize("text", ["player:jp", "Nowhereland"])
def test_who_is_neither_applicant_nor_country_is_refused(lands: dict[str, Landscape], text: str) -> None:
    with pytest.raises(UnknownChoice):
        find_player(lands["docdb"].scope, text)


def test_a_country_share_says_how_many_countries_are_unknown(lines: dict[str, WinningLine]) -> None:
    assert "unknown_country" in codes(lines["docdb"])


def test_international_families_of_one_office_carry_a_caveat(lands: dict[str, Landscape]) -> None:
    def codes(name: str) -> set[str]:
        return {caveat.code for caveat in lands[name].countries(unit="ipf").caveats}

    assert "one_office_families" in codes("patentsview")
    assert "one_office_families" not in codes("docdb")


def test_a_refusal_says_how_many_units_it_would_take(lands: dict[str, Landscape]) -> None:
    with pytest.raises(NotSupported) as refused:
        winning_line(lands["docdb"], player="IT", by="wipo35", draws=200, minimum_own=400)
    assert "400" in refused.value.what("en")
    assert "400" in refused.value.what("ja")


def test_fields_share_what_they_know_of_the_whole(lands: dict[str, Landscape]) -> None:
    corpus = lands["docdb"].scope.corpus
    made = corpus.keep("again", lands["docdb"].scope.units.filter(lands["docdb"].scope.units.year > 2010))
    assert corpus.keep("again", lands["docdb"].scope.units.filter(lands["docdb"].scope.units.year > 2010)) is made
    assert corpus.keep("again", lands["docdb"].scope.units.filter(lands["docdb"].scope.units.year > 2011)) is not made


def test_momentum_is_not_told_where_most_units_have_no_date(tmp_path: Path) -> None:
    world = runpy.run_path(str(Path(__file__).with_name("strategy_world.py")))
    path = world["lens_csv"](tmp_path / "lens.csv", world["planted"](range(2000, 2008)))
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    # Two of three without a date of filing or priority, as PatentsView without its g_application.
    bare = [row if at % 3 == 0 else re.sub(r",\d{4}-\d\d-01", ",", row) for at, row in enumerate(rows)]
    path.write_text("\n".join([head, *bare]) + "\n", encoding="utf-8")
    workspace = Workspace.create(tmp_path / "ws")
    workspace.add(path, collection="made")
    land = workspace.landscape()
    assert land.activity().caveats[-1].code == "mostly_undated"
    line = winning_line(land, player="ALPHA CORP", draws=200)
    assert line.profile.missing["momentum"].key == "caveat.mostly_undated"


def test_the_data_of_a_field_end_where_those_of_the_collection_do(
    spaces: dict[str, Workspace], lands: dict[str, Landscape]
) -> None:
    whole = lands["docdb"].scope
    field = spaces["docdb"].landscape(field="fusion-energy", corpus=whole.corpus).scope
    assert field.facts["last"] < whole.facts["last"]  # no publication of the field in the last days
    assert field.cutoff == whole.cutoff == whole.facts["last"]


def test_the_equals_of_a_unit_are_taken_from_the_whole_collection(
    spaces: dict[str, Workspace], lands: dict[str, Landscape]
) -> None:
    whole = lands["docdb"].scope
    land = spaces["docdb"].landscape(field="ai-semiconductors", corpus=whole.corpus)
    ground = Ground(technologies(land.scope, by="wipo35"), find_player(land.scope, "US"), minimum_units=3)
    assert ground.cohorts.scope.total == whole.total > ground.scope.total
    alone = Ground(ground.technologies, ground.player, minimum_units=3)
    alone.__dict__["cohorts"] = alone
    assert relative_coverage(ground).known.sum() > relative_coverage(alone).known.sum()
    told = winning_line(land, player="US", by="wipo35", draws=200).criteria().caveats
    assert "704" in next(caveat for caveat in told if caveat.code == "strategy_equals").text("en")
    # Over the whole collection the equals are its own.
    free = Ground(technologies(whole, by="wipo35"), ground.player)
    assert free.cohorts is free
