"""Errors of the strategy room."""

from __future__ import annotations

from chizai.errors import InputError


class BadPreference(InputError):
    """A preference cannot be read, names no criterion, or leaves no weights. Takes ``detail``."""

    code = "bad-preference"


class BadRule(InputError):
    """A file of rules for the moves is not valid. Takes ``detail``."""

    code = "bad-rule"
