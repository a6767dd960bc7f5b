"""What the data carry: the first table to read, since a figure is no better than the fields behind it."""

from __future__ import annotations

from typing import Any

import ibis
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

    def having(table: str, **conditions: Any) -> dict[str, int]:
        """Publications with a row of the table that fulfils each condition, in one pass over the table."""
        rows = tables[table].semi_join(keys, "pub")
        marked = rows.group_by("pub").agg(
            **{name: ibis.ifelse(holds, 1, 0).max() for name, holds in conditions.items()}
        )
        return scope.run(marked.aggregate(**{name: marked[name].sum() for name in conditions})).to_pylist()[0]

    applicant, inventor = _.role == "applicant", _.role == "inventor"
    found = {
        **own,
        **having(
            "party",
            applicant=applicant,
            applicant_country=applicant & _.country.notnull(),
            inventor=inventor,
            inventor_country=inventor & _.country.notnull(),
        ),
        **having("classification", cpc=_.scheme == "cpc", ipc=_.scheme == "ipc"),
        **having("technology", wipo35=_.pub.notnull()),
        **having("text", title=_.part == "title", abstract=_.part == "abstract"),
        **having("citation", patent_citation=_.patent, npl_citation=~_.patent, cited_in_collection=_.cited.notnull()),
        **having("funding", funding=_.pub.notnull()),
        **having("standard", standard=_.pub.notnull()),
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
