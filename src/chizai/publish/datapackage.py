"""The tables as a Frictionless data package: ``datapackage.json`` and one CSV a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chizai import __version__
from chizai.messages import text
from chizai.publish.edition import Edition
from chizai.publish.tables import Table
from chizai.series.catalogue import sources
from chizai.series.model import Source


def write_package(edition: Edition, folder: Path) -> Path:
    """Write the package to ``folder``; the path of its descriptor."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in edition.tables:
        (folder / f"{table.name}.csv").write_bytes(table.csv().encode("utf-8"))
    path = folder / "datapackage.json"
    path.write_text(json.dumps(descriptor(edition), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def descriptor(edition: Edition) -> dict[str, Any]:
    """The descriptor of Data Package version 1, which version 2 readers also take."""
    return {
        "profile": "tabular-data-package",
        "name": "ip-plan-follow-up",
        "title": text("publish.title", "en"),
        "description": text("publish.pace", "en"),
        "version": f"{__version__}+{edition.vintage}",
        "sources": [{"title": _title(one), **({"path": one.url} if one.url else {})} for one in sources().values()],
        "resources": [_resource(table) for table in edition.tables],
    }


def _title(one: Source) -> str:
    how = "named" if one.title_from == "text" else "described"
    return text(f"publish.source.{how}", "en", publisher=one.publisher.en, title=one.title.en)


def _resource(table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [
            {"name": field.name, "type": field.kind, "title": field.label("en"), "description": field.label("ja")}
            for field in table.fields
        ],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    return {
        "profile": "tabular-data-resource",
        "name": table.name.replace("_", "-"),
        "title": table.title("en"),
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }
