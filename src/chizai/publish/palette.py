"""Colours of the verdicts. Word first, shape second, colour last: colour alone says nothing.

All have a contrast of 3:1 or more on white, and stay 19 dE76 or more apart for protans, deutans and tritans (tests).
Black and white print and greys are told apart by shape, 'not assessable' by hatching as well.
"""

from __future__ import annotations

from chizai.series.assess import Status

STATUS_COLOURS: dict[Status, str] = {
    "target_achieved": "#0B3C8C",
    "substantial_progress": "#0072B2",
    "moderate_progress": "#B98500",
    "limited_progress": "#A33A00",
    "deterioration": "#4A0012",
    "not_available": "#6B6B6B",
}

INK, SOFT, LINE = "#1A1A1A", "#4A4A4A", "#C9CFD6"
OBSERVED, TARGET, PATH, BAND = "#0017C1", "#4A0012", "#4A4A4A", "#C5D7FB"
"""Series of a chart; the blues are the Digital Agency's."""
