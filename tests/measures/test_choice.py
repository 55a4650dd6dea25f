"""What is promised of chosen policies holds at its stated rate, and would not without holding out.

Worlds of counts: each replicate has a harm of its own (its worlds differ), a looser candidate does
all that a stricter one does and more, and events come in clumps.
"""

import numpy as np
import pytest

from simulator.measures.choice import (
    FEWEST,
    Harm,
    Status,
    TooFewReplicatesError,
    borrowed_dispersion,
    certify,
    choosing_replicates,
    dispersion,
    least_clump,
    replicates_to_pass,
    upper_limits,
)
from simulator.randomness import FloatArray

REQUESTS = 1_000.0
CONFIDENCE = 0.95
REPETITIONS = 1_000
# 5% of the repetitions and three standard errors of such a share.
MOST_BROKEN = 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / REPETITIONS)
BUDGET = 5.0


def drawn(
    rng: np.random.Generator,
    risks: FloatArray,
    replicates: int,
    *,
    spread: float,
    clump: int = 1,
    nested: bool = True,
) -> FloatArray:
    """Return events per replicate and candidate with expectations ``risks`` per replicate.

    ``spread`` is the coefficient of variation of the replicate's own level. Nested candidates
    share events: each adds to those of the one before.
    """
    level = rng.gamma(spread**-2, spread**2, (replicates, 1)) if spread > 0.0 else np.ones((1, 1))
    steps = np.diff(risks, prepend=0.0) if nested else risks
    counts = rng.poisson(np.broadcast_to(level * steps / clump, (replicates, risks.size))) * clump
    return (counts.cumsum(axis=1) if nested else counts).astype(np.float64)


def harm(events: FloatArray, limit: float = BUDGET) -> Harm:
    return Harm(events, np.full(events.shape, REQUESTS), limit / REQUESTS, proportion=False)


def finds(replicates: int, candidates: int) -> FloatArray:
    """Return true matches: every looser candidate finds more."""
    return np.broadcast_to(100.0 + np.arange(candidates), (replicates, candidates))


LADDERS = {  # budget, risks, whether looser candidates share the events of stricter ones
    # The budget lies between two candidates; the next one is just above it.
    "ladder": (BUDGET, np.array([0.5, 1.0, 2.0, 3.0, 4.0, 4.9, 5.05, 6.0, 8.0, 12.0]), True),
    # The worst case: nobody keeps the budget, and all are as near to it as can be.
    "all just above": (BUDGET, 5.01 + 0.001 * np.arange(30), True),
    "all just above, apart": (BUDGET, np.full(30, 5.01), False),
    # Few events if any; only the loosest shows how they clump.
    "rare": (0.5, np.array([0.51, 0.52, 0.53, 0.54, 40.0]), False),
}


@pytest.mark.parametrize("replicates", [FEWEST, 20])
@pytest.mark.parametrize(("spread", "clump"), [(0.0, 1), (0.3, 1), (0.6, 1), (0.3, 3)])
@pytest.mark.parametrize("ladder", LADDERS)
def test_the_promise_holds_at_its_stated_rate(
    ladder: str, spread: float, clump: int, replicates: int
) -> None:
    budget, risks, nested = LADDERS[ladder]
    rng = np.random.default_rng([replicates, clump, int(10 * spread), len(ladder)])
    broken = 0
    for _ in range(REPETITIONS):
        events = drawn(rng, risks, replicates, spread=spread, clump=clump, nested=nested)
        result = certify(
            [harm(events, budget)],
            finds(replicates, risks.size),
            choosing=choosing_replicates(replicates),
            confidence=CONFIDENCE,
        )
        broken += any(risks[one] > budget for one in result.certified)
    assert broken / REPETITIONS <= MOST_BROKEN


@pytest.mark.parametrize("kind", ["estimate", "upper limit"])
def test_choosing_without_holding_out_breaks_the_promise(kind: str) -> None:
    """The same replicates choose and certify: by estimate, or even by upper limit."""
    _, risks, nested = LADDERS["all just above, apart"]
    rng, broken = np.random.default_rng(5), 0
    for _ in range(REPETITIONS):
        tried = harm(drawn(rng, risks, 20, spread=0.3, nested=nested))
        one_by_one = np.ones(risks.size)
        seen = tried.rates if kind == "estimate" else upper_limits(tried, CONFIDENCE, one_by_one)
        broken += bool((seen <= tried.limit).any())
    assert broken / REPETITIONS > 2.0 * MOST_BROKEN


def test_the_promise_would_break_if_all_were_tested_and_not_in_order() -> None:
    _, risks, nested = LADDERS["all just above, apart"]
    rng, broken, choosing = np.random.default_rng(6), 0, choosing_replicates(20)
    for _ in range(REPETITIONS):
        events = drawn(rng, risks, 20, spread=0.3, nested=nested)
        result = certify(
            [harm(events)], finds(20, risks.size), choosing=choosing, confidence=CONFIDENCE
        )
        broken += bool((result.upper[0] <= BUDGET / REQUESTS).any())
    assert broken / REPETITIONS > 2.0 * MOST_BROKEN


def test_several_budgets_hold_together() -> None:
    """One harm is just above its budget and one well below: certified as rarely as by the one."""
    rng, broken = np.random.default_rng(7), 0
    for _ in range(REPETITIONS):
        first = drawn(rng, np.array([5.01, 5.02]), 20, spread=0.3)
        second = drawn(rng, np.array([1.0, 2.0]), 20, spread=0.3)
        result = certify(
            [harm(first), harm(second)], finds(20, 2), choosing=7, confidence=CONFIDENCE
        )
        broken += bool(result.certified)
    assert broken / REPETITIONS <= MOST_BROKEN


def test_what_keeps_the_budget_is_found_where_there_is_enough_to_see() -> None:
    """The power beside the promise: half the budget is certified nearly always at 20 replicates."""
    rng, passed = np.random.default_rng(8), 0
    risks = np.array([0.5, 2.5, 7.0])
    for _ in range(200):
        events = drawn(rng, risks, 20, spread=0.3)
        result = certify([harm(events)], finds(20, 3), choosing=7, confidence=CONFIDENCE)
        passed += result.certified == [0, 1]
    assert passed > 190


def test_one_that_finds_fewer_at_more_harm_is_beaten_and_one_that_finds_nobody_is_out() -> None:
    events = np.tile([0.0, 2.0, 4.0, 3.0], (12, 1)) + np.arange(12.0)[:, None] % 2
    found = np.tile([0.0, 50.0, 40.0, 60.0], (12, 1))
    result = certify([harm(events, 9.0)], found, choosing=4, confidence=CONFIDENCE)
    assert result.status == (
        Status.FINDS_NOBODY,
        Status.CERTIFIED,
        Status.BEATEN,
        Status.CERTIFIED,
    )
    assert result.order.tolist() == [1, 3]


@pytest.mark.parametrize("replicates", [5, 13, 20])
@pytest.mark.parametrize(
    ("mean", "spread", "varied", "most"),
    [
        (5.0, 0.6, False, 0.05),
        (50.0, 0.6, False, 0.05),
        (50.0, 0.8, False, 0.05),
        (50.0, 0.6, True, 0.06),
        (5.0, 0.3, True, 0.05),
    ],
)
def test_a_single_limit_is_below_the_truth_no_more_often_than_promised(
    mean: float, spread: float, varied: bool, most: float, replicates: int
) -> None:
    """Each candidate is a world of its own; ``varied`` denominators differ by 77%."""
    worlds = 20_000
    rng, shape = np.random.default_rng([replicates, int(mean)]), (replicates, worlds)
    level = rng.gamma(spread**-2, spread**2, shape)
    against = np.full(shape, 10.0)
    if varied:
        against = rng.poisson(10.0 * rng.gamma(2.0, 0.5, shape)).astype(np.float64)
    events = rng.poisson(mean / 10.0 * against * level).astype(np.float64)
    tried = Harm(events, against, 1.0, proportion=False)
    below = upper_limits(tried, CONFIDENCE, np.ones(worlds)) <= mean / 10.0
    assert below.mean() <= most + 3.0 * np.sqrt(0.05 * 0.95 / worlds)


def test_what_one_request_brings_at_once_counts_as_one() -> None:
    """Households of four, rarely: three replicates seldom show that they come together."""
    rng, broken = np.random.default_rng(9), {"known": 0, "unknown": 0}
    budget = 0.61  # three in five replicates' 1,000 requests each; the truth is above it
    for _ in range(REPETITIONS):
        events = 4.0 * rng.poisson([0.62 / 4.0, 3.0], (FEWEST, 2))
        plain = harm(events, budget)
        for name, tried in (
            ("unknown", plain),
            ("known", Harm(events, plain.against, plain.limit, False, np.array([4.0, 4.0]))),
        ):
            result = certify([tried], finds(FEWEST, 2), choosing=3, confidence=CONFIDENCE)
            broken[name] += bool(result.certified)
    assert broken["known"] / REPETITIONS <= MOST_BROKEN
    assert broken["unknown"] / REPETITIONS > MOST_BROKEN


def test_what_comes_at_once_is_borrowed_too() -> None:
    events = np.tile([0.0, 6.0, 30.0], (8, 1))
    tried = Harm(events, np.full((8, 3), REQUESTS), 0.1, False, np.array([1.0, 1.5, 3.0]))
    assert least_clump(tried, 3) == pytest.approx([1.5, 1.5, 3.0])


def test_nothing_is_tested_after_the_first_that_fails() -> None:
    """The last candidate passes by the certifying part alone, which nobody may look at first."""
    events = np.tile([1.0, 20.0, 30.0], (12, 1)) + np.arange(12.0)[:, None] % 2
    events[4:, 2] = 0.0
    result = certify([harm(events)], finds(12, 3), choosing=4, confidence=CONFIDENCE)
    assert result.status == (Status.CERTIFIED, Status.FAILED, Status.NOT_REACHED)
    assert result.failed == 1
    assert result.upper[0, 2] <= BUDGET / REQUESTS


def test_the_order_does_not_look_at_the_certifying_part() -> None:
    rng = np.random.default_rng(9)
    events = drawn(rng, np.arange(1.0, 9.0), 20, spread=0.3)
    other = events.copy()
    other[7:] = rng.permutation(other[7:], axis=1)
    first, second = (
        certify([harm(one)], finds(20, 8), choosing=7, confidence=CONFIDENCE)
        for one in (events, other)
    )
    assert first.order.tolist() == second.order.tolist()
    assert first.status != second.status or not np.array_equal(first.upper, second.upper)


def test_no_event_has_the_exact_limit_times_how_events_clump() -> None:
    nothing = harm(np.zeros((13, 1)))
    single = upper_limits(nothing, 0.95, np.ones(1))
    assert single[0] * 13 * REQUESTS == pytest.approx(-np.log(0.05))
    assert upper_limits(nothing, 0.95, np.full(1, 3.0)) == pytest.approx(3.0 * single)


def test_clumping_is_borrowed_from_the_next_with_enough_events() -> None:
    events = np.array([[0.0, 9.0, 3.0, 90.0], [0.0, 3.0, 3.0, 10.0], [0.0, 15.0, 3.0, 20.0]])
    against = np.full(events.shape, REQUESTS)
    own = dispersion(events, against)
    assert own[1] == pytest.approx(36.0 / 9.0)
    borrowed = borrowed_dispersion(events, against)
    assert borrowed.tolist() == pytest.approx([own[1], own[1], own[1], own[3]])
    assert borrowed_dispersion(events[:, :1], against[:, :1]).tolist() == [1.0]


def test_nothing_to_count_against_is_not_certified() -> None:
    events, against = np.zeros((12, 1)), np.zeros((12, 1))
    tried = Harm(events, against, 0.1, proportion=True)
    result = certify([tried], finds(12, 1), choosing=4, confidence=CONFIDENCE)
    assert result.certified == []
    assert np.isnan(result.upper).all()


def test_a_third_chooses_and_too_few_are_refused() -> None:
    assert [choosing_replicates(count) for count in (FEWEST, 20, 60)] == [3, 7, 20]
    assert choosing_replicates(40, at_least=30) == 30
    with pytest.raises(TooFewReplicatesError, match=r"7 replicates are too few .* at least 8"):
        choosing_replicates(7)
    with pytest.raises(TooFewReplicatesError, match=r"beside the 10 of the pilot.* at least 15"):
        choosing_replicates(12, at_least=10)


def test_what_more_replicates_could_change_is_foreseen() -> None:
    assert replicates_to_pass(6.0, 8.0, 5.0, 13, events=70) == np.inf
    assert replicates_to_pass(0.0, 10.0, 5.0, 13, events=0) == 26.0
    assert replicates_to_pass(4.0, 6.0, 5.0, 13, events=50) == 52.0


@pytest.mark.parametrize("limit", [0.0, -1.0])
def test_a_budget_that_nothing_can_keep_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        certify([harm(np.ones((9, 2)), limit)], finds(9, 2), choosing=3, confidence=0.95)
