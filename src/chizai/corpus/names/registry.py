"""Japanese companies by their corporate number (法人番号), from the EDINET code list and the registry derived from it.

``chizai/data/registry/companies.csv.gz``: corporate number, names in Japanese and English, reading in kana, country.
A name finds its number only where the spelling is exact after normalisation and no other company has it.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from chizai.corpus.names import lexicon
from chizai.corpus.names.normal import Parsed, parse
from chizai.corpus.names.script import cjk_key, has_cjk, romaji, short_vowels


@dataclass(frozen=True, slots=True)
class Company:
    corporate_number: str
    name: str
    name_en: str | None
    country: str


_READING_LEGAL = (
    "カブシキガイシャ",
    "カブシキカイシャ",
    "カブシキガシャ",
    "ユウゲンガイシャ",
    "ゴウドウガイシャ",
    "ゴウドウカイシャ",
)


class Registry:
    """Look-up of companies by exact normalised name."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self.companies: dict[str, Company] = {}
        japanese: dict[str, set[str]] = defaultdict(set)
        english: dict[str, set[str]] = defaultdict(set)
        sound: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            number = row["corporate_number"]
            self.companies[number] = Company(number, row["name"], row["name_en"] or None, row["country"])
            japanese[parse(row["name"]).key].add(number)
            if row["name_en"] and not has_cjk(row["name_en"]):
                english[parse(row["name_en"]).concat].add(number)
            reading = row["reading"]
            for legal in _READING_LEGAL:
                reading = reading.replace(legal, "")
            spoken = romaji(cjk_key(reading))
            if len(spoken) >= 6:
                sound[spoken].add(number)
        self._japanese, self._english, self._sound = dict(japanese), dict(english), dict(sound)

    def find(self, parsed: Parsed, *, country: str | None = None) -> tuple[Company, str] | None:
        """The company and how it was found ('name', 'name-en', 'reading'), or None.

        A Latin name without a country is taken for Japanese only where its writing says so (Kabushiki Kaisha, or a word
        that is Japanese by its sound and no English word): a company elsewhere may have the same English name.
        """
        if country not in (None, "JP") or parsed.kind != "organisation":
            return None
        if parsed.cjk:
            return self._only(self._japanese.get(parsed.key), "name")
        found = self._only(self._english.get(parsed.concat), "name-en")
        if found is not None and (country == "JP" or _sounds_japanese(parsed)):
            return found
        found = self._only(self._sound.get(short_vowels(parsed.concat)), "reading")
        if found is not None and (country == "JP" or "KAISHA" in parsed.legal or "KK" in parsed.legal):
            return found
        return None

    def _only(self, numbers: set[str] | None, how: str) -> tuple[Company, str] | None:
        if numbers is None or len(numbers) != 1:
            return None
        return self.companies[next(iter(numbers))], how


def _sounds_japanese(parsed: Parsed) -> bool:
    if {"KAISHA", "KK"} & set(parsed.legal):
        return True
    english = lexicon.background().english
    return "NIPPON" in parsed.tokens or any(
        len(token) >= 6 and token not in english and token not in lexicon.canonical() and _is_romaji(token)
        for token in parsed.tokens
    )


_KANA_SOUNDS = frozenset(
    list("AIUEO")
    + [consonant + vowel for consonant in "KGSZTDNHBPMYRWJF" for vowel in "AIUEO"]
    + [
        start + vowel
        for start in ("SH", "CH", "KY", "GY", "NY", "HY", "BY", "PY", "MY", "RY", "TS")
        for vowel in "AUOIE"
    ]
)


def _is_romaji(word: str) -> bool:
    """True where the word can be cut into syllables of Hepburn romaji.

    >>> _is_romaji("HITACHI"), _is_romaji("NIPPON"), _is_romaji("GOOGLE")
    (True, True, False)
    """
    at = 0
    while at < len(word):
        for size in (3, 2, 1):
            if word[at : at + size] in _KANA_SOUNDS:
                at += size
                break
        else:
            doubled = word[at : at + 2]
            if word[at] == "N" or (len(doubled) == 2 and doubled[0] == doubled[1] and at > 0):
                at += 1
            else:
                return False
    return True


@cache
def registry() -> Registry:
    """The shipped registry, read once."""
    packed = (files("chizai") / "data" / "registry" / "companies.csv.gz").read_bytes()
    return Registry(list(csv.DictReader(io.StringIO(gzip.decompress(packed).decode("utf-8")))))
