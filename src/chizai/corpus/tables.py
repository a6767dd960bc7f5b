"""The corpus on an engine: its star of tables, ready for relational analyses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from chizai.corpus.build import STAR
from chizai.engine import Engine, unbound
from chizai.provenance import SnapshotRef

STAR_SCHEMAS: dict[str, pa.Schema] = {
    "publication": pa.schema(
        [
            ("pub", pa.int64()),
            ("collection", pa.string()),
            ("publication_id", pa.string()),
            ("office", pa.string()),
            ("kind", pa.string()),
            ("kind_class", pa.string()),
            ("snapshot", pa.string()),
            ("granted", pa.bool_()),
            ("publication_date", pa.date32()),
            ("filing_date", pa.date32()),
            ("priority_date", pa.date32()),
            ("grant_date", pa.date32()),
            ("application_id", pa.string()),
            ("application", pa.int64()),
            ("simple_family", pa.int64()),
            ("extended_family", pa.int64()),
            ("source_family", pa.int64()),
            ("has_source_family", pa.bool_()),
            ("family_basis", pa.string()),
            ("offices", pa.int64()),
            ("ipf", pa.bool_()),
            ("ip5", pa.bool_()),
            ("triadic", pa.bool_()),
            ("source_ipf", pa.bool_()),
            ("source_ip5", pa.bool_()),
            ("source_triadic", pa.bool_()),
            ("family_size", pa.int64()),
            ("times_cited", pa.int64()),
            ("claims", pa.int64()),
        ]
    ),
    "party": pa.schema(
        [
            ("pub", pa.int64()),
            ("role", pa.string()),
            ("sequence", pa.int64()),
            ("name", pa.string()),
            ("player", pa.int64()),
            ("country", pa.string()),
            ("country_source", pa.string()),
            ("also_inventor", pa.bool_()),
        ]
    ),
    "player": pa.schema(
        [
            ("player", pa.int64()),
            ("identity", pa.string()),
            ("name", pa.string()),
            ("group_id", pa.string()),
            ("group", pa.string()),
            ("corporate_number", pa.string()),
            ("country_registry", pa.string()),
            ("leader", pa.int64()),
        ]
    ),
    "classification": pa.schema(
        [
            ("pub", pa.int64()),
            ("scheme", pa.string()),
            ("symbol", pa.string()),
            ("section", pa.string()),
            ("class", pa.string()),
            ("subclass", pa.string()),
            ("group", pa.string()),
            ("inventive", pa.bool_()),
            ("first", pa.bool_()),
            ("sequence", pa.int64()),
        ]
    ),
    "technology": pa.schema([("pub", pa.int64()), ("field", pa.int64()), ("basis", pa.string())]),
    "citation": pa.schema(
        [
            ("pub", pa.int64()),
            ("sequence", pa.int64()),
            ("patent", pa.bool_()),
            ("cited_id", pa.string()),
            ("cited", pa.int64()),
            ("cited_by", pa.string()),
            ("category", pa.string()),
            ("phase", pa.string()),
            ("cited_date", pa.date32()),
        ]
    ),
    "text": pa.schema([("pub", pa.int64()), ("part", pa.string()), ("language", pa.string()), ("text", pa.string())]),
    "funding": pa.schema(
        [
            ("pub", pa.int64()),
            ("sequence", pa.int64()),
            ("agency", pa.string()),
            ("contract", pa.string()),
            ("statement", pa.string()),
            ("derived", pa.bool_()),
        ]
    ),
    "standard": pa.schema(
        [
            ("pub", pa.int64()),
            ("sequence", pa.int64()),
            ("standard", pa.string()),
            ("context", pa.string()),
            ("derived", pa.bool_()),
        ]
    ),
}
"""The star that analyses read; ``identity`` (the merges and their reasons) is read by faces only."""


@dataclass
class Corpus:
    """Ibis tables by name, the engine that holds them, and the snapshots they came from."""

    tables: dict[str, Any]
    engine: Engine | None = None
    snapshots: tuple[SnapshotRef, ...] = ()
    folder: Path | None = None
    kept: dict[Any, Any] = field(default_factory=dict)
    """Results kept on the engine, by the node of their expression."""

    @classmethod
    def open(cls, folder: Path, *, engine: Engine, snapshots: tuple[SnapshotRef, ...] = ()) -> Corpus:
        tables = {name: engine.read(name, [folder / f"{name}.parquet"]) for name in STAR}
        return cls(tables, engine, snapshots, folder)

    @classmethod
    def unbound(cls) -> Corpus:
        """Without data: to compile analyses for another engine's dialect."""
        return cls(unbound(STAR_SCHEMAS))

    def __getitem__(self, name: str) -> Any:
        return self.tables[name]

    def by_group(self) -> Corpus:
        """The same corpus with groups as players: every member of a group counts as its leader, under the group's name."""
        player, party = self.tables["player"], self.tables["party"]
        leads = player.select("player", "leader")
        joined = party.left_join(leads, "player")
        grouped = joined.select(*(name for name in party.columns if name != "player"), player=joined.leader)
        heads = player.filter(player.player == player.leader)
        heads = heads.mutate(
            identity=ibis.coalesce(heads.group_id, heads.identity), name=ibis.coalesce(heads["group"], heads.name)
        )
        tables = {**self.tables, "party": self.keep("party_by_group", grouped), "player": self.keep("groups", heads)}
        return replace(self, tables=tables)

    def run(self, expression: Any) -> pa.Table:
        if self.engine is None:
            message = "this corpus has no engine; it only compiles"
            raise ValueError(message)
        return self.engine.run(expression)

    def keep(self, name: str, expression: Any) -> Any:
        """Materialise an intermediate result on the engine; without one the expression stays as it is.

        The same expression is worked out once: the landscapes of many fields share what they know of the whole.
        """
        if self.engine is None:
            return expression
        node = expression.op()
        if node not in self.kept:
            self.kept[node] = self.engine.keep(name, expression)
        return self.kept[node]

    def close(self) -> None:
        """Close the engine."""
        if self.engine is not None:
            self.engine.close()

    def __enter__(self) -> Corpus:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
