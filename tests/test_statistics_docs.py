"""The pages on methods: their examples run, and each stands in both languages."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from chizai.landscape.statistics import (
    cocounts,
    concentration,
    counts,
    delay,
    growth,
    nowcast,
    proportions,
    quality,
    ranks,
    specialisation,
)
from chizai.messages import LANGS, catalogue

METHODS = Path(__file__).parent.parent / "docs" / "methods"
NAMES = ["co-classification", "concentration", "growth", "intervals", "nowcast", "quality", "specialisation"]
MODULES = [cocounts, concentration, counts, delay, growth, nowcast, proportions, quality, ranks, specialisation]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ending", [".md", ".ja.md"])
def test_the_example_of_the_page_runs(name: str, ending: str) -> None:
    failed, tried = doctest.testfile(str(METHODS / f"{name}{ending}"), module_relative=False, encoding="utf-8")
    assert tried > 3
    assert failed == 0


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_show_the_same_example_and_as_many_sections(name: str) -> None:
    pages = [(METHODS / f"{name}{ending}").read_text(encoding="utf-8") for ending in (".md", ".ja.md")]
    examples, headings = (
        [re.findall(r"```pycon.*?```", page, re.S) for page in pages],
        [len(re.findall(r"^## ", page, re.M)) for page in pages],
    )
    assert examples[0] == examples[1]
    assert headings[0] == headings[1] >= 5


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_examples_of_the_functions_run(module) -> None:  # type: ignore[no-untyped-def]
    failed, tried = doctest.testmod(module)
    assert tried > 0
    assert failed == 0


def test_every_reason_has_a_text_in_both_languages() -> None:
    folder = Path(specialisation.__file__).parent
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
