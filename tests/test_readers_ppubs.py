from __future__ import annotations

import gzip
import json
import random
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.corpus.readers.base import Carries, Chunk, Source
from chizai.corpus.readers.ppubs import READER, plain
from chizai.corpus.schema import Record, Reject, to_arrow
from chizai.errors import InputError

DOCUMENTS = Path(str(files("chizai") / "data" / "collections" / "us_documents.jsonl.gz"))


def read(path: Path) -> tuple[list[Record], list[Reject]]:
    records: list[Record] = []
    rejects: list[Reject] = []
    for chunk in READER.chunks(Source(path)):
        for item in [chunk] if isinstance(chunk, Reject) else READER.records(chunk):
            (records if isinstance(item, Record) else rejects).append(item)  # type: ignore[arg-type]
    return records, rejects


@pytest.fixture(scope="module")
def raw() -> list[dict[str, Any]]:
    with gzip.open(DOCUMENTS, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    found, rejects = read(DOCUMENTS)
    assert not any(reject.fatal for reject in rejects)
    # Numbers of designs of before 1935 and the like; one application in a hundred at most.
    assert len(rejects) <= 9
    return found


def test_every_document_becomes_a_record_under_its_own_number(records: list[Record], raw: list[dict[str, Any]]) -> None:
    assert len(records) == 903  # as stated with the source
    assert [record.publication.source_id for record in records] == [item["guid"] for item in raw]
    assert [str(record.publication.publication_date) for record in records] == [
        item["datePublished"][:10] for item in raw
    ]
    assert {record.publication.office for record in records} == {"US"}


def test_all_cited_us_patents_are_there(records: list[Record], raw: list[dict[str, Any]]) -> None:
    assert sum(len(item.get("urpn") or []) for item in raw) == 62_496  # as stated with the source
    for record, item in zip(records, raw, strict=True):
        cited = [row for row in record.citations if row.patent]
        foreign = len(item.get("foreignRefGroup") or [])
        groups = len(item.get("usRefGroup") or [])
        assert len(cited) == (groups or len(item.get("urpn") or [])) + foreign
    numbered = sum(row.cited_id is not None for record in records for row in record.citations if row.patent)
    patents = sum(row.patent for record in records for row in record.citations)
    assert numbered / patents > 0.999


def test_classes_carry_inventive_and_additional(records: list[Record], raw: list[dict[str, Any]]) -> None:
    for record, item in zip(records, raw, strict=True):
        for flag, name in ((True, "cpcInventiveFlattened"), (False, "cpcAdditionalFlattened")):
            symbols = [row.symbol for row in record.classifications if row.scheme == "cpc" and row.inventive is flag]
            assert symbols == [part.replace(" ", "") for part in item.get(name, "").split(";") if part]


def test_a_whole_document(records: list[Record]) -> None:
    """US 10000000 B2, as its front page reads."""
    record = next(item for item in records if item.publication.publication_id == "US-10000000-B2")
    assert record.publication.publication_date == date(2018, 6, 19)
    assert record.publication.claims == 20
    assert record.publication.family_id == "55456961"
    assert record.application is not None
    assert (record.application.filing_date, record.application.original) == (date(2015, 3, 10), "14/643719")
    assert record.application.application_id == "US-201514643719-A"
    assert record.parties[0][1:7] == ("applicant", 1, "Raytheon Company", "US", "address", "Waltham, MA")
    assert [row.symbol for row in record.classifications if row.first] == ["G01S7/4863"]
    cited = [(row.cited_id, row.cited_by) for row in record.citations if row.patent]
    assert cited[:2] == [("US-5093563-A", "examiner"), ("US-5751830-A", "applicant")]
    assert cited[-1] == ("WO-2005080928-A1", "applicant")
    literature = [row.cited_text for row in record.citations if not row.patent]
    assert literature[0] == (
        "Li; “Time-of-Flight Camera—An Introduction”; Texas Instruments White Paper; SLOA190B; Jan. 2014; "
        "revised May 2014; 10 pp."
    )
    assert record.texts[0][1:] == ("title", "en", "Coherent LADAR using intra-pixel quadrature detection")
    assert "Government" not in record.texts[1].text


def test_parents_provisionals_and_foreign_priorities(records: list[Record]) -> None:
    found = {
        record.publication.publication_id: [(row.original_date, row.linkage) for row in map(_dated, record.priorities)]
        for record in records
    }
    assert found["US-11554698-B2"] == [("2019-07-26", "division"), ("2018-08-02", "priority")]
    assert found["US-11555621-B1"] == [("2020-02-27", "continuation_in_part"), ("2019-04-05", "provisional")]
    assert found["US-2020000001-A1"] == [
        ("2017-04-06", "continuation"),
        ("2016-04-07", "provisional"),
        ("2016-10-18", "provisional"),
    ]
    assert found["US-2023009372-A1"][2] == ("2015-04-27", "pct")
    assert {linkage for _, linkage in found["US-RE43633-E"]} == {"reissue", "continuation"}


class _dated:
    def __init__(self, row: Any) -> None:
        self.original_date, self.linkage = str(row.priority_date), row.linkage


def test_government_interest_is_a_statement_of_the_office(records: list[Record], raw: list[dict[str, Any]]) -> None:
    assert sum(bool(record.fundings) for record in records) == sum("governmentInterest" in item for item in raw) > 0
    assert not any(row.derived for record in records for row in record.fundings)


def test_placeholder_family_numbers_are_not_taken_for_families(records: list[Record]) -> None:
    assert all(len(record.publication.family_id) <= 10 for record in records if record.publication.family_id)
    assert any(record.publication.family_id is None for record in records)


def test_search_marks_and_entities_are_taken_out() -> None:
    assert (
        plain('<span term=""systems"" class="highlight18">Systems</span> &lt;5 nm &amp; more') == "Systems <5 nm & more"
    )
    assert plain("if a < b and c > d") == "if a < b and c > d"


def test_a_search_result_names_its_first_inventor_only(records: list[Record], raw: list[dict[str, Any]]) -> None:
    for record, item in zip(records, raw, strict=True):
        inventors = [party.name for party in record.parties if party.role == "inventor"]
        if "inventorsName" not in item and "inventorsShort" in item:
            assert inventors == [item["inventorsShort"].removesuffix(" et al.")]


def test_recognition_and_marks() -> None:
    assert READER.recognise(Source(DOCUMENTS).head(), Source(DOCUMENTS))
    assert not READER.recognise(b'{"guid": "1", "name": "x"}', Source(DOCUMENTS))
    assert READER.carries.isdisjoint(READER.lacks)
    assert READER.carries | READER.lacks.keys() == set(get_args(Carries))


def test_the_original_records_are_read_the_same(shared: Path, records: list[Record]) -> None:
    whole, _ = read(shared / "data" / "patents" / "us_documents" / "ppubs_records.jsonl.gz")
    for ours, theirs in zip(records, whole, strict=True):
        assert ours.publication == theirs.publication
        assert ours.citations == theirs.citations
        assert ours.priorities == theirs.priorities
        assert [item for item in theirs.texts if item.part != "claims"] == ours.texts


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=6,
)


@given(st.data())
def test_any_value_in_any_field_is_borne(data: st.DataObject) -> None:
    with gzip.open(DOCUMENTS, "rt", encoding="utf-8") as stream:
        record = json.loads(stream.readline())
    for name in data.draw(st.lists(st.sampled_from(sorted(record)), max_size=4)):
        record[name] = data.draw(VALUES)
    for item in READER.records(Chunk([(1, record)])):
        if isinstance(item, Record):
            for table, rows in item.rows():
                to_arrow(table, rows)
        else:
            assert isinstance(item, Reject)


def test_no_mutation_gets_anything_but_records_rejects_or_an_input_error(tmp_path: Path) -> None:
    with gzip.open(DOCUMENTS, "rb") as stream:
        content = b"".join(stream.readline() for _ in range(6))
    packed = DOCUMENTS.read_bytes()[:20_000]
    rng = random.Random("ppubs")
    path = tmp_path / "hurt.jsonl"
    for turn in range(120):
        hurt = bytearray(packed if turn % 10 == 0 else content)
        for _ in range(rng.randrange(1, 8)):
            hurt[rng.randrange(len(hurt))] = rng.randrange(256)
        path.write_bytes(bytes(hurt[: rng.randrange(1, len(hurt))]) if turn % 3 else bytes(hurt))
        try:
            found, _ = read(path)
        except InputError:
            continue
        for record in found:
            for table, rows in record.rows():
                to_arrow(table, rows)
