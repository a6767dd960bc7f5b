"""The command line through real processes: what succeeds gives what scripts can read, what fails says so in one line."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from chizai.cli.system import said
from chizai.landscape import EVERY, FURTHER
from chizai.messages import LANGS
from chizai.report import check_free
from chizai.workspace import Workspace

DATA = Path(__file__).parent / "data"
SHIPPED = Path(__file__).parent.parent / "src" / "chizai" / "data" / "collections"
GOOGLE = DATA / "google" / "export.csv"
ALONE = [sys.executable, "-c", "from chizai.cli import main; main()"]

SERVER = """
import json, os, sys, tempfile, traceback
import duckdb, ibis, openpyxl, pyarrow.parquet, scipy.stats
import chizai.cli.run, chizai.corpus.build, chizai.landscape, chizai.corpus.readers as r, chizai.corpus.names
r.readers()
for line in sys.stdin:
    job = json.loads(line)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.chdir(job["folder"])
            os.environ.update(job["environment"])
            sys.argv = ["chizai", *job["arguments"]]
            code = 1
            try:
                chizai.cli.main()
            except SystemExit as stop:
                code = stop.code or 0
            except BaseException:
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0), err.seek(0)
        print(json.dumps([status, out.read().decode(), err.read().decode()]), flush=True)
"""


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out, parse_constant=pytest.fail)  # NaN and Infinity are no JSON


class Chizai:
    """Runs commands, each in a process of its own, forked from one that has imported everything already."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self.folder = process, folder

    def __call__(self, *arguments: object, folder: Path | None = None, **environment: str) -> Done:
        job = {
            "arguments": [str(item) for item in arguments],
            "folder": str(folder or self.folder),
            "environment": environment,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return Done(*json.loads(self._process.stdout.readline()))

    def ok(self, *arguments: object, **options: Any) -> Done:
        done = self(*arguments, **options)
        assert (done.status, done.err) == (0, ""), (arguments, done)
        return done

    def fails(self, *arguments: object, status: int = 2, **options: Any) -> str:
        """The one line on standard error, without a traceback."""
        done = self(*arguments, **options)
        assert done.status == status, (arguments, done)
        lines = done.err.strip().splitlines()
        assert len(lines) == 1, (arguments, done)
        assert "Traceback" not in done.err
        return lines[0]


@pytest.fixture(scope="module")
def chizai(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chizai]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CHIZAI", "LC_", "LANG"))}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean
    ) as process:
        yield Chizai(process, tmp_path_factory.mktemp("cli"))
        assert process.stdin is not None
        process.stdin.close()


def alone(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """As a person starts it: a new process from nothing."""
    options.setdefault("env", {name: value for name, value in os.environ.items() if not name.startswith("CHIZAI")})
    return subprocess.run([*ALONE, *map(str, arguments)], capture_output=True, timeout=90, check=False, **options)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ws = Workspace.create(tmp_path_factory.mktemp("workspace") / "study")
    ws.add(SHIPPED / "us_documents.jsonl.gz", collection="documents", licence="public domain")
    ws.add(GOOGLE, DATA / "lens" / "lens_modern.csv", collection="small")
    ws.corpus()
    return ws.root


EVIL = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝ILL"]


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list whose applicants and titles are formulas."""
    path = tmp_path_factory.mktemp("evil") / "evil.csv"
    header = (DATA / "lens" / "lens_modern.csv").read_text(encoding="utf-8-sig").split("\n", 1)[0].strip().split(",")
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for number, name in enumerate(EVIL, 1):
            cells = {
                "#": number, "Jurisdiction": "EP", "Kind": "A1", "Display Key": f"EP {3000000 + number} A1",
                "Lens ID": f"000-000-000-000-{number:03d}", "Publication Date": "2019-03-20", "Title": name,
                "Application Number": f"EP {17000000 + number} A", "Application Date": "2017-09-08",
                "Applicants": name, "Owners": name, "Document Type": "Patent Application",
            }  # fmt: skip
            writer.writerow([cells.get(column, "") for column in header])
    return path


# Commands that need no workspace --------------------------------------------------------------------------------------


def test_formats_lists_every_reader(chizai: Chizai) -> None:
    found = chizai.ok("formats", "--json").json
    assert len(found) >= 15
    assert all(item["title"]["ja"] and item["title"]["en"] for item in found)
    assert all(set(item["lacks"].values()) <= {"notimpl", "never"} for item in found)
    assert [item["name"] for item in chizai.ok("formats", "docdb", "--json").json] == ["docdb"]
    for lang in ("en", "ja"):
        shown = chizai.ok("formats", "--lang", lang).out
        assert all(item["name"] in shown for item in found)
        assert "fterm" not in chizai.ok("formats", "lens-csv", "--lang", lang).out


def test_formats_proposes_a_column_map_that_can_be_used(chizai: Chizai, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("Patent number,Assignee,Title,CPC\nUS 10123456 B2,Example Co,Valve,F16K1/18\n", encoding="utf-8")
    (tmp_path / "table.csv.map.yaml").write_text(chizai.ok("formats", "--propose", table).out, encoding="utf-8")
    assert chizai.ok("convert", table, "--out", tmp_path / "out", "--json").json["rows"]["publication"] == 1


def test_number_gives_every_form_and_names_what_is_none(chizai: Chizai) -> None:
    found = chizai.ok("number", "特開2020-123456", "US 10,000,000 B2", "EP1234567A1", "--json").json
    assert [item["id"] for item in found] == ["JP-2020123456-A", "US-10000000-B2", "EP-1234567-A1"]
    assert "JP" in chizai.ok("number", "特開2020-123456", "--lang", "ja").out
    done = chizai("number", "US10000000B2", "banana", "--json")
    assert done.status == 2
    assert [bool(item["error"]) for item in done.json] == [False, True]
    assert "banana" in chizai.fails("number", "banana", "--lang", "ja")


def test_convert_writes_every_table_and_replaces_only_its_own(chizai: Chizai, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    done = chizai.ok("convert", GOOGLE, DATA / "epo" / "docdb.xml", "--out", out, "--json").json
    assert done["rows"]["publication"] == pq.read_table(out / "publication.parquet").num_rows > 4
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    again = chizai.ok("convert", GOOGLE, DATA / "epo" / "docdb.xml", "-o", out)
    assert str(out) in again.out
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("precious")
    for place in (mine, mine / "thesis.txt", tmp_path):
        assert "nothing was changed" in chizai.fails("convert", GOOGLE, "--out", place)
    assert (mine / "thesis.txt").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "tables"]


def test_convert_names_the_files_that_it_refused(chizai: Chizai, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    done = chizai("convert", GOOGLE, tmp_path / "notes.txt", "--out", tmp_path / "out", "--json")
    assert done.status == 2
    assert done.json["rows"]["publication"] == 4
    assert [item["error"] for item in done.json["refused"]] == ["unknown-format"]
    assert "notes.txt" in chizai.fails("convert", GOOGLE, tmp_path / "notes.txt", "--out", tmp_path / "out2")


def test_names_adds_identity_name_and_reason(chizai: Chizai, tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text("no,who\n1,IBM CORP\n2,I.B.M. Corporation\n3,トヨタ自動車株式会社\n4,=1+1\n", encoding="utf-8-sig")
    out = tmp_path / "out.csv"
    done = chizai.ok("names", table, "--column", "who", "--out", out, "--json").json
    assert done["rows"] == 4
    rows = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    assert len(rows) == 5
    assert len(rows[0]) > 3
    # The cells of the input stay as they are; what is added is safe in a spreadsheet.
    assert [row[1] for row in rows][-1] == "=1+1"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row[2:])
    assert "who" in chizai.fails("names", table, "--column", "whom", "--out", out)


def test_families_of_any_format_and_of_a_plain_table(chizai: Chizai, tmp_path: Path) -> None:
    found = chizai.ok("families", DATA / "epo" / "docdb.xml", "--json").json
    assert found["rows"]
    assert found["summary"]["publications"] == len(found["rows"])
    table = tmp_path / "plain.csv"
    table.write_text("no,prio\nEP1234567A1,JP 2015-100000\nUS 10123456 B2,JP 2015-100000\n", encoding="utf-8")
    out = tmp_path / "out.csv"
    columns = ("--number-column", "no", "--priority-column", "prio")
    assert chizai.ok("families", table, *columns, "--out", out, "--json").json["summary"]["simple"] == 1
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 3
    assert chizai.ok("families", table, *columns, "--lang", "ja").out


def test_fields_are_listed_shown_checked_and_sampled(chizai: Chizai, study: Path, tmp_path: Path) -> None:
    found = chizai.ok("fields", "--json").json
    assert len(found) == 34
    quantum = chizai.ok("fields", "quantum", "--json").json
    assert "quantum" in json.dumps(quantum)
    assert "量子" in chizai.ok("fields", "quantum", "--lang", "ja").out
    chizai("fields", "quantum", "--check", "--json").json  # noqa: B018 - it must be JSON
    sample = chizai.ok("fields", "digital-cybersecurity", "--sample", "--size", "3", "-w", study, "--json").json
    assert sample
    assert "banana" in chizai.fails("fields", "banana")
    bad = tmp_path / "bad.yaml"
    bad.write_text("id: x\n")
    assert "bad.yaml" in chizai.fails("fields", "--file", bad)


# Commands of the workspace --------------------------------------------------------------------------------------------


def test_from_init_to_the_report(chizai: Chizai, tmp_path: Path) -> None:
    root = tmp_path / "新しい 調査"
    assert chizai.ok("init", root, "--lang", "ja", "--json").json == {"workspace": str(root)}
    added = chizai.ok("add", GOOGLE, "-w", root, "--json").json
    assert [(item["file"], item["format"], item["rows"]["publication"]) for item in added["read"]] == [
        ("export.csv", "google-csv", 4)
    ]
    again = chizai.ok("add", GOOGLE, "-w", root, "--json").json
    assert (again["read"], again["unchanged"]) == ([], ["export.csv"])
    assert "export.csv" in chizai.ok("add", GOOGLE, "-w", root).out
    status = chizai.ok("status", "-w", root, "--json").json
    assert [item["read"] for item in status["snapshots"]] == [True]
    assert chizai.ok("status", folder=root).out == chizai.ok("status", "-w", root).out
    assert all(item["state"] != "wrong" for item in chizai.ok("doctor", "-w", root, "--json").json)
    made = chizai.ok("landscape", "-w", root, "--json").json
    page = Path(made["report"]).read_text(encoding="utf-8")
    assert 'lang="ja"' in page
    openpyxl.load_workbook(made["workbook"]).close()
    assert list(Path(made["tables"]).rglob("*.csv"))
    assert made["highlights"]["ja"]


@pytest.mark.parametrize("name", EVERY)
def test_every_analysis_is_shown_as_json(chizai: Chizai, study: Path, name: str) -> None:
    done = chizai("show", name, "-w", study, "-c", "documents", "--json")
    if name == "specialisation" or (name in FURTHER and done.status):
        # These documents were chosen one by one: no two countries are there often enough, nor much else to compare.
        assert (done.status, done.json["error"]) == (2, "not-supported")
        return
    assert (done.status, done.err) == (0, "")
    found = done.json
    assert found["finding"] == name
    columns = [column["name"] for column in found["columns"]]
    assert all(list(row) == columns for row in found["rows"])
    assert found["convention"]["collections"] == ["documents"]


def test_a_figure_is_shown_in_the_chosen_language(chizai: Chizai, study: Path) -> None:
    shown = {lang: chizai.ok("show", "activity", "-w", study, "-n", "3", "--lang", lang).out for lang in ("en", "ja")}
    assert re.search(r"[ぁ-ん]", shown["ja"])
    assert not re.search(r"[ぁ-ん]", shown["en"])


def test_show_without_a_name_lists_the_analyses(chizai: Chizai) -> None:
    assert [item["name"] for item in chizai.ok("show", "--json").json] == list(EVERY)
    assert len(chizai.ok("show", "--lang", "ja").out.splitlines()) == len(EVERY)


def test_a_figure_is_exported_to_every_kind_of_file(chizai: Chizai, study: Path, tmp_path: Path) -> None:
    rows = len(chizai.ok("show", "offices", "-w", study, "--json").json["rows"])
    for ending in ("csv", "xlsx", "parquet", "json"):
        path = tmp_path / f"offices.{ending}"
        done = chizai.ok("export", "offices", "--to", path, "-w", study, "--json").json
        assert done == {"written": str(path), "rows": rows}
    with (tmp_path / "offices.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.reader(stream))) == rows + 1
    assert json.loads((tmp_path / "offices.csv-metadata.json").read_text("utf-8"))["provenance"]["snapshots"]
    assert pq.read_table(tmp_path / "offices.parquet").num_rows == rows
    assert len(json.loads((tmp_path / "offices.json").read_text("utf-8"))["rows"]) == rows
    book = openpyxl.load_workbook(tmp_path / "offices.xlsx")
    assert len(book.sheetnames) >= 1
    book.close()


def test_names_that_are_formulas_are_defused_in_every_file(chizai: Chizai, evil: Path, tmp_path: Path) -> None:
    root = tmp_path / "study"
    chizai.ok("init", root)
    chizai.ok("add", evil, "-w", root)
    made = chizai.ok("landscape", "-w", root, "--json").json
    chizai.ok("export", "players", "--to", tmp_path / "players.csv", "-w", root)
    chizai.ok("export", "players", "--to", tmp_path / "players.xlsx", "-w", root)
    tables = [tmp_path / "players.csv", *Path(made["tables"]).rglob("*.csv"), *root.rglob("rejects.csv")]
    seen = ""
    for path in tables:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        seen += "\n".join(cells)
        # A negative number is no formula.
        assert [cell for cell in cells if re.match(r"[=+@\t\r]|-(?!\d+(\.\d+)?([eE][+-]?\d+)?$)", cell)] == []
    assert "HYPERLINK" in seen
    for path in (tmp_path / "players.xlsx", Path(made["workbook"])):
        book = openpyxl.load_workbook(path)
        assert [
            cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
        ] == []
        book.close()
    page = Path(made["report"]).read_text(encoding="utf-8")
    assert '<a href="http://x"' not in page


# What goes wrong ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of every wrong kind."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "empty.csv").touch()
    (folder / "junk.bin").write_bytes(bytes(range(256)) * 40)
    (folder / "letter.txt").write_text("Dear Sir or Madam,\n")
    (folder / "cp932.csv").write_bytes("番号,名称\n1,弁装置\n".encode("cp932"))
    (folder / "broken.zip").write_bytes(b"PK\x03\x04" + b"\x00" * 100)
    (folder / "cut.csv.gz").write_bytes((SHIPPED / "drones.csv.gz").read_bytes()[:200])
    (folder / "directory").mkdir()
    (folder / "folder.csv").mkdir()
    (folder / "bad.map.yaml").write_text("chizai_map: 1\npublication: {number: nothing}\n")
    return folder


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "{wrong}/nowhere.csv", "-w", "{study}"], "nowhere.csv"),
        (["add", "{wrong}/empty.csv", "-w", "{study}"], "empty.csv"),
        (["add", "{wrong}/junk.bin", "-w", "{study}"], "junk.bin"),
        (["add", "{wrong}/letter.txt", "-w", "{study}"], "--map"),
        (["add", "{wrong}/cp932.csv", "-w", "{study}"], "cp932.csv"),
        (["add", "{wrong}/broken.zip", "-w", "{study}"], "broken.zip"),
        (["add", "{wrong}/cut.csv.gz", "-w", "{study}"], "cut.csv.gz"),
        (["add", "{wrong}/cp932.csv", "--map", "{wrong}/bad.map.yaml", "-w", "{study}"], "nothing"),
        (["add", "{wrong}/cp932.csv", "--map", "{wrong}/nowhere.yaml", "-w", "{study}"], "nowhere.yaml"),
        (["add", "{wrong}/cp932.csv", "--format", "jplatpat", "-w", "{study}"], "番号"),
        (["add", "{wrong}/letter.txt", "--format", "banana", "-w", "{study}"], "banana"),
        (["add", "{wrong}/letter.txt", "--collection", "../up", "-w", "{study}"], "../up"),
        (["add", "{wrong}/letter.txt", "-w", "{wrong}"], "chizai init"),
        (["status", "-w", "{wrong}"], "chizai init"),
        (["show", "offices", "-w", "{wrong}/nowhere"], "nowhere"),
        (["show", "banana", "-w", "{study}"], "banana"),
        (["show", "offices", "--field", "banana", "-w", "{study}"], "banana"),
        (["show", "offices", "--collection", "banana", "-w", "{study}"], "banana"),
        (["show", "offices", "--unit", "banana", "-w", "{study}"], "banana"),
        (["show", "offices", "--years", "banana", "-w", "{study}"], "banana"),
        (["show", "offices", "--years", "2015-2005", "-w", "{study}"], "2015-2005"),
        (["show", "offices", "--player", "No Such Player Anywhere", "-w", "{study}"], "No Such Player"),
        (["show", "specialisation", "--by", "banana", "-w", "{study}"], "banana"),
        (["show", "offices", "-n", "many", "-w", "{study}"], "--limit"),
        (["export", "offices", "--to", "{wrong}/x.docx", "-w", "{study}"], ".docx"),
        (["export", "offices", "--to", "{wrong}/letter.txt/x.csv", "-w", "{study}"], "letter.txt"),
        (["export", "offices", "-w", "{study}"], "--to"),
        (["landscape", "--out", "{wrong}/letter.txt", "-w", "{study}"], "letter.txt"),
        (["init", "{study}"], "study"),
        (["init", "{wrong}/letter.txt"], "letter.txt"),
        (["convert", "{wrong}/letter.txt", "--out", "{wrong}/tables"], "letter.txt"),
        (["convert", "{wrong}/directory", "--out", "{wrong}/tables"], "directory"),
        (["families", "{wrong}/letter.txt"], "letter.txt"),
        (["families", "{wrong}/nowhere.csv"], "nowhere.csv"),
        (["names", "{wrong}/nowhere.csv", "--column", "x", "--out", "{wrong}/o.csv"], "nowhere.csv"),
        (["names", "{wrong}/empty.csv", "--column", "x", "--out", "{wrong}/o.csv"], "empty.csv"),
        (["names", "{wrong}/directory", "--column", "x", "--out", "{wrong}/o.csv"], "directory"),
        (["names", "{wrong}/cp932.csv", "--column", "会社", "--out", "{wrong}/o.csv"], "会社"),
        (["fields", "--file", "{wrong}/nowhere.yaml"], "nowhere.yaml"),
        (["fields", "--file", "{wrong}/junk.bin"], "junk.bin"),
        (["formats", "banana"], "banana"),
        (["formats", "--propose", "{wrong}/junk.bin"], "junk.bin"),
        (["formats", "--propose", "{wrong}/nowhere.csv"], "nowhere.csv"),
        (["frobnicate"], "frobnicate"),
        (["status", "--frobnicate"], "--frobnicate"),
        (["number"], "--help"),
        (["add"], "--help"),
    ],
)
def test_an_error_is_one_line_that_names_what_is_wrong(
    chizai: Chizai, study: Path, wrong: Path, arguments: list[str], said: str
) -> None:
    filled = [item.format(study=study, wrong=wrong) for item in arguments]
    # Each in one language, by turns: what is said in both is tested with the messages.
    lang = ("en", "ja")[len(" ".join(arguments)) % 2]
    line = chizai.fails(*filled, "--lang", lang)
    assert line.startswith({"en": "Error: ", "ja": "エラー："}[lang])
    assert said in line
    assert Workspace(study).collections() == ["documents", "small"]


def test_an_error_is_data_for_scripts(chizai: Chizai, wrong: Path, study: Path) -> None:
    done = chizai("show", "banana", "--json", "-w", study)
    assert done.status == 2
    assert done.json["error"] == "unknown-choice"
    assert done.json["remedy"]
    done = chizai("add", wrong / "letter.txt", "--json", "-w", study)
    assert [item["error"] for item in done.json["refused"]] == ["unknown-format"]
    assert done.json["refused"][0]["where"] == {"file": "letter.txt"}


def test_an_empty_workspace_says_what_to_do_next(chizai: Chizai, tmp_path: Path) -> None:
    chizai.ok("init", tmp_path / "study")
    assert "chizai add" in chizai.ok("status", "-w", tmp_path / "study").out
    for command in (("show", "offices"), ("landscape",), ("fields", "quantum", "--sample")):
        for lang in LANGS:
            assert "chizai add" in chizai.fails(*command, "-w", tmp_path / "study", "--lang", lang)


def test_debug_shows_the_traceback(chizai: Chizai, study: Path) -> None:
    for arguments in (["--debug", "show", "banana"], ["show", "banana", "--debug"]):
        done = chizai(*arguments, "-w", study)
        assert done.status != 0
        assert "Traceback" in done.err
        assert "UnknownChoice" in done.err


# Options that may stand anywhere --------------------------------------------------------------------------------------


def test_the_language_may_stand_before_or_after_the_command(chizai: Chizai, tmp_path: Path) -> None:
    after = chizai.ok("formats", "lens-csv", "--lang", "ja").out
    assert re.search(r"[ぁ-ん]", after)
    assert chizai.ok("--lang", "ja", "formats", "lens-csv").out == after
    assert chizai.ok("formats", "--lang=ja", "lens-csv").out == after
    assert chizai.ok("formats", "lens-csv", CHIZAI_LANG="ja").out == after
    assert chizai.ok("formats", "lens-csv", LANG="ja_JP.UTF-8").out == after
    assert chizai.ok("formats", "lens-csv").out != after
    chizai.ok("init", tmp_path / "study", "--lang", "ja")
    assert re.search(r"[ぁ-ん]", chizai.ok("status", CHIZAI_WORKSPACE=str(tmp_path / "study")).out)


def test_the_engine_may_stand_before_or_after_the_command(chizai: Chizai, study: Path) -> None:
    for arguments in (["--engine", "banana://x", "show", "offices"], ["show", "offices", "--engine=banana://x"]):
        assert "banana://x" in chizai.fails(*arguments, "-w", study)
    assert chizai.ok("show", "--engine", "duckdb://", "offices", "-w", study, "--json").json["rows"]


def test_an_unknown_language_is_an_error(chizai: Chizai) -> None:
    assert "fr" in chizai.fails("formats", "--lang", "fr")
    assert "--lang" in chizai.fails("formats", "--lang")


# From nothing, as a person starts it ----------------------------------------------------------------------------------


def test_help_and_version_in_both_languages() -> None:
    done = alone("--version")
    assert (done.returncode, done.stderr) == (0, b"")
    assert re.fullmatch(rb"chizai \d+\.\d+\.\d+\n", done.stdout)
    english, japanese = (alone("add", "--help", "--lang", lang).stdout.decode() for lang in ("en", "ja"))
    assert "Add patent files" in english
    assert re.search(r"[ぁ-ん]", japanese)
    assert not re.search(r"[ぁ-ん]", english)
    assert alone().stdout or alone().stderr


def test_a_reader_that_leaves_a_pipe_early_is_no_error() -> None:
    with subprocess.Popen([*ALONE, "formats", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()  # as head does when it has seen enough
        told = process.stderr.read()
    assert process.returncode == 141
    assert told == b""


@pytest.mark.parametrize("encoding", ["ascii", "cp932"])
def test_japanese_on_a_terminal_that_cannot_show_it_is_no_error(study: Path, encoding: str) -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "CHIZAI_LANG": "ja"}
    environment["PYTHONIOENCODING"] = encoding
    place = ["-w", str(study)]
    for arguments in (["status", *place], ["number", "US 10000000 B2"], ["show", "banana", *place]):
        done = alone(*arguments, env=environment)
        assert done.returncode == (2 if "banana" in arguments else 0), done.stderr
        assert b"Traceback" not in done.stderr
        done.stdout.decode(encoding)


def test_a_shell_can_complete(study: Path) -> None:
    script = alone("--show-completion", "bash", env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"})
    assert script.returncode == 0
    assert b"_CHIZAI_COMPLETE" in script.stdout
    asked = {**os.environ, "_CHIZAI_COMPLETE": "complete_bash", "COMP_WORDS": "chizai lan", "COMP_CWORD": "1"}
    done = alone(env=asked)
    assert (done.stdout.decode().split(), done.stderr) == (["landscape"], b"")
    for line, wanted in (
        ("chizai show citation_tr", ["citation_truncation"]),
        (f"chizai show players -w {study} -c doc", ["documents"]),
        (f"chizai show players -w {study}/none -c doc", []),
        ("chizai show players --unit ip", ["ipf", "ip5"]),
    ):
        asked = {**asked, "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
        done = alone(env=asked)
        assert (done.stdout.decode().split(), done.stderr) == (wanted, b""), line


def test_what_pydantic_yaml_and_toml_say_is_said_in_japanese(chizai: Chizai, tmp_path: Path) -> None:
    root = tmp_path / "study"
    chizai.ok("init", root)
    for wrong_line in ('lang = "fr"', "colour = 1", "engine = 5", "[convention]\nminimum_count = 0", "lang ="):
        (root / "chizai.toml").write_text(wrong_line + "\n", encoding="utf-8")
        line = chizai.fails("status", "-w", root, "--lang", "ja")
        assert not re.search(r"Extra inputs|Input should|Invalid value|英語の詳細", line), line
    field = tmp_path / "bad.yaml"
    for text in ("id: a: b\n", "id: [1\n", "\tid: x\n", "nonsense: 1\n"):
        field.write_text(text, encoding="utf-8")
        line = chizai.fails("fields", "--file", field, "--lang", "ja")
        assert not re.search(r"Extra inputs|mapping values|expected|while|found|英語の詳細", line), line
    for name in ("a/b", ""):
        assert "64" in chizai.fails("add", GOOGLE, "-w", _workspace(tmp_path / "w2"), "-c", name)


def _workspace(path: Path) -> Path:
    return path if path.exists() else Workspace.create(path).root


def test_the_installed_command_is_this_one() -> None:
    command = shutil.which("chizai", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("chizai is not installed as a command here")
    done = subprocess.run([command, "show", "--json"], capture_output=True, timeout=60, check=False)
    assert [item["name"] for item in json.loads(done.stdout)] == list(EVERY)


# What the system and typer say in English only -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add"], "ファイル又はフォルダー"),
        (["show", "players", "-n", "0"], "1 以上"),
        (["show", "players", "-n", "many"], "整数"),
        (["show", "players", "-n"], "-n には値が必要"),
        (["show", "a", "b", "c"], "b c"),
        (["show", "--json=1"], "--json に値は"),
        (["plan", "frobnicate"], "frobnicate"),
        (["plan", "compute", "intangible-share"], "有価証券報告書"),
        (["strategy", "project"], "--title"),
        (["export", "players", "--to", "{wrong}/folder.csv"], "フォルダーです"),
        (["init", "{wrong}/letter.txt/x"], "ファイルがあります"),
        (["names", "{wrong}/cp932.csv", "--column", "番号", "-o", "{wrong}/directory"], "フォルダーです"),
    ],
)
def test_a_japanese_error_holds_no_english_sentence_and_says_it_once(
    chizai: Chizai, study: Path, wrong: Path, arguments: list[str], said: str
) -> None:
    filled = [item.format(wrong=wrong) for item in arguments]
    done = chizai(*filled, "--lang", "ja", CHIZAI_WORKSPACE=str(study))
    (line,) = done.err.strip().splitlines()
    assert done.status == 2
    assert said in line
    assert not re.search(r"Invalid|Errno|Input should|requires|does not|unexpected|\.part-|\.tmp", line)
    head = line.split("：", 1)[1][:12]
    assert line.count(head) == 1


def test_every_mistake_is_data_for_scripts(chizai: Chizai, study: Path, wrong: Path) -> None:
    for arguments, code in (
        (["show", "--bad"], "usage"),
        (["plan", "compute", "intangible-share"], "usage"),
        (["init", wrong / "letter.txt"], "path-unusable"),
        (["landscape", "-w", study, "-o", wrong / "letter.txt"], "path-unusable"),
        (["export", "offices", "-w", study, "--to", wrong / "folder.csv"], "path-unusable"),
    ):
        done = chizai(*arguments, "--json")
        assert done.status == 2
        assert done.json["error"] == code
        assert done.json["what"]
        assert done.json["remedy"]


@pytest.mark.parametrize("arguments", [["--help"], ["plan", "--help"], ["show", "--help"], ["plan"]])
def test_a_page_of_help_is_in_one_language(chizai: Chizai, arguments: list[str]) -> None:
    done = chizai(*arguments, "--lang", "ja", COLUMNS="200")
    page = done.out + done.err
    assert "使い方" in page
    assert "オプション" in page
    assert not re.search(r"Usage|Arguments|Options\b|Commands|Show this|Install|current shell|default:|required", page)
    done = chizai(*arguments, "--lang", "en", COLUMNS="200")
    assert "Usage: " in done.out + done.err


def test_help_is_not_cut_where_japanese_has_no_space(chizai: Chizai) -> None:
    assert "…" not in chizai.ok("add", "--help", "--lang", "ja", COLUMNS="80").out


@pytest.mark.parametrize("arguments", [["--help"], ["plan", "show", "2026"], ["formats"], ["show", "--json"]])
def test_a_closed_pipe_always_ends_alike(arguments: list[str]) -> None:
    with subprocess.Popen([*ALONE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert (process.returncode, told) == (141, b"")


@pytest.mark.parametrize("module", ["typer", "chizai.cli.run", "chizai.cli.app", "rich.console"])
def test_ctrl_c_while_modules_load_is_no_traceback(module: str) -> None:
    stop = (
        "import sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\n"
        "sys.argv = ['chizai', 'formats']\n"
        "from chizai.cli import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", stop], capture_output=True, timeout=60, check=False)
    assert done.returncode == 130
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.decode().strip().splitlines()) == 1


def test_a_workspace_that_may_only_be_read_says_what_must_be_built_first() -> None:
    refused = PermissionError(errno.EACCES, "Permission denied", "study/.chizai.lock")
    for lang in LANGS:
        line = said(refused).text(lang)
        assert "study" in line
        assert ".chizai.lock" not in line
        assert "Permission denied" not in line
    assert "workspace" in said(refused).text("en")
    moved = OSError(errno.EISDIR, "Is a directory", ".part-0123456789ab-x.csv", None, "x.csv")
    assert ".part-" not in said(moved).text()
    assert ".part-" not in said(OSError(errno.ENOSPC, "No space left", "out/.part-0123456789ab-x.csv")).text()
    # What is not known by number keeps the system's words.
    assert "Stale file handle" in said(OSError(errno.ESTALE, "Stale file handle", "x")).text("ja")


# A report does not take the place of what is not its own ---------------------------------------------------------------


def test_a_report_replaces_only_a_report(chizai: Chizai, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    make = ("landscape", "-w", study, "-c", "small", "-o")
    chizai.ok(*make, out)
    (out / "tables" / "own.csv").write_text("precious")
    assert "nothing was changed" in chizai.fails(*make, out)
    assert (out / "tables" / "own.csv").read_text() == "precious"
    (out / "tables" / "own.csv").unlink()
    (out / "tables" / "activity.csv").unlink()
    check_free(out)  # an earlier report, even where a file is gone
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "report.html").write_text("precious")
    assert "nothing was changed" in chizai.fails(*make, foreign)
    assert [path.name for path in foreign.iterdir()] == ["report.html"]
    # A place that cannot be used is refused before the data are touched.
    assert "letter" in chizai.fails("landscape", "-w", study, "-c", "none", "-o", _file(tmp_path / "letter.csv"))


def _file(path: Path) -> Path:
    path.touch()
    return path


# Choices that do not exist ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said_there"),
    [
        (["show", "players", "--years", "2015-2005"], "2015-2005"),
        (["show", "players", "--years", "99999"], "99999"),
        (["show", "players", "--years", ""], "2005-2015"),
        (["show", "players", "--by", "foo"], "player"),
        (["landscape", "--by", "foo"], "player"),
        (["show", "players", "--date", "foo"], "優先日"),
        (["show", "foo"], "分析"),
        (["show", "players", "--player", "Nobody At All Anywhere"], "chizai show players"),
        (["plan", "show", "2025", "--id", "x"], "文"),
        (["plan", "show", "2025", "--item", "9-9"], "項目"),
        (["plan", "measures", "2025", "--item", "99"], "項目"),
        (["plan", "diff", "2025", "2026", "--item", "99"], "項目"),
        (["plan", "show", "1999"], "計画"),
    ],
)
def test_a_choice_that_is_none_is_named_in_words(
    chizai: Chizai, study: Path, arguments: list[str], said_there: str
) -> None:
    line = chizai.fails(*arguments, "--lang", "ja", CHIZAI_WORKSPACE=str(study))
    assert not re.search(r"：(by|date|analysis|player|plan|item|statement) に", line)
    assert "公報" not in line
    if said_there != "優先日":
        assert said_there in line


def test_an_attached_short_option_names_the_workspace_too(chizai: Chizai, tmp_path: Path) -> None:
    chizai.ok("init", tmp_path / "w1", "--lang", "ja")
    assert re.search(r"[ぁ-ん]", chizai.ok("status", "-ww1", folder=tmp_path).out)


def test_doctor_names_every_extra_and_a_file_that_the_settings_miss(chizai: Chizai, tmp_path: Path) -> None:
    root = tmp_path / "w1"
    chizai.ok("init", root)
    shown = [item["detail"] for item in chizai.ok("doctor", "-w", root, "--json").json if item["check"] == "extra"]
    for extra in ("sail", "spark", "topics", "pdf", "sdmx"):
        assert any(extra in detail for detail in shown)
    settings = root / "chizai.toml"
    settings.write_text(settings.read_text("utf-8").replace("# overrides =", "overrides ="), "utf-8")
    done = chizai("doctor", "-w", root)
    assert done.status == 1
    assert "names.csv" in done.out
