"""The declared map, and rows turned into observations with everything refused that would give a wrong figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML, YAMLError

from chizai.corpus.schema import Reject
from chizai.errors import FileMissing, MissingColumn, Where
from chizai.series.errors import SeriesRefused
from chizai.series.model import QUALIFIERS, Observation, Qualifier
from chizai.series.numbers import half_unit, number
from chizai.series.period import Period
from chizai.series.units import is_unit_column

Row = tuple[int, Mapping[str, str]]
"""Row number as a spreadsheet shows it, and its cells by column."""
ABSENT = {"", "-", "－", "―", "…", "...", "***", "*", "x", "X", "NA", "N/A", "n/a", "NaN", "null"}
"""How Japanese statistics mark a figure that is not there; such rows are passed over and said so."""
LONGEST_MAP = 64 * 1024
LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Reading:
    """The observations of one series, and the rows chosen by the filters that hold no figure."""

    observations: tuple[Observation, ...]
    rejects: tuple[Reject, ...]


class Columns(BaseModel):
    """Which column holds what. ``period`` and ``value`` are needed; the rest may be constants of the map."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    period: str = "period"
    value: str = "value"
    unit: str | None = None
    source: str | None = None
    geo: str | None = None
    qualifier: str | None = None
    known_from: str | None = None
    note: str | None = None


class SeriesMap(BaseModel):
    """One series in one file. ``filters`` choose its rows: column to the value wanted.

    ``fiscal`` says that bare years (2024) are Japanese fiscal years. ``half_unit`` None takes the last printed decimal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    series: str = Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    columns: Columns = Columns()
    unit: str | None = None
    source: str | None = None
    url: str | None = None
    geo: str = "JP"
    filters: dict[str, str] = {}
    fiscal: bool = False
    half_unit: float | None = None
    delimiter: str | None = Field(default=None, max_length=1)
    skip: int = Field(default=0, ge=0, le=1000)
    resource: str | None = None


def load_map(path: Path) -> SeriesMap:
    """The map of a YAML file; SeriesRefused ('bad-map') says which entry does not fit."""
    if not path.is_file():
        raise FileMissing(where=Where(file=str(path)))
    data = path.read_bytes()[: LONGEST_MAP + 1]
    place = Where(file=path.name)
    if len(data) > LONGEST_MAP:
        raise SeriesRefused("bad-map", where=place, detail=f"> {LONGEST_MAP} bytes")
    if b"&" in data and b"*" in data:
        raise SeriesRefused("bad-map", where=place, detail="YAML anchors and aliases are not used here")
    try:
        found: Any = YAML(typ="safe", pure=True).load(data)
    except (YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise SeriesRefused("bad-map", where=place, detail=" ".join(str(error).split())[:120]) from error
    try:
        return SeriesMap.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        entry = ".".join(str(part) for part in first["loc"]) or "map"
        raise SeriesRefused("bad-map", where=place, detail=f"{entry}: {first['msg']}") from error


def observe(rows: Iterable[Row], plan: SeriesMap, *, file: str, known_from: dt.date) -> Reading:
    """The observations of the rows that the map's filters choose, in order of the file; a row without a figure is a
    reject ('no-figure').

    Refused: a missing or second unit, a missing source, a period that is both fiscal and calendar, fiscal and
    calendar years in one series, a text for a number, two values of one period in one vintage. A second unit in a
    column of units that the map does not name is refused as well: a constant of the map does not make it one."""
    found: list[Observation] = []
    rejects: list[Reject] = []
    units: dict[str, str] = {}
    beside: dict[tuple[str, str], str] = {}
    seen: dict[tuple[object, ...], tuple[float, int]] = {}
    calendar: tuple[bool, int] | None = None
    checked = False
    for row, cells in rows:
        if not checked:
            _check_columns(cells, plan, file)
            checked = True
        if any((cells.get(column) or "").strip() != wanted for column, wanted in plan.filters.items()):
            continue
        one = _observation(row, cells, plan, file, known_from)
        if one is None:
            written = (cells.get(plan.columns.value) or "").strip()
            shown = (cells.get(plan.columns.period) or "").strip()[:40]
            rejects.append(Reject(row, "no-figure", shown, column=plan.columns.value, value=written))
            continue
        place = Where(file=file, row=row, column=plan.columns.unit)
        unit = units.setdefault(one.geo, one.unit)
        if unit != one.unit:
            raise SeriesRefused("two-units", where=place, units=f"{unit}, {one.unit}")
        _same_beside(row, cells, plan, file, one.geo, beside)
        if calendar is None:
            calendar = (one.when.fiscal, row)
        elif calendar[0] != one.when.fiscal:
            raise SeriesRefused(
                "mixed-years", where=Where(file=file, row=row, column=plan.columns.period), value=one.period
            )
        key = (one.geo, str(one.when), one.known_from)
        value = one.value if one.value is not None else 0.0
        if seen.setdefault(key, (value, row))[0] != value:
            raise SeriesRefused("twice", where=Where(file=file, row=row), value=str(one.when))
        if seen[key][1] == row:
            found.append(one)
    if not found:
        raise SeriesRefused("no-rows" if plan.filters else "no-data", where=Where(file=file))
    return Reading(tuple(found), tuple(rejects))


def _same_beside(
    row: int, cells: Mapping[str, str], plan: SeriesMap, file: str, geo: str, beside: dict[tuple[str, str], str]
) -> None:
    """One unit in every column of units that the map does not name; ``beside`` remembers them."""
    for name, cell in cells.items():
        if name == plan.columns.unit or not is_unit_column(name) or not (written := (cell or "").strip()):
            continue
        before = beside.setdefault((geo, name), written)
        if before != written:
            where = Where(file=file, row=row, column=name)
            raise SeriesRefused("two-units", where=where, units=f"{before}, {written}"[:200])


def _check_columns(cells: Mapping[str, str], plan: SeriesMap, file: str) -> None:
    named = [column for column in plan.columns.model_dump().values() if column]
    absent = [column for column in (*named, *plan.filters) if column not in cells]
    if absent:
        raise MissingColumn(where=Where(file=file, row=1), columns=", ".join(absent), present=", ".join(cells)[:300])


def _observation(
    row: int, cells: Mapping[str, str], plan: SeriesMap, file: str, known_from: dt.date
) -> Observation | None:
    columns = plan.columns

    def cell(name: str | None) -> str:
        return ((cells.get(name) or "") if name else "").strip()

    written = cell(columns.value)
    if written in ABSENT:
        return None
    value = number(written)
    if value is None:
        where = Where(file=file, row=row, column=columns.value)
        raise SeriesRefused("bad-value", where=where, value=written[:40])
    unit = cell(columns.unit) or (plan.unit or "")
    if not unit:
        raise SeriesRefused("no-unit", where=Where(file=file, row=row, column=columns.unit))
    source = cell(columns.source) or (plan.source or "")
    if not source:
        raise SeriesRefused("no-source", where=Where(file=file, row=row, column=columns.source))
    qualifier = cell(columns.qualifier) or "eq"
    if qualifier not in QUALIFIERS:
        where = Where(file=file, row=row, column=columns.qualifier, value=qualifier)
        raise SeriesRefused("bad-qualifier", where=where, value=qualifier[:40], known=", ".join(QUALIFIERS))
    kept: Qualifier = qualifier
    return Observation(
        indicator=plan.series,
        geo=cell(columns.geo) or plan.geo,
        period=str(_period(cell(columns.period), plan, Where(file=file, row=row, column=columns.period))),
        value=value,
        unit=unit[:LONGEST_TEXT],
        qualifier=kept,
        half_unit=half_unit(written) if plan.half_unit is None else plan.half_unit,
        known_from=_known_from(cell(columns.known_from), known_from, Where(file=file, row=row)),
        source=source[:LONGEST_TEXT],
        url=plan.url,
        note=cell(columns.note)[:LONGEST_TEXT] or None,
    )


def _period(written: str, plan: SeriesMap, where: Where) -> Period:
    if not written:
        raise SeriesRefused("bad-period", where=where, value="")
    found = Period.parse(written, where=where)
    if plan.fiscal and found.kind == "year":
        # The map declares what the bare number means; a year written as 2024年 says otherwise.
        if "年" in written:
            raise SeriesRefused("both-years", where=where, value=written)
        return Period("fy", found.start, found.end, fiscal=True)
    return found


def _known_from(written: str, default: dt.date, where: Where) -> dt.date:
    if not written:
        return default
    try:
        return dt.date.fromisoformat(written)
    except ValueError as error:
        raise SeriesRefused("bad-date", where=where, value=written[:40]) from error
