"""Complexity of actors and technologies, from who is at home where.

Sources: Hidalgo & Hausmann (2009), PNAS 106, 10570-10575 (method of reflections); Hausmann et al. (2014), The Atlas of
Economic Complexity (eigenvector form: ECI, PCI; outlook index). Published programs differ in what they do at the end:
ecomplexity divides by the population standard deviation (``ddof=0``) and puts PCI on the scale of ECI,
economic-complexity by the sample's (``ddof=1``) and puts each on its own; so both are named arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from chizai.landscape.statistics.estimate import Floats, divide

Scale = Literal["actors", "own"]


@dataclass(frozen=True)
class Complexity:
    """ECI of actors [c] and PCI of technologies [f], with diversity and ubiquity.

    nan outside of the ``inside`` part (the largest group that hangs together), and throughout where ``reason`` is not
    empty: ``too-few-actors`` (fewer than three differing actors or technologies), ``all-alike`` (no second dimension),
    ``tied-dimensions`` (second and third eigenvalue alike: the direction is arbitrary). ``eigenvalue`` is the second
    one (the first is 1). ``parts`` is the number of groups that share no technology. ``sign`` says what fixed the
    sign: ``diversity``, or ``undetermined`` where diversity does not tell (then the figures may be read in reverse).
    """

    eci: Floats
    pci: Floats
    raw_eci: Floats
    raw_pci: Floats
    diversity: Floats
    ubiquity: Floats
    eigenvalue: float
    parts: int
    inside_actors: NDArray[np.bool_]
    inside_technologies: NDArray[np.bool_]
    sign: str
    reason: str


def complexity(present: ArrayLike, *, ddof: int = 0, pci_scale: Scale = "actors") -> Complexity:
    """Economic (here: technological) complexity by the eigenvector of the second largest eigenvalue.

    With k_c diversity and k_f ubiquity, ECI is that right eigenvector of M_cc' = sum_f M_cf M_c'f / (k_c k_f), PCI the
    corresponding one of M_ff'; before scaling, an actor's ECI is the mean PCI of its technologies. Both are minus mean
    over standard deviation (``ddof``). Sign: diverse actors have a high ECI (correlation with diversity).
    present: shape [c, f] of 0 and 1. Actors and technologies without any presence are nan.
    pci_scale: ``actors``: PCI uses mean and deviation of ECI (ecomplexity), so that ECI stays the mean of PCI;
        ``own``: its own (economic-complexity).

    >>> found = complexity([[1, 1, 1], [1, 1, 0], [1, 0, 0]])
    >>> found.eci.round(3).tolist(), found.pci.round(3).tolist()
    ([1.225, 0.0, -1.225], [-1.225, 1.225, 3.674])
    """
    table = np.asarray(present, dtype=np.float64)
    if table.ndim != 2 or not np.isin(table, (0, 1)).all():
        raise ValueError("present must be a table [actor, technology] of 0 and 1")
    if pci_scale not in ("actors", "own"):
        raise ValueError(f"unknown pci_scale {pci_scale!r}; known: actors, own")
    diversity, ubiquity = table.sum(axis=1), table.sum(axis=0)
    rows, columns, parts = _largest_part(table)
    raw_eci, raw_pci = np.full(len(diversity), np.nan), np.full(len(ubiquity), np.nan)
    eci, pci = raw_eci.copy(), raw_pci.copy()
    inner = table[np.ix_(rows, columns)]
    reason, sign, second = "", "undetermined", np.nan
    if len(rows) < 3 or len(columns) < 2:
        reason = "too-few-actors"
    else:
        by_actor, by_field = inner.sum(axis=1), inner.sum(axis=0)
        # The symmetric form has the same eigenvalues (squares of these), real and well conditioned.
        _left, values, right = np.linalg.svd(inner / np.sqrt(by_actor[:, None] * by_field), full_matrices=False)
        second = float(values[1] ** 2) if len(values) > 1 else 0.0
        third = float(values[2] ** 2) if len(values) > 2 else 0.0
        if second < 1e-12:
            reason = "all-alike"
        elif second - third < 1e-9:
            reason = "tied-dimensions"
        else:
            kp = right[1] / np.sqrt(by_field)
            kc = (inner / by_actor[:, None]) @ kp
            lean = float(((by_actor - by_actor.mean()) * (kc - kc.mean())).sum())
            if abs(lean) > 1e-9 * float(np.abs(by_actor - by_actor.mean()).sum() * np.abs(kc).max() + 1e-300):
                sign = "diversity"
            else:
                # Diversity does not tell: the largest part is positive, so that the same table gives the same figures.
                lean = float(kc[np.argmax(np.abs(kc).round(12))])
            turn = 1.0 if lean >= 0 else -1.0
            kc, kp = turn * kc, turn * kp
            raw_eci[rows], raw_pci[columns] = kc, kp
            eci[rows] = _standardised(kc, kc, ddof)
            pci[columns] = _standardised(kp, kc if pci_scale == "actors" else kp, ddof)
    inside_actors, inside_technologies = np.zeros(len(diversity), dtype=bool), np.zeros(len(ubiquity), dtype=bool)
    inside_actors[rows], inside_technologies[columns] = True, True
    return Complexity(
        eci, pci, raw_eci, raw_pci, diversity, ubiquity, second, parts, inside_actors, inside_technologies, sign, reason
    )


def reflections(present: ArrayLike, *, steps: int) -> tuple[Floats, Floats]:
    """Method of reflections after ``steps`` steps: (actors [c], technologies [f]).

    k_c,0 is diversity, k_f,0 ubiquity; k_c,n is the mean of k_f,n-1 over the actor's technologies, k_f,n the mean of
    k_c,n-1 over the technology's actors. Even and odd steps mean different things (of actors, even ones rise with
    diversity), and far steps converge to one number: the eigenvector of :func:`complexity` is what is left of them.

    >>> actors, technologies = reflections([[1, 1, 1, 1], [0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]], steps=1)
    >>> actors.tolist(), technologies.round(3).tolist()
    ([2.0, 2.0, 2.5, 3.0], [4.0, 2.5, 3.0, 2.333])
    """
    if steps < 0:
        raise ValueError("steps must not be negative")
    table = np.asarray(present, dtype=np.float64)
    diversity, ubiquity = table.sum(axis=1), table.sum(axis=0)
    actors, technologies = diversity.copy(), ubiquity.copy()
    for _ in range(steps):
        actors, technologies = (
            divide(table @ np.nan_to_num(technologies), diversity),
            divide(table.T @ np.nan_to_num(actors), ubiquity),
        )
    return actors, technologies


def outlook(density: ArrayLike, present: ArrayLike, raw_pci: ArrayLike, *, ddof: int = 0) -> Floats:
    """Complexity outlook of every actor [c]: how close it is to complex technologies that it does not have.

    sum_f (1 - M_cf) density_cf PCI_f, minus mean over deviation. PCI goes in before scaling (``Complexity.raw_pci``), as
    in ecomplexity: with the scaled one, which is shifted, actors would be ranked otherwise.
    """
    home, near, worth = (np.asarray(item, dtype=np.float64) for item in (present, density, raw_pci))
    gain = np.nansum((1 - home) * near * worth, axis=1)
    return _standardised(gain, gain, ddof)


def _standardised(values: Floats, reference: Floats, ddof: int) -> Floats:
    return divide(values - reference.mean(), reference.std(ddof=ddof))


def _largest_part(table: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Actors and technologies of the largest group that hangs together, and how many groups there are.

    With several groups the eigenvalue 1 repeats, and its eigenvectors tell the groups apart, not complexity.
    """
    actors, technologies = table.shape
    row, column = np.nonzero(table)
    if not len(row):
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, 0
    size = actors + technologies
    graph = csr_matrix((np.ones(len(row)), (row, column + actors)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    live = np.concatenate([table.any(axis=1), table.any(axis=0)])
    present = np.unique(label[live])
    sizes = np.bincount(label[live], minlength=label.max() + 1)
    largest = int(np.argmax(sizes))
    chosen = (label == largest) & live
    return np.flatnonzero(chosen[:actors]), np.flatnonzero(chosen[actors:]), len(present)
