"""What differs between two wordings of one commitment: number, deadline, named instrument, stage, actor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chizai.plan.facts import bodies, deadline, lexicon, named_things, owners, quantities, stage
from chizai.plan.model import Deadline, Statement

What = Literal["number", "deadline", "instrument", "stage", "actor", "wording"]
_DATES = ("年", "月", "年度")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what was there and what is there now. ``wording`` alone: the same in other words."""

    what: What
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        return {"what": self.what, "before": list(self.before), "after": list(self.after)}


def changes(sources: Sequence[Statement], targets: Sequence[Statement]) -> tuple[Change, ...]:
    """The differences between what ``sources`` and ``targets`` say together; ``wording`` where nothing else differs."""
    before, after = "。".join(found.text for found in sources), "。".join(found.text for found in targets)
    found = [
        _difference("number", _numbers(before), _numbers(after)),
        _difference("deadline", _deadlines(sources), _deadlines(targets)),
        _difference("instrument", _instruments(before), _instruments(after)),
        _stage_change(sources, targets),
        _difference("actor", (*owners(before), *bodies(before)), (*owners(after), *bodies(after))),
    ]
    kept = tuple(change for change in found if change is not None)
    return kept or (Change("wording"),)


def _difference(what: What, before: Sequence[str], after: Sequence[str]) -> Change | None:
    gone = tuple(value for value in dict.fromkeys(before) if value not in after)
    come = tuple(value for value in dict.fromkeys(after) if value not in before)
    return Change(what, gone, come) if gone or come else None


def _numbers(text: str) -> list[str]:
    return [str(found) for found in quantities(text) if found.unit not in _DATES]


def _deadlines(statements: Sequence[Statement]) -> list[str]:
    found: list[Deadline | None] = []
    for statement in statements:
        stated = statement.measure.deadline if statement.measure is not None else deadline(statement.text)
        found.append(statement.deadline or stated)
    return [_period(date) for date in found if date is not None]


def _period(date: Deadline) -> str:
    """A date as one comparable word: 2033, FY2026, 2025-06; as printed where no year is stated."""
    if date.year is None:
        return date.raw
    if date.kind == "month":
        return f"{date.year}-{date.month:02d}"
    return f"FY{date.year}" if date.kind == "fy" else str(date.year)


def _instruments(text: str) -> list[str]:
    people = {*lexicon()["ministries"], *lexicon()["bodies"]}
    return sorted(named_things(text) - people)


def _stage_change(sources: Sequence[Statement], targets: Sequence[Statement]) -> Change | None:
    """Only where both sides have a stage to read."""
    before = [rung for found in sources if (rung := stage(found.text)) is not None]
    after = [rung for found in targets if (rung := stage(found.text)) is not None]
    if not before or not after or set(before) == set(after):
        return None
    return Change("stage", tuple(dict.fromkeys(before)), tuple(dict.fromkeys(after)))
