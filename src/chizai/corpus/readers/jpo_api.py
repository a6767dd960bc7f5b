"""JSON of the JPO's Patent Information Retrieval APIs (特許情報取得API): one response, an array of them, or JSON Lines.

A response describes an application. Each document that it names becomes a record: the unexamined publication (公開,
公表) and the registered patent or design. Read are ``app_progress``, ``app_progress_simple``, ``registration_info``,
``case_number_reference``, ``priority_right_app_info``, ``divisional_app_info`` (the parent) and ``cite_doc_info``. The
last three name no document: they are joined with the other responses on the same application in the same file (or in
``Source.bundle``), and are rejects where there is none. Citations go to the last document of the application.

Not read: attorneys, the list of papers in the file, sibling divisions, design classes (Japanese classes, not Locarno).
Trademarks, lists of applicants, fixed addresses and answers with an error status are rejects that say so. The document
archives (``app_doc_cont_...``, Shift_JIS XML of notices and opinions) are recognised and refused: they hold no
bibliographic data beyond the application number.

The kind of a registered patent follows from its course: B2 where the application was published before, B1 where not
(特許法第64条: what was printed as granted is not laid open any more), none where the response does not tell.
``citationType`` was read off a case of which the notices are at hand: 19 cited in a notice of reasons for refusal
(拒絶理由通知), 89 listed there as prior art found (先行技術文献調査結果の記録), 31 listed with the decision to grant
(特許査定の参考文献).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO, NamedTuple

from chizai.corpus import numbers
from chizai.corpus.readers.base import CHUNK_BYTES, FIELD_BYTES, Carries, Chunk, Source, open_stream
from chizai.corpus.readers.drafts import Draft, clean, lacking
from chizai.corpus.readers.epo_exchange import root_name
from chizai.corpus.readers.tabular import encoding_of
from chizai.corpus.schema import Record, Reject
from chizai.errors import BadEncoding, BadNumber, EmptyInput, MalformedInput, NoBibliography, Where
from chizai.messages import Phrase

Data = dict[str, Any]

SUCCESS = "100"
STATUS = {
    "107": "no data for this number",
    "108": "no document of this kind",
    "111": "the number is not among those offered",
    "203": "the daily limit of accesses is reached",
    "204": "a value in the request is not valid",
    "208": "a character in the request is not allowed",
    "210": "the access token is not valid",
    "212": "the user or password is not valid",
    "301": "there is no such address",
    "302": "the request timed out",
    "303": "too many accesses at this moment",
    "400": "the request is not valid",
    "999": "an unexpected error",
}
PHASES = {"19": "refusal_reason", "89": "prior_art_search", "31": "grant_decision"}
ERAS = {"1": ("M", 1867), "2": ("T", 1911), "3": ("S", 1925), "4": ("H", 1988), "5": ("R", 2018)}
"""First digit of a nine-digit number -> letter of the era, and the year before its first."""
WESTERN_FROM = 2000
"""Since then publications and applications are numbered by Western years."""
HELD_BYTES = 4 * CHUNK_BYTES
"""Responses on one application are joined while they stand within so many bytes of each other."""
DOCUMENT_NAMESPACE = b"http://www.jpo.go.jp"

_RESPONSE = re.compile(r'"result"\s*:\s*\{')
_CITED = re.compile(r"JP([ABUY])\s*(\d{9})")
_TRADEMARK = {"trademarkForDisplay", "goodsServiceInformation", "transliteration", "viennaClass"}


class _Case(NamedTuple):
    """What all responses say on one application. ``law`` is None where they do not tell patent from design."""

    row: int
    law: str | None
    data: Data


TITLE = {"en": "JPO Patent Information Retrieval API (JSON)", "ja": "特許庁 特許情報取得API（JSON）"}
CARRIES: frozenset[Carries] = frozenset(
    {
        "publication_number", "publication_date", "kind", "application_number", "filing_date", "grant_date",
        "priority", "applicant", "title", "claims_count", "patent_citation", "npl_citation", "cited_by", "legal_status",
    }
)  # fmt: skip
LACKS = lacking(CARRIES, fi="notimpl")


_DOCUMENT = Phrase("files.problem.jpo_document")


class JpoApiReader:
    name = "jpo-api"
    joins_files = True
    """Several responses speak of one application: the files of a folder are read as one input."""
    title = TITLE
    carries = CARRIES
    lacks = LACKS

    def recognise(self, head: bytes, source: Source) -> bool:
        if root_name(head) is not None:
            return DOCUMENT_NAMESPACE in head[:4096]
        encoding = encoding_of(head)
        text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n") if encoding else ""
        return text[:1] in ("{", "[") and bool(_RESPONSE.search(text)) and '"statusCode"' in text

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        if all(map(_is_document, map(Source, source.bundle) if source.bundle else [source])):
            raise NoBibliography(where=Where(file=source.label), detail=_DOCUMENT)
        held = _Held()
        row = 0
        for row, response in enumerate(_responses(source), 1):
            if isinstance(response, str):
                yield Reject(row, "malformed-input", response)
                continue
            problem = held.add(row, response)
            if problem is not None:
                yield problem
            if held.size > HELD_BYTES:
                yield from held.release()
        if row == 0:
            raise EmptyInput(where=Where(file=source.label))
        yield from held.release()

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        for case in chunk.data:
            yield from _records(case)


def _is_document(source: Source) -> bool:
    """An XML document of the file (a notice, an opinion) and no response."""
    return root_name(source.head()) is not None


def _responses(source: Source) -> Iterator[Data | str]:
    """Each response as parsed JSON; a str says why one could not be parsed."""
    if source.bundle:
        for path in source.bundle:
            if _is_document(Source(path)):
                yield f"{path.name}: {_DOCUMENT}"
                continue
            with open_stream(path) as stream:
                yield from _in_stream(stream, path.name)
    else:
        with source.open() as stream:
            yield from _in_stream(stream, source.label)


def _in_stream(stream: BinaryIO, label: str) -> Iterator[Data | str]:
    first = stream.readline(FIELD_BYTES)
    encoding = encoding_of(first)
    if encoding is None:
        raise BadEncoding(where=Where(file=label))
    alone = None if encoding == "utf-16" else _parse(first, encoding)
    if isinstance(alone, dict):
        yield alone
        while line := stream.readline(FIELD_BYTES):
            if line.strip():
                found = _parse(line, encoding)
                yield found if isinstance(found, dict) else "not a JSON object"
        return
    rest = stream.read(FIELD_BYTES)
    if len(rest) == FIELD_BYTES:
        raise MalformedInput(where=Where(file=label), detail=f"one JSON value is larger than {FIELD_BYTES >> 20} MB")
    found = _parse(first + rest, encoding)
    for item in found if isinstance(found, list) else [found]:
        yield item if isinstance(item, dict) else "not a JSON object, or not whole"


def _parse(data: bytes, encoding: str) -> Any | None:
    try:
        return json.loads(data.decode(encoding))
    except (ValueError, RecursionError):
        return None


class _Held:
    """Responses that wait for others on the same application."""

    def __init__(self) -> None:
        self.size = 0
        self._cases: dict[tuple[str, str | None], _Case] = {}

    def add(self, row: int, response: Data) -> Reject | None:
        result = response.get("result")
        if not isinstance(result, dict):
            return Reject(row, "malformed-input", "a JSON value without 'result'")
        status = _text(result, "statusCode")
        if status != SUCCESS:
            detail = "; ".join(filter(None, (STATUS.get(status or ""), _text(result, "errorMessage"))))
            return Reject(row, "input", f"the JPO answered with status {status}: {detail or 'unknown'}", value=status)
        data = result.get("data")
        number = _text(data, "applicationNumber") if isinstance(data, dict) else None
        if not isinstance(data, dict) or number is None:
            shown = ", ".join(list(data)[:5]) if isinstance(data, dict) else None
            return Reject(row, "input", "a response that describes no application", value=shown)
        law = _law(data)
        if law == "trademark":
            return Reject(row, "input", "a trademark; chizai reads patents and designs", value=number)
        case = self._cases.setdefault((number, law), _Case(row, law, {}))
        for key, value in _western(data).items():
            if key not in case.data or not case.data[key]:
                case.data[key] = value
        self.size += len(str(data))
        return None

    def release(self) -> Iterator[Chunk]:
        """All cases as one chunk; what fits patent and design alike goes to the one there is."""
        for number in [number for number, law in self._cases if law is None]:
            own = [law for law in ("patent", "design") if (number, law) in self._cases]
            if len(own) == 1:
                stray = self._cases.pop((number, None))
                case = self._cases[number, own[0]]
                self._cases[number, own[0]] = _Case(min(case.row, stray.row), own[0], {**stray.data, **case.data})
        cases = sorted(self._cases.values(), key=lambda case: case.row)
        self._cases, self.size = {}, 0
        if cases:
            yield Chunk(cases, cases[0].row)


def _law(data: Data) -> str | None:
    """'patent', 'design' or 'trademark', by the fields that only one of the three has."""
    if _TRADEMARK & data.keys():
        return "trademark"
    if "designArticle" in data or "designNumber" in data:
        return "design"
    if "nationalPublicationNumber" in data or {"inventionTitle", "patentDoc", "nonPatentDoc"} & data.keys():
        return "patent"
    if "divisionalApplicationInformation" in data:
        return "patent"
    claims = _items(data, "priorityRightInformation")
    return "patent" if any("nationalPriorityLawCd" in item for item in claims) else None


def _western(data: Data) -> Data:
    """The same field is a Western number in ``case_number_reference`` and an era number beside ``AD...`` elsewhere."""
    found = dict(data)
    for name in ("publicationNumber", "nationalPublicationNumber"):
        number = _text(found, name)
        if number is not None and len(number) == 10:
            found.setdefault(f"AD{name[0].upper()}{name[1:]}", found.pop(name))
    return found


def _text(data: Data, key: str) -> str | None:
    value = data.get(key)
    return clean(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _items(data: Data, key: str) -> list[Data]:
    """The objects of a list; the API writes an empty list or an empty object where there is nothing."""
    value = data.get(key)
    found = value if isinstance(value, list) else [value]
    return [item for item in found if isinstance(item, dict) and item]


def publication_number(number: str) -> str:
    """The DOCDB number of a publication that the JPO writes with the era's digit, or with a Western year.

    Publications have Western years since 2000; earlier ones keep their era, as in DOCDB.

    >>> publication_number("503090037"), publication_number("414233033"), publication_number("409074283")
    ('2021090037', '2002233033', 'H0974283')
    >>> publication_number("1985046093")
    'S6046093'
    """
    if len(number) == 10 and number.isdecimal():
        year, serial = int(number[:4]), number[4:]
        digit = "4" if year >= 1989 else "3"
    elif len(number) == 9 and number.isdecimal() and number[0] in ERAS:
        digit, serial = number[0], number[3:]
        year = ERAS[digit][1] + int(number[1:3])
    else:
        return number
    letter, before = ERAS[digit]
    return f"{year}{serial}" if year >= WESTERN_FROM else f"{letter}{year - before:02}{int(serial)}"


def application_number(number: str) -> str:
    """The DOCDB number of an application that the JPO writes with a Western year and six digits.

    >>> application_number("2020123456"), application_number("1998012345")
    ('2020123456', '1234598')
    """
    if len(number) == 10 and number.isdecimal() and int(number[:4]) < WESTERN_FROM:
        return f"{int(number[4:])}{number[2:4]}"
    return number


class _Document(NamedTuple):
    number: str
    kind: str | None
    published: date | None
    granted: date | None
    original: str
    column: str


def _records(case: _Case) -> Iterator[Record | Reject]:
    data, notes = case.data, Draft(case.row)
    documents = list(_design(notes, data) if case.law == "design" else _patent(notes, data))
    if not documents:
        notes.refuse(
            "input",
            "the response names no published document; put app_progress on the same application into the same file",
            column="applicationNumber",
            value=_text(data, "applicationNumber"),
        )
    for document in documents:
        draft = Draft(case.row)
        last = document is documents[-1]
        registered = document.column == "registrationNumber"
        if draft.start(
            "JP",
            document.number,
            document.kind,
            column=document.column,
            publication_date=document.published,
            original=document.original,
            grant_date=document.granted,
            claims=draft.count(_text(data, "numberOfClaims"), "numberOfClaims") if registered else None,
            legal_status=_status(data) if registered else None,
        ):
            _common(draft, data, design=case.law == "design", registered=registered)
            if last:
                _citations(draft, data)
        yield from draft.items()
    yield from notes.items()


def _patent(notes: Draft, data: Data) -> Iterator[_Document]:
    published = notes.day(_text(data, "publicationDate"), "publicationDate")
    registered = notes.day(_text(data, "registrationDate"), "registrationDate")
    earlier = _text(data, "internationalPublicationNumber") is not None
    for name in ("publicationNumber", "nationalPublicationNumber"):
        western = f"AD{name[0].upper()}{name[1:]}"
        # The era form is exact; a Western year cannot tell 昭和64年 from 平成元年.
        written = _text(data, name) or _text(data, western)
        if written is not None:
            shown = _text(data, western) or written
            yield _Document(publication_number(written), "A", published, None, shown, name)
            earlier = True
    number = _text(data, "registrationNumber")
    if number is not None:
        told = any(name in data for name in ("publicationNumber", "ADPublicationNumber"))
        kind = ("B2" if earlier else "B1") if told else None
        yield _Document(number, kind, None, registered, number, "registrationNumber")


def _design(notes: Draft, data: Data) -> Iterator[_Document]:
    number = _text(data, "registrationNumber")
    if number is not None:
        published = notes.day(_text(data, "publicationDate"), "publicationDate")
        registered = notes.day(_text(data, "registrationDate"), "registrationDate")
        yield _Document(number, "S", published, registered, number, "registrationNumber")


def _status(data: Data) -> str | None:
    """'extinguished' from the day on which the right ended, else 'registered'; as of the response."""
    if _text(data, "disappearanceDate"):
        return "extinguished"
    return "registered" if "disappearanceDate" in data else None


def _common(draft: Draft, data: Data, *, design: bool, registered: bool) -> None:
    number = _text(data, "applicationNumber") or ""
    draft.application(
        "JP",
        application_number(number),
        "F" if design else "A",
        filing_date=draft.day(_text(data, "filingDate"), "filingDate"),
        original=number,
        column="applicationNumber",
    )
    _parties(draft, data, registered=registered)
    draft.text("title", "ja", _text(data, "designArticle") if design else _text(data, "inventionTitle"))
    for item in _items(data, "priorityRightInformation"):
        _priority(draft, item)
    international = _text(data, "internationalApplicationNumber")
    if international is not None:
        on = draft.day(_text(data, "filingDate"), "filingDate")
        column = "internationalApplicationNumber"
        draft.written_priority(_pct(international), priority_date=on, column=column, linkage="pct")
    for item in _items(data, "parentApplicationInformation"):
        parent = _text(item, "parentApplicationNumber")
        if parent is not None:
            on = draft.day(_text(item, "filingDate"), "parentApplicationInformation")
            own = application_number(parent)
            column = "parentApplicationNumber"
            draft.priority("JP", own, "F" if design else "A", priority_date=on, column=column, linkage="division")


def _parties(draft: Draft, data: Data, *, registered: bool) -> None:
    """Applicants; of a registered right its owners where the response names them."""
    owners = [_text(item, "rightPersonName") for item in _items(data, "rightPersonInformation")]
    applicants = [
        _text(item, "name")
        for item in _items(data, "applicantAttorney")
        if _text(item, "applicantAttorneyClass") in ("1", None)
    ]
    if any(owners) and (registered or not any(applicants)):
        for name in owners:
            draft.party("applicant", name, kind="assignee")
    else:
        for name in applicants:
            draft.party("applicant", name)


def _priority(draft: Draft, item: Data) -> None:
    abroad = _text(item, "parisPriorityApplicationNumber")
    if abroad is not None:
        on = draft.day(_text(item, "parisPriorityDate"), "parisPriorityDate")
        country = _text(item, "parisPriorityCountryCd")
        column = "parisPriorityApplicationNumber"
        draft.written_priority(abroad, office=country, priority_date=on, column=column)
    on = draft.day(_text(item, "nationalPriorityDate"), "nationalPriorityDate")
    national = _text(item, "nationalPriorityApplicationNumber")
    if national is not None:
        kind = {"2": "U", "3": "F"}.get(_text(item, "nationalPriorityLawCd") or "", "A")
        column = "nationalPriorityApplicationNumber"
        draft.priority("JP", application_number(national), kind, priority_date=on, column=column)
    international = _text(item, "nationalPriorityInternationalApplicationNumber")
    if international is not None:
        column = "nationalPriorityInternationalApplicationNumber"
        draft.written_priority(_pct(international), priority_date=on, column=column)


def _pct(number: str) -> str:
    """``JP2020012345`` is PCT/JP2020/012345."""
    return f"PCT/{number[:6]}/{number[6:]}" if re.fullmatch(r"[A-Z]{2}\d{10}", number) else number


def _citations(draft: Draft, data: Data) -> None:
    seen: set[tuple[str | None, str | None]] = set()
    for item in _items(data, "patentDoc"):
        written, code = _text(item, "documentNumber"), _text(item, "citationType")
        # The same document comes again with every notice that is drafted.
        if written is None or (written, code) in seen:
            continue
        seen.add((written, code))
        office, number, kind = _cited(written)
        draft.cite_patent(office, number, kind, text=written, cited_by="examiner", phase=_phase(code))
    for item in _items(data, "nonPatentDoc"):
        names = (
            "authorName",
            "paperTitle",
            "publicationName",
            "publisher",
            "issueDate",
            "issueNumber",
            "citationPages",
        )
        written, code = (
            clean(", ".join(filter(None, (_text(item, name) for name in names)))),
            _text(item, "citationType"),
        )
        if (written, code) not in seen:
            seen.add((written, code))
            draft.cite_literature(written, cited_by="examiner", phase=_phase(code))


def _phase(code: str | None) -> str | None:
    return PHASES.get(code, f"jpo_{code}") if code is not None else None


def _cited(written: str) -> tuple[str | None, str | None, str | None]:
    """Office, number and kind of a cited document; all None where the notation is not known.

    >>> _cited("JPA 414233033"), _cited("JPU 503000001")
    (('JP', '2002233033', 'A'), ('JP', '2021000001', 'U'))
    """
    found = _CITED.fullmatch(written)
    if found is not None:
        kind, digits = found[1], found[2]
        return "JP", (publication_number(digits) if kind in "AU" else str(int(digits))), kind
    try:
        cited = numbers.parse(written, role="publication")
    except BadNumber:
        return None, None, None
    return cited.office, cited.number, cited.kind


READER = JpoApiReader()
