"""``chizai plan compute``: KPI values from filings, registers and tables of the user's own."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from chizai.cli import plan as plan_commands
from chizai.errors import ChizaiError, FileMissing, MissingColumn, OutputInUse
from chizai.messages import LANGS
from chizai.series.computed import values
from chizai.series.errors import SeriesRefused

TOBACCO, KOMATSU, LINES = (
    f"{name}.canonical.json.gz" for name in ("E00492-S100VH9B", "E01532-S100VXAI", "E04236-S100W1NC")
)
FACTS = {
    ("Assets", "CurrentYearInstant"): "190",
    ("Liabilities", "CurrentYearInstant"): "40",
    ("IntangibleAssets", "CurrentYearInstant"): "10",
    ("NumberOfIssuedSharesAsOfFiscalYearEndIssuedSharesTotalNumberOfSharesEtc", "FilingDateInstant"): "11",
    ("TotalNumberOfSharesHeldTreasurySharesEtc", "CurrentYearInstant"): "1",
    ("PriceEarningsRatioSummaryOfBusinessResults", "CurrentYearDuration"): "5.0",
    ("BasicEarningsLossPerShareSummaryOfBusinessResults", "CurrentYearDuration"): "2.00",
}

app = typer.Typer()
plan_commands.register(app)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are left out are written to the current folder."""
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["plan", "compute", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def data_of(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json"))


def filing(path: Path, **changes: str) -> Path:
    """The CSV of the EDINET API (type 5)."""
    rows = ["要素ID\tコンテキストID\t値"]
    rows += [f"x:{name}\t{context}\t{changes.get(name, value)}" for (name, context), value in FACTS.items()]
    path.write_text("\n".join(rows), encoding="utf-16")
    return path


def table(tmp_path: Path, text: str, encoding: str = "utf-8") -> str:
    path = tmp_path / "own.csv"
    path.write_text(text, encoding=encoding)
    return str(path)


# Intangible share -----------------------------------------------------------------------------------------------------


def test_the_real_filings_give_a_high_a_negative_and_a_refused_share(shared: Path) -> None:
    found = data_of("intangible-share", *(str(shared / "data" / "disclosure" / n) for n in (TOBACCO, KOMATSU, LINES)))
    companies = {row["file"]: row for row in found["tables"]["companies"]}
    assert companies[TOBACCO]["share"] == pytest.approx(0.938164, abs=1e-6)
    assert companies[LINES]["share"] == pytest.approx(-0.463597, abs=1e-6)
    assert companies[KOMATSU]["share"] is None
    assert "IntangibleAssets" in companies[KOMATSU]["why"]["ja"]
    groups = {row["treatment"]: row["share"] for row in found["tables"]["groups"]}
    market = {name: companies[name]["capitalisation"] for name in (TOBACCO, LINES)}
    own = 0.938164 * market[TOBACCO]
    assert groups["floor"] == pytest.approx(own / sum(market.values()), abs=1e-6)
    assert groups["kept"] == pytest.approx((own - 0.463597 * market[LINES]) / sum(market.values()), abs=1e-6)
    assert {note["code"] for note in found["notes"]} == {"intangible", "left-out"}


def test_a_price_may_be_given_by_file_name(tmp_path: Path) -> None:
    one, other = filing(tmp_path / "a.csv"), filing(tmp_path / "b.csv")
    rows = data_of("intangible-share", str(one), str(other), "--price", "a.csv=28")["tables"]["companies"]
    assert [row["share"] for row in rows] == pytest.approx([0.5, -0.4])
    assert (rows[0]["low"], rows[1]["low"]) == (None, pytest.approx(1 - 140 / 99))
    assert data_of("intangible-share", str(one), "--price", "28")["tables"]["companies"][0]["share"] == 0.5
    for wrong in ("c.csv=28", "a.csv=-1", "a.csv=cheap"):
        run("intangible-share", str(one), str(other), "--price", wrong, code=2)


def test_filings_of_which_none_can_be_computed_are_refused(tmp_path: Path) -> None:
    loss = filing(tmp_path / "a.csv", BasicEarningsLossPerShareSummaryOfBusinessResults="-2.00")
    with pytest.raises(SeriesRefused) as caught:
        run("intangible-share", str(loss))
    assert caught.value.reason == "no-price"


# R&D, secretariats ----------------------------------------------------------------------------------------------------


def test_depreciation_is_a_parameter_of_the_rd_stock(tmp_path: Path) -> None:
    shipped = data_of("rd-stock", "--depreciation", "0.2")["tables"]["stocks"]
    assert set(shipped[0]) == {"period", "investment", "unit", "stock_0.2"}
    path = table(
        tmp_path, "年度,値,単位,出典\n2020年度,100,億円,a\n2021年度,110,億円,a\n2022年度,121,億円,a\n", "cp932"
    )
    rows = data_of("rd-stock", path, "--depreciation", "0.15")["tables"]["stocks"]
    assert [row["period"] for row in rows] == ["FY2020", "FY2021", "FY2022"]
    assert [row["stock_0.15"] for row in rows] == pytest.approx([400, 450, 503.5])


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("year,value\n2020,1\n2022,2\n", ["--unit", "x", "--source", "s"], "no-stock"),
        ("year,value\n2020,1\n", ["--unit", "x", "--source", "s"], "no-stock"),
        ("year,value\n2020,9\n2021,1\n", ["--unit", "x", "--source", "s"], "no-steady-state"),
        ("year,value\n2020,1\n2021,2\n", ["--unit", "x", "--source", "s", "--depreciation", "15"], "bad-depreciation"),
        ("year,value,unit,source\n2020,1,円,s\n2021,1,件,s\n", [], "two-units"),
        ("year,value,unit,source\n2020,1,円,\n", [], "no-source"),
        ("year,value,source\n2020,1,s\n", [], "no-unit"),
        ("year,value,unit,source\n2020年(令和2年度),1,円,s\n", [], "both-years"),
        ("year,value,unit,source\n", [], "no-data"),
        ("PK\x03\x04", [], "workbook"),
    ],
)
def test_a_table_that_gives_no_stock_is_refused(tmp_path: Path, text: str, options: list[str], reason: str) -> None:
    with pytest.raises(SeriesRefused) as caught:
        run("rd-stock", table(tmp_path, text), *options)
    assert caught.value.reason == reason
    assert all(caught.value.remedy(lang) for lang in LANGS)


def test_the_verdict_on_secretariats_is_shown_by_definition_and_level(shared: Path) -> None:
    found = data_of("iso-secretariats")
    register = shared / "data" / "standards" / "iso_technical_committees_snapshotA.jsonl"
    assert data_of("iso-secretariats", str(register)) == found
    verdicts = {row["definition"]: (row["count"], row["rank"], row["within"]) for row in found["tables"]["definitions"]}
    assert verdicts["all"] == (84, 4, True)
    assert verdicts["committees"] == (20, 6, False)
    japan = next(row for row in found["tables"]["countries"] if row["country"] == "JP")
    assert (japan["level_TC"], japan["level_SC"], japan["count"]) == (19, 64, 84)
    assert found["notes"][0]["code"] == "verdict-flips"
    assert "verdict-flips" not in {note["code"] for note in data_of("iso-secretariats", "--top", "10")["notes"]}
    with pytest.raises(SeriesRefused, match="JP"):
        run("iso-secretariats", "--country", "XX")


# Seizures, exports, Cool Japan ----------------------------------------------------------------------------------------


def test_the_customs_table_gives_the_shipped_totals(shared: Path) -> None:
    path = str(shared / "data" / "statistics" / "customs" / "import_seizures_by_origin.csv")
    own = data_of("seizures", path, "--unit", "cases", "--only", "measure=件数")["tables"]
    assert own["totals"] == data_of("seizures")["tables"]["totals"]
    china = next(row for row in own["shares"] if (row["period"], row["part"]) == ("2019", "中国"))
    assert china["share"] == pytest.approx(19814 / 23934)
    with pytest.raises(SeriesRefused) as caught:
        run("seizures", path, "--unit", "cases")  # cases and items in one table
    assert caught.value.reason == "twice"


def test_parts_without_a_printed_total_are_added(tmp_path: Path) -> None:
    path = table(
        tmp_path, "品目,年,値,単位,出典\n米,2023,3,億円,a\n茶,2023,1,億円,a\n米,2024,5,億円,a\n茶,2024,…,億円,a\n"
    )
    found = data_of("exports", path)["tables"]
    assert [(row["period"], row["total"], row["rest"]) for row in found["totals"]] == [("2023", 4, 0), ("2024", 5, 0)]
    assert found["totals"][1]["growth"] == 0.25
    with pytest.raises(MissingColumn):
        run("exports", table(tmp_path, "a,b\n1,2\n"))
    with pytest.raises(FileMissing):
        run("exports", str(tmp_path / "none.csv"))


def test_units_that_differ_between_parts_are_refused(tmp_path: Path) -> None:
    path = table(tmp_path, "品目,年,値,単位,出典\n米,2023,3,億円,a\n茶,2023,1,兆円,a\n")
    with pytest.raises(SeriesRefused) as caught:
        run("exports", path)
    assert caught.value.reason == "two-units"


def test_exports_show_the_pace_of_the_target() -> None:
    """The specification's c.7: 24.0807% a year."""
    pace = data_of("exports")["tables"]["pace"][0]
    assert pace["target"] == 50000
    assert pace["growth_needed"] == pytest.approx((50000 / 17005) ** (1 / 5) - 1)
    assert pace["needed_per_year"] == pytest.approx((50000 - 17005) / 5)


def test_the_sums_of_cool_japan_are_the_printed_totals() -> None:
    found = data_of("cool-japan")["tables"]
    for row in found["sums"]:
        assert row["current"] == pytest.approx(row["current_printed"], abs=0.05 * 9)
        assert row["previous"] == pytest.approx(row["previous_printed"], abs=0.05 * 9)
    assert all(row["growth_low"] - 5e-5 <= row["growth"] <= row["growth_high"] + 5e-5 for row in found["accounts"])
    pace = {row["item"]: row for row in found["pace"]}
    assert pace["total"]["growth_needed"] == pytest.approx(0.062867, abs=1e-6)
    assert pace["content"]["needed_per_year"] == pytest.approx(1.5444, abs=1e-4)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", [name for name in values.NAMES if name != "intangible-share"])
def test_every_value_is_shown_in_both_languages(name: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIZAI_LANG", lang)
    assert len(run(name)) > 300


def test_what_does_not_go_together_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    path = table(tmp_path, "a\n1\n")
    for wrong in (
        ["intangible-share"],
        ["cool-japan", path],
        ["exports", path, path],
        ["exports", path, "--only", "x"],
    ):
        run(*wrong, code=2)
    with pytest.raises(ChizaiError, match="rd-stock"):
        run("gdp")


def test_the_shipped_customs_fixture_has_the_columns_that_are_looked_for(shared: Path) -> None:
    path = shared / "data" / "statistics" / "customs" / "import_seizures_by_origin.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header = next(csv.reader(stream))
    assert {"year", "value", "origin", "source"} <= set(header)


# Rows and options that count nowhere ----------------------------------------------------------------------------------


def test_a_row_without_a_figure_is_named_and_written_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table(tmp_path, "year,value,origin\n2020,5,CN\n2020,7,US\n2021,3,CN\n2021,x,US\n2021,…,MY\n")
    own = ["seizures", path, "--unit", "cases", "--source", "me"]
    for lang, said in (("en", "2 row(s) left out"), ("ja", "2 行を除きました")):
        monkeypatch.setenv("CHIZAI_LANG", lang)
        assert said in run(*own)
    with (tmp_path / "own.rejects.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["row"], row["column"], row["value"], row["code"]) for row in rows] == [
        ("5", "value", "x", "no-figure"),
        ("6", "value", "…", "no-figure"),
    ]
    assert all("2021" in row["reason"] for row in rows)
    found = data_of(*own, "--rejects", "elsewhere.csv")
    assert found["rejects_file"] == "elsewhere.csv"
    assert (tmp_path / "elsewhere.csv").is_file()
    assert [row["row"] for row in found["rejects"]] == [5, 6]
    assert "rows-left-out" in {note["code"] for note in found["notes"]}


def test_a_file_that_is_no_list_of_rejects_is_not_replaced(tmp_path: Path) -> None:
    path = table(tmp_path, "year,value\n2020,5\n2021,x\n")
    mine = tmp_path / "mine.csv"
    mine.write_text("precious\n", encoding="utf-8")
    with pytest.raises(OutputInUse):
        run("seizures", path, "--unit", "cases", "--source", "me", "--rejects", str(mine))
    assert mine.read_text(encoding="utf-8") == "precious\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["seizures", "--only", "x"],
        ["seizures", "--only", "a=b"],
        ["exports", "--unit", "x"],
        ["cool-japan", "--price", "28"],
        ["seizures", "--depreciation", "0.1"],
        ["rd-stock", "--top", "5"],
        ["exports", "--country", "JP"],
    ],
)
def test_an_option_that_would_change_nothing_is_refused(arguments: list[str]) -> None:
    assert "--" in run(*arguments, code=2)


def test_a_filter_on_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path, "year,value\n2020,5\n2021,6\n")
    with pytest.raises(MissingColumn):
        run("seizures", path, "--unit", "cases", "--source", "me", "--only", "kind=a")
