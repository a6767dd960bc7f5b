"""White space: which classes lie near one another and hardly meet, with the nearest patents on each side; and its back-test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chizai.errors import NotSupported, UnknownChoice
from chizai.finding import Caveat, Column, Finding
from chizai.landscape.classes import titles
from chizai.landscape.scope import Scope
from chizai.landscape.statistics import white_space as statistics
from chizai.landscape.topics import documents_of, topic_model, vectors
from chizai.landscape.topics.documents import Documents
from chizai.landscape.topics.findings import code as topic_code
from chizai.messages import Phrase

By = Literal["class", "topic"]

NEAR_AT, EMPTY_AT = 0.1, 0.1
"""False discovery rates at which a pair counts as near and as empty."""
FEWEST_CLASSES = 5
USES = ("unit", "technology", "level", "family_basis")

WHITE_SPACE = (
    Column("code", "code"),
    Column("other", "code"),
    Column("together", "count"),
    Column("expected", "count"),
    Column("white_verdict", "code"),
    Column("nearness", "index"),
    Column("near_q", "number"),
    Column("empty_q", "number"),
    Column("title", "text", lang="en"),
    Column("title_ja", "text", lang="ja"),
    Column("other_title", "text", lang="en"),
    Column("other_title_ja", "text", lang="ja"),
    Column("nearest_one", "code"),
    Column("nearest_one_title", "text"),
    Column("nearest_other", "code"),
    Column("nearest_other_title", "text"),
    Column("last_together", "year"),
)


@dataclass(frozen=True, eq=False)
class _Ground:
    """Documents, their texts in the original space, and who carries what."""

    documents: Documents
    space: NDArray[np.float32]
    incidence: sparse.csr_matrix
    codes: list[str]
    kind: NDArray[np.bool_] | None
    named: dict[str, tuple[str, str]]


def _ground(scope: Scope, *, by: By, seed: int) -> _Ground:
    if by not in get_args(By):
        raise UnknownChoice(kind="by", name=by, known=", ".join(get_args(By)))
    found = documents_of(scope)
    space = vectors.reduced(vectors.term_counts(found.text).weighted(), seed=seed)
    if not space.any():
        raise NotSupported(figure="white_space", reason=Phrase("caveat.reason_no_texts"))
    rows = scope.run(scope.technologies().order_by("unit", "code"))
    code = np.array(rows["code"].to_pylist(), dtype=str)
    # Section Y tags what other sections classify: that a tag is missing is no gap between two technologies.
    subject = ~np.char.startswith(code, "Y")
    codes, column = np.unique(code[subject], return_inverse=True)
    if len(codes) < FEWEST_CLASSES:
        raise NotSupported(figure="white_space", reason=Phrase("caveat.reason_few_classes"))
    row = np.searchsorted(found.unit, rows["unit"].to_numpy().astype(np.int64))[subject]
    incidence = sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=(len(found), len(codes)))
    names = [str(each) for each in codes]
    if by == "class":
        return _Ground(found, space, incidence, names, None, {})
    # Topics of the texts alone: with classes among the evidence a topic would be near its own classes by construction.
    model = topic_model(scope, using=("text",), seed=seed)
    count = len(model.labels)
    there = np.flatnonzero(model.topics.topic >= 0)
    shape = (len(found), count)
    of_topic = sparse.csr_matrix((np.ones(len(there)), (there, model.topics.topic[there])), shape=shape)
    kind = np.concatenate([np.ones(count, dtype=bool), np.zeros(len(names), dtype=bool)])
    return _Ground(
        found,
        space,
        sparse.csr_matrix(sparse.hstack([of_topic, incidence])),
        [topic_code(index) for index in range(count)] + names,
        kind,
        {topic_code(index): (label.en, label.ja) for index, label in enumerate(model.labels)},
    )


def white_space(
    scope: Scope, *, by: By = "class", top: int = 50, minimum_size: int = 20, draws: int = 50, seed: int = 0
) -> Finding:
    """Pairs of classes (or of topics and classes) that are near by their texts, yet meet less than expected.

    Near: the mean texts of units that carry one but not the other are more alike than when texts are dealt at random
    (``draws`` permutations, false discovery rate 10 %). ``together`` is held against ``expected`` under random units of
    as many classes and classes of the same sizes; ``white_verdict`` is ``white`` where it is lower at a false discovery
    rate of 10 %, ``thin`` where it is lower at 5 % for this pair alone, ``open`` where chance explains it. Ranked by nearness
    and size, the ranking that :func:`white_space_test` holds against popularity. Raises NotSupported without classes or
    texts.
    """
    ground = _ground(scope, by=by, seed=seed)
    found = statistics.pairs(
        ground.incidence, ground.space, kind=ground.kind, minimum_size=minimum_size, draws=draws, seed=seed
    )
    if not len(found.one):
        raise NotSupported(
            figure="white_space", reason=Phrase("caveat.reason_small_classes", {"minimum": minimum_size})
        )
    near_q, empty_q = found.near_q(), found.empty_q(near_at=NEAR_AT)
    size = np.asarray(ground.incidence.sum(axis=0)).ravel()
    rank = statistics.ranks(size[found.one] * size[found.other]) + found.score()
    listed = (near_q <= NEAR_AT) & (found.together < found.expected)
    verdict = np.where(empty_q <= EMPTY_AT, "white", np.where(found.empty_p < 0.05, "thin", "open"))
    weight = {"white": 0, "thin": 1, "open": 2}
    order = sorted(
        np.flatnonzero(listed).tolist(),
        key=lambda i: (weight[str(verdict[i])], -rank[i], ground.codes[found.one[i]], ground.codes[found.other[i]]),
    )
    shown = order[:top]
    one = [ground.codes[found.one[index]] for index in shown]
    other = [ground.codes[found.other[index]] for index in shown]
    nearest = [_nearest(ground, int(found.one[index]), int(found.other[index])) for index in shown]
    uses = USES if scope.convention.technology != "wipo35" else tuple(name for name in USES if name != "level")
    counts = {name: int((listed & (verdict == name)).sum()) for name in weight}
    papers = ground.documents
    called, called_other = _titles(scope, ground, one), _titles(scope, ground, other)
    return scope.finding(
        "white_space",
        WHITE_SPACE,
        {
            "code": one,
            "other": other,
            "together": found.together[shown].tolist(),
            "expected": found.expected[shown].tolist(),
            "white_verdict": [str(verdict[index]) for index in shown],
            "nearness": found.nearness[shown].tolist(),
            "near_q": near_q[shown].tolist(),
            "empty_q": empty_q[shown].tolist(),
            "title": called["title"],
            "title_ja": called["title_ja"],
            "other_title": called_other["title"],
            "other_title_ja": called_other["title_ja"],
            "nearest_one": [papers.publication[a] if a is not None else None for a, _b in nearest],
            "nearest_one_title": [papers.title[a] if a is not None else None for a, _b in nearest],
            "nearest_other": [papers.publication[b] if b is not None else None for _a, b in nearest],
            "nearest_other_title": [papers.title[b] if b is not None else None for _a, b in nearest],
            "last_together": [_last(ground, int(found.one[index]), int(found.other[index])) for index in shown],
        },
        uses=uses,
        caveats=[Caveat("white_space_is_no_advice"), *([] if counts["white"] else [Caveat("no_white_space")])],
        facts={
            "pairs_tested": len(found.one),
            "pairs_near": int((near_q <= NEAR_AT).sum()),
            "pairs_white": counts["white"],
            "pairs_thin": counts["thin"],
            "pairs_open": counts["open"],
        },
        parameters={"by": by, "top": top, "minimum_size": minimum_size, "draws": draws, "seed": seed},
    )


def _titles(scope: Scope, ground: _Ground, codes: list[str]) -> dict[str, list[str | None]]:
    plain = [each for each in codes if each not in ground.named]
    found = titles(plain, scope.convention)
    en, ja = iter(found["title"]), iter(found["title_ja"])
    named = [ground.named.get(each) for each in codes]
    return {
        "title": [name[0] if name else next(en) for name in named],
        "title_ja": [name[1] if name else next(ja) for name in named],
    }


def _nearest(ground: _Ground, one: int, other: int) -> tuple[int | None, int | None]:
    """The unit with only the one that is nearest to the mean of those with only the other, and the other way round."""
    rows = sparse.csc_matrix(ground.incidence)
    left, right = (set(rows.indices[rows.indptr[at] : rows.indptr[at + 1]].tolist()) for at in (one, other))
    sides = [np.array(sorted(side), dtype=np.int64) for side in (left - right, right - left)]
    sides = [side[np.any(ground.space[side] != 0, axis=1)] for side in sides]
    if not all(len(side) for side in sides):
        return None, None
    means = [ground.space[side].mean(axis=0) for side in sides]
    found = [
        int(side[int(np.argmax(ground.space[side] @ mean))]) for side, mean in zip(sides, means[::-1], strict=True)
    ]
    return found[0], found[1]


def _last(ground: _Ground, one: int, other: int) -> int | None:
    rows = sparse.csc_matrix(ground.incidence)
    both = np.asarray((rows[:, [one]].multiply(rows[:, [other]])).tocoo().row)
    year = ground.documents.year[both]
    known = year[year >= 0]
    return int(known.max()) if len(known) else None


TEST = (
    Column("ranking", "code"),
    Column("auc", "index", low="auc_low", high="auc_high"),
    Column("auc_low", "index"),
    Column("auc_high", "index"),
    Column("auc_lead", "index", low="auc_lead_low", high="auc_lead_high"),
    Column("auc_lead_low", "index"),
    Column("auc_lead_high", "index"),
    Column("lead_verdict", "code"),
)


def white_space_test(
    scope: Scope,
    *,
    hidden: int = 3,
    minimum_size: int = 20,
    filled_from: int = 1,
    draws: int = 50,
    resamples: int = 200,
    seed: int = 0,
) -> Finding:
    """Would the ranking of empty pairs have told which ones fill up? The last ``hidden`` complete years are kept back.

    Terms, axes and counts are those of the earlier years only. AUC is the chance that a pair that was filled later had the
    higher rank; ``popularity`` (product of the sizes) is the baseline, and a ranking is better only where the interval of its
    lead lies above 0. Raises NotSupported where fewer than 20 empty pairs were or were not filled.
    """
    ground = _ground(scope, by="class", seed=seed)
    year = ground.documents.year
    end = scope.last_complete_year or int(year.max())
    cut = end - hidden
    before, after = (year >= 0) & (year <= cut), (year > cut) & (year <= end)
    if not before.any() or not after.any():
        raise NotSupported(figure="white_space_test", reason=Phrase("caveat.reason_undated"))
    terms = vectors.term_counts(ground.documents.text.filter(before))
    found = statistics.back_test(
        ground.incidence[before],
        ground.incidence[after],
        vectors.reduced(terms.weighted(), seed=seed),
        minimum_size=minimum_size,
        filled_from=filled_from,
        draws=draws,
        resamples=resamples,
        confidence=scope.confidence,
        false_discovery=NEAR_AT,
        seed=seed,
    )
    if min(found.filled, found.pairs - found.filled) < 20:
        reason = Phrase("caveat.reason_few_filled", {"filled": found.filled, "pairs": found.pairs})
        raise NotSupported(figure="white_space_test", reason=reason)
    better = [
        "baseline" if name == "popularity" else "better" if low > 0 else "worse" if high < 0 else "level"
        for name, low, high in zip(found.ranking, found.lead_low, found.lead_high, strict=True)
    ]
    uses = (
        ("date", *USES) if scope.convention.technology != "wipo35" else ("date", "unit", "technology", "family_basis")
    )
    return scope.finding(
        "white_space_test",
        TEST,
        {
            "ranking": list(found.ranking),
            "auc": found.value.tolist(),
            "auc_low": found.low.tolist(),
            "auc_high": found.high.tolist(),
            "auc_lead": found.lead.tolist(),
            "auc_lead_low": found.lead_low.tolist(),
            "auc_lead_high": found.lead_high.tolist(),
            "lead_verdict": better,
        },
        uses=uses,
        caveats=[] if "better" in better else [Caveat("not_better_than_popularity")],
        facts={
            "known_until": cut,
            "tested_until": end,
            "empty_pairs": found.pairs,
            "filled_pairs": found.filled,
            "near_empty_pairs": found.chosen,
            "near_filled": found.chosen_filled,
            "near_filled_expected": found.chosen_expected if found.chosen else None,
        },
        parameters={
            "hidden": hidden,
            "minimum_size": minimum_size,
            "filled_from": filled_from,
            "draws": draws,
            "resamples": resamples,
            "seed": seed,
        },
    )
