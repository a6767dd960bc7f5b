from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.corpus.readers import lens_csv, lens_jsonl
from chizai.corpus.readers.base import Carries, Reader, Source
from chizai.corpus.readers.lens_csv import earliest_of, from_week_year, week_year
from chizai.corpus.schema import ARROW_SCHEMAS, Record, Reject, to_arrow
from chizai.errors import EmptyInput, InputError, MissingColumn

DATA = Path(__file__).parent / "data" / "lens"
DRONES = Path(str(files("chizai") / "data" / "collections" / "drones.csv.gz"))


def read(path: Path, reader: Reader) -> tuple[list[Record], list[Reject]]:
    records: list[Record] = []
    rejects: list[Reject] = []
    for chunk in reader.chunks(Source(path)):
        for item in [chunk] if isinstance(chunk, Reject) else reader.records(chunk):
            (records if isinstance(item, Record) else rejects).append(item)  # type: ignore[arg-type]
    return records, rejects


def by_id(path: Path, reader: Reader = lens_csv.READER) -> dict[str, Record]:
    return {record.publication.publication_id: record for record in read(path, reader)[0]}


def rows_of(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    return header, rows


def rewritten(path: Path, target: Path, change: Callable[[str, str], str], *, encoding: str = "utf-8") -> Path:
    header, rows = rows_of(path)
    with target.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows([[change(name, cell) for name, cell in zip(header, row, strict=True)] for row in rows])
    return target


# the real collection, checked against an independent reading of the same file


@pytest.fixture(scope="module")
def drones() -> tuple[list[Record], list[dict[str, str]]]:
    records, rejects = read(DRONES, lens_csv.READER)
    assert rejects == []
    with Source(DRONES).open() as stream:
        rows = list(csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8", newline="")))
    return records, rows


def test_every_row_of_the_real_collection_becomes_a_record_in_order(
    drones: tuple[list[Record], list[dict[str, str]]],
) -> None:
    records, rows = drones
    assert len(records) == 9071  # as stated by the data package
    assert [record.publication.source_id for record in records] == [row["lens_id"] for row in rows]
    assert Counter(record.publication.office for record in records) == {"US": 6073, "WO": 2503, "AU": 328, "EP": 167}


def test_counts_and_lists_of_the_real_collection_agree_with_its_cells(
    drones: tuple[list[Record], list[dict[str, str]]],
) -> None:
    for record, row in zip(*drones, strict=True):
        assert record.publication.times_cited == int(row["cited_count"])
        assert record.publication.family_size == int(row["simple_family_size"])
        assert [text.text for text in record.texts] == [row["title"].strip()]
        for role, column in (("applicant", "applicants"), ("inventor", "inventors")):
            names = [party.name for party in record.parties if party.role == role]
            assert names == list(dict.fromkeys(name.strip() for name in row[column].split(";;") if name.strip()))
        for scheme, column in (("cpc", "cpc_classifications"), ("ipc", "ipcr_classifications")):
            symbols = [item.symbol for item in record.classifications if item.scheme == scheme]
            assert symbols == list(dict.fromkeys(symbol for symbol in row[column].split(";;") if symbol))
        written = [item.rsplit(" ", 1)[1] for item in row["priority_numbers"].split(";;")]
        kept = [f"{item.priority_date:%Y%m%d}" for item in record.priorities if item.priority_date]
        # The source names some provisionals twice, in two notations (US 62211355 P, US 201562211355 P).
        assert set(kept) == set(written)
        assert len(kept) == len(record.priorities) <= len(set(row["priority_numbers"].split(";;")))
        assert all(party.country is None for party in record.parties)


def test_publication_dates_of_the_real_collection_fall_on_the_offices_weekdays(
    drones: tuple[list[Record], list[dict[str, str]]],
) -> None:
    """The USPTO publishes applications on Thursdays and grants on Tuesdays: a wrong century or week year would show."""
    for record, row in zip(*drones, strict=True):
        published = record.publication.publication_date
        assert published is not None
        assert published.year == int(row["publication_year"])
        if record.publication.office == "US":
            assert published.weekday() == (3 if record.publication.kind in ("A1", "A2", "A9") else 1), row


def test_filing_dates_of_the_real_collection_agree_with_the_applications_own_priority_entry(
    drones: tuple[list[Record], list[dict[str, str]]],
) -> None:
    """An application that is listed as its own priority has its filing date written beside it with a full year."""
    compared = 0
    for record, row in zip(*drones, strict=True):
        application = record.application
        assert application is not None
        assert application.filing_date is not None
        assert application.filing_date <= record.publication.publication_date
        for item in row["priority_numbers"].split(";;"):
            number, day = item.rsplit(" ", 1)
            if number == row["application_number"] and application.office == "US":
                assert f"{application.filing_date:%Y%m%d}" == day, row
                compared += 1
    assert compared > 2000


# the three generations


def test_the_2017_week_year_is_undone() -> None:
    found = by_id(DATA / "lens_2017.csv")
    assert found["US-2015375765-A1"].publication.publication_date == date(2015, 12, 31)  # written 31/12/16
    assert found["WO-2016106694-A1"].application.filing_date == date(2014, 12, 31)  # type: ignore[union-attr]
    assert found["US-2017187210-A1"].application.filing_date == date(2015, 12, 28)  # type: ignore[union-attr]
    assert found["US-4203160-A"].application.filing_date == date(1960, 12, 30)  # type: ignore[union-attr]
    assert found["AU-127477-B2"].publication.publication_date == date(1948, 6, 3)


@given(st.dates(date(1950, 1, 1), date(2049, 12, 31)))
def test_from_week_year_inverts_the_way_the_dates_were_written(day: date) -> None:
    assert day in from_week_year(day.day, day.month, week_year(day))
    # The week runs from Sunday to Saturday and belongs to the year in which it ends.
    saturday = day + timedelta(days=(5 - day.weekday()) % 7)
    assert week_year(day) == saturday.year


def test_the_middle_generation() -> None:
    found = by_id(DATA / "lens_middle.csv")
    record = found["EP-3456789-A1"]
    assert record.publication.publication_date == date(2019, 3, 20)
    assert (record.publication.times_cited, record.publication.family_size) == (3, 2)
    assert [party.name for party in record.parties] == [
        "ALPHA ROBOTIK GMBH",
        "BETA SA",
        "MUSTER ERIKA",
        "DUPONT JEAN",
    ]
    assert [item.priority_date for item in record.priorities] == [date(2017, 9, 8)]
    japanese = found["JP-6123456-B2"]
    assert japanese.publication.kind_class == "grant"
    assert [(text.text, text.language) for text in japanese.texts] == [("弁装置", None)]
    assert japanese.priorities == []


def test_the_modern_generation() -> None:
    found = by_id(DATA / "lens_modern.csv")
    grant, application = found["US-11111111-B2"], found["US-2020150001-A1"]
    assert grant.publication.family_id == application.publication.family_id == "lens:000-000-000-000-199"
    assert grant.publication.legal_status == "ACTIVE"
    assert grant.publication.source_id == "000-000-000-000-20X"
    assert grant.publication.times_cited == 7
    assert [item.cited_text for item in grant.citations] == [
        'Roe, "Plates that bend," J. Sens. 1, 2-3 (2017).',
        "Doe, Plates; 2016.",
    ]
    assert {text.part: text.text for text in grant.texts}["abstract"] == "A sensor has a plate.\r\nThe plate bends."
    assert [item.symbol for item in grant.classifications if item.scheme == "cpc"] == ["G01L1/22", "G01L1/2206"]


def test_the_modern_earliest_priority_date_goes_to_the_number_of_its_year() -> None:
    found = by_id(DATA / "lens_modern.csv")
    assert [(item.linkage, item.priority_date) for item in found["US-11111111-B2"].priorities] == [
        ("priority", date(2019, 11, 26)),
        ("provisional", date(2018, 11, 20)),
    ]
    assert [item.priority_date for item in found["US-2020150001-A1"].priorities] == [date(2018, 11, 20)]


def test_an_earliest_priority_date_that_fits_several_numbers_is_placed_or_stands_alone(tmp_path: Path) -> None:
    def several(name: str, cell: str) -> str:
        if name == "Priority Numbers" and ";;" in cell:
            return "US 201916200001 A;;US 201862770005 P;;US 201862770001 P;;US 201762500000 P"
        if name == "Priority Numbers":
            return "US 201862770001 P;;DE 102018009000 A"
        return cell

    records, rejects = read(rewritten(DATA / "lens_modern.csv", tmp_path / "a.csv", several), lens_csv.READER)
    assert [(item.priority_id, item.priority_date) for item in records[0].priorities if item.linkage != "priority"] == [
        ("US-201862770005-P", None),
        ("US-201862770001-P", date(2018, 11, 20)),  # numbers of one series are given out in order
        ("US-201762500000-P", None),
    ]
    assert [item.priority_date for item in records[1].priorities] == [None, None]
    # Of two series nothing tells which is the earlier; the day stands by itself.
    assert [record.publication.earliest_priority_date for record in records[:2]] == [None, date(2018, 11, 20)]
    assert not rejects


def test_placing_the_earliest_date_agrees_with_the_collection_that_states_all_dates(
    drones: tuple[list[Record], list[dict[str, str]]],
) -> None:
    right = placed = 0
    for row in drones[1]:
        dated = dict(item.rsplit(" ", 1) for item in row["priority_numbers"].split(";;"))
        earliest = min(dated.values())
        number = earliest_of(list(dated), date(int(earliest[:4]), int(earliest[4:6]), int(earliest[6:])))
        if len(dated) > 1 and number is not None:
            placed += 1
            right += dated[number] == earliest
            assert dated[number][:4] == earliest[:4] or placed - right < 5
    assert placed > 1900
    assert right / placed > 0.99


def test_owners_stand_in_only_where_no_applicant_is_named() -> None:
    found = by_id(DATA / "lens_modern.csv")
    applicants = {
        key: [(party.name, party.kind) for party in record.parties if party.role == "applicant"]
        for key, record in found.items()
    }
    assert applicants["US-11111111-B2"] == [("DELTA SENSORS INC", None)]
    assert applicants["US-2020150001-A1"] == [("DELTA SENSORS INC", "assignee")]


def test_a_real_modern_export_is_read_whole(shared: Path) -> None:
    path = shared / "data" / "patents" / "fixtures" / "lens_csv_modern" / "data" / "lens-export.csv"
    records, rejects = read(path, lens_csv.READER)
    header, rows = rows_of(path)
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    assert not rejects
    assert [record.publication.original for record in records] == [row["Display Key"] for row in cells]
    assert [str(record.publication.publication_date) for record in records] == [
        row["Publication Date"] for row in cells
    ]
    assert [str(record.application.filing_date) for record in records if record.application] == [
        row["Application Date"] for row in cells
    ]
    assert [record.publication.legal_status for record in records] == [row["Legal Status"] for row in cells]
    alone = [record.publication.earliest_priority_date for record in records]
    # Three of 130 name priorities of two offices, or several kinds, in the earliest year: their day stands alone.
    assert sum(day is not None for day in alone) == 3
    for record, row, day in zip(records, cells, alone, strict=True):
        dates = [item.priority_date for item in record.priorities if item.priority_date]
        assert min([*dates, *([day] if day else [])]) == date.fromisoformat(row["Earliest Priority Date"])


# files that have been through other programs


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp932"])
def test_the_encoding_changes_nothing(tmp_path: Path, encoding: str) -> None:
    again = rewritten(DATA / "lens_middle.csv", tmp_path / "again.csv", lambda _, cell: cell, encoding=encoding)
    assert lens_csv.READER.recognise(Source(again).head(), Source(again))
    assert read(again, lens_csv.READER) == read(DATA / "lens_middle.csv", lens_csv.READER)


def japanese_excel(name: str, cell: str) -> str:
    """05/10/17 is taken for the year 2005; a first part over 29 falls into the last century; 31/12/15 is 1931."""
    if name not in ("publication_date", "application_date"):
        return cell
    year, month, day = (int(part) for part in cell.split("/"))
    return f"{1900 + year if year > 29 else 2000 + year}/{month}/{day}" if 0 < day <= 28 and month <= 12 else cell


def test_dates_that_a_japanese_excel_has_turned_round_are_turned_back(tmp_path: Path) -> None:
    again = rewritten(DATA / "lens_2017.csv", tmp_path / "again.csv", japanese_excel, encoding="cp932")
    assert "2005/10/17" in again.read_text(encoding="cp932")
    assert read(again, lens_csv.READER) == read(DATA / "lens_2017.csv", lens_csv.READER)


def test_modern_dates_reformatted_by_excel(tmp_path: Path) -> None:
    def american(name: str, cell: str) -> str:
        if not name.endswith("Date") or not cell:
            return cell
        year, month, day = cell.split("-")
        return f"{int(month)}/{int(day)}/{year}"

    def japanese(name: str, cell: str) -> str:
        return cell.replace("-", "/") if name.endswith("Date") else cell

    plain = read(DATA / "lens_modern.csv", lens_csv.READER)
    assert read(rewritten(DATA / "lens_modern.csv", tmp_path / "ja.csv", japanese), lens_csv.READER) == plain
    assert read(rewritten(DATA / "lens_modern.csv", tmp_path / "us.csv", american), lens_csv.READER) == plain


def test_a_date_whose_order_nothing_tells_is_dropped_with_a_note(tmp_path: Path) -> None:
    def unclear(name: str, cell: str) -> str:
        return "05/10/2019" if name == "Publication Date" else cell

    records, rejects = read(rewritten(DATA / "lens_middle.csv", tmp_path / "a.csv", unclear), lens_csv.READER)
    assert [record.publication.publication_date for record in records] == [None, None]
    assert {(reject.column, reject.fatal) for reject in rejects} == {("publication_date", False)}


def test_an_impossible_or_contradicting_date_is_dropped_with_a_note(tmp_path: Path) -> None:
    def broken(name: str, cell: str) -> str:
        return {"publication_date": "31/02/17", "application_date": "12/02/18"}.get(name, cell)

    records, rejects = read(rewritten(DATA / "lens_2017.csv", tmp_path / "a.csv", broken), lens_csv.READER)
    assert len(records) == 13
    assert all(record.publication.publication_date is None for record in records)
    assert {reject.column for reject in rejects} >= {"publication_date"}
    assert not any(reject.fatal for reject in rejects)


def test_joined_exports_and_doubled_rows(tmp_path: Path) -> None:
    text = (DATA / "lens_2017.csv").read_text(encoding="utf-8")
    joined = tmp_path / "joined.csv"
    joined.write_text(text + text, encoding="utf-8")
    records, rejects = read(joined, lens_csv.READER)
    assert rejects == []
    assert (
        records[:13] == records[13:]
    )  # the same rows again, for the store to keep once; the second header is no record


def test_a_row_with_shifted_cells_is_rejected_with_its_number(tmp_path: Path) -> None:
    text = (DATA / "lens_middle.csv").read_text(encoding="utf-8").replace("VALVE WITH A FLAP", "VALVE, WITH A FLAP")
    path = tmp_path / "shifted.csv"
    path.write_text(text, encoding="utf-8")
    records, rejects = read(path, lens_csv.READER)
    assert len(records) == 1
    assert [(reject.row, reject.code, reject.fatal) for reject in rejects] == [(2, "malformed-input", True)]


def test_a_bad_number_rejects_its_row_and_no_other(tmp_path: Path) -> None:
    def bad(name: str, cell: str) -> str:
        return "no number" if cell == "EP 3456789 A1" else "###" if cell == "JP 2014123456 A" else cell

    records, rejects = read(rewritten(DATA / "lens_middle.csv", tmp_path / "a.csv", bad), lens_csv.READER)
    assert [record.publication.publication_id for record in records] == ["JP-6123456-B2"]
    assert records[0].application is None
    # The number is lost, its day is not.
    assert records[0].publication.filing_date == next(
        record.application.filing_date
        for record in read(DATA / "lens_middle.csv", lens_csv.READER)[0]
        if record.application and record.application.original == "JP 2014123456 A"
    )
    assert records[0].publication.filing_date is not None
    assert {(reject.row, reject.code, reject.fatal) for reject in rejects} == {
        (2, "bad-number", True),
        (3, "bad-number", False),
    }


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Lens ID,Jurisdiction,Kind\n1,US,A1\n", encoding="utf-8")
    with pytest.raises(MissingColumn, match="publication_number"):
        read(path, lens_csv.READER)


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(EmptyInput):
        read(path, lens_csv.READER)
    with pytest.raises(EmptyInput):
        read(path, lens_jsonl.READER)


# JSON


def test_a_json_record_is_read_whole() -> None:
    record = by_id(DATA / "lens_records.jsonl", lens_jsonl.READER)["EP-3999999-B1"]
    publication = record.publication
    assert publication.publication_date == publication.grant_date == date(2022, 6, 15)
    assert (publication.times_cited, publication.family_size, publication.claims) == (1, 2, 2)
    assert publication.family_id == "lens:000-000-000-000-299"
    assert publication.legal_status == "ACTIVE"
    assert record.application is not None
    assert record.application.filing_date == date(2018, 8, 21)
    assert [(item.priority_date, item.linkage) for item in record.priorities] == [
        (date(2017, 8, 21), "priority"),
        (date(2017, 8, 25), "provisional"),
    ]
    assert [(party.role, party.name, party.country, party.country_source) for party in record.parties] == [
        ("applicant", "ALPHA ROBOTIK GMBH", "DE", "residence"),
        ("inventor", "MUSTER ERIKA", "DE", "residence"),
        ("inventor", "DUPONT JEAN", None, None),
    ]
    assert [(item.scheme, item.symbol, item.inventive, item.first) for item in record.classifications] == [
        ("cpc", "F16K1/18", True, True),
        ("cpc", "F16K1/22", False, False),
        ("ipc", "F16K1/18", None, None),
        ("uspc", "251/305", None, None),
    ]
    assert [(item.cited_id, item.patent, item.cited_by, item.category, item.phase) for item in record.citations] == [
        ("WO-2006075254-A2", True, "examiner", "X", "search"),
        (None, False, "applicant", None, None),
        ("DE-10049363-A1", True, "third_party", None, "observation"),
    ]
    assert record.citations[0].cited_date == date(2006, 7, 20)
    assert [(text.part, text.language) for text in record.texts] == [
        ("title", "de"),
        ("title", "en"),
        ("title", "zh"),
        ("abstract", "de"),
        ("claims", "de"),
    ]
    assert record.texts[-1].text == "Ventil mit einer Klappe.\nVentil nach Anspruch 1,\nwobei die Klappe rund ist."


def test_the_same_records_as_lines_array_and_answer_of_the_api(tmp_path: Path) -> None:
    lines = (DATA / "lens_records.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    plain = read(DATA / "lens_records.jsonl", lens_jsonl.READER)
    for name, text in {
        "array.json": json.dumps(items),
        "pretty.json": json.dumps(items, indent=2, ensure_ascii=False),
        "answer.json": json.dumps({"total": 2, "max_score": 1.5, "data": items}),
        "pretty_answer.json": json.dumps({"total": 2, "data": items}, indent=4),
    }.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        assert lens_jsonl.READER.recognise(Source(path).head(), Source(path)), name
        assert read(path, lens_jsonl.READER) == plain, name
    utf16 = tmp_path / "utf16.jsonl"
    utf16.write_text("\n".join(lines), encoding="utf-16")
    assert read(utf16, lens_jsonl.READER) == plain


def test_a_broken_line_is_rejected_and_the_next_one_read(tmp_path: Path) -> None:
    first, second = (DATA / "lens_records.jsonl").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([first, first[:200], "[1, 2]", '"text"', "{}", second]), encoding="utf-8")
    records, rejects = read(path, lens_jsonl.READER)
    assert len(records) == 2
    assert [(reject.row, reject.fatal) for reject in rejects] == [(2, True), (3, True), (4, True), (5, True)]


def test_an_array_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    items = [json.loads(line) for line in (DATA / "lens_records.jsonl").read_text(encoding="utf-8").splitlines()]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"data": items})[:-60], encoding="utf-8")
    records, rejects = read(path, lens_jsonl.READER)
    assert [record.publication.publication_id for record in records] == ["EP-3999999-B1"]
    assert [(reject.row, reject.code) for reject in rejects] == [(2, "truncated-input")]


# recognition, marks, hostility


@pytest.mark.parametrize("reader", [lens_csv.READER, lens_jsonl.READER], ids=["csv", "json"])
def test_each_reader_knows_its_own_files_only(reader: Reader) -> None:
    for path in sorted(DATA.glob("lens_*")):
        own = (path.suffix == ".csv") == (reader.name == "lens-csv")
        assert reader.recognise(Source(path).head(), Source(path)) is own, path
    for head in (b"", b"\x00\xff\x00", b"title,abstract\n1,2\n", b'{"a": 1}', b"<xml/>", b"PAR1"):
        assert not reader.recognise(head, Source(DATA / "lens_2017.csv"))


@pytest.mark.parametrize("reader", [lens_csv.READER, lens_jsonl.READER], ids=["csv", "json"])
def test_every_field_is_marked_once(reader: Reader) -> None:
    assert reader.carries.isdisjoint(reader.lacks)
    assert reader.carries | reader.lacks.keys() == set(get_args(Carries))
    assert set(reader.title) == {"en", "ja"}


def mutated(content: bytes, rng: random.Random) -> bytes:
    """One random hurt: bytes changed, cut, doubled, or a piece of mischief put in."""
    place = rng.randrange(len(content))
    length = rng.randrange(1, 200)
    mischief = rng.choice(
        [
            b"\x00",
            b'"',
            b"\xff\xfe",
            b"\r\n",
            b",,,;;",
            b"[[[[" * 50,
            b"1e999",
            b"\xe8\x99",
            b"99/99/9999",
            b"-1",
            b"{}",
        ]
    )
    return rng.choice(
        [
            content[:place],
            content[place:],
            content[:place] + mischief + content[place:],
            content[:place] + mischief + content[place + length :],
            content[:place] + bytes(rng.randrange(256) for _ in range(20)) + content[place + 20 :],
            content[:place] + content[place : place + length] * 3 + content[place:],
        ]
    )


@pytest.mark.parametrize("name", ["lens_2017.csv", "lens_modern.csv", "lens_records.jsonl"])
def test_no_mutation_gets_anything_but_records_rejects_or_an_input_error(name: str, tmp_path: Path) -> None:
    reader: Reader = lens_csv.READER if name.endswith(".csv") else lens_jsonl.READER
    content = (DATA / name).read_bytes()
    rng = random.Random(name)
    path = tmp_path / name
    for _ in range(150):
        hurt = content
        for _ in range(rng.randrange(1, 4)):
            hurt = mutated(hurt or b" ", rng)
        path.write_bytes(hurt)
        try:
            reader.recognise(Source(path).head(), Source(path))
            records, rejects = read(path, reader)
        except InputError:
            continue
        assert all(isinstance(reject.detail, str) for reject in rejects)
        for record in records:
            for table, rows in record.rows():
                assert to_arrow(table, rows).schema == ARROW_SCHEMAS[table]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
def test_any_value_at_any_place_of_a_json_record_is_borne(data: st.DataObject) -> None:
    from chizai.corpus.readers.base import Chunk

    record = json.loads((DATA / "lens_records.jsonl").read_text(encoding="utf-8").splitlines()[0])
    node = record
    while True:
        key = (
            data.draw(st.sampled_from(sorted(node)))
            if isinstance(node, dict)
            else data.draw(st.integers(0, len(node) - 1))
        )
        inner = node[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            node[key] = data.draw(JSON_VALUES)
            break
        node = inner
    for item in lens_jsonl.READER.records(Chunk([(1, record)])):
        if isinstance(item, Record):
            for table, rows in item.rows():
                to_arrow(table, rows)
        else:
            assert isinstance(item, Reject)
