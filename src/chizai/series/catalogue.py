"""What chizai ships: indicators, targets and observations, with their sources."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML, YAMLError

from chizai.errors import FileMissing, UnknownChoice, Where
from chizai.messages import Lang
from chizai.series.errors import SeriesRefused
from chizai.series.model import Indicator, Observation, Source, Target
from chizai.series.units import convert
from chizai.series.vintages import as_of

LARGEST = 1 << 20
"""Bytes of a user's file of targets."""
FILES = ("observations.csv", "plan_figures.csv")


def shipped_text(name: str) -> str:
    return (files("chizai.data") / "series" / name).read_text(encoding="utf-8")


def _yaml(name: str) -> list[dict[str, Any]]:
    return YAML(typ="safe", pure=True).load(shipped_text(name))


@cache
def sources() -> dict[str, Source]:
    return {source.id: source for source in (Source.model_validate(item) for item in _yaml("sources.yaml"))}


@cache
def _notes() -> dict[str, str]:
    found: dict[str, str] = YAML(typ="safe", pure=True).load(shipped_text("notes.yaml"))
    return found


def note_text(note: str | None, lang: Lang) -> str:
    """The note of an observation in ``lang``; a user's own note is given as it is written."""
    if not note:
        return ""
    return _notes().get(note, note) if lang == "ja" else note


@cache
def indicators() -> dict[str, Indicator]:
    return {one.id: one for one in (Indicator.model_validate(item) for item in _yaml("indicators.yaml"))}


@cache
def targets() -> dict[str, Target]:
    """K01 to K25 of the outlines of 2025 and 2026."""
    return {one.id: one for one in (Target.model_validate(item) for item in _yaml("targets.yaml"))}


@cache
def shipped() -> tuple[Observation, ...]:
    """All shipped observations, every vintage, as their sources give them."""
    found: list[Observation] = []
    for name in FILES:
        for row in csv.DictReader(io.StringIO(shipped_text(name))):
            found.append(Observation.model_validate({key: value or None for key, value in row.items()}))
    return tuple(found)


def read_targets(path: Path) -> list[Target]:
    """Targets of the user's own: a YAML list in the form of the shipped ``targets.yaml``, about known indicators.

    Errors: SeriesRefused ('no-direction', 'target-incomplete', 'unreadable') with the number of the entry as row.
    """
    if not path.is_file():
        raise FileMissing(where=Where(file=str(path)))
    place = Where(file=path.name)
    data = path.read_bytes()
    if len(data) > LARGEST or (b"&" in data and b"*" in data):
        raise SeriesRefused("unreadable", where=place, detail="YAML")
    try:
        entries: Any = YAML(typ="safe", pure=True).load(data)
    except (YAMLError, ValueError, RecursionError) as error:
        raise SeriesRefused("unreadable", where=place, detail=" ".join(str(error).split())[:120]) from error
    if not isinstance(entries, list) or not entries:
        raise SeriesRefused("unreadable", where=place, detail="a list of targets")
    found = []
    for row, entry in enumerate(entries, 1):
        try:
            one = Target.model_validate(entry)
        except ValidationError as error:
            raise _refused(error, Where(file=path.name, row=row)) from error
        if one.indicator is not None:
            indicator(one.indicator)
        found.append(one)
    return found


def _refused(error: ValidationError, place: Where) -> SeriesRefused:
    """What pydantic found, in the words of this room."""
    first = error.errors()[0]
    lacking = str(first["msg"]).partition(" lacks ")[2]
    if "direction" in lacking.split(", "):
        return SeriesRefused("no-direction", where=place)
    entry = ".".join(str(part) for part in first["loc"])
    return SeriesRefused("target-incomplete", where=place, missing=lacking or f"{entry}: {first['msg']}"[:120])


def indicator(name: str) -> Indicator:
    known = indicators()
    if name not in known:
        raise UnknownChoice(kind="indicator", name=name, known=", ".join(known))
    return known[name]


def observations(*, day: dt.date | None = None, more: Iterable[Observation] = ()) -> list[Observation]:
    """What was known on ``day`` (None: all), in each indicator's own unit; ``more`` are the user's observations."""
    return as_of((in_own_unit(one) for one in (*shipped(), *more)), day)


def in_own_unit(one: Observation) -> Observation:
    """The observation in its indicator's unit; parts in another currency stay as they are."""
    own = indicators().get(one.indicator)
    if own is None or own.unit == one.unit or one.value is None or one.part == "usd":
        return one
    value = convert(one.value, unit=one.unit, to=own.unit)
    half = convert(one.half_unit, unit=one.unit, to=own.unit)
    # Keeps 1.7 兆円 at 17 000 億円, not 16 999.999...: the quotation has few digits.
    return one.model_copy(
        update={"value": float(f"{value:.12g}"), "half_unit": float(f"{half:.12g}"), "unit": own.unit}
    )
