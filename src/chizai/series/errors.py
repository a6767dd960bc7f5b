"""The one refusal of this room: what is wrong with a series, where, and what to do about it."""

from __future__ import annotations

from typing import ClassVar

from chizai.errors import InputError, Where
from chizai.messages import Lang, text


class SeriesRefused(InputError):
    """Input that would give a wrong figure. ``reason`` names the texts ``series.refused.<reason>``.

    >>> print(SeriesRefused("two-units", where=Where(row=3), units="%, 兆円").what("ja"))
    一つの系列に単位が複数あります：%, 兆円。
    """

    code: ClassVar[str] = "bad-series"

    def __init__(self, reason: str = "unreadable", *, where: Where | None = None, **values: object) -> None:
        self.reason = reason
        super().__init__(where=where, **values)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.reason, self.where, self.values))

    def what(self, lang: Lang = "en") -> str:
        return text(f"series.refused.{self.reason}.what", lang, **self.values)

    def remedy(self, lang: Lang = "en") -> str:
        return text(f"series.refused.{self.reason}.remedy", lang, **self.values)

    def as_dict(self, lang: Lang = "en") -> dict[str, object]:
        return {**super().as_dict(lang), "reason": self.reason}


def _rebuild(reason: str, where: Where, values: dict[str, object]) -> SeriesRefused:
    return SeriesRefused(reason, where=where, **values)
