"""Which earlier-printed sentence is the same commitment as a later one: proposals for ``restates``."""

from __future__ import annotations

from collections.abc import Sequence

from chizai.plan.likeness import Likeness

LEAST = 0.45
"""Below this share of common word parts, the point slide speaks of something else."""


def nearest_restated(rows: Sequence[tuple[str, str, str]]) -> dict[str, tuple[str, ...]]:
    """For each restatement the place of the statement most like it, where one is like it.

    ``rows`` are (place, text, role). Only rows whose role is ``restatement`` get a proposal.
    """
    bases = [(place, text) for place, text, role in rows if role in ("kpi", "aim", "measure")]
    copies = [(place, text) for place, text, role in rows if role == "restatement"]
    if not bases or not copies:
        return {}
    likeness = Likeness([text for _, text, _ in rows])
    shares = likeness.containments([text for _, text in copies], [text for _, text in bases])
    return {
        place: (bases[int(share.argmax())][0],)
        for (place, _), share in zip(copies, shares, strict=True)
        if share.max() >= LEAST
    }
