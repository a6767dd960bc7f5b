"""What is published: the follow-up of all KPIs, the plan documents, and the comparison, of one day."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from chizai.messages import Lang, text
from chizai.plan import Lineage, PlanDocument, align, shipped, shipped_ids
from chizai.plan.progress import ProgressNote
from chizai.publish.kpis import Kpi, kpis
from chizai.publish.tables import Table, all_tables
from chizai.series.assess import STATUSES, status_word
from chizai.series.follow import FollowUp, follow_all
from chizai.series.model import Observation


@dataclass(frozen=True)
class Edition:
    """``day``: only what was known then (None: all). ``documents`` oldest first; ``lineage`` between the last two."""

    kpis: tuple[Kpi, ...]
    documents: tuple[PlanDocument, ...]
    lineage: Lineage | None
    day: dt.date | None = None
    more: tuple[Observation, ...] = ()
    notes: tuple[ProgressNote, ...] = ()
    """Progress of the measures that ministries reported and somebody approved."""

    @classmethod
    def collect(
        cls,
        *,
        day: dt.date | None = None,
        more: Sequence[Observation] = (),
        documents: Sequence[PlanDocument] | None = None,
        lineage: Lineage | None = None,
        found: Sequence[FollowUp] | None = None,
        notes: Sequence[ProgressNote] = (),
    ) -> Edition:
        """Everything that chizai ships, with the user's own observations; a reviewed ``lineage`` replaces the proposal."""
        plans = tuple(documents) if documents is not None else tuple(shipped(name) for name in shipped_ids())
        if lineage is None and len(plans) > 1:
            lineage = align(plans[-2], plans[-1])
        followed = found if found is not None else follow_all(day=day, more=more)
        return cls(tuple(kpis(followed, plans, more=more)), plans, lineage, day, tuple(more), tuple(notes))

    def with_lineage(self, lineage: Lineage) -> Edition:
        """The same edition with a comparison that persons have reviewed."""
        return replace(self, lineage=lineage)

    def counts(self, lang: Lang) -> list[tuple[str, int]]:
        """Verdicts in words, best first, and how many KPIs have them."""
        found = [kpi.found.status for kpi in self.kpis]
        return [(status_word(status, lang), found.count(status)) for status in STATUSES if status in found]

    @cached_property
    def tables(self) -> list[Table]:
        return all_tables(self.kpis, self.documents, self.lineage, more=self.more, day=self.day)

    @property
    def table_names(self) -> list[str]:
        return [table.name for table in self.tables]

    @cached_property
    def vintage(self) -> str:
        """The fingerprint of all figures used: equal hashes mean equal verdicts."""
        packed = "\n".join(f"{kpi.id} {kpi.found.vintage}" for kpi in self.kpis)
        return hashlib.sha256(packed.encode()).hexdigest()[:16]

    def made(self, lang: Lang, *, version: str) -> str:
        known = text("publish.as_of", lang, day=self.day.isoformat()) if self.day else text("publish.as_of_now", lang)
        return f"{text('publish.made', lang, version=version, vintage=self.vintage)} {known}"

    def kpi(self, name: str) -> Kpi:
        return next(kpi for kpi in self.kpis if kpi.id == name)
