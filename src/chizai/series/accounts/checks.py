"""What the two overviews say about their own figures, and whether it holds: 28 checks, worded with care.

Outcomes: 'holds'; 'only_just' (possible, but only in a corner of what rounding allows); 'contradiction' (no unrounded
figures can fit); 'break' (a definition changed inside a comparison); 'mixed' (years, currencies or units are mixed);
'undefined' (the text does not say what is counted); 'note' (true, and to be known). "Possible" is never called an
error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from scipy.optimize import linprog

from chizai.messages import Lang, lookup, text
from chizai.series.accounts.interval import Interval
from chizai.series.accounts.tables import GROWTH_HALF, LEVEL_HALF, Line, Rate, implied_rates, pace, tables
from chizai.series.catalogue import observations
from chizai.series.computed.packed import yen_per_dollar, yen_per_dollar_ecb
from chizai.series.computed.secretariats import definitions
from chizai.series.vintages import series

Outcome = Literal["holds", "only_just", "contradiction", "break", "mixed", "undefined", "note"]
NARROW = 0.2
"""A solution that uses less than this share of what rounding allows holds 'only just'."""
YEN, DOLLARS = ("plan-2026-draft", "jpy_cho"), ("plan-2026-draft", "usd_10bn")
BEFORE = ("plan-2025", "jpy_cho")


@dataclass(frozen=True, slots=True)
class Check:
    """``number`` is that of the inventory's list of inconsistencies; 0 for what holds."""

    number: int
    code: str
    outcome: Outcome
    facts: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: Lang = "en") -> str:
        values = {name: _shown(value, lang) for name, value in self.facts.items()}
        return text(f"series.check.{self.code}", lang, **values)

    def word(self, lang: Lang = "en") -> str:
        return text(f"series.outcome.{self.outcome}", lang)

    def as_dict(self) -> dict[str, object]:
        return {
            "number": self.number,
            "code": self.code,
            "outcome": self.outcome,
            "facts": dict(self.facts),
            "word": {"en": self.word("en"), "ja": self.word("ja")},
            "en": self.text("en"),
            "ja": self.text("ja"),
        }


def _shown(value: object, lang: Lang) -> str:
    if isinstance(value, float):
        return f"{value:.5g}"
    parts = [
        part if (found := lookup(f"series.word.{part}", lang)) is None else str(found)
        for part in str(value).split(", ")
    ]
    return text("series.word.comma", lang).join(parts)


def checks() -> list[Check]:
    """All checks, those that hold first, then by number.

    >>> [(one.number, one.outcome) for one in checks() if one.number in (1, 2, 3, 4)]
    [(1, 'only_just'), (2, 'contradiction'), (3, 'break'), (4, 'mixed')]
    """
    found = [
        *_sums(),
        *_growths(),
        _restated(),
        _dollar_increase(),
        _exchange_rates(),
        _food_break(),
        _mixed_years(),
        _stock_and_flow(),
        _signs(),
        _paces(),
        _liked_country(),
        _implied_arrests(),
        _secretariats(),
        _sme_wording(),
        _unrounded(),
        *(Check(number, code, outcome, facts) for number, code, outcome, facts in STATED),
    ]
    return sorted(found, key=lambda one: one.number)


# What holds -----------------------------------------------------------------------------------------------------------


def _sums() -> Iterable[Check]:
    for (plan, unit), table in tables().items():
        sides: tuple[tuple[str, Callable[[Line], float]], ...] = (
            ("current", lambda one: one.current),
            ("previous", lambda one: one.previous),
        )
        for side, pick in sides:
            total, parts = pick(table.total), sum(pick(one) for one in table.lines)
            allowed = LEVEL_HALF * (len(table.lines) + 1)
            facts = {"plan": plan, "unit": unit, "side": side, "total": total, "parts": round(parts, 10)}
            yield Check(0, "sum", "holds" if abs(total - parts) <= allowed + 1e-9 else "contradiction", facts)


def _growths() -> Iterable[Check]:
    for (plan, unit), table in tables().items():
        wrong = [
            one.item for one in (*table.lines, table.total) if one.growth_percent / 100 not in one.growth_of_levels
        ]
        facts = {"plan": plan, "unit": unit, "rows": len(table.lines) + 1, "wrong": ", ".join(wrong) or "0"}
        yield Check(0, "growth", "contradiction" if wrong else "holds", facts)


def _restated() -> Check:
    old, new = tables()[BEFORE], tables()[YEN]
    changed = [
        one.item
        for one in (*old.lines, old.total)
        if abs(one.current - (new.total if one.item == "total" else new.line(one.item)).previous) > 1e-9
    ]
    return Check(
        0, "restated", "contradiction" if changed else "holds", {"rows": len(old.lines) + 1, "changed": len(changed)}
    )


# Computed -------------------------------------------------------------------------------------------------------------


def feasible(line: Line, *, increase: float) -> tuple[Interval, Interval] | None:
    """Previous and current level that fit printed levels, growth and increase together; None where nothing does.

    Linear in (previous, current): ``increase - h <= c - p <= increase + h`` and ``(1 + g_low) p <= c <= (1 + g_high)
    p``."""
    low, high = line.factor.low, line.factor.high
    rows = [[-1.0, 1.0], [1.0, -1.0], [low, -1.0], [-high, 1.0]]
    bounds = [increase + LEVEL_HALF, -(increase - LEVEL_HALF), 0.0, 0.0]
    box = [(one.low, one.high) for one in (line.printed_previous, line.printed_current)]
    ends = []
    for weights in ([1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]):
        found = linprog(weights, A_ub=rows, b_ub=bounds, bounds=box, method="highs")
        if not found.success:
            return None
        ends.append(abs(float(found.fun)))
    return Interval(ends[0], ends[1]), Interval(ends[2], ends[3])


def _dollar_increase() -> Check:
    line, printed = tables()[DOLLARS].total, 1.6
    found = feasible(line, increase=printed)
    facts: dict[str, object] = {
        "printed": printed,
        "difference": round(line.current - line.previous, 10),
        "current": line.current,
        "previous": line.previous,
    }
    if found is None:
        return Check(1, "dollar-increase-impossible", "contradiction", facts)
    previous, current = found
    facts |= {
        "previous_low": f"{previous.low:.3f}",
        "previous_high": f"{previous.high:.3f}",
        "current_low": f"{current.low:.3f}",
        "current_high": f"{current.high:.3f}",
    }
    narrow = min(previous.width, current.width) / (2 * LEVEL_HALF) < NARROW
    return Check(1, "dollar-increase", "only_just" if narrow else "holds", facts)


def common(rates: Iterable[Rate]) -> Interval:
    """The ratio of exchange rates that fits all rows; empty where none does."""
    out = Interval(float("-inf"), float("inf"))
    for one in rates:
        out = out & one.ratio
    return out


def _exchange_rates() -> Check:
    rates = [one for one in implied_rates() if one.years == (2023, 2024)]
    others = common(one for one in rates if one.item != "content")
    content = next(one for one in rates if one.item == "content").ratio
    fed, ecb = yen_per_dollar(), yen_per_dollar_ecb()
    facts = {
        "content_low": f"{content.low:.5f}",
        "content_high": f"{content.high:.5f}",
        "others_low": f"{others.low:.5f}",
        "others_high": f"{others.high:.5f}",
        "rows": len(rates) - 1,
        "fed": f"{fed[2024] / fed[2023]:.5f}",
        "ecb": f"{ecb[2024] / ecb[2023]:.5f}",
    }
    return Check(2, "exchange-rates", "contradiction" if common(rates).empty else "holds", facts)


def _food_break() -> Check:
    old, new = tables()[BEFORE], tables()[YEN]
    previous, current, growth = old.without("food_affil")
    later_previous, later_current, later_growth = new.without("food_affil")
    food = old.line("food_affil")
    facts = {
        "headline": old.total.growth_percent,
        "food_growth": food.growth_percent,
        "previous": round(previous, 1),
        "current": round(current, 1),
        "growth": round(growth, 1),
        "later_previous": round(later_previous, 1),
        "later_current": round(later_current, 1),
        "later_growth": round(later_growth, 1),
    }
    return Check(3, "food-break", "break", facts)


def _mixed_years() -> Check:
    years = {
        plan: sorted({one.current_year for one in tables()[plan].lines if one.current_year}) for plan in (BEFORE, YEN)
    }
    mixed = any(len(found) > 1 for found in years.values())
    facts = {"old": "/".join(map(str, years[BEFORE])), "new": "/".join(map(str, years[YEN]))}
    return Check(4, "mixed-years", "mixed" if mixed else "holds", facts)


def _stock_and_flow() -> Check:
    kinds = sorted({one.kind for one in tables()[YEN].lines})
    return Check(5, "kinds", "mixed" if len(kinds) > 1 else "holds", {"count": len(kinds)})


def _signs() -> Check:
    dollars = tables()[DOLLARS]
    flipped = [
        one.item for one in tables()[YEN].lines if one.growth_percent * dollars.line(one.item).growth_percent < 0
    ]
    facts = {
        "rows": ", ".join(flipped),
        "content_yen": _signed("content", YEN),
        "content_dollars": _signed("content", DOLLARS),
    }
    return Check(6, "sign-flip", "note" if flipped else "holds", facts)


def _signed(item: str, key: tuple[str, str]) -> str:
    return f"{tables()[key].line(item).growth_percent:+g}"


def _percent(value: float) -> float:
    return round(100 * value, 1)


def _paces() -> Check:
    yen = tables()[YEN]
    content, agri = yen.line("content"), yen.line("agri_export")
    facts = {
        "content": _percent(pace(content.current, year=2024, target=20, target_year=2033)),
        "content_seen": content.growth_percent,
        "total_low": _percent(pace(yen.total.current, year=2024, target=50, target_year=2033)),
        "total_high": _percent(pace(yen.total.current, year=2025, target=50, target_year=2033)),
        "total_seen": yen.total.growth_percent,
        "agri": _percent(pace(agri.current, year=2025, target=5, target_year=2030)),
        "agri_seen": agri.growth_percent,
        "iamv": round((50 - 32) / (2035 - 2020), 2),
    }
    return Check(7, "pace", "note", facts)


def implied_weight(*, whole: float, one: float, other: float) -> float:
    """The weight of ``one`` in a mean of two parts.

    >>> round(implied_weight(whole=56.2, one=60.3, other=31.0), 2)
    0.86
    """
    return (whole - other) / (one - other)


def _liked_country() -> Check:
    known = observations()
    seen = {
        geo: [one.value or 0.0 for one in series(known, "like_japan_share", geo=geo)] for geo in ("W", "ASIA", "WEST")
    }
    rises = {geo: values[-1] - values[0] for geo, values in seen.items()}
    facts: dict[str, object] = {f"rise_{geo.lower()}": round(rise, 1) for geo, rise in rises.items()}
    for when, place in (("before", 0), ("after", -1)):
        facts[when] = round(
            implied_weight(whole=seen["W"][place], one=seen["ASIA"][place], other=seen["WEST"][place]), 2
        )
    odd = rises["W"] < min(rises["ASIA"], rises["WEST"])
    return Check(8, "liked-country", "contradiction" if odd and facts["before"] == facts["after"] else "note", facts)


def _implied_arrests() -> Check:
    """38 cases at +73 % imply the year before; a count is exact, a printed per cent is not."""
    low, high = 38 / (1.73 + GROWTH_HALF), 38 / (1.73 - GROWTH_HALF)
    before = next(one.value for one in series(observations(), "trade_secret_arrests") if one.period == "2024")
    fits = before is not None and low - 0.5 <= before <= high + 0.5 and round(low) == round(high) == before
    facts = {"low": round(low, 1), "high": round(high, 1), "seen": before or 0}
    return Check(14, "arrests", "holds" if fits else "contradiction", facts)


def _sme_wording() -> Check:
    seen = {one.period: one.value for one in series(observations(), "sme_patent_share")}
    return Check(13, "sme-wording", "undefined", {"y2020": seen["2020"], "y2022": seen["2022"], "y2023": seen["2023"]})


def _secretariats() -> Check:
    found = {one.name: one for one in definitions()}
    wide, narrow = found["all"], found["committees"]
    facts = {
        "all": wide.count,
        "all_rank": wide.rank,
        "committees": narrow.count,
        "committees_rank": narrow.rank,
    }
    return Check(22, "secretariats", "undefined" if wide.within != narrow.within else "holds", facts)


def _unrounded() -> Check:
    """1.5 to 1.5 at +3.64 % looks wrong until unrounded."""
    exact = {one.period: one.value for one in series(observations(), "agri_food_exports")}
    growth = 100 * ((exact["2024"] or 0) / (exact["2023"] or 1) - 1)
    facts = {"after": exact["2024"], "before": exact["2023"], "growth": round(growth, 2)}
    return Check(26, "unrounded", "holds" if abs(growth - 3.64) <= GROWTH_HALF else "contradiction", facts)


STATED: tuple[tuple[int, str, Outcome, dict[str, object]], ...] = (
    (9, "fans", "undefined", {}),
    (10, "doctorates", "mixed", {}),
    (11, "iamv-year", "mixed", {}),
    (12, "gii", "break", {}),
    (15, "piracy", "mixed", {}),
    (16, "ipas", "undefined", {}),
    (17, "university-patents", "mixed", {}),
    (18, "content-names", "mixed", {}),
    (19, "content-vintages", "mixed", {}),
    (20, "two-seventeens", "mixed", {}),
    (21, "body", "contradiction", {}),
    (23, "ai-use", "undefined", {}),
    (24, "seizures", "undefined", {}),
    (25, "agri-earlier", "note", {}),
    (27, "draft", "note", {}),
    (28, "ocr", "note", {}),
)
"""Differences of wording between the two texts: read, not computed."""
