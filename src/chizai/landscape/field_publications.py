"""From a technology field to the publications of a corpus that belong to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from chizai import fields
from chizai.corpus.tables import Corpus
from chizai.fields import Field

if TYPE_CHECKING:
    from chizai.workspace.config import Settings


def find_field(name: str, *, settings: Settings, root: Path | None = None) -> Field:
    """A field by id, from the shipped ones or the workspace's own files, or by the path of a definition."""
    if name.endswith((".yaml", ".yml")):
        return fields.load(Path(name))
    for file in settings.fields.files:
        own = fields.load((root or Path()) / file)
        if own.id == name:
            return own
    return fields.get(name)


def publications_of(corpus: Corpus, field: Field) -> Any:
    """The publications of a field: an Ibis table with the column ``pub``."""
    tables = {
        name: corpus[name].mutate(collection=ibis.literal(""), publication_id=_.pub)
        for name in ("classification", "text")
    }
    return fields.select(tables, field).select(pub=_.publication_id)


def readable_tables(corpus: Corpus, collections: tuple[str, ...] | None = None) -> dict[str, Any]:
    """``classification`` and ``text`` with the collections and numbers that a person reads, for checks and samples."""
    keys = corpus["publication"].select("pub", "collection", "publication_id")
    if collections is not None:
        keys = keys.filter(keys.collection.isin(collections))
    return {name: corpus[name].join(keys, "pub").drop("pub") for name in ("classification", "text")}
