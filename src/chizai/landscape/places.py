"""Places: countries of applicants and inventors, offices, and the flow from one to the other."""

from __future__ import annotations

from typing import Any

import ibis
from ibis import _

from chizai.finding import Caveat, Column, Finding
from chizai.landscape import relations
from chizai.landscape.relations import SCALE
from chizai.landscape.scope import Scope
from chizai.landscape.statistics.proportions import proportion

USES = ("unit", "date", "country", "counting", "denominator", "family_basis")

KNOWN_SHARE = 0.5
"""Below this share of units with a known country no share of countries is given."""
REGISTRY_SHARE = 0.5
"""Above this share of the known countries from a company registry the known stand for its country, not for the world."""

COUNTRIES = (
    Column("country", "country"),
    Column("units", "count"),
    Column("weight", "count"),
    Column("share", "share", low="share_low", high="share_high"),
    Column("share_low", "share"),
    Column("share_high", "share"),
)


def countries(scope: Scope) -> Finding:
    """Units by country under the convention's country basis; those of unknown country stand in a row of their own.

    With the denominator ``classified`` shares are of the units with a known country, and the unknown row has none.
    """
    rows = scope.actors("country")
    counted = relations.counted(rows, scope.convention, keys=("actor",), share=(rows.m, rows.n))
    found = scope.run(counted.order_by(ibis.desc("weight"), "actor")).to_pylist()
    known = [row for row in found if row["actor"] is not None]
    unknown = [row for row in found if row["actor"] is None]
    without = scope.total - _units_in(scope, rows)
    if without:
        # Units that name nobody at all are of unknown country too.
        seen = unknown[0] if unknown else {"units": 0, "weight": 0}
        unknown = [{"actor": None, "units": seen["units"] + without, "weight": seen["weight"] + without * SCALE}]
    ordered = known + unknown
    units_known = _units_in(scope, rows.filter(rows.actor.notnull()))
    amount = [row["weight"] / SCALE for row in ordered]
    if scope.convention.denominator == "all":
        whole = float(scope.total)
    else:
        whole = sum(amount[: len(known)]) if _sums_to_units(scope) else float(units_known)
    shares = proportion([min(value, whole) for value in amount], whole, confidence=scope.convention.confidence or 0.9)
    out: tuple[list[float | None], ...] = (shares.value.tolist(), shares.low.tolist(), shares.high.tolist())
    if scope.convention.denominator != "all":
        for values in out:
            values[len(known) :] = [None] * len(unknown)
    caveats = _withheld(scope, units_known) if scope.convention.denominator != "all" else []
    if caveats:
        out = tuple([None] * len(ordered) for _values in out)
    caveats += _unknown(scope, units_known)
    return scope.finding(
        "countries",
        COUNTRIES,
        {
            "country": [row["actor"] for row in ordered],
            "units": [row["units"] for row in ordered],
            "weight": amount,
            "share": out[0],
            "share_low": out[1],
            "share_high": out[2],
        },
        uses=USES,
        caveats=caveats,
        facts={"known_share": units_known / scope.total},
    )


def _withheld(scope: Scope, known: int) -> list[Caveat]:
    """Why shares among the units of known country are not given: they would be read as shares of all."""
    if known and known < KNOWN_SHARE * scope.total:
        return [Caveat("too_few_known")]
    if known and scope.registry > REGISTRY_SHARE * known:
        return [Caveat("too_few_stated")]
    return []


def _unknown(scope: Scope, known: int) -> list[Caveat]:
    """What is not known of the units' countries. A unit of which any party's country is known counts as known."""
    if not known:
        return [Caveat("no_country")]
    if known < scope.total:
        return [Caveat("unknown_country", {"share": f"{1 - known / scope.total:.0%}"})]
    return []


def _sums_to_units(scope: Scope) -> bool:
    """Fractional weights add up to the number of units; whole counts do not."""
    return scope.convention.counting == "fractional" or scope.convention.country == "first_applicant"


def _units_in(scope: Scope, rows: Any) -> int:
    return int(scope.run(rows.unit.nunique().as_table())[0][0].as_py())


OFFICES = (
    Column("office", "country"),
    Column("publications", "count"),
    Column("units", "count"),
    Column("grants", "count"),
    Column("unit_share", "share", low="share_low", high="share_high"),
    Column("share_low", "share"),
    Column("share_high", "share"),
)


def offices(scope: Scope) -> Finding:
    """Publications, units and granted applications by office. A family counts at every office where it is present."""
    members = scope.members
    none = ibis.null("int64")
    found = scope.run(
        members.group_by("office")
        .agg(
            publications=_.count(),
            units=_.unit.nunique(),
            grants=ibis.ifelse(_.granted, _.application, none).nunique(),
        )
        .order_by(ibis.desc("units"), "office")
    )
    shares = proportion(found["units"].to_pylist(), scope.total, confidence=scope.convention.confidence or 0.9)
    return scope.finding(
        "offices",
        OFFICES,
        {
            **{name: found[name].to_pylist() for name in ("office", "publications", "units", "grants")},
            "unit_share": shares.value.tolist(),
            "share_low": shares.low.tolist(),
            "share_high": shares.high.tolist(),
        },
        uses=("unit", "family_basis"),
    )


FLOWS = (
    Column("origin", "country"),
    Column("office", "country"),
    Column("units", "count"),
    Column("weight", "count"),
    Column("share_of_origin", "share"),
)


def flows(scope: Scope) -> Finding:
    """From the country of origin to the offices where protection is sought: units of an origin present at an office.

    ``share_of_origin`` is null where the origin of most units is unknown, or known from a company registry only.
    """
    rows = scope.actors("country").filter(_.actor.notnull())
    present = scope.members.select("unit", "office").distinct()
    joined = rows.join(present, "unit")
    counted = relations.counted(joined, scope.convention, keys=("actor", "office"), share=(joined.m, joined.n))
    whole = relations.counted(rows, scope.convention, keys=("actor",), share=(rows.m, rows.n))
    totals = dict(
        zip(*(column.to_pylist() for column in scope.run(whole.select("actor", "weight")).columns), strict=True)
    )
    found = scope.run(counted.order_by(ibis.desc("weight"), "actor", "office")).to_pylist()
    known = _units_in(scope, rows)
    withheld = _withheld(scope, known)
    return scope.finding(
        "flows",
        FLOWS,
        {
            "origin": [row["actor"] for row in found],
            "office": [row["office"] for row in found],
            "units": [row["units"] for row in found],
            "weight": [row["weight"] / SCALE for row in found],
            "share_of_origin": [None if withheld else row["weight"] / totals[row["actor"]] for row in found],
        },
        uses=("unit", "country", "counting", "family_basis"),
        caveats=[*withheld, *_unknown(scope, known)],
    )
