"""The decision about every candidate pair: the strictest policy that links it, and its rank.

One run evaluates a whole grid of policies; a pair's cell says at which of them it is a link.
"""

from dataclasses import dataclass

import numpy as np

from simulator.matching.agreement import FLOOR, FULL, AddressAgreement, passed_step, scale
from simulator.matching.grid import Grid, threshold_cells, threshold_grid
from simulator.matching.ranking import ranks
from simulator.records import CandidatePairs, Int8Array, Int32Array, Int64Array, Requests, Roll
from simulator.scenario.schema import MatchingPart


@dataclass(frozen=True)
class Decided:
    """Cell (-1: a link at no policy of the grid) and rank of each pair, the larger the better."""

    cell: Int32Array
    rank: Int64Array


@dataclass(frozen=True)
class Decision:
    """A rule ready to decide, and the grid of its policies."""

    part: MatchingPart
    grid: Grid
    counts_for: Int8Array  # by name agreement, in hundredths

    def decided(self, pairs: CandidatePairs, requests: Requests, roll: Roll) -> Decided:
        """Return cell and rank of every pair."""
        name = np.minimum(self.counts_for[pairs.given], self.counts_for[pairs.surname])
        cut = round(self.part.street_similarity * FULL)
        apart = (pairs.address >= AddressAgreement.STREET) & (pairs.street < cut)
        address = np.where(apart, AddressAgreement.ZIP5, pairs.address).astype(np.int8)
        cell = threshold_cells(
            name.astype(np.int64) - FLOOR,
            passed_step(address).astype(np.int64),
            passed_step(pairs.birth).astype(np.int64),
        )
        cell[name < FLOOR] = -1
        return Decided(cell, ranks(pairs, requests, roll, self.part))


def decision(part: MatchingPart) -> Decision:
    """Return the scenario's rule, ready to decide."""
    return Decision(part, threshold_grid(), scale(part.name_agreements))
