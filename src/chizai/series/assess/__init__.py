"""Methods of assessment: one file each, with formula, preconditions, reference and a worked example."""

from __future__ import annotations

from chizai.series.assess import cagr, current_status, linear
from chizai.series.assess.base import STATUSES, Assessment, Case, Method, Reason, Status, status_word

METHODS: dict[str, Method] = {
    cagr.ID: cagr.assess,
    linear.ID: linear.assess,
    current_status.ID: current_status.assess,
}

__all__ = ["METHODS", "STATUSES", "Assessment", "Case", "Method", "Reason", "Status", "status_word"]
