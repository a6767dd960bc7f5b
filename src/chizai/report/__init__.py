"""Reports: a landscape as a page, a workbook and tables. Nothing is computed here that is not in a Finding."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chizai.errors import MissingExtra, NotSupported, OutputInUse
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

    ``out`` appears whole or not at all and replaces an earlier report; :func:`check_free` says what it does not replace.
    The map is left out where there are too few texts, more than ``MAP_UP_TO`` units, or the extra ``topics`` is missing.
    """
    from chizai.files import new_folder
    from chizai.report.export import export_finding, write_json
    from chizai.report.page import write_page
    from chizai.report.winning import winning
    from chizai.report.workbook import write_workbook

    check_free(out)
    tell = stage or (lambda _: None)
    tell("analyses")
    findings = compute(landscape, by=by)
    findings |= winning(landscape, findings)
    titles = {each: title(landscape, each) for each in LANGS}
    with new_folder(out) as part:
        tell("map")
        # Documents that an earlier map shows keep their place.
        earlier = out / POSITIONS
        drawn = _map(landscape, part / MAP, lang=lang, previous=earlier if earlier.is_file() else None)
        tell("charts")
        write_page(findings, part / PAGE, lang=lang, titles=titles, map_page=drawn.name if drawn else None)
        tell("writing")
        write_workbook(list(findings.values()), part / WORKBOOK, lang=lang, title=titles[lang])
        tables = part / TABLES
        for name, finding in findings.items():
            export_finding(finding, tables / f"{name}.csv")
            export_finding(finding, tables / f"{name}.parquet")
        write_json([finding.as_dict() for finding in findings.values()], tables / EVERYTHING)
    return Written(
        out / PAGE,
        out / WORKBOOK,
        out / TABLES,
        list(findings.values()),
        out / drawn.name if drawn is not None else None,
    )


PAGE, WORKBOOK, MAP, TABLES, EVERYTHING = "report.html", "landscape.xlsx", "map.html", "tables", "findings.json"
POSITIONS = "map.positions.csv"


def check_free(out: Path) -> None:
    """Raise OutputInUse unless ``out`` can be made, is empty, or is an earlier report and nothing else.

    A report of chizai's is known by its ``tables/findings.json``; the files that it names are its own.
    """
    if not out.exists():
        above = next(place for place in out.absolute().parents if place.exists())
        if above.is_dir():
            return
        raise NotADirectoryError(errno.ENOTDIR, "", str(above))
    if not out.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "", str(out))
    found = {path.name for path in out.iterdir()}
    if found and not (found <= {PAGE, WORKBOOK, MAP, POSITIONS, TABLES} and _own_tables(out / TABLES)):
        raise OutputInUse(path=str(out))


def _own_tables(tables: Path) -> bool:
    try:
        names = [entry["finding"] for entry in json.loads((tables / EVERYTHING).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, KeyError):
        return False
    own = {EVERYTHING, *(f"{name}{end}" for name in names for end in (".csv", ".csv-metadata.json", ".parquet"))}
    return {path.name for path in tables.iterdir()} <= own


def _map(landscape: Landscape, path: Path, *, lang: Lang, previous: Path | None) -> Path | None:
    from chizai.report.map import write_map

    if landscape.scope.total > MAP_UP_TO:
        return None
    try:
        return write_map(landscape, path, lang=lang, previous=previous).page
    except (NotSupported, MissingExtra):
        return None


def title(landscape: Landscape, lang: Lang) -> str:
    """What the landscape is of: the field and the collections."""
    subject = [part for part in (landscape.field_name(lang), *(landscape.scope.convention.collections or ())) if part]
    return text("report.title", lang, subject=text("report.comma", lang).join(subject) or text("report.all", lang))
