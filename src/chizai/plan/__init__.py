"""The Intellectual Property Strategic Program as data: its overviews statement by statement, and what became of them.

The source of truth are YAML files, one a document (``data/plan/``). A text is read by :mod:`chizai.plan.outline`, made a
draft by :mod:`chizai.plan.draft`, and mended by declared hand edits (:mod:`chizai.plan.edits`), never silently.
"""

from __future__ import annotations

from chizai.plan.check import Problem, check
from chizai.plan.draft import draft
from chizai.plan.lineage import Lineage, Link, align
from chizai.plan.measures import MeasureRow, measures_of
from chizai.plan.model import PlanDocument, Statement
from chizai.plan.store import dump, load, shipped, shipped_ids, source_text

__all__ = [
    "Lineage",
    "Link",
    "MeasureRow",
    "PlanDocument",
    "Problem",
    "Statement",
    "align",
    "check",
    "draft",
    "dump",
    "load",
    "measures_of",
    "shipped",
    "shipped_ids",
    "source_text",
]
