"""The benchmark of reading covers every reader, and still runs."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from chizai.corpus.readers import readers

ROOT = Path(__file__).parent.parent
PACKINGS = {
    "mapped": 3,
    "bigquery": 2,
    "lens-csv": 3,
    "espacenet": 3,
    "jplatpat": 2,
}
"""Formats with several generations or packings; all others have one."""


@pytest.fixture(scope="module")
def ingest() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)  # benchmarks are not installed
        yield import_module("benchmarks.ingest")


def test_every_reader_is_measured_in_all_its_generations(ingest: ModuleType) -> None:
    found = [variant.reader for variant in ingest.VARIANTS]
    assert {name: found.count(name) for name in found} == {
        reader.name: PACKINGS.get(reader.name, 1) for reader in readers()
    }


@pytest.mark.parametrize("name", ["docdb", "google-csv", "jpo-api", "lens-csv", "patentsview"])
def test_a_row_of_the_table_is_measured_and_every_record_found(ingest: ModuleType, name: str) -> None:
    (result,) = ingest.run(megabytes=0.1, rounds=1, only=[name])
    assert len(result.rows) == PACKINGS.get(name, 1)
    for row in result.rows:
        assert row["MB"] == pytest.approx(0.1 * (ingest.XML_TIMES if name == "docdb" else 1), rel=0.3)
        assert row["records"] > 20
        assert row["chizai MB/s"] > 0
        # No reader beats its tokeniser by much: then the two would not go through the same bytes.
        assert row["of bare"] < 1.5


def test_a_lost_record_fails_the_benchmark(ingest: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "read", lambda reader, source: (1, 0))
    with pytest.raises(AssertionError):
        ingest.run(megabytes=0.01, rounds=1, only=["google-csv"])
