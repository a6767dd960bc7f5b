"""EPO DOCDB exchange XML (front files, back files, single documents).

A file is cut at ``exchange-document`` borders, so a back file of gigabytes is never held. Read are: publication,
application and priority references, family id, parties with residence, IPC and CPC, titles, abstracts, cited documents.
What is chosen where DOCDB gives several forms, and what is left out: see :mod:`chizai.corpus.readers.epo_exchange`.

A document with status D or DV tells that the EPO deleted the publication: it becomes a reject with that reason. Status
CV (published, then withdrawn) is kept as legal status 'withdrawn'.
"""

from __future__ import annotations

from collections.abc import Iterator

from chizai.corpus.readers import epo_exchange, xml_safety
from chizai.corpus.readers.base import CHUNK_BYTES, Carries, Chunk, Source
from chizai.corpus.readers.drafts import Draft, lacking
from chizai.corpus.readers.epo_items import attribute, regular
from chizai.corpus.schema import Record, Reject
from chizai.errors import EmptyInput, InputError, Where

DELETED = ("D", "DV")


TITLE = {"en": "EPO DOCDB exchange XML", "ja": "EPO DOCDB 交換用XML"}
CARRIES: frozenset[Carries] = frozenset(
    {
        "publication_number", "publication_date", "kind", "application_number", "filing_date", "grant_date",
        "priority", "family_id", "applicant", "applicant_country", "inventor", "inventor_country", "cpc", "ipc", "fi",
        "fterm", "inventive", "title", "abstract", "patent_citation", "npl_citation", "cited_by", "citation_category",
        "legal_status",
    }
)  # fmt: skip
LACKS = lacking(CARRIES)


class DocdbReader:
    name = "docdb"
    title = TITLE
    carries = CARRIES
    lacks = LACKS

    def recognise(self, head: bytes, source: Source) -> bool:
        return epo_exchange.root_name(head) in ("exchange-documents", "exchange-document")

    def chunks(self, source: Source) -> Iterator[Chunk | Reject]:
        batch: list[bytes] = []
        size, number, first = 0, 0, 1
        with epo_exchange.open_utf8(source) as stream:
            for piece in epo_exchange.elements(stream, "exchange-document"):
                number += 1
                if isinstance(piece, bytes):
                    batch.append(piece)
                    size += len(piece)
                # Rows of a chunk are numbered on from its first, so a piece that is left out ends it.
                if batch and (size >= CHUNK_BYTES or isinstance(piece, str)):
                    yield Chunk(batch, first)
                    batch, size = [], 0
                if not batch:
                    first = number + 1
                if isinstance(piece, str):
                    code = "truncated-input" if piece == epo_exchange.CUT else "malformed-input"
                    yield Reject(number, code, f"no whole exchange-document: {piece}")
        if batch:
            yield Chunk(batch, first)
        if number == 0:
            raise EmptyInput(where=Where(file=source.label))

    def records(self, chunk: Chunk) -> Iterator[Record | Reject]:
        for row, data in enumerate(chunk.data, chunk.first_row):
            data = epo_exchange.prepared(data)
            try:
                document = xml_safety.parse(data)
            except InputError as error:
                yield xml_safety.reject_of(error, row)
                continue
            node = document.document_element()
            status = attribute(node, "status")
            if status in DELETED:
                label = " ".join(attribute(node, name) or "" for name in ("country", "doc-number", "kind"))
                yield Reject(row, "input", f"the EPO deleted this publication (status {status})", value=label)
                continue
            draft = Draft(row)
            epo_exchange.read(draft, node, text=data if regular(data) else b"")
            yield from draft.items()
            del document  # kept until here: its nodes do not hold it


READER = DocdbReader()
