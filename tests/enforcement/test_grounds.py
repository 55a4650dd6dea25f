"""What requests state beside name and address, at the rates stated and where there is anything."""

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.enforcement.grounds import grounds
from simulator.lexicon import ABSENT
from simulator.records import BoolArray, Grounds, Listing, Purpose, TargetGroup, taken
from simulator.scenario.schema import GroundsPart, ListingPart, RequestsPart
from tests.enforcement.lists import mixed_list
from tests.population.world import assert_share, small_world

ROWS = 6_000
NOTHING = dict.fromkeys(GroundsPart.model_fields, 0.0)
ALL = dict.fromkeys(GroundsPart.model_fields, 1.0)


@cache
def listing() -> Listing:
    """Return rows of which a third are investigations, with orders of 0 to 999 days."""
    rows = np.arange(ROWS)
    order = rows % 3 != 0
    listed = mixed_list().listing
    return replace(
        taken(listed, rows % len(listed)),
        key=rows,
        group=np.where(order, TargetGroup.FINAL_ORDER, TargetGroup.INVESTIGATION).astype(np.int8),
        order_days=np.where(order, rows % 1_000, ABSENT).astype(np.int32),
        removable_class=rows % 5 != 0,
        wilful=order & (rows % 2 == 0),
    )


def stated(
    people: Listing, shares: Mapping[str, float], ratio: float = 1.0, officers: int = 4
) -> Grounds:
    part = RequestsPart.model_validate(
        {"grounds": {**NOTHING, **shares}, "investigation": {"lacking_ratio": ratio}}
    )
    listed = ListingPart(officers=officers)
    return grounds(people, part, listed, rng=small_world().rng)


def orders() -> BoolArray:
    return np.asarray(listing().group == TargetGroup.FINAL_ORDER)


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(
    ("share", "column"),
    [
        ("period_present", "states_period"),
        ("statute_present", "states_statute"),
        ("reason_present", "states_reason"),
        ("officer_named", "officer_named"),
    ],
)
def test_what_the_law_asks_for_is_stated_at_its_rate(share: str, column: str, rate: float) -> None:
    said = getattr(stated(listing(), {share: rate}), column)
    assert_share(said, rate)
    # Investigations lack half as much.
    said = getattr(stated(listing(), {share: rate}, ratio=0.5), column)
    assert_share(said[orders()], rate)
    assert_share(said[~orders()], 0.5 + 0.5 * rate)


def test_only_requests_about_orders_serve_a_civil_purpose_too() -> None:
    said = stated(listing(), {"civil_purpose": 0.4})
    np.testing.assert_array_equal(said.about_order, orders())
    civil = said.purpose == Purpose.CIVIL_TOO
    assert_share(civil[orders()], 0.4)
    assert not civil[~orders()].any()


def test_orders_show_their_date_and_class_and_files_their_evidence() -> None:
    said, rows = stated(listing(), ALL), listing()
    np.testing.assert_array_equal(said.order_days, rows.order_days)
    np.testing.assert_array_equal(said.removable_class, rows.removable_class & orders())
    np.testing.assert_array_equal(said.wilfulness_evidence, rows.wilful)
    some = stated(
        listing(), {"order_date_present": 0.7, "class_present": 0.6, "evidence_present": 0.2}
    )
    assert_share(some.order_days[orders()] != ABSENT, 0.7)
    assert_share(some.removable_class[orders() & rows.removable_class], 0.6)
    assert_share(some.wilfulness_evidence[rows.wilful], 0.2)
    assert not some.wilfulness_evidence[~rows.wilful].any()


def test_officers_share_the_requests_evenly() -> None:
    officer = stated(listing(), NOTHING, officers=4).officer
    for number in range(4):
        assert_share(officer == number, 0.25)
    with pytest.raises(AssertionError, match="expected"):
        assert_share(officer == 0, 0.2)
    assert not stated(listing(), NOTHING, officers=1).officer.any()


@settings(max_examples=25, deadline=None)
@given(rates=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)).map(sorted))
def test_whatever_was_stated_still_is_at_a_higher_rate(rates: list[float]) -> None:
    shares = set(GroundsPart.model_fields) - {"civil_purpose"}
    low, high = (stated(listing(), dict.fromkeys(shares, rate)) for rate in rates)
    for column in ("states_period", "states_reason", "removable_class", "wilfulness_evidence"):
        assert (getattr(low, column) <= getattr(high, column)).all()
    assert ((low.order_days == ABSENT) >= (high.order_days == ABSENT)).all()


def test_a_request_states_the_same_alone_or_among_many() -> None:
    rows = np.array([7, 3, 5_000])
    alone, among = stated(taken(listing(), rows), ALL), taken(stated(listing(), ALL), rows)
    for field in fields(Grounds):
        np.testing.assert_array_equal(getattr(alone, field.name), getattr(among, field.name))
