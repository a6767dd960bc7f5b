"""What became of each statement in another document: a proposal, for a person to confirm.

Method (``docs/plan/lineage.md``). Pairs of the same kind get a score in 0..1 from shared word parts (character 2- and
3-grams, TF-IDF), containment, shared named things (laws, programmes, councils, acronyms; weighted by rarity), the same
item and chapter. A one-to-one assignment of greatest total score comes first; then a statement may take a second partner
where that explains more of it (split, merge) or where it is printed twice. Pairs at or above ``accept`` are linked; all
else is left to the review, with the three best candidates. No pair is called dropped or new by the machine alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from chizai.plan.changes import Change, changes
from chizai.plan.facts import expanded, named_things
from chizai.plan.likeness import Likeness
from chizai.plan.model import Item, PlanDocument, Statement
from chizai.plan.text import normal

Level = Literal["item", "aim", "state", "kpi", "measure", "direction"]
Status = Literal["carried", "revised", "new", "dropped"]
"""継続, 変更, 新規, 記載なし. ``dropped`` means: not restated in this document."""

LEVELS: tuple[Level, ...] = ("kpi", "aim", "state", "measure", "direction")

ACCEPT: dict[Level, float] = {"kpi": 0.5, "aim": 0.43, "state": 0.5, "measure": 0.43, "direction": 0.5}
"""Least score of an automatic link by level; set on tests/data/plan_alignment.csv for a precision of 0.97 and more."""
SUGGEST = 3
NAMED_HALF = 6.0
"""Shared rarity (natural log units) at which named things count half of what they can."""
NAMED_MOST = 0.5
TEXT_COSINE = 0.6
SAME_ITEM = 0.06
SAME_CHAPTER = 0.03
CONTEXT = 3.0
"""How much more item and chapter count in the order of the suggestions than in the score: all 40 hand-made links of
aims, states and KPIs stay in their item. Set on aims and states, not on the measures that it is measured on."""
SHORTEST = 25
"""Characters (normal form). A shorter fragment says too little to be linked without a person, unless it is the same."""
GAIN = 0.12
"""A second partner must explain this much more of the statement (weighted share of its word parts)."""
ELSEWHERE = 0.3
"""Least score at which a statement of another kind is shown as a hint (a measure that became a state: done)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible partner."""

    id: str
    text: str
    score: float

    def as_dict(self) -> dict[str, object]:
        return {"id": self.id, "text": self.text, "score": round(self.score, 4)}


@dataclass(frozen=True, slots=True)
class Link:
    """One record of the lineage: n source statements and m target statements.

    ``automatic``: linked by the machine at or above the accept threshold. A record without partner is a question to the
    reviewer (``reviewed`` False), never a verdict.
    """

    level: Level
    source: tuple[str, ...]
    target: tuple[str, ...]
    source_text: tuple[str, ...]
    target_text: tuple[str, ...]
    status: Status
    score: float
    change: tuple[Change, ...] = ()
    suggestions: tuple[Candidate, ...] = ()
    elsewhere: tuple[Candidate, ...] = ()
    automatic: bool = False
    reviewed: bool = False
    reviewer: str | None = None
    reviewed_on: str | None = None

    @property
    def publishable(self) -> bool:
        """A link may be shown as the machine's proposal; that something was dropped or is new needs a person's yes."""
        return self.reviewed or bool(self.source and self.target)

    @property
    def key(self) -> str:
        """A permanent name of the record: the ids of both sides."""
        return "+".join(self.source) + ">" + "+".join(self.target)

    def as_dict(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "source": list(self.source),
            "target": list(self.target),
            "source_text": list(self.source_text),
            "target_text": list(self.target_text),
            "status": self.status,
            "change": [change.as_dict() for change in self.change],
            "score": round(self.score, 4),
            "automatic": self.automatic,
            "reviewed": self.reviewed,
            "reviewer": self.reviewer,
            "reviewed_on": self.reviewed_on,
            "publishable": self.publishable,
            "suggestions": [{"rank": rank, **found.as_dict()} for rank, found in enumerate(self.suggestions, start=1)],
            "elsewhere": [found.as_dict() for found in self.elsewhere],
        }


@dataclass(frozen=True, slots=True)
class Lineage:
    """All records between two documents, with the method and its threshold."""

    source: PlanDocument
    target: PlanDocument
    links: tuple[Link, ...]
    accept: dict[Level, float]
    method: str = "ngram-named-things/2"

    def of_level(self, level: Level) -> list[Link]:
        return [link for link in self.links if link.level == level]

    def counts(self) -> dict[str, dict[str, int]]:
        """Records by level and status."""
        found: dict[str, dict[str, int]] = {}
        for link in self.links:
            level = found.setdefault(link.level, {"carried": 0, "revised": 0, "new": 0, "dropped": 0})
            level[link.status] += 1
        return found

    def as_dict(self) -> dict[str, Any]:
        return {
            "source": {"document": self.source.document.id, "state": self.source.document.state},
            "target": {"document": self.target.document.id, "state": self.target.document.state},
            "method": self.method,
            "accept": self.accept,
            "counts": self.counts(),
            "records": [link.as_dict() for link in self.links],
        }


def align(source: PlanDocument, target: PlanDocument, *, accept: float | None = None) -> Lineage:
    """The lineage proposal from ``source`` to ``target``. ``accept`` (0..1) replaces the thresholds of all levels.

    Every item and every statement of the levels kpi, aim, state, measure and direction stands in exactly one record as
    source or target, or in several where one became many. The same documents give the same records.
    """
    pairing = _Pairing(source, target)
    links = _items(source.items, target.items)
    thresholds = ACCEPT if accept is None else dict.fromkeys(LEVELS, accept)
    for level in LEVELS:
        links.extend(_level(pairing, level, accept=thresholds[level]))
    return Lineage(source, target, tuple(links), dict(thresholds))


# Scores ------------------------------------------------------------------------------------------------------------


class _Pairing:
    """Scores of all pairs, with the rarity of word parts and named things in both documents."""

    def __init__(self, source: PlanDocument, target: PlanDocument) -> None:
        left, right = source.statements, target.statements
        both = [*left, *right]
        self.source, self.target = source, target
        self.likeness = Likeness([statement.text for statement in both])
        left_texts, right_texts = [found.text for found in left], [found.text for found in right]
        inside = np.maximum(
            self.likeness.containments(left_texts, right_texts), self.likeness.containments(right_texts, left_texts).T
        )
        prose = TEXT_COSINE * self.likeness.cosines(left_texts, right_texts) + (1 - TEXT_COSINE) * inside
        shared = _shared_rarity(left, right)
        named = NAMED_MOST * shared / (shared + NAMED_HALF)
        prior = _prior(left, right, _item_partners(source, target))
        plain = 1 - (1 - prose) * (1 - named)
        self.scores = np.minimum(plain + prior, 0.999)
        self.ranking = plain + CONTEXT * prior
        """The order of the suggestions: the score with more weight on the place."""
        for row, a in enumerate(left):
            for column, b in enumerate(right):
                if _same_concept(a, b):
                    self.scores[row, column] = 1.0
                    self.ranking[row, column] = 2.0 + prior[row, column]
                elif a.kpi is not None and b.kpi is not None:
                    # Two KPIs of the inventory with different numbers are different however alike the words.
                    self.scores[row, column] = self.ranking[row, column] = 0.0
        self._left = {found.id: at for at, found in enumerate(left)}
        self._right = {found.id: at for at, found in enumerate(right)}

    def best(
        self, statements: Sequence[Statement], others: Sequence[Statement], *, forward: bool
    ) -> tuple[Candidate, ...]:
        """The three best partners of a record's statements among ``others``; ``forward`` when they are targets.

        Others of another kind fill what is left: a plan may print its KPIs inside aims.
        """
        mine, theirs = (self._left, self._right) if forward else (self._right, self._left)
        ranking, scores = (self.ranking, self.scores) if forward else (self.ranking.T, self.scores.T)
        rows = [mine[found.id] for found in statements]
        listed = []
        for other in others:
            column = theirs[other.id]
            same = any(found.kind == other.kind for found in statements)
            listed.append((not same, -float(ranking[rows, column].max()), column, other))
        chosen = sorted(listed, key=lambda one: one[:3])[:SUGGEST]
        return tuple(
            Candidate(other.id, other.text, float(scores[rows, column].max())) for _, _, column, other in chosen
        )

    def between(self, rows: Sequence[Statement], columns: Sequence[Statement]) -> np.ndarray:
        """The scores of these source and target statements, shape (rows, columns)."""
        return self.scores[np.ix_([found.order - 1 for found in rows], [found.order - 1 for found in columns])]


def _shared_rarity(left: Sequence[Statement], right: Sequence[Statement]) -> np.ndarray:
    """The summed rarity, ln((1 + n) / (1 + df)), of the named things that two statements share."""
    ours, theirs = [named_things(found.text) for found in left], [named_things(found.text) for found in right]
    df = Counter(name for names in (*ours, *theirs) for name in names)
    count = len(left) + len(right)
    rarity = {name: math.log((1 + count) / (1 + found)) for name, found in df.items()}
    return np.array([[sum(rarity[name] for name in a & b) for b in theirs] for a in ours]).reshape(
        len(left), len(right)
    )


def _prior(left: Sequence[Statement], right: Sequence[Statement], partner: Mapping[str, str]) -> np.ndarray:
    """What place alone says: the same chapter, and the item that became the other's (``partner``: source to target)."""
    return np.array(
        [
            [SAME_CHAPTER * (a.item[0] == b.item[0]) + SAME_ITEM * (partner.get(a.item) == b.item) for b in right]
            for a in left
        ]
    ).reshape(len(left), len(right))


def _item_partners(source: PlanDocument, target: PlanDocument) -> dict[str, str]:
    """Source item -> the target item that continues it; items without one keep their number where it is free."""
    partner = {
        link.source[0]: link.target[0] for link in _items(source.items, target.items) if link.source and link.target
    }
    free = {found.item for found in target.statements} - set(partner.values())
    for number in sorted({found.item for found in source.statements} - set(partner)):
        if number in free:
            partner[number] = number
    return partner


def _same_concept(left: Statement, right: Statement) -> bool:
    """The same words, or the same number in the inventory of KPIs."""
    if left.kpi is not None and right.kpi is not None:
        return left.kpi == right.kpi
    return _same(left.text, right.text)


@lru_cache(maxsize=8192)
def _key(text: str) -> str:
    return normal(expanded(text))


def _same(left: str, right: str) -> bool:
    return _key(left) == _key(right)


# Items -------------------------------------------------------------------------------------------------------------


def _items(source: Sequence[Item], target: Sequence[Item]) -> list[Link]:
    """Items by concept, then by title. Chapters are headings and have no record."""
    left = [item for item in source if item.parent is not None]
    right = [item for item in target if item.parent is not None]
    titles = Likeness([item.title.ja for item in (*left, *right)]).cosines(
        [item.title.ja for item in left], [item.title.ja for item in right]
    )
    found: list[Link] = []
    taken: set[str] = set()
    for row, item in enumerate(left):
        free = [(column, other) for column, other in enumerate(right) if other.number not in taken]
        scored = sorted(
            ((_item_score(item, other, float(titles[row, column])), other) for column, other in free),
            key=lambda pair: -pair[0],
        )
        if scored and scored[0][0] >= 0.5:
            score, other = scored[0]
            taken.add(other.number)
            same = _same(item.title.ja, other.title.ja)
            found.append(_item_link(item, other, score, "carried" if same else "revised"))
        else:
            found.append(_item_link(item, None, 0.0, "dropped"))
    found.extend(_item_link(None, item, 0.0, "new") for item in right if item.number not in taken)
    return found


def _item_score(left: Item, right: Item, titles: float) -> float:
    if left.concept is not None and right.concept is not None:
        return 1.0 if left.concept == right.concept else 0.0
    return titles


def _item_link(left: Item | None, right: Item | None, score: float, status: Status) -> Link:
    return Link(
        level="item",
        source=(left.number,) if left else (),
        target=(right.number,) if right else (),
        source_text=(left.title.ja,) if left else (),
        target_text=(right.title.ja,) if right else (),
        status=status,
        score=score,
        change=(Change("wording"),) if status == "revised" else (),
        automatic=left is not None and right is not None,
    )


# Statements --------------------------------------------------------------------------------------------------------


def _level(pairing: _Pairing, level: Level, *, accept: float) -> list[Link]:
    left = [found for found in pairing.source.statements if found.kind == level]
    right = [found for found in pairing.target.statements if found.kind == level]
    scores = pairing.between(left, right)
    pairs = _assigned(scores, left, right, accept=accept)
    pairs |= _second_partners(pairing, scores, left, right, pairs, accept=accept)
    pairs |= _printed_twice(left, right, pairs)
    links = [
        _linked(pairing, level, left, right, scores, rows, columns) for rows, columns in _components(pairs, len(left))
    ]
    with_partner = {row for row, _ in pairs}
    for row, statement in enumerate(left):
        if row not in with_partner:
            links.append(_alone(pairing, level, statement, scores[row, :], is_source=True))
    reached = {column for _, column in pairs}
    for column, statement in enumerate(right):
        if column not in reached:
            links.append(_alone(pairing, level, statement, scores[:, column], is_source=False))
    return links


def _linkable(left: Statement, right: Statement) -> bool:
    if _same_concept(left, right):
        return True
    return min(len(_key(left.text)), len(_key(right.text))) >= SHORTEST


def _assigned(
    scores: np.ndarray, left: Sequence[Statement], right: Sequence[Statement], *, accept: float
) -> set[tuple[int, int]]:
    """One to one, the greatest total of scores (Hungarian method)."""
    if scores.size == 0:
        return set()
    able = np.array([[_linkable(a, b) for b in right] for a in left])
    usable = np.where((scores >= accept) & able, scores, 0.0)
    rows, columns = linear_sum_assignment(usable, maximize=True)
    return {(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if usable[row, column] > 0}


def _second_partners(
    pairing: _Pairing,
    scores: np.ndarray,
    left: Sequence[Statement],
    right: Sequence[Statement],
    pairs: set[tuple[int, int]],
    *,
    accept: float,
) -> set[tuple[int, int]]:
    """Splits and merges: one more partner at or above ``accept`` that explains ``GAIN`` more of the statement."""
    found: set[tuple[int, int]] = set()
    contain = pairing.likeness.containment
    for row, column in sorted(pairs):
        for other in range(len(right)):
            if other == column or scores[row, other] < accept or not _linkable(left[row], right[other]):
                continue
            both = f"{right[column].text}。{right[other].text}"
            if contain(left[row].text, both) - contain(left[row].text, right[column].text) >= GAIN:
                found.add((row, other))
        for other in range(len(left)):
            if other == row or scores[other, column] < accept or not _linkable(left[other], right[column]):
                continue
            both = f"{left[row].text}。{left[other].text}"
            if contain(right[column].text, both) - contain(right[column].text, left[row].text) >= GAIN:
                found.add((other, column))
    return found


def _printed_twice(
    left: Sequence[Statement], right: Sequence[Statement], pairs: set[tuple[int, int]]
) -> set[tuple[int, int]]:
    """A statement printed under two items goes where its twin goes."""
    found: set[tuple[int, int]] = set()
    for row, column in pairs:
        found |= {(twin, column) for twin in _twins(left, row)}
        found |= {(row, twin) for twin in _twins(right, column)}
    return found


def _twins(statements: Sequence[Statement], at: int) -> Iterable[int]:
    return (
        other for other in range(len(statements)) if other != at and _same(statements[other].text, statements[at].text)
    )


def _components(pairs: set[tuple[int, int]], rows: int) -> list[tuple[list[int], list[int]]]:
    """Links that share a statement are one n:m record."""
    left_of: dict[int, set[int]] = {}
    for row, column in pairs:
        left_of.setdefault(row, set()).add(column)
    done: set[int] = set()
    found: list[tuple[list[int], list[int]]] = []
    for row in range(rows):
        if row not in left_of or row in done:
            continue
        members, reached, queue = {row}, set(left_of[row]), [row]
        while queue:
            here = queue.pop()
            reached |= left_of[here]
            for other, columns in left_of.items():
                if other not in members and columns & reached:
                    members.add(other)
                    queue.append(other)
        done |= members
        found.append((sorted(members), sorted(reached)))
    return found


# Records -----------------------------------------------------------------------------------------------------------


def _linked(
    pairing: _Pairing,
    level: Level,
    left: Sequence[Statement],
    right: Sequence[Statement],
    scores: np.ndarray,
    rows: list[int],
    columns: list[int],
) -> Link:
    sources, targets = [left[row] for row in rows], [right[column] for column in columns]
    same = all(_same(a.text, b.text) for a in sources for b in targets)
    return Link(
        level=level,
        source=tuple(found.id for found in sources),
        target=tuple(found.id for found in targets),
        source_text=tuple(found.text for found in sources),
        target_text=tuple(found.text for found in targets),
        status="carried" if same else "revised",
        # The weakest link of the record is what a reader may rely on.
        score=float(min(scores[row, columns].max() for row in rows)),
        change=() if same else changes(sources, targets),
        suggestions=pairing.best(sources, _comparable(pairing.target), forward=True),
        automatic=True,
    )


def _alone(
    pairing: _Pairing,
    level: Level,
    statement: Statement,
    scores: np.ndarray,
    *,
    is_source: bool,
) -> Link:
    document = pairing.target if is_source else pairing.source
    suggestions = pairing.best([statement], _comparable(document), forward=is_source)
    return Link(
        level=level,
        source=(statement.id,) if is_source else (),
        target=() if is_source else (statement.id,),
        source_text=(statement.text,) if is_source else (),
        target_text=() if is_source else (statement.text,),
        status="dropped" if is_source else "new",
        score=float(scores.max()) if scores.size else 0.0,
        suggestions=suggestions,
        elsewhere=_elsewhere(pairing, statement, is_source=is_source),
    )


def _comparable(document: PlanDocument) -> list[Statement]:
    return [found for found in document.statements if found.kind in LEVELS]


def _elsewhere(pairing: _Pairing, statement: Statement, *, is_source: bool) -> tuple[Candidate, ...]:
    """The best statement of another kind, where it is like enough to be worth a look."""
    document = pairing.target if is_source else pairing.source
    others = [other for other in document.statements if other.kind not in (statement.kind, "figure")]
    if not others:
        return ()
    if is_source:
        scores = pairing.between([statement], others)[0, :]
    else:
        scores = pairing.between(others, [statement])[:, 0]
    best = int(scores.argmax())
    if scores[best] < ELSEWHERE:
        return ()
    return (Candidate(others[best].id, others[best].text, float(scores[best])),)
