"""Classification symbols, levels, titles and the WIPO-35 fields."""

from __future__ import annotations

import csv

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.corpus.classification import (
    FIELDS,
    LEVELS,
    is_indexing,
    known,
    known_subclasses,
    level_of,
    lookup,
    normalise,
    title,
    title_path,
    wipo35,
    wipo35_table,
)
from chizai.corpus.classification import expressions as ex
from chizai.errors import UnknownChoice
from chizai.messages import LANGS


@pytest.mark.parametrize(
    ("written", "scheme", "expected"),
    [
        ("B64C  39/02", "cpc", "B64C39/02"),
        ("B64C39/02", "cpc", "B64C39/02"),
        ("B64C 39/024 20130101", "cpc", "B64C39/024"),
        ("B64C0039020000", "ipc", "B64C39/02"),
        ("B64C0039100000", "ipc", "B64C39/10"),  # ST.8: the zeros on the right are filling, two digits stay
        ("A61K0031475200", "ipc", "A61K31/4752"),
        ("G01S7/48 20060101 G01S007/48", "ipc", "G01S7/48"),
        ("G01S007/48", "ipc", "G01S7/48"),
        ("H04L 29/06 (2006.01)", "ipc", "H04L29/06"),
        ("H04L  29/06        20060101AFI20051220BHEU", "ipc", "H04L29/06"),
        ("H04L29/0620060101AFI", "ipc", "H04L29/06"),
        ("G06F3/0488 (EP,US)", "cpc", "G06F3/0488"),
        ("b64c 2201/12", "cpc", "B64C2201/12"),
        ("Ｈ０１Ｌ　２７／０４", "ipc", "H01L27/04"),
        ("B64C", "ipc", "B64C"),
        ("B64C 39", "ipc", "B64C39/00"),
        ("Y02E10/50", "cpc", "Y02E10/50"),
        ("Y02E10/50", "ipc", None),
        ("B64C39/02X", "cpc", None),
        ("B64C0/00", "cpc", None),
        ("39/02", "cpc", None),
        ("B64C٣٩/02", "cpc", None),  # digits of another script
        ("", "cpc", None),
        ("H01L 27/04", "fi", "H01L27/04"),
        ("H01L 27/04 A", "fi", "H01L27/04@A"),
        ("H01L27/04@A", "fi", "H01L27/04@A"),
        ("H01L 27/04,311", "fi", "H01L27/04,311"),
        ("H01L 27/04 A,311", "fi", "H01L27/04,311@A"),
        ("H01L27/04,311@A", "fi", "H01L27/04,311@A"),
        ("H01L 27/04 311 A", "fi", "H01L27/04,311@A"),
        ("ZNM", "fi", "ZNM"),
        ("5F033 AA01", "fterm", "5F033AA01"),
        ("5F033AA01", "fterm", "5F033AA01"),
        ("5F033", "fterm", "5F033"),
        ("5F33AA01", "fterm", None),
        ("257/758", "uspc", "257/758"),
        ("257/E21.575", "uspc", "257/E21.575"),
        ("257E21575", "uspc", "257/E21.575"),
        ("455 412", "uspc", "455/41.2"),  # red book XML: three columns for the class, three for the subclass
        (" 43 4226", "uspc", "43/42.26"),
        ("D14/138", "uspc", "D14/138"),
        ("1/1", "uspc", "1/1"),
        ("0204", "locarno", "02-04"),
        ("14-03", "locarno", "14-03"),
        ("LOC (14) 03", "locarno", None),
    ],
)
def test_every_written_form_comes_to_one(written: str, scheme: str, expected: str | None) -> None:
    assert normalise(written, scheme) == expected  # type: ignore[arg-type]


@given(
    st.from_regex(r"[A-H](0[1-9]|[1-9][0-9])[A-Z]", fullmatch=True),
    st.integers(1, 9999),
    st.from_regex(r"[0-9]{2}[1-9]{0,4}", fullmatch=True),
)
def test_all_forms_of_a_symbol_agree_and_the_written_form_is_stable(subclass: str, group: int, subgroup: str) -> None:
    plain = f"{subclass}{group}/{subgroup}"
    assert normalise(plain, "cpc") == plain
    for form in (
        f"{subclass}{group:>4}/{subgroup}",
        f"{subclass}{group:04d}/{subgroup} 20130101",
        f"{subclass}{group:04d}{subgroup.ljust(6, '0')}",
        plain.lower(),
    ):
        assert normalise(form, "ipc") == plain


@given(st.text(max_size=40), st.sampled_from(["cpc", "ipc", "fi", "fterm", "uspc", "locarno"]))
def test_any_text_gives_a_stable_symbol_or_none(text: str, scheme: str) -> None:
    found = normalise(text, scheme)  # type: ignore[arg-type]
    assert found is None or normalise(found, scheme) == found  # type: ignore[arg-type]


def test_a_huge_text_is_no_symbol() -> None:
    assert normalise("B64C39/02" + " " * 10_000_000, "cpc") is None


SYMBOLS = [
    "B64C39/024",
    "B64C2201/12",
    "H01L27/04,311@A",
    "G06F",
    "Y02E10/50",
    "H04N5/225",
    "H04N21/00",
    "A61K8/00",
    "B",
]


def test_levels_agree_between_python_and_the_engine() -> None:
    table = ibis.memtable(pa.table({"symbol": SYMBOLS}))
    columns = {name: ex.level(table.symbol, name) for name in LEVELS}
    rows = table.select(table.symbol.name("_"), ex.is_indexing(table.symbol).name("indexing"), **columns)
    for row in rows.to_pyarrow().to_pylist():
        symbol = row.pop("_")
        assert row.pop("indexing") == is_indexing(symbol)
        assert row == {name: level_of(symbol, name) for name in LEVELS}


def test_an_unknown_level_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownChoice, match="subclass"):
        level_of("B64C39/02", "group")  # type: ignore[arg-type]


@pytest.mark.parametrize("dialect", ["duckdb", "pyspark", "bigquery"])
def test_the_expressions_compile_for_every_engine(dialect: str) -> None:
    schema = {"collection": "string", "publication_id": "string", "scheme": "string", "symbol": "string"}
    table = ibis.table(schema, name="classification")
    assert ibis.to_sql(ex.wipo35_classified(table), dialect=dialect)
    assert ibis.to_sql(table.select(ex.level(table.symbol, "main_group").name("x")), dialect=dialect)


# Titles ---------------------------------------------------------------------------------------------------------------


def test_a_title_is_found_at_every_level() -> None:
    # CPC scheme 2019.08.
    assert title("B64C39/024") == "of the remote controlled vehicle type, i.e. RPV"
    assert title("B64C39/00") == "Aircraft not otherwise provided for"
    assert title("G06F") == "ELECTRIC DIGITAL DATA PROCESSING"
    assert title("B64", lang="ja") == "航空機；飛行；宇宙工学"
    assert title("B", lang="ja") == "処理操作；運輸"


def test_an_unknown_subgroup_takes_the_title_of_its_nearest_ancestor_and_says_so() -> None:
    found = lookup("B64C39/02499")
    assert found is not None
    assert (found.symbol, found.language, found.own) == ("B64C39/024", "en", False)
    fi = lookup("B64C39/02,100@A")
    assert fi is not None
    assert fi.symbol == "B64C39/02"
    assert lookup("Q99Z1/00") is None


def test_a_main_group_stands_under_its_subclass() -> None:
    # The source names the group before it as the parent of G06N20/00.
    assert [item.symbol for item in title_path("G06N20/00")] == ["G", "G06", "G06N", "G06N20/00"]


def test_every_section_and_class_has_a_title_in_both_languages() -> None:
    classes = {subclass[:3] for subclass in known_subclasses()}
    assert len(classes) > 130
    for symbol in classes | {subclass[:1] for subclass in known_subclasses()}:
        for lang in LANGS:
            found = lookup(symbol, lang=lang)
            assert found is not None, symbol
            assert (found.symbol, found.language) == (symbol, lang)


def test_every_subclass_has_a_title() -> None:
    # A01P, C12S ... stand in the IPC or stood there; the shipped titles are the CPC's.
    without = {symbol for symbol in known_subclasses() if lookup(symbol).symbol != symbol}  # type: ignore[union-attr]
    assert without <= {"A01P", "C12S", "C13C", "C13D", "C13F", "C13G", "C13H", "C13J", "F24J"}


def test_places_newer_than_the_shipped_scheme_are_known() -> None:
    assert known("B64U10/00")
    assert known("G06N3/0475")
    assert not known("B64U99/99")


def test_the_shipped_titles_are_those_of_the_source(shared) -> None:  # type: ignore[no-untyped-def]
    import gzip

    with gzip.open(shared / "data/patents/reference/cpc_titles_2019-08.tsv.gz", "rt", encoding="utf-8") as stream:
        next(stream)
        rows = [line.rstrip("\n").split("\t") for line in stream]
    assert len(rows) == 231_981
    for symbol, _level, _parent, text in rows[::5000]:
        assert title(symbol) == " ".join(text.split()).strip(" ;")


# WIPO-35 --------------------------------------------------------------------------------------------------------------


def test_there_are_35_fields_in_5_sectors_with_names_in_both_languages() -> None:
    assert [item.number for item in FIELDS] == list(range(1, 36))
    assert len({item.sector_en for item in FIELDS}) == len({item.sector_ja for item in FIELDS}) == 5
    assert len({item.name_ja for item in FIELDS}) == len({item.name_en for item in FIELDS}) == 35


def test_every_pattern_of_the_source_is_there_and_no_other(shared) -> None:  # type: ignore[no-untyped-def]
    # WIPO IPC-technology concordance: 764 patterns such as 'H01L%' and 'H04N  21/%'.
    path = shared / "data/patents/reference/technology_concordance/ipc_technology.csv"
    with path.open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    source = set()
    for row in rows:
        pattern = row["IPC_code"].rstrip("%").replace(" ", "")
        source.add((pattern + "00" if pattern.endswith("/") else pattern, int(row["Field_number"])))
    assert len(rows) == len(source) == 764
    table = wipo35_table(successors=False)
    assert set(zip(table["key"].to_pylist(), table["field"].to_pylist(), strict=True)) == source
    assert {item.number: item.name_en for item in FIELDS} == {int(r["Field_number"]): r["Field_en"] for r in rows}


@pytest.mark.parametrize(
    ("symbol", "fields"),
    [
        ("H01L21/02", (8,)),
        ("H04N5/225", (2,)),
        ("H04N1/00", (3,)),
        ("H04N21/41", (4,)),
        ("A61K8/34", (14,)),
        ("A61K31/00", (16,)),
        ("G01N33/50", (11,)),
        ("G01N21/64", (10,)),
        ("G01N2021/64", ()),  # CPC 2000 series
        ("H01L2224/05", ()),
        ("Y02E10/50", ()),
        ("C12Y101/01", ()),  # a subclass that only the CPC has
        ("H10B12/00", (8,)),
        ("B64U10/13", (32,)),
        ("G16Y10/00", ()),
        ("H04N", ()),  # split by groups: a bare subclass says nothing
        ("G06F", (6,)),
    ],
)
def test_a_symbol_falls_into_its_wipo_field(symbol: str, fields: tuple[int, ...]) -> None:
    assert wipo35(symbol) == fields


def test_successors_can_be_left_out() -> None:
    assert wipo35("H10B12/00", successors=False) == ()


def test_the_relational_mapping_gives_the_same_as_the_function() -> None:
    symbols = [*SYMBOLS, "G01N33/50", "G01N2021/64", "H10B12/00", "B64U10/13", "A61K31/00"]
    table = ibis.memtable(pa.table({"scheme": ["cpc"] * len(symbols), "symbol": symbols}))
    found = {(row["symbol"], row["field"]) for row in ex.wipo35_classified(table).to_pyarrow().to_pylist()}
    assert found == {(symbol, number) for symbol in symbols for number in wipo35(symbol)}
