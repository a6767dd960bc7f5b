"""A small corpus made by hand for relational tests: about 300 publications with everything that goes wrong in real data.

The star is written directly, not built from sources, so that each case is under control: publications without dates,
classes, applicants or countries; NULLs in every optional column; two collections; designs that must not be counted;
families across offices and two simple families in one extended family; co-applicants, inventors named as applicants,
players of the same name; players and classes with exactly equal counts (ranks tie); citations within a family, of
nothing, and of literature; texts with quotes and kanji.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chizai.corpus.tables import STAR_SCHEMAS

Star = dict[str, list[dict[str, Any]]]
"""Rows by table of the star."""

OFFICES = ("US", "EP", "JP", "CN", "KR", "WO", "DE")
COUNTRIES = ("JP", "US", "DE", "CN", "KR", None)
SYMBOLS = (
    "H01L21/02",
    "H01L21/67",
    "H01L29/78",
    "G06F16/00",
    "G06F17/30",
    "G06N3/08",
    "B64C39/02",
    "B64C27/08",
    "B63B35/00",
    "A61K31/00",
    "C12N15/11",
    "Y02E10/50",
)
FIELDS = {"H01L": 8, "G06F": 6, "G06N": 6, "B64C": 32, "B63B": 32, "A61K": 16, "C12N": 15}
"""WIPO fields of the subclasses above; Y02E has none."""
PLAYERS = (
    ("株式会社甲", "甲", "JP"),
    ("Kou Works", "kou works", "JP"),
    ('O\'Brien "Instruments" Ltd', "obrien", "US"),
    ("Same Name", "same-1", "US"),
    ("Same Name", "same-2", "DE"),
    ("Zeta \\ GmbH", "zeta", "DE"),
    ("Čapek s.r.o.", "capek", None),
    ("University of Ruritania", "ruritania", "CN"),
    ("Tie One", "tie-1", "KR"),
    ("Tie Two", "tie-2", "KR"),
    ("Jane Inventor", "jane", "US"),
    ("Lone", "lone", None),
)


def star(*, families: int = 100, seed: int = 7) -> Star:
    """The rows of every table; the same on every call."""
    rng = random.Random(seed)
    rows: Star = {name: [] for name in STAR_SCHEMAS}
    rows["player"] = [
        {
            "player": number,
            "identity": identity,
            "name": name,
            "group_id": "kou" if number in (1, 2) else None,
            "group": "甲グループ" if number in (1, 2) else None,
            "corporate_number": None,
            "country_registry": country if number % 5 == 0 else None,
            "leader": 1 if number == 2 else number,
        }
        for number, (name, identity, country) in enumerate(PLAYERS, start=1)
    ]
    for family in range(families):
        _family(rows, rng, family)
    _ties(rows)
    _extended(rows)
    _citations(rows, rng)
    return rows


def _family(rows: Star, rng: random.Random, family: int) -> None:
    collection = "alpha" if family % 10 < 7 else "beta"
    undated = family % 17 == 0
    first = None if undated else date(2006, 1, 1) + timedelta(days=rng.randrange(365 * 12))
    offices = rng.sample(OFFICES, k=rng.choice((1, 1, 2, 3, 4)))
    applicants = rng.sample(range(1, len(PLAYERS) + 1), k=rng.choice((0, 1, 1, 1, 2, 3)))
    symbols = rng.sample(SYMBOLS, k=rng.choice((0, 1, 2, 3, 5)))
    own: list[dict[str, Any]] = []
    for office in offices:
        filed = None if first is None or family % 13 == 0 else first + timedelta(days=rng.randrange(0, 366))
        application = len(rows["publication"]) + 1
        granted_on = None
        steps = rng.choice((("A",), ("A", "B"), ("A", "B"), ("B",)))
        for kind in steps:
            pub = len(rows["publication"]) + 1
            published = None
            if first is not None:
                published = (filed or first) + timedelta(days=540 if kind == "A" else 900 + rng.randrange(1500))
            if kind == "B":
                granted_on = published
            own.append(
                {
                    "pub": pub,
                    "collection": collection,
                    "publication_id": f"{office}-{1000 + pub}-{kind}",
                    "office": office,
                    "kind": kind if pub % 29 else None,
                    "kind_class": "design" if pub % 41 == 0 else "grant" if kind == "B" else "application",
                    "snapshot": "s1",
                    "granted": kind == "B",
                    "publication_date": published,
                    "filing_date": filed,
                    "priority_date": first,
                    "grant_date": granted_on if kind == "B" else None,
                    "application_id": None if pub % 31 == 0 else f"{office}-{5000 + application}",
                    "application": application,
                    "source_family": None,
                    "has_source_family": family % 4 != 0,
                    "family_basis": "self" if len(offices) == 1 and family % 3 == 0 else "priorities",
                    "family_size": rng.choice((None, 1, 2, 5)),
                    "times_cited": rng.choice((None, 0, 1, 4, 30)),
                    "claims": rng.choice((None, 1, 10, 10, 20)),
                }
            )
            rows["publication"].append(own[-1])
            _attached(rows, rng, pub, applicants, symbols, title=f"無人 drone {family % 5}" if family % 6 else None)
    simple = own[0]["pub"]
    present = {row["office"] for row in own}
    in_ip5 = present & {"EP", "JP", "KR", "CN", "US"}
    for row in own:
        row |= {
            "simple_family": simple,
            "extended_family": simple,
            # The source splits some families that the priorities join.
            "source_family": row["pub"] if family % 9 == 0 else simple,
            "offices": len(present),
            "ipf": len(present) > 1 or bool(present & {"EP", "WO"}),
            "ip5": len(present) > 1 and bool(in_ip5),
            "triadic": {"EP", "JP", "US"} <= present and any(row["office"] == "US" and row["granted"] for row in own),
        }
        # What the source splits is no family of several offices there.
        split = family % 9 == 0
        row |= {
            "source_ipf": row["office"] in ("EP", "WO") if split else row["ipf"],
            "source_ip5": row["ip5"] and not split,
            "source_triadic": row["triadic"] and not split,
        }


def _attached(
    rows: Star, rng: random.Random, pub: int, applicants: list[int], symbols: list[str], *, title: str | None
) -> None:
    # Not every member of a family names everybody.
    for sequence, player in enumerate(applicants if rng.random() < 0.8 else applicants[:1], start=1):
        name, _identity, country = PLAYERS[player - 1]
        known = country if rng.random() < 0.8 else None
        rows["party"].append(
            {
                "pub": pub,
                "role": "applicant",
                "sequence": sequence,
                "name": name,
                "player": player if rng.random() < 0.97 else None,
                "country": known,
                "country_source": ("registry" if known == "JP" and pub % 3 else "address") if known else None,
                "also_inventor": name == "Jane Inventor" and rng.random() < 0.8,
            }
        )
    for sequence in range(1, rng.choice((0, 1, 2, 3)) + 1):
        country = rng.choice(COUNTRIES)
        rows["party"].append(
            {
                "pub": pub,
                "role": "inventor",
                "sequence": sequence,
                "name": f"Inventor {rng.randrange(40)}",
                "player": None,
                "country": country,
                "country_source": "residence" if country else None,
                "also_inventor": False,
            }
        )
    used = [symbol for symbol in symbols if rng.random() < 0.9]
    for scheme in ("cpc", "ipc", "fi"):
        for sequence, symbol in enumerate(used if scheme != "fi" else used[:1], start=1):
            if scheme == "ipc" and symbol.startswith("Y02"):
                continue
            rows["classification"].append(
                {
                    "pub": pub,
                    "scheme": scheme,
                    "symbol": symbol,
                    "section": symbol[:1],
                    "class": symbol[:3],
                    "subclass": symbol[:4],
                    "group": symbol.split("/")[0] + "/00",
                    "inventive": rng.choice((True, False, None)),
                    "first": sequence == 1 if pub % 7 else None,
                    "sequence": sequence,
                }
            )
    rows["technology"] += [
        {"pub": pub, "field": field, "basis": "ipc"}
        for field in sorted({FIELDS[symbol[:4]] for symbol in used if symbol[:4] in FIELDS})
    ]
    for language in ("en", "ja") if title and pub % 3 else ("en",) if title else ():
        rows["text"].append({"pub": pub, "part": "title", "language": language, "text": f"{title} ({language})"})
    if pub % 4 == 0:
        rows["text"].append(
            {"pub": pub, "part": "abstract", "language": None, "text": 'An unmanned aerial vehicle\nwith a "gimbal".'}
        )
    if pub % 8 == 0:
        agency = (None, "NSF", "NEDO 国立研究開発法人")[pub // 8 % 3]
        rows["funding"].append(
            {
                "pub": pub,
                "sequence": 1,
                "agency": agency,
                "contract": None if pub % 16 else f"C-{pub % 5}",
                "statement": "Made with support.",
                "derived": pub % 3 == 0,
            }
        )
    if pub % 6 == 0:
        for sequence, standard in enumerate(("IEEE:802.11", "3GPP:TS 38.211")[: 1 + pub % 2 + pub // 6 % 2], start=1):
            rows["standard"].append(
                {"pub": pub, "sequence": sequence, "standard": standard, "context": None, "derived": True}
            )


def _ties(rows: Star) -> None:
    """Two players with the same units, shares and years, and two publications alike in all that ranks them."""
    twins = {9: 10, 10: 9}
    rows["party"] += [
        {**row, "player": twins[row["player"]], "name": PLAYERS[twins[row["player"]] - 1][0], "sequence": 9}
        for row in rows["party"]
        if row["player"] in twins
        and not any(other["pub"] == row["pub"] and other["player"] == twins[row["player"]] for other in rows["party"])
    ]


def _extended(rows: Star) -> None:
    """Every simple family whose number ends in 5 is joined to the one before it in its collection."""
    last: dict[str, int] = {}
    joined: dict[int, int] = {}
    for row in rows["publication"]:
        simple, collection = row["simple_family"], row["collection"]
        if simple not in joined:
            joined[simple] = last[collection] if simple % 10 == 5 and collection in last else simple
            last[collection] = joined[simple]
        row["extended_family"] = joined[simple]


def _citations(rows: Star, rng: random.Random) -> None:
    known = {row["pub"]: row for row in rows["publication"]}
    for pub, row in known.items():
        for sequence in range(1, rng.choice((0, 0, 1, 2, 4)) + 1):
            cited = rng.randrange(1, len(known) + 1)
            patent = rng.random() < 0.8
            inside = patent and known[cited]["collection"] == row["collection"] and rng.random() < 0.8
            rows["citation"].append(
                {
                    "pub": pub,
                    "sequence": sequence,
                    "patent": patent,
                    "cited_id": known[cited]["publication_id"] if patent else None,
                    "cited": cited if inside else None,
                    "cited_by": rng.choice(("examiner", "applicant", None)),
                    "category": rng.choice(("X", "A", None)),
                    "phase": None,
                    "cited_date": known[cited]["publication_date"] if patent else None,
                }
            )


def write(rows: Star, folder: Path, *, order: Callable[[list[Any]], list[Any]] = list) -> Path:
    """The star as the Parquet files that :class:`chizai.corpus.tables.Corpus` opens; ``order`` arranges the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in STAR_SCHEMAS.items():
        ordered = order(rows[name])
        columns = {field.name: [row.get(field.name) for row in ordered] for field in schema}
        pq.write_table(pa.table(columns, schema=schema), folder / f"{name}.parquet")
    pq.write_table(pa.table({"name": pa.array([], pa.string())}), folder / "identity.parquet")
    return folder
