"""The counts of one replicate: every quantity at every threshold, selection rule and group.

From the tallies of all shards this evaluates the whole grid (selection x name threshold x address
threshold) at once. Requests are grouped by the person requested, exposed residents by themselves.
Measures are ratios of these quantities; nothing downstream looks at pairs again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy.sparse import csr_matrix

from simulator.disclosure.guardrails import Rejection
from simulator.disclosure.outcomes import Outcome
from simulator.matching.comparison import ADDRESS_STEPS, CELLS, NAME_STEPS
from simulator.measures import comparisons, groups
from simulator.measures.selection import NOTHING, IntGrid, blocks, released, winners
from simulator.measures.tally import (
    ANY,
    DIRECT,
    Households,
    RequestCells,
    ShardTally,
    merge_cells,
    references,
)
from simulator.randomness import FloatArray
from simulator.records import (
    BoolArray,
    Int8Array,
    Int64Array,
    RequestTruth,
    joined,
    rows_of_runs,
    taken,
)
from simulator.scenario.schema import Selection

SELECTIONS = tuple(Selection)


class Quantity(IntEnum):
    """What is counted; requests and links by group of the person requested, people by their own."""

    REQUESTS = 0
    MATED = 1
    UNMATED = 2
    LINKS = 3
    INTENDED = 4
    LISTING_ERROR = 5
    WRONG_PERSON_LAWFUL = 6
    WRONG_PERSON_OTHER = 7
    WRONG_PERSON = 8
    RIGHT_PERSON = 9
    WRONG_ADDRESS = 10
    DEFICIENT = 11
    LINKED_REQUESTS = 12
    LINKED_UNMATED = 13
    MISSED_MATED = 14
    FOUND_MATED = 15
    FATE_FOUND = 16
    FATE_FOUND_WITH_OTHERS = 17
    FATE_WRONG_PERSON = 18
    FATE_NOBODY = 19
    FATE_REJECTED = 20
    EXPOSED = 21
    EXPOSED_DIRECT = 22
    EXPOSED_COLLATERAL = 23
    LAWFUL_RESIDENTS = 24
    NON_MATCHING_PAIRS = 25
    WRONGED_REQUESTS = 26
    BORROWED_WAGES = 27


@dataclass(frozen=True)
class Setting:
    """How large a replicate was, and how far the list's nationality mix could not be met."""

    people: float
    accounts: float
    lawful_residents: float
    requests: float
    mated_requests: float
    candidate_pairs: float
    mix_shortfall: float


@dataclass(frozen=True)
class RequestSide:
    """What the measures know of the requests: their truth, and what was seen of each."""

    truth: RequestTruth
    rejected: Int8Array
    deficient: BoolArray


@dataclass(frozen=True)
class ReplicateCounts:
    """All quantities of one replicate.

    ``values`` has shape (selections, quantities, name steps, address steps, groups);
    ``comparisons`` is as from ``measures.comparisons.count``.
    """

    values: FloatArray
    comparisons: Int64Array
    setting: Setting


def _request_quantities(
    released: IntGrid, side: RequestSide, mated: BoolArray
) -> dict[Quantity, IntGrid]:
    """Return each request-side quantity per request, shape (requests, name, address)."""
    # Kinds are numbered borrowed wages x wrong address x outcome.
    by_kind = released.reshape(2, 2, len(Outcome), *released.shape[1:])
    by_outcome = by_kind.sum(axis=(0, 1))
    links = by_outcome.sum(axis=0)
    right = by_outcome[Outcome.INTENDED] + by_outcome[Outcome.LISTING_ERROR]
    wrong = links - right
    is_mated = mated[:, None, None]
    heard = (side.rejected == Rejection.NONE)[:, None, None]
    found, others = right > 0, wrong > 0
    return {
        Quantity.LINKS: links,
        Quantity.INTENDED: by_outcome[Outcome.INTENDED],
        Quantity.LISTING_ERROR: by_outcome[Outcome.LISTING_ERROR],
        Quantity.WRONG_PERSON_LAWFUL: by_outcome[Outcome.WRONG_PERSON_LAWFUL],
        Quantity.WRONG_PERSON_OTHER: by_outcome[Outcome.WRONG_PERSON_OTHER],
        Quantity.WRONG_PERSON: wrong,
        Quantity.RIGHT_PERSON: right,
        Quantity.WRONG_ADDRESS: by_kind[:, 1].sum(axis=(0, 1)),
        Quantity.BORROWED_WAGES: by_kind[1].sum(axis=(0, 1)),
        Quantity.DEFICIENT: links * side.deficient[:, None, None],
        Quantity.LINKED_REQUESTS: links > 0,
        Quantity.LINKED_UNMATED: (links > 0) & ~is_mated,
        Quantity.MISSED_MATED: is_mated & ~found,
        Quantity.FOUND_MATED: is_mated & found,
        Quantity.WRONGED_REQUESTS: others,
        Quantity.FATE_FOUND: found & ~others,
        Quantity.FATE_FOUND_WITH_OTHERS: found & others,
        Quantity.FATE_WRONG_PERSON: others & ~found,
        Quantity.FATE_NOBODY: heard & ~found & ~others,
        Quantity.FATE_REJECTED: ~heard & ~found & ~others,
    }


def _rows_of(winners: Int64Array, reference: Int64Array) -> Int64Array:
    """Return the rows of the sorted ``reference`` that equal any of ``winners``."""
    first = np.searchsorted(reference, winners, side="left")
    return rows_of_runs(first, np.searchsorted(reference, winners, side="right") - first)


def _exposed_by_winners(winning: IntGrid, households: Households) -> FloatArray:
    """Count the lawful people revealed when at most one account per request is released.

    ``winning`` has shape (requests, name, address). Returns (2, name, address, groups): directly,
    and at all; each person once per policy.
    """
    households = taken(households, np.argsort(households.reference, kind="stable"))
    columns = groups.columns_of(households.origin, households.status, households.tin_kind)
    _, example, person = np.unique(households.person, return_index=True, return_inverse=True)
    exposed = np.zeros((2, NAME_STEPS, ADDRESS_STEPS, len(groups.labels())))
    for name in range(NAME_STEPS):
        for address in range(ADDRESS_STEPS):
            packed = winning[:, name, address]
            accounts = np.unique(references(packed[packed != NOTHING]))
            rows = _rows_of(accounts, households.reference)
            for how, chosen in ((ANY, rows), (DIRECT, rows[households.holder[rows]])):
                revealed = np.zeros(example.size, np.bool_)
                revealed[person[chosen]] = True
                exposed[how, name, address] = groups.count(columns[:, example[revealed]])
    return exposed


def _people_quantities(exposed: FloatArray) -> dict[Quantity, FloatArray]:
    return {
        Quantity.EXPOSED: exposed[ANY],
        Quantity.EXPOSED_DIRECT: exposed[DIRECT],
        Quantity.EXPOSED_COLLATERAL: exposed[ANY] - exposed[DIRECT],
    }


def _fill_requests(
    values: FloatArray, cells: RequestCells, side: RequestSide, mated: BoolArray, member: csr_matrix
) -> dict[Selection, IntGrid]:
    """Fill the request-side quantities into ``values``; return who wins under each rule of one."""
    requests = len(side.truth)
    winning: dict[Selection, IntGrid] = {
        selection: np.full((requests, NAME_STEPS, ADDRESS_STEPS), NOTHING, np.int64)
        for selection in SELECTIONS
        if selection != Selection.ALL
    }
    for block in blocks(cells, requests):
        rows = slice(block.first, block.last)
        part = RequestSide(
            taken(side.truth, np.arange(block.first, block.last)),
            side.rejected[rows],
            side.deficient[rows],
        )
        for number, selection in enumerate(SELECTIONS):
            pairs = released(block, selection)
            for quantity, grid in _request_quantities(pairs, part, mated[rows]).items():
                flat = grid.reshape(block.last - block.first, CELLS).astype(np.float64)
                summed = (member[:, rows] @ flat).T
                values[number, quantity] += summed.reshape(NAME_STEPS, ADDRESS_STEPS, -1)
            if selection != Selection.ALL:
                winning[selection][rows] = winners(block, selection)
    return winning


def count_replicate(
    shards: Sequence[ShardTally], side: RequestSide, mix_shortfall: float
) -> ReplicateCounts:
    """Evaluate the whole grid of policies for one replicate from the tallies of its shards."""
    mated = np.zeros(len(side.truth), np.bool_)
    for shard in shards:
        mated[shard.mated] = True
    columns = groups.columns_of(side.truth.origin, side.truth.status, side.truth.tin_kind)
    values = np.zeros(
        (len(SELECTIONS), len(Quantity), NAME_STEPS, ADDRESS_STEPS, len(groups.labels()))
    )
    winning = _fill_requests(
        values,
        merge_cells([shard.cells for shard in shards]),
        side,
        mated,
        groups.membership(columns),
    )
    frontier = np.sum([shard.exposed for shard in shards], axis=0)
    households = joined(Households, [shard.households for shard in shards])
    for number, selection in enumerate(SELECTIONS):
        exposed = (
            frontier[:, ::-1].cumsum(axis=1)[:, ::-1]
            if selection == Selection.ALL
            else _exposed_by_winners(winning[selection], households)
        )
        for quantity, grid in _people_quantities(exposed).items():
            values[number, quantity] = grid
    _fill_totals(values, shards, columns, mated)
    counted = comparisons.add([shard.comparisons for shard in shards])
    return ReplicateCounts(values, counted, _setting(shards, mated, mix_shortfall))


def _fill_totals(
    values: FloatArray, shards: Sequence[ShardTally], columns: Int64Array, mated: BoolArray
) -> None:
    """Fill the quantities that no policy changes."""
    accounts = sum(float(shard.accounts[groups.ALL]) for shard in shards)
    values[:, Quantity.REQUESTS] = groups.count(columns)
    values[:, Quantity.MATED] = groups.count(columns[:, mated])
    values[:, Quantity.UNMATED] = groups.count(columns[:, ~mated])
    values[:, Quantity.LAWFUL_RESIDENTS] = np.sum([shard.lawful for shard in shards], axis=0)
    pairs = mated.size * accounts - float(mated.sum())
    values[:, Quantity.NON_MATCHING_PAIRS, :, :, groups.ALL] = pairs


def _setting(shards: Sequence[ShardTally], mated: BoolArray, mix_shortfall: float) -> Setting:
    return Setting(
        people=float(sum(shard.people for shard in shards)),
        accounts=sum(float(shard.accounts[groups.ALL]) for shard in shards),
        lawful_residents=sum(float(shard.lawful[groups.ALL]) for shard in shards),
        requests=float(mated.size),
        mated_requests=float(mated.sum()),
        candidate_pairs=float(sum(shard.candidate_pairs for shard in shards)),
        mix_shortfall=mix_shortfall,
    )
