"""What can be read from one sentence without knowing any other: who, by when, how far along the ladder, what is named."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from chizai.plan.model import Deadline, MeasureFacts, PeriodKind, Stage

STAGES: tuple[Stage, ...] = ("consider", "advance", "explore", "act", "implement", "enact", "operate", "done")
"""The ladder, lowest first."""
REIWA = 2018
"""令和 n 年 is the year 2018 + n."""


@cache
def lexicon() -> dict[str, Any]:
    """The named things of the plans (``data/plan/lexicon.toml``)."""
    return tomllib.loads((files("chizai.data") / "plan" / "lexicon.toml").read_text(encoding="utf-8"))


# The ladder --------------------------------------------------------------------------------------------------------

_LADDER: tuple[tuple[Stage, re.Pattern[str]], ...] = (
    ("advance", re.compile(r"(?:検討を(?:継続的に)?進め|議論を継続|検討を行)[^、]{0,8}$")),
    (
        "explore",
        re.compile(r"(?:方策|対応策|在り方|あり方|方向性|制度的手当)[^、]{0,14}検討[^、]{0,6}$|課題の整理を行う$"),
    ),
    ("consider", re.compile(r"検討(?:する|を行う|していく|すること)?$")),
    ("act", re.compile(r"措置を講[ずじ]る?$")),
    ("operate", re.compile(r"(?:立ち?上げ|事業化する|運用開始|運用を開始|派遣する|運用する|派遣)[^、]{0,4}$")),
    ("enact", re.compile(r"(?:制定|策定|改訂|作成|選定|設置|創設|導入|構築|整備|設定)(?:する|を行う|し)?$")),
    ("done", re.compile(r"(?:した|済み?)$")),
)
_IMPLEMENT = re.compile(
    r"(?:する|図る|進める|行う|組む|める|支援|推進|促進|実施|強化|実現|普及|確保|見直し|解消|配分|助成|創出|集積|磨き上げ"
    r"|明確化[^、]{0,6}対応)[^、]{0,3}$"
)


def stage(text: str) -> Stage | None:
    """The rung of the sentence's last verb; Japanese says the main thing last. None where there is no verb to read.

    >>> stage("対象範囲の見直しを検討する。"), stage("育成者権管理機関を今夏に立ち上げ、事業化する。")
    ('consider', 'operate')
    """
    body = re.sub(r"[(（][^()（）]*[)）]", "", text).rstrip("。 ")
    last = body.rsplit("。", 1)[-1]
    for rung, pattern in _LADDER:
        if pattern.search(last):
            return rung
    return "implement" if _IMPLEMENT.search(last) else None


# Dates -------------------------------------------------------------------------------------------------------------

_WHEN = r"(?:の?(?:春|夏|秋|冬)頃)?(?:中に?|末(?:まで)?|まで(?:に)?|を?目途|頃|内)+(?:に|の)?"
_DEADLINES: tuple[tuple[PeriodKind, re.Pattern[str]], ...] = (
    ("fy", re.compile(rf"令和(?P<reiwa>元|\d{{1,2}})年度{_WHEN}")),
    ("fy", re.compile(rf"(?P<year>20\d\d)年度{_WHEN}")),
    ("month", re.compile(rf"(?P<year>20\d\d)年(?P<month>\d{{1,2}})月{_WHEN}")),
    ("year", re.compile(rf"(?P<year>20\d\d)年{_WHEN}")),
    (
        "unstated",
        re.compile(
            r"(?:今[春夏秋冬](?:頃)?(?:に|まで(?:に)?|を目途)?|年度内に?|年内に?|[春夏秋冬]頃(?:に|まで)?"
            rf"|(?<!\d)(?<!年)\d{{1,2}}月{_WHEN})"
        ),
    ),
)


def deadline(text: str) -> Deadline | None:
    """The first date by which something is to be done; dates of what has happened are none.

    ``unstated``: a season or month without its year (今夏); no year is guessed.

    >>> found = deadline("令和8年度中に、ガイドラインの改訂を行う")
    >>> found.kind, found.year, found.raw
    ('fy', 2026, '令和8年度中に')
    >>> deadline("2019年の特許法改正の効果検証を行う") is None
    True
    """
    plain = unicodedata.normalize("NFKC", text)
    best: tuple[int, Deadline] | None = None
    for kind, pattern in _DEADLINES:
        found = pattern.search(plain)
        if found is None or (best is not None and found.start() >= best[0]):
            continue
        given = found.groupdict()
        if given.get("reiwa"):
            year: int | None = REIWA + (1 if given["reiwa"] == "元" else int(given["reiwa"]))
        else:
            year = int(given["year"]) if given.get("year") else None
        month = int(given["month"]) if given.get("month") else None
        if month is not None and not 1 <= month <= 12:
            continue
        best = (found.start(), Deadline(raw=found.group(), kind=kind, year=year, month=month))
    return best[1] if best else None


# Actors ------------------------------------------------------------------------------------------------------------


def named(text: str, names: dict[str, str]) -> tuple[str, ...]:
    """Which of ``names`` stand in the text, longest first where one is part of another, in the order of the text."""
    found: dict[str, int] = {}
    left = text
    for name in sorted(names, key=len, reverse=True):
        at = left.find(name)
        if at >= 0:
            found[name] = at
            left = left.replace(name, "\ue000" * len(name))
    return tuple(sorted(found, key=lambda name: found[name]))


def owners(text: str) -> tuple[str, ...]:
    """Ministries and agencies that the sentence names, except inside the names of things (農林水産省知的財産戦略2030).

    >>> owners("中小企業庁を加え、特許庁側から支援する")
    ('中小企業庁', '特許庁')
    """
    outside = re.sub(r"「[^」]*」", lambda found: "\ue001" * len(found.group()), text)
    return named(outside, lexicon()["ministries"])


def bodies(text: str) -> tuple[str, ...]:
    return named(text, lexicon()["bodies"])


def measure_facts(text: str) -> MeasureFacts:
    """Stage, deadline and actors of one measure."""
    return MeasureFacts(stage=stage(text), deadline=deadline(text), owners=owners(text), bodies=bodies(text))


# Named things and numbers ------------------------------------------------------------------------------------------

_QUOTED = re.compile(r"「([^「」]{2,60})」")
_ACRONYM = re.compile(r"(?<![A-Za-z])[A-Za-z][A-Za-z0-9.\-/]{2,}(?![A-Za-z])")
_COMMON = frozenset({"KPI", "KGI", "PDCA"})
"""Acronyms that name nothing in particular."""
_NUMBER = re.compile(
    r"(?P<value>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>百億米ドル|兆円|億円|万円|円|万人|人|万社|社|件|か所|カ所|箇所|ポイント|%|位|割|倍|領域|分野|年度|年間|年|月|億|万|兆)?"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit as printed."""

    value: str
    unit: str

    def __str__(self) -> str:
        return f"{self.value}{self.unit}"


def quantities(text: str) -> tuple[Quantity, ...]:
    """Numbers that have a unit. Years and dates are among them; bare numbers (list marks, names) are not.

    >>> [str(found) for found in quantities("2033年までに20兆円、+10ポイント")]
    ['2033年', '20兆円', '10ポイント']
    """
    plain = unicodedata.normalize("NFKC", text).replace("箇所", "か所").replace("カ所", "か所")
    return tuple(
        Quantity(found["value"].replace(",", ""), found["unit"]) for found in _NUMBER.finditer(plain) if found["unit"]
    )


def named_things(text: str) -> frozenset[str]:
    """Laws, guidelines, councils, programmes, acronyms: what makes two sentences speak of the same thing."""
    plain = unicodedata.normalize("NFKC", expanded(text))
    found = {name for name in _names() if name in plain}
    found.update(part for part in _QUOTED.findall(plain) if len(part) <= 40)
    found.update(part for part in _ACRONYM.findall(plain) if part not in _COMMON)
    return frozenset(found)


@cache
def _names() -> tuple[str, ...]:
    words = lexicon()
    return tuple(
        unicodedata.normalize("NFKC", expanded(name))
        for name in (*words["instruments"]["names"], *words["bodies"], *words["ministries"])
    )


def expanded(text: str) -> str:
    """The text with the plan's own abbreviations written out."""
    for short, full in lexicon()["abbreviations"].items():
        if short.isascii():
            text = re.sub(rf"(?<![A-Za-z]){re.escape(short)}(?![A-Za-z])", full, text)
        else:
            text = text.replace(short, full)
    return text
