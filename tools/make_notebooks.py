"""Make the notebooks of ``examples/`` from the studies beside them: ``python tools/make_notebooks.py``.

A study is a Python file with cells ("# %% Title"). Its notebook holds the same cells with what they print, so that it can be
read without running it. ``tests/test_notebooks.py`` runs the notebooks and compares.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[1] / "examples"


def cells(study: str) -> list[dict[str, Any]]:
    """The cells of a study: its opening comment and the titles as Markdown, the rest as code; no outputs yet."""
    opening, *parts = study.split("\n# %% ")
    paragraphs = "\n".join(line.removeprefix("#").strip() for line in opening.splitlines()).strip().split("\n\n")
    title, *rest = [paragraph for paragraph in paragraphs if not paragraph.startswith("Run it as")]
    found = [_markdown("\n\n".join([f"# {title}", *rest]))]
    for part in parts:
        heading, _newline, body = part.partition("\n")
        found += [_markdown(f"## {heading}"), _code(body.strip("\n"))]
    for at, cell in enumerate(found):
        cell["id"] = f"cell-{at:02}"
    return found


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": _lines(source)}


def _code(source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "",
        "metadata": {},
        "outputs": [],
        "source": _lines(source),
    }


def _lines(words: str) -> list[str]:
    return words.splitlines(keepends=True)


def run(notebook: list[dict[str, Any]], folder: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Run the code cells one after the other in one namespace, in ``folder``: each cell with what it printed."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in notebook:
        if cell["cell_type"] == "code":
            printed = io.StringIO()
            with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
                exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
            yield cell, printed.getvalue().replace(os.sep, "/")


def written(cells: list[dict[str, Any]]) -> str:
    """The notebook as a file (nbformat 4.5)."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    body = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    for study in sorted(EXAMPLES.glob("*.py")):
        found = cells(study.read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            for number, (cell, printed) in enumerate(run(found, Path(folder)), start=1):
                cell["execution_count"] = number
                if printed:
                    cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": _lines(printed)}]
        study.with_suffix(".ipynb").write_text(written(found), encoding="utf-8")


if __name__ == "__main__":
    main()
