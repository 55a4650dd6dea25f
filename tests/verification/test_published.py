"""Published figures with exact inputs; each check is shown to fail on a perturbed input."""

from collections.abc import Callable

import numpy as np
import pytest

from simulator.measures.closed_forms import (
    birthday_collision_probability,
    coincidental_agreements,
    people_in_false_pairs,
    poisson_probability,
    positive_predictive_value,
    two_list_matched,
    two_list_pairs,
)


def agreements_of_false_pairs(pairs: int, serials: int) -> float:
    """Return the false pairs expected to agree on one of so many equally frequent serials."""
    return coincidental_agreements(pairs, 1, np.full(serials, 1.0 / serials))


# Formula, exact input, published figure, its decimals, and a slightly wrong input.
PUBLISHED: list[tuple[Callable[..., float], tuple[float, ...], float, int, tuple[float, ...]]] = [
    # The birthday problem; McDonald and Levitt 2008 publish 50% and 99% for the last two.
    (birthday_collision_probability, (23, 365), 0.5073, 4, (22, 365)),
    (birthday_collision_probability, (180, 23_000), 0.5045, 4, (179, 23_000)),
    (birthday_collision_probability, (460, 23_000), 0.9902, 4, (455, 23_000)),
    (birthday_collision_probability, (180, 23_000), 0.50, 2, (185, 23_000)),
    (birthday_collision_probability, (460, 23_000), 0.99, 2, (430, 23_000)),
    # Two lists.
    (two_list_pairs, (1000, 1000, 23_000), 43.48, 2, (1000, 1000, 22_990)),
    (two_list_matched, (1000, 1000, 23_000), 42.55, 2, (1000, 1000, 22_990)),
    # Four digits of a number agreeing by chance.
    (agreements_of_false_pairs, (35_750, 10_000), 3.575, 3, (35_750, 9_990)),
    (poisson_probability, (0, 3.575), 0.0280, 4, (0, 3.57)),
    (poisson_probability, (3, 3.575), 0.2133, 4, (3, 3.60)),
    # Iowa, Crosscheck 2012.
    (positive_predictive_value, (6_454, 64_092), 0.1007, 4, (6_460, 64_092)),
    (people_in_false_pairs, (6_454, 64_092), 115_276, 0, (6_453, 64_092)),
]


@pytest.mark.parametrize(("formula", "exact", "published", "decimals", "wrong"), PUBLISHED)
def test_formula_gives_the_published_figure_and_only_from_the_exact_input(
    formula: Callable[..., float],
    exact: tuple[float, ...],
    published: float,
    decimals: int,
    wrong: tuple[float, ...],
) -> None:
    assert round(formula(*exact), decimals) == published
    assert round(formula(*wrong), decimals) != published


def test_mean_and_poisson_fit_together() -> None:
    mean = agreements_of_false_pairs(35_750, 10_000)
    assert round(poisson_probability(0, mean), 4) == 0.0280
    assert 64_092 - 6_454 == 57_638
    assert people_in_false_pairs(6_454, 64_092) == 2 * 57_638
