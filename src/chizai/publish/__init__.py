"""The follow-up as a publication: site, PDF, workbook, data. Nothing is judged here; every verdict comes from ``series``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chizai.errors import MissingExtra, OutputInUse
from chizai.messages import LANGS, Lang
from chizai.publish.edition import Edition

MARK = "chizai-publication.json"
"""A folder that holds this file was made by chizai and may be replaced."""

__all__ = ["Edition", "Publication", "publish"]


@dataclass(frozen=True)
class Publication:
    """``without_pdf``: why there is no PDF (the extra is not installed), else None."""

    folder: Path
    pages: int
    edition: Edition
    pdfs: tuple[Path, ...]
    without_pdf: MissingExtra | None

    @property
    def front(self) -> Path:
        return self.folder / "index.html"

    @property
    def workbooks(self) -> dict[Lang, Path]:
        return {lang: self.folder / _file(lang, "xlsx") for lang in LANGS}


def publish(
    out: Path,
    *,
    edition: Edition | None = None,
    pdf: bool = True,
    stage: Callable[[str], None] | None = None,
) -> Publication:
    """Write everything to the folder ``out``; it appears whole or not at all.

    ``OutputInUse`` where ``out`` holds something that chizai did not make. Without the extra ``pdf`` all but the PDF is
    written, and the result says so.
    """
    from chizai.files import new_folder
    from chizai.publish.datapackage import write_package
    from chizai.publish.open_sdg import write_open_sdg
    from chizai.publish.sdmx_csv import write_sdmx
    from chizai.publish.site import write_site
    from chizai.publish.tables import series_table
    from chizai.publish.workbook import write_workbook

    _free(out)
    tell = stage or (lambda _: None)
    tell("analyses")
    edition = edition or Edition.collect()
    made: list[str] = []
    missing: MissingExtra | None = None
    with new_folder(out) as part:
        tell("writing")
        write_package(edition, part / "data")
        (part / "data" / "kpi").mkdir()
        for kpi in edition.kpis:
            (part / "data" / "kpi" / f"{kpi.id}.csv").write_bytes(series_table([kpi]).csv().encode("utf-8-sig"))
        write_sdmx(edition, part / "data" / "sdmx.csv")
        write_open_sdg(edition, part / "open-sdg")
        offered: list[tuple[str, str]] = []
        for lang in LANGS:
            name = _file(lang, "xlsx")
            write_workbook(edition, part / name, lang=lang)
            offered.append((f"workbook_{lang}", name))
        if pdf:
            from chizai.publish.pdf import write_pdf

            tell("charts")
            try:
                for lang in LANGS:
                    name = _file(lang, "pdf")
                    write_pdf(edition, part / name, lang=lang)
                    made.append(name)
                    offered.append((f"pdf_{lang}", name))
            except MissingExtra as error:
                missing = error
        offered += [("package", "data/datapackage.json"), ("sdmx", "data/sdmx.csv"), ("open_sdg", "open-sdg/index.csv")]
        tell("charts")
        pages = write_site(edition, part, downloads=offered)
        (part / MARK).write_text(json.dumps(_marks(edition), indent=1) + "\n", encoding="utf-8")
    return Publication(out, len(pages), edition, tuple(out / name for name in made), missing)


def _file(lang: Lang, ending: str) -> str:
    return f"files/plan-follow-up-{lang}.{ending}"


def _marks(edition: Edition) -> dict[str, object]:
    """The vintage of every verdict: a published status can be traced to the figures it used."""
    return {
        "vintage": edition.vintage,
        "as_of": edition.day.isoformat() if edition.day else None,
        "documents": {document.document.id: document.document.sha256 for document in edition.documents},
        "kpis": {kpi.id: {"status": kpi.found.status, "vintage": kpi.found.vintage} for kpi in edition.kpis},
    }


def _free(out: Path) -> None:
    """A folder of somebody else's is never replaced."""
    if not out.exists():
        return
    if not out.is_dir() or (not (out / MARK).is_file() and any(out.iterdir())):
        raise OutputInUse(path=str(out))
