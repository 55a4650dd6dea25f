"""Who stops filing: by community, by return, nested in the rates; and the roll that remains."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.measures.closed_forms import address_still_current
from simulator.population.filing import NOT_ON_ROLL, Filed, file_returns
from simulator.population.silence import (
    NOBODY_STOPPED,
    Community,
    Silence,
    census,
    communities,
    silenced,
    silent_years,
)
from simulator.randomness import Streams
from simulator.records import (
    STATUSES,
    UNAUTHORIZED,
    People,
    Relationship,
    Role,
    person_number,
    taken,
)
from simulator.scenario.schema import RollPart
from simulator.study.world import roll_of
from tests.population.test_filing import ALL_FILE, household
from tests.population.world import ALIKE, SEED, World, assert_share, changed_world, small_world

RNG = Streams(SEED, 0)
R = Relationship
FAMILY = [(R.HEAD, 40), (R.PARTNER, 39), (R.CHILD, 9)]
EVERYBODY = (1.0, 1.0, 1.0)
ONLY_UNAUTHORIZED = (1.0, 0.0, 0.0)
NO_NUMBERS = np.zeros(0, np.int64)
# Everybody's latest return is of this year, and couples file as the case says.
NOW = {**ALL_FILE, "years_since_filing": (1.0,)}


def family(statuses: list[int], **change: object) -> tuple[People, Filed]:
    """Return a family of head, partner and child, and what they filed."""
    people = household(FAMILY, statuses=statuses)
    return people, file_returns(people, RollPart.model_validate({**NOW, **change}), rng=RNG)


def singles(count: int, status: int) -> tuple[People, Filed]:
    """Return people who live alone, all on the roll by this year's return."""
    people = household([(R.HEAD, 40)], count, [status])
    return people, file_returns(people, RollPart.model_validate(NOW), rng=RNG)


def test_without_years_nothing_is_touched() -> None:
    people, filed = singles(10, UNAUTHORIZED)
    assert silenced(people, filed, NOBODY_STOPPED, rng=RNG) is filed
    assert not silent_years(people, filed, NOBODY_STOPPED, rng=RNG).any()


def test_a_rate_of_nothing_changes_nothing() -> None:
    world = small_world()
    filed = file_returns(world.people, world.scenario.roll, rng=world.rng)
    after = silenced(world.people, filed, Silence(((0.0, 0.0, 0.0),) * 3, 0), rng=world.rng)
    for before, now in zip(filed, after, strict=True):
        np.testing.assert_array_equal(before, now)


def test_communities_are_by_status_and_by_who_lives_there() -> None:
    mixed, _ = family([UNAUTHORIZED, 0, 0])
    assert communities(mixed).tolist() == [0, 1, 1]
    lawful, _ = family([0, 2, 3])
    assert communities(lawful).tolist() == [2, 2, 2]
    two = household(FAMILY, 2, statuses=[0, 0, UNAUTHORIZED])
    assert communities(two).tolist() == [1, 1, 0] * 2


def test_a_joint_return_follows_the_more_affected_of_the_couple() -> None:
    for statuses in ([UNAUTHORIZED, 0, 0], [0, UNAUTHORIZED, 0]):
        people, filed = family(statuses)
        assert filed.role.tolist() == [Role.PRIMARY, Role.SPOUSE, Role.DEPENDANT]
        silent = silent_years(people, filed, Silence((ONLY_UNAUTHORIZED,) * 2, 9), rng=RNG)
        assert silent.tolist() == [2, 2, 2]
    people, filed = family([0, 0, UNAUTHORIZED])  # the child is, neither of the filers
    assert not silent_years(people, filed, Silence((ONLY_UNAUTHORIZED,), 9), rng=RNG).any()
    mixed = Silence(((0.0, 1.0, 0.0),), 9)
    assert silent_years(people, filed, mixed, rng=RNG).tolist() == [1, 1, 1]


def test_couples_who_file_apart_stop_apart() -> None:
    people, filed = family([UNAUTHORIZED, 0, 0], joint_filing_share=0.0)
    silent = silent_years(people, filed, Silence((ONLY_UNAUTHORIZED,), 9), rng=RNG)
    assert silent.tolist() == [1, 0, 1], "the child is on the head's return"


@pytest.mark.parametrize(("kept", "left"), [(0, [0, 0, 0]), (1, [1, 0, 0]), (2, [1, 1, 0])])
def test_an_account_is_off_the_roll_when_its_return_is_too_old(kept: int, left: list[int]) -> None:
    people, filed = singles(5, UNAUTHORIZED)
    for years in (1, 2, 3):
        after = silenced(people, filed, Silence((EVERYBODY,) * years, kept), rng=RNG)
        assert (after.role != NOT_ON_ROLL).all() == bool(left[years - 1])
        if left[years - 1]:
            assert (after.lag == years).all()
        else:
            assert (after.claimant == -1).all()


def test_who_files_and_was_claimed_stays_when_the_claimant_is_gone() -> None:
    members = [(R.HEAD, 45), (R.CHILD, 20)]
    people = household(members, statuses=[UNAUTHORIZED, 0])
    filed = file_returns(people, RollPart.model_validate(NOW), rng=RNG)
    claimed = replace_claimant(filed, [0, 0])
    after = silenced(people, claimed, Silence((ONLY_UNAUTHORIZED,), 0), rng=RNG)
    assert after.role.tolist() == [NOT_ON_ROLL, Role.PRIMARY]
    assert after.claimant.tolist() == [-1, 1]


def replace_claimant(filed: Filed, claimant: list[int]) -> Filed:
    return filed._replace(claimant=np.array(claimant, np.int32))


def test_whoever_stops_at_a_rate_stops_at_every_higher_one() -> None:
    people, filed = singles(2_000, UNAUTHORIZED)
    low, high = (
        silent_years(people, filed, Silence(((rate, 0.0, 0.0),) * 5, 9), rng=RNG)
        for rate in (0.05, 0.15)
    )
    assert (low <= high).all()
    assert (low < high).any()


def test_filers_left_after_some_years_are_the_share_that_never_stopped() -> None:
    people, filed = singles(4_000, UNAUTHORIZED)
    for years in (1, 3, 5, 10):
        silent = silent_years(people, filed, Silence(((0.1, 0.0, 0.0),) * years, 20), rng=RNG)
        assert_share(silent == 0, 0.9**years)
        assert_share(silent == years, 0.1)
        with pytest.raises(AssertionError):  # and the check would see a slightly other rate
            assert_share(silent == 0, 0.93**years)


def test_each_year_stops_others_and_each_replicate_too() -> None:
    people, filed = singles(2_000, UNAUTHORIZED)
    rates = (0.3, 0.0, 0.0)
    one = silent_years(people, filed, Silence((rates,), 9), rng=RNG) > 0
    second = silent_years(people, filed, Silence(((0.0, 0.0, 0.0), rates), 9), rng=RNG) > 0
    other = silent_years(people, filed, Silence((rates,), 9), rng=Streams(SEED, 1)) > 0
    assert_share(one & second, 0.09)
    assert_share(one & other, 0.09)


def test_a_part_of_the_households_stops_as_it_does_in_the_whole() -> None:
    people, filed = singles(300, UNAUTHORIZED)
    silence = Silence(((0.4, 0.0, 0.0),) * 6, 3)
    rows = np.arange(100, 200)
    claimants = np.arange(100, dtype=np.int32)
    part = Filed(filed.role[rows], filed.lag[rows], filed.status[rows], claimants)
    np.testing.assert_array_equal(
        silent_years(taken(people, rows), part, silence, rng=RNG),
        silent_years(people, filed, silence, rng=RNG)[rows],
    )


def test_a_census_counts_adults_by_their_own_community() -> None:
    people, filed = family([UNAUTHORIZED, 0, 0])
    head, partner, child = person_number(people.place, people.dwelling, people.member)
    counted = census(people, filed, NOBODY_STOPPED, np.array([partner, child]), rng=RNG)
    assert counted.adults.tolist() == [1, 1, 0]
    assert counted.filers.tolist() == [1, 1, 0]
    assert counted.filing.tolist() == [1, 1, 0]
    assert counted.exposed.tolist() == [0, 1, 0]
    assert counted.accounts.tolist() == [1, 2, 0]
    assert counted.stopped.tolist() == [0, 0, 0]
    stopped = census(people, filed, Silence((ONLY_UNAUTHORIZED,), 0), np.array([head]), rng=RNG)
    assert stopped.filing.tolist() == [0, 0, 0]
    assert stopped.stopped.tolist() == [1, 1, 0]
    assert stopped.accounts.tolist() == [0, 0, 0]
    assert stopped.exposed.tolist() == [0, 0, 0], "only those still filing can be deterred"
    long_ago = census(people, filed, Silence((ONLY_UNAUTHORIZED,) * 2, 9), NO_NUMBERS, rng=RNG)
    assert long_ago.stopped.tolist() == [0, 0, 0]


def test_addresses_of_the_silent_are_those_of_their_last_return() -> None:
    people, filed = singles(2, UNAUTHORIZED)
    moved = replace(people, years_since_move=np.array([3, 2], np.int8))
    counted = census(moved, filed, Silence((EVERYBODY,) * 3, 9), NO_NUMBERS, rng=RNG)
    assert counted.outdated.tolist() == [1, 0, 0]


def aged(world: World, silence: Silence) -> World:
    shard = roll_of(world.people, world.sample, world.scenario, NO_NUMBERS, silence, rng=world.rng)
    return replace(world, roll=shard.roll, accounts=shard.accounts)


@pytest.mark.parametrize("years", [1, 4])
def test_addresses_of_the_silent_are_as_stale_as_their_years(years: int) -> None:
    world = changed_world(
        population={"annual_move_rate": 0.2, **ALIKE},
        roll={
            "years_since_filing": (1.0,),
            "filing_rate": dict.fromkeys(STATUSES, 1.0),
            "filing_ratio": dict.fromkeys(
                ("age_18_24", "age_45_64", "age_65_over", "partner", "children"), 1.0
            ),
        },
    )
    later = aged(world, Silence((EVERYBODY,) * years, 20))
    assert len(later.roll) == len(world.roll)
    assert (later.roll.years_since_filing == years).all()
    row = later.accounts.row
    current = (later.accounts.filed_place == world.people.place[row]) & (
        later.accounts.filed_dwelling == world.people.dwelling[row]
    )
    # Whoever came of age within these years lived elsewhere before.
    heads = (world.people.member[row] == 0) & (world.people.age[row] >= 18 + years)
    assert_share(current[heads], address_still_current(0.2, years))
    with pytest.raises(AssertionError):
        assert_share(current[heads], address_still_current(0.2, years + 0.5))


def test_the_roll_after_years_lacks_those_gone_and_leaves_the_others_alone() -> None:
    world = small_world()
    later = aged(world, Silence(((0.5, 0.2, 0.0),) * 3, 2))
    kept = np.isin(world.accounts.person, later.accounts.person)
    assert 0 < (~kept).sum() < len(world.roll)
    before = taken(world.roll, np.flatnonzero(kept))
    for column in ("given", "surname_1", "birth", "tin", "style"):
        np.testing.assert_array_equal(getattr(before, column), getattr(later.roll, column))
    assert (later.roll.years_since_filing >= before.years_since_filing).all()
    assert np.isin(later.accounts.primary, later.accounts.person).all()
    others = communities(world.people) == Community.OTHERS
    assert kept[others[world.accounts.row]].all()
