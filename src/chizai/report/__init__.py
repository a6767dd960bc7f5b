"""Reports: a landscape as a page, a workbook and tables. Nothing is computed here that is not in a Finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chizai.errors import MissingExtra, NotSupported
from chizai.finding import Finding
from chizai.messages import LANGS, Lang, text

if TYPE_CHECKING:
    from chizai.landscape import Landscape


MAP_UP_TO = 100_000
"""Units up to which the report comes with a map: a page of more points is more than a browser opens with ease."""


@dataclass(frozen=True)
class Written:
    """What was written and what it says."""

    page: Path
    workbook: Path
    tables: Path
    findings: list[Finding]
    map: Path | None
    """The map of topics; None where the data support none."""

    def highlights(self, lang: Lang) -> list[str]:
        from chizai.report.highlights import highlights

        return highlights({finding.name: finding for finding in self.findings}, lang)


def compute(landscape: Landscape, *, by: str = "country") -> dict[str, Finding]:
    """Every analysis of a landscape that the data support, in the order of the report."""
    from chizai.landscape import ANALYSES

    found: dict[str, Finding] = {}
    for name, call in ANALYSES.items():
        try:
            found[name] = call(landscape, by=by) if name == "specialisation" else call(landscape)
        except NotSupported:
            if name == "specialisation" and by == "country":
                # Without countries the same question can still be asked of players.
                try:
                    found[name] = call(landscape, by="player")
                except NotSupported:
                    continue
    return found


def write_landscape(
    landscape: Landscape,
    out: Path,
    *,
    lang: Lang,
    by: str = "country",
    stage: Callable[[str], None] | None = None,
) -> Written:
    """Write ``report.html``, ``map.html``, ``landscape.xlsx`` and ``tables/`` (CSV, Parquet and one JSON) to the folder ``out``.

    The map is left out where there are too few texts, more than ``MAP_UP_TO`` units, or the extra ``topics`` is missing.
    """
    from chizai.report.export import export_finding, write_json
    from chizai.report.page import write_page
    from chizai.report.winning import winning
    from chizai.report.workbook import write_workbook

    tell = stage or (lambda _: None)
    tell("analyses")
    findings = compute(landscape, by=by)
    findings |= winning(landscape, findings)
    titles = {each: title(landscape, each) for each in LANGS}
    tell("map")
    drawn = _map(landscape, out / "map.html", lang=lang)
    tell("charts")
    page, workbook, tables = out / "report.html", out / "landscape.xlsx", out / "tables"
    write_page(findings, page, lang=lang, titles=titles, map_page=drawn.name if drawn else None)
    tell("writing")
    write_workbook(list(findings.values()), workbook, lang=lang, title=titles[lang])
    for name, finding in findings.items():
        export_finding(finding, tables / f"{name}.csv")
        export_finding(finding, tables / f"{name}.parquet")
    write_json([finding.as_dict() for finding in findings.values()], tables / "findings.json")
    return Written(page, workbook, tables, list(findings.values()), drawn)


def _map(landscape: Landscape, path: Path, *, lang: Lang) -> Path | None:
    from chizai.report.map import write_map

    if landscape.scope.total > MAP_UP_TO:
        return None
    try:
        return write_map(landscape, path, lang=lang).page
    except (NotSupported, MissingExtra):
        # A map of an earlier state of the data must not stand beside this report.
        path.unlink(missing_ok=True)
        return None


def title(landscape: Landscape, lang: Lang) -> str:
    """What the landscape is of: the field and the collections."""
    subject = [part for part in (landscape.field_name(lang), *(landscape.scope.convention.collections or ())) if part]
    return text("report.title", lang, subject=text("report.comma", lang).join(subject) or text("report.all", lang))
