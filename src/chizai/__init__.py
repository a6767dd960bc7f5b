"""chizai (知財): a workbench for IP strategy."""

from __future__ import annotations

__version__ = "0.1.0"
