"""Count what scored links would release at every cut of their score, whoever made them.

A link with score s is a link at every cut up to s. Under each selection rule a link is released at
a run of cuts, low to high, and so is everything that follows from it: a request linked, a mate
found, a person exposed. Every quantity is therefore a sum over runs, counted at all cuts at once by
differences; nothing is worked out again per cut.

``ScoredCounts.values`` keeps *blocks* of requests apart, so that intervals can be taken over them
(see ``measures.scored_tables``). A person exposed by several requests belongs to the block of the
surest link, and so counts once over all blocks.

Limits: memory is a few numbers per link.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulator.disclosure.outcomes import Outcome
from simulator.measures.quantities import SELECTIONS, Quantity
from simulator.randomness import FloatArray, IntArray
from simulator.records import BoolArray, Frozen, Int8Array, Int64Array, rows_of_runs
from simulator.scenario.schema import Selection

Q = Quantity
NOT_COUNTED = frozenset(
    quantity
    for quantity in Quantity
    if (
        quantity.name.startswith(("MISSED_", "WRONG_PAIRS", "WRONG_CANDIDATE"))
        and quantity != Quantity.MISSED_MATED
    )
    or quantity in (Quantity.FATE_WITHHELD, Quantity.FATE_UNANSWERED)
)
"""What links alone do not show: at which step of another matcher a mate or a pair was lost.

Requests all of whose links are withheld count among those that found nobody, and those that are
left unanswered among the rejected, so that fates add up here too.
"""

_RIGHT = (Outcome.INTENDED, Outcome.LISTING_ERROR)


@dataclass(frozen=True)
class ScoredLinks(Frozen):
    """Links of heard requests: request row, account key, score, and the truth about each.

    ``tie`` decides between equal scores of one request, the larger first.
    """

    request: Int64Array
    account: Int64Array
    score: FloatArray
    tie: Int64Array
    outcome: Int8Array
    wrong_address: BoolArray
    borrowed_wages: BoolArray


@dataclass(frozen=True)
class ScoredRequests(Frozen):
    """What the counts know of each request; ``columns`` (kinds, requests) are its groups.

    ``block`` numbers the blocks of requests that intervals are taken over.
    """

    columns: IntArray
    block: IntArray
    heard: BoolArray
    mated: BoolArray
    deficient: BoolArray


@dataclass(frozen=True)
class Members(Frozen):
    """Lawful people behind accounts: a row per (account key, person whom its release shows).

    ``holder`` marks the member whose account it is. Rows are sorted by ``reference``, the key.
    """

    reference: Int64Array
    person: Int64Array
    holder: BoolArray


@dataclass(frozen=True)
class World:
    """Everything links are judged against.

    ``households`` lists the lawful people shown by every account of the links, sorted by reference,
    and ``member_columns`` (kinds, rows) their groups; ``lawful`` counts lawful residents by group
    (columns,), ``accounts`` the accounts searched.
    """

    requests: ScoredRequests
    households: Members
    member_columns: IntArray
    lawful: FloatArray
    accounts: float


@dataclass(frozen=True)
class _Runs(Frozen):
    """Rows of the links that a selection releases, at cuts ``low`` to ``high``."""

    link: IntArray
    low: IntArray
    high: IntArray


def _ranked(links: ScoredLinks, cuts: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return links at or above the lowest cut, best first per request: rows, place, top cut."""
    top = np.searchsorted(cuts, links.score, side="right") - 1
    rows = np.flatnonzero(top >= 0)
    rows = rows[np.lexsort((-links.tie[rows], -links.score[rows], links.request[rows]))]
    request = links.request[rows]
    first = np.searchsorted(request, request, side="left")
    return rows, np.arange(rows.size) - first, top[rows]


def _released(links: ScoredLinks, cuts: FloatArray, selection: Selection, limit: int) -> _Runs:
    """Return the runs of cuts at which a selection releases links."""
    rows, place, high = _ranked(links, cuts)
    low = np.zeros(rows.size, np.int64)
    if selection == Selection.BEST:
        kept = place == 0
    elif selection == Selection.TOP:
        kept = place < limit
    elif selection == Selection.UNIQUE:
        second = np.flatnonzero(place == 1)
        low[second - 1] = high[second] + 1
        kept = (place == 0) & (low <= high)
    else:
        kept = np.ones(rows.size, np.bool_)
    return _Runs(rows[kept], low[kept], high[kept].astype(np.int64))


def _histogram(unit: IntArray, low: IntArray, high: IntArray, shape: tuple[int, int]) -> FloatArray:
    """Count runs at every cut by unit, shape (units, cuts); runs that end before they begin: 0."""
    units, cuts = shape
    some = low <= high
    at, width = unit[some] * (cuts + 1), units * (cuts + 1)
    begins = np.bincount(at + low[some], minlength=width)
    ends = np.bincount(at + high[some] + 1, minlength=width)
    steps = (begins - ends).reshape(units, cuts + 1)
    return np.asarray(steps.cumsum(axis=1)[:, :cuts], dtype=np.float64)


def disjoint_runs(
    owner: IntArray, low: IntArray, high: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Cut the runs of each owner so that none overlap and their union stays: rows, low, high.

    Of two runs that overlap, the one that begins first, or else ends last, keeps the overlap.
    """
    order = np.lexsort((-high, low, owner))
    owner, low, high = owner[order], low[order], high[order]
    rank = np.cumsum(np.diff(owner, prepend=owner[:1]) != 0)
    width = int(high.max(initial=0)) + 2
    reached = np.maximum.accumulate(rank * width + high)
    before = np.concatenate([np.full(min(1, reached.size), -1), reached[:-1]]) - rank * width
    low = np.maximum(low, before + 1)
    kept = low <= high
    return order[kept], low[kept], high[kept]


class _Counter:
    """Adds runs of requests and of people up by block, cut and group."""

    def __init__(self, blocks: int, cuts: int, groups: int) -> None:
        self.blocks, self.cuts, self.groups = blocks, cuts, groups

    def count(
        self, block: IntArray, columns: IntArray, low: IntArray, high: IntArray
    ) -> FloatArray:
        """Return counts of shape (blocks, cuts, groups); ``columns`` is (kinds, runs)."""
        shape = (self.blocks * self.groups, self.cuts)
        counted = np.zeros(shape)
        for column in columns:
            counted += _histogram(block * self.groups + column, low, high, shape)
        by_group = counted.reshape(self.blocks, self.groups, self.cuts)
        return np.asarray(by_group.transpose(0, 2, 1))


def _link_quantities(
    runs: _Runs, links: ScoredLinks, requests: ScoredRequests, counter: _Counter
) -> Iterator[tuple[Quantity, FloatArray]]:
    request, outcome = links.request[runs.link], links.outcome[runs.link]
    right = np.isin(outcome, _RIGHT)
    masks = {
        Q.LINKS: np.ones(request.size, np.bool_),
        Q.INTENDED: outcome == Outcome.INTENDED,
        Q.LISTING_ERROR: outcome == Outcome.LISTING_ERROR,
        Q.WRONG_PERSON_LAWFUL: outcome == Outcome.WRONG_PERSON_LAWFUL,
        Q.WRONG_PERSON_OTHER: outcome == Outcome.WRONG_PERSON_OTHER,
        Q.WRONG_PERSON: ~right,
        Q.RIGHT_PERSON: right,
        Q.WRONG_ADDRESS: links.wrong_address[runs.link],
        Q.BORROWED_WAGES: links.borrowed_wages[runs.link],
        Q.DEFICIENT: requests.deficient[request],
    }
    for quantity, mask in masks.items():
        at = request[mask]
        yield (
            quantity,
            counter.count(
                requests.block[at], requests.columns[:, at], runs.low[mask], runs.high[mask]
            ),
        )


def _request_quantities(
    runs: _Runs, links: ScoredLinks, requests: ScoredRequests, counter: _Counter
) -> Iterator[tuple[Quantity, FloatArray]]:
    """Yield counts of requests; a request's links begin at one cut and end at several."""
    request = links.request[runs.link]
    right = np.isin(links.outcome[runs.link], _RIGHT)
    low = np.zeros(len(requests), np.int64)
    low[request] = runs.low
    found, others = np.full(len(requests), -1), np.full(len(requests), -1)
    np.maximum.at(found, request[right], runs.high[right])
    np.maximum.at(others, request[~right], runs.high[~right])
    linked = np.maximum(found, others)

    def counted(of: BoolArray | None, first: IntArray, last: IntArray) -> FloatArray:
        at = np.arange(len(requests)) if of is None else np.flatnonzero(of)
        return counter.count(requests.block[at], requests.columns[:, at], first[at], last[at])

    always = np.full(len(requests), counter.cuts - 1)
    none = np.zeros(len(requests), np.int64)
    mated = counted(requests.mated, none, always)
    found_mated = counted(requests.mated, low, found)
    heard_linked = counted(requests.heard, low, linked)
    yield Q.REQUESTS, counted(None, none, always)
    yield Q.MATED, mated
    yield Q.UNMATED, counted(~requests.mated, none, always)
    yield Q.LINKED_REQUESTS, counted(None, low, linked)
    yield Q.LINKED_UNMATED, counted(~requests.mated, low, linked)
    yield Q.FOUND_MATED, found_mated
    yield Q.MISSED_MATED, mated - found_mated
    yield Q.WRONGED_REQUESTS, counted(None, low, others)
    yield Q.FATE_FOUND, counted(None, np.maximum(low, others + 1), found)
    yield Q.FATE_FOUND_WITH_OTHERS, counted(None, low, np.minimum(found, others))
    yield Q.FATE_WRONG_PERSON, counted(None, np.maximum(low, found + 1), others)
    yield Q.FATE_NOBODY, counted(requests.heard, none, always) - heard_linked
    yield Q.FATE_REJECTED, counted(~requests.heard, none, always)


def _block_of_surest(person: IntArray, high: IntArray, block: IntArray) -> IntArray:
    """Return for every run of a person the block of the one that reaches the highest cut."""
    order = np.lexsort((-high, person))
    _, first, inverse = np.unique(person[order], return_index=True, return_inverse=True)
    surest = np.empty_like(block)
    surest[order] = block[order][first][inverse]
    return surest


def _people_quantities(
    runs: _Runs, links: ScoredLinks, world: World, counter: _Counter
) -> Iterator[tuple[Quantity, FloatArray]]:
    """Yield counts of distinct lawful people exposed, directly and at all."""
    rows, low, high = disjoint_runs(links.account[runs.link], runs.low, runs.high)
    account = links.account[runs.link][rows]
    block = world.requests.block[links.request[runs.link][rows]]
    reference = world.households.reference
    first = np.searchsorted(reference, account, side="left")
    size = np.searchsorted(reference, account, side="right") - first
    member = rows_of_runs(first, size)
    low, high, block = (np.repeat(values, size) for values in (low, high, block))
    block = _block_of_surest(world.households.person[member], high, block)

    def exposed(chosen: IntArray) -> FloatArray:
        at, begins, ends = disjoint_runs(
            world.households.person[member[chosen]], low[chosen], high[chosen]
        )
        at = chosen[at]
        return counter.count(block[at], world.member_columns[:, member[at]], begins, ends)

    anybody = exposed(np.arange(member.size))
    direct = exposed(np.flatnonzero(world.households.holder[member]))
    yield Q.EXPOSED, anybody
    yield Q.EXPOSED_DIRECT, direct
    yield Q.EXPOSED_COLLATERAL, anybody - direct


def _fill_totals(values: FloatArray, world: World) -> None:
    """Fill what no cut changes; blocks share residents and accounts by their requests."""
    block, blocks = world.requests.block, values.shape[1]
    requests = np.bincount(block, minlength=blocks).astype(np.float64)
    mated = np.bincount(block[world.requests.mated], minlength=blocks)
    share = requests / max(1.0, requests.sum())
    values[:, :, Q.LAWFUL_RESIDENTS] = share[:, None, None] * world.lawful
    pairs = requests * world.accounts - mated
    values[:, :, Q.NON_MATCHING_PAIRS, :, 0] = pairs[:, None]


def count_scored(
    links: ScoredLinks, world: World, cuts: FloatArray, *, top: int, blocks: int = 1
) -> FloatArray:
    """Count every quantity at every cut of the score.

    ``cuts`` ascend, shape (cuts,); ``top`` is the limit of selection top. Returns shape
    (selections, blocks, quantities, cuts, groups), groups as in ``world.lawful``. Links of
    requests that are not heard must not be given.
    """
    counter = _Counter(blocks, cuts.size, world.lawful.size)
    values = np.zeros((len(SELECTIONS), blocks, len(Quantity), cuts.size, world.lawful.size))
    for number, selection in enumerate(SELECTIONS):
        runs = _released(links, cuts, selection, top)
        for quantities in (
            _link_quantities(runs, links, world.requests, counter),
            _request_quantities(runs, links, world.requests, counter),
            _people_quantities(runs, links, world, counter),
        ):
            for quantity, counted in quantities:
                values[number, :, quantity] = counted
    linked = values[:, :, Q.LINKED_REQUESTS]
    values[:, :, Q.FATE_NOT_UNIQUE] = linked[SELECTIONS.index(Selection.ALL)] - linked
    values[:, :, Q.FATE_NOBODY] -= values[:, :, Q.FATE_NOT_UNIQUE]
    _fill_totals(values, world)
    return values
