"""課題 × 解決手段: declared phrases are found where they stand, cells are held against independence, bad files are refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from chizai.data.collections import HERE, shipped
from chizai.errors import FileMissing, MalformedInput, NotSupported
from chizai.landscape import Landscape
from chizai.landscape.topics import matrix
from chizai.messages import LANGS
from chizai.workspace import Workspace

GOOD = """version: "1"
problems:
  - {id: cost, en: Cost, ja: 低コスト化, phrases: [reduc* cost, コスト低減]}
  - {id: weight, en: Weight, ja: 軽量化, phrases: [light weight, 軽量]}
means:
  - {id: shape, en: Shape, ja: 形状, phrases: [curved, 湾曲]}
  - {id: material, en: Material, ja: 材料, phrases: [resin, 樹脂]}
"""


def parsed(text: str) -> matrix.Dictionary:
    return matrix.parsed(text, file="dictionary.yaml")


# Phrases --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Reducing COST of wings", 1),
        ("reduced costs", 0),  # a whole word is asked for
        ("reduce  cost", 1),
        ("reduce-cost wing", 1),
        ("unreduced cost", 0),
        ("製造のコスト低減方法", 1),
        ("ｺｽﾄ低減", 1),  # half-width katakana are the same word
        ("コストの低減", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_a_phrase_is_found_as_words_not_as_letters(text: str | None, wanted: int) -> None:
    cost = parsed(GOOD).problems[:1]
    assert matrix.mentions(pa.array([text], pa.string()), cost).sum() == wanted


@settings(max_examples=50)
@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=20).filter(lambda text: text.strip()))
def test_a_phrase_of_any_signs_is_no_pattern_of_the_users_own(phrase: str) -> None:
    row = matrix.Row("any", {"en": "any", "ja": "任意"}, (phrase.strip(),))
    found = matrix.mentions(pa.array(["plain words", None]), [row])
    assert found.shape == (2, 1)


def test_the_shipped_dictionary_is_whole_in_both_languages() -> None:
    found = matrix.shipped()
    for row in (*found.problems, *found.means):
        assert all(row.name[lang].strip() for lang in LANGS)
        assert any(phrase.isascii() for phrase in row.phrases)
        assert any(not phrase.isascii() for phrase in row.phrases)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "problems: 1\nmeans: 2",
        "problems: []\nmeans: []",
        GOOD.replace("phrases: [resin, 樹脂]", "phrases: []"),
        GOOD.replace("phrases: [resin, 樹脂]", "phrases: [1, 2]"),
        GOOD.replace("ja: 材料, ", ""),
        GOOD.replace("id: material", "id: shape"),
        GOOD.replace("resin", "r" * 100),
        GOOD.replace("[resin, 樹脂]", str([f"phrase {n}" for n in range(3_000)])),
        "problems: &a [*a]\nmeans: [1]",
        "problems: [" * 3_000,
        "version: \x00",
        "!!python/object/apply:os.system [echo]",
    ],
)
def test_a_dictionary_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput) as refused:
        parsed(text)
    assert all(refused.value.text(lang) for lang in LANGS)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        matrix.load(tmp_path / "nowhere.yaml")
    path = tmp_path / "dictionary.yaml"
    path.write_bytes(b"\x93\xfa\x96{")
    with pytest.raises(MalformedInput):
        matrix.load(path)
    path.write_text(GOOD, encoding="utf-8-sig")
    assert matrix.load(path) == parsed(GOOD)


# Cells ----------------------------------------------------------------------------------------------------------------


def test_a_cell_is_hypergeometric_given_its_margins() -> None:
    """Ten units, five with the problem, five with the means, none with both: 1 / C(10, 5)."""
    problem = np.array([[True, False]] * 5 + [[False, True]] * 5)
    means = ~problem
    count, expected, few, many = matrix.independence(problem, means)
    assert count.tolist() == [[0, 5], [5, 0]]
    assert expected.tolist() == [[2.5, 2.5], [2.5, 2.5]]
    assert few[0, 0] == pytest.approx(1 / 252)
    assert many[0, 1] == pytest.approx(1 / 252)
    assert many[0, 0] == few[0, 1] == 1


def test_independent_marks_hardly_ever_make_a_cell_differ() -> None:
    random = default_rng(0)
    found = 0
    for _ in range(20):
        problem, means = random.random((400, 8)) < 0.2, random.random((400, 8)) < 0.2
        _, _, few, many = matrix.independence(problem, means)
        found += int((np.minimum(few, many) * 2 * few.size < 0.05).sum())
    assert found <= 4


def test_no_marks_are_no_division_by_nought() -> None:
    nothing = np.zeros((5, 2), dtype=bool)
    count, expected, few, many = matrix.independence(nothing, nothing)
    assert count.sum() == expected.sum() == 0
    assert (few == 1).all()
    assert (many == 1).all()


# Findings -------------------------------------------------------------------------------------------------------------


def test_the_matrix_of_real_titles_reads_in_both_languages(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "study")
    item = next(each for each in shipped() if each.name == "drones")
    workspace.add(*item.paths, collection=item.name)
    with workspace.open_corpus() as corpus:
        landscape = workspace.landscape(corpus=corpus)
        _reads(landscape)
        (tmp_path / "own.yaml").write_text(GOOD, encoding="utf-8")
        with pytest.raises(NotSupported) as refused:
            landscape.problem_means(dictionary=tmp_path / "own.yaml")
        assert all(refused.value.text(lang) for lang in LANGS)


def _reads(landscape: Landscape) -> None:
    finding, declared = landscape.problem_means(), matrix.shipped()
    rows = finding.table.to_pylist()
    assert len(rows) == len(declared.problems) * len(declared.means)
    assert all(one["units"] >= two["units"] for one, two in pairwise(rows))
    assert all((row["cell_q"] <= 0.1) == (row["cell_verdict"] != "level") for row in rows)
    assert sum(row["units"] == 0 for row in rows) == finding.facts["cells_empty"]
    assert finding.facts["units_with_both"] <= min(
        finding.facts["units_with_problem"], finding.facts["units_with_means"]
    )
    for lang in LANGS:
        assert finding.title(lang)
        assert all(len(finding.cells(row, lang)) == len(finding.visible(lang)) for row in rows[:20])


def test_one_patent_is_refused_in_words(tmp_path: Path) -> None:
    import gzip

    with gzip.open(HERE / "drones.csv.gz", "rt", encoding="utf-8-sig") as stream:
        (tmp_path / "one.csv").write_text(next(stream) + next(stream), encoding="utf-8")
    workspace = Workspace.create(tmp_path / "study")
    assert workspace.add(tmp_path / "one.csv").read
    with workspace.open_corpus() as corpus, pytest.raises(NotSupported):
        workspace.landscape(corpus=corpus).problem_means()
