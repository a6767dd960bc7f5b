from __future__ import annotations

import pickle
import random
import shutil
import zipfile
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.corpus import numbers
from chizai.corpus.readers import patentsview, patentsview_join
from chizai.corpus.readers.base import Carries, Chunk, Source
from chizai.corpus.readers.drafts import bare_us_id, plain_us_id
from chizai.corpus.readers.patentsview import READER
from chizai.corpus.schema import Record, Reject, to_arrow
from chizai.errors import EmptyInput, HostileInput, InputError, MalformedInput

FOLDER = Path(__file__).parent / "data" / "patentsview"


def source(folder: Path) -> Source:
    (found,) = READER.bundles([path for path in folder.rglob("*") if path.is_file()])
    return found


def read(found: Source) -> tuple[list[Record], list[Reject]]:
    records: list[Record] = []
    rejects: list[Reject] = []
    for item in READER.chunks(found):
        for row in READER.records(item) if isinstance(item, Chunk) else [item]:
            (records if isinstance(row, Record) else rejects).append(row)  # type: ignore[arg-type]
    return records, rejects


def table(path: Path, header: str, *rows: str) -> Path:
    path.write_text("\n".join([header.replace(" ", "\t"), *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def whole() -> tuple[list[Record], list[Reject]]:
    return read(source(FOLDER))


def test_the_files_of_a_folder_are_one_source() -> None:
    found = source(FOLDER)
    assert found.path.name == "g_patent.tsv"
    assert len(found.bundle) == 19
    assert all(READER.recognise(path.read_bytes(), Source(path)) for path in found.bundle)
    assert not READER.recognise(b"id\ttitle\n1\tA\n", Source(FOLDER.parent / "google" / "export.csv"))


def test_files_of_other_formats_and_folders_stay_out(tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copytree(FOLDER, tmp_path / name)
    (tmp_path / "a" / "notes.txt").write_text("nothing\tof interest\n")
    (tmp_path / "a" / "empty.tsv").write_text("")
    found = READER.bundles(sorted(path for path in tmp_path.rglob("*") if path.is_file()))
    assert [item.path.parent.name for item in found] == ["a", "b"]
    assert all(path.name.startswith("g_") for item in found for path in item.bundle)


def test_granted_and_pregrant_tables_are_two_sources(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    table(
        tmp_path / "pg_published_application.tsv",
        "pgpub_id application_id filing_date patent_type published_date wipo_kind application_title "
        "application_abstract",
        "20160999001\t15999001\t2016-02-29\tutility\t2016-09-08\tA1\tBlade\tA blade that bends.",
    )
    table(
        tmp_path / "pg_cpc_current.tsv",
        "pgpub_id cpc_sequence cpc_section cpc_class cpc_subclass cpc_group cpc_type cpc_version_indicator",
        "20160999001\t0\tF\tF03\tF03B\tF03B13/264\tinventional\t2016-01-01",
    )
    granted, pregrant = READER.bundles(sorted(tmp_path.iterdir()))
    assert granted.path.name == "g_patent.tsv"
    (record,), rejects = read(pregrant)
    assert record.publication.publication_id == "US-2016999001-A1"
    assert record.publication.publication_date == date(2016, 9, 8)
    assert record.application is not None
    assert record.application.filing_date == date(2016, 2, 29)
    assert [(c.symbol, c.inventive) for c in record.classifications] == [("F03B13/264", True)]
    assert [t.part for t in record.texts] == ["title", "abstract"]
    assert "pg_assignee_disambiguated" in rejects[0].detail
    assert "citation" not in rejects[0].detail
    assert len(read(granted)[0]) == 4


def test_the_patents_come_in_the_order_of_the_main_table(whole: tuple[list[Record], list[Reject]]) -> None:
    publications = [record.publication for record in whole[0]]
    assert [p.publication_id for p in publications] == [
        "US-10999001-B2",
        "US-10999002-B1",
        "US-D999003-S1",
        "US-10999004-B2",
    ]
    assert [(p.claims, p.publication_date, p.legal_status) for p in publications] == [
        (20, date(2018, 6, 19), None),
        (7, date(2018, 6, 19), None),
        (1, date(2018, 7, 3), None),
        (3, None, "withdrawn"),
    ]


def test_printed_names_are_preferred_and_places_are_joined(whole: tuple[list[Record], list[Reject]]) -> None:
    first, second, third, _ = whole[0]
    assert [(p.role, p.name, p.country, p.address, p.kind) for p in first.parties] == [
        ("applicant", "HARBOUR CURRENT CO., LTD.", "JP", "Nagasaki", "company"),
        ("applicant", "Northlight Energy, LLC", "US", "Bangor, ME", "company"),
        ("inventor", "Ann B. Carter", "US", "Bangor, ME", None),
        ("inventor", "Jun Mori", "JP", "Nagasaki", None),
    ]
    assert [(p.name, p.kind) for p in second.parties] == [("Ann B. Carter", "person")]
    assert [(p.name, p.country) for p in third.parties] == [("Lena Fischer", "DE")]


def test_symbols_stand_in_their_sequence(whole: tuple[list[Record], list[Reject]]) -> None:
    found = [(c.scheme, c.symbol, c.sequence, c.inventive) for c in whole[0][0].classifications]
    assert found == [("cpc", "F03B13/264", 1, True), ("cpc", "F05B2240/97", 2, False), ("ipc", "F03B13/26", 1, True)]


def test_applications_and_priorities(whole: tuple[list[Record], list[Reject]]) -> None:
    first = whole[0][0]
    assert first.application is not None
    assert (first.application.filing_date, first.application.original) == (date(2016, 2, 29), "15999001")
    # The child document is this patent itself and the related publication is not an application.
    assert [(p.office, p.priority_date, p.linkage) for p in first.priorities] == [
        ("JP", date(2015, 3, 2), "priority"),
        ("US", date(2015, 4, 1), "provisional"),
        ("US", date(2015, 6, 1), "continuation_in_part"),
    ]


def test_citations_of_all_four_tables(whole: tuple[list[Record], list[Reject]]) -> None:
    found = [(c.cited_id, c.cited_text, c.patent, c.cited_by) for c in whole[0][0].citations]
    assert found == [
        ("US-7999010-B2", "US 7999010 B2", True, "examiner"),
        ("US-D599011-S1", "US D599011 S1", True, "applicant"),
        ("US-2012999012-A1", "US 20120999012 A1", True, "applicant"),
        ("EP-2999013", "EP 2999013", True, "applicant"),
        (None, "GB no number", True, "applicant"),
        (None, "Office action of\t2016.", False, None),
        (None, "Mori, J., Tidal flow, 2009.", False, None),
    ]
    assert whole[0][0].citations[0].cited_date == date(2011, 8, 16)
    assert whole[0][1].citations[0].cited_by is None  # 'cited by other'


@given(
    number=st.integers(1_000_000, 12_999_999).map(str)
    | st.tuples(st.integers(2001, 2030), st.integers(1, 999_999)).map(lambda pair: f"{pair[0]}{pair[1]:07d}")
    | st.tuples(st.integers(2001, 2030), st.integers(1, 999_999)).map(lambda pair: f"{pair[0]}{pair[1]:06d}"),
    kind=st.sampled_from(["A", "A1", "A2", "B1", "B2", "S1", "E1", "H1", None]),
)
def test_ids_of_plain_numbers_are_those_of_the_numbers_module(number: str, kind: str | None) -> None:
    found = plain_us_id(number, kind)
    assert found is None or found == numbers.publication("US", number, kind).id
    assert plain_us_id("7999010", "B2") is not None


@given(
    number=st.integers(1_000, 12_999_999).map(str)
    | st.tuples(st.integers(2000, 2099), st.integers(0, 999_999)).map(lambda pair: f"{pair[0]}/{pair[1]:07d}")
)
def test_ids_of_bare_numbers_are_those_of_the_numbers_module(number: str) -> None:
    found = bare_us_id(number)
    assert found is None or found == numbers.publication("US", number, None).id
    assert bare_us_id("7999010") is not None


def test_texts_keep_line_breaks_and_quotation_marks(whole: tuple[list[Record], list[Reject]]) -> None:
    texts = [(t.part, t.text) for record in whole[0] for t in record.texts]
    assert ("abstract", "A blade that\nbends.") in texts
    assert ("title", 'Mooring with a "smart" winch') in texts
    assert ("abstract", "Une amarre à treuil.") in texts


def test_the_one_agency_has_every_contract(whole: tuple[list[Record], list[Reject]]) -> None:
    assert [(f.agency, f.contract, f.derived) for f in whole[0][0].fundings] == [
        ("Department of Energy", "DE-AB0000001", False),
        ("Department of Energy", "DE-AB0000002", False),
    ]


def test_what_was_left_out_is_named(whole: tuple[list[Record], list[Reject]]) -> None:
    found = [(reject.row, reject.fatal, reject.column) for reject in whole[1]]
    assert found == [(0, False, None), (3, False, "ipc"), (5, False, "patent_date")]
    assert "1 rows belong to patents that the main table does not hold" in whole[1][0].detail


def test_two_tables_are_enough_and_the_absent_ones_are_named_once(tmp_path: Path) -> None:
    for name in ("g_patent.tsv", "g_cpc_current.tsv"):
        shutil.copy(FOLDER / name, tmp_path)
    records, rejects = read(source(tmp_path))
    assert [len(record.classifications) for record in records] == [2, 1, 0, 0]
    notes = [reject for reject in rejects if reject.code == "missing-column"]
    assert len(notes) == 1
    assert not notes[0].fatal
    assert "g_application (application number, filing date)" in notes[0].detail


def test_without_the_main_table_there_is_one_clear_error(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "g_cpc_current.tsv", tmp_path)
    with pytest.raises(MalformedInput, match="g_patent"):
        read(source(tmp_path))


def test_zipped_tables_and_one_zip_of_all_are_read(tmp_path: Path, whole: tuple[list[Record], list[Reject]]) -> None:
    single, one = tmp_path / "single", tmp_path / "one"
    single.mkdir()
    one.mkdir()
    with zipfile.ZipFile(one / "all.zip", "w", zipfile.ZIP_DEFLATED) as everything:
        for path in FOLDER.iterdir():
            everything.write(path, path.name)
            with zipfile.ZipFile(single / f"{path.name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(path, path.name)
    assert read(source(single))[0] == whole[0]
    assert read(source(one))[0] == whole[0]


def test_the_order_of_rows_and_the_size_of_chunks_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: tuple[list[Record], list[Reject]]
) -> None:
    chance = random.Random(3)
    for path in FOLDER.iterdir():
        header, *rows = path.read_text("utf-8").rstrip("\n").replace("that\nbends", "that§bends").split("\n")
        if path.name != "g_patent.tsv" and "gov" not in path.name:
            chance.shuffle(rows)
        (tmp_path / path.name).write_text("\n".join([header, *rows]).replace("§", "\n") + "\n", "utf-8")
    monkeypatch.setattr(patentsview_join, "PATENTS_PER_CHUNK", 1)
    chunks = [item for item in READER.chunks(source(tmp_path)) if isinstance(item, Chunk)]
    assert len(chunks) == 4
    again = [row for chunk in pickle.loads(pickle.dumps(chunks)) for row in READER.records(chunk)]
    assert [row for row in again if isinstance(row, Record)] == whole[0]


def test_the_raw_tables_of_before_2023_are_read(tmp_path: Path) -> None:
    table(
        tmp_path / "patent.tsv",
        "id type number country date abstract title kind num_claims filename withdrawn",
        "10999001\tutility\t10999001\tUS\t2018-06-19\tIt bends.\tBlade\tB2\t20\tipg180619.xml\t0",
    )
    table(
        tmp_path / "application.tsv",
        "id patent_id series_code number country date",
        "15/15999001\t10999001\t15\t15999001\tUS\t2016-02-29",
    )
    table(
        tmp_path / "rawassignee.tsv",
        "uuid patent_id assignee_id rawlocation_id type name_first name_last organization sequence",
        "u1\t10999001\ta1\tr1\t3\tNULL\tNULL\tHARBOUR CURRENT CO., LTD.\t0",
    )
    table(
        tmp_path / "rawinventor.tsv",
        "uuid patent_id inventor_id rawlocation_id name_first name_last sequence rule_47 deceased",
        "u2\t10999001\ti1\tr2\tAnn\tCarter\t0\tFALSE\tNULL",
    )
    table(
        tmp_path / "rawlocation.tsv",
        "id location_id city state country country_transformed",
        "r1\tl1\tNagasaki\tNULL\tJP\tJP",
        "r2\tl2\tBangor\tME\tUS\tUS",
    )
    table(
        tmp_path / "cpc_current.tsv",
        "uuid patent_id section_id subsection_id group_id subgroup_id category sequence",
        "u3\t10999001\tF\tF03\tF03B\tF03B13/264\tinventional\t0",
    )
    table(
        tmp_path / "ipcr.tsv",
        "uuid patent_id classification_level section ipc_class subclass main_group subgroup symbol_position "
        "classification_value classification_status classification_data_source action_date ipc_version_indicator "
        "sequence",
        "u4\t10999001\tA\tF\t03\tB\t13\t26\tF\tI\tB\tH\t2018-06-19\t2006-01-01\t0",
    )
    table(
        tmp_path / "uspatentcitation.tsv",
        "uuid patent_id citation_id date name kind country category sequence",
        "u5\t10999001\t7999010\t2011-08-01\tAdams\tB2\tUS\tcited by examiner\t0",
    )
    table(
        tmp_path / "foreigncitation.tsv",
        "uuid patent_id date number country category sequence",
        "u6\t10999001\t2015-11-01\t2999013\tEP\tcited by applicant\t0",
    )
    table(tmp_path / "otherreference.tsv", "uuid patent_id text sequence", "u7\t10999001\tMori, 2009.\t0")
    table(tmp_path / "rel_app_text.tsv", "uuid patent_id text sequence", "u8\t10999001\tThis claims benefit.\t0")
    table(
        tmp_path / "usreldoc.tsv",
        "uuid patent_id doctype relkind reldocno country date status sequence kind",
        "u9\t10999001\tdivision\tparent document\t14999006\tUS\t2015-06-01\tGRANTED\t0\tNULL",
    )
    (record,), _ = read(source(tmp_path))
    assert record.publication.publication_id == "US-10999001-B2"
    assert record.application is not None
    assert [(p.name, p.country, p.address) for p in record.parties] == [
        ("HARBOUR CURRENT CO., LTD.", "JP", "Nagasaki"),
        ("Ann Carter", "US", "Bangor, ME"),
    ]
    assert [c.symbol for c in record.classifications] == ["F03B13/264", "F03B13/26"]
    assert [c.cited_id for c in record.citations] == ["US-7999010-B2", "EP-2999013", None]
    assert record.citations[-1].cited_text == "Mori, 2009."
    assert [p.linkage for p in record.priorities] == ["division"]


def test_unquoted_tables_may_hold_quotation_marks(tmp_path: Path) -> None:
    table(
        tmp_path / "g_patent.tsv",
        "patent_id patent_type patent_date patent_title wipo_kind num_claims withdrawn filename",
        '10999001\tutility\t2018-06-19\t"Smart winch\tB2\t20\t0\tx.xml',
        "10999002\tutility\t2018-06-19\tTurbine\tB2\t3\t0\tx.xml",
    )
    records, _ = read(source(tmp_path))
    assert [record.texts[0].text for record in records] == ['"Smart winch', "Turbine"]


def test_rows_with_a_wrong_number_of_cells_and_second_patents_do_not_stop_the_rest(tmp_path: Path) -> None:
    table(
        tmp_path / "g_patent.tsv",
        "patent_id patent_date patent_title",
        "10999001\t2018-06-19\tBlade",
        "10999002\t2018-06-19",
        "10999001\t2018-06-19\tBlade again",
        "nothing\t2018-06-19\tNo number",
        "10999003\t2018-06-19\tLast",
    )
    records, rejects = read(source(tmp_path))
    assert [record.texts[0].text for record in records] == ["Blade", "Last"]
    assert [reject.code for reject in rejects if reject.fatal] == ["malformed-input", "malformed-input", "bad-number"]


def test_bytes_that_are_not_utf_8_become_replacement_characters(tmp_path: Path) -> None:
    rows = b"".join(b"109%05d\t2018-06-19\tSm\xf6rg\xe5s \xe6\x97\xa5\n" % number for number in range(40_000))
    (tmp_path / "g_patent.tsv").write_bytes(b"patent_id\tpatent_date\tpatent_title\n" + rows)
    records, _ = read(source(tmp_path))
    assert len(records) == 40_000
    assert {record.texts[0].text for record in records} == {"Sm\ufffdrg\ufffds 日"}


def test_a_bomb_an_endless_cell_and_a_table_without_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = b"patent_id\tpatent_date\tpatent_title\n"
    path = tmp_path / "g_patent.tsv"
    path.write_bytes(header)
    with pytest.raises(EmptyInput):
        read(source(tmp_path))
    path.write_bytes(header + b'"10999001"\t"2018-06-19"\t"' + b"x" * 40_000_000)
    with pytest.raises(MalformedInput):
        read(source(tmp_path))
    path.unlink()
    with zipfile.ZipFile(tmp_path / "g_patent.tsv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("g_patent.tsv", header + b"\n" * 200_000_000)
    with pytest.raises(HostileInput):
        read(source(tmp_path))


def test_every_item_is_carried_or_marked() -> None:
    assert READER.carries | set(READER.lacks) == set(get_args(Carries))
    assert not READER.carries & set(READER.lacks)


def test_damaged_sets_never_raise(tmp_path: Path) -> None:
    chance = random.Random(20260103)
    names = sorted(path.name for path in FOLDER.iterdir())
    for index in range(40):
        folder = tmp_path / str(index)
        shutil.copytree(FOLDER, folder)
        for name in chance.sample(names, 3):
            broken = bytearray((folder / name).read_bytes())
            for _ in range(chance.randint(1, 5)):
                position = chance.randrange(len(broken))
                broken[position : position + chance.randint(0, 4)] = chance.randbytes(chance.randint(0, 4))
            if chance.random() < 0.3:
                broken = broken[: chance.randint(1, max(len(broken), 1))]
            (folder / name).write_bytes(broken)
        for found in READER.bundles(sorted(folder.iterdir())):
            try:
                records, _ = read(found)
            except InputError:
                continue
            for record in records:
                for name, rows in record.rows():
                    to_arrow(name, rows)


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patentsview.tempfile, "tempdir", str(tmp_path))
    chunks = READER.chunks(source(FOLDER))
    next(chunks)
    assert list(tmp_path.iterdir())
    chunks.close()  # type: ignore[attr-defined]
    assert not list(tmp_path.iterdir())
