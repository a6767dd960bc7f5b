"""ISO committee secretariats by country and level: KPI K17, "stay among the top five".

The plan does not say what it counts. Here every definition is a choice with a name, and :func:`definitions` shows the
verdict of each: with subcommittees Japan is 4th (84), by committees alone 6th (20). IEC publishes no open list: its
part is missing.

Source: ISO Open Data, technical committees, June 2025 (ODC-By 1.0), reduced to reference, level, status, secretariat.

>>> [(one.name, one.count, one.rank) for one in definitions()][:2]
[('all', 84, 4), ('committees', 20, 6)]
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from chizai.errors import EmptyInput, FileMissing, Where
from chizai.series.catalogue import shipped_text
from chizai.series.errors import SeriesRefused

Level = Literal["TC", "PC", "JTC", "SC", "other"]
LEVELS: tuple[Level, ...] = get_args(Level)
DEFINITIONS: dict[str, tuple[tuple[Level, ...], bool]] = {
    "all": (LEVELS, True),
    "committees": (("TC", "PC"), True),
    "committees_and_joint": (("TC", "PC", "JTC"), True),
    "subcommittees": (("SC",), True),
    "all_active": (LEVELS, False),
}
"""Name -> levels counted, and whether suspended committees count."""
TOP = 5
LONGEST_LINE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Committee:
    reference: str
    level: Level
    status: str
    secretariat: str
    """Acronym of the member body; empty where the register names none."""
    country: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One definition's count, rank and verdict. Equal counts share the better rank."""

    name: str
    count: int
    rank: int
    within: bool


def level_of(reference: str) -> Level:
    """The level from a committee's reference.

    >>> [level_of(r) for r in ("ISO/TC 8", "ISO/TC 8/SC 1", "ISO/PC 305", "ISO/IEC JTC 1/SC 27", "IEC/ISO JTC 3")]
    ['TC', 'SC', 'PC', 'SC', 'JTC']
    """
    if "/SC " in reference:
        return "SC"
    if "/PC" in reference:
        return "PC"
    if "JTC" in reference:
        return "JTC"
    return "TC" if "/TC" in reference else "other"


@cache
def shipped_committees() -> tuple[Committee, ...]:
    rows = csv.DictReader(io.StringIO(shipped_text("iso_secretariats_2025-06.csv")))
    return tuple(
        Committee(row["reference"], level_of(row["reference"]), row["status"], row["secretariat"], row["country"])
        for row in rows
    )


def countries() -> dict[str, str]:
    """Member body -> country, from the shipped table."""
    return {one.secretariat: one.country for one in shipped_committees() if one.secretariat}


def read_committees(path: Path) -> Iterator[Committee]:
    """Committees of an ISO Open Data file (``iso_technical_committees.jsonl``), for a newer snapshot.

    A member body that is not in the shipped table keeps its acronym as country.
    """
    if not path.is_file():
        raise FileMissing(where=Where(file=str(path)))
    known = countries()
    seen = 0
    with path.open("rb") as stream:
        row = 0
        while line := stream.readline(LONGEST_LINE):
            row += 1
            if not line.strip():
                continue
            place = Where(file=path.name, row=row)
            try:
                item: Any = json.loads(line)
                reference, body = item["reference"], (item.get("secretariat") or {}).get("acronym") or ""
                status = item["status"]
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise SeriesRefused("not-iso", where=place) from error
            if not all(isinstance(text, str) for text in (reference, body, status)):
                raise SeriesRefused("not-iso", where=place)
            seen += 1
            yield Committee(reference, level_of(reference), status, body, known.get(body, body))
    if not seen:
        raise EmptyInput(where=Where(file=path.name))


def by_country(
    committees: Iterable[Committee], *, levels: Iterable[Level] = LEVELS, suspended: bool = True
) -> Counter[str]:
    """Secretariats a country; committees without one are left out."""
    wanted = set(levels)
    return Counter(
        one.country
        for one in committees
        if one.level in wanted and one.country and (suspended or one.status == "Active")
    )


def definitions(
    committees: Iterable[Committee] | None = None, *, country: str = "JP", top: int = TOP
) -> list[Standing]:
    """Count, rank and verdict of every definition: where they differ, the target's verdict is a matter of
    definition."""
    listed = list(shipped_committees() if committees is None else committees)
    found = []
    for name, (levels, suspended) in DEFINITIONS.items():
        counts = by_country(listed, levels=levels, suspended=suspended)
        own = counts[country]
        rank = 1 + sum(count > own for count in counts.values())
        found.append(Standing(name, own, rank, rank <= top))
    return found
