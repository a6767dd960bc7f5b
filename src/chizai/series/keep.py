"""A folder of the user's series: every refresh is a vintage, nothing is overwritten.

``<root>/<series>/<known_from>-<fingerprint>.csv`` holds the observations of one reading,
``<root>/<series>/inputs/<sha256>`` the untouched file that they were read from. Reading the same file again changes
nothing."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from chizai.errors import MalformedInput, Where
from chizai.files import MARK, new_file
from chizai.provenance import sha256_of
from chizai.series.errors import SeriesRefused
from chizai.series.model import Observation
from chizai.series.vintages import as_of, fingerprint

FIELDS = tuple(Observation.model_fields)


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh changed against the figures kept before; revisions as (before, after)."""

    added: tuple[Observation, ...]
    revised: tuple[tuple[Observation, Observation], ...]
    gone: tuple[Observation, ...]
    path: Path | None
    """The new vintage; None where the reading was already kept."""


class SeriesStore:
    """Vintages of series under ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        return sorted(path.name for path in self.root.iterdir() if path.is_dir()) if self.root.is_dir() else []

    def refresh(self, found: Sequence[Observation], *, source_file: Path | None = None) -> Refresh:
        """Keep one reading of one series as a vintage, and say what it changed.

        Errors: SeriesRefused for a changed unit ('definition-changed') or a date before the kept vintages
        ('vintage-order')."""
        name = found[0].indicator
        kept = self.load(name)
        before = {(*one.key, str(one.when)): one for one in as_of(kept, None)}
        _same_unit(kept, found)
        latest = max((one.known_from for one in kept), default=None)
        newest = max(one.known_from for one in found)
        path = self.root / name / f"{newest}-{fingerprint(found)}.csv"
        if path.is_file():
            return Refresh((), (), (), None)
        if latest is not None and newest < latest:
            raise SeriesRefused("vintage-order", series=name, after=newest.isoformat(), before=latest.isoformat())
        now = {(*one.key, str(one.when)): one for one in found}
        if source_file is not None:
            self._keep_input(name, source_file)
        with new_file(path) as part, part.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(one.model_dump(mode="json") for one in found)
        return Refresh(
            added=tuple(one for key, one in now.items() if key not in before),
            revised=tuple(
                (before[key], one) for key, one in now.items() if key in before and before[key].value != one.value
            ),
            gone=tuple(one for key, one in before.items() if key not in now),
            path=path,
        )

    def load(self, name: str | None = None) -> list[Observation]:
        """All kept observations, every vintage, of one series or of all."""
        found: list[Observation] = []
        for series in [name] if name else self.names():
            folder = self.root / series
            for path in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
                if not path.name.startswith(MARK):
                    found.extend(_read(path))
        return found

    def as_of(self, name: str, day: dt.date | None) -> list[Observation]:
        return as_of(self.load(name), day)

    def _keep_input(self, name: str, source_file: Path) -> None:
        target = self.root / name / "inputs" / sha256_of(source_file)
        if not target.is_file():
            with new_file(target) as part:
                shutil.copyfile(source_file, part)


def _same_unit(kept: Sequence[Observation], found: Sequence[Observation]) -> None:
    units = {one.key: one.unit for one in kept}
    for one in found:
        before = units.get(one.key, one.unit)
        if before != one.unit:
            raise SeriesRefused("definition-changed", series=one.indicator, before=before, after=one.unit)


def _read(path: Path) -> list[Observation]:
    with path.open(encoding="utf-8", newline="") as stream:
        try:
            return [
                Observation.model_validate({name: value or None for name, value in row.items()})
                for row in csv.DictReader(stream)
            ]
        except (ValidationError, csv.Error, UnicodeDecodeError, TypeError) as error:
            detail = " ".join(str(error).split())[:120]
            raise MalformedInput(where=Where(file=path.name), detail=detail) from error
