"""The relational half of the landscape: from the star of tables to counts, as Ibis expressions.

Every function here takes Ibis tables and returns an Ibis expression; none knows an engine or runs anything, so the same
expression runs on DuckDB, Spark and Sail and compiles for BigQuery. Fractional weights are 64-bit integers in units of
1/SCALE: sums are then bit-identical on every engine whatever the order of addition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
from ibis import _

from chizai.convention import Convention

SCALE = 232_792_560
"""lcm(1..20): shares of up to 20 parties or classes are exact, others are off by less than 5e-9 of a unit."""
ROOT_SCALE = 720_720
"""Weights are squared (for the variance of fractional counts) in this coarser unit, so that 64 bits hold the sum."""

COUNTED_KINDS = ("application", "grant", "utility_model", "other")
"""Designs, translations, search reports and corrections are not counted as inventions; the report says how many there are."""

IP5 = ("EP", "JP", "KR", "CN", "US")
PUBLICATIONS = 10**12
"""More publications than a corpus can have: a number of this size beside another makes one key of the two."""
_UNDATED = 4_000_000
"""Stands for no date in a key; days count fewer than this up to the year 9999."""
_UNIT_COLUMN = {
    "publication": "pub",
    "application": "application",
    "grant": "application",
    "simple_family": "family",
    "extended_family": "extended_family",
    "ipf": "family",
    "ip5": "family",
    "triadic": "family",
}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is counted at all. None means no limit."""

    collections: tuple[str, ...] | None = None
    offices: tuple[str, ...] | None = None
    years: tuple[int | None, int | None] | None = None
    players: tuple[int, ...] | None = None
    publications: Any = None
    """An Ibis table with a column ``pub``: the publications of a technology field."""


def publications(tables: Any, convention: Convention, selection: Selection) -> Any:
    """Publications that count, with the ``unit`` each belongs to. One row a publication."""
    rows = tables["publication"]
    rows = rows.filter(rows.kind_class.isin(COUNTED_KINDS))
    if selection.collections is not None:
        rows = rows.filter(rows.collection.isin(selection.collections))
    if selection.offices is not None:
        rows = rows.filter(rows.office.isin(selection.offices))
    rows = _families(rows, convention)
    unit = convention.unit or "publication"
    if unit == "grant":
        rows = rows.filter(rows.granted)
    if unit in ("ipf", "ip5", "triadic"):
        rows = rows.filter(rows[unit])
    return rows.mutate(unit=rows[_UNIT_COLUMN[unit]])


def _families(rows: Any, convention: Convention) -> Any:
    """``rows`` with their simple ``family`` and its flags under the family basis.

    Sources state simple families only: extended ones are from priorities, and so are the simple ones counted beside them.
    """
    if convention.family_basis != "source" or convention.unit == "extended_family":
        return rows.mutate(family=rows.simple_family)
    return rows.mutate(
        family=rows.source_family,
        family_basis=ibis.ifelse(rows.has_source_family, "source", rows.family_basis),
        **{flag: rows[f"source_{flag}"] for flag in ("ipf", "ip5", "triadic")},
    )


MEMBER_COLUMNS = (
    "pub", "unit", "office", "granted", "publication_date", "filing_date", "priority_date", "grant_date", "application",
    "family", "has_source_family", "family_basis", "ipf", "family_size", "times_cited", "claims",
)  # fmt: skip
"""What analyses ask of a publication; the ids, which are most of a publication's bytes, are not carried along."""


def members(tables: Any, convention: Convention, selection: Selection) -> Any:
    """As :func:`publications`, limited to the units of the selection, with :data:`MEMBER_COLUMNS`. One row a publication.

    A unit belongs to a field when any of its publications does; all its publications then count as its members.
    """
    rows = publications(tables, convention, selection)
    if selection.publications is not None:
        inside = rows.semi_join(selection.publications, "pub").select("unit").distinct()
        rows = rows.semi_join(inside, "unit")
    if selection.players is not None:
        owned = tables["party"].filter(_.player.isin(selection.players)).select("pub")
        inside = rows.semi_join(owned, "pub").select("unit").distinct()
        rows = rows.semi_join(inside, "unit")
    if selection.years is not None:
        dated = units(rows, convention)
        first, last = selection.years
        if first is not None:
            dated = dated.filter(dated.year >= first)
        if last is not None:
            dated = dated.filter(dated.year <= last)
        rows = rows.semi_join(dated, "unit")
    return rows.select(*MEMBER_COLUMNS)


def units(members: Any, convention: Convention) -> Any:
    """One row a unit: its date and year under the convention, and what its publications say together."""
    basis = convention.date or "publication"
    rows = members.group_by("unit").agg(
        date=_[f"{basis}_date"].min(),
        first_published=_.publication_date.min(),
        priority_date=_.priority_date.min(),
        filing_date=_.filing_date.min(),
        grant_date=_.grant_date.min(),
        granted=_.granted.max(),
        publications=_.count(),
        offices=_national(_.office).nunique(),
        claims=_.claims.max(),
        family_size=_.family_size.max(),
        times_cited=_.times_cited.sum(),
        first=_published(_).min(),
        ipf=_.ipf.max(),
    )
    rows = rows.mutate(year=rows.date.year().cast("int64"), first_pub=rows["first"] % PUBLICATIONS).drop("first")
    if convention.date == "grant" or convention.unit == "grant":
        return rows.mutate(reported=rows.grant_date)
    if convention.unit not in ("ipf", "ip5", "triadic"):
        return rows.mutate(reported=rows.first_published)
    return rows.join(reported(members, convention), "unit")


def _published(rows: Any) -> Any:
    """A number that puts publications in the order of their publication, without a date last, ties by ``pub``.

    One integer, since engines differ in where they sort NULL, and a group's smallest is found without sorting.
    """
    day = rows.publication_date
    place = (day.year().cast("int64") * 12 + day.month().cast("int64")) * 32 + day.day().cast("int64")
    return ibis.coalesce(place, ibis.literal(_UNDATED, "int64")) * PUBLICATIONS + rows.pub


def _national(office: Any) -> Any:
    """The office; none for WIPO, which grants nothing: an international application is present at no office yet."""
    return ibis.ifelse(office == "WO", ibis.null("string"), office)


def presence(tables: Any, convention: Convention, selection: Selection) -> Any:
    """(unit, offices): at how many offices each unit of the collections is present, whatever offices are selected."""
    rows = publications(tables, convention, Selection(collections=selection.collections))
    return rows.group_by("unit").agg(offices=_national(_.office).nunique())


def seen(units: Any) -> Any:
    """The day by which units are compared with others of their age: first publication, else grant, filing, priority.

    Whatever the convention's date: citations accrue from publication on.
    """
    return ibis.coalesce(units.first_published, units.grant_date, units.filing_date, units.priority_date)


def reported(members: Any, convention: Convention) -> Any:
    """(unit, reported): the day on which a family became visible as an international, IP5 or triadic one.

    An international family does when it reaches its second office (or EP, or PCT); an IP5 or triadic family when its last
    condition is met. Other units are seen when first published, grants when granted: see :func:`units`.
    """
    none = ibis.null("date")
    if convention.unit == "triadic":
        days = members.group_by("unit").agg(
            ep=ibis.ifelse(_.office == "EP", _.publication_date, none).min(),
            jp=ibis.ifelse(_.office == "JP", _.publication_date, none).min(),
            us=ibis.ifelse((_.office == "US") & _.granted, _.grant_date, none).min(),
        )
        return days.select("unit", reported=ibis.greatest(days.ep, days.jp, days.us))
    first = members.group_by("unit", "office").agg(day=_.publication_date.min())
    ranked = first.mutate(place=ibis.row_number().over(group_by="unit", order_by=["day", "office"]))
    second = ranked.group_by("unit").agg(
        second=ibis.ifelse(_.place == 1, _.day, none).max(),
        regional=ibis.ifelse(_.office.isin(("EP", "WO")), _.day, none).min(),
        ip5=ibis.ifelse(_.office.isin(IP5), _.day, none).min(),
    )
    if convention.unit == "ip5":
        return second.select("unit", reported=ibis.greatest(second.second, second.ip5))
    earlier = ibis.least(ibis.coalesce(second.second, second.regional), ibis.coalesce(second.regional, second.second))
    # A family that claims a foreign priority is international from its first publication on.
    known = members.group_by("unit").agg(first=_.publication_date.min())
    rows = second.mutate(reported=earlier).join(known, "unit")
    return rows.select("unit", reported=ibis.coalesce(rows.reported, rows["first"]))


def applicants(members: Any, tables: Any) -> Any:
    """Distinct (unit, player, country) of applicants, with ``n`` players a unit.

    ``registry`` says that the country comes from a company registry, since no publication of the unit states one.
    An applicant who is also named as an inventor is left out where the unit has another applicant: US applications
    before 2012 and PCT applications name the inventors as applicants for the United States.
    """
    party = tables["party"]
    rows = (
        party.filter((party.role == "applicant") & party.player.notnull())
        .join(members.select("pub", "unit"), "pub")
        .group_by("unit", "player")
        .agg(
            stated=ibis.ifelse(ibis.coalesce(_.country_source, "") == "registry", ibis.null("string"), _.country).min(),
            country=_.country.min(),
            inventor=_.also_inventor.min(),
            sequence=_.sequence.min(),
        )
    )
    rows = rows.mutate(
        country=ibis.coalesce(rows.stated, rows.country), registry=rows.stated.isnull() & rows.country.notnull()
    )
    kept = rows.mutate(only_inventors=rows.inventor.min().over(group_by="unit"))
    kept = kept.filter(~kept.inventor | kept.only_inventors)
    return kept.select("unit", "player", "country", "registry", "sequence", n=_a_unit(kept))


def first_applicants(applicants: Any) -> Any:
    """Of each unit's applicants those that stand first in its lists."""
    first = applicants.group_by("unit").agg(sequence=_.sequence.min())
    return applicants.join(first, ["unit", "sequence"])


def main_country(applicants: Any) -> Any:
    """(player, country): the country of most of the player's units; of several the first in the alphabet."""
    held = applicants.filter(_.country.notnull()).group_by("player", "country").agg(held=_.count())
    most = held.group_by("player").agg(held=_.held.max())
    return held.join(most, ["player", "held"]).group_by("player").agg(country=_.country.min())


def country_sources(applicants: Any, convention: Convention) -> Any:
    """(unit, registry) of units of known country: whether it comes from a company registry for any applicant counted."""
    rows = first_applicants(applicants) if convention.country == "first_applicant" else applicants
    known = rows.filter(_.country.notnull())
    return known.group_by("unit").agg(registry=_.registry.max())


def inventors(members: Any, tables: Any) -> Any:
    """(unit, country, m, n): m of the unit's n inventors live in the country.

    Inventors are taken from one publication, since the same person is spelled differently by each office: the unit's
    first one that gives a country of any, else the first that names any.
    """
    party = tables["party"]
    places = members.select("pub", "unit", place=_published(members))
    rows = party.filter(party.role == "inventor").join(places, "pub")
    told = ibis.ifelse(_.country.notnull(), _.place, ibis.null("int64"))
    first = rows.group_by("unit").agg(told=told.min(), named=_.place.min())
    people = rows.select("unit", "place", "country").join(
        first.select("unit", place=ibis.coalesce(first.told, first.named)), ["unit", "place"]
    )
    counted = people.group_by("unit", "country").agg(m=_.count())
    return counted.select("unit", "country", "m", n=counted.m.sum().over(group_by="unit").cast("int64"))


def _a_unit(rows: Any) -> Any:
    """How many rows a unit has, beside each row. A window, which an engine leaves out where nobody asks for it."""
    return rows.count().over(group_by="unit").cast("int64")


def player_actors(applicants: Any) -> Any:
    """(unit, actor, m, n) with the players of :func:`applicants` as actors."""
    return applicants.select("unit", actor=_.player, m=ibis.literal(1, "int64"), n=_.n)


def country_actors(members: Any, tables: Any, convention: Convention) -> Any:
    """(unit, actor, m, n) with countries as actors under the convention's country basis; unknown ones are NULL."""
    basis = convention.country or "applicant"
    if basis == "office":
        rows = members.select("unit", actor=members.office).distinct()
        return rows.select("unit", "actor", m=ibis.literal(1, "int64"), n=_a_unit(rows))
    if basis == "inventor":
        rows = inventors(members, tables)
        return rows.select("unit", "m", "n", actor=rows.country)
    rows = applicants(members, tables)
    if basis == "first_applicant":
        lone = first_applicants(rows).group_by("unit").agg(actor=_.country.min())
        return lone.select("unit", "actor", m=ibis.literal(1, "int64"), n=ibis.literal(1, "int64"))
    counted = rows.group_by("unit", "country").agg(m=_.count(), n=_.n.max())
    return counted.select("unit", "m", "n", actor=counted.country)


def technologies(members: Any, tables: Any, convention: Convention) -> Any:
    """(unit, code, k): distinct codes of each unit at the convention's level, k codes a unit."""
    if convention.technology == "wipo35":
        source = tables["technology"]
        rows = source.select("pub", code=source.field.cast("string"))
    else:
        level = convention.level or "subclass"
        source = tables["classification"].filter(_.scheme == (convention.technology or "cpc"))
        rows = source.select("pub", code=source["symbol" if level == "full" else level])
    rows = rows.join(members.select("pub", "unit"), "pub").select("unit", "code").distinct()
    return rows.select("unit", "code", k=_a_unit(rows))


def counted(rows: Any, convention: Convention, *, keys: tuple[str, ...], share: Any = None) -> Any:
    """Group ``rows`` by ``keys`` and count: ``units`` whole, ``weight`` in 1/SCALE under the convention's counting.

    A unit has at most one row for the same keys: so rows are counted, which costs a third of counting distinct units.
    ``squares`` is the sum of squared weights in 1/ROOT_SCALE squared: the variance of a fractional count.
    ``share`` gives a row's share of its unit as (numerator, denominator) Ibis columns; None means 1.
    """
    if share is None or convention.counting != "fractional":
        whole = rows.group_by(*keys).agg(units=_.count())
        return whole.select(*keys, "units", weight=whole.units * SCALE, squares=whole.units * ROOT_SCALE**2)
    numerator, denominator = share
    weighed = rows.mutate(weight=(numerator.cast("int64") * SCALE) // denominator.cast("int64"))
    root = weighed.weight // (SCALE // ROOT_SCALE)
    return (
        weighed.mutate(square=(root * root).cast("int64"))
        .group_by(*keys)
        .agg(weight=_.weight.sum().cast("int64"), squares=_.square.sum().cast("int64"), units=_.count())
    )


def cube(actors: Any, technologies: Any, convention: Convention) -> Any:
    """(actor, code, weight, units): counts of actors by technology, the table behind specialisation."""
    rows = actors.join(technologies, "unit").select("unit", "actor", "code", "m", "n", "k")
    return counted(rows, convention, keys=("actor", "code"), share=(rows.m, rows.n * rows.k))
