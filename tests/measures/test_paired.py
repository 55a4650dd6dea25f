"""Paired comparisons: what they are exactly, how often they hold, and that the check can fail."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from simulator.measures.paired import Known, Paired, aligned, paired, paired_table
from simulator.measures.rated import Rated

ROWS = 4000
CONFIDENCE = 0.95


def rated(events: np.ndarray, below: np.ndarray, *, proportion: bool = True) -> Rated:
    events, below = events.astype(float), below.astype(float)
    labels = tuple(str(number) for number in range(events.shape[1]))
    return Rated("rate", labels, events, below, below.sum(axis=0), proportion=proportion)


def drawn(
    *,
    replicates: int,
    mean: float,
    kept: float,
    added: float,
    further: float = 0.0,
    seed: int = 1,
    clumped: float = 0.0,
) -> tuple[Rated, Rated, float, float]:
    """Draw two runs that share ``kept`` of ``mean`` events a replicate, and their true rates.

    ``clumped`` is the variance of a factor that both share in a replicate; the second run has
    ``further`` more things to strike.
    """
    rng = np.random.default_rng(seed)
    shape = (replicates, ROWS)
    factor = rng.gamma(1.0 / clumped, clumped, shape) if clumped else np.ones(shape)
    shared = rng.poisson(mean * kept * factor)
    first = shared + rng.poisson(mean * (1.0 - kept) * factor)
    second = shared + rng.poisson(mean * added * factor)
    below = np.full(shape, 2000.0)
    above = below + rng.poisson(further, shape)
    rates = mean / 2000.0, mean * (kept + added) / (2000.0 + further)
    return rated(first, below), rated(second, above), *rates


def coverage(found: Paired, truth: float) -> float:
    return float(((found.low <= truth) & (truth <= found.high)).mean())


def ratio_coverage(found: Paired, truth: float) -> float:
    known = np.isfinite(found.ratio)
    below = np.nan_to_num(found.ratio_low[known], nan=0.0) <= truth
    return float((below & (truth <= np.nan_to_num(found.ratio_high[known], nan=np.inf))).mean())


@pytest.mark.parametrize(
    ("replicates", "kept", "added", "further", "clumped"),
    [(20, 0.8, 0.3, 0.0, 0.0), (20, 0.9, 0.1, 400.0, 0.0), (8, 0.5, 0.6, 300.0, 0.3)],
)
def test_intervals_of_common_events_hold_as_often_as_stated(
    replicates: int, kept: float, added: float, further: float, clumped: float
) -> None:
    first, second, a, b = drawn(
        replicates=replicates, mean=60.0, kept=kept, added=added, further=further, clumped=clumped
    )
    found = paired(first, second, CONFIDENCE)
    assert set(found.known) == {Known.WELL}
    assert 0.93 <= coverage(found, b - a) <= 0.97
    assert 0.93 <= ratio_coverage(found, b / a) <= 0.97


def test_the_check_of_coverage_can_fail() -> None:
    first, second, a, b = drawn(replicates=20, mean=60.0, kept=0.8, added=0.3)
    found = paired(first, second, CONFIDENCE)
    assert coverage(found, (b - a) * 1.4) < 0.93
    shuffled = replace(second, numerators=np.roll(second.numerators, 1, axis=0))
    assert coverage(paired(first, shuffled, CONFIDENCE), b - a) > 0.97 or (
        np.nanmean(paired(first, shuffled, CONFIDENCE).std_error)
        > 1.5 * np.nanmean(found.std_error)
    )


def test_pairing_narrows_what_is_known() -> None:
    first, second, a, b = drawn(replicates=20, mean=60.0, kept=0.9, added=0.2, clumped=0.3)
    found = paired(first, second, CONFIDENCE)
    unpaired = np.hypot(found.first.std_error, found.second.std_error)
    assert np.mean(found.std_error) < 0.3 * np.mean(unpaired)
    reach = 2.093 * unpaired  # Student's t, 19 degrees of freedom
    too_wide = (found.difference - reach <= b - a) & (b - a <= found.difference + reach)
    assert too_wide.mean() > 0.99


@pytest.mark.parametrize(
    ("replicates", "mean", "kept", "added", "further"),
    [
        (5, 0.4, 0.5, 0.5, 0.0),  # few events, close denominators
        (20, 0.1, 0.0, 2.0, 0.0),
        (5, 0.3, 0.0, 2.0, 500.0),  # few events, other denominators
        (20, 40.0, 0.997, 0.0, 0.0),  # many events, hardly any change
        (5, 40.0, 0.99, 0.0, 3.0),
        (2, 1.0, 0.5, 0.5, 0.0),
    ],
)
def test_where_little_is_seen_intervals_hold_at_least_as_often_as_stated(
    replicates: int, mean: float, kept: float, added: float, further: float
) -> None:
    first, second, a, b = drawn(
        replicates=replicates, mean=mean, kept=kept, added=added, further=further
    )
    found = paired(first, second, CONFIDENCE)
    assert {Known.FEW_CHANGES, Known.FEW_EVENTS} & set(found.known)
    assert coverage(found, b - a) >= 0.945
    assert ratio_coverage(found, b / a) >= 0.945


def test_student_alone_would_not_hold_where_little_is_seen() -> None:
    first, second, a, b = drawn(replicates=20, mean=40.0, kept=0.998, added=0.0)
    found = paired(first, second, CONFIDENCE)
    reach = 2.093 * found.std_error
    naive = (found.difference - reach <= b - a) & (b - a <= found.difference + reach)
    assert naive.mean() < 0.9
    assert coverage(found, b - a) >= 0.95


def test_numbers_are_those_of_the_formulas() -> None:
    a = np.array([[40.0], [52.0], [61.0]])
    b = np.array([[30.0], [39.0], [55.0]])
    d_a, d_b = np.array([[100.0], [110.0], [120.0]]), np.array([[150.0], [130.0], [160.0]])
    found = paired(rated(a, d_a), rated(b, d_b), CONFIDENCE)
    r_a, r_b = a.sum() / d_a.sum(), b.sum() / d_b.sum()
    e = (b - r_b * d_b) / d_b.sum() - (a - r_a * d_a) / d_a.sum()
    error = np.sqrt(3 / 2 * np.square(e).sum())
    assert found.difference[0] == pytest.approx(r_b - r_a)
    assert found.std_error[0] == pytest.approx(error)
    # Every replicate has less, and the t interval leaves out 0: on the logarithm of the size.
    size, reach = abs(r_b - r_a), 4.302652729911275 * error
    assert found.low[0] == pytest.approx(-size * np.exp(reach / size))
    assert found.high[0] == pytest.approx(-size / np.exp(reach / size))
    assert found.ratio[0] == pytest.approx(r_b / r_a)


def test_changes_both_ways_keep_the_t_interval_on_the_difference_itself() -> None:
    a = np.array([[40.0], [52.0], [61.0]])
    b = np.array([[70.0], [49.0], [95.0]])
    d_a, d_b = np.array([[100.0], [110.0], [120.0]]), np.array([[150.0], [130.0], [160.0]])
    found = paired(rated(a, d_a), rated(b, d_b), CONFIDENCE)
    reach = 4.302652729911275 * found.std_error[0]
    assert found.low[0] == pytest.approx(found.difference[0] - reach)
    assert found.high[0] == pytest.approx(found.difference[0] + reach)


def test_scale_turns_differences_and_leaves_ratios() -> None:
    first, second, _, _ = drawn(replicates=4, mean=30.0, kept=0.8, added=0.4)
    plain = paired(first, second, CONFIDENCE)
    scaled = paired(replace(first, scale=1000.0), replace(second, scale=1000.0), CONFIDENCE)
    np.testing.assert_allclose(scaled.difference, 1000.0 * plain.difference)
    np.testing.assert_allclose(scaled.high, 1000.0 * plain.high)
    np.testing.assert_allclose(scaled.ratio_low, plain.ratio_low)


def test_swapping_the_runs_turns_every_difference_round() -> None:
    first, second, _, _ = drawn(replicates=5, mean=3.0, kept=0.8, added=0.4, further=2.0)
    there, back = paired(first, second, CONFIDENCE), paired(second, first, CONFIDENCE)
    np.testing.assert_allclose(there.difference, -back.difference, atol=1e-15)
    np.testing.assert_allclose(there.low, -back.high, atol=1e-12)
    assert there.known == back.known


@pytest.mark.parametrize("events", [0.0, 2.0, 500.0])
def test_the_same_run_has_no_difference_and_a_bound(events: float) -> None:
    counts = np.full((4, 1), events)
    run = rated(counts, np.full((4, 1), 1000.0))
    found = paired(run, run, CONFIDENCE)
    assert found.known == (Known.NO_CHANGE,)
    assert (found.difference[0], found.std_error[0]) == (0.0, 0.0)
    assert found.high[0] == pytest.approx(3.689 / 4000.0, rel=1e-3)  # -log(0.025) per request
    assert found.low[0] == -found.high[0]
    if events:
        assert found.ratio[0] == 1.0
        assert found.ratio_low[0] < 1.0 < found.ratio_high[0]
    else:
        assert np.isnan([found.ratio[0], found.ratio_low[0], found.ratio_high[0]]).all()


def test_one_replicate_has_no_interval_but_where_nothing_changed() -> None:
    first = rated(np.array([[5.0, 7.0]]), np.array([[100.0, 100.0]]))
    second = rated(np.array([[9.0, 7.0]]), np.array([[100.0, 100.0]]))
    found = paired(first, second, CONFIDENCE)
    assert found.known == (Known.ONE_REPLICATE, Known.NO_CHANGE)
    assert np.isnan(found.low[0])
    assert found.high[1] == pytest.approx(0.03689, rel=1e-3)


def test_what_either_side_lacks_is_not_available() -> None:
    first = rated(np.array([[5.0], [6.0]]), np.array([[100.0], [100.0]]))
    second = rated(np.zeros((2, 1)), np.zeros((2, 1)))
    found = paired(first, second, CONFIDENCE)
    assert found.known == (Known.NOT_AVAILABLE,)
    assert np.isnan([found.difference[0], found.low[0], found.ratio[0]]).all()


def disparity(seed: int, factor: float) -> Rated:
    rng = np.random.default_rng(seed)
    shape = (20, 1000)
    world = rng.gamma(20.0, 0.05, shape)  # shared by group and reference
    below = np.full(shape, 5000.0)
    group, reference = rng.poisson(60 * factor * world), rng.poisson(200 * world)
    return replace(rated(group, below), reference=rated(reference, below), name="disparity")


def test_disparities_are_compared_on_their_logarithm() -> None:
    first, second = disparity(1, 1.0), disparity(2, 1.5)
    found = paired(first, second, CONFIDENCE)
    assert set(found.known) == {Known.WELL}
    assert 0.93 <= coverage(found, 0.45 - 0.30) <= 0.97
    assert 0.93 <= ratio_coverage(found, 1.5) <= 0.97
    itself = paired(first, first, CONFIDENCE)
    assert set(itself.known) == {Known.NO_CHANGE}
    assert (itself.difference == 0.0).all()
    assert (itself.low < 0.0).all()


def test_groups_that_one_run_lacks_are_kept() -> None:
    counts, below = np.array([[5.0, 6.0], [7.0, 8.0]]), np.full((2, 2), 50.0)
    first = replace(rated(counts, below), labels=("all", "origin=mexico"))
    second = replace(rated(counts, below), labels=("all", "origin=india"))
    ((one, other),) = aligned([first], [second, replace(second, name="another")])
    assert one.labels == other.labels == ("all", "origin=mexico", "origin=india")
    table = paired_table([first], [second], CONFIDENCE)
    assert list(table["note"]) == ["no change seen", "not available", "not available"]


def test_other_measures_are_refused() -> None:
    run = rated(np.ones((2, 1)), np.ones((2, 1)))
    with pytest.raises(ValueError, match="not one measure"):
        paired(run, replace(run, name="another"), CONFIDENCE)
    with pytest.raises(ValueError, match="confidence"):
        paired(run, run, 1.5)


def garwood(events: float, tail: float) -> tuple[float, float]:
    low = stats.chi2.ppf(tail, 2.0 * events) / 2.0 if events else 0.0
    return float(low), float(stats.chi2.ppf(1.0 - tail, 2.0 * (events + 1.0)) / 2.0)


def few(ups: int, units: float) -> Paired:
    """Compare two runs of 4 replicates with so many ups in each, struck singly or in pairs."""
    first, below = np.full((4, 1), 50.0), np.full((4, 1), 1_000.0)
    share = np.array([4_000.0 * units])
    return paired(
        replace(rated(first, below), units=share),
        replace(rated(first + ups, below), units=share),
        CONFIDENCE,
    )


@pytest.mark.parametrize(("units", "each"), [(1.0, 1.0), (0.5, 2.0)])
def test_few_changes_have_both_limits_at_a_higher_level(units: float, each: float) -> None:
    """Ups and downs each at 97.5%, both together at 95% (Bonferroni); in pairs they are half."""
    found = few(1, units)
    low, high = garwood(4.0 / each, 0.0125)
    assert found.known == (Known.FEW_CHANGES,)
    assert found.high[0] * 4_000.0 == pytest.approx(high * each)
    assert found.low[0] * 4_000.0 == pytest.approx((low - garwood(0.0, 0.0125)[1]) * each)


def test_changes_that_come_in_pairs_are_half_as_many() -> None:
    first, second = np.full((4, 1), 50.0), np.array([[55.0], [57.0], [59.0], [58.0]])
    below, share = np.full((4, 1), 1_000.0), np.array([2_000.0])
    runs = rated(first, below), rated(second, below)
    assert paired(*runs, CONFIDENCE).known == (Known.WELL,)  # 29 changes
    pairs = (replace(run, units=share) for run in runs)
    assert paired(*pairs, CONFIDENCE).known == (Known.FEW_CHANGES,)


def test_few_events_with_other_denominators_have_the_outermost_of_both_limits() -> None:
    """Clopper and Pearson's of each side at 97.5% (Bonferroni), 4 of 200 and 4 of 400."""
    ones = np.ones((4, 1))
    found = paired(rated(ones, 50.0 * ones), rated(ones, 100.0 * ones), CONFIDENCE)
    assert found.known == (Known.FEW_EVENTS,)
    most = stats.beta.ppf(1.0 - 0.0125, 5.0, 196.0), stats.beta.ppf(1.0 - 0.0125, 5.0, 396.0)
    least = stats.beta.ppf(0.0125, 4.0, 197.0), stats.beta.ppf(0.0125, 4.0, 397.0)
    assert found.low[0] == pytest.approx(least[1] - most[0])
    assert found.high[0] == pytest.approx(most[1] - least[0])


def test_few_that_are_no_events_of_a_share_are_few() -> None:
    nearly, more = np.full((4, 1), 49.0), np.full((4, 1), 99.0)
    nearly[0], more[0] = 50.0, 98.0
    of_nearly, of_more = np.full((4, 1), 50.0), np.full((4, 1), 100.0)
    assert paired(rated(nearly, of_nearly), rated(more, of_more), 0.95).known == (Known.FEW_EVENTS,)
    rates = (
        rated(nearly, of_nearly, proportion=False),
        rated(more, of_more, proportion=False),
    )
    assert paired(*rates, 0.95).known == (Known.WELL,)
