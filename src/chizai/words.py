"""Names of countries and offices as a reader knows them."""

from __future__ import annotations

from functools import cache
from typing import Any

from chizai.messages import Lang, lookup, text


@cache
def _territories(lang: Lang) -> Any:
    from babel import Locale

    return Locale(lang).territories


def country_name(code: str | None, lang: Lang) -> str:
    """The country's name; the code itself where none is known.

    >>> country_name("JP", "ja"), country_name(None, "en")
    ('日本', 'unknown')
    """
    if code is None:
        return text("value.unknown", lang)
    found = lookup(f"value.region.{code}", lang)
    return found if isinstance(found, str) else _territories(lang).get(code, code)
