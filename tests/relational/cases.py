"""Which conventions and selections the relational suite goes through: every value of every choice, in few landscapes."""

from __future__ import annotations

import os
from typing import Any

SELECTIONS = {"collections", "years", "offices", "players", "field"}
CASES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "publications": {
        "unit": "publication", "date": "publication", "country": "office", "counting": "whole",
        "technology": "ipc", "level": "section", "denominator": "all",
    },
    "applications": {
        "unit": "application", "date": "filing", "country": "inventor", "technology": "wipo35", "family_basis": "source",
    },
    "grants": {
        "unit": "grant", "date": "grant", "country": "first_applicant", "counting": "whole", "level": "group",
        "player_level": "group",
    },
    "extended families": {"unit": "extended_family", "country": "inventor", "technology": "ipc", "level": "full"},
    "international families": {"unit": "ipf", "date": "publication", "level": "class"},
    "ip5 families": {"unit": "ip5", "country": "first_applicant", "technology": "wipo35", "denominator": "all"},
    "triadic families": {"unit": "triadic", "country": "office", "level": "full"},
    "families of the source": {
        "family_basis": "source", "country": "inventor", "counting": "whole", "technology": "fi",
    },
    "ip5 families of the source": {"unit": "ip5", "family_basis": "source", "country": "inventor"},
    "one collection": {"collections": ("beta",), "technology": "ipc"},
    "years and offices": {"years": (2009, 2013), "offices": ("JP", "US", "EP"), "date": "filing"},
    "two players": {"players": ("甲", "tie one")},
    "a field": {"field": "aerospace"},
}  # fmt: skip

# Spark starts so many tasks a query that one landscape and a few relations are what a minute allows.
_BRIEF = {"spark": ("defaults",)}
_BRIEF_RELATIONS = {"spark": ("defaults", "applications", "grants", "international families")}


def on(engine: str, *, unselected: bool = False) -> list[str]:
    """The cases that an engine goes through (all of them with CHIZAI_CLUSTER_CASES=all), or those without a selection."""
    cases = [name for name, case in CASES.items() if not unselected or not set(case) & SELECTIONS]
    brief = (_BRIEF_RELATIONS if unselected else _BRIEF).get(engine)
    if brief is None or os.environ.get("CHIZAI_CLUSTER_CASES") == "all":
        return cases
    return [name for name in cases if name in brief]
