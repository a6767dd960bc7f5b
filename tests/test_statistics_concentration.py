from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chizai.landscape.statistics.concentration import (
    bootstrap,
    concentration_ratio,
    effective_players,
    entropy,
    evenness,
    gini,
    hhi,
    hill_number,
)

ECONGEO = tomllib.loads((Path(__file__).parent / "golden" / "econgeo.toml").read_text(encoding="utf-8"))

markets = arrays(np.int64, st.integers(1, 20), elements=st.integers(0, 500)).filter(lambda counts: counts.sum() > 0)


def test_herfindahl_and_entropy_are_those_of_econgeo() -> None:
    # shared/golden/econgeo_reference_values.txt:23 and :26, printed with three decimals
    np.testing.assert_allclose(hhi(ECONGEO["counts"]), ECONGEO["herfindahl"], rtol=1e-12)
    np.testing.assert_allclose(entropy(ECONGEO["counts"], base=2), ECONGEO["entropy_bits"], rtol=0, atol=5e-4)


@given(markets)
def test_hhi_lies_between_one_over_players_and_one(counts: np.ndarray) -> None:
    players = np.count_nonzero(counts)
    assert 1 / players - 1e-12 <= hhi(counts) <= 1 + 1e-12
    assert hhi(counts, scale=10_000) == pytest.approx(10_000 * hhi(counts))
    assert effective_players(counts) == pytest.approx(1 / hhi(counts))


@given(markets)
def test_nothing_depends_on_the_order_or_on_players_without_units(counts: np.ndarray) -> None:
    padded = np.r_[0, counts[::-1], 0]
    for figure in (hhi, concentration_ratio, gini, entropy, evenness, effective_players):
        assert figure(padded) == pytest.approx(float(figure(counts)), rel=1e-9, abs=1e-12, nan_ok=True)


@given(markets)
def test_hill_numbers_fall_with_the_order_and_count_players_at_zero(counts: np.ndarray) -> None:
    numbers = [float(hill_number(counts, order=order)) for order in (0, 0.5, 1, 1.5, 2, 5)]
    assert numbers[0] == pytest.approx(np.count_nonzero(counts))
    assert all(one >= other - 1e-9 for one, other in itertools.pairwise(numbers))
    assert numbers[2] == pytest.approx(np.exp(entropy(counts)))


@given(markets)
def test_gini_is_the_mean_difference_of_all_pairs(counts: np.ndarray) -> None:
    for zeros, used in (("keep", counts), ("drop", counts[counts > 0])):
        pairs = np.abs(used[:, None] - used[None, :]).mean() / (2 * used.mean())
        assert gini(counts, zeros=zeros) == pytest.approx(pairs, abs=1e-12)  # type: ignore[arg-type]


def test_cr4_is_the_share_of_the_four_largest() -> None:
    assert concentration_ratio([1, 9, 5, 3, 2], k=4).item() == pytest.approx(0.95)
    assert concentration_ratio([1, 9]).item() == 1


def test_a_table_gives_one_figure_a_row_and_a_row_without_units_none() -> None:
    table = [[5, 3, 2], [0, 0, 0]]
    for figure in (hhi, concentration_ratio, gini, entropy, evenness, effective_players):
        found = figure(table)
        assert found.shape == (2,)
        assert not np.isnan(found[0])
        assert np.isnan(found[1]), figure.__name__


def test_the_small_sample_form_has_no_bias() -> None:
    generator = np.random.default_rng(5)
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    drawn = generator.multinomial(12, shares, size=40_000)
    assert hhi(drawn, small_sample=True).mean() == pytest.approx(np.square(shares).sum(), abs=0.002)
    assert hhi(drawn).mean() > np.square(shares).sum() + 0.04
    assert np.isnan(hhi([1], small_sample=True))


def test_evenness_of_one_player_is_undefined() -> None:
    assert np.isnan(evenness([7]))
    assert evenness([7, 7, 7]) == pytest.approx(1)


@pytest.mark.parametrize("figure", [hhi, concentration_ratio])
def test_bootstrap_intervals_hold_the_truth_nearly_nine_times_in_ten(figure) -> None:  # type: ignore[no-untyped-def]
    generator = np.random.default_rng(3)
    shares = generator.pareto(1.2, 200) + 0.01
    shares /= shares.sum()
    truth = float(figure(shares))
    held = 0
    for seed in range(200):
        found = bootstrap(figure, generator.multinomial(600, shares), draws=200, seed=seed)
        held += bool(found.low <= truth <= found.high)
    assert 0.82 <= held / 200 <= 0.97


def test_the_interval_of_the_effective_number_is_that_of_hhi_turned_over() -> None:
    index = bootstrap(hhi, [50, 30, 20])
    number = index.map(lambda value: 1 / value)
    assert (number.low, number.high) == (1 / index.high, 1 / index.low)
    assert number.value == pytest.approx(float(effective_players([50, 30, 20])))


def test_the_bootstrap_keeps_to_its_bounds_its_seed_and_its_minimum() -> None:
    near_one = bootstrap(hhi, [40, 1], bounds=(0, 1), seed=1)
    assert near_one.high <= 1
    assert near_one.low == bootstrap(hhi, [40, 1], bounds=(0, 1), seed=1).low
    few = bootstrap(hhi, [3, 2])
    assert few.reason == "too-few-units"
    assert np.isnan(few.value)


def test_the_bootstrap_of_a_figure_that_counts_zeros_sees_them() -> None:
    found = bootstrap(lambda counts: gini(counts, zeros="keep"), [30, 30, 0, 0], seed=0)
    assert found.low <= found.value <= found.high
    assert found.value == pytest.approx(0.5)
