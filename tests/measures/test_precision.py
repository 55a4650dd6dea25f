"""An interval whose width was asked for covers what it says; one that was waited for does not."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulator.measures.estimates import ratio_estimates
from simulator.measures.precision import Asked, Plan, Rule, of_counts
from simulator.randomness import FloatArray

CONFIDENCE, REQUESTS, CAP = 0.95, 200.0, 200
REPETITIONS = 800
NOISE = 2.5 * np.sqrt(0.05 * 0.95 / REPETITIONS)  # of a coverage of 95%, 2.5 standard errors


def level(rng: np.random.Generator, spread: float, size: tuple[int, ...]) -> FloatArray:
    """Return how much more than usual each replicate does, mean 1."""
    if spread == 0.0:
        return np.ones(size)
    return rng.gamma(spread**-2, spread**2, size)


def drawn(rng: np.random.Generator, mean: float, spread: float) -> tuple[FloatArray, FloatArray]:
    """Return events and requests of as many replicates as are allowed; both vary."""
    requests = rng.poisson(REQUESTS, CAP).astype(np.float64)
    each = mean * level(rng, spread, (CAP,)) * requests / REQUESTS
    return rng.poisson(each).astype(np.float64), requests


@pytest.mark.parametrize(
    ("pilot", "mean", "spread", "half_width", "relative"),
    [
        (20, 50.0, 0.3, 0.02, False),  # plenty of events
        (6, 10.0, 0.3, 0.011, False),  # a small pilot
        (20, 10.0, 0.3, 0.1, True),
        (20, 50.0, 0.6, 0.02, False),  # worlds that differ strongly
        (20, 3.0, 0.0, 0.002, False),
        (20, 0.3, 0.0, 0.0008, False),  # rare: exact intervals of fresh replicates
        (10, 0.3, 0.3, 0.5, True),
    ],
)
def test_the_interval_covers_as_it_says(
    pilot: int, mean: float, spread: float, half_width: float, relative: bool
) -> None:
    rng = np.random.default_rng([pilot, int(10 * mean)])
    asked, covered, kept, capped = Asked(half_width, relative, CAP), 0, 0, 0
    for _ in range(REPETITIONS):
        plan, found = of_counts(*drawn(rng, mean, spread), asked, pilot, confidence=CONFIDENCE)
        covered += found.ci_low <= mean / REQUESTS <= found.ci_high
        wanted = half_width * (found.estimate if relative else 1.0)
        capped += plan.replicates == CAP
        kept += found.half_width <= wanted * (1.0 + 1e-12) or plan.replicates == CAP
    assert 0.93 - NOISE <= covered / REPETITIONS <= 0.97 + NOISE
    assert kept / REPETITIONS > 0.95
    assert capped < 0.9 * REPETITIONS, "the rule decides, not the cap"


@pytest.mark.parametrize("first", [3, 6])
def test_stopping_as_soon_as_it_looks_narrow_covers_too_seldom(first: int) -> None:
    rng, worlds, mean = np.random.default_rng(first), 4_000, 10.0
    counts = rng.poisson(mean * level(rng, 0.3, (worlds, CAP))).astype(np.float64)
    size = np.arange(1, CAP + 1)
    means = counts.cumsum(axis=1) / size
    squares = np.square(counts).cumsum(axis=1) - size * np.square(means)
    variance = squares / np.maximum(size - 1, 1)
    half = stats.t.ppf(0.975, np.maximum(size - 1, 1)) * np.sqrt(variance / size)
    narrow = (half <= 2.2) & (size >= first)
    stop = narrow.argmax(axis=1)
    each = np.arange(worlds)
    covered = np.abs(means[each, stop] - mean) <= half[each, stop]
    assert narrow.any(axis=1).all()
    assert covered.mean() < 0.93 - 0.5 * NOISE
    # The same worlds by the rule.
    asked, by_rule = Asked(2.2, False, CAP), 0
    for row in counts[:REPETITIONS]:
        _, found = of_counts(row, np.ones(CAP), asked, 6, confidence=CONFIDENCE)
        by_rule += found.ci_low <= mean <= found.ci_high
    assert 0.93 - NOISE <= by_rule / REPETITIONS <= 0.97 + NOISE


def test_steins_rule_by_hand() -> None:
    pilot = np.array([96.0, 104.0, 92.0, 108.0])
    after = np.full(CAP - 4, 110.0)
    events, ones = np.concatenate([pilot, after]), np.full(CAP, 1_000.0)
    asked = Asked(4.0 / 1_000.0, False, CAP)
    plan, found = of_counts(events, ones, asked, 4, confidence=CONFIDENCE)
    spread = pilot.std(ddof=1) / 1_000.0
    reach = stats.t.ppf(0.975, 3) * spread
    assert plan == Plan(Rule.STEIN, 4, int(np.ceil((reach / 0.004) ** 2)), 0.004, plan.spread)
    assert plan.spread == pytest.approx(spread)
    assert found.estimate == pytest.approx(events[: plan.replicates].mean() / 1_000.0)
    assert found.half_width == pytest.approx(reach / np.sqrt(plan.replicates))
    assert found.half_width <= 0.004


def test_a_pilot_that_is_narrow_already_is_enough_and_a_wide_one_ends_at_the_cap() -> None:
    events, ones = np.tile([96.0, 104.0], CAP // 2), np.full(CAP, 1_000.0)
    enough, _ = of_counts(events, ones, Asked(0.5, False, CAP), 8, confidence=CONFIDENCE)
    assert enough.replicates == 8
    never, found = of_counts(events, ones, Asked(1e-9, False, CAP), 8, confidence=CONFIDENCE)
    assert never.replicates == CAP
    assert found.half_width > 1e-9


def test_a_relative_width_is_of_the_lower_end_of_the_pilot() -> None:
    events, ones = np.tile([90.0, 110.0], CAP // 2), np.full(CAP, 1_000.0)
    plan, _ = of_counts(events, ones, Asked(0.05, True, CAP), 8, confidence=CONFIDENCE)
    low = ratio_estimates(
        events[:8, None], ones[:8, None], confidence=CONFIDENCE, proportion=False
    ).ci_low[0]
    assert plan.half_width == pytest.approx(0.05 * low)


def test_where_the_pilot_saw_little_the_interval_rests_on_fresh_replicates_alone() -> None:
    events = np.zeros(CAP)
    events[10::10] = 1.0
    ones = np.full(CAP, 1_000.0)
    plan, found = of_counts(events, ones, Asked(0.0002, False, CAP), 10, confidence=CONFIDENCE)
    assert (plan.rule, plan.first) == (Rule.FRESH, 10)
    fresh = slice(10, plan.replicates)
    over = ratio_estimates(
        events[fresh, None],
        ones[fresh, None],
        confidence=CONFIDENCE,
        proportion=False,
        independent_units=float(ones[fresh].sum()),
    )
    assert (found.ci_low, found.ci_high) == (over.ci_low[0], over.ci_high[0])
    assert plan.replicates >= 20, "no fewer fresh ones than the pilot had"


@pytest.mark.parametrize(("change", "rule"), [({}, Rule.STEIN), ({"proportion": True}, Rule.FRESH)])
def test_few_non_events_of_a_proportion_are_rare_too(change: dict[str, Any], rule: Rule) -> None:
    events, ones = np.tile([99.0, 100.0], CAP // 2), np.full(CAP, 100.0)
    plan, found = of_counts(
        events, ones, Asked(0.01, False, CAP), 10, confidence=CONFIDENCE, **change
    )
    assert plan.rule == rule
    assert found.ci_high <= (1.0 if change else 2.0)


def test_with_nothing_to_count_everything_up_to_the_cap_is_made() -> None:
    nothing = np.zeros(CAP)
    plan, found = of_counts(nothing, nothing, Asked(0.1, True, CAP), 5, confidence=CONFIDENCE)
    assert (plan.rule, plan.replicates) == (Rule.FRESH, CAP)
    assert np.isnan(found.estimate)
