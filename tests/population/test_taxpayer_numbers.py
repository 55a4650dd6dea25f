"""Taxpayer numbers: of which kind, whose, and who works under whose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.population.taxpayer_numbers import (
    ADULT,
    INVALID_BIT,
    lender_numbers,
    lent_numbers,
    owners_of,
    taxpayer_numbers,
)
from simulator.records import (
    MEMBER_BITS,
    STATUSES,
    UNAUTHORIZED,
    Relationship,
    TinKind,
    person_number,
)
from simulator.taxpayer_digits import ITIN_BIT
from tests.population.world import (
    World,
    assert_share,
    changed_world,
    sample_of,
    small_sample,
    small_world,
)

PROTECTED, TEMPORARY = STATUSES.index("protected"), STATUSES.index("temporary_visa")
NUMBERS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)))


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


def everybodys(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return kind, number and borrowed number of all people."""
    rows = np.arange(len(world.people))
    numbers = taxpayer_numbers(world.people, world.sample, world.scenario.roll, rows, rng=world.rng)
    return numbers.kind, numbers.tin, numbers.borrowed


def own_numbers(world: World) -> np.ndarray:
    people = world.people
    return person_number(people.place, people.dwelling, people.member)


def test_citizens_and_permanent_residents_have_numbers_of_their_own(world: World) -> None:
    kind, tin, borrowed = everybodys(world)
    settled = ~np.isin(world.people.status, [UNAUTHORIZED, PROTECTED, TEMPORARY])
    assert (kind[settled] == TinKind.SSN).all()
    np.testing.assert_array_equal(tin[settled], own_numbers(world)[settled])
    assert (borrowed[world.people.status != UNAUTHORIZED] == -1).all()


def test_numbers_of_each_kind_are_what_they_say(world: World) -> None:
    kind, tin, borrowed = everybodys(world)
    own = own_numbers(world)
    np.testing.assert_array_equal(tin[kind == TinKind.SSN], own[kind == TinKind.SSN])
    np.testing.assert_array_equal(tin[kind == TinKind.ITIN], own[kind == TinKind.ITIN] | ITIN_BIT)
    invalid = kind == TinKind.INVALID_SSN
    np.testing.assert_array_equal(tin[invalid], own[invalid] | INVALID_BIT)
    np.testing.assert_array_equal(tin[kind == TinKind.NONE], -1)
    borrows = kind == TinKind.BORROWED_SSN
    assert borrows.sum() > 20
    np.testing.assert_array_equal(tin[borrows], borrowed[borrows])
    assert (tin[borrows] >> MEMBER_BITS != own[borrows] >> MEMBER_BITS).all()
    heads = own[world.people.member == 0]
    assert np.isin(borrowed[borrowed >= 0], heads).all()
    issued = tin[~np.isin(kind, [TinKind.BORROWED_SSN, TinKind.NONE])]
    assert np.unique(issued).size == issued.size


def test_kinds_of_number_have_the_stated_shares() -> None:
    world = changed_world(
        roll={"itin_borrowed_wages": 0.4, "protected_itin": 0.3, "visa_dependant_itin": 0.6}
    )
    people, (kind, _, borrowed) = world.people, everybodys(world)
    adult = (people.status == UNAUTHORIZED) & (people.age >= ADULT)
    shares = world.scenario.roll.unauthorized_tin
    stated = (shares.ssn, shares.itin, shares.borrowed_ssn, shares.invalid_ssn, shares.none)
    for code, share in zip(TinKind, stated, strict=True):
        assert_share(kind[adult] == code, share)
    assert_share(borrowed[adult & (kind == TinKind.ITIN)] >= 0, 0.4)
    minor = (people.status == UNAUTHORIZED) & (people.age < ADULT)
    assert_share(
        kind[minor] == TinKind.ITIN, shares.itin + shares.borrowed_ssn + shares.invalid_ssn
    )
    assert (borrowed[minor] == -1).all()
    assert_share(kind[people.status == PROTECTED] == TinKind.ITIN, 0.3)
    visa = people.status == TEMPORARY
    kin = (people.relationship >= Relationship.PARTNER) & (
        people.relationship <= Relationship.RELATIVE
    )
    assert_share(kind[visa & kin] == TinKind.ITIN, 0.6)
    assert (kind[visa & ~kin] == TinKind.SSN).all()


def test_a_number_does_not_depend_on_filing_nor_on_who_else_is_asked(world: World) -> None:
    kind, tin, _ = everybodys(world)
    np.testing.assert_array_equal(world.roll.tin, tin[world.accounts.row])
    np.testing.assert_array_equal(world.accounts.tin_kind, kind[world.accounts.row])
    backwards = np.arange(len(world.people))[::-1].copy()
    numbers = taxpayer_numbers(
        world.people, world.sample, world.scenario.roll, backwards, rng=world.rng
    )
    np.testing.assert_array_equal(numbers.tin[::-1], tin)


def test_those_who_work_under_a_borrowed_number_nest() -> None:
    few, many = (
        everybodys(changed_world(roll={"itin_borrowed_wages": share}))[2] for share in (0.2, 0.5)
    )
    np.testing.assert_array_equal(few[few >= 0], many[few >= 0])
    assert (many >= 0).sum() > (few >= 0).sum()


def test_lent_numbers_are_those_that_adults_without_status_borrow(world: World) -> None:
    lent = lent_numbers(world.people, world.sample, world.scenario.roll, rng=world.rng)
    borrowed = everybodys(world)[2]
    np.testing.assert_array_equal(lent, np.unique(borrowed[borrowed >= 0]))
    assert lent.size > 50


def test_accounts_under_a_lent_number_of_their_own_carry_the_wages(world: World) -> None:
    lent = lent_numbers(world.people, world.sample, world.scenario.roll, rng=world.rng)
    carries = world.accounts.carries_borrowed_wages
    expected = np.isin(world.accounts.person, lent) & (world.accounts.tin_kind == TinKind.SSN)
    np.testing.assert_array_equal(carries, expected)
    assert carries.sum() > 20
    # Most lenders are on the roll and hold the number; no number is lost for another reason.
    on_roll = np.isin(lent, world.accounts.person[world.accounts.tin_kind == TinKind.SSN])
    assert carries.sum() == on_roll.sum()


@given(numbers=NUMBERS, lent=NUMBERS)
def test_owners_are_found_in_whatever_order_they_stand(
    numbers: list[tuple[int, int]], lent: list[tuple[int, int]]
) -> None:
    held = np.array([int(person_number(*pair, 0)) for pair in numbers], np.int64)
    out = np.unique(np.array([int(person_number(*pair, 0)) for pair in lent], np.int64))
    np.testing.assert_array_equal(owners_of(held, out), np.isin(held, out))
    np.testing.assert_array_equal(owners_of(np.sort(held), out), np.isin(np.sort(held), out))


def test_lenders_are_heads_spread_over_the_sample_by_households() -> None:
    places = small_sample().places
    draws = np.random.default_rng(1).random((2, 50_000))
    numbers = lender_numbers(small_sample(), draws, np.full(50_000, -1))
    place = numbers >> 32
    shares = places.households / places.households.sum()
    for row, share in zip(places.rows[:5], shares[:5], strict=True):
        assert_share(place == row, share)
    assert (numbers % (1 << MEMBER_BITS) == 0).all()


def test_nobody_borrows_from_the_own_household() -> None:
    rows = np.array([3, 8])
    pair = sample_of(rows, np.array([2, 1]))
    draws = np.random.default_rng(1).random((2, 300))
    for place, dwelling, after in ((3, 0, (3, 1)), (3, 1, (8, 0)), (8, 0, (3, 0))):
        borrower = int(person_number(place, dwelling, 4))
        free = lender_numbers(pair, draws, np.full(300, -1))
        lent = lender_numbers(pair, draws, np.full(300, borrower))
        own = int(person_number(place, dwelling, 0))
        assert (free == own).any()
        assert not (lent == own).any()
        np.testing.assert_array_equal(lent[free != own], free[free != own])
        assert set(lent[free == own].tolist()) == {int(person_number(*after, 0))}
