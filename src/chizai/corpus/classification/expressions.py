"""The levels and the WIPO-35 fields as relational expressions.

Only string functions that DuckDB, Spark and BigQuery share; no engine is named. The symbols must be in chizai's written
form (:func:`chizai.corpus.classification.normalise`), as they are in the canonical tables.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from chizai.corpus.classification.symbols import INDEXING_FROM, LEVELS, Level
from chizai.corpus.classification.wipo35 import wipo35_table
from chizai.errors import UnknownChoice


def level(symbol: ir.StringColumn, level: Level) -> ir.StringColumn:
    """A column of CPC, IPC or FI symbols cut to a level; NULL where a symbol does not reach that deep."""
    if level == "section":
        return symbol.substr(0, 1)
    if level == "class":
        return ibis.ifelse(symbol.length() >= 3, symbol.substr(0, 3), ibis.null(str))
    if level == "subclass":
        return ibis.ifelse(symbol.length() >= 4, symbol.substr(0, 4), ibis.null(str))
    if level == "main_group":
        return ibis.ifelse(symbol.contains("/"), symbol.substr(0, symbol.find("/")) + "/00", ibis.null(str))
    if level == "full":
        return symbol
    raise UnknownChoice(kind="level", name=level, known=", ".join(LEVELS))


def is_indexing(symbol: ir.StringColumn) -> ir.BooleanColumn:
    """True for the CPC's 2000 series: four digits before the slash, from 2000."""
    group = symbol.substr(4, 5)
    return (symbol.find("/") == 8) & (group >= f"{INDEXING_FROM}/")


def wipo35_classified(classification: ir.Table, *, successors: bool = True) -> ir.Table:
    """The rows of ``classification`` (CPC or IPC) with their WIPO-35 ``field`` (int64) added.

    Rows whose symbol has no field (Y, the 2000 series, subclasses that the concordance lacks) are left out; a symbol in
    two fields gives two rows. A group of its own wins over its subclass, as in :func:`wipo35`.
    """
    mapping = ibis.memtable(wipo35_table(successors=successors))
    rows = classification.filter(
        classification.scheme.isin(["cpc", "ipc"]) & ~is_indexing(classification.symbol)
    ).mutate(_subclass=level(classification.symbol, "subclass"), _group=level(classification.symbol, "main_group"))
    # No subclass stands in the concordance both whole and by groups, so one symbol matches on one side only.
    whole = mapping.filter(mapping.level == "subclass").select(_subclass=mapping.key, field=mapping.field)
    groups = mapping.filter(mapping.level == "main_group").select(_group=mapping.key, field=mapping.field)
    return ibis.union(
        rows.inner_join(whole, "_subclass").drop("_subclass", "_group"),
        rows.inner_join(groups, "_group").drop("_subclass", "_group"),
    )
