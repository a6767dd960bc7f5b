"""SMAA-2 against areas that can be worked out by hand, and against what must hold of every ranking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.stats import norm

from chizai.strategy import Measured, Preferences, acceptability, sample_weights
from chizai.strategy.errors import BadPreference

DRAWS = 20_000
NEAR = {"abs": 0.012}
"""More than three standard errors of a share in 20,000 draws."""


def exact(*values: float, better: str = "higher") -> Measured:
    array = np.array(values, dtype=float)
    return Measured("m", array, array, array, np.full(len(array), ""), better=better)  # type: ignore[arg-type]


def uncertain(values: list[float], reach: list[float], **changes: object) -> Measured:
    value, width = np.array(values, dtype=float), np.array(reach, dtype=float)
    return Measured("m", value, value - width, value + width, np.full(len(value), ""), **changes)  # type: ignore[arg-type]


# Areas worked out by hand ---------------------------------------------------------------------------------------------


def test_two_criteria_divide_the_weights_where_the_sums_cross() -> None:
    # w a + (1 - w) b: A = w, B = 1 - w, C = 0.6; C is first for 0.4 < w < 0.6.
    found = acceptability("ABC", {"a": exact(1, 0, 0.6), "b": exact(0, 1, 0.6)}, draws=DRAWS)
    assert found.top(1) == pytest.approx([0.4, 0.4, 0.2], **NEAR)
    # C is never last; A is last where w < 1 - w and w < 0.6.
    assert found.rank_shares[:, 2] == pytest.approx([0.5, 0.5, 0.0], **NEAR)
    # The mean of the weights that favour A: w uniform on (0.6, 1).
    assert found.central_weights[0] == pytest.approx([0.8, 0.2], **NEAR)
    assert found.central_weights[2] == pytest.approx([0.5, 0.5], **NEAR)
    assert found.confidence_factor.tolist() == [1.0, 1.0, 1.0]
    assert found.pairwise[0, 2] == pytest.approx(0.4, **NEAR)


def test_what_is_best_nowhere_in_sum_is_never_first() -> None:
    found = acceptability("ABC", {"a": exact(1, 0, 0.3), "b": exact(0, 1, 0.3)}, draws=2_000)
    assert found.top(1)[2] == 0
    assert np.isnan(found.central_weights[2]).all()
    assert np.isnan(found.confidence_factor[2])


def test_a_dominated_alternative_is_never_before_the_one_that_dominates_it() -> None:
    found = acceptability("AB", {name: exact(2, 1) for name in "xyz"}, draws=2_000)
    assert found.top(1).tolist() == [1.0, 0.0]
    assert found.pairwise[0, 1] == 1.0


def test_three_alternatives_each_best_in_one_criterion_share_the_first_place() -> None:
    found = acceptability("ABC", {"x": exact(1, 0, 0), "y": exact(0, 1, 0), "z": exact(0, 0, 1)}, draws=DRAWS)
    assert found.top(1) == pytest.approx([1 / 3] * 3, **NEAR)
    # The centre of the corner of the simplex where one weight is the largest: 11/18, 5/36... = (11, 3.5, 3.5) / 18.
    assert found.central_weights[0] == pytest.approx([11 / 18, 7 / 36, 7 / 36], **NEAR)


def test_equal_alternatives_share_every_rank() -> None:
    found = acceptability("ABCD", {"x": exact(1, 1, 1, 0), "y": exact(3, 3, 3, 0)}, draws=500)
    assert found.rank_shares[:3, :3] == pytest.approx(np.full((3, 3), 1 / 3))
    assert found.rank_shares[3, 3] == 1
    assert found.expected_rank.tolist() == [2, 2, 2, 4]
    assert found.pairwise[0, 1] == 0.5


def test_two_normal_values_are_ranked_by_their_chance_of_being_larger() -> None:
    # One criterion, A ~ N(0, 1), B ~ N(1, 1): P(B > A) = Phi(1 / sqrt 2). Draws beyond the best or the worst value count
    # as the ends, so that both beyond one end tie: Phi(-1) / 2 for each end, whoever is the larger there.
    found = acceptability("AB", {"x": uncertain([0, 1], [norm.ppf(0.95)] * 2)}, draws=DRAWS)
    larger_there, _error = quad(lambda a: norm.pdf(a) * norm.sf(a - 1), 1, np.inf)
    expected = norm.cdf(1 / np.sqrt(2)) - 2 * larger_there + 2 * (norm.cdf(-1) / 2) / 2
    assert found.top(1)[1] == pytest.approx(expected, **NEAR)


def test_less_is_better_where_it_is_said() -> None:
    found = acceptability("AB", {"cost": exact(1, 2, better="lower")}, draws=500)
    assert found.top(1).tolist() == [1.0, 0.0]


def test_a_criterion_in_which_all_are_alike_decides_nothing() -> None:
    one = acceptability("ABC", {"a": exact(3, 2, 1)}, draws=500)
    two = acceptability("ABC", {"a": exact(3, 2, 1), "flat": exact(5, 5, 5)}, draws=500)
    assert np.array_equal(one.rank_shares, two.rank_shares)


def test_an_unknown_value_is_neither_the_worst_nor_the_best() -> None:
    found = acceptability("ABC", {"x": exact(1, 0, np.nan)}, draws=DRAWS)
    assert not found.known[2, 0]
    # Like A in half of the draws (a tie for the first place), like B in the other half.
    assert found.expected_rank == pytest.approx([1.25, 2.75, 2.0], **NEAR)


# What always holds ----------------------------------------------------------------------------------------------------

tables = arrays(float, st.tuples(st.integers(2, 6), st.integers(1, 4)), elements=st.floats(-5, 5, width=16))


@settings(max_examples=40)
@given(tables)
def test_shares_add_up_over_ranks_and_over_alternatives(table: np.ndarray) -> None:
    names = [f"t{row}" for row in range(len(table))]
    found = acceptability(names, {f"c{k}": exact(*column) for k, column in enumerate(table.T)}, draws=200)
    assert found.rank_shares.sum(axis=0) == pytest.approx(1)
    assert found.rank_shares.sum(axis=1) == pytest.approx(1)
    assert found.top(len(names)) == pytest.approx(1)
    assert found.pairwise + found.pairwise.T == pytest.approx(np.ones((len(names), len(names))))


@settings(max_examples=30)
@given(tables, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_given_changes_nothing(table: np.ndarray, shuffle) -> None:  # type: ignore[no-untyped-def]
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    reach = np.abs(table) / 3 + 0.1
    given_ = {f"c{k}": uncertain(table[:, k], reach[:, k]) for k in columns}
    found = acceptability([f"t{row}" for row in rows], given_, draws=200)
    shuffle.shuffle(rows)
    shuffle.shuffle(columns)
    other = {f"c{k}": uncertain(table[rows, k], reach[rows, k]) for k in columns}
    again = acceptability([f"t{row}" for row in rows], other, draws=200)
    assert again.top(1) == pytest.approx(found.top(1)[rows], abs=0.011)  # sums in another order may break a tie
    assert again.expected_rank == pytest.approx(found.expected_rank[rows], abs=0.03)


@settings(max_examples=30)
@given(tables)
def test_ranks_as_values_do_not_hang_on_the_scale(table: np.ndarray) -> None:
    names = [f"t{row}" for row in range(len(table))]
    as_is = {f"c{k}": exact(*column) for k, column in enumerate(table.T)}
    bent = {f"c{k}": exact(*(np.exp(column) * 3 + 7)) for k, column in enumerate(table.T)}
    one = acceptability(names, as_is, scaling="rank", draws=200)
    two = acceptability(names, bent, scaling="rank", draws=200)
    assert np.array_equal(one.rank_shares, two.rank_shares)


def test_the_same_seed_gives_the_same_and_another_does_not() -> None:
    given_ = {"a": uncertain([1, 2, 3], [1, 1, 1]), "b": uncertain([3, 1, 2], [1, 1, 1])}
    one, two = (acceptability("ABC", given_, draws=300, seed=seed) for seed in (3, 3))
    assert np.array_equal(one.ranks, two.ranks)
    assert not np.array_equal(one.ranks, acceptability("ABC", given_, draws=300, seed=4).ranks)


def test_the_error_is_that_of_the_draws() -> None:
    given_ = {"a": exact(1, 0), "b": exact(0, 1)}
    shares = [acceptability("AB", given_, draws=400, seed=seed).top(1)[0] for seed in range(60)]
    told = acceptability("AB", given_, draws=400).error(np.array([0.5]))[0]
    assert told == pytest.approx(0.025)
    assert np.std(shares) == pytest.approx(told, rel=0.35)


@pytest.mark.parametrize(
    "call",
    [
        lambda: acceptability([], {"a": exact()}),
        lambda: acceptability("AB", {}),
        lambda: acceptability("AB", {"a": exact(1, 2, 3)}),
        lambda: acceptability("AA", {"a": exact(1, 2)}),
        lambda: acceptability("AB", {"a": exact(np.nan, np.nan)}),
    ],
)
def test_what_cannot_be_ranked_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        call()


# Weights --------------------------------------------------------------------------------------------------------------


def centroid(n: int) -> list[float]:
    """Rank order centroid weights, the mean of all weights in a given order (Barron & Barrett 1996)."""
    return [sum(1 / k for k in range(i, n + 1)) / n for i in range(1, n + 1)]


@pytest.mark.parametrize("n", [2, 3, 6])
def test_weights_in_an_order_have_the_centroid_as_their_mean(n: int) -> None:
    names = [f"c{k}" for k in range(n)]
    found = sample_weights(names, preferences=Preferences.parse(" > ".join(names)), draws=DRAWS)
    assert found.mean(axis=0) == pytest.approx(centroid(n), abs=0.006)
    assert (np.diff(found, axis=1) <= 1e-9).all()
    assert found.sum(axis=1) == pytest.approx(1)


def test_free_weights_are_uniform_on_the_simplex() -> None:
    found = sample_weights(["a", "b", "c"], draws=DRAWS)
    # Each weight is Beta(1, 2): P(w < x) = 1 - (1 - x)^2.
    for x in (0.1, 0.3, 0.7):
        assert (found < x).mean(axis=0) == pytest.approx([1 - (1 - x) ** 2] * 3, **NEAR)


def test_both_ways_of_drawing_agree() -> None:
    from chizai.strategy import preferences as module

    names = ["a", "b", "c", "d"]
    wanted = Preferences.parse("a > b; 0.1 <= c <= 0.4")
    by_rejection = sample_weights(names, preferences=wanted, draws=DRAWS)
    matrix, bound = wanted.conditions(names)
    centre = module._centre(matrix, bound, 4, wanted)
    by_walk = module._hit_and_run(centre, matrix, bound, DRAWS, 0)
    assert by_walk.mean(axis=0) == pytest.approx(by_rejection.mean(axis=0), abs=0.006)
    assert by_walk.std(axis=0) == pytest.approx(by_rejection.std(axis=0), abs=0.006)


def test_narrow_bounds_are_kept() -> None:
    wanted = Preferences.parse("a >= 90%, b <= 0.02")
    found = sample_weights(["a", "b", "c"], preferences=wanted, draws=2_000)
    assert (found[:, 0] >= 0.9 - 1e-8).all()
    assert (found[:, 1] <= 0.02 + 1e-8).all()
    assert found[:, 1].std() > 0.003


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["a >= 0.7", "b >= 0.5"], "no weights"),
        (["a > b > c", "c >= 0.5"], "no weights"),
        (["a >= 0.5, a <= 0.5"], "fix a weight"),
        (["a > x"], "no criterion x"),
        (["a is best"], "write it like"),
        (["a >= 3"], "between 0 and 1"),
        (["0.1 < 0.2"], "write it like"),
        (["> a"], "write it like"),
    ],
)
def test_preferences_that_cannot_be_used_say_why(texts: list[str], said: str) -> None:
    with pytest.raises(BadPreference, match=said) as caught:
        sample_weights("abc", preferences=Preferences.parse(*texts, known="abc"))
    assert caught.value.text("ja")
    assert caught.value.where.value


def test_a_preference_moves_the_ranking() -> None:
    given_ = {"a": exact(1, 0, 0.6), "b": exact(0, 1, 0.6)}
    # a > b: w uniform on (0.5, 1): A first above 0.6, C between 0.5 and 0.6.
    found = acceptability("ABC", given_, preferences=Preferences.parse("a > b"), draws=DRAWS)
    assert found.top(1) == pytest.approx([0.8, 0.0, 0.2], **NEAR)


def test_preferences_about_what_is_not_measured_are_named_and_the_rest_stays() -> None:
    kept, lost = Preferences.parse("a > b > c; b <= 0.3; c >= 0.1").among(["a", "c"])
    assert kept.orders == (("a", "c"),)
    assert kept.least == (("c", 0.1),)
    assert lost == ("a > b > c", "b <= 0.3")
