"""Whose address a request gives: how old, whether shared by many, in part or not there at all."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.disclosure.validity import deliverable, parseable
from simulator.enforcement.address_errors import address_ages
from simulator.enforcement.requests import write_requests
from simulator.exchange.written import written_requests
from simulator.lexicon import ABSENT
from simulator.measures.closed_forms import address_still_current
from simulator.population.ages import ADULT
from simulator.population.facilities import facility_addresses, shared_addresses
from simulator.records import AddressKind, BoolArray, Listing, Requests, TargetGroup, taken
from simulator.scenario.schema import ListingPart, RequestsPart
from simulator.study.written import written_at
from tests.enforcement.lists import candidates, listing_part, mixed_list
from tests.enforcement.rates import NO_ERRORS
from tests.population.world import assert_share, rates_of, small_world

ROWS = 4_000
FACILITIES = 5
RATE = st.floats(0.0, 1.0)


@cache
def listing() -> Listing:
    """Return many rows: half of them investigations, half of each held in one of the facilities."""
    listed = mixed_list().listing
    rows = np.arange(ROWS)
    many = taken(listed, rows % len(listed))
    groups = np.where(rows % 2, TargetGroup.INVESTIGATION, TargetGroup.FINAL_ORDER)
    held = np.where(rows // 2 % 2, rows // 4 % FACILITIES, -1)
    return replace(
        many,
        key=rows,
        group=groups.astype(np.int8),
        facility=held.astype(np.int32),
        recency=small_world().rng.table(99, 0, rows)[0],  # type: ignore[arg-type]  # no stage's
    )


def write(people: Listing, **values: object) -> Requests:
    world = small_world()
    part = RequestsPart.model_validate(NO_ERRORS | values)
    held = ListingPart(facilities=FACILITIES)
    return write_requests(people, world.sample, part, held, 0.06, rng=world.rng)[0]


def written(**values: object) -> Requests:
    return write(listing(), **values)


def address(said: Requests) -> np.ndarray:
    return np.stack([said.place, said.street, said.form, said.number])


def investigated() -> BoolArray:
    return np.asarray(listing().group == TargetGroup.INVESTIGATION)


def test_ages_of_three_addresses_by_hand() -> None:
    """Of shares .5, .3, .2 an address is older than 0 years below .5, older than 1 below .2."""
    part = RequestsPart(years_since_address=(0.5, 0.3, 0.2))
    u = np.array([0.1, 0.3, 0.6])
    np.testing.assert_array_equal(address_ages(part, np.ones(3), u), [2, 1, 0])
    # Records that lack half as much: older than 0 below .25, older than 1 below .1.
    np.testing.assert_array_equal(address_ages(part, np.full(3, 0.5), u), [1, 0, 0])
    np.testing.assert_array_equal(address_ages(part, np.zeros(3), u), [0, 0, 0])


def current(years: tuple[float, ...], residents: Listing) -> BoolArray:
    """Say whose request gives the address of today."""
    home = address(write(residents))
    return np.asarray((address(write(residents, years_since_address=years)) == home).all(axis=0))


@pytest.mark.parametrize("years", [0, 1, 2, 4])
def test_whoever_moved_since_is_listed_at_the_former_home(years: int) -> None:
    [people] = candidates(listing_part(wrongly_listed_share=0.0))
    residents = people.listing
    aged = (*(0.0,) * years, 1.0)
    stays = current(aged, residents)
    np.testing.assert_array_equal(stays, residents.years_since_move >= years)
    said = write(residents, years_since_address=aged)
    np.testing.assert_array_equal(said.place[~stays], residents.former_place[~stays])
    ignored = write(residents, years_since_address=aged, stale_address=1.0)
    np.testing.assert_array_equal(address(said), address(ignored))


def test_addresses_stay_current_as_the_closed_form_says() -> None:
    """Of households that move at a rate m, (1 - m)^t of addresses t years old are today's."""
    world = small_world()
    [people] = candidates(listing_part(wrongly_listed_share=0.0))
    residents = people.listing
    number = {
        home: row
        for row, home in enumerate(zip(world.people.place, world.people.dwelling, strict=True))
        if world.people.member[row] == 0
    }
    home = zip(residents.place, residents.dwelling, strict=True)
    heads, first = np.unique([number[at] for at in home], return_index=True)
    rates = rates_of(world.people, world.scenario.population)[heads]
    old_enough = world.people.age[heads] >= ADULT + 3
    shares = (0.2, 0.3, 0.0, 0.5)
    stays = current(shares, residents)[first]
    checked = 0
    for rate in np.unique(rates):
        group = old_enough & (rates == rate)
        if group.sum() < 100:
            continue
        expected = sum(
            share * address_still_current(float(rate), years) for years, share in enumerate(shares)
        )
        assert_share(stays[group], expected)
        with pytest.raises(AssertionError, match="expected"):
            assert_share(stays[group], 0.5 * expected)
        checked += 1
    assert checked >= 1


@settings(max_examples=20, deadline=None)
@given(tails=st.lists(RATE, min_size=1, max_size=5), rise=RATE)
def test_older_lists_keep_their_stale_addresses(tails: list[float], rise: float) -> None:
    u, one = np.linspace(0.0, 1.0, 101, endpoint=False), np.ones(101)
    told = []
    for raised in (0.0, rise):
        older = np.sort([tail + raised * (1.0 - tail) for tail in tails])[::-1]
        shares = -np.diff(np.concatenate([[1.0], older, [0.0]]))
        part = RequestsPart(years_since_address=tuple(float(max(s, 0.0)) for s in shares))
        told.append(address_ages(part, one, u))
    assert (told[0] <= told[1]).all()


def test_detained_people_are_listed_at_their_facility() -> None:
    world = small_world()
    places = facility_addresses(world.sample, FACILITIES, rng=world.rng)
    held = listing().facility >= 0
    always, mostly = written(facility_given=1.0), written(facility_given=0.6)
    np.testing.assert_array_equal(address(always)[:, held], places[:, listing().facility[held]])
    home = address(written())
    np.testing.assert_array_equal(address(always)[:, ~held], home[:, ~held])
    assert_share((address(mostly) == address(always)).all(axis=0)[held], 0.6)
    _, counts = np.unique(address(always)[:, held], axis=1, return_counts=True)
    assert counts.size == FACILITIES
    assert counts.min() > 100
    assert deliverable(always)[held].all()


def test_shared_addresses_are_used_by_many_the_first_most() -> None:
    world = small_world()
    places = shared_addresses(world.sample, 4, rng=world.rng)
    said = address(written(shared_address=0.5, shared_addresses=4))
    used = [(said == place[:, None]).all(axis=0) for place in places.T]
    assert_share(np.logical_or.reduce(used), 0.5)
    for k, share in enumerate((12 / 25, 6 / 25, 4 / 25, 3 / 25)):  # 1, 1/2, 1/3, 1/4 of 25/12
        assert_share(used[k], 0.5 * share)
    with pytest.raises(AssertionError, match="expected"):
        assert_share(used[0], 0.5 / 4)
    # Whoever is held is listed at the facility nevertheless.
    held = listing().facility >= 0
    both = address(written(shared_address=1.0, facility_given=1.0))
    np.testing.assert_array_equal(both[:, held], address(written(facility_given=1.0))[:, held])


def test_parts_of_addresses_are_left_out_at_their_rates() -> None:
    alike = {"lacking_ratio": 1.0}
    said = written(investigation=alike, street_missing=0.3, number_missing=0.2)
    whole = written()
    no_street, no_number = said.street == ABSENT, said.number == ABSENT
    assert_share(no_street, 0.3)
    assert_share(no_number & ~no_street, 0.2)
    assert (said.unit[no_number] == 0).all()
    assert (said.form[no_street] == ABSENT).all()
    np.testing.assert_array_equal(said.place, whole.place)
    np.testing.assert_array_equal(said.street[~no_street], whole.street[~no_street])
    assert (said.address_kind == AddressKind.WRITTEN).all()
    np.testing.assert_array_equal(parseable(said), ~no_number)
    assert not deliverable(said)[no_number].any()


def test_addresses_in_part_are_written_as_far_as_they_go() -> None:
    bare, street, whole = written(street_missing=1.0), written(number_missing=1.0), written()
    row = int(np.flatnonzero((whole.street >= 0) & (whole.unit == 0))[0])
    line, *city = written_at(whole, row).split(", ")
    assert written_at(bare, row) == ", ".join(city)
    assert written_at(street, row) == ", ".join([line.split(" ", 1)[1], *city])


def test_addresses_in_part_are_exported_as_far_as_they_go() -> None:
    rng = small_world().rng
    bare, street, whole = (
        written_requests(said, rng=rng)
        for said in (written(street_missing=1.0), written(number_missing=1.0), written())
    )
    orders = np.flatnonzero(~investigated())
    for row in orders[whole["unit"].isna().to_numpy()[orders]][:20]:
        _, line = whole["address"][row].split(" ", 1)
        assert street["address"][row] == line
        assert street["street"][row] == whole["street"][row]
        assert street["number"][row] is None
        assert bare["address"][row] is None
        assert bare["street"][row] is None
        for table in (bare, street):
            for column in ("city", "state", "zip"):
                assert table[column][row] == whole[column][row]


def test_numbers_are_given_more_often_where_the_address_is_lacking() -> None:
    lacking = {"address_missing": 0.2, "address_placeholder": 0.2, "street_missing": 0.3}
    rates = lacking | {"number_missing": 0.2, "tin_present": 0.2}
    said = written(**rates, tin_present_without_address=0.9)
    had, orders = listing().tin != ABSENT, ~investigated()
    nowhere = said.street == ABSENT
    given_one = said.tin != ABSENT
    assert_share(given_one[had & orders & nowhere], 0.9)
    assert_share(given_one[had & orders & ~nowhere], 0.2)
    assert (said.number[~nowhere] == ABSENT).any()
    same = written(**rates).tin != ABSENT
    assert_share(same[had & orders & nowhere], 0.2)
    # Investigations have a share of their own, wherever the address stands.
    theirs = written(**rates, investigation={"tin_present": 0.6}).tin != ABSENT
    assert_share(theirs[had & ~orders & nowhere], 0.6)
    assert_share(theirs[had & ~orders & ~nowhere], 0.6)


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0])
def test_records_of_investigations_lack_less(ratio: float) -> None:
    investigation = {"lacking_ratio": ratio}

    def shares(struck: BoolArray, rate: float) -> None:
        assert_share(struck[~investigated()], rate)
        assert_share(struck[investigated()], rate * ratio)

    blank = written(investigation=investigation, address_missing=0.3, address_placeholder=0.4)
    shares(blank.address_kind == AddressKind.MISSING, 0.3)
    shares(blank.address_kind >= AddressKind.PLACEHOLDER, 0.4)
    partial = written(investigation=investigation, street_missing=0.3, number_missing=0.4)
    shares(partial.street == ABSENT, 0.3)
    shares((partial.street != ABSENT) & (partial.number == ABSENT), 0.4)
    shares(written(investigation=investigation, birth_date_missing=0.4).birth == ABSENT, 0.4)
    units = written().unit > 0
    left_out = written(investigation=investigation, unit_missing=0.4).unit == 0
    assert_share(left_out[units & ~investigated()], 0.4)
    assert_share(left_out[units & investigated()], 0.4 * ratio)
    moved = (listing().former_place != listing().place) & (listing().former_place >= 0)
    stale = written(investigation=investigation, stale_address=0.4).place != listing().place
    assert_share(stale[moved & ~investigated()], 0.4)
    assert_share(stale[moved & investigated()], 0.4 * ratio)
