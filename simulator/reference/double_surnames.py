"""Separate the people whose listed or unlisted Census token is two surnames written together.

Rests on the Census 2020 list, which strips spaces: "Garcia Lopez" is GARCIALOPEZ. If Hispanic
people wrote two surnames at the rate d whatever their surnames, the token of surnames i and j had
N d p_i p_j bearers; the listed tokens thus give d. Limits: first and second surname are taken as
independent, also across countries; the list holds no token of more than 15 letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from simulator.reference.tables import NAME_GROUPS

FloatArray = npt.NDArray[np.float64]

COMMONEST = 60
"""Surnames with most Hispanic bearers whose pairs are separated."""
SHORTEST_COMPONENT = 3
COMMONEST_FOR_SHARE = 25
LONGEST_FOR_SHARE = 14
FEWEST_EXPECTED = 1_500.0
"""The share is read off the pairs of the 25 commonest whose token has at most 14 letters (longer
ones may have been cut) and which 1,500 people would write if everybody wrote both."""
UNLISTED = 50.0
"""Bearers of a pair that is not listed: half of the fewest a listed name has [assumption]."""
LEAST_TAIL = 0.015
"""Least share of Hispanic people whose single surname is not listed [assumption]."""


@dataclass(frozen=True)
class Doubles:
    """Hold the listed double surnames and the share of Hispanic people who have one.

    tokens: as listed. people: their Hispanic bearers. others: bearers of other groups. share: of
    all Hispanic people with a known surname, the share whose token is two, listed or not.
    """

    tokens: tuple[str, ...]
    people: FloatArray
    others: float
    share: float

    def table(self) -> pa.Table:
        """Lay the tokens out: token, people."""
        people = pa.array(np.rint(self.people).astype(np.int64))
        return pa.table({"token": pa.array(self.tokens), "people": people})


def separate_doubles(
    names: Sequence[str], bearers: FloatArray, hispanic: float
) -> tuple[list[str], FloatArray, Doubles]:
    """Take the double surnames off the list and give their people to single surnames.

    bearers: shape (names, groups). hispanic: Hispanic people with a known surname. The Hispanic
    people with double surnames, listed or not, go to the listed single surnames in proportion, but
    leave at least 1.5% to unlisted ones; those of other groups go to the first of the two. Returns
    the single names, their bearers, and the doubles.
    """
    group = NAME_GROUPS.index("hispanic")
    order = np.argsort(-bearers[:, group], kind="stable")[:COMMONEST]
    common = {names[row]: int(row) for row in order}
    first = {row: common[part] for row, part in _first_parts(names, common).items()}
    kept = np.ones(len(names), dtype=np.bool_)
    kept[list(first)] = False
    singles = bearers.copy()
    for row, component in first.items():
        singles[component] += np.where(np.arange(len(NAME_GROUPS)) == group, 0.0, bearers[row])
    singles = singles[kept]
    share = double_share(names, bearers[:, group], hispanic)
    listed = singles[:, group].sum()
    people = bearers[~kept, group]
    tail = max(hispanic * (1.0 - share) - listed, LEAST_TAIL * hispanic)
    # Where more people are listed than the share leaves room for, nobody is taken away.
    singles[:, group] *= max((hispanic - tail) / listed, 1.0)
    doubles = Doubles(
        tokens=tuple(name for name, keep in zip(names, kept, strict=True) if not keep),
        people=people,
        others=float(bearers[~kept].sum() - people.sum()),
        share=share,
    )
    return [name for name, keep in zip(names, kept, strict=True) if keep], singles, doubles


def _first_parts(names: Sequence[str], common: dict[str, int]) -> dict[int, str]:
    """Return the first surname of every row that is two common ones."""
    found: dict[int, str] = {}
    for row, name in enumerate(names):
        for cut in range(SHORTEST_COMPONENT, len(name) - SHORTEST_COMPONENT + 1):
            if name[:cut] in common and name[cut:] in common:
                found[row] = name[:cut]
                break
    return found


def double_share(names: Sequence[str], bearers: FloatArray, people: float) -> float:
    """Estimate the share of people whose token is two surnames, from the commonest ones.

    bearers: of each name. people: all of them. A first surname's share is that of the single
    tokens over the people with single ones, which needs d itself: solved by iteration. Returns 0
    if no pair is common enough to tell.
    """
    order = np.argsort(-bearers, kind="stable")[:COMMONEST_FOR_SHARE]
    row_of = {name: row for row, name in enumerate(names)}
    short = [
        (i, j) for i in order for j in order if len(names[i]) + len(names[j]) <= LONGEST_FOR_SHARE
    ]
    rows = [row_of.get(names[i] + names[j]) for i, j in short]
    found = np.array([UNLISTED if row is None else bearers[row] for row in rows])
    pairs = np.array([bearers[i] * bearers[j] for i, j in short])
    share = 0.0
    for _ in range(100):
        expected = pairs / people / (1.0 - share) ** 2
        enough = expected >= FEWEST_EXPECTED
        if not enough.any():
            return 0.0
        share = float(found[enough].sum() / expected[enough].sum())
    return share
