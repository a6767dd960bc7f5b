"""SDMX-CSV and SDMX-ML data through pysdmx (``pip install 'chizai[sdmx]'``).

Columns of the rows are the dimensions and attributes of the data set; period and value stand in TIME_PERIOD and
OBS_VALUE, the unit in UNIT_MEASURE where the data have one and the map states none; a multiplier (UNIT_MULT 6) is a
part of the unit ("JPY 10^6")."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chizai.corpus.readers import xml_safety
from chizai.errors import InputError, MissingExtra, Where
from chizai.series.errors import SeriesRefused
from chizai.series.readers.mapped import Row, SeriesMap

PERIOD, VALUE, UNIT, POWER = "TIME_PERIOD", "OBS_VALUE", "UNIT_MEASURE", "UNIT_MULT"
QUALITY = ("OBS_STATUS", "ACTION", "STRUCTURE", "STRUCTURE_ID")


def rows(path: Path, plan: SeriesMap) -> tuple[Iterator[Row], SeriesMap]:
    """Rows of the one data set of a message; a structure message and several data sets are refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pysdmx.io import read_sdmx
    except ImportError as error:
        raise MissingExtra(feature="SDMX", extra="sdmx") from error
    place = Where(file=path.name)
    _guard(path, place)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            message = read_sdmx(path, validate=False)
            sets: list[Any] = list(message.data or [])
    except MissingExtra:
        raise
    except ImportError as error:
        raise MissingExtra(feature="SDMX", extra="sdmx") from error
    except Exception as error:  # pysdmx raises errors of its own, of lxml and of pandas for damaged input
        raise SeriesRefused("not-sdmx", where=place, detail=" ".join(str(error).split())[:120]) from error
    if len(sets) != 1 or getattr(sets[0], "data", None) is None:
        raise SeriesRefused("not-sdmx", where=place, detail=f"{len(sets)} data sets")
    frame = sets[0].data
    names = [str(name) for name in frame.columns]
    listed = [
        (index, {name: _text(value) for name, value in zip(names, values, strict=True)})
        for index, values in enumerate(frame.itertuples(index=False, name=None), 2)
    ]
    attributes = {name: _text(value) for name, value in (getattr(sets[0], "attributes", None) or {}).items()}
    for _, cells in listed:
        for name, value in attributes.items():
            cells.setdefault(name, value)
    for _, cells in listed:
        if cells.get(UNIT) and (power := cells.get(POWER, "").removesuffix(".0")) not in ("", "0"):
            cells[UNIT] = f"{cells[UNIT]} 10^{power}"
    columns = plan.columns.model_copy(
        update={
            "period": PERIOD,
            "value": VALUE,
            "unit": plan.columns.unit or (UNIT if plan.unit is None and listed and UNIT in listed[0][1] else None),
        }
    )
    _one_series(listed, plan, columns.model_dump().values(), place)
    return iter(listed), plan.model_copy(update={"columns": columns})


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)


def _guard(path: Path, place: Where) -> None:
    """No document type declaration reaches an XML parser."""
    with path.open("rb") as stream:
        data = stream.read()
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        try:
            begin = xml_safety.prolog(xml_safety.as_utf8(data)[0])
        except InputError as error:
            raise type(error)(where=place, **error.values) from error
        if begin.doctype or b"<!ENTITY" in data:
            raise SeriesRefused("not-sdmx", where=place, detail="DOCTYPE")


def _one_series(listed: list[tuple[int, dict[str, str]]], plan: SeriesMap, used: Any, place: Where) -> None:
    """One series has each period once; where it has not, the dimensions that still differ are named."""
    chosen = [cells for _, cells in listed if all(cells.get(c) == wanted for c, wanted in plan.filters.items())]
    if len({(cells.get(PERIOD), cells.get(plan.columns.geo or "")) for cells in chosen}) == len(chosen):
        return
    passed = {*used, PERIOD, VALUE, *QUALITY}
    loose = {c: sorted(found) for c in chosen[0] if c not in passed and len(found := {r[c] for r in chosen}) > 1}
    shown = "; ".join(f"{name}: {', '.join(values[:5])}" for name, values in loose.items())
    raise SeriesRefused(
        "many-series",
        where=place,
        count=max((len(values) for values in loose.values()), default=1),
        names=shown[:300],
        dimensions=", ".join(loose),
    )
