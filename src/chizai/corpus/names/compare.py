"""How alike two names are: a score in [0, 1] with its reason, or None where something keeps them apart.

The score is a scale of evidence, set by hand on labelled pairs (``tests/data/names_pairs.csv``), not a probability.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from chizai.corpus.names import lexicon
from chizai.corpus.names.normal import Parsed

GENERIC = 4.5
"""Words lighter than this (natural logarithm of rarity) say what a body does, not who it is."""

_CONFUSED = ({"I", "L", "1"}, {"O", "0", "Q"}, {"S", "5"}, {"B", "8"}, {"U", "V"}, {"K", "C"}, {"Y", "I"}, {"Z", "S"})
_OPPOSED = [
    pair
    for one, two in (("MICRO", "MACRO"), ("INTER", "INTRA"), ("HYPER", "HYPO"), ("NANO", "NONA"), ("MONO", "MANO"))
    for pair in ((one, two), (two, one))
]


@dataclass(slots=True)
class Unit:
    """All spellings with one key."""

    parsed: Parsed
    rows: list[int] = field(default_factory=list)
    mentions: int = 0
    countries: frozenset[str] = frozenset()
    isolated: str | None = None
    """Set where the user asked to keep it apart; names with the same mark stay together."""


@dataclass(frozen=True, slots=True)
class Match:
    score: float
    code: str
    detail: str


class Statistics:
    """How rare each word is, in the collection and in the shipped background together."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.frequency: Counter[str] = Counter()
        count = 0
        for unit in units:
            count += 1
            self.frequency.update(set(unit.parsed.tokens))
        self._background = lexicon.background()
        self._total = self._background.total + count
        self._weights: dict[str, float] = {}
        self._known: dict[str, bool] = {}

    def weight(self, token: str) -> float:
        """Natural logarithm of (names) / (names that hold the word), never below 0."""
        found = self._weights.get(token)
        if found is None:
            held = self._background.names.get(token, 0) + self.frequency.get(token, 0)
            found = self._weights[token] = max(0.0, math.log(self._total / (held + 1)))
        return found

    def known(self, token: str) -> bool:
        found = self._known.get(token)
        if found is None:
            found = self._known[token] = self._background.known(token)
        return found


def typo(left: str, right: str, stats: Statistics, *, strong: bool = False) -> tuple[int, float] | None:
    """Edits between two words and how telling the slip is, or None where they are different words.

    ``strong``: the rest of the two names is the same and rare, so that a slip in a word of four letters counts too.
    """
    length = max(len(left), len(right))
    allowed = lexicon.allowed_edits(length)
    if strong and length == 4 and stats.known(left) != stats.known(right):
        allowed = 1
    if not allowed or abs(len(left) - len(right)) > allowed or not (left.isalpha() and right.isalpha()):
        return None
    if left.startswith("UNIVERSITY") and right.startswith("UNIVERSITY"):
        return None
    edits = int(OSA.distance(left, right, score_cutoff=allowed))
    if edits > allowed:
        return None
    plural = left + "S" == right or right + "S" == left
    if left in lexicon.place_words() and right in lexicon.place_words():
        return None
    if any(left.startswith(one) and right.startswith(two) for one, two in _OPPOSED):
        return None
    short, long = sorted((left, right), key=len)
    if long[:-1] == short and long[-1] != long[-2] and not plural and stats.known(short):
        return None  # a word with a letter put behind it is a coined name: BANDWIDTHX
    if stats.known(left) and stats.known(right) and not plural:
        return None
    if min(stats.frequency.get(left, 0), stats.frequency.get(right, 0)) >= 4:
        return None  # both are established in this collection
    score = 0.95 if length >= 8 else 0.90
    score -= 0.05 * (edits - 1)
    if left[0] != right[0] and not any({left[0], right[0]} <= pair for pair in _CONFUSED):
        score -= 0.12
    return edits, score


def _ordinary_slip(left: str, right: str) -> bool:
    """A doubled or halved letter, two letters swapped, a vowel left out: slips that people make."""
    if len(left) == len(right):
        differing = [at for at in range(len(left)) if left[at] != right[at]]
        return len(differing) == 2 and differing[1] == differing[0] + 1 and left[differing[0]] == right[differing[1]]
    short, long = sorted((left, right), key=len)
    if len(long) - len(short) != 1:
        return False
    at = next((at for at in range(len(short)) if short[at] != long[at]), len(short))
    return long[at] in (long[at - 1 : at] + long[at + 1 : at + 2]) and at > 0


def _joined(left: list[str], right: list[str]) -> bool:
    """Take out of both lists what is one word here and two there. True where something was found."""
    for one, two in ((left, right), (right, left)):
        for at in range(len(two) - 1):
            both = two[at] + two[at + 1]
            if both in one:
                one.remove(both)
                del two[at : at + 2]
                return True
    return False


def compare(left: Unit, right: Unit, stats: Statistics) -> Match | None:
    """Evidence that two units are one body."""
    first, second = left.parsed, right.parsed
    if first.kind != "organisation" or second.kind != "organisation" or first.cjk or second.cjk:
        return None
    if left.isolated != right.isolated:
        return None
    if first.concat == second.concat or (first.letters == second.letters and len(first.letters) >= 5):
        return Match(0.97, "spacing", f"{first.key} = {second.key}")
    if first.numbers != second.numbers:
        return None
    if len(first.tokens) > 1 and sorted(first.tokens) == sorted(second.tokens):
        return Match(0.93, "word-order", f"{first.key} = {second.key}")
    shared: list[str] = []
    rest_left: list[str] = []
    rest_right = list(second.tokens)
    for token in first.tokens:
        if token in rest_right:
            rest_right.remove(token)
            shared.append(token)
        else:
            rest_left.append(token)
    context = sum(stats.weight(token) for token in shared)
    score, notes = 0.97, []
    while _joined(rest_left, rest_right):
        score -= 0.02
        notes.append("spacing")
    found = _typos(rest_left, rest_right, stats, strong=context >= 6.0 and len(shared) >= 2)
    slips = 0
    for one, two, edits, quality in found:
        rest_left.remove(one)
        rest_right.remove(two)
        slips += edits
        score = min(score, quality) - (0.02 if notes else 0.0)
        notes.append(f"{one}~{two}")
    if found:
        bare = context < 5.0 and len(shared) < 2
        longest = max(max(len(one), len(two)) for one, two, _, _ in found)
        if bare:
            ordinary = slips == 1 and all(_ordinary_slip(one, two) for one, two, _, _ in found)
            penalty = {8: 0.16, 7: 0.22, 6: 0.28}.get(longest, 0.10 if longest >= 9 else 0.34)
            score -= penalty - (0.09 if shared and longest < 9 else 0.0)
            score += 0.07 if ordinary else 0.03 if slips == 1 and len(found[0][0]) != len(found[0][1]) else 0.0
            if longest < 10 and any(one[0] != two[0] for one, two, _, _ in found):
                score -= 0.10
            score -= 0.16 if slips >= 2 and longest < 11 else 0.0
            score -= 0.10 if longest <= 6 and not ordinary and not shared else 0.0  # CANON and CANYON
    for one, two in _abbreviations(rest_left, rest_right, stats):
        rest_left.remove(one)
        rest_right.remove(two)
        score = min(score, 0.90 if context >= 5.0 else 0.74) - (0.03 if notes else 0.0)
        notes.append(f"{one}<{two}" if len(one) < len(two) else f"{two}<{one}")
    if rest_left and rest_right:
        return _whole(first, second, stats)
    rest = rest_left or rest_right
    if rest:
        cut = _cut_off(first, second)
        if cut is not None:
            return cut
        lost = sum(stats.weight(token) for token in rest)
        if (
            len(rest) > 1
            or any(token in lexicon.body_words() or token in lexicon.place_words() for token in rest)
            or lost > 6.5
            or lost > 0.45 * context
            or len(shared) < 2
            or any(token in lexicon.body_words() for token in shared)
        ):
            return None
        slight = lost <= GENERIC and lost <= 0.16 * context
        longer = first.tokens if rest_left else second.tokens
        if not slight and rest[0] in (longer[0], longer[-1]):
            return None
        score = min(score, 0.80 if slight else 0.64) - (0.04 if notes else 0.0)
        notes.append(f"-{rest[0]}")
    if not notes:
        return None
    score += _frequency_hint(left, right) if found else 0.0
    score += _country_hint(left, right)
    code = (
        "typo"
        if found
        else "abbreviation"
        if any("<" in note for note in notes)
        else "missing-word"
        if rest
        else "spacing"
    )
    return Match(min(score, 0.96), code, ", ".join(notes))


def _typos(left: list[str], right: list[str], stats: Statistics, *, strong: bool) -> list[tuple[str, str, int, float]]:
    pairs = []
    for one in left:
        for two in right:
            found = typo(one, two, stats, strong=strong)
            if found is not None:
                pairs.append((found[0], -found[1], one, two))
    chosen: list[tuple[str, str, int, float]] = []
    if not pairs:
        return chosen
    used_left, used_right = Counter(left), Counter(right)
    for edits, negative, one, two in sorted(pairs):
        if used_left[one] and used_right[two]:
            used_left[one] -= 1
            used_right[two] -= 1
            chosen.append((one, two, edits, -negative))
    return chosen


def _abbreviations(left: list[str], right: list[str], stats: Statistics) -> list[tuple[str, str]]:
    """A word and the beginning of it: ELECTR and ELECTRONIC."""
    found = []
    used: set[int] = set()
    english = lexicon.background().english
    for one in left:
        for at, two in enumerate(right):
            short, long = sorted((one, two), key=len)
            if at in used or len(short) < 3 or not long.startswith(short) or not long.isalpha():
                continue
            if stats.weight(long) > 7.5 and len(short) < 5:
                continue
            if len(long) - len(short) < 2 or (stats.known(short) and len(short) >= 5):
                continue
            if len(short) == 4 and short in english:
                continue  # Gene Tools is not General Tool
            used.add(at)
            found.append((one, two))
            break
    return found


def _cut_off(first: Parsed, second: Parsed) -> Match | None:
    """A field that ended before the name did."""
    short, long = sorted((first, second), key=lambda parsed: len(parsed.concat))
    cut = len(short.tokens) <= len(long.tokens) and short.tokens[-1] != long.tokens[len(short.tokens) - 1]
    if (
        cut
        and len(short.raw) >= 38
        and len(short.concat) >= 24
        and long.concat.startswith(short.concat)
        and not short.legal
    ):
        return Match(0.86, "cut-off", f"{short.key}...")
    return None


def _whole(first: Parsed, second: Parsed, stats: Statistics) -> Match | None:
    """Slips that cross the borders of words."""
    cut = _cut_off(first, second)
    if cut is not None:
        return cut
    one, two = first.concat, second.concat
    length = min(len(one), len(two))
    if length < 12 or first.places != second.places or _university(first) != _university(second):
        return None
    allowed = 1 if length < 14 else 2 if length < 22 else 3
    edits = int(OSA.distance(one, two, score_cutoff=allowed))
    if edits > allowed:
        return None
    if len(first.tokens) == len(second.tokens):
        return None  # word by word they were found to differ
    return Match(0.88 - 0.04 * (edits - 1), "typo", f"{first.key}~{second.key}")


def _university(parsed: Parsed) -> str | None:
    return next((token for token in parsed.tokens if token.startswith("UNIVERSITY")), None)


def _frequency_hint(left: Unit, right: Unit) -> float:
    """A rare spelling beside a frequent one is a slip; two frequent ones are two names."""
    few, many = sorted((left.mentions, right.mentions))
    if many == len(left.rows) or many == len(right.rows):  # no mentions given: spellings count instead
        spellings = sorted((len(left.rows), len(right.rows)))
        return 0.05 if spellings[0] == 1 and spellings[1] >= 4 else 0.0
    if many >= 20 * max(few, 1) and few <= 3:
        return 0.08
    if few >= 20:
        return -0.15
    return 0.0


def _country_hint(left: Unit, right: Unit) -> float:
    if not left.countries or not right.countries:
        return 0.0
    return 0.02 if left.countries & right.countries else -0.10
