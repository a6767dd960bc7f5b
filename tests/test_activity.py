"""Activity by year on the shipped drones: years that were not selected, years to come, and what the report says of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chizai.corpus.tables import Corpus
from chizai.data.collections import HERE
from chizai.finding import Finding
from chizai.landscape import Landscape
from chizai.report import highlights
from chizai.workspace import Workspace


@pytest.fixture(scope="module")
def drones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Corpus]]:
    workspace = Workspace.create(tmp_path_factory.mktemp("activity") / "study")
    workspace.add(HERE / "drones.csv.gz")
    with workspace.open_corpus() as corpus:
        yield workspace, corpus


def of(drones: tuple[Workspace, Corpus], **choices: Any) -> Landscape:
    workspace, corpus = drones
    return workspace.landscape(corpus=corpus, **choices)


def by_year(finding: Finding) -> dict[int, dict[str, Any]]:
    return {row["year"]: row for row in finding}


def test_years_that_were_not_selected_are_no_years_without_units(drones: tuple[Workspace, Corpus]) -> None:
    found = of(drones, years=(2003, 2008)).activity()
    everything = by_year(of(drones).activity())
    assert found.column("year") == list(range(2003, 2009))
    assert all(row["units"] == everything[year]["units"] for year, row in by_year(found).items())
    assert (found.facts["growth_first_year"], found.facts["growth_last_year"]) == (2004, 2008)
    assert not found.caveats
    open_end = by_year(of(drones, years=(2003, None)).activity())
    assert all(open_end[year] == everything[year] for year in open_end)


def test_who_is_silent_only_because_later_years_were_left_out_has_not_left(drones: tuple[Workspace, Corpus]) -> None:
    found, everything = (by_year(of(drones, years=years).entry_exit()) for years in ((2003, 2008), None))
    assert list(found) == list(range(2003, 2009))
    assert found == {year: everything[year] for year in found}
    assert 0 < found[2008]["exits"] < found[2008]["active"]


def test_nothing_is_still_to_come_of_years_that_are_dated_by_publication(drones: tuple[Workspace, Corpus]) -> None:
    found = of(drones).activity(date="publication")
    assert found.facts["last_complete_year"] == 2017
    assert set(found.column("status")) == {"complete"}


def test_what_is_foreseen_is_never_less_than_what_is_seen(drones: tuple[Workspace, Corpus]) -> None:
    for choices in ({}, {"unit": "ipf", "field": "foodtech"}, {"field": "quantum"}, {"unit": "ipf", "date": "filing"}):
        for row in of(drones, **choices).activity():
            if row["nowcast"] is not None:
                assert row["units"] <= row["nowcast_low"] <= row["nowcast"] <= row["nowcast_high"] + 1e-9, (
                    choices,
                    row,
                )


def test_figures_under_different_choices_have_different_fingerprints(drones: tuple[Workspace, Corpus]) -> None:
    made = of(drones)
    digests = [
        finding.provenance.digest()
        for finding in (made.activity(), made.activity(date="publication"), made.activity(unit="extended_family"))
    ]
    assert len(set(digests)) == 3
    assert made.activity(date="filing").provenance.parameters["date"] == "filing"


def row(year: int, units: int, foreseen: tuple[float, float, float] | None = None) -> dict[str, Any]:
    value, low, high = foreseen or (None, None, None)
    status = "complete" if foreseen is None else "incomplete"
    return {"year": year, "units": units, "nowcast": value, "nowcast_low": low, "nowcast_high": high, "status": status}


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (row(2015, 100), row(2016, 60, (120, 105, 140)), "the drop is not a decline"),
        (row(2015, 100), row(2016, 60, (95, 80, 110)), "cannot be told yet"),
        (row(2015, 100), row(2016, 60, (80, 70, 90)), "fewer than the 100 of 2015."),
        (row(2015, 60, (100, 90, 110)), row(2016, 60, (80, 70, 85)), "fewer than the 100 [90, 110] of 2015."),
        (row(2015, 50), row(2016, 60, (80, 70, 90)), "80 [70, 90] are expected in the end."),
        (row(2013, 100), row(2016, 60, (80, 70, 90)), "80 [70, 90] are expected in the end."),
    ],
)
def test_a_drop_is_called_none_only_where_the_interval_says_so(
    before: dict[str, Any], now: dict[str, Any], said: str
) -> None:
    rows: Any = [before, now]
    line = highlights._nowcast(rows, "en")
    assert line is not None
    assert line.endswith((said, f"{said}."))
    assert highlights._nowcast(rows, "ja")


def test_a_fingerprint_rests_on_the_names_file_and_the_confidence(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "study")
    workspace.add(Path(__file__).parent / "data" / "google" / "export.csv")
    digests = [workspace.landscape().players().provenance.digest()]
    digests.append(workspace.landscape(confidence=0.8).players().provenance.digest())
    (tmp_path / "study" / "names.csv").write_text("name,identity,reason,action\n", encoding="utf-8")
    config = tmp_path / "study" / "chizai.toml"
    config.write_text(
        config.read_text("utf-8").replace("[names]\n", '[names]\noverrides = "names.csv"\n'), encoding="utf-8"
    )
    digests.append(Workspace(tmp_path / "study").landscape().players().provenance.digest())
    assert len(set(digests)) == 3
