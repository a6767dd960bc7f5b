"""Google Patents: the CSV that 'Download (CSV)' on patents.google.com gives.

The first line holds the search (``search URL:,https://...``), the second the header. The file has dates of priority and
filing but not the numbers they belong to, names without countries, and no classification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chizai.corpus.readers.base import Carries, Chunk, Source
from chizai.corpus.readers.drafts import Draft, clean, lacking
from chizai.corpus.readers.tabular import header_of, row_chunks
from chizai.corpus.schema import Record, Reject
from chizai.errors import MissingColumn, Where

NEEDED = ("id", "title", "inventor/author", "publication date")
SEARCH = "search url:"

_ID = re.compile(r"([A-Z]{2})-([^-]+)(?:-([A-Z]\d?))?")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_LINK_LANGUAGE = re.compile(r"/patent/[^/]+/([a-z]{2})(?:[-/?#].*)?")

_LEGAL_FORMS = frozenset(
    {
        "inc", "llc", "llp", "lp", "ltd", "limited", "co", "corp", "corporation", "company", "plc", "pllc", "pc", "na",
        "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "ag", "gmbh", "kg", "kgaa", "ev", "se", "ab", "as", "oy", "oyj",
        "aps", "kk", "kabushikikaisha", "gk", "yk", "pte", "pty", "pvt", "sro", "doo", "jsc", "pjsc", "ooo", "oao",
        "zao", "lda", "ltda", "cv", "decv", "sadecv", "coltd", "usa", "us", "jr", "sr", "ii", "iii", "iv", "phd", "md",
    }
)  # fmt: skip
"""What stands after a comma without being a name of its own: legal forms, and additions to a person's name."""


def split_names(cell: str) -> list[str]:
    """The names in one cell. Google joins them with ', ' and does not mark commas inside a name.

    A part that is a legal form, or goes on in small letters, belongs to the name before it. Two names are never run
    together, but a name such as 'Ministry of Health, Labour and Welfare' comes apart; the file does not say better.

    >>> split_names("Honda Motor Co., Ltd., ElectroCore, LLC, 3M Company")
    ['Honda Motor Co., Ltd.', 'ElectroCore, LLC', '3M Company']
    """
    names: list[str] = []
    for part in cell.split(","):
        text = part.strip()
        if not text:
            continue
        if names and (_bare(text) in _LEGAL_FORMS or text[0].islower()):
            names[-1] = f"{names[-1]}, {text}"
        else:
            names.append(text)
    return names


def _bare(text: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", text.casefold())


CARRIES: frozenset[Carries] = frozenset(
    {"publication_number", "publication_date", "kind", "grant_date", "filing_date", "applicant", "inventor", "title"}
)
TITLE = {"en": "Google Patents search result (CSV)", "ja": "Google Patents 検索結果（CSV）"}
LACKS = lacking(CARRIES)


class GoogleCsvReader:
    name = "google-csv"
    title = TITLE
    carries = CARRIES
    lacks = LACKS

    def recognise(self, head: bytes, source: Source) -> bool:
        header = [cell.lower() for cell in header_of(head)]
        return bool(header) and (header[0] == SEARCH or set(NEEDED) <= set(header))

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        first = header_of(source.head())
        skip = 1 if first and first[0].lower() == SEARCH else 0
        for chunk in row_chunks(source, skip=skip):
            if isinstance(chunk, Chunk):
                header = [cell.lower() for cell in chunk.data[0]]
                missing = [name for name in NEEDED if name not in header]
                if missing:
                    raise MissingColumn(
                        where=Where(file=source.label), columns=", ".join(missing), present=", ".join(header)
                    )
            yield chunk

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        header, rows = chunk.data
        columns = [cell.lower() for cell in header]
        for number, cells in rows:
            if len(cells) > len(columns):
                yield Reject(number, "malformed-input", "the row has more cells than the header")
                continue
            yield from self._record(number, dict(zip(columns, cells, strict=False)))

    def _record(self, row: int, cells: dict[str, str]) -> Iterator[Record | Reject]:
        draft = Draft(row)
        written = clean(cells.get("id")) or ""
        found = _ID.fullmatch(written.upper())
        if found is None:
            draft.refuse("bad-number", "the id is not of the form US-10000000-B2", column="id", value=written)
            yield from draft.items()
            return
        started = draft.start(
            found[1],
            found[2],
            found[3],
            column="id",
            publication_date=draft.day(cells.get("publication date"), "publication date"),
            original=written,
            grant_date=draft.day(cells.get("grant date"), "grant date"),
            earliest_priority_date=draft.day(cells.get("priority date"), "priority date"),
            filing_date=draft.day(cells.get("filing/creation date"), "filing/creation date"),
        )
        if started:
            # The title is in the language of the page that the row links to.
            language = _LINK_LANGUAGE.search(cells.get("result link", ""))
            draft.text("title", language[1] if language else None, cells.get("title"))
            for name in split_names(clean(cells.get("assignee")) or ""):
                draft.party("applicant", name, kind="assignee")
            for name in split_names(clean(cells.get("inventor/author")) or ""):
                draft.party("inventor", name)
        yield from draft.items()


READER = GoogleCsvReader()
