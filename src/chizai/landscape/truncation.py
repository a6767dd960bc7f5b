"""Citations so far and citations to come, by year of publication."""

from __future__ import annotations

from typing import Any

import numpy as np
from ibis import _

from chizai.finding import Caveat, Column, Finding
from chizai.landscape.citing import Citing, rows_of
from chizai.landscape.scope import Scope
from chizai.landscape.statistics import truncation as statistics
from chizai.landscape.statistics.estimate import divide

COLUMNS = (
    Column("year", "year"),
    Column("units", "count"),
    Column("citations", "count"),
    Column("cohort_mean", "number"),
    Column("seen_share", "share"),
    Column("corrected_mean", "number", low="corrected_mean_low", high="corrected_mean_high"),
    Column("corrected_mean_low", "number"),
    Column("corrected_mean_high", "number"),
    Column("fitted_share", "share"),
    Column("fitted_mean", "number", low="fitted_mean_low", high="fitted_mean_high"),
    Column("fitted_mean_low", "number"),
    Column("fitted_mean_high", "number"),
)


def citation_truncation(scope: Scope, *, horizon_years: int = 20, minimum_share: float = 0.1) -> Finding:
    """Mean citations by year: as seen (the divisor of the cohort-mean method), and corrected by the lag distribution.

    ``corrected_mean`` is what a unit of the year will have within the horizon (the longest lag that the data tell about,
    at most ``horizon_years``), without a form; ``fitted_mean`` in the end, by the form of obsolescence and diffusion.
    The lags are learned on the whole collections. Null where less than ``minimum_share`` can have come by now.
    """
    citing = Citing(scope)
    uses = ("unit", "date", "family_basis") if citing.clock == "origin" else ("unit", "family_basis")
    parameters = {"horizon_years": horizon_years, "minimum_share": minimum_share, "clock": citing.clock}
    cutoff = citing.cutoff_month
    if not citing.count or cutoff is None:
        empty: dict[str, list[Any]] = {column.name: [] for column in COLUMNS}
        return scope.finding(
            "citation_truncation", COLUMNS, empty, uses=uses, caveats=[Caveat("no_pairs")], parameters=parameters
        )
    months = citing.months.mutate(lag=_.cited_on - _.start, exposure=cutoff - _.start + 1)
    histogram = scope.run(months.group_by("lag", "exposure").agg(n=_.count()).order_by("lag", "exposure"))
    table = statistics.lag_table(*(histogram[name].to_numpy() for name in ("lag", "exposure", "n")))
    empirical = statistics.empirical_lags(table, horizon=12 * horizon_years)
    caveats = [Caveat("citations_pairs")]
    if citing.clock == "origin":
        caveats.append(Caveat("clock_origin"))
    early = int(histogram["n"].to_numpy()[histogram["lag"].to_numpy() < 0].sum())
    if early:
        caveats.append(Caveat("cited_before_start", {"count": early}))
    fitted = None
    try:
        fitted = statistics.fitted_lags(table)
    except ValueError:
        caveats.append(Caveat("no_lag_form"))
    year, received, exposure = _cohorts(scope, citing, cutoff)
    labels, group = np.unique(year, return_inverse=True)
    group = group.ravel()
    n = len(labels)
    size = np.bincount(group, minlength=n).astype(np.float64)
    total = np.bincount(group, weights=received, minlength=n)
    squares = np.bincount(group, weights=received**2, minlength=n)
    # Patents differ in what they are worth: a cohort's total varies by more than a Poisson count.
    spread = np.maximum(np.nan_to_num(divide(squares, total), nan=1.0), 1.0)

    def corrected(lags: statistics.LagDistribution | None) -> list[list[float]]:
        if lags is None or not len(lags.cumulative):
            return [[float("nan")] * n for _part in range(4)]
        seen, noise = lags.at(exposure), lags.variance_at(exposure)
        known = ~np.isnan(seen)
        count = np.bincount(group[known], minlength=n)
        share = divide(np.bincount(group[known], weights=seen[known], minlength=n), count)
        error = divide(np.bincount(group[known], weights=np.nan_to_num(noise)[known], minlength=n), count)
        share[count < size] = np.nan
        parts = [
            statistics.corrected(
                total[i], share[i], error[i], minimum_share=minimum_share, overdispersion=float(spread[i]),
                confidence=scope.confidence,
            )
            for i in range(n)
        ]  # fmt: skip
        return [
            share.tolist(),
            *(
                [float(getattr(part, name) / size[i]) for i, part in enumerate(parts)]
                for name in ("value", "low", "high")
            ),
        ]

    plain, form = corrected(empirical), corrected(fitted)
    return scope.finding(
        "citation_truncation",
        COLUMNS,
        {
            "year": [int(label) for label in labels],
            "units": size.tolist(),
            "citations": total.tolist(),
            "cohort_mean": (total / size).tolist(),
            "seen_share": plain[0],
            "corrected_mean": plain[1],
            "corrected_mean_low": plain[2],
            "corrected_mean_high": plain[3],
            "fitted_share": form[0],
            "fitted_mean": form[1],
            "fitted_mean_low": form[2],
            "fitted_mean_high": form[3],
        },
        uses=uses,
        caveats=caveats,
        facts={
            "citations_used": float(table.sum()),
            "horizon_years": (empirical.horizon or 0) / 12,
            "obsolescence": fitted.obsolescence if fitted else None,
            "diffusion": fitted.diffusion if fitted else None,
        },
        parameters=parameters,
    )


def _cohorts(scope: Scope, citing: Citing, cutoff: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Year, citations received after the start, and exposure in months of the selection's units."""
    starts = scope.run(citing.starts.semi_join(scope.units, "unit").order_by("unit"))
    unit, start = starts["unit"].to_numpy(), starts["start"].to_numpy()
    received = citing.months.filter(_.cited_on >= _.start).group_by("unit").agg(n=_.count())
    found = scope.run(received)
    place = rows_of(unit, found["unit"].to_numpy())
    counts = np.zeros(len(unit))
    counts[place[place >= 0]] = found["n"].to_numpy()[place >= 0]
    return (start - 1) // 12, counts, np.maximum(cutoff - start + 1, 0)
