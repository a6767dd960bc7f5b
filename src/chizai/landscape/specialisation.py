"""Specialisation: who has more of a technology than its size would lead one to expect."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa
from ibis import _

from chizai.errors import NotSupported
from chizai.finding import Caveat, Column, Finding
from chizai.landscape import relations
from chizai.landscape.classes import titles
from chizai.landscape.naming import player_names
from chizai.landscape.places import KNOWN_SHARE
from chizai.landscape.relations import ROOT_SCALE, SCALE
from chizai.landscape.scope import Scope
from chizai.landscape.statistics import specialisation as statistics
from chizai.messages import Phrase

COLUMNS = (
    Column("actor", "text"),
    Column("code", "code"),
    Column("rta_estimate", "index", low="rta_low", high="rta_high"),
    Column("rta_low", "index"),
    Column("rta_high", "index"),
    Column("verdict", "code"),
    Column("title", "text", lang="en"),
    Column("title_ja", "text", lang="ja"),
    Column("weight", "count"),
    Column("expected", "count"),
    Column("rta", "index"),
    Column("rpa", "number"),
    Column("rsi", "index"),
)


def specialisation(
    scope: Scope,
    *,
    by: Literal["country", "player"] = "country",
    top: int = 10,
    method: Literal["shrinkage", "bootstrap", "delta"] = "shrinkage",
) -> Finding:
    """RTA, RPA and RSI of the ``top`` actors in every technology, each with its interval.

    The reference is the whole selection (all actors, not only the ``top``), of which only units with an actor and a class
    count: as in the literature, a unit of no technology is in no total, whatever the denominator of shares. ``verdict``
    is ``above`` or ``below`` when the interval lies wholly on one side of 1, ``level`` when it does not, and null where
    there is none. Actors and classes whose total is below the minimum count are not shown. ``rta`` is the plain index;
    ``rta_estimate``, to which the interval belongs, is drawn towards 1 by the prior when ``method`` is ``shrinkage``.
    Raises NotSupported where actors or classes are missing from the data.
    """
    convention = scope.convention
    rows = relations.cube(scope.actors(by), scope.technologies(), convention).filter(_.actor.notnull())
    table = scope.run(rows)
    known = scope.run(scope.actors(by).filter(_.actor.notnull()).unit.nunique().as_table())[0][0].as_py()
    if not table.num_rows or known < KNOWN_SHARE * scope.total:
        reason = "no_country" if by == "country" else "without_applicant"
        raise NotSupported(figure="specialisation", reason=Phrase(f"caveat.reason_{reason}"))
    leaders, codes, counts, squares = leaders_and_rest(table, top)
    minimum = convention.minimum_count or 20
    found = statistics.specialisation(
        counts,
        method=method,
        confidence=scope.confidence,
        sum_squares=squares,
        minimum_actor_total=minimum,
        minimum_field_total=minimum,
    )
    names = player_names(scope, leaders) if by == "player" else {}
    estimate = found.shrunk if method == "shrinkage" else found.rta.value
    cells_of = np.argwhere(~np.isnan(found.rta.value[: len(leaders)])).tolist()
    shown = sorted(((a, f) for a, f in cells_of), key=lambda cell: (cell[0], -estimate[cell]))
    hidden = len(leaders) * len(codes) - len(shown)
    low, high = found.rta.low, found.rta.high
    rpa, rsi = statistics.rpa(found.rta.value), statistics.rsi(found.rta.value)
    cells = {
        "actor": [names.get(leaders[a], str(leaders[a])) for a, _f in shown],
        "code": [codes[f] for _a, f in shown],
        **titles([codes[f] for _a, f in shown], convention),
        "weight": [counts[cell] for cell in shown],
        "expected": [found.expected[cell] for cell in shown],
        "rta": [found.rta.value[cell] for cell in shown],
        "rta_estimate": [estimate[cell] for cell in shown],
        "rta_low": [low[cell] for cell in shown],
        "rta_high": [high[cell] for cell in shown],
        "rpa": [rpa[cell] for cell in shown],
        "rsi": [rsi[cell] for cell in shown],
        "verdict": [_verdict(low[cell], high[cell]) for cell in shown],
    }
    caveats = [Caveat("closed_reference", {"total": f"{float(counts.sum()):,.0f}"})]
    if hidden:
        caveats.append(Caveat("cells_hidden", {"hidden": hidden, "minimum": minimum}))
    uses = ["unit", "date", "counting", "technology", "family_basis"]
    uses += ["country"] if by == "country" else ["player_level"]
    uses += ["level"] if convention.technology != "wipo35" else []
    return scope.finding(
        "specialisation",
        COLUMNS,
        cells,  # type: ignore[arg-type]
        uses=uses,
        caveats=caveats,
        parameters={"by": by, "top": top, "method": method},
        minimum_count=minimum,
    )


def _verdict(low: float, high: float) -> str | None:
    """What the interval says against 1; nothing where there is no interval."""
    if np.isnan(low) or np.isnan(high):
        return None
    return "above" if low > 1 else "below" if high < 1 else "level"


def leaders_and_rest(table: pa.Table, top: int) -> tuple[list[Any], list[str], np.ndarray, np.ndarray]:
    """The ``top`` actors, all codes, and their table of counts and of squared weights, shape [actor, code].

    Everyone else is one last row: an index of a leader needs the totals of the others, not each of a million cells.
    """
    actor, code = (table[name].combine_chunks().dictionary_encode() for name in ("actor", "code"))
    weight = table["weight"].to_numpy()
    actors, found = actor.dictionary.to_pylist(), code.dictionary.to_pylist()
    totals = np.zeros(len(actors), dtype=np.int64)
    np.add.at(totals, actor.indices.to_numpy(), weight)
    order = sorted(range(len(actors)), key=lambda index: (-totals[index], str(actors[index])))
    row_of = np.full(len(actors), min(top, len(actors)))
    row_of[order[:top]] = np.arange(len(order[:top]))
    codes = sorted(found, key=lambda text: (len(text), text) if text.isdigit() else (0, text))
    place = {text: index for index, text in enumerate(codes)}
    column_of = np.array([place[text] for text in found])
    cell = row_of[actor.indices.to_numpy()], column_of[code.indices.to_numpy()]
    # Summed as integers, so that the order in which an engine returns its rows does not show.
    sums = np.zeros((2, int(row_of.max()) + 1, len(codes)), dtype=np.int64)
    np.add.at(sums[0], cell, weight)
    np.add.at(sums[1], cell, np.maximum(table["squares"].to_numpy(), 1))
    return [actors[index] for index in order[:top]], codes, sums[0] / SCALE, sums[1] / ROOT_SCALE**2
