"""Clerical errors: how they strike the same records, some origins and some groups more than others.

The closed form: two channels of rates p <= q look at the record's own uniform with chance c each,
so both do with chance c**2, and P(both) = c**2 * p + (1 - c**2) * p * q.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.enforcement import errors, name_errors
from simulator.enforcement.clerical import CLERICAL, RECORD_SLOT, SHARING_SLOTS, by_care
from simulator.enforcement.drafts import Channel
from simulator.enforcement.errors import CHANNELS
from simulator.enforcement.habits import HABITS
from simulator.enforcement.requests import write_requests
from simulator.randomness import FloatArray, Stage
from simulator.records import BoolArray, Listing, Requests, TargetGroup, taken
from simulator.reference import tables
from simulator.scenario.schema import ListingPart, RequestsPart
from tests.enforcement.lists import mixed_list
from tests.enforcement.rates import NO_ERRORS
from tests.population.world import assert_share, small_world

ROWS = 40_000
MISSPELT, WRONG_DATE = name_errors.given_misspelt, errors.birth_date
SHARE = st.floats(0.0, 1.0)


@cache
def listing() -> Listing:
    """Return many rows of a list, each with a key of its own."""
    listed = mixed_list().listing
    many = taken(listed, np.arange(ROWS) % len(listed))
    half = np.arange(ROWS) % 2
    groups = np.where(half, TargetGroup.INVESTIGATION, TargetGroup.FINAL_ORDER)
    return replace(many, key=np.arange(ROWS), group=groups.astype(np.int8))


def part(**values: object) -> RequestsPart:
    alike = {"investigation": {"error_ratio": 1.0, "lacking_ratio": 1.0}}
    return RequestsPart.model_validate({**NO_ERRORS, **alike, **values})


def first(channel: Channel, how: RequestsPart) -> FloatArray:
    """Return the first uniform of a channel for every row."""
    rng = small_world().rng
    own = rng.table(Stage.REQUEST, CHANNELS[channel], listing().key)
    told = by_care(channel, listing(), how, own, rng=rng)
    np.testing.assert_array_equal(told[1:], own[1:])
    return np.asarray(told[0])


def struck(channel: Channel, rate: float, clustering: float) -> BoolArray:
    return np.asarray(first(channel, part(error_clustering=clustering)) < rate)


def both(p: float, q: float, clustering: float) -> float:
    """Return the share of records with two errors, by the closed form."""
    return clustering**2 * min(p, q) + (1.0 - clustering**2) * p * q


@pytest.mark.parametrize("clustering", [0.0, 0.2, 0.5, 0.8, 1.0])
@pytest.mark.parametrize(("p", "q"), [(0.03, 0.03), (0.05, 0.3)])
def test_errors_meet_as_the_closed_form_says(p: float, q: float, clustering: float) -> None:
    one, other = struck(MISSPELT, p, clustering), struck(WRONG_DATE, q, clustering)
    assert_share(one, p)
    assert_share(other, q)
    assert_share(one & other, both(p, q, clustering))


def test_the_check_of_the_closed_form_can_fail() -> None:
    meet = struck(MISSPELT, 0.05, 0.5) & struck(WRONG_DATE, 0.3, 0.5)
    for wrong in (0.05 * 0.3, 0.5 * 0.05 + 0.5 * 0.05 * 0.3, both(0.05, 0.3, 0.7)):
        with pytest.raises(AssertionError, match="expected"):
            assert_share(meet, wrong)


def test_three_records_by_hand() -> None:
    """Below c = 0.5 the record's own uniform counts, from it on the channel's."""

    class Drawn:
        """Uniforms as if drawn: the care of each record, and whether the channel shares in it."""

        def table(self, stage: Stage, slot: int, records: np.ndarray) -> FloatArray:
            drawn = {RECORD_SLOT: [0.9, 0.02, 0.02], SHARING_SLOTS + 5: [0.1, 0.49, 0.5]}
            assert CHANNELS[MISSPELT] == 5
            return np.tile(np.array(drawn[slot]), (4, 1))

    three = taken(listing(), np.arange(3))
    own = np.full((4, 3), 0.3)
    how = part(error_clustering=0.5)
    told = by_care(MISSPELT, three, how, own, rng=Drawn())  # type: ignore[arg-type]  # a fake
    np.testing.assert_array_equal(told[0], [0.9, 0.02, 0.3])
    np.testing.assert_array_equal(told[1:], own[1:])
    # Rates halved: a uniform of 0.02 is struck below 0.04, one of 0.3 at 0.6.
    halved = part(
        error_clustering=0.5, error_ratio_by_origin=dict.fromkeys(tables.origins().names, 0.5)
    )
    told = by_care(MISSPELT, three, halved, own, rng=Drawn())  # type: ignore[arg-type]  # a fake
    np.testing.assert_array_equal(told[0], [1.8, 0.04, 0.6])


@settings(max_examples=30, deadline=None)
@given(shares=st.tuples(SHARE, SHARE).map(sorted), rates=st.tuples(SHARE, SHARE).map(sorted))
def test_more_clustering_and_higher_rates_keep_what_was_there(
    shares: list[float], rates: list[float]
) -> None:
    few, many = (first(MISSPELT, part(error_clustering=share)) for share in shares)
    care = first(MISSPELT, part(error_clustering=1.0))
    shared = few == care
    np.testing.assert_array_equal(many[shared], care[shared])
    assert ((few < rates[0]) <= (few < rates[1])).all()


@pytest.mark.parametrize("channel", [channel for channel in CHANNELS if channel in CLERICAL])
@pytest.mark.parametrize(("ratio", "expected"), [(0.0, 0.0), (0.5, 0.1), (2.0, 0.4), (9.0, 1.0)])
def test_an_origin_is_struck_at_its_ratio(channel: Channel, ratio: float, expected: float) -> None:
    how = part(error_clustering=0.3, error_ratio_by_origin={"mexico": ratio})
    mexican = listing().origin == tables.origins().names.index("mexico")
    assert 1_000 < mexican.sum() < ROWS - 1_000
    hit = first(channel, how) < 0.2
    assert_share(hit[mexican], expected)
    assert_share(hit[~mexican], 0.2)


def test_investigations_have_fewer_clerical_errors() -> None:
    how = part(investigation={"error_ratio": 0.4})
    investigated = listing().group == TargetGroup.INVESTIGATION
    hit = first(MISSPELT, how) < 0.5
    assert_share(hit[investigated], 0.2)
    assert_share(hit[~investigated], 0.5)
    unchanged = first(name_errors.given_initial, how)
    np.testing.assert_array_equal(unchanged, first(name_errors.given_initial, part()))


def test_habits_and_what_is_left_out_are_not_clerical() -> None:
    assert not CLERICAL & set(HABITS)
    assert set(CHANNELS) > CLERICAL
    how = part(error_clustering=1.0, error_ratio_by_origin={"mexico": 3.0})
    for channel in set(CHANNELS) - CLERICAL:
        np.testing.assert_array_equal(first(channel, how), first(channel, part()))


def written(**values: object) -> Requests:
    world = small_world()
    return write_requests(
        listing(), world.sample, part(**values), ListingPart(), 0.0, rng=world.rng
    )[0]


def test_whoever_is_misspelt_is_likelier_to_have_a_wrong_birth_date() -> None:
    """The same in requests as written: rates stand, and errors meet more often."""
    rates = {"given_misspelt": 0.2, "birth_date_wrong": 0.3, "birth_date_missing": 0.1}
    seen = []
    for clustering in (0.0, 0.7):
        said = written(**rates, error_clustering=clustering)
        misspelt, there = said.given != listing().given, said.birth >= 0
        wrong = there & (said.birth != listing().birth)
        assert_share(misspelt, 0.2)
        assert_share(wrong[there], 0.3)
        assert_share((misspelt & wrong)[there], both(0.2, 0.3, clustering))
        seen.append((misspelt & wrong).mean())
    assert seen[1] > 1.5 * seen[0]
