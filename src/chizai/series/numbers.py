"""Numbers as people type them, and how exactly they are printed."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][+-]?\d{1,2})?")
LONGEST = 40
LARGEST, SMALLEST = 1e18, 1e-18
MINUS = str.maketrans({"−": "-", "▲": "-", "△": "-", "－": "-"})


def number(written: str) -> float | None:
    """The value of a number as typed; None where it is not a number or too large for sense.

    >>> number("１，２３４.５"), number("▲3.2"), number("1e3"), number("nan"), number("12 %")
    (1234.5, -3.2, 1000.0, None, None)
    """
    text = unicodedata.normalize("NFKC", written.strip().translate(MINUS)).translate(MINUS)
    if not text or len(text) > LONGEST or not _NUMBER.fullmatch(text) or not any(c.isdigit() for c in text):
        return None
    value = float(text.replace(",", ""))
    if not math.isfinite(value) or abs(value) > LARGEST or 0 < abs(value) < SMALLEST:
        return None
    return value


def half_unit(written: str) -> float:
    """Half a unit of the last printed decimal; 0 for a number without decimals, which may be a count and exact.

    >>> half_unit("27.1"), half_unit("200"), half_unit("13.42")
    (0.05, 0.0, 0.005)
    """
    if number(written) is None:
        return 0.0
    text = unicodedata.normalize("NFKC", written.strip().translate(MINUS)).translate(MINUS).replace(",", "")
    exponent = Decimal(text).as_tuple().exponent
    return float(Decimal(5).scaleb(exponent - 1)) if isinstance(exponent, int) and exponent < 0 else 0.0
