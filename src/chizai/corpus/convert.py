"""Any format to the canonical tables as Parquet, without a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chizai.corpus.ingest import Counts, Progress, ingest
from chizai.corpus.readers.base import Source
from chizai.corpus.schema import TABLES
from chizai.corpus.sources import find_inputs, streams
from chizai.errors import EmptyInput, InputError, OutputInUse, Where
from chizai.files import new_folder


def convert(
    paths: list[Path],
    out: Path,
    *,
    format: str | None = None,
    map_file: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[Counts, list[InputError]]:
    """Read files into ``out`` as one Parquet file a table (see :mod:`chizai.corpus.schema`) plus ``rejects.csv``.

    ``out`` appears whole or not at all and replaces an earlier one. Returns the counts and the files that were refused;
    raises the first refusal when nothing could be read, and OutputInUse when ``out`` holds anything but such tables.
    """
    own = {"rejects.csv", *(f"{name}.parquet" for name in TABLES)}
    if out.exists() and not (out.is_dir() and {path.name for path in out.iterdir()} <= own):
        raise OutputInUse(path=str(out))
    inputs, refused = find_inputs(paths, format=format, map_file=map_file)
    sources = []
    for item in inputs:
        reader: Any = item.reader
        if map_file is not None:
            from chizai.corpus.readers.column_map import read_map
            from chizai.corpus.readers.mapped import MappedReader

            reader = MappedReader(read_map(map_file))
            sources.append((Source(item.paths[0]), reader))
            continue
        source = Source(item.paths[0], bundle=item.paths if len(item.paths) > 1 else ())
        try:
            sources += [(stream, reader) for stream in streams(source, reader)]
        except InputError as error:
            refused.append(error)
    if not sources:
        raise refused[0] if refused else EmptyInput(where=Where(file=str(paths[0])))
    with new_folder(out) as part:
        counts = ingest(sources, part, workers=workers, progress=progress)
    return counts, refused
