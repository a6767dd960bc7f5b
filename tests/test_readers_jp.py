"""J-PlatPat lists and responses of the JPO's API.

The fixtures in tests/data/jp are written by hand in the layout of the real ones; names and numbers are invented. The
real API responses (``shared``) name natural persons and stay where they are.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import random
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.corpus.readers import jplatpat, jpo_api
from chizai.corpus.readers.base import Carries, Source, expand
from chizai.corpus.schema import Application, Citation, Classification, Party, Priority, Record, Reject, Text
from chizai.errors import EmptyInput, InputError, MissingColumn, NoBibliography

DATA = Path(__file__).parent / "data" / "jp"
READERS = (jplatpat.READER, jpo_api.READER)


def read(reader: Any, path: Path, bundle: tuple[Path, ...] = ()) -> list[Record | Reject]:
    found: list[Record | Reject] = []
    for source in [Source(path, bundle=bundle)] if bundle else expand(path):
        for chunk in reader.chunks(source):
            found += [chunk] if isinstance(chunk, Reject) else list(reader.records(chunk))
    return found


def records(found: list[Record | Reject]) -> list[Record]:
    return [item for item in found if isinstance(item, Record)]


def rejects(found: list[Record | Reject]) -> list[Reject]:
    return [item for item in found if isinstance(item, Reject)]


def ids(found: list[Record | Reject]) -> list[str]:
    return [item.publication.publication_id for item in records(found)]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_every_item_is_either_carried_or_marked(reader: Any) -> None:
    assert reader.carries | reader.lacks.keys() == set(get_args(Carries))
    assert not reader.carries & reader.lacks.keys()


@pytest.mark.parametrize(("name", "expected"), [("jplatpat.csv", "jplatpat"), ("jpo_api.jsonl", "jpo-api")])
def test_each_file_is_claimed_by_its_own_reader_only(name: str, expected: str) -> None:
    source = Source(DATA / name)
    assert [reader.name for reader in READERS if reader.recognise(source.head(), source)] == [expected]


# J-PlatPat


@pytest.fixture(scope="module")
def listed() -> list[Record | Reject]:
    return read(jplatpat.READER, DATA / "jplatpat.csv")


def test_jplatpat_row_of_a_granted_patent(listed: list[Record | Reject]) -> None:
    record = records(listed)[0]
    own = "JP-9990001-B2"
    assert (record.publication.publication_id, record.publication.kind_class) == (own, "grant")
    assert record.publication.publication_date == date(2023, 11, 20)
    assert record.publication.legal_status == "特許 有効"
    assert record.application == Application(
        "JP-2019999001-A", "JP", "2019999001", date(2019, 10, 2), "特願2019-999001"
    )
    assert record.parties == [
        Party(own, "applicant", 1, "例示工業株式会社"),
        Party(own, "applicant", 2, "国立大学法人例示大学"),
    ]
    # G05D1/10,400@A is one FI symbol: subdivision 400, facet A.
    assert record.classifications == [
        Classification(own, "fi", "B64C39/02", 1),
        Classification(own, "fi", "B64C27/08", 2),
        Classification(own, "fi", "G05D1/10,400@A", 3),
    ]
    assert record.texts == [
        Text(own, "title", "ja", "小型無人航空機"),
        Text(own, "abstract", "ja", "【課題】飛行を安定させる。【解決手段】回転翼を備える。"),
    ]


def test_jplatpat_reads_full_width_letters_eras_and_marks_of_replaced_characters(listed: list[Record | Reject]) -> None:
    record = records(listed)[1]
    assert record.publication.publication_id == "JP-2021999002-A"
    assert record.publication.publication_date == date(2021, 6, 10)
    assert record.publication.original == "特開２０２１－９９９００２"
    assert record.application is not None
    assert record.application.filing_date == date(2019, 12, 3)
    names = [party.name for party in record.parties]
    assert names == ["高見本株式会社", "Ｅｘａｍｐｌｅ　Ｃｏ．，Ｌｔｄ．", "Sample Co., Ltd."]
    assert [item.symbol for item in record.classifications] == ["H01M10/0525"]


def test_jplatpat_keeps_a_grant_that_the_row_names_beside_another_document(listed: list[Record | Reject]) -> None:
    assert ids(listed) == ["JP-9990001-B2", "JP-2021999002-A", "JP-2021999003-A", "JP-9990003-B2"]
    application, grant = records(listed)[2:]
    assert grant.publication.publication_date is None
    assert grant.publication.application_id == application.publication.application_id


def test_jplatpat_names_row_column_and_value_of_what_it_drops(listed: list[Record | Reject]) -> None:
    dropped, refused = rejects(listed)
    assert (dropped.row, dropped.column, dropped.value, dropped.fatal) == (4, "出願日", "2019/13/45", False)
    assert (refused.row, refused.code, refused.column, refused.value, refused.fatal) == (
        5,
        "bad-number",
        "文献番号",
        "読めない番号",
        True,
    )


@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig", "utf-16"])
def test_jplatpat_reads_the_same_in_every_encoding(
    tmp_path: Path, encoding: str, listed: list[Record | Reject]
) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes((DATA / "jplatpat.csv").read_text(encoding="utf-8").encode(encoding))
    source = Source(path)
    assert jplatpat.READER.recognise(source.head(), source)
    assert read(jplatpat.READER, path) == listed


def table(tmp_path: Path, header: list[str], *rows: list[str]) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    path = tmp_path / "table.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def test_a_list_of_another_search_tool_gives_each_document_with_its_own_date(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        ["出願番号", "出願日", "公開・公表番号", "公開・公表日", "登録番号", "登録日", "発明の名称",
         "更新出願人・権利者氏名", "発明者", "公報IPC", "公報Fターム", "優先権主張番号", "優先日", "請求項の数",
         "ステイタス"],
        ["特願2019-999001", "2019.10.02", "2020-999001", "2020.06.30", "9990001", "2023.11.10", "小型無人航空機",
         "例示工業株式会社", "例示 太郎;見本 花子", "B64C 39/02 (2006.01);G05D 1/10", "5H301AA06;5H301BB10;注",
         "特願2018-999002", "2018.11.20", "７", "権利存続中"],
    )  # fmt: skip
    source = Source(path)
    assert jplatpat.READER.recognise(source.head(), source)
    found = read(jplatpat.READER, path)
    assert rejects(found) == []
    application, grant = records(found)
    assert (application.publication.publication_id, application.publication.publication_date) == (
        "JP-2020999001-A",
        date(2020, 6, 30),
    )
    assert (grant.publication.publication_id, grant.publication.grant_date) == ("JP-9990001-B2", date(2023, 11, 10))
    assert grant.publication.publication_date is None
    assert [(item.role, item.name) for item in grant.parties] == [
        ("applicant", "例示工業株式会社"),
        ("inventor", "例示 太郎"),
        ("inventor", "見本 花子"),
    ]
    assert [(item.scheme, item.symbol) for item in grant.classifications] == [
        ("ipc", "B64C39/02"),
        ("ipc", "G05D1/10"),
        ("fterm", "5H301AA06"),
        ("fterm", "5H301BB10"),
    ]
    assert grant.priorities == [Priority("JP-9990001-B2", 1, "JP-2018999002-A", "JP", date(2018, 11, 20))]
    assert (application.publication.claims, application.publication.legal_status) == (7, "権利存続中")


def test_claims_are_counted_by_their_highest_number(tmp_path: Path) -> None:
    claims = "【請求項１】回転翼を備える機体。【請求項２】請求項１に記載の機体。"
    path = table(
        tmp_path,
        ["文献番号", "出願番号", "出願日", "発明の名称", "請求の範囲"],
        ["特開2021-999002", "特願2019-999002", "2019/12/03", "電池", claims],
    )
    (record,) = records(read(jplatpat.READER, path))
    assert record.publication.claims == 2
    assert Text("JP-2021999002-A", "claims", "ja", claims) in record.texts


def test_a_table_read_as_a_list_by_force_says_which_columns_are_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingColumn, match="文献番号"):
        read(jplatpat.READER, table(tmp_path, ["題名", "番号"], ["電池", "1"]))


def test_a_short_row_is_read_and_a_long_one_rejected(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        ["文献番号", "出願番号", "出願日", "発明の名称", "FI"],
        ["特開2021-999002", "特願2019-999002", "2019/12/03"],
        ["特開2021-999003", "特願2019-999003", "2019/12/03", "電池", "H01M4/00", "", ""],
        ["特開2021-999004", "特願2019-999004", "2019/12/03", "電池", "H01M4/00", "over"],
    )
    found = read(jplatpat.READER, path)
    assert ids(found) == ["JP-2021999002-A", "JP-2021999003-A"]
    assert [(item.row, item.code) for item in rejects(found)] == [(4, "malformed-input")]


@pytest.mark.parametrize(
    "header",
    [
        "title,abstract,applicant,ipc,date",
        "タイトル,要約,出願人,IPC,出願日",
        "Jurisdiction,Kind,Display Key,Lens ID",
        "文献番号,著者,誌名,発行日",
        "",
    ],
)
def test_tables_that_are_no_list_of_publications_are_left_to_other_readers(header: str) -> None:
    assert not jplatpat.READER.recognise(header.encode(), Source(DATA / "jplatpat.csv"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020/01/31", date(2020, 1, 31)),
        ("20200131", date(2020, 1, 31)),
        ("２０２０年１月３１日", date(2020, 1, 31)),
        ("平成27年（2015）1月15日", date(2015, 1, 15)),
        ("平成元年1月8日", date(1989, 1, 8)),  # the first day of the era
        ("昭和64年1月7日", date(1989, 1, 7)),  # the last day of the one before
        ("S60.3.12", date(1985, 3, 12)),
        ("R6-4-1", date(2024, 4, 1)),
        ("2020/01/31 00:00:00", date(2020, 1, 31)),
        ("0000/00/00", None),
        ("－", None),
    ],
)
def test_dates_in_western_years_and_eras(text: str, expected: date | None) -> None:
    assert jplatpat.date_of(text) == expected


@given(st.text(max_size=30))
def test_no_text_breaks_a_date_a_name_or_a_symbol(text: str) -> None:
    with contextlib.suppress(ValueError):
        jplatpat.date_of(text)
    assert all(name.strip() for name in jplatpat.names_of(text))
    assert all(symbol[:1].isalpha() for symbol in jplatpat.symbols_of(text))


@given(
    st.lists(
        st.sampled_from(["H02J3/00", "H02J3/00,170", "G06F16/00@A", "B64C39/02", "H01L21/02,301@Z", "G06Q50/10,100"]),
        unique=True,
    ),
    st.sampled_from([",", ";", "；", "、", " , "]),
)
def test_fi_symbols_survive_being_joined(symbols: list[str], separator: str) -> None:
    assert jplatpat.symbols_of(separator.join(symbols)) == symbols


# the JPO's API


@pytest.fixture(scope="module")
def answered() -> list[Record | Reject]:
    return read(jpo_api.READER, DATA / "jpo_api.jsonl")


def test_jpo_responses_on_one_application_are_joined_into_its_documents(answered: list[Record | Reject]) -> None:
    assert ids(answered) == ["JP-2020999001-A", "JP-9990001-B2", "JP-1699901-S"]
    application, grant, _ = records(answered)
    assert application.publication.publication_date == date(2020, 6, 30)
    assert (grant.publication.grant_date, grant.publication.claims) == (date(2023, 11, 10), 7)
    assert (application.publication.legal_status, grant.publication.legal_status) == (None, "registered")
    assert application.application == Application(
        "JP-2019999001-A", "JP", "2019999001", date(2019, 10, 2), "2019999001"
    )


def test_jpo_applicants_exclude_attorneys_and_a_grant_names_its_owner(answered: list[Record | Reject]) -> None:
    application, grant, _ = records(answered)
    assert [party.name for party in application.parties] == ["例示工業株式会社", "国立大学法人例示大学"]
    assert grant.parties == [Party("JP-9990001-B2", "applicant", 1, "例示ホールディングス株式会社", kind="assignee")]


def test_jpo_priorities_from_abroad_and_at_home(answered: list[Record | Reject]) -> None:
    own = "JP-2020999001-A"
    assert records(answered)[0].priorities == [
        Priority(own, 1, "KR-20180099001-A", "KR", date(2018, 10, 3)),
        Priority(own, 2, "JP-2018999002-A", "JP", date(2018, 11, 20)),
    ]


def test_jpo_citations_go_to_the_last_document_with_their_phase(answered: list[Record | Reject]) -> None:
    application, grant, _ = records(answered)
    own = "JP-9990001-B2"
    assert application.citations == []
    assert grant.citations == [
        Citation(own, 1, "JP-2002999001-A", "JPA 414999001", True, "examiner", None, "refusal_reason"),
        Citation(own, 2, "JP-H0999002-A", "JPA 409099002", True, "examiner", None, "prior_art_search"),
        Citation(own, 3, "JP-2002999001-A", "JPA 414999001", True, "examiner", None, "grant_decision"),
        Citation(own, 4, None, "???", True, "examiner", None, "grant_decision"),
        Citation(
            own, 5, None, "例示 太郎, 無人機の制御, 例示学会誌, 20150401", False, "examiner", None, "refusal_reason"
        ),
    ]


def test_jpo_designs_are_read_as_designs(answered: list[Record | Reject]) -> None:
    design = records(answered)[2]
    assert (design.publication.kind_class, design.publication.kind) == ("design", "S")
    assert (design.publication.grant_date, design.publication.legal_status) == (date(2021, 2, 19), "extinguished")
    assert design.publication.application_id == "JP-2020999003-F"
    assert design.texts == [Text("JP-1699901-S", "title", "ja", "無人航空機")]


def test_jpo_answers_that_hold_no_publication_are_rejects_with_the_reason(answered: list[Record | Reject]) -> None:
    reasons = {item.row: item.detail for item in rejects(answered)}
    assert "no data for this number" in reasons[5]
    assert "trademark" in reasons[6]
    assert "no published document" in reasons[7]
    assert set(reasons) == {5, 6, 7}
    assert all(item.fatal for item in rejects(answered))


@pytest.mark.parametrize("status", ["107", "203", "210", "303", "999", "777", 107, None, [], {}])
def test_an_error_status_becomes_a_reject_that_names_it(tmp_path: Path, status: Any) -> None:
    path = tmp_path / "error.json"
    path.write_text(
        json.dumps({"result": {"statusCode": status, "errorMessage": "誤り", "data": {}}}), encoding="utf-8"
    )
    source = Source(path)
    assert jpo_api.READER.recognise(source.head(), source)
    (refused,) = read(jpo_api.READER, path)
    assert isinstance(refused, Reject)
    assert refused.code == "input"
    assert "誤り" in refused.detail


def test_an_array_a_pretty_printed_value_and_lines_read_the_same(
    tmp_path: Path, answered: list[Record | Reject]
) -> None:
    lines = [json.loads(line) for line in (DATA / "jpo_api.jsonl").read_text(encoding="utf-8").splitlines()]
    for indent in (None, 2):
        path = tmp_path / "array.json"
        path.write_text(json.dumps(lines, ensure_ascii=indent is None, indent=indent), encoding="utf-8")
        source = Source(path)
        assert jpo_api.READER.recognise(source.head(), source)
        assert read(jpo_api.READER, path) == answered
    pretty = tmp_path / "one.json"
    pretty.write_text(json.dumps(lines[3], indent=2), encoding="utf-8")
    assert ids(read(jpo_api.READER, pretty)) == ["JP-1699901-S"]


def test_files_of_one_bundle_are_joined(tmp_path: Path, answered: list[Record | Reject]) -> None:
    paths = []
    for number, line in enumerate((DATA / "jpo_api.jsonl").read_text(encoding="utf-8").splitlines()):
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(line, encoding="utf-8")
    assert read(jpo_api.READER, paths[0], bundle=tuple(paths)) == answered
    # Alone, the citations name no document.
    (refused,) = read(jpo_api.READER, paths[1])
    assert isinstance(refused, Reject)
    assert "app_progress" in refused.detail


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"publicationNumber": "2021999001", "registrationNumber": "9990001"}, ["JP-2021999001-A", "JP-9990001-B2"]),
        ({"publicationNumber": "", "registrationNumber": "9990001"}, ["JP-9990001-B1"]),
        ({"registrationNumber": "9990001"}, ["JP-9990001"]),
        ({"internationalPublicationNumber": "WO2019999001", "publicationNumber": "", "registrationNumber": "9990001"},
         ["JP-9990001-B2"]),
        ({"nationalPublicationNumber": "2021599001"}, ["JP-2021599001-A"]),
        ({"publicationNumber": "409099002", "ADPublicationNumber": "1997099002"}, ["JP-H0999002-A"]),
    ],
)  # fmt: skip
def test_the_kind_follows_from_the_course_of_the_application(
    tmp_path: Path, data: dict[str, str], expected: list[str]
) -> None:
    result = {"statusCode": "100", "data": {"applicationNumber": "2019999001", "inventionTitle": "名", **data}}
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"result": result}), encoding="utf-8")
    assert ids(read(jpo_api.READER, path)) == expected


def test_an_empty_or_broken_json_file_is_one_clear_answer(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text('{"result": {"statusCode": "100", "data": {"applicationNumber": "20', encoding="utf-8")
    (refused,) = read(jpo_api.READER, path)
    assert isinstance(refused, Reject)
    assert refused.code == "malformed-input"
    path.write_text('{"result":' * 100_000, encoding="utf-8")
    assert [type(item) for item in read(jpo_api.READER, path)] == [Reject]
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(EmptyInput):
        read(jpo_api.READER, path)


def mangled(value: Any, rng: random.Random) -> Any:
    """The same JSON with values of other types put in here and there."""
    odd: list[Any] = [None, True, -1, 10**30, 1.5, "", "x" * 50, "99999999", "\ud800", [], {}, [[1]], {"a": {"b": []}}]
    if rng.random() < 0.06:
        return rng.choice(odd)
    if isinstance(value, dict):
        return {key: mangled(item, rng) for key, item in value.items()}
    return [mangled(item, rng) for item in value] if isinstance(value, list) else value


def test_values_of_other_types_never_break_the_reader(tmp_path: Path) -> None:
    rng = random.Random(5)
    lines = [json.loads(line) for line in (DATA / "jpo_api.jsonl").read_text(encoding="utf-8").splitlines()]
    path = tmp_path / "odd.jsonl"
    read_any = 0
    for _ in range(300):
        path.write_text("\n".join(json.dumps(mangled(line, rng)) for line in lines), encoding="utf-8")
        found = read(jpo_api.READER, path)
        assert all(isinstance(item, Record | Reject) for item in found)
        read_any += bool(records(found))
    assert read_any > 100


@pytest.mark.parametrize(
    ("reader", "name"),
    [(jplatpat.READER, "jplatpat.csv"), (jpo_api.READER, "jpo_api.jsonl")],
    ids=lambda item: getattr(item, "name", item),
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_damaged_files_never_end_in_anything_but_records_rejects_or_an_input_error(
    tmp_path: Path, reader: Any, name: str, encoding: str
) -> None:
    whole = (DATA / name).read_text(encoding="utf-8").encode(encoding)
    rng = random.Random(11)
    path = tmp_path / "damaged"
    survived = 0
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            place = rng.randrange(len(data))
            match rng.randrange(3):
                case 0:
                    data[place : place + rng.randint(1, 100)] = b""
                case 1:
                    data[place:place] = rng.choice(
                        [b'"', b",", b"\n", b"\x00", b"\xff", b"\x81", b"9" * 5000, b"[" * 99]
                    )
                case 2:
                    data[place] = rng.randrange(256)
        path.write_bytes(bytes(data if rng.random() < 0.7 else data[: rng.randrange(len(data))]) or b" ")
        source = Source(path)
        reader.recognise(source.head(), source)
        try:
            found = read(reader, path)
        except InputError:
            continue
        assert all(isinstance(item, Record | Reject) for item in found)
        survived += bool(records(found))
    assert survived > 20


# the real API responses


def real(shared: Path) -> list[Path]:
    return sorted((shared / "data/patents/fixtures/jpo_api").glob("ip_*"))


@pytest.mark.shared
def test_every_real_api_response_is_read_or_refused_with_its_reason(shared: Path) -> None:
    expected: dict[str, list[str]] = {
        "patent_v1_app_progress_2": ["JP-2021090037-A", "JP-7533889-B2"],
        "patent_v1_app_progress_simple_2": ["JP-2021090037-A", "JP-7533889-B2"],
        "patent_v1_case_number_reference_application": ["JP-2021090037-A", "JP-7533889-B2"],
        "patent_v1_case_number_reference_publication": ["JP-2020123456-A", "JP-7193363-B2"],
        "patent_v1_registration_info": ["JP-7533889"],
        "design_v1_app_progress": ["JP-1680736-S"],
    }
    seen = set()
    for path in real(shared):
        if path.suffix != ".json":
            continue
        source = Source(path)
        assert jpo_api.READER.recognise(source.head(), source), path.name
        found = read(jpo_api.READER, path)
        wanted = next((value for key, value in expected.items() if f"_api_{key}" in path.name), [])
        seen |= {key for key in expected if f"_api_{key}" in path.name}
        assert ids(found) == wanted, path.name
        assert bool(rejects(found)) == (not wanted), path.name
        # The values straight from the JSON.
        data = json.loads(path.read_text(encoding="utf-8"))["result"]["data"]
        for record in records(found):
            assert record.application is not None
            assert record.application.original == data["applicationNumber"]
            if data.get("filingDate"):
                assert f"{record.application.filing_date:%Y%m%d}" == data["filingDate"]
            title = data.get("inventionTitle") or data.get("designArticle")
            assert [text.text for text in record.texts] == ([title] if title else [])
    assert seen == set(expected)


@pytest.mark.shared
def test_real_responses_on_one_application_join_in_a_bundle(shared: Path) -> None:
    paths = tuple(path for path in real(shared) if path.suffix == ".json")
    found = read(jpo_api.READER, paths[0], bundle=paths)
    grant = next(item for item in records(found) if item.publication.publication_id == "JP-7533889-B2")
    assert grant.publication.claims == 5
    assert [item.priority_id for item in grant.priorities] == ["JP-2019210418-A"]
    # As listed in the notice of reasons for refusal and in the decision to grant of the same archive.
    first = ["JP-2002233033-A", "JP-2004064039-A", "JP-H0487383-A", "JP-S6046093-A", "JP-H08167522-A"]
    assert [item.cited_id for item in grant.citations if item.phase == "refusal_reason"] == first
    assert [item.cited_id for item in grant.citations if item.phase == "prior_art_search"] == ["JP-H0974283-A"]
    granted = [*first, "JP-H0974283-A", "JP-2003248131-A"]
    assert [item.cited_id for item in grant.citations if item.phase == "grant_decision"] == granted


@pytest.mark.shared
def test_real_documents_of_the_file_are_refused_by_name(shared: Path) -> None:
    count = 0
    for path in real(shared):
        for source in expand(path):
            if source.suffix == ".xml":
                assert jpo_api.READER.recognise(source.head(), source)
                with pytest.raises(NoBibliography, match="notice"):
                    list(jpo_api.READER.chunks(source))
                count += 1
    assert count == 9


def test_a_folder_of_responses_gives_what_one_file_of_them_gives(tmp_path: Path) -> None:
    """As downloaded: a file a response. What one says on an application is joined with what the others say."""
    from chizai.corpus.convert import convert

    lines = (DATA / "jpo_api.jsonl").read_text(encoding="utf-8").splitlines()
    folder = tmp_path / "responses"
    folder.mkdir()
    for number, line in enumerate(lines):
        (folder / f"{number:03}.json").write_text(line, encoding="utf-8")
    (tmp_path / "one").mkdir()
    together = tmp_path / "one" / "all.jsonl"
    together.write_text("\n".join(lines), encoding="utf-8")
    tables = []
    for name, path in (("folder", folder), ("file", together)):
        convert([path], tmp_path / name)
        tables.append(pq.read_table(tmp_path / name / "citation.parquet").drop(["snapshot", "collection"]))
    assert tables[0].num_rows
    assert tables[0].equals(tables[1])
