"""Closed intervals of what printed figures can stand for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """``low <= x <= high``. Rounding half up leaves the upper end out; the difference of one point decides nothing
    here.

    >>> Interval.of(27.1, 0.05) & Interval(27.12, 30)
    Interval(low=27.12, high=27.150000000000002)
    """

    low: float
    high: float

    @classmethod
    def of(cls, value: float, half_unit: float) -> Interval:
        return cls(value - half_unit, value + half_unit)

    @property
    def empty(self) -> bool:
        return self.low > self.high

    @property
    def width(self) -> float:
        return max(self.high - self.low, 0.0)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.low - 1e-9 <= value <= self.high + 1e-9

    def __and__(self, other: Interval) -> Interval:
        return Interval(max(self.low, other.low), min(self.high, other.high))

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Interval) -> Interval:
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def __truediv__(self, other: Interval) -> Interval:
        """Division by an interval that does not hold zero."""
        return self * Interval(1 / other.high, 1 / other.low)
