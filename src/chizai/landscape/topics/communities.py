"""Topics as communities of the neighbour graph, agreed on by many runs, with what the runs disagree on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import binom

from chizai.errors import MissingExtra
from chizai.landscape.topics.compare import contingency
from chizai.messages import Phrase

STABLE, DOUBTFUL = 0.75, 0.6
"""Mean Jaccard agreement from which a topic is stable, and under which it is not to be relied on (Hennig 2007, 2008)."""
NO_TOPIC = -1


@dataclass(frozen=True)
class Topics:
    """Which topic each document belongs to, and how far that can be relied on."""

    topic: NDArray[np.int64]
    """Topic of each document by size from 0; -1 where it has none. Shape (documents,)."""
    reason: NDArray[np.str_]
    """Why a document has none: ``isolated`` (no neighbours), ``scattered`` (they are in no topic more than by chance),
    ``disputed`` (most runs put it elsewhere), ``small`` (its community is below the minimum); ``""`` where it has one."""
    agreement: NDArray[np.float64]
    """Share of the runs in which the document is in its topic; nan without neighbours. Shape (documents,)."""
    inside: NDArray[np.float64]
    """Share of the document's neighbours that are in its topic; nan without neighbours."""
    topic_agreement: NDArray[np.float64]
    """Mean over the runs of the Jaccard index with the run's nearest community. Shape (topics,)."""
    run_agreement: float
    """Mean adjusted Rand index between the runs (each on nine tenths of the edges) and the consensus."""
    unsettled: float
    """Share of edges on which the last round of runs still differed."""

    @property
    def size(self) -> NDArray[np.int64]:
        return np.bincount(self.topic[self.topic >= 0], minlength=len(self.topic_agreement))

    @property
    def verdict(self) -> list[str]:
        """``stable``, ``doubtful`` or ``unstable`` for each topic."""
        return [
            "stable" if value >= STABLE else "doubtful" if value >= DOUBTFUL else "unstable"
            for value in self.topic_agreement
        ]


def _louvain(resolution: float, seed: int) -> Any:
    try:
        from sknetwork.clustering import Louvain
    except ImportError as error:
        raise MissingExtra(feature=Phrase("value.feature.topics"), extra="topics") from error
    return Louvain(
        resolution=resolution, shuffle_nodes=True, random_state=seed, return_probs=False, return_aggregate=False
    )


def _edges(graph: sparse.csr_matrix) -> sparse.coo_matrix:
    return sparse.triu(graph, k=1).tocoo()


def _partition(
    edges: sparse.coo_matrix, kept: NDArray[np.bool_], weight: NDArray[np.float32], *, resolution: float, seed: int
) -> NDArray[np.int32]:
    half = sparse.coo_matrix((weight[kept], (edges.row[kept], edges.col[kept])), shape=edges.shape)
    if not kept.any():
        return np.arange(edges.shape[0], dtype=np.int32)
    whole = sparse.csr_matrix(half + half.T)
    return np.asarray(_louvain(resolution, seed).fit_predict(whole), dtype=np.int32)


def consensus(
    graph: sparse.csr_matrix,
    *,
    resolution: float = 1.0,
    runs: int = 10,
    dropped: float = 0.1,
    rounds: int = 4,
    seed: int = 0,
) -> tuple[NDArray[np.int32], NDArray[np.int32], float]:
    """The partition on which ``runs`` runs agree; the runs, shape (runs, documents); and the share of unsettled edges.

    Louvain (Blondel et al. 2008) is run on graphs that each lack a random ``dropped`` share of the edges. The share of
    runs in which the ends of an edge fall together is the edge's new weight, and the runs are repeated on those weights
    until they agree or ``rounds`` are over (consensus clustering: Lancichinetti and Fortunato 2012, Sci. Rep. 2, 336; on
    existing edges only: Tandon et al. 2019, Phys. Rev. E 99, 042301), so that memory grows with edges, not with pairs.
    """
    edges = _edges(graph)
    random = np.random.default_rng(seed)
    weight = edges.data.astype(np.float32)
    first: NDArray[np.int32] | None = None
    labels = np.empty((0, 0), dtype=np.int32)
    share = weight
    for turn in range(rounds + 1):
        found = []
        for _ in range(runs):
            keep = random.random(len(weight)) >= dropped if turn == 0 else share > 0
            found.append(
                _partition(edges, keep & (weight > 0), weight, resolution=resolution, seed=int(random.integers(2**31)))
            )
        labels = np.stack(found)
        first = labels if first is None else first
        share = np.zeros(len(weight), dtype=np.float32)
        for run in labels:
            share += run[edges.row] == run[edges.col]
        share /= runs
        settled = (share == 0) | (share == 1)
        if settled.all():
            break
        # What less than a third of the runs hold together is kept apart: it would only carry noise to the next round.
        share[share < 1 / 3] = 0
        weight = share
    assert first is not None
    return labels[0], first, float(1 - settled.mean()) if len(settled) else 0.0


def find_topics(
    graph: sparse.csr_matrix,
    near: NDArray[np.int64],
    *,
    resolution: float = 1.0,
    runs: int = 10,
    dropped: float = 0.1,
    rounds: int = 4,
    minimum_size: int = 10,
    minimum_agreement: float = 0.5,
    significance: float = 0.01,
    seed: int = 0,
) -> Topics:
    """Topics of the documents of a neighbour graph.

    A document has no topic when it has no neighbours, when its neighbours are in no topic more often than topics of
    those sizes would hold them by chance (binomial, corrected for the number of topics, at ``significance``), when fewer
    than ``minimum_agreement`` of the runs put it into its topic, or when the topic has fewer than ``minimum_size``
    documents. It is never put into another one instead.
    """
    from chizai.landscape.topics.compare import adjusted_rand

    documents = graph.shape[0]
    linked = np.diff(graph.indptr) > 0
    agreed, first, unsettled = consensus(
        graph, resolution=resolution, runs=runs, dropped=dropped, rounds=rounds, seed=seed
    )
    label: NDArray[np.int64] = agreed.astype(np.int64)
    label[~linked] = NO_TOPIC
    reason = np.where(linked, "", "isolated").astype("<U9")
    label = _by_size(label)
    inside, chance = _gathered(label, near)
    scattered = linked & (chance > significance)
    reason[scattered] = "scattered"
    agreement, _ = _agreement(label, first)
    disputed = linked & ~scattered & (agreement < minimum_agreement)
    reason[disputed] = "disputed"
    topic = np.where(reason == "", label, NO_TOPIC)
    size = np.bincount(topic[topic >= 0], minlength=int(label.max(initial=-1)) + 1)
    small = (topic >= 0) & (size[np.maximum(topic, 0)] < minimum_size) if len(size) else np.zeros(documents, dtype=bool)
    reason[small] = "small"
    topic[small] = NO_TOPIC
    topic = _by_size(topic)
    _, of_topic = _agreement(topic, first)
    held = [adjusted_rand(label[linked], run[linked]) for run in first] if linked.any() else []
    return Topics(
        topic=topic,
        reason=reason,
        agreement=np.where(linked, agreement, np.nan),
        inside=np.where(linked, inside, np.nan),
        topic_agreement=of_topic,
        run_agreement=float(np.mean(held)) if held else float("nan"),
        unsettled=unsettled,
    )


def _by_size(label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbered from the largest; of equal size, the one with the earlier first document comes first."""
    there = label >= 0
    names, first, inverse, count = np.unique(label[there], return_index=True, return_inverse=True, return_counts=True)
    place = np.empty(len(names), dtype=np.int64)
    place[np.lexsort((first, -count))] = np.arange(len(names))
    out = np.full(len(label), NO_TOPIC, dtype=np.int64)
    out[there] = place[inverse]
    return out


def _gathered(label: NDArray[np.int64], near: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of each document's neighbours in its own community, and the chance of so many in any one of them."""
    real = near >= 0
    known = real.sum(axis=1)
    hits = (real & (label[np.maximum(near, 0)] == label[:, None])).sum(axis=1)
    share = np.divide(hits, known, out=np.zeros(len(near)), where=known > 0)
    size = np.bincount(label[label >= 0])
    if not len(size):
        return share, np.ones(len(near))
    part = size / len(label)
    # One table of tails, since neighbours are few: [neighbours known, hits] -> sum over communities of the tail.
    chance = np.ones(len(near))
    for total, number in np.unique(np.stack([known, hits], axis=1), axis=0):
        tail = float(binom.sf(number - 1, total, part).sum()) if number else 1.0
        chance[(known == total) & (hits == number)] = min(1.0, tail)
    # Documents held together by citations alone have no neighbours to count.
    chance[known == 0] = 0
    return share, chance


def _agreement(label: NDArray[np.int64], runs: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the runs that have each document in its topic; mean Jaccard index of each topic."""
    topics = int(label.max(initial=-1)) + 1
    held = np.zeros(len(label))
    jaccard = np.zeros(topics)
    there = label >= 0
    for run in runs:
        table = contingency(label[there], run[there].astype(np.int64)).tocoo()
        ours = np.bincount(label[there], minlength=topics)
        theirs = np.bincount(run[there])
        score = table.data / (ours[table.row] + theirs[table.col] - table.data)
        order = np.lexsort((table.col, -score, table.row))
        rows, at = np.unique(table.row[order], return_index=True)
        best = np.full(topics, -1, dtype=np.int64)
        best[rows] = table.col[order][at]
        jaccard[rows] += score[order][at]
        held[there] += run[there] == best[label[there]]
    return held / max(1, len(runs)), jaccard / max(1, len(runs))
