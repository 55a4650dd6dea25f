"""The pair kernel: every pair that a rule admits and whose names agree, request by request.

For each request it goes through the blocks its keys ask for (``matching.index``): from end to end,
or by the names that agree with the request's. All it reads are integers; ``matching.plain`` is its
twin over strings.

A pair is taken once: under the first rule and way that admit it and, where names lead to it, by the
first surname that does. The kernel fills a buffer and stops wherever that is full; it goes on from
the same account, so that memory does not depend on the number of pairs. Where only pairs from some
score on are wanted, the others are counted and left: most of them after a look at their names.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from simulator.kernels import compiled, inlined
from simulator.matching.agreement import BirthAgreement
from simulator.matching.index import Index, Scanned, Walked
from simulator.matching.pair import (
    Frame,
    Left,
    Right,
    conflict,
    first_admits,
    pair_address,
    pair_birth,
    pair_tin,
)
from simulator.matching.reading import NAME_ROWS, Tables, empty_tables, name_codes, set_tables
from simulator.matching.score_kernel import Cut, address_units, name_units
from simulator.randomness import IntArray
from simulator.records import Int8Array, Int32Array

DONE, PASSED, COMPARED = 0, 1, 2  # columns of a position
_EXACT_BIRTH: Final = int(BirthAgreement.EXACT)


class Columns(NamedTuple):
    """Room for pairs, column by column, as in ``CandidatePairs``."""

    request: Int32Array
    account: Int32Array
    given: Int8Array
    surname: Int8Array
    birth: Int8Array
    address: Int8Array
    street: Int8Array
    tin: Int8Array


def empty_columns(size: int) -> Columns:
    """Return room for so many pairs."""
    level = np.int8
    return Columns(
        request=np.empty(size, np.int32),
        account=np.empty(size, np.int32),
        given=np.empty(size, level),
        surname=np.empty(size, level),
        birth=np.empty(size, level),
        address=np.empty(size, level),
        street=np.empty(size, level),
        tin=np.empty(size, level),
    )


class Matched(NamedTuple):
    """All that a pair is judged by, and where it is written."""

    left: Left
    right: Right
    frame: Frame
    blocks: Index
    tables: Tables
    cut: Cut
    position: IntArray
    out: Columns


@inlined
def _written(
    r: int, at: int, a: int, given: int, surname: int, found: int, shown: Any, all_: Matched
) -> int:
    """Write a pair if it reaches the least score; return how many are written then.

    Most of the others fail before all their fields are compared.
    """
    left, right, frame, out = all_.left, all_.right, all_.frame, all_.out
    cut, tables, there = all_.cut, all_.cut.tables, shown.place[at]
    score, date = 0, 0
    if cut.on:
        score = name_units(r, at, given, surname, shown, tables)
        same_date = left.birth[r] >= 0 and left.birth[r] == shown.birth[at]
        date = tables.birth[_EXACT_BIRTH] if same_date else cut.inexact_birth
        if score + date + cut.address + cut.tin < cut.least:
            return found
    address, street = pair_address(r, a, there, left, right, frame, all_.tables.street)
    if cut.on:
        score += address_units(address, street, tables)
        if score + date + cut.tin < cut.least:
            return found
    birth, tin = pair_birth(r, at, left, shown, frame), pair_tin(r, a, left, right, frame)
    if cut.on and score + tables.birth[birth] + tables.tin[tin] < cut.least:
        return found
    out.request[found], out.account[found] = r, a
    out.given[found], out.surname[found] = given, surname
    out.birth[found], out.tin[found] = birth, tin
    out.address[found], out.street[found] = address, street
    return found + 1


@inlined
def _taken(
    r: int, at: int, a: int, rule: int, way: int, found: int, shown: Any, all_: Matched
) -> int:
    """Write a pair if it is one that is taken here; return how many are written then.

    ``shown`` shows account ``a`` in row ``at``.
    """
    given, surname = name_codes(r, at, all_.left, shown, all_.frame, all_.tables)
    if (given == 0 or surname == 0) and not all_.frame.any_names:
        return found
    if conflict(r, at, all_.left, shown, all_.frame):
        return found
    if not first_admits(rule, way, r, at, a, all_.left, shown, all_.right, all_.frame):
        return found
    all_.position[COMPARED] += 1
    return _written(r, at, a, given, surname, found, shown, all_)


@inlined
def _may_agree(at: int, scanned: Scanned, frame: Frame, tables: Tables) -> bool:
    """Say whether some reading of the names agrees in given name and in a surname."""
    given, first = scanned.given[at], scanned.surname_1[at]
    straight = tables.given[0, given] != 0
    turned = frame.swapped and (tables.given[1, given] != 0 or tables.given[2, given] != 0)
    if not (straight or turned):
        return False
    second = scanned.surname_2[at] if frame.best else -1
    for slot in range(NAME_ROWS):
        if turned if slot == NAME_ROWS - 1 else straight:
            if tables.surname[slot, first] != 0:
                return True
            if second >= 0 and tables.surname[slot, second] != 0:
                return True
    return False


@inlined
def _scan(
    r: int, rule: int, way: int, first: int, last: int, found: int, all_: Matched
) -> tuple[int, int]:
    """Take pairs from a run of scanned accounts; return where it stopped and how many there are."""
    scanned, room = all_.blocks.scanned, all_.out.request.size
    for at in range(first, last):
        if not all_.frame.any_names and not _may_agree(at, scanned, all_.frame, all_.tables):
            continue
        if found == room:
            return at, found
        found = _taken(r, at, scanned.accounts[at], rule, way, found, scanned, all_)
    return last, found


@inlined
def _run_of(surname: int, block: int, walked: Walked, surnames: int) -> int:
    """Return the run of a surname in a block, -1 if nobody there bears it."""
    if walked.run_of.size > 0:
        return int(walked.run_of[block * surnames + surname])
    low, high = walked.blocks[block], walked.blocks[block + 1]
    while low < high:
        middle = (low + high) // 2
        if walked.run_surname[middle] < surname:
            low = middle + 1
        else:
            high = middle
    return low if low < walked.blocks[block + 1] and walked.run_surname[low] == surname else -1


@inlined
def _first_way(token: int, surname: int, a: int, all_: Matched) -> bool:
    """Say whether no earlier surname of request or account leads to an account.

    ``token`` is the row of the request's name, ``surname`` the account's that was looked up. A row
    leads to an account if the given name agrees in the same reading.
    """
    right, tables = all_.right, all_.tables
    given, first = right.given[a], right.surname_1[a]
    second = right.surname_2[a] if all_.frame.best else -1
    straight = tables.given[0, given] != 0
    for slot in range(token + 1):
        if slot < NAME_ROWS - 1 and not straight:
            continue
        if tables.surname[slot, first] != 0:
            return bool(slot == token and surname == first)
        if second >= 0 and tables.surname[slot, second] != 0:
            return bool(slot == token and surname == second)
    return False


@inlined
def _cell_agrees(token: int, given: int, tables: Tables) -> bool:
    """Say whether the given name of a cell agrees in the reading of a row of surnames."""
    if token < NAME_ROWS - 1:
        return bool(tables.given[0, given] != 0)
    return bool(tables.given[1, given] != 0 or tables.given[2, given] != 0)


@inlined
def _walk_run(
    r: int,
    rule: int,
    way: int,
    token: int,
    run: int,
    passed: int,
    skip: int,
    found: int,
    all_: Matched,
) -> tuple[int, int, bool]:
    """Take pairs from the cells of a run; return accounts passed, pairs, whether it stopped."""
    walked, room = all_.blocks.walked, all_.out.request.size
    for cell in range(walked.runs[run], walked.runs[run + 1]):
        if not _cell_agrees(token, walked.cell_given[cell], all_.tables):
            continue
        first, last = walked.cells[cell], walked.cells[cell + 1]
        begin = first + min(max(skip - passed, 0), last - first)
        for at in range(begin, last):
            if found == room:
                return passed + at - first, found, True
            a = walked.accounts[at]
            if _first_way(token, walked.run_surname[run], a, all_):
                found = _taken(r, a, a, rule, way, found, all_.right, all_)
        passed += last - first
    return passed, found, False


@inlined
def _walk(
    r: int, rule: int, way: int, block: int, passed: int, skip: int, found: int, all_: Matched
) -> tuple[int, int, bool]:
    """Take pairs from a block by the surnames that agree; return as ``_walk_run`` does."""
    left, names = all_.left, all_.left.surname
    for token in range(NAME_ROWS):
        row = left.surname_rows[token, r]
        if row < 0:
            continue
        for k in range(names.starts[row], names.starts[row + 1]):
            run = _run_of(names.codes[k], block, all_.blocks.walked, all_.frame.initials.size)
            if run < 0:
                continue
            passed, found, stopped = _walk_run(r, rule, way, token, run, passed, skip, found, all_)
            if stopped:
                return passed, found, True
    return passed, found, False


@inlined
def _one_request(r: int, skip: int, found: int, all_: Matched) -> tuple[int, int, bool]:
    """Take the pairs of a request after the first ``skip`` accounts; return as ``_walk`` does."""
    index, passed = all_.blocks, 0
    ways = index.asked.shape[1]
    for step in range(index.asked.shape[0] * ways):
        rule, way = step // ways, step % ways
        block = index.asked[rule, way, r]
        if block < 0:
            continue
        if index.walks[rule]:
            passed, found, stopped = _walk(r, rule, way, block, passed, skip, found, all_)
            if stopped:
                return passed, found, True
            continue
        first, last = index.scanned.starts[block], index.scanned.starts[block + 1]
        begin = first + min(max(skip - passed, 0), last - first)
        stop, found = _scan(r, rule, way, begin, last, found, all_)
        passed += stop - first
        if stop < last:
            return passed, found, True
    return passed, found, False


@compiled
def fill(
    active: IntArray,
    position: IntArray,
    left: Left,
    right: Right,
    frame: Frame,
    index: Index,
    cut: Cut,
    out: Columns,
) -> int:
    """Write the next pairs of active requests into the columns; return how many.

    ``position``, shape (3,), says where to go on: requests done, and accounts of the next one that
    were passed. It is moved on; requests done are all when nothing is left. Third it counts the
    candidate pairs met, those below the cut with them.
    """
    tables = empty_tables(frame.initials.size, frame.streets)
    all_ = Matched(left, right, frame, index, tables, cut, position, out)
    found = 0
    for done in range(position[DONE], active.size):
        r = active[done]
        set_tables(r, left, tables, 1)
        passed, found, stopped = _one_request(r, position[PASSED], found, all_)
        if stopped:
            position[DONE], position[PASSED] = done, passed
            return found
        set_tables(r, left, tables, 0)
        position[PASSED] = 0
    position[DONE] = active.size
    return found
