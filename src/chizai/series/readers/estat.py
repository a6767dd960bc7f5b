"""Answers of the e-Stat API (getStatsData, version 3.0, JSON).

Shape: ``GET_STATS_DATA.RESULT.STATUS`` (0 ok, 1 ok without data, 100 and more an error) and ``STATISTICAL_DATA`` with
``RESULT_INF`` (TOTAL_NUMBER, NEXT_KEY), ``TABLE_INF``, ``CLASS_INF.CLASS_OBJ`` (an object or a list) and
``DATA_INF.VALUE`` (``@tab @cat01 @area @time @unit $``). Columns of the rows: each class id (tab, cat01, area ...)
with the name of its code, the same with ``_code``, ``time``, ``unit``, ``value``. Time codes: ``2024000000`` a year,
``2024100000`` a fiscal year, ``2024001212`` a month.

Reference: e-Stat API specification, version 3.0, National Statistics Center.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chizai.errors import MalformedInput, Where
from chizai.series.errors import SeriesRefused
from chizai.series.readers.mapped import ABSENT, Columns, Row, SeriesMap

_TIME = re.compile(r"(\d{4})(\d)(\d)(\d\d)(\d\d)$")


def rows(path: Path, plan: SeriesMap) -> tuple[Iterator[Row], SeriesMap]:
    """Rows of one answer; a partial answer (NEXT_KEY) and filters that leave several series are refused.

    Unit and source come from the answer unless the map states them.
    """
    place = Where(file=path.name)
    body = _body(path, place)
    classes = {item["@id"]: item for item in _list(body.get("CLASS_INF", {}).get("CLASS_OBJ"))}
    names = {
        name: {str(code.get("@code")): str(code.get("@name")) for code in _list(item.get("CLASS"))}
        for name, item in classes.items()
    }
    values = _list(body.get("DATA_INF", {}).get("VALUE"))
    columns = Columns(period="time", value="value", unit=None if plan.unit else "unit")
    completed = plan.model_copy(update={"columns": columns, "source": plan.source or _source(body)})
    _same_calendar(names.get("time", {}), values, plan, place)
    listed = [(index, _row(item, names, plan)) for index, item in enumerate(values, 1)]
    _one_series(listed, plan, [name for name in names if name != "time"], place)
    return iter(listed), completed


def period_of(code: str) -> str:
    """A period as :class:`~chizai.series.period.Period` reads it, from e-Stat's time code.

    >>> period_of("2024000000"), period_of("2024100000"), period_of("2024001212")
    ('2024', 'FY2024', '2024-12')
    """
    found = _TIME.match(code)
    if found is None:
        return code
    year, kind, _, first, last = found.groups()
    if kind == "1":
        return f"FY{year}"
    if first == last == "00":
        return year
    return f"{year}-{last}" if first == last else code


def _same_calendar(times: dict[str, str], values: list[dict[str, Any]], plan: SeriesMap, place: Where) -> None:
    """Refuse a code that says one kind of year and a name that says the other: 2024000000 as 2024年度 is found in
    answers of e-Stat. A map with ``fiscal`` declares what such a code means."""
    for row, item in enumerate(values, 1):
        code = str(item.get("@time", ""))
        period, name = period_of(code), times.get(code, "")
        fiscal = period.startswith("FY")
        disputed = "年度" in name if not fiscal else re.search(r"年(?!度)", name) is not None and "年度" not in name
        if disputed and not (plan.fiscal and not fiscal):
            where = Where(file=place.file, row=row, column="time")
            raise SeriesRefused("both-years", where=where, value=f"{code} {name}"[:80])


def _body(path: Path, place: Where) -> dict[str, Any]:
    try:
        tree: Any = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise MalformedInput(where=place, detail=str(error)[:120]) from error
    answer = tree.get("GET_STATS_DATA") if isinstance(tree, dict) else None
    if not isinstance(answer, dict):
        raise SeriesRefused("not-estat", where=place, detail="GET_STATS_DATA")
    try:
        result = answer["RESULT"]
        status = int(result["STATUS"])
        if status != 0:
            raise SeriesRefused(
                "estat-error", where=place, status=status, message=str(result.get("ERROR_MSG", ""))[:200]
            )
        body: dict[str, Any] = answer["STATISTICAL_DATA"]
        information = body["RESULT_INF"]
        following = information.get("NEXT_KEY")
        body["CLASS_INF"]["CLASS_OBJ"], body["DATA_INF"]["VALUE"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, SeriesRefused):
            raise
        raise SeriesRefused("not-estat", where=place, detail=str(error)[:80]) from error
    if following:
        raise SeriesRefused("estat-partial", where=place, next=following)
    return body


def _list(value: Any) -> list[dict[str, Any]]:
    """e-Stat writes one item as an object and several as a list."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _row(item: dict[str, Any], names: dict[str, dict[str, str]], plan: SeriesMap) -> dict[str, str]:
    cells = {"value": str(item.get("$", "")), "unit": str(item.get("@unit", ""))}
    for name, codes in names.items():
        code = str(item.get(f"@{name}", ""))
        cells[f"{name}_code"] = code
        cells[name] = period_of(code) if name == "time" else codes.get(code, code)
        # A filter may name the code or its name.
        if plan.filters.get(name) == code:
            cells[name] = code
    return cells


def _one_series(listed: list[tuple[int, dict[str, str]]], plan: SeriesMap, dimensions: list[str], place: Where) -> None:
    chosen = [
        cells
        for _, cells in listed
        if all(cells.get(column) == wanted for column, wanted in plan.filters.items()) and cells["value"] not in ABSENT
    ]
    several = {name: sorted({cells[name] for cells in chosen}) for name in dimensions}
    loose = {name: values for name, values in several.items() if len(values) > 1}
    if loose:
        shown = "; ".join(f"{name}: {', '.join(values[:5])}" for name, values in loose.items())
        count = len({tuple(cells[name] for name in dimensions) for cells in chosen})
        raise SeriesRefused("many-series", where=place, count=count, names=shown[:300], dimensions=", ".join(loose))


def _source(body: dict[str, Any]) -> str | None:
    table = body.get("TABLE_INF")
    if not isinstance(table, dict):
        return None

    def words(name: str) -> str:
        value = table.get(name)
        return str(value.get("$", "") if isinstance(value, dict) else value or "")

    found = " ".join(part for part in (words("GOV_ORG"), words("STAT_NAME"), words("TITLE")) if part)
    return f"{found} (e-Stat {table.get('@id', '')})".strip() if found else None
