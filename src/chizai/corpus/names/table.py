"""Names in a user's CSV: three columns added, all others kept as they are."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chizai.corpus.names.overrides import Overrides
from chizai.corpus.names.resolve import THRESHOLD, NameInput, harmonise
from chizai.corpus.readers.tabular import encoding_of
from chizai.errors import BadEncoding, EmptyInput, MalformedInput, NoSuchColumn, TruncatedInput, Where
from chizai.files import missing, refuse_overwriting
from chizai.messages import Lang

HEAD_BYTES = 256 * 1024
CELL_CHARS = 1_000_000
MAX_NAMES = 5_000_000
ADDED = ("identity", "harmonised_name", "harmonisation_reason")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class CsvResult:
    """What :func:`harmonise_csv` did. ``rejects``: the file of rows left out, or None where there are none."""

    rows: int
    names: int
    identities: int
    rejected: int
    rejects: Path | None
    encoding: str
    columns: tuple[str, ...]
    """Names of the added columns, as they stand in the output."""


def harmonise_csv(
    in_path: str | Path,
    column: str,
    out_path: str | Path,
    *,
    lang: Lang = "en",
    overrides: Overrides | None = None,
    country_column: str | None = None,
    mentions_column: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    threshold: float = THRESHOLD,
    progress: Callable[[str, int, int], None] | None = None,
) -> CsvResult:
    """Add identity, harmonised name and reason to a CSV.

    Reads the file twice, row by row; only the distinct names are held. ``encoding`` None finds UTF-8, UTF-16 or cp932.
    ``mentions_column`` None counts a name's rows. The output is UTF-8 with a mark (so that Excel reads it) and replaces
    ``out_path`` at once when it is complete. Rows with another number of cells than the header, or a cell beyond
    ``CELL_CHARS`` characters, go to ``<out>.rejects.csv``. Cells of the input are kept letter by letter; only the added
    texts are guarded against being read as a formula.

    Raises FileMissing, EmptyInput, BadEncoding, NoSuchColumn, MalformedInput, TruncatedInput, OutputIsInput.
    """
    source, target = Path(in_path), Path(out_path)
    refuse_overwriting([target, _rejects_path(target)], [source])
    used = _encoding(source, encoding)
    header = _header(source, used, delimiter)
    wanted = [name for name in (column, country_column, mentions_column) if name is not None]
    absent = [name for name in wanted if name not in header.cells]
    if absent:
        raise NoSuchColumn(where=Where(file=source.name), columns=", ".join(absent), present=", ".join(header.cells))
    at = header.cells.index(column)
    country_at = header.cells.index(country_column) if country_column else None
    mentions_at = header.cells.index(mentions_column) if mentions_column else None
    counts: dict[tuple[str, str], int] = {}
    rows = 0
    for _number, cells, fault in _rows(source, used, header):
        rows += 1
        if progress is not None and rows % 50_000 == 0:
            progress("count", rows, 0)
        if fault is not None or not cells[at].strip():
            continue
        key = (cells[at], _country(cells, country_at))
        counts[key] = counts.get(key, 0) + _mentions(cells, mentions_at)
        if len(counts) > MAX_NAMES:
            raise MalformedInput(where=Where(file=source.name, column=column), detail=f"more than {MAX_NAMES} names")
    if not rows:
        raise EmptyInput(where=Where(file=source.name))
    table = harmonise(
        (NameInput(name, country or None, count) for (name, country), count in counts.items()),
        overrides=overrides, threshold=threshold, levels=("entity",), progress=progress,
    )  # fmt: skip
    reasons = table["reason_ja" if lang == "ja" else "reason"].to_pylist()
    keys = zip(table["name"].to_pylist(), table["country"].to_pylist(), strict=True)
    answer = {
        (name, country or ""): (_safe(identity), _safe(harmonised), _safe(reason))
        for (name, country), identity, harmonised, reason in zip(
            keys, table["identity"].to_pylist(), table["harmonised"].to_pylist(), reasons, strict=True
        )
    }
    added = _free_names(header.cells)
    rejected = _write(source, target, used, header, at, country_at, answer, added)
    if progress is not None:
        progress("write", rows, rows)
    return CsvResult(
        rows=rows - rejected, names=len(counts), identities=len(set(table["identity"].to_pylist())), rejected=rejected,
        rejects=_rejects_path(target) if rejected else None, encoding=used, columns=added,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Header:
    cells: list[str]
    delimiter: str


def _encoding(source: Path, given: str | None) -> str:
    if not source.is_file():
        raise missing(source)
    with source.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip():
        raise EmptyInput(where=Where(file=source.name))
    if given is not None:
        try:
            "".encode(given)
        except LookupError as error:
            raise BadEncoding(where=Where(file=source.name, value=given)) from error
        return given
    found = encoding_of(head)
    if found is None or (b"\x00" in head and found != "utf-16"):
        raise BadEncoding(where=Where(file=source.name))
    return found


def _header(source: Path, encoding: str, delimiter: str | None) -> _Header:
    try:
        with source.open(encoding=encoding, newline="") as file:
            line = file.readline(CELL_CHARS)
    except UnicodeError as error:
        raise BadEncoding(where=Where(file=source.name)) from error
    if delimiter is None:
        delimiter = max((",", "\t", ";"), key=lambda mark: (line.count(mark), mark == ","))
    for _number, cells, _fault in _rows(source, encoding, _Header([], delimiter), skip=0):
        return _Header([cell.strip() for cell in cells], delimiter)
    raise EmptyInput(where=Where(file=source.name))


def _rows(
    source: Path, encoding: str, header: _Header, *, skip: int = 1
) -> Iterator[tuple[int, list[str], str | None]]:
    """(line number, cells, what is wrong with the row or None)."""
    limit = csv.field_size_limit(CELL_CHARS * 16)
    try:
        with source.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=header.delimiter)
            for number, cells in enumerate(reader):
                if number < skip or not cells:
                    continue
                fault = None
                if header.cells and len(cells) != len(header.cells):
                    fault = f"{len(cells)} cells where the header has {len(header.cells)}"
                elif any(len(cell) > CELL_CHARS for cell in cells):
                    fault = f"a cell of more than {CELL_CHARS} characters"
                yield reader.line_num, cells, fault
    except UnicodeDecodeError as error:
        if error.reason in ("unexpected end of data", "truncated data", "incomplete multibyte sequence"):
            raise TruncatedInput(where=Where(file=source.name), detail="a character is cut in two") from error
        raise BadEncoding(where=Where(file=source.name)) from error
    except UnicodeError as error:
        raise BadEncoding(where=Where(file=source.name)) from error
    except csv.Error as error:
        raise MalformedInput(where=Where(file=source.name), detail=str(error)) from error
    finally:
        csv.field_size_limit(limit)


def _country(cells: list[str], at: int | None) -> str:
    found = cells[at].strip().upper() if at is not None else ""
    return found if len(found) == 2 and found.isalpha() else ""


def _mentions(cells: list[str], at: int | None) -> int:
    if at is None:
        return 1
    text = cells[at].strip().replace(",", "")
    return max(1, int(text)) if text.isdecimal() and len(text) < 12 else 1


def _safe(text: str) -> str:
    """Our own text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def _free_names(present: list[str]) -> tuple[str, ...]:
    """The added columns' names; with a number where the file has such a column already."""
    taken = set(present)
    out = []
    for name in ADDED:
        number, free = 2, name
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        taken.add(free)
        out.append(free)
    return tuple(out)


def _rejects_path(target: Path) -> Path:
    return target.with_name(f"{target.stem}.rejects.csv")


def _write(
    source: Path,
    target: Path,
    encoding: str,
    header: _Header,
    at: int,
    country_at: int | None,
    answer: dict[tuple[str, str], tuple[str, str, str]],
    added: tuple[str, ...],
) -> int:
    rejected: list[tuple[int, str, str]] = []
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*header.cells, *added])
            for number, cells, fault in _rows(source, encoding, header):
                if fault is not None:
                    rejected.append((number, fault, header.delimiter.join(cells)[:1000]))
                    continue
                writer.writerow([*cells, *answer.get((cells[at], _country(cells, country_at)), ("", "", ""))])
            file.flush()
            os.fsync(file.fileno())
        _publish_rejects(_rejects_path(target), rejected)
        Path(name).chmod(0o644)  # mkstemp makes it private
        Path(name).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    return len(rejected)


def _publish_rejects(path: Path, rejected: list[tuple[int, str, str]]) -> None:
    if not rejected:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["line", "reason", "row"])
    writer.writerows((number, reason, _safe(row)) for number, reason, row in rejected)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
    temporary.replace(path)
