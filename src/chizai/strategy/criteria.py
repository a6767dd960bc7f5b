"""What a choice rests on: for each technology the player's position, impact, momentum, reach, contest and control.

A criterion is measured by the first of its measures that the data support; the others are shown beside it. A measure is
a function from :class:`Ground` to :class:`Measured`; it computes nothing of its own but calls the landscape's
statistics. What cannot be measured is missing with a reason, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray
from scipy import special

from chizai.errors import NotSupported
from chizai.landscape import relations
from chizai.landscape.citations import citing_pairs
from chizai.landscape.impact import family_impact
from chizai.landscape.momentum import Yearly, yearly
from chizai.landscape.relatedness import FEWEST_ACTORS, FEWEST_TECHNOLOGIES, LARGEST_ACTORS
from chizai.landscape.relations import ROOT_SCALE, SCALE
from chizai.landscape.scope import Scope
from chizai.landscape.statistics import concentration, growth, specialisation
from chizai.landscape.statistics.estimate import Estimate, Floats, divide
from chizai.landscape.statistics.impact import group_means, none_of, relevance
from chizai.landscape.statistics.proportions import proportion
from chizai.landscape.statistics.relatedness import density_interval
from chizai.messages import Phrase
from chizai.strategy.technologies import REST, Player, Technologies, technologies

Scale = Literal["linear", "log"]
Better = Literal["higher", "lower"]

CRITERIA = ("position", "impact", "momentum", "reach", "contest", "control")


@dataclass(frozen=True, eq=False)
class Measured:
    """One measure of every technology; arrays have shape [technology].

    ``low`` and ``high`` bound the value with probability ``confidence``. ``scale`` is where its error is symmetric
    enough to draw from: a value with its interval stands for a normal distribution on that scale with the value as its
    median, wider to one side where the interval is. ``reason`` is "" where the measure stands; codes as
    ``statistics.reason.<code>``.
    """

    measure: str
    value: Floats
    low: Floats
    high: Floats
    reason: NDArray[np.str_]
    scale: Scale = "linear"
    better: Better = "higher"
    confidence: float = 0.9

    @property
    def known(self) -> NDArray[np.bool_]:
        return np.asarray(np.isfinite(self.value) & np.isfinite(self.low) & np.isfinite(self.high))

    @classmethod
    def of(
        cls,
        measure: str,
        estimate: Estimate,
        *,
        scale: Scale = "linear",
        better: Better = "higher",
        offset: float = 0.0,
    ) -> Measured:
        """A statistic's estimate as a measure, ``offset`` added (1 turns a rate of growth into a factor)."""
        value, low, high = (
            np.asarray(part, dtype=np.float64) + offset for part in (estimate.value, estimate.low, estimate.high)
        )
        bad = ~(np.isfinite(value) & np.isfinite(low) & np.isfinite(high)) | (estimate.reason != "")
        reason = np.where(bad & (estimate.reason == ""), "no-interval", estimate.reason)
        value, low, high = (np.where(bad, np.nan, part) for part in (value, low, high))
        reason = np.where(bad, reason, "")
        return cls(measure, value, low, high, reason, scale, better, estimate.confidence)

    def scaled(self) -> tuple[Floats, Floats, Floats]:
        """Value and the standard deviations below and above it, on the scale of drawing."""
        z = special.ndtri((1 + self.confidence) / 2)
        parts = (self.value, self.low, self.high)
        if self.scale == "log":
            # A bound of 0 has no logarithm: a hundredth of the value is as far as the drawing goes.
            floor = np.where(self.known, self.value / 100, np.nan)
            value, low, high = (np.log(np.fmax(part, np.maximum(floor, 1e-9))) for part in parts)
        else:
            value, low, high = parts
        return value, (value - low) / z, (high - value) / z


@dataclass(eq=False)
class Ground:
    """What all measures of one player start from: counts by technology, actor and year.

    ``codes`` are the technologies with at least ``minimum_units`` units; the rest of the units stay in every total.
    """

    technologies: Technologies
    player: Player
    minimum_units: int = 10
    growth_years: int = 5
    draws: int = 300
    seed: int = 0
    shared: dict[str, Any] = field(default_factory=dict)
    """What does not depend on the player; hand it on to the next player's ground."""

    @property
    def scope(self) -> Scope:
        return self.technologies.scope

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self.shared:
            self.shared[name] = make()
        return self.shared[name]

    def for_player(self, player: Player) -> Ground:
        """The same technologies with another player; what does not depend on the player is not computed again."""
        shared = {name: value for name, value in self.shared.items() if player.kind == self.player.kind or name in FREE}
        return Ground(self.technologies, player, self.minimum_units, self.growth_years, self.draws, self.seed, shared)

    # Counts -----------------------------------------------------------------------------------------------------------

    @cached_property
    def actors(self) -> Any:
        """(unit, actor, m, n) of the player's kind."""
        return self.scope.actors(self.player.kind)

    @cached_property
    def own(self) -> Any:
        """(unit): the player's units."""
        return self.actors.filter(_.actor.isin(list(self.player.actors))).select("unit").distinct()

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Units of every technology, the rest included."""

        def make() -> dict[str, int]:
            table = self.scope.run(self.technologies.rows.group_by("code").agg(n=_.count()))
            return dict(zip(table["code"].to_pylist(), table["n"].to_pylist(), strict=True))

        return self._once("sizes", make)

    @cached_property
    def codes(self) -> list[str]:
        return sorted(code for code, count in self.sizes.items() if code != REST and count >= self.minimum_units)

    @cached_property
    def too_small(self) -> int:
        """Technologies that have too few units to be a choice."""
        return len([code for code in self.sizes if code != REST]) - len(self.codes)

    @cached_property
    def cube(self) -> pa.Table:
        """(actor, code, weight, squares, units) of every known actor."""

        def make() -> pa.Table:
            rows = relations.cube(self.actors, self.technologies.rows, self.scope.convention)
            return self.scope.run(rows.filter(_.actor.notnull()).order_by("code", "actor"))

        return self._once("cube", make)

    @cached_property
    def held(self) -> dict[str, dict[str, Floats]]:
        """Of every technology: the actors' ``weight`` and ``squares`` and which of them is the player (``own``)."""
        actor, code = self.cube["actor"].to_numpy(), np.array(self.cube["code"].to_pylist(), dtype=object)
        own = np.isin(actor, list(self.player.actors))
        weight = self.cube["weight"].to_numpy() / SCALE
        squares = self.cube["squares"].to_numpy() / ROOT_SCALE**2
        found = {}
        for name in np.unique(code) if len(code) else []:
            here = code == name
            found[str(name)] = {"weight": weight[here], "squares": squares[here], "own": own[here]}
        return found

    def counts(self) -> tuple[Floats, Floats, Floats, Floats]:
        """(own, own squares, all, all squares) of every technology and last of the rest, shape [technology + 1].

        The rest is every other code of the cube: technologies too small to choose and units of none.
        """
        table = np.zeros((4, len(self.codes) + 1))
        place = {code: index for index, code in enumerate(self.codes)}
        for code, held in self.held.items():
            at = place.get(code, len(self.codes))
            own = held["own"].astype(bool)
            table[:, at] += (
                held["weight"][own].sum(),
                held["squares"][own].sum(),
                held["weight"].sum(),
                held["squares"].sum(),
            )
        return table[0], table[1], table[2], table[3]

    @cached_property
    def own_units(self) -> Floats:
        """The player's units of every technology, each counted once."""
        return self.by_code(self.technologies.rows.semi_join(self.own, "unit"))

    def by_code(self, rows: Any) -> Floats:
        """How many of the rows (unit, code) every technology has, shape [technology]."""
        table = self.scope.run(rows.group_by("code").agg(n=_.count()))
        found = dict(zip(table["code"].to_pylist(), table["n"].to_pylist(), strict=True))
        return np.array([found.get(code, 0) for code in self.codes], dtype=np.float64)

    @cached_property
    def cohorts(self) -> Ground:
        """The same technologies over the whole collection, where a unit's equals of technology and year are taken from.

        Those inside a field would be few. Topics are of the selection alone.
        """
        whole = self.scope.whole
        if whole is self.scope or self.technologies.by == "topic":
            return self
        return Ground(technologies(whole, by=self.technologies.by), self.player, self.minimum_units)

    @cached_property
    def own_ids(self) -> NDArray[np.int64]:
        return np.asarray(self.scope.run(self.own.order_by("unit"))["unit"].to_numpy(), dtype=np.int64)

    @cached_property
    def matrix(self) -> tuple[Floats, Floats]:
        """Counts of actors by technology and their sums of squares, shape [actor + 1, technology + 1].

        The player is the first row; actors with fewer than the minimum are the last row together, as are the technologies
        with fewer than the minimum the last column.
        """
        actor, code = self.cube["actor"].to_pylist(), self.cube["code"].to_pylist()
        amounts = np.stack([self.cube["weight"].to_numpy() / SCALE, self.cube["squares"].to_numpy() / ROOT_SCALE**2])
        totals: dict[Any, float] = {}
        for name, amount in zip(actor, amounts[0], strict=True):
            totals[name] = totals.get(name, 0.0) + amount
        mine = set(self.player.actors)
        large = sorted(
            (name for name, total in totals.items() if total >= self.minimum_units and name not in mine),
            key=lambda name: (-totals[name], str(name)),
        )[: LARGEST_ACTORS - 1]
        row = {**{name: at for at, name in enumerate(large, start=1)}, **dict.fromkeys(mine, 0)}
        column = {name: at for at, name in enumerate(self.codes)}
        out = np.zeros((2, len(large) + 2, len(self.codes) + 1))
        rows = np.array([row.get(name, len(large) + 1) for name in actor], dtype=np.int64)
        columns = np.array([column.get(name, len(self.codes)) for name in code], dtype=np.int64)
        for table, amount in zip(out, amounts, strict=True):
            np.add.at(table, (rows, columns), amount)
        return out[0], np.where(out[0] > 0, np.maximum(out[1], 1e-12), 0.0)

    # Years ------------------------------------------------------------------------------------------------------------

    @cached_property
    def years(self) -> NDArray[np.int64]:
        """The years up to the last complete one; empty where it cannot be told which are complete."""
        last = self.scope.last_complete_year
        if last is None:
            return np.zeros(0, dtype=np.int64)
        return np.arange(last - self.growth_years + 1, last + 1)

    def by_year(self, *, own: bool) -> Floats:
        """Units by technology and year, shape [technology, year]; all of them or the player's."""

        def make() -> Floats:
            rows = self.technologies.rows.join(self.scope.units.select("unit", "year"), "unit")
            if own:
                rows = rows.semi_join(self.own, "unit")
            table = self.scope.run(rows.filter(_.year.notnull()).group_by("code", "year").agg(n=_.count()))
            place = {code: index for index, code in enumerate(self.codes)}
            out = np.zeros((len(self.codes), len(self.years)))
            for row in table.to_pylist():
                at = row["year"] - int(self.years[0])
                if row["code"] in place and 0 <= at < len(self.years):
                    out[place[row["code"]], at] = row["n"]
            return out

        return make() if own else self._once("by_year", make)

    @property
    def recent(self) -> Yearly:
        """Units by technology and year from the first of :attr:`years` on, with the years still being published.

        Raises NotSupported where no delay can be learned.
        """

        def make() -> Yearly:
            items = self.technologies.rows.filter(_.code.isin(self.codes)).select("unit", item=_.code)
            found = yearly(self.scope, items, figure="relative_growth")
            return found.since(int(self.years[0])) if len(self.years) else found

        return self._once("recent", make)

    # Evidence ---------------------------------------------------------------------------------------------------------

    def patents(self, *, top: int = 5) -> dict[str, list[dict[str, Any]]]:
        """The player's patents behind each technology: the most cited where citations are known, then the newest.

        Rows of ``publication`` (id), ``title``, ``year`` and ``citations`` (None where unknown).
        """
        rows = self.technologies.rows.filter(_.code.isin(self.codes)).semi_join(self.own, "unit").select("unit", "code")
        units = self.scope.units.left_join(self.received, "unit").drop("unit_right")
        rows = rows.join(units.select("unit", "first_pub", "year", "citations"), "unit")
        order = [ibis.desc(ibis.coalesce(rows.citations, -1)), ibis.desc(ibis.coalesce(rows.year, 0)), rows.unit]
        ranked = rows.mutate(place=ibis.row_number().over(group_by=rows.code, order_by=order))
        leading = ranked.filter(_.place < top)
        ids = self.scope.corpus["publication"].select("pub", "publication_id")
        titles = self.scope.corpus["text"].filter(_.part == "title").group_by("pub").agg(title=_.text.min())
        told = leading.join(ids, leading.first_pub == ids.pub).drop("pub").left_join(titles, _.first_pub == titles.pub)
        table = self.scope.run(
            told.select("code", "place", "publication_id", "title", "year", "citations").order_by("code", "place")
        )
        found: dict[str, list[dict[str, Any]]] = {code: [] for code in self.codes}
        for row in table.to_pylist():
            found[row["code"]].append(
                {
                    "publication": row["publication_id"],
                    "title": row["title"],
                    "year": row["year"],
                    "citations": row["citations"],
                }
            )
        return found

    @cached_property
    def pairs(self) -> Any:
        """(unit, citing) of the corpus; None where too few units are cited in it for that to say anything."""

        def make() -> Any:
            pairs = self.scope.corpus.keep("pairs", citing_pairs(self.scope))
            cited = int(self.scope.run(pairs.unit.nunique().as_table())[0][0].as_py())
            return pairs if cited >= MINIMUM_PAIRED * self.scope.total else None

        return self._once("pairs", make)

    @cached_property
    def received(self) -> Any:
        """(unit, citations): pairs inside the corpus where it has them, else the times cited that the source states."""

        def make() -> Any:
            scope = self.scope
            if self.pairs is not None:
                pairs = self.pairs.group_by("unit").agg(citations=_.count())
                counted = scope.units.select("unit").left_join(pairs, "unit").drop("unit_right")
                return scope.corpus.keep("received", counted.mutate(citations=ibis.coalesce(counted.citations, 0)))
            return scope.units.filter(_.times_cited.notnull()).select("unit", citations=_.times_cited)

        return self._once("received", make)


MINIMUM_PAIRED = 0.05
"""Below this share of units with a citing unit in the corpus its pairs say little of how often a unit is cited."""
FREE = (
    "family_impact",
    "impact_coverage",
    "sizes",
    "by_year",
    "pairs",
    "received",
    "relative_citations",
    "relative_coverage",
    "recent",
)
"""What does not depend on whether players are countries or applicants."""


# The measures ---------------------------------------------------------------------------------------------------------


def rta(ground: Ground) -> Measured:
    """Revealed technological advantage, drawn towards 1 by the prior: see ``statistics.specialisation``."""
    own, own_squares, every, every_squares = ground.counts()
    if own.sum() == 0:
        raise NotSupported(figure="rta", reason=Phrase("strategy.reason.absent"))
    table, squares = np.stack([own, every - own]), np.stack([own_squares, every_squares - own_squares])
    # Subtraction leaves rounding dust where the player is alone in a technology.
    table[1], squares[1] = (np.where(part[1] > 1e-9, part[1], 0.0) for part in (table, squares))
    squares = np.where(table > 0, np.maximum(squares, 1e-9), 0.0)
    found = specialisation.specialisation(
        table, confidence=ground.scope.confidence, sum_squares=squares, minimum_actor_total=ground.minimum_units
    )
    estimate = Estimate(
        found.shrunk[0, :-1],
        found.rta.low[0, :-1],
        found.rta.high[0, :-1],
        ground.scope.confidence,
        "shrinkage",
        found.rta.reason[0, :-1],
    )
    return Measured.of("rta", estimate, scale="log")


def ipf_share(ground: Ground) -> Measured:
    """The player's share of the technology's international families, each counted once; the interval is Wilson's.

    At one office the families of those from abroad look international by their priorities, those at home never do.
    """
    if ground.scope.one_office:
        raise NotSupported(figure="ipf_share", reason=Phrase("strategy.reason.one_office"))
    international = ground.technologies.rows.semi_join(ground.scope.units.filter(_.ipf), "unit")
    every, mine = (ground.by_code(rows) for rows in (international, international.semi_join(ground.own, "unit")))
    if not (every >= ground.minimum_units).any():
        raise NotSupported(figure="ipf_share", reason=Phrase("strategy.reason.one_office"))
    found = proportion(mine, np.maximum(every, 1), confidence=ground.scope.confidence)
    few = every < ground.minimum_units
    value, low, high = (np.where(few, np.nan, part) for part in (found.value, found.low, found.high))
    reason = np.where(few, "too-few-units", "")
    return Measured.of("ipf_share", Estimate(value, low, high, ground.scope.confidence, "wilson", reason))


def relative_growth(ground: Ground) -> Measured:
    """Yearly growth of the technology over that of all technology, as a factor (1.05 is 5 % a year faster).

    Over the last complete years and the years since, which enter with the share of their units that can be seen by now:
    ``landscape.momentum``. Technologies of few units are drawn towards the others: ``statistics.momentum``.
    """
    if ground.scope.nowcast is None:
        raise NotSupported(figure="relative_growth", reason=_delay_reason(ground.scope))
    found = ground.recent.growth(confidence=ground.scope.confidence).shrunk
    place = {code: at for at, code in enumerate(ground.recent.items)}
    at = np.array([place.get(code, -1) for code in ground.codes], dtype=np.int64)
    return Measured.of("relative_growth", found.at(at, reason="no-units"), scale="log", offset=1)


def advance(ground: Ground) -> Measured:
    """Yearly growth of the player's units in the technology over that of everyone else's in it, as a factor."""
    if not len(ground.years):
        raise NotSupported(figure="advance", reason=_delay_reason(ground.scope))
    found = growth.relative_rate(
        ground.years,
        ground.by_year(own=True),
        ground.by_year(own=False),
        reference_holds_counts=True,
        last_complete_year=int(ground.years[-1]),
        confidence=ground.scope.confidence,
    )
    return Measured.of("advance", found.rate, scale="log", offset=1)


def lead(ground: Ground) -> Measured:
    """The player's units over those of the largest rival (above 1 the player leads); half a unit is added to both.

    The interval is that of a ratio of two Poisson counts on the log scale. That the rival is the largest of many makes
    it look a little larger than it is, so that a lead is not claimed too soon.
    """
    own, rival, variance = (np.full(len(ground.codes), np.nan) for _unused in range(3))
    for at, code in enumerate(ground.codes):
        held = ground.held.get(code)
        if held is None:
            continue
        mine = held["own"].astype(bool)
        others = held["weight"][~mine]
        if not len(others):
            continue
        largest = int(others.argmax())
        own[at], rival[at] = held["weight"][mine].sum() + 0.5, others[largest] + 0.5
        squares = held["squares"][mine].sum() + 0.5, held["squares"][~mine][largest] + 0.5
        variance[at] = squares[0] / own[at] ** 2 + squares[1] / rival[at] ** 2
    ratio = divide(own, rival)
    reach = np.exp(special.ndtri((1 + ground.scope.confidence) / 2) * np.sqrt(variance))
    reason = np.where(np.isnan(ratio), "no-rival", "")
    estimate = Estimate(ratio, ratio / reach, ratio * reach, ground.scope.confidence, "log-normal", reason)
    return Measured.of("lead", estimate, scale="log")


def rivals(ground: Ground) -> Measured:
    """Effective number of other players in the technology, 1 / HHI: few mean that the field is in few hands."""
    low, value, high = (np.full(len(ground.codes), np.nan) for _unused in range(3))
    reason = np.full(len(ground.codes), "too-few-units", dtype="<U24")
    for at, code in enumerate(ground.codes):
        held = ground.held.get(code)
        if held is None:
            continue
        others = ~held["own"].astype(bool)
        found = concentration.hhi_interval(
            held["weight"][others], confidence=ground.scope.confidence, sum_squares=held["squares"][others]
        ).map(lambda index: divide(1.0, index))
        low[at], value[at], high[at], reason[at] = found.low, found.value, found.high, str(found.reason)
    # The number has no upper end where the rivals are many and the units few.
    reason = np.where((reason == "") & ~((low <= value) & (value <= high) & (high < 1e5)), "too-few-units", reason)
    estimate = Estimate(value, low, high, ground.scope.confidence, "simpson", reason)
    return Measured.of("rivals", estimate, scale="log", better="lower")


def density(ground: Ground) -> Measured:
    """How much of what is related to the technology the player already specialises in: see ``statistics.relatedness``.

    Technologies are related when the same actors of the player's kind specialise in both; the technology itself does
    not count.
    """
    table, squares = ground.matrix
    if len(table) <= FEWEST_ACTORS or len(ground.codes) < FEWEST_TECHNOLOGIES:
        raise NotSupported(figure="density", reason=Phrase("strategy.reason.few_actors"))
    if table[0].sum() < ground.minimum_units:
        raise NotSupported(figure="density", reason=Phrase("strategy.reason.too_few"))
    found = density_interval(
        table,
        actors=len(table) - 1,
        technologies=len(ground.codes),
        rows=1,
        sum_squares=squares,
        confidence=ground.scope.confidence,
        draws=ground.draws // 5,
        seed=ground.seed,
    )
    parts = (np.asarray(part)[0] for part in (found.value, found.low, found.high, found.reason))
    value, low, high, reason = parts
    return Measured.of("density", Estimate(value, low, high, found.confidence, found.method, reason))


def relative_citations(ground: Ground) -> Measured:
    """Mean relevance of the player's units: citations over the mean of the same technology and year of publication."""
    if not ground.scope.run(ground.received.filter(_.citations > 0).limit(1)).num_rows:
        raise NotSupported(figure="relative_citations", reason=Phrase("strategy.reason.no_citations"))
    return _relative_mean(ground, "relative_citations", lambda whole: whole.received.select("unit", amount=_.citations))


def impact_coverage(ground: Ground) -> Measured:
    """Mean of relevance x market coverage of the player's families: see ``landscape.impact``.

    In United States: 1 is a patent of average relevance in force in the United States alone.
    """
    weighed = ground._once("family_impact", lambda: family_impact(ground.scope))
    if weighed.basis == "none":
        raise NotSupported(figure="impact_coverage", reason=Phrase("strategy.reason.no_citations"))

    def amounts() -> dict[str, NDArray[Any]]:
        rows = ground.technologies.rows.filter(_.code.isin(ground.codes)).select("unit", "code")
        table = ground.scope.run(rows.order_by("unit", "code"))
        unit, code = table["unit"].to_numpy(), np.array(table["code"].to_pylist(), dtype=object)
        return {"unit": unit, "code": code, "amount": weighed.impact[np.searchsorted(weighed.unit, unit)]}

    return _own_mean(ground, "impact_coverage", amounts)


def relative_coverage(ground: Ground) -> Measured:
    """Mean size of the player's families over the mean of the same technology and year."""
    units = ground.scope.units
    stated = ground.scope.run(units.aggregate(n=_.family_size.count(), offices=(_.offices > 1).sum())).to_pylist()[0]
    if stated["n"] >= 0.5 * ground.scope.total:
        size = "family_size"
    elif (stated["offices"] or 0) >= MINIMUM_PAIRED * ground.scope.total:
        size = "offices"
    else:
        raise NotSupported(figure="relative_coverage", reason=Phrase("strategy.reason.one_office"))
    return _relative_mean(
        ground,
        "relative_coverage",
        lambda whole: whole.scope.units.filter(_[size].notnull()).select("unit", amount=_[size]),
    )


def standard_mentions(ground: Ground) -> Measured:
    """Share of the player's units that mention a standard over the share of everyone's in the technology.

    Half a mention is added to either side; the interval is that of a ratio of two proportions on the log scale (Katz et
    al. 1978, Biometrics 34, 469-474). A mention is no declaration of essentiality.
    """
    scope = ground.scope
    if ground.technologies.by == "standard":
        raise NotSupported(figure="standard_mentions", reason=Phrase("strategy.reason.no_measure"))
    mentioned = scope.corpus["standard"].join(scope.members.select("pub", "unit"), "pub").select("unit").distinct()
    rows = ground.technologies.rows.join(mentioned, "unit")
    table = scope.run(rows.group_by("code").agg(n=_.count()))
    every = dict(zip(table["code"].to_pylist(), table["n"].to_pylist(), strict=True))
    if not every:
        raise NotSupported(figure="standard_mentions", reason=Phrase("strategy.reason.no_standard"))
    table = scope.run(rows.semi_join(ground.own, "unit").group_by("code").agg(n=_.count()))
    mine = dict(zip(table["code"].to_pylist(), table["n"].to_pylist(), strict=True))
    part = np.array([mine.get(code, 0) for code in ground.codes], dtype=np.float64)
    whole = np.array([every.get(code, 0) for code in ground.codes], dtype=np.float64)
    size, total = ground.own_units, np.array([ground.sizes[code] for code in ground.codes], dtype=np.float64)
    others, rest = whole - part, total - size
    ratio = divide((part + 0.5) * (rest + 0.5), (size + 0.5) * (others + 0.5))
    variance = 1 / (part + 0.5) - 1 / (size + 0.5) + 1 / (others + 0.5) - 1 / (rest + 0.5)
    reach = np.exp(special.ndtri((1 + scope.confidence) / 2) * np.sqrt(np.maximum(variance, 0)))
    reason = np.where(size < ground.minimum_units, "too-few-units", np.where(whole == 0, "all-zero", ""))
    ratio = np.where(reason == "", ratio, np.nan)
    return Measured.of(
        "standard_mentions",
        Estimate(ratio, ratio / reach, ratio * reach, scope.confidence, "log-normal", reason),
        scale="log",
    )


def self_citation(ground: Ground) -> Measured:
    """How much more often the player's units cite its own earlier units than those of others in the technology.

    The share of the citations of the player's units that come from the player, over the same share of the citations of
    others' units: who builds on its own work keeps what follows from it (Hall, Jaffe, Trajtenberg 2001, NBER 8498). Half
    a citation is added to either side; the interval is that of a ratio on the log scale, its variance between cited units.
    """
    if ground.pairs is None:
        raise NotSupported(figure="self_citation", reason=Phrase("strategy.reason.no_citations"))
    scope = ground.scope
    citing = scope.whole.actors(ground.player.kind).filter(_.actor.isin(list(ground.player.actors)))
    home = citing.select(citing="unit").distinct().mutate(home=1)
    cited = ground.pairs.left_join(home, "citing").group_by("unit").agg(n=_.count(), home=_.home.fill_null(0).sum())
    own = ground.own.mutate(own=1)
    rows = ground.technologies.rows.filter(_.code.isin(ground.codes)).select("unit", "code").join(cited, "unit")
    rows = rows.left_join(own, "unit").mutate(own=_.own.fill_null(0))
    table = scope.run(rows.select("unit", "code", "own", "n", "home").order_by("unit", "code"))
    code, mine = np.array(table["code"].to_pylist(), dtype=object), table["own"].to_numpy() == 1
    n, back = (table[name].to_numpy().astype(np.float64) for name in ("n", "home"))
    value, low, high = (np.full(len(ground.codes), np.nan) for _unused in range(3))
    for at, name in enumerate(ground.codes):
        inside = code == name
        if min(n[inside & mine].sum(), n[inside & ~mine].sum()) < ground.minimum_units:
            continue
        rates, variance = [], 0.0
        for part in (inside & mine, inside & ~mine):
            whole, self_cited = n[part].sum() + 1, back[part].sum() + 0.5
            rate = self_cited / whole
            between = float(((back[part] - rate * n[part]) ** 2).sum()) / self_cited**2
            variance += max(between, 1 / self_cited - 1 / whole)
            rates.append(rate)
        reach = np.exp(special.ndtri((1 + scope.confidence) / 2) * np.sqrt(variance))
        value[at] = rates[0] / rates[1]
        low[at], high[at] = value[at] / reach, value[at] * reach
    reason = np.where(np.isnan(value), "too-few-units", "")
    return Measured.of("self_citation", Estimate(value, low, high, scope.confidence, "log-normal", reason), scale="log")


def _relative_mean(ground: Ground, measure: str, amounts: Callable[[Ground], Any]) -> Measured:
    """Mean over the player's units of the amount relative to its cohort, by technology: ``statistics.impact``.

    ``amounts`` gives (unit, amount) of a ground's units.
    """

    def compared() -> dict[str, NDArray[Any]]:
        """Every (unit, technology) with the unit's amount over its cohort's mean."""
        whole = ground.cohorts
        scope = whole.scope
        units = scope.units.select("unit", cohort=ibis.coalesce(scope.units.first_published, scope.units.date).year())
        rows = whole.technologies.rows.filter(_.code.isin(ground.codes)).select("unit", "code")
        rows = rows.join(amounts(whole), "unit").join(units, "unit").filter(_.cohort.notnull())
        table = scope.run(rows.select("unit", "code", "cohort", _.amount.cast("float64")).order_by("unit", "code"))
        unit, code, cohort, amount = (np.array(table[name].to_pylist(), dtype=object) for name in table.column_names)
        ids, first, row = np.unique(unit.astype(np.int64), return_index=True, return_inverse=True)
        relative = relevance(
            amount[first].astype(np.float64), row.ravel(), code.astype(str), cohort[first].astype(np.int64)
        )
        return {"unit": ids[row.ravel()], "code": code, "amount": relative[row.ravel()]}

    return _own_mean(ground, measure, compared)


def _own_mean(ground: Ground, measure: str, amounts: Callable[[], dict[str, NDArray[Any]]]) -> Measured:
    """Mean amount of the player's units by technology.

    ``amounts`` gives the columns ``unit``, ``code`` and ``amount`` of everyone's units: asked once for all players.
    """
    found = ground._once(measure, amounts)
    code, amount, own = found["code"], found["amount"], np.isin(found["unit"], ground.own_ids)
    place = {name: index for index, name in enumerate(ground.codes)}
    estimate = group_means(
        amount[own],
        np.array([place[name] for name in code[own]], dtype=np.int64),
        n_groups=len(ground.codes),
        minimum_units=ground.minimum_units,
        confidence=ground.scope.confidence,
    )
    known = ~np.isnan(amount)
    for at in np.flatnonzero(estimate.reason == "interval-zero-count"):
        here = (code == ground.codes[at]) & known
        more = amount[here & (np.nan_to_num(amount) > 0)]
        if len(more):
            estimate.low[at], estimate.value[at], estimate.high[at] = none_of(
                int((here & own).sum()), float(more.mean()), confidence=ground.scope.confidence
            )
            estimate.reason[at] = ""
    return Measured.of(measure, estimate, scale="log")


def _delay_reason(scope: Scope) -> Phrase:
    return Phrase(f"caveat.{scope.no_delay or 'no_report_dates'}")


Measure = Callable[[Ground], Measured]

MEASURES: dict[str, tuple[Measure, ...]] = {
    "position": (rta, ipf_share),
    "impact": (relative_citations, impact_coverage),
    "momentum": (relative_growth, advance),
    "reach": (density,),
    "contest": (lead, rivals),
    "control": (relative_coverage, standard_mentions, self_citation),
}
"""By criterion: the first that the data support is ranked by, the others stand beside it."""
BESIDE = ("ipf_share",)
"""Never ranked by: a share says nothing of a player too small for its RTA to be told."""


@dataclass(frozen=True, eq=False)
class Profile:
    """Everything measured of one player's technologies.

    ``chosen`` maps each criterion to the measure that it is ranked by; criteria without one are in ``missing`` with the
    reason as a Phrase.
    """

    ground: Ground
    measured: dict[str, Measured]
    chosen: dict[str, str]
    missing: dict[str, Phrase]

    @property
    def codes(self) -> list[str]:
        return self.ground.codes

    def criterion(self, name: str) -> Measured:
        return self.measured[self.chosen[name]]

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """Technologies that can be ranked: those in which the player's position is known."""
        if "position" not in self.chosen:
            return np.zeros(len(self.codes), dtype=bool)
        return self.criterion("position").known


def profile(ground: Ground, *, criteria: Sequence[str] = CRITERIA) -> Profile:
    """Measure every criterion of every technology."""
    measured: dict[str, Measured] = {}
    chosen: dict[str, str] = {}
    missing: dict[str, Phrase] = {}
    for criterion in criteria:
        why = Phrase("strategy.reason.no_measure")
        for index, measure in enumerate(MEASURES[criterion]):
            try:
                found = measure(ground)
            except NotSupported as error:
                reason = error.values.get("reason")
                why = reason if index == 0 and isinstance(reason, Phrase) else why
                continue
            measured[found.measure] = found
            if criterion not in chosen and found.known.any() and found.measure not in BESIDE:
                chosen[criterion] = found.measure
            elif index == 0 and not found.known.any():
                why = Phrase("strategy.reason.too_few")
        if criterion not in chosen:
            missing[criterion] = why
    return Profile(ground, measured, chosen, missing)
