"""Inputs of every format that chizai reads, made large from the samples of the tests and of the package.

A sample's records are written again and again with other digits in the document numbers, so that no cache of numbers
helps more than it would in life; a number that stands twice in a record stays the same in both places. Real samples
where the package may carry them (red book, PAP, Lens.org of 2017, Patent Public Search, US grants), else records made
by hand in the layout of the source. What is wrong in those on purpose is put right here: rejects are not timed.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, cycle
from pathlib import Path
from xml.parsers import expat

import openpyxl
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq

from benchmarks.measure import ROOT
from chizai.corpus.readers.base import Source

SAMPLES = ROOT / "tests" / "data"
COLLECTIONS = ROOT / "src" / "chizai" / "data" / "collections"
STRIDE = 7919
"""From one copy's numbers to the next one's: prime to 99,999, so that so many copies differ."""
SEPARATOR = "; "
"""Between the values of a cell that holds a list in the collection of US grants."""

EXPAT, ROWS, LINES = "expat, no handlers", "csv rows", "json.loads a line"


MENDED = {
    "2020-02-30": "2020-02-28",  # Google
    "20170931": "20170921",  # BigQuery
    '"application_number": "???"': '"application_number": "JP-2016040001-A"',
    "2021-07-15\n2021-07-16": "2021-07-15",  # Espacenet
    "2019/13/45": "2019/12/03",  # J-PlatPat
    "19980231": "19980228",  # DOCDB
    "9901X": "09999001",
    "0218-06-19": "2018-06-19",  # PatentsView
    '"?"\t"63"': '"B"\t"63"',
    '"99999999"': '"10999004"',
}
"""What the tests' samples hold that costs a value, and what stands here instead."""


@dataclass(frozen=True)
class Input:
    """What one run reads, and what it must find."""

    source: Source
    size: int
    """The bytes that both sides go through; of packed formats see :data:`VARIANTS`."""
    records: int
    tokenise: Callable[[], object]
    tokenise_for_python: Callable[[], object] | None = None
    """Of XML: the same with handlers that do nothing."""


@dataclass(frozen=True)
class Variant:
    """A format in one of its generations or packings."""

    reader: str
    name: str
    bare: str
    """What no reader can do without, by name."""
    make: Callable[[Path, int], Input]
    """Write about so many bytes of it into a folder."""


def sample_text(path: str) -> str:
    text = (SAMPLES / path).read_text(encoding="utf-8-sig")
    for wrong, right in MENDED.items():
        text = text.replace(wrong, right)
    return text


# Numbers --------------------------------------------------------------------------------------------------------------

# Each finds (what stands before, up to five last digits of a document number, what stands behind).
TAGGED = re.compile(r"(<doc-number>[^<]*?)(\d{1,5})(</doc-number>)")
EXCHANGED = re.compile(r'(doc-number(?:="|>)[^<"]*?)(\d{1,5})([^\d<"]{0,2}[<"])')
LENS_CELL = re.compile(r"([A-Z]{2} [A-Z]{0,2}(?:\d{4}/)?\d*?)(\d{1,5})( [A-Z]\d?)")
LENS_KEY = re.compile(r'("doc_number": "[^"]*?)(\d{1,5})(")')
DASHED = re.compile(r"([A-Z]{2}-\d*?)(\d{1,5})(-[A-Z]\d?)")
ESPACENET = re.compile(r"([A-Z]{2}[A-Z]?\d*?)(\d{5})([A-Z]\d?\b)")
CLASSIC = re.compile(r"([A-Z]{2}\d*?)(\d{5})( \([A-Z]|[A-Z]? \d{8})")
JAPANESE = re.compile(r"((?:特許|[特実][願開]\w{4}[-－])\d{0,2}?)(\d{5,6})()")
JPO_KEY = re.compile(r'(Number":"(?:JP[A-Z] )?[\d-]*?)(\d{5})(")')
SEARCHED = re.compile(r'("(?:US-)?(?:RE|PP|D|H)?(?:\d+/)?\d*?)(\d{5})((?:-[A-Z]\d?)?")')


def renumbered(text: str, number: re.Pattern[str], shift: int) -> str:
    """The text with every document number moved on by ``shift``: equal ones stay equal, none becomes zero."""

    def other(found: re.Match[str]) -> str:
        digits = found[2]
        most = 10 ** len(digits) - 1
        return f"{found[1]}{(int(digits) + shift) % most + 1:0{len(digits)}d}{found[3]}"

    return number.sub(other, text)


def again(
    parts: Sequence[tuple[str, int]], number: re.Pattern[str], size: int, *, encoding: str = "utf-8"
) -> Iterator[tuple[bytes, int]]:
    """Parts of a sample, each (text, records in it), in turn and renumbered, until ``size`` bytes are reached."""
    written = 0
    for turn, (text, records) in enumerate(cycle(parts)):
        data = renumbered(text, number, turn * STRIDE).encode(encoding)
        yield data, records
        written += len(data)
        if written >= size:
            return


# Delimited text and JSON lines ----------------------------------------------------------------------------------------


def tokenise_rows(data: bytes, encoding: str, delimiter: str) -> None:
    for _ in csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter):
        pass


def tokenise_lines(data: bytes) -> None:
    for line in data.split(b"\n")[:-1]:
        json.loads(line)


def delimited(
    folder: Path,
    size: int,
    *,
    sample: str,
    head: int = 1,
    rows: int,
    records: int,
    number: re.Pattern[str],
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> Input:
    """The first ``rows`` rows after ``head`` lines, which make so many records."""
    lines = sample_text(sample).splitlines(keepends=True)
    text = "".join(lines[head:])
    found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[:rows]
    body = io.StringIO(newline="")
    csv.writer(body, delimiter=delimiter).writerows(found)
    pieces = list(again([(body.getvalue(), records)], number, size, encoding=encoding))
    data = "".join(lines[:head]).encode(encoding) + b"".join(piece for piece, _ in pieces)
    path = folder / "export.csv"
    path.write_bytes(data)
    tokenise = partial(tokenise_rows, data, encoding, delimiter)
    return Input(Source(path), len(data), sum(found for _, found in pieces), tokenise)


def json_lines(folder: Path, size: int, *, parts: Sequence[tuple[str, int]], number: re.Pattern[str]) -> Input:
    pieces = list(again(parts, number, size))
    data = b"".join(piece for piece, _ in pieces)
    path = folder / "records.jsonl"
    path.write_bytes(data)
    return Input(Source(path), len(data), sum(found for _, found in pieces), partial(tokenise_lines, data))


def sample_lines(folder: Path, size: int, *, sample: str, lines: int, records: int, number: re.Pattern[str]) -> Input:
    """The first lines of a sample; those after them are broken on purpose."""
    text = sample_text(sample).splitlines(keepends=True)[:lines]
    return json_lines(folder, size, parts=[("".join(text), records)], number=number)


def search_lines(folder: Path, size: int) -> Input:
    """The 903 real records of the collection of US documents."""
    with gzip.open(COLLECTIONS / "us_documents.jsonl.gz", "rt", encoding="utf-8") as stream:
        return json_lines(folder, size, parts=[(line, 1) for line in stream], number=SEARCHED)


# XML ------------------------------------------------------------------------------------------------------------------


def tokenise_documents(documents: Sequence[bytes]) -> None:
    for document in documents:
        expat.ParserCreate().Parse(document, True)


def tokenise_for_python(documents: Sequence[bytes]) -> None:
    def nothing(*_: object) -> None: ...

    for document in documents:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = nothing
        parser.Parse(document, True)


def xml_input(path: Path, size: int, records: int, documents: Sequence[bytes]) -> Input:
    both = partial(tokenise_documents, documents), partial(tokenise_for_python, documents)
    return Input(Source(path), size, records, *both)


def documents_of(folder: Path, size: int, *, samples: Sequence[str]) -> Input:
    """A weekly file of the USPTO: documents one after the other."""
    parts = [(sample_text(f"uspto/{name}").rstrip() + "\n", 1) for name in samples]
    documents = [data for data, _ in again(parts, TAGGED, size)]
    path = folder / "weekly.xml"
    path.write_bytes(b"".join(documents))
    return xml_input(path, sum(map(len, documents)), len(documents), documents)


def exchange(folder: Path, size: int) -> Input:
    """A DOCDB file of the two hand-made documents that are whole, within one root element."""
    lines = sample_text("epo/docdb.xml").splitlines(keepends=True)
    pieces = [data for data, _ in again([("".join(lines[1:3]), 2)], EXCHANGED, size)]
    data = lines[0].encode() + b"".join(pieces) + b"</exch:exchange-documents>\n"
    path = folder / "exchange.xml"
    path.write_bytes(data)
    return xml_input(path, len(data), 2 * len(pieces), [data])


def responses(folder: Path, size: int, *, members: int = 50) -> Input:
    """Family responses of OPS one after the other, of so many family members each."""
    text = sample_text("epo/ops_family.xml")
    start = text.index("        <ops:family-member ")
    end = text.index("    </ops:patent-family>")
    pieces = [data for data, _ in again([(text[start:end], 2)], EXCHANGED, size)]
    each = members // 2
    documents = [
        text[:start].encode() + b"".join(pieces[at : at + each]) + text[end:].encode()
        for at in range(0, len(pieces), each)
    ]
    path = folder / "responses.xml"
    path.write_bytes(b"".join(documents))
    return xml_input(path, sum(map(len, documents)), 2 * len(pieces), documents)


# Workbooks and Parquet ------------------------------------------------------------------------------------------------


def workbook(folder: Path, size: int) -> Input:
    """Espacenet's list as a workbook; its size is that of the sheet's XML unpacked."""
    lines = sample_text("espacenet/results.csv").splitlines(keepends=True)
    book = openpyxl.Workbook()
    for row in csv.reader(lines[:8], delimiter=";"):
        book.active.append(row)
    records = 0
    # Mark-up makes three bytes of one.
    for data, found in again([("".join(lines[8:]), 4)], ESPACENET, size // 3):
        for row in csv.reader(io.StringIO(data.decode(), newline=""), delimiter=";"):
            book.active.append(row)
        records += found
    path = folder / "results.xlsx"
    book.save(path)
    with zipfile.ZipFile(path) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml")
    return xml_input(path, len(sheet), records, [sheet])


def in_parquet(path: Path, table: pa.Table) -> Input:
    pq.write_table(table, path, compression="zstd")
    return Input(Source(path), path.stat().st_size, table.num_rows, partial(pq.read_table, path))


def bigquery_parquet(folder: Path, size: int) -> Input:
    """The records of as many bytes of JSON lines; the size is that of the Parquet file."""
    text = sample_text("bigquery/publications.jsonl").splitlines(keepends=True)[:2]
    lines = b"".join(data for data, _ in again([("".join(text), 2)], DASHED, size))
    options = pyarrow.json.ReadOptions(block_size=max(1 << 20, len(lines)))
    return in_parquet(folder / "publications.parquet", pyarrow.json.read_json(io.BytesIO(lines), read_options=options))


def grants(size: int) -> pa.Table:
    """Rows of the collection of US grants, about so many bytes as CSV; after its end again with other numbers."""
    table = pq.read_table(COLLECTIONS / "us_grants.parquet")
    rows = size // 1050 + 1
    found = []
    for turn in count():
        names = [str((int(text) + turn * STRIDE) % 10**7) if text.isdigit() else text for text in
                 table.column("patent_number").to_pylist()]  # fmt: skip
        found.append(table.set_column(0, "patent_number", pa.array(names)))
        if len(found) * table.num_rows >= rows:
            return pa.concat_tables(found).slice(0, rows).combine_chunks()
    raise AssertionError


def mapped_parquet(folder: Path, size: int) -> Input:
    (folder / "grants.parquet.map.yaml").write_bytes((COLLECTIONS / "us_grants.parquet.map.yaml").read_bytes())
    return in_parquet(folder / "grants.parquet", grants(size))


def mapped_csv(folder: Path, size: int) -> Input:
    """The same grants as CSV, lists as cells with a separator."""
    table = grants(size)
    lists = [field.name for field in table.schema if pa.types.is_list(field.type)]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        for name in lists:
            row[name] = SEPARATOR.join("" if item is None else str(item) for item in row[name] or [])
        writer.writerow(row.values())
    data = text.getvalue().encode()
    (folder / "grants.csv").write_bytes(data)
    described = (COLLECTIONS / "us_grants.parquet.map.yaml").read_text(encoding="utf-8")
    for name in lists:
        value = f"{{column: {name}, separator: '{SEPARATOR}'}}"
        described = re.sub(rf"^(.*: ){name}$", rf"\1{value}", described, flags=re.MULTILINE)
    (folder / "grants.csv.map.yaml").write_text(described, encoding="utf-8")
    return Input(Source(folder / "grants.csv"), len(data), table.num_rows, partial(tokenise_rows, data, "utf-8", ","))


LENS_MAP = {
    "chizai_map": 1,
    "publication": {
        "number": "Publication Number",
        "date": "Publication Date",
        "times_cited": "Cited by Patent Count",
        "source_id": "Lens ID",
    },
    "application": {"number": "Application Number", "filing_date": "Application Date"},
    "applicants": {"name": {"column": "Applicants", "separator": ";;"}},
    "inventors": {"name": {"column": "Inventors", "separator": ";;"}},
    "classes": [
        {"scheme": "cpc", "symbol": {"column": "CPC Classifications", "separator": ";;"}},
        {"scheme": "ipc", "symbol": {"column": "IPCR Classifications", "separator": ";;"}},
    ],
    "texts": [{"part": "title", "text": "Title"}],
}


def mapped_lists(folder: Path, size: int) -> Input:
    """The Lens.org CSV of 2018 to 2020 as a table of someone's own: short rows, lists in cells."""
    made = delimited(folder, size, sample="lens/lens_middle.csv", rows=2, records=2, number=LENS_CELL)
    # YAML holds JSON.
    made.source.path.with_name(made.source.path.name + ".map.yaml").write_text(json.dumps(LENS_MAP))
    return made


# PatentsView ----------------------------------------------------------------------------------------------------------

_KEYS = re.compile(r'"(?:(10|D)999(\d{3})|(\d+)999(\d{3})|([lr])-(\d))"')


def _of_copy(text: str, copy: int) -> str:
    """One copy of a table's rows: own patents and places of its own, other numbers moved on."""

    def other(found: re.Match[str]) -> str:
        own, tail, before, behind, table, place = found.groups()
        if own:  # never twice: a patent that stands in the main table already is a reject
            return f'"1{copy:06d}{tail[-1]}"' if own == "10" else f'"D{100_000 + copy}"'
        return f'"{before}{copy % 1000:03d}{behind}"' if before else f'"{table}-{copy}-{place}"'

    return _KEYS.sub(other, text)


def patentsview(folder: Path, size: int) -> Input:
    """Nineteen tables in a folder, four patents a copy; the size is that of all tables."""
    heads, bodies = {}, {}
    for path in sorted((SAMPLES / "patentsview").glob("*.tsv")):
        heads[path.name], _, bodies[path.name] = sample_text(f"patentsview/{path.name}").partition("\n")
    copies = max(1, size // len("".join(bodies.values()).encode()))
    tables = []
    for name, body in bodies.items():
        data = (heads[name] + "\n" + "".join(_of_copy(body, copy) for copy in range(copies))).encode()
        (folder / name).write_bytes(data)
        tables.append(data)

    def tokenise() -> None:
        for data in tables:
            tokenise_rows(data, "utf-8", "\t")

    source = Source(folder / "g_patent.tsv", bundle=tuple(sorted(folder.glob("*.tsv"))))
    return Input(source, sum(map(len, tables)), 4 * copies, tokenise)


# All of them ----------------------------------------------------------------------------------------------------------

GRANTS = ("US08930553.xml", "US07272630B2.xml", "US06859910.xml")
APPLICATIONS = ("US20050004437A1.xml", "US20050004974A1.xml")
PAP = ("US20010000044A1.xml", "US20010009014A1.xml")
_japanese = partial(delimited, sample="jp/jplatpat.csv", rows=3, records=4, number=JAPANESE)

VARIANTS = (
    Variant("mapped", "CSV, US grants", ROWS, mapped_csv),
    Variant("mapped", "CSV, short rows with lists", ROWS, mapped_lists),
    Variant("mapped", "Parquet, US grants (MB packed)", "pyarrow read_table", mapped_parquet),
    Variant("uspto-grant", "red book v4.0 to v4.5", EXPAT, partial(documents_of, samples=GRANTS)),
    Variant("uspto-application", "red book v4.0", EXPAT, partial(documents_of, samples=APPLICATIONS)),
    Variant("uspto-pap", "PAP 2001", EXPAT, partial(documents_of, samples=PAP)),
    Variant("ops", "families of 50", EXPAT, responses),
    Variant("docdb", "exchange file", EXPAT, exchange),
    Variant(
        "jpo-api",
        "JSON lines",
        LINES,
        partial(sample_lines, sample="jp/jpo_api.jsonl", lines=4, records=3, number=JPO_KEY),
    ),
    Variant(
        "bigquery",
        "JSON lines",
        LINES,
        partial(sample_lines, sample="bigquery/publications.jsonl", lines=2, records=2, number=DASHED),
    ),
    Variant("bigquery", "Parquet (MB packed)", "pyarrow read_table", bigquery_parquet),
    Variant("ppubs", "JSON lines", LINES, search_lines),
    Variant(
        "lens-jsonl",
        "JSON lines",
        LINES,
        partial(sample_lines, sample="lens/lens_records.jsonl", lines=2, records=2, number=LENS_KEY),
    ),
    Variant("patentsview", "19 tables (TSV)", ROWS, patentsview),
    Variant(
        "lens-csv", "2017", ROWS, partial(delimited, sample="lens/lens_2017.csv", rows=13, records=13, number=LENS_CELL)
    ),
    Variant(
        "lens-csv",
        "2018 to 2020",
        ROWS,
        partial(delimited, sample="lens/lens_middle.csv", rows=2, records=2, number=LENS_CELL),
    ),
    Variant(
        "lens-csv",
        "modern",
        ROWS,
        partial(delimited, sample="lens/lens_modern.csv", rows=2, records=2, number=LENS_CELL),
    ),
    Variant(
        "google-csv",
        "CSV",
        ROWS,
        partial(delimited, sample="google/export.csv", head=2, rows=4, records=4, number=DASHED),
    ),
    Variant(
        "espacenet",
        "CSV",
        ROWS,
        partial(delimited, sample="espacenet/results.csv", head=8, rows=3, records=4, number=ESPACENET, delimiter=";"),
    ),
    Variant(
        "espacenet",
        "classic CSV",
        ROWS,
        partial(delimited, sample="espacenet/classic.csv", head=5, rows=2, records=2, number=CLASSIC, delimiter=";"),
    ),
    Variant("espacenet", "XLSX (MB of XML)", EXPAT, workbook),
    Variant("jplatpat", "CSV, cp932", ROWS, partial(_japanese, encoding="cp932")),
    Variant("jplatpat", "CSV, UTF-8", ROWS, _japanese),
)
