"""Intangible share of market value, from annual securities reports: KPI K02.

``IAMV = market capitalisation - net tangible assets``, ``share = IAMV / market capitalisation``; net tangible assets
= total assets - goodwill - intangible assets - liabilities. An index's share is ``sum IAMV / sum capitalisation``:
weighted by capitalisation, whatever the index itself is weighted by. A company below its book value has a negative
share: it is kept, and the index is given with and without a floor at zero.

Reference: Ocean Tomo, Intangible Asset Market Value Study ("IAMV is calculated by subtracting net tangible asset
value from market capitalization"); that study does not publish its treatment of negatives.

Without a price of its own the capitalisation is the year-end price that the report implies, ``price-earnings ratio x
earnings per share``, times issued less treasury shares. The rounding of the ratio is carried through.

>>> share(capitalisation=100.0, total_assets=90.0, goodwill_and_intangibles=10.0, liabilities=40.0)
0.6
>>> share(capitalisation=100.0, total_assets=190.0, goodwill_and_intangibles=10.0, liabilities=40.0)
-0.4
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chizai.errors import Where
from chizai.series.computed.filings import Filing
from chizai.series.errors import SeriesRefused

NOW, YEAR, FILED = "CurrentYearInstant", "CurrentYearDuration", "FilingDateInstant"
ASSETS = (
    "AssetsIFRS",
    "TotalAssetsIFRSSummaryOfBusinessResults",
    "Assets",
    "TotalAssetsUSGAAPSummaryOfBusinessResults",
)
LIABILITIES = ("LiabilitiesIFRS", "Liabilities")
INTANGIBLES = (("GoodwillAndIntangibleAssetsIFRS",), ("GoodwillIFRS", "IntangibleAssetsIFRS"), ("IntangibleAssets",))
"""Alternatives, first found first. J-GAAP's intangible assets hold goodwill, IFRS's do not."""
RATIO = tuple(f"PriceEarningsRatio{standard}SummaryOfBusinessResults" for standard in ("IFRS", "USGAAP", ""))
EARNINGS = tuple(f"BasicEarningsLossPerShare{standard}SummaryOfBusinessResults" for standard in ("IFRS", "USGAAP", ""))
ISSUED = "NumberOfIssuedSharesAsOfFiscalYearEndIssuedSharesTotalNumberOfSharesEtc"
TREASURY = "TotalNumberOfSharesHeldTreasurySharesEtc"


@dataclass(frozen=True, slots=True)
class Company:
    """Yen; ``low`` and ``high`` bound the share by the rounding of the price-earnings ratio (None for a price
    given)."""

    name: str
    standard: str | None
    capitalisation: float
    net_tangible: float
    share: float
    low: float | None
    high: float | None

    @property
    def intangible(self) -> float:
        return self.capitalisation - self.net_tangible


def share(*, capitalisation: float, total_assets: float, goodwill_and_intangibles: float, liabilities: float) -> float:
    """The intangible share of market value; all in one currency, capitalisation above zero."""
    return (capitalisation - (total_assets - goodwill_and_intangibles - liabilities)) / capitalisation


def company(filing: Filing, *, price: float | None = None) -> Company:
    """The share of one company. ``price`` is the share price in yen (None: the one that the report implies).

    Errors: SeriesRefused ('facts-missing'), naming the facts that the report does not tag (US GAAP balance sheets are
    text blocks); 'no-price' in a loss year."""
    missing: list[str] = []
    assets = _first(filing, ASSETS, NOW, missing)
    liabilities = _first(filing, LIABILITIES, NOW, missing)
    intangibles = _intangibles(filing, missing)
    issued = _first(filing, (ISSUED,), FILED, missing)
    ratio = earnings = None
    if price is None:
        ratio = _first(filing, RATIO, YEAR, missing)
        earnings = _first(filing, EARNINGS, YEAR, missing)
    name = filing.text("FilerNameInEnglishDEI") or filing.text("FilerNameInJapaneseDEI") or filing.name
    if missing or assets is None or liabilities is None or intangibles is None or issued is None:
        raise SeriesRefused("facts-missing", where=Where(file=filing.name), name=name, facts=", ".join(missing))
    shares = issued - (filing.number(TREASURY, NOW) or 0.0)
    paid = price if price is not None else (ratio or 0.0) * (earnings or 0.0)
    if paid <= 0 or shares <= 0:
        raise SeriesRefused("no-price", where=Where(file=filing.name), name=name)
    net = assets - intangibles - liabilities
    capitalisation = paid * shares
    low = high = None
    if price is None:
        half = _half(filing)
        low, high = (1 - net / (capitalisation * (1 + sign * half / (ratio or 1.0))) for sign in (-1, 1))
        low, high = min(low, high), max(low, high)
    return Company(name, filing.standard, capitalisation, net, 1 - net / capitalisation, low, high)


def index(companies: Iterable[Company], *, floor: bool) -> float:
    """The share of a group: total intangible value over total capitalisation; ``floor`` sets negative companies to
    zero.

    >>> a = Company("a", None, 100.0, 40.0, 0.6, None, None)
    >>> b = Company("b", None, 100.0, 140.0, -0.4, None, None)
    >>> index([a, b], floor=False), index([a, b], floor=True)
    (0.1, 0.3)
    """
    listed = list(companies)
    values = [max(one.intangible, 0.0) if floor else one.intangible for one in listed]
    return sum(values) / sum(one.capitalisation for one in listed)


def _first(filing: Filing, concepts: Iterable[str], context: str, missing: list[str]) -> float | None:
    listed = tuple(concepts)
    for concept in listed:
        found = filing.number(concept, context)
        if found is not None:
            return found
    missing.append(listed[-1])
    return None


def _intangibles(filing: Filing, missing: list[str]) -> float | None:
    for concepts in INTANGIBLES:
        values = [filing.number(concept, NOW) for concept in concepts]
        if all(value is not None for value in values):
            return sum(value for value in values if value is not None)
    missing.append("IntangibleAssets")
    return None


def _half(filing: Filing) -> float:
    for concept in RATIO:
        found = filing.get(concept, YEAR)
        if found is not None:
            decimals = found.decimals if found.decimals is not None else 0
            return float(0.5 * 10.0**-decimals)
    return 0.0
