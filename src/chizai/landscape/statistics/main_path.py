"""Main paths of a citation network: how much of the flow of knowledge runs over each citation.

Arcs run from the cited to the citing patent, so that paths go with time. With sources (citing nothing here) and sinks
(not cited here), and for a link (u, v):

    SPC   n-(u) n+(v)          paths from all sources to all sinks over the link (search path count)
    SPLC  a(u) n+(v)           paths from all nodes before it to all sinks (search path link count)
    SPNP  a(u) b(v)            paths from all nodes before it to all nodes after it (search path node pair, path form)
    SPNP  |anc(u)| |desc(v)|   pairs of nodes that the link connects (node-pair form; both include u and v themselves)

n-(v) = sum of n-(pred), 1 at sources; a(v) = 1 + sum of a(pred); n+ and b likewise from the sinks. The two forms of SPNP
are both in use under one name; they agree on trees only.

Sources: Hummon & Doreian (1989), Social Networks 11, 39-63; Batagelj (2003), Efficient algorithms for citation network
analysis (arXiv cs/0309023); Liu & Lu (2012), JASIST 63, 528-542 (key-route). Price & Evans (2025) show that single
paths leave out routes nearly as heavy: read several searches.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

Weight = Literal["spc", "splc", "spnp-path", "spnp-pair"]
Search = Literal["local-forward", "local-backward", "global", "key-route"]
Arithmetic = Literal["auto", "float", "log", "exact"]
Cycles = Literal["drop", "refuse"]
Ints = NDArray[np.int64]

_BITS = 4096


@dataclass(frozen=True)
class Network:
    """A citation network without cycles, its arcs in the order of the levels of their citing ends.

    ``cited``, ``citing`` [arc]; ``level`` [node] is the longest way from a source. ``loops`` and ``repeated`` count arcs
    left out for being a node's own or given twice; ``cycles`` are the groups of nodes that cite each other in a circle,
    ``dropped`` the arcs inside such groups, which were left out.
    """

    size: int
    cited: Ints
    citing: Ints
    level: Ints
    loops: int
    repeated: int
    cycles: tuple[tuple[int, ...], ...]
    dropped: int


@dataclass(frozen=True)
class Traversal:
    """Weights of every arc of the network, shape [arc].

    ``values`` are counts (floats, or Python ints where ``arithmetic`` is ``exact``), or natural logarithms of them where
    it is ``log``: counts of paths pass the largest float in networks of some thousand levels.
    """

    values: NDArray[Any]
    weight: Weight
    arithmetic: Literal["float", "log", "exact"]


def network(cited: ArrayLike, citing: ArrayLike, *, size: int, cycles: Cycles = "drop") -> Network:
    """The network of ``size`` nodes (0 to size - 1) from its citations.

    cycles: ``drop``: every arc inside a group of nodes that cite each other in a circle is left out (so that no choice
        among them is made), and reported; ``refuse``: ValueError.

    >>> made = network([0, 1, 1, 2, 3], [1, 2, 3, 4, 4], size=5)
    >>> made.level.tolist(), made.dropped
    ([0, 1, 2, 2, 3], 0)
    """
    one, other = np.asarray(cited, dtype=np.int64).ravel(), np.asarray(citing, dtype=np.int64).ravel()
    if len(one) != len(other):
        raise ValueError("cited and citing must have one length")
    if len(one) and (min(one.min(), other.min()) < 0 or max(one.max(), other.max()) >= size):
        raise ValueError("nodes are numbered from 0 to size - 1")
    own = one == other
    loops = int(own.sum())
    keys = np.unique(one[~own] * size + other[~own])
    repeated = len(one) - loops - len(keys)
    one, other = keys // max(size, 1), keys % max(size, 1)
    found: tuple[tuple[int, ...], ...] = ()
    dropped = 0
    if len(one):
        graph = csr_matrix((np.ones(len(one), dtype=np.int8), (one, other)), shape=(size, size))
        count, label = connected_components(graph, directed=True, connection="strong")
        if count < size:
            members = np.bincount(label, minlength=count)
            circular = np.flatnonzero(members[label] > 1)
            order = circular[np.argsort(label[circular], kind="stable")]
            splits = np.flatnonzero(np.diff(label[order])) + 1
            found = tuple(tuple(part.tolist()) for part in np.split(order, splits))
            if cycles == "refuse":
                raise ValueError(f"the network has {len(found)} groups of nodes that cite each other in a circle")
            if cycles != "drop":
                raise ValueError(f"unknown cycles {cycles!r}; known: drop, refuse")
            inside = label[one] == label[other]
            dropped = int(inside.sum())
            one, other = one[~inside], other[~inside]
    level = _levels(one, other, size)
    order = np.lexsort((one, other, level[other]))
    return Network(size, one[order], other[order], level, loops, repeated, found, dropped)


def _levels(cited: Ints, citing: Ints, size: int) -> Ints:
    """Longest way from a source, by peeling off the nodes whose predecessors are all done."""
    order = np.argsort(cited, kind="stable")
    heads = citing[order]
    starts = np.searchsorted(cited[order], np.arange(size + 1))
    waiting = np.bincount(citing, minlength=size)
    level = np.zeros(size, dtype=np.int64)
    front = np.flatnonzero(waiting == 0)
    depth = 0
    while len(front):
        level[front] = depth
        targets = heads[_ranges(starts[front], starts[front + 1])]
        reached, times = np.unique(targets, return_counts=True)
        waiting[reached] -= times
        front = reached[waiting[reached] == 0]
        depth += 1
    return level


def _ranges(starts: Ints, ends: Ints) -> Ints:
    """All numbers of the half-open ranges, one range after the other."""
    lengths = ends - starts
    if not lengths.sum():
        return np.empty(0, dtype=np.int64)
    offset = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    return np.asarray(np.arange(lengths.sum()) + offset)


@dataclass(frozen=True)
class _Side:
    """Arcs ordered by the level of their ``into`` ends, with the groups in which they are summed."""

    out_of: Ints
    into: Ints
    order: Ints
    blocks: list[tuple[int, int]]


def _side(net: Network, *, forward: bool) -> _Side:
    depth = net.level if forward else net.level.max(initial=0) - net.level
    tail, head = (net.cited, net.citing) if forward else (net.citing, net.cited)
    order = np.lexsort((head, depth[head]))
    tail, head = tail[order], head[order]
    edges = np.flatnonzero(np.diff(depth[head])) + 1
    bounds = [0, *edges.tolist(), len(head)] if len(head) else [0]
    return _Side(tail, head, order, list(pairwise(bounds)))


def _accumulate(side: _Side, start: NDArray[Any], *, plus: NDArray[Any] | None, how: Any) -> NDArray[Any]:
    """value[v] = ``plus[v]`` + sum of value[u] over arcs (u, v), level by level; ``start`` where no arc ends."""
    values = start
    for low, high in side.blocks:
        into = side.into[low:high]
        first = np.flatnonzero(np.r_[True, into[1:] != into[:-1]])
        sums = how.reduceat(values[side.out_of[low:high]], first)
        nodes = into[first]
        values[nodes] = sums if plus is None else how(plus[nodes], sums)
    return values


def traversal_weights(
    net: Network, *, weight: Weight = "spc", arithmetic: Arithmetic = "auto", largest_pair_network: int = 100_000
) -> Traversal:
    """SPC, SPLC or SPNP of every arc.

    arithmetic: ``float``: OverflowError where a count passes the largest float; ``log``: logarithms; ``exact``: Python
        integers, slow; ``auto``: ``float``, and ``log`` where that overflows.
    largest_pair_network: ``spnp-pair`` needs the ancestors of all nodes, work that grows with the square of the network:
        ValueError above so many nodes.

    >>> made = network([0, 1, 1, 2, 3], [1, 2, 3, 4, 4], size=5)
    >>> for name in ("spc", "splc", "spnp-path", "spnp-pair"):
    ...     print(name, traversal_weights(made, weight=name).values.tolist())
    spc [2.0, 1.0, 1.0, 1.0, 1.0]
    splc [2.0, 2.0, 2.0, 3.0, 3.0]
    spnp-path [5.0, 4.0, 4.0, 3.0, 3.0]
    spnp-pair [4.0, 4.0, 4.0, 3.0, 3.0]
    """
    if weight not in ("spc", "splc", "spnp-path", "spnp-pair"):
        raise ValueError(f"unknown weight {weight!r}; known: spc, splc, spnp-path, spnp-pair")
    if arithmetic == "auto":
        try:
            return traversal_weights(net, weight=weight, arithmetic="float", largest_pair_network=largest_pair_network)
        except OverflowError:
            return traversal_weights(net, weight=weight, arithmetic="log", largest_pair_network=largest_pair_network)
    if arithmetic not in ("float", "log", "exact"):
        raise ValueError(f"unknown arithmetic {arithmetic!r}; known: auto, float, log, exact")
    forward, backward = _side(net, forward=True), _side(net, forward=False)
    if weight == "spnp-pair":
        if net.size > largest_pair_network:
            raise ValueError(f"spnp-pair of {net.size} nodes; spnp-path is its form for large networks")
        before = _reached(forward, net.size)[net.cited].astype(np.float64)
        after = _reached(backward, net.size)[net.citing].astype(np.float64)
        if arithmetic == "log":
            return Traversal(np.log(before) + np.log(after), weight, "log")
        if arithmetic == "exact":
            return Traversal(before.astype(int).astype(object) * after.astype(int).astype(object), weight, "exact")
        return Traversal(before * after, weight, "float")
    counts_all_before, counts_all_after = weight != "spc", weight == "spnp-path"

    def ones() -> NDArray[Any]:
        if arithmetic == "log":
            return np.zeros(net.size)
        return np.ones(net.size, dtype=object if arithmetic == "exact" else np.float64)

    how = np.logaddexp if arithmetic == "log" else np.add
    with np.errstate(over="ignore"):
        before = _accumulate(forward, ones(), plus=ones() if counts_all_before else None, how=how)[net.cited]
        after = _accumulate(backward, ones(), plus=ones() if counts_all_after else None, how=how)[net.citing]
        values = before + after if arithmetic == "log" else before * after
    if arithmetic == "float" and not np.isfinite(values.sum(initial=0.0)):
        raise OverflowError("the count of paths passes the largest float; use arithmetic='log' or 'exact'")
    return Traversal(values, weight, arithmetic)


def _reached(side: _Side, size: int) -> Ints:
    """How many nodes reach each node, itself included: bit sets of some thousand nodes at a time."""
    counts = np.zeros(size, dtype=np.int64)
    for start in range(0, size, _BITS):
        width = min(_BITS, size - start)
        held = np.zeros((size, (width + 63) // 64), dtype=np.uint64)
        index = np.arange(width)
        held[start + index, index // 64] = np.uint64(1) << (index % 64).astype(np.uint64)
        for low, high in side.blocks:
            into = side.into[low:high]
            first = np.flatnonzero(np.r_[True, into[1:] != into[:-1]])
            held[into[first]] |= np.bitwise_or.reduceat(held[side.out_of[low:high]], first, axis=0)
        counts += np.bitwise_count(held).sum(axis=1, dtype=np.int64)
    return counts


def main_path(net: Network, found: Traversal, *, search: Search = "global", routes: int = 1) -> Ints:
    """The arcs of the main path, as ascending positions in ``net.cited``, ``net.citing``. Ties are all kept.

    search: ``local-forward``: from the sources, always over the heaviest next arc, beginning with the heaviest arc that
        leaves a source; ``local-backward``: the same from the sinks; ``global``: the way from a source to a sink with the
        largest sum of weights (critical path); ``key-route``: the ``routes`` heaviest arcs, each followed locally to
        both ends.

    >>> made = network([0, 1, 1, 2, 3, 3], [1, 2, 3, 4, 4, 5], size=6)
    >>> path = main_path(made, traversal_weights(made, weight="spc"), search="global")
    >>> list(zip(made.cited[path].tolist(), made.citing[path].tolist()))
    [(0, 1), (1, 3), (3, 4), (3, 5)]
    """
    if search not in ("local-forward", "local-backward", "global", "key-route"):
        raise ValueError(f"unknown search {search!r}; known: local-forward, local-backward, global, key-route")
    if routes < 1:
        raise ValueError("routes must be at least 1")
    if not len(net.cited):
        return np.empty(0, dtype=np.int64)
    weights = found.values
    if search == "global":
        return _critical(net, found)
    if search == "key-route":
        last = np.sort(weights)[::-1][min(routes, len(weights)) - 1]
        seeds = np.flatnonzero(_as_heavy(weights, last, found))
        parts = [seeds, _followed(net, found, net.citing[seeds], forward=True)]
        return np.unique(np.concatenate([*parts, _followed(net, found, net.cited[seeds], forward=False)]))
    forward = search == "local-forward"
    ends = net.citing if forward else net.cited
    begins = net.cited if forward else net.citing
    edge = np.ones(net.size, dtype=bool)
    edge[ends] = False
    starting = np.flatnonzero(edge[begins])
    seeds = starting[_as_heavy(weights[starting], weights[starting].max(), found)]
    return np.unique(np.concatenate([seeds, _followed(net, found, ends[seeds], forward=forward)]))


def _as_heavy(weights: NDArray[Any], mark: Any, found: Traversal) -> NDArray[np.bool_]:
    """Which weights are at least the mark, but for rounding."""
    if found.arithmetic == "exact":
        return np.asarray(weights >= mark, dtype=bool)
    if found.arithmetic == "log":
        return np.asarray(weights >= mark - 1e-9)
    return np.asarray(weights >= mark * (1 - 1e-12))


def _followed(net: Network, found: Traversal, nodes: Ints, *, forward: bool) -> Ints:
    """Arcs of the local search from these nodes on."""
    begins, ends = (net.cited, net.citing) if forward else (net.citing, net.cited)
    order = np.argsort(begins, kind="stable")
    starts = np.searchsorted(begins[order], np.arange(net.size + 1))
    seen = np.zeros(net.size, dtype=bool)
    queue = np.unique(nodes).tolist()
    taken: list[Ints] = []
    while queue:
        node = queue.pop()
        if seen[node]:
            continue
        seen[node] = True
        arcs = order[starts[node] : starts[node + 1]]
        if not len(arcs):
            continue
        heaviest = arcs[_as_heavy(found.values[arcs], found.values[arcs].max(), found)]
        taken.append(heaviest)
        queue.extend(ends[heaviest].tolist())
    return np.concatenate(taken) if taken else np.empty(0, dtype=np.int64)


def _critical(net: Network, found: Traversal) -> Ints:
    """All arcs on a way of the largest sum."""
    logs = found.arithmetic == "log"

    def best(*, forward: bool) -> NDArray[Any]:
        side = _side(net, forward=forward)
        weights = found.values[side.order]
        dtype = object if found.arithmetic == "exact" else np.float64
        out: NDArray[Any] = np.full(net.size, -np.inf if logs else 0, dtype=dtype)
        for low, high in side.blocks:
            into = side.into[low:high]
            first = np.flatnonzero(np.r_[True, into[1:] != into[:-1]])
            so_far, more = out[side.out_of[low:high]], weights[low:high]
            sums = np.logaddexp(so_far, more) if logs else so_far + more
            out[into[first]] = np.maximum.reduceat(sums, first)
        return out

    before, after = best(forward=True)[net.cited], best(forward=False)[net.citing]
    if logs:
        through = np.logaddexp(np.logaddexp(before, found.values), after)
    else:
        through = before + found.values + after
    return np.flatnonzero(_as_heavy(through, through.max(), found))
