from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chizai.landscape.statistics.counts import count_interval
from chizai.landscape.statistics.proportions import effective_units, proportion


def test_wilson_has_its_published_value() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3: 81/263, 15/148, 0/20, 1/29 at 95 %.
    found = proportion([81, 15, 0, 1], [263, 148, 20, 29], confidence=0.95)
    np.testing.assert_allclose(found.low.round(4), [0.2553, 0.0624, 0.0000, 0.0061])
    np.testing.assert_allclose(found.high.round(4), [0.3662, 0.1605, 0.1611, 0.1718])


@given(st.integers(0, 200), st.integers(1, 200), st.sampled_from(["wilson", "jeffreys"]))
def test_a_share_lies_in_its_interval_and_the_rest_in_the_mirrored_one(part: int, more: int, method: str) -> None:
    total = part + more
    found = proportion(part, total, method=method)  # type: ignore[arg-type]
    rest = proportion(more, total, method=method)  # type: ignore[arg-type]
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert rest.low == pytest.approx(1 - found.high, abs=1e-9)


@pytest.mark.parametrize("method", ["wilson", "jeffreys"])
@pytest.mark.parametrize("truth", [0.05, 0.3, 0.8])
def test_share_intervals_cover_as_stated(method: str, truth: float) -> None:
    outcomes = np.arange(61)
    found = proportion(outcomes, 60, method=method)  # type: ignore[arg-type]
    inside = (found.low <= truth) & (truth <= found.high)
    assert stats.binom.pmf(outcomes, 60, truth)[inside].sum() == pytest.approx(0.9, abs=0.04)


def test_no_units_have_no_share() -> None:
    found = proportion([0, 3], [0, 4])
    assert np.isnan([found.value[0], found.low[0], found.high[0]]).all()
    assert found.reason.tolist() == ["no-units", ""]
    with pytest.raises(ValueError, match="larger"):
        proportion(5, 4)


def test_one_total_serves_many_parts() -> None:
    assert proportion([1, 2, 3], 10).value.tolist() == [0.1, 0.2, 0.3]
    assert np.isnan(proportion([0, 0], 0).value).all()


def test_a_share_of_fractional_counts_rests_on_the_effective_number_of_units() -> None:
    # Ten units of weight 1/2: a total of 5, but the certainty of ten units.
    half = proportion(2.0, 5.0, total_sum_squares=10 * 0.25)
    same = proportion(4, 10)
    assert (half.value, half.low, half.high) == (same.value, same.low, same.high)
    assert effective_units(5.0, 2.5) == 10


def test_shares_of_parts_of_units_cover_and_are_no_wider_than_need_be() -> None:
    # A unit has 1 to 4 classes and is divided equally: the share of one class among 200 units, with its own squares.
    generator = np.random.default_rng(8)
    classes, units = 12, 200
    popular = 0.5 ** np.arange(classes)
    drawn = []
    for _repeat in range(600):
        keys = np.log(popular) + generator.gumbel(size=(units, classes))
        count = generator.integers(1, 5, units)
        first = np.argsort(-keys, axis=1)[:, 0:4]
        has = ((first == 1) & (np.arange(4) < count[:, None])).any(axis=1)
        weight = np.where(has, 1 / count, 0.0)
        drawn.append((weight.sum(), np.square(weight).sum()))
    amount, squares = np.array(drawn).T
    truth = amount.mean() / units
    found = proportion(amount, np.full(600, float(units)), total_sum_squares=units * squares / amount)
    plain = proportion(amount, np.full(600, float(units)))
    held = ((found.low <= truth) & (truth <= found.high)).mean()
    assert 0.87 <= held <= 0.97
    assert (found.high - found.low).mean() < 0.85 * (plain.high - plain.low).mean()
    assert ((plain.low <= truth) & (truth <= plain.high)).mean() > held


def test_garwood_has_its_published_values() -> None:
    # Garwood (1936); e.g. Johnson, Kemp, Kotz (2005), Univariate Discrete Distributions, 4.7.3: 95 % for 0, 1, 5, 10.
    found = count_interval([0, 1, 5, 10], confidence=0.95)
    np.testing.assert_allclose(found.low, [0, 0.0253, 1.6235, 4.7954], atol=5e-5)
    np.testing.assert_allclose(found.high, [3.6889, 5.5716, 11.6683, 18.3904], atol=5e-5)


@pytest.mark.parametrize("truth", [0.5, 3.0, 20.0])
def test_count_intervals_cover(truth: float) -> None:
    outcomes = np.arange(200)
    chance = stats.poisson.pmf(outcomes, truth)
    exact, jeffreys = (count_interval(outcomes, method=method) for method in ("garwood", "jeffreys"))
    assert chance[(exact.low <= truth) & (truth <= exact.high)].sum() >= 0.9
    assert chance[(jeffreys.low <= truth) & (truth <= jeffreys.high)].sum() == pytest.approx(0.9, abs=0.07)


@pytest.mark.parametrize("method", ["garwood", "jeffreys"])
def test_counts_of_fractions_are_surer_than_whole_counts(method: str) -> None:
    whole = count_interval([20.0], method=method)  # type: ignore[arg-type]
    fractions = count_interval([20.0], method=method, sum_squares=[5.0], largest_weight=0.25)  # type: ignore[arg-type]
    assert whole.low < fractions.low < 20 < fractions.high < whole.high


@pytest.mark.parametrize("method", ["garwood", "jeffreys"])
@given(count=st.integers(0, 10_000))
def test_a_count_lies_in_its_interval(method: str, count: int) -> None:
    found = count_interval(count, method=method)  # type: ignore[arg-type]
    assert found.low <= count <= found.high
    assert found.high > 0
