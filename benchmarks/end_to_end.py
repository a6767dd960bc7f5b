"""`chizai add` and `chizai landscape` on an export of generated publications: whole processes, with their peak memory."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Result, child, process


def run(*, size: int = 100_000) -> list[Result]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "study"
        # In a process of its own: a child's peak starts from its parent's.
        child("benchmarks.generate", size, folder, "--source", "bigquery-jsonl")
        (source,) = Path(folder).glob("*.jsonl")
        chizai = [sys.executable, "-c", "from chizai.cli import main; main()"]
        process([*chizai, "init", root])
        for words in (["add", source, "-w", root], ["landscape", "-w", root]):
            found = process([*chizai, *words])
            rows.append(
                {
                    "command": words[0],
                    "publications": size,
                    "MB": source.stat().st_size / 1e6,
                    "s": found.seconds,
                    "CPU s": found.cpu_seconds,
                    "peak MB": found.peak_mb,
                }
            )
    note = "Peak: the largest process, not the sum. The landscape is the page, the workbook and the tables."
    return [Result("end_to_end", "From an export to the report", rows, [note])]
