import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from simulator.measures.closed_forms import (
    MOST_VECTORS,
    address_still_current,
    birthday_collision_probability,
    coincidental_agreements,
    coincidental_agreements_between,
    exact_match_recall,
    expected_duplicates,
    fellegi_sunter_error_rates,
    people_in_false_pairs,
    poisson_probability,
    positive_predictive_value,
    two_list_matched,
    two_list_pairs,
)
from tests.ladder import agreement

SHARES = np.array([0.5, 0.3, 0.2])


def draws(people: int, keys: int) -> Iterator[tuple[int, ...]]:
    return itertools.product(range(keys), repeat=people)


@pytest.mark.parametrize(("people", "days"), [(0, 3), (1, 3), (2, 3), (3, 3), (4, 3), (3, 5)])
def test_birthday_collision_is_the_share_of_all_assignments(people: int, days: int) -> None:
    collided = [len(set(assignment)) < people for assignment in draws(people, days)]
    expected = sum(collided) / len(collided)
    assert birthday_collision_probability(people, days) == pytest.approx(expected, abs=1e-15)


def test_birthday_collision_stays_exact_where_it_is_tiny() -> None:
    assert birthday_collision_probability(2, 10**12) == pytest.approx(1e-12, rel=1e-12, abs=0.0)


@pytest.mark.parametrize(("first", "second", "keys"), [(2, 3, 3), (1, 2, 2), (3, 2, 1), (2, 0, 1)])
def test_two_lists_are_the_mean_over_all_assignments(first: int, second: int, keys: int) -> None:
    pairs, matched = [], []
    for ours, theirs in itertools.product(draws(first, keys), draws(second, keys)):
        pairs.append(sum(a == b for a in ours for b in theirs))
        matched.append(sum(a in theirs for a in ours))
    assert two_list_pairs(first, second, keys) == pytest.approx(np.mean(pairs), abs=1e-12)
    assert two_list_matched(first, second, keys) == pytest.approx(np.mean(matched), abs=1e-12)


def test_coincidental_agreements_are_the_mean_over_all_weighted_assignments() -> None:
    expected = 0.0
    for ours, theirs in itertools.product(draws(2, 3), draws(2, 3)):
        chance = math.prod(SHARES[list(ours + theirs)])
        expected += chance * sum(a == b for a in ours for b in theirs)
    assert coincidental_agreements(2, 2, SHARES) == pytest.approx(expected, rel=1e-12)


def test_coincidental_agreements_between_groups_are_a_double_sum() -> None:
    listed, enrolled = np.array([3.0, 5.0]), np.array([7.0, 11.0, 2.0])
    p = np.array([[0.5, 0.5, 0.0], [0.1, 0.2, 0.6]])
    q = np.array([[0.3, 0.3, 0.4], [0.0, 0.0, 1.0], [0.25, 0.5, 0.25]])
    expected = sum(
        listed[g] * enrolled[h] * p[g, k] * q[h, k]
        for g in range(2)
        for h in range(3)
        for k in range(3)
    )
    found = coincidental_agreements_between(listed, enrolled, p, q)
    assert found == pytest.approx(expected, rel=1e-12)


def simulated_agreements(replicates: int) -> np.ndarray:
    rng = np.random.default_rng(2)
    ours = rng.multinomial(500, SHARES, replicates)
    theirs = rng.multinomial(800, SHARES, replicates)
    return np.asarray((ours * theirs).sum(axis=1), dtype=np.float64)


def test_coincidental_agreements_are_the_mean_of_drawn_lists() -> None:
    simulated = simulated_agreements(400)
    theory = coincidental_agreements(500, 800, SHARES)
    assert agreement(simulated, theory, detectable=0.02).detects < 0.02
    with pytest.raises(AssertionError, match="theory"):
        agreement(simulated, 1.02 * theory, detectable=0.02)


@pytest.mark.parametrize("people", [0, 1, 2, 4])
def test_duplicates_are_the_mean_over_all_weighted_assignments(people: int) -> None:
    expected = sum(
        math.prod(SHARES[list(assignment)]) * (people - len(set(assignment)))
        for assignment in draws(people, 3)
    )
    assert expected_duplicates(people, SHARES) == pytest.approx(expected, abs=1e-12)


def test_one_key_for_all_makes_everybody_but_one_a_duplicate() -> None:
    assert expected_duplicates(5, np.array([1.0, 0.0])) == 4.0


@pytest.mark.parametrize("mean", [0.0, 0.4, 7.5])
def test_poisson_sums_to_one_and_has_its_mean(mean: float) -> None:
    chances = [poisson_probability(count, mean) for count in range(60)]
    assert sum(chances) == pytest.approx(1.0, abs=1e-12)
    assert sum(k * chance for k, chance in enumerate(chances)) == pytest.approx(mean, abs=1e-10)


def test_predictive_value_without_pairs_is_not_available() -> None:
    assert math.isnan(positive_predictive_value(0, 0))
    assert positive_predictive_value(1, 4) == 0.25
    assert people_in_false_pairs(1, 4) == 6


def test_addresses_decay_as_published() -> None:
    assert round(address_still_current(0.12, 3), 3) == 0.681
    assert round(address_still_current(0.18, 3), 3) == 0.551
    assert address_still_current(0.12, 0) == 1.0


def test_recall_is_the_share_of_draws_without_error() -> None:
    assert exact_match_recall([]) == 1.0
    assert exact_match_recall([0.1, 0.2]) == pytest.approx(0.72)
    # Five fields at 0.92 link 0.66 of true pairs (one state's voter and licence records).
    assert round(exact_match_recall([0.08] * 5), 2) == 0.66
    rng = np.random.default_rng(6)
    errors = rng.random((50, 4000, 3)) < np.array([0.05, 0.1, 0.2])
    recall = (~errors.any(axis=2)).mean(axis=1)
    agreement(recall, exact_match_recall([0.05, 0.1, 0.2]), detectable=0.02)


M = [[0.9, 0.06, 0.04], [0.8, 0.2]]
U = [[0.01, 0.09, 0.9], [0.1, 0.9]]


@pytest.mark.parametrize("threshold", [-10.0, -2.0, 0.0, 3.0, 8.0, 99.0])
def test_fellegi_sunter_rates_are_sums_over_all_vectors(threshold: float) -> None:
    linked_match = linked_other = 0.0
    for i, j in itertools.product(range(3), range(2)):
        weight = math.log2(M[0][i] / U[0][i]) + math.log2(M[1][j] / U[1][j])
        if weight >= threshold:
            linked_match += M[0][i] * M[1][j]
            linked_other += U[0][i] * U[1][j]
    rates = fellegi_sunter_error_rates(M, U, threshold=threshold, match_share=0.02)
    assert rates.false_match_rate == pytest.approx(linked_other, abs=1e-12)
    assert rates.false_non_match_rate == pytest.approx(1.0 - linked_match, abs=1e-12)
    if linked_match == 0.0:
        assert math.isnan(rates.false_discovery_rate)
    else:
        expected = 0.98 * linked_other / (0.98 * linked_other + 0.02 * linked_match)
        assert rates.false_discovery_rate == pytest.approx(expected, rel=1e-12)


def test_fellegi_sunter_rates_are_those_of_drawn_pairs() -> None:
    rng = np.random.default_rng(9)
    weights = [np.log2(np.array(m) / np.array(u)) for m, u in zip(M, U, strict=True)]
    shares = np.empty(40)
    for replicate in range(40):
        levels = [rng.choice(len(u), 20_000, p=u) for u in U]
        total = sum(weight[level] for weight, level in zip(weights, levels, strict=True))
        shares[replicate] = np.mean(total >= 0.0)
    theory = fellegi_sunter_error_rates(M, U, threshold=0.0, match_share=0.5).false_match_rate
    agreement(shares, theory, detectable=0.07)
    with pytest.raises(AssertionError, match="theory"):
        agreement(shares, 1.1 * theory, detectable=0.07)


def test_a_level_only_matches_reach_always_links_and_the_reverse_never() -> None:
    rates = fellegi_sunter_error_rates(
        [[0.7, 0.3, 0.0], [1.0, 0.0]],
        [[0.0, 0.5, 0.5], [0.5, 0.5]],
        threshold=50.0,
        match_share=0.5,
    )
    assert rates.false_match_rate == 0.0
    assert rates.false_non_match_rate == pytest.approx(0.3)
    assert rates.false_discovery_rate == 0.0


def test_a_weight_equal_to_the_threshold_links() -> None:
    tie = math.log2(0.9 / 0.01) + math.log2(0.8 / 0.1)
    rates = fellegi_sunter_error_rates(M, U, threshold=tie, match_share=0.5)
    assert rates.false_non_match_rate == pytest.approx(1.0 - 0.72)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: birthday_collision_probability(-1, 365), "people must be at least 0"),
        (lambda: birthday_collision_probability(2, 0), "days must be at least 1"),
        (lambda: two_list_pairs(-1, 2, 3), "first must"),
        (lambda: two_list_matched(1, 2, 0), "keys must"),
        (lambda: coincidental_agreements(-1, 2, SHARES), "listed must be finite"),
        (lambda: coincidental_agreements(1, 2, 2 * SHARES), "sum to at most 1"),
        (lambda: coincidental_agreements(1, 2, -SHARES), "at least 0"),
        (
            lambda: coincidental_agreements_between(
                np.ones(2), np.ones(1), np.ones((1, 1)), np.ones((1, 1))
            ),
            "does not fit",
        ),
        (
            lambda: coincidental_agreements_between(
                np.ones(1), np.ones(1), np.ones((1, 1)), np.array([[0.5, 0.5]])
            ),
            "different numbers of values",
        ),
        (lambda: expected_duplicates(3, 0.999 * SHARES), "sum to 1"),
        (lambda: expected_duplicates(-3, SHARES), "people must"),
        (lambda: poisson_probability(-1, 2.0), "count must"),
        (lambda: poisson_probability(1, -2.0), "mean must"),
        (lambda: poisson_probability(1, math.inf), "mean must"),
        (lambda: positive_predictive_value(5, 4), "exceed pairs"),
        (lambda: people_in_false_pairs(-1, 4), "true_pairs must"),
        (lambda: address_still_current(1.2, 1), "annual_move_rate must"),
        (lambda: address_still_current(0.1, -1), "years must"),
        (lambda: exact_match_recall([0.1, math.nan]), "error rate must"),
        (
            lambda: fellegi_sunter_error_rates([[1.0]], [], threshold=0.0, match_share=0.5),
            "same fields",
        ),
        (
            lambda: fellegi_sunter_error_rates([], [], threshold=0.0, match_share=0.5),
            "same fields",
        ),
        (
            lambda: fellegi_sunter_error_rates(
                [[0.5, 0.501]], [[0.5, 0.5]], threshold=0.0, match_share=0.5
            ),
            "m of field 0",
        ),
        (lambda: fellegi_sunter_error_rates(M, U, threshold=math.nan, match_share=0.5), "NaN"),
        (lambda: fellegi_sunter_error_rates(M, U, threshold=0.0, match_share=2.0), "match_share"),
        (
            lambda: fellegi_sunter_error_rates(
                [[0.5, 0.5]] * 30, [[0.5, 0.5]] * 30, threshold=0.0, match_share=0.5
            ),
            f"more than {MOST_VECTORS}",
        ),
    ],
)
def test_what_lies_outside_a_formula_s_domain_is_refused(
    call: Callable[[], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        call()
