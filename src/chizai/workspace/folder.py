"""A workspace: the folder that belongs to the user."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from chizai.corpus.ingest import Counts, Progress
from chizai.corpus.sources import find_inputs
from chizai.engine import Engine
from chizai.errors import (
    EmptySelection,
    InputError,
    NoFiles,
    NoWorkspace,
    UnknownChoice,
    Where,
    WorkspaceExists,
    WorkspaceLocked,
)
from chizai.files import new_file, sweep
from chizai.workspace import config, snapshots, store
from chizai.workspace.snapshots import Snapshot

if TYPE_CHECKING:
    from chizai.corpus.tables import Corpus
    from chizai.landscape import Landscape
    from chizai.messages import Lang

DEFAULT_COLLECTION = "main"
Stage = Callable[[str], None]
"""Called with the name of each step as it begins."""


@dataclass(slots=True)
class Added:
    """What ``add`` did: per input its snapshot and counts; unchanged ones; files that could not be read."""

    read: list[tuple[Snapshot, Counts]] = field(default_factory=list)
    unchanged: list[Snapshot] = field(default_factory=list)
    refused: list[InputError] = field(default_factory=list)
    not_taken: list[tuple[Snapshot, dict[str, str]]] = field(default_factory=list)
    """Of the unchanged, what was said of them now and differs from what is kept: licence, source, day of retrieval."""
    left: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Archives with the members that were not read, because no reader knows them."""


class Workspace:
    """Open an existing workspace; :meth:`create` makes one.

    >>> import tempfile
    >>> ws = Workspace.create(Path(tempfile.mkdtemp()) / "study")
    >>> ws.snapshots()
    []
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).resolve()
        if not (self.root / config.FILE).is_file():
            raise NoWorkspace(path=str(self.root))
        self.settings = config.load(self.root / config.FILE)
        if store.is_outdated(self.store_path):
            with self.writing():
                pass  # taking the lock empties an outdated store

    @classmethod
    def create(cls, root: Path | str, *, lang: Lang = "en") -> Workspace:
        root = Path(root)
        if (root / config.FILE).exists():
            raise WorkspaceExists(path=str(root))
        root.mkdir(parents=True, exist_ok=True)
        for name in ("snapshots", "store", "out"):
            (root / name).mkdir(exist_ok=True)
        store.prepare(root / "store")
        with new_file(root / config.FILE) as part:
            part.write_text(config.TEMPLATE.format(lang=lang), encoding="utf-8")
        return cls(root)

    # Places ----------------------------------------------------------------------------------------------------------

    @property
    def snapshots_path(self) -> Path:
        return self.root / "snapshots"

    @property
    def store_path(self) -> Path:
        return self.root / "store"

    @property
    def out_path(self) -> Path:
        return self.root / "out"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock of the only writer; a second one is refused at once. What killed runs left is swept."""
        lock = FileLock(self.root / ".chizai.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise WorkspaceLocked(path=str(self.root)) from error
        try:
            sweep(self.root, below=False)
            sweep(self.snapshots_path)
            sweep(self.store_path)
            store.prepare(self.store_path)
            yield
        finally:
            lock.release()

    # Contents --------------------------------------------------------------------------------------------------------

    def snapshots(self) -> list[Snapshot]:
        return snapshots.load_all(self.snapshots_path)

    def collections(self) -> list[str]:
        return sorted({snapshot.collection for snapshot in self.snapshots()})

    def counts(self, snapshot: Snapshot) -> Counts | None:
        """What reading a snapshot gave; None while it has not been read."""
        return store.part_counts(self.store_path, snapshot)

    def rejects_path(self, snapshot: Snapshot) -> Path:
        """Where the rejects of a snapshot stand, with their reasons."""
        return store.part_folder(self.store_path, snapshot) / "rejects.csv"

    def add(
        self,
        *paths: Path | str,
        collection: str = DEFAULT_COLLECTION,
        format: str | None = None,
        map_file: Path | None = None,
        licence: str | None = None,
        source: str | None = None,
        retrieved: str | None = None,
        notes: dict[str, list[str]] | None = None,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Added:
        """Keep files (or whole folders) as snapshots and read them.

        Adding what is there already changes nothing. A file that cannot be read is reported in ``refused`` and not
        kept. When the run is killed, the next ``add`` or :meth:`build` goes on from the last whole file.
        """
        snapshots.check_collection(collection)
        said = {"licence": licence, "source": source, "retrieved": retrieved}
        result = Added()
        # A workspace is often the folder that the files lie in: what chizai keeps there is not added again.
        own = (self.snapshots_path, self.store_path, self.out_path, self.root / config.FILE)
        inputs, result.refused = find_inputs(
            [Path(path) for path in paths], format=format, map_file=map_file, passing_over=own
        )
        if not inputs and not result.refused:
            raise NoFiles(where=Where(file=", ".join(map(str, paths))))
        with self.writing():
            known = {(item.collection, item.key): item for item in self.snapshots()}
            for item in inputs:
                files = snapshots.describe(item.paths, item.names)
                key = snapshots.key_of(files, format=item.reader.name)
                snapshot = known.get((collection, key))
                if snapshot is not None and self.counts(snapshot) is not None:
                    result.unchanged.append(snapshot)
                    # What stands with every figure made so far is not changed by adding the same file again.
                    new = {
                        key: value
                        for key, value in said.items()
                        if value is not None and value != getattr(snapshot, key)
                    }
                    if new:
                        result.not_taken.append((snapshot, new))
                    continue
                if snapshot is None:
                    snapshot = Snapshot(
                        key=key,
                        collection=collection,
                        sequence=1 + max((old.sequence for old in known.values()), default=0),
                        format=item.reader.name,
                        files=files,
                        licence=licence,
                        source=source,
                        retrieved=retrieved,
                        notes=notes or {},
                    )
                    snapshots.keep(self.snapshots_path, snapshot, item.paths)
                try:
                    counts = store.build_part(
                        self.store_path, self.snapshots_path, snapshot, workers=workers, progress=progress
                    )
                except InputError as error:
                    snapshots.forget(self.snapshots_path, snapshot)
                    result.refused.append(error)
                    continue
                known[(collection, key)] = snapshot
                if item.left:
                    result.left.append((item.paths[0].name, item.left))
                result.read.append((snapshot, counts))
        return result

    def build(self, *, workers: int | None = None, progress: Progress | None = None) -> list[Snapshot]:
        """Read every snapshot that the store lacks: after a kill, or after ``store/`` was deleted."""
        missing = [item for item in self.snapshots() if self.counts(item) is None]
        if missing:
            with self.writing():
                for item in missing:
                    store.build_part(self.store_path, self.snapshots_path, item, workers=workers, progress=progress)
        return missing

    def corpus(self, *, stage: Stage | None = None) -> Path:
        """The folder of the joined corpus, built when it is not there.

        While another process adds files it is the last corpus made before; WorkspaceLocked when there is none.
        """
        return self._corpus(stage=stage)[0]

    def _corpus(self, *, stage: Stage | None) -> tuple[Path, list[Snapshot]]:
        """The joined corpus and the snapshots that it holds."""
        found = self.snapshots()
        if not found:
            raise EmptySelection(selection=str(self.root))
        target = self._corpus_of(found)
        if (target / "done").is_file():
            return target, found
        try:
            self._build_corpus(found, target, stage=stage)
        except WorkspaceLocked:
            # Snapshots are added one after the other, so an earlier corpus holds the first so many of them.
            for count in range(len(found) - 1, 0, -1):
                earlier = self._corpus_of(found[:count])
                if (earlier / "done").is_file():
                    return earlier, found[:count]
            raise
        return target, found

    def _corpus_of(self, found: list[Snapshot]) -> Path:
        from chizai.corpus import build

        return self.store_path / "corpus" / build.digest(found, self._overrides())

    def _overrides(self) -> Path | None:
        return self.root / self.settings.names.overrides if self.settings.names.overrides else None

    def _build_corpus(self, found: list[Snapshot], target: Path, *, stage: Stage | None) -> None:
        import duckdb

        from chizai.corpus import build

        self.build()
        parts = [(item.sequence, store.part_folder(self.store_path, item)) for item in found]
        with self.writing():
            try:
                build.build(parts, target, overrides=self._overrides(), stage=stage)
            except duckdb.IOException as error:
                raise OSError(str(error).split("\n", 1)[0]) from error  # a full disk, as the other libraries say it
            store.remove_stale(self.store_path, self.snapshots(), target)

    # Analyses --------------------------------------------------------------------------------------------------------

    def open_corpus(self, *, engine: Engine | str | None = None, stage: Stage | None = None) -> Corpus:
        """The corpus on an engine, ready for analyses."""
        from chizai.corpus.tables import Corpus

        folder, found = self._corpus(stage=stage)
        if engine is None or isinstance(engine, str):
            engine = Engine(engine or self.settings.engine)
        return Corpus.open(folder, engine=engine, snapshots=tuple(item.ref() for item in found))

    def landscape(
        self,
        *,
        field: str | None = None,
        collection: str | tuple[str, ...] | None = None,
        engine: Engine | str | None = None,
        corpus: Corpus | None = None,
        stage: Stage | None = None,
        **choices: Any,
    ) -> Landscape:
        """The landscape of a selection; ``choices`` change the workspace's conventions for this one.

        ``ws.landscape(field="quantum", unit="ipf").specialisation(by="country")``. Give ``corpus`` (from
        :meth:`open_corpus`) to make several landscapes on one connection.
        """
        from chizai.landscape import Landscape

        wanted = (collection,) if isinstance(collection, str) else collection
        known = self.collections()
        for name in wanted or ():
            if name not in known:
                raise UnknownChoice(kind="collection", name=name, known=", ".join(known) or "-")
        return Landscape.over(
            corpus or self.open_corpus(engine=engine, stage=stage),
            settings=self.settings,
            root=self.root,
            field=field,
            collections=wanted,
            **choices,
        )
