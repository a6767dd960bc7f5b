"""``chizai demo``: the main job on the shipped real collections, and the follow-up of the plan."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer

from chizai.cli.context import JsonOption, chosen_lang, print_json, progress, say, stages
from chizai.messages import text


def register(app: typer.Typer) -> None:
    app.command("demo", help=say("demo.help"), epilog=say("demo.epilog"))(demo)


JOBS: dict[str, dict[str, Any]] = {
    "drones": {"collection": "drones"},
    "aerospace-in-drones": {"collection": "drones", "field": "aerospace"},
    "cybersecurity-in-us-grants": {"collection": "us_grants", "field": "digital-cybersecurity"},
}
"""The drones collection, and two strategic fields on the collections that can say something about them."""
FOLLOW_UP = "plan-follow-up"


def demo(
    folder: Annotated[Path, typer.Argument(help=say("demo.folder"))] = Path("demo"),
    as_json: JsonOption = False,
) -> None:
    from chizai.data.collections import shipped
    from chizai.publish import publish
    from chizai.report import write_landscape
    from chizai.workspace import Workspace
    from chizai.workspace.config import FILE

    lang = chosen_lang()
    workspace = Workspace(folder) if (folder / FILE).is_file() else Workspace.create(folder, lang=lang)
    for item in shipped():
        with progress(item.name) as report:
            workspace.add(
                *item.paths,
                collection=item.name,
                licence=item.licence,
                source=item.source,
                retrieved=item.retrieved,
                notes=item.notes,
                progress=report,
            )
        if not as_json:
            print(say("demo.added", name=item.name, title=item.title[lang]))
    written = {}
    with stages() as stage:
        corpus = workspace.open_corpus(stage=stage)
        for name, choices in JOBS.items():
            made = workspace.landscape(corpus=corpus, **choices)
            written[name] = write_landscape(made, workspace.out_path / name, lang=lang, stage=stage)
        followed = publish(workspace.out_path / FOLLOW_UP, stage=stage)
    told = [[f"{name}: {line}" for line in result.highlights(lang)] for name, result in written.items()]
    # The first line of each report, then the second of each: five lines that speak of all three.
    lines = [line for row in zip_longest(*told) for line in row if line][:5]
    if as_json:
        print_json(
            {
                "reports": {name: result.page for name, result in written.items()},
                "highlights": lines,
                "follow_up": {
                    "page": followed.front,
                    "workbook": followed.workbooks[lang],
                    "pdf": followed.pdfs,
                    "verdicts": {kpi.id: kpi.found.status for kpi in followed.edition.kpis},
                },
            }
        )
        return
    print()
    for line in lines:
        print(f"- {line}")
    print()
    for name, result in written.items():
        print(say("demo.report", name=name, page=result.page, workbook=result.workbook))
    counts = text("publish.comma", lang).join(
        text("publish.counts.line", lang, word=word, count=count) for word, count in followed.edition.counts(lang)
    )
    print(text("publish.cli.report.lead", lang, count=len(followed.edition.kpis), counts=counts))
    print(say("demo.follow_up", page=followed.front, workbook=followed.workbooks[lang]))
    for path in followed.pdfs:
        if path.stem.endswith(lang):
            print(say("demo.follow_up_pdf", path=path))
