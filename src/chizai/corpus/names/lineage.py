"""Names that one body has had, and groups of bodies: data with dates and sources, never rules.

``data/aliases.csv`` (acronyms, translations), ``data/renames.csv`` (the same legal person under a new name),
``data/groups.csv`` (membership with dates where known). Dates are ISO 8601, also as a month or a year alone.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from chizai.corpus.names.normal import parse

Key = tuple[str, str]
"""Kind and key of a parsed name."""


@dataclass(frozen=True, slots=True)
class Rename:
    old: str
    new: str
    date: str
    source: str


@dataclass(frozen=True, slots=True)
class Membership:
    group_id: str
    group: str
    member: str
    start: str | None
    end: str | None
    source: str


def _rows(name: str) -> list[dict[str, str]]:
    text = (files(__package__) / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def key_of(name: str) -> Key:
    parsed = parse(name)
    return parsed.kind, parsed.key


@cache
def aliases() -> dict[Key, tuple[Key, str, str]]:
    """Key of an alias -> (key of the name, kind of alias, the alias as written)."""
    found: dict[Key, tuple[Key, str, str]] = {}
    for row in _rows("aliases.csv"):
        alias, name = key_of(row["alias"]), key_of(row["name"])
        if alias != name:
            found[alias] = (name, row["kind"], row["alias"])
    return found


@cache
def renames() -> dict[Key, list[tuple[Key, Rename]]]:
    """Key of the old name -> keys of the new ones."""
    found: dict[Key, list[tuple[Key, Rename]]] = defaultdict(list)
    for row in _rows("renames.csv"):
        old, new = key_of(row["old"]), key_of(row["new"])
        if old != new:
            found[old].append((new, Rename(row["old"], row["new"], row["date"], row["source"])))
    return dict(found)


@cache
def groups() -> dict[Key, list[Membership]]:
    """Key of a member -> its memberships, the earliest first."""
    found: dict[Key, list[Membership]] = defaultdict(list)
    for row in _rows("groups.csv"):
        membership = Membership(
            row["group_id"], row["group"], row["member"], row["from"] or None, row["to"] or None, row["source"]
        )
        found[key_of(row["member"])].append(membership)
    return {key: sorted(rows, key=lambda row: row.start or "") for key, rows in found.items()}
