"""White space: planted gaps are found, chance is not taken for one, and the ranking is held against popularity."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse

from chizai.data.collections import HERE
from chizai.errors import NotSupported, UnknownChoice
from chizai.landscape import Landscape
from chizai.landscape.statistics.white_space import auc, back_test, expected_together, pairs
from chizai.messages import LANGS
from chizai.workspace import Workspace

CLASSES, THEMES, EACH = 24, 6, 60


def planted(
    *, gap: tuple[int, int] | None = (0, 1), units: int = 2_400, near: bool = True, seed: int = 0
) -> tuple[sparse.csr_matrix, NDArray[np.float32]]:
    """Units that carry two or three classes of one theme each; texts are the theme's direction and noise. The two classes
    of ``gap`` are of one theme and never carried together. Without ``near`` texts say nothing of themes."""
    random = np.random.default_rng(seed)
    theme = random.integers(0, THEMES, units)
    marks = np.zeros((units, CLASSES))
    for row, own in enumerate(theme.tolist()):
        chosen = random.choice(CLASSES // THEMES, random.integers(2, 4), replace=False) + own * CLASSES // THEMES
        if gap and set(gap) <= set(chosen.tolist()):
            chosen = chosen[chosen != gap[random.integers(2)]]
        marks[row, chosen] = 1
        if random.random() < 0.2:
            marks[row, random.integers(2, CLASSES)] = 1
    # Themes at right angles: were two of them alike, that their classes do not meet would be a gap that nobody planted.
    texts = random.standard_normal((units, 20)) + (6 * np.eye(20)[theme] if near else 0)
    return sparse.csr_matrix(marks), (texts / np.linalg.norm(texts, axis=1, keepdims=True)).astype(np.float32)


def test_a_planted_gap_between_near_classes_is_white() -> None:
    incidence, texts = planted()
    found = pairs(incidence, texts)
    white = (found.near_q() <= 0.1) & (found.empty_q() <= 0.1)
    assert [(int(a), int(b)) for a, b in zip(found.one[white], found.other[white], strict=True)] == [(0, 1)]
    [gap] = np.flatnonzero((found.one == 0) & (found.other == 1))
    assert found.together[gap] == 0
    assert found.expected[gap] > 5


def test_without_a_gap_nothing_is_white() -> None:
    found = pairs(*planted(gap=None))
    assert not ((found.near_q() <= 0.1) & (found.empty_q() <= 0.1)).any()


def test_a_gap_between_classes_whose_texts_are_unlike_is_not_white() -> None:
    """Classes of different themes hardly meet either: that is no white space."""
    found = pairs(*planted())
    theme = CLASSES // THEMES
    unlike = found.one // theme != found.other // theme
    assert (found.together[unlike] < found.expected[unlike]).mean() > 0.9
    assert not (found.near_q()[unlike] <= 0.1).any()


def test_texts_that_say_nothing_make_nothing_near() -> None:
    share = [float((pairs(*planted(near=False, seed=seed)).near_q() <= 0.1).mean()) for seed in range(4)]
    assert np.mean(share) <= 0.02


def test_the_null_is_right_on_average_for_random_units() -> None:
    """The expected counts are means over random units with the same number of classes each (configuration model)."""
    random = np.random.default_rng(1)
    stubs = np.repeat(np.arange(300), random.integers(1, 4, 300))
    classes = random.choice(7, len(stubs), p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05])
    total, draws = np.zeros((7, 7)), 400
    for _ in range(draws):
        marks = np.zeros((300, 7))
        np.add.at(marks, (stubs, random.permutation(classes)), 1)
        total += marks.T @ marks
    expected = draws * expected_together(sparse.csr_matrix(marks))
    upper = np.triu_indices(7, 1)
    assert (np.abs(total - expected)[upper] <= 5 * np.sqrt(expected[upper])).all()


def test_the_order_of_units_and_the_seed_do_not_change_what_is_white() -> None:
    incidence, texts = planted()
    order = np.random.default_rng(3).permutation(incidence.shape[0])
    one, other = pairs(incidence, texts), pairs(incidence[order], texts[order], seed=9)
    assert one.together.tolist() == other.together.tolist()
    assert np.allclose(one.nearness, other.nearness, atol=1e-6, equal_nan=True)
    assert ((one.near_q() <= 0.1) == (other.near_q() <= 0.1)).mean() > 0.99


def test_pairs_of_two_kinds_only() -> None:
    incidence, texts = planted()
    kind = np.arange(CLASSES) < 8
    found = pairs(incidence, texts, kind=kind)
    assert (kind[found.one] != kind[found.other]).all()
    assert len(found.one) == 8 * 16


# The back-test --------------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_the_area_is_the_chance_of_the_right_order(rows: list[tuple[int, bool]]) -> None:
    yes, no = ([score for score, hit in rows if hit is side] for side in (True, False))
    found = auc([score for score, _ in rows], [hit for _, hit in rows])
    if not yes or not no:
        assert np.isnan(found)
    else:
        by_hand = np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a in yes for b in no])
        assert found == pytest.approx(by_hand)


def later(fills: str, *, seed: int = 0) -> tuple[sparse.csr_matrix, sparse.csr_matrix, NDArray[np.float32]]:
    """Before: classes of several themes, each unit with one or two of them. After: empty pairs fill up, by ``near`` (same
    theme), or by ``chance``."""
    random = np.random.default_rng(seed)
    classes, themes = 60, 10
    theme = np.arange(classes) % themes
    direction = random.standard_normal((themes, 20))
    own = random.integers(0, classes, 3_000)
    marks = np.zeros((3_000, classes))
    marks[np.arange(3_000), own] = 1
    partner = random.integers(0, classes, 3_000)
    meets = random.random(3_000) < 0.15
    marks[np.flatnonzero(meets), partner[meets]] = 1
    texts = random.standard_normal((3_000, 20)) + 1.5 * direction[theme[own]]
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    after = np.zeros((200, classes))
    for row in range(200):
        a = int(random.integers(classes))
        among = np.flatnonzero((theme == theme[a]) if fills == "near" else np.ones(classes, dtype=bool))
        after[row, [a, int(random.choice(among[among != a]))]] = 1
    return sparse.csr_matrix(marks), sparse.csr_matrix(after), texts.astype(np.float32)


def test_where_near_pairs_fill_up_the_test_says_so() -> None:
    found = back_test(*later("near"), resamples=100)
    place = found.ranking.index("texts")
    assert found.value[place] > 0.8
    assert found.lead_low[place] > 0
    assert found.chosen_filled > 2 * found.chosen_expected


def test_where_chance_fills_them_the_test_does_not_flatter() -> None:
    leads = [back_test(*later("chance", seed=seed), resamples=60) for seed in range(3)]
    place = leads[0].ranking.index("texts")
    assert np.mean([found.value[place] for found in leads]) == pytest.approx(0.5, abs=0.08)
    assert sum(found.lead_low[place] > 0 for found in leads) == 0


def test_nothing_to_test_is_no_number() -> None:
    before, after, texts = later("near")
    found = back_test(before, sparse.csr_matrix(after.shape), texts, resamples=30)
    assert found.filled == 0
    assert np.isnan(found.value).all()


# Findings on real titles ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def landscape(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landscape]:
    """The shipped collection of drones."""
    pytest.importorskip("faiss")
    folder = tmp_path_factory.mktemp("white")
    workspace = Workspace.create(folder / "study")
    assert workspace.add(HERE / "drones.csv.gz").read
    with workspace.open_corpus() as corpus:
        yield workspace.landscape(corpus=corpus)


def test_the_finding_shows_pairs_with_the_nearest_patents_on_each_side(landscape: Landscape) -> None:
    finding = landscape.white_space(draws=20)
    rows = finding.table.to_pylist()
    assert rows
    for row in rows:
        assert row["code"] < row["other"]
        assert not row["code"].startswith("Y")
        assert row["together"] < row["expected"]
        assert row["near_q"] <= 0.1
        assert row["nearest_one"]
        assert row["nearest_other"]
        assert row["together"] or row["last_together"] is None
        assert (row["white_verdict"] == "white") == (row["empty_q"] <= 0.1)
    codes = [caveat.code for caveat in finding.caveats]
    assert "white_space_is_no_advice" in codes
    assert ("no_white_space" in codes) == (finding.facts["pairs_white"] == 0)
    for lang in LANGS:
        assert all(len(finding.cells(row, lang)) == len(finding.visible(lang)) for row in rows)


def test_the_back_test_on_real_titles_has_intervals_and_a_baseline(landscape: Landscape) -> None:
    finding = landscape.white_space_test(draws=20, resamples=60)
    rows = {row["ranking"]: row for row in finding.table.to_pylist()}
    assert rows["popularity"]["auc_lead"] == 0
    assert all(row["auc_low"] <= row["auc"] <= row["auc_high"] for row in rows.values())
    assert finding.facts["known_until"] < finding.facts["tested_until"]
    # No ranking is called better unless the whole interval of its lead is above 0.
    assert all((row["lead_verdict"] == "better") == (row["auc_lead_low"] > 0) for row in rows.values())
    assert rows["nearness_and_popularity"]["auc"] > rows["popularity"]["auc"]


def test_an_unknown_side_is_refused(landscape: Landscape) -> None:
    with pytest.raises(UnknownChoice):
        landscape.white_space(by="colour")  # type: ignore[arg-type]


@pytest.mark.parametrize("kept", [1, 40])
def test_few_patents_are_refused_in_words(kept: int, tmp_path: Path) -> None:
    with gzip.open(HERE / "drones.csv.gz", "rt", encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    with (tmp_path / "few.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows[: kept + 1])
    workspace = Workspace.create(tmp_path / "study")
    assert workspace.add(tmp_path / "few.csv").read
    with workspace.open_corpus() as corpus:
        for name in ("white_space", "white_space_test"):
            with pytest.raises(NotSupported) as refused:
                getattr(workspace.landscape(corpus=corpus), name)()
            assert all(refused.value.text(lang) for lang in LANGS)
