"""The documents of a selection: one a unit, with its texts, classes and citation links."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from numpy.typing import NDArray

from chizai.landscape.citations import citing_pairs
from chizai.landscape.scope import Scope

PARTS = ("title", "abstract")
UNKNOWN_LANGUAGE = ""


@dataclass(frozen=True)
class Documents:
    """One row a unit, in the order of ``unit``; every array has the shape (documents,)."""

    unit: NDArray[np.int64]
    publication: list[str | None]
    """Number of the unit's first publication."""
    title: list[str | None]
    text: pa.Array
    """Title and abstract in one language; empty where there is neither."""
    language: NDArray[np.str_]
    """ISO 639-1; empty where the source does not say and the script does not tell."""
    year: NDArray[np.int64]
    """-1 where unknown."""
    player: list[str | None]
    """First applicant."""
    class_unit: NDArray[np.int64]
    """Row of the document of each class in ``class_code``."""
    class_code: NDArray[np.str_]
    """Distinct subclasses and main groups of the convention's scheme."""
    main_subclass: NDArray[np.str_]
    """Subclass that the office names first, of the unit's first publication that has one; empty without any."""
    links: NDArray[np.int64]
    """Pairs of rows that cite one another, shape (links, 2)."""

    def __len__(self) -> int:
        return len(self.unit)

    @property
    def with_text(self) -> NDArray[np.bool_]:
        return np.asarray(pc.greater(pc.utf8_length(self.text), 0))


def documents(scope: Scope) -> Documents:
    """The documents of a scope. A unit's text is taken in one language: that which most units have, else its first one."""
    base = scope.run(_frame(scope).order_by("unit"))
    unit = base["unit"].to_numpy().astype(np.int64)
    title, whole, language = _texts(scope, unit)
    codes = scope.run(_classes(scope).order_by("unit", "code"))
    cited = scope.run(_links(scope).order_by("unit", "citing"))
    place = {"unit": _rows(unit, cited["unit"]), "citing": _rows(unit, cited["citing"])}
    main = scope.run(_main_classes(scope).order_by("unit"))
    main_subclass = np.full(len(unit), "", dtype="<U4")
    main_subclass[_rows(unit, main["unit"])] = np.array(main["subclass"].to_pylist(), dtype="<U4")
    year = base["year"].combine_chunks().fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Documents(
        unit=unit,
        publication=base["publication_id"].to_pylist(),
        title=title,
        text=whole,
        language=language,
        year=year,
        player=base["name"].to_pylist(),
        class_unit=_rows(unit, codes["unit"]),
        class_code=np.array(codes["code"].to_pylist(), dtype=str),
        main_subclass=main_subclass,
        links=np.stack([place["unit"], place["citing"]], axis=1),
    )


def _rows(unit: NDArray[np.int64], column: Any) -> NDArray[np.int64]:
    return np.searchsorted(unit, column.to_numpy().astype(np.int64)).astype(np.int64)


def _frame(scope: Scope) -> Any:
    """(unit, year, publication_id, name)"""
    units = scope.units.select("unit", "year", "first_pub")
    number = scope.corpus["publication"].select("pub", "publication_id")
    rows = units.join(number, units.first_pub == number.pub).select("unit", "year", "publication_id")
    held = scope.players
    first = held.group_by("unit").agg(sequence=_.sequence.min())
    lead = held.join(first, ["unit", "sequence"]).group_by("unit").agg(player=_.player.min())
    named = lead.join(scope.corpus["player"].select("player", "name"), "player").select("unit", "name")
    joined = rows.left_join(named, "unit")
    return joined.select("unit", "year", "publication_id", "name")


def _classified(scope: Scope) -> Any:
    """Classifications of the units' publications in the convention's scheme, with ``unit``."""
    scheme = scope.convention.technology if scope.convention.technology in ("cpc", "ipc") else "ipc"
    source = scope.corpus["classification"].filter(_.scheme == scheme)
    return source.join(scope.members.select("pub", "unit"), "pub")


def _main_classes(scope: Scope) -> Any:
    """(unit, subclass): the one marked first, else the earliest in the source's order."""
    rows = _classified(scope).filter(_.subclass.notnull())
    placed = rows.select("unit", "pub", "subclass", place=ibis.ifelse(_["first"].fill_null(False), 0, _.sequence))
    for key in ("pub", "place"):
        least = placed.group_by("unit").agg(**{key: placed[key].min()})
        placed = placed.semi_join(least, ["unit", key])
    return placed.group_by("unit").agg(subclass=_.subclass.min())


def _classes(scope: Scope) -> Any:
    """(unit, code): subclasses and main groups."""
    rows = _classified(scope)
    both = [rows.select("unit", code=rows[level]) for level in ("subclass", "group")]
    return ibis.union(*both, distinct=True).filter(_.code.notnull())


def _links(scope: Scope) -> Any:
    inside = scope.units.select(citing=scope.units.unit)
    return citing_pairs(scope).semi_join(inside, "citing")


def _texts(scope: Scope, unit: NDArray[np.int64]) -> tuple[list[str | None], pa.Array, NDArray[np.str_]]:
    rows = scope.corpus["text"].filter(_.part.isin(PARTS)).join(scope.members.select("pub", "unit"), "pub")
    rows = rows.mutate(language=_.language.fill_null(UNKNOWN_LANGUAGE))
    first = rows.group_by("unit", "part", "language").agg(pub=_.pub.min())
    chosen = rows.join(first, ["unit", "part", "language", "pub"]).group_by("unit", "part", "language")
    table = scope.run(chosen.agg(text=_.text.min()).order_by("unit", "part", "language"))
    held: dict[int, dict[tuple[str, str], str]] = {}
    for row, part, language, words in zip(
        _rows(unit, table["unit"]).tolist(),
        table["part"].to_pylist(),
        table["language"].to_pylist(),
        table["text"].to_pylist(),
        strict=True,
    ):
        if words and words.strip():
            held.setdefault(row, {})[(_language(language, words), part)] = words.strip()
    usual = Counter(language for found in held.values() for language in {key[0] for key in found})
    rank = {language: place for place, (language, _n) in enumerate(sorted(usual.items(), key=lambda x: (-x[1], x[0])))}
    titles: list[str | None] = [None] * len(unit)
    whole, languages = [""] * len(unit), [""] * len(unit)
    for row, found in held.items():
        language = min((key[0] for key in found), key=rank.__getitem__)
        texts = [found[(language, part)] for part in PARTS if (language, part) in found]
        titles[row] = found.get((language, "title")) or next(
            (found[key] for key in sorted(found) if key[1] == "title"), None
        )
        whole[row], languages[row] = " . ".join(texts), language
    return titles, pa.array(whole, pa.string()), np.array(languages)


def _language(stated: str, words: str) -> str:
    """Where the source does not say, kana tells Japanese; nothing else is guessed."""
    if stated == UNKNOWN_LANGUAGE and any("぀" <= char <= "ヿ" for char in words):
        return "ja"
    return stated
