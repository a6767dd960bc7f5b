"""What the relations mean, said a second time: plain loops over the rows, without Ibis, SQL or any engine.

Slow and naive on purpose. The relational tests hold every engine to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from chizai.convention import Convention
from chizai.landscape.relations import SCALE

Row = dict[str, Any]
COUNTED = {"application", "grant", "utility_model", "other"}
IP5 = {"EP", "JP", "KR", "CN", "US"}


def smallest(values: Iterable[Any]) -> Any:
    return min((value for value in values if value is not None), default=None)


def members(star: dict[str, list[Row]], convention: Convention) -> dict[int, list[Row]]:
    """The counted publications by unit."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in star["publication"]:
        if row["kind_class"] not in COUNTED:
            continue
        unit = convention.unit
        if unit == "grant" and not row["granted"]:
            continue
        by_source = convention.family_basis == "source"
        if unit in ("ipf", "ip5", "triadic") and not row[f"source_{unit}" if by_source else unit]:
            continue
        if unit == "publication":
            key = row["pub"]
        elif unit in ("application", "grant"):
            key = row["application"]
        elif unit == "extended_family":
            key = row["extended_family"]
        else:
            key = row["source_family" if by_source else "simple_family"]
        found[key].append(row)
    return found


def reported(rows: list[Row], convention: Convention) -> date | None:
    """The day on which a unit became visible as what it is."""
    if convention.date == "grant" or convention.unit == "grant":
        return smallest(row["grant_date"] for row in rows)
    published = smallest(row["publication_date"] for row in rows)
    if convention.unit not in ("ipf", "ip5", "triadic"):
        return published
    at = {
        office: smallest(row["publication_date"] for row in rows if row["office"] == office)
        for office in {row["office"] for row in rows}
    }
    if convention.unit == "triadic":
        granted = smallest(row["grant_date"] for row in rows if row["office"] == "US" and row["granted"])
        return max((day for day in (at.get("EP"), at.get("JP"), granted) if day is not None), default=None)
    days = sorted(day for day in at.values() if day is not None)
    second = days[1] if len(days) > 1 else None
    if convention.unit == "ip5":
        inside = smallest(day for office, day in at.items() if office in IP5)
        return max((day for day in (second, inside) if day is not None), default=None)
    regional = smallest(day for office, day in at.items() if office in ("EP", "WO"))
    return smallest((second, regional)) or published


def in_order(rows: list[Row]) -> list[Row]:
    """Publications in the order of their publication; those without a date last."""
    return sorted(rows, key=lambda row: (row["publication_date"] or date.max, row["pub"]))


def units(star: dict[str, list[Row]], convention: Convention) -> list[tuple[Any, ...]]:
    """(unit, date, year, reported, publications, offices, granted, first_pub)."""
    out = []
    for unit, rows in members(star, convention).items():
        day = smallest(row[f"{convention.date}_date"] for row in rows)
        granted = any(row["granted"] for row in rows)
        offices = len({row["office"] for row in rows} - {"WO"})
        first = in_order(rows)[0]["pub"]
        out.append((unit, day, day and day.year, reported(rows, convention), len(rows), offices, granted, first))
    return out


def country(parties: list[Row]) -> Row:
    """The country that a source states, else that of a registry."""
    stated = smallest(party["country"] for party in parties if party["country_source"] != "registry")
    known = stated or smallest(party["country"] for party in parties)
    return {"country": known, "registry": stated is None and known is not None}


def applicants(star: dict[str, list[Row]], convention: Convention) -> dict[int, dict[int, Row]]:
    """Player -> country and first place in the list, by unit; inventors that only US law makes applicants left out."""
    by_pub = defaultdict(list)
    for row in star["party"]:
        if row["role"] == "applicant" and row["player"] is not None:
            by_pub[row["pub"]].append(row)
    found = {}
    for unit, rows in members(star, convention).items():
        held: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            for party in by_pub[row["pub"]]:
                held[party["player"]].append(party)
        people = {player for player, parties in held.items() if all(party["also_inventor"] for party in parties)}
        kept = set(held) - people or set(held)
        if kept:
            found[unit] = {
                player: {
                    **country(held[player]),
                    "sequence": min(party["sequence"] for party in held[player]),
                }
                for player in kept
            }
    return found


def countries(star: dict[str, list[Row]], convention: Convention) -> list[tuple[int, str | None, int, int]]:
    """(unit, country, m, n): m of n."""
    out: list[tuple[int, str | None, int, int]] = []
    if convention.country == "office":
        for unit, rows in members(star, convention).items():
            offices = {row["office"] for row in rows}
            out += [(unit, office, 1, len(offices)) for office in offices]
        return out
    if convention.country == "inventor":
        named = defaultdict(list)
        for party in star["party"]:
            if party["role"] == "inventor":
                named[party["pub"]].append(party["country"])
        for unit, rows in members(star, convention).items():
            lists = [named[row["pub"]] for row in in_order(rows) if named[row["pub"]]]
            if lists:
                people = next((people for people in lists if any(people)), lists[0])
                out += [(unit, country, people.count(country), len(people)) for country in set(people)]
        return out
    for unit, held in applicants(star, convention).items():
        if convention.country == "first_applicant":
            first = min(party["sequence"] for party in held.values())
            country = smallest(party["country"] for party in held.values() if party["sequence"] == first)
            out.append((unit, country, 1, 1))
            continue
        lived = [party["country"] for party in held.values()]
        out += [(unit, country, lived.count(country), len(lived)) for country in set(lived)]
    return out


def technologies(star: dict[str, list[Row]], convention: Convention) -> dict[int, set[str]]:
    """Codes by unit."""
    codes: dict[int, set[str]] = defaultdict(set)
    if convention.technology == "wipo35":
        for row in star["technology"]:
            codes[row["pub"]].add(str(row["field"]))
    else:
        column = "symbol" if convention.level == "full" else convention.level
        for row in star["classification"]:
            if row["scheme"] == convention.technology:
                codes[row["pub"]].add(row[column])
    found = {
        unit: set().union(*(codes[row["pub"]] for row in rows)) for unit, rows in members(star, convention).items()
    }
    return {unit: held for unit, held in found.items() if held}


def cube(star: dict[str, list[Row]], convention: Convention) -> list[tuple[str | None, str, int, int]]:
    """(country, code, weight in 1/SCALE, units)."""
    held = technologies(star, convention)
    weights: dict[tuple[str | None, str], int] = defaultdict(int)
    inside: dict[tuple[str | None, str], set[int]] = defaultdict(set)
    for unit, country, m, n in countries(star, convention):
        for code in held.get(unit, ()):
            share = m * SCALE // (n * len(held[unit])) if convention.counting == "fractional" else SCALE
            weights[country, code] += share
            inside[country, code].add(unit)
    return [(country, code, weight, len(inside[country, code])) for (country, code), weight in weights.items()]
