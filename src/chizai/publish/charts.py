"""The chart of a KPI as SVG: data solid, target a labelled point, required path dotted, projection a band with a name of its own.

Series are told apart by line, shape and words; a chart shows nothing that the table beneath it does not hold.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from chizai.messages import Lang, text
from chizai.publish.kpis import Kpi, Point, period
from chizai.publish.palette import BAND, INK, OBSERVED, PATH, TARGET
from chizai.publish.words import amount
from chizai.series.period import Period
from chizai.series.units import unit_label

FONT = "'Noto Sans CJK JP', 'Noto Sans JP', 'Hiragino Sans', 'Yu Gothic', sans-serif"
WIDTH, HEIGHT = 760, 300


def svg(kpi: Kpi, lang: Lang, *, font: str = FONT) -> str | None:
    """The chart; None where there is no figure to show."""
    points = kpi.points
    seen = [point for point in points if point.part == "observation"]
    if not seen:
        return None
    import vl_convert

    layers: list[Any] = []
    base = [{"t": one.t, "value": one.value, "series": _name("observation", lang)} for one in seen]
    wanted = [one for one in points if one.part == "target"]
    path = [one for one in points if one.part == "path"]
    ahead = [one for one in points if one.part == "projection"]
    names = [_name("observation", lang)]
    for part, present in (("path", path), ("target", wanted), ("projection", ahead)):
        if present:
            names.append(_name(part, lang))
    x = alt.X(
        "t:Q",
        title=_time(seen, lang),
        scale=alt.Scale(nice=False, zero=False, domain=_years(points)),
        axis=alt.Axis(format="d", tickMinStep=1, tickCount=12, grid=False),
    )
    ranked = kpi.found.indicator is not None and kpi.found.indicator.scale == "rank"
    y = alt.Y(
        "value:Q",
        title=unit_label(kpi.unit, lang) or None,
        scale=alt.Scale(reverse=ranked, zero=not ranked and _from_zero(points), nice=True),
        axis=alt.Axis(tickCount=6),
    )
    colours = {"observation": OBSERVED, "path": PATH, "target": TARGET, "projection": "#3460FB"}
    keys = [
        "observation",
        *(part for part, present in (("path", path), ("target", wanted), ("projection", ahead)) if present),
    ]
    colour = alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(domain=names, range=[colours[key] for key in keys]),
        legend=alt.Legend(orient="top", symbolType="square"),
    )
    if ahead:
        layers += _band(seen, ahead, lang, x, y, colour)
    if path:
        rows = [{"t": one.t, "value": one.value, "series": _name("path", lang)} for one in path]
        layers.append(_chart(rows).mark_line(strokeDash=[2, 4], strokeWidth=2).encode(x=x, y=y, color=colour))
    for cut in kpi.found.indicator.breaks if kpi.found.indicator else ():
        at = Period.parse(cut.period).start
        if min(one.t for one in seen) < at:
            layers += _break(at, lang)
    for run in _runs(kpi, seen):
        rows = [{"t": one.t, "value": one.value, "series": _name("observation", lang)} for one in run]
        layers.append(_chart(rows).mark_line(strokeWidth=2.2).encode(x=x, y=y, color=colour))
    layers.append(
        _chart(base).mark_point(shape="circle", filled=True, size=55, opacity=1).encode(x=x, y=y, color=colour)
    )
    last = seen[-1]
    labelled = [{"t": last.t, "value": last.value, "label": _amount(last, kpi, lang)}]
    layers.append(_chart(labelled).mark_text(dy=16, fontSize=12, color=INK).encode(x=x, y=y, text="label:N"))
    if wanted:
        goal = wanted[0]
        when = period(Period.parse(goal.period), lang)
        said = text("publish.chart.target", lang, value=amount(goal.value, kpi.unit, lang), period=when)
        rows = [{"t": goal.t, "value": goal.value, "series": _name("target", lang), "label": said}]
        layers.append(
            _chart(rows).mark_point(shape="diamond", filled=True, size=150, opacity=1).encode(x=x, y=y, color=colour)
        )
        layers.append(
            _chart(rows)
            .mark_text(dy=-15, align="right", dx=8, fontSize=12, fontWeight="bold", color=INK)
            .encode(x=x, y=y, text="label:N")
        )
    chart = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    spec = chart.configure(
        font=font,
        background="white",
        padding={"left": 10, "right": 40, "top": 6, "bottom": 4},
        axis=alt.AxisConfig(labelFontSize=12, titleFontSize=12, titleFontWeight="normal", gridColor="#E6E6E6"),
        legend=alt.LegendConfig(labelFontSize=12, labelLimit=400),
        view=alt.ViewConfig(stroke=None),
    ).to_dict()
    made: str = vl_convert.vegalite_to_svg(spec)
    return made


def alt_text(kpi: Kpi, lang: Lang) -> str:
    """What the chart shows, in words."""
    seen = [one for one in kpi.points if one.part == "observation"]
    first, last = seen[0], seen[-1]
    return text(
        "publish.chart.alt",
        lang,
        title=kpi.title(lang),
        count=len(seen),
        first=amount(first.value, kpi.unit, lang),
        first_period=period(Period.parse(first.period), lang),
        last=amount(last.value, kpi.unit, lang),
        last_period=period(Period.parse(last.period), lang),
        target=kpi.target_text(lang),
    )


def _chart(rows: list[dict[str, Any]]) -> Any:
    return alt.Chart(alt.Data(values=rows))


def _name(part: str, lang: Lang) -> str:
    return text(f"publish.chart.{part}_key", lang)


def _time(seen: list[Point], lang: Lang) -> str:
    fiscal = seen[0].observation is not None and seen[0].observation.when.fiscal
    return text("publish.chart.fiscal" if fiscal else "publish.chart.year", lang)


def _years(points: list[Point]) -> list[float]:
    first, last = min(point.t for point in points), max(point.t for point in points)
    return [first - 0.5, last + 0.5]


def _from_zero(points: list[Point]) -> bool:
    """Zero is on the axis unless all values are far from it: a line may start elsewhere, but not by much."""
    values = [point.value for point in points]
    return min(values) < 0.6 * max(values) or min(values) <= 0


def _runs(kpi: Kpi, seen: list[Point]) -> list[list[Point]]:
    """The line is broken where the definition changed: values on both sides do not compare."""
    cuts = [Period.parse(cut.period).start for cut in kpi.found.indicator.breaks] if kpi.found.indicator else []
    runs: list[list[Point]] = [[]]
    for before, one in zip([None, *seen], seen, strict=False):
        if before is not None and any(before.t < cut <= one.t for cut in cuts):
            runs.append([])
        runs[-1].append(one)
    return runs


def _break(at: float, lang: Lang) -> list[Any]:
    rows: list[dict[str, Any]] = [{"t": at - 0.5, "label": text("publish.chart.break", lang)}]
    rule = _chart(rows).mark_rule(color="#6B6B6B", strokeDash=[6, 3]).encode(x="t:Q")
    label = (
        _chart(rows)
        .mark_text(align="left", dx=4, fontSize=11, color="#4A4A4A")
        .encode(x="t:Q", y=alt.value(8), text="label:N")
    )
    return [rule, label]


def _amount(one: Point, kpi: Kpi, lang: Lang) -> str:
    """A bound is told as one (more than 70)."""
    qualifier = one.observation.qualifier if one.observation is not None else "eq"
    return amount(one.value, kpi.unit, lang, qualifier=qualifier)


def _band(seen: list[Point], ahead: list[Point], lang: Lang, x: Any, y: Any, colour: Any) -> list[Any]:
    """The 80% interval of every year, from the last value that the projection rests on, with a dotted outline."""
    start = [one for one in seen if one.t < ahead[0].t][-1:]
    name = _name("projection", lang)
    rows = [{"t": one.t, "low": one.value, "high": one.value, "series": name} for one in start]
    rows += [{"t": one.t, "low": one.low, "high": one.high, "series": name} for one in ahead]
    ground = (
        _chart(rows).mark_area(fill=BAND, opacity=0.8, line=False).encode(x=x, y="low:Q", y2="high:Q", color=colour)
    )
    edges = [
        _chart([{"t": row["t"], "value": row[end], "series": name} for row in rows])
        .mark_line(strokeDash=[1, 3], strokeWidth=1)
        .encode(x=x, y=y, color=colour)
        for end in ("low", "high")
    ]
    return [ground, *edges]
