import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.inversion import category, guided

WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=300).filter(any)
UNIFORM = st.floats(0.0, 1.0, exclude_max=True)


@given(weights=WEIGHTS, u=UNIFORM)
def test_a_category_is_the_first_whose_cumulative_share_exceeds_the_uniform(
    weights: list[int], u: float
) -> None:
    cumulative = np.cumsum(weights) / np.sum(weights)
    wanted = min(int(np.searchsorted(cumulative, u, side="right")), len(weights) - 1)
    assert category(guided(cumulative[None, :]), 0, u) == wanted


@given(weights=WEIGHTS)
def test_uniforms_at_the_very_edges_fall_to_the_right(weights: list[int]) -> None:
    cumulative = np.cumsum(weights) / np.sum(weights)
    table = guided(cumulative[None, :])
    for edge in np.unique(cumulative[cumulative < 1.0]):
        assert cumulative[category(table, 0, edge)] > edge
        assert cumulative[category(table, 0, np.nextafter(edge, 0.0))] >= edge


def test_a_distribution_that_rounds_to_less_than_one_gives_its_last_category() -> None:
    assert category(guided(np.array([[0.3, 0.999]])), 0, 0.9999) == 1


def test_each_row_is_a_distribution_of_its_own() -> None:
    table = guided(np.array([[0.0, 1.0, 1.0], [1.0, 1.0, 1.0], [0.0, 0.0, 1.0]]))
    assert [category(table, row, 0.5) for row in range(3)] == [1, 0, 2]


def test_a_search_starts_at_most_one_category_early_on_average() -> None:
    cumulative = np.linspace(0.0, 1.0, 1001)[1:]
    table, draws = guided(cumulative[None, :]), (np.arange(5000) + 0.5) / 5000
    found = np.searchsorted(cumulative, draws, side="right")
    start = table.guide[0, (draws * table.guide.shape[1]).astype(int)]
    assert (start <= found).all()
    assert (found - start).mean() < 1.0
