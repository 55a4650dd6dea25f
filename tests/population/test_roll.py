import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.lexicon import ABSENT
from simulator.measures.closed_forms import address_still_current
from simulator.population.addresses import postal_addresses
from simulator.population.roll import ITIN_BIT, lender_numbers, taxpayer_numbers
from simulator.records import (
    MEMBER_BITS,
    STATUSES,
    UNAUTHORIZED,
    Relationship,
    Role,
    TinKind,
    person_number,
)
from simulator.reference import tables
from tests.population.world import (
    ALIKE,
    World,
    assert_share,
    changed_world,
    heads_of,
    sample_of,
    small_sample,
    small_world,
)

RATE = st.floats(0.0, 1.0)


def role_of_everybody(world: World) -> np.ndarray:
    """Return the role of every person, -1 for those not on the roll."""
    role = np.full(len(world.people), -1)
    role[world.accounts.row] = world.roll.role
    return role


def all_filing(rate: float) -> dict[str, float]:
    return dict.fromkeys(STATUSES, rate)


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


def test_accounts_are_people_once_each_with_their_names_and_births(world: World) -> None:
    row = world.accounts.row
    assert (np.diff(row) > 0).all()
    people, names = world.people, world.names
    np.testing.assert_array_equal(world.roll.given, names.given[row])
    np.testing.assert_array_equal(world.roll.surname_1, names.surname_1[row])
    np.testing.assert_array_equal(world.roll.birth, people.birth[row])
    expected = person_number(people.place[row], people.dwelling[row], people.member[row])
    np.testing.assert_array_equal(world.accounts.person, expected)


def test_minors_are_dependants_and_only_they(world: World) -> None:
    minor = world.people.age[world.accounts.row] < 18
    np.testing.assert_array_equal(world.roll.role == Role.DEPENDANT, minor)
    assert minor.any()


def test_a_minor_is_on_the_roll_just_when_the_head_or_partner_filed(world: World) -> None:
    people, role = world.people, role_of_everybody(world)
    filed = np.isin(role, [Role.PRIMARY, Role.SPOUSE])
    head = heads_of(people)
    partner = np.minimum(head + 1, len(people) - 1)
    has_partner = (people.relationship[partner] == Relationship.PARTNER) & (people.size > 1)
    claimed = filed[head] | (has_partner & filed[partner])
    minor = people.age < 18
    np.testing.assert_array_equal(role[minor] == Role.DEPENDANT, claimed[minor])
    assert (~claimed[minor]).any()
    # Dependants stand on the return of the head or, failing that, of the partner.
    lag = np.zeros(len(people), np.int64)
    lag[world.accounts.row] = world.roll.years_since_filing
    on_roll = np.flatnonzero(minor & claimed)
    claimant = np.where(filed[head[on_roll]], head[on_roll], partner[on_roll])
    np.testing.assert_array_equal(lag[on_roll], lag[claimant])


def test_a_spouse_is_the_partner_of_a_head_who_filed(world: World) -> None:
    people, role = world.people, role_of_everybody(world)
    spouse = np.flatnonzero(role == Role.SPOUSE)
    assert (people.relationship[spouse] == Relationship.PARTNER).all()
    head = heads_of(people)[spouse]
    assert (role[head] == Role.PRIMARY).all()
    lag = np.full(len(people), -1)
    lag[world.accounts.row] = world.roll.years_since_filing
    np.testing.assert_array_equal(lag[spouse], lag[head])


def test_couples_on_the_roll_file_jointly_at_the_stated_rate() -> None:
    joint = {}
    for rate in (0.0, 0.87, 1.0):
        world = changed_world(roll={"joint_filing_share": rate})
        role = role_of_everybody(world)
        partner = np.flatnonzero(world.people.relationship == Relationship.PARTNER)
        both = (role[partner] >= 0) & (role[heads_of(world.people)[partner]] >= 0)
        joint[rate] = role[partner[both]] == Role.SPOUSE
        assert_share(joint[rate], rate)
    assert (joint[0.0] <= joint[0.87]).all()
    assert (joint[0.87] <= joint[1.0]).all()


@pytest.mark.parametrize("status", STATUSES)
def test_adults_file_at_the_rate_of_their_status(world: World, status: str) -> None:
    adults = (world.people.age >= 18) & (world.people.status == STATUSES.index(status))
    rate = getattr(world.scenario.roll.filing_rate, status)
    assert_share(role_of_everybody(world)[adults] >= 0, rate)


@settings(max_examples=20, deadline=None)
@given(rates=st.tuples(RATE, RATE).map(sorted), status=st.sampled_from(STATUSES))
def test_whoever_filed_still_does_when_the_rate_rises(rates: list[float], status: str) -> None:
    less, more = (
        set(changed_world(roll={"filing_rate": {status: rate}}).accounts.person.tolist())
        for rate in rates
    )
    assert less <= more


def test_nobody_files_or_everybody_does() -> None:
    assert len(changed_world(roll={"filing_rate": all_filing(0.0)}).roll) == 0
    full = changed_world(roll={"filing_rate": all_filing(1.0)})
    assert len(full.roll) == len(full.people)


def test_the_address_as_filed_is_that_of_the_year_of_filing(world: World) -> None:
    row, people, accounts = world.accounts.row, world.people, world.accounts
    moved = people.years_since_move[row] < world.roll.years_since_filing
    assert 0.01 < moved.mean() < 0.1
    place = np.where(moved, people.former_place[row], people.place[row])
    dwelling = np.where(moved, people.former_dwelling[row], people.dwelling[row])
    np.testing.assert_array_equal(accounts.filed_place, place)
    np.testing.assert_array_equal(accounts.filed_dwelling, dwelling)
    np.testing.assert_array_equal(world.roll.place, place)
    written = postal_addresses(place.astype(np.int64), dwelling.astype(np.int64))
    for column, expected in zip(("street", "form", "number", "unit"), written, strict=True):
        np.testing.assert_array_equal(getattr(world.roll, column), expected)


def test_returns_are_as_old_as_stated_and_addresses_as_stale() -> None:
    shares = (0.4, 0.3, 0.2, 0.1)
    world = changed_world(
        roll={"years_since_filing": shares, "filing_rate": all_filing(1.0)},
        population={"annual_move_rate": 0.2, **ALIKE},
    )
    heads = world.people.member[world.accounts.row] == 0
    lag = world.roll.years_since_filing
    for years, share in enumerate(shares):
        assert_share(lag[heads] == years, share)
    row = world.accounts.row
    current = (world.accounts.filed_place == world.people.place[row]) & (
        world.accounts.filed_dwelling == world.people.dwelling[row]
    )
    expected = sum(share * address_still_current(0.2, years) for years, share in enumerate(shares))
    assert_share(current[heads], expected)


def test_only_unauthorized_residents_lack_a_number_of_their_own(world: World) -> None:
    row = world.accounts.row
    lawful = world.people.status[row] != UNAUTHORIZED
    assert (world.accounts.tin_kind[lawful] == TinKind.SSN).all()
    np.testing.assert_array_equal(world.roll.tin[lawful], world.accounts.person[lawful])


def test_numbers_of_each_kind_are_what_they_say(world: World) -> None:
    kind, tin, own = world.accounts.tin_kind, world.roll.tin, world.accounts.person
    np.testing.assert_array_equal(tin[kind == TinKind.SSN], own[kind == TinKind.SSN])
    np.testing.assert_array_equal(tin[kind == TinKind.ITIN], own[kind == TinKind.ITIN] | ITIN_BIT)
    np.testing.assert_array_equal(tin[kind == TinKind.NONE], -1)
    people = world.people
    heads = person_number(people.place, people.dwelling, people.member)[people.member == 0]
    borrowed = kind == TinKind.BORROWED_SSN
    assert borrowed.sum() > 20
    assert np.isin(tin[borrowed], heads).all()
    assert (tin[borrowed] >> MEMBER_BITS != own[borrowed] >> MEMBER_BITS).all()
    issued = tin[np.isin(kind, [TinKind.SSN, TinKind.ITIN])]
    assert np.unique(issued).size == issued.size


def test_kinds_of_number_have_the_stated_shares(world: World) -> None:
    unauthorized = world.people.status[world.accounts.row] == UNAUTHORIZED
    kinds = world.accounts.tin_kind[unauthorized]
    shares = world.scenario.roll.unauthorized_tin
    for kind, share in zip(
        TinKind, (shares.ssn, shares.itin, shares.borrowed_ssn, shares.none), strict=True
    ):
        assert_share(kinds == kind, share)


def test_a_number_does_not_depend_on_filing_nor_on_who_else_is_asked(world: World) -> None:
    rows = np.flatnonzero(world.people.status == UNAUTHORIZED)
    numbers = taxpayer_numbers(world.people, world.sample, world.scenario.roll, rows, rng=world.rng)
    on_roll = np.isin(rows, world.accounts.row)
    at = np.searchsorted(world.accounts.row, rows[on_roll])
    np.testing.assert_array_equal(numbers.tin[on_roll], world.roll.tin[at])
    np.testing.assert_array_equal(numbers.kind[on_roll], world.accounts.tin_kind[at])
    backwards = taxpayer_numbers(
        world.people, world.sample, world.scenario.roll, rows[::-1].copy(), rng=world.rng
    )
    np.testing.assert_array_equal(backwards.tin[::-1], numbers.tin)


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


def test_two_surnames_are_on_record_at_the_stated_rate() -> None:
    shown = {}
    for rate in (0.0, 0.196, 1.0):
        world = changed_world(names={"double_surname_share": rate})
        has_two = world.names.surname_2[world.accounts.row] != ABSENT
        shown[rate] = world.roll.surname_2 != ABSENT
        assert not shown[rate][~has_two].any()
        assert_share(shown[rate][has_two], rate)
        np.testing.assert_array_equal(
            world.roll.surname_2[shown[rate]],
            world.names.surname_2[world.accounts.row][shown[rate]],
        )
    assert (shown[0.0] <= shown[0.196]).all()
    assert (shown[0.196] <= shown[1.0]).all()


def test_every_former_home_on_the_roll_lies_in_a_known_zip(world: World) -> None:
    assert (world.roll.place >= 0).all()
    assert (world.roll.place < tables.zips().zip.size).all()
