"""Main path: weights against published values and brute force, searches, cycles, and sizes that overflow a float."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chizai.data.collections import shipped
from chizai.errors import UnknownChoice
from chizai.landscape.statistics.main_path import Network, main_path, network, traversal_weights
from chizai.workspace import Workspace

# shared/golden/main_path_reference.txt: the network of the tests of the R package mpaR 0.4.0; nodes 1 to 5 are 0 to 4.
G5 = [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)]
G5_WEIGHTS = {
    "spc": [2, 1, 1, 1, 1],
    "splc": [2, 2, 2, 3, 3],
    "spnp-path": [5, 4, 4, 3, 3],
    "spnp-pair": [4, 4, 4, 3, 3],
}
# A network of 14 nodes that meets every fact stated in Wikipedia's text on its sample network (the golden file holds the
# facts, not the links).
SAMPLE = ["AC", "BC", "BD", "BJ", "CE", "CH", "DF", "DI", "EG", "FH", "FI", "GH", "HK", "IL", "IM", "JM", "MN"]


def made(arcs: list[tuple[int, int]], *, size: int) -> Network:
    return network([a for a, _ in arcs], [b for _, b in arcs], size=size)


def lettered(words: list[str]) -> tuple[Network, list[str]]:
    net = made([(ord(a) - 65, ord(b) - 65) for a, b in words], size=14)
    return net, [chr(65 + a) + chr(65 + b) for a, b in zip(net.cited, net.citing, strict=True)]


@pytest.mark.parametrize("weight", list(G5_WEIGHTS))
@pytest.mark.parametrize("arithmetic", ["float", "log", "exact"])
def test_the_weights_of_the_five_node_network_are_those_of_mpar_and_pybibx(weight: str, arithmetic: str) -> None:
    # biblium 2.16.1 gives SPLC 1, .5, .5, .5, .5 and SPNP 2, 1, 1, 1, 1: rescaled SPC.
    net = made(G5, size=5)
    found = traversal_weights(net, weight=weight, arithmetic=arithmetic)  # type: ignore[arg-type]
    values = np.exp(found.values) if arithmetic == "log" else found.values
    by_arc = dict(zip(zip(net.cited.tolist(), net.citing.tolist(), strict=True), values.tolist(), strict=True))
    np.testing.assert_allclose([by_arc[arc] for arc in G5], G5_WEIGHTS[weight], rtol=1e-12)


def test_the_facts_on_the_sample_network_of_wikipedia_hold() -> None:
    net, names = lettered(SAMPLE)
    spc, splc = (traversal_weights(net, weight=weight) for weight in ("spc", "splc"))  # type: ignore[arg-type]
    weight = dict(zip(names, spc.values, strict=True))
    assert weight["BD"] == 5
    assert dict(zip(names, splc.values, strict=True))["DF"] == 6
    chosen = {names[arc] for arc in main_path(net, spc, search="global")}
    assert chosen == {"BD", "DF", "FI", "IM", "MN"}
    assert sum(weight[name] for name in chosen) == 15
    local = {names[arc] for arc in main_path(net, spc, search="local-forward")}
    assert "HK" not in chosen | local
    assert "HK" in {names[arc] for arc in main_path(net, spc, search="key-route")}
    assert weight["HK"] == max(weight.values())


dags = st.integers(2, 9).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.lists(
            st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda arc: arc[0] < arc[1]),
            min_size=1,
        ),
    )
)


@settings(max_examples=50)
@given(dags)
def test_weights_are_those_of_counting_and_obey_their_laws(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    size, arcs = drawn
    net = made(arcs, size=size)
    spc, splc, spnp, pair = (
        traversal_weights(net, weight=weight, arithmetic="exact").values  # type: ignore[arg-type]
        for weight in ("spc", "splc", "spnp-path", "spnp-pair")
    )
    assert all(1 <= a <= b <= c for a, b, c in zip(spc, splc, spnp, strict=True))
    assert all(p <= c for p, c in zip(pair, spnp, strict=True))
    # Every path, listed.
    after: dict[int, list[int]] = {node: [] for node in range(size)}
    for a, b in zip(net.cited.tolist(), net.citing.tolist(), strict=True):
        after[a].append(b)
    citing = set(net.citing.tolist())
    paths = [[node] for node in range(size) if node not in citing and after[node]]
    ended = []
    while paths:
        path = paths.pop()
        paths += [[*path, follower] for follower in after[path[-1]]]
        if not after[path[-1]]:
            ended.append(path)
    steps = [step for path in ended for step in pairwise(path)]
    keys = list(zip(net.cited.tolist(), net.citing.tolist(), strict=True))
    assert list(spc) == [steps.count(key) for key in keys]
    # Flow is conserved: out of the sources, into the sinks, through every node.
    for node in range(size):
        into = sum(w for (_, b), w in zip(keys, spc, strict=True) if b == node)
        out = sum(w for (a, _), w in zip(keys, spc, strict=True) if a == node)
        assert into == out or node not in citing or not after[node]
    assert sum(w for (a, _), w in zip(keys, spc, strict=True) if a not in citing) == len(ended)
    # The global path is the best of all listed.
    weight = dict(zip(keys, spc, strict=True))
    best = max(sum(weight[step] for step in pairwise(path)) for path in ended)
    optimal = {
        step for path in ended if sum(weight[step] for step in pairwise(path)) == best for step in pairwise(path)
    }
    for arithmetic in ("exact", "float", "log"):
        found = main_path(net, traversal_weights(net, arithmetic=arithmetic), search="global")  # type: ignore[arg-type]
        assert {keys[arc] for arc in found} == optimal


def test_cycles_are_found_reported_and_taken_out() -> None:
    net = made([(0, 1), (1, 2), (2, 1), (2, 3), (4, 4), (0, 1)], size=5)
    assert net.cycles == ((1, 2),)
    assert (net.dropped, net.loops, net.repeated) == (2, 1, 1)
    assert list(zip(net.cited.tolist(), net.citing.tolist(), strict=True)) == [(0, 1), (2, 3)]
    with pytest.raises(ValueError, match="circle"):
        network([0, 1], [1, 0], size=2, cycles="refuse")


def test_counts_beyond_the_largest_float_go_to_logarithms_and_stay_right() -> None:
    # 1,100 diamonds in a row: 2^1100 paths.
    arcs = [
        arc
        for k in range(1100)
        for arc in ((3 * k, 3 * k + 1), (3 * k, 3 * k + 2), (3 * k + 1, 3 * k + 3), (3 * k + 2, 3 * k + 3))
    ]
    net = made(arcs, size=3301)
    with pytest.raises(OverflowError):
        traversal_weights(net, arithmetic="float")
    found, exact = traversal_weights(net), traversal_weights(net, arithmetic="exact")
    assert found.arithmetic == "log"
    assert set(exact.values) == {2**1099}
    np.testing.assert_allclose(found.values, 1099 * np.log(2), rtol=1e-12)
    assert len(main_path(net, found, search="global")) == len(net.cited)


def test_no_citations_and_wrong_arguments() -> None:
    net = network([], [], size=3)
    assert traversal_weights(net).values.tolist() == []
    assert main_path(net, traversal_weights(net), search="global").tolist() == []
    five = made(G5, size=5)
    found = traversal_weights(five)
    for call in (
        lambda: network([0], [5], size=5),
        lambda: network([0, 1], [1], size=5),
        lambda: traversal_weights(five, weight="spx"),  # type: ignore[arg-type]
        lambda: traversal_weights(five, arithmetic="guess"),  # type: ignore[arg-type]
        lambda: traversal_weights(five, weight="spnp-pair", largest_pair_network=3),
        lambda: main_path(five, found, search="somewhere"),  # type: ignore[arg-type]
        lambda: main_path(five, found, search="key-route", routes=0),
    ):
        with pytest.raises(ValueError):
            call()


def test_a_network_of_a_hundred_thousand_nodes_takes_seconds() -> None:
    generator = np.random.default_rng(0)
    citing = generator.integers(1, 100_000, 400_000)
    cited = np.maximum(citing - 1 - generator.geometric(1 / 5000, 400_000), 0)
    net = network(cited, citing, size=100_000)
    found = traversal_weights(net)
    sources = ~np.isin(net.cited, net.citing)
    sinks = ~np.isin(net.citing, net.cited)
    assert found.values[sources].sum() == pytest.approx(found.values[sinks].sum(), rel=1e-9)
    assert len(main_path(net, found, search="global")) >= net.level.max() // 4


def test_the_finding_lists_the_patents_of_the_path(tmp_path_factory: pytest.TempPathFactory) -> None:
    workspace = Workspace.create(tmp_path_factory.mktemp("path") / "ws", lang="en")
    item = next(item for item in shipped() if item.name == "us_documents")
    workspace.add(*item.paths, collection=item.name, licence=item.licence, source=item.source)
    landscape = workspace.landscape(collection="us_documents")
    found = landscape.main_path()
    rows = list(found)
    assert len(rows) > 3
    assert rows[0]["builds_on"] is None
    numbers = {row["publication"] for row in rows}
    assert all(part in numbers for row in rows if row["builds_on"] for part in row["builds_on"].split(", "))
    assert all(row["title"] and row["year"] and row["path_weight"] >= 1 for row in rows)
    assert found.table.equals(landscape.main_path().table)
    assert {row["publication"] for row in landscape.main_path(search="key-route", routes=5)}
    for lang in ("en", "ja"):
        assert found.to_html(lang)
    for wrong in ({"weight": "spx"}, {"search": "luck"}):
        with pytest.raises(UnknownChoice):
            landscape.main_path(**wrong)
