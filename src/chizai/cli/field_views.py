"""What ``chizai fields`` shows: the list, one definition, its check, its sample."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from chizai import fields
from chizai.cli.context import chosen_lang, console, print_json, say
from chizai.errors import NothingAdded, NoWorkspace
from chizai.fields import Field
from chizai.messages import text


def run(
    name: str | None,
    *,
    workspace: Path,
    check: bool,
    sample: bool,
    size: int,
    collections: tuple[str, ...] | None,
    file: Path | None,
    as_json: bool,
) -> None:
    chosen = _chosen(name, file, workspace)
    if sample:
        _show_sample(_single(chosen), workspace, collections, size=size, as_json=as_json)
    elif check:
        _show_check(chosen, workspace, collections, as_json=as_json)
    elif name is not None or file is not None:
        _show_definition(_single(chosen), as_json=as_json)
    else:
        _show_list(chosen, as_json=as_json)


def _chosen(name: str | None, file: Path | None, workspace: Path) -> list[Field]:
    if file is not None and name is not None:
        raise typer.BadParameter(say("fields.name_or_file"))
    if file is not None:
        return [fields.load(file)]
    if name is None:
        return list(fields.shipped().values())
    from chizai.landscape.field_publications import find_field
    from chizai.workspace.config import Settings

    opened = _workspace(workspace)
    settings = opened.settings if opened is not None else Settings()
    return [find_field(name, settings=settings, root=workspace)]


def _single(chosen: list[Field]) -> Field:
    if len(chosen) != 1:
        raise typer.BadParameter(say("fields.one_needed"))
    return chosen[0]


def _workspace(path: Path) -> Any:
    from chizai.workspace import Workspace

    try:
        return Workspace(path)
    except NoWorkspace:
        return None


def _show_list(chosen: list[Field], *, as_json: bool) -> None:
    if as_json:
        print_json([field.model_dump(mode="json") for field in chosen])
        return
    lang = chosen_lang()
    table = Table()
    for key in ("id", "name", "set", "rules", "codes"):
        table.add_column(say(f"fields.column_{key}"), no_wrap=key == "id")
    for field in chosen:
        codes = {code for rule in field.include for code in (*rule.codes, *rule.cpc, *rule.ipc, *rule.fi)}
        table.add_row(
            field.id,
            getattr(field.name, lang),
            text(f"fields.set.{field.set}", lang),
            str(len(field.include)),
            ", ".join(sorted({code[:4] for code in codes})[:6]),
        )
    console().print(table)


def _show_definition(field: Field, *, as_json: bool) -> None:
    if as_json:
        print_json(field.model_dump(mode="json"))
        return
    lang = chosen_lang()
    out = console()
    out.print(f"[bold]{getattr(field.name, lang)}[/bold]  {field.id} (v{field.version})")
    if field.source is not None:
        out.print(f"{say('fields.source')}: {getattr(field.source, lang)}")
    for key, rules in (("include", field.include), ("exclude", field.exclude)):
        for number, rule in enumerate(rules, start=1):
            out.print(f"\n{say(f'fields.{key}')} {number}: {rule.name or ''}")
            for scheme in ("codes", "cpc", "ipc", "fi", "fterm", "except_codes"):
                codes = getattr(rule, scheme)
                if codes:
                    out.print(f"  {say(f'fields.scheme_{scheme}')}: {', '.join(codes)}")
            for word_lang in ("ja", "en"):
                words = getattr(rule.words, word_lang)
                if words:
                    out.print(f"  {say(f'fields.words_{word_lang}')}: {', '.join(words)}")
    if field.note is not None:
        out.print(f"\n{getattr(field.note, lang)}")


def _tables(workspace: Path, collections: tuple[str, ...] | None) -> Any:
    opened = _workspace(workspace)
    if opened is None or not opened.snapshots():
        return None
    from chizai.landscape.field_publications import readable_tables

    return readable_tables(opened.open_corpus(), collections)


def _show_check(chosen: list[Field], workspace: Path, collections: tuple[str, ...] | None, *, as_json: bool) -> None:
    lang = chosen_lang()
    tables = _tables(workspace, collections)
    found = [problem for field in chosen for problem in fields.check(field, tables=tables)]
    if as_json:
        print_json(
            [
                {"field": problem.field, "code": problem.code, "severity": problem.severity, "text": problem.text(lang)}
                for problem in found
            ]
        )
    else:
        for problem in found:
            print(f"{problem.field}: {text(f'fields.severity.{problem.severity}', lang)}: {problem.text(lang)}")
        print(say("fields.checked", fields=len(chosen), problems=len(found)))
        if tables is None:
            print(say("fields.no_collection" if _workspace(workspace) is None else "fields.nothing_added"))
    if any(problem.severity == "error" for problem in found):
        raise typer.Exit(1)


def _show_sample(
    field: Field, workspace: Path, collections: tuple[str, ...] | None, *, size: int, as_json: bool
) -> None:
    lang = chosen_lang()
    tables = _tables(workspace, collections)
    if tables is None:
        raise (NoWorkspace if _workspace(workspace) is None else NothingAdded)(path=str(workspace))
    rows = fields.sample(tables, field, size=size)
    if as_json:
        print_json([{**asdict(row), "why": row.why(lang)} for row in rows])
        return
    table = Table()
    for key in ("group", "publication", "title", "why"):
        table.add_column(say(f"fields.column_{key}"), no_wrap=key == "publication")
    for row in rows:
        table.add_row(text(f"fields.sample.{row.group}", lang), row.publication_id, row.title or "", row.why(lang))
    console().print(table)
