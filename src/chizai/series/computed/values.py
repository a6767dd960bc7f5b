"""The KPI values of the plans that can be computed from primary data, each with the tables that show it.

``intangible-share`` (K02) from annual securities reports, ``rd-stock`` by the perpetual inventory method,
``iso-secretariats`` (K17) by definition, country and level, ``seizures`` and ``exports`` (K14) from totals and parts,
``cool-japan`` (K21) from the plans' own tables. Behind ``chizai plan compute``.

>>> found = iso_secretariats()
>>> [(row["definition"], row["rank"], row["within"]) for row in found.tables["definitions"]][:2]
[('all', 4, True), ('committees', 6, False)]
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from chizai.corpus.schema import Reject
from chizai.errors import FileMissing, HostileInput, MissingColumn, Where
from chizai.messages import Lang, text
from chizai.series.accounts.tables import implied_rates, pace, tables
from chizai.series.catalogue import indicators, observations, targets
from chizai.series.computed.capital import japan_rd_stock, mean_growth, perpetual_inventory
from chizai.series.computed.filings import read_filing
from chizai.series.computed.intangible import Company, company, index
from chizai.series.computed.secretariats import (
    LEVELS,
    TOP,
    by_country,
    definitions,
    read_committees,
    shipped_committees,
)
from chizai.series.errors import SeriesRefused
from chizai.series.model import Observation
from chizai.series.period import Period
from chizai.series.readers import LARGEST, SeriesMap, plain
from chizai.series.readers.mapped import ABSENT, Columns, observe
from chizai.series.units import convert
from chizai.series.vintages import series

Row = dict[str, Any]
NAMES = ("intangible-share", "rd-stock", "iso-secretariats", "seizures", "exports", "cool-japan")
TOTALS = ("", "total", "合計", "計", "総数", "総計")
"""What the row of the printed total is called in a column of parts."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "period": ("period", "year", "年", "年度"),
    "value": ("value", "値", "数値"),
    "part": ("part", "origin", "category", "仕出国", "品目", "区分"),
    "unit": ("unit", "単位"),
    "source": ("source", "出典"),
}
"""How the columns of a table of totals and parts may be called."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about the values: texts ``series.computed.note.<code>``."""

    code: str
    values: Mapping[str, object]

    def text(self, lang: Lang = "en") -> str:
        return text(f"series.computed.note.{self.code}", lang, **self.values)


@dataclass(frozen=True, slots=True)
class Computed:
    """``tables``: name to rows of equal keys; shares and growth are ratios (0.15 is 15%). ``kpi`` is the KPI of the
    plans that the value belongs to, where there is one."""

    name: str
    kpi: str | None
    tables: Mapping[str, Sequence[Row]]
    notes: tuple[Note, ...] = ()
    rejects: tuple[Reject, ...] = ()
    """The rows of the user's file that hold no figure and therefore count nowhere."""

    def as_dict(self) -> dict[str, object]:
        return {
            "name": self.name,
            "kpi": self.kpi,
            "tables": {name: list(rows) for name, rows in self.tables.items()},
            "notes": [{"code": one.code, "en": one.text("en"), "ja": one.text("ja")} for one in self.notes],
            "rejects": [
                {"row": one.row, "code": one.code, "column": one.column, "value": one.value} for one in self.rejects
            ],
        }


def intangible_share(paths: Sequence[Path], *, prices: Mapping[str, float] | None = None) -> Computed:
    """The intangible share of market value of every filing and of all together, with negative companies and with
    them set to zero. ``prices`` gives share prices in yen by file name (else the price that the report implies).

    A filing that lacks what is needed stays in the table with the reason; when none can be computed, the first reason
    is raised. Errors: SeriesRefused, and those of :func:`read_filing`."""
    rows: list[Row] = []
    found: list[Company] = []
    refused: list[SeriesRefused] = []
    for path in paths:
        filing = read_filing(path)
        row: Row = dict.fromkeys(("file", "name", "standard", "capitalisation", "net_tangible", "share", "low", "high"))
        row |= {"file": path.name, "name": filing.name, "standard": filing.standard, "why": None}
        try:
            one = company(filing, price=(prices or {}).get(path.name))
        except SeriesRefused as error:
            refused.append(error)
            rows.append(row | {"name": error.values.get("name", filing.name), "why": _both(error)})
            continue
        found.append(one)
        for name in ("name", "capitalisation", "net_tangible", "share", "low", "high"):
            row[name] = getattr(one, name)
        rows.append(row)
    if not found:
        raise refused[0]
    groups = [
        {"treatment": treatment, "companies": len(found), "share": index(found, floor=treatment == "floor")}
        for treatment in ("kept", "floor")
    ]
    notes = [Note("intangible", {})]
    if refused:
        notes.append(Note("left-out", {"count": len(refused), "of": len(paths)}))
    return Computed("intangible-share", "K02", {"companies": rows, "groups": groups}, tuple(notes))


def rd_stock(path: Path | None = None, *, depreciation: Sequence[float] = (0.15, 0.33, 0.50), **how: Any) -> Computed:
    """R&D as an asset under each depreciation rate; ``path`` is a table of yearly expenditure (else Japan's from
    UNESCO and the World Bank). ``how`` as for :func:`exports`."""
    wrong = [rate for rate in depreciation if not 0 < rate < 1]
    if wrong:
        raise SeriesRefused("bad-depreciation", where=Where(value=f"{wrong[0]:g}"), value=f"{wrong[0]:g}")
    if path is None:
        rows = [
            {
                "period": f"{row['year']:.0f}",
                "investment": row["investment"],
                "unit": "jpy_cho",
                **{name: value for name, value in row.items() if name.startswith("stock_")},
            }
            for row in japan_rd_stock(depreciations=depreciation)
        ]
        return Computed("rd-stock", None, {"stocks": rows}, (Note("rd", {}), Note("rd-own", {})))
    by_part, rejects = _parts(path, "rd", **how)
    seen = sorted(by_part.get("", []), key=lambda one: one.when.t)
    flows = [one.value or 0.0 for one in seen]
    years = [one.when.t for one in seen]
    if len(flows) < 2 or min(flows) <= 0 or any(later - earlier != 1 for earlier, later in pairwise(years)):
        raise SeriesRefused("no-stock", where=Where(file=path.name))
    lowest = -mean_growth(flows)
    if min(depreciation) <= lowest:
        raise SeriesRefused(
            "no-steady-state", where=Where(file=path.name), rate=f"{min(depreciation):g}", fall=f"{lowest:.3f}"
        )
    stocks = {f"stock_{rate:g}": perpetual_inventory(flows, depreciation=rate) for rate in depreciation}
    listed: list[Row] = [
        {"period": str(one.when), "investment": one.value, "unit": one.unit}
        | {name: values[i] for name, values in stocks.items()}
        for i, one in enumerate(seen)
    ]
    return Computed("rd-stock", None, {"stocks": listed}, (Note("rd", {}), *_said(rejects)), rejects)


def iso_secretariats(path: Path | None = None, *, country: str = "JP", top: int = TOP) -> Computed:
    """Count, rank and verdict of a country by each definition, and the leading countries by level. ``path`` is a newer
    ISO Open Data register of technical committees (else that of June 2025)."""
    listed = list(shipped_committees() if path is None else read_committees(path))
    counts = by_country(listed)
    if country not in counts:
        raise SeriesRefused("no-secretariat", value=country, known=", ".join(sorted(counts))[:300])
    standings = [
        {"definition": one.name, "country": country, "count": one.count, "rank": one.rank, "within": one.within}
        for one in definitions(listed, country=country, top=top)
    ]
    levels = {level: by_country(listed, levels=[level]) for level in LEVELS}
    first = [name for name, _ in sorted(counts.items(), key=lambda found: (-found[1], found[0]))[: max(2 * top, 10)]]
    leading = [
        {"country": name, "count": counts[name], **{f"level_{level}": levels[level][name] for level in LEVELS}}
        for name in dict.fromkeys([*first, country])
    ]
    notes = [Note("iso", {"top": top})]
    if len({row["within"] for row in standings}) > 1:
        notes.insert(0, Note("verdict-flips", {"country": country, "top": top}))
    return Computed("iso-secretariats", "K17", {"definitions": standings, "countries": leading}, tuple(notes))


def seizures(path: Path | None = None, **how: Any) -> Computed:
    """Customs seizures a year: total, growth, what the listed origins leave over, and each origin's share."""
    if path is not None:
        return _own("seizures", path, how)
    by_part: dict[str, list[Observation]] = {}
    for one in observations():
        if one.indicator == "customs_seizures":
            by_part.setdefault((one.part or "").removeprefix("origin_"), []).append(one)
    return Computed("seizures", None, _totals(by_part))


def exports(path: Path | None = None, **how: Any) -> Computed:
    """Exports of farm products and food a year: total, growth, parts; for the shipped series also the pace that the
    target of K14 asks for. ``path`` is a table of your own; ``how`` are ``unit``, ``source`` and ``only`` (column to
    the value wanted) where the table lacks them."""
    if path is not None:
        return _own("exports", path, how)
    target = targets()["K14"]
    known = indicators()["agri_food_exports"]
    seen = [one for one in observations() if one.indicator == known.id]
    totals = series(seen, known.id)
    by_part = {"": totals}
    for one in seen:
        if one.part:
            by_part.setdefault(one.part, []).append(one)
    assert target.value is not None
    assert target.deadline is not None
    last, year = totals[-1], Period.parse(target.deadline).t
    wanted = convert(target.value, unit=target.unit or known.unit, to=known.unit)
    needed = {
        "target": wanted,
        "target_year": int(year),
        "period": last.period,
        "value": last.value,
        "unit": known.unit,
        "growth_needed": pace(last.value or 0.0, year=last.when.t, target=wanted, target_year=year),
        "needed_per_year": (wanted - (last.value or 0.0)) / (year - last.when.t),
    }
    return Computed("exports", "K14", {**_totals(by_part), "pace": [needed]})


def cool_japan() -> Computed:
    """The accounts of both plans, in yen and in dollars: every row's growth and contribution, the sum of the rows
    beside the printed total, the exchange rate that each row implies, the pace still needed."""
    rows, sums = [], []
    for table in tables().values():
        shares = table.contributions()
        for line in table.lines:
            growth, low, high = line.growth_percent / 100, line.growth_of_levels.low, line.growth_of_levels.high
            rows.append(
                {
                    "plan": table.plan, "unit": table.unit, "item": line.item,
                    "previous": line.previous, "current": line.current,
                    "growth": growth, "growth_low": low, "growth_high": high,
                    "contribution": shares[line.item][0] / 100,
                }
            )  # fmt: skip
        before, now = (sum(getattr(line, name) for line in table.lines) for name in ("previous", "current"))
        sums.append(
            {
                "plan": table.plan, "unit": table.unit, "previous": before, "previous_printed": table.total.previous,
                "current": now, "current_printed": table.total.current, "growth": now / before - 1,
                "growth_printed": table.total.growth_percent / 100,
            }
        )  # fmt: skip
    rates = [
        {"item": one.item, "rate_low": one.current.low, "rate_high": one.current.high,
         "ratio_low": one.ratio.low, "ratio_high": one.ratio.high}
        for one in implied_rates()
    ]  # fmt: skip
    latest = tables()["plan-2026-draft", "jpy_cho"]
    content = latest.line("content")
    paces = [
        {"item": name, "value": value, "period": str(year), "unit": "jpy_cho", "target": wanted, "target_year": 2033,
         "growth_needed": pace(value, year=year, target=wanted, target_year=2033),
         "needed_per_year": (wanted - value) / (2033 - year)}
        for name, value, year, wanted in (
            ("total", latest.total.current, 2025, 50.0),
            ("content", content.current, content.current_year or 2024, 20.0),
        )
    ]  # fmt: skip
    found = {"accounts": rows, "sums": sums, "rates": rates, "pace": paces}
    return Computed("cool-japan", "K21", found, (Note("cool-japan", {}),))


def _own(name: str, path: Path, how: Mapping[str, Any]) -> Computed:
    """Totals and parts of a table of the user's own."""
    by_part, rejects = _parts(path, name, **how)
    return Computed(name, None, _totals(by_part), _said(rejects), rejects)


def _said(rejects: Sequence[Reject]) -> tuple[Note, ...]:
    return (Note("rows-left-out", {"count": len(rejects)}),) if rejects else ()


def _both(error: SeriesRefused) -> dict[str, str]:
    return {"en": f"{error.what('en')} {error.remedy('en')}", "ja": f"{error.what('ja')}{error.remedy('ja')}"}


def _totals(by_part: Mapping[str, Sequence[Observation]]) -> dict[str, list[Row]]:
    """Total, growth and rest by period, and every part's share. Without a printed total the parts' sum stands."""
    values = {
        part: {str(one.when): one.value for one in seen if one.value is not None} for part, seen in by_part.items()
    }
    printed = values.pop("", {})
    unit = next(one.unit for seen in by_part.values() for one in seen)
    when = {str(one.when): one.when for seen in by_part.values() for one in seen}
    years, shares = [], []
    before: tuple[float, float] | None = None
    for period in sorted(when, key=lambda name: when[name].t):
        parts = {part: found[period] for part, found in values.items() if period in found}
        listed = sum(parts.values()) if parts else None
        total = printed.get(period, listed)
        if total is None:
            continue
        follows = before is not None and before[0] > 0 and when[period].t - before[1] == 1
        years.append(
            {
                "period": period, "total": total, "unit": unit,
                "growth": total / before[0] - 1 if before is not None and follows else None,
                "parts": listed, "rest": total - listed if listed is not None else None,
            }
        )  # fmt: skip
        for part, value in sorted(parts.items(), key=lambda found: -found[1]):
            shares.append({"period": period, "part": part, "value": value, "share": value / total if total else None})
        before = (total, when[period].t)
    return {"totals": years, **({"shares": shares} if shares else {})}


def _parts(
    path: Path,
    name: str,
    *,
    unit: str | None = None,
    source: str | None = None,
    only: Mapping[str, str] | None = None,
) -> tuple[dict[str, list[Observation]], tuple[Reject, ...]]:
    """The observations of a table by part ('' is the total), and the rows without a figure; all that the reader of
    series refuses is refused."""
    if not path.is_file():
        raise FileMissing(where=Where(file=str(path)))
    if path.stat().st_size > LARGEST:
        raise HostileInput(where=Where(file=path.name), detail=f"more than {LARGEST} bytes for one series")
    chosen = SeriesMap(series=name, unit=unit, source=source, filters=dict(only or {}))
    rows = list(plain.rows(path, chosen)[0])
    if not rows:
        raise SeriesRefused("no-data", where=Where(file=path.name))
    header = list(rows[0][1])
    named = {key: next((alias for alias in aliases if alias in header), None) for key, aliases in COLUMNS.items()}
    period, value, part = named["period"], named["value"], named["part"]
    if period is None or value is None:
        lacking = ", ".join(COLUMNS[key][0] for key in ("period", "value") if named[key] is None)
        raise MissingColumn(where=Where(file=path.name, row=1), columns=lacking, present=", ".join(header)[:300])
    if unknown := [column for column in chosen.filters if column not in header]:
        raise MissingColumn(
            where=Where(file=path.name, row=1), columns=", ".join(unknown), present=", ".join(header)[:300]
        )
    columns = Columns(
        period=period,
        value=value,
        unit=named["unit"] if unit is None else None,
        source=named["source"] if source is None else None,
    )
    chosen = chosen.model_copy(update={"columns": columns})
    grouped: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    rejects: list[Reject] = []
    for row, cells in rows:
        if any((cells.get(column) or "").strip() != wanted for column, wanted in chosen.filters.items()):
            continue
        # Set aside here and not by part: a part without any figure must not stop the others.
        if (written := (cells.get(value) or "").strip()) in ABSENT:
            shown = (cells.get(period) or "").strip()[:40]
            rejects.append(Reject(row, "no-figure", shown, column=value, value=written))
            continue
        key = cells.get(part, "").strip() if part is not None else ""
        grouped.setdefault("" if key.lower() in TOTALS else key, []).append((row, cells))
    if not grouped:
        raise SeriesRefused("no-data" if rejects else "no-rows", where=Where(file=path.name))
    today = dt.date.today()
    found = {
        key: list(observe(listed, chosen, file=path.name, known_from=today).observations)
        for key, listed in grouped.items()
    }
    units = {one.unit for seen in found.values() for one in seen}
    if len(units) > 1:
        raise SeriesRefused("two-units", where=Where(file=path.name), units=", ".join(sorted(units))[:200])
    if len({one.when.fiscal for seen in found.values() for one in seen}) > 1:
        raise SeriesRefused("mixed-years", where=Where(file=path.name), value=period)
    return found, tuple(rejects)
