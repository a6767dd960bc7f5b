"""Snapshots: the untouched inputs of a workspace, kept whole before they are read.

``snapshots/<collection>/<key>/`` holds the files as they were and ``snapshot.json``. The key is the beginning of the
sha256 of the content, so adding the same file again finds what is there.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from chizai.corpus.readers.base import Source
from chizai.errors import BadCollectionName, BadDate, SnapshotDamaged, Where
from chizai.files import new_folder, remove_folder
from chizai.provenance import SnapshotRef, sha256_of

_NAME = re.compile(r"[\w][\w .\-]{0,63}", re.UNICODE)


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    key: str
    collection: str
    sequence: int
    """Order of adding; the later one wins where two inputs hold the same publication."""
    format: str
    files: tuple[SnapshotFile, ...]
    licence: str | None = None
    source: str | None = None
    retrieved: str | None = None
    notes: dict[str, list[str]] = field(default_factory=dict)
    """What to know about the data, by language; printed with every report."""

    def ref(self) -> SnapshotRef:
        whole = self.files[0].sha256 if len(self.files) == 1 else _digest(self.files)
        name = self.files[0].name if len(self.files) == 1 else f"{self.files[0].name} (+{len(self.files) - 1})"
        return SnapshotRef(
            sha256=whole,
            name=name,
            bytes=sum(item.bytes for item in self.files),
            format=self.format,
            collection=self.collection,
            licence=self.licence,
            source=self.source,
            retrieved=self.retrieved,
            notes=self.notes,
        )


def check_collection(name: str) -> str:
    """A collection's name is a folder's name; anything else is refused."""
    if not _NAME.fullmatch(name) or name.endswith((".", " ")):
        raise BadCollectionName(name=name)
    return name


def check_day(day: str | None) -> str | None:
    """The day of retrieval, as ISO writes it; BadDate for anything else."""
    if day is not None:
        try:
            whole = len(day) == len("2026-11-21") and date.fromisoformat(day)
        except ValueError:
            whole = False
        if not whole:
            raise BadDate(where=Where(column="retrieved", value=day))
    return day


def _digest(files: tuple[SnapshotFile, ...]) -> str:
    packed = "\n".join(f"{item.name}\t{item.sha256}" for item in sorted(files, key=lambda item: item.name))
    return hashlib.sha256(packed.encode()).hexdigest()


def key_of(files: tuple[SnapshotFile, ...], *, format: str) -> str:
    """Content and format: the same bytes are the same snapshot under any name, but not when read as another format."""
    content = "\n".join(sorted(item.sha256 for item in files))
    return hashlib.sha256(f"{content}\n{format}".encode()).hexdigest()[:16]


def describe(paths: tuple[Path, ...], names: tuple[str, ...] = ()) -> tuple[SnapshotFile, ...]:
    """What will be kept: each file under its own name, or under the one given."""
    return tuple(
        SnapshotFile(name, sha256_of(path), path.stat().st_size)
        for path, name in zip(paths, names or [path.name for path in paths], strict=True)
    )


def keep(root: Path, snapshot: Snapshot, paths: tuple[Path, ...]) -> Path:
    """Copy the files into the workspace, check them against their sha256, and only then let the snapshot appear."""
    target = root / snapshot.collection / snapshot.key
    with new_folder(target) as part:
        for path, item in zip(paths, snapshot.files, strict=True):
            copy = part / item.name
            shutil.copyfile(path, copy)
            if sha256_of(copy) != item.sha256:
                raise SnapshotDamaged(path=str(path))
        (part / "snapshot.json").write_text(
            json.dumps(asdict(snapshot), ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8"
        )
    return target


def load_all(root: Path) -> list[Snapshot]:
    """Every snapshot in the order of adding."""
    found = []
    for path in root.glob("*/*/snapshot.json"):
        if path.parent.name.startswith("."):
            continue
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            data["files"] = tuple(SnapshotFile(**item) for item in data["files"])
            found.append(Snapshot(**data))
        except (ValueError, KeyError, TypeError) as error:
            raise SnapshotDamaged(path=str(path)) from error
    return sorted(found, key=lambda item: (item.sequence, item.collection, item.key))


def source_of(root: Path, snapshot: Snapshot) -> Source:
    """The kept files as a source to read."""
    folder = root / snapshot.collection / snapshot.key
    paths = tuple(folder / item.name for item in snapshot.files)
    for path, item in zip(paths, snapshot.files, strict=True):
        if not path.is_file() or path.stat().st_size != item.bytes:
            raise SnapshotDamaged(path=str(path))
    return Source(paths[0], bundle=paths if len(paths) > 1 else ())


def forget(root: Path, snapshot: Snapshot) -> None:
    """Remove a snapshot that could not be read."""
    remove_folder(root / snapshot.collection / snapshot.key)
