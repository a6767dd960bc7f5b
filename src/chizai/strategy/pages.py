"""The winning line as pages: one for each strategic field and one overview, or the page of a single line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from ibis import _
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from chizai import __version__, fields
from chizai.errors import ChizaiError, EmptySelection, MissingExtra, NotSupported, UnknownChoice
from chizai.files import new_file
from chizai.landscape.places import KNOWN_SHARE
from chizai.messages import LANGS, Lang, Phrase, text
from chizai.report.charts import svg
from chizai.report.export import export_finding, write_json
from chizai.report.page import accessible_svg, write_page
from chizai.report.workbook import write_workbook
from chizai.strategy import charts  # noqa: F401 - gives the report its charts of the winning line
from chizai.strategy.line import MINIMUM_OWN, WinningLine, too_few, winning_line
from chizai.strategy.moves import load_rule
from chizai.strategy.technologies import STRATEGIC, By, Player, find_player

Stage = Callable[[str], None]
INSIDE_A_FIELD: tuple[By, ...] = ("wipo35", "class", "topic", "standard")
"""What is chosen between inside a field: the first that the collection can support."""
TOO_SMALL = {f"strategy.reason.{name}" for name in ("too_few", "too_few_own", "absent")}
"""Reasons that lie in the size of the player's portfolio and not in what the data carry."""


@dataclass(frozen=True)
class Entry:
    """One strategic field: its page, with its winning line or the reasons why there is none.

    ``units`` and ``own`` are the field's units and the player's among them; None where they are not known.
    """

    id: str
    names: dict[Lang, str]
    page: Path
    line: WinningLine | None = None
    refusals: tuple[ChizaiError, ...] = ()
    units: int | None = None
    own: int | None = None

    @property
    def tried(self) -> tuple[By, ...]:
        """What was to be chosen between at each refusal; empty where the field's size alone refused."""
        return INSIDE_A_FIELD if len(self.refusals) == len(INSIDE_A_FIELD) else ()


@dataclass(frozen=True)
class Pages:
    """What was written: the overview and a page for each field."""

    front: Path
    entries: list[Entry] = field(default_factory=list)
    line: WinningLine | None = None
    refusal: ChizaiError | None = None
    top_k: int = 3


def write_line(
    line: WinningLine, out: Path, *, lang: Lang, name: str = "winning-line", overview: str | None = None
) -> Path:
    """Write one winning line as ``<name>.html``, ``<name>.xlsx`` and ``tables/<name>/``; gives the page.

    overview: the file beside it that lists all fields, to link.
    """
    findings = line.findings()
    titles = {each: title(line, each) for each in LANGS}
    page = out / f"{name}.html"
    up = (overview, {each: _say(each, "back") for each in LANGS}) if overview is not None else None
    write_page(findings, page, lang=lang, titles=titles, up=up)
    write_workbook(list(findings.values()), out / f"{name}.xlsx", lang=lang, title=titles[lang])
    for key, finding in findings.items():
        export_finding(finding, out / "tables" / name / f"{key}.csv")
    write_json([finding.as_dict() for finding in findings.values()], out / "tables" / name / "findings.json")
    return page


def title(line: WinningLine, lang: Lang) -> str:
    """Whose winning line it is, in which field and collection."""
    about = [part for part in (line.field_names.get(lang), *(line.scope.convention.collections or ())) if part]
    subject = text("report.comma", lang).join(about)
    return text("strategy.page.title", lang, player=line.player.name(lang), subject=subject)


def write_pages(
    workspace: Any,
    out: Path,
    *,
    player: str = "JP",
    lang: Lang = "en",
    stage: Stage | None = None,
    collection: tuple[str, ...] | None = None,
    top_k: int = 3,
    prefer: tuple[str, ...] = (),
    rule: Path | None = None,
    draws: int = 10_000,
    seed: int = 0,
    **choices: Any,
) -> Pages:
    """The overview of the 17 strategic fields for a player and a page for each, in the folder ``out``.

    The page of a field that the collection cannot speak of says why, with the units that there are. A mistake in the
    request itself (an unknown player, a bad rule) is raised.
    """
    tell = stage or (lambda _: None)
    corpus = workspace.open_corpus(stage=tell)
    shared: dict[str, Any] = {
        "player": player,
        "top_k": top_k,
        "prefer": prefer,
        "rule": rule,
        "draws": draws,
        "seed": seed,
    }
    tell("analyses")
    whole, refusal = None, None
    load_rule(rule)
    land = workspace.landscape(corpus=corpus, collection=collection, **choices)
    chosen = find_player(land.scope, player)
    try:
        whole = winning_line(land, by="field", **shared)
    except (NotSupported, EmptySelection) as error:
        refusal = error
    entries, front = [], out / "index.html"
    for definition in fields.shipped().values():
        if definition.set != STRATEGIC:
            continue
        names: dict[Lang, str] = {"en": definition.name.en, "ja": definition.name.ja}
        land = workspace.landscape(corpus=corpus, collection=collection, field=definition.id, **choices)
        units, own = _sizes(land, chosen)
        line, why = _first(land, shared, own)
        page = out / f"{definition.id}.html"
        entry = Entry(definition.id, names, page, line, why, units, own)
        if line is not None:
            write_line(line, out, lang=lang, name=definition.id, overview=front.name)
        else:
            _write_refusal(entry, player=chosen, lang=lang)
        entries.append(entry)
    tell("charts")
    if whole is not None:
        write_line(whole, out, lang=lang, name="fields", overview=front.name)
    found = Pages(front, entries, whole, refusal, top_k)
    _write_overview(found, player=chosen, lang=lang)
    return found


def _first(land: Any, shared: dict[str, Any], own: int | None) -> tuple[WinningLine | None, tuple[ChizaiError, ...]]:
    """The winning line by the first technologies that the data support; else the reasons why there is none."""
    refusals: list[ChizaiError] = []
    if own is not None and own < MINIMUM_OWN and land.scope.run(land.scope.units.limit(1)).num_rows:
        reason = too_few() if own else Phrase("strategy.reason.absent")
        return None, (NotSupported(figure=Phrase("strategy.figure"), reason=reason),)
    for by in INSIDE_A_FIELD:
        try:
            return winning_line(land, by=by, **shared), ()
        except (NotSupported, EmptySelection, MissingExtra) as error:
            refusals.append(error)
        except UnknownChoice:
            # The player is known in the collection (or the overview would have refused it), but has nothing here.
            reason = Phrase("strategy.reason.absent")
            return None, (NotSupported(figure=Phrase("strategy.figure"), reason=reason),)
        if isinstance(refusals[-1], EmptySelection):
            break
    return None, tuple(refusals)


def _sizes(land: Any, player: Player) -> tuple[int | None, int | None]:
    """The selection's units, and the player's; None where the collection does not say whose they are."""
    try:
        total = int(land.scope.total)
    except EmptySelection:
        return 0, 0
    rows = land.scope.actors(player.kind).filter(_.actor.notnull())
    own = rows.filter(_.actor.isin(list(player.actors))).unit.nunique()
    known, count = (int(land.scope.run(part.as_table())[0][0].as_py()) for part in (rows.unit.nunique(), own))
    return total, count if known >= KNOWN_SHARE * total else None


def _render(path: Path, template: str, *, lang: Lang, versions: list[dict[str, Any]]) -> None:
    environment = Environment(
        loader=PackageLoader("chizai.strategy"), autoescape=select_autoescape(default=True), trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    style = (files("chizai.report") / "templates" / "page.css").read_text(encoding="utf-8")
    page = environment.get_template(template).render(
        lang=lang, style=Markup(style), code_version=__version__, versions=versions
    )
    with new_file(path) as part:
        part.write_text(page, encoding="utf-8")


def _write_refusal(entry: Entry, *, player: Player, lang: Lang) -> None:
    """The page of a field of which nothing can be ranked: why, and what is known nevertheless."""
    versions = [
        {
            "lang": each,
            "say": partial(_say, each),
            "title": text("strategy.page.title", each, player=player.name(each), subject=entry.names[each]),
            "reasons": _told(entry, each),
            "remedy": _say(each, "wider" if _small(entry) else "other_data"),
            "units": _count(entry.units, each),
            "own": _count(entry.own, each),
        }
        for each in LANGS
    ]
    _render(entry.page, "refusal.html.j2", lang=lang, versions=versions)


def _write_overview(pages: Pages, *, player: Player, lang: Lang) -> None:
    versions = [_overview(pages, player, each) for each in LANGS]
    _render(pages.front, "overview.html.j2", lang=lang, versions=versions)


def _say(lang: Lang, key: str, **values: object) -> str:
    return text(f"strategy.page.{key}", lang, **values)


def _count(number: int | None, lang: Lang) -> str:
    return text("value.unknown", lang) if number is None else f"{number:,}"


def _overview(pages: Pages, player: Player, lang: Lang) -> dict[str, Any]:
    ranking = pages.line.ranking() if pages.line is not None else None
    drawn = svg(ranking, lang) if ranking is not None else None
    places = {row["technology"]: row for row in ranking} if ranking is not None else {}
    rows = []
    for entry in pages.entries:
        place = places.get(entry.id)
        rows.append(
            {
                "name": entry.names[lang],
                "page": entry.page.name,
                "rank": f"{place['rank']:.0f}" if place else "–",
                "top": f"{place['top_share']:.0%}" if place else "–",
                "units": "–" if entry.units is None else f"{entry.units:,}",
                "own": "–" if entry.own is None else f"{entry.own:,}",
                "move": text(f"value.move.{place['move']}", lang) if place else "–",
                "best": _best(entry, lang),
                "why": text("report.comma", lang).join(_reasons(_chief(entry), lang)),
            }
        )
    return {
        "lang": lang,
        "title": _say(lang, "overview", player=player.name(lang)),
        "say": partial(_say, lang),
        "top_k": pages.line.top_k if pages.line is not None else pages.top_k,
        "chart": Markup(accessible_svg(drawn, f"{lang}-overview")) if drawn else None,
        "alt": ranking.title(lang) if ranking is not None else "",
        "refusal": pages.refusal.what(lang) if pages.refusal else "",
        "explanation": ranking.explanation(lang) if ranking is not None else "",
        "caveats": [caveat.text(lang) for caveat in ranking.caveats] if ranking is not None else [],
        "convention": ranking.convention.describe(lang) if ranking is not None else [],
        "digest": ranking.provenance.digest() if ranking is not None else "",
        "sources": ranking.provenance.snapshots if ranking is not None else _sources(pages),
        "rows": rows,
    }


def _sources(pages: Pages) -> Any:
    return next((entry.line.ranking().provenance.snapshots for entry in pages.entries if entry.line), ())


def _reasons(refusals: Iterable[ChizaiError], lang: Lang) -> list[str]:
    return list(dict.fromkeys(_why(refusal, lang) for refusal in refusals))


def _chief(entry: Entry) -> tuple[ChizaiError, ...]:
    """The refusals that a line of the overview has room for.

    Where the size refuses, that is enough; that no standards are mentioned says little beside any other reason.
    """
    if not entry.tried or _small(entry):
        return entry.refusals[:1]
    return tuple(why for why, by in zip(entry.refusals, entry.tried, strict=True) if by != "standard")


def _told(entry: Entry, lang: Lang) -> list[str]:
    """Every reason after what was to be chosen between."""
    if not entry.tried:
        return _reasons(entry.refusals, lang)
    found: dict[str, list[str]] = {}
    for by, refusal in zip(entry.tried, entry.refusals, strict=True):
        found.setdefault(_why(refusal, lang), []).append(_say(lang, f"by.{by}"))
    joint = text("report.comma", lang)
    return [_say(lang, "reason", by=joint.join(names), reason=reason) for reason, names in found.items()]


def _small(entry: Entry) -> bool:
    """Whether the player or the field is too small here, rather than the data too poor."""
    first = entry.refusals[0]
    reason = first.values.get("reason")
    return isinstance(first, EmptySelection) or (isinstance(reason, Phrase) and reason.key in TOO_SMALL)


def _why(refusal: ChizaiError, lang: Lang) -> str:
    if isinstance(refusal, EmptySelection):
        return text("strategy.reason.empty_field", lang)
    reason = refusal.values.get("reason")
    return reason.text(lang) if isinstance(reason, Phrase) else refusal.what(lang)


def _best(entry: Entry, lang: Lang) -> str:
    """The field's first technologies, with their shares in the top k."""
    if entry.line is None:
        return ""
    rows = entry.line.ranking().table.slice(0, 2).to_pylist()
    if len(entry.line.codes) == 1:  # first for want of another: a share of 100 % would say more than is known
        return _say(lang, "only_one", name=rows[0]["title_ja" if lang == "ja" else "title"] or rows[0]["technology"])
    # Where there are no more than k technologies each is in the top k: being first is what tells them apart.
    share = "top_share" if len(entry.line.codes) > entry.line.top_k else "first_share"
    return text("report.comma", lang).join(
        f"{row['title_ja' if lang == 'ja' else 'title'] or row['technology']} ({row[share]:.0%})" for row in rows
    )
