"""Candidate pairs counted by comparison vector, outcome and group: enough for any rule over levels.

A row of the count is one combination of given-name and surname similarity (hundredths), birth-date
and address level, outcome, and legal status and origin of the account's holder. Whoever moves a cut
point or weighs the fields otherwise needs these counts and no pair; only selection within a request
needs more. Pairs below the similarity floor, rejected requests and matches by number are not in it.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simulator.disclosure.outcomes import OUTCOMES
from simulator.matching.agreement import ADDRESS_LEVELS, BIRTH_LEVELS
from simulator.records import STATUSES, CandidatePairs, Int8Array, Int64Array
from simulator.reference import tables

Column = npt.NDArray[np.generic]


def pack(
    pairs: CandidatePairs, outcome: Int8Array, status: Int8Array, origin: Int8Array
) -> Int64Array:
    """Pack each pair's vector, outcome and group as decimal digits ggg sss b a o s oo."""
    packed = pairs.given.astype(np.int64) * 1000 + pairs.surname
    for digit in (pairs.birth, pairs.address, outcome, status):
        packed = packed * 10 + digit
    return np.asarray(packed * 100 + origin, dtype=np.int64)


def count(packed: Int64Array) -> Int64Array:
    """Return distinct packed vectors and how many pairs have each, shape (2, n)."""
    distinct, pairs = np.unique(packed, return_counts=True)
    return np.stack([distinct, pairs.astype(np.int64)])


def add(parts: Sequence[Int64Array]) -> Int64Array:
    """Add up counts of the same packed vector."""
    joined = np.concatenate(parts, axis=1)
    distinct, where = np.unique(joined[0], return_inverse=True)
    totals = np.zeros(distinct.size, np.int64)
    np.add.at(totals, where, joined[1])
    return np.stack([distinct, totals])


def columns(counted: Int64Array) -> dict[str, Column]:
    """Return the counts as named columns, one row per combination."""
    vector, pairs = counted
    digits = vector // 100
    return {
        "given": (vector // 10**9).astype(np.int16),
        "surname": (vector // 10**6 % 1000).astype(np.int16),
        "birth_date": np.array([str(level) for level in BIRTH_LEVELS])[
            np.maximum(digits // 1000 % 10 - 1, 0)
        ],
        "address": np.array([str(level) for level in ADDRESS_LEVELS])[
            np.maximum(digits // 100 % 10 - 1, 0)
        ],
        "outcome": np.array(OUTCOMES)[digits // 10 % 10],
        "holder_status": np.array(STATUSES)[digits % 10],
        "holder_origin": np.array(tables.origins().names)[vector % 100],
        "pairs": pairs,
    }
