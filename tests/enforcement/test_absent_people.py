"""People on the list who left, died or never existed: nobody here, each with a record of a kind."""

from datetime import date

import numpy as np
import pytest

from simulator.enforcement.listing import DEPARTED_PLACE, draw_listing
from simulator.enforcement.quotas import quotas
from simulator.population.taxpayer_numbers import INVALID_BIT
from simulator.records import ABSENT_KINDS, UNAUTHORIZED, Listed, Listing, TinKind, taken
from simulator.reference import tables
from simulator.scenario.schema import ListingPart
from simulator.taxpayer_digits import ITIN_BIT
from tests.enforcement.lists import candidates, draw, listing_part
from tests.population.world import assert_share, small_world

ORIGINS = tables.origins().names
SHARES = {
    Listed.DEPARTED: "departed_share",
    Listed.DIED: "died_share",
    Listed.NEVER_EXISTED: "never_existed_share",
}


def all_of(kind: Listed, **fields: object) -> ListingPart:
    """Return a list on which everybody is absent in one way."""
    shares = dict.fromkeys(SHARES.values(), 0.0) | {SHARES[kind]: 1.0}
    return listing_part(**(shares | {"wrongly_listed_share": 0.0} | fields))


@pytest.mark.parametrize(
    ("kind", "first", "last"), [(Listed.DEPARTED, 1966, 2005), (Listed.DIED, 1936, 1985)]
)
def test_people_who_left_or_died_are_nobody_here(kind: Listed, first: int, last: int) -> None:
    world = small_world()
    listing = draw(all_of(kind, requests=1_000)).listing
    assert (listing.kind == kind).all()
    assert len(listing) == 1_000
    assert (listing.person == -1).all()
    assert (listing.status == UNAUTHORIZED).all()
    np.testing.assert_array_equal(listing.former_place, listing.place)
    np.testing.assert_array_equal(listing.former_dwelling, listing.dwelling)
    assert np.isin(listing.place, world.sample.places.rows).all()
    own = ~np.isin(listing.tin_kind, [TinKind.BORROWED_SSN, TinKind.NONE])
    marks = ITIN_BIT | INVALID_BIT
    assert ((listing.tin[own] & ~marks) >> 32 >= DEPARTED_PLACE).all()
    assert np.unique(listing.tin[own]).size == own.sum()
    borrowed = listing.tin[listing.tin_kind == TinKind.BORROWED_SSN]
    assert np.isin(borrowed >> 32, world.sample.places.rows).all()
    assert (listing.tin[listing.tin_kind == TinKind.NONE] == -1).all()
    works = listing.borrowed >= 0
    assert works[listing.tin_kind == TinKind.BORROWED_SSN].all()
    np.testing.assert_array_equal(
        listing.borrowed[listing.tin_kind == TinKind.BORROWED_SSN], borrowed
    )
    roll = world.scenario.roll
    assert_share(works[listing.tin_kind == TinKind.ITIN], roll.itin_borrowed_wages)
    assert not works[np.isin(listing.tin_kind, [TinKind.SSN, TinKind.INVALID_SSN])].any()
    shares = world.scenario.roll.unauthorized_tin
    assert_share(listing.tin_kind == TinKind.ITIN, shares.itin)
    assert_share(listing.tin_kind == TinKind.INVALID_SSN, shares.invalid_ssn)
    assert_share(listing.tin_kind == TinKind.NONE, shares.none)
    for birth in listing.birth.tolist():
        born = date(birth // 10_000, birth // 100 % 100, birth % 100)
        assert first <= born.year <= last
    assert (listing.birth // 10_000 == first).any()
    assert (listing.birth // 10_000 == last).any()


def test_people_who_left_last_lived_where_their_group_lives() -> None:
    part = all_of(Listed.DEPARTED, requests=6_000, nationality_mix={"mexico": 1.0, "china": 1.0})
    listing, sample = draw(part).listing, small_world().sample
    members = sample.places.households[:, None] * tables.zips().group_shares[sample.places.rows]
    shares = members / members.sum(axis=0)
    for name in ("mexico", "china"):
        origin = ORIGINS.index(name)
        group = int(tables.origins().name_group[origin])
        place = listing.place[listing.origin == origin]
        assert place.size == 3_000
        for row, share in zip(sample.places.rows, shares[:, group], strict=True):
            assert_share(place == row, float(share))


def test_people_who_never_existed_have_the_homes_and_at_times_the_numbers_of_others() -> None:
    world, people = small_world(), small_world().people
    listing = draw(all_of(Listed.NEVER_EXISTED, requests=1_000)).listing
    assert (listing.person == -1).all()
    homes = set(zip(people.place.tolist(), people.dwelling.tolist(), strict=True))
    written = list(zip(listing.place.tolist(), listing.dwelling.tolist(), strict=True))
    assert np.mean([home in homes for home in written]) > 0.95, "somebody lives in all but quarters"
    assert set(listing.tin_kind.tolist()) == {
        TinKind.NONE,
        TinKind.INVALID_SSN,
        TinKind.BORROWED_SSN,
    }
    assert_share(listing.tin_kind == TinKind.NONE, 0.5)
    assert_share(listing.tin_kind == TinKind.BORROWED_SSN, 0.25)
    somebodys = listing.tin_kind == TinKind.BORROWED_SSN
    assert np.isin(listing.tin[somebodys] >> 32, world.sample.places.rows).all()
    nobodys = listing.tin[listing.tin_kind == TinKind.INVALID_SSN]
    assert (nobodys & INVALID_BIT > 0).all()
    assert (listing.tin[listing.tin_kind == TinKind.NONE] == -1).all()
    assert (listing.borrowed == -1).all(), "nobody ever worked under these numbers"


def test_numbers_of_people_who_never_existed_are_not_lent() -> None:
    here = np.unique(np.concatenate([part.lent for part in candidates(listing_part())]))
    drawn = draw(all_of(Listed.NEVER_EXISTED, requests=300))
    np.testing.assert_array_equal(drawn.lent, here)
    assert not np.isin(draw(all_of(Listed.DIED, requests=300)).lent, here).all()


def test_absent_people_of_each_kind_are_others_with_keys_of_their_own() -> None:
    shares = dict.fromkeys(SHARES.values(), 0.3)
    part = listing_part(requests=600, wrongly_listed_share=0.05, **shares)
    listing = draw(part).listing
    assert np.unique(listing.key).size == len(listing)
    for kind in ABSENT_KINDS:
        here = taken(listing, np.flatnonzero(listing.kind == kind))
        assert len(here) == 180
        origins = np.bincount(here.origin, minlength=len(ORIGINS))
        np.testing.assert_array_equal(origins, quotas(part).absent[kind])
    left, died = (
        taken(listing, np.flatnonzero(listing.kind == kind))
        for kind in (Listed.DEPARTED, Listed.DIED)
    )
    same = (np.sort(left.recency) == np.sort(died.recency)).mean()
    assert same < 0.01, "each kind has streams of its own"
    numbers = [set(each.tin[each.tin_kind == TinKind.ITIN].tolist()) for each in (left, died)]
    assert not numbers[0] & numbers[1]


@pytest.mark.parametrize("kind", ABSENT_KINDS)
def test_more_absent_people_contain_the_fewer_and_change_none(kind: Listed) -> None:
    few, many = (draw(all_of(kind, requests=requests)).listing for requests in (40, 400))
    row_of = {int(key): row for row, key in enumerate(many.key)}
    again = taken(many, np.array([row_of[int(key)] for key in few.key]))
    for column in vars(few):
        np.testing.assert_array_equal(getattr(again, column), getattr(few, column))


def draw_with(rng_replicate: int, part: ListingPart) -> Listing:
    world = small_world()
    rng = type(world.rng)(world.rng.seed, rng_replicate)
    naming, roll = world.scenario.names, world.scenario.roll
    return draw_listing(candidates(part), world.sample, naming, part, roll, rng=rng).listing


def test_another_replicate_names_others_who_left() -> None:
    part = all_of(Listed.DEPARTED)
    first, second = draw_with(0, part), draw_with(1, part)
    assert (first.surname_1 != second.surname_1).mean() > 0.8
