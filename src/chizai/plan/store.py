"""Plan files: the shipped ones, a user's own, and writing one."""

from __future__ import annotations

import gzip
import io
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from chizai.errors import UnknownChoice
from chizai.plan.blocks import MAX_BYTES
from chizai.plan.edits import Edits, Translations
from chizai.plan.model import PlanDocument
from chizai.plan.yaml_files import parse, read_bytes


def shipped_ids() -> list[str]:
    """The ids of the plan documents that come with chizai, oldest first."""
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in (files("chizai.data") / "plan").iterdir()
        if entry.name.startswith("ip-plan-") and entry.name.endswith(".yaml")
    )


@cache
def shipped(document_id: str) -> PlanDocument:
    """A shipped document by its id, by its plan's id (``ip-plan-2025``) or by the year."""
    known = shipped_ids()
    matching = [name for name in known if document_id in (name, name[: len("ip-plan-2025")], name[8:12])]
    if not matching:
        raise UnknownChoice(kind="plan", name=document_id, known=", ".join(known))
    name = matching[-1]
    data = (files("chizai.data") / "plan" / f"{name}.yaml").read_bytes()
    return parse(PlanDocument, data, label=f"{name}.yaml", own=True)


def load(plan: str | Path) -> PlanDocument:
    """A plan document: a shipped id or year, or a YAML file."""
    if Path(plan).suffix.lower() in (".yaml", ".yml"):
        return parse(PlanDocument, read_bytes(plan), label=Path(plan).name)
    return shipped(str(plan))


def source_text(document: PlanDocument) -> bytes | None:
    """The source file of a shipped document, byte for byte; None where chizai does not ship it."""
    path = files("chizai.data") / "plan" / "sources" / f"{Path(document.document.source).name}.gz"
    if not path.is_file():
        return None
    with gzip.open(io.BytesIO(path.read_bytes())) as stream:
        return stream.read(MAX_BYTES)


def shipped_edits(document_id: str) -> tuple[Edits, dict[str, str]]:
    """The hand edits and translations that a shipped document was made with."""
    folder = files("chizai.data") / "plan" / "edits"
    names = f"{document_id}.yaml", f"{document_id}.en.yaml"
    edits = parse(Edits, (folder / names[0]).read_bytes(), label=names[0], own=True)
    return edits, parse(Translations, (folder / names[1]).read_bytes(), label=names[1], own=True).en


def load_edits(path: Path, english: Path | None = None) -> tuple[Edits, dict[str, str]]:
    """A user's own hand edits, and translations where there are some."""
    edits = parse(Edits, read_bytes(path), label=path.name)
    if english is None:
        return edits, {}
    return edits, parse(Translations, read_bytes(english), label=english.name).en


def dump(document: PlanDocument) -> str:
    """The document as YAML, the same bytes for the same content."""
    plain = document.model_dump(mode="json", exclude_defaults=True)
    plain = {"schema_version": document.schema_version, **plain}
    stream = io.StringIO()
    _yaml().dump(_flow_spans(plain), stream)
    return _HEAD.format(source=document.document.source) + stream.getvalue()


_HEAD = "# Read by chizai from {source}. Declare corrections, do not change texts in place (docs/plan/model.md).\n"


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 4096
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=2, offset=0)
    return yaml


def _flow_spans(value: Any) -> Any:
    """Pairs of numbers and short lists on one line."""
    from ruamel.yaml.comments import CommentedSeq

    if isinstance(value, dict):
        return {key: _flow_spans(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_flow_spans(item) for item in value]
        if items and all(isinstance(item, (int, str)) for item in items):
            sequence = CommentedSeq(items)
            sequence.fa.set_flow_style()
            return sequence
        return items
    return value
