"""Customs seizures by origin: totals against their parts, and shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chizai.series.catalogue import observations
from chizai.series.model import Observation


@dataclass(frozen=True, slots=True)
class Year:
    """``by_origin`` and ``rest`` add up to ``total``; ``rest`` is what no listed origin has, None where origins are
    not listed."""

    year: int
    total: float
    by_origin: dict[str, float]
    rest: float | None


def seizures(measure: str = "customs_seizures", *, known: Sequence[Observation] | None = None) -> list[Year]:
    """Cases ('customs_seizures') or items ('customs_seized_items') a year, by origin.

    >>> [(one.year, one.total, one.rest) for one in seizures()][0]
    (2019, 23934.0, 0.0)
    """
    seen = [one for one in (observations() if known is None else known) if one.indicator == measure]
    totals = {int(one.when.t): one.value for one in seen if one.part is None and one.value is not None}
    found = []
    for year, total in sorted(totals.items()):
        parts = {
            one.part.removeprefix("origin_"): one.value
            for one in seen
            if one.part and int(one.when.t) == year and one.value is not None
        }
        found.append(Year(year, total, parts, total - sum(parts.values()) if parts else None))
    return found


def share(year: Year, origin: str) -> float | None:
    """The origin's share of the total; None where it is not listed."""
    return year.by_origin[origin] / year.total if origin in year.by_origin else None
