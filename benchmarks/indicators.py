"""Every relational indicator of the first storey over one corpus: seconds of each and the peak memory of all.

    python -m benchmarks.indicators 1000000

Run in a process of its own (see :func:`benchmarks.measure.child`), so that the peak is that of the indicators alone.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import time
from itertools import pairwise

from benchmarks.measure import Result, child, corpus_of
from chizai.corpus.tables import Corpus
from chizai.engine import Engine
from chizai.landscape import ANALYSES, Landscape
from chizai.workspace.config import Settings


def measured(size: int) -> dict[str, float]:
    """Seconds by analysis, and ``peak_mb``: the whole process, interpreter and libraries included."""
    folder = corpus_of(size)
    found: dict[str, float] = {}
    start = time.perf_counter()
    with Engine() as engine:
        landscape = Landscape.over(Corpus.open(folder, engine=engine), settings=Settings())
        for name, analysis in ANALYSES.items():
            begun = time.perf_counter()
            analysis(landscape)
            found[name] = time.perf_counter() - begun
    found["all"] = time.perf_counter() - start
    found["cpu"] = time.process_time()
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def run(*, sizes: tuple[int, ...] = (100_000, 1_000_000)) -> list[Result]:
    found = {}
    for size in sizes:
        corpus_of(size)
        found[size] = json.loads(child("benchmarks.indicators", size).output)
    names = [*ANALYSES, "all", "cpu", "peak_mb"]
    rows = [{"indicator": name, **{f"{size:,}": times[name] for size, times in found.items()}} for name in names]
    notes = ["Seconds on the wall, `peak_mb` in MB; the first indicators also pay for the units that all share."]
    for one, other in pairwise(sizes):
        exponent = math.log(found[other]["all"] / found[one]["all"]) / math.log(other / one)
        notes.append(f"From {one:,} to {other:,} publications the time grows as n to the power {exponent:.2f}.")
    return [Result("indicators", "All relational indicators of the first storey", rows, notes)]


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))))
