"""The pages on methods: their examples run, and each stands in both languages."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import pytest

from chizai.landscape import statistics
from chizai.messages import LANGS, catalogue

METHODS = Path(__file__).parent.parent / "docs" / "methods"
NAMES = sorted(path.stem for path in METHODS.glob("*.md") if not path.name.endswith(".ja.md"))
PAGES = sorted(path for path in METHODS.glob("*.md") if "```pycon" in path.read_text(encoding="utf-8"))
MODULES = [
    importlib.import_module(f"{statistics.__name__}.{item.name}") for item in pkgutil.iter_modules(statistics.__path__)
]
WITH_EXAMPLES = [module for module in MODULES if ">>> " in Path(str(module.__file__)).read_text(encoding="utf-8")]


def test_the_pages_and_modules_are_found() -> None:
    assert {"growth", "impact", "relatedness"} <= set(NAMES)
    assert len(PAGES) > 20
    assert len(WITH_EXAMPLES) > 15


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_example_of_the_page_runs(path: Path) -> None:
    failed, tried = doctest.testfile(str(path), module_relative=False, encoding="utf-8")
    assert tried > 3
    assert failed == 0


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_show_the_same_example_and_as_many_sections(name: str) -> None:
    pages = [(METHODS / f"{name}{ending}").read_text(encoding="utf-8") for ending in (".md", ".ja.md")]
    examples, headings = (
        # Comments are in the page's language.
        [re.sub(r"  # .*", "", "".join(re.findall(r"```pycon.*?```", page, re.S))) for page in pages],
        [len(re.findall(r"^## ", page, re.M)) for page in pages],
    )
    assert examples[0] == examples[1]
    assert headings[0] == headings[1] >= 5


def test_a_page_on_a_method_of_the_statistics_has_an_example() -> None:
    without = set(METHODS.glob("*.md")) - set(PAGES)
    assert not {path.name for path in without if "chizai.landscape.statistics" in path.read_text(encoding="utf-8")}


@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_examples_of_the_functions_run(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)
    assert tried > 0
    assert failed == 0


def test_every_reason_has_a_text_in_both_languages() -> None:
    folder = Path(str(statistics.__file__)).parent
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    for lang in LANGS:
        reasons = catalogue("statistics", lang)["reason"]
        for reason in reasons:
            assert f'"{reason}"' in code, f"{lang}: nothing returns {reason}"
    # What the docstrings name as a reason has a text.
    named = set(
        re.findall(
            r"``((?:[a-z]+-)+(?:few|short|low|zero|empty|count|rate|units|small|years|growth|convergence))``", code
        )
    )
    assert len(named) > 10
    assert named <= set(catalogue("statistics", "en")["reason"]) == set(catalogue("statistics", "ja")["reason"])
