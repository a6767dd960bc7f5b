"""Run benchmarks and write their tables: ``python -m benchmarks [NAME ...]``; without names, all of them.

Results go to ``benchmarks/results/``; docs/benchmarks.md shows those of the last full run.
"""

from __future__ import annotations

import argparse
from importlib import import_module

from benchmarks.measure import markdown, write

NAMES = ("ingest", "cubes", "indicators", "end_to_end")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    chosen = parser.parse_args().names or list(NAMES)
    for name in chosen:
        if name not in NAMES:
            parser.error(f"no benchmark {name}; there are {', '.join(NAMES)}")
        results = import_module(f"benchmarks.{name}").run()
        write(results, command=f"python -m benchmarks {name}")
        for result in results:
            print(markdown(result))


if __name__ == "__main__":
    main()
