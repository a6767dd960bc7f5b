"""What was known when: selecting among vintages, and the fingerprint of what was used."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence

from chizai.series.model import Observation


def as_of(observations: Iterable[Observation], day: dt.date | None) -> list[Observation]:
    """The observations known on ``day`` (None: all), the latest vintage of each period, in order of time.

    A later vintage supersedes an earlier one of the same indicator, geography, part and period, unless it only quotes
    it with fewer digits: then the exact figure stays.

    >>> old = Observation(indicator="poverty", period="2023", value=10.2, unit="percent", source="s", known_from="2025-05-01")
    >>> new = old.model_copy(update={"value": 10.4, "known_from": dt.date(2026, 5, 6)})
    >>> [o.value for o in as_of([old, new], dt.date(2026, 1, 1))], [o.value for o in as_of([old, new], None)]
    ([10.2], [10.4])
    """
    best: dict[tuple[object, ...], Observation] = {}
    for one in observations:
        if day is not None and one.known_from > day:
            continue
        key = (*one.key, str(one.when))
        best[key] = _current(best[key], one) if key in best else one
    return sorted(best.values(), key=lambda one: (*map(str, one.key), one.when.start, one.when.end))


def _current(one: Observation, other: Observation) -> Observation:
    """Which of two figures of one period stands."""
    earlier, later = sorted((one, other), key=lambda o: (o.known_from, -o.half_unit))
    return earlier if _quotes(later, earlier) else later


def _quotes(later: Observation, earlier: Observation) -> bool:
    """Whether the later figure is the earlier one, rounded or stated as a bound."""
    if earlier.value is None or later.value is None or earlier.qualifier != "eq" or earlier.unit != later.unit:
        return False
    if later.qualifier in ("gt", "ge"):
        return earlier.value >= later.value
    if later.qualifier in ("lt", "le"):
        return earlier.value <= later.value
    return later.half_unit > earlier.half_unit and later.low <= earlier.value <= later.high


def series(
    observations: Iterable[Observation], indicator: str, *, geo: str = "JP", part: str | None = None
) -> list[Observation]:
    """The observations of one series that carry a value."""
    return [o for o in observations if o.key == (indicator, geo, part) and o.value is not None]


def fingerprint(observations: Sequence[Observation]) -> str:
    """The vintage hash: equal hashes mean the same figures, periods, roundings, sources and dates."""
    packed = json.dumps([one.model_dump(mode="json") for one in observations], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(packed.encode()).hexdigest()[:16]
