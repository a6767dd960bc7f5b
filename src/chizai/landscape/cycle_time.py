"""Technology cycle time, and how much recent patents are cited now."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
from ibis import _

from chizai.data.numbers import us_first_numbers
from chizai.finding import Caveat, Column, Finding
from chizai.landscape.citing import Citing, rows_of
from chizai.landscape.naming import named_players
from chizai.landscape.scope import Scope
from chizai.landscape.statistics import citation_age as statistics

CYCLE_TIME = (
    Column("year", "year"),
    Column("units", "count"),
    Column("cycle_time", "number", low="cycle_time_low", high="cycle_time_high"),
    Column("cycle_time_low", "number"),
    Column("cycle_time_high", "number"),
    Column("cited_known", "share"),
)

CURRENT_IMPACT = (
    Column("rank", "number"),
    Column("player", "text"),
    Column("units", "count"),
    Column("citations", "count"),
    Column("expected", "count"),
    Column("current_impact", "index", low="current_impact_low", high="current_impact_high"),
    Column("current_impact_low", "index"),
    Column("current_impact_high", "index"),
    Column("cycle_time", "number", low="cycle_time_low", high="cycle_time_high"),
    Column("cycle_time_low", "number"),
    Column("cycle_time_high", "number"),
    Column("identity", "code"),
)


def cited_ages(scope: Scope) -> Any:
    """(unit, cited_id, age): the age in years of each cited patent when the citing unit was first published.

    The cited patent's date is, in this order: its publication date in the collections, the date that the citation
    states, and the year of its number (US patents; US, PCT and Japanese publications, whose numbers begin with the
    year), taken at mid-year. Null where none is known.
    """
    units = scope.units
    base = scope.units.select("unit", on=ibis.coalesce(units.first_published, units.date))
    rows = scope.corpus["citation"].filter(_.cited_id.notnull())
    rows = rows.join(scope.members.select("pub", "unit"), "pub").join(base, "unit")
    dates = scope.corpus["publication"].select(cited=_.pub, cited_on=_.publication_date)
    rows = rows.left_join(dates, "cited").mutate(day=lambda t: ibis.coalesce(t.cited_on, t.cited_date))
    exact = (rows.on.year() - rows.day.year()) + (rows.on.day_of_year() - rows.day.day_of_year()) / 365.25
    # Publications numbered by year: US-20030764xx, WO-2005080928, JP-2020123456.
    numbered = rows.cited_id.re_extract(r"^(?:US|WO|JP)-((?:19|20)\d\d)\d{6,7}(?:-A\d?)?$", 1).nullif("")
    patent = rows.cited_id.re_extract(r"^US-(\d{6,8})(?:-[AB]\d?)?$", 1).nullif("").cast("int64")
    first = us_first_numbers()
    issued = ibis.cases(*((patent >= number, year) for number, year in reversed(first)), else_=None)
    year = ibis.coalesce(numbered.cast("int64"), issued.cast("int64"))
    rough = (rows.on.year() - year) + rows.on.day_of_year() / 365.25 - 0.5
    found = rows.mutate(age=ibis.coalesce(exact.cast("float64"), rough.cast("float64")))
    ages = found.group_by("unit", "cited_id").agg(age=_.age.min())
    # A patent that is dated after the one citing it was given a wrong number or date.
    return ages.mutate(age=ibis.ifelse(ages.age >= -0.5, ibis.greatest(ages.age, 0.0), ibis.null("float64")))


def _unit_ages(scope: Scope) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Unit, its year, its median age of cited patents, and the share of those that could be dated."""
    ages = scope.corpus.keep("cited_ages", cited_ages(scope))
    medians = ages.group_by("unit").agg(median=_.age.median(), stated=_.count(), known=_.age.count())
    found = scope.run(medians.order_by("unit"))
    unit = found["unit"].to_numpy()
    dated = scope.run(scope.units.select("unit", year=ibis.coalesce(_.first_published, _.date).year()).order_by("unit"))
    year = dated["year"].to_numpy(zero_copy_only=False).astype(np.float64)[rows_of(dated["unit"].to_numpy(), unit)]
    median = found["median"].to_numpy(zero_copy_only=False).astype(np.float64)
    return unit, year, median, found["known"].to_numpy() / found["stated"].to_numpy()


def cycle_time(scope: Scope, *, minimum_known: float = 0.5) -> Finding:
    """Median over units of the median age of the patents that each cites, by year of first publication.

    Units of whose cited patents less than ``minimum_known`` can be dated are left out. Old collections cite short ages
    for want of documents to cite.
    """
    unit, year, median, known = _unit_ages(scope)
    usable = (known >= minimum_known) & ~np.isnan(median) & ~np.isnan(year)
    labels, group = np.unique(year[usable], return_inverse=True)
    group = group.ravel()
    found = statistics.group_medians(median[usable], group, n_groups=len(labels), confidence=scope.confidence)
    size = np.bincount(group, minlength=len(labels))
    share = np.bincount(group, weights=known[usable], minlength=len(labels)) / np.maximum(size, 1)
    if not len(unit):
        caveats = [Caveat("no_cited")]
    elif not usable.any():
        caveats = [Caveat("cited_undated")]
    else:
        caveats = [Caveat("ages_by_number"), *_derived(scope)]
    return scope.finding(
        "cycle_time",
        CYCLE_TIME,
        {
            "year": [int(label) for label in labels],
            "units": size.tolist(),
            "cycle_time": found.value.tolist(),
            "cycle_time_low": found.low.tolist(),
            "cycle_time_high": found.high.tolist(),
            "cited_known": share.tolist(),
        },
        uses=("unit", "family_basis"),
        caveats=caveats,
        facts={"units_counted": int(usable.sum()), "units_left_out": int((~usable).sum())},
        parameters={"minimum_known": minimum_known},
    )


def current_impact(scope: Scope, *, year: int | None = None, window: int = 5, top: int = 20) -> Finding:
    """Citations received in one year by the patents of the ``window`` years before it, against the average (1.0).

    year: None takes the last year that the data cover (the last complete one; else the one before the last). The
    average is of the whole collections. Players with fewer than one expected citation are not shown.
    """
    citing = Citing(scope)
    pairs = citing.months.mutate(year=(_.start - 1) // 12, now=(_.cited_on - 1) // 12)
    end = citing.cutoff_month
    uses = ("unit", "counting", "family_basis", "player_level")
    if year is None and end is not None:
        # December of a year is month 12 (year + 1): it completes its year, an earlier month the one before.
        year = end // 12 - 1
        if citing.clock == "origin":
            # Months of origin run up to the end of the data thinly: the last year is not whole.
            year = scope.whole.last_complete_year or (end - 1) // 12 - 1
    parameters = {"year": year, "window": window, "top": top, "clock": citing.clock}
    if not citing.count or year is None:
        empty: dict[str, list[Any]] = {column.name: [] for column in CURRENT_IMPACT}
        return scope.finding(
            "current_impact", CURRENT_IMPACT, empty, uses=uses, caveats=[Caveat("no_pairs")], parameters=parameters
        )
    starts = citing.starts.mutate(year=(_.start - 1) // 12)
    recent = scope.run(starts.filter(_.year.between(year - window, year - 1)).select("unit", "year").order_by("unit"))
    unit, began = recent["unit"].to_numpy(), recent["year"].to_numpy() - (year - window)
    now = pairs.filter((_.now == year) & _.year.between(year - window, year - 1)).group_by("unit").agg(n=_.count())
    table = scope.run(now)
    received = np.zeros(len(unit))
    received[rows_of(unit, table["unit"].to_numpy())] = table["n"].to_numpy()
    owned = scope.run(scope.players.select("unit", "player", "n").order_by("unit", "player"))
    place = rows_of(unit, owned["unit"].to_numpy())
    good = place >= 0
    place, player = place[good], owned["player"].to_numpy()[good]
    share = 1 / owned["n"].to_numpy()[good] if scope.convention.counting == "fractional" else np.ones(len(place))
    labels, group = np.unique(player, return_inverse=True)
    group = group.ravel()
    held, cited, squares = (np.zeros((len(labels) + 1, window)) for _part in range(3))
    for target, values in ((held, share), (cited, share * received[place]), (squares, share**2 * received[place])):
        cells = group * window + began[place]
        target[:-1] = np.bincount(cells, weights=values, minlength=len(labels) * window).reshape(-1, window)
    whole = np.stack([np.bincount(began, minlength=window), np.bincount(began, weights=received, minlength=window)])
    # Under whole counting shared units count for each player: the average is still of units.
    rate = np.divide(whole[1], whole[0], out=np.zeros(window), where=whole[0] > 0)
    expected = held @ rate
    order = [i for i in np.argsort(-expected[:-1], kind="stable").tolist() if expected[i] >= 1]
    names = named_players(scope, [int(labels[i]) for i in order[: 4 * top]])
    chosen = sorted(order[: 4 * top], key=lambda i: (-expected[i], names[int(labels[i])][1]))[:top]
    index = statistics.observed_over_expected(
        cited[chosen].sum(axis=1),
        expected[chosen],
        sum_squares=squares[chosen].sum(axis=1),
        confidence=scope.confidence,
    )
    ranked = sorted(range(len(chosen)), key=lambda i: (-index.value[i], names[int(labels[chosen[i]])][1]))
    ages = _player_ages(scope, [int(labels[i]) for i in chosen])
    caveats = [Caveat("citations_pairs")]
    if citing.clock == "origin":
        caveats.append(Caveat("clock_origin"))
    rows = [(place, chosen[place]) for place in ranked]
    return scope.finding(
        "current_impact",
        CURRENT_IMPACT,
        {
            "rank": list(range(1, len(rows) + 1)),
            "player": [names[int(labels[i])][0] for _place, i in rows],
            "units": [float(held[i].sum()) for _place, i in rows],
            "citations": [float(cited[i].sum()) for _place, i in rows],
            "expected": [float(expected[i]) for _place, i in rows],
            "current_impact": [index.value[p] for p, _i in rows],
            "current_impact_low": [index.low[p] for p, _i in rows],
            "current_impact_high": [index.high[p] for p, _i in rows],
            "cycle_time": [ages.value[p] for p, _i in rows],
            "cycle_time_low": [ages.low[p] for p, _i in rows],
            "cycle_time_high": [ages.high[p] for p, _i in rows],
            "identity": [names[int(labels[i])][1] for _place, i in rows],
        },
        uses=uses,
        caveats=caveats,
        facts={"current_year": year, "recent_units": len(unit), "citations_received": float(received.sum())},
        parameters=parameters,
    )


def _player_ages(scope: Scope, players: list[int]) -> Any:
    """Cycle time of each player over all its units."""
    unit, _year, median, _known = _unit_ages(scope)
    owned = scope.run(scope.players.filter(_.player.isin(players or [-1])).select("unit", "player"))
    place = rows_of(unit, owned["unit"].to_numpy())
    number = {player: index for index, player in enumerate(players)}
    group = np.array([number[value] for value in owned["player"].to_pylist()], dtype=np.int64)
    good = place >= 0
    return statistics.group_medians(
        median[place[good]], group[good], n_groups=len(players), confidence=scope.confidence
    )


def _derived(scope: Scope) -> list[Caveat]:
    """Whether citations were found in the texts by a program."""
    rows = scope.corpus["citation"].filter(_.cited_by == "text").semi_join(scope.members, "pub")
    return [Caveat("derived_from_text")] if scope.run(rows.count().as_table())[0][0].as_py() else []
