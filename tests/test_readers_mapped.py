from __future__ import annotations

import csv
import hashlib
import json
import random
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from chizai.corpus.readers import lens_csv, ppubs
from chizai.corpus.readers.base import Carries, Reader, Source
from chizai.corpus.readers.column_map import ColumnMap, json_schema, parse_map, read_map
from chizai.corpus.readers.mapped import READER, MappedReader
from chizai.corpus.readers.propose_map import propose_map
from chizai.corpus.schema import ARROW_SCHEMAS, Record, Reject, to_arrow
from chizai.errors import BadColumnMap, EmptyInput, HostileInput, InputError, MalformedInput

COLLECTIONS = Path(str(files("chizai") / "data" / "collections"))
GRANTS = COLLECTIONS / "us_grants.parquet"
ROOT = Path(__file__).resolve().parent.parent

HEADER = [
    "公報番号",
    "発行日",
    "出願番号",
    "出願日",
    "出願人",
    "国",
    "発明者",
    "CPC",
    "引用",
    "名称",
    "研究費",
    "被引用",
]
ROWS = [
    ["US 10123456 B2", "2018-11-13", "15/123456", "2016/09/02", "甲株式会社; Beta, Inc.", "JP; US",
     "山田太郎; Doe, Jane", "G06F 16/00; H04L 9/32", "US 7654321 B2; EP1234567A1; not a number", "装置", "JST", "12"],
    ["US 10123457 B1", "", "", "20160903", "Gamma GmbH", "Germany", "", "", "", "Method", "", "many"],
]  # fmt: skip
MAP: dict[str, Any] = {
    "publication": {"number": "公報番号", "date": "発行日", "times_cited": "被引用"},
    "application": {"number": "出願番号", "office": {"constant": "US"}, "filing_date": "出願日"},
    "applicants": {
        "name": {"column": "出願人", "separator": ";"},
        "country": {"column": "国", "separator": ";"},
        "kind": "assignee",
    },
    "inventors": {"name": {"column": "発明者", "separator": ";"}},
    "classes": [{"scheme": "cpc", "symbol": {"column": "CPC", "separator": ";"}, "inventive": True}],
    "citations": {"number": {"column": "引用", "separator": ";"}, "cited_by": {"constant": "examiner"}},
    "texts": [{"part": "title", "text": "名称"}],
    "funding": {"agency": "研究費"},
}


def read(path: Path, reader: Reader | None = None) -> tuple[list[Record], list[Reject]]:
    records: list[Record] = []
    rejects: list[Reject] = []
    reader = reader or MappedReader(parse_map(MAP))
    for chunk in reader.chunks(Source(path)):
        for item in [chunk] if isinstance(chunk, Reject) else reader.records(chunk):
            (records if isinstance(item, Record) else rejects).append(item)  # type: ignore[arg-type]
    return records, rejects


def write_text(path: Path, *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(HEADER)
        writer.writerows(ROWS)
    return path


def write_book(path: Path, *, sheet: str = "Sheet") -> Path:
    book = openpyxl.Workbook()
    active = book.active
    active.title = sheet
    for row in [HEADER, *ROWS]:
        active.append([cell or None for cell in row])
    book.save(path)
    return path


def write_parquet(path: Path) -> Path:
    pq.write_table(pa.table({name: [row[place] for row in ROWS] for place, name in enumerate(HEADER)}), path)
    return path


# one map, every kind of table


def test_a_table_is_read_by_its_map(tmp_path: Path) -> None:
    (first, second), rejects = read(write_text(tmp_path / "a.csv"))
    assert first.publication[:6] == ("US-10123456-B2", "US", "10123456", "B2", "grant", date(2018, 11, 13))
    assert first.publication.times_cited == 12
    assert first.application is not None
    assert (first.application.application_id, first.application.filing_date) == ("US-201615123456-A", date(2016, 9, 2))
    assert [(party.role, party.name, party.country, party.kind) for party in first.parties] == [
        ("applicant", "甲株式会社", "JP", "assignee"),
        ("applicant", "Beta, Inc.", "US", "assignee"),
        ("inventor", "山田太郎", None, None),
        ("inventor", "Doe, Jane", None, None),
    ]
    assert [(item.symbol, item.inventive) for item in first.classifications] == [
        ("G06F16/00", True),
        ("H04L9/32", True),
    ]
    assert [(item.cited_id, item.cited_text, item.cited_by) for item in first.citations] == [
        ("US-7654321-B2", "US 7654321 B2", "examiner"),
        ("EP-1234567-A1", "EP1234567A1", "examiner"),
        (None, "not a number", "examiner"),
    ]
    assert [(item.agency, item.derived) for item in first.fundings] == [("JST", False)]
    assert second.publication.publication_date is None
    assert second.publication.times_cited is None
    assert second.parties[0].country is None
    assert [(item.row, item.column, item.value, item.fatal) for item in rejects] == [
        (3, "被引用", "many", False),
        (3, "国", "Germany", False),
    ]


def test_a_filing_date_without_a_number_is_kept(tmp_path: Path) -> None:
    second = read(write_text(tmp_path / "a.csv"))[0][1]
    assert second.application is not None
    assert second.application.application_id == second.publication.application_id == "US-10123457-B1:application"
    assert second.application.filing_date == date(2016, 9, 3)


def test_csv_tsv_workbook_and_parquet_give_the_same_records(tmp_path: Path) -> None:
    plain = read(write_text(tmp_path / "a.csv"))
    assert read(write_text(tmp_path / "a.tsv", delimiter="\t")) == plain
    assert read(write_text(tmp_path / "b.csv", encoding="cp932")) == plain
    assert read(write_text(tmp_path / "c.csv", encoding="utf-16")) == plain
    assert read(write_book(tmp_path / "a.xlsx")) == plain
    records, rejects = read(write_parquet(tmp_path / "a.parquet"))
    assert records == plain[0]
    assert [item.row for item in rejects] == [2, 2]  # Parquet has no header row


def test_typed_cells_of_workbooks_and_parquet(tmp_path: Path) -> None:
    column_map = parse_map(
        {
            "publication": {"office": {"constant": "US"}, "number": "no", "kind": "kind", "date": "on", "claims": "n"},
            "applicants": {"name": "who", "country": "where"},
        }
    )
    values = [("no", 7126878), ("kind", "B2"), ("on", date(2006, 10, 24)), ("n", 12.0)]
    book = openpyxl.Workbook()
    book.active.append([*[name for name, _ in values], "who", "where"])
    book.active.append([*[value for _, value in values], "A", "US"])
    book.save(tmp_path / "a.xlsx")
    table = pa.table({**{name: [value] for name, value in values}, "who": [["A", "B"]], "where": [["US", "JP"]]})
    pq.write_table(table, tmp_path / "a.parquet")
    (record,), rejects = read(tmp_path / "a.xlsx", MappedReader(column_map))
    (listed,), more = read(tmp_path / "a.parquet", MappedReader(column_map))
    assert rejects == more == []
    for found in (record, listed):
        assert found.publication[:6] == ("US-7126878-B2", "US", "7126878", "B2", "grant", date(2006, 10, 24))
        assert found.publication.claims == 12
    assert [(party.name, party.country) for party in listed.parties] == [("A", "US"), ("B", "JP")]


def test_parallel_columns_of_unequal_length_are_not_guessed_together(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("no,who,where\nUS 10123456 B2,A;B;C,US;JP\n", encoding="utf-8")
    column_map = parse_map(
        {
            "publication": {"number": "no"},
            "applicants": {
                "name": {"column": "who", "separator": ";"},
                "country": {"column": "where", "separator": ";"},
            },
        }
    )
    (record,), rejects = read(path, MappedReader(column_map))
    assert [(party.name, party.country) for party in record.parties] == [("A", None), ("B", None), ("C", None)]
    assert [(item.column, item.fatal) for item in rejects] == [("where", False)]


def test_rows_above_the_header_and_a_named_sheet(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("exported by somebody\n\nno\nUS 10123456 B2\n", encoding="utf-8")
    column_map = parse_map({"table": {"skip_rows": 2}, "publication": {"number": "no"}})
    assert [item.publication.publication_id for item in read(path, MappedReader(column_map))[0]] == ["US-10123456-B2"]
    book = write_book(tmp_path / "b.xlsx", sheet="一覧")
    assert len(read(book, MappedReader(parse_map({**MAP, "table": {"sheet": "一覧"}})))[0]) == 2
    with pytest.raises(BadColumnMap, match=r"'other'.*一覧"):
        read(book, MappedReader(parse_map({**MAP, "table": {"sheet": "other"}})))


def test_made_numbers_follow_the_content_of_the_row(tmp_path: Path) -> None:
    column_map = parse_map(
        {
            "publication": {"office": {"constant": "JP"}, "number": {"generate": True}},
            "texts": [{"part": "title", "text": "t"}],
        }
    )
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("t,x\na,1\nb,2\n", encoding="utf-8")
    two.write_text("t,x\nb,2\na,1\nc,3\n", encoding="utf-8")
    names = [
        [item.publication.publication_id for item in read(path, MappedReader(column_map))[0]] for path in (one, two)
    ]
    assert names[0] == [names[1][1], names[1][0]]
    assert len({*names[1]}) == 3
    assert all(name.startswith("JP-ROW") for name in names[1])


# mistakes in a map


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"publication": {"office": "Office", "number": "公報番号"}}, r"'Office'.*公報番号"),
        ({"applicants": {"name": "Assignee"}}, "'Assignee'"),
        ({"publication": {}}, r"publication\.number"),
        ({"publication": {"number": {"column": "公報番号", "constant": "1"}}}, "either 'column' or 'constant'"),
        ({"publication": {"number": {"generate": True}}}, "needs an office"),
        (
            {"publication": {"number": "公報番号", "date": {"column": "発行日", "formats": ["%Y"]}}},
            "year, month and day",
        ),
        ({"publication": {"number": "公報番号", "kind_class": {"constant": "granted"}}}, "'granted' is none of"),
        ({"classes": [{"scheme": "upc", "symbol": "CPC"}]}, r"classes\.0\.scheme"),
        ({"citations": {"cited_by": {"constant": "x"}}}, "either 'number' or 'text'"),
        ({"assignees": {"name": "出願人"}}, "assignees"),
        ({"inventors": {"name": {"column": "発明者", "separator": ""}}}, "separator"),
        ({"chizai_map": 2}, "chizai_map"),
    ],
)
def test_every_mistake_in_a_map_is_named(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = write_text(tmp_path / "a.csv")
    with pytest.raises(BadColumnMap, match=said):
        read(path, MappedReader(parse_map({**MAP, **change})))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.map.yaml", b"publication: [1, 2"),
        ("b.map.yaml", b"- just\n- a list"),
        ("c.map.yaml", b""),
        ("d.map.yaml", b"\xff\xfe\x00"),
        ("e.map.yaml", b"a: &a [x]\nb: !!python/object:os.system x"),
        ("f.map.toml", b"[publication\n"),
        ("g.map.yaml", b"x" * (256 * 1024 + 1)),
        ("h.map.yaml", b"{" * 3000),
    ],
)
def test_a_file_that_is_no_map_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadColumnMap):
        read_map(path)


def test_yaml_and_toml_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.map.yaml").write_text(
        "publication: {office: {constant: US}, number: no}\nempty: [N/A]\n", encoding="utf-8"
    )
    (tmp_path / "a.map.toml").write_text(
        'empty = ["N/A"]\n[publication]\nnumber = "no"\noffice = {constant = "US"}\n', encoding="utf-8"
    )
    with pytest.raises(BadColumnMap, match="number"):
        parse_map({"publication": {"number": 1}})
    assert read_map(tmp_path / "a.map.yaml") == read_map(tmp_path / "a.map.toml")


def test_a_map_beside_the_file_is_found(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv")
    assert not READER.recognise(Source(path).head(), Source(path))
    with pytest.raises(BadColumnMap):
        read(path, READER)
    with (tmp_path / "a.csv.map.yaml").open("w", encoding="utf-8") as stream:
        YAML().dump(MAP, stream)
    assert READER.recognise(Source(path).head(), Source(path))
    assert read(path, READER) == read(path)


def test_the_json_schema_accepts_the_shipped_map_and_names_every_part() -> None:
    schema = json_schema()
    assert set(schema["properties"]) == set(ColumnMap.model_fields)
    assert schema["required"] == ["publication"]
    json.dumps(schema)


def test_marks_follow_the_map() -> None:
    reader = MappedReader(parse_map(MAP))
    assert reader.carries.isdisjoint(reader.lacks)
    assert reader.carries | reader.lacks.keys() == set(get_args(Carries))
    assert {"applicant_country", "inventive", "cited_by", "funding", "times_cited"} <= reader.carries
    assert {"inventor_country", "priority", "abstract", "standard", "npl_citation"} <= reader.lacks.keys()
    assert READER.carries == set(get_args(Carries))


# proposals


def test_a_proposed_map_is_valid_and_reads_the_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "公開番号,公開日,出願人,発明の名称,ＦＩ,備考\n"
        "特開2020-123456,2020年8月13日,甲株式会社;乙株式会社,装置,G06F16/00;H04L9/32,x\n",
        encoding="cp932",
    )
    text = propose_map(path)
    assert "備考" in next(line for line in text.splitlines() if "not used" in line)
    (record,), rejects = read(path, MappedReader(parse_map(YAML(typ="safe").load(text))))
    assert rejects == []
    assert record.publication.publication_id == "JP-2020123456-A"
    assert record.publication.publication_date == date(2020, 8, 13)
    assert [party.name for party in record.parties] == ["甲株式会社", "乙株式会社"]


def test_a_proposal_for_a_layout_without_numbers(shared: Path) -> None:
    path = shared / "data" / "patents" / "fixtures" / "export_formats_synthetic" / "ja_synthetic_500_patiroha.csv"
    records, rejects = read(path, MappedReader(parse_map(YAML(typ="safe").load(propose_map(path)))))
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(records) == len(rows) == 500
    assert rejects == []
    for record, row in zip(records, rows, strict=True):
        assert [party.name for party in record.parties] == [name.strip() for name in row["applicant"].split(";")]
        assert [item.symbol for item in record.classifications] == [
            symbol.replace(" ", "") for symbol in row["ipc"].split(";") if symbol.strip()
        ]
        assert str(record.publication.publication_date) == row["date"]
        assert [text.text for text in record.texts] == [row["title"].strip(), row["abstract"].strip()]


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.parquet"])
def test_proposals_for_each_kind_of_table(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    {"a.csv": write_text, "a.xlsx": write_book, "a.parquet": write_parquet}[name](path)
    found = parse_map(YAML(typ="safe").load(propose_map(path)))
    assert found.publication.number.column == "公報番号"
    assert found.publication.office is None  # the numbers name it
    assert found.applicants[0].name.separator == ";"


# hostile tables


def test_a_workbook_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = write_book(tmp_path / "bomb.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", b"\0" * (200 * 1024 * 1024))
    with pytest.raises(HostileInput):
        read(path)


def test_a_workbook_with_entities_is_refused(tmp_path: Path) -> None:
    plain, hurt = write_book(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(hurt, "w") as target:
        for item in source.infolist():
            data = source.read(item)
            if item.filename == "xl/workbook.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + data
            target.writestr(item, data)
    with pytest.raises(HostileInput):
        read(hurt)


def test_broken_and_empty_tables_end_in_one_clear_error(tmp_path: Path) -> None:
    cases: list[tuple[bytes, type[InputError]]] = [
        (b"PAR1 and no more", MalformedInput),
        (write_parquet(tmp_path / "ok.parquet").read_bytes()[:-20], MalformedInput),
        (write_book(tmp_path / "ok.xlsx").read_bytes()[:-60], InputError),
        (b"PK\x03\x04 and no more", InputError),
        (b"", EmptyInput),
        (b"\n\n", EmptyInput),
    ]
    for place, (content, error) in enumerate(cases):
        path = tmp_path / f"case{place}"
        path.write_bytes(content)
        with pytest.raises(error):
            read(path)


def test_an_encrypted_workbook_is_one_clear_error(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    entry = content.find(b"PK\x01\x02")
    while entry >= 0:
        content[entry + 8] |= 1  # the flag of an encrypted member
        entry = content.find(b"PK\x01\x02", entry + 4)
    path.write_bytes(bytes(content))
    with pytest.raises(MalformedInput, match="password"):
        read(path)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_no_mutation_gets_anything_but_records_rejects_or_an_input_error(kind: str, tmp_path: Path) -> None:
    write = {"csv": write_text, "xlsx": write_book, "parquet": write_parquet}[kind]
    content = write(tmp_path / f"plain.{kind}").read_bytes()
    rng = random.Random(kind)
    path = tmp_path / f"hurt.{kind}"
    reader = MappedReader(parse_map(MAP))
    survived = 0
    for _ in range(400):
        hurt = bytearray(content)
        for _ in range(rng.randrange(1, 4)):
            hurt[rng.randrange(len(hurt))] = rng.randrange(256)
        if rng.random() < 0.3:
            del hurt[rng.randrange(len(hurt)) :]
        path.write_bytes(bytes(hurt))
        try:
            records, _ = read(path, reader)
        except InputError:
            continue
        survived += 1
        for record in records:
            for table, rows in record.rows():
                assert to_arrow(table, rows).schema == ARROW_SCHEMAS[table]
    assert survived > 0


# the shipped collections


@pytest.fixture(scope="module")
def register() -> dict[str, Any]:
    return tomllib.loads((COLLECTIONS / "collections.toml").read_text(encoding="utf-8"))


def test_the_register_describes_the_shipped_files(register: dict[str, Any]) -> None:
    readers: dict[str, Reader] = {"lens-csv": lens_csv.READER, "ppubs": ppubs.READER, "mapped": READER}
    total = 0
    for name, entry in register.items():
        path = COLLECTIONS / entry["file"]
        total += path.stat().st_size
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"], name
        assert set(entry["title"]) == set(entry["caveats"]) == {"en", "ja"}
        assert len(entry["caveats"]["en"]) == len(entry["caveats"]["ja"]) > 0
        assert entry["licence"]
        assert entry["attribution"]
        assert readers[entry["format"]].recognise(Source(path).head(), Source(path))
    assert total < 12_000_000
    shipped = {path.name for path in COLLECTIONS.iterdir()} - {
        "README.md",
        "collections.toml",
        "__init__.py",
        "__pycache__",
    }
    assert shipped == {entry[key] for entry in register.values() for key in ("file", "map") if key in entry}


@pytest.fixture(scope="module")
def grants() -> tuple[list[Record], pa.Table]:
    records, rejects = read(GRANTS, READER)
    assert rejects == []
    return records, pq.read_table(GRANTS)


def test_every_grant_is_read_with_its_owner_and_dates(grants: tuple[list[Record], pa.Table]) -> None:
    records, table = grants
    assert len(records) == table.num_rows == 42_854  # as stated with the source
    assert [record.publication.original for record in records] == table["patent_number"].to_pylist()
    assert len({record.publication.publication_id for record in records}) == 42_854
    dated = sum(record.publication.publication_date is not None for record in records)
    assert dated == 8_366 == table.num_rows - table["grant_date"].null_count
    assert [record.application.filing_date for record in records if record.application] == table[
        "filing_date"
    ].to_pylist()
    owners = Counter(party.country for record in records for party in record.parties)
    known = table.filter(pc.is_valid(table["owner"]))["owner_country"].to_pylist()
    expected = Counter(None if item == "unknown" else item for item in known)
    assert owners == expected
    assert Counter(record.publication.kind_class for record in records) == {
        "grant": 42_753 + 54 + 10,  # utility patents, reissues, plants
        "design": 20,
        "other": 17,  # statutory invention registrations
    }


def test_derived_rows_are_marked_and_complete(grants: tuple[list[Record], pa.Table]) -> None:
    records, table = grants
    assert sum(bool(record.fundings) for record in records) == 3_085  # as stated with the source
    assert sum(bool(record.standards) for record in records) == 8_426  # as stated with the source
    assert all(row.derived for record in records for row in (*record.fundings, *record.standards))
    assert {row.cited_by for record in records for row in record.citations} == {"text"}
    cited = pc.sum(pc.list_value_length(table["cited_us"])).as_py()
    foreign = pc.sum(pc.list_value_length(table["cited_foreign"])).as_py()
    assert sum(len(record.citations) for record in records) == cited + foreign


def test_priorities_lie_before_the_filing_and_say_what_they_are(grants: tuple[list[Record], pa.Table]) -> None:
    records, _ = grants
    linkages: Counter[str] = Counter()
    for record in records:
        assert record.application is not None
        for row in record.priorities:
            linkages[row.linkage] += 1
            assert row.priority_date is not None
            assert row.priority_date <= record.application.filing_date
    assert set(linkages) == {"provisional", "continuation", "continuation_in_part", "division", "priority", "pct"}
    # A provisional lives for one year, and most are used on its last days: wrong pairings would not know that.
    ages = [
        (record.application.filing_date - row.priority_date).days
        for record in records
        if record.application and len(record.priorities) == 1
        for row in record.priorities
        if row.linkage == "provisional" and row.priority_date
    ]
    in_time = sum(330 <= age <= 367 for age in ages)
    too_late = sum(368 <= age <= 405 for age in ages)
    assert in_time > 3000
    assert too_late < in_time / 30


@pytest.mark.slow
def test_the_shipped_files_can_be_rebuilt_as_they_are(shared: Path, tmp_path: Path) -> None:
    code = (
        f"import sys, pathlib; sys.path.insert(0, {str(ROOT / 'tools')!r}); import build_collections as b; "
        f"b.TARGET = pathlib.Path({str(tmp_path)!r}); "
        "(b.TARGET / 'collections.toml').write_text(''); b.main()"
    )
    subprocess.run([sys.executable, "-c", code, str(shared / "data" / "patents")], check=True, capture_output=True)
    for path in tmp_path.iterdir():
        if path.suffix != ".toml":
            shipped = COLLECTIONS / path.name
            if path.suffix == ".parquet":  # the file also names the version of the library that wrote it
                assert pq.read_table(path).equals(pq.read_table(shipped)), path.name
            else:
                assert path.read_bytes() == shipped.read_bytes(), path.name
