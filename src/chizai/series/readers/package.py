"""Frictionless data packages: ``datapackage.json`` beside its CSV files (Data Package v1 and v2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from chizai.errors import FileMissing, HostileInput, MalformedInput, Where
from chizai.series.errors import SeriesRefused
from chizai.series.readers import plain
from chizai.series.readers.mapped import Row, SeriesMap


def rows(path: Path, plan: SeriesMap) -> tuple[Iterator[Row], SeriesMap]:
    """Rows of one resource (``resource`` in the map, or the only one). The source is the package's where the map
    states none.

    Only files inside the package's folder are read: no URL, no absolute path, no way out by ``..``.
    """
    place = Where(file=path.name)
    try:
        tree: Any = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise MalformedInput(where=place, detail=str(error)[:120]) from error
    resources = tree.get("resources") if isinstance(tree, dict) else None
    if not isinstance(resources, list) or not all(isinstance(item, dict) for item in resources):
        raise SeriesRefused("bad-package", where=place, detail="resources")
    chosen = _choose(resources, plan, place)
    data = _inside(path.parent, chosen.get("path"), place)
    header = {item.get("name") for item in _fields(chosen)}
    absent = [c for c in (plan.columns.period, plan.columns.value, *plan.filters) if header and c not in header]
    if absent:
        names = ", ".join(str(name) for name in header)
        raise SeriesRefused("bad-package", where=place, detail=f"{', '.join(absent)} / {names}"[:300])
    dialect = chosen.get("dialect")
    delimiter = dialect.get("delimiter") if isinstance(dialect, dict) else None
    update = {"source": plan.source or _source(tree), "delimiter": plan.delimiter or delimiter}
    completed = plan.model_copy(update=update)
    found, _ = plain.rows(data, completed)
    return found, completed


def _choose(resources: list[dict[str, Any]], plan: SeriesMap, place: Where) -> dict[str, Any]:
    names = [str(item.get("name")) for item in resources]
    matching = [item for item in resources if plan.resource in (None, item.get("name"))]
    if len(matching) != 1:
        raise SeriesRefused("bad-package", where=place, detail=f"resource: {', '.join(names)[:200]}")
    return matching[0]


def _inside(folder: Path, written: object, place: Where) -> Path:
    if not isinstance(written, str) or not written:
        raise SeriesRefused("bad-package", where=place, detail="path")
    parts = PurePosixPath(written)
    if "://" in written or parts.is_absolute() or ".." in parts.parts or "\\" in written:
        raise HostileInput(where=place, detail=f"a resource outside the package: {written[:80]}")
    for candidate in (folder / parts, folder / parts.name):
        if candidate.is_file() and candidate.resolve().is_relative_to(folder.resolve()):
            return candidate
    raise FileMissing(where=Where(file=written))


def _fields(resource: dict[str, Any]) -> list[dict[str, Any]]:
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    return [item for item in fields if isinstance(item, dict)] if isinstance(fields, list) else []


def _source(tree: dict[str, Any]) -> str | None:
    sources = tree.get("sources")
    if not isinstance(sources, list):
        return None
    titles = [str(item.get("title") or item.get("path") or "") for item in sources if isinstance(item, dict)]
    return "; ".join(title for title in titles if title) or None
