import numpy as np
import pytest

from tests.ladder import UnderpoweredError, agreement


def draws(mean: float, spread: float, replicates: int = 20, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, spread, replicates)


def test_a_true_theory_agrees_and_says_what_it_would_notice() -> None:
    result = agreement(draws(100.0, 2.0), 100.0, detectable=0.05)
    assert result.mean == pytest.approx(100.0, abs=2.0)
    assert 0.01 < result.detects < 0.05


def test_a_theory_wrong_by_the_detectable_error_is_noticed_99_times_in_100() -> None:
    sample = draws(100.0, 2.0)
    spread = sample.std(ddof=1)
    detects = agreement(sample, 100.0, detectable=0.05).detects
    noticed = 0
    for seed in range(400):
        simulated = draws(100.0, spread, seed=1000 + seed)
        try:
            agreement(simulated, 100.0 / (1.0 + detects), detectable=1.0)
        except AssertionError:
            noticed += 1
    # 99% in expectation, the wrong theory being a touch below the noticed shift; binomial slack.
    assert noticed >= 385


def test_a_wrong_theory_fails() -> None:
    with pytest.raises(AssertionError, match="theory 110"):
        agreement(draws(100.0, 2.0), 110.0, detectable=0.05)


def test_too_little_power_is_refused_even_when_the_theory_is_right() -> None:
    with pytest.raises(UnderpoweredError, match="more replicates"):
        agreement(draws(100.0, 50.0), 100.0, detectable=0.05)


def test_no_spread_agrees_only_with_equality() -> None:
    same = np.full(5, 3.0)
    assert agreement(same, 3.0, detectable=0.01).p_value == 1.0
    with pytest.raises(AssertionError, match="theory 4"):
        agreement(same, 4.0, detectable=0.01)


@pytest.mark.parametrize(
    ("values", "theory", "message"),
    [
        ([1.0], 1.0, "at least two replicates"),
        ([1.0, float("nan")], 1.0, "all finite"),
        ([1.0, 2.0], 0.0, "not 0"),
    ],
)
def test_what_cannot_be_tested_is_an_error(
    values: list[float], theory: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        agreement(np.array(values), theory, detectable=0.1)
