"""The garbage collector is off where it only costs, and on again afterwards."""

from __future__ import annotations

import gc

import pytest

from chizai.collector import collector_off


def test_it_is_off_inside_and_as_before_outside() -> None:
    @collector_off()
    def inside() -> bool:
        with collector_off():
            pass
        return gc.isenabled()

    assert gc.isenabled()
    assert not inside()
    assert gc.isenabled()


def test_a_failure_turns_it_on_again() -> None:
    with pytest.raises(ValueError, match="broken"), collector_off():
        raise ValueError("broken")
    assert gc.isenabled()


def test_it_stays_off_for_those_who_had_it_off() -> None:
    gc.disable()
    try:
        with collector_off():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
