"""Every relational analysis has its SQL in BigQuery's dialect: all of it, over the star's own tables and columns."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import get_args

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from chizai import convention
from chizai.convention import Convention
from chizai.corpus.tables import STAR_SCHEMAS, Corpus
from chizai.engine import Recording, sql
from chizai.errors import EngineError
from chizai.landscape import relations
from chizai.landscape.relations import Selection

DATES = get_args(convention.DateBasis)
COLUMNS = {table: dict.fromkeys(schema.names, "STRING") for table, schema in STAR_SCHEMAS.items()}


def tables_of(tree: exp.Expression) -> set[str]:
    return {table.name for table in tree.find_all(exp.Table)} - {cte.alias for cte in tree.find_all(exp.CTE)}


def check(statement: str) -> None:
    """The statement is one of BigQuery's, and each of its columns is found in the star."""
    assert "SEMI JOIN" not in statement
    tree = sqlglot.parse_one(statement, read="bigquery")
    assert tables_of(tree) <= set(STAR_SCHEMAS)
    qualify(tree, schema=COLUMNS, dialect="bigquery", validate_qualify_columns=True, expand_stars=False)


def test_the_core_relations_have_their_sql_under_every_choice_without_running() -> None:
    tables = Corpus.unbound().tables
    selection = Selection(collections=("alpha",), offices=("JP",), years=(2009, None), players=(1,))
    for place, unit in enumerate(get_args(convention.Unit)):
        chosen = Convention(unit=unit, date=DATES[place % len(DATES)], family_basis=("priorities", "source")[place % 2])
        check(sql(relations.units(relations.members(tables, chosen, selection), chosen), dialect="bigquery"))
    members = relations.members(tables, Convention(unit="simple_family", date="priority"), Selection())
    levels = [*product(get_args(convention.Technology), get_args(convention.Level))]
    bases = [*product(get_args(convention.CountryBasis), get_args(convention.Counting))]
    for place, (technology, level) in enumerate(levels):
        country, counting = bases[place % len(bases)]
        chosen = Convention(country=country, technology=technology, level=level, counting=counting)
        actors = relations.country_actors(members, tables, chosen)
        codes = relations.technologies(members, tables, chosen)
        check(sql(relations.cube(actors, codes, chosen), dialect="bigquery"))


def test_what_a_dialect_lacks_is_an_engine_error(folder: Path) -> None:
    with Recording(dialect="bigquery") as engine:
        claims = Corpus.open(folder, engine=engine)["publication"].claims
        with pytest.raises(EngineError, match="bigquery"):
            engine.run(claims.median().as_table())


def test_a_check_finds_a_column_that_is_not_there() -> None:
    with pytest.raises(sqlglot.errors.OptimizeError):
        check("SELECT `t0`.`colour` FROM `publication` AS `t0`")
