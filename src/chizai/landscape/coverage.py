"""What the data carry: the first table to read, since a figure is no better than the fields behind it."""

from __future__ import annotations

from ibis import _

from chizai.finding import Column, Finding
from chizai.landscape.scope import Scope

COLUMNS = (
    Column("item", "code"),
    Column("publications", "count"),
    Column("share", "share"),
)


def coverage(scope: Scope) -> Finding:
    """Publications of the selection that carry each item: dates, priorities, applicants, countries, classes ..."""
    members, tables = scope.members, scope.corpus
    own = scope.run(
        members.aggregate(
            publications=_.count(),
            publication_date=_.publication_date.count(),
            filing_date=_.filing_date.count(),
            priority_date=_.priority_date.count(),
            priorities=(_.family_basis != "self").sum(),
            source_family=_.has_source_family.sum(),
            claims=_.claims.count(),
            times_cited=_.times_cited.count(),
        )
    ).to_pylist()[0]
    keys = members.select("pub")

    def having(table: str, *conditions: object) -> int:
        rows = tables[table]
        for condition in conditions:
            rows = rows.filter(condition)
        return int(scope.run(rows.select("pub").distinct().semi_join(keys, "pub").count().as_table())[0][0].as_py())

    found = {
        **own,
        "applicant": having("party", _.role == "applicant"),
        "applicant_country": having("party", _.role == "applicant", _.country.notnull()),
        "inventor": having("party", _.role == "inventor"),
        "inventor_country": having("party", _.role == "inventor", _.country.notnull()),
        "cpc": having("classification", _.scheme == "cpc"),
        "ipc": having("classification", _.scheme == "ipc"),
        "wipo35": having("technology"),
        "title": having("text", _.part == "title"),
        "abstract": having("text", _.part == "abstract"),
        "patent_citation": having("citation", _.patent),
        "npl_citation": having("citation", ~_.patent),
        "cited_in_collection": having("citation", _.cited.notnull()),
        "funding": having("funding"),
        "standard": having("standard"),
    }
    total = found.pop("publications")
    items = list(found)
    return scope.finding(
        "coverage",
        COLUMNS,
        {
            "item": items,
            "publications": [found[item] or 0 for item in items],
            "share": [(found[item] or 0) / total for item in items],
        },
        uses=(),
        facts={"publications": total, "units": scope.total},
    )
