"""Citation truncation: simulations where the truth is known, and golden cases by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from chizai.landscape.statistics.quality import cohort_normalised
from chizai.landscape.statistics.truncation import corrected, empirical_lags, fitted_lags, lag_share, lag_table

B1, B2 = 0.15, 0.6
YEARS = 25


def simulated(
    seed: int, *, patents: int = 400, growth: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Cohort, exposure, and per citation its patent and lag: rates by patent, lags from the form, cut at the end."""
    rng = np.random.default_rng(seed)
    cohort = np.repeat(np.arange(YEARS), patents)
    exposure = 12 * (YEARS - cohort)
    mean = 6.0 * growth**cohort
    total = rng.poisson(rng.gamma(1.0, mean))
    unit = np.repeat(np.arange(len(cohort)), total)
    grid = np.linspace(0, 200, 200_001)
    lag = np.floor(12 * np.interp(rng.random(len(unit)), lag_share(grid, B1, B2), grid)).astype(int)
    seen = lag < exposure[unit]
    return cohort, exposure, unit[seen], lag[seen]


def test_the_share_is_the_integral_of_the_form() -> None:
    density = lambda t: np.exp(-B1 * t) * (1 - np.exp(-B2 * t))  # noqa: E731
    whole = quad(density, 0, np.inf)[0]
    for years in (0.5, 3.0, 12.0):
        assert lag_share(years, B1, B2) == pytest.approx(quad(density, 0, years)[0] / whole)


def test_the_form_is_recovered_from_truncated_citations() -> None:
    _cohort, exposure, unit, lag = simulated(0)
    found = fitted_lags(lag_table(lag, exposure[unit]))
    assert found.obsolescence == pytest.approx(B1, rel=0.1)
    assert found.diffusion == pytest.approx(B2, rel=0.15)
    assert found.at([60, 120]) == pytest.approx(lag_share([5, 10], B1, B2), rel=0.05)


def test_without_a_form_the_shares_are_those_within_the_horizon() -> None:
    _cohort, exposure, unit, lag = simulated(1)
    found = empirical_lags(lag_table(lag, exposure[unit]), horizon=240)
    assert found.horizon == 240
    truth = lag_share(np.array([3, 5, 10]), B1, B2) / lag_share(20, B1, B2)
    assert found.at([36, 60, 120]) == pytest.approx(truth, rel=0.04)
    assert found.at([240, 300, 0]).tolist() == [1.0, 1.0, 0.0]


def test_corrected_cohorts_recover_the_truth_that_raw_means_hide() -> None:
    """Quality is the same in every year; raw means fall by three quarters, corrected ones stay, and cover it as stated."""
    inside, tried = 0, 0
    for seed in range(6):
        cohort, exposure, unit, lag = simulated(seed)
        table = lag_table(lag, exposure[unit])
        total = np.bincount(cohort[unit], minlength=YEARS).astype(float)
        squares = np.bincount(cohort, weights=np.bincount(unit, minlength=len(cohort)) ** 2.0, minlength=YEARS)
        assert total[22] < 0.3 * total[0]
        lags = fitted_lags(table)
        months = 12 * (YEARS - np.arange(YEARS))
        for year in range(2, 23):
            found = corrected(total[year], lags.at(months[year]), lags.variance_at(months[year]),
                              overdispersion=max(squares[year] / total[year], 1))  # fmt: skip
            if np.isnan(found.value):
                continue
            tried += 1
            inside += bool(found.low <= 6 * 400 <= found.high)
            assert found.value == pytest.approx(6 * 400, rel=0.4)
    assert tried > 100
    assert 0.8 <= inside / tried <= 0.99


def test_growth_in_citations_does_not_bias_the_lags() -> None:
    _cohort, exposure, unit, lag = simulated(3, growth=1.06)
    found = empirical_lags(lag_table(lag, exposure[unit]), horizon=240)
    assert found.at(60) == pytest.approx(lag_share(5, B1, B2) / lag_share(20, B1, B2), rel=0.04)


def test_cohort_means_take_the_level_out() -> None:
    cohort, _exposure, unit, _lag = simulated(4)
    found = cohort_normalised(np.bincount(unit, minlength=len(cohort)).astype(float), cohort)
    for year in range(YEARS - 1):
        assert found.value[cohort == year].mean() == pytest.approx(1)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), min_size=1, max_size=60))
def test_shares_never_fall_with_the_lag(rows: list[tuple[int, int]]) -> None:
    table = lag_table([row[0] for row in rows], [row[1] for row in rows])
    assert table.sum() == sum(lag < exposure for lag, exposure in rows)
    found = empirical_lags(table, minimum_at_risk=1)
    known = found.cumulative[~np.isnan(found.cumulative)]
    assert (np.diff(known) >= -1e-12).all()
    assert ((known >= 0) & (known <= 1)).all()


def test_too_little_gives_nothing() -> None:
    with pytest.raises(ValueError, match="too few"):
        fitted_lags(lag_table([1, 2], [5, 5]))
    with pytest.raises(ValueError, match="too few"):
        fitted_lags(lag_table([], []))
    nothing = empirical_lags(lag_table([], []))
    assert np.isnan(nothing.at([12])).all()
    found = corrected([10.0, 10.0, np.nan, 0.0], [0.5, 0.05, 0.5, 0.5])
    assert found.reason.tolist() == ["", "completeness-too-low", "unknown", ""]
    assert found.value[0] == 20
    assert found.low[3] == 0 < found.high[3]
