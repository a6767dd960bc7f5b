"""Files and folders appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


def sweep(root: Path) -> int:
    """Remove what killed runs left below ``root``; the number of things removed. Call only while holding the lock."""
    removed = 0
    for leftover in sorted(root.rglob(f"{MARK}*"), key=lambda path: len(path.parts)):
        if leftover.is_dir():
            shutil.rmtree(leftover)
            removed += 1
        elif leftover.exists():
            leftover.unlink()
            removed += 1
    return removed
