"""Commands of the follow-up: assess a table, show KPIs, status, the Cool Japan accounts and single series."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chizai.cli.context import JsonOption, chosen_lang, console, print_json
from chizai.messages import text


def _say(key: str, **values: object) -> str:
    return text(f"series.cli.{key}", chosen_lang(), **values)


def register(plan_app: typer.Typer) -> None:
    for name, command in (("assess", assess),):
        plan_app.command(name, help=_say(f"{name}.help"), epilog=_say(f"{name}.epilog"))(command)


def assess(
    path: Annotated[Path, typer.Argument(help=_say("assess.path"), show_default=False)],
    as_json: JsonOption = False,
) -> None:
    from chizai.series.assess.rows import assess_file

    rows = assess_file(path)
    if as_json:
        print_json(rows)
        return
    from chizai.series.assess import status_word

    lang = chosen_lang()
    _table(
        [_say(f"column.{name}") for name in ("id", "value", "score", "status", "reasons")],
        [
            [
                row["id"],
                _shown(row["progress_value"]),
                _shown(row["score"]),
                status_word(row["status"], lang),
                "\n".join(reason[lang] for reason in row["reasons"]),
            ]
            for row in rows
        ],
    )


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _table(header: list[str], rows: list[list[Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = Table(show_lines=False)
    for label in header:
        out.add_column(label)
    for row in rows:
        out.add_row(*(Text(str(cell)) for cell in row))
    console().print(out)
