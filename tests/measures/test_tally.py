"""What a shard packs for the replicate: the best pair, the ties, the comparison vectors."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from simulator.matching.agreement import AddressAgreement, BirthAgreement, scale
from simulator.matching.ranking import RANK_BITS
from simulator.measures import comparisons
from simulator.measures.contenders import (
    ACCOUNT_BITS,
    KINDS,
    SHARD_BITS,
    kinds,
    pack,
    references,
)
from simulator.records import STATUSES, CandidatePairs
from simulator.reference.tables import origins
from simulator.scenario.comparisons import NamedAgreements
from tests.measures.worlds import random_world, tallies

ADDRESSES = [level.name.lower() for level in AddressAgreement]
BIRTHS = [level.name.lower() for level in BirthAgreement]


def test_the_largest_packed_pair_has_the_largest_rank() -> None:
    rng = np.random.default_rng(1)
    rank = rng.permutation(1 << 12).astype(np.int64) << (RANK_BITS - 12)
    account = rng.integers(1 << ACCOUNT_BITS, size=rank.size).astype(np.int32)
    kind = rng.integers(0, KINDS, rank.size).astype(np.int8)
    assert pack(rank, account, kind, 2).argmax() == rank.argmax()


@pytest.mark.parametrize("shard", [0, 5, (1 << SHARD_BITS) - 1])
@pytest.mark.parametrize("account", [0, 77, (1 << ACCOUNT_BITS) - 1])
def test_packing_keeps_reference_and_kind_up_to_their_largest(shard: int, account: int) -> None:
    for kind in range(KINDS):
        packed = pack(
            np.array([(1 << RANK_BITS) - 1]),
            np.array([account], np.int32),
            np.array([kind], np.int8),
            shard,
        )
        assert packed[0] >= 0
        assert references(packed).tolist() == [(shard << ACCOUNT_BITS) | account]
        assert kinds(packed).tolist() == [kind]


def test_comparison_vectors_read_back_as_they_were_packed() -> None:
    columns = {
        "given": [100, 102, 0],
        "surname": [100, 92, 107],
        "birth": [5, 0, 3],
        "address": [9, 1, 5],
        "street": [100, 0, 85],
        "tin": [3, 0, 2],
    }
    pairs = CandidatePairs(
        request=np.arange(3, dtype=np.int32),
        account=np.arange(3, dtype=np.int32),
        by_tin=np.zeros(3, np.bool_),
        **{name: np.array(values, np.int8) for name, values in columns.items()},
    )
    outcome, status = np.array([0, 3, 1], np.int8), np.array([5, 0, 4], np.int8)
    withheld = np.array([False, True, False])
    names = origins().names
    origin = np.array([0, len(names) - 1, 7], np.int8)
    packed = comparisons.pack(pairs, withheld, outcome, status, origin)
    agreements = NamedAgreements(nickname=0.95, name_control=0.8)
    counted = np.stack([packed, np.array([7, 8, 9])])
    table = pd.DataFrame(comparisons.columns(counted, scale(agreements)))
    fields = [
        "given",
        "given_by",
        "surname",
        "surname_by",
        "birth_date",
        "address",
        "street",
        "tin",
    ]
    assert table[fields].to_numpy().tolist() == [
        [100, "spelling", 100, "spelling", "exact", "exact", 100, "exact"],
        [95, "nickname", 92, "spelling", "missing", "different", 0, "missing"],
        [0, "none", 80, "name_control", "near", "street", 85, "one_digit_off"],
    ]
    assert table.drop(columns=fields).to_numpy().tolist() == [
        [False, "intended", STATUSES[5], names[0], 7],
        [True, "wrong_person_other", STATUSES[0], names[-1], 8],
        [False, "listing_error", STATUSES[4], names[7], 9],
    ]


@pytest.mark.parametrize("seed", [1, 3, 4])
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
        names = (pair.given, "spelling", pair.surname, "spelling")
        others = (BIRTHS[pair.birth], ADDRESSES[pair.address], 0, "missing", pair.withheld)
        holding = (STATUSES[holder.status], origins().names[holder.origin])
        expected[(*names, *others, outcome, *holding)] += 1
    [tally] = tallies(world, 1)
    columns = comparisons.columns(tally.comparisons, scale(NamedAgreements()))
    rows = pd.DataFrame(columns).to_numpy().tolist()
    found = {tuple(row[:-1]): row[-1] for row in rows}
    assert found == dict(expected)
    assert any(pair.by_tin for pair in world.pairs)
