"""White space: pairs of classes that lie close together but hardly meet, against a null; and whether such pairs fill up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.stats import false_discovery_control, norm, poisson, rankdata

from chizai.landscape.statistics.estimate import Floats, divide


@dataclass(frozen=True)
class Pairs:
    """Pairs of classes, all arrays of shape (pairs,). ``one`` < ``other`` are columns of the incidence."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    together: Floats
    """Units that carry both."""
    expected: Floats
    """Those under the null of random units with the same number of classes and random classes of the same size."""
    empty_p: Floats
    """Chance of so few or fewer under that null (Poisson)."""
    nearness: Floats
    """Cosine of the mean texts of the units that carry one class but not the other; nan without such units."""
    nearness_z: Floats
    """Its distance from the mean over permutations of the texts, in their standard deviations."""
    profile: Floats
    """Cosine of the two classes' associations with all third classes."""

    @property
    def near_p(self) -> Floats:
        """Chance of so near or nearer if texts were dealt to units at random (normal approximation)."""
        return np.where(np.isnan(self.nearness_z), 1.0, norm.sf(np.nan_to_num(self.nearness_z)))

    def near_q(self) -> Floats:
        """False discovery rate of nearness over all pairs (Benjamini and Hochberg 1995)."""
        return np.asarray(false_discovery_control(self.near_p)) if len(self.one) else self.near_p

    def empty_q(self, *, near_at: float = 0.1) -> Floats:
        """False discovery rate of emptiness among the pairs whose nearness has at most ``near_at``; 1 for the others.

        Texts of units that carry one class only choose which pairs are tested, counts of units that carry both test them
        (independent filtering: Bourgon, Gentleman and Huber 2010).
        """
        tested = self.near_q() <= near_at
        out = np.ones(len(self.one))
        if tested.any():
            out[tested] = false_discovery_control(self.empty_p[tested])
        return out

    def score(self) -> Floats:
        """How near the two are, by texts and by third classes: mean of the two ranks, from 0 to 1."""
        return (ranks(self.nearness) + ranks(self.profile)) / 2


def ranks(values: ArrayLike) -> Floats:
    """Ranks from 0 (least) to 1; what is missing ranks least.

    >>> ranks([3.0, 1.0, 2.0]).tolist()
    [1.0, 0.0, 0.5]
    """
    known = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=-np.inf)
    return (rankdata(known) - 1) / max(1, len(known) - 1)


def expected_together(incidence: sparse.csr_matrix, kind: NDArray[np.bool_] | None = None) -> Floats:
    """Expected units of each pair of classes, shape (classes, classes), under the bipartite configuration model.

    Class i has s_i places, unit u has k_u, T in all: E_ij = s_i s_j sum_u k_u (k_u - 1) / T^2. The diagonal is 0. Where
    ``kind`` parts the columns in two (topics and classes), a unit's k_u of the one kind meet its l_u of the other:
    E_ij = s_i s_j sum_u k_u l_u / (T_k T_l), and pairs of one kind are 0.

    >>> one_each = sparse.csr_matrix(np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]]))
    >>> expected_together(one_each).round(3).tolist()[0]
    [0.0, 0.667, 0.667]
    """
    rows = sparse.csr_matrix(incidence, dtype=np.float64)
    size = np.asarray(rows.sum(axis=0)).ravel()
    if kind is not None:
        width = [np.asarray(rows[:, part].sum(axis=1)).ravel() for part in (kind, ~kind)]
        found = np.outer(size, size) * float((width[0] * width[1]).sum())
        found /= max(size[kind].sum() * size[~kind].sum(), 1)
        found[kind[:, None] == kind[None, :]] = 0
        return np.asarray(found)
    widths = np.asarray(rows.sum(axis=1)).ravel()
    total = size.sum()
    found = np.outer(size, size) * float((widths * (widths - 1)).sum()) / max(total**2, 1)
    np.fill_diagonal(found, 0)
    return np.asarray(found)


def pairs(
    incidence: sparse.csr_matrix,
    vectors: NDArray[np.float32],
    *,
    kind: NDArray[np.bool_] | None = None,
    minimum_size: int = 20,
    largest: int = 300,
    draws: int = 50,
    seed: int = 0,
) -> Pairs:
    """Every pair among the ``largest`` classes with at least ``minimum_size`` units.

    ``incidence`` has a 1 where a unit carries a class, shape (units, classes); ``vectors`` are the units' texts in the
    original space (rows of 0 have none). The permutations deal whole texts to other units, ``draws`` times. Where ``kind``
    parts the columns in two, only pairs of different kinds are formed.
    """
    rows = sparse.csr_matrix(incidence, dtype=np.float64)
    if rows.shape[0] != len(vectors):
        raise ValueError("incidence and vectors must be of the same units")
    size = np.asarray(rows.sum(axis=0)).ravel()
    kept = np.flatnonzero(size >= minimum_size)
    kept = np.sort(kept[np.lexsort((kept, -size[kept]))[:largest]])
    chance = expected_together(rows, kind)[np.ix_(kept, kept)]
    part = sparse.csr_matrix(rows[:, kept])
    one, other = np.triu_indices(len(kept), k=1)
    if kind is not None:
        across = kind[kept][one] != kind[kept][other]
        one, other = one[across], other[across]
    together = np.asarray((part.T @ part).toarray())
    texts = np.asarray(vectors, dtype=np.float64)
    held = np.flatnonzero(np.any(texts != 0, axis=1))
    centred = texts[held] - texts[held].mean(axis=0) if len(held) else texts[held]
    inside = sparse.csr_matrix(part[held])
    near = _nearness(inside, centred)[one, other]
    random = np.random.default_rng(seed)
    total, square = np.zeros(len(one)), np.zeros(len(one))
    for _ in range(draws):
        drawn = np.nan_to_num(_nearness(inside, centred[random.permutation(len(held))])[one, other])
        total += drawn
        square += drawn**2
    mean = total / max(1, draws)
    spread = np.sqrt(np.maximum(square / max(1, draws) - mean**2, 0) * draws / max(1, draws - 1))
    expected = chance[one, other]
    return Pairs(
        one=kept[one],
        other=kept[other],
        together=together[one, other],
        expected=expected,
        empty_p=np.asarray(poisson.cdf(together[one, other], expected)),
        nearness=near,
        nearness_z=divide(near - mean, spread),
        profile=_profile(together, chance)[one, other],
    )


def _nearness(rows: sparse.csr_matrix, vectors: Floats) -> Floats:
    """Cosine of the sums of vectors of units that carry i but not j and of those that carry j but not i."""
    sums = np.asarray(rows.T @ vectors)
    size = np.asarray(rows.sum(axis=0)).ravel()
    classes = rows.shape[1]
    by_class = sparse.csc_matrix(rows)
    found = np.full((classes, classes), np.nan)
    for index in range(classes):
        inside = by_class.indices[by_class.indptr[index] : by_class.indptr[index + 1]]
        joint = rows[inside]
        shared = np.asarray(joint.T @ vectors[inside])
        number = np.asarray(joint.sum(axis=0)).ravel()
        own, others = sums[index] - shared, sums - shared
        length = np.linalg.norm(own, axis=1) * np.linalg.norm(others, axis=1)
        enough = (size[index] - number >= 1) & (size - number >= 1)
        found[index] = np.where(enough, divide((own * others).sum(axis=1), length), np.nan)
    return found


def _profile(together: Floats, expected: Floats) -> Floats:
    """Cosine of the rows of positive log associations, without what either class has with the other."""
    counts = together.copy()
    np.fill_diagonal(counts, 0)
    ratio = divide(counts, expected)
    link = np.where(counts >= 2, np.log(np.maximum(np.nan_to_num(ratio, nan=1.0), 1.0)), 0.0)
    square = (link**2).sum(axis=1)
    rest = np.sqrt(np.maximum(square[:, None] - link**2, 0) * np.maximum(square[None, :] - link**2, 0))
    return np.nan_to_num(divide(link @ link.T, rest))


# Does it fill up? -----------------------------------------------------------------------------------------------------


def auc(score: ArrayLike, filled: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Chance that a filled pair has a higher score than one that stayed empty, ties half; nan without both kinds.

    >>> auc([0.9, 0.8, 0.3, 0.1], [1, 0, 1, 0])
    0.75
    """
    value, hit = np.asarray(score, dtype=np.float64), np.asarray(filled, dtype=bool)
    mass = np.ones(len(value)) if weight is None else np.asarray(weight, dtype=np.float64)
    yes, no = mass * hit, mass * ~hit
    if yes.sum() == 0 or no.sum() == 0:
        return float("nan")
    _, place = np.unique(value, return_inverse=True)
    above = np.bincount(place, weights=yes)
    below = np.bincount(place, weights=no)
    under = np.cumsum(below) - below
    return float((above * (under + below / 2)).sum() / (yes.sum() * no.sum()))


@dataclass(frozen=True)
class BackTest:
    """Area under the curve of each way to rank the empty pairs, with its interval, and its lead over popularity."""

    ranking: tuple[str, ...]
    value: Floats
    low: Floats
    high: Floats
    lead: Floats
    """Value less that of popularity; 0 for popularity itself."""
    lead_low: Floats
    lead_high: Floats
    pairs: int
    filled: int
    chosen: int
    """Empty pairs that were nearer than by chance at the time."""
    chosen_filled: int
    chosen_expected: float
    """Filled ones among as many other pairs of like expected counts; nan where there are none."""


def back_test(
    before: sparse.csr_matrix,
    after: sparse.csr_matrix,
    vectors: NDArray[np.float32],
    *,
    kind: NDArray[np.bool_] | None = None,
    minimum_size: int = 20,
    largest: int = 300,
    filled_from: int = 1,
    false_discovery: float = 0.1,
    draws: int = 50,
    resamples: int = 200,
    confidence: float = 0.9,
    seed: int = 0,
) -> BackTest:
    """Rank the pairs that no unit had ``before`` by what was known then, and see which ones units ``after`` filled.

    ``vectors`` belong to the rows of ``before``. A pair is filled by ``filled_from`` later units. ``popularity`` ranks by
    the product of the two classes' sizes. Intervals resample classes, since pairs of one class are not independent.
    """
    found = pairs(before, vectors, kind=kind, minimum_size=minimum_size, largest=largest, draws=draws, seed=seed)
    later = np.asarray((after.T @ after).toarray())[found.one, found.other] if len(found.one) else np.empty(0)
    empty = found.together == 0
    filled = later >= filled_from
    size = np.asarray(before.sum(axis=0)).ravel().astype(np.float64)
    popularity = size[found.one] * size[found.other]
    near, profile = ranks(found.nearness[empty]), ranks(found.profile[empty])
    scores = {
        "popularity": popularity[empty],
        "texts": near,
        "third_classes": profile,
        "nearness": (near + profile) / 2,
        "nearness_and_popularity": ((near + profile) / 2 + ranks(popularity[empty])) / 2,
    }
    names = tuple(scores)
    hit = filled[empty]
    whole = np.array([auc(scores[name], hit) for name in names])
    random = np.random.default_rng(seed)
    drawn = np.full((resamples, len(names)), np.nan)
    classes = np.unique(np.concatenate([found.one, found.other])) if len(found.one) else np.empty(0, np.int64)
    place = {int(name): index for index, name in enumerate(classes)}
    ends = np.array([[place[int(a)], place[int(b)]] for a, b in zip(found.one[empty], found.other[empty], strict=True)])
    for turn in range(resamples if len(ends) else 0):
        times = np.bincount(random.integers(0, len(classes), len(classes)), minlength=len(classes))
        weight = times[ends[:, 0]] * times[ends[:, 1]]
        drawn[turn] = [auc(scores[name], hit, weight) for name in names]
    lead = drawn - drawn[:, :1]
    low, high = _between(drawn, confidence)
    lead_low, lead_high = _between(lead, confidence)
    chosen = (found.near_q() <= false_discovery)[empty]
    return BackTest(
        ranking=names,
        value=whole,
        low=low,
        high=high,
        lead=whole - whole[0],
        lead_low=lead_low,
        lead_high=lead_high,
        pairs=int(empty.sum()),
        filled=int(hit.sum()),
        chosen=int(chosen.sum()),
        chosen_filled=int((chosen & hit).sum()),
        chosen_expected=_alike(found.expected[empty], hit, chosen),
    )


def _between(drawn: Floats, confidence: float) -> tuple[Floats, Floats]:
    known = drawn[~np.isnan(drawn).any(axis=1)]
    if len(known) < 20:
        nothing = np.full(drawn.shape[1], np.nan)
        return nothing, nothing
    edge = (1 - confidence) / 2
    return np.quantile(known, edge, axis=0), np.quantile(known, 1 - edge, axis=0)


def _alike(expected: Floats, filled: NDArray[np.bool_], chosen: NDArray[np.bool_], *, partners: int = 10) -> float:
    """Filled among the chosen, had they fared as the pairs nearest to them in expected count."""
    rest = np.flatnonzero(~chosen)
    if not chosen.any() or not len(rest):
        return float("nan")
    order = rest[np.argsort(expected[rest], kind="stable")]
    total = 0.0
    for value in expected[chosen]:
        at = int(np.searchsorted(expected[order], value))
        start = min(max(0, at - partners // 2), max(0, len(order) - partners))
        total += float(filled[order[start : start + partners]].mean())
    return total
