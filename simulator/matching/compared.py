"""The levels of given pairs, whatever blocking, floor and conflicts say of them.

For judging at which step a pair was lost, for showing single pairs and for other matchers.
"""

from dataclasses import dataclass

import numpy as np

from simulator.kernels import compiled, inlined
from simulator.matching.pair import (
    Frame,
    Left,
    Right,
    any_admits,
    conflict,
    frame_of,
    pair_address,
    pair_birth,
    pair_tin,
)
from simulator.matching.prepared import PreparedRequests, left_of, right_of
from simulator.matching.reading import Tables, empty_tables, name_codes, set_tables
from simulator.matching.uniform import uniform
from simulator.matching.walk import Columns, empty_columns
from simulator.randomness import IntArray
from simulator.records import BoolArray, CandidatePairs, Roll
from simulator.scenario.schema import MatchingPart


@dataclass(frozen=True)
class Compared:
    """Levels of pairs in the order given, and what the search would have made of each.

    ``admitted``: some blocking rule admits it; ``similar``: both names agree; ``conflict``:
    suffixes or middle names forbid it.
    """

    pairs: CandidatePairs
    admitted: BoolArray
    similar: BoolArray
    conflict: BoolArray


@inlined
def _write_pair(
    at: int,
    r: int,
    a: int,
    given: int,
    surname: int,
    left: Left,
    right: Right,
    frame: Frame,
    tables: Tables,
    out: Columns,
) -> None:
    """Write a pair with all its levels into a row of the columns."""
    address, street = pair_address(r, a, right.place[a], left, right, frame, tables.street)
    out.request[at], out.account[at] = r, a
    out.given[at], out.surname[at] = given, surname
    out.birth[at] = pair_birth(r, a, left, right, frame)
    out.address[at], out.street[at] = address, street
    out.tin[at] = pair_tin(r, a, left, right, frame)


@compiled
def _compare(
    order: IntArray,
    requests: IntArray,
    accounts: IntArray,
    left: Left,
    right: Right,
    frame: Frame,
    out: Columns,
    says: BoolArray,
) -> None:
    """Write levels of pairs, in an order by request; ``says``: admitted, similar, conflict."""
    tables = empty_tables(frame.initials.size, frame.streets)
    last = -1
    for i in order:
        r, a = requests[i], accounts[i]
        if r != last:
            if last >= 0:
                set_tables(last, left, tables, 0)
            set_tables(r, left, tables, 1)
            last = r
        given, surname = name_codes(r, a, left, right, frame, tables)
        _write_pair(i, r, a, given, surname, left, right, frame, tables, out)
        says[0, i] = any_admits(r, a, left, right, frame)
        says[1, i] = given > 0 and surname > 0
        says[2, i] = conflict(r, a, left, right, frame)


def compare(
    prepared: PreparedRequests,
    request_rows: IntArray,
    account_rows: IntArray,
    roll: Roll,
    part: MatchingPart,
) -> Compared:
    """Return the levels of pairs given by their rows; a name that does not agree is 0.

    Whether an account is searched at all is not asked. Raises ``IndexError`` for rows that the
    tables do not have.
    """
    requests, accounts = np.asarray(request_rows, np.int64), np.asarray(account_rows, np.int64)
    for rows, size in ((requests, len(prepared.requests)), (accounts, len(roll))):
        if rows.size and (rows.min() < 0 or rows.max() >= size):
            raise IndexError(f"rows must lie in 0..{size - 1}")
    out = empty_columns(requests.size)
    says = np.zeros((3, requests.size), np.bool_)
    _compare(
        np.argsort(requests, kind="stable"),
        requests,
        accounts,
        uniform(left_of(prepared, part)),
        uniform(right_of(roll, part)),
        frame_of(part),
        out,
        says,
    )
    pairs = CandidatePairs(*out, by_tin=np.zeros(requests.size, np.bool_))
    return Compared(pairs, says[0], says[1], says[2])
