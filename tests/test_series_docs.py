"""Pages, docstrings and texts of the series room; the commands in both languages."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import chizai.series
from chizai.errors import ChizaiError
from chizai.messages import LANGS, catalogue, lookup
from chizai.series.errors import SeriesRefused

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "series"
NAMES = ["add-a-series", "assessment", "figures"]
MODULES = [
    name for _, name, _ in pkgutil.walk_packages(chizai.series.__path__, "chizai.series.")
]  # fmt: skip
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "chizai" / "series").rglob("*.py"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ending", [".md", ".ja.md"])
def test_the_examples_of_a_page_run(name: str, ending: str) -> None:
    failed, tried = doctest.testfile(str(PAGES / f"{name}{ending}"), module_relative=False, encoding="utf-8")
    assert tried > 3
    assert failed == 0


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_sections(name: str) -> None:
    counts = [
        len(re.findall(r"^## ", (PAGES / f"{name}{end}").read_text(encoding="utf-8"), re.M))
        for end in (".md", ".ja.md")
    ]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_every_refusal_and_reason_has_texts_and_every_text_is_used() -> None:
    for table, pattern in (("refused", r'SeriesRefused\(\s*"([a-z-]+)"'), ("reason", r'Reason\(\s*"([a-z-]+)"')):
        used = set(re.findall(pattern, SOURCE))
        for lang in LANGS:
            known = set(catalogue("series", lang)[table])
            assert used <= known, (lang, used - known)
            loose = {key for key in known - used if f'"{key}"' not in SOURCE}
            assert not loose, (lang, loose)


def test_a_refusal_survives_pickling() -> None:
    import pickle

    error = SeriesRefused("two-units", units="a, b")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, ChizaiError)
    assert again.text("ja") == error.text("ja")
    assert again.as_dict("ja")["reason"] == "two-units"


# Commands ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def app() -> typer.Typer:
    from chizai.cli import plan_assess

    made = typer.Typer()
    plan_assess.register(made)
    return made


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("command", [["status"], ["kpi", "k14"], ["accounts"], ["series"], ["series", "gii_rank"]])
def test_a_command_speaks_both_languages(
    app: typer.Typer, command: list[str], lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIZAI_LANG", lang)
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    assert len(shown.stdout) > 200
    found = CliRunner().invoke(app, [*command, "--json"])
    assert json.loads(found.stdout)


@pytest.mark.parametrize("lang", LANGS)
def test_assess_prints_one_object_a_row(
    app: typer.Typer, tmp_path: Path, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIZAI_LANG", lang)
    path = tmp_path / "in.csv"
    head = "id,base_value,base_year,current_value,current_year,target,target_year,direction,limit"
    path.write_text(f"{head}\na,14.5,2015,10.4,2023,7.25,2030,-1,\nb,1,2015,2,2023,,,,\n", encoding="utf-8")
    rows = json.loads(CliRunner().invoke(app, ["assess", str(path), "--json"]).stdout)
    assert [row["status"] for row in rows] == ["moderate_progress", "not_available"]
    assert rows[1]["reasons"][0]["code"] == "no-direction"
    shown = CliRunner().invoke(app, ["assess", str(path)])
    assert shown.exit_code == 0
    assert str(lookup("series.status.moderate_progress", lang))[:2] in shown.stdout  # type: ignore[arg-type]


def test_as_of_and_own_series(app: typer.Typer, tmp_path: Path) -> None:
    early = json.loads(CliRunner().invoke(app, ["status", "--as-of", "2025-06-03", "--json"]).stdout)
    assert next(one for one in early if one["target"]["kpi"] == "K21")["latest"]["value"] == 27.1
    (tmp_path / "a.csv").write_text("p,v\n2024,1\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text(
        "series: x\nunit: 件\nsource: s\ncolumns: {period: p, value: v}\n", encoding="utf-8"
    )
    asked = [
        "series",
        "--file",
        str(tmp_path / "a.csv"),
        "--map",
        str(tmp_path / "m.yaml"),
        "--keep",
        str(tmp_path / "k"),
    ]
    done = CliRunner().invoke(app, [*asked, "--known-from", "2025-01-01", "--json"])
    assert json.loads(done.stdout)[0]["value"] == 1
    kept = CliRunner().invoke(app, ["series", "--keep", str(tmp_path / "k"), "--as-of", "2024-01-01", "--json"])
    assert json.loads(kept.stdout) == []
    for wrong in (["kpi", "K99"], ["series", "none"], ["status", "--as-of", "soon"]):
        assert isinstance(CliRunner().invoke(app, wrong).exception, ChizaiError)
