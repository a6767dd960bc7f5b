from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chizai.landscape.statistics.ranks import rank_interval


def test_ties_share_a_rank_and_are_parted_evenly() -> None:
    found = rank_interval([50, 50, 50, 1], k=1, draws=3000)
    assert found.rank.tolist() == [1, 1, 1, 4]
    np.testing.assert_allclose(found.top[:3], 1 / 3, atol=0.04)
    assert found.top[3] == 0


def test_a_player_without_units_has_no_rank() -> None:
    found = rank_interval([5, 0, 9])
    assert found.rank.tolist()[0::2] == [2, 1]
    assert np.isnan([found.rank[1], found.low[1], found.high[1], found.top[1]]).all()
    assert np.isnan(rank_interval([0, 0]).rank).all()


@given(arrays(np.int64, st.integers(1, 12), elements=st.integers(0, 60)), st.integers(1, 5))
def test_the_chances_of_the_top_add_up_to_its_places(counts: np.ndarray, k: int) -> None:
    found = rank_interval(counts, k=k, draws=50)
    present = int((counts > 0).sum())
    assert np.nansum(found.top) == pytest.approx(min(k, present))
    there = ~np.isnan(found.rank)
    assert np.all((found.low[there] >= 1) & (found.low[there] <= found.high[there]) & (found.high[there] <= present))


def test_the_chance_of_being_first_is_that_of_two_poisson_counts() -> None:
    from scipy.stats import skellam

    found = rank_interval([30, 25], k=1, model="poisson", draws=20_000)
    difference = skellam(30, 25)
    assert found.top[0] == pytest.approx(difference.sf(0) + difference.pmf(0) / 2, abs=0.01)


def test_fractional_counts_rank_more_surely() -> None:
    whole = rank_interval([30.0, 25.0], k=1, model="poisson", draws=4000)
    parts = rank_interval([30.0, 25.0], k=1, model="poisson", sum_squares=[3.0, 2.5], draws=4000)
    assert parts.top[0] > whole.top[0] + 0.05
    with pytest.raises(ValueError, match="poisson"):
        rank_interval([30.0, 25.0], sum_squares=[3.0, 2.5])


def test_the_same_seed_gives_the_same_ranks() -> None:
    one, same = (rank_interval(np.arange(1, 40), seed=8) for _ in range(2))
    np.testing.assert_array_equal(one.top, same.top)
