"""What one shard contributes: enough to know every policy, in memory that no pair costs.

Candidate pairs arrive in blocks. Each block is judged, added up and forgotten:

* sums over cells of links by kind, which are all that rule ``all`` needs of links;
* the ``Contenders`` of each request, for rules that choose within a request;
* per account the frontier of policies that reveal it, for people exposed under ``all``;
* the cells of links that are withheld, each once a request;
* counts by comparison vector, and of pairs with a wrong person by what became of them;
* for each request whose mate is on the roll, how far the pair of the two came.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from simulator.disclosure.outcomes import Judged, Outcome, judge
from simulator.disclosure.revealing import Reveals
from simulator.kernels import compiled
from simulator.matching.decision import Decided
from simulator.measures import comparisons, groups
from simulator.measures.contenders import (
    ACCOUNT_BITS,
    KINDS,
    Contenders,
    contenders,
    pack,
    references,
)
from simulator.measures.exposure import (
    Exposed,
    Holders,
    Members,
    behind,
    exposed_by_all,
    push_frontier,
)
from simulator.measures.losses import Mates, PairFates, all_mates, mates_of
from simulator.measures.policies import Policies
from simulator.measures.withheld import LinkCells, distinct, no_links
from simulator.randomness import FloatArray, IntArray
from simulator.records import (
    AccountTruth,
    BoolArray,
    CandidatePairs,
    Int8Array,
    Int32Array,
    Int64Array,
    People,
    RequestTruth,
    TinKind,
    joined,
    taken,
)

PENDING = 1 << 18  # rows of contenders that may wait before the beaten ones are dropped
LINK_ROWS = 2 * KINDS  # deficient x kind
_WRONG_ADDRESS_BIT, _BORROWED_WAGES_BIT = len(Outcome), 2 * len(Outcome)


@dataclass(frozen=True)
class RequestSide:
    """What the measures know of the requests: their truth, and what was seen of each."""

    truth: RequestTruth
    rejected: Int8Array
    deficient: BoolArray

    @property
    def columns(self) -> IntArray:
        """Group columns of the people requested but for everybody's, shape (3, requests)."""
        truth = self.truth
        return groups.columns_of(truth.origin, truth.status, truth.tin_kind)[1:]


@dataclass(frozen=True)
class Searched:
    """One shard as judges see it: who lives there, who its accounts are, which are searched.

    ``lawful`` is indexed by status code; ``reveals`` says whom each account shows.
    """

    number: int
    people: People
    accounts: AccountTruth
    searched: BoolArray
    lawful: BoolArray
    reveals: Reveals


@dataclass(frozen=True)
class ShardTally:
    """Everything a shard contributes to a replicate.

    ``links`` has shape (LINK_ROWS, cells), ``group_links`` (LINK_ROWS, plane cells, groups); both
    count pairs by cell and are not yet summed.
    """

    contenders: Contenders
    holders: Holders
    members: Members
    links: Int64Array
    group_links: Int64Array
    exposed: Exposed
    mates: Mates
    fates: PairFates
    people: int
    lawful: FloatArray
    accounts: FloatArray
    candidate_pairs: int
    comparisons: Int64Array  # as from measures.comparisons.count
    withheld: LinkCells


@compiled
def _add_links(
    request: Int32Array,
    cell: Int32Array,
    kind: Int8Array,
    deficient: BoolArray,
    columns: IntArray,
    depth: int,
    third: int,
    links: Int64Array,
    group_links: Int64Array,
) -> None:
    """Count pairs by cell and, where they pass the plane's step of the third axis, by group."""
    for row in range(request.size):
        r = request[row]
        at = deficient[r] * KINDS + kind[row]
        links[at, cell[row]] += 1
        if cell[row] % depth >= third:
            for column in columns[:, r]:
                group_links[at, cell[row] // depth, column] += 1


def kinds_of(judged: Judged) -> Int8Array:
    """Return the kind of each pair, as in ``Contenders``."""
    kind = judged.outcome + _WRONG_ADDRESS_BIT * judged.wrong_address
    return np.asarray(kind + _BORROWED_WAGES_BIT * judged.borrowed_wages, dtype=np.int8)


class ShardCounter:
    """Counts the pairs of one shard, block by block."""

    def __init__(self, shard: Searched, asked: RequestSide, policies: Policies) -> None:
        """Begin with nothing counted."""
        self._shard, self._asked, self._policies = shard, asked, policies
        _, second, third = policies.grid.shape
        plane = policies.plane[0] * policies.plane[1]
        self._columns = asked.columns
        self._links = np.zeros((LINK_ROWS, policies.grid.size), np.int64)
        self._group_links = np.zeros((LINK_ROWS, plane, len(groups.labels())), np.int64)
        self._frontier = np.full((len(shard.accounts), second, third), -1, np.int16)
        self._mates = mates_of(asked.truth.person, asked.rejected, shard.accounts, shard.searched)
        self._fates = PairFates.nothing(policies.grid.size, len(asked.truth))
        self._comparisons = np.empty((2, 0), np.int64)
        self._pairs = 0
        self._waiting: list[Contenders] = []
        self._limit = PENDING
        self._withheld = no_links()

    def add(self, pairs: CandidatePairs, decided: Decided, released: BoolArray) -> None:
        """Count a block of candidate pairs.

        ``decided`` is the rule's decision about each, ``released`` says whether the disclosure
        policy lets it out.
        """
        self._pairs += len(pairs)
        judged = judge(
            pairs, self._shard.accounts, self._shard.people, self._asked.truth, self._shard.lawful
        )
        self._fates.add(pairs.request, decided.cell, released, judged.outcome)
        self._mates.meet(pairs.request, decided.cell, released, judged.outcome)
        self._comparisons = comparisons.add(
            [self._comparisons, self._compared(pairs, judged, released)]
        )
        back = np.flatnonzero(~released & (decided.cell >= 0))
        self._withheld = distinct(
            [self._withheld, LinkCells(pairs.request[back], decided.cell[back])]
        )
        linked = np.flatnonzero(released & (decided.cell >= 0))
        kind, cell = kinds_of(judged)[linked], decided.cell[linked]
        request, account = pairs.request[linked], pairs.account[linked]
        _add_links(
            request,
            cell,
            kind,
            self._asked.deficient,
            self._columns,
            self._policies.grid.shape[2],
            self._policies.third,
            self._links,
            self._group_links,
        )
        push_frontier(self._frontier, account, cell)
        packed = pack(decided.rank[linked], account, kind, self._shard.number)
        self._waiting.append(Contenders(request, cell.copy(), packed))
        if sum(map(len, self._waiting)) > self._limit:
            self._drop_beaten()
            self._limit = PENDING + 2 * len(self._waiting[0])

    def _compared(self, pairs: CandidatePairs, judged: Judged, released: BoolArray) -> Int64Array:
        """Count pairs by comparison vector; pairs found by number were not compared."""
        people, accounts = self._shard.people, self._shard.accounts
        rows = np.flatnonzero(~pairs.by_tin)
        holder = accounts.row[pairs.account[rows]]
        return comparisons.count(
            comparisons.pack(
                taken(pairs, rows),
                ~released[rows],
                judged.outcome[rows],
                people.status[holder],
                people.origin[holder],
            )
        )

    def _drop_beaten(self) -> None:
        requests, shape = len(self._asked.truth), self._policies.grid.shape
        self._waiting = [contenders(self._waiting, requests, shape, self._policies.top)]

    def uncompared_mates(self) -> tuple[IntArray, IntArray]:
        """Return requests that were heard and the mates here with whom they were no pair."""
        return self._mates.uncompared()

    def tally(self, reasons: Int8Array) -> ShardTally:
        """Return what was counted.

        ``reasons`` says why each of ``uncompared_mates`` was no pair, as a ``Loss``.
        """
        shard = self._shard
        self._mates.explain(reasons)
        if not self._waiting:
            self._waiting = [_no_contenders()]
        self._drop_beaten()
        [rows] = self._waiting
        tin_kind = np.full(len(shard.people), TinKind.NONE, np.int8)
        tin_kind[shard.accounts.row] = shard.accounts.tin_kind
        people = shard.people
        columns = groups.columns_of(people.origin, people.status, tin_kind)
        is_lawful = shard.lawful[people.status]
        owners = np.unique(references(rows.packed))
        account = owners & ((1 << ACCOUNT_BITS) - 1)
        holders, members = behind(
            owners,
            account,
            shard.number,
            people,
            shard.accounts,
            shard.reveals,
            is_lawful,
            tin_kind,
        )
        exposed = exposed_by_all(
            self._frontier,
            people,
            shard.accounts,
            shard.reveals,
            is_lawful,
            columns[1:],
            self._policies,
        )
        return ShardTally(
            contenders=rows,
            holders=holders,
            members=members,
            links=self._links,
            group_links=self._group_links,
            exposed=exposed,
            mates=all_mates([self._mates]),
            fates=self._fates,
            people=len(people),
            lawful=groups.count(columns[:, is_lawful]),
            accounts=groups.count(columns[:, shard.accounts.row[shard.searched]]),
            candidate_pairs=self._pairs,
            comparisons=self._comparisons,
            withheld=self._withheld,
        )


def _no_contenders() -> Contenders:
    return Contenders(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))


def _fewer(parts: list[Contenders], requests: int, policies: Policies) -> list[Contenders]:
    """Drop beaten rows once what waits behind the first part outgrows it."""
    waiting = sum(map(len, parts[1:]))
    if waiting <= PENDING + len(parts[0]):
        return parts
    return [contenders(parts, requests, policies.grid.shape, policies.top)]


def added_up(shards: Iterable[ShardTally], policies: Policies) -> ShardTally:
    """Add up shards as they come, at least one: what is kept does not grow with their number.

    But for the people behind contenders, and for mates, of whom every request has one at most.
    """
    stream = iter(shards)
    whole = next(stream)
    rows, holders, members = [whole.contenders], [whole.holders], [whole.members]
    mates, counted, withheld = [whole.mates], whole.comparisons, whole.withheld
    for shard in stream:
        rows = _fewer([*rows, shard.contenders], shard.fates.requests.size, policies)
        holders.append(shard.holders)
        members.append(shard.members)
        mates.append(shard.mates)
        counted = comparisons.add([counted, shard.comparisons])
        withheld = distinct([withheld, shard.withheld])
        whole = _sums(whole, shard)
    return replace(
        whole,
        contenders=joined(Contenders, rows),
        holders=joined(Holders, holders),
        members=joined(Members, members),
        mates=all_mates(mates),
        comparisons=counted,
        withheld=withheld,
    )


def _sums(left: ShardTally, right: ShardTally) -> ShardTally:
    """Add what is a sum over shards; the rest is that of ``left``."""
    return replace(
        left,
        links=left.links + right.links,
        group_links=left.group_links + right.group_links,
        exposed=Exposed(
            left.exposed.everybody + right.exposed.everybody,
            left.exposed.by_group + right.exposed.by_group,
        ),
        fates=PairFates(
            left.fates.pairs + right.fates.pairs, left.fates.requests | right.fates.requests
        ),
        people=left.people + right.people,
        lawful=left.lawful + right.lawful,
        accounts=left.accounts + right.accounts,
        candidate_pairs=left.candidate_pairs + right.candidate_pairs,
    )
