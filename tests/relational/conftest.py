from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chizai.corpus.tables import Corpus
from chizai.engine import Engine
from chizai.errors import NotSupported
from chizai.finding import Finding
from chizai.landscape import ANALYSES, Landscape
from chizai.workspace.config import Settings

from . import clusters
from .cases import CASES
from .corpus import Star, star, write

SETTINGS = Settings.model_validate({"convention": {"minimum_count": 2}})
CLUSTERS = {"sail": clusters.sail, "spark": clusters.spark}
ENGINES = ("duckdb", *CLUSTERS)


@pytest.fixture(scope="session")
def rows() -> Star:
    return star()


@pytest.fixture(scope="session")
def folder(rows: Star, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(rows, tmp_path_factory.mktemp("star"))


def engine_params(*cases: Sequence[str]) -> list[Any]:
    """Parameters ``engine`` (and ``case``, when each engine's cases are given in the order of ENGINES)."""
    chosen = cases or [[""]] * len(ENGINES)
    return [
        pytest.param(*((name, case) if case else (name,)), marks=_marks(name), id=f"{name}-{case}" if case else name)
        for name, own in zip(ENGINES, chosen, strict=True)
        for case in own
    ]


def _marks(name: str) -> list[pytest.MarkDecorator]:
    return [] if name == "duckdb" else [pytest.mark.cluster, pytest.mark.xdist_group(name)]


class Engines:
    """The corpus on each engine that was asked for, started once and held to the end of the session."""

    def __init__(self, folder: Path, work: Path, stack: ExitStack) -> None:
        self.folder, self.work, self.stack = folder, work, stack
        self.opened: dict[str, Corpus] = {}

    def __getitem__(self, name: str) -> Corpus:
        if name not in self.opened:
            logs = self.work / name
            logs.mkdir(exist_ok=True)
            url = "duckdb://" if name == "duckdb" else self.stack.enter_context(CLUSTERS[name](logs))
            self.opened[name] = self.stack.enter_context(Corpus.open(self.folder, engine=Engine(url)))
        return self.opened[name]


@pytest.fixture(scope="session")
def engines(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    with ExitStack() as stack:
        yield Engines(folder, tmp_path_factory.mktemp("engines"), stack)


@pytest.fixture
def corpus(engines: Engines, engine: str) -> Corpus:
    return engines[engine]


@pytest.fixture(scope="session")
def reference(rows: Star, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    """The same corpus with its rows in another order, on DuckDB."""
    rng = random.Random(1)
    shuffled = write(rows, tmp_path_factory.mktemp("shuffled"), order=lambda table: rng.sample(table, len(table)))
    with Corpus.open(shuffled, engine=Engine()) as opened:
        yield opened


def findings(corpus: Corpus, case: str) -> dict[str, Finding | str]:
    """Every analysis of a case, specialisation by country and by player; a refusal as its sentence."""
    made = Landscape.over(corpus, settings=SETTINGS, **CASES[case])
    calls: dict[str, Callable[[], Finding]] = {name: partial(call, made) for name, call in ANALYSES.items()}
    calls["specialisation by player"] = partial(made.specialisation, by="player")
    found: dict[str, Finding | str] = {}
    for name, call in calls.items():
        try:
            found[name] = call()
        except NotSupported as refused:
            found[name] = refused.text("en")
    return found
