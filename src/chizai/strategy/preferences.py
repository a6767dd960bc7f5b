"""What a user holds of the criteria: an order, bounds on weights, or nothing; and weights drawn uniformly from what is left.

Weights are not negative and sum to 1. Without preferences every such vector is admissible; an order (``position >
momentum``) or a bound (``control <= 0.2``) cuts a part of them away.

Sources: Lahdelma & Salminen (2001), Operations Research 49, 444-454 (weights as a restricted uniform distribution); Smith
(1984), Operations Research 32, 1296-1308 (hit and run); Rubinstein (1982), EJOR 10, 205-212 (uniform on the simplex).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from chizai.errors import Where
from chizai.landscape.statistics.estimate import Floats
from chizai.messages import Phrase
from chizai.strategy.errors import BadPreference

PILOT = 2000
WORTH_REJECTING = 0.05
"""Above this share of admissible draws the rest is thrown away; below it, hit and run finds them faster."""
STEPS_PER_CRITERION = 60
"""Steps of each chain; every draw is the end of a chain of its own, so that draws are independent."""
SLACK = 1e-9


@dataclass(frozen=True)
class Preferences:
    """Linear conditions on the weights: ``matrix @ weights <= bound`` for each, beside non-negativity and sum 1.

    >>> Preferences.parse("position > momentum > reach; control <= 0.2").texts
    ('position > momentum > reach', 'control <= 0.2')
    """

    texts: tuple[str, ...] = ()
    orders: tuple[tuple[str, str], ...] = ()
    """(more, less): the first weighs at least as much as the second."""
    least: tuple[tuple[str, float], ...] = ()
    most: tuple[tuple[str, float], ...] = ()

    @classmethod
    def parse(cls, *texts: str, known: Sequence[str] | None = None) -> Preferences:
        """Preferences as a user writes them: ``a > b > c``, ``a >= 0.2``, ``a <= 0.5``, ``0.1 <= a <= 0.3``.

        Several in one text are separated by commas or semicolons. ``>`` between criteria means 'weighs at least as much
        as'. ``known`` are the criteria that there are. BadPreference says which part cannot be read.
        """
        parts = tuple(part.strip() for text in texts for part in re.split(r"[,;、；]", text) if part.strip())
        orders: list[tuple[str, str]] = []
        bounds: dict[bool, list[tuple[str, float]]] = {True: [], False: []}
        for part in parts:
            tokens = re.split(r"\s*(>=|<=|≥|≤|>|<|＞|＜)\s*", part)
            terms, signs = tokens[::2], tokens[1::2]
            if not signs or not all(terms):
                raise BadPreference(where=Where(value=part), detail=Phrase("strategy.preference.form"))
            for left, sign, right in zip(terms, signs, terms[1:], strict=False):
                if sign in ("<", "<=", "≤", "＜"):
                    left, right = right, left
                # From here on: left is at least right.
                numbers = [_number(term) for term in (left, right)]
                for term, number in zip((left, right), numbers, strict=True):
                    if number is None and known is not None and term not in known:
                        raise BadPreference(
                            where=Where(value=part),
                            detail=Phrase(
                                "strategy.preference.unknown", {"name": term, "known": ", ".join(known) or "-"}
                            ),
                        )
                    if number is not None and not 0 <= number <= 1:
                        raise BadPreference(where=Where(value=part), detail=Phrase("strategy.preference.range"))
                if numbers[0] is None and numbers[1] is None:
                    orders.append((left, right))
                elif numbers[0] is None and numbers[1] is not None:
                    bounds[True].append((left, numbers[1]))
                elif numbers[0] is not None and numbers[1] is None:
                    bounds[False].append((right, numbers[0]))
                else:
                    raise BadPreference(where=Where(value=part), detail=Phrase("strategy.preference.form"))
        return cls(parts, tuple(orders), tuple(bounds[True]), tuple(bounds[False]))

    def among(self, criteria: Sequence[str]) -> tuple[Preferences, tuple[str, ...]]:
        """The preferences that speak of these criteria only, and the texts of those that were left out.

        An order through a missing criterion (a > b > c without b) still orders the others.
        """
        here = set(criteria)
        pairs = _closed(self.orders)
        orders = tuple(pair for pair in pairs if here.issuperset(pair))
        least, most = (tuple(item for item in bounds if item[0] in here) for bounds in (self.least, self.most))
        named = {
            name: tuple(text for text in self.texts if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text))
            for name in {name for pair in self.orders for name in pair} | {name for name, _ in self.least + self.most}
        }
        lost = tuple(dict.fromkeys(text for name in sorted(named) if name not in here for text in named[name]))
        return Preferences(self.texts, orders, least, most), lost

    def check(self, criteria: Sequence[str]) -> None:
        """BadPreference where no weights of these criteria, or a single one, satisfy the preferences."""
        heeded, _lost = self.among(criteria)
        matrix, bound = heeded.conditions(criteria)
        if len(bound):
            _centre(matrix, bound, len(criteria), heeded)

    def conditions(self, criteria: Sequence[str]) -> tuple[Floats, Floats]:
        """(matrix, bound) with ``matrix @ weights <= bound``, shapes [condition, criterion] and [condition]."""
        place = {name: index for index, name in enumerate(criteria)}
        rows: list[tuple[Floats, float]] = []

        def row(**values: float) -> Floats:
            out = np.zeros(len(criteria))
            for name, value in values.items():
                out[place[name]] = value
            return out

        rows += [(row(**{more: -1.0, less: 1.0}), 0.0) for more, less in self.orders if more != less]
        rows += [(row(**{name: -1.0}), -value) for name, value in self.least]
        rows += [(row(**{name: 1.0}), value) for name, value in self.most]
        if not rows:
            return np.zeros((0, len(criteria))), np.zeros(0)
        return np.stack([matrix for matrix, _ in rows]), np.array([bound for _, bound in rows])


def _number(text: str) -> float | None:
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None


def _closed(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The transitive closure of an order."""
    found = dict.fromkeys(pairs)
    while True:
        more = {(a, d): None for a, b in found for c, d in found if b == c and (a, d) not in found}
        if not more:
            return list(found)
        found.update(more)


def stream(seed: int, *names: str) -> np.random.Generator:
    """A generator that belongs to a name: what is drawn for one thing does not hang on what else is drawn, or in what order."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def sample_weights(
    criteria: Sequence[str], *, preferences: Preferences | None = None, draws: int = 10_000, seed: int = 0
) -> Floats:
    """Weights uniform over the admissible ones, shape [draw, criterion].

    BadPreference when no weights satisfy the preferences, or when they leave a single point or line (a bound that fixes
    a weight): then there is no volume to draw from.

    >>> sample_weights(["position", "momentum"], draws=20_000).mean(axis=0).round(2).tolist()
    [0.5, 0.5]
    >>> ordered = Preferences.parse("position > momentum > reach")
    >>> sample_weights(["position", "momentum", "reach"], preferences=ordered, draws=20_000).mean(axis=0).round(2).tolist()
    [0.61, 0.28, 0.11]
    """
    if not criteria:
        raise ValueError("weights need at least one criterion")
    matrix, bound = (preferences or Preferences()).conditions(criteria)
    if not len(bound):
        return _simplex(criteria, draws, seed)
    centre = _centre(matrix, bound, len(criteria), preferences)
    pilot = _simplex(criteria, PILOT, seed)
    share = float(_admissible(pilot, matrix, bound).mean())
    if share < WORTH_REJECTING:
        return _hit_and_run(centre, matrix, bound, draws, seed)
    kept: list[Floats] = []
    found, attempt = 0, 0
    while found < draws:
        attempt += 1
        block = _simplex(criteria, round(1.2 * draws / share) + 100, seed + 7919 * attempt)
        good = block[_admissible(block, matrix, bound)]
        kept.append(good)
        found += len(good)
    return np.concatenate(kept)[:draws]


def _simplex(criteria: Sequence[str], draws: int, seed: int) -> Floats:
    # Exponentials over their sum are uniform on the simplex.
    parts = np.stack([stream(seed, "weight", name).standard_exponential(draws) for name in criteria], axis=1)
    return np.asarray(parts / parts.sum(axis=1, keepdims=True))


def _admissible(weights: Floats, matrix: Floats, bound: Floats) -> NDArray[np.bool_]:
    return np.asarray((weights @ matrix.T <= bound + SLACK).all(axis=1))


def _centre(matrix: Floats, bound: Floats, size: int, preferences: Preferences | None) -> Floats:
    """The centre of the largest ball among the admissible weights (within the plane of sum 1)."""
    flat = np.vstack([matrix, -np.eye(size)])
    limit = np.concatenate([bound, np.zeros(size)])
    inside = flat - flat.mean(axis=1, keepdims=True)  # the part of each condition's normal that lies in the plane
    radius = np.linalg.norm(inside, axis=1)
    found = linprog(
        c=np.r_[np.zeros(size), -1.0],
        A_ub=np.column_stack([flat, radius]),
        b_ub=limit,
        A_eq=np.r_[np.ones(size), 0.0][None, :],
        b_eq=[1.0],
        bounds=[(None, None)] * size + [(0, None)],
    )
    stated = "; ".join(preferences.texts) if preferences is not None else ""
    if found.status != 0:
        raise BadPreference(where=Where(value=stated), detail=Phrase("strategy.preference.empty"))
    if found.x[-1] < 1e-6 and size > 1:
        raise BadPreference(where=Where(value=stated), detail=Phrase("strategy.preference.flat"))
    return np.asarray(found.x[:-1])


def _hit_and_run(centre: Floats, matrix: Floats, bound: Floats, draws: int, seed: int) -> Floats:
    """One chain a draw, all at once: in every step each chain goes to a random point of a random line through it."""
    size = len(centre)
    flat = np.vstack([matrix, -np.eye(size)])
    limit = np.concatenate([bound, np.zeros(size)])
    generator = stream(seed, "hit and run")
    at = np.tile(centre, (draws, 1))
    for _step in range(STEPS_PER_CRITERION * size):
        direction = generator.standard_normal((draws, size))
        direction -= direction.mean(axis=1, keepdims=True)
        speed, room = direction @ flat.T, np.maximum(limit - at @ flat.T, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            time = room / speed
        ahead = np.where(speed > 1e-12, time, np.inf).min(axis=1)
        behind = np.where(speed < -1e-12, time, -np.inf).max(axis=1)
        at += (behind + (ahead - behind) * generator.random(draws))[:, None] * direction
    at = np.maximum(at, 0)
    return np.asarray(at / at.sum(axis=1, keepdims=True))
