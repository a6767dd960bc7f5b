"""From sources to tables: streaming, in order, with every reject at its place, whatever breaks."""

from __future__ import annotations

import csv
import gzip
import os
import random
import time
import tracemalloc
from collections.abc import Iterator
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar

import pyarrow.parquet as pq
import pytest

from chizai.corpus import ingest as module
from chizai.corpus.convert import convert
from chizai.corpus.ingest import Counts, ingest
from chizai.corpus.readers import reader_named
from chizai.corpus.readers.base import Chunk, Source
from chizai.corpus.schema import ARROW_SCHEMAS, TABLES, Publication, Record, Reject
from chizai.corpus.sources import files_below, find_inputs
from chizai.errors import (
    EmptyInput,
    FileMissing,
    InputError,
    OutputInUse,
    ReadingStopped,
    TruncatedInput,
    UnknownChoice,
    Where,
)
from chizai.files import defused

DATA = Path(__file__).parent / "data"
GOOGLE = DATA / "google" / "export.csv"
FORKING = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


class Scripted:
    """A reader that does what the chunks say; chunks of later places finish first."""

    name = "scripted"
    title: ClassVar[dict[str, str]] = {"en": "", "ja": ""}
    carries: ClassVar[frozenset[Any]] = frozenset()
    lacks: ClassVar[dict[Any, Any]] = {}

    def __init__(self, *chunks: Any, breaks: bool = False) -> None:
        self._chunks, self._breaks = chunks, breaks

    def recognise(self, head: bytes, source: Source) -> bool:
        return True

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        for number, item in enumerate(self._chunks):
            yield item if isinstance(item, Reject) else Chunk((len(self._chunks) - number, item), number)
        if self._breaks:
            raise TruncatedInput(where=Where(file=source.label, row=99), detail="cut")

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        wait, items = chunk.data
        time.sleep(wait * 0.01)
        for item in items:
            if item == "die":
                os._exit(3)
            if isinstance(item, Reject):
                yield item
            else:
                yield Record(Publication(f"EP-{item}-A1", "EP", str(item), "A1", "application"))


@pytest.fixture
def pooled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a small source is read by a pool; its processes are forked, for new ones would not know this module."""
    monkeypatch.setattr(module, "POOL_FROM", 0)
    monkeypatch.setattr(module, "get_context", lambda _: get_context("fork"))


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "in.txt"
    path.write_text("content")
    return Source(path)


def numbers(folder: Path) -> list[int]:
    return [int(number) for number in pq.read_table(folder / "publication.parquet")["number"].to_pylist()]


def rejected(folder: Path) -> list[list[str]]:
    with (folder / "rejects.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))[1:]


@pytest.mark.parametrize("workers", [1, 2])
@FORKING
@pytest.mark.usefixtures("pooled")
def test_rows_and_rejects_come_in_the_order_of_the_source(source: Source, tmp_path: Path, workers: int) -> None:
    warning = Reject(5, "malformed-input", "a date", column="filed", value="x", fatal=False)
    reader = Scripted([1, 2, warning], Reject(7, "input", "between"), [3], [4, Reject(9, "bad-number", "=x")], [5])
    counts = ingest([(source, reader)], tmp_path / "out", workers=workers, snapshot="s", collection="c")
    assert numbers(tmp_path / "out") == [1, 2, 3, 4, 5]
    assert (counts.records, counts.rejects, counts.warnings) == (5, 2, 1)
    assert [(row[0], row[1], row[4], row[6][:3]) for row in rejected(tmp_path / "out")] == [
        ("in.txt", "5", "malformed-input", "yes"),
        ("in.txt", "7", "input", "no"),
        ("in.txt", "9", "bad-number", "no"),
    ]
    assert rejected(tmp_path / "out")[2][5] == "'=x"  # a spreadsheet must not run it


@pytest.mark.parametrize("workers", [1, 2])
@FORKING
@pytest.mark.usefixtures("pooled")
def test_a_source_that_breaks_keeps_what_came_before_and_the_next_is_read(
    source: Source, tmp_path: Path, workers: int
) -> None:
    jobs = [(source, Scripted([1], [2], breaks=True)), (source, Scripted([3]))]
    counts = ingest(jobs, tmp_path / "out", workers=workers)
    assert numbers(tmp_path / "out") == [1, 2, 3]
    assert counts.rejects == 1
    assert rejected(tmp_path / "out")[0][1:5] == ["99", "", "", "truncated-input"]


def test_the_first_error_is_raised_when_nothing_could_be_read(source: Source, tmp_path: Path) -> None:
    with pytest.raises(TruncatedInput):
        ingest([(source, Scripted(breaks=True)), (source, Scripted())], tmp_path / "a")
    with pytest.raises(EmptyInput) as caught:
        ingest([(source, Scripted(Reject(1, "input", "x")))], tmp_path / "b")
    assert caught.value.where.file == "in.txt"
    with pytest.raises(EmptyInput):
        ingest([], tmp_path / "c")


@FORKING
@pytest.mark.usefixtures("pooled")
def test_a_worker_that_dies_is_an_error_and_not_a_hang(source: Source, tmp_path: Path) -> None:
    # Many chunks: some are handed over after the death. What was read is not kept as if it were the whole.
    with pytest.raises(ReadingStopped) as caught:
        ingest([(source, Scripted([1], ["die"], *([n] for n in range(2, 40))))], tmp_path / "out", workers=2)
    assert "in.txt" in caught.value.text("ja")


def test_all_tables_are_written_even_without_rows(source: Source, tmp_path: Path) -> None:
    ingest([(source, Scripted([1]))], tmp_path / "out", snapshot="s", collection="c")
    for name in TABLES:
        schema = pq.read_schema(tmp_path / "out" / f"{name}.parquet")
        assert schema.names == ["collection", "snapshot", *ARROW_SCHEMAS[name].names]


def test_a_day_that_has_not_come_yet_is_left_out_and_said(source: Source, tmp_path: Path) -> None:
    """One publication of 2131 would make all the years up to it look complete."""

    class Dated(Scripted):
        def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
            for number, day in enumerate(chunk.data[1]):
                yield Record(Publication(f"EP-{number}-A1", "EP", str(number), "A1", "application", day))

    days = [date(2017, 12, 31), date.today() + timedelta(days=20), date(2131, 6, 5), None]
    folder = tmp_path / "out"
    counts = ingest([(source, Dated(days))], folder, workers=1)
    assert pq.read_table(folder / "publication.parquet")["publication_date"].to_pylist() == [*days[:2], None, None]
    assert (counts.records, counts.rejects, counts.warnings) == (4, 0, 1)
    [row] = rejected(folder)
    assert row[2:5] == ["publication_date", "EP-2-A1: 2131-06-05", "malformed-input"]


def test_memory_does_not_grow_with_the_source(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROW_GROUP", 500)
    monkeypatch.setattr(Scripted, "records", lambda _, chunk: map(_record, chunk.data[1]))
    peaks = []
    for size in (4, 40):
        reader = Scripted(*(range(part * 1000, part * 1000 + 1000) for part in range(size)))
        tracemalloc.start()
        ingest([(source, reader)], tmp_path / str(size), workers=1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def _record(number: int) -> Record:
    return Record(Publication(f"EP-{number}-A1", "EP", str(number), "A1", "application"))


def test_progress_is_told_per_source(source: Source, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    ingest(
        [(source, Scripted([1], [2, 3])), (source, Scripted([4]))],
        tmp_path / "out",
        progress=lambda label, count: told.append((label, count)),
    )
    assert told == [("in.txt", 1), ("in.txt", 3), ("in.txt", 1)]


def test_counts_are_equal_when_they_count_the_same() -> None:
    assert Counts() == Counts()
    assert Counts(rejects=1) != Counts()


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\tx", "'\tx"), ("\rx", "'\rx"), ("a=1", "a=1")],
)
def test_a_text_that_a_spreadsheet_would_run_gets_a_mark(cell: str, shown: str) -> None:
    assert defused(cell) == shown
    assert defused(-1) == -1


# Finding inputs -------------------------------------------------------------------------------------------------------


def test_files_are_found_in_a_fixed_order_and_once(tmp_path: Path) -> None:
    for name in ("b/2.csv", "a/1.csv", "b/.git/x.csv", ".hidden", "c.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    paths = [tmp_path / "d.csv", tmp_path / "c.csv", tmp_path]
    found, (error,) = files_below(paths, passing_over=(tmp_path / "b" / "2.csv",))
    assert [path.name for path in found] == ["c.csv", "1.csv"]
    assert isinstance(error, FileMissing)


def test_a_table_goes_with_the_map_beside_it(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("no\nUS 10123456 B2\n")
    (tmp_path / "t.csv.map.yaml").write_text("chizai_map: 1\npublication: {number: no}\n")
    for paths in ([tmp_path], [tmp_path / "t.csv"], [tmp_path / "t.csv", tmp_path / "t.csv.map.yaml"]):
        (found,), errors = find_inputs(paths)
        assert errors == []
        assert (found.reader.name, [path.name for path in found.paths]) == ("mapped", ["t.csv", "t.csv.map.yaml"])


def test_a_format_that_does_not_exist_is_said_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UnknownChoice):
        find_inputs([GOOGLE], format="banana")


# Convert --------------------------------------------------------------------------------------------------------------


def test_convert_reads_several_formats_into_one_set_of_tables(tmp_path: Path) -> None:
    counts, refused, left = convert([GOOGLE, DATA / "jp", DATA / "patentsview"], tmp_path / "out")
    assert left == []
    assert refused == []
    assert counts.records == pq.read_table(tmp_path / "out" / "publication.parquet").num_rows > 10
    offices = set(pq.read_table(tmp_path / "out" / "publication.parquet")["office"].to_pylist())
    assert {"US", "JP"} <= offices


def test_convert_leaves_nothing_behind_when_nothing_could_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("x")
    (tmp_path / "none").mkdir()
    for path in (tmp_path / "x.txt", tmp_path / "none"):
        with pytest.raises(InputError):
            convert([path], tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["none", "x.txt"]


def test_convert_replaces_only_what_it_made(tmp_path: Path) -> None:
    convert([GOOGLE], tmp_path / "out")
    convert([DATA / "epo" / "docdb.xml"], tmp_path / "out")
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(OutputInUse):
        convert([GOOGLE], tmp_path / "out")
    with pytest.raises(OutputInUse):
        convert([GOOGLE], tmp_path / "out" / "mine.txt")
    assert (tmp_path / "out" / "mine.txt").read_text() == "x"


def test_a_gzip_that_ends_too_early_keeps_what_came_before(tmp_path: Path) -> None:
    lines = GOOGLE.read_text(encoding="utf-8-sig").splitlines()
    noise = random.Random(5)
    many = [lines[0], lines[1]]
    for number in range(30_000):
        title = f"{noise.getrandbits(200):x}"
        many.append(f"US-{8_000_000 + number}-B2,{title},,,2001-01-01,2001-01-01,2003-01-01,,https://x,")
    packed = gzip.compress("\n".join(many).encode())
    (tmp_path / "cut.csv.gz").write_bytes(packed[: len(packed) // 2])
    reader = reader_named("google-csv")
    counts = ingest([(Source(tmp_path / "cut.csv.gz"), reader)], tmp_path / "out", workers=1)
    assert counts.records > 5_000
    assert rejected(tmp_path / "out")[-1][4] == "truncated-input"
