"""Citations received: as the source counts them and as pairs in the collection, normalised by age and field."""

from __future__ import annotations

from typing import Any

import ibis
from ibis import _

from chizai.finding import Caveat, Column, Finding
from chizai.landscape import relations
from chizai.landscape.naming import player_names, publication_labels
from chizai.landscape.relations import PUBLICATIONS, Selection
from chizai.landscape.scope import Scope

PLACES = 10**6
"""More classes or applicants than a publication can have."""

COLUMNS = (
    Column("publication", "code"),
    Column("title", "text"),
    Column("player", "text"),
    Column("year", "year"),
    Column("code", "code"),
    Column("citations", "count"),
    Column("cohort_size", "count"),
    Column("cohort_mean", "number"),
    Column("normalised", "index"),
    Column("percentile", "share"),
)


def citing_pairs(scope: Scope) -> Any:
    """(unit, citing): distinct pairs of units, the cited one of the selection, the citing one of its collections.

    Both ends are units, so that a family citing three members of another counts once. No limit but the collections cuts
    the citing side: what is cited from another office or in another year is cited.
    """
    return _citing(scope).select("unit", "citing").distinct()


def _citing(scope: Scope) -> Any:
    """Every citation behind :func:`citing_pairs`."""
    everyone = Selection(collections=scope.selection.collections)
    base = relations.publications(scope.corpus.tables, scope.convention, everyone)
    cites = scope.corpus["citation"].filter(_.cited.notnull())
    citing = cites.join(base.select("pub", citing=base.unit), "pub")
    pairs = citing.join(scope.members.select(cited=scope.members.pub, unit=scope.members.unit), "cited")
    return pairs.filter(_.unit != _.citing)


def _from_text(scope: Scope) -> bool:
    """Whether any of the citations counted was found in a text by a program."""
    found = _citing(scope).filter(_.cited_by == "text")
    return bool(scope.run(found.count().as_table())[0][0].as_py())


def citations(scope: Scope, *, top: int = 50, minimum_cohort: int = 10) -> Finding:
    """The most cited units, beside the mean of their cohort (same year of first publication and main subclass).

    Units without a known date of publication stand in the year of their grant, else filing, else priority, whatever the
    convention's date. The player is the one that stands first in the unit's lists of applicants.
    Where the collection holds citing publications, citations are distinct citing units in it; else they are the times
    cited that the source states. ``normalised`` is citations over the cohort's mean, null in cohorts of fewer than
    ``minimum_cohort`` units; ``percentile`` is the share of the cohort cited less (ties half).
    """
    received = scope.corpus.keep("received", citing_pairs(scope).group_by("unit").agg(citations=_.count()))
    units = scope.units
    if scope.run(received.count().as_table())[0][0].as_py():
        counted = units.left_join(received, "unit").drop("unit_right")
        counted = counted.mutate(citations=ibis.coalesce(counted.citations, 0))
        basis = "pairs"
    else:
        counted = units.mutate(citations=units.times_cited).filter(_.citations.notnull())
        basis = "source"
    counted = counted.left_join(_main_subclass(scope), "unit").drop("unit_right")
    counted = scope.corpus.keep(
        "cited",
        counted.select(
            "unit",
            "first_pub",
            "citations",
            "first_published",
            cohort_year=relations.seen(counted).year(),
            cohort_code=ibis.coalesce(counted.code, ibis.literal("")),
        ),
    )
    cohorts = counted.group_by("cohort_year", "cohort_code").agg(cohort_size=_.count(), cohort_sum=_.citations.sum())
    ranked = counted.mutate(
        below=ibis.percent_rank().over(group_by=["cohort_year", "cohort_code"], order_by="citations")
    )
    rows = ranked.join(cohorts, ["cohort_year", "cohort_code"])
    leading = rows.order_by(ibis.desc("citations"), "unit").limit(top)
    # One number to order by; applicants of unknown place come last.
    place = ibis.coalesce(_.sequence, PLACES) * PUBLICATIONS + _.player
    names = scope.players.group_by("unit").agg(first=place.min())
    names = names.select("unit", player=names["first"] % PUBLICATIONS)
    leading = leading.left_join(names, "unit").drop("unit_right")
    found = scope.run(leading.order_by(ibis.desc("citations"), "unit")).to_pylist()
    titles = publication_labels(scope, [row["first_pub"] for row in found])
    players = player_names(scope, [row["player"] for row in found if row["player"] is not None])
    mean = [row["cohort_sum"] / row["cohort_size"] for row in found]
    stable = [row["cohort_size"] >= minimum_cohort and average > 0 for row, average in zip(found, mean, strict=True)]
    caveats = [Caveat(f"citations_{basis}")] if found else [Caveat("no_citations")]
    if found and not all(stable):
        caveats.append(Caveat("small_cohorts", {"minimum": minimum_cohort}))
    if found and all(row["cohort_year"] is None for row in found):
        caveats.append(Caveat("citations_without_age"))
    totals = scope.run(
        counted.aggregate(
            n=_.count(),
            s=_.citations.sum(),
            cited=(_.citations > 0).sum(),
            unpublished=(_.first_published.isnull() & _.cohort_year.notnull()).sum(),
        )
    ).to_pylist()[0]
    if totals["unpublished"]:
        caveats.append(Caveat("cohort_not_by_publication", {"count": totals["unpublished"], "total": totals["n"]}))
    if basis == "pairs" and _from_text(scope):
        caveats.append(Caveat("derived_from_text"))
    return scope.finding(
        "citations",
        COLUMNS,
        {
            "publication": [titles.get(row["first_pub"], ("", None))[0] for row in found],
            "title": [titles.get(row["first_pub"], ("", None))[1] for row in found],
            "player": [players.get(row["player"]) for row in found],
            "year": [row["cohort_year"] for row in found],
            "code": [row["cohort_code"] or None for row in found],
            "citations": [row["citations"] for row in found],
            "cohort_size": [row["cohort_size"] for row in found],
            "cohort_mean": mean,
            "normalised": [
                row["citations"] / average if usable else None
                for row, average, usable in zip(found, mean, stable, strict=True)
            ],
            "percentile": [row["below"] if usable else None for row, usable in zip(found, stable, strict=True)],
        },
        uses=("unit", "family_basis"),
        caveats=caveats,
        facts={
            "units_counted": totals["n"],
            "citations_received": int(totals["s"] or 0),
            "units_cited": int(totals["cited"] or 0),
        },
        parameters={"top": top, "minimum_cohort": minimum_cohort, "basis": basis},
    )


def _main_subclass(scope: Scope) -> Any:
    """(unit, code): the subclass of each unit's first-listed class, CPC before IPC, the publication first in number."""
    rows = scope.corpus["classification"].filter(_.scheme.isin(("cpc", "ipc")))
    rows = rows.join(scope.members.select("pub", "unit"), "pub")
    # One number to order by: the smallest of a group is found without sorting the classes of every unit.
    scheme = ibis.ifelse(_.scheme == "cpc", 0, 1).cast("int64")
    rows = rows.select("unit", "scheme", "pub", "sequence", "symbol").mutate(
        order=(scheme * PUBLICATIONS + _.pub) * PLACES + ibis.coalesce(_.sequence, PLACES - 1)
    )
    first = rows.group_by("unit").agg(order=_.order.min())
    lead = rows.join(first, ["unit", "order"]).group_by("unit").agg(symbol=_.symbol.min())
    return lead.select("unit", code=lead.symbol.substr(0, 4))
