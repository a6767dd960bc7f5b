"""Reading, format by format: MB/s of one core, against bare tokenising of the same bytes in the same run.

Bare tokenising is what no reader can do without: expat with no handlers (XML), ``csv`` rows (CSV, TSV), ``json.loads``
a line (JSON Lines). The inputs are the small real or hand-made files of the tests, repeated until they are big enough
to time: rates, not caches, are compared.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from benchmarks.measure import ROOT, Result
from chizai.corpus.ingest import parse_chunk
from chizai.corpus.readers import reader_named
from chizai.corpus.readers.base import Chunk, Source

SAMPLES = ROOT / "tests" / "data"
# Reader, sample, kind, what closes the root element of an XML file.
FORMATS = (
    ("lens-csv", "lens/lens_modern.csv", "csv", ""),
    ("lens-jsonl", "lens/lens_records.jsonl", "lines", ""),
    ("google-csv", "google/export.csv", "csv", ""),
    ("bigquery", "bigquery/publications.jsonl", "lines", ""),
    ("espacenet", "espacenet/results.csv", "csv", ""),
    ("jplatpat", "jp/jplatpat.csv", "csv", ""),
    ("docdb", "epo/docdb.xml", "xml", "exchange-document"),
)


def enlarged(sample: bytes, kind: str, element: str, *, size: int) -> bytes:
    """The sample's records again and again, within one heading or root element, up to ``size`` bytes."""
    if kind == "lines":
        whole = b"".join(line + b"\n" for line in sample.splitlines() if _is_json(line))
        return whole * (size // len(whole) + 1)
    if kind == "csv":
        rows = sample.decode("utf-8-sig")
        head, _, body = rows.partition("\n")
        body = body if body.endswith("\n") else body + "\n"
        return (head + "\n" + body * (size // len(body.encode()) + 1)).encode()
    opening = sample.index(f"<exch:{element} ".encode())
    closing = f"</exch:{element}>".encode()
    end = sample.rindex(closing) + len(closing)
    body = sample[opening:end]
    return sample[:opening] + body * (size // len(body) + 1) + sample[end:]


def _is_json(line: bytes) -> bool:
    """The samples hold broken lines on purpose."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def tokenised(data: bytes, kind: str) -> None:
    if kind == "xml":
        expat.ParserCreate().Parse(data, True)
    elif kind == "lines":
        for line in data.split(b"\n")[:-1]:
            json.loads(line)
    else:
        for _ in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
            pass


def read(path: Path, name: str) -> int:
    reader, records = reader_named(name), 0
    for chunk in reader.chunks(Source(path)):
        if isinstance(chunk, Chunk):
            parsed = parse_chunk(reader, chunk)
            records += parsed.records if hasattr(parsed, "records") and isinstance(parsed.records, int) else 1
    return records


def best(action: Callable[[], object], *, rounds: int) -> float:
    found = []
    for _ in range(rounds):
        start = time.process_time()
        action()
        found.append(time.process_time() - start)
    return min(found)


def run(*, megabytes: int = 20, rounds: int = 3) -> list[Result]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, sample, kind, element in FORMATS:
            data = enlarged((SAMPLES / sample).read_bytes(), kind, element, size=megabytes * 10**6)
            path = Path(folder) / f"{name}{Path(sample).suffix}"
            path.write_bytes(data)
            size = len(data) / 1e6
            assert read(path, name)
            bare = size / best(lambda: tokenised(data, kind), rounds=rounds)
            own = size / best(lambda: read(path, name), rounds=rounds)
            rows.append({"format": name, "MB": size, "bare MB/s": bare, "chizai MB/s": own, "of bare": own / bare})
    return [Result("ingest", "Reading to Arrow against bare tokenising", rows, ["CPU seconds of one core; best of 3."])]
