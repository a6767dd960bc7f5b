"""Finding words in titles and abstracts: what matches, and how it stays fast on every engine.

English words are compared in a normal form, in which every character other than a-z and 0-9 is a blank:
``Quantum-key distribution`` holds `` quantum key ``. A word is found when it stands there with blanks around it, in the
singular or a regular plural; with ``*`` at the end its last part may go on. Japanese words are found anywhere.

A text is cut into tokens and joined with the words by one of their tokens; only then is the whole phrase compared. So
the cost hardly grows with the number of words, where one regular expression a list costs a pass over all texts each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from chizai.fields.model import Words

KEYS = ("collection", "publication_id")
TEXT_PARTS = ("title", "abstract")
LANGUAGES = ("en", "ja")
_OTHER = "[^a-z0-9]"
# Replacing runs (with a +) would cost three times as much; and words parted by a comma and a blank are no phrase.


class _Needle(NamedTuple):
    atom: int
    term: str
    text: str
    """What to look for in the normal form: `` quantum key ``, or `` quantum comput`` with an open end."""
    token: str
    """A whole token of it, by which it is joined to the texts."""


def word_hits(texts: ir.Table, words: Mapping[int, Words], *, terms: bool = False) -> list[ir.Table]:
    """Tables ``collection, publication_id, atom, term`` of the words found, ``words`` being lists by their number.

    ``texts`` is the canonical table; titles and abstracts in English, Japanese or no stated language are searched. A
    row may come more than once. Only with ``terms`` is every Japanese word told apart (it takes longer).
    """
    wanted = texts.filter(
        texts.part.isin(list(TEXT_PARTS)) & (texts.language.isnull() | texts.language.isin(list(LANGUAGES)))
    )
    lowered = wanted.select(*KEYS, "language", body=wanted.text.lower())
    needles = [needle for atom, found in words.items() for word in found.en for needle in _needles(atom, word)]
    opened = [(atom, word) for atom, found in words.items() for word in found.en if _is_open(word)]
    japanese = [
        (atom, part)
        for atom, found in words.items()
        if found.ja
        for part in ([(word,) for word in found.ja] if terms else [found.ja])
    ]
    tables = []
    if needles:
        rows = lowered.filter(lowered.body.re_search(stems(dict.fromkeys(needle.term for needle in needles))))
        tables.append(_joined(rows, needles))
    if opened:
        rows = lowered.filter(lowered.body.re_search(stems(dict.fromkeys(word for _, word in opened))))
        tables.append(_marked(rows, [(atom, word, rows.body.re_search(stems([word]))) for atom, word in opened]))
    if japanese:
        rows = lowered.filter(lowered.language.isnull() | (lowered.language == "ja"))
        rows = rows.filter(rows.body.re_search(_japanese(word for _, part in japanese for word in part)))
        tests = [(atom, part[0], rows.body.re_search(_japanese(part))) for atom, part in japanese]
        tables.append(_marked(rows, tests))
    return tables


def stems(words: Iterable[str]) -> str:
    """A regular expression that passes every lower-cased text with one of the English words, and some more.

    Alternation and character classes only: RE2 (DuckDB, BigQuery), Java (Spark) and Rust (Sail) read it alike. No
    Japanese in it: RE2's automaton would outgrow its memory, and the search become two hundred times slower.

    >>> stems(["quantum bit", "qubit*", "battery"])
    '(?:^|[^a-z0-9])(?:quantum[^a-z0-9]bit|qubit|batter)'
    """
    found = dict.fromkeys(_OTHER.join(_tokens(re.sub(r"y$|\*$", "", word))) for word in words)
    return f"(?:^|[^a-z0-9])(?:{'|'.join(found)})"


def _tokens(word: str) -> list[str]:
    return [token for token in re.split(_OTHER, word) if token]


def _is_open(word: str) -> bool:
    """Whether a word is single and has an open end, so that no token of it is fixed."""
    return word.endswith("*") and len(_tokens(word)) == 1


def _needles(atom: int, word: str) -> list[_Needle]:
    if _is_open(word):
        return []
    *first, last = _tokens(word)
    if word.endswith("*"):
        return [_Needle(atom, word, " " + " ".join([*first, last]), max(first, key=len))]
    endings = [last, last + "s", last + "es"]
    if last.endswith("y") and len(last) > 3:
        endings.append(last[:-1] + "ies")
    phrases = [[*first, ending] for ending in endings]
    return [_Needle(atom, word, f" {' '.join(parts)} ", max(parts, key=len)) for parts in phrases]


def _joined(rows: ir.Table, needles: list[_Needle]) -> ir.Table:
    columns = list(zip(*needles, strict=True))
    table = ibis.memtable(
        pa.table(
            {
                "atom": pa.array(columns[0], pa.int64()),
                "term": pa.array(columns[1], pa.string()),
                "needle": pa.array(columns[2], pa.string()),
                "token": pa.array(columns[3], pa.string()),
            }
        )
    )
    normal = rows.select(*KEYS, body=ibis.literal(" ") + rows.body.re_replace("[^a-z0-9 ]", " ") + " ")
    tokens = normal.select(*KEYS, "body", token=normal.body.split(" ").unnest())
    both = tokens.inner_join(table, "token")
    return both.filter(both.body.contains(both.needle)).select(*KEYS, "atom", "term")


def _marked(rows: ir.Table, tests: list[tuple[int, str, ir.BooleanValue]]) -> ir.Table:
    """The rows for which each test holds, with its atom and term, in one pass."""
    marks = []
    for atom, term, holds in tests:
        mark = ibis.struct({"atom": ibis.literal(atom, "int64"), "term": ibis.literal(term, "string")})
        marks.append(ibis.ifelse(holds, mark, ibis.null(mark.type())))
    long = rows.select(*KEYS, mark=ibis.array(marks).unnest())
    long = long.filter(long.mark.notnull())
    return long.select(*KEYS, atom=long.mark["atom"], term=long.mark["term"])


def _japanese(words: Iterable[str]) -> str:
    """Any of the words as a regular expression, Latin letters and digits in half or full width."""
    return "|".join(dict.fromkeys("".join(map(_either_width, word)) for word in words))


def _either_width(char: str) -> str:
    if char.isascii() and char.isalnum():
        return f"[{char}{chr(ord(char) + 0xFEE0)}]"
    return f"[{char}]" if char in ".+()" else char
