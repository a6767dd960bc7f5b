from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.landscape.statistics.quality import (
    citations_in_window,
    class_diversity,
    cohort_normalised,
    cohort_percentile,
    distinct_per_unit,
    group_quantiles,
    hall_correction,
    window_complete,
)

cited = st.lists(st.tuples(st.integers(0, 30) | st.none(), st.sampled_from(["2010 A61K", "2010 H04L", "2011 H04L"])))


@given(cited)
def test_the_mean_of_every_normalised_cohort_is_one_and_of_every_percentile_fifty(units: list) -> None:
    values = np.array([np.nan if value is None else value for value, _ in units], dtype=float)
    cohort = np.array([label for _, label in units], dtype=object)
    normalised = cohort_normalised(values, cohort, minimum_cohort=1)
    percentile = cohort_percentile(values, cohort, minimum_cohort=1)
    for label in set(cohort):
        known = (cohort == label) & ~np.isnan(values)
        if known.any():
            assert percentile.value[known].mean() == pytest.approx(50)
            if values[known].sum() > 0:
                assert normalised.value[known].mean() == pytest.approx(1)
            else:
                assert set(normalised.reason[known]) == {"cohort-mean-zero"}
    assert np.all(np.isnan(normalised.value[np.isnan(values)]))
    assert np.all(normalised.reason[np.isnan(values)] == "unknown")


def test_small_cohorts_are_refused() -> None:
    found = cohort_normalised([3, 1, 2, 2], [2010, 2010, 2011, 2010], minimum_cohort=3)
    assert found.value.tolist()[:2] == [1.5, 0.5]
    assert found.reason.tolist() == ["", "", "cohort-too-small", ""]
    assert np.isnan(found.value[2])
    assert np.isnan(cohort_percentile([3], [2010], minimum_cohort=2).value[0])


def test_zero_citations_stay_zero() -> None:
    # bibliometrix replaces 0 local citations by 1 (landscape.md 2.13).
    found = cohort_normalised([0, 4], ["a", "a"], minimum_cohort=2)
    assert found.value.tolist() == [0, 2]
    assert found.cohort_mean.tolist() == [2, 2]


def test_hazen_percentiles_of_distinct_values() -> None:
    # Hazen (1914): 100 (i - 1/2) / n
    assert cohort_percentile([10, 30, 20, 40, 50], ["x"] * 5, minimum_cohort=5).value.tolist() == [10, 50, 30, 70, 90]


def test_citations_are_counted_in_closed_windows_only() -> None:
    found = citations_in_window(
        ["2010-01", "2012-12", "2013-01", "NaT"],
        [0, 0, 0, 1, 2, 3, 0],
        ["2010-01", "2014-12", "2015-01", "2013-01", "2014-01", "2014-01", "2009-12"],
        cutoff="2017-12",
        months=60,
    )
    assert found[:2].tolist() == [2, 1]
    assert np.isnan(found[2:]).all()
    assert window_complete(["2012-12", "2013-01"], cutoff="2017-12", months=60).tolist() == [True, False]


def test_generality_of_two_classes_is_half_and_corrected_one() -> None:
    # landscape.md 2.1: N=2 in different classes -> raw 0.5, corrected 1.0; N=1 undefined.
    rows = ([0, 0, 1], ["a", "b", "a"], ["H04L", "G06F", "H04L"])
    assert class_diversity(*rows, n_units=2, correction="none").tolist() == [0.5, 0.0]
    corrected = class_diversity(*rows, n_units=2)
    assert corrected[0] == 1
    assert np.isnan(corrected[1])
    assert np.isnan(class_diversity([], [], [], n_units=2)).all()


def test_a_citing_patent_of_several_classes_is_shared_by_its_codes() -> None:
    # OECD 2013: beta is the share of the citing patent's full codes in the class. One citing patent with two codes in
    # H04L and one in G06F, another with one code in G06F: shares 1/3 and 2/3.
    found = class_diversity([5, 5, 5, 5], [1, 1, 1, 2], ["H04L", "H04L", "G06F", "G06F"], n_units=6, correction="none")
    assert found[5] == pytest.approx(1 - (1 / 9 + 4 / 9))
    assert np.isnan(found[:5]).all()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.sampled_from("ABCD")), max_size=40))
def test_diversity_lies_between_zero_and_one_and_ignores_order(rows: list) -> None:
    units, linked, classes = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    for correction in ("hall", "none"):
        found = class_diversity(units, linked, classes, n_units=5, correction=correction)  # type: ignore[arg-type]
        known = found[~np.isnan(found)]
        assert np.all((known >= 0) & (known <= 1 + 1e-9 if correction == "none" else known <= 2 + 1e-9))
        mirrored = class_diversity(units[::-1], linked[::-1], classes[::-1], n_units=5, correction=correction)  # type: ignore[arg-type]
        np.testing.assert_allclose(found, mirrored, atol=1e-12)


def test_hall_correction_is_null_for_one_and_for_none() -> None:
    assert hall_correction([0.5], [2]).tolist() == [1.0]
    assert np.isnan(hall_correction([0.0, 0.0], [1, 0])).all()


def test_hall_correction_has_no_bias() -> None:
    # For N citing patents of one class each drawn from the same shares (Hall 2005).
    generator = np.random.default_rng(0)
    shares = np.array([0.5, 0.3, 0.2])
    drawn = generator.choice(3, size=(20_000, 4), p=shares)
    units, linked = np.repeat(np.arange(20_000), 4), np.arange(80_000)
    found = class_diversity(units, linked, drawn.ravel(), n_units=20_000)
    assert found.mean() == pytest.approx(1 - np.square(shares).sum(), abs=0.005)


def test_scope_counts_each_class_once_and_nothing_is_not_zero() -> None:
    found = distinct_per_unit([0, 0, 0, 2], ["B64C", "B64C", "G05D", "B64C"], n_units=4)
    assert found[[0, 2]].tolist() == [2, 1]
    assert np.isnan(found[[1, 3]]).all()


@given(st.lists(st.tuples(st.floats(-100, 100), st.integers(0, 3)), min_size=1))
def test_group_quantiles_are_those_of_numpy(rows: list) -> None:
    values, groups = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    found = group_quantiles(values, groups, probabilities=(0.1, 0.5, 1.0), minimum_count=1)
    for place, group in enumerate(found.group):
        expected = np.quantile(values[groups == group], [0.1, 0.5, 1.0])
        np.testing.assert_allclose(found.values[place], expected, atol=1e-9)


def test_unknown_values_are_no_part_of_a_quantile() -> None:
    found = group_quantiles([1.0, np.nan, 3.0, np.nan], ["a", "a", "a", "b"], minimum_count=2)
    assert found.count.tolist() == [2, 0]
    assert found.values[0].tolist() == [1.5, 2, 2.5]
    assert np.isnan(found.values[1]).all()
