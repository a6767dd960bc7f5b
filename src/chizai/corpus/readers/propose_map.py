"""A first draft of a column map for an unknown table, from the words that offices and vendors use for their columns.

The draft is text to be read and corrected by a person; nothing is read with it unasked.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from chizai.corpus.readers.base import Chunk, Source
from chizai.corpus.readers.jplatpat import COLUMNS
from chizai.corpus.readers.mapped import damage, delimiter_of, header_and_rows, seekable
from chizai.corpus.readers.tabular import may_be_table, row_chunks
from chizai.errors import EmptyInput, UnknownFormat, Where

SAMPLE = 500
FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y年%m月%d日", "%d %b %Y")
SEPARATORS = (";;", ";", "|", "；", "\n", "、", ",")
SHARE = 0.8
"""The share of sampled cells that must fit a guess."""

WORDS: dict[str, tuple[str, ...]] = {
    "number": (
        "publication number", "patent number", "patent no", "publication no", "document number", "display key",
        "pub number", "patent id", "文献番号", "公開番号", "公報番号", "特許番号", "登録番号", "公開公報番号",
    ),
    "office": ("jurisdiction", "office", "authority", "publication country", "country code", "発行国", "国コード"),
    "kind": ("kind", "kind code", "公報種別", "種別"),
    "date": ("publication date", "pub date", "date published", "公開日", "公知日", "公報発行日", "発行日", "date"),
    "grant_date": ("grant date", "issue date", "登録日"),
    "family_id": ("family id", "family number", "simple family id", "ファミリー番号"),
    "times_cited": ("cited by count", "times cited", "forward citations", "cited by", "被引用数", "被引用回数"),
    "claims": ("claims count", "number of claims", "請求項数", "請求項の数"),
    "legal_status": ("legal status", "ステータス", "法的状態"),
    "application": ("application number", "application no", "filing number", "出願番号"),
    "filing_date": ("filing date", "application date", "date filed", "date of application", "出願日"),
    "priority": ("priority number", "priority numbers", "priority no", "priority number(s)", "優先権主張番号", "優先権番号"),
    "priority_date": ("priority date", "earliest priority date", "earliest priority", "優先日", "優先権主張日"),
    "applicant": (
        "applicant", "applicants", "assignee", "assignees", "owner", "owners", "出願人", "権利者", "特許権者",
        "出願人名", "出願人・権利者名", "applicant name", "assignee name", "applicant(s)",
    ),
    "applicant_country": ("applicant country", "assignee country", "owner country", "出願人国"),
    "inventor": ("inventor", "inventors", "inventor(s)", "発明者", "発明者名"),
    "cpc": ("cpc", "cooperative patent classification", "cpc classifications", "cpc codes"),
    "ipc": ("ipc", "international classification", "ipcr", "ipc classifications", "ipcr classifications", "国際特許分類", "分類"),
    "fi": ("fi", "ＦＩ", "FI分類"),
    "fterm": ("f term", "fterm", "Fターム", "Ｆターム"),
    "cited": ("cited patents", "citations", "references", "cites", "patents cited in the search report", "引用文献", "引用特許"),
    "title": ("title", "invention title", "発明の名称", "名称"),
    "abstract": ("abstract", "summary", "要約"),
    "claims_text": ("claims", "claim", "特許請求の範囲", "請求項"),
}  # fmt: skip


def plain_name(text: str) -> str:
    """A column's name for comparison.

    >>> plain_name("Publication_Number "), plain_name("ＦＩ")
    ('publication number', 'fi')
    """
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).lower()))


_JPLATPAT = {
    "document": "number", "laid_open": "number", "registered": "number", "published": "date", "laid_open_date": "date",
    "registered_date": "grant_date", "filed": "filing_date", "claims": "claims_text", "claims_count": "claims",
    "status": "legal_status",
}  # fmt: skip
"""Columns of the reader of J-PlatPat lists that bear another name here."""


def _ranked() -> dict[str, tuple[str, int]]:
    """A column's plain name -> its role and rank: of two columns for one role the one of the lower rank is taken."""
    names: dict[str, list[str]] = {role: list(words) for role, words in WORDS.items()}
    for field, words in COLUMNS.items():
        role = _JPLATPAT.get(field, field)
        if role in names:
            names[role] += words
    found: dict[str, tuple[str, int]] = {}
    for role, known in names.items():
        for rank, word in enumerate(known):
            found.setdefault(plain_name(word), (role, rank))
    return found


_KNOWN = _ranked()


def propose_map(path: Path) -> str:
    """A draft of a column map as YAML text, from the header and first 500 rows of a CSV, TSV, XLSX or Parquet table.

    Raises an InputError where the file is no table.
    """
    header, rows = _sample(Source(path))
    columns = {name: [row[place] for row in rows] for place, name in enumerate(header) if name}
    ranked = sorted((*_KNOWN[plain], name) for name in columns if (plain := plain_name(name)) in _KNOWN)
    roles = {role: name for role, _, name in reversed(ranked)}
    return _draft(path.name, columns, roles)


def _sample(source: Source) -> tuple[list[str], list[list[Any]]]:
    head = source.head()
    if not may_be_table(head) or head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"<", b"{", b"["):
        raise UnknownFormat(where=Where(file=source.label))  # a picture, a page, XML or JSON
    magic = head[:4]
    if magic in (b"PAR1", b"PK\x03\x04"):
        with damage(source), seekable(source) as content:
            if magic != b"PAR1":
                header, numbered = header_and_rows(content, source)
                return header, [list(row) for _, row in islice(numbered, SAMPLE)]
            with pq.ParquetFile(content) as file:
                batch = next(file.iter_batches(batch_size=SAMPLE), pa.RecordBatch.from_pylist([]))
                cells = [column.to_pylist() for column in batch.columns]
                return list(batch.schema.names), [list(row) for row in zip(*cells, strict=True)]
    for chunk in row_chunks(source, delimiter=delimiter_of(head), rows_per_chunk=SAMPLE):
        if isinstance(chunk, Chunk):
            header, found = chunk.data
            return header, [cells for _, cells in found if len(cells) == len(header)]
    raise EmptyInput(where=Where(file=source.label))


def _draft(name: str, columns: dict[str, list[Any]], roles: dict[str, str]) -> str:
    japanese = any(
        re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", str(cell)) for cells in columns.values() for cell in cells
    )

    def value(role: str, *, several: bool = False) -> dict[str, Any]:
        entry: dict[str, Any] = {"column": roles[role]}
        separator = _separator(columns[roles[role]]) if several else None
        if separator is not None:
            entry["separator"] = separator
        return entry

    def day(role: str) -> dict[str, Any]:
        entry = value(role)
        formats = _formats(columns[roles[role]])
        if formats:
            entry["formats"] = formats
        return entry

    publication: dict[str, Any] = {}
    if "office" in roles:
        publication["office"] = value("office")
    elif "number" not in roles or not _names_office(columns[roles["number"]]):
        publication["office"] = {"constant": "JP" if japanese else "US"}
    publication["number"] = value("number") if "number" in roles else {"generate": True}
    for role in ("kind", "family_id", "times_cited", "claims", "legal_status"):
        if role in roles:
            publication[role] = value(role)
    for role in ("date", "grant_date"):
        if role in roles:
            publication[role] = day(role)
    draft: dict[str, Any] = {"chizai_map": 1, "publication": publication}
    application = {"number": value("application")} if "application" in roles else {}
    if "filing_date" in roles:
        application["filing_date"] = day("filing_date")
    if application:
        draft["application"] = application
    if "priority" in roles:
        draft["priorities"] = {"number": value("priority", several=True)}
        if "priority_date" in roles:
            draft["priorities"]["date"] = {**day("priority_date"), **value("priority_date", several=True)}
    if "applicant" in roles:
        draft["applicants"] = {"name": value("applicant", several=True)}
        if "applicant_country" in roles:
            draft["applicants"]["country"] = value("applicant_country", several=True)
    if "inventor" in roles:
        draft["inventors"] = {"name": value("inventor", several=True)}
    classes = [
        {"scheme": scheme, "symbol": value(scheme, several=True)}
        for scheme in ("cpc", "ipc", "fi", "fterm")
        if scheme in roles
    ]
    if classes:
        draft["classes"] = classes
    if "cited" in roles:
        draft["citations"] = {"number": value("cited", several=True)}
    texts = [
        {"part": part, "text": value(role)}
        for role, part in (("title", "title"), ("abstract", "abstract"), ("claims_text", "claims"))
        if role in roles
    ]
    if texts:
        draft["texts"] = texts
    return _written(name, draft, [column for column in columns if column not in roles.values()])


def _written(name: str, draft: dict[str, Any], unused: list[str]) -> str:
    out = io.StringIO()
    yaml = YAML()
    yaml.allow_unicode = True
    yaml.width = 120
    yaml.dump(draft, out)
    notes = [f"# A draft for {name}: check every line, then save it as {name}.map.yaml"]
    if "constant" in draft["publication"].get("office", {}):
        notes.append("# office: a guess. Write the office that published these documents.")
    if "generate" in draft["publication"]["number"]:
        notes.append(
            "# number: none was found; numbers are made from the rows, so citations and families cannot be linked."
        )
    if unused:
        notes.append("# Columns not used: " + ", ".join(" ".join(column.split()) for column in unused))
    return "\n".join(notes) + "\n" + out.getvalue()


def _texts(cells: Iterable[Any]) -> list[str]:
    return [text for cell in cells if isinstance(cell, str) and (text := cell.strip())]


def _separator(cells: list[Any]) -> str | None:
    """The first separator that stands in a twentieth of the cells; the comma only where no cell looks like a name."""
    texts = _texts(cells)
    for separator in SEPARATORS:
        hits = sum(separator in text for text in texts)
        if separator == "," and any(re.search(r", [A-Z]|Ltd|Inc", text) for text in texts):
            return None
        if texts and hits * 20 >= len(texts):
            return separator
    return None


def _formats(cells: list[Any]) -> list[str]:
    texts = _texts(cells)
    if not texts:
        return []
    return [form for form in FORMATS if sum(_fits(text, form) for text in texts) >= SHARE * len(texts)][:1]


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _names_office(cells: list[Any]) -> bool:
    texts = _texts(cells)
    return bool(texts) and sum(bool(re.match(r"[A-Z]{2}[\s-]?\d", text)) for text in texts) >= SHARE * len(texts)
