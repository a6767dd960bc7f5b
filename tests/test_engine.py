"""Engines by URL: what each refuses and how soon, and the same answer through the command line from all of them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chizai import engine as module
from chizai.engine import Engine, Recording
from chizai.errors import EngineError, MissingExtra
from chizai.workspace import Workspace

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("engine") / "study"
    made = Workspace.create(root)
    made.add(DATA / "lens" / "lens_2017.csv", workers=1)
    made.corpus()
    return root


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"n": pa.array([1, None, 2**53 + 1], pa.int64()), "word": ["知財", None, "a"]}), path)
    return path


def chizai(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from chizai.cli import main; main()", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=180, env={**os.environ, **environment}
    )


# What needs nothing installed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "postgres://host/db", "local", "SAIL", "C:\\data"])
def test_an_address_of_no_known_kind_is_refused(url: str) -> None:
    with pytest.raises(EngineError) as refused:
        Engine(url)
    assert "duckdb, sail, sc, spark" in refused.value.text("en")
    assert "いずれでもありません" in refused.value.text("ja")


@pytest.mark.parametrize(
    ("url", "absent", "extra"),
    [
        ("sc://127.0.0.1:1", "pyspark.sql.connect.client", "sail"),
        ("sail://local", "pyspark.sql.connect.client", "sail"),
        ("spark://127.0.0.1:1", "pyspark.sql", "spark"),
    ],
)
def test_a_part_that_is_not_installed_is_named(
    url: str, absent: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(MissingExtra) as refused:
        Engine(url)
    assert f"chizai[{extra}]" in refused.value.text("en")
    assert url in refused.value.text("ja")


def test_the_command_line_names_a_wrong_engine_and_leaves_with_an_error(workspace: Path) -> None:
    done = chizai("show", "players", "-w", workspace, "--engine", "oracle://x", "--json")
    assert done.returncode != 0
    assert json.loads(done.stdout)["error"] == "engine"
    assert "Traceback" not in done.stderr


def test_two_corpora_on_one_engine_do_not_take_each_other_s_names(workspace: Path) -> None:
    with Engine() as engine:
        opened = Workspace(workspace)
        first = opened.landscape(engine=engine)
        second = opened.landscape(engine=engine, unit="publication")
        assert len(second.activity()) >= len(first.activity()) > 0


def test_a_file_that_is_no_parquet_is_an_engine_error(tmp_path: Path) -> None:
    (tmp_path / "publication.parquet").write_bytes(b"PAR1 no more")
    with Engine() as engine, pytest.raises(EngineError, match="duckdb://"):
        engine.read("publication", [tmp_path / "publication.parquet"])


def test_closing_twice_does_nothing() -> None:
    engine = Engine()
    engine.close()
    engine.close()


def test_a_recording_engine_writes_the_script_that_another_engine_would_run(numbers: Path) -> None:
    with Recording(dialect="bigquery") as engine:
        table = engine.read("numbers", [numbers])
        kept = engine.keep("known", table.filter(table.n.notnull()))
        assert engine.run(kept.n.max().as_table())[0][0].as_py() == 2**53 + 1
    make, ask = engine.statements
    assert make.startswith("CREATE TEMP TABLE known_0 AS\nSELECT")
    assert "`numbers`" in make
    assert "`known_0`" in ask


# What needs Spark's protocol -------------------------------------------------------------------------------------------

connect = pytest.mark.cluster


@pytest.fixture(scope="module")
def sail() -> Iterator[Engine]:
    pytest.importorskip("pysail")
    with Engine("sail://local") as engine:
        yield engine


def seconds(since: float) -> float:
    return time.monotonic() - since


@connect
@pytest.mark.parametrize("url", ["sail://", "sail://moon"])
def test_sail_runs_in_a_known_mode_only(url: str) -> None:
    pytest.importorskip("pysail")
    with pytest.raises(EngineError, match="local-cluster"):
        Engine(url)


@connect
@pytest.mark.parametrize("url", ["sc://127.0.0.1:{port}", "sc://nowhere.invalid", "sc://127.0.0.1:port"])
def test_where_nothing_listens_is_said_at_once(url: str) -> None:
    pytest.importorskip("pyspark")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        start = time.monotonic()
        with pytest.raises(EngineError):
            Engine(url.format(port=closed.getsockname()[1]))
    assert seconds(start) < 15


@connect
def test_a_listener_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(EngineError) as refused:
            Engine(f"sc://127.0.0.1:{silent.getsockname()[1]}")
    assert seconds(start) < 10
    assert "Spark Connect" in refused.value.text("ja")


@connect
def test_a_server_that_goes_away_is_an_engine_error(numbers: Path) -> None:
    pytest.importorskip("pysail")
    engine = Engine("sail://local")
    table = engine.read("numbers", [numbers])
    engine._server.stop()
    start = time.monotonic()
    with pytest.raises(EngineError, match="sail://local"):
        engine.run(table)
    assert seconds(start) < 60


@connect
def test_numbers_beside_a_null_keep_all_their_digits(sail: Engine, numbers: Path) -> None:
    found = sail.run(sail.read("numbers", [numbers]).order_by("n"))
    assert found.column("n").to_pylist() == [1, 2**53 + 1, None]
    assert found.column("word").to_pylist() == ["知財", "a", None]


@connect
def test_what_is_kept_is_there_when_its_source_is_not(sail: Engine, numbers: Path) -> None:
    kept = sail.keep("kept", sail.read("numbers", [numbers]))
    numbers.unlink()
    assert sail.run(kept.count().as_table())[0][0].as_py() == 3


@connect
def test_a_table_in_memory_travels_to_the_server(sail: Engine) -> None:
    words = ibis.memtable(pa.table({"word": ["知財", None], "n": pa.array([None, 2**53 + 1], pa.int64())}))
    assert sail.run(words.order_by("n")).to_pylist() == [
        {"word": None, "n": 2**53 + 1},
        {"word": "知財", "n": None},
    ]


@connect
def test_two_engines_at_once_do_not_take_each_other_s_tables(sail: Engine, numbers: Path) -> None:
    with Engine("sail://local") as other:
        one = sail.keep("mine", sail.read("numbers", [numbers]))
        two = other.keep("mine", other.read("numbers", [numbers]).limit(1))
        assert sail.run(one.count().as_table())[0][0].as_py() == 3
        assert other.run(two.count().as_table())[0][0].as_py() == 1


@connect
def test_an_engine_works_from_another_thread(sail: Engine, numbers: Path) -> None:
    found: list[Any] = []

    def work() -> None:
        found.append(sail.run(sail.keep("threaded", sail.read("numbers", [numbers])).n.max().as_table()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    assert found[0][0][0].as_py() == 2**53 + 1


@connect
@pytest.mark.parametrize("url", ["sail://local", "sail://local-cluster"])
def test_the_command_line_shows_the_same_on_sail(workspace: Path, url: str) -> None:
    pytest.importorskip("pysail")
    asked = ("show", "players", "-w", workspace, "--json")
    here, there = chizai(*asked), chizai(*asked, "--engine", url)
    assert here.returncode == there.returncode == 0, there.stderr
    assert len(json.loads(here.stdout)["rows"]) > 1
    assert json.loads(there.stdout) == json.loads(here.stdout)
    assert there.stderr == ""
