"""Rebuild the collections shipped in src/chizai/data/collections from the shared folder.

    python tools/build_collections.py ../shared/data/patents

The same input gives the same bytes. What is left out or inferred stands in that folder's README.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import sys
from bisect import bisect_left
from calendar import month_abbr
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TARGET = Path(__file__).resolve().parent.parent / "src" / "chizai" / "data" / "collections"

DRONES_LEFT_OUT = {"number", "url", "full_text", "sequence_count", "npl_citation_ids"}
"""The row's number, an address made of lens_id, columns that say the same in every row, and genetic sequences."""

DOCUMENT_FIELDS = (
    "guid", "type", "datePublished", "inventionTitle", "languageIndicator", "kindCode", "familyIdentifierCur",
    "applicationNumber", "applicationFilingDate",
    "applicantName", "applicantCountry", "applicantCity", "applicantState",
    "assigneeName", "assigneeCountry", "assigneeCity", "assigneeState",
    "inventorsName", "inventorsShort", "inventorCountry",
    "cpcInventiveFlattened", "cpcAdditionalFlattened", "cpcCurClassificationGroup", "ipcCodeFlattened",
    "uspcFullClassificationFlattened",
    "urpn", "usRefGroup", "foreignRefGroup", "foreignRefPatentNumber", "foreignRefCountryCode", "otherRefPub",
    "continuityData", "priorityClaimsCountry", "priorityClaimsDocNumber", "priorityClaimsDate",
    "numberOfClaims", "abstractHtml", "governmentInterest",
)  # fmt: skip

MONTHS = {name.lower(): index for index, name in enumerate(month_abbr) if name}
PROVISIONAL_SERIES = ("60", "61", "62")
REGULAR_SERIES = tuple(f"{number:02d}" for number in range(6, 16))
LINKAGES = {
    "continuation": "continuation",
    "continuation in part": "continuation_in_part",
    "divisional": "division",
    "division": "division",
}
KINDS = {"RE": "E1", "H": "H1", "D": "S1"}
NEIGHBOURS = 5
TOLERANCE = timedelta(days=21)
"""US serial numbers grow with time. A date found in the text is believed to be a serial's own when it lies this close
to the dates of the serials around it."""
FOREIGN = (
    (re.compile(r"Japanese:(\d{4}) (\d{4,6})\b"), "JP", "A"),
    (re.compile(r"Korean?:10 (\d{4}) (\d{7})\b"), "KR", "A"),
    (re.compile(r"PCT:PCT [A-Z]{2}(\d{4}) (\d{5,6})\b"), "WO", "W"),
)


def gzipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0, filename="") as stream:
        stream.write(content)
    return out.getvalue()


def drones(source: Path) -> bytes:
    with source.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        assert row["full_text"] == "yes"
        assert not row["npl_citation_ids"]
        assert row["url"] == f"https://lens.org/{row['lens_id']}"
    kept = [name for name in rows[0] if name not in DRONES_LEFT_OUT]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, kept, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return gzipped(out.getvalue().encode())


def documents(source: Path) -> bytes:
    lines = []
    with gzip.open(source, "rt", encoding="utf-8") as stream:
        for line in stream:
            record = json.loads(line)
            kept = {name: record[name] for name in DOCUMENT_FIELDS if record.get(name) not in (None, "", [], {})}
            lines.append(json.dumps(kept, ensure_ascii=False, separators=(",", ":")))
    return gzipped(("\n".join(lines) + "\n").encode())


def grants(folder: Path) -> bytes:
    def by_patent(name: str) -> dict[str, dict[str, Any]]:
        return {row["patent_number"]: row for row in pq.read_table(folder / f"{name}.parquet").to_pylist()}

    funding, standards = by_patent("government_interest"), by_patent("standards_mentions")
    related, dates = by_patent("related_applications"), by_patent("grant_dates")
    foreign = by_patent("foreign_citations_in_text")
    calendar = Calendar(related.values())
    rows = []
    for grant in pq.read_table(folder / "us_grants.parquet").to_pylist():
        number = grant["patent_number"]
        granted = dates.get(number, {})
        statement = funding.get(number, {})
        claims = list(priorities(related.get(number), calendar, date.fromisoformat(grant["filing_date"])))
        rows.append(
            {
                "patent_number": number,
                "kind": kind_of(number),
                "filing_date": date.fromisoformat(grant["filing_date"]),
                "grant_date": day(granted.get("grant_date")),
                "grant_date_low": day(granted.get("grant_date_low")),
                "grant_date_high": day(granted.get("grant_date_high")),
                "title": grant["title"],
                "abstract": grant["abstract"],
                "owner": grant["owner"],
                "owner_city": grant["owner_city"],
                "owner_country": grant["owner_country"],
                # Until 2018 US patents had at most seven digits: eight are an application's number, misread.
                "cited_us": [item for item in grant["in_text_us_citations"] or [] if len(item) <= 7],
                "cited_foreign": [spelled(item) for item in foreign.get(number, {}).get("foreign_citations", [])],
                "agencies": statement.get("agencies") or [],
                "contracts": statement.get("contracts") or [],
                "statement": " ".join(statement["statement"].split()) if statement else None,
                "standards": standards.get(number, {}).get("standards", []),
                "priority_office": [item[0] for item in claims],
                "priority_number": [item[1] for item in claims],
                "priority_kind": [item[2] for item in claims],
                "priority_date": [item[3] for item in claims],
                "priority_linkage": [item[4] for item in claims],
            }
        )
    text, texts, day_, days = pa.string(), pa.list_(pa.string()), pa.date32(), pa.list_(pa.date32())
    schema = pa.schema(
        [
            ("patent_number", text), ("kind", text), ("filing_date", day_), ("grant_date", day_),
            ("grant_date_low", day_), ("grant_date_high", day_), ("title", text), ("abstract", text), ("owner", text),
            ("owner_city", text), ("owner_country", text), ("cited_us", texts), ("cited_foreign", texts),
            ("agencies", texts), ("contracts", texts), ("statement", text), ("standards", texts),
            ("priority_office", texts), ("priority_number", texts), ("priority_kind", texts), ("priority_date", days),
            ("priority_linkage", texts),
        ]
    )  # fmt: skip
    out = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist(rows, schema),
        out,
        compression="zstd",
        compression_level=19,
        row_group_size=50_000,
        store_schema=False,
        use_dictionary=["kind", "owner", "owner_city", "owner_country"],
    )
    return out.getvalue()


def kind_of(number: str) -> str | None:
    """Grants of the time are B1 or B2 and the source does not say which; for other rights the number tells."""
    return next((kind for prefix, kind in KINDS.items() if number.startswith(prefix)), None)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def spelled(cited: str) -> str:
    """``JP:2005 090186`` as ``JP2005-090186``; ``WO:WO0027417`` as ``WO0027417``."""
    office, number = cited.split(":", 1)
    number = number.strip().replace(" ", "-")
    return number if number.startswith(office) else office + number


def dated(text: str) -> date | None:
    """``Apr. 16 2004`` or ``8 Jun. 2004``."""
    found = re.fullmatch(r"([A-Za-z]+)\.? ?(\d{1,2}) (\d{4})|(\d{1,2}) ([A-Za-z]+)\.? (\d{4})", text.strip())
    if not found:
        return None
    month = MONTHS.get((found[1] or found[5])[:3].lower())
    try:
        return date(int(found[3] or found[6]), month or 0, int(found[2] or found[4]))
    except ValueError:
        return None


def unique_dates(row: dict[str, Any]) -> list[date]:
    return sorted({found for item in row["filed_dates"] if (found := dated(item))})


class Calendar:
    """When the serials of each US series were filed, from the patents that name one serial and one date."""

    def __init__(self, rows: Any) -> None:
        known: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row in rows:
            found = unique_dates(row)
            if len(row["us_serials"]) == len(found) == 1:
                serial = row["us_serials"][0]
                known[serial[:2]].append((int(serial[2:]), found[0].toordinal()))
        self.known = {series: sorted(set(items)) for series, items in known.items()}

    def about(self, serial: str) -> date | None:
        items = self.known.get(serial[:2], [])
        if len(items) < 4 * NEIGHBOURS:
            return None
        place = bisect_left(items, (int(serial[2:]), 0))
        low = min(max(0, place - NEIGHBOURS), len(items) - 2 * NEIGHBOURS)
        return date.fromordinal(int(median(item[1] for item in items[low : low + 2 * NEIGHBOURS])))

    def of(self, serial: str, dates: list[date]) -> date | None:
        """The one date of ``dates`` that fits the serial."""
        about = self.about(serial)
        fitting = [item for item in dates if about is not None and abs(item - about) <= TOLERANCE]
        return fitting[0] if len(fitting) == 1 else None


def priorities(
    row: dict[str, Any] | None, calendar: Calendar, filed: date
) -> Iterator[tuple[str, str, str, date, str]]:
    """Office, number, kind, date and linkage of the claims that can be told from mere mentions.

    Taken are provisionals (where the text speaks of a benefit), and regular parents where exactly one is named with
    exactly one kind of relation; each only with a date from the same text that fits the serial. All else is left out.
    """
    if row is None:
        return
    dates = [item for item in unique_dates(row) if item <= filed]
    if row["provisional"]:
        for serial in row["us_serials"]:
            on = calendar.of(serial, dates) if serial.startswith(PROVISIONAL_SERIES) else None
            if on is not None:
                yield "US", f"{serial[:2]}/{serial[2:]}", "P", on, "provisional"
    regular = [serial for serial in row["us_serials"] if serial.startswith(REGULAR_SERIES)]
    relations = {LINKAGES[word] for word in row["relation_words"] if word in LINKAGES}
    if len(regular) == len(relations) == 1:
        on = calendar.of(regular[0], dates)
        if on is not None:
            yield "US", f"{regular[0][:2]}/{regular[0][2:]}", "A", on, relations.pop()
    seen = set()
    for item in row["foreign_priority"]:
        for pattern, office, kind in FOREIGN:
            found = pattern.match(item)
            if not found:
                continue
            fitting = [on for on in dates if on.year == int(found[1])]
            number = item.split(":", 1)[1]
            if len(fitting) == 1 and (office, found[2]) not in seen:
                seen.add((office, found[2]))
                yield (
                    office,
                    foreign_number(office, number, found),
                    kind,
                    fitting[0],
                    "pct" if kind == "W" else "priority",
                )


def foreign_number(office: str, text: str, found: re.Match[str]) -> str:
    if office == "WO":
        return f"PCT/{text.split()[1][:2]}{found[1]}/{int(found[2]):06d}"
    if office == "KR":
        return f"10-{found[1]}-{found[2]}"
    return f"{found[1]}-{int(found[2]):06d}"


def main() -> None:
    source = Path(sys.argv[1])
    TARGET.mkdir(parents=True, exist_ok=True)
    made = {
        "drones.csv.gz": drones(source / "drones" / "lens_drones.csv"),
        "us_documents.jsonl.gz": documents(source / "us_documents" / "ppubs_records.jsonl.gz"),
        "us_grants.parquet": grants(source / "us_grants"),
    }
    register = TARGET / "collections.toml"
    text = register.read_text(encoding="utf-8")
    for name, content in made.items():
        (TARGET / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        print(f"{name}\t{len(content):,}\t{digest}")
        text = re.sub(
            rf'(file = "{re.escape(name)}".*?sha256 = )"[0-9a-f]*"', rf'\g<1>"{digest}"', text, count=1, flags=re.DOTALL
        )
    register.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
