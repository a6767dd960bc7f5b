"""A check for an R&D project: its field, the landscape around it, crowding, the player's position, the nearest patents.

An annex of two pages for a grant application. It gives no score: it shows what an assessor should look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from scipy import sparse

from chizai import fields
from chizai.errors import ChizaiError, EmptyInput, EmptySelection, NotSupported, Where
from chizai.files import read_bytes
from chizai.finding import Caveat, Column, Finding
from chizai.landscape import Landscape
from chizai.landscape.scope import Scope
from chizai.landscape.statistics import concentration
from chizai.landscape.statistics.estimate import Floats
from chizai.landscape.statistics.proportions import proportion
from chizai.landscape.topics.vectors import term_counts
from chizai.messages import LANGS, Lang, Phrase, text
from chizai.strategy.technologies import STRATEGIC, find_player

MOST_CHARACTERS = 20_000
K1, B = 1.2, 0.75
"""Robertson's usual saturation and length normalisation."""


@dataclass(frozen=True)
class Project:
    """A project as its applicant describes it."""

    title: str
    summary: str = ""

    @property
    def words(self) -> str:
        return f"{self.title}\n{self.summary}"[:MOST_CHARACTERS]


@dataclass(frozen=True, eq=False)
class ProjectCheck:
    """The annex as Findings; ``refusals`` says what the collection cannot tell, by the name of the part."""

    project: Project
    fields: list[tuple[str, dict[Lang, str], list[str]]]
    """Strategic fields whose words the project uses: id, names, the words found."""
    findings: dict[str, Finding]
    refusals: dict[str, ChizaiError]
    fields_around: tuple[tuple[dict[Lang, str], int], ...] = ()
    """Strategic fields by the definitions of which the most similar units belong: names and units, the largest first."""
    around: int = 0
    """The units taken as the project's surroundings."""


def read_project(path: Path | str) -> Project:
    """A project from a text file (UTF-8, UTF-16 or Shift_JIS): the first line is the title, the rest the summary."""
    from chizai.corpus.readers.tabular import encoding_of
    from chizai.errors import BadEncoding

    data = read_bytes(path, limit=2 * 1024 * 1024)
    encoding = encoding_of(data)
    if encoding is None:
        raise BadEncoding(where=Where(file=Path(path).name))
    try:
        content = data.decode(encoding)
    except UnicodeDecodeError:
        raise BadEncoding(where=Where(file=Path(path).name)) from None
    lines = content.strip().splitlines()
    if not lines:
        raise EmptyInput(where=Where(file=Path(path).name))
    return Project(lines[0].strip(), "\n".join(lines[1:]).strip())


def check_project(
    landscape: Landscape,
    project: Project,
    *,
    player: str | None = None,
    nearest: int = 10,
    around: int = 100,
) -> ProjectCheck:
    """The annex of a project against a landscape.

    player: the applicant, to be shown among the players. nearest: patents listed. around: the most similar units taken
        as the project's surroundings (those that share no term with it are never among them).

    :raises EmptyInput: the project has no words.
    """
    if not project.words.strip():
        raise EmptyInput(where=Where(column="title"))
    scope = landscape.scope
    chosen = find_player(scope, player) if player else None
    findings: dict[str, Finding] = {}
    refusals: dict[str, ChizaiError] = {}
    inside: tuple[tuple[dict[Lang, str], int], ...] = ()
    near: list[int] = []
    try:
        near, score, shared, total = nearest_units(scope, project.words, top=around)
        findings["nearest_patents"] = _nearest(scope, near[:nearest], score[:nearest], shared[:nearest], total)
        if len(near):
            findings["project_players"] = _around(scope, near, chosen.actors if chosen else (), chosen)
            findings["project_years"] = _years(scope, near)
            inside = fields_around(scope, near)
    except (NotSupported, EmptySelection) as error:
        refusals["nearest_patents"] = error
    return ProjectCheck(project, fields_of(project), findings, refusals, inside, len(near))


def fields_around(scope: Scope, units: Sequence[int]) -> tuple[tuple[dict[Lang, str], int], ...]:
    """How many of the units belong to each strategic field by its published definition (codes and words)."""
    chosen = {item.id: item for item in fields.shipped().values() if item.set == STRATEGIC}
    members = scope.members.filter(_.unit.isin(list(units))).select("pub", "unit")
    tables = {
        name: scope.corpus[name].semi_join(members, "pub").mutate(collection=ibis.literal(""), publication_id=_.pub)
        for name in ("classification", "text")
    }
    pairs = fields.select_all(tables, list(chosen.values())).select(code=_.field, pub=_.publication_id)
    table = scope.run(pairs.join(members, "pub").group_by("code").agg(n=_.unit.nunique())).to_pylist()
    table.sort(key=lambda row: (-row["n"], row["code"]))
    names: list[dict[Lang, str]] = [{lang: getattr(chosen[row["code"]].name, lang) for lang in LANGS} for row in table]
    return tuple((name, int(row["n"])) for name, row in zip(names, table, strict=True))


def fields_of(project: Project) -> list[tuple[str, dict[Lang, str], list[str]]]:
    """The strategic fields with words of the project in their definitions, the one with the most words first.

    Words alone: a definition's classes cannot be looked for in a project. What a field leaves out by words is left out.

    >>> [name for name, _names, _words in fields_of(Project("Quantum error correction for superconducting qubits"))][:1]
    ['quantum']
    """
    from chizai.fields.words import word_hits

    found: list[tuple[str, dict[Lang, str], list[str]]] = []
    rows = pa.table({
        "collection": ["-"], "publication_id": ["-"], "part": ["title"],
        "language": pa.array([None], pa.string()), "text": [project.words],
    })  # fmt: skip
    connection = ibis.duckdb.connect()
    try:
        table = ibis.memtable(rows)
        for definition in fields.shipped().values():
            if definition.set != STRATEGIC:
                continue
            words: dict[bool, list[str]] = {}
            for kept, rules in ((True, definition.include), (False, definition.exclude)):
                atoms = {at: rule.words for at, rule in enumerate(rules) if rule.words and (kept or not rule.has_codes)}
                hits = word_hits(table, atoms, terms=True) if atoms else []
                terms = {term for hit in hits for term in connection.to_pyarrow(hit.select("term"))["term"].to_pylist()}
                words[kept] = sorted(terms)
            if words[True] and not words[False]:
                names: dict[Lang, str] = {lang: getattr(definition.name, lang) for lang in LANGS}
                found.append((definition.id, names, words[True]))
    finally:
        connection.disconnect()
    return sorted(found, key=lambda item: (-len(item[2]), item[0]))


def bm25(counts: sparse.csr_matrix, query: Floats, *, k1: float = K1, b: float = B) -> Floats:
    """Okapi BM25 of every row of ``counts`` (shape [document, term]) for a query's term counts, shape [document].

    Source: Robertson, Zaragoza (2009), Foundations and Trends in Information Retrieval 3, 333-389; the document
    frequency is smoothed so that no term counts against a document.

    >>> rows = sparse.csr_matrix(np.array([[1.0, 0, 1], [0, 1, 1], [0, 0, 1]]))
    >>> bm25(rows, np.array([1.0, 0, 1])).argmax().item()
    0
    """
    rows = sparse.csr_matrix(counts, dtype=np.float64)
    wanted = np.flatnonzero(query)
    n = rows.shape[0]
    length = np.asarray(rows.sum(axis=1)).ravel()
    part = sparse.csc_matrix(rows)[:, wanted]
    frequency = np.diff(part.indptr)
    worth = np.log1p((n - frequency + 0.5) / (frequency + 0.5))
    part = sparse.coo_matrix(part)
    norm = k1 * (1 - b + b * length / max(length.mean(), 1e-12))
    score = worth[part.col] * part.data * (k1 + 1) / (part.data + norm[part.row])
    return np.bincount(part.row, weights=score * query[wanted][part.col], minlength=n).astype(np.float64)


def nearest_units(scope: Scope, words: str, *, top: int = 100) -> tuple[list[int], Floats, list[list[str]], int]:
    """The units whose titles and abstracts are most like ``words``: units, scores, terms that count most, units read.

    NotSupported where the collection has no texts. Units without a shared term are never near.
    """
    rows = scope.corpus["text"].filter(_.part.isin(("title", "abstract")))
    rows = rows.join(scope.members.select("pub", "unit"), "pub").select("unit", "pub", "part", "text")
    # One document a unit: the text of its earliest publication in each part.
    first = rows.group_by("unit", "part").agg(pub=_.pub.min())
    table = scope.run(
        rows.join(first, ["unit", "part", "pub"])
        .group_by("unit", "part")
        .agg(text=_.text.min())
        .order_by("unit", "part")
    )
    if not table.num_rows:
        raise NotSupported(figure=Phrase("finding.nearest_patents.title"), reason=Phrase("strategy.reason.no_text"))
    document: dict[int, list[str]] = {}
    for unit, body in zip(table["unit"].to_pylist(), table["text"].to_pylist(), strict=True):
        document.setdefault(unit, []).append(body)
    units = list(document)
    bodies = ["\n".join(parts) for parts in document.values()]
    terms = term_counts([*bodies, words], min_df=2, max_share=1.0, max_terms=300_000)
    counts = sparse.csr_matrix(terms.counts)
    query = np.asarray(counts[-1].todense()).ravel()
    score = bm25(counts[:-1], np.minimum(query, 3))
    order = [int(at) for at in np.lexsort((np.array(units), -score))[:top] if score[at] > 0]
    names = np.array(terms.words, dtype=object)
    rare = -np.log(np.maximum(np.asarray((counts[:-1] > 0).sum(axis=0)).ravel(), 1))
    told = []
    for at in order:
        both = counts[at].indices[query[counts[at].indices] > 0]
        told.append([str(name) for name in names[both[np.argsort(-rare[both], kind="stable")][:5]]])
    return [units[at] for at in order], score[order], told, len(units)


NEAREST = (
    Column("rank", "number"),
    Column("publication", "code"),
    Column("document", "text"),
    Column("player", "text"),
    Column("year", "year"),
    Column("shared_terms", "text"),
    Column("similarity", "number"),
)


def _nearest(scope: Scope, units: Sequence[int], score: Floats, shared: list[list[str]], total: int) -> Finding:
    names = scope.players.join(scope.corpus["player"].select("player", "name"), "player")
    held = names.group_by("unit").agg(player=_.name.min())
    ids = scope.corpus["publication"].select("pub", "publication_id")
    titles = scope.corpus["text"].filter(_.part == "title").group_by("pub").agg(title=_.text.min())
    rows = scope.units.filter(_.unit.isin(list(units) or [-1])).select("unit", "first_pub", "year")
    rows = rows.left_join(held, "unit").drop("unit_right")
    rows = rows.join(ids, rows.first_pub == ids.pub).drop("pub").left_join(titles, _.first_pub == titles.pub)
    table = scope.run(rows.select("unit", "publication_id", "title", "player", "year")).to_pylist()
    found = {row["unit"]: row for row in table}
    return scope.finding(
        "nearest_patents",
        NEAREST,
        {
            "rank": list(range(1, len(units) + 1)),
            "publication": [found[unit]["publication_id"] for unit in units],
            "document": [found[unit]["title"] for unit in units],
            "player": [found[unit]["player"] for unit in units],
            "year": [found[unit]["year"] for unit in units],
            "shared_terms": [", ".join(terms) for terms in shared],
            "similarity": score.tolist(),
        },
        uses=("unit", "date", "family_basis"),
        caveats=[Caveat("project_words_only"), *([] if len(units) else [Caveat("project_nothing_near")])],
        facts={"units_read": total},
    )


PLAYERS = (
    Column("player", "text"),
    Column("units", "count"),
    Column("share", "share", low="share_low", high="share_high"),
    Column("share_low", "share"),
    Column("share_high", "share"),
    Column("applying", "flag"),
)


def _around(scope: Scope, units: Sequence[int], own: tuple[Any, ...], chosen: Any) -> Finding:
    """Who holds the project's surroundings, how many players that is, and where the applicant stands."""
    inside = _.unit.isin(list(units))
    if chosen is not None and chosen.kind == "country":
        rows = scope.actors("country").filter(inside & _.actor.notnull()).select("unit", identity=_.actor, name=_.actor)
    else:
        names = scope.corpus["player"].select("player", "name")
        rows = scope.players.filter(inside).join(names, "player").select("unit", identity=_.player, name=_.name)
    table = scope.run(rows.group_by("identity", "name").agg(n=_.unit.nunique())).to_pylist()
    table.sort(key=lambda row: (-row["n"], row["name"]))
    counts = np.array([row["n"] for row in table], dtype=np.float64)
    listed = [row for at, row in enumerate(table) if at < 8 or row["identity"] in own]
    known = int(scope.run(rows.unit.nunique().as_table())[0][0].as_py()) if table else 0
    share = proportion([row["n"] for row in listed], [max(known, 1)] * len(listed), confidence=scope.confidence)
    caveats = [] if known >= 0.5 * len(units) else [Caveat("project_few_named", {"count": known, "total": len(units)})]
    if own and not any(row["identity"] in own for row in table):
        caveats.append(Caveat("project_absent"))
    return scope.finding(
        "project_players",
        PLAYERS,
        {
            "player": [row["name"] for row in listed],
            "units": [row["n"] for row in listed],
            "share": share.value.tolist(),
            "share_low": share.low.tolist(),
            "share_high": share.high.tolist(),
            "applying": [row["identity"] in own for row in listed],
        },
        uses=("unit", "family_basis", "player_level"),
        caveats=caveats,
        facts={
            "units_around": len(units),
            "effective_players": float(concentration.effective_players(counts)) if len(counts) else None,
        },
    )


YEARS = (Column("year", "year"), Column("units", "count"), Column("all_units", "count"),
         Column("share", "share", low="share_low", high="share_high"),
         Column("share_low", "share"), Column("share_high", "share"), Column("complete", "flag"))  # fmt: skip


def _years(scope: Scope, units: Sequence[int]) -> Finding:
    """The surroundings by year, beside all units: is it getting crowded faster than everything else?"""
    rows = scope.units.filter(_.unit.isin(list(units)) & _.year.notnull()).group_by("year").agg(n=_.count())
    table = {row["year"]: row["n"] for row in scope.run(rows).to_pylist()}
    every = scope.units_by_year()
    years = list(range(min(table), max(every) + 1)) if table else []
    years = [year for year in years[-15:] if every.get(year)]
    share = proportion(
        [table.get(year, 0) for year in years], [every[year] for year in years], confidence=scope.confidence
    )
    last = scope.last_complete_year
    return scope.finding(
        "project_years",
        YEARS,
        {
            "year": years,
            "units": [table.get(year, 0) for year in years],
            "all_units": [every[year] for year in years],
            "share": share.value.tolist(),
            "share_low": share.low.tolist(),
            "share_high": share.high.tolist(),
            "complete": [last is not None and year <= last for year in years],
        },
        uses=("unit", "date", "family_basis"),
        caveats=[
            Caveat("project_surroundings", {"count": len(units)}),
            *([Caveat(scope.no_delay)] if scope.no_delay else []),
        ],
        last_complete_year=last,
    )


def write_annex(check: ProjectCheck, path: Path, *, lang: Lang) -> Path:
    """The annex as one bilingual HTML file that prints on two A4 pages."""
    from jinja2 import Environment, PackageLoader, select_autoescape

    from chizai import __version__
    from chizai.files import new_file

    environment = Environment(
        loader=PackageLoader("chizai.strategy"), autoescape=select_autoescape(default=True), trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    page = environment.get_template("annex.html.j2").render(
        lang=lang, code_version=__version__, versions=[_version(check, each) for each in LANGS]
    )
    with new_file(path) as part:
        part.write_text(page, encoding="utf-8")
    return path


def _version(check: ProjectCheck, lang: Lang) -> dict[str, Any]:
    def say(key: str, **values: object) -> str:
        return text(f"strategy.annex.{key}", lang, **values)

    parts = []
    for finding in check.findings.values():
        columns = finding.visible(lang)
        parts.append(
            {
                "id": finding.name,
                "title": finding.title(lang),
                "explanation": finding.explanation(lang),
                "head": [column.label(lang) for column in columns],
                "rows": [[_short(cell, most=150) for cell in finding.cells(row, lang)] for row in finding],
                "facts": finding.shown_facts(lang),
                "caveats": [caveat.text(lang) for caveat in finding.caveats],
                "digest": finding.provenance.digest(),
            }
        )
    first = next(iter(check.findings.values()), None)
    return {
        "lang": lang,
        "say": say,
        "title": _short(check.project.title, most=200),
        "summary": _short(check.project.summary, most=600),
        "around": [(names[lang], count) for names, count in check.fields_around[:5]],
        "units_around": check.around,
        "fields": [(names[lang], text("report.comma", lang).join(words[:8])) for _id, names, words in check.fields[:3]],
        "parts": parts,
        "refusals": [refusal.what(lang) for refusal in check.refusals.values()],
        "convention": first.convention.describe(lang) if first is not None else [],
        "sources": first.provenance.snapshots if first is not None else (),
    }


def _short(words: str, *, most: int) -> str:
    """The annex has two pages, however long a title is."""
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
