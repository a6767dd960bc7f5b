"""What the operating system refuses, said in the user's language with the path that the user knows."""

from __future__ import annotations

import errno
import re
from pathlib import Path

from chizai.errors import PathUnusable
from chizai.messages import Phrase

KINDS = {
    errno.EISDIR: "is_folder",
    errno.ENOTDIR: "not_folder",
    errno.EEXIST: "exists",
    errno.ENOTEMPTY: "exists",
    errno.ENOENT: "missing",
    errno.EACCES: "permission",
    errno.EPERM: "permission",
    errno.ENOSPC: "no_space",
    errno.EDQUOT: "no_space",
    errno.EROFS: "read_only",
    errno.ENAMETOOLONG: "too_long",
}
LOCK = ".chizai.lock"
UNFINISHED = re.compile(r"^\.part-[0-9a-f]+-|^\.(?=.*\.\w+\.tmp$)|(?<=.)\.\w+\.tmp$")
"""What is put around the name of a file while it is being written; the user has never seen it."""


def said(error: OSError) -> PathUnusable:
    """The same as an error of chizai's."""
    # Where a finished file could not be put in its place, the place is the second name.
    path = Path(str(error.filename2 or error.filename or "."))
    kind = KINDS.get(error.errno or 0, "other")
    if path.name == LOCK and kind in ("permission", "read_only"):
        path, kind = path.parent, "lock"
    shown = str(Path(*(UNFINISHED.sub("", part) for part in path.parts)))
    if kind == "exists" and path.is_file() and error.filename2 is None:
        # mkdir says so of a file that stands where the folder should be.
        kind = "not_folder"
    # The system's own words are English; they stand in brackets and only where there are no others.
    detail: dict[str, object] = {}
    if kind == "other":
        detail["detail"] = error.strerror or type(error).__name__
    return PathUnusable(
        path=shown, problem=Phrase(f"files.system.{kind}.problem", detail), advice=Phrase(f"files.system.{kind}.advice")
    )
