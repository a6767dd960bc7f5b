"""Commands of the winning line: strategy, strategy pages, strategy back-test, strategy project, strategy rule."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chizai.cli import choices
from chizai.cli.context import (
    EngineOption,
    JsonOption,
    WorkspaceOption,
    chosen_lang,
    console,
    open_workspace,
    print_json,
    show_finding,
    stages,
)
from chizai.messages import text


def _say(key: str, **values: object) -> str:
    return text(f"strategy.cli.{key}", chosen_lang(), **values)


PlayerOption = Annotated[str, typer.Option("--player", "-p", help=_say("option.player"))]
ByOption = Annotated[str, typer.Option("--by", help=_say("option.by"), metavar="field|class|wipo35|standard|topic")]
TopOption = Annotated[int, typer.Option("--top-k", min=1, help=_say("option.top_k"))]
PreferOption = Annotated[list[str] | None, typer.Option("--prefer", help=_say("option.prefer"))]
RuleOption = Annotated[Path | None, typer.Option("--rule", help=_say("option.rule"))]
DrawsOption = Annotated[int, typer.Option("--draws", min=100, max=1_000_000, help=_say("option.draws"))]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help=_say("option.seed"))]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help=_say("option.out"))]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help=_say("help"), epilog=_say("epilog"), invoke_without_command=True, rich_markup_mode="rich")
    group.callback(help=_say("help"), epilog=_say("epilog"), invoke_without_command=True)(strategy)
    for name, command in (("pages", pages), ("back-test", back_test), ("project", project), ("rule", rule)):
        key = name.replace("-", "_")
        group.command(name, help=_say(f"{key}.help"), epilog=_say(f"{key}.epilog"))(command)
    app.add_typer(group, name="strategy")


def strategy(
    context: typer.Context,
    workspace: WorkspaceOption = Path(),
    player: PlayerOption = "JP",
    by: ByOption = "class",
    top_k: TopOption = 3,
    prefer: PreferOption = None,
    criterion: Annotated[list[str] | None, typer.Option("--criterion", help=_say("option.criterion"))] = None,
    rule: RuleOption = None,
    scaling: Annotated[str, typer.Option("--scaling", help=_say("option.scaling"), metavar="value|rank")] = "value",
    minimum_own: Annotated[int, typer.Option("--minimum-own", min=0, help=_say("option.minimum_own"))] = 3,
    draws: DrawsOption = 10_000,
    seed: SeedOption = 0,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help=_say("option.limit"))] = 20,
    field: choices.Field = None,
    collection: choices.Collection = None,
    years: choices.Years = None,
    unit: choices.Unit = None,
    date: choices.Date = None,
    country: choices.Country = None,
    counting: choices.Counting = None,
    technology: choices.Technology = None,
    level: choices.Level = None,
    player_level: choices.PlayerLevel = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    if context.invoked_subcommand is not None:
        return
    from chizai.strategy import CRITERIA, winning_line

    _known("--scaling", scaling, ("value", "rank"))
    opened = open_workspace(workspace)
    with stages() as stage:
        land = opened.landscape(
            engine=engine,
            stage=stage,
            **choices.selection(
                field=field,
                collection=collection,
                years=years,
                office=None,
                player=None,
                unit=unit,
                date=date,
                country=country,
                counting=counting,
                technology=technology,
                level=level,
                player_level=player_level,
            ),
        )
        stage("analyses")
        line = winning_line(
            land,
            player=player,
            by=by,  # type: ignore[arg-type]
            top_k=top_k,
            criteria=criterion or CRITERIA,
            prefer=prefer or (),
            rule=rule,
            scaling=scaling,  # type: ignore[arg-type]
            minimum_own=minimum_own,
            draws=draws,
            seed=seed,
        )
        parts = line.findings()
    if as_json:
        print_json({name: part.as_dict() for name, part in parts.items()})
        return
    show_finding(parts["winning_line"], as_json=False, limit=limit)
    _print_moves(line, limit)


def _print_moves(line: Any, limit: int) -> None:
    """The technologies for which the rule has a proposal, with the evidence on both sides."""
    lang = chosen_lang()
    out = console()
    joint = text("report.comma", lang)
    silent: dict[str, int] = {}
    for code in line.ranked[:limit]:
        proposal = line.proposals[code]
        if proposal.move is None:
            silent[proposal.why] = silent.get(proposal.why, 0) + 1
            continue
        move = text(f"value.move.{proposal.move}", lang)
        out.print(f"[bold]{move}[/bold]  {code} {line.name(code, lang)}")
        for key, part in (("for", proposal.supporting), ("against", proposal.against)):
            if part:
                words = joint.join(condition.words(lang) for condition in part)
                out.print(f"  {_say(f'moves.{key}')}: {words}", markup=False)
    if silent:
        words = joint.join(f"{text(f'value.no_move_because.{why}', lang)} {count}" for why, count in silent.items())
        out.print(f"{text('value.move.none', lang)}: {words}", markup=False)


def pages(
    workspace: WorkspaceOption = Path(),
    player: PlayerOption = "JP",
    top_k: TopOption = 3,
    prefer: PreferOption = None,
    rule: RuleOption = None,
    draws: DrawsOption = 10_000,
    seed: SeedOption = 0,
    collection: choices.Collection = None,
    unit: choices.Unit = None,
    date: choices.Date = None,
    country: choices.Country = None,
    counting: choices.Counting = None,
    player_level: choices.PlayerLevel = None,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.strategy.pages import write_pages

    opened = open_workspace(workspace)
    folder = out or opened.out_path / f"strategy-{_slug(player)}"
    chosen = {"unit": unit, "date": date, "country": country, "counting": counting, "player_level": player_level}
    with stages() as stage:
        made = write_pages(
            opened,
            folder,
            player=player,
            lang=chosen_lang(),
            stage=stage,
            collection=tuple(collection) if collection else None,
            top_k=top_k,
            prefer=tuple(prefer or ()),
            rule=rule,
            draws=draws,
            seed=seed,
            **{name: value for name, value in chosen.items() if value is not None},
        )
    ranked = [entry for entry in made.entries if entry.line is not None]
    if as_json:
        lang = chosen_lang()
        print_json({
            "front": made.front,
            "pages": {entry.id: entry.page for entry in made.entries},
            "without": {e.id: [r.as_dict(lang) for r in e.refusals] for e in made.entries if e.refusals},
        })  # fmt: skip
        return
    print(_say("pages.done", pages=len(ranked), total=len(made.entries), front=made.front))


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name).strip("-").lower() or "player"


def back_test(
    workspace: WorkspaceOption = Path(),
    kind: Annotated[str, typer.Option("--kind", help=_say("back_test.kind"), metavar="country|player")] = "country",
    players: Annotated[int, typer.Option("--players", min=1, max=500, help=_say("back_test.players"))] = 20,
    by: ByOption = "class",
    until: Annotated[int | None, typer.Option("--until", help=_say("back_test.until"))] = None,
    ahead: Annotated[int, typer.Option("--ahead", min=1, max=20, help=_say("back_test.ahead"))] = 5,
    known: Annotated[
        str, typer.Option("--known", help=_say("back_test.known"), metavar="published|dated")
    ] = "published",
    top_k: TopOption = 3,
    rule: RuleOption = None,
    seed: SeedOption = 0,
    field: choices.Field = None,
    collection: choices.Collection = None,
    unit: choices.Unit = None,
    date: choices.Date = None,
    country: choices.Country = None,
    technology: choices.Technology = None,
    level: choices.Level = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.strategy.back_test import back_test as test

    _known("--kind", kind, ("country", "player"))
    _known("--known", known, ("published", "dated"))
    opened = open_workspace(workspace)
    selected = choices.selection(
        field=field, collection=collection, years=None, office=None, player=None, unit=unit, date=date, country=country,
        technology=technology, level=level,
    )  # fmt: skip
    with stages() as stage:
        land = opened.landscape(engine=engine, stage=stage, **selected)
        stage("analyses")
        found = test(
            land,
            kind=kind,  # type: ignore[arg-type]
            players=players,
            by=by,  # type: ignore[arg-type]
            until=until,
            ahead=ahead,
            known=known,  # type: ignore[arg-type]
            top_k=top_k,
            rule=rule,
            seed=seed,
        )
    show_finding(found, as_json=as_json, limit=20)


def project(
    workspace: WorkspaceOption = Path(),
    title: Annotated[str | None, typer.Option("--title", help=_say("project.title"))] = None,
    summary: Annotated[str, typer.Option("--summary", help=_say("project.summary"))] = "",
    file: Annotated[Path | None, typer.Option("--file", help=_say("project.file"))] = None,
    player: Annotated[str | None, typer.Option("--player", "-p", help=_say("project.player"))] = None,
    to: Annotated[Path | None, typer.Option("--to", help=_say("project.to"))] = None,
    field: choices.Field = None,
    collection: choices.Collection = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.strategy.project import Project, check_project, read_project, write_annex

    if file is None and not (title or "").strip():
        raise typer.BadParameter(_say("project.need"))
    described = read_project(file) if file is not None else Project((title or "").strip(), summary.strip())
    opened = open_workspace(workspace)
    lang = chosen_lang()
    with stages() as stage:
        land = opened.landscape(
            engine=engine,
            stage=stage,
            **choices.selection(field=field, collection=collection, years=None, office=None, player=None),
        )
        stage("analyses")
        check = check_project(land, described, player=player)
    page = write_annex(check, to or opened.out_path / "project.html", lang=lang)
    if as_json:
        print_json({
            "annex": page,
            "fields": [{"id": name, "words": words} for name, _names, words in check.fields],
            "fields_around": [{"names": names, "units": count} for names, count in check.fields_around],
            "findings": {name: finding.as_dict() for name, finding in check.findings.items()},
            "refusals": {name: refusal.as_dict(lang) for name, refusal in check.refusals.items()},
        })  # fmt: skip
        return
    if check.fields:
        names = text("report.comma", lang).join(names[lang] for _id, names, _words in check.fields[:3])
        print(_say("project.fields", names=names))
    else:
        print(_say("project.no_field"))
    if check.fields_around:
        told = text("report.comma", lang).join(f"{names[lang]} {count}" for names, count in check.fields_around[:3])
        print(f"{text('strategy.annex.around', lang, count=check.around)}: {told}")
    if "nearest_patents" in check.findings:
        show_finding(check.findings["nearest_patents"], as_json=False, limit=10)
    for refusal in check.refusals.values():
        print(f"! {refusal.what(lang)}")
    print(_say("project.done", path=page))


def rule() -> None:
    from importlib.resources import files

    from chizai.strategy.moves import SHIPPED

    print((files("chizai.strategy") / SHIPPED).read_text(encoding="utf-8"), end="")


def _known(option: str, value: str, known: tuple[str, ...]) -> None:
    from chizai.errors import UnknownChoice

    if value not in known:
        raise UnknownChoice(kind=option, name=value, known=", ".join(known))
