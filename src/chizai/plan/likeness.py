"""How alike two sentences are: character n-grams weighted by rarity, and how much of one stands in the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix

from chizai.plan.facts import expanded
from chizai.plan.text import normal

GRAMS = (2, 3)
"""Lengths of the character n-grams. Japanese writes no spaces; two and three characters cover most words' stems."""


@lru_cache(maxsize=8192)
def grams(text: str) -> Counter[str]:
    """The n-grams of a text's normal form with abbreviations written out."""
    plain = normal(expanded(text))
    return Counter(plain[at : at + size] for size in GRAMS for at in range(len(plain) - size + 1))


class Likeness:
    """TF-IDF over the sentences given. All measures lie in 0..1.

    The weight of an n-gram is (1 + ln tf) * (ln((1 + n) / (1 + df)) + 1), with n the number of sentences given.

    >>> like = Likeness(["海賊版対策を強化する", "海賊版対策の強化を図る", "人材を育成する"])
    >>> near, far = like.cosines(["海賊版対策を強化する"], ["海賊版対策の強化を図る", "人材を育成する"])[0]
    >>> bool(near > far)
    True
    """

    def __init__(self, texts: Sequence[str]) -> None:
        found: Counter[str] = Counter()
        for text in texts:
            found.update(grams(text).keys())
        self._column = {gram: at for at, gram in enumerate(sorted(found))}
        df = np.array([found[gram] for gram in self._column], dtype=float)
        self._idf = np.log((1 + len(texts)) / (1 + df)) + 1

    def cosines(self, left: Sequence[str], right: Sequence[str]) -> np.ndarray:
        """Cosines of all pairs, shape (left, right)."""
        a, b = self._unit(self._matrix(left)), self._unit(self._matrix(right))
        return (a @ b.T).toarray().reshape(len(left), len(right))

    def containments(self, inner: Sequence[str], outer: Sequence[str]) -> np.ndarray:
        """The weighted share of each inner sentence's n-grams that stand in each outer one; shape (inner, outer)."""
        a, b = self._matrix(inner), self._matrix(outer)
        b.data[:] = 1.0
        whole = np.asarray(a.sum(axis=1)).reshape(-1, 1)
        shared = (a @ b.T).toarray().reshape(len(inner), len(outer))
        return np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)

    def containment(self, inner: str, outer: str) -> float:
        """:meth:`containments` of one pair."""
        return float(self.containments([inner], [outer])[0, 0])

    def _matrix(self, texts: Sequence[str]) -> csr_matrix:
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        for row, text in enumerate(texts):
            for gram, count in grams(text).items():
                column = self._column.get(gram)
                if column is not None:
                    rows.append(row)
                    columns.append(column)
                    values.append((1 + np.log(count)) * self._idf[column])
        return csr_matrix((values, (rows, columns)), shape=(len(texts), max(len(self._column), 1)))

    @staticmethod
    def _unit(matrix: csr_matrix) -> csr_matrix:
        lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        return csr_matrix(matrix.multiply(scale.reshape(-1, 1)))
