"""Units: what may be converted into what, and how they are called."""

from __future__ import annotations

import re

from chizai.messages import Lang, lookup

SIZES: dict[str, tuple[str, float]] = {
    "jpy": ("jpy", 1.0),
    "jpy_million": ("jpy", 1e6),
    "jpy_oku": ("jpy", 1e8),
    "jpy_cho": ("jpy", 1e12),
    "usd": ("usd", 1.0),
    "usd_10bn": ("usd", 1e10),
    "count": ("count", 1.0),
    "count_man": ("count", 1e4),
    "percent": ("percent", 1.0),
}
"""Dimension and size of the units that have siblings. A unit that is not listed converts into itself only."""


UNIT_NAME = re.compile(r"(?:.*[^a-z])?units?(?:_measure)?|.*単位", re.IGNORECASE)
"""How a column of units is called: unit, base_unit, Units, UNIT_MEASURE, 基準値の単位."""


def is_unit_column(name: str) -> bool:
    """Whether a column holds units, by its name; half_unit is a number.

    >>> [is_unit_column(name) for name in ("unit", "base_unit", "値の単位", "UNIT_MEASURE", "half_unit", "community")]
    [True, True, True, True, False, False]
    """
    return UNIT_NAME.fullmatch(name.strip()) is not None and not name.strip().lower().endswith("half_unit")


def convert(value: float, *, unit: str, to: str) -> float:
    """The value in another unit of the same dimension; ValueError where there is no such way.

    >>> convert(15071, unit="jpy_oku", to="jpy_cho")
    1.5071
    """
    if unit == to:
        return value
    one, other = SIZES.get(unit), SIZES.get(to)
    if one is None or other is None or one[0] != other[0]:
        message = f"{unit} does not convert into {to}"
        raise ValueError(message)
    return value * (one[1] / other[1]) if one[1] >= other[1] else value / (other[1] / one[1])


def unit_label(unit: str, lang: Lang = "en") -> str:
    """The unit as printed; a unit of the user's own is printed as written.

    >>> unit_label("jpy_cho", "ja"), unit_label("kg", "ja")
    ('兆円', 'kg')
    """
    found = lookup(f"series.unit.{unit}", lang)
    return found if isinstance(found, str) else unit
