"""From paths that a user names to sources with their readers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile, ZipFile, is_zipfile

from chizai.corpus.readers import reader_named, readers, recognise
from chizai.corpus.readers.base import Carries, Chunk, Mark, Reader, Source, expand, is_zip
from chizai.corpus.readers.column_map import SUFFIXES, read_map, sidecar
from chizai.corpus.readers.tabular import may_be_table
from chizai.corpus.schema import Record, Reject
from chizai.errors import (
    EmptyInput,
    FileMissing,
    FileUnreadable,
    HostileInput,
    InputError,
    NothingKnownInside,
    UnknownFormat,
    Where,
)

PICTURES = frozenset({".tif", ".tiff", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".pdf"})
"""Members of archives that are not opened to see what they are: deliveries hold tens of thousands of them."""
NAMED = 5
"""So many members are named in an error."""


@dataclass(frozen=True, slots=True)
class Input:
    """What becomes one snapshot: a file, or the files of a format that comes in several."""

    paths: tuple[Path, ...]
    reader: Reader
    names: tuple[str, ...] = ()
    """The names to keep the files under, where they differ from their own."""
    left: tuple[str, ...] = ()
    """Members of an archive that are not read by any input: of no known format, or not of the one asked for."""


@dataclass(slots=True)
class Contents:
    """What an archive holds: its members by the name of the reader that knows them, and those that none knows."""

    read: dict[str, list[Source]] = field(default_factory=dict)
    left: list[tuple[Source, InputError]] = field(default_factory=list)


def files_below(paths: list[Path], *, passing_over: tuple[Path, ...] = ()) -> tuple[list[Path], list[InputError]]:
    """Files named directly, and all files in folders named, in a fixed order; and what cannot be opened.

    Below a folder, hidden files and what lies in (or is) one of ``passing_over`` are left out.
    """
    found: list[Path] = []
    errors: list[InputError] = []
    for path in dict.fromkeys(paths):
        if path.is_dir():
            found += sorted(
                item
                for item in _walk(path, errors)
                if item.is_file()
                and not any(part.startswith(".") for part in item.relative_to(path).parts)
                and not any(item.resolve().is_relative_to(other) for other in passing_over)
            )
        elif path.is_file():
            found.append(path)
        else:
            errors.append(FileMissing(where=Where(file=str(path))))
    kept = []
    for path in dict.fromkeys(found):
        try:
            with path.open("rb"):
                kept.append(path)
        except OSError as error:
            errors.append(_unreadable(path, error))
    return kept, errors


def _walk(root: Path, errors: list[InputError]) -> Iterator[Path]:
    """Every file below a folder; a folder that cannot be looked into is an error, where ``rglob`` is silent."""

    def note(error: OSError) -> None:
        errors.append(_unreadable(Path(error.filename or root), error))

    for folder, below, names in os.walk(root, onerror=note):
        below[:] = [name for name in below if not name.startswith(".")]
        yield from (Path(folder, name) for name in names)


def _unreadable(path: Path, error: OSError) -> FileUnreadable:
    return FileUnreadable(where=Where(file=str(path)), detail=error.strerror or type(error).__name__)


def find_inputs(
    paths: list[Path],
    *,
    format: str | None = None,
    map_file: Path | None = None,
    passing_over: tuple[Path, ...] = (),
) -> tuple[list[Input], list[InputError]]:
    """Group files into inputs and find each one's reader. Files that cannot be read come back as errors.

    A table with its column map beside it (``<file>.map.yaml``), or with ``map_file``, becomes one input with its map.
    An archive becomes one input for each format that it holds.
    """
    forced = reader_named(format) if format is not None else None
    files, errors = files_below(paths, passing_over=passing_over)
    inputs: list[Input] = []
    taken: set[Path] = {path for path in files if path.name.endswith(tuple(SUFFIXES))}
    if map_file is not None:
        read_map(map_file)
        forced = reader_named("mapped")
    for reader in readers():
        bundles = getattr(reader, "bundles", None)
        if bundles is None or map_file is not None or (forced is not None and reader is not forced):
            continue
        for source in bundles([path for path in files if path not in taken]):
            members = source.bundle or (source.path,)
            new = [path for path in members if path not in taken]
            taken.update(members)
            left: list[str] = []
            others: list[Input] = []
            for path in new:
                for item in _of_file(path, forced, known=reader.name):
                    left += item.left
                    others += [item] if item.reader is not reader else []
            inputs.append(Input(tuple(members), reader, left=tuple(left)))
            inputs += [Input(item.paths, item.reader) for item in others]
    for path in files:
        if path in taken:
            continue
        try:
            found = _of_file(path, forced)
        except InputError as error:
            errors.append(error)
            continue
        for item in found:
            beside = map_file or (sidecar(path) if item.reader.name == "mapped" else None)
            if beside is not None:
                suffix = f".map{beside.suffix}" if map_file is not None else beside.name.removeprefix(path.name)
                item = Input((path, beside), item.reader, (path.name, path.name + suffix), item.left)
            inputs.append(item)
    return _joined(inputs), errors


def _of_file(path: Path, forced: Reader | None, *, known: str | None = None) -> list[Input]:
    """The inputs in one file: one, or for an archive one a format. ``known``: a format that is in it for certain."""
    if not _is_archive(path):
        return [Input((path,), forced or recognise_file(path))]
    inside = contents(path, forced.name if forced is not None else None)
    left = tuple("!".join(source.member) for source, _ in inside.left)
    names = list(inside.read) or ([known] if known else [])
    if not names:
        raise _nothing_in(path, inside)
    return [Input((path,), reader_named(name), left=() if place else left) for place, name in enumerate(names)]


def recognise_file(path: Path) -> Reader:
    """The reader of a file that is no archive."""
    for source in expand(path):  # which refuses an empty file
        return recognise(source)
    raise EmptyInput(where=Where(file=path.name))


def _is_archive(path: Path) -> bool:
    """Whether a file is a zip of files; a workbook is a zip too, but one document."""
    if not is_zip(path):
        return False
    try:
        with ZipFile(path) as archive:
            return "[Content_Types].xml" not in archive.namelist()
    except BadZipFile:
        return True  # what is wrong with it is said where it is opened


def _nothing_in(path: Path, inside: Contents) -> InputError:
    """Why an archive gives nothing: the damage in it, what it holds instead, or that it is empty."""
    damage = next((error for _, error in inside.left if not isinstance(error, UnknownFormat)), None)
    if damage is not None:
        return damage
    if not inside.left:
        return EmptyInput(where=Where(file=path.name))
    names = ["!".join(source.member) for source, _ in inside.left]
    more = ["..."] if len(names) > NAMED else []
    return NothingKnownInside(where=Where(file=path.name), members=", ".join([*names[:NAMED], *more]))


def contents(path: Path, forced: str | None = None) -> Contents:
    """The members of an archive by their readers. ``forced``: only this reader's members are looked for."""
    state = path.stat()
    return _contents(path, forced, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=8)
def _contents(path: Path, forced: str | None, _size: int, _changed: int) -> Contents:
    found = Contents()
    for source in expand(path):
        try:
            name = _reader_of_member(source, forced)
        except HostileInput:
            raise  # the archive as a whole is not to be trusted
        except InputError as error:
            found.left.append((source, error))
        else:
            found.read.setdefault(name, []).append(source)
    return found


def _reader_of_member(source: Source, forced: str | None) -> str:
    unknown = UnknownFormat(where=Where(file=source.label))
    if source.suffix in PICTURES:
        raise unknown
    if forced is None:
        return recognise(source).name
    head = source.head()
    # Any table may have a column map, so its reader cannot know its own.
    mine = may_be_table(head) if forced == "mapped" else reader_named(forced).recognise(head, source)
    if not mine:
        raise unknown
    return forced


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


def streams(source: Source, reader: Reader) -> Iterator[tuple[Source, Reader]]:
    """The streams of a kept file that this reader reads: the file, or its members of an archive.

    Members that no reader knows come with :class:`Unread`, so that the rejects file names them; once, beside the first
    of the archive's formats.
    """
    if hasattr(reader, "bundles"):
        yield source, reader  # such a reader opens archives itself: their members belong together
        for path in source.bundle or (source.path,):
            if _is_archive(path):
                yield from _unread(contents(path), reader)
        return
    if (source.bundle and reader.name != "mapped") or not _is_archive(source.path):
        yield source, reader
        return
    inside = contents(source.path)
    if reader.name not in inside.read:
        inside = contents(source.path, reader.name)
    if reader.name not in inside.read:
        raise _nothing_in(source.path, inside)
    for stream in inside.read[reader.name]:
        yield stream, reader
    yield from _unread(inside, reader)


def _unread(inside: Contents, reader: Reader) -> Iterator[tuple[Source, Reader]]:
    if next(iter(inside.read), reader.name) == reader.name:
        for source, error in inside.left:
            yield source, Unread(error)


class Unread:
    """Stands in for the reader of a file that none knows: all that it gives is the reject that says so."""

    name = "unread"
    carries: frozenset[Carries] = frozenset()

    def __init__(self, error: InputError) -> None:
        self.title: dict[str, str] = {}
        self.lacks: dict[Carries, Mark] = {}
        self._error = error

    def recognise(self, _head: bytes, _source: Source) -> bool:
        return False

    def chunks(self, _source: Source) -> Iterator[Chunk | Reject]:
        yield Reject(0, self._error.code, self._error.what("en"))

    def records(self, _chunk: Chunk) -> Iterator[Record | Reject]:
        yield from ()
