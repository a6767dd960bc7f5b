"""Which conventions and selections the relational suite goes through: every value of every choice, in few landscapes."""

from __future__ import annotations

from typing import Any

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
    "families of the source": {"family_basis": "source", "country": "inventor", "counting": "whole"},
    "one collection": {"collections": ("beta",), "technology": "ipc"},
    "years and offices": {"years": (2009, 2013), "offices": ("JP", "US", "EP"), "date": "filing"},
    "two players": {"players": ("甲", "tie one")},
    "a field": {"field": "aerospace"},
}  # fmt: skip

DISTRIBUTED = {"sail": tuple(CASES), "spark": ("defaults", "grants", "a field")}
"""The landscapes that each cluster makes. Spark starts so many tasks a query that three are what a minute allows."""
