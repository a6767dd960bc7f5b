"""The observations and targets of the KPIs as SDMX-CSV 2.0.

A fiscal year is written as SDMX writes reporting years (``2024-A1`` with ``REPORTING_YEAR_START_DAY`` ``--04-01``), a range
of years as an interval (``2008-01-01/P2Y``). Only the current vintage stands in the file: its keys are unique.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from chizai.publish.edition import Edition
from chizai.series.catalogue import observations
from chizai.series.period import Period

STRUCTURE = "CHIZAI:DF_PLAN_FOLLOW_UP(1.0)"
HEADER = (
    "STRUCTURE", "STRUCTURE_ID", "ACTION", "INDICATOR", "REF_AREA", "PART", "MEASURE", "TIME_PERIOD", "OBS_VALUE",
    "UNIT_MEASURE", "OBS_STATUS", "QUALIFIER", "HALF_UNIT", "REPORTING_YEAR_START_DAY", "SOURCE", "KNOWN_FROM",
)  # fmt: skip
STATUS = {"final": "A", "provisional": "P", "revised": "A", "estimate": "E"}
"""Code list CL_OBS_STATUS."""
FISCAL = "--04-01"


def write_sdmx(edition: Edition, path: Path) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(HEADER)
    head = ("dataflow", STRUCTURE, "I")
    for one in observations(day=edition.day, more=edition.more):
        if one.value is None:
            continue
        writer.writerow((
            *head, one.indicator, one.geo, one.part or "_T", "OBSERVED", time_period(one.when), repr(one.value), one.unit,
            STATUS[one.standing], one.qualifier, one.half_unit or "", FISCAL if one.when.fiscal else "", one.source,
            one.known_from.isoformat(),
        ))  # fmt: skip
    for kpi in edition.kpis:
        target = kpi.found.target
        if target.indicator is None or target.value is None or target.deadline is None:
            continue
        when = Period.parse(target.deadline)
        writer.writerow((
            *head, target.indicator, target.geo, "_T", f"TARGET_{target.id}", time_period(when), repr(target.value),
            target.unit, "A", "eq", "", FISCAL if when.fiscal else "", target.document, "",
        ))  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stream.getvalue().encode("utf-8"))


def time_period(when: Period) -> str:
    """The period as SDMX writes it.

    >>> time_period(Period.parse("FY2024")), time_period(Period.parse("2008-2009")), time_period(Period.parse("2024-08"))
    ('2024-A1', '2008-01-01/P2Y', '2024-08')
    """
    if when.kind == "range":
        month = "04" if when.fiscal else "01"
        return f"{when.start:.0f}-{month}-01/P{when.end - when.start + 1:.0f}Y"
    return f"{when.start:.0f}-A1" if when.fiscal else str(when)
