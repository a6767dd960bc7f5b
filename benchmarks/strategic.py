"""The classes and words of the 17 strategic fields, for generated data in which none of their pages is empty."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from chizai import fields
from chizai.fields.model import Field

STRATEGIC = "strategic-2026"


def definitions() -> list[Field]:
    return [field for field in fields.shipped().values() if field.set == STRATEGIC]


def symbols_of(field: Field, symbols: list[str]) -> npt.NDArray[np.int64]:
    """Where the symbols of the field's codes stand in ``symbols``."""
    prefixes = {code.removesuffix("/00") + ("/" if code.endswith("/00") else "") for rule in field.include
                for code in (*rule.codes, *rule.cpc)}  # fmt: skip
    return np.array([at for at, symbol in enumerate(symbols) if symbol.startswith(tuple(prefixes))], dtype=np.int64)


def words_of(field: Field) -> tuple[list[str], list[str]]:
    """English and Japanese words of the field's rules, without their open ends."""
    return tuple(
        list(dict.fromkeys(word.removesuffix("*") for rule in field.include for word in getattr(rule.words, lang)))
        for lang in ("en", "ja")
    )  # type: ignore[return-value]
