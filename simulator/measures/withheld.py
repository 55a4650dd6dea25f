"""Requests all of whose links are withheld, at every policy.

A request is so answered where a link that a guardrail stops passes the policy and none that is
released does. For each request with any withheld link, two frontiers are compared: the strictest
step of the first axis at which a link of either sort remains, for each combination of the other two
axes. Who contends for release (``measures.contenders``) covers every policy that releases anything,
so that no released pair beside them is needed.

A request is withheld whatever the selection rule, since rules choose among what may be released:
under ``unique`` one with a single link beside withheld ones is answered with that one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.measures.policies import IntGrid
from simulator.randomness import IntArray
from simulator.records import Frozen, Int32Array, Int64Array, taken

_AT_ONCE: Final = 20_000  # requests whose frontiers are in memory together
_NEVER: Final = -1
_CELL_BITS: Final = np.int64(32)


@dataclass(frozen=True)
class LinkCells(Frozen):
    """Requests and cells of links, by request."""

    request: Int32Array
    cell: Int32Array


def no_links() -> LinkCells:
    """Return no links."""
    return LinkCells(np.empty(0, np.int32), np.empty(0, np.int32))


def distinct(parts: Sequence[LinkCells]) -> LinkCells:
    """Return links of several parts, each cell of a request once."""
    packed = [(part.request.astype(np.int64) << _CELL_BITS) | part.cell for part in parts]
    every = np.unique(np.concatenate(packed))
    return LinkCells(
        (every >> _CELL_BITS).astype(np.int32),
        (every & ((1 << _CELL_BITS) - 1)).astype(np.int32),
    )


def on_plane(links: LinkCells, shape: tuple[int, int, int], third: int) -> LinkCells:
    """Return the links that pass step ``third`` of the third axis, as cells of the plane."""
    passing = taken(links, np.flatnonzero(links.cell % shape[2] >= third))
    return LinkCells(passing.request.copy(), passing.cell // np.int32(shape[2]))


def _frontiers(
    links: LinkCells, requests: IntArray, shape: tuple[int, int, int]
) -> npt.NDArray[np.int16]:
    """Return the frontiers of ascending ``requests``, shape (requests, second, third)."""
    low = np.searchsorted(links.request, requests[0], side="left")
    high = np.searchsorted(links.request, requests[-1], side="right")
    rows = np.arange(low, high)
    at = np.searchsorted(requests, links.request[rows])
    known = requests[at] == links.request[rows]
    rows, at = rows[known], at[known]
    frontier = np.full((requests.size, *shape[1:]), _NEVER, np.int16)
    step, second, third = np.unravel_index(links.cell[rows], shape)
    np.maximum.at(frontier, (at, second, third), step.astype(np.int16))
    for axis in (1, 2):
        frontier = np.flip(np.maximum.accumulate(np.flip(frontier, axis), axis), axis)
    return frontier


def _pieces(requests: IntArray) -> Iterator[IntArray]:
    for first in range(0, requests.size, _AT_ONCE):
        yield requests[first : first + _AT_ONCE]


def count_withheld(
    withheld: LinkCells,
    released: LinkCells,
    columns: Int64Array,
    width: int,
    shape: tuple[int, int, int],
) -> IntGrid:
    """Count requests that are withheld, shape (``width``, cells).

    ``columns`` (kinds, requests) are their groups, below ``width``; both tables stand by request.
    """
    counts = np.zeros((width, shape[0] + 1, *shape[1:]), np.int64)
    for requests in _pieces(np.unique(withheld.request).astype(np.int64)):
        back = _frontiers(withheld, requests, shape)
        out = _frontiers(released, requests, shape)
        at, second, third = np.nonzero(back > out)
        first, last = out[at, second, third] + 1, back[at, second, third] + 1
        for group in columns[:, requests[at]]:
            np.add.at(counts, (group, first, second, third), 1)
            np.add.at(counts, (group, last, second, third), -1)
    return np.asarray(counts.cumsum(axis=1)[:, :-1].reshape(width, -1))
