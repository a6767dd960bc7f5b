"""Topics as Findings: what they are, their years, their documents, what became of them, and how stable they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chizai.errors import NotSupported
from chizai.finding import Caveat, Column, Finding
from chizai.landscape.scope import Scope
from chizai.landscape.statistics.proportions import proportion
from chizai.landscape.topics import over_time
from chizai.landscape.topics.compare import adjusted_rand, contingency
from chizai.landscape.topics.labels import Label, distinctive_classes, distinctive_terms, labels
from chizai.landscape.topics.model import TopicModel, topic_model
from chizai.messages import Phrase

USES = ("unit", "date", "technology", "family_basis")

TOPICS = (
    Column("topic", "code"),
    Column("topic_name", "text", lang="en"),
    Column("topic_name_ja", "text", lang="ja"),
    Column("units", "count"),
    Column("share", "share", low="share_low", high="share_high"),
    Column("share_low", "share"),
    Column("share_high", "share"),
    Column("agreement", "share"),
    Column("stability", "code"),
    Column("first_year", "year"),
    Column("last_year", "year"),
    Column("terms", "text"),
    Column("topic_classes", "text"),
)


CHOICES = frozenset(
    ("using", "neighbour_count", "dimensions", "class_weight", "resolution", "runs", "minimum_size", "seed")
)
"""The choices of :func:`topic_model`; all others are conventions."""


def taken(choices: dict[str, Any]) -> dict[str, Any]:
    """The choices that concern topics, taken out of ``choices``."""
    return {name: choices.pop(name) for name in CHOICES & set(choices)}


def code(index: int) -> str:
    """A topic as it is written: T1 is the largest."""
    return f"T{index + 1}"


def topics(scope: Scope, **choices: Any) -> Finding:
    """The topics of a selection with their names, shares and stability; ``choices`` as of ``topic_model``."""
    found = topic_model(scope, **choices)
    outcome = found.topics
    size = outcome.size
    shares = proportion(size.tolist(), len(outcome.topic), confidence=scope.confidence)
    spans = [_span(found.documents.year[outcome.topic == index]) for index in range(len(size))]
    reasons = Counter(outcome.reason[outcome.topic < 0].tolist())
    left = int((outcome.topic < 0).sum())
    none = proportion([left], len(outcome.topic), confidence=scope.confidence)
    against = found.against_classes()
    facts: dict[str, object] = {
        "topics_found": len(size),
        "topics_stable": outcome.verdict.count("stable"),
        "run_agreement": outcome.run_agreement,
        "no_topic": left,
        "no_topic_share": float(none.value[0]),
        "no_topic_share_low": float(none.low[0]),
        "no_topic_share_high": float(none.high[0]),
        **{f"no_topic_{reason}": reasons.get(reason, 0) for reason in ("isolated", "scattered", "disputed", "small")},
    }
    if against is not None:
        facts |= {"class_information": against[0], "class_purity": against[1]}
    return scope.finding(
        "topics",
        TOPICS,
        {
            "topic": [code(index) for index in range(len(size))],
            **_names(found.labels),
            "units": size.tolist(),
            "share": shares.value.tolist(),
            "share_low": shares.low.tolist(),
            "share_high": shares.high.tolist(),
            "agreement": outcome.topic_agreement.tolist(),
            "stability": outcome.verdict,
            "first_year": [first for first, _last in spans],
            "last_year": [last for _first, last in spans],
            "terms": [", ".join(label.terms) for label in found.labels],
            "topic_classes": [", ".join(label.classes) for label in found.labels],
        },
        uses=USES,
        caveats=_caveats(scope, found),
        facts=facts,
        parameters=_parameters(found, choices),
    )


def _names(named: Sequence[Label]) -> dict[str, list[str]]:
    return {"topic_name": [label.en for label in named], "topic_name_ja": [label.ja for label in named]}


def _span(years: NDArray[np.int64]) -> tuple[int | None, int | None]:
    known = years[years >= 0]
    return (int(known.min()), int(known.max())) if len(known) else (None, None)


def _parameters(found: TopicModel, choices: dict[str, Any]) -> dict[str, object]:
    return {**choices, "evidence_used": list(found.used)}


def _caveats(scope: Scope, found: TopicModel) -> list[Caveat]:
    outcome, caveats = found.topics, []
    shaky = len(outcome.verdict) - outcome.verdict.count("stable")
    if shaky:
        caveats.append(Caveat("topics_unstable", {"count": shaky, "total": len(outcome.verdict)}))
    left = int((outcome.topic < 0).sum())
    if left:
        caveats.append(Caveat("no_topic", {"count": left, "total": len(outcome.topic)}))
    if not len(outcome.topic_agreement):
        caveats.append(Caveat("no_topics_at_all"))
    empty = int((np.diff(found.terms.counts.indptr) == 0).sum()) if "text" in found.used else len(outcome.topic)
    if empty:
        caveats.append(Caveat("without_terms", {"count": empty, "total": len(outcome.topic)}))
    known = [name for name in np.unique(found.documents.language).tolist() if name]
    if len(known) > 1:
        caveats.append(Caveat("topics_languages", {"languages": ", ".join(known)}))
    if "classes" in found.used:
        caveats.append(Caveat("topics_from_classes"))
    return caveats


TREND = (
    Column("topic", "code"),
    Column("topic_name", "text", lang="en"),
    Column("topic_name_ja", "text", lang="ja"),
    Column("year", "year"),
    Column("units", "count"),
    Column("share", "share", low="share_low", high="share_high"),
    Column("share_low", "share"),
    Column("share_high", "share"),
    Column("complete", "flag"),
)


def topic_trend(scope: Scope, *, top: int | None = 20, minimum_units: int = 10, **choices: Any) -> Finding:
    """Units of the ``top`` topics by year; the share is of all the year's units, so that incomplete years can be read.

    Years with fewer than ``minimum_units`` units are left out.
    """
    found = topic_model(scope, **choices)
    year, topic = found.documents.year, found.topics.topic
    dated = year >= 0
    if not dated.any():
        raise NotSupported(figure="topic_trend", reason=Phrase("caveat.reason_undated"))
    years = np.arange(int(year[dated].min()), int(year[dated].max()) + 1)
    whole = np.bincount(year[dated] - years[0], minlength=len(years))
    shown = min(len(found.labels), top) if top is not None else len(found.labels)
    rows = [
        (index, int(each), int(count), int(total))
        for index in range(shown)
        for each, count, total in zip(
            years, np.bincount(year[dated & (topic == index)] - years[0], minlength=len(years)), whole, strict=True
        )
        if total >= minimum_units
    ]
    shares = proportion([row[2] for row in rows], [row[3] for row in rows], confidence=scope.confidence)
    last = scope.last_complete_year
    return scope.finding(
        "topic_trend",
        TREND,
        {
            "topic": [code(row[0]) for row in rows],
            **_names([found.labels[row[0]] for row in rows]),
            "year": [row[1] for row in rows],
            "units": [row[2] for row in rows],
            "share": shares.value.tolist(),
            "share_low": shares.low.tolist(),
            "share_high": shares.high.tolist(),
            "complete": [last is not None and row[1] <= last for row in rows],
        },
        uses=USES,
        caveats=_caveats(scope, found),
        parameters={"top": top, "minimum_units": minimum_units, **_parameters(found, choices)},
        last_complete_year=last,
    )


DOCUMENTS = (
    Column("topic", "code"),
    Column("topic_name", "text", lang="en"),
    Column("topic_name_ja", "text", lang="ja"),
    Column("publication", "code"),
    Column("document_title", "text"),
    Column("year", "year"),
    Column("player", "text"),
    Column("agreement", "share"),
    Column("inside", "share"),
    Column("centrality", "index"),
    Column("no_topic_because", "code"),
)


def topic_documents(scope: Scope, *, top: int | None = 5, **choices: Any) -> Finding:
    """The ``top`` most central documents of each topic; with None all documents, those without a topic last, with why."""
    found = topic_model(scope, **choices)
    outcome = found.topics
    order = np.lexsort((found.documents.unit, -np.nan_to_num(found.centrality, nan=-1.0), outcome.topic))
    order = np.concatenate([order[outcome.topic[order] >= 0], order[outcome.topic[order] < 0]])
    if top is not None:
        first = np.searchsorted(outcome.topic[order][: int((outcome.topic >= 0).sum())], np.arange(len(outcome.size)))
        order = np.concatenate(
            [order[at : at + min(top, size)] for at, size in zip(first, outcome.size, strict=True)] or [order[:0]]
        )
    rows = order.tolist()
    named = [found.labels[topic] if topic >= 0 else None for topic in outcome.topic[order].tolist()]
    return scope.finding(
        "topic_documents",
        DOCUMENTS,
        {
            "topic": [code(topic) if topic >= 0 else None for topic in outcome.topic[order].tolist()],
            "topic_name": [label.en if label else None for label in named],
            "topic_name_ja": [label.ja if label else None for label in named],
            "publication": [found.documents.publication[row] for row in rows],
            "document_title": [found.documents.title[row] for row in rows],
            "year": [int(value) if value >= 0 else None for value in found.documents.year[order]],
            "player": [found.documents.player[row] for row in rows],
            "agreement": outcome.agreement[order].tolist(),
            "inside": outcome.inside[order].tolist(),
            "centrality": found.centrality[order].tolist(),
            "no_topic_because": [reason or None for reason in outcome.reason[order].tolist()],
        },
        uses=USES,
        caveats=_caveats(scope, found),
        parameters={"top": top, **_parameters(found, choices)},
    )


EVENTS = (
    Column("window", "text"),
    Column("topic_event", "code"),
    Column("before", "text", lang="en"),
    Column("before_ja", "text", lang="ja"),
    Column("after", "text", lang="en"),
    Column("after_ja", "text", lang="ja"),
    Column("units_before", "count"),
    Column("units_after", "count"),
    Column("link_share", "share"),
    Column("nearest_topic", "code"),
)


def topic_events(scope: Scope, *, width: int = 5, **choices: Any) -> Finding:
    """Birth, split, merge, continuation and end of topics between consecutive windows of ``width`` years.

    Each window's documents are grouped by themselves; groups descend from one another by links in the neighbour graph.
    ``nearest_topic`` is the topic of the whole selection that most documents concerned belong to.
    """
    found = topic_model(scope, **choices)
    last = scope.last_complete_year
    named = ("resolution", "runs", "minimum_size", "seed")
    spans = over_time.windows(
        found.graph,
        found.near,
        found.documents.year,
        width=width,
        last=last,
        **{name: choices[name] for name in named if name in choices},
    )
    if len(spans) < 2:
        raise NotSupported(figure="topic_events", reason=Phrase("caveat.reason_one_window", {"width": width}))
    called = [_called(found, span) for span in spans]
    rows: list[dict[str, Any]] = []
    for place, (before, after) in enumerate(pairwise(spans), start=1):
        for event in over_time.events(found.graph, before, after, window=place):
            rows.append(
                {
                    "window": f"{before.first}–{before.last} → {after.first}–{after.last}",
                    "topic_event": event.kind,
                    "before": " / ".join(called[place - 1][group].en for group in event.before) or None,
                    "before_ja": " / ".join(called[place - 1][group].ja for group in event.before) or None,
                    "after": " / ".join(called[place][group].en for group in event.after) or None,
                    "after_ja": " / ".join(called[place][group].ja for group in event.after) or None,
                    "units_before": sum(before.size(group) for group in event.before) or None,
                    "units_after": sum(after.size(group) for group in event.after) or None,
                    "link_share": event.share,
                    "nearest_topic": _nearest(found, before, after, event),
                }
            )
    order = {"birth": 0, "split": 1, "merge": 2, "continues": 3, "end": 4}
    rows.sort(key=lambda row: (row["window"], order[row["topic_event"]], -(row["units_after"] or row["units_before"])))
    caveats = [Caveat("events_from_links"), *_caveats(scope, found)]
    if last is None:
        caveats.append(Caveat("events_incomplete"))
    return scope.finding(
        "topic_events",
        EVENTS,
        {column.name: [row[column.name] for row in rows] for column in EVENTS},
        uses=USES,
        caveats=caveats,
        parameters={"width": width, **_parameters(found, choices)},
        last_complete_year=last,
    )


def _called(found: TopicModel, span: over_time.Window) -> list[Label]:
    """Names of a window's groups, from what sets them apart from the whole selection."""
    group = np.full(len(found.documents), -1, dtype=np.int64)
    group[span.document] = span.group
    return labels(
        distinctive_terms(found.terms, group, topics=span.groups),
        distinctive_classes(found.documents.class_unit, found.documents.class_code, group, topics=span.groups),
    )


def _nearest(
    found: TopicModel, before: over_time.Window, after: over_time.Window, event: over_time.Event
) -> str | None:
    inside = np.concatenate(
        [
            before.document[np.isin(before.group, event.before)],
            after.document[np.isin(after.group, event.after)],
        ]
    )
    topic = found.topics.topic[inside]
    topic = topic[topic >= 0]
    return code(int(np.bincount(topic).argmax())) if len(topic) else None


STABILITY = (
    Column("seed", "code"),
    Column("other_seed", "code"),
    Column("adjusted_rand", "index"),
    Column("topics_one", "count"),
    Column("topics_other", "count"),
    Column("matched_topics", "count"),
)


def topic_stability(scope: Scope, *, seeds: Sequence[int] = (0, 1, 2), **choices: Any) -> Finding:
    """The whole way from texts to topics with several seeds, and how far the outcomes agree two by two.

    ``adjusted_rand`` counts documents without a topic as one group; ``matched_topics`` are topics of the first that have
    one in the other with a Jaccard index of at least 0.5.
    """
    choices.pop("seed", None)
    found = {seed: topic_model(scope, seed=seed, **choices) for seed in seeds}
    pairs = list(combinations(seeds, 2))
    agree = [adjusted_rand(found[one].topics.topic, found[other].topics.topic) for one, other in pairs]
    count = {seed: len(model.labels) for seed, model in found.items()}
    return scope.finding(
        "topic_stability",
        STABILITY,
        {
            "seed": [str(one) for one, _other in pairs],
            "other_seed": [str(other) for _one, other in pairs],
            "adjusted_rand": agree,
            "topics_one": [count[one] for one, _other in pairs],
            "topics_other": [count[other] for _one, other in pairs],
            "matched_topics": [_matched(found[one].topics.topic, found[other].topics.topic) for one, other in pairs],
        },
        uses=("unit", "technology", "family_basis"),
        caveats=[] if min(agree, default=1.0) >= LOWEST_AGREEMENT else [Caveat("topics_move", {"lowest": min(agree)})],
        facts={"lowest_agreement": min(agree, default=None)},
        parameters={"seeds": list(seeds), **_parameters(found[seeds[0]], choices)},
    )


LOWEST_AGREEMENT = 0.85


def _matched(one: NDArray[np.int64], other: NDArray[np.int64]) -> int:
    both = (one >= 0) & (other >= 0)
    table = contingency(one[both], other[both]).tocoo()
    sizes = np.bincount(one[one >= 0]), np.bincount(other[other >= 0])
    jaccard = table.data / (sizes[0][table.row] + sizes[1][table.col] - table.data)
    return len(np.unique(table.row[jaccard >= 0.5]))
