"""When numbered documents came out, by their number alone.

``us_first_numbers.csv``: the first number of US utility patents in a year (every fifth year before 1970). Typed from
memory of the USPTO's table of issue years and patent numbers; tested against the dated grants of the shipped collections.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent


@cache
def us_first_numbers() -> tuple[tuple[int, int], ...]:
    """(first number, year), ascending.

    >>> us_first_numbers()[-1][1] >= 2020
    True
    """
    with (HERE / "us_first_numbers.csv").open(encoding="utf-8", newline="") as file:
        return tuple(sorted((int(row["first_number"]), int(row["year"])) for row in csv.DictReader(file)))
