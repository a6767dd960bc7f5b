"""Reading, format by format: MB/s of one core, against bare tokenising of the same bytes in the same run.

    python -m benchmarks ingest
    python -m benchmarks.ingest [--megabytes 20] [--only espacenet ...]

Bare tokenising is what no reader can do without; which it is stands in the table. Of XML five times as many megabytes
are read, and a second bare tokenising is given, whose tokens reach Python as any reader in Python needs them. The
inputs are those of :mod:`benchmarks.samples`. Times are CPU seconds of all threads and child processes, so other load
on the machine and parallel parts (DuckDB joins PatentsView's tables with several threads) change little; reading itself
runs in this process alone, chunk by chunk to Arrow tables, as one worker of an ingest does.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import _lru_cache_wrapper
from pathlib import Path

from benchmarks.measure import Result, markdown, rounded
from benchmarks.samples import EXPAT, VARIANTS, Variant
from chizai.corpus.ingest import parse_chunk
from chizai.corpus.readers import reader_named, recognise
from chizai.corpus.readers.base import Chunk, Reader, Source

XML_TIMES = 5
"""XML is read ten times as fast as the others: of 20 MB the first numbers and names would weigh too much."""


def read(reader: Reader, source: Source) -> tuple[int, int]:
    """Read a whole source to Arrow tables; (records, rejects), values dropped among the rejects."""
    records = rejects = 0
    for chunk in reader.chunks(source):
        if not isinstance(chunk, Chunk):
            rejects += 1
            continue
        parsed = parse_chunk(reader, chunk)
        records += parsed.tables["publication"].num_rows if "publication" in parsed.tables else 0
        rejects += len(parsed.rejects)
    return records, rejects


def cpu() -> float:
    """CPU seconds so far of this process, all its threads, and the children that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def forget() -> None:
    """Empty the bounded caches of the readers: in a second round they would know every number of the file."""
    caches = [item for item in gc.get_objects() if isinstance(item, _lru_cache_wrapper)]
    for item in caches:
        if str(item.__module__).startswith("chizai.corpus.") and item.cache_parameters()["maxsize"] is not None:
            item.cache_clear()


def best(action: Callable[[], object], *, rounds: int) -> float:
    found = []
    for _ in range(rounds):
        forget()
        gc.collect()
        start = cpu()
        action()
        found.append(cpu() - start)
    return min(found)


def measured(variant: Variant, *, size: int, rounds: int) -> dict[str, object]:
    """One row of the table. AssertionError where not every record and value that was written is read."""
    reader = reader_named(variant.reader)
    with tempfile.TemporaryDirectory() as folder:
        made = variant.make(Path(folder), size)
        assert recognise(made.source) is reader, variant

        def whole() -> None:
            found = read(reader, made.source)
            assert found == (made.records, 0), (variant, made.records, found)

        bare = best(made.tokenise, rounds=rounds)
        tokens = best(made.tokenise_for_python, rounds=rounds) if made.tokenise_for_python else None
        own = best(whole, rounds=rounds)
    megabytes = made.size / 1e6
    return {
        "format": variant.reader,
        "variant": variant.name,
        "MB": megabytes,
        "records": made.records,
        "bare": variant.bare,
        "bare MB/s": megabytes / bare,
        "chizai MB/s": megabytes / own,
        "records/s": made.records / own,
        "of bare": bare / own,
    } | ({"of bare, tokens in Python": tokens / own} if tokens else {})


def run(*, megabytes: float = 20, rounds: int = 3, only: Sequence[str] = ()) -> list[Result]:
    chosen = [variant for variant in VARIANTS if not only or variant.reader in only]
    rows = []
    for variant in chosen:
        print(f"{variant.reader}: {variant.name}", file=sys.stderr, flush=True)
        times = XML_TIMES if variant.bare == EXPAT else 1
        rows.append(measured(variant, size=int(megabytes * 1e6) * times, rounds=rounds))
    notes = [f"CPU seconds of all threads; best of {rounds}. Every record that was written is read, without a reject."]
    return [Result("ingest", "Reading to Arrow against bare tokenising", rows, notes)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--megabytes", type=float, default=20)
    options.add_argument("--rounds", type=int, default=3, help="the best of so many rounds counts")
    options.add_argument("--only", nargs="*", default=[], metavar="FORMAT")
    chosen = options.parse_args()
    (result,) = run(megabytes=chosen.megabytes, rounds=chosen.rounds, only=chosen.only)
    result.rows = [{name: rounded(value) for name, value in row.items()} for row in result.rows]
    print(markdown(result))


if __name__ == "__main__":
    main()
