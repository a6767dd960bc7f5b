"""J-PlatPat result lists as CSV, and lists with the Japanese headers of other search tools.

No description of the columns by the site was at hand; the layout is what public programs that read such exports
expect, and three of them agree. The older list has 文献番号, 出願番号, 出願日, 公知日, 発明の名称, 出願人/権利者, FI,
公開番号, 公告番号, 登録番号, 審判番号, その他, 文献URL. Later ステージ and イベント詳細 were added before 文献URL,
and 要約 after FI where it is asked for. Files are UTF-8 with a byte order mark or, saved again by Excel, cp932. Dates
are 2020/01/31; applicants are separated by half-width commas; so are FI symbols, which hold commas of their own
(``H02J3/00,170``).

What other search tools call the same things (出願人・権利者名, 公報IPC, 公開・公表番号, ステイタス ...) stands in
:data:`COLUMNS`. They carry more than J-PlatPat: inventors, IPC, F-terms, priorities, dates of registration.

One record a row: the document in 文献番号, dated by 公知日. Where 登録番号 names a grant that is not this document, the
grant is a second record, so that no grant is lost; the site gives no date for it. Lists without 文献番号 give a record
for each of 公開番号, 公告番号 and 登録番号, with their own dates. A registered patent is of kind B2 where 公開番号 is
given, because the JPO does not lay open what it has printed as granted; else its kind is not known. The marks ▲▼ around
characters that the site replaced are taken off. Not read: appeals, events, the address of the document, 'その他'.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from chizai.corpus import numbers
from chizai.corpus.numbers import Number
from chizai.corpus.readers.base import Carries, Chunk, Source
from chizai.corpus.readers.drafts import Draft, lacking
from chizai.corpus.readers.tabular import header_of, row_chunks
from chizai.corpus.schema import Record, Reject, Role, Scheme
from chizai.errors import BadNumber, MissingColumn, Where

COLUMNS: dict[str, tuple[str, ...]] = {
    "document": ("文献番号", "公報番号", "文献No"),
    "published": ("公知日", "発行日", "公報発行日", "公報発行日付"),
    "application": ("出願番号", "出願No"),
    "filed": ("出願日", "出願年月日"),
    "title": ("発明の名称", "発明等の名称", "発明・考案の名称", "発明の名称/考案の名称", "考案の名称"),
    "applicant": (
        "出願人/権利者", "出願人・権利者", "出願人・権利者名", "出願人/権利者名", "出願人・権利者氏名",
        "更新出願人・権利者氏名", "最新出願人・権利者", "出願人", "出願人名", "出願人氏名", "権利者", "権利者名",
    ),
    "inventor": ("発明者", "発明者名", "発明者氏名", "発明者・考案者", "発明者/考案者", "発明者・考案者名"),
    "fi": ("FI", "公報FI", "全FI", "最新FI", "FI記号", "更新FI"),
    "ipc": ("IPC", "国際特許分類", "公報IPC", "全IPC", "最新IPC", "更新IPC", "国際特許分類(IPC)"),
    "cpc": ("CPC", "公報CPC", "全CPC", "最新CPC"),
    "fterm": ("Fターム", "公報Fターム", "全Fターム", "最新Fターム", "更新Fターム", "F-term", "Fターム・テーマコード"),
    "abstract": ("要約", "抄録", "要約・抄録"),
    "claims": ("請求の範囲", "特許請求の範囲", "請求項", "全請求項"),
    "claims_count": ("請求項数", "請求項の数", "請求項の総数"),
    "laid_open": ("公開番号", "公表番号", "公開・公表番号", "公開/公表番号"),
    "laid_open_date": ("公開日", "公表日", "公開・公表日", "公開/公表日", "公開公報発行日"),
    "examined": ("公告番号",),
    "examined_date": ("公告日",),
    "registered": ("登録番号", "特許番号", "特許登録番号"),
    "registered_date": ("登録日", "特許登録日", "設定登録日"),
    "priority": ("優先権主張番号", "優先権番号", "優先番号", "優先権主張出願番号", "優先権主張国・番号"),
    "priority_date": ("優先日", "優先権主張日", "優先権日"),
    "status": ("ステージ", "ステータス", "ステイタス", "法的状態", "生死情報", "権利状況"),
}  # fmt: skip
"""Field -> the headers under which it is known, full-width letters made half-width."""

NUMBERS = ("document", "laid_open", "examined", "registered")
BLANK = {"", "-", "ー", "―", "−", "*", "なし", "nan"}
LONGEST_BLANK = 16
"""Signs in ``BLANK`` with blanks around them."""
ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
ERAS |= {"M": 1867, "T": 1911, "S": 1925, "H": 1988, "R": 2018}

_FIELD = {name.casefold(): field for field, names in COLUMNS.items() for name in names}
_ERA_DATE = re.compile(
    r"(明治|大正|昭和|平成|令和|[MTSHR])\.?\s*(元|\d{1,2})\s*[年./-]\s*(?:\(\d{4}\)\s*)?(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?"
)
_DATE = re.compile(r"(\d{4})\s*(?:年|[/.-])\s*(\d{1,2})\s*(?:月|[/.-])\s*(\d{1,2})\s*日?(?:[ T]\d.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_LEGAL_FORM = (
    r"(?:Ltd|Limited|Inc|Incorporated|LLC|L\.?\s?L\.?\s?C|LP|Co|Corp|Company|S\.?\s?A|GmbH|AG|N\.?\s?V|B\.?\s?V|PLC)\b"
)
_BETWEEN_NAMES = re.compile(rf"[;；|、\n]|,(?!\s*{_LEGAL_FORM})", re.IGNORECASE)
_BETWEEN_SYMBOLS = re.compile(r"[,;|、\s]+")
_SYMBOL_STARTS = re.compile(r"[A-H]\d{2}[A-Z]")
_FTERM = re.compile(r"\d[A-Z]\d{3}(?:[A-Z]{2}\d{2}(?:\.[A-Z])?)?")
_CLAIM = re.compile(r"【請求項(\d{1,4})】")
_ABSTRACT_HEAD = re.compile(r"^\s*[(（]\s*57\s*[)）]\s*【要約】\s*")
_CHOSEN_FIGURE = re.compile(r"【選択図】.*\Z", re.DOTALL)
_KANA = re.compile(r"[\u3041-\u30fa]")
_BETWEEN_PRIORITIES = re.compile(r"[;,、|\n]+")


def field_of(header: str) -> str | None:
    """What a column holds; None for one that is not read.

    >>> field_of("出願人／権利者"), field_of("ＦＩ"), field_of("【発明の名称】"), field_of("メモ")
    ('applicant', 'fi', 'title', None)
    """
    plain = unicodedata.normalize("NFKC", header).strip('\ufeff 【】[]"').replace(" ", "")
    return _FIELD.get(plain.casefold())


@lru_cache(maxsize=1 << 14)
def date_of(text: str) -> date | None:
    """A date in Western years or in an era; None where there is none. Raises ValueError for what is no date.

    >>> date_of("2020/01/31"), date_of("令和元年５月１日"), date_of("H27.1.15"), date_of("-")
    (datetime.date(2020, 1, 31), datetime.date(2019, 5, 1), datetime.date(2015, 1, 15), None)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain in BLANK or not plain.strip("0/.- "):
        return None
    if found := _ERA_DATE.fullmatch(plain):
        year = ERAS[found[1]] + (1 if found[2] == "元" else int(found[2]))
        return date(year, int(found[3]), int(found[4]))
    found = _DATE.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if found is None:
        raise ValueError("not a date")
    return date(int(found[1]), int(found[2]), int(found[3]))


def names_of(text: str) -> list[str]:
    """The names in a cell. A comma before a legal form, and a full-width comma, belong to the name.

    >>> names_of("株式会社日立製作所,▲高▼橋　一郎"), names_of("ABC Co., Ltd.,DEF株式会社")
    (['株式会社日立製作所', '高橋　一郎'], ['ABC Co., Ltd.', 'DEF株式会社'])
    """
    parts = _BETWEEN_NAMES.split(text.replace("▲", "").replace("▼", ""))
    return list(dict.fromkeys(name for part in parts if (name := part.strip()) and name not in BLANK))


def symbols_of(text: str) -> list[str]:
    """The FI or IPC symbols in a cell; a part that does not begin like a symbol belongs to the one before.

    >>> symbols_of("H02J3/00,170,H02J3/32"), symbols_of("H05K1/11@B;Ｇ０６Ｆ１６/００")
    (['H02J3/00,170', 'H02J3/32'], ['H05K1/11@B', 'G06F16/00'])
    """
    symbols: list[str] = []
    plain = re.sub(r"(?<=[A-Z]) +(?=\d)|\(\d{4}\.\d{2}\)", "", unicodedata.normalize("NFKC", text).upper())
    for part in filter(None, _BETWEEN_SYMBOLS.split(plain)):
        if _SYMBOL_STARTS.match(part):
            symbols.append(part)
        elif symbols:
            symbols[-1] += f",{part}"
    return list(dict.fromkeys(symbols))


TITLE = {
    "en": "J-PlatPat CSV and lists with Japanese headers",
    "ja": "J-PlatPat CSV、日本語見出しの検索結果一覧",
}
CARRIES: frozenset[Carries] = frozenset(
    {
        "publication_number", "publication_date", "kind", "application_number", "filing_date", "grant_date",
        "priority", "applicant", "inventor", "cpc", "ipc", "fi", "fterm", "title", "abstract", "claims_text",
        "claims_count", "legal_status",
    }
)  # fmt: skip
LACKS = lacking(CARRIES)


class JPlatPatReader:
    name = "jplatpat"
    title = TITLE
    carries = CARRIES
    lacks = LACKS

    def recognise(self, head: bytes, source: Source) -> bool:
        return any(_is_list(header_of(head, delimiter=delimiter)) for delimiter in ",\t")

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        delimiter = "\t" if _is_list(header_of(source.head(), delimiter="\t")) else ","
        for chunk in row_chunks(source, delimiter=delimiter):
            if isinstance(chunk, Chunk) and not _is_list(chunk.data[0]):
                raise MissingColumn(
                    where=Where(file=source.label),
                    columns="文献番号 (公開番号, 登録番号), 出願番号, 発明の名称",
                    present=", ".join(chunk.data[0]),
                )
            yield chunk

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        header, rows = chunk.data
        fields = [field_of(name) for name in header]
        for number, cells in rows:
            if any(cell.strip() for cell in cells[len(fields) :]):
                detail = f"{len(cells)} cells where the header has {len(fields)}"
                yield Reject(number, "malformed-input", detail, value=",".join(cells)[:200])
                continue
            row: dict[str, tuple[str, str]] = {}
            for name, field, cell in zip(header, fields, cells, strict=False):
                if field is not None and field not in row and not _is_blank(cell):
                    row[field] = (name, cell.strip())
            if row:
                yield from _Row(number, row).read()


def _is_blank(cell: str) -> bool:
    # No long text is a sign for nothing, however wide its letters are.
    return not cell or (len(cell) <= LONGEST_BLANK and unicodedata.normalize("NFKC", cell).strip() in BLANK)


def _is_list(header: list[str]) -> bool:
    fields = {field_of(name) for name in header} - {None}
    return (
        not fields.isdisjoint(NUMBERS)
        and "title" in fields
        and not fields.isdisjoint(("application", "filed"))
        and len(fields) >= 4
    )


class _Document(NamedTuple):
    number: Number
    field: str
    published: date | None
    granted: date | None


class _Row:
    def __init__(self, row: int, cells: dict[str, tuple[str, str]]) -> None:
        self.row, self.cells = row, cells
        self.notes = Draft(row)
        """What is dropped before a record is open."""

    def cell(self, field: str) -> str | None:
        return self.cells[field][1] if field in self.cells else None

    def column(self, field: str) -> str:
        return self.cells[field][0] if field in self.cells else field

    def day(self, field: str) -> date | None:
        text = self.cell(field)
        if text is None:
            return None
        try:
            return date_of(text)
        except ValueError:
            column = self.column(field)
            self.notes.drop("malformed-input", "an impossible date was dropped", column=column, value=text)
            return None

    def read(self) -> Iterator[Record | Reject]:
        documents = list(self.documents())
        filed = self.day("filed") if documents else None
        for document in documents:
            draft = Draft(self.row)
            own = document.number
            if draft.start(
                own.office,
                own.number,
                own.kind,
                column=self.column(document.field),
                publication_date=document.published,
                original=self.cell(document.field),
                grant_date=document.granted,
                claims=self.claims_count(draft) if document is documents[0] else None,
                legal_status=self.cell("status"),
                known=own,
            ):
                self.fill(draft, own.office, filed)
            yield from draft.items()
        yield from self.notes.items()

    def documents(self) -> Iterator[_Document]:
        """The documents of the row, the one in 文献番号 first."""
        fields = [field for field in NUMBERS if field in self.cells]
        if not fields:
            self.notes.refuse("bad-number", "the row has no publication number", column=self.column("document"))
            return
        if fields[0] == "document":
            fields = [field for field in fields if field in ("document", "registered")]
        seen: set[str] = set()
        for field in fields:
            dated = {"document": "published"}.get(field, f"{field}_date")
            day = self.day(dated) or (self.day("published") if field == "laid_open" else None)
            granted = day if field == "registered" else None
            number = self.number(field, None if field == "registered" else day, fatal=field == fields[-1] and not seen)
            if number is not None and number.id not in seen:
                seen.add(number.id)
                yield _Document(number, field, None if field == "registered" else day, granted)

    def number(self, field: str, on: date | None, *, fatal: bool) -> Number | None:
        text = self.cell(field) or ""
        plain = unicodedata.normalize("NFKC", text).strip()
        if field != "document" and re.fullmatch(r"[\d/-]+", plain):
            # Other tools write the number alone; which right it is, the application's number says.
            model = (self.cell("application") or "").startswith("実願")
            before = {"laid_open": "実開" if model else "特開", "examined": "実公" if model else "特公"}.get(
                field, "実登" if model else "特許"
            )
            plain = before + plain
        try:
            # A Japanese notation says its year, or needs none; the date is for those that change with it (US B1).
            found = numbers.parse(plain, role="publication", date=on if plain[:1].isascii() else None)
            if found.kind is None and plain.startswith("特許") and "laid_open" in self.cells:
                found = numbers.publication(found.office, found.number, "B2", original=text)
            return found
        except BadNumber:
            note = self.notes.refuse if fatal else self.notes.drop
            note("bad-number", "the publication number cannot be read", column=self.column(field), value=text)
            return None

    def fill(self, draft: Draft, office: str, filed: date | None) -> None:
        self.application(draft, office, filed)
        self.priorities(draft)
        for role in ("applicant", "inventor"):
            self.parties(draft, role)
        for scheme in ("fi", "ipc", "cpc", "fterm"):
            self.classes(draft, scheme)
        if title := self.cell("title"):
            draft.text("title", _language(title, office), title.replace("▲", "").replace("▼", ""))
        if abstract := self.cell("abstract"):
            plain = _CHOSEN_FIGURE.sub("", _ABSTRACT_HEAD.sub("", abstract))
            draft.text("abstract", _language(plain, office), plain)
        if claims := self.cell("claims"):
            draft.text("claims", _language(claims, office), claims)

    def application(self, draft: Draft, office: str, filed: date | None) -> None:
        text = self.cell("application")
        column = self.column("application")
        if text is None:
            draft.filed(filed)
            return
        found = draft.parsed(unicodedata.normalize("NFKC", text), filed, office=office)
        if found is None:
            draft.unread_application(text, filing_date=filed, column=column)
            return
        draft.application(
            found.office, found.number, found.kind, filing_date=filed, original=text, column=column, known=found
        )

    def priorities(self, draft: Draft) -> None:
        claimed = _BETWEEN_PRIORITIES.split(unicodedata.normalize("NFKC", self.cell("priority") or ""))
        claimed = [item.strip() for item in claimed if item.strip()]
        days = [item for item in _BETWEEN_PRIORITIES.split(self.cell("priority_date") or "") if item.strip()]
        for order, item in enumerate(claimed):
            column = self.column("priority")
            on: date | None = None
            if len(days) == len(claimed):
                try:
                    on = date_of(days[order])
                except ValueError:
                    draft.drop("malformed-input", "an impossible date was dropped", column=column, value=days[order])
            draft.written_priority(item, priority_date=on, column=column)

    def parties(self, draft: Draft, role: Role) -> None:
        for name in names_of(self.cell(role) or ""):
            draft.party(role, name)

    def classes(self, draft: Draft, scheme: Scheme) -> None:
        text = self.cell(scheme)
        if text is None:
            return
        column = self.column(scheme)
        if scheme == "fterm":
            plain = unicodedata.normalize("NFKC", text).upper()
            symbols = [part for part in _BETWEEN_SYMBOLS.split(plain) if _FTERM.fullmatch(part)]
        else:
            symbols = symbols_of(text)
        if not symbols:
            draft.drop("malformed-input", f"no symbol of the {scheme.upper()} in it", column=column, value=text)
        for symbol in dict.fromkeys(symbols):
            draft.classify(scheme, symbol, column=column)

    def claims_count(self, draft: Draft) -> int | None:
        """As stated, else the highest number among the claims in full."""
        text = self.cell("claims_count")
        if text is not None:
            return draft.count(unicodedata.normalize("NFKC", text), self.column("claims_count"))
        found = _CLAIM.findall(unicodedata.normalize("NFKC", self.cell("claims") or ""))
        return max(map(int, found), default=None)


def _language(text: str, office: str) -> str | None:
    return "ja" if office == "JP" or _KANA.search(text) else None


READER = JPlatPatReader()
