"""The user's folder: settings, untouched inputs, the store that can be rebuilt, what was made."""

from chizai.workspace.folder import Workspace

__all__ = ["Workspace"]
