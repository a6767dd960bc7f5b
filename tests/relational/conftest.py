from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

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

@pytest.fixture(scope="session")
def rows() -> Star:
    return star()


@pytest.fixture(scope="session")
def folder(rows: Star, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(rows, tmp_path_factory.mktemp("star"))


@pytest.fixture(
    scope="session",
    params=["duckdb", *(pytest.param(name, marks=pytest.mark.cluster) for name in CLUSTERS)],
)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def engine_work(engine_name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the engine's logs are."""
    return tmp_path_factory.mktemp(engine_name)


@pytest.fixture(scope="session")
def engine_url(engine_name: str, engine_work: Path) -> Iterator[str]:
    if engine_name == "duckdb":
        yield "duckdb://"
        return
    with CLUSTERS[engine_name](engine_work) as url:
        yield url


@pytest.fixture(scope="session")
def corpus(engine_url: str, folder: Path) -> Iterator[Corpus]:
    with Corpus.open(folder, engine=Engine(engine_url)) as opened:
        yield opened


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
