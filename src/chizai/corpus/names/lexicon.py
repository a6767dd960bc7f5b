"""The word lists of organisation names, and the background: how common a word is in names and in patent English."""

from __future__ import annotations

import gzip
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rapidfuzz.distance import OSA


def _data(name: str) -> bytes:
    return (files(__package__) / "data" / name).read_bytes()


@cache
def words() -> dict[str, Any]:
    """``data/words.toml``."""
    return tomllib.loads(_data("words.toml").decode("utf-8"))


@cache
def places() -> dict[str, Any]:
    """``data/places.toml``."""
    return tomllib.loads(_data("places.toml").decode("utf-8"))


@dataclass(frozen=True, slots=True)
class Background:
    """Frequencies from public collections, so that a small collection is not judged by itself alone.

    ``names``: word -> number of distinct organisation names that hold it (of ``total``). ``english``: words of patent
    abstracts, ``proper``: words of registered names; a word there is a word, not a slip of the pen. ``given``: given names
    of persons.
    """

    names: dict[str, int]
    total: int
    english: frozenset[str]
    proper: frozenset[str]
    given: frozenset[str]

    def known(self, word: str) -> bool:
        return word in self.english or word in self.proper or self.names.get(word, 0) >= 3


@cache
def background() -> Background:
    """Built by :mod:`chizai.corpus.names.build`."""
    names: dict[str, int] = {}
    english: set[str] = set()
    proper: set[str] = set()
    given: set[str] = set()
    total = 0
    for line in gzip.decompress(_data("background.tsv.gz")).decode("ascii").splitlines():
        word, kind, count = line.split("\t")
        if kind == "n":
            names[word] = int(count)
        elif kind == "e":
            english.add(word)
        elif kind == "p":
            proper.add(word)
        elif kind == "g":
            given.add(word)
        else:
            total = int(count)
    return Background(
        names=names, total=total, english=frozenset(english), proper=frozenset(proper), given=frozenset(given)
    )


@cache
def canonical() -> dict[str, str]:
    """Spelling or abbreviation -> canonical word."""
    found: dict[str, str] = {}
    for word, spellings in words()["alike"].items():
        found[word] = word
        for spelling in spellings:
            found[spelling] = word
    return found


@cache
def dropped() -> frozenset[str]:
    return frozenset(words()["drop"]["words"])


@cache
def organisation_words() -> frozenset[str]:
    return frozenset(words()["organisation"]["words"])


@cache
def body_words() -> frozenset[str]:
    """Words that tell what kind of body it is (Foundation, Hospital, Holdings)."""
    return frozenset(words()["body"]["words"])


@cache
def place_words() -> frozenset[str]:
    found = places()
    return frozenset(found["countries"]) | frozenset(found["cities"]) | frozenset(found["states"])


@cache
def targets() -> frozenset[str]:
    """Words that a misspelt word may be corrected to without looking at the rest of the name."""
    bg = background()
    fixed = {word for word in words()["alike"] if len(word) >= 6}
    fixed |= {spelling for row in words()["alike"].values() for spelling in row if len(spelling) >= 7}
    fixed |= set(words()["phrase"]["words"]) | set(words()["legal"]["long"])
    fixed |= {word for word in place_words() if len(word) >= 7}
    return frozenset(fixed | {word for word, count in bg.names.items() if count >= 12 and len(word) >= 6})


def deletions(word: str, depth: int) -> set[str]:
    """The word with up to ``depth`` letters left out (1 or 2), itself included."""
    found = {word}
    ring = {word}
    for _ in range(depth):
        ring = {item[:at] + item[at + 1 :] for item in ring for at in range(len(item))}
        found |= ring
    return found


def allowed_edits(length: int) -> int:
    """How many slips a word of this length may have and still be recognised.

    >>> [allowed_edits(length) for length in (4, 5, 8, 13)]
    [0, 1, 2, 3]
    """
    return 0 if length <= 4 else 1 if length <= 7 else 2 if length <= 12 else 3


@cache
def _neighbourhood() -> dict[str, list[str]]:
    index: dict[str, list[str]] = defaultdict(list)
    for word in sorted(targets()):
        for shorter in deletions(word, min(2, allowed_edits(len(word)))):
            index[shorter].append(word)
    return dict(index)


_CORRECTED: dict[str, str] = {}


def correct(word: str) -> str:
    """The common word that a misspelt one stands for, or the word itself.

    Words that occur in the background are left alone, so that no real name is 'corrected'.

    >>> correct("COPRORATION"), correct("TECHNLOGY"), correct("EMCORE")
    ('CORPORATION', 'TECHNOLOGY', 'EMCORE')
    """
    found = _CORRECTED.get(word)
    if found is None:
        found = _CORRECTED[word] = _correct(word)
        if len(_CORRECTED) > 2_000_000:  # bounded memory on endless input
            _CORRECTED.clear()
    return found


def _correct(word: str) -> str:
    length = len(word)
    if length >= 6 and word not in background().english:
        for legal in words()["legal"]["long"]:
            if OSA.distance(word, legal, score_cutoff=2) <= (2 if length >= 9 else 1) and word not in canonical():
                return str(legal)
    if length < 6 or length > 30 or not word.isalpha() or word in targets() or background().known(word):
        return word
    if word in canonical():
        return word
    depth = 2 if length >= 10 else 1
    candidates: set[str] = set()
    index = _neighbourhood()
    for shorter in deletions(word, depth):
        candidates.update(index.get(shorter, ()))
    best: list[tuple[int, int, str]] = []
    names = background().names
    for candidate in candidates:
        distance = OSA.distance(word, candidate, score_cutoff=depth)
        swapped = word[:2] == candidate[1::-1]
        if distance <= depth and (candidate[0] == word[0] or (swapped and distance == 1)):
            best.append((distance, -names.get(candidate, 0), candidate))
    return min(best)[2] if best else word
