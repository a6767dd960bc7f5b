"""Reading a user's YAML without trusting it: size, depth, aliases; errors that name file, line and key.

Every room that takes YAML reads it here and says in its own words what does not fit (``complain``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, SequenceEndEvent, SequenceStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from chizai.corpus.readers.tabular import encoding_of
from chizai.errors import BadEncoding, EmptyInput, HostileInput, InputError, MalformedInput, Where
from chizai.foreign import of_pydantic, of_sentence
from chizai.messages import Phrase, lookup

Model = TypeVar("Model", bound=BaseModel)
Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold. Aliases can grow without end, nesting can exhaust the stack: neither has a use here."""

    size: int = 8 * 1024 * 1024
    depth: int = 12
    events: int = 400_000


class Complain(Protocol):
    def __call__(self, problem: str, where: Where, values: Mapping[str, object]) -> InputError:
        """The error for a problem: hostile_size, hostile_alias, hostile_depth, hostile_count, syntax, not_a_mapping,
        key_twice, missing, extra_forbidden, or a type of pydantic's (with ``reason``, what pydantic says of it)."""


def complain(problem: str, where: Where, values: Mapping[str, object]) -> InputError:
    """The error in general words, for rooms that have none of their own."""
    known = problem if isinstance(lookup(f"yaml.problem.{problem}", "en"), str) else "value"
    error = HostileInput if problem.startswith("hostile_") else MalformedInput
    return error(where=where, detail=Phrase(f"yaml.problem.{known}", dict(values)))


def parse(
    model: type[Model],
    data: bytes,
    *,
    label: str,
    own: bool = False,
    limits: Limits = Limits(),
    complain: Complain = complain,
) -> Model:
    """A YAML document as ``model``; what does not fit is an InputError with its line. ``own``: it came with chizai.

    :raises EmptyInput, BadEncoding: there is nothing, or no text, in it.
    """
    if len(data) > limits.size:
        raise complain("hostile_size", Where(file=label), {"kib": limits.size // 1024})
    content = _decoded(data, label)
    try:
        if not own:
            _refuse_hostile(content, label, limits, complain)
        root = YAML(typ="safe", pure=True).compose(content)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = str(getattr(error, "problem", None) or type(error).__name__)
        place = Where(file=label, row=mark.line + 1 if mark else None)
        raise complain("syntax", place, {"reason": of_sentence(reason)}) from None
    if not isinstance(root, MappingNode):
        raise complain("not_a_mapping", Where(file=label, row=1), {})
    lines: dict[Path_, int] = {}
    plain = _value(root, (), lines, label, complain)
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        raise _first(error, lines, label, complain) from None


def _decoded(data: bytes, label: str) -> str:
    where = Where(file=label)
    if not data.strip():
        raise EmptyInput(where=where)
    encoding = encoding_of(data)
    if encoding is None:
        raise BadEncoding(where=where)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise BadEncoding(where=where) from None


def _refuse_hostile(content: str, label: str, limits: Limits, complain: Complain) -> None:
    depth = 0
    for count, event in enumerate(YAML(typ="safe", pure=True).parse(content)):
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            depth -= 1
        found = (
            ("hostile_alias", isinstance(event, AliasEvent)),
            ("hostile_depth", depth > limits.depth),
            ("hostile_count", count > limits.events),
        )
        for problem, holds in found:
            if holds:
                row = event.start_mark.line + 1 if event.start_mark else None
                raise complain(problem, Where(file=label, row=row), {})


def _value(node: Node, path: Path_, lines: dict[Path_, int], label: str, complain: Complain) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, row = str(key_node.value), key_node.start_mark.line + 1
            if key in found:
                raise complain("key_twice", Where(file=label, row=row, column=key), {"key": key})
            lines[(*path, key)] = row
            found[key] = _value(value_node, (*path, key), lines, label, complain)
        return found
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, at), lines, label, complain) for at, item in enumerate(node.value)]
    assert isinstance(node, ScalarNode)
    tag = str(node.tag).rsplit(":", 1)[-1]
    if tag == "int" and node.value.isdecimal():
        return int(node.value)
    if tag == "bool" and node.value in ("true", "false"):
        return node.value == "true"
    # Everything else is what was written: a code such as 1E10 is not a number, 'no' is not false.
    return None if tag == "null" else node.value


def _first(error: ValidationError, lines: dict[Path_, int], label: str, complain: Complain) -> InputError:
    """The first of pydantic's complaints as one of ours, with its line."""
    found = error.errors(include_url=False)
    # A misspelt key is also a missing one: what stands in the file can be looked up there.
    item = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
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
    values = {
        **(item.get("ctx") or {}),
        "reason": item["msg"] if item["type"] == "value_error" else of_pydantic(dict(item)),
        "key": str(path[-1]) if path else "",
    }
    return complain(item["type"], place, values)
