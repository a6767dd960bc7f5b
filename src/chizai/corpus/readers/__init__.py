"""The readers, and how the right one is found: by looking at the content, not at the name."""

from __future__ import annotations

from chizai.corpus.readers.base import Reader

READERS: list[Reader] = []
