"""The OECD set of quality marks: golden cases by hand and properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chizai.landscape.statistics.quality import (
    breakthrough,
    class_diversity,
    cohort_index,
    composite,
    radicalness,
)

few = settings(max_examples=40)
counts = st.lists(st.integers(0, 50), min_size=10, max_size=60)


def test_generality_of_two_patents_in_different_classes_is_half_raw_and_one_corrected() -> None:
    """Hall (2005): N/(N-1) x (1 - sum s^2). One citing patent tells nothing: null, never 0."""
    rows = ([0, 0, 1], [10, 11, 12], ["H04L", "G06F", "H04L"])
    assert class_diversity(*rows, n_units=2, correction="none")[0] == 0.5
    corrected = class_diversity(*rows, n_units=2, correction="hall")
    assert corrected[0] == 1.0
    assert np.isnan(corrected[1])


def test_radicalness_is_the_share_of_cited_codes_outside_the_units_own_classes() -> None:
    found = radicalness([0, 0, 0, 0, 1, 2], list("AABCAB"), [0, 0, 1], ["A", "C", "B"], n_units=4)
    # Unit 0 owns A and C and cites A A B C: one of four. Unit 1 owns B and cites A. Unit 2 has no class of its own.
    assert found[0] == 0.25
    assert found[1] == 1.0
    assert np.isnan(found[2:]).all()


def test_an_index_is_over_the_cohorts_98th_percentile() -> None:
    values = np.arange(101.0)  # 98th percentile (type 7) is 98
    found = cohort_index(values, np.zeros(101))
    assert found[49] == pytest.approx(0.5)
    assert (found[98:] == 1).all()
    assert cohort_index(values, np.zeros(101), winsorise=1.0)[50] == 0.5
    assert cohort_index(values, np.zeros(101), winsorise=1.0, falling="reverse")[100] == 0.0


def test_an_index_is_null_in_small_and_in_uncited_cohorts() -> None:
    assert np.isnan(cohort_index([1.0, 2.0], [0, 0])).all()
    assert np.isnan(cohort_index(np.zeros(20), np.zeros(20))).all()
    assert np.isnan(cohort_index([np.nan] * 12, np.zeros(12))).all()
    assert cohort_index([], []).tolist() == []


@few
@given(counts, st.floats(0.01, 100))
def test_an_index_lies_between_0_and_1_and_ignores_the_unit_of_measure(values: list[int], scale: float) -> None:
    cohort = np.zeros(len(values))
    found = cohort_index(values, cohort)
    if max(values) == 0:
        return
    known = found[~np.isnan(found)]
    assert ((known >= 0) & (known <= 1)).all()
    np.testing.assert_allclose(cohort_index(np.array(values) * scale, cohort), found, rtol=1e-9)


def test_the_top_one_per_cent_is_one_of_a_hundred() -> None:
    cited = np.arange(100)
    assert np.nonzero(breakthrough(cited, np.zeros(100)) == 1)[0].tolist() == [99]
    assert np.isnan(breakthrough(cited[:99], np.zeros(99))).all()


def test_ties_at_the_edge_are_left_out_or_taken_in_as_asked() -> None:
    cited = np.r_[np.zeros(90), np.ones(10)]
    assert np.nansum(breakthrough(cited, np.zeros(100))) == 0
    assert np.nansum(breakthrough(cited, np.zeros(100), ties="include")) == 10
    assert np.nansum(breakthrough(np.zeros(100), np.zeros(100), ties="include")) == 0


@few
@given(st.lists(st.integers(0, 5), min_size=20, max_size=80), st.sampled_from((0.05, 0.1, 0.3)))
def test_never_more_than_the_share_are_breakthroughs(values: list[int], share: float) -> None:
    flags = breakthrough(values, np.zeros(len(values)), share=share)
    known = flags[~np.isnan(flags)]
    assert known.sum() <= share * len(values) + 1e-9
    if len(known):
        # By definition, one at a time.
        for value, flag in zip(values, flags, strict=True):
            as_often = sum(other >= value for other in values)
            assert flag == float(value > 0 and as_often <= share * len(values) + 1e-9)


def test_a_composite_with_a_missing_component_is_null() -> None:
    assert composite([1.0, 1.0], [0.0, np.nan]).tolist()[0] == 0.5
    assert np.isnan(composite([1.0, 1.0], [0.0, np.nan])[1])


@few
@given(st.integers(0, 99))
def test_the_marks_do_not_depend_on_the_order_of_the_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, cohort = rng.integers(0, 9, 60).astype(float), rng.integers(0, 3, 60)
    values[rng.random(60) < 0.1] = np.nan
    order = rng.permutation(60)
    for function in (cohort_index, lambda v, c: breakthrough(v, c, share=0.1)):
        np.testing.assert_array_equal(function(values, cohort)[order], function(values[order], cohort[order]))
