"""The check of the last four digits, beside whatever rule: which pairs it lets pass.

It strikes pairs of both paths, after they were compared and before anything is decided on them. A
roll that holds only four digits is checked by those. Limits: one pair of different numbers in
10,000 passes by chance.
"""

from dataclasses import dataclass

import numpy as np

from simulator.randomness import IntArray
from simulator.records import (
    BoolArray,
    CandidatePairs,
    Int32Array,
    Requests,
    Roll,
    taken,
)
from simulator.scenario.schema import LastFourCheck, MatchingPart
from simulator.taxpayer_digits import last_four


@dataclass(frozen=True)
class LastFour:
    """The last four digits of both tables, -1 where a record shows no number."""

    asked: Int32Array
    held: Int32Array
    check: LastFourCheck

    def passes(self, request: IntArray | Int32Array, account: IntArray | Int32Array) -> BoolArray:
        """Say which pairs, given by their rows, the check lets pass."""
        if self.check == LastFourCheck.NONE:
            return np.ones(request.size, np.bool_)
        asked, held = self.asked[request], self.held[account]
        both = (asked >= 0) & (held >= 0)
        if self.check == LastFourCheck.REQUIRED:
            return np.asarray(both & (asked == held))
        return np.asarray(~both | (asked == held))

    def kept(self, pairs: CandidatePairs) -> CandidatePairs:
        """Return the pairs that the check lets pass, in their order."""
        passes = self.passes(pairs.request, pairs.account)
        return pairs if passes.all() else taken(pairs, np.flatnonzero(passes))


def last_four_check(requests: Requests, roll: Roll, part: MatchingPart) -> LastFour:
    """Return the scenario's check of last four digits, ready for these tables."""
    if part.last_four_check == LastFourCheck.NONE:  # nothing to look up
        return LastFour(np.empty(0, np.int32), np.empty(0, np.int32), part.last_four_check)
    return LastFour(last_four(requests.tin), last_four(roll.tin), part.last_four_check)
