"""Every policy of the grid at once: what each selection rule releases, request by request.

For each request the contenders are walked from the best to the worst. A pair counts at its own
cell and at all below; a cell that has seen as many pairs as may be released is full, and so is
everything below it, so that each cell is written to no more often than pairs are released there.
``best`` releases the first pair that reaches a cell, ``unique`` the same if it is the only one,
``top`` the first few; under ``all`` only what *sort* of pairs a request gets is asked here, their
number being a plain sum over cells (``measures.tally``).

The same walk marks for every account the policies that release it, so that people who are exposed
are counted once, whoever asked for them (``measures.exposure``). Marks are kept for the box below
the strictest steps that an account's pairs reach; most pairs reach little.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from simulator.kernels import compiled, inlined
from simulator.measures.contenders import (
    KIND_BITS,
    KINDS,
    Contenders,
    UInt8Array,
    references,
    sort_of,
)
from simulator.measures.policies import Policies
from simulator.randomness import IntArray
from simulator.records import BoolArray, Int32Array, Int64Array
from simulator.scenario.schema import Selection

ONE_BY_ONE: Final = (Selection.BEST, Selection.UNIQUE, Selection.TOP)
BEST, UNIQUE, TOP = range(3)
CLASSES: Final = 4 * KINDS  # mated x deficient x kind
ANY_PAIR: Final = 4  # beside RIGHT and WRONG: the state of a request
STATES: Final = 2 * ANY_PAIR  # mated x (right, wrong)
_MASK: Final = (1 << KIND_BITS) - 1


@dataclass(frozen=True)
class Asked:
    """What is told apart of requests: group columns (shape (columns, requests)) and two flags."""

    columns: IntArray
    mated: BoolArray
    deficient: BoolArray


class Boxes(NamedTuple):
    """One array of marks per account: for each cell below its strictest steps, from ``starts`` on.

    Bit s of a mark says that selection s of ``ONE_BY_ONE`` releases the account there; ``extent``
    holds steps + 1 along each axis, shape (3, accounts).
    """

    starts: Int64Array
    extent: Int64Array
    marks: UInt8Array


class Selected(NamedTuple):
    """Released pairs and states of requests at every policy, for everybody and by group.

    ``links`` (3 selections, CLASSES, cells), ``states`` (2: all and top, STATES, cells); the same
    by group on the plane: (…, plane cells, groups).
    """

    links: Int64Array
    states: Int64Array
    group_links: Int32Array
    group_states: Int32Array


def boxes(
    cell: Int32Array, account: Int64Array, accounts: int, shape: tuple[int, int, int]
) -> Boxes:
    """Return empty marks for accounts numbered 0 … ``accounts`` - 1; row r is of account[r]."""
    extent = np.zeros((3, accounts), np.int64)
    for axis, step in enumerate(np.unravel_index(cell, shape)):
        np.maximum.at(extent[axis], account, step + 1)
    starts = np.concatenate([[0], np.cumsum(extent.prod(axis=0))])
    return Boxes(starts, extent, np.zeros(int(starts[-1]), np.uint8))


def nothing_selected(shape: tuple[int, int, int], groups: int) -> Selected:
    """Return counts of nothing."""
    cells, plane = shape[0] * shape[1] * shape[2], shape[0] * shape[1]
    return Selected(
        np.zeros((len(ONE_BY_ONE), CLASSES, cells), np.int64),
        np.zeros((2, STATES, cells), np.int64),
        np.zeros((len(ONE_BY_ONE), CLASSES, plane, groups), np.int32),
        np.zeros((2, STATES, plane, groups), np.int32),
    )


class Scratch(NamedTuple):
    """What is known at every cell of one request; arrays of the shape of the grid.

    ``seen`` holds the sorts among all pairs and ``released`` those among the top, ``reached`` how
    many there are of the top and ``best`` the row of the best.
    """

    seen: UInt8Array
    released: UInt8Array
    reached: Int32Array
    best: Int64Array


@inlined
def _see(seen: UInt8Array, i: int, j: int, k: int, sort: int) -> None:
    """Note a sort of pair at a cell and at all below."""
    for a in range(i, -1, -1):
        if seen[a, j, k] & sort:
            break
        for b in range(j, -1, -1):
            if seen[a, b, k] & sort:
                break
            for c in range(k, -1, -1):
                if seen[a, b, c] & sort:
                    break
                seen[a, b, c] |= sort


@inlined
def _count(
    links: Int64Array,
    group_links: Int32Array,
    which: int,
    row: int,
    cell: int,
    plane: int,
    columns: IntArray,
    request: int,
) -> None:
    """Count one event at a cell, and by group where ``plane`` is a cell of the plane."""
    links[which, row, cell] += 1
    if plane >= 0:
        for kind in range(columns.shape[0]):
            group_links[which, row, plane, columns[kind, request]] += 1


@compiled
def _release_top(
    row: int,
    request: int,
    klass: int,
    steps: tuple[int, int, int],
    scratch: Scratch,
    top: int,
    third: int,
    columns: IntArray,
    selected: Selected,
    start: int,
    extent: tuple[int, int],
    marks: UInt8Array,
) -> None:
    """Release a pair under selection ``top`` wherever fewer than ``top`` better ones are."""
    i, j, k = steps
    count, best, released = scratch.reached, scratch.best, scratch.released
    links, group_links = selected.links, selected.group_links
    second, depth = count.shape[1], count.shape[2]
    sort = sort_of(klass % KINDS)
    for a in range(i, -1, -1):
        if count[a, j, k] >= top:
            break
        for b in range(j, -1, -1):
            if count[a, b, k] >= top:
                break
            for c in range(k, -1, -1):
                if count[a, b, c] >= top:
                    break
                if count[a, b, c] == 0:
                    best[a, b, c] = row
                count[a, b, c] += 1
                released[a, b, c] |= sort
                plane = a * second + b if c == third else -1
                cell = (a * second + b) * depth + c
                _count(links, group_links, TOP, klass, cell, plane, columns, request)
                marks[start + (a * extent[0] + b) * extent[1] + c] |= 1 << TOP


@compiled
def _sweep(
    request: int,
    base: int,
    corner: tuple[int, int, int],
    scratch: Scratch,
    third: int,
    columns: IntArray,
    selected: Selected,
    packed: Int64Array,
    account: Int64Array,
    boxed: Boxes,
) -> None:
    """Count what the other rules release, and the states of the request, below its corner."""
    count, best, seen, released = scratch.reached, scratch.best, scratch.seen, scratch.released
    links, group_links = selected.links, selected.group_links
    states, group_states = selected.states, selected.group_states
    starts, extent, marks = boxed.starts, boxed.extent, boxed.marks
    second, depth = count.shape[1], count.shape[2]
    state = base // (2 * KINDS) * ANY_PAIR
    for a in range(corner[0] + 1):
        for b in range(corner[1] + 1):
            for c in range(corner[2] + 1):
                if count[a, b, c] == 0:
                    break  # what is not reached here is reached by nothing stricter
                plane = a * second + b if c == third else -1
                cell = (a * second + b) * depth + c
                row = best[a, b, c]
                klass = base + (packed[row] & _MASK)
                owner = account[row]
                at = starts[owner] + (a * extent[1, owner] + b) * extent[2, owner] + c
                _count(links, group_links, BEST, klass, cell, plane, columns, request)
                marks[at] |= 1 << BEST
                if count[a, b, c] == 1:
                    _count(links, group_links, UNIQUE, klass, cell, plane, columns, request)
                    marks[at] |= 1 << UNIQUE
                every, some = state + seen[a, b, c], state + released[a, b, c]
                _count(states, group_states, 0, every, cell, plane, columns, request)
                _count(states, group_states, 1, some, cell, plane, columns, request)
                seen[a, b, c], released[a, b, c], count[a, b, c] = 0, 0, 0


@compiled
def _evaluate(
    request: Int32Array,
    cell: Int32Array,
    packed: Int64Array,
    account: Int64Array,
    boxed: Boxes,
    columns: IntArray,
    base: IntArray,
    scratch: Scratch,
    top: int,
    third: int,
    selected: Selected,
) -> None:
    """Walk all requests; rows stand by request, the best first."""
    second, depth = scratch.reached.shape[1], scratch.reached.shape[2]
    first = 0
    while first < request.size:
        last, r = first, request[first]
        i = j = k = 0
        while last < request.size and request[last] == r:
            a, b, c = (
                cell[last] // (second * depth),
                cell[last] // depth % second,
                cell[last] % depth,
            )
            _see(scratch.seen, a, b, c, sort_of(packed[last]))
            owner = account[last]
            _release_top(
                last,
                r,
                base[r] + (packed[last] & _MASK),
                (a, b, c),
                scratch,
                top,
                third,
                columns,
                selected,
                boxed.starts[owner],
                (boxed.extent[1, owner], boxed.extent[2, owner]),
                boxed.marks,
            )
            i, j, k = max(i, a), max(j, b), max(k, c)
            last += 1
        _sweep(r, base[r], (i, j, k), scratch, third, columns, selected, packed, account, boxed)
        first = last


def select(
    rows: Contenders, asked: Asked, policies: Policies, groups: int
) -> tuple[Selected, Boxes, Int64Array]:
    """Evaluate every selection rule at every policy.

    Returns the counts, the marks of every account that contends, and the references of these
    accounts, ascending, which number them. ``rows`` are as from ``contenders``.
    """
    shape = policies.grid.shape
    owners, account = np.unique(references(rows.packed), return_inverse=True)
    boxed = boxes(rows.cell, account, owners.size, shape)
    selected = nothing_selected(shape, groups)
    base = (2 * asked.mated + asked.deficient).astype(np.int64) * KINDS
    scratch = Scratch(
        np.zeros(shape, np.uint8),
        np.zeros(shape, np.uint8),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int64),
    )
    _evaluate(
        rows.request,
        rows.cell,
        rows.packed,
        account.astype(np.int64),
        boxed,
        asked.columns,
        base,
        scratch,
        policies.top,
        policies.third,
        selected,
    )
    return selected, boxed, owners
