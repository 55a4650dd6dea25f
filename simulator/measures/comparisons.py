"""Candidate pairs counted by comparison vector, outcome and group: enough for any rule over levels.

A row of the count is one combination of the agreement of every field, whether the disclosure policy
withholds the pair, its outcome, and legal status and origin of the account's holder. Whoever moves
a cut point (of names, or of the similarity of streets) or weighs the fields otherwise needs these
counts and no pair; only selection within a request needs more. Pairs below the similarity floor,
rejected requests and matches by number are not in it.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simulator.disclosure.outcomes import OUTCOMES
from simulator.matching.agreement import (
    FLOOR,
    FULL,
    NAME_CODES,
    AddressAgreement,
    BirthAgreement,
    NamedAgreement,
    TinAgreement,
)
from simulator.records import STATUSES, BoolArray, CandidatePairs, Int8Array, Int64Array
from simulator.reference import tables

Column = npt.NDArray[np.generic]
BITS = {
    "given": 7,
    "surname": 7,
    "birth": 3,
    "address": 4,
    "street": 7,
    "tin": 2,
    "withheld": 1,
    "outcome": 2,
    "status": 3,
    "origin": 5,
}
_SHIFTS = dict(zip(BITS, np.cumsum([0, *reversed(BITS.values())])[-2::-1].tolist(), strict=True))
if sum(BITS.values()) > 63:
    raise ImportError("a packed comparison no longer fits a signed integer of 64 bits")


def pack(
    pairs: CandidatePairs,
    withheld: BoolArray,
    outcome: Int8Array,
    status: Int8Array,
    origin: Int8Array,
) -> Int64Array:
    """Pack each pair's vector, outcome and group into the bits of one integer."""
    parts = (pairs.given, pairs.surname, pairs.birth, pairs.address, pairs.street, pairs.tin)
    packed = np.zeros(len(pairs), np.int64)
    for name, values in zip(BITS, (*parts, withheld, outcome, status, origin), strict=True):
        packed |= values.astype(np.int64) << _SHIFTS[name]
    return packed


def unpack(packed: Int64Array, name: str) -> Int64Array:
    """Return one part of packed comparisons, named as in ``BITS``."""
    return np.asarray(packed >> _SHIFTS[name] & ((1 << BITS[name]) - 1))


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


def _named(
    levels: type[NamedAgreement | BirthAgreement | AddressAgreement | TinAgreement],
) -> Column:
    return np.array([level.name.lower() for level in levels])


def _ways() -> Column:
    """Return by which way names of each agreement agree."""
    ways = np.full(NAME_CODES, "none", dtype=object)
    ways[FLOOR : FULL + 1] = "spelling"
    for named in NamedAgreement:
        ways[named] = named.name.lower()
    return ways.astype(str)


def columns(counted: Int64Array, counts_for: Int8Array) -> dict[str, Column]:
    """Return the counts as named columns, one row per combination.

    ``counts_for`` says what name agreements count for, as from ``agreement.scale``.
    """
    vector, pairs = counted
    given, surname = unpack(vector, "given"), unpack(vector, "surname")
    ways = _ways()
    return {
        "given": counts_for[given].astype(np.int16),
        "given_by": ways[given],
        "surname": counts_for[surname].astype(np.int16),
        "surname_by": ways[surname],
        "birth_date": _named(BirthAgreement)[unpack(vector, "birth")],
        "address": _named(AddressAgreement)[unpack(vector, "address")],
        "street": unpack(vector, "street").astype(np.int16),
        "tin": _named(TinAgreement)[unpack(vector, "tin")],
        "withheld": unpack(vector, "withheld").astype(np.bool_),
        "outcome": np.array(OUTCOMES)[unpack(vector, "outcome")],
        "holder_status": np.array(STATUSES)[unpack(vector, "status")],
        "holder_origin": np.array(tables.origins().names)[unpack(vector, "origin")],
        "pairs": pairs,
    }
