"""Momentum: shrunk relative growth against known truth, pooled completeness, bursts, and the finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import special

from chizai.errors import UnknownChoice
from chizai.landscape.statistics.burst import bursts
from chizai.landscape.statistics.momentum import Momentum, pooled_completeness, shrunk_growth
from chizai.workspace import Workspace

YEARS = np.arange(2010, 2018)


def test_growth_is_relative_to_the_whole_and_incomplete_years_do_not_matter() -> None:
    # Odds against the rest grow by exactly 5 % and 0 % a year; the last two years are half and a tenth published.
    seen = np.array([1, 1, 1, 1, 1, 1, 0.5, 0.1])
    rest = 1e6 * 1.1 ** np.arange(8)
    table = np.array([1e5 * 1.155 ** np.arange(8), 1e5 * 1.1 ** np.arange(8), 5e4 * 1.1 ** np.arange(8)])
    found = shrunk_growth(
        YEARS, table * seen, totals=(rest + table.sum(axis=0)) * seen, exposure=seen, total_exposure=seen
    )
    others = shrunk_growth(YEARS, table, totals=rest + table.sum(axis=0))
    np.testing.assert_allclose(found.plain, others.plain, atol=1e-3)
    assert found.plain[0] == pytest.approx(0.05, abs=0.002)
    assert abs(found.plain[1]) < 0.01


def test_a_technology_published_late_is_not_taken_for_falling() -> None:
    slow, whole = np.array([1.0] * 6 + [0.5, 0.1]), np.array([1.0] * 6 + [0.9, 0.5])
    counts, totals = np.full((1, 8), 1000.0) * slow, np.full(8, 1e6) * whole
    blind = shrunk_growth(YEARS, counts, totals=totals, exposure=whole, total_exposure=whole)
    knowing = shrunk_growth(YEARS, counts, totals=totals, exposure=slow, total_exposure=whole)
    assert knowing.plain[0] == pytest.approx(0, abs=0.005)
    assert blind.plain[0] < -0.02


def simulated(*, technologies: int, spread: float, runs: int, last: int = 8) -> tuple[float, float, float]:
    """Coverage of the 90 % intervals, and root mean square errors of the shrunk and the plain growth."""
    generator = np.random.default_rng(0)
    exposure = np.array([1, 1, 1, 1, 1, 1, 0.8, 0.4])
    time = YEARS - YEARS.mean()
    inside, shrunk, plain = [], [], []
    for _ in range(runs):
        slope = generator.normal(0, spread, technologies)
        rates = np.exp(generator.normal(1.5, 1.2, technologies)[:, None] + (slope[:, None] + 0.04) * time)
        counts, rest = generator.poisson(rates * exposure), generator.poisson(3000 * np.exp(0.04 * time) * exposure)
        part, totals = slice(-last, None), rest + counts.sum(axis=0)
        found = shrunk_growth(
            YEARS[part], counts[:, part], totals=totals[part], exposure=exposure[part], total_exposure=exposure[part]
        )
        truth = np.expm1(slope)
        known = ~np.isnan(found.plain)
        inside += ((found.shrunk.low <= truth) & (truth <= found.shrunk.high))[known].tolist()
        shrunk += ((found.shrunk.value - truth)[known] ** 2).tolist()
        plain += ((found.plain - truth)[known] ** 2).tolist()
    return float(np.mean(inside)), float(np.sqrt(np.mean(shrunk))), float(np.sqrt(np.mean(plain)))


def test_the_intervals_cover_and_shrinking_halves_the_error() -> None:
    covered, shrunk, plain = simulated(technologies=40, spread=0.08, runs=25)
    assert 0.85 < covered <= 1
    assert shrunk < 0.5 * plain


def test_the_intervals_cover_although_few_years_and_technologies_tell_the_spread() -> None:
    assert simulated(technologies=40, spread=0.08, runs=25, last=5)[0] > 0.85
    assert simulated(technologies=8, spread=0.08, runs=100, last=6)[0] > 0.85


def test_where_all_grow_alike_nobody_shines() -> None:
    covered, shrunk, plain = simulated(technologies=40, spread=0.0, runs=10)
    assert covered > 0.95
    assert shrunk < 0.2 * plain


def test_an_unsure_completeness_widens_the_interval_as_far_as_it_moves_the_slope() -> None:
    counts = np.round(100 * 1.1 ** np.arange(8))[None, :]
    exposure = np.array([1, 1, 1, 1, 1, 1, 0.8, 0.4])

    def growth(last: float, error: float) -> Momentum:
        seen, errors = exposure.copy(), np.zeros((1, 8))
        seen[-1], errors[0, -1] = last, error
        return shrunk_growth(YEARS, counts, totals=np.full(8, 5000.0), exposure=seen, exposure_error=errors)

    sure, unsure = growth(0.4, 0.0), growth(0.4, 0.1)
    moved = np.log1p(growth(0.4 * np.exp(-0.1), 0.0).plain) - np.log1p(sure.plain)
    z = 1.6448536269514722
    wide = [float(np.log1p(each.shrunk.high[0]) - np.log1p(each.shrunk.value[0])) / z for each in (sure, unsure)]
    assert wide[1] > wide[0]
    assert np.sqrt(wide[1] ** 2 - wide[0] ** 2) == pytest.approx(float(moved[0]), rel=0.35)


def test_edge_cases_say_why_and_are_never_false_numbers() -> None:
    counts = [[0] * 8, [0] * 7 + [2], [10] * 8, [500] * 8]
    found = shrunk_growth(YEARS, counts, totals=[600] * 8)
    assert found.shrunk.reason.tolist() == ["no-units", "", "", ""]
    assert np.isnan(found.shrunk.value[0])
    assert np.isfinite(found.shrunk.value[1:]).all()
    assert np.isfinite(found.shrunk.high[1:]).all()
    alone = shrunk_growth(YEARS, [[5] * 8], totals=[5] * 8)
    assert alone.shrunk.reason.tolist() == ["no-rest"]
    short = shrunk_growth([2010], [[5]], totals=[9])
    assert short.shrunk.reason.tolist() == ["too-few-complete-years"]
    assert shrunk_growth(YEARS, np.zeros((0, 8)), totals=[1] * 8).plain.shape == (0,)
    for wrong in ({"totals": [1] * 8}, {"totals": [600] * 7}, {"totals": [600] * 8, "exposure": [2.0] * 8}):
        with pytest.raises(ValueError):
            shrunk_growth(YEARS, counts, **wrong)  # type: ignore[arg-type]


def test_completeness_of_small_items_is_that_of_the_whole_and_of_large_ones_their_own() -> None:
    own = np.array([[0.2], [0.8], [0.5], [np.nan]])
    width = np.array([[0.01], [0.01], [0.45], [np.nan]])
    found, error = pooled_completeness(own, own - width, own + width, [0.6], confidence=0.9)
    # Known by itself, known by few and not known at all: the error grows.
    assert 0 < error[1, 0] < error[0, 0] < error[2, 0] < error[3, 0]
    assert found[0, 0] == pytest.approx(0.2, abs=0.01)
    assert found[1, 0] == pytest.approx(0.8, abs=0.01)
    assert 0.5 < found[2, 0] < 0.6
    assert found[3, 0] == pytest.approx(0.6)
    complete, sure = pooled_completeness(own, own - width, own + width, [1.0], confidence=0.9)
    assert complete.tolist() == [[1.0]] * 4
    assert sure.tolist() == [[0.0]] * 4


def test_a_burst_is_the_cheapest_sequence_of_states() -> None:
    # All 2^t sequences, costed as Kleinberg (2003) defines.
    generator = np.random.default_rng(4)
    for _ in range(20):
        totals = generator.integers(50, 200, 8)
        counts = generator.binomial(totals, generator.choice([0.05, 0.15], 8))
        if not counts.sum():
            continue
        p = counts.sum() / totals.sum() * np.array([1.0, 2.0])
        cost = -(special.xlogy(counts, p[:, None]) + special.xlog1py(totals - counts, -p[:, None]))
        best, chosen = np.inf, 0
        for code in range(256):
            state = np.array([code >> t & 1 for t in range(8)])
            rises = int((np.diff(np.r_[0, state]) == 1).sum())
            total = cost[state, np.arange(8)].sum() + rises * np.log(8)
            if total < best - 1e-12:
                best, chosen = total, code
        found = bursts(range(8), counts, totals)
        assert {year for item in found for year in range(item.first_year, item.last_year + 1)} == {
            t for t in range(8) if chosen >> t & 1
        }


def test_bursts_of_edge_cases() -> None:
    assert bursts(range(10), [3] * 10, [100] * 10) == []
    assert bursts([], [], []) == bursts([2000], [1], [2]) == bursts(range(3), [0] * 3, [5] * 3) == []
    (last,) = bursts(range(10), [2] * 8 + [40, 40], [1000] * 10)
    assert (last.first_year, last.last_year, last.open) == (8, 9, True)
    for wrong in ({"ratio": 1.0}, {"gamma": -1.0}):
        with pytest.raises(ValueError):
            bursts(range(2), [1, 1], [2, 2], **wrong)
    with pytest.raises(ValueError):
        bursts(range(2), [3, 1], [2, 2])


def test_the_finding_puts_the_risen_technology_first(tmp_path: Path) -> None:
    head = "Jurisdiction,Kind,Publication Number,Lens ID,Publication Date,Publication Year,Application Number,Application Date,Priority Numbers,Earliest Priority Date,Title,Applicants,Inventors,CPC Classifications,IPCR Classifications,Document Type"
    rows, number = [head], 10_000_000
    for year in range(2002, 2019):
        for code, count in (("B64C39/02", round(4 * 1.25 ** (year - 2002))), ("G05D1/00", 20), ("H04W4/00", 30)):
            for index in range(count):
                number += 1
                month = index % 12
                out_year, out_month = divmod(year * 12 + month + 18, 12)
                filed, out = f"{year}-{month + 1:02d}-05", f"{out_year}-{out_month + 1:02d}-28"
                if out_year < 2019:
                    rows.append(
                        f"US,A1,US {number} A1,{number},{out},{out_year},US {number} A,{filed},US {number} A,{filed},A thing,ALPHA CORP,Doe John,{code},,Patent Application"
                    )
    path = tmp_path / "lens.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    workspace = Workspace.create(tmp_path / "ws", lang="en")
    workspace.add(path, collection="made")
    landscape = workspace.landscape(collection="made")
    found = landscape.momentum()
    first = next(iter(found))
    assert first["name"] == "B64C"
    assert first["relative_growth_low"] > 0
    assert first["above_whole"] > 0.99
    assert {caveat.code for caveat in found.caveats} >= {"relative_to_selection", "few_to_pool"}
    assert found.table.equals(landscape.momentum().table)
    for lang in ("en", "ja"):
        assert found.to_html(lang)
    with pytest.raises(UnknownChoice):
        landscape.momentum(by="mood")  # type: ignore[arg-type]
