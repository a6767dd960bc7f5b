"""Sizes of economies, the weights of market coverage.

``gdp.csv``: GDP in billions of current US dollars. The ten largest are World Bank figures of 2023 read from the public
data package ``datasets/gdp``; the others (``checked`` is ``no``) are from memory, rounded, and to be checked against the
World Bank (the figure of Taiwan against the IMF) before they are quoted.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Economy:
    """``gdp``: billions of current US dollars in ``year``; ``checked``: read from the source, not from memory."""

    code: str
    year: int
    gdp: float
    checked: bool
    source: str


@cache
def economies() -> dict[str, Economy]:
    """The economies by ISO code of their office."""
    with (HERE / "gdp.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["economy"]: Economy(
                row["economy"], int(row["year"]), float(row["gdp_usd_bn"]), row["checked"] == "yes", row["source"]
            )
            for row in csv.DictReader(file)
        }


def gdp_weights(*, base: str = "US") -> dict[str, float]:
    """GDP of every economy over that of ``base``.

    >>> weights = gdp_weights()
    >>> weights["US"], 0.1 < weights["JP"] < 0.2
    (1.0, True)
    """
    found = economies()
    return {code: item.gdp / found[base].gdp for code, item in found.items()}
