"""The relational suite: what every engine must give. The files ``test_<engine>.py`` beside this one run it."""

from __future__ import annotations

from typing import Any

from chizai.convention import Convention
from chizai.corpus.tables import STAR_SCHEMAS, Corpus
from chizai.landscape import relations
from chizai.landscape.relations import Selection

from . import oracle
from .cases import CASES
from .conftest import SETTINGS, findings
from .corpus import Star


def test_every_analysis_gives_the_same_table_facts_and_caveats(case: str, corpus: Corpus, expected: Any) -> None:
    found, wanted = findings(corpus, case), expected(case).found
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


def _convention(case: str) -> Convention:
    chosen = {**CASES[case], "player_level": None}
    return SETTINGS.convention.as_convention().with_(**chosen)


def _tuples(corpus: Corpus, expression: Any, *columns: str) -> list[tuple[Any, ...]]:
    table = corpus.run(expression.select(*columns))
    return _sorted(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _sorted(rows: Any) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: [(value is None, str(value)) for value in row])


def test_relations_mean_what_plain_loops_say(unselected: str, corpus: Corpus, rows: Star) -> None:
    convention = _convention(unselected)
    tables = corpus.tables
    members = corpus.keep("members", relations.members(tables, convention, Selection()))

    units = _tuples(
        corpus, relations.units(members, convention),
        "unit", "date", "year", "reported", "publications", "offices", "granted", "first_pub",
    )  # fmt: skip
    assert units == _sorted(oracle.units(rows, convention))

    players = _tuples(
        corpus, relations.applicants(members, tables), "unit", "player", "country", "registry", "sequence", "n"
    )
    assert players == _sorted(
        (unit, player, party["country"], party["registry"], party["sequence"], len(held))
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


def test_results_have_the_types_that_the_expressions_promise(corpus: Corpus) -> None:
    for name, schema in STAR_SCHEMAS.items():
        table = corpus.run(corpus[name].limit(3))
        assert table.schema.types == [field.type for field in schema], name
