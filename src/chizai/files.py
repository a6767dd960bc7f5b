"""What is written appears whole or not at all, and does not run when a spreadsheet opens it; what is read has a limit."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chizai.errors import FileMissing, FolderGiven, HostileInput, OutputIsInput, Where
from chizai.messages import Phrase

MARK = ".part-"
"""Names that hold this are unfinished: a killed run left them, the next writer removes them."""


def _beside(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.parent / f"{MARK}{uuid.uuid4().hex[:12]}-{target.name}"


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """A path to write to; it replaces ``target`` when the block ends without an error."""
    part = _beside(target)
    try:
        yield part
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to fill; it becomes ``target`` when the block ends without an error."""
    part = _beside(target)
    part.mkdir()
    try:
        yield part
        for path in part.rglob("*"):
            if path.is_file():
                with path.open("rb+") as stream:
                    os.fsync(stream.fileno())
        if target.exists():
            old = _beside(target)
            target.rename(old)
            part.rename(target)
            shutil.rmtree(old)
        else:
            part.rename(target)
    finally:
        if part.exists():
            shutil.rmtree(part)


def missing(path: Path) -> FileMissing:
    """What is wrong with a path that is no file."""
    return (FolderGiven if path.is_dir() else FileMissing)(where=Where(file=str(path)))


def refuse_overwriting(written: Iterable[Path], read: Iterable[Path]) -> None:
    """Raise OutputIsInput when a path to write to is a file that is read, by whatever spelling or link."""
    inputs = [path for path in read if path.exists()]
    for target in written:
        if any(target.exists() and target.samefile(path) for path in inputs):
            raise OutputIsInput(path=str(target))


def remove_folder(target: Path) -> None:
    """Remove a folder so that a kill on the way leaves either the whole of it or an unfinished name."""
    gone = _beside(target)
    target.rename(gone)
    shutil.rmtree(gone)


def sweep(root: Path, *, below: bool = True) -> None:
    """Remove what killed runs left in ``root`` and, by default, below it. Call only while holding the lock."""
    pattern = f"{MARK}*"
    for leftover in list(root.rglob(pattern) if below else root.glob(pattern)):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink(missing_ok=True)  # it may have gone with its folder


def defused(cell: object) -> object:
    """A text that a spreadsheet will not run as a formula."""
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + cell
    return cell


def read_bytes(path: Path | str, *, limit: int) -> bytes:
    """The bytes of a user's file; refuses one that is not there or larger than ``limit`` bytes."""
    path = Path(path)
    if not path.is_file():
        raise missing(path)
    with path.open("rb") as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise HostileInput(
            where=Where(file=path.name), detail=Phrase("files.problem.too_large", {"kib": limit // 1024})
        )
    return data
