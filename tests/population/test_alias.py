"""Alias tables cut into classes: every category has its chance, whatever its class does."""

import numpy as np
import pytest

from simulator.kernels import compiled
from simulator.population.alias import (
    CLASSES,
    AliasTables,
    alias_tables,
    class_of,
    draw,
    draw_in_class,
)
from simulator.randomness import FloatArray, IntArray
from tests.population.world import assert_share

STEP = 2.0**-24  # of the chance within a cell
AWKWARD = [
    np.array([1.0]),
    np.array([1.0, 1.0, 1.0, 1.0]),
    np.array([1e-300, 1.0, 1e6]),
    np.array([3.0, 90.0, 5.0, 2.0]),
    np.arange(1.0, 500.0),
]


def tables_of(columns: list[FloatArray]) -> AliasTables:
    """Return tables whose categories are numbered from 7."""
    return alias_tables(
        (np.arange(7, 7 + weights.size, dtype=np.int32), weights) for weights in columns
    )


def chances(table: AliasTables, number: int, in_class: int, size: int) -> FloatArray:
    """Work out the chance of every code in one class from the words of its cells."""
    at = number * CLASSES + in_class
    words = [int(word) for word in table.cells[table.starts[at] : table.starts[at + 1]]]
    chance = np.zeros(size)
    for word in words:
        own, other, coin = word >> 44, (word >> 24) % 2**20, (word % 2**24) * STEP
        chance[own] += coin / len(words)
        chance[other] += (1.0 - coin) / len(words)
    return chance


@compiled
def _drawn(u: FloatArray, number: int, table: AliasTables) -> IntArray:
    codes = np.empty(u.size, np.int64)
    for i in range(u.size):
        codes[i] = draw(number, u[i], table)
    return codes


@compiled
def _drawn_in_class(u: FloatArray, number: int, in_class: int, table: AliasTables) -> IntArray:
    codes = np.empty(u.size, np.int64)
    for i in range(u.size):
        codes[i] = draw_in_class(number, in_class, u[i], table)
    return codes


@pytest.mark.parametrize("number", range(len(AWKWARD)))
def test_classes_of_equal_mass_add_up_to_the_distribution(number: int) -> None:
    weights = AWKWARD[number]
    by_class = [chances(tables_of(AWKWARD), number, c, 7 + weights.size) for c in range(CLASSES)]
    found = np.mean(by_class, axis=0)[7:]
    np.testing.assert_allclose(found, weights / weights.sum(), rtol=0, atol=2 * STEP)


def test_classes_go_from_the_commonest_to_the_rarest() -> None:
    """Class c holds the names whose interval of mass, in falling order, meets its own."""
    weights = np.array([2.0, 8.0, 1.0, 4.0, 1.0])
    expected = np.zeros((CLASSES, 5))
    expected[:4, 1] = 1.0
    expected[4:6, 3] = 1.0
    expected[6, 0] = 1.0
    expected[7, [2, 4]] = 0.5
    table = tables_of([weights])
    found = np.array([chances(table, 0, c, 12)[7:] for c in range(CLASSES)])
    np.testing.assert_allclose(found, expected, rtol=0, atol=2 * STEP)


def test_draws_come_at_the_chances_of_the_cells() -> None:
    table, u = tables_of(AWKWARD), np.random.default_rng(5).random(200_000)
    codes = _drawn(u, 3, table)
    for code, weight in enumerate(AWKWARD[3]):
        assert_share(codes == 7 + code, float(weight) / 100.0)
    in_class = _drawn_in_class(u, 3, CLASSES - 1, table)
    for code, chance in enumerate(chances(table, 3, CLASSES - 1, 11)[7:]):
        assert_share(in_class == 7 + code, float(chance))
    assert 7 not in _drawn(u, 2, table), "1e-300 of a million is never drawn"


def test_a_draw_is_a_draw_in_the_class_of_its_uniform() -> None:
    table = tables_of(AWKWARD)
    for u in (0.0, 0.1249999, 0.125, 0.5, 0.87, 1.0 - 2.0**-53):
        one = np.array([u])
        assert _drawn(one, 4, table) == _drawn_in_class(one, 4, class_of(u), table)
        assert class_of(u) == int(np.floor(u * CLASSES))


def test_two_draws_of_one_class_keep_both_distributions() -> None:
    """The chance of a pair summed over its first name is the chance of the second, exactly."""
    first, second = AWKWARD[3], AWKWARD[4][:60]
    table = tables_of([first, second])
    pairs = np.mean(
        [
            np.outer(chances(table, 0, c, 11)[7:], chances(table, 1, c, 67)[7:])
            for c in range(CLASSES)
        ],
        axis=0,
    )
    np.testing.assert_allclose(pairs.sum(axis=1), first / first.sum(), atol=4 * STEP)
    np.testing.assert_allclose(pairs.sum(axis=0), second / second.sum(), atol=4 * STEP)
    independent = np.outer(first / first.sum(), second / second.sum())
    assert pairs[1, -1] > 1.05 * independent[1, -1], "common goes with common"


def test_a_distribution_without_categories_keeps_the_others_in_place() -> None:
    table = tables_of([np.empty(0), np.array([2.0])])
    assert table.starts[: CLASSES + 1].tolist() == [0] * (CLASSES + 1)
    assert _drawn(np.array([0.3, 0.9]), 1, table).tolist() == [7, 7]


@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_weights_must_be_positive(weight: float) -> None:
    with pytest.raises(ValueError, match="every category needs a positive weight"):
        alias_tables([(np.array([1, 2], dtype=np.int32), np.array([1.0, weight]))])


@pytest.mark.parametrize("code", [-1, 2**20])
def test_codes_must_fit_their_bits(code: int) -> None:
    with pytest.raises(ValueError, match="codes must lie between 0 and 1048575"):
        alias_tables([(np.array([code], dtype=np.int32), np.array([1.0]))])
