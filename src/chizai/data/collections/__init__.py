"""The real collections that come with chizai; see README.md beside this file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Collection:
    name: str
    paths: tuple[Path, ...]
    """The data file, and its column map where it needs one."""
    title: dict[str, str]
    licence: str
    source: str
    retrieved: str
    notes: dict[str, list[str]]


def shipped() -> list[Collection]:
    """The collections in the order of the catalogue."""
    catalogue = tomllib.loads((HERE / "collections.toml").read_text(encoding="utf-8"))
    return [
        Collection(
            name=name,
            paths=tuple(HERE / item[key] for key in ("file", "map") if key in item),
            title=item["title"],
            licence=item["licence"],
            source=item["attribution"],
            retrieved=item["retrieved"],
            notes=item["caveats"],
        )
        for name, item in catalogue.items()
    ]
