"""One KPI as it is published: the follow-up, its statements in the plans, its figures in the unit of the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from chizai.messages import Lang, text
from chizai.plan.model import PlanDocument, Statement
from chizai.publish.words import NONE, amount, signed
from chizai.series.assess import Assessment
from chizai.series.assess.base import Case
from chizai.series.catalogue import indicators, observations, shipped
from chizai.series.follow import FollowUp, case_of
from chizai.series.model import Indicator, Observation
from chizai.series.period import Period
from chizai.series.units import convert, unit_label
from chizai.series.vintages import series


@dataclass(frozen=True)
class Point:
    """A figure for chart and table; ``t`` is its place on the time axis, ``part`` what it is."""

    part: str
    t: float
    period: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    observation: Observation | None = None


@dataclass(frozen=True)
class Kpi:
    """``statements`` are (document, statement) in the order of the documents."""

    found: FollowUp
    statements: tuple[tuple[PlanDocument, Statement], ...]
    more: tuple[Observation, ...] = ()

    @property
    def id(self) -> str:
        return self.found.target.id

    def title(self, lang: Lang) -> str:
        return self.found.target.title.text(lang)

    @property
    def item(self) -> str | None:
        """The number of the plan item: that of the latest document which states it."""
        return self.statements[-1][1].item if self.statements else None

    @property
    def unit(self) -> str:
        """The unit of publication: the target's where the indicator converts into it, else the indicator's."""
        target, known = self.found.target, self.found.indicator
        if known is None:
            return target.unit or ""
        if target.unit and known.unit != target.unit:
            try:
                convert(1.0, unit=known.unit, to=target.unit)
            except ValueError:
                return known.unit
            return target.unit
        return known.unit

    def in_unit(self, value: float, *, unit: str) -> float:
        return float(f"{convert(value, unit=unit, to=self.unit):.12g}")

    @cached_property
    def case(self) -> Case | None:
        """The two points and the target behind the headline, in the indicator's unit; None where no formula judges."""
        known = self.found.indicator
        if self.found.headline is None or known is None or self.found.headline.method == "reference_level":
            return None
        return case_of(self.found.target, known, self.seen, [])

    @cached_property
    def seen(self) -> list[Observation]:
        """The observations as known on the day, in the indicator's own unit."""
        target = self.found.target
        if target.indicator is None:
            return []
        return series(observations(day=self.found.day, more=self.more), target.indicator, geo=target.geo)

    @property
    def assessments(self) -> list[Assessment]:
        return [self.found.headline, *self.found.others] if self.found.headline else []

    def because(self, lang: Lang) -> str:
        """Why there is no verdict, or what must be known of it; never empty where nothing can be judged."""
        why = self.found.why_not(lang)
        if why:
            return why[0].upper() + why[1:]
        codes = ("no-observation", "one-point", "no-baseline")
        notes = [one.text(lang) for one in self.found.reasons if one.code in codes]
        if notes:
            return " ".join(notes)
        if self.found.status == "not_available":
            return text("publish.matrix.no_later", lang)
        return ""

    def remarks(self, lang: Lang) -> list[str]:
        """What stands beside the verdict in the matrix."""
        found, notes = self.found, []
        if found.headline is not None:
            notes += [
                one.text(lang) for one in found.headline.reasons if one.code.startswith(("borderline", "reference"))
            ]
        printed = found.printed
        if printed is not None and found.headline is not None and printed.statuses != found.headline.statuses:
            notes.append(text("publish.matrix.printed", lang, word=printed.word(lang)))
        if found.override is not None:
            notes.append(text("publish.matrix.override", lang, by=found.override.by))
        return notes

    def latest(self, lang: Lang) -> str:
        one = self.found.latest
        if one is None or one.value is None:
            return ""
        value = amount(self.in_unit(one.value, unit=one.unit), self.unit, lang, qualifier=one.qualifier)
        return text("publish.dated", lang, value=value, period=period(one.when, lang))

    def target_text(self, lang: Lang) -> str:
        """The target with its year, as a number where it is one."""
        target = self.found.target
        if target.value is None:
            return text(f"publish.kind.{target.kind}", lang)
        unit = target.unit or ""
        if target.comparator == "change" and unit == "percent":
            # A share that rises by ten rises by points, not by per cent.
            value = text("publish.points", lang, value=f"{target.value:g}")
        else:
            value = amount(target.value, unit, lang)
        worded = text(f"publish.comparator.{target.comparator}", lang, value=value)
        when = period(Period.parse(target.deadline), lang) if target.deadline else text("publish.no_year", lang)
        return text("publish.dated", lang, value=worded, period=when)

    def required(self, lang: Lang) -> str:
        """The step a year that the target still needs from the latest value."""
        case, known = self.case, self.found.indicator
        if case is None or known is None or case.target is None or case.target_year is None:
            return ""
        if case.target_year <= case.current_year or case.direction * (case.current_value - case.target) >= 0:
            return ""
        step = self.in_unit(
            (case.target - case.current_value) / (case.target_year - case.current_year), unit=known.unit
        )
        if self.unit == "rank":
            return text(
                "publish.rank_up" if step < 0 else "publish.rank_down",
                lang,
                value=signed(abs(float(f"{step:.4g}")), lang),
            )
        label = unit_label(self.unit, lang)
        sign = "+" if step > 0 else ""
        return text("publish.with_unit", lang, value=f"{sign}{signed(float(f'{step:.4g}'), lang)}", unit=label)

    def restated(self, lang: Lang) -> str:
        """What the latest document says of a target of the one before."""
        target = self.found.target
        if target.restated is not None:
            return target.restated.text(lang)
        years = [document.plan.year for document, _ in self.statements]
        if len(set(years)) > 1:
            return text("publish.matrix.restated_same", lang)
        if years and target.document.startswith("plan-2026"):
            return text("publish.matrix.first_2026", lang)
        return NONE

    @cached_property
    def points(self) -> list[Point]:
        """Observations, target, required path, yearly projection, in the unit of publication, for chart, table, download."""
        found = [
            Point(
                "observation",
                one.when.t,
                one.period,
                self.in_unit(one.value, unit=one.unit),
                self.unit,
                self.in_unit(one.low, unit=one.unit) if one.half_unit else None,
                self.in_unit(one.high, unit=one.unit) if one.half_unit else None,
                one,
            )
            for one in self.seen
            if one.value is not None
        ]
        return found + self._wanted() + self._ahead()

    def _wanted(self) -> list[Point]:
        target, case = self.found.target, self.case
        found: list[Point] = []
        if target.value is not None and target.deadline is not None and target.comparator != "change":
            when = Period.parse(target.deadline)
            value = self.in_unit(target.value, unit=target.unit or self.unit)
            found.append(Point("target", when.t, target.deadline, value, self.unit))
            base = (case.base_year, case.base_value) if case else None
            known = self.found.indicator
            if base is None and target.baseline is not None and known is not None and target.why_not is None:
                base = (
                    Period.parse(target.baseline.period).t,
                    convert(target.baseline.value, unit=target.unit or known.unit, to=known.unit),
                )
            if base is not None and known is not None and base[0] < when.t:
                start = self.in_unit(base[1], unit=known.unit)
                first = round(base[0])
                for year in range(first, round(when.t) + 1):
                    at = start + (value - start) * (year - base[0]) / (when.t - base[0])
                    prefix = "FY" if when.fiscal else ""
                    found.append(Point("path", float(year), f"{prefix}{year}", at, self.unit))
        return found

    def _ahead(self) -> list[Point]:
        ahead, known = self.found.outlook, self.found.indicator
        if ahead is None or ahead.projection is None or ahead.interval is None or known is None:
            return []
        prefix = "FY" if self.seen and self.seen[-1].when.fiscal else ""
        found = []
        for one in ahead.course:
            year = ahead.years[-1] + one.horizon
            centre, low, high = (self.in_unit(value, unit=known.unit) for value in (one.centre, *one.interval(0.8)))
            found.append(Point("projection", year, f"{prefix}{year:g}", centre, self.unit, low, high))
        return found

    def context(self) -> list[tuple[Indicator, Observation | None]]:
        """The indicators that are reported beside the KPI and are not it, with their latest value."""
        known = indicators()
        rows = observations(day=self.found.day, more=self.more)
        found = []
        for name in self.found.target.context:
            if name in known:
                seen = [one for one in rows if one.indicator == name and one.value is not None and one.part is None]
                own = [one for one in seen if one.geo == "JP"] or seen
                found.append((known[name], max(own, key=lambda one: one.when.t, default=None)))
        return found

    def sources(self) -> list[Observation]:
        """Every vintage of the figures, quoting documents included: what the numbers rest on."""
        target = self.found.target
        day = self.found.day
        rows = [*shipped(), *self.more]
        return [
            one
            for one in rows
            if one.indicator == target.indicator and one.geo == target.geo and (day is None or one.known_from <= day)
        ]


def period(when: Period, lang: Lang) -> str:
    """A period in words: 令和6年度（FY2024）/ FY2024; a fiscal year is never a year."""
    if when.kind == "range":
        key = "range_fy" if when.fiscal else "range"
        return text(f"publish.period.{key}", lang, start=f"{when.start:.0f}", end=f"{when.end:.0f}")
    if when.fiscal:
        reiwa = int(when.start) - 2018
        if reiwa > 1:
            return text("publish.period.fy", lang, year=f"{when.start:.0f}", reiwa=reiwa)
        return text("publish.period.fy_plain", lang, year=f"{when.start:.0f}")
    if when.kind == "point":
        month = round((when.start - int(when.start)) * 12) + 1
        return text("publish.period.month", lang, year=int(when.start), month=month)
    return text("publish.period.year", lang, year=f"{when.start:.0f}")


def kpis(
    found: Sequence[FollowUp], documents: Sequence[PlanDocument], *, more: Sequence[Observation] = ()
) -> list[Kpi]:
    """The KPIs in the order of the plan items, then of their numbers."""
    made = []
    for one in found:
        stated = [
            (document, statement)
            for document in documents
            for statement in document.statements
            if statement.kpi == one.target.kpi
        ]
        made.append(Kpi(one, tuple(stated), tuple(more)))
    return sorted(made, key=lambda kpi: (kpi.item or "9", kpi.id))
