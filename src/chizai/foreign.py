"""What the libraries below say in English only, in both languages; what is not known here stands in brackets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chizai.messages import Phrase, lookup


def of_pydantic(item: Mapping[str, Any]) -> Phrase:
    """One of pydantic's complaints (an entry of ``ValidationError.errors()``).

    >>> print(of_pydantic({"type": "greater_than_equal", "ctx": {"ge": 1}, "msg": ""}))
    it must be at least 1
    """
    kind = str(item.get("type"))
    if not isinstance(lookup(f"foreign.pydantic.{kind}", "en"), str):
        return Phrase("foreign.other", {"detail": item.get("msg", kind)})
    given: dict[str, object] = {name: str(value) for name, value in (item.get("ctx") or {}).items()}
    if "expected" in given:
        # 'a', 'b' or 'c' -> a, b, c
        given["expected"] = ", ".join(re.findall(r"'([^']*)'", str(given["expected"]))) or given["expected"]
    return Phrase(f"foreign.pydantic.{kind}", given)


SENTENCES = {
    "File is not a zip file": "no_zip",
    "mapping values are not allowed here": "yaml_colon",
    "could not find expected ':'": "yaml_no_colon",
    "found character '\\t' that cannot start any token": "yaml_tab",
    "expected <block end>, but found": "yaml_indent",
    "while parsing a flow": "yaml_bracket",
    "expected ',' or": "yaml_bracket",
    "found unexpected end of stream": "yaml_quote",
    "Invalid value": "toml_value",
    "Expected '=' after a key": "toml_equals",
    "Cannot overwrite a value": "toml_twice",
    "Unclosed": "toml_unclosed",
    "Expected newline or end of document": "toml_line",
    "Illegal character": "toml_character",
}
"""Beginnings of English sentences of zip, YAML and TOML, with the text that says the same."""
PLACE = re.compile(r"\(?at (?:line (?P<line>\d+), column \d+|end of document)\)?")


def of_sentence(message: str) -> Phrase:
    """An English sentence of a library. The line that it names is kept.

    >>> of_sentence("Invalid value (at line 2, column 8)").text("ja")
    '値の書き方が正しくありません（2 行目）'
    """
    key = next((key for start, key in SENTENCES.items() if message.startswith(start)), None)
    if key is None:
        return Phrase("foreign.other", {"detail": message})
    said = Phrase(f"foreign.sentence.{key}")
    place = PLACE.search(message)
    if place is None or place["line"] is None:
        return said
    return Phrase("foreign.at_line", {"said": said, "line": place["line"]})
