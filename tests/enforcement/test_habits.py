"""Habits of names: whoever has one shows it on the roll and on the list."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from simulator import lexicon
from simulator.enforcement.errors import CHANNELS
from simulator.enforcement.habits import HABITS
from simulator.enforcement.requests import write_requests
from simulator.lexicon import ABSENT
from simulator.population.filed_names import filed_names
from simulator.randomness import Stage
from simulator.records import (
    ABSENT_KINDS,
    BoolArray,
    Int32Array,
    Listed,
    Listing,
    Names,
    Requests,
    person_number,
    taken,
)
from simulator.reference import tables
from simulator.scenario.schema import ListingPart, NamesAsFiled, RequestsPart
from tests.enforcement.lists import candidates, draw, listing_part
from tests.enforcement.rates import NO_ERRORS
from tests.population.world import assert_share, small_world

SOME_GIVEN = ("MOHAMED", "MARYANN", "SERGEI", "JOSE", "WILLIAM")
SOME_SURNAMES = ("DELACRUZ", "LEE", "GONZALEZ", "DELEON")
NAMES = ("given", "middle", "surname_1", "surname_2")
SINGLE = sorted(HABITS.values())
AS_BORNE = dict.fromkeys(NamesAsFiled.model_fields, 0.0) | {"double_surname_share": 1.0}


def codes(names: tuple[str, ...]) -> Int32Array:
    return np.array([lexicon.names().lexicon.texts.index(name) for name in names], dtype=np.int32)


@cache
def borne() -> Names:
    """Return the names of the small world, in which every habit finds somebody."""
    own, rows = small_world().names, np.arange(len(small_world().names))
    return replace(
        own,
        given=np.where(rows % 2 == 0, codes(SOME_GIVEN)[rows // 2 % len(SOME_GIVEN)], own.given),
        surname_1=np.where(
            rows % 7 == 0, codes(SOME_SURNAMES)[rows // 7 % len(SOME_SURNAMES)], own.surname_1
        ),
    )


@cache
def rows_of_residents() -> np.ndarray:
    """Return the rows of every unauthorized adult of the small world."""
    people = small_world().people
    everybody = person_number(people.place, people.dwelling, people.member)
    order = np.argsort(everybody)
    [found] = candidates(listing_part(wrongly_listed_share=0.0))
    return np.asarray(order[np.searchsorted(everybody, found.listing.person, sorter=order)])


@cache
def residents() -> Listing:
    """Return every unauthorized adult, under the names that they bear here."""
    [found] = candidates(listing_part(wrongly_listed_share=0.0))
    names = taken(borne(), rows_of_residents())
    return replace(found.listing, given=names.given, surname_1=names.surname_1)


def on_list(listing: Listing, **rates: float) -> Requests:
    world = small_world()
    part = RequestsPart.model_validate(NO_ERRORS | rates)
    return write_requests(listing, world.sample, part, ListingPart(), 0.0, rng=world.rng)[0]


def on_roll(**rates: float) -> Names:
    world = small_world()
    part = NamesAsFiled.model_validate(AS_BORNE | rates)
    return filed_names(borne(), world.people, part, rows_of_residents(), rng=world.rng)


def departs(names: Names | Requests) -> BoolArray:
    unlike = [getattr(names, column) != getattr(residents(), column) for column in NAMES]
    return np.asarray(np.logical_or.reduce(unlike))


@pytest.mark.parametrize("habit", SINGLE)
@pytest.mark.parametrize("rates", [(0.5, 0.5), (0.2, 0.6), (0.6, 0.2)])
def test_a_habit_shows_on_both_records_as_one_name(habit: str, rates: tuple[float, float]) -> None:
    listed, filed = (
        on_list(residents(), **{habit: rates[0]}),
        on_roll(**{habit: rates[1]}),
    )
    few, many = (listed, filed) if rates[0] <= rates[1] else (filed, listed)
    assert departs(few).sum() > 2
    for column in NAMES:
        np.testing.assert_array_equal(
            getattr(few, column)[departs(few)], getattr(many, column)[departs(few)]
        )
    assert (departs(many).sum() == departs(few).sum()) == (rates[0] == rates[1])


@pytest.mark.parametrize("habit", SINGLE)
def test_a_habit_strikes_the_list_at_the_rate_of_the_list(habit: str) -> None:
    can = departs(on_list(residents(), **{habit: 1.0}))
    assert can.sum() > 15
    assert_share(departs(on_list(residents(), **{habit: 0.3}))[can], 0.3)


def mothers(listing: Listing) -> Int32Array:
    brazilian = listing.origin == tables.origins().names.index("brazil")
    return np.asarray(np.where(brazilian, listing.surname_1, listing.surname_2))


def test_who_files_the_mothers_surname_is_listed_under_it_first() -> None:
    two = (residents().surname_2 != ABSENT) & (residents().surname_1 != residents().surname_2)
    filed = on_roll(double_surname_share=0.0, second_surname_alone=0.1)
    listed = on_list(residents(), first_surname_dropped=0.2)
    on_record = two & (filed.surname_1 == mothers(residents()))
    alone = two & (listed.surname_2 == ABSENT) & (listed.surname_1 == mothers(residents()))
    assert on_record.sum() > 20
    assert (on_record <= alone).all()
    assert_share(alone[two], 0.2)


def test_who_files_both_surnames_is_the_last_to_be_listed_under_one() -> None:
    two = residents().surname_2 != ABSENT
    filed = on_roll(double_surname_share=0.3)
    for rate in (0.4, 0.9):
        both = two & (on_list(residents(), second_surname_dropped=rate).surname_2 != ABSENT)
        assert_share(both[two], 1.0 - rate)
        few, many = both, two & (filed.surname_2 != ABSENT)
        if few.sum() > many.sum():
            few, many = many, few
        assert few.sum() > 20
        assert (few <= many).all()


def test_misspellings_are_nobodys_habit() -> None:
    """On the roll and on the list they strike independently, so half of each half meet."""
    filed, listed = on_roll(surname_misspelt=0.5), on_list(residents(), surname_misspelt=0.5)
    can = (departs(on_roll(surname_misspelt=1.0))) & (residents().surname_2 == ABSENT)
    assert can.sum() > 60
    assert_share((departs(filed) == departs(listed))[can], 0.5)


@pytest.mark.parametrize("kind", ABSENT_KINDS)
def test_people_who_are_not_here_keep_draws_of_their_own(kind: Listed) -> None:
    shares = dict.fromkeys(("departed_share", "died_share", "never_existed_share"), 0.3)
    whole = draw(listing_part(requests=500, wrongly_listed_share=0.0, **shares)).listing
    gone = taken(whole, np.flatnonzero(whole.kind == kind))
    [channel] = [channel for channel, habit in HABITS.items() if habit == "goes_by_middle"]
    u = small_world().rng.table(Stage.REQUEST, CHANNELS[channel], gone.key)
    struck = on_list(gone, goes_by_middle=0.5).given == np.where(u[0] < 0.5, gone.middle, -2)
    has_one = gone.middle != ABSENT
    np.testing.assert_array_equal(struck[has_one], (u[0] < 0.5)[has_one])
    assert 10 < struck[has_one].sum() < has_one.sum()


def test_a_nickname_is_the_same_one_on_both_records() -> None:
    listed, filed = on_list(residents(), nickname=1.0), on_roll(nickname=1.0)
    texts, known = lexicon.names().lexicon.texts, tables.nicknames()
    several = np.array([len(known.get(texts[given], ())) > 1 for given in residents().given])
    assert several.sum() > 20
    np.testing.assert_array_equal(listed.given[several], filed.given[several])
