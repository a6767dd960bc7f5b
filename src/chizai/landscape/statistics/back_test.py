"""Nowcasts of earlier vintages of a collection, held against its last state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chizai.landscape.statistics.delay import as_of, as_units, reporting_delay
from chizai.landscape.statistics.estimate import Floats
from chizai.landscape.statistics.nowcast import IntervalMethod, Nowcast, WithinYear, nowcast


@dataclass(frozen=True)
class BackTest:
    """Nowcasts made at earlier cut-offs beside what was seen in the end; one row a cut-off and year."""

    cutoff: NDArray[np.datetime64]
    year: NDArray[np.int64]
    completeness: Floats
    observed: Floats
    nowcast: Floats
    low: Floats
    high: Floats
    final: Floats

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Whether the interval held the final count."""
        return np.asarray((self.low <= self.final) & (self.final <= self.high))


def back_test(
    origin: ArrayLike,
    reported: ArrayLike,
    counts: ArrayLike | None = None,
    *,
    cutoffs: ArrayLike,
    final_cutoff: str | np.datetime64,
    max_delay: int = 48,
    window: int | None = 36,
    collection_start: str | np.datetime64 | None = None,
    settled_at: float = 0.95,
    within_year: WithinYear = "profile",
    method: IntervalMethod = "delta",
    confidence: float = 0.9,
    min_completeness: float = 0.25,
    minimum_units: float = 30.0,
    seed: int = 0,
) -> BackTest:
    """Nowcast from earlier vintages of the collection, against its last state.

    Only years that were incomplete at the earlier cut-off and are at least ``settled_at`` complete at
    ``final_cutoff`` are compared; ``final`` is their count then, divided by their completeness. Units whose delay
    is above ``max_delay`` do not exist here, as they do not in F.
    """
    start, end, weight = as_units(origin, reported, counts)
    delay = (end - start).astype(np.int64)
    kept = (delay >= 0) & (delay <= max_delay)
    start, end, weight = start[kept], end[kept], weight[kept]
    choices = {"max_delay": max_delay, "window": window, "collection_start": collection_start}

    def at(cutoff: str | np.datetime64) -> Nowcast:
        past_start, past_end, past_weight = as_of(start, end, weight, cutoff=cutoff)
        table = reporting_delay(past_start, past_end, past_weight, cutoff=cutoff, **choices)  # type: ignore[arg-type]
        return nowcast(
            table,
            past_start,
            past_end,
            past_weight,
            within_year=within_year,
            method=method,
            confidence=confidence,
            min_completeness=min_completeness,
            minimum_units=minimum_units,
            seed=seed,
        )

    end_state = at(final_cutoff)
    truth = {
        int(year): value
        for year, value, share in zip(end_state.year, end_state.nowcast, end_state.completeness, strict=True)
        if share >= settled_at
    }
    rows = []
    for cutoff in np.atleast_1d(np.asarray(cutoffs, dtype="datetime64[M]")):
        then = at(cutoff)
        for place in np.nonzero(then.status == "incomplete")[0]:
            year = int(then.year[place])
            if year in truth:
                rows.append(
                    (
                        cutoff,
                        year,
                        then.completeness[place],
                        then.observed[place],
                        then.nowcast[place],
                        then.low[place],
                        then.high[place],
                        truth[year],
                    )
                )
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    return BackTest(
        np.asarray(columns[0], dtype="datetime64[M]"),
        np.asarray(columns[1], dtype=np.int64),
        *(np.asarray(column, dtype=np.float64) for column in columns[2:]),
    )
