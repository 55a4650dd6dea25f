"""Links by name alone, counted over distinct names instead of pairs of records.

Given name and surname agree independently of who bears them, so that the pairs of a request and an
account that agree at a step are products of counts. Requests are gathered by surname. For each, the
request's given names are spread once over everything like them: for every given name of an account,
how many requests agree with it at each step or better. Then the accounts under every surname like
it are gone through once, cell by cell (``matching.name_cells``), however many requests there are.

Double surnames are compared by the best assignment of their parts, exactly as the pair kernel does.
A request with two surnames and an account with one agree by the better part, and since the better
and the worse of two steps are together the two steps themselves, such requests are counted as two
halves, one under each of their surnames, less what both reach. Requests and accounts that both show
two are gone through pair of surnames by pair of surnames, under the rarer of the two.

Everything is counted in integers; the pair kernel and its plain twin give the same numbers.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from simulator import lexicon
from simulator.kernels import compiled, inlined
from simulator.matching.agreement import FLOOR, NAME_STEPS
from simulator.matching.comparison import surname_strength
from simulator.matching.name_cells import GROUPS_AT_MOST, CellIndex, CellTable, NamesNear
from simulator.matching.similarity import SimilarStrings
from simulator.randomness import IntArray
from simulator.records import BoolArray, Int8Array, Int32Array, Int64Array

_AT_ONCE = 256  # surnames handed to a thread
_ROW_BITS = 21  # rows of a table of similar names in one number; two million distinct names
_ROW = (1 << _ROW_BITS) - 1
Progress = Callable[[int, int], None]


class AskedNames(NamedTuple):
    """The names of requests: rows of the tables of names like them, -1 where there is none.

    ``surname_rows`` has shape (2, requests). The tables hold what names count for in hundredths, at
    least the floor.
    """

    given_row: IntArray
    surname_rows: IntArray
    given: SimilarStrings
    surname: SimilarStrings


def counting_for(similar: SimilarStrings, scale: Int8Array) -> SimilarStrings:
    """Return a table with every agreement replaced by what it counts for, those below left out."""
    levels = scale[similar.hundredths]
    kept = np.flatnonzero(levels >= FLOOR)
    starts = np.searchsorted(kept, similar.starts)
    return SimilarStrings(starts.astype(np.int64), similar.codes[kept], levels[kept])


def names_near(asked: AskedNames) -> NamesNear:
    """Return which entries of the lexicon any request's names are like."""
    near = np.zeros((2, lexicon.names().lexicon.size), np.bool_)
    near[0, asked.given.codes] = True
    near[1, asked.surname.codes] = True
    return NamesNear(near[0], near[1])


class _Asked(NamedTuple):
    """Requests gathered by surnames: those of unit i are rows ``starts[i]`` to ``starts[i + 1]``.

    ``row_1`` and ``row_2`` are rows of the table of surnames. Every row is a given name with two
    numbers of requests: ``whole`` asks by one surname, ``any`` also by half of two.
    """

    starts: Int64Array
    row_1: Int64Array
    row_2: Int64Array
    given_row: Int64Array
    any: Int64Array
    whole: Int64Array


def _gathered(row_1: IntArray, row_2: IntArray, given_row: IntArray, whole: BoolArray) -> _Asked:
    """Gather requests; those without a name are left out."""
    named = np.flatnonzero((row_1 >= 0) & (given_row >= 0))
    key = row_1[named].astype(np.int64) << _ROW_BITS | (row_2[named] + 1)
    key = key << _ROW_BITS | given_row[named]
    distinct, index = np.unique(key, return_inverse=True)
    surnames = distinct >> _ROW_BITS
    changes = np.flatnonzero(np.diff(surnames, prepend=-1))
    return _Asked(
        np.append(changes, distinct.size).astype(np.int64),
        surnames[changes] >> _ROW_BITS,
        (surnames[changes] & _ROW) - 1,
        distinct & _ROW,
        np.bincount(index, minlength=distinct.size).astype(np.int64),
        np.bincount(index, weights=whole[named], minlength=distinct.size).astype(np.int64),
    )


class _Room(NamedTuple):
    """Working memory of one thread.

    ``slot`` has the row of every given name in ``agreeing``, 0 if no request is like it; a row
    holds how many agree at every step or better, by ``any`` and by ``whole``.
    """

    slot: Int32Array
    agreeing: Int64Array
    first: Int8Array
    second: Int8Array
    links: Int64Array  # (groups, steps): at the step or better


def _room(givens: SimilarStrings) -> _Room:
    size = lexicon.names().lexicon.size
    rows = 1 + min(np.unique(givens.codes).size, givens.codes.size)
    return _Room(
        np.zeros(size, np.int32),
        np.zeros((rows, 2, NAME_STEPS), np.int64),
        np.zeros(size, np.int8),
        np.zeros(size, np.int8),
        np.zeros((GROUPS_AT_MOST, NAME_STEPS), np.int64),
    )


@inlined
def _spread_requests(unit: int, asked: _Asked, givens: SimilarStrings, room: _Room) -> None:
    used = 0
    for i in range(asked.starts[unit], asked.starts[unit + 1]):
        row = asked.given_row[i]
        for k in range(givens.starts[row], givens.starts[row + 1]):
            code = givens.codes[k]
            slot = room.slot[code]
            if slot == 0:
                used += 1
                slot = used
                room.slot[code] = slot
                room.agreeing[slot] = 0
            for step in range(givens.hundredths[k] - FLOOR + 1):
                room.agreeing[slot, 0, step] += asked.any[i]
                room.agreeing[slot, 1, step] += asked.whole[i]


@inlined
def _clear_requests(unit: int, asked: _Asked, givens: SimilarStrings, room: _Room) -> None:
    for i in range(asked.starts[unit], asked.starts[unit + 1]):
        row = asked.given_row[i]
        for k in range(givens.starts[row], givens.starts[row + 1]):
            room.slot[givens.codes[k]] = 0


@inlined
def _spread(row: int, similar: SimilarStrings, table: Int8Array, keep: bool) -> None:
    """Write what the names like one count for into a table, or zeros in their place."""
    for k in range(similar.starts[row], similar.starts[row + 1]):
        table[similar.codes[k]] = similar.hundredths[k] if keep else 0


@inlined
def _add(cells: CellTable, c: int, kind: int, level: int, sign: int, room: _Room) -> None:
    """Count the requests whose given name agrees with a cell's, up to the surname's step."""
    slot = room.slot[cells.given[c]]
    if slot == 0 or level < FLOOR:
        return
    accounts, group = sign * cells.accounts[c], cells.group[c]
    for step in range(level - FLOOR + 1):
        room.links[group, step] += accounts * room.agreeing[slot, kind, step]


@compiled
def _count_by_part(
    first: int, last: int, asked: _Asked, names: AskedNames, index: CellIndex, room: _Room
) -> None:
    """Count requests by one surname against every account, and halves against single ones."""
    surnames, table = names.surname, room.first
    for unit in range(first, last):
        row = asked.row_1[unit]
        _spread_requests(unit, asked, names.given, room)
        _spread(row, surnames, table, True)
        for k in range(surnames.starts[row], surnames.starts[row + 1]):
            code, level = surnames.codes[k], surnames.hundredths[k]
            for c in range(index.single.starts[code], index.single.starts[code + 1]):
                _add(index.single, c, 0, level, 1, room)
            for c in range(index.by_first.starts[code], index.by_first.starts[code + 1]):
                better = max(level, table[index.by_first.other[c]])
                _add(index.by_first, c, 1, better, 1, room)
            for c in range(index.by_second.starts[code], index.by_second.starts[code + 1]):
                if table[index.by_second.other[c]] == 0:  # else counted by its first surname
                    _add(index.by_second, c, 1, level, 1, room)
        _spread(row, surnames, table, False)
        _clear_requests(unit, asked, names.given, room)


@inlined
def _burden(row: int, surnames: SimilarStrings, index: CellIndex) -> int:
    """Return how many cells with two surnames lie under the names like one."""
    total = 0
    for k in range(surnames.starts[row], surnames.starts[row + 1]):
        code = surnames.codes[k]
        total += index.by_first.starts[code + 1] - index.by_first.starts[code]
        total += index.by_second.starts[code + 1] - index.by_second.starts[code]
    return total


@compiled
def _count_by_both(
    first: int, last: int, asked: _Asked, names: AskedNames, index: CellIndex, room: _Room
) -> None:
    """Count requests by two surnames against such accounts; take off what both halves reached."""
    surnames, near, far = names.surname, room.first, room.second
    for unit in range(first, last):
        row, other = asked.row_1[unit], asked.row_2[unit]
        if _burden(other, surnames, index) < _burden(row, surnames, index):
            row, other = other, row
        _spread_requests(unit, asked, names.given, room)
        _spread(row, surnames, near, True)
        _spread(other, surnames, far, True)
        for k in range(surnames.starts[row], surnames.starts[row + 1]):
            code, level = surnames.codes[k], surnames.hundredths[k]
            here = far[code]
            if here > 0:
                for c in range(index.single.starts[code], index.single.starts[code + 1]):
                    _add(index.single, c, 0, min(level, here), -1, room)
            for c in range(index.by_first.starts[code], index.by_first.starts[code + 1]):
                second = index.by_first.other[c]
                agreed = surname_strength(level, near[second], here, far[second], True, True)
                _add(index.by_first, c, 0, agreed, 1, room)
            for c in range(index.by_second.starts[code], index.by_second.starts[code + 1]):
                held = index.by_second.other[c]
                if near[held] == 0:  # else counted by its first surname
                    _add(index.by_second, c, 0, min(level, far[held]), 1, room)
        _spread(row, surnames, near, False)
        _spread(other, surnames, far, False)
        _clear_requests(unit, asked, names.given, room)


def _halved(names: AskedNames) -> tuple[_Asked, _Asked]:
    """Return requests by each of their surnames, and those with two by both."""
    row_1, row_2 = names.surname_rows
    double = (row_1 >= 0) & (row_2 >= 0)
    halves = np.flatnonzero(double)
    none = np.full(row_1.size + halves.size, -1, np.int64)
    by_part = _gathered(
        np.concatenate([row_1, row_2[halves]]),
        none,
        np.concatenate([names.given_row, names.given_row[halves]]),
        np.concatenate([~double, np.zeros(halves.size, np.bool_)]),
    )
    both = _gathered(
        row_1[halves], row_2[halves], names.given_row[halves], np.zeros(halves.size, np.bool_)
    )
    return by_part, both


def count_links(
    names: AskedNames,
    index: CellIndex,
    *,
    threads: int = 1,
    progress: Progress = lambda done, total: None,
) -> Int64Array:
    """Return the pairs of requests and accounts by group and strictest name step they pass.

    Shape (256, 21): pairs whose given names and surnames both count for ``FLOOR`` + step hundredths
    and no more. Under surname_tokens ``first`` both sides must come without second surnames.
    ``progress`` hears (surnames done, all). Integers, the same for any number of threads.
    """
    by_part, both = _halved(names)
    work = [
        (kernel, asked, first, min(first + _AT_ONCE, asked.row_1.size))
        for kernel, asked in ((_count_by_part, by_part), (_count_by_both, both))
        for first in range(0, asked.row_1.size, _AT_ONCE)
    ]
    rooms = [_room(names.given) for _ in range(max(1, threads))]
    with ThreadPoolExecutor(len(rooms)) as pool:
        free = list(rooms)

        def one(piece: tuple[Callable[..., None], _Asked, int, int]) -> None:
            kernel, asked, first, last = piece
            room = free.pop()
            try:
                kernel(first, last, asked, names, index, room)
            finally:
                free.append(room)

        total = by_part.row_1.size + both.row_1.size
        for done, _ in enumerate(pool.map(one, work), 1):
            progress(min(done * _AT_ONCE, total), total)
    at_least = np.sum([room.links for room in rooms], axis=0)
    exactly = at_least.copy()
    exactly[:, :-1] -= at_least[:, 1:]
    return np.asarray(exactly)


@inlined
def _level(similar: SimilarStrings, row: int, code: int) -> int:
    """Return what a name counts for against a query, 0 if it is not like it."""
    if row >= 0 and code >= 0:
        for k in range(similar.starts[row], similar.starts[row + 1]):
            if similar.codes[k] == code:
                return int(similar.hundredths[k])
    return 0


@compiled
def steps_of(
    request: Int64Array,
    given: Int32Array,
    surname_1: Int32Array,
    surname_2: Int32Array,
    names: AskedNames,
) -> Int8Array:
    """Return the strictest name step that each pair passes, -1 for none; shape (pairs,).

    Pair i is request ``request[i]`` and an account of the names given.
    """
    steps = np.empty(request.size, np.int8)
    for i in range(request.size):
        r = request[i]
        row_1, row_2 = names.surname_rows[0, r], names.surname_rows[1, r]
        surname = surname_strength(
            _level(names.surname, row_1, surname_1[i]),
            _level(names.surname, row_1, surname_2[i]),
            _level(names.surname, row_2, surname_1[i]),
            _level(names.surname, row_2, surname_2[i]),
            row_2 >= 0,
            surname_2[i] >= 0,
        )
        step = min(_level(names.given, names.given_row[r], given[i]), surname) - FLOOR
        steps[i] = max(step, -1)
    return steps
