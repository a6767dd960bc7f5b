"""What a topic is called: its distinctive terms and classes, in English and Japanese."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chizai.corpus import classification
from chizai.landscape.topics.vectors import Terms
from chizai.messages import Lang, text

LONGEST_TITLE = 40


@dataclass(frozen=True)
class Label:
    """A topic's name and what it was made from."""

    en: str
    ja: str
    terms: tuple[str, ...]
    classes: tuple[str, ...]


def log_odds(
    counts: NDArray[np.float64], *, total: NDArray[np.float64] | None = None, prior: float = 500.0
) -> NDArray[np.float64]:
    """How distinctive each term is of each topic, as a z score; ``counts`` has shape (topics, terms).

    ``total`` of shape (terms,) counts the whole collection; without it that is the sum of the topics.
    The log odds of the term in the topic against the rest of the collection, with the collection's own frequencies as an
    informative Dirichlet prior of total size ``prior``, over its standard error (Monroe, Colaresi and Quinn 2008,
    Political Analysis 16, 372-403, eqs. 16, 20-22).

    >>> log_odds(np.array([[8.0, 2.0], [2.0, 8.0]]), prior=2).round(2).tolist()
    [[3.3, -3.3], [-3.3, 3.3]]
    """
    total = counts.sum(axis=0) if total is None else total
    size, whole = counts.sum(axis=1, keepdims=True), total.sum()
    share = prior * total / max(whole, 1)
    inside = counts + share
    outside = total - counts + share
    rest_inside, rest_outside = size + prior - inside, whole - size + prior - outside
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.log(inside / rest_inside) - np.log(outside / rest_outside)
        found = score / np.sqrt(1 / inside + 1 / outside)
    return np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0)


def _per_topic(
    rows: sparse.csr_matrix, topic: NDArray[np.int64], topics: int, *, prior: float = 500.0
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Of each topic the documents that hold each column, and the columns' z scores: one topic at a time, for the terms
    of all topics at once would be the largest thing in memory."""
    present = sparse.csr_matrix((np.ones(len(rows.data), dtype=np.int32), rows.indices, rows.indptr), rows.shape)
    group = np.where(topic >= 0, topic, topics)
    shape = (topics + 1, len(topic))
    one = np.ones(len(topic), dtype=np.int32)
    held = sparse.csr_matrix((one, (group, np.arange(len(topic)))), shape=shape) @ present
    total = np.asarray(held.sum(axis=0), dtype=np.float64).ravel()
    for index in range(topics):
        counts = held[index].toarray().astype(np.float64)
        yield counts[0], log_odds(counts, total=total, prior=prior)[0]


def distinctive_terms(terms: Terms, topic: NDArray[np.int64], *, topics: int, count: int = 6) -> list[tuple[str, ...]]:
    """The most distinctive terms of each topic; of a pair and its words, or a run and its parts, one stands for all."""
    if not terms.words or not topics:
        return [()] * topics
    found = []
    for held, row in _per_topic(terms.counts, topic, topics):
        chosen: list[str] = []
        for index in np.lexsort((np.arange(len(row)), -row))[: 8 * count].tolist():
            word = terms.words[index]
            if row[index] <= 0 or held[index] < 2:
                break
            if not any(_overlap(word, other) for other in chosen):
                chosen.append(word)
            if len(chosen) == count:
                break
        found.append(tuple(chosen))
    return found


def _overlap(word: str, other: str) -> bool:
    if word.isascii() and other.isascii():
        return bool(set(word.split()) & set(other.split()))
    shorter, longer = sorted((word, other), key=len)
    return shorter in longer or any(shorter[at : at + 2] in longer for at in range(len(shorter) - 1))


def distinctive_classes(
    unit: NDArray[np.int64], code: NDArray[np.str_], topic: NDArray[np.int64], *, topics: int, count: int = 3
) -> list[tuple[str, ...]]:
    """The most distinctive classes of each topic, subclasses and main groups alike."""
    if not len(code) or not topics:
        return [()] * topics
    # Section Y tags what other sections classify.
    subject = ~np.char.startswith(code, "Y")
    codes, column = np.unique(code[subject], return_inverse=True)
    rows = sparse.csr_matrix((np.ones(len(column)), (unit[subject], column)), shape=(len(topic), len(codes)))
    return [
        tuple(
            str(codes[index])
            for index in np.lexsort((np.arange(len(row)), -row))[:count].tolist()
            if row[index] > 0 and held[index] >= 2
        )
        for held, row in _per_topic(rows, topic, topics, prior=100)
    ]


def labels(terms: Sequence[tuple[str, ...]], classes: Sequence[tuple[str, ...]], *, words: int = 3) -> list[Label]:
    """The names of topics: distinctive terms in the texts' language, the class's title in the other.

    Where a language has neither terms nor a class title of its own, the other language's terms are given and marked.
    """
    found = []
    for own, codes in zip(terms, classes, strict=True):
        japanese = tuple(word for word in own if not word.isascii())
        english = tuple(word for word in own if word.isascii())
        japanese_texts = len(japanese) > len(english)
        found.append(
            Label(
                en=_name("en", english[:words], japanese[:words] if japanese_texts else (), codes),
                ja=_name("ja", japanese[:words], () if japanese_texts else english[:words], codes),
                terms=own,
                classes=codes,
            )
        )
    return found


def _name(lang: Lang, own: tuple[str, ...], other: tuple[str, ...], codes: tuple[str, ...]) -> str:
    comma = text("topics.comma", lang)
    title = class_title(codes, lang)
    if own and (lang == "en" or not other):
        return comma.join(own)
    if title:
        return text("topics.titled", lang, title=title, terms=comma.join(other)) if other else title
    if other:
        return text("topics.foreign", lang, terms=comma.join(other))
    return text("topics.nameless", lang)


def class_title(codes: Sequence[str], lang: Lang) -> str | None:
    """The title of the first class that has one in this language, cut at its first semicolon."""
    for code in codes:
        found = classification.lookup(code, lang=lang)
        if found is not None and found.language == lang:
            short = found.text.split("；")[0].split(";")[0].strip()
            return short if len(short) <= LONGEST_TITLE else short[: LONGEST_TITLE - 1] + "…"
    return None
