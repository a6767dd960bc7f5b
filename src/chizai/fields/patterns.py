"""Words as one regular expression that RE2 (DuckDB, BigQuery), Java (Spark) and Rust (Sail) read alike.

Only alternation, character classes, ``?`` and ``*``; no backslash, no look-around, no word boundary.
"""

from __future__ import annotations

from collections.abc import Iterable

from chizai.fields.model import Words


def pattern(words: Words) -> str:
    """The expression to look for in a lower-cased text.

    >>> pattern(Words(en=("quantum key", "qubit*"), ja=("量子鍵",)))
    '(?:^|[^a-z0-9])(?:quantum[- ]key(?:s|es)?|qubit[a-z0-9]*)(?:$|[^a-z0-9])|量子鍵'
    """
    parts = []
    if words.en:
        parts.append(f"(?:^|[^a-z0-9])(?:{'|'.join(map(_english, words.en))})(?:$|[^a-z0-9])")
    parts.extend(map(_japanese, words.ja))
    return "|".join(parts)


def union(several: Iterable[Words]) -> Words:
    """All words of several lists, each once, in the order of their first appearance."""
    several = list(several)
    return Words(
        en=tuple(dict.fromkeys(word for words in several for word in words.en)),
        ja=tuple(dict.fromkeys(word for words in several for word in words.ja)),
    )


def _english(word: str) -> str:
    stem, any_ending = word.removesuffix("*"), word.endswith("*")
    ending = "[a-z0-9]*" if any_ending else "(?:s|es)?"
    if not any_ending and stem.endswith("y") and len(stem) > 3:
        stem, ending = stem[:-1], "(?:y|ies|ys)"
    return "".join("[- ]" if char in " -" else _literal(char) for char in stem) + ending


def _japanese(word: str) -> str:
    # Japanese publications write Latin letters and digits in full width as often as not.
    return "".join(f"[{char}{chr(ord(char) + 0xFEE0)}]" if char.isascii() and char.isalnum() else _literal(char) for char in word)


def _literal(char: str) -> str:
    return f"[{char}]" if char in ".+()" else char
