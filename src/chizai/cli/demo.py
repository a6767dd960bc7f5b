"""``chizai demo``: the main job on the shipped real collections."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chizai.cli.context import JsonOption, chosen_lang, print_json, progress, say, stages


def register(app: typer.Typer) -> None:
    app.command("demo", help=say("demo.help"), epilog=say("demo.epilog"))(demo)


FIELDS = ("aerospace", "digital-cybersecurity")
"""Two strategic fields on which the shipped collections can say something."""


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
    jobs: list[tuple[str, dict[str, Any]]] = [("drones", {"collection": "drones"})]
    jobs += [(field, {"field": field}) for field in FIELDS]
    written = {}
    with stages() as stage:
        corpus = workspace.open_corpus(stage=stage)
        for name, choices in jobs:
            made = workspace.landscape(corpus=corpus, **choices)
            written[name] = write_landscape(made, workspace.out_path / name, lang=lang, stage=stage)
    lines = [line for result in written.values() for line in result.highlights(lang)]
    if as_json:
        print_json({"reports": {name: result.page for name, result in written.items()}, "highlights": lines[:5]})
        return
    print()
    for line in lines[:5]:
        print(f"- {line}")
    print()
    for name, result in written.items():
        print(say("demo.report", name=name, page=result.page, workbook=result.workbook))
