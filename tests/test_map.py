"""The map of topics: offline, safe, in both languages, and old documents stay where they were."""

from __future__ import annotations

import csv
import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chizai.data.collections import HERE
from chizai.errors import FileMissing, MalformedInput, NotSupported
from chizai.landscape import Landscape
from chizai.landscape.topics import documents_of, of_texts
from chizai.landscape.topics.layout import layout
from chizai.messages import LANGS, text
from chizai.report.map import COLOURS, WORDS, WrittenMap, read_positions, write_map
from chizai.workspace import Workspace
from chizai.workspace.config import Settings

pytest.importorskip("faiss")
pytest.importorskip("sknetwork")

HOSTILE = '</script><script>document.title="taken"</script><img src=x onerror=\'document.title="taken"\'> \u2028 {{7*7}} ${7*7}'


def drones(target: Path, *, first: int) -> Path:
    """The first rows of the shipped collection of drones; every seventh title is an attack."""
    with gzip.open(HERE / "drones.csv.gz", "rt", encoding="utf-8-sig", newline="") as stream:
        head, *rows = list(csv.reader(stream))
    at = [name.strip().lower() for name in head].index("title")
    for row in rows[6:first:7]:
        row[at] = f"{HOSTILE} {row[at]}"
    with target.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([head, *rows[:first]])
    return target


@pytest.fixture(scope="module")
def landscape(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landscape]:
    folder = tmp_path_factory.mktemp("map")
    workspace = Workspace.create(folder / "study")
    workspace.add(drones(folder / "some.csv", first=700))
    with workspace.open_corpus() as corpus:
        yield workspace.landscape(corpus=corpus)


@pytest.fixture(scope="module")
def written(landscape: Landscape, tmp_path_factory: pytest.TempPathFactory) -> WrittenMap:
    return write_map(landscape, tmp_path_factory.mktemp("page") / "map.html", lang="en")


class Page(HTMLParser):
    """Elements with their attributes, and what stands in the scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script":
            self.scripts.append(data)


def data_of(path: Path) -> dict[str, Any]:
    return dict(json.loads(Page(path.read_text(encoding="utf-8")).scripts[0]))


# The page -------------------------------------------------------------------------------------------------------------


def test_the_page_asks_for_nothing_outside_itself(written: WrittenMap) -> None:
    page = written.page.read_text(encoding="utf-8")
    assert all(not {"src", "href", "action"} & set(attrs) for _tag, attrs in Page(page).elements)
    assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttpRequest|WebSocket|import\(", page)


def test_hostile_titles_are_data_and_nothing_else(written: WrittenMap) -> None:
    parsed = Page(written.page.read_text(encoding="utf-8"))
    assert [tag for tag, _ in parsed.elements].count("script") == 2
    assert not [tag for tag, _ in parsed.elements if tag == "img"]
    assert any(title and title.startswith(HOSTILE) for title in data_of(written.page)["title"])
    assert "innerHTML" not in parsed.scripts[-1]
    assert "insertAdjacentHTML" not in parsed.scripts[-1]


def test_every_document_is_on_the_map_with_title_number_year_and_topic(
    written: WrittenMap, landscape: Landscape
) -> None:
    data = data_of(written.page)
    assert {len(data[name]) for name in ("x", "y", "topic", "title", "number", "year", "player", "agreement")} == {
        landscape.scope.total
    }
    assert sorted(row for group in data["members"] for row in group) == list(range(landscape.scope.total))
    assert [topic["units"] for topic in data["topics"]] == [len(group) for group in data["members"][1:]]


def test_the_page_says_in_both_languages_that_it_is_for_looking_only(written: WrittenMap) -> None:
    words = data_of(written.page)["words"]
    for lang in LANGS:
        assert set(words[lang]) == {"title", *WORDS}
        assert all(words[lang].values())
    assert "original space" in words["en"]["only"]
    assert "元の空間" in words["ja"]["only"]
    assert {key for key in words["en"] if words["en"][key] == words["ja"][key]} == set()


def test_colours_differ_also_for_the_colour_blind() -> None:
    """Each two are 30 apart in CIELAB under every dichromacy (matrices of Machado, Oliveira and Fernandes 2009 at severity 1),
    and 3 : 1 against the white ground (WCAG 2.2, 1.4.11)."""
    deficiencies = {
        "none": np.eye(3),
        "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    }
    for matrix in deficiencies.values():
        seen = [_lab(np.clip(np.asarray(matrix) @ _linear(colour), 0, 1)) for colour in (*COLOURS, "#9aa0a6")]
        apart = [float(np.linalg.norm(a - b)) for i, a in enumerate(seen) for b in seen[:i]]
        assert min(apart) >= 30
    for colour in COLOURS:
        assert 1.05 / (float(_linear(colour) @ [0.2126, 0.7152, 0.0722]) + 0.05) >= 3


def _linear(colour: str) -> Any:
    value = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _lab(linear: Any) -> Any:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = to_xyz @ linear / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_a_browser_runs_the_page_without_an_error(written: WrittenMap, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no browser (chromium or google-chrome)")
    # The page tells of an error in its title: a page that takes its title from a document's would too.
    trap = '<script>window.onerror = e => { document.title = "error " + e; };</script>'
    page = tmp_path / "map.html"
    page.write_text(written.page.read_text(encoding="utf-8").replace("<head>", f"<head>{trap}", 1), encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [*command, "--virtual-time-budget=3000", "--dump-dom", page.as_uri()],
        capture_output=True,
        timeout=120,
        check=True,
    )
    shown = done.stdout.decode("utf-8")
    assert re.search(r"<title>(.*?)</title>", shown)[1] == data_of(written.page)["words"]["en"]["title"]  # type: ignore[index]
    for topic in data_of(written.page)["topics"][:3]:
        assert f"{topic['code']} {topic['en']}" in re.search(r'<ul id="topics">(.*?)</ul>', shown, re.DOTALL)[1]  # type: ignore[index]
    assert text("topics.map.all_years", "en") in shown


# Staying put ----------------------------------------------------------------------------------------------------------


def test_documents_keep_their_place_when_years_are_added(landscape: Landscape, tmp_path: Path) -> None:
    """The bound is 0: the place of every old document is the same to the last bit."""
    page = tmp_path / "map.html"
    years = [year for year in documents_of(landscape.scope).year.tolist() if year >= 0]
    cut = int(np.quantile(years, 0.8)) - 1
    earlier = Landscape.over(landscape.scope.corpus, settings=Settings(), years=(None, cut))
    first = write_map(earlier, page)
    before = read_positions(first.positions)
    assert 100 < first.documents < landscape.scope.total
    second = write_map(landscape, page)
    after = read_positions(second.positions)
    assert second.kept == first.documents
    assert {number: after[number] for number in before} == before
    assert len(after) == landscape.scope.total
    # The new ones are among the old, not in a heap or at infinity.
    old, new = np.array(list(before.values())), np.array([after[number] for number in after.keys() - before.keys()])
    assert np.abs(new).max() <= 2 * np.abs(old).max()
    assert len(np.unique(new.round(6), axis=0)) >= 0.9 * len(new)


def test_the_same_data_give_the_same_page_whether_the_old_map_is_there_or_not(
    landscape: Landscape, written: WrittenMap, tmp_path: Path
) -> None:
    page = tmp_path / "map.html"
    first = write_map(landscape, page, lang="en").page.read_bytes()
    assert write_map(landscape, page, lang="en").page.read_bytes() == first == written.page.read_bytes()


def test_new_documents_stand_near_their_own_topic() -> None:
    random = np.random.default_rng(0)
    truth = np.repeat(np.arange(6), 40)
    texts = [
        " ".join(f"topic{'abcdef'[topic]}word{'abcdefghijkl'[k]}" for k in random.integers(0, 12, 10))
        for topic in truth.tolist()
    ]
    model = of_texts(texts)
    place = layout(model.graph, model.vectors, model.topics.topic)
    old = random.random(len(texts)) < 0.8
    again = layout(model.graph, model.vectors, model.topics.topic, anchors=np.where(old[:, None], place, np.nan))
    assert np.array_equal(again[old], place[old])
    centre = np.stack([np.median(place[old & (truth == topic)], axis=0) for topic in range(6)])
    far = np.linalg.norm(again[:, None] - centre, axis=2)
    assert (far.argmin(axis=1) == truth)[~old].mean() >= 0.8


@pytest.mark.parametrize("documents", [1, 2, 3, 40])
def test_a_layout_of_little_is_finite(documents: int) -> None:
    from scipy import sparse

    graph = sparse.csr_matrix((documents, documents), dtype=np.float32)
    vectors = np.ones((documents, 3), dtype=np.float32)
    for group in (np.full(documents, -1), np.zeros(documents, dtype=np.int64)):
        assert np.isfinite(layout(graph, vectors, group)).all()


# What cannot be drawn -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"publication,x,y\nA,1,no\n", b"publication,x,y\nA,nan,1\n", b"\xff\xfe"]
)
def test_positions_that_are_none_are_refused(content: bytes, landscape: Landscape, tmp_path: Path) -> None:
    path = tmp_path / "positions.csv"
    path.write_bytes(content)
    if content:
        with pytest.raises(MalformedInput):
            write_map(landscape, tmp_path / "map.html", previous=path)
    else:
        assert read_positions(path) == {}
    assert not (tmp_path / "map.html").exists()


def test_positions_that_are_not_there_are_refused(landscape: Landscape, tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        write_map(landscape, tmp_path / "map.html", previous=tmp_path / "nowhere.csv")


def test_three_patents_have_no_map_but_a_report(tmp_path: Path) -> None:
    from chizai.report import write_landscape

    workspace = Workspace.create(tmp_path / "study")
    workspace.add(drones(tmp_path / "some.csv", first=3))
    with workspace.open_corpus() as corpus:
        landscape = workspace.landscape(corpus=corpus)
        with pytest.raises(NotSupported):
            write_map(landscape, tmp_path / "map.html")
        report = write_landscape(landscape, tmp_path / "out", lang="en")
    assert report.map is None
    assert 'href="map.html"' not in report.page.read_text(encoding="utf-8")


def test_the_report_links_the_map_in_both_languages(landscape: Landscape, tmp_path: Path) -> None:
    from chizai.report import write_landscape

    report = write_landscape(landscape, tmp_path, lang="ja", by="player")
    assert report.map == tmp_path / "map.html"
    assert report.map.is_file()
    page = report.page.read_text(encoding="utf-8")
    assert page.count('<a href="map.html">') == len(LANGS)
    assert all(text("report.map_only", lang) in page for lang in LANGS)
