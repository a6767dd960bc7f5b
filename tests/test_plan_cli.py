"""``chizai plan``: every command, in both languages, as text and as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from chizai.cli import plan as plan_commands
from chizai.errors import ChizaiError
from chizai.messages import text

app = typer.Typer()
plan_commands.register(app)


def run(*arguments: str, cwd: Path | None = None, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["plan", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def data_of(*arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code).stdout)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHIZAI_LANG", "en")
    monkeypatch.chdir(tmp_path)


def test_align_gives_records_with_ids_texts_and_suggestions() -> None:
    found = data_of("align", "2025", "2026")
    levels = {record["level"] for record in found["records"]}
    assert levels == {"item", "kpi", "aim", "state", "measure", "direction"}
    record = next(r for r in found["records"] if r["source"] == ["2025:2-2:measure:1"])
    assert (record["status"], record["score"], record["change"]) == ("carried", 1.0, [])
    assert record["source_text"] == record["target_text"]
    assert {r["level"] for r in data_of("align", "2025", "2026", "--level", "kpi")["records"]} == {"kpi"}


def test_align_takes_plan_files(tmp_path: Path) -> None:
    source = files("chizai.data") / "plan" / "ip-plan-2025-outline.yaml"
    path = tmp_path / "mine.yaml"
    path.write_bytes(source.read_bytes())
    assert data_of("align", str(path), "2025")["counts"]["kpi"] == {"carried": 22, "revised": 0, "new": 0, "dropped": 0}


def test_the_whole_review_runs(tmp_path: Path) -> None:
    written = data_of("diff", "2025", "2026", "--review", str(tmp_path / "r"))["written"]
    assert Path(written["page"]).is_file()
    path = Path(written["csv"])
    lines = path.read_text(encoding="utf-8-sig")
    filled = lines.replace('"",', ",")
    path.write_text(filled, encoding="utf-8-sig")
    done = data_of("review", str(path), "--log", str(tmp_path / "log.csv"))
    assert done["read"] == 0
    assert done["open"] > 100


def test_check_passes_on_what_is_shipped_and_fails_on_what_is_not(tmp_path: Path) -> None:
    assert data_of("check") == {
        "documents": ["ip-plan-2025-outline", "ip-plan-2026-outline-draft"],
        "errors": 0,
        "problems": [],
    }
    source = (files("chizai.data") / "plan" / "ip-plan-2025-outline.yaml").read_text(encoding="utf-8")
    path = tmp_path / "broken.yaml"
    path.write_text(source.replace("持続的な成長と社会課題の解決", "持続的な成長", 1), encoding="utf-8")
    assert data_of("check", str(path), code=1)["errors"] > 0


def test_draft_writes_what_show_and_check_read(tmp_path: Path) -> None:
    from chizai.plan import shipped, source_text

    data = source_text(shipped("2026"))
    assert data is not None
    text_file, out = tmp_path / "overview.txt", tmp_path / "plan-2027.yaml"
    text_file.write_bytes(data)
    run("draft", str(text_file), "--year", "2027", "--out", str(out))
    shown = data_of("show", str(out), "--kind", "measure")
    assert shown["document"]["state"] == "draft"
    assert len(shown["statements"]) >= 45
    problems = data_of("check", str(out), "--source", str(text_file))["problems"]
    assert {problem["code"] for problem in problems} == {"translation_missing"}


def test_draft_with_hand_edits_makes_the_shipped_file(tmp_path: Path) -> None:
    from chizai.plan import shipped, source_text

    folder = files("chizai.data") / "plan"
    name = "ip-plan-2026-outline-draft"
    source, out = tmp_path / "overview.txt", tmp_path / "out.yaml"
    source.write_bytes(source_text(shipped("2026")) or b"")
    edits, english = tmp_path / "edits.yaml", tmp_path / "english.yaml"
    edits.write_bytes((folder / "edits" / f"{name}.yaml").read_bytes())
    english.write_bytes((folder / "edits" / f"{name}.en.yaml").read_bytes())
    given = ("--edits", str(edits), "--english", str(english), "--out", str(out))
    run("draft", str(source), "--year", "2026", *given)
    assert out.read_bytes() == (folder / f"{name}.yaml").read_bytes()


def test_show_lists_filters_and_refuses(tmp_path: Path) -> None:
    assert [found["year"] for found in data_of("show")] == [2025, 2026]
    assert {s["item"] for s in data_of("show", "2025", "--item", "4-1")["statements"]} == {"4-1"}
    assert len(data_of("show", "2025", "--id", "2025:4-1:kpi:1")["statements"]) == 1
    for arguments in (("show", "1999"), ("show", "2025", "--kind", "x"), ("show", "2025", "--item", "9-9")):
        with pytest.raises(ChizaiError):
            run(*arguments)


def test_measures_round_trip(tmp_path: Path) -> None:
    form, log = tmp_path / "form.csv", tmp_path / "log.csv"
    assert data_of("measures", "2026", "--template", str(form))["rows"] == 51
    assert data_of("measures", "2026", "--import", str(form), "--log", str(log))["read"] == 0
    assert len(data_of("measures", "2025", "--item", "2-4")) == 5
    with pytest.raises(ChizaiError):
        run("measures", "2026", "--import", str(tmp_path / "gone.csv"))
    assert run("measures", "2026", "--import", str(form), "--approve", code=2).exit_code == 2


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("show",),
        ("show", "2025", "--item", "2-2"),
        ("check",),
        ("align", "2025", "2026"),
        ("diff", "2025", "2026", "--item", "4-1"),
        ("measures", "2026", "--item", "3-4"),
    ],
)
def test_every_command_speaks_both_languages(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], lang: str
) -> None:
    monkeypatch.setenv("CHIZAI_LANG", lang)
    assert run(*arguments).stdout.strip()


def test_dropped_and_new_are_marked_as_open_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIZAI_LANG", "ja")
    monkeypatch.setenv("COLUMNS", "200")
    shown = run("diff", "2025", "2026", "--item", "1-1").stdout
    assert text("plan.status.open", "ja") in shown
    assert "廃止を意味しません" in shown


def test_both_catalogues_have_the_same_keys_and_placeholders() -> None:
    import re

    def leaves(lang: str) -> dict[str, list[str]]:
        tree = tomllib.loads((files("chizai.messages") / lang / "plan.toml").read_text(encoding="utf-8"))
        found: dict[str, list[str]] = {}

        def walk(node: dict[str, Any], path: str) -> None:
            for key, value in node.items():
                if isinstance(value, dict):
                    walk(value, f"{path}.{key}")
                else:
                    found[f"{path}.{key}"] = sorted({m.split(":")[0] for m in re.findall(r"\{(\w+(?::\w+)?)\}", value)})

        walk(tree, "plan")
        return found

    assert leaves("ja") == leaves("en")


def test_the_help_of_every_command_is_in_japanese(tmp_path: Path) -> None:
    code = (
        "import typer; from chizai.cli import plan; app = typer.Typer(); app.callback()(lambda: None); "
        "plan.register(app); app(['plan', '--help'])"
    )
    environment = {**os.environ, "CHIZAI_LANG": "ja", "PYTHONIOENCODING": "utf-8"}
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", env=environment, check=True
    )
    assert "知的財産推進計画" in found.stdout
