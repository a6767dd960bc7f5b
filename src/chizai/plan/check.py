"""The invariants of a plan document: every bullet in a statement, every correction at work, every KPI measured or explained.

The check reads the source text on its own and not through the reader, so that a fault of the reader shows.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from chizai.messages import Lang, text
from chizai.plan.blocks import decoded
from chizai.plan.model import Locator, PlanDocument, Statement
from chizai.plan.text import clean, fingerprint

Severity = Literal["error", "warning"]

_BULLET = re.compile(r"^[ \t]*(?:-[ \t]|[•◆◇▶➤➢○〇◯●■□▪・\uf06c\uf06e\uf0d8\uf0fc※])")
_INNER_BULLET = re.compile(r"[ \t][○〇◯◆](?=[^\s○〇◯◆])")


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken invariant. ``place`` is a statement id or ``line n``."""

    code: str
    place: str
    severity: Severity = "error"
    values: dict[str, object] = field(default_factory=dict)

    def text(self, lang: Lang) -> str:
        return text(f"plan.check.{self.code}", lang, **self.values)

    def as_dict(self, lang: Lang) -> dict[str, object]:
        return {"code": self.code, "severity": self.severity, "place": self.place, "text": self.text(lang)}


def check(document: PlanDocument, source: bytes | None) -> list[Problem]:
    """All problems of ``document``. Without its ``source`` what needs the text is not checked, and a warning says so."""
    found = [*_ids(document), *_references(document), *_kpis(document), *_words(document)]
    if source is None:
        found.append(Problem("no_source", document.document.source, "warning"))
        return found
    if hashlib.sha256(source).hexdigest() != document.document.sha256:
        found.append(Problem("other_source", document.document.source))
        return found
    content = decoded(source, label=document.document.source)
    return [*found, *_coverage(document, content), *_texts(document, content), *_corrections(document)]


# The text ----------------------------------------------------------------------------------------------------------


def _coverage(document: PlanDocument, content: str) -> Iterator[Problem]:
    """Every bullet opens a statement (or is a line of the contents list); every other letter is at least a heading's."""
    statements = [found.locator for found in document.statements]
    contents = [item.locator for item in document.items if item.locator is not None]
    headings = [heading.locator for heading in document.headings]
    opens = {locator.chars[0] for locator in (*statements, *contents)}
    covered = bytearray(len(content))
    for locator in (*statements, *contents, *headings):
        start, end = locator.chars
        covered[start:end] = b"\x01" * (min(end, len(content)) - start)
    offset = 0
    for number, line in enumerate(content.split("\n"), start=1):
        start, offset = offset, offset + len(line) + 1
        if not line.strip():
            continue
        if any(not covered[start + at] for at, sign in enumerate(line) if not sign.isspace()):
            code = "bullet_missing" if _BULLET.match(line) else "text_missing"
            yield Problem(code, f"line {number}", values={"line": number, "text": line.strip()[:40]})
            continue
        for at in _bullet_starts(line):
            if start + at not in opens:
                yield Problem("bullet_swallowed", f"line {number}", values={"line": number, "text": line[at:][:40]})


def _bullet_starts(line: str) -> list[int]:
    if not _BULLET.match(line):
        return []
    first = len(line) - len(line.lstrip(" \t"))
    return [first, *(found.end() - 1 for found in _INNER_BULLET.finditer(line) if found.start() > first + 3)]


def _texts(document: PlanDocument, content: str) -> Iterator[Problem]:
    for statement in document.statements:
        start, end = statement.locator.chars
        if content[start:end] != statement.verbatim:
            yield Problem("verbatim_differs", statement.id)
        elif statement.text not in _readings(document, statement):
            yield Problem("text_undeclared", statement.id, values={"text": statement.text[:40]})
        if fingerprint(statement.text) != statement.hash:
            yield Problem("hash_differs", statement.id, values={"hash": fingerprint(statement.text)})


def _readings(document: PlanDocument, statement: Statement) -> set[str]:
    """What the verbatim text may read as: cleaned, with the declared corrections of its lines."""
    verbatim = statement.verbatim
    readings = {clean(verbatim), clean(verbatim, keep_spaces=True)}
    if "\t" in verbatim:
        readings.add(" | ".join(part.strip() for part in verbatim.split("\t") if part.strip()))
    for correction in document.corrections:
        if _on(statement.locator, correction.line):
            readings = {reading.replace(correction.expect, correction.replace) for reading in readings}
    return readings


def _corrections(document: PlanDocument) -> Iterator[Problem]:
    """A correction whose expected text does not stand on its line has gone stale."""
    for correction in document.corrections:
        places: list[tuple[Locator, str]] = [(found.locator, found.verbatim) for found in document.statements]
        places += [(heading.locator, heading.text) for heading in document.headings]
        hits = [
            verbatim
            for locator, verbatim in places
            if _on(locator, correction.line)
            and (
                correction.expect in clean(verbatim)
                or correction.expect in clean(verbatim, keep_spaces=True)
                or correction.expect in " | ".join(part.strip() for part in verbatim.split("\t") if part.strip())
                or correction.replace in verbatim
            )
        ]
        if not hits:
            values: dict[str, object] = {"line": correction.line, "expect": correction.expect}
            yield Problem("correction_unused", f"line {correction.line}", values=values)


def _on(locator: Locator, line: int) -> bool:
    return locator.lines[0] <= line <= locator.lines[1]


# The records -------------------------------------------------------------------------------------------------------


def _ids(document: PlanDocument) -> Iterator[Problem]:
    for name, count in Counter(found.id for found in document.statements).items():
        if count > 1:
            yield Problem("id_twice", name)
    numbers = {item.number for item in document.items}
    for order, found in enumerate(document.statements, start=1):
        year, item, kind, _ = found.id.split(":")
        if (int(year), item, kind) != (document.plan.year, found.item, found.kind):
            yield Problem("id_wrong", found.id)
        if found.order != order:
            yield Problem("order_wrong", found.id, values={"order": order})
        if found.item not in numbers:
            yield Problem("item_unknown", found.id, values={"item": found.item})


def _references(document: PlanDocument) -> Iterator[Problem]:
    known = document.by_id()
    for found in document.statements:
        named = [*found.restates, *(name for name in (found.part_of, found.under) if name is not None)]
        if found.measure is not None and found.measure.deadline is not None and found.measure.deadline.stated_in:
            named.append(found.measure.deadline.stated_in)
        for name in named:
            if name not in known or name == found.id:
                yield Problem("reference_unknown", found.id, values={"name": name})


def _kpis(document: PlanDocument) -> Iterator[Problem]:
    for found in document.statements:
        if found.kind != "kpi" and found.kpi is None:
            continue
        if not found.indicators and found.no_indicator is None:
            yield Problem("kpi_without_indicator", found.id)
        if found.kpi is None or found.kpi_kind is None:
            yield Problem("kpi_without_kind", found.id)


def _words(document: PlanDocument) -> Iterator[Problem]:
    missing = [found.id for found in document.statements if not found.en and found.kind != "figure"]
    if missing:
        values: dict[str, object] = {"count": len(missing), "first": missing[0]}
        yield Problem("translation_missing", missing[0], "warning", values)
