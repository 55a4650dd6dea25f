"""Divide the bearers of given names among birth cohorts and the foreign-born.

Rests on the Census 2020 bearers by group, the survivors of registered births by decade and the
age structure of each group by nativity. Limits: survivors ignore emigration and count a name as
registered at birth, while the Census has it as people write it, so that residuals are noisy.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.reference.archives import BuildError
from simulator.reference.proportional_fitting import (
    ENOUGH,
    ROUNDS,
    TOLERANCE,
    largest_error,
    scale_to,
)

FloatArray = npt.NDArray[np.float64]


def cell_shares(bearers: FloatArray, survivors: FloatArray, average: FloatArray) -> FloatArray:
    """Return the share of each name's bearers in each cell, shape (names, cohorts + 1).

    bearers: people of the name, shape (names,). survivors: US-born people of the name by cohort,
    shape (names, cohorts). The share born abroad, the last cell, is 1 - survivors / bearers, cut to
    0 to 1. A name without registered births takes `average`, shape (cohorts + 1,).
    """
    born_here = survivors.sum(axis=1)
    known = born_here > 0.0
    here = np.minimum(born_here / np.maximum(bearers, 1.0), 1.0)
    cohorts = survivors / np.where(known, born_here, 1.0)[:, np.newaxis]
    shares = np.column_stack([cohorts * here[:, np.newaxis], 1.0 - here])
    return np.where(known[:, np.newaxis], shares, average)


def fit_cells(bearers: FloatArray, people: FloatArray, seed: FloatArray) -> FloatArray:
    """Fit bearers by group to people by group and cell, starting from each name's cell shares.

    bearers: shape (names, groups). people: shape (groups, cells). seed: shape (names, cells).
    Returns shape (names, groups, cells). Raises BuildError if a margin is missed by more than 1%.
    """
    wanted = people * (bearers.sum(axis=0) / people.sum(axis=1))[:, np.newaxis]
    # A floor lets every margin be met; it is far below what any name's own shares say.
    table = np.maximum(seed, 1e-4)[:, np.newaxis, :] * (bearers > 0.0)[:, :, np.newaxis]
    table = table * (wanted > 0.0)
    for _ in range(ROUNDS):
        table = scale_to(table, bearers, 2)
        if largest_error(table, wanted, 0) < ENOUGH:
            break
        table = scale_to(table, wanted, 0)
    table = scale_to(table, bearers, 2)
    error = largest_error(table, wanted, 0)
    if error > TOLERANCE:
        raise BuildError(f"given names cannot be fitted to ages: a margin is off by {error:.2%}")
    return table
