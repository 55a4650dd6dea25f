"""Fit tables of people to their margins by iterative proportional fitting.

Rests on Deming & Stephan 1940: scaling a table in turn to each of its margins keeps its odds
ratios and converges wherever a table with those zeros and margins exists. Here a table's last
scaling is exact; what the others then lack is returned, so that a build can stop on it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.reference.archives import BuildError

FloatArray = npt.NDArray[np.float64]

ROUNDS = 400
ENOUGH = 1e-6
TOLERANCE = 0.01
"""Largest relative error of a margin that a build accepts."""


def scale_to(table: FloatArray, margin: FloatArray, axis: int) -> FloatArray:
    """Scale a table so that its sums over `axis` are the margin; cells that sum to 0 stay 0."""
    sums = table.sum(axis=axis)
    factors = np.divide(margin, sums, out=np.zeros_like(sums), where=sums > 0.0)
    return np.asarray(table * np.expand_dims(factors, axis))


def largest_error(table: FloatArray, margin: FloatArray, axis: int) -> float:
    """Return the largest error of the sums over `axis`, relative to the margin's own cell."""
    wanted = margin > 0.0
    error = np.abs(table.sum(axis=axis) - margin)[wanted] / margin[wanted]
    return float(error.max(initial=0.0))


def split_among(
    bearers: FloatArray, people: FloatArray, affinity: FloatArray, most: FloatArray
) -> FloatArray:
    """Split the bearers of each name among cells by affinity, so that both margins hold.

    bearers: shape (names,). people: shape (cells,), any scale. affinity: shape (names, cells), at
    least 0, odds of a name among the people of the cells. most: shape (names, cells), the largest
    share of a cell's people who may bear the name, infinite where any may. Returns the expected
    bearers, shape (names, cells): rows sum to `bearers`, columns are in proportion to `people`.
    Raises BuildError if they cannot be made to, or a largest share is passed.
    """
    wanted = people * (bearers.sum() / people.sum())
    ceiling = most * wanted
    table = affinity * wanted
    for _ in range(ROUNDS):
        table = scale_to(table, bearers, 1)
        if max(largest_error(table, wanted, 0), _excess(table, ceiling)) < ENOUGH:
            break
        table = np.minimum(scale_to(table, wanted, 0), ceiling)
    table = scale_to(table, bearers, 1)
    error = max(largest_error(table, wanted, 0), _excess(table, ceiling))
    if error > TOLERANCE:
        raise BuildError(f"names cannot be split among origins: a margin is off by {error:.2%}")
    return table


def _excess(table: FloatArray, ceiling: FloatArray) -> float:
    """Return by how much a cell passes its ceiling at most, relative to it."""
    return float((table / ceiling).max(initial=1.0)) - 1.0
