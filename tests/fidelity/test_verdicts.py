from dataclasses import replace

import numpy as np
import pytest

from simulator.fidelity.targets import targets
from simulator.fidelity.verdicts import Verdict, compare, compare_all

TARGET = replace(
    targets()[0], published=100.0, tolerance=0.05, scale=1.0, explanation="", id="here"
)


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
