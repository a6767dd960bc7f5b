"""Column maps: a user's declaration of what the columns of a plain table mean (YAML or TOML). See docs/column-map.md.

>>> found = ColumnMap.model_validate({
...     "publication": {"office": {"constant": "US"}, "number": "Patent No"},
...     "applicants": {"name": {"column": "Owner", "separator": ";"}},
... })
>>> found.publication.number.column, found.applicants[0].name.separator
('Patent No', ';')
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from chizai.corpus.numbers.offices import OFFICES
from chizai.corpus.schema import KindClass, Linkage, Scheme, TextPart
from chizai.errors import BadColumnMap, Where
from chizai.files import missing

MAP_BYTES = 256 * 1024
SUFFIXES = (".map.yaml", ".map.yml", ".map.toml")
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Value(_Part):
    """Where a value comes from: a column, or one constant for all rows. A bare string is a column's name."""

    column: str | None = None
    constant: str | None = None
    separator: Annotated[str | None, Field(min_length=1)] = None
    """Splits a cell into several values. List columns of Parquet need none."""

    @model_validator(mode="after")
    def _one_source(self) -> Value:
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either 'column' or 'constant'")
        if self.constant is not None and self.separator is not None:
            raise ValueError("'separator' goes with 'column'")
        return self


class DateValue(Value):
    formats: tuple[str, ...] = DATE_FORMATS
    """As in Python's strptime, tried in order. Cells that hold dates already need none."""

    @field_validator("formats", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("formats")
    @classmethod
    def _whole_dates(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for form in value:
            month = any(token in form for token in ("%m", "%b", "%B"))
            if not (("%Y" in form or "%y" in form) and month and "%d" in form):
                raise ValueError(f"{form!r} does not give year, month and day")
        return value


class NumberValue(Value):
    generate: bool = False
    """For tables without publication numbers: a number made from the row's content (``ROW`` and 15 digits)."""

    @model_validator(mode="after")
    def _one_source(self) -> NumberValue:
        if self.generate:
            if self.column is not None or self.constant is not None:
                raise ValueError("'generate' stands alone")
            return self
        super()._one_source()  # type: ignore[operator]
        return self


def _from_string(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, dict) else value


V = Annotated[Value, BeforeValidator(_from_string)]


def _of_an_office(value: Value | None) -> Value | None:
    if value is not None and value.constant is not None and value.constant.strip().upper() not in OFFICES:
        raise ValueError(f"{value.constant!r} is not the code of an office (WIPO ST.3: JP, US, EP ...)")
    return value


Office = Annotated[V, AfterValidator(_of_an_office)]
D = Annotated[DateValue, BeforeValidator(_from_string)]
N = Annotated[NumberValue, BeforeValidator(_from_string)]


class TableMap(_Part):
    delimiter: Annotated[str | None, Field(min_length=1, max_length=1)] = None
    skip_rows: Annotated[int, Field(ge=0)] = 0
    """Rows above the header."""
    sheet: str | None = None


class PublicationMap(_Part):
    office: Office | None = None
    """May be left out where the numbers name it (``US7126878B2``)."""
    number: N
    kind: V | None = None
    kind_class: V | None = None
    """Only where the table has no kind codes: ``grant``, ``application`` ..."""
    date: D | None = None
    grant_date: D | None = None
    family_id: V | None = None
    family_size: V | None = None
    times_cited: V | None = None
    claims: V | None = None
    source_id: V | None = None
    legal_status: V | None = None

    @model_validator(mode="after")
    def _made_numbers_need_an_office(self) -> PublicationMap:
        if self.number.generate and self.office is None:
            raise ValueError("'generate' needs an office")
        return self

    @field_validator("kind_class")
    @classmethod
    def _known(cls, value: Value | None) -> Value | None:
        known = KindClass.__args__  # type: ignore[attr-defined]
        if value is not None and value.constant is not None and value.constant not in known:
            raise ValueError(f"{value.constant!r} is none of {', '.join(known)}")
        return value


class ApplicationMap(_Part):
    number: V | None = None
    office: Office | None = None
    kind: V | None = None
    filing_date: D | None = None


class PriorityMap(_Part):
    number: V
    office: Office | None = None
    kind: V | None = None
    date: D | None = None
    linkage: V = Value(constant="priority")

    @field_validator("linkage")
    @classmethod
    def _known(cls, value: Value) -> Value:
        known = Linkage.__args__  # type: ignore[attr-defined]
        if value.constant is not None and value.constant not in known:
            raise ValueError(f"{value.constant!r} is none of {', '.join(known)}")
        return value


class PartyMap(_Part):
    name: V
    country: V | None = None
    country_source: Literal["address", "registry", "residence"] = "address"
    address: V | None = None
    kind: str | None = None


class ClassMap(_Part):
    scheme: Scheme
    symbol: V
    inventive: bool | None = None
    first_is_first: bool = False
    """The first symbol of the cell is the document's first."""


class CitationMap(_Part):
    number: V | None = None
    text: V | None = None
    office: Office | None = None
    kind: V | None = None
    cited_by: V | None = None
    category: V | None = None
    phase: V | None = None
    patent: bool = True

    @model_validator(mode="after")
    def _something(self) -> CitationMap:
        if (self.number is None) == (self.text is None):
            raise ValueError("give either 'number' or 'text'")
        return self


class TextMap(_Part):
    part: TextPart
    text: V
    language: V | None = None
    """ISO 639-1; leave it out where it is not known."""


class FundingMap(_Part):
    agency: V | None = None
    contract: V | None = None
    statement: V | None = None
    derived: bool = False


class StandardMap(_Part):
    standard: V
    context: V | None = None
    derived: bool = True


class ColumnMap(_Part):
    """The whole map. Every part but ``publication`` may be left out; parts that are lists may be given as one item."""

    chizai_map: Literal[1] = 1
    name: str | None = None
    title: dict[str, str] = Field(default_factory=dict)
    table: TableMap = TableMap()
    empty: tuple[str, ...] = ()
    """Texts that mean 'nothing' besides the empty cell: ``N/A``, ``unknown`` ..."""
    publication: PublicationMap
    application: ApplicationMap | None = None
    priorities: Annotated[tuple[PriorityMap, ...], BeforeValidator(_listed)] = ()
    applicants: Annotated[tuple[PartyMap, ...], BeforeValidator(_listed)] = ()
    inventors: Annotated[tuple[PartyMap, ...], BeforeValidator(_listed)] = ()
    classes: Annotated[tuple[ClassMap, ...], BeforeValidator(_listed)] = ()
    citations: Annotated[tuple[CitationMap, ...], BeforeValidator(_listed)] = ()
    texts: Annotated[tuple[TextMap, ...], BeforeValidator(_listed)] = ()
    funding: Annotated[tuple[FundingMap, ...], BeforeValidator(_listed)] = ()
    standards: Annotated[tuple[StandardMap, ...], BeforeValidator(_listed)] = ()

    def columns(self) -> list[str]:
        """Every column that the map names, each once, in the order of the map."""
        return list(dict.fromkeys(value.column for value in _values(self) if value.column is not None))

    def check(self, present: list[str], *, file: str) -> None:
        """Raise BadColumnMap for the first column that the table does not have."""
        for column in self.columns():
            if column not in present:
                shown = ", ".join(present[:60]) + (" ..." if len(present) > 60 else "")
                raise BadColumnMap(
                    where=Where(file=file, column=column),
                    detail=f"the map names the column {column!r}; the table has {shown}",
                )


def _values(part: object) -> Iterator[Value]:
    if isinstance(part, Value):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _values(item)
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _values(getattr(part, name))


def parse_map(content: dict[str, Any], *, file: str | None = None) -> ColumnMap:
    """A map from parsed YAML or TOML. Raises BadColumnMap naming the entry that does not fit."""
    try:
        return ColumnMap.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(item) for item in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise BadColumnMap(where=Where(file=file), detail=f"{place}: {message}" if place else message) from None


def read_map(path: Path) -> ColumnMap:
    """The map in a YAML or TOML file. Raises FileMissing or BadColumnMap."""
    if not path.is_file():
        raise missing(path)
    where = Where(file=path.name)
    if path.stat().st_size > MAP_BYTES:
        raise BadColumnMap(where=where, detail="a column map is never larger than 256 KB")
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text) if path.suffix == ".toml" else YAML(typ="safe", pure=True).load(text)
    except UnicodeDecodeError:
        raise BadColumnMap(where=where, detail="the map is not UTF-8 text") from None
    except (YAMLError, tomllib.TOMLDecodeError, ValueError, TypeError, RecursionError) as error:
        detail = " ".join(str(error).split())[:300]
        raise BadColumnMap(where=where, detail=detail) from None
    if not isinstance(content, dict):
        raise BadColumnMap(where=where, detail="the map holds no entries")
    return parse_map(content, file=path.name)


def sidecar(path: Path) -> Path | None:
    """The map that lies beside a table: ``grants.parquet`` has ``grants.parquet.map.yaml``."""
    for suffix in SUFFIXES:
        found = path.with_name(path.name + suffix)
        if found.is_file():
            return found
    return None


def json_schema() -> dict[str, Any]:
    """The form of a map as JSON Schema, for editors."""
    return ColumnMap.model_json_schema()
