"""Life cycle: the censored logistic recovers what is known, covers it, and refuses what the data cannot tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import special

from chizai.errors import NotSupported
from chizai.landscape.statistics.logistic import LN81, STAGE_BOUNDS, STAGES, LifeCycle, life_cycle, logistic
from chizai.workspace import Workspace

YEARS = np.arange(1990, 2021)
WHOLE = np.diff(logistic(np.arange(1989.5, 2021), total=5000, midpoint=2010, duration=15))
INDEX = np.arange(1, 32)
POSITION = LN81 / 15 * (INDEX - 21)
RATE = 5000 * LN81 / 15 * special.expit(POSITION) * special.expit(-POSITION)


def figures(found: LifeCycle) -> list[float]:
    return [float(found.total.value), float(found.midpoint.value), float(found.duration.value)]


# shared/golden/bibliometrix_lifecycle_reference.txt: K = 5000, t_m = 21 (x index), dt = 15; 1464, 15.7 and 7.2 is what
# bibliometrix makes of the series when the last two years are censored.
@pytest.mark.parametrize("last", [31, 29])
def test_the_exact_logistic_is_recovered_also_when_the_last_two_years_are_cut(last: int) -> None:
    found = life_cycle(INDEX[:last], RATE[:last], yearly="rate")
    np.testing.assert_allclose(figures(found), [5000, 21, 15], rtol=1e-6)
    found = life_cycle(YEARS[:last], WHOLE[:last])
    np.testing.assert_allclose(figures(found), [5000, 2010, 15], rtol=1e-6)


def test_the_exact_logistic_is_recovered_when_the_last_two_years_are_censored() -> None:
    seen = np.where(YEARS == 2020, 0.1, np.where(YEARS == 2019, 0.5, 1.0))
    found = life_cycle(YEARS, WHOLE * seen, exposure=seen)
    np.testing.assert_allclose(figures(found), [5000, 2010, 15], rtol=1e-6)
    assert found.total.low < 5000 < found.total.high
    np.testing.assert_allclose(found.fitted, WHOLE, rtol=1e-5)
    np.testing.assert_allclose(found.expected, WHOLE * seen, rtol=1e-5)
    # Read as if complete, the same counts call the technology older than it is.
    assert life_cycle(YEARS, WHOLE * seen).midpoint.value < 2009.7


def test_a_collection_that_begins_late_does_not_bend_the_curve() -> None:
    found = life_cycle(YEARS[12:], WHOLE[12:])
    np.testing.assert_allclose(figures(found), [5000, 2010, 15], rtol=1e-5)


def test_the_stage_follows_the_share_of_the_total() -> None:
    for stage, reached in zip(STAGES, (0.03, 0.3, 0.7, 0.97), strict=True):
        middle = 2020.5 - special.logit(reached) * 15 / LN81
        counts = np.diff(logistic(np.arange(1989.5, 2021), total=200_000, midpoint=middle, duration=15))
        found = life_cycle(YEARS, counts, family="poisson")
        assert found.stage == stage
        assert found.saturation.low < reached < found.saturation.high
        assert sum(found.stage_probability.values()) == pytest.approx(1)


def test_pure_growth_and_pure_decline_and_a_flat_series_have_no_total() -> None:
    years = range(2000, 2015)
    for rate in (1.1, 0.9, 1.0):
        found = life_cycle(years, 100 * rate ** np.arange(15))
        assert not found.identified
        assert np.isnan(found.total.value)
        assert found.total.high == np.inf
        assert found.total.low > 0
        assert found.total.reason == "interval-unbounded"
    assert life_cycle(years, 100 * 1.1 ** np.arange(15)).midpoint.high == np.inf


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([], "too-few-years"),
        ([100.0] * 4, "too-few-years"),
        ([1.0] * 12, "too-few-units"),
        ([0] * 11 + [900], "too-few-units"),
    ],
)
def test_what_is_too_short_or_too_small_is_refused_with_the_reason(counts: list[float], reason: str) -> None:
    found = life_cycle(range(2000, 2000 + len(counts)), counts)
    assert found.reason == reason
    assert found.stage is None
    assert np.isnan(found.total.value)


@pytest.mark.parametrize(
    "wrong",
    [{"exposure": [1.2] * 9}, {"exposure": [0.0] * 9}, {"family": "gauss"}, {"yearly": "x"}, {"minimum_years": 2}],
)
def test_wrong_arguments_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        life_cycle(range(9), [10.0] * 9, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("reached", "scatter"), [(0.4, 0.0), (0.8, 0.02)])
def test_the_intervals_cover_the_truth(reached: float, scatter: float) -> None:
    # 3,000 units in the end, 22 years, the last three published to 95, 70 and 25 %; gamma scatter of whole years.
    generator = np.random.default_rng(1)
    years, exposure = np.arange(2000, 2022), np.ones(22)
    exposure[-3:] = 0.95, 0.7, 0.25
    middle = 2021.5 - special.logit(reached) * 15 / LN81
    whole = np.diff(logistic(np.arange(1999.5, 2022), total=3000, midpoint=middle, duration=15))
    inside, probability, tries = np.zeros(3), [], 40
    stage = STAGES[int(np.digitize(reached, STAGE_BOUNDS))]
    for _ in range(tries):
        lifted = whole * (generator.gamma(1 / scatter, scatter, 22) if scatter else 1.0)
        found = life_cycle(years, generator.binomial(generator.poisson(lifted), exposure), exposure=exposure)
        truth = zip((found.total, found.midpoint, found.duration), (3000, middle, 15), strict=True)
        inside += [estimate.low <= value <= estimate.high for estimate, value in truth]
        probability.append(found.stage_probability[stage])
    # 90 % intervals in 40 tries: 31 or more in 99 of 100 runs.
    assert (inside >= 31).all()
    assert np.mean(probability) > 0.6


def lens_csv(path: Path, years: dict[int, int]) -> Path:
    """A CSV export of The Lens, written by hand: filed in a year, published 18 months later."""
    rows = [
        "Jurisdiction,Kind,Publication Number,Lens ID,Publication Date,Publication Year,Application Number,Application Date,Priority Numbers,Earliest Priority Date,Title,Applicants,Inventors,CPC Classifications,IPCR Classifications,Document Type"
    ]
    number = 10_000_000
    for year, count in years.items():
        for index in range(count):
            number += 1
            month = index % 12 + 1
            out_year, out_month = divmod(year * 12 + month - 1 + 18, 12)
            if out_year >= 2021:
                continue
            filed = f"{year}-{month:02d}-05"
            code = "B64C39/02" if index % 2 else "G05D1/00"
            rows.append(
                f"US,A1,US {number} A1,{number},{out_year}-{out_month + 1:02d}-28,{out_year},US {number} A,{filed},US {number} A,{filed},A thing,ALPHA CORP,Doe John,{code},,Patent Application"
            )
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_the_finding_gives_the_whole_and_its_technologies(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws", lang="en")
    counts = np.diff(logistic(np.arange(1997.5, 2021), total=1500, midpoint=2010, duration=12)).round().astype(int)
    workspace.add(
        lens_csv(tmp_path / "lens.csv", dict(zip(range(1998, 2021), counts.tolist(), strict=True))), collection="made"
    )
    found = workspace.landscape(collection="made").life_cycle()
    rows = list(found)
    assert [row["name"] for row in rows] == ["all", "B64C", "G05D"] or [row["name"] for row in rows] == [
        "all",
        "G05D",
        "B64C",
    ]
    first = rows[0]
    assert first["final_total_low"] < 1500 < first["final_total_high"]
    assert first["midpoint_low"] < 2010 < first["midpoint_high"]
    assert first["stage"] == "saturated"
    for lang in ("en", "ja"):
        assert found.to_html(lang)


def test_three_patents_have_no_life_cycle(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws", lang="en")
    workspace.add(lens_csv(tmp_path / "lens.csv", {2015: 3}), collection="three")
    landscape = workspace.landscape(collection="three")
    for name in ("life_cycle", "momentum", "main_path"):
        with pytest.raises(NotSupported):
            getattr(landscape, name)()
