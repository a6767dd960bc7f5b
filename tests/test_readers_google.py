from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chizai.corpus.readers.base import Carries, Chunk, Source
from chizai.corpus.readers.google_csv import READER, split_names
from chizai.corpus.schema import Record, Reject
from chizai.errors import InputError, MissingColumn

EXPORT = Path(__file__).parent / "data" / "google" / "export.csv"


def read(path: Path) -> tuple[list[Record], list[Reject]]:
    records: list[Record] = []
    rejects: list[Reject] = []
    for item in READER.chunks(Source(path)):
        for row in READER.records(item) if isinstance(item, Chunk) else [item]:
            (records if isinstance(row, Record) else rejects).append(row)  # type: ignore[arg-type]
    return records, rejects


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "file.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_an_export_is_known_by_its_content(tmp_path: Path) -> None:
    assert READER.recognise(EXPORT.read_bytes(), Source(EXPORT))
    without_search = written(tmp_path, EXPORT.read_text("utf-8").split("\n", 1)[1])
    assert READER.recognise(without_search.read_bytes(), Source(without_search))
    assert not READER.recognise(b"id,title,year\n1,A,2000\n", Source(EXPORT))
    assert not READER.recognise(b"\x00\x01\x02", Source(EXPORT))


def test_every_publication_of_the_export_is_read() -> None:
    records, rejects = read(EXPORT)
    assert [record.publication.publication_id for record in records] == [
        "US-10999001-B2",
        "JP-2017999002-A",
        "CN-299900003-U",
        "EP-3999004-A1",
    ]
    first = records[0].publication
    assert (first.office, first.kind, first.kind_class) == ("US", "B2", "grant")
    assert first.publication_date == first.grant_date == date(2018, 6, 19)
    assert [reject.fatal for reject in rejects] == [False]


def test_an_impossible_date_is_dropped_and_named() -> None:
    records, rejects = read(EXPORT)
    assert records[2].publication.publication_date is None
    assert (rejects[0].row, rejects[0].column, rejects[0].value) == (5, "publication date", "2020-02-30")


def test_a_legal_form_after_a_comma_stays_with_its_name() -> None:
    records, _ = read(EXPORT)
    names = [(party.role, party.name) for party in records[0].parties]
    assert names == [
        ("applicant", "Harbour Current Co., Ltd."),
        ("applicant", "Northlight Energy, LLC"),
        ("inventor", "Ann B. Carter"),
        ("inventor", "Jun Mori"),
        ("inventor", "Carlo Rossi, Jr."),
    ]


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("3M Company", ["3M Company"]),
        ("株式会社みなと電力, 海光能源有限公司", ["株式会社みなと電力", "海光能源有限公司"]),
        ("Umbra S.p.A., Delta A/S, Omega, S.A.", ["Umbra S.p.A.", "Delta A/S", "Omega, S.A."]),
        ("The Navy, as represented by its Secretary", ["The Navy, as represented by its Secretary"]),
        (" , ,", []),
        ("Inc", ["Inc"]),
    ],
)
def test_names_joined_by_commas_come_apart(cell: str, names: list[str]) -> None:
    assert split_names(cell) == names


def test_a_title_has_the_language_of_the_page_it_links_to() -> None:
    records, _ = read(EXPORT)
    assert [(text.language, text.text) for text in records[1].texts] == [("ja", "潮流発電装置, およびその制御方法")]
    assert records[3].texts[0].text == 'Rotor "Mk II"'


def test_rows_that_cannot_be_read_are_rejected_with_their_row(tmp_path: Path) -> None:
    header = EXPORT.read_text("utf-8").split("\n")[1]
    path = written(tmp_path, f"{header}\nnothing,T\nUS-1-A,a,b,c,d,e,f,g,h,i,j,k\nUS-10999001-B2,T\n")
    records, rejects = read(path)
    assert len(records) == 1
    assert [(reject.row, reject.code, reject.fatal) for reject in rejects] == [
        (2, "bad-number", True),
        (3, "malformed-input", True),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp932"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    lines = EXPORT.read_text("utf-8").split("\n")
    records, _ = read(written(tmp_path, "\n".join(lines[:4]) + "\n", encoding))
    assert records[1].parties[0].name == "株式会社みなと電力"


def test_a_file_without_the_needed_columns_says_which(tmp_path: Path) -> None:
    path = written(tmp_path, "search URL:,https://patents.google.com/\nid,title\nUS-1-A,T\n")
    with pytest.raises(MissingColumn, match="publication date"):
        read(path)


@pytest.mark.shared
def test_another_hands_file_in_this_layout_is_read(shared: Path) -> None:
    path = shared / "data/patents/fixtures/export_formats_synthetic/google_sample.csv"
    assert READER.recognise(path.read_bytes(), Source(path))
    records, rejects = read(path)
    assert len(records) == 2
    assert not any(reject.fatal for reject in rejects)


def test_every_item_is_carried_or_marked() -> None:
    assert READER.carries | set(READER.lacks) == set(get_args(Carries))
    assert not READER.carries & set(READER.lacks)


@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_export_gives_records_rejects_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(EXPORT.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
        content = content or bytearray(b"x")
    path = tmp_path_factory.mktemp("fuzz") / "f.csv"
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with suppress(InputError):
        read(path)
