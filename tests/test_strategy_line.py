"""The winning line over collections whose truth is known: planted winners, thin data, moves, back-test."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from chizai.errors import InputError, NotSupported, UnknownChoice
from chizai.landscape import Landscape
from chizai.strategy import MOVES, load_rule, winning_line
from chizai.strategy.back_test import back_test, hit_rates, judged
from chizai.strategy.errors import BadPreference, BadRule
from chizai.strategy.moves import SHIPPED
from chizai.workspace import Workspace

WORLD = runpy.run_path(str(Path(__file__).with_name("strategy_world.py")))
CLASSES, OWNERS, SUBCLASSES, TITLES = (WORLD[name] for name in ("CLASSES", "OWNERS", "SUBCLASSES", "TITLES"))
planted, workspace_of = WORLD["planted"], WORLD["workspace_of"]


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
    # Of six technologies in five years the growth of one is not told from that of the others.
    assert measured["relative_growth"]["low"] < 1 < measured["relative_growth"]["high"]
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


def test_preferences_that_leave_no_weights_are_refused_whatever_is_measured(made: Landscape) -> None:
    # Impact is not measured here, so that the rest could be met: the request itself is wrong.
    with pytest.raises(BadPreference, match="no weights"):
        winning_line(made, player="ALPHA CORP", prefer="impact >= 0.7; position >= 0.7")
    # This one could be met with impact; without it, it cannot.
    measured = winning_line(made, player="ALPHA CORP", draws=200).found.criteria
    assert "impact" not in measured
    with pytest.raises(NotSupported, match="leaves no weights"):
        winning_line(made, player="ALPHA CORP", prefer=[f"{name} <= 0.1" for name in measured])


def test_preferences_are_honoured_by_every_central_weight(made: Landscape) -> None:
    line = winning_line(made, player="BETA INC", prefer="momentum > position; contest <= 0.1", draws=2_000)
    weights = {name: line.found.central_weights[:, at] for at, name in enumerate(line.found.criteria)}
    known = np.isfinite(weights["position"])
    assert known.any()
    assert (weights["momentum"][known] >= weights["position"][known]).all()
    assert (weights["contest"][known] <= 0.1).all()
    assert sum(weights.values())[known] == pytest.approx(1)


def test_moves_that_need_what_is_not_known_are_named(made: Landscape) -> None:
    caveats = {caveat.code: caveat for caveat in winning_line(made, player="ALPHA CORP", draws=200).ranking().caveats}
    assert "open or standardise" in caveats["strategy_moves_beyond"].text("en")  # no standards are mentioned
    assert "開く" in caveats["strategy_moves_beyond"].text("ja")
    assert "ALPHA CORP" in caveats["strategy_player"].text("ja")


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
        ("version: 1", "version: none", "a whole number is needed"),
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


def world(folder: Path, *, rising: bool) -> Landscape:
    """Six players in six technologies, 1996 to 2012: each rises without end in two of its own, or nobody does."""
    generator = np.random.default_rng(1)
    counts: dict[tuple[str, int, int], int] = {}
    for at, year in enumerate(range(1996, 2013)):
        for place, owner in enumerate(OWNERS[:6]):
            for code in range(len(CLASSES)):
                own = code in (place, (place + 1) % 6)
                counts[(owner, code, year)] = (3 + 2 * at if own else 4) if rising else int(generator.poisson(5))
    return workspace_of(folder, counts).landscape(collection="made")


def test_planted_winners_are_found_five_years_ahead(tmp_path: Path) -> None:
    land = world(tmp_path, rising=True)
    found = {row["picked_by"]: row for row in back_test(land, kind="player", top_k=2, until=2010, draws=300)}
    top = found["top_k"]
    assert top["pairs"] >= 10
    assert top["hit_rate"] > 0.7
    assert top["base_rate"] < 0.5
    assert top["told"] == "better"
    assert top["difference_low"] > 0


def test_without_a_trend_no_skill_is_shown(tmp_path: Path) -> None:
    land = world(tmp_path, rising=False)
    found = {row["picked_by"]: row for row in back_test(land, kind="player", top_k=2, until=2010, draws=300)}
    top = found["top_k"]
    assert top["told"] != "better"
    assert 0.3 < top["base_rate"] < 0.7
    # The base rate lies in the interval of the hit rate, or below it by chance only.
    assert top["difference_low"] <= 0


def test_the_interval_of_the_difference_holds_what_it_says() -> None:
    generator = np.random.default_rng(0)
    player = np.repeat(np.arange(20), 4).astype(float)
    told: dict[bool, list[str]] = {False: [], True: []}
    for _unused in range(150):
        own = generator.beta(4, 8, 20)[player.astype(int)]  # players differ, picks tell nothing
        picked = (generator.random(80) < 0.25) * 1.0
        for skill, chance in ((False, own), (True, np.where(picked > 0, 0.75, 0.25))):
            rose = (generator.random(80) < chance) * 1.0
            told[skill].append(judged(picked, rose, player, resamples=200)[3])
    assert 0.86 < told[False].count("level") / 150 <= 1  # nominal 0.9, on the safe side
    assert told[True].count("better") / 150 > 0.9


def test_few_picks_tell_nothing_however_they_fell() -> None:
    player = np.arange(20.0)
    picked = (player < 4) * 1.0
    for rose in (picked, 1 - picked):
        value, low, high, told = judged(picked, rose, player)
        assert (low, high, told) == (None, None, "few")
        assert abs(value) > 0.1
    # Ten picks of which none rose: the bootstrap alone would be sure; Wilson's interval keeps its width.
    picked, rose = (player < 10) * 1.0, (player == 19) * 1.0
    value, low, high, told = judged(picked, rose, player)
    assert told == "level"
    assert low is not None
    assert high is not None
    assert low < value < high


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
    with pytest.raises(NotSupported, match="end before"):
        back_test(made, kind="player", until=2990)
