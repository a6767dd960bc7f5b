"""Which pairs are worth comparing: never all of them.

Four sources of candidates, each linear in the number of names: neighbours in the order of the joined letters (read from
the left and from the right), neighbours in the order of rarest words, names that share a rare word, and names whose rare
words are one or two slips apart (deletion neighbourhood).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from itertools import combinations

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from chizai.corpus.names import lexicon
from chizai.corpus.names.compare import Statistics, Unit

Pairs = np.ndarray
"""Two columns of unit indices, the smaller first, no repeats."""
Packed = np.ndarray
"""The same in one column: the smaller index in the upper 32 bits."""

WINDOW = 5
POSTING = 40
"""A word held by more names than this is not rare; its pairs come from the other sources."""
DEEP = 60_000
"""With more rare words than this, words two slips apart are met only as neighbours: their deletions would fill the memory."""
_CHUNK = 400_000


def candidates(units: list[Unit], members: list[int], stats: Statistics, *, least: float = 74.0) -> Pairs:
    """Pairs of ``members`` (indices into ``units``) whose letters are at least ``least`` per cent alike."""
    ordered = [
        (index, sorted(set(units[index].parsed.tokens), key=lambda token: (-stats.weight(token), token)))
        for index in members
    ]
    parts = [
        _neighbours([(units[index].parsed.letters, index) for index in members]),
        _neighbours([(units[index].parsed.concat[::-1], index) for index in members]),
        _neighbours([("".join(tokens), index) for index, tokens in ordered]),
        _sharing(ordered),
        _slips(ordered),
    ]
    packed = np.unique(np.concatenate(parts))
    del parts
    found = np.stack([packed >> 32, packed & 0xFFFFFFFF], axis=1)
    found = found[found[:, 0] != found[:, 1]]
    if not len(found):
        return found
    return _alike(found, [unit.parsed.concat for unit in units], least)


def _alike(pairs: Pairs, texts: list[str], least: float) -> Pairs:
    kept = []
    for start in range(0, len(pairs), _CHUNK):
        part = pairs[start : start + _CHUNK]
        left = [texts[index] for index in part[:, 0]]
        right = [texts[index] for index in part[:, 1]]
        kept.append(part[cpdist(left, right, scorer=fuzz.ratio, score_cutoff=least) >= least])
    return np.concatenate(kept)


def _neighbours(keyed: list[tuple[str, int]]) -> Packed:
    keyed.sort()
    order = np.array([index for _, index in keyed], dtype=np.int64)
    parts = [_pack(order[:-step], order[step:]) for step in range(1, min(WINDOW, len(order) - 1) + 1)]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)


def _pack(left: np.ndarray, right: np.ndarray) -> Packed:
    return np.minimum(left, right) << 32 | np.maximum(left, right)


def _sharing(ordered: list[tuple[int, list[str]]]) -> Packed:
    postings: dict[str, list[int]] = defaultdict(list)
    for index, tokens in ordered:
        for token in tokens[:2]:
            postings[token].append(index)
    out = array("q")
    for held in postings.values():
        if 1 < len(held) <= POSTING:
            out.extend(one << 32 | two if one < two else two << 32 | one for one, two in combinations(held, 2))
    return np.unique(np.frombuffer(out, dtype=np.int64)) if out else np.empty(0, dtype=np.int64)


def _slips(ordered: list[tuple[int, list[str]]]) -> Packed:
    postings: dict[str, list[int]] = defaultdict(list)
    for unit, tokens in ordered:
        for token in tokens[:3]:
            if len(token) >= 5 and token.isalpha():
                postings[token].append(unit)
    deep = len(postings) <= DEEP
    index: dict[str, list[str]] = defaultdict(list)
    for word in postings:
        for shorter in lexicon.deletions(word, 2 if deep and 8 <= len(word) <= 14 else 1):
            index[shorter].append(word)
    checked: set[tuple[str, str]] = set()
    out = array("q")
    for near in index.values():
        if not 1 < len(near) <= POSTING:
            continue
        for one, two in combinations(near, 2):
            if (one, two) in checked:
                continue
            checked.add((one, two))
            allowed = lexicon.allowed_edits(max(len(one), len(two)))
            if OSA.distance(one, two, score_cutoff=allowed) > allowed:
                continue
            first, second = sorted((postings[one], postings[two]), key=len)
            if len(first) <= POSTING and len(second) <= 10 * POSTING:
                out.extend(
                    left << 32 | right if left < right else right << 32 | left for left in first for right in second
                )
    return np.unique(np.frombuffer(out, dtype=np.int64)) if out else np.empty(0, dtype=np.int64)
