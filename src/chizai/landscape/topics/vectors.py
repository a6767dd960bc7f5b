"""Texts and classes as vectors: terms, their weights, and the space in which neighbours are sought.

Everything is done on whole columns (Arrow and sparse matrices), never text by text: a million abstracts cost minutes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

CHUNK = 5_000
"""Texts encoded at a time: bounds the memory that tokens take."""
VOCABULARY_SAMPLE = 40_000
"""Texts from which terms are chosen; the weights are counted on all."""
AXES_SAMPLE = 60_000
"""Documents on which the axes of the reduced space are fitted; all are projected on them."""

LONGEST_RUN = 8
_JAPANESE = r"[\x{3040}-\x{30FF}\x{3400}-\x{9FFF}]"
_RUN = re.compile(r"[ァ-ヿ]+|[㐀-䶿一-鿿々〆]+")
"""Katakana or kanji: what carries meaning; hiragana is grammar."""

STOP = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but by can
    could did do does doing down during each either few for from further had has have having he her here hers him his how i
    if in into is it its itself just may me might more most must my neither no nor not now of off on once one only or other
    our out over own same shall she should so some such than that the their them then there thereby therefor therefore
    therein thereof thereon these they this those through thus to too two under until up upon very was we were what when
    where whereby wherein which while who will with within without would you your
    according additionally aspect based capable comprise comprised comprises comprising configured corresponding disclosed
    disclosure embodiment embodiments example first general include included includes including invention least
    like means method methods particular plurality preferably present provide provided provides providing relate related
    relates respective said second system systems third use used using various wherein apparatus apparatuses device devices
    one more set least""".split()  # noqa: SIM905
)
"""Words that say nothing of a topic: those of English, and those of every patent."""
STOP_JA = frozenset(
    "方法 装置 発明 提供 課題 解決 手段 可能 場合 所定 複数 前記 当該 上記 使用 構成 実施 形態 本発 システム おい".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Terms:
    """Documents by terms, as counts. ``counts`` has shape (documents, terms); ``words`` are the terms' readable forms."""

    counts: sparse.csr_matrix
    words: tuple[str, ...]

    @cached_property
    def document_frequency(self) -> NDArray[np.int64]:
        """In how many documents each term stands, shape (terms,)."""
        return np.bincount(self.counts.indices, minlength=len(self.words)).astype(np.int64)

    def weighted(self) -> sparse.csr_matrix:
        """TF-IDF rows of length 1: (1 + ln tf) (1 + ln((1 + n)/(1 + df))); a row without terms stays empty.

        Salton and Buckley (1988), Information Processing & Management 24, 513-523, with scikit-learn's smoothing of IDF.
        """
        rows = self.counts.astype(np.float32)
        idf = 1 + np.log((1 + rows.shape[0]) / (1 + self.document_frequency))
        np.log(rows.data, out=rows.data)
        rows.data += 1
        rows.data *= idf.astype(np.float32)[rows.indices]
        return _unit_rows(rows)


def _unit_rows(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    scale = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return sparse.csr_matrix(sparse.diags(scale.astype(np.float32)) @ rows)


def term_counts(
    texts: Sequence[str | None] | pa.Array,
    *,
    min_df: int = 3,
    max_share: float = 0.3,
    pairs: bool = True,
    max_terms: int = 60_000,
) -> Terms:
    """Terms of each text: words and neighbouring pairs of words; of Japanese, runs of kanji or katakana and their
    pairs of characters.

    A term must stand in ``min_df`` documents at least and in ``max_share`` of them at most; the ``max_terms`` most
    frequent are kept. An English plural counts as its singular where that occurs too.

    >>> found = term_counts(["solar drones", "solar drone", "a drone"], min_df=2, max_share=1)
    >>> found.words, found.counts.toarray().tolist()
    (('drone', 'solar', 'solar drone'), [[1, 1, 1], [1, 1, 1], [1, 0, 0]])
    """
    column = texts if isinstance(texts, pa.Array) else pa.array(list(texts), pa.string())
    if not len(column):
        return Terms(sparse.csr_matrix((0, 0), dtype=np.int32), ())
    sample = column.take(pa.array(np.arange(0, len(column), -(-len(column) // VOCABULARY_SAMPLE))))
    lowest = max(2, round(min_df * len(sample) / len(column)))
    vocabulary = _vocabulary(sample, min_df=lowest, max_share=max_share, pairs=pairs, max_terms=max_terms)
    counts = sparse.vstack([vocabulary.encode(part) for part in _chunks(column)], format="csr")
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = np.flatnonzero((frequency >= min_df) & (frequency <= max(max_share * len(column), min_df)))
    order = sorted(kept.tolist(), key=vocabulary.words.__getitem__)
    return Terms(sparse.csr_matrix(counts[:, order]), tuple(vocabulary.words[index] for index in order))


def _chunks(column: pa.Array) -> list[pa.Array]:
    return [column.slice(at, CHUNK) for at in range(0, len(column), CHUNK)]


def _tokens(column: pa.Array) -> tuple[NDArray[np.int64], pa.Array, NDArray[np.int64]]:
    """The stream of tokens: document of each, the distinct forms, and the form of each."""
    plain = pc.utf8_lower(pc.utf8_normalize(column.fill_null(""), form="NFKC"))
    # Japanese has no spaces: each run of its script is one token here and taken apart below.
    apart = pc.replace_substring_regex(plain, rf"({_JAPANESE}+)", r" \1 ")
    lists = pc.split_pattern_regex(apart, r"[^\pL\pN]+")
    encoded = pc.list_flatten(lists).dictionary_encode()
    document = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    token = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return _without_japanese_runs(document, encoded.dictionary, token)


def _without_japanese_runs(
    document: NDArray[np.int64], forms: pa.Array, token: NDArray[np.int64]
) -> tuple[NDArray[np.int64], pa.Array, NDArray[np.int64]]:
    japanese = np.flatnonzero(pc.match_substring_regex(forms, _JAPANESE).to_numpy(zero_copy_only=False))
    if not len(japanese):
        return document, forms, token
    words = forms.to_pylist()
    place: dict[str, int] = {word: index for index, word in enumerate(words)}
    pieces = [[index] for index in range(len(words))]
    for index in japanese.tolist():
        pieces[index] = [place.setdefault(piece, len(place)) for piece in japanese_terms(words[index])]
    length = np.array([len(piece) for piece in pieces])
    start = np.concatenate([[0], np.cumsum(length)[:-1]])
    flat = np.array([item for piece in pieces for item in piece], dtype=np.int64)
    times = length[token]
    inside = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    return np.repeat(document, times), pa.array(list(place), pa.string()), flat[np.repeat(start[token], times) + inside]


def japanese_terms(run: str) -> list[str]:
    """Runs of kanji or katakana of two to eight characters, and the pairs of characters of longer ones.

    >>> japanese_terms("リチウムの残量推定を")
    ['リチウム', 'リチ', 'チウ', 'ウム', '残量推定', '残量', '量推', '推定']
    """
    found = []
    for piece in _RUN.findall(run):
        if 2 <= len(piece) <= LONGEST_RUN:
            found.append(piece)
        if len(piece) > 2:
            found += [piece[at : at + 2] for at in range(len(piece) - 1)]
    return found


@dataclass(frozen=True)
class _Vocabulary:
    words: tuple[str, ...]
    """Single words first, then pairs."""
    forms: pa.Array
    """Written forms of the single words, plurals among them."""
    word_of: NDArray[np.int64]
    """The single word of each form."""
    keys: NDArray[np.int64]
    """Pairs as first * singles + second, sorted."""

    def encode(self, column: pa.Array) -> sparse.csr_matrix:
        """Counts of the vocabulary's terms in each text."""
        document, code = self.codes(*_tokens(column))
        known = code >= 0
        row, word = document[known], code[known]
        if len(self.keys):
            at_pair, key = self.beside(document, code)
            at = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
            hit = self.keys[at] == key
            row = np.concatenate([row, at_pair[hit]])
            word = np.concatenate([word, len(self.words) - len(self.keys) + at[hit]])
        counts = sparse.coo_matrix(
            (np.ones(len(row), dtype=np.int32), (row, word)), shape=(len(column), len(self.words))
        )
        return counts.tocsr()

    def codes(
        self, document: NDArray[np.int64], forms: pa.Array, token: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        found = pc.index_in(forms, value_set=self.forms).fill_null(-1).to_numpy(zero_copy_only=False)
        # The last place stands for forms that are no terms.
        return document, np.append(self.word_of, -1)[found][token]

    def beside(
        self, document: NDArray[np.int64], code: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Document and key of each two single words that stand next to each other."""
        both = (document[1:] == document[:-1]) & (code[1:] >= 0) & (code[:-1] >= 0)
        singles = len(self.words) - len(self.keys)
        return document[1:][both], code[:-1][both] * singles + code[1:][both]


def _vocabulary(column: pa.Array, *, min_df: int, max_share: float, pairs: bool, max_terms: int) -> _Vocabulary:
    most = max(max_share * len(column), min_df)
    total: Counter[str] = Counter()
    for part in _chunks(column):
        document, forms, token = _tokens(part)
        total.update(dict(zip(forms.to_pylist(), _frequency(document, token, len(forms)), strict=True)))
    base = {word: _singular(word, total) for word in total if _meaningful(word)}
    frequency: Counter[str] = Counter()
    for word, single in base.items():
        frequency[single] += total[word]
    ranked = sorted((w for w, count in frequency.items() if min_df <= count <= most), key=lambda w: (-frequency[w], w))
    words = ranked[:max_terms]
    place = {word: index for index, word in enumerate(words)}
    spelled = [word for word, single in base.items() if single in place]
    word_of = np.array([place[base[word]] for word in spelled], dtype=np.int64)
    singles = _Vocabulary(tuple(words), pa.array(spelled, pa.string()), word_of, np.empty(0, np.int64))
    if not pairs or not words:
        return singles
    counted: list[NDArray[np.int64]] = []
    for part in _chunks(column):
        row, key = singles.beside(*singles.codes(*_tokens(part)))
        # One number for document and pair: below CHUNK times the square of the words, far from overflow.
        counted.append(np.unique(row * len(words) ** 2 + key) % len(words) ** 2)
    keys, times = np.unique(np.concatenate(counted), return_counts=True)
    japanese = np.array([bool(_RUN.match(word)) for word in words])
    kept = (times >= min_df) & (times <= most) & ~japanese[keys // len(words)] & ~japanese[keys % len(words)]
    keys, times = keys[kept], times[kept]
    keys = np.sort(keys[np.argsort(-times, kind="stable")[: max(0, max_terms - len(words))]])
    both = [f"{words[key // len(words)]} {words[key % len(words)]}" for key in keys.tolist()]
    return _Vocabulary((*words, *both), singles.forms, word_of, keys)


def _frequency(document: NDArray[np.int64], token: NDArray[np.int64], forms: int) -> list[int]:
    """Documents in which each form stands."""
    return np.bincount(np.unique(document * forms + token) % forms, minlength=forms).tolist() if len(token) else []


def _meaningful(word: str) -> bool:
    return len(word) > 1 and not word.isdigit() and word not in STOP and word not in STOP_JA


def _singular(word: str, known: Mapping[str, int]) -> str:
    """The singular of an English plural, where the texts have it."""
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(ending) and not word.endswith(("ss", "us", "is")) and len(word) - len(ending) >= 3:
            short = word[: -len(ending)] + instead
            if short in known and _meaningful(short):
                return short
    return word


# The space of neighbours ----------------------------------------------------------------------------------------------


def reduced(
    rows: sparse.csr_matrix, *, dimensions: int = 100, common: Literal["keep", "remove"] = "keep", seed: int = 0
) -> NDArray[np.float32]:
    """Rows on the ``dimensions`` leading singular axes, scaled to length 1; an empty row stays 0. Shape (rows, axes).

    Latent semantic analysis (Deerwester et al. 1990). The axes are fitted on a sample of rows drawn with ``seed``.
    common: ``remove`` takes away what all rows share, see :func:`apart`.
    """
    filled = np.flatnonzero(np.diff(rows.indptr) > 0)
    if not len(filled):
        return np.zeros((rows.shape[0], 1), dtype=np.float32)
    if len(filled) > AXES_SAMPLE:
        filled = np.sort(np.random.default_rng(seed).choice(filled, AXES_SAMPLE, replace=False))
    sample = rows[filled]
    axes = min(dimensions, min(sample.shape) - 1)
    if axes < 1:
        dense = np.asarray(sample.toarray(), dtype=np.float32)
        base = np.linalg.svd(dense, full_matrices=False)[2]
    else:
        start = np.random.default_rng(seed).standard_normal(min(sample.shape)).astype(np.float32)
        # Exact to the given tolerance: a randomised method leaves the last axes to chance, and topics with them.
        base = svds(sample, k=axes, v0=start, tol=1e-3, return_singular_vectors="vh")[2][::-1]
    projected = np.asarray(rows @ base.T.astype(np.float32), dtype=np.float32)
    return unit_length(apart(projected) if common == "remove" else projected)


def apart(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows without their part along the mean direction (Mu and Viswanath 2018, ICLR: "All-but-the-top").

    Common words alone give documents whose own words are on none of the axes one direction: they would be each other's
    neighbours, and one heap. A row that is nothing else keeps it.

    >>> apart(np.array([[3.0, 1.0], [3.0, -1.0], [5.0, 0.0]], dtype=np.float32)).tolist()
    [[0.0, 1.0], [0.0, -1.0], [5.0, 0.0]]
    """
    mean = rows.mean(axis=0)
    length = float(np.linalg.norm(mean))
    if length < 1e-6:
        return rows
    mean /= length
    rest = rows - np.outer(rows @ mean, mean)
    alone = np.linalg.norm(rest, axis=1) < 1e-5
    rest[alone] = rows[alone]
    return rest


def unit_length(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-9)


def class_rows(unit: NDArray[np.int64], code: Sequence[str], *, units: int) -> tuple[sparse.csr_matrix, list[str]]:
    """TF-IDF rows of classes. ``unit`` counts from 0; a class of one unit alone says nothing of neighbours and is left out.

    >>> rows, codes = class_rows(np.array([0, 1, 1]), ["B64C", "B64C", "H04B"], units=2)
    >>> codes, rows.shape
    (['B64C'], (2, 1))
    """
    codes, column = np.unique(np.asarray(code, dtype=str), return_inverse=True)
    counts = sparse.csr_matrix((np.ones(len(unit), dtype=np.int32), (unit, column)), shape=(units, len(codes)))
    counts.data[:] = 1
    kept = np.flatnonzero(np.bincount(counts.indices, minlength=len(codes)) > 1)
    names = [str(codes[index]) for index in kept]
    return Terms(sparse.csr_matrix(counts[:, kept]), tuple(names)).weighted(), names
