"""Check digits that offices print behind an application number.

They are verified where the algorithm is known (EPO, CNIPA) and are never part of the canonical number.
"""

from __future__ import annotations


def ep(number: str) -> str:
    """The check digit of an eight-digit EP application number (EPO: weights 1, 2, digit sums, modulo 10).

    >>> ep("10167109")
    '7'
    """
    total = 0
    for position, digit in enumerate(number):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def cn(number: str) -> str:
    """The check digit of an 8- or 12-digit Chinese application number (weights 2 to 9, then 2 to 5, modulo 11, 10 = X).

    >>> cn("201010132509"), cn("200620048344")
    ('3', '0')
    """
    total = sum(int(digit) * (2 + position % 8) for position, digit in enumerate(number))
    return "0123456789X"[total % 11]
