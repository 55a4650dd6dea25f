"""The voter and the benefit roll: who is on them, as of when, and how they are written."""

from collections.abc import Iterator

import numpy as np
import pytest

from simulator.lexicon import ABSENT
from simulator.measures.closed_forms import address_still_current
from simulator.population.addresses import mailing_addresses, postal_addresses
from simulator.population.taxpayer_numbers import taxpayer_numbers
from simulator.randomness import Streams
from simulator.records import STATUSES, Role, TinKind, person_number
from simulator.scenario.schema import Scenario
from simulator.taxpayer_digits import LAST_FOUR_BASE, last_four
from simulator.written_addresses import po_box_street
from tests.population.world import (
    ALIKE,
    SEED,
    World,
    assert_share,
    build,
    small_sample,
    small_world,
)

ADULT, NAME_COLUMNS = 18, ("given", "middle", "surname_1", "surname_2", "suffix", "name_style")


def searched(which: str, **parts: object) -> World:
    scenario = Scenario.model_validate({"searched_roll": which, **parts})
    return build(scenario, small_sample(), Streams(SEED, 0))


def voters(**changes: object) -> World:
    return searched("voter", voter_roll=changes)


def receivers(**changes: object) -> World:
    return searched("benefit", benefit_roll=changes)


def everybody(share: float = 1.0) -> dict[str, float]:
    return dict.fromkeys(STATUSES, share)


def on_roll(world: World) -> np.ndarray:
    found = np.zeros(len(world.people), np.bool_)
    found[world.accounts.row] = True
    return found


@pytest.fixture(scope="module")
def voter() -> World:
    return voters()


@pytest.fixture(scope="module")
def benefit() -> World:
    return receivers()


def both(voter: World, benefit: World) -> Iterator[World]:
    yield from (voter, benefit)


def test_entries_are_people_once_each_on_a_return_of_their_own(
    voter: World, benefit: World
) -> None:
    for world in both(voter, benefit):
        row, people = world.accounts.row, world.people
        assert row.size > 1_000
        assert (np.diff(row) > 0).all()
        own = person_number(people.place[row], people.dwelling[row], people.member[row])
        np.testing.assert_array_equal(world.accounts.person, own)
        np.testing.assert_array_equal(world.accounts.primary, own)
        np.testing.assert_array_equal(world.roll.birth, people.birth[row])
        assert (world.roll.role == Role.PRIMARY).all()
        assert not world.accounts.carries_borrowed_wages.any()


def test_adults_are_registered_at_the_rate_of_their_status() -> None:
    rates = dict(zip(STATUSES, (0.7, 0.6, 0.3, 0.5, 0.2, 0.1), strict=True))
    world = voters(registered=rates)
    people, found = world.people, on_roll(world)
    assert not found[people.age < ADULT].any()
    adults = people.age >= ADULT
    for code, rate in enumerate(rates.values()):
        assert_share(found[adults & (people.status == code)], rate)


def test_children_are_enrolled_more_often_by_the_ratio_and_nobody_beyond_certainty() -> None:
    people = receivers().people
    young, citizen = people.age < 19, people.status == 0
    for rate, ratio in ((0.2, 1.7), (0.3, 0.5), (0.6, 4.0)):
        found = on_roll(receivers(enrolled=everybody(rate), child_ratio=ratio))
        assert_share(found[~young], rate)
        assert_share(found[young & citizen], min(1.0, rate * ratio))


def test_raising_a_rate_keeps_everybody_who_was_on_the_roll() -> None:
    for make, field in ((voters, "registered"), (receivers, "enrolled")):
        few, many = (on_roll(make(**{field: everybody(rate)})) for rate in (0.2, 0.5))
        assert (few <= many).all()
        assert few.sum() < many.sum()


def test_voters_show_no_number_and_the_truth_knows_their_kind(voter: World) -> None:
    assert (voter.roll.tin == ABSENT).all()
    rows = voter.accounts.row.astype(np.int64)
    part = voter.scenario.roll
    kinds = taxpayer_numbers(voter.people, voter.sample, part, rows, rng=voter.rng).kind
    np.testing.assert_array_equal(voter.accounts.tin_kind, kinds)


def test_benefit_entries_show_the_last_four_digits_of_social_security_numbers() -> None:
    world = receivers(enrolled=everybody(), ssn4_missing=0.0)
    rows = world.accounts.row.astype(np.int64)
    numbers = taxpayer_numbers(world.people, world.sample, world.scenario.roll, rows, rng=world.rng)
    own = numbers.kind == TinKind.SSN
    assert 0 < (~own).sum() < own.sum()
    assert (world.roll.tin[~own] == ABSENT).all()
    digits = last_four(numbers.tin[own]).astype(np.int64)
    np.testing.assert_array_equal(world.roll.tin[own], LAST_FOUR_BASE + digits)
    np.testing.assert_array_equal(last_four(world.roll.tin[own]), digits)
    assert ((digits >= 0) & (digits < 10_000)).all()
    assert np.unique(digits).size > 8_000


def test_last_digits_are_missing_at_the_stated_rate_and_stay_so() -> None:
    complete = receivers(ssn4_missing=0.0).roll.tin != ABSENT
    missing = {rate: receivers(ssn4_missing=rate).roll.tin == ABSENT for rate in (0.3, 0.6)}
    for rate, gone in missing.items():
        assert_share(gone[complete], rate)
    assert (missing[0.3] <= missing[0.6]).all()


def test_voters_register_where_they_live_and_benefits_are_mailed() -> None:
    boxes: dict[str, object] = {"po_box_share": 0.3}
    for which in ("voter", "benefit"):
        world = searched(which, population=boxes, roll={"unit_missing": 0.0})
        place = world.accounts.filed_place.astype(np.int64)
        dwelling = world.accounts.filed_dwelling.astype(np.int64)
        written = postal_addresses(place, dwelling)
        if which == "benefit":
            written = mailing_addresses(place, dwelling, 0.3)
        for column, expected in zip(("street", "form", "number", "unit"), written, strict=True):
            np.testing.assert_array_equal(getattr(world.roll, column), expected)
        assert (world.roll.street == po_box_street()).any() == (which == "benefit")


def test_the_address_is_that_of_the_year_of_the_entry() -> None:
    shares = (0.4, 0.3, 0.2, 0.1)
    parts: dict[str, dict[str, object]] = {
        "voter_roll": {"years_since_registration": shares, "registered": everybody()},
        "benefit_roll": {"years_since_renewal": shares, "enrolled": everybody()},
    }
    expected = sum(share * address_still_current(0.2, years) for years, share in enumerate(shares))
    for which in ("voter", "benefit"):
        world = searched(which, population={"annual_move_rate": 0.2, **ALIKE}, **parts)
        row, people, lag = world.accounts.row, world.people, world.roll.years_since_filing
        moved = people.years_since_move[row] < lag
        here = (world.accounts.filed_place == people.place[row]) & (
            world.accounts.filed_dwelling == people.dwelling[row]
        )
        np.testing.assert_array_equal(here, ~moved)
        np.testing.assert_array_equal(
            world.roll.place, np.where(moved, people.former_place[row], people.place[row])
        )
        grown = (people.member[row] == 0) & (people.age[row] >= 25)
        for years, share in enumerate(shares):
            assert_share(lag[grown] == years, share)
        assert_share(here[grown], expected)


def test_nobody_is_on_a_roll_longer_than_they_may_be() -> None:
    world = voters(years_since_registration=(0.0, 0.0, 0.0, 1.0), registered=everybody())
    age = world.people.age[world.accounts.row]
    np.testing.assert_array_equal(world.roll.years_since_filing, np.minimum(3, age - ADULT))
    world = receivers(years_since_renewal=(0.0, 0.0, 1.0), enrolled=everybody())
    age = world.people.age[world.accounts.row]
    np.testing.assert_array_equal(world.roll.years_since_filing, np.minimum(2, age))


def test_people_write_their_names_and_homes_as_on_a_tax_return_of_their_own() -> None:
    tax = small_world()
    own = tax.roll.role == Role.PRIMARY
    for which, part in (("voter_roll", "registered"), ("benefit_roll", "enrolled")):
        world = searched(which.removesuffix("_roll"), **{which: {part: everybody()}})
        _, here, there = np.intersect1d(
            world.accounts.person, tax.accounts.person, return_indices=True
        )
        for column in NAME_COLUMNS:
            np.testing.assert_array_equal(
                getattr(world.roll, column)[here], getattr(tax.roll, column)[there]
            )
        filed = own[there]
        np.testing.assert_array_equal(world.roll.style[here[filed]], tax.roll.style[there[filed]])
