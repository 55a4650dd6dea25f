"""Categorical draws in constant time from distributions cut into classes of equal mass.

Each distribution is laid out from its commonest category to its rarest and cut into ``CLASSES``
classes of one mass, a category across a cut belonging to both with its part of the mass. Within
every class a category is drawn from an alias table (Walker 1977; Vose 1991). A draw takes its class
from the leading digits of the uniform and its category from the others, so it follows the whole
distribution; taking the class from elsewhere makes two draws depend on each other, and as long as
that class is uniform neither distribution changes.

A cell of an alias table is one 64-bit word: the code of its own category, the code of the other and
the chance of its own in steps of 2^-24. That is one access to memory per draw, mostly to the few
cells of common categories; the chance of a category is off by at most 6e-8 of that of one cell.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from simulator.kernels import compiled, inlined
from simulator.randomness import FloatArray, IntArray, UInt64Array
from simulator.records import Int32Array

CLASSES = 8
"""Classes of a distribution: a power of two, so that finding the class loses no digit."""
_CODE_BITS = np.uint64(20)
_COIN_BITS = np.uint64(24)
_CODE_MASK = np.uint64(2**20 - 1)
_COIN_MASK = np.uint64(2**24 - 1)
_COIN = 2.0**24


class AliasTables(NamedTuple):
    """Several distributions end to end, each cut into CLASSES classes; for compiled loops.

    Class c of table t holds the cells ``starts[t * CLASSES + c]`` to the next start. A cell is
    ``own << 44 | other << 24 | coin``.
    """

    starts: IntArray
    cells: UInt64Array


@compiled
def _classes(weights: FloatArray, entry: IntArray, mass: FloatArray, starts: IntArray) -> int:
    """Cut weights in falling order into classes of equal mass; return the number of cells."""
    total = weights.sum()
    cells, in_class = 0, 0
    passed = 0.0
    starts[0] = 0
    for i in range(weights.size):
        left = weights[i]
        while in_class < CLASSES - 1 and passed + left >= total * (in_class + 1) / CLASSES:
            part = total * (in_class + 1) / CLASSES - passed
            if part > 0.0:
                entry[cells], mass[cells] = i, part
                cells += 1
            passed += part
            left -= part
            in_class += 1
            starts[in_class] = cells
        if left > 0.0:
            entry[cells], mass[cells] = i, left
            cells += 1
            passed += left
    starts[in_class + 1 :] = cells
    return cells


@compiled
def _vose(weights: FloatArray, codes: Int32Array, cells: UInt64Array) -> None:
    """Fill the cells of one alias table from weights that sum to their number."""
    count = weights.size
    small, large = np.empty(count, np.int64), np.empty(count, np.int64)
    alias, keep = np.arange(count), np.ones(count)
    smalls, larges = 0, 0
    for i in range(count):
        if weights[i] < 1.0:
            small[smalls] = i
            smalls += 1
        else:
            large[larges] = i
            larges += 1
    while smalls and larges:
        smalls -= 1
        low, high = small[smalls], large[larges - 1]
        keep[low], alias[low] = weights[low], high
        weights[high] = weights[high] + weights[low] - 1.0
        if weights[high] < 1.0:
            larges -= 1
            small[smalls] = high
            smalls += 1
    for i in range(count):
        coin = np.uint64(min(keep[i] * _COIN + 0.5, _COIN - 1.0))
        other = alias[i] if keep[i] < 1.0 else i
        own = np.uint64(codes[i]) << (_CODE_BITS + _COIN_BITS)
        cells[i] = own | (np.uint64(codes[other]) << _COIN_BITS) | coin


@compiled
def _fill(weights: FloatArray, codes: Int32Array, cells: UInt64Array, starts: IntArray) -> int:
    """Lay out one distribution, its weights in falling order; return the number of cells."""
    entry = np.empty(weights.size + CLASSES, np.int64)
    mass = np.empty(weights.size + CLASSES)
    count = _classes(weights, entry, mass, starts)
    for c in range(CLASSES):
        low, high = starts[c], starts[c + 1]
        if low < high:
            scaled = mass[low:high] * ((high - low) / mass[low:high].sum())
            _vose(scaled, codes[entry[low:high]], cells[low:high])
    return count


def alias_tables(distributions: Iterable[tuple[Int32Array, FloatArray]]) -> AliasTables:
    """Build the tables of several distributions, each given as (codes, weights > 0).

    Equal weights stand in the order given; nothing may be drawn from a distribution without codes.
    Raises ValueError where a weight is not positive or a code has more than 20 bits.
    """
    starts, parts = [np.zeros(1, np.int64)], []
    for codes, weights in distributions:
        if (weights <= 0.0).any():
            raise ValueError("every category needs a positive weight")
        if ((codes < 0) | (codes > int(_CODE_MASK))).any():
            raise ValueError(f"codes must lie between 0 and {int(_CODE_MASK)}")
        order = np.argsort(-weights, kind="stable")
        cells, own_starts = np.empty(codes.size + CLASSES, np.uint64), np.empty(CLASSES + 1, int)
        falling = weights[order].astype(np.float64)
        count = _fill(falling, codes[order].astype(np.int32), cells, own_starts)
        parts.append(cells[:count].copy())
        starts.append(own_starts[1:] + starts[-1][-1])
    return AliasTables(np.concatenate(starts), np.concatenate(parts))


@inlined
def class_of(u: float) -> int:
    """Return the class that a uniform falls into."""
    return int(u * CLASSES)


@inlined
def draw_in_class(number: int, in_class: int, u: float, tables: AliasTables) -> int:
    """Draw a code from one class of a table, with the digits of ``u`` that are not its class."""
    start = tables.starts[number * CLASSES + in_class]
    count = tables.starts[number * CLASSES + in_class + 1] - start
    scaled = (u * CLASSES - int(u * CLASSES)) * count
    which = min(int(scaled), count - 1)
    cell = tables.cells[start + which]
    coin = np.uint64((scaled - which) * _COIN)
    shift = _COIN_BITS + _CODE_BITS * np.uint64(coin < (cell & _COIN_MASK))
    return int((cell >> shift) & _CODE_MASK)


@inlined
def draw(number: int, u: float, tables: AliasTables) -> int:
    """Draw a code from a table; one uniform serves for class, cell and coin."""
    return draw_in_class(number, class_of(u), u, tables)
