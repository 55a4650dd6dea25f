"""Every quantity at every policy, against a plain count over the list of pairs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.measures import comparisons, groups
from simulator.measures.quantities import SELECTIONS, Quantity, ReplicateCounts
from tests.measures.worlds import World, counted, plain_counts, random_world, reordered

Q = Quantity
ALL, BEST, UNIQUE = (SELECTIONS.index(name) for name in ("all", "best", "unique"))
REQUEST_SIDE = [q for q in Quantity if q not in (Q.NON_MATCHING_PAIRS, Q.LAWFUL_RESIDENTS)]
seeds = st.integers(0, 2**32 - 1)
few = settings(deadline=None, max_examples=25)


def plain(world: World) -> np.ndarray:
    """Return plain counts in the shape of ``ReplicateCounts.values``."""
    grid = [
        [
            [plain_counts(world, name, address, selection) for address in range(6)]
            for name in range(21)
        ]
        for selection in ("all", "best", "unique")
    ]
    return np.moveaxis(np.array(grid), 3, 1)


def assert_same(left: ReplicateCounts, right: ReplicateCounts) -> None:
    np.testing.assert_array_equal(left.values, right.values)
    np.testing.assert_array_equal(left.comparisons, right.comparisons)


@pytest.mark.parametrize(("seed", "shards"), [(1, 1), (2, 3), (3, 5)])
def test_every_quantity_at_every_policy_equals_a_plain_count(seed: int, shards: int) -> None:
    world = random_world(seed)
    np.testing.assert_array_equal(counted(world, shards).values, plain(world))


def test_the_worlds_hold_every_quantity() -> None:
    """Show that the test above compares more than zeros."""
    worlds = [counted(random_world(seed), 2).values[..., groups.ALL] for seed in (1, 2, 3)]
    seen = np.sum(worlds, axis=0)
    assert (seen.sum(axis=(0, 2, 3)) > 0).all()
    for quantity in (Q.LINKS, Q.EXPOSED, Q.WRONG_ADDRESS, Q.WRONG_PERSON):
        assert len(np.unique(seen[ALL, quantity])) > 5, "thresholds make a difference"


def test_a_pair_less_is_noticed() -> None:
    world = random_world(1)
    fewer = replace(world, pairs=world.pairs[1:])
    assert (counted(fewer).values != plain(world)).any()


@few
@given(seeds, st.integers(2, 6))
def test_cutting_the_people_into_shards_changes_nothing(seed: int, shards: int) -> None:
    world = random_world(seed)
    whole, cut = counted(world, 1), counted(world, shards)
    assert_same(cut, whole)
    # The tallies of these worlds count their own number on top of the candidate pairs.
    extra = sum(range(shards))
    setting = replace(cut.setting, candidate_pairs=cut.setting.candidate_pairs - extra)
    assert setting == whole.setting


@few
@given(seeds, st.integers(1, 2**16))
def test_the_order_of_requests_accounts_and_pairs_changes_nothing(seed: int, order: int) -> None:
    world = random_world(seed)
    whole = counted(world, 2)
    assert_same(counted(reordered(world, order), 2), whole)
    assert_same(counted(world, 2, order=order), whole)


@pytest.mark.parametrize("at_once", [1, 5, 11, 12, 13])
def test_how_many_requests_are_worked_through_at_once_changes_nothing(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = random_world(6)
    whole = counted(world, 2)
    monkeypatch.setattr("simulator.measures.selection.REQUESTS_AT_ONCE", at_once)
    assert len(world.requests) == 12
    assert_same(counted(world, 2), whole)


def test_the_setting_counts_the_world() -> None:
    world = random_world(4)
    setting = counted(world).setting
    searched = [person.has_account and person.searched for person in world.people]
    assert setting.people == len(world.people)
    assert setting.accounts == sum(searched)
    assert setting.lawful_residents == sum(person.status != 5 for person in world.people)
    assert setting.requests == len(world.requests)
    assert setting.mated_requests == sum(
        request.about >= 0 and searched[request.about] for request in world.requests
    )
    assert setting.candidate_pairs == len(world.pairs)
    assert setting.mix_shortfall == 0.25


def decreasing(grid: np.ndarray) -> bool:
    """Say whether a grid (name, address, groups) never grows with either threshold."""
    return bool((np.diff(grid, axis=0) <= 0).all() and (np.diff(grid, axis=1) <= 0).all())


@few
@given(seeds)
def test_higher_thresholds_only_remove_links_and_exposures(seed: int) -> None:
    values = counted(random_world(seed), 2).values
    for quantity in (
        Q.LINKS,
        Q.INTENDED,
        Q.LISTING_ERROR,
        Q.WRONG_PERSON_LAWFUL,
        Q.WRONG_PERSON_OTHER,
        Q.WRONG_ADDRESS,
        Q.BORROWED_WAGES,
        Q.DEFICIENT,
        Q.LINKED_REQUESTS,
        Q.LINKED_UNMATED,
        Q.FOUND_MATED,
        Q.WRONGED_REQUESTS,
        Q.EXPOSED,
        Q.EXPOSED_DIRECT,
    ):
        assert decreasing(values[ALL, quantity]), quantity.name
    for quantity in (Q.LINKS, Q.LINKED_REQUESTS, Q.LINKED_UNMATED):
        assert decreasing(values[BEST, quantity]), quantity.name
    assert decreasing(-values[ALL, Q.MISSED_MATED])


@few
@given(seeds)
def test_what_must_add_up_adds_up_in_every_group(seed: int) -> None:
    values = counted(random_world(seed), 3).values

    def total(*quantities: Quantity) -> np.ndarray:
        return np.asarray(sum(values[:, quantity] for quantity in quantities))

    np.testing.assert_array_equal(
        total(Q.INTENDED, Q.LISTING_ERROR, Q.WRONG_PERSON_LAWFUL, Q.WRONG_PERSON_OTHER),
        values[:, Q.LINKS],
    )
    np.testing.assert_array_equal(total(Q.RIGHT_PERSON, Q.WRONG_PERSON), values[:, Q.LINKS])
    np.testing.assert_array_equal(
        total(
            Q.FATE_FOUND,
            Q.FATE_FOUND_WITH_OTHERS,
            Q.FATE_WRONG_PERSON,
            Q.FATE_NOBODY,
            Q.FATE_REJECTED,
        ),
        values[:, Q.REQUESTS],
    )
    np.testing.assert_array_equal(
        total(Q.EXPOSED_DIRECT, Q.EXPOSED_COLLATERAL), values[:, Q.EXPOSED]
    )
    np.testing.assert_array_equal(total(Q.MATED, Q.UNMATED), values[:, Q.REQUESTS])
    np.testing.assert_array_equal(total(Q.FOUND_MATED, Q.MISSED_MATED), values[:, Q.MATED])
    labels = groups.labels()
    for kind in ("origin", "status", "tin_kind"):
        columns = [k for k, label in enumerate(labels) if label.startswith(f"{kind}=")]
        np.testing.assert_array_equal(
            values[:, REQUEST_SIDE][..., columns].sum(axis=-1),
            values[:, REQUEST_SIDE][..., groups.ALL],
        )


@few
@given(seeds)
def test_best_releases_one_account_and_unique_a_part_of_the_best(seed: int) -> None:
    values = counted(random_world(seed), 2).values
    np.testing.assert_array_equal(values[BEST, Q.LINKS], values[BEST, Q.LINKED_REQUESTS])
    np.testing.assert_array_equal(values[BEST, Q.LINKS], values[ALL, Q.LINKED_REQUESTS])
    for quantity in (Q.LINKS, Q.INTENDED, Q.WRONG_PERSON_LAWFUL, Q.EXPOSED, Q.EXPOSED_DIRECT):
        assert (values[UNIQUE, quantity] <= values[BEST, quantity]).all(), quantity.name
        assert (values[BEST, quantity] <= values[ALL, quantity]).all(), quantity.name


@pytest.mark.parametrize(
    "world",
    [
        random_world(1, requests=0),
        random_world(1, households=1, requests=4, most=0),
        replace(random_world(1), pairs=()),
        World((), (), (), ()),
    ],
    ids=["no requests", "hardly anybody", "no pairs", "nobody at all"],
)
def test_little_or_nothing_is_counted_too(world: World) -> None:
    np.testing.assert_array_equal(counted(world, 1).values, plain(world))


def test_comparison_counts_of_several_parts_are_added() -> None:
    parts = [np.array([[5, 7], [1, 2]]), np.array([[3, 7], [4, 6]]), np.empty((2, 0), np.int64)]
    assert comparisons.add(parts).tolist() == [[3, 5, 7], [4, 1, 8]]
