import numpy as np
import pytest
from scipy import stats

from simulator.enforcement.listing import (
    SECOND_REQUEST,
    Candidates,
    ListingError,
    quotas,
)
from simulator.population.movement import last_move_recency
from simulator.population.taxpayer_numbers import ADULT, lent_numbers
from simulator.records import STATUSES, UNAUTHORIZED, Listed, Listing, person_number, taken
from simulator.reference import tables
from tests.enforcement.lists import candidates, draw, listing_part, mixed_list
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


@pytest.mark.parametrize(
    ("departed", "wrongly"), [(0.0, 0.0), (0.2, 0.03), (0.5, 0.5), (1.0, 0.0), (0.0, 1.0)]
)
def test_the_list_meets_its_quotas(departed: float, wrongly: float) -> None:
    part = listing_part(departed_share=departed, wrongly_listed_share=wrongly)
    drawn, wanted = draw(part), quotas(part)
    listing = drawn.listing
    assert len(listing) == 100
    assert drawn.mix_shortfall == 0.0
    left = wanted.absent[Listed.DEPARTED]
    for kind, quota in ((Listed.REMOVABLE, wanted.removable), (Listed.DEPARTED, left)):
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


def test_a_longer_list_contains_the_shorter_origin_by_origin() -> None:
    shares = {"departed_share": 0.2, "wrongly_listed_share": 0.1}
    drawn = [draw(listing_part(requests=requests, **shares)) for requests in (60, 120)]
    assert [each.mix_shortfall for each in drawn] == [0.0, 0.0]
    short, long = (each.listing for each in drawn)
    for kind in (Listed.REMOVABLE, Listed.WRONGLY_LISTED):
        few, many = (set(part.person[rows_of(part, kind)].tolist()) for part in (short, long))
        assert few < many
    keys = [set(part.key.tolist()) for part in (short, long)]
    assert keys[0] < keys[1]
    assert (short.kind == Listed.DEPARTED).sum() == 12


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


EVERY_KIND = {
    "departed_share": 0.2,
    "wrongly_listed_share": 0.2,
    "died_share": 0.1,
    "never_existed_share": 0.1,
}


def test_a_second_request_is_about_the_same_person_under_another_key() -> None:
    once = draw(listing_part(requests=300, **EVERY_KIND)).listing
    part = listing_part(requests=300, duplicate_share=0.3, **EVERY_KIND)
    listing = draw(part).listing
    assert len(once) == 300
    first = taken(listing, np.arange(300))
    for column in vars(once):
        np.testing.assert_array_equal(getattr(first, column), getattr(once, column))
    again = taken(listing, np.arange(300, len(listing)))
    assert_share(np.arange(300) < len(again), 0.3)
    assert np.unique(listing.key).size == len(listing)
    assert set((again.key ^ SECOND_REQUEST).tolist()) < set(first.key.tolist())
    row_of = {int(key): row for row, key in enumerate(first.key)}
    of = taken(first, np.array([row_of[int(key)] for key in again.key ^ SECOND_REQUEST]))
    for column in vars(of):
        if column != "key":
            np.testing.assert_array_equal(getattr(again, column), getattr(of, column))
    assert set(again.kind.tolist()) == {int(kind) for kind in Listed}


def test_nobody_and_everybody_has_a_second_request_at_the_ends() -> None:
    assert len(draw(listing_part(duplicate_share=0.0)).listing) == 100
    listing = draw(listing_part(duplicate_share=1.0)).listing
    assert len(listing) == 200
    here = listing.person[listing.person >= 0]
    assert (np.unique(here, return_counts=True)[1] == 2).all()


def test_second_requests_stay_as_their_share_and_the_list_grow() -> None:
    def seconds(requests: int, share: float) -> list[int]:
        part = listing_part(requests=requests, duplicate_share=share, **EVERY_KIND)
        key = draw(part).listing.key
        return [int(each) for each in key if each & SECOND_REQUEST]

    few, more, longer = seconds(200, 0.1), seconds(200, 0.4), seconds(400, 0.1)
    assert 0 < len(few) < len(more)
    assert set(few) < set(more)
    assert set(few) < set(longer)
    assert [key for key in more if key in set(few)] == few
    assert [key for key in longer if key in set(few)] == few


def test_where_somebody_stands_on_the_list_says_nothing_about_the_kind() -> None:
    listing = draw(listing_part(requests=600, **EVERY_KIND)).listing
    middle = [
        stats.mannwhitneyu(
            np.flatnonzero(listing.kind == kind), np.flatnonzero(listing.kind != kind)
        ).pvalue
        for kind in Listed
    ]
    assert min(middle) > 1e-6
    sorted_kinds = np.sort(listing.kind)
    planted = stats.mannwhitneyu(
        np.flatnonzero(sorted_kinds == Listed.DIED), np.flatnonzero(sorted_kinds != Listed.DIED)
    ).pvalue
    assert planted < 1e-6, "a list ordered by kind is found out"


def test_the_order_of_the_list_stays_as_it_grows() -> None:
    short, long = (
        draw(listing_part(requests=requests, **EVERY_KIND)).listing.key.tolist()
        for requests in (100, 400)
    )
    assert set(short) < set(long)
    assert [key for key in long if key in set(short)] == short


def against_population(origins: np.ndarray, expected: np.ndarray) -> float:
    """Return the p-value of drawn origins against those of everybody who may be drawn."""
    seen = np.bincount(origins, minlength=expected.size).astype(float)
    large = expected / expected.sum() * origins.size >= 5
    observed = np.append(seen[large], seen[~large].sum())
    wanted = np.append(expected[large], expected[~large].sum()) / expected.sum() * origins.size
    kept = wanted > 0
    return float(stats.chisquare(observed[kept], wanted[kept]).pvalue)


def test_all_unauthorized_follow_the_population_and_not_the_mix() -> None:
    people = small_world().people
    unauthorized = (people.status == UNAUTHORIZED) & (people.age >= ADULT)
    expected = np.bincount(people.origin[unauthorized], minlength=len(ORIGINS)).astype(float)
    assert expected.sum() > 400
    fields = {"requests": 150, "departed_share": 0.0, "wrongly_listed_share": 0.0}
    drawn = draw(listing_part(drawn_from="all_unauthorized", **fields))
    assert drawn.mix_shortfall == 0.0
    assert against_population(drawn.listing.origin, expected) > 1e-4
    by_mix = draw(listing_part(drawn_from="final_orders", **fields)).listing
    assert against_population(by_mix.origin, expected) < 1e-6, "the mix is found out"
    smallest = draw(listing_part(drawn_from="all_unauthorized", **fields | {"requests": 60}))
    assert set(smallest.listing.person.tolist()) < set(drawn.listing.person.tolist())


def test_overstays_have_a_mix_of_their_own() -> None:
    part = listing_part(
        drawn_from="overstays", overstay_mix={"india": 1.0}, requests=20, departed_share=0.5
    )
    listing = draw(part).listing
    rightly = listing.origin[listing.kind != Listed.WRONGLY_LISTED]
    assert {ORIGINS[row] for row in rightly} == {"india"}
