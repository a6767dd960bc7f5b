"""Main path: the chain of citations over which most of the selection's flow of knowledge runs."""

from __future__ import annotations

import numpy as np
from ibis import _

from chizai.errors import NotSupported, UnknownChoice
from chizai.finding import Caveat, Column, Finding
from chizai.landscape.citations import citing_pairs
from chizai.landscape.naming import publication_labels
from chizai.landscape.scope import Scope
from chizai.landscape.statistics.main_path import Search, Weight, network, traversal_weights
from chizai.landscape.statistics.main_path import main_path as search_path
from chizai.messages import Phrase

COLUMNS = (
    Column("publication", "code"),
    Column("title", "text"),
    Column("year", "year"),
    Column("path_weight", "number"),
    Column("builds_on", "text"),
    Column("citations", "count"),
)


def main_path(scope: Scope, *, weight: Weight = "spc", search: Search = "global", routes: int = 1) -> Finding:
    """The patents of the main path among the selection's own citations, oldest first.

    ``path_weight`` is the heaviest weight of the path's links that reach the patent (of those that leave it, where none
    does); a natural logarithm where the counts are too large for a number (fact ``arithmetic``). ``builds_on`` names the
    patents of the path that it cites. Raises NotSupported where no unit cites another of the selection.
    """
    for kind, name, known in (
        ("weight", weight, ("spc", "splc", "spnp-path", "spnp-pair")),
        ("search", search, ("local-forward", "local-backward", "global", "key-route")),
    ):
        if name not in known:
            raise UnknownChoice(kind=kind, name=name, known=", ".join(known))
    inside = scope.units.select(citing=scope.units.unit)
    pairs = scope.run(citing_pairs(scope).semi_join(inside, "citing").order_by("unit", "citing"))
    if not pairs.num_rows:
        raise NotSupported(figure=Phrase("finding.main_path.title"), reason=Phrase("caveat.reason_no_pairs"))
    units, place = np.unique(
        np.concatenate([pairs["unit"].to_numpy(), pairs["citing"].to_numpy()]), return_inverse=True
    )
    net = network(place[: pairs.num_rows], place[pairs.num_rows :], size=len(units))
    if not len(net.cited):
        raise NotSupported(figure=Phrase("finding.main_path.title"), reason=Phrase("caveat.reason_no_pairs"))
    found = traversal_weights(net, weight=weight)
    arcs = search_path(net, found, search=search, routes=routes)
    cited, citing, values = net.cited[arcs], net.citing[arcs], np.asarray(found.values[arcs], dtype=np.float64)
    nodes = np.unique(np.concatenate([cited, citing]))
    into, out = (np.full(net.size, -np.inf) for _side in range(2))
    np.maximum.at(into, citing, values)
    np.maximum.at(out, cited, values)
    heaviest = np.where(np.isfinite(into), into, out)
    received = np.bincount(net.cited, minlength=net.size)
    facts = scope.run(
        scope.units.filter(_.unit.isin([int(units[node]) for node in nodes])).select("unit", "first_pub", "year")
    ).to_pylist()
    known_units = {row["unit"]: row for row in facts}
    labels = publication_labels(scope, [row["first_pub"] for row in facts])
    number = {int(node): labels.get(known_units[int(units[node])]["first_pub"], ("", None)) for node in nodes}
    before: dict[int, list[str]] = {int(node): [] for node in nodes}
    for one, other in zip(cited.tolist(), citing.tolist(), strict=True):
        before[other].append(number[one][0])
    year = {int(node): known_units[int(units[node])]["year"] for node in nodes}
    ordered = sorted(
        (int(node) for node in nodes), key=lambda node: (int(net.level[node]), year[node] or 0, number[node][0])
    )
    caveats = [Caveat("main_path_inside"), Caveat("main_path_one_of_many")]
    derived = scope.corpus["citation"].filter(_.cited_by == "text").semi_join(scope.members, "pub")
    if scope.run(derived.count().as_table())[0][0].as_py():
        caveats.append(Caveat("derived_from_text"))
    if net.cycles:
        caveats.append(Caveat("cycles_dropped", {"groups": len(net.cycles), "links": net.dropped}))
    if len(net.cited) < 0.5 * scope.total:
        caveats.append(Caveat("sparse_citations", {"links": len(net.cited), "units": scope.total}))
    return scope.finding(
        "main_path",
        COLUMNS,
        {
            "publication": [number[node][0] for node in ordered],
            "title": [number[node][1] for node in ordered],
            "year": [year[node] for node in ordered],
            "path_weight": [float(heaviest[node]) for node in ordered],
            "builds_on": [", ".join(sorted(before[node])) or None for node in ordered],
            "citations": [int(received[node]) for node in ordered],
        },
        uses=("unit", "date", "family_basis"),
        caveats=caveats,
        facts={"network_units": net.size, "network_links": len(net.cited), "arithmetic": found.arithmetic},
        parameters={"weight": weight, "search": search, "routes": routes},
    )
