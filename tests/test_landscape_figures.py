"""What the first storey prints beside its figures, and figures of few units, on the shipped drones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from chizai.corpus.tables import Corpus
from chizai.data.collections import HERE
from chizai.landscape import Landscape
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
