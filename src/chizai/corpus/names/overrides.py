"""The user's own decisions: a CSV or YAML file of name, identity, action, reason."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from chizai.corpus.names.normal import parse
from chizai.errors import BadEncoding, FileMissing, MalformedInput, MissingColumn, Where

Action = Literal["same", "separate"]


@dataclass(frozen=True, slots=True)
class Override:
    """One decision.

    'same': ``name`` belongs to ``identity`` (an identity, or any spelling of the body). 'separate': ``name`` is kept apart
    from every other name; names with the same ``identity`` stay together.
    """

    name: str
    identity: str | None
    action: Action = "same"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Overrides:
    rows: tuple[Override, ...] = ()
    source: str | None = None
    by_name: dict[str, Override] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            self.by_name[row.name.strip()] = row

    def of(self, name: str) -> Override | None:
        return self.by_name.get(name.strip())


def read_overrides(path: str | Path) -> Overrides:
    """Read a file of decisions; ``.yaml``/``.yml`` or CSV (UTF-8, cp932, UTF-16) with the columns below.

    Columns or keys: ``name`` (exactly as in the data), ``identity``, ``reason``, ``action`` ('same', the default, or
    'separate'). Raises FileMissing, BadEncoding, MissingColumn, MalformedInput.
    """
    from chizai.corpus.readers.tabular import encoding_of

    path = Path(path)
    if not path.is_file():
        raise FileMissing(where=Where(file=str(path)))
    data = path.read_bytes()
    try:
        text = data.decode(encoding_of(data) or "utf-8")
    except UnicodeDecodeError as error:
        raise BadEncoding(where=Where(file=path.name)) from error
    rows = _yaml(text, path) if path.suffix.lower() in (".yaml", ".yml") else _csv(text, path)
    found: dict[str, Override] = {}
    for number, row in rows:
        override = _override(row, number, path)
        known = found.get(override.name)
        if known is not None and known != override:
            raise MalformedInput(
                where=Where(file=path.name, row=number, column="name", value=override.name),
                detail="two different decisions for one name",
            )
        found[override.name] = override
    return Overrides(tuple(found.values()), source=path.name)


def _csv(text: str, path: Path) -> list[tuple[int, dict[str, Any]]]:
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        present = [name.strip().lower() for name in reader.fieldnames or []]
        missing = [name for name in ("name",) if name not in present]
        if missing:
            raise MissingColumn(where=Where(file=path.name), columns=", ".join(missing), present=", ".join(present))
        return [
            (reader.line_num, {key.strip().lower(): value for key, value in row.items() if isinstance(key, str)})
            for row in reader
        ]
    except csv.Error as error:
        raise MalformedInput(where=Where(file=path.name), detail=str(error)) from error


def _yaml(text: str, path: Path) -> list[tuple[int, dict[str, Any]]]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        loaded = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise MalformedInput(where=Where(file=path.name), detail=str(error).splitlines()[0]) from error
    if isinstance(loaded, dict):
        loaded = loaded.get("names")
    if not isinstance(loaded, list) or not all(isinstance(row, dict) for row in loaded):
        raise MalformedInput(where=Where(file=path.name), detail="a list of entries with name and identity is needed")
    return [(number, {str(key).lower(): value for key, value in row.items()}) for number, row in enumerate(loaded, 1)]


def _override(row: dict[str, Any], number: int, path: Path) -> Override:
    def value(key: str) -> str:
        found = row.get(key)
        return "" if found is None else str(found).strip()

    name, identity = value("name"), value("identity") or None
    action = value("action").lower() or ("same" if identity else "separate")
    if action not in get_args(Action):
        raise MalformedInput(
            where=Where(file=path.name, row=number, column="action", value=action),
            detail="action is 'same' or 'separate'",
        )
    if not name or (action == "same" and identity is None):
        raise MalformedInput(
            where=Where(file=path.name, row=number, column="identity" if name else "name"),
            detail="an empty value where one is needed",
        )
    return Override(name, identity, "same" if action == "same" else "separate", value("reason"))


def key_of(text: str) -> tuple[str, str]:
    """The kind and key under which a spelling named in a decision is found again."""
    parsed = parse(text)
    return parsed.kind, parsed.key
