"""The comparison of the years as it may be published: a machine's proposal is called one."""

from __future__ import annotations

from dataclasses import dataclass

from chizai.messages import Lang, text
from chizai.plan.lineage import Lineage, Link

FIRST = ("number", "deadline")
"""Changed numbers and deadlines are shown before all else."""
WHATS = ("number", "deadline", "instrument", "stage", "actor", "wording")


@dataclass(frozen=True)
class Row:
    """One record with its published mark. ``settled``: the mark is a verdict, not a question."""

    link: Link

    @property
    def reviewed(self) -> bool:
        return self.link.reviewed

    @property
    def settled(self) -> bool:
        """A dropped or new statement is a verdict only after a person's yes."""
        return self.link.publishable

    def mark(self, lang: Lang) -> str:
        status = self.link.status
        if not self.settled:
            return text(f"publish.mark.{status}_open", lang)
        return text(f"publish.mark.{status}", lang)

    def standing(self, lang: Lang) -> str:
        return text("publish.mark.reviewed" if self.reviewed else "publish.mark.machine", lang)

    @property
    def item(self) -> str:
        name = (self.link.target or self.link.source)[0]
        return name.split(":")[1] if ":" in name else name

    def changes(self, lang: Lang) -> list[str]:
        found = []
        for change in sorted(self.link.change, key=lambda one: WHATS.index(one.what)):
            what = text(f"publish.change.{change.what}", lang)
            before, after = (_joined(values, change.what, lang) for values in (change.before, change.after))
            if change.before or change.after:
                found.append(text("publish.change.line", lang, what=what, before=before, after=after))
            else:
                found.append(what)
        return found


def rows(lineage: Lineage) -> list[Row]:
    """All records, changed numbers and deadlines first, then revised, carried, and last the open questions."""
    return sorted((Row(link) for link in lineage.links), key=_rank)


def _rank(row: Row) -> tuple[int, str, str]:
    link = row.link
    if link.status == "revised" and any(change.what in FIRST for change in link.change):
        place = 0
    else:
        place = {"revised": 1, "carried": 2, "new": 3, "dropped": 4}[link.status]
    return place, row.item, link.key


def moved(row: Row) -> bool:
    """Whether a number or a deadline changed."""
    return _rank(row)[0] == 0


def _joined(values: tuple[str, ...], what: str, lang: Lang) -> str:
    if not values:
        return text("publish.change.none", lang)
    shown = [text(f"publish.stage.{value}", lang) if what == "stage" else value for value in values]
    return text("publish.comma", lang).join(shown)
