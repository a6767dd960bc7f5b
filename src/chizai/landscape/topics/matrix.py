"""課題 × 解決手段: what problems are solved by what means, by declared phrases, with the cells that stay empty."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from ruamel.yaml import YAML, YAMLError
from scipy.stats import false_discovery_control, hypergeom

from chizai.errors import FileMissing, MalformedInput, NotSupported, Where
from chizai.finding import Caveat, Column, Finding
from chizai.landscape.scope import Scope
from chizai.landscape.statistics.estimate import Floats
from chizai.landscape.topics import vectors
from chizai.landscape.topics.model import documents_of
from chizai.messages import LANGS, Lang, Phrase

MOST_PHRASES, LONGEST_PHRASE = 2_000, 80


@dataclass(frozen=True)
class Row:
    """A problem or a means: its names and the phrases that tell it."""

    id: str
    name: Mapping[Lang, str]
    phrases: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """RE2, on lower-case NFKC text; Latin phrases begin and end at a word, ``*`` stands for the rest of a word."""
        return "|".join(_pattern(phrase) for phrase in self.phrases)


def _pattern(phrase: str) -> str:
    body = re.escape(phrase.lower()).replace(r"\*", r"\pL*").replace(r"\ ", r"[\s-]+")
    return rf"\b{body}\b" if phrase.isascii() else body


@dataclass(frozen=True)
class Dictionary:
    """Problems and means as declared in a file."""

    version: str
    problems: tuple[Row, ...]
    means: tuple[Row, ...]


@cache
def shipped() -> Dictionary:
    """The dictionary that comes with the package."""
    text = (files("chizai") / "data" / "matrix" / "problems_means.yaml").read_text(encoding="utf-8")
    return parsed(text, file="problems_means.yaml")


def load(path: Path) -> Dictionary:
    """A user's dictionary; FileMissing or MalformedInput where it cannot be used."""
    if not path.is_file():
        raise FileMissing(where=Where(file=str(path)))
    try:
        return parsed(path.read_text(encoding="utf-8-sig"), file=str(path))
    except UnicodeDecodeError as error:
        raise MalformedInput(detail=str(error), where=Where(file=str(path))) from error


def parsed(text: str, *, file: str) -> Dictionary:
    """A dictionary from YAML: ``version``, ``problems`` and ``means``, each entry with ``id``, ``en``, ``ja``, ``phrases``."""
    where = Where(file=file)
    try:
        data = YAML(typ="safe", pure=True).load(StringIO(text))
    except (YAMLError, ValueError, RecursionError) as error:
        raise MalformedInput(detail=str(error).splitlines()[0] if str(error) else "YAML", where=where) from error
    if not isinstance(data, dict) or not {"problems", "means"} <= set(data):
        raise MalformedInput(detail="problems, means", where=where)
    rows = {
        part: tuple(_row(item, part, file) for item in _list(data[part], part, file)) for part in ("problems", "means")
    }
    for part, found in rows.items():
        names = [row.id for row in found]
        if len(set(names)) < len(names) or not names:
            raise MalformedInput(detail=f"{part}: id", where=where)
    if sum(len(row.phrases) for found in rows.values() for row in found) > MOST_PHRASES:
        raise MalformedInput(detail=f"phrases > {MOST_PHRASES}", where=where)
    return Dictionary(str(data.get("version", "")), rows["problems"], rows["means"])


def _list(value: object, part: str, file: str) -> list[object]:
    if not isinstance(value, list):
        raise MalformedInput(detail=part, where=Where(file=file, column=part))
    return value


def _row(item: object, part: str, file: str) -> Row:
    where = Where(file=file, column=part, value=str(item)[:60])
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        raise MalformedInput(detail="id", where=where)
    phrases = item.get("phrases")
    good = (
        isinstance(phrases, list)
        and phrases
        and all(isinstance(phrase, str) and 0 < len(phrase.strip()) <= LONGEST_PHRASE for phrase in phrases)
    )
    if not good or not all(isinstance(item.get(lang), str) for lang in LANGS):
        raise MalformedInput(detail="en, ja, phrases", where=where)
    assert isinstance(phrases, list)
    return Row(item["id"], {lang: item[lang] for lang in LANGS}, tuple(phrase.strip() for phrase in phrases))


def mentions(texts: pa.Array, rows: Sequence[Row]) -> NDArray[np.bool_]:
    """Which texts say which rows, shape (texts, rows).

    >>> cost = Row("cost", {"en": "cost", "ja": "費用"}, ("reduc* cost", "低コスト"))
    >>> mentions(pa.array(["Reducing cost", "cost", "低コスト化", None]), [cost]).ravel().tolist()
    [True, False, True, False]
    """
    plain = pc.utf8_lower(pc.utf8_normalize(texts.fill_null(""), form="NFKC"))
    columns = [np.asarray(pc.match_substring_regex(plain, row.pattern)) for row in rows]
    return np.stack(columns, axis=1) if columns else np.zeros((len(texts), 0), dtype=bool)


def independence(problem: NDArray[np.bool_], means: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats, Floats]:
    """Counts of the cells, expected counts and chances of so few and of so many, each of shape (problems, means).

    Given the margins, a cell of independent marks is hypergeometric among the units with a mark on both sides.
    """
    known = problem.any(axis=1) & means.any(axis=1)
    left, right = problem[known].astype(np.int64), means[known].astype(np.int64)
    whole = int(known.sum())
    count = left.T @ right
    of_problem, of_means = left.sum(axis=0)[:, None], right.sum(axis=0)[None, :]
    few = hypergeom.cdf(count, whole, of_problem, of_means) if whole else np.ones(count.shape)
    many = hypergeom.sf(count - 1, whole, of_problem, of_means) if whole else np.ones(count.shape)
    expected = of_problem * of_means / max(whole, 1)
    return count.astype(np.float64), expected.astype(np.float64), np.asarray(few), np.asarray(many)


COLUMNS = (
    Column("problem", "text", lang="en"),
    Column("problem_ja", "text", lang="ja"),
    Column("means", "text", lang="en"),
    Column("means_ja", "text", lang="ja"),
    Column("units", "count"),
    Column("expected", "count"),
    Column("cell_verdict", "code"),
    Column("cell_q", "number"),
    Column("nearest_publication", "code"),
    Column("nearest_title", "text"),
    Column("last_year", "year"),
    Column("problem_id", "code"),
    Column("means_id", "code"),
)


def problem_means(scope: Scope, *, dictionary: Dictionary | None = None, significance: float = 0.1) -> Finding:
    """Units by problem and by means of solution, every cell held against independence of the two.

    ``cell_verdict`` is ``fewer`` or ``more`` where the count differs from chance at a false discovery rate of
    ``significance`` over both sides of all cells, ``level`` elsewhere: an empty cell that chance explains is no white space.
    The nearest publication of a cell is the most typical one in it; for an empty cell it is the one with this problem that
    is nearest to those with these means. Raises NotSupported where fewer than 30 units name a problem and a means.
    """
    declared = dictionary or shipped()
    papers = documents_of(scope)
    problem, means = mentions(papers.text, declared.problems), mentions(papers.text, declared.means)
    both = int((problem.any(axis=1) & means.any(axis=1)).sum())
    if both < 30:
        raise NotSupported(figure="problem_means", reason=Phrase("caveat.reason_few_phrases", {"count": both}))
    count, expected, few, many = independence(problem, means)
    q = np.minimum(*false_discovery_control(np.stack([few, many]).ravel()).reshape(2, *count.shape))
    side = np.where(few < many, "fewer", "more")
    verdict = np.where(q <= significance, side, "level")
    space = vectors.reduced(vectors.term_counts(papers.text).weighted())
    cells = sorted(np.ndindex(*count.shape), key=lambda cell: (-count[cell], cell))
    nearest = [_nearest(space, problem[:, a], means[:, b]) for a, b in cells]
    shown = [(declared.problems[a], declared.means[b]) for a, b in cells]
    last = [papers.year[problem[:, a] & means[:, b]].max(initial=-1) for a, b in cells]
    return scope.finding(
        "problem_means",
        COLUMNS,
        {
            "problem": [left.name["en"] for left, _right in shown],
            "problem_ja": [left.name["ja"] for left, _right in shown],
            "means": [right.name["en"] for _left, right in shown],
            "means_ja": [right.name["ja"] for _left, right in shown],
            "units": [count[cell] for cell in cells],
            "expected": [expected[cell] for cell in cells],
            "cell_verdict": [str(verdict[cell]) for cell in cells],
            "cell_q": [q[cell] for cell in cells],
            "nearest_publication": [papers.publication[row] if row is not None else None for row in nearest],
            "nearest_title": [papers.title[row] if row is not None else None for row in nearest],
            "last_year": [int(year) if year >= 0 else None for year in last],
            "problem_id": [left.id for left, _right in shown],
            "means_id": [right.id for _left, right in shown],
        },
        uses=("unit", "family_basis"),
        caveats=[
            Caveat("phrases_miss", {"count": len(papers) - both, "total": len(papers)}),
            Caveat("derived_from_text"),
        ],
        facts={
            "units_with_problem": int(problem.any(axis=1).sum()),
            "units_with_means": int(means.any(axis=1).sum()),
            "units_with_both": both,
            "cells_fewer": int((verdict == "fewer").sum()),
            "cells_empty": int((count == 0).sum()),
        },
        parameters={"dictionary": declared.version, "significance": significance},
    )


def _nearest(space: NDArray[np.float32], problem: NDArray[np.bool_], means: NDArray[np.bool_]) -> int | None:
    inside = np.flatnonzero(problem & means)
    aim = inside if len(inside) else np.flatnonzero(means)
    among = inside if len(inside) else np.flatnonzero(problem)
    if not len(aim) or not len(among):
        return None
    return int(among[int(np.argmax(space[among] @ space[aim].mean(axis=0)))])
