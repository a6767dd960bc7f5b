"""The KPIs in the layout of Open SDG: ``data/indicator_<id>.csv`` and ``meta/<id>.yml``.

First column ``Year``, last ``Value``; a blank disaggregation is the headline. Open SDG knows whole years only: single
months and ranges stay out, and a fiscal year stands under its own number with the unit saying so. The progress options are
those of the KPI; Open SDG then computes the same ratio as chizai's growth method.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from chizai.publish.edition import Edition
from chizai.publish.kpis import Kpi
from chizai.series.units import unit_label


def write_open_sdg(edition: Edition, folder: Path) -> Path:
    """Write the folder; the path of ``index.csv``, which lists the indicators."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "meta").mkdir(exist_ok=True)
    yaml = YAML()
    yaml.width = 4096
    index = io.StringIO()
    listing = csv.writer(index, lineterminator="\n")
    listing.writerow(("indicator", "name", "data", "meta"))
    for kpi in edition.kpis:
        data, meta = f"data/indicator_{kpi.id}.csv", f"meta/{kpi.id}.yml"
        (folder / data).write_text(data_csv(kpi), encoding="utf-8", newline="")
        with (folder / meta).open("w", encoding="utf-8") as stream:
            yaml.dump(meta_of(kpi), stream)
        listing.writerow((kpi.id, kpi.title("en"), data, meta))
    path = folder / "index.csv"
    path.write_text(index.getvalue(), encoding="utf-8")
    return path


def data_csv(kpi: Kpi) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("Year", "Series", "Units", "Value"))
    unit = unit_label(kpi.unit, "en")
    for point in kpi.points:
        if (
            point.part == "observation"
            and point.observation is not None
            and point.observation.when.kind in ("year", "fy")
        ):
            fiscal = " (fiscal year)" if point.observation.when.fiscal else ""
            writer.writerow((f"{point.t:.0f}", "", f"{unit}{fiscal}", repr(point.value)))
    for point in kpi.points:
        if point.part == "target":
            writer.writerow((f"{point.t:.0f}", "Target", unit, repr(point.value)))
    return stream.getvalue()


def meta_of(kpi: Kpi) -> dict[str, Any]:
    target = kpi.found.target
    made: dict[str, Any] = {
        "indicator_number": kpi.id,
        "indicator_name": kpi.title("en"),
        "graph_title": kpi.title("en"),
        "graph_type": "line",
        "computation_units": unit_label(kpi.unit, "en"),
        "national_geographical_coverage": "Japan",
        "reporting_status": "complete" if kpi.points else "notstarted",
        "progress_status": kpi.found.status,
        "auto_progress_calculation": False,
    }
    if target.direction is not None:
        options: dict[str, Any] = {"direction": "positive" if target.direction == 1 else "negative"}
        wanted = next((point for point in kpi.points if point.part == "target"), None)
        if wanted is not None:
            options |= {"target": wanted.value, "target_year": round(wanted.t)}
        if kpi.case is not None:
            options["base_year"] = round(kpi.case.base_year)
        made["progress_calculation_options"] = [options]
    return made
