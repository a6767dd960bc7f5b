from __future__ import annotations

import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chizai.landscape.statistics.specialisation import (
    balassa,
    hachman,
    krugman,
    rpa,
    rsi,
    rta,
    specialisation,
    specialisation_coefficient,
)

GOLDEN = Path(__file__).parent / "golden"
ECONGEO = tomllib.loads((GOLDEN / "econgeo.toml").read_text(encoding="utf-8"))
COMPLEXITY = tomllib.loads((GOLDEN / "complexity.toml").read_text(encoding="utf-8"))

tables = arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 400) | st.just(0))


def test_rta_is_the_location_quotient_of_econgeo() -> None:
    # shared/golden/econgeo_reference_values.txt:2-7; landscape.md 2.2: R2->I4 3.50, R3->I5 2.50.
    np.testing.assert_allclose(rta(ECONGEO["counts"]), ECONGEO["location_quotient"], rtol=1e-12)


def test_rta_is_the_rca_of_ecomplexity_to_ten_digits() -> None:
    # shared/golden/complexity_reference_values.txt:11-19
    np.testing.assert_allclose(balassa(COMPLEXITY["counts"]), COMPLEXITY["rca"], rtol=0, atol=5e-11)


def test_specialisation_of_whole_profiles_is_that_of_econgeo() -> None:
    # shared/golden/econgeo_reference_values.txt:29, 32, 35
    np.testing.assert_allclose(krugman(ECONGEO["counts"]), ECONGEO["krugman"], rtol=1e-12)
    np.testing.assert_allclose(
        specialisation_coefficient(ECONGEO["counts"]), ECONGEO["specialisation_coefficient"], rtol=1e-12
    )
    np.testing.assert_allclose(hachman(ECONGEO["counts"]), ECONGEO["hachman"], rtol=0, atol=5e-11)


def test_nothing_is_rounded_inside() -> None:
    # EconGeo's RCA rounds to two decimals (landscape.md 2.13).
    assert rta([[1, 2], [3, 1]])[0, 0] == pytest.approx(7 / 12, rel=1e-15)


def test_an_empty_actor_or_field_has_no_rta_and_an_active_actor_without_the_field_has_zero() -> None:
    found = rta([[0, 0, 0], [0, 5, 0], [3, 5, 0]])
    assert np.isnan(found[0]).all()
    assert np.isnan(found[:, 2]).all()
    assert found[1, 0] == 0


@pytest.mark.parametrize(("advantage", "expected"), [(2.0, 60.0), (0.5, -60.0), (1.0, 0.0), (0.0, -100.0)])
def test_rpa_has_its_published_values(advantage: float, expected: float) -> None:
    # landscape.md 2.2: RTA 2 -> 60, 0.5 -> -60
    assert rpa(advantage) == pytest.approx(expected, abs=1e-12)


@given(st.floats(1e-6, 1e6))
def test_rpa_is_a_hyperbolic_tangent_of_the_logarithm(advantage: float) -> None:
    assert rpa(advantage) == pytest.approx(100 * np.tanh(np.log(advantage)), abs=1e-9)
    assert rsi(advantage) == pytest.approx((advantage - 1) / (advantage + 1), abs=1e-12)
    assert rpa(1 / advantage) == pytest.approx(-rpa(advantage), abs=1e-9)


@given(tables)
def test_the_mean_rta_of_a_field_weighted_by_the_actors_is_one(counts: np.ndarray) -> None:
    found = rta(counts)
    for field in np.nonzero(counts.sum(axis=0))[0]:
        weight = counts.sum(axis=1) / counts.sum()
        active = weight > 0
        assert (weight[active] * found[active, field]).sum() == pytest.approx(1)


@given(tables, st.integers(2, 50))
def test_rta_knows_no_size_and_no_order(counts: np.ndarray, factor: int) -> None:
    np.testing.assert_allclose(rta(counts * factor), rta(counts), rtol=1e-12)
    np.testing.assert_allclose(rta(counts[::-1, ::-1])[::-1, ::-1], rta(counts), rtol=1e-12)


@given(tables, st.sampled_from(["shrinkage", "delta"]))
def test_intervals_are_ordered_and_hold_their_estimate(counts: np.ndarray, method: str) -> None:
    found = specialisation(counts, method=method, minimum_actor_total=0, minimum_field_total=0)  # type: ignore[arg-type]
    centre = found.shrunk if method == "shrinkage" else found.rta.value
    defined = ~np.isnan(found.rta.low)
    assert np.all(found.rta.low[defined] <= centre[defined] * (1 + 1e-6))
    assert np.all(found.rta.high[defined] >= centre[defined] * (1 - 1e-6))
    between = (found.shrunk - 1) * (found.rta.value - 1)
    assert np.all(between[~np.isnan(between)] >= -1e-9), "the shrunk index lies between 1 and the plain one"
    assert np.all(np.isnan(found.rta.value) == ((found.rta.reason != "") & (found.rta.reason != "interval-zero-count")))


@pytest.mark.parametrize("method", ["shrinkage", "delta", "bootstrap"])
def test_nine_in_ten_intervals_hold_the_true_rta(method: str) -> None:
    generator = np.random.default_rng(20220601)
    true = generator.gamma(2, 1, (8, 10)) * generator.gamma(4, 1, (8, 1)) * generator.gamma(4, 1, (1, 10))
    true /= true.sum()
    truth, held, tried = rta(true), 0, 0
    for seed in range(100):
        drawn = generator.multinomial(2000, true.ravel()).reshape(true.shape)
        found = specialisation(
            drawn,
            method=method,  # type: ignore[arg-type]
            minimum_expected=5,
            minimum_actor_total=0,
            minimum_field_total=0,
            draws=200,
            seed=seed,
        ).rta
        defined = ~np.isnan(found.low)
        held += int(((found.low <= truth) & (truth <= found.high))[defined].sum())
        tried += int(defined.sum())
    assert tried > 4000
    # The standard error of a rate of 0.9 over 100 tables of dependent cells is below 0.01.
    assert 0.87 <= held / tried <= 0.93


def test_a_share_that_leaves_nothing_open_has_no_interval_to_speak_of() -> None:
    only = specialisation([[40, 60]], minimum_actor_total=0, minimum_field_total=0).rta
    np.testing.assert_allclose(only.low, 1, atol=1e-3)
    np.testing.assert_allclose(only.high, 1, atol=1e-3)


def test_a_minimum_count_hides_the_cell_and_says_why() -> None:
    found = specialisation(
        [[3, 2, 0], [40, 60, 0], [300, 5, 3]],
        minimum_actor_total=10,
        minimum_field_total=5,
    )
    assert found.rta.reason.tolist() == [
        ["actor-too-few", "actor-too-few", "actor-too-few"],
        ["", "", "field-too-few"],
        ["", "", "field-too-few"],
    ]
    for array in (found.rta.value, found.rta.low, found.rta.high, found.shrunk):
        assert np.isnan(array[0]).all()
    thin = specialisation([[40, 60, 1], [300, 500, 9]], minimum_field_total=0, minimum_expected=5).rta
    assert thin.reason.tolist() == [["", "", "expected-too-few"], ["", "", ""]]


def test_a_zero_count_has_an_interval_by_shrinkage_only() -> None:
    counts = [[0, 30], [20, 50]]
    shrunk = specialisation(counts).rta
    assert shrunk.value[0, 0] == 0
    assert 0 <= shrunk.low[0, 0] < shrunk.high[0, 0] < 1
    for method in ("delta", "bootstrap"):
        other = specialisation(counts, method=method).rta  # type: ignore[arg-type]
        assert other.value[0, 0] == 0
        assert np.isnan([other.low[0, 0], other.high[0, 0]]).all()
        assert other.reason[0, 0] == "interval-zero-count"


def test_fractional_counts_are_surer_than_as_many_whole_ones() -> None:
    # Eighty halves make forty, and forty made of eighty independent parts vary less than forty whole units.
    counts = np.array([[40.0, 60.0], [60.0, 40.0]])
    for method in ("shrinkage", "delta", "bootstrap"):
        whole = specialisation(counts, method=method).rta  # type: ignore[arg-type]
        halves = specialisation(counts, method=method, sum_squares=counts / 2).rta  # type: ignore[arg-type]
        assert np.all(halves.high - halves.low < whole.high - whole.low)
        np.testing.assert_array_equal(halves.value, whole.value)


def test_a_stronger_prior_draws_nearer_to_one() -> None:
    counts = [[2, 10], [10, 50], [60, 40]]
    weak, strong = (specialisation(counts, prior_strength=k, minimum_field_total=0).shrunk for k in (0.5, 20))
    assert np.all(np.abs(strong - 1) <= np.abs(weak - 1))


def test_the_bootstrap_is_the_same_for_the_same_seed_only() -> None:
    counts = COMPLEXITY["counts"]
    one, same, other = (specialisation(counts, method="bootstrap", seed=seed).rta for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.low, same.low)
    assert not np.array_equal(one.low, other.low, equal_nan=True)


def test_scales_follow_the_interval() -> None:
    found = specialisation([[30, 10], [20, 60]])
    np.testing.assert_allclose(found.rpa.low, rpa(found.rta.low))
    np.testing.assert_allclose(found.rsi.high, rsi(found.rta.high))
    assert found.verdict.tolist() == [[1, -1], [-1, 1]]


@pytest.mark.parametrize("bad", [[[1, -1]], [[1, np.nan]], [[1, np.inf]], [1, 2]])
def test_counts_that_are_none_are_refused(bad: list) -> None:
    with pytest.raises(ValueError):
        rta(bad)


def test_the_interpolated_gamma_quantile_is_the_exact_one_to_eight_digits() -> None:
    from scipy.special import gammaincinv

    from chizai.landscape.statistics.specialisation import _gamma_quantile

    shape = np.r_[0.003, np.geomspace(0.011, 1e9, 5001)]
    for probability in (0.005, 0.05, 0.5, 0.95, 0.995):
        np.testing.assert_allclose(_gamma_quantile(shape, probability), gammaincinv(shape, probability), rtol=1e-8)


def test_a_thousand_actors_by_seven_hundred_fields_take_about_a_second() -> None:
    generator = np.random.default_rng(0)
    counts = generator.poisson(generator.gamma(0.3, 5, (1000, 700)))
    took = []
    for _ in range(2):
        start = time.process_time()
        specialisation(counts)
        took.append(time.process_time() - start)
    assert min(took) < 1, took  # 0.3 s on the machine it was written on
