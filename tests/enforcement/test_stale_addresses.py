"""Whose address on the list is stale: the households that moved most recently, as on the roll."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.enforcement.requests import write_requests
from simulator.measures.closed_forms import address_still_current
from simulator.population.addresses import postal_addresses
from simulator.population.ages import ADULT
from simulator.randomness import FloatArray, IntArray
from simulator.records import MEMBER_BITS, STATUSES, BoolArray, Listed, Listing, taken
from simulator.scenario.schema import ListingPart, RequestsPart
from tests.enforcement.lists import candidates, listing_part, mixed_list
from tests.enforcement.rates import NO_ERRORS
from tests.population.world import assert_share, changed_world, rates_of, small_world

RATE = st.floats(0.0, 1.0)
RATES = (0.0, 0.12, 0.3, 0.45, 0.9, 1.0)


@cache
def residents() -> Listing:
    """Return every unauthorized adult of the small world: far more than any list would hold."""
    [people] = candidates(listing_part(wrongly_listed_share=0.0))
    return people.listing


@cache
def one_per_household() -> IntArray:
    """Return the row of one listed member of each household: households move independently."""
    first = np.unique(residents().person >> MEMBER_BITS, return_index=True)[1]
    return np.asarray(first)


def written(listing: Listing, rate: float) -> np.ndarray:
    """Return the addresses on requests without any other error, shape (5, requests)."""
    part = RequestsPart.model_validate(NO_ERRORS | {"stale_address": rate})
    world = small_world()
    said = write_requests(listing, world.sample, part, ListingPart(), 0.06, rng=world.rng)[0]
    return np.stack([said.place, said.street, said.form, said.number, said.unit])


def address_of(place: np.ndarray, dwelling: np.ndarray) -> np.ndarray:
    places = place.astype(np.int64)
    return np.vstack([places, postal_addresses(places, dwelling.astype(np.int64))])


def is_stale(listing: Listing, rate: float) -> BoolArray:
    """Say which requests give another address than today's."""
    return np.asarray(
        (written(listing, rate) != address_of(listing.place, listing.dwelling)).any(axis=0)
    )


def world_rows() -> IntArray:
    """Return the row in the small world of every resident, which stand in order of the person."""
    people = small_world().people
    key = people.place.astype(np.int64) << 32 | people.dwelling.astype(np.int64) << MEMBER_BITS
    everybody = key | people.member
    order = np.argsort(everybody)
    rows = order[np.searchsorted(everybody, residents().person, sorter=order)]
    np.testing.assert_array_equal(everybody[rows], residents().person)
    return np.asarray(rows)


def grown(rows: IntArray) -> IntArray:
    """Return for how many years the heads of people in the small world have been of age."""
    people = small_world().people
    return np.asarray(
        np.maximum(1, people.age[rows - people.member[rows]].astype(np.int64) - ADULT)
    )


def move_rates(rows: IntArray) -> FloatArray:
    """Return the yearly rate at which the households of people in the small world move."""
    world = small_world()
    return rates_of(world.people, world.scenario.population)[rows]


@pytest.mark.parametrize("rate", RATES)
def test_as_many_residents_have_a_stale_address_as_stated(rate: float) -> None:
    rows = one_per_household()
    assert rows.size > 250
    assert_share(is_stale(residents(), rate)[rows], rate)


@settings(max_examples=25, deadline=None)
@given(rates=st.tuples(RATE, RATE).map(sorted))
def test_whose_address_was_stale_still_is_when_the_rate_rises(rates: list[float]) -> None:
    low, high = (is_stale(residents(), rate) for rate in rates)
    assert (low <= high).all()


@pytest.mark.parametrize("rate", RATES)
def test_a_stale_address_is_that_of_the_former_home(rate: float) -> None:
    listing = residents()
    stale = is_stale(listing, rate)
    former = address_of(listing.former_place, listing.former_dwelling)
    np.testing.assert_array_equal(written(listing, rate)[:, stale], former[:, stale])


@pytest.mark.parametrize("rate", RATES)
def test_the_stale_are_those_who_moved_most_recently(rate: float) -> None:
    """Of each group all who moved within t years are stale, t from 1 - (1 - m)^t = rate.

    Whole years: everybody stale moved within the least t that reaches the rate, and everybody who
    moved within the largest t that does not exceed it is stale.
    """
    rows, stale = world_rows(), is_stale(residents(), rate)
    years = small_world().people.years_since_move[rows]
    moves = move_rates(rows)
    assert np.unique(moves).size > 5
    for move in np.unique(moves):
        group = moves == move
        moved = [1.0 - address_still_current(float(move), t) for t in range(61)]
        most = next((t for t, share in enumerate(moved) if share >= rate), 61)
        least = max(t for t, share in enumerate(moved) if share <= rate)
        assert most - least <= 1 or rate == 1.0
        assert (years[group & stale] < most).all()
        assert stale[group & (years < least) & (grown(rows) >= least)].all()


@pytest.mark.parametrize("years", [1, 2, 3, 5])
def test_a_rate_of_whole_years_strikes_exactly_those_who_moved_within_them(years: int) -> None:
    rows = world_rows()
    moves, moved = move_rates(rows), small_world().people.years_since_move[rows] < years
    for move in np.unique(moves):
        group = (moves == move) & (grown(rows) >= years)
        stale = is_stale(residents(), 1.0 - address_still_current(float(move), years))
        np.testing.assert_array_equal(stale[group], moved[group])


def test_members_of_a_household_are_stale_together() -> None:
    listing, stale = residents(), is_stale(residents(), 0.45)
    _, first, home = np.unique(
        listing.person >> MEMBER_BITS, return_index=True, return_inverse=True
    )
    assert (first[home] != np.arange(len(listing))).sum() > 100
    np.testing.assert_array_equal(stale, stale[first][home])


def test_list_and_roll_are_stale_by_the_same_moves() -> None:
    """Whoever is on the roll under a former address gives just that one at a rate of three years.

    Independent errors would coincide in the product of both shares only.
    """
    lags = 3
    filing: dict[str, object] = {
        "years_since_filing": (0.25,) * (lags + 1),
        "filing_rate": dict.fromkeys(STATUSES, 1.0),
        "unit_missing": 0.0,
    }
    world = changed_world(roll=filing, population={"po_box_share": 0.0})
    filed = np.flatnonzero(np.isin(world_rows(), world.accounts.row))
    assert filed.size > 0.8 * world_rows().size
    listing, rows = taken(residents(), filed), world_rows()[filed]
    rate = 1.0 - address_still_current(float(move_rates(rows).max()), lags)
    stale = is_stale(listing, rate)
    roll = taken(world.roll, np.searchsorted(world.accounts.row, rows))
    on_record = np.stack([roll.place, roll.street, roll.form, roll.number, roll.unit])
    roll_stale = (on_record != address_of(listing.place, listing.dwelling)).any(axis=0)
    assert 60 < roll_stale.sum() < stale.sum()
    both = roll_stale & (grown(rows) >= lags)
    assert both.mean() > 0.9 * roll_stale.mean()
    assert stale[both].all()
    np.testing.assert_array_equal(written(listing, rate)[:, both], on_record[:, both])
    # A low rate strikes those first whose account is stale too.
    few = is_stale(listing, 0.05)
    assert few.sum() > 20
    assert few[roll_stale].mean() > 5 * few[~roll_stale].mean()


def test_people_who_left_have_one_address() -> None:
    listing = mixed_list().listing
    gone = taken(listing, np.flatnonzero(listing.kind == Listed.DEPARTED))
    assert len(gone) > 100
    assert not is_stale(gone, 1.0).any()
    assert ((gone.recency >= 0.0) & (gone.recency < 1.0)).all()
    assert np.unique(gone.recency).size == len(gone)
