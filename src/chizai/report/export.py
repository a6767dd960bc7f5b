"""Findings as files: CSV, Excel, Parquet, JSON. Every file carries its convention, its source and its caveats."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chizai.errors import UnknownChoice
from chizai.files import defused, new_file
from chizai.finding import Finding
from chizai.messages import Lang

SUFFIXES = (".csv", ".xlsx", ".parquet", ".json")


def check_suffix(path: Path) -> str:
    """The file's kind by its ending; UnknownChoice when it is none that can be written."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UnknownChoice(kind="file type", name=path.suffix or path.name, known=", ".join(SUFFIXES))
    return suffix


def export_finding(finding: Finding, path: Path, *, lang: Lang = "en") -> Path:
    """Write one Finding by the file's ending. A CSV gets a ``-metadata.json`` beside it (the naming of W3C CSVW)."""
    suffix = check_suffix(path)
    if suffix == ".csv":
        write_csv(finding.table, path)
        described = {key: value for key, value in finding.as_dict().items() if key != "rows"}
        write_json(described, path.with_name(f"{path.name}-metadata.json"))
    elif suffix == ".xlsx":
        from chizai.report.workbook import write_workbook

        write_workbook([finding], path, lang=lang, title=finding.title(lang))
    elif suffix == ".parquet":
        with new_file(path) as part:
            pq.write_table(finding.to_arrow(), part)
    else:
        write_json(finding.as_dict(), path)
    return path


def write_csv(table: pa.Table, path: Path) -> None:
    """UTF-8 with a mark that Excel knows; texts that a spreadsheet would run as formulas are defused."""
    with new_file(path) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.column_names)
        for batch in table.to_batches():
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                writer.writerow(["" if value is None else defused(value) for value in row])


def write_json(value: Any, path: Path) -> None:
    with new_file(path) as part:
        part.write_text(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
