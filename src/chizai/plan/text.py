"""Cleaning: what of a printed line is the sentence, and when two sentences are the same.

Three forms of a text. *Verbatim* is the slice of the source file. *Clean* is what a person reads: marks of layout and
emphasis removed, split lines joined, spaces that OCR put between Japanese characters dropped. *Normal* is for comparison
only: width and case folded (NFKC), all spaces and most punctuation gone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

CJK = r"\u3000-\u30ff\u3400-\u9fff\uff00-\uffef「」『』、。・"
_SIGNS = "•◆◇▶➤➢○〇◯●■□▪・\uf06c\uf06e\uf0d8\uf0fc"
"""Signs of bullets, with those of the symbol fonts that come out of a PDF as private characters."""
MARKER = re.compile(rf"^[ \t]*(?:-[ \t]+(?:[{_SIGNS}※][ \t]*)?|[{_SIGNS}][ \t]*|※[ \t]*(?=\d?))")
"""What opens a bullet. A hyphen needs a blank after it (``-21.05`` is a number); a second sign may follow it."""

_EMPHASIS = re.compile(r"\*\*|</?mark>|\^\{|(?<=[^\x00-\x7f])\}")
_BETWEEN_CJK = re.compile(rf"(?<=[{CJK}])[ \t\n]+(?=[{CJK}])")
_BLANKS = re.compile(r"[ \t\r\n\f\u00a0]+")
_PUNCTUATION = re.compile(r"[\s、。,.・･「」『』()\[\]【】〈〉<>《》“”\"'~\-‐―ー:;/•!?*※]+")
_LONG_VOWEL = re.compile(r"(?<=[ァ-ヺ])ー")


def strip_marker(line: str) -> str:
    """The line without the sign of its bullet; ``※`` stays, it belongs to the note's name.

    >>> strip_marker(" - ▶ 人材派遣支援")
    '人材派遣支援'
    """
    found = MARKER.match(line)
    if found is None or "※" in found.group():
        return line.strip(" \t-") if found else line.strip()
    return line[found.end() :].strip()


def clean(verbatim: str, *, keep_spaces: bool = False) -> str:
    """The sentence as a person reads it.

    ``keep_spaces`` keeps single spaces between Japanese characters: in labels of a figure they part its words.

    >>> clean("- ◆ 海外市場の**拡大**を目 指す。")
    '海外市場の拡大を目指す。'
    """
    text = _EMPHASIS.sub("", strip_marker(verbatim))
    if not keep_spaces:
        text = _BETWEEN_CJK.sub("", text)
    return _BLANKS.sub(" ", text).strip()


def normal(text: str) -> str:
    """The form for comparison: NFKC, lower case, no spaces, no punctuation.

    The long vowel sign stays inside katakana words (データ), where dropping it would join different words.

    >>> normal("ＩＳＯ／ＩＥＣ における、幹事国") == normal("ISO/IECにおける幹事国")
    True
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    held = _LONG_VOWEL.sub("\ue000", folded)
    return _PUNCTUATION.sub("", held).replace("\ue000", "ー")


def fingerprint(text: str) -> str:
    """Eight characters of the sha256 of the clean text: a change of the wording shows.

    >>> fingerprint("目指す。")
    '20417ad2'
    """
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]
