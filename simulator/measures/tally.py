"""What one shard contributes: enough to know every threshold and selection rule, no pair by pair.

A *cell* is a pair of steps (name threshold, address threshold): the strictest two thresholds that
a pair passes. A policy with thresholds (n, a) links the pairs of all cells at or above both, so
sums over cells, taken from the strict end, evaluate every policy of the grid at once.

``RequestCells`` counts pairs by request, cell and what they are, and keeps the best of each cell;
``Exposure`` counts, for the rule "release all", the distinct lawful people a policy reveals, by a
frontier per account: the strictest name threshold it still passes at each address threshold.
``Households`` lists the lawful members behind every account that may be somebody's best.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.disclosure.outcomes import Judged, Outcome
from simulator.kernels import compiled
from simulator.matching.agreement import passed_step
from simulator.matching.comparison import (
    ADDRESS_STEPS,
    CELLS,
    NAME_STEPS,
    name_cells,
)
from simulator.matching.ranking import RANK_BITS
from simulator.measures import comparisons, groups
from simulator.randomness import FloatArray, IntArray
from simulator.records import (
    AccountTruth,
    BoolArray,
    CandidatePairs,
    Frozen,
    Int8Array,
    Int32Array,
    Int64Array,
    People,
    TinKind,
    rows_of_runs,
)

KINDS = 4 * len(Outcome)  # outcome x wrong address x borrowed wages
ACCOUNT_BITS, SHARD_BITS, KIND_BITS = 24, 14, 4
REFERENCE_BITS = ACCOUNT_BITS + SHARD_BITS
NEITHER, DIRECT, ANY = -1, 0, 1
_WRONG_ADDRESS_BIT, _BORROWED_WAGES_BIT = len(Outcome), 2 * len(Outcome)
if RANK_BITS + REFERENCE_BITS + KIND_BITS > 63:
    raise ImportError("a packed pair no longer fits a signed integer of 64 bits")


@dataclass(frozen=True)
class RequestCells(Frozen):
    """Pairs by request and cell: how many of each kind, and the best of them, packed.

    ``kind`` is the outcome, plus 4 for a wrong address and 8 for an account that carries somebody
    else's wages; a row per (request, cell, kind). ``best`` packs rank, account reference and kind,
    so that the largest wins.
    """

    request: Int32Array
    cell: Int32Array
    kind: Int8Array
    pairs: Int64Array
    best: Int64Array


@dataclass(frozen=True)
class Households(Frozen):
    """Lawful people behind account references: a row per (reference, member of the household)."""

    reference: Int64Array
    person: Int64Array
    holder: BoolArray
    origin: Int8Array
    status: Int8Array
    tin_kind: Int8Array


@dataclass(frozen=True)
class ShardTally:
    """Everything a shard contributes to a replicate.

    ``exposed`` has shape (2, name steps, address steps, groups): lawful people revealed directly,
    and revealed at all, by the strictest policy that still reveals them (not yet summed).
    """

    cells: RequestCells
    households: Households
    exposed: FloatArray
    people: int
    lawful: FloatArray
    accounts: FloatArray
    mated: Int32Array
    candidate_pairs: int
    comparisons: Int64Array  # as from measures.comparisons.count


def pack_best(rank: Int64Array, account: Int32Array, kind: Int8Array, shard: int) -> Int64Array:
    """Pack rank, account reference and kind of each pair into one integer."""
    reference = (np.int64(shard) << ACCOUNT_BITS) | account.astype(np.int64)
    packed = (rank << REFERENCE_BITS) | reference
    return np.asarray((packed << KIND_BITS) | kind, dtype=np.int64)


def references(best: npt.NDArray[np.integer]) -> Int64Array:
    """Return the account references (shard and row) of packed pairs."""
    return np.asarray((best >> KIND_BITS) & ((1 << REFERENCE_BITS) - 1))


def kinds(best: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Return the kinds of packed pairs, as in ``RequestCells``."""
    return np.asarray(best & ((1 << KIND_BITS) - 1))


def merge_cells(parts: Sequence[RequestCells]) -> RequestCells:
    """Add up rows of the same request, cell and kind, and keep the best."""
    request = np.concatenate([part.request for part in parts]).astype(np.int64)
    cell = np.concatenate([part.cell for part in parts])
    kind = np.concatenate([part.kind for part in parts])
    pairs = np.concatenate([part.pairs for part in parts])
    best = np.concatenate([part.best for part in parts])
    key = (request * CELLS + cell) * KINDS + kind
    order = np.lexsort((best, key))
    key = key[order]
    last = np.flatnonzero(np.diff(key, append=-1))
    totals = np.diff(np.cumsum(pairs[order])[last], prepend=0)
    key = key[last]
    return RequestCells(
        request=(key // (CELLS * KINDS)).astype(np.int32),
        cell=(key // KINDS % CELLS).astype(np.int32),
        kind=(key % KINDS).astype(np.int8),
        pairs=totals.astype(np.int64),
        best=best[order][last],
    )


def tally_cells(
    pairs: CandidatePairs, rank: Int64Array, judged: Judged, shard: int
) -> RequestCells:
    """Count the pairs of a shard by request, cell and kind."""
    kind = judged.outcome + _WRONG_ADDRESS_BIT * judged.wrong_address
    kind = (kind + _BORROWED_WAGES_BIT * judged.borrowed_wages).astype(np.int8)
    cell = name_cells(pairs).astype(np.int32) * ADDRESS_STEPS + passed_step(pairs.address)
    return merge_cells(
        [
            RequestCells(
                request=pairs.request.copy(),
                cell=cell,
                kind=kind,
                pairs=np.ones(len(pairs), np.int64),
                best=pack_best(rank, pairs.account, kind, shard),
            )
        ]
    )


@compiled
def _frontiers(account: Int32Array, name: Int8Array, address: Int8Array, count: int) -> Int8Array:
    """Return (accounts, address steps): the strictest name step passed at each address step."""
    frontier = np.full((count, ADDRESS_STEPS), NEITHER, np.int8)
    for i in range(account.size):
        for step in range(address[i] + 1):
            if name[i] > frontier[account[i], step]:
                frontier[account[i], step] = name[i]
    return frontier


@compiled
def _expose(
    frontier: Int8Array,
    rows: Int32Array,
    member: Int8Array,
    size: Int8Array,
    is_lawful: BoolArray,
    columns: IntArray,
    width: int,
) -> FloatArray:
    """Count lawful people by the strictest policy that reveals them, directly and at all."""
    exposed = np.zeros((2, NAME_STEPS, ADDRESS_STEPS, width))
    own = np.full((member.size, ADDRESS_STEPS), NEITHER, np.int8)
    for a in range(rows.size):
        own[rows[a]] = frontier[a]
    for row in range(member.size):
        if not is_lawful[row]:
            continue
        head = row - member[row]
        for step in range(ADDRESS_STEPS):
            reach = NEITHER
            for other in range(head, head + size[row]):
                reach = max(reach, own[other, step])
            for column in columns[:, row]:
                if own[row, step] >= 0:
                    exposed[DIRECT, own[row, step], step, column] += 1.0
                if reach >= 0:
                    exposed[ANY, reach, step, column] += 1.0
    return exposed


def _tin_kinds(people: People, accounts: AccountTruth) -> Int8Array:
    """Return everybody's kind of number; people who are not on the roll have none."""
    kind = np.full(len(people), TinKind.NONE, np.int8)
    kind[accounts.row] = accounts.tin_kind
    return kind


def _households(
    account: Int32Array,
    shard: int,
    people: People,
    accounts: AccountTruth,
    lawful: BoolArray,
    tin_kind: Int8Array,
) -> Households:
    """List the lawful members of the households of ``account``."""
    holder = accounts.row[account].astype(np.int64)
    head = holder - people.member[holder]
    size = people.size[holder].astype(np.int64)
    row = rows_of_runs(head, size)
    reference = np.repeat((np.int64(shard) << ACCOUNT_BITS) | account.astype(np.int64), size)
    kept = lawful[people.status[row]]
    row, reference = row[kept], reference[kept]
    first = np.int64(shard) << np.int64(40)
    return Households(
        reference=reference,
        person=first + row,
        holder=row == np.repeat(holder, size)[kept],
        origin=people.origin[row],
        status=people.status[row],
        tin_kind=tin_kind[row],
    )


def _comparison_counts(
    pairs: CandidatePairs, judged: Judged, people: People, accounts: AccountTruth
) -> Int64Array:
    """Count pairs by comparison vector, outcome and group; pairs by number were not compared."""
    holder = accounts.row[pairs.account]
    packed = comparisons.pack(pairs, judged.outcome, people.status[holder], people.origin[holder])
    return comparisons.count(packed[~pairs.by_tin])


def tally_shard(
    shard: int,
    pairs: CandidatePairs,
    rank: Int64Array,
    judged: Judged,
    people: People,
    accounts: AccountTruth,
    searched: BoolArray,
    listed: Int64Array,
    lawful: BoolArray,
    compared: int,
) -> ShardTally:
    """Return what a shard contributes.

    ``pairs`` are those that pass the policy apart from its name and address thresholds;
    ``rank`` orders them within a request, the larger the better, in at most RANK_BITS bits;
    ``listed`` holds the person number of each request (-1: nobody here), ``lawful`` is indexed by
    status code, ``searched`` says which accounts are searched, ``compared`` counts the candidate
    pairs.
    """
    tin_kind = _tin_kinds(people, accounts)
    columns = groups.columns_of(people.origin, people.status, tin_kind)
    is_lawful = lawful[people.status]
    cells = tally_cells(pairs, rank, judged, shard)
    frontier = _frontiers(
        pairs.account, name_cells(pairs), passed_step(pairs.address), len(accounts)
    )
    exposed = _expose(
        frontier,
        accounts.row,
        people.member,
        people.size,
        is_lawful,
        columns,
        len(groups.labels()),
    )
    best_accounts = np.unique(references(cells.best) & ((1 << ACCOUNT_BITS) - 1)).astype(np.int32)
    mated = np.flatnonzero(np.isin(listed, accounts.person[searched]) & (listed >= 0))
    return ShardTally(
        cells=cells,
        households=_households(best_accounts, shard, people, accounts, lawful, tin_kind),
        exposed=exposed,
        people=len(people),
        lawful=groups.count(columns[:, is_lawful]),
        accounts=groups.count(columns[:, accounts.row[searched]]),
        mated=mated.astype(np.int32),
        candidate_pairs=compared,
        comparisons=_comparison_counts(pairs, judged, people, accounts),
    )
