"""``chizai plan compute``: KPI values from primary data instead of quoted ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chizai.cli.context import JsonOption, chosen_lang, console, print_json
from chizai.messages import lookup, text

if TYPE_CHECKING:
    from chizai.series.computed.values import Computed, Row


def _say(key: str, **values: object) -> str:
    return text(f"series.cli.compute.{key}", chosen_lang(), **values)


def register(plan_app: typer.Typer) -> None:
    plan_app.command("compute", help=_say("help"), epilog=_say("epilog"))(compute)


def compute(
    name: Annotated[str, typer.Argument(help=_say("name"), show_default=False)],
    files: Annotated[list[Path] | None, typer.Argument(help=_say("files"), show_default=False)] = None,
    price: Annotated[list[str] | None, typer.Option("--price", help=_say("price"), metavar="FILE=YEN")] = None,
    depreciation: Annotated[list[float] | None, typer.Option("--depreciation", help=_say("depreciation"))] = None,
    country: Annotated[str, typer.Option("--country", help=_say("country"))] = "JP",
    top: Annotated[int, typer.Option("--top", min=1, max=200, help=_say("top"))] = 5,
    unit: Annotated[str | None, typer.Option("--unit", help=_say("unit"))] = None,
    source: Annotated[str | None, typer.Option("--source", help=_say("source"))] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help=_say("only"), metavar="COLUMN=VALUE")] = None,
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
    one = given[0] if given else None
    how: dict[str, Any] = {}
    if one is not None:
        how = {"unit": unit, "source": source, "only": _pairs(only)}
    ways: dict[str, Callable[[], Computed]] = {
        "intangible-share": lambda: values.intangible_share(given, prices=_prices(price, given)),
        "rd-stock": lambda: values.rd_stock(one, depreciation=depreciation or (0.15, 0.33, 0.50), **how),
        "iso-secretariats": lambda: values.iso_secretariats(one, country=country.upper(), top=top),
        "seizures": lambda: values.seizures(one, **how),
        "exports": lambda: values.exports(one, **how),
        "cool-japan": values.cool_japan,
    }
    found = ways[name]()
    if as_json:
        print_json(found.as_dict())
        return
    _print(found)


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
