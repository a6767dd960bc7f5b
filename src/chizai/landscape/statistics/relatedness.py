"""Relatedness of technologies, and how close an actor's other technologies lie to each (density).

``presence[c, f]`` says in which technologies an actor is at home: RTA >= 1. Two technologies are related when the same
actors are at home in both (:func:`co_presence`), or when the same units carry both (co-classification). Figures of
different definitions do not compare, so each is a named argument.

Sources: Hidalgo, Klinger, Barabasi, Hausmann (2007), Science 317, 482-487 (proximity as the smaller conditional
probability; density); van Eck & Waltman (2009), JASIST 60, 1635-1651 (association, cosine, Jaccard); Steijn (2021),
Improvement on the association strength (probability index); Balland (2017), EconGeo (density without the field
itself, on binarised relatedness).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from chizai.landscape.statistics.cocounts import Measure, similarity
from chizai.landscape.statistics.counts import count_interval
from chizai.landscape.statistics.estimate import Estimate, Floats, as_counts, as_variances, check_confidence, divide
from chizai.landscape.statistics.proportions import proportion
from chizai.landscape.statistics.specialisation import rta

Itself = Literal["included", "excluded"]
IntervalMethod = Literal["posterior", "bootstrap"]
Flags = NDArray[np.bool_]

_CELLS = 200_000


def presence(counts: ArrayLike, *, threshold: float = 1.0, minimum_count: float = 0.0) -> Flags:
    """Where actors are at home: RTA >= ``threshold`` and a count of at least ``minimum_count``; shape [c, f].

    An RTA of exactly the threshold counts. Empty actors and fields are at home nowhere.

    >>> presence([[6, 2], [2, 6]]).tolist()
    [[True, False], [False, True]]
    """
    table = as_counts(counts)
    return np.asarray((np.nan_to_num(rta(table), nan=0.0) >= threshold) & (table >= minimum_count) & (table > 0))


def co_presence(present: ArrayLike) -> tuple[Floats, Floats]:
    """How many actors are at home in both technologies, shape [f, f], and in each, shape [f].

    >>> together, sizes = co_presence([[1, 1, 0], [1, 0, 1]])
    >>> together[0].tolist(), sizes.tolist()
    ([2.0, 1.0, 1.0], [2.0, 1.0, 1.0])
    """
    home = _flags(present).astype(np.float64)
    return home.T @ home, home.sum(axis=0)


def relatedness(together: ArrayLike, *, sizes: ArrayLike | None, measure: Measure, confidence: float = 0.9) -> Estimate:
    """Relatedness of every pair with its interval, shape [f, f]; the diagonal is nan (see :func:`density`).

    measure: as in ``cocounts.similarity``; ``proximity`` is Hidalgo's smaller conditional probability.
    sizes: in how many units (or actors) each technology stands; None takes the row sums of ``together``, as EconGeo.

    The interval holds the sizes fixed: Wilson's for ``proximity`` (of the larger size) and ``jaccard`` (of the units
    that carry either); for the others, which are proportional to the co-occurrences, Garwood's of that count.

    >>> found = relatedness([[5, 2], [2, 4]], sizes=[5, 4], measure="proximity")
    >>> [round(float(x[0, 1]), 2) for x in (found.low, found.value, found.high)]
    [0.14, 0.4, 0.73]
    """
    check_confidence(confidence)
    value = similarity(together, measure=measure, sizes=sizes)
    table = as_counts(together, name="together")
    pairs = table - np.diag(np.diag(table))
    size = pairs.sum(axis=1) if sizes is None else as_counts(sizes, name="sizes")
    known = ~np.isnan(value)
    if measure in ("proximity", "jaccard"):
        whole = np.maximum(size[:, None], size) if measure == "proximity" else size[:, None] + size - pairs
        share = proportion(np.where(known, pairs, 0.0), np.where(known, whole, 1.0), confidence=confidence)
        low, high = share.low, share.high
    else:
        count = count_interval(pairs, confidence=confidence)
        # The measure is a multiple of the co-occurrences: of a pair that never meets, that of one meeting.
        standing = np.flatnonzero(size > 0)
        once = np.full(pairs.shape, np.nan)
        met = np.ones((len(standing), len(standing)))
        once[np.ix_(standing, standing)] = similarity(met, measure=measure, sizes=np.maximum(size[standing], 1.0))
        most = np.minimum(size[:, None], size)
        low, high = count.low * once, np.maximum(np.minimum(count.high, most), pairs) * once
    low, high = np.where(known, low, np.nan), np.where(known, high, np.nan)
    reason = np.where(known | np.eye(len(value), dtype=bool), "", "field-empty")
    return Estimate(value, low, high, confidence, measure, reason)


def density(
    present: ArrayLike,
    related: ArrayLike,
    *,
    itself: Itself,
    self_relatedness: float = 1.0,
    binarise_at: float | None = None,
    neighbours: int | None = None,
) -> Floats:
    """Share of the relatedness around each technology that lies where the actor is at home; shape [c, f], 0 to 1.

    density_cf = sum_f' M_cf' phi_ff' / sum_f' phi_ff'.

    itself: ``included`` counts the technology among its own neighbours with ``self_relatedness`` (Hidalgo, ecomplexity:
        an actor then has a higher density where it already is); ``excluded`` leaves it out (EconGeo): the choice for
        asking where an actor could go.
    binarise_at: neighbours are those related at least so much, each counting 1 (EconGeo: association at 1); None
        weighs each by its relatedness.
    neighbours: only the so many most related ones (those tied with the last of them too); None takes all.

    nan where a technology is related to none.

    >>> related = [[0, 0.5, 0.25], [0.5, 0, 0.25], [0.25, 0.25, 0]]
    >>> density([[1, 0, 0]], related, itself="excluded").round(3).tolist()
    [[0.0, 0.667, 0.5]]
    >>> density([[1, 0, 0]], related, itself="included").round(3).tolist()
    [[0.571, 0.286, 0.167]]
    """
    home = _flags(present).astype(np.float64)
    weights = neighbourhood(
        related, itself=itself, self_relatedness=self_relatedness, binarise_at=binarise_at, neighbours=neighbours
    )
    if home.shape[1] != len(weights):
        raise ValueError(f"present has {home.shape[1]} technologies, related {len(weights)}")
    return divide(home @ weights.T, weights.sum(axis=1)[None, :])


def neighbourhood(
    related: ArrayLike,
    *,
    itself: Itself,
    self_relatedness: float = 1.0,
    binarise_at: float | None = None,
    neighbours: int | None = None,
) -> Floats:
    """The weights behind :func:`density`: row f holds what each technology counts in the density of f."""
    if itself not in ("included", "excluded"):
        raise ValueError(f"unknown itself {itself!r}; known: included, excluded")
    table = np.array(related, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise ValueError("related must be a square table")
    # Unknown relatedness (a class that stands nowhere) is no relatedness: it adds to no density.
    table[np.isnan(table)] = 0.0
    np.fill_diagonal(table, 0.0)
    if binarise_at is not None:
        table = (table >= binarise_at).astype(np.float64)
        np.fill_diagonal(table, 0.0)
    if neighbours is not None:
        if neighbours < 1:
            raise ValueError("neighbours must be at least 1")
        if neighbours < len(table) - 1:
            last = np.sort(table, axis=1)[:, -neighbours][:, None]
            table[table < last] = 0.0
    if itself == "included":
        np.fill_diagonal(table, self_relatedness)
    return table


def density_interval(
    counts: ArrayLike,
    *,
    related: ArrayLike | None = None,
    measure: Measure = "proximity",
    itself: Itself = "excluded",
    binarise_at: float | None = None,
    neighbours: int | None = None,
    threshold: float = 1.0,
    minimum_count: float = 0.0,
    actors: int | None = None,
    technologies: int | None = None,
    rows: int | None = None,
    sum_squares: ArrayLike | None = None,
    method: IntervalMethod = "posterior",
    confidence: float = 0.9,
    draws: int = 200,
    seed: int = 0,
) -> Estimate:
    """Density from a table of counts, with its interval; shape [rows, technologies].

    ``value`` is the density of the table as it is. For the interval every cell is drawn again, and RTA, presence,
    relatedness and density follow anew in each draw; percentiles, widened to hold the value.
    method: ``posterior``: rates behind the counts, Gamma with the prior strength of :func:`prior_strength`; ``bootstrap``:
        counts, Poisson (a count of 0 stays 0), which adds the noise of counting a second time and covers less.
    counts: shape [c, f], the whole reference of the RTA, pooled remainders included.
    related: relatedness of the technologies taken as given (of co-classification, say); None derives it from the
        presence of the actors by ``measure``.
    actors, technologies: the first so many rows and columns take part in relatedness and density, the others (the
        pooled remainders) in RTA only; None takes all.
    rows: density of the first so many actors only; None of all that take part.
    sum_squares: sums of squared weights behind fractional counts; None for whole counts.

    ``reason``: ``actor-empty``; ``field-unrelated`` where the technology is related to no other.

    >>> found = density_interval([[30, 30, 2, 2], [2, 2, 30, 30], [30, 20, 3, 1]], draws=50)
    >>> found.value[0].round(2).tolist(), bool((found.low <= found.value).all())
    ([1.0, 1.0, 0.0, 0.0], True)
    """
    check_confidence(confidence)
    whole = as_counts(counts)
    if whole.ndim != 2:
        raise ValueError(f"counts must have shape [actor, technology], not {whole.shape}")
    taking = whole.shape[0] if actors is None else min(actors, whole.shape[0])
    columns = whole.shape[1] if technologies is None else min(technologies, whole.shape[1])
    shown = taking if rows is None else min(rows, taking)

    def of(drawn: Floats) -> Floats:
        home = presence(drawn, threshold=threshold, minimum_count=minimum_count)[:taking, :columns]
        if related is not None:
            phi = np.asarray(related, dtype=np.float64)
        else:
            together, sizes = co_presence(home)
            phi = similarity(together, measure=measure, sizes=sizes)
        return density(home[:shown], phi, itself=itself, binarise_at=binarise_at, neighbours=neighbours)

    value = of(whole)
    generator = np.random.default_rng(seed)
    redraw = _redraw(whole, as_variances(sum_squares, whole), method)
    drawn = np.empty((draws, *value.shape), dtype=np.float32)
    for index in range(draws):
        drawn[index] = of(redraw(generator))
    tail = (1 - confidence) / 2
    # A draw that leaves a technology without any relation has no density; it does not vote.
    known = ~np.isnan(drawn).all(axis=0)
    low, high = np.full(value.shape, np.nan), np.full(value.shape, np.nan)
    if known.any():
        low[known], high[known] = np.nanquantile(drawn[:, known], [tail, 1 - tail], axis=0)
    low, high = np.fmin(low, value), np.fmax(high, value)
    empty = np.broadcast_to(whole[:shown].sum(axis=1, keepdims=True) == 0, value.shape)
    value = np.where(empty, np.nan, value)
    low, high = np.where(np.isnan(value), np.nan, low), np.where(np.isnan(value), np.nan, high)
    reason = np.where(empty, "actor-empty", np.where(np.isnan(value), "field-unrelated", ""))
    return Estimate(value, low, high, confidence, method, reason)


def prior_strength(counts: ArrayLike, expected: ArrayLike) -> float:
    """How firmly specialisation is held at 1 before counting, from the table itself (empirical Bayes).

    n ~ Poisson(E theta), theta ~ Gamma(k, k): the k of largest (negative binomial) likelihood, between 0.01 and 1000.
    Small where specialisation differs widely.

    >>> generator = np.random.default_rng(0)
    >>> theta = generator.gamma(2, 1 / 2, 20_000)
    >>> round(prior_strength(generator.poisson(5 * theta), np.full(20_000, 5.0)), 1)
    2.0
    """
    count, mean = np.ravel(as_counts(counts)), np.ravel(np.asarray(expected, dtype=np.float64))
    usable = mean > 0
    count, mean = count[usable], mean[usable]
    if not len(count):
        return 1.0
    # One number for the whole table: a part of a large table tells it as well.
    step = max(1, len(count) // _CELLS)
    count, mean = count[::step], mean[::step]

    def loss(log_k: float) -> float:
        k = np.exp(log_k)
        terms = special.gammaln(count + k) - special.gammaln(k) + special.xlogy(count, mean / (mean + k))
        return -float((terms - k * np.log1p(mean / k)).sum())

    found = optimize.minimize_scalar(loss, bounds=(np.log(0.01), np.log(1000)), method="bounded")
    return float(np.exp(found.x))


def _redraw(whole: Floats, variances: Floats, method: IntervalMethod) -> Callable[[np.random.Generator], Floats]:
    """A function that draws the table anew."""
    per_unit = np.where(whole > 0, divide(variances, whole), divide(variances.sum(), whole.sum()))
    units = divide(whole, per_unit)
    if method == "bootstrap":
        held = np.nonzero(whole)

        def counted(generator: np.random.Generator) -> Floats:
            again = np.zeros_like(whole)
            again[held] = generator.poisson(units[held]) * per_unit[held]
            return again

        return counted
    if method != "posterior":
        raise ValueError(f"unknown method {method!r}; known: posterior, bootstrap")
    expected = divide(whole.sum(axis=1, keepdims=True) * whole.sum(axis=0, keepdims=True), whole.sum())
    expected_units = np.nan_to_num(divide(expected, per_unit))
    units = np.nan_to_num(units)
    strength = prior_strength(units, expected_units)
    scale = np.nan_to_num(expected) / (expected_units + strength)

    def rated(generator: np.random.Generator) -> Floats:
        return np.asarray(generator.standard_gamma(units + strength) * scale)

    return rated


def _flags(present: ArrayLike) -> Flags:
    array = np.asarray(present)
    if array.ndim != 2:
        raise ValueError(f"present must have shape [actor, technology], not {array.shape}")
    if not np.isin(array, (0, 1)).all():
        raise ValueError("present holds 0 and 1 only")
    return array.astype(bool)
