"""Similarity of classes from how often they stand on the same units (co-classification).

``together[i, j]`` is the number of units that carry both i and j: a symmetric table. Its diagonal is not used, and the
diagonal of what is returned is nan: how like itself a class is, is a convention, not a finding.

Sources: van Eck & Waltman (2009), JASIST 60, 1635-1651 (cosine, Jaccard, association strength); Steijn (2021),
Improvement on the association strength (probability index); Hidalgo et al. (2007), Science 317, 482-487.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from chizai.landscape.statistics.estimate import Floats, as_counts, divide

Measure = Literal["association", "cosine", "jaccard", "probability", "proximity"]


def similarity(together: ArrayLike, *, measure: Measure, sizes: ArrayLike | None = None) -> Floats:
    """Similarity of every pair, shape [f, f].

    sizes: shape [f], in how many units each class stands ("occurrences"). None takes the sum of its co-occurrences
        instead, as EconGeo's ``relatedness`` does: the two give different figures, so say which.
    measure, with c the co-occurrence, s the sizes and T the sum of all sizes:
        ``association``: c T / (s_i s_j), above 1 where the pair meets more often than by chance;
        ``cosine``: c / sqrt(s_i s_j);
        ``jaccard``: c / (s_i + s_j - c);
        ``probability``: c over its expected value when no class meets itself,
        (s_i s_j / (T - s_i) + s_i s_j / (T - s_j)) / 2;
        ``proximity``: the smaller conditional probability, c / max(s_i, s_j).

    nan where a class of the pair has size 0.

    >>> similarity([[0, 2], [2, 0]], measure="jaccard", sizes=[4, 3])[0, 1].item()
    0.4
    """
    table = as_counts(together, name="together")
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not np.array_equal(table, table.T):
        raise ValueError("together must be a symmetric table")
    pairs = table - np.diag(np.diag(table))
    size = pairs.sum(axis=1) if sizes is None else as_counts(sizes, name="sizes")
    if size.shape != (len(pairs),):
        raise ValueError(f"sizes has shape {size.shape}, not {(len(pairs),)}")
    if sizes is not None and np.any(pairs > np.minimum(size[:, None], size[None, :])):
        raise ValueError("two classes cannot meet on more units than either stands on")
    one, other = size[:, None], size[None, :]
    total = size.sum()
    if measure == "association":
        out = divide(pairs * total, one * other)
    elif measure == "cosine":
        out = divide(pairs, np.sqrt(one * other))
    elif measure == "jaccard":
        out = divide(pairs, one + other - pairs)
    elif measure == "probability":
        out = divide(pairs, (divide(one * other, total - one) + divide(one * other, total - other)) / 2)
    elif measure == "proximity":
        out = divide(pairs, np.maximum(one, other))
    else:
        raise ValueError(f"unknown measure {measure!r}; known: association, cosine, jaccard, probability, proximity")
    out = np.where((one > 0) & (other > 0), out, np.nan)
    np.fill_diagonal(out, np.nan)
    return out
