"""What chizai ships: indicators, targets and observations, with their sources."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from chizai.errors import UnknownChoice
from chizai.series.model import Indicator, Observation, Source, Target
from chizai.series.units import convert
from chizai.series.vintages import as_of

FILES = ("observations.csv", "plan_figures.csv")


def shipped_text(name: str) -> str:
    return (files("chizai.data") / "series" / name).read_text(encoding="utf-8")


def _yaml(name: str) -> list[dict[str, Any]]:
    return YAML(typ="safe", pure=True).load(shipped_text(name))


@cache
def sources() -> dict[str, Source]:
    return {source.id: source for source in (Source.model_validate(item) for item in _yaml("sources.yaml"))}


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
