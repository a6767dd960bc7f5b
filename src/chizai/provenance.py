"""Where a figure comes from: the inputs by sha256, the code, the parameters.

No clock and no machine name is in it, so that the same inputs give the same bytes again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from chizai import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRef:
    """One untouched input file."""

    sha256: str
    name: str
    bytes: int
    format: str
    collection: str
    licence: str | None = None
    source: str | None = None
    retrieved: str | None = None
    """ISO date of retrieval as the user or the shipped catalogue states it."""

    notes: dict[str, list[str]] = field(default_factory=dict)
    """What to know about the data, by language."""

    def as_dict(self) -> dict[str, object]:
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Inputs, analysis, parameters and code version of one figure."""

    analysis: str
    parameters: dict[str, object] = field(default_factory=dict)
    snapshots: tuple[SnapshotRef, ...] = ()
    code_version: str = __version__

    def as_dict(self) -> dict[str, object]:
        return {
            "analysis": self.analysis,
            "parameters": self.parameters,
            "snapshots": [snapshot.as_dict() for snapshot in self.snapshots],
            "code_version": self.code_version,
        }

    def digest(self) -> str:
        """A short fingerprint: equal digests mean equal inputs, code and parameters.

        >>> len(Provenance(analysis="activity").digest())
        12
        """
        packed = json.dumps(self.as_dict(), sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(packed.encode()).hexdigest()[:12]


def sha256_of(path: Path) -> str:
    """The sha256 of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
