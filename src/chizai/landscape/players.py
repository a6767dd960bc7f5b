"""Players: harmonised applicants, how much each has, since when, and with whom."""

from __future__ import annotations

from typing import Any

import ibis
from ibis import _

from chizai.finding import Caveat, Column, Finding
from chizai.landscape import relations
from chizai.landscape.relations import SCALE
from chizai.landscape.scope import Scope
from chizai.landscape.statistics.proportions import proportion

USES = ("unit", "date", "counting", "family_basis", "player_level")

PLAYERS = (
    Column("rank", "number"),
    Column("player", "text"),
    Column("units", "count"),
    Column("share", "share", low="share_low", high="share_high"),
    Column("share_low", "share"),
    Column("share_high", "share"),
    Column("country", "country"),
    Column("weight", "count"),
    Column("applications", "count"),
    Column("grants", "count"),
    Column("families", "count"),
    Column("ipf", "count"),
    Column("first_year", "year"),
    Column("last_year", "year"),
    Column("identity", "code"),
)


def named(scope: Scope, rows: Any) -> Any:
    """``rows`` (with a column ``player``) joined to the players' names. A tie in rank is broken by identity."""
    return rows.join(scope.corpus["player"].select("player", "identity", "name"), "player")


def players(scope: Scope, *, top: int | None = None) -> Finding:
    """Applicants ranked by what they hold, counted whole and fractionally, under several units at once.

    ``units`` counts each unit once for each of its applicants; ``weight`` gives each applicant 1/n of a unit. The rank
    follows the convention's counting. ``share`` is of all units with an applicant, with a Wilson interval. ``country`` is
    that of most of the player's units.
    """
    rows = scope.players
    counted = (
        rows.mutate(weight=SCALE // _.n.cast("int64"))
        .group_by("player")
        .agg(units=_.count(), weight=_.weight.sum().cast("int64"))
    )
    lived = relations.main_country(rows)
    years = (
        rows.join(scope.units.select("unit", "year"), "unit")
        .group_by("player")
        .agg(first_year=_.year.min(), last_year=_.year.max())
    )
    owned = (
        scope.corpus["party"]
        .filter((_.role == "applicant") & _.player.notnull())
        .select("pub", "player")
        .distinct()
        .join(scope.members.select("pub", "unit", "application", "family", "granted", "ipf"), "pub")
        .semi_join(rows, ["unit", "player"])
    )
    none = ibis.null("int64")
    several = owned.group_by("player").agg(
        applications=_.application.nunique(),
        grants=ibis.ifelse(_.granted, _.application, none).nunique(),
        families=_.family.nunique(),
        ipf=ibis.ifelse(_.ipf, _.family, none).nunique(),
    )
    by, then = ("weight", "units") if scope.convention.counting == "fractional" else ("units", "weight")
    table = counted.join(years, "player").join(several, "player").left_join(lived, "player").drop("player_right")
    table = named(scope, table).order_by(ibis.desc(by), ibis.desc(then), "identity")
    found = scope.run(table.limit(top) if top is not None else table)
    whole = int(scope.run(rows.select("unit").distinct().count().as_table())[0][0].as_py())
    amount = [value / SCALE for value in found["weight"].to_pylist()]
    units = found["units"].to_pylist()
    shares = proportion(amount if by == "weight" else units, whole, confidence=scope.convention.confidence or 0.9)
    caveats = []
    if whole < scope.total:
        caveats.append(Caveat("without_applicant", {"count": scope.total - whole, "total": scope.total}))
    if not any(found["country"].to_pylist()):
        caveats.append(Caveat("no_applicant_country"))
    caveats += scope.under(country="applicant").registry_caveat
    return scope.finding(
        "players",
        PLAYERS,
        {
            "rank": list(range(1, len(units) + 1)),
            "player": found["name"].to_pylist(),
            "country": found["country"].to_pylist(),
            "units": units,
            "weight": amount,
            "share": shares.value.tolist(),
            "share_low": shares.low.tolist(),
            "share_high": shares.high.tolist(),
            **{name: found[name].to_pylist() for name in ("applications", "grants", "families", "ipf")},
            "first_year": found["first_year"].to_pylist(),
            "last_year": found["last_year"].to_pylist(),
            "identity": found["identity"].to_pylist(),
        },
        uses=USES,
        caveats=caveats,
        facts={"players": _player_count(scope), "units_with_applicant": whole},
    )


def _player_count(scope: Scope) -> int:
    return int(scope.run(scope.players.player.nunique().as_table())[0][0].as_py())


TREND = (
    Column("player", "text"),
    Column("year", "year"),
    Column("units", "count"),
    Column("weight", "count"),
    Column("complete", "flag"),
)


def player_trend(scope: Scope, *, top: int = 10) -> Finding:
    """Counts by year of the largest players; incomplete years are marked, not dropped."""
    leaders = players(scope, top=top)
    order = {identity: rank for rank, identity in enumerate(leaders.column("identity"))}
    rows = scope.players
    table = named(
        scope,
        rows.join(scope.units.select("unit", "year"), "unit")
        .filter(_.year.notnull())
        .mutate(weight=SCALE // _.n.cast("int64"))
        .group_by("player", "year")
        .agg(units=_.count(), weight=_.weight.sum().cast("int64")),
    ).filter(_.identity.isin(list(order) or [""]))
    found = sorted(scope.run(table).to_pylist(), key=lambda row: (order[row["identity"]], row["year"]))
    last = scope.last_complete_year
    return scope.finding(
        "player_trend",
        TREND,
        {
            "player": [row["name"] for row in found],
            "year": [row["year"] for row in found],
            "units": [row["units"] for row in found],
            "weight": [row["weight"] / SCALE for row in found],
            "complete": [last is not None and row["year"] <= last for row in found],
        },
        uses=USES,
        parameters={"top": top},
        last_complete_year=last,
    )


ENTRY_EXIT = (
    Column("year", "year"),
    Column("active", "count"),
    Column("entrants", "count"),
    Column("exits", "count"),
    Column("entrant_share", "share", low="entrant_low", high="entrant_high"),
    Column("entrant_low", "share"),
    Column("entrant_high", "share"),
    Column("complete", "flag"),
)


def entry_exit(scope: Scope, *, silence: int = 3) -> Finding:
    """Players active, new and gone by year.

    A player enters in the year of its first unit and leaves in the year of its last one, provided that ``silence``
    complete years without a unit follow; a later exit cannot be known yet and is null, never 0.
    """
    # Over all years: who is silent after the years that were selected has not left, and who was there before is not new.
    ever = scope.of_all_years
    active = ever.players.join(ever.units.select("unit", "year"), "unit").filter(_.year.notnull())
    by_year = scope.run(
        scope.in_selected_years(active.group_by("year").agg(active=_.player.nunique())).order_by("year")
    )
    spans = active.group_by("player").agg(first=_.year.min(), last=_.year.max())
    entered = dict(_pairs(scope, spans.group_by("first").agg(n=_.count())))
    left = dict(_pairs(scope, spans.group_by("last").agg(n=_.count())))
    years, counts = by_year["year"].to_pylist(), by_year["active"].to_pylist()
    last = ever.last_complete_year
    entrants = [entered.get(year, 0) for year in years]
    shares = proportion(entrants, counts, confidence=scope.convention.confidence or 0.9)
    return scope.finding(
        "entry_exit",
        ENTRY_EXIT,
        {
            "year": years,
            "active": counts,
            "entrants": entrants,
            "exits": [left.get(year, 0) if last is not None and year + silence <= last else None for year in years],
            "entrant_share": shares.value.tolist(),
            "entrant_low": shares.low.tolist(),
            "entrant_high": shares.high.tolist(),
            "complete": [last is not None and year <= last for year in years],
        },
        uses=("unit", "date", "family_basis", "player_level"),
        parameters={"silence": silence},
        caveats=[Caveat("first_year_entrants")] if years else [],
        last_complete_year=last,
    )


def _pairs(scope: Scope, expression: Any) -> list[tuple[int, int]]:
    table = scope.run(expression)
    return list(zip(table[0].to_pylist(), table["n"].to_pylist(), strict=True))


CO_APPLICANTS = (
    Column("player", "text"),
    Column("partner", "text"),
    Column("units", "count"),
    Column("jaccard", "index"),
    Column("first_year", "year"),
    Column("last_year", "year"),
)


def co_applicants(scope: Scope, *, top: int = 50) -> Finding:
    """Pairs of players that file together; ``jaccard`` is joint units over units of either."""
    rows = scope.players.select("unit", "player")
    sizes = rows.group_by("player").agg(size=_.count())
    pairs = (
        rows.join(rows.select("unit", partner=rows.player), "unit")
        .filter(_.player < _.partner)
        .join(scope.units.select("unit", "year"), "unit")
        .group_by("player", "partner")
        .agg(units=_.count(), first_year=_.year.min(), last_year=_.year.max())
    )
    table = pairs.join(sizes, "player").join(sizes.select(partner=sizes.player, partner_size=sizes["size"]), "partner")
    names = scope.corpus["player"]
    table = table.join(names.select("player", "identity", name=names.name), "player").join(
        names.select(partner=names.player, partner_name=names.name, partner_identity=names.identity), "partner"
    )
    found = scope.run(table.order_by(ibis.desc("units"), "identity", "partner_identity").limit(top)).to_pylist()
    return scope.finding(
        "co_applicants",
        CO_APPLICANTS,
        {
            "player": [row["name"] for row in found],
            "partner": [row["partner_name"] for row in found],
            "units": [row["units"] for row in found],
            "jaccard": [row["units"] / (row["size"] + row["partner_size"] - row["units"]) for row in found],
            "first_year": [row["first_year"] for row in found],
            "last_year": [row["last_year"] for row in found],
        },
        uses=("unit", "date", "family_basis", "player_level"),
        parameters={"top": top},
    )


def player_ids(scope: Scope, wanted: list[str]) -> tuple[int, ...]:
    """The players whose identity or name (any case) is wanted; UnknownChoice when one is not there."""
    from chizai.errors import UnknownChoice

    table = scope.corpus["player"]
    found: list[int] = []
    for text in wanted:
        hit = scope.run(table.filter((table.identity == text) | (table.name.lower() == text.lower())).select("player"))[
            "player"
        ].to_pylist()
        if not hit:
            near = scope.run(
                table.filter(table.name.lower().contains(text.lower())).select("name").order_by("name").limit(8)
            )["name"].to_pylist()
            raise UnknownChoice(kind="player", name=text, known=", ".join(near) or "-")
        found += hit
    return tuple(found)


__all__ = ["co_applicants", "entry_exit", "player_ids", "player_trend", "players", "relations"]
