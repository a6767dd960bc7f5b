"""Finding short strings of bytes in long texts."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from chizai.corpus import scan
from chizai.corpus.scan import places


@given(st.lists(st.sampled_from([b"<h>", b"<h", b"<", b"h>", b"a"]), max_size=40).map(b"".join))
@settings(max_examples=50)
def test_every_place_is_found_as_find_finds_it(text: bytes) -> None:
    assert places(text, b"<h>") == [found.start() for found in re.finditer(b"<h>", text)]


def test_a_needle_across_the_end_of_a_window_is_found_once() -> None:
    for shift in range(4):
        text = b"a" * (scan.WINDOW - shift) + b"<h>" + b"a" * scan.WINDOW
        assert places(text, b"<h>") == [scan.WINDOW - shift]
