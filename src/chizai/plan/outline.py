"""The order of an overview: which block belongs to which item, and what kind of statement it is.

Titles of slides are pictures and mostly missing from the text. What is there: a contents list; ``◆`` marks aims; a slide
runs aims, state, figures, KPI, measures, with some of the headings. Slides are given to items by that order, and by how
much of an item's title stands in a slide where the two counts differ (two items on one slide).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chizai.plan.blocks import Block, blocks_of, numbered
from chizai.plan.facts import quantities
from chizai.plan.model import StatementKind
from chizai.plan.text import normal

_STATE = re.compile(r"現状|認識|課題")
_MEASURES = re.compile(r"^今後の予定")
_KPI = re.compile(r"^KPI$|^成果指標$")
_STRUCTURE = re.compile(r"構成$")
_POINTS = re.compile(r"のポイント|ポイント\(|主要項目")
_REFERENCE = re.compile(r"^[(（]参考\d*[)）]")
_CONTENTS_LINE = 40
"""A line of a contents list is a title, not a sentence."""
_SENTENCE = re.compile(r"。|する$|進める$|図る$")
_CLAUSE = re.compile(r"。|[うくすつぬむるたい]$")
"""A verb or an adjective at the end."""
_LABELLED = re.compile(r"^【[^】]+】.|.【[^】]+】$")
"""A measure given as 【who or what】 and a list of nouns."""
_DATES = ("年", "年度", "月")
_COVER = re.compile(
    r"^[「~〜～(（]*知的財産推進計画\d{4}|^\d{4}年\d{1,2}月(?:\d{1,2}日)?|^[~〜～].*[~〜～]$|^ー.*ー$|^[(（]案[)）]$|^[(（]別紙[)）]"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents list."""

    number: str
    title: str
    block: Block


@dataclass(frozen=True, slots=True)
class Placed:
    """A block with its item and its role: a kind of statement, or ``heading``, or ``contents``."""

    block: Block
    item: str
    role: StatementKind | str
    inferred: bool = False
    under: int | None = None
    """Index of the bullet whose sub-point this is."""


def outline(text: str) -> tuple[list[Entry], list[Placed]]:
    """The contents list and every block of ``text`` placed."""
    blocks = blocks_of(text)
    entries, contents = _contents(blocks)
    starts = _starts(blocks, contents)
    chapters = [entry for entry in entries if "-" in entry.number]
    slides = _assign(blocks, starts, contents, chapters)
    return entries, _place(blocks, contents, starts, slides, chapters)


# The contents list -------------------------------------------------------------------------------------------------


def _contents(blocks: Sequence[Block]) -> tuple[list[Entry], set[int]]:
    """The list of chapters and items: the run of numbered headings with the most short bullets below them."""
    best: tuple[int, list[Entry], set[int]] = (0, [], set())
    for start, block in enumerate(blocks):
        head = numbered(block.verbatim) if block.form == "plain" else None
        if head is None or head[0] not in (0, 1):
            continue
        entries, used = _read_contents(blocks, start)
        count = sum("-" in entry.number for entry in entries)
        if count > best[0]:
            best = (count, entries, used)
    return best[1], best[2]


def _read_contents(blocks: Sequence[Block], start: int) -> tuple[list[Entry], set[int]]:
    entries: list[Entry] = []
    used: set[int] = set()
    chapter, position = -1, 0
    for index in range(start, len(blocks)):
        block = blocks[index]
        head = numbered(block.verbatim) if block.form == "plain" else None
        if head is not None:
            if chapter >= 0 and head[0] != chapter + 1:
                break
            chapter, position = head[0], 0
            entries.append(Entry(str(chapter), head[1], block))
        elif block.form == "bullet" and len(block.text) <= _CONTENTS_LINE and "。" not in block.text:
            position += 1
            entries.append(Entry(f"{chapter}-{position}", block.text, block))
        elif chapter == 0:
            # A chapter without items may carry a word of its own.
            continue
        else:
            break
        used.add(index)
    return entries, used


# Where slides begin ------------------------------------------------------------------------------------------------


def _starts(blocks: Sequence[Block], contents: set[int]) -> list[int]:
    """Indices of the blocks that open an item's slide.

    A run of ◆ that follows anything else; or a sentence at the margin followed by the heading of the state, where a slide
    has no ◆. Inside a reference slide (参考) ◆ marks measures, until a heading ends it.
    """
    found: list[int] = []
    points = max((i for i, block in enumerate(blocks) if _POINTS.search(block.text) and i not in contents), default=-1)
    reference = False
    for index, block in enumerate(blocks):
        if index <= points or index in contents:
            continue
        if _REFERENCE.match(block.text):
            reference = True
        elif reference and block.form == "plain" and _ends_reference(blocks, index):
            reference = False
        if reference:
            continue
        before = blocks[index - 1] if index else None
        if before is not None and before.mark == "◆":
            continue
        if block.mark == "◆" or _opens_without_aims(blocks, index):
            found.append(index)
    return found


def _opens_without_aims(blocks: Sequence[Block], index: int) -> bool:
    """A sentence at the margin directly before the heading of the state."""
    block = blocks[index]
    if block.form != "plain" or not _SENTENCE.search(block.text) or index + 1 >= len(blocks):
        return False
    return blocks[index + 1].text == "現状と課題"


def _ends_reference(blocks: Sequence[Block], index: int) -> bool:
    """A short line directly before a run of ◆ is the title of the next slide."""
    return (
        len(blocks[index].text) <= _CONTENTS_LINE
        and not _REFERENCE.match(blocks[index].text)
        and "。" not in blocks[index].text
        and index + 2 < len(blocks)
        and blocks[index + 1].mark == "◆"
        and any(block.text == "現状と課題" for block in blocks[index + 1 : index + 8])
    )


# Slides to items ---------------------------------------------------------------------------------------------------


def _grams(text: str) -> set[str]:
    plain = normal(text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


def _assign(
    blocks: Sequence[Block], starts: Sequence[int], contents: set[int], items: Sequence[Entry]
) -> list[list[Entry]]:
    """For each slide the items on it, in order. With as many slides as items, one each; else the best monotone fit."""
    if not starts or not items:
        return [[] for _ in starts]
    if len(starts) == len(items):
        return [[item] for item in items]
    ends = [*starts[1:], min((i for i in contents if i > starts[-1]), default=len(blocks))]
    slides = [
        _grams("".join(block.text for block in blocks[start:end])) for start, end in zip(starts, ends, strict=True)
    ]
    titles = [_grams(item.title) for item in items]
    fit = [[len(title & slide) / max(len(title), 1) for title in titles] for slide in slides]
    return _monotone(fit, items)


def _monotone(fit: list[list[float]], items: Sequence[Entry]) -> list[list[Entry]]:
    """Each slide takes the next items (0, 1 or 2); the sum of title shares is greatest, empty and double ones cost."""
    slides, count = len(fit), len(items)
    worst = float("-inf")
    score = [[worst] * (count + 1) for _ in range(slides + 1)]
    took = [[0] * (count + 1) for _ in range(slides + 1)]
    score[0][0] = 0.0
    for slide in range(slides):
        for done in range(count + 1):
            if score[slide][done] == worst:
                continue
            for take, cost in ((0, 0.6), (1, 0.0), (2, 0.3)):
                if done + take > count:
                    continue
                value = score[slide][done] - cost + sum(fit[slide][done : done + take])
                if value > score[slide + 1][done + take]:
                    score[slide + 1][done + take] = value
                    took[slide + 1][done + take] = take
    done = max(range(count + 1), key=lambda at: (score[slides][at] > worst, at))
    found: list[list[Entry]] = []
    for slide in range(slides, 0, -1):
        take = took[slide][done]
        found.append(list(items[done - take : done]))
        done -= take
    return found[::-1]


# Roles -------------------------------------------------------------------------------------------------------------


def _place(
    blocks: Sequence[Block],
    contents: set[int],
    starts: Sequence[int],
    slides: Sequence[Sequence[Entry]],
    items: Sequence[Entry],
) -> list[Placed]:
    placed: list[Placed] = []
    slide_of = {start: number for number, start in enumerate(starts)}
    front = _Section("direction", inferred=True)
    section = front
    current: Sequence[Entry] = ()
    last_bullet: int | None = None
    titles = {normal(item.title) for item in items}
    for index, block in enumerate(blocks):
        if index in slide_of:
            current = slides[slide_of[index]] or current
            section = _Section("aim", inferred=block.mark != "◆")
        item = _item_on_slide(block, current)
        if index in contents:
            placed.append(Placed(block, "0", "contents"))
            continue
        if contents and index > max(contents) and (not starts or max(contents) > starts[-1]):
            placed.append(Placed(block, "0", "heading"))
            continue
        role, section = _role(blocks, index, section, on_slide=bool(current), titles=titles)
        sub = last_bullet if block.depth and last_bullet is not None and role != "heading" else None
        if sub is not None and placed[sub].role == role:
            item = placed[sub].item
        if block.form == "bullet" and not block.depth:
            last_bullet = index
        elif block.form == "plain":
            last_bullet = None
        inferred = section.inferred and role == section.kind
        placed.append(Placed(block, item, role, inferred, under=sub))
    return placed


@dataclass(frozen=True, slots=True)
class _Section:
    kind: StatementKind
    inferred: bool = False
    opened: bool = False
    """True once a statement of the section has been met (a KPI box ends at the next empty line)."""
    reference: bool = False


def _item_on_slide(block: Block, current: Sequence[Entry]) -> str:
    if not current:
        return "0"
    if len(current) == 1:
        return current[0].number
    grams = _grams(block.text)
    fits = [len(_grams(item.title) & grams) for item in current]
    return current[max(range(len(current)), key=lambda at: (fits[at], -at))].number


def _role(
    blocks: Sequence[Block], index: int, section: _Section, *, on_slide: bool, titles: set[str]
) -> tuple[StatementKind | str, _Section]:
    """The role of one block and the section that holds from here on."""
    block = blocks[index]
    text = block.text
    if block.form == "plain":
        opened = _heading(blocks, index, section, on_slide=on_slide, titles=titles)
        if opened is not None:
            return "heading", opened
    if block.form in ("table", "source"):
        return "figure", section
    if block.form == "note":
        return ("state" if section.kind == "kpi" else "figure"), section
    section = _move_on(block, section, on_slide=on_slide)
    if block.form == "plain" and section.kind == "measure" and _LABELLED.search(text):
        return "measure", section
    if block.form == "plain" and on_slide and not _SENTENCE.search(text) and section.kind != "kpi":
        return "figure", section
    if _names_an_action(block, section):
        return "measure", section
    if block.form == "plain" and not on_slide and section.kind != "restatement" and not _SENTENCE.search(text):
        return "figure", section
    return section.kind, _Section(section.kind, section.inferred, opened=True, reference=section.reference)


def _names_an_action(block: Block, section: _Section) -> bool:
    """On a reference slide a bullet that is neither a sentence nor an amount names what is done (…の選定)."""
    if not section.reference or section.kind != "state" or block.form != "bullet" or _CLAUSE.search(block.text):
        return False
    return all(found.unit in _DATES for found in quantities(block.text))


def _move_on(block: Block, section: _Section, *, on_slide: bool) -> _Section:
    """Sections that end without a heading: aims at the first other bullet, a KPI box at the next empty line."""
    if not on_slide:
        return section
    if section.kind == "aim" and section.opened and block.mark != "◆" and block.form == "bullet":
        return _Section("state", inferred=True)
    if section.kind == "kpi" and section.opened and block.first:
        return _Section("measure", inferred=True)
    if section.reference and block.mark == "◆":
        return _Section("measure", inferred=True, reference=True)
    return section


def _heading(
    blocks: Sequence[Block], index: int, section: _Section, *, on_slide: bool, titles: set[str]
) -> _Section | None:
    """The section that a heading opens, or None where the block is no heading."""
    text = blocks[index].text
    plain = text.replace(" ", "")
    if _KPI.match(plain):
        return _Section("kpi")
    if plain == "現状と課題":
        return _Section("state")
    if _MEASURES.match(plain):
        return _Section("measure")
    if _REFERENCE.match(text):
        return _Section("state", inferred=True, reference=True)
    if text.startswith("【") and text.endswith("】"):
        return section
    if not on_slide and _STRUCTURE.search(plain):
        return _Section("restatement", inferred=True)
    if not on_slide and _POINTS.search(plain):
        return _Section("restatement", inferred=True)
    if _COVER.match(text) and len(text) <= 60:
        return section
    if normal(text) in titles or (section.kind == "restatement" and _is_title(blocks, index)):
        return section
    if on_slide:
        short = len(text) <= _CONTENTS_LINE and "。" not in text
        return section if short and _ends_reference(blocks, index) else None
    if numbered(blocks[index].verbatim) is not None:
        return section
    if _is_title(blocks, index):
        return _Section("state" if _STATE.search(plain) else "direction", inferred=True)
    return None


def _is_title(blocks: Sequence[Block], index: int) -> bool:
    """A short line without a verb that stands before a bullet, a sentence or another title."""
    text = blocks[index].text
    if len(text) > 60 or _SENTENCE.search(text) or blocks[index].form != "plain":
        return False
    if index and blocks[index - 1].form == "source":
        return False
    if index + 1 >= len(blocks):
        return False
    after = blocks[index + 1]
    if after.form == "bullet" or _KPI.match(after.text) or (after.form == "plain" and _SENTENCE.search(after.text)):
        return True
    return after.form == "plain" and len(after.text) <= 60 and _is_title(blocks, index + 1)
