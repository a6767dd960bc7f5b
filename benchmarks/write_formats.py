"""A part's canonical tables as what a user would have been given: PatentsView tables, DOCDB exchange XML.

Written as the offices of the sources write them: PatentsView holds US grants alone and knows no families; DOCDB holds
every publication, its family and the residence of applicants. Layouts as in ``tests/data/patentsview`` and
``tests/data/epo``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import duckdb

# PatentsView --------------------------------------------------------------------------------------------------------

_GRANTS = """
    CREATE TABLE grants AS SELECT number AS patent_id, publication_id, application_id, publication_date, kind, claims
    FROM '{0}/publication.parquet' WHERE office = 'US' AND kind_class = 'grant'
"""
_PARTY = """
    SELECT patent_id, row_number() OVER (PARTITION BY patent_id ORDER BY sequence) - 1 AS sequence, name, country
    FROM '{0}/party.parquet' JOIN grants USING (publication_id) WHERE role = '{1}'
"""
_CITED = """
    SELECT patent_id, sequence - 1 AS citation_sequence, string_split(cited_id, '-') AS cited, cited_date,
        coalesce('cited by ' || replace(cited_by, '_', ' '), 'cited by other') AS citation_category
    FROM '{0}/citation.parquet' JOIN grants USING (publication_id) WHERE patent AND cited_id IS NOT NULL
"""
_PATENTSVIEW = {
    "g_patent": """
        SELECT patent_id, 'utility' AS patent_type, publication_date AS patent_date, text AS patent_title,
            kind AS wipo_kind, claims AS num_claims, 0 AS withdrawn, 'ipg.xml' AS filename
        FROM grants LEFT JOIN '{0}/text.parquet' t ON t.publication_id = grants.publication_id
            AND part = 'title' AND language = 'en'
    """,
    "g_patent_abstract": """
        SELECT patent_id, text AS patent_abstract FROM grants JOIN '{0}/text.parquet' USING (publication_id)
        WHERE part = 'abstract' AND language = 'en'
    """,
    "g_application": """
        SELECT number AS application_id, patent_id, '' AS patent_application_type, filing_date,
            substr(number, 5, 2) AS series_code, 0 AS rule_47_flag
        FROM grants JOIN (SELECT DISTINCT ON (application_id) * FROM '{0}/application.parquet') USING (application_id)
    """,
    "g_assignee_disambiguated": """
        SELECT patent_id, sequence AS assignee_sequence, md5(name) AS assignee_id,
            '' AS disambig_assignee_individual_name_first, '' AS disambig_assignee_individual_name_last,
            name AS disambig_assignee_organization, CASE country WHEN 'US' THEN 2 ELSE 3 END AS assignee_type,
            'l-' || country AS location_id
        FROM ({applicant})
    """,
    "g_inventor_disambiguated": """
        SELECT patent_id, sequence AS inventor_sequence, md5(name) AS inventor_id,
            split_part(name, ' ', 2) AS disambig_inventor_name_first,
            split_part(name, ' ', 1) AS disambig_inventor_name_last, '' AS gender_code, 'l-' || country AS location_id
        FROM ({inventor})
    """,
    "g_location_disambiguated": """
        SELECT DISTINCT 'l-' || country AS location_id, 'Town' AS disambig_city, '' AS disambig_state,
            country AS disambig_country, '' AS latitude, '' AS longitude, '' AS county, '' AS state_fips,
            '' AS county_fips
        FROM '{0}/party.parquet' WHERE country IS NOT NULL
    """,
    "g_cpc_current": """
        SELECT patent_id, sequence - 1 AS cpc_sequence, substr(symbol, 1, 1) AS cpc_section,
            substr(symbol, 1, 3) AS cpc_class, substr(symbol, 1, 4) AS cpc_subclass, symbol AS cpc_group,
            CASE WHEN inventive THEN 'inventional' ELSE 'additional' END AS cpc_type
        FROM '{0}/classification.parquet' JOIN grants USING (publication_id) WHERE scheme = 'cpc'
    """,
    "g_us_patent_citation": """
        SELECT patent_id, citation_sequence, cited[2] AS citation_patent_id, cited_date AS citation_date,
            '' AS record_name, cited[3] AS wipo_kind, citation_category
        FROM ({cited}) WHERE cited[1] = 'US' AND cited[3] NOT LIKE 'A_'
    """,
    "g_us_application_citation": """
        SELECT patent_id, citation_sequence, cited[2] AS citation_document_number, cited_date AS citation_date,
            '' AS record_name, cited[3] AS wipo_kind, citation_category
        FROM ({cited}) WHERE cited[1] = 'US' AND cited[3] LIKE 'A_'
    """,
    "g_foreign_citation": """
        SELECT patent_id, citation_sequence, cited[2] AS citation_application_id, cited_date AS citation_date,
            citation_category, cited[1] AS citation_country
        FROM ({cited}) WHERE cited[1] <> 'US'
    """,
    "g_other_reference": """
        SELECT patent_id, sequence - 1 AS other_reference_sequence, cited_text AS other_reference_text
        FROM '{0}/citation.parquet' JOIN grants USING (publication_id) WHERE NOT patent
    """,
    "g_foreign_priority": """
        SELECT patent_id, sequence - 1 AS priority_claim_sequence, 'national' AS priority_claim_kind,
            split_part(priority_id, '-', 2) AS foreign_application_id, priority_date AS filing_date,
            office AS foreign_country_filed
        FROM '{0}/priority.parquet' JOIN grants USING (publication_id) WHERE office <> 'US'
    """,
}


def patentsview(part: Path, out: Path) -> Path:
    """The part's US grants as PatentsView's bulk tables; the folder of them."""
    folder = out / f"{part.name}-patentsview"
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(":memory:") as con:
        con.execute(_GRANTS.format(part))
        parts = {
            "applicant": _PARTY.format(part, "applicant"),
            "inventor": _PARTY.format(part, "inventor"),
            "cited": _CITED.format(part),
        }
        for name, query in _PATENTSVIEW.items():
            con.execute(
                f"COPY ({query.format(part, **parts)}) TO '{folder / name}.tsv' (DELIMITER '\t', HEADER, FORCE_QUOTE *)"
            )
    return folder


# DOCDB --------------------------------------------------------------------------------------------------------------

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<exch:exchange-documents xmlns:exch="http://www.epo.org/exchange" '
    'date-of-exchange="{day}" file="{name}" no-of-documents="{count}" originating-office="EP">\n'
)


def docdb(rows: Iterable[dict[str, Any]], path: Path, *, count: int) -> Path:
    """Rows of Google's publications table as a DOCDB back file; the file.

    The row is the same as :func:`benchmarks.generate.write_source` writes: what both carry is said once.
    """
    with path.open("w", encoding="utf-8") as out:
        out.write(_OPENING.format(day=f"{date(2026, 3, 31):%Y%m%d}", name=path.stem, count=f"{count:07}"))
        for row in rows:
            out.write(_document(row) + "\n")
        out.write("</exch:exchange-documents>\n")
    return path


def _document(row: dict[str, Any]) -> str:
    office, number, kind = row["publication_number"].split("-")
    day = row["publication_date"]
    granted = "printed-with-grant" if row["grant_date"] else "unexamined-printed-without-grant"
    filed = _reference(row["application_number"], row["filing_date"])
    biblio = [
        '<exch:publication-reference data-format="docdb">'
        f"{_reference(row['publication_number'], day)}</exch:publication-reference>",
        _listed("classifications-ipcr", [_ipc(*at) for at in enumerate(row["ipc"] or [], 1)]),
        _listed("patent-classifications", [_cpc(*at) for at in enumerate(row["cpc"] or [], 1)]),
        f'<exch:application-reference data-format="docdb">{filed}</exch:application-reference>',
        _listed(
            "priority-claims",
            [
                f'<exch:priority-claim sequence="{at}" data-format="docdb">'
                f"{_reference(claim['application_number'], claim['filing_date'])}</exch:priority-claim>"
                for at, claim in enumerate(row["priority_claim"] or [], 1)
            ],
        ),
        f"<exch:parties>{_parties('applicant', row['assignee_harmonized'])}"
        f"{_parties('inventor', row['inventor_harmonized'])}</exch:parties>",
        *(
            f'<exch:invention-title lang="{title["language"]}" data-format="docdba">{escape(title["text"])}'
            "</exch:invention-title>"
            for title in row["title_localized"] or []
        ),
        f"<exch:dates-of-public-availability><exch:{granted}><document-id><date>{day}</date></document-id>"
        f"</exch:{granted}></exch:dates-of-public-availability>",
        _listed("references-cited", [_cited(*at) for at in enumerate(row["citation"] or [], 1)]),
    ]
    abstracts = (
        f'<exch:abstract lang="{text["language"]}" data-format="docdba"><exch:p>{escape(text["text"])}</exch:p>'
        "</exch:abstract>"
        for text in row["abstract_localized"] or []
    )
    head = {"country": office, "doc-number": number, "kind": kind, "date-publ": day, "family-id": row["family_id"]}
    said = " ".join(f"{name}={quoteattr(str(value))}" for name, value in head.items())
    return (
        f'<exch:exchange-document {said} status="C"><exch:bibliographic-data>{"".join(biblio)}'
        f"</exch:bibliographic-data>{''.join(abstracts)}</exch:exchange-document>"
    )


def _listed(name: str, items: list[str]) -> str:
    return f"<exch:{name}>{''.join(items)}</exch:{name}>" if items else ""


def _reference(number: str, day: int | None) -> str:
    office, digits, kind = (*number.split("-"), "A")[:3]  # an application whose kind is not known
    dated = f"<date>{day}</date>" if day else ""
    return (
        f"<document-id><country>{office}</country><doc-number>{digits}</doc-number><kind>{kind}</kind>{dated}"
        "</document-id>"
    )


def _ipc(sequence: int, item: dict[str, Any]) -> str:
    main, _, sub = item["code"].partition("/")
    position, value = "F" if item["first"] else "L", "I" if item["inventive"] else "N"
    text = f"{main[:4]}{main[4:]:>4}/{sub:<8}20060101A{position}{value}20200101BHEP        "
    return f'<classification-ipcr sequence="{sequence}"><text>{text}</text></classification-ipcr>'


def _cpc(sequence: int, item: dict[str, Any]) -> str:
    main, _, sub = item["code"].partition("/")
    return (
        f'<patent-classification sequence="{sequence}"><classification-scheme office="EP" scheme="CPCI"/>'
        f"<classification-symbol>{main[:4]}{main[4:]:>4}/{sub}</classification-symbol>"
        f"<symbol-position>{'F' if item['first'] else 'L'}</symbol-position>"
        f"<classification-value>{'I' if item['inventive'] else 'A'}</classification-value>"
        "<generating-office>EP</generating-office></patent-classification>"
    )


def _parties(role: str, people: list[dict[str, Any]] | None) -> str:
    items = []
    for at, one in enumerate(people or [], 1):
        residence = f"<residence><country>{one['country_code']}</country></residence>" if one["country_code"] else ""
        items.append(
            f'<exch:{role} sequence="{at}" data-format="docdb"><exch:{role}-name><name>{escape(one["name"])}</name>'
            f"</exch:{role}-name>{residence}</exch:{role}>"
        )
    return _listed(f"{role}s", items)


def _cited(sequence: int, item: dict[str, Any]) -> str:
    if item["publication_number"]:
        reference = _reference(item["publication_number"], None)
        body = f'<patcit num="{sequence}">{reference}</patcit>'
    else:
        body = f'<nplcit num="{sequence}" npl-type="s"><text>{escape(item["npl_text"])}</text></nplcit>'
    category = f"<category>{item['type']}</category>" if item["type"] else ""
    return f'<exch:citation cited-phase="{item["category"]}" sequence="{sequence}">{body}{category}</exch:citation>'
