"""Public funding as patents state it: "made with Government support under Contract No. ... awarded by ...".

Finds the statement, and in it agencies (from a list of the names and abbreviations that funders use) and the numbers
of contracts and grants. An agency and a number stand in one row only where the text ties them together: the statement
names one agency, or the number is followed (or, failing that, preceded) by an agency in the same sentence.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from chizai.corpus.scan import find, places

MAX_STATEMENT = 4000
"""Characters of a statement that are read; a section that is mislabelled can hold the whole description."""


class Award(NamedTuple):
    agency: str | None
    contract: str | None


_AGENCIES: dict[str, str] = {
    # Offices before the departments that they belong to: the first name that fits at a place is taken.
    "Advanced Research Projects Agency-Energy|ARPA-E": "Advanced Research Projects Agency-Energy",
    "Defense Advanced Research Projects? Agency|Defense Advanced Research Projects? Administration|DARPA": (
        "Defense Advanced Research Projects Agency"
    ),
    "Intelligence Advanced Research Projects Activity|IARPA": "Intelligence Advanced Research Projects Activity",
    "Defense Threat Reduction Agency|DTRA": "Defense Threat Reduction Agency",
    "Missile Defense Agency": "Missile Defense Agency",
    "National Science Foundation|NSF": "National Science Foundation",
    "National Cancer Institute|NCI": "National Cancer Institute",
    "National Institutes? of Standards? and Technology|NIST": "National Institute of Standards and Technology",
    "National Institutes? of Health|NIH": "National Institutes of Health",
    "National Institute (?:of|on|for) [A-Z][A-Za-z]+(?:,? (?:and |& )?[A-Z][A-Za-z]+)*": "",
    "National (?:Heart|Eye|Human|Library|Center)[A-Za-z, ]*? (?:Institute|Medicine|Resources)": "",
    "National Aeronautics and Space Administration|NASA": "National Aeronautics and Space Administration",
    "National Oceanic and Atmospheric Administration|NOAA": "National Oceanic and Atmospheric Administration",
    "National Reconnaissance Office": "National Reconnaissance Office",
    "National Security Agency": "National Security Agency",
    "National Nuclear Security Administration": "National Nuclear Security Administration",
    "Environmental Protection Agency|EPA": "Environmental Protection Agency",
    "Office of Naval Research|ONR": "Office of Naval Research",
    "Naval Research Laboratory": "Naval Research Laboratory",
    "Air Force Office of Scientific Research|AFOSR": "Air Force Office of Scientific Research",
    "Air Force Research Laborator(?:y|ies)|AFRL": "Air Force Research Laboratory",
    "Army Research Office": "Army Research Office",
    "Army Research Laborator(?:y|ies)": "Army Research Laboratory",
    "Department of (?:the )?Energy|DOE|Energy Department": "Department of Energy",
    "Department of (?:the )?Defen[sc]e|DOD|DoD": "Department of Defense",
    "(?:Department of the )?(?:U\\.?S\\.? |United States )?Air Force": "Department of the Air Force",
    "(?:Department of the )?(?:U\\.?S\\.? |United States )?Navy": "Department of the Navy",
    "(?:Department of the )?(?:U\\.?S\\.? |United States )?Army": "Department of the Army",
    "Department of (?:Health (?:and|&) Human Services|HHS)|DHHS|HHS": "Department of Health and Human Services",
    "Department of Homeland Security|DHS": "Department of Homeland Security",
    "Department of Agriculture|USDA": "Department of Agriculture",
    "Department of Commerce": "Department of Commerce",
    "Department of Transportation": "Department of Transportation",
    "Department of (?:the )?Interior": "Department of the Interior",
    "Department of Education": "Department of Education",
    "Department of Justice": "Department of Justice",
    "(?:Department of )?Veterans'? Affairs|Veterans Administration": "Department of Veterans Affairs",
    "Centers? for Disease Control(?: and Prevention)?|CDC": "Centers for Disease Control and Prevention",
    "European Research Council": "European Research Council",
    "European (?:Union|Commission|Community)": "European Union",
    "New Energy and Industrial Technology Development Organization|NEDO": "NEDO",
    "Japan Science and Technology (?:Agency|Corporation)|JST": "Japan Science and Technology Agency",
    "Japan Society for the Promotion of Science|JSPS": "Japan Society for the Promotion of Science",
    "Japan Agency for Medical Research and Development|AMED": "Japan Agency for Medical Research and Development",
}
_AGENCY = re.compile(
    r"(?<![A-Za-z])(?:" + "|".join(f"(?P<a{n}>{names})" for n, names in enumerate(_AGENCIES)) + r")(?![A-Za-z])"
)
_NAMES = tuple(_AGENCIES.values())
_KEY = re.compile(
    r"(?i:(?<![a-z])(?:sub)?(?:contract|grant|award|agreement|project|order|identifier)s?)"
    r"(?i:\s+(?:and/or|and|or)\s+(?:contract|grant|award)s?)?"
    r"\s*\(?(?i:(?:Nos?\b\.?|Numbers?\b|Serial Nos?\.|\#|ID\b)(?:\(s\)\.?)?)?\s*:?\s*\(?"
)
_NUMBER = re.compile(r"[#]?(?P<number>[A-Z0-9]+(?:(?:[-/.‐‑–]|(?<=\d) (?=[A-Z]{2}\s?\d)| (?=\d{3}))[A-Z0-9]+)*)\)?")
_BRACKET = re.compile(r"\s*\((?:(?i:grant|contract|award)\s*)?(?P<number>[A-Z0-9]+(?:[-/.][A-Z0-9]+)*)\)")
_BETWEEN = re.compile(
    r"\s*(?:,\s*and\b|,|;|&|\band\b)\s*(?:(?i:grant|contract|award)s?\s*)?(?i:Nos?\.?\s*|number\s*|\#)?"
)
_SENTENCE = re.compile(r"(?<=[a-z)\d])(?<!\bNo)(?<!\bNos)\.\s+(?=[A-Z])")
_LABELS = (b"<?GOVINT", b"<?federal-research-statement", b"<?statement-regarding-federally-sponsored")
_SECTION_ENDS = (b"<?GOVINT", b"<?federal-research", b"<?statement-regarding", b"<?BRFSUM", b"<?summary")
_HEADING = re.compile(
    rb"federally[\s-]+sponsored|federal(?:ly)?[\s-]+(?:funded|funding|support|research|rights|interest)"
    rb"|government(?:al)?[\s-]+(?:interest|support|right|license|licence|funding|contract|sponsor|clause|fund)"
    rb"|statement[\s-]+of[\s-]+(?:government|federal)|acknowledge?ment[\s-]+of[\s-]+(?:government|federal)"
)
_NOT = re.compile(r"^\W*(?:not[\s-]applicable|none|n/?a)\W*$", re.IGNORECASE)


def statement_bytes(description: bytes) -> list[bytes]:
    """The funding statements in a description with red book markup, as raw bytes with their tags; mostly none or one.

    In the order of trust: the section that the office's processing instruction labels, the text under a heading that
    says so, else the paragraph that says "government support".
    """
    labelled = [_until(description, start, _SECTION_ENDS) for start in _labelled(description)]
    if labelled:
        return labelled
    for place in places(description, b"<heading"):
        end = description.find(b"</heading>", place, place + 2000)
        words = description[place:end].lower() if end >= 0 else b""
        if (b"federal" in words or b"government" in words) and _HEADING.search(words):
            return [_until(description, end + 10, (b"<heading", b"<?"))]
    place = find(description, b"overnment support")
    if place >= 0:
        start = description.rfind(b"<p", max(0, place - MAX_STATEMENT), place)
        if start >= 0:
            return [_until(description, start, (b"</p>", b"</paragraph>"))]
    return []


def _labelled(description: bytes) -> list[int]:
    """Where the sections begin that an instruction labels as a statement of government interest."""
    found = []
    for label in _LABELS:
        for place in places(description, label):
            end = description.find(b"?>", place, place + 300)
            if end >= 0 and b'end="lead"' in description[place:end]:
                found.append(end + 2)
    return sorted(found)


def _until(data: bytes, start: int, ends: tuple[bytes, ...]) -> bytes:
    stop = min(start + 4 * MAX_STATEMENT, len(data))
    for end in ends:
        place = data.find(end, start, stop)
        if place >= 0:
            stop = place
    return data[start:stop]


def says_none(statement: str) -> bool:
    """True for an empty section: "Not applicable"."""
    return not statement or bool(_NOT.match(statement))


def awards(statement: str) -> list[Award]:
    """Agencies and numbers of contracts in a statement, tied together where the text ties them.

    >>> awards("This invention was made with government support under Grant No. CHE-0234567 awarded by the National "
    ...        "Science Foundation. The government has certain rights in the invention.")
    [Award(agency='National Science Foundation', contract='CHE-0234567')]
    >>> awards("made under R01GM12345 by NIH") # no word says what the number is
    [Award(agency='National Institutes of Health', contract=None)]
    """
    found: list[Award] = []
    for sentence in _SENTENCE.split(statement[:MAX_STATEMENT]):
        found += _in_sentence(sentence)
    named = {award.agency for award in found if award.agency}
    if len(named) == 1:
        # One agency in the whole statement: a number without one is its number.
        agency = named.pop()
        found = [Award(agency, award.contract) for award in found]
    with_number = {award.agency for award in found if award.contract}
    return list(
        dict.fromkeys(award for award in found if award.contract or (award.agency and award.agency not in with_number))
    )


def _in_sentence(sentence: str) -> list[Award]:
    agencies = [(found.start(), found.end(), _name(found)) for found in _AGENCY.finditer(sentence)]
    numbers = _numbers(sentence)
    for _, end, agency in agencies:
        bracket = _BRACKET.match(sentence, end)
        known = {start for start, *_ in numbers}
        if bracket and _is_number(bracket["number"]) and bracket.start("number") not in known:
            numbers.append((bracket.start("number"), bracket.end(), bracket["number"], agency))
    numbers.sort(key=lambda item: item[0])
    if not numbers:
        return [Award(name, None) for _, _, name in agencies]
    awards_found: list[Award] = []
    used: set[str] = set()
    for position, (start, end, number, owner) in enumerate(numbers):
        following = [name for at, _, name in agencies if at >= end]
        preceding = [name for _, at, name in agencies if at <= start]
        limit = numbers[position + 1][0] if position + 1 < len(numbers) else len(sentence)
        direct = [name for at, _, name in agencies if end <= at < limit]
        if owner:
            name: str | None = owner
        elif direct:
            name = direct[0]
        elif preceding and following and len({*preceding, *following}) > 1:
            # Between two agencies: a list of numbers belongs to what ends the list, else to what began it.
            list_goes_on = position + 1 < len(numbers) and numbers[position + 1][0] - end < 12
            name = following[0] if list_goes_on else preceding[-1]
        else:
            name = following[0] if following else preceding[-1] if preceding else None
        if name:
            used.add(name)
        awards_found.append(Award(name, number))
    awards_found += [Award(name, None) for _, _, name in agencies if name not in used]
    return awards_found


def _name(found: re.Match[str]) -> str:
    position = int((found.lastgroup or "a0")[1:])
    return _NAMES[position] or " ".join(found[0].split())


def _is_number(text: str) -> bool:
    return sum(char.isdigit() for char in text) >= 3


def _numbers(sentence: str) -> list[tuple[int, int, str, str | None]]:
    """(start, end, number, None) of each contract number that a key word announces."""
    found: list[tuple[int, int, str, str | None]] = []
    place = 0
    while key := _KEY.search(sentence, place):
        place = key.end()
        while True:
            number = _NUMBER.match(sentence, place)
            if not number or not _is_number(number["number"]):
                break
            written = re.sub("[‐‑–]", "-", number["number"]).rstrip(".-/")
            found.append((number.start(), number.end(), written, None))
            place = number.end()
            between = _BETWEEN.match(sentence, place)
            if not between:
                break
            place = between.end()
    return found
