"""The user's folder: what adding keeps, what never changes, and what happens when something goes wrong."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from chizai.corpus.schema import SCHEMA_VERSION
from chizai.errors import (
    BadConfig,
    EmptySelection,
    FileMissing,
    InputError,
    NoWorkspace,
    SnapshotDamaged,
    StoreTooNew,
    UnknownChoice,
    WorkspaceExists,
    WorkspaceLocked,
)
from chizai.files import MARK, new_file, new_folder, remove_folder
from chizai.workspace import Workspace, snapshots
from chizai.workspace.snapshots import Snapshot

DATA = Path(__file__).parent / "data"
LENS = DATA / "lens" / "lens_modern.csv"
GOOGLE = DATA / "google" / "export.csv"
CLI = [sys.executable, "-c", "from chizai.cli import main; main()"]


def contents(root: Path) -> dict[str, bytes]:
    """Every file of the folder with its bytes; the lock is no content."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != ".chizai.lock"
    }


def lens(path: Path, *, rows: int = 3, first: int = 1, title: str = "VALVE") -> Path:
    """A Lens list of ``rows`` Japanese applications, numbered from ``first``."""
    header = LENS.read_text(encoding="utf-8-sig").split("\n", 1)[0].strip()
    lines = [header]
    for number in range(first, first + rows):
        lens_id = f"{number:015d}"
        lens_id = "-".join(lens_id[place : place + 3] for place in range(0, 15, 3))
        cells = {
            "#": str(number), "Jurisdiction": "EP", "Kind": "A1", "Display Key": f"EP {3000000 + number} A1",
            "Lens ID": lens_id, "Publication Date": "2019-03-20", "Publication Year": "2019",
            "Application Number": f"EP {17000000 + number} A", "Application Date": "2017-09-08",
            "Title": f"{title} {number}", "Applicants": f"ALPHA {number % 7} GMBH;;BETA SA",
            "Document Type": "Patent Application", "CPC Classifications": "F16K1/18;;F16K1/22",
        }  # fmt: skip
        lines.append(",".join(cells.get(name, "") for name in header.split(",")))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "study")


def publications(ws: Workspace) -> list[tuple[Any, ...]]:
    table = ws.corpus() / "publication.parquet"
    return duckdb.sql(
        f"SELECT collection, publication_id, snapshot FROM read_parquet('{table}') ORDER BY ALL"
    ).fetchall()


# Making and opening ---------------------------------------------------------------------------------------------------


def test_a_new_workspace_has_its_settings_and_opens_again(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "deep" / "study", lang="ja")
    assert made.settings.lang == "ja"
    assert Workspace(made.root).settings == made.settings
    assert contents(made.root)["store/VERSION"] == f"{SCHEMA_VERSION}\n".encode()
    with pytest.raises(WorkspaceExists):
        Workspace.create(made.root)


def test_a_folder_without_settings_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(NoWorkspace) as caught:
        Workspace(tmp_path)
    assert str(tmp_path) in caught.value.text("ja")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lang = ", "not written as TOML"),
        ('lang = "fr"', "lang"),
        ("[convention]\nunit = 'tonne'", "convention.unit"),
        ("[convention]\nconfidence = 1.5", "convention.confidence"),
        ("[convention]\nunits = 'ipf'", "convention.units"),
        ("colour = 1", "colour"),
        (b"lang = '\xff'", "utf-8"),
    ],
)
def test_a_wrong_setting_is_named(ws: Workspace, text: str | bytes, said: str) -> None:
    (ws.root / "chizai.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadConfig) as caught:
        Workspace(ws.root)
    assert said in caught.value.text("en")


def test_nothing_to_count_is_an_error_of_its_own(ws: Workspace) -> None:
    with pytest.raises(EmptySelection):
        ws.corpus()


# Adding ---------------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_whole_and_read(ws: Workspace) -> None:
    (((snapshot, counts),), unchanged, refused) = _parts(ws.add(LENS, licence="CC BY 4.0"))
    assert (unchanged, refused) == ([], [])
    assert (snapshot.collection, snapshot.format, snapshot.licence) == ("main", "lens-csv", "CC BY 4.0")
    kept = ws.snapshots_path / "main" / snapshot.key / LENS.name
    assert kept.read_bytes() == LENS.read_bytes()
    assert ws.snapshots() == [snapshot]
    assert ws.counts(snapshot) == counts
    assert counts.records == len(publications(ws)) > 0


def _parts(added: Any) -> tuple[Any, Any, Any]:
    return added.read, added.unchanged, added.refused


@pytest.mark.parametrize("other_name", [False, True])
def test_adding_the_same_bytes_again_changes_nothing_and_says_so(
    ws: Workspace, tmp_path: Path, *, other_name: bool
) -> None:
    ws.add(LENS, GOOGLE)
    ws.corpus()
    before = contents(ws.root)
    again = LENS
    if other_name:
        again = tmp_path / "copy of something.txt"
        shutil.copyfile(LENS, again)
    added = ws.add(again, again, licence="another")
    assert added.read == []
    assert [item.files[0].name for item in added.unchanged] == [LENS.name]
    assert contents(ws.root) == before


def test_a_set_of_files_is_one_snapshot_and_found_again_from_another_folder(ws: Workspace, tmp_path: Path) -> None:
    ws.add(DATA / "patentsview")
    (snapshot,) = ws.snapshots()
    assert len(snapshot.files) > 5
    moved = shutil.copytree(DATA / "patentsview", tmp_path / "moved")
    before = contents(ws.root)
    assert ws.add(moved).unchanged == [snapshot]
    assert contents(ws.root) == before


def test_the_later_file_speaks_for_a_publication_that_both_hold(ws: Workspace, tmp_path: Path) -> None:
    ws.add(lens(tmp_path / "old.csv", rows=4, title="OLD"))
    ws.add(lens(tmp_path / "new.csv", rows=4, first=3, title="NEW"))
    titles = duckdb.sql(
        f"SELECT text FROM read_parquet('{ws.corpus() / 'text.parquet'}') WHERE part = 'title' ORDER BY text"
    ).fetchall()
    assert [title for (title,) in titles] == ["NEW 3", "NEW 4", "NEW 5", "NEW 6", "OLD 1", "OLD 2"]


def test_collections_live_side_by_side(ws: Workspace, tmp_path: Path) -> None:
    ws.add(lens(tmp_path / "a.csv"), collection="ours")
    ws.add(tmp_path / "a.csv", collection="業界")
    assert ws.collections() == ["ours", "業界"]
    found = publications(ws)
    assert len(found) == 6
    assert {row[1] for row in found if row[0] == "ours"} == {row[1] for row in found if row[0] == "業界"}
    figure = ws.landscape(collection="ours").offices(unit="publication")
    assert figure.convention.collections == ("ours",)
    with pytest.raises(UnknownChoice):
        ws.landscape(collection="theirs")


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a\\b", "a\n", "x" * 65, "end.", "end "])
def test_a_collection_has_the_name_of_a_folder(ws: Workspace, name: str) -> None:
    before = contents(ws.root)
    with pytest.raises(InputError):
        ws.add(LENS, collection=name)
    assert contents(ws.root) == before


def test_the_good_files_of_a_folder_are_added_and_the_others_named(ws: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    lens(folder / "deep" / "good.csv")
    (folder / "empty.csv").touch()
    (folder / "notes.txt").write_text("not a patent")
    (folder / ".hidden").write_text("not looked at")
    # Recognised by its header, but nothing in it can be read.
    (folder / "broken.csv").write_text(lens(tmp_path / "t.csv", rows=0).read_text() + ",,,,\n", encoding="utf-8")
    added = ws.add(folder)
    assert [item.files[0].name for item, _ in added.read] == ["good.csv"]
    assert sorted(error.where.file for error in added.refused if error.where.file) == [
        "broken.csv", "empty.csv", "notes.txt",
    ]  # fmt: skip
    assert [item.files[0].name for item in ws.snapshots()] == ["good.csv"]
    assert not list(ws.root.rglob(f"{MARK}*"))


def test_a_file_that_is_not_there_is_named_and_the_others_are_read(ws: Workspace, tmp_path: Path) -> None:
    added = ws.add(LENS, tmp_path / "nowhere.csv")
    assert [item.format for item, _ in added.read] == ["lens-csv"]
    assert [type(error) for error in added.refused] == [FileMissing]
    before = contents(ws.root)
    assert ws.add(tmp_path / "nowhere.csv").read == []
    assert contents(ws.root) == before


def test_what_chizai_keeps_in_the_folder_is_not_added_again(ws: Workspace) -> None:
    lens(ws.root / "export.csv")
    assert len(ws.add(ws.root).read) == 1
    (ws.out_path / "table.csv").write_text("a,b\n")
    ws.corpus()
    added = ws.add(ws.root)
    assert (added.read, len(added.unchanged), added.refused) == ([], 1, [])


def test_the_order_of_adding_does_not_change_the_parts(tmp_path: Path) -> None:
    one, two = Workspace.create(tmp_path / "one"), Workspace.create(tmp_path / "two")
    one.add(LENS, GOOGLE)
    two.add(GOOGLE)
    two.add(LENS)
    assert contents(one.store_path / "parts") == contents(two.store_path / "parts")


# The store ------------------------------------------------------------------------------------------------------------


def test_a_deleted_store_is_built_again_with_the_same_bytes(ws: Workspace) -> None:
    ws.add(LENS, GOOGLE, DATA / "uspto" / "US08930553.xml")
    ws.corpus()
    before = contents(ws.store_path)
    shutil.rmtree(ws.store_path)
    again = Workspace(ws.root)
    assert [again.counts(item) for item in again.snapshots()] == [None, None, None]
    again.corpus()
    assert contents(ws.store_path) == before


@pytest.mark.parametrize("marker", ["0\n", "", "rubbish", None])
def test_an_older_store_is_built_again(ws: Workspace, marker: str | None) -> None:
    ws.add(LENS)
    ws.corpus()
    before = contents(ws.store_path)
    (ws.store_path / "parts" / "left-by-the-old-version").mkdir()
    version = ws.store_path / "VERSION"
    version.unlink() if marker is None else version.write_text(marker)
    Workspace(ws.root).corpus()
    assert contents(ws.store_path) == before
    assert not (ws.store_path / "parts" / "left-by-the-old-version").exists()


def test_a_newer_store_is_left_alone(ws: Workspace) -> None:
    ws.add(LENS)
    (ws.store_path / "VERSION").write_text(f"{SCHEMA_VERSION + 1}\n")
    before = contents(ws.root)
    with pytest.raises(StoreTooNew) as caught:
        Workspace(ws.root)
    assert str(SCHEMA_VERSION + 1) in caught.value.text("ja")
    assert contents(ws.root) == before


def test_a_damaged_part_is_read_again(ws: Workspace) -> None:
    ws.add(LENS)
    before = contents(ws.store_path)
    (part,) = ws.store_path.glob("parts/*/*/part.json")
    part.write_text("{")
    assert ws.counts(ws.snapshots()[0]) is None
    ws.build()
    assert contents(ws.store_path) == before


def test_parts_without_a_snapshot_and_old_corpora_are_removed(ws: Workspace, tmp_path: Path) -> None:
    for number in range(4):
        ws.add(lens(tmp_path / f"{number}.csv", first=10 * number))
        ws.corpus()
        # The corpus before stays for those who read from it.
        assert len(list((ws.store_path / "corpus").iterdir())) == min(number + 1, 2)
    remove_folder(ws.snapshots_path / "main" / ws.snapshots()[1].key)
    assert len(publications(ws)) == 9
    assert len(list(ws.store_path.glob("parts/main/*"))) == 3


def test_a_changed_snapshot_is_noticed(ws: Workspace) -> None:
    ws.add(LENS)
    (snapshot,) = ws.snapshots()
    kept = ws.snapshots_path / "main" / snapshot.key / LENS.name
    data = bytearray(kept.read_bytes())
    data[-10] ^= 1
    kept.write_bytes(data)
    done = chizai("doctor", "--json", workspace=ws)
    assert done.returncode == 1
    states = {item["check"]: item["state"] for item in json.loads(done.stdout)}
    assert states["snapshot"] == "wrong"
    kept.write_bytes(data[:-1])
    shutil.rmtree(ws.store_path)
    with pytest.raises(SnapshotDamaged):
        Workspace(ws.root).build()
    (ws.snapshots_path / "main" / snapshot.key / "snapshot.json").write_text("{}")
    with pytest.raises(SnapshotDamaged):
        Workspace(ws.root).snapshots()


# Other processes ------------------------------------------------------------------------------------------------------


def chizai(*arguments: str | Path, workspace: Workspace, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [*CLI, *map(str, arguments), "--workspace", str(workspace.root)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


@contextmanager
def held_by_another(ws: Workspace) -> Iterator[None]:
    """A second process writes to the workspace while the block runs."""
    code = (
        "import sys; from chizai.workspace import Workspace\n"
        f"with Workspace({str(ws.root)!r}).writing():\n    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        yield
        assert other.stdin is not None
        other.stdin.close()
        assert other.wait(20) == 0


def test_a_second_writer_is_refused_and_reading_goes_on(ws: Workspace, tmp_path: Path) -> None:
    ws.add(LENS)
    corpus = ws.corpus()
    with held_by_another(ws):
        before = contents(ws.root)
        with pytest.raises(WorkspaceLocked):
            ws.add(GOOGLE)
        done = chizai("add", GOOGLE, "--json", workspace=ws)
        assert (done.returncode, json.loads(done.stdout)["error"]) == (2, "workspace-locked")
        assert Workspace(ws.root).corpus() == corpus
        assert chizai("status", workspace=ws).returncode == 0
        # The other one has kept a file and reads it: figures stay those of what was there before.
        files = snapshots.describe((GOOGLE,))
        late = Snapshot("f" * 16, "main", 2, "google-csv", files)
        snapshots.keep(ws.snapshots_path, late, (GOOGLE,))
        opened = Workspace(ws.root).open_corpus()
        assert [item.name for item in opened.snapshots] == [LENS.name]
        remove_folder(ws.snapshots_path / "main" / late.key)
        assert contents(ws.root) == before
    assert len(ws.add(GOOGLE).read) == 1


def test_without_an_earlier_corpus_a_reader_is_told_to_wait(ws: Workspace) -> None:
    ws.add(LENS)
    with held_by_another(ws), pytest.raises(WorkspaceLocked):
        ws.corpus()


def test_an_open_corpus_can_be_read_while_another_is_built(ws: Workspace, tmp_path: Path) -> None:
    ws.add(LENS)
    made = ws.landscape()
    before = made.offices(unit="publication").table
    other = Workspace(ws.root)
    other.add(lens(tmp_path / "more.csv"))
    other.corpus()
    assert made.offices(unit="publication").table == before


def test_what_a_killed_run_left_is_swept_by_the_next_writer(ws: Workspace) -> None:
    for place in (ws.root, ws.snapshots_path / "main", ws.store_path / "parts" / "main", ws.store_path):
        (place / f"{MARK}1-x").mkdir(parents=True)
        (place / f"{MARK}1-x" / "half").touch()
        (place / f"{MARK}2-y").touch()
    ws.add(LENS)
    assert not list(ws.root.rglob(f"{MARK}*"))
    assert ws.snapshots() == Workspace(ws.root).snapshots()


# Things appear whole or not at all ------------------------------------------------------------------------------------


def test_a_file_or_folder_is_replaced_only_when_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(FileNotFoundError), new_file(target) as part:
        part.write_text("new")
        (tmp_path / "nothing").stat()
    assert target.read_text() == "old"
    with new_file(target) as part:
        part.write_text("new")
    assert target.read_text() == "new"
    folder = tmp_path / "b"
    for number in range(2):
        with new_folder(folder) as part:
            (part / str(number)).touch()
    with pytest.raises(FileNotFoundError), new_folder(folder) as part:
        (part / "nothing").stat()
    assert [path.name for path in folder.iterdir()] == ["1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b"]


# A disk that is full, a folder that may not be written ----------------------------------------------------------------


def _limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [200, 20_000])
def test_a_full_disk_is_one_error_and_the_store_is_as_before(ws: Workspace, tmp_path: Path, size: int) -> None:
    ws.add(LENS)
    ws.corpus()
    before = contents(ws.root)
    big = lens(tmp_path / "big.csv", rows=400)
    assert big.stat().st_size > 20_000
    done = chizai("add", big, workspace=ws, preexec_fn=lambda: _limit_files(size))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "free space" in done.stderr
    assert not list(ws.root.rglob(f"{MARK}*"))
    assert contents(ws.root) == before
    assert len(chizai("add", big, "--json", workspace=ws).stdout) > 0
    undisturbed = Workspace.create(tmp_path / "undisturbed")
    undisturbed.add(LENS)
    undisturbed.add(big)
    assert contents(undisturbed.store_path / "parts") == contents(ws.store_path / "parts")


def test_a_disk_that_fills_while_the_corpus_is_built_is_one_error(ws: Workspace, tmp_path: Path) -> None:
    ws.add(lens(tmp_path / "big.csv", rows=3000))
    before = contents(ws.root)
    done = chizai("show", "offices", workspace=ws, preexec_fn=lambda: _limit_files(4000))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert contents(ws.root) == before
    assert chizai("show", "offices", workspace=ws).returncode == 0


def _without_privileges() -> None:
    """Root may write anywhere; drop that, as for other users (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH)."""
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_a_folder_that_may_not_be_written_is_one_error_and_can_still_be_read(ws: Workspace) -> None:
    ws.add(LENS)
    ws.corpus()
    before = contents(ws.root)
    places = [ws.root, *(path for path in ws.root.rglob("*"))]
    try:
        for path in places:
            path.chmod(0o555 if path.is_dir() else 0o444)
        done = chizai("add", GOOGLE, workspace=ws, preexec_fn=_without_privileges)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.strip().splitlines()) == 1
        assert "permissions" in done.stderr
        shown = chizai("show", "offices", "--json", workspace=ws, preexec_fn=_without_privileges)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert json.loads(shown.stdout)["rows"]
        elsewhere = chizai("init", ws.root / "deeper", workspace=ws, preexec_fn=_without_privileges)
        assert elsewhere.returncode == 2
        assert len(elsewhere.stderr.strip().splitlines()) == 1
    finally:
        for path in places:
            path.chmod(0o755)
    assert contents(ws.root) == before


# Ctrl-C ---------------------------------------------------------------------------------------------------------------


def _heeding_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


POOLED = "import chizai.corpus.ingest as i; i.POOL_FROM = 0; from chizai.cli import main; main()"


@pytest.mark.parametrize("pooled", [False, True])
def test_ctrl_c_ends_add_with_130_and_the_next_add_goes_on(ws: Workspace, tmp_path: Path, *, pooled: bool) -> None:
    files = [lens(tmp_path / f"{number}.csv", rows=4000, first=1 + 4000 * number) for number in range(3)]
    undisturbed = Workspace.create(tmp_path / "undisturbed")
    undisturbed.add(*files, workers=1)
    command = [sys.executable, "-c", POOLED] if pooled else CLI
    command = [*command, "add", *map(str, files), "-w", str(ws.root), "--workers", "2"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True}
    # Whoever runs the tests in the background of a script has Ctrl-C ignored, and so would all that is started here.
    with subprocess.Popen(command, **pipes, preexec_fn=_heeding_ctrl_c) as process:
        wait_for(lambda: list(ws.snapshots_path.glob("*/[0-9a-f]*")), process)
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the whole group
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert err.decode().strip().splitlines() == ["Interrupted. Nothing was lost: run the same command again to go on."]
    assert len(Workspace(ws.root).add(*files).unchanged) < 3
    assert contents(ws.store_path) == contents(undisturbed.store_path)
    assert contents(ws.snapshots_path) == contents(undisturbed.snapshots_path)


def wait_for(condition: Any, process: subprocess.Popen[bytes], *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def test_the_tables_of_a_part_name_their_snapshot_and_collection(ws: Workspace) -> None:
    ws.add(LENS, collection="ours")
    (snapshot,) = ws.snapshots()
    for path in (ws.store_path / "parts" / "ours" / snapshot.key).glob("*.parquet"):
        table = pq.read_table(path)
        assert table.column_names[:2] == ["collection", "snapshot"]
        assert set(table["snapshot"].to_pylist()) <= {snapshot.key}
        assert set(table["collection"].to_pylist()) <= {"ours"}
