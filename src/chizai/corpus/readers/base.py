"""What a reader is.

A reader turns one source format into :class:`~chizai.corpus.schema.Record` rows. It is a pure function of bytes: it
knows the schema and nothing of workspaces, engines or faces. To add one: write a module beside this one with a class
that satisfies :class:`Reader`, and name it in ``chizai.corpus.readers.MODULES``.

The work is cut in two so that it streams and runs in parallel: ``chunks`` (in the parent, cheap: find record borders)
and ``records`` (in a worker: parse). A chunk holds some megabytes, never the whole file.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal, Protocol

from chizai.corpus.schema import Record, Reject
from chizai.errors import EmptyInput, HostileInput, MalformedInput, TruncatedInput, Where
from chizai.files import missing
from chizai.foreign import of_sentence

HEAD_BYTES = 256 * 1024
CHUNK_BYTES = 8 * 1024 * 1024
FIELD_BYTES = 64 * 1024 * 1024
"""The largest single field or document that is read; larger ones go to the rejects file."""

MAX_RATIO = 1000
"""Deflate reaches 1032:1 on zeros; real patent XML stays under 30:1."""
RATIO_FROM = 64 * 1024 * 1024
"""The ratio is judged only past this many uncompressed bytes."""
INNER_ZIP_BYTES = 1 << 30
MAX_MEMBERS = 200_000
MAX_DEPTH = 2
"""Zips inside zips: the USPTO's supplemental archives nest once."""

Carries = Literal[
    "publication_number", "publication_date", "kind", "application_number", "filing_date", "grant_date", "priority",
    "family_id", "applicant", "applicant_country", "inventor", "inventor_country", "cpc", "ipc", "fi", "fterm",
    "inventive", "title", "abstract", "claims_text", "claims_count", "patent_citation", "npl_citation", "cited_by",
    "citation_category", "times_cited", "funding", "standard", "legal_status",
]  # fmt: skip
Mark = Literal["notimpl", "never"]
"""'notimpl': the source has it, chizai does not read it yet. 'never': the source does not have it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A picklable piece of a source. ``first_row`` is the 1-based row or document number of its first record."""

    data: Any
    first_row: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """One stream of bytes: a file, or a member of a zip. ``bundle`` holds all paths where a format needs several."""

    path: Path
    member: tuple[str, ...] = ()
    bundle: tuple[Path, ...] = field(default=())

    @property
    def label(self) -> str:
        return "!".join((self.path.name, *self.member))

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.member[-1] if self.member else self.path.name).suffix.lower()

    def open(self) -> BinaryIO:
        """A readable, decompressed binary stream with the size and ratio limits in force."""
        return open_stream(self.path, self.member)

    def head(self, size: int = HEAD_BYTES) -> bytes:
        with self.open() as stream:
            return stream.read(size)


class Reader(Protocol):
    name: str
    """Short name for ``--format`` and ``chizai formats``: ``lens-csv``."""
    title: dict[str, str]
    """{'en': ..., 'ja': ...}: what the file is called at its source."""

    @property
    def carries(self) -> frozenset[Carries]: ...

    @property
    def lacks(self) -> dict[Carries, Mark]:
        """Every :data:`Carries` item is in exactly one of ``carries`` and ``lacks``."""
        ...

    def recognise(self, head: bytes, source: Source) -> bool:
        """True when the first bytes (decompressed) are this format. Looks at content, not at the name."""
        ...

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        """Cut the source at record borders, streaming. May raise an InputError for the file as a whole."""
        ...

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        """Parse one chunk. Must not raise for bad data: it yields a Reject and goes on."""
        ...


@dataclass(slots=True)
class ReadMeter:
    """How much of the current source has been read from disk; for progress bars, which only look."""

    bytes: int = 0
    total: int = 0

    def start(self, total: int) -> None:
        self.bytes, self.total = 0, total


READ = ReadMeter()


class _Metered(io.FileIO):
    def readinto(self, buffer: Any) -> int | None:
        count = super().readinto(buffer)
        READ.bytes += count or 0
        return count


def _open_file(path: Path) -> BinaryIO:
    return io.BufferedReader(_Metered(path, "rb"), 1 << 20)


class _Guarded(io.RawIOBase):
    """Counts what comes out of a decompressor and refuses a bomb."""

    def __init__(self, stream: Any, compressed: int, label: str, *, behind: tuple[Any, ...] = ()) -> None:
        self._stream, self._compressed, self._label, self._out = stream, max(compressed, 1), label, 0
        self._behind = behind

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except (EOFError, gzip.BadGzipFile) as error:
            raise TruncatedInput(where=Where(file=self._label), detail=str(error)) from error
        except (zipfile.BadZipFile, OSError) as error:
            raise MalformedInput(where=Where(file=self._label), detail=str(error)) from error
        except Exception as error:  # zlib.error has no public home
            if type(error).__name__ != "error":
                raise
            raise MalformedInput(where=Where(file=self._label), detail=str(error)) from error
        self._out += len(data)
        if self._out > RATIO_FROM and self._out / self._compressed > MAX_RATIO:
            raise HostileInput(
                where=Where(file=self._label),
                detail=f"it unpacks to more than {MAX_RATIO} times its size",
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            for stream in (self._stream, *self._behind):
                stream.close()
            super().close()


def open_stream(path: Path, member: tuple[str, ...] = ()) -> BinaryIO:
    """Open a plain, gzip or zip-member stream with the limits in force."""
    if not path.is_file():
        raise missing(path)
    label = "!".join((path.name, *member))
    if not member:
        with path.open("rb") as probe:
            magic = probe.read(2)
        if magic != b"\x1f\x8b":
            return _open_file(path)
        packed = _open_file(path)
        unpacked = gzip.GzipFile(fileobj=packed)
        return io.BufferedReader(_Guarded(unpacked, path.stat().st_size, label, behind=(packed,)), 1 << 20)
    outer: BinaryIO = _open_file(path)
    for name in member[:-1]:
        with _open_member(outer, name, label) as inner:
            outer = io.BytesIO(_read_inner_zip(inner, label))
    return _open_member(outer, member[-1], label)


def _open_member(outer: BinaryIO, name: str, label: str) -> BinaryIO:
    archive = _open_zip(outer, label)
    try:
        info = archive.getinfo(name)
        stream = archive.open(info)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError, OSError) as error:
        # The directory and the member disagree, a compression that Python lacks, a password.
        archive.close()
        outer.close()
        raise MalformedInput(where=Where(file=label), detail=str(error)) from error
    return io.BufferedReader(_Guarded(stream, info.compress_size, label, behind=(archive, outer)), 1 << 20)


def _read_inner_zip(stream: BinaryIO, label: str) -> bytes:
    """An inner zip must be seekable, so it is held in memory."""
    data = stream.read(INNER_ZIP_BYTES + 1)
    if len(data) > INNER_ZIP_BYTES:
        raise HostileInput(where=Where(file=label), detail="an inner archive is too large; unpack it yourself")
    return data


def _open_zip(source: Any, label: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except zipfile.BadZipFile as error:
        raise TruncatedInput(where=Where(file=label), detail=of_sentence(str(error))) from error


def is_zip(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


def expand(path: Path) -> Iterator[Source]:
    """All streams in a file: itself, or the members of a zip. XLSX files are zips but stay whole."""
    if not path.is_file():
        raise missing(path)
    if path.stat().st_size == 0:
        raise EmptyInput(where=Where(file=path.name))
    if not is_zip(path):
        yield Source(path)
        return
    yield from _members(path, path, (), MAX_DEPTH)


def _members(root: Path, archive_source: Any, prefix: tuple[str, ...], depth: int) -> Iterator[Source]:
    label = "!".join((root.name, *prefix))
    with _open_zip(archive_source, label) as archive:
        infos = sorted(archive.infolist(), key=lambda item: item.filename)
    if any(info.filename == "[Content_Types].xml" for info in infos):
        yield Source(root, prefix)
        return
    if len(infos) > MAX_MEMBERS:
        raise HostileInput(where=Where(file=label), detail=f"the archive holds more than {MAX_MEMBERS} members")
    for info in infos:
        if info.filename.startswith("/") or ".." in PurePosixPath(info.filename).parts or "\\" in info.filename:
            raise HostileInput(where=Where(file=label), detail=f"a member's name leaves the archive: {info.filename}")
        if info.is_dir() or info.file_size == 0 or PurePosixPath(info.filename).name.startswith("."):
            continue
        if info.flag_bits & 1:
            raise MalformedInput(where=Where(file=label), detail="the archive is encrypted")
        inner = (*prefix, info.filename)
        if info.filename.lower().endswith(".zip"):
            if depth == 0:
                raise HostileInput(where=Where(file=label), detail="archives are nested too deep")
            with open_stream(root, inner) as stream:
                data = io.BytesIO(_read_inner_zip(stream, label))
            yield from _members(root, data, inner, depth - 1)
        else:
            yield Source(root, inner)


def batched(documents: Iterator[tuple[int, Any]], size_of: Callable[[Any], int]) -> Iterator[Chunk]:
    """Group numbered documents into chunks of about CHUNK_BYTES. Chunk.data is a list of documents."""
    batch: list[Any] = []
    first = 1
    size = 0
    for number, document in documents:
        if not batch:
            first = number
        batch.append(document)
        size += size_of(document)
        if size >= CHUNK_BYTES:
            yield Chunk(batch, first)
            batch, size = [], 0
    if batch:
        yield Chunk(batch, first)


def refuse_parquet_bomb(metadata: Any, size: int, where: Where) -> None:
    """Raise HostileInput for a Parquet file of ``size`` bytes that unpacks to far more."""
    # By row group: asking a damaged file for its column chunks ends the process inside pyarrow.
    unpacked = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * max(size, 1):
        raise HostileInput(where=where, detail=f"it unpacks to more than {MAX_RATIO} times its size")
