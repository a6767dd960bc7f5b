"""Topics over time: communities of successive windows, and how they descend from one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import binom

from chizai.landscape.topics.communities import find_topics
from chizai.landscape.topics.compare import contingency

Kind = Literal["birth", "split", "merge", "continues", "end"]


@dataclass(frozen=True)
class Window:
    """The communities of one window of years. ``document`` are rows of the whole collection, ``group`` their community."""

    first: int
    last: int
    document: NDArray[np.int64]
    group: NDArray[np.int64]

    @property
    def groups(self) -> int:
        return int(self.group.max(initial=-1)) + 1

    def size(self, group: int) -> int:
        return int((self.group == group).sum())


@dataclass(frozen=True)
class Event:
    """What became of groups between two windows. ``before`` and ``after`` are group numbers in the two windows."""

    kind: Kind
    window: int
    """Index of the later window (of the earlier one's successor, for an end)."""
    before: tuple[int, ...]
    after: tuple[int, ...]
    share: float
    """Least share of the links that carry the event; nan for a birth or an end."""


def windows(
    graph: sparse.csr_matrix,
    near: NDArray[np.int64],
    year: NDArray[np.int64],
    *,
    width: int = 5,
    last: int | None = None,
    minimum_documents: int = 60,
    resolution: float = 1.0,
    minimum_size: int = 10,
    runs: int = 10,
    seed: int = 0,
) -> list[Window]:
    """Communities of successive windows of ``width`` years that end with ``last`` (the last year there is).

    They begin with the first window from which on all have ``minimum_documents`` documents and a community.
    """
    dated = year[year >= 0]
    if not len(dated):
        return []
    end = int(dated.max()) if last is None else last
    found: list[Window] = []
    while end >= int(dated.min()):
        inside = np.flatnonzero((year > end - width) & (year <= end))
        if len(inside) < minimum_documents:
            break
        place = np.full(len(year), -1, dtype=np.int64)
        place[inside] = np.arange(len(inside))
        local = np.where(near[inside] >= 0, place[np.maximum(near[inside], 0)], -1)
        part = sparse.csr_matrix(graph[inside][:, inside])
        topics = find_topics(
            part, local, resolution=resolution, minimum_size=minimum_size, runs=runs, seed=seed + len(found)
        )
        if not len(topics.topic_agreement):
            break
        found.append(Window(end - width + 1, end, inside, topics.topic))
        end -= width
    return found[::-1]


def events(
    graph: sparse.csr_matrix,
    before: Window,
    after: Window,
    *,
    window: int,
    minimum_share: float = 0.25,
    significance: float = 0.01,
) -> list[Event]:
    """Birth, split, merge, continuation and end of groups between two consecutive windows.

    The windows share no documents: a group descends from those to which its documents are linked in the neighbour graph.
    Group b descends from a when at least ``minimum_share`` of b's links into the earlier window go to a, more than a's
    size would draw by chance (binomial at ``significance`` over all pairs), or when the same holds of a's links into the
    later window. A group without ancestors is born, one without descendants ends; one with several descendants that have
    no other ancestor is split, one with several ancestors is a merger.
    """
    links = _links(graph, before, after)
    forward = _descends(links, before, minimum_share=minimum_share, significance=significance)
    backward = _descends(links.T, after, minimum_share=minimum_share, significance=significance).T
    related = (forward | backward)[:-1, :-1]
    share = np.maximum(_shares(links), _shares(links.T).T)
    found: list[Event] = []
    told: set[tuple[int, int]] = set()
    for group in range(after.groups):
        parents = np.flatnonzero(related[:, group])
        if not len(parents):
            found.append(Event("birth", window, (), (group,), float("nan")))
        elif len(parents) > 1:
            told |= {(int(parent), group) for parent in parents}
            names = tuple(int(parent) for parent in parents)
            found.append(Event("merge", window, names, (group,), float(share[parents, group].min())))
    for group in range(before.groups):
        children = np.flatnonzero(related[group])
        if not len(children):
            found.append(Event("end", window, (group,), (), float("nan")))
        elif len(children) > 1:
            told |= {(group, int(child)) for child in children}
            names = tuple(int(child) for child in children)
            found.append(Event("split", window, (group,), names, float(share[group, children].min())))
        elif (group, int(children[0])) not in told:
            child = int(children[0])
            found.append(Event("continues", window, (group,), (child,), float(share[group, child])))
    return found


def _links(graph: sparse.csr_matrix, before: Window, after: Window) -> NDArray[np.float64]:
    """Number of links between each group of the earlier and each of the later window; those outside groups in the last row
    and column."""
    part = graph[before.document][:, after.document].tocoo()
    row = np.where(before.group[part.row] >= 0, before.group[part.row], before.groups)
    column = np.where(after.group[part.col] >= 0, after.group[part.col], after.groups)
    table = contingency(np.append(row, before.groups), np.append(column, after.groups)).toarray().astype(np.float64)
    table[-1, -1] -= 1
    return np.asarray(table)


def _shares(links: NDArray[np.float64]) -> NDArray[np.float64]:
    total = links.sum(axis=0, keepdims=True)
    return np.divide(links, total, out=np.zeros_like(links), where=total > 0)


def _descends(
    links: NDArray[np.float64], before: Window, *, minimum_share: float, significance: float
) -> NDArray[np.bool_]:
    """Which group of the rows draws more of a column's links than its size would."""
    part = np.array([before.size(group) for group in range(before.groups)] + [0.0]) / max(1, len(before.document))
    total = links.sum(axis=0, keepdims=True)
    tail = binom.sf(links - 1, total, part[:, None])
    tests = max(1, (links.shape[0] - 1) * (links.shape[1] - 1))
    return np.asarray((tail < significance / tests) & (_shares(links) >= minimum_share))
