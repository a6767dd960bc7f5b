"""Relatedness of technologies, density around each actor's portfolio, and complexity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from ibis import _

from chizai.errors import NotSupported, UnknownChoice
from chizai.finding import Caveat, Column, Finding
from chizai.landscape import relations
from chizai.landscape.classes import titles
from chizai.landscape.naming import player_names
from chizai.landscape.places import KNOWN_SHARE
from chizai.landscape.scope import Scope
from chizai.landscape.specialisation import leaders_and_rest
from chizai.landscape.statistics import complexity as complexities
from chizai.landscape.statistics import relatedness as statistics
from chizai.landscape.statistics.cocounts import Measure, similarity
from chizai.landscape.statistics.estimate import Floats
from chizai.landscape.statistics.relatedness import IntervalMethod, Itself
from chizai.landscape.statistics.specialisation import rta
from chizai.messages import Phrase

Source = Literal["actors", "classes"]
By = Literal["country", "player"]

LARGEST_ACTORS, LARGEST_TECHNOLOGIES = 2_000, 1_000
"""At most so many take part, the largest: tables of pairs grow with the square. The others stay in the reference."""
FEWEST_ACTORS, FEWEST_TECHNOLOGIES = 5, 3
"""With fewer actors, who shares what with whom is the history of single firms."""

PAIRS = (
    Column("code", "code"),
    Column("other", "code"),
    Column("relatedness", "index", low="relatedness_low", high="relatedness_high"),
    Column("relatedness_low", "index"),
    Column("relatedness_high", "index"),
    Column("together", "count"),
    Column("title", "text", lang="en"),
    Column("title_ja", "text", lang="ja"),
    Column("other_title", "text", lang="en"),
    Column("other_title_ja", "text", lang="ja"),
    Column("size", "count"),
    Column("other_size", "count"),
)
DENSITY = (
    Column("actor", "text"),
    Column("code", "code"),
    Column("density", "share", low="density_low", high="density_high"),
    Column("density_low", "share"),
    Column("density_high", "share"),
    Column("at_home", "flag"),
    Column("title", "text", lang="en"),
    Column("title_ja", "text", lang="ja"),
    Column("rta", "index"),
    Column("weight", "count"),
)
COMPLEXITY = (
    Column("kind", "code"),
    Column("name", "text"),
    Column("complexity", "number"),
    Column("title", "text", lang="en"),
    Column("title_ja", "text", lang="ja"),
    Column("diversity", "count"),
    Column("neighbour_mean", "number"),
    Column("weight", "count"),
)


@dataclass(frozen=True)
class Portfolio:
    """Counts of actors by technology, the table behind RTA, presence, relatedness and density.

    ``counts`` has shape [actors + rest, codes + rest]: the first ``len(actors)`` rows and ``len(codes)`` columns are
    those large enough to take part (largest first), the last row and the last column hold all others, for the reference.
    ``squares`` holds the sums of squared weights.
    """

    actors: list[Any]
    codes: list[str]
    counts: Floats
    squares: Floats
    minimum: float
    left_out: int

    @property
    def present(self) -> Any:
        """RTA >= 1 of the actors and technologies that take part, shape [actors, codes]."""
        return statistics.presence(self.counts)[: len(self.actors), : len(self.codes)]

    @property
    def rta(self) -> Floats:
        return rta(self.counts)[: len(self.actors), : len(self.codes)]


def portfolio(scope: Scope, *, by: By, figure: str) -> Portfolio:
    """The portfolios of all actors with the minimum count, in technologies with the minimum count.

    Raises NotSupported where actors or classes are missing, or too few are left for ``figure``.
    """
    if by not in ("country", "player"):
        raise UnknownChoice(kind="by", name=by, known="country, player")
    actors = scope.actors(by).filter(_.actor.notnull())
    table = scope.run(relations.cube(actors, scope.technologies(), scope.convention))
    known = scope.run(actors.unit.nunique().as_table())[0][0].as_py()
    if not table.num_rows or known < KNOWN_SHARE * scope.total:
        reason = "no_country" if by == "country" else "without_applicant"
        raise NotSupported(figure=Phrase(f"finding.{figure}.title"), reason=Phrase(f"caveat.reason_{reason}"))
    minimum = float(scope.convention.minimum_count or 20)
    leaders, codes, counts, squares = leaders_and_rest(table, LARGEST_ACTORS)
    large = np.flatnonzero(counts[: len(leaders)].sum(axis=1) >= minimum)
    by_size = np.argsort(-counts.sum(axis=0), kind="stable")
    wide = by_size[counts.sum(axis=0)[by_size] >= minimum][:LARGEST_TECHNOLOGIES]
    if len(large) < FEWEST_ACTORS or len(wide) < FEWEST_TECHNOLOGIES:
        values = {"actors": len(large), "technologies": len(wide), "minimum": f"{minimum:g}"}
        raise NotSupported(figure=Phrase(f"finding.{figure}.title"), reason=Phrase("caveat.reason_few_pairs", values))
    counts, squares = (_with_rest(_with_rest(item, large).T, wide).T for item in (counts, squares))
    squares = np.where(counts > 0, np.maximum(squares, 1e-12), 0.0)
    return Portfolio(
        [leaders[index] for index in large],
        [codes[index] for index in wide],
        counts,
        squares,
        minimum,
        len(codes) - len(wide),
    )


def _with_rest(table: Floats, rows: np.ndarray) -> Floats:
    """These rows, and the sum of the others as the last."""
    others = np.ones(len(table), dtype=bool)
    others[rows] = False
    return np.vstack([table[rows], table[others].sum(axis=0)])


def co_classified(scope: Scope, codes: Sequence[str]) -> tuple[Floats, Floats]:
    """Units on which two of the codes stand together, shape [f, f], and units that carry each, shape [f]."""
    rows = scope.technologies().filter(_.code.isin(list(codes))).select("unit", "code")
    pairs = rows.join(rows.select("unit", other=rows.code), "unit").filter(_.code <= _.other)
    found = scope.run(pairs.group_by("code", "other").agg(n=_.count()))
    place = {code: index for index, code in enumerate(codes)}
    together = np.zeros((len(place), len(place)))
    one, other = ([place[code] for code in found[name].to_pylist()] for name in ("code", "other"))
    together[one, other] = together[other, one] = found["n"].to_numpy()
    return together, np.diag(together).copy()


def related_technologies(
    scope: Scope, held: Portfolio, *, source: Source, measure: Measure
) -> tuple[Floats, Floats, Floats]:
    """(relatedness with nan on the diagonal, co-occurrences, sizes) of the portfolio's technologies."""
    for kind, name, known in (("source", source, get_args(Source)), ("measure", measure, get_args(Measure))):
        if name not in known:
            raise UnknownChoice(kind=kind, name=name, known=", ".join(known))
    together, sizes = co_classified(scope, held.codes) if source == "classes" else statistics.co_presence(held.present)
    return similarity(together, measure=measure, sizes=sizes), together, sizes


def relatedness(
    scope: Scope,
    *,
    by: By = "player",
    source: Source = "actors",
    measure: Measure = "proximity",
    top: int = 100,
) -> Finding:
    """The ``top`` most related pairs of technologies.

    ``source`` ``actors``: the same actors have an RTA of at least 1 in both; ``classes``: the same units carry both.
    ``measure``: see ``statistics.cocounts.similarity``. Pairs are ordered by the lower end of the interval, so that two
    small technologies that met twice do not lead. ``together``, ``size``: actors, or units.
    """
    held = portfolio(scope, by=by, figure="relatedness")
    _value, together, sizes = related_technologies(scope, held, source=source, measure=measure)
    found = statistics.relatedness(together, sizes=sizes, measure=measure, confidence=scope.confidence)
    one, other = np.triu_indices(len(held.codes), 1)
    known = ~np.isnan(found.value[one, other])
    one, other = one[known], other[known]
    order = np.lexsort((other, one, -found.value[one, other], -found.low[one, other]))[:top]
    pairs = [(int(one[index]), int(other[index])) for index in order]
    codes, others = [held.codes[a] for a, _b in pairs], [held.codes[b] for _a, b in pairs]
    other_titles = titles(others, scope.convention)
    return scope.finding(
        "relatedness",
        PAIRS,
        {
            "code": codes,
            "other": others,
            **titles(codes, scope.convention),
            "other_title": other_titles["title"],
            "other_title_ja": other_titles["title_ja"],
            "together": [together[pair] for pair in pairs],
            "relatedness": [found.value[pair] for pair in pairs],
            "relatedness_low": [found.low[pair] for pair in pairs],
            "relatedness_high": [found.high[pair] for pair in pairs],
            "size": [sizes[a] for a, _b in pairs],
            "other_size": [sizes[b] for _a, b in pairs],
        },
        uses=_uses(scope, by),
        caveats=[*_caveats(scope, held), Caveat(f"related_by_{source}", {"actors": len(held.actors)})],
        facts={"actors": len(held.actors), "technologies": len(held.codes)},
        parameters={"by": by, "source": source, "measure": measure, "top": top},
        minimum_count=int(held.minimum),
    )


def density(
    scope: Scope,
    *,
    by: By = "player",
    source: Source = "actors",
    measure: Measure = "proximity",
    itself: Itself = "excluded",
    neighbours: int | None = None,
    top: int = 10,
    method: IntervalMethod = "posterior",
    draws: int = 100,
    seed: int = 0,
) -> Finding:
    """Density of every technology around the portfolios of the ``top`` actors: where each could go next.

    The share of a technology's relatedness that lies in technologies where the actor's RTA is at least 1. ``itself``:
    whether the technology counts among its own neighbours. The interval (``method``) rests on ``draws`` drawn tables.
    """
    if itself not in get_args(Itself):
        raise UnknownChoice(kind="itself", name=itself, known=", ".join(get_args(Itself)))
    held = portfolio(scope, by=by, figure="density")
    related, _together, _sizes = related_technologies(scope, held, source=source, measure=measure)
    found = statistics.density_interval(
        held.counts,
        related=related if source == "classes" else None,
        measure=measure,
        itself=itself,
        neighbours=neighbours,
        actors=len(held.actors),
        technologies=len(held.codes),
        rows=top,
        sum_squares=held.squares,
        method=method,
        confidence=scope.confidence,
        draws=draws,
        seed=seed,
    )
    shown = [(int(a), int(f)) for a, f in np.argwhere(~np.isnan(found.value))]
    shown.sort(key=lambda cell: (cell[0], -found.value[cell], cell[1]))
    names = player_names(scope, held.actors[:top]) if by == "player" else {}
    codes = [held.codes[f] for _a, f in shown]
    index, home = held.rta, held.present
    return scope.finding(
        "density",
        DENSITY,
        {
            "actor": [names.get(held.actors[a], str(held.actors[a])) for a, _f in shown],
            "code": codes,
            **titles(codes, scope.convention),
            "density": [found.value[cell] for cell in shown],
            "density_low": [found.low[cell] for cell in shown],
            "density_high": [found.high[cell] for cell in shown],
            "at_home": [bool(home[cell]) for cell in shown],
            "rta": [index[cell] for cell in shown],
            "weight": [held.counts[cell] for cell in shown],
        },
        uses=_uses(scope, by),
        caveats=[
            *_caveats(scope, held),
            Caveat(f"related_by_{source}", {"actors": len(held.actors)}),
            Caveat(f"itself_{itself}"),
        ],
        facts={"actors": len(held.actors), "technologies": len(held.codes)},
        parameters={
            "by": by, "source": source, "measure": measure, "itself": itself, "neighbours": neighbours, "top": top,
            "method": method,
            "draws": draws, "seed": seed,
        },
        minimum_count=int(held.minimum),
    )  # fmt: skip


def complexity(scope: Scope, *, by: By = "player", ddof: int = 0) -> Finding:
    """Complexity of actors (ECI) and technologies (PCI) within the selection.

    ``diversity`` of an actor is its number of technologies with RTA >= 1, of a technology (then: ubiquity) its number of
    such actors; ``neighbour_mean`` is the mean of the other side's (one step of reflection). Raises NotSupported where
    the second dimension is not defined.
    """
    held = portfolio(scope, by=by, figure="complexity")
    home = held.present
    found = complexities.complexity(home, ddof=ddof)
    if found.reason:
        reason = Phrase(f"statistics.reason.{found.reason}")
        raise NotSupported(figure=Phrase("finding.complexity.title"), reason=reason)
    actors_mean, technologies_mean = complexities.reflections(home, steps=1)
    names = player_names(scope, held.actors) if by == "player" else {}
    rows: list[dict[str, Any]] = []
    for index, actor in enumerate(held.actors):
        rows.append(
            {
                "kind": "actor",
                "name": names.get(actor, str(actor)),
                "title": None,
                "title_ja": None,
                "complexity": found.eci[index],
                "diversity": found.diversity[index],
                "neighbour_mean": actors_mean[index],
                "weight": held.counts[index].sum(),
            }
        )
    named = titles(held.codes, scope.convention)
    for index, code in enumerate(held.codes):
        rows.append(
            {
                "kind": "technology",
                "name": code,
                "title": named["title"][index],
                "title_ja": named["title_ja"][index],
                "complexity": found.pci[index],
                "diversity": found.ubiquity[index],
                "neighbour_mean": technologies_mean[index],
                "weight": held.counts[:, index].sum(),
            }
        )
    apart = int((~found.inside_actors).sum() + (~found.inside_technologies).sum())
    rows.sort(key=lambda row: (row["kind"], np.isnan(row["complexity"]), -np.nan_to_num(row["complexity"])))
    caveats = [*_caveats(scope, held), Caveat("complexity_is_relative", {"actors": len(held.actors)})]
    if apart:
        caveats.append(Caveat("complexity_apart", {"count": apart}))
    if found.sign == "undetermined":
        caveats.append(Caveat("complexity_sign"))
    return scope.finding(
        "complexity",
        COMPLEXITY,
        {column.name: [row[column.name] for row in rows] for column in COMPLEXITY},
        uses=_uses(scope, by),
        caveats=caveats,
        facts={
            "actors": len(held.actors),
            "technologies": len(held.codes),
            "second_eigenvalue": found.eigenvalue,
        },
        parameters={"by": by, "ddof": ddof},
        minimum_count=int(held.minimum),
    )


def _uses(scope: Scope, by: By) -> list[str]:
    uses = ["unit", "date", "counting", "technology", "family_basis"]
    uses += ["country"] if by == "country" else ["player_level"]
    return uses + (["level"] if scope.convention.technology != "wipo35" else [])


def _caveats(scope: Scope, held: Portfolio) -> list[Caveat]:
    found = [Caveat("closed_reference", {"total": f"{float(held.counts.sum()):,.0f}"})]
    if held.left_out:
        found.append(Caveat("technologies_left_out", {"count": held.left_out, "minimum": f"{held.minimum:g}"}))
    return found
