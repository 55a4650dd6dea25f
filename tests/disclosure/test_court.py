"""Court orders: at which rate they are granted, to whom, and that higher rates keep them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.disclosure.court import court_stops
from simulator.disclosure.guardrails import Guardrail
from simulator.randomness import Streams
from simulator.records import Listed, RequestTruth
from simulator.scenario.schema import GuardrailsPart

RNG = Streams(11, 0)
MANY = 40_000


def truth_of(kinds: np.ndarray, first: int = 0) -> RequestTruth:
    """Return requests for people listed in these ways."""
    count = kinds.size
    small, rows = np.zeros(count, np.int8), np.arange(first, first + count, dtype=np.int64)
    place = np.zeros(count, np.int32)
    return RequestTruth(
        person=rows.copy(),
        key=rows,
        kind=kinds.astype(np.int8),
        group=small.copy(),
        origin=small.copy(),
        status=small.copy(),
        tin_kind=small,
        place=place.copy(),
        dwelling=place,
    )


def part(**order: object) -> GuardrailsPart:
    return GuardrailsPart.model_validate({"court_order": {"required": True, **order}})


def test_without_the_requirement_no_court_is_asked() -> None:
    kinds = np.repeat(list(Listed), 20)
    never = part(required=False, grant_rate=0.0, grant_rate_listing_error=0.0)
    assert not court_stops(truth_of(kinds), never, rng=RNG).any()


@pytest.mark.parametrize(
    ("rates", "refused"),
    [
        ((1.0, 1.0), set()),
        ((0.0, 1.0), {Listed.REMOVABLE, Listed.DEPARTED}),
        ((1.0, 0.0), {Listed.WRONGLY_LISTED, Listed.DIED, Listed.NEVER_EXISTED}),
        ((0.0, 0.0), set(Listed)),
    ],
)
def test_rates_of_nought_and_one_decide_by_how_somebody_is_listed(
    rates: tuple[float, float], refused: set[Listed]
) -> None:
    kinds = np.tile(list(Listed), 50)
    order = part(grant_rate=rates[0], grant_rate_listing_error=rates[1])
    stops = court_stops(truth_of(kinds), order, rng=RNG)
    np.testing.assert_array_equal(stops != 0, np.isin(kinds, list(refused)))
    assert set(stops.tolist()) <= {0, 1 << Guardrail.COURT_ORDER}


def deviation(refused: np.ndarray, rate: float) -> float:
    """Return by how many standard errors the share refused departs from 1 - rate."""
    error = np.sqrt(rate * (1 - rate) / refused.size)
    return float(abs(refused.mean() - (1 - rate)) / error)


@pytest.mark.parametrize("kind", list(Listed))
def test_orders_are_granted_at_their_rate(kind: Listed) -> None:
    refused = court_stops(truth_of(np.full(MANY, kind)), part(), rng=RNG) != 0
    rate = 0.9 if kind in (Listed.REMOVABLE, Listed.DEPARTED) else 0.5
    assert deviation(refused, rate) < 4.0
    assert deviation(refused, rate - 0.015) > 4.0, "the check would see a rate 1.5 points off"


@settings(deadline=None, max_examples=25)
@given(*(st.floats(0, 1) for _ in range(4)))
def test_a_higher_rate_keeps_every_order_granted(a: float, b: float, c: float, d: float) -> None:
    truth = truth_of(np.tile(list(Listed), 60))
    low, high = (min(a, b), min(c, d)), (max(a, b), max(c, d))
    fewer, more = (
        court_stops(truth, part(grant_rate=rate, grant_rate_listing_error=error), rng=RNG)
        for rate, error in (low, high)
    )
    assert (more[fewer == 0] == 0).all()


def test_a_request_fares_alike_whatever_else_is_on_the_list() -> None:
    kinds = np.tile(list(Listed), 40)
    whole = court_stops(truth_of(kinds), part(), rng=RNG)
    rest = court_stops(truth_of(kinds[100:], first=100), part(), rng=RNG)
    np.testing.assert_array_equal(rest, whole[100:])
