"""The follow-up on paper, as officials expect it: A4, 資料１ at the top right, tables in landscape, source, unit and notes.

Set by Typst (its compiler comes as a wheel), from one template and one JSON document; the file is tagged for screen readers.
The Japanese font is IPAexGothic of ``matplotlib-fontja``, or a Noto CJK or BIZ UD font of the machine.
"""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chizai import __version__
from chizai.errors import MissingExtra
from chizai.messages import Lang, Phrase, text
from chizai.plan.measures import measures_of
from chizai.publish import charts
from chizai.publish.edition import Edition
from chizai.publish.lineage import moved
from chizai.publish.lineage import rows as lineage_rows
from chizai.publish.palette import STATUS_COLOURS
from chizai.publish.roadmap import Roadmap
from chizai.publish.site import METHODS, accounts_shown, item_name, kpi_shown, roadmaps
from chizai.publish.words import NONE
from chizai.series.assess import STATUSES
from chizai.series.units import unit_label

FONTS = ("IPAexGothic", "Noto Sans CJK JP", "BIZ UDPGothic")


def write_pdf(edition: Edition, path: Path, *, lang: Lang) -> None:
    """Write the PDF; MissingExtra where the compiler or every Japanese font is absent."""
    try:
        import typst
    except ImportError as error:
        raise MissingExtra(feature=Phrase("publish.pdf.feature"), extra="pdf") from error
    folders = font_folders()
    known = {font.family for font in typst.Fonts(font_paths=folders).fonts()}
    present = [font for font in FONTS if font in known]
    if not present:
        # Without a Japanese font Typst sets boxes and says nothing.
        raise MissingExtra(feature=Phrase("publish.pdf.feature"), extra="pdf")
    template = (files("chizai.publish") / "templates" / "report.typ").read_bytes()
    data = json.dumps(content(edition, lang=lang, font=present[0]), ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    compiler: Any = typst
    made = compiler.compile(template, font_paths=folders, sys_inputs={"data": data})
    assert isinstance(made, bytes)
    path.write_bytes(made)


def font_folders() -> list[str]:
    """The folder of the font package, where it is installed; the package itself is not imported (it wants matplotlib)."""
    found = find_spec("matplotlib_fontja")
    if found is None or found.origin is None:
        return []
    return [str(Path(found.origin).parent / "fonts")]


def content(edition: Edition, *, lang: Lang, font: str) -> dict[str, Any]:
    """All that is printed, in the order of the template."""

    def say(key: str, **values: object) -> str:
        return text(f"publish.{key}", lang, **values)

    accounts = accounts_shown(lang)
    return {
        "lang": lang,
        "font": font,
        "title": say("title"),
        "subtitle": say("subtitle"),
        "pace": say("pace"),
        "number": say("pdf.number"),
        "day": edition.day.isoformat() if edition.day else say("as_of_now"),
        "body": say("pdf.body"),
        "made": edition.made(lang, version=__version__),
        "words": {
            **{
                name: say(f"pdf.{name}")
                for name in ("summary", "matrix", "kpis", "measures", "accounts", "notes", "draft")
            },
            **{name: say(f"matrix.{name}") for name in ("item", "kpi", "verdict", "latest", "target", "required")},
            **{f"m_{name}": say(f"measures.{name}") for name in ("item", "measure", "owner", "kpi", "progress")},
            **{
                f"a_{name}": say(f"accounts.{name}")
                for name in ("item", "previous", "current", "growth", "contribution", "checks", "outcome", "finding")
            },
            "note": say("kpi.notes"),
            "assessed": say("pdf.assessed"),
            "moved": say("diff.moved"),
            "change": say("diff.change"),
            "standing": say("diff.mark"),
            "open": say("matrix.open"),
            "lead": say("measures.lead"),
            "scope": say("diff.scope"),
            "borderline": say("legend.borderline"),
            "borderline_text": say("legend.borderline_text"),
            "fiscal": say("legend.fiscal"),
            "dash": f"{NONE} {say('legend.dash')}",
            "triangle": f"△ {say('legend.triangle')}",
            "methods": say("methods.heading"),
        },
        "counts": [f"{word} {say('matrix.count', count=count)}" for word, count in edition.counts(lang)],
        "matrix": [_matrix_row(kpi, lang) for kpi in edition.kpis],
        "kpis": [_section(kpi, lang, font) for kpi in edition.kpis if kpi.case is not None],
        "assessed": [_matrix_row(kpi, lang) for kpi in edition.kpis if kpi.found.status != "not_available"],
        "facts": _summary(edition, lang),
        "moved": _moved(edition, lang),
        "measures": [_roadmap(plan, lang) for plan in roadmaps(edition, lang)],
        "accounts": [
            {
                "title": table["plan"],
                "unit": say("pdf.unit", unit=table["unit"]),
                "source": say("accounts.source", plan=table["plan"]),
                "rows": [
                    [row["label"], row["previous"], row["current"], row["growth"], row["contribution"]]
                    for row in table["rows"]
                ],
            }
            for table in accounts["tables"]
        ],
        "checks": [[one.word(lang), one.text(lang)] for one in accounts["checks"]],
        "legend": [
            {
                "shape": text(f"series.shape.{status}", lang),
                "word": text(f"series.status.{status}", lang),
                "colour": STATUS_COLOURS[status],
                "meaning": say(f"legend.{status}"),
            }
            for status in STATUSES
        ],
        "methods": [
            [say(f"method.{name}"), f"{say(f'methods.{name}.lead')} {say(f'methods.{name}.formula')}"]
            for name in METHODS
        ],
    }


def _name_of(document: Any, lang: Lang) -> str:
    if document.document.state != "draft":
        return item_name(document.plan, lang)
    badge = text("publish.draft_badge", lang)
    title = item_name(document.plan, lang)
    return f"{title}（{badge}）" if lang == "ja" else f"{title} ({badge})"


def _matrix_row(kpi: Any, lang: Lang) -> dict[str, Any]:
    notes = [text("publish.matrix.because", lang, why=kpi.because(lang))] if kpi.because(lang) else []
    shape = text(f"series.shape.{kpi.found.status}", lang)
    return {
        "item": kpi.item or NONE,
        "title": f"{kpi.id} {kpi.title(lang)}",
        "shape": shape,
        "word": kpi.found.word(lang).removeprefix(shape).strip(),
        "colour": STATUS_COLOURS[kpi.found.status],
        "notes": [*notes, *kpi.remarks(lang)],
        "latest": kpi.latest(lang) or NONE,
        "target": kpi.target_text(lang),
        "required": kpi.required(lang) or NONE,
    }


def _section(kpi: Any, lang: Lang, font: str) -> dict[str, Any]:
    page = kpi_shown(kpi, lang)
    publishers = text("publish.comma", lang).join(dict.fromkeys(one["publisher"] for one in page["sources"]))
    return {
        **_matrix_row(kpi, lang),
        "chart": charts.svg(kpi, lang, font=font),
        "alt": page["alt"],
        "unit": text("publish.pdf.unit", lang, unit=unit_label(kpi.unit, lang)),
        "source": text("publish.kpi.source_line", lang, source=publishers),
        "quotes": [statement.text for _, statement in kpi.statements],
        "verdicts": [
            {
                "method": text(f"publish.method.{one['found'].method}", lang),
                "basis": text(f"publish.verdict_table.{one['basis']}", lang),
                "word": one["found"].word(lang),
                "value": one["value"],
                "lines": [f"{line.label}: {line.sum}" for line in one["lines"]],
            }
            for one in page["verdicts"]
        ],
        "why": [*page["why"], *page["notes"]],
    }


def _roadmap(plan: Roadmap, lang: Lang) -> dict[str, Any]:
    return {
        "title": text("publish.measures.caption", lang, plan=_name_of(plan.document, lang), count=len(plan.lines)),
        "years": list(plan.years),
        "rows": [
            {
                "item": line.row.item,
                "measure": line.row.text if lang == "ja" or not line.row.en else f"{line.row.text} / {line.row.en}",
                "owners": line.owners,
                "cells": [[cell.text, cell.span] for cell in line.cells],
                "kpis": " ".join(line.row.kpis) or NONE,
                "progress": line.progress,
            }
            for line in plan.lines
        ],
    }


def _moved(edition: Edition, lang: Lang) -> list[list[str]]:
    """Changed numbers and deadlines: item and kind, what changed, the later wording."""
    found = [row for row in lineage_rows(edition.lineage) if moved(row)] if edition.lineage else []
    return [
        [
            f"{row.item} {text(f'publish.statement.{row.link.level}', lang)}",
            "\n".join(row.changes(lang)),
            row.standing(lang),
        ]
        for row in found
        if row.link.level != "item"
    ]


def _summary(edition: Edition, lang: Lang) -> list[str]:
    """The facts of the one-page overview, in sentences."""
    lines = []
    for document in edition.documents:
        rows = measures_of(document)
        dated = sum(row.deadline is not None and row.deadline.year is not None for row in rows)
        lines.append(text("publish.pdf.dated", lang, plan=_name_of(document, lang), count=len(rows), dated=dated))
    if edition.lineage is not None:
        found = [row.link for row in lineage_rows(edition.lineage) if row.link.level != "item"]
        linked = [link for link in found if link.source and link.target]
        lines.append(text("publish.pdf.compared", lang, linked=len(linked), left=len(found) - len(linked)))
    return lines
