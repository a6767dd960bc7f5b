"""The documents behind the figures: one row a unit, with all that other figures count it by."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import ibis
from ibis import _

from chizai.finding import Caveat, Column, Finding
from chizai.landscape.scope import Scope

COLUMNS = (
    Column("publication", "code"),
    Column("title", "text"),
    Column("date", "date"),
    Column("applicants", "text"),
    Column("countries", "text"),
    Column("codes", "text"),
    Column("granted", "flag"),
    Column("publications_held", "text"),
)
USES = ("unit", "date", "country", "technology", "level", "family_basis", "player_level")
BETWEEN = "; "
NO_DATE = "1000-01-01"
"""Stands for no date when units are put in order: engines differ in where they put NULL."""


def documents(scope: Scope, *, top: int | None = 1000) -> Finding:
    """Every unit of the selection, the newest first, with its players, countries, classes and publications.

    They are those that the other figures count: as many rows name a player, a country or a class here as ``players``,
    ``countries`` and ``classes`` give it units. ``publication`` and ``title`` are of the unit's earliest publication.
    """
    units = scope.units.select("unit", "date", "granted", "first_pub")
    units = units.mutate(known=ibis.coalesce(units.date, ibis.literal(NO_DATE).cast("date")))
    ordered = units.order_by(ibis.desc("known"), "unit")
    chosen = units if top is None else scope.corpus.keep("documents", ordered.limit(top))
    found = scope.run(chosen.order_by(ibis.desc("known"), "unit")).to_pylist()

    def lists(rows: Any, value: str, *order: str) -> dict[int, list[Any]]:
        """The values of each unit that is shown, each once, in that order."""
        inside = rows.semi_join(chosen, "unit").filter(_[value].notnull()).select("unit", value, *order)
        made: dict[int, dict[Any, None]] = defaultdict(dict)
        for row in scope.run(inside.order_by("unit", *order, value)).to_pylist():
            made[row["unit"]][row[value]] = None
        return {unit: list(values) for unit, values in made.items()}

    def listed(values: dict[int, list[Any]]) -> list[str | None]:
        return [BETWEEN.join(map(str, values[row["unit"]])) if row["unit"] in values else None for row in found]

    names = scope.corpus["player"].select("player", "name")
    titles = scope.corpus["text"].filter(_.part == "title").select("pub", "text")
    ids = scope.corpus["publication"].select("pub", "publication_id")
    first = chosen.select("unit", pub=chosen.first_pub)
    players = lists(scope.players, "player", "sequence")
    named = scope.run(names.semi_join(scope.players.semi_join(chosen, "unit"), "player"))
    name_of = dict(zip(named["player"].to_pylist(), named["name"].to_pylist(), strict=True))
    players = {unit: [name_of[player] for player in held] for unit, held in players.items()}
    title = lists(first.join(titles, "pub"), "text")
    members = lists(scope.members.select("unit", "pub").join(ids, "pub"), "publication_id", "pub")
    opening = lists(first.join(ids, "pub"), "publication_id")
    caveats = [Caveat("documents_left_out", {"shown": f"{len(found):,}", "total": f"{scope.total:,}"})]
    uses = USES if scope.convention.technology != "wipo35" else tuple(name for name in USES if name != "level")
    return scope.finding(
        "documents",
        COLUMNS,
        {
            "publication": [opening[row["unit"]][0] for row in found],
            "title": [title[row["unit"]][0] if row["unit"] in title else None for row in found],
            "date": [row["date"] for row in found],
            "applicants": listed(players),
            "countries": listed(lists(scope.actors("country"), "actor")),
            "codes": listed(lists(scope.technologies(), "code")),
            "granted": [row["granted"] for row in found],
            "publications_held": listed(members),
        },
        uses=uses,
        caveats=caveats if len(found) < scope.total else (),
        facts={"units": scope.total},
        parameters={"top": top},
    )
