"""The projection on the page of a KPI: a band of its own where the specification allows one, a reason where it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from chizai.cli import plan as plan_commands
from chizai.publish import charts
from chizai.publish.edition import Edition
from chizai.publish.kpis import Kpi
from chizai.series.catalogue import read_targets
from chizai.series.follow import follow_all

TARGET = """\
- id: {name}
  kpi: {name}
  indicator: {indicator}
  kind: numeric
  document: plan-2025
  state: decided
  title: {{ja: 試験, en: Test}}
  quote: 試験
  direction: 1
  comparator: ge
  value: {value}
  unit: {unit}
  deadline: {deadline}
  baseline: {{period: {base}, value: {start}}}
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten yearly values of consultations (2015 to 2024, a bound for 2025); seven of seizures; three of exports."""
    path = tmp_path_factory.mktemp("targets") / "own.yaml"
    ten = {"indicator": "trade_secret_consultations", "unit": "cases", "base": 2015, "start": 26, "value": 100}
    seven = {"indicator": "customs_seizures", "unit": "cases", "base": 2019, "start": 23934, "value": 40000}
    three = {"indicator": "agri_food_exports", "unit": "jpy_cho", "base": 2023, "start": 1.4541, "value": 5}
    rows = [
        ("TEN", ten, 2029),
        ("FAR", ten, 2040),
        ("SEVEN", seven, 2029),
        ("EDGE", seven, 2032),
        ("THREE", three, 2027),
    ]
    text = "".join(TARGET.format(name=name, deadline=deadline, **rest) for name, rest, deadline in rows)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def found(own: Path) -> dict[str, Kpi]:
    edition = Edition.collect(found=follow_all(wanted=read_targets(own)))
    return {kpi.id: kpi for kpi in edition.kpis}


def codes(kpi: Kpi) -> set[str]:
    assert kpi.found.outlook is not None
    return {reason.code for reason in kpi.found.outlook.reasons}


@pytest.mark.parametrize(("name", "first"), [("TEN", 2025), ("SEVEN", 2026)])
def test_a_band_of_its_own_name_is_drawn(found: dict[str, Kpi], name: str, first: int) -> None:
    kpi = found[name]
    ahead = [one for one in kpi.points if one.part == "projection"]
    assert [one.t for one in ahead] == list(range(first, 2030))
    widths = [(one.high or 0) - (one.low or 0) for one in ahead]
    assert widths == sorted(widths), "further ahead is less sure"
    assert all((one.low or 0) < one.value < (one.high or 0) for one in ahead)
    assert "参考：見通し" in (charts.svg(kpi, "ja") or "")
    outlook = kpi.found.outlook
    assert outlook is not None
    assert outlook.interval == pytest.approx((ahead[-1].low, ahead[-1].high))
    assert ("reference-only" in codes(kpi)) == (name == "SEVEN")


@pytest.mark.parametrize(("name", "why"), [("FAR", "horizon"), ("EDGE", "horizon"), ("THREE", "too-few-points")])
def test_no_band_is_drawn_where_the_specification_refuses(found: dict[str, Kpi], name: str, why: str) -> None:
    kpi = found[name]
    assert [one for one in kpi.points if one.part == "projection"] == []
    assert "見通し" not in (charts.svg(kpi, "ja") or "")
    assert why in codes(kpi)


def test_a_bound_is_no_value_of_the_projection_and_is_labelled_as_a_bound(found: dict[str, Kpi]) -> None:
    """2025 is known as "more than 70" only."""
    outlook = found["TEN"].found.outlook
    assert outlook is not None
    assert outlook.years[-1] == 2024
    assert "70件超" in (charts.svg(found["TEN"], "ja") or "")


def test_own_targets_and_series_enter_the_status_by_command(own: Path, tmp_path: Path) -> None:
    app = typer.Typer()
    plan_commands.register(app)
    (tmp_path / "m.yaml").write_text(
        "series: trade_secret_consultations\nunit: cases\nsource: test\ncolumns: {period: p, value: v}\n",
        encoding="utf-8",
    )
    (tmp_path / "a.csv").write_text("p,v\n2025,99\n", encoding="utf-8")
    kept = str(tmp_path / "kept")
    asked = ["plan", "series", "--file", str(tmp_path / "a.csv"), "--map", str(tmp_path / "m.yaml"), "--keep", kept]
    assert CliRunner().invoke(app, [*asked, "--known-from", "2026-11-01"]).exit_code == 0
    for more, latest in (([], 70), (["--series", kept], 99)):
        shown = CliRunner().invoke(app, ["plan", "status", "--targets", str(own), *more, "--json"])
        first = json.loads(shown.stdout)[0]
        assert (first["target"]["id"], first["latest"]["value"]) == ("TEN", latest)
    assert CliRunner().invoke(app, ["plan", "status", "--series", str(tmp_path / "none")]).exit_code != 0
