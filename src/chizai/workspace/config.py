"""``chizai.toml``: what the user decides about a workspace."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chizai.convention import (
    Convention,
    Counting,
    CountryBasis,
    DateBasis,
    Denominator,
    FamilyBasis,
    Level,
    PlayerLevel,
    Technology,
    Unit,
)
from chizai.errors import BadConfig, Where
from chizai.foreign import of_pydantic, of_sentence

FILE = "chizai.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Conventions(_Section):
    """The conventions of this workspace; each command can change them for one run."""

    unit: Unit = "simple_family"
    date: DateBasis = "priority"
    country: CountryBasis = "applicant"
    counting: Counting = "fractional"
    technology: Technology = "cpc"
    level: Level = "subclass"
    denominator: Denominator = "classified"
    family_basis: FamilyBasis = "priorities"
    player_level: PlayerLevel = "entity"
    minimum_count: int = Field(default=20, ge=1)
    confidence: float = Field(default=0.9, gt=0.5, lt=1)

    def as_convention(self) -> Convention:
        return Convention(**self.model_dump())


class Names(_Section):
    overrides: str | None = None
    """A file, relative to the workspace, with merges that the user forces or undoes."""


class Fields(_Section):
    files: list[str] = []
    """The user's own field definitions, relative to the workspace."""


class Settings(_Section):
    lang: Literal["ja", "en"] = "en"
    engine: str = "duckdb://"
    convention: Conventions = Conventions()
    names: Names = Names()
    fields: Fields = Fields()


TEMPLATE = """\
# The settings of this chizai workspace. Every choice below is printed with every figure it touches.
lang = "{lang}"                  # "ja" or "en"
engine = "duckdb://"         # or sail://local, sc://host:port, spark://host:port

[convention]
unit = "simple_family"       # publication, application, grant, simple_family, extended_family, ipf, ip5, triadic
date = "priority"            # priority, filing, publication, grant
country = "applicant"        # applicant, first_applicant, inventor, office
counting = "fractional"      # whole, fractional
technology = "cpc"           # cpc, ipc, fi, wipo35
level = "subclass"           # section, class, subclass, group, full
denominator = "classified"   # classified, all
family_basis = "priorities"  # priorities, source
player_level = "entity"      # entity (legal entity), group
minimum_count = 20           # actors and classes with fewer units get no index
confidence = 0.9             # of every interval

[names]
# overrides = "names.csv"    # merges that you force or undo

[fields]
files = []                   # your own field definitions (YAML)
"""


def load(path: Path) -> Settings:
    """The settings in a ``chizai.toml``; BadConfig names the line or key that is wrong."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(where=Where(file=str(path)), detail=of_sentence(str(error))) from error
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadConfig(
            where=Where(file=str(path), column=key, value=str(first["input"])), detail=of_pydantic(dict(first))
        ) from error
