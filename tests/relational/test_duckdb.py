"""The relational suite on DuckDB, against the same rows in another order; and what the suite itself must hold."""

from __future__ import annotations

from typing import Any

from chizai.convention import CHOICES

from .cases import CASES
from .conftest import SETTINGS
from .suite import *  # noqa: F403

ENGINE = "duckdb"


def test_the_cases_hold_every_value_of_every_choice() -> None:
    usual = SETTINGS.convention.as_convention()
    for name, values in CHOICES.items():
        assert {case.get(name, getattr(usual, name)) for case in CASES.values()} >= set(values), name


def test_the_cases_fill_every_analysis(expected: Any) -> None:
    """A comparison of empty tables would prove nothing."""
    for name, finding in expected("defaults").items():
        assert len(finding) > 1, name
