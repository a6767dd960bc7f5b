from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chizai.landscape.statistics.cocounts import similarity
from chizai.landscape.statistics.specialisation import rta

GOLDEN = Path(__file__).parent / "golden"
ECONGEO = tomllib.loads((GOLDEN / "econgeo.toml").read_text(encoding="utf-8"))
COMPLEXITY = tomllib.loads((GOLDEN / "complexity.toml").read_text(encoding="utf-8"))

carriers = arrays(np.int64, st.tuples(st.integers(1, 30), st.integers(2, 6)), elements=st.integers(0, 1))


def upper(table: np.ndarray) -> np.ndarray:
    return table[np.triu_indices(len(table), 1)]


def test_co_occurrence_of_econgeo_follows_from_its_table() -> None:
    # shared/golden/econgeo_reference_values.txt:42-47; a location quotient of exactly 1 counts.
    binary = (rta(ECONGEO["counts"]) >= 1).astype(int)
    together = binary.T @ binary
    np.fill_diagonal(together, 0)
    assert together.tolist() == ECONGEO["co_occurrence"]


@pytest.mark.parametrize("measure", ["probability", "association", "cosine", "jaccard"])
def test_similarity_is_the_relatedness_of_econgeo(measure: str) -> None:
    # shared/golden/econgeo_reference_values.txt:48-75
    found = similarity(ECONGEO["co_occurrence"], measure=measure)  # type: ignore[arg-type]
    np.testing.assert_allclose(upper(found[1:, 1:]), ECONGEO["relatedness"][measure], rtol=0, atol=5e-10)
    assert np.isnan(found[0]).all(), "EconGeo prints 0 for a class that stands nowhere; it is undefined"


def test_proximity_is_that_of_ecomplexity() -> None:
    # shared/golden/complexity_reference_values.txt:54-61
    binary = (rta(COMPLEXITY["counts"]) >= 1).astype(int)
    found = similarity(binary.T @ binary, measure="proximity", sizes=binary.sum(axis=0))
    np.testing.assert_allclose(upper(found), COMPLEXITY["proximity"], rtol=0, atol=5e-11)


@given(carriers)
def test_similarities_are_symmetric_and_bounded(units: np.ndarray) -> None:
    together, sizes = units.T @ units, units.sum(axis=0)
    for measure in ("cosine", "jaccard", "proximity"):
        found = similarity(together, measure=measure, sizes=sizes)  # type: ignore[arg-type]
        np.testing.assert_array_equal(found, found.T)
        known = found[~np.isnan(found)]
        assert np.all((known >= 0) & (known <= 1 + 1e-12))
    assert np.isnan(np.diag(found)).all()


def test_independent_classes_have_association_one() -> None:
    # Sizes as sums of the expected table: c_ij = s_i s_j / T.
    sizes = np.array([10.0, 20.0, 70.0])
    found = similarity(np.outer(sizes, sizes) / 100, measure="association", sizes=sizes)
    np.testing.assert_allclose(upper(found), 1)


def test_tables_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="symmetric"):
        similarity([[0, 1], [2, 0]], measure="cosine")
    with pytest.raises(ValueError, match="more units"):
        similarity([[0, 5], [5, 0]], measure="cosine", sizes=[4, 9])
    with pytest.raises(ValueError, match="unknown measure"):
        similarity([[0, 1], [1, 0]], measure="lift")  # type: ignore[arg-type]
