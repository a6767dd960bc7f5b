"""Concentration and diversity of players: HHI, CR4, Gini, entropy, effective number of players.

``counts[..., p]`` holds the units of each player; the last axis is reduced, so that a table [field, player] gives one
figure a field. Players who have nothing are not players, unless ``zeros="keep"`` says so (only Gini and evenness
change). A market without units has no figure: nan.

Of few units every market looks concentrated: one unit is one player. HHI and CR_k of the units counted lie above those
of the market that the units come from; the intervals here are of that market, and hold the figure counted as well.

Sources: Herfindahl-Hirschman (US Horizontal Merger Guidelines for the 10,000 scale); Hall (2005), A Note on the Bias
in Herfindahl-Type Measures Based on Count Data (the small-sample form); Simpson (1949), Nature 163, 688 (its variance);
Hill (1973), Ecology 54, 427-432.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from chizai.landscape.statistics.estimate import (
    Estimate,
    Floats,
    as_counts,
    as_variances,
    check_confidence,
    divide,
)
from chizai.landscape.statistics.proportions import effective_units, proportion

Scale = Literal[1, 10_000]
Zeros = Literal["drop", "keep"]

# Sums of fractions that are equal differ by less than this, relatively.
_LAST_DIGITS = 1e-9


def shares(counts: ArrayLike) -> Floats:
    """Each player's share of the last axis' sum; nan where that is 0."""
    table = as_counts(counts)
    return divide(table, table.sum(axis=-1, keepdims=True))


def hhi(
    counts: ArrayLike, *, scale: Scale = 1, small_sample: bool = False, sum_squares: ArrayLike | None = None
) -> Floats:
    """Herfindahl-Hirschman index, the sum of squared shares.

    scale: 1 or 10,000 (one player alone has HHI = scale).
    small_sample: (N HHI - 1) / (N - 1) with N the number of units: how often two different units are of one player,
        which has no bias from the smallness of N; nan when N is not above 1.
    sum_squares: shape of counts, sums of squared weights where units are divided among players; N is then the effective
        number of units (Kish), and next to no bias is left. None for whole counts.

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
        total, itself = table.sum(axis=-1), as_variances(sum_squares, table).sum(axis=-1)
        # Of pairs of units; N = total^2 / itself. Where no two are of one player, sums of fractions leave dust.
        together = np.square(table).sum(axis=-1)
        pairs = np.where(together > itself * (1 + _LAST_DIGITS), together - itself, 0.0)
        several = total**2 > itself * (1 + _LAST_DIGITS)
        index = np.where(several, divide(pairs, total**2 - itself), np.nan)
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
    # Parts of a whole may sum to a last digit more than the whole.
    return np.asarray(np.minimum(top.sum(axis=-1), 1.0))


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


def hhi_interval(
    counts: ArrayLike,
    *,
    scale: Scale = 1,
    confidence: float = 0.9,
    sum_squares: ArrayLike | None = None,
    minimum_units: float = 10.0,
) -> Estimate:
    """HHI of the units counted, with an interval for that of the market they come from; shape [p], one market.

    The market's HHI is taken around the form without bias, ``hhi(small_sample=True)``, with Simpson's variance of it and
    Student's t. The variance is that of the shares with one unit more, of a player not yet seen: where one player
    holds all, or all hold one, the shares themselves would leave no doubt. The interval is cut to 0 to 1 and drawn out
    to hold the figure counted, which is above the market's by about (1 - HHI) / N.
    sum_squares: as for :func:`hhi`; the variance is then that of as many units as they weigh (Kish).
    Fewer units than ``minimum_units`` have no figure (``too-few-units``).

    >>> found = hhi_interval([50, 30, 20])
    >>> [round(float(x), 3) for x in (found.low, found.value, found.high)]
    [0.33, 0.38, 0.418]
    """
    check_confidence(confidence)
    table, squares = _market(counts, sum_squares)
    total = table.sum()
    value = hhi(table)
    if total * (1 + _LAST_DIGITS) < max(minimum_units, 2):
        return _too_few(confidence, "simpson")
    units = float(effective_units(total, squares.sum()))
    share = shares(np.r_[table, squares.sum() / total])
    second, third = np.square(share).sum(), (share**3).sum()
    spread = 4 * (units - 2) * max(third - second**2, 0.0) + 2 * (second - second**2)
    reach = special.stdtrit(units - 1, (1 + confidence) / 2) * np.sqrt(spread / (units * (units - 1)))
    middle = hhi(table, small_sample=True, sum_squares=squares)
    return _holding(value, middle - reach, middle + reach, scale, confidence, "simpson")


def concentration_ratio_interval(
    counts: ArrayLike,
    *,
    k: int = 4,
    confidence: float = 0.9,
    sum_squares: ArrayLike | None = None,
    minimum_units: float = 10.0,
) -> Estimate:
    """CR_k of the units counted, with an interval for that of the market they come from; shape [p], one market.

    Whoever comes first by chance is counted among the largest: the figure lies above the market's. Left-one-out, the k
    largest of all units but one, and how often that one is theirs, lies below it, as they need not be the k largest of
    the market. The interval goes from the lower bound (Wilson) of the latter to the upper bound of the former; in a
    large market whose largest are clear the two are one.
    sum_squares: as for :func:`hhi`. Fewer units than ``minimum_units`` have no figure (``too-few-units``).

    >>> found = concentration_ratio_interval([50, 30, 10, 5, 5])
    >>> [round(float(x), 3) for x in (found.low, found.value, found.high)]
    [0.84, 0.95, 0.975]
    """
    check_confidence(confidence)
    table, squares = _market(counts, sum_squares)
    total = table.sum()
    value = concentration_ratio(table, k=k)
    if total * (1 + _LAST_DIGITS) < max(minimum_units, 1):
        return _too_few(confidence, "left-one-out")
    bounds = [
        proportion(share * total, total, confidence=confidence, total_sum_squares=squares.sum())
        for share in (_left_one_out(table, squares, k), float(value))
    ]
    return _holding(value, bounds[0].low, bounds[1].high, 1, confidence, "left-one-out")


def _market(counts: ArrayLike, sum_squares: ArrayLike | None) -> tuple[Floats, Floats]:
    table = as_counts(counts)
    if table.ndim != 1:
        raise ValueError(f"counts must have shape [player], not {table.shape}")
    return table, as_variances(sum_squares, table)


def _too_few(confidence: float, method: str) -> Estimate:
    nothing = np.asarray(np.nan)
    return Estimate(nothing, nothing, nothing, confidence, method, np.asarray("too-few-units"))


def _holding(value: Floats, low: Floats, high: Floats, scale: Scale, confidence: float, method: str) -> Estimate:
    """The interval within 0 to 1, drawn out where need be to hold the value, on the scale asked for."""
    below = np.clip(np.minimum(low, value), 0, 1) * scale
    above = np.clip(np.maximum(high, value), 0, 1) * scale
    return Estimate(np.asarray(value * scale), np.asarray(below), np.asarray(above), confidence, method, np.asarray(""))


def _left_one_out(table: Floats, squares: Floats, k: int) -> float:
    """Share of the units whose player is among the k largest of all other units; ties are broken by lot."""
    held = np.sort(table)
    # A player whose parts of units differ loses one of mean weight.
    left = table - np.where(table > 0, divide(squares, table), 0.0)
    same = _LAST_DIGITS * float(held[-1])
    # The player itself, with the unit it lost, is among those above what is left to it.
    above = len(held) - np.searchsorted(held, left + same, side="right") - 1
    beside = len(held) - np.searchsorted(held, left - same, side="left") - above - 1
    chance = np.where(left > same, np.clip((k - above) / (beside + 1), 0, 1), 0.0)
    return float((table * chance).sum() / table.sum())


def _players(counts: ArrayLike, zeros: Zeros) -> Floats:
    table = as_counts(counts)
    if zeros == "keep":
        return np.asarray(np.where(table.sum(axis=-1) > 0, float(table.shape[-1]), 0.0))
    return np.asarray((table > 0).sum(axis=-1), dtype=np.float64)
