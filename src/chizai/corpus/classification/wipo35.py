"""The 35 technology fields of the WIPO IPC-technology concordance.

Source of the facts: WIPO, IPC-technology concordance (after U. Schmoch, Concept of a Technology Classification for
Country Comparisons, 2008, with the updates of 2011 to 2019), re-typed in our own layout in
``data/classification/wipo35.tsv``.

Conventions, to be stated with every figure by field:

- a CPC symbol is mapped as the IPC symbol of the same spelling, in the subclasses that both schemes have;
- CPC section Y, the CPC's 2000 series and subclasses that only the CPC has are left unclassified;
- subclasses made after the concordance's last update follow the place that they came from (``successors``); G16Y, which
  has no single predecessor, is left unclassified.
"""

from __future__ import annotations

import csv
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import pyarrow as pa

from chizai.corpus.classification.symbols import is_indexing, main_group_of


class WipoField(NamedTuple):
    """One of the 35 fields. The Japanese names are those in use at the JPO, else our own."""

    number: int
    sector_en: str
    name_en: str
    name_ja: str
    sector_ja: str
    keys: tuple[str, ...]
    """Subclasses (``H01L``) and main groups (``H04N3/00``)."""


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("chizai") / "data" / "classification" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t"))


def _keys(codes: str) -> tuple[str, ...]:
    """``"G08C H04N3,5"`` -> ``("G08C", "H04N3/00", "H04N5/00")``."""
    keys: list[str] = []
    for code in codes.split():
        subclass, groups = code[:4], code[4:]
        keys.extend(f"{subclass}{group}/00" for group in groups.split(",")) if groups else keys.append(subclass)
    return tuple(keys)


FIELDS: tuple[WipoField, ...] = tuple(
    WipoField(int(r["number"]), r["sector_en"], r["field_en"], r["field_ja"], r["sector_ja"], _keys(r["codes"]))
    for r in _rows("wipo35.tsv")
)


@cache
def _mapping(*, successors: bool) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for item in FIELDS:
        for key in item.keys:
            found[key] = (*found.get(key, ()), item.number)
    if successors:
        for row in _rows("wipo35_successors.tsv"):
            found[row["subclass"]] = (int(row["number"]),)
    return found


@lru_cache(maxsize=1 << 16)
def wipo35(symbol: str, *, successors: bool = True) -> tuple[int, ...]:
    """The field numbers of a CPC or IPC symbol in written form; empty where the concordance has none.

    >>> wipo35("H04N21/00"), wipo35("H04N5/225"), wipo35("H01L27/04"), wipo35("B64C2201/12"), wipo35("Y02E10/50")
    ((4,), (2,), (8,), (), ())
    """
    if is_indexing(symbol):
        return ()
    mapping = _mapping(successors=successors)
    group = main_group_of(symbol)
    if group is not None and group in mapping:
        return mapping[group]
    return mapping.get(symbol[:4], ())


def wipo35_field(number: int) -> WipoField:
    """The field with this number, 1 to 35.

    >>> wipo35_field(8).name_en, wipo35_field(8).name_ja
    ('Semiconductors', '半導体')
    """
    if not 1 <= number <= len(FIELDS):
        raise ValueError(f"WIPO fields are numbered 1 to {len(FIELDS)}, not {number}")
    return FIELDS[number - 1]


def wipo35_table(*, successors: bool = True) -> pa.Table:
    """The concordance for a join: ``key`` (string), ``level`` ('subclass' or 'main_group'), ``field`` (int64)."""
    rows = [(key, number) for key, numbers in _mapping(successors=successors).items() for number in numbers]
    return pa.table(
        {
            "key": pa.array([key for key, _ in rows], pa.string()),
            "level": pa.array(["main_group" if "/" in key else "subclass" for key, _ in rows], pa.string()),
            "field": pa.array([number for _, number in rows], pa.int64()),
        }
    )
