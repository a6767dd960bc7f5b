"""Reading field definitions: the shipped ones and a user's own, by the same path and with the same checks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from chizai.corpus.readers.tabular import encoding_of
from chizai.errors import BadEncoding, BadField, EmptyInput, FileMissing, UnknownChoice, Where
from chizai.fields.model import Field
from chizai.messages import Lang, lookup, text

MAX_BYTES = 256 * 1024
"""A definition is some kilobytes; the largest shipped one is under ten."""
MAX_DEPTH = 8
MAX_EVENTS = 20_000

Path_ = tuple[str | int, ...]


class FieldFileError(BadField):
    """A definition that cannot be used. Takes ``problem``, a key of ``fields.problem``, and its values."""

    def __init__(self, *, problem: str, where: Where | None = None, **values: object) -> None:
        self.problem = problem
        super().__init__(where=where, problem=problem, **values)

    def what(self, lang: Lang = "en") -> str:
        values = {name: value for name, value in self.values.items() if name != "problem"}
        return text("errors.bad-field.what", lang, detail=text(f"fields.problem.{self.problem}", lang, **values))


def shipped() -> dict[str, Field]:
    """The definitions that chizai ships, by id, in the order of their sets and numbers."""
    return dict(_shipped())


@cache
def _shipped() -> dict[str, Field]:
    folder = files("chizai.fields") / "definitions"
    found = [parse(entry.read_bytes(), label=entry.name) for entry in folder.iterdir() if entry.name.endswith(".yaml")]
    order = ["strategic-2026", "standardisation-2025", "own"]
    found.sort(key=lambda field: (order.index(field.set), field.number or 0, field.id))
    return {field.id: field for field in found}


def get(name: str) -> Field:
    """A shipped field by its id, or the user's own by the path of its file (``.yaml`` or ``.yml``).

    :raises UnknownChoice: there is no shipped field of that id.
    :raises FileMissing: the path leads nowhere.
    :raises BadField: the file is no valid definition.
    """
    if name.endswith((".yaml", ".yml")):
        return load(Path(name))
    found = _shipped().get(name)
    if found is None:
        raise UnknownChoice(kind="field", name=name, known=", ".join(_shipped()))
    return found


def load(path: Path | str) -> Field:
    """Read a definition from a file. The errors name file, line and key."""
    path = Path(path)
    if not path.is_file():
        raise FileMissing(where=Where(file=str(path)))
    with path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    return parse(data, label=path.name)


def parse(data: bytes, *, label: str) -> Field:
    """Read a definition from the bytes of a file called ``label``."""
    plain, lines = _plain(data, label)
    try:
        return Field.model_validate(plain)
    except ValidationError as error:
        raise _first(error, plain, lines, label) from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a definition, for editors and other programs."""
    schema = Field.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


def _plain(data: bytes, label: str) -> tuple[dict[str, Any], dict[Path_, int]]:
    """The YAML as plain dicts, lists and scalars, and the line of every path in it."""
    where = Where(file=label)
    if len(data) > MAX_BYTES:
        raise FieldFileError(where=where, problem="hostile_size", kib=MAX_BYTES // 1024)
    if not data.strip():
        raise EmptyInput(where=where)
    encoding = encoding_of(data)
    if encoding is None:
        raise BadEncoding(where=where)
    try:
        content = data.decode(encoding)
    except UnicodeDecodeError:
        raise BadEncoding(where=where) from None
    try:
        _refuse_hostile(content, label)
        root = YAML(typ="safe", pure=True).compose(content)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or type(error).__name__
        row = mark.line + 1 if mark else None
        raise FieldFileError(where=Where(file=label, row=row), problem="syntax", reason=reason) from None
    if not isinstance(root, MappingNode):
        raise FieldFileError(where=Where(file=label, row=1), problem="not_a_mapping")
    lines: dict[Path_, int] = {}
    return _value(root, (), lines, label), lines


def _refuse_hostile(content: str, label: str) -> None:
    """Aliases can grow without limit, nesting can exhaust the stack: neither has a use in a definition."""
    depth = 0
    for count, event in enumerate(YAML(typ="safe", pure=True).parse(content)):
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            depth -= 1
        row = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, AliasEvent):
            raise FieldFileError(where=Where(file=label, row=row), problem="hostile_alias")
        if depth > MAX_DEPTH:
            raise FieldFileError(where=Where(file=label, row=row), problem="hostile_depth")
        if count > MAX_EVENTS:
            raise FieldFileError(where=Where(file=label, row=row), problem="hostile_count")


def _value(node: Node, path: Path_, lines: dict[Path_, int], label: str) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in found:
                place = Where(file=label, row=key_node.start_mark.line + 1, column=key)
                raise FieldFileError(where=place, problem="key_twice", key=key)
            found[key] = _value(value_node, (*path, key), lines, label)
            lines[(*path, key)] = key_node.start_mark.line + 1
        return found
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, at), lines, label) for at, item in enumerate(node.value)]
    assert isinstance(node, ScalarNode)
    tag = str(node.tag).rsplit(":", 1)[-1]
    if tag == "int" and node.value.isdecimal():
        return int(node.value)
    # Everything else is what was written: a code such as 1E10 is not a number, 'no' is not false.
    return None if tag == "null" else node.value


def _first(error: ValidationError, plain: Mapping[str, Any], lines: dict[Path_, int], label: str) -> FieldFileError:
    """The first of pydantic's complaints as one of ours, with its line."""
    item = error.errors(include_url=False)[0]
    path = tuple(item["loc"])
    at = path
    while at and at not in lines:
        at = at[:-1]
    given = item.get("input")
    place = Where(
        file=label,
        row=lines.get(at),
        column=".".join(str(part + 1) if isinstance(part, int) else part for part in path) or None,
        value=str(given) if isinstance(given, (str, int)) else None,
    )
    problem = item["type"]
    values: dict[str, object] = dict(item.get("ctx") or {})
    if problem in ("missing", "extra_forbidden"):
        values = {"key": str(path[-1])}
    elif lookup(f"fields.problem.{problem}", "en") is None:
        problem, values = "value", {"reason": item["msg"]}
    return FieldFileError(where=place, problem=problem, **values)
