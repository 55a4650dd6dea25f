"""The search for candidate pairs: by taxpayer number, then by name and address, block by block.

Requests are cut into slices that depend on nothing but their number; threads work on slices, and
their pairs come out in the order of requests. No more than a few buffers of pairs are in memory,
however many there are.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from simulator.matching.compared import Compared, compare
from simulator.matching.index import SCAN_UP_TO, Index, index_accounts
from simulator.matching.last_four import last_four_check
from simulator.matching.pair import Frame, Left, Right, frame_of
from simulator.matching.prepared import (
    NameSearch,
    PreparedRequests,
    left_of,
    name_search,
    prepare,
    right_of,
    searchable,
)
from simulator.matching.score_kernel import Cut, no_cut
from simulator.matching.tin_path import tin_pairs, uses_tin_path
from simulator.matching.uniform import uniform
from simulator.matching.walk import COMPARED, DONE, empty_columns, fill
from simulator.randomness import IntArray
from simulator.records import BoolArray, CandidatePairs, Roll, joined
from simulator.scenario.schema import MatchingPart

__all__ = [
    "Block",
    "Compared",
    "NameSearch",
    "PreparedRequests",
    "candidate_blocks",
    "candidate_pairs",
    "compare",
    "last_four_check",
    "name_address_blocks",
    "name_address_pairs",
    "name_search",
    "no_pairs",
    "prepare",
    "scored_blocks",
    "searchable",
    "tin_pairs",
    "uses_tin_path",
]

ROOM: Final = 1 << 20  # pairs of a block at most
_SLICES: Final = 64
_SMALLEST: Final = 256  # requests of a slice, but for the last


def no_pairs() -> CandidatePairs:
    """Return a table of no pairs."""
    return CandidatePairs(*empty_columns(0), by_tin=np.empty(0, np.bool_))


@dataclass(frozen=True)
class Block:
    """Some pairs, and the number of candidate pairs of which those below a cut were left out."""

    pairs: CandidatePairs
    compared: int


class _Slice:
    """Some requests, and how far their pairs have been taken."""

    def __init__(
        self, active: IntArray, tables: tuple[Left, Right, Frame, Index, Cut], room: int
    ) -> None:
        self._active, self._room = active, room
        self._tables = tables
        self._position = np.zeros(3, np.int64)

    @property
    def done(self) -> bool:
        """Whether no pairs are left."""
        return bool(self._position[DONE] == self._active.size)

    def advance(self) -> Block:
        """Return the next pairs, as many as there is room for."""
        out = empty_columns(self._room)
        self._position[COMPARED] = 0
        found = fill(self._active, self._position, *self._tables, out)
        columns: dict[str, Any] = {name: column[:found] for name, column in out._asdict().items()}
        pairs = CandidatePairs(**columns, by_tin=np.zeros(found, np.bool_))
        return Block(pairs, int(self._position[COMPARED]))


def _in_order(slices: Iterator[_Slice], threads: int) -> Iterator[Block]:
    """Work through slices on several threads and yield their blocks in order."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[tuple[_Slice, Future[Block]]] = deque()
        while True:
            while len(waiting) <= threads and (some := next(slices, None)) is not None:
                waiting.append((some, pool.submit(some.advance)))
            if not waiting:
                return
            some, block = waiting.popleft()
            found = block.result()
            if not some.done:
                waiting.appendleft((some, pool.submit(some.advance)))
            yield found


def name_address_blocks(
    prepared: PreparedRequests,
    active: IntArray,
    roll: Roll,
    part: MatchingPart,
    *,
    threads: int = 1,
    room: int = ROOM,
    scan_up_to: int = SCAN_UP_TO,
) -> Iterator[CandidatePairs]:
    """Yield the pairs of active requests and searched accounts that are compared by name.

    Blocks hold at most ``room`` pairs, none is empty; the pairs of a request stand together, in one
    block or several that follow each other. ``threads`` changes neither blocks nor order;
    ``scan_up_to`` (see ``matching.index``) changes the order of a request's pairs alone.
    """
    blocks = _compared_blocks(prepared, active, roll, part, no_cut(), threads, room, scan_up_to)
    yield from (block.pairs for block in blocks if len(block.pairs))


def _compared_blocks(
    prepared: PreparedRequests,
    active: IntArray,
    roll: Roll,
    part: MatchingPart,
    cut: Cut,
    threads: int,
    room: int,
    scan_up_to: int,
) -> Iterator[Block]:
    """Yield the pairs of ``name_address_blocks`` that reach a cut, and how many were compared."""
    if active.size == 0 or len(roll) == 0:
        return
    left, right = uniform(left_of(prepared, part)), uniform(right_of(roll, part))
    frame, searched = frame_of(part), searchable(roll, part)
    index = index_accounts(
        active, left, right, frame, searched, threads=threads, scan_up_to=scan_up_to
    )
    size = max(_SMALLEST, -(-active.size // _SLICES))
    tables = (left, right, frame, uniform(index), uniform(cut))
    slices = (
        _Slice(active[first : first + size], tables, room) for first in range(0, active.size, size)
    )
    yield from _in_order(slices, threads)


def name_address_pairs(
    prepared: PreparedRequests, active: IntArray, roll: Roll, part: MatchingPart
) -> CandidatePairs:
    """Return all pairs of ``name_address_blocks`` as one table."""
    blocks = name_address_blocks(prepared, active, roll, part)
    return joined(CandidatePairs, [no_pairs(), *blocks])


def candidate_blocks(
    prepared: PreparedRequests,
    heard: BoolArray,
    roll: Roll,
    part: MatchingPart,
    *,
    threads: int = 1,
    room: int = ROOM,
) -> Iterator[CandidatePairs]:
    """Yield the candidate pairs of the requests that are heard, by number and then by name.

    ``heard``: shape (requests,). Blocks hold at most ``room`` pairs (those by number may hold
    more), none is empty; a request's pairs follow each other.
    """
    blocks = scored_blocks(prepared, heard, roll, part, no_cut(), threads=threads, room=room)
    yield from (block.pairs for block in blocks if len(block.pairs))


def scored_blocks(
    prepared: PreparedRequests,
    heard: BoolArray,
    roll: Roll,
    part: MatchingPart,
    cut: Cut,
    *,
    threads: int = 1,
    room: int = ROOM,
) -> Iterator[Block]:
    """Yield those of ``candidate_blocks`` that reach a cut; pairs by number always do.

    The others are counted where they are met and never become pairs. Blocks may be empty. Pairs
    whose last four digits fail the scenario's check are left out here.
    """
    by_number = uses_tin_path(prepared.requests, part)
    check = last_four_check(prepared.requests, roll, part)
    numbered = check.kept(tin_pairs(prepared, np.flatnonzero(heard & by_number), roll, part))
    yield Block(numbered, len(numbered))
    if part.name_address_path:
        active = np.flatnonzero(heard & ~by_number)
        for block in _compared_blocks(prepared, active, roll, part, cut, threads, room, SCAN_UP_TO):
            yield Block(check.kept(block.pairs), block.compared)


def candidate_pairs(
    prepared: PreparedRequests,
    heard: BoolArray,
    roll: Roll,
    part: MatchingPart,
    *,
    threads: int = 1,
) -> CandidatePairs:
    """Return all pairs of ``candidate_blocks`` as one table."""
    blocks = candidate_blocks(prepared, heard, roll, part, threads=threads)
    return joined(CandidatePairs, [no_pairs(), *blocks])
