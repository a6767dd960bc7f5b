"""Names in files: the user's decisions, and columns added to a CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from chizai.corpus.names import harmonise_csv, read_overrides
from chizai.errors import (
    BadEncoding,
    EmptyInput,
    FileMissing,
    InputError,
    MalformedInput,
    MissingColumn,
)


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_decisions_are_read_from_csv_and_yaml_alike(tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text(
        "name,identity,reason,action\nBeta AG,Alpha Inc.,買収,same\nGamma,,別会社,separate\n", encoding="cp932"
    )
    yaml = tmp_path / "names.yaml"
    yaml.write_text(
        "names:\n- {name: Beta AG, identity: Alpha Inc., reason: 買収}\n- {name: Gamma, reason: 別会社, action: separate}\n",
        encoding="utf-8",
    )
    assert read_overrides(table).rows == read_overrides(yaml).rows
    assert read_overrides(table).of("Gamma").action == "separate"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("identity,reason\nA,b\n", MissingColumn),
        ("name,identity,action\nA,B,merge\n", MalformedInput),
        ("name,identity,action\nA,,same\n", MalformedInput),
        ("name,identity\nA,B\nA,C\n", MalformedInput),
        ("name,identity\n,B\n", MalformedInput),
    ],
)
def test_a_wrong_decision_is_named_with_its_place(tmp_path: Path, content: str, error: type[InputError]) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(error) as caught:
        read_overrides(path)
    assert caught.value.where.file == "wrong.csv"


@pytest.mark.parametrize("content", ["- 5\n", "names: {a: [", "a: b\n", "[" * 3000, "'"])
def test_yaml_that_is_no_list_of_decisions_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(MalformedInput):
        read_overrides(path)


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        read_overrides(tmp_path / "none.csv")
    with pytest.raises(FileMissing):
        harmonise_csv(tmp_path / "none.csv", "NAME", tmp_path / "out.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_three_columns_are_added_and_all_others_kept(tmp_path: Path, encoding: str) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(
        'id,NAME,note\r\n1,株式会社東芝,"a, b"\r\n2,(株)東芝,=1+1\r\n3,キヤノン株式会社,\r\n',
        encoding=encoding,
        newline="",
    )
    result = harmonise_csv(source, "NAME", target, lang="ja")
    rows = rows_of(target)
    assert (result.rows, result.names, result.identities, result.rejected) == (3, 3, 2, 0)
    assert list(rows[0]) == ["id", "NAME", "note", "identity", "harmonised_name", "harmonisation_reason"]
    assert [row["note"] for row in rows] == ["a, b", "=1+1", ""]
    assert rows[0]["identity"] == rows[1]["identity"] == "jp-2010401044997"  # EDINET code list: 株式会社東芝
    assert "法人" in rows[1]["harmonisation_reason"]


def test_our_own_text_is_never_a_formula(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('NAME\n"=HYPERLINK(""x"")"\n@SUM Corp\n', encoding="utf-8")
    harmonise_csv(source, "NAME", target)
    for row in rows_of(target):
        assert row["NAME"][0] in "=@"
        for name in ("identity", "harmonised_name", "harmonisation_reason"):
            assert not row[name].startswith(("=", "+", "-", "@"))


def test_bad_rows_go_to_the_rejects_and_the_rest_is_done(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("NAME,n\nAcme Inc,1\nAcme Inc\nBeta AG,2,3\n,4\n", encoding="utf-8")
    result = harmonise_csv(source, "NAME", target, mentions_column="n")
    assert (result.rows, result.rejected) == (2, 2)
    assert result.rejects is not None
    assert [row["line"] for row in rows_of(result.rejects)] == ["3", "4"]
    assert [row["identity"] for row in rows_of(target)] == ["acme", ""]


def test_columns_of_the_same_name_are_not_overwritten(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("NAME;identity\nAcme Inc;x\n", encoding="utf-8")
    result = harmonise_csv(source, "NAME", target)
    assert result.columns[0] == "identity_2"
    assert rows_of(target)[0]["identity"] == "x"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyInput),
        (b"  \n\n", EmptyInput),
        (b"NAME\n", EmptyInput),
        (b"OTHER\nx\n", MissingColumn),
        (b"NAME\n\x81\x20\x81\x20 and so on\n", BadEncoding),
        (b"NAME\n" + b"a" * 300_000 + b"\xe6\x20 more\n", BadEncoding),
        (b'NAME\n"' + b"a" * 17_000_000, MalformedInput),
        ("NAME\n東芝\n".encode("utf-16")[:-1], InputError),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path, data: bytes, error: type[InputError]) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(data)
    target.write_text("before", encoding="utf-8")
    with pytest.raises(error):
        harmonise_csv(source, "NAME", target)
    assert target.read_text(encoding="utf-8") == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]
