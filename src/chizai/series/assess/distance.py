"""Distance to the target in standard deviations of the peers: OECD.

``z = d (Y - y)/sd``, floored at 0 (achieved); ``sd`` is the standard deviation of the peer group at the reference
year. Fit for what countries share (a rank, a share); never for national totals in yen, where the peers' spread is
their size.

Preconditions: a target and three peers or more that are not all equal. OECD's exact cuts are not known to chizai: the
distance is given without a verdict except achieved or not.

Reference: OECD, "The Short and Winding Road to 2030", 2022, annex A.

>>> round(distance(current=32, target=50, direction=1, peers=[32, 90, 44, 57]), 4)
0.7197
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal

MINIMUM_PEERS = 3


def distance(*, current: float, target: float, direction: Literal[1, -1], peers: Sequence[float]) -> float | None:
    """Standard deviations of the peers (sample form) left to the target; None with fewer than three or equal peers."""
    if len(peers) < MINIMUM_PEERS:
        return None
    spread = statistics.stdev(peers)
    if spread == 0:
        return None
    return max(direction * (target - current) / spread, 0.0)
