"""Turn expected bearers of names into whole people, and lay them out as one long table.

Rests on nothing but arithmetic. A column is one cell of people who draw their names alike: an
origin for surnames; a group, sex and birth decade, or an origin and sex, for given names.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from simulator.reference.hand_written import LETTERS

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def whole_people(expected: FloatArray) -> IntArray:
    """Round each column of expected bearers to whole people, keeping its sum to within a half.

    `expected` has shape (names, cells). Within a column by largest remainders; what rounding
    leaves of a name in one column is carried to its next, so that a rare name keeps its people
    over all columns even where it has less than one in each. Nobody bears a name that the column
    gives no weight.
    """
    whole = np.zeros(expected.shape, dtype=np.int64)
    carried = np.zeros(len(expected))
    for cell in range(expected.shape[1]):
        used = np.flatnonzero(expected[:, cell] > 0.0)
        wanted = expected[used, cell] + carried[used]
        whole[used, cell] = _largest_remainders(wanted, round(expected[used, cell].sum()))
        carried[used] = wanted - whole[used, cell]
    return whole


def _largest_remainders(wanted: FloatArray, total: int) -> IntArray:
    """Round to whole numbers of at least 0 that sum to `total`."""
    floor = np.maximum(np.floor(wanted), 0.0).astype(np.int64)
    missing = total - int(floor.sum())
    while missing != 0:
        step = 1 if missing > 0 else -1
        room = np.flatnonzero((floor > 0) | (step > 0))
        order = np.argsort(step * (floor - wanted)[room], kind="stable")
        floor[room[order[: abs(missing)]]] += step
        missing = total - int(floor.sum())
    return floor


def name_table(names: Sequence[str], listed: int) -> pa.Table:
    """Lay out names; those after the first `listed` are synthetic.

    Raises ValueError if a name has other letters than A-Z or occurs twice.
    """
    odd = [name for name in names if not LETTERS.fullmatch(name)]
    if odd:
        raise ValueError(f"names must consist of the letters A-Z, found {odd[:3]}")
    if len(set(names)) != len(names):
        raise ValueError("a name occurs twice")
    synthetic = np.arange(len(names)) >= listed
    return pa.table({"name": pa.array(names), "synthetic": pa.array(synthetic)})


def bearer_table(people: IntArray) -> pa.Table:
    """Lay out whole people, shape (names, cells), as rows of cell, name row and people, no zeros.

    Columns: cell (int16), gap (int32, from the cell's previous name row, the first from -1, which
    packs better than the row itself), people (int32).
    """
    cells, rows = np.nonzero(people.T)
    previous = np.concatenate([[-1], rows[:-1]])
    previous[np.flatnonzero(np.diff(cells, prepend=-1))] = -1
    return pa.table(
        {
            "cell": pa.array(cells.astype(np.int16)),
            "gap": pa.array((rows - previous).astype(np.int32)),
            "people": pa.array(people[rows, cells].astype(np.int32)),
        }
    )
