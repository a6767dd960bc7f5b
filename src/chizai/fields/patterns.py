"""Words as regular expressions that RE2 (DuckDB, BigQuery), Java (Spark) and Rust (Sail) read alike.

Only alternation, character classes, ``?`` and ``*``; no backslash, no look-around, no word boundary. English and Japanese
are kept in two patterns: in one, RE2's automaton outgrows its memory and a search becomes two hundred times slower.
"""

from __future__ import annotations

from collections.abc import Iterable

from chizai.fields.model import Words


def english(words: Iterable[str]) -> str:
    """The pattern of English words, to be looked for in a lower-cased text.

    >>> english(["quantum key", "qubit*", "battery"])
    '(?:^|[^a-z0-9])(?:quantum[- ]key(?:s|es)?(?:$|[^a-z0-9])|qubit|batter(?:y|ies|ys)(?:$|[^a-z0-9]))'
    """
    return f"(?:^|[^a-z0-9])(?:{'|'.join(_whole(word) for word in words)})"


def stems(words: Iterable[str]) -> str:
    """A shorter and faster pattern that finds every text in which :func:`english` finds something, and some more.

    >>> stems(["quantum key", "qubit*", "battery"])
    '(?:^|[^a-z0-9])(?:quantum[- ]key|qubit|batter)'
    """
    return f"(?:^|[^a-z0-9])(?:{'|'.join(dict.fromkeys(_stem(word)[0] for word in words))})"


def japanese(words: Iterable[str]) -> str:
    """The pattern of Japanese words, to be looked for in a lower-cased text.

    >>> japanese(["生成ai", "量子鍵"])
    '生成[aａ][iｉ]|量子鍵'
    """
    return "|".join(map(_japanese, words))


def union(several: Iterable[Words]) -> Words:
    """All words of several lists, each once, in the order of their first appearance."""
    several = list(several)
    return Words(
        en=tuple(dict.fromkeys(word for words in several for word in words.en)),
        ja=tuple(dict.fromkeys(word for words in several for word in words.ja)),
    )


def _stem(word: str) -> tuple[str, str]:
    """The fixed part of a word as a pattern, and the pattern of its endings."""
    if word.endswith("*"):
        text, ending = word[:-1], ""
    elif word.endswith("y") and len(word) > 3:
        text, ending = word[:-1], "(?:y|ies|ys)(?:$|[^a-z0-9])"
    else:
        text, ending = word, "(?:s|es)?(?:$|[^a-z0-9])"
    return "".join("[- ]" if char in " -" else _literal(char) for char in text), ending


def _whole(word: str) -> str:
    return "".join(_stem(word))


def _japanese(word: str) -> str:
    # Japanese publications write Latin letters and digits in full width as often as not.
    return "".join(
        f"[{char}{chr(ord(char) + 0xFEE0)}]" if char.isascii() and char.isalnum() else _literal(char) for char in word
    )


def _literal(char: str) -> str:
    return f"[{char}]" if char in ".+()" else char
