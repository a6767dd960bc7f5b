"""Titles of CPC and IPC symbols, in English and Japanese.

English titles of subclasses and groups are those of the CPC scheme of August 2019 (EPO and USPTO). Titles of sections
and classes, of places that the shipped scheme lacks (H01L, G05B) or that were made later, and all Japanese titles are
chizai's own short wordings and provisional.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from chizai.corpus.classification.symbols import class_of, main_group_of, section_of, subclass_of
from chizai.messages import Lang

SCHEME_VERSION = "2019.08"


class Title(NamedTuple):
    """A title and where it comes from."""

    text: str
    symbol: str
    """The symbol whose title this is: the one asked for, or its nearest ancestor that has one."""
    language: Lang
    """'en' where a Japanese title was asked for and only an English one exists."""
    own: bool
    """True for chizai's own wording, False for the text of the CPC scheme."""


class _Own(NamedTuple):
    since: int | None
    en: str
    ja: str


@cache
def _own() -> dict[str, _Own]:
    text = (files("chizai") / "data" / "classification" / "titles_own.tsv").read_text(encoding="utf-8")
    return {
        row["symbol"]: _Own(int(row["since"]) if row["since"] else None, row["en"], row["ja"])
        for row in csv.DictReader(text.splitlines(), delimiter="\t")
    }


@cache
def _scheme() -> tuple[pa.Array, pa.Array, pa.Array]:
    """Symbols (sorted), parents and titles: kept as Arrow and searched by halving, not as 232,000 Python strings."""
    with as_file(files("chizai") / "data" / "classification" / "cpc_titles_2019-08.parquet") as path:
        table = pq.read_table(path)
    return tuple(table[name].combine_chunks() for name in ("symbol", "parent", "title"))


@lru_cache(maxsize=1 << 14)
def _row(symbol: str) -> tuple[str | None, str] | None:
    """Parent and title of a symbol of the scheme."""
    symbols, parents, titles = _scheme()
    at = bisect_left(range(len(symbols)), symbol, key=lambda i: symbols[i].as_py())
    if at == len(symbols) or symbols[at].as_py() != symbol:
        return None
    return parents[at].as_py(), titles[at].as_py()


def known(symbol: str) -> bool:
    """Whether the symbol stands in the CPC scheme of 2019.08 or in the list of places made since or missing there.

    >>> known("B64C39/024"), known("B64U10/00"), known("B64C99/99")
    (True, True, False)
    """
    return symbol in _own() or _row(symbol) is not None


def since(symbol: str) -> int | None:
    """The year in which a place newer than the shipped scheme came into force, where chizai lists it."""
    own = _own().get(symbol)
    return own.since if own else None


@cache
def known_subclasses() -> frozenset[str]:
    """All subclasses of the CPC scheme, of the later list and of the IPC-technology concordance."""
    from chizai.corpus.classification.wipo35 import FIELDS

    symbols, _, _ = _scheme()
    lengths = pa.compute.utf8_length(symbols)
    found = {value.as_py() for value in symbols.filter(pa.compute.equal(lengths, 4))}
    found |= {symbol for symbol in _own() if len(symbol) == 4}
    return frozenset(found | {key[:4] for item in FIELDS for key in item.keys})


def _parent(symbol: str) -> str | None:
    """One step up: the scheme's own indentation where it is known, else by the written form."""
    row = _row(symbol)
    if row is not None and row[0] is not None:
        return row[0]
    if "/" in symbol:
        group = main_group_of(symbol)
        # A deeper subgroup that the scheme does not know: try it with one digit or FI extension less.
        bare = symbol.split(",")[0].split("@")[0]
        if bare != symbol:
            return bare
        head, _, tail = symbol.partition("/")
        if len(tail) > 2:
            return f"{head}/{tail[:-1]}"
        return subclass_of(symbol) if symbol == group else group
    return {4: class_of(symbol), 3: section_of(symbol)}.get(len(symbol))


def _exact(symbol: str, lang: Lang) -> Title | None:
    own = _own().get(symbol)
    if lang == "ja" and own and own.ja:
        return Title(own.ja, symbol, "ja", own=True)
    row = _row(symbol)
    if row is not None:
        return Title(row[1], symbol, "en", own=False)
    if own and own.en:
        return Title(own.en, symbol, "en", own=True)
    return None


def lookup(symbol: str, *, lang: Lang = "en") -> Title | None:
    """The title of a CPC or IPC symbol in written form, or of its nearest ancestor that has one; None without any.

    >>> lookup("B64C39/024").text
    'of the remote controlled vehicle type, i.e. RPV'
    >>> lookup("B64C39/024999").symbol
    'B64C39/024'
    >>> lookup("B64C", lang="ja").text
    '飛行機；ヘリコプタ'
    """
    at: str | None = symbol
    while at:
        found = _exact(at, lang)
        if found is not None:
            return found
        at = _parent(at)
    return None


def title(symbol: str, *, lang: Lang = "en") -> str | None:
    """The text of :func:`lookup`.

    >>> title("B64"), title("B64", lang="ja"), title("H01L33/02")
    ('Aircraft; aviation; cosmonautics', '航空機；飛行；宇宙工学', 'Light-emitting semiconductor devices')
    """
    found = lookup(symbol, lang=lang)
    return found.text if found else None


def title_path(symbol: str, *, lang: Lang = "en") -> list[Title]:
    """The titles from the section down to the symbol: a subgroup's own title says little alone.

    >>> [item.symbol for item in title_path("B64C39/024")]
    ['B', 'B64', 'B64C', 'B64C39/00', 'B64C39/02', 'B64C39/024']
    """
    path: list[Title] = []
    at: str | None = symbol
    while at:
        found = _exact(at, lang)
        if found is not None:
            path.append(found)
        at = _parent(at)
    return path[::-1]


@cache
def _subclasses_with_groups() -> frozenset[str]:
    symbols, _, _ = _scheme()
    return frozenset(pa.compute.unique(pa.compute.utf8_slice_codeunits(symbols, 0, 4)).to_pylist())


def has_groups(subclass: str) -> bool:
    """Whether the shipped scheme has the groups of a subclass (it lacks H01L, G05B and those made since 2019).

    >>> has_groups("B64C"), has_groups("H01L")
    (True, False)
    """
    return subclass in _subclasses_with_groups()
