"""Findings of impact, quality, novelty and citation age: on corpora made by hand and on the shipped collections."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chizai.corpus.tables import STAR_SCHEMAS, Corpus
from chizai.engine import Engine
from chizai.landscape import FURTHER, Landscape
from chizai.landscape.impact import family_impact
from chizai.landscape.patent_quality import unit_quality
from chizai.workspace.config import Settings

SETTINGS = Settings.model_validate({"convention": {"minimum_count": 1}})


@contextmanager
def landscape(
    rows: list[dict[str, Any]], *, order: Callable[[list[Any]], list[Any]] = list, **choices: Any
) -> Iterator[Landscape]:
    """A landscape of publications numbered 1, 2 ...: ``date``, ``granted``, ``office``, ``family``, ``players``, ``ipc``,
    ``fields``, ``claims``, ``title``, ``cites`` (places of other rows, or ids of patents outside)."""
    star: dict[str, list[dict[str, Any]]] = {name: [] for name in STAR_SCHEMAS}
    players = sorted({name for row in rows for name in row.get("players", ())})
    star["player"] = [
        {"player": n, "identity": name.lower(), "name": name, "leader": n} for n, name in enumerate(players, start=1)
    ]
    for pub, row in enumerate(rows, start=1):
        day = date.fromisoformat(row["date"]) if row.get("date") else None
        granted = row.get("granted", False)
        family = row.get("family", pub)
        office = row.get("office", "US")
        star["publication"].append(
            {
                "pub": pub, "collection": "c", "publication_id": f"{office}-{pub}-A", "office": office, "kind": "A",
                "kind_class": "grant" if granted else "application", "snapshot": "s", "granted": granted,
                "publication_date": day, "filing_date": day, "priority_date": day, "grant_date": day if granted else None,
                "application_id": f"{office}-{pub}", "application": pub, "simple_family": family,
                "extended_family": family, "source_family": family, "has_source_family": False,
                "family_basis": "priorities", "offices": 1, "ipf": False, "ip5": False, "triadic": False,
                "claims": row.get("claims"), "times_cited": row.get("times_cited"),
            }
        )  # fmt: skip
        for place, name in enumerate(row.get("players", ()), start=1):
            star["party"].append(
                {
                    "pub": pub, "role": "applicant", "sequence": place, "name": name,
                    "player": players.index(name) + 1, "country": row.get("country"), "also_inventor": False,
                }
            )  # fmt: skip
        for place, symbol in enumerate(row.get("ipc", ()), start=1):
            star["classification"].append(
                {
                    "pub": pub, "scheme": "ipc", "symbol": symbol, "section": symbol[0], "class": symbol[:3],
                    "subclass": symbol[:4], "group": symbol.split("/")[0] + "/00", "first": place == 1, "sequence": place,
                }
            )  # fmt: skip
        star["technology"] += [{"pub": pub, "field": item, "basis": "ipc"} for item in row.get("fields", ())]
        for place, cited in enumerate(row.get("cites", ()), start=1):
            inside = isinstance(cited, int)
            star["citation"].append(
                {
                    "pub": pub, "sequence": place, "patent": True, "cited_id": f"US-{cited + 1}-A" if inside else cited,
                    "cited": cited + 1 if inside else None,
                }
            )  # fmt: skip
        if row.get("title"):
            star["text"].append({"pub": pub, "part": "title", "language": "en", "text": row["title"]})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for table, schema in STAR_SCHEMAS.items():
            columns = {item.name: [row.get(item.name) for row in order(star[table])] for item in schema}
            pq.write_table(pa.table(columns, schema=schema), folder / f"{table}.parquet")
        pq.write_table(pa.table({"name": pa.array([], pa.string())}), folder / "identity.parquet")
        with Corpus.open(folder, engine=Engine(threads=1)) as corpus:
            yield Landscape.over(corpus, settings=SETTINGS, **choices)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A workspace of the shipped collections; made once for this file."""
    from chizai.data.collections import shipped as collections
    from chizai.workspace import Workspace

    workspace = Workspace.create(tmp_path_factory.mktemp("shipped") / "ws")
    for item in collections():
        workspace.add(
            *item.paths, collection=item.name, licence=item.licence, source=item.source, retrieved=item.retrieved
        )
    return workspace


# Quality ----------------------------------------------------------------------------------------------------------

ONE_COHORT = {"date": "2010-01-01", "granted": True, "ipc": ["B64C39/02"], "claims": 10}


def test_the_set_on_a_corpus_made_by_hand() -> None:
    """Twelve grants of one cohort; the first is cited by two later patents of different classes."""
    rows = [{**ONE_COHORT, "claims": 5 + n} for n in range(12)]
    rows += [
        {"date": "2012-01-01", "ipc": ["H04L1/00"], "cites": [0]},
        {"date": "2012-06-01", "ipc": ["G06F1/00"], "cites": [0, 1]},
        {"date": "2020-01-01", "ipc": ["G06F1/00"], "cites": [0]},  # after the window of five years
    ]
    with landscape(rows) as made:
        units = unit_quality(made.scope, correction="none")
        marks = {
            name: dict(zip(units.unit.tolist(), values.tolist(), strict=True)) for name, values in units.marks.items()
        }
        assert marks["forward_5"][1] == 2
        assert marks["forward_5"][2] == 1
        assert marks["forward_5"][3] == 0
        assert np.isnan(marks["forward_5"][15])  # its window is open: null, not 0
        assert marks["generality"][1] == pytest.approx(1 - (1 / 3) ** 2 - (2 / 3) ** 2)
        assert np.isnan(marks["generality"][3])
        assert marks["backward"][14] == 2
        assert np.isnan(marks["backward"][1])  # what is not stated is not 0
        assert marks["originality"][14] == 0.0  # two patents of one class
        assert marks["radicalness"][14] == 1.0
        assert marks["scope"][1] == 1
        table = made.patent_quality(correction="none")
        first = next(iter(table))
        assert (first["year"], first["units"]) == (2010, 12)
        assert first["forward_5"] == pytest.approx(3 / 12)
        assert first["quality_6"] is None


def test_three_patents_without_anything_give_empty_columns_and_caveats() -> None:
    with landscape([{"date": "2012-01-01"}, {"date": "2012-01-01"}, {}]) as made:
        found = made.patent_quality()
        assert {"quality_missing", "no_composite", "cohort_by_year"} <= {item.code for item in found.caveats}
        assert all(row["quality_4"] is None and row["forward_5"] is None for row in found)


def test_collections_that_carry_no_citations_show_none(shipped: Any) -> None:
    found = shipped.landscape(collection="drones").patent_quality()
    assert all(value is None for name in ("forward_5", "generality", "quality_4") for value in found.column(name))
    assert any(value is not None for value in found.column("scope"))
    documents = shipped.landscape(collection="us_documents").patent_quality()
    assert any(documents.column("forward_5"))
    assert all(value is None for value in documents.column("originality"))  # of 62,496 cited, 86 are in the collection


# Impact ---------------------------------------------------------------------------------------------------------------

ELEVEN = [
    {"date": "2010-01-01", "granted": True, "fields": [1], "players": ["A"] if n < 2 else ["B"]} for n in range(11)
]


def test_impact_by_hand() -> None:
    """Eleven US grants of one cohort; 22 citations of the first make its relevance 11, its coverage is 1."""
    rows = [*ELEVEN, *({"date": "2012-01-01", "granted": True, "fields": [2], "cites": [0]} for _n in range(22))]
    with landscape(rows) as made:
        found = made.impact()
        leader = next(iter(found))
        assert (leader["actor"], leader["units"], leader["compared"]) == ("A", 2, 2)
        assert leader["impact"] == pytest.approx(11)
        assert leader["relevance"] == pytest.approx(5.5)
        assert leader["market_coverage"] == 1
        assert leader["relevance_low"] is None  # two families have a mean, but no interval
        assert leader["impact_share"] == pytest.approx(1)
        assert found.provenance.parameters["economy_weights"] == {"US": 1.0}


def test_impact_adds_up_over_families_and_shares_of_players() -> None:
    rows = [
        *({"date": "2010-01-01", "granted": True, "fields": [1], "players": ["A", "B"] if n % 2 else ["A"]} for n in range(12)),
        *({"date": "2011-01-01", "granted": True, "fields": [1], "cites": [n % 5]} for n in range(20)),
    ]  # fmt: skip
    with landscape(rows) as made:
        each = family_impact(made.scope)
        held = [n for n, unit in enumerate(each.unit.tolist()) if unit <= 12]
        assert sum(row["impact"] for row in made.impact()) == pytest.approx(float(np.nansum(each.impact[held])))
        assert np.nanmean(each.relevance[held]) == pytest.approx(1)


def test_a_selection_is_compared_with_the_whole_collection() -> None:
    rows = [*ELEVEN, *({"date": "2012-01-01", "granted": True, "fields": [2], "cites": [0]} for _n in range(22))]
    with landscape(rows, players=("A",)) as made:
        assert next(iter(made.impact()))["relevance"] == pytest.approx(5.5)


def test_a_family_known_by_its_international_application_alone_covers_nothing_yet() -> None:
    rows = [*ELEVEN, {"date": "2010-01-01", "office": "WO", "fields": [1]}, {"date": "2012-01-01", "cites": [0]}]
    with landscape(rows) as made:
        found = family_impact(made.scope)
        assert np.isnan(found.coverage[found.unit == 12]).all()
        assert found.coverage[0] == 1
        assert "without_impact" in {item.code for item in found.caveats}


def test_status_follows_age_and_a_european_patent_counts_each_state_once() -> None:
    rows = [
        {"date": "1990-01-01", "granted": True, "family": 1},  # expired
        {"date": "2009-01-01", "family": 2},  # an application that died
        {"date": "2018-01-01", "family": 3},  # pending
        {"date": "2015-01-01", "family": 4, "office": "EP", "granted": True},
        {"date": "2015-01-01", "family": 4, "office": "DE", "granted": True},
        {"date": "2019-01-01", "family": 5, "office": "XX", "granted": True},
    ]
    with landscape(rows) as made:
        weights = {"US": 1.0, "DE": 0.2, "FR": 0.1, "GB": 0.1}
        found = family_impact(made.scope, weights=weights)
        assert found.coverage.tolist() == pytest.approx([0, 0, 0.5, 0.4, 0])
        assert "offices_without_weight" in {item.code for item in found.caveats}


def test_impact_of_the_shipped_collections(shipped: Any) -> None:
    drones = shipped.landscape(collection="drones").impact()
    assert "citations_source" in {item.code for item in drones.caveats}
    assert drones.column("impact") == sorted(drones.column("impact"), reverse=True)
    grants = shipped.landscape(collection="us_grants")
    each = family_impact(grants.scope)
    assert np.nanmean(each.relevance) == pytest.approx(1)
    assert set(np.unique(each.coverage).tolist()) == {0.0, 0.5, 1.0}  # US only; 37 are not granted
    assert (each.coverage == 1).mean() > 0.99
    assert len(grants.impact(by="country")) > 5


# Texts ----------------------------------------------------------------------------------------------------------------


def test_a_word_that_others_take_up_makes_a_breakthrough() -> None:
    rows = [
        {"date": f"{2000 + n // 40}-06-01", "title": f"wing number{chr(97 + n % 26)}" + " frame" * (n % 2)}
        for n in range(200)
    ]
    rows += [{"date": "2005-01-01", "title": "quadcopter gimbal frame"}, {"date": "2005-01-01", "title": "wing frame"}]
    rows += [
        {"date": f"{2006 + n // 40}-06-01", "title": "quadcopter gimbal camera" if n % 4 else "wing frame"}
        for n in range(200)
    ]
    with landscape(rows) as made:
        windows = {"backward_years": 2, "forward_years": 2}
        leader = next(iter(made.breakthroughs(share=0.01, **windows)))
        assert (leader["year"], leader["title"]) == (2005, "quadcopter gimbal frame")
        assert leader["forward_similarity"] > leader["backward_similarity"] > 0
        by_year = {row["year"]: row for row in made.novelty(**windows)}
        assert by_year[2005]["new_words"] == 1  # two of one document, none of the other
        assert by_year[2000]["new_words"] is None  # the baseline only teaches
        assert by_year[2010]["importance"] is None  # nothing comes after it


def test_the_grants_are_read_within_two_minutes(shipped: Any) -> None:
    import time

    begun = time.monotonic()
    found = shipped.landscape(collection="us_grants").breakthroughs(top=10, backward_years=3, forward_years=3)
    assert time.monotonic() - begun < 110
    assert len(found) == 10
    assert "last_year_assumed" in {item.code for item in found.caveats}
    assert all(row["percentile"] > 0.94 for row in found)


# Citations by age -----------------------------------------------------------------------------------------------------


def test_current_impact_is_observed_over_expected() -> None:
    """Twenty recent patents get ten citations in 2015; the two of A get six of them: 6 / (2 x 10/20)."""
    rows = [{"date": "2012-03-01", "players": ["A"] if n < 2 else ["B"]} for n in range(20)]
    rows += [{"date": "2015-03-01", "cites": [n % 2 if n < 6 else 2 + n]} for n in range(10)]
    rows += [{"date": "2016-03-01", "players": ["B"]}]
    with landscape(rows) as made:
        found = {row["player"]: row for row in made.current_impact()}
        assert found["A"]["current_impact"] == pytest.approx(6)
        assert found["A"]["expected"] == pytest.approx(1)
        assert found["B"]["current_impact"] == pytest.approx(4 / 9)


def test_cited_patents_outside_are_dated_by_their_number() -> None:
    cites = ["US-9226437-B2", "US-2010123456-A1", "WO-2012123456-A1", "US-D123456-S", "EP-1234567-A1"]
    with landscape([{"date": "2016-07-02", "cites": cites}]) as made:
        row = next(iter(made.cycle_time()))
        # 2016, 2010 and 2012 at mid-year: ages 0, 6 and 4; two have no year in their number.
        assert row["cycle_time"] == pytest.approx(4, abs=0.01)
        assert row["cited_known"] == pytest.approx(3 / 5)


def test_the_years_of_us_numbers_agree_with_dated_grants(shipped: Any) -> None:
    from bisect import bisect_right

    from ibis import _

    from chizai.data.numbers import us_first_numbers

    scope = shipped.landscape().scope
    table = scope.corpus["publication"].filter(
        (_.office == "US") & (_.kind_class == "grant") & _.publication_date.notnull()
    )
    first = us_first_numbers()
    seen = 0
    for row in scope.run(table.select("publication_id", "publication_date")).to_pylist():
        number = row["publication_id"].split("-")[1]
        if not number.isdigit() or int(number) < first[0][0]:
            continue
        place = bisect_right([item[0] for item in first], int(number)) - 1
        after = first[place + 1][1] if place + 1 < len(first) else 9999
        assert first[place][1] <= row["publication_date"].year < after, row
        seen += 1
    assert seen > 2000


# Whatever the collection ----------------------------------------------------------------------------------------------

MINE = ("patent_quality", "impact", "novelty", "breakthroughs", "citation_truncation", "cycle_time", "current_impact")


@pytest.mark.parametrize("name", MINE)
@pytest.mark.parametrize(
    "rows",
    [
        [{"date": "2012-01-01", "title": "rotor"}, {"date": "2012-05-01", "players": ["A"]}, {"date": "2012-09-01"}],
        [{}, {}, {}],
        [{"date": "2012-01-01", "cites": [1]}, {"date": "2012-01-01", "cites": [0]}],
    ],
    ids=["three of one year", "nothing at all", "two that cite each other"],
)
def test_a_handful_of_patents_gives_caveats_not_crashes(name: str, rows: list[dict[str, Any]]) -> None:
    with landscape(rows) as made:
        found = FURTHER[name](made)
        assert found.caveats
        found.to_html("ja"), found.to_html("en"), found.as_dict()


@pytest.mark.parametrize("name", MINE)
def test_findings_do_not_depend_on_the_order_of_tables(name: str) -> None:
    rng = np.random.default_rng(0)
    rows = [
        {
            "date": f"{2000 + n // 12}-{n % 12 + 1:02d}-01", "granted": n % 3 > 0, "fields": [1 + n % 2],
            "players": [f"P{n % 4}"], "ipc": [("H04L1/00", "G06F1/00", "B64C3/00")[n % 3]], "title": f"rotor wing x{n % 7}a",
            "cites": sorted({int(k) for k in rng.integers(0, max(n, 1), 3)}) if n else [], "claims": n % 9,
        }
        for n in range(120)
    ]  # fmt: skip
    options = {"backward_years": 2, "forward_years": 2} if name in ("novelty", "breakthroughs") else {}
    with landscape(rows) as one, landscape(rows, order=lambda table: table[::-1]) as other:
        assert FURTHER[name](one, **options).table.equals(FURTHER[name](other, **options).table)
