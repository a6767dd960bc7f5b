"""Publicly funded patents by agency, and patents that mention a standard."""

from __future__ import annotations

import ibis
from ibis import _

from chizai.finding import Caveat, Column, Finding
from chizai.landscape.scope import Scope
from chizai.landscape.statistics.proportions import proportion

FUNDING = (
    Column("agency", "code"),
    Column("units", "count"),
    Column("share", "share", low="share_low", high="share_high"),
    Column("share_low", "share"),
    Column("share_high", "share"),
    Column("contracts", "count"),
    Column("first_year", "year"),
    Column("last_year", "year"),
)


def funding(scope: Scope) -> Finding:
    """Units with a government-interest statement by agency; ``share`` is of all units of the selection."""
    rows = scope.corpus["funding"].join(scope.members.select("pub", "unit"), "pub")
    rows = rows.join(scope.units.select("unit", "year"), "unit")
    named = rows.mutate(agency=ibis.coalesce(rows.agency, ibis.literal("?")))
    table = (
        named.group_by("agency")
        .agg(units=_.unit.nunique(), contracts=_.contract.nunique(), first_year=_.year.min(), last_year=_.year.max())
        .order_by(ibis.desc("units"), "agency")
    )
    found = scope.run(table)
    whole = scope.run(rows.aggregate(units=_.unit.nunique(), derived=_.derived.max())).to_pylist()[0]
    shares = proportion(found["units"].to_pylist(), scope.total, confidence=scope.confidence)
    caveats = []
    if not whole["units"]:
        caveats.append(Caveat("not_carried"))
    elif whole["derived"]:
        caveats.append(Caveat("derived_from_text"))
    facts: dict[str, object] = {}
    # Where the sources do not carry the item, nothing was counted: no zero, and no share of zero.
    if whole["units"]:
        overall = proportion([whole["units"]], scope.total, confidence=scope.confidence)
        facts = {
            "funded_units": whole["units"],
            "funded_share": float(overall.value[0]),
            "funded_share_low": float(overall.low[0]),
            "funded_share_high": float(overall.high[0]),
        }
    return scope.finding(
        "funding",
        FUNDING,
        {
            "agency": found["agency"].to_pylist(),
            "units": found["units"].to_pylist(),
            "share": shares.value.tolist(),
            "share_low": shares.low.tolist(),
            "share_high": shares.high.tolist(),
            **{name: found[name].to_pylist() for name in ("contracts", "first_year", "last_year")},
        },
        uses=("unit", "date", "family_basis"),
        caveats=caveats,
        facts=facts,
    )


STANDARDS = (
    Column("standard", "code"),
    Column("units", "count"),
    Column("share", "share", low="share_low", high="share_high"),
    Column("share_low", "share"),
    Column("share_high", "share"),
    Column("players", "count"),
    Column("first_year", "year"),
    Column("last_year", "year"),
)


def standards(scope: Scope, *, top: int | None = None) -> Finding:
    """Units that mention a standard, by standard. A mention is not a declaration of essentiality."""
    rows = scope.corpus["standard"].join(scope.members.select("pub", "unit"), "pub")
    rows = rows.select("unit", "standard").distinct().join(scope.units.select("unit", "year"), "unit")
    table = rows.group_by("standard").agg(units=_.count(), first_year=_.year.min(), last_year=_.year.max())
    held = scope.players.select("unit", "player").join(rows, "unit").group_by("standard")
    table = table.left_join(held.agg(players=_.player.nunique()), "standard").drop("standard_right")
    ordered = table.order_by(ibis.desc("units"), "standard")
    found = scope.run(ordered.limit(top) if top is not None else ordered)
    whole = int(scope.run(rows.unit.nunique().as_table())[0][0].as_py())
    shares = proportion(found["units"].to_pylist(), scope.total, confidence=scope.confidence)
    return scope.finding(
        "standards",
        STANDARDS,
        {
            "standard": found["standard"].to_pylist(),
            "units": found["units"].to_pylist(),
            "share": shares.value.tolist(),
            "share_low": shares.low.tolist(),
            "share_high": shares.high.tolist(),
            **{name: found[name].to_pylist() for name in ("players", "first_year", "last_year")},
        },
        uses=("unit", "date", "family_basis"),
        caveats=[Caveat("mention_not_essential" if whole else "not_carried")],
        facts={"mentioning_units": whole} if whole else {},
        parameters={"top": top},
    )
