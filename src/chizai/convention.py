"""The convention of a figure: what was counted, dated, attributed and divided by what.

No analysis has a hidden default. Each declares which choices it depends on; the ones in force are printed with every
table, chart and export. A choice that does not touch a figure is None and is not printed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args

from chizai.errors import UnknownChoice
from chizai.messages import Lang, text

Unit = Literal["publication", "application", "grant", "simple_family", "extended_family", "ipf", "ip5", "triadic"]
DateBasis = Literal["priority", "filing", "publication", "grant"]
CountryBasis = Literal["applicant", "first_applicant", "inventor", "office"]
Counting = Literal["whole", "fractional"]
Technology = Literal["cpc", "ipc", "fi", "wipo35"]
Level = Literal["section", "class", "subclass", "group", "full"]
Denominator = Literal["classified", "all"]
FamilyBasis = Literal["priorities", "source"]
PlayerLevel = Literal["entity", "group"]

CHOICES: dict[str, tuple[str, ...]] = {
    "unit": get_args(Unit),
    "date": get_args(DateBasis),
    "country": get_args(CountryBasis),
    "counting": get_args(Counting),
    "technology": get_args(Technology),
    "level": get_args(Level),
    "denominator": get_args(Denominator),
    "family_basis": get_args(FamilyBasis),
    "player_level": get_args(PlayerLevel),
}


@dataclass(frozen=True, kw_only=True)
class Convention:
    """The choices in force. All fields are optional: None means 'does not touch this figure'."""

    unit: Unit | None = None
    date: DateBasis | None = None
    country: CountryBasis | None = None
    counting: Counting | None = None
    technology: Technology | None = None
    level: Level | None = None
    denominator: Denominator | None = None
    family_basis: FamilyBasis | None = None
    player_level: PlayerLevel | None = None
    collections: tuple[str, ...] | None = None
    field: str | None = None
    selection: str | None = None
    """Further limits in words: years, offices, players."""
    cutoff: dt.date | None = None
    """The day on which the data end."""
    last_complete_year: int | None = None
    minimum_count: int | None = None
    confidence: float | None = None

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in known:
                raise UnknownChoice(kind=name, name=value, known=", ".join(known))

    def only(self, *names: str) -> Convention:
        """The same convention with only the named choices; the frame (collections, field, cut-off ...) stays."""
        left_out: dict[str, object] = {name: None for name in CHOICES if name not in names}
        if self.unit == "extended_family" and "family_basis" in names and self.family_basis is not None:
            # Sources state simple families only: whatever was asked for, these are from priorities.
            left_out["family_basis"] = "priorities"
        return replace(self, **left_out)  # type: ignore[arg-type]

    def with_(self, **changes: object) -> Convention:
        return replace(self, **changes)  # type: ignore[arg-type]

    def items(self) -> list[tuple[str, object]]:
        """The choices in force as (name, value)."""
        return [(item.name, value) for item in fields(self) if (value := getattr(self, item.name)) is not None]

    def as_dict(self) -> dict[str, object]:
        return {
            name: value.isoformat()
            if isinstance(value, dt.date)
            else list(value)
            if isinstance(value, tuple)
            else value
            for name, value in self.items()
        }

    def describe(self, lang: Lang = "en") -> list[tuple[str, str]]:
        """Label and value of every choice in force, in words.

        >>> Convention(unit="simple_family", date="priority").describe("ja")
        [('単位', '単純ファミリー（優先権の組が同じもの）'), ('年の基準', '最先の優先日')]
        """
        described = []
        for name, value in self.items():
            if name in CHOICES:
                shown = text(f"convention.{name}.{value}", lang)
            elif name == "confidence":
                shown = f"{float(value):.0%}"  # type: ignore[arg-type]
            elif isinstance(value, tuple):
                shown = ", ".join(value)
            else:
                shown = str(value)
            described.append((text(f"convention.{name}.label", lang), shown))
        return described

    def sentence(self, lang: Lang = "en") -> str:
        """The convention on one line."""
        return "; ".join(f"{label}: {shown}" for label, shown in self.describe(lang))
