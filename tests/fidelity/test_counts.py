import numpy as np
import pytest

from simulator.fidelity.counts import (
    agreement,
    agreement_between,
    commonest,
    median_within,
    quantiles,
    share,
)


def test_chance_to_agree_counts_ordered_pairs_of_different_people() -> None:
    assert agreement(np.array([2, 1, 1])) == 2 / 12
    assert agreement(np.array([1, 1, 1])) == 0.0
    assert agreement(np.array([3])) == 1.0
    assert agreement(np.array([2, 1]), 5) == 2 / 20, "two people whose names are off the list"
    assert np.isnan(agreement(np.array([1])))


def test_chance_to_agree_is_unbiased_at_any_sample_size() -> None:
    shares = np.array([0.5, 0.3, 0.2])
    rng = np.random.default_rng(1)
    found = [agreement(rng.multinomial(5, shares)) for _ in range(20_000)]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - (shares**2).sum()) < 5 * error
    naive = np.mean([((rng.multinomial(5, shares) / 5) ** 2).sum() for _ in range(20_000)])
    assert abs(naive - (shares**2).sum()) > 5 * error, "the plain sum of squares is not"


def test_chance_to_agree_between_groups() -> None:
    assert agreement_between(np.array([2, 0, 1]), np.array([1, 4, 1]), (4, 6)) == 3 / 24


def test_commonest_values_of_everybody() -> None:
    assert commonest(np.array([1, 5, 3, 0]), 2, 16) == 0.5


def test_quantiles_are_the_least_values_that_enough_people_do_not_exceed() -> None:
    histogram = np.array([0, 1, 2, 0, 1])
    assert quantiles(histogram, np.array([0.25, 0.5, 0.75, 0.9])).tolist() == [1, 2, 2, 4]


def test_median_is_interpolated_within_its_bin() -> None:
    assert median_within(np.array([2, 4, 2])) == pytest.approx(1.5)
    assert median_within(np.array([1, 0, 3])) == pytest.approx(2 + 1 / 3)
    assert np.isnan(median_within(np.zeros(3, np.int64)))


def test_a_share_of_nothing_is_not_a_number() -> None:
    assert np.isnan(share(0, 0))
    assert share(1, 4) == 0.25
