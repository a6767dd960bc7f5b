"""Charts of the winning line: acceptability bars, ranks as stacked bars, criteria with their intervals."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import altair as alt

from chizai.finding import Finding
from chizai.messages import Lang, text
from chizai.report.charts import (
    BLUE,
    CHARTS,
    DARK,
    GREEN,
    GREY,
    ORANGE,
    WIDTH,
    chart_data,
    column_label,
    row_title,
    shortened,
)

MOST = 17
MOVE_COLOURS = {
    "protect": BLUE,
    "push": GREEN,
    "open": "#56B4E9",
    "ally": ORANGE,
    "leave": "#8A5A9E",
    "none": "#C4C4C4",
}


def _named(row: dict[str, Any], lang: Lang) -> str:
    title = row_title(row, lang)
    code = str(row["technology"])
    # A field's id says nothing beside its name; a class's symbol does.
    return shortened(title if "-" in code or code.islower() or title == code else f"{code} {title}", most=38)


def _winning_line(finding: Finding, lang: Lang) -> Any:
    """How often in the top k, by technology; the colour and the word at the bar's end tell the move."""
    rows = [
        {**row, "label": _named(row, lang), "told": text(f"value.move.{row['move']}", lang)}
        for row in finding.head(MOST)
    ]
    present = [move for move in MOVE_COLOURS if any(row["move"] == move for row in rows)]
    base = alt.Chart(chart_data(rows)).encode(y=alt.Y("label:N", sort=[row["label"] for row in rows], title=None))
    bars = base.mark_bar(height={"band": 0.7}).encode(
        x=alt.X(
            "top_share:Q",
            title=column_label(finding, "top_share", lang),
            axis=alt.Axis(format="%", tickCount=6),
            scale=alt.Scale(domain=[0, 1.12], nice=False),
        ),
        color=alt.Color(
            "told:N",
            title=None,
            scale=alt.Scale(
                domain=[text(f"value.move.{move}", lang) for move in present],
                range=[MOVE_COLOURS[move] for move in present],
            ),
        ),
    )
    first = base.mark_tick(color=DARK, thickness=2, size=12).encode(x="first_share:Q")
    words = base.mark_text(align="left", dx=4, fontSize=10, color=DARK).encode(x="top_share:Q", text="told:N")
    return (bars + first + words).properties(width=WIDTH - 260, height=alt.Step(22))


def _criteria(finding: Finding, lang: Lang) -> Any:
    """One panel a criterion: the value of every technology with its interval."""
    order = list(dict.fromkeys(_named(row, lang) for row in finding))[:MOST]
    panels = []
    used = [row for row in finding if row["ranked_by"]]
    for place, measure in enumerate(dict.fromkeys(row["measure"] for row in used)):
        rows = [
            {**row, "label": _named(row, lang)}
            for row in used
            if row["measure"] == measure and row["value"] is not None and _named(row, lang) in order
        ]
        if not rows:
            continue
        criterion = text(f"value.criterion.{rows[0]['criterion']}", lang)
        base = alt.Chart(chart_data(rows)).encode(
            y=alt.Y(
                "label:N",
                sort=order,
                title=None,
                scale=alt.Scale(domain=order),
                axis=alt.Axis(labels=place % 3 == 0, ticks=place % 3 == 0, labelLimit=240),
            )
        )
        # Ratios share the mark 1; a ratio's interval is read on the log scale.
        ratio = measure not in ("density", "ipf_share")
        positive = ratio and all(row["low"] > 0 for row in rows)
        scale = alt.Scale(type="log", nice=False) if positive else alt.Scale(zero=not ratio, nice=True)
        span = base.mark_rule(color=GREY, strokeWidth=2).encode(
            x=alt.X("low:Q", title=None, scale=scale, axis=alt.Axis(tickCount=4, format="~g")), x2="high:Q"
        )
        point = base.mark_point(filled=True, size=55, color=BLUE, opacity=1).encode(x="value:Q")
        layers = [span, point]
        if ratio:
            layers.insert(0, alt.Chart().mark_rule(color=ORANGE, strokeDash=[4, 3]).encode(x=alt.datum(1)))
        title = alt.TitleParams(
            [criterion, *wrap(text(f"value.measure.{measure}", lang), 26 if lang == "en" else 14)],
            fontSize=11,
            anchor="start",
        )
        panels.append(alt.layer(*layers).properties(width=180, height=alt.Step(19), title=title))
    if not panels:
        return None
    lines = [alt.hconcat(*panels[at : at + 3], spacing=14) for at in range(0, len(panels), 3)]
    return alt.vconcat(*lines, spacing=18)


def _rank_acceptability(finding: Finding, lang: Lang) -> Any:
    """A table of shaded cells: technologies by ranks, the share of draws in each."""
    order = list(dict.fromkeys(_named(row, lang) for row in finding))[:MOST]
    rows = [
        {"label": _named(row, lang), "rank": int(row["rank"]), "share": row["rank_share"],
         "told": f"{row['rank_share']:.0%}" if row["rank_share"] >= 0.05 else "",
         "ink": "white" if row["rank_share"] > 0.5 else "black"}
        for row in finding
        if row["rank"] <= MOST and _named(row, lang) in order
    ]  # fmt: skip
    base = alt.Chart(chart_data(rows)).encode(
        x=alt.X("rank:O", title=column_label(finding, "rank", lang), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("label:N", sort=order, title=None),
    )
    boxes = base.mark_rect(stroke="white").encode(
        color=alt.Color("share:Q", scale=alt.Scale(scheme="blues", domain=[0, 1]), legend=None)
    )
    numbers = base.mark_text(fontSize=9).encode(text="told:N", color=alt.Color("ink:N", scale=None))
    return (boxes + numbers).resolve_scale(color="independent").properties(width=alt.Step(34), height=alt.Step(21))


CHARTS.update({"winning_line": _winning_line, "criteria": _criteria, "rank_acceptability": _rank_acceptability})
