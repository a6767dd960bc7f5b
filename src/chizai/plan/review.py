"""A person's yes or no to the lineage: a CSV out, the filled CSV back in, an append-only log.

A decision names the record, what was decided, who and when, and the hashes of the texts that were read: where a text has
changed since, the decision no longer counts. A later row supersedes an earlier one; none is ever removed.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Literal, get_args

from filelock import FileLock

from chizai.errors import EmptyInput, MalformedInput, MissingColumn, Where
from chizai.files import defused, new_file
from chizai.messages import Lang, Phrase, text
from chizai.plan.changes import changes
from chizai.plan.lineage import Lineage, Link, Status
from chizai.plan.model import PlanDocument, Statement
from chizai.plan.tables import read_table

Decided = Literal["accept", "reject", "relink"]
DECISIONS: tuple[Decided, ...] = get_args(Decided)
ASKED = ("decision", "relink_to", "reviewer", "date", "comment")
"""The columns that a person fills."""
SHOWN = ("record", "level", "status", "score", "source_ids", "source_text", "target_ids", "target_text", "change")
SUGGESTED = ("suggestion_1", "suggestion_2", "suggestion_3")
COLUMNS = (*SHOWN, *SUGGESTED, *ASKED)


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the log."""

    source_document: str
    target_document: str
    record: str
    decision: Decided
    relink_to: str
    status: str
    reviewer: str
    date: str
    comment: str
    source_hashes: str
    target_hashes: str


# Out ---------------------------------------------------------------------------------------------------------------


def write_review(lineage: Lineage, path: Path, *, lang: Lang) -> int:
    """Write the CSV to be filled (UTF-8 with BOM, for Excel); the number of records. Items need no review."""
    links = [link for link in lineage.links if link.level != "item"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for link in links:
        suggestions = [f"{found.id} {found.text}" for found in link.suggestions][: len(SUGGESTED)]
        cells = [
            link.key,
            link.level,
            link.status,
            f"{link.score:.2f}",
            " ".join(link.source),
            "\n".join(link.source_text),
            " ".join(link.target),
            "\n".join(link.target_text),
            change_text(link, lang),
            *suggestions,
            *[""] * (len(SUGGESTED) - len(suggestions)),
            *(("accept", "", link.reviewer or "", link.reviewed_on or "", "") if link.reviewed else [""] * len(ASKED)),
        ]
        writer.writerow([defused(cell) for cell in cells])
    with new_file(path) as part:
        part.write_text(out.getvalue(), encoding="utf-8-sig", newline="")
    return len(links)


def change_text(link: Link, lang: Lang) -> str:
    """What changed, in words."""
    parts = []
    for change in link.change:
        label = text(f"plan.change.{change.what}", lang)
        if change.what == "stage":
            before = [text(f"plan.stage.{value}", lang) for value in change.before]
            after = [text(f"plan.stage.{value}", lang) for value in change.after]
        else:
            before, after = list(change.before), list(change.after)
        if before or after:
            none = text("plan.change.none", lang)
            label += f": {', '.join(before) or none} → {', '.join(after) or none}"
        parts.append(label)
    return "; ".join(parts)


# In ----------------------------------------------------------------------------------------------------------------


def read_review(path: Path, lineage: Lineage) -> list[Decision]:
    """The decisions of a filled CSV or Excel file; rows without a decision are left out.

    Raises MissingColumn, EmptyInput, and MalformedInput with the row where a decision is not one of accept, reject and
    relink, where name or date are missing, where a record or an id is unknown.
    """
    header, rows = read_table(path)
    missing = [name for name in ("record", *ASKED[:4]) if name not in header]
    if missing:
        raise MissingColumn(where=Where(file=path.name), columns=", ".join(missing), present=", ".join(header[:12]))
    by_key = {link.key: link for link in lineage.links if link.level != "item"}
    found = []
    for number, row in rows:
        if row.get("decision", "").strip():
            found.append(_decision(path, number, row, by_key, lineage))
    if not rows:
        raise EmptyInput(where=Where(file=path.name))
    return found


def _decision(path: Path, number: int, row: dict[str, str], by_key: dict[str, Link], lineage: Lineage) -> Decision:
    given = {name: row.get(name, "").strip() for name in ("record", *ASKED)}

    def refuse(column: str, problem: str, **values: object) -> MalformedInput:
        place = Where(file=path.name, row=number, column=column, value=given.get(column) or None)
        return MalformedInput(where=place, detail=Phrase(f"plan.problem.{problem}", values))

    word = given["decision"].lower()
    decision = _DECISION_WORDS.get(word)
    if decision is None:
        raise refuse("decision", "decision", known=", ".join(DECISIONS))
    link = by_key.get(given["record"])
    if link is None:
        raise refuse("record", "record_unknown")
    if not given["reviewer"]:
        raise refuse("reviewer", "reviewer_missing")
    try:
        date = dt.date.fromisoformat(given["date"].replace("/", "-"))
    except ValueError:
        raise refuse("date", "date") from None
    if not link.source and not link.target:
        raise refuse("record", "record_unknown")
    if decision == "reject" and not (link.source and link.target):
        raise refuse("decision", "reject_alone")
    partners = given["relink_to"].split() if decision == "relink" else []
    if decision == "relink":
        other = lineage.target if link.source else lineage.source
        known = other.by_id()
        if not partners:
            raise refuse("relink_to", "relink_missing")
        for name in partners:
            if name not in known:
                raise refuse("relink_to", "id_unknown", name=name, document=other.document.id)
    left, right = lineage.source.by_id(), lineage.target.by_id()
    sources = list(link.source) if link.source else partners
    targets = (partners if decision == "relink" else list(link.target)) if link.source else list(link.target)
    return Decision(
        source_document=lineage.source.document.id,
        target_document=lineage.target.document.id,
        record=link.key,
        decision=decision,
        relink_to=" ".join(partners),
        status=link.status,
        reviewer=given["reviewer"],
        date=date.isoformat(),
        comment=given["comment"],
        source_hashes=" ".join(left[name].hash for name in sources),
        target_hashes=" ".join(right[name].hash for name in targets),
    )


_DECISION_WORDS: dict[str, Decided] = {
    "accept": "accept",
    "reject": "reject",
    "relink": "relink",
    "承認": "accept",
    "却下": "reject",
    "付替": "relink",
    "付け替え": "relink",
}


# The log -----------------------------------------------------------------------------------------------------------

LOG_COLUMNS = tuple(found.name for found in fields(Decision))


def append_log(path: Path, decisions: Sequence[Decision]) -> int:
    """Append the decisions that are not already the last word on their record; how many were added."""
    with FileLock(str(path) + ".lock", timeout=30):
        last = _last(read_log(path)) if path.is_file() else {}
        new = [found for found in decisions if last.get(_subject(found)) != found]
        if new:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = not path.is_file()
            with path.open("a", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, LOG_COLUMNS, lineterminator="\n")
                if fresh:
                    writer.writeheader()
                writer.writerows({name: defused(cell) for name, cell in asdict(found).items()} for found in new)
    return len(new)


def read_log(path: Path) -> list[Decision]:
    """All decisions in the order in which they were made."""
    header, rows = read_table(path)
    missing = [name for name in LOG_COLUMNS if name not in header]
    if missing:
        raise MissingColumn(where=Where(file=path.name), columns=", ".join(missing), present=", ".join(header[:12]))
    found = []
    for number, row in rows:
        if row["decision"] not in DECISIONS:
            place = Where(file=path.name, row=number, column="decision", value=row["decision"])
            raise MalformedInput(where=place, detail=Phrase("plan.problem.decision", {"known": ", ".join(DECISIONS)}))
        found.append(Decision(**{name: row[name].removeprefix("'") for name in LOG_COLUMNS}))  # type: ignore[arg-type]
    return found


def _subject(decision: Decision) -> tuple[str, str, str]:
    return decision.source_document, decision.target_document, decision.record


def _last(decisions: Iterable[Decision]) -> dict[tuple[str, str, str], Decision]:
    return {_subject(found): found for found in decisions}


def reviewed(lineage: Lineage, decisions: Iterable[Decision]) -> Lineage:
    """The lineage with the last decision on each record applied; what a person decided is marked ``reviewed``.

    A rejected link falls apart into a dropped and a new record that are open again. A relink makes one record of the
    statements that the person named, and takes them out of the records that they stood in alone.
    """
    ours = (lineage.source.document.id, lineage.target.document.id)
    last = {key[2]: found for key, found in _last(decisions).items() if key[:2] == ours}
    kept: list[Link] = []
    made: list[Link] = []
    for link in lineage.links:
        decision = last.get(link.key)
        if decision is None or not _still_holds(decision, link, lineage):
            kept.append(link)
        elif decision.decision == "accept":
            kept.append(_signed(link, decision))
        elif decision.decision == "reject":
            kept.extend(_apart(link))
        else:
            made.append(_relinked(link, decision, lineage))
    linked = {name for link in made for name in link.source}
    reached = {name for link in made for name in link.target}
    kept = [
        link
        for link in kept
        if not (link.status == "dropped" and set(link.source) <= linked)
        and not (link.status == "new" and set(link.target) <= reached)
    ]
    present = (
        {name for link in (*kept, *made) for name in link.source},
        {name for link in (*kept, *made) for name in link.target},
    )
    left_over = [link for old in lineage.links if old.key in last for link in _apart(old) if _lost(link, present)]
    return replace(lineage, links=(*kept, *made, *left_over))


def _still_holds(decision: Decision, link: Link, lineage: Lineage) -> bool:
    """Whether the texts that were read are still the texts."""
    left, right = lineage.source.by_id(), lineage.target.by_id()
    partners = decision.relink_to.split()
    sources = link.source or tuple(partners)
    targets = tuple(partners) if decision.decision == "relink" and link.source else link.target
    if any(name not in left for name in sources) or any(name not in right for name in targets):
        return False
    return (
        " ".join(left[name].hash for name in sources) == decision.source_hashes
        and " ".join(right[name].hash for name in targets) == decision.target_hashes
    )


def _signed(link: Link, decision: Decision) -> Link:
    return replace(link, reviewed=True, reviewer=decision.reviewer, reviewed_on=decision.date)


def _apart(link: Link) -> list[Link]:
    """A record's statements each in a record of their own, open."""
    if not (link.source and link.target):
        return []
    bare = replace(link, change=(), automatic=False, reviewed=False, score=0.0)
    alone = [
        replace(bare, source=(name,), source_text=(words,), target=(), target_text=(), status="dropped")
        for name, words in zip(link.source, link.source_text, strict=True)
    ]
    alone += [
        replace(bare, source=(), source_text=(), target=(name,), target_text=(words,), status="new", suggestions=())
        for name, words in zip(link.target, link.target_text, strict=True)
    ]
    return alone


def _lost(link: Link, present: tuple[set[str], set[str]]) -> bool:
    return not (set(link.source) <= present[0] and set(link.target) <= present[1])


def _relinked(link: Link, decision: Decision, lineage: Lineage) -> Link:
    partners = tuple(decision.relink_to.split())
    sources = _statements(lineage.source, link.source or partners)
    targets = _statements(lineage.target, partners if link.source else link.target)
    status: Status = "carried" if all(a.text == b.text for a in sources for b in targets) else "revised"
    made = replace(
        link,
        source=tuple(found.id for found in sources),
        target=tuple(found.id for found in targets),
        source_text=tuple(found.text for found in sources),
        target_text=tuple(found.text for found in targets),
        status=status,
        change=() if status == "carried" else changes(sources, targets),
        automatic=False,
    )
    return _signed(made, decision)


def _statements(document: PlanDocument, names: Sequence[str]) -> list[Statement]:
    known = document.by_id()
    return [known[name] for name in names]
