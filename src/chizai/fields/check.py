"""What is wrong or doubtful in a field definition, alone and on a collection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as item
from typing import Literal, NamedTuple

import ibis

from chizai.corpus import classification
from chizai.corpus.classification.titles import has_groups, known_subclasses
from chizai.fields.model import Field, Rule, Words
from chizai.fields.select import Tables, prefix_of, select, select_all
from chizai.fields.words import TEXT_PARTS, word_hits
from chizai.messages import Lang, text

Severity = Literal["error", "warning", "note"]

SHORT_EN = 4
"""English words of fewer letters (AI, IoT, UAV) mean many things."""
SHORT_JA = 2
GENERIC_EN = frozenset(
    {"apparatus", "assembly", "communication", "computer", "control", "data", "device", "element", "information"}
    | {"machine", "material", "member", "method", "module", "network", "process", "processor", "product", "sensor"}
    | {"signal", "structure", "system", "unit"}
)
GENERIC_JA = frozenset(
    {
        "装置",
        "方法",
        "システム",
        "部材",
        "材料",
        "構造",
        "制御",
        "情報",
        "通信",
        "データ",
        "信号",
        "機械",
        "製造",
        "処理",
    }
    | {"回路", "素子"}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of the checker; its sentence stands under ``fields.check.<code>``."""

    code: str
    severity: Severity
    field: str
    values: dict[str, object] = item(default_factory=dict)

    def text(self, lang: Lang = "en") -> str:
        return text(f"fields.check.{self.code}", lang, **self.values)


class Overlap(NamedTuple):
    """What two fields have in common."""

    first: str
    second: str
    common: int
    """Publications in both."""
    share: float
    """``common`` as a share of the smaller field, 0 to 1."""


def check(
    field: Field,
    *,
    known: Callable[[str], bool] = classification.known,
    tables: Tables | None = None,
    others: Sequence[Field] = (),
    common_from: float = 0.05,
    overlap_from: float = 0.5,
) -> list[Problem]:
    """The problems of a definition, the gravest first.

    Without ``tables``: unknown codes, repetitions, codes inside another, codes that an exclusion cancels, words too
    short or generic to stand alone. With ``tables`` (``classification`` and ``text``): collections on which the field
    is empty, words that alone bring in a share of ``common_from`` or more of a collection, and overlaps of
    ``overlap_from`` or more with ``others``.

    :param known: whether a code exists; by default the CPC scheme of 2019.08 and the list of later codes.
    """
    found = [*_codes(field, known), *_cancelled(field), *_words(field)]
    if tables is not None:
        found.extend(_on_collections(field, tables, common_from))
        found.extend(
            Problem("overlap", "note", field.id, {"field": one, "other": two, "share": share, "common": common})
            for one, two, common, share in (overlaps(tables, [field, *others]) if others else [])
            if share >= overlap_from and field.id in (one, two)
        )
    order = ("error", "warning", "note")
    return sorted(found, key=lambda problem: order.index(problem.severity))


def overlaps(tables: Tables, fields: Sequence[Field]) -> list[Overlap]:
    """All pairs of fields that have publications in common, the greatest share first.

    ``share`` is taken of the smaller field: 1.0 means that it lies wholly in the other.
    """
    found = select_all(tables, fields).select("field", "collection", "publication_id")
    sizes = dict(_pairs(found.group_by("field").aggregate(n=found.count()), "field", "n"))
    right = found.rename(second="field")
    both = found.inner_join(right, ["collection", "publication_id"])
    both = both.filter(both.field < both.second).group_by("field", "second").aggregate(common=ibis._.count())
    pairs = [
        (row["field"], row["second"], row["common"], min(sizes[row["field"]], sizes[row["second"]]))
        for row in both.to_pyarrow().to_pylist()
    ]
    rows = [Overlap(first, second, common, common / smaller) for first, second, common, smaller in pairs]
    return sorted(rows, key=lambda row: (-row.share, row.first, row.second))


def _pairs(table: ibis.expr.types.Table, key: str, value: str) -> list[tuple[str, int]]:
    return [(row[key], row[value]) for row in table.to_pyarrow().to_pylist()]


def _rules(field: Field) -> Iterator[tuple[str, Rule]]:
    for index, rule in enumerate(field.include):
        yield field.rule_name(index), rule
    for index, rule in enumerate(field.exclude):
        yield rule.name or f"exclude-{index + 1}", rule


def _lists(rule: Rule) -> tuple[tuple[str, ...], ...]:
    return (rule.codes, rule.cpc, rule.ipc, rule.fi, rule.except_codes)


def _codes(field: Field, known: Callable[[str], bool]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name, rule in _rules(field):
        for codes in _lists(rule):
            for at, code in enumerate(codes):
                if code in codes[:at]:
                    yield Problem("code_twice", "warning", field.id, {"code": code, "rule": name})
                    continue
                outer = next((other for other in codes if other != code and code.startswith(prefix_of(other))), None)
                if outer:
                    yield Problem("code_inside", "warning", field.id, {"code": code, "rule": name, "other": outer})
                bare = code.split(",")[0].split("@")[0]  # FI extensions are not in the CPC scheme
                if bare in seen or bare in field.accepted_codes or bare in known_subclasses() or known(bare):
                    continue
                seen.add(bare)
                subclass = bare[:4]
                if known(subclass) and not has_groups(subclass):
                    yield Problem("unverified_code", "note", field.id, {"code": bare, "subclass": subclass})
                else:
                    yield Problem("unknown_code", "error", field.id, {"code": bare})


def _cancelled(field: Field) -> Iterator[Problem]:
    """Codes that can never bring anything in, because an exclusion by codes alone covers them."""
    out = [code for rule in field.exclude if not rule.words and not rule.except_codes for code in rule.codes]
    for name, rule in _rules(field.model_copy(update={"exclude": ()})):
        for taken in (out, rule.except_codes):
            for code in rule.codes:
                other = next((other for other in taken if code.startswith(prefix_of(other))), None)
                if other:
                    yield Problem("cancelled", "error", field.id, {"code": code, "rule": name, "other": other})


def _words(field: Field) -> Iterator[Problem]:
    for name, rule in _rules(field):
        for words in (rule.words.en, rule.words.ja):
            for at, word in enumerate(words):
                if word in words[:at]:
                    yield Problem("word_twice", "warning", field.id, {"word": word, "rule": name})
        for word, other in _inside(rule.words):
            yield Problem("word_inside", "warning", field.id, {"word": word, "rule": name, "other": other})
        if rule.has_codes:
            continue
        for word in (*rule.words.en, *rule.words.ja):
            japanese = word in rule.words.ja
            if len(word.rstrip("*")) < (SHORT_JA if japanese else SHORT_EN):
                yield Problem("word_short", "warning", field.id, {"word": word, "rule": name})
            if word in (GENERIC_JA if japanese else GENERIC_EN):
                yield Problem("word_generic", "warning", field.id, {"word": word, "rule": name})


def _inside(words: Words) -> Iterator[tuple[str, str]]:
    for word in words.ja:
        yield from ((word, other) for other in words.ja if other != word and other in word)
    for word in words.en:
        parts = f" {word.replace('-', ' ')} "
        for other in words.en:
            if other == word:
                continue
            stem = other.replace("-", " ")
            if (f" {stem[:-1]}" if stem.endswith("*") else f" {stem} ") in parts:
                yield word, other


def _on_collections(field: Field, tables: Tables, common_from: float) -> Iterator[Problem]:
    texts = tables["text"].filter(tables["text"].part.isin(list(TEXT_PARTS)))
    everything = ibis.union(
        texts.select("collection", "publication_id"),
        tables["classification"].select("collection", "publication_id"),
        distinct=True,
    )
    sizes = dict(_pairs(everything.group_by("collection").aggregate(n=everything.count()), "collection", "n"))
    classified = set(tables["classification"].select("collection").distinct().to_pyarrow()["collection"].to_pylist())
    chosen = select(tables, field)
    inside = dict(_pairs(chosen.group_by("collection").aggregate(n=chosen.count()), "collection", "n"))
    for collection in sorted(sizes):
        if collection not in classified:
            yield Problem("no_codes_here", "note", field.id, {"collection": collection})
        if not inside.get(collection):
            yield Problem("empty", "warning", field.id, {"collection": collection})
    yield from _common_words(field, tables, sizes, common_from)


def _common_words(field: Field, tables: Tables, sizes: dict[str, int], common_from: float) -> Iterator[Problem]:
    rules = {k: (name, rule.words) for k, (name, rule) in enumerate(_rules(field)) if rule.words and not rule.has_codes}
    if not rules:
        return
    hits = ibis.union(*word_hits(tables["text"], {k: words for k, (_, words) in rules.items()}, terms=True))
    tallies = hits.group_by("collection", "atom", "term").aggregate(n=hits.publication_id.nunique())
    for row in tallies.order_by("collection", "atom", "term").to_pyarrow().to_pylist():
        share = row["n"] / sizes[row["collection"]]
        if share >= common_from:
            values: dict[str, object] = {
                "word": row["term"],
                "rule": rules[row["atom"]][0],
                "collection": row["collection"],
                "share": share,
            }
            yield Problem("word_common", "warning", field.id, values)
