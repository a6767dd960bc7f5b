"""``chizai plan compute``: KPI values from primary data instead of quoted ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chizai.cli import complete
from chizai.cli.context import JsonOption, chosen_lang, console, print_json
from chizai.messages import lookup, text

if TYPE_CHECKING:
    from chizai.series.computed.values import Computed, Row


def _say(key: str, **values: object) -> str:
    return text(f"series.cli.compute.{key}", chosen_lang(), **values)


def register(plan_app: typer.Typer) -> None:
    plan_app.command("compute", help=_say("help"), epilog=_say("epilog"))(compute)


def compute(
    name: Annotated[str, typer.Argument(help=_say("name"), show_default=False, autocompletion=complete.values)],
    files: Annotated[list[Path] | None, typer.Argument(help=_say("files"), show_default=False)] = None,
    price: Annotated[list[str] | None, typer.Option("--price", help=_say("price"), metavar="FILE=YEN")] = None,
    depreciation: Annotated[list[float] | None, typer.Option("--depreciation", help=_say("depreciation"))] = None,
    country: Annotated[str | None, typer.Option("--country", help=_say("country"), show_default="JP")] = None,
    top: Annotated[int | None, typer.Option("--top", min=1, max=200, help=_say("top"), show_default="5")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help=_say("unit"))] = None,
    source: Annotated[str | None, typer.Option("--source", help=_say("source"))] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help=_say("only"), metavar="COLUMN=VALUE")] = None,
    rejects: Annotated[Path | None, typer.Option("--rejects", help=_say("rejects"))] = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.errors import UnknownChoice
    from chizai.series.computed import values

    given = files or []
    if name not in values.NAMES:
        raise UnknownChoice(kind="value", name=name, known=", ".join(values.NAMES))
    if name == "intangible-share" and not given:
        raise typer.BadParameter(_say("files_needed"))
    if name == "cool-japan" and given:
        raise typer.BadParameter(_say("no_file"))
    if len(given) > 1 and name != "intangible-share":
        raise typer.BadParameter(_say("one_file"))
    pairs = _pairs(only)
    _all_used(name, with_file=bool(given), price=price, depreciation=depreciation, country=country, top=top, unit=unit,
              source=source, only=only, rejects=rejects)  # fmt: skip
    one = given[0] if given else None
    how: dict[str, Any] = {"unit": unit, "source": source, "only": pairs} if one is not None else {}
    ways: dict[str, Callable[[], Computed]] = {
        "intangible-share": lambda: values.intangible_share(given, prices=_prices(price, given)),
        "rd-stock": lambda: values.rd_stock(one, depreciation=depreciation or (0.15, 0.33, 0.50), **how),
        "iso-secretariats": lambda: values.iso_secretariats(one, country=(country or "JP").upper(), top=top or 5),
        "seizures": lambda: values.seizures(one, **how),
        "exports": lambda: values.exports(one, **how),
        "cool-japan": values.cool_japan,
    }
    found = ways[name]()
    kept = _keep_rejects(found, one, rejects)
    if as_json:
        print_json({**found.as_dict(), "rejects_file": kept})
        return
    _print(found)
    if kept is not None:
        print(_say("left_out", count=len(found.rejects), path=kept))


TABLE = {"rd-stock", "seizures", "exports"}
TAKEN_BY: dict[str, set[str]] = {
    "price": {"intangible-share"},
    "depreciation": {"rd-stock"},
    "country": {"iso-secretariats"},
    "top": {"iso-secretariats"},
    **dict.fromkeys(("unit", "source", "only", "rejects"), TABLE),
}
"""Which value takes which option; those of ``TABLE`` describe a CSV and mean nothing without one."""


def _all_used(name: str, *, with_file: bool, **given: object) -> None:
    """Refuse an option that would change nothing: its writer believes that it did."""
    for option, value in given.items():
        if value is None or value == []:
            continue
        if name not in TAKEN_BY[option]:
            raise typer.BadParameter(_say("no_use", option=f"--{option}", name=name))
        if TAKEN_BY[option] is TABLE and not with_file:
            raise typer.BadParameter(_say("file_first", option=f"--{option}"))


def _keep_rejects(found: Computed, file: Path | None, to: Path | None) -> Path | None:
    """Write the rows that count nowhere to a file, with the reason of each; None where there are none."""
    if not found.rejects or file is None:
        return None
    import csv

    from chizai.errors import OutputInUse
    from chizai.files import defused, new_file

    head = ["file", "row", "column", "value", "code", "reason"]
    target = to or Path(f"{file.stem}.rejects.csv")
    if target.is_file() and not target.read_bytes()[:200].decode("utf-8-sig", "replace").startswith(",".join(head)):
        raise OutputInUse(path=str(target))
    with new_file(target) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(head)
        for one in found.rejects:
            reason = _say("no_figure", period=one.detail)
            cells = [file.name, one.row, one.column, one.value, one.code, reason]
            writer.writerow([defused(cell) for cell in cells])
    return target


def _pairs(written: Sequence[str] | None) -> dict[str, str]:
    pairs = [one.partition("=") for one in written or ()]
    if any(not (left and equals) for left, equals, _ in pairs):
        raise typer.BadParameter(_say("pair"))
    return {left.strip(): right.strip() for left, _, right in pairs}


def _prices(written: Sequence[str] | None, files: Sequence[Path]) -> dict[str, float]:
    """Share prices by file name; the name may be left out where there is one file."""
    from chizai.series.numbers import number

    found: dict[str, float] = {}
    known = {path.name for path in files}
    for one in written or ():
        name, equals, shown = one.rpartition("=")
        if not equals and len(files) == 1:
            name = files[0].name
        value = number(shown)
        if Path(name).name not in known or value is None or value <= 0:
            raise typer.BadParameter(_say("bad_price", value=one[:80]))
        found[Path(name).name] = value
    return found


# Tables --------------------------------------------------------------------------------------------------------------

PERCENT = (
    "share",
    "low",
    "high",
    "growth",
    "growth_low",
    "growth_high",
    "growth_printed",
    "growth_needed",
    "contribution",
)


def _print(found: Computed) -> None:
    from rich.table import Table
    from rich.text import Text

    lang = chosen_lang()
    for name, rows in found.tables.items():
        columns = [column for column in rows[0] if any(row.get(column) is not None for row in rows)]
        table = Table(title=text(f"series.computed.table.{name}", lang), title_justify="left")
        for column in columns:
            table.add_column(_label(column), overflow="fold")
        for row in rows:
            table.add_row(*(Text(_cell(column, row)) for column in columns))
        console().print(table)
    for note in found.notes:
        print(note.text(lang))


def _label(column: str) -> str:
    head, _, rest = column.partition("_")
    if head in ("stock", "level") and rest:
        return text(f"series.computed.column.{head}", chosen_lang(), name=rest)
    return text(f"series.computed.column.{column}", chosen_lang())


def _cell(column: str, row: Row) -> str:
    from chizai.series.units import unit_label

    lang = chosen_lang()
    value = row.get(column)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return text(f"series.computed.verdict.{'within' if value else 'outside'}", lang)
    if isinstance(value, dict):
        return str(value[lang])
    if column == "unit":
        return unit_label(str(value), lang)
    if value == "total":
        return _label("total")
    if column in ("plan", "item"):
        return text(f"series.word.{value}", lang)
    if isinstance(value, float):
        return (
            f"{round(value, 4) + 0.0:.2%}"
            if column in PERCENT
            else f"{value:,.5g}"
            if abs(value) < 1e5
            else f"{value:,.0f}"
        )
    named = lookup(f"series.computed.{column}.{value}", lang) if isinstance(value, str) else None
    return named if isinstance(named, str) else str(value)
