"""Concentration and diversity of players: HHI, CR4, Gini, entropy, effective number of players.

``counts[..., p]`` holds the units of each player; the last axis is reduced, so that a table [field, player] gives one
figure a field. Players who have nothing are not players, unless ``zeros="keep"`` says so (only Gini and evenness
change). A market without units has no figure: nan.

Sources: Herfindahl-Hirschman (US Horizontal Merger Guidelines for the 10,000 scale); Hall (2005), A Note on the Bias
in Herfindahl-Type Measures Based on Count Data (the small-sample form); Hill (1973), Ecology 54, 427-432.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from chizai.landscape.statistics.estimate import Estimate, Floats, as_counts, check_confidence, divide

Scale = Literal[1, 10_000]
Zeros = Literal["drop", "keep"]


def shares(counts: ArrayLike) -> Floats:
    """Each player's share of the last axis' sum; nan where that is 0."""
    table = as_counts(counts)
    return divide(table, table.sum(axis=-1, keepdims=True))


def hhi(counts: ArrayLike, *, scale: Scale = 1, small_sample: bool = False) -> Floats:
    """Herfindahl-Hirschman index, the sum of squared shares.

    scale: 1 or 10,000 (one player alone has HHI = scale).
    small_sample: (N HHI - 1) / (N - 1) with N the number of units, which has no bias from the smallness of N;
        nan when N is not above 1. N must count units: do not use it on fractional counts.

    >>> hhi([5, 3, 2]).item(), hhi([5, 3, 2], scale=10_000).item()
    (0.38, 3800.0)
    >>> round(hhi([5, 3, 2], small_sample=True).item(), 4)
    0.3111
    """
    if scale not in (1, 10_000):
        raise ValueError("scale must be 1 or 10000")
    table = as_counts(counts)
    index = np.square(shares(table)).sum(axis=-1)
    if small_sample:
        units = table.sum(axis=-1)
        index = np.where(units > 1, divide(units * index - 1, units - 1), np.nan)
    return np.asarray(index * scale)


def concentration_ratio(counts: ArrayLike, *, k: int = 4) -> Floats:
    """CR_k, the share of the k largest players, 0 to 1; 1 where there are no more than k.

    >>> concentration_ratio([5, 3, 2], k=2).item()
    0.8
    """
    if k < 1:
        raise ValueError("k must be at least 1")
    share = shares(counts)
    top = share if share.shape[-1] <= k else np.partition(share, -k, axis=-1)[..., -k:]
    return np.asarray(top.sum(axis=-1))


cr = concentration_ratio


def gini(counts: ArrayLike, *, zeros: Zeros = "drop") -> Floats:
    """Gini coefficient, 0 (all equal) to 1 - 1/n (one holds all) over n players.

    >>> gini([1, 1, 1]).item(), round(gini([0, 0, 1], zeros="keep").item(), 4)
    (0.0, 0.6667)
    """
    share = np.sort(shares(counts), axis=-1)
    length = share.shape[-1]
    players = _players(counts, zeros)
    # Ranks count from the smallest player that is counted; dropped zeros sort first and weigh nothing.
    rank = np.arange(1, length + 1) - (length - players)[..., None]
    weighted = (rank * share).sum(axis=-1)
    return np.asarray(np.where(players > 0, divide(2 * weighted - (players + 1), players), np.nan))


def entropy(counts: ArrayLike, *, base: float = np.e) -> Floats:
    """Shannon entropy, -sum p log p, in nats, or in bits with ``base=2``.

    >>> entropy([1, 1, 1, 1], base=2).item()
    2.0
    """
    if base <= 1:
        raise ValueError("base must be above 1")
    share = shares(counts)
    # abs, not minus: a single player has entropy 0, not -0.
    logarithm = np.log(np.where(share > 0, share, 1.0))
    return np.asarray(np.abs((share * logarithm).sum(axis=-1)) / np.log(base))


def evenness(counts: ArrayLike, *, zeros: Zeros = "drop") -> Floats:
    """Pielou's evenness, H / log n, 0 to 1; nan for fewer than two players.

    >>> evenness([1, 1]).item()
    1.0
    """
    players = _players(counts, zeros)
    largest = np.log(np.maximum(players, 1))
    return np.asarray(np.where(players > 1, divide(entropy(counts), largest), np.nan))


def hill_number(counts: ArrayLike, *, order: float) -> Floats:
    """Hill number: how many equal players would be as diverse. Order 0 counts players, 1 is e^H, 2 is 1 / HHI.

    >>> [round(hill_number([5, 3, 2], order=q).item(), 3) for q in (0, 1, 2)]
    [3.0, 2.8, 2.632]
    """
    if order < 0:
        raise ValueError("order must not be negative")
    share = shares(counts)
    if order == 1:
        return np.asarray(np.exp(entropy(counts)))
    powered = np.where(share > 0, np.where(share > 0, share, 1.0) ** order, share)
    return np.asarray(powered.sum(axis=-1) ** (1 / (1 - order)))


def effective_players(counts: ArrayLike, *, order: float = 2) -> Floats:
    """Effective number of players; by default 1 / HHI (Hill number of order 2).

    >>> effective_players([1, 1, 1, 1]).item()
    4.0
    """
    return hill_number(counts, order=order)


def bootstrap(
    statistic: Callable[[Floats], Floats],
    counts: ArrayLike,
    *,
    confidence: float = 0.9,
    draws: int = 1000,
    seed: int = 0,
    minimum_units: float = 10.0,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Estimate:
    """Interval of a concentration figure: the units redrawn over the players (multinomial), ``draws`` times.

    statistic: from counts of shape [..., player] to a figure of shape [...], or to several of shape [..., figure], which
        then share the draws.
    counts: shape [p], one market. Redrawing loses players and so looks more concentrated than the market is; the
    "basic" interval (twice the figure minus the quantiles; Davison & Hinkley 1997, 5.2) turns that bias round instead
    of doubling it. It is cut to ``bounds``. Fractional counts are redrawn with the units rounded to the nearest whole.

    What no unit shows, no redrawing can show: entropy and the count of players rest on the many players of one unit,
    most of which are unseen in a small collection, and their interval then lies too low. HHI and CR4, which rest on
    the large players, cover nearly as stated. For the effective number of players turn the interval of HHI over,
    ``bootstrap(hhi, counts).map(lambda index: 1 / index)``: a bias turned round on the reciprocal scale is not.

    >>> figure = bootstrap(hhi, [50, 30, 20], bounds=(0, 1))
    >>> [round(float(x), 2) for x in (figure.low, figure.value, figure.high)]
    [0.33, 0.38, 0.41]
    """
    check_confidence(confidence)
    table = as_counts(counts)
    if table.ndim != 1:
        raise ValueError(f"counts must have shape [player], not {table.shape}")
    total = table.sum()
    value = np.asarray(statistic(table))
    if total < minimum_units or total == 0:
        nothing = np.full_like(value, np.nan, dtype=np.float64)
        return Estimate(nothing, nothing, nothing, confidence, "bootstrap", np.full(value.shape, "too-few-units"))
    present = table[table > 0]
    generator = np.random.default_rng(seed)
    block = max(1, 2_000_000 // len(present))
    # Players are kept in the redrawn table at zero: a statistic of kept zeros sees the length it was given.
    width = len(table) if len(present) < len(table) else len(present)
    figures = []
    for start in range(0, draws, block):
        drawn = np.zeros((min(block, draws - start), width))
        drawn[:, : len(present)] = generator.multinomial(max(round(total), 1), present / total, size=len(drawn))
        figures.append(np.asarray(statistic(drawn)))
    tail = (1 - confidence) / 2
    below, above = np.nanquantile(np.concatenate(figures), [tail, 1 - tail], axis=0)
    low, high = np.clip([2 * value - above, 2 * value - below], *bounds)
    return Estimate(value, np.asarray(low), np.asarray(high), confidence, "bootstrap", np.full(value.shape, ""))


def _players(counts: ArrayLike, zeros: Zeros) -> Floats:
    table = as_counts(counts)
    if zeros == "keep":
        return np.asarray(np.where(table.sum(axis=-1) > 0, float(table.shape[-1]), 0.0))
    return np.asarray((table > 0).sum(axis=-1), dtype=np.float64)
