"""Relatedness, density, complexity: against printed values of ecomplexity, economic-complexity and EconGeo, and rules."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chizai.errors import NotSupported, UnknownChoice
from chizai.landscape import Landscape
from chizai.landscape.statistics.cocounts import similarity
from chizai.landscape.statistics.complexity import complexity, outlook, reflections
from chizai.landscape.statistics.relatedness import (
    co_presence,
    density,
    density_interval,
    neighbourhood,
    presence,
    relatedness,
)
from chizai.landscape.statistics.specialisation import rta
from chizai.workspace import Workspace

GOLDEN = Path(__file__).parent / "golden"
COUNTS = tomllib.loads((GOLDEN / "complexity.toml").read_text(encoding="utf-8"))["counts"]
ECONGEO = tomllib.loads((GOLDEN / "econgeo.toml").read_text(encoding="utf-8"))

# shared/golden/complexity_reference_values.txt, printed by py-ecomplexity (ECI, PCI, density, COI) and
# economic-complexity (ECI_SAMPLE, PCI_SAMPLE) for COUNTS.
PRESENT = [[0, 1, 0, 1, 0], [1, 0, 0, 1, 1], [1, 0, 1, 0, 0], [0, 0, 1, 0, 1], [0, 1, 0, 1, 1], [1, 1, 0, 1, 0]]
DENSITY = [
    [0.3333333333, 0.7241379310, 0.0, 0.6363636364, 0.3333333333],
    [0.7333333333, 0.5862068966, 0.4, 0.7272727273, 0.7333333333],
    [0.5333333333, 0.1379310345, 0.8, 0.1818181818, 0.2666666667],
    [0.2666666667, 0.1379310345, 0.8, 0.1818181818, 0.5333333333],
    [0.4666666667, 0.8620689655, 0.2, 0.8181818182, 0.7333333333],
    [0.7333333333, 0.8620689655, 0.2, 0.8181818182, 0.4666666667],
]
PROXIMITY = [
    [1.0, 0.3333333333, 0.3333333333, 0.50, 0.3333333333],
    [0.3333333333, 1.0, 0.0, 0.75, 0.3333333333],
    [0.3333333333, 0.0, 1.0, 0.0, 0.3333333333],
    [0.50, 0.75, 0.0, 1.0, 0.50],
    [0.3333333333, 0.3333333333, 0.3333333333, 0.50, 1.0],
]
ECI = [1.2118755642, 0.1011994408, -1.3394654183, -1.3394654183, 0.6829279158, 0.6829279158]
COI = [-0.1785226026, 0.0865860563, 1.2434880748, 1.2434880748, -1.1975198017, -1.1975198017]
PCI = [-0.3749673811, 1.3702180439, -2.3039634555, 1.0535330846, -0.3749673811]
ECI_SAMPLE = [1.1062779421, 0.0923950154, -1.2227619590, -1.2227619590, 0.6234254803, 0.6234254803]
PCI_SAMPLE = [-0.1707918373, 1.0265662201, -1.4942771792, 0.8092946337, -0.1707918373]
# shared/golden/econgeo_reference_values.txt: relatedness.density (association, binarised at 1; per cent, two decimals);
# the network of Hidalgo & Hausmann (2009), figure S4, with its reflections; and KCI, TCI.
ECONGEO_DENSITY = [
    [np.nan, 0.00, 0, 0, 0.00],
    [np.nan, 33.33, 0, 0, 33.33],
    [np.nan, 66.67, 100, 100, 66.67],
    [np.nan, 66.67, 100, 100, 66.67],
    [np.nan, 33.33, 50, 50, 66.67],
]
S4 = [[1, 1, 1, 1], [0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]]
KCI = [0.539412300, 6.399529656, -2.619416209, -3.319525746]
TCI = [0.4611315166, 2.9659731785, -0.8886487108, -1.5384559843]

DIGITS = {"rtol": 0, "atol": 6e-11}

tables = arrays(np.int64, st.tuples(st.integers(2, 8), st.integers(2, 6)), elements=st.integers(0, 1))


# Golden values --------------------------------------------------------------------------------------------------------


def test_presence_proximity_and_density_with_itself_are_those_of_ecomplexity() -> None:
    home = presence(COUNTS)
    assert home.astype(int).tolist() == PRESENT
    together, sizes = co_presence(home)
    phi = similarity(together, measure="proximity", sizes=sizes)
    expected = np.array(PROXIMITY)
    np.testing.assert_allclose(np.where(np.isnan(phi), 1.0, phi), expected, **DIGITS)
    np.testing.assert_allclose(density(home, phi, itself="included"), DENSITY, **DIGITS)


def test_density_without_itself_is_that_of_econgeo_but_not_rounded() -> None:
    home = presence(ECONGEO["counts"])
    related = similarity(ECONGEO["co_occurrence"], measure="association")
    found = density(home, related, itself="excluded", binarise_at=1.0)
    # EconGeo gives zero density to actors that hold only technologies without relations, and rounds to two decimals.
    np.testing.assert_allclose(100 * found, ECONGEO_DENSITY, rtol=0, atol=0.005)
    assert found[1, 1] == 1 / 3


def test_eci_and_pci_are_those_of_ecomplexity_to_all_digits_printed() -> None:
    found = complexity(PRESENT, ddof=0, pci_scale="actors")
    np.testing.assert_allclose(found.eci, ECI, **DIGITS)
    np.testing.assert_allclose(found.pci, PCI, **DIGITS)
    assert found.diversity.tolist() == [2, 3, 2, 2, 3, 3]
    assert found.ubiquity.tolist() == [3, 3, 2, 4, 3]
    assert found.sign == "diversity"
    assert found.reason == ""
    coi = outlook(DENSITY, PRESENT, found.raw_pci)
    np.testing.assert_allclose(coi, COI, rtol=0, atol=5e-10)


def test_the_figures_of_economic_complexity_are_reflections_and_the_samples_deviation() -> None:
    # It stops after 18 (actors) and 19 (technologies) reflections, and divides by the deviation with ddof 1: near the
    # eigenvector, but not on it.
    for values, printed in (
        (reflections(PRESENT, steps=18)[0], ECI_SAMPLE),
        (reflections(PRESENT, steps=19)[1], PCI_SAMPLE),
    ):
        np.testing.assert_allclose((values - values.mean()) / values.std(ddof=1), printed, **DIGITS)
    found = complexity(PRESENT, ddof=1, pci_scale="own")
    np.testing.assert_allclose(found.eci, ECI_SAMPLE, rtol=2e-4)
    np.testing.assert_allclose(found.pci, PCI_SAMPLE, rtol=2e-4)
    np.testing.assert_allclose(found.eci, np.sqrt(5 / 6) * np.array(ECI), rtol=1e-9)


def test_an_actors_complexity_is_the_mean_of_its_technologies() -> None:
    found = complexity(PRESENT)
    np.testing.assert_allclose(np.array(PRESENT) @ found.pci / found.diversity, found.eci, rtol=1e-12)


def test_reflections_are_those_of_hidalgo_and_hausmann() -> None:
    # Figure S4: diversity 4 1 2 1, ubiquity 1 2 2 3, and one and two steps.
    actors, technologies = reflections(S4, steps=0)
    assert (actors.tolist(), technologies.tolist()) == ([4, 1, 2, 1], [1, 2, 2, 3])
    actors, technologies = reflections(S4, steps=1)
    assert actors.tolist() == [2, 2, 2.5, 3]
    np.testing.assert_allclose(technologies, [4.0, 2.5, 3.0, 2.333333333], rtol=0, atol=5e-10)
    actors, technologies = reflections(S4, steps=2)
    np.testing.assert_allclose(actors, [2.958333333, 2.5, 2.666666667, 2.333333333], rtol=0, atol=5e-10)
    np.testing.assert_allclose(technologies, [2.0, 2.0, 2.25, 2.5], rtol=1e-12)


def test_far_reflections_converge_to_the_eigenvector() -> None:
    steps, _ = reflections(S4, steps=18)
    found = complexity(S4)
    assert abs(np.corrcoef(steps, found.eci)[0, 1]) > 0.999


def test_the_complexity_of_econgeo_carries_its_rounding_and_ours_does_not() -> None:
    # EconGeo divides the eigenvector by its sum, and rounds the matrix to four decimals before taking it.
    found = complexity(S4)
    np.testing.assert_allclose(found.raw_eci / found.raw_eci.sum(), KCI, rtol=2e-3)
    assert not np.allclose(found.raw_eci / found.raw_eci.sum(), KCI, rtol=1e-4)
    table = np.array(S4, dtype=float)
    to_field, to_actor = table / table.sum(axis=1, keepdims=True), (table / table.sum(axis=0)).T
    for product, printed in ((to_field @ to_actor, KCI), (to_actor @ to_field, TCI)):
        values, vectors = np.linalg.eig(product.round(4))
        second = vectors[:, np.argsort(-values)[1]]
        np.testing.assert_allclose(second / second.sum(), printed, rtol=0, atol=5e-9)
    # The eigenvector satisfies its equation to machine precision.
    np.testing.assert_allclose(to_field @ to_actor @ found.raw_eci, found.eigenvalue * found.raw_eci, atol=1e-14)


# What peers get wrong -------------------------------------------------------------------------------------------------


def test_the_density_among_nearest_neighbours_is_a_share_not_a_count() -> None:
    # py-ecomplexity's knn branch returns how many of the neighbours are present: 0, 1, 2, ...
    home = presence(COUNTS)
    together, sizes = co_presence(home)
    phi = similarity(together, measure="proximity", sizes=sizes)
    found = density(home, phi, itself="excluded", neighbours=2)
    assert np.nanmax(found) <= 1
    # F1's neighbours: F3 (0.75), then F0 and F4 tied at 1/3: all three count, weighted.
    weights = neighbourhood(phi, itself="excluded", neighbours=2)
    np.testing.assert_allclose(weights[1], [1 / 3, 0, 0, 0.75, 1 / 3], rtol=1e-12)
    assert found[0, 1] == pytest.approx(0.75 / (0.75 + 2 / 3))


def test_a_read_only_table_does_no_harm() -> None:
    # economic-complexity 0.3.0 fails on the read-only arrays of pandas 3.
    phi = similarity(*(lambda pair: (pair[0],))(co_presence(PRESENT)), measure="cosine")
    phi.flags.writeable = False
    home = np.array(PRESENT)
    home.flags.writeable = False
    before = phi.copy()
    density(home, phi, itself="included", neighbours=2)
    complexity(home)
    np.testing.assert_array_equal(phi, before)


def test_nothing_is_rounded_inside() -> None:
    # EconGeo's RCA() rounds to two decimals, so that 0.996 is at home.
    counts = [[996, 1004], [1004, 996]]
    assert rta(counts)[0, 0] == 0.996
    assert presence(counts).tolist() == [[False, True], [True, False]]


# Rules ----------------------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(tables, st.integers(0, 2**31))
def test_density_does_not_depend_on_the_order_of_technologies(home: np.ndarray, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(home.shape[1])
    together, sizes = co_presence(home)
    phi = similarity(together, measure="proximity", sizes=sizes)
    for options in ({}, {"neighbours": 1}, {"binarise_at": 0.4}):
        found = density(home, phi, itself="excluded", **options)
        again = density(home[:, order], phi[np.ix_(order, order)], itself="excluded", **options)
        np.testing.assert_allclose(again, found[:, order], rtol=1e-12)
        assert np.all((found >= 0) & (found <= 1 + 1e-12) | np.isnan(found))


@settings(max_examples=50)
@given(tables)
def test_density_with_itself_is_never_lower_where_the_actor_is_at_home(home: np.ndarray) -> None:
    together, sizes = co_presence(home)
    phi = similarity(together, measure="proximity", sizes=sizes)
    inside, outside = density(home, phi, itself="included"), density(home, phi, itself="excluded")
    known = ~np.isnan(outside)
    at_home = home.astype(bool) & known
    assert np.all(inside[at_home] >= outside[at_home] - 1e-12)
    assert np.all(inside[known & ~home.astype(bool)] <= outside[known & ~home.astype(bool)] + 1e-12)


@settings(max_examples=50)
@given(tables, st.integers(0, 2**31))
def test_complexity_follows_its_rows_and_never_breaks(home: np.ndarray, seed: int) -> None:
    found = complexity(home)
    assert found.reason in ("", "too-few-actors", "all-alike", "tied-dimensions")
    if found.reason:
        assert np.isnan(found.eci).all()
        return
    known = ~np.isnan(found.eci)
    assert found.eci[known].mean() == pytest.approx(0, abs=1e-9)
    assert found.eci[known].std() == pytest.approx(1)
    if found.sign == "diversity":
        assert np.corrcoef(found.diversity[known], found.eci[known])[0, 1] > 0
        order = np.random.default_rng(seed).permutation(len(home))
        if found.parts == 1:
            np.testing.assert_allclose(complexity(home[order]).eci, found.eci[order], atol=1e-6)


def test_groups_that_share_nothing_get_no_common_figure() -> None:
    # The toy table of EconGeo: R1 holds I1 alone and nobody else does. The eigenvalue 1 would repeat.
    found = complexity(presence(ECONGEO["counts"]))
    assert found.parts == 2
    assert np.isnan(found.eci).tolist() == [True, False, False, False, False]
    assert np.isnan(found.pci).tolist() == [True, False, False, False, False]
    assert found.eigenvalue < 1


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[1, 1], [1, 1], [1, 1]], "all-alike"),
        ([[1, 0], [0, 1]], "too-few-actors"),
        (np.zeros((0, 0)), "too-few-actors"),
        (np.zeros((3, 3)), "too-few-actors"),
        ([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]], "tied-dimensions"),
    ],
)
def test_where_complexity_is_not_defined_it_says_why(table: object, reason: str) -> None:
    found = complexity(table)  # type: ignore[arg-type]
    assert found.reason == reason
    assert np.isnan(found.eci).all()


def test_the_interval_of_relatedness_holds_its_value_and_narrows() -> None:
    for measure in ("proximity", "association", "cosine", "jaccard", "probability"):
        wide, narrow = (
            relatedness(
                np.array([[5, 2, 0], [2, 4, 1], [0, 1, 3]]) * k,
                sizes=np.array([5, 4, 3]) * k,
                measure=measure,  # type: ignore[arg-type]
            )
            for k in (1, 100)
        )
        for found in (wide, narrow):
            pairs = np.triu_indices(3, 1)
            assert np.all(found.low[pairs] <= found.value[pairs])
            assert np.all(found.value[pairs] <= found.high[pairs])
        scale = narrow.value[0, 1] / wide.value[0, 1]
        assert narrow.high[0, 1] - narrow.low[0, 1] < 0.25 * scale * (wide.high[0, 1] - wide.low[0, 1])
        assert np.isnan(np.diag(wide.value)).all()


def test_a_technology_that_stands_nowhere_has_no_relatedness() -> None:
    found = relatedness([[3, 1, 0], [1, 2, 0], [0, 0, 0]], sizes=[3, 2, 0], measure="association")
    assert found.reason[2].tolist() == ["field-empty", "field-empty", ""]
    assert np.isnan(found.value[2]).all()
    assert np.isnan(found.high[0, 2])


def covered(rates: np.ndarray, *, method: str, tables: int) -> float:
    """How often the interval from drawn counts holds the density that the rates themselves have."""
    truth = density_interval(rates, draws=2).value
    generator = np.random.default_rng(8)
    inside, cells = 0, 0
    for number in range(tables):
        found = density_interval(generator.poisson(rates), draws=80, seed=number, method=method)  # type: ignore[arg-type]
        known = ~np.isnan(truth) & ~np.isnan(found.value)
        inside += int(((found.low <= truth) & (truth <= found.high))[known].sum())
        cells += int(known.sum())
    assert cells > 3000
    return inside / cells


def test_the_interval_of_density_covers_the_density_of_the_rates_behind_the_counts() -> None:
    # Truth is known: specialisation Gamma(1), sizes of actors and technologies Gamma(2), about 16 units a cell.
    generator = np.random.default_rng(0)
    sizes = generator.gamma(2, 1, (30, 1)) * generator.gamma(2, 1, 15)
    rates = 4 * sizes * generator.gamma(1, 1, (30, 15))
    assert covered(rates, method="posterior", tables=10) > 0.83
    assert covered(rates, method="posterior", tables=10) > covered(rates, method="bootstrap", tables=10)


def test_the_interval_of_density_is_the_same_on_repeat_and_knows_the_remainders() -> None:
    counts = np.array([[9, 3, 1, 0], [1, 8, 4, 2], [2, 2, 9, 1], [7, 1, 0, 3]])
    one, two = (density_interval(counts, draws=40, seed=5, actors=3, technologies=3, rows=2) for _ in range(2))
    assert one.value.shape == (2, 3)
    np.testing.assert_array_equal(one.low, two.low)
    whole = presence(counts)[:3, :3]
    together, sizes = co_presence(whole)
    expected = density(whole[:2], similarity(together, measure="proximity", sizes=sizes), itself="excluded")
    np.testing.assert_array_equal(one.value, expected)


def test_empty_actors_and_unrelated_technologies_say_so() -> None:
    found = density_interval([[0, 0, 0], [5, 5, 1], [1, 1, 9]], draws=20)
    assert set(found.reason[0]) == {"actor-empty"}
    assert found.reason[1, 2] == "field-unrelated"
    assert np.isnan(found.value[0]).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: density([[1, 0]], [[0, 1], [1, 0]], itself="maybe"),
        lambda: density([[1, 0, 1]], [[0, 1], [1, 0]], itself="included"),
        lambda: density([[2, 0]], [[0, 1], [1, 0]], itself="included"),
        lambda: neighbourhood([[0, 1], [1, 0]], itself="included", neighbours=0),
        lambda: neighbourhood([[0, 1]], itself="included"),
        lambda: complexity([[0.5]]),
        lambda: complexity(S4, pci_scale="else"),
        lambda: reflections(S4, steps=-1),
        lambda: co_presence([1, 0]),
    ],
)
def test_wrong_arguments_are_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        call()


# As findings ----------------------------------------------------------------------------------------------------------

CLASSES = ["B64C39/02", "G05D1/00", "H04W4/00", "H04L29/08", "G06T7/00", "A01B79/00"]
OWNS = {"ALPHA CORP": [0, 1], "BETA INC": [0, 1, 2], "GAMMA LTD": [2, 3], "DELTA CO": [2, 3, 4], "EPSILON AG": [4, 5]}


def lens_csv(path: Path, *, each: int, owners: dict[str, list[int]]) -> Path:
    """A CSV export of The Lens, written by hand: every owner has ``each`` patents in each of its classes."""
    head = "Jurisdiction,Kind,Publication Number,Lens ID,Publication Date,Publication Year,Application Number,Application Date,Priority Numbers,Earliest Priority Date,Title,Applicants,Inventors,CPC Classifications,IPCR Classifications,Document Type"
    rows, number = [head], 10_000_000
    for owner, held in owners.items():
        for code in held:
            for _ in range(each):
                number += 1
                rows.append(
                    f"US,B2,US {number} B2,{number},2015-03-10,2015,US 2013{number} A,2013-02-01,US 2013{number} A,2013-02-01,A thing,{owner},Doe John,{CLASSES[code]},,Granted Patent"
                )
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Landscape:
    folder = tmp_path_factory.mktemp("related")
    workspace = Workspace.create(folder / "ws", lang="en")
    workspace.add(lens_csv(folder / "lens.csv", each=25, owners=OWNS), collection="made")
    return workspace.landscape(collection="made")


def test_the_related_pairs_of_a_made_collection_are_known(made: Landscape) -> None:
    found = made.relatedness()
    pairs = {frozenset((row["code"], row["other"])): row for row in found}
    # B64C and G05D: ALPHA and BETA are at home in both, nobody in one alone.
    row = pairs[frozenset(("B64C", "G05D"))]
    assert (row["relatedness"], row["together"], row["size"]) == (1.0, 2, 2)
    assert row["relatedness_low"] < 1 == row["relatedness_high"]
    assert pairs[frozenset(("H04W", "H04L"))]["relatedness"] == pytest.approx(2 / 3)
    assert found.facts == {"actors": 5, "technologies": 6}
    # No unit carries two classes here.
    assert max(row["relatedness"] for row in made.relatedness(source="classes")) == 0


def test_density_says_where_an_actor_could_go(made: Landscape) -> None:
    found = made.density(itself="excluded", draws=20)
    row = next(row for row in found if row["actor"] == "ALPHA CORP" and row["code"] == "H04W")
    # H04W is related to H04L (2/3), G05D and B64C (1/3 each), G06T (1/3).
    assert row["density"] == pytest.approx((1 / 3 + 1 / 3) / (2 / 3 + 3 * (1 / 3)))
    assert not row["at_home"]
    assert row["density_low"] <= row["density"] <= row["density_high"]
    assert {caveat.code for caveat in found.caveats} >= {"related_by_actors", "itself_excluded"}
    again = made.density(itself="excluded", draws=20)
    assert found.table.equals(again.table)


def test_complexity_of_a_made_collection_stands_on_one_scale(made: Landscape) -> None:
    found = made.complexity()
    actors = [row["complexity"] for row in found if row["kind"] == "actor"]
    assert np.mean(actors) == pytest.approx(0, abs=1e-12)
    assert np.std(actors) == pytest.approx(1)
    assert len(found) == 5 + 6


def test_unknown_choices_are_refused_with_what_is_known(made: Landscape) -> None:
    for options in ({"source": "dreams"}, {"measure": "love"}):
        with pytest.raises(UnknownChoice):
            made.relatedness(**options)
    with pytest.raises(UnknownChoice):
        made.density(itself="perhaps")
    with pytest.raises(UnknownChoice):
        made.complexity(by="planet")


@pytest.mark.parametrize("name", ["relatedness", "density", "complexity"])
def test_a_collection_that_is_too_small_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws", lang="en")
    workspace.add(lens_csv(tmp_path / "lens.csv", each=1, owners={"ALPHA CORP": [0, 1, 2]}), collection="three")
    landscape = workspace.landscape(collection="three")
    with pytest.raises(NotSupported, match="too few"):
        getattr(landscape, name)()
    with pytest.raises(NotSupported, match="country"):
        getattr(landscape, name)(by="country")
