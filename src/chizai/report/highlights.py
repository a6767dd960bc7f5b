"""The most telling lines of a landscape: sentences made from Findings, each with its number and its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chizai.finding import Finding, shown
from chizai.messages import Lang, text
from chizai.words import country_name


def highlights(findings: Mapping[str, Finding], lang: Lang) -> list[str]:
    """Up to seven sentences, most telling first. A Finding that supports no sentence gives none."""
    lines = []
    for name, say in SENTENCES.items():
        finding = findings.get(name)
        if finding is not None and len(finding):
            line = say(finding, lang)
            if line:
                lines.append(line)
    return lines


def _activity(finding: Finding, lang: Lang) -> str | None:
    facts = finding.facts
    if "growth" not in facts or float(str(facts["growth_high"])) - float(str(facts["growth_low"])) > 1:
        return None  # an interval a hundred points wide tells nothing
    return text(
        "report.line.activity",
        lang,
        unit=text(f"convention.unit.{finding.convention.unit}", lang),
        growth=shown(facts["growth"], "rate"),
        low=shown(facts["growth_low"], "rate"),
        high=shown(facts["growth_high"], "rate"),
        first=facts["growth_first_year"],
        last=facts["growth_last_year"],
    )


def _nowcast(finding: Finding, lang: Lang) -> str | None:
    rows = {row["year"]: row for row in finding}
    open_years = [year for year, row in rows.items() if row["status"] == "incomplete"]
    if not open_years:
        return None
    row, before = rows[open_years[-1]], rows.get(open_years[-1] - 1)
    key, least, most = "nowcast", 0.0, 0.0
    if before is not None:
        # Beside the year before as it will be in the end, as far as that can be told.
        foreseen = before["nowcast"] is not None
        least, most = (before[name] if foreseen else before["units"] for name in ("nowcast_low", "nowcast_high"))
        if row["nowcast_high"] < least:
            key = "nowcast_below"
        elif row["units"] < before["units"]:
            key = "nowcast_above" if row["nowcast_low"] >= most else "nowcast_open"
    return text(
        f"report.line.{key}",
        lang,
        year=row["year"],
        year_before=row["year"] - 1,
        seen_before=shown(before["units"], "count") if before is not None else "",
        before=_expected(before) if before is not None else "",
        seen=shown(row["units"], "count"),
        nowcast=f"{row['nowcast']:,.0f}",
        low=f"{row['nowcast_low']:,.0f}",
        high=f"{row['nowcast_high']:,.0f}",
    )


def _expected(row: Mapping[str, Any]) -> str:
    if row["nowcast"] is None:
        return shown(row["units"], "count")
    return f"{row['nowcast']:,.0f} [{row['nowcast_low']:,.0f}, {row['nowcast_high']:,.0f}]"


def _players(finding: Finding, lang: Lang) -> str:
    rows = finding.table.slice(0, 3).to_pylist()
    named = text("report.comma", lang).join(
        f"{row['player']} ({shown(row['share'], 'share')} [{shown(row['share_low'], 'share')}, "
        f"{shown(row['share_high'], 'share')}])"
        for row in rows
    )
    return text("report.line.players", lang, players=named)


def _countries(finding: Finding, lang: Lang) -> str | None:
    rows = [row for row in finding if row["country"] is not None and row["share"] is not None][:3]
    known = finding.facts.get("known_share")
    if not rows or not isinstance(known, float) or known < 0.5:
        return None  # shares of a minority with a known country would mislead
    named = text("report.comma", lang).join(
        f"{country_name(row['country'], lang)} ({shown(row['share'], 'share')} [{shown(row['share_low'], 'share')}, "
        f"{shown(row['share_high'], 'share')}])"
        for row in rows
    )
    return text("report.line.countries", lang, countries=named)


def _specialisation(finding: Finding, lang: Lang) -> str | None:
    above = [row for row in finding if row["verdict"] == "above"]
    if not above:
        return None
    row = max(above, key=lambda item: item["rta_low"])
    actor = row["actor"]
    return text(
        "report.line.specialisation",
        lang,
        actor=country_name(actor, lang) if len(actor) == 2 else actor,
        technology=_technology(row, lang),
        rta=shown(row["rta_estimate"], "index"),
        low=shown(row["rta_low"], "index"),
        high=shown(row["rta_high"], "index"),
    )


def _concentration(finding: Finding, lang: Lang) -> str | None:
    row = finding.table.slice(0, 1).to_pylist()[0]
    if row["cr4"] is None or row["effective_players"] is None:
        return None
    return text(
        "report.line.concentration",
        lang,
        cr4=shown(row["cr4"], "share"),
        low=shown(row["cr4_low"], "share"),
        high=shown(row["cr4_high"], "share"),
        players=f"{row['effective_players']:,.0f}",
    )


def _classes(finding: Finding, lang: Lang) -> str | None:
    row = finding.table.slice(0, 1).to_pylist()[0]
    if row["share"] is None:
        return None
    return text(
        "report.line.classes",
        lang,
        technology=_technology(row, lang),
        share=shown(row["share"], "share"),
        low=shown(row["share_low"], "share"),
        high=shown(row["share_high"], "share"),
    )


def _technology(row: Mapping[str, Any], lang: Lang) -> str:
    title = (row["title_ja"] if lang == "ja" else None) or row["title"] or ""
    return f"{row['code']} {title}".strip()


def _funding(finding: Finding, lang: Lang) -> str | None:
    if not finding.facts.get("funded_units"):
        return None
    named = [
        agency for agency in finding.column("agency") if agency != "?"
    ]  # "?" stands for statements that name nobody
    return text(
        "report.line.funding" if named else "report.line.funding_unnamed",
        lang,
        share=shown(finding.facts["funded_share"], "share"),
        low=shown(finding.facts["funded_share_low"], "share"),
        high=shown(finding.facts["funded_share_high"], "share"),
        agency=named[0] if named else None,
    )


SENTENCES: dict[str, Callable[[Finding, Lang], str | None]] = {
    "activity": lambda finding, lang: " ".join(
        line for line in (_activity(finding, lang), _nowcast(finding, lang)) if line
    ),
    "players": _players,
    "countries": _countries,
    "specialisation": _specialisation,
    "concentration": _concentration,
    "classes": _classes,
    "funding": _funding,
}
