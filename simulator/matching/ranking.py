"""Which of the accounts that qualify for a request is the best: an additive score, ties scrambled.

The score adds hundredths of name similarity above the floor (up to 40), 8 points per address level
(up to 40) and, where birth dates are compared at all, 10 per birth-date level (up to 30). Ties fall
to nobody in particular but always to the same account: by a hash of what both records say, so that
neither the order of records nor the cut into shards can decide.

Limits: the points are a choice; weights from data are not estimated here.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.matching.agreement import FLOOR, FULL, passed_step
from simulator.records import CandidatePairs, Int64Array, Requests, Roll
from simulator.scenario.schema import BirthDateThreshold, MatchingPart

ADDRESS_POINTS, BIRTH_POINTS = 5, 10
SCORE_LIMIT: Final = 2 * (FULL - FLOOR) + ADDRESS_POINTS * 8 + BIRTH_POINTS * 4 + 1
TIE_BITS: Final = 14
RANK_BITS: Final = (SCORE_LIMIT - 1).bit_length() + TIE_BITS
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
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
UInt64Array = npt.NDArray[np.uint64]


def scores(pairs: CandidatePairs, part: MatchingPart) -> Int64Array:
    """Return the score of each pair, 0 to 110; birth dates count only where they are compared."""
    score = (
        pairs.given.astype(np.int64)
        + pairs.surname
        - 2 * FLOOR
        + ADDRESS_POINTS * passed_step(pairs.address).astype(np.int64)
    )
    if part.birth_date_threshold != BirthDateThreshold.ANY:
        score = score + BIRTH_POINTS * passed_step(pairs.birth).astype(np.int64)
    return np.asarray(score)


def _mixed(words: UInt64Array) -> UInt64Array:
    """Scramble 64-bit words by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).

    One multiplication would not do: it keeps differences, so that of two similar records the same
    one would win too often.
    """
    words = words + _GOLDEN
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(words ^ (words >> np.uint64(31)))


def _fingerprints(table: Requests | Roll) -> UInt64Array:
    """Return a hash of what each record says."""
    fingerprint = np.zeros(len(table), np.uint64)
    for name in _COLUMNS:
        column = getattr(table, name).astype(np.int64).view(np.uint64)
        fingerprint = _mixed(fingerprint ^ column)
    return fingerprint


def ranks(pairs: CandidatePairs, requests: Requests, roll: Roll, part: MatchingPart) -> Int64Array:
    """Return for each pair an integer of ``RANK_BITS`` bits: the larger, the better."""
    left, right = _fingerprints(requests)[pairs.request], _fingerprints(roll)[pairs.account]
    tie = _mixed(left ^ _mixed(right)) >> np.uint64(64 - TIE_BITS)
    return np.asarray((scores(pairs, part) << TIE_BITS) | tie.astype(np.int64))
