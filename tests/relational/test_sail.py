"""The relational suite on Sail's local cluster (``make test-cluster``)."""

from __future__ import annotations

import pytest

from chizai.corpus.tables import Corpus

from .suite import *  # noqa: F403

ENGINE = "sail"
pytestmark = pytest.mark.cluster


def test_two_workers_did_the_work(corpus: Corpus) -> None:
    assert corpus.engine is not None
    rows = corpus["party"]
    assert corpus.run(rows.group_by("country").agg(n=rows.count())).num_rows == 6
    session = corpus.engine.backend._session
    # In local mode Sail has no workers, and its stages exchange nothing.
    assert session.sql("SELECT worker_id FROM system.cluster.workers").toArrow().num_rows >= 2
    exchanged = session.sql(
        "SELECT stage FROM system.execution.stages WHERE placement = 'Worker' AND distribution LIKE 'Hash%'"
    )
    assert exchanged.toArrow().num_rows > 0
