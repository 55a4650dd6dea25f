"""Divide the bearers of given names among birth cohorts and the foreign-born.

Rests on the Census 2020 bearers by group, the survivors of registered births by decade and the
age structure of each group by nativity: three margins, one for each pair of name, group and cell.
Limits: survivors ignore emigration and count a name as registered at birth, while the Census has
it as people write it (CHRIS for CHRISTOPHER), so that a small share born abroad is noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from simulator.reference.archives import BuildError
from simulator.reference.proportional_fitting import TOLERANCE, largest_error, scale_to

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

ROUNDS = 100
LEAST_ABROAD = 0.03
"""Starting share born abroad of a name whose births leave less: their noise is larger [computed:
names that no group brought along, such as MICHAEL and MATTHEW, leave -0.05 to -0.28]."""
CLEARLY_ABROAD = 0.2
CLEARLY_ABROAD_IF_COMMON = 0.5
"""Share born abroad from which the births of a name are believed [assumption]: of names borne by
white and Black people for half and more, whose US-born are so many that noise outweighs a smaller
share, and of all others the first."""
FEWEST = 500
"""Fewest people of a name whose share born abroad or ages are believed [assumption]."""
MOST_OF_ROOM = 0.99
MOST_IN_WRONG_COHORT = 0.001
"""Largest share of the people of dated names in another birth cohort than their births say that a
build accepts [assumption]: a tenth of what the other margins may be off, because the age structure
of every group is rounded to a thousandth itself."""
_LEAST = 1e-4  # keeps a cell open that a name's own births leave empty; far below what they say


@dataclass(frozen=True)
class NameCells:
    """Hold what registered births say of the cells of each name of one sex.

    seed: shape (names, cohorts + 1), shares by cohort and, last, born abroad. abroad: share born
    abroad, held where `traced`. ages: shares by cohort of the US-born, held where `dated` up to one
    factor per cohort common to all names.
    """

    seed: FloatArray
    abroad: FloatArray
    traced: BoolArray
    ages: FloatArray
    dated: BoolArray


@dataclass(frozen=True)
class Fit:
    """Hold people by name, group and cell, and how far each margin was missed.

    group_cells: largest relative error of a group's cell. abroad: largest error of a traced share.
    ages: mean share of a dated name's people in the wrong cohort.
    """

    people: FloatArray
    group_cells: float
    abroad: float
    ages: float


def name_cells(
    bearers: FloatArray,
    survivors: FloatArray,
    average: FloatArray,
    common: FloatArray,
    informal: BoolArray,
) -> NameCells:
    """Derive the cells of each name from its births.

    bearers: people of the name, shape (names,). survivors: US-born people of the name by cohort,
    shape (names, cohorts). average: shape (cohorts + 1,), what a name without registered births
    starts from. common: share of the bearers who are white or Black. informal: names that people
    write but few are registered with; where half of their bearers are white or Black, few of them
    are taken to be born abroad. The share born abroad is 1 - survivors / bearers, cut to 0 to 1.
    """
    born_here = survivors.sum(axis=1)
    known = born_here > 0.0
    abroad = np.clip(1.0 - born_here / np.maximum(bearers, 1.0), 0.0, 1.0)
    native_half = common >= 0.5
    abroad = np.where(informal & native_half, 0.0, abroad)
    clearly = np.where(native_half, CLEARLY_ABROAD_IF_COMMON, CLEARLY_ABROAD)
    ages = survivors / np.where(known, born_here, 1.0)[:, np.newaxis]
    least = np.maximum(abroad, LEAST_ABROAD)[:, np.newaxis]
    seed = np.where(known[:, np.newaxis], np.hstack([ages * (1.0 - least), least]), average)
    return NameCells(
        seed=np.maximum(seed, _LEAST),
        abroad=np.minimum(abroad, 1.0 - _LEAST),
        traced=known & (abroad >= clearly) & (bearers >= FEWEST),
        ages=ages,
        dated=born_here >= FEWEST,
    )


def fit_cells(bearers: FloatArray, people: FloatArray, cells: NameCells) -> Fit:
    """Fit people by name, group and cell to their three margins.

    bearers: shape (names, groups), held exactly. people: shape (groups, cells), any scale by group,
    held. Raises BuildError if a margin of group and cell or a traced share is missed by more than
    1%, or more than 0.1% of the people of dated names are in a wrong birth cohort.
    """
    # A group without foreign-born people leaves no room for a larger share born abroad.
    room = bearers[:, people[:, -1] > 0.0].sum(axis=1) / np.maximum(bearers.sum(axis=1), 1.0)
    cells = replace(cells, abroad=np.minimum(cells.abroad, MOST_OF_ROOM * room))
    wanted = people * (bearers.sum(axis=0) / people.sum(axis=1))[:, np.newaxis]
    table = cells.seed[:, np.newaxis, :] * (bearers > 0.0)[:, :, np.newaxis]
    table = table * (wanted > 0.0)
    factors = np.ones(cells.ages.shape[1])
    for _ in range(ROUNDS):
        table = scale_to(table, wanted, 0)
        table = _hold_abroad(table, cells)
        table, factors = _hold_ages(table, cells, factors)
        table = scale_to(table, bearers, 2)
    fit = Fit(
        people=table,
        group_cells=largest_error(table, wanted, 0),
        abroad=_abroad_error(table, cells),
        ages=_age_error(table, cells, factors),
    )
    check_fit(fit)
    return fit


def check_fit(fit: Fit) -> None:
    """Raise BuildError if a margin is missed by more than a build accepts."""
    held = max(fit.group_cells, fit.abroad) <= TOLERANCE and fit.ages <= MOST_IN_WRONG_COHORT
    if not held:
        raise BuildError(
            f"given names cannot be fitted: ages by group are off by {fit.group_cells:.2%}, "
            f"shares born abroad by {fit.abroad:.2%}, {fit.ages:.2%} of people are in a wrong "
            f"birth cohort"
        )


def _hold_abroad(table: FloatArray, cells: NameCells) -> FloatArray:
    rows = np.flatnonzero(cells.traced)
    now = _share_abroad(table[rows])
    scaled = table.copy()
    scaled[rows, :, -1] *= (cells.abroad[rows] / now)[:, np.newaxis]
    scaled[rows, :, :-1] *= ((1.0 - cells.abroad[rows]) / (1.0 - now))[:, np.newaxis, np.newaxis]
    return scaled


def _share_abroad(table: FloatArray) -> FloatArray:
    by_cell = table.sum(axis=1)
    return np.asarray(by_cell[:, -1] / by_cell.sum(axis=1))


def _hold_ages(
    table: FloatArray, cells: NameCells, factors: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Scale the US-born of dated names to their ages, whose common factors are updated."""
    rows = np.flatnonzero(cells.dated)
    born_here = table[rows, :, :-1].sum(axis=1)
    wanted = _aged(born_here, cells, factors)
    there, sums = born_here.sum(axis=0), wanted.sum(axis=0)
    factors = factors * np.divide(there, sums, out=np.ones_like(sums), where=sums > 0.0)
    wanted = _aged(born_here, cells, factors)
    ratio = np.divide(wanted, born_here, out=np.ones_like(wanted), where=born_here > 0.0)
    scaled = table.copy()
    scaled[rows, :, :-1] *= ratio[:, np.newaxis, :]
    return scaled, factors


def _aged(born_here: FloatArray, cells: NameCells, factors: FloatArray) -> FloatArray:
    """Return the US-born of dated names as their ages, times the factors, would have them."""
    shares = cells.ages[cells.dated] * factors
    shares = shares / shares.sum(axis=1, keepdims=True)
    return np.asarray(born_here.sum(axis=1, keepdims=True) * shares)


def _abroad_error(table: FloatArray, cells: NameCells) -> float:
    error = np.abs(_share_abroad(table[cells.traced]) - cells.abroad[cells.traced])
    return float(error.max(initial=0.0))


def _age_error(table: FloatArray, cells: NameCells, factors: FloatArray) -> float:
    born_here = table[cells.dated, :, :-1].sum(axis=1)
    if born_here.sum() == 0.0:
        return 0.0
    moved = np.abs(born_here - _aged(born_here, cells, factors)).sum()
    return float(0.5 * moved / born_here.sum())
