"""The formulas of the methods with one KPI's numbers in them, so that a reader can check them with a pocket calculator."""

from __future__ import annotations

from dataclasses import dataclass

from chizai.messages import Lang, text
from chizai.publish.kpis import Kpi
from chizai.publish.words import percent, signed, spread
from chizai.series.assess import Assessment
from chizai.series.assess.cagr import growth
from chizai.series.assess.linear import required


@dataclass(frozen=True)
class Line:
    """What is computed, in words, and the computation."""

    label: str
    sum: str


def lines(kpi: Kpi, found: Assessment, lang: Lang) -> list[Line]:
    """The computation of one verdict; empty where the method has none (reference level)."""
    case = kpi.case
    known = kpi.found.indicator
    if case is None or known is None or case.target is None or case.target_year is None or found.value is None:
        return []
    y0, y, goal = (
        signed(kpi.in_unit(value, unit=known.unit), lang)
        for value in (case.base_value, case.current_value, case.target)
    )
    t0, t, end = (f"{year:.4g}" for year in (case.base_year, case.current_year, case.target_year))
    value = signed(found.value, lang, digits=3)

    def say(key: str, **values: object) -> str:
        return text(f"publish.formula.{key}", lang, **values)

    made: list[Line] = []
    if found.method == "cagr_ratio":
        observed = growth(case.current_value, case.base_value, case.current_year - case.base_year)
        needed = growth(case.target, case.base_value, case.target_year - case.base_year)
        made += [
            Line(say("observed"), f"({y} ÷ {y0})^(1 ÷ ({t} − {t0})) − 1 = {percent(observed, lang)}"),
            Line(say("required"), f"({goal} ÷ {y0})^(1 ÷ ({end} − {t0})) − 1 = {percent(needed, lang)}"),
            Line(
                say("ratio"),
                f"{'' if case.direction == 1 else '(−1) × '}{percent(observed, lang)} ÷ {percent(abs(needed), lang)} = {value}",
            ),
        ]
    elif found.method == "linear_path":
        wanted = kpi.in_unit(required(case, year=case.current_year), unit=known.unit)
        at = signed(wanted, lang)
        made += [
            Line(say("path", year=t), f"{y0} + ({goal} − {y0}) × ({t} − {t0}) ÷ ({end} − {t0}) = {at}"),
            Line(say("line_ratio"), f"({y} − {y0}) ÷ ({at} − {y0}) = {value}"),
        ]
        if case.target_year > case.current_year:
            step = kpi.in_unit(
                (case.target - case.current_value) / (case.target_year - case.current_year), unit=known.unit
            )
            made.append(Line(say("still"), f"({goal} − {y}) ÷ ({end} − {t}) = {signed(step, lang)}"))
    elif found.method == "current_status":
        made.append(
            Line(
                say("status"),
                f"10 × {'' if case.direction == 1 else '(−1) × '}({y} − {y0}) ÷ |{goal} − {y0}| = {value}",
            )
        )
    if found.interval is not None:
        made.append(Line(say("rounding"), spread(*found.interval, lang, digits=3)))
    return made
