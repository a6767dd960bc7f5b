"""Citations between units with the time between them: what the measures of impact share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from ibis import _

from chizai.landscape import relations
from chizai.landscape.citations import citing_pairs
from chizai.landscape.scope import Scope

Clock = Literal["publication", "origin"]

KNOWN_SHARE = 0.9
"""Where fewer units than this have a publication date, all are dated by their origin: a mixed clock would favour some."""


def month(day: Any) -> Any:
    """Months since year 0."""
    return day.year().cast("int64") * 12 + day.month().cast("int64")


@dataclass
class Citing:
    """Who cites whom in the whole collections of a scope, units on both sides.

    Offices that were selected cut the cited side only: what is cited from another office is cited.
    The clock of every unit starts at its first publication; at its origin (the convention's date) where too few
    publication dates are known.
    """

    scope: Scope

    @cached_property
    def whole(self) -> Scope:
        return self.scope.whole

    @cached_property
    def pairs(self) -> Any:
        """(unit, citing): every citing unit once; kept on the engine."""
        return self.scope.corpus.keep("citing", citing_pairs(self.whole))

    @cached_property
    def count(self) -> int:
        return int(self.scope.run(self.pairs.count().as_table())[0][0].as_py())

    @cached_property
    def clock(self) -> Clock:
        known = self.scope.run(self.whole.units.aggregate(n=_.first_published.count()))["n"][0].as_py()
        return "publication" if known >= KNOWN_SHARE * self.whole.total else "origin"

    @cached_property
    def everywhere(self) -> Scope:
        """The whole collections at every office."""
        selection = self.whole.selection
        if selection.offices is None:
            return self.whole
        return replace(self.whole, selection=replace(selection, offices=None))

    @cached_property
    def starts(self) -> Any:
        """(unit, start): the month in which each unit's clock starts; undated units are left out."""
        return self._starts(self.whole)

    def _starts(self, scope: Scope) -> Any:
        units = scope.units
        start = units.first_published if self.clock == "publication" else units.date
        return units.select("unit", start=month(start)).filter(_.start.notnull())

    @cached_property
    def months(self) -> Any:
        """(unit, citing, start, cited_on) in months, both dated."""
        starts, citing = self.starts, self._starts(self.everywhere)
        other = citing.select(citing=citing.unit, cited_on=citing.start)
        return self.pairs.join(starts, "unit").join(other, "citing").select("unit", "citing", "start", "cited_on")

    @property
    def cutoff_month(self) -> int | None:
        """The month in which the collections end: no citation can be seen after it, through whatever office."""
        day = self.everywhere.cutoff
        if self.clock == "origin" or day is None:
            found = self.scope.run(self._starts(self.everywhere).aggregate(last=_.start.max()))["last"][0].as_py()
            return None if found is None else int(found)
        return day.year * 12 + day.month

    def references(self) -> Any:
        """(unit, office, references): patents that each unit cites, inside the collections or not, and through whom."""
        base = relations.publications(self.scope.corpus.tables, self.scope.convention, self.everywhere.selection)
        cites = self.scope.corpus["citation"].filter(_.cited_id.notnull())
        made = cites.join(base.select("pub", "unit"), "pub")
        counted = made.group_by("unit").agg(references=_.cited_id.nunique(), pub=_.pub.min())
        return counted.join(base.select("pub", "office"), "pub").select("unit", "office", "references")


def rows_of(ids: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The places of ``wanted`` in the ascending ``ids``; -1 for one that is not there."""
    if not len(ids):
        return np.full(len(wanted), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[place] == wanted, place, -1)
