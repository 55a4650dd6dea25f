"""Distinct lawful people whom each policy reveals: account holders, and those who live with them.

Under ``all`` a person is revealed by every pair with an account of the household, so that per
account a frontier is enough: the strictest step of the first axis at which it is still a link, for
each combination of the other two. Under the rules that release a few accounts a request, the marks
of ``measures.selection`` say which policies release an account, and households join those of their
members. Everybody counts once per policy.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.kernels import compiled, inlined
from simulator.measures import groups
from simulator.measures.contenders import UInt8Array
from simulator.measures.policies import Policies
from simulator.measures.selection import ONE_BY_ONE, Boxes
from simulator.randomness import IntArray
from simulator.records import (
    AccountTruth,
    BoolArray,
    Frozen,
    Int8Array,
    Int32Array,
    Int64Array,
    People,
    rows_of_runs,
    taken,
)

NEITHER: Final = -1
DIRECT: Final = 0
ANY: Final = 1
_RULES: Final = len(ONE_BY_ONE)
Int16Array = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Exposed:
    """Lawful people revealed directly and at all: (2, cells), by group (2, plane cells, groups)."""

    everybody: Int64Array
    by_group: Int64Array


@dataclass(frozen=True)
class Holders(Frozen):
    """Who is behind an account that contends; ``household`` is a number over all shards."""

    reference: Int64Array
    household: Int64Array
    lawful: BoolArray
    origin: Int8Array
    status: Int8Array
    tin_kind: Int8Array


@dataclass(frozen=True)
class Members(Frozen):
    """The lawful members of the households of ``Holders``, each once."""

    household: Int64Array
    origin: Int8Array
    status: Int8Array
    tin_kind: Int8Array


@compiled
def push_frontier(frontier: Int16Array, account: Int32Array, cell: Int32Array) -> None:
    """Raise the frontiers of accounts, shape (accounts, second, third), to the cells of pairs."""
    second, third = frontier.shape[1], frontier.shape[2]
    for row in range(account.size):
        step = cell[row] // (second * third)
        for j in range(cell[row] // third % second, -1, -1):
            for k in range(cell[row] % third, -1, -1):
                if frontier[account[row], j, k] >= step:
                    break
                frontier[account[row], j, k] = step


@inlined
def _touched(account_of: Int32Array, head: int, size: int) -> bool:
    """Say whether any account of a household is a link at any policy."""
    for row in range(head, head + size):  # noqa: SIM110  # compiled: no generators there
        if account_of[row] >= 0:
            return True
    return False


@inlined
def _step(frontier: Int16Array, account: int, j: int, k: int) -> int:
    return frontier[account, j, k] if account >= 0 else NEITHER


@compiled
def _reveal(
    frontier: Int16Array,
    account_of: Int32Array,
    member: Int8Array,
    size: Int8Array,
    is_lawful: BoolArray,
    columns: IntArray,
    third: int,
    everybody: IntArray,
    by_group: IntArray,
) -> None:
    """Count lawful people by the strictest step of the first axis that reveals them."""
    for row in range(member.size):
        head = row - member[row]
        if not is_lawful[row] or not _touched(account_of, head, size[row]):
            continue
        for j in range(frontier.shape[1]):
            for k in range(frontier.shape[2]):
                own = reach = _step(frontier, account_of[row], j, k)
                for other in range(head, head + size[row]):
                    reach = max(reach, _step(frontier, account_of[other], j, k))
                if reach < 0:
                    break  # nor at anything stricter
                groups_too = columns if k == third else columns[:0]
                for how, step in ((DIRECT, own), (ANY, reach)):
                    if step >= 0:
                        everybody[how, step, j, k] += 1
                        for column in groups_too[:, row]:
                            by_group[how, step, j, column] += 1


def exposed_by_all(
    frontier: Int16Array,
    people: People,
    accounts: AccountTruth,
    is_lawful: BoolArray,
    columns: IntArray,
    policies: Policies,
) -> Exposed:
    """Count whom each policy reveals if every link is released.

    ``frontier`` has shape (accounts, second, third); ``is_lawful`` and ``columns`` (kinds, people)
    are of people.
    """
    shape = policies.grid.shape
    everybody = np.zeros((2, *shape), np.int64)
    by_group = np.zeros((2, *policies.plane, len(groups.labels())), np.int64)
    account_of = np.full(len(people), NEITHER, np.int32)
    touched = np.flatnonzero(frontier[:, 0, 0] >= 0)
    account_of[accounts.row[touched]] = touched
    _reveal(
        frontier,
        account_of,
        people.member,
        people.size,
        is_lawful,
        columns,
        policies.third,
        everybody,
        by_group,
    )
    # The frontier already holds for everything looser along the other two axes.
    everybody = np.flip(np.flip(everybody, 1).cumsum(axis=1), 1)
    by_group = np.flip(np.flip(by_group, 1).cumsum(axis=1), 1)
    plane = shape[0] * shape[1]
    return Exposed(everybody.reshape(2, -1), by_group.reshape(2, plane, by_group.shape[-1]))


def behind(
    references: Int64Array,
    rows: Int64Array,
    shard: int,
    people: People,
    is_lawful: BoolArray,
    tin_kind: Int8Array,
) -> tuple[Holders, Members]:
    """Return who is behind accounts: ``references`` of those held by ``rows`` of people."""
    head = rows - people.member[rows]
    number = (np.int64(shard) << np.int64(40)) | head
    holders = Holders(
        references.copy(),
        number,
        is_lawful[rows],
        people.origin[rows],
        people.status[rows],
        tin_kind[rows],
    )
    heads = np.unique(head)
    size = people.size[heads].astype(np.int64)
    member = rows_of_runs(heads, size)
    household = np.repeat((np.int64(shard) << np.int64(40)) | heads, size)
    kept = is_lawful[member]
    member, household = member[kept], household[kept]
    return holders, Members(
        household, people.origin[member], people.status[member], tin_kind[member]
    )


@inlined
def _tick(
    everybody: IntArray,
    by_group: IntArray,
    mark: int,
    how: int,
    cell: tuple[int, int, int],
    first: int,
    last: int,
    columns: IntArray,
    third: int,
) -> None:
    """Count people ``first`` … ``last`` - 1 at one cell for every rule of a mark."""
    for rule in range(_RULES):
        if mark >> rule & 1:
            everybody[rule, how, cell[0], cell[1], cell[2]] += last - first
            if cell[2] == third:
                for person in range(first, last):
                    for kind in range(columns.shape[0]):
                        by_group[rule, how, cell[0], cell[1], columns[kind, person]] += 1


@compiled
def _direct(
    account: int,
    is_lawful: bool,
    boxed: Boxes,
    columns: IntArray,
    third: int,
    reached: UInt8Array,
    everybody: IntArray,
    by_group: IntArray,
) -> None:
    """Count the holder of an account where it is released, and note there that it is."""
    marks, at = boxed.marks, boxed.starts[account]
    for a in range(boxed.extent[0, account]):
        for b in range(boxed.extent[1, account]):
            for c in range(boxed.extent[2, account]):
                mark = marks[at]
                at += 1
                if mark:
                    reached[a, b, c] |= mark
                    upto = account + is_lawful
                    cell = (a, b, c)
                    _tick(everybody, by_group, mark, DIRECT, cell, account, upto, columns, third)


@compiled
def _union(
    household: IntArray,
    members: IntArray,
    lawful: BoolArray,
    holder_columns: IntArray,
    member_columns: IntArray,
    boxed: Boxes,
    third: int,
    reached: UInt8Array,
    everybody: IntArray,
    by_group: IntArray,
) -> None:
    """Count people by policy.

    Accounts stand by household; the lawful members of household h are rows members[h] … of
    ``member_columns``; ``reached`` is scratch of the shape of the grid.
    """
    first = 0
    while first < household.size:
        home, last = household[first], first
        high_a = high_b = high_c = 0
        while last < household.size and household[last] == home:
            _direct(
                last,
                lawful[last],
                boxed,
                holder_columns,
                third,
                reached,
                everybody,
                by_group,
            )
            high_a = max(high_a, boxed.extent[0, last])
            high_b = max(high_b, boxed.extent[1, last])
            high_c = max(high_c, boxed.extent[2, last])
            last += 1
        low, high = members[home], members[home + 1]
        for a in range(high_a):
            for b in range(high_b):
                for c in range(high_c):
                    mark = reached[a, b, c]
                    reached[a, b, c] = 0
                    if mark and high > low:
                        cell = (a, b, c)
                        _tick(
                            everybody, by_group, mark, ANY, cell, low, high, member_columns, third
                        )
        first = last


def _group_columns(table: Holders | Members) -> IntArray:
    return groups.columns_of(table.origin, table.status, table.tin_kind)[1:]


def exposed_by_selections(
    boxed: Boxes, holders: Holders, members: Members, policies: Policies
) -> list[Exposed]:
    """Count whom each policy reveals under every rule that releases a few accounts a request.

    ``boxed`` holds the marks of the accounts of ``holders``, in that order.
    """
    shape = policies.grid.shape
    order = np.argsort(holders.household, kind="stable")
    holders = taken(holders, order)
    homes, household = np.unique(holders.household, return_inverse=True)
    # Households of accounts that contended in their shard only are of no concern.
    members = taken(members, np.flatnonzero(np.isin(members.household, homes)))
    members = taken(members, np.argsort(members.household, kind="stable"))
    runs = np.append(np.searchsorted(members.household, homes), len(members))
    everybody = np.zeros((_RULES, 2, *shape), np.int64)
    by_group = np.zeros((_RULES, 2, *policies.plane, len(groups.labels())), np.int64)
    _union(
        household.astype(np.int64),
        runs.astype(np.int64),
        holders.lawful,
        _group_columns(holders),
        _group_columns(members),
        Boxes(boxed.starts[:-1][order], boxed.extent[:, order], boxed.marks),
        policies.third,
        np.zeros(shape, np.uint8),
        everybody,
        by_group,
    )
    return [
        Exposed(everybody[rule].reshape(2, -1), by_group[rule].reshape(2, -1, by_group.shape[-1]))
        for rule in range(_RULES)
    ]
