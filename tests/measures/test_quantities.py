"""Every quantity at every policy, against a plain count over the list of pairs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.measures import comparisons, groups
from simulator.measures.policies import Policies, steps
from simulator.measures.quantities import EVERYBODY_ONLY, SELECTIONS, Quantity, ReplicateCounts
from tests.measures.worlds import (
    SCORES,
    THRESHOLDS,
    World,
    counted,
    plain_counts,
    random_world,
    reordered,
)

Q = Quantity
ALL, BEST, UNIQUE, TOP = (SELECTIONS.index(name) for name in ("all", "best", "unique", "top"))
REQUEST_SIDE = [q for q in Quantity if q not in (*EVERYBODY_ONLY, Q.LAWFUL_RESIDENTS)]
seeds = st.integers(0, 2**32 - 1)
few = settings(deadline=None, max_examples=25)


def assert_plain(counts: ReplicateCounts, world: World, policies: Policies, few_cells: int) -> None:
    """Compare some policies of the grid, the corners among them, with a plain count."""
    size, own = policies.grid.size, policies.own
    cells = np.random.default_rng(len(world.pairs)).choice(size, few_cells, replace=False)
    for cell in {0, size - 1, own, *cells.tolist()}:
        first, second, third = steps(policies.grid, cell)
        for number, selection in enumerate(SELECTIONS):
            expected = plain_counts(world, cell, selection, policies)
            np.testing.assert_array_equal(
                counts.grid_values[number, :, cell], expected[:, groups.ALL]
            )
            if third == policies.third:
                expected[list(EVERYBODY_ONLY)] = 0
                np.testing.assert_array_equal(
                    counts.group_values[number, :, first, second], expected
                )


def assert_same(left: ReplicateCounts, right: ReplicateCounts) -> None:
    np.testing.assert_array_equal(left.grid_values, right.grid_values)
    np.testing.assert_array_equal(left.group_values, right.group_values)
    np.testing.assert_array_equal(left.comparisons, right.comparisons)


@pytest.mark.parametrize("policies", [THRESHOLDS, SCORES], ids=["thresholds", "scores"])
@pytest.mark.parametrize(("seed", "shards", "most"), [(1, 1, 6), (2, 3, 6), (3, 5, 25)])
def test_every_quantity_at_every_policy_equals_a_plain_count(
    seed: int, shards: int, most: int, policies: Policies
) -> None:
    world = random_world(seed, most=most)
    assert_plain(counted(world, shards, policies=policies), world, policies, 48)


@pytest.mark.parametrize("top", [2, 5, 20])
def test_top_releases_as_many_as_it_is_told(top: int) -> None:
    world, policies = random_world(7, most=30, households=20), replace(THRESHOLDS, top=top)
    counts = counted(world, 3, policies=policies)
    assert_plain(counts, world, policies, 20)
    most = counts.grid_values[TOP, Q.LINKS] <= top * counts.grid_values[TOP, Q.LINKED_REQUESTS]
    assert most.all()
    assert (counts.grid_values[TOP, Q.LINKS] <= counts.grid_values[ALL, Q.LINKS]).all()


def test_the_worlds_hold_every_quantity() -> None:
    """Show that the test above compares more than zeros."""
    seen = np.sum([counted(random_world(seed), 2).grid_values for seed in range(1, 13)], axis=0)
    assert (seen.sum(axis=(0, 2)) > 0).all()
    for quantity in (Q.LINKS, Q.EXPOSED, Q.WRONG_ADDRESS, Q.WRONG_PERSON, Q.MISSED_SELECTION):
        assert len(np.unique(seen[:, quantity])) > 5, "thresholds make a difference"


def test_a_pair_less_is_noticed() -> None:
    world = random_world(1)
    fewer = counted(replace(world, pairs=world.pairs[1:]))
    with pytest.raises(AssertionError):
        assert_plain(fewer, world, THRESHOLDS, 48)


def test_beaten_pairs_may_be_dropped_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    world = random_world(6, most=25)
    whole = counted(world, 2)
    monkeypatch.setattr("simulator.measures.tally.PENDING", 1)
    assert_same(counted(world, 2), whole)


@few
@given(seeds, st.integers(2, 6))
def test_cutting_the_people_into_shards_changes_nothing(seed: int, shards: int) -> None:
    world = random_world(seed)
    whole, cut = counted(world, 1), counted(world, shards)
    assert_same(cut, whole)
    assert cut.setting == whole.setting


@few
@given(seeds, st.integers(1, 2**16))
def test_the_order_of_requests_accounts_and_pairs_changes_nothing(seed: int, order: int) -> None:
    world = random_world(seed)
    whole = counted(world, 2)
    assert_same(counted(reordered(world, order), 2), whole)
    assert_same(counted(world, 2, order=order), whole)


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
    """Say whether counts by cell never grow with any of the three thresholds."""
    cube = grid.reshape(THRESHOLDS.grid.shape)
    return all(bool((np.diff(cube, axis=axis) <= 0).all()) for axis in range(3))


@few
@given(seeds)
def test_higher_thresholds_only_remove_links_and_exposures(seed: int) -> None:
    values = counted(random_world(seed), 2).grid_values
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
    for selection in (BEST, TOP):
        for quantity in (Q.LINKS, Q.LINKED_REQUESTS, Q.LINKED_UNMATED):
            assert decreasing(values[selection, quantity]), quantity.name
    assert decreasing(-values[ALL, Q.MISSED_MATED])


@few
@given(seeds)
def test_what_must_add_up_adds_up_in_every_group(seed: int) -> None:
    counts = counted(random_world(seed), 3)
    add_up(counts.grid_values)
    add_up(counts.group_values)
    losses_of_pairs_add_up(counts.grid_values)
    kinds_of_groups_add_up(counts.group_values)


def add_up(values: np.ndarray) -> None:

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
            Q.FATE_NOT_UNIQUE,
            Q.FATE_WITHHELD,
            Q.FATE_REJECTED,
            Q.FATE_UNANSWERED,
        ),
        values[:, Q.REQUESTS],
    )
    np.testing.assert_array_equal(
        total(Q.EXPOSED_DIRECT, Q.EXPOSED_COLLATERAL), values[:, Q.EXPOSED]
    )
    np.testing.assert_array_equal(total(Q.MATED, Q.UNMATED), values[:, Q.REQUESTS])
    np.testing.assert_array_equal(total(Q.FOUND_MATED, Q.MISSED_MATED), values[:, Q.MATED])
    np.testing.assert_array_equal(
        total(
            Q.MISSED_REJECTED,
            Q.MISSED_BLOCKING,
            Q.MISSED_COMPARISON,
            Q.MISSED_RULE,
            Q.MISSED_WITHHELD,
            Q.MISSED_SELECTION,
        ),
        values[:, Q.MISSED_MATED],
    )


def losses_of_pairs_add_up(values: np.ndarray) -> None:
    fates = (
        Q.WRONG_PERSON,
        Q.WRONG_PAIRS_RULE,
        Q.WRONG_PAIRS_WITHHELD,
        Q.WRONG_PAIRS_SELECTION,
    )
    total = sum(values[:, quantity] for quantity in fates)
    np.testing.assert_array_equal(total, values[:, Q.WRONG_CANDIDATES])


def kinds_of_groups_add_up(values: np.ndarray) -> None:
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
    values = counted(random_world(seed), 2).grid_values
    np.testing.assert_array_equal(values[BEST, Q.LINKS], values[BEST, Q.LINKED_REQUESTS])
    np.testing.assert_array_equal(values[BEST, Q.LINKS], values[ALL, Q.LINKED_REQUESTS])
    for quantity in (Q.LINKS, Q.INTENDED, Q.WRONG_PERSON_LAWFUL, Q.EXPOSED, Q.EXPOSED_DIRECT):
        assert (values[UNIQUE, quantity] <= values[BEST, quantity]).all(), quantity.name
        assert (values[BEST, quantity] <= values[TOP, quantity]).all(), quantity.name
        assert (values[TOP, quantity] <= values[ALL, quantity]).all(), quantity.name


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
    assert_plain(counted(world, 1), world, THRESHOLDS, 20)


def test_comparison_counts_of_several_parts_are_added() -> None:
    parts = [np.array([[5, 7], [1, 2]]), np.array([[3, 7], [4, 6]]), np.empty((2, 0), np.int64)]
    assert comparisons.add(parts).tolist() == [[3, 5, 7], [4, 1, 8]]
