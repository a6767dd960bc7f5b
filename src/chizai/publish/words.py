"""Numbers as they are printed: one way for page, PDF and chart."""

from __future__ import annotations

from chizai.messages import Lang, text
from chizai.series.units import unit_label

NONE = "－"
"""凡例: － none. An empty cell is never printed."""


def number(value: float, *, digits: int | None = None) -> str:
    """With commas every three digits; without ``digits`` as many decimals as the value needs, at most four.

    >>> number(30.7), number(17005), number(0.600028, digits=3), number(-3.0)
    ('30.7', '17,005', '0.600', '△3')
    """
    if digits is None:
        shown = f"{abs(value):,.4f}".rstrip("0").rstrip(".")
    else:
        shown = f"{abs(value):,.{digits}f}"
    negative = value < 0 and any(char in "123456789" for char in shown)
    return f"△{shown}" if negative else shown


def signed(value: float, lang: Lang, *, digits: int | None = None) -> str:
    """Negative numbers with △ in Japanese, as officials print them, and with a minus sign in English.

    >>> signed(-1.54, "ja", digits=2), signed(-1.54, "en", digits=2)
    ('△1.54', '−1.54')
    """
    shown = number(value, digits=digits)
    return shown if lang == "ja" else shown.replace("△", "−")


def spread(low: float, high: float, lang: Lang, *, digits: int | None = None) -> str:
    """Both ends of an interval, with as many digits as tell them from each other (at most seven).

    >>> spread(1.836, 1.936, "ja", digits=3), spread(0.5801, 0.5804, "ja", digits=3), spread(1.50705, 1.50715, "en")
    ('1.836～1.936', '0.5801～0.5804', '1.50705 to 1.50715')
    """
    ends = [signed(end, lang, digits=digits) for end in (low, high)]
    for more in range(digits or 5, 8):
        if low == high or (ends[0] != ends[1] and (digits is not None or round(low, more - 1) == low)):
            break
        ends = [signed(end, lang, digits=more) for end in (low, high)]
    return text("publish.spread", lang, low=ends[0], high=ends[1])


def percent(share: float | None, lang: Lang, *, digits: int = 2) -> str:
    return NONE if share is None else f"{signed(100 * share, lang, digits=digits)}%"


def amount(value: float, unit: str, lang: Lang, *, qualifier: str = "eq") -> str:
    """A value with its unit: 30.7兆円, 30.7 trillion yen.

    >>> amount(30.7, "jpy_cho", "ja"), amount(100_000_000, "accesses_per_month", "en", qualifier="lt")
    ('30.7兆円', 'below 100,000,000 accesses a month')
    """
    shown = signed(value, lang)
    if lang == "ja" and value >= 1e6 and value % 1e4 == 0:
        shown = f"{number(value / 1e8)}億" if value % 1e6 == 0 and value >= 1e8 else f"{number(value / 1e4)}万"
    label = unit_label(unit, lang) if unit else ""
    if lang == "ja" or label.startswith("%"):
        joined = f"{shown}{label}"
    else:
        joined = text("publish.with_unit", lang, value=shown, unit=label)
    if unit == "rank":
        joined = text("publish.rank", lang, value=shown)
    return joined if qualifier == "eq" else text(f"publish.qualifier.{qualifier}", lang, value=joined)
