"""The graph of nearest neighbours in the original space, with citation links."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chizai.errors import MissingExtra
from chizai.messages import Phrase

EXACT_UP_TO = 20_000
"""Above this many documents neighbours are sought in the nearest cells only (an inverted file)."""
CELLS_SEARCHED = 16


def _faiss() -> ModuleType:
    try:
        import faiss
    except ImportError as error:
        raise MissingExtra(feature=Phrase("value.feature.topics"), extra="topics") from error
    return faiss


def neighbours(
    vectors: NDArray[np.float32], *, count: int = 15, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The ``count`` most similar other documents of each, and the cosines; both of shape (documents, count).

    ``vectors`` have length 1; a row of 0 has no neighbours and is nobody's. -1 stands where there is none. Raises
    MissingExtra without faiss.
    """
    faiss = _faiss()
    documents = len(vectors)
    near = np.full((documents, count), -1, dtype=np.int64)
    cosine = np.zeros((documents, count), dtype=np.float32)
    filled = np.flatnonzero(np.any(vectors != 0, axis=1))
    if len(filled) < 2:
        return near, cosine
    rows = np.ascontiguousarray(vectors[filled], dtype=np.float32)
    wanted = min(count + 1, len(filled))
    found_cosine, found = _index(faiss, rows, seed).search(rows, wanted)
    # A document finds itself, not always in the first place: copies are as near.
    itself = found == np.arange(len(filled))[:, None]
    itself[~itself.any(axis=1), -1] = True
    shape = (len(filled), wanted - 1)
    others, strength = found[~itself].reshape(shape), found_cosine[~itself].reshape(shape)
    real = (others >= 0) & (strength > 0)
    near[filled[:, None], np.arange(shape[1])] = np.where(real, filled[np.maximum(others, 0)], -1)
    cosine[filled[:, None], np.arange(shape[1])] = np.where(real, strength, 0)
    return near, cosine


def _index(faiss: Any, rows: NDArray[np.float32], seed: int) -> Any:
    axes = rows.shape[1]
    flat = faiss.IndexFlatIP(axes)
    if len(rows) <= EXACT_UP_TO:
        flat.add(rows)
        return flat
    index = faiss.IndexIVFFlat(flat, axes, int(4 * np.sqrt(len(rows))), faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = seed + 1234
    index.cp.max_points_per_centroid = 64
    index.train(rows)
    index.add(rows)
    index.nprobe = CELLS_SEARCHED
    return index


def similarity_graph(
    near: NDArray[np.int64],
    cosine: NDArray[np.float32],
    *,
    links: NDArray[np.int64] | None = None,
    link_weight: float = 1.0,
) -> sparse.csr_matrix:
    """The symmetric graph of documents: an edge where either is among the other's neighbours, weighted by their cosine.

    ``links`` of shape (links, 2) are pairs that cite one another; they add ``link_weight``.
    """
    documents, count = near.shape
    row = np.repeat(np.arange(documents), count)
    there = near.ravel() >= 0
    shape = (documents, documents)
    graph = sparse.csr_matrix((cosine.ravel()[there], (row[there], near.ravel()[there])), shape=shape)
    graph = graph.maximum(graph.T)
    if links is not None and len(links) and link_weight > 0:
        apart = links[links[:, 0] != links[:, 1]]
        pairs = np.unique(np.sort(apart, axis=1), axis=0)
        weight = np.full(len(pairs), link_weight, dtype=np.float32)
        cited = sparse.csr_matrix((weight, (pairs[:, 0], pairs[:, 1])), shape=shape)
        graph = graph + cited + cited.T
    return sparse.csr_matrix(graph)
