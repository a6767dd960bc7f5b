"""From pairs to bodies: agglomeration that looks at both sides before it joins them.

Edges are taken from the strongest to the weakest. Two groups are joined by a weak edge only where their
representatives too can be the same body, so that no chain of small steps leads from one company to another.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass

from chizai.corpus.names.compare import Match, Statistics, Unit, compare


@dataclass(frozen=True, slots=True)
class Edge:
    left: int
    right: int
    match: Match


class Clusters:
    """Disjoint sets of unit indices with the edges that made them."""

    def __init__(self, units: list[Unit], stats: Statistics) -> None:
        self.units, self.stats = units, stats
        self._parent = list(range(len(units)))
        self._members: dict[int, list[int]] = {}
        self.edges: dict[int, list[Edge]] = defaultdict(list)

    def find(self, index: int) -> int:
        parent = self._parent
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def members(self, index: int) -> list[int]:
        root = self.find(index)
        return self._members.get(root, [root])

    def all(self) -> list[list[int]]:
        """Every cluster, its members in ascending order; clusters by their first member."""
        found: dict[int, list[int]] = defaultdict(list)
        for index in range(len(self.units)):
            found[self.find(index)].append(index)
        return list(found.values())

    def join(self, edge: Edge) -> bool:
        """Join without a check (certain evidence). False where they were one already."""
        left, right = self.find(edge.left), self.find(edge.right)
        if left == right or self.units[edge.left].isolated != self.units[edge.right].isolated:
            return False
        merged = self.members(left) + self.members(right)
        root, gone = min(left, right), max(left, right)
        self._parent[gone] = root
        self._members.pop(gone, None)
        self._members[root] = merged
        self.edges[edge.left].append(edge)
        self.edges[edge.right].append(edge)
        return True

    def established(self, members: list[int]) -> list[int]:
        """Members from the most to the least established: mentions, spellings, known words, the alphabet."""
        known = self.stats.known

        def rank(index: int) -> tuple[int, int, int, int, str]:
            unit = self.units[index]
            tokens = unit.parsed.tokens
            return (
                -unit.mentions, -len(unit.rows), -sum(map(known, tokens)) + len(tokens), -len(tokens), unit.parsed.key,
            )  # fmt: skip

        return sorted(members, key=rank)

    def join_if_consistent(self, edge: Edge, *, threshold: float, slack: float) -> bool:
        """Join where the representatives of both sides agree too (score at least ``threshold - slack``)."""
        left, right = self.members(edge.left), self.members(edge.right)
        if left is right or self.find(edge.left) == self.find(edge.right):
            return False
        if len(left) > 1 or len(right) > 1:
            if edge.match.code in ("spacing", "word-order"):
                return self.join(edge)
            numbers = {self.units[index].parsed.numbers for index in (left[0], right[0])}
            if len(numbers) > 1:
                return False
            tops_left, tops_right = self.established(left)[:3], self.established(right)[:3]
            votes = [
                _agree(self.units[one], self.units[two], self.stats, threshold - slack)
                for one in tops_left
                for two in tops_right
            ]
            if not votes[0] and sum(votes) * 2 < len(votes):
                return False
        return self.join(edge)

    def chains(self, members: list[int], start: int) -> dict[int, list[tuple[int, Edge]]]:
        """For each member the path of edges from ``start`` (the representative), each with the unit it leads from."""
        paths: dict[int, list[tuple[int, Edge]]] = {start: []}
        queue = deque([start])
        while queue:
            here = queue.popleft()
            for edge in self.edges.get(here, ()):
                there = edge.right if edge.left == here else edge.left
                if there not in paths:
                    paths[there] = [*paths[here], (here, edge)]
                    queue.append(there)
        return paths


def _agree(left: Unit, right: Unit, stats: Statistics, least: float) -> bool:
    found = compare(left, right, stats)
    return found is not None and found.score >= least


def agglomerate(clusters: Clusters, edges: list[Edge], *, threshold: float, slack: float = 0.12) -> None:
    """Join along ``edges`` of at least ``threshold``, the strongest first; the order of the input does not matter."""
    units = clusters.units
    strong = [edge for edge in edges if edge.match.score >= threshold]
    strong.sort(
        key=lambda edge: (
            -edge.match.score, min(units[edge.left].parsed.key, units[edge.right].parsed.key),
            max(units[edge.left].parsed.key, units[edge.right].parsed.key),
        )
    )  # fmt: skip
    for edge in strong:
        clusters.join_if_consistent(edge, threshold=threshold, slack=slack)


def attach(clusters: Clusters, edges: list[Edge], *, least: float) -> None:
    """Join a rare spelling to an established body that it is a slip of.

    A body with five spellings or more draws single spellings that are less alike than ``agglomerate`` asks (at least
    ``least``, with five to nine spellings 0.06 more), where they are alike to its representative and to no other such body.
    """
    spellings = {
        at: sum(len(clusters.units[one].rows) for one in clusters.members(at)) for at in _roots(clusters, edges)
    }
    wanted: dict[int, list[tuple[float, int, Edge]]] = defaultdict(list)
    for edge in edges:
        if edge.match.score < least or edge.match.code not in ("typo", "abbreviation", "missing-word"):
            continue
        for small, big in ((edge.left, edge.right), (edge.right, edge.left)):
            few, many = clusters.find(small), clusters.find(big)
            enough = least if spellings[many] >= 10 else least + 0.06
            tokens = [len(clusters.units[at].parsed.tokens) for at in (small, big)]
            if edge.match.code == "missing-word" and tokens[0] >= tokens[1]:
                continue  # the rare spelling is the one that lacks a word
            if few != many and spellings[few] <= 2 and spellings[many] >= 5 and edge.match.score >= enough:
                wanted[few].append((edge.match.score, many, edge))
    for _few, options in sorted(wanted.items(), key=lambda item: clusters.units[item[0]].parsed.key):
        options.sort(key=lambda option: (-option[0], clusters.units[option[1]].parsed.key))
        _score, many, edge = options[0]
        if any(other != many for _, other, _ in options):
            continue  # between two bodies it stays alone
        small = edge.left if clusters.find(edge.right) == clusters.find(many) else edge.right
        top = clusters.established(clusters.members(many))[0]
        if _agree(clusters.units[small], clusters.units[top], clusters.stats, least):
            clusters.join(edge)


def _roots(clusters: Clusters, edges: list[Edge]) -> set[int]:
    return {clusters.find(at) for edge in edges for at in (edge.left, edge.right)}
