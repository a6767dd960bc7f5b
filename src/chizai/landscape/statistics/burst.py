"""Bursts: periods in which a technology takes a clearly larger share of all activity than usual.

Two-state automaton for counts in batches. Source: Kleinberg (2003), Data Mining and Knowledge Discovery 7, 373-397
(section 4, "enumerating bursts" over batched arrivals). No threshold on growth is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special


@dataclass(frozen=True, slots=True)
class Burst:
    """A run of years in the high state. ``weight`` is how much likelier (in log-likelihood) its counts are there than at
    the usual share; ``open`` says that it still lasts in the last year."""

    first_year: int
    last_year: int
    weight: float
    open: bool


def bursts(
    years: ArrayLike, counts: ArrayLike, totals: ArrayLike, *, ratio: float = 2.0, gamma: float = 1.0
) -> list[Burst]:
    """Bursts of ``counts`` among ``totals`` (counts included), year by year.

    The usual state has the share p0 = sum counts / sum totals, the high one p1 = ``ratio`` p0 (at most 0.9999). Entering
    the high state costs ``gamma`` ln(number of years), leaving it nothing; the cheapest sequence of states is taken.
    years, counts, totals: shape [t], complete or brought to completion alike; counts may be fractional.

    >>> found = bursts(range(2000, 2010), [5, 5, 5, 5, 25, 30, 25, 5, 5, 5], [1000] * 10)
    >>> [(item.first_year, item.last_year, item.open) for item in found]
    [(2004, 2006, False)]
    """
    year = np.asarray(list(years) if isinstance(years, range) else years, dtype=np.int64)
    part, whole = np.asarray(counts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if not year.shape == part.shape == whole.shape or year.ndim != 1:
        raise ValueError("years, counts and totals must have one length")
    if ratio <= 1 or gamma < 0:
        raise ValueError("ratio must be above 1 and gamma not negative")
    if (
        not (np.all(np.isfinite(part)) and np.all(np.isfinite(whole)))
        or np.any(part < 0)
        or np.any(part > whole * (1 + 1e-9))
    ):
        raise ValueError("counts must lie between 0 and their totals")
    if len(year) < 2 or part.sum() == 0:
        return []
    usual = part.sum() / whole.sum()
    high = min(ratio * usual, 0.9999)
    if high <= usual:
        return []
    rest = np.maximum(whole - part, 0.0)
    cost = np.stack([-(special.xlogy(part, p) + special.xlog1py(rest, -p)) for p in (usual, high)])
    enter = gamma * np.log(len(year))
    # Viterbi over two states, beginning in the usual one.
    total = np.array([cost[0, 0], cost[1, 0] + enter])
    came = np.zeros((2, len(year)), dtype=np.int64)
    for t in range(1, len(year)):
        to_usual, to_high = total.copy(), total + np.array([enter, 0.0])
        came[:, t] = np.argmin(to_usual), np.argmin(to_high)
        total = np.array([to_usual.min() + cost[0, t], to_high.min() + cost[1, t]])
    state = np.empty(len(year), dtype=np.int64)
    state[-1] = int(np.argmin(total))
    for t in range(len(year) - 1, 0, -1):
        state[t - 1] = came[state[t], t]
    change = np.diff(np.r_[0, state, 0])
    begins, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1) - 1
    gain = cost[0] - cost[1]
    return [
        Burst(int(year[a]), int(year[b]), float(gain[a : b + 1].sum()), bool(b == len(year) - 1))
        for a, b in zip(begins, ends, strict=True)
    ]
