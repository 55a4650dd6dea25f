"""Differences within replicates, residents spared per match lost, and Shapley values, by hand."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from simulator.measures.ablation import (
    Known,
    paired_changes,
    sampling_error,
    shapley,
    shapley_of_orders,
    spared_per_lost,
)


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)[:, None]


def test_a_difference_of_both_signs_has_students_interval() -> None:
    changed, requests = column(4.0, -2.0, 7.0), np.full(3, 1000.0)
    found = paired_changes(changed, requests, confidence=0.95, scale=1000.0)
    # mean 3, standard deviation sqrt((1 + 25 + 16) / 2) = sqrt(21), error sqrt(7)
    assert found.estimate[0] == pytest.approx(3.0)
    assert found.std_error[0] == pytest.approx(math.sqrt(7.0))
    reach = 4.302652729749464 * math.sqrt(7.0)  # t with 2 degrees of freedom
    assert found.ci_low[0] == pytest.approx(3.0 - reach)
    assert found.ci_high[0] == pytest.approx(3.0 + reach)


def test_differences_are_paired_within_replicates() -> None:
    rng = np.linspace(0.0, 900.0, 10)  # worlds differ far more than what the guardrail does
    own, turned = rng + 50.0, rng + 50.0 + np.array([30.0, 32.0] * 5)
    found = paired_changes((turned - own)[:, None], np.full(10, 1e4), confidence=0.95)
    assert found.ci_high[0] - found.ci_low[0] < 2e-4
    assert own.std() / 1e4 > 0.02, "unpaired, the interval would be a hundred times as wide"


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_few_changes_of_one_sign_never_reach_over_zero(sign: float) -> None:
    changed = sign * column(0.0, 0.0, 3.0, 0.0, 1.0)
    found = paired_changes(changed, np.full(5, 200.0), confidence=0.95, scale=1000.0)
    ends = sorted(abs(end) for end in (found.ci_low[0], found.ci_high[0]))
    assert found.estimate[0] == pytest.approx(sign * 4.0)
    assert 0.0 < ends[0] < 4.0 < ends[1]
    assert np.sign(found.ci_low[0]) == np.sign(found.ci_high[0]) == sign


def test_where_nothing_changed_either_way_is_bounded() -> None:
    found = paired_changes(np.zeros((4, 1)), np.full(4, 250.0), confidence=0.95, scale=1000.0)
    upper = -math.log(0.025)  # events at which none are seen with probability 0.025, of 1,000
    assert found.estimate[0] == 0.0
    assert found.ci_low[0] == pytest.approx(-upper)
    assert found.ci_high[0] == pytest.approx(upper)


def test_what_may_change_either_way_is_no_count_though_replicates_agree() -> None:
    changed, requests = column(1.0, 0.0, 4.0), np.full(3, 1000.0)
    found = paired_changes(changed, requests, confidence=0.95, scale=1000.0, one_way=False)
    # mean 5/3, squared deviations 4/9 + 25/9 + 49/9 = 26/3, error sqrt(26/3 / 2 / 3)
    reach = 4.302652729749464 * math.sqrt(26.0 / 18.0)
    assert found.ci_low[0] == pytest.approx(5.0 / 3.0 - reach)
    assert found.ci_low[0] < 0.0
    assert found.ci_high[0] == pytest.approx(5.0 / 3.0 + reach)
    assert paired_changes(changed, requests, confidence=0.95).ci_low[0] > 0.0


def test_an_interval_of_either_way_holds_nothing_as_often_as_it_says() -> None:
    """Of three replicates, one in four has but one sign where there is no difference at all."""
    rng = np.random.default_rng(8)
    changed = rng.normal(0.0, 10.0, (3, 4000)).round()
    missed = {}
    for one_way in (True, False):
        found = paired_changes(changed, np.full(3, 50.0), confidence=0.95, one_way=one_way)
        missed[one_way] = np.mean((found.ci_low > 0.0) | (found.ci_high < 0.0))
    assert abs(missed[False] - 0.05) < 4.0 * math.sqrt(0.05 * 0.95 / 4000)
    assert missed[True] > 0.15, "taken for counts they would exclude 0 four times too often"


def test_exact_intervals_count_clumps() -> None:
    requests = np.full(4, 250.0)
    none = paired_changes(np.zeros((4, 1)), requests, confidence=0.95, scale=1000.0, clumps=3.0)
    assert none.ci_high[0] == pytest.approx(-3.0 * math.log(0.025))
    same = np.full((4, 1), 3.0)  # no spread: twelve events, or four households of three
    alone, together = (
        paired_changes(same, requests, confidence=0.95, scale=1000.0, clumps=clump)
        for clump in (1.0, 3.0)
    )
    assert together.ci_high[0] == pytest.approx(3.0 * stats.chi2.ppf(0.975, 10.0) / 2.0)
    assert alone.ci_high[0] == pytest.approx(stats.chi2.ppf(0.975, 26.0) / 2.0)


def test_one_replicate_has_no_interval() -> None:
    found = paired_changes(column(5.0), np.array([100.0]), confidence=0.95)
    assert found.estimate[0] == pytest.approx(0.05)
    assert math.isnan(found.ci_low[0])
    assert math.isnan(found.ci_high[0])


def test_replicates_of_unequal_lists_weigh_by_their_requests() -> None:
    found = paired_changes(column(-10.0, 40.0), np.array([100.0, 200.0]), confidence=0.95)
    assert found.estimate[0] == pytest.approx(0.1)
    # residuals -20 and 20 at a total of 300: sqrt(2 * 800) / 300
    assert found.std_error[0] == pytest.approx(40.0 / 300.0)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        paired_changes(np.zeros((3, 2)), np.ones(2), confidence=0.95)
    with pytest.raises(ValueError, match="requests positive"):
        paired_changes(np.zeros((2, 2)), np.array([1.0, 0.0]), confidence=0.95)


def test_spared_per_lost_has_the_ends_that_t_does_not_reject() -> None:
    spared, lost = np.array([9.0, 14.0, 10.0, 11.0]), np.array([20.0, 26.0, 19.0, 24.0])
    found = spared_per_lost(spared, lost, confidence=0.9)
    assert found.known == Known.BOUNDED
    assert found.estimate == pytest.approx(44.0 / 89.0)
    assert 0.0 < found.ci_low < found.estimate < found.ci_high
    for end in (found.ci_low, found.ci_high):
        assert stats.ttest_1samp(spared - end * lost, 0.0).pvalue == pytest.approx(0.1)


def test_no_upper_limit_is_given_where_losses_may_be_none() -> None:
    spared, lost = np.array([30.0, 31.0, 29.0, 30.0]), np.array([0.0, 0.0, 1.0, 0.0])
    found = spared_per_lost(spared, lost, confidence=0.95)
    assert found.known == Known.AT_LEAST
    assert found.estimate == pytest.approx(120.0)
    assert math.isinf(found.ci_high)
    assert 0.0 < found.ci_low < 120.0
    assert stats.ttest_1samp(spared - found.ci_low * lost, 0.0).pvalue == pytest.approx(0.05)


def test_neither_limit_is_given_where_nothing_can_be_told_from_zero() -> None:
    found = spared_per_lost(np.array([0.0, 4.0, 0.0]), np.array([0.0, 0.0, 1.0]), confidence=0.95)
    assert found.known == Known.UNBOUNDED
    assert found.estimate == pytest.approx(4.0)
    assert math.isnan(found.ci_low)
    assert math.isnan(found.ci_high)


@pytest.mark.parametrize(
    ("spared", "lost", "known"),
    [
        ([3.0, 4.0], [0.0, 0.0], Known.NONE_LOST),
        ([3.0, 4.0], [2.0, -2.0], Known.NONE_LOST),
        ([0.0, 0.0], [0.0, 0.0], Known.NO_CHANGE),
        ([3.0, 4.0], [-1.0, 0.0], Known.MATCHES_GAINED),
    ],
)
def test_there_is_no_ratio_where_no_match_is_lost(
    spared: list[float], lost: list[float], known: Known
) -> None:
    found = spared_per_lost(np.array(spared), np.array(lost), confidence=0.95)
    assert found.known == known
    assert math.isnan(found.estimate)
    assert math.isnan(found.ci_low)
    assert math.isnan(found.ci_high)


def test_a_guardrail_that_spares_nobody_has_a_ratio_without_interval() -> None:
    found = spared_per_lost(np.zeros(3), np.array([1.0, 2.0, 1.0]), confidence=0.95)
    assert (found.estimate, found.known) == (0.0, Known.NONE_SPARED)
    assert math.isnan(found.ci_high), "an interval without width would be a false certainty"


def test_one_replicate_has_a_ratio_without_interval() -> None:
    found = spared_per_lost(np.array([6.0]), np.array([2.0]), confidence=0.95)
    assert (found.estimate, found.known) == (3.0, Known.ONE_REPLICATE)


def test_two_players_by_hand() -> None:
    # Alone 10 and 4, together 12: the first adds 10 or 8, the second 4 or 2.
    assert shapley(np.array([0.0, 10.0, 4.0, 12.0])).tolist() == [9.0, 3.0]


def test_three_players_by_hand() -> None:
    # Gloves: two left (players 0 and 1), one right (2); only a pair is worth 1.
    values = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    assert shapley(np.array(values)) == pytest.approx([1 / 6, 1 / 6, 4 / 6])


def test_worths_add_up_to_what_all_change() -> None:
    counts = (np.arange(2**6 * 3) * 7919 % 10_007).reshape(2**6, 3).astype(np.float64)
    worth = shapley(counts) * math.factorial(6)
    assert (
        np.rint(worth).sum(axis=0).tolist()
        == ((counts[-1] - counts[0]) * math.factorial(6)).tolist()
    )


def test_a_player_who_changes_nothing_is_worth_nothing() -> None:
    some = np.array([0.0, 5.0, 3.0, 7.0])
    assert shapley(np.concatenate([some, some]))[2] == 0.0


def test_nobody_is_worth_nothing() -> None:
    assert shapley(np.array([3.0])).shape == (0,)
    with pytest.raises(ValueError, match="all subsets"):
        shapley(np.zeros(3))


def along(values: np.ndarray, orders: Sequence[Sequence[int]]) -> np.ndarray:
    """Return the outcomes met on each order."""
    rows = [[0, *np.cumsum([1 << player for player in order])] for order in orders]
    return np.asarray(values[np.array(rows)])


def test_all_orders_give_the_exact_value() -> None:
    values = np.array([0.0, 10.0, 4.0, 12.0, 1.0, 2.0, 9.0, 20.0])
    orders = list(itertools.permutations(range(3)))
    worth, by_order = shapley_of_orders(along(values, orders), orders)
    assert worth == pytest.approx(shapley(values))
    assert by_order.sum(axis=1).tolist() == [20.0] * 6


def test_some_orders_say_how_far_off_they_may_be() -> None:
    values = np.array([0.0, 10.0, 4.0, 12.0, 1.0, 2.0, 9.0, 20.0])
    orders = [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)]
    worth, by_order = shapley_of_orders(along(values, orders), orders)
    # Player 0 adds 10, 11, 8 and 1: pairs average 10.5 and 4.5, half their difference is 3.
    assert by_order[:, 0].tolist() == [10.0, 11.0, 8.0, 1.0]
    assert worth[0] == pytest.approx(7.5)
    assert sampling_error(by_order)[0] == pytest.approx(3.0)
    assert np.isnan(sampling_error(by_order[:2])).all()


def test_orders_hold_every_player_once() -> None:
    with pytest.raises(ValueError, match="players once"):
        shapley_of_orders(np.zeros((1, 3)), [(0, 0)])
