"""The notebooks of examples/ hold the cells of the studies beside them, run, and print what they say."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
AGAIN = "run: python tools/make_notebooks.py"


def tool() -> Any:
    spec = importlib.util.spec_from_file_location("make_notebooks", ROOT / "tools" / "make_notebooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_every_study_has_its_notebook() -> None:
    assert [path.stem for path in NOTEBOOKS] == sorted(path.stem for path in (ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_the_cells_of_its_study(path: Path) -> None:
    found = read(path)
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    made = tool().cells(path.with_suffix(".py").read_text(encoding="utf-8"))
    assert [(cell["cell_type"], cell["source"]) for cell in found["cells"]] == [
        (cell["cell_type"], cell["source"]) for cell in made
    ], AGAIN
    assert len({cell["id"] for cell in found["cells"]}) == len(found["cells"])
    assert found["cells"][0]["source"][0].startswith("# ")


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_prints_what_it_says(path: Path, tmp_path: Path) -> None:
    for cell, printed in tool().run(read(path)["cells"], tmp_path):
        told = "".join("".join(output["text"]) for output in cell["outputs"])
        assert printed == told, AGAIN
    assert list(tmp_path.rglob("report.html"))
