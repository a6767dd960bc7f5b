"""Help for readers of JSON records: one a line, an array, or an array inside an API's answer (``{"data": [...]}``)."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from chizai.corpus.readers.base import FIELD_BYTES, Chunk, Source, batched
from chizai.corpus.readers.tabular import encoding_of
from chizai.corpus.schema import Reject
from chizai.errors import BadEncoding, EmptyInput, HostileInput, MalformedInput, TruncatedInput, Where

WRAPPERS = ("data", "results", "docs", "patents")
"""Where the APIs put their array."""
BLOCK = 1 << 20

_OPENING = re.compile(rf'\s*(?:\{{.*?"(?:{"|".join(WRAPPERS)})"\s*:\s*)?\[', re.DOTALL)
_BETWEEN = re.compile(r"[\s,]*")


def first_record(head: bytes) -> dict[str, Any] | None:
    """The first record in the first bytes; of a record that is cut off, its keys without values.

    >>> first_record(b'{"lens_id": "1", "kind": "A1"}'), first_record(b'[{"a": 1}, {"a": 2}]')
    ({'lens_id': '1', 'kind': 'A1'}, {'a': 1})
    """
    encoding = encoding_of(head)
    if encoding is None:
        return None
    text = head.decode(encoding, errors="ignore").lstrip()
    opening = _OPENING.match(text[:4096])
    if opening and not _is_lines(text):
        text = text[opening.end() :].lstrip()
    if not text.startswith("{"):
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return dict.fromkeys(re.findall(r'"(\w+)"\s*:', text[:65536]))
    return found if isinstance(found, dict) else None


def _is_lines(text: str) -> bool:
    """True when the first line is a whole record and no wrapper."""
    line = text.split("\n", 1)[0]
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return line.startswith("{") and not _OPENING.match(line[:4096]) and len(line) > 1
    return isinstance(found, dict) and not any(isinstance(found.get(key), list) for key in WRAPPERS)


def record_chunks(source: Source) -> Iterator[Chunk | Reject]:
    """Chunks whose data is ``[(record number, text or parsed record)]``."""
    head = source.head()
    encoding = encoding_of(head)
    if encoding is None:
        raise BadEncoding(where=Where(file=source.label))
    start = head.decode(encoding, errors="ignore").lstrip()
    if not start:
        raise EmptyInput(where=Where(file=source.label))
    rejects: list[Reject] = []
    with source.open() as raw, io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="") as stream:
        if _is_lines(start):
            items = _lines(stream, rejects)
        else:
            items = _array(stream, source, rejects)
        for chunk in batched(items, _size):
            yield chunk
            yield from rejects
            rejects.clear()
    yield from rejects


def _size(item: tuple[int, Any]) -> int:
    return len(item[1]) if isinstance(item[1], str) else 16 * 1024


def _lines(stream: TextIO, rejects: list[Reject]) -> Iterator[tuple[int, tuple[int, str]]]:
    number = 0
    while line := stream.readline(FIELD_BYTES):
        number += 1
        if len(line) == FIELD_BYTES and not line.endswith("\n"):
            while line and not line.endswith("\n"):
                line = stream.readline(FIELD_BYTES)
            rejects.append(Reject(number, "hostile-input", f"the line is longer than {FIELD_BYTES} characters"))
        elif line.strip():
            yield number, (number, line)


def _array(stream: TextIO, source: Source, rejects: list[Reject]) -> Iterator[tuple[int, tuple[int, Any]]]:
    """The records of one array, decoded one by one from a buffer that holds one record and a block."""
    where = Where(file=source.label)
    text = stream.read(BLOCK)
    opening = _OPENING.match(text)
    if not opening:
        raise MalformedInput(where=where, detail="neither records by line nor an array of records")
    place, number = opening.end(), 0
    decoder = json.JSONDecoder()
    while True:
        place = _BETWEEN.match(text, place).end()  # type: ignore[union-attr]
        if text[place : place + 1] == "]":
            return
        try:
            record, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            rest = len(text) - place
            if isinstance(error, RecursionError) or rest > FIELD_BYTES:
                raise HostileInput(where=where, detail="a record is too large or nested too deep") from None
            more = stream.read(max(BLOCK, rest))
            if not more:
                number += 1
                if number == 1:
                    raise TruncatedInput(where=where, detail="in the first record") from None
                rejects.append(Reject(number, "truncated-input", "the file ends or breaks off in this record"))
                return
            text, place = text[place:] + more, 0
            continue
        number += 1
        yield number, (number, record)
        if place > BLOCK:
            text, place = text[place:], 0


def parsed(number: int, item: Any) -> dict[str, Any] | Reject:
    """The record of a chunk's item, or the reject that says why there is none."""
    if isinstance(item, str):
        try:
            item = json.loads(item)
        except (ValueError, RecursionError) as error:
            return Reject(number, "malformed-input", f"not JSON: {str(error)[:100]}", value=item[:200])
    if not isinstance(item, dict):
        return Reject(number, "malformed-input", "not a JSON object", value=str(item)[:200])
    return item


def at(value: Any, *path: str) -> Any:
    """The value at a path of keys; None where a part of it is missing or of another kind.

    >>> at({"a": {"b": 1}}, "a", "b"), at({"a": []}, "a", "b")
    (1, None)
    """
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def listed(value: Any) -> list[Any]:
    """The items of a list; a lone value as a list of one, nothing as an empty one.

    >>> listed(["a"]), listed("a"), listed(None)
    (['a'], ['a'], [])
    """
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def scalar(value: Any) -> str | int | float | None:
    """A text or number as it is; None for containers and truth values."""
    return value if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
