"""The options that choose what is counted and how; the same for ``landscape``, ``show`` and ``export``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chizai.cli import complete
from chizai.cli.context import say
from chizai.convention import CHOICES
from chizai.errors import UnknownChoice


def _choice(name: str) -> Any:
    return typer.Option(
        f"--{name.replace('_', '-')}",
        help=say(f"option.{name}"),
        metavar="|".join(CHOICES[name]),
        autocompletion=complete.one_of(CHOICES[name]),
    )


Field = Annotated[str | None, typer.Option("--field", "-f", help=say("option.field"), autocompletion=complete.fields)]
Collection = Annotated[
    list[str] | None,
    typer.Option("--collection", "-c", help=say("option.collections"), autocompletion=complete.collections),
]
Years = Annotated[str | None, typer.Option("--years", help=say("option.years"), metavar="2005-2015")]
Office = Annotated[list[str] | None, typer.Option("--office", help=say("option.office"))]
Player = Annotated[list[str] | None, typer.Option("--player", help=say("option.player"))]
Unit = Annotated[str | None, _choice("unit")]
Date = Annotated[str | None, _choice("date")]
Country = Annotated[str | None, _choice("country")]
Counting = Annotated[str | None, _choice("counting")]
Technology = Annotated[str | None, _choice("technology")]
Level = Annotated[str | None, _choice("level")]
Denominator = Annotated[str | None, _choice("denominator")]
FamilyBasis = Annotated[str | None, _choice("family_basis")]
PlayerLevel = Annotated[str | None, _choice("player_level")]


BY = ("country", "player")


def known_by(by: str) -> None:
    """Refuse a ``--by`` that is none, for the analyses too that do not ask for it."""
    if by not in BY:
        raise UnknownChoice(kind="--by", name=by, known=", ".join(BY))


WAYS = "2005-2015, 2005-, -2015, 2010"
EARLIEST, LATEST = 1500, 2199


def years_of(text: str | None) -> tuple[int | None, int | None] | None:
    """``2005-2015``, ``2005-``, ``-2015`` or ``2010`` as (first, last).

    >>> years_of("2005-"), years_of("2010")
    ((2005, None), (2010, 2010))
    """
    if text is None:
        return None
    first, dash, last = text.partition("-")
    try:
        begin = int(first) if first else None
        end = (int(last) if last else None) if dash else begin
    except ValueError:
        raise UnknownChoice(kind="--years", name=text, known=WAYS) from None
    given = [year for year in (begin, end) if year is not None]
    if not given or given != sorted(given) or not all(EARLIEST <= year <= LATEST for year in given):
        raise UnknownChoice(kind="--years", name=text, known=WAYS)
    return begin, end


def selection(
    *,
    field: str | None,
    collection: list[str] | None,
    years: str | None,
    office: list[str] | None,
    player: list[str] | None,
    **choices: str | None,
) -> dict[str, Any]:
    """Command-line options as the arguments of ``Workspace.landscape``."""
    return {
        "field": field,
        "collection": tuple(collection) if collection else None,
        "years": years_of(years),
        "offices": tuple(code.upper() for code in office) if office else None,
        "players": tuple(player) if player else None,
        **{name: value for name, value in choices.items() if value is not None},
    }
