"""How sure a rank is: the ranking redrawn under the error of the counts.

Source: Goldstein & Spiegelhalter (1996), League tables and their limitations, JRSS A 159, 385-443.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chizai.landscape.statistics.estimate import Floats, as_counts, as_variances, check_confidence, divide

Model = Literal["multinomial", "poisson"]


@dataclass(frozen=True)
class Ranks:
    """Rank 1 is the largest; arrays of shape [player].

    ``rank`` gives players with one count one rank (1, 2, 2, 4). ``low`` and ``high`` bound the rank, ``top`` is the
    probability that it is at most ``k``. All nan for players without units.
    """

    rank: Floats
    low: Floats
    high: Floats
    top: Floats
    k: int
    confidence: float


def rank_interval(
    counts: ArrayLike,
    *,
    k: int = 10,
    model: Model = "multinomial",
    sum_squares: ArrayLike | None = None,
    confidence: float = 0.9,
    draws: int = 1000,
    seed: int = 0,
) -> Ranks:
    """Ranks of the players of one table with their intervals.

    model: ``multinomial`` redraws who holds each of the units, ``poisson`` each player's count for itself (needed
        for fractional counts, with ``sum_squares`` the sums of squared weights). Draws that tie are parted at random.

    >>> found = rank_interval([100, 60, 55, 1], k=2)
    >>> found.rank.tolist(), found.top[0].item(), found.top[3].item()
    ([1.0, 2.0, 3.0, 4.0], 1.0, 0.0)
    >>> bool(0.5 < found.top[1] < 0.9)
    True
    """
    check_confidence(confidence)
    table = as_counts(counts)
    if table.ndim != 1:
        raise ValueError(f"counts must have shape [player], not {table.shape}")
    if k < 1:
        raise ValueError("k must be at least 1")
    if model not in ("multinomial", "poisson"):
        raise ValueError(f"unknown model {model!r}; known: multinomial, poisson")
    if model == "multinomial" and sum_squares is not None:
        raise ValueError("fractional counts need model='poisson'")
    rank, low, high, top = (np.full(len(table), np.nan) for _ in range(4))
    there = table > 0
    present = table[there]
    if len(present) == 0:
        return Ranks(rank, low, high, top, k, confidence)
    larger = np.searchsorted(np.sort(-present), -present, side="left")
    rank[there] = larger + 1
    weight = divide(as_variances(sum_squares, table), table)[there]
    generator = np.random.default_rng(seed)
    drawn_ranks = np.empty((draws, len(present)), dtype=np.int32)
    block = max(1, 1_000_000 // len(present))
    for start in range(0, draws, block):
        stop = min(start + block, draws)
        drawn_ranks[start:stop] = _ranks(_redraw(generator, present, weight, model, stop - start), generator)
    tail = (1 - confidence) / 2
    # Whole ranks: the quantile that is itself a rank that was drawn.
    low[there] = np.quantile(drawn_ranks, tail, axis=0, method="inverted_cdf")
    high[there] = np.quantile(drawn_ranks, 1 - tail, axis=0, method="inverted_cdf")
    top[there] = (drawn_ranks <= k).mean(axis=0)
    return Ranks(rank, low, high, top, k, confidence)


def _redraw(generator: np.random.Generator, present: Floats, weight: Floats, model: Model, size: int) -> Floats:
    if model == "poisson":
        return np.asarray(generator.poisson(present / weight, (size, len(present))) * weight)
    total = present.sum()
    return np.asarray(generator.multinomial(round(total), present / total, size=size), dtype=np.float64)


def _ranks(drawn: Floats, generator: np.random.Generator) -> NDArray[np.int32]:
    order = np.lexsort((generator.random(drawn.shape), -drawn), axis=-1)
    out = np.empty(drawn.shape, dtype=np.int32)
    np.put_along_axis(out, order, np.arange(1, drawn.shape[1] + 1, dtype=np.int32)[None, :], axis=-1)
    return out
