"""The relational suite on DuckDB, against the same rows in another order; and what the suite itself must hold.

The other order is made on a recording engine, so that each case also has its script for BigQuery.
"""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp

from chizai.convention import CHOICES
from chizai.corpus.tables import STAR_SCHEMAS
from chizai.landscape import ANALYSES

from .cases import CASES
from .conftest import SETTINGS
from .suite import *  # noqa: F403
from .test_bigquery import tables_of

ENGINE = "duckdb"


def test_the_cases_hold_every_value_of_every_choice() -> None:
    usual = SETTINGS.convention.as_convention()
    for name, values in CHOICES.items():
        assert {case.get(name, getattr(usual, name)) for case in CASES.values()} >= set(values), name


def test_the_cases_fill_every_analysis(expected: Any) -> None:
    """A comparison of empty tables would prove nothing."""
    for name, finding in expected("defaults").found.items():
        assert len(finding) > 1, name


def test_every_analysis_has_its_script_for_bigquery(case: str, expected: Any) -> None:
    script = expected(case).script
    assert len(script) > len(ANALYSES)
    assert not [statement for statement in script if "SEMI JOIN" in statement]
    made = set(STAR_SCHEMAS)
    # Reading a statement back takes longer than writing it: once is enough.
    for statement in script if case == "a field" else ():
        tree = sqlglot.parse_one(statement, read="bigquery")
        if isinstance(tree, exp.Create):
            made.add(tree.this.name)
        # The words of a field are data and travel as a table of their own.
        assert {table for table in tables_of(tree) if "_memtable_" not in table} <= made
