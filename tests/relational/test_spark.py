"""The relational suite on an Apache Spark standalone master and two workers (``make test-cluster``, Java 17)."""

from __future__ import annotations

from pathlib import Path

import pytest

from chizai.corpus.tables import Corpus

from .suite import *  # noqa: F403

ENGINE = "spark"
pytestmark = pytest.mark.cluster


def test_two_workers_did_the_work(corpus: Corpus, work: Path) -> None:
    rows = corpus["party"]
    assert corpus.run(rows.group_by("country").agg(n=rows.count())).num_rows == 6
    for number in (1, 2):
        logs = [log.read_text() for log in work.glob(f"worker-{number}/app-*/*/stderr")]
        assert any("Finished task" in log for log in logs), number
