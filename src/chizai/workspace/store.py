"""The store: tables made from the snapshots. It can be deleted at any time and is rebuilt.

``store/VERSION``                       schema version of everything below
``store/parts/<collection>/<key>/``     the canonical tables of one snapshot, plus ``rejects.csv`` and ``part.json``
``store/corpus/<digest>/``              the joined corpus over all parts (families, identities), see ``corpus.build``
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chizai.corpus.ingest import Counts, Progress, ingest
from chizai.corpus.readers import reader_named
from chizai.corpus.schema import SCHEMA_VERSION
from chizai.errors import StoreTooNew
from chizai.files import new_file, new_folder, remove_folder
from chizai.workspace.snapshots import Snapshot, source_of


def is_outdated(store: Path) -> bool:
    """True when an older chizai made the store; StoreTooNew when a newer one did."""
    if not store.is_dir():
        return False
    marker = store / "VERSION"
    written = marker.read_text(encoding="utf-8", errors="replace").strip() if marker.is_file() else ""
    found = int(written) if written.isdecimal() else 0
    if found > SCHEMA_VERSION:
        raise StoreTooNew(found=found, known=SCHEMA_VERSION)
    return found < SCHEMA_VERSION


def prepare(store: Path) -> None:
    """Bring the store to this schema version; an older one is emptied, to be rebuilt. Only for who holds the lock."""
    if is_outdated(store):
        remove_folder(store)
    marker = store / "VERSION"
    if not marker.is_file():
        with new_file(marker) as part:
            part.write_text(f"{SCHEMA_VERSION}\n", encoding="utf-8")


def part_folder(store: Path, snapshot: Snapshot) -> Path:
    return store / "parts" / snapshot.collection / snapshot.key


def build_part(
    store: Path, snapshots: Path, snapshot: Snapshot, *, workers: int | None = None, progress: Progress | None = None
) -> Counts:
    """Read one snapshot into its part of the store."""
    from chizai.corpus.sources import streams

    reader = reader_named(snapshot.format)
    source = source_of(snapshots, snapshot)
    with new_folder(part_folder(store, snapshot)) as part:
        counts = ingest(
            streams(source, reader),
            part,
            snapshot=snapshot.key,
            collection=snapshot.collection,
            workers=workers,
            progress=progress,
        )
        described = {"format": snapshot.format, "schema": SCHEMA_VERSION, "counts": asdict(counts)}
        (part / "part.json").write_text(json.dumps(described, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return counts


def part_counts(store: Path, snapshot: Snapshot) -> Counts | None:
    """What reading the snapshot gave; None when it has not been read."""
    path = part_folder(store, snapshot) / "part.json"
    if not path.is_file():
        return None
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Counts(**data["counts"])
    except (ValueError, KeyError, TypeError):
        return None  # damaged: it is made anew


def remove_stale(store: Path, snapshots: list[Snapshot], corpus: Path) -> None:
    """Remove parts whose snapshot is gone, and all corpora but this one and the one before it.

    The one before stays for processes that opened it and still read from it.
    """
    wanted = {part_folder(store, snapshot) for snapshot in snapshots}
    for path in (store / "parts").glob("*/*"):
        if path.is_dir() and path not in wanted:
            remove_folder(path)
    others = [path for path in corpus.parent.iterdir() if path.is_dir() and path != corpus and path.name[0] != "."]
    for path in sorted(others, key=lambda path: path.stat().st_mtime)[:-1]:
        remove_folder(path)
