"""The grid of policies from the cells of requests: thresholds by summing, selection by best.

Requests are worked through in blocks, so that memory does not grow with the list.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.matching.comparison import ADDRESS_STEPS, CELLS, NAME_STEPS
from simulator.measures.tally import KINDS, RequestCells, kinds
from simulator.records import taken
from simulator.scenario.schema import Selection

REQUESTS_AT_ONCE = 2_000
NOTHING = -1
IntGrid = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Block:
    """A run of requests ``first`` … ``last`` - 1 and what qualifies for each at every policy.

    ``counts`` has shape (kinds, requests, name steps, address steps): qualifying pairs by kind;
    ``best`` (requests, name steps, address steps): the packed best of them, or NOTHING.
    """

    first: int
    last: int
    counts: IntGrid
    best: IntGrid


def _from_strict(grid: IntGrid) -> IntGrid:
    """Sum over all cells at or above each: the last two axes are name and address steps."""
    flipped = grid[..., ::-1, ::-1]
    summed = flipped.cumsum(axis=-1, dtype=grid.dtype).cumsum(axis=-2, dtype=grid.dtype)
    return np.asarray(summed[..., ::-1, ::-1])


def _best_from_strict(grid: IntGrid) -> IntGrid:
    flipped = grid[..., ::-1, ::-1]
    highest = np.maximum.accumulate(np.maximum.accumulate(flipped, axis=-1), axis=-2)
    return np.asarray(highest[..., ::-1, ::-1])


def _dense(cells: RequestCells, first: int, last: int) -> Block:
    requests = last - first
    shape = (requests, NAME_STEPS, ADDRESS_STEPS)
    counts = np.zeros((KINDS, requests * CELLS), np.int32)
    best = np.full(requests * CELLS, NOTHING, np.int64)
    at = (cells.request.astype(np.int64) - first) * CELLS + cells.cell
    counts[cells.kind, at] = cells.pairs
    np.maximum.at(best, at, cells.best)
    return Block(
        first,
        last,
        _from_strict(counts.reshape(KINDS, *shape)),
        _best_from_strict(best.reshape(shape)),
    )


def blocks(cells: RequestCells, requests: int) -> Iterator[Block]:
    """Evaluate every policy for all requests, some at a time; ``cells`` are sorted by request."""
    for first in range(0, requests, REQUESTS_AT_ONCE):
        last = min(requests, first + REQUESTS_AT_ONCE)
        rows = np.arange(*np.searchsorted(cells.request, [first, last]))
        yield _dense(taken(cells, rows), first, last)


def released(block: Block, selection: Selection) -> IntGrid:
    """Return released pairs by kind (kinds, requests, name, address) under a selection rule."""
    if selection == Selection.ALL:
        return block.counts
    chosen = winners(block, selection)
    which = kinds(chosen)
    any_chosen = chosen != NOTHING
    by_kind = np.zeros(block.counts.shape, np.int32)
    for kind in range(KINDS):
        by_kind[kind] = any_chosen & (which == kind)
    return by_kind


def winners(block: Block, selection: Selection) -> IntGrid:
    """Return the one packed pair released per request and policy, or NOTHING.

    Only for the rules that release at most one.
    """
    if selection == Selection.UNIQUE:
        return np.where(block.counts.sum(axis=0) == 1, block.best, NOTHING)
    return block.best
