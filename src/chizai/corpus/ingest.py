"""From sources to canonical Parquet tables: streaming, in parallel, in a fixed order.

The parent cuts sources into chunks and writes what the workers parsed, in the order of the chunks; so the same input
gives the same bytes whatever the number of workers. At most a few chunks are in flight, so memory does not grow with
the file.
"""

from __future__ import annotations

import csv
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chizai.collector import collector_off
from chizai.corpus.readers.base import READ, Chunk, Reader, Source
from chizai.corpus.schema import ARROW_SCHEMAS, TABLES, Record, Reject, to_arrow
from chizai.errors import EmptyInput, InputError, ReadingStopped, Where
from chizai.files import defused

ROW_GROUP = 200_000
POOL_FROM = 24 * 1024 * 1024
"""Below this many bytes of input a pool of processes costs more than it gives."""

AHEAD = timedelta(days=31)
"""A publication may be announced so long before its day."""

Progress = Callable[[str, int], None]
"""Called with the source's label and the number of records read so far from it."""


@dataclass(slots=True)
class Counts:
    """What came out of an ingest."""

    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    rejects: int = 0
    """Records that were not kept."""
    warnings: int = 0
    """Values that were dropped while their record was kept."""

    @property
    def records(self) -> int:
        return self.rows["publication"]


@dataclass(slots=True)
class _Parsed:
    tables: dict[str, pa.Table]
    rejects: list[Reject]


@collector_off()
def parse_chunk(reader: Reader, chunk: Chunk) -> _Parsed:
    """Parse one chunk to Arrow tables. Runs in a worker."""
    rows: dict[str, list[Any]] = {name: [] for name in TABLES}
    rejects: list[Reject] = []
    for item in reader.records(chunk):
        if isinstance(item, Record):
            for table, found in item.rows():
                rows[table] += found
        else:
            rejects.append(item)
    tables = {name: to_arrow(name, found) for name, found in rows.items() if found}
    return _Parsed({name: _without_future(name, table, rejects) for name, table in tables.items()}, rejects)


def _without_future(name: str, table: pa.Table, rejects: list[Reject]) -> pa.Table:
    """Dates that have not come yet are left out, each with a note: one alone would pass for the end of the data."""
    last = date.today() + AHEAD
    for at, field_ in enumerate(table.schema):
        if not pa.types.is_date(field_.type) or not (newest := pc.max(table[at]).as_py()) or newest <= last:
            continue
        late = pc.fill_null(pc.greater(table[at], pa.scalar(last, field_.type)), False)
        for document, day in zip(table[0].filter(late).to_pylist(), table[at].filter(late).to_pylist(), strict=True):
            detail = "an impossible date was dropped: it has not come yet"
            rejects.append(Reject(0, "malformed-input", detail, field_.name, f"{document}: {day}", fatal=False))
        table = table.set_column(at, field_, pc.if_else(late, pa.scalar(None, field_.type), table[at]))
    return table


def _follow_parent() -> None:
    """End this worker when its parent is gone: a killed parent tells nobody, and workers would wait for ever."""
    parent = parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent alone answers it
    Thread(target=follow, daemon=True).start()


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Processes that start in this block are not interrupted before they have read what to do about it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class TableWriter:
    """Parquet files, one a canonical table, written in row groups of a fixed size."""

    def __init__(self, folder: Path, *, snapshot: str, collection: str) -> None:
        self._folder, self._snapshot, self._collection = folder, snapshot, collection
        self._pending: dict[str, list[pa.Table]] = {name: [] for name in TABLES}
        self._writers: dict[str, pq.ParquetWriter] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, tables: dict[str, pa.Table]) -> None:
        for name, table in tables.items():
            self._pending[name].append(table)
            if sum(part.num_rows for part in self._pending[name]) >= ROW_GROUP:
                self._flush(name)

    def _flush(self, name: str) -> None:
        table = pa.concat_tables(self._pending[name]) if self._pending[name] else ARROW_SCHEMAS[name].empty_table()
        self._pending[name] = []
        for column, value in (("snapshot", self._snapshot), ("collection", self._collection)):
            constant = pa.DictionaryArray.from_arrays(
                pa.array([0] * table.num_rows, type=pa.int8()), pa.array([value], type=pa.string())
            ).dictionary_decode()
            table = table.add_column(0, column, constant)
        if name not in self._writers:
            path = self._folder / f"{name}.parquet"
            self._writers[name] = pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=3)
        self._writers[name].write_table(table, row_group_size=ROW_GROUP)

    def close(self) -> None:
        """Flush every table; tables without rows become empty files, so that all nine always exist."""
        for name in TABLES:
            if self._pending[name] or name not in self._writers:
                self._flush(name)
        self.abandon()

    def abandon(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()


class RejectsWriter:
    """The rejects file: CSV that Excel opens, with the place, the reason and the remedy's code."""

    COLUMNS = ("file", "row", "column", "value", "code", "reason", "kept")

    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._stream)
        self._writer.writerow(self.COLUMNS)

    def write(self, label: str, reject: Reject) -> None:
        cells = (
            label,
            reject.row,
            reject.column or "",
            (reject.value or "")[:500],
            reject.code,
            reject.detail,
            "no" if reject.fatal else "yes, without this value",
        )
        self._writer.writerow([defused(cell) for cell in cells])

    def close(self) -> None:
        self._stream.close()


def ingest(
    sources: Iterable[tuple[Source, Reader]],
    folder: Path,
    *,
    snapshot: str = "",
    collection: str = "",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Counts:
    """Read sources into ``folder`` as one Parquet file a canonical table, plus ``rejects.csv``.

    A source that breaks in the middle (truncated archive) keeps what came before; the break is a row of the rejects
    file. Raises the InputError of the first source when nothing at all could be read.
    """
    todo = list(sources)
    workers = workers if workers is not None else min(os.cpu_count() or 1, 8)
    size = sum(sum(path.stat().st_size for path in (source.bundle or (source.path,))) for source, _ in todo)
    pool: ProcessPoolExecutor | None = None
    if workers > 1 and size >= POOL_FROM:
        # spawn: forking a process that holds engine threads can deadlock.
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_follow_parent)
    writer = TableWriter(folder, snapshot=snapshot, collection=collection)
    rejects = RejectsWriter(folder / "rejects.csv")
    counts = Counts()
    failure: InputError | None = None
    try:
        for source, reader in todo:
            before = counts.records
            READ.start(sum(path.stat().st_size for path in (source.bundle or (source.path,))))
            try:
                for parsed in _parsed(source, reader, pool, depth=2 * workers):
                    for name, table in parsed.tables.items():
                        counts.rows[name] += table.num_rows
                    writer.write(parsed.tables)
                    for reject in parsed.rejects:
                        counts.rejects += reject.fatal
                        counts.warnings += not reject.fatal
                        rejects.write(source.label, reject)
                    if progress is not None:
                        progress(source.label, counts.records - before)
            except InputError as error:
                counts.rejects += 1
                row = error.where.row or 0
                rejects.write(source.label, Reject(row, error.code, error.what("en")))
                failure = failure or error
            except BrokenProcessPool as error:
                raise ReadingStopped(where=Where(file=source.label)) from error
        writer.close()
    finally:
        writer.abandon()
        rejects.close()
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
    if counts.records == 0:
        first = todo[0][0].label if todo else None
        raise failure or EmptyInput(where=Where(file=first))
    return counts


def _parsed(source: Source, reader: Reader, pool: ProcessPoolExecutor | None, *, depth: int) -> Iterator[_Parsed]:
    """Parsed chunks in the order of the source, at most ``depth`` in flight."""
    if pool is None:
        for item in reader.chunks(source):
            yield _Parsed({}, [item]) if isinstance(item, Reject) else parse_chunk(reader, item)
        return
    waiting: deque[Future[_Parsed] | _Parsed] = deque()

    def take() -> _Parsed:
        first = waiting.popleft()
        if isinstance(first, _Parsed):
            return first
        return first.result()

    failure: InputError | None = None
    chunks = iter(reader.chunks(source))
    while True:
        try:
            item = next(chunks)
        except StopIteration:
            break
        except InputError as error:
            failure = error  # what was cut before the break is still parsed
            break
        if isinstance(item, Reject):
            waiting.append(_Parsed({}, [item]))
        else:
            with _interrupts_wait():
                waiting.append(pool.submit(parse_chunk, reader, item))
        while len(waiting) > depth:
            yield take()
    while waiting:
        yield take()
    if failure is not None:
        raise failure
