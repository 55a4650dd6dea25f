"""Everybody's dwelling in a building of several units: the inverse of ``buildings.find_unit``.

The units of a building stand side by side in the scattered order of the dwellings of a ZIP, which
is an affine permutation; its inverse is exact. Places in group quarters have no neighbours here:
a facility is one address without units.
"""

import numpy as np

from simulator.kernels import compiled
from simulator.population.buildings import (
    DWELLINGS,
    MULTIPLIER,
    OFFSET,
    BuildingFrame,
    building_frame,
    find_unit,
)
from simulator.randomness import IntArray
from simulator.records import rows_of_runs


@compiled
def _units(frame: BuildingFrame, places: IntArray, dwellings: IntArray) -> IntArray:
    found = np.empty((2, places.size), np.int64)
    for i in range(places.size):
        _, unit, units = find_unit(frame, places[i], dwellings[i])
        found[0, i], found[1, i] = unit, units
    return found


def units_in(places: IntArray, dwellings: IntArray) -> IntArray:
    """Return how many units the building of each dwelling has; 1 for houses and facilities."""
    return np.asarray(_units(building_frame(), places, dwellings)[1])


def _inverses(multiplier: IntArray, modulus: IntArray) -> IntArray:
    """Return what undoes each multiplier; they are coprime with their moduli."""
    both = zip(multiplier.tolist(), modulus.tolist(), strict=True)
    return np.array([pow(a, -1, m) if m > 1 else 0 for a, m in both], np.int64)


def buildings_dwellings(places: IntArray, dwellings: IntArray) -> tuple[IntArray, IntArray]:
    """Return every dwelling of the buildings in which the given ones lie, these among them.

    Two columns: which of the given it is about, and the dwelling, in the same ZIP. Buildings with
    one unit give their own dwelling alone.
    """
    unit, units = _units(building_frame(), places, dwellings)
    of = np.repeat(np.arange(places.size), units)
    number = rows_of_runs(np.zeros(places.size, np.int64), units)
    layout = building_frame().layout[places]
    total = layout[:, DWELLINGS]
    inverse = _inverses(layout[:, MULTIPLIER], total)
    several = units[of] > 1
    scattered = (layout[:, MULTIPLIER] * dwellings + layout[:, OFFSET]) % np.maximum(total, 1)
    first = (scattered - unit)[of]
    found = inverse[of] * (first + number - layout[of, OFFSET]) % np.maximum(total, 1)[of]
    return of, np.where(several, found, dwellings[of])
