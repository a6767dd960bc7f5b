"""Periods, units, the shipped indicators, targets and figures, and what was known when."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chizai.errors import UnknownChoice
from chizai.series.catalogue import indicator, indicators, observations, read_targets, shipped, sources, targets
from chizai.series.errors import SeriesRefused
from chizai.series.follow import Override, follow, follow_all
from chizai.series.model import Observation, Target, schema
from chizai.series.numbers import half_unit, number
from chizai.series.period import Period, same_calendar
from chizai.series.units import SIZES, convert, unit_label
from chizai.series.vintages import as_of, fingerprint, series

PLANS = {"plan-2025": "overview-2025.txt", "plan-2026-draft": "overview-2026-draft.txt"}


def bare(text: str) -> str:
    return re.sub(r"[\s*|]|</?mark>", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize(
    ("written", "shown", "kind"),
    [
        ("2024", "2024", "year"), ("2024年", "2024", "year"), (2024, "2024", "year"), ("２０２４", "2024", "year"),
        ("FY2024", "FY2024", "fy"), ("2024年度", "FY2024", "fy"), ("令和6年度", "FY2024", "fy"), ("令和元年", "2019", "year"),
        ("平成30年度", "FY2018", "fy"), ("2024-08", "2024-08", "point"), ("2024年8月", "2024-08", "point"),
        ("2024-08-15", "2024-08", "point"), ("2008-2009", "2008/2009", "range"), ("2019/2023", "2019/2023", "range"),
        ("2026-2030年度", "FY2026/FY2030", "range"),
    ],
)  # fmt: skip
def test_a_period_is_read_as_it_is_written(written: str | int, shown: str, kind: str) -> None:
    found = Period.parse(written)
    assert (str(found), found.kind) == (shown, kind)
    assert Period.parse(str(found)) == found


@pytest.mark.parametrize(
    "written", ["2024年(令和6年度)", "令和6年度(2024年)", "2024年度/2024年", "2024/FY2025", "FY2024 (2024年)"]
)
def test_a_period_that_is_fiscal_and_calendar_is_refused_with_a_remedy(written: str) -> None:
    with pytest.raises(SeriesRefused) as caught:
        Period.parse(written)
    assert caught.value.reason in ("both-years", "mixed-years")
    assert "年度" in caught.value.text("ja")


@pytest.mark.parametrize(
    "written", ["", "soon", "24", "2024-13", "99999", "0000", "2030-2020", "2024-02-40", "x" * 500]
)
def test_what_is_no_period_is_refused(written: str) -> None:
    with pytest.raises(SeriesRefused, match="not a period"):
        Period.parse(written)


def test_fiscal_and_calendar_years_do_not_mix() -> None:
    with pytest.raises(SeriesRefused, match="mixed"):
        same_calendar(Period.parse("2024"), Period.parse("FY2024"))


@given(st.text(max_size=30))
def test_any_text_is_a_period_or_refused(written: str) -> None:
    with contextlib.suppress(SeriesRefused):
        assert isinstance(Period.parse(written), Period)


@given(st.floats(-1e12, 1e12).map(lambda x: round(x, 3)))
def test_a_number_is_read_back(value: float) -> None:
    assert number(f"{value:,}") == pytest.approx(value)
    assert half_unit(f"{value:.1f}") == 0.05


@given(st.sampled_from(list(SIZES)), st.floats(0.001, 1e6))
def test_a_unit_converts_there_and_back(unit: str, value: float) -> None:
    siblings = [other for other, (dimension, _) in SIZES.items() if dimension == SIZES[unit][0]]
    for other in siblings:
        assert convert(convert(value, unit=unit, to=other), unit=other, to=unit) == pytest.approx(value)


def test_units_of_other_dimensions_do_not_convert() -> None:
    with pytest.raises(ValueError, match="does not convert"):
        convert(1, unit="jpy_cho", to="usd_10bn")


# What is shipped -----------------------------------------------------------------------------------------------------


def test_every_kpi_has_a_target_with_an_indicator_or_a_reason() -> None:
    assert list(targets()) == [f"K{n:02d}" for n in range(1, 26)]
    for target in targets().values():
        assert target.indicator in indicators() or target.why_not is not None
        assert target.document in sources()
        assert set(target.context) <= set(indicators())
        assert target.state == sources()[target.document].state


def test_every_observation_has_indicator_unit_source_and_date() -> None:
    for one in shipped():
        assert one.indicator in indicators()
        assert unit_label(one.unit, "ja")
        assert one.source
        assert one.known_from <= dt.date(2026, 11, 1)
        assert not one.source.startswith("plan-") or one.source in sources()
        assert "seed" not in f"{one.source} {one.url} {one.note}"


def test_every_indicator_is_named_in_both_languages_and_its_unit_has_a_word() -> None:
    for one in indicators().values():
        assert one.name.ja != one.name.en
        assert unit_label(one.unit, "ja") != one.unit, one.unit
        assert set(one.kpis) <= set(targets())


def test_a_fiscal_indicator_has_fiscal_observations_only() -> None:
    for one in shipped():
        if indicators()[one.indicator].fiscal:
            assert one.when.fiscal, one


def test_one_series_has_one_unit_after_conversion() -> None:
    units: dict[tuple[object, ...], set[str]] = {}
    for one in observations():
        units.setdefault(one.key, set()).add(one.unit)
    assert all(len(found) == 1 for found in units.values())


def test_every_quotation_of_a_figure_and_of_a_target_stands_in_the_outline(shared: Path) -> None:
    texts = {plan: bare((shared / "plan" / name).read_text(encoding="utf-8")) for plan, name in PLANS.items()}
    quoted = [one for one in shipped() if one.source in PLANS]
    assert len(quoted) > 60
    for one in quoted:
        assert bare(one.quote or "") in texts[one.source], one.quote
    for target in targets().values():
        assert bare(target.quote) in texts[target.document], target.quote


def test_a_title_that_is_said_to_be_read_stands_in_a_text(shared: Path) -> None:
    """The others are published with "title not checked"."""

    def plain(text: str) -> str:
        # 科学技術指標2024 is what the outline names; the edition that was read stands in the address.
        bare = unicodedata.normalize("NFKC", text).lower()
        return re.sub(r"[\s「」・()]|(?<=指標)\d{4}", "", bare)

    read = plain("".join(path.read_text(encoding="utf-8") for path in (
        *(shared / "plan").glob("overview-*.txt"),
        shared / "data" / "statistics" / "observations" / "observations.csv",
        *(shared / "data" / "statistics" / "trade_secrets").glob("*.csv"),
    )))  # fmt: skip
    stated = [one for one in sources().values() if one.title_from == "text"]
    assert 15 < len(stated) < len(sources())
    for one in stated:
        titles = (one.title.ja.partition("（")[0], one.title.en.partition(" (")[0])
        assert any(plain(title) in read for title in titles), one.id


def test_all_collected_observations_are_shipped(shared: Path) -> None:
    folder = shared / "data" / "statistics"
    lines = (folder / "observations" / "observations.csv").read_text(encoding="utf-8").splitlines()
    collected = [one for one in shipped() if not one.source.startswith("plan-")]
    trade, customs = 21, 132
    assert len(collected) == len(lines) - 1 + trade + customs


def test_the_schema_is_json_schema() -> None:
    assert set(schema()) == {"Source", "Indicator", "Observation", "Target"}


def test_an_unknown_indicator_is_named_with_what_is_known() -> None:
    with pytest.raises(UnknownChoice, match="gii_rank"):
        indicator("gii")


# Refusals of the model -----------------------------------------------------------------------------------------------


def target(**changes: object) -> Target:
    whole = {"id": "T", "kpi": "T", "indicator": "gii_rank", "kind": "numeric", "document": "plan-2025", "state": "decided",
             "quote": "q", "title": {"ja": "あ", "en": "a"}, "direction": -1, "comparator": "le", "value": 4, "unit": "rank",
             "deadline": 2035, "baseline": {"period": 2024, "value": 13}} | changes  # fmt: skip
    return Target.model_validate(whole)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"direction": None}, "direction"),
        ({"value": None}, "value"),
        ({"deadline": None}, "why_not"),
        ({"baseline": None}, "why_not"),
        ({"kind": "monitoring"}, "why_not"),
    ],
)
def test_a_target_that_lacks_something_is_refused(changes: dict[str, object], missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        target(**changes)
    assert target().direction == -1


OWN = """
- {id: T1, kpi: T1, indicator: agri_food_exports, kind: numeric, document: plan-2025, state: decided,
   quote: q, title: {ja: あ, en: a}, comparator: ge, value: 2, unit: jpy_cho, deadline: 2025,
   baseline: {period: 2023, value: 1.4541}, direction: 1}
"""


def test_targets_of_the_users_own_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(OWN, encoding="utf-8")
    found = follow_all(wanted=read_targets(path))
    assert [one.target.id for one in found] == ["T1"]
    assert found[0].status == "limited_progress"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (OWN.replace(", direction: 1", ""), "no-direction"),
        (OWN.replace("value: 2, ", ""), "target-incomplete"),
        (OWN.replace("deadline: 2025,", ""), "target-incomplete"),
        (OWN.replace("kind: numeric", "kind: wish"), "target-incomplete"),
        ("- [", "unreadable"),
        ("a: 1", "unreadable"),
    ],
)
def test_a_target_of_the_users_own_that_lacks_something_is_refused_with_its_row(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SeriesRefused) as caught:
        read_targets(path)
    assert caught.value.reason == reason
    assert caught.value.remedy("ja")
    assert reason == "unreadable" or caught.value.where.row == 1


def test_an_observation_needs_a_source_and_a_clear_period() -> None:
    whole = {"indicator": "x", "period": "2024", "value": 1, "unit": "cases", "source": "s", "known_from": "2025-01-01"}
    assert Observation.model_validate(whole).low == 1
    with pytest.raises(ValidationError):
        Observation.model_validate(whole | {"source": " "})
    with pytest.raises((ValidationError, SeriesRefused)):
        Observation.model_validate(whole | {"period": "2024年(令和6年度)"})


# Vintages ------------------------------------------------------------------------------------------------------------


def one(value: float, known: str, **changes: object) -> Observation:
    return Observation.model_validate(
        {"indicator": "x", "period": "2024", "value": value, "unit": "cases", "source": "s", "known_from": known}
        | changes
    )


def test_as_of_gives_what_was_known_then() -> None:
    kept = [one(10.2, "2025-05-01"), one(10.4, "2026-05-06")]
    assert [o.value for o in as_of(kept, dt.date(2025, 5, 1))] == [10.2]
    assert [o.value for o in as_of(kept, dt.date(2026, 5, 6))] == [10.4]
    assert as_of(kept, dt.date(2025, 4, 30)) == []


def test_a_rounded_quotation_does_not_hide_the_exact_figure() -> None:
    exact = one(33019, "2025-03-07")
    assert as_of([exact, one(33000, "2025-06-03", qualifier="gt")], None) == [exact]
    assert as_of([exact, one(33000, "2025-06-03", half_unit=500)], None) == [exact]
    revised = one(33100, "2025-06-03")
    assert as_of([exact, revised], None) == [revised]
    elsewhere = one(34000, "2025-06-03", half_unit=500)
    assert as_of([exact, elsewhere], None) == [elsewhere]


def test_the_fingerprint_changes_with_a_figure_and_with_nothing_else() -> None:
    kept = [one(1, "2025-01-01")]
    assert fingerprint(kept) == fingerprint([one(1, "2025-01-01")])
    assert fingerprint(kept) != fingerprint([one(1, "2025-01-02")])


def test_the_plan_of_2025_knew_nothing_of_2026() -> None:
    known = series(observations(day=dt.date(2025, 6, 3)), "cool_japan_total")
    assert [o.value for o in known] == [19.1, 27.1]


# Follow-up -----------------------------------------------------------------------------------------------------------


def test_the_verdicts_of_the_kpis() -> None:
    found = {one.target.kpi: one for one in follow_all()}
    assert {kpi: one.status for kpi, one in found.items() if one.status != "not_available"} == {
        "K01": "substantial_progress",
        "K10": "target_achieved",
        "K14": "limited_progress",
        "K21": "substantial_progress",
        "K23": "limited_progress",
    }
    for kpi, one_ in found.items():
        assert one_.status != "not_available" or one_.why_not("ja") or one_.reasons, kpi


def test_the_farm_export_verdict_is_borderline_as_printed_and_limited_unrounded() -> None:
    found = follow(targets()["K14"])
    assert found.headline is not None
    assert found.printed is not None
    assert found.headline.status == "limited_progress"
    assert found.printed.value == pytest.approx(0.6000282538552976)
    assert "判定が境界" in found.printed.word("ja")
    assert found.printed.borderline


def test_cool_japan_and_content_agree_with_the_specification() -> None:
    """methods/follow-up c.7."""
    for kpi, ratio in (("K21", 1.886321), ("K23", 0.392518)):
        found = follow(targets()[kpi])
        assert found.printed is not None
        assert found.printed.value == pytest.approx(ratio, abs=5e-7)


def test_a_published_verdict_can_be_recomputed_and_carries_its_vintage() -> None:
    for first, again in zip(follow_all(), follow_all(), strict=True):
        assert first.as_dict() == again.as_dict()
        if first.headline:
            assert first.headline.vintage == first.vintage


def test_earlier_knowledge_gives_an_earlier_verdict() -> None:
    found = follow(targets()["K21"], day=dt.date(2025, 12, 31))
    assert found.status == "not_available"
    assert found.latest is not None
    assert found.latest.value == 27.1


def test_a_verdict_set_by_a_person_stands_beside_the_computed_one() -> None:
    override = Override("moderate_progress", "事務局", dt.date(2026, 7, 1), "為替の影響")
    found = follow(targets()["K21"], override=override)
    assert found.status == "substantial_progress"
    assert "順調" in next(reason for reason in found.reasons if reason.code == "override").text("ja")


def test_a_users_observation_enters_the_follow_up() -> None:
    more = [
        Observation(indicator="content_sites", period=str(year), value=value, unit="sites", source="test",
                    known_from=dt.date(2027, 1, 1)) for year, value in ((2026, 30.0), (2027, 70.0))
    ]  # fmt: skip
    found = follow(targets()["K25"], more=more)
    assert found.status == "substantial_progress"
    assert found.headline is not None
    assert found.headline.components["required_step_from_now"] == pytest.approx((200 - 70) / 6)


def test_a_projection_is_refused_where_the_series_is_short_or_broken() -> None:
    for one_ in follow_all():
        if one_.outlook is not None:
            assert one_.outlook.probability is None
            assert one_.outlook.reasons
