"""The shipped statistical tables that are kept compressed: exchange rates, purchasing power, R&D expenditure."""

from __future__ import annotations

import csv
import gzip
import io
from functools import cache
from importlib.resources import files

from chizai.series.catalogue import shipped_text

FUNDS = ("Business enterprise", "Government", "Higher Education", "Private non-profit", "Rest of the world",
         "Not specified source")  # fmt: skip


def _rows(name: str) -> list[dict[str, str]]:
    packed = (files("chizai.data") / "series" / name).read_bytes()
    return list(csv.DictReader(io.StringIO(gzip.decompress(packed).decode("utf-8"))))


@cache
def yen_per_dollar() -> dict[int, float]:
    """Annual mean of the Federal Reserve's H.10 rate (PDDL).

    >>> yen_per_dollar()[2024]
    151.4551
    """
    return {int(row["year"]): float(row["rate"]) for row in _rows("fx_annual.csv.gz") if row["country"] == "Japan"}


@cache
def yen_per_dollar_ecb() -> dict[int, float]:
    """Annual mean of the daily crosses of the ECB's euro reference rates."""
    rows = csv.DictReader(io.StringIO(shipped_text("fx_ecb_annual.csv")))
    return {int(row["year"]): float(row["jpy_per_usd"]) for row in rows}


@cache
def purchasing_power(country: str) -> dict[int, float]:
    """Local currency per international dollar (World Bank); ``country`` as ISO alpha-2."""
    return {int(row["Year"]): float(row["PPP"]) for row in _rows("ppp.csv.gz") if row["Country ID"] == country}


@cache
def rd_expenditure(country: str) -> dict[int, float]:
    """R&D expenditure in international dollars, current prices, all sources of funds (UNESCO UIS); ISO alpha-3 code.

    Years in which business or government is missing are left out: their sum would be too small.
    """
    found = {}
    for row in _rows("rd_expenditure.csv.gz"):
        if row["LOCATION"] == country and row[FUNDS[0]] and row[FUNDS[1]]:
            found[int(row["TIME"])] = 1000 * sum(float(row[fund]) for fund in FUNDS if row[fund])
    return found
