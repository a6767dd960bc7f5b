"""The readers, and how the right one is found: by looking at the content, not at the name."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from chizai.corpus.readers.base import Reader, Source
from chizai.errors import UnknownChoice, UnknownFormat, Where

MODULES = (
    # Order matters only where one layout contains another; the more specific comes first.
    "mapped",
    "uspto_redbook",
    "uspto_pap",
    "ops",
    "docdb",
    "jpo_api",
    "bigquery",
    "ppubs",
    "lens_jsonl",
    "patentsview",
    "lens_csv",
    "google_csv",
    "espacenet",
    "jplatpat",
)


@cache
def readers() -> tuple[Reader, ...]:
    """Every reader, most specific first. A module may export one ``READER`` or several ``READERS``."""
    found: list[Reader] = []
    for name in MODULES:
        module = import_module(f"{__name__}.{name}")
        found += getattr(module, "READERS", None) or [module.READER]
    return tuple(found)


def reader_named(name: str) -> Reader:
    for reader in readers():
        if reader.name == name:
            return reader
    raise UnknownChoice(kind="format", name=name, known=", ".join(reader.name for reader in readers()))


def recognise(source: Source) -> Reader:
    """The reader whose format this is; UnknownFormat when none claims it."""
    head = source.head()
    for reader in readers():
        if reader.recognise(head, source):
            return reader
    raise UnknownFormat(where=Where(file=source.label))
