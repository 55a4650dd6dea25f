"""The counts of one replicate: every quantity at every policy and selection rule.

Everything is worked out twice by the same lines: for everybody at every cell of the grid, and by
group on the plane of the grid at the scenario's own step of the third axis. Requests are grouped by
the person requested, exposed residents by themselves. Measures are ratios of these quantities;
nothing downstream looks at pairs again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from simulator.disclosure.guardrails import UNANSWERED, Guardrail
from simulator.disclosure.outcomes import Outcome
from simulator.matching.grid import Grid
from simulator.measures import groups
from simulator.measures.contenders import RIGHT, WRONG, contenders
from simulator.measures.detail import Detail
from simulator.measures.exposure import (
    ANY,
    DIRECT,
    Exposed,
    exposed_by_selections,
)
from simulator.measures.losses import Loss, Mates, below_and_withheld
from simulator.measures.policies import IntGrid, Policies, from_strict
from simulator.measures.selection import ANY_PAIR, STATES, Asked, Selected, select
from simulator.measures.tally import RequestSide, ShardTally, added_up
from simulator.measures.withheld import LinkCells, count_withheld, on_plane
from simulator.randomness import FloatArray, IntArray
from simulator.records import BoolArray, Int32Array, Int64Array, taken
from simulator.scenario.schema import Selection

SELECTIONS = tuple(Selection)
ALL_LINKS = SELECTIONS.index(Selection.ALL)


class Quantity(IntEnum):
    """What is counted; requests and links by group of the person requested, people by their own."""

    REQUESTS = 0
    MATED = 1
    UNMATED = 2
    LINKS = 3
    INTENDED = 4
    LISTING_ERROR = 5
    WRONG_PERSON_LAWFUL = 6
    WRONG_PERSON_OTHER = 7
    WRONG_PERSON = 8
    RIGHT_PERSON = 9
    WRONG_ADDRESS = 10
    DEFICIENT = 11
    LINKED_REQUESTS = 12
    LINKED_UNMATED = 13
    MISSED_MATED = 14
    FOUND_MATED = 15
    FATE_FOUND = 16
    FATE_FOUND_WITH_OTHERS = 17
    FATE_WRONG_PERSON = 18
    FATE_NOBODY = 19
    FATE_REJECTED = 20
    EXPOSED = 21
    EXPOSED_DIRECT = 22
    EXPOSED_COLLATERAL = 23
    LAWFUL_RESIDENTS = 24
    NON_MATCHING_PAIRS = 25
    WRONGED_REQUESTS = 26
    BORROWED_WAGES = 27
    MISSED_REJECTED = 28
    MISSED_BLOCKING = 29
    MISSED_COMPARISON = 30
    MISSED_RULE = 31
    MISSED_WITHHELD = 32
    MISSED_SELECTION = 33
    WRONG_CANDIDATES = 34
    WRONG_PAIRS_RULE = 35
    WRONG_PAIRS_WITHHELD = 36
    WRONG_PAIRS_SELECTION = 37
    WRONG_CANDIDATE_REQUESTS = 38
    FATE_WITHHELD = 39
    FATE_UNANSWERED = 40
    FATE_NOT_UNIQUE = 41


EVERYBODY_ONLY = (
    Quantity.NON_MATCHING_PAIRS,
    Quantity.WRONG_CANDIDATES,
    Quantity.WRONG_PAIRS_RULE,
    Quantity.WRONG_PAIRS_WITHHELD,
    Quantity.WRONG_PAIRS_SELECTION,
    Quantity.WRONG_CANDIDATE_REQUESTS,
)
"""What is not counted by group; 0 in ``ReplicateCounts.group_values``."""


@dataclass(frozen=True)
class Setting:
    """How large a replicate was, and how far the list's nationality mix could not be met."""

    people: float
    accounts: float
    lawful_residents: float
    requests: float
    mated_requests: float
    candidate_pairs: float
    mix_shortfall: float


@dataclass(frozen=True)
class ReplicateCounts:
    """All quantities of one replicate, at the policies of ``grid``.

    ``grid_values`` counts everybody, shape (selections, quantities, cells). ``group_values`` has
    shape (selections, quantities, first axis, second axis, groups), at the scenario's own step of
    the third axis; what no group has (``EVERYBODY_ONLY``) is 0 there. ``comparisons`` is as from
    ``measures.comparisons.count``. ``matchers`` holds the counts of the matchers beside the rule by
    name, each of shape (selections, 1, quantities, cuts, 1). ``details`` holds every ``Detail`` at
    the scenario's own policy and selection; ``challenges`` is as from ``measures.challenges``,
    without any columns for the tax roll; ``years`` is as from ``measures.years.year_values``, a row
    per year, and empty where no years follow the first. ``explored`` holds the counts of every set
    of toggled guardrails, as from ``measures.policy_counts``; empty where nobody asked for them.
    """

    grid: Grid
    grid_values: FloatArray
    group_values: Int32Array
    comparisons: Int64Array
    setting: Setting
    matchers: Mapping[str, FloatArray] = field(default_factory=dict)
    years: FloatArray = field(default_factory=lambda: np.zeros((0, 0, 0)))
    details: FloatArray = field(default_factory=lambda: np.zeros(len(Detail)))
    challenges: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    explored: Int32Array = field(default_factory=lambda: np.zeros((0, 0, 0, 0), np.int32))


@dataclass(frozen=True)
class _View:
    """One way to look at the grid: every array ends in (groups, points of the grid).

    For everybody that is one group and all cells, else all groups and the cells of the plane; what
    no policy changes ends in (groups, 1). ``links``, ``states`` and ``exposed`` hold an array per
    selection; ``withheld`` counts requests all of whose links are withheld; ``mates`` counts mates
    by ``Loss`` and point, point 0 being no link at any policy.
    """

    shape: tuple[int, ...]
    links: tuple[IntGrid, ...]
    states: tuple[IntGrid, ...]
    exposed: tuple[IntGrid, ...]
    mates: IntGrid
    requests: IntGrid
    mated: IntGrid
    rejected: IntGrid
    unanswered: IntGrid
    withheld: IntGrid
    lawful: IntGrid


def _link_quantities(links: IntGrid) -> dict[Quantity, IntGrid]:
    """Return quantities of released pairs; ``links`` counts them by (…, deficient, kind)."""
    points = links.shape[-2:]
    # Kinds are numbered borrowed wages x wrong address x outcome.
    by_kind = links.reshape(-1, 2, 2, 2, len(Outcome), *points).sum(axis=0)
    by_outcome = by_kind.sum(axis=(0, 1, 2))
    right = by_outcome[Outcome.INTENDED] + by_outcome[Outcome.LISTING_ERROR]
    total = by_outcome.sum(axis=0)
    return {
        Quantity.LINKS: total,
        Quantity.INTENDED: by_outcome[Outcome.INTENDED],
        Quantity.LISTING_ERROR: by_outcome[Outcome.LISTING_ERROR],
        Quantity.WRONG_PERSON_LAWFUL: by_outcome[Outcome.WRONG_PERSON_LAWFUL],
        Quantity.WRONG_PERSON_OTHER: by_outcome[Outcome.WRONG_PERSON_OTHER],
        Quantity.WRONG_PERSON: total - right,
        Quantity.RIGHT_PERSON: right,
        Quantity.WRONG_ADDRESS: by_kind[:, :, 1].sum(axis=(0, 1, 2)),
        Quantity.BORROWED_WAGES: by_kind[:, 1].sum(axis=(0, 1, 2)),
        Quantity.DEFICIENT: by_kind[1].sum(axis=(0, 1, 2)),
    }


def _states_of_one(links: IntGrid) -> IntGrid:
    """Return states of requests that are released at most one pair each.

    ``links`` counts pairs by mated x deficient x kind.
    """
    points = links.shape[-2:]
    by_outcome = links.reshape(2, -1, len(Outcome), *points).sum(axis=1)
    states = np.zeros((2, ANY_PAIR, *points), links.dtype)
    states[:, RIGHT] = by_outcome[:, : Outcome.WRONG_PERSON_LAWFUL].sum(axis=1)
    states[:, WRONG] = by_outcome[:, Outcome.WRONG_PERSON_LAWFUL :].sum(axis=1)
    return states.reshape(STATES, *points)


def _state_quantities(states: IntGrid, view: _View) -> dict[Quantity, IntGrid]:
    """Return quantities of requests; ``states`` counts them by mated x sorts of pairs released.

    Whoever has a link under ``all`` and none under ``unique`` was not the only one.
    """
    unmated, mated = states.reshape(2, ANY_PAIR, *states.shape[-2:])
    every = unmated + mated
    linked = every.sum(axis=0)
    found = mated[RIGHT] + mated[RIGHT | WRONG]
    linkable = view.states[ALL_LINKS].sum(axis=0)
    heard = view.requests - view.rejected - view.unanswered
    return {
        Quantity.REQUESTS: view.requests,
        Quantity.MATED: view.mated,
        Quantity.UNMATED: view.requests - view.mated,
        Quantity.LINKED_REQUESTS: linked,
        Quantity.LINKED_UNMATED: unmated.sum(axis=0),
        Quantity.FOUND_MATED: found,
        Quantity.MISSED_MATED: view.mated - found,
        Quantity.WRONGED_REQUESTS: every[WRONG] + every[RIGHT | WRONG],
        Quantity.FATE_FOUND: every[RIGHT],
        Quantity.FATE_FOUND_WITH_OTHERS: every[RIGHT | WRONG],
        Quantity.FATE_WRONG_PERSON: every[WRONG],
        Quantity.FATE_NOBODY: heard - linkable - view.withheld,
        Quantity.FATE_NOT_UNIQUE: linkable - linked,
        Quantity.FATE_WITHHELD: view.withheld,
        Quantity.FATE_REJECTED: view.rejected,
        Quantity.FATE_UNANSWERED: view.unanswered,
    }


def _people_quantities(exposed: IntGrid, lawful: IntGrid) -> dict[Quantity, IntGrid]:
    return {
        Quantity.EXPOSED: exposed[ANY],
        Quantity.EXPOSED_DIRECT: exposed[DIRECT],
        Quantity.EXPOSED_COLLATERAL: exposed[ANY] - exposed[DIRECT],
        Quantity.LAWFUL_RESIDENTS: lawful,
    }


def _loss_quantities(view: _View) -> dict[Quantity, IntGrid]:
    """Return where mates are lost before anything is chosen among them."""
    mates = view.mates
    compared = mates[[Loss.WITHHELD, Loss.RELEASED]].sum(axis=(0, -1))[:, None]
    below, withheld = below_and_withheld(
        mates[Loss.RELEASED, :, 1:], mates[Loss.WITHHELD, :, 1:], compared, view.shape
    )
    whole = mates.sum(axis=-1, keepdims=True)
    return {
        Quantity.MISSED_REJECTED: whole[Loss.REJECTED],
        Quantity.MISSED_BLOCKING: whole[Loss.BLOCKING],
        Quantity.MISSED_COMPARISON: whole[Loss.COMPARISON],
        Quantity.MISSED_RULE: below,
        Quantity.MISSED_WITHHELD: withheld,
    }


def _values(view: _View) -> FloatArray:
    """Return all quantities of a view, shape (selections, quantities, groups, points)."""
    points = view.links[0].shape[-2:]
    values = np.zeros((len(SELECTIONS), len(Quantity), *points))
    lost = _loss_quantities(view)
    for number in range(len(SELECTIONS)):
        found = _link_quantities(view.links[number])
        found |= _state_quantities(view.states[number], view)
        found |= _people_quantities(view.exposed[number], view.lawful)
        for quantity, counted in (found | lost).items():
            values[number, quantity] = counted
    found_by_all = values[ALL_LINKS, Quantity.FOUND_MATED]
    values[:, Quantity.MISSED_SELECTION] = found_by_all - values[:, Quantity.FOUND_MATED]
    return values


def _mates_by(mates: Mates, columns: IntArray, width: int, points: int, point: IntArray) -> IntGrid:
    """Count mates by loss, group and point, shape (Loss, ``width``, 1 + points).

    ``columns`` (kinds, requests) are the groups; ``point`` gives the point of each cell, -1 where
    it has none.
    """
    counted = np.zeros((len(Loss), width, 1 + points), np.int64)
    at = np.where(mates.cell >= 0, point[mates.cell], -1) + 1
    for kind in columns:
        np.add.at(counted, (mates.loss, kind[mates.request], at), 1)
    return counted


def _per_group(columns: IntArray, width: int) -> IntGrid:
    return np.bincount(columns.ravel(), minlength=width)[:, None]


def _by_points(counted: IntGrid) -> IntGrid:
    """Turn (…, points, groups) into (…, groups, points)."""
    return np.moveaxis(counted, -1, -2)


@dataclass(frozen=True)
class _Evaluated:
    """What was counted of one replicate, before it is looked at for everybody or by group."""

    whole: ShardTally
    side: RequestSide
    mated: BoolArray
    policies: Policies
    selected: Selected
    exposed: Sequence[Exposed]
    released: LinkCells

    @property
    def unanswered(self) -> BoolArray:
        """Say which requests are valid but left without an answer."""
        return np.isin(self.side.rejected, UNANSWERED)

    @property
    def rejected(self) -> BoolArray:
        """Say which requests are turned away."""
        return np.asarray((self.side.rejected != Guardrail.NONE) & ~self.unanswered)


def _everybody(found: _Evaluated) -> _View:
    grid, whole, selected = found.policies.grid, found.whole, found.selected
    best, unique, top = selected.links[:, :, None]
    links = from_strict(whole.links, grid.shape)[:, None]
    everybody = whole.exposed.everybody
    nobody = np.zeros((1, len(found.side.truth)), np.int64)
    return _View(
        shape=grid.shape,
        links=(links, best, unique, top),
        states=(
            selected.states[0][:, None],
            _states_of_one(best),
            _states_of_one(unique),
            selected.states[1][:, None],
        ),
        exposed=tuple(
            part[:, None] for part in (everybody, *(part.everybody for part in found.exposed))
        ),
        mates=_mates_by(whole.mates, nobody, 1, grid.size, np.arange(grid.size)),
        requests=_per_group(nobody, 1),
        mated=_per_group(nobody[:, found.mated], 1),
        rejected=_per_group(nobody[:, found.rejected], 1),
        unanswered=_per_group(nobody[:, found.unanswered], 1),
        withheld=count_withheld(whole.withheld, found.released, nobody, 1, grid.shape),
        lawful=whole.lawful[[groups.ALL]][:, None].astype(np.int64),
    )


def _by_group(found: _Evaluated) -> _View:
    policies, whole, selected = found.policies, found.whole, found.selected
    shape, width, columns = policies.plane, len(groups.labels()), found.side.columns
    grid = policies.grid
    best, unique, top = _by_points(selected.group_links)
    links = _by_points(whole.group_links)
    by_group = whole.exposed.by_group
    every, some = _by_points(selected.group_states)
    cell, depth = np.arange(grid.size), grid.shape[2]
    return _View(
        shape=shape,
        links=(from_strict(links, shape), best, unique, top),
        states=(every, _states_of_one(best), _states_of_one(unique), some),
        exposed=tuple(
            _by_points(part) for part in (by_group, *(part.by_group for part in found.exposed))
        ),
        mates=_mates_by(
            whole.mates,
            columns,
            width,
            shape[0] * shape[1],
            np.where(cell % depth >= policies.third, cell // depth, -1),
        ),
        requests=_per_group(columns, width),
        mated=_per_group(columns[:, found.mated], width),
        rejected=_per_group(columns[:, found.rejected], width),
        unanswered=_per_group(columns[:, found.unanswered], width),
        withheld=count_withheld(
            on_plane(whole.withheld, grid.shape, policies.third),
            on_plane(found.released, grid.shape, policies.third),
            columns,
            width,
            (*shape, 1),
        ),
        lawful=whole.lawful[:, None].astype(np.int64),
    )


def _fill_pairs(values: FloatArray, found: _Evaluated) -> None:
    """Fill the quantities of pairs that nobody but everybody has, shape (…, cells)."""
    whole = found.whole
    accounts = float(whole.accounts[groups.ALL])
    passed, withheld = whole.fates.pairs
    compared = int(passed.sum() + withheld.sum())
    below, held_back = below_and_withheld(
        passed[1:], withheld[1:], compared, found.policies.grid.shape
    )
    values[:, Quantity.NON_MATCHING_PAIRS] = found.mated.size * accounts - found.mated.sum()
    values[:, Quantity.WRONG_CANDIDATES] = compared
    values[:, Quantity.WRONG_PAIRS_RULE] = below
    values[:, Quantity.WRONG_PAIRS_WITHHELD] = held_back
    wrong = values[:, Quantity.WRONG_PERSON]
    values[:, Quantity.WRONG_PAIRS_SELECTION] = wrong[ALL_LINKS] - wrong
    values[:, Quantity.WRONG_CANDIDATE_REQUESTS] = whole.fates.requests.sum()


def count_replicate(
    shards: Iterable[ShardTally], side: RequestSide, mix_shortfall: float, policies: Policies
) -> ReplicateCounts:
    """Evaluate the whole grid of policies for one replicate from the tallies of its shards."""
    grid = policies.grid
    whole = added_up(shards, policies)
    mated = np.zeros(len(side.truth), np.bool_)
    mated[whole.mates.request] = True
    rows = contenders([whole.contenders], len(side.truth), grid.shape, policies.top)
    asked = Asked(side.columns, mated, side.deficient)
    selected, marked, owners = select(rows, asked, policies, len(groups.labels()))
    at = np.argsort(whole.holders.reference)
    at = at[np.searchsorted(whole.holders.reference[at], owners)]
    exposed = exposed_by_selections(marked, taken(whole.holders, at), whole.members, policies)
    released = LinkCells(rows.request.copy(), rows.cell.copy())
    found = _Evaluated(whole, side, mated, policies, selected, exposed, released)
    everybody = _values(_everybody(found))[:, :, 0]
    _fill_pairs(everybody, found)
    by_group = np.moveaxis(_values(_by_group(found)), 2, 3)
    by_group = by_group.reshape(*by_group.shape[:2], *policies.plane, by_group.shape[-1])
    plane = everybody.reshape(*everybody.shape[:2], *grid.shape)[..., policies.third]
    by_group[..., groups.ALL] = plane
    by_group[:, EVERYBODY_ONLY] = 0
    return ReplicateCounts(
        grid,
        everybody,
        by_group.astype(np.int32),
        whole.comparisons,
        _setting(whole, mated, mix_shortfall),
    )


def _setting(whole: ShardTally, mated: BoolArray, mix_shortfall: float) -> Setting:
    return Setting(
        people=float(whole.people),
        accounts=float(whole.accounts[groups.ALL]),
        lawful_residents=float(whole.lawful[groups.ALL]),
        requests=float(mated.size),
        mated_requests=float(mated.sum()),
        candidate_pairs=float(whole.candidate_pairs),
        mix_shortfall=mix_shortfall,
    )
