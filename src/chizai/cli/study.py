"""Commands of the workspace: init, add, status, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chizai.cli import complete
from chizai.cli.archives import left_out
from chizai.cli.context import (
    JsonOption,
    WorkspaceOption,
    chosen_lang,
    console,
    open_workspace,
    print_json,
    progress,
    say,
    stages,
)


def register(app: typer.Typer) -> None:
    app.command("init", help=say("init.help"), epilog=say("init.epilog"))(init)
    app.command("add", help=say("add.help"), epilog=say("add.epilog"))(add)
    app.command("status", help=say("status.help"), epilog=say("status.epilog"))(status)
    app.command("doctor", help=say("doctor.help"), epilog=say("doctor.epilog"))(doctor)


def init(
    folder: Annotated[Path, typer.Argument(help=say("init.folder"))] = Path(),
    as_json: JsonOption = False,
) -> None:
    from chizai.workspace import Workspace

    workspace = Workspace.create(folder, lang=chosen_lang())
    if as_json:
        print_json({"workspace": workspace.root})
    else:
        print(say("init.done", path=workspace.root))


def add(
    paths: Annotated[list[Path], typer.Argument(help=say("add.paths"), show_default=False)],
    workspace: WorkspaceOption = Path(),
    collection: Annotated[
        str, typer.Option("--collection", "-c", help=say("option.collection"), autocompletion=complete.collections)
    ] = "main",
    format: Annotated[str | None, typer.Option("--format", help=say("option.format"))] = None,
    map_file: Annotated[Path | None, typer.Option("--map", help=say("option.map"))] = None,
    licence: Annotated[str | None, typer.Option("--licence", help=say("add.licence"))] = None,
    source: Annotated[str | None, typer.Option("--source", help=say("add.source"))] = None,
    retrieved: Annotated[str | None, typer.Option("--retrieved", help=say("add.retrieved"))] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help=say("option.workers"))] = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.workspace.snapshots import check_day

    opened = open_workspace(workspace)
    with progress(say("add.reading")) as report:
        result = opened.add(
            *paths,
            collection=collection,
            format=format,
            map_file=map_file,
            licence=licence,
            source=source,
            retrieved=check_day(retrieved),
            workers=workers,
            progress=report,
        )
    if as_json:
        print_json(
            {
                "read": [
                    {
                        "file": item.ref().name,
                        "format": item.format,
                        "collection": item.collection,
                        "rows": counts.rows,
                        "rejects": counts.rejects,
                        "warnings": counts.warnings,
                    }
                    for item, counts in result.read
                ],
                "unchanged": [item.ref().name for item in result.unchanged],
                "not_taken_over": [{"file": item.ref().name, **new} for item, new in result.not_taken],
                "refused": [error.as_dict(chosen_lang()) for error in result.refused],
                "left_out": [{"file": file, "members": members} for file, members in result.left],
            }
        )
    else:
        for item, counts in result.read:
            print(
                say(
                    "add.done",
                    file=item.ref().name,
                    format=item.format,
                    records=f"{counts.records:,}",
                    collection=item.collection,
                )
            )
            if counts.rejects or counts.warnings:
                print(
                    "  "
                    + say(
                        "add.rejects",
                        rejects=f"{counts.rejects:,}",
                        warnings=f"{counts.warnings:,}",
                        path=opened.rejects_path(item),
                    )
                )
        for file, members in result.left:
            print(left_out(file, members))
        for item in result.unchanged:
            print(say("add.unchanged", file=item.ref().name))
        for item, new in result.not_taken:
            for key, value in new.items():
                kept = getattr(item, key) or "–"
                print("  " + say("add.not_taken", option=f"--{key}", value=value, kept=kept))
        for error in result.refused:
            typer.echo(say("error", message=error.text(chosen_lang())), err=True)
    if result.refused:
        raise typer.Exit(2)


def status(
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    opened = open_workspace(workspace)
    rows = [(item, opened.counts(item)) for item in opened.snapshots()]
    if as_json:
        print_json(
            {
                "workspace": opened.root,
                "convention": opened.settings.convention.as_convention().as_dict(),
                "snapshots": [
                    {
                        **item.ref().as_dict(),
                        "read": counts is not None,
                        "rows": counts.rows if counts else None,
                        "rejects": counts.rejects if counts else None,
                    }
                    for item, counts in rows
                ],
            }
        )
        return
    from rich.table import Table

    out = console()
    out.print(f"{say('status.workspace')}: {opened.root}")
    out.print(opened.settings.convention.as_convention().sentence(chosen_lang()))
    if not rows:
        out.print(say("status.empty"))
        return
    table = Table()
    for key in ("collection", "file", "format", "publications", "rejects", "bytes", "sha256"):
        table.add_column(
            say(f"status.{key}"), justify="right" if key in ("publications", "rejects", "bytes") else "left"
        )
    for item, counts in rows:
        ref = item.ref()
        table.add_row(
            item.collection,
            ref.name,
            item.format,
            f"{counts.records:,}" if counts else say("status.unread"),
            f"{counts.rejects:,}" if counts else "",
            f"{ref.bytes:,}",
            ref.sha256[:12],
        )
    out.print(table)


def doctor(
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    from chizai.cli.checks import run_checks

    with stages():
        results = run_checks(workspace)
    if as_json:
        print_json([{"check": name, "state": state, "detail": detail} for name, state, detail in results])
    else:
        marks = {"ok": "✓", "note": "·", "wrong": "✗"}
        for name, state, detail in results:
            print(f"{marks[state]} {say(f'check.{name}')}: {detail}")
    if any(state == "wrong" for _name, state, _detail in results):
        raise typer.Exit(1)
