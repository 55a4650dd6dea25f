"""Laws of growth, recovered from counts of which the law is known, and seen to fail where it fails.

Counts are Poisson around a rate that differs by replicate and is shared by its cells, as worlds of
one replicate number share people.
"""

import math

import numpy as np
import pytest

from simulator.measures.closed_forms import coincidental_agreements
from simulator.measures.scaling_laws import (
    Observed,
    Predicted,
    closed_law,
    fitted_law,
    sandwich,
    total,
)
from simulator.measures.scaling_powers import departure, free_power

SIZES = np.array([1e5, 1e5, 2e5, 2e5, 4e5, 4e5, 8e5, 8e5])
DENSITIES = np.array([0.004, 0.01] * 4)
NATION = 3.3e8
FloatArray = np.ndarray


def world(
    rng: np.random.Generator,
    constant: float,
    slope: float,
    *,
    replicates: int = 12,
    shared: float = 0.08,
    power: float = 1.0,
) -> Observed:
    """Draw counts with rate constant + slope * people^power, times what a replicate shares."""
    people = np.broadcast_to(SIZES, (replicates, SIZES.size))
    requests = people * DENSITIES
    by_replicate = rng.lognormal(-(shared**2) / 2, shared, (replicates, 1))
    rate = (constant + slope * people**power) * by_replicate
    return Observed(
        rng.poisson(requests * rate).astype(float), requests, people.copy(), SIZES, DENSITIES
    )


def shares(constant: float, slope: float, at: float, *, draws: int = 400) -> tuple[float, float]:
    """Return how often the interval holds the expectation, and that of one list what it gives."""
    rng = np.random.default_rng(5)
    truth, requests = constant + slope * at, at * 0.004
    held = foretold = 0
    for _ in range(draws):
        law = fitted_law(world(rng, constant, slope), grows=True, confidence=0.95)
        found = law.predict(at, requests)
        held += found.ci_low <= truth <= found.ci_high
        one = rng.poisson(requests * truth * rng.lognormal(-0.0032, 0.08)) / requests
        foretold += found.pi_low <= one <= found.pi_high
    return held / draws, foretold / draws


@pytest.mark.parametrize(
    ("constant", "slope"),
    [(0.0, 3e-6), (0.002, 0.0), (0.01, 3e-8), (0.0, 2e-8)],
)
def test_intervals_hold_what_they_promise(constant: float, slope: float) -> None:
    """95% within four errors of 400 draws (0.044); wider where a bound at 0 is known."""
    held, foretold = shares(constant, slope, 2e6)
    assert held > 0.95 - 0.044
    assert foretold > 0.95 - 0.044


def test_the_coverage_check_notices_intervals_that_are_too_short() -> None:
    """As if pairs were independent: the spread of a replicate left out of the interval."""
    rng = np.random.default_rng(6)
    held = 0
    for _ in range(200):
        seen = world(rng, 0.0, 3e-6, shared=0.3)
        trials = float((seen.requests * seen.reach).sum())
        events = float(seen.links.sum())
        held += abs(events / trials - 3e-6) <= 1.96 * math.sqrt(events) / trials
    assert held / 200 < 0.95 - 0.044


def test_constant_and_slope_are_recovered_and_extrapolated() -> None:
    rng = np.random.default_rng(1)
    seen = world(rng, 0.3, 3e-6, replicates=200, shared=0.02)
    law = fitted_law(seen, grows=True, confidence=0.95)
    assert law.constant == pytest.approx(0.3, rel=0.05)
    assert law.slope == pytest.approx(3e-6, rel=0.02)
    rate, low, high = law.expected(NATION)
    assert low < 0.3 + 3e-6 * NATION < high
    assert high - low < 0.05 * rate


def test_a_part_that_does_not_grow_is_not_extrapolated_upwards() -> None:
    rng = np.random.default_rng(2)
    law = fitted_law(world(rng, 0.004, 0.0), grows=False, confidence=0.95)
    assert math.isnan(law.slope)
    assert law.expected(NATION) == law.expected(1e5)
    rate, low, high = law.expected(NATION)
    assert low < 0.004 < high
    assert rate == pytest.approx(0.004, rel=0.15)


def test_few_events_leave_open_whether_they_grow() -> None:
    seen = world(np.random.default_rng(3), 0.0, 0.0)
    seen.links[0, 7] = 3.0
    law = fitted_law(seen, grows=True, confidence=0.95)
    assert law.is_few
    _, low, high = law.expected(NATION)
    requests = float(seen.requests.sum())
    assert low < 3.0 / requests, "as if constant"
    assert high > 3.0 / float((seen.requests * seen.reach).sum()) * NATION, "as if in proportion"


def test_nothing_seen_has_an_upper_limit_only() -> None:
    seen = world(np.random.default_rng(3), 0.0, 0.0)
    found = fitted_law(seen, grows=True, confidence=0.95).predict(8e5, 1e4)
    assert (found.rate, found.ci_low, found.pi_low) == (0.0, 0.0, 0.0)
    # by hand: 3.69 events are what none seen excludes at 97.5%
    trials = float((seen.requests * seen.reach).sum())
    assert found.ci_high == pytest.approx(3.689 * 8e5 / trials, rel=1e-3)


def test_what_a_rule_closes_is_0_at_any_size_and_must_be_so() -> None:
    seen = world(np.random.default_rng(3), 0.0, 0.0)
    assert closed_law(seen, 0.95).predict(NATION, 1e6) == Predicted(0.0, 0.0, 0.0, 0.0, 0.0)
    seen.links[0, 0] = 1.0
    with pytest.raises(ValueError, match="cannot link"):
        closed_law(seen, 0.95)


def test_one_replicate_gives_an_estimate_and_no_interval() -> None:
    seen = world(np.random.default_rng(4), 0.0, 3e-6, replicates=1)
    rate, low, high = fitted_law(seen, grows=True, confidence=0.95).expected(1e6)
    assert rate == pytest.approx(3.0, rel=0.3)
    assert math.isnan(low)
    assert math.isnan(high)


def p_value(power: float, seed: int) -> float:
    seen = world(np.random.default_rng(seed), 0.0, 3e-6 * 4e5 ** (1.0 - power), power=power)
    return departure(seen, seen.reach, 0.95).p_value


def test_lack_of_fit_stays_quiet_where_the_law_holds_and_speaks_where_it_does_not() -> None:
    holds = np.array([p_value(1.0, seed) for seed in range(200)])
    assert (holds < 0.05).mean() < 0.05 + 4.0 * math.sqrt(0.05 * 0.95 / 200)
    bent = np.array([p_value(0.9, seed) for seed in range(40)])
    assert (bent < 0.05).mean() > 0.95


def test_the_power_of_people_is_found_and_the_free_power_follows_it() -> None:
    seen = world(np.random.default_rng(8), 0.0, 3e-6 * 4e5**0.2, power=0.8, replicates=40)
    away = departure(seen, seen.reach, 0.95)
    assert away.people == pytest.approx(-0.2, abs=0.02)
    assert away.people_low < -0.2 < away.people_high
    assert away.density == pytest.approx(0.0, abs=0.02)
    power = free_power(seen, 0.95)
    assert power is not None
    assert power.power == pytest.approx(0.8, abs=0.02)
    rate, low, high = power.expected(NATION)
    assert low < 3e-6 * 4e5**0.2 * NATION**0.8 < high
    assert low < rate < high
    linear = fitted_law(seen, grows=True, confidence=0.95).expected(NATION)[0]
    assert linear > high, "what linearity taken for granted would have said"


def test_with_too_little_to_tell_nothing_is_said() -> None:
    seen = world(np.random.default_rng(9), 0.0, 3e-6, replicates=3)
    assert math.isnan(departure(seen, seen.reach, 0.95).p_value)
    assert free_power(seen, 0.95) is None


def named_world(rng: np.random.Generator, names: FloatArray, replicates: int) -> Observed:
    """Draw names on lists and rolls from one table and count the pairs that agree."""
    sizes, density = np.array([2_000.0, 4_000.0, 8_000.0]), 0.05
    links = np.empty((replicates, sizes.size))
    for replicate, size in np.ndindex(links.shape):
        people = int(sizes[size])
        roll = rng.multinomial(people, names)
        asked = rng.multinomial(int(people * density), names)
        links[replicate, size] = float(roll @ asked)
    requests = np.broadcast_to(sizes * density, links.shape)
    reach = np.broadcast_to(sizes, links.shape)
    return Observed(links, requests, reach, sizes, np.full(sizes.size, density))


def test_the_slope_is_the_closed_form_and_not_another() -> None:
    """Pairs that share a name by chance are N L sum p^2: the slope is sum p^2."""
    names = 1.0 / np.arange(1.0, 2_001.0)
    names /= names.sum()
    seen = named_world(np.random.default_rng(10), names, 30)
    law = fitted_law(seen, grows=True, confidence=0.95)
    theory = coincidental_agreements(1.0, 1.0, names)
    reached = law.student() * math.sqrt(law.covariance[1, 1])
    assert abs(law.free[1] - theory) < reached
    assert reached < 0.1 * theory, "or the check would see little"
    assert abs(law.free[1] - 1.2 * theory) > reached, "it can fail"


def test_parts_add_up_and_their_errors_in_squares() -> None:
    parts = [Predicted(1.0, 0.7, 1.3, 0.5, 1.5), Predicted(2.0, 1.6, 2.4, 1.0, 3.2)]
    found = total(parts)
    assert found.rate == 3.0
    assert found.ci_low == pytest.approx(3.0 - 0.5)
    assert found.ci_high == pytest.approx(3.0 + 0.5)
    assert found.pi_high == pytest.approx(3.0 + 1.3)


def test_tables_that_do_not_fit_each_other_are_refused() -> None:
    seen = world(np.random.default_rng(1), 0.1, 0.0)
    with pytest.raises(ValueError, match="one shape"):
        fitted_law(
            Observed(seen.links, seen.requests[:2], seen.reach, SIZES, DENSITIES),
            grows=True,
            confidence=0.95,
        )
    with pytest.raises(ValueError, match="one value per cell"):
        fitted_law(
            Observed(seen.links, seen.requests, seen.reach, SIZES[:2], DENSITIES),
            grows=True,
            confidence=0.95,
        )


def test_the_sandwich_allows_for_few_replicates() -> None:
    scores = np.array([[1.0], [2.0], [-3.0]])
    assert sandwich(2.0 * np.eye(1), scores)[0, 0] == pytest.approx(3.0 / 2.0 * 4.0 * 14.0)
