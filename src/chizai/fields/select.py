"""The publications of a field, as a relational expression.

``tables`` maps the names of canonical tables to Ibis tables that carry ``collection`` beside the canonical columns;
``classification`` and ``text`` are used. Words are looked for in titles and abstracts in English, in Japanese and in no
stated language.

How it stays fast: codes are judged once per distinct symbol and not once per row, and words are joined by token
(:mod:`chizai.fields.words`). Twenty fields in one pass cost a third of twenty passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from chizai.corpus.schema import Scheme
from chizai.fields.model import Field, Rule, Words
from chizai.fields.words import KEYS, word_hits

Tables = Mapping[str, ir.Table]

Codes = tuple[tuple[tuple[Scheme, ...], tuple[str, ...]], ...]
"""Pairs of schemes and the prefixes that are looked for in them."""
Atom = tuple[Codes, tuple[str, ...]] | Words
"""The smallest thing that holds or not for a publication: a list of codes (with its exceptions), or of words."""


def select(tables: Tables, field: Field) -> ir.Table:
    """The publications of one field: ``collection``, ``publication_id``, ``matched_by`` (the first rule that holds)."""
    return select_all(tables, [field]).drop("field")


def select_all(tables: Tables, fields: Sequence[Field]) -> ir.Table:
    """The publications of several fields: ``field`` (id), ``collection``, ``publication_id``, ``matched_by``."""
    atoms = atoms_of(fields)
    hits = ibis.union(*(part.select(*KEYS, "atom") for part in _hits(tables, atoms)))
    held = hits.group_by(*KEYS).aggregate(**{f"a{k}": (hits.atom == k).any() for k in range(len(atoms))})
    rows = ibis.array(
        [
            ibis.struct({"field": ibis.literal(field.id), "matched_by": _matched_by(held, field, atoms)})
            for field in fields
        ]
    )
    long = held.select(*KEYS, row=rows.unnest())
    flat = long.select(field=long.row["field"], **{key: long[key] for key in KEYS}, matched_by=long.row["matched_by"])
    return flat.filter(flat.matched_by.notnull())


def counts(tables: Tables, fields: Sequence[Field]) -> ir.Table:
    """Publications by ``collection``, ``field`` and ``matched_by``: ``publications``."""
    found = select_all(tables, fields)
    return found.group_by("collection", "field", "matched_by").aggregate(publications=found.count())


def evidence(tables: Tables, field: Field) -> ir.Table:
    """Why publications come near a field: one row for each term found.

    ``collection``, ``publication_id``, ``atom`` (place in :func:`atoms_of`), ``term`` (the symbol or the word),
    ``inventive`` (of a symbol; NULL for words and where the source does not say). Without a term there is no row.
    """
    return ibis.union(*_hits(tables, atoms_of([field]), terms=True)).distinct()


def atoms_of(fields: Iterable[Field]) -> list[Atom]:
    """The distinct atoms of the fields' rules, in the order of their first appearance."""
    found: dict[Atom, None] = {}
    for field in fields:
        for rule in (*field.include, *field.exclude):
            found.update(dict.fromkeys(atoms_of_rule(rule)))
    return list(found)


def atoms_of_rule(rule: Rule) -> list[Atom]:
    """The atoms that must all hold for a rule: its codes, its words, or both."""
    found: list[Atom] = []
    if rule.has_codes:
        lists: tuple[tuple[tuple[Scheme, ...], tuple[str, ...]], ...] = (
            (("cpc", "ipc", "fi"), rule.codes),
            (("cpc",), rule.cpc),
            (("ipc",), rule.ipc),
            (("fi",), rule.fi),
            (("fterm",), rule.fterm),
        )
        found.append((tuple(item for item in lists if item[1]), rule.except_codes))
    if rule.words:
        found.append(rule.words)
    return found


def prefix_of(code: str) -> str:
    """The text with which every symbol under a code begins.

    >>> prefix_of("B63B"), prefix_of("B63B35/00"), prefix_of("B64C39/02")
    ('B63B', 'B63B35/', 'B64C39/02')
    """
    return code[:-2] if code.endswith("/00") else code


def rule_holds(held: ir.Table, rule: Rule, atoms: Sequence[Atom]) -> ir.BooleanValue:
    """Whether a rule holds, from a table with a column ``a<k>`` for each atom."""
    return reduce(and_, (held[f"a{atoms.index(atom)}"] for atom in atoms_of_rule(rule)))


def _matched_by(held: ir.Table, field: Field, atoms: Sequence[Atom]) -> ir.StringValue:
    named = [(rule_holds(held, rule, atoms), field.rule_name(i)) for i, rule in enumerate(field.include)]
    matched = ibis.cases(*named, else_=ibis.null(str))
    if not field.exclude:
        return matched
    excluded = reduce(or_, (rule_holds(held, rule, atoms) for rule in field.exclude))
    return ibis.ifelse(excluded, ibis.null(str), matched)


def _hits(tables: Tables, atoms: Sequence[Atom], *, terms: bool = False) -> list[ir.Table]:
    """Rows ``collection, publication_id, atom, term, inventive``, each atom's publications."""
    codes = {k: atom for k, atom in enumerate(atoms) if not isinstance(atom, Words)}
    words = {k: atom for k, atom in enumerate(atoms) if isinstance(atom, Words)}
    found = []
    if codes:
        found.append(_code_hits(tables["classification"], codes))
    if words:
        found.extend(
            hits.mutate(inventive=ibis.null("boolean")) for hits in word_hits(tables["text"], words, terms=terms)
        )
    return found


def _code_hits(classification: ir.Table, codes: Mapping[int, tuple[Codes, tuple[str, ...]]]) -> ir.Table:
    symbols = classification.select("scheme", "symbol").distinct()
    marks = ibis.array(
        [ibis.ifelse(_code_predicate(symbols, *atom), k, ibis.null("int64")) for k, atom in codes.items()]
    )
    marked = symbols.select("scheme", "symbol", atom=marks.unnest())
    marked = marked.filter(marked.atom.notnull())
    joined = classification.inner_join(marked, ["scheme", "symbol"])
    return joined.select(*KEYS, "atom", term=joined.symbol, inventive=joined.inventive)


def _code_predicate(symbols: ir.Table, codes: Codes, except_codes: tuple[str, ...]) -> ir.BooleanValue:
    parts = [
        symbols.scheme.isin(list(schemes)) & _begins(symbols.symbol, map(prefix_of, prefixes))
        for schemes, prefixes in codes
    ]
    holds = reduce(or_, parts)
    return holds & ~_begins(symbols.symbol, map(prefix_of, except_codes)) if except_codes else holds


def _begins(symbol: ir.StringColumn, prefixes: Iterable[str]) -> ir.BooleanValue:
    """Whether a symbol begins with any of the prefixes: one look-up for each length that occurs."""
    by_length: dict[int, list[str]] = {}
    for prefix in prefixes:
        by_length.setdefault(len(prefix), []).append(prefix)
    return reduce(or_, (symbol.substr(0, length).isin(same) for length, same in sorted(by_length.items())))
