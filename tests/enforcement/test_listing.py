from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.enforcement.listing import (
    DEPARTED_PLACE,
    Candidates,
    ListingError,
    draw_listing,
    mix_weights,
    quotas,
)
from simulator.population.movement import last_move_recency
from simulator.population.taxpayer_numbers import INVALID_BIT, lent_numbers
from simulator.records import STATUSES, UNAUTHORIZED, Listed, Listing, TinKind, person_number, taken
from simulator.reference import tables
from simulator.scenario.schema import ListingPart
from simulator.taxpayer_digits import ITIN_BIT
from tests.enforcement.lists import MIX, candidates, draw, listing_part, mixed_list
from tests.population.world import assert_share, small_world

ORIGINS = tables.origins().names


def rows_of(listing: Listing, kind: Listed) -> np.ndarray:
    return np.flatnonzero(listing.kind == kind)


def person_rows(listing: Listing) -> np.ndarray:
    """Return the row in the small world of every listed resident."""
    people = small_world().people
    everybody = person_number(people.place, people.dwelling, people.member)
    order = np.argsort(everybody)
    at = np.searchsorted(everybody, listing.person, sorter=order)
    rows = order[at]
    np.testing.assert_array_equal(everybody[rows], listing.person)
    return rows


def only_one(status: str) -> dict[str, float]:
    return dict.fromkeys(STATUSES[:-1], 0.0) | {status: 1.0}


@settings(deadline=None)
@given(
    requests=st.integers(0, 3_000),
    departed=st.floats(0.0, 1.0),
    rest=st.floats(0.0, 1.0),
    mix=st.dictionaries(
        st.sampled_from([*ORIGINS[5:], "other"]), st.floats(0.01, 1e6), min_size=1, max_size=16
    ),
)
def test_quotas_add_up_and_miss_their_share_by_less_than_one(
    requests: int, departed: float, rest: float, mix: dict[str, float]
) -> None:
    part = listing_part(
        requests=requests,
        departed_share=departed,
        wrongly_listed_share=rest * (1.0 - departed),
        nationality_mix=mix,
    )
    wanted = quotas(part)
    total = wanted.removable.sum() + wanted.departed.sum() + wanted.wrongly.sum()
    assert total == requests
    weights = mix_weights(part) / mix_weights(part).sum()
    for parts in (wanted.removable, wanted.departed):
        assert (parts >= 0).all()
        assert np.abs(parts - weights * parts.sum()).max() < 1.0
    assert abs(wanted.departed.sum() - requests * departed) <= 0.5
    assert wanted.wrongly[UNAUTHORIZED] == 0


def test_shares_that_both_round_up_leave_nobody_rather_than_less() -> None:
    wanted = quotas(listing_part(requests=3, departed_share=0.5, wrongly_listed_share=0.5))
    assert (wanted.departed.sum(), wanted.wrongly.sum(), wanted.removable.sum()) == (2, 1, 0)


def test_origins_not_named_share_the_rest_by_unauthorized_residents() -> None:
    table = tables.origins()
    weights = mix_weights(listing_part(nationality_mix={"mexico": 2.0, "other": 6.0}))
    assert weights[ORIGINS.index("mexico")] == 2.0
    assert weights.sum() == pytest.approx(8.0)
    assert (weights[~table.foreign_born] == 0).all()
    unauthorized = table.population * table.status_shares[:, UNAUTHORIZED]
    india, korea = ORIGINS.index("india"), ORIGINS.index("korea")
    assert weights[india] / weights[korea] == pytest.approx(
        unauthorized[india] / unauthorized[korea]
    )


def test_a_mix_that_gives_nobody_weight_is_refused_in_words() -> None:
    nobody = dict.fromkeys((name for name in ORIGINS if not name.startswith("us_")), 0.0)
    with pytest.raises(ValidationError, match="nationality_mix needs at least one positive weight"):
        listing_part(nationality_mix=nobody | {"other": 1.0})
    # A part changed in Python passes by the rules of a scenario.
    part = listing_part().model_copy(update={"nationality_mix": nobody | {"other": 1.0}})
    with pytest.raises(ListingError, match="gives weight to 'other' alone"):
        quotas(part)


@pytest.mark.parametrize(
    ("departed", "wrongly"), [(0.0, 0.0), (0.2, 0.03), (0.5, 0.5), (1.0, 0.0), (0.0, 1.0)]
)
def test_the_list_meets_its_quotas(departed: float, wrongly: float) -> None:
    part = listing_part(departed_share=departed, wrongly_listed_share=wrongly)
    drawn, wanted = draw(part), quotas(part)
    listing = drawn.listing
    assert len(listing) == 100
    assert drawn.mix_shortfall == 0.0
    for kind, quota in ((Listed.REMOVABLE, wanted.removable), (Listed.DEPARTED, wanted.departed)):
        origins = np.bincount(listing.origin[rows_of(listing, kind)], minlength=len(ORIGINS))
        np.testing.assert_array_equal(origins, quota)
    statuses = listing.status[rows_of(listing, Listed.WRONGLY_LISTED)]
    np.testing.assert_array_equal(np.bincount(statuses, minlength=len(STATUSES)), wanted.wrongly)


def test_an_empty_list_is_empty() -> None:
    drawn = draw(listing_part(requests=0))
    assert len(drawn.listing) == 0
    assert drawn.mix_shortfall == 0.0


def test_nobody_is_listed_twice() -> None:
    listing = mixed_list().listing
    here = listing.person[listing.kind != Listed.DEPARTED]
    assert np.unique(here).size == here.size
    assert here.size > 200


def test_listed_residents_are_adults_listed_as_they_are() -> None:
    world, whole = small_world(), mixed_list().listing
    listing = taken(whole, np.flatnonzero(whole.kind != Listed.DEPARTED))
    rows = person_rows(listing)
    people, names = world.people, world.names
    assert (people.age[rows] >= 18).all()
    for column in ("birth", "origin", "status", "place", "dwelling", "former_place"):
        np.testing.assert_array_equal(getattr(listing, column), getattr(people, column)[rows])
    for column in ("given", "surname_1", "surname_2"):
        np.testing.assert_array_equal(getattr(listing, column), getattr(names, column)[rows])
    np.testing.assert_array_equal(listing.recency, last_move_recency(people, rows, rng=world.rng))
    np.testing.assert_array_equal(listing.former_dwelling, people.former_dwelling[rows])
    on_roll = np.isin(listing.person, world.accounts.person)
    assert on_roll.any()
    order = np.argsort(world.accounts.person)
    at = order[np.searchsorted(world.accounts.person, listing.person[on_roll], sorter=order)]
    np.testing.assert_array_equal(listing.tin[on_roll], world.roll.tin[at])
    np.testing.assert_array_equal(listing.tin_kind[on_roll], world.accounts.tin_kind[at])


def test_the_removable_are_unauthorized_and_the_wrongly_listed_lawful() -> None:
    listing = mixed_list().listing
    kinds = (listing.kind == Listed.REMOVABLE, listing.kind == Listed.WRONGLY_LISTED)
    assert (listing.status[kinds[0]] == UNAUTHORIZED).all()
    assert (listing.status[kinds[1]] != UNAUTHORIZED).all()
    part = listing_part(
        departed_share=0.0,
        wrongly_listed_share=0.5,
        wrongly_listed_status=only_one("naturalised_citizen"),
    )
    wrongly = draw(part).listing
    wrongly = taken(wrongly, rows_of(wrongly, Listed.WRONGLY_LISTED))
    assert set(wrongly.status.tolist()) == {STATUSES.index("naturalised_citizen")}


def test_people_who_left_are_nobody_here() -> None:
    world = small_world()
    listing = draw(
        listing_part(requests=1_000, departed_share=1.0, wrongly_listed_share=0.0)
    ).listing
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
        assert 1965 < born.year < 2006


def test_people_who_left_last_lived_where_their_group_lives() -> None:
    part = listing_part(
        requests=6_000,
        departed_share=1.0,
        wrongly_listed_share=0.0,
        nationality_mix={"mexico": 1.0, "china": 1.0},
    )
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


def test_a_longer_list_contains_the_shorter_origin_by_origin() -> None:
    shares = {"departed_share": 0.2, "wrongly_listed_share": 0.1}
    drawn = [draw(listing_part(requests=requests, **shares)) for requests in (60, 120)]
    assert [each.mix_shortfall for each in drawn] == [0.0, 0.0]
    short, long = (each.listing for each in drawn)
    for kind in (Listed.REMOVABLE, Listed.WRONGLY_LISTED):
        few, many = (set(part.person[rows_of(part, kind)].tolist()) for part in (short, long))
        assert few < many
    for name in MIX:
        first, more = (
            taken(
                part,
                np.flatnonzero(
                    (part.kind == Listed.DEPARTED) & (part.origin == ORIGINS.index(name))
                ),
            )
            for part in (short, long)
        )
        assert 0 < len(first) < len(more)
        for column in vars(first):
            np.testing.assert_array_equal(
                getattr(first, column), getattr(more, column)[: len(first)]
            )


@pytest.mark.parametrize("cuts", [3, 10])
def test_shards_and_their_order_do_not_change_the_list(cuts: int) -> None:
    part = listing_part(requests=150, departed_share=0.2, wrongly_listed_share=0.3)
    whole = draw(part).listing
    cut = candidates(part, cuts)
    for order in (cut, cut[::-1]):
        other = draw(part, order).listing
        for column in vars(whole):
            np.testing.assert_array_equal(getattr(other, column), getattr(whole, column))


def test_the_order_of_candidates_does_not_change_the_list() -> None:
    part = listing_part(requests=150, departed_share=0.2, wrongly_listed_share=0.3)
    [people] = candidates(part)
    order = np.random.default_rng(1).permutation(len(people.listing))
    shuffled = Candidates(taken(people.listing, order), people.key[order], people.lent)
    whole, other = draw(part, [people]).listing, draw(part, [shuffled]).listing
    for column in vars(whole):
        np.testing.assert_array_equal(getattr(other, column), getattr(whole, column))


def test_what_an_origin_lacks_others_supply_and_the_list_says_so() -> None:
    [people] = candidates(listing_part())
    brazil = ORIGINS.index("brazil")
    available = int(
        (people.listing.origin[people.listing.kind == Listed.REMOVABLE] == brazil).sum()
    )
    part = listing_part(
        requests=available + 30,
        departed_share=0.0,
        wrongly_listed_share=0.0,
        nationality_mix={"brazil": 1.0},
    )
    drawn = draw(part, [people])
    assert drawn.mix_shortfall == pytest.approx(30 / (available + 30))
    assert len(drawn.listing) == available + 30
    assert (drawn.listing.origin == brazil).sum() == available
    assert np.unique(drawn.listing.person).size == available + 30
    # The others are those with the smallest keys.
    others = (people.listing.origin != brazil) & (people.listing.kind == Listed.REMOVABLE)
    smallest = people.listing.person[others][np.argsort(people.key[others])[:30]]
    filled = drawn.listing.person[drawn.listing.origin != brazil]
    assert sorted(filled) == sorted(smallest)


def test_too_long_a_list_is_refused_in_words() -> None:
    part = listing_part(requests=5_000, departed_share=0.0, wrongly_listed_share=0.0)
    [people] = candidates(part)
    held = int((people.listing.kind == Listed.REMOVABLE).sum())
    message = (
        rf"^the list asks for 5,000 removable residents, but the population holds {held:,}; "
        r"lower listing.requests or raise population.size$"
    )
    with pytest.raises(ListingError, match=message):
        draw(part, [people])


def test_too_many_wrongly_listed_people_are_refused_in_words() -> None:
    part = listing_part(
        requests=6_000,
        departed_share=0.0,
        wrongly_listed_share=1.0,
        wrongly_listed_status=only_one("temporary_visa"),
    )
    message = (
        r"^the list asks for 6,000 wrongly listed people with status temporary_visa, but the "
        r"population holds \d+; lower listing.wrongly_listed_share or raise population.size$"
    )
    with pytest.raises(ListingError, match=message):
        draw(part)


def draw_with(rng_replicate: int, part: ListingPart) -> Listing:
    world = small_world()
    rng = type(world.rng)(world.rng.seed, rng_replicate)
    naming, roll = world.scenario.names, world.scenario.roll
    return draw_listing(candidates(part), world.sample, naming, part, roll, rng=rng).listing


def test_another_replicate_names_others_who_left() -> None:
    part = listing_part(departed_share=1.0, wrongly_listed_share=0.0)
    first, second = draw_with(0, part), draw_with(1, part)
    assert (first.surname_1 != second.surname_1).mean() > 0.8


@pytest.mark.parametrize("cuts", [1, 3])
def test_numbers_lent_to_the_candidates_are_all_that_are_lent(cuts: int) -> None:
    world = small_world()
    lent = np.concatenate([part.lent for part in candidates(listing_part(), cuts)])
    expected = lent_numbers(world.people, world.sample, world.scenario.roll, rng=world.rng)
    np.testing.assert_array_equal(np.unique(lent), expected)
    assert expected.size > 50


def test_numbers_that_people_worked_under_before_they_left_are_lent_too() -> None:
    drawn, nobody_left = mixed_list(), draw(listing_part(departed_share=0.0))
    here = np.unique(np.concatenate([part.lent for part in candidates(listing_part())]))
    np.testing.assert_array_equal(nobody_left.lent, here)
    worked = drawn.listing.borrowed[drawn.listing.kind == Listed.DEPARTED]
    worked = worked[worked >= 0]
    assert (~np.isin(worked, here)).sum() > 10
    np.testing.assert_array_equal(drawn.lent, np.union1d(here, worked))
