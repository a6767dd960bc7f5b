"""The relational suite on an Apache Spark standalone master and two workers (``make test-cluster``, Java 17)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chizai.corpus.tables import Corpus
from chizai.workspace import Workspace

from . import clusters
from .suite import *  # noqa: F403

ENGINE = "spark"
pytestmark = pytest.mark.cluster


def test_two_workers_did_the_work(corpus: Corpus, work: Path) -> None:
    rows = corpus["party"]
    assert corpus.run(rows.group_by("country").agg(n=rows.count())).num_rows == 6
    for number in (1, 2):
        logs = [log.read_text() for log in work.glob(f"worker-{number}/app-*/*/stderr")]
        assert any("Finished task" in log for log in logs), number


def test_the_command_line_shows_the_same_on_a_standalone_master(corpus: Corpus, work: Path, tmp_path: Path) -> None:
    """``spark://``: the driver is the command itself, its executors are on the workers of the suite's cluster."""
    made = Workspace.create(tmp_path / "study")
    made.add(Path(__file__).parent.parent / "data" / "lens" / "lens_2017.csv", workers=1)
    conf = tmp_path / "conf"
    conf.mkdir()
    (conf / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in clusters.QUICK.items()))
    home = clusters.spark_home()
    environment = {
        **os.environ,
        **clusters.java_environment(),
        # The whole pyspark, in place of the client that the extra 'sail' brings.
        "PYTHONPATH": os.pathsep.join([str(home.parent), *map(str, (home / "python/lib").glob("py4j-*.zip"))]),
        "SPARK_CONF_DIR": str(conf),
    }
    ask = [sys.executable, "-c", "from chizai.cli import main; main()", "show", "players", "--json", "-w", made.root]
    there, here = (
        subprocess.run(
            [*ask, "--engine", url], capture_output=True, text=True, check=False, timeout=180, env=environment
        )
        for url in ((work / "master").read_text(), "duckdb://")
    )
    assert there.returncode == here.returncode == 0, there.stderr
    assert len(json.loads(here.stdout)["rows"]) > 1
    assert json.loads(there.stdout) == json.loads(here.stdout)
