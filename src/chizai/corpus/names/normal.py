"""One name at a time: what remains when the ways of writing are taken away.

:func:`parse` never looks at other names, so its result can be kept and two equal keys always mean the same.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Set
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from rapidfuzz.distance import OSA

from chizai.corpus.names import lexicon
from chizai.corpus.names.script import cjk_key, has_cjk, has_kana, latin, romaji, widths

Kind = Literal["organisation", "government", "person"]

MAX_CHARS = 2000
"""Longer names are cut: no office writes one, and a hostile one must not cost time."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A name taken apart.

    ``tokens`` are canonical words in their order without legal forms and filler; ``key`` joins them; two names with the
    same key and kind are the same body for :func:`chizai.corpus.names.harmonise`. ``legal`` are the legal-form words
    found, ``places`` and ``numbers`` the words that keep bodies apart, ``acronyms`` what stood in brackets and spells
    the initials, ``changes`` codes of what was done beyond case and punctuation.
    """

    raw: str
    kind: Kind
    tokens: tuple[str, ...]
    key: str
    legal: tuple[str, ...] = ()
    places: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    acronyms: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    declared: bool = False
    """True where the kind was stated (a role, 'Surname; Given'), not inferred."""
    cjk: bool = False
    letters: str = ""
    """The words as written, without legal form and filler, joined: 'Math Works' and 'MathWorks' meet here."""

    @property
    def concat(self) -> str:
        return "".join(self.tokens)


_DOTTED = re.compile(r"(?<![A-Z0-9])(?:[A-Z]\.\s?){2,}(?:[A-Z](?![A-Z]))?")
_AMPERSAND = re.compile(r"(?<![A-Z])([A-Z]{1,2})\s?(?:&|\+)\s?([A-Z]{1,2})(?![A-Z])")
_PAREN = re.compile(r"[\(\[\{]([^()\[\]{}]*)[\)\]\}]?")
_WORD = re.compile(r"[A-Z0-9]+")
_OTHER_SCRIPT_WORD = re.compile(r"\w+")
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "VI": "6", "VII": "7", "VIII": "8", "IX": "9"}
_NUMBER = re.compile(r"\d+")

_LEAD = re.compile(
    r"^\s*(?:ASSIGNEES? OF|ASSIGNED TO|ASSIGNORS? TO|ASSIGNEE\s*:|APPLICANT\s*:|C/O|CARE OF|MESSRS\.?)\s+", re.ASCII
)
# Only after an article, a comma or a bracket: the "Union Oil Company of California" is not Union.
_INCORPORATED_IN = re.compile(
    r"(?:,?\s*\(?\bAN? (?:[A-Z]+ )?|,\s*|\s*\()"
    r"(?:CORPORATION|CORP|COMPANY|PARTNERSHIP|BODY CORPORATE|BODY CORPORATED|BODY)\.? "
    r"(?:OF|ORGANIZED UNDER|EXISTING UNDER|INCORPORATED IN)\b(?! (?:AMERICA|JAPAN|CANADA|NORTH AMERICA)\b)"
    r"(?: THE)?(?: LAWS OF(?: THE)?)?(?: STATE OF)? [A-Z ]{3,30}?(?=$|[,);]| ACTING| FOR AND)"
)
_A_STATE_COMPANY = re.compile(
    r",\s*AN? [A-Z]+ (?:[A-Z]+ )?(?:CORPORATION|COMPANY|CORP|PARTNERSHIP|LLC|LIMITED LIABILITY COMPANY|UNIVERSITY)\.?\s*$"
)
_THROUGH = re.compile(
    r",?\s*(?:(?:ACTING )?(?:BY AND )?THROUGH ITS|,\s*(?:THE )?OFFICE OF TECHNOLOGY|-\s*OFFICE OF TECHNOLOGY)\b.*$|"
    r",?\s*A BODY (?:CORPORATED?|POLITIC)\b(?!.*\bBEHALF\b).*$|,\s*AN? [A-Z]+ CO\.?,?\s*$"
)
_LAW_DEPARTMENT = re.compile(
    r"(?<=[A-Z.])[,;]?\s+(?:INTELLECTUAL PROPERTY|PATENTS?|LEGAL|LAW|IP)(?: (?:AND|&) [A-Z]+)?"
    r" (?:LAW|DEPARTMENT|DEPT\.?|ADMINISTRATION|COUNSEL|SECTION|LEGAL DEPARTMENT)\b.*$"
)
_DOING_BUSINESS = re.compile(
    r"\s*[,(]?\s*\b(?:D/B/A|D\.B\.A\.|DBA|DOING BUSINESS AS|F/K/A|FKA|FORMERLY(?: KNOWN AS)?|T/A|TRADING AS|A/K/A|"
    r"ALSO KNOWN AS|NOW BY CHANGE OF NAME|ALSO TRADING AS)\b.*$"
)
_DIVISION_OF = re.compile(r"^.*\b(?:AN? )?(?:[A-Z]+ )?(?:DIVISION|DIV\.?|UNIT|SUBSIDIARY) OF\b\s*(?=\S{3})")
_ON_BEHALF = re.compile(
    r"^(?=.*\b(?:REGENTS|TRUSTEES|BOARD|GOVERNORS|STATE|CORPORATION|SYSTEM|UNIVERSITY)\b).*"
    r"(?:\bON BEHALF OF\b|\bFOR AND ON BEHALF\b|\bFOR THE USE AND BENEFIT OF\b)(?: OF)?(?=\s+\S{3})"
)
_BOARD = (
    r"(?:THE )?(?:(?:BOARD|BOARDS|BROAD|BD)\.? OF (?:THE )?(?:TRUSTEES?|REGENTS?|GOVERNORS|SUPERVISORS|VISITORS|"
    r"CURATORS|CONTROL)|REGENTS?|TRUSTEES?|ADMINISTRATORS|CURATORS|GOVERNORS|GOVERNING COUNCIL|"
    r"PRESIDENT (?:AND|&) FELLOWS|RECTORS? (?:AND|&) VISITORS|PROVOST,? FELLOWS.*?|CHANCELLOR,? MASTERS.*?SCHOLARS|"
    r"PRESIDENT (?:AND|&) TRUSTEES|MASTERS,? FELLOWS.*?)"
)
_HEAD = re.compile(rf"^\s*{_BOARD}\s*(?:,|OF|FOR|TO|AT)?\s*(?:THE )?\s*(?=[A-Z])")
_TAIL = re.compile(rf",?\s+(?:BY )?{_BOARD}(?:\s+(?:OF|FOR))?(?:\s+THE)?\s*$")
_TEACHING = re.compile(r"\b(?:UNIV|UNIVERSITY|UNIVERSITIES|COLLEGE|INST|INSTITUTE|SCHOOL|SYSTEM|HOSPITAL|ACADEMY)\b")

_CJK_LEGAL = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|相互会社|株式會社|\((?:株|有|合|資|名|同|財|社|独|学|医|一財|公財|一社|公社|国研|国)\)|"
    r"一般財団法人|公益財団法人|財団法人|一般社団法人|公益社団法人|社団法人|独立行政法人|国立研究開発法人|国立大学法人|"
    r"公立大学法人|地方独立行政法人|大学共同利用機関法人|学校法人|医療法人(?:社団|財団)?|社会福祉法人|特定非営利活動法人|農業協同組合連合会|"
    r"股份有限公司|有限责任公司|有限責任公司|股份公司|有限公司|集团公司|주식회사|유한회사|재단법인|사단법인|산학협력단|"
    r"\((?:주|유|재|사)\)|カブシキガイシャ|カブシキカイシャ|ユウゲンガイシャ|ユウゲンカイシャ|ゴウドウガイシャ"
)
_CJK_LATIN_LEGAL = re.compile(
    r"(?:CO\.?,?\s*)?(?:LTD|LIMITED|INC|CORP|LLC|KK|K\.K)\.?\s*$",
)


def parse(name: str, *, role: str | None = None) -> Parsed:
    """Take a name apart.

    ``role`` 'inventor' (or 'person') states that it is a natural person.

    >>> parse("ＭＩＣＲＯＮ TECH., INC.").key
    'MICRON TECHNOLOGY'
    >>> parse("株式会社東芝").key, parse("(株)東芝").key
    ('東芝', '東芝')
    >>> parse("The Untied States of America as reprented by the Secretary of the Navy").key
    'US NAVY'
    >>> parse("The Board of Trustees of the Leland Stanford Jr. University").key
    'STANFORD UNIVERSITY'
    """
    return _parse(name[:MAX_CHARS], person=role in ("inventor", "person"))


@lru_cache(maxsize=65536)
def _parse(name: str, *, person: bool) -> Parsed:
    text = widths(html.unescape(name)).strip()
    if has_cjk(text):
        return _parse_cjk(name, text, person=person)
    text = latin(text)
    if person or _surname_first(text):
        tokens = tuple(sorted(_WORD.findall(text.replace("'", ""))))
        return Parsed(name, "person", tokens, " ".join(tokens) or name.strip(), declared=True)
    return _parse_latin(name, text)


def _surname_first(text: str) -> bool:
    """'SMITH; JOHN A.' as the USPTO prints natural persons."""
    parts = text.split(";")
    if len(parts) != 2 or not all(part.strip() for part in parts):
        return False
    words = _WORD.findall(text)
    return len(words) <= 5 and not any(
        _legal_word(word) or _canonical(word) in lexicon.organisation_words() for word in words
    )


def _legal_word(word: str) -> bool:
    return word in _strong() or word in _last()


@cache
def _strong() -> frozenset[str]:
    return frozenset(lexicon.words()["legal"]["strong"])


@cache
def _last() -> frozenset[str]:
    return frozenset(lexicon.words()["legal"]["last"])


@cache
def _first() -> frozenset[str]:
    return frozenset(lexicon.words()["legal"]["first"])


def _canonical(word: str) -> str:
    return lexicon.canonical().get(word, word)


def _parse_cjk(name: str, text: str, *, person: bool) -> Parsed:
    changes = []
    bare = _CJK_LATIN_LEGAL.sub("", _CJK_LEGAL.sub(" ", text))
    if bare != text:
        changes.append("legal-form")
    legal = tuple(found.group() for found in _CJK_LEGAL.finditer(text))
    key = cjk_key(bare) or cjk_key(text) or name
    blank = re.fullmatch(r"[\u3400-\u9fff々]{1,4}[ \u3000][\u3040-\u30ff\u3400-\u9fff々]{1,5}", text) is not None
    if (person or blank) and not legal:
        return Parsed(name, "person", (key,), key, declared=person, cjk=True)
    return Parsed(name, "organisation", (key,), key, legal=legal, changes=tuple(changes), cjk=True)


def reading(parsed: Parsed) -> str | None:
    """Romaji of a name written in kana alone, to meet its Latin spelling; else None."""
    if not parsed.cjk or not has_kana(parsed.key) or re.search(r"[\u3400-\u9fff\uac00-\ud7af]", parsed.key):
        return None
    return romaji(parsed.key)


def _common(word: str) -> bool:
    """Is it a word of the language, which names nobody by itself?"""
    return word in lexicon.background().english or word in lexicon.canonical()


def _corrected_text(text: str, as_written: str | None) -> str:
    """Typing errors in common words mended, punctuation kept, so that phrases can be recognised."""
    return _WORD.sub(
        lambda found: found.group() if found.group() == as_written else lexicon.correct(found.group()), text
    )


def _parse_latin(name: str, text: str, *, as_written: str | None = None) -> Parsed:
    """``as_written`` is a word that is not to be mended."""
    changes: list[str] = []
    acronyms: list[str] = []
    text = re.sub(r"\s+", " ", text.replace('"', " ").replace("*", " "))
    text = re.sub(r"\b[LD]'(?=[AEIOUHY])", "", text)
    text = re.sub(r"(?<=[A-Z])'(?=[A-Z]?\b)|'", "", text)
    text = _RUSSIAN_LIMITED.sub("OOO ", text)
    written = text
    corrected = _corrected_text(text, as_written)
    if corrected != text:
        changes.append("spelling")
    text = corrected
    government = _government(text)
    if government is not None:
        return Parsed(name, "government", (government,), government, changes=(*changes, "government"), declared=True)
    for code, pattern, repl in (
        ("assignee-of", _LEAD, ""),
        ("incorporated-in", _INCORPORATED_IN, ""),
        ("incorporated-in", _A_STATE_COMPANY, ""),
        ("incorporated-in", _THROUGH, ""),
        ("location", _LAW_DEPARTMENT, ""),
        ("trading-as", _DOING_BUSINESS, ""),
        ("division-of", _DIVISION_OF, ""),
        ("on-behalf-of", _ON_BEHALF, ""),
    ):
        shorter = pattern.sub(repl, text).strip(" ,;")
        left = _WORD.findall(shorter)
        if shorter != text.strip(" ,;") and len(shorter) >= 2 and left and not (len(left) == 1 and _common(left[0])):
            text = shorter
            changes.append(code)
    text = _strip_board(text, changes)

    def bracket(found: re.Match[str]) -> str:
        inner = _WORD.findall(found.group(1).replace(".", ""))
        if len(inner) == 1 and _spells_initials(inner[0], text[: found.start()]):
            acronyms.append(inner[0])
            return " "
        closing = found.end() >= len(text) - 1
        if inner in (["P"], ["PVT"]) or (
            closing and len(inner) == 1 and len(inner[0]) == 2 and inner[0] in lexicon.places()["state_codes"]
        ):
            return " "
        return f" {found.group(1)} "

    text = _PAREN.sub(bracket, text)
    text = re.sub(r"\.COM\b", " COM", text)
    one_word = set(_WORD.findall(text))
    text = _AMPERSAND.sub(_join_ampersand, text)
    text = re.sub(r"\b([A-Z])-(?=\d)", r"\1", text)
    text = _DOTTED.sub(_undot, text)
    segments = [_WORD.findall(part) for part in text.split(",")]
    segments = [part for part in segments if part]
    flat = _drop_location(segments, changes)
    flat = _write_out_state(_join_letters(flat))
    core, legal = _strip_legal(flat)
    if legal:
        changes.append("legal-form")
    if len(core) == 1 and _common(core[0]) and as_written is None:
        # The only word of a name is the name: Generac is not a slip of General.
        alone = next((word for word in _WORD.findall(written) if lexicon.correct(word) == core[0] != word), None)
        if alone:
            return _parse_latin(name, written, as_written=alone)
    # Letters written apart are initials, whatever word they spell: 'North Carolina A&T', 'L.A. Gear'.
    tokens = _tokens(core, dropped=lexicon.dropped() & one_word)
    if not tokens:
        tokens = tuple(_canonical(word) for word in flat) or (cjk_key(text) or name.strip(),)
    tokens = _special(tokens)
    places = frozenset(token for token in tokens[1:] if token in lexicon.place_words())
    numbers = frozenset(token for token in tokens if _NUMBER.search(token))
    kind: Kind = "organisation"
    if not legal and _looks_like_person(core, tokens):
        kind = "person"
    return Parsed(
        name,
        kind,
        tokens,
        " ".join(tokens),
        tuple(legal),
        places,
        numbers,
        tuple(acronyms),
        tuple(dict.fromkeys(changes)),
        letters="".join(word for word in core if word not in ("THE", "OF", "AND", "FOR", "COM")),
    )


def _strip_board(text: str, changes: list[str]) -> str:
    """'The Regents of the University of X' and 'University of X, Board of Regents' are the University of X."""
    if _TEACHING.search(text) is None:
        return text
    for pattern in (_HEAD, _TAIL):
        shorter = pattern.sub("", text).strip(" ,;")
        if shorter != text and _TEACHING.search(shorter) and len(_WORD.findall(shorter)) >= 2:
            text = shorter
            changes.append("governing-body")
    return text


def _spells_initials(short: str, before: str) -> bool:
    """Does the bracketed word spell the initials of the words before it?"""
    words = _WORD.findall(before)
    if not 2 <= len(short) <= 8 or len(words) < 2:
        return False
    full = "".join(word[0] for word in words)
    without = "".join(word[0] for word in words if word not in lexicon.dropped())
    return any(initials.startswith(short) and len(initials) <= len(short) + 2 for initials in (full, without)) or (
        short == without[-len(short) :] and len(short) >= 3
    )


def _location_segment(words: list[str]) -> bool:
    found = lexicon.places()
    joined = " ".join(words)
    return (
        all(word in lexicon.place_words() or word.isdigit() for word in words)
        or (len(words) <= 2 and words[0] in found["state_codes"])
        or joined in ("UNITED STATES", "UNITED STATES OF AMERICA", "UNITED KINGDOM", "REPUBLIC OF KOREA", "HONG KONG")
    )


def _drop_location(segments: list[list[str]], changes: list[str]) -> list[str]:
    """Leave out ', Corvallis, OR' and the like after a legal form, or a city with its state at the end."""
    for at, words in enumerate(segments[:-1]):
        tail = segments[at + 1 :]
        flat_tail = [word for part in tail for word in part]
        closed = words[-1] in _strong() or (words[-1] in _last() and len(words) > 1)
        if not closed or any(word in _strong() or word in _last() for word in flat_tail):
            continue
        unknown = any(_canonical(word) in lexicon.organisation_words() or word in _ROMAN for word in flat_tail)
        if _location_segment(tail[-1]) and len(flat_tail) <= 6 and not unknown:
            changes.append("location")
            return [word for part in segments[: at + 1] for word in part]
        if len(tail) == 1 and len(flat_tail) == 1 and not unknown and flat_tail[0].isalpha() and len(flat_tail[0]) > 3:
            changes.append("location")
            return [word for part in segments[: at + 1] for word in part]
    state = segments[-1][0] if len(segments) >= 3 and len(segments[-1]) == 1 else ""
    stated = state in lexicon.places()["state_codes"] or (
        state in lexicon.places()["states"] and len(segments[-2]) <= 2
    )
    if stated and not any(word in _strong() or word in _last() for word in segments[-2]):
        changes.append("location")
        segments = segments[:-2]
    return [word for part in segments for word in part]


def _write_out_state(words: list[str]) -> list[str]:
    """'UNIVERSITY OF PA' is that of Pennsylvania, PA is no legal form there; 'UNIVERSITY OF KY HOSPITAL' alike."""
    codes, last = lexicon.places()["state_codes"], len(words) - 1
    out: list[str] = []
    for at, word in enumerate(words):
        of = at > 0 and words[at - 1] == "OF"
        # Within a name LA and DE are articles: the University of La Verne.
        inside = of and at > 1 and _canonical(words[at - 2]) == "UNIVERSITY" and word not in lexicon.dropped()
        out += codes[word].split() if word in codes and (inside or (of and at == last)) else [word]
    return out


def _join_letters(words: list[str]) -> list[str]:
    """'L M ERICSSON' to 'LM ERICSSON'; roman numerals stay."""
    out: list[str] = []
    run: list[str] = []
    for word in [*words, ""]:
        numeral = word in ("I", "V", "X") and not (word == "V" and run in (["B"], ["N"]))
        if len(word) == 1 and word.isalpha() and not numeral:
            run.append(word)
            continue
        if run:
            out.extend(["".join(run)] if len(run) > 1 else run)
            run = []
        if word:
            out.append(word)
    return out


_RUSSIAN_LIMITED = re.compile(r"OBSH?CHESTVO S OGRANICHENNO\w* OTVETSTVENNOST\w*\b")
_GLUED = re.compile(r"^([A-Z]{3,}?)((?:CO|KAISHA)?LTD|CORPORATION|INCORPORATED|COMPANY|GMBH)$")
_MISTYPED = {"LDT", "LRD", "LTS", "LTF", "LTDS", "ICN", "IMC", "LTDD", "INCC"}


def _unglue(words: list[str]) -> list[str]:
    """'SANKEICORPORATION' is SANKEI CORPORATION; a last word one slip from CORP or GMBH is that."""
    found = _GLUED.match(words[-1]) if words else None
    if found and words[-1] not in _strong():
        words = [*words[:-1], found.group(1), found.group(2) if found.group(2) in _strong() else "LTD"]
    if len(words) > 1:
        final = words[-1]
        if final in _MISTYPED:
            words = [*words[:-1], "LTD"]
        elif 3 <= len(final) <= 5 and not _legal_word(final) and not lexicon.background().known(final):
            near = next((form for form in ("CORP", "GMBH") if OSA.distance(final, form) == 1), None)
            if (
                near
                and final[0] == near[0]
                and final not in lexicon.canonical()
                and final not in lexicon.background().names
            ):
                words = [*words[:-1], near]
    return words


def _strip_legal(words: list[str]) -> tuple[list[str], list[str]]:
    legal: list[str] = []
    core = _unglue(words)
    strong, last, first = _strong(), _last(), _first()
    while len(core) > 1 and (core[-1] in strong or core[-1] in last or core[-1] in ("THE", "AND")):
        word = core.pop()
        if word not in ("THE", "AND"):
            legal.insert(0, word)
        if word in ("LIMITED", "LTD") and len(core) > 2 and core[-1] in ("PUBLIC", "PRIVATE"):
            legal.insert(0, core.pop())
        if word in ("COMPANY", "PARTNERSHIP") and len(core) > 1 and core[-1] in ("LIABILITY",):
            core.pop()
        if word == "COMPANY" and core[-2:] == ["PUBLIC", "LIMITED"] and len(core) > 2:
            legal[:0] = ["PUBLIC", "LIMITED"]
            del core[-2:]
    while len(core) > 1 and core[0] in first:
        legal.insert(0, core.pop(0))
    if len(core) > 1 and core[0] == "AB" and not legal:
        legal.append(core.pop(0))  # 'AB Volvo'
    if len(core) > 2 and core[0] == "THE":
        core = core[1:]
    kept = core[:1]
    for word in core[1:]:
        if word in strong and word not in ("PARTNERSHIP",):
            legal.append(word)
        else:
            kept.append(word)
    return kept, legal


def _tokens(core: list[str], *, dropped: Set[str]) -> tuple[str, ...]:
    tokens: list[str] = []
    for at, word in enumerate(core):
        canonical = _canonical(word)
        if word in dropped and not (at == 0 and (len(core) == 1 or len(word) == 1)):
            continue
        if at > 0 and word in _ROMAN:
            canonical = _ROMAN[word]
        if canonical == "UNIVERSITY":
            following = core[at + 1] if at + 1 < len(core) else ""
            if following in ("OF", "DE", "DI", "DEGLI", "DU", "VAN", "DES", "DO", "DA", "ZU"):
                canonical = "UNIVERSITYOF"
            elif not tokens and following:
                canonical = "UNIVERSITYANY"
        tokens.append(canonical)
    if tokens and len(tokens) < len(core) and all(token in lexicon.words()["alike"] for token in tokens):
        return tuple(_canonical(word) for word in core if word not in ("THE", "OF", "AND"))  # 'Le Technology'
    return tuple(tokens)


def _special(tokens: tuple[str, ...]) -> tuple[str, ...]:
    if "STANFORD" in tokens and ("LELAND" in tokens or "JUNIOR" in tokens or "JR" in tokens):
        rest = tuple(
            token for token in tokens if token not in ("LELAND", "JUNIOR", "JR", "UNIVERSITYOF", "UNIVERSITYANY")
        )
        return rest if "UNIVERSITY" in rest else ("STANFORD", "UNIVERSITY")
    return tokens


def _looks_like_person(core: list[str], tokens: tuple[str, ...]) -> bool:
    if not 2 <= len(core) <= 4 or any(not word.isalpha() for word in core):
        return False
    bg, organisation = lexicon.background(), lexicon.organisation_words()
    if any(token in organisation or token.startswith("UNIVERSITY") for token in tokens):
        return False
    given = [word for word in core if word in bg.given]
    plain = [
        word
        for word in core
        if word not in bg.given and len(word) > 1 and (word in bg.english or bg.names.get(word, 0) >= 5)
    ]
    return bool(given) and not plain


# -- government bodies -------------------------------------------------------------------------------------------------

_US = re.compile(r"\b(?:UNITED STATES?(?: OF)?(?: THE)?(?: AMERICAN?S?)?|UNITED STATES|U\.? ?S\.? ?A?\.?)(?=\W|$)")
_US_FULL = re.compile(
    r"\bU[NTIE]+D STATED? (?:OF )?(?:THE )?AMERICAN?S?\b|\bUNITED SATES\b|\bUNITED STATED\b|\bUNTIED STATES\b|\bUNITES STATES\b"
)
_REPRESENTED = re.compile(
    r"\b(?:AS )?(?:A )?(?:RE)?PRESENT(?:ED|ATIVE|S|ING)?\b|\bREPRESENT\w*\b|\bREPRES\w*\b|\bREPRE\w+ED\b"
)


@cache
def _government_words(kind: str) -> frozenset[str]:
    return frozenset(lexicon.words()["government"][kind])


@cache
def _bodies() -> dict[str, list[tuple[str, str, list[list[str]]]]]:
    found = tomllib.loads((files(__package__) / "data" / "bodies.toml").read_text(encoding="utf-8"))
    return {
        country: [(row["key"], row["name"], [phrase.split() for phrase in row["phrases"]]) for row in entry["body"]]
        for country, entry in found.items()
    }


def _contains(words: list[str], phrase: list[str]) -> bool:
    size = len(phrase)
    return any(words[at : at + size] == phrase for at in range(len(words) - size + 1))


def _body(country: str, words: list[str], *, slips: bool = False) -> str | None:
    for key, _name, phrases in _bodies()[country]:
        if any(_contains(words, phrase) for phrase in phrases):
            return f"{country.upper()} {key}"
    if slips:  # only where the rest of the name says that a body must follow
        known = sorted(
            {word for _k, _n, phrases in _bodies()[country] for phrase in phrases for word in phrase if len(word) >= 4}
        )
        mended = [_mend(word, known) for word in words]
        if mended != words:
            return _body(country, mended)
    return None


def _mend(word: str, known: list[str]) -> str:
    if word in known or len(word) < 3 or word in ("SECRETARY", "ADMINISTRATOR", "DEPARTMENT"):
        return word
    near = [(int(OSA.distance(word, other)), other) for other in known if abs(len(other) - len(word)) <= 2]
    edits, other = min(near, default=(9, word))
    return other if edits <= (1 if len(other) < 8 else 2) else word


def government_name(key: str) -> str | None:
    """The display name of a government key.

    >>> government_name("US NAVY")
    'US Navy'
    """
    country, _, body = key.partition(" ")
    for found, name, _phrases in _bodies().get(country.lower(), []):
        if found == body:
            return name
    return {"US GOVERNMENT": "United States of America"}.get(key)


def _government(text: str) -> str | None:
    """The key of a government body, or None."""
    plain = re.sub(r"\bDEPT\b|\bDEPARMENT\b", "DEPARTMENT", re.sub(r"[^A-Z0-9 ]+", " ", _DOTTED.sub(_undot, text)))
    plain = re.sub(r"\s+", " ", plain).strip()
    words = [word for word in plain.split(" ") if word not in _government_words("filler")]
    if not words or len(words) > 40:
        return None
    represented = _REPRESENTED.search(plain) is not None
    if ("MAJESTY" in plain or "QUEEN" in plain or "MINISTER" in words) and "CANADA" in words:
        return _body("ca", words) or "CA " + " ".join(word for word in words if word != "CANADA")
    if "SECRETARY OF STATE FOR" in plain or ("MAJESTY" in plain and ("BRITANNIC" in plain or "KINGDOM" in plain)):
        return _body("gb", words) or "GB GOVERNMENT"
    if "MAJESTY" in plain or "QUEEN" in words or "MINISTER" in words:
        return None
    if any(word in _strong() or word in ("SA", "LLC") for word in words):
        return None
    american = _US.match(
        plain.removeprefix("THE ").removeprefix("TH ").removeprefix("GOVERNMENT OF ").removeprefix("THE ")
    )
    full = _US_FULL.search(plain) is not None or re.search(r"\bSTATES OF (?:THE )?AMERICAN?S?\b", plain) is not None
    offices = any(word in ("SECRETARY", "ADMINISTRATOR", "DEPARTMENT") for word in words)
    rest = [
        word for word in _US.sub(" ", plain).split() if word not in _government_words("filler") and word != "AMERICA"
    ]
    if full or (american and represented) or (represented and offices and "AMERICA" in words):
        rest = [word for word in rest if word not in ("UNITED", "STATES", "STATED", "SATES", "UNTIED", "UNITES")]
        kept = [word for word in rest if _REPRESENTED.fullmatch(word) is None]
        return _body("us", kept, slips=True) or _other(kept)
    if american and (not rest or rest[0] in _government_words("offices")):
        if len(rest) > 2 and not offices and "GOVERNMENT" not in rest and _body("us", rest[:3]) is None:
            return None
        return _body("us", rest) or _other(rest)
    starting = " ".join(words)
    for phrase in lexicon.words()["government"]["alone"]:
        begins = starting == phrase or (
            " " in phrase and starting.startswith(phrase + " ")
        )  # "NAVY" alone, not "NAVY PIER"
        if begins and len(words) <= len(phrase.split()) + 6:
            return _body("us", words) or _other(words)
    return None


def _join_ampersand(found: re.Match[str]) -> str:
    """'AT & T' to 'ATT', but 'AG & CO' stays two words."""
    left, right = found.groups()
    return found.group() if _legal_word(left) or right == "CO" else left + right


def _undot(found: re.Match[str]) -> str:
    return found.group().replace(".", "").replace(" ", "") + " "


def _other(words: list[str]) -> str:
    rest = [
        word for word in words if word not in ("SECRETARY", "GOVERNMENT", "ADMINISTRATOR", "DEPARTMENT", "REPRESENTED")
    ]
    return "US " + (" ".join(rest) if rest else "GOVERNMENT")
