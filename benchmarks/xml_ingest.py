"""XML ingest against bare tokenising of the same bytes, in one run, in CPU seconds of one core.

    python benchmarks/xml_ingest.py [--megabytes 200] [--fixtures DIR ...]

Makes a weekly file: real USPTO documents one after the other, the digits of every document number changed (so that no
cache of numbers helps more than it would in life), then times over it

- ``expat``: the standard library's tokeniser without handlers (the bare tokenising of the aim: no token reaches Python),
- ``expat+python``: the same with handlers that do nothing (bare tokenising whose tokens do reach Python),
- ``pugixml``: parse only, one document after the other,
- ``lxml``: the whole tree, one document after the other,
- ``chunks``: finding the documents' borders,
- ``chizai``: chunks and records, what an ingest does before it writes,
- ``chizai+arrow``: the same and the rows as Arrow tables.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from lxml import etree
from pugixml import pugi

from chizai.corpus.ingest import parse_chunk
from chizai.corpus.readers.base import Chunk, Source
from chizai.corpus.readers.uspto_redbook import READER
from chizai.corpus.schema import Record

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parent / "tests" / "data" / "uspto"
_NUMBER = re.compile(rb"(<doc-number>[^<]*?)(\d{1,6})(</doc-number>)")


def weekly_file(path: Path, samples: list[bytes], size: int, *, seed: int = 7) -> int:
    """Write about ``size`` bytes of documents; the number of documents."""
    draw = random.Random(seed)

    def other(found: re.Match[bytes]) -> bytes:
        digits = found[2]
        return found[1] + str(draw.randrange(10 ** len(digits))).zfill(len(digits)).encode() + found[3]

    count, written = 0, 0
    with path.open("wb") as out:
        while written < size:
            document = _NUMBER.sub(other, samples[count % len(samples)])
            written += out.write(document.rstrip() + b"\n")
            count += 1
    return count


def split(data: bytes) -> list[bytes]:
    return [b"<?xml " + part for part in data.split(b"<?xml ")[1:]]


def tokenise(documents: list[bytes]) -> None:
    for document in documents:
        parser = expat.ParserCreate()
        parser.Parse(document, True)


def tokenise_for_python(documents: list[bytes]) -> None:
    def nothing(*_: object) -> None: ...

    for document in documents:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = nothing
        parser.Parse(document, True)


def parse_pugixml(documents: list[bytes]) -> None:
    for document in documents:
        pugi.XMLDocument().load_buffer(document, len(document))


def parse_lxml(documents: list[bytes]) -> None:
    parser = etree.XMLParser(load_dtd=False, resolve_entities=False, no_network=True, huge_tree=True)
    for document in documents:
        etree.fromstring(document, parser)


def cut(path: Path) -> None:
    for _ in READER.chunks(Source(path)):
        pass


def ingest(path: Path) -> int:
    records = 0
    for chunk in READER.chunks(Source(path)):
        assert isinstance(chunk, Chunk)
        for item in READER.records(chunk):
            records += isinstance(item, Record)
    return records


def ingest_arrow(path: Path) -> None:
    for chunk in READER.chunks(Source(path)):
        assert isinstance(chunk, Chunk)
        parse_chunk(READER, chunk)


def timed(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--megabytes", type=int, default=200)
    options.add_argument("--repeat", type=int, default=3, help="the best of so many runs counts")
    options.add_argument("--fixtures", type=Path, nargs="*", default=[SHIPPED])
    chosen = options.parse_args()
    paths = sorted(path for folder in chosen.fixtures for path in folder.rglob("*.xml"))
    samples = [data for path in paths if b"<us-patent-grant " in (data := path.read_bytes())]
    samples = [data for data in samples if data.count(b"<us-patent-grant ") == 1]
    if not samples:
        raise SystemExit("no grant in the folders named")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ipg000000.xml"
        count = weekly_file(path, samples, chosen.megabytes * 10**6)
        data = path.read_bytes()
        documents = split(data)
        megabytes = len(data) / 1e6
        assert ingest(path) == count == len(documents)
        actions: dict[str, Callable[[], object]] = {
            "expat": lambda: tokenise(documents),
            "expat+python": lambda: tokenise_for_python(documents),
            "pugixml": lambda: parse_pugixml(documents),
            "lxml": lambda: parse_lxml(documents),
            "chunks": lambda: cut(path),
            "chizai": lambda: ingest(path),
            "chizai+arrow": lambda: ingest_arrow(path),
        }
        rates = {name: megabytes / min(timed(act) for _ in range(chosen.repeat)) for name, act in actions.items()}
    print(f"{megabytes:.0f} MB, {count} documents of {len(samples)} samples, {megabytes * 1000 / count:.0f} kB each")
    print(f"{'':14}{'MB/s of CPU':>12}{'of expat':>10}")
    for name, rate in rates.items():
        print(f"{name:14}{rate:12.0f}{rate / rates['expat']:10.2f}")


if __name__ == "__main__":
    main()
