"""The publication as tidy tables: one row a thing, one column a property, units in columns of their own."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chizai.files import defused
from chizai.messages import Lang, text
from chizai.plan.lineage import Lineage
from chizai.plan.model import PlanDocument
from chizai.publish.kpis import Kpi
from chizai.publish.lineage import rows as lineage_rows
from chizai.series.accounts.tables import tables as account_tables
from chizai.series.catalogue import indicators, shipped
from chizai.series.model import Observation

Kind = Literal["string", "number", "integer", "date", "boolean"]
Cell = str | float | int | bool | None


@dataclass(frozen=True)
class Field:
    name: str
    kind: Kind = "string"

    def label(self, lang: Lang) -> str:
        return text(f"publish.field.{self.name}", lang)


@dataclass(frozen=True)
class Table:
    """``key`` names the columns whose values together occur once."""

    name: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Cell, ...], ...]
    key: tuple[str, ...] = ()

    def title(self, lang: Lang) -> str:
        return text(f"publish.table.{self.name}", lang)

    def csv(self) -> str:
        """RFC 4180 with a header; texts that a spreadsheet would run are defused."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow([field.name for field in self.fields])
        for row in self.rows:
            writer.writerow([_cell(value) for value in row])
        return stream.getvalue()


def _cell(value: Cell) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return defused(value)


def _fields(plain: str) -> tuple[Field, ...]:
    """``name:kind`` separated by blanks; a string where no kind is given."""
    found = []
    for part in plain.split():
        name, _, kind = part.partition(":")
        found.append(Field(name, kind or "string"))  # type: ignore[arg-type]
    return tuple(found)


def all_tables(
    kpis: Sequence[Kpi],
    documents: Sequence[PlanDocument],
    lineage: Lineage | None,
    *,
    more: Sequence[Observation] = (),
    day: dt.date | None = None,
) -> list[Table]:
    """All tables of a publication; observations as known on ``day``, every vintage."""
    known = [one for one in (*shipped(), *more) if day is None or one.known_from <= day]
    found = [
        kpi_table(kpis),
        assessment_table(kpis),
        series_table(kpis),
        observation_table(known),
        indicator_table(),
        statement_table(documents),
        measure_table(documents),
    ]
    if lineage is not None:
        found.append(lineage_table(lineage))
    return [*found, account_table()]


def kpi_table(kpis: Sequence[Kpi]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for kpi in kpis:
        target, found, case = kpi.found.target, kpi.found, kpi.case
        unit = found.indicator.unit if found.indicator else ""
        latest = found.latest
        step = _from_linear(kpi, "required_step_from_now")
        rows.append(
            (
                kpi.id,
                kpi.item,
                target.title.ja,
                target.title.en,
                target.kind,
                target.document,
                target.state,
                target.indicator,
                found.status,
                found.word("ja"),
                found.word("en"),
                bool(found.headline and found.headline.borderline),
                kpi.because("ja") or None,
                kpi.because("en") or None,
                kpi.in_unit(case.base_value, unit=unit) if case else None,
                f"{case.base_year:g}" if case else None,
                kpi.in_unit(latest.value, unit=latest.unit) if latest and latest.value is not None else None,
                latest.period if latest else None,
                latest.qualifier if latest else None,
                target.value,
                target.comparator,
                target.unit,
                target.deadline,
                kpi.unit,
                kpi.in_unit(step, unit=unit) if step is not None else None,
                target.direction,
                target.quote,
                found.vintage,
            )
        )
    return Table(
        "kpis",
        _fields(
            "kpi item title_ja title_en kind document state indicator status word_ja word_en "
            "borderline:boolean because_ja because_en "
            "base_value:number base_period latest_value:number latest_period latest_qualifier "
            "target_value:number "
            "comparator target_unit deadline unit required_per_year:number direction:integer quote vintage"
        ),
        tuple(rows),
        ("kpi",),
    )


def _from_linear(kpi: Kpi, name: str) -> float | None:
    for one in kpi.assessments:
        value = one.components.get(name)
        if isinstance(value, float):
            return value
    return None


def assessment_table(kpis: Sequence[Kpi]) -> Table:
    """Every verdict with what is needed to compute it again."""
    rows: list[tuple[Cell, ...]] = []
    for kpi in kpis:
        case = kpi.case
        known = kpi.found.indicator
        for basis, one in [("followed", one) for one in kpi.assessments] + (
            [("printed", kpi.found.printed)] if kpi.found.printed else []
        ):
            low, high = one.interval or (None, None)
            inputs: tuple[Cell, ...] = (None,) * 10
            if case is not None and known is not None and basis == "followed":
                inputs = (
                    case.base_value,
                    case.base_year,
                    case.base_half_unit,
                    case.current_value,
                    case.current_year,
                    case.current_half_unit,
                    case.target,
                    case.target_year,
                    case.direction,
                    known.unit,
                )
            rows.append(
                (
                    kpi.id,
                    basis,
                    one.method,
                    one.version,
                    one.value,
                    low,
                    high,
                    one.status,
                    " ".join(one.statuses),
                    one.score,
                    *inputs,
                    one.inputs,
                    one.vintage,
                )
            )
    return Table(
        "assessments",
        _fields(
            "kpi basis method version value:number low:number high:number status statuses score:number "
            "base_value:number "
            "base_year:number base_half_unit:number current_value:number current_year:number "
            "current_half_unit:number "
            "target_value:number target_year:number direction:integer unit inputs vintage"
        ),
        tuple(rows),
        ("kpi", "basis", "method"),
    )


def series_table(kpis: Sequence[Kpi], *, name: str = "series") -> Table:
    """What the charts show: observations, target, required path, projection; told apart by ``part``."""
    rows = tuple(
        (
            kpi.id,
            point.part,
            point.period,
            point.value,
            point.unit,
            point.low,
            point.high,
            point.observation.qualifier if point.observation else None,
            point.observation.source if point.observation else None,
        )
        for kpi in kpis
        for point in kpi.points
    )
    return Table(
        name,
        _fields("kpi part period value:number unit low:number high:number qualifier source"),
        rows,
        ("kpi", "part", "period"),
    )


def observation_table(rows: Sequence[Observation]) -> Table:
    """Every vintage of every figure, as its source gives it."""
    return Table(
        "observations",
        _fields(
            "indicator geo part period value:number unit qualifier half_unit:number standing known_from:date "
            "known_by source url quote note"
        ),
        tuple(
            (
                one.indicator,
                one.geo,
                one.part,
                one.period,
                one.value,
                one.unit,
                one.qualifier,
                one.half_unit,
                one.standing,
                one.known_from.isoformat(),
                one.known_by,
                one.source,
                one.url,
                one.quote,
                one.note,
            )
            for one in rows
        ),
    )


def indicator_table() -> Table:
    return Table(
        "indicators",
        _fields(
            "indicator name_ja name_en unit direction scale fiscal:boolean definition_ja definition_en "
            "owner_ja owner_en"
        ),
        tuple(
            (
                one.id,
                one.name.ja,
                one.name.en,
                one.unit,
                one.direction,
                one.scale,
                one.fiscal,
                one.definition.ja if one.definition else None,
                one.definition.en if one.definition else None,
                one.owner.ja if one.owner else None,
                one.owner.en if one.owner else None,
            )
            for one in indicators().values()
        ),
        ("indicator",),
    )


def statement_table(documents: Sequence[PlanDocument]) -> Table:
    return Table(
        "statements",
        _fields("statement document item kind text text_en kpi line_from:integer line_to:integer hash"),
        tuple(
            (
                one.id,
                document.document.id,
                one.item,
                one.kind,
                one.text,
                one.en or None,
                one.kpi,
                *one.locator.lines,
                one.hash,
            )
            for document in documents
            for one in document.statements
        ),
        ("statement",),
    )


def measure_table(documents: Sequence[PlanDocument]) -> Table:
    """工程表: the measures with stage, deadline and owner as far as the documents state them."""
    rows: list[tuple[Cell, ...]] = []
    for document in documents:
        for one in document.of_kind("measure"):
            facts, date = one.measure, one.measure.deadline if one.measure else None
            rows.append(
                (
                    one.id,
                    document.document.id,
                    one.item,
                    one.text,
                    one.en or None,
                    facts.stage if facts else None,
                    date.raw if date else None,
                    date.kind if date else None,
                    date.year if date else None,
                    "、".join(facts.owners) if facts and facts.owners else None,
                    "、".join(facts.bodies) if facts and facts.bodies else None,
                )
            )
    return Table(
        "measures",
        _fields(
            "statement document item text text_en stage deadline_text deadline_kind deadline_year:integer owners bodies"
        ),
        tuple(rows),
        ("statement",),
    )


def lineage_table(lineage: Lineage) -> Table:
    """Marks as published: a question is never written as a verdict."""
    return Table(
        "lineage",
        _fields(
            "level source_statements target_statements mark_ja mark_en proposal reviewed:boolean "
            "score:number changes_ja changes_en"
        ),
        tuple(
            (
                row.link.level,
                " ".join(row.link.source) or None,
                " ".join(row.link.target) or None,
                row.mark("ja"),
                row.mark("en"),
                row.link.status,
                row.reviewed,
                round(row.link.score, 4),
                *("\n".join(row.changes(lang)) or None for lang in ("ja", "en")),
            )
            for row in lineage_rows(lineage)
        ),
    )


def account_table() -> Table:
    """The Cool Japan tables of both plans with the contribution of each row to the total's growth."""
    rows: list[tuple[Cell, ...]] = []
    for (plan, unit), table in account_tables().items():
        parts = table.contributions()
        for line in (*table.lines, table.total):
            point, interval = parts.get(line.item, (None, None))
            rows.append(
                (
                    plan,
                    line.item,
                    line.ja,
                    line.en,
                    line.kind,
                    unit,
                    line.previous,
                    line.previous_year,
                    line.current,
                    line.current_year,
                    line.growth_percent,
                    point,
                    interval.low if interval else None,
                    interval.high if interval else None,
                )
            )
    return Table(
        "cool_japan",
        _fields(
            "plan item name_ja name_en kind unit previous:number previous_year:integer current:number "
            "current_year:integer "
            "growth_percent:number contribution:number contribution_low:number contribution_high:number"
        ),
        tuple(rows),
        ("plan", "item", "unit"),
    )
