"""The PDF for print. Needs the extra ``pdf`` and, to read it, pypdf."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from chizai.errors import MissingExtra
from chizai.publish import Edition, publish
from chizai.publish import pdf as printing


@pytest.fixture(scope="module")
def edition() -> Edition:
    return Edition.collect()


@pytest.fixture(scope="module")
def printed(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Any:
    pytest.importorskip("typst", reason="the PDF is not checked: the extra 'pdf' is not installed")
    pypdf = pytest.importorskip("pypdf", reason="the PDF is not checked: no pypdf")
    path = tmp_path_factory.mktemp("pdf") / "ja.pdf"
    printing.write_pdf(edition, path, lang="ja")
    return pypdf.PdfReader(path)


def test_kanji_are_in_the_pdf(printed: Any) -> None:
    words = "".join(page.extract_text() for page in printed.pages).replace(" ", "").replace("\n", "")
    for wanted in (
        "知的財産推進計画",
        "資料１",
        "工程表",
        "判定不能",
        "（出典）",
        "（単位：兆円）",
        "クールジャパン関連産業",
        "記載なし",
    ):
        assert wanted in words, wanted
    assert "判定は過去の進み方についてのものであり" in words


def test_the_font_is_inside(printed: Any) -> None:
    fonts = {
        str(font["/BaseFont"])
        for page in printed.pages
        for font in (f.get_object() for f in page["/Resources"].get("/Font", {}).values())
    }
    assert any(name in font for font in fonts for name in ("IPAexGothic", "NotoSansCJK", "BIZUD"))


def test_pages_are_a4_and_the_table_of_measures_is_landscape(printed: Any) -> None:
    sizes = {tuple(sorted((round(float(p.mediabox.width)), round(float(p.mediabox.height))))) for p in printed.pages}
    assert sizes == {(595, 842)}
    measures = [page for page in printed.pages if "担当府省" in page.extract_text().replace(" ", "")]
    assert measures
    assert all(page.mediabox.width > page.mediabox.height for page in measures)


def test_the_pdf_is_tagged_for_screen_readers(printed: Any) -> None:
    assert printed.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_without_the_extra_everything_else_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name == "typst":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    made = publish(tmp_path / "site", edition=Edition((), (), None))
    assert isinstance(made.without_pdf, MissingExtra)
    assert "chizai[pdf]" in made.without_pdf.text("ja")
    assert made.front.is_file()
    assert made.pdfs == ()
