"""The scope of a landscape: a corpus, a selection and a convention, with the units they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from ibis import _

from chizai.convention import CHOICES, Convention
from chizai.corpus.tables import Corpus
from chizai.errors import EmptySelection
from chizai.finding import Caveat, Column, Finding
from chizai.landscape import relations
from chizai.landscape.relations import SCALE, Selection
from chizai.landscape.statistics.nowcast import Nowcast, ReportingDelay, last_full_month, nowcast, reporting_delay
from chizai.provenance import Provenance

ONE_OFFICE = 0.95
"""From this share of the publications at one office on, what is seen is that office and not the world."""
REPORTED_SHARE = 0.9
"""Below this share of units with a known day of publication the delay would be that of a special few."""
DATED_SHARE = 0.5
"""Below this share of units with a year what happens over the years is not told: the dated may be a special few."""


LONGEST_DELAY = 48
"""Months from origin to report; units that take longer are counted, but not foreseen."""


@dataclass
class Scope:
    """What every analysis of a landscape starts from.

    The units are made once and kept on the engine; analyses join to them. Use :meth:`under` to look at the same selection
    under another convention.
    """

    corpus: Corpus
    convention: Convention
    selection: Selection
    parameters: dict[str, object] = field(default_factory=dict)
    """The selection in plain values, for the provenance."""

    def under(self, **choices: object) -> Scope:
        changed = {name: value for name, value in choices.items() if value is not None}
        if all(getattr(self.convention, name) == value for name, value in changed.items()):
            return self
        told = {name: value for name, value in changed.items() if name in CHOICES}
        return replace(self, convention=self.convention.with_(**changed), parameters={**self.parameters, **told})

    # The units --------------------------------------------------------------------------------------------------------

    @cached_property
    def members(self) -> Any:
        """Publications of the selection with their unit; kept on the engine."""
        expression = relations.members(self.corpus.tables, self.convention, self.selection)
        return self.corpus.keep("members", expression)

    @cached_property
    def units(self) -> Any:
        """One row a unit; kept on the engine."""
        return self.corpus.keep("units", relations.units(self.members, self.convention))

    @cached_property
    def players(self) -> Any:
        """(unit, player, country, sequence, n); kept on the engine."""
        return self.corpus.keep("applicants", relations.applicants(self.members, self.corpus.tables))

    def actors(self, by: str) -> Any:
        """(unit, actor, m, n) of players or countries; kept on the engine."""
        return self._player_actors if by == "player" else self._country_actors

    @cached_property
    def _player_actors(self) -> Any:
        return relations.player_actors(self.players)

    @cached_property
    def _country_actors(self) -> Any:
        rows = relations.country_actors(self.members, self.corpus.tables, self.convention)
        return self.corpus.keep("actors", rows)

    def technologies(self) -> Any:
        """(unit, code, k); kept on the engine."""
        return self._technologies

    @cached_property
    def _technologies(self) -> Any:
        rows = relations.technologies(self.members, self.corpus.tables, self.convention)
        return self.corpus.keep("technologies", rows)

    def run(self, expression: Any) -> pa.Table:
        return self.corpus.run(expression)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Sizes and edges of the selection. Raises EmptySelection when nothing is left."""
        units = self.units
        found = self.run(
            units.aggregate(
                units=_.count(),
                undated=_.year.isnull().sum(),
                first_year=_.year.min(),
                last_year=_.year.max(),
                reported=_.reported.max(),
            )
        ).to_pylist()[0]
        members = self.run(
            self.members.aggregate(
                publications=_.count(), last=_.publication_date.max(), alone=(_.family_basis == "self").sum()
            )
        ).to_pylist()[0]
        if not found["units"]:
            raise EmptySelection(selection=self.convention.sentence() or "all")
        return {**found, **members, "undated": found["undated"] or 0, "alone": members["alone"] or 0}

    @property
    def total(self) -> int:
        """Units in the selection."""
        return int(self.facts["units"])

    @property
    def cutoff(self) -> date | None:
        """The last publication date in the selection's collections: the data end here."""
        return self.whole.facts["last"]

    @cached_property
    def main_office(self) -> tuple[str | None, float]:
        """The office with the most publications of the selection, and its share of them."""
        rows = self.run(self.members.group_by("office").agg(n=_.count())).to_pylist()
        first = max(rows, key=lambda row: (row["n"], str(row["office"])))
        return first["office"], first["n"] / sum(row["n"] for row in rows)

    @property
    def one_office(self) -> bool:
        """Whether what is seen is one office and not the world."""
        return self.main_office[1] >= ONE_OFFICE

    # Incomplete years -------------------------------------------------------------------------------------------------

    @cached_property
    def whole(self) -> Scope:
        """The same collections without field, players or years: where the reporting delay is learned."""
        free = replace(self.selection, publications=None, players=None, years=None)
        return self if free == self.selection else replace(self, selection=free)

    @cached_property
    def of_all_years(self) -> Scope:
        """The same selection without its limit of years."""
        if self.selection.years is None:
            return self
        return replace(self, selection=replace(self.selection, years=None))

    def in_selected_years(self, rows: Any) -> Any:
        """The rows whose ``year`` lies in the years selected."""
        first, last = self.selection.years or (None, None)
        rows = rows if first is None else rows.filter(rows.year >= first)
        return rows if last is None else rows.filter(rows.year <= last)

    @cached_property
    def months(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Units by month of origin and month of first report: origin, reported (datetime64[M]) and counts."""
        dated = self.units.filter(_.date.notnull() & _.reported.notnull())
        months = dated.mutate(
            origin=dated.date.year().cast("int64") * 12 + dated.date.month().cast("int64"),
            reported=dated.reported.year().cast("int64") * 12 + dated.reported.month().cast("int64"),
        )
        table = self.run(months.group_by("origin", "reported").agg(n=_.count()).order_by("origin", "reported"))
        base = np.int64(1970 * 12 + 1)
        origin, reported = (
            (table[name].to_numpy().astype(np.int64) - base).astype("datetime64[M]") for name in ("origin", "reported")
        )
        return origin, reported, table["n"].to_numpy().astype(np.float64)

    @cached_property
    def delay(self) -> ReportingDelay | None:
        """How long units take to appear, learned on the whole collections; None where no dates tell."""
        origin, reported, counts = self.whole.months
        ends = [day for day in (self.whole.facts["reported"], self.cutoff) if day is not None]
        if not len(origin) or not ends or self.no_delay is not None:
            return None
        longest = 1 if self.seen_at_once else LONGEST_DELAY
        return reporting_delay(
            origin, reported, counts, cutoff=last_full_month(np.array(ends, "datetime64[D]")), max_delay=longest
        )

    @property
    def seen_at_once(self) -> bool:
        """Whether units are dated by the day on which they appear, so that nothing is still to come of past years."""
        late = self.convention.unit in ("grant", "ipf", "ip5", "triadic")
        return self.convention.date == "grant" or (self.convention.date == "publication" and not late)

    @cached_property
    def no_delay(self) -> str | None:
        """Why the delay cannot be learned: a caveat's code, or None where it can."""
        if len(self.convention.collections or ()) > 1 and self._different_ends:
            return "mixed_collections"
        dated = self.whole.facts["units"] - self.whole.facts["undated"]
        if dated and dated < DATED_SHARE * self.whole.facts["units"]:
            return "mostly_undated"
        known = float(self.whole.months[2].sum())
        return "no_report_dates" if known < REPORTED_SHARE * dated or not dated else None

    @cached_property
    def _different_ends(self) -> bool:
        """Whether the collections end in different months."""
        rows = self.corpus["publication"].filter(_.collection.isin(self.convention.collections))
        ends = self.run(rows.group_by("collection").agg(end=_.publication_date.max()))["end"].to_pylist()
        return len({(end.year, end.month) if end is not None else None for end in ends}) > 1

    @cached_property
    def nowcast(self) -> Nowcast | None:
        """The units by year with what is still to come; None where the delay cannot be learned."""
        if self.delay is None:
            return None
        origin, reported, counts = self.months
        if not (reported <= self.delay.cutoff).any():
            return None
        found = nowcast(self.delay, origin, reported, counts, confidence=self.confidence)
        # The years after those selected were left out: none of their units is missing, and no drop is to be seen.
        last = (self.selection.years or (None, None))[1]
        return found if last is None else found.until(last)

    @cached_property
    def country_sources(self) -> tuple[int, int]:
        """Units of known country under a basis of applicants, and those of them that owe it to a company registry."""
        if self.convention.country not in (None, "applicant", "first_applicant"):
            return 0, 0
        rows = relations.country_sources(self.players, self.convention)
        found = self.run(rows.aggregate(known=_.count(), registry=_.registry.cast("int64").sum())).to_pylist()[0]
        return int(found["known"]), int(found["registry"] or 0)

    @property
    def registry(self) -> int:
        """Units whose country comes from a company registry and not from the source."""
        return self.country_sources[1]

    @property
    def registry_caveat(self) -> list[Caveat]:
        known, registry = self.country_sources
        return [Caveat("countries_from_registry", {"count": registry, "known": known})] if registry else []

    @cached_property
    def repeated(self) -> int:
        """Documents (office and number) of the selection that stand in several of its collections, and count in each."""
        if len(self.convention.collections or ()) < 2:
            return 0
        held = self.members.select("pub").join(self.corpus["publication"], "pub")
        # Without the kind, which some sources do not tell.
        held = held.select("collection", number=held.publication_id.re_extract("^([^-]+-[^-]+)", 1))
        several = held.group_by("number").agg(n=_.collection.nunique()).filter(_.n > 1)
        return int(self.run(several.count().as_table())[0][0].as_py())

    def units_by_year(self) -> dict[int, int]:
        """Every unit that has a year, whether or not it is known when it appeared."""
        table = self.run(self.units.filter(_.year.notnull()).group_by("year").agg(n=_.count()))
        return dict(zip(table["year"].to_pylist(), table["n"].to_pylist(), strict=True))

    @property
    def last_complete_year(self) -> int | None:
        """The last year by which at least 95 % of the units have appeared; None where that cannot be told."""
        return self.nowcast.last_complete_year if self.nowcast is not None else None

    @property
    def confidence(self) -> float:
        return self.convention.confidence or 0.9

    # Findings ---------------------------------------------------------------------------------------------------------

    def finding(
        self,
        name: str,
        columns: Sequence[Column],
        data: Mapping[str, Sequence[Any]],
        *,
        uses: Sequence[str],
        caveats: Sequence[Caveat] = (),
        facts: Mapping[str, object] | None = None,
        parameters: Mapping[str, object] | None = None,
        **extra: object,
    ) -> Finding:
        """A Finding with this scope's convention (only the choices that ``uses`` names) and provenance."""
        convention = self.convention.only(*uses).with_(cutoff=self.cutoff, **extra)
        if "confidence" not in extra and not any(column.low for column in columns):
            convention = convention.with_(confidence=None)
        if "minimum_count" not in extra:
            convention = convention.with_(minimum_count=None)
        collections = self.selection.collections
        snapshots = tuple(
            item for item in self.corpus.snapshots if collections is None or item.collection in collections
        )
        return Finding(
            name=name,
            table=pa.table({column.name: _array(data[column.name], column) for column in columns}),
            columns=tuple(columns),
            convention=convention,
            provenance=Provenance(
                analysis=name,
                parameters={**self.parameters, **_told(convention), **(parameters or {})},
                snapshots=snapshots,
            ),
            caveats=(*self.caveats(uses), *caveats),
            facts=dict(facts or {}),
        )

    def caveats(self, uses: Sequence[str]) -> list[Caveat]:
        """What holds for every figure of this selection that depends on these choices."""
        found = []
        facts = self.facts
        if "date" in uses and facts["undated"]:
            found.append(Caveat("undated", {"count": facts["undated"], "total": facts["units"]}))
        families = self.convention.unit in ("simple_family", "extended_family", "ipf", "ip5", "triadic")
        if "unit" in uses and families and facts["alone"] > 0.9 * facts["publications"]:
            found.append(Caveat("no_priorities", {"count": facts["alone"], "total": facts["publications"]}))
        if "unit" in uses and self.convention.unit in ("ipf", "ip5", "triadic") and self.one_office:
            office, share = self.main_office
            found.append(Caveat("one_office_families", {"office": office, "share": f"{share:.0%}"}))
        asked = (self.convention.unit, self.convention.family_basis)
        if "family_basis" in uses and asked == ("extended_family", "source"):
            found.append(Caveat("extended_from_priorities"))
        if "country" in uses:
            found += self.registry_caveat
        if self.repeated:
            found.append(Caveat("several_collections", {"count": self.repeated}))
        if facts["units"] < 30:
            found.append(Caveat("few_units", {"count": facts["units"]}))
        return found


_ARROW = {
    "text": pa.string(),
    "code": pa.string(),
    "country": pa.string(),
    "year": pa.int64(),
    "date": pa.date32(),
    "count": pa.float64(),
    "share": pa.float64(),
    "rate": pa.float64(),
    "index": pa.float64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
}


def _told(convention: Convention) -> dict[str, object]:
    """The numbers of a convention on which the figure rests."""
    found = {"confidence": convention.confidence, "minimum_count": convention.minimum_count}
    return {name: value for name, value in found.items() if value is not None}


def _array(values: Sequence[Any], column: Column) -> pa.Array:
    kind = _ARROW[column.kind]
    if kind == pa.float64():
        # Whole numbers stay whole numbers; nan means 'undefined' and is stored as null.
        plain = [None if value is None or value != value else value for value in values]
        if all(value is None or float(value).is_integer() for value in plain) and column.kind == "count":
            return pa.array([None if value is None else int(value) for value in plain], pa.int64())
        return pa.array([None if value is None else float(value) for value in plain], kind)
    return pa.array(list(values), kind)


def weight(values: Sequence[int]) -> list[float]:
    """Fixed-point weights as counts."""
    return [value / SCALE for value in values]
