"""Readers of series: plain CSV, e-Stat, SDMX, Frictionless packages. Each turns a file into rows; the declared map
does the rest.

A new series needs no code: name the columns of period, value, unit and source in a map (docs/series/add-a-series).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path

from chizai.errors import FileMissing, HostileInput, UnknownChoice, Where
from chizai.series.model import Observation
from chizai.series.readers import estat, package, plain, sdmx
from chizai.series.readers.mapped import Reading, Row, SeriesMap, load_map, observe

Rows = Callable[[Path, SeriesMap], tuple[Iterable[Row], SeriesMap]]
READERS: dict[str, Rows] = {
    "csv": plain.rows,
    "estat": estat.rows,
    "sdmx": sdmx.rows,
    "package": package.rows,
}
"""Each gives the rows of a file and the map completed by what the format itself knows (unit, source)."""
LARGEST = 64 * 1024 * 1024


def read_series(path: Path, plan: SeriesMap, *, known_from: dt.date, format: str | None = None) -> list[Observation]:
    """The observations of one series, as :func:`reading_of` finds them."""
    return list(reading_of(path, plan, known_from=known_from, format=format).observations)


def reading_of(path: Path, plan: SeriesMap, *, known_from: dt.date, format: str | None = None) -> Reading:
    """The observations of one series, and the rows passed over because they hold no figure. ``known_from`` is the day
    on which the figures became known, where rows do not say.

    Errors: SeriesRefused with row and remedy, MissingColumn, BadEncoding, EmptyInput, MissingExtra (SDMX).
    """
    if not path.is_file():
        raise FileMissing(where=Where(file=str(path)))
    if path.stat().st_size > LARGEST:
        raise HostileInput(where=Where(file=path.name), detail=f"more than {LARGEST} bytes for one series")
    name = format or recognise(path)
    if name not in READERS:
        raise UnknownChoice(kind="format", name=name, known=", ".join(READERS))
    found, completed = READERS[name](path, plan)
    return observe(found, completed, file=path.name, known_from=known_from)


def recognise(path: Path) -> str:
    """The reader for a file, from its first bytes.

    SDMX-CSV is known by its first column, a data package by its name or its resources, e-Stat by its root key.
    """
    with path.open("rb") as stream:
        head = stream.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<"):
        return "sdmx"
    if head.startswith(b"{"):
        return "estat" if b"GET_STATS_DATA" in head else "package"
    first = head.split(b"\n", 1)[0].upper()
    return "sdmx" if first.startswith((b"STRUCTURE,", b"DATAFLOW,", b"STRUCTURE;", b"STRUCTURE[")) else "csv"


__all__ = ["READERS", "Reading", "SeriesMap", "load_map", "read_series", "reading_of", "recognise"]
