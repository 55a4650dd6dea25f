"""Sobol' indices against closed forms, with and without noise; each check is shown able to fail."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from simulator.measures.estimates import ratio_estimates
from simulator.measures.sensitivity import (
    Indices,
    Outputs,
    linearised,
    paired_differences,
    sobol_indices,
    uncertainty,
)
from simulator.randomness import FloatArray, Streams

Model = Callable[[FloatArray], FloatArray]
RNG = Streams(1, 0)
WEIGHTS = np.array([1.0, 0.6, 0.3, 0.0])
LINEAR_TRUTH = WEIGHTS**2 / np.square(WEIGHTS).sum()
LINEAR_VARIANCE = float(np.square(WEIGHTS).sum() / 12.0)
ISHIGAMI_FIRST = np.array([0.3139, 0.4424, 0.0])
ISHIGAMI_TOTAL = np.array([0.5576, 0.4424, 0.2437])


def ishigami(unit: FloatArray) -> FloatArray:
    x = np.pi * (2.0 * unit - 1.0)
    return np.sin(x[..., 0]) * (1.0 + 0.1 * x[..., 2] ** 4) + 7.0 * np.sin(x[..., 1]) ** 2


def linear(unit: FloatArray) -> FloatArray:
    return np.asarray(unit @ WEIGHTS)


def design(
    model: Model, parameters: int, base: int, seed: int, *, replicates: int = 3, noise: float = 0.0
) -> Outputs:
    """Return a model on a Saltelli design; each replicate shifts all, and each variant apart."""
    rng = np.random.default_rng(seed)
    unit = qmc.Sobol(2 * parameters, scramble=True, rng=rng).random(base)
    first, second = unit[:, :parameters], unit[:, parameters:]
    mixed = np.repeat(first[None], parameters, axis=0)
    for column in range(parameters):
        mixed[column, :, column] = second[:, column]
    shift = rng.normal(0.0, 3.0, replicates)

    def seen(points: FloatArray) -> FloatArray:
        exact = model(points)
        own = rng.normal(0.0, noise, (replicates, *exact.shape))
        return np.asarray(exact + shift.reshape(-1, *[1] * exact.ndim) + own)

    return Outputs(seen(first), seen(second), seen(mixed))


def furthest(found: Indices, truth: FloatArray) -> float:
    return float(np.abs(found.estimate - truth).max())


def test_indices_of_the_ishigami_function_are_the_published_ones() -> None:
    first, total, noise = sobol_indices(design(ishigami, 3, 1024, 5), 0.95, rng=RNG)
    assert furthest(first, ISHIGAMI_FIRST) < 0.05
    assert furthest(total, ISHIGAMI_TOTAL) < 0.05
    assert abs(noise) < 1e-9
    # The check can fail: of another parameter, of the other index.
    assert furthest(first, np.roll(ISHIGAMI_FIRST, 1)) > 0.1
    assert furthest(total, ISHIGAMI_FIRST) > 0.1


def test_without_correction_they_are_those_of_scipy() -> None:
    outputs = design(ishigami, 3, 128, 7, noise=0.5)
    first, total, _ = sobol_indices(outputs, 0.95, rng=RNG)
    mean = {
        "f_A": outputs.first.mean(axis=0)[None],
        "f_B": outputs.second.mean(axis=0)[None],
        "f_AB": outputs.mixed.mean(axis=0)[:, None],
    }
    theirs = stats.sobol_indices(func=mean, n=128)
    np.testing.assert_allclose(first.uncorrected, theirs.first_order, atol=1e-9)
    np.testing.assert_allclose(total.uncorrected, theirs.total_order, atol=1e-9)


def mean_of(found: list[FloatArray]) -> FloatArray:
    return np.asarray(np.mean(found, axis=0))


def test_noise_of_replicates_is_taken_out_of_the_indices() -> None:
    """A linear model under noise as large as its own spread: indices are its squared weights."""
    noise, replicates = np.sqrt(LINEAR_VARIANCE), 4
    runs = [
        sobol_indices(
            design(linear, 4, 64, seed, replicates=replicates, noise=noise), 0.95, rng=RNG
        )
        for seed in range(60)
    ]
    total = mean_of([total.estimate for _, total, _ in runs])
    first = mean_of([first.estimate for first, _, _ in runs])
    assert np.abs(total - LINEAR_TRUTH).max() < 0.04
    assert np.abs(first - LINEAR_TRUTH).max() < 0.04
    # The same checks fail on indices with the noise left in.
    assert np.abs(mean_of([t.uncorrected for _, t, _ in runs]) - LINEAR_TRUTH).max() > 0.1
    assert np.abs(mean_of([f.uncorrected for f, _, _ in runs]) - LINEAR_TRUTH).max() > 0.1
    share = np.mean([noise for _, _, noise in runs])
    assert share == pytest.approx(1.0 / (1.0 + replicates), abs=0.03)


def covered(found: Indices, truth: FloatArray) -> FloatArray:
    return np.asarray((found.ci_low <= truth) & (truth <= found.ci_high))


def test_intervals_hold_the_truth_as_often_as_they_say_or_more() -> None:
    runs = [
        sobol_indices(design(linear, 4, 32, seed, replicates=4, noise=0.2), 0.9, rng=RNG)
        for seed in range(100)
    ]
    hit = np.mean([covered(total, LINEAR_TRUTH) for _, total, _ in runs], axis=0)
    assert (hit[:3] >= 0.85).all(), hit
    hit = np.mean([covered(first, LINEAR_TRUTH) for first, _, _ in runs], axis=0)
    assert (hit >= 0.85).all(), hit
    # The check can fail: intervals of half the width, or a truth that is off.
    narrow = np.mean(
        [
            np.abs(total.estimate - LINEAR_TRUTH) <= 0.25 * (total.ci_high - total.ci_low)
            for _, total, _ in runs
        ],
        axis=0,
    )
    assert narrow.min() < 0.85
    off = np.mean([covered(total, LINEAR_TRUTH + 0.4) for _, total, _ in runs], axis=0)
    assert (off[:3] < 0.85).all()


def test_what_replicates_do_to_a_parameter_is_in_the_interval() -> None:
    """A replicate's own slope is the same for all rows: resampling rows never shows it."""
    covered_at, narrow = [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        slope = 1.0 + rng.normal(0.0, 0.8, (8, 1))
        first, second = rng.random((64, 2)), rng.random((64, 2))
        mixed = np.repeat(first[None], 2, axis=0)
        mixed[[0, 1], :, [0, 1]] = second[:, [0, 1]].T

        def model(x: FloatArray, slope: FloatArray = slope) -> FloatArray:
            return np.asarray(slope * x[:, 0] + x[:, 1])

        outputs = Outputs(
            model(first), model(second), np.stack([model(one) for one in mixed], axis=1)
        )
        _, total, _ = sobol_indices(outputs, 0.95, rng=RNG)
        covered_at.append(covered(total, np.array([0.5, 0.5])))
        one, _, _ = sobol_indices(
            Outputs(*(np.repeat(part.mean(axis=0)[None], 8, axis=0) for part in
                      (outputs.first, outputs.second, outputs.mixed))), 0.95, rng=RNG,
        )  # fmt: skip
        narrow.append(np.abs(total.estimate - 0.5) <= one.ci_high - one.estimate)
    assert np.mean(covered_at) >= 0.85
    assert np.mean(narrow) < 0.8, "rows alone would promise too much"


def test_both_kinds_of_doubt_together_are_never_less_than_one() -> None:
    """Few replicates: Student's t makes chance alone wide, and both must hold it."""
    for replicates in (2, 4, 12):
        outputs = design(linear, 4, 64, 5, replicates=replicates, noise=0.6)
        draws = np.concatenate([outputs.first, outputs.second], axis=1)
        errors = draws.std(axis=0, ddof=1) / np.sqrt(replicates)
        found = uncertainty(outputs, errors, 0.95)
        for alone in (found.over_chance, found.over_parameters):
            assert found.over_both[0] <= alone[0] < alone[1] <= found.over_both[1]
        reach = np.hypot(
            found.estimate - found.over_chance[0], found.estimate - found.over_parameters[0]
        )
        assert found.over_both[0] == pytest.approx(found.estimate - reach)


def test_the_interval_of_a_difference_is_student_on_its_replicates() -> None:
    moved, base = np.array([[3.0], [5.0], [10.0]]), np.array([[1.0], [4.0], [6.0]])
    found = paired_differences(moved, base, 0.95)  # differences 2, 1, 4
    error = np.sqrt(7.0 / 3.0 / 3.0)
    assert found.std_error[0] == pytest.approx(error)
    assert found.ci_high[0] == pytest.approx(7.0 / 3.0 + 4.302652729911275 * error)


def test_nothing_that_varies_has_no_indices() -> None:
    still = Outputs(np.ones((3, 8)), np.ones((3, 8)), np.ones((3, 2, 8)))
    first, total, noise = sobol_indices(still, 0.95, rng=RNG)
    assert np.isnan([*first.estimate, *total.estimate, *total.ci_low, noise]).all()


def test_two_replicates_have_indices_but_no_intervals() -> None:
    first, _, _ = sobol_indices(design(linear, 4, 32, 3, replicates=2, noise=0.1), 0.95, rng=RNG)
    assert np.isfinite(first.estimate).all()
    assert np.isnan(first.ci_low).all()


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="same replicates and base samples"):
        sobol_indices(Outputs(np.ones((3, 8)), np.ones((3, 4)), np.ones((3, 2, 8))), 0.9, rng=RNG)


def test_parameter_uncertainty_is_told_from_chance() -> None:
    noise, replicates, found = 0.6, 4, []
    for seed in range(60):
        outputs = design(linear, 4, 64, seed, replicates=replicates, noise=noise)
        draws = np.concatenate([outputs.first, outputs.second], axis=1)
        errors = draws.std(axis=0, ddof=1) / np.sqrt(replicates)
        found.append(uncertainty(outputs, errors, 0.9))
    own = np.mean([one.parameters**2 for one in found])
    assert own == pytest.approx(LINEAR_VARIANCE, rel=0.1)
    # Chance holds what a replicate does to all draws (a variance of 9) and to each (0.36).
    chance = np.mean([one.chance**2 for one in found])
    assert chance == pytest.approx((9.0 + noise**2) / replicates, rel=0.25)
    assert chance != pytest.approx(noise**2 / replicates, rel=0.25), "the check can fail"
    for one in found:
        low, high = (np.subtract(*limits[::-1]) for limits in (one.over_parameters, one.over_both))
        assert low < high


def test_linearised_replicates_have_the_ratio_of_sums_as_their_mean() -> None:
    events = np.array([[1.0, 0.0], [3.0, 0.0], [2.0, 0.0]])
    whole = np.array([[10.0, 0.0], [40.0, 0.0], [10.0, 0.0]])
    values = linearised(events, whole, 1000.0)
    assert values[:, 0].mean() == pytest.approx(1000.0 * 6.0 / 60.0)
    assert np.isnan(values[:, 1]).all()
    # Their spread is the error of the ratio: what a larger denominator explains is not in it.
    events, whole = np.array([[1.0], [3.0], [2.0]]), np.array([[10.0], [45.0], [5.0]])
    values = linearised(events, whole, 1000.0)
    error = ratio_estimates(events, whole, confidence=0.95, scale=1000.0, proportion=True).std_error
    assert values[:, 0].std(ddof=1) / np.sqrt(3) == pytest.approx(error[0])


def test_differences_are_paired_by_replicate() -> None:
    rng = np.random.default_rng(2)
    shift = rng.normal(0.0, 10.0, (6, 1))
    base = shift + 1.0
    moved = shift + 3.0 + rng.normal(0.0, 0.1, (6, 1))
    found = paired_differences(moved, base, 0.95)
    assert found.ci_low[0] < 2.0 < found.ci_high[0]
    assert found.ci_high[0] - found.ci_low[0] < 1.0
    unpaired = paired_differences(moved, base[::-1], 0.95)
    assert unpaired.ci_high[0] - unpaired.ci_low[0] > 10.0, "pairing is what makes them tight"


def test_no_difference_in_any_replicate_has_no_interval() -> None:
    same = np.array([[0.1], [0.3], [0.2]])
    found = paired_differences(same, same, 0.95)
    assert found.estimate[0] == 0.0
    assert found.std_error[0] == 0.0
    assert np.isnan(found.ci_high[0])
    assert np.isnan(paired_differences(same[:1], same[:1], 0.95).std_error[0])
