"""Reports: a landscape as a page, a workbook and tables. Nothing is computed here that is not in a Finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chizai.errors import NotSupported
from chizai.finding import Finding
from chizai.messages import LANGS, Lang, text

if TYPE_CHECKING:
    from chizai.landscape import Landscape


@dataclass(frozen=True)
class Written:
    """What was written and what it says."""

    page: Path
    workbook: Path
    tables: Path
    findings: list[Finding]

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
    """Write ``report.html``, ``landscape.xlsx`` and ``tables/`` (CSV, Parquet and one JSON) to the folder ``out``."""
    from chizai.report.export import export_finding, write_json
    from chizai.report.page import write_page
    from chizai.report.workbook import write_workbook

    tell = stage or (lambda _: None)
    tell("analyses")
    findings = compute(landscape, by=by)
    titles = {each: title(landscape, each) for each in LANGS}
    tell("charts")
    page, workbook, tables = out / "report.html", out / "landscape.xlsx", out / "tables"
    write_page(findings, page, lang=lang, titles=titles)
    tell("writing")
    write_workbook(list(findings.values()), workbook, lang=lang, title=titles[lang])
    for name, finding in findings.items():
        export_finding(finding, tables / f"{name}.csv")
        export_finding(finding, tables / f"{name}.parquet")
    write_json([finding.as_dict() for finding in findings.values()], tables / "findings.json")
    return Written(page, workbook, tables, list(findings.values()))


def title(landscape: Landscape, lang: Lang) -> str:
    """What the landscape is of: the field and the collections."""
    subject = [part for part in (landscape.field_name(lang), *(landscape.scope.convention.collections or ())) if part]
    return text("report.title", lang, subject=text("report.comma", lang).join(subject) or text("report.all", lang))
