"""The measures of a plan as rows: what, how far along, by when, who, and which KPIs stand beside them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from chizai.plan.model import Deadline, PlanDocument, Stage, Statement


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure. ``kpis`` and ``indicators`` are those printed for the same item: beside the measure, not caused by it."""

    id: str
    hash: str
    item: str
    text: str
    en: str
    stage: Stage | None
    deadline: Deadline | None
    owners: tuple[str, ...]
    bodies: tuple[str, ...]
    kpis: tuple[str, ...]
    indicators: tuple[str, ...]
    restated_in: tuple[str, ...]
    under: str | None

    def as_dict(self) -> dict[str, Any]:
        plain = asdict(self)
        plain["deadline"] = self.deadline.model_dump(exclude_none=True) if self.deadline else None
        return plain


def measures_of(document: PlanDocument) -> list[MeasureRow]:
    """All measures in the order of the text.

    Owners are ministries that the text names; most sentences name none, and none is guessed. A deadline may come from a
    restatement (``deadline.stated_in``); ``kind`` ``unstated`` means that no year is printed.
    """
    restated: dict[str, list[str]] = {}
    for statement in document.statements:
        for target in statement.restates:
            restated.setdefault(target, []).append(statement.id)
    return [_row(document, found, tuple(restated.get(found.id, ()))) for found in document.of_kind("measure")]


def _row(document: PlanDocument, statement: Statement, restated_in: tuple[str, ...]) -> MeasureRow:
    kpis = [found for found in document.of_kind("kpi") if found.item == statement.item]
    facts = statement.measure
    return MeasureRow(
        id=statement.id,
        hash=statement.hash,
        item=statement.item,
        text=statement.text,
        en=statement.en,
        stage=facts.stage if facts else None,
        deadline=facts.deadline if facts else None,
        owners=facts.owners if facts else (),
        bodies=facts.bodies if facts else (),
        kpis=tuple(found.kpi for found in kpis if found.kpi is not None),
        indicators=tuple(dict.fromkeys(name for found in kpis for name in found.indicators)),
        restated_in=restated_in,
        under=statement.under,
    )
