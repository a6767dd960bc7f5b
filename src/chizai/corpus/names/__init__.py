"""Harmonised applicants: which spellings are one legal entity, why, and which group it belongs to.

>>> from chizai.corpus.names import harmonise
>>> harmonise(["ＡＣＭＥ, Inc.", "Acme Inc"]).column("identity").to_pylist()
['acme', 'acme']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chizai.corpus.names.overrides import Override, Overrides, read_overrides
    from chizai.corpus.names.resolve import THRESHOLD, NameInput, harmonise
    from chizai.corpus.names.table import CsvResult, harmonise_csv

__all__ = [
    "THRESHOLD", "CsvResult", "NameInput", "Override", "Overrides", "harmonise", "harmonise_csv", "read_overrides",
]  # fmt: skip

_HOME = {
    "THRESHOLD": "resolve", "NameInput": "resolve", "harmonise": "resolve", "Override": "overrides",
    "Overrides": "overrides", "read_overrides": "overrides", "CsvResult": "table", "harmonise_csv": "table",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    # Loaded on first use: numpy, pyarrow and the word lists are not needed to import chizai.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
