"""XML ingest against bare tokenising of the same bytes, in one run, in CPU seconds of one core.

    python -m benchmarks.xml_ingest [--of grants|applications|pap|docdb] [--megabytes 200] [--fixtures DIR ...]

Makes a weekly file of the USPTO or a delivery of DOCDB: documents one after the other, the digits of every document
number changed and the readers' caches emptied before each round (so that no cache of numbers helps more than it would
in life), then times over it

- ``expat``: the standard library's tokeniser without handlers (the bare tokenising of the aim: no token reaches Python),
- ``expat+python``: the same with handlers that do nothing (bare tokenising whose tokens do reach Python),
- ``pugixml``: parse only, one document after the other,
- ``lxml``: the whole tree, one document after the other,
- ``chunks``: finding the documents' borders,
- ``chizai``: chunks and records, what an ingest does before it writes,
- ``chizai+arrow``: the same and the rows as Arrow tables.

The documents of the USPTO that the project ships are real. Its DOCDB sample is written by hand to hold what can go
wrong, which costs more than it does in life: give ``--fixtures`` a folder of real deliveries for a fair figure.
"""

from __future__ import annotations

import argparse
import gc
import random
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree
from pugixml import pugi

from benchmarks.ingest import forget
from benchmarks.samples import tokenise_documents, tokenise_for_python
from chizai.corpus.ingest import parse_chunk
from chizai.corpus.readers import docdb, uspto_pap, uspto_redbook
from chizai.corpus.readers.base import Chunk, Reader, Source
from chizai.corpus.schema import Record

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parent / "tests" / "data"
_EXCHANGE = re.compile(rb"<exch:exchange-document[ >].*?</exch:exchange-document>", re.DOTALL)
_DELIVERY = (
    b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE exch:exchange-documents SYSTEM "docdb-entities.dtd">'
    b'<exch:exchange-documents xmlns:exch="http://www.epo.org/exchange">',
    b"</exch:exchange-documents>",
)
USPTO: dict[str, tuple[bytes, Reader]] = {
    "grants": (b"us-patent-grant", uspto_redbook.READERS[0]),
    "applications": (b"us-patent-application", uspto_redbook.READERS[1]),
    "pap": (b"patent-application-publication", uspto_pap.READER),
}
"""Kind of document -> its root element and reader."""
_NUMBER = re.compile(rb"(<doc-number>[^<]*?)(\d{1,6})(</doc-number>)")


def weekly_file(path: Path, samples: list[bytes], size: int, *, seed: int = 7) -> list[bytes]:
    """Write about ``size`` bytes of documents; the documents."""
    draw = random.Random(seed)

    def other(found: re.Match[bytes]) -> bytes:
        digits = found[2]
        return found[1] + str(draw.randrange(10 ** len(digits))).zfill(len(digits)).encode() + found[3]

    documents: list[bytes] = []
    written = 0
    with path.open("wb") as out:
        while written < size:
            document = _NUMBER.sub(other, samples[len(documents) % len(samples)]).rstrip() + b"\n"
            written += out.write(document)
            documents.append(document)
    return documents


def delivery(path: Path, samples: list[bytes], size: int) -> list[bytes]:
    """The same as one file of DOCDB."""
    documents = weekly_file(path, samples, size)
    path.write_bytes(_DELIVERY[0] + path.read_bytes() + _DELIVERY[1])
    return documents


def parse_pugixml(documents: list[bytes]) -> None:
    for document in documents:
        pugi.XMLDocument().load_buffer(document, len(document))


def parse_lxml(documents: list[bytes]) -> None:
    parser = etree.XMLParser(load_dtd=False, resolve_entities=False, no_network=True, huge_tree=True)
    for document in documents:
        etree.fromstring(document, parser)


def cut(reader: Reader, path: Path) -> None:
    for _ in reader.chunks(Source(path)):
        pass


def ingest(reader: Reader, path: Path) -> int:
    records = 0
    for chunk in reader.chunks(Source(path)):
        assert isinstance(chunk, Chunk)
        for item in reader.records(chunk):
            records += isinstance(item, Record)
    return records


def ingest_arrow(reader: Reader, path: Path) -> None:
    for chunk in reader.chunks(Source(path)):
        assert isinstance(chunk, Chunk)
        parse_chunk(reader, chunk)


def timed(action: Callable[[], object]) -> float:
    forget()
    gc.collect()
    start = time.process_time()
    action()
    return time.process_time() - start


def compare(reader: Reader, path: Path, documents: list[bytes], *, repeat: int) -> None:
    megabytes = path.stat().st_size / 1e6
    actions: dict[str, Callable[[], object]] = {
        "expat": lambda: tokenise_documents(documents),
        "expat+python": lambda: tokenise_for_python(documents),
        "chunks": lambda: cut(reader, path),
        "chizai": lambda: ingest(reader, path),
        "chizai+arrow": lambda: ingest_arrow(reader, path),
    }
    # Trees come last: freed, they leave the allocator's lists so full that whoever follows pays for it.
    trees: dict[str, Callable[[], object]] = {
        "pugixml": lambda: parse_pugixml(documents),
        "lxml": lambda: parse_lxml(documents),
    }
    seconds = dict.fromkeys((*actions, *trees), float("inf"))
    for group in (actions, trees):
        # One after the other in each round: a neighbour's load falls on all alike.
        for _ in range(repeat):
            for name, action in group.items():
                seconds[name] = min(seconds[name], timed(action))
    print(f"{'':14}{'MB/s of CPU':>12}{'of expat':>10}")
    for name, taken in seconds.items():
        print(f"{name:14}{megabytes / taken:12.0f}{seconds['expat'] / taken:10.2f}")


def samples_in(folders: list[Path], *, of: str) -> list[bytes]:
    files = [path.read_bytes() for path in sorted(path for folder in folders for path in folder.rglob("*.xml"))]
    if of == "docdb":
        return [found for data in files for found in _EXCHANGE.findall(data)]
    root = re.compile(rb"<" + USPTO[of][0] + rb"[\s>]")
    return [data for data in files if len(root.findall(data)) == 1]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--of", choices=(*USPTO, "docdb"), default="grants")
    options.add_argument("--megabytes", type=int, default=200)
    options.add_argument("--repeat", type=int, default=3, help="the best of so many runs counts")
    options.add_argument("--fixtures", type=Path, nargs="*", help="folders of samples, in place of the shipped ones")
    chosen = options.parse_args()
    weekly = chosen.of in USPTO
    reader: Reader = USPTO[chosen.of][1] if weekly else docdb.READER
    samples = samples_in(chosen.fixtures or [SHIPPED / ("uspto" if weekly else "epo")], of=chosen.of)
    if not samples:
        raise SystemExit("no document in the folders named")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "documents.xml"
        documents = (weekly_file if weekly else delivery)(path, samples, chosen.megabytes * 10**6)
        assert ingest(reader, path) == len(documents) or not weekly
        size = path.stat().st_size / len(documents) / 1000
        print(f"{len(documents)} documents of {len(samples)} samples, {size:.1f} kB each")
        compare(reader, path, documents if weekly else [path.read_bytes()], repeat=chosen.repeat)


if __name__ == "__main__":
    main()
