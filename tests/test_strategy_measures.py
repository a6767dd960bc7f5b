"""The measures of the winning line that are its own, against values worked out by hand."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from chizai.landscape.momentum import momentum
from chizai.landscape.statistics.impact import none_of
from chizai.strategy.back_test import as_known
from chizai.strategy.criteria import (
    BESIDE,
    MEASURES,
    Ground,
    _relative_mean,
    ipf_share,
    relative_growth,
    self_citation,
)
from chizai.strategy.moves import MEASURES as KNOWN_TO_RULES
from chizai.strategy.technologies import Player, find_player, technologies

WORLD = runpy.run_path(str(Path(__file__).with_name("strategy_world.py")))
CLASSES, OWNERS, SUBCLASSES = WORLD["CLASSES"], WORLD["OWNERS"], WORLD["SUBCLASSES"]


@pytest.fixture
def connection() -> Any:
    made = ibis.duckdb.connect()
    yield made
    made.disconnect()


def ground(
    connection: Any, *, technologies: dict[str, list[int]], own: list[int], pairs: list[tuple[int, int]]
) -> Ground:
    """A ground of units 1, 2, ... by technology; ``own`` are the player's, ``pairs`` are (cited, citing)."""
    rows = [(unit, code) for code, units in technologies.items() for unit in units]
    units = sorted({unit for unit, _code in rows} | {unit for pair in pairs for unit in pair})

    def table(**columns: list[Any]) -> Any:
        return ibis.memtable(pa.table(columns))

    actors = table(unit=units, actor=["ME" if unit in own else "OTHER" for unit in units])
    scope = SimpleNamespace(
        run=connection.to_pyarrow,
        confidence=0.9,
        actors=lambda kind: actors,
        units=table(unit=units, ipf=[unit % 2 == 0 for unit in units]),
        total=len(units),
        one_office=False,
    )
    scope.whole = scope
    found = SimpleNamespace(
        rows=table(unit=[unit for unit, _code in rows], code=[code for _unit, code in rows]), scope=scope, by="class"
    )
    cited = table(unit=[pair[0] for pair in pairs], citing=[pair[1] for pair in pairs]) if pairs else None
    return Ground(
        found,  # type: ignore[arg-type]
        Player("country", ("ME",), "ME"),
        shared={"pairs": cited},
    )


def test_self_citation_is_the_ratio_worked_out_by_hand(connection: Any) -> None:
    # Unit 1 is the player's: 10 citations, 4 from its own later units. Unit 2 is another's: 20 citations, 1 of them from it.
    own = [1, *range(100, 104), 200]
    pairs = [(1, citing) for citing in (*range(100, 104), *range(300, 306))]
    pairs += [(2, citing) for citing in (200, *range(400, 419))]
    made = ground(connection, technologies={"A": [1, 2, *range(3, 12)]}, own=own, pairs=pairs)
    found = self_citation(made)
    ratio = (4.5 / 11) / (1.5 / 21)
    assert found.value == pytest.approx([ratio])
    # One cited unit on each side: the variance is that of the counts, 1/4.5 - 1/11 + 1/1.5 - 1/21, on the log scale.
    reach = stats.norm.ppf(0.95) * np.sqrt(1 / 4.5 - 1 / 11 + 1 / 1.5 - 1 / 21)
    assert np.log(found.high / found.value) == pytest.approx([reach])
    assert np.log(found.value / found.low) == pytest.approx([reach])


def test_a_home_bias_planted_is_found_and_none_is_not(connection: Any) -> None:
    generator = np.random.default_rng(0)
    own, others = list(range(1, 41)), list(range(41, 121))
    home, abroad = list(range(1001, 1201)), list(range(2001, 3001))
    for bias in (0.5, 0.0):
        pairs = set()
        for cited in own + others:
            for _unused in range(12):
                stay = cited in own and generator.random() < bias
                pairs.add((cited, int(generator.choice(home if stay else home + abroad))))
        made = ground(connection, technologies={"A": own + others}, own=own + home, pairs=sorted(pairs))
        found = self_citation(made)
        if bias:
            assert found.low[0] > 2
            # (0.5 + 0.5 × 200/1200) / (200/1200) = 3.5
            assert found.low[0] < 3.5 < found.high[0]
        else:
            assert found.low[0] < 1 < found.high[0]


def test_few_citations_or_none_are_missing_and_not_zero(connection: Any) -> None:
    from chizai.errors import NotSupported

    pairs = [(1, 100), (2, 101)]
    made = ground(connection, technologies={"A": list(range(1, 12))}, own=[1, 100], pairs=pairs)
    found = self_citation(made)
    assert np.isnan(found.value).all()
    assert found.reason.tolist() == ["too-few-units"]
    with pytest.raises(NotSupported):
        self_citation(ground(connection, technologies={"A": list(range(1, 12))}, own=[1], pairs=[]))


def test_the_share_of_international_families_counts_them_alone(connection: Any) -> None:
    # Of units 1 to 24 the even ones are international, 12; of them the player has 2, 4 and 6.
    made = ground(
        connection, technologies={"A": list(range(1, 25)), "B": list(range(31, 42))}, own=[1, 2, 3, 4, 5, 6], pairs=[]
    )
    found = ipf_share(made)
    assert found.value[0] == 3 / 12
    low, high = stats.binomtest(3, 12).proportion_ci(0.9, method="wilson")
    assert (found.low[0], found.high[0]) == pytest.approx((low, high))
    assert np.isnan(found.value[1])  # five international families are too few


def test_a_rule_may_name_every_measure_there_is_and_no_other() -> None:
    there = {measure.__name__ for measures in MEASURES.values() for measure in measures}
    assert there == set(KNOWN_TO_RULES)
    assert set(BESIDE) < there


def test_none_of_n_has_the_exact_bounds_of_a_share() -> None:
    low, value, high = none_of(10, 4.0, confidence=0.9)
    assert high == pytest.approx(4 * stats.binomtest(0, 10).proportion_ci(0.9, method="exact").high)
    # The share at which none of ten is as likely as not.
    assert stats.binom.pmf(0, 10, value / 4) == pytest.approx(0.5)
    assert stats.binom.pmf(0, 10, low / 4) == pytest.approx(0.95)


def test_a_technology_without_a_citation_ranks_low_instead_of_being_unknown() -> None:
    relative = np.array([0.0] * 12 + [0.5, 1.5, 4.0] + [1.0, 1.2, 0.8, 1.1] * 3)
    shared = {
        "unit": np.arange(27),
        "code": np.array(["A"] * 15 + ["B"] * 12, dtype=object),
        "amount": relative,
    }
    fake = SimpleNamespace(
        _once=lambda name, make: shared,
        own_ids=np.array([*range(12), *range(15, 27)]),
        codes=["A", "B"],
        minimum_units=10,
        scope=SimpleNamespace(confidence=0.9),
    )
    found = _relative_mean(fake, "relative_citations", None)  # type: ignore[arg-type]
    assert found.reason.tolist() == ["", ""]
    assert (found.low[0], found.value[0], found.high[0]) == pytest.approx(none_of(12, 2.0))
    assert found.high[0] < found.low[1]


def test_momentum_is_that_of_the_landscape_with_the_years_still_being_published(tmp_path: Path) -> None:
    years = range(2003, 2015)
    counts = {(owner, code, year): 3 for owner in OWNERS for code in range(len(CLASSES)) for year in years}
    for at, year in enumerate(years):
        counts[("ALPHA CORP", 0, year)] = 8 + 3 * at
        # Class 1 rises in the last two years alone, which are not yet whole when the data end.
        counts[("BETA INC", 1, year)] = 3 if year < 2013 else 60
    workspace = WORLD["workspace_of"](tmp_path, counts)
    scope = workspace.landscape(technology="cpc", level="subclass").scope
    past = as_known(scope, date(2015, 3, 31))
    assert past.last_complete_year == 2012
    made = Ground(technologies(past), find_player(past, "ALPHA CORP"))
    found = relative_growth(made)
    shown = momentum(past, span=6)
    assert made.years.tolist() == list(range(2008, 2013))
    rows = {row["name"]: row for row in shown}
    assert shown.facts["growth_first_year"] == 2008
    assert shown.facts["growth_last_year"] == 2013
    for code, *bounds in zip(made.codes, found.low, found.value, found.high, strict=True):
        row = rows[code]
        told = [row[f"relative_growth{part}"] for part in ("_low", "", "_high")]
        assert bounds == pytest.approx([1 + bound for bound in told])
    risen = made.codes.index(SUBCLASSES[1])
    flat = [made.codes.index(code) for code in SUBCLASSES[2:]]
    assert found.value[risen] > 1
    assert found.value[risen] > found.value[flat].max()
