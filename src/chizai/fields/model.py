"""What a field definition says, as validated data.

A field is the set of publications for which at least one ``include`` rule holds and no ``exclude`` rule does. A rule
holds when every part that it names holds: its codes (any of them) and its words (any of them). See ``docs/fields.md``.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from pydantic import Field as Item
from pydantic_core import PydanticCustomError

from chizai.corpus.classification import normalise
from chizai.corpus.schema import Scheme

FieldSet = Literal["strategic-2026", "standardisation-2025", "own"]
SLUG = r"^[a-z][a-z0-9-]{1,63}$"

_WORD_EN = re.compile(r"[a-z0-9][a-z0-9 \-/+.&']*\*?")
_WORD_JA = re.compile(r"[^\x00-\x20\[\]\\^$*?{}|]+")
_FTERM_PREFIX = re.compile(r"\d[A-Z]\d{3}(?:[A-Z]{2}(?:\d\d(?:\.[A-Z0-9])?)?)?")


def _code(scheme: Scheme, text: str) -> str:
    if scheme == "fterm":
        found: str | None = text.replace(" ", "").upper()
        if not _FTERM_PREFIX.fullmatch(found or ""):
            found = None
    else:
        found = normalise(text, scheme)
    if found is None:
        raise PydanticCustomError("bad_code", "not a {scheme} code: {code}", {"scheme": scheme.upper(), "code": text})
    if len(found) == 1:
        raise PydanticCustomError("section_code", "a whole section is no field: {code}", {"code": text})
    return found


def _word_en(text: str) -> str:
    word = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).lower()).strip()
    if not _WORD_EN.fullmatch(word):
        raise PydanticCustomError("bad_word", "characters that a word cannot have: {word}", {"word": text})
    return word


def _word_ja(text: str) -> str:
    word = unicodedata.normalize("NFKC", text).lower().strip()
    if not _WORD_JA.fullmatch(word):
        raise PydanticCustomError("bad_word", "characters that a word cannot have: {word}", {"word": text})
    return word


Code = Annotated[str, AfterValidator(lambda text: _code("cpc", text))]
FiCode = Annotated[str, AfterValidator(lambda text: _code("fi", text))]
FtermCode = Annotated[str, AfterValidator(lambda text: _code("fterm", text))]
WordEn = Annotated[str, Item(max_length=100), AfterValidator(_word_en)]
WordJa = Annotated[str, Item(max_length=100), AfterValidator(_word_ja)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Names(_Data):
    """A text in Japanese and English."""

    ja: str = Item(min_length=1)
    en: str = Item(min_length=1)


class Words(_Data):
    """Words looked for in titles and abstracts.

    English: whole words, any case, with or without plural; blank and hyphen are the same; ``*`` at the end stands for
    any ending. Japanese: anywhere in the text.
    """

    en: tuple[WordEn, ...] = ()
    ja: tuple[WordJa, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.en or self.ja)


class Rule(_Data):
    """Codes and words that must hold together: any of the codes, and any of the words where there are some.

    A code stands for itself and all that begins with it: ``B63`` the class, ``B63B`` the subclass, ``B63B35/00`` the
    whole main group, ``B64C39/02`` this subgroup and its finer subdivisions (``39/024``). The dots of the scheme are
    not followed.
    """

    name: str | None = Item(default=None, pattern=SLUG)
    codes: tuple[Code, ...] = ()
    """Looked for in CPC, IPC and FI alike."""
    cpc: tuple[Code, ...] = ()
    ipc: tuple[Code, ...] = ()
    fi: tuple[FiCode, ...] = ()
    fterm: tuple[FtermCode, ...] = ()
    except_codes: tuple[Code, ...] = ()
    """Symbols that do not count for this rule (the publication may still come in by another symbol)."""
    words: Words = Words()

    @property
    def has_codes(self) -> bool:
        return bool(self.codes or self.cpc or self.ipc or self.fi or self.fterm)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.has_codes and not self.words:
            raise PydanticCustomError("empty_rule", "a rule needs codes or words")
        if self.except_codes and not self.has_codes:
            raise PydanticCustomError("lonely_except", "except_codes needs codes to take from")
        return self


class Field(_Data):
    """A technology field: what comes in, what stays out, where it comes from and what it misses."""

    id: str = Item(pattern=SLUG)
    set: FieldSet = "own"
    number: int | None = Item(default=None, ge=1)
    """Its number in the set's source."""
    version: int = Item(default=1, ge=1)
    name: Names
    source: Names | None = None
    """The document that names the field."""
    include: tuple[Rule, ...] = Item(min_length=1)
    exclude: tuple[Rule, ...] = ()
    accepted_codes: tuple[Code, ...] = ()
    """Codes that are right though the shipped scheme (CPC 2019.08) does not have them: later, former, or IPC only."""
    note: Names | None = None
    """How it was drawn and what it misses."""

    def rule_name(self, index: int) -> str:
        """The name of an include rule; ``rule-1`` and so on where it has none."""
        return self.include[index].name or f"rule-{index + 1}"

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [self.rule_name(i) for i in range(len(self.include))]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise PydanticCustomError("same_rule_name", "two rules are called {name}", {"name": twice})
        return self
