"""Scripts: from any writing to one comparable form.

Full and half width through NFKC, diacritics folded, Cyrillic and kana written in Latin letters, old and new forms of
kanji made alike. Nothing here knows what a company is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LATIN = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i", "ŋ": "n", "’": "'", "‘": "'",
        "`": "'", "´": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "―": "-",
    }
)  # fmt: skip

# ISO 9 simplified as the offices write it (DOCDB applicants: "OBSHCHESTVO", "ROSSIJSKAYA" are spelled many ways).
_CYRILLIC = {
    "А": "A", "Б": "B", "В": "V", "Г": "G", "Д": "D", "Е": "E", "Ё": "E", "Ж": "ZH", "З": "Z", "И": "I", "Й": "I",
    "К": "K", "Л": "L", "М": "M", "Н": "N", "О": "O", "П": "P", "Р": "R", "С": "S", "Т": "T", "У": "U", "Ф": "F",
    "Х": "KH", "Ц": "TS", "Ч": "CH", "Ш": "SH", "Щ": "SHCH", "Ъ": "", "Ы": "Y", "Ь": "", "Э": "E", "Ю": "YU",
    "Я": "YA", "І": "I", "Ї": "I", "Є": "E", "Ґ": "G", "Ў": "U", "Ј": "J", "Љ": "LJ", "Њ": "NJ", "Ћ": "C", "Ђ": "DJ",
    "Џ": "DZ",
}  # fmt: skip
_CYRILLIC_MAP = str.maketrans({**_CYRILLIC, **{key.lower(): value for key, value in _CYRILLIC.items()}})

# Old forms of kanji that stand in company names beside the new ones, and marks that are written in several ways.
_KANJI = str.maketrans(
    "髙﨑齋齊澤邊邉濵濱櫻國學會濟鐵鉄廣應藝眞德榮瀨圖發變龍", "高崎斎斉沢辺辺浜浜桜国学会済鉄鉄広応芸真徳栄瀬図発変竜"
)
_SMALL_KANA = str.maketrans(
    "ァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎ", "アイウエオツヤユヨワカケあいうえおつやゆよわ"
)

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af々]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_KANA_DASH = re.compile(r"(?<=[\u3040-\u30ff])[-‐‑–—―−]")
_NOT_CJK_WORD = re.compile(r"[^\w&+]|_")


def has_cjk(text: str) -> bool:
    """True where the text holds kana, kanji or hangul."""
    return _CJK.search(text) is not None


def has_hangul(text: str) -> bool:
    return _HANGUL.search(text) is not None


def has_kana(text: str) -> bool:
    return _KANA.search(text) is not None


def widths(text: str) -> str:
    """NFKC: full width to half width, half-width kana to full, ㈱ to (株).

    >>> widths("㈱ＡＢＣ　ｷﾔﾉﾝ")
    '(株)ABC キヤノン'
    """
    return unicodedata.normalize("NFKC", text)


def latin(text: str) -> str:
    """Upper-case letters without diacritics; Cyrillic written in Latin letters.

    >>> latin("Société Générale, Łódź, Роснефть")
    'SOCIETE GENERALE, LODZ, ROSNEFT'
    """
    if text.isascii():
        return text.upper()
    text = text.translate(_LATIN).translate(_CYRILLIC_MAP)
    folded = unicodedata.normalize("NFD", text)
    return "".join(char for char in folded if not unicodedata.combining(char)).upper()


def cjk_key(text: str) -> str:
    """One form for a name in kanji, kana or hangul: new kanji, large kana, no blanks or marks.

    Small and large kana are made alike because registered names and daily writing differ (キヤノン, キャノン).

    >>> cjk_key("キャノン 電子") == cjk_key("キヤノン電子")
    True
    """
    text = _KANA_DASH.sub("ー", text).translate(_KANJI).translate(_SMALL_KANA)
    return _NOT_CJK_WORD.sub("", text).upper()


_ROMAJI_PAIRS = {
    "キャ": "KYA", "キュ": "KYU", "キョ": "KYO", "シャ": "SHA", "シュ": "SHU", "ショ": "SHO", "チャ": "CHA",
    "チュ": "CHU", "チョ": "CHO", "ニャ": "NYA", "ニュ": "NYU", "ニョ": "NYO", "ヒャ": "HYA", "ヒュ": "HYU",
    "ヒョ": "HYO", "ミャ": "MYA", "ミュ": "MYU", "ミョ": "MYO", "リャ": "RYA", "リュ": "RYU", "リョ": "RYO",
    "ギャ": "GYA", "ギュ": "GYU", "ギョ": "GYO", "ジャ": "JA", "ジュ": "JU", "ジョ": "JO", "ビャ": "BYA",
    "ビュ": "BYU", "ビョ": "BYO", "ピャ": "PYA", "ピュ": "PYU", "ピョ": "PYO", "ファ": "FA", "フィ": "FI",
    "フェ": "FE", "フォ": "FO", "ティ": "TI", "ディ": "DI", "ウィ": "WI", "ウェ": "WE", "ウォ": "WO", "ヴァ": "VA",
    "ヴィ": "VI", "ヴェ": "VE", "ヴォ": "VO", "シェ": "SHE", "ジェ": "JE", "チェ": "CHE", "デュ": "DYU", "トゥ": "TU",
}  # fmt: skip
_ROMAJI = dict(
    zip(
        "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
        "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポヴァィゥェォャュョヮヰヱ",
        [
            "A",
            "I",
            "U",
            "E",
            "O",
            "KA",
            "KI",
            "KU",
            "KE",
            "KO",
            "SA",
            "SHI",
            "SU",
            "SE",
            "SO",
            "TA",
            "CHI",
            "TSU",
            "TE",
            "TO",
            "NA",
            "NI",
            "NU",
            "NE",
            "NO",
            "HA",
            "HI",
            "FU",
            "HE",
            "HO",
            "MA",
            "MI",
            "MU",
            "ME",
            "MO",
            "YA",
            "YU",
            "YO",
            "RA",
            "RI",
            "RU",
            "RE",
            "RO",
            "WA",
            "O",
            "N",
            "GA",
            "GI",
            "GU",
            "GE",
            "GO",
            "ZA",
            "JI",
            "ZU",
            "ZE",
            "ZO",
            "DA",
            "JI",
            "ZU",
            "DE",
            "DO",
            "BA",
            "BI",
            "BU",
            "BE",
            "BO",
            "PA",
            "PI",
            "PU",
            "PE",
            "PO",
            "VU",
            "A",
            "I",
            "U",
            "E",
            "O",
            "YA",
            "YU",
            "YO",
            "WA",
            "I",
            "E",
        ],
        strict=True,
    )
)
_HIRAGANA = {chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)}
_HIRAGANA_MAP = str.maketrans(_HIRAGANA)
_LONG = re.compile(r"OU|OO|UU|OH(?![AIUEO])")


def romaji(kana: str) -> str:
    """Hepburn romaji of kana with long vowels shortened, as company names write it.

    >>> romaji("トヨタジドウシャ"), romaji("ニッポンデンソー")
    ('TOYOTAJIDOSHA', 'NIPPONDENSO')
    """
    kana = kana.translate(_HIRAGANA_MAP)
    out: list[str] = []
    double = False
    position = 0
    while position < len(kana):
        pair, char = kana[position : position + 2], kana[position]
        if pair in _ROMAJI_PAIRS:
            sound, step = _ROMAJI_PAIRS[pair], 2
        elif char == "ッ":
            double, position = True, position + 1
            continue
        elif char == "ー":
            position += 1
            continue
        else:
            sound, step = _ROMAJI.get(char, char if char.isalnum() else ""), 1
        if double and sound:
            sound = ("T" if sound.startswith("CH") else sound[0]) + sound
            double = False
        out.append(sound)
        position += step
    return short_vowels("".join(out))


@lru_cache(maxsize=65536)
def short_vowels(text: str) -> str:
    """Romaji with long vowels shortened and NIHON written NIPPON.

    >>> short_vowels("KOUSOU"), short_vowels("NIHONDENKI")
    ('KOSO', 'NIPPONDENKI')
    """
    previous = None
    while previous != text:
        previous, text = text, _LONG.sub(lambda found: "U" if found.group() == "UU" else "O", text)
    text = re.sub(r"M(?=[BPM])", "N", text)
    return re.sub(r"NIHON", "NIPPON", text)
