from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.landscape.statistics.growth import compound_rate, relative_rate

METHODS = ["quasi-poisson", "poisson", "log-linear", "endpoints"]


@pytest.mark.parametrize("method", METHODS)
@given(rate=st.floats(-0.4, 1.0), years=st.integers(3, 20))
def test_exact_growth_is_recovered(method: str, rate: float, years: int) -> None:
    counts = 1000 * (1 + rate) ** np.arange(years)
    found = compound_rate(range(2000, 2000 + years), counts, last_complete_year=2030, method=method)  # type: ignore[arg-type]
    assert found.rate.value == pytest.approx(rate, abs=1e-8)
    assert found.rate.low <= found.rate.value + 1e-12
    assert found.rate.high >= found.rate.value - 1e-12


def test_incomplete_years_do_not_turn_growth_into_decline() -> None:
    # landscape.md section 0.4 and 2.13: patiroha 1.0.1 reports -19.3 % on a series growing exactly 5 % a year
    # whose last two years are cut by publication lag.
    years = np.arange(2010, 2020)
    counts = 100 * 1.05 ** (years - 2010)
    counts[-2:] *= (0.5, 0.1)
    raw = (counts[-1] / counts[0]) ** (1 / 9) - 1
    assert raw < -0.15
    for method in METHODS:
        found = compound_rate(years, counts, last_complete_year=2017, method=method)  # type: ignore[arg-type]
        assert found.rate.value == pytest.approx(0.05, abs=1e-8)
        assert (found.first_year, found.last_year, found.years) == (2010, 2017, 8)


def test_the_poisson_slope_is_the_maximum_of_its_likelihood() -> None:
    from scipy.optimize import minimize

    years, counts = np.arange(8), np.array([3, 0, 4, 9, 6, 12, 20, 17])

    def deviance(at: np.ndarray) -> float:
        return float((np.exp(at[0] + at[1] * years) - counts * (at[0] + at[1] * years)).sum())

    best = minimize(deviance, [1.0, 0.1], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12}).x
    found = compound_rate(years, counts, last_complete_year=10, method="poisson")
    assert np.log1p(found.rate.value) == pytest.approx(best[1], abs=1e-6)
    # Standard error from the information matrix at the maximum.
    mean = np.exp(best[0] + best[1] * years)
    information = np.array([[mean.sum(), (mean * years).sum()], [(mean * years).sum(), (mean * years**2).sum()]])
    error = np.sqrt(np.linalg.inv(information)[1, 1])
    assert np.log1p(found.rate.high) - np.log1p(found.rate.value) == pytest.approx(1.6448536 * error, rel=1e-5)


@pytest.mark.parametrize("dispersion", [1, 4])
def test_the_interval_covers_also_counts_that_vary_more_than_poisson(dispersion: int) -> None:
    generator = np.random.default_rng(11)
    mean = 60 * 1.05 ** np.arange(9)
    if dispersion == 1:
        counts = generator.poisson(mean, (1000, 9))
    else:
        counts = generator.negative_binomial(mean / (dispersion - 1), 1 / dispersion, (1000, 9))
    found = compound_rate(range(2000, 2009), counts, last_complete_year=2008).rate
    held = np.mean((found.low <= 0.05) & (found.high >= 0.05))
    assert 0.86 <= held <= 0.98
    if dispersion == 4:
        plain = compound_rate(range(2000, 2009), counts, last_complete_year=2008, method="poisson").rate
        assert np.mean((plain.low <= 0.05) & (plain.high >= 0.05)) < 0.7, "what quasi-Poisson is for"


def test_refusals_have_reasons() -> None:
    def reason(counts: list[float], **choices: object) -> str:
        years = range(2010, 2010 + len(counts))
        return str(compound_rate(years, counts, **{"last_complete_year": 2014} | choices).rate.reason)  # type: ignore[arg-type]

    assert reason([5, 9, 12, 14], last_complete_year=2011) == "too-few-complete-years"
    assert reason([5, 9, 12, 14], first_year=2012) == "too-few-complete-years"
    assert reason([5, 9, 12, 14], last_complete_year=1999) == "too-few-complete-years"
    assert reason([5, 9, 12], minimum_years=5) == "too-few-complete-years"
    assert reason([0, 0, 0, 0]) == "all-zero"
    assert reason([0, 0, 0, 5]) == "no-finite-rate"
    assert reason([5, 0, 0, 0]) == "no-finite-rate"
    assert reason([0, 5, 0, 4]) == ""
    assert reason([3, 0, 4, 4], method="log-linear") == "zero-count"
    assert reason([3, 0, 4, 4], method="endpoints") == ""
    assert reason([0, 3, 4, 4], method="endpoints") == "zero-count"
    refused = compound_rate([2010, 2011], [1, 2], last_complete_year=2011)
    assert np.isnan([refused.rate.value, refused.rate.low, refused.rate.high]).all()
    with pytest.raises(ValueError):
        compound_rate([2010, 2011, 2012], [1, 2, 3], last_complete_year=2012, minimum_years=2)


def test_a_missing_year_is_left_out_and_not_zero() -> None:
    years, counts = np.arange(2000, 2008), 50 * 1.1 ** np.arange(8)
    counts[3] = np.nan
    for method in METHODS:
        found = compound_rate(years, counts, last_complete_year=2007, method=method)  # type: ignore[arg-type]
        assert found.rate.value == pytest.approx(0.1, abs=1e-8)
        assert found.years == 7


def test_many_series_at_once_are_each_as_alone() -> None:
    generator = np.random.default_rng(2)
    counts = generator.poisson(generator.gamma(0.5, 8, (50, 1)), (50, 10)).astype(float)
    counts[generator.random(counts.shape) < 0.05] = np.nan
    for method in METHODS:
        together = compound_rate(range(10), counts, last_complete_year=9, method=method).rate  # type: ignore[arg-type]
        for row in range(50):
            alone = compound_rate(range(10), counts[row], last_complete_year=9, method=method).rate  # type: ignore[arg-type]
            assert together.reason[row] == alone.reason
            np.testing.assert_allclose(together.value[row], alone.value, rtol=1e-9)
            np.testing.assert_allclose(together.high[row], alone.high, rtol=1e-9)


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=12))
def test_any_counts_give_a_finite_rate_or_a_reason(counts: list[int]) -> None:
    found = compound_rate(range(len(counts)), counts, last_complete_year=99)
    assert np.isfinite(found.rate.value) == (found.rate.reason == "")
    assert found.rate.reason != "no-convergence"


def test_doubling_time_follows_the_rate_and_its_interval() -> None:
    found = compound_rate(range(6), 1000 * 2.0 ** np.arange(6), last_complete_year=5).doubling_time
    assert found.value == pytest.approx(1)
    assert found.low < 1 < found.high
    falling = compound_rate(range(6), [90, 80, 70, 65, 60, 50], last_complete_year=5).doubling_time
    assert np.isnan(falling.value)
    assert falling.reason == "no-growth"
    unsure = compound_rate(range(4), [10, 14, 8, 13], last_complete_year=5).doubling_time
    assert unsure.value > 0
    assert np.isinf(unsure.high)


def test_relative_growth_is_the_ratio_of_the_growth_factors() -> None:
    years = np.arange(2010, 2018)
    world, field = 5000 * 1.03 ** (years - 2010), 100 * 1.12 ** (years - 2010)
    apart = relative_rate(years, field, world, reference_holds_counts=False, last_complete_year=2017)
    inside = relative_rate(years, field, world + field, reference_holds_counts=True, last_complete_year=2017)
    assert apart.rate.value == pytest.approx(1.12 / 1.03 - 1, abs=1e-9)
    assert inside.rate.value == pytest.approx(apart.rate.value, abs=1e-9)


def test_relative_growth_forgets_what_moves_both() -> None:
    generator = np.random.default_rng(9)
    years = np.arange(2005, 2016)
    boom = generator.gamma(20, 1 / 20, (400, 11))
    field = generator.poisson(80 * 1.06 ** (years - 2005) * boom)
    world = generator.poisson(2000 * 1.02 ** (years - 2005) * boom)
    found = relative_rate(years, field, world, reference_holds_counts=False, last_complete_year=2015).rate
    truth = 1.06 / 1.02 - 1
    assert found.value.mean() == pytest.approx(truth, abs=0.003)
    assert 0.86 <= np.mean((found.low <= truth) & (found.high >= truth)) <= 0.98
    own = compound_rate(years, field, last_complete_year=2015).rate
    assert np.mean(found.high - found.low) < 0.6 * np.mean(own.high - own.low)


def test_a_reference_smaller_than_what_it_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="does not hold"):
        relative_rate([1, 2, 3], [5, 5, 5], [9, 9, 4], reference_holds_counts=True, last_complete_year=3)


def test_relative_growth_refuses_as_growth_does() -> None:
    def reason(field: list[float], world: list[float]) -> str:
        found = relative_rate([1, 2, 3], field, world, reference_holds_counts=False, last_complete_year=3)
        return str(found.rate.reason)

    assert reason([0, 0, 0], [5, 5, 5]) == "all-zero"
    assert reason([0, 0, 2], [5, 5, 5]) == "no-finite-rate"
    assert reason([1, np.nan, 2], [5, 5, 5]) == "too-few-complete-years"
