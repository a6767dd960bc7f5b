"""Novelty and impact of patents from their words: what is new, and whether others took it up.

Two families of measures, both with what was known at the time only:

* first appearances: words, bigrams and pairs of words that no earlier document has, counted after a baseline period,
  and how many later documents use them (Arts, Hou, Gomez 2021);
* similarity: a document unlike those before it (low backward similarity) and like those after it (high forward
  similarity) is important, q = FS / BS, with term weights from document frequencies before the earlier document of
  each pair (TF-BIDF; Kelly, Papanikolaou, Seru, Taddy 2021).

Sources: Arts, Hou, Gomez (2021), Research Policy 50, 104144; Kelly, Papanikolaou, Seru, Taddy (2021), AER: Insights 3,
303-320, and its replication kit for the breakthrough.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from chizai.landscape.statistics.estimate import Floats, divide

WORD = re.compile(r"[a-z][a-z0-9]+(?:-[a-z0-9]+)*|[ァ-ヶー]{2,}|[一-龠々]{2,}|[가-힣]{2,}")
"""Latin words of two letters or more, runs of katakana, of kanji (hanzi) and of hangul. Numbers are no words."""

_STOP_WORDS = """
a about above according after all also although among an and another any apparatus are as at based be because been
before being between both but by can comprise comprised comprises comprising configured corresponding could device
disclosed disclosure do does during each either embodiment embodiments example first further furthermore given had
has have having hence her herein hereinafter his how however if in include included includes including into
invention is it its least made makes making may means method more moreover most of on one ones only onto or other
others our over particular plurality portion preferably present provide provided provides providing relates
respectively said second should side since so some such system than that the their them then there thereby therefore
therein thereof these they third this those three through thus to together two under until up upon use used uses
using various via was we well were what when where whereby wherein whether which while who whose will with within
without would
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""English words without content, and those that patents use whatever they are about."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Documents as numbered words in their order: ``word[start[d] : start[d + 1]]`` are document d's."""

    start: NDArray[np.int64]
    word: NDArray[np.int32]
    words: tuple[str, ...]

    @property
    def documents(self) -> int:
        return len(self.start) - 1

    def document(self) -> NDArray[np.int64]:
        """The document of every token."""
        return np.repeat(np.arange(self.documents), np.diff(self.start))


def tokenise(texts: Iterable[str | None], *, stop_words: frozenset[str] = STOP_WORDS) -> Tokens:
    """Words of each text, lower case, without stop words; a missing text has none.

    >>> found = tokenise(["A rotor, and 3 rotors for an UAV.", None, "無人航空機のプロペラ"])
    >>> found.words, found.start.tolist()
    (('rotor', 'rotors', 'for', 'uav', '無人航空機', 'プロペラ'), [0, 4, 4, 6])
    """
    number: dict[str, int] = {}
    tokens, start = array("i"), array("q", [0])
    for text in texts:
        for word in WORD.findall(text.lower()) if text else ():
            if word not in stop_words:
                tokens.append(number.setdefault(word, len(number)))
        start.append(len(tokens))
    return Tokens(np.array(start, dtype=np.int64), np.array(tokens, dtype=np.int32), tuple(number))


# First appearances ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FirstUses:
    """Items (words, bigrams, pairs) by their first document. All arrays have shape [n_documents].

    ``new``: items that no earlier document has; ``reuse``: uses of those by later documents, summed over them (nan
    while the window after the document is open); ``known``: items of the document. All are nan for documents before the
    end of the baseline. Documents of the same date share their new items: each gets them all.
    """

    new: Floats
    reuse: Floats
    known: Floats


def new_words(
    tokens: Tokens, date: ArrayLike, *, baseline_end: float, window: float | None = None, cutoff: float | None = None
) -> FirstUses:
    """New words by document; see :func:`first_uses` for the other arguments.

    >>> found = new_words(tokenise(["rotor", "rotor gimbal", "gimbal rotor"]), [2000, 2001, 2002], baseline_end=2001)
    >>> found.new.tolist(), found.reuse.tolist()
    ([nan, 1.0, 0.0], [nan, 1.0, 0.0])
    """
    parts = [(tokens.document(), tokens.word.astype(np.int64))]
    return first_uses(
        parts, date, n_documents=tokens.documents, baseline_end=baseline_end, window=window, cutoff=cutoff
    )


def new_bigrams(
    tokens: Tokens, date: ArrayLike, *, baseline_end: float, window: float | None = None, cutoff: float | None = None
) -> FirstUses:
    """New pairs of words that follow each other (stop words are skipped) by document."""
    document = tokens.document()
    inside = document[1:] == document[:-1]
    item = tokens.word[:-1].astype(np.int64) * max(len(tokens.words), 1) + tokens.word[1:]
    parts = [(document[:-1][inside], item[inside])]
    return first_uses(
        parts, date, n_documents=tokens.documents, baseline_end=baseline_end, window=window, cutoff=cutoff
    )


def new_pairs(
    tokens: Tokens,
    date: ArrayLike,
    *,
    baseline_end: float,
    window: float | None = None,
    cutoff: float | None = None,
    rows_at_once: int = 4_000_000,
    longest: int = 400,
) -> FirstUses:
    """New combinations of two words of the same document, in whatever order and distance.

    A document of n different words has n (n - 1) / 2 pairs. They are made in portions by the first word of the pair,
    so that memory holds about ``rows_at_once`` of them. Of a document of more than ``longest`` different words, the
    first so many count.
    """
    parts = _pair_portions(tokens, rows_at_once=rows_at_once, longest=longest)
    return first_uses(
        parts, date, n_documents=tokens.documents, baseline_end=baseline_end, window=window, cutoff=cutoff
    )


def first_uses(
    parts: Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]],
    date: ArrayLike,
    *,
    n_documents: int,
    baseline_end: float,
    window: float | None = None,
    cutoff: float | None = None,
) -> FirstUses:
    """New items and their later use. An item must lie in one of the ``parts`` (document, item) only.

    date: shape [n_documents], years (or days), nan unknown: such documents are left out and nan.
    baseline_end: documents before it only teach what is known.
    window: reuse is counted in documents of dates up to first date + window; it is nan where that is after ``cutoff``
        (the last date of the documents when None). None: all later documents, whatever the time they had.
    """
    when = np.asarray(date, dtype=np.float64)
    if when.shape != (n_documents,):
        raise ValueError(f"date has shape {when.shape}, for {n_documents} documents")
    dated = ~np.isnan(when)
    end = float(when[dated].max()) if cutoff is None and dated.any() else cutoff
    new, reuse, known = np.zeros(n_documents), np.zeros(n_documents), np.zeros(n_documents)
    for document, item in parts:
        keep = dated[document]
        document, item = document[keep], item[keep]
        if not len(document):
            continue
        # By item, then date; a document uses an item once.
        order = np.lexsort((document, when[document], item))
        document, item = document[order], item[order]
        once = np.r_[True, (item[1:] != item[:-1]) | (document[1:] != document[:-1])]
        document, item = document[once], item[once]
        head = np.r_[True, item[1:] != item[:-1]]
        group = np.cumsum(head) - 1
        used_on = when[document]
        since = used_on - used_on[head][group]
        first = since == 0
        later = (since > 0) if window is None else (since > 0) & (since <= window)
        uses = np.bincount(group[later], minlength=int(group[-1]) + 1)
        known += np.bincount(document, minlength=n_documents)
        new += np.bincount(document[first], minlength=n_documents)
        reuse += np.bincount(document[first], weights=uses[group[first]], minlength=n_documents)
    counted = dated & (when >= baseline_end)
    open_window = np.zeros(n_documents, dtype=np.bool_)
    if window is not None and end is not None:
        open_window = when + window > end
    return FirstUses(
        np.where(counted, new, np.nan),
        np.where(counted & ~open_window, reuse, np.nan),
        np.where(counted, known, np.nan),
    )


def _pair_portions(
    tokens: Tokens, *, rows_at_once: int, longest: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    vocabulary = max(len(tokens.words), 1)
    cell = np.unique(tokens.document() * vocabulary + tokens.word)
    document, word = cell // vocabulary, cell % vocabulary
    size = np.bincount(document, minlength=tokens.documents)
    place = np.arange(len(cell)) - (np.cumsum(size) - size)[document]
    keep = place < longest
    document, word, place = document[keep], word[keep], place[keep]
    size = np.minimum(size, longest)
    # The words of a document ascend: the partners of each are those after it, so every pair comes once.
    partners = size[document] - 1 - place
    by_word = np.bincount(word, weights=partners, minlength=vocabulary)
    portion = (np.cumsum(by_word) // max(rows_at_once, 1)).astype(np.int64)
    order = np.argsort(portion[word], kind="stable")
    ends = np.searchsorted(portion[word][order], np.arange(int(portion[-1]) + 2))
    for begin, end in pairwise(ends.tolist()):
        rows = order[begin:end]
        count = partners[rows]
        if not count.sum():
            continue
        offset = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count) + 1
        other = word[np.repeat(rows, count) + offset]
        yield np.repeat(document[rows], count), np.repeat(word[rows], count) * vocabulary + other


# Similarity -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Similarity:
    """Sums of cosines to the documents of the years before and after, shape [n_documents].

    ``backward`` over the ``backward_years`` before the document's year, ``forward`` over the ``forward_years`` after it:
    nan where a year of the window lies outside what the documents cover or has no weights yet. ``backward_mean`` and
    ``forward_mean`` are per document compared. ``importance`` = forward / backward, nan where backward is 0.
    """

    backward: Floats
    forward: Floats
    backward_mean: Floats
    forward_mean: Floats
    importance: Floats


def similarity(
    tokens: Tokens,
    year: ArrayLike,
    *,
    backward_years: int = 5,
    forward_years: int = 5,
    minimum_prior: int = 100,
    last_year: int | None = None,
    threshold: float = 0.0,
    rows_at_once: int = 512,
) -> Similarity:
    """Backward and forward similarity and importance with TF-BIDF.

    The weight of word w in document i, compared with j, is tf_iw x ln(N_t / (1 + df_wt)), t the earlier of the two
    years, N_t and df_wt counted over the documents before year t (negative weights are 0); vectors have length 1. Since
    a sum of cosines is the cosine with a sum, windows without a ``threshold`` cost one pass over the words a year.

    year: shape [n_documents], whole years, nan unknown.
    minimum_prior: the weights of a year rest on at least so many earlier documents; years with fewer are not compared.
    last_year: the last year that the documents cover whole (their last year when None): forward windows end by it.
    threshold: cosines below it count 0 (0.05 in the paper, on full texts); above 0, pairs are made one by one in
        portions of ``rows_at_once`` documents, which takes time in the square of the documents.

    >>> texts = ["old wing"] * 3 + ["rotor drone", "old wing", "rotor drone", "rotor drone"]
    >>> found = similarity(tokenise(texts), [2000] * 3 + [2001, 2002, 2003, 2003], backward_years=1, forward_years=2,
    ...                    minimum_prior=3)
    >>> found.forward.round(3).tolist()
    [nan, nan, nan, 2.0, nan, nan, nan]
    """
    if backward_years < 1 or forward_years < 1:
        raise ValueError("a window is at least one year")
    when = np.asarray(year, dtype=np.float64)
    if when.shape != (tokens.documents,):
        raise ValueError(f"year has shape {when.shape}, for {tokens.documents} documents")
    n = tokens.documents
    backward, forward = np.zeros(n), np.zeros(n)
    compared_before, compared_after = np.zeros(n), np.zeros(n)
    # Copied: summing duplicates rewrites the arrays in place, and those are the caller's.
    shape = (n, max(len(tokens.words), 1))
    counts = sparse.csr_matrix((np.ones(len(tokens.word)), tokens.word, tokens.start), shape=shape, copy=True)
    counts.sum_duplicates()
    dated = ~np.isnan(when)
    if not dated.any():
        nothing = np.full(n, np.nan)
        return Similarity(nothing, nothing.copy(), nothing.copy(), nothing.copy(), nothing.copy())
    first, last = int(when[dated].min()), int(when[dated].max())
    covered = last if last_year is None else min(last_year, last)
    rows = {y: np.nonzero(when == y)[0] for y in range(first, last + 1)}
    presence = counts.copy()
    presence.data = np.ones_like(presence.data)
    prior, frequency = 0, np.zeros(counts.shape[1])
    weighted: set[int] = set()
    reach = max(backward_years, forward_years)
    for earlier in range(first, last + 1):
        if prior >= minimum_prior:
            weighted.add(earlier)
            weight = np.maximum(np.log(prior / (1 + frequency)), 0.0)
            here = _unit_rows(counts[rows[earlier]], weight)
            total = np.asarray(here.sum(axis=0)).ravel()
            for later in range(earlier + 1, min(earlier + reach, last) + 1):
                there = _unit_rows(counts[rows[later]], weight)
                if threshold > 0:
                    ahead, back = _thresholded(here, there, threshold=threshold, rows_at_once=rows_at_once)
                else:
                    ahead, back = here @ np.asarray(there.sum(axis=0)).ravel(), there @ total
                if later - earlier <= forward_years:
                    forward[rows[earlier]] += ahead
                    compared_after[rows[earlier]] += len(rows[later])
                if later - earlier <= backward_years:
                    backward[rows[later]] += back
                    compared_before[rows[later]] += len(rows[earlier])
        prior += len(rows[earlier])
        frequency += np.asarray(presence[rows[earlier]].sum(axis=0)).ravel()
    whole_before = [y for y in rows if all(y - back in weighted for back in range(1, backward_years + 1))]
    whole_after = [y for y in rows if y in weighted and y + forward_years <= covered]
    empty = np.diff(counts.indptr) == 0
    backward[empty | ~np.isin(when, whole_before)] = np.nan
    forward[empty | ~np.isin(when, whole_after)] = np.nan
    return Similarity(
        backward,
        forward,
        divide(backward, compared_before),
        divide(forward, compared_after),
        divide(forward, backward),
    )


def _unit_rows(counts: sparse.csr_matrix, weight: Floats) -> sparse.csr_matrix:
    """Rows times weights, of length 1 (rows without a weighted word stay 0)."""
    rows = counts.multiply(weight[None, :]).tocsr()
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    rows.data *= np.repeat(np.nan_to_num(divide(1.0, length)), np.diff(rows.indptr))
    return rows


def _thresholded(
    here: sparse.csr_matrix, there: sparse.csr_matrix, *, threshold: float, rows_at_once: int
) -> tuple[Floats, Floats]:
    """Row and column sums of the cosines of at least ``threshold``, without ever holding all of them."""
    ahead, back = np.zeros(here.shape[0]), np.zeros(there.shape[0])
    columns = there.T.tocsr()
    for start in range(0, here.shape[0], rows_at_once):
        block = (here[start : start + rows_at_once] @ columns).tocsr()
        block.data[block.data < threshold] = 0.0
        ahead[start : start + rows_at_once] = np.asarray(block.sum(axis=1)).ravel()
        back += np.asarray(block.sum(axis=0)).ravel()
    return ahead, back


@dataclass(frozen=True, slots=True)
class Breakthroughs:
    """``residual``: ln q less the mean of its year; ``percentile`` of it among all (0 to 1); ``flag`` 1, 0 or nan."""

    residual: Floats
    percentile: Floats
    flag: Floats


def text_breakthroughs(importance: ArrayLike, year: ArrayLike, *, share: float = 0.05) -> Breakthroughs:
    """The most important ``share`` of documents once year effects are out (0.05, 0.10 and 0.20 in the paper).

    importance: shape [n], FS / BS with both windows complete; nan and 0 have no logarithm and stay nan. The residual is
    that of a regression of ln q on years; the threshold is a percentile of all residuals.

    >>> found = text_breakthroughs([1.0, 1.0, 4.0, float("nan")], [2000] * 4, share=0.34)
    >>> found.flag.tolist()
    [0.0, 0.0, 1.0, nan]
    """
    if not 0 < share < 1:
        raise ValueError("share lies between 0 and 1, as 0.05")
    value = np.asarray(importance, dtype=np.float64)
    usable = (value > 0) & np.isfinite(value)
    residual = np.full(len(value), np.nan)
    percentile, flag = residual.copy(), residual.copy()
    if not usable.any():
        return Breakthroughs(residual, percentile, flag)
    logs = np.log(value[usable])
    _years, row = np.unique(np.asarray(year, dtype=np.float64)[usable], return_inverse=True)
    row = row.ravel()
    left = logs - (np.bincount(row, weights=logs) / np.bincount(row))[row]
    residual[usable] = left
    ordered = np.sort(left)
    below, upto = np.searchsorted(ordered, left, side="left"), np.searchsorted(ordered, left, side="right")
    percentile[usable] = (below + upto) / 2 / len(left)
    flag[usable] = left >= np.quantile(left, 1 - share)
    return Breakthroughs(residual, percentile, flag)
