"""``chizai strategy`` as its user meets it: both languages, JSON, and one clear line for every mistake."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from chizai.cli import main
from chizai.workspace import Workspace

WORLD = runpy.run_path(str(Path(__file__).with_name("strategy_world.py")))
DATA = Path(__file__).parent / "data"
FEW = ("--draws", "200")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    WORLD["workspace_of"](folder, WORLD["planted"](range(2000, 2013)))
    return folder / "ws"


class Told(NamedTuple):
    stdout: str
    output: str
    """Both streams in one line, as wide as it was written: a terminal breaks lines where it likes."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    def call(*arguments: str, code: int = 0, lang: str = "en") -> Told:
        monkeypatch.setattr(sys, "argv", ["chizai", "--lang", lang, "strategy", *arguments])
        capsys.readouterr()
        try:
            main()
            found = 0
        except SystemExit as stop:
            found = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        seen = capsys.readouterr()
        output = " ".join((seen.out + seen.err).split())
        assert found == code, output
        return Told(seen.out, output)

    return call


@pytest.mark.parametrize(("lang", "words"), [("en", ("The winning line", "protect")), ("ja", ("勝ち筋", "守る"))])
def test_the_ranking_and_the_moves_are_told_in_both_languages(
    run: Callable[..., Told], study: Path, lang: str, words: tuple[str, ...]
) -> None:
    told = run("-w", str(study), "--player", "ALPHA CORP", *FEW, lang=lang).output
    assert all(word in told for word in words)
    assert "ALPHA CORP" in told


def test_json_holds_every_part(run: Callable[..., Told], study: Path) -> None:
    told = json.loads(run("-w", str(study), "--player", "ALPHA CORP", *FEW, "--json").stdout)
    assert list(told) == [
        "winning_line", "criteria", "moves", "rank_acceptability", "central_weights", "pairwise_winning", "patents_behind",
    ]  # fmt: skip
    assert told["winning_line"]["rows"][0]["technology"] == "B64C"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--player", "NOBODY AT ALL"), "There is no player"),
        (("--player", "XX"), "country"),
        (("--player", "ALPHA CORP", "--by", "colour"), "wipo35"),
        (("--player", "ALPHA CORP", "--field", "alchemy"), "quantum"),
        (("--player", "ALPHA CORP", "--criterion", "beauty"), "momentum"),
        (("--player", "ALPHA CORP", "--prefer", "beauty > reach"), "beauty"),
        (("--player", "ALPHA CORP", "--prefer", "position >= 0.7; reach >= 0.7"), "no weights"),
        (("--player", "ALPHA CORP", "--rule", "nowhere.yaml"), "no such file"),
        (("--player", "ALPHA CORP", "--scaling", "colour"), "rank"),
        (("--player", "ALPHA CORP", "--top-k", "0"), "top-k"),
        (("--player", "ALPHA CORP", "--by", "standard"), "standard"),
        (("pages", "--player", "NOBODY AT ALL"), "There is no player"),
        (("back-test", "--kind", "colour"), "country, player"),
        (("back-test", "--kind", "country", "--until", "2010"), "country"),
        (("back-test", "--kind", "player", "--until", "2990"), "end before"),
        (("project",), "--title"),
        (("project", "--file", "nowhere.txt"), "no such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_one_clear_line(
    run: Callable[..., Told], study: Path, arguments: tuple[str, ...], said: str
) -> None:
    where = ("-w", str(study))
    placed = (arguments[0], *where, *arguments[1:]) if not arguments[0].startswith("-") else (*where, *arguments)
    told = run(*placed, code=2).output
    assert said.lower() in told.lower()
    assert "Traceback" not in told
    assert told.count("Error:") == 1


def test_more_places_than_technologies_is_said_and_no_mistake(run: Callable[..., Told], study: Path) -> None:
    told = run("-w", str(study), "--player", "ALPHA CORP", "--top-k", "99", *FEW).output
    assert "no more than k" in told


def test_the_rule_that_is_printed_can_be_given_back(run: Callable[..., Told], study: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(run("rule").stdout.replace("id: winning-line", "id: mine"), encoding="utf-8")
    assert "mine (v1)" in run("-w", str(study), "--player", "ALPHA CORP", "--rule", str(mine), *FEW).output


@pytest.mark.parametrize("source", ["patentsview", "bigquery/publications.jsonl"])
def test_thin_collections_of_other_formats_get_their_pages(
    run: Callable[..., Told], source: str, tmp_path: Path
) -> None:
    workspace = Workspace.create(tmp_path / "thin", lang="en")
    workspace.add(DATA / source, collection="thin")
    told = run("pages", "-w", str(tmp_path / "thin"), "--player", "JP", "--out", str(tmp_path / "out"), *FEW).output
    assert "0 of the fields can be ranked" in told
    pages = sorted((tmp_path / "out").glob("*.html"))
    assert len(pages) == 18
    assert not [page for page in pages if "<svg" in page.read_text(encoding="utf-8")]
