"""Finding short strings of bytes in long texts."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from chizai.corpus.scan import count, find, places, rfind

_TEXTS = st.lists(st.sampled_from([b"<h>", b"<h", b"<", b"h>", b"a", b"a" * 70]), max_size=40).map(b"".join)


@given(_TEXTS, st.integers(0, 200))
@settings(max_examples=100)
def test_the_library_finds_what_the_language_finds(text: bytes, start: int) -> None:
    assert list(places(text, b"<h>")) == [found.start() for found in re.finditer(b"<h>", text)]
    assert rfind(text, b"<h>") == text.rfind(b"<h>")
    assert count(text, b"<h>") == text.count(b"<h>")
    if start <= len(text):
        assert find(text, b"<h>", start) == text.find(b"<h>", start)
        assert rfind(text, b"<h>", start) == text.rfind(b"<h>", start)
