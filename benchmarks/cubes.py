"""The counting cubes against SQL written by hand and against pandas: the same Parquet in, the same table out.

Three questions over the corpus (units are simple families, dated by priority):

- ``count``: country of applicant x CPC subclass x year, whole counts;
- ``fractional``: the same, each family shared out over its applicants and its subclasses;
- ``rta``: revealed technology advantage of every player in every CPC subclass, from fractional counts.

The hand-written SQL is what an analyst who knows DuckDB would write for just this question; chizai composes it from
parts that also serve every other convention. Every run opens the Parquet files anew. The results are compared cell by
cell before anything is timed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.measure import Result, alternating, corpus_of, ratio
from chizai.convention import Convention
from chizai.corpus.tables import Corpus
from chizai.engine import Engine
from chizai.landscape import relations
from chizai.landscape.relations import SCALE, Selection
from chizai.landscape.scope import Scope
from chizai.workspace.config import Settings

KINDS = relations.COUNTED_KINDS
CUBES = ("count", "fractional", "rta")

MEMBERS = """
    members AS (
        SELECT pub, simple_family AS unit, priority_date FROM '{0}/publication.parquet'
        WHERE kind_class IN ('application', 'grant', 'utility_model', 'other')
    ), held AS (
        SELECT unit, player, min(country) AS country, bool_and(also_inventor) AS inventor
        FROM '{0}/party.parquet' JOIN members USING (pub)
        WHERE role = 'applicant' AND player IS NOT NULL GROUP BY ALL
    ), owner AS (
        SELECT unit, player, country, count(*) OVER (PARTITION BY unit) AS n FROM (
            SELECT * FROM held QUALIFY NOT inventor OR bool_and(inventor) OVER (PARTITION BY unit)
        )
    ), coded AS (
        SELECT unit, subclass, count(*) OVER (PARTITION BY unit) AS k FROM (
            SELECT DISTINCT unit, subclass FROM '{0}/classification.parquet' JOIN members USING (pub) WHERE scheme = 'cpc'
        )
    )
"""
SQL = {
    "count": """
        WITH {members}, dated AS (SELECT unit, year(min(priority_date)) AS year FROM members GROUP BY unit),
        placed AS (SELECT DISTINCT unit, country FROM owner)
        SELECT country AS actor, subclass AS code, year, count(*) AS value
        FROM placed JOIN coded USING (unit) JOIN dated USING (unit) GROUP BY ALL
    """,
    "fractional": """
        WITH {members}, dated AS (SELECT unit, year(min(priority_date)) AS year FROM members GROUP BY unit),
        placed AS (SELECT unit, country, count(*) / any_value(n) AS share FROM owner GROUP BY ALL)
        SELECT country AS actor, subclass AS code, year, sum(share / k) AS value
        FROM placed JOIN coded USING (unit) JOIN dated USING (unit) GROUP BY ALL
    """,
    "rta": """
        WITH {members}, cells AS (
            SELECT player AS actor, subclass AS code, sum(1 / (n * k)) AS weight
            FROM owner JOIN coded USING (unit) GROUP BY ALL
        )
        SELECT actor, code, weight * sum(weight) OVER ()
            / (sum(weight) OVER (PARTITION BY actor) * sum(weight) OVER (PARTITION BY code)) AS value
        FROM cells
    """,
}


def by_hand(folder: Path, cube: str) -> pa.Table:
    query = SQL[cube].format(members=MEMBERS.format(folder))
    with duckdb.connect(":memory:") as con:
        con.execute("SET enable_progress_bar = false")
        con.execute("SET preserve_insertion_order = false")
        return con.sql(query).to_arrow_table()


class Uncut(Corpus):
    """A corpus that keeps nothing on the engine: the whole question is one expression."""

    def keep(self, name: str, expression: Any) -> Any:
        return expression


def by_expression(folder: Path, cube: str) -> pa.Table:
    return by_chizai(folder, cube, corpus=Uncut)


def by_chizai(folder: Path, cube: str, *, corpus: type[Corpus] = Corpus) -> pa.Table:
    convention = Settings().convention.as_convention().with_(counting="whole" if cube == "count" else "fractional")
    with Engine() as engine:
        scope = Scope(corpus.open(folder, engine=engine), convention, Selection())
        if cube == "rta":
            return _rta(scope.run(relations.cube(scope.actors("player"), scope.technologies(), convention)))
        found = scope.run(_by_year(scope, convention))
        value = found["units"] if cube == "count" else pa.array(found["weight"].to_numpy() / SCALE)
        return pa.table({**{name: found[name] for name in ("actor", "code", "year")}, "value": value})


def _by_year(scope: Scope, convention: Convention) -> Any:
    years = relations.units(scope.members, convention).select("unit", "year")
    rows = scope.actors("country").join(scope.technologies(), "unit").join(years, "unit")
    return relations.counted(rows, convention, keys=("actor", "code", "year"), share=(rows.m, rows.n * rows.k))


def _rta(cells: pa.Table) -> pa.Table:
    weight = cells["weight"].to_numpy() / SCALE
    actor, code = (cells[name].combine_chunks().dictionary_encode().indices.to_numpy() for name in ("actor", "code"))
    own, field = np.bincount(actor, weight), np.bincount(code, weight)
    value = weight * weight.sum() / (own[actor] * field[code])
    return pa.table({"actor": cells["actor"], "code": cells["code"], "value": value})


def by_pandas(folder: Path, cube: str) -> pa.Table:
    publication = pd.read_parquet(
        folder / "publication.parquet", columns=["pub", "kind_class", "simple_family", "priority_date"]
    )
    members = publication[publication["kind_class"].isin(KINDS)].rename(columns={"simple_family": "unit"})
    party = pd.read_parquet(
        folder / "party.parquet",
        columns=["pub", "player", "country", "also_inventor"],
        filters=[("role", "==", "applicant")],
    ).dropna(subset="player")
    held = party.merge(members[["pub", "unit"]], on="pub").groupby(["unit", "player"], sort=False)
    owner = held.agg(country=("country", "min"), inventor=("also_inventor", "min")).reset_index()
    owner = owner[~owner["inventor"] | owner.groupby("unit")["inventor"].transform("min")]
    owner["n"] = owner.groupby("unit")["player"].transform("size")
    classes = pd.read_parquet(
        folder / "classification.parquet", columns=["pub", "subclass"], filters=[("scheme", "==", "cpc")]
    )
    coded = classes.merge(members[["pub", "unit"]], on="pub")[["unit", "subclass"]].drop_duplicates()
    coded["k"] = coded.groupby("unit")["subclass"].transform("size")
    if cube == "rta":
        rows = owner[["unit", "player", "n"]].merge(coded, on="unit")
        rows["weight"] = 1 / (rows["n"] * rows["k"])
        cells = rows.groupby(["player", "subclass"], sort=False)["weight"].sum().reset_index()
        own = cells.groupby("player")["weight"].transform("sum")
        field = cells.groupby("subclass")["weight"].transform("sum")
        cells["value"] = cells["weight"] * cells["weight"].sum() / (own * field)
        cells = cells.rename(columns={"player": "actor", "subclass": "code"})[["actor", "code", "value"]]
        return pa.Table.from_pandas(cells.astype({"actor": "int64"}), preserve_index=False)
    first = pd.to_datetime(members["priority_date"]).groupby(members["unit"]).min()
    years = first.dt.year.astype("Int64").rename("year").reset_index()
    placed = owner.groupby(["unit", "country"], sort=False, dropna=False).agg(m=("n", "size"), n=("n", "first"))
    rows = placed.reset_index().merge(coded, on="unit").merge(years, on="unit")
    rows["value"] = 1 if cube == "count" else rows["m"] / (rows["n"] * rows["k"])
    cells = rows.groupby(["country", "subclass", "year"], sort=False, dropna=False)["value"].sum().reset_index()
    return pa.Table.from_pandas(cells.rename(columns={"country": "actor", "subclass": "code"}), preserve_index=False)


PATHS = {"expression": by_expression, "landscape": by_chizai, "sql": by_hand, "pandas": by_pandas}


def assert_same(one: pa.Table, other: pa.Table) -> None:
    keys = [name for name in ("actor", "code", "year") if name in one.column_names]
    tables = [
        table.select([*keys, "value"])
        .to_pandas()
        .astype({"value": "float64", **({"year": "float64"} if "year" in keys else {})})
        .sort_values(keys)
        .reset_index(drop=True)
        for table in (one, other)
    ]
    # Fixed-point weights are off by at most 1/SCALE of a unit a row.
    pd.testing.assert_frame_equal(*tables, check_dtype=False, rtol=1e-5, atol=1e-6)


def run(*, sizes: tuple[int, ...] = (100_000, 1_000_000), rounds: int = 7) -> list[Result]:
    rows = []
    for size in sizes:
        folder = corpus_of(size)
        for cube in CUBES:
            expected = by_hand(folder, cube)
            for path in ("expression", "landscape", "pandas"):
                assert_same(expected, PATHS[path](folder, cube))
            times = alternating(
                {name: lambda path=path: path(folder, cube) for name, path in PATHS.items()},
                rounds=rounds,
            )
            rows.append(
                {
                    "publications": size,
                    "cube": cube,
                    "cells": expected.num_rows,
                    **{f"{name} s": float(np.median(times[name])) for name in PATHS},
                    "expression / sql": ratio(times, "expression", "sql"),
                    "landscape / sql": ratio(times, "landscape", "sql"),
                    "expression / pandas": ratio(times, "expression", "pandas"),
                }
            )
    return [Result("cubes", "Cubes: Parquet to result", rows, [f"Medians of {rounds} alternating runs; same results."])]
