"""How alike two sentences are: character n-grams weighted by rarity, and how much of one stands in the other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

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

    >>> like = Likeness(["海賊版対策を強化する", "海賊版対策の強化を図る", "人材を育成する"])
    >>> like.cosine("海賊版対策を強化する", "海賊版対策の強化を図る") > like.cosine("海賊版対策を強化する", "人材を育成する")
    True
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._count = max(len(texts), 1)
        self._found: Counter[str] = Counter()
        for text in texts:
            self._found.update(grams(text).keys())

    def weight(self, gram: str) -> float:
        """Smoothed inverse document frequency: ln((1 + n) / (1 + df)) + 1."""
        return math.log((1 + self._count) / (1 + self._found[gram])) + 1

    def cosine(self, left: str, right: str) -> float:
        """Cosine of the two TF-IDF vectors, term frequency damped (1 + ln tf)."""
        a, b = self._vector(left), self._vector(right)
        shared = a.keys() & b.keys()
        length = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
        return sum(a[gram] * b[gram] for gram in shared) / length if length else 0.0

    def containment(self, inner: str, outer: str) -> float:
        """The weighted share of ``inner``'s n-grams that stand in ``outer``; not symmetric."""
        a, b = self._vector(inner), grams(outer)
        whole = sum(a.values())
        return sum(value for gram, value in a.items() if gram in b) / whole if whole else 0.0

    def _vector(self, text: str) -> dict[str, float]:
        return {gram: (1 + math.log(count)) * self.weight(gram) for gram, count in grams(text).items()}
