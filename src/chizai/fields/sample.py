"""A sample by which a person can judge a field: what came in, what stayed out, and what was a near thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from chizai.fields.model import Field, Rule
from chizai.fields.select import Atom, Tables, atoms_of, atoms_of_rule, evidence, rule_holds
from chizai.fields.words import KEYS
from chizai.messages import Lang, text

Group = Literal["in", "out", "borderline"]
Reason = Literal["matched", "one_word", "additional_only", "one_exclusion", "codes_without_words", "nothing"]

BORDERLINE: tuple[Reason, ...] = ("one_word", "additional_only", "one_exclusion", "codes_without_words")
"""Why a publication is borderline: it is in by one word alone; in by additional classes alone (where the source tells
them from inventive ones); out by a single exclusion; out though it has the codes of a rule that also asks for words."""


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One publication to look at."""

    group: Group
    reason: Reason
    collection: str
    publication_id: str
    selected: bool
    matched_by: str | None
    """The rule that brings it in; None for what is not selected."""
    title: str | None
    codes: tuple[str, ...]
    """Its CPC and IPC symbols, in the order of the source."""
    terms: tuple[str, ...]
    """The symbols and words of the field that were found, exclusions included."""

    def why(self, lang: Lang = "en") -> str:
        """The reason as a sentence."""
        return text(f"fields.reason.{self.reason}", lang, rule=self.matched_by, terms=", ".join(self.terms))


def sample(tables: Tables, field: Field, *, size: int = 10, seed: int = 0) -> list[SampleRow]:
    """Up to ``size`` publications that are in, ``size`` that are out and ``size`` for each kind of borderline.

    The choice is by the order of an MD5 of seed, collection and publication id: the same on every engine and run, and
    another one for another seed. 'in' leaves out the borderline ones that are in.
    """
    atoms = atoms_of([field])
    judged = _judged(tables, field, atoms)
    key = ibis.literal(f"{seed}|") + judged.collection + "|" + judged.publication_id
    ranked = judged.mutate(_order=key.hexdigest("md5"))
    window = ibis.window(group_by="reason", order_by=["_order", "collection", "publication_id"])
    ranked = ranked.mutate(_rank=ibis.row_number().over(window))
    chosen = ranked.filter(ranked["_rank"] < size).drop("_rank").to_pyarrow().to_pylist()
    if not chosen:
        return []
    details = _details(tables, field, sorted({row["publication_id"] for row in chosen}))
    place = ("matched", *BORDERLINE, "nothing")
    chosen.sort(key=lambda row: (place.index(row["reason"]), row["_order"]))
    return [_row(row, details) for row in chosen]


def _judged(tables: Tables, field: Field, atoms: Sequence[Atom]) -> ir.Table:
    """Every publication of the tables with ``selected``, ``matched_by`` and ``reason``."""
    found = evidence(tables, field)
    columns: dict[str, ir.Value] = {}
    for k in range(len(atoms)):
        here = found.atom == k
        columns[f"a{k}"] = here.any()
        # Distinct words of a list of words; whether any symbol is inventive, or may be, of a list of codes.
        columns[f"n{k}"] = found.term.nunique(where=here)
        columns[f"i{k}"] = (here & (found.inventive.isnull() | found.inventive)).any()
    held = found.group_by(*KEYS).aggregate(**columns)

    include = [rule_holds(held, rule, atoms) for rule in field.include]
    exclude = [rule_holds(held, rule, atoms) for rule in field.exclude]
    comes_in = reduce(or_, include)
    times_excluded = sum((flag.cast("int64") for flag in exclude), start=ibis.literal(0))
    selected = comes_in & (times_excluded == 0)
    rules_held = sum((flag.cast("int64") for flag in include), start=ibis.literal(0))

    one_word = rules_held == 1
    only_word = [
        holds & (held[f"n{atoms.index(rule.words)}"] == 1)
        for rule, holds in zip(field.include, include, strict=True)
        if not rule.has_codes
    ]
    one_word = one_word & reduce(or_, only_word, ibis.literal(False))
    firm = [_firm(held, rule, atoms, holds) for rule, holds in zip(field.include, include, strict=True)]
    has_codes = [
        held[f"a{atoms.index(atoms_of_rule(rule)[0])}"] for rule in field.include if rule.has_codes and rule.words
    ]
    reason = ibis.cases(
        (selected & one_word, "one_word"),
        (selected & ~reduce(or_, firm), "additional_only"),
        (selected, "matched"),
        (comes_in & (times_excluded == 1), "one_exclusion"),
        (~comes_in & reduce(or_, has_codes, ibis.literal(False)), "codes_without_words"),
        else_="nothing",
    )
    first = ibis.cases(*((holds, field.rule_name(i)) for i, holds in enumerate(include)), else_=ibis.null(str))
    verdict = held.select(
        *KEYS, selected=selected, matched_by=ibis.ifelse(selected, first, ibis.null(str)), reason=reason
    )
    everything = ibis.union(
        tables["text"].select(*KEYS), tables["classification"].select(*KEYS), distinct=True
    ).left_join(verdict, KEYS)
    return everything.select(
        *KEYS,
        selected=everything.selected.coalesce(False),
        matched_by=everything.matched_by,
        reason=everything.reason.coalesce("nothing"),
    )


def _firm(held: ir.Table, rule: Rule, atoms: Sequence[Atom], holds: ir.BooleanValue) -> ir.BooleanValue:
    """Whether a rule holds by words alone, or with a symbol that is not merely additional."""
    if not rule.has_codes:
        return holds
    return reduce(and_, (holds, held[f"i{atoms.index(atoms_of_rule(rule)[0])}"]))


def _details(tables: Tables, field: Field, ids: list[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """Titles, codes and terms of the chosen publications."""
    few = {name: tables[name].filter(tables[name].publication_id.isin(ids)) for name in ("text", "classification")}
    found: dict[tuple[str, str], dict[str, Any]] = {}

    def of(row: dict[str, Any]) -> dict[str, Any]:
        empty: dict[str, Any] = {"title": None, "codes": [], "terms": set()}
        return found.setdefault((row["collection"], row["publication_id"]), empty)

    titles = few["text"].filter(few["text"].part == "title").select(*KEYS, "language", "text")
    for row in titles.order_by("language", "text").to_pyarrow().to_pylist():
        item = of(row)
        item["title"] = item["title"] or row["text"]
    codes = few["classification"].filter(few["classification"].scheme.isin(["cpc", "ipc"]))
    for row in codes.order_by("scheme", "sequence").select(*KEYS, "symbol").to_pyarrow().to_pylist():
        of(row)["codes"].append(row["symbol"])
    for row in evidence(few, field).select(*KEYS, "term").to_pyarrow().to_pylist():
        of(row)["terms"].add(row["term"])
    return found


def _row(row: dict[str, Any], details: dict[tuple[str, str], dict[str, Any]]) -> SampleRow:
    detail = details.get((row["collection"], row["publication_id"]), {"title": None, "codes": [], "terms": set()})
    reason: Reason = row["reason"]
    group: Group = "borderline" if reason in BORDERLINE else "in" if reason == "matched" else "out"
    return SampleRow(
        group=group,
        reason=reason,
        collection=row["collection"],
        publication_id=row["publication_id"],
        selected=row["selected"],
        matched_by=row["matched_by"],
        title=detail["title"],
        codes=tuple(dict.fromkeys(detail["codes"])),
        terms=tuple(sorted(detail["terms"])),
    )
