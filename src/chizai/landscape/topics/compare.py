"""How far two partitions agree: adjusted Rand index, normalised mutual information, purity."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse


def contingency(one: NDArray[np.int64], other: NDArray[np.int64]) -> sparse.csr_matrix:
    """Documents by label of one (rows) and of the other (columns); labels count from 0."""
    shape = (int(one.max(initial=-1)) + 1, int(other.max(initial=-1)) + 1)
    return sparse.csr_matrix((np.ones(len(one), dtype=np.int64), (one, other)), shape=shape)


def _table(one: ArrayLike, other: ArrayLike) -> sparse.csr_matrix:
    left, right = np.asarray(one), np.asarray(other)
    if left.shape != right.shape or left.ndim != 1:
        raise ValueError("the two partitions must be of the same documents")
    return contingency(np.unique(left, return_inverse=True)[1], np.unique(right, return_inverse=True)[1])


def adjusted_rand(one: ArrayLike, other: ArrayLike) -> float:
    """Adjusted Rand index (Hubert and Arabie 1985): 1 for the same partition, 0 as by chance.

    >>> adjusted_rand([0, 0, 1, 1], [1, 1, 0, 0]), round(adjusted_rand([0, 0, 1, 2], [0, 0, 1, 1]), 4)
    (1.0, 0.5714)
    """
    table = _table(one, other)
    together = _pairs(table.data)
    rows, columns = (_pairs(np.asarray(table.sum(axis=axis)).ravel()) for axis in (1, 0))
    whole = _pairs(np.array([table.data.sum()]))
    expected = rows * columns / whole if whole else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def _pairs(counts: NDArray[np.int64]) -> float:
    number = counts.astype(np.float64)
    return float((number * (number - 1) / 2).sum())


def normalised_mutual_information(one: ArrayLike, other: ArrayLike) -> float:
    """Mutual information over the mean of the two entropies; 1 for the same partition, 0 for independent ones.

    >>> normalised_mutual_information([0, 0, 1, 1], ["a", "a", "b", "b"])
    1.0
    >>> round(normalised_mutual_information([0, 1, 0, 1], [0, 0, 1, 1]), 12) + 0
    0.0
    """
    table = _table(one, other)
    whole = table.data.sum()
    rows, columns = (np.asarray(table.sum(axis=axis)).ravel() / whole for axis in (1, 0))
    joint = table.data / whole
    entropy = [-float((part * np.log(part)).sum()) for part in (rows, columns)]
    mutual = entropy[0] + entropy[1] + float((joint * np.log(joint)).sum())
    return mutual / (sum(entropy) / 2) if sum(entropy) else 1.0


def purity(found: ArrayLike, truth: ArrayLike) -> float:
    """Share of documents whose class is the most frequent one of their topic.

    >>> purity([0, 0, 0, 1], ["a", "a", "b", "b"])
    0.75
    """
    table = _table(found, truth)
    return float(table.max(axis=1).toarray().sum() / table.data.sum())
