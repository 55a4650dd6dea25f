from dataclasses import replace

import numpy as np
import pytest

from simulator.fidelity.counts import Proportion
from simulator.fidelity.targets import Target, targets
from simulator.fidelity.verdicts import Failure, Verdict, compare, compare_all, wilson

TARGET = replace(
    targets()[0], published=100.0, tolerance=0.05, scale=1.0, explanation="", id="here"
)
EXPLAINED = replace(TARGET, explanation="because", expected=120.0, expected_tolerance=2.0)
SHARE = replace(TARGET, published=1.0, tolerance=0.06)


@pytest.mark.parametrize(
    ("values", "verdict", "crosses"),
    [
        ((99.9, 100.1), Verdict.WITHIN, False),
        ((104.7, 104.8), Verdict.WITHIN, True),
        ((105.3, 105.2), Verdict.OUTSIDE, True),
        ((109.9, 110.1), Verdict.OUTSIDE, False),
        ((99.0, 101.0), Verdict.TOO_WIDE, True),
        ((40.0, 41.0), Verdict.OUTSIDE, False),
        ((float("nan"), 100.0), Verdict.TOO_WIDE, False),
    ],
)
def test_verdict_follows_from_estimate_interval_and_tolerance(
    values: tuple[float, float], verdict: Verdict, crosses: bool
) -> None:
    compared = compare(TARGET, values, 0.95)
    assert (compared.verdict, compared.crosses) == (verdict, crosses)


def test_interval_is_students_over_replicates() -> None:
    compared = compare(TARGET, (98.0, 100.0, 102.0, 104.0), 0.95)
    assert compared.simulated == 101.0
    # Standard deviation 2.582 over 4 replicates; t at 3 degrees of freedom is 3.1824.
    assert compared.ci_high - 101.0 == pytest.approx(3.182446 * 2.581989 / 2, rel=1e-6)
    assert compared.ci_low + compared.ci_high == pytest.approx(202.0)


def test_national_totals_are_shares_of_the_national_population() -> None:
    compared = compare(replace(TARGET, scale=1000.0), (0.1, 0.1), 0.95)
    assert compared.simulated == pytest.approx(100.0)
    assert compared.verdict is Verdict.WITHIN


def test_only_rows_outside_without_explanation_are_unexplained() -> None:
    assert compare(TARGET, (120.0, 120.0), 0.95).unexplained
    assert not compare(replace(TARGET, explanation="because"), (120.0, 120.0), 0.95).unexplained
    assert not compare(TARGET, (100.0, 100.0), 0.95).unexplained


def test_a_target_that_nothing_computes_is_an_error() -> None:
    with pytest.raises(KeyError, match="here"):
        compare_all([TARGET], [{}], 0.95)
    assert np.isfinite(compare_all([TARGET], [{"here": 1.0}] * 2, 0.95)[0].simulated)


def test_wilsons_interval() -> None:
    # Wilson (1927): 10 of 20 at 95% is 0.299 to 0.701; all of n leaves z²/(n + z²) of doubt.
    assert wilson(10, 20, 0.95) == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert wilson(2, 2, 0.95) == pytest.approx((2 / (2 + 1.959964**2), 1.0), abs=1e-6)
    assert np.isnan(wilson(0, 0, 0.95)).all()


def test_a_share_of_few_is_no_surer_than_its_counts() -> None:
    few = compare(SHARE, [Proportion(1, 1), Proportion(1, 1)], 0.95)
    assert few.verdict is Verdict.TOO_WIDE
    assert few.ci_low == pytest.approx(wilson(2, 2, 0.95)[0])
    many = compare(SHARE, [Proportion(5000, 5000), Proportion(5000, 5000)], 0.95)
    assert many.verdict is Verdict.WITHIN
    scaled = compare(replace(SHARE, scale=10.0), [Proportion(1, 2), Proportion(1, 2)], 0.95)
    assert (scaled.ci_low, scaled.ci_high) == pytest.approx(
        tuple(10 * end for end in wilson(2, 4, 0.95))
    )


def test_replicates_that_differ_more_than_chance_keep_students_interval() -> None:
    shares = (0.2, 0.8)
    counted = compare(SHARE, [Proportion(1e6 * value, 1e6) for value in shares], 0.95)
    plain = compare(SHARE, shares, 0.95)
    assert (counted.ci_low, counted.ci_high) == (plain.ci_low, plain.ci_high)


def test_a_share_of_nobody_in_one_replicate_has_no_interval() -> None:
    compared = compare(SHARE, [Proportion(0, 0), Proportion(3, 3)], 0.95)
    assert compared.verdict is Verdict.TOO_WIDE
    assert compared.failure(undecided=False) is Failure.NOT_A_NUMBER


@pytest.mark.parametrize(
    ("target", "values", "small", "full"),
    [
        (TARGET, (100.0, 100.1), None, None),
        (TARGET, (float("nan"), 100.0), Failure.NOT_A_NUMBER, Failure.NOT_A_NUMBER),
        (EXPLAINED, (float("nan"), 120.0), Failure.NOT_A_NUMBER, Failure.NOT_A_NUMBER),
        (TARGET, (120.0, 120.1), Failure.UNEXPLAINED, Failure.UNEXPLAINED),
        (TARGET, (99.0, 101.0), None, Failure.UNDECIDED),
        (EXPLAINED, (119.0, 119.1), None, None),
        (EXPLAINED, (123.0, 123.1), Failure.DRIFTED, Failure.DRIFTED),
        (EXPLAINED, (117.0, 117.1), Failure.DRIFTED, Failure.DRIFTED),
        (EXPLAINED, (100.0, 100.1), None, None),
        (EXPLAINED, (119.0, 121.0), None, None),
    ],
)
def test_what_a_strict_comparison_does_not_let_pass(
    target: Target, values: tuple[float, float], small: Failure | None, full: Failure | None
) -> None:
    compared = compare(target, values, 0.95)
    assert compared.failure(undecided=False) is small
    assert compared.failure(undecided=True) is full
