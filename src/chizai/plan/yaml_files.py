"""Reading a user's YAML without trusting it: size, depth, aliases; errors that name file, line and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, SequenceEndEvent, SequenceStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from chizai.corpus.readers.tabular import encoding_of
from chizai.errors import BadEncoding, EmptyInput, FileMissing, HostileInput, MalformedInput, Where
from chizai.messages import Phrase

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 12
MAX_EVENTS = 400_000

Model = TypeVar("Model", bound=BaseModel)
Path_ = tuple[str | int, ...]


def read_bytes(path: Path | str, *, limit: int = MAX_BYTES) -> bytes:
    """The file's bytes; refuses a file that is not there or larger than ``limit``."""
    path = Path(path)
    if not path.is_file():
        raise FileMissing(where=Where(file=str(path)))
    with path.open("rb") as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        detail = Phrase("plan.problem.too_large", {"mib": limit // 2**20})
        raise HostileInput(where=Where(file=path.name), detail=detail)
    return data


def parse(model: type[Model], data: bytes, *, label: str, own: bool = False) -> Model:
    """A YAML document as ``model``; what does not fit is an InputError with its line. ``own``: it came with chizai."""
    node = _compose(data, label, own=own)
    lines: dict[Path_, int] = {}
    plain = _value(node, (), lines, label)
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        raise _first(error, lines, label) from None


def _compose(data: bytes, label: str, *, own: bool) -> MappingNode:
    where = Where(file=label)
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
        if not own:
            _refuse_hostile(content, label)
        root = YAML(typ="safe", pure=True).compose(content)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = str(getattr(error, "problem", None) or type(error).__name__)
        place = Where(file=label, row=mark.line + 1 if mark else None)
        raise MalformedInput(where=place, detail=Phrase("plan.problem.yaml", {"reason": reason})) from None
    if not isinstance(root, MappingNode):
        raise MalformedInput(where=Where(file=label, row=1), detail=Phrase("plan.problem.not_a_mapping"))
    return root


def _refuse_hostile(content: str, label: str) -> None:
    depth = 0
    for count, event in enumerate(YAML(typ="safe", pure=True).parse(content)):
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            depth -= 1
        if isinstance(event, AliasEvent) or depth > MAX_DEPTH or count > MAX_EVENTS:
            row = event.start_mark.line + 1 if event.start_mark else None
            raise HostileInput(where=Where(file=label, row=row), detail=Phrase("plan.problem.yaml_hostile"))


def _value(node: Node, path: Path_, lines: dict[Path_, int], label: str) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in found:
                place = Where(file=label, row=key_node.start_mark.line + 1, column=key)
                raise MalformedInput(where=place, detail=Phrase("plan.problem.key_twice", {"key": key}))
            found[key] = _value(value_node, (*path, key), lines, label)
        return found
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, at), lines, label) for at, item in enumerate(node.value)]
    assert isinstance(node, ScalarNode)
    tag = str(node.tag).rsplit(":", 1)[-1]
    if tag == "int" and node.value.isdecimal():
        return int(node.value)
    if tag == "bool" and node.value in ("true", "false"):
        return node.value == "true"
    # Everything else is what was written: 'no' is not false, a text of digits in quotes is a text.
    return None if tag == "null" else node.value


def _first(error: ValidationError, lines: dict[Path_, int], label: str) -> MalformedInput:
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
    if item["type"] in ("missing", "extra_forbidden"):
        detail = Phrase(f"plan.problem.{item['type']}", {"key": str(path[-1])})
    else:
        detail = Phrase("plan.problem.value", {"reason": item["msg"]})
    return MalformedInput(where=place, detail=detail)
