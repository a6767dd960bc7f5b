"""A table of baselines, values and targets, without a plan: one assessment a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from chizai.corpus.readers.base import Source
from chizai.corpus.readers.tabular import row_chunks
from chizai.corpus.schema import Reject
from chizai.errors import EmptyInput, FileMissing, MissingColumn, Where
from chizai.series.assess import cagr
from chizai.series.assess.base import Assessment, Case, Reason
from chizai.series.errors import SeriesRefused
from chizai.series.numbers import half_unit, number
from chizai.series.period import Period
from chizai.series.readers.plain import no_workbook
from chizai.series.units import is_unit_column

NEEDED = ("id", "base_value", "base_year", "current_value", "current_year", "direction")
KNOWN = (*NEEDED, "target", "target_year", "limit", "source")
SOURCES = ("source", "出典")
BLANK = ("", "-", "–", "－", "null", "none", "n/a")
DIRECTIONS: dict[str, Literal[1, -1]] = {
    "1": 1, "+1": 1, "1.0": 1, "up": 1, "-1": -1, "-1.0": -1, "down": -1,
}  # fmt: skip


def assess_file(path: Path) -> list[dict[str, Any]]:
    """Every data row of a CSV or TSV as ``{id, progress_value, score, status, components, reasons}``, in order.

    Columns: id, base_value, base_year, current_value, current_year, target, target_year, direction (1 or -1), limit;
    others are left alone, but for columns of units (unit, base_unit, 単位 ...) and of the source (source, 出典): units
    that differ within a row or between rows of one id, and an empty cell of a source column, are refused. A row that
    is refused or cannot be assessed comes out with ``not_available`` and its reasons. Decimals are taken as rounded at
    the last printed digit.

    Errors: MissingColumn, EmptyInput, BadEncoding for the file as a whole.
    """
    listed = list(_rows(path))
    if not listed:
        raise EmptyInput(where=Where(file=path.name))
    several = _units_by_id(listed)
    found = []
    for row, cells in listed:
        if cells is None:
            found.append(_refused(f"row {row}", [Reason("unreadable-row", {"row": row})]))
        elif (name := cells.get("id", "").strip()) in several:
            found.append(_refused(name, [Reason("two-units-of-one", {"row": row, "name": name[:80]} | several[name])]))
        else:
            found.append(assess_row(cells, row=row))
    return found


def _units_by_id(listed: list[tuple[int, Mapping[str, str] | None]]) -> dict[str, dict[str, object]]:
    """Ids whose rows are sound one by one but do not have the same unit, with units and row numbers.

    All rows of such an id are refused: which of them has the wrong unit cannot be known.
    """
    units: dict[str, dict[str, None]] = {}
    rows: dict[str, list[int]] = {}
    for row, cells in listed:
        name = cells.get("id", "").strip() if cells else ""
        found = _units(cells) if cells and name else set()
        if len(found) == 1:
            units.setdefault(name, {})[found.pop()] = None
            rows.setdefault(name, []).append(row)
    return {
        name: {"units": ", ".join(found)[:200], "rows": ", ".join(map(str, rows[name][:10]))}
        for name, found in units.items()
        if len(found) > 1
    }


def _units(cells: Mapping[str, str]) -> set[str]:
    return {written for name, cell in cells.items() if is_unit_column(name) and (written := (cell or "").strip())}


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str] | None]]:
    """Row number and cells; no cells where the row breaks CSV."""
    if not path.is_file():
        raise FileMissing(where=Where(file=str(path)))
    if path.stat().st_size == 0:
        raise EmptyInput(where=Where(file=path.name))
    no_workbook(path)
    source = Source(path)
    for chunk in row_chunks(source, delimiter="\t" if path.suffix.lower() in (".tsv", ".tab") else ","):
        if isinstance(chunk, Reject):
            yield chunk.row, None
            continue
        header, numbered = chunk.data
        names = [name.strip().lower() for name in header]
        _check_header(names, source)
        for row, cells in numbered:
            if any(cell.strip() for cell in cells):
                yield row, dict(zip(names, cells, strict=False))


def _check_header(names: list[str], source: Source) -> None:
    absent = [name for name in NEEDED if name not in names]
    if absent:
        where = Where(file=source.label, row=1)
        raise MissingColumn(where=where, columns=", ".join(absent), present=", ".join(names)[:300])
    twice = sorted({name for name in names if (name in KNOWN or is_unit_column(name)) and names.count(name) > 1})
    if twice:
        raise SeriesRefused("column-twice", where=Where(file=source.label, row=1), columns=", ".join(twice))


def assess_row(cells: Mapping[str, str], *, row: int) -> dict[str, Any]:
    """One row of texts, as :func:`assess_file` gives it. ``row`` is named in the reasons.

    >>> assess_row({"id": "a", "base_value": "14.5", "base_year": "2015", "current_value": "10.4",
    ...     "current_year": "2023", "target": "7.25", "target_year": "2030", "direction": "-1"}, row=2)["status"]
    'moderate_progress'
    """
    name = cells.get("id", "").strip() or f"row {row}"
    case = read_case(cells, row=row)
    if isinstance(case, list):
        return _refused(name, case)
    return record(name, cagr.assess(case))


def record(name: str, found: Assessment) -> dict[str, Any]:
    components = dict(found.components)
    if found.interval:
        components["R_interval_from_rounding" if "coefficient" not in components else "interval_from_rounding"] = list(
            found.interval
        )
    if found.borderline:
        components["statuses_from_rounding"] = list(found.statuses)
    return {
        "id": name,
        "progress_value": found.value,
        "score": found.score,
        "status": found.status,
        "components": components,
        "reasons": [reason.as_dict() for reason in found.reasons],
    }


def _refused(name: str, reasons: list[Reason]) -> dict[str, Any]:
    return {
        "id": name,
        "progress_value": None,
        "score": None,
        "status": "not_available",
        "components": {},
        "reasons": [reason.as_dict() for reason in reasons],
    }


def read_case(cells: Mapping[str, str], *, row: int) -> Case | list[Reason]:
    """The case of a row, or everything that is wrong with it."""
    wrong: list[Reason] = []
    values: dict[str, float | None] = {}
    for name in ("base_value", "current_value", "target", "limit"):
        values[name] = _number(cells, name, row, wrong, optional=name in ("target", "limit"))
    periods: dict[str, Period | None] = {}
    for name in ("base_year", "current_year", "target_year"):
        periods[name] = _period(cells, name, row, wrong, optional=name == "target_year")
    if len({period.fiscal for period in periods.values() if period}) > 1:
        wrong.append(Reason("mixed-years", {"row": row}))
    units = _units(cells)
    if len(units) > 1:
        wrong.append(Reason("two-units", {"row": row, "units": ", ".join(sorted(units))}))
    lacking = [name for name in SOURCES if name in cells and (cells[name] or "").strip().lower() in BLANK]
    if lacking:
        wrong.append(Reason("no-source", {"row": row, "column": lacking[0]}))
    written = (cells.get("direction") or "").strip().lower()
    direction = DIRECTIONS.get(written)
    if direction is None:
        code = "no-direction" if written in BLANK else "bad-direction"
        wrong.append(Reason(code, {"row": row, "value": written[:40]}))
    base, current = values["base_value"], values["current_value"]
    base_year, current_year = periods["base_year"], periods["current_year"]
    if wrong or direction is None or base is None or current is None or base_year is None or current_year is None:
        return wrong
    target_year = periods["target_year"]
    return Case(
        base_value=base,
        base_year=base_year.t,
        current_value=current,
        current_year=current_year.t,
        direction=direction,
        target=values["target"],
        target_year=target_year.t if target_year else None,
        limit=values["limit"],
        base_half_unit=half_unit(cells["base_value"]),
        current_half_unit=half_unit(cells["current_value"]),
    )


def _number(cells: Mapping[str, str], name: str, row: int, wrong: list[Reason], *, optional: bool) -> float | None:
    written = (cells.get(name) or "").strip()
    if written.lower() in BLANK:
        if not optional:
            wrong.append(Reason("blank", {"row": row, "column": name}))
        return None
    value = number(written)
    if value is None:
        wrong.append(Reason("not-a-number", {"row": row, "column": name, "value": written[:40]}))
    return value


def _period(cells: Mapping[str, str], name: str, row: int, wrong: list[Reason], *, optional: bool) -> Period | None:
    written = (cells.get(name) or "").strip()
    if written.lower() in BLANK:
        if not optional:
            wrong.append(Reason("blank", {"row": row, "column": name}))
        return None
    try:
        return Period.parse(written)
    except SeriesRefused as error:
        code = "both-years" if error.reason in ("both-years", "mixed-years") else "not-a-year"
        wrong.append(Reason(code, {"row": row, "column": name, "value": written[:40]}))
        return None
