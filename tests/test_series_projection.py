"""Projection, trend tests and the refusal policy; golden numbers of methods/follow-up c.6 in assessment_cases.json."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.series.assess.policy import chance, form_of, outlook
from chizai.series.assess.projection import project, regression_line
from chizai.series.assess.trend import mann_kendall, theil_sen

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "golden" / "assessment_cases.json").read_text(encoding="utf-8")
)
POVERTY = [14.5, 12.9, 11.9, 11.2, 10.5, 6.5, 7.6, 10.3, 10.4]
YEARS = range(2015, 2024)


def golden(name: str) -> dict[str, Any]:
    return next(case for case in CASES if case["case"].startswith(name))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("projection log half", {}),
        ("projection log full", {"drift": 1.0}),
        ("projection level half", {"form": "level"}),
    ],
)
def test_a_projection_has_the_golden_numbers(name: str, options: dict[str, Any]) -> None:
    case = golden(name)
    found = project(list(case["series"].values()), horizon=case["h"], **options)
    assert found.centre == pytest.approx(case["centre"], rel=1e-13)
    assert found.se == pytest.approx(case["se"], rel=1e-13)
    assert found.df == case["df"]
    assert found.interval(0.8) == pytest.approx(tuple(case["pi80"]), rel=1e-12)
    assert found.attain(case["target"][1], direction=-1) == pytest.approx(case["p_attain"], rel=1e-12)


def test_the_regression_line_is_overconfident_as_published() -> None:
    case = golden("projection OLS")
    centre, se, below = regression_line(YEARS, POVERTY, year=2030)
    assert (centre, se, below(7.25)) == pytest.approx((case["centre"], case["se"], case["p_attain"]), rel=1e-10)
    assert below(7.25) > 2 * project(POVERTY, horizon=7).attain(7.25, direction=-1)


def test_the_trend_test_has_the_golden_numbers() -> None:
    case = golden("Mann-Kendall exact")
    found = mann_kendall(POVERTY)
    assert (found.tau, found.p) == pytest.approx((case["tau"], case["p"]), rel=1e-12)
    assert theil_sen(YEARS, POVERTY) == pytest.approx(case["theil_sen"], rel=1e-12)


def test_the_smallest_p_of_short_series_is_large() -> None:
    for n, p in golden("Mann-Kendall smallest")["by_n"].items():
        assert mann_kendall(list(range(int(n)))).p == pytest.approx(p, rel=1e-12)


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_the_exact_p_is_that_of_all_orders(n: int) -> None:
    orders = list(itertools.permutations(range(n)))
    sums = [sum((b > a) - (b < a) for a, b in itertools.combinations(order, 2)) for order in orders]
    for order, s in list(zip(orders, sums, strict=True))[:24]:
        expected = sum(abs(other) >= abs(s) for other in sums) / len(orders)
        assert mann_kendall(order).p == pytest.approx(expected)


def test_ties_fall_back_to_the_approximation_and_say_so() -> None:
    found = mann_kendall([1, 1, 2, 2, 3, 3, 4, 4])
    assert not found.exact
    assert found.p < 0.01
    assert mann_kendall([5, 5, 5, 5]).p == 1.0


@given(st.lists(st.floats(0.5, 100), min_size=5, max_size=12), st.floats(0.5, 100))
def test_the_chances_of_both_directions_add_up(values: list[float], target: float) -> None:
    found = project(values, horizon=3)
    if found.se > 0:
        assert found.attain(target, direction=1) + found.attain(target, direction=-1) == pytest.approx(1)


def test_a_share_stays_between_its_bounds() -> None:
    low, high = project([80.0, 85.0, 88.0, 91.0, 93.0], horizon=4, form="logit").interval(0.95)
    assert 0 < low < high < 100
    assert form_of("share", [0.0, 50.0]) == "level"
    assert form_of("rank", [3.0, 2.0]) == "level"


# The policy ----------------------------------------------------------------------------------------------------------


def seen(n: int, *, horizon: int = 3, **options: Any) -> Any:
    values = {float(2015 + i): 100 * 1.03**i * (1.02 if i % 2 else 1) for i in range(n)}
    chosen = {"target": 150.0, "target_year": 2014.0 + n + horizon, "direction": 1, "scale": "ratio"} | options
    return outlook(values, **chosen)


def codes(found: Any) -> list[str]:
    return [reason.code for reason in found.reasons]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_below_five_points_there_is_no_probability_and_no_trend_test(n: int) -> None:
    found = seen(n)
    assert found.probability is None
    assert found.projection is None
    assert found.trend is None
    assert codes(found) == (["one-point"] if n == 1 else ["too-few-points"])


@pytest.mark.parametrize("n", [5, 6, 7])
def test_five_to_seven_points_are_for_reference_in_tenths(n: int) -> None:
    found = seen(n)
    assert found.projection is not None
    assert found.trend is None
    assert found.reference_only
    assert "参考" in found.words("ja")
    assert "割" in found.words("ja")
    assert "%" not in found.words("ja")


def test_eight_points_bring_trend_and_back_test() -> None:
    found = seen(8)
    assert found.trend is not None
    assert "back-test" in codes(found)
    assert found.words("ja").endswith("0%）")


@pytest.mark.parametrize(
    ("n", "horizon", "refused"),
    [(8, 7, False), (8, 8, True), (9, 8, False), (20, 9, True), (5, 4, False), (5, 5, True)],
)
def test_the_horizon_is_limited(n: int, horizon: int, refused: bool) -> None:  # noqa: FBT001
    found = seen(n, horizon=horizon)
    assert (found.probability is None) == refused
    assert ("horizon" in codes(found)) == refused


def test_a_break_restarts_the_count() -> None:
    found = seen(10, breaks=[2021.0])
    assert found.years[0] == 2021
    assert found.probability is None
    assert codes(found)[0] == "series-break"


def test_a_missing_year_restarts_the_count() -> None:
    values = {2010.0: 1.0, 2011.0: 2.0, 2012.0: 3.0, 2014.0: 4.0, 2015.0: 5.0}
    found = outlook(values, target=9.0, target_year=2020.0, direction=1, scale="ratio")
    assert found.years == (2014.0, 2015.0)
    assert codes(found)[0] == "gap"


def test_nothing_is_said_of_nothing() -> None:
    assert codes(outlook({}, target=1.0, target_year=2030.0, direction=1, scale="ratio")) == ["no-observation"]
    assert "no-target" in codes(seen(6, target=None))
    assert "deadline-passed" in codes(seen(6, horizon=0))
    assert "out-of-domain" in codes(seen(6, target=-1.0))


@pytest.mark.parametrize(
    ("p", "word"),
    [(0.8, "likely"), (0.79, "rather-likely"), (0.5, "rather-likely"), (0.2, "rather-unlikely"), (0.19, "unlikely")],
)
def test_the_words_follow_the_cuts(p: float, word: str) -> None:
    assert chance(p) == word


def test_a_perfectly_regular_series_has_no_spread_to_speak_of() -> None:
    found = project([1.0, 1.0, 1.0, 1.0, 1.0], horizon=3)
    assert found.attain(2.0, direction=1) == 0.0
    assert found.attain(0.5, direction=1) == 1.0
    assert math.isclose(found.centre, 1.0)
