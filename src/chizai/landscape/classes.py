"""Technology: classes at every level with their titles, the WIPO 35 fields, and which classes occur together."""

from __future__ import annotations

import ibis
from ibis import _

from chizai.convention import CHOICES, Convention
from chizai.corpus import classification
from chizai.finding import Caveat, Column, Finding
from chizai.landscape import relations
from chizai.landscape.relations import ROOT_SCALE, SCALE
from chizai.landscape.scope import Scope
from chizai.landscape.statistics.proportions import proportion

USES = ("unit", "counting", "technology", "level", "denominator", "family_basis")

CLASSES = (
    Column("code", "code"),
    Column("title", "text", lang="en"),
    Column("title_ja", "text", lang="ja"),
    Column("units", "count"),
    Column("weight", "count"),
    Column("share", "share", low="share_low", high="share_high"),
    Column("share_low", "share"),
    Column("share_high", "share"),
)


def titles(codes: list[str], convention: Convention) -> dict[str, list[str | None]]:
    """The titles of classes or WIPO fields in both languages, as the columns ``title`` and ``title_ja``."""
    if convention.technology == "wipo35":
        found = [classification.wipo35_field(int(code)) for code in codes]
        return {"title": [item.name_en for item in found], "title_ja": [item.name_ja for item in found]}
    return {
        "title": [classification.title(code) for code in codes],
        "title_ja": [classification.title(code, lang="ja") for code in codes],
    }


def _uses(scope: Scope, names: tuple[str, ...]) -> tuple[str, ...]:
    """The choices a figure rests on; the fields of WIPO have no levels."""
    return tuple(name for name in names if name != "level" or scope.convention.technology != "wipo35")


def classified_units(scope: Scope) -> int:
    """Units with at least one class of the convention's scheme."""
    return int(scope.run(scope.technologies().unit.nunique().as_table())[0][0].as_py())


def classes(scope: Scope, *, top: int | None = None) -> Finding:
    """Units by class at the convention's level; ``share`` is of classified units (or of all, by the denominator).

    Its interval is Wilson's. Under fractional counting it rests on as many units as the parts of units in the class are
    worth: parts of a third vary less than whole units.
    """
    rows = scope.technologies()
    counted = relations.counted(
        rows, scope.convention, keys=("code",), share=(ibis.literal(1, "int64"), rows.k)
    ).order_by(ibis.desc("weight"), ibis.desc("units"), "code")
    found = scope.run(counted.limit(top) if top is not None else counted)
    inside = classified_units(scope)
    whole = scope.total if scope.convention.denominator == "all" else inside
    amount = [value / SCALE for value in found["weight"].to_pylist()]
    # N sum(w^2) / sum(w) is the total's sum of squares if all of it were divided as this class's units are.
    squares = [
        whole * (square / ROOT_SCALE**2) / held
        for square, held in zip(found["squares"].to_pylist(), amount, strict=True)
    ]
    shares = proportion(amount, [whole] * len(amount), confidence=scope.confidence, total_sum_squares=squares)
    codes = found["code"].to_pylist()
    caveats = []
    if inside == 0:
        caveats.append(Caveat("no_classes", {"scheme": scope.convention.technology}))
        if others := schemes_carried(scope):
            caveats.append(Caveat("other_classes", {"schemes": ", ".join(others)}))
    elif inside < scope.total:
        caveats.append(Caveat("unclassified", {"count": scope.total - inside, "total": scope.total}))
    return scope.finding(
        "classes",
        CLASSES,
        {
            "code": codes,
            **titles(codes, scope.convention),
            "units": found["units"].to_pylist(),
            "weight": amount,
            "share": shares.value.tolist(),
            "share_low": shares.low.tolist(),
            "share_high": shares.high.tolist(),
        },
        uses=_uses(scope, USES),
        caveats=caveats,
        parameters={"top": top},
    )


PAIRS = (
    Column("code", "code"),
    Column("other", "code"),
    Column("units", "count"),
    Column("jaccard", "index"),
    Column("lift", "index"),
)


def schemes_carried(scope: Scope) -> list[str]:
    """The schemes that a landscape can count by and that the selection's publications carry."""
    rows = scope.corpus["classification"].semi_join(scope.members.select("pub"), "pub")
    found = set(scope.run(rows.select("scheme").distinct())["scheme"].to_pylist())
    return [scheme for scheme in CHOICES["technology"] if scheme in found]


def co_classification(scope: Scope, *, top: int = 100) -> Finding:
    """Pairs of classes on the same unit.

    ``jaccard`` is joint units over units of either; ``lift`` is joint units over those expected if the two classes were
    independent among classified units (1 means independent).
    """
    rows = scope.technologies().select("unit", "code")
    sizes = rows.group_by("code").agg(size=_.count())
    pairs = (
        rows.join(rows.select("unit", other=rows.code), "unit")
        .filter(_.code < _.other)
        .group_by("code", "other")
        .agg(units=_.count())
        .order_by(ibis.desc("units"), "code", "other")
        .limit(top)
    )
    table = pairs.join(sizes, "code").join(sizes.select(other=sizes.code, other_size=sizes["size"]), "other")
    found = scope.run(table.order_by(ibis.desc("units"), "code", "other")).to_pylist()
    inside = classified_units(scope)
    return scope.finding(
        "co_classification",
        PAIRS,
        {
            "code": [row["code"] for row in found],
            "other": [row["other"] for row in found],
            "units": [row["units"] for row in found],
            "jaccard": [row["units"] / (row["size"] + row["other_size"] - row["units"]) for row in found],
            "lift": [row["units"] * inside / (row["size"] * row["other_size"]) for row in found],
        },
        uses=_uses(scope, ("unit", "technology", "level", "family_basis")),
        parameters={"top": top},
    )
