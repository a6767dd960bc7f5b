"""Series of the user's own: CSV, e-Stat, SDMX, Frictionless; refusals with row and remedy; vintages in a folder."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chizai.errors import ChizaiError, EmptyInput, HostileInput, MalformedInput, MissingColumn, MissingExtra
from chizai.messages import LANGS
from chizai.series.errors import SeriesRefused
from chizai.series.keep import SeriesStore
from chizai.series.readers import SeriesMap, load_map, read_series, reading_of, recognise
from chizai.series.readers.mapped import Columns

DAY = dt.date(2026, 11, 21)
NAMES = Columns(period="年", value="値", unit="単位", source="出典")


def plan(**changes: Any) -> SeriesMap:
    return SeriesMap.model_validate({"series": "exports", "columns": NAMES} | changes)


def write(tmp_path: Path, text: str, name: str = "a.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return path


def refused(path: Path, chosen: SeriesMap, **options: Any) -> SeriesRefused:
    with pytest.raises(SeriesRefused) as caught:
        read_series(path, chosen, known_from=DAY, **options)
    for lang in LANGS:
        assert caught.value.what(lang)
        assert caught.value.remedy(lang)
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_plain_table_becomes_observations(tmp_path: Path, encoding: str) -> None:
    path = write(
        tmp_path, '年,値,単位,出典\n2023年度,"1,454.1",億円,農水省\n2024年度,1507.1,億円,農水省\n', encoding=encoding
    )
    found = read_series(path, plan(), known_from=DAY)
    assert [(o.period, o.value, o.half_unit, o.unit, o.source) for o in found] == [
        ("FY2023", 1454.1, 0.05, "億円", "農水省"), ("FY2024", 1507.1, 0.05, "億円", "農水省"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason", "row"),
    [
        ("年,値,単位,出典\n2023,1,億円,a\n2024,2,兆円,a\n", "two-units", 3),
        ("年,値,単位,出典\n2023,1,,a\n", "no-unit", 2),
        ("年,値,単位,出典\n2023,1,億円,\n", "no-source", 2),
        ("年,値,単位,出典\n2023,1,億円,a\n2024年度,2,億円,a\n", "mixed-years", 3),
        ("年,値,単位,出典\n2024年(令和6年度),1,億円,a\n", "both-years", 2),
        ("年,値,単位,出典\nいつか,1,億円,a\n", "bad-period", 2),
        ("年,値,単位,出典\n2024,約3,億円,a\n", "bad-value", 2),
        ("年,値,単位,出典\n2024,1,億円,a\n2024,2,億円,a\n", "twice", 3),
        ("年,値,単位,出典\n2024,…,億円,a\n", "no-data", None),
        ("PK\x03\x04", "workbook", None),
        ("年,値,単位,出典\n2024,1,億円,a,b,c\n", "unreadable", 2),
        ("年,値,値,単位,出典\n2024,1,1,億円,a\n", "column-twice", 1),
    ],
)
def test_input_that_would_give_a_wrong_figure_is_refused_with_its_row(
    tmp_path: Path, text: str, reason: str, row: int | None
) -> None:
    error = refused(write(tmp_path, text), plan())
    assert (error.reason, error.where.row) == (reason, row)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingColumn, match="出典"):
        read_series(write(tmp_path, "年,値,単位\n2024,1,億円\n"), plan(), known_from=DAY)
    with pytest.raises(EmptyInput):
        read_series(write(tmp_path, ""), plan(), known_from=DAY)


def test_a_declared_fiscal_year_and_a_filter(tmp_path: Path) -> None:
    path = write(tmp_path, "年,値,地域\n2023,1,全国\n2023,9,東京\n2024,2,全国\n")
    chosen = SeriesMap(
        series="x",
        columns=Columns(period="年", value="値"),
        unit="件",
        source="s",
        fiscal=True,
        filters={"地域": "全国"},
    )
    assert [(o.period, o.value) for o in read_series(path, chosen, known_from=DAY)] == [("FY2023", 1), ("FY2024", 2)]


def test_an_unknown_qualifier_and_a_bad_date_are_refused(tmp_path: Path) -> None:
    columns = Columns(period="p", value="v", qualifier="q", known_from="k")
    chosen = SeriesMap(series="x", columns=columns, unit="件", source="s")
    assert refused(write(tmp_path, "p,v,q,k\n2024,1,maybe,\n"), chosen).reason == "bad-qualifier"
    assert refused(write(tmp_path, "p,v,q,k\n2024,1,lt,soon\n"), chosen).reason == "bad-date"
    found = read_series(write(tmp_path, "p,v,q,k\n2024,1,lt,2025-01-02\n"), chosen, known_from=DAY)[0]
    assert (found.qualifier, found.known_from) == ("lt", dt.date(2025, 1, 2))


@pytest.mark.parametrize(
    "text",
    [
        "series: ../x\n",
        "series: x\nsurprise: 1\n",
        "a: &a [*a]\n",
        "- 1\n",
        "series: [\n",
        "series: x\nskip: -3\n",
        "\x00",
    ],
)
def test_a_map_that_does_not_fit_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SeriesRefused) as caught:
        load_map(write(tmp_path, text, "m.yaml"))
    assert caught.value.reason == "bad-map"


def test_a_map_is_read_from_yaml(tmp_path: Path) -> None:
    found = load_map(
        write(tmp_path, "series: x\nunit: 件\ncolumns: {period: 年, value: 値}\nfilters: {地域: 全国}\n", "m.yaml")
    )
    assert found.columns.period == "年"
    assert found.filters == {"地域": "全国"}


# e-Stat --------------------------------------------------------------------------------------------------------------


def estat(values: list[dict[str, str]], **changes: Any) -> dict[str, Any]:
    """An answer in the layout of API 3.0: CLASS_OBJ may be a list, CLASS an object where there is one code."""
    body = {
        "RESULT_INF": {"TOTAL_NUMBER": len(values), "FROM_NUMBER": 1, "TO_NUMBER": len(values)},
        "TABLE_INF": {"@id": "0003", "STAT_NAME": {"@code": "1", "$": "科学技術研究調査"}, "GOV_ORG": {"$": "総務省"}},
        "CLASS_INF": {
            "CLASS_OBJ": [
                {"@id": "tab", "@name": "表章", "CLASS": {"@code": "10", "@name": "研究費"}},
                {"@id": "cat01", "CLASS": [{"@code": "1", "@name": "総数"}, {"@code": "2", "@name": "企業"}]},
                {"@id": "time", "CLASS": [{"@code": "2023100000", "@name": "2023年度"}]},
            ]
        },
        "DATA_INF": {"VALUE": values},
    }
    return {"GET_STATS_DATA": {"RESULT": {"STATUS": 0, "ERROR_MSG": "正常"}, "STATISTICAL_DATA": body | changes}}


def value(time: str, number: str, cat: str = "1", unit: str = "億円") -> dict[str, str]:
    return {"@tab": "10", "@cat01": cat, "@time": time, "@unit": unit, "$": number}


def estat_file(tmp_path: Path, tree: object) -> Path:
    return write(tmp_path, json.dumps(tree, ensure_ascii=False), "e.json")


def test_an_answer_of_estat_is_read_with_its_unit_and_source(tmp_path: Path) -> None:
    path = estat_file(
        tmp_path, estat([value("2023100000", "207040"), value("2024100000", "***"), value("2022100000", "197408")])
    )
    assert recognise(path) == "estat"
    found = read_series(path, SeriesMap(series="rd"), known_from=DAY)
    assert [(o.period, o.value, o.unit) for o in found] == [("FY2023", 207040, "億円"), ("FY2022", 197408, "億円")]
    assert found[0].source == "総務省 科学技術研究調査 (e-Stat 0003)"


def test_one_value_may_be_an_object(tmp_path: Path) -> None:
    tree = estat([])
    tree["GET_STATS_DATA"]["STATISTICAL_DATA"]["DATA_INF"]["VALUE"] = value("2024001212", "5")
    assert read_series(estat_file(tmp_path, tree), SeriesMap(series="rd"), known_from=DAY)[0].period == "2024-12"


@pytest.mark.parametrize("wanted", ["総数", "1"])
def test_a_filter_takes_name_or_code(tmp_path: Path, wanted: str) -> None:
    path = estat_file(tmp_path, estat([value("2023100000", "3"), value("2023100000", "2", cat="2")]))
    assert refused(path, SeriesMap(series="rd")).reason == "many-series"
    found = read_series(path, SeriesMap(series="rd", filters={"cat01": wanted}), known_from=DAY)
    assert [o.value for o in found] == [3]


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ({}, "not-estat"),
        ({"GET_STATS_DATA": {}}, "not-estat"),
        ({"GET_STATS_DATA": {"RESULT": {"STATUS": 100, "ERROR_MSG": "認証に失敗しました。"}}}, "estat-error"),
        ({"GET_STATS_DATA": {"RESULT": {"STATUS": 1, "ERROR_MSG": "該当データはありませんでした。"}}}, "estat-error"),
        ({"GET_STATS_DATA": {"RESULT": {"STATUS": 0}}}, "not-estat"),
        (estat([], CLASS_INF={}), "not-estat"),
        (estat([value("2023100000", "3")], RESULT_INF={"NEXT_KEY": 100001}), "estat-partial"),
        (estat([value("2023100000", "3"), value("2024000000", "3")]), "mixed-years"),
        (estat([value("2023100000", "3"), value("2024100000", "3", unit="百万円")]), "two-units"),
        (estat([value("2023000103", "3")]), "bad-period"),
    ],
)  # fmt: skip
def test_a_bad_answer_of_estat_is_refused(tmp_path: Path, tree: object, reason: str) -> None:
    assert refused(estat_file(tmp_path, tree), SeriesMap(series="rd"), format="estat").reason == reason


# SDMX ----------------------------------------------------------------------------------------------------------------

SDMX_CSV = """STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE
dataflow,X:Y(1.0),I,A,JP,2023,1.5,PT
dataflow,X:Y(1.0),I,A,JP,2024,1.7,PT
dataflow,X:Y(1.0),I,A,KR,2024,2.7,PT
"""
SDMX_ML = """<?xml version="1.0" encoding="UTF-8"?>
<mes:GenericData xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
 xmlns:gen="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic"
 xmlns:com="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common">
<mes:Header><mes:ID>t</mes:ID><mes:Test>true</mes:Test><mes:Prepared>2026-01-01T00:00:00</mes:Prepared>
<mes:Sender id="X"/><mes:Structure structureID="S" dimensionAtObservation="TIME_PERIOD">
<com:Structure><Ref id="Y" agencyID="X" version="1.0" class="DataStructure"/></com:Structure></mes:Structure></mes:Header>
<mes:DataSet structureRef="S" action="Append"><gen:Series><gen:SeriesKey><gen:Value id="REF_AREA" value="JP"/></gen:SeriesKey>
<gen:Obs><gen:ObsDimension value="2023"/><gen:ObsValue value="1.5"/></gen:Obs>
<gen:Obs><gen:ObsDimension value="2024"/><gen:ObsValue value="1.7"/></gen:Obs></gen:Series></mes:DataSet></mes:GenericData>"""


def test_sdmx_csv_is_read_through_pysdmx(tmp_path: Path) -> None:
    pytest.importorskip("pysdmx")
    path = write(tmp_path, SDMX_CSV)
    assert recognise(path) == "sdmx"
    assert refused(path, SeriesMap(series="x", source="s")).reason == "many-series"
    found = read_series(path, SeriesMap(series="x", source="s", filters={"REF_AREA": "JP"}), known_from=DAY)
    assert [(o.period, o.value, o.unit) for o in found] == [("2023", 1.5, "PT"), ("2024", 1.7, "PT")]


def test_sdmx_ml_is_read_through_pysdmx(tmp_path: Path) -> None:
    pytest.importorskip("pysdmx")
    pytest.importorskip("xmltodict")
    path = write(tmp_path, SDMX_ML, "a.xml")
    found = read_series(path, SeriesMap(series="x", source="s", unit="%"), known_from=DAY)
    assert [(o.period, o.value) for o in found] == [("2023", 1.5), ("2024", 1.7)]


def test_an_entity_never_reaches_the_xml_parser(tmp_path: Path) -> None:
    pytest.importorskip("pysdmx")
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>'
    with pytest.raises((HostileInput, SeriesRefused)):
        read_series(write(tmp_path, bomb, "a.xml"), SeriesMap(series="x", source="s", unit="%"), known_from=DAY)
    assert refused(write(tmp_path, "<a/>", "b.xml"), SeriesMap(series="x", source="s")).reason == "not-sdmx"


def test_without_pysdmx_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysdmx", None)
    monkeypatch.setitem(sys.modules, "pysdmx.io", None)
    with pytest.raises(MissingExtra, match=r"chizai\[sdmx\]"):
        read_series(write(tmp_path, SDMX_CSV), SeriesMap(series="x", source="s"), known_from=DAY)


# Frictionless --------------------------------------------------------------------------------------------------------


def package(tmp_path: Path, **changes: Any) -> Path:
    (tmp_path / "data").mkdir(exist_ok=True)
    write(tmp_path, "Year;V\n2023;1.0\n2024;2.0\n", "data/a.csv")
    resource = {"name": "a", "path": "data/a.csv", "dialect": {"delimiter": ";"},
                "schema": {"fields": [{"name": "Year", "type": "year"}, {"name": "V", "type": "number"}]}} | changes  # fmt: skip
    tree = {"name": "p", "sources": [{"title": "A register"}], "resources": [resource]}
    return write(tmp_path, json.dumps(tree), "datapackage.json")


PACKAGED = SeriesMap(series="x", columns=Columns(period="Year", value="V"), unit="件")


def test_a_data_package_gives_its_source(tmp_path: Path) -> None:
    path = package(tmp_path)
    assert recognise(path) == "package"
    found = read_series(path, PACKAGED, known_from=DAY)
    assert [(o.period, o.value, o.source) for o in found] == [("2023", 1, "A register"), ("2024", 2, "A register")]


@pytest.mark.parametrize("where", ["../secret.csv", "/etc/passwd", "https://example.org/a.csv", "..\\a.csv"])
def test_a_package_reads_nothing_outside_its_folder(tmp_path: Path, where: str) -> None:
    with pytest.raises(HostileInput):
        read_series(package(tmp_path, path=where), PACKAGED, known_from=DAY)


def test_a_package_without_the_column_or_resource_is_refused(tmp_path: Path) -> None:
    assert refused(package(tmp_path), PACKAGED.model_copy(update={"resource": "b"})).reason == "bad-package"
    assert refused(package(tmp_path, schema={"fields": [{"name": "Z"}]}), PACKAGED).reason == "bad-package"
    assert refused(package(tmp_path, path=3), PACKAGED).reason == "bad-package"
    with pytest.raises(MalformedInput):
        read_series(write(tmp_path, "{", "datapackage.json"), PACKAGED, known_from=DAY)


def test_the_shared_packages_are_read(shared: Path) -> None:
    path = shared / "data" / "statistics" / "ppp" / "datapackage.json"
    chosen = SeriesMap(
        series="ppp", columns=Columns(period="Year", value="PPP"), unit="x", filters={"Country ID": "JP"}
    )
    found = read_series(path, chosen, known_from=DAY)
    assert len(found) == 35
    assert "World Bank" in found[0].source


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=300), st.sampled_from(["csv", "estat", "package"]))
def test_any_bytes_are_a_series_or_refused(tmp_path: Path, data: bytes, format: str) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    with contextlib.suppress(ChizaiError):
        read_series(path, plan(), known_from=DAY, format=format)


# The same four refusals in every format -------------------------------------------------------------------------------

CSV = SeriesMap(series="x", columns=Columns(period="年", value="値"), unit="件", source="s")


def as_csv(tmp_path: Path, rows: list[tuple[str, str, str]]) -> tuple[Path, SeriesMap]:
    text = "".join(f"{period},{figure},{unit},s\n" for period, figure, unit in rows)
    return write(tmp_path, "年,値,単位,出典\n" + text), plan()


def as_package(tmp_path: Path, rows: list[tuple[str, str, str]]) -> tuple[Path, SeriesMap]:
    write(tmp_path, "年,値,単位\n" + "".join(",".join(row) + "\n" for row in rows), "data.csv")
    tree = {"name": "p", "sources": [{"title": "A register"}], "resources": [{"name": "a", "path": "data.csv"}]}
    columns = Columns(period="年", value="値", unit="単位")
    return write(tmp_path, json.dumps(tree), "datapackage.json"), SeriesMap(series="x", columns=columns)


def as_estat(tmp_path: Path, rows: list[tuple[str, str, str]]) -> tuple[Path, SeriesMap]:
    values = [
        value(period if len(period) == 10 else f"{period}000000", figure, unit=unit) for period, figure, unit in rows
    ]
    return estat_file(tmp_path, estat(values)), SeriesMap(series="x")


def as_sdmx(tmp_path: Path, rows: list[tuple[str, str, str]]) -> tuple[Path, SeriesMap]:
    pytest.importorskip("pysdmx")
    head = "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE\n"
    lines = [f"dataflow,X:Y(1.0),I,JP,{period},{figure},{unit}\n" for period, figure, unit in rows]
    return write(tmp_path, head + "".join(lines)), SeriesMap(series="x", source="s")


WAYS = [as_csv, as_package, as_estat, as_sdmx]


@pytest.mark.parametrize("way", WAYS)
def test_two_units_are_refused_in_every_format(tmp_path: Path, way: Any) -> None:
    path, chosen = way(tmp_path, [("2023", "1", "億円"), ("2024", "2", "兆円")])
    error = refused(path, chosen)
    assert (error.reason, error.values["units"]) == ("two-units", "億円, 兆円")
    assert error.where.row == (2 if way is as_estat else 3)


@pytest.mark.parametrize("way", WAYS)
def test_a_constant_unit_does_not_hide_two_units_of_the_file(tmp_path: Path, way: Any) -> None:
    path, chosen = way(tmp_path, [("2023", "1", "億円"), ("2024", "2", "兆円")])
    declared = chosen.model_copy(update={"unit": "億円", "columns": chosen.columns.model_copy(update={"unit": None})})
    assert refused(path, declared).reason == "two-units"


@pytest.mark.parametrize("way", WAYS)
def test_a_missing_source_is_refused_in_every_format(tmp_path: Path, way: Any) -> None:
    path, chosen = way(tmp_path, [("2023", "1", "億円")])
    if way is as_csv:
        write(tmp_path, "年,値,単位,出典\n2023,1,億円,\n")
    elif way is as_package:
        tree = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**tree, "sources": []}), encoding="utf-8")
    elif way is as_estat:
        estat_file(tmp_path, estat([value("2023000000", "1")], TABLE_INF={}))
    error = refused(path, chosen.model_copy(update={"source": None}))
    assert error.reason == "no-source"
    assert error.where.row == (1 if way is as_estat else 2)


@pytest.mark.parametrize("way", WAYS)
def test_a_period_that_is_both_is_refused_in_every_format(tmp_path: Path, way: Any) -> None:
    written = "2023年(令和5年度)"
    path, chosen = way(tmp_path, [("2022", "1", "億円"), (written, "2", "億円")])
    if way is as_estat:
        tree = estat([value("2022000000", "1"), value("2023000000", "2")])
        classes = tree["GET_STATS_DATA"]["STATISTICAL_DATA"]["CLASS_INF"]["CLASS_OBJ"]
        classes[-1]["CLASS"] = [
            {"@code": "2022000000", "@name": "2022年"},
            {"@code": "2023000000", "@name": "2023年度"},
        ]
        estat_file(tmp_path, tree)
    error = refused(path, chosen)
    assert error.reason == "both-years"
    assert error.where.row == (2 if way is as_estat else 3)


def test_a_map_declares_what_a_disputed_year_of_estat_means(tmp_path: Path) -> None:
    tree = estat([value("2023000000", "2")])
    tree["GET_STATS_DATA"]["STATISTICAL_DATA"]["CLASS_INF"]["CLASS_OBJ"][-1]["CLASS"] = {
        "@code": "2023000000", "@name": "2023年度",
    }  # fmt: skip
    path = estat_file(tmp_path, tree)
    assert refused(path, SeriesMap(series="x")).reason == "both-years"
    assert read_series(path, SeriesMap(series="x", fiscal=True), known_from=DAY)[0].period == "FY2023"


def test_a_multiplier_of_sdmx_is_a_part_of_the_unit(tmp_path: Path) -> None:
    pytest.importorskip("pysdmx")
    head = "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,UNIT_MULT\n"
    row = "dataflow,X:Y(1.0),I,JP,{},1,JPY,{}\n"
    chosen = SeriesMap(series="x", source="s")
    path = write(tmp_path, head + row.format(2023, 6) + row.format(2024, 6))
    assert {one.unit for one in read_series(path, chosen, known_from=DAY)} == {"JPY 10^6"}
    path = write(tmp_path, head + row.format(2023, 6) + row.format(2024, 9))
    assert refused(path, chosen).reason == "two-units"
    assert refused(path, chosen.model_copy(update={"unit": "円"})).reason == "two-units"


@pytest.mark.parametrize("way", WAYS)
def test_a_row_without_a_figure_is_passed_over_and_said(tmp_path: Path, way: Any) -> None:
    path, chosen = way(tmp_path, [("2022", "1", "億円"), ("2023", "", "億円"), ("2024", "3", "億円")])
    found = reading_of(path, chosen, known_from=DAY)
    assert [one.period for one in found.observations] == ["2022", "2024"]
    assert [(one.code, one.detail) for one in found.rejects] == [("no-figure", "2023")]
    assert found.rejects[0].row == (2 if way is as_estat else 3)


# Vintages in a folder ------------------------------------------------------------------------------------------------


def test_a_refresh_keeps_the_earlier_vintage_and_says_what_changed(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path / "kept")
    chosen = SeriesMap(series="x", columns=Columns(period="p", value="v"), unit="件", source="s")
    first = write(tmp_path, "p,v\n2022,1\n2023,10.2\n")
    old = read_series(first, chosen, known_from=dt.date(2025, 5, 1))
    assert len(store.refresh(old, source_file=first).added) == 2
    assert store.refresh(old).path is None, "the same reading changes nothing"
    second = write(tmp_path, "p,v\n2023,10.4\n2024,11\n", "b.csv")
    done = store.refresh(read_series(second, chosen, known_from=dt.date(2026, 5, 6)), source_file=second)
    assert [(a.value, b.value) for a, b in done.revised] == [(10.2, 10.4)]
    assert [o.period for o in done.added] == ["2024"]
    assert [o.period for o in done.gone] == ["2022"]
    assert [o.value for o in store.as_of("x", dt.date(2025, 12, 31))] == [1, 10.2]
    assert [o.value for o in store.as_of("x", None)] == [1, 10.4, 11]
    assert len(list((tmp_path / "kept" / "x" / "inputs").iterdir())) == 2


def test_a_changed_unit_and_an_earlier_date_are_refused(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path / "kept")
    columns = Columns(period="p", value="v")
    path = write(tmp_path, "p,v\n2022,1\n")
    store.refresh(read_series(path, SeriesMap(series="x", columns=columns, unit="件", source="s"), known_from=DAY))
    with pytest.raises(SeriesRefused, match="unit changed"):
        store.refresh(read_series(path, SeriesMap(series="x", columns=columns, unit="点", source="s"), known_from=DAY))
    with pytest.raises(SeriesRefused, match="before the kept"):
        store.refresh(
            read_series(
                path, SeriesMap(series="x", columns=columns, unit="件", source="t"), known_from=dt.date(2020, 1, 1)
            )
        )


def test_a_damaged_vintage_is_said(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path)
    (tmp_path / "x").mkdir()
    write(tmp_path, "indicator,period\n1,2\n", "x/2025-01-01-a.csv")
    with pytest.raises(MalformedInput):
        store.load()
