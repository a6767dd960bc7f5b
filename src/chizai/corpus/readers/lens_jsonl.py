"""Lens.org patent records as JSON: the API's answers and the bulk download, one record a line or in an array.

Field names as in the Lens patent API's documentation (https://docs.api.lens.org, "Patent Response"). What was left out
of a request by projection is missing here as well; only jurisdiction and number are needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chizai.corpus.readers.base import Carries, Chunk, Mark, Source
from chizai.corpus.readers.bigquery import PHASES
from chizai.corpus.readers.drafts import Draft, clean, country_of, lacking
from chizai.corpus.readers.json_records import at, first_record, listed, parsed, record_chunks, scalar
from chizai.corpus.readers.lens_csv import own_number
from chizai.corpus.schema import CountrySource, Linkage, Record, Reject, Role, Scheme, TextPart
from chizai.errors import BadNumber

CITED_PHASES = {**PHASES, "TPO": ("observation", "third_party")}
LANGUAGES = {"cn": "zh", "jp": "ja", "kr": "ko"}
"""Lens writes some languages by their country."""
LANGUAGE = 2
PLACES: tuple[tuple[str, Scheme], ...] = (
    ("classifications_cpc", "cpc"),
    ("classifications_ipcr", "ipc"),
    ("classifications_national", "uspc"),
)


TITLE = {"en": "Lens.org patent records (API, bulk JSONL)", "ja": "Lens.org 特許レコード（API・一括JSONL）"}
CARRIES: frozenset[Carries] = frozenset(
    {
            "publication_number", "publication_date", "kind", "application_number", "filing_date", "grant_date",
            "priority", "family_id", "applicant", "applicant_country", "inventor", "inventor_country", "cpc", "ipc",
            "inventive", "title", "abstract", "claims_text", "claims_count", "patent_citation", "npl_citation",
            "cited_by", "citation_category", "times_cited", "legal_status",
    }
)  # fmt: skip
LACKS: dict[Carries, Mark] = lacking(CARRIES)


class LensJsonlReader:
    name = "lens-jsonl"
    title = TITLE
    carries = CARRIES
    lacks = LACKS

    def recognise(self, head: bytes, source: Source) -> bool:
        record = first_record(head)
        return record is not None and "lens_id" in record and not record.keys().isdisjoint(("biblio", "jurisdiction"))

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        return record_chunks(source)

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        for number, item in chunk.data:
            record = parsed(number, item)
            if isinstance(record, Reject):
                yield record
            else:
                yield from _record(number, record)


def _record(row: int, record: dict[str, Any]) -> Iterator[Record | Reject]:
    draft = Draft(row)
    own = at(record, "biblio", "publication_reference")
    office, number, kind = _document(record) if clean(scalar(record.get("doc_number"))) else _document(own)
    if office is None or number is None:
        draft.refuse("bad-number", "no jurisdiction or no document number", column="doc_number", value=number)
        yield from draft.items()
        return
    published = draft.day(scalar(record.get("date_published") or at(own, "date")), "date_published")
    written = " ".join(filter(None, (office, number, kind)))
    try:
        found = own_number(office, number, kind, written, published)
    except BadNumber as error:
        draft.refuse(error.code, error.what(), column="doc_number", value=written)
        yield from draft.items()
        return
    family, members = (
        at(record, "families", "simple_family"),
        listed(at(record, "families", "simple_family", "members")),
    )
    ids = [lens_id for item in members if (lens_id := clean(scalar(at(item, "lens_id"))))]
    claims = _claims(record)
    opened = draft.start(
        found.office,
        found.number,
        found.kind,
        column="doc_number",
        publication_date=published,
        original=written,
        source_id=clean(scalar(record.get("lens_id"))),
        grant_date=draft.day(scalar(at(record, "legal_status", "grant_date")), "legal_status.grant_date"),
        # The family is named by the smallest id among its members, which is the same for all of them.
        family_id=f"lens:{min(ids)}" if ids else None,
        family_size=draft.count(scalar(at(family, "size")), "families.simple_family.size") or len(members) or None,
        times_cited=_times_cited(draft, record),
        claims=len(claims[0][1]) if claims else None,
        legal_status=clean(scalar(at(record, "legal_status", "patent_status"))),
    )
    if opened:
        _application(draft, record)
        _priorities(draft, record)
        _parties(draft, record)
        _classes(draft, record)
        _citations(draft, record)
        _texts(draft, "title", at(record, "biblio", "invention_title"))
        _texts(draft, "abstract", record.get("abstract"))
        for language, texts in claims:
            draft.text("claims", language, "\n".join(texts))
    yield from draft.items()


def _document(value: Any) -> tuple[str | None, str | None, str | None]:
    """Office, number and kind of a ``Document Id``."""
    return (
        clean(scalar(at(value, "jurisdiction"))),
        clean(scalar(at(value, "doc_number"))),
        clean(scalar(at(value, "kind"))),
    )


def _application(draft: Draft, record: dict[str, Any]) -> None:
    place = "biblio.application_reference"
    found = at(record, "biblio", "application_reference")
    office, number, kind = _document(found)
    filed = draft.day(scalar(at(found, "date")), place)
    if office is None or number is None:
        draft.filed(filed)
    else:
        original = " ".join(filter(None, (office, number, kind)))
        draft.application(office, number, kind, filing_date=filed, original=original, column=place)


def _priorities(draft: Draft, record: dict[str, Any]) -> None:
    place = "biblio.priority_claims"
    for item in listed(at(record, "biblio", "priority_claims", "claims")):
        office, number, kind = _document(item)
        if office is None or number is None:
            continue
        linkage: Linkage = "provisional" if kind == "P" else "priority"
        claimed = draft.day(scalar(at(item, "date")), place)
        draft.priority(office, number, kind, priority_date=claimed, column=place, linkage=linkage)


def _parties(draft: Draft, record: dict[str, Any]) -> None:
    parties = at(record, "biblio", "parties")
    roles: tuple[tuple[str, Role], ...] = (("applicants", "applicant"), ("inventors", "inventor"))
    for key, role in roles:
        found = listed(at(parties, key))
        kind, country_key = None, "residence"
        if role == "applicant" and not any(_name(item) for item in found):
            # Where no applicant is named, the owners on record are.
            found, kind, country_key = listed(at(parties, "owners_all")), "assignee", "extracted_country"
        for item in found:
            address = clean(scalar(at(item, "extracted_address")))
            country = country_of(scalar(at(item, country_key)))
            source: CountrySource = "residence" if country_key == "residence" else "address"
            draft.party(role, _name(item), country=country, country_source=source, address=address, kind=kind)


def _name(party: Any) -> str | None:
    return clean(scalar(at(party, "extracted_name", "value"))) or clean(scalar(at(party, "name", "name")))


def _classes(draft: Draft, record: dict[str, Any]) -> None:
    for key, scheme in PLACES:
        seen = set()
        for item in listed(at(record, "biblio", key, "classifications")):
            symbol = clean(scalar(at(item, "symbol") if isinstance(item, dict) else item))
            if symbol is None or symbol in seen:
                continue
            seen.add(symbol)
            value = at(item, "classification_value")
            position = at(item, "classification_symbol_position")
            draft.classify(
                scheme,
                symbol,
                column=f"biblio.{key}",
                inventive={"I": True, "A": False, "N": False}.get(str(value)),
                first={"F": True, "L": False}.get(str(position)),
            )


def _citations(draft: Draft, record: dict[str, Any]) -> None:
    for item in listed(at(record, "biblio", "references_cited", "citations")):
        phase, cited_by = CITED_PHASES.get(str(at(item, "cited_phase")), (None, None))
        category = "".join(filter(None, (clean(scalar(part)) for part in listed(at(item, "category"))))) or None
        patent = at(item, "patcit")
        if isinstance(patent, dict):
            document = listed(patent.get("document_id"))
            office, number, kind = _document(document[0]) if document else (None, None, None)
            on = draft.day(scalar(at(document[0], "date")), "biblio.references_cited") if document else None
            draft.cite_patent(
                office, number, kind, cited_by=cited_by, category=category, phase=phase, cited_date=on,
                text=clean(scalar(patent.get("text"))),
            )  # fmt: skip
        else:
            text = clean(scalar(at(item, "nplcit", "text")))
            draft.cite_literature(text, cited_by=cited_by, category=category, phase=phase)


def _times_cited(draft: Draft, record: dict[str, Any]) -> int | None:
    stated = scalar(at(record, "biblio", "cited_by", "patent_count"))
    if stated is not None:
        return draft.count(stated, "biblio.cited_by.patent_count")
    patents = at(record, "biblio", "cited_by", "patents")
    return len(patents) if isinstance(patents, list) else None


def _language(value: Any) -> str | None:
    code = clean(scalar(value))
    if code is None or len(code) != LANGUAGE:
        return None
    return LANGUAGES.get(code.lower(), code.lower())


def _texts(draft: Draft, part: TextPart, value: Any) -> None:
    for item in listed(value):
        draft.text(part, _language(at(item, "lang")), scalar(at(item, "text") if isinstance(item, dict) else item))


def _claims(record: dict[str, Any]) -> list[tuple[str | None, list[str]]]:
    """Language and texts of each set of claims."""
    found = []
    for item in listed(record.get("claims")):
        texts = []
        for claim in listed(at(item, "claims")):
            parts = [clean(scalar(part)) for part in listed(at(claim, "claim_text"))]
            text = "\n".join(part for part in parts if part)
            if text:
                texts.append(text)
        if texts:
            found.append((_language(at(item, "lang")), texts))
    return found


READER = LensJsonlReader()
