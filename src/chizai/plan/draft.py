"""From a text to a plan document: the reader's draft, then the declared hand edits."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chizai.errors import MalformedInput, Where
from chizai.messages import Phrase
from chizai.plan.blocks import Block, decoded
from chizai.plan.edits import Edit, Edits, Extract, KpiEdit
from chizai.plan.facts import deadline, measure_facts
from chizai.plan.model import (
    Deadline,
    DocumentHead,
    Heading,
    Item,
    Locator,
    Names,
    PlanDocument,
    PlanHead,
    Statement,
)
from chizai.plan.outline import Entry, outline
from chizai.plan.restate import nearest_restated
from chizai.plan.text import clean, fingerprint

BODY = Names(ja="知的財産戦略本部", en="Intellectual Property Strategy Headquarters")


@dataclass(frozen=True, slots=True)
class _Row:
    """A statement under way: places instead of ids."""

    place: str
    block: Block
    item: str
    role: str
    inferred: bool
    text: str
    under: str | None = None
    restates: tuple[str, ...] = ()
    part_of: str | None = None
    en: str = ""
    kpi: str | None = None
    deadline: Deadline | None = None
    extra: dict[str, object] = field(default_factory=dict)


def draft(data: bytes, *, year: int, label: str, state: str = "draft", kind: str = "outline") -> PlanDocument:
    """A draft YAML's content from the text of an overview.

    ``data`` is a file in UTF-8, UTF-16 or cp932, e.g. the text of the official PDF. Kinds and items are the reader's
    proposal (``inferred`` where no heading says so), restatements are proposed by likeness; nothing is corrected.

    Raises InputError for what is no text, and for a text without a contents list or without a single slide.
    """
    text = decoded(data, label=label)
    plan_id = f"ip-plan-{year}"
    edits = Edits(
        plan=PlanHead(id=plan_id, year=year, title=Names(ja=f"知的財産推進計画{year}"), body=BODY),
        document=DocumentHead.model_validate(
            {
                "id": f"{plan_id}-{kind}" + ("-draft" if state == "draft" else ""),
                "kind": kind,
                "state": state,
                "source": label,
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        ),
    )
    entries, rows, headings = _read(text, label)
    rows = _propose_restatements(rows)
    return _finish(edits, entries, rows, headings)


def edited(data: bytes, edits: Edits, translations: Mapping[str, str] | None = None) -> PlanDocument:
    """The reader's draft of ``data`` with the hand edits applied: what is shipped.

    Raises MalformedInput where an edit names a place that is no statement, where a correction's expected text is not
    found, and where the text is not the one the edits were made for.
    """
    label = edits.document.source
    found = hashlib.sha256(data).hexdigest()
    if found != edits.document.sha256:
        detail = Phrase("plan.problem.other_text", {"expected": edits.document.sha256[:12], "found": found[:12]})
        raise MalformedInput(where=Where(file=label), detail=detail)
    text = decoded(data, label=label)
    entries, rows, headings = _read(text, label)
    rows, headings = _apply_edits(rows, headings, edits.edits, text, label)
    rows = _apply_extracts(rows, edits, label)
    rows, headings = _apply_corrections(rows, headings, edits, label)
    rows = _apply_words(rows, edits, translations or {}, label)
    return _finish(edits, entries, rows, headings)


# Reading -----------------------------------------------------------------------------------------------------------


def _read(text: str, label: str) -> tuple[list[Entry], list[_Row], list[_Row]]:
    entries, placed = outline(text)
    if not any("-" in entry.number for entry in entries):
        raise MalformedInput(where=Where(file=label), detail=Phrase("plan.problem.no_contents"))
    if not any("-" in block.item for block in placed):
        raise MalformedInput(where=Where(file=label), detail=Phrase("plan.problem.no_slides"))
    rows: list[_Row] = []
    headings: list[_Row] = []
    met: Counter[int] = Counter()
    place_of: dict[int, str] = {}
    for index, found in enumerate(placed):
        if found.role == "contents":
            continue
        line = found.block.lines[0]
        met[line] += 1
        place = str(line) if met[line] == 1 else f"{line}.{met[line]}"
        place_of[index] = place
        row = _Row(
            place=place,
            block=found.block,
            item=found.item,
            role=found.role,
            inferred=found.inferred,
            text=_clean(found.block, found.role),
            under=place_of.get(found.under) if found.under is not None else None,
        )
        (headings if found.role == "heading" else rows).append(row)
    return entries, rows, headings


def _clean(block: Block, role: str) -> str:
    if block.form == "table":
        return " | ".join(part.strip() for part in block.verbatim.split("\t") if part.strip())
    return clean(block.verbatim, keep_spaces=role in ("figure", "heading"))


def _propose_restatements(rows: list[_Row]) -> list[_Row]:
    texts = [(row.place, row.text, row.role) for row in rows]
    near = nearest_restated(texts)
    return [replace(row, restates=near.get(row.place, ())) for row in rows]


# Hand edits --------------------------------------------------------------------------------------------------------


def _apply_edits(
    rows: list[_Row], headings: list[_Row], edits: Sequence[Edit], text: str, label: str
) -> tuple[list[_Row], list[_Row]]:
    by_place = {row.place: row for row in (*rows, *headings)}
    gone: set[str] = set()
    for edit in edits:
        row = _at(by_place, edit.at, label)
        if edit.join:
            parts = [row, *(_at(by_place, place, label) for place in edit.join)]
            gone.update(edit.join)
            last = parts[-1].block
            block = replace(
                row.block,
                lines=(row.block.lines[0], last.lines[1]),
                chars=(row.block.chars[0], last.chars[1]),
                verbatim=text[row.block.chars[0] : last.chars[1]],
            )
            row = replace(row, block=block)
        role = "heading" if edit.heading else edit.role or row.role
        row = replace(
            row,
            role=role,
            inferred=row.inferred and edit.role is None,
            item=edit.item or row.item,
            restates=edit.restates or row.restates,
            under=edit.under or row.under,
        )
        by_place[edit.at] = replace(row, text=_clean(row.block, role))
    kept = sorted((row for place, row in by_place.items() if place not in gone), key=lambda row: row.block.chars[0])
    return [row for row in kept if row.role != "heading"], [row for row in kept if row.role == "heading"]


def _apply_extracts(rows: list[_Row], edits: Edits, label: str) -> list[_Row]:
    by_place = {row.place: row for row in rows}
    found = list(rows)
    for number, extract in enumerate(edits.extracts, start=1):
        parent = _at(by_place, extract.at, label)
        at = parent.block.verbatim.find(extract.quote)
        if at < 0:
            raise _misfit(label, extract.at, "extract_not_found", quote=extract.quote)
        start = parent.block.chars[0] + at
        before = parent.block.verbatim[:at].count("\n")
        first = parent.block.lines[0] + before
        block = replace(
            parent.block,
            lines=(first, first + extract.quote.count("\n")),
            chars=(start, start + len(extract.quote)),
            verbatim=extract.quote,
        )
        row = _Row(
            place=f"{extract.at}#{number}",
            block=block,
            item=parent.item,
            role=extract.kind,
            inferred=False,
            text=clean(extract.quote),
            part_of=extract.at,
            restates=extract.restates,
            en=extract.en,
            kpi=extract.kpi,
            deadline=_date_outside(parent, extract, label),
        )
        found.append(row)
    # Parts stand after the whole that they are printed in, in their own order.
    return sorted(found, key=lambda row: (_start(row, by_place), row.part_of is not None, row.block.chars[0]))


def _date_outside(parent: _Row, extract: Extract, label: str) -> Deadline | None:
    if not extract.deadline:
        return None
    if extract.deadline not in parent.block.verbatim:
        raise _misfit(label, extract.at, "extract_not_found", quote=extract.deadline)
    return deadline(extract.deadline)


def _start(row: _Row, by_place: Mapping[str, _Row]) -> int:
    return by_place[row.part_of].block.chars[0] if row.part_of else row.block.chars[0]


def _apply_corrections(
    rows: list[_Row], headings: list[_Row], edits: Edits, label: str
) -> tuple[list[_Row], list[_Row]]:
    changed = {row.place: row for row in (*rows, *headings)}
    for correction in edits.corrections:
        hits = [
            place
            for place, row in changed.items()
            if row.block.lines[0] <= correction.line <= row.block.lines[1] and correction.expect in row.text
        ]
        if not hits:
            raise _misfit(label, str(correction.line), "correction_not_found", expect=correction.expect)
        for place in hits:
            row = changed[place]
            changed[place] = replace(row, text=row.text.replace(correction.expect, correction.replace))
    return [changed[row.place] for row in rows], [changed[row.place] for row in headings]


def _apply_words(rows: list[_Row], edits: Edits, translations: Mapping[str, str], label: str) -> list[_Row]:
    by_place = {row.place: row for row in rows}
    for place, english in translations.items():
        row = _at(by_place, place, label)
        by_place[place] = replace(row, en=english)
    for kpi in edits.kpis:
        place = kpi.at if kpi.at is not None else _place_of_kpi(by_place, kpi, label)
        row = _at(by_place, place, label)
        extra: dict[str, object] = {
            "kpi_kind": kpi.kind,
            "indicators": kpi.indicators,
            "no_indicator": kpi.no_indicator,
        }
        by_place[place] = replace(row, kpi=kpi.kpi, extra=extra)
    return [by_place[row.place] for row in rows]


def _place_of_kpi(rows: Mapping[str, _Row], kpi: KpiEdit, label: str) -> str:
    for place, row in rows.items():
        if row.kpi == kpi.kpi:
            return place
    raise _misfit(label, kpi.kpi, "no_such_place", place=kpi.kpi)


def _at(rows: Mapping[str, _Row], place: str, label: str) -> _Row:
    if place not in rows:
        raise _misfit(label, place, "no_such_place", place=place)
    return rows[place]


def _misfit(label: str, at: str, problem: str, **values: object) -> MalformedInput:
    line = at.split(".")[0].split("#")[0]
    where = Where(file=label, row=int(line) if line.isdecimal() else None)
    return MalformedInput(where=where, detail=Phrase(f"plan.problem.{problem}", values))


# Ids ---------------------------------------------------------------------------------------------------------------


def _finish(edits: Edits, entries: Sequence[Entry], rows: Sequence[_Row], headings: Sequence[_Row]) -> PlanDocument:
    counts: Counter[tuple[str, str]] = Counter()
    ids: dict[str, str] = {}
    for row in rows:
        counts[row.item, row.role] += 1
        ids[row.place] = f"{edits.plan.year}:{row.item}:{row.role}:{counts[row.item, row.role]}"
    statements = [_statement(row, ids, order) for order, row in enumerate(rows, start=1)]
    return PlanDocument(
        plan=edits.plan,
        document=edits.document,
        items=_items(entries, edits),
        headings=tuple(Heading(text=row.text, locator=_locator(row.block)) for row in headings),
        corrections=edits.corrections,
        notes=edits.notes,
        statements=tuple(_with_deadlines(statements)),
    )


def _statement(row: _Row, ids: Mapping[str, str], order: int) -> Statement:
    return Statement.model_validate(
        {
            "id": ids[row.place],
            "hash": fingerprint(row.text),
            "item": row.item,
            "kind": row.role,
            "order": order,
            "text": row.text,
            "verbatim": row.block.verbatim,
            "locator": _locator(row.block),
            "en": row.en,
            "part_of": ids[row.part_of] if row.part_of else None,
            "under": ids.get(row.under) if row.under else None,
            "restates": tuple(ids[place] for place in row.restates if place in ids),
            "kpi": row.kpi,
            "measure": measure_facts(row.text) if row.role == "measure" else None,
            "deadline": row.deadline,
            "inferred": row.inferred,
            **row.extra,
        }
    )


def _with_deadlines(statements: Sequence[Statement]) -> list[Statement]:
    """A measure without a date takes the date of the statement that restates it, and says so."""
    stated: dict[str, tuple[str, str]] = {}
    for statement in statements:
        for target in statement.restates if statement.kind == "restatement" else ():
            stated.setdefault(target, (statement.id, statement.text))
    found = []
    for statement in statements:
        facts = statement.measure
        if facts is not None and facts.deadline is None and statement.id in stated:
            source, text = stated[statement.id]
            date = deadline(text)
            if date is not None:
                date = date.model_copy(update={"stated_in": source})
                statement = statement.model_copy(update={"measure": facts.model_copy(update={"deadline": date})})
        found.append(statement)
    return found


def _items(entries: Sequence[Entry], edits: Edits) -> tuple[Item, ...]:
    said = {item.number: item for item in edits.items}
    found: dict[str, Item] = {}
    for entry in entries:
        by_hand = said.get(entry.number)
        found[entry.number] = Item(
            number=entry.number,
            parent=entry.number.split("-")[0] if "-" in entry.number else None,
            title=Names(ja=entry.title, en=by_hand.en if by_hand else ""),
            concept=by_hand.concept if by_hand else None,
            locator=_locator(entry.block),
        )
    if "0" not in found:
        found = {"0": Item(number="0", title=Names(ja="全体", en="Overall")), **found}
    return tuple(found.values())


def _locator(block: Block) -> Locator:
    return Locator(lines=block.lines, chars=block.chars, page=block.page if block.page > 1 else None)
