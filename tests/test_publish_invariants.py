"""What must hold of every publication, read from the files that were published (verdicts: test_publish_site.py)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from chizai.publish import publish
from chizai.publish.edition import Edition
from chizai.publish.roadmap import YEARS, roadmap
from chizai.series.accounts.tables import tables


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("invariants") / "site", pdf=False).folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_kpi_has_an_indicator_or_a_written_reason(out: Path) -> None:
    found = rows(out / "data" / "kpis.csv")
    assert len(found) == 25
    for row in found:
        assert row["indicator"] or (row["because_ja"] and row["because_en"]), row["kpi"]
        if row["status"] == "not_available":
            assert row["because_ja"], row["kpi"]


def test_the_headline_of_the_matrix_is_one_of_the_published_verdicts(out: Path) -> None:
    verdicts = rows(out / "data" / "assessments.csv")
    for row in rows(out / "data" / "kpis.csv"):
        if row["status"] != "not_available":
            assert row["status"] in {one["status"] for one in verdicts if one["kpi"] == row["kpi"]}
    marks = json.loads((out / "chizai-publication.json").read_text(encoding="utf-8"))
    assert all(one["vintage"] for one in marks["kpis"].values())


def test_published_totals_add_up_and_growth_lies_in_the_interval_of_the_levels(out: Path) -> None:
    found = rows(out / "data" / "cool_japan.csv")
    half = 0.05
    for plan, unit in tables():
        lines = [row for row in found if (row["plan"], row["unit"]) == (plan, unit)]
        parts, total = [row for row in lines if row["item"] != "total"], next(r for r in lines if r["item"] == "total")
        for name in ("previous", "current"):
            assert abs(sum(float(row[name]) for row in parts) - float(total[name])) <= half * (len(parts) + 1) + 1e-9
        for row in lines:
            before, now, growth = float(row["previous"]), float(row["current"]), float(row["growth_percent"])
            low = 100 * ((now - half) / (before + half) - 1)
            high = 100 * ((now + half) / (before - half) - 1)
            assert low - 0.005 <= growth <= high + 0.005, row
    assert len(found) == 27


def test_a_year_of_the_roadmap_is_never_guessed() -> None:
    for document in Edition.collect().documents:
        for line in roadmap(document, "ja").lines:
            assert sum(cell.span for cell in line.cells) == YEARS + 1
            stated = line.row.deadline is not None and line.row.deadline.year is not None
            assert stated or len(line.cells) == 1
