"""R&D as an asset: the perpetual inventory method.

``K_t = (1 - delta) K_{t-1} + I_t`` with ``K_0 = I_0/(g + delta)``, g the growth of investment before the series
begins (here that of the series itself). Depreciation is a parameter: :data:`DEPRECIATION` lists cited rates. Nominal
investment gives a nominal stock; for a volume deflate first.

Reference: OECD, Measuring Capital, 2009, chapter 15; OECD, Handbook on Deriving Capital Measures of IP Products, 2010.

>>> [round(k, 6) for k in perpetual_inventory([100.0, 110.0, 121.0], depreciation=0.15, initial_growth=0.10)]
[400.0, 450.0, 503.5]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chizai.series.computed.packed import purchasing_power, rd_expenditure


@dataclass(frozen=True, slots=True)
class Rate:
    """A depreciation rate a year with where it is found; ``sure`` is False where chizai has it from a secondary
    source."""

    name: str
    rate: float
    source: str
    sure: bool


DEPRECIATION: dict[str, Rate] = {
    "chs": Rate("R&D, intangibles literature", 0.15, "Corrado, Hulten and Sichel; INTAN-Invest", False),
    "bea_low": Rate("R&D, national accounts", 0.16, "US BEA / SNA practice, about 0.15-0.16", False),
    "epw_low": Rate("R&D, Ewens-Peters-Wang, lowest industry", 0.33, "Ewens, Peters and Wang 2023, file", True),
    "epw_high": Rate("R&D, Ewens-Peters-Wang, highest industry", 0.50, "Ewens, Peters and Wang 2023, file", True),
}
"""Japan-specific rates by 20 industries: Tonogi, Kitaoka and Li, ESRI DP 319; the table is not shipped."""


def mean_growth(values: Sequence[float]) -> float:
    """Compound growth from the first to the last value."""
    return float((values[-1] / values[0]) ** (1 / (len(values) - 1))) - 1


def perpetual_inventory(
    investment: Sequence[float], *, depreciation: float, initial_growth: float | None = None
) -> list[float]:
    """End-of-year stocks of yearly investment; all values positive, two or more, unit as given.

    ``initial_growth`` (None: that of the series) is what is assumed of the years before; its effect fades with
    ``(1 - depreciation)**t``.
    """
    if len(investment) < 2 or min(investment) <= 0 or not 0 < depreciation < 1:
        message = "two positive yearly investments or more, and a depreciation between 0 and 1"
        raise ValueError(message)
    growth = mean_growth(investment) if initial_growth is None else initial_growth
    if growth + depreciation <= 0:
        message = "investment falls faster than it depreciates: there is no steady state to start from"
        raise ValueError(message)
    stocks = [investment[0] / (growth + depreciation)]
    for flow in investment[1:]:
        stocks.append((1 - depreciation) * stocks[-1] + flow)
    return stocks


def share_of_start(years: int, *, depreciation: float) -> float:
    """How much of the assumed starting stock is left after this many years.

    >>> round(share_of_start(19, depreciation=0.15), 4)
    0.0456
    """
    return float((1 - depreciation) ** years)


def japan_rd_stock(*, depreciations: Iterable[float] = (0.15, 0.33, 0.50)) -> list[dict[str, float]]:
    """Japan's R&D in yen (trillion, nominal) and its stock under each depreciation, by year.

    From UNESCO UIS expenditure in purchasing-power dollars times the World Bank's factor: close to the OECD-adjusted
    series, below the official survey total.

    >>> round(japan_rd_stock()[0]["investment"], 1)
    14.2
    """
    dollars, factor = rd_expenditure("JPN"), purchasing_power("JP")
    years = [year for year in sorted(dollars) if year in factor]
    flows = [dollars[year] * factor[year] / 1e12 for year in years]
    columns = {d: perpetual_inventory(flows, depreciation=d) for d in depreciations}
    return [
        {"year": float(year), "investment": flows[i]} | {f"stock_{d:g}": stocks[i] for d, stocks in columns.items()}
        for i, year in enumerate(years)
    ]
