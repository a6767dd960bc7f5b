"""Relevance, coverage and impact: golden cases by hand, the identities of the index, and the cover of its intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chizai.data.economy import economies, gdp_weights
from chizai.landscape.statistics.citation_age import group_medians, median_age, observed_over_expected
from chizai.landscape.statistics.impact import (
    coverage,
    group_means,
    impact,
    office_citation_weights,
    relevance,
    total_interval,
)

few = settings(max_examples=40)


@st.composite
def cohorts(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Citations, (unit, field) rows and years of up to sixty units."""
    n = draw(st.integers(12, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    fields = [np.sort(rng.choice(4, size=rng.integers(1, 4), replace=False)) for _unit in range(n)]
    unit = np.repeat(np.arange(n), [len(item) for item in fields])
    return rng.poisson(2.0, n).astype(float), unit, np.concatenate(fields), rng.integers(2000, 2003, n)


def test_the_mean_relevance_of_a_cohort_is_one() -> None:
    cited = [4.0, 2.0, 0.0, 6.0, 2.0, np.nan]
    found = relevance(cited, [0, 1, 2, 3, 4, 5], list("aaabba"), [2010] * 6, minimum_cohort=2)
    assert found[:5].tolist() == [2.0, 1.0, 0.0, 1.5, 0.5]
    assert np.isnan(found[5])


@few
@given(cohorts())
def test_shares_of_a_cohort_average_to_one(data: tuple[np.ndarray, ...]) -> None:
    """With one field a unit: the plain mean of each cohort is 1 wherever it is told."""
    cited, unit, field, year = data
    first = np.r_[True, unit[1:] != unit[:-1]]
    found = relevance(cited, unit[first], field[first], year, minimum_cohort=3)
    for label in np.unique(year * 10 + field[first]):
        mine = found[year * 10 + field[first] == label]
        assert np.isnan(mine).all() or mine.mean() == pytest.approx(1)


@few
@given(cohorts(), st.floats(0.01, 100))
def test_relevance_knows_neither_scale_nor_order(data: tuple[np.ndarray, ...], scale: float) -> None:
    cited, unit, field, year = data
    found = relevance(cited, unit, field, year, minimum_cohort=3)
    np.testing.assert_allclose(relevance(cited * scale, unit, field, year, minimum_cohort=3), found, rtol=1e-9)
    order = np.random.default_rng(0).permutation(len(unit))
    np.testing.assert_allclose(relevance(cited, unit[order], field[order], year, minimum_cohort=3), found, rtol=1e-9)


def test_small_uncited_and_missing_cohorts_say_nothing() -> None:
    assert np.isnan(relevance([5.0, 1.0], [0, 1], ["a", "a"], [2010, 2010])).all()
    assert np.isnan(relevance(np.zeros(20), np.arange(20), ["a"] * 20, [2010] * 20)).all()
    assert np.isnan(relevance([1.0] * 20, [], [], [2010] * 20)).all()


def test_a_citation_counts_less_where_offices_cite_more() -> None:
    worth = office_citation_weights(["US", "JP", "EP"], [30, 10, 5], [100, 100, 10])
    overall = (30 * 100 + 10 * 100 + 5 * 10) / 210
    assert worth == pytest.approx({"US": overall / 30, "JP": overall / 10, "EP": 1.0})  # ten EP families tell nothing
    assert office_citation_weights([], []) == {}


def test_a_patent_in_the_united_states_covers_one() -> None:
    weights = gdp_weights()
    assert coverage([0], ["US"], ["granted"], n_units=1, weights=weights).tolist() == [1.0]
    assert coverage([0], ["US"], ["pending"], n_units=1, weights=weights, pending=0.25).tolist() == [0.25]
    assert coverage([0], ["US"], ["ended"], n_units=1, weights=weights).tolist() == [0.0]
    assert np.isnan(coverage([], [], [], n_units=1, weights=weights)).all()
    with pytest.raises(ValueError, match="lapsed"):
        coverage([0], ["US"], ["lapsed"], n_units=1, weights=weights)


@few
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(("US", "JP", "DE")), st.booleans()), max_size=30))
def test_coverage_adds_economies_once(rows: list[tuple[int, str, bool]]) -> None:
    weights = {"US": 1.0, "JP": 0.2, "DE": 0.1}
    unit, economy = [row[0] for row in rows], [row[1] for row in rows]
    found = coverage(unit, economy, ["granted" if row[2] else "pending" for row in rows], n_units=5, weights=weights)
    for number in range(5):
        best: dict[str, float] = {}
        for row in rows:
            if row[0] == number:
                best[row[1]] = max(best.get(row[1], 0), 1.0 if row[2] else 0.5)
        if best:
            assert found[number] == pytest.approx(sum(value * weights[code] for code, value in best.items()))
        else:
            assert np.isnan(found[number])


def test_impact_is_a_product_and_unknown_where_either_is() -> None:
    assert impact([2.0, 0.0], [1.5, 2.0]).tolist() == [3.0, 0.0]
    assert np.isnan(impact([np.nan, 1.0], [1.0, np.nan])).all()


def test_every_weight_says_where_it_comes_from() -> None:
    for item in economies().values():
        assert item.gdp > 0
        assert ("from memory" in item.source) == (not item.checked)
    assert {"US", "CN", "JP", "DE", "IN"} <= {code for code, item in economies().items() if item.checked}
    assert gdp_weights()["US"] == 1.0
    assert set(gdp_weights()) >= {"US", "CN", "JP", "KR", "DE", "FR", "GB", "TW", "AU", "CA"}


# Intervals ------------------------------------------------------------------------------------------------------------


@few
@given(st.lists(st.tuples(st.floats(0, 9), st.integers(0, 3)), min_size=1, max_size=40), st.integers(0, 9))
def test_means_depend_neither_on_order_nor_on_other_groups(rows: list[tuple[float, int]], seed: int) -> None:
    value, group = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    found = group_means(value, group, n_groups=4)
    order = np.random.default_rng(seed).permutation(len(rows))
    again = group_means(value[order], group[order], n_groups=4)
    np.testing.assert_array_equal(found.low, again.low)
    for number in range(4):
        alone = group_means(value[group == number], np.zeros((group == number).sum(), int), n_groups=1)
        np.testing.assert_array_equal(alone.low[0], found.low[number])
        if not np.isnan(found.low[number]):
            assert found.low[number] <= found.value[number] + 1e-9
            assert found.value[number] <= found.high[number] + 1e-9


def test_a_mean_of_skewed_values_lies_in_its_interval_nearly_as_often_as_stated() -> None:
    rng = np.random.default_rng(1)
    values = rng.gamma(1.0, 1.0, (300, 40))  # true mean 1
    group = np.repeat(np.arange(300), 40)
    for method, least in (("student-log", 0.85), ("bayesian-bootstrap", 0.8)):
        found = group_means(values.ravel(), group, n_groups=300, method=method, draws=400)
        assert least <= ((found.low <= 1) & (found.high >= 1)).mean() <= 0.96
    with pytest.raises(ValueError, match="unknown method"):
        group_means([1.0], [0], n_groups=1, method="delta")


def test_a_total_covers_the_number_of_families_too() -> None:
    rng = np.random.default_rng(2)
    size = rng.poisson(30, 400)
    group = np.repeat(np.arange(400), size)
    found = total_interval(rng.gamma(1.0, 1.0, len(group)), group, n_groups=400)
    covered = ((found.low <= 30) & (found.high >= 30)).mean()
    assert 0.84 <= covered <= 0.96
    assert total_interval([0.0], [0], n_groups=2).reason.tolist() == ["interval-zero-count", "no-units"]


# Ages of citations ----------------------------------------------------------------------------------------------------


@few
@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 40)), max_size=40))
def test_the_median_age_is_that_of_numpy(rows: list[tuple[int, float]]) -> None:
    found = median_age([row[0] for row in rows], [row[1] for row in rows], n_units=5)
    for number in range(5):
        mine = [row[1] for row in rows if row[0] == number]
        assert (np.isnan(found[number]) and not mine) or found[number] == pytest.approx(np.median(mine))


def test_the_median_lies_in_its_interval_at_least_as_often_as_stated() -> None:
    rng = np.random.default_rng(3)
    values = rng.exponential(1.0, (500, 21))
    found = group_medians(values.ravel(), np.repeat(np.arange(500), 21), n_groups=500)
    assert ((found.low <= np.log(2)) & (found.high >= np.log(2))).mean() >= 0.88
    assert group_medians([1, 2, 3, 4], [0] * 4, n_groups=1).reason.tolist() == ["interval-few-units"]


def test_current_impact_of_what_is_expected_is_one() -> None:
    found = observed_over_expected([5.0, 0.0, 3.0], [5.0, 2.0, 0.0])
    assert found.value[:2].tolist() == [1.0, 0.0]
    assert found.low[0] < 1 < found.high[0]
    assert np.isnan(found.value[2])
