"""The winning line (勝ち筋): where a player can win, with the evidence, the interval and the move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from ibis import _
from numpy.typing import NDArray
from scipy import special

from chizai.errors import NotSupported, UnknownChoice
from chizai.finding import Caveat, Column, Finding
from chizai.landscape import Landscape
from chizai.landscape.places import KNOWN_SHARE
from chizai.landscape.scope import Scope
from chizai.landscape.statistics.proportions import proportion
from chizai.messages import LANGS, Lang, Phrase, lookup, text
from chizai.strategy.acceptability import Acceptability, Scaling, acceptability
from chizai.strategy.criteria import CRITERIA, Ground, Measured, Profile, profile
from chizai.strategy.errors import BadPreference
from chizai.strategy.moves import LoadedRule, Proposal, beyond_judging, load_rule, propose
from chizai.strategy.preferences import Preferences
from chizai.strategy.technologies import REST, By, Player, Technologies, find_player, technologies
from chizai.words import country_name

MINIMUM_UNITS, MINIMUM_OWN = 10, 3
"""Technologies with fewer units, or fewer of the player's own, are no choice."""
USES = ("unit", "date", "counting", "family_basis", "player_level")
NAMED = (Column("technology", "code"), Column("title", "text", lang="en"), Column("title_ja", "text", lang="ja"))


class Said(Phrase):
    """Words at hand in every language, where a message takes a Phrase."""

    def __init__(self, words: Mapping[Lang, str]) -> None:
        super().__init__("", {str(lang): said for lang, said in words.items()})

    def text(self, lang: Lang = "en") -> str:
        return str(self.values[lang])


@dataclass(frozen=True, eq=False)
class WinningLine:
    """A player's technologies, ranked, measured and judged by the rule. Every part is a Finding.

    ``line.ranking()`` first; ``line.criteria()`` what it rests on; ``line.moves()`` the evidence for and against;
    ``line.patents()`` the documents behind.
    """

    profile: Profile
    found: Acceptability
    loaded: LoadedRule
    proposals: dict[str, Proposal]
    preferences: Preferences
    unheeded: tuple[str, ...]
    """Preferences that speak of criteria which this collection cannot measure."""
    top_k: int
    dropped: dict[str, int]
    """Criteria that are known of too few technologies to rank by, with how many those are."""
    parameters: dict[str, object]
    field_names: dict[Lang, str]

    # What is asked most -----------------------------------------------------------------------------------------------

    @property
    def player(self) -> Player:
        return self.profile.ground.player

    @property
    def scope(self) -> Scope:
        return self.profile.ground.scope

    @property
    def technologies(self) -> Technologies:
        return self.profile.ground.technologies

    @property
    def ranked(self) -> list[str]:
        """The codes, the most acceptable first: by share of draws in the top k, then by mean rank."""
        top, rank = self.found.top(self.top_k), self.found.expected_rank
        order = sorted(range(len(top)), key=lambda at: (-round(float(top[at]), 9), float(rank[at]), self.codes[at]))
        return [self.codes[at] for at in order]

    @property
    def codes(self) -> tuple[str, ...]:
        return self.found.alternatives

    def name(self, code: str, lang: Lang = "en") -> str:
        return self.technologies.name(code, lang)

    def findings(self) -> dict[str, Finding]:
        """All of it, in the order of a page."""
        parts = (
            self.ranking(),
            self.criteria(),
            self.moves(),
            self.rank_acceptability(),
            self.central_weights(),
            self.pairwise(),
            self.patents(),
        )
        return {part.name: part for part in parts}

    # Findings ---------------------------------------------------------------------------------------------------------

    def ranking(self) -> Finding:
        """Technologies by the share of all admissible weights and draws of the data that put them in the top k."""
        order = self._order
        top, first = self.found.top(self.top_k)[order], self.found.top(1)[order]
        low, high = _monte_carlo(top, self.found)
        first_low, first_high = _monte_carlo(first, self.found)
        codes = self.ranked
        own, every, squares = self._counts(codes)
        share = proportion(own, every, confidence=self.scope.confidence, total_sum_squares=squares)
        proposals = [self.proposals[code] for code in codes]
        return self._finding(
            "winning_line",
            (
                Column("rank", "number"),
                Column("technology", "code"),
                Column("top_share", "share", low="top_low", high="top_high"),
                Column("top_low", "share"),
                Column("top_high", "share"),
                Column("move", "code"),
                *NAMED[1:],
                Column("first_share", "share", low="first_low", high="first_high"),
                Column("first_low", "share"),
                Column("first_high", "share"),
                Column("mean_rank", "number"),
                Column("confidence_factor", "share"),
                Column("criteria_known", "text"),
                Column("own_units", "count"),
                Column("share", "share", low="share_low", high="share_high"),
                Column("share_low", "share"),
                Column("share_high", "share"),
            ),
            {
                "rank": list(range(1, len(codes) + 1)),
                **self._names(codes),
                "move": [item.move or "none" for item in proposals],
                "top_share": top,
                "top_low": low,
                "top_high": high,
                "first_share": first,
                "first_low": first_low,
                "first_high": first_high,
                "mean_rank": self.found.expected_rank[order],
                "confidence_factor": self.found.confidence_factor[order],
                "criteria_known": [
                    f"{int(self.found.known[at].sum())}/{len(self.parameters['criteria'])}"  # type: ignore[arg-type]
                    for at in order
                ],
                "own_units": self.profile.ground.own_units[self._places(codes)],
                "share": share.value,
                "share_low": share.low,
                "share_high": share.high,
            },
            caveats=[
                Caveat("strategy_player", {"player": Said({lang: self.player.name(lang) for lang in LANGS})}),
                *self._seen,
                *self._missing(),
                *self._beyond(),
                Caveat("strategy_monte_carlo", {"draws": f"{self.found.draws:,}", "error": f"{self._error():.1%}"}),
                Caveat("strategy_rule", {"rule": self.loaded.rule.label}),
            ],
            facts={
                "top_k": self.top_k,
                "technologies_ranked": len(codes),
                "criteria_used": len(self.found.criteria),
            },
        )

    def criteria(self) -> Finding:
        """Every measure of every technology with its interval; ``ranked_by`` marks those that the ranking used."""
        rows: list[tuple[object, ...]] = []
        chosen = {measure: criterion for criterion, measure in self.profile.chosen.items()}
        owner = {measure: criterion for criterion, measures in _criterion_of().items() for measure in measures}
        for code in self.ranked:
            at = self._places([code])[0]
            for measure, found in self.profile.measured.items():
                known = bool(found.known[at])
                used = measure in chosen and chosen[measure] in self.found.criteria
                rows.append(
                    (
                        code,
                        owner.get(measure, measure),
                        measure,
                        *((float(part[at]) if known else None) for part in (found.value, found.low, found.high)),
                        found.better,
                        used,
                        *(None if known else _reason(str(found.reason[at]), lang) for lang in LANGS),
                    )
                )
        columns: list[Any] = list(zip(*rows, strict=True)) if rows else [[] for _unused in range(10)]
        codes = list(columns[0])
        return self._finding(
            "criteria",
            (
                *NAMED,
                Column("criterion", "code"),
                Column("measure", "code"),
                Column("value", "index", low="low", high="high"),
                Column("low", "index"),
                Column("high", "index"),
                Column("better", "code"),
                Column("ranked_by", "flag"),
                Column("missing_because", "text", lang="en"),
                Column("missing_because_ja", "text", lang="ja"),
            ),
            {
                **self._names([str(code) for code in codes]),
                **dict(
                    zip(
                        (
                            "criterion",
                            "measure",
                            "value",
                            "low",
                            "high",
                            "better",
                            "ranked_by",
                            "missing_because",
                            "missing_because_ja",
                        ),
                        columns[1:],
                        strict=True,
                    )
                ),
            },
            caveats=[*self._missing(), Caveat("closed_reference", {"total": self.scope.total}), *self._equals()],
        )

    def moves(self) -> Finding:
        """What the rule proposes for each technology, and what speaks for it and against it."""
        codes = self.ranked
        proposals = [self.proposals[code] for code in codes]

        def told(conditions: Sequence[Any], lang: Lang) -> str:
            return ("、" if lang == "ja" else "; ").join(condition.words(lang) for condition in conditions)

        data: dict[str, Any] = {
            **self._names(codes),
            "move": [item.move or "none" for item in proposals],
            "no_move_because": [item.why or None for item in proposals],
        }
        columns = [*NAMED, Column("move", "code"), Column("no_move_because", "code")]
        for lang in LANGS:
            ending = "_ja" if lang == "ja" else ""
            for name, part in (
                ("evidence_for", "supporting"),
                ("evidence_against", "against"),
                ("unjudged", "unknown"),
            ):
                columns.append(Column(f"{name}{ending}", "text", lang=lang))
                data[f"{name}{ending}"] = [told(getattr(item, part), lang) for item in proposals]
        return self._finding(
            "moves",
            columns,
            data,
            caveats=[Caveat("strategy_rule", {"rule": self.loaded.rule.label}), *self._beyond()],
        )

    def rank_acceptability(self) -> Finding:
        """Share of draws in which each technology has each rank."""
        codes, n = self.ranked, len(self.codes)
        share = self.found.rank_shares[self._order].reshape(-1)
        low, high = _monte_carlo(share, self.found)
        return self._finding(
            "rank_acceptability",
            (
                *NAMED,
                Column("rank", "number"),
                Column("rank_share", "share", low="rank_share_low", high="rank_share_high"),
                Column("rank_share_low", "share"),
                Column("rank_share_high", "share"),
            ),
            {
                **self._names([code for code in codes for _unused in range(n)]),
                "rank": [rank for _unused in codes for rank in range(1, n + 1)],
                "rank_share": share,
                "rank_share_low": low,
                "rank_share_high": high,
            },
        )

    def central_weights(self) -> Finding:
        """The weights that favour each technology: who weighs the criteria so, chooses it."""
        rows = [
            (code, criterion, float(self.found.central_weights[at, place]), float(self.found.confidence_factor[at]))
            for code, at in zip(self.ranked, self._order, strict=True)
            if np.isfinite(self.found.central_weights[at]).all()
            for place, criterion in enumerate(self.found.criteria)
        ]
        columns: list[Any] = list(zip(*rows, strict=True)) if rows else [[], [], [], []]
        return self._finding(
            "central_weights",
            (*NAMED, Column("criterion", "code"), Column("weight_of", "share"), Column("confidence_factor", "share")),
            {
                **self._names([str(code) for code in columns[0]]),
                "criterion": columns[1],
                "weight_of": columns[2],
                "confidence_factor": columns[3],
            },
        )

    def pairwise(self) -> Finding:
        """Share of draws in which one technology is ranked before another."""
        order, codes = self._order, self.ranked
        pairs = [(i, j) for i in range(len(codes)) for j in range(len(codes)) if i != j]
        share = np.array([self.found.pairwise[order[i], order[j]] for i, j in pairs])
        low, high = _monte_carlo(share, self.found)
        return self._finding(
            "pairwise_winning",
            (
                *NAMED,
                Column("over", "code"),
                Column("before_share", "share", low="before_low", high="before_high"),
                Column("before_low", "share"),
                Column("before_high", "share"),
            ),
            {
                **self._names([codes[i] for i, _unused in pairs]),
                "over": [codes[j] for _unused, j in pairs],
                "before_share": share,
                "before_low": low,
                "before_high": high,
            },
        )

    def patents(self, *, top: int = 5) -> Finding:
        """The player's patents behind each technology, the most cited first where citations are known."""
        found = self._patents if top == 5 else self.profile.ground.patents(top=top)
        rows = [(code, item) for code in self.ranked for item in found[code]]
        return self._finding(
            "patents_behind",
            (
                Column("technology", "code"),
                Column("publication", "code"),
                Column("document", "text"),
                Column("year", "year"),
                Column("citations", "count"),
            ),
            {
                "technology": [code for code, _unused in rows],
                "publication": [item["publication"] for _unused, item in rows],
                "document": [item["title"] for _unused, item in rows],
                "year": [item["year"] for _unused, item in rows],
                "citations": [item["citations"] for _unused, item in rows],
            },
            parameters={"top": top},
        )

    # Inside -----------------------------------------------------------------------------------------------------------

    @cached_property
    def _patents(self) -> dict[str, list[dict[str, Any]]]:
        return self.profile.ground.patents()

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        place = {code: at for at, code in enumerate(self.codes)}
        return np.array([place[code] for code in self.ranked], dtype=np.int64)

    def _places(self, codes: Sequence[str]) -> NDArray[np.int64]:
        """Where the codes stand in the profile, which also holds what is not ranked."""
        place = {code: at for at, code in enumerate(self.profile.codes)}
        return np.array([place[code] for code in codes], dtype=np.int64)

    def _counts(self, codes: Sequence[str]) -> tuple[Any, Any, Any]:
        own, _own_squares, every, squares = self.profile.ground.counts()
        at = self._places(codes)
        return np.minimum(own[at], every[at]), every[at], squares[at]

    def _names(self, codes: Sequence[str]) -> dict[str, list[Any]]:
        known = {code: [self.name(code, lang) for lang in LANGS] for code in dict.fromkeys(codes)}
        return {
            "technology": list(codes),
            "title": [known[code][LANGS.index("en")] for code in codes],
            "title_ja": [known[code][LANGS.index("ja")] for code in codes],
        }

    def _error(self) -> float:
        return float(self.found.error(self.found.top(self.top_k)).max())

    def _beyond(self) -> list[Caveat]:
        """The moves that the rule cannot propose here, for want of what it asks."""
        lacking = beyond_judging(self.profile, self.loaded.rule)
        if not lacking:
            return []
        measures = dict.fromkeys(measure for needs in lacking.values() for measure in needs)

        def listed(room: str, names: Iterable[str]) -> Said:
            joined = {
                lang: text("report.comma", lang).join(text(f"value.{room}.{n}", lang) for n in names) for lang in LANGS
            }
            return Said(joined)

        values = {"moves": listed("move", lacking), "measures": listed("measure", list(measures))}
        return [Caveat("strategy_moves_beyond", values)]

    @cached_property
    def _seen(self) -> tuple[Caveat, ...]:
        """How much of the world the collection shows: one office, units of no known country or applicant."""
        scope, found = self.scope, []
        if scope.one_office:
            office, share = scope.main_office
            names = Said({lang: country_name(office, lang) for lang in LANGS})
            found.append(Caveat("strategy_one_office", {"office": names, "share": f"{share:.0%}"}))
        rows = scope.actors(self.player.kind).filter(_.actor.notnull())
        lost = scope.total - int(scope.run(rows.unit.nunique().as_table())[0][0].as_py())
        if lost and self.player.kind == "country":
            found.append(Caveat("unknown_country", {"share": f"{lost / scope.total:.0%}"}))
        elif lost:
            found.append(Caveat("without_applicant", {"count": f"{lost:,}", "total": f"{scope.total:,}"}))
        return tuple(found)

    def _equals(self) -> list[Caveat]:
        """Where citations and family sizes are compared with others than those of the selection."""
        ground = self.profile.ground
        if {"relative_citations", "relative_coverage"}.isdisjoint(self.profile.measured) or ground.cohorts is ground:
            return []
        return [Caveat("strategy_equals", {"total": f"{ground.cohorts.scope.total:,}"})]

    def _missing(self) -> list[Caveat]:
        found = [
            Caveat(
                "strategy_missing",
                {"criterion": Phrase(f"value.criterion.{criterion}"), "reason": reason},
            )
            for criterion, reason in self.profile.missing.items()
        ]
        found += [
            Caveat(
                "strategy_sparse",
                {"criterion": Phrase(f"value.criterion.{criterion}"), "known": known, "total": len(self.codes)},
            )
            for criterion, known in self.dropped.items()
        ]
        if self.profile.chosen.get("momentum") == "relative_growth":
            found += self.profile.ground.recent.caveats
        unknown = int((~self.found.known).sum())
        if unknown:
            found.append(Caveat("strategy_partly_known", {"cells": unknown, "total": self.found.known.size}))
        left = len(self.profile.codes) - len(self.codes) + self.profile.ground.too_small
        if left:
            minimum, own = self.profile.ground.minimum_units, self.parameters["minimum_own"]
            found.append(Caveat("strategy_not_ranked", {"count": left, "minimum": minimum, "own": own}))
        if self.unheeded:
            found.append(Caveat("strategy_unheeded", {"preferences": "; ".join(self.unheeded)}))
        if len(self.codes) == 1:
            found.append(Caveat("strategy_one_technology"))
        elif len(self.codes) <= self.top_k:
            found.append(Caveat("strategy_all_in_top", {"count": len(self.codes)}))
        return found

    def _finding(
        self,
        name: str,
        columns: Sequence[Column],
        data: dict[str, Any],
        *,
        caveats: Sequence[Caveat] = (),
        facts: dict[str, object] | None = None,
        parameters: dict[str, object] | None = None,
    ) -> Finding:
        uses = [*USES, *(("country",) if self.player.kind == "country" else ())]
        if self.technologies.by in ("class", "wipo35"):
            uses += ["technology", "denominator", *(("level",) if self.technologies.by == "class" else ())]
        return self.scope.finding(
            name,
            columns,
            {key: values.tolist() if isinstance(values, np.ndarray) else list(values) for key, values in data.items()},
            uses=uses,
            caveats=caveats,
            facts=facts,
            parameters={**self.parameters, **(parameters or {})},
            last_complete_year=self.scope.last_complete_year,
            minimum_count=self.profile.ground.minimum_units,
        )


def _criterion_of() -> dict[str, list[str]]:
    from chizai.strategy.criteria import MEASURES

    return {criterion: [measure.__name__ for measure in measures] for criterion, measures in MEASURES.items()}


def _reason(code: str, lang: Lang) -> str:
    """Why a measure is missing, in words."""
    found = lookup(f"statistics.reason.{code}", lang) or lookup(f"strategy.reason.{code}", lang)
    return found if isinstance(found, str) else text("value.unknown", lang)


def _monte_carlo(share: Any, found: Acceptability) -> tuple[Any, Any]:
    """The share's 90 per cent interval from the number of draws alone (Wilson)."""
    z = special.ndtri(0.95)
    n = found.draws
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.where(share <= 0, 0.0, np.maximum(middle - reach, 0)), np.where(
        share >= 1, 1.0, np.minimum(middle + reach, 1)
    )


def winning_line(
    landscape: Landscape,
    *,
    player: str = "JP",
    by: By = "class",
    top_k: int = 3,
    criteria: Sequence[str] = CRITERIA,
    prefer: str | Sequence[str] = (),
    rule: Path | str | None = None,
    scaling: Scaling = "value",
    minimum_units: int = MINIMUM_UNITS,
    minimum_own: int = MINIMUM_OWN,
    minimum_known: float = 0.5,
    growth_years: int = 5,
    draws: int = 10_000,
    seed: int = 0,
) -> WinningLine:
    """Where a player can win: its technologies ranked by acceptability, with criteria, moves and evidence.

    player: a country (``JP``) or an applicant by name or identity. by: see ``technologies``.
    top_k: a technology's acceptability is its share of draws in the top ``top_k``.
    criteria: which of the six count. prefer: what is known of their weights, as ``"position > momentum"``.
    rule: a file with the rule for the moves; None is the shipped one.
    minimum_units, minimum_own: technologies with fewer units, or fewer of the player's own, are no choice (0 lets in
        those that the player would have to enter). minimum_known: a criterion known of a smaller share of the
        technologies is not ranked by.
    draws: of weights and data, from ``seed``.

    :raises NotSupported: the collection has no countries, no classes, or the player has too little in it.
    :raises UnknownChoice: no such player, technology scheme or criterion.
    :raises BadPreference: the preferences cannot be read or leave no weights.
    :raises BadRule: the rule file has a mistake; the error says where.
    """
    wanted = tuple(dict.fromkeys(criteria))
    for name in wanted:
        if name not in CRITERIA:
            raise UnknownChoice(kind="criterion", name=name, known=", ".join(CRITERIA))
    if top_k < 1:
        raise UnknownChoice(kind="top-k", name=str(top_k), known="1, 2, 3 ...")
    preferences = Preferences.parse(*((prefer,) if isinstance(prefer, str) else prefer), known=CRITERIA)
    preferences.check(wanted)
    loaded = load_rule(rule)
    chosen = find_player(landscape.scope, player)
    known_actors(landscape.scope, chosen)
    found = technologies(landscape.scope, by=by)
    known_within(found, chosen.kind)
    ground = Ground(
        found,
        chosen,
        minimum_units=minimum_units,
        growth_years=growth_years,
        seed=seed,
    )
    return of_ground(
        ground,
        loaded=loaded,
        preferences=preferences,
        criteria=wanted,
        top_k=top_k,
        scaling=scaling,
        minimum_own=minimum_own,
        minimum_known=minimum_known,
        draws=draws,
        seed=seed,
        field_names={lang: landscape.field_name(lang) or "" for lang in LANGS},
    )


def of_ground(
    ground: Ground,
    *,
    loaded: LoadedRule,
    preferences: Preferences | None = None,
    criteria: Sequence[str] = CRITERIA,
    top_k: int = 3,
    scaling: Scaling = "value",
    minimum_own: int = MINIMUM_OWN,
    minimum_known: float = 0.5,
    draws: int = 10_000,
    seed: int = 0,
    field_names: dict[Lang, str] | None = None,
) -> WinningLine:
    """The winning line on a ground that is already prepared: for many players on the same technologies."""
    preferences = preferences or Preferences()
    measured = profile(ground, criteria=criteria)
    present = measured.present & (ground.own_units >= minimum_own)
    if not present.any():
        reason = measured.missing.get("position", Phrase("strategy.reason.too_few"))
        if reason.key == "strategy.reason.too_few":
            reason = too_few(minimum=ground.minimum_units, own=minimum_own)
        raise NotSupported(figure=Phrase("strategy.figure"), reason=reason)
    codes = [code for code, here in zip(measured.codes, present, strict=True) if here]
    usable: dict[str, Measured] = {}
    dropped: dict[str, int] = {}
    for criterion in criteria:
        if criterion not in measured.chosen:
            continue
        part = _at(measured.criterion(criterion), present)
        if part.known.mean() >= minimum_known:
            usable[criterion] = part
        else:
            dropped[criterion] = int(part.known.sum())
    heeded, unheeded = preferences.among(tuple(usable))
    try:
        found = acceptability(codes, usable, preferences=heeded, scaling=scaling, draws=draws, seed=seed)
    except BadPreference as error:
        # They can be met among all criteria, but not among those that these data can measure.
        raise NotSupported(
            figure=Phrase("strategy.figure"),
            reason=Phrase("strategy.reason.preferences", {"preferences": "; ".join(preferences.texts)}),
        ) from error
    proposals = dict(zip(measured.codes, propose(measured, loaded.rule), strict=True))
    return WinningLine(
        profile=measured,
        found=found,
        loaded=loaded,
        proposals=proposals,
        preferences=preferences,
        unheeded=unheeded,
        top_k=min(top_k, len(codes)),
        dropped=dropped,
        parameters={
            "player": ground.player.identity,
            "by": ground.technologies.by,
            "top_k": top_k,
            "criteria": list(criteria),
            "measures": {name: measured.chosen[name] for name in usable},
            "minimum_units": ground.minimum_units,
            "preferences": list(preferences.texts),
            "scaling": scaling,
            "draws": draws,
            "seed": seed,
            "growth_years": ground.growth_years,
            "minimum_own": minimum_own,
            "minimum_known": minimum_known,
            "rule": {"name": loaded.rule.label, "sha256": loaded.sha256, "file": loaded.file},
        },
        field_names=field_names or {},
    )


def too_few(*, minimum: int = MINIMUM_UNITS, own: int = MINIMUM_OWN) -> Phrase:
    """Why nothing can be ranked, with the numbers that it would take."""
    return Phrase("strategy.reason.too_few_own", {"minimum": minimum, "own": own})


def _at(found: Measured, where: NDArray[np.bool_]) -> Measured:
    return Measured(
        found.measure,
        found.value[where],
        found.low[where],
        found.high[where],
        reason=found.reason[where],
        scale=found.scale,
        better=found.better,
        confidence=found.confidence,
    )


def known_actors(scope: Scope, player: Player) -> None:
    """NotSupported where the data do not say who files, or from where; UnknownChoice where the country has nothing."""
    rows = scope.actors(player.kind).filter(_.actor.notnull())
    known = int(scope.run(rows.unit.nunique().as_table())[0][0].as_py())
    if known < KNOWN_SHARE * scope.total:
        reason: Literal["no_country", "without_applicant"] = (
            "no_country" if player.kind == "country" else "without_applicant"
        )
        raise NotSupported(figure=Phrase("strategy.figure"), reason=Phrase(f"caveat.reason_{reason}"))
    if (
        player.kind == "country"
        and player.actors
        and not scope.run(rows.filter(_.actor.isin(list(player.actors))).limit(1)).num_rows
    ):
        table = scope.run(rows.group_by("actor").agg(n=_.count()))
        counts = sorted(table.to_pylist(), key=lambda row: (-row["n"], row["actor"]))
        raise UnknownChoice(
            kind="country", name=player.identity, known=", ".join(row["actor"] for row in counts[:12]) or "-"
        )


def known_within(found: Technologies, kind: Literal["country", "player"]) -> None:
    """NotSupported where the units that have a technology mostly do not say who files, or from where.

    A mixed corpus may know the countries of one collection and the classes of another.
    """
    scope = found.scope
    inside = found.rows.filter(_.code != REST).select("unit").distinct()
    named = inside.semi_join(scope.actors(kind).filter(_.actor.notnull()), "unit")
    every, known = (int(scope.run(rows.count().as_table())[0][0].as_py()) for rows in (inside, named))
    if known < KNOWN_SHARE * every:
        reason = Phrase(f"strategy.reason.few_{kind}", {"known": f"{known:,}", "total": f"{every:,}"})
        raise NotSupported(figure=Phrase("strategy.figure"), reason=reason)
