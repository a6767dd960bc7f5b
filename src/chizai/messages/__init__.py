"""Texts that a person reads, in Japanese and English.

One TOML file a room and language: ``messages/en/report.toml`` holds the keys ``report.*``. A test fails when a key stands
in one language only.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

Lang = Literal["en", "ja"]
LANGS: tuple[Lang, ...] = get_args(Lang)


@cache
def catalogue(room: str, lang: Lang) -> dict[str, Any]:
    """The nested catalogue of one room in one language; empty where the room has none."""
    path = files(__name__) / lang / f"{room}.toml"
    if not path.is_file():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8"))


def rooms() -> list[str]:
    """All rooms that have a catalogue in any language."""
    return sorted({entry.name.removesuffix(".toml") for lang in LANGS for entry in (files(__name__) / lang).iterdir()})


def lookup(key: str, lang: Lang) -> Any | None:
    """The entry at a dotted key (first part names the room), or None."""
    room, *path = key.split(".")
    node: Any = catalogue(room, lang)
    for part in path:
        if not isinstance(node, dict) or part not in node:
            return None
        node = node[part]
    return node


def text(key: str, lang: Lang = "en", /, **values: object) -> str:
    """The text at ``key`` with ``values`` filled in.

    A missing key is a defect of chizai, never of the user's data: it raises KeyError so that a test finds it.

    >>> text("convention.unit.label", "ja")
    '単位'
    """
    entry = lookup(key, lang)
    if not isinstance(entry, str):
        raise KeyError(f"no text for {key!r} in {lang!r}")
    shown = {name: value.text(lang) if isinstance(value, Phrase) else value for name, value in values.items()}
    return entry.format(**shown) if shown else entry


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text of the catalogue to be filled into another one, in that one's language; as ``str`` it is English.

    >>> error_detail = Phrase("convention.unit.label")
    >>> error_detail.text("ja")
    '単位'
    """

    key: str
    values: dict[str, object] = field(default_factory=dict)

    def text(self, lang: Lang = "en") -> str:
        return text(self.key, lang, **self.values)

    def __str__(self) -> str:
        return self.text("en")
