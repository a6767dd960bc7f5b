"""The lines of a text as blocks: bullets, paragraphs, notes, sources, tables; each with its exact place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from chizai.corpus.readers.tabular import encoding_of
from chizai.errors import BadEncoding, EmptyInput, HostileInput, Where
from chizai.messages import Phrase
from chizai.plan.text import MARKER, clean

Form = Literal["bullet", "plain", "note", "source", "table"]

MAX_BYTES = 4 * 1024 * 1024
"""The overviews have 40 KB; the full text of a plan some 600 KB."""
MAX_LINES = 40_000
MAX_LINE = 20_000

_SECOND_BULLET = re.compile(r"(?<=\S)[ \t]+(?=[○〇◯◆][^\s○〇◯◆])")
_SOURCE = re.compile(r"^[ \t]*[(（]?(?:出典|資料)[)）:：]")
_SOURCE_ENDS = re.compile(r"(?:作成|資料|」|について|[)）])$")
_ENUMERATED = re.compile(r"^[ \t]*[①-⑳][ \t]")
_NUMBERED = re.compile(r"^[ \t]*(?P<number>[0-9０-９OＯ]{1,2})[.．][ \t]*(?P<title>\S.*)$")
_BRACKETED = re.compile(r"^[ \t]*【[^】]{1,60}】[ \t]*$")
_PARENTHESIS = re.compile(r"^[ \t]*[(（][^()（）]{1,40}[)）][ \t]*\S{0,40}$")
_WORDS_OF_STRUCTURE = re.compile(r"^[ \t]*(?:KPI|ＫＰＩ|現状と課題|今後の予定.{0,12}|目指す姿|×)[ \t]*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A run of lines that belong together; ``chars`` are offsets into the decoded text, the end exclusive."""

    form: Form
    mark: str
    depth: int
    lines: tuple[int, int]
    chars: tuple[int, int]
    verbatim: str
    page: int
    first: bool
    """True after an empty line (or at the top): the block opens a group."""

    @property
    def text(self) -> str:
        return clean(self.verbatim)


def decoded(data: bytes, *, label: str) -> str:
    """The text of a file in UTF-8, UTF-16 or cp932 with Unix line ends; refuses what is too large to be a plan."""
    where = Where(file=label)
    if len(data) > MAX_BYTES:
        raise HostileInput(where=where, detail=Phrase("plan.problem.too_large", {"mib": MAX_BYTES // 2**20}))
    if not data.strip():
        raise EmptyInput(where=where)
    encoding = encoding_of(data)
    if encoding is None:
        raise BadEncoding(where=where)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise BadEncoding(where=where) from None
    if "\x00" in text:
        raise BadEncoding(where=where)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        raise HostileInput(where=where, detail=Phrase("plan.problem.too_many_lines", {"limit": f"{MAX_LINES:,}"}))
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE:
            place = Where(file=label, row=number)
            raise HostileInput(where=place, detail=Phrase("plan.problem.long_line", {"limit": f"{MAX_LINE:,}"}))
    return text


def is_bullet(line: str) -> bool:
    """Whether a line opens a bullet.

    >>> is_bullet("- ◆ 目指す"), is_bullet("-21.05"), is_bullet("KPI")
    (True, False, False)
    """
    return MARKER.match(line) is not None and "※" not in line[:3]


def blocks_of(text: str) -> list[Block]:
    """All blocks of a text in order. Every character that is not white space lies in exactly one of them."""
    found: list[_Open] = []
    current: _Open | None = None
    offset, page, gap = 0, 1, True
    for number, line in enumerate(text.split("\n"), start=1):
        start, offset = offset, offset + len(line) + 1
        if "\f" in line:
            page += line.count("\f")
            gap = True
            current = None
        if not line.strip():
            gap, current = True, None
            continue
        form = _form(line)
        if current is not None and not gap and form == "plain" and _goes_on(current, line):
            current.extend(number, start + len(line.rstrip()), line)
            continue
        for at, piece in _pieces(line):
            current = _Open(form, _mark(piece), _depth(line), number, start + at, piece, page, first=gap)
            found.append(current)
            gap = False
    return [block.closed(text) for block in found]


class _Open:
    """A block that may still grow."""

    def __init__(
        self, form: Form, mark: str, depth: int, line: int, start: int, piece: str, page: int, *, first: bool
    ) -> None:
        self.form, self.mark, self.depth, self.page, self.first = form, mark, depth, page, first
        self.lines = [line, line]
        lead = len(piece) - len(piece.lstrip())
        self.chars = [start + lead, start + len(piece.rstrip())]
        self.last_line = piece

    def extend(self, line: int, end: int, text: str) -> None:
        self.lines[1] = line
        self.chars[1] = end
        self.last_line = text

    def closed(self, text: str) -> Block:
        return Block(
            form=self.form,
            mark=self.mark,
            depth=self.depth,
            lines=(self.lines[0], self.lines[1]),
            chars=(self.chars[0], self.chars[1]),
            verbatim=text[self.chars[0] : self.chars[1]],
            page=self.page,
            first=self.first,
        )


def numbered(line: str) -> tuple[int, str] | None:
    """The number and title of a numbered heading; OCR's letter O stands for nought.

    >>> numbered("O. IPトランスフォーメーション")
    (0, 'IPトランスフォーメーション')
    """
    found = _NUMBERED.match(line)
    if found is None:
        return None
    digits = found["number"].replace("O", "0").replace("Ｏ", "0")
    return int(digits), clean(found["title"])


def _form(line: str) -> Form:
    if line.count("\t") >= 2 or line.startswith("\t\t"):
        return "table"
    if _SOURCE.match(line) or line.lstrip().startswith("出典)"):
        return "source"
    if line.lstrip(" \t-").startswith("※"):
        return "note"
    if is_bullet(line):
        return "bullet"
    return "plain"


def _goes_on(current: _Open, line: str) -> bool:
    """Whether a line without a bullet continues the block before it (no empty line between)."""
    if current.form == "table" or _is_structure(line) or _is_structure(current.last_line):
        return False
    if current.form == "source":
        return not _SOURCE_ENDS.search(current.last_line.strip())
    return not _ENUMERATED.match(line)


def _is_structure(line: str) -> bool:
    if _WORDS_OF_STRUCTURE.match(line):
        return line.strip() != "×"
    return bool(_BRACKETED.match(line)) or numbered(line) is not None


def _pieces(line: str) -> list[tuple[int, str]]:
    """A line that holds two bullets is two pieces, each with its offset in the line."""
    if not is_bullet(line):
        return [(0, line)]
    cuts = [0, *(found.end() for found in _SECOND_BULLET.finditer(line) if found.start() > 8), len(line)]
    pieces = [(start, line[start:end]) for start, end in pairwise(cuts)]
    return [(start, piece) for start, piece in pieces if piece.strip()]


def _mark(piece: str) -> str:
    found = MARKER.match(piece)
    return found.group().replace("-", "").strip() or "-" if found else ""


def _depth(line: str) -> int:
    """0 for a bullet at the margin, 1 for one that is set in or has the sign of a sub-point."""
    inset = len(line) - len(line.lstrip(" \t"))
    return 1 if is_bullet(line) and (inset > 0 or any(sign in line[:6] for sign in "▶➤➢")) else 0
