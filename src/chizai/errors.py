"""One tree of errors: what is wrong, where it is, and what to do about it.

Every class has a ``code``; the sentences stand in ``messages/<lang>/errors.toml`` under that code (``what`` and
``remedy``), so that the command line, the page and the documentation say the same in Japanese and English.

>>> err = UnknownFormat(where=Where(file="a.bin"))
>>> err.code
'unknown-format'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chizai.messages import Lang, Phrase, lookup, text


@dataclass(frozen=True, slots=True)
class Where:
    """A place in the user's input. ``row`` counts from 1 as the file's reader sees it (a header is row 1)."""

    file: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None

    def text(self, lang: Lang = "en") -> str:
        parts = []
        for name in ("file", "row", "column", "value"):
            found = getattr(self, name)
            if found is not None:
                shown = str(found)
                if name == "file":
                    # A name that is cut cannot be looked for; only a made-up one is longer than this.
                    shown = shown if len(shown) <= 1000 else "..." + shown[-997:]
                elif len(shown) > 80:
                    shown = shown[:77] + "..."
                parts.append(text(f"errors.where.{name}", lang, value=shown))
        return ", ".join(parts)


class ChizaiError(Exception):
    """The root: catch this to catch everything chizai raises on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, *, where: Where | None = None, **values: object) -> None:
        self.where = where or Where()
        self.values = values
        super().__init__(self.text("en"))

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling; errors cross process borders in ingest.
        return (_rebuild, (type(self), self.where, self.values))

    def what(self, lang: Lang = "en") -> str:
        return text(f"errors.{self.code}.what", lang, **self.values)

    def remedy(self, lang: Lang = "en") -> str:
        return text(f"errors.{self.code}.remedy", lang, **self.values)

    def text(self, lang: Lang = "en") -> str:
        """One line: what, where, what to do."""
        place = self.where.text(lang)
        head = f"{self.what(lang)} ({place})" if place else self.what(lang)
        return f"{head} {self.remedy(lang)}"

    def as_dict(self, lang: Lang = "en") -> dict[str, object]:
        """The same as data, for ``--json``."""
        return {
            "error": self.code,
            "what": self.what(lang),
            "remedy": self.remedy(lang),
            "where": {
                key: getattr(self.where, key)
                for key in ("file", "row", "column", "value")
                if getattr(self.where, key) is not None
            },
        }


def _rebuild(cls: type[ChizaiError], where: Where, values: dict[str, object]) -> ChizaiError:
    return cls(where=where, **values)


class InputError(ChizaiError, ValueError):
    """The user's input cannot be used as it is."""

    code = "input"


class UnknownFormat(InputError):
    code = "unknown-format"


class NothingKnownInside(UnknownFormat):
    """An archive holds only members of formats that are not read. Takes ``members``, some of them."""

    code = "nothing-known-inside"


class EmptyInput(InputError):
    code = "empty-input"


class NoBibliography(InputError):
    """The file is whole and says nothing of a publication. Takes ``detail``, what it is."""

    code = "no-bibliography"


class NoFiles(EmptyInput):
    """The folders named hold no file that would be read."""

    code = "no-files"


class FileMissing(InputError, FileNotFoundError):
    code = "file-missing"


class FolderGiven(FileMissing):
    """A folder was named where a file is needed."""

    code = "folder-given"


class FileUnreadable(InputError):
    """The file is there and cannot be opened. Takes ``detail``, the words of the operating system."""

    code = "file-unreadable"


class BadEncoding(InputError):
    code = "bad-encoding"


class TruncatedInput(InputError):
    """The input ends in the middle of a record. Takes ``detail``."""

    code = "truncated-input"


class MalformedInput(InputError):
    """The input breaks the syntax of its own format. Takes ``detail``."""

    code = "malformed-input"


class HostileInput(InputError):
    """The input is made to do harm (entity expansion, zip bomb, path traversal). Takes ``detail``."""

    code = "hostile-input"


class MissingColumn(InputError):
    """A column that the format needs is absent. Takes ``columns`` (missing) and ``present``."""

    code = "missing-column"


class BadDate(InputError):
    """A text that should be a day and is none."""

    code = "bad-date"


class NoSuchColumn(MissingColumn):
    """A column that the user named is not there. Takes ``columns`` (missing) and ``present``."""

    code = "no-such-column"


class BadColumnMap(InputError):
    """A declared column map does not fit. Takes ``detail``."""

    code = "bad-column-map"


class BadNumber(InputError):
    """A text that is not a patent number chizai can read. Takes ``detail``."""

    code = "bad-number"


class BadField(InputError):
    """A field definition is not valid. Takes ``detail``."""

    code = "bad-field"


class WorkspaceError(ChizaiError):
    code = "workspace"


class NoWorkspace(WorkspaceError):
    """Takes ``path``."""

    code = "no-workspace"


class WorkspaceExists(WorkspaceError):
    """Takes ``path``."""

    code = "workspace-exists"


class WorkspaceLocked(WorkspaceError):
    """Another process writes to this workspace. Takes ``path``."""

    code = "workspace-locked"


class StoreTooNew(WorkspaceError):
    """The store was written by a newer chizai. Takes ``found`` and ``known``."""

    code = "store-too-new"


class SnapshotDamaged(WorkspaceError):
    """A kept input no longer has its sha256. Takes ``path``."""

    code = "snapshot-damaged"


class BadConfig(WorkspaceError, ValueError):
    """``chizai.toml`` is not valid. Takes ``detail``."""

    code = "bad-config"


class OutputInUse(ChizaiError):
    """What would be replaced was not made by chizai. Takes ``path``."""

    code = "output-in-use"


class OutputIsInput(ChizaiError):
    """What is to be written would replace what is read. Takes ``path``."""

    code = "output-is-input"


class PathUnusable(ChizaiError):
    """The system refuses a path: a folder where a file is needed, no permission, no space. Takes ``path``, ``problem``
    and ``advice`` (texts ``files.system.*``)."""

    code = "path-unusable"


class UsageMistake(ChizaiError):
    """The command line itself is wrong. Takes ``detail`` and ``command``."""

    code = "usage"


class ReadingStopped(ChizaiError):
    """A reading process ended without an answer. What it read is not known, so nothing of the file is kept."""

    code = "reading-stopped"


class SelectionError(ChizaiError, ValueError):
    code = "selection"


class UnknownChoice(SelectionError):
    """A named choice does not exist. Takes ``kind``, ``name`` and ``known``."""

    code = "unknown-choice"

    def __init__(self, *, where: Where | None = None, **values: object) -> None:
        kind, known = values.get("kind"), values.get("known")
        if isinstance(kind, str):
            values["kind"] = _kind(kind)
        if kind == "player" and isinstance(known, str):
            # There are too many to list; the nearest are named, and where all of them stand.
            key = "choice.players_near" if known.strip("-") else "choice.players_none"
            values["known"] = Phrase(key, {"near": known} if known.strip("-") else {})
        super().__init__(where=where, **values)


class BadCollectionName(InputError):
    """A collection cannot be called so. Takes ``name``."""

    code = "bad-collection-name"


class EmptySelection(SelectionError):
    """Nothing is left after the selection. Takes ``selection``."""

    code = "empty-selection"


class NoStatement(SelectionError):
    """No statement of a plan fits. Takes ``selection``."""

    code = "no-statement"


class NothingAdded(WorkspaceError):
    """The workspace holds no data yet. Takes ``path``."""

    code = "nothing-added"


class NotSupported(ChizaiError):
    """The data cannot support the figure asked for. Takes ``figure`` and ``reason``."""

    code = "not-supported"

    def __init__(self, *, where: Where | None = None, **values: object) -> None:
        figure = values.get("figure")
        if isinstance(figure, str):
            # An analysis or a column, named as the reader meets it.
            keys = (f"finding.{figure}.title", f"column.{figure}")
            key = next((key for key in keys if isinstance(lookup(key, "en"), str)), None)
            values["figure"] = Phrase(key) if key is not None else figure
        super().__init__(where=where, **values)


class EngineError(ChizaiError):
    """Takes ``url`` and ``detail``."""

    code = "engine"


class MissingExtra(ChizaiError, ImportError):
    """An optional part is not installed. Takes ``feature`` and ``extra``."""

    code = "missing-extra"


def _kind(kind: str) -> object:
    """What a choice is a choice of, in the reader's language."""
    if kind.startswith("--"):
        return Phrase("choice.option", {"option": kind})
    keys = (f"choice.{kind.replace(' ', '_')}", f"convention.{kind}.label")
    key = next((key for key in keys if isinstance(lookup(key, "en"), str)), None)
    return Phrase(key) if key is not None else kind


def all_errors() -> list[type[ChizaiError]]:
    """Every error class, for the documentation and its test."""
    found: list[type[ChizaiError]] = []
    queue: list[type[ChizaiError]] = [ChizaiError]
    while queue:
        cls = queue.pop(0)
        found.append(cls)
        queue.extend(cls.__subclasses__())
    return list(dict.fromkeys(found))


def has_text(cls: type[ChizaiError], lang: Lang) -> bool:
    return isinstance(lookup(f"errors.{cls.code}.what", lang), str) and isinstance(
        lookup(f"errors.{cls.code}.remedy", lang), str
    )
