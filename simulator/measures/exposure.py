"""Distinct lawful people whom each policy reveals: account holders, and those shown with them.

Whom an account shows of its holder's household is a matter of what is released
(``disclosure.revealing``). Under ``all`` a person is revealed by every pair with an account that
shows them, so that per account a frontier is enough: the strictest step of the first axis at which
it is still a link, for each combination of the other two. Under the rules that release a few
accounts a request, the marks of ``measures.selection`` say which policies release an account, and
people join those of the accounts that show them. Everybody counts once per policy.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.disclosure.revealing import NO_RETURN, Reveals
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
    """Who is behind an account that contends, and whom it shows (as in ``Reveals``).

    ``household`` and ``resident`` are numbers over all shards.
    """

    reference: Int64Array
    household: Int64Array
    resident: Int64Array
    at_home: BoolArray
    shown: Int64Array
    lawful: BoolArray
    origin: Int8Array
    status: Int8Array
    tin_kind: Int8Array


@dataclass(frozen=True)
class Members(Frozen):
    """The lawful members of the households of ``Holders``, each once."""

    household: Int64Array
    resident: Int64Array
    named: Int64Array
    origin: Int8Array
    status: Int8Array
    tin_kind: Int8Array


def named_of(people: People, accounts: AccountTruth, reveals: Reveals) -> Int64Array:
    """Return for everybody the return on which their name can be read, or NO_RETURN."""
    named = np.full(len(people), NO_RETURN, np.int64)
    named[accounts.row] = reveals.named
    return named


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


@inlined
def _shows(at_home: bool, shown: int, named: int) -> bool:
    """Say whether an account shows somebody else of its holder's household."""
    return at_home or (shown == named and named != NO_RETURN)


@inlined
def _strictest(
    frontier: Int16Array,
    accounts: Int32Array,
    at_home: BoolArray,
    shown: Int64Array,
    named: int,
    j: int,
    k: int,
) -> int:
    """Return the strictest step at which any account of a household shows somebody else of it."""
    reach = NEITHER
    for account in accounts:
        if account >= 0 and _shows(at_home[account], shown[account], named):
            reach = max(reach, _step(frontier, account, j, k))
    return reach


@compiled
def _reveal(
    frontier: Int16Array,
    account_of: Int32Array,
    at_home: BoolArray,
    shown: Int64Array,
    named: Int64Array,
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
                own = _step(frontier, account_of[row], j, k)
                home = account_of[head : head + size[row]]
                reach = _strictest(frontier, home, at_home, shown, named[row], j, k)
                reach = max(own, reach)
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
    reveals: Reveals,
    is_lawful: BoolArray,
    columns: IntArray,
    policies: Policies,
) -> Exposed:
    """Count whom each policy reveals if every link is released.

    ``frontier`` has shape (accounts, second, third); ``reveals`` is of accounts, ``is_lawful`` and
    ``columns`` (kinds, people) are of people.
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
        reveals.at_home,
        reveals.shown,
        named_of(people, accounts, reveals),
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
    account: Int64Array,
    shard: int,
    people: People,
    accounts: AccountTruth,
    reveals: Reveals,
    is_lawful: BoolArray,
    tin_kind: Int8Array,
) -> tuple[Holders, Members]:
    """Return who is behind the rows ``account`` of a shard's accounts, known by ``references``."""
    rows = accounts.row[account].astype(np.int64)
    head = rows - people.member[rows]
    shard_bits = np.int64(shard) << np.int64(40)
    holders = Holders(
        references.copy(),
        shard_bits | head,
        shard_bits | rows,
        reveals.at_home[account],
        reveals.shown[account],
        is_lawful[rows],
        people.origin[rows],
        people.status[rows],
        tin_kind[rows],
    )
    heads = np.unique(head)
    size = people.size[heads].astype(np.int64)
    member = rows_of_runs(heads, size)
    household = np.repeat(shard_bits | heads, size)
    kept = is_lawful[member]
    member, household = member[kept], household[kept]
    return holders, Members(
        household,
        shard_bits | member,
        named_of(people, accounts, reveals)[member],
        people.origin[member],
        people.status[member],
        tin_kind[member],
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
    everybody: IntArray,
    by_group: IntArray,
) -> None:
    """Count the holder of an account where it is released."""
    marks, at = boxed.marks, boxed.starts[account]
    for a in range(boxed.extent[0, account]):
        for b in range(boxed.extent[1, account]):
            for c in range(boxed.extent[2, account]):
                mark = marks[at]
                at += 1
                if mark:
                    upto = account + is_lawful
                    cell = (a, b, c)
                    _tick(everybody, by_group, mark, DIRECT, cell, account, upto, columns, third)


@compiled
def _reach(account: int, boxed: Boxes, reached: UInt8Array) -> None:
    """Note the policies that release an account."""
    at = boxed.starts[account]
    for a in range(boxed.extent[0, account]):
        for b in range(boxed.extent[1, account]):
            for c in range(boxed.extent[2, account]):
                reached[a, b, c] |= boxed.marks[at]
                at += 1


class _Accounts(NamedTuple):
    """``Holders`` as compiled loops take them, by household."""

    household: IntArray
    lawful: BoolArray
    resident: Int64Array
    at_home: BoolArray
    shown: Int64Array


@compiled
def _any(
    person: int,
    resident: int,
    named: int,
    run: tuple[int, int],
    accounts: _Accounts,
    columns: IntArray,
    boxed: Boxes,
    third: int,
    reached: UInt8Array,
    everybody: IntArray,
    by_group: IntArray,
) -> None:
    """Count one member of a household wherever any account shows them."""
    high_a = high_b = high_c = 0
    for account in range(run[0], run[1]):
        own = accounts.resident[account] == resident
        if own or _shows(accounts.at_home[account], accounts.shown[account], named):
            _reach(account, boxed, reached)
            high_a = max(high_a, boxed.extent[0, account])
            high_b = max(high_b, boxed.extent[1, account])
            high_c = max(high_c, boxed.extent[2, account])
    for a in range(high_a):
        for b in range(high_b):
            for c in range(high_c):
                mark = reached[a, b, c]
                reached[a, b, c] = 0
                if mark:
                    cell, upto = (a, b, c), person + 1
                    _tick(everybody, by_group, mark, ANY, cell, person, upto, columns, third)


@compiled
def _union(
    accounts: _Accounts,
    members: IntArray,
    resident: Int64Array,
    named: Int64Array,
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
    ``resident``, ``named`` and ``member_columns``; ``reached`` is scratch of the shape of the grid.
    """
    household, first = accounts.household, 0
    while first < household.size:
        home, last = household[first], first
        while last < household.size and household[last] == home:
            lawful = accounts.lawful[last]
            _direct(last, lawful, boxed, holder_columns, third, everybody, by_group)
            last += 1
        for person in range(members[home], members[home + 1]):
            _any(
                person,
                resident[person],
                named[person],
                (first, last),
                accounts,
                member_columns,
                boxed,
                third,
                reached,
                everybody,
                by_group,
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
        _Accounts(
            household.astype(np.int64),
            holders.lawful,
            holders.resident,
            holders.at_home,
            holders.shown,
        ),
        runs.astype(np.int64),
        members.resident,
        members.named,
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
