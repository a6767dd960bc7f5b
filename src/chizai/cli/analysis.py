"""Commands that analyse: landscape, show, export, fields."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Annotated, Any

import typer

from chizai.cli import choices, complete
from chizai.cli.context import (
    EngineOption,
    JsonOption,
    WorkspaceOption,
    chosen_lang,
    filled_workspace,
    print_json,
    say,
    show_finding,
    stages,
)


def register(app: typer.Typer) -> None:
    app.command("landscape", help=say("landscape.help"), epilog=say("landscape.epilog"))(landscape)
    app.command("show", help=say("show.help"), epilog=say("show.epilog"))(show)
    app.command("export", help=say("export.help"), epilog=say("export.epilog"))(export)
    app.command("fields", help=say("fields.help"), epilog=say("fields.epilog"))(fields)


By = Annotated[
    str,
    typer.Option("--by", help=say("option.by"), metavar="country|player", autocompletion=complete.one_of(choices.BY)),
]


def _landscape_of(workspace: Path, *, engine: str | None, **options: Any) -> Any:
    opened = filled_workspace(workspace)
    with stages() as stage:
        return opened, opened.landscape(engine=engine, stage=stage, **choices.selection(**options))


def landscape(
    workspace: WorkspaceOption = Path(),
    field: choices.Field = None,
    by: By = "country",
    collection: choices.Collection = None,
    years: choices.Years = None,
    office: choices.Office = None,
    player: choices.Player = None,
    unit: choices.Unit = None,
    date: choices.Date = None,
    country: choices.Country = None,
    counting: choices.Counting = None,
    technology: choices.Technology = None,
    level: choices.Level = None,
    denominator: choices.Denominator = None,
    family_basis: choices.FamilyBasis = None,
    player_level: choices.PlayerLevel = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help=say("landscape.out"))] = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.report import check_free, write_landscape

    choices.known_by(by)
    if out is not None:
        check_free(out)
    opened, made = _landscape_of(
        workspace,
        engine=engine,
        field=field,
        collection=collection,
        years=years,
        office=office,
        player=player,
        unit=unit,
        date=date,
        country=country,
        counting=counting,
        technology=technology,
        level=level,
        denominator=denominator,
        family_basis=family_basis,
        player_level=player_level,
    )
    with stages() as stage:
        written = write_landscape(made, out or opened.out_path / made.slug(), lang=chosen_lang(), by=by, stage=stage)
    if as_json:
        print_json(
            {
                "report": written.page,
                "workbook": written.workbook,
                "tables": written.tables,
                "map": written.map,
                "findings": [finding.as_dict() for finding in written.findings],
                "highlights": {"en": written.highlights("en"), "ja": written.highlights("ja")},
            }
        )
        return
    for line in written.highlights(chosen_lang()):
        print(f"- {line}")
    print(say("landscape.done", page=written.page, workbook=written.workbook, tables=written.tables))
    if written.map is not None:
        print(say("landscape.map", map=written.map))


def show(
    analysis: Annotated[
        str | None, typer.Argument(help=say("show.analysis"), show_default=False, autocompletion=complete.analyses)
    ] = None,
    workspace: WorkspaceOption = Path(),
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help=say("show.limit"))] = 20,
    field: choices.Field = None,
    by: By = "country",
    collection: choices.Collection = None,
    years: choices.Years = None,
    office: choices.Office = None,
    player: choices.Player = None,
    unit: choices.Unit = None,
    date: choices.Date = None,
    country: choices.Country = None,
    counting: choices.Counting = None,
    technology: choices.Technology = None,
    level: choices.Level = None,
    denominator: choices.Denominator = None,
    family_basis: choices.FamilyBasis = None,
    player_level: choices.PlayerLevel = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    if analysis is None:
        _list_analyses(as_json=as_json)
        return
    from chizai.landscape import analysis_named

    call = analysis_named(analysis)
    choices.known_by(by)
    _opened, made = _landscape_of(
        workspace,
        engine=engine,
        field=field,
        collection=collection,
        years=years,
        office=office,
        player=player,
        unit=unit,
        date=date,
        country=country,
        counting=counting,
        technology=technology,
        level=level,
        denominator=denominator,
        family_basis=family_basis,
        player_level=player_level,
    )
    finding = call(made, by=by) if analysis == "specialisation" else call(made)
    show_finding(finding, as_json=as_json, limit=limit)


def _list_analyses(*, as_json: bool) -> None:
    from chizai.landscape import EVERY
    from chizai.messages import text

    lang = chosen_lang()
    rows = [(name, text(f"finding.{name}.title", lang), text(f"finding.{name}.explanation", lang)) for name in EVERY]
    if as_json:
        print_json([{"name": name, "title": title, "explanation": explained} for name, title, explained in rows])
        return
    for name, title, _explained in rows:
        print(f"{name:20} {title}")


def export(
    analysis: Annotated[
        str, typer.Argument(help=say("export.analysis"), show_default=False, autocompletion=complete.analyses)
    ],
    to: Annotated[Path, typer.Option("--to", help=say("export.to"), show_default=False)],
    workspace: WorkspaceOption = Path(),
    every: Annotated[bool, typer.Option("--all", help=say("export.all"))] = False,
    field: choices.Field = None,
    by: By = "country",
    collection: choices.Collection = None,
    years: choices.Years = None,
    office: choices.Office = None,
    player: choices.Player = None,
    unit: choices.Unit = None,
    date: choices.Date = None,
    country: choices.Country = None,
    counting: choices.Counting = None,
    technology: choices.Technology = None,
    level: choices.Level = None,
    denominator: choices.Denominator = None,
    family_basis: choices.FamilyBasis = None,
    player_level: choices.PlayerLevel = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.landscape import analysis_named
    from chizai.report.export import check_suffix, export_finding

    check_suffix(to)
    choices.known_by(by)
    call = analysis_named(analysis)
    _opened, made = _landscape_of(
        workspace,
        engine=engine,
        field=field,
        collection=collection,
        years=years,
        office=office,
        player=player,
        unit=unit,
        date=date,
        country=country,
        counting=counting,
        technology=technology,
        level=level,
        denominator=denominator,
        family_basis=family_basis,
        player_level=player_level,
    )
    options: dict[str, Any] = {"by": by} if analysis == "specialisation" else {}
    if every and "top" in signature(call).parameters:
        options["top"] = None
    finding = call(made, **options)
    written = export_finding(finding, to, lang=chosen_lang())
    if as_json:
        print_json({"written": written, "rows": len(finding)})
    else:
        print(say("export.done", path=written, rows=f"{len(finding):,}"))


def fields(
    field: Annotated[
        str | None, typer.Argument(help=say("fields.field"), show_default=False, autocompletion=complete.fields)
    ] = None,
    workspace: WorkspaceOption = Path(),
    check: Annotated[bool, typer.Option("--check", help=say("fields.check"))] = False,
    sample: Annotated[bool, typer.Option("--sample", help=say("fields.sample"))] = False,
    size: Annotated[int, typer.Option("--size", min=1, max=200, help=say("fields.size"))] = 10,
    collection: choices.Collection = None,
    file: Annotated[Path | None, typer.Option("--file", help=say("fields.file"))] = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.cli import field_views

    field_views.run(
        field,
        workspace=workspace,
        check=check,
        sample=sample,
        size=size,
        collections=tuple(collection) if collection else None,
        file=file,
        as_json=as_json,
    )
