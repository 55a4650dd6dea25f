"""The few pairs of each request that decide what any policy of the grid releases.

Selection rules look at the best pairs of a request, fates at whether any pair is of the right or of
a wrong person. A pair that at its own cell (and so at every policy that links it) stands behind
``most`` better ones, and behind a better one of its own sort, changes neither: it is dropped, shard
by shard and again over shards, so that what is kept of a request is bounded by the grid and not by
the number of its pairs. How many pairs there were is counted apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.disclosure.outcomes import Outcome
from simulator.kernels import compiled, inlined
from simulator.matching.ranking import RANK_BITS
from simulator.randomness import IntArray
from simulator.records import (
    BoolArray,
    Frozen,
    Int8Array,
    Int32Array,
    Int64Array,
    joined,
    taken,
)

KINDS = 4 * len(Outcome)  # borrowed wages x wrong address x outcome
KIND_BITS, ACCOUNT_BITS, SHARD_BITS = 4, 24, 14
REFERENCE_BITS = ACCOUNT_BITS + SHARD_BITS
RIGHT, WRONG = 1, 2
UInt8Array = npt.NDArray[np.uint8]
_FIRST_WRONG = int(Outcome.WRONG_PERSON_LAWFUL)
_OUTCOMES = len(Outcome)
if RANK_BITS + REFERENCE_BITS + KIND_BITS > 63:
    raise ImportError("a packed pair no longer fits a signed integer of 64 bits")


@dataclass(frozen=True)
class Contenders(Frozen):
    """Pairs that some policy may release, by request and, within it, the best first.

    ``packed`` holds rank, account reference (shard and row) and kind: the largest is the best. The
    kind is the outcome, plus 4 for a wrong address and 8 for an account that carries somebody
    else's wages.
    """

    request: Int32Array
    cell: Int32Array
    packed: Int64Array


def pack(rank: Int64Array, account: Int32Array, kind: Int8Array, shard: int) -> Int64Array:
    """Pack rank, account reference and kind of each pair into one integer."""
    reference = (np.int64(shard) << ACCOUNT_BITS) | account.astype(np.int64)
    packed = (rank << REFERENCE_BITS) | reference
    return np.asarray((packed << KIND_BITS) | kind, dtype=np.int64)


def references(packed: Int64Array) -> Int64Array:
    """Return the account references (shard and row) of packed pairs."""
    return np.asarray((packed >> KIND_BITS) & ((1 << REFERENCE_BITS) - 1))


def kinds(packed: Int64Array) -> Int64Array:
    """Return the kinds of packed pairs."""
    return np.asarray(packed & ((1 << KIND_BITS) - 1))


@inlined
def sort_of(packed: int) -> int:
    """Return RIGHT for a pair with the person requested, WRONG for one with somebody else."""
    kind = packed & ((1 << KIND_BITS) - 1)
    return WRONG if kind % _OUTCOMES >= _FIRST_WRONG else RIGHT


@compiled
def _by_request(request: Int32Array, order: IntArray, requests: int) -> IntArray:
    """Return ``order`` sorted by request, keeping the order within each."""
    starts = np.zeros(requests + 1, np.int64)
    for row in request:
        starts[row + 1] += 1
    for r in range(requests):
        starts[r + 1] += starts[r]
    result = np.empty(order.size, np.int64)
    for row in order:
        result[starts[request[row]]] = row
        starts[request[row]] += 1
    return result


@inlined
def _count_down(
    better: Int32Array, seen: UInt8Array, i: int, j: int, k: int, sort: int, most: int
) -> None:
    """Count a pair at its cell and at all below.

    The box below the cell is walked from its top: where a cell has seen enough, so has all below.
    """
    for a in range(i, -1, -1):
        if better[a, j, k] >= most and seen[a, j, k] & sort:
            break
        for b in range(j, -1, -1):
            if better[a, b, k] >= most and seen[a, b, k] & sort:
                break
            for c in range(k, -1, -1):
                if better[a, b, c] >= most and seen[a, b, c] & sort:
                    break
                better[a, b, c] += 1
                seen[a, b, c] |= sort


@compiled
def _contending(
    request: Int32Array, cell: Int32Array, packed: Int64Array, shape: IntArray, most: int
) -> BoolArray:
    """Say which rows are not beaten everywhere; rows stand by request, the best first."""
    kept = np.zeros(request.size, np.bool_)
    better = np.zeros((shape[0], shape[1], shape[2]), np.int32)
    seen = np.zeros((shape[0], shape[1], shape[2]), np.uint8)
    first = 0
    while first < request.size:
        last = first
        while last < request.size and request[last] == request[first]:
            last += 1
        for row in range(first, last):
            i, j, k = (
                cell[row] // (shape[1] * shape[2]),
                cell[row] // shape[2] % shape[1],
                cell[row] % shape[2],
            )
            sort = sort_of(packed[row])
            if better[i, j, k] >= most and seen[i, j, k] & sort:
                continue
            kept[row] = True
            _count_down(better, seen, i, j, k, sort, most)
        better[:], seen[:] = 0, 0
        first = last
    return kept


def contenders(
    parts: Sequence[Contenders], requests: int, shape: tuple[int, int, int], most: int
) -> Contenders:
    """Join contenders and keep those that still are; ``most`` are released at most."""
    rows = joined(Contenders, parts) if len(parts) != 1 else parts[0]
    order = _by_request(rows.request, np.argsort(rows.packed)[::-1], requests)
    rows = taken(rows, order)
    kept = _contending(rows.request, rows.cell, rows.packed, np.array(shape, np.int64), most)
    return taken(rows, np.flatnonzero(kept))
