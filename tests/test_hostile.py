"""Archives and files made to do harm: one error, no other exception, no hang, no file outside, bounded memory."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from chizai.corpus.readers import base
from chizai.corpus.readers.base import Source, expand
from chizai.corpus.sources import find_inputs
from chizai.errors import HostileInput, InputError, MalformedInput, TruncatedInput
from chizai.workspace import Workspace

DATA = Path(__file__).parent / "data"
CONTENT = (DATA / "google" / "export.csv").read_bytes()


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content, compress_type=method)
    return out.getvalue()


def refused(tmp_path: Path, content: bytes, name: str = "in.zip") -> InputError:
    """The one error of a file; nothing of it is kept, and nothing is written outside the workspace."""
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    ws = Workspace.create(tmp_path / "study")
    before = sorted(tmp_path.rglob("*"))
    added = ws.add(folder / name, workers=1)
    assert added.read == []
    assert ws.snapshots() == []
    assert [path for path in sorted(tmp_path.rglob("*")) if path not in before and ws.root not in path.parents] == []
    (error,) = added.refused
    assert name in error.text("ja")
    return error


@pytest.mark.parametrize(
    "name", ["../evil.csv", "a/../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "C:\\evil.csv", "a/..", "//x/evil.csv"]
)
def test_names_that_leave_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    assert isinstance(refused(tmp_path, packed((name, CONTENT))), HostileInput)


def test_an_innocent_archive_of_the_same_make_is_read(tmp_path: Path) -> None:
    (tmp_path / "in.zip").write_bytes(packed(("a/good.csv", CONTENT)))
    added = Workspace.create(tmp_path / "study").add(tmp_path / "in.zip")
    assert [counts.records for _, counts in added.read] == [4]


def _bomb(size: int) -> bytes:
    return packed(("bomb.csv", CONTENT.split(b"\n")[0] + b"\n" + b"0" * size))


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    content = _bomb(80 << 20)
    assert len(content) < 100_000
    assert isinstance(refused(tmp_path, content), InputError)


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    head = CONTENT.split(b"\n")[0] + b"\n"
    error = refused(tmp_path, gzip.compress(head + b"0" * (80 << 20)), "in.csv.gz")
    assert isinstance(error, InputError)


def test_a_bomb_in_a_zip_in_a_zip_is_refused(tmp_path: Path) -> None:
    inner = packed(("inner.zip", _bomb(80 << 20)))
    assert isinstance(refused(tmp_path, packed(("middle.zip", inner))), InputError)


def test_archives_nested_without_end_are_refused(tmp_path: Path) -> None:
    content = packed(("a.csv", CONTENT))
    for _ in range(6):
        content = packed(("inner.zip", content))
    assert isinstance(refused(tmp_path, content), HostileInput)


def test_a_zip_that_holds_itself_ends(tmp_path: Path) -> None:
    """The smallest quine is 440 bytes; a name that points back does for the reader what it does."""
    content = packed(("a.zip", packed(("a.zip", packed(("a.zip", packed(("a.zip", b"PK\x03\x04"))))))))
    assert isinstance(refused(tmp_path, content), InputError)


def test_an_inner_archive_larger_than_the_memory_allowed_for_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "INNER_ZIP_BYTES", 1000)
    inner = packed(("a.csv", os.urandom(4000)), method=zipfile.ZIP_STORED)
    assert isinstance(refused(tmp_path, packed(("inner.zip", inner))), HostileInput)


def test_more_members_than_allowed_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MAX_MEMBERS", 10)
    assert isinstance(refused(tmp_path, packed(*((f"{n}.csv", CONTENT) for n in range(11)))), HostileInput)


def _encrypted(content: bytes) -> bytes:
    data = bytearray(packed(("a.csv", content)))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    return bytes(data)


def _method(content: bytes) -> bytes:
    data = bytearray(packed(("a.csv", content)))
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = data.index(mark) + place
        data[start : start + 2] = struct.pack("<H", 98)  # PPMd
    return bytes(data)


def _wrong_name(content: bytes) -> bytes:
    """The directory and the member itself disagree on the name."""
    data = packed(("aaaa.csv", content))
    return data.replace(b"aaaa.csv", b"bbbb.csv", 1)


def _wrong_checksum(content: bytes) -> bytes:
    data = bytearray(packed(("a.csv", content), method=zipfile.ZIP_STORED))
    data[data.index(b"US-")] ^= 1
    return bytes(data)


def _overlapping(content: bytes) -> bytes:
    """Two members of one and the same place, as in the bombs that need no nesting."""
    data = packed(("a.csv", content), ("b.csv", content))
    central = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", central + 4)
    return data[: second + 42] + struct.pack("<I", 0) + data[second + 46 :]


def _no_directory(content: bytes) -> bytes:
    data = packed(("a.csv", content))
    return data[: data.index(b"PK\x01\x02")]


def _symlink(content: bytes) -> bytes:
    info = zipfile.ZipInfo("link.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return packed((info, b"/etc/passwd"))


def _huge_claim(content: bytes) -> bytes:
    """The directory says that the member has four gigabytes."""
    data = bytearray(packed(("a.csv", content)))
    start = data.index(b"PK\x01\x02") + 24
    data[start : start + 4] = struct.pack("<I", 0xFFFFFFF0)
    return bytes(data)


@pytest.mark.parametrize(
    "make", [_encrypted, _method, _wrong_name, _no_directory, _symlink], ids=lambda make: make.__name__
)
def test_an_archive_that_lies_is_one_error(tmp_path: Path, make: Callable[[bytes], bytes]) -> None:
    assert isinstance(refused(tmp_path, make(CONTENT)), InputError)


@pytest.mark.parametrize("make", [_wrong_checksum, _overlapping, _huge_claim], ids=lambda make: make.__name__)
def test_an_archive_that_is_damaged_inside_ends(tmp_path: Path, make: Callable[[bytes], bytes]) -> None:
    (tmp_path / "in.zip").write_bytes(make(CONTENT))
    added = Workspace.create(tmp_path / "study").add(tmp_path / "in.zip")
    assert len(added.read) + len(added.refused) == 1


@pytest.mark.parametrize("place", range(12))
def test_a_zip_cut_or_changed_anywhere_is_an_input_error_at_most(tmp_path: Path, place: int) -> None:
    whole = packed(("a.csv", CONTENT), ("b.csv", CONTENT))
    (tmp_path / "in.zip").write_bytes(whole[: len(whole) * (place + 1) // 13])
    assert _read(tmp_path / "in.zip") in (TruncatedInput, MalformedInput)  # the directory stands at the end
    changed = bytearray(whole)
    changed[len(whole) * place // 12 : len(whole) * place // 12 + 6] = b"\xff" * 6
    (tmp_path / "in.zip").write_bytes(changed)
    _read(tmp_path / "in.zip")


def _read(path: Path) -> type[InputError] | None:
    try:
        for source in expand(path):
            with source.open() as stream:
                while stream.read(1 << 20):
                    pass
    except InputError as error:
        return type(error)
    return None


def test_special_files_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "good.csv").write_bytes(CONTENT)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dangling.csv").symlink_to(tmp_path / "nowhere")
    found, errors = find_inputs([tmp_path])
    assert ([item.paths[0].name for item in found], errors) == (["good.csv"], [])
    found, (error,) = find_inputs([tmp_path / "pipe.csv"])
    assert (found, error.code) == ([], "file-missing")


def test_a_stream_is_judged_by_what_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "RATIO_FROM", 1 << 20)
    monkeypatch.setattr(base, "MAX_RATIO", 100)
    (tmp_path / "in.gz").write_bytes(gzip.compress(b"0" * (4 << 20)))
    assert _read(tmp_path / "in.gz") is HostileInput
    (tmp_path / "in.gz").write_bytes(gzip.compress(os.urandom(4 << 20)))
    with Source(tmp_path / "in.gz").open() as stream:
        assert sum(iter(lambda: len(stream.read(1 << 16)), 0)) == 4 << 20
