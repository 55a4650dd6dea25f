from dataclasses import fields

import numpy as np
import pytest

from simulator.enforcement.requests import write_requests
from simulator.lexicon import ABSENT
from simulator.population.addresses import postal_addresses
from simulator.records import AddressKind, Listed, Listing, Requests, RequestTruth, joined, taken
from simulator.scenario.schema import ListingPart, RequestsPart
from tests.enforcement.lists import draw, listing_part, mixed_list
from tests.enforcement.rates import NO_ERRORS, SHARES, under_orders
from tests.population.world import small_world

COLUMNS = tuple(field.name for field in fields(Requests))
PO_BOX_SHARE = 0.06
MANY_ERRORS = RequestsPart.model_validate(
    dict.fromkeys(SHARES, 0.3) | {"tin_present": 1.0, "tin_wrong": 0.8}
)


def write(listing: Listing, part: RequestsPart) -> tuple[Requests, RequestTruth]:
    world = small_world()
    requests, _, truth = write_requests(
        listing, world.sample, part, ListingPart(), PO_BOX_SHARE, rng=world.rng
    )
    return requests, truth


def assert_same(left: Requests, right: Requests) -> None:
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(left, column), getattr(right, column))


def test_without_errors_a_request_says_the_truth() -> None:
    listing = under_orders(mixed_list().listing)
    requests, _ = write(listing, RequestsPart.model_validate(NO_ERRORS | {"tin_present": 1.0}))
    for column in ("given", "surname_1", "surname_2", "birth", "place", "tin"):
        np.testing.assert_array_equal(getattr(requests, column), getattr(listing, column))
    assert (requests.address_kind == AddressKind.WRITTEN).all()
    address = postal_addresses(listing.place.astype(np.int64), listing.dwelling.astype(np.int64))
    for column, expected in zip(("street", "form", "number", "unit"), address, strict=True):
        np.testing.assert_array_equal(getattr(requests, column), expected)
    without, _ = write(listing, RequestsPart.model_validate(NO_ERRORS))
    assert (without.tin == ABSENT).all()


def test_the_truth_does_not_depend_on_the_errors() -> None:
    listing = under_orders(mixed_list().listing)
    truths = [
        write(listing, part)[1] for part in (RequestsPart.model_validate(NO_ERRORS), MANY_ERRORS)
    ]
    for truth in truths:
        for column in ("person", "kind", "origin", "status", "tin_kind"):
            np.testing.assert_array_equal(getattr(truth, column), getattr(listing, column))
        here = listing.kind != Listed.DEPARTED
        np.testing.assert_array_equal(truth.place, np.where(here, listing.place, ABSENT))
        np.testing.assert_array_equal(truth.dwelling, np.where(here, listing.dwelling, ABSENT))


def test_a_resident_gets_the_same_errors_alone_or_among_many() -> None:
    listing = under_orders(mixed_list().listing)
    whole, _ = write(listing, MANY_ERRORS)
    here = np.flatnonzero(listing.kind != Listed.DEPARTED)
    order = np.random.default_rng(1).permutation(here)
    assert_same(write(taken(listing, order), MANY_ERRORS)[0], taken(whole, order))
    for row in here[:5]:
        one = np.array([row])
        assert_same(write(taken(listing, one), MANY_ERRORS)[0], taken(whole, one))


@pytest.mark.parametrize("kind", list(Listed))
def test_errors_stay_when_the_list_grows(kind: Listed) -> None:
    shares = {"departed_share": 0.2, "wrongly_listed_share": 0.2}
    absent = {"died_share": 0.2, "never_existed_share": 0.2}
    short, long = (
        draw(listing_part(requests=requests, **shares, **absent)).listing for requests in (60, 200)
    )
    few, many = write(short, MANY_ERRORS)[0], write(long, MANY_ERRORS)[0]
    here = np.flatnonzero(short.kind == kind)
    row_of = {int(key): row for row, key in enumerate(long.key)}
    there = np.array([row_of[int(key)] for key in short.key[here]])
    assert here.size > 10
    assert (here != there).any()
    assert_same(taken(few, here), taken(many, there))


def test_people_who_left_do_not_share_their_errors() -> None:
    """Everybody's errors are drawn apart, within an origin and between origins."""
    nobody_else = dict.fromkeys(("died_share", "never_existed_share", "wrongly_listed_share"), 0.0)
    left = draw(listing_part(requests=400, departed_share=1.0, **nobody_else)).listing
    part = RequestsPart.model_validate(NO_ERRORS | {"birth_date_missing": 0.5})
    missing = write(left, part)[0].birth == ABSENT
    first, second = missing[:-1], missing[1:]
    assert 0.4 < (first == second).mean() < 0.6
    for origin in np.unique(left.origin)[1:]:
        here, there = missing[left.origin == origin], missing[left.origin == left.origin[0]]
        assert 0.3 < (here == there[: here.size]).mean() < 0.7


def test_an_empty_list_gives_no_requests() -> None:
    empty = taken(under_orders(mixed_list().listing), np.empty(0, np.int64))
    requests, truth = write(empty, MANY_ERRORS)
    assert (len(requests), len(truth)) == (0, 0)


def test_lists_joined_end_to_end_give_requests_end_to_end() -> None:
    listing = under_orders(mixed_list().listing)
    here = taken(listing, np.flatnonzero(listing.kind == Listed.REMOVABLE))
    wrongly = taken(listing, np.flatnonzero(listing.kind == Listed.WRONGLY_LISTED))
    together = write(joined(Listing, [here, wrongly]), MANY_ERRORS)[0]
    apart = [write(part, MANY_ERRORS)[0] for part in (here, wrongly)]
    assert_same(together, joined(Requests, apart))
