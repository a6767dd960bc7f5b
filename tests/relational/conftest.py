from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import pytest

from chizai.corpus.tables import Corpus
from chizai.engine import Engine, Recording
from chizai.errors import NotSupported
from chizai.finding import Finding
from chizai.landscape import ANALYSES, Landscape
from chizai.workspace.config import Settings

from . import clusters
from .cases import CASES, on
from .corpus import Star, star, write

pytest.register_assert_rewrite(f"{__package__}.suite")

SETTINGS = Settings.model_validate({"convention": {"minimum_count": 2}})
ENGINES = {"duckdb": lambda _work: nullcontext("duckdb://"), "sail": clusters.sail, "spark": clusters.spark}
Found = dict[str, Finding | str]


@pytest.fixture(scope="session")
def rows() -> Star:
    return star()


@pytest.fixture(scope="session")
def folder(rows: Star, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(rows, tmp_path_factory.mktemp("star"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    engine = getattr(metafunc.module, "ENGINE", "duckdb")
    for name in {"case", "unselected"} & set(metafunc.fixturenames):
        metafunc.parametrize(name, on(engine, unselected=name == "unselected"))


@pytest.fixture(scope="module")
def work(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the module's engine keeps its logs."""
    return tmp_path_factory.mktemp(request.module.ENGINE)


@pytest.fixture(scope="module")
def corpus(request: pytest.FixtureRequest, work: Path, folder: Path) -> Iterator[Corpus]:
    """The corpus on the module's engine."""
    with ENGINES[request.module.ENGINE](work) as url, Corpus.open(folder, engine=Engine(url)) as opened:
        yield opened


@dataclass(frozen=True)
class Reference:
    """What a case must give, and how BigQuery would be asked for it."""

    found: Found
    script: list[str]


@pytest.fixture(scope="session")
def expected(rows: Star, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Reference]]:
    """Each case, made once on DuckDB from the same rows in another order."""
    rng = random.Random(1)
    shuffled = write(rows, tmp_path_factory.mktemp("shuffled"), order=lambda table: rng.sample(table, len(table)))
    with Recording(dialect="bigquery") as engine, Corpus.open(shuffled, engine=engine) as opened:

        @cache
        def make(case: str) -> Reference:
            engine.statements.clear()
            opened.kept.clear()  # each script makes all that it starts from
            found = findings(opened, case)
            return Reference(found, list(engine.statements))

        yield make


def findings(corpus: Corpus, case: str) -> Found:
    """Every analysis of a case, specialisation by country and by player; a refusal as its sentence."""
    made = Landscape.over(corpus, settings=SETTINGS, **CASES[case])
    calls: dict[str, Callable[[], Finding]] = {name: partial(call, made) for name, call in ANALYSES.items()}
    calls["specialisation by player"] = partial(made.specialisation, by="player")
    found: Found = {}
    for name, call in calls.items():
        try:
            found[name] = call()
        except NotSupported as refused:
            found[name] = refused.text("en")
    return found
