from __future__ import annotations

import gzip
import json
import random
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chizai.corpus.readers import base, bigquery
from chizai.corpus.readers.base import Carries, Chunk, Source, expand
from chizai.corpus.readers.bigquery import COLUMNS, READER
from chizai.corpus.schema import Record, Reject, to_arrow
from chizai.errors import EmptyInput, InputError, MalformedInput, MissingColumn

LINES = Path(__file__).parent / "data" / "bigquery" / "publications.jsonl"

TEXT = pa.list_(pa.struct([("text", pa.string()), ("language", pa.string()), ("truncated", pa.bool_())]))
NAME = pa.list_(pa.struct([("name", pa.string()), ("country_code", pa.string())]))
CLASS = pa.list_(
    pa.struct(
        [("code", pa.string()), ("inventive", pa.bool_()), ("first", pa.bool_()), ("tree", pa.list_(pa.string()))]
    )
)
REFERENCE = pa.list_(
    pa.struct(
        [
            ("publication_number", pa.string()),
            ("application_number", pa.string()),
            ("npl_text", pa.string()),
            ("type", pa.string()),
            ("category", pa.string()),
            ("filing_date", pa.int64()),
        ]
    )
)
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("publication_number", "application_number", "country_code", "kind_code")),
        ("family_id", pa.string()),
        *((name, TEXT) for name in ("title_localized", "abstract_localized", "claims_localized")),
        *((name, pa.int64()) for name in ("publication_date", "filing_date", "grant_date", "priority_date")),
        ("priority_claim", REFERENCE),
        ("inventor", pa.list_(pa.string())),
        ("inventor_harmonized", NAME),
        ("assignee", pa.list_(pa.string())),
        ("assignee_harmonized", NAME),
        *((name, CLASS) for name in ("uspc", "ipc", "cpc", "fi", "fterm")),
        ("citation", REFERENCE),
    ]
)
"""The table's own types: https://console.cloud.google.com, patents-public-data.patents.publications."""


def read(source: Path | Source) -> tuple[list[Record], list[Reject]]:
    records: list[Record] = []
    rejects: list[Reject] = []
    for item in READER.chunks(source if isinstance(source, Source) else Source(source)):
        for row in READER.records(item) if isinstance(item, Chunk) else [item]:
            (records if isinstance(row, Record) else rejects).append(row)  # type: ignore[arg-type]
    return records, rejects


def rows() -> list[dict[str, Any]]:
    """The records of the fixture with dates as the integers that Parquet holds."""
    found = [json.loads(line) for line in LINES.read_text("utf-8").splitlines()[:3]]
    for row in found:
        for name in ("publication_date", "filing_date", "grant_date", "priority_date"):
            row[name] = int(row.get(name, 0))
        for name in ("priority_claim", "citation"):
            row[name] = [{**item, "filing_date": int(item["filing_date"])} for item in row[name]]
    return found


def parquet(path: Path, table_rows: list[dict[str, Any]] | None = None) -> Path:
    pq.write_table(pa.Table.from_pylist(table_rows or rows(), schema=SCHEMA), path, row_group_size=1000)
    return path


def test_both_forms_are_known_by_their_content(tmp_path: Path) -> None:
    file = parquet(tmp_path / "a.bin")
    assert READER.recognise(file.read_bytes(), Source(file))
    assert READER.recognise(LINES.read_bytes(), Source(LINES))
    assert not READER.recognise(b'{"lens_id": "1", "publication_number": "US-1-A"}\n', Source(LINES))
    assert not READER.recognise(b"PAR1 and then nothing", Source(LINES))
    other = tmp_path / "b.parquet"
    pq.write_table(pa.table({"publication_number": ["US-1-A"], "x": [1]}), other)
    assert not READER.recognise(other.read_bytes(), Source(other))


def test_a_long_first_line_is_still_known() -> None:
    line = LINES.read_bytes().split(b"\n", 1)[0]
    assert READER.recognise(line[: len(line) // 2], Source(LINES))


def test_dates_and_the_family_come_out_and_zero_means_unknown() -> None:
    records, _ = read(LINES)
    first, second = records
    assert first.publication.publication_id == "US-10999001-B2"
    assert first.publication.publication_date == first.publication.grant_date == date(2018, 6, 19)
    assert first.publication.family_id == "99900001"
    assert first.application is not None
    assert first.application.filing_date == date(2016, 2, 29)
    assert second.publication.family_id is None
    assert second.publication.grant_date is None
    assert second.application is not None
    assert second.application.filing_date is None


def test_what_cannot_be_read_is_named() -> None:
    _, rejects = read(LINES)
    assert [(reject.row, reject.code, reject.fatal) for reject in rejects] == [
        (1, "bad-number", False),  # a priority '???'
        (2, "malformed-input", False),  # 31 September
        (3, "bad-number", True),
        (4, "malformed-input", True),  # a line that ends in the middle
    ]


def test_priorities_keep_their_dates_and_say_what_they_are() -> None:
    records, _ = read(LINES)
    found = [(row.sequence, row.office, row.priority_date, row.linkage) for row in records[0].priorities]
    assert found == [(1, "JP", date(2015, 3, 2), "priority"), (2, "US", date(2015, 4, 1), "provisional")]


def test_harmonised_names_carry_countries_and_plain_names_stand_in() -> None:
    records, _ = read(LINES)
    assert [(p.role, p.name, p.country, p.country_source) for p in records[0].parties] == [
        ("applicant", "HARBOUR CURRENT CO LTD", "JP", "residence"),
        ("inventor", "CARTER ANN B", "US", "residence"),
        ("inventor", "MORI JUN", "JP", "residence"),
    ]
    assert [(p.name, p.country, p.country_source) for p in records[1].parties] == [
        ("株式会社みなと電力", None, None),
        ("森 純", None, None),
    ]


def test_flags_that_are_never_set_say_nothing() -> None:
    records, _ = read(LINES)
    assert [(c.scheme, c.symbol, c.inventive, c.first) for c in records[0].classifications] == [
        ("cpc", "F03B13/264", True, True),
        ("cpc", "F05B2240/97", False, False),
        ("ipc", "F03B13/26", True, True),
        ("ipc", "F03B3/12", True, False),
    ]
    assert [(c.scheme, c.symbol, c.inventive) for c in records[1].classifications] == [
        ("ipc", "F03B13/26", None),
        ("fi", "F03B13/26", None),
        ("fterm", "3H074AA02", None),
    ]


def test_citations_say_who_cited_and_in_which_phase() -> None:
    records, _ = read(LINES)
    found = [(c.cited_id, c.patent, c.cited_by, c.category, c.phase) for c in records[0].citations]
    assert found == [
        ("US-7999010-B2", True, "examiner", "X", "search"),
        ("EP-2999013-A1", True, "applicant", None, None),
        (None, False, "examiner", "A", "international_search"),
    ]
    # The table gives the cited application's filing date, which is not the date of the cited document.
    assert {c.cited_date for c in records[0].citations} == {None}


def test_texts_have_their_languages() -> None:
    records, _ = read(LINES)
    assert [(t.part, t.language) for t in records[0].texts] == [("title", "en"), ("abstract", "en"), ("claims", "en")]
    assert [(t.language, t.text) for t in records[1].texts] == [("ja", "潮流発電装置"), ("en", "Tidal generator")]


def test_parquet_and_json_lines_give_the_same(tmp_path: Path) -> None:
    from_lines, _ = read(LINES)
    from_parquet, rejects = read(parquet(tmp_path / "p.parquet"))
    assert from_parquet == from_lines
    assert len(rejects) == 3


def test_gzip_and_a_member_of_a_zip_are_read(tmp_path: Path) -> None:
    import zipfile

    packed = tmp_path / "p.jsonl.gz"
    packed.write_bytes(gzip.compress(LINES.read_bytes()))
    assert len(read(packed)[0]) == 2
    archive = tmp_path / "p.zip"
    with zipfile.ZipFile(archive, "w") as writer:
        writer.write(parquet(tmp_path / "p.parquet"), "inner/p.parquet")
    (source,) = expand(archive)
    assert len(read(source)[0]) == 2


def test_a_selection_of_columns_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "few.parquet"
    pq.write_table(
        pa.Table.from_pylist(rows()).select(["publication_number", "publication_date", "country_code"]), path
    )
    records, _ = read(path)
    assert [record.publication.office for record in records] == ["US", "JP"]
    assert records[0].parties == []
    without = tmp_path / "without.parquet"
    pq.write_table(pa.table({"country_code": ["US"]}), without)
    with pytest.raises(MissingColumn, match="publication_number"):
        read(without)


def test_lists_written_as_json_text_are_read(tmp_path: Path) -> None:
    row = rows()[0]
    flat = {name: json.dumps(value) if isinstance(value, list) else value for name, value in row.items()}
    path = tmp_path / "flat.jsonl"
    path.write_text(json.dumps(flat) + "\n")
    (record,), _ = read(path)
    assert [c.symbol for c in record.classifications if c.scheme == "cpc"] == ["F03B13/264", "F05B2240/97"]


def test_half_surrogates_and_absurd_types_do_not_reach_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    odd = [
        '{"publication_number": "US-1000001-A", "title_localized": [{"text": "a\\ud800b", "language": "en"}]}',
        '{"publication_number": "US-1000002-A", "cpc": [{"code": 7}, 3, null], "assignee_harmonized": "x", "ipc": 4}',
        '{"publication_number": 5, "citation": {"a": 1}}',
        '{"publication_number": "US-1000003-A", "publication_date": 1e400, "family_id": {"a": 1}}',
        "[" * 100_000,
        "[1, 2]",
        "12",
        '"' + "9" * 5000 + '"',
        "9" * 5000,
    ]
    path.write_text("\n".join(odd) + "\n")
    records, rejects = read(path)
    assert len(records) == 3
    assert sum(reject.fatal for reject in rejects) == 6
    for record in records:
        for table, found in record.rows():
            to_arrow(table, found)


def test_a_line_beyond_the_limit_is_refused_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bigquery, "FIELD_BYTES", 10_000)
    path = tmp_path / "long.jsonl"
    good = '{"publication_number": "US-1000001-A"}\n'
    path.write_text(good + '{"x": "' + "y" * 50_000 + '"}\n' + good)
    records, rejects = read(path)
    assert len(records) == 2
    assert [(reject.row, reject.code) for reject in rejects] == [(2, "hostile-input")]


def test_json_lines_are_cut_into_chunks_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "CHUNK_BYTES", 10_000)
    path = tmp_path / "many.jsonl"
    path.write_text('{"publication_number": "US-1000001-A"}\n' * 1000)
    chunks = [item for item in READER.chunks(Source(path)) if isinstance(item, Chunk)]
    assert len(chunks) == 4
    assert [chunk.first_row for chunk in chunks] == [1, 258, 515, 772]


def test_empty_and_broken_files_end_in_an_input_error(tmp_path: Path) -> None:
    blank = tmp_path / "blank.jsonl"
    blank.write_text("\n\n")
    with pytest.raises(EmptyInput):
        read(blank)
    empty = tmp_path / "empty.parquet"
    pq.write_table(SCHEMA.empty_table(), empty)
    with pytest.raises(EmptyInput):
        read(empty)
    whole = parquet(tmp_path / "p.parquet").read_bytes()
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MalformedInput):
        read(cut)


def test_every_item_is_carried_or_marked() -> None:
    assert READER.carries | set(READER.lacks) == set(get_args(Carries))
    assert not READER.carries & set(READER.lacks)
    assert set(COLUMNS) > {"publication_number", "cpc", "title_localized"}


def survive(path: Path) -> None:
    try:
        records, _ = read(path)
    except InputError:
        return
    for record in records:
        for table, found in record.rows():
            to_arrow(table, found)


@settings(max_examples=120)
@given(data=st.data())
def test_damaged_json_lines_never_raise(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    content = bytearray(LINES.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    path = tmp_path_factory.mktemp("fuzz") / "f.jsonl"
    path.write_bytes(content[: data.draw(st.integers(1, max(len(content), 1)))] or b"x")
    survive(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*COLUMNS, "text", "name", "code", "language", "list"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(row=st.dictionaries(st.sampled_from(COLUMNS), JSON, max_size=8))
def test_json_of_any_shape_never_raises(tmp_path_factory: pytest.TempPathFactory, row: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("shape") / "f.jsonl"
    path.write_text(json.dumps({"publication_number": "US-10999001-B2", **row}) + "\n")
    survive(path)


def test_damaged_parquet_never_raises(tmp_path: Path) -> None:
    content = parquet(tmp_path / "p.parquet").read_bytes()
    chance = random.Random(20260101)
    for index in range(120):
        broken = bytearray(content)
        for _ in range(chance.randint(1, 5)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        path = tmp_path / f"f{index}.parquet"
        path.write_bytes(broken)
        survive(path)


def make_rows(count: int) -> list[dict[str, Any]]:
    """Plain synthetic publications for measuring."""
    chance = random.Random(7)
    made = []
    for index in range(count):
        symbols = [f"{chance.choice('ABCFGH')}0{chance.randint(1, 9)}B{chance.randint(1, 99)}/{i}0" for i in range(4)]
        made.append(
            {
                "publication_number": f"US-{11_000_000 + index}-B2",
                "application_number": f"US-2016{15_000_000 + index}-A",
                "country_code": "US",
                "kind_code": "B2",
                "family_id": str(50_000_000 + index),
                "title_localized": [{"text": "A device " * 8, "language": "en", "truncated": False}],
                "abstract_localized": [{"text": "It bends and turns. " * 35, "language": "en", "truncated": False}],
                "claims_localized": [],
                "publication_date": 20180619,
                "filing_date": 20160229,
                "grant_date": 20180619,
                "priority_date": 20150302,
                "priority_claim": [
                    {"application_number": f"US-2015{62_000_000 + index}-P", "filing_date": 20150302},
                ],
                "inventor": ["A B", "C D"],
                "inventor_harmonized": [{"name": f"N{i} {index % 999}", "country_code": "US"} for i in range(3)],
                "assignee": ["X"],
                "assignee_harmonized": [{"name": f"COMPANY {index % 5000}", "country_code": "JP"}],
                "ipc": [{"code": s, "inventive": True, "first": i == 0, "tree": []} for i, s in enumerate(symbols[:2])],
                "cpc": [
                    {"code": s, "inventive": True, "first": i == 0, "tree": [s[:4]]} for i, s in enumerate(symbols)
                ],
                "citation": [
                    {"publication_number": f"US-{chance.randint(5_000_000, 9_999_999)}-B2", "category": "SEA"}
                    for _ in range(12)
                ],
            }
        )
    return made


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "big.parquet"
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for _ in range(6):
            writer.write_table(pa.Table.from_pylist(make_rows(1000), schema=SCHEMA))
    tracemalloc.start()
    count = 0
    for chunk in READER.chunks(Source(path)):
        assert isinstance(chunk, Chunk)
        count += sum(isinstance(item, Record) for item in READER.records(chunk))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 6_000
    assert peak < 100 * 1024 * 1024
