"""Families: the partitions, their ids and the flags."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.corpus.families import SCHEMA, basis_counts, families, families_of
from chizai.corpus.numbers import parse
from chizai.errors import MissingColumn

Doc = tuple[str, str | None, list[str]]  # publication id, application id, priority ids


def build(*documents: Doc, **more: dict[str, Any]) -> tuple[pa.Table, pa.Table]:
    rows = []
    for publication_id, application_id, _ in documents:
        office, _, kind = publication_id.split("-")
        rows.append(
            {
                "publication_id": publication_id,
                "office": office,
                "kind": kind,
                "kind_class": "grant" if kind[0] == "B" else "application",
                "publication_date": date(2010, 1, 1),
                "application_id": application_id,
                "family_id": None,
                **more.get(publication_id.replace("-", "_"), {}),
            }
        )
    schema = pa.schema(
        [
            (name, pa.string())
            for name in ("publication_id", "office", "kind", "kind_class", "application_id", "family_id")
        ]
        + [("publication_date", pa.date32())]
    )
    links = [
        {"publication_id": publication_id, "priority_id": priority}
        for publication_id, _, priorities in documents
        for priority in priorities
    ]
    priority = pa.Table.from_pylist(
        links, schema=pa.schema([("publication_id", pa.string()), ("priority_id", pa.string())])
    )
    return pa.Table.from_pylist(rows, schema=schema), priority


def by_id(table: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["publication_id"]: row for row in table.to_pylist()}


# The 50,000 shapes of Martinez (2010) are built from these: who shares which priority.
def test_a_first_filing_and_its_claims_are_one_simple_family() -> None:
    found = families(
        *build(
            ("JP-2001000001-A", "JP-2000000001-A", []),
            ("US-2002000001-A1", "US-111101-A", ["JP-2000000001-A"]),
            ("EP-1000001-A1", "EP-01000001-A", ["JP-2000000001-A"]),
        )
    )
    assert set(found["simple_family_id"].to_pylist()) == {"EP-01000001-A"}
    assert set(found["extended_family_id"].to_pylist()) == {"EP-01000001-A"}
    assert basis_counts(found) == {"priorities": 2, "self": 1}
    assert by_id(found)["JP-2001000001-A"] == {
        "publication_id": "JP-2001000001-A", "application_id": "JP-2000000001-A", "simple_family_id": "EP-01000001-A",
        "extended_family_id": "EP-01000001-A", "family_basis": "self", "offices": 3, "ipf": True, "ip5": True,
        "triadic": False,
    }  # fmt: skip


def test_a_chain_of_overlapping_priorities_is_one_extended_and_three_simple_families() -> None:
    found = families(
        *build(
            ("FR-2800001-A1", "FR-0000001-A", ["DE-10000001-A"]),
            ("FR-2800002-A1", "FR-0000002-A", ["DE-10000001-A", "DE-10000002-A"]),
            ("FR-2800003-A1", "FR-0000003-A", ["DE-10000002-A"]),
        )
    )
    assert len(set(found["simple_family_id"].to_pylist())) == 3
    assert set(found["extended_family_id"].to_pylist()) == {"DE-10000001-A"}


def test_several_priorities_in_any_order_are_one_set() -> None:
    found = families(
        *build(
            ("EP-1000001-A1", "EP-01000001-A", ["US-1-P", "US-2-P", "US-3-P"]),
            ("JP-2002000001-A", "JP-2001000001-A", ["US-3-P", "US-1-P", "US-2-P", "US-2-P"]),
        )
    )
    assert len(set(found["simple_family_id"].to_pylist())) == 1


def test_publications_of_one_application_share_their_priorities() -> None:
    found = families(
        *build(("US-2010000001-A1", "US-100000109-A", ["US-1-P"]), ("US-8000001-B2", "US-100000109-A", []))
    )
    assert len(set(found["simple_family_id"].to_pylist())) == 1
    assert set(found["family_basis"].to_pylist()) == {"priorities"}


def test_an_own_number_stated_beside_others_counts_unless_it_is_dropped() -> None:
    documents = build(
        ("US-8000001-B2", "US-100000109-A", ["US-1-P", "US-100000109-A"]),
        ("EP-2000001-A1", "EP-09000001-A", ["US-1-P"]),
    )
    assert len(set(families(*documents)["simple_family_id"].to_pylist())) == 2
    assert len(set(families(*documents, own_number="drop")["simple_family_id"].to_pylist())) == 1


def test_a_pct_number_stated_beside_others_counts_unless_it_is_dropped() -> None:
    documents = build(
        ("US-8000001-B2", "US-100000109-A", ["US-1-P", "US-2009000001-W"]),
        ("WO-2010000001-A1", "US-2009000001-W", ["US-1-P"]),
    )
    assert len(set(families(*documents)["simple_family_id"].to_pylist())) == 2
    assert len(set(families(*documents, pct_priorities="drop")["simple_family_id"].to_pylist())) == 1


def test_the_sources_family_is_used_only_where_asked() -> None:
    publication, priority = build(
        ("EP-1000001-A1", "EP-01000001-A", ["US-1-P"]),
        ("JP-2002000001-A", "JP-2001000001-A", ["US-2-P"]),
        ("KR-20020000001-A", "KR-20010000001-A", []),
        EP_1000001_A1={"family_id": "77"},
        JP_2002000001_A={"family_id": "77"},
    )
    stated = by_id(families(publication, priority, basis="source"))
    assert stated["EP-1000001-A1"]["simple_family_id"] == stated["JP-2002000001-A"]["simple_family_id"]
    assert stated["EP-1000001-A1"]["extended_family_id"] == stated["JP-2002000001-A"]["extended_family_id"]
    assert [row["family_basis"] for row in stated.values()] == ["source", "source", "self"]
    computed = families(publication, priority)
    assert len(set(computed["simple_family_id"].to_pylist())) == 3
    assert basis_counts(computed) == {"priorities": 2, "self": 1}


FLAGS = [
    # one office alone
    ([("US-8000001-B2", "US-100000109-A", [])], (1, False, False, False)),
    # the EPO alone is international; one office is not two
    ([("EP-2000001-A1", "EP-09000001-A", [])], (1, True, False, False)),
    # a PCT application alone: no office at all
    ([("WO-2010000001-A1", "US-2009000001-W", [])], (0, True, False, False)),
    # two offices, none of the five
    ([("FR-2900001-A1", "FR-0900001-A", []), ("CA-2700001-A1", "CA-2700001-A", ["FR-0900001-A"])],
     (2, True, False, False)),
    # two offices, one of the five
    ([("FR-2900001-A1", "FR-0900001-A", []), ("CN-101900001-A", "CN-200910000001-A", ["FR-0900001-A"])],
     (2, True, True, False)),
    # a priority is a filing in its office
    ([("US-8000001-B2", "US-100000109-A", ["JP-2008000001-A"])], (2, True, True, False)),
    # triadic needs the US grant, not the US application
    ([("EP-2000001-A1", "EP-09000001-A", ["JP-2008000001-A"]),
      ("US-2010000001-A1", "US-100000109-A", ["JP-2008000001-A"])], (3, True, True, False)),
    ([("EP-2000001-A1", "EP-09000001-A", ["JP-2008000001-A"]),
      ("US-8000001-B2", "US-100000109-A", ["JP-2008000001-A"])], (3, True, True, True)),
    # a German translation of an EP patent is no second office; a German national phase of a PCT is
    ([("EP-2000001-B1", "EP-09000001-A", []), ("DE-602009000001-T2", "EP-09000001-A", [])], (1, True, False, False)),
    ([("US-8000001-B2", "US-100000109-A", []), ("DE-112009000001-T5", "DE-112009000001-A", ["US-100000109-A"])],
     (2, True, True, False)),
    ([("US-8000001-B2", "US-100000109-A", []), ("AT-400001-T", "AT-09000001-T", ["US-100000109-A"])],
     (1, False, False, False)),
]  # fmt: skip


@pytest.mark.parametrize(("documents", "expected"), FLAGS)
def test_flags_follow_their_definitions(documents: list[Doc], expected: tuple[int, bool, bool, bool]) -> None:
    found = families(*build(*documents)).to_pylist()
    assert {(row["offices"], row["ipf"], row["ip5"], row["triadic"]) for row in found} == {expected}


def test_priority_offices_can_be_left_out() -> None:
    documents = build(("US-8000001-B2", "US-100000109-A", ["JP-2008000001-A"]))
    assert families(*documents, priority_offices="ignore")["offices"].to_pylist() == [1]


def test_applications_without_a_document_count_with_their_office() -> None:
    publication, priority = build(("US-8000001-B2", "US-100000109-A", ["JP-2008000001-A"]))
    application = pa.table({"application_id": ["JP-2008000001-A", "US-100000109-A"], "office": ["JP", "US"]})
    found = families(publication, priority, application, priority_offices="ignore")
    assert found.num_rows == 1
    assert found["offices"].to_pylist() == [2]


def test_australian_designations_of_2000_to_2003_are_no_filing() -> None:
    def offices(day: date, kind: str, **more: Any) -> int:
        identity = f"AU-5412001-{kind}"
        documents = build(
            ("WO-0112345-A1", "US-0112345-W", ["US-63174000-A"]),
            (identity, "AU-5412001-A", ["US-63174000-A"]),
            **{identity.replace("-", "_"): {"publication_date": day}},
        )
        return by_id(families(*documents, **more))[identity]["offices"]

    assert offices(date(2002, 2, 18), "A") == 1  # the US priority only
    assert offices(date(2002, 2, 18), "A", au_pct_designations="keep") == 2
    assert offices(date(2002, 2, 18), "B2") == 2
    assert offices(date(1999, 2, 18), "A") == 2


def test_flags_of_the_extended_family_reach_further() -> None:
    documents = build(
        ("US-8000001-B2", "US-100000109-A", ["US-1-P"]),
        ("FR-2900001-A1", "FR-0900001-A", ["US-1-P", "FR-0800001-A"]),
    )
    assert by_id(families(*documents))["US-8000001-B2"]["ipf"] is False
    assert by_id(families(*documents, flags_of="extended"))["US-8000001-B2"]["ipf"] is True


def test_no_rows_give_no_rows() -> None:
    found = families(*build())
    assert found.num_rows == 0
    assert found.schema == SCHEMA


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumn, match="priority_id"):
        families(build()[0], pa.table({"publication_id": pa.array([], pa.string())}))


_ids = st.integers(0, 7)
_offices = st.sampled_from(["US", "EP", "JP", "WO", "DE"])
_documents = st.lists(
    st.tuples(_offices, _ids, st.none() | _ids, st.lists(st.tuples(_offices, _ids), max_size=3)), max_size=14
)


def _built(drawn: list[Any]) -> list[Doc]:
    documents = {}
    for office, number, application, priorities in drawn:
        kind = "W" if office == "WO" else "A"
        documents[f"{office}-{number}-A1"] = (
            f"{office}-{number}-A1",
            None if application is None else f"{'US' if office == 'WO' else office}-9{application}-{kind}",
            [f"{name}-9{serial}-A" for name, serial in priorities],
        )
    return list(documents.values())


def _naive(documents: list[Doc]) -> tuple[dict[str, str], dict[str, str]]:
    """The definitions word by word: sets for the simple, repeated merging for the extended family."""
    sets: dict[str, set[str]] = defaultdict(set)
    for publication_id, application_id, priorities in documents:
        sets[application_id or publication_id] |= set(priorities)
    keys = {unit: frozenset(claimed or {unit}) for unit, claimed in sets.items()}
    simple = {unit: min(other for other in keys if keys[other] == key) for unit, key in keys.items()}
    parts = [{unit, *claimed} for unit, claimed in sets.items()]
    merged = True
    while merged:
        merged = False
        for first in parts:
            for second in parts:
                if first is not second and first & second:
                    first |= second
                    parts.remove(second)
                    merged = True
                    break
            if merged:
                break
    extended = {unit: min(next(part for part in parts if unit in part)) for unit in sets}
    units = {publication_id: application_id or publication_id for publication_id, application_id, _ in documents}
    return {p: simple[unit] for p, unit in units.items()}, {p: extended[unit] for p, unit in units.items()}


@given(_documents)
def test_partitions_and_ids_equal_the_definitions_taken_literally(drawn: list[Any]) -> None:
    documents = _built(drawn)
    found = by_id(families(*build(*documents)))
    simple, extended = _naive(documents)
    assert {key: row["simple_family_id"] for key, row in found.items()} == simple
    assert {key: row["extended_family_id"] for key, row in found.items()} == extended


@given(_documents, st.randoms(use_true_random=False), st.sampled_from(["priorities", "source"]))
def test_result_does_not_depend_on_row_order_or_repetition(drawn: list[Any], random: Any, basis: Any) -> None:
    documents = _built(drawn)
    publication, priority = build(*documents)
    stated = pa.array([None if len(key) % 2 else key[:2] for key in publication["publication_id"].to_pylist()])
    publication = publication.set_column(5, "family_id", stated.cast(pa.string()))
    first = families(publication, priority, basis=basis)

    def shuffled(table: pa.Table) -> pa.Table:
        rows = list(range(table.num_rows)) * 2
        random.shuffle(rows)
        return table.take(pa.array(rows, pa.int64()))

    again = families(shuffled(publication), shuffled(priority), basis=basis)
    assert again.equals(first)
    # Simple families lie within extended ones.
    home: dict[str, str] = {}
    for row in first.to_pylist():
        assert home.setdefault(row["simple_family_id"], row["extended_family_id"]) == row["extended_family_id"]


def test_families_of_a_plain_table_of_texts() -> None:
    table = pa.table(
        {
            "no": ["特開2020-123456", "US 2021/0100000 A1", "何か", "EP 3800000 A1"],
            "pr": [None, "特願2019-013554; US 62/900,001", "", "特願2019-013554"],
            "ap": ["特願2019-013554", "US 202016800000 A", None, "EP 20154321 A"],
        }
    )
    found = families_of(table, number="no", priorities="pr", application="ap").to_pylist()
    assert [row["number"] for row in found] == table["no"].to_pylist()
    assert found[0]["simple_family_id"] == found[3]["simple_family_id"] == "EP-20154321-A"
    assert found[1]["priorities_unread"] == 1  # 62/900,001 without a date
    assert found[1]["simple_family_id"] == "EP-20154321-A"  # rests on the one that could be read: the count says so
    assert found[2]["simple_family_id"] is None
    assert "office" in found[2]["error"] or "digits" in found[2]["error"]


def test_drones_fall_into_the_families_of_their_source(shared: Path) -> None:
    """Lens, 9,071 publications, one of each simple family: the identical-set rule must not merge any two of them."""
    with (shared / "data/patents/drones/lens_drones.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    publications, links, size, first = [], [], {}, {}
    for row in rows:
        number = parse(row["publication_number"], role="publication")
        day = datetime.strptime(row["publication_date"], "%d/%m/%y").date()
        filed = datetime.strptime(row["application_date"], "%d/%m/%y").date()
        filing = parse(row["application_number"], role="application", date=filed)
        publications.append(
            {
                "publication_id": number.id, "office": number.office, "kind": number.kind,
                "kind_class": number.kind_class, "publication_date": day.replace(year=int(row["publication_year"])),
                "application_id": filing.id,
            }
        )  # fmt: skip
        claimed = [parse(text, role="application") for text in row["priority_numbers"].split(";;")]
        links += [{"publication_id": number.id, "priority_id": one.id} for one in claimed]
        size[number.id] = int(row["extended_family_size"])
        first[number.id] = min(one.date.year for one in claimed if one.date)
    found = families(pa.Table.from_pylist(publications), pa.Table.from_pylist(links))
    assert basis_counts(found) == {"priorities": 9071}
    assert len(set(found["simple_family_id"].to_pylist())) == 9071
    extended = defaultdict(list)
    for row in found.to_pylist():
        extended[row["extended_family_id"]].append(row["publication_id"])
    assert len(extended) == 7982
    # Members of one extended family must state the same extended size. The rest are links through documents that the
    # collection does not hold.
    several = [members for members in extended.values() if len(members) > 1]
    agree = sum(len({size[member] for member in members}) == 1 for members in several)
    assert len(several) == 460
    assert agree / len(several) > 0.97
    # Simple families by year of the earliest priority, 2013 to 2017.
    years = [sum(year == wanted for year in first.values()) for wanted in range(2013, 2018)]
    assert years == [667, 1281, 2302, 1584, 34]
