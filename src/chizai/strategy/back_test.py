"""Would it have worked? The ranking and the rule at T - 5, with what was known then, against the shares of T."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import ibis
import numpy as np
from ibis import _

from chizai.errors import NotSupported
from chizai.finding import Caveat, Column, Finding
from chizai.landscape import Landscape, relations
from chizai.landscape.relations import SCALE
from chizai.landscape.scope import REPORTED_SHARE, Scope
from chizai.landscape.statistics.estimate import Floats
from chizai.landscape.statistics.proportions import proportion
from chizai.messages import Phrase
from chizai.strategy.criteria import CRITERIA, Ground
from chizai.strategy.line import USES, known_actors, known_within, of_ground
from chizai.strategy.moves import MOVES, load_rule
from chizai.strategy.technologies import REST, By, Player, find_player, technologies

Known = Literal["published", "dated"]

COLUMNS = (
    Column("picked_by", "code"),
    Column("pairs", "count"),
    Column("rose", "count"),
    Column("hit_rate", "share", low="hit_low", high="hit_high"),
    Column("hit_low", "share"),
    Column("hit_high", "share"),
    Column("base_rate", "share", low="base_low", high="base_high"),
    Column("base_low", "share"),
    Column("base_high", "share"),
    Column("difference", "rate", low="difference_low", high="difference_high"),
    Column("difference_low", "rate"),
    Column("difference_high", "rate"),
    Column("told", "code"),
)


def as_known(scope: Scope, cutoff: date, *, known: Known = "published") -> Scope:
    """The scope as it was on a day: publications of later days are not there, nor are counts that grew since.

    Times cited and family sizes that the source states are of the day of the export and are taken away; families are
    those of today. known: ``dated`` takes what has the convention's date by then, published or not.
    """
    day = "publication_date" if known == "published" else f"{scope.convention.date}_date"
    publication = scope.corpus["publication"].filter(_[day] <= cutoff)
    later = publication.grant_date > ibis.literal(cutoff)
    then = publication.mutate(
        times_cited=ibis.null("int64"),
        family_size=ibis.null("int64"),
        granted=ibis.ifelse(later, ibis.literal(False), publication.granted),
        grant_date=ibis.ifelse(later, ibis.null("date"), publication.grant_date),
    )
    tables = {**scope.corpus.tables, "publication": scope.corpus.keep("publication_then", then)}
    return Scope(replace(scope.corpus, tables=tables), scope.convention, scope.selection, dict(scope.parameters))


def back_test(
    landscape: Landscape,
    *,
    kind: Literal["country", "player"] = "country",
    players: int | Sequence[str] = 20,
    by: By = "class",
    until: int | None = None,
    ahead: int = 5,
    known: Known = "published",
    top_k: int = 3,
    criteria: Sequence[str] = CRITERIA,
    rule: Path | str | None = None,
    minimum_units: int = 10,
    minimum_own: int = 3,
    draws: int = 2_000,
    resamples: int = 1_000,
    seed: int = 0,
) -> Finding:
    """Of the technologies that the ranking and the rule would have picked, how many rose in the player's share.

    A pair is a player and a technology that could be ranked on the last day of T - ``ahead``, from what had been published
    by then. It rose when the player's share of the technology's units of the ``ahead`` years up to T is larger than that
    of the ``ahead`` years before. ``base_rate`` is the share of all pairs that rose; ``difference`` is the hit rate
    less the base rate with its interval (see :func:`judged`). ``told`` is ``better`` or ``worse`` where that interval
    leaves 0, ``level`` where it does not (no skill is shown), and ``few`` where too little was picked to tell.

    until: T; the last complete year by default, and the year must be given where that is not known.
    players: so many of the largest at the time, or names.
    known: ``published`` is what could be known. ``dated`` takes the units of earlier years whenever they were published,
        for collections without publication days: nobody could have known so much, and the finding says so.

    :raises NotSupported: publication days are not known, or nobody can be ranked.
    """
    scope = landscape.scope
    figure = Phrase("finding.strategy_back_test.title")
    if scope.convention.unit in ("ipf", "ip5", "triadic"):
        raise NotSupported(figure=figure, reason=Phrase("strategy.reason.later_families"))
    final = until if until is not None else scope.last_complete_year
    if final is None:
        raise NotSupported(figure=figure, reason=Phrase("strategy.reason.no_final_year"))
    if final > int(scope.facts["last_year"] or 0):
        raise NotSupported(figure=figure, reason=Phrase("strategy.reason.not_there_yet"))
    loaded = load_rule(rule)
    start = final - ahead
    dated = int(scope.run(scope.units.aggregate(n=_.first_published.count())).to_pylist()[0]["n"])
    if known == "published" and dated < REPORTED_SHARE * scope.total:
        raise NotSupported(figure=figure, reason=Phrase("strategy.reason.no_publication_days"))
    known_actors(scope, Player(kind, (), ""))
    past = as_known(scope, date(start, 12, 31), known=known)
    if not past.run(past.units.limit(1)).num_rows:
        raise NotSupported(figure=figure, reason=Phrase("strategy.reason.too_few"))
    then = technologies(past, by=by)
    now = technologies(scope, by=by)
    known_within(now, kind)
    chosen = _players(then.scope, kind, players)
    shares = _shares(now.scope, kind, now.rows, start=start, ahead=ahead)
    shared: dict[str, Any] = {}
    pairs: list[dict[str, Any]] = []
    for number, player in enumerate(chosen):
        ground = Ground(then, player, minimum_units=minimum_units, draws=100, seed=seed, shared=shared)
        try:
            line = of_ground(
                ground, loaded=loaded, criteria=criteria, top_k=top_k, minimum_own=minimum_own, draws=draws, seed=seed
            )
        except NotSupported:
            continue
        shared = ground.shared
        top = set(line.ranked[:top_k]) if len(line.codes) > top_k else set()
        for code in line.codes:
            before, after = (
                _share(shares, player, code, period=period, minimum=minimum_units) for period in ("before", "after")
            )
            if before is None or after is None:
                continue
            move = line.proposals[code].move or "none"
            pairs.append({"player": number, "rose": after > before, "top_k": code in top, "move": move})
    if not pairs:
        raise NotSupported(figure=figure, reason=Phrase("strategy.reason.too_few"))
    return _finding(
        now.scope,
        pairs,
        kind=kind,
        resamples=resamples,
        seed=seed,
        facts={"pairs": len(pairs), "players_ranked": len({pair["player"] for pair in pairs}),
               "decided_in": start,
               "judged_in": final},
        parameters={
            "kind": kind, "players": players if isinstance(players, int) else list(players), "by": by, "until": final,
            "known": known,
            "ahead": ahead, "top_k": top_k, "criteria": list(criteria), "minimum_units": minimum_units,
            "minimum_own": minimum_own, "draws": draws, "resamples": resamples, "seed": seed,
            "rule": {"name": loaded.rule.label, "sha256": loaded.sha256},
        },
        late=scope.last_complete_year is None or final > scope.last_complete_year,
    )  # fmt: skip


def hit_rates(
    picked: Floats, rose: Floats, cluster: Floats, *, confidence: float = 0.9, resamples: int = 1_000, seed: int = 0
) -> tuple[float, float, float]:
    """Hit rate less base rate with the interval of a bootstrap over clusters: (value, low, high).

    picked, rose: shape [pair], 0 or 1; cluster: shape [pair], the player. nan bounds with fewer than five clusters.

    >>> hit_rates(np.array([1, 1, 0, 0]), np.array([1, 0, 0, 0]), np.array([0, 1, 2, 3]))[0]
    0.25
    """
    clusters, row = np.unique(cluster, return_inverse=True)
    sums = np.stack(
        [
            np.bincount(row, weights=part, minlength=len(clusters))
            for part in (picked * rose, picked, rose, rose * 0 + 1.0)
        ]
    )

    def difference(total: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(total[0] / total[1] - total[2] / total[3])

    value = float(difference(sums.sum(axis=1)))
    if len(clusters) < 5 or not picked.any():
        return value, float("nan"), float("nan")
    generator = np.random.default_rng(seed)
    repeats = generator.multinomial(len(clusters), np.full(len(clusters), 1 / len(clusters)), size=resamples) * 1.0
    drawn = difference(sums @ repeats.T)
    low, high = np.nanquantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return value, float(low), float(high)


def judged(
    picked: Floats,
    rose: Floats,
    cluster: Floats,
    *,
    confidence: float = 0.9,
    resamples: int = 1_000,
    seed: int = 0,
    fewest_pairs: int = 10,
    fewest_players: int = 5,
) -> tuple[float, float | None, float | None, str]:
    """Hit rate less base rate, its interval, and what that tells: ``better``, ``worse``, ``level`` or ``few``.

    The interval is the wider at each end of the bootstrap over players and of Wilson's interval of the hit rate less the
    base rate: a bootstrap of few picks, none of which rose, would look sure. With fewer picked pairs than
    ``fewest_pairs``, or picks of fewer players than ``fewest_players``, there is no interval and nothing is told.

    >>> judged(np.array([1.0, 0, 0]), np.array([1.0, 0, 0]), np.array([0.0, 1, 2]))[3]
    'few'
    """
    value, low, high = hit_rates(picked, rose, cluster, confidence=confidence, resamples=resamples, seed=seed)
    chosen = picked > 0
    if chosen.sum() < fewest_pairs or len(np.unique(cluster[chosen])) < fewest_players or np.isnan(low):
        return value, None, None, "few"
    rate = proportion([float(rose[chosen].sum())], [float(chosen.sum())], confidence=confidence)
    base = float(rose.mean())
    low, high = min(low, float(rate.low[0]) - base), max(high, float(rate.high[0]) - base)
    return value, low, high, "better" if low > 0 else "worse" if high < 0 else "level"


def _players(scope: Scope, kind: Literal["country", "player"], wanted: int | Sequence[str]) -> list[Player]:
    if not isinstance(wanted, int):
        return [find_player(scope, name if ":" in name else f"{kind}:{name}") for name in wanted]
    rows = scope.actors(kind).filter(_.actor.notnull()).group_by("actor").agg(n=_.count())
    table = scope.run(rows.order_by(ibis.desc("n"), "actor").limit(wanted)).to_pylist()
    return [Player(kind, (row["actor"],), str(row["actor"])) for row in table]


def _shares(scope: Scope, kind: str, rows: Any, *, start: int, ahead: int) -> dict[tuple[Any, str, str], float]:
    """Weight by (actor, code, period), actor None for everyone's together."""
    dated = scope.units.filter(_.year.notnull()).select("unit", "year")
    periods = {"before": (start - ahead + 1, start), "after": (start + 1, start + ahead)}
    found: dict[tuple[Any, str, str], float] = {}
    for period, (first, last) in periods.items():
        inside = dated.filter((_.year >= first) & (_.year <= last)).select("unit")
        cube = relations.cube(scope.actors(kind), rows.semi_join(inside, "unit"), scope.convention)
        for row in scope.run(cube.filter(_.actor.notnull() & (_.code != REST))).to_pylist():
            amount = row["weight"] / SCALE
            found[(row["actor"], row["code"], period)] = amount
            found[(None, row["code"], period)] = found.get((None, row["code"], period), 0.0) + amount
    return found


def _share(
    shares: dict[tuple[Any, str, str], float], player: Player, code: str, *, period: str, minimum: float
) -> float | None:
    whole = shares.get((None, code, period), 0.0)
    if whole < minimum:
        return None
    return sum(shares.get((actor, code, period), 0.0) for actor in player.actors) / whole


def _finding(
    scope: Scope,
    pairs: list[dict[str, Any]],
    *,
    kind: str,
    resamples: int,
    seed: int,
    facts: dict[str, object],
    parameters: dict[str, object],
    late: bool,
) -> Finding:
    rose = np.array([pair["rose"] for pair in pairs], dtype=np.float64)
    cluster = np.array([pair["player"] for pair in pairs], dtype=np.float64)
    base = proportion([rose.sum()], [len(rose)], confidence=scope.confidence)
    data: dict[str, list[object]] = {column.name: [] for column in COLUMNS}
    for name in ("top_k", *MOVES, "none"):
        picked = np.array([pair["top_k"] if name == "top_k" else pair["move"] == name for pair in pairs], np.float64)
        count, hits = int(picked.sum()), int((picked * rose).sum())
        rate = proportion([hits], [count], confidence=scope.confidence)
        known = count > 0
        value, low, high, told = (
            judged(picked, rose, cluster, confidence=scope.confidence, resamples=resamples, seed=seed)
            if known
            else (None, None, None, "")
        )
        row = (
            name, count, hits, *(float(part[0]) if known else None for part in (rate.value, rate.low, rate.high)),
            *(float(part[0]) for part in (base.value, base.low, base.high)), value, low, high, told if known else None,
        )  # fmt: skip
        for column, cell in zip(COLUMNS, row, strict=True):
            data[column.name].append(cell)
    told_early = parameters["known"] == "dated"
    caveats = [Caveat("back_test_dated" if told_early else "back_test_families"), Caveat("back_test_regression")]
    if late:
        caveats.append(Caveat("back_test_open_years"))
    if len(set(cluster.tolist())) < 5:
        caveats.append(Caveat("back_test_few_players"))
    uses = [*USES, *(("country",) if kind == "country" else ())]
    return scope.finding(
        "strategy_back_test", COLUMNS, data, uses=uses, caveats=caveats, facts=facts, parameters=parameters
    )
