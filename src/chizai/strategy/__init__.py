"""The winning line (勝ち筋): from the landscape's indicators to a defended choice.

>>> from chizai import strategy
>>> strategy.CRITERIA
('position', 'impact', 'momentum', 'reach', 'contest', 'control')
"""

from chizai.strategy.acceptability import Acceptability, acceptability
from chizai.strategy.criteria import CRITERIA, Measured
from chizai.strategy.line import WinningLine, winning_line
from chizai.strategy.moves import MOVES, Rule, load_rule
from chizai.strategy.preferences import Preferences, sample_weights

__all__ = [
    "CRITERIA",
    "MOVES",
    "Acceptability",
    "Measured",
    "Preferences",
    "Rule",
    "WinningLine",
    "acceptability",
    "load_rule",
    "sample_weights",
    "winning_line",
]
