"""Charts of Findings as SVG: drawn without a browser, readable in grey print, safe for the colour-blind.

Colours are Okabe and Ito's; what a colour says is also said by shape, pattern or text. A chart never shows what its
table does not hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt

from chizai.finding import Finding
from chizai.messages import Lang, text

BLUE, ORANGE, GREEN, GREY, DARK = "#0072B2", "#E69F00", "#009E73", "#8A8A8A", "#222222"
WIDTH = 860
FONT = "system-ui, 'Hiragino Sans', 'Yu Gothic', 'Noto Sans CJK JP', 'Noto Sans JP', sans-serif"
TOP = 15
MOST_LABELS = 18


def svg(finding: Finding, lang: Lang) -> str | None:
    """The chart of a Finding as SVG; None where the Finding has no chart or nothing to show."""
    draw = CHARTS.get(finding.name)
    if draw is None or len(finding) == 0:
        return None
    chart = draw(finding, lang)
    if chart is None:
        return None
    import vl_convert

    spec = chart.configure(
        font=FONT,
        background="white",
        # Browsers measure text a little wider than the converter does.
        padding={"left": 28, "right": 12, "top": 4, "bottom": 4},
        axis=alt.AxisConfig(
            labelFontSize=11, titleFontSize=11, titleFontWeight="normal", gridColor="#E6E6E6", labelLimit=260
        ),
        legend=alt.LegendConfig(labelFontSize=11, titleFontSize=11, orient="top", labelLimit=300, columnPadding=24),
        view=alt.ViewConfig(stroke=None),
    ).to_dict()
    # Names of players and countries stand in front of measured text: vl-convert must not look for web fonts.
    made: str = vl_convert.vegalite_to_svg(spec)
    return made


def alt_text(finding: Finding, lang: Lang) -> str:
    """What the chart shows, for those who cannot see it: title, number of rows, the first rows in words."""
    columns = finding.visible(lang)
    rows = []
    for row in finding.table.slice(0, 3).to_pylist():
        cells = finding.cells(row, lang)
        rows.append(", ".join(f"{column.label(lang)} {cell}" for column, cell in zip(columns[:5], cells, strict=False)))
    return text("report.alt", lang, title=finding.title(lang), count=len(finding), rows="; ".join(rows))


def column_label(finding: Finding, name: str, lang: Lang) -> str:
    """What a column of the finding is called."""
    return next(column for column in finding.columns if column.name == name).label(lang)


def chart_data(rows: list[dict[str, Any]]) -> alt.Data:
    """Rows as Altair takes them without pandas."""
    return alt.Data(values=rows)


def _activity(finding: Finding, lang: Lang) -> Any:
    rows = [
        {**row, "state": text(f"value.status.{row['status']}", lang)}
        for row in finding
        if row["units"] is not None and row["year"] is not None
    ]
    rows = rows[-40:]
    states = [text(f"value.status.{state}", lang) for state in ("complete", "incomplete", "not-estimable", "unknown")]
    present = [state for state in states if any(row["state"] == state for row in rows)]
    colour = {states[0]: BLUE, states[1]: "#9CC9E3", states[2]: "#D9D9D9", states[3]: GREY}
    base = alt.Chart(chart_data(rows)).encode(
        x=alt.X("year:O", title=column_label(finding, "year", lang), axis=alt.Axis(labelAngle=0, labelOverlap=True))
    )
    bars = base.mark_bar(stroke=DARK, strokeWidth=0.4).encode(
        y=alt.Y("units:Q", title=column_label(finding, "units", lang)),
        color=alt.Color(
            "state:N",
            title=None,
            scale=alt.Scale(domain=present, range=[colour[state] for state in present]),
        ),
    )
    estimated = alt.datum.status == "incomplete"
    whisker = (
        base.transform_filter(estimated)
        .mark_rule(color=DARK, strokeWidth=1.4)
        .encode(y="nowcast_low:Q", y2="nowcast_high:Q")
    )
    point = (
        base.transform_filter(estimated)
        .mark_point(shape="diamond", filled=True, color=ORANGE, size=70)
        .encode(y="nowcast:Q")
    )
    layers = bars + whisker + point if any(row["status"] == "incomplete" for row in rows) else bars
    return layers.properties(width=WIDTH, height=260)


def _bars(value: str, name: str, *, low: str | None = None, high: str | None = None) -> Callable[[Finding, Lang], Any]:
    """Horizontal bars of ``value`` by ``name``, longest first, with whiskers where there is an interval."""

    def draw(finding: Finding, lang: Lang) -> Any:
        kind = next(column.kind for column in finding.columns if column.name == value)
        rows: list[dict[str, Any]] = []
        for place, row in enumerate(finding):
            if row[value] is None or len(rows) >= TOP:
                continue
            label = _name_of(finding, row, name, lang)
            rows.append({**row, "label": f"{label}", "place": place})
        if not rows:
            return None
        shape = "%" if kind in ("share", "rate") else ",.0f" if kind == "count" else ",.2f"
        base = alt.Chart(chart_data(rows)).encode(
            y=alt.Y("label:N", sort=alt.EncodingSortField(field="place", order="ascending"), title=None)
        )
        bars = base.mark_bar(color=BLUE, height={"band": 0.7}).encode(
            x=alt.X(f"{value}:Q", title=column_label(finding, value, lang), axis=alt.Axis(format=shape, tickCount=6))
        )
        chart: Any = bars
        if low and high:
            chart = bars + base.mark_rule(color=DARK, strokeWidth=1.4).encode(x=f"{low}:Q", x2=f"{high}:Q")
        return chart.properties(width=WIDTH - 220, height=alt.Step(20))

    return draw


def _name_of(finding: Finding, row: dict[str, Any], name: str, lang: Lang) -> str:
    from chizai.words import country_name

    value = row[name]
    if name in ("country", "origin", "office"):
        return country_name(value, lang)
    if name == "item":
        return text(f"value.item.{value}", lang)
    if name == "code" and row_title(row, lang):
        return f"{value} {shortened(row_title(row, lang))}"
    return shortened(str(value)) if value is not None else text("value.unknown", lang)


def row_title(row: dict[str, Any], lang: Lang) -> str:
    """A class's title in the reader's language, else in the other one."""
    return (row.get("title_ja") if lang == "ja" else None) or row.get("title") or ""


def shortened(value: str, *, most: int = 30) -> str:
    """At most so many characters, the last an ellipsis where some are left out."""
    return value if len(value) <= most else value[: most - 1] + "…"


def _matrix(column: str, row_name: str, value: str, *, top: int = 12) -> Callable[[Finding, Lang], Any]:
    """A table of shaded cells with the numbers written in them."""

    def draw(finding: Finding, lang: Lang) -> Any:
        rows = [row for row in finding if row[value] is not None]
        order_rows = list(dict.fromkeys(row[row_name] for row in rows))[:top]
        order_columns = list(dict.fromkeys(row[column] for row in rows))
        if column == "year":
            order_columns = sorted(order_columns)[-MOST_LABELS:]
        else:
            order_columns = order_columns[:top]
        cells = [
            {
                "row": _name_of(finding, row, row_name, lang),
                "column": str(row[column]),
                "value": row[value],
                "shown": f"{row[value]:,.0f}" if row[value] >= 10 else f"{row[value]:,.2g}",
            }
            for row in rows
            if row[row_name] in order_rows and row[column] in order_columns
        ]
        if not cells:
            return None
        dark = max(cell["value"] for cell in cells) * 0.55
        for cell in cells:
            cell["ink"] = "white" if cell["value"] > dark else "black"
        base = alt.Chart(chart_data(cells)).encode(
            x=alt.X(
                "column:N",
                sort=[str(item) for item in order_columns],
                title=column_label(finding, column, lang),
                axis=alt.Axis(labelAngle=0),
            ),
            y=alt.Y("row:N", sort=list(dict.fromkeys(cell["row"] for cell in cells)), title=None),
        )
        boxes = base.mark_rect(stroke="white").encode(
            color=alt.Color(
                "value:Q", title=column_label(finding, value, lang), scale=alt.Scale(scheme="blues"), legend=None
            )
        )
        numbers = base.mark_text(fontSize=10).encode(text="shown:N", color=alt.Color("ink:N", scale=None))
        wide = max(34, min(60, (WIDTH - 200) // max(len(order_columns), 1)))
        layers = (boxes + numbers).resolve_scale(color="independent")
        return layers.properties(width=alt.Step(wide), height=alt.Step(22))

    return draw


def _lines(*values: str, period: str = "year") -> Callable[[Finding, Lang], Any]:
    """Lines over years, told apart by dash and shape as well as colour; incomplete years are open points."""

    def draw(finding: Finding, lang: Lang) -> Any:
        rows = [
            {
                "year": row[period],
                "value": row[value],
                "series": column_label(finding, value, lang),
                "complete": text("value.status.complete" if row.get("complete") else "value.status.incomplete", lang),
            }
            for row in finding
            for value in values
            if row[value] is not None and row[period] is not None
        ]
        if not rows:
            return None
        series = [column_label(finding, value, lang) for value in values]
        colours = [BLUE, ORANGE, GREEN, DARK][: len(values)]
        base = alt.Chart(chart_data(rows)).encode(
            x=alt.X(
                "year:O", title=column_label(finding, period, lang), axis=alt.Axis(labelAngle=0, labelOverlap=True)
            ),
            y=alt.Y("value:Q", title=None),
            color=alt.Color("series:N", title=None, scale=alt.Scale(domain=series, range=colours)),
            shape=alt.Shape("series:N", title=None, scale=alt.Scale(domain=series)),
        )
        return (base.mark_line() + base.mark_point(filled=True, size=45)).properties(width=WIDTH, height=240)

    return draw


def _quantiles(finding: Finding, lang: Lang) -> Any:
    rows = [row for row in finding if row["median"] is not None]
    if not rows:
        return None
    base = alt.Chart(chart_data(rows)).encode(
        x=alt.X("year:O", title=column_label(finding, "year", lang), axis=alt.Axis(labelAngle=0, labelOverlap=True))
    )
    band = base.mark_bar(color="#CFE3F0", stroke="#7AA6C2", strokeWidth=0.4, width={"band": 0.6}).encode(
        y=alt.Y("p10:Q", title=finding.title(lang)), y2="p90:Q"
    )
    whisker = base.mark_rule(color=DARK, strokeWidth=1.4).encode(y="median_low:Q", y2="median_high:Q")
    points = base.mark_point(shape="circle", filled=True, color=BLUE, size=50, opacity=1).encode(y="median:Q")
    return (band + whisker + points).properties(width=WIDTH, height=220)


def _concentration(finding: Finding, lang: Lang) -> Any:
    rows = [row for row in finding if row["period"] != "all" and row["hhi"] is not None]
    if not rows:
        return None
    base = alt.Chart(chart_data(rows)).encode(
        x=alt.X("period:O", title=column_label(finding, "period", lang), axis=alt.Axis(labelAngle=0, labelOverlap=True))
    )
    whisker = base.mark_rule(color=GREY, strokeWidth=2).encode(y="hhi_low:Q", y2="hhi_high:Q")
    line = base.mark_line(color=BLUE).encode(y=alt.Y("hhi:Q", title=column_label(finding, "hhi", lang)))
    point = base.mark_point(filled=True, color=BLUE, size=45, opacity=1).encode(y="hhi:Q")
    return (whisker + line + point).properties(width=WIDTH, height=220)


def _specialisation(finding: Finding, lang: Lang) -> Any:
    """RTA with its interval: actors side by side within the technologies where any of them stands out."""
    rows = [row for row in finding if row["rta"] is not None and row["rta_low"] is not None]
    actors = list(dict.fromkeys(row["actor"] for row in rows))[:6]
    telling: dict[str, float] = {}
    for row in rows:
        if row["actor"] in actors and row["verdict"] != "level":
            telling[row["code"]] = telling.get(row["code"], 0) + row["weight"]
    codes = sorted(telling, key=lambda code: -telling[code])[:10]
    shown = [
        {
            **row,
            "actor": _actor(row["actor"], lang),
            "technology": f"{row['code']} {shortened(row_title(row, lang))}",
            "mark": text(f"value.verdict.{row['verdict']}", lang),
            "rta_low": max(row["rta_low"], 0.05),
            "rta": max(row["rta_estimate"], 0.05),
        }
        for row in rows
        if row["actor"] in actors and row["code"] in codes
    ]
    if not shown:
        return None
    marks = [text(f"value.verdict.{verdict}", lang) for verdict in ("above", "level", "below")]
    base = alt.Chart().encode(y=alt.Y("actor:N", title=None, sort=[_actor(actor, lang) for actor in actors]))
    rule = alt.Chart().mark_rule(color=GREY, strokeDash=[4, 3]).encode(x=alt.datum(1))
    span = base.mark_rule(color=DARK).encode(
        x=alt.X(
            "rta_low:Q",
            title=f"{column_label(finding, 'rta_estimate', lang)} (log)",
            scale=alt.Scale(type="log", nice=False),
        ),
        x2="rta_high:Q",
    )
    point = base.mark_point(filled=True, size=70, opacity=1).encode(
        x="rta:Q",
        color=alt.Color("mark:N", title=None, scale=alt.Scale(domain=marks, range=[BLUE, GREY, ORANGE])),
        shape=alt.Shape(
            "mark:N", title=None, scale=alt.Scale(domain=marks, range=["triangle-right", "circle", "triangle-left"])
        ),
    )
    order = [f"{code} " for code in codes]
    names = sorted({row["technology"] for row in shown}, key=lambda name: order.index(name.split(" ")[0] + " "))
    return (
        alt.layer(rule, span, point)
        .properties(width=WIDTH - 200, height=alt.Step(15))
        .facet(
            row=alt.Row(
                "technology:N",
                sort=names,
                title=None,
                header=alt.Header(labelOrient="top", labelAnchor="start", labelFontWeight="bold", labelFontSize=11),
            ),
            data=chart_data(shown),
            spacing=6,
        )
    )


def _actor(value: str, lang: Lang) -> str:
    from chizai.words import country_name

    return country_name(value, lang) if len(value) == 2 and value.isupper() else shortened(value, most=28)


CHARTS: dict[str, Callable[[Finding, Lang], Any]] = {
    "coverage": _bars("share", "item"),
    "activity": _activity,
    "players": _bars("share", "player", low="share_low", high="share_high"),
    "player_trend": _matrix("year", "player", "units"),
    "entry_exit": _lines("active", "entrants", "exits"),
    "countries": _bars("share", "country", low="share_low", high="share_high"),
    "offices": _bars("unit_share", "office", low="share_low", high="share_high"),
    "flows": _matrix("office", "origin", "weight"),
    "classes": _bars("share", "code", low="share_low", high="share_high"),
    "co_classification": _matrix("other", "code", "units"),
    "specialisation": _specialisation,
    "concentration": _concentration,
    "family_size": _quantiles,
    "grant_lag": _quantiles,
    "claims": _quantiles,
    "breadth": _quantiles,
    "citations": _bars("normalised", "publication"),
    "funding": _bars("share", "agency", low="share_low", high="share_high"),
    "standards": _bars("share", "standard", low="share_low", high="share_high"),
}
