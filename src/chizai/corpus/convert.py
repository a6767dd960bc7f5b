"""Any format to the canonical tables as Parquet, without a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from chizai.corpus.ingest import Counts, Progress, ingest
from chizai.corpus.readers.base import Reader, Source
from chizai.corpus.schema import TABLES
from chizai.corpus.sources import find_inputs, streams
from chizai.errors import InputError, NoFiles, OutputInUse, Where
from chizai.files import new_folder, refuse_overwriting


class Converted(NamedTuple):
    """What came out, the files that were refused, and the members of archives that no reader knows."""

    counts: Counts
    refused: list[InputError]
    left: list[tuple[str, tuple[str, ...]]]


def convert(
    paths: list[Path],
    out: Path,
    *,
    format: str | None = None,
    map_file: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Converted:
    """Read files into ``out`` as one Parquet file a table (see :mod:`chizai.corpus.schema`) plus ``rejects.csv``.

    ``out`` appears whole or not at all and replaces an earlier one. Raises the first refusal when nothing could be read,
    OutputInUse when ``out`` holds anything but such tables, and OutputIsInput when it holds what is to be read.
    """
    own = {"rejects.csv", *(f"{name}.parquet" for name in TABLES)}
    if out.exists() and not (out.is_dir() and {path.name for path in out.iterdir()} <= own):
        raise OutputInUse(path=str(out))
    inputs, refused = find_inputs(paths, format=format, map_file=map_file)
    refuse_overwriting([out, *(out / name for name in own)], [path for item in inputs for path in item.paths])
    given: Reader | None = None
    if map_file is not None:
        from chizai.corpus.readers.column_map import read_map
        from chizai.corpus.readers.mapped import MappedReader

        given = MappedReader(read_map(map_file))
    sources: list[tuple[Source, Reader]] = []
    left: list[tuple[str, tuple[str, ...]]] = []
    for item in inputs:
        source = Source(item.paths[0], bundle=item.paths if len(item.paths) > 1 and given is None else ())
        try:
            sources += streams(source, given or item.reader)
        except InputError as error:
            refused.append(error)
            continue
        if item.left:
            left.append((item.paths[0].name, item.left))
    if not sources:
        raise refused[0] if refused else NoFiles(where=Where(file=", ".join(map(str, paths))))
    with new_folder(out) as part:
        counts = ingest(sources, part, workers=workers, progress=progress)
    return Converted(counts, refused, left)
