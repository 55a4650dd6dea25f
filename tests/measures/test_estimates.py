import numpy as np
import numpy.typing as npt
import pytest
from scipy import special, stats

from simulator.measures.estimates import Estimates, ratio_estimates, ratio_of_ratios

FloatArray = npt.NDArray[np.float64]


def column(*values: float) -> FloatArray:
    return np.array(values, dtype=np.float64)[:, np.newaxis]


def same(value: float, replicates: int) -> FloatArray:
    return np.full((replicates, 1), value)


def test_equal_denominators_give_the_mean_and_its_t_interval_on_the_logit() -> None:
    numerators = column(400.0, 430.0, 385.0, 410.0)
    result = ratio_estimates(numerators, same(1000.0, 4), confidence=0.9, proportion=True)
    rates = numerators[:, 0] / 1000.0
    error = stats.sem(rates)
    middle = rates.mean()
    low, high = special.expit(
        stats.t.interval(0.9, 3, loc=special.logit(middle), scale=error / (middle * (1.0 - middle)))
    )
    assert result.estimate[0] == pytest.approx(rates.mean(), rel=1e-12)
    assert result.std_error[0] == pytest.approx(error, rel=1e-12)
    assert result.ci_low[0] == pytest.approx(low, rel=1e-12)
    assert result.ci_high[0] == pytest.approx(high, rel=1e-12)
    assert (result.numerator[0], result.denominator[0], result.replicates) == (1625.0, 4000.0, 4)


def test_a_rate_that_is_no_proportion_has_its_t_interval_on_the_logarithm() -> None:
    numerators = column(4000.0, 4300.0, 3850.0, 4100.0)
    result = ratio_estimates(numerators, same(1000.0, 4), confidence=0.9, proportion=False)
    rates = numerators[:, 0] / 1000.0
    low, high = np.exp(
        stats.t.interval(0.9, 3, loc=np.log(rates.mean()), scale=stats.sem(rates) / rates.mean())
    )
    assert result.ci_low[0] == pytest.approx(low, rel=1e-12)
    assert result.ci_high[0] == pytest.approx(high, rel=1e-12)


def test_unequal_denominators_give_the_ratio_of_sums_and_its_linearised_error() -> None:
    numerators, denominators = column(300.0, 90.0, 260.0), column(1000.0, 200.0, 800.0)
    result = ratio_estimates(numerators, denominators, confidence=0.95, proportion=True)
    # By hand: R = 650/2000 = 0.325; residuals -25, 25, 0; sqrt(1.5 * 1250) / 2000.
    assert result.estimate[0] == 0.325
    assert result.std_error[0] == pytest.approx(0.0216506350946, rel=1e-10)


def test_scale_multiplies_estimate_error_and_interval_but_not_counts() -> None:
    numerators, denominators = column(50.0, 60.0, 40.0), same(1000.0, 3)
    one = ratio_estimates(numerators, denominators, confidence=0.95, proportion=False)
    thousand = ratio_estimates(
        numerators, denominators, confidence=0.95, proportion=False, scale=1000.0
    )
    for name in ("estimate", "std_error", "ci_low", "ci_high"):
        np.testing.assert_allclose(getattr(thousand, name), 1000.0 * getattr(one, name))
    assert thousand.numerator[0] == one.numerator[0] == 150.0


def test_nothing_in_the_denominator_is_not_available_beside_its_counts() -> None:
    for units in (None, 10.0):
        for proportion in (True, False):
            result = ratio_estimates(
                same(0.0, 5),
                same(0.0, 5),
                confidence=0.95,
                proportion=proportion,
                independent_units=units,
            )
            for name in ("estimate", "std_error", "ci_low", "ci_high"):
                assert np.isnan(getattr(result, name)[0])
            assert (result.numerator[0], result.denominator[0]) == (0.0, 0.0)


def test_rows_do_not_touch_one_another() -> None:
    rng = np.random.default_rng(3)
    denominators = rng.integers(0, 300, (6, 40)).astype(float)
    denominators[:, :5] = 0.0
    rates = rng.choice([0.0, 0.01, 0.4, 1.0], 40)
    numerators = rng.binomial(denominators.astype(int), rates).astype(float)
    units = denominators.sum(axis=0) / 2.0
    together = ratio_estimates(
        numerators, denominators, confidence=0.95, proportion=True, independent_units=units
    )
    for row in range(40):
        alone = ratio_estimates(
            numerators[:, [row]],
            denominators[:, [row]],
            confidence=0.95,
            proportion=True,
            independent_units=units[[row]],
        )
        for name in ("estimate", "std_error", "ci_low", "ci_high"):
            np.testing.assert_allclose(
                getattr(alone, name)[0], getattr(together, name)[row], rtol=1e-12
            )


@pytest.mark.parametrize("replicates", [1, 20])
def test_no_events_give_the_exact_upper_bound_of_the_independent_units(replicates: int) -> None:
    result = ratio_estimates(
        same(0.0, replicates),
        same(500.0, replicates),
        confidence=0.95,
        proportion=True,
        independent_units=1000.0 if replicates > 1 else 400.0,
    )
    units = 1000 if replicates > 1 else 400
    assert (result.estimate[0], result.ci_low[0]) == (0.0, 0.0)
    # The p at which seeing nothing in all units still has chance 2.5%.
    assert result.ci_high[0] == pytest.approx(1.0 - 0.025 ** (1.0 / units), rel=1e-9)


@pytest.mark.parametrize("replicates", [1, 20])
def test_nothing_but_events_gives_the_exact_lower_bound(replicates: int) -> None:
    result = ratio_estimates(
        same(500.0, replicates),
        same(500.0, replicates),
        confidence=0.95,
        proportion=True,
        independent_units=100.0,
    )
    assert (result.estimate[0], result.ci_high[0]) == (1.0, 1.0)
    assert result.ci_low[0] == pytest.approx(0.025 ** (1.0 / 100), rel=1e-9)


def test_without_independent_units_the_replicates_alone_bound_a_proportion() -> None:
    result = ratio_estimates(same(0.0, 20), same(500.0, 20), confidence=0.95, proportion=True)
    assert result.ci_high[0] == pytest.approx(1.0 - 0.025 ** (1.0 / 20), rel=1e-9)


def test_a_rate_without_events_is_bounded_by_events_per_independent_unit() -> None:
    result = ratio_estimates(
        same(0.0, 20),
        same(500.0, 20),
        confidence=0.95,
        proportion=False,
        scale=1000.0,
        independent_units=10_000.0,
    )
    assert result.ci_high[0] == pytest.approx(1000.0 * -np.log(0.025) / 10_000.0, rel=1e-9)
    unbounded = ratio_estimates(same(0.0, 20), same(500.0, 20), confidence=0.95, proportion=False)
    assert unbounded.ci_low[0] == 0.0
    assert np.isnan(unbounded.ci_high[0])


def test_more_independent_units_than_the_denominator_holds_are_cut_to_it() -> None:
    few, many = (
        ratio_estimates(
            same(0.0, 4),
            same(25.0, 4),
            confidence=0.95,
            proportion=True,
            independent_units=units,
        )
        for units in (100.0, 1e6)
    )
    assert few.ci_high[0] == many.ci_high[0]


def test_one_replicate_with_some_events_has_no_interval() -> None:
    for proportion in (True, False):
        result = ratio_estimates(
            same(3.0, 1),
            same(500.0, 1),
            confidence=0.95,
            proportion=proportion,
            independent_units=500.0,
        )
        assert result.estimate[0] == 0.006
        assert np.isnan([result.std_error[0], result.ci_low[0], result.ci_high[0]]).all()


def test_equal_counts_do_not_give_an_interval_without_width() -> None:
    result = ratio_estimates(
        same(30.0, 10),
        same(100.0, 10),
        confidence=0.95,
        proportion=True,
        independent_units=1000.0,
    )
    assert result.std_error[0] == 0.0
    assert result.ci_low[0] == pytest.approx(stats.beta.ppf(0.025, 300, 701), rel=1e-9)
    assert result.ci_high[0] == pytest.approx(stats.beta.ppf(0.975, 301, 700), rel=1e-9)
    rate = ratio_estimates(
        same(30.0, 10),
        same(100.0, 10),
        confidence=0.95,
        proportion=False,
        independent_units=1000.0,
    )
    assert rate.ci_low[0] == pytest.approx(stats.chi2.ppf(0.025, 600) / 2 / 1000, rel=1e-9)
    assert rate.ci_high[0] == pytest.approx(stats.chi2.ppf(0.975, 602) / 2 / 1000, rel=1e-9)
    unsure = ratio_estimates(same(30.0, 10), same(100.0, 10), confidence=0.95, proportion=False)
    assert np.isnan([unsure.ci_low[0], unsure.ci_high[0]]).all()


def test_few_events_count_for_as_many_as_their_spread_is_worth() -> None:
    numerators, total = column(1.0, 3.0, 8.0), 3000.0
    result = ratio_estimates(numerators, same(1000.0, 3), confidence=0.95, proportion=True)
    rate, error = 12.0 / total, stats.sem(numerators[:, 0]) / 1000.0
    size = rate * (1.0 - rate) / error**2 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 2)) ** 2
    events = rate * size
    assert events < 2.0  # twelve events seen, worth less than two
    low, high = result.ci_low[0], result.ci_high[0]
    assert low == pytest.approx(stats.beta.ppf(0.025, events, size - events + 1.0), rel=1e-9)
    assert high == pytest.approx(stats.beta.ppf(0.975, events + 1.0, size - events), rel=1e-9)


def test_equal_counts_alone_are_worth_one_draw_per_replicate() -> None:
    result = ratio_estimates(same(30.0, 10), same(100.0, 10), confidence=0.95, proportion=True)
    assert result.ci_low[0] == pytest.approx(stats.beta.ppf(0.025, 3, 8), rel=1e-9)
    assert result.ci_high[0] == pytest.approx(stats.beta.ppf(0.975, 4, 7), rel=1e-9)


def test_rounding_is_not_taken_for_spread() -> None:
    denominators = column(700.0, 900.0, 1100.0, 1300.0)
    result = ratio_estimates(0.07 * denominators, denominators, confidence=0.95, proportion=True)
    assert result.std_error[0] == 0.0
    assert result.ci_high[0] - result.ci_low[0] > 0.3


def test_extreme_confidence_stays_within_what_is_possible() -> None:
    rare = np.zeros((100, 1))
    rare[:30] = 2.0
    fifty = same(50.0, 100)
    low = ratio_estimates(rare, fifty, confidence=1 - 1e-11, proportion=True).ci_low[0]
    high = ratio_estimates(fifty - rare, fifty, confidence=1 - 1e-11, proportion=True).ci_high[0]
    assert 0.0 < low < 0.012
    assert 1.0 - low == pytest.approx(high, rel=1e-9)


@pytest.mark.parametrize("proportion", [True, False])
def test_the_bound_never_falls_as_events_are_seen(proportion: bool) -> None:
    # A t interval on one event among 20 replicates would end below the bound for none at all.
    highs = []
    for events in range(6):
        numerators = np.zeros((20, 1))
        numerators[:events, 0] = 1.0
        result = ratio_estimates(
            numerators,
            same(1000.0, 20),
            confidence=0.95,
            proportion=proportion,
            independent_units=20_000.0,
        )
        highs.append(result.ci_high[0])
    assert np.all(np.diff(highs) > 0.0)


def test_intervals_stay_within_what_is_possible_and_hold_the_estimate() -> None:
    rng = np.random.default_rng(8)
    denominators = rng.integers(1, 60, (4, 3000)).astype(float)
    chance = rng.choice([0.001, 0.05, 0.5, 0.97], 3000)
    numerators = rng.binomial(denominators.astype(int), chance).astype(float)
    for proportion, top in ((True, 1.0), (False, np.inf)):
        for units in (None, denominators.sum(axis=0)):
            result = ratio_estimates(
                numerators,
                denominators,
                confidence=0.95,
                proportion=proportion,
                independent_units=units,
            )
            low, high = np.nan_to_num(result.ci_low), np.nan_to_num(result.ci_high, nan=top)
            assert (low >= 0.0).all()
            assert (high <= top).all()
            assert (low <= result.estimate + 1e-12).all()
            assert (result.estimate <= high + 1e-12).all()
            assert (high > low).all()


def clumped_counts(
    worlds: int, replicates: int, size: int, *, seed: int
) -> tuple[FloatArray, FloatArray, float]:
    """Return links and false links whose rate differs between replicates, and the true rate."""
    rng = np.random.default_rng(seed)
    links = rng.poisson(size, (replicates, worlds)) + 1
    rate = rng.beta(6.0, 24.0, (replicates, worlds))
    false = rng.binomial(links, rate)
    return false.astype(float), links.astype(float), 0.2


def within_binomial_bounds(covered: npt.NDArray[np.bool_], promise: float) -> bool:
    """Return whether coverage differs from its promise by less than 4 standard errors."""
    slack = 4.0 * np.sqrt(promise * (1.0 - promise) / covered.size)
    return bool(abs(covered.mean() - promise) < slack)


def test_intervals_cover_what_they_promise_over_clumped_replicates() -> None:
    false, links, truth = clumped_counts(4000, 20, 400, seed=11)
    result = ratio_estimates(false, links, confidence=0.95, proportion=True)
    covered = (result.ci_low <= truth) & (truth <= result.ci_high)
    assert within_binomial_bounds(covered, 0.95)


def test_a_binomial_interval_over_pairs_fails_the_same_coverage_test() -> None:
    false, links, truth = clumped_counts(4000, 20, 400, seed=11)
    events, pairs = false.sum(axis=0), links.sum(axis=0)
    low = stats.beta.ppf(0.025, events, pairs - events + 1.0)
    high = stats.beta.ppf(0.975, events + 1.0, pairs - events)
    covered = (low <= truth) & (truth <= high)
    assert not within_binomial_bounds(covered, 0.95)
    assert covered.mean() < 0.5


@pytest.mark.parametrize("clump", [1, 5])
@pytest.mark.parametrize("mean_clumps", [0.5, 2.0, 6.0, 15.0])
@pytest.mark.parametrize("proportion", [True, False])
def test_intervals_on_few_events_cover_at_least_what_they_promise(
    clump: int, mean_clumps: float, proportion: bool
) -> None:
    # Units of ``clump`` links each are wholly right or wholly wrong.
    replicates, units = 20, 2000
    chance = mean_clumps / (replicates * units)
    rng = np.random.default_rng(int(10 * mean_clumps) + clump)
    false = clump * rng.binomial(units, chance, (replicates, 3000)).astype(float)
    result = ratio_estimates(
        false,
        np.full_like(false, units * clump),
        confidence=0.95,
        proportion=proportion,
        independent_units=float(replicates * units),
    )
    covered = (result.ci_low <= chance) & (chance <= result.ci_high)
    assert covered.mean() > 0.95 - 3.0 * np.sqrt(0.95 * 0.05 / 3000)


def test_counting_clumped_links_as_independent_makes_the_bound_too_low() -> None:
    # 50 links stand or fall together; with 2 clumps expected nothing is seen 13.5% of the time.
    replicates, units, clump = 20, 2000, 50
    chance = 2.0 / (replicates * units)
    rng = np.random.default_rng(5)
    false = clump * rng.binomial(units, chance, (replicates, 3000)).astype(float)
    links = np.full_like(false, units * clump)
    below = [
        (
            ratio_estimates(
                false, links, confidence=0.95, proportion=True, independent_units=counted
            ).ci_high
            < chance
        ).mean()
        for counted in (float(replicates * units), float(replicates * units * clump))
    ]
    assert below[0] < 0.025
    assert below[1] > 0.10


@pytest.mark.parametrize(
    ("numerators", "denominators", "options", "message"),
    [
        (np.ones((2, 3)), np.ones((2, 2)), {}, "differ in shape"),
        (np.ones(3), np.ones(3), {}, "replicates >= 1"),
        (np.ones((0, 3)), np.ones((0, 3)), {}, "replicates >= 1"),
        (column(-1.0), column(1.0), {}, "numerators must be finite"),
        (column(1.0), column(np.inf), {}, "denominators must be finite"),
        (column(2.0), column(1.0), {}, "more events than its denominator"),
        (column(1.0), column(1.0), {"confidence": 1.0}, "confidence must lie"),
        (column(1.0), column(1.0), {"scale": 0.0}, "scale must be"),
        (column(1.0), column(1.0), {"independent_units": 0.0}, "independent_units must be pos"),
        (column(1.0), column(1.0), {"independent_units": np.ones(2)}, "one number or 1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    numerators: FloatArray, denominators: FloatArray, options: dict[str, float], message: str
) -> None:
    arguments: dict[str, float] = {"confidence": 0.95, **options}
    with pytest.raises(ValueError, match=message):
        ratio_estimates(numerators, denominators, proportion=True, **arguments)


def test_estimates_cannot_be_written() -> None:
    result = ratio_estimates(column(1.0, 2.0), column(9.0, 9.0), confidence=0.9, proportion=True)
    with pytest.raises(ValueError, match="read-only"):
        result.estimate[0] = 0.5


def test_inputs_are_left_as_they_were() -> None:
    numerators, denominators = column(1.0, 2.0), column(9.0, 9.0)
    ratio_estimates(numerators, denominators, confidence=0.9, proportion=True)
    assert numerators.tolist() == [[1.0], [2.0]]
    assert numerators.flags.writeable


def two_groups(worlds: int, *, seed: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return counts of a group at twice the reference's risk; both share each replicate's shock."""
    rng = np.random.default_rng(seed)
    shock = rng.gamma(8.0, 1.0 / 8.0, (20, worlds))
    group = rng.poisson(60.0 * shock)
    reference = rng.poisson(150.0 * shock)
    people = np.full((20, worlds), 1e5)
    return group.astype(float), people, reference.astype(float), 5.0 * people


def disparity(counts: tuple[FloatArray, FloatArray, FloatArray, FloatArray]) -> Estimates:
    return ratio_of_ratios(*counts, confidence=0.95)


def test_disparity_is_the_ratio_of_risks_with_counts_that_say_so() -> None:
    result = ratio_of_ratios(
        column(20.0, 40.0), same(100.0, 2), column(30.0, 30.0), same(300.0, 2), confidence=0.95
    )
    assert result.estimate[0] == pytest.approx(3.0, rel=1e-12)
    assert result.numerator[0] == 60.0
    assert result.denominator[0] == pytest.approx(20.0, rel=1e-12)
    # Residuals of the log: -10/60 and 10/60 for the group, none for the reference.
    log_error = np.sqrt(2.0 * 2.0 * (1.0 / 6.0) ** 2)
    assert result.std_error[0] == pytest.approx(3.0 * log_error, rel=1e-12)
    reach = np.exp(stats.t.ppf(0.975, 1) * log_error)
    assert result.ci_high[0] == pytest.approx(3.0 * reach, rel=1e-9)
    assert result.ci_low[0] == pytest.approx(3.0 / reach, rel=1e-9)


def test_disparity_covers_and_shared_shocks_cancel() -> None:
    counts = two_groups(4000, seed=21)
    result = disparity(counts)
    covered = (result.ci_low <= 2.0) & (result.ci_high >= 2.0)
    assert within_binomial_bounds(covered, 0.95)
    # As if the reference came from other replicates: the shock no longer cancels.
    group, people, reference, others = counts
    unpaired = disparity((group, people, np.roll(reference, 1, axis=0), others))
    assert np.median(unpaired.std_error) > 2.0 * np.median(result.std_error)


def test_a_reference_group_has_ratio_one_to_itself_without_error() -> None:
    counts, people = column(3.0, 8.0, 5.0), same(100.0, 3)
    result = ratio_of_ratios(counts, people, counts, people, confidence=0.95)
    assert [result.estimate[0], result.ci_low[0], result.ci_high[0]] == [1.0, 1.0, 1.0]
    assert result.std_error[0] == 0.0


def test_one_reference_serves_all_groups() -> None:
    group, people, reference, others = two_groups(3, seed=4)
    shared = ratio_of_ratios(group, people, reference[:, :1], others[:, :1], confidence=0.95)
    alone = ratio_of_ratios(
        group[:, 2:], people[:, 2:], reference[:, :1], others[:, :1], confidence=0.95
    )
    assert shared.ci_high[2] == alone.ci_high[0]


def test_a_reference_without_events_gives_nothing_but_counts() -> None:
    result = ratio_of_ratios(
        column(3.0, 8.0), same(100.0, 2), same(0.0, 2), same(300.0, 2), confidence=0.95
    )
    values = [result.estimate[0], result.std_error[0], result.ci_low[0], result.ci_high[0]]
    assert np.isnan(values).all()
    assert result.numerator[0] == 11.0


def test_a_group_without_events_has_an_upper_limit_of_its_own() -> None:
    reference, others = column(300.0, 340.0, 320.0), same(10_000.0, 3)
    result = ratio_of_ratios(
        same(0.0, 3), same(1000.0, 3), reference, others, confidence=0.95, group_units=3000.0
    )
    assert (result.estimate[0], result.ci_low[0]) == (0.0, 0.0)
    assert np.isnan(result.std_error[0])
    half = ratio_estimates(reference, others, confidence=0.975, proportion=True)
    expected = (1.0 - 0.0125 ** (1.0 / 3000.0)) / half.ci_low[0]
    assert result.ci_high[0] == pytest.approx(expected, rel=1e-9)


def test_disparity_without_spread_keeps_a_width() -> None:
    result = ratio_of_ratios(
        same(20.0, 5),
        same(1000.0, 5),
        same(30.0, 5),
        same(3000.0, 5),
        confidence=0.95,
        group_units=5000.0,
        reference_units=15_000.0,
    )
    assert result.estimate[0] == pytest.approx(2.0)
    assert result.ci_low[0] < 1.9
    assert result.ci_high[0] > 2.1


def test_a_reference_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        ratio_of_ratios(
            np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 2)), np.ones((2, 2)), confidence=0.95
        )
