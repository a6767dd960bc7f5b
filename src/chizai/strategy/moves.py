"""Moves: what a labelled rule proposes for a technology, with the evidence for and against.

The rule is data (``winning-line.rule.yaml``), not code: a user may edit a copy. Its id, version and sha256 stand in the
provenance of what it proposed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from chizai.errors import Where
from chizai.files import read_bytes
from chizai.messages import Lang, Phrase, text
from chizai.strategy.criteria import Profile
from chizai.strategy.errors import BadRule
from chizai.yaml_files import complain, parse

Move = Literal["protect", "push", "open", "ally", "leave"]
MOVES: tuple[Move, ...] = get_args(Move)
"""守る, 攻める, 開く (open or standardise), 組む, 退く."""
Relation = Literal["above", "below", "leans_above", "leans_below", "not_above", "not_below"]
SHIPPED = "winning-line.rule.yaml"
MEASURES = (
    "rta",
    "ipf_share",
    "lead",
    "rivals",
    "relative_citations",
    "impact_coverage",
    "relative_growth",
    "advance",
    "density",
    "relative_coverage",
    "standard_mentions",
    "self_citation",
)
"""The measures that a rule may name."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Data):
    """A measure's interval against a mark."""

    measure: str
    relation: Relation = Field(alias="is")
    mark: float | Literal["median"]

    @field_validator("measure")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in MEASURES:
            raise PydanticCustomError(
                "unknown_measure",
                "no such measure: {name} (known: {known})",
                {"name": name, "known": ", ".join(MEASURES)},
            )
        return name

    @field_validator("mark", mode="before")
    @classmethod
    def _number(cls, mark: object) -> object:
        """The YAML reader gives texts; a mark is a number or 'median'."""
        if isinstance(mark, str) and mark != "median":
            try:
                mark = float(mark)
            except ValueError:
                raise PydanticCustomError(
                    "bad_mark", "a mark is a number or 'median': {mark}", {"mark": mark}
                ) from None
        if isinstance(mark, float) and not np.isfinite(mark):
            raise PydanticCustomError("bad_mark", "a mark is a number or 'median': {mark}", {"mark": str(mark)})
        return mark

    def holds(self, profile: Profile, at: int) -> bool | None:
        """Whether it holds for the technology at this place; None where the measure is not known."""
        found = profile.measured.get(self.measure)
        if found is None or not found.known[at]:
            return None
        mark = float(np.median(found.value[found.known])) if self.mark == "median" else float(self.mark)
        value, low, high = (float(part[at]) for part in (found.value, found.low, found.high))
        return {
            "above": low > mark,
            "below": high < mark,
            "leans_above": value > mark,
            "leans_below": value < mark,
            "not_above": low <= mark,
            "not_below": high >= mark,
        }[self.relation]

    def words(self, lang: Lang) -> str:
        """The condition as a person reads it: 'RTA above 1'."""
        mark = text("strategy.moves.median", lang) if self.mark == "median" else f"{self.mark:g}"
        return text(
            f"strategy.relation.{self.relation}", lang, measure=text(f"value.measure.{self.measure}", lang), mark=mark
        )


class MoveRule(_Data):
    """When a move is proposed, and what speaks for and against it."""

    move: Move
    when: tuple[Condition, ...] = Field(min_length=1)
    unless: tuple[Condition, ...] = ()
    supporting: tuple[Condition, ...] = Field(default=(), alias="for")
    against: tuple[Condition, ...] = ()


class Enough(_Data):
    """How much must be known before anything is proposed."""

    units: int = Field(default=10, ge=0)
    criteria: int = Field(default=3, ge=1)


class Names(_Data):
    en: str = Field(min_length=1)
    ja: str = Field(min_length=1)


class Rule(_Data):
    """A rule file: see the comments of the shipped one for its form."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{1,63}$")
    version: int = Field(ge=1)
    name: Names
    note: Names | None = None
    evidence: Enough = Enough()
    moves: tuple[MoveRule, ...] = Field(min_length=1)

    @property
    def label(self) -> str:
        return f"{self.id} (v{self.version})"


@dataclass(frozen=True)
class LoadedRule:
    """A rule with the sha256 of the file it was read from."""

    rule: Rule
    sha256: str
    file: str


def load_rule(path: Path | str | None = None) -> LoadedRule:
    """The rule of a file, the shipped one by default.

    :raises InputError: the file is missing, too large, no YAML, or not a rule; the error names line and key.

    >>> load_rule().rule.label
    'winning-line (v1)'
    """
    if path is None:
        data, label = (files("chizai.strategy") / SHIPPED).read_bytes(), SHIPPED
    else:
        data, label = read_bytes(path, limit=256 * 1024), Path(path).name
    rule = parse(Rule, data, label=label, own=path is None, complain=_complain)
    return LoadedRule(rule, hashlib.sha256(data).hexdigest(), label)


def _complain(problem: str, where: Where, values: Mapping[str, object]) -> BadRule:
    if problem in ("not_a_mapping", "extra_forbidden"):
        return BadRule(where=where, detail=Phrase(f"strategy.rule.{problem}", dict(values)))
    return BadRule(where=where, detail=complain(problem, where, values).values["detail"])


@dataclass(frozen=True)
class Proposal:
    """What the rule says of one technology.

    ``move`` is None where nothing is proposed; ``why`` then says so: ``too_few_units``, ``too_few_criteria``,
    ``no_condition`` (evidence enough, but no move's conditions hold).
    """

    move: Move | None
    why: str
    others: tuple[Move, ...] = ()
    supporting: tuple[Condition, ...] = ()
    """Conditions that hold and speak for the move, those that it needs first."""
    against: tuple[Condition, ...] = ()
    unknown: tuple[Condition, ...] = ()
    """Conditions of the move that cannot be judged."""


def propose(profile: Profile, rule: Rule) -> list[Proposal]:
    """One proposal a technology, in the order of ``profile.codes``."""
    return [_propose(profile, rule, at) for at in range(len(profile.codes))]


def _propose(profile: Profile, rule: Rule, at: int) -> Proposal:
    known = sum(bool(profile.criterion(name).known[at]) for name in profile.chosen)
    if known < rule.evidence.criteria:
        return Proposal(None, "too_few_criteria")
    fitting = [item for item in rule.moves if _fits(item, profile, at)]
    if profile.ground.own_units[at] < rule.evidence.units:
        # A small portfolio is itself the evidence for leaving, and for nothing else.
        fitting = [item for item in fitting if item.move == "leave"]
        if not fitting:
            return Proposal(None, "too_few_units")
    if not fitting:
        return Proposal(None, "no_condition")
    chosen, *others = fitting
    said = _distinct((*chosen.when, *chosen.supporting))
    return Proposal(
        chosen.move,
        "",
        tuple(dict.fromkeys(item.move for item in others if item.move != chosen.move)),
        _strongest([condition for condition in said if condition.holds(profile, at)]),
        _strongest([condition for condition in chosen.against if condition.holds(profile, at)]),
        tuple(c for c in _distinct((*said, *chosen.against, *chosen.unless)) if c.holds(profile, at) is None),
    )


def _fits(item: MoveRule, profile: Profile, at: int) -> bool:
    return all(condition.holds(profile, at) for condition in item.when) and not any(
        condition.holds(profile, at) for condition in item.unless
    )


def beyond_judging(profile: Profile, rule: Rule) -> dict[Move, tuple[str, ...]]:
    """The moves that cannot be proposed at all, each with the measures it needs of which nothing is known here."""
    known = {name for name, found in profile.measured.items() if found.known.any()}
    needs = {
        item.move: tuple(dict.fromkeys(c.measure for c in item.when if c.measure not in known)) for item in rule.moves
    }
    possible = {item.move for item in rule.moves if not any(c.measure not in known for c in item.when)}
    return {move: lacking for move, lacking in needs.items() if lacking and move not in possible}


def _strongest(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """Without 'leans above 1' where 'above 1' is said of the same measure."""
    said = {(c.measure, c.relation, c.mark) for c in conditions}
    return tuple(
        c
        for c in conditions
        if not (c.relation.startswith("leans_") and (c.measure, c.relation.removeprefix("leans_"), c.mark) in said)
    )


def _distinct(conditions: Sequence[Condition]) -> list[Condition]:
    return list(dict.fromkeys(conditions))
