"""The static site: two folders of pages, ``ja`` and ``en``, that need nothing but themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from chizai import __version__
from chizai.messages import LANGS, Lang, text
from chizai.plan.model import Item, PlanDocument, Statement
from chizai.publish import charts, formula
from chizai.publish.edition import Edition
from chizai.publish.kpis import Kpi, period
from chizai.publish.lineage import Row, moved
from chizai.publish.lineage import rows as lineage_rows
from chizai.publish.palette import STATUS_COLOURS
from chizai.publish.roadmap import Roadmap, roadmap
from chizai.publish.words import NONE, amount, percent, signed, spread
from chizai.series.accounts import checks
from chizai.series.accounts.tables import tables as account_tables
from chizai.series.assess import STATUSES, Status
from chizai.series.catalogue import note_text, sources
from chizai.series.computed.secretariats import definitions
from chizai.series.model import Observation
from chizai.series.period import Period
from chizai.series.units import unit_label

NAV = ("home", "diff", "accounts", "measures", "items", "methods", "legend", "downloads")
COUNTED = "iso_secretariat_rank"
"""The indicator whose verdict depends on what is counted: every definition is shown."""
_MARKS = re.compile(r"^[ \t]*[-*][ \t]+|\*\*", re.MULTILINE)
METHODS = ("cagr_ratio", "linear_path", "current_status", "projection", "rounding")


@dataclass(frozen=True)
class Page:
    """``path`` is relative to the language's folder."""

    path: str
    template: str
    title: str
    values: dict[str, Any]
    current: str = ""


def write_site(edition: Edition, out: Path, *, downloads: Sequence[tuple[str, str]]) -> list[Path]:
    """Write ``index.html``, ``style.css``, ``ja/`` and ``en/`` to ``out``; the paths of the pages.

    ``downloads`` are (message key, path relative to ``out``) of the files that the site offers.
    """
    style = (files("chizai.publish") / "templates" / "site.css").read_text(encoding="utf-8")
    colours = "\n".join(f".s-{status} {{ --verdict: {colour}; }}" for status, colour in STATUS_COLOURS.items())
    (out / "style.css").write_text(f"{style}{colours}\n", encoding="utf-8")
    written = []
    for lang in LANGS:
        environment = _environment(edition, lang)
        for page in pages(edition, lang, downloads=downloads):
            path = out / lang / page.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_render(environment, edition, page, lang), encoding="utf-8")
            written.append(path)
    front = _environment(edition, "ja").get_template("front.html.j2").render(langs=LANGS)
    (out / "index.html").write_text(front, encoding="utf-8")
    return [out / "index.html", *written]


def pages(edition: Edition, lang: Lang, *, downloads: Sequence[tuple[str, str]]) -> Iterable[Page]:
    say = _say(lang)
    yield Page("index.html", "home.html.j2", say("matrix.heading"), {"counts": _counts(edition, lang)}, "home")
    for kpi in edition.kpis:
        yield Page(f"kpi/{kpi.id}.html", "kpi.html.j2", f"{kpi.id} {kpi.title(lang)}", kpi_shown(kpi, lang))
    if edition.lineage is not None:
        before, after = edition.lineage.source, edition.lineage.target
        heading = say("diff.heading", before=before.plan.year, after=after.plan.year)
        yield Page(
            "diff.html", "diff.html.j2", heading, {"groups": _groups(lineage_rows(edition.lineage), lang)}, "diff"
        )
    yield Page("accounts.html", "accounts.html.j2", say("accounts.heading"), accounts_shown(lang), "accounts")
    yield Page(
        "measures.html", "measures.html.j2", say("measures.heading"), {"plans": roadmaps(edition, lang)}, "measures"
    )
    yield Page("items.html", "items.html.j2", say("items.heading"), {"plans": edition.documents}, "items")
    for document in edition.documents:
        for item in document.items:
            title = say("items.title", number=item.number, title=item_name(item, lang))
            yield Page(
                f"items/{slug(document, item)}.html", "item.html.j2", title, _item(edition, document, item, lang), ""
            )
    yield Page("methods.html", "methods.html.j2", say("methods.heading"), {"methods": METHODS}, "methods")
    for method in METHODS:
        yield Page(f"methods/{method}.html", "method.html.j2", say(f"method.{method}"), {"method": method})
    yield Page("legend.html", "legend.html.j2", say("legend.heading"), {"statuses": STATUSES}, "legend")
    tables = [(f"publish.table.{name}", f"data/{name}.csv") for name in edition.table_names]
    yield Page(
        "downloads.html",
        "downloads.html.j2",
        say("downloads.heading"),
        {"offered": sorted(downloads, key=lambda one: one[0].endswith(f"_{_other(lang)}")), "tables": tables},
        "downloads",
    )


def slug(document: PlanDocument, item: Item) -> str:
    return f"{document.plan.year}-{item.number}"


def anchor(statement_id: str) -> str:
    """The permanent name of a statement on its page.

    >>> anchor("2025:4-1:kpi:1")
    's-2025-4-1-kpi-1'
    """
    return "s-" + statement_id.replace(":", "-")


def statement_path(statement_id: str) -> str:
    """The page and place of a statement, relative to the language's folder."""
    year, item, *_ = statement_id.split(":")
    return f"items/{year}-{item}.html#{anchor(statement_id)}"


def _say(lang: Lang) -> Any:
    def say(key: str, **values: object) -> str:
        return text(f"publish.{key}", lang, **values)

    return say


def _environment(edition: Edition, lang: Lang) -> Environment:
    environment = Environment(
        loader=PackageLoader("chizai.publish"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals.update(
        say=_say(lang),
        lang=lang,
        edition=edition,
        text=text,
        verdict=lambda status, word=None: _verdict(status, word, lang),
        anchor=anchor,
        statement_path=statement_path,
        slug=slug,
        dash=NONE,
        lines=lambda statement: _lines(statement, lang),
        quoted=quoted,
        name=lambda item: item_name(item, lang),
        signed=lambda value, digits=None: signed(value, lang, digits=digits),
        unit_label=lambda unit: unit_label(unit, lang),
    )
    return environment


def _other(lang: Lang) -> Lang:
    return "en" if lang == "ja" else "ja"


def _render(environment: Environment, edition: Edition, page: Page, lang: Lang) -> str:
    depth = page.path.count("/")
    other = _other(lang)
    root = "../" * (depth + 1)
    return environment.get_template(page.template).render(
        **page.values,
        page=page,
        home="../" * depth,
        root=root,
        other=other,
        other_path=f"{root}{other}/{page.path}",
        nav=[name for name in NAV if name != "diff" or edition.lineage is not None],
        version=__version__,
        made=edition.made(lang, version=__version__),
    )


def _verdict(status: Status, word: str | None, lang: Lang) -> Markup:
    """Word, shape, colour, in this order of weight: the shape is for the eye, the word for everybody."""
    shape, said = text(f"series.shape.{status}", lang), word or text(f"series.status.{status}", lang)
    said = said.removeprefix(shape).strip()
    return Markup('<span class="verdict s-{}"><span class="shape" aria-hidden="true">{}</span> {}</span>').format(
        status, shape, said
    )


def quoted(words: str) -> str:
    """The source's own words without the list marks and asterisks of the file that they were read from.

    >>> quoted("- ◆ **官民連携**を進める。")
    '◆ 官民連携を進める。'
    """
    return _MARKS.sub("", words)


def item_name(item: Item, lang: Lang) -> str:
    """The item's title in this language; in Japanese where it has no English one."""
    return item.title.en if lang == "en" and item.title.en else item.title.ja


def _lines(statement: Statement, lang: Lang) -> str:
    first, last = statement.locator.lines
    return text("publish.kpi.line" if first == last else "publish.kpi.lines", lang, first=first, last=last)


def _counts(edition: Edition, lang: Lang) -> list[tuple[Status, int]]:
    found = [kpi.found.status for kpi in edition.kpis]
    return [(status, found.count(status)) for status in STATUSES if found.count(status)]


# A KPI -------------------------------------------------------------------------------------------------------------


def kpi_shown(kpi: Kpi, lang: Lang) -> dict[str, Any]:
    """What the page of a KPI shows, by the names of its template."""
    drawn = charts.svg(kpi, lang)
    verdicts = [("followed", one, formula.lines(kpi, one, lang)) for one in kpi.assessments]
    if kpi.found.printed is not None:
        verdicts.append(("printed", kpi.found.printed, []))
    linear = next((one.components for one in kpi.assessments if one.components.get("gap_closed_share") is not None), {})
    return {
        "kpi": kpi,
        "chart": Markup(_accessible(drawn, kpi.id)) if drawn else None,
        "alt": charts.alt_text(kpi, lang) if drawn else "",
        "points": [_point(one, lang) for one in kpi.points],
        "verdicts": [
            {
                "basis": basis,
                "found": one,
                "lines": lines,
                "value": NONE if one.value is None else signed(one.value, lang, digits=3),
                "interval": _interval(one.interval, lang),
                "notes": [note.text(lang) for note in one.reasons],
            }
            for basis, one, lines in verdicts
        ],
        "why": _why(kpi, lang),
        "shares": [
            (text(f"publish.kpi.{label}", lang), percent(_share(linear.get(name)), lang, digits=1))
            for label, name in (("reached", "gap_closed_share"), ("elapsed", "elapsed_share"))
            if linear
        ],
        "outlook": _outlook(kpi, lang),
        "sources": [_source(kpi, one, lang) for one in kpi.sources()],
        "context": [(one.name.text(lang), _latest(found, lang)) for one, found in kpi.context()],
        "notes": [note.text(lang) for note in kpi.found.target.notes],
        "definitions": [
            {
                "name": text(f"publish.definition.{one.name}", lang),
                "count": one.count,
                "rank": text("publish.rank", lang, value=one.rank),
                "within": text("publish.definition.within" if one.within else "publish.definition.beyond", lang),
            }
            for one in (definitions() if kpi.found.target.indicator == COUNTED else ())
        ],
        "breaks": [
            (period(Period.parse(cut.period), lang), cut.text.text(lang))
            for cut in (kpi.found.indicator.breaks if kpi.found.indicator else ())
        ],
    }


def _share(value: object) -> float | None:
    return value if isinstance(value, float) else None


def _interval(found: tuple[float, float] | None, lang: Lang) -> str:
    return NONE if found is None else spread(*found, lang, digits=3)


def _point(one: Any, lang: Lang) -> dict[str, str]:
    ends = NONE if one.low is None else spread(one.low, one.high, lang)
    qualifier = one.observation.qualifier if one.observation else "eq"
    value = signed(float(f"{one.value:.6g}") if one.part in ("path", "projection") else one.value, lang)
    return {
        "part": text(f"publish.part.{one.part}", lang),
        "key": one.part,
        "period": period(Period.parse(one.period), lang),
        "value": value if qualifier == "eq" else text(f"publish.qualifier.{qualifier}", lang, value=value),
        "spread": ends,
        "source": _publisher(one.observation.source, lang) if one.observation else NONE,
    }


def _why(kpi: Kpi, lang: Lang) -> list[str]:
    """Why the verdicts differ: what each method looks at."""
    found = kpi.assessments
    if not found:
        return []
    by_method = {one.method: one for one in found}
    notes = []
    headline = found[0]
    if len(found) == 1:
        notes.append(text("publish.why.only", lang))
    elif len({one.status for one in found if one.method != "current_status"}) == 1:
        notes.append(text("publish.why.same", lang))
    status = by_method.get("current_status")
    if status is not None and status.status != headline.status:
        notes.append(text("publish.why.current_status", lang))
    ratio, line = by_method.get("cagr_ratio"), by_method.get("linear_path")
    if ratio is not None and line is not None and ratio.status != line.status:
        notes.append(text("publish.why.cagr_linear", lang))
    printed = kpi.found.printed
    if printed is not None and printed.statuses != headline.statuses:
        notes.append(text("publish.why.printed", lang))
    if any(one.borderline for one in (*found, *([printed] if printed else []))):
        notes.append(text("publish.why.borderline", lang))
    return notes


def _outlook(kpi: Kpi, lang: Lang) -> list[str]:
    ahead = kpi.found.outlook
    if ahead is None or not ahead.years:
        return []
    years = ahead.years
    lines = [text("publish.kpi.years", lang, first=f"{years[0]:g}", last=f"{years[-1]:g}", count=len(years))]
    if ahead.interval is not None and kpi.found.indicator is not None:
        low, high = (amount(kpi.in_unit(end, unit=kpi.found.indicator.unit), kpi.unit, lang) for end in ahead.interval)
        lines.append(text("publish.kpi.interval", lang, year=f"{years[-1] + ahead.horizon:g}", low=low, high=high))
    words = ahead.words(lang)
    if words:
        lines.append(text("publish.kpi.chance", lang, words=words))
    return lines + [one.text(lang) for one in ahead.reasons]


def _source(kpi: Kpi, one: Observation, lang: Lang) -> dict[str, str]:
    value = NONE if one.value is None else amount(one.value, one.unit, lang, qualifier=one.qualifier)
    return {
        "publisher": _publisher(one.source, lang),
        "period": period(one.when, lang),
        "value": value,
        "known": text(f"publish.source.{one.known_by}", lang, day=one.known_from.isoformat()),
        "quote": one.quote or "",
        "url": one.url if one.url and one.url.startswith(("https://", "http://")) else "",
        "note": note_text(one.note, lang),
    }


def _publisher(source: str, lang: Lang) -> str:
    known = sources().get(source)
    if known is None:
        return source
    how = "named" if known.title_from == "text" else "described"
    return text(f"publish.source.{how}", lang, publisher=known.publisher.text(lang), title=known.title.text(lang))


def _latest(one: Observation | None, lang: Lang) -> str:
    if one is None or one.value is None:
        return NONE
    value = amount(one.value, one.unit, lang, qualifier=one.qualifier)
    return text("publish.dated", lang, value=value, period=period(one.when, lang))


def _accessible(drawn: str, key: str) -> str:
    """The SVG scales with the page, is hidden from readers (its figure has the text), and its ids are its own."""
    drawn = drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    for mark in ('id="', "url(#", 'href="#'):
        drawn = drawn.replace(mark, f"{mark}{key}-")
    return drawn


# The plans ---------------------------------------------------------------------------------------------------------


def _groups(found: Sequence[Row], lang: Lang) -> list[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {name: [] for name in ("moved", "revised", "carried", "new", "dropped")}
    for row in found:
        groups["moved" if moved(row) else row.link.status].append(row)
    return list(groups.items())


def roadmaps(edition: Edition, lang: Lang) -> list[Roadmap]:
    return [roadmap(document, lang, notes=edition.notes) for document in edition.documents]


def _item(edition: Edition, document: PlanDocument, item: Item, lang: Lang) -> dict[str, Any]:
    counterparts: dict[str, list[str]] = {}
    for link in edition.lineage.links if edition.lineage else ():
        if link.level == "item" or not (link.source and link.target):
            continue
        for one in link.source:
            counterparts.setdefault(one, []).extend(link.target)
        for one in link.target:
            counterparts.setdefault(one, []).extend(link.source)
    statements = [one for one in document.statements if one.item == item.number]
    return {
        "document": document,
        "item": item,
        "statements": statements,
        "counterparts": counterparts,
        "kpis": [kpi for kpi in edition.kpis if any(one.kpi == kpi.found.target.kpi for one in statements)],
        "facts": {line.row.id: line for line in roadmap(document, lang).lines},
    }


# Cool Japan --------------------------------------------------------------------------------------------------------


def accounts_shown(lang: Lang) -> dict[str, Any]:
    """What the page of the accounts shows, by the names of its template."""
    found = []
    for (plan, unit), table in account_tables().items():
        parts = table.contributions()
        rows = []
        for line in (*table.lines, table.total):
            point, interval = parts.get(line.item, (None, None))
            rows.append(
                {
                    "label": line.label(lang),
                    "total": line.item == "total",
                    "previous": _level(line.previous, line.previous_year, lang),
                    "current": _level(line.current, line.current_year, lang),
                    "growth": f"{signed(line.growth_percent, lang, digits=2)}%",
                    "contribution": NONE if point is None else signed(point, lang, digits=2),
                    "interval": "" if interval is None else spread(interval.low, interval.high, lang, digits=2),
                }
            )
        found.append(
            {
                "plan": text(f"publish.accounts.{plan}", lang),
                "unit": unit_label(unit, lang),
                "rows": rows,
                "key": f"{plan}-{unit}",
            }
        )
    return {"tables": found, "checks": checks()}


def _level(value: float, year: int | None, lang: Lang) -> str:
    when = text("publish.accounts.year", lang, year=year) if year else text("publish.accounts.mixed", lang)
    return text("publish.dated", lang, value=signed(value, lang, digits=1), period=when)
