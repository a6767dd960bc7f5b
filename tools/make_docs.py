"""Write the reference parts of the documentation from the live code.

Pages in docs/ are written by hand but for the parts between ``<!-- made: NAME -->`` and ``<!-- /made -->``: those come from
the command line, the analyses, the conventions, the errors, the readers and the settings as they are, joined with the prose of
``tools/docs/en.toml`` and ``ja.toml``. In README.md and README.ja.md the ``console`` blocks are run, and hold what was printed.

    python tools/make_docs.py            write
    python tools/make_docs.py --check    say which pages are not up to date; exit code 1 where any is
"""

from __future__ import annotations

import contextlib
import csv
import importlib
import inspect
import io
import json
import os
import pkgutil
import random
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from chizai.convention import CHOICES
from chizai.errors import ChizaiError, NotSupported, all_errors
from chizai.finding import Column, Finding
from chizai.messages import LANGS, Lang, catalogue, lookup, text

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
MARKED = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- /made -->)", re.DOTALL)

METHODS: dict[str, tuple[str, ...]] = {
    "coverage": (),
    "activity": ("nowcast", "growth"),
    "players": ("intervals",),
    "player_trend": ("nowcast",),
    "entry_exit": ("nowcast", "intervals"),
    "co_applicants": ("co-classification",),
    "countries": ("intervals",),
    "offices": ("intervals",),
    "flows": (),
    "classes": ("intervals",),
    "co_classification": ("co-classification",),
    "specialisation": ("specialisation",),
    "concentration": ("concentration",),
    "family_size": ("quality",),
    "grant_lag": ("quality",),
    "claims": ("quality",),
    "breadth": ("quality",),
    "citations": ("quality",),
    "funding": ("intervals",),
    "standards": ("intervals",),
    "documents": (),
    "relatedness": ("relatedness", "co-classification"),
    "density": ("relatedness",),
    "complexity": ("relatedness",),
    "momentum": ("life-cycle",),
    "life_cycle": ("life-cycle",),
    "main_path": ("main-path",),
    "patent_quality": ("quality",),
    "impact": ("impact",),
    "novelty": ("novelty",),
    "breakthroughs": ("novelty",),
    "citation_truncation": ("impact",),
    "cycle_time": ("impact",),
    "current_impact": ("impact",),
    "topics": ("topics",),
    "topic_trend": ("topics",),
    "topic_documents": ("topics",),
    "topic_events": ("topics",),
    "topic_stability": ("topics",),
    "problem_means": (),
    "white_space": ("white-space",),
    "white_space_test": ("white-space",),
}
"""The pages in docs/methods that explain an analysis."""

_NO_PAIRS = ("reason_few_pairs", "reason_no_country", "reason_without_applicant")
_TOPICS = (
    "topics_unstable",
    "no_topic",
    "no_topics_at_all",
    "without_terms",
    "topics_languages",
    "topics_from_classes",
    "reason_few_texts",
)
_TEXTS = ("texts_title", "texts_abstract", "no_texts", "last_year_assumed", "no_importance")

CAVEATS: dict[str, tuple[str, ...]] = {
    "": (
        "undated", "no_priorities", "extended_from_priorities", "countries_from_registry", "several_collections",
        "few_units", "one_office_families", "collection",
    ),
    "activity": (
        "no_growth", "incomplete_year", "incomplete_years", "delay_of_whole", "no_report_dates", "mostly_undated",
        "mixed_collections",
    ),
    "players": ("without_applicant", "no_applicant_country"),
    "entry_exit": ("first_year_entrants",),
    "countries": ("no_country", "too_few_known", "too_few_stated", "unknown_country"),
    "flows": ("no_country", "too_few_known", "too_few_stated", "unknown_country"),
    "classes": ("no_classes", "other_classes", "unclassified"),
    "specialisation": ("closed_reference", "cells_hidden", "reason_no_country", "reason_without_applicant"),
    "concentration": ("players_harmonised", "periods_too_few"),
    "family_size": ("family_size_source", "family_size_collection", "not_carried"),
    "grant_lag": ("grant_lag_censored", "not_carried"),
    "claims": ("not_carried",),
    "breadth": ("not_carried",),
    "citations": (
        "citations_pairs", "citations_source", "citations_without_age", "cohort_not_by_publication", "no_citations",
        "small_cohorts", "derived_from_text",
    ),
    "funding": ("derived_from_text", "not_carried"),
    "standards": ("mention_not_essential", "not_carried"),
    "documents": ("documents_left_out",),
    "relatedness": (
        "closed_reference", "technologies_left_out", "related_by_actors", "related_by_classes", *_NO_PAIRS,
    ),
    "density": (
        "closed_reference", "technologies_left_out", "related_by_actors", "related_by_classes", "itself_included",
        "itself_excluded", *_NO_PAIRS,
    ),
    "complexity": (
        "closed_reference", "technologies_left_out", "complexity_is_relative", "complexity_apart", "complexity_sign",
        *_NO_PAIRS,
    ),
    "momentum": ("relative_to_selection", "incomplete_used", "few_to_pool", "reason_no_delay", "reason_no_years"),
    "life_cycle": (
        "life_cycle_is_a_curve", "life_cycle_unbounded", "life_cycle_poor_fit", "life_cycle_left_out",
        "reason_no_delay", "reason_no_years",
    ),
    "main_path": (
        "main_path_inside", "main_path_one_of_many", "derived_from_text", "cycles_dropped", "sparse_citations",
        "reason_no_pairs",
    ),
    "patent_quality": (
        "family_size_source", "family_size_collection", "citations_pairs", "clock_origin", "quality_missing",
        "cohort_by_year", "grant_lag_censored", "no_composite",
    ),
    "impact": (
        "citations_pairs", "citations_source", "no_citations", "clock_origin", "cohort_by_year", "coverage_no_status",
        "offices_without_weight", "weights_unchecked", "without_impact", "no_country", "no_actors",
    ),
    "novelty": _TEXTS,
    "breakthroughs": _TEXTS,
    "citation_truncation": ("no_pairs", "citations_pairs", "clock_origin", "cited_before_start", "no_lag_form"),
    "cycle_time": ("no_cited", "cited_undated", "ages_by_number", "derived_from_text"),
    "current_impact": ("no_pairs", "citations_pairs", "clock_origin"),
    "topics": _TOPICS,
    "topic_trend": (*_TOPICS, "reason_undated"),
    "topic_documents": _TOPICS,
    "topic_events": (*_TOPICS, "events_from_links", "events_incomplete", "reason_one_window"),
    "topic_stability": ("topics_move", "reason_few_texts"),
    "problem_means": ("phrases_miss", "derived_from_text", "reason_few_phrases"),
    "white_space": (
        "white_space_is_no_advice", "no_white_space", "reason_no_texts", "reason_few_classes", "reason_small_classes",
        "reason_few_texts",
    ),
    "white_space_test": (
        "not_better_than_popularity", "reason_no_texts", "reason_few_classes", "reason_few_filled", "reason_undated",
    ),
}  # fmt: skip
"""Which caveats an analysis can carry; under the empty name those of any analysis."""

FACTS: dict[str, tuple[str, ...]] = {
    "coverage": ("publications", "units"),
    "activity": ("last_complete_year", "growth", "growth_first_year", "growth_last_year"),
    "players": ("players", "units_with_applicant"),
    "countries": ("known_share",),
    "family_size": ("basis",),
    "citations": ("units_counted", "citations_received", "units_cited"),
    "funding": ("funded_units", "funded_share"),
    "standards": ("mentioning_units",),
    "documents": ("units",),
    "relatedness": ("actors", "technologies"),
    "density": ("actors", "technologies"),
    "complexity": ("actors", "technologies", "second_eigenvalue"),
    "momentum": ("growth_first_year", "growth_last_year", "log_growth_spread"),
    "life_cycle": ("last_year_used",),
    "main_path": ("network_units", "network_links", "arithmetic"),
    "patent_quality": ("units_with_quality_4", "breakthroughs"),
    "impact": ("impact", "units_compared"),
    "novelty": ("units_with_text",),
    "breakthroughs": ("units_compared", "breakthroughs"),
    "citation_truncation": ("citations_used", "horizon_years", "obsolescence", "diffusion"),
    "cycle_time": ("units_counted", "units_left_out"),
    "current_impact": ("current_year", "recent_units", "citations_received"),
    "topics": (
        "topics_found", "topics_stable", "run_agreement", "no_topic", "no_topic_share", "no_topic_isolated",
        "no_topic_scattered", "no_topic_disputed", "no_topic_small", "class_information", "class_purity",
    ),
    "topic_stability": ("lowest_agreement",),
    "problem_means": ("units_with_problem", "units_with_means", "units_with_both", "cells_fewer", "cells_empty"),
    "white_space": ("pairs_tested", "pairs_near", "pairs_white", "pairs_thin", "pairs_open"),
    "white_space_test": (
        "known_until", "tested_until", "empty_pairs", "filled_pairs", "near_empty_pairs", "near_filled",
        "near_filled_expected",
    ),
}  # fmt: skip
"""Scalars beside the table, where the data allow them."""

OPTIONS: dict[str, tuple[str, ...]] = {
    "specialisation": ("specialisation.specialisation",),
    "relatedness": ("relatedness.relatedness",),
    "density": ("relatedness.density",),
    "complexity": ("relatedness.complexity",),
    "momentum": ("momentum.momentum",),
    "life_cycle": ("life_cycle.life_cycle",),
    "main_path": ("main_path.main_path",),
    "patent_quality": ("patent_quality.unit_quality",),
    "impact": ("impact.family_impact",),
    "novelty": ("novelty.unit_novelty",),
    "breakthroughs": ("novelty.unit_novelty",),
    **dict.fromkeys(("topics", "topic_trend", "topic_documents", "topic_events"), ("topics.model.topic_model",)),
    "topic_stability": ("topics.model.topic_model",),
    "white_space": ("white_space.white_space",),
    "white_space_test": ("white_space.white_space_test",),
}
"""The functions in chizai.landscape whose choices an analysis takes beside those that its signature names."""


@cache
def prose(lang: Lang) -> dict[str, Any]:
    return tomllib.loads((ROOT / "tools" / "docs" / f"{lang}.toml").read_text(encoding="utf-8"))


def ui(key: str, lang: Lang) -> str:
    return prose(lang)["ui"][key]


def labelled(key: str, words: str, lang: Lang) -> str:
    return f"- **{ui(key, lang)}**{ui('colon', lang)}{words}"


def listed(words: Iterable[str], lang: Lang) -> str:
    return ui("comma", lang).join(words)


def page_name(name: str, lang: Lang) -> str:
    return f"{name}.md" if lang == "en" else f"{name}.{lang}.md"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


# The command line ------------------------------------------------------------------------------------------------------

_ASK = """
import json, typer.main
from chizai.cli.app import app
top = typer.main.get_command(app)
def params(command):
    return [
        {"argument": p.param_type_name == "argument", "name": p.name, "opts": [*p.opts, *p.secondary_opts],
         "metavar": p.metavar, "default": p.default, "required": p.required, "flag": bool(getattr(p, "is_flag", False)),
         "many": bool(getattr(p, "multiple", False)) or p.nargs == -1, "envvar": p.envvar, "help": p.help}
        for p in command.params
    ]
def below(group, prefix):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from below(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command
print(json.dumps({"": {"help": top.help, "epilog": top.epilog, "params": params(top)}} | {
    name: {"help": c.help, "epilog": c.epilog, "params": params(c)} for name, c in below(top, "")
}, default=str))
"""


@cache
def commands(lang: Lang) -> dict[str, Any]:
    """The commands with their parameters as the command line itself declares them. Help texts are fixed at import, so
    each language needs a process of its own."""
    environment = {**os.environ, "CHIZAI_LANG": lang, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", _ASK], env=environment, capture_output=True, encoding="utf-8", check=True
    )
    return json.loads(done.stdout)


def made_commands(lang: Lang) -> str:
    parts = []
    for name, command in commands(lang).items():
        if not name:
            continue
        arguments = " ".join(_usage(item) for item in command["params"] if item["argument"])
        more = prose(lang)["command"].get(name, "")
        parts.append(f"## {name}\n\n{command['help']} {more}".rstrip() + "\n")
        parts.append(f"```console\n$ chizai {name} {arguments}".rstrip() + "\n```\n")
        parts.append(table([ui("argument", lang), ui("default", lang), ui("meaning", lang)], _rows(command, lang)))
        if command["epilog"]:
            parts.append(f"{command['epilog']}\n")
    return "\n".join(parts)


def made_everywhere(lang: Lang) -> str:
    head = [ui("argument", lang), ui("default", lang), ui("meaning", lang)]
    variables = [[f"`{name}`", meaning] for name, meaning in prose(lang)["variable"].items()]
    return (
        table(head, _rows(commands(lang)[""], lang))
        + "\n"
        + table([ui("variable", lang), ui("meaning", lang)], variables)
    )


def _usage(item: dict[str, Any]) -> str:
    shown = item["name"].upper() + ("..." if item["many"] else "")
    return shown if item["required"] else f"[{shown}]"


def _rows(command: dict[str, Any], lang: Lang) -> list[list[str]]:
    rows = []
    for item in command["params"]:
        if item["argument"]:
            name = f"`{item['name'].upper()}`"
        else:
            name = ", ".join(f"`{option}`" for option in item["opts"])
            if item["metavar"]:
                name += f" `{item['metavar']}`"
        default = item["default"]
        if item["required"]:
            shown = ui("required", lang)
        elif item["flag"] or default in (None, "None"):
            shown = ""
        else:
            shown = f"`{default}`"
        if item["many"] and ui("repeatable", lang) not in (item["help"] or ""):
            shown += (", " if shown else "") + ui("repeatable", lang)
        rows.append([name, shown, item["help"] or ""])
    return rows


# Analyses --------------------------------------------------------------------------------------------------------------


@cache
def live_findings() -> dict[str, list[Finding]]:
    """Every analysis run once, the first storey on a few shipped records and the second on made-up ones: what an analysis
    declares (columns, choices, facts) is read off the result."""
    from chizai.landscape import ANALYSES, FURTHER
    from chizai.workspace import Workspace

    records = ROOT / "tests" / "data" / "uspto"
    found: dict[str, list[Finding]] = {}
    with tempfile.TemporaryDirectory() as folder:
        first, second = (Workspace.create(Path(folder) / name) for name in ("first", "second"))
        first.add(records / "hand_weekly_v47.xml", records / "US08930553.xml", workers=1)
        second.add(made_up_records(Path(folder)), workers=1)
        for workspace, storey in ((first, ANALYSES), (second, FURTHER)):
            landscape = workspace.landscape()
            for name, call in storey.items():
                ways = [{"by": "player"}, {"by": "country"}] if name in BY_ACTOR else [{}]
                for way in ways:
                    try:
                        found.setdefault(name, []).append(call(landscape, **way, **CHEAP.get(name, {})))
                    except NotSupported as error:
                        message = f"{name} does not run on the records that it is documented by: {error}"
                        raise RuntimeError(message) from error
    return found


BY_ACTOR = ("specialisation", "relatedness", "density", "complexity", "impact")
"""Analyses of countries or players: the choices of convention that they use depend on it."""
_FEW: dict[str, Any] = {"runs": 2, "dimensions": 20}
CHEAP: dict[str, dict[str, Any]] = {
    "density": {"draws": 5},
    "life_cycle": {"top": 1},
    "topics": _FEW,
    "topic_trend": _FEW,
    "topic_documents": _FEW,
    "topic_events": {**_FEW, "width": 3},
    "topic_stability": {**_FEW, "seeds": (0, 1)},
    "white_space": {"draws": 2},
    "white_space_test": {"draws": 2, "resamples": 20, "minimum_size": 5, "hidden": 6},
}
"""Choices that make a figure quick; they change neither its columns nor its facts."""

_MAP = """
chizai_map: 1
publication: {number: number, office: {constant: US}, kind: {constant: B2}, date: published, claims: claims}
application: {number: application, office: {constant: US}, filing_date: filed}
priorities: {number: application, office: {constant: US}, date: filed}
applicants: {name: owner, country: country}
classes:
  - {scheme: cpc, symbol: {column: classes, separator: ";"}}
  - {scheme: ipc, symbol: {column: classes, separator: ";"}}
citations: {number: {column: cites, separator: ";"}}
texts: [{part: title, text: title, language: {constant: en}}]
"""


def made_up_records(folder: Path, *, count: int = 700) -> Path:
    """A table with its column map that has what the second storey needs: players, classes, citation pairs, titles with
    telling words, problems and means, and enough years of them. No real collection that is small has all."""
    draw = random.Random(0)
    classes = [
        "A01B",
        "A61B",
        "B25J",
        "B60L",
        "B64C",
        "C07K",
        "C08L",
        "E02F",
        "F02D",
        "F16H",
        "G01S",
        "G05D",
        "G06N",
        "G16H",
        "H01M",
        "H04L",
        "A47L",
        "B01D",
        "B65G",
        "C12N",
    ]
    endings = (" with reduced cost by machine learning", " improving safety with a sensor", "")
    path = folder / "made_up.csv"
    path.with_name("made_up.csv.map.yaml").write_text(_MAP, encoding="utf-8")
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(
            ["number", "application", "filed", "published", "claims", "owner", "country", "classes", "cites", "title"]
        )
        for row in range(count):
            year = 2005 + row * 14 // count
            one, other = draw.randrange(20), draw.randrange(20)
            if draw.random() < 0.6:
                other = one ^ (1 if year < 2016 else draw.choice((1, 2, 3)))
            other %= 20
            words = [f"{classes[place].lower()}{draw.choice('abcde')}x" for place in (one, one, other)]
            out.writerow(
                [
                    9_000_000 + row,
                    12_000_000 + row,
                    f"{year}-{draw.randrange(1, 13):02d}-15",
                    f"{year + draw.choice((1, 2, 2, 3))}-{draw.randrange(1, 13):02d}-15",
                    draw.randrange(1, 25),
                    f"Firm {(one + draw.randrange(3)) % 12} Ltd",
                    draw.choice(("US", "JP", "DE", "FR", "KR", "CN")),
                    ";".join(f"{classes[place]}1/00" for place in sorted({one, other})),
                    ";".join(f"US{9_000_000 + draw.randrange(row)}B2" for _ in range(3) if row),
                    " ".join(words) + draw.choice(endings),
                ]
            )
    return path


def choices_of(name: str) -> list[str]:
    """The choices of convention that an analysis accepts."""
    used = {key for finding in live_findings()[name] for key, _value in finding.convention.items()}
    return [key for key in CHOICES if key in used]


def column_meaning(name: str, column: Column, lang: Lang) -> str:
    columns = prose(lang)["column"]
    found = columns.get(f"{name}.{column.name}") or columns.get(column.name)
    for bound in ("low", "high"):
        if found is None and column.name.endswith(f"_{bound}"):
            return ui(bound, lang)
    return (found or columns[column.name]).replace("{values}", _values(column, lang))


def values_of(column: Column, lang: Lang) -> dict[str, str]:
    """The words that the catalogue has for the codes in a column."""
    found = catalogue("value", lang).get(column.name) if column.kind == "code" else None
    return found if isinstance(found, dict) else {}


def _values(column: Column, lang: Lang) -> str:
    return listed((f"`{value}` ({words})" for value, words in values_of(column, lang).items()), lang)


def parameters_of(name: str) -> dict[str, Any]:
    """What an analysis takes beside the choices of convention, with the defaults: the keywords of its signature, then those
    that it hands on (:data:`OPTIONS`)."""
    from chizai.landscape import EVERY

    calls: list[Callable[..., Any]] = [EVERY[name]]
    for place in OPTIONS.get(name, ()):
        module, _, function = place.rpartition(".")
        calls.append(getattr(importlib.import_module(f"chizai.landscape.{module}"), function))
    found: dict[str, Any] = {}
    for call in calls:
        for item in inspect.signature(call).parameters.values():
            if item.kind is item.KEYWORD_ONLY:
                found.setdefault(item.name, item.default)
    # What repeats the whole with several seeds takes no single one.
    return {key: value for key, value in found.items() if key != "seed" or "seeds" not in found}


def parameter_meaning(name: str, parameter: str, lang: Lang) -> str:
    words = prose(lang)["parameter"]
    return words.get(f"{name}.{parameter}") or words[parameter]


def made_analyses(lang: Lang) -> str:
    from chizai.landscape import ANALYSES

    return _analyses(ANALYSES, lang)


def made_second_storey(lang: Lang) -> str:
    from chizai.landscape import FURTHER

    return _analyses(FURTHER, lang)


def _analyses(names: Iterable[str], lang: Lang) -> str:
    rows = [[f"[`{name}`](#{name})", text(f"finding.{name}.title", lang)] for name in names]
    parts = [table([ui("code", lang), ui("label", lang)], rows)]
    parts += [_analysis(name, lang) for name in names]
    return "\n".join(parts)


def page_of(name: str) -> str:
    """The page on which an analysis stands."""
    from chizai.landscape import ANALYSES

    return "findings" if name in ANALYSES else "second-storey"


def _analysis(name: str, lang: Lang) -> str:
    words = prose(lang)["analysis"][name]
    # The second storey is explained by the words that are shown with the figure itself.
    says = words.get("says") or text(f"finding.{name}.explanation", lang)
    lines = [f"## {name}\n", f"**{text(f'finding.{name}.title', lang)}**{ui('colon', lang)}{says}\n"]
    lines += [labelled(key, words[key], lang) for key in ("formula", "source", "silent")]
    conventions = page_name("conventions", lang)
    used = [f"[`{key}`]({conventions}#{key})" for key in choices_of(name)]
    lines.append(labelled("conventions", listed(used, lang) or ui("none", lang), lang))
    given = [
        f"`{parameter}={default!r}` ({parameter_meaning(name, parameter, lang)})"
        for parameter, default in parameters_of(name).items()
    ]
    if given:
        lines.append(labelled("parameters", listed(given, lang), lang))
    facts = [f"`{fact}` ({_fact_label(fact, lang)})" for fact in FACTS.get(name, ())]
    if facts:
        lines.append(labelled("facts", listed(facts, lang), lang))
    here = page_of(name)
    caveats = [
        linked(code, "second-storey" if is_second(code) else "findings", here, lang) for code in CAVEATS.get(name, ())
    ]
    if caveats:
        lines.append(labelled("caveats", listed(caveats, lang), lang))
    pages = [f"[{method}](methods/{page_name(method, lang)})" for method in METHODS[name]]
    if pages:
        lines.append(labelled("method", listed(pages, lang), lang))
    columns = live_findings()[name][0].columns
    measure = prose(lang)["measure"].get(name)
    rows = []
    for column in columns:
        kind = prose(lang)["kind"][column.kind]
        if column.kind == "number" and measure and column.name != "year":
            kind = measure
        interval = f"`{column.low}`, `{column.high}`" if column.low else ""
        rows.append([f"`{column.name}`", column.label(lang), kind, column_meaning(name, column, lang), interval])
    head = [ui(key, lang) for key in ("column", "label", "kind", "meaning", "interval")]
    return "\n".join(lines) + "\n\n" + table(head, rows)


def _fact_label(fact: str, lang: Lang) -> str:
    found = lookup(f"fact.{fact}", lang)
    return found if isinstance(found, str) else text(f"column.{fact}", lang)


def linked(heading: str, page: str, here: str, lang: Lang) -> str:
    """A link to a heading of a page, from the page ``here``."""
    return f"[`{heading}`]({'' if page == here else page_name(page, lang)}#{heading})"


def is_second(code: str) -> bool:
    """Whether only figures of the second storey carry a caveat: it then stands on their page."""
    return not any(code in codes for name, codes in CAVEATS.items() if not name or page_of(name) == "findings")


STRATEGY = ("strategy_", "back_test_", "project_")
"""How the caveats of ``chizai strategy`` begin."""


def strategy_caveats() -> list[str]:
    return [code for code in catalogue("caveat", "en") if code.startswith(STRATEGY)]


def made_caveats(lang: Lang) -> str:
    return _caveats("findings", lang)


def made_second_caveats(lang: Lang) -> str:
    return _caveats("second-storey", lang)


def _caveats(here: str, lang: Lang) -> str:
    parts = []
    for code in catalogue("caveat", lang):
        if code in strategy_caveats() or is_second(code) != (here == "second-storey"):
            continue
        holders = [name for name, codes in CAVEATS.items() if code in codes]
        links = (linked(name, page_of(name), here, lang) for name in holders if name)
        shown = ui("any_analysis", lang) if "" in holders else listed(links, lang)
        words = _holes(text(f"caveat.{code}", lang))
        parts.append(
            f"### {code}\n\n> {words}\n\n"
            + labelled("when", prose(lang)["caveat"][code], lang)
            + "\n"
            + labelled("analyses", shown, lang)
            + "\n"
        )
    return "\n".join(parts)


def made_strategy_caveats(lang: Lang) -> str:
    rows = [[f"`{code}`", _holes(text(f"caveat.{code}", lang))] for code in strategy_caveats()]
    return table([ui("code", lang), ui("text", lang)], rows)


def _holes(words: str) -> str:
    """Places of the catalogue that are filled in at run time: ``{count}`` as a slanted word."""
    return re.sub(r"\{(\w+)(?:![rs])?(?::[^}]*)?\}", r"*\1*", words)


# Conventions, errors, formats, settings --------------------------------------------------------------------------------


def made_conventions(lang: Lang) -> str:
    from chizai.workspace.config import Conventions

    defaults = Conventions()
    parts = []
    for name, values in CHOICES.items():
        words = prose(lang)["choice"][name]
        users = [analysis for analysis in live_findings() if name in choices_of(analysis)]
        rows = []
        for value in values:
            mark = f" ({ui('default_mark', lang)})" if getattr(defaults, name) == value else ""
            rows.append([f"`{value}`{mark}", text(f"convention.{name}.{value}", lang), words[value]])
        shown = listed((linked(analysis, page_of(analysis), "conventions", lang) for analysis in users), lang)
        label = f"**{text(f'convention.{name}.label', lang)}** (`--{name.replace('_', '-')}`)"
        parts.append(
            f"## {name}\n\n{label}{ui('colon', lang)}{words['about']}\n\n"
            + table([ui("value", lang), ui("shown", lang), ui("meaning", lang)], rows)
            + f"\n{ui('used_by', lang)}{ui('colon', lang)}{shown}\n"
        )
    return "\n".join(parts)


def known_errors() -> list[type[ChizaiError]]:
    """Every error class of chizai, those of single rooms included (``all_errors`` knows what has been imported)."""
    import chizai

    for module in pkgutil.walk_packages(chizai.__path__, "chizai."):
        if module.name.endswith(".errors"):
            importlib.import_module(module.name)
    # A class without a code of its own is a shade of its parent and has the parent's texts.
    return [error for error in all_errors() if "code" in vars(error)]


def made_errors(lang: Lang) -> str:
    parts = []
    for error in known_errors():
        parent = error.__bases__[0].__name__
        rows = [
            [ui("class", lang), f"`{error.__module__}.{error.__name__}`"],
            [ui("parent", lang), f"`{parent}`"],
            [ui("what", lang), _holes(text(f"errors.{error.code}.what", lang))],
            [ui("remedy", lang), _holes(text(f"errors.{error.code}.remedy", lang))],
        ]
        parts.append(f"## {error.code}\n\n" + table([ui("item", lang), ui("text", lang)], rows))
    return "\n".join(parts)


def made_formats(lang: Lang) -> str:
    from chizai.corpus.readers import readers

    parts = [
        table(
            [ui("format", lang), ui("title", lang)],
            [[f"[`{reader.name}`](#{reader.name})", reader.title[lang]] for reader in readers()],
        )
    ]
    for reader in readers():
        words = prose(lang)["format"][reader.name]

        def named(items: list[str]) -> str:
            return listed((text(f"cli.carries.{item}", lang) for item in items), lang) or ui("nothing", lang)

        every = not reader.lacks
        rows = [
            [ui("where", lang), words["where"]],
            [ui("carries", lang), ui("everything", lang) if every else named(sorted(reader.carries))],
            [ui("lacks", lang), named(sorted(item for item, mark in reader.lacks.items() if mark == "never"))],
            [ui("notimpl", lang), named(sorted(item for item, mark in reader.lacks.items() if mark == "notimpl"))],
            [ui("traps", lang), words["traps"]],
        ]
        parts.append(
            f"## {reader.name}\n\n**{reader.title[lang]}**\n\n" + table([ui("item", lang), ui("meaning", lang)], rows)
        )
    return "\n".join(parts)


def settings() -> Iterator[tuple[str, Any, str]]:
    """Every key of chizai.toml with its default and the values that it may have."""
    from pydantic import BaseModel

    from chizai.workspace.config import Settings

    def walk(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, Any, str]]:
        for name, item in model.model_fields.items():
            kind = item.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from walk(kind, f"{prefix}{name}.")
                continue
            values = [str(value) for value in getattr(kind, "__args__", ()) if isinstance(value, str)]
            yield f"{prefix}{name}", item.default, ", ".join(f"`{value}`" for value in values)

    yield from walk(Settings, "")


def made_settings(lang: Lang) -> str:
    rows = [
        [f"`{key}`", "" if default is None else f"`{json.dumps(default)}`", values, prose(lang)["config"][key]]
        for key, default, values in settings()
    ]
    return table([ui(key, lang) for key in ("key", "default", "values", "meaning")], rows)


MADE: dict[str, Callable[[Lang], str]] = {
    "commands": made_commands,
    "everywhere": made_everywhere,
    "analyses": made_analyses,
    "caveats": made_caveats,
    "second-storey": made_second_storey,
    "second-caveats": made_second_caveats,
    "strategy-caveats": made_strategy_caveats,
    "conventions": made_conventions,
    "errors": made_errors,
    "formats": made_formats,
    "settings": made_settings,
}
PAGES: dict[str, tuple[str, ...]] = {
    "commands": ("everywhere", "commands"),
    "findings": ("analyses", "caveats"),
    "second-storey": ("second-storey", "second-caveats", "strategy-caveats"),
    "conventions": ("conventions",),
    "errors": ("errors",),
    "formats": ("formats",),
    "workspace": ("settings",),
}
"""The pages that have made parts, in both languages."""


def rendered(path: Path, lang: Lang) -> str:
    """The page with its made parts as the live code has them."""
    return MARKED.sub(lambda found: f"{found[1]}\n{MADE[found[2]](lang)}\n{found[3]}", path.read_text(encoding="utf-8"))


# The tour of the README ------------------------------------------------------------------------------------------------

CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
HOME = "/home/you"
"""Stands in the pages for the folder in which the tour was run."""


def toured(page: str, folder: Path) -> str:
    """The page with its ``console`` blocks as the command line prints them, run one after the other in ``folder``."""
    source = folder / "src"
    if not source.exists():
        source.symlink_to(ROOT / "src")

    def run(block: re.Match[str]) -> str:
        lines = [line for line in block[1].splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(f"{line}\n{_printed(line[2:], folder)}" for line in lines) + "```"

    return CONSOLE.sub(run, page)


def _printed(command: str, folder: Path) -> str:
    """What the command line prints, with the folder of the tour called :data:`HOME`. Run in this process, to be quick."""
    from chizai.cli import context, main

    program, *arguments = shlex.split(command)
    if program != "chizai":
        message = f"only chizai is run in the pages, not {program}"
        raise ValueError(message)
    out = io.StringIO()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHIZAI_")}
    environment |= {"COLUMNS": "100", "LC_ALL": "C.UTF-8"}
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "argv", ["chizai", *arguments]),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        contextlib.suppress(SystemExit),
    ):
        context._workspace_lang.cache_clear()
        main()
    shown = out.getvalue().replace(str(folder.resolve()), HOME)
    return "".join(f"{line.rstrip()}\n" for line in shown.splitlines())


def readmes() -> Iterator[Path]:
    for lang in LANGS:
        yield ROOT / page_name("README", lang)


def pages() -> Iterator[tuple[Path, Lang]]:
    for name in PAGES:
        for lang in LANGS:
            yield DOCS / page_name(name, lang), lang


def main(arguments: list[str]) -> int:
    outdated = []
    wanted_pages = [(path, rendered(path, lang)) for path, lang in pages()]
    for path in readmes():
        with tempfile.TemporaryDirectory() as folder:
            wanted_pages.append((path, toured(path.read_text(encoding="utf-8"), Path(folder))))
    for path, wanted in wanted_pages:
        if path.read_text(encoding="utf-8") == wanted:
            continue
        outdated.append(path)
        if "--check" not in arguments:
            path.write_text(wanted, encoding="utf-8")
    for path in outdated:
        print(path.relative_to(ROOT))
    return int("--check" in arguments and bool(outdated))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
