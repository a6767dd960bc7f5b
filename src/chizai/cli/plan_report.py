"""``chizai plan report``: the follow-up as site, PDF, Excel and data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chizai.cli.context import JsonOption, chosen_lang, print_json, stages
from chizai.cli.plan_assess import SeriesOption, TargetsOption
from chizai.messages import text


def _say(key: str, **values: object) -> str:
    return text(f"publish.cli.report.{key}", chosen_lang(), **values)


def register(plan_app: typer.Typer) -> None:
    plan_app.command("report", help=_say("help"), epilog=_say("epilog"))(report)


def report(
    out: Annotated[Path, typer.Option("--out", help=_say("out"))] = Path("publication"),
    as_of: Annotated[str | None, typer.Option("--as-of", help=_say("as_of"), metavar="YYYY-MM-DD")] = None,
    log: Annotated[Path | None, typer.Option("--log", help=_say("log"))] = None,
    progress: Annotated[Path | None, typer.Option("--progress", help=_say("progress"))] = None,
    targets: TargetsOption = None,
    series: SeriesOption = None,
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help=_say("no_pdf"))] = False,
    as_json: JsonOption = False,
) -> None:
    from chizai.cli.plan_assess import day_of, kept
    from chizai.publish import Edition, publish
    from chizai.series.catalogue import read_targets
    from chizai.series.follow import follow_all

    lang = chosen_lang()
    notes = []
    if progress is not None:
        from chizai.plan.progress import read_notes

        notes = read_notes(progress)
    day, more = day_of(as_of), kept(series)
    found = follow_all(day=day, more=more)
    if targets is not None:
        found += follow_all(day=day, more=more, wanted=read_targets(targets))
    edition = Edition.collect(day=day, more=more, found=found, notes=notes)
    if log is not None and edition.lineage is not None:
        from chizai.plan.review import read_log, reviewed

        edition = edition.with_lineage(reviewed(edition.lineage, read_log(log)))
    with stages() as stage:
        made = publish(out, edition=edition, pdf=not no_pdf, stage=stage)
    if as_json:
        print_json({
            "folder": made.folder, "front": made.front, "pages": made.pages, "pdf": list(made.pdfs),
            "vintage": edition.vintage, "verdicts": {kpi.id: kpi.found.status for kpi in edition.kpis},
            "without_pdf": made.without_pdf.as_dict(lang) if made.without_pdf else None,
        })  # fmt: skip
        return
    counts = text("publish.comma", lang).join(
        text("publish.counts.line", lang, word=word, count=count) for word, count in edition.counts(lang)
    )
    print(_say("lead", count=len(edition.kpis), counts=counts))
    print(text("publish.pace", lang))
    print(_say("done", pages=made.pages, page=made.front))
    if made.without_pdf is not None:
        print(_say("no_pdf_made", why=made.without_pdf.text(lang)))
