"""Rules of single figures, on small tables read as any other: whose country, which family, which office, which year."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from chizai.errors import EmptySelection
from chizai.finding import Finding
from chizai.landscape import Landscape
from chizai.workspace import Workspace

COLUMNS = (
    "number", "date", "granted", "filed", "priority", "family", "size", "owner", "country", "registered", "inventor",
    "lives_in", "cites",
)  # fmt: skip
MAP = """
publication: {number: number, date: date, grant_date: granted, family_id: family, family_size: size}
application: {number: number, filing_date: filed}
priorities: {number: {column: priority, separator: ";"}}
applicants:
  - {name: {column: owner, separator: ";"}, country: {column: country, separator: ";"}}
  - {name: registered, country: {constant: JP}, country_source: registry}
inventors:
  name: {column: inventor, separator: ";"}
  country: {column: lives_in, separator: ";"}
citations: {number: {column: cites, separator: ";"}, cited_by: {constant: CITED_BY}}
"""


class Maker:
    """Collections of one workspace, each from a list of rows with some of :data:`COLUMNS`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = Workspace.create(folder / "ws")

    def add(self, rows: list[dict[str, Any]], name: str = "c", *, cited_by: str = "examiner") -> None:
        path = self.folder / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows(rows)
        Path(f"{path}.map.yaml").write_text("chizai_map: 1" + MAP.replace("CITED_BY", cited_by), encoding="utf-8")
        self.workspace.add(path, collection=name, licence="CC0-1.0", source="made up")

    def landscape(self, **choices: Any) -> Landscape:
        return self.workspace.landscape(**choices)


@pytest.fixture
def made(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def codes(finding: Finding) -> set[str]:
    return {item.code for item in finding.caveats}


def caveat(finding: Finding, code: str) -> dict[str, Any]:
    return dict(next(item.values for item in finding.caveats if item.code == code))


def us(n: int, **more: Any) -> dict[str, Any]:
    return {"number": f"US-{9000000 + n}-B2", "date": "2015-03-01", **more}


# Countries --------------------------------------------------------------------------------------------------------


def test_a_player_lives_where_most_of_its_units_say(made: Maker) -> None:
    made.add(
        [us(n, owner="Zeta Widgets", country="IE" if n < 4 else "CH") for n in range(6)]
        + [us(n, owner="Tied Gadgets", country="US" if n % 2 else "GB") for n in range(10, 14)]
    )
    found = {row["player"]: row["country"] for row in made.landscape().players()}
    assert found == {"Zeta Widgets": "IE", "Tied Gadgets": "GB"}


def test_countries_of_a_registry_are_named_and_shares_withheld_where_they_are_most(made: Maker) -> None:
    rows = [us(n, owner="Foreign Works", country="US") for n in range(8)]
    rows += [us(n, registered="Kou Works") for n in range(10, 17)]
    made.add(rows)
    made.add([*rows, *(us(n, registered="Otsu Works") for n in range(20, 25))], "more")
    few, many = made.landscape(collection="c"), made.landscape(collection="more")
    for figure in (few.countries(), few.flows(), few.players()):
        assert caveat(figure, "countries_from_registry") == {"count": 7, "known": 15}, figure.name
    assert sum(few.countries().column("share")) == pytest.approx(1)
    assert "too_few_stated" in codes(many.countries()) & codes(many.flows())
    assert set(many.countries().column("share")) == set(many.flows().column("share_of_origin")) == {None}
    # Shares of all units are lower bounds, whatever is known.
    assert many.countries(denominator="all").column("share")[0] == pytest.approx(12 / 20)
    assert "countries_from_registry" not in codes(many.countries(country="office"))


def test_a_stated_country_goes_before_that_of_a_registry(made: Maker) -> None:
    made.add(
        [
            us(1, registered="Kou Works", priority="JP-2014000001-A"),
            us(2, owner="Kou Works", country="US", priority="JP-2014000001-A"),
        ]
    )
    found = made.landscape().countries()
    assert found.column("country") == ["US"]
    assert "countries_from_registry" not in codes(found)


def test_a_unit_with_any_known_country_is_known(made: Maker) -> None:
    made.add([us(n, owner="Known Works;Lost Works", country="US;-") for n in range(40)])
    for counting in ("whole", "fractional"):
        found = made.landscape(counting=counting).countries()
        assert found.facts["known_share"] == 1, counting
        assert found.column("share")[0] == 1, counting
        assert not codes(found) & {"too_few_known", "unknown_country"}, counting


def test_flows_say_how_many_origins_are_unknown_and_give_no_shares_of_few(made: Maker) -> None:
    made.add([us(n, owner=f"Works {n}", country="US" if n < 4 else "") for n in range(10)])
    found = made.landscape().flows()
    assert found.column("units") == [4]
    assert found.column("share_of_origin") == [None]
    assert {"too_few_known", "unknown_country"} <= codes(found)
    assert caveat(found, "unknown_country") == {"share": "60%"}


def test_inventors_are_of_the_first_publication_that_gives_their_countries(made: Maker) -> None:
    family = {"priority": "JP-2014000001-A"}
    made.add(
        [
            {"number": "EP-1000001-A1", "date": "2014-01-01", "inventor": "A;B", **family},
            {"number": "JP-2016000001-A", "date": "2016-01-01", "inventor": "A;B", "lives_in": "JP;JP", **family},
            {"number": "US-9000001-B2", "date": "2015-01-01", "inventor": "A;B", "lives_in": "JP;US", **family},
        ]
    )
    found = made.landscape(country="inventor").countries()
    assert dict(zip(found.column("country"), found.column("weight"), strict=True)) == {"JP": 0.5, "US": 0.5}


# Families ---------------------------------------------------------------------------------------------------------


def test_families_of_the_source_have_flags_of_their_own(made: Maker) -> None:
    pairs = [
        row
        for n in range(40)
        for row in (us(n, family=f"F{n}", owner="Kou Works"), {"number": f"JP-{2015000100 + n}-A", "family": f"F{n}"})
    ]
    made.add([*pairs, us(99, family="alone")])
    with pytest.raises(EmptySelection):
        made.landscape(unit="ipf").offices()
    stated = made.landscape(family_basis="source")
    assert stated.scope.total == 41
    for unit in ("ipf", "ip5"):
        assert stated.scope.under(unit=unit).total == 40, unit
    found = stated.players(unit="ipf")
    assert (found.column("units"), found.column("families"), found.column("ipf")) == ([40], [40], [40])
    assert "no_priorities" not in codes(stated.players())
    assert "no_priorities" in codes(made.landscape().players())


def test_extended_families_are_from_priorities_and_say_so(made: Maker) -> None:
    made.add([us(1, family="F", owner="Kou Works"), us(2, family="F", owner="Kou Works")])
    found = made.landscape(family_basis="source", unit="extended_family").players()
    assert found.column("units") == found.column("families") == [2]
    assert found.convention.family_basis == "priorities"
    assert "extended_from_priorities" in codes(found)
    simple = made.landscape(family_basis="source").players()
    assert simple.column("units") == simple.column("families") == [1]
    assert simple.convention.family_basis == "source"


FAMILY = [
    {"number": f"{number}", "date": "2015-01-01", "priority": "JP-2014000001-A"}
    for number in ("JP-2016000001-A", "US-9000001-B2", "EP-1000001-A1", "WO-2015000001-A1")
]


def test_wipo_is_no_office_and_the_offices_not_selected_still_count(made: Maker) -> None:
    made.add([*FAMILY, {"number": "WO-2015000002-A1", "date": "2015-01-01", "priority": "KR-20140000001-A"}])
    found = made.landscape(date="publication").family_size()
    assert found.facts["basis"] == "collection"
    assert (found.column("largest"), found.column("mean")) == ([3], [1.5])
    assert made.landscape(offices=("US",), date="publication").family_size().column("mean") == [3]


def test_family_sizes_of_the_source_are_said_to_be_documents(made: Maker) -> None:
    made.add([us(n, size=7) for n in range(3)])
    found = made.landscape(date="publication").family_size()
    assert found.column("mean") == [7]
    assert "documents" in next(item.text("en") for item in found.caveats if item.code == "family_size_source")


# Publications and citations ---------------------------------------------------------------------------------------


def test_the_first_publication_is_the_earliest_and_the_undated_are_last(made: Maker) -> None:
    dates = {"EP-1000001-A1": "", "JP-2016000001-A": "2016-05-01", "US-9000001-B2": "2015-02-01"}
    made.add([{"number": number, "date": day, "priority": "JP-2014000001-A"} for number, day in dates.items()])
    (row,) = made.landscape().documents()
    assert row["publication"] == "US-9000001-B2"
    assert row["publications_held"] == "EP-1000001-A1; JP-2016000001-A; US-9000001-B2"


def test_the_player_of_a_cited_unit_is_its_first_applicant(made: Maker) -> None:
    made.add([us(1, owner="Zeta Works;Alpha Works"), us(2, cites="US-9000001-B2")])
    found = made.landscape().citations()
    assert found.column("player")[0] == "Zeta Works"


def test_the_cohort_is_by_publication_else_grant_else_filing_whatever_the_date(made: Maker) -> None:
    made.add(
        [
            us(1, date="2012-01-01", filed="2009-01-01"),
            {"number": "US-9000002-B2", "granted": "2013-01-01", "filed": "2009-01-01"},
            {"number": "US-9000003-B2", "filed": "2009-01-01"},
            us(4, cites="US-9000001-B2;US-9000002-B2;US-9000003-B2"),
        ]
    )
    for basis in ("priority", "filing", "publication", "grant"):
        found = made.landscape(date=basis).citations()
        years = dict(zip(found.column("publication"), found.column("year"), strict=True))
        assert years == {"US-9000001-B2": 2012, "US-9000002-B2": 2013, "US-9000003-B2": 2009, "US-9000004-B2": 2015}
        assert caveat(found, "cohort_not_by_publication") == {"count": 2, "total": 4}


def test_citations_found_in_a_text_are_said_to_be(made: Maker) -> None:
    rows = [us(1), us(2, cites="US-9000001-B2")]
    made.add(rows, "text", cited_by="text")
    made.add(rows, "front")
    assert "derived_from_text" in codes(made.landscape(collection="text").citations())
    assert "derived_from_text" not in codes(made.landscape(collection="front").citations())


def test_citations_from_other_offices_count(made: Maker) -> None:
    rows = [us(n) for n in range(30)]
    rows += [us(n + 100, cites=f"US-{9000000 + n}-B2") for n in range(30)]
    rows += [
        {"number": f"EP-{1000001 + n}-A1", "date": "2016-01-01", "cites": f"US-{9000000 + n}-B2"} for n in range(30)
    ]
    made.add(rows)
    assert made.landscape().citations().facts["citations_received"] == 60
    found = made.landscape(offices=("US",))
    assert found.citations().facts["citations_received"] == 60
    assert found.citation_truncation().facts["citations_used"] == 60


def test_documents_in_several_collections_are_said_to_count_in_each(made: Maker) -> None:
    made.add([us(n) for n in range(5)], "one")
    made.add([us(n) for n in range(3, 9)], "two")
    both, one = made.landscape(), made.landscape(collection="one")
    assert both.scope.total == 11
    assert caveat(both.offices(), "several_collections") == {"count": 2}
    assert "several_collections" not in codes(one.offices())


def test_co_applicants_name_the_date_that_gives_their_years(made: Maker) -> None:
    made.add([us(1, owner="Zeta Works;Alpha Works")])
    assert made.landscape(date="filing").co_applicants().convention.date == "filing"
