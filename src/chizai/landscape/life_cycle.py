"""Life cycle: where on a logistic curve the selection and its technologies stand."""

from __future__ import annotations

import numpy as np

from chizai.errors import NotSupported
from chizai.finding import Caveat, Column, Finding
from chizai.landscape.classes import titles
from chizai.landscape.momentum import technology_items, yearly
from chizai.landscape.scope import Scope
from chizai.landscape.statistics.logistic import Family, LifeCycle
from chizai.landscape.statistics.logistic import life_cycle as fit
from chizai.messages import Phrase

POOR_FIT = 5.0
"""Years that scatter so many times more than counts do are not described by one logistic."""

COLUMNS = (
    Column("name", "code"),
    Column("stage", "code"),
    Column("stage_probability", "share"),
    Column("saturation", "share", low="saturation_low", high="saturation_high"),
    Column("saturation_low", "share"),
    Column("saturation_high", "share"),
    Column("title", "text", lang="en"),
    Column("title_ja", "text", lang="ja"),
    Column("final_total", "count"),
    Column("final_total_low", "count"),
    Column("final_total_high", "count"),
    Column("midpoint", "number"),
    Column("midpoint_low", "number"),
    Column("midpoint_high", "number"),
    Column("duration", "number"),
    Column("duration_low", "number"),
    Column("duration_high", "number"),
    Column("units", "count"),
    Column("dispersion", "number"),
)


def life_cycle(scope: Scope, *, top: int = 15, family: Family = "negative-binomial") -> Finding:
    """Logistic life cycle of the whole selection (first row) and of its ``top`` technologies.

    ``final_total`` is K, ``midpoint`` the year of half of it, ``duration`` the years from 10 % to 90 %; each is null where
    the data put no bound on it (``*_low`` may still stand). ``stage`` is the most probable of emerging (below 10 % of
    K), growth, mature, saturated (above 90 %) at the end of the last year used. Raises NotSupported where no publication
    delay can be learned, or the whole selection is too short or too small.
    """
    figure = Phrase("finding.life_cycle.title")
    held = yearly(scope, technology_items(scope), figure=figure, top=top) if _classified(scope) else None
    whole = scope.nowcast
    if whole is None:
        raise NotSupported(figure=figure, reason=Phrase("caveat.reason_no_delay"))
    told = np.nan_to_num(whole.completeness) > 0.25
    first = fit(
        whole.year[told],
        whole.observed[told],
        exposure=np.clip(whole.completeness[told], 0, 1),
        family=family,
        confidence=scope.confidence,
    )
    if first.reason:
        reason = Phrase(f"statistics.reason.{first.reason}")
        raise NotSupported(figure=figure, reason=reason)
    rows: list[tuple[str, LifeCycle, float]] = [("all", first, float(whole.observed.sum()))]
    for index, code in enumerate(held.items if held is not None else ()):
        assert held is not None
        share = np.clip(held.completeness[index], 1e-6, 1.0)
        one = fit(held.years, held.counts[index], exposure=share, family=family, confidence=scope.confidence)
        if not one.reason:
            rows.append((code, one, float(held.counts[index].sum())))
    codes = [code for code, _fit, _units in rows[1:]]
    named = titles(codes, scope.convention)
    caveats = [Caveat("life_cycle_is_a_curve")]
    unbounded = sum(not one.identified for _code, one, _units in rows)
    if unbounded:
        caveats.append(Caveat("life_cycle_unbounded", {"count": unbounded, "total": len(rows)}))
    if any(one.dispersion > POOR_FIT for _code, one, _units in rows):
        caveats.append(Caveat("life_cycle_poor_fit", {"limit": f"{POOR_FIT:g}"}))
    left = len(held.items) - len(codes) if held is not None else 0
    if left:
        caveats.append(Caveat("life_cycle_left_out", {"count": left}))
    data: dict[str, list[object]] = {
        "name": [code for code, _fit, _units in rows],
        "title": [None, *named["title"]],
        "title_ja": [None, *named["title_ja"]],
        "stage": [one.stage for _code, one, _units in rows],
        "stage_probability": [max(one.stage_probability.values()) for _code, one, _units in rows],
        "units": [units for _code, _fit, units in rows],
        "dispersion": [one.dispersion for _code, one, _units in rows],
    }
    for name, part in (
        ("saturation", "saturation"), ("final_total", "total"), ("midpoint", "midpoint"), ("duration", "duration"),
    ):  # fmt: skip
        found = [getattr(one, part) for _code, one, _units in rows]
        for ending, bound in (("", "value"), ("_low", "low"), ("_high", "high")):
            data[name + ending] = [_finite(getattr(item, bound)) for item in found]
    return scope.finding(
        "life_cycle",
        COLUMNS,
        data,
        uses=("unit", "date", "technology", "level", "family_basis")
        if held is not None
        else ("unit", "date", "family_basis"),
        caveats=caveats,
        facts={"last_year_used": first.last_year},
        parameters={"top": top, "family": family},
    )


def _classified(scope: Scope) -> bool:
    return bool(scope.run(scope.technologies().count().as_table())[0][0].as_py())


def _finite(value: object) -> float | None:
    number = float(np.asarray(value))
    return number if np.isfinite(number) else None
