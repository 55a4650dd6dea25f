"""The roll as written: accounts, names, addresses of what year; and the truth beside it."""

import numpy as np
import pytest

from simulator.measures.closed_forms import address_still_current
from simulator.population.addresses import mailing_addresses
from simulator.population.filed_names import filed_names
from simulator.population.filing import file_returns
from simulator.records import STATUSES, FilingStatus, Role, person_number
from simulator.reference import tables
from simulator.written_addresses import po_box_street
from tests.population.world import ALIKE, World, assert_share, changed_world, small_world

EVERYBODY = {
    "filing_rate": dict.fromkeys(STATUSES, 1.0),
    "filing_ratio": {"age_18_24": 1.0, "age_45_64": 1.0, "age_65_over": 1.0, "partner": 1.0},
}


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


def primary_rows(world: World) -> np.ndarray:
    """Return for every account the row in people of whose return its address is from."""
    accounts = world.accounts
    order = np.argsort(accounts.person, kind="stable")
    at = order[np.searchsorted(accounts.person[order], accounts.primary)]
    own = world.roll.role == Role.PRIMARY
    return np.where(own, accounts.row, accounts.row[at])


def test_accounts_are_people_once_each_with_their_births_and_names_as_filed(world: World) -> None:
    row = world.accounts.row
    assert (np.diff(row) > 0).all()
    people = world.people
    np.testing.assert_array_equal(world.roll.birth, people.birth[row])
    expected = person_number(people.place[row], people.dwelling[row], people.member[row])
    np.testing.assert_array_equal(world.accounts.person, expected)
    part = world.scenario.roll.names_as_filed
    filed = filed_names(world.names, people, part, row.astype(np.int64), rng=world.rng)
    for column in ("given", "middle", "surname_1", "surname_2", "suffix"):
        np.testing.assert_array_equal(getattr(world.roll, column), getattr(filed, column))


def test_accounts_show_what_was_filed_and_whose_return_they_are_on(world: World) -> None:
    filed = file_returns(world.people, world.scenario.roll, rng=world.rng)
    row, accounts = world.accounts.row, world.accounts
    np.testing.assert_array_equal(world.roll.role, filed.role[row])
    np.testing.assert_array_equal(world.roll.filing_status, filed.status[row])
    np.testing.assert_array_equal(world.roll.years_since_filing, filed.lag[row])
    people, claimant = world.people, filed.claimant[row]
    expected = person_number(
        people.place[claimant], people.dwelling[claimant], people.member[claimant]
    )
    np.testing.assert_array_equal(accounts.primary, expected)
    spouse = world.roll.role == Role.SPOUSE
    assert (world.roll.filing_status[spouse] == FilingStatus.JOINT).all()
    assert (accounts.primary[spouse] != accounts.person[spouse]).all()


def test_the_address_as_filed_is_that_of_the_primary_filer_in_the_year_of_filing() -> None:
    world = changed_world(roll={"unit_missing": 0.0})
    row, people, accounts = primary_rows(world), world.people, world.accounts
    moved = people.years_since_move[row] < world.roll.years_since_filing
    assert 0.005 < moved.mean() < 0.1
    place = np.where(moved, people.former_place[row], people.place[row])
    dwelling = np.where(moved, people.former_dwelling[row], people.dwelling[row])
    np.testing.assert_array_equal(accounts.filed_place, place)
    np.testing.assert_array_equal(accounts.filed_dwelling, dwelling)
    np.testing.assert_array_equal(world.roll.place, place)
    boxes = world.scenario.population.po_box_share
    written = mailing_addresses(place.astype(np.int64), dwelling.astype(np.int64), boxes)
    for column, expected in zip(("street", "form", "number", "unit"), written, strict=True):
        np.testing.assert_array_equal(getattr(world.roll, column), expected)
    assert (world.roll.street == po_box_street()).any()


def test_everybody_on_a_return_writes_its_address_alike(world: World) -> None:
    primary = world.roll.role == Role.PRIMARY
    own = dict(
        zip(
            world.accounts.person[primary].tolist(), world.roll.style[primary].tolist(), strict=True
        )
    )
    others = zip(
        world.accounts.primary[~primary].tolist(), world.roll.style[~primary].tolist(), strict=True
    )
    assert all(own[claimant] == style for claimant, style in others)
    assert len(set(own.values())) > 20


def test_units_are_left_out_at_the_stated_rate_for_everybody_on_a_return() -> None:
    complete = changed_world(roll={"unit_missing": 0.0})
    unit = complete.roll.unit > 0
    primary = complete.roll.role == Role.PRIMARY
    gone = {}
    for rate in (0.2, 0.6, 1.0):
        roll = changed_world(roll={"unit_missing": rate}).roll
        np.testing.assert_array_equal(roll.unit[roll.unit > 0], complete.roll.unit[roll.unit > 0])
        gone[rate] = unit & (roll.unit == 0)
        assert_share(gone[rate][unit & primary], rate)
        _, at = np.unique(complete.accounts.primary, return_inverse=True)
        joint = complete.roll.filing_status == FilingStatus.JOINT
        missing = np.bincount(at[unit & joint], gone[rate][unit & joint])
        on_it = np.bincount(at[unit & joint])
        assert np.isin(missing[on_it > 0] / on_it[on_it > 0], [0.0, 1.0]).all()
    assert (gone[0.2] <= gone[0.6]).all()
    assert (gone[1.0] == unit).all()


def test_returns_are_as_old_as_stated_and_addresses_as_stale() -> None:
    shares = (0.4, 0.3, 0.2, 0.1)
    world = changed_world(
        roll={"years_since_filing": shares, **EVERYBODY},
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


def test_every_former_home_on_the_roll_lies_in_a_known_zip(world: World) -> None:
    assert (world.roll.place >= 0).all()
    assert (world.roll.place < tables.zips().zip.size).all()
