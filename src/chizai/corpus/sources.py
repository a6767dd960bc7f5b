"""From paths that a user names to sources with their readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import is_zipfile

from chizai.corpus.readers import reader_named, readers, recognise
from chizai.corpus.readers.base import Reader, Source, expand
from chizai.corpus.readers.column_map import SUFFIXES, read_map, sidecar
from chizai.errors import EmptyInput, FileMissing, InputError, UnknownFormat, Where


@dataclass(frozen=True, slots=True)
class Input:
    """What becomes one snapshot: a file, or the files of a format that comes in several."""

    paths: tuple[Path, ...]
    reader: Reader
    names: tuple[str, ...] = ()
    """The names to keep the files under, where they differ from their own."""


def files_below(paths: list[Path], *, passing_over: tuple[Path, ...] = ()) -> list[Path]:
    """Files named directly, and all files in folders named, in a fixed order.

    Below a folder, hidden files and what lies in (or is) one of ``passing_over`` are left out.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(
                item
                for item in path.rglob("*")
                if item.is_file()
                and not any(part.startswith(".") for part in item.relative_to(path).parts)
                and not any(item.resolve().is_relative_to(other) for other in passing_over)
            )
        elif path.is_file():
            found.append(path)
        else:
            raise FileMissing(where=Where(file=str(path)))
    return list(dict.fromkeys(found))


def find_inputs(
    paths: list[Path],
    *,
    format: str | None = None,
    map_file: Path | None = None,
    passing_over: tuple[Path, ...] = (),
) -> tuple[list[Input], list[InputError]]:
    """Group files into inputs and find each one's reader. Files that cannot be read come back as errors.

    A table with its column map beside it (``<file>.map.yaml``), or with ``map_file``, becomes one input with its map.
    """
    files = files_below(paths, passing_over=passing_over)
    inputs: list[Input] = []
    errors: list[InputError] = []
    taken: set[Path] = {path for path in files if path.name.endswith(tuple(SUFFIXES))}
    if map_file is not None:
        read_map(map_file)
    for reader in readers():
        bundles = getattr(reader, "bundles", None)
        if bundles is None or map_file is not None or (format is not None and reader.name != format):
            continue
        for source in bundles([path for path in files if path not in taken]):
            members = source.bundle or (source.path,)
            taken.update(members)
            inputs.append(Input(tuple(members), reader))
    for path in files:
        if path in taken:
            continue
        try:
            if map_file is not None:
                suffix = f".map{map_file.suffix}"
                inputs.append(Input((path, map_file), reader_named("mapped"), (path.name, path.name + suffix)))
                continue
            reader = reader_named(format) if format is not None else _reader_of(path)
        except InputError as error:
            errors.append(error)
            continue
        beside = sidecar(path) if reader.name == "mapped" else None
        inputs.append(Input((path, beside) if beside is not None else (path,), reader))
    return _joined(inputs), errors


def _joined(inputs: list[Input]) -> list[Input]:
    """Files of one folder as one input, where a reader joins what several files say on the same application."""
    kept: list[Input] = []
    together: dict[tuple[str, Path], int] = {}
    for item in inputs:
        joins = getattr(item.reader, "joins_files", False) and not is_zipfile(item.paths[0])
        place = (item.reader.name, item.paths[0].parent)
        if joins and place in together:
            at = together[place]
            kept[at] = Input((*kept[at].paths, *item.paths), item.reader)
            continue
        if joins:
            together[place] = len(kept)
        kept.append(item)
    return kept


def _reader_of(path: Path) -> Reader:
    for source in expand(path):
        try:
            return recognise(source)
        except UnknownFormat:
            continue
    raise UnknownFormat(where=Where(file=path.name))


def streams(source: Source, reader: Reader) -> Iterator[Source]:
    """The streams of a kept file that this reader reads: the file, or the fitting members of a zip."""
    if source.bundle or hasattr(reader, "bundles"):
        yield source  # such a reader opens archives itself: their members belong together
        return
    found = False
    for stream in expand(source.path):
        if not stream.member or reader.recognise(stream.head(), stream):
            found = True
            yield stream
    if not found:
        raise EmptyInput(where=Where(file=source.path.name))
