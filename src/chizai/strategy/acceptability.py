"""Ranking without weights: how often a choice comes out on top, over all admissible weights and the data's uncertainty.

Stochastic multicriteria acceptability analysis, SMAA-2. Each draw takes one value of every criterion of every
alternative from its distribution, and one weight vector from the admissible ones; the alternatives are ranked by their
weighted sum. What comes out is a share of draws and carries that share's Monte Carlo error.

Sources: Lahdelma, Salminen (2001), Operations Research 49, 444-454 (rank acceptability, central weights, confidence
factors); Tervonen, Lahdelma (2007), EJOR 178, 500-513 (the simulation and its error); Leskinen et al. (2006), EJOR 174
(pairwise winning indices).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chizai.landscape.statistics.estimate import Floats, divide
from chizai.strategy.criteria import Measured
from chizai.strategy.preferences import Preferences, sample_weights, stream

Scaling = Literal["value", "rank"]

CENTRAL_DRAWS = 2_000
"""Draws behind a confidence factor: its error is at most 1.1 per cent."""


@dataclass(frozen=True, eq=False)
class Acceptability:
    """What the draws say. ``n`` alternatives, ``c`` criteria, ``d`` draws.

    ``rank_shares``: shape [n, n], the share of draws in which alternative i has rank r (ties share their ranks).
    ``central_weights``: shape [n, c], the mean of the weights that put i first; nan where none does.
    ``confidence_factor``: shape [n], how often i is first under its own central weights; nan where it has none.
    ``mean_value``: shape [n], the mean of the weighted sum.
    ``known``: shape [n, c], whether the criterion is known. An unknown value is drawn from those of the alternatives
    that are known, one at random in each draw: as like as not it is like any of them.
    """

    alternatives: tuple[str, ...]
    criteria: tuple[str, ...]
    rank_shares: Floats
    central_weights: Floats
    confidence_factor: Floats
    mean_value: Floats
    known: NDArray[np.bool_]
    ranks: NDArray[np.float32]
    """Shape [d, n]: the rank in every draw, 1 the best; ties have their mean rank."""

    @property
    def draws(self) -> int:
        return len(self.ranks)

    def top(self, k: int) -> Floats:
        """Share of draws in which each alternative is among the ``k`` best, shape [n]; they sum to k."""
        return np.asarray(self.rank_shares[:, : max(k, 0)].sum(axis=1))

    def error(self, share: Floats) -> Floats:
        """Monte Carlo standard error of shares: sqrt(p (1 - p) / draws)."""
        return np.sqrt(np.clip(share * (1 - share), 0, None) / max(self.draws, 1))

    @property
    def expected_rank(self) -> Floats:
        return np.asarray(self.ranks.mean(axis=0, dtype=np.float64))

    @cached_property
    def pairwise(self) -> Floats:
        """Share of draws in which i is ranked before j, shape [n, n]; ties count half, the diagonal is one half."""
        n = len(self.alternatives)
        out = np.full((n, n), 0.5)
        for i in range(n):
            before = (self.ranks[:, i, None] < self.ranks).mean(axis=0)
            level = (self.ranks[:, i, None] == self.ranks).mean(axis=0)
            out[i] = before + level / 2
        return out


def acceptability(
    alternatives: Sequence[str],
    measured: Mapping[str, Measured],
    *,
    preferences: Preferences | None = None,
    scaling: Scaling = "value",
    draws: int = 10_000,
    seed: int = 0,
) -> Acceptability:
    """Rank acceptability of alternatives by criteria measured with error.

    measured: by criterion; arrays have the shape [alternative]. A criterion without a known value counts for nothing and
        must be left out by the caller (its weight would be spent on noise).
    scaling: how a criterion becomes a partial value. ``value``: linear on the measure's own scale from the worst value
        (0) to the best value (1) among the alternatives; a draw beyond them counts as the end, so that an alternative of
        which little is known does not win by its wide interval. ``rank``: the share of alternatives below, in each draw;
        it hangs on no scale.
    draws: every share p has the standard error sqrt(p (1 - p) / draws): 0.5 per cent at most for 10,000.

    Each alternative and criterion has its own stream of random numbers: the result does not hang on their order.

    >>> flat = lambda *x: Measured("m", *(np.array(x),) * 3, reason=np.array([""] * len(x)))
    >>> found = acceptability(["A", "B", "C"], {"cost": flat(1.0, 0.0, 0.6), "gain": flat(0.0, 1.0, 0.6)})
    >>> found.top(1).round(1).tolist()          # exact: 0.4, 0.4, 0.2
    [0.4, 0.4, 0.2]
    """
    criteria, names = tuple(measured), tuple(alternatives)
    if not criteria or not names:
        raise ValueError("acceptability needs alternatives and criteria")
    for criterion, item in measured.items():
        if item.value.shape != (len(names),):
            raise ValueError(f"{criterion} has shape {item.value.shape}, there are {len(names)} alternatives")
        if not item.known.any():
            raise ValueError(f"{criterion} is known of no alternative")
    if len(set(names)) != len(names):
        raise ValueError("an alternative stands twice")
    weights = sample_weights(criteria, preferences=preferences, draws=draws, seed=seed)
    total = np.zeros((draws, len(names)))
    for place, (criterion, item) in enumerate(measured.items()):
        total += weights[:, place, None] * _partial_values(names, criterion, item, scaling, draws, seed)
    ranks = _ranks(total)
    first = ranks == ranks.min(axis=1, keepdims=True)
    won = first / first.sum(axis=1, keepdims=True)
    central = divide(won.T @ weights, won.sum(axis=0)[:, None])
    return Acceptability(
        alternatives=names,
        criteria=criteria,
        rank_shares=_shares(ranks),
        central_weights=central,
        confidence_factor=_confidence(names, measured, central, scaling, min(CENTRAL_DRAWS, draws), seed),
        mean_value=total.mean(axis=0),
        known=np.stack([item.known for item in measured.values()], axis=1),
        ranks=ranks,
    )


def _partial_values(
    names: Sequence[str], criterion: str, item: Measured, scaling: Scaling, draws: int, seed: int
) -> Floats:
    """Drawn values between 0 (worst) and 1 (best), shape [draw, alternative]."""
    value, below, above = item.scaled()
    known = np.flatnonzero(item.known)
    sign = 1.0 if item.better == "higher" else -1.0
    out = np.empty((draws, len(names)))
    for index in known.tolist():
        normal = stream(seed, "value", criterion, names[index]).standard_normal(draws)
        out[:, index] = value[index] + normal * np.where(normal < 0, below[index], above[index])
    by_name = np.array(sorted(known.tolist(), key=lambda index: names[index]))
    for index in np.flatnonzero(~item.known).tolist():
        like = stream(seed, "unknown", criterion, names[index]).integers(len(by_name), size=draws)
        out[:, index] = out[np.arange(draws), by_name[like]]
    if scaling == "rank":
        return np.asarray((len(names) - _ranks(sign * out)) / max(len(names) - 1, 1))
    lowest, highest = float(value[known].min()), float(value[known].max())
    if highest <= lowest:
        return np.full_like(out, 0.5)  # all alike: the criterion tells nobody from another
    scaled = np.clip((out - lowest) / (highest - lowest), 0, 1)
    return scaled if sign > 0 else 1 - scaled


def _ranks(total: Floats) -> NDArray[np.float32]:
    """Rank in every row, 1 the largest; ties have their mean rank."""
    order = np.argsort(-total, axis=1, kind="stable")
    draws, n = total.shape
    ranks = np.empty((draws, n), dtype=np.float32)
    np.put_along_axis(ranks, order, np.arange(1, n + 1, dtype=np.float32)[None, :].repeat(draws, axis=0), axis=1)
    ordered = np.take_along_axis(total, order, axis=1)
    tied = np.flatnonzero((np.diff(ordered, axis=1) == 0).any(axis=1))
    for row in tied:
        _unused, run, size = np.unique(-total[row], return_inverse=True, return_counts=True)
        last = np.cumsum(size)
        ranks[row] = (last - (size - 1) / 2)[run]
    return ranks


def _shares(ranks: NDArray[np.float32]) -> Floats:
    """Share of each rank, shape [alternative, rank]. Tied alternatives share the ranks that they take up."""
    draws, n = ranks.shape
    out = np.zeros((n, n))
    whole = (ranks == np.round(ranks)).all(axis=1)
    # A row without ties is a permutation; whole mean ranks can also come of ties of three.
    plain = whole & (np.sort(ranks, axis=1) == np.arange(1, n + 1, dtype=np.float32)).all(axis=1)
    for alternative in range(n):
        out[alternative] = np.bincount(ranks[plain, alternative].astype(np.int64) - 1, minlength=n)
    for row in ranks[~plain]:
        values, run, size = np.unique(row, return_inverse=True, return_counts=True)
        start = np.round(values - (size - 1) / 2).astype(np.int64) - 1
        for alternative, at in enumerate(run):
            out[alternative, start[at] : start[at] + size[at]] += 1 / size[at]
    return out / draws


def _confidence(
    names: Sequence[str], measured: Mapping[str, Measured], central: Floats, scaling: Scaling, draws: int, seed: int
) -> Floats:
    """How often each alternative is first when its own central weights are given, shape [alternative]."""
    out = np.full(len(names), np.nan)
    favoured = np.flatnonzero(np.isfinite(central).all(axis=1))
    if not len(favoured):
        return out
    values = [_partial_values(names, criterion, item, scaling, draws, seed) for criterion, item in measured.items()]
    for alternative in favoured:
        total = sum(weight * value for weight, value in zip(central[alternative], values, strict=True))
        best = np.asarray(total).max(axis=1, keepdims=True)
        first = np.asarray(total) >= best
        out[alternative] = float((first[:, alternative] / first.sum(axis=1)).mean())
    return out
