"""Two dimensions to look at. Nothing is ever decided here: topics and white space come from the original space."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

GRAVITY = 0.6
"""How strongly documents are drawn to the centre of their topic."""
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def layout(
    graph: sparse.csr_matrix,
    vectors: NDArray[np.float32],
    group: NDArray[np.int64],
    *,
    anchors: NDArray[np.float64] | None = None,
    epochs: int = 120,
    repelled: int = 3,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Positions of the documents on a map, shape (documents, 2).

    Topics are placed by classical scaling of their centres (Torgerson 1952), documents round them; then linked documents
    attract and random ones repel each other with UMAP's curve (McInnes, Healy and Melville 2018, a = b = 1), all at once
    in each epoch, so that the outcome does not depend on an order. Rows of ``anchors`` that are not nan are positions
    from an earlier map: they are kept exactly, and new documents find their place among them.
    """
    documents = graph.shape[0]
    random = np.random.default_rng(seed)
    place = _start(vectors, group, random)
    # Documents without a topic start between the topics of their neighbours; those without neighbours stay at the rim.
    between = _among(graph, place, place, group >= 0)
    linked = (group < 0) & (np.diff(graph.indptr) > 0)
    place[linked] = between[linked]
    fixed = np.zeros(documents, dtype=bool)
    if anchors is not None:
        fixed = np.asarray(~np.isnan(anchors).any(axis=1), dtype=bool)
        if fixed.any():
            place = _among(graph, place, anchors, fixed)
    moving = np.flatnonzero(~fixed)
    if not len(moving) or documents < 3:
        return place
    # Only edges that end at a document that moves matter.
    rows = sparse.csr_matrix(graph[moving]).tocoo()
    own, other = moving[rows.row], rows.col.astype(np.int64)
    strength = (rows.data / max(float(rows.data.max(initial=1)), 1e-9)).astype(np.float64)
    degree = np.maximum(np.bincount(rows.row, weights=strength, minlength=len(moving)), 1e-9)
    company = _Company(group)
    charge = GRAVITY / 12 * company.size(moving)
    home = company.centre(place)[moving]
    for epoch in range(epochs):
        rate = 0.5 * (1 - epoch / epochs) + 0.01
        apart = place[own] - place[other]
        pull = (-2 * strength / (1 + (apart**2).sum(axis=1)))[:, None] * apart
        step = _summed(rows.row, pull, len(moving)) / degree[:, None]
        for _ in range(repelled):
            away = place[moving] - place[random.integers(0, documents, len(moving))]
            square = (away**2).sum(axis=1)
            step += np.clip((2 / ((0.1 + square) * (1 + square)))[:, None] * away, -1, 1) * 2
            away = place[moving] - place[company.partner(random, moving)]
            square = (away**2).sum(axis=1)
            step += np.clip((charge / (0.05 + square))[:, None] * away, -2, 2)
            # Charges that are drawn to a centre spread evenly over a disc: a topic's area grows with its documents.
            step -= GRAVITY * (place[moving] - home)
        place[moving] += rate * np.clip(step, -4, 4)
    return place


class _Company:
    """Random companions of the same topic; documents without one are their own, which moves nothing."""

    def __init__(self, group: NDArray[np.int64]) -> None:
        key = np.where(group >= 0, group, int(group.max(initial=-1)) + 1 + np.arange(len(group)))
        self.order = np.argsort(key, kind="stable")
        _, first, inverse, count = np.unique(
            key[self.order], return_index=True, return_inverse=True, return_counts=True
        )
        self.first, self.count = np.empty(len(group), np.int64), np.empty(len(group), np.int64)
        self.first[self.order], self.count[self.order] = first[inverse], count[inverse]

    def size(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return self.count[rows]

    def centre(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        """The centre of each document's topic."""
        edge = np.cumsum(np.vstack([np.zeros((1, 2)), place[self.order]]), axis=0)
        return (edge[self.first + self.count] - edge[self.first]) / self.count[:, None]

    def partner(self, random: np.random.Generator, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return self.order[self.first[rows] + random.integers(0, self.count[rows])]


def _summed(row: NDArray[np.int32], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.stack([np.bincount(row, weights=values[:, axis], minlength=size) for axis in (0, 1)], axis=1)


def _start(vectors: NDArray[np.float32], group: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.float64]:
    """Topics by classical scaling of their centres, each a disc whose area grows with its size; the rest at the rim."""
    groups = int(group.max(initial=-1)) + 1
    centre = np.zeros((groups, 2))
    if groups:
        middle = np.stack([vectors[group == index].mean(axis=0) for index in range(groups)]).astype(np.float64)
        centred = middle - middle.mean(axis=0)
        left, size, _ = np.linalg.svd(centred, full_matrices=False)
        axes = min(2, left.shape[1])
        scaled = left[:, :axes] * size[:axes]
        # The sign of an axis is free: the largest value is made positive, so that a map is not mirrored at random.
        scaled *= np.sign(scaled[np.abs(scaled).argmax(axis=0), np.arange(axes)])
        spread = max(float(np.abs(scaled).max()), 1e-9)
        centre[:, :axes] = scaled / spread * np.sqrt(np.count_nonzero(group >= 0)) / 4
        centre = _apart(centre, np.sqrt(np.bincount(group[group >= 0], minlength=groups)) / 4)
    place = np.empty((len(vectors), 2))
    for index in range(groups):
        inside = np.flatnonzero(group == index)
        turn, radius = np.arange(len(inside)) * GOLDEN_ANGLE, np.sqrt(np.arange(len(inside))) / 4
        place[inside] = centre[index] + np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius[:, None]
    outside = np.flatnonzero(group < 0)
    rim = 1.02 * float(np.linalg.norm(centre, axis=1).max(initial=1.0)) + 3
    turn = random.random(len(outside)) * 2 * np.pi
    place[outside] = np.stack([np.cos(turn), np.sin(turn)], axis=1) * rim
    return place


def _apart(centre: NDArray[np.float64], radius: NDArray[np.float64], *, rounds: int = 200) -> NDArray[np.float64]:
    """Discs pushed apart until they hardly overlap."""
    need = radius[:, None] + radius[None, :] + 0.5
    np.fill_diagonal(need, 0)
    turn = np.arange(len(centre)) * GOLDEN_ANGLE
    centre = centre + np.stack([np.cos(turn), np.sin(turn)], axis=1) * 1e-3
    for _ in range(rounds):
        apart = centre[:, None] - centre[None, :]
        far = np.sqrt((apart**2).sum(axis=2)) + 1e-9
        lack = np.maximum(0, need - far)
        if lack.max(initial=0) < 0.05:
            break
        centre = centre + 0.25 * (apart / far[..., None] * lack[..., None]).sum(axis=1)
    return centre


def _among(
    graph: sparse.csr_matrix, place: NDArray[np.float64], anchors: NDArray[np.float64], fixed: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """New documents start at the weighted mean of their placed neighbours, passed on for a few steps."""
    place = place.copy()
    place[fixed] = anchors[fixed]
    known = fixed.copy()
    for _ in range(5):
        weight = graph @ known.astype(np.float64)
        reach = (weight > 0) & ~fixed
        place[reach] = (graph @ (place * known[:, None]))[reach] / weight[reach, None]
        if (known | reach).sum() == known.sum():
            break
        known = known | reach
    if (~known).any():
        rim = np.abs(place[known]).max(initial=1.0) * 1.1
        far = place[~known]
        place[~known] = far / np.maximum(np.linalg.norm(far, axis=1, keepdims=True), 1e-9) * rim
    return place
