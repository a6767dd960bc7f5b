"""What every benchmark needs: alternating timing, whole processes with their peak memory, and a table of results."""

from __future__ import annotations

import gc
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DATA = Path(os.environ.get("CHIZAI_BENCH_DATA", RESULTS / "data"))
"""Where generated data lie; they are made once a size."""


@dataclass
class Result:
    """One table of one benchmark."""

    name: str
    title: str
    rows: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)


def machine() -> dict[str, object]:
    """The machine and the versions, without names or paths."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("chizai", "duckdb", "ibis-framework", "pyarrow", "numpy", "pugixml")
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "load_average": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def seconds(action: Callable[[], object], *, cpu: bool = False) -> float:
    gc.collect()
    clock = time.process_time if cpu else time.perf_counter
    start = clock()
    action()
    return clock() - start


def alternating(
    actions: Mapping[str, Callable[[], object]], *, rounds: int, cpu: bool = False
) -> dict[str, list[float]]:
    """Seconds of each action in each round. One after the other, so that a neighbour's load falls on all alike."""
    found: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            found[name].append(seconds(action, cpu=cpu))
    return found


def ratio(times: Mapping[str, Sequence[float]], name: str, peer: str) -> float:
    """The median over the rounds of ``name``'s time over ``peer``'s."""
    return median(own / other for own, other in zip(times[name], times[peer], strict=True))


@dataclass
class Process:
    seconds: float
    cpu_seconds: float
    peak_mb: float
    """Largest resident set of the process or of one of its children, not their sum."""
    output: str


def process(command: Sequence[str | Path], *, cwd: Path = ROOT, check: bool = True) -> Process:
    """Run a whole process and wait for it."""
    start = time.perf_counter()
    with subprocess.Popen([str(part) for part in command], cwd=cwd, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - start
    if check and child.returncode:
        raise subprocess.CalledProcessError(child.returncode, list(map(str, command)))
    return Process(took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def child(module: str, *arguments: object) -> Process:
    """A benchmark's own module as a process of its own, so that its peak memory is its own."""
    return process([sys.executable, "-m", module, *map(str, arguments)])


def part_of(size: int, *, seed: int = 1) -> Path:
    """The generated part of this size, made when it is not there."""
    from benchmarks.generate import write_parts

    folder = DATA / "made" / f"g{size}s{seed}"
    if not (folder / "rejects.csv").is_file():
        write_parts(size, DATA, seed=seed)
        (folder / "rejects.csv").write_text("")  # written last: the part is whole
    return folder


def corpus_of(size: int, *, seed: int = 1) -> Path:
    """The joined corpus over the generated part of this size."""
    from chizai.corpus.build import BUILD_VERSION, build

    target = DATA / "corpus" / f"g{size}s{seed}b{BUILD_VERSION}"
    if not (target / "done").is_file():
        build([(1, part_of(size, seed=seed))], target)
    return target


def rounded(value: object) -> object:
    return float(f"{value:.3g}") if isinstance(value, float) else value


def markdown(result: Result) -> str:
    if not result.rows:
        return f"### {result.title}\n\nNothing was measured.\n"
    names = list(dict.fromkeys(name for row in result.rows for name in row))
    lines = ["| " + " | ".join(names) + " |", "|" + "|".join(" --- " for _ in names) + "|"]
    for row in result.rows:
        cells = [row.get(name, "") for name in names]
        shown = [
            f"{cell:,}" if isinstance(cell, int | float) and not isinstance(cell, bool) else str(cell) for cell in cells
        ]
        lines.append("| " + " | ".join(shown) + " |")
    notes = "".join(f"\n{note}\n" for note in result.notes)
    return f"### {result.title}\n\n" + "\n".join(lines) + "\n" + notes


def write(results: Sequence[Result], *, command: str) -> None:
    """``results/<name>.json`` and ``results/<name>.md`` for each, with the machine and the command."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    where = machine()
    for result in results:
        result.rows = [{name: rounded(value) for name, value in row.items()} for row in result.rows]
        packed = {"machine": where, "command": command, **asdict(result)}
        (RESULTS / f"{result.name}.json").write_text(json.dumps(packed, indent=1, ensure_ascii=False) + "\n")
        told = ", ".join(f"{name} {value}" for name, value in where.items())
        (RESULTS / f"{result.name}.md").write_text(f"{markdown(result)}\n`{command}` ({told})\n")
