"""Plan files: the shipped ones, a user's own, and writing one."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from chizai.errors import InputError, MalformedInput, UnknownChoice, Where
from chizai.files import read_bytes
from chizai.messages import Phrase
from chizai.plan.blocks import MAX_BYTES, decoded
from chizai.plan.draft import draft
from chizai.plan.edits import Edits, Translations
from chizai.plan.model import PlanDocument
from chizai.yaml_files import Limits, complain, parse

LIMITS = Limits()
_YEAR = re.compile(r"知的財産推進計画\s*([0-9０-９]{4})")


def shipped_ids() -> list[str]:
    """The ids of the plan documents that come with chizai, oldest first."""
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in (files("chizai.data") / "plan").iterdir()
        if entry.name.startswith("ip-plan-") and entry.name.endswith(".yaml")
    )


def _complain(problem: str, where: Where, values: Mapping[str, object]) -> InputError:
    """What does not fit, in the words of a plan where it has its own."""
    if problem in ("not_a_mapping", "extra_forbidden"):
        return MalformedInput(where=where, detail=Phrase(f"plan.problem.{problem}", dict(values)))
    return complain(problem, where, values)


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
    """A plan document: a shipped id or year, a YAML file, or the text of an overview, which is read as a draft.

    A text that chizai ships (the same bytes) is the shipped document, hand edits and all. The year of any other is that of
    its first 知的財産推進計画YYYY.
    """
    path = Path(plan)
    if path.suffix.lower() in (".yaml", ".yml", ".json"):
        return parse(PlanDocument, read_bytes(path, limit=LIMITS.size), label=path.name, complain=_complain)
    if path.is_file() or path.suffix:
        return _from_text(path)
    return shipped(str(plan))


def _from_text(path: Path) -> PlanDocument:
    data = read_bytes(path, limit=MAX_BYTES)
    digest = hashlib.sha256(data).hexdigest()
    for name in shipped_ids():
        if shipped(name).document.sha256 == digest:
            return shipped(name)
    stated = _YEAR.search(decoded(data, label=path.name))
    if stated is None:
        raise MalformedInput(where=Where(file=path.name), detail=Phrase("plan.problem.no_plan_year"))
    return draft(data, year=int(unicodedata.normalize("NFKC", stated[1])), label=path.name)


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
    edits = parse(Edits, read_bytes(path, limit=LIMITS.size), label=path.name, complain=_complain)
    if english is None:
        return edits, {}
    return edits, parse(Translations, read_bytes(english, limit=LIMITS.size), label=english.name).en


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
