"""Rebuild the shipped background and registry from the source collections (a developer's tool, not used at run time).

``python -m chizai.corpus.names.build SHARED`` where SHARED holds ``data/patents/...`` and ``data/disclosure/...``.
Sources: US grant texts and owners (public), the Lens drones export (MIT, Lens.org), the EDINET code list (FSA, PDL 1.0).
Only word counts are kept, no persons' names: given names are single words held by at least three persons.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
from rapidfuzz.distance import OSA

from chizai.corpus.names.lexicon import canonical, organisation_words, words
from chizai.corpus.names.script import latin

_WORD = re.compile(r"[A-Z][A-Z0-9]+")
HERE = Path(__file__).parent


def _legal() -> set[str]:
    legal = words()["legal"]
    return set(legal["strong"]) | set(legal["last"])


def _names(shared: Path) -> set[str]:
    patents = shared / "data/patents"
    owners = pq.read_table(patents / "us_grants/us_grants.parquet", columns=["owner"])["owner"].to_pylist()
    found = {owner for owner in owners if owner}
    legal, organisation, alike = _legal(), organisation_words(), canonical()
    with (patents / "drones/lens_drones.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            for name in (row["applicants"] or "").split(";;"):
                tokens = _WORD.findall(latin(name))
                if any(token in legal or alike.get(token, token) in organisation for token in tokens):
                    found.add(name)
    for row in registry(shared):
        if row["name_en"]:
            found.add(row["name_en"])
    return found


def background(shared: Path) -> bytes:
    """The table of words: ``WORD kind count`` with kind n (in names), e (English), p (proper), g (given name), t (total)."""
    alike, legal = canonical(), _legal()
    names: Counter[str] = Counter()
    seen: set[tuple[str, ...]] = set()
    for name in _names(shared):
        tokens = tuple(alike.get(token, token) for token in _WORD.findall(latin(name)) if token not in legal)
        if tokens and tokens not in seen:
            seen.add(tokens)
            names.update(set(tokens))
    common = {word for word, count in names.items() if count >= 50 and len(word) >= 8}
    common |= {spelling for spelling in alike if len(spelling) >= 8}
    for word in [word for word, count in names.items() if count < 10 and len(word) >= 8 and word not in alike]:
        if any(OSA.distance(word, target, score_cutoff=2) <= 2 for target in common - {word}):
            del names[word]  # a misspelling that several names share is no word
    english: Counter[str] = Counter()
    grants = shared / "data/patents/us_grants/us_grants.parquet"
    for column in ("abstract", "title"):
        for text in pq.read_table(grants, columns=[column])[column].to_pylist():
            if text:
                english.update(set(re.findall(r"[A-Z]{4,}", latin(text))))
    with gzip.open(shared / "data/patents/reference/cpc_titles_2019-08.tsv.gz", "rt", encoding="utf-8") as lines_in:
        for line in lines_in:
            english.update(set(re.findall(r"[A-Z]{4,}", latin(line))))
    proper: set[str] = set()
    for row in registry(shared):
        proper.update(_WORD.findall(latin(row["name_en"])))
    for name in ("aliases.csv", "renames.csv", "groups.csv"):
        proper.update(_WORD.findall(latin((HERE / "data" / name).read_text(encoding="utf-8"))))
    given: Counter[str] = Counter()
    persons: set[str] = set()
    with (shared / "data/patents/drones/lens_drones.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            persons.update((row["inventors"] or "").split(";;"))
    for person in persons:
        given.update(set(re.findall(r"[A-Z]{3,}", latin(person))[1:]))
    lines = [f"*\tt\t{len(seen)}"]
    lines += [f"{word}\tn\t{count}" for word, count in sorted(names.items()) if count >= 2]
    lines += [f"{word}\te\t1" for word, count in sorted(english.items()) if count >= 8 and len(word) <= 20]
    lines += [
        f"{word}\tp\t1" for word in sorted(proper) if 4 <= len(word) <= 20 and word.isalpha() and english[word] < 8
    ]
    lines += [f"{word}\tg\t1" for word, count in sorted(given.items()) if count >= 3]
    return gzip.compress("\n".join(lines).encode("ascii"), 9, mtime=0)


def registry(shared: Path) -> list[dict[str, str]]:
    """EDINET filers that have a corporate number: number, names, reading; natural persons are left out."""
    rows: dict[str, dict[str, str]] = {}
    path = shared / "data/disclosure/EdinetcodeDlInfo_20261005.csv"
    with path.open(encoding="cp932", newline="") as file:
        next(file)
        for row in csv.DictReader(file):
            number = row["提出者法人番号"].strip()
            if len(number) == 13 and "個人" not in row["提出者種別"]:
                rows.setdefault(
                    number,
                    {
                        "corporate_number": number,
                        "name": row["提出者名"].strip(),
                        "name_en": row["提出者名（英字）"].strip(),
                        "reading": row["提出者名（ヨミ）"].strip(),
                        "country": "JP",
                    },
                )
    with gzip.open(shared / "data/japan_companies_registry/company_registry.json.gz") as packed:
        for company in json.load(packed)["companies"]:
            number = company["corporate_number"] or ""
            if len(number) != 13:
                continue
            known = rows.setdefault(
                number,
                {"corporate_number": number, "name": company["name"], "name_en": "", "reading": "", "country": "JP"},
            )
            if not known["name_en"] and company["name_en"]:
                known["name_en"] = company["name_en"]
    return [rows[number] for number in sorted(rows)]


def main(shared: Path) -> None:
    (HERE / "data/background.tsv.gz").write_bytes(background(shared))
    text = io.StringIO()
    writer = csv.DictWriter(text, ["corporate_number", "name", "name_en", "reading", "country"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(registry(shared))
    target = HERE.parents[1] / "data/registry/companies.csv.gz"
    target.write_bytes(gzip.compress(text.getvalue().encode("utf-8"), 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
