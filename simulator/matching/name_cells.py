"""Accounts folded into cells: how many bear each name, by group, however many accounts there are.

A cell is one distinct (first surname, second surname, given name) in one group, kept as one 64-bit
integer beside its count; memory is bounded by the distinct names, not by the accounts. Shards are
folded as they come: sorted runs of similar size are merged, so that every cell is moved only a few
times. Cells of which no name is like a request's are never kept.

Limits: 2^18 entries of the lexicon (names of accounts are entries, never variants) and 256 groups.
"""

from typing import NamedTuple

import numpy as np

from simulator import lexicon
from simulator.kernels import compiled
from simulator.records import BoolArray, Int32Array, Int64Array

_NAME_BITS, _GROUP_BITS = 18, 8
GROUPS_AT_MOST = 1 << _GROUP_BITS
_NAME, _GROUP = (1 << _NAME_BITS) - 1, GROUPS_AT_MOST - 1


class NameCells(NamedTuple):
    """Distinct names by group, packed (surname 1, surname 2, given, group), rising; accounts."""

    keys: Int64Array
    accounts: Int64Array


class NamesNear(NamedTuple):
    """Which entries of the lexicon are like the given name or a surname of any request."""

    given: BoolArray
    surname: BoolArray


def _packed(
    given: Int32Array, surname_1: Int32Array, surname_2: Int32Array, group: Int32Array
) -> Int64Array:
    key = surname_1.astype(np.int64)
    key = (key << _NAME_BITS) | (surname_2.astype(np.int64) + 1)  # ABSENT is 0
    key = (key << _NAME_BITS) | given
    return np.asarray((key << _GROUP_BITS) | group)


def name_cells(
    given: Int32Array,
    surname_1: Int32Array,
    surname_2: Int32Array,
    group: Int32Array,
    near: NamesNear,
) -> NameCells:
    """Fold accounts into cells; columns have shape (accounts,), ``group`` is 0 to 255.

    Accounts with no name like a request's are left out. Raises ``ValueError`` where a name or a
    group does not fit.
    """
    if lexicon.names().lexicon.size >= _NAME or group.max(initial=0) >= GROUPS_AT_MOST:
        raise ValueError("names or groups do not fit into a cell's number")
    second = near.surname[np.maximum(surname_2, 0)] & (surname_2 != lexicon.ABSENT)
    kept = near.given[given] & (near.surname[surname_1] | second)
    keys, accounts = np.unique(
        _packed(given[kept], surname_1[kept], surname_2[kept], group[kept]), return_counts=True
    )
    return NameCells(keys, accounts.astype(np.int64))


@compiled
def _merged(
    left: Int64Array, left_accounts: Int64Array, right: Int64Array, right_accounts: Int64Array
) -> tuple[Int64Array, Int64Array]:
    keys = np.empty(left.size + right.size, np.int64)
    accounts = np.empty(keys.size, np.int64)
    i, j, found = 0, 0, 0
    while i < left.size or j < right.size:
        take_left = j == right.size or (i < left.size and left[i] <= right[j])
        take_right = i == left.size or (j < right.size and right[j] <= left[i])
        keys[found], accounts[found] = left[i] if take_left else right[j], 0
        if take_left:
            accounts[found] += left_accounts[i]
            i += 1
        if take_right:
            accounts[found] += right_accounts[j]
            j += 1
        found += 1
    return keys[:found].copy(), accounts[:found].copy()


def merged(left: NameCells, right: NameCells) -> NameCells:
    """Return the cells of two sets of accounts together."""
    return NameCells(*_merged(*left, *right))


class CellFold:
    """Collects cells of many shards; what is kept does not depend on the order they came in."""

    def __init__(self) -> None:
        """Start with no account."""
        self._runs: list[NameCells] = []

    def add(self, cells: NameCells) -> None:
        """Take the cells of one more shard."""
        self._runs.append(cells)
        while len(self._runs) > 1 and self._runs[-2].keys.size < 2 * self._runs[-1].keys.size:
            last = self._runs.pop()
            self._runs[-1] = merged(self._runs[-1], last)

    def cells(self) -> NameCells:
        """Return all cells so far."""
        while len(self._runs) > 1:
            last = self._runs.pop()
            self._runs[-1] = merged(self._runs[-1], last)
        return (
            self._runs[0] if self._runs else NameCells(np.empty(0, np.int64), np.empty(0, np.int64))
        )


class CellTable(NamedTuple):
    """Cells by one surname: those of code c are rows ``starts[c]`` to ``starts[c + 1]``.

    ``other`` is the other surname, ABSENT where there is none. A named tuple for compiled loops.
    """

    starts: Int64Array
    other: Int32Array
    given: Int32Array
    group: Int32Array
    accounts: Int64Array


def _table(surname: Int64Array, other: Int64Array, key: Int64Array, size: Int64Array) -> CellTable:
    starts = np.searchsorted(surname, np.arange(lexicon.names().lexicon.size + 1))
    return CellTable(
        starts.astype(np.int64),
        other.astype(np.int32),
        ((key >> _GROUP_BITS) & _NAME).astype(np.int32),
        (key & _GROUP).astype(np.int32),
        size,
    )


class CellIndex(NamedTuple):
    """Cells with one surname, and those with two by the first and once more by the second."""

    single: CellTable
    by_first: CellTable
    by_second: CellTable


def index_cells(cells: NameCells) -> CellIndex:
    """Index cells by surname."""
    second = ((cells.keys >> (_NAME_BITS + _GROUP_BITS)) & _NAME) - 1
    double = second != lexicon.ABSENT
    first = cells.keys >> (2 * _NAME_BITS + _GROUP_BITS)
    alone, both = np.flatnonzero(~double), np.flatnonzero(double)
    order = both[np.argsort(second[both], kind="stable")]
    return CellIndex(
        *(
            _table(by[rows], other[rows], cells.keys[rows], cells.accounts[rows])
            for by, other, rows in (
                (first, second, alone),
                (first, second, both),
                (second, first, order),
            )
        )
    )
