from __future__ import annotations

import io
import random
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import get_args

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chizai.corpus.readers.base import Carries, Chunk, Source, expand
from chizai.corpus.readers.espacenet import READER, split_names, split_symbols
from chizai.corpus.schema import Record, Reject, to_arrow
from chizai.errors import EmptyInput, HostileInput, InputError, MalformedInput, UnknownFormat

FOLDER = Path(__file__).parent / "data" / "espacenet"
RESULTS = FOLDER / "results.csv"
CLASSIC = FOLDER / "classic.csv"


def read(source: Path | Source) -> tuple[list[Record], list[Reject]]:
    records: list[Record] = []
    rejects: list[Reject] = []
    for item in READER.chunks(source if isinstance(source, Source) else Source(source)):
        for row in READER.records(item) if isinstance(item, Chunk) else [item]:
            (records if isinstance(row, Record) else rejects).append(row)  # type: ignore[arg-type]
    return records, rejects


def cells() -> list[list[str]]:
    import csv

    return list(csv.reader(io.StringIO(RESULTS.read_text("utf-8-sig"), newline=""), delimiter=";"))


def workbook(path: Path, rows: list[list[object]] | None = None, *, title: str = "Results") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows or cells():
        sheet.append(row)
    book.save(path)
    book.close()
    return path


def test_both_layouts_and_the_workbook_are_known_by_content(tmp_path: Path) -> None:
    for path in (RESULTS, CLASSIC, workbook(tmp_path / "a.dat")):
        assert READER.recognise(path.read_bytes(), Source(path))
    assert not READER.recognise(b"Title,Inventors,Applicants,Publication number\n", Source(RESULTS))
    assert not READER.recognise(b"\xff\x00\x81", Source(RESULTS))
    other = workbook(tmp_path / "other.xlsx", [["a", "b"], ["1", "2"]])
    assert not READER.recognise(other.read_bytes(), Source(other))
    with pytest.raises(UnknownFormat):
        read(other)


def test_each_publication_of_a_row_becomes_a_record_with_its_own_date() -> None:
    records, _ = read(RESULTS)
    found = [(r.publication.publication_id, r.publication.publication_date, r.publication.family_id) for r in records]
    assert found == [
        ("US-2016999001-A1", date(2016, 9, 8), "99900001"),
        ("US-10999001-B2", date(2018, 6, 19), "99900001"),
        ("DE-102019999004-B4", None, "99900002"),
        ("JP-S59999003-A", date(1984, 6, 7), "99900003"),
    ]


def test_dates_that_cannot_be_matched_to_publications_are_dropped_and_named() -> None:
    _, rejects = read(RESULTS)
    assert [(reject.row, reject.column, reject.fatal) for reject in rejects] == [(10, "publication date", False)]


def test_names_carry_countries_and_original_spellings_are_not_second_persons() -> None:
    records, _ = read(RESULTS)
    assert [(p.role, p.name, p.country) for p in records[0].parties] == [
        ("applicant", "HARBOUR CURRENT CO LTD", "JP"),
        ("inventor", "CARTER ANN B", "US"),
        ("inventor", "MORI JUN", "JP"),
    ]
    assert split_names("SMITH JOHN [GB]\nSMITH JANE [GB]\n[GB]") == [
        ("SMITH JOHN", "GB"),
        ("SMITH JANE", "GB"),
        ("[GB]", None),
    ]


def test_symbols_lose_their_offices_and_combination_sets_are_additional() -> None:
    records, _ = read(RESULTS)
    assert [(c.scheme, c.symbol, c.inventive) for c in records[1].classifications] == [
        ("cpc", "F03B13/264", None),
        ("cpc", "F03B3/121", None),
        ("cpc", "F05B2220/706", False),
        ("cpc", "F05B2240/97", False),
        ("ipc", "F03B13/26", None),
        ("ipc", "F03B3/12", None),
    ]
    assert split_symbols("G01N27/22 (EP,US)\nG01N27/22 (EP,US)") == [("G01N27/22", None)]


def test_a_semicolon_in_a_title_stays() -> None:
    records, _ = read(RESULTS)
    assert records[2].texts[0].text == "Rotor; with two blades"


def test_the_classic_layout_has_applications_priorities_and_citations() -> None:
    (first, second), rejects = read(CLASSIC)
    assert rejects == []
    assert first.publication.publication_id == "US-2016999001-A1"
    assert first.application is not None
    assert first.application.filing_date == date(2016, 2, 29)
    assert [(p.office, p.priority_date, p.linkage) for p in first.priorities] == [
        ("US", date(2015, 3, 2), "provisional"),
        ("JP", date(2015, 3, 2), "priority"),
    ]
    assert [(c.cited_id, c.patent, c.cited_by, c.phase) for c in first.citations] == [
        ("EP-2999001-A1", True, "examiner", "search"),
        ("WO-2010999002-A2", True, "examiner", "search"),
        ("GB-2999003-A", True, "applicant", None),
        (None, False, "examiner", "search"),
    ]
    assert first.citations[-1].cited_text == "MORI J., Tidal flow; a survey, 2009"
    assert [c.symbol for c in second.classifications] == ["F03B3/12"]


def test_csv_and_workbook_give_the_same(tmp_path: Path) -> None:
    assert read(workbook(tmp_path / "r.xlsx"))[0] == read(RESULTS)[0]


def test_a_workbook_inside_a_zip_is_read(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as writer:
        writer.write(workbook(tmp_path / "r.xlsx"), "inner/r.xlsx")
    (source,) = expand(archive)
    assert len(read(source)[0]) == 4


def test_a_workbook_with_true_dates_and_numbers_is_read(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Title", "Inventors", "Applicants", "Publication number", "CPC", "Publication date", "Family number"],
        ["T", None, "A [JP]", "US10999001B2", "F03B3/12", datetime(2018, 6, 19), 99900001.0],
        [None, None, None, None, None, None, None],
        ["=1+1", "=HYPERLINK(1)", "B", "EP3999004A1", "nothing", 43000, 7],
    ]
    records, rejects = read(workbook(tmp_path / "r.xlsx", rows, title="Sheet"))
    assert records[0].publication.publication_date == date(2018, 6, 19)
    assert [record.publication.family_id for record in records] == ["99900001", "7"]
    assert [(reject.row, reject.column) for reject in rejects] == [(4, "publication date"), (4, "cpc")]


def test_an_export_without_results_is_empty(tmp_path: Path) -> None:
    with pytest.raises(EmptyInput):
        read(workbook(tmp_path / "r.xlsx", [list(row) for row in cells()[:8]]))


def sheet_xml(path: Path, sheet: bytes, *, extra: dict[str, bytes] | None = None) -> Path:
    """A workbook whose sheet is these bytes."""
    source = workbook(path.with_suffix(".tmp"))
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return path


def header_xml() -> bytes:
    names = ("Title", "Inventors", "Applicants", "Publication number", "CPC")
    return b"<row r='1'>" + b"".join(f"<c t='inlineStr'><is><t>{n}</t></is></c>".encode() for n in names) + b"</row>"


WORKSHEET = b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>"


def test_a_zip_bomb_in_a_workbook_is_refused(tmp_path: Path) -> None:
    bomb = sheet_xml(tmp_path / "b.xlsx", b"<x/>", extra={"xl/media/zeros.bin": bytes(600 * 1024 * 1024)})
    assert bomb.stat().st_size < 1024 * 1024
    with pytest.raises(HostileInput):
        read(bomb)
    assert not READER.recognise(bomb.read_bytes(), Source(bomb))


def test_a_million_empty_rows_and_a_far_cell_end_soon(tmp_path: Path) -> None:
    rows = b"".join(b"<row r='%d'/>" % number for number in range(2, 400_000))
    body = b"<dimension ref='A1:XFD1048576'/><sheetData>" + header_xml() + rows + b"</sheetData></worksheet>"
    with pytest.raises(EmptyInput):
        read(sheet_xml(tmp_path / "e.xlsx", WORKSHEET + body))
    far = header_xml() + b"<row r='99999999999'><c r='A99999999999' t='inlineStr'><is><t>x</t></is></c></row>"
    with pytest.raises(InputError):
        read(sheet_xml(tmp_path / "f.xlsx", WORKSHEET + b"<sheetData>" + far + b"</sheetData></worksheet>"))


def test_entities_in_a_workbook_do_no_harm(tmp_path: Path) -> None:
    laughs = b"<!DOCTYPE x [<!ENTITY a 'ha'>" + b"".join(
        b"<!ENTITY %c '%s'>" % (letter, (b"&%c;" % (letter - 1)) * 20) for letter in range(ord("b"), ord("j"))
    )
    sheet = b"<?xml version='1.0'?>" + laughs + b"]>" + WORKSHEET + b"<sheetData><row><c t='inlineStr'><is><t>&i;</t>"
    with pytest.raises(InputError):
        read(sheet_xml(tmp_path / "l.xlsx", sheet + b"</is></c></row></sheetData></worksheet>"))


def test_what_is_not_a_workbook_ends_in_an_input_error(tmp_path: Path) -> None:
    for content in (b"PK\x03\x04", b"PK\x03\x04" + b"\x00" * 500, b"PK\x03\x04[Content_Types].xml"):
        path = tmp_path / "x.xlsx"
        path.write_bytes(content)
        with pytest.raises(MalformedInput):
            read(path)


@pytest.mark.shared
def test_another_hands_file_in_this_layout_is_read(shared: Path) -> None:
    path = shared / "data/patents/fixtures/export_formats_synthetic/espacenet_sample.csv"
    assert READER.recognise(path.read_bytes(), Source(path))
    records, rejects = read(path)
    assert len(records) == 6
    assert not any(reject.fatal for reject in rejects)


def test_every_item_is_carried_or_marked() -> None:
    assert READER.carries | set(READER.lacks) == set(get_args(Carries))
    assert not READER.carries & set(READER.lacks)


def survive(path: Path) -> None:
    try:
        records, _ = read(path)
    except InputError:
        return
    for record in records:
        for table, found in record.rows():
            to_arrow(table, found)


@settings(max_examples=150)
@given(data=st.data())
def test_damaged_csv_never_raises(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([RESULTS, CLASSIC])).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    path = tmp_path_factory.mktemp("fuzz") / "f.csv"
    path.write_bytes(content[: data.draw(st.integers(1, max(len(content), 1)))] or b"x")
    survive(path)


def test_damaged_workbooks_never_raise(tmp_path: Path) -> None:
    content = workbook(tmp_path / "w.xlsx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    chance = random.Random(20260102)
    for index in range(150):
        path = tmp_path / f"f{index}.xlsx"
        if index % 2:
            broken = bytearray(content)
            for _ in range(chance.randint(1, 5)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            path.write_bytes(broken[: chance.randint(1, len(broken))] if index % 10 == 1 else broken)
        else:
            broken = bytearray(sheet)
            for _ in range(chance.randint(1, 5)):
                broken[chance.randrange(len(broken))] = chance.choice(b"<>&'\"0 9Az\x00\xff")
            sheet_xml(path, bytes(broken))
        survive(path)
