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
    concentration_ratio,
    concentration_ratio_interval,
    effective_players,
    entropy,
    evenness,
    gini,
    hhi,
    hhi_interval,
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


def zipf(exponent: float, players: int) -> np.ndarray:
    share = np.arange(1, players + 1.0) ** -exponent
    return np.asarray(share / share.sum())


def divided(shares: np.ndarray, units: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Units of one to three applicants, shared equally among them: weights and squared weights of each player."""
    drawn = generator.choice(len(shares), size=(units, 3), p=shares)
    weight, squares = np.zeros((2, len(shares)))
    for row, count in zip(drawn, generator.integers(1, 4, units), strict=True):
        named = np.unique(row[:count])
        weight[named] += 1 / len(named)
        squares[named] += 1 / len(named) ** 2
    return weight, squares


@pytest.mark.parametrize("interval", [hhi_interval, concentration_ratio_interval])
@pytest.mark.parametrize(
    ("shares", "units"),
    [
        (zipf(0.8, 10_000), 25),
        (zipf(0.8, 10_000), 1000),
        (zipf(1, 100), 30),
        (zipf(1, 100), 1000),
        (zipf(1.3, 5000), 100),
    ],
)
def test_intervals_hold_the_market_behind_the_units_and_the_figure_shown(interval, shares, units) -> None:  # type: ignore[no-untyped-def]
    generator = np.random.default_rng(3)
    figure = {hhi_interval: hhi, concentration_ratio_interval: concentration_ratio}[interval]
    truth = float(figure(shares))
    held = 0
    for _repeat in range(300):
        drawn = generator.multinomial(units, shares)
        found = interval(drawn)
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.value == figure(drawn)
        held += bool(found.low <= truth <= found.high)
    # 0.85 is three standard errors below nine in ten; that more hold where units are few is meant.
    assert held / 300 >= 0.85


def test_intervals_of_many_units_are_no_wider_than_need_be() -> None:
    generator = np.random.default_rng(4)
    shares = zipf(1, 100)
    for interval, figure in ((hhi_interval, hhi), (concentration_ratio_interval, concentration_ratio)):
        drawn = generator.multinomial(2000, shares, size=300)
        found = [interval(row) for row in drawn]
        width = np.mean([item.high - item.low for item in found])
        assert width < 1.15 * 2 * 1.645 * float(figure(drawn).std())


def test_divided_units_are_held_and_corrected_as_whole_ones_are() -> None:
    generator = np.random.default_rng(6)
    shares = zipf(1, 100)
    weight, squares = divided(shares, 60_000, generator)
    truth = weight / weight.sum()
    held, corrected, plain = np.zeros(2), [], []
    for _repeat in range(200):
        weight, squares = divided(shares, 40, generator)
        for place, (interval, figure) in enumerate(
            ((hhi_interval, hhi), (concentration_ratio_interval, concentration_ratio))
        ):
            found = interval(weight, sum_squares=squares)
            held[place] += bool(found.low <= figure(truth) <= found.high)
        corrected.append(float(hhi(weight, small_sample=True, sum_squares=squares)))
        plain.append(float(hhi(weight)))
    assert np.all(held / 200 >= 0.85)
    assert np.mean(corrected) == pytest.approx(float(hhi(truth)), rel=0.05)
    assert np.mean(plain) > 1.1 * float(hhi(truth))


@given(markets, st.floats(0.1, 1))
def test_intervals_stay_in_the_range_of_the_measure_and_hold_it(counts: np.ndarray, part: float) -> None:
    for interval, figure in ((hhi_interval, hhi), (concentration_ratio_interval, concentration_ratio)):
        for squares in (None, counts * part):
            found = interval(counts, sum_squares=squares, minimum_units=2)
            if counts.sum() < 2:
                assert found.reason == "too-few-units"
                continue
            assert 0 <= found.low <= found.value <= found.high <= 1
            assert found.value == figure(counts)
            assert interval(np.r_[0, counts[::-1]], minimum_units=2).low == pytest.approx(
                float(interval(counts, minimum_units=2).low), abs=1e-12
            )


def test_one_player_of_each_unit_says_little_about_the_market() -> None:
    # 1985 of the drones: 22 units of nearly as many players. HHI 465 is what 22 units cannot but show.
    index = hhi_interval([1] * 22, scale=10_000)
    assert (index.low, index.value, index.high) == (0, pytest.approx(10_000 / 22), index.value)
    assert hhi([1] * 22, small_sample=True) == 0
    assert hhi(np.full(30, 1 / 3), small_sample=True, sum_squares=np.full(30, 1 / 3) ** 2) == 0
    top = concentration_ratio_interval([1] * 22)
    assert top.low == 0
    assert top.value == pytest.approx(4 / 22)


def test_left_one_out_counts_a_unit_only_if_its_player_is_among_the_largest_without_it() -> None:
    # Without its unit the second has 2, as the third: they draw lots for the one place after the first.
    low = concentration_ratio_interval([6, 3, 2, 1], k=2).low
    share = (6 + 3 / 2) / 12
    z2 = 1.6448536269514722**2
    middle, reach = share + z2 / 24, np.sqrt(z2) * np.sqrt(share * (1 - share) / 12 + z2 / (4 * 12**2))
    assert low == pytest.approx((middle - reach) / (1 + z2 / 12))


def test_the_interval_of_the_effective_number_is_that_of_hhi_turned_over() -> None:
    index = hhi_interval([50, 30, 20])
    number = index.map(lambda value: 1 / value)
    assert (number.low, number.high) == (1 / index.high, 1 / index.low)
    assert number.value == pytest.approx(float(effective_players([50, 30, 20])))


def test_fewer_units_than_the_minimum_have_no_figure() -> None:
    for interval in (hhi_interval, concentration_ratio_interval):
        few = interval([3, 2])
        assert few.reason == "too-few-units"
        assert np.isnan([few.value, few.low, few.high]).all()
        assert interval([3, 2], minimum_units=5).reason == ""
        # Thirty thirds are ten units, though their sum is a last digit less.
        assert interval(np.full(30, 1 / 3), sum_squares=np.full(30, 1 / 9)).reason == ""
