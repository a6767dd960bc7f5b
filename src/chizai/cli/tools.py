"""Commands that are useful alone, on files, without a workspace: convert, names, number, families, formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chizai.cli.archives import left_out
from chizai.cli.context import JsonOption, chosen_lang, console, print_json, progress, say

if TYPE_CHECKING:
    from chizai.corpus.family_files import FileFamilies


def register(app: typer.Typer) -> None:
    app.command("convert", help=say("convert.help"), epilog=say("convert.epilog"))(convert)
    app.command("names", help=say("names.help"), epilog=say("names.epilog"))(names)
    app.command("number", help=say("number.help"), epilog=say("number.epilog"))(number)
    app.command("families", help=say("families.help"), epilog=say("families.epilog"))(families)
    app.command("formats", help=say("formats.help"), epilog=say("formats.epilog"))(formats)


def convert(
    paths: Annotated[list[Path], typer.Argument(help=say("convert.paths"), show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help=say("convert.out"), show_default=False)],
    format: Annotated[str | None, typer.Option("--format", help=say("option.format"))] = None,
    map_file: Annotated[Path | None, typer.Option("--map", help=say("option.map"))] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help=say("option.workers"))] = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.corpus.convert import convert as run

    with progress(say("add.reading")) as report:
        counts, refused, left = run(paths, out, format=format, map_file=map_file, workers=workers, progress=report)
    if as_json:
        print_json(
            {
                "out": out,
                "rows": counts.rows,
                "rejects": counts.rejects,
                "warnings": counts.warnings,
                "refused": [error.as_dict(chosen_lang()) for error in refused],
                "left_out": [{"file": file, "members": members} for file, members in left],
            }
        )
    else:
        for table, rows in counts.rows.items():
            print(f"{table:16} {rows:>12,}")
        print(say("convert.done", out=out, rejects=f"{counts.rejects:,}", warnings=f"{counts.warnings:,}"))
        for file, members in left:
            print(left_out(file, members))
        for error in refused:
            typer.echo(say("error", message=error.text(chosen_lang())), err=True)
    if refused:
        raise typer.Exit(2)


def names(
    path: Annotated[Path, typer.Argument(help=say("names.path"), show_default=False)],
    column: Annotated[str, typer.Option("--column", help=say("names.column"), show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help=say("names.out"), show_default=False)],
    country_column: Annotated[str | None, typer.Option("--country-column", help=say("names.country"))] = None,
    mentions_column: Annotated[str | None, typer.Option("--mentions-column", help=say("names.mentions"))] = None,
    overrides: Annotated[Path | None, typer.Option("--overrides", help=say("names.overrides"))] = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.corpus.names import harmonise_csv, read_overrides
    from chizai.files import refuse_overwriting

    if overrides is not None:
        refuse_overwriting([out], [overrides])
    forced = read_overrides(overrides) if overrides is not None else None
    with progress(say("names.reading")) as report:
        result = harmonise_csv(
            path,
            column,
            out,
            lang=chosen_lang(),
            overrides=forced,
            country_column=country_column,
            mentions_column=mentions_column,
            progress=lambda _step, done, _total: report(path.name, done),
        )
    summary = {
        "out": out,
        "rows": result.rows,
        "names": result.names,
        "identities": result.identities,
        "rejected": result.rejected,
        "rejects": result.rejects,
    }
    if as_json:
        print_json(summary)
    else:
        print(
            say(
                "names.done",
                out=out,
                rows=f"{result.rows:,}",
                names=f"{result.names:,}",
                identities=f"{result.identities:,}",
            )
        )
        if result.rejected:
            print(say("names.rejects", rejects=f"{result.rejected:,}", path=result.rejects))


def number(
    texts: Annotated[list[str], typer.Argument(help=say("number.texts"), show_default=False)],
    as_json: JsonOption = False,
) -> None:
    from chizai.corpus.numbers import forms

    found = [forms(item, lang=chosen_lang()) for item in texts]
    wrong = any(item["error"] for item in found)
    if as_json:
        print_json(found)
    else:
        from rich.table import Table

        table = Table()
        keys = ("text", "docdb", "epodoc", "original", "kind_class", "role")
        for key in keys:
            table.add_column(say(f"number.{key}"), overflow="fold")
        for item in found:
            if not item["error"]:
                table.add_row(*(_worded_number(key, item[key]) for key in keys))
        if table.row_count:
            console().print(table)
        for written in texts:
            _explain_number(written)
    if wrong:
        raise typer.Exit(2)


def _worded_number(key: str, value: str | None) -> str:
    if value is not None and key in ("kind_class", "role"):
        return say(f"number.{key}_{value}")
    return value or "–"


def _explain_number(item: str) -> None:
    """Why a number cannot be read, in the user's language."""
    from chizai.corpus.numbers import parse
    from chizai.errors import BadNumber

    try:
        parse(item)
    except BadNumber as error:
        typer.echo(say("error", message=error.text(chosen_lang())), err=True)


def families(
    path: Annotated[Path, typer.Argument(help=say("families.path"), show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", "-o", help=say("families.out"))] = None,
    format: Annotated[str | None, typer.Option("--format", help=say("option.format"))] = None,
    map_file: Annotated[Path | None, typer.Option("--map", help=say("option.map"))] = None,
    number_column: Annotated[str | None, typer.Option("--number-column", help=say("families.number"))] = None,
    priority_column: Annotated[str | None, typer.Option("--priority-column", help=say("families.priority"))] = None,
    application_column: Annotated[
        str | None, typer.Option("--application-column", help=say("families.application"))
    ] = None,
    separator: Annotated[str | None, typer.Option("--separator", help=say("families.separator"))] = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.corpus.family_files import families_of_file
    from chizai.files import refuse_overwriting
    from chizai.report.export import write_csv

    if out is not None:
        refuse_overwriting([out, _rejects_of(out)], [path, *([map_file] if map_file is not None else [])])
    found = families_of_file(
        path,
        format=format,
        map_file=map_file,
        number_column=number_column,
        priority_column=priority_column,
        application_column=application_column,
        separator=separator,
        lang=chosen_lang(),
        rejects=_rejects_of(out) if out is not None else None,
    )
    rows = found.table.to_pylist()
    if out is not None:
        write_csv(found.table, out)
    if as_json:
        refused = [error.as_dict(chosen_lang()) for error in found.refused]
        summary = found.summary()
        print_json({"summary": summary, "refused": refused, "rows": rows if out is None else None, "out": out})
    else:
        _show_families(found, rows, out)
    if found.refused:
        raise typer.Exit(2)


SHOWN_ROWS = 50


def _rejects_of(out: Path) -> Path:
    return out.with_name(f"{out.stem}.rejects.csv")


def _show_families(found: FileFamilies, rows: list[dict[str, Any]], out: Path | None) -> None:
    summary = found.summary()
    if out is None:
        from rich.table import Table

        table = Table()
        for name in ("publication_id", "simple_family_id", "extended_family_id", "ipf"):
            table.add_column(say(f"families.column_{name}"), no_wrap=True)
        for row in rows[:SHOWN_ROWS]:
            if row["simple_family_id"] is None:
                table.add_row(row.get("number"), say("families.not_read"), "", "")
                continue
            ipf = say("families.yes" if row["ipf"] else "families.no")
            table.add_row(row["publication_id"], row["simple_family_id"], row["extended_family_id"], ipf)
        console().print(table)
        if len(rows) > SHOWN_ROWS:
            print(say("families.more", shown=SHOWN_ROWS, rows=f"{len(rows):,}"))
    print(say("families.done", **{key: f"{value:,}" for key, value in summary.items()}))
    if summary["unread"] or summary["dropped"] or summary["priorities_unread"]:
        counts = {key: f"{summary[key]:,}" for key in ("unread", "dropped", "priorities_unread")}
        print(say("families.lost", **counts))
        if out is None:
            print(say("families.reasons"))
        elif found.rejects or found.warnings:
            print(say("families.rejects", path=_rejects_of(out)))
    for file, members in found.left:
        print(left_out(file, members))
    for error in found.refused:
        typer.echo(say("error", message=error.text(chosen_lang())), err=True)
    if out is not None:
        print(say("export.done", path=out, rows=f"{len(rows):,}"))


def formats(
    name: Annotated[str | None, typer.Argument(help=say("formats.name"), show_default=False)] = None,
    propose: Annotated[Path | None, typer.Option("--propose", help=say("formats.propose"))] = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.corpus.readers import reader_named, readers

    if propose is not None:
        from chizai.corpus.readers.propose_map import propose_map

        draft = propose_map(propose)
        if as_json:
            from ruamel.yaml import YAML

            print_json({"file": propose, "map": YAML(typ="safe", pure=True).load(draft), "yaml": draft})
        else:
            print(draft)
        return
    shown = [reader_named(name)] if name is not None else list(readers())
    lang = chosen_lang()
    if as_json:
        print_json(
            [
                {"name": reader.name, "title": reader.title, "carries": sorted(reader.carries), "lacks": reader.lacks}
                for reader in shown
            ]
        )
        return
    from rich.table import Table

    if name is None:
        table = Table(title=say("formats.title"), title_justify="left")
        for key in ("format", "what", "lacks"):
            table.add_column(say(f"formats.{key}"))
        for reader in shown:
            lacking = ", ".join(say(f"carries.{item}") for item in sorted(reader.lacks))
            table.add_row(reader.name, reader.title[lang], lacking)
        console().print(table)
        return
    table = Table(title=f"{shown[0].name}: {shown[0].title[lang]}", title_justify="left")
    table.add_column(say("formats.item"))
    table.add_column(say("formats.carried"))
    for item in sorted([*shown[0].carries, *shown[0].lacks]):
        mark = shown[0].lacks.get(item)
        table.add_row(say(f"carries.{item}"), say(f"formats.mark_{mark}") if mark else "✓")
    console().print(table)
