"""The palette of the verdicts, with the sight of protans, deutans and tritans simulated.

Matrices: Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency",
IEEE TVCG 15(6), 2009, severity 1.0, applied to linear RGB. Distance: CIE76 in CIELAB, D65.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from chizai.publish.palette import BAND, INK, OBSERVED, PATH, STATUS_COLOURS, TARGET
from chizai.series.assess import STATUSES, status_word

SIGHT = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(colour: str) -> np.ndarray:
    rgb = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast_on_white(colour: str) -> float:
    """WCAG 2.2 relative luminance."""
    return 1.05 / (float(linear(colour) @ [0.2126, 0.7152, 0.0722]) + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one: str, other: str, sight: str) -> float:
    return float(np.linalg.norm(lab(SIGHT[sight] @ linear(one)) - lab(SIGHT[sight] @ linear(other))))


def smallest(colours: list[str]) -> float:
    return min(distance(a, b, sight) for a, b in combinations(colours, 2) for sight in ("protan", "deutan", "tritan"))


@pytest.mark.parametrize("colour", STATUS_COLOURS.values())
def test_every_colour_of_a_verdict_has_a_contrast_of_three_on_white(colour: str) -> None:
    assert contrast_on_white(colour) >= 3


def test_verdicts_are_told_apart_by_the_colour_blind() -> None:
    assert smallest(list(STATUS_COLOURS.values())) >= 19


def test_the_first_try_fails_for_deutans() -> None:
    """#8A6A00 against #B24A00 fell to 2.6 (methods/follow-up.md, f): the test can fail."""
    assert distance("#8A6A00", "#B24A00", "deutan") < 5


def test_black_and_white_are_as_far_apart_as_they_are() -> None:
    assert distance("#000000", "#FFFFFF", "normal") == pytest.approx(100, abs=0.1)


def test_ink_and_lines_of_charts_are_readable() -> None:
    assert min(contrast_on_white(colour) for colour in (INK, OBSERVED, PATH, TARGET)) >= 4.5
    assert contrast_on_white(BAND) < 3, "the band is a ground, not a line: it has a name and an outline"


def test_every_verdict_has_a_shape_and_a_word_of_its_own() -> None:
    for lang in ("ja", "en"):
        words = [status_word(status, lang) for status in STATUSES]
        assert len(set(words)) == len(words) == len({word[0] for word in words})
    assert set(STATUS_COLOURS) == set(STATUSES)
