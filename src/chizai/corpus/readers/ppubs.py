"""Records of the USPTO's Patent Public Search (ppubs.uspto.gov) as JSON, one a line or in an array.

Two depths occur: results of a search (number, title, dates, names, classes, cited US numbers) and whole documents. What
the search results leave out is left out here: they name only the first inventor, no address, and no priority numbers.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from chizai.corpus import numbers
from chizai.corpus.readers.base import Carries, Chunk, Mark, Source
from chizai.corpus.readers.drafts import Draft, clean, country_of, lacking
from chizai.corpus.readers.json_records import first_record, listed, parsed, record_chunks, scalar
from chizai.corpus.schema import Linkage, Record, Reject
from chizai.errors import BadNumber

MARKS = ("datePublished", "inventionTitle", "publicationReferenceDocumentNumber", "cpcInventiveFlattened")
NOTHING = {"N/A", "[]"}
LARGEST_FAMILY = 10**10
"""DOCDB family numbers have eight digits; the thirteen-digit ones are placeholders, one a document."""
LINKAGES: dict[str, Linkage] = {
    "continuation": "continuation",
    "continuation-in-part": "continuation_in_part",
    "division": "division",
    "reissue": "reissue",
    "substitution": "parent",
    "us-provisional-application": "provisional",
}

_GUID = re.compile(r"([A-Z]{2})-([A-Z]{0,2}\d+)-([A-Z]\d?)")
_TAG = re.compile(r"<br\s*/?>|</?[a-zA-Z][^<>]{0,500}>")
_US_GROUP = re.compile(r"(?:US )?((?:RE|PP|D|H|T|X)? ?\d[\d/,]*)(?: ([A-Z]\d?))?(?= |$)")
_KIND_BEFORE_DATE = re.compile(r" ([A-Z]\d?) \d{8}\b")
_REFERENCE_DATE = re.compile(r"\b(?:1[789]|20)\d{6}\b")
_CITED_BY = re.compile(r"\s*cited by (examiner|applicant|third party|other)\b\s*")
_CPC_GROUP = re.compile(r"[A-HY] [A-HY]\d\d[A-Z] (\S+) \d{8} ([FL]) ([IA]) ")
_CONTINUITY = re.compile(
    r"(?:(?P<before>[a-z-]+) parent-doc (?:US|WO)|parent (?:US|WO) (?P<after>[a-z-]+)"
    r"|(?:US|WO) (?P<bare>[a-z-]+)|(?P<provisional>us-provisional-application) US)"
    r" (?P<number>PCT/\S+|\d{8}) (?P<date>\d{8})"
)
CITERS = {"examiner": "examiner", "applicant": "applicant", "third party": "third_party"}


TITLE = {"en": "USPTO Patent Public Search (JSON)", "ja": "USPTO Patent Public Search（JSON）"}
CARRIES: frozenset[Carries] = frozenset(
    {
            "publication_number", "publication_date", "kind", "application_number", "filing_date", "priority",
            "family_id", "applicant", "applicant_country", "inventor", "inventor_country", "cpc", "ipc", "inventive",
            "title", "abstract", "claims_text", "claims_count", "patent_citation", "npl_citation", "cited_by",
            "funding",
    }
)  # fmt: skip
LACKS: dict[Carries, Mark] = lacking(CARRIES)


class PpubsReader:
    name = "ppubs"
    title = TITLE
    carries = CARRIES
    lacks = LACKS

    def recognise(self, head: bytes, source: Source) -> bool:
        record = first_record(head)
        return record is not None and "guid" in record and sum(name in record for name in MARKS) >= 2

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        return record_chunks(source)

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        for number, item in chunk.data:
            record = parsed(number, item)
            if isinstance(record, Reject):
                yield record
            else:
                yield from _record(number, _Fields(record))


class _Fields:
    """A record's fields as lists of cleaned texts."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record

    def many(self, name: str) -> list[str | None]:
        return [_cell(item) for item in listed(self.record.get(name))]

    def one(self, name: str) -> str | None:
        return next((item for item in self.many(name) if item is not None), None)

    def split(self, name: str) -> list[str]:
        return [part for item in self.many(name) if item for part in item.split(";") if part.strip()]


def _cell(value: Any) -> str | None:
    text = clean(scalar(value))
    return None if text in NOTHING else text


def plain(text: str | None) -> str | None:
    """Text without the mark-up of the search page.

    >>> plain('<span term="a" class="highlight18">Systems</span> &amp; methods<br />here')
    'Systems & methods\\nhere'
    """
    if text is None:
        return None
    bare = _TAG.sub(lambda found: "\n" if found[0].startswith("<br") else "", text)
    return clean(html.unescape(bare))


def _day(draft: Draft, text: str | None, column: str) -> date | None:
    """``2018-06-19T00:00:00Z`` or ``20180619``; months without a day (``20180600``) are no dates."""
    if text is None or (text.endswith("00") and len(text) == 8):
        return None
    return draft.day(text.split("T", 1)[0], column)


def _record(row: int, fields: _Fields) -> Iterator[Record | Reject]:
    draft = Draft(row)
    guid = fields.one("guid") or ""
    found = _GUID.fullmatch(guid)
    if not found:
        draft.refuse("bad-number", "the guid is not of the form US-10000000-B2", column="guid", value=guid)
        yield from draft.items()
        return
    published = _day(draft, fields.one("datePublished"), "datePublished")
    family = fields.one("familyIdentifierCur")
    real = family is not None and family.isdecimal() and 0 < int(family[:20]) < LARGEST_FAMILY
    opened = draft.start(
        found[1],
        found[2],
        found[3],
        column="guid",
        publication_date=published,
        original=f"{found[1]} {found[2]} {found[3]}",
        source_id=guid,
        family_id=family if real else None,
        claims=draft.count(fields.one("numberOfClaims"), "numberOfClaims"),
    )
    if opened:
        _application(draft, fields)
        _priorities(draft, fields)
        _parties(draft, fields)
        _classes(draft, fields)
        _citations(draft, fields)
        language = (fields.one("languageIndicator") or "").lower() or None
        draft.text("title", language, plain(fields.one("inventionTitle")))
        draft.text("abstract", language, plain(fields.one("abstractHtml")))
        draft.text("claims", language, plain(fields.one("claimsHtml")))
        draft.funding(agency=None, contract=None, statement=plain(fields.one("governmentInterest")))
    yield from draft.items()


def _application(draft: Draft, fields: _Fields) -> None:
    text = fields.one("applicationNumber")
    filed = _day(draft, fields.one("applicationFilingDate"), "applicationFilingDate")
    if text is None:
        draft.filed(filed)
        return
    own = draft.parsed(text, filed, office="US")
    if own is None:
        draft.unread_application(text, filing_date=filed, column="applicationNumber")
        return
    draft.application(own.office, own.number, own.kind, filing_date=filed, original=text, column="applicationNumber")


def _priorities(draft: Draft, fields: _Fields) -> None:
    for place in _CONTINUITY.finditer(" ".join(item for item in fields.many("continuityData") if item)):
        relation = place["before"] or place["after"] or place["bare"] or place["provisional"]
        if relation not in LINKAGES:
            continue
        text = place["number"]
        linkage: Linkage = "pct" if text.startswith("PCT") else LINKAGES[relation]
        _priority(draft, text if text.startswith("PCT") else f"{text[:2]}/{text[2:]}", "US", place["date"], linkage)
    offices, texts = fields.many("priorityClaimsCountry"), fields.many("priorityClaimsDocNumber")
    dates = fields.many("priorityClaimsDate")
    if len(offices) == len(texts) == len(dates):
        for office, number, on in zip(offices, texts, dates, strict=True):
            if office is not None and number is not None:
                _priority(draft, number.removeprefix(office), office, on, "priority")


def _priority(draft: Draft, text: str, office: str, on: str | None, linkage: Linkage) -> None:
    claimed = _day(draft, on, "priorityClaimsDate")
    draft.written_priority(text, office=office, priority_date=claimed, column="continuityData", linkage=linkage)


def _parties(draft: Draft, fields: _Fields) -> None:
    # Since 2012 an assignee may also be the applicant; before, the inventors were. Assignees go before applicants, so
    # that one body is counted once; applicants stand in where no assignee is named.
    stem = "assignee" if any(fields.many("assigneeName")) else "applicant"
    _people(draft, fields, "applicant", f"{stem}Name", stem, "assignee" if stem == "assignee" else None)
    if any(fields.many("inventorsName")):
        _people(draft, fields, "inventor", "inventorsName", "inventor", None)
    else:
        first = fields.one("inventorsShort")
        draft.party("inventor", first.removesuffix(" et al.") if first else None)


def _people(draft: Draft, fields: _Fields, role: Any, names_field: str, stem: str, kind: str | None) -> None:
    names = fields.many(names_field)
    beside = [fields.many(f"{stem}{part}") for part in ("Country", "City", "State")]
    countries, cities, states = ([None] * len(names) if len(item) != len(names) else item for item in beside)
    for name, country, city, state in zip(names, countries, cities, states, strict=True):
        address = ", ".join(item for item in (city, state) if item) or None
        draft.party(role, name, country=country_of(country), country_source="address", address=address, kind=kind)


def _classes(draft: Draft, fields: _Fields) -> None:
    firsts = {}
    for group in fields.many("cpcCurClassificationGroup"):
        found = _CPC_GROUP.match(group or "")
        if found:
            firsts[found[1]] = found[2] == "F"
    for symbol in fields.split("cpcInventiveFlattened"):
        draft.classify("cpc", symbol, column="cpcInventiveFlattened", inventive=True, first=firsts.get(symbol))
    for symbol in fields.split("cpcAdditionalFlattened"):
        draft.classify("cpc", symbol, column="cpcAdditionalFlattened", inventive=False, first=firsts.get(symbol))
    for symbol in dict.fromkeys(fields.split("ipcCodeFlattened")):
        draft.classify("ipc", symbol, column="ipcCodeFlattened")
    for symbol in dict.fromkeys(fields.split("uspcFullClassificationFlattened")):
        draft.classify("uspc", symbol, column="uspcFullClassificationFlattened")


def _citations(draft: Draft, fields: _Fields) -> None:
    groups = [item for item in fields.many("usRefGroup") if item]
    for group in groups:
        found = _US_GROUP.match(group)
        _cited(draft, group, "US", found[1] if found else None, found[2] if found else None)
    if not groups:
        for number in fields.many("urpn"):
            draft.cite_patent("US", number, text=number)
    foreign, offices = fields.many("foreignRefGroup"), fields.many("foreignRefCountryCode")
    texts = fields.many("foreignRefPatentNumber")
    if not len(foreign) == len(offices) == len(texts):
        offices = texts = [None] * len(foreign)
    for whole, office, text in zip(foreign, offices, texts, strict=True):
        if whole is not None:
            kind = _KIND_BEFORE_DATE.search(whole)
            _cited(draft, whole, office, text, kind[1] if kind else None)
    for block in fields.many("otherRefPub"):
        for line in re.split(r"<br\s*/?>", block or ""):
            reference = plain(line) or ""
            draft.cite_literature(clean(_CITED_BY.sub(" ", reference)), cited_by=_citer(reference))


def _cited(draft: Draft, group: str, office: str | None, number: str | None, kind: str | None) -> None:
    """``US 5093563 A Small 19920300 cited by examiner ...``; ``WO WO 2005/080928 A1 20050900 cited by applicant``."""
    cited_by = _citer(group)
    on = _REFERENCE_DATE.search(group)
    try:
        if office is None or number is None:
            raise BadNumber(detail="no office or no number")
        bare = number.removeprefix(office).replace("PUPA", "").replace(" ", "")
        cited = numbers.parse(bare, role="publication", office=office, kind=kind)
    except BadNumber:
        draft.cite_patent(None, None, text=group, cited_by=cited_by)
        return
    written = " ".join(filter(None, (office, bare, kind)))
    cited_date = _day(draft, on[0] if on else None, "usRefGroup")
    draft.cite_patent(cited.office, cited.number, cited.kind, text=written, cited_by=cited_by, cited_date=cited_date)


def _citer(text: str) -> str | None:
    found = _CITED_BY.search(text)
    return CITERS.get(found[1]) if found else None


READER = PpubsReader()
