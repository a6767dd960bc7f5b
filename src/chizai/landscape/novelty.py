"""Novelty and impact from words: what is new in the texts of a year, and which documents others followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
from ibis import _

from chizai.finding import Caveat, Column, Finding
from chizai.landscape.naming import player_names, publication_labels
from chizai.landscape.scope import Scope
from chizai.landscape.statistics import text_novelty as statistics
from chizai.landscape.statistics.citation_age import group_medians
from chizai.landscape.statistics.proportions import proportion

NOVELTY = (
    Column("year", "year"),
    Column("units", "count"),
    Column("new_word_share", "share", low="new_word_share_low", high="new_word_share_high"),
    Column("new_word_share_low", "share"),
    Column("new_word_share_high", "share"),
    Column("new_words", "number"),
    Column("word_reuse", "number"),
    Column("new_bigrams", "number"),
    Column("new_pairs", "number"),
    Column("pair_reuse", "number"),
    Column("backward_similarity", "number"),
    Column("forward_similarity", "number"),
    Column("importance", "number", low="importance_low", high="importance_high"),
    Column("importance_low", "number"),
    Column("importance_high", "number"),
)

BREAKTHROUGHS = (
    Column("rank", "number"),
    Column("publication", "code"),
    Column("title", "text"),
    Column("player", "text"),
    Column("year", "year"),
    Column("importance", "number"),
    Column("percentile", "share"),
    Column("backward_similarity", "number"),
    Column("forward_similarity", "number"),
    Column("new_words", "number"),
    Column("word_reuse", "number"),
    Column("new_pairs", "number"),
    Column("pair_reuse", "number"),
)

OPTIONS = ("baseline_years", "reuse_years", "minimum_prior", "share", "threshold")
"""Options of :func:`unit_novelty` beside the windows of similarity."""

AT_ONCE = 200_000
"""Units whose texts are held in memory together; of the others only word numbers are kept."""


@dataclass(frozen=True)
class UnitNovelty:
    """Every unit of the whole collections that has a text and a year, ascending; ``inside`` marks the selection's."""

    unit: np.ndarray
    inside: np.ndarray
    year: np.ndarray
    words: statistics.FirstUses
    bigrams: statistics.FirstUses
    pairs: statistics.FirstUses
    similarity: statistics.Similarity
    breakthrough: statistics.Breakthroughs
    caveats: tuple[Caveat, ...]
    parameters: dict[str, object]


def unit_novelty(
    scope: Scope,
    *,
    baseline_years: int = 3,
    reuse_years: int = 5,
    backward_years: int = 5,
    forward_years: int = 5,
    minimum_prior: int = 100,
    share: float = 0.05,
    threshold: float = 0.0,
) -> UnitNovelty | None:
    """Novelty of every unit's title and abstract against all earlier units of the whole collections; None without texts.

    baseline_years: years that only teach what is known, counted from the year by which ``minimum_prior`` units exist.
    reuse_years, backward_years, forward_years: windows; figures whose window is not complete are nan.
    share: of the most important units, after year effects, that count as breakthroughs.
    """
    whole = scope.whole
    part, language = _what_is_written(whole)
    if part is None:
        return None
    dated = scope.run(whole.units.filter(_.year.notnull()).select("unit", "year").order_by("unit"))
    unit, year = dated["unit"].to_numpy(), dated["year"].to_numpy().astype(np.float64)
    tokens, has_text = _tokens(whole, unit, part=part, language=language)
    unit, year = unit[has_text], year[has_text]
    if not len(unit):
        return None
    years, sizes = np.unique(year, return_counts=True)
    begun = np.nonzero(np.cumsum(sizes) >= minimum_prior)[0]
    first = float(years[begun[0]] if len(begun) else years[-1])
    baseline_end = first + baseline_years
    end = whole.last_complete_year
    caveats = [Caveat(f"texts_{part}")]
    if end is None:
        # The last year of a collection is seldom whole, and nothing else tells.
        end = int(years[-1]) - 1
        caveats.append(Caveat("last_year_assumed", {"year": end}))
    words, bigrams, pairs = (
        count(tokens, year, baseline_end=baseline_end, window=float(reuse_years), cutoff=float(end))
        for count in (statistics.new_words, statistics.new_bigrams, statistics.new_pairs)
    )
    similarity = statistics.similarity(
        tokens,
        year,
        backward_years=backward_years,
        forward_years=forward_years,
        minimum_prior=minimum_prior,
        last_year=end,
        threshold=threshold,
    )
    inside = np.isin(unit, scope.run(scope.units.select("unit"))["unit"].to_numpy())
    if np.isnan(similarity.importance).all():
        caveats.append(Caveat("no_importance", {"backward": backward_years, "forward": forward_years}))
    parameters: dict[str, object] = {
        "baseline_years": baseline_years,
        "reuse_years": reuse_years,
        "backward_years": backward_years,
        "forward_years": forward_years,
        "minimum_prior": minimum_prior,
        "share": share,
        "threshold": threshold,
        "part": part,
        "language": language,
        "baseline_end": int(baseline_end),
        "last_year": end,
    }
    found = statistics.text_breakthroughs(similarity.importance, year, share=share)
    return UnitNovelty(unit, inside, year, words, bigrams, pairs, similarity, found, tuple(caveats), parameters)


def _what_is_written(scope: Scope) -> tuple[str | None, str | None]:
    """Abstracts where at least half of the units have one, else titles; in the language that most of them have."""
    rows = scope.corpus["text"].filter(_.part.isin(("title", "abstract")))
    rows = rows.join(scope.members.select("pub", "unit"), "pub")
    found = scope.run(rows.group_by("part", "language").agg(n=_.unit.nunique())).to_pylist()
    if not found:
        return None, None
    # By units, then by language, so that a tie does not depend on the order of the rows.
    ranked = sorted(found, key=lambda item: (-item["n"], item["language"] or ""))
    most = {part: next((item for item in ranked if item["part"] == part), None) for part in ("abstract", "title")}
    abstract = most["abstract"]
    chosen = "abstract" if abstract is not None and abstract["n"] >= 0.5 * scope.total else "title"
    leading = most[chosen]
    return (None, None) if leading is None else (chosen, leading["language"])


def _tokens(scope: Scope, unit: np.ndarray, *, part: str, language: str | None) -> tuple[statistics.Tokens, np.ndarray]:
    """Words of the units, and which units have any text."""
    parts = ("title", "abstract") if part == "abstract" else ("title",)
    rows = scope.corpus["text"].filter(_.part.isin(parts))
    rows = rows.filter(_.language.isnull() if language is None else (_.language == language) | _.language.isnull())
    rows = rows.join(scope.members.select("pub", "unit"), "pub").select("unit", "pub", "part", "text")
    # The unit's first publication with the text speaks for it.
    first = rows.group_by("unit", "part").agg(pub=_.pub.min())
    rows = rows.join(first, ["unit", "part", "pub"]).group_by("unit", "part").agg(text=_.text.min())
    rows = scope.corpus.keep("texts", rows)
    has_text = np.zeros(len(unit), dtype=np.bool_)

    def texts() -> Any:
        for start in range(0, len(unit), AT_ONCE):
            some = unit[start : start + AT_ONCE]
            inside = rows.filter((_.unit >= int(some[0])) & (_.unit <= int(some[-1])))
            written: dict[int, list[str]] = {}
            for row in scope.run(inside.order_by("unit", ibis.desc("part"))).to_pylist():
                written.setdefault(row["unit"], []).append(row["text"] or "")
            for place, number in enumerate(some.tolist(), start=start):
                if part == "title" or len(written.get(number, ())) == 2:
                    text = " ".join(written.get(number, ()))
                    has_text[place] = bool(text)
                    if text:
                        yield text

    return statistics.tokenise(texts()), has_text


def novelty(scope: Scope, **options: Any) -> Finding:
    """New words and combinations, similarity and importance by year; ``options`` as for :func:`unit_novelty`."""
    found = unit_novelty(scope, **options)
    uses = ("unit", "date", "family_basis")
    if found is None:
        empty: dict[str, list[Any]] = {column.name: [] for column in NOVELTY}
        return scope.finding("novelty", NOVELTY, empty, uses=uses, caveats=[Caveat("no_texts")])
    mine = found.inside
    years, group = np.unique(found.year[mine], return_inverse=True)
    group = group.ravel()
    n = len(years)

    def mean(values: np.ndarray) -> list[float]:
        value = values[mine]
        known = ~np.isnan(value)
        size = np.bincount(group[known], minlength=n)
        total = np.bincount(group[known], weights=value[known], minlength=n)
        return np.where(size > 0, total / np.maximum(size, 1), np.nan).tolist()

    new = found.words.new[mine]
    told = ~np.isnan(new)
    with_new = np.bincount(group[told & (np.nan_to_num(new) > 0)], minlength=n)
    share = proportion(with_new, np.bincount(group[told], minlength=n), confidence=scope.confidence)
    importance = group_medians(found.similarity.importance[mine], group, n_groups=n, confidence=scope.confidence)
    return scope.finding(
        "novelty",
        NOVELTY,
        {
            "year": [int(value) for value in years],
            "units": np.bincount(group, minlength=n).tolist(),
            "new_word_share": share.value.tolist(),
            "new_word_share_low": share.low.tolist(),
            "new_word_share_high": share.high.tolist(),
            "new_words": mean(found.words.new),
            "word_reuse": mean(found.words.reuse),
            "new_bigrams": mean(found.bigrams.new),
            "new_pairs": mean(found.pairs.new),
            "pair_reuse": mean(found.pairs.reuse),
            "backward_similarity": mean(found.similarity.backward_mean),
            "forward_similarity": mean(found.similarity.forward_mean),
            "importance": importance.value.tolist(),
            "importance_low": importance.low.tolist(),
            "importance_high": importance.high.tolist(),
        },
        uses=uses,
        caveats=found.caveats,
        facts={"units_with_text": int(mine.sum())},
        parameters=found.parameters,
    )


def breakthroughs(scope: Scope, *, top: int = 50, **options: Any) -> Finding:
    """The units of the highest importance after year effects, among the most important ``share`` of all."""
    found = unit_novelty(scope, **options)
    uses = ("unit", "date", "family_basis")
    if found is None:
        empty: dict[str, list[Any]] = {column.name: [] for column in BREAKTHROUGHS}
        return scope.finding("breakthroughs", BREAKTHROUGHS, empty, uses=uses, caveats=[Caveat("no_texts")])
    chosen = np.nonzero(found.inside & (found.breakthrough.flag == 1))[0]
    order = np.lexsort((found.unit[chosen], -found.breakthrough.residual[chosen]))
    leading = chosen[order][:top]
    units = [int(value) for value in found.unit[leading]]
    first = scope.run(scope.units.filter(_.unit.isin(units or [-1])).select("unit", "first_pub")).to_pylist()
    pubs = {row["unit"]: row["first_pub"] for row in first}
    labels = publication_labels(scope, list(pubs.values()))
    owners = scope.players.filter(_.unit.isin(units or [-1])).group_by("unit").agg(player=_.player.min())
    owner = {row["unit"]: row["player"] for row in scope.run(owners).to_pylist()}
    names = player_names(scope, [value for value in owner.values() if value is not None])
    return scope.finding(
        "breakthroughs",
        BREAKTHROUGHS,
        {
            "rank": list(range(1, len(units) + 1)),
            "publication": [labels.get(pubs[unit], ("", None))[0] for unit in units],
            "title": [labels.get(pubs[unit], ("", None))[1] for unit in units],
            "player": [names.get(owner.get(unit, -1)) for unit in units],
            "year": [int(value) for value in found.year[leading]],
            "importance": found.similarity.importance[leading].tolist(),
            "percentile": found.breakthrough.percentile[leading].tolist(),
            "backward_similarity": found.similarity.backward_mean[leading].tolist(),
            "forward_similarity": found.similarity.forward_mean[leading].tolist(),
            "new_words": found.words.new[leading].tolist(),
            "word_reuse": found.words.reuse[leading].tolist(),
            "new_pairs": found.pairs.new[leading].tolist(),
            "pair_reuse": found.pairs.reuse[leading].tolist(),
        },
        uses=uses,
        caveats=found.caveats,
        facts={
            "units_compared": int((found.inside & ~np.isnan(found.similarity.importance)).sum()),
            "breakthroughs": len(chosen),
        },
        parameters={"top": top, **found.parameters},
    )
