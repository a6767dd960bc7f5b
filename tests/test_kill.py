"""``kill -9`` at any moment, then the same command again: the workspace is what it would have been undisturbed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from chizai.files import MARK
from chizai.workspace import Workspace

DATA = Path(__file__).parent / "data"
LENS = DATA / "lens" / "lens_modern.csv"

PRELUDE = """
import os, signal, sys, threading, time
# Death comes after so many seconds, counted from here, or at the n-th change of the file system below a folder.
delay, steps, below = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
pooled = sys.argv[4] == "pooled"
import chizai.cli, chizai.corpus.ingest, chizai.corpus.build, chizai.corpus.sources
if pooled:
    chizai.corpus.ingest.POOL_FROM = 0
left = [steps]
CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.copyfile", "shutil.rmtree"}
def watch(event, arguments):
    if event in CHANGES or (event == "open" and arguments[1] in ("w", "wb", "r+b", "rb+", "x")):
        if any(isinstance(item, (str, os.PathLike)) and os.fspath(item).startswith(below) for item in arguments):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
if steps:
    sys.addaudithook(watch)
if delay:
    threading.Thread(target=lambda: (time.sleep(delay), os.kill(os.getpid(), signal.SIGKILL)), daemon=True).start()
sys.argv[1:] = sys.argv[5:]
start = time.monotonic()
try:
    chizai.cli.main()
except SystemExit:
    print(steps - left[0], time.monotonic() - start, file=sys.stderr)
    raise
"""


def run(root: Path, *arguments: str | Path, delay: float = 0, steps: int = 0, pooled: bool = False) -> tuple[int, str]:
    """Exit status and what was said on standard error; the workspace is ``root``."""
    flags = [str(delay), str(steps), str(root), "pooled" if pooled else "alone"]
    command = [sys.executable, "-c", PRELUDE, *flags, *map(str, arguments), "--workspace", str(root), "--json"]
    environment = {**os.environ, "PYTHONFAULTHANDLER": ""}
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False, env=environment)
    return done.returncode, done.stderr


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != ".chizai.lock"
    }


def lens(path: Path, *, first: int, rows: int) -> Path:
    """A Lens list of ``rows`` applications, numbered from ``first``."""
    header = LENS.read_text(encoding="utf-8-sig").split("\n", 1)[0].strip()
    lines = [header]
    for number in range(first, first + rows):
        digits = f"{number:015d}"
        cells = {
            "#": str(number), "Jurisdiction": "EP", "Kind": "A1", "Display Key": f"EP {3000000 + number} A1",
            "Lens ID": "-".join(digits[place : place + 3] for place in range(0, 15, 3)),
            "Publication Date": "2019-03-20", "Application Number": f"EP {17000000 + number} A",
            "Application Date": "2017-09-08", "Title": f"VALVE {number}", "Applicants": f"ALPHA {number % 7} GMBH",
            "Document Type": "Patent Application", "CPC Classifications": "F16K1/18;;F16K1/22",
        }  # fmt: skip
        lines.append(",".join(cells.get(name, "") for name in header.split(",")))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("inputs")
    made = [lens(folder / f"list-{part}.csv", first=1 + 300 * part, rows=300) for part in range(2)]
    return [*made, DATA / "google" / "export.csv", DATA / "uspto" / "US08930553.xml"]


@pytest.fixture(scope="module")
def undisturbed(inputs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = Workspace.create(tmp_path_factory.mktemp("undisturbed") / "study")
    ws.add(*inputs, workers=1)
    ws.corpus()
    return ws


def check(root: Path, undisturbed: Workspace, *, corpus: bool = True) -> None:
    """Snapshots and parts are the same bytes, and every table of the corpus holds the same rows."""
    ws = Workspace(root)
    assert contents(ws.snapshots_path) == contents(undisturbed.snapshots_path)
    assert contents(ws.store_path / "parts") == contents(undisturbed.store_path / "parts")
    assert not list(root.rglob(f"{MARK}*"))
    if not corpus:
        return
    made, expected = ws.corpus(), undisturbed.corpus()
    assert made.name == expected.name
    assert sorted(path.name for path in made.iterdir()) == sorted(path.name for path in expected.iterdir())
    for path in made.glob("*.parquet"):
        other = expected / path.name
        differing = duckdb.sql(
            f"SELECT count(*) FROM ((FROM read_parquet('{path}') EXCEPT ALL FROM read_parquet('{other}')) UNION ALL "
            f"(FROM read_parquet('{other}') EXCEPT ALL FROM read_parquet('{path}')))"
        ).fetchall()
        assert differing == [(0,)], path.name


@pytest.fixture(scope="module")
def length(inputs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[int, float]:
    """How many changes of the file system one undisturbed ``add`` makes, and how many seconds it takes."""
    root = Workspace.create(tmp_path_factory.mktemp("measured") / "study").root
    status, said = run(root, "add", *inputs, steps=1_000_000)
    assert status == 0, said
    steps, seconds = said.split()[-2:]
    assert int(steps) > 30
    return int(steps), float(seconds)


def test_add_killed_at_any_change_of_the_file_system_is_finished_by_the_next_add(
    tmp_path: Path, inputs: list[Path], undisturbed: Workspace, length: tuple[int, float]
) -> None:
    rng = random.Random(20240601)
    for turn in range(3):
        root = Workspace.create(tmp_path / str(turn)).root
        # The next one is killed too, for the repair must bear it as well.
        for most in (length[0], length[0] // 2):
            status, said = run(root, "add", *inputs, steps=rng.randrange(1, most))
            assert status == -signal.SIGKILL, said
        Workspace(root).add(*inputs, workers=1)
        check(root, undisturbed, corpus=turn == 0)


@pytest.mark.parametrize("pooled", [False, True])
def test_add_killed_at_a_random_moment_is_finished_by_the_next_add(
    tmp_path: Path, inputs: list[Path], undisturbed: Workspace, length: tuple[int, float], *, pooled: bool
) -> None:
    rng = random.Random(7)
    killed = 0
    for turn in range(3):
        root = Workspace.create(tmp_path / str(turn)).root
        most = length[1] + (1.5 if pooled else 0)
        status, _ = run(root, "add", *inputs, "--workers", "2", delay=rng.uniform(0.05, most), pooled=pooled)
        killed += status == -signal.SIGKILL
        Workspace(root).add(*inputs, workers=1)
        check(root, undisturbed, corpus=turn == 0)
    assert killed


def test_a_corpus_killed_while_it_is_built_is_built_by_the_next_command(tmp_path: Path, undisturbed: Workspace) -> None:
    rng = random.Random(11)
    root = shutil.copytree(undisturbed.root, tmp_path / "study")
    killed = 0
    for delay in (0.1, rng.uniform(0.2, 0.6), rng.uniform(0.6, 1.2)):
        shutil.rmtree(root / "store" / "corpus", ignore_errors=True)
        status, _ = run(root, "show", "offices", delay=delay)
        killed += status == -signal.SIGKILL
        check(root, undisturbed)
    assert killed


# Nothing is left running ----------------------------------------------------------------------------------------------


def descendants(pid: int) -> set[int]:
    try:
        direct = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return set()
    return {int(child) for child in direct}.union(*(descendants(int(child)) for child in direct))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(not Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="processes are found by /proc")
def test_no_process_outlives_a_killed_add(tmp_path: Path) -> None:
    # Three chunks, so that both workers have something to do.
    big = lens(tmp_path / "big.csv", first=1, rows=4001)
    root = Workspace.create(tmp_path / "study").root
    command = [sys.executable, "-c", PRELUDE, "0", "0", str(root), "pooled", "add", str(big), "-w", str(root)]
    with subprocess.Popen([*command, "--workers", "2"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as add:
        # Two workers, and the process that tracks what they share.
        assert _until(lambda: len(descendants(add.pid)) >= 3 or add.poll() is not None, 30)
        family = descendants(add.pid)
        assert len(family) >= 3
        add.kill()
    assert _until(lambda: not any(map(_alive, family)), 20), [pid for pid in family if _alive(pid)]
