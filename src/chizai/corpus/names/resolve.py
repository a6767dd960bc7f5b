"""From spellings to bodies: the whole of the harmoniser in order.

1. Each name alone: :func:`~chizai.corpus.names.normal.parse`. Equal keys are one unit.
2. Certain evidence: the user's decisions, the registry, aliases, renames, acronyms that a name itself declares.
3. Likeness: candidate pairs, compared with the rarity of their words in mind, joined where both sides agree.
4. A shorter name joins a longer one where nothing else in the collection begins like it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from chizai.collector import collector_off
from chizai.corpus.names import lexicon, lineage
from chizai.corpus.names.cluster import Clusters, Edge, agglomerate, attach
from chizai.corpus.names.compare import Match, Statistics, Unit, compare
from chizai.corpus.names.normal import Parsed, government_name, parse, reading
from chizai.corpus.names.overrides import Overrides, key_of
from chizai.corpus.names.registry import Company, registry
from chizai.messages import Lang, text

THRESHOLD = 0.75
ATTACH_SLACK = 0.18
"""How much less alike a single spelling may be to an established body."""
Level = Literal["entity", "group"]
Progress = Callable[[str, int, int], None]
"""Called with the name of the step, what is done and what there is to do."""

SCHEMA = pa.schema(
    [
        ("name", pa.string()), ("country", pa.string()), ("identity", pa.string()), ("harmonised", pa.string()),
        ("reason", pa.string()), ("reason_ja", pa.string()), ("score", pa.float64()), ("group_id", pa.string()),
        ("group", pa.string()), ("group_from", pa.string()), ("group_to", pa.string()), ("corporate_number", pa.string()),
        ("country_registry", pa.string()),
    ]
)  # fmt: skip


class NameInput(NamedTuple):
    """One name as a source writes it. ``mentions``: how often; ``role``: 'applicant' or 'inventor' (a person)."""

    name: str
    country: str | None = None
    mentions: int | None = None
    role: str | None = None
    corporate_number: str | None = None


@dataclass(slots=True)
class _Row:
    name: str
    country: str | None
    mentions: int
    role: str | None
    number: str | None


@collector_off()
def harmonise(
    names: Iterable[NameInput | str] | pa.Table,
    *,
    overrides: Overrides | None = None,
    threshold: float = THRESHOLD,
    levels: Sequence[Level] = ("entity", "group"),
    renames: bool = True,
    use_registry: bool = True,
    extend: bool = True,
    progress: Progress | None = None,
) -> pa.Table:
    """The body behind each distinct (name, country), with the reason and what can be undone.

    ``names``: texts, :class:`NameInput` rows, or a table with column ``name`` and any of ``country`` (ISO 3166 alpha-2),
    ``mentions``, ``role``, ``corporate_number``. ``threshold`` in [0, 1]: the least score of a join; higher is stricter.
    ``levels``: without 'group' the group columns are empty. ``renames`` False keeps a company's earlier names apart.
    ``use_registry`` False looks up no corporate numbers. ``extend`` False never joins 'Micron' to 'Micron Technology'.

    Returns a table with the columns of :data:`SCHEMA`, one row per distinct (name, country) in the order of the alphabet;
    the same for any order of the input. ``identity`` is ``jp-<corporate number>`` or made from the harmonised name.
    ``score`` is the weakest join on the way from the spelling to its body (1.0 where only the writing differs).

    >>> table = harmonise(["Micron Technology, Inc.", "MICRON TECHNLOGY INC", "Micronas GmbH"])
    >>> table.column("identity").to_pylist()
    ['micron-technology', 'micron-technology', 'micronas']
    """
    rows = _collect(names)
    parsed = _parsed(rows, progress)
    units, of_row, numbers = _units(rows, parsed, overrides, use_registry=use_registry)
    stats = Statistics(unit for unit in units if unit.parsed.kind == "organisation")
    clusters = Clusters(units, stats)
    _certain(clusters, numbers, overrides, rows, of_row, renames=renames)
    _report(progress, "compare", 0, len(units))
    members = [
        at
        for at, unit in enumerate(units)
        if unit.parsed.kind == "organisation" and not unit.parsed.cjk and not unit.isolated
    ]
    if len(members) > 1 and threshold <= 1.0:
        from chizai.corpus.names.block import candidates

        pairs = candidates(units, members, stats)
        edges = list(_edges(units, pairs, stats, threshold - ATTACH_SLACK))
        agglomerate(clusters, edges, threshold=threshold)
        attach(clusters, edges, least=threshold - ATTACH_SLACK)
        _universities(clusters, members)
        if extend:
            _extensions(clusters, members)
    _report(progress, "compare", len(units), len(units))
    return _table(rows, of_row, clusters, numbers, overrides, groups="group" in levels)


def _report(progress: Progress | None, step: str, done: int, total: int) -> None:
    if progress is not None:
        progress(step, done, total)


def _collect(names: Iterable[NameInput | str] | pa.Table) -> list[_Row]:
    """Distinct (name, country) in the order of the alphabet, mentions added up."""
    found: dict[tuple[str, str], _Row] = {}
    for item in _inputs(names):
        key = (item.name, item.country or "")
        known = found.get(key)
        if known is None:
            found[key] = _Row(item.name, item.country, item.mentions or 1, item.role, item.corporate_number)
        else:
            known.mentions += item.mentions or 1
            known.number = known.number or item.corporate_number
            if known.role != item.role:
                known.role = None if known.role == "inventor" or known.role is None else known.role
    return [found[key] for key in sorted(found)]


def _inputs(names: Iterable[NameInput | str] | pa.Table) -> Iterator[NameInput]:
    if isinstance(names, pa.Table):
        columns = [field for field in NameInput._fields if field in names.column_names]
        for batch in names.select(columns).to_batches():
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                row = dict(zip(columns, values, strict=True))
                if row["name"]:
                    yield NameInput(**row)
        return
    for item in names:
        given = NameInput(item) if isinstance(item, str) else item
        if given.name and given.name.strip():
            yield given


def _parsed(rows: list[_Row], progress: Progress | None) -> list[Parsed]:
    out = []
    for at, row in enumerate(rows):
        out.append(parse(row.name, role=row.role))
        if at % 20_000 == 0:
            _report(progress, "read", at, len(rows))
    return out


def _units(
    rows: list[_Row], parsed: list[Parsed], overrides: Overrides | None, *, use_registry: bool
) -> tuple[list[Unit], list[int], dict[int, tuple[Company, str]]]:
    """Units in the order of kind and key, the unit of each row, and the company of each unit where the registry has it."""
    closed = {item.key for item in parsed if item.kind == "organisation" and (item.legal or item.cjk)}
    by_key: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for at, item in enumerate(parsed):
        kind: str = item.kind
        if kind == "person" and not item.declared and item.key in closed:
            kind = "organisation"  # 'Robert Bosch' beside 'Robert Bosch GmbH'
        decision = overrides.of(rows[at].name) if overrides else None
        mark = ""
        if decision is not None and decision.action == "separate":
            mark = decision.identity or f"={rows[at].name.strip()}"
        by_key[kind, item.key, mark].append(at)
    units: list[Unit] = []
    of_row = [0] * len(rows)
    numbers: dict[int, tuple[Company, str]] = {}
    for (kind, _key, mark), members in sorted(by_key.items()):
        best = min(
            members,
            key=lambda at: (len(parsed[at].changes), -len(parsed[at].legal), -len(rows[at].name), rows[at].name),
        )
        item = parsed[best]
        if item.kind != kind:
            item = Parsed(
                item.raw,
                "organisation",
                item.tokens,
                item.key,
                places=item.places,
                numbers=item.numbers,
                letters=item.letters,
            )
        countries = frozenset(country for at in members if (country := rows[at].country))
        unit = Unit(item, members, sum(rows[at].mentions for at in members), countries, mark or None)
        index = len(units)
        units.append(unit)
        for at in members:
            of_row[at] = index
        if use_registry and not mark:
            company = _company(unit, [rows[at] for at in members], [parsed[at] for at in members])
            if company is not None:
                numbers[index] = company
    return units, of_row, numbers


def _company(unit: Unit, rows: list[_Row], parsed: list[Parsed]) -> tuple[Company, str] | None:
    known = registry().companies
    given = {row.number for row in rows if row.number}
    if len(given) == 1:
        number = next(iter(given))
        return known.get(number, Company(number, rows[0].name, None, "JP")), "given"
    if unit.countries - {"JP"}:
        return None
    found = {}
    for row, item in zip(rows, parsed, strict=True):
        company = registry().find(item, country=row.country)
        if company is not None:
            found[company[0].corporate_number] = company
    return next(iter(found.values())) if len(found) == 1 else None


# -- certain evidence ------------------------------------------------------------------------------------------------


def _certain(
    clusters: Clusters,
    numbers: dict[int, tuple[Company, str]],
    overrides: Overrides | None,
    rows: list[_Row],
    of_row: list[int],
    *,
    renames: bool,
) -> None:
    units = clusters.units
    at_key: dict[tuple[str, str], int] = {
        (unit.parsed.kind, unit.parsed.key): at for at, unit in enumerate(units) if not unit.isolated
    }
    if overrides:
        _forced(clusters, overrides, rows, of_row, at_key)
    by_number: dict[str, list[int]] = defaultdict(list)
    for at, (company, _how) in numbers.items():
        by_number[company.corporate_number].append(at)
    for number, members in sorted(by_number.items()):
        for other in members[1:]:
            clusters.join(Edge(members[0], other, Match(0.98, "registry", number)))
    for key, (target, kind, written) in lineage.aliases().items():
        _link(clusters, at_key, key, target, Match(0.95, f"alias-{kind}", written))
    if renames:
        for key, targets in lineage.renames().items():
            for target, rename in targets:
                detail = f"{rename.old} > {rename.new} ({rename.date}; {rename.source})"
                _link(clusters, at_key, key, target, Match(0.9, "renamed", detail))
    declared: dict[str, set[int]] = defaultdict(set)
    for at, unit in enumerate(units):
        for acronym in unit.parsed.acronyms:
            declared[acronym].add(at)
    for acronym, holders in sorted(declared.items()):
        bare = at_key.get(("organisation", acronym))
        if bare is not None and len({clusters.find(at) for at in holders}) == 1:
            clusters.join(Edge(min(holders), bare, Match(0.9, "acronym", acronym)))
    for at, unit in enumerate(units):
        spoken = reading(unit.parsed) if unit.parsed.kind == "organisation" and not unit.isolated else None
        if spoken and len(spoken) >= 5:
            latin = at_key.get(("organisation", spoken))
            if latin is not None and latin != at:
                clusters.join(Edge(at, latin, Match(0.9, "transliteration", spoken)))


def _link(
    clusters: Clusters, at_key: dict[tuple[str, str], int], key: tuple[str, str], target: tuple[str, str], match: Match
) -> None:
    left, right = at_key.get(key), at_key.get(target)
    if left is None or (right is None and match.code == "renamed"):
        return
    if right is None:  # the full name itself is not here, but another of its aliases may be
        for other, (name, _kind, _written) in lineage.aliases().items():
            found = at_key.get(other)
            if name == target and found is not None and found != left:
                clusters.join(Edge(left, found, match))
        return
    clusters.join(Edge(left, right, match))


def _forced(
    clusters: Clusters, overrides: Overrides, rows: list[_Row], of_row: list[int], at_key: dict[tuple[str, str], int]
) -> None:
    at_name = {row.name.strip(): unit for row, unit in zip(rows, of_row, strict=True)}
    first: dict[str, int] = {}
    for override in sorted(overrides.rows, key=lambda item: (item.identity or "", item.name)):
        at = at_name.get(override.name)
        if override.action != "same" or at is None or override.identity is None:
            continue
        target = at_name.get(override.identity, at_key.get(key_of(override.identity)))
        first.setdefault(override.identity, at if target is None else target)
        clusters.join(Edge(at, first[override.identity], Match(1.0, "user", override.reason)))


# -- likeness ----------------------------------------------------------------------------------------------------------


def _edges(units: list[Unit], pairs: Any, stats: Statistics, threshold: float) -> Iterator[Edge]:
    for left, right in pairs.tolist():
        match = compare(units[left], units[right], stats)
        if match is not None and match.score >= threshold:
            yield Edge(left, right, match)


def _universities(clusters: Clusters, members: list[int]) -> None:
    """'UNIV WASHINGTON' says neither order: it joins where the collection has only one of them."""
    forms: dict[frozenset[str], set[int]] = defaultdict(set)
    bare: list[tuple[int, frozenset[str]]] = []
    for at in members:
        tokens = clusters.units[at].parsed.tokens
        kinds = [token for token in tokens if token.startswith("UNIVERSITY")]
        if len(kinds) != 1 or len(tokens) < 2:
            continue
        rest = frozenset(tokens) - {kinds[0]}
        if kinds[0] == "UNIVERSITYANY":
            bare.append((at, rest))
        else:
            forms[rest].add(at)
    for at, rest in bare:
        found = {clusters.find(other) for other in forms.get(rest, ())}
        if len(found) == 1:
            other = min(forms[rest])
            clusters.join(Edge(at, other, Match(0.88, "university", clusters.units[other].parsed.key)))


def _extensions(clusters: Clusters, members: list[int]) -> None:
    """'Micron' is 'Micron Technology' where every name with that rare word is one of the two."""
    stats = clusters.stats
    holders: dict[str, set[int]] = defaultdict(set)
    inside = set(members)
    for at in members:
        for token in set(clusters.units[at].parsed.tokens):
            holders[token].add(at)
    for at in sorted(members, key=lambda index: clusters.units[index].parsed.key):
        tokens = clusters.units[at].parsed.tokens
        rarest = max(tokens, key=lambda token: (stats.weight(token), token))
        if (
            len(rarest) < 4
            or stats.weight(rarest) < 7.0
            or len(holders[rarest]) > 60
            or clusters.units[at].parsed.numbers
        ):
            continue
        if len(tokens) == 1 and (stats.known(rarest) and rarest in lexicon.background().english):
            continue  # a word of the language alone is no evidence
        if rarest in lexicon.place_words() or any(token.startswith("UNIVERSITY") for token in tokens):
            continue
        here = clusters.find(at)
        mass = Counter(clusters.find(other) for other in holders[rarest] for _ in clusters.units[other].rows)
        own = mass.pop(here)
        if not mass:
            continue
        largest, spellings = max(mass.items(), key=lambda item: (item[1], -item[0]))
        others = {largest}
        if len(mass) > 1 and not (own <= 3 and spellings >= 8 and spellings >= 0.8 * mass.total()):
            continue  # more than one body begins like this, and none of them prevails
        mine = clusters.established(clusters.members(at))[0]
        other = clusters.established([index for index in clusters.members(next(iter(others))) if index in inside])[0]
        match = _extension(clusters.units[mine], clusters.units[other], stats)
        if match is not None:
            clusters.join(Edge(mine, other, match))


def _extension(left: Unit, right: Unit, stats: Statistics) -> Match | None:
    short, long = sorted((left, right), key=lambda unit: len(unit.parsed.tokens))
    one, two = short.parsed.tokens, long.parsed.tokens
    english, added = lexicon.background().english, lexicon.words()["added"]
    if len(two) != len(one) + 1 or two[: len(one)] != one or two[-1] not in added["words"]:
        return None
    if len(one) > 2 or any(token in english or token in lexicon.canonical() or len(token) < 3 for token in one):
        return None  # a word of the language alone is no evidence, and 'Bally Gaming' may well have a 'Bally Gaming Software'
    if len(one) == 2 and two[-1] not in added["to_two"]:
        return None
    forms = [
        {family for family, words in added["law"].items() if set(words) & set(unit.parsed.legal)}
        for unit in (short, long)
    ]
    if all(forms) and not forms[0] & forms[1]:
        return None  # an S.p.A. is not the short form of an Inc.
    if short.countries and long.countries and not short.countries & long.countries:
        return None
    return Match(0.78, "only-extension", f"{short.parsed.key} + {two[-1]}")


# -- the answer --------------------------------------------------------------------------------------------------------


def _table(
    rows: list[_Row],
    of_row: list[int],
    clusters: Clusters,
    numbers: dict[int, tuple[Company, str]],
    overrides: Overrides | None,
    *,
    groups: bool,
) -> pa.Table:
    units = clusters.units
    taken: Counter[str] = Counter()
    bodies = []
    for members in clusters.all():
        bodies.append(_body(members, clusters, rows, numbers, overrides))
        taken[bodies[-1].identity] += 1
    columns: dict[str, list[Any]] = {name: [None] * len(rows) for name in SCHEMA.names}
    for body in bodies:
        identity = body.identity
        if taken[identity] > 1:
            identity = f"{identity}-{hashlib.sha256(body.anchor.encode()).hexdigest()[:6]}"
        membership = _membership(body.members, units) if groups else None
        for unit in body.members:
            reasons: dict[tuple[str, ...], tuple[float, str, str]] = {}
            for at in units[unit].rows:
                changes = _changes(rows[at], units[unit])
                if changes not in reasons:
                    chain = body.chains.get(unit, [])
                    reasons[changes] = _reason(chain, changes, numbers.get(unit), isolated=units[unit].isolated)
                score, english, japanese = reasons[changes]
                columns["name"][at], columns["country"][at] = rows[at].name, rows[at].country
                columns["identity"][at], columns["harmonised"][at] = identity, body.harmonised
                columns["reason"][at], columns["reason_ja"][at], columns["score"][at] = english, japanese, score
                if body.company is not None:
                    columns["corporate_number"][at] = body.company.corporate_number
                    columns["country_registry"][at] = body.company.country
                if membership is not None:
                    columns["group_id"][at], columns["group"][at] = membership.group_id, membership.group
                    columns["group_from"][at], columns["group_to"][at] = membership.start, membership.end
    return pa.table([pa.array(columns[field.name], type=field.type) for field in SCHEMA], schema=SCHEMA)


@dataclass(slots=True)
class _Body:
    members: list[int]
    identity: str
    harmonised: str
    anchor: str
    company: Company | None
    chains: dict[int, list[tuple[int, Edge]]]


def _body(
    members: list[int],
    clusters: Clusters,
    rows: list[_Row],
    numbers: dict[int, tuple[Company, str]],
    overrides: Overrides | None,
) -> _Body:
    units = clusters.units
    found = {numbers[at][0].corporate_number: numbers[at][0] for at in members if at in numbers}
    company = next(iter(found.values())) if len(found) == 1 else _newest(members, numbers, clusters)
    start = clusters.established(members)[0]
    harmonised = _display(units[start], rows)
    if company is not None:
        identity = f"jp-{company.corporate_number}"
    else:
        identity = _slug(units[start], harmonised)
    forced = _forced_identity(members, units, rows, overrides)
    if forced is not None:
        identity = forced
    anchor = "|".join(
        sorted(units[at].parsed.kind + units[at].parsed.key + (units[at].isolated or "") for at in members)
    )
    return _Body(members, identity, harmonised, anchor, company, clusters.chains(members, start))


def _newest(members: list[int], numbers: dict[int, tuple[Company, str]], clusters: Clusters) -> Company | None:
    """The number of the best established member, where a merger of names brought several together."""
    for at in clusters.established(members):
        if at in numbers:
            return numbers[at][0]
    return None


def _forced_identity(
    members: list[int], units: list[Unit], rows: list[_Row], overrides: Overrides | None
) -> str | None:
    """An identity that the user's file names and that is not itself a spelling in the data."""
    if overrides is None:
        return None
    names = {rows[at].name.strip() for member in members for at in units[member].rows}
    wanted = {
        override.identity
        for name in names
        if (override := overrides.of(name)) is not None and override.identity and override.identity not in names
    }
    return min(wanted) if wanted else None


def _display(unit: Unit, rows: list[_Row]) -> str:
    """The spelling that stands for the body: the most mentioned, then one that is not all capitals."""
    if unit.parsed.kind == "government":
        return government_name(unit.parsed.key) or rows[min(unit.rows)].name

    def rank(at: int) -> tuple[int, int, int, int, int, str]:
        row = rows[at]
        changed = len(set(parse(row.name, role=row.role).changes) - {"legal-form"})
        shouted = row.name.isupper() or row.name.islower()
        commas = sum(row.name.count(mark) for mark in ",;()")  # 'University of X, The Regents of the'
        return (changed, -row.mentions, shouted, commas, -len(row.name), row.name)

    return re.sub(r"\s+", " ", rows[min(unit.rows, key=rank)].name).strip()


def _slug(unit: Unit, harmonised: str) -> str:
    words = unit.parsed.tokens if not unit.parsed.cjk else (unit.parsed.key,)
    words = tuple(
        word.replace("UNIVERSITYOF", "university-of").replace("UNIVERSITYANY", "university") for word in words
    )
    slug = re.sub(r"[^\w]+", "-", " ".join(words).lower()).strip("-")[:80]
    if not slug:
        slug = "n" + hashlib.sha256(harmonised.encode()).hexdigest()[:10]
    return f"person-{slug}" if unit.parsed.kind == "person" else slug


def _membership(members: list[int], units: list[Unit]) -> lineage.Membership | None:
    """The last membership in a group by date, where any member's name has one."""
    known = lineage.groups()
    found = [row for at in members for row in known.get((units[at].parsed.kind, units[at].parsed.key), ())]
    return max(found, key=lambda row: (row.end is None, row.start or "", row.group_id)) if found else None


def _changes(row: _Row, unit: Unit) -> tuple[str, ...]:
    """What was done to this spelling, not to that which stands for all of one key."""
    parsed = parse(row.name, role=row.role)
    if parsed.letters != unit.parsed.letters and not set(parsed.changes) - {"legal-form"}:
        return (*parsed.changes, "word-form")
    return parsed.changes


def _reason(
    chain: list[tuple[int, Edge]],
    changes: tuple[str, ...],
    number: tuple[Company, str] | None,
    *,
    isolated: str | None,
) -> tuple[float, str, str]:
    """Score and reason of one unit: what was done to the spelling, then each join on the way to the body."""
    score = min((edge.match.score for _, edge in chain), default=1.0)
    parts: dict[str, list[str]] = {"en": [], "ja": []}
    lang: Lang
    for lang in ("en", "ja"):
        steps = parts[lang]
        if isolated:
            steps.append(text("names.reason.separate", lang))
        for code in changes:
            steps.append(text(f"names.reason.{code}", lang))
        if number is not None:
            steps.append(text(f"names.reason.number-{number[1]}", lang, value=number[0].corporate_number))
        for _, edge in reversed(chain):
            match = edge.match
            steps.append(f"{text(f'names.reason.{match.code}', lang)} [{match.detail}; {match.score:.2f}]")
        if not steps:
            steps.append(text("names.reason.exact", lang))
    return score, "; ".join(parts["en"]), "；".join(parts["ja"])
