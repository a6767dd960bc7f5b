"""WCAG 2.2 AA by axe-core in a real browser. Needs chromium and axe-core (npm install axe-core, or CHIZAI_AXE=axe.min.js)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = (
    "ja/index.html",
    "en/index.html",
    "ja/kpi/K14.html",
    "en/kpi/K21.html",
    "ja/diff.html",
    "en/accounts.html",
    "en/items/2026-4-1.html",
    "ja/legend.html",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """
<script>
window.addEventListener("load", () => axe.run(document, {runOnly: {type: "tag", values: %s}}).then((found) => {
  const out = document.createElement("pre");
  out.id = "axe-found";
  out.textContent = JSON.stringify(found.violations.map((one) => [one.id, one.nodes.length, one.nodes[0].html.slice(0, 200)]));
  out.dataset.passes = found.passes.length;
  document.body.append(out);
}));
</script>
"""


def _browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("accessibility is not checked: no chromium")
    return found


def _axe() -> str:
    for path in (os.environ.get("CHIZAI_AXE"), ROOT / "node_modules" / "axe-core" / "axe.min.js"):
        if path and Path(path).is_file():
            return Path(path).read_text(encoding="utf-8")
    pytest.skip("accessibility is not checked: no axe-core (npm install axe-core, or CHIZAI_AXE)")


def violations(page: Path, axe: str, browser: str, folder: Path) -> list[list[object]]:
    """What axe finds on the page, as [rule, count, first element]; the page is opened from its own folder."""
    text = page.read_text(encoding="utf-8")
    probe = page.with_name(f"axe-{page.name}")
    probe.write_text(
        text.replace("</body>", f"<script>{axe}</script>{RUN % json.dumps(RULES)}</body>"), encoding="utf-8"
    )
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder}",
        "--window-size=1200,900", "--virtual-time-budget=20000", "--dump-dom", probe.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    probe.unlink()
    found = re.search(r'<pre id="axe-found" data-passes="(\d+)">(.*?)</pre>', done.stdout.decode("utf-8"), re.DOTALL)
    assert found is not None, done.stderr.decode("utf-8", "replace")[-500:]
    assert int(found[1]) > 10, "axe checked next to nothing"
    return list(json.loads(unescape(found[2])))


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Path:
    _browser(), _axe()
    from chizai.publish import publish

    return publish(tmp_path_factory.mktemp("publication") / "site", pdf=False).folder


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(name: str, publication: Path, tmp_path: Path) -> None:
    browser, axe = _browser(), _axe()
    assert violations(publication / name, axe, browser, tmp_path) == []


def test_axe_does_find_a_picture_without_text(tmp_path: Path) -> None:
    browser, axe = _browser(), _axe()
    page = tmp_path / "bad.html"
    items = "".join(f"<li>{number}</li>" for number in range(3))
    body = f'<main><h1>t</h1><p>a <a href="#x">b</a></p><ul>{items}</ul><img src="x.png"></main>'
    page.write_text(f'<!doctype html><html lang="en"><head><title>t</title></head><body>{body}</body></html>')
    found = violations(page, axe, browser, tmp_path / "profile")
    assert "image-alt" in [rule for rule, *_ in found]
