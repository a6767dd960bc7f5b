"""chizai (知財): a workbench for IP strategy.

``chizai.open("study")`` opens a workspace that ``chizai init`` or :func:`create` has made; its landscapes give Findings:
tables that carry their convention, their source and their caveats.
"""

from __future__ import annotations

# Not from typing: the command line starts here, and Ctrl-C must not fall into a long import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from chizai.messages import Lang
    from chizai.workspace import Workspace

__version__ = "0.1.0"
__all__ = ["__version__", "create", "open"]


def open(path: Path | str = ".") -> Workspace:
    """The workspace in the folder ``path``. Raises NoWorkspace where there is none.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import chizai
    >>> folder = chizai.create(Path(tempfile.mkdtemp()) / "study").root
    >>> ws = chizai.open(folder)
    >>> ws.settings.convention.unit, ws.collections()
    ('simple_family', [])
    """
    # Imported when called: reading the version must not load the engine.
    from chizai.workspace import Workspace

    return Workspace(path)


def create(path: Path | str, *, lang: Lang = "en") -> Workspace:
    """Make a workspace in the folder ``path``, as ``chizai init`` does. Raises WorkspaceExists where there is one."""
    from chizai.workspace import Workspace

    return Workspace.create(path, lang=lang)
