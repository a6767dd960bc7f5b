"""The tree of errors: each says in both languages what is wrong, where, and what to do."""

from __future__ import annotations

import pickle
import re
import string
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from chizai import errors
from chizai.errors import (
    ChizaiError,
    FileMissing,
    InputError,
    MissingColumn,
    NotSupported,
    UnknownChoice,
    Where,
    all_errors,
    has_text,
)
from chizai.messages import LANGS, Lang, Phrase, text

for path in Path(errors.__file__).parent.glob("*/errors.py"):
    import_module(f"chizai.{path.parent.name}.errors")
ALL = [cls for cls in all_errors() if cls.what is ChizaiError.what]
"""Without those of rooms that say more in texts of their own."""


def fields_of(key: str, lang: Lang) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text(key, lang)) if name}


def made(cls: type[ChizaiError], **more: Any) -> ChizaiError:
    """An error of this class with a value for everything that its texts take."""
    names = fields_of(f"errors.{cls.code}.what", "en") | fields_of(f"errors.{cls.code}.remedy", "en")
    return cls(**{name: f"<{name}>" for name in names}, **more)


def test_every_class_of_the_module_is_in_the_tree() -> None:
    classes = {cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, ChizaiError)}
    assert classes <= set(ALL) <= set(all_errors())
    assert len({cls.code for cls in classes}) == len(classes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", cls.code) for cls in ALL)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.code)
def test_every_error_says_what_is_wrong_and_what_to_do(cls: type[ChizaiError], lang: Lang) -> None:
    assert has_text(cls, lang)
    said = made(cls, where=Where(file="a.csv", row=7, column="出願人", value="x" * 500)).text(lang)
    assert "\n" not in said
    assert "{" not in said
    for part in ("a.csv", "7", "出願人", "xxx..."):
        assert part in said
    assert len(said) < 600
    assert bool(re.search(r"[ぁ-ん]", said)) == (lang == "ja")


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.code)
def test_the_docstring_names_the_values_that_the_texts_take(cls: type[ChizaiError]) -> None:
    taken = fields_of(f"errors.{cls.code}.what", "en") | fields_of(f"errors.{cls.code}.remedy", "en")
    assert taken == set(re.findall(r"``(\w+)``", cls.__doc__ or ""))


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.code)
def test_an_error_survives_the_border_between_processes(cls: type[ChizaiError]) -> None:
    error = made(cls, where=Where(file="a.csv", row=7))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert (again.where, again.values, str(again)) == (error.where, error.values, str(error))


def test_errors_are_also_what_python_calls_them() -> None:
    assert issubclass(FileMissing, FileNotFoundError)
    assert issubclass(InputError, ValueError)
    assert issubclass(UnknownChoice, ValueError)


def test_an_error_as_data_names_only_the_places_that_are_known() -> None:
    error = MissingColumn(where=Where(file="a.csv"), columns="x", present="y")
    assert error.as_dict("en") == {
        "error": "missing-column",
        "what": error.what("en"),
        "remedy": error.remedy("en"),
        "where": {"file": "a.csv"},
    }


def test_a_reason_is_said_in_the_language_of_the_sentence() -> None:
    error = NotSupported(figure="specialisation", reason=Phrase("caveat.reason_no_country"))
    for lang in LANGS:
        assert text("caveat.reason_no_country", lang) in error.text(lang)


def test_braces_in_the_users_values_are_shown_as_they_are() -> None:
    said = UnknownChoice(kind="field", name="{0.__class__}{x}", known="{}", where=Where(value="{y}")).text("en")
    assert "{0.__class__}{x}" in said
    assert "{y}" in said
