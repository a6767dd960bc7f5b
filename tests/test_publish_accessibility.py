"""WCAG 2.2 AA by axe-core in a real browser: the follow-up's site and the landscape report.

Needs chromium and axe-core (``npm pack axe-core``, unpacked to ``build/axe``; or CHIZAI_AXE=axe.min.js); ``.ci/run`` fetches
both where it can. All pages of a folder are opened by one browser, in a frame of the size given, from a server on this
machine; the site is checked while the landscape report is made.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SITE = (
    "index.html",
    "ja/index.html",
    "en/index.html",
    "ja/kpi/K14.html",
    "en/kpi/K17.html",
    "en/kpi/K21.html",
    "ja/diff.html",
    "ja/measures.html",
    "en/accounts.html",
    "en/items/2026-4-1.html",
    "ja/items.html",
    "ja/methods/projection.html",
    "ja/legend.html",
    "en/downloads.html",
)
LANDSCAPE = "landscape/report.html"
PAGES = (*(f"site/{name}" for name in SITE), LANDSCAPE)
NARROW = ("site/ja/index.html", "site/en/kpi/K21.html", LANDSCAPE)
"""Also in a frame as wide as a telephone, where tables and charts must scroll by keyboard."""
WIDTHS = {"wide": 1200, "narrow": 360}
CASES = [(name, "wide") for name in PAGES] + [(name, "narrow") for name in NARROW]
SOME = 201
"""Rows of the collection that the report is about, the header included: enough for every part of it."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ALSO = ["best-practice"]
"""Beyond WCAG (landmarks, order of headings): asked of the site."""
DRIVER = """<!doctype html><html lang="en"><title>axe</title><body><script>
const axe = %(axe)s, cases = %(cases)s, found = {};
const opened = (name, width) => new Promise((done) => {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:900px;border:0`;
  frame.onload = () => done(frame);
  frame.src = name;
  document.body.append(frame);
});
(async () => {
  for (const [key, name, width, rules] of cases) {
    const frame = await opened(name, width);
    frame.contentWindow.eval(axe);
    const how = {runOnly: {type: "tag", values: rules}, resultTypes: ["violations"]};
    const seen = await frame.contentWindow.axe.run(frame.contentDocument, how);
    found[key] = {passes: seen.passes.length, violations: seen.violations.map((one) =>
      [one.id, one.nodes.length, one.nodes[0].html.slice(0, 200), one.nodes[0].failureSummary])};
    frame.remove();
  }
  const out = document.createElement("pre");
  out.id = "axe-found";
  out.textContent = JSON.stringify(found);
  document.body.append(out);
})();
</script></body></html>"""

Found = dict[str, list[list[object]]]


def _browser() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("accessibility is not checked: no chromium")


def _axe() -> str:
    places = (
        os.environ.get("CHIZAI_AXE"),
        ROOT / "build" / "axe" / "package" / "axe.min.js",
        ROOT / "node_modules" / "axe-core" / "axe.min.js",
    )
    for path in places:
        if path and Path(path).is_file():
            return Path(path).read_text(encoding="utf-8")
    pytest.skip("accessibility is not checked: no axe-core (npm pack axe-core, or CHIZAI_AXE)")


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def violations(folder: Path, cases: list[tuple[str, str]], *, browser: str, axe: str, profile: Path) -> Found:
    """What axe finds on each (page, width), as [rule, count, first element, what to do]."""
    wanted = [
        [f"{name} {width}", name, WIDTHS[width], RULES if name == LANDSCAPE else [*RULES, *ALSO]]
        for name, width in cases
    ]
    # json.dumps leaves </script> inside the text of axe: it would end the driver's own script.
    packed = {"axe": json.dumps(axe).replace("</", "<\\/"), "cases": json.dumps(wanted)}
    (folder / "driver.html").write_text(DRIVER % packed, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--no-proxy-server", f"--user-data-dir={profile}",
        "--window-size=1300,1000", "--virtual-time-budget=600000", "--dump-dom",
        f"http://127.0.0.1:{server.server_port}/driver.html",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
    found = re.search(r'<pre id="axe-found">(.*?)</pre>', done.stdout.decode("utf-8"), re.DOTALL)
    assert found is not None, done.stderr.decode("utf-8", "replace")[-500:]
    seen = json.loads(unescape(found[1]))
    assert set(seen) == {key for key, *_ in wanted}
    assert all(one["passes"] > 10 for one in seen.values()), "axe checked next to nothing"
    return {key: one["violations"] for key, one in seen.items()}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    browser, axe = _browser(), _axe()
    from chizai.publish import publish

    def check(folder: Path, cases: list[tuple[str, str]]) -> Found:
        return violations(folder, cases, browser=browser, axe=axe, profile=tmp_path_factory.mktemp("profile"))

    folder = tmp_path_factory.mktemp("pages")
    publish(folder / "site", pdf=False)
    of_site = [case for case in CASES if case[0] != LANDSCAPE]
    with ThreadPoolExecutor(1) as pool:
        on_site = pool.submit(check, folder, of_site)
        place = _landscape(tmp_path_factory.mktemp("report"))
        seen = on_site.result()
    return seen | check(place, [case for case in CASES if case[0] == LANDSCAPE])


def _landscape(folder: Path) -> Path:
    """A folder with the landscape report of some publications."""
    from chizai.data.collections import HERE
    from chizai.report import write_landscape
    from chizai.workspace import Workspace

    with gzip.open(HERE / "drones.csv.gz", "rt", encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    source = folder / "some.csv"
    with source.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows[:SOME])
    workspace = Workspace.create(folder / "study")
    workspace.add(source, licence="test licence", source="Lens.org")
    with workspace.open_corpus() as corpus:
        write_landscape(workspace.landscape(corpus=corpus), folder / "landscape", lang="ja")
    return folder


@pytest.mark.parametrize(("name", "width"), CASES)
def test_axe_finds_no_violation(name: str, width: str, found: Found) -> None:
    assert found[f"{name} {width}"] == []


def test_axe_does_find_a_picture_without_text(tmp_path: Path) -> None:
    items = "".join(f"<li>{number}</li>" for number in range(3))
    body = f'<main><h1>t</h1><p>a <a href="#x">b</a></p><ul>{items}</ul><img src="x.png"></main>'
    (tmp_path / "bad.html").write_text(
        f'<!doctype html><html lang="en"><head><title>t</title></head><body>{body}</body></html>'
    )
    cases = [("bad.html", "wide")]
    seen = violations(tmp_path, cases, browser=_browser(), axe=_axe(), profile=tmp_path / "profile")
    assert "image-alt" in [rule for rule, *_ in seen["bad.html wide"]]
