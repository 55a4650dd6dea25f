"""Which of the accounts that qualify for a request is the best: by score, ties scrambled.

A rank is the score above the lowest one possible, then a hash of what both records say. Ties thus
fall to nobody in particular but always to the same account, so that neither the order of records
nor the cut into shards can decide.

``RANK_BITS`` are shared by both: the score takes what it needs, down to steps of 1/4, and the hash
the rest, ``TIE_BITS`` where the range of scores allows it. Steps of 1/4 are the finest at which
thresholds lie, so that no account ranks below another one of a lower cell. The scenario's limits on
points and weights keep every range within ``RANK_BITS - LEAST_TIE_BITS`` bits of such steps.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.kernels import compiled, inlined
from simulator.randomness import IntArray
from simulator.records import CandidatePairs, Int32Array, Int64Array, Requests, Roll

RANK_BITS: Final = 21
TIE_BITS: Final = 10
LEAST_TIE_BITS: Final = 8
_QUARTER_SHIFT: Final = 4  # 64 units of the score are a point, 16 a quarter
_COLUMNS = (
    "given",
    "middle",
    "surname_1",
    "surname_2",
    "suffix",
    "birth",
    "place",
    "street",
    "form",
    "number",
    "unit",
    "style",
    "tin",
)
UInt64Array = npt.NDArray[np.uint64]


@inlined
def _mixed(word: np.uint64) -> np.uint64:
    """Scramble a 64-bit word by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).

    One multiplication would not do: it keeps differences, so that of two similar records the same
    one would win too often.
    """
    word = word + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@compiled
def _mix_in(fingerprint: UInt64Array, column: npt.NDArray[np.integer], rows: IntArray) -> None:
    """Mix what rows say in a column into their fingerprints."""
    for i in range(rows.size):
        fingerprint[i] = _mixed(fingerprint[i] ^ np.uint64(np.int64(column[rows[i]])))


@compiled
def _ties(left: UInt64Array, right: UInt64Array, bits: int) -> IntArray:
    """Return so many bits of a hash of two fingerprints each."""
    ties = np.empty(left.size, np.int64)
    for i in range(left.size):
        ties[i] = np.int64(_mixed(left[i] ^ _mixed(right[i])) >> np.uint64(64 - bits))
    return ties


def _fingerprints(table: Requests | Roll, rows: Int32Array) -> UInt64Array:
    """Return a hash of what each of some rows of a table says, each hashed once if they repeat."""
    everything = rows.size > len(table)
    hashed = np.arange(len(table)) if everything else rows.astype(np.int64)
    fingerprint = np.zeros(hashed.size, np.uint64)
    for name in _COLUMNS:
        _mix_in(fingerprint, getattr(table, name), hashed)
    return fingerprint[rows] if everything else fingerprint


@dataclass(frozen=True)
class Ranking:
    """How scores become ranks: lowest score, units dropped (as a shift), and bits of the hash."""

    lowest: int
    shift: int
    tie_bits: int

    def ranks(
        self, score: Int64Array, pairs: CandidatePairs, requests: Requests, roll: Roll
    ) -> Int64Array:
        """Return for each pair an integer of ``RANK_BITS`` bits: the larger, the better."""
        left, right = _fingerprints(requests, pairs.request), _fingerprints(roll, pairs.account)
        order = (score - self.lowest) >> self.shift
        return np.asarray((order << self.tie_bits) | _ties(left, right, self.tie_bits))


def ranking(bounds: tuple[int, int]) -> Ranking:
    """Return how to rank scores between ``bounds``, in units of the score.

    Raises ValueError if they lie too far apart to be told apart at every threshold.
    """
    # A multiple of a quarter, so that no dropped unit joins scores of two cells.
    lowest = bounds[0] >> _QUARTER_SHIFT << _QUARTER_SHIFT
    shift = 0
    while shift < _QUARTER_SHIFT and (bounds[1] - lowest) >> shift >> (RANK_BITS - TIE_BITS):
        shift += 1
    score_bits = max(((bounds[1] - lowest) >> shift).bit_length(), RANK_BITS - TIE_BITS)
    if RANK_BITS - score_bits < LEAST_TIE_BITS:
        raise ValueError(f"scores from {bounds[0]} to {bounds[1]} units do not fit a rank")
    return Ranking(lowest, shift, RANK_BITS - score_bits)
