"""The tables as printed, and what each row allows: levels, growth, contribution, implied exchange rate.

A level printed as 27.1 stands for [27.05, 27.15], a growth of 13.42 % for [13.415, 13.425] %. Levels and growth of
one row narrow each other: ``current = previous (1 + growth)``."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache

from chizai.messages import Lang
from chizai.series.accounts.interval import Interval
from chizai.series.catalogue import shipped_text
from chizai.series.units import SIZES

LEVEL_HALF, GROWTH_HALF = 0.05, 0.005
"""All levels have one decimal; 「1（2023年）」 of 2025 lacks it and is restated as 1.0 in 2026."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: levels in ``unit``, growth in per cent, reference years (None for the total, which mixes them)."""

    item: str
    ja: str
    en: str
    kind: str
    unit: str
    current: float
    current_year: int | None
    previous: float
    previous_year: int | None
    growth_percent: float

    def label(self, lang: Lang = "en") -> str:
        return self.ja if lang == "ja" else self.en

    @property
    def printed_current(self) -> Interval:
        return Interval.of(self.current, LEVEL_HALF)

    @property
    def printed_previous(self) -> Interval:
        return Interval.of(self.previous, LEVEL_HALF)

    @property
    def growth(self) -> Interval:
        return Interval((self.growth_percent - GROWTH_HALF) / 100, (self.growth_percent + GROWTH_HALF) / 100)

    @property
    def factor(self) -> Interval:
        return Interval(1, 1) + self.growth

    @property
    def growth_of_levels(self) -> Interval:
        """The growth that the printed levels allow; the printed growth must lie in it."""
        return self.printed_current / self.printed_previous - Interval(1, 1)

    def narrowed(self) -> tuple[Interval, Interval]:
        """Previous and current level as levels and growth together allow."""
        previous = self.printed_previous & (self.printed_current / self.factor)
        return previous, self.printed_current & (previous * self.factor)

    def change(self) -> Interval:
        """Current minus previous level."""
        previous, current = self.narrowed()
        return (current - previous) & (previous * self.growth)


@dataclass(frozen=True, slots=True)
class Table:
    """One plan in one currency; ``lines`` without the total."""

    plan: str
    unit: str
    lines: tuple[Line, ...]
    total: Line

    def line(self, item: str) -> Line:
        return next(one for one in self.lines if one.item == item)

    def contributions(self) -> dict[str, tuple[float, Interval]]:
        """Percentage points that each row adds to the total's growth: the middle of what the printed figures allow,
        and that interval.

        >>> round(tables()["plan-2026-draft", "jpy_cho"].contributions()["food_affil"][0], 1)
        5.1
        """
        before, _ = self.total.narrowed()
        hundred = Interval(100, 100)
        allowed = {one.item: hundred * one.change() / before for one in self.lines}
        return {item: ((found.low + found.high) / 2, found) for item, found in allowed.items()}

    def without(self, item: str) -> tuple[float, float, float]:
        """Sum of the previous and of the current levels without one row, and the growth between them in per cent.

        >>> previous, current, growth = tables()["plan-2025", "jpy_cho"].without("food_affil")
        >>> round(previous, 1), round(current, 1), round(growth, 1)
        (15.6, 19.8, 26.9)
        """
        rest = [one for one in self.lines if one.item != item]
        previous, current = sum(one.previous for one in rest), sum(one.current for one in rest)
        return previous, current, 100 * (current / previous - 1)


@cache
def tables() -> dict[tuple[str, str], Table]:
    """(plan, unit) -> table: plan-2025 in jpy_cho, plan-2026-draft in jpy_cho and usd_10bn."""
    grouped: dict[tuple[str, str], list[Line]] = {}
    for row in csv.DictReader(io.StringIO(shipped_text("cool_japan.csv"))):
        grouped.setdefault((row["plan"], row["unit"]), []).append(
            Line(
                item=row["item"],
                ja=row["ja"],
                en=row["en"],
                kind=row["kind"],
                unit=row["unit"],
                current=float(row["current"]),
                current_year=int(row["current_year"]) if row["current_year"] else None,
                previous=float(row["previous"]),
                previous_year=int(row["previous_year"]) if row["previous_year"] else None,
                growth_percent=float(row["growth_percent"]),
            )
        )
    return {
        key: Table(*key, tuple(one for one in lines if one.item != "total"), lines[-1])
        for key, lines in grouped.items()
    }


@dataclass(frozen=True, slots=True)
class Rate:
    """Yen per dollar that a row of both currencies implies: level of each year, and the ratio of current to previous.

    The ratio of growth factors is far narrower than the ratio of levels.
    """

    item: str
    years: tuple[int | None, int | None]
    current: Interval
    previous: Interval
    ratio: Interval


def implied_rates() -> list[Rate]:
    """One rate a row of the 2026 tables.

    >>> content = implied_rates()[0]
    >>> round(content.ratio.low, 5), round(content.ratio.high, 5)
    (1.07759, 1.0778)
    """
    yen, dollars = tables()["plan-2026-draft", "jpy_cho"], tables()["plan-2026-draft", "usd_10bn"]
    size = SIZES["jpy_cho"][1] / SIZES["usd_10bn"][1]
    scale = Interval(size, size)
    return [
        Rate(
            one.item,
            (one.previous_year, one.current_year),
            scale * one.printed_current / dollars.line(one.item).printed_current,
            scale * one.printed_previous / dollars.line(one.item).printed_previous,
            one.factor / dollars.line(one.item).factor,
        )
        for one in yen.lines
    ]


def pace(current: float, *, year: float, target: float, target_year: float) -> float:
    """Compound growth a year still needed, as a share.

    >>> round(pace(6.1, year=2024, target=20, target_year=2033), 4)
    0.141
    """
    return float((target / current) ** (1 / (target_year - year))) - 1
