"""The documentation says what the code does, in both languages; its examples run."""

from __future__ import annotations

import ast
import doctest
import importlib
import importlib.util
import os
import pkgutil
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import chizai
from chizai.convention import CHOICES
from chizai.corpus.readers import readers
from chizai.finding import Finding
from chizai.landscape import ANALYSES, EVERY, FURTHER
from chizai.messages import LANGS, Lang, catalogue
from chizai.messages import text as words_of

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_docs = _tool("make_docs")
PAGES = [(name, lang) for name in make_docs.PAGES for lang in LANGS]
"""Pages on single parts, for those who work with files or in Python."""


def page(name: str, lang: Lang, *, folder: Path = DOCS) -> str:
    return (folder / make_docs.page_name(name, lang)).read_text(encoding="utf-8")


def markdown() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


# What the code has, the pages have -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_a_made_page_is_up_to_date(name: str, lang: Lang) -> None:
    path = DOCS / make_docs.page_name(name, lang)
    assert path.read_text(encoding="utf-8") == make_docs.rendered(path, lang), "run: python tools/make_docs.py"


def test_every_made_part_stands_in_its_page() -> None:
    for name, parts in make_docs.PAGES.items():
        for lang in LANGS:
            assert re.findall(r"<!-- made: ([a-z-]+) -->", page(name, lang)) == list(parts)


def section(text: str, heading: str, *, level: int = 2) -> str:
    """The text below a heading, up to the next one of the same or a higher level."""
    found = re.search(
        rf"^{'#' * level} {re.escape(heading)}\n(.*?)(?=^#{{1,{level}}} |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"no section {heading!r}"
    return found[1]


@pytest.mark.parametrize("lang", LANGS)
def test_every_command_and_option_has_an_entry(lang: Lang) -> None:
    text = page("commands", lang)
    found = make_docs.commands(lang)
    assert len(found) > 10
    for name, command in found.items():
        entry = section(text, name) if name else text
        for item in command["params"]:
            for shown in [item["name"].upper()] if item["argument"] else item["opts"]:
                assert f"`{shown}`" in entry, f"{name} {shown}"


@pytest.mark.parametrize("lang", LANGS)
def test_every_analysis_has_an_entry_with_its_columns_and_choices(lang: Lang) -> None:
    for name in EVERY:
        entry = entry_of(name, lang)
        assert words_of(f"finding.{name}.title", lang) in entry
        for finding in make_docs.live_findings()[name]:
            for column in finding.columns:
                row = re.search(rf"^\| `{column.name}` \|(?: [^|\n]+ \|){{3}}", entry, re.M)
                assert row is not None, f"{name}: {column.name}"
                assert all(f"`{value}`" in row[0] for value in make_docs.values_of(column, lang)), row[0]
        for choice in make_docs.choices_of(name):
            assert f"[`{choice}`]" in entry, f"{name}: {choice}"


@pytest.mark.parametrize("lang", LANGS)
def test_every_analysis_has_an_entry_with_its_source_parameters_facts_and_caveats(lang: Lang) -> None:
    for name in EVERY:
        entry = entry_of(name, lang)
        for part in ("formula", "source", "silent"):
            assert f"- **{make_docs.ui(part, lang)}**" in entry, f"{name}: {part}"
        for parameter in make_docs.parameters_of(name):
            assert f"`{parameter}=" in entry, f"{name}: {parameter}"
        for finding in make_docs.live_findings()[name]:
            for fact in facts_of(finding):
                assert f"`{fact}` (" in entry, f"{name}: {fact}"
            for code in {caveat.code for caveat in finding.caveats} - set(make_docs.CAVEATS[""]):
                assert f"[`{code}`](" in entry, f"{name}: {code}"


def entry_of(name: str, lang: Lang) -> str:
    return section(page("findings" if name in ANALYSES else "second-storey", lang), name)


def facts_of(finding: Finding) -> set[str]:
    """The facts beside a table; the bounds of an interval belong to what they bound."""
    return {fact.removesuffix("_low").removesuffix("_high") for fact in finding.facts}


class _Taken(Exception):
    pass


class _Under:
    """Stands for a scope: tells which choices are left for the convention."""

    def under(self, **choices: object) -> None:
        raise _Taken(choices)


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"coverage"}))  # which takes no choices
def test_what_is_documented_as_a_parameter_is_taken(name: str) -> None:
    given = make_docs.parameters_of(name)
    with pytest.raises(_Taken) as left:
        EVERY[name](SimpleNamespace(scope=_Under()), **given)
    assert left.value.args[0] == {}


DERIVED = {
    "evidence_used", "basis", "clock", "scheme", "economy_weights", "office_citation_weights", "baseline_end",
    "last_year", "part", "language",
}  # fmt: skip
"""What a figure writes into its provenance that it has found and was not told."""


SELECTED = {"collections", "years", "offices", "confidence", "minimum_count"}


def test_every_choice_that_a_figure_says_it_was_made_with_is_documented() -> None:
    for name, findings in make_docs.live_findings().items():
        for finding in findings:
            told = set(finding.provenance.parameters) - {*CHOICES, *SELECTED} - DERIVED
            assert told <= set(make_docs.parameters_of(name)), name


@pytest.mark.parametrize("lang", LANGS)
def test_every_caveat_has_an_entry(lang: Lang) -> None:
    first, second = page("findings", lang), page("second-storey", lang)
    strategy = section(second, *re.findall(r"^## (.*)$", second, re.M)[-1:])
    for code in catalogue("caveat", lang):
        if code in make_docs.strategy_caveats():
            assert f"| `{code}` |" in strategy
        else:
            section(second if make_docs.is_second(code) else first, code, level=3)
            assert any(code in codes for codes in make_docs.CAVEATS.values()), f"{code}: of no analysis"
    assert {code for codes in make_docs.CAVEATS.values() for code in codes} <= set(catalogue("caveat", lang))


def modules_of_figures() -> dict[Path, set[str]]:
    """The modules of the landscape that make Findings, with the names of these."""
    found = {}
    for path in (ROOT / "src" / "chizai" / "landscape").rglob("*.py"):
        calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
        names = {
            node.args[0].value
            for node in calls
            if getattr(node.func, "attr", "") == "finding" and node.args and isinstance(node.args[0], ast.Constant)
        }
        if names:
            found[path] = names
    return found


def test_a_caveat_raised_in_the_code_is_documented_for_an_analysis_of_its_module() -> None:
    modules = modules_of_figures()
    for path, names in modules.items():
        listed = set(make_docs.CAVEATS[""]).union(*(make_docs.CAVEATS.get(name, ()) for name in names))
        raised = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Caveat" and node.args:
                raised |= {value for value in _strings(node.args[0]) if value}
            if isinstance(node, ast.Constant) and str(node.value).startswith("caveat."):
                raised.add(str(node.value).removeprefix("caveat."))
        # 'country' is what a caveat is chosen by, not one.
        unknown = {code for code in raised - {"country"} if not any(known.startswith(code) for known in listed)}
        assert not unknown, path.name
    assert {name for names in modules.values() for name in names} >= set(FURTHER)


def _strings(node: ast.expr) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value


def test_every_fact_beside_a_table_is_documented() -> None:
    documented = {fact for facts in make_docs.FACTS.values() for fact in facts}
    for name, findings in make_docs.live_findings().items():
        for finding in findings:
            assert facts_of(finding) <= set(make_docs.FACTS.get(name, ())), name
            if name in FURTHER:
                assert facts_of(finding) == set(make_docs.FACTS.get(name, ())), name
    assert documented <= {*catalogue("fact", "en"), *catalogue("column", "en")}


@pytest.mark.parametrize("lang", LANGS)
def test_every_choice_and_value_of_the_convention_has_an_entry(lang: Lang) -> None:
    text = page("conventions", lang)
    for name, values in CHOICES.items():
        entry = section(text, name)
        for value in values:
            assert f"| `{value}`" in entry, f"{name}: {value}"


@pytest.mark.parametrize("lang", LANGS)
def test_every_error_has_an_entry(lang: Lang) -> None:
    text = page("errors", lang)
    for error in make_docs.known_errors():
        assert f"`{error.__module__}.{error.__name__}`" in section(text, error.code)


@pytest.mark.parametrize("lang", LANGS)
def test_every_format_has_an_entry(lang: Lang) -> None:
    text = page("formats", lang)
    for reader in readers():
        assert reader.title[lang] in section(text, reader.name)


@pytest.mark.parametrize("lang", LANGS)
def test_every_setting_has_an_entry(lang: Lang) -> None:
    text = page("workspace", lang)
    for key, _default, _values in make_docs.settings():
        assert f"| `{key}` |" in text


# Both languages ------------------------------------------------------------------------------------------------------


def leaves(node: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(node, dict):
        return {prefix: node}
    found: dict[str, Any] = {}
    for key, value in node.items():
        found |= leaves(value, f"{prefix}.{key}" if prefix else key)
    return found


def test_the_prose_of_the_made_pages_stands_in_both_languages() -> None:
    english, japanese = (leaves(make_docs.prose(lang)) for lang in LANGS)
    assert set(english) == set(japanese)
    assert all(str(words).strip() for words in (*english.values(), *japanese.values()))


def test_the_prose_of_the_made_pages_describes_nothing_that_is_gone() -> None:
    words = make_docs.prose("en")
    columns = {column.name for found in make_docs.live_findings().values() for column in found[0].columns}
    columns |= {
        f"{name}.{column.name}" for name, found in make_docs.live_findings().items() for column in found[0].columns
    }
    assert set(words["column"]) <= columns
    assert set(words["analysis"]) == set(EVERY)
    assert set(words["caveat"]) == set(catalogue("caveat", "en")) - set(make_docs.strategy_caveats())
    parameters = {name: set(make_docs.parameters_of(name)) for name in EVERY}
    known = set().union(*parameters.values())
    known |= {f"{name}.{parameter}" for name, found in parameters.items() for parameter in found}
    assert set(words["parameter"]) <= known
    assert set(words["command"]) <= set(make_docs.commands("en"))
    assert set(words["format"]) == {reader.name for reader in readers()}
    assert set(words["config"]) == {key for key, _default, _values in make_docs.settings()}
    assert {name: set(values) - {"about"} for name, values in words["choice"].items()} == {
        name: set(values) for name, values in CHOICES.items()
    }


def headings(text: str) -> list[int]:
    return [len(found) for found in re.findall(r"^(#+) ", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)]


def both_languages() -> list[Path]:
    own = [path for path in markdown() if not path.name.endswith(".ja.md") and path.parent in (ROOT, DOCS)]
    return [path for path in own if path.stem not in {"CHANGELOG", "CONTRIBUTING"}]


@pytest.mark.parametrize("path", both_languages(), ids=ids)
def test_a_page_stands_in_both_languages_with_the_same_headings(path: Path) -> None:
    other = path.with_name(f"{path.stem}.ja.md")
    assert headings(path.read_text(encoding="utf-8")) == headings(other.read_text(encoding="utf-8"))


# Examples run --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tours(tmp_path_factory: pytest.TempPathFactory) -> dict[Lang, tuple[Path, str]]:
    """Per language the folder in which the commands of the README were run, and the page with what they printed."""
    found: dict[Lang, tuple[Path, str]] = {}
    for lang in LANGS:
        folder = tmp_path_factory.mktemp(f"tour-{lang}")
        found[lang] = (folder, make_docs.toured(page("README", lang, folder=ROOT), folder))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
def test_the_commands_of_the_readme_print_what_it_says(tours: dict[Lang, tuple[Path, str]], lang: Lang) -> None:
    assert page("README", lang, folder=ROOT) == tours[lang][1], "run: python tools/make_docs.py"


def with_examples() -> list[Path]:
    return [path for path in markdown() if path.parent in (ROOT, DOCS) and ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", with_examples(), ids=ids)
def test_the_python_examples_of_a_page_run(
    path: Path, tours: dict[Lang, tuple[Path, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tours["en"][0]
    shutil.rmtree(folder / "fresh", ignore_errors=True)
    shutil.copy(ROOT / "tests" / "data" / "lens" / "lens_modern.csv", folder / "export.csv")
    monkeypatch.chdir(folder)
    failed, tried = doctest.testfile(str(path), module_relative=False, encoding="utf-8")
    assert tried
    assert failed == 0


def modules() -> list[str]:
    return sorted(item.name for item in pkgutil.walk_packages(chizai.__path__, "chizai."))


def test_the_examples_in_the_docstrings_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tried, wrong = 0, []
    for name in ["chizai", *modules()]:
        result = doctest.testmod(importlib.import_module(name))
        tried += result.attempted
        if result.failed:
            wrong.append(name)
    assert not wrong
    assert tried > 100


# Links, notices, paths -----------------------------------------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", markdown(), ids=ids)
def test_relative_links_resolve(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


def test_every_page_is_reached_from_an_index() -> None:
    reached: set[Path] = set()
    queue = [DOCS / make_docs.page_name("index", lang) for lang in LANGS]
    while queue:
        path = queue.pop()
        if path in reached or path.suffix != ".md":
            continue
        reached.add(path)
        queue += [
            (path.parent / target).resolve()
            for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
            if not re.match(r"[a-z]+:", target)
        ]
    assert {ids(path) for path in DOCS.rglob("*.md")} <= {ids(path) for path in reached}


def test_pictures_are_small_and_in_both_languages() -> None:
    pictures = {path.name: path.stat().st_size for path in (DOCS / "images").iterdir()}
    assert {"report.en.png", "report.ja.png"} <= set(pictures)
    assert max(pictures.values()) < 300_000


def shipped_data() -> list[Path]:
    """Files of data that come with chizai, and the folders of test data."""
    source = ROOT / "src" / "chizai"
    held = [*(source / "data").rglob("*"), *(source / "corpus" / "names" / "data").rglob("*")]
    files = [path for path in held if path.is_file() and path.suffix not in (".py", ".md", ".pyc")]
    return files + [path for path in (ROOT / "tests" / "data").iterdir() if path.is_dir()]


@pytest.mark.parametrize("path", sorted(shipped_data()), ids=ids)
def test_the_notice_names_what_is_shipped(path: Path) -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    inside = path.relative_to(ROOT)
    assert any(str(part) in notice for part in (inside, *inside.parents[:-3])), inside


def written_files() -> Iterator[Path]:
    folders = ("src", "tests", "docs", "tools", "examples", "benchmarks", ".ci")
    inside = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    for path in [*ROOT.iterdir(), *inside]:
        if (
            path.is_file()
            and "__pycache__" not in path.parts
            and path.suffix not in (".pyc", ".png", ".parquet", ".gz")
        ):
            yield path


def test_no_file_names_a_place_of_the_machine_that_it_was_written_on() -> None:
    home = "|".join(re.escape(os.sep + place) for place in ("work", "tmp/w"))
    place = re.compile(rf"(?:^|[\s\"'`(=:,])(?:{home})(?![\w.-])", re.MULTILINE)
    assert place.search(f"see {os.sep}work{os.sep}x")
    named = [ids(path) for path in written_files() if place.search(path.read_bytes().decode("utf-8", errors="replace"))]
    assert not named
