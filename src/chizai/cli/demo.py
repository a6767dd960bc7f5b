"""``chizai demo``: the main job on the shipped real collections."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer

from chizai.cli.context import JsonOption, chosen_lang, print_json, progress, say, stages


def register(app: typer.Typer) -> None:
    app.command("demo", help=say("demo.help"), epilog=say("demo.epilog"))(demo)


JOBS: dict[str, dict[str, Any]] = {
    "drones": {"collection": "drones"},
    "aerospace-in-drones": {"collection": "drones", "field": "aerospace"},
    "cybersecurity-in-us-grants": {"collection": "us_grants", "field": "digital-cybersecurity"},
}
"""The drones collection, and two strategic fields on the collections that can say something about them."""


def demo(
    folder: Annotated[Path, typer.Argument(help=say("demo.folder"))] = Path("demo"),
    as_json: JsonOption = False,
) -> None:
    from chizai.data.collections import shipped
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
    told = [[f"{name}: {line}" for line in result.highlights(lang)] for name, result in written.items()]
    # The first line of each report, then the second of each: five lines that speak of all three.
    lines = [line for row in zip_longest(*told) for line in row if line][:5]
    if as_json:
        print_json({"reports": {name: result.page for name, result in written.items()}, "highlights": lines})
        return
    print()
    for line in lines:
        print(f"- {line}")
    print()
    for name, result in written.items():
        print(say("demo.report", name=name, page=result.page, workbook=result.workbook))
