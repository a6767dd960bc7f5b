"""The same tables from every engine: DuckDB always, and on clusters when asked for (``make test-cluster``)."""

from __future__ import annotations

from typing import Any

import pytest

from chizai.convention import CHOICES, Convention
from chizai.corpus.tables import STAR_SCHEMAS, Corpus
from chizai.finding import Finding
from chizai.landscape import relations
from chizai.landscape.relations import Selection

from . import oracle
from .cases import CASES, on
from .conftest import ENGINES, SETTINGS, Engines, engine_params, findings
from .corpus import Star


@pytest.fixture(scope="session")
def expected(reference: Corpus) -> Any:
    """The findings of a case on the reference, made once."""
    made: dict[str, dict[str, Finding | str]] = {}

    def of(case: str) -> dict[str, Finding | str]:
        if case not in made:
            made[case] = findings(reference, case)
        return made[case]

    return of


@pytest.mark.parametrize(("engine", "case"), engine_params(*(on(name) for name in ENGINES)))
def test_every_analysis_gives_the_same_table_facts_and_caveats(case: str, corpus: Corpus, expected: Any) -> None:
    found, wanted = findings(corpus, case), expected(case)
    assert found.keys() == wanted.keys()
    for name, finding in found.items():
        other = wanted[name]
        if isinstance(finding, str) or isinstance(other, str):
            assert finding == other, name
            continue
        assert finding.table.schema == other.table.schema, name
        assert finding.table.to_pylist() == other.table.to_pylist(), name
        assert dict(finding.facts) == dict(other.facts), name
        assert finding.caveats == other.caveats, name


def test_the_cases_hold_every_value_of_every_choice() -> None:
    usual = SETTINGS.convention.as_convention()
    for name, values in CHOICES.items():
        assert {case.get(name, getattr(usual, name)) for case in CASES.values()} >= set(values), name


def test_the_cases_fill_every_analysis(expected: Any) -> None:
    """A comparison of empty tables would prove nothing."""
    for name, finding in expected("defaults").items():
        assert len(finding) > 1, name


def _convention(case: str) -> Convention:
    chosen = {**CASES[case], "player_level": None}
    return SETTINGS.convention.as_convention().with_(**chosen)


def _tuples(corpus: Corpus, expression: Any, *columns: str) -> list[tuple[Any, ...]]:
    table = corpus.run(expression.select(*columns))
    return _sorted(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _sorted(rows: Any) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: [(value is None, str(value)) for value in row])


@pytest.mark.parametrize(("engine", "case"), engine_params(*(on(name, relations=True) for name in ENGINES)))
def test_relations_mean_what_plain_loops_say(case: str, corpus: Corpus, rows: Star) -> None:
    convention = _convention(case)
    tables = corpus.tables
    members = corpus.keep("members", relations.members(tables, convention, Selection()))

    units = _tuples(
        corpus, relations.units(members, convention),
        "unit", "date", "year", "reported", "publications", "offices", "granted",
    )  # fmt: skip
    assert units == _sorted(oracle.units(rows, convention))

    players = _tuples(corpus, relations.applicants(members, tables), "unit", "player", "country", "sequence", "n")
    assert players == _sorted(
        (unit, player, party["country"], party["sequence"], len(held))
        for unit, held in oracle.applicants(rows, convention).items()
        for player, party in held.items()
    )

    actors = relations.country_actors(members, tables, convention)
    assert _tuples(corpus, actors, "unit", "actor", "m", "n") == _sorted(oracle.countries(rows, convention))

    technologies = relations.technologies(members, tables, convention)
    assert _tuples(corpus, technologies, "unit", "code", "k") == _sorted(
        (unit, code, len(held)) for unit, held in oracle.technologies(rows, convention).items() for code in held
    )

    cube = relations.cube(actors, technologies, convention)
    assert _tuples(corpus, cube, "actor", "code", "weight", "units") == _sorted(oracle.cube(rows, convention))


@pytest.mark.parametrize("engine", engine_params())
def test_results_have_the_types_that_the_expressions_promise(corpus: Corpus) -> None:
    for name, schema in STAR_SCHEMAS.items():
        table = corpus.run(corpus[name].limit(3))
        assert table.schema.types == [field.type for field in schema], name


@pytest.mark.parametrize("engine", engine_params()[1:])
def test_two_workers_did_the_work(corpus: Corpus, engine: str, engines: Engines) -> None:
    assert corpus.engine is not None
    rows = corpus["party"]
    assert corpus.run(rows.group_by("country").agg(n=rows.count())).num_rows == 6
    if engine == "spark":
        for number in (1, 2):
            logs = [log.read_text() for log in (engines.work / "spark").glob(f"worker-{number}/app-*/*/stderr")]
            assert any("Finished task" in log for log in logs), number
        return
    session = corpus.engine.backend._session
    workers = session.sql("SELECT status FROM system.cluster.workers WHERE status = 'RUNNING'").toArrow()
    assert workers.num_rows == 2
    exchanged = session.sql(
        "SELECT stage FROM system.execution.stages WHERE placement = 'Worker' AND distribution LIKE 'Hash%'"
    ).toArrow()
    assert exchanged.num_rows > 0
