"""The catalogue: both languages whole, the same placeholders, nothing missing that the code asks for, nothing unused."""

from __future__ import annotations

import ast
import re
import string
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest

from chizai.convention import CHOICES
from chizai.corpus.readers.base import Carries
from chizai.errors import all_errors
from chizai.landscape import ANALYSES
from chizai.messages import LANGS, Lang, Phrase, catalogue, lookup, rooms, text

SOURCE = Path(__file__).parent.parent / "src" / "chizai"
MODULES = sorted(SOURCE.rglob("*.py"))


def leaves(node: Any, path: str) -> dict[str, Any]:
    if not isinstance(node, dict):
        return {path: node}
    return {key: value for name, part in node.items() for key, value in leaves(part, f"{path}.{name}").items()}


@cache
def entries(lang: Lang) -> dict[str, Any]:
    return {key: value for room in rooms() for key, value in leaves(catalogue(room, lang), room).items()}


@pytest.mark.parametrize("room", rooms())
def test_what_is_said_in_one_language_is_said_in_the_other(room: str) -> None:
    english, japanese = (set(leaves(catalogue(room, lang), room)) for lang in LANGS)
    assert english - japanese == set()
    assert japanese - english == set()


@pytest.mark.parametrize("lang", LANGS)
def test_every_entry_is_a_text(lang: Lang) -> None:
    assert [key for key, value in entries(lang).items() if not isinstance(value, str)] == []
    empty = {key for key, value in entries(lang).items() if not value.strip()}
    assert empty <= {"series.unit.count", "series.qualifier.eq"}  # a bare number needs no word


def fields_of(value: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}


@pytest.mark.parametrize("room", rooms())
def test_both_languages_take_the_same_values(room: str) -> None:
    differing = {
        key: (value, entries("ja").get(key))
        for key, value in entries("en").items()
        if key.startswith(f"{room}.") and fields_of(value) != fields_of(str(entries("ja").get(key)))
    }
    assert differing == {}
    # Values are named: "{}" and "{0}" would break when a translation changes their order.
    assert all(re.fullmatch(r"[a-z][a-z_0-9]*", name) for value in entries("en").values() for name in fields_of(value))


SAME_IN_BOTH = re.compile(r"[\sA-Za-z0-9.,:;/(){}%&+'\"–±≤≥×^|_\[\]§=-]*")
"""Names and symbols that Japanese writes alike."""


def test_japanese_is_japanese_and_english_is_english() -> None:
    kana = re.compile(r"[ぁ-んァ-ヶ]")
    # The rooms of the plan quote its Japanese marks.
    assert [
        key for key, value in entries("en").items() if kana.search(value) and key[:5] not in ("plan.", "publi")
    ] == []
    long = {key: value for key, value in entries("ja").items() if len(value) > 40}
    assert [key for key, value in long.items() if SAME_IN_BOTH.fullmatch(value)] == []
    same = [
        key for key, value in entries("ja").items() if value == entries("en")[key] and " " in value and len(value) > 30
    ]
    assert same == []


# What the code asks for -----------------------------------------------------------------------------------------------


@cache
def nodes() -> tuple[tuple[str, ast.AST], ...]:
    """Every constant and every call of the code, with the module's path."""
    return tuple(
        (str(path.relative_to(SOURCE)), node)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Constant, ast.Call))
    )


@cache
def literals() -> frozenset[str]:
    """Every text written in the code, the fixed parts of those put together (``finding.{name}.title``), and the words
    of the templates."""
    found: set[str] = set()
    for path in (*SOURCE.rglob("*.html"), *SOURCE.rglob("*.j2"), *SOURCE.rglob("*.js")):
        found.update(re.findall(r"[\w.-]+", path.read_text(encoding="utf-8")))
    for _, node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return frozenset(found)


@cache
def asked() -> tuple[tuple[str, str, str], ...]:
    """(module, function, key) of every call with a key that is written out: ``text``, ``Phrase``, ``say``, ``lookup``."""
    found = []
    for path, node in nodes():
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            found.append((path, name, first.value))
    return tuple(found)


def test_every_key_that_is_written_in_the_code_is_there() -> None:
    wanted = {(where, key) for where, name, key in asked() if name in ("text", "Phrase") and "." in key}
    wanted |= {(where, f"cli.{key}") for where, name, key in asked() if name == "say" and where.startswith("cli/")}
    assert len(wanted) > 150
    known = set(rooms())
    absent = [
        (where, key, lang)
        for where, key in sorted(wanted)
        for lang in LANGS
        if key.split(".")[0] in known and not isinstance(lookup(key, lang), str)
    ]
    assert absent == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_analysis_caveat_column_fact_and_choice_has_its_words(lang: Lang) -> None:
    wanted = [f"finding.{name}.{part}" for name in ANALYSES for part in ("title", "explanation")]
    wanted += [f"caveat.{key}" for _, name, key in asked() if name == "Caveat"]
    wanted += [f"column.{key}" for _, name, key in asked() if name == "Column"]
    wanted += [f"convention.{name}.label" for name in CHOICES]
    wanted += [f"convention.{name}.{choice}" for name, choices in CHOICES.items() for choice in choices]
    wanted += [f"cli.carries.{item}" for item in get_args(Carries)]
    wanted += [f"cli.formats.mark_{mark}" for mark in ("notimpl", "never")]
    assert len(wanted) > 200
    assert [key for key in wanted if not isinstance(lookup(key, lang), str)] == []


def test_no_text_is_left_over() -> None:
    """A key is used when its last part is written somewhere, or when a key that is put together begins like it."""
    written = {part for value in literals() for part in re.split(r"[.\s]", value)}
    stems = tuple(part for part in written if len(part) > 1 and part.endswith(("_", "-")))
    places = tuple(stem for value in literals() if re.fullmatch(r"(\w+\.)+", value) for stem in (value, f"cli.{value}"))
    left = [
        key
        for key in entries("en")
        if (last := key.rsplit(".", 1)[-1]) not in written and not last.startswith(stems) and not key.startswith(places)
    ]
    assert left == []


def test_no_text_of_an_analysis_or_an_error_is_left_over() -> None:
    for path in SOURCE.glob("*/errors.py"):
        import_module(f"chizai.{path.parent.name}.errors")
    assert set(catalogue("errors", "en")) - {"where"} == {cls.code for cls in all_errors()}
    assert set(catalogue("convention", "en")) >= set(CHOICES)
    assert set(catalogue("cli", "en")["carries"]) == set(get_args(Carries))


# How it is filled -----------------------------------------------------------------------------------------------------


def test_a_missing_key_is_a_defect_and_says_which() -> None:
    with pytest.raises(KeyError, match="no such key"):
        text("cli.no such key")
    assert lookup("cli.add.done.deeper", "en") is None
    assert lookup("nowhere.at.all", "en") is None


def test_a_phrase_is_filled_in_the_language_of_its_sentence() -> None:
    inner = Phrase("convention.unit.label")
    assert inner.text("ja") in text("cli.error", "ja", message=inner)
    assert str(inner) in text("cli.error", "en", message=inner)
