"""What a shard packs for the replicate: the best pair, the ties, the comparison vectors."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from simulator.matching.comparison import ADDRESS_STEPS, CELLS
from simulator.matching.linkage import as_candidate_pairs
from simulator.matching.ranking import RANK_BITS
from simulator.measures import comparisons
from simulator.measures.tally import (
    ACCOUNT_BITS,
    KINDS,
    SHARD_BITS,
    RequestCells,
    kinds,
    merge_cells,
    pack_best,
    references,
)
from simulator.records import STATUSES, CandidatePairs
from simulator.reference.tables import origins
from tests.measures.worlds import random_world, tallies

ADDRESSES = ("any", "zip3", "zip5", "street", "building", "exact")
BIRTHS = ("any", "year", "near", "exact")


def pairs_of(rows: Sequence[tuple[int, ...]]) -> CandidatePairs:
    columns = np.array(rows).reshape(-1, 6).T
    return as_candidate_pairs(columns, False)


def test_the_largest_packed_pair_has_the_largest_rank() -> None:
    rng = np.random.default_rng(1)
    rank = rng.permutation(1 << 12).astype(np.int64) << (RANK_BITS - 12)
    account = rng.integers(1 << ACCOUNT_BITS, size=rank.size).astype(np.int32)
    kind = rng.integers(0, KINDS, rank.size).astype(np.int8)
    assert pack_best(rank, account, kind, 2).argmax() == rank.argmax()


@pytest.mark.parametrize("shard", [0, 5, (1 << SHARD_BITS) - 1])
@pytest.mark.parametrize("account", [0, 77, (1 << ACCOUNT_BITS) - 1])
def test_packing_keeps_reference_and_kind_up_to_their_largest(shard: int, account: int) -> None:
    for kind in range(KINDS):
        packed = pack_best(
            np.array([(1 << RANK_BITS) - 1]),
            np.array([account], np.int32),
            np.array([kind], np.int8),
            shard,
        )
        assert packed[0] >= 0
        assert references(packed).tolist() == [(shard << ACCOUNT_BITS) | account]
        assert kinds(packed).tolist() == [kind]


def cells(rows: list[tuple[int, int, int, int, int]]) -> RequestCells:
    request, cell, kind, pairs, best = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    return RequestCells(
        request.astype(np.int32), cell.astype(np.int32), kind.astype(np.int8), pairs, best
    )


def test_merging_adds_pairs_and_keeps_the_best() -> None:
    first = cells([(0, 3, 1, 2, 50), (0, 3, 2, 1, 9), (1, CELLS - 1, 7, 4, 8)])
    second = cells([(0, 3, 1, 5, 40), (1, CELLS - 1, 7, 1, 80)])
    merged = merge_cells([first, second])
    columns = (merged.request, merged.cell, merged.kind, merged.pairs, merged.best)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == [
        (0, 3, 1, 7, 50),
        (0, 3, 2, 1, 9),
        (1, CELLS - 1, 7, 5, 80),
    ]
    assert len(merge_cells([cells([])])) == 0


def test_comparison_vectors_read_back_as_they_were_packed() -> None:
    rows = [(0, 0, 100, 100, 3, 5), (0, 1, 80, 92, 0, 0), (0, 2, 99, 100, 2, 4)]
    outcome, status = np.array([0, 3, 1], np.int8), np.array([5, 0, 4], np.int8)
    origin = np.array([0, 25, 7], np.int8)
    packed = comparisons.pack(pairs_of(rows), outcome, status, origin)
    table = pd.DataFrame(comparisons.columns(np.stack([packed, np.array([7, 8, 9])])))
    names = origins().names
    assert table.to_numpy().tolist() == [
        [100, 100, "exact", "exact", "intended", STATUSES[5], names[0], 7],
        [80, 92, "any", "any", "wrong_person_other", STATUSES[0], names[25], 8],
        [99, 100, "near", "building", "listing_error", STATUSES[4], names[7], 9],
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_comparisons_count_every_pair_that_was_compared_by_name(seed: int) -> None:
    world = random_world(seed)
    expected: Counter[tuple[object, ...]] = Counter()
    for pair in world.pairs:
        if pair.by_tin:
            continue
        request, holder = world.requests[pair.request], world.people[pair.person]
        if pair.person == request.about:
            outcome = "intended" if request.kind == 0 else "listing_error"
        else:
            outcome = "wrong_person_other" if holder.status == 5 else "wrong_person_lawful"
        vector = (pair.given, pair.surname, BIRTHS[pair.birth], ADDRESSES[pair.address], outcome)
        expected[(*vector, STATUSES[holder.status], origins().names[holder.origin])] += 1
    [tally] = tallies(world, 1)
    found = {
        tuple(row[:-1]): row[-1]
        for row in pd.DataFrame(comparisons.columns(tally.comparisons)).to_numpy().tolist()
    }
    assert found == dict(expected)
    assert any(pair.by_tin for pair in world.pairs)


def test_cells_number_the_strictest_thresholds_a_pair_passes() -> None:
    world = random_world(2)
    [tally] = tallies(world, 1)
    expected = Counter(
        (pair.request, (min(pair.given, pair.surname) - 80) * ADDRESS_STEPS + pair.address)
        for pair in world.pairs
    )
    found: Counter[tuple[int, int]] = Counter()
    for request, cell, pairs in zip(
        tally.cells.request.tolist(),
        tally.cells.cell.tolist(),
        tally.cells.pairs.tolist(),
        strict=True,
    ):
        found[request, cell] += pairs
    assert found == expected
