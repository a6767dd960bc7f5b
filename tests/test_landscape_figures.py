"""What the first storey prints beside its figures, and figures of few units, on the shipped drones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import pytest

from chizai.corpus.tables import Corpus
from chizai.data.collections import HERE
from chizai.landscape import Landscape
from chizai.landscape.statistics.proportions import proportion
from chizai.workspace import Workspace


@pytest.fixture(scope="module")
def drones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Corpus]]:
    workspace = Workspace.create(tmp_path_factory.mktemp("figures") / "study")
    workspace.add(HERE / "drones.csv.gz")
    with workspace.open_corpus() as corpus:
        yield workspace, corpus


def of(drones: tuple[Workspace, Corpus], **choices: Any) -> Landscape:
    workspace, corpus = drones
    return workspace.landscape(corpus=corpus, **choices)


# Concentration ---------------------------------------------------------------------------------------------------------


def test_intervals_of_concentration_hold_their_figure_and_keep_to_its_range(drones: tuple[Workspace, Corpus]) -> None:
    rows = [row for row in of(drones).concentration() if row["hhi"] is not None]
    assert len(rows) > 40
    for row in rows:
        assert 0 <= row["hhi_low"] <= row["hhi"] <= row["hhi_high"] <= 10_000
        assert 0 <= row["cr4_low"] <= row["cr4"] <= row["cr4_high"] <= 1
        assert 0 <= row["hhi_corrected"] < row["hhi"]
        assert row["effective_players"] == pytest.approx(10_000 / row["hhi"])


def test_units_are_whole_whoever_shares_them(drones: tuple[Workspace, Corpus]) -> None:
    found = of(drones).concentration()
    assert all(isinstance(units, int) for units in found.column("units"))
    whole, *years = found.column("units")
    assert whole == sum(years)


def test_a_period_of_few_units_has_no_figure_and_the_note_says_so(drones: tuple[Workspace, Corpus]) -> None:
    found = of(drones).concentration()
    few = [row for row in found if row["units"] < 10]
    assert few
    for row in few:
        told = {name for name, value in row.items() if value is not None}
        assert told == {"period", "players", "units", "complete"}
    note = next(caveat for caveat in found.caveats if caveat.code == "periods_too_few")
    assert note.values == {"count": len(few), "minimum": 10}
    every = of(drones).concentration(minimum_units=1)
    assert all(row["effective_players"] is not None and row["cr4"] is not None for row in every)
    assert "periods_too_few" not in {caveat.code for caveat in every.caveats}


# Grant lag -------------------------------------------------------------------------------------------------------------


def test_a_filing_year_is_complete_once_nine_in_ten_would_have_been_granted(drones: tuple[Workspace, Corpus]) -> None:
    scope = of(drones).scope.under(date="filing")
    found = of(drones).grant_lag()
    lags = [
        (row["grant_date"] - row["filing_date"]).days
        for row in scope.run(scope.units.filter(scope.units.granted)).to_pylist()
        if row["filing_date"] and row["grant_date"] and row["filing_date"].year <= 2006
    ]
    slow = np.quantile([lag for lag in lags if lag >= 0], 0.9, method="inverted_cdf")
    assert scope.cutoff == date(2017, 12, 28)
    last = found.convention.last_complete_year
    assert last is not None
    assert date(last, 12, 31) + timedelta(days=float(slow)) <= scope.cutoff
    assert date(last + 1, 12, 31) + timedelta(days=float(slow)) > scope.cutoff
    # One unit of 1945 that took thirty years says nothing of those of 2005.
    assert max(value for value in found.column("p90") if value is not None) > 10_000
    assert 2005 <= last <= 2014
    assert [row["complete"] for row in found] == [row["year"] <= last for row in found]


def test_without_settled_years_no_filing_year_is_known_to_be_complete(drones: tuple[Workspace, Corpus]) -> None:
    found = of(drones, years=(2012, None)).grant_lag()
    assert len(found) > 3
    assert not any(found.column("complete"))
    assert found.convention.last_complete_year is None
    assert any(of(drones, years=(2012, None)).grant_lag(settled_years=3).column("complete"))


# Specialisation --------------------------------------------------------------------------------------------------------


def test_specialisation_is_over_classified_units_and_prints_no_denominator(drones: tuple[Workspace, Corpus]) -> None:
    made = of(drones)
    found, same = (made.specialisation(by="player", denominator=choice) for choice in ("classified", "all"))
    assert found.table.equals(same.table)
    assert found.convention.denominator is None
    scope = made.scope
    named = scope.actors("player").filter(scope.actors("player").actor.notnull())
    counted = scope.run(named.semi_join(scope.technologies(), "unit").unit.nunique().as_table())[0][0].as_py()
    total = next(caveat.values["total"] for caveat in found.caveats if caveat.code == "closed_reference")
    assert total == f"{counted:,}"
    assert counted < scope.total


def test_totals_of_actor_and_class_decide_what_is_shown_and_not_what_is_expected(
    drones: tuple[Workspace, Corpus],
) -> None:
    found = of(drones).specialisation(by="player")
    assert found.convention.minimum_count == 20
    assert any(row["expected"] < 20 for row in found)
    shown = {row["code"] for row in found}
    sizes = {row["code"]: row["weight"] for row in of(drones).classes()}
    # Units without an actor are in the sizes and not in the index: a class may be just above here and hidden there.
    assert all(sizes[code] >= 20 for code in shown)
    assert {code for code, size in sizes.items() if size < 20}.isdisjoint(shown)
    assert {code for code, size in sizes.items() if size > 25} <= shown


@pytest.mark.parametrize("method", ["delta", "bootstrap"])
def test_without_an_interval_there_is_no_verdict(drones: tuple[Workspace, Corpus], method: str) -> None:
    rows = list(of(drones).specialisation(by="player", method=method))
    without = [row for row in rows if row["rta_low"] is None]
    assert without
    assert all(row["verdict"] is None and row["rta"] == 0 for row in without)
    for row in rows:
        if row["rta_low"] is not None:
            held = row["rta_low"] <= 1 <= row["rta_high"]
            assert row["verdict"] == ("level" if held else "above" if row["rta_low"] > 1 else "below")


# Classes ---------------------------------------------------------------------------------------------------------------


def test_the_fields_of_wipo_print_no_level(drones: tuple[Workspace, Corpus]) -> None:
    made = of(drones)
    for name, call in (
        ("classes", made.classes),
        ("co_classification", made.co_classification),
        ("specialisation", partial(made.specialisation, by="player")),
    ):
        assert call(technology="wipo35").convention.level is None, name
        assert call().convention.level == "subclass", name


def test_the_interval_of_a_class_rests_on_the_parts_of_units_counted(drones: tuple[Workspace, Corpus]) -> None:
    made = of(drones)
    whole, parts = (
        {row["code"]: row for row in made.classes(counting=counting)} for counting in ("whole", "fractional")
    )
    inside = round(whole["B64C"]["units"] / whole["B64C"]["share"])
    same = proportion([whole["B64C"]["units"]], [inside])
    assert whole["B64C"]["share_low"] == pytest.approx(same.low[0])
    for code, row in parts.items():
        plain = proportion([row["weight"]], [inside])
        assert row["share"] == pytest.approx(plain.value[0])
        assert row["share_high"] - row["share_low"] <= (plain.high[0] - plain.low[0]) * (1 + 1e-9)
        if row["weight"] < 0.9 * row["units"]:
            assert row["share_high"] < plain.high[0], code
