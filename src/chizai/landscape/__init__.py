"""The landscape, first storey: what a selection of patents says, each figure a Finding."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from chizai.convention import CHOICES
from chizai.errors import UnknownChoice
from chizai.finding import Finding
from chizai.landscape import (
    activity,
    citations,
    classes,
    concentration,
    coverage,
    cycle_time,
    documents,
    impact,
    life_cycle,
    main_path,
    mentions,
    momentum,
    novelty,
    patent_quality,
    places,
    players,
    quality,
    relatedness,
    specialisation,
    truncation,
    white_space,
)
from chizai.landscape.relations import Selection
from chizai.landscape.scope import Scope
from chizai.landscape.topics import findings as topic_findings
from chizai.landscape.topics import matrix
from chizai.provenance import sha256_of

if TYPE_CHECKING:
    from chizai.corpus.tables import Corpus
    from chizai.messages import Lang
    from chizai.workspace.config import Settings


class Landscape:
    """Every first-storey analysis over one selection. Methods read like the domain and return Findings.

    Choices (``unit``, ``date``, ``country``, ``counting``, ``technology``, ``level``, ``denominator``) can be changed for
    one figure: ``landscape.countries(country="inventor")``.
    """

    def __init__(self, scope: Scope, *, field_names: dict[Lang, str] | None = None) -> None:
        self.scope = scope
        self._field_names = field_names or {}

    def field_name(self, lang: Lang) -> str | None:
        """The technology field's name; None where the landscape is not of a field."""
        return self._field_names.get(lang)

    @classmethod
    def over(
        cls,
        corpus: Corpus,
        *,
        settings: Settings,
        root: Path | None = None,
        field: str | None = None,
        collections: tuple[str, ...] | None = None,
        years: tuple[int | None, int | None] | None = None,
        offices: tuple[str, ...] | None = None,
        players: tuple[str, ...] | None = None,
        **choices: Any,
    ) -> Landscape:
        """The landscape of a selection under the settings' conventions, changed by ``choices``."""
        from chizai.landscape.players import player_ids

        convention = settings.convention.as_convention().with_(
            **{name: value for name, value in choices.items() if value is not None}
        )
        if convention.player_level == "group":
            corpus = corpus.by_group()
        selection = Selection(collections=collections, years=years, offices=offices)
        # A figure always says which collections it used.
        collections = collections or tuple(sorted({item.collection for item in corpus.snapshots}))
        words = [f"{name}: {_words(value)}" for name, value in (("years", years), ("offices", offices)) if value]
        convention = convention.with_(collections=collections, selection="; ".join(words) or None)
        scope = Scope(corpus, convention, selection)
        parameters: dict[str, object] = {"collections": collections, "years": years, "offices": offices}
        if root is not None and settings.names.overrides and (root / settings.names.overrides).is_file():
            parameters["names_sha256"] = sha256_of(root / settings.names.overrides)
        if players:
            selection = Selection(**{**vars(selection), "players": player_ids(scope, list(players))})
            parameters["players"] = list(players)
            words.append(f"players: {', '.join(players)}")
        field_names: dict[Lang, str] = {}
        if field is not None:
            from chizai.landscape.field_publications import find_field, publications_of

            definition = find_field(field, settings=settings, root=root)
            matched = corpus.keep("field", publications_of(corpus, definition))
            selection = Selection(**{**vars(selection), "publications": matched})
            told = hashlib.sha256(definition.model_dump_json().encode()).hexdigest()
            parameters |= {"field": definition.id, "field_version": definition.version, "field_sha256": told}
            field_names = {"en": definition.name.en, "ja": definition.name.ja}
            convention = convention.with_(field=f"{definition.id} (v{definition.version})")
        convention = convention.with_(selection="; ".join(words) or None)
        parameters |= {name: getattr(convention, name) for name in CHOICES}
        return cls(Scope(corpus, convention, selection, parameters), field_names=field_names)

    def slug(self) -> str:
        """A folder name for what is made of this landscape."""
        parts = [self.scope.parameters.get("field"), *(self.scope.selection.collections or ())]
        return "-".join(str(part) for part in parts if part) or "landscape"

    def coverage(self) -> Finding:
        return coverage.coverage(self.scope)

    def activity(self, *, growth_years: int = 5, **choices: Any) -> Finding:
        return activity.activity(self.scope.under(**choices), growth_years=growth_years)

    def players(self, *, top: int | None = None, **choices: Any) -> Finding:
        return players.players(self.scope.under(**choices), top=top)

    def player_trend(self, *, top: int = 10, **choices: Any) -> Finding:
        return players.player_trend(self.scope.under(**choices), top=top)

    def entry_exit(self, *, silence: int = 3, **choices: Any) -> Finding:
        return players.entry_exit(self.scope.under(**choices), silence=silence)

    def co_applicants(self, *, top: int = 50, **choices: Any) -> Finding:
        return players.co_applicants(self.scope.under(**choices), top=top)

    def countries(self, **choices: Any) -> Finding:
        return places.countries(self.scope.under(**choices))

    def offices(self, **choices: Any) -> Finding:
        return places.offices(self.scope.under(**choices))

    def flows(self, **choices: Any) -> Finding:
        return places.flows(self.scope.under(**choices))

    def classes(self, *, top: int | None = None, **choices: Any) -> Finding:
        return classes.classes(self.scope.under(**choices), top=top)

    def co_classification(self, *, top: int = 100, **choices: Any) -> Finding:
        return classes.co_classification(self.scope.under(**choices), top=top)

    def specialisation(self, *, by: Literal["country", "player"] = "country", top: int = 10, **choices: Any) -> Finding:
        if by not in ("country", "player"):
            raise UnknownChoice(kind="by", name=by, known="country, player")
        method = choices.pop("method", "shrinkage")
        return specialisation.specialisation(self.scope.under(**choices), by=by, top=top, method=method)

    def concentration(self, *, minimum_units: int = 10, **choices: Any) -> Finding:
        return concentration.concentration(self.scope.under(**choices), minimum_units=minimum_units)

    def family_size(self, **choices: Any) -> Finding:
        return quality.family_size(self.scope.under(**choices))

    def grant_lag(self, *, settled_years: int = 10, minimum_units: int = 20, **choices: Any) -> Finding:
        scope = self.scope.under(**choices)
        return quality.grant_lag(scope, settled_years=settled_years, minimum_units=minimum_units)

    def claims(self, **choices: Any) -> Finding:
        return quality.claims(self.scope.under(**choices))

    def breadth(self, **choices: Any) -> Finding:
        return quality.breadth(self.scope.under(**choices))

    def citations(self, *, top: int = 50, minimum_cohort: int = 10, **choices: Any) -> Finding:
        return citations.citations(self.scope.under(**choices), top=top, minimum_cohort=minimum_cohort)

    def funding(self, **choices: Any) -> Finding:
        return mentions.funding(self.scope.under(**choices))

    def standards(self, *, top: int | None = None, **choices: Any) -> Finding:
        return mentions.standards(self.scope.under(**choices), top=top)

    def documents(self, *, top: int | None = 1000, **choices: Any) -> Finding:
        return documents.documents(self.scope.under(**choices), top=top)

    def relatedness(self, *, by: Literal["country", "player"] = "player", top: int = 100, **choices: Any) -> Finding:
        chosen = {name: choices.pop(name) for name in ("source", "measure") if name in choices}
        return relatedness.relatedness(self.scope.under(**choices), by=by, top=top, **chosen)

    def density(self, *, by: Literal["country", "player"] = "player", top: int = 10, **choices: Any) -> Finding:
        named = ("source", "measure", "itself", "neighbours", "method", "draws", "seed")
        chosen = {name: choices.pop(name) for name in named if name in choices}
        return relatedness.density(self.scope.under(**choices), by=by, top=top, **chosen)

    def complexity(self, *, by: Literal["country", "player"] = "player", ddof: int = 0, **choices: Any) -> Finding:
        return relatedness.complexity(self.scope.under(**choices), by=by, ddof=ddof)

    def momentum(
        self, *, by: Literal["technology", "office"] = "technology", top: int = 50, span: int = 8, **choices: Any
    ) -> Finding:
        chosen = {name: choices.pop(name) for name in ("burst_ratio", "burst_gamma") if name in choices}
        return momentum.momentum(self.scope.under(**choices), by=by, top=top, span=span, **chosen)

    def life_cycle(self, *, top: int = 15, **choices: Any) -> Finding:
        chosen = {name: choices.pop(name) for name in ("family",) if name in choices}
        return life_cycle.life_cycle(self.scope.under(**choices), top=top, **chosen)

    def main_path(self, *, routes: int = 1, **choices: Any) -> Finding:
        chosen = {name: choices.pop(name) for name in ("weight", "search") if name in choices}
        return main_path.main_path(self.scope.under(**choices), routes=routes, **chosen)

    def patent_quality(self, **choices: Any) -> Finding:
        named = ("winsorise", "minimum_cohort", "correction", "minimum_cited_share", "breakthrough_share")
        chosen = {name: choices.pop(name) for name in named if name in choices}
        return patent_quality.patent_quality(self.scope.under(**choices), **chosen)

    def impact(self, *, by: Literal["player", "country"] = "player", top: int | None = 20, **choices: Any) -> Finding:
        if by not in ("country", "player"):
            raise UnknownChoice(kind="by", name=by, known="country, player")
        named = ("cohort", "minimum_cohort", "weights", "pending", "pending_years", "term_years", "ep_states")
        chosen = {name: choices.pop(name) for name in named if name in choices}
        return impact.impact(self.scope.under(**choices), by=by, top=top, **chosen)

    def novelty(self, *, backward_years: int = 5, forward_years: int = 5, **choices: Any) -> Finding:
        chosen = {name: choices.pop(name) for name in novelty.OPTIONS if name in choices}
        windows = {"backward_years": backward_years, "forward_years": forward_years}
        return novelty.novelty(self.scope.under(**choices), **windows, **chosen)

    def breakthroughs(
        self, *, top: int = 50, backward_years: int = 5, forward_years: int = 5, **choices: Any
    ) -> Finding:
        chosen = {name: choices.pop(name) for name in novelty.OPTIONS if name in choices}
        windows = {"backward_years": backward_years, "forward_years": forward_years}
        return novelty.breakthroughs(self.scope.under(**choices), top=top, **windows, **chosen)

    def citation_truncation(self, *, horizon_years: int = 20, minimum_share: float = 0.1, **choices: Any) -> Finding:
        scope = self.scope.under(**choices)
        return truncation.citation_truncation(scope, horizon_years=horizon_years, minimum_share=minimum_share)

    def cycle_time(self, *, minimum_known: float = 0.5, **choices: Any) -> Finding:
        return cycle_time.cycle_time(self.scope.under(**choices), minimum_known=minimum_known)

    def current_impact(self, *, year: int | None = None, window: int = 5, top: int = 20, **choices: Any) -> Finding:
        return cycle_time.current_impact(self.scope.under(**choices), year=year, window=window, top=top)

    def topics(self, **choices: Any) -> Finding:
        chosen = topic_findings.taken(choices)
        return topic_findings.topics(self.scope.under(**choices), **chosen)

    def topic_trend(self, *, top: int | None = 20, minimum_units: int = 10, **choices: Any) -> Finding:
        chosen = topic_findings.taken(choices)
        scope = self.scope.under(**choices)
        return topic_findings.topic_trend(scope, top=top, minimum_units=minimum_units, **chosen)

    def topic_documents(self, *, top: int | None = 5, **choices: Any) -> Finding:
        chosen = topic_findings.taken(choices)
        return topic_findings.topic_documents(self.scope.under(**choices), top=top, **chosen)

    def topic_events(self, *, width: int = 5, **choices: Any) -> Finding:
        chosen = topic_findings.taken(choices)
        return topic_findings.topic_events(self.scope.under(**choices), width=width, **chosen)

    def topic_stability(self, *, seeds: tuple[int, ...] = (0, 1, 2), **choices: Any) -> Finding:
        chosen = topic_findings.taken(choices)
        return topic_findings.topic_stability(self.scope.under(**choices), seeds=seeds, **chosen)

    def problem_means(self, *, dictionary: Path | None = None, significance: float = 0.1, **choices: Any) -> Finding:
        declared = matrix.load(dictionary) if dictionary is not None else None
        return matrix.problem_means(self.scope.under(**choices), dictionary=declared, significance=significance)

    def white_space(
        self, *, by: Literal["class", "topic"] = "class", top: int = 50, minimum_size: int = 20, **choices: Any
    ) -> Finding:
        chosen = {name: choices.pop(name) for name in ("draws", "seed") if name in choices}
        scope = self.scope.under(**choices)
        return white_space.white_space(scope, by=by, top=top, minimum_size=minimum_size, **chosen)

    def white_space_test(self, *, hidden: int = 3, minimum_size: int = 20, **choices: Any) -> Finding:
        named = ("filled_from", "draws", "resamples", "seed")
        chosen = {name: choices.pop(name) for name in named if name in choices}
        scope = self.scope.under(**choices)
        return white_space.white_space_test(scope, hidden=hidden, minimum_size=minimum_size, **chosen)


ANALYSES: dict[str, Callable[..., Finding]] = {
    name: getattr(Landscape, name)
    for name in (
        "coverage",
        "activity",
        "players",
        "player_trend",
        "entry_exit",
        "co_applicants",
        "countries",
        "offices",
        "flows",
        "classes",
        "co_classification",
        "specialisation",
        "concentration",
        "family_size",
        "grant_lag",
        "claims",
        "breadth",
        "citations",
        "funding",
        "standards",
        "documents",
    )
}
"""The first storey by name, in the order of a report."""

FURTHER: dict[str, Callable[..., Finding]] = {
    name: getattr(Landscape, name)
    for name in (
        # The second storey: what a choice rests on.
        "relatedness",
        "density",
        "complexity",
        "momentum",
        "life_cycle",
        "main_path",
        "patent_quality",
        "impact",
        "novelty",
        "breakthroughs",
        "citation_truncation",
        "cycle_time",
        "current_impact",
        "topics",
        "topic_trend",
        "topic_documents",
        "topic_events",
        "topic_stability",
        "problem_means",
        "white_space",
        "white_space_test",
    )
}
"""The second storey by name: shown when asked for and used by the winning line, not part of every report."""

EVERY = {**ANALYSES, **FURTHER}
"""Every analysis by name: for ``chizai show`` and the documentation's test."""


def analysis_named(name: str) -> Callable[..., Finding]:
    """The analysis of this name; UnknownChoice lists the names there are."""
    if name not in EVERY:
        raise UnknownChoice(kind="analysis", name=name, known=", ".join(EVERY))
    return EVERY[name]


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return "-".join("" if item is None else str(item) for item in value)
    return str(value)
