"""One suite over all readers: what each says that it carries, the same records from any wrapping, and no harm from any
damage. What a reader makes of the values of its own format is tested in a file of its own."""

from __future__ import annotations

import csv
import gzip
import io
import json
import pickle
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pyarrow.parquet as pq
import pytest

from chizai.corpus import ingest as ingest_module
from chizai.corpus.ingest import ingest
from chizai.corpus.readers import readers
from chizai.corpus.readers.base import Carries, Reader, Source, expand
from chizai.corpus.schema import TABLES, Record, Reject, arrow_schema, to_arrow
from chizai.corpus.sources import find_inputs, streams
from chizai.errors import InputError, UnknownFormat

DATA = Path(__file__).parent / "data"
SHIPPED = Path(__file__).parent.parent / "src" / "chizai" / "data" / "collections"
READERS = {reader.name: reader for reader in readers()}
ITEMS = get_args(Carries)

# Samples --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """One input of a reader: a file, or the files that belong together. The first is the main one."""

    files: tuple[tuple[str, bytes], ...]

    @property
    def content(self) -> bytes:
        return self.files[0][1]

    def write(self, folder: Path, *, name: str | None = None) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for own, content in self.files:
            (folder / (own if name is None else own.replace(self.files[0][0], name))).write_bytes(content)
        return folder / (name or self.files[0][0])


def _file(path: str) -> Sample:
    found = DATA / path
    return Sample(((found.name, found.read_bytes()),))


def _table(rows: list[list[str]], **options: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **options).writerows(rows)
    return text.getvalue().encode()


def _mapped() -> Sample:
    """A table with a map that uses every part of a map."""
    columns = {
        "no": "US 10123456", "day": "2018-11-13", "granted": "2018-11-13", "family": "55", "cited": "3",
        "claims": "12", "status": "ACTIVE", "app": "US 15/123456", "filed": "2016-05-01", "prio": "JP 2015-100000",
        "prio_day": "2015-05-02", "who": "Example KK", "where": "JP", "by": "A. Person", "from": "US", "cpc": "B64C39/02",
        "ipc": "B64C39/02", "fi": "B64C39/02@A", "fterm": "5H301AA06", "old": "US 9000000 B1", "paper": "A. Author, 2001",
        "title": "A drone", "abstract": "It flies.", "claim": "1. A drone.", "money": "NASA", "norm": "IEEE:802.11",
    }  # fmt: skip
    described = {
        "chizai_map": 1,
        "publication": {
            "number": "no", "date": "day", "grant_date": "granted", "family_id": "family", "times_cited": "cited",
            "claims": "claims", "legal_status": "status", "kind": {"constant": "B2"},
        },
        "application": {"number": "app", "filing_date": "filed"},
        "priorities": {"number": "prio", "date": "prio_day"},
        "applicants": {"name": "who", "country": "where"},
        "inventors": {"name": "by", "country": "from"},
        "classes": [{"scheme": s, "symbol": s, "inventive": True} for s in ("cpc", "ipc", "fi", "fterm")],
        "citations": [
            {"number": "old", "cited_by": {"constant": "examiner"}, "category": {"constant": "X"}},
            {"text": "paper", "patent": False},
        ],
        "texts": [
            {"part": "title", "text": "title"},
            {"part": "abstract", "text": "abstract"},
            {"part": "claims", "text": "claim"},
        ],
        "funding": {"agency": "money"},
        "standards": {"standard": "norm"},
    }  # fmt: skip
    rows = [list(columns), list(columns.values()), ["US 10123457", *list(columns.values())[1:]]]
    # YAML holds JSON.
    return Sample((("table.csv", _table(rows)), ("table.csv.map.yaml", json.dumps(described).encode())))


def _patentsview() -> Sample:
    files = [(path.name, path.read_bytes()) for path in sorted((DATA / "patentsview").glob("*.tsv"))]
    files.sort(key=lambda item: item[0] != "g_patent.tsv")
    rows = [["patent_id", "claim_sequence", "claim_text"], ["10999001", "0", "1. A blade."]]
    return Sample((*files, ("g_claims_2018.tsv", _table(rows, delimiter="\t", quoting=csv.QUOTE_ALL))))


def _redbook_application() -> Sample:
    """A grant of today, renamed to an application: the two differ in their names only, as far as they are read."""
    text = (DATA / "uspto" / "hand_weekly_v47.xml").read_text(encoding="utf-8")
    text = re.sub(r"<us-references-cited>.*?</us-references-cited>", "", text, flags=re.DOTALL)
    for old, new in (
        ("us-patent-grant", "us-patent-application"),
        ("us-bibliographic-data-grant", "us-bibliographic-data-application"),
    ):
        text = text.replace(old, new)
    return Sample((("applications.xml", text.encode()),))


def _pap() -> Sample:
    text = (DATA / "uspto" / "US20010000044A1.xml").read_text(encoding="utf-8")
    text = text.replace(
        "<technical-information>",
        "<foreign-priority-data><priority-application-number><doc-number>2000-012345</doc-number>"
        "</priority-application-number><filing-date>20000121</filing-date><country-code>JP</country-code>"
        "</foreign-priority-data><technical-information>",
    )
    text = text.replace(
        "<subdoc-description>",
        "<subdoc-description><federal-research-statement><paragraph>This invention was made with Government support "
        "under Contract No. DE-AC02-98CH10886 awarded by the Department of Energy. The Government has certain rights."
        "</paragraph></federal-research-statement><paragraph>A network according to IEEE 802.11a.</paragraph>",
    )
    return Sample((("pap.xml", text.encode()),))


_SYMBOL = (
    '<patent-classification sequence="9"><classification-scheme office="JP" scheme="{scheme}"/>'
    "<classification-symbol>{symbol}</classification-symbol><generating-office>JP</generating-office>"
    "</patent-classification>"
)
JAPANESE_CLASSES = _SYMBOL.format(scheme="FI", symbol="B64C  39/02    A") + _SYMBOL.format(
    scheme="FTERM", symbol="5H301AA06"
)


def _docdb() -> Sample:
    text = (DATA / "epo" / "docdb.xml").read_text(encoding="utf-8")
    text = text.replace("</exch:patent-classifications>", JAPANESE_CLASSES + "</exch:patent-classifications>", 1)
    text = text.replace("</exch:inventor-name>", "</exch:inventor-name><residence><country>DE</country></residence>", 1)
    return Sample((("exchange.xml", text.encode()),))


def _ops() -> Sample:
    text = (DATA / "epo" / "ops_family.xml").read_text(encoding="utf-8")
    text = text.replace("</patent-classifications>", JAPANESE_CLASSES + "</patent-classifications>", 1)
    return Sample((("family.xml", text.encode()),))


def _ppubs() -> Sample:
    with gzip.open(SHIPPED / "us_documents.jsonl.gz", "rt", encoding="utf-8") as stream:
        lines = [next(stream) for _ in range(60)]
    whole = {**json.loads(lines[0]), "claimsHtml": "1. A LADAR system."}
    return Sample((("documents.jsonl", (json.dumps(whole) + "\n" + "".join(lines[1:])).encode()),))


def _jplatpat() -> Sample:
    """The headers of another search tool, which carries more than the site itself."""
    columns = {
        "公開番号": "特開2015-012345", "公開日": "2015/01/22", "特許番号": "特許第6123456号", "登録日": "2017/04/14",
        "出願番号": "特願2013-123456", "出願日": "2013/06/12", "発明の名称": "電池", "出願人": "例工業株式会社",
        "発明者": "山田　太郎", "IPC": "H01M4/13", "FI": "H01M4/13", "CPC": "H01M4/13", "Fターム": "5H050AA02",
        "請求の範囲": "【請求項1】電池。【請求項2】請求項1に記載の電池。", "請求項数": "2",
        "優先権主張番号": "特願2012-200000", "優先日": "2012/09/12", "要約": "電池を提供する。",
    }  # fmt: skip
    return Sample((("list.csv", _table([list(columns), list(columns.values())])),))


def _espacenet_book() -> Sample:
    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO((DATA / "espacenet" / "results.csv").read_text("utf-8-sig")), delimiter=";"):
        book.active.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return Sample((("results.xlsx", packed.getvalue()),))


def _bigquery_parquet() -> Sample:
    import pyarrow.json

    lines = [line for line in (DATA / "bigquery" / "publications.jsonl").read_bytes().splitlines() if b"{" in line]
    kept = [line for line in lines if _is_object(line)]
    packed = io.BytesIO()
    pq.write_table(pyarrow.json.read_json(io.BytesIO(b"\n".join(kept[:2]))), packed)
    return Sample((("publications.parquet", packed.getvalue()),))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


MAKERS: dict[str, tuple[Callable[[], Sample], ...]] = {
    "mapped": (_mapped,),
    "uspto-grant": (lambda: _file("uspto/US08930553.xml"), lambda: _file("uspto/hand_weekly_v47.xml")),
    "uspto-application": (_redbook_application, lambda: _file("uspto/US20050004437A1.xml")),
    "uspto-pap": (_pap, lambda: _file("uspto/US20010000044A1.xml")),
    "ops": (_ops, lambda: _file("epo/ops_claims.xml")),
    "docdb": (_docdb,),
    "jpo-api": (lambda: _file("jp/jpo_api.jsonl"),),
    "bigquery": (lambda: _file("bigquery/publications.jsonl"), _bigquery_parquet),
    "ppubs": (_ppubs,),
    "lens-jsonl": (lambda: _file("lens/lens_records.jsonl"),),
    "patentsview": (_patentsview,),
    "lens-csv": (
        lambda: _file("lens/lens_modern.csv"),
        lambda: _file("lens/lens_middle.csv"),
        lambda: _file("lens/lens_2017.csv"),
    ),
    "google-csv": (lambda: _file("google/export.csv"),),
    "espacenet": (lambda: _file("espacenet/results.csv"), lambda: _file("espacenet/classic.csv"), _espacenet_book),
    "jplatpat": (_jplatpat, lambda: _file("jp/jplatpat.csv")),
}
CASES = [(name, number) for name, makers in MAKERS.items() for number in range(len(makers))]
FIRST = list(MAKERS)
XML = ["uspto-grant", "uspto-application", "uspto-pap", "ops", "docdb"]
JSON = ["jpo-api", "bigquery", "ppubs", "lens-jsonl"]
DELIMITED = ["mapped", "lens-csv", "google-csv", "espacenet", "jplatpat"]


@cache
def sample(name: str, number: int = 0) -> Sample:
    return MAKERS[name][number]()


def source_of(path: Path, kept: Sample) -> Source:
    bundle = tuple(path.with_name(name) for name, _ in kept.files) if len(kept.files) > 1 else ()
    return Source(path, bundle=bundle)


def read(reader: Reader, source: Source) -> tuple[list[Record], list[Reject]]:
    records: list[Record] = []
    rejects: list[Reject] = []
    for chunk in reader.chunks(source):
        if isinstance(chunk, Reject):
            rejects.append(chunk)
            continue
        for item in reader.records(chunk):
            (records if isinstance(item, Record) else rejects).append(item)  # type: ignore[arg-type]
    return records, rejects


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("samples")


def written(folder: Path, name: str, number: int = 0) -> Path:
    return sample(name, number).write(folder / f"{name}-{number}")


def records_of(folder: Path, name: str, number: int = 0) -> list[Record]:
    path = written(folder, name, number)
    records, _ = read(READERS[name], source_of(path, sample(name, number)))
    assert records
    return records


def test_every_reader_has_a_sample_here() -> None:
    assert list(MAKERS) == list(READERS)


# What a reader says of itself -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIRST)
def test_a_reader_says_of_every_item_whether_it_carries_it(name: str) -> None:
    reader = READERS[name]
    assert set(reader.title) == {"en", "ja"}
    assert re.fullmatch(r"[a-z][a-z0-9-]+", name)
    assert set(reader.carries) | set(reader.lacks) == set(ITEMS)
    assert not set(reader.carries) & set(reader.lacks)
    assert set(reader.lacks.values()) <= {"notimpl", "never"}


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_sample_is_recognised_by_the_right_reader_and_no_other(folder: Path, name: str, number: int) -> None:
    path = written(folder, name, number)
    (source,) = expand(path)
    head = source.head()
    assert [reader.name for reader in readers() if reader.recognise(head, source)] == [name]


def _given(attribute: str) -> Callable[[Record], bool]:
    return lambda record: getattr(record.publication, attribute) is not None


def _party(role: str, *, country: bool = False) -> Callable[[Record], bool]:
    return lambda record: any(row.role == role and (row.country or not country) for row in record.parties)


def _scheme(scheme: str) -> Callable[[Record], bool]:
    return lambda record: any(row.scheme == scheme for row in record.classifications)


def _part(part: str) -> Callable[[Record], bool]:
    return lambda record: any(row.part == part and row.text for row in record.texts)


OCCURS: dict[str, Callable[[Record], bool]] = {
    "publication_number": lambda record: bool(record.publication.number),
    "publication_date": _given("publication_date"),
    "kind": _given("kind"),
    "application_number": _given("application_id"),
    # Some sources date the filing without its number.
    "filing_date": lambda record: (record.application or record.publication).filing_date is not None,
    "grant_date": _given("grant_date"),
    "priority": lambda record: bool(record.priorities),
    "family_id": _given("family_id"),
    "applicant": _party("applicant"),
    "applicant_country": _party("applicant", country=True),
    "inventor": _party("inventor"),
    "inventor_country": _party("inventor", country=True),
    **{scheme: _scheme(scheme) for scheme in ("cpc", "ipc", "fi", "fterm")},
    "inventive": lambda record: any(row.inventive is not None for row in record.classifications),
    "title": _part("title"),
    "abstract": _part("abstract"),
    "claims_text": _part("claims"),
    "claims_count": _given("claims"),
    "patent_citation": lambda record: any(row.patent for row in record.citations),
    "npl_citation": lambda record: any(not row.patent for row in record.citations),
    "cited_by": lambda record: any(row.cited_by for row in record.citations),
    "citation_category": lambda record: any(row.category for row in record.citations),
    "times_cited": _given("times_cited"),
    "funding": lambda record: bool(record.fundings),
    "standard": lambda record: bool(record.standards),
    "legal_status": _given("legal_status"),
}


def _promises() -> Iterator[Any]:
    for name in FIRST:
        for item in ITEMS:
            # 'notimpl' is a promise not yet kept: the day that a reader keeps it, this suite says so.
            mark = READERS[name].lacks.get(item)
            marks = [pytest.mark.xfail(reason=f"{name} has it, it is not read yet")] if mark == "notimpl" else []
            yield pytest.param(name, item, marks=marks, id=f"{name}-{item}")


@pytest.mark.parametrize(("name", "item"), list(_promises()))
def test_what_a_reader_carries_is_there_and_what_it_lacks_is_not(folder: Path, name: str, item: str) -> None:
    found = any(OCCURS[item](record) for record in _all_records(folder, name))
    assert found == (READERS[name].lacks.get(item) != "never")


@cache
def _all_records(folder: Path, name: str) -> list[Record]:
    return [record for number in range(len(MAKERS[name])) for record in records_of(folder, name, number)]


# Rows -----------------------------------------------------------------------------------------------------------------

CANONICAL = re.compile(r"[A-Z]{2}-[A-Z0-9/]+(-[A-Z]\d?)?")


@pytest.mark.parametrize("name", FIRST)
def test_ids_are_canonical_and_rows_belong_to_their_publication(folder: Path, name: str) -> None:
    for record in _all_records(folder, name):
        own = record.publication
        assert own.publication_id == "-".join(filter(None, (own.office, own.number, own.kind)))
        ids = [own.publication_id, *(row.priority_id for row in record.priorities)]
        ids += [row.cited_id for row in record.citations if row.cited_id is not None]
        if record.application is not None:
            assert record.application.application_id == own.application_id
            ids.append(record.application.application_id)
        assert [found for found in ids if not CANONICAL.fullmatch(found)] == []
        for table, rows in record.rows():
            if table not in ("publication", "application"):
                assert {row.publication_id for row in rows} <= {own.publication_id}
            if "sequence" in TABLES[table]._fields:
                assert all(row.sequence >= 1 for row in rows)
        assert all(row.symbol and not re.search(r"\s", row.symbol) for row in record.classifications)
        assert all(row.name.strip() == row.name != "" for row in record.parties)
        assert all(re.fullmatch("[A-Z]{2}", row.country) for row in record.parties if row.country)


@pytest.mark.parametrize("name", FIRST)
def test_rows_hold_what_the_arrow_schema_says(folder: Path, name: str) -> None:
    python = {"string": str, "int64": int, "bool": bool, "date32[day]": date}
    for record in _all_records(folder, name):
        for table, rows in record.rows():
            schema = arrow_schema(table)
            assert to_arrow(table, rows).schema == schema
            for row in rows:
                for value, field in zip(row, schema, strict=True):
                    # A datetime is a date, and a bool an int, to isinstance; neither is what the column holds.
                    assert value is None or type(value) is python[str(field.type)], (table, field.name, value)


@pytest.mark.parametrize("name", FIRST)
def test_a_chunk_gives_the_same_records_in_another_process(folder: Path, name: str) -> None:
    path = written(folder, name)
    reader = READERS[name]
    there = pickle.loads(pickle.dumps(reader))
    for chunk in reader.chunks(source_of(path, sample(name))):
        if not isinstance(chunk, Reject):
            moved = pickle.loads(pickle.dumps(chunk))
            again = list(there.records(moved))
            assert list(reader.records(chunk)) == again
            assert pickle.loads(pickle.dumps(again)) == again


def test_a_pool_of_processes_writes_the_same_bytes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [
        (source_of(written(folder, name, number), sample(name, number)), READERS[name]) for name, number in CASES
    ]
    monkeypatch.setattr(ingest_module, "POOL_FROM", 0)
    alone = ingest(sources, tmp_path / "alone", workers=1)
    together = ingest(sources, tmp_path / "together", workers=2)
    assert alone == together
    names = sorted(path.name for path in (tmp_path / "alone").iterdir())
    assert names == sorted(["rejects.csv", *(f"{table}.parquet" for table in TABLES)])
    for name in names:
        assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / "together" / name).read_bytes(), name


# Wrappings ------------------------------------------------------------------------------------------------------------


def read_path(path: Path) -> tuple[str, list[Record], list[Reject]]:
    """As ``add`` does it: find the reader by the content, open archives."""
    (found,), errors = find_inputs([path])
    assert errors == []
    records: list[Record] = []
    rejects: list[Reject] = []
    source = Source(found.paths[0], bundle=found.paths if len(found.paths) > 1 else ())
    for stream, reader in streams(source, found.reader):
        more = read(reader, stream)
        records += more[0]
        rejects += more[1]
    return found.reader.name, records, rejects


@pytest.mark.parametrize("ending", ["bin", "xml", "csv", "parquet", "zip", "gz"])
@pytest.mark.parametrize("name", FIRST)
def test_the_name_of_a_file_says_nothing(tmp_path: Path, folder: Path, name: str, ending: str) -> None:
    path = sample(name).write(tmp_path, name=f"データ 1.{ending}")
    where = tmp_path if len(sample(name).files) > 1 else path
    found, records, _ = read_path(where)
    assert (found, records) == (name, records_of(folder, name))


@pytest.mark.parametrize("name", [name for name in FIRST if name != "mapped"])
def test_a_compressed_file_gives_the_same_records(tmp_path: Path, folder: Path, name: str) -> None:
    expected = (name, records_of(folder, name))
    packed = Sample(tuple((f"{own}.gz", gzip.compress(content)) for own, content in sample(name).files))
    path = packed.write(tmp_path / "gz")
    assert read_path(path.parent if len(packed.files) > 1 else path)[:2] == expected
    outer = tmp_path / "outer"
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("読んでください.txt", "not for reading")
        for own, content in sample(name).files:
            archive.writestr(f"folder/{own}", content)
    assert read_path(tmp_path / "all.zip")[:2] == expected
    outer.mkdir()
    with zipfile.ZipFile(outer / "nested.zip", "w") as archive:
        archive.write(tmp_path / "all.zip", "week.zip")
    assert read_path(outer / "nested.zip")[:2] == expected


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("name", [name for name in FIRST if name not in ("patentsview", "bigquery", "jpo-api")])
def test_unicode_in_any_form_gives_the_same_records(tmp_path: Path, folder: Path, name: str, encoding: str) -> None:
    text = sample(name).content.decode("utf-8-sig")
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (own, _), *others = sample(name).files
    kept = Sample(((own, (mark + text).encode(encoding)), *others))
    path = kept.write(tmp_path)
    found, records, _ = read_path(tmp_path if others else path)
    assert (found, records) == (name, records_of(folder, name))


# Damage ---------------------------------------------------------------------------------------------------------------


def survives(reader: Reader, source: Source) -> list[Record]:
    """Read to the end; whatever is in the file, only an InputError may come. Rejects must name a code and a reason."""
    records: list[Record] = []
    said: list[InputError] = []
    try:
        head = source.head()
        for other in readers():
            other.recognise(head, source)
        for chunk in reader.chunks(source):
            for item in [chunk] if isinstance(chunk, Reject) else reader.records(chunk):
                if isinstance(item, Record):
                    records.append(item)
                    for table, rows in item.rows():
                        to_arrow(table, rows)
                else:
                    assert item.code
                    assert item.detail
    except InputError as error:
        said.append(error)
    assert all(error.text("en") and error.text("ja") for error in said)
    return records


def hurt(content: bytes, rng: random.Random) -> bytes:
    """Bytes changed, cut, doubled, left out or swapped, as disks, networks and editors do it."""
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5, 40])):
        if not data:
            break
        place = rng.randrange(len(data))
        kind = rng.randrange(7)
        if kind == 0:
            data[place] = rng.randrange(256)
        elif kind == 1:
            del data[place : place + rng.choice([1, 3, 50, 1000])]
        elif kind == 2:
            data[place:place] = data[place : place + rng.choice([1, 20, 500])]
        elif kind == 3:
            data[place:place] = rng.choice(TOKENS)
        elif kind == 4:
            del data[place:]
        elif kind == 5:
            data[place:place] = b"\x00" * rng.choice([1, 4, 100])
        else:
            other = rng.randrange(len(data))
            data[place : place + 8], data[other : other + 8] = data[other : other + 8], data[place : place + 8]
    return bytes(data)


TOKENS = [
    b'"', b"'", b",", b";;", b"\t", b"\n", b"\r\n", b"\r", b"<", b">", b"&", b"&amp;", b"&x;", b"<![CDATA[", b"]]>",
    b"<!--", b"{", b"}", b"[", b"]", b"null", b"-1", b"1e999", b"99999999999999999999", b"NaN", b"9999-99-99",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\x81", b"\xe3\x81", b"\xf0\x9f\x9a\x80", b"\\ud800", "特開".encode(), b"US-",
]  # fmt: skip
TURNS = 60


@pytest.mark.parametrize(("name", "number"), CASES)
def test_random_damage_ends_in_records_rejects_or_one_error(tmp_path: Path, name: str, number: int) -> None:
    rng = random.Random(f"{name} {number}")
    whole = sample(name, number)
    turns = TURNS if len(whole.files) == 1 or name == "mapped" else 12
    for _ in range(turns):
        victim = rng.randrange(len(whole.files)) if name == "patentsview" else 0
        files = list(whole.files)
        files[victim] = (files[victim][0], hurt(files[victim][1][:200_000], rng))
        kept = Sample(tuple(files))
        survives(READERS[name], source_of(kept.write(tmp_path), kept))


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_file_that_ends_too_early_keeps_what_came_before(tmp_path: Path, name: str, number: int) -> None:
    rng = random.Random(f"cut {name} {number}")
    whole = sample(name, number)
    all_ids = [
        record.publication.publication_id
        for record in read(READERS[name], source_of(whole.write(tmp_path / "whole"), whole))[0]
    ]
    for _ in range(8):
        end = rng.randrange(1, len(whole.content))
        kept = Sample(((whole.files[0][0], whole.content[:end]), *whole.files[1:]))
        found = survives(READERS[name], source_of(kept.write(tmp_path / "cut"), kept))
        # The last one may be cut in its number; those before it are what they were.
        ids = [record.publication.publication_id for record in found]
        assert ids[:-2] == all_ids[: max(len(ids) - 2, 0)]


@pytest.mark.parametrize("name", FIRST)
def test_a_truncated_gzip_is_one_error_or_what_came_before(tmp_path: Path, name: str) -> None:
    packed = gzip.compress(sample(name).content)
    for part in (3, 12, len(packed) // 2, len(packed) - 4):
        kept = Sample(((sample(name).files[0][0], packed[:part]), *sample(name).files[1:]))
        survives(READERS[name], source_of(kept.write(tmp_path), kept))


JUNK = {
    "empty": b"",
    "blank": b" \n\r\n\t ",
    "mark alone": b"\xef\xbb\xbf",
    "utf-16 mark alone": b"\xff\xfe",
    "nul": b"\x00" * 5000,
    "binary": random.Random(1).randbytes(20_000),
    "latin-1": "Société Générale; Müller, Ångström\n".encode("latin-1") * 20,
    "png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "html": b"<!DOCTYPE html><html><head><title>Login</title></head><body>Please log in</body></html>",
    "xml": b'<?xml version="1.0"?><a><b/></a>',
    "json": b'{"a": [1, 2, {"b": null}]}',
    "json lines": b"1\n2\nnull\n",
    "csv": b"a,b\n1,2\n",
    "parquet": b"PAR1" + b"\x00" * 50 + b"PAR1",
    "zip": b"PK\x03\x04" + b"\x00" * 60,
    "gzip": b"\x1f\x8b\x08" + b"\x00" * 20,
    "brackets": b"[" * 100_000,
    "braces": b'{"a":' * 100_000,
    "quote": b'"' + b"x,\n" * 50_000,
    "tags": b'<?xml version="1.0"?>' + b"<a>" * 100_000,
}


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("name", FIRST)
def test_what_is_another_thing_is_one_error_or_rejects_even_when_forced(tmp_path: Path, name: str, junk: str) -> None:
    kept = Sample(((sample(name).files[0][0], JUNK[junk]), *sample(name).files[1:]))
    assert survives(READERS[name], source_of(kept.write(tmp_path), kept)) == []


@pytest.mark.parametrize("junk", JUNK)
def test_what_is_another_thing_is_recognised_by_nobody(tmp_path: Path, junk: str) -> None:
    path = tmp_path / "junk"
    path.write_bytes(JUNK[junk])
    found, errors = find_inputs([path])
    assert found == []
    assert len(errors) == 1
    assert "junk" in errors[0].text("ja")


@pytest.mark.parametrize("name", FIRST)
def test_the_sample_in_latin_1_or_with_a_stray_byte_never_raises(tmp_path: Path, name: str) -> None:
    content = sample(name).content
    for hurt_content in (
        content.decode("utf-8", "replace").encode("latin-1", "replace").replace(b"?", b"\xe9"),
        content.replace(b"a", b"\xe9", 3),
        content.replace(b"\n", b"\n\x81", 1),
        content.replace(b"e", b"\x00"),
    ):
        kept = Sample(((sample(name).files[0][0], hurt_content), *sample(name).files[1:]))
        survives(READERS[name], source_of(kept.write(tmp_path), kept))


# Malice ---------------------------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))


def _attacks(secret: Path) -> dict[str, str]:
    return {
        "billion laughs": f'<!DOCTYPE {{root}} [<!ENTITY l0 "ha">{LAUGHS}]>',
        "quadratic blowup": f'<!DOCTYPE {{root}} [<!ENTITY l12 "{"x" * 100_000}">]>',
        "external entity": f'<!DOCTYPE {{root}} [<!ENTITY l12 SYSTEM "{secret.as_uri()}">]>',
        "parameter entity": f'<!DOCTYPE {{root}} [<!ENTITY % p SYSTEM "{secret.as_uri()}"> %p; <!ENTITY l12 "">]>',
        "external subset": f'<!DOCTYPE {{root}} SYSTEM "{secret.as_uri()}">',
        "entity in an attribute list": '<!DOCTYPE {root} [<!ATTLIST {root} a CDATA "&l12;"><!ENTITY l12 "x">]>',
    }


@pytest.mark.parametrize("attack", _attacks(Path("/nowhere")))
@pytest.mark.parametrize("name", XML)
def test_entities_are_never_expanded_nor_fetched(tmp_path: Path, name: str, attack: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET-CONTENT")
    text = re.sub(r"<!DOCTYPE[^\[>]*(\[.*?\])?\s*>", "", sample(name).content.decode(), flags=re.DOTALL)
    root = re.search(r"<([A-Za-z][\w:.-]*)", re.sub(r"<\?.*?\?>", "", text))
    assert root is not None
    doctype = _attacks(secret)[attack].replace("{root}", root[1])
    declaration, rest = re.match(r"\s*(<\?xml.*?\?>)?(.*)", text, flags=re.DOTALL).groups()  # type: ignore[union-attr]
    inside = re.sub(r"(<(?:exch:)?p\b[^>]*>|<paragraph[^>]*>|<invention-title[^>]*>|<name>)", r"\1&l12;&l12;", rest)
    assert inside != rest
    path = tmp_path / "attack.xml"
    path.write_text((declaration or "") + doctype + inside, encoding="utf-8")
    records = survives(READERS[name], Source(path))
    said = repr(records)
    assert "TOP-SECRET" not in said
    assert "haha" not in said
    assert len(said) < 20 * len(inside)


@pytest.mark.parametrize("name", JSON)
def test_deep_nesting_costs_one_record(tmp_path: Path, folder: Path, name: str) -> None:
    lines = sample(name).content.decode().splitlines()
    deep = '{"a":' * 50_000 + "1" + "}" * 50_000
    path = tmp_path / "deep.jsonl"
    path.write_text("\n".join([lines[0], deep, "[" * 200_000, *lines[1:]]) + "\n", encoding="utf-8")
    assert survives(READERS[name], Source(path)) == records_of(folder, name)


@pytest.mark.parametrize("name", XML)
def test_deep_nesting_of_elements_is_refused(tmp_path: Path, name: str) -> None:
    text = sample(name).content.decode()
    place = text.rindex("</")
    path = tmp_path / "deep.xml"
    path.write_text(text[:place] + "<x>" * 60_000 + "</x>" * 60_000 + text[place:], encoding="utf-8")
    survives(READERS[name], Source(path))


HUGE_BYTES = 640 << 20
"""Ten times the largest field that is read; more would only take longer. The memory allowed beyond the libraries' is
the same, so that a reader that holds the field once with anything beside it, or twice, ends in MemoryError."""
HUGE = """
import json, resource, sys
from pathlib import Path
from chizai.corpus.readers import reader_named
from chizai.corpus.readers.base import Source
from chizai.corpus.schema import Record
from chizai.errors import InputError
import chizai.corpus.readers.patentsview, openpyxl, pyarrow.json

reader, paths = reader_named(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + {allowed}, resource.RLIM_INFINITY))
longest = 0
try:
    for chunk in reader.chunks(Source(paths[0], bundle=tuple(paths) if len(paths) > 1 else ())):
        if type(chunk).__name__ == "Reject":
            continue
        for item in reader.records(chunk):
            if isinstance(item, Record):
                longest = max(longest, *(len(str(row)) for _, rows in item.rows() for row in rows), 0)
    print("read", longest)
except InputError as error:
    print("refused", error.code)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the memory limit is set as Linux does it")
@pytest.mark.parametrize("name", FIRST)
def test_a_field_larger_than_the_memory_is_read_in_bounded_memory(
    tmp_path: Path, name: str, huge_member: bytes
) -> None:
    content = sample(name).content
    # In the middle of a word in the middle of the file.
    place = [found.end() for found in re.finditer(rb"\w{3}", content[: len(content) * 3 // 4])][-1]
    packed = gzip.compress(content[:place]) + huge_member + gzip.compress(content[place:])
    kept = Sample(((sample(name).files[0][0], packed), *sample(name).files[1:]))
    path = kept.write(tmp_path)
    source = source_of(path, kept)
    command = [sys.executable, "-c", HUGE.replace("{allowed}", str(HUGE_BYTES)), name]
    command += [str(item) for item in (source.bundle or (source.path,))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    said, value = done.stdout.split()
    assert said in ("read", "refused")
    assert said == "refused" or int(value) < 1 << 20  # the long field itself is in no record


@pytest.fixture(scope="module")
def huge_member() -> bytes:
    """A long text, as a member of a gzip file that stays below the ratio at which bombs are refused."""
    block = (b"lorem ipsum " * 6000)[:65536]
    noise = random.Random(0).randbytes(256).hex().encode()
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as stream:
        for _ in range(HUGE_BYTES // 65536):
            stream.write(block[:-512] + noise)
    return packed.getvalue()


def test_an_unknown_format_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("name,value\nx,1\n")
    (error,) = find_inputs([path])[1]
    assert isinstance(error, UnknownFormat)
    assert error.where.file == "table.csv"
