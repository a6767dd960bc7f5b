"""The Cool Japan accounts: the tables of both plans, what follows from them, and what does not add up."""

from __future__ import annotations

from chizai.series.accounts.checks import Check, checks
from chizai.series.accounts.tables import Line, Table, tables

__all__ = ["Check", "Line", "Table", "checks", "tables"]
