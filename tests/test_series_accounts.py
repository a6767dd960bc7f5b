"""The Cool Japan accounts: numbers of the inventory's section 6, from the printed tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.series.accounts import checks, tables
from chizai.series.accounts.checks import common, feasible, implied_weight
from chizai.series.accounts.interval import Interval
from chizai.series.accounts.tables import implied_rates, pace

YEN, DOLLARS, BEFORE = ("plan-2026-draft", "jpy_cho"), ("plan-2026-draft", "usd_10bn"), ("plan-2025", "jpy_cho")
FOUND = {one.code: one for one in checks()}


def test_all_28_checks_are_there_in_both_languages() -> None:
    assert {one.number for one in checks()} == set(range(29))
    for one in checks():
        for lang in ("en", "ja"):
            assert one.text(lang)
            assert "{" not in one.text(lang)
            assert one.word(lang)
        assert one.as_dict()["ja"] == one.text("ja")


def test_sums_and_printed_growth_hold() -> None:
    held = [one for one in checks() if one.number == 0]
    assert len(held) == 6 + 3 + 1
    assert {one.outcome for one in held} == {"holds"}


def test_27_printed_growth_rates_lie_inside_their_levels() -> None:
    rows = [line for table in tables().values() for line in (*table.lines, table.total)]
    assert len(rows) == 27
    for line in rows:
        assert line.growth_percent / 100 in line.growth_of_levels
        previous, current = line.narrowed()
        assert not previous.empty
        assert not current.empty


def test_the_dollar_increase_is_possible_but_only_just() -> None:
    one = FOUND["dollar-increase"]
    assert one.outcome == "only_just"
    assert "possible, but only just" in one.text("en")
    assert "辛うじて" in one.text("ja")
    assert "error" not in one.text("en")
    previous, current = feasible(tables()[DOLLARS].total, increase=1.6) or pytest.fail("feasible")
    assert (previous.low, previous.high) == pytest.approx((18.75, 18.76), abs=1e-3)
    assert (current.low, current.high) == pytest.approx((20.34, 20.35), abs=1e-3)
    assert feasible(tables()[DOLLARS].total, increase=1.9) is None


def test_no_single_pair_of_rates_fits_all_rows() -> None:
    """Inventory 6.2: content [1.07759, 1.07780], the five others [1.07741, 1.07749]."""
    rates = [one for one in implied_rates() if one.years == (2023, 2024)]
    others = common(one for one in rates if one.item != "content")
    content = next(one.ratio for one in rates if one.item == "content")
    assert (content.low, content.high) == pytest.approx((1.07759, 1.07780), abs=6e-6)
    assert (others.low, others.high) == pytest.approx((1.07741, 1.07749), abs=6e-6)
    assert common(rates).empty
    assert 1.07745 in others
    assert FOUND["exchange-rates"].outcome == "contradiction"
    assert "空" in FOUND["exchange-rates"].text("ja")
    later = common(one for one in implied_rates() if one.years == (2024, 2025))
    assert 0.9887 in later


def test_the_food_break_and_growth_without_it() -> None:
    facts = FOUND["food-break"].facts
    assert (facts["previous"], facts["current"], facts["growth"]) == (15.6, 19.8, 26.9)
    assert (facts["later_previous"], facts["later_current"], facts["later_growth"]) == (19.8, 22.0, 11.1)


def test_paces_are_those_of_the_inventory() -> None:
    facts = FOUND["pace"].facts
    assert (facts["content"], facts["total_low"], facts["total_high"], facts["agri"], facts["iamv"]) == (
        14.1,
        5.6,
        6.3,
        24.1,
        1.2,
    )
    assert pace(30.7, year=2025, target=50, target_year=2033) == pytest.approx(0.06286707430943883, rel=1e-12)


def test_years_are_mixed_and_signs_flip() -> None:
    assert FOUND["mixed-years"].facts == {"old": "2023/2024", "new": "2024/2025"}
    assert FOUND["sign-flip"].facts["rows"] == "content, cosm_affil"


def test_the_weight_of_asia_would_have_to_fall() -> None:
    facts = FOUND["liked-country"].facts
    assert (facts["before"], facts["after"]) == (0.86, 0.66)
    assert implied_weight(whole=58.1, one=70.8, other=33.3) == pytest.approx(0.6613, abs=1e-4)


def test_38_cases_imply_22_the_year_before() -> None:
    assert FOUND["arrests"].outcome == "holds"
    assert FOUND["arrests"].facts["seen"] == 22


def test_the_secretariat_verdict_flips_with_the_definition() -> None:
    assert FOUND["secretariats"].outcome == "undefined"
    assert FOUND["secretariats"].facts == {"all": 84, "all_rank": 4, "committees": 20, "committees_rank": 6}


@pytest.mark.parametrize("key", [BEFORE, YEN, DOLLARS])
def test_contributions_add_up_to_the_growth_of_the_total(key: tuple[str, str]) -> None:
    table = tables()[key]
    parts = table.contributions()
    low, high = sum(one.low for _, one in parts.values()), sum(one.high for _, one in parts.values())
    assert low <= table.total.growth_percent <= high
    assert sum(middle for middle, _ in parts.values()) == pytest.approx(table.total.growth_percent, abs=0.35)


numbers = st.floats(0.1, 100)


@given(numbers, numbers, st.floats(0, 0.05), st.floats(0, 0.05), st.floats(-1, 1), st.floats(-1, 1))
def test_interval_arithmetic_holds_what_it_stands_for(
    a: float, b: float, ha: float, hb: float, x: float, y: float
) -> None:
    left, right = Interval.of(a, ha), Interval.of(b, hb)
    one, other = a + x * ha, b + y * hb
    assert one + other in left + right
    assert one - other in left - right
    assert one * other in left * right
    assert one / other in left / right
