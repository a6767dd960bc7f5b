"""Assessment against published values (tests/golden/assessment_cases.json: Statistics Canada, and chizai's own three cases)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.errors import EmptyInput, FileMissing, InputError, MissingColumn
from chizai.series.assess import METHODS, STATUSES, Case, cagr, current_status, linear
from chizai.series.assess.aarr import assess as aarr
from chizai.series.assess.aarr import rate_of_reduction
from chizai.series.assess.distance import distance
from chizai.series.assess.rows import assess_file, assess_row
from chizai.series.errors import SeriesRefused

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "golden" / "assessment_cases.json").read_text(encoding="utf-8")
)
PUBLISHED = [case for case in CASES if "base_value" in case]
COMPUTED = [case for case in CASES if "R" in case]
COLUMNS = ["base_value", "base_year", "current_value", "current_year", "target", "target_year", "direction", "limit"]  # fmt: skip


def named(name: str) -> dict[str, Any]:
    return next(case for case in CASES if case["case"] == name)


def row(**cells: object) -> dict[str, str]:
    whole = {"id": "a", "base_value": 14.5, "base_year": 2015, "current_value": 10.4, "current_year": 2023,
             "target": 7.25, "target_year": 2030, "direction": -1, "limit": ""} | cells  # fmt: skip
    return {name: str(value) for name, value in whole.items()}


def codes(found: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in found["reasons"]]


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case["case"])
def test_a_published_case_is_reproduced_exactly(case: dict[str, Any]) -> None:
    found = cagr.assess(Case(**{name: case[name] for name in COLUMNS}))
    assert found.value == case["progress_value"]
    assert found.score == case["score"]
    assert found.status == case["status"]


def test_all_published_cases_pass_through_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", *COLUMNS])
        for case in PUBLISHED:
            writer.writerow([case["case"], *("" if case[name] is None else case[name] for name in COLUMNS)])
    for case, found in zip(PUBLISHED, assess_file(path), strict=True):
        assert list(found) == ["id", "progress_value", "score", "status", "components", "reasons"]
        assert (found["id"], found["progress_value"], found["score"], found["status"]) == (
            case["case"], case["progress_value"], case["score"], case["status"],
        )  # fmt: skip


@pytest.mark.parametrize("case", COMPUTED, ids=lambda case: case["case"])
def test_a_case_of_the_plans_has_all_figures_of_the_specification(case: dict[str, Any]) -> None:
    (t0, y0), (t, y), (T, Y) = case["base"], case["current"], case["target"]
    found = assess_row(
        row(base_value=y0, base_year=t0, current_value=y, current_year=t, target=Y, target_year=T, direction=1), row=2
    )
    assert found["progress_value"] == case["R"]
    for name in ("observed_cagr", "required_cagr", "linear_path_value_now", "linear_ratio", "required_cagr_from_now",
                 "required_step_from_now", "gap_closed_share", "R_interval_from_rounding"):  # fmt: skip
        assert found["components"][name] == pytest.approx(case[name], rel=1e-14), name


def test_a_revised_value_flips_the_verdict() -> None:
    flip = named("vintage flip 1-1-1")
    for side in ("before", "after"):
        found = assess_row(row(current_value=flip[side]["current_value"]), row=2)
        assert found["progress_value"] == flip[side]["progress_value"]
        assert found["status"] == flip[side]["status"]


def test_the_farm_export_case_lies_on_the_border() -> None:
    found = assess_row(row(base_value="1.5", base_year=2024, current_value="1.7", current_year=2025, target=5,
                           target_year=2030, direction=1), row=2)  # fmt: skip
    assert found["status"] == "moderate_progress"
    assert found["components"]["statuses_from_rounding"] == ["moderate_progress", "limited_progress"]
    assert "判定が境界" in found["reasons"][0]["ja"]


def test_the_same_case_from_the_printed_growth_is_limited() -> None:
    """kpi-inventory: 12.83 % gives R = 0.57738."""
    required = cagr.growth(5, 1.5, 6)
    assert 0.1283 / required == pytest.approx(0.57738, abs=5e-6)


# Branches ------------------------------------------------------------------------------------------------------------


def test_a_base_of_zero_is_replaced_and_said() -> None:
    found = assess_row(row(base_value=0, current_value=2, target=10, direction=1), row=2)
    assert codes(found)[0] == "base-zero"
    required = (10 / 0.001) ** (1 / 15) - 1
    assert found["progress_value"] == pytest.approx(((2 / 0.001) ** (1 / 8) - 1) / required, rel=1e-12)


def test_a_target_of_zero_is_replaced_and_said() -> None:
    found = assess_row(row(target=0), row=2)
    assert "target-zero" in codes(found)
    assert found["progress_value"] == pytest.approx(
        -((10.4 / 14.5) ** (1 / 8) - 1) / abs((0.001 / 14.5) ** (1 / 15) - 1)
    )
    assert assess_row(row(target=0, current_value=0), row=2)["status"] == "target_achieved"


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"base_value": -3, "target": "", "direction": 1}, "sign-change"),
        ({"current_year": 2015}, "too-close"),
        ({"current_year": 2010}, "too-close"),
        ({"target_year": ""}, "no-target-year"),
        ({"target_year": 2015}, "target-not-after-base"),
        ({"target": -5}, "target-other-sign"),
        ({"target": 14.5, "current_value": 15}, "target-is-base"),
        ({"direction": ""}, "no-direction"),
        ({"direction": 2}, "bad-direction"),
        ({"base_value": ""}, "blank"),
        ({"base_value": "about 3"}, "not-a-number"),
        ({"current_value": "nan"}, "not-a-number"),
        ({"base_value": "inf"}, "not-a-number"),
        ({"base_year": "soon"}, "not-a-year"),
        ({"base_year": "2015年(平成27年度)"}, "both-years"),
        ({"base_year": "FY2015"}, "mixed-years"),
        ({"base_unit": "%", "current_unit": "兆円"}, "two-units"),
        ({"unit": "億円", "target_unit": "兆円"}, "two-units"),
        ({"基準値の単位": "億円", "目標値の単位": "兆円"}, "two-units"),
        ({"source": " "}, "no-source"),
        ({"出典": "－"}, "no-source"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_assessed_comes_out_with_its_reason(cells: dict[str, object], code: str) -> None:
    found = assess_row(row(**cells), row=7)
    assert found["status"] == "not_available"
    assert found["progress_value"] is None
    assert found["score"] is None
    assert code in codes(found)
    assert all(reason["ja"] and reason["en"] for reason in found["reasons"])


def test_what_is_achieved_is_achieved_even_without_a_growth_rate() -> None:
    found = assess_row(row(base_value=-3, current_value=5, target=4, direction=1), row=2)
    assert (found["status"], found["score"], found["progress_value"]) == ("target_achieved", 5.0, None)


def test_two_negative_values_grow_by_their_distance_to_zero() -> None:
    better = assess_row(row(base_value=-10, current_value=-5, target="", direction=1), row=2)
    worse = assess_row(row(base_value=-10, current_value=-15, target="", direction=1), row=2)
    assert better["progress_value"] == pytest.approx(1 - 0.5 ** (1 / 8))
    assert better["status"] == "substantial_progress"
    assert worse["status"] == "deterioration"


def test_a_base_on_its_limit_that_is_held_is_substantial() -> None:
    held = assess_row(row(base_value=100, current_value=100, target="", direction=1, limit=100), row=2)
    assert (held["status"], held["score"]) == ("substantial_progress", 5.0)
    lost = assess_row(row(base_value=100, current_value=99, target="", direction=1, limit=100), row=2)
    assert lost["status"] == "deterioration"
    assert lost["score"] == pytest.approx(125 * lost["progress_value"] - 2.5)


@pytest.mark.parametrize(
    ("base", "expected"), [(50.0, 1 - 0.5**4.44), (150.0, 1 - 0.5**4.44), (200.0, 1.0), (300.0, 1.0)]
)
def test_the_coefficient_shrinks_on_both_sides_of_the_limit(base: float, expected: float) -> None:
    assert cagr.coefficient(base, limit=100) == pytest.approx(expected, rel=1e-12)


def test_a_limit_beside_a_target_is_not_used_and_said() -> None:
    with_limit, without = assess_row(row(limit=10), row=2), assess_row(row(), row=2)
    assert with_limit["score"] == without["score"]
    assert "limit-ignored" in codes(with_limit)


def test_a_rank_has_no_growth_rate() -> None:
    case = Case(base_value=13, base_year=2024, current_value=12, current_year=2025, target=4, target_year=2035,
                direction=-1, scale="rank")  # fmt: skip
    assert cagr.assess(case).status == "not_available"
    found = linear.assess(case)
    assert found.status == "substantial_progress"
    assert found.value == pytest.approx(11 / 9)


def test_scores_of_several_series_are_combined_by_their_mean() -> None:
    assert cagr.combine([5.0, 5.0], all_achieved=True) == (5.0, "target_achieved")
    assert cagr.combine([2.5], all_achieved=False)[1] == "substantial_progress"
    assert cagr.combine([-2.6, -2.5], all_achieved=False)[1] == "deterioration"


def test_fiscal_years_may_be_used_alone() -> None:
    found = assess_row(row(base_year="2015年度", current_year="令和5年度", target_year="FY2030"), row=2)
    assert found["progress_value"] == named("statcan 1-1-1")["progress_value"]


def test_full_width_figures_and_thousands_are_read() -> None:
    assert assess_row(row(base_value="１４．５", target="7.250"), row=2)["status"] == "moderate_progress"


# Other methods -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", COMPUTED, ids=lambda case: case["case"])
def test_the_current_status_is_ten_times_the_share_of_the_gap(case: dict[str, Any]) -> None:
    (t0, y0), (t, y), (T, Y) = case["base"], case["current"], case["target"]
    made = Case(base_value=y0, base_year=t0, current_value=y, current_year=t, target=Y, target_year=T, direction=1)
    assert current_status.assess(made).value == pytest.approx(10 * case["gap_closed_share"], rel=1e-12)


def test_parity_is_measured_from_both_sides() -> None:
    for value in (0.9, 1.1):
        case = Case(base_value=0.8, base_year=2015, current_value=value, current_year=2023, direction=1,
                    target=1.0, target_year=2030)  # fmt: skip
        assert current_status.current_status(case, parity=True) == pytest.approx(5.0)


def test_the_weights_of_the_anticipated_progress_are_a_choice() -> None:
    years, values = [2015, 2016, 2017, 2018], [1.0, 2.0, 2.0, 5.0]
    linear_gap, _ = current_status.anticipated(years, values, target=40, target_year=2030, direction=1)
    flat_gap, _ = current_status.anticipated(
        years, values, target=40, target_year=2030, direction=1, weights=lambda n: [1.0] * n
    )
    assert linear_gap < flat_gap
    assert (
        current_status.anticipated(years, values[::-1], target=40, target_year=2030, direction=1)[1]
        == "wrong_direction"
    )
    assert current_status.anticipated(years, values, target=40, target_year=2030, direction=1)[1] == "accelerate"


def test_the_rate_of_reduction_is_the_published_one() -> None:
    golden = named("AARR")
    for item, exact in zip(golden["inputs"], golden["exact"], strict=True):
        assert rate_of_reduction(item["beta"]) == pytest.approx(exact, rel=1e-12)
        assert abs(exact - item["aarr_pct"]) < 0.1, "the note rounds the first and truncates the second"
    with pytest.raises(ValueError, match="positive"):
        aarr([2000, 2001], [1.0, 0.0])


def test_the_distance_needs_peers_and_stops_at_the_target() -> None:
    assert distance(current=60, target=50, direction=1, peers=[32, 90, 44]) == 0
    assert distance(current=10, target=50, direction=1, peers=[32, 90]) is None
    assert distance(current=10, target=50, direction=1, peers=[3, 3, 3]) is None


def test_an_assessment_cannot_be_changed_and_names_its_inputs() -> None:
    case = Case(
        base_value=1, base_year=2015, current_value=2, current_year=2020, target=3, target_year=2030, direction=1
    )
    found = cagr.assess(case).with_vintage("abc")
    with pytest.raises(AttributeError):
        found.status = "deterioration"  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.components["sign"] = 3  # type: ignore[index]
    assert found.inputs == case.digest()
    assert found.vintage == "abc"
    assert found.inputs != cagr.assess(Case(**{**_fields(case), "current_value": 2.5})).inputs


def _fields(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in case.__slots__}


# Properties ----------------------------------------------------------------------------------------------------------

values = st.floats(0.5, 500, allow_nan=False).map(lambda x: round(x, 3))
years = st.integers(1, 12)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    start, gap, ahead = 2010, draw(years), draw(years)
    base, current, target = draw(values), draw(values), draw(values)
    return Case(base_value=base, base_year=start, current_value=current, current_year=start + gap, target=target,
                target_year=start + gap + ahead, direction=draw(st.sampled_from([1, -1])),
                current_half_unit=draw(st.sampled_from([0.0, 0.05])))  # fmt: skip


@given(cases(), st.sampled_from([1e-3, 0.5, 10.0, 1e4]))
def test_the_unit_changes_no_verdict_and_no_ratio(case: Case, factor: float) -> None:
    scaled = Case(**{**_fields(case), "base_value": case.base_value * factor, "current_value": case.current_value * factor,
                     "target": (case.target or 0) * factor, "current_half_unit": case.current_half_unit * factor})  # fmt: skip
    for method in METHODS.values():
        one, other = method(case), method(scaled)
        assert (one.value is None) == (other.value is None)
        if one.value is not None:
            assert other.value == pytest.approx(one.value, rel=1e-6, abs=1e-9)
            near = (
                min(abs(one.value - cut) for cut in (0.95, 0.6, 0.0, 10.0)) < 1e-6 or case.current_value == case.target
            )
            assert near or one.status == other.status


@given(cases())
def test_a_mirrored_series_has_the_same_linear_verdict(case: Case) -> None:
    mirrored = Case(**{**_fields(case), "base_value": -case.base_value, "current_value": -case.current_value,
                       "target": -(case.target or 0), "direction": -case.direction})  # fmt: skip
    for method in (linear.assess, current_status.assess, cagr.assess):
        one, other = method(case), method(mirrored)
        assert other.value == pytest.approx(one.value)
        assert other.status == one.status
        assert other.statuses == one.statuses


@given(cases(), st.floats(0.001, 50))
def test_more_progress_never_lowers_the_verdict(case: Case, more: float) -> None:
    further = case.current_value + case.direction * more
    if further <= 0:
        return
    better = Case(**{**_fields(case), "current_value": further, "current_half_unit": 0.0})
    before = Case(**{**_fields(case), "current_half_unit": 0.0})
    for method in (linear.assess, cagr.assess):
        one, other = method(before), method(better)
        if "not_available" not in (one.status, other.status):
            assert STATUSES.index(other.status) <= STATUSES.index(one.status)


@given(cases())
def test_the_value_lies_inside_its_rounding_interval(case: Case) -> None:
    for method in METHODS.values():
        found = method(case)
        if found.interval is not None and found.value is not None:
            assert found.interval[0] - 1e-9 <= found.value <= found.interval[1] + 1e-9
            assert found.status == "not_available" or found.status in found.statuses


# Files ---------------------------------------------------------------------------------------------------------------


def test_rows_keep_their_order_and_none_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    head = "id,base_value,base_year,current_value,current_year,target,target_year,direction,limit\n"
    path.write_bytes(
        (head + "上,14.5,2015,10.4,2023,7.25,2030,-1,\n下,x,2015,10.4,2023,7.25,2030,-1,\n,1,2015,2,2023\n").encode(
            "cp932"
        )
    )
    found = assess_file(path)
    assert [one["id"] for one in found] == ["上", "下", "row 4"]
    assert [one["status"] for one in found] == ["moderate_progress", "not_available", "not_available"]
    assert codes(found[2]) == ["no-direction"]
    assert "4" in found[2]["reasons"][0]["ja"]


def test_units_that_differ_between_rows_of_one_id_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        "id,base_value,base_year,current_value,current_year,target,target_year,direction,Unit,half_unit\n"
        "a,14.5,2015,10.4,2023,7.25,2030,-1,%,0.05\n"
        "b,14.5,2015,10.4,2023,7.25,2030,-1,件,0.5\n"
        "a,1,2015,2,2023,3,2030,1,万件,0.5\n"
        "b,1,2015,2,2023,3,2030,1,件,0.05\n",
        encoding="utf-8",
    )
    found = assess_file(path)
    assert [codes(one) for one in found if one["id"] == "a"] == [["two-units-of-one"]] * 2
    assert [one["status"] for one in found] == [
        "not_available", "moderate_progress", "not_available", "substantial_progress"
    ]  # fmt: skip
    reason = found[2]["reasons"][0]
    assert all("%, 万件" in reason[lang] and "2, 4" in reason[lang] for lang in ("en", "ja"))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyInput),
        (b"\n\n", EmptyInput),
        (b"PK\x03\x04\x14\x00", SeriesRefused),
        (b"id,base_value\n1,2\n", MissingColumn),
        (b"id,id,base_value,base_year,current_value,current_year,direction\n1,1,1,2015,2,2020,1\n", SeriesRefused),
        (b"id,base_value,base_year,current_value,current_year,direction\n", EmptyInput),
        (b"\x00\x01\x02\xff\xfe\x00" * 20, InputError),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path, data: bytes, error: type[Exception]) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    with pytest.raises(error):
        assess_file(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        assess_file(tmp_path / "none.csv")


@given(st.dictionaries(st.sampled_from(["id", *COLUMNS]), st.text(max_size=12)))
def test_no_text_in_a_cell_breaks_a_row(cells: dict[str, str]) -> None:
    found = assess_row(row(**cells), row=2)
    json.dumps(found, allow_nan=False)
    assert found["status"] in STATUSES
