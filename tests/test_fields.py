"""Fields as data: definitions, loading, selection, checker, sample."""

from __future__ import annotations

import pickle
from pathlib import Path

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai import fields
from chizai.errors import BadEncoding, BadField, ChizaiError, EmptyInput, FileMissing, UnknownChoice
from chizai.fields.loading import MAX_BYTES, parse
from chizai.messages import LANGS, catalogue

STRATEGIC = [
    "AI・半導体", "造船", "量子", "合成生物学・バイオ", "航空・宇宙", "デジタル・サイバーセキュリティ",
    "コンテンツ", "フードテック", "資源・エネルギー安全保障・GX", "防災・国土強靱化", "創薬・先端医療",
    "フュージョンエネルギー", "マテリアル（重要鉱物・部素材）", "港湾ロジスティクス", "防衛産業", "情報通信",
    "海洋",
]  # fmt: skip
# IP Promotion Plan 2025, overview: the strategic areas 1-8 and the further important areas 9-17.
STANDARDISATION = [
    "環境・エネルギー", "食料・農林水産業", "防災", "デジタル・AI", "モビリティ", "情報通信", "量子",
    "バイオエコノミー", "介護・福祉", "インフラ", "フュージョン", "宇宙", "半導体", "素材", "資源", "海洋",
    "医療・ヘルスケア",
]  # fmt: skip

CLASSIFICATION = [
    # collection, publication_id, scheme, symbol, sequence, inventive
    ("a", "P1", "cpc", "B63B35/44", 0, True),
    ("a", "P2", "cpc", "B63B32/10", 0, True),
    ("a", "P3", "cpc", "B63B32/10", 0, True),
    ("a", "P3", "cpc", "B63H21/00", 1, False),
    ("a", "P4", "ipc", "G06Q10/08", 0, None),
    ("a", "P5", "cpc", "G06Q10/083", 0, True),
    ("a", "P6", "fterm", "3D012AB01", 0, None),
    ("a", "P7", "fi", "B63B35/44,100@A", 0, None),
    ("b", "P1", "cpc", "A01B1/00", 0, True),
    ("a", "P11", "cpc", "B63B1/00", 0, True),
    ("a", "P11", "cpc", "A63H23/00", 1, True),
]
TEXT = [
    # collection, publication_id, part, language, text
    ("a", "P1", "title", "en", "Floating structure"),
    ("a", "P4", "title", "en", "Method for a container-terminal"),
    ("a", "P5", "title", "en", "Warehouse"),
    ("a", "P8", "abstract", "en", "An Icebreaker (ice-breaking vessel) is shown."),
    ("a", "P9", "title", "ja", "港湾のＡＩクレーン"),
    ("a", "P10", "title", "de", "icebreaker"),
    ("a", "P11", "title", "en", "Toy boat"),
    ("a", "P12", "claims", "en", "icebreaker"),
    ("a", "P13", "title", None, "Icebreakers and batteries"),
    ("a", "P14", "title", "en", "Support and transport, container, terminal"),
]
DEFINITION = """\
id: ships
name: {ja: 船, en: Ships}
include:
  - name: hulls
    codes: [B63B, B63H]
    except_codes: [B63B32/00]
  - name: port-logistics
    codes: [G06Q10/08]
    words: {en: [container terminal], ja: [コンテナターミナル]}
  - name: themes
    fterm: [3D012]
  - name: words
    words: {en: [icebreaker, battery], ja: [AIクレーン]}
exclude:
  - name: toys
    codes: [A63H]
accepted_codes: [B63B32/00]
"""


def tables() -> dict[str, ibis.expr.types.Table]:
    names = ("collection", "publication_id", "scheme", "symbol", "sequence", "inventive")
    classification = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in CLASSIFICATION])
    names = ("collection", "publication_id", "part", "language", "text")
    text = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in TEXT])
    return {"classification": ibis.memtable(classification), "text": ibis.memtable(text)}


def field(text: str = DEFINITION) -> fields.Field:
    return parse(text.encode(), label="ships.yaml")


def minimal(rules: str) -> fields.Field:
    return field(f"id: mine\nname: {{ja: 名, en: name}}\ninclude:\n{rules}")


def selected(definition: fields.Field) -> dict[tuple[str, str], str]:
    rows = fields.select(tables(), definition).to_pyarrow().to_pylist()
    found = {(row["collection"], row["publication_id"]): row["matched_by"] for row in rows}
    assert len(found) == len(rows), "a publication comes once"
    return found


# What is shipped ------------------------------------------------------------------------------------------------------


def test_the_17_strategic_fields_and_the_17_areas_are_there_in_the_order_of_the_plans() -> None:
    found = list(fields.shipped().values())
    for name, expected in (("strategic-2026", STRATEGIC), ("standardisation-2025", STANDARDISATION)):
        of_set = [item for item in found if item.set == name]
        assert [item.name.ja for item in of_set] == expected
        assert [item.number for item in of_set] == list(range(1, 18))


@pytest.mark.parametrize("name", list(fields.shipped()))
def test_a_shipped_field_is_complete_and_passes_its_own_check(name: str) -> None:
    definition = fields.get(name)
    assert definition.source
    assert definition.note
    assert any(rule.has_codes for rule in definition.include)
    # Words alone find what has no classification, in both languages.
    alone = [rule for rule in definition.include if not rule.has_codes]
    assert any(rule.words.en for rule in alone)
    assert any(rule.words.ja for rule in alone)
    assert [p.text() for p in fields.check(definition) if p.severity != "note"] == []


def test_a_shipped_file_is_named_by_its_id() -> None:
    folder = Path(fields.__file__).parent / "definitions"
    assert {path.stem for path in folder.glob("*.yaml")} == set(fields.shipped())


def test_an_unknown_field_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownChoice, match="shipbuilding"):
        fields.get("ship")


def test_the_json_schema_describes_a_definition() -> None:
    schema = fields.json_schema()
    assert set(schema["required"]) == {"id", "name", "include"}
    assert "accepted_codes" in schema["properties"]


# Selection ------------------------------------------------------------------------------------------------------------


def test_a_field_selects_by_codes_words_and_exclusions() -> None:
    assert selected(field()) == {
        ("a", "P1"): "hulls",
        ("a", "P3"): "hulls",  # by B63H; its B63B32 does not count
        ("a", "P4"): "port-logistics",  # code and words, a hyphen for the blank
        ("a", "P6"): "themes",
        ("a", "P7"): "hulls",  # FI, with its extensions
        ("a", "P8"): "words",
        ("a", "P9"): "words",  # full-width letters in the text
        ("a", "P13"): "words",  # plural, no language stated
    }
    # Not: P2 (only an excepted code), P5 (code without words), P10 (German), P11 (excluded), P12 (claims),
    # P14 ("container, terminal" is no phrase), and P1 of the other collection.


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("qubit*", "Superconducting qubits", True),
        ("qubit", "qubitron", False),
        ("quantum comput*", "Quantum-computing device", True),
        ("battery", "Two batteries", True),
        ("gas", "Gases", True),
        ("port", "Transport support", False),
        ("iot", "IoTシステム", True),
        ("ship's hull", "A ship's hull", True),
        ("port facility", "Port\nfacilities", True),
    ],
)
def test_an_english_word_matches_whole_words_and_plurals(word: str, text: str, found: bool) -> None:  # noqa: FBT001
    definition = minimal(f"  - words: {{en: [{word!r}]}}\n" if "'" not in word else f'  - words: {{en: ["{word}"]}}\n')
    texts = [{"collection": "c", "publication_id": "x", "part": "title", "language": "en", "text": text}]
    rows = fields.select({**tables(), "text": ibis.memtable(pa.Table.from_pylist(texts))}, definition)
    assert (rows.count().to_pyarrow().as_py() == 1) is found


@pytest.mark.parametrize(
    ("code", "symbols"),
    [
        ("B63", {"B63B35/44", "B63H21/00", "B63B32/10", "B63B1/00"}),
        ("B63B", {"B63B35/44", "B63B32/10", "B63B1/00"}),
        ("B63B35/00", {"B63B35/44"}),
        ("B63B3/00", set()),
        ("B63B35/4", set()),
        ("G06Q10/08", {"G06Q10/083", "G06Q10/08"}),
    ],
)
def test_a_code_stands_for_what_begins_with_it(code: str, symbols: set[str]) -> None:
    if code == "B63B35/4":
        with pytest.raises(BadField):
            minimal(f"  - codes: ['{code}']\n")
        return
    found = fields.evidence(tables(), minimal(f"  - codes: ['{code}']\n")).to_pyarrow().to_pylist()
    assert {row["term"] for row in found if "," not in row["term"]} == symbols


def test_all_fields_together_give_what_each_gives_alone() -> None:
    chosen = [field(), *list(fields.shipped().values())[:6]]
    together = {tuple(row.values()) for row in fields.select_all(tables(), chosen).to_pyarrow().to_pylist()}
    alone = {
        (one.id, *row.values())
        for one in chosen
        for row in fields.select(tables(), one)
        .select("collection", "publication_id", "matched_by")
        .to_pyarrow()
        .to_pylist()
    }
    assert together == alone


@pytest.mark.parametrize("dialect", ["duckdb", "pyspark", "bigquery"])
def test_selection_and_evidence_compile_for_every_engine(dialect: str) -> None:
    unbound = {name: ibis.table(table.schema(), name=name) for name, table in tables().items()}
    assert ibis.to_sql(fields.select_all(unbound, list(fields.shipped().values())), dialect=dialect)
    assert ibis.to_sql(fields.evidence(unbound, field()), dialect=dialect)


def test_counts_are_by_collection_field_and_rule() -> None:
    rows = fields.counts(tables(), [field()]).to_pyarrow().to_pylist()
    assert {(row["collection"], row["field"], row["matched_by"]): row["publications"] for row in rows} == {
        ("a", "ships", "hulls"): 3,
        ("a", "ships", "port-logistics"): 1,
        ("a", "ships", "themes"): 1,
        ("a", "ships", "words"): 3,
    }


# A file of the user's own ---------------------------------------------------------------------------------------------


def test_a_users_file_is_read_as_the_shipped_ones_are(tmp_path: Path) -> None:
    path = tmp_path / "ships.yaml"
    path.write_text(DEFINITION, encoding="utf-8")
    assert fields.get(str(path)) == fields.load(path) == field()
    path.write_bytes(DEFINITION.encode("cp932"))
    assert fields.load(path) == field()
    assert fields.load(path).set == "own"


def test_a_missing_empty_or_binary_file_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        fields.load(tmp_path / "none.yaml")
    with pytest.raises(EmptyInput):
        parse(b"  \n", label="x.yaml")
    with pytest.raises(BadEncoding):
        parse(b"\xff\x81\x00\xfd" * 50, label="x.yaml")


@pytest.mark.parametrize(
    ("broken", "row", "column", "words"),
    [
        (DEFINITION.replace("B63H]", "B6H]"), 5, "include.1.codes.2", "B6H is not a code"),
        (DEFINITION.replace("[A63H]", "[A]"), 16, "exclude.1.codes.1", "whole section"),
        (DEFINITION.replace("icebreaker", "ice(breaker"), 13, "include.4.words.en.1", "characters"),
        (DEFINITION.replace("name: {ja: 船, en: Ships}\n", ""), 1, "name", "name is missing"),
        (DEFINITION.replace("en: Ships", "fr: Navires"), 2, "name.fr", "no key fr"),
        (DEFINITION.replace("    codes: [A63H]\n", ""), 15, "exclude.1", "codes or words"),
        (DEFINITION.replace("accepted_codes", "newest"), 17, "newest", "no key newest"),
        (DEFINITION.replace("id: ships", "id: Ships!"), 1, "id", "small letters"),
        (DEFINITION.replace("name: themes", "name: words"), None, None, "two rules are called words"),
        (DEFINITION + "id: again\n", 18, "id", "stands twice"),
        (DEFINITION.replace("[B63B, B63H]", "B63B"), 5, "include.1.codes", "list is needed"),
        ("- a\n- b\n", 1, None, "one definition"),
        ("id: [\n", 2, None, "not valid YAML"),
    ],
)
def test_a_mistake_is_named_with_its_place(broken: str, row: int | None, column: str | None, words: str) -> None:
    with pytest.raises(fields.FieldFileError) as caught:
        parse(broken.encode(), label="ships.yaml")
    assert words in caught.value.text("en")
    assert caught.value.where.file == "ships.yaml"
    if row is not None:
        assert (caught.value.where.row, caught.value.where.column) == (row, column)
    assert any(ord(char) > 0x3000 for char in caught.value.what("ja"))
    assert pickle.loads(pickle.dumps(caught.value)).text("ja") == caught.value.text("ja")


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nid: [*c, *c]\n"


@pytest.mark.parametrize(
    "hostile",
    [
        BOMB.encode(),
        b"id: " + b"[" * 5000,
        b"- x\n" * 60_000,
        b"x" * (MAX_BYTES + 1),
        b"id: !!python/object/apply:os.system ['echo']\n",
        b"<<: {id: x}\n",
        b"%TAG ! x\n---\n",
        b'id: "\\x\n',
    ],
)
def test_a_hostile_file_is_refused_quickly(hostile: bytes) -> None:
    with pytest.raises(BadField):
        parse(hostile, label="x.yaml")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_bytes_give_anything_but_an_error_of_ours(data: bytes) -> None:
    with pytest.raises(ChizaiError):
        parse(data, label="x.yaml")


# The checker ----------------------------------------------------------------------------------------------------------


def problems(definition: fields.Field, **options: object) -> set[tuple[str, str]]:
    found = fields.check(definition, **options)  # type: ignore[arg-type]
    for problem in found:
        for lang in LANGS:
            assert problem.text(lang)
    return {(p.code, str(p.values.get("code", p.values.get("word", p.values.get("collection"))))) for p in found}


def test_the_checker_finds_what_is_wrong_with_codes() -> None:
    found = problems(minimal("  - codes: [B63B, B63B35/44, B63H, B63H, B64C99/99, H01L21/02, A01B1/99]\n"))
    assert found == {
        ("code_inside", "B63B35/44"),
        ("code_twice", "B63H"),
        ("unknown_code", "B64C99/99"),
        ("unknown_code", "A01B1/99"),
        ("unverified_code", "H01L21/02"),
    }


def test_a_code_may_be_declared_as_right() -> None:
    definition = minimal("  - codes: [B64C99/99]\naccepted_codes: [B64C99/99]\n")
    assert problems(definition) == set()


def test_the_checker_finds_a_code_that_can_bring_nothing_in() -> None:
    definition = minimal("  - codes: [B63B35/44, B63H]\nexclude:\n  - codes: [B63B]\n")
    assert problems(definition) == {("cancelled", "B63B35/44")}


def test_the_checker_finds_words_that_are_too_short_too_common_or_repeated() -> None:
    words = "{en: [uav, system, quantum bit, quantum bit, quantum bit error], ja: [船, 船舶, 装置]}"
    assert problems(minimal(f"  - words: {words}\n")) == {
        ("word_short", "uav"),
        ("word_generic", "system"),
        ("word_twice", "quantum bit"),
        ("word_inside", "quantum bit error"),
        ("word_short", "船"),
        ("word_inside", "船舶"),
        ("word_generic", "装置"),
    }
    # Together with codes a short or generic word does no harm.
    assert problems(minimal("  - codes: [B64C]\n    words: {en: [uav, system]}\n")) == set()


def test_the_checker_looks_at_collections() -> None:
    found = problems(field(), tables=tables(), common_from=0.1)
    assert ("empty", "b") in found
    assert ("word_common", "icebreaker") in found
    assert problems(minimal("  - codes: [G21B]\n"), tables=tables()) == {("empty", "a"), ("empty", "b")}


def test_overlaps_are_shares_of_the_smaller_field() -> None:
    wide, narrow = minimal("  - codes: [B63]\n"), field(DEFINITION.replace("id: ships", "id: narrow"))
    (found,) = fields.overlaps(tables(), [wide, narrow])
    # B63: P1, P2, P3, P7, P11; narrow: 8 publications; both: P1, P3, P7.
    assert (found.first, found.second, found.common, found.share) == ("mine", "narrow", 3, 3 / 5)
    noted = fields.check(wide, tables=tables(), others=[narrow])
    assert [p.values["other"] for p in noted if p.code == "overlap"] == ["narrow"]


# The sample -----------------------------------------------------------------------------------------------------------


def test_the_sample_says_why_each_publication_is_in_out_or_borderline() -> None:
    rows = {(row.collection, row.publication_id): row for row in fields.sample(tables(), field(), size=10)}
    reasons = {key: (row.group, row.reason) for key, row in rows.items()}
    assert reasons[("a", "P1")] == ("in", "matched")
    assert reasons[("a", "P3")] == ("borderline", "additional_only")
    assert reasons[("a", "P5")] == ("borderline", "codes_without_words")
    assert reasons[("a", "P8")] == ("borderline", "one_word")
    assert reasons[("a", "P11")] == ("borderline", "one_exclusion")
    assert reasons[("a", "P13")] == ("in", "matched")  # two words
    assert reasons[("b", "P1")] == ("out", "nothing")
    toy = rows[("a", "P11")]
    assert (toy.title, toy.terms, toy.selected) == ("Toy boat", ("A63H23/00", "B63B1/00"), False)
    for row in rows.values():
        for lang in LANGS:
            assert row.why(lang)
    chosen = selected(field())
    assert {key for key, row in rows.items() if row.selected} == set(chosen)
    assert all(row.matched_by == chosen.get(key) for key, row in rows.items())


def test_the_sample_is_the_same_again_and_another_for_another_seed() -> None:
    def ids(seed: int) -> list[str]:
        return [row.publication_id for row in fields.sample(tables(), field(), size=1, seed=seed)]

    assert ids(0) == ids(0)
    assert len({tuple(ids(seed)) for seed in range(5)}) > 1


def test_a_field_of_codes_or_of_words_alone_can_be_sampled() -> None:
    for rules in ("  - codes: [B63B]\n", "  - words: {en: [icebreaker]}\n"):
        assert any(row.selected for row in fields.sample(tables(), minimal(rules)))


# Texts and real data --------------------------------------------------------------------------------------------------


def test_the_texts_are_complete_in_both_languages() -> None:
    def keys(node: object, path: str = "") -> set[str]:
        if not isinstance(node, dict):
            return {path}
        return {key for name, child in node.items() for key in keys(child, f"{path}.{name}")}

    assert keys(catalogue("fields", "en")) == keys(catalogue("fields", "ja"))


def test_the_selection_holds_on_real_drone_patents(shared: Path) -> None:
    import csv

    from chizai.corpus.classification import normalise

    classification, text = [], []
    with (shared / "data/patents/drones/lens_drones.csv").open(encoding="utf-8-sig") as stream:
        for row in csv.DictReader(stream):
            keys = {"collection": "drones", "publication_id": row["lens_id"]}
            text.append({**keys, "part": "title", "language": None, "text": row["title"]})
            for at, symbol in enumerate(row["cpc_classifications"].split(";;")):
                if found := normalise(symbol, "cpc"):
                    classification.append({**keys, "scheme": "cpc", "symbol": found, "sequence": at, "inventive": None})
    real = {
        "classification": ibis.memtable(pa.Table.from_pylist(classification)),
        "text": ibis.memtable(
            pa.Table.from_pylist(text, schema=pa.schema({name: pa.string() for name in text[0]})),
        ),
    }
    chosen = [fields.get("aerospace"), fields.get("shipbuilding"), fields.get("quantum")]
    rows = fields.select_all(real, chosen).to_pyarrow().to_pylist()
    of_field = {one.id: {row["publication_id"] for row in rows if row["field"] == one.id} for one in chosen}
    # Counted apart, in Python.
    ships = {
        row["publication_id"]
        for row in classification
        if row["symbol"][:4] in ("B63H", "B63J")
        or row["symbol"].startswith(("B63C1/", "B63C3/", "B63C5/"))
        or (
            row["symbol"].startswith("B63B")
            and not row["symbol"].startswith(("B63B22/", "B63B32/", "B63B34/"))
            and not row["symbol"].startswith(("B63B35/73", "B63B35/79", "B63B35/81", "B63B35/83", "B63B35/85"))
        )
    }
    assert ships <= of_field["shipbuilding"]
    assert len(of_field["shipbuilding"] - ships) < 20
    assert len(of_field["aerospace"]) > 1500
    assert 0 < len(of_field["quantum"]) < 20
