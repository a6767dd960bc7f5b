"""Reading field definitions: the shipped ones and a user's own, by the same path and with the same checks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from chizai import yaml_files
from chizai.errors import BadField, UnknownChoice, Where
from chizai.fields.model import Field
from chizai.files import missing
from chizai.messages import Lang, lookup, text

MAX_BYTES = 256 * 1024
"""A definition is some kilobytes; the largest shipped one is under ten."""
LIMITS = yaml_files.Limits(size=MAX_BYTES, depth=8, events=20_000)


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
        raise missing(path)
    with path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    return parse(data, label=path.name)


def parse(data: bytes, *, label: str) -> Field:
    """Read a definition from the bytes of a file called ``label``."""
    return yaml_files.parse(Field, data, label=label, limits=LIMITS, complain=_complain)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a definition, for editors and other programs."""
    schema = Field.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


def _complain(problem: str, where: Where, values: Mapping[str, object]) -> FieldFileError:
    """What does not fit, in the words of a field definition."""
    if not isinstance(lookup(f"fields.problem.{problem}", "en"), str):
        problem = "value"
    return FieldFileError(problem=problem, where=where, **values)
