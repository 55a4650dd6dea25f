"""How often the fields of random pairs agree: u, from pairs drawn in three strata.

Most random pairs agree in nothing, so that rare agreements would hardly be seen. Pairs are
therefore drawn from all pairs (for names and numbers), from those in one ZIP (for addresses) and
from those born in one year (for birth dates). How many pairs a stratum has is counted exactly; a
drawn pair stands for its share of them.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from simulator.matching.learning import HALF_A_PAIR, shares
from simulator.matching.vectors import FIELDS, level_names
from simulator.randomness import FloatArray, IntArray, Stage, Streams
from simulator.records import BoolArray, Int8Array, Requests, Roll
from simulator.scenario.schema import WeighedFields

DRAWS: Final = 1 << 18
"""Random pairs drawn from each stratum of each shard."""
EVERYBODY, SAME_ZIP, SAME_YEAR = 0, 1, 2
_STRATUM_OF: Final = {"address": SAME_ZIP, "birth_date": SAME_YEAR}


class Drawn(NamedTuple):
    """Random pairs of a stratum, as rows; each stands for ``weight`` pairs."""

    request: IntArray
    account: IntArray
    weight: float


@dataclass(frozen=True)
class Sides:
    """The requests and the accounts that pairs are drawn from, as rows of their tables."""

    requests: Requests
    asked: IntArray
    roll: Roll
    held: IntArray

    def keys(self, stratum: int) -> tuple[IntArray, IntArray]:
        """Return what both rows of a pair of the stratum share, negative where it is unknown."""
        if stratum == SAME_ZIP:
            return self.requests.place.astype(np.int64), self.roll.place.astype(np.int64)
        if stratum == SAME_YEAR:
            ours, theirs = self.requests.birth // 10_000, self.roll.birth // 10_000
            return ours.astype(np.int64), theirs.astype(np.int64)
        return np.zeros(len(self.requests), np.int64), np.zeros(len(self.roll), np.int64)

    def agree(self, pairs: Drawn, stratum: int) -> BoolArray:
        """Say which pairs belong to a stratum."""
        ours, theirs = self.keys(stratum)
        asked = ours[pairs.request]
        return np.asarray((asked == theirs[pairs.account]) & (asked >= 0))

    def drawn(self, stratum: int, shard: int, *, rng: Streams) -> Drawn:
        """Draw ``DRAWS`` pairs of a stratum, none if it has none."""
        ours, theirs = self.keys(stratum)
        records = np.arange(DRAWS // 4)
        u = rng.table(Stage.TRAINING, stratum, records, place=shard).reshape(-1)
        one, other, total = pairs_that_share(ours[self.asked], theirs[self.held], u)
        return Drawn(self.asked[one], self.held[other], total / DRAWS)


def pairs_that_share(
    asked: IntArray, held: IntArray, u: FloatArray
) -> tuple[IntArray, IntArray, int]:
    """Draw pairs with equal keys, each equally likely, by uniforms ``u``; negative is no key.

    Returns positions in ``asked`` and in ``held``, one per uniform, and the number of all such
    pairs; no positions if there are none.
    """
    order = np.argsort(held, kind="stable")
    keys = held[order]
    low = np.searchsorted(keys, asked, side="left")
    size = np.where(asked >= 0, np.searchsorted(keys, asked, side="right") - low, 0)
    reach = np.cumsum(size)
    total = int(reach[-1]) if reach.size else 0
    if total == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64), 0
    ticket = np.minimum((u * total).astype(np.int64), total - 1)
    one = np.searchsorted(reach, ticket, side="right")
    other = order[low[one] + ticket - (reach[one] - size[one])]
    return one.astype(np.int64), other.astype(np.int64), total


def stratum_counts(
    fields: WeighedFields, vectors: Int8Array, pairs: Drawn, stratum: int, sides: Sides
) -> dict[str, FloatArray]:
    """Return by field how many pairs the drawn ones of one stratum stand for, level by level.

    Pairs of everybody that lie in another stratum of a field are left to that one.
    """
    counts = {}
    for field, levels in zip(FIELDS, vectors, strict=True):
        own = _STRATUM_OF.get(field, EVERYBODY)
        size = len(level_names(fields, field)) + 1
        kept = np.full(levels.size, own == stratum)
        if stratum == EVERYBODY and own != EVERYBODY:
            kept = ~sides.agree(pairs, own)
        drawn = np.bincount(levels[kept], minlength=size).astype(np.float64)
        counts[field] = pairs.weight * drawn
    return counts


@dataclass(frozen=True)
class Agreements:
    """Pairs by field and level, missing last, and the least that a drawn pair stood for."""

    counts: dict[str, FloatArray]
    least: dict[str, float]

    def chances(self) -> dict[str, FloatArray]:
        """Return u of every field; half of the least drawn pair is added to every level."""
        return {
            field: shares(counts[:-1], HALF_A_PAIR * self.least[field])
            for field, counts in self.counts.items()
        }


def nothing_counted(fields: WeighedFields) -> Agreements:
    """Return agreements of no pairs."""
    sizes = {field: len(level_names(fields, field)) + 1 for field in FIELDS}
    return Agreements(
        {field: np.zeros(size) for field, size in sizes.items()}, dict.fromkeys(FIELDS, np.inf)
    )


def with_counts(so_far: Agreements, added: dict[str, FloatArray], weight: float) -> Agreements:
    """Return agreements with those of one more stratum; a pair counts for one at least."""
    counts = {field: so_far.counts[field] + added[field] for field in FIELDS}
    seen = {field: added[field].sum() > 0.0 for field in FIELDS}
    least = {
        field: min(so_far.least[field], max(weight, 1.0)) if seen[field] else so_far.least[field]
        for field in FIELDS
    }
    return Agreements(counts, least)
