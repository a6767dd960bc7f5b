"""What ``chizai doctor`` looks at: the installation, the extras, the workspace."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from chizai.cli.context import chosen_lang, say
from chizai.errors import ChizaiError
from chizai.provenance import sha256_of

State = Literal["ok", "note", "wrong"]
Check = tuple[str, State, str]

PACKAGES = (
    "duckdb",
    "ibis-framework",
    "pyarrow",
    "numpy",
    "scipy",
    "pugixml",
    "altair",
    "vl-convert-python",
    "xlsxwriter",
)
EXTRAS = {
    "sail": ("pysail",),
    "spark": ("pyspark",),
    "sdmx": ("pysdmx",),
    "pdf": ("typst", "matplotlib_fontja"),
    "topics": ("faiss", "sknetwork"),
}
"""The modules that each extra brings."""


def run_checks(root: Path) -> list[Check]:
    return [*_installation(), *_extras(), *_workspace(root)]


def _installation() -> list[Check]:
    found: list[Check] = [("python", "ok", sys.version.split()[0])]
    for name in PACKAGES:
        try:
            found.append(("package", "ok", f"{name} {version(name)}"))
        except PackageNotFoundError:
            found.append(("package", "wrong", say("check.missing", name=name)))
    return found


def _extras() -> list[Check]:
    found: list[Check] = []
    for extra, modules in EXTRAS.items():
        if all(find_spec(module) is not None for module in modules):
            found.append(("extra", "ok", extra))
        else:
            found.append(("extra", "note", say("check.extra_missing", extra=extra)))
    java = shutil.which("java")
    found.append(("java", "ok", java) if java else ("java", "note", say("check.no_java")))
    return found


def _workspace(root: Path) -> list[Check]:
    from chizai.workspace import Workspace
    from chizai.workspace.snapshots import source_of

    try:
        opened = Workspace(root)
    except ChizaiError as error:
        state: State = "note" if error.code == "no-workspace" else "wrong"
        return [("workspace", state, error.text(chosen_lang()))]
    found: list[Check] = [("workspace", "ok", str(opened.root))]
    named = [opened.settings.names.overrides, *opened.settings.fields.files]
    for name in named:
        if name is not None and not (opened.root / name).is_file():
            found.append(("workspace", "wrong", say("check.named_missing", name=name)))
    for item in opened.snapshots():
        label = f"{item.collection}/{item.ref().name}"
        try:
            source = source_of(opened.snapshots_path, item)
        except ChizaiError as error:
            found.append(("snapshot", "wrong", error.text(chosen_lang())))
            continue
        paths = source.bundle or (source.path,)
        damaged = [path.name for path, kept in zip(paths, item.files, strict=True) if sha256_of(path) != kept.sha256]
        if damaged:
            found.append(("snapshot", "wrong", say("check.damaged", name=", ".join(damaged))))
        elif opened.counts(item) is None:
            found.append(("snapshot", "note", say("check.unread", name=label)))
        else:
            found.append(("snapshot", "ok", label))
    free = shutil.disk_usage(opened.root).free
    found.append(("disk", "ok" if free > 2**30 else "wrong", f"{free / 2**30:,.1f} GiB"))
    return found
