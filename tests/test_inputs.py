"""What a user names is read whole: every member of an archive, every file beside a bad one, and nothing written over it."""

from __future__ import annotations

import csv
import gzip
import io
import os
import zipfile
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from chizai import fields
from chizai.corpus.convert import convert
from chizai.corpus.family_files import families_of_file
from chizai.corpus.names import harmonise_csv
from chizai.corpus.readers import jpo_api
from chizai.corpus.readers.column_map import parse_map
from chizai.corpus.readers.propose_map import propose_map
from chizai.corpus.sources import find_inputs
from chizai.errors import (
    BadColumnMap,
    BadDate,
    BadField,
    FileMissing,
    FileUnreadable,
    FolderGiven,
    MalformedInput,
    NoBibliography,
    NoFiles,
    NoSuchColumn,
    NothingKnownInside,
    OutputIsInput,
    UnknownFormat,
)
from chizai.workspace import Workspace
from chizai.workspace.snapshots import check_day

DATA = Path(__file__).parent / "data"
LENS = DATA / "lens" / "lens_modern.csv"
JPLATPAT = DATA / "jp" / "jplatpat.csv"
GOOGLE = DATA / "google" / "export.csv"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100


def packed(path: Path, **members: bytes) -> Path:
    """A zip of members; ``a_csv`` in the call is ``a.csv`` inside."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return path


def publications(folder: Path) -> set[str]:
    return set(pq.read_table(folder / "publication.parquet")["publication_id"].to_pylist())


def rejects(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


# Archives -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("a_csv", "b_csv"), ("b_csv", "a_csv")])
def test_every_format_in_an_archive_is_read_and_what_is_none_is_named(tmp_path: Path, order: tuple[str, str]) -> None:
    inside = dict(zip(order, (LENS.read_bytes(), JPLATPAT.read_bytes()), strict=True))
    path = packed(tmp_path / "ok.zip", **inside, logo_png=PNG, readme_txt=b"hello")
    alone = [convert([file], tmp_path / file.stem) for file in (LENS, JPLATPAT)]
    done = convert([path], tmp_path / "out")
    assert publications(tmp_path / "out") == publications(tmp_path / LENS.stem) | publications(tmp_path / JPLATPAT.stem)
    assert (done.refused, done.left) == ([], [("ok.zip", ("logo.png", "readme.txt"))])
    assert done.counts.records == sum(item.counts.records for item in alone)
    # Each member that was not read is one row of the rejects, once, beside those of the records.
    assert done.counts.rejects == sum(item.counts.rejects for item in alone) + 2
    named = [row["file"] for row in rejects(tmp_path / "out" / "rejects.csv") if row["code"] == "unknown-format"]
    assert named == ["ok.zip!logo.png", "ok.zip!readme.txt"]


def test_a_workspace_keeps_an_archive_once_a_format(tmp_path: Path) -> None:
    ws = Workspace.create(tmp_path / "ws")
    path = packed(tmp_path / "ok.zip", a_csv=LENS.read_bytes(), b_csv=JPLATPAT.read_bytes(), logo_png=PNG)
    added = ws.add(path)
    assert {item.format for item, _ in added.read} == {"lens-csv", "jplatpat"}
    assert added.left == [("ok.zip", ("logo.png",))]
    named = [row["file"] for item, _ in added.read for row in rejects(ws.rejects_path(item)) if row["row"] == "0"]
    assert named == ["ok.zip!logo.png"]
    again = ws.add(path)
    assert (len(again.unchanged), again.read) == (2, [])


def test_the_tables_of_one_set_stay_together_beside_another_format(tmp_path: Path) -> None:
    tables = {path.name.replace(".", "_"): path for path in sorted((DATA / "patentsview").glob("*.tsv"))}
    with zipfile.ZipFile(tmp_path / "mixed.zip", "w") as archive:
        for path in tables.values():
            archive.write(path, path.name)
        archive.write(GOOGLE, "export.csv")
        archive.writestr("readme.txt", "hello")
    convert([DATA / "patentsview"], tmp_path / "set")
    convert([GOOGLE], tmp_path / "google")
    done = convert([tmp_path / "mixed.zip"], tmp_path / "out")
    assert publications(tmp_path / "out") == publications(tmp_path / "set") | publications(tmp_path / "google")
    assert done.left == [("mixed.zip", ("readme.txt",))]


def test_a_format_asked_for_leaves_the_others_out_and_says_so(tmp_path: Path) -> None:
    path = packed(tmp_path / "ok.zip", a_csv=LENS.read_bytes(), b_csv=JPLATPAT.read_bytes())
    done = convert([path], tmp_path / "out", format="jplatpat")
    assert done.left == [("ok.zip", ("a.csv",))]
    convert([JPLATPAT], tmp_path / "alone")
    assert publications(tmp_path / "out") == publications(tmp_path / "alone")


def test_a_damaged_member_costs_itself_alone(tmp_path: Path) -> None:
    path = packed(tmp_path / "ok.zip", a_csv=LENS.read_bytes(), b_csv=JPLATPAT.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("a.csv").header_offset + 30 + len("a.csv")
    data = bytearray(path.read_bytes())
    data[at : at + 40] = b"\xff" * 40
    path.write_bytes(data)
    done = convert([path], tmp_path / "out")
    assert done.left == [("ok.zip", ("a.csv",))]
    assert "malformed-input" in {row["code"] for row in rejects(tmp_path / "out" / "rejects.csv") if row["row"] == "0"}


def test_an_archive_of_nothing_known_is_not_called_empty(tmp_path: Path) -> None:
    path = packed(tmp_path / ("a" * 120 + ".zip"), notice_htm=b"<html></html>", logo_png=PNG)
    found, (error,) = find_inputs([path])
    assert (found, type(error)) == ([], NothingKnownInside)
    for lang in ("en", "ja"):
        assert "notice.htm" in error.text(lang)
        assert path.name in error.text(lang)  # whole, so that it can be looked for


def test_a_document_without_bibliography_is_called_so(tmp_path: Path) -> None:
    line = (DATA / "jp" / "jpo_api.jsonl").read_text(encoding="utf-8").splitlines()[0]
    document = f'<jp:notice-pat-exam xmlns:jp="{jpo_api.DOCUMENT_NAMESPACE.decode()}"></jp:notice-pat-exam>'
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "0.xml").write_text(document, encoding="utf-8")
    with pytest.raises(NoBibliography):
        convert([tmp_path / "a"], tmp_path / "out")
    # Beside responses it costs itself alone.
    (tmp_path / "a" / "1.json").write_text(line, encoding="utf-8")
    assert convert([tmp_path / "a"], tmp_path / "out").counts.records
    assert [row["reason"] for row in rejects(tmp_path / "out" / "rejects.csv") if "0.xml" in row["reason"]]


# One bad file beside good ones ----------------------------------------------------------------------------------------


def test_a_missing_file_does_not_stop_the_others(tmp_path: Path) -> None:
    ws = Workspace.create(tmp_path / "ws")
    added = ws.add(tmp_path / "none.csv", GOOGLE)
    assert ([item.format for item, _ in added.read], [type(error) for error in added.refused]) == (
        ["google-csv"],
        [FileMissing],
    )
    assert [type(error) for error in convert([GOOGLE, tmp_path / "none.csv"], tmp_path / "out").refused] == [
        FileMissing
    ]
    assert publications(tmp_path / "out")


def _refused(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """The tests may run as a user to whom everything is permitted."""
    opened = Path.open

    def guarded(self: Path, *args: object, **options: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", guarded)


def test_a_file_without_permission_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "in" / name).write_bytes(GOOGLE.read_bytes())
    _refused(monkeypatch, tmp_path / "in" / "a.csv")
    found, (error,) = find_inputs([tmp_path / "in"])
    assert [item.paths[0].name for item in found] == ["b.csv"]
    assert isinstance(error, FileUnreadable)
    assert "a.csv" in error.text("ja")


def test_a_folder_that_cannot_be_looked_into_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in" / "closed").mkdir(parents=True)
    (tmp_path / "in" / "b.csv").write_bytes(GOOGLE.read_bytes())
    scan = os.scandir

    def guarded(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found, (error,) = find_inputs([tmp_path / "in"])
    assert ([item.paths[0].name for item in found], error.where.file) == (["b.csv"], str(tmp_path / "in" / "closed"))


def test_a_folder_without_files_says_so(tmp_path: Path) -> None:
    ws = Workspace.create(tmp_path / "ws")
    with pytest.raises(NoFiles):
        ws.add(tmp_path / "ws")
    with pytest.raises(NoFiles):
        convert([tmp_path / "ws" / "out"], tmp_path / "tables")


# Writing over what is read --------------------------------------------------------------------------------------------


def test_a_folder_of_tables_is_not_replaced_by_what_is_made_of_them(tmp_path: Path) -> None:
    convert([GOOGLE], tmp_path / "out")
    (tmp_path / "map.yaml").write_text("publication: {number: publication_id}\n")
    before = (tmp_path / "out" / "publication.parquet").read_bytes()
    with pytest.raises(OutputIsInput):
        convert([tmp_path / "out" / "publication.parquet"], tmp_path / "out", map_file=tmp_path / "map.yaml")
    assert (tmp_path / "out" / "publication.parquet").read_bytes() == before


@pytest.mark.parametrize("spelling", ["same", "dots", "link", "rejects"])
def test_names_are_not_written_over_what_is_read(tmp_path: Path, spelling: str) -> None:
    path = tmp_path / "n.rejects.csv"
    path.write_text("name\nHONDA\na,b,c\n", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.csv").symlink_to(path)
    out = {
        "same": path,
        "dots": tmp_path / "sub" / ".." / "n.rejects.csv",
        "link": tmp_path / "link.csv",
        "rejects": tmp_path / "n.csv",  # whose rejects would go where the input is
    }[spelling]
    with pytest.raises(OutputIsInput):
        harmonise_csv(path, "name", out)
    assert path.read_text(encoding="utf-8") == "name\nHONDA\na,b,c\n"


def test_a_folder_is_not_called_missing(tmp_path: Path) -> None:
    for read in (
        lambda path: harmonise_csv(path, "name", tmp_path / "out.csv"),
        lambda path: families_of_file(path, number_column="no"),
        fields.load,
        propose_map,
    ):
        with pytest.raises(FolderGiven):
            read(tmp_path)
        with pytest.raises(FileMissing) as caught:
            read(tmp_path / "none.csv")
        assert not isinstance(caught.value, FolderGiven)


# What families say of what was not read --------------------------------------------------------------------------------


def test_families_count_what_was_not_kept_and_write_the_reasons(tmp_path: Path) -> None:
    counts = convert([JPLATPAT], tmp_path / "tables").counts
    assert counts.rejects
    assert counts.warnings
    found = families_of_file(JPLATPAT, rejects=tmp_path / "why.csv")
    summary = found.summary()
    assert (summary["unread"], summary["dropped"]) == (counts.rejects, counts.warnings)
    assert (tmp_path / "why.csv").read_bytes() == (tmp_path / "tables" / "rejects.csv").read_bytes()


def test_a_row_that_does_not_fit_is_no_family(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    text = "no,pri\nJP2020123456A,JP 2019-1\nxyz,\nEP1234567A1,bad;JP2019123456A\nUS1,a,b,c\n"
    path.write_text(text, encoding="utf-8")
    found = families_of_file(path, number_column="no", priority_column="pri", lang="ja")
    assert found.table["simple_family_id"].is_valid().to_pylist() == [True, False, True, False]
    errors = found.table["error"].to_pylist()
    assert "数字" in errors[1]
    assert "4 列" in errors[3]
    assert "5 行目" in errors[3]
    assert found.summary() == {
        "publications": 2, "unread": 2, "dropped": 0, "priorities_unread": 1, "simple": 2, "extended": 2, "ipf": 1,
    }  # fmt: skip
    with pytest.raises(NoSuchColumn, match="no, pri"):
        families_of_file(path, number_column="nummer", priority_column="pri")


# Tables under any name, and what is no table ----------------------------------------------------------------------------


def book(path: Path) -> Path:
    """J-PlatPat's list as a workbook, under whatever name."""
    made = openpyxl.Workbook()
    assert made.active is not None
    for row in csv.reader(io.StringIO(JPLATPAT.read_text(encoding="utf-8-sig"))):
        made.active.append(row)
    kept = io.BytesIO()
    made.save(kept)
    path.write_bytes(kept.getvalue())
    return path


@pytest.mark.parametrize("wrap", ["t.xlsx", "t.csv", "t.xls", "t.zip", "t.gz"])
def test_a_workbook_is_read_under_any_name_and_in_any_wrapping(tmp_path: Path, wrap: str) -> None:
    (tmp_path / "m.yaml").write_text(propose_map(book(tmp_path / "plain.xlsx")), encoding="utf-8")
    path = book(tmp_path / wrap)
    if wrap == "t.zip":
        packed(path, inner_xlsx=path.read_bytes())
    if wrap == "t.gz":
        path.write_bytes(gzip.compress(path.read_bytes()))
    else:
        assert wrap == "t.zip" or "文献番号" in propose_map(path)
    assert convert([path], tmp_path / "out", map_file=tmp_path / "m.yaml").counts.records == 3


@pytest.mark.parametrize(
    "content",
    [PNG, b"%PDF-1.7\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), b"<html></html>", b'{"a": 1}', b"a\x00b,c\n"],
)
def test_no_map_is_drafted_for_what_is_no_table(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(UnknownFormat):
        propose_map(tmp_path / "x.csv")


def test_an_archive_of_tables_is_not_drafted_as_one(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput, match="unpack"):
        propose_map(packed(tmp_path / "x.zip", a_csv=b"a,b\n1,2\n"))


def test_the_headers_of_j_platpat_are_proposed(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(JPLATPAT.read_text(encoding="utf-8-sig"))))
    path = tmp_path / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([row[::-1] for row in rows])  # the order of columns says nothing
    draft = YAML(typ="safe").load(propose_map(path))
    assert draft["publication"]["number"]["column"] == "文献番号"
    assert draft["publication"]["date"]["column"] == "公知日"
    assert draft["applicants"]["name"]["column"] == "出願人/権利者"


@pytest.mark.parametrize("place", ["publication", "application", "priorities", "citations"])
def test_an_office_that_is_none_is_refused_in_every_part_of_a_map(place: str) -> None:
    content = {"publication": {"number": "no"}, place: {"number": "no", "office": {"constant": "ZZZ"}}}
    with pytest.raises(BadColumnMap, match="ZZZ"):
        parse_map(content)
    content[place]["office"] = {"constant": "JP"}
    parse_map(content)


def test_a_made_number_needs_an_office_too(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("office,title\nJP,a\nZZZ,b\n", encoding="utf-8")
    (tmp_path / "t.csv.map.yaml").write_text("publication: {number: {generate: true}, office: office}\n")
    counts = convert([tmp_path / "t.csv"], tmp_path / "out").counts
    assert (counts.records, counts.rejects) == (1, 1)
    assert [row["value"] for row in rejects(tmp_path / "out" / "rejects.csv")] == ["ZZZ"]


# What is said of a file -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["昨日", "2026-13-45", "20261121", "2026-11-21T10:00", ""])
def test_the_day_of_retrieval_is_a_day(day: str) -> None:
    with pytest.raises(BadDate):
        check_day(day)
    assert check_day("2026-11-21") == "2026-11-21"


def test_what_is_said_anew_of_a_kept_file_is_not_dropped_silently(tmp_path: Path) -> None:
    ws = Workspace.create(tmp_path / "ws")
    ws.add(GOOGLE, retrieved="2026-01-02", licence="CC BY")
    assert ws.add(GOOGLE, retrieved="2026-01-02").not_taken == []
    added = ws.add(GOOGLE, retrieved="2026-03-04", licence="CC BY", source="a friend")
    assert [new for _, new in added.not_taken] == [{"source": "a friend", "retrieved": "2026-03-04"}]
    assert ws.snapshots()[0].retrieved == "2026-01-02"


def test_a_misspelt_key_is_named_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("id: ab\nname: {ja: a, en: b}\ninclde:\n - codes: [B64C]\n", encoding="utf-8")
    with pytest.raises(BadField) as caught:
        fields.load(tmp_path / "f.yaml")
    assert (caught.value.where.row, caught.value.where.column) == (3, "inclde")
