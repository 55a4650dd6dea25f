"""Every policy a reader can ask for: all thresholds times all sets of toggled guardrails, at once.

The pairs of a replicate are kept with what stops each, as bits of toggles (``disclosure.toggles``).
Under one set the pairs of each request are walked once, the best first (``measures.policy_walk``).

Limits: the third axis stays at the scenario's own step, but where birth dates are a toggle. Memory
grows with the candidate pairs, which is why large runs keep none (``disclosure.toggles``).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.disclosure.guardrails import UNANSWERED, Guardrail
from simulator.disclosure.outcomes import Outcome
from simulator.disclosure.toggles import ALWAYS, Toggles
from simulator.measures import explored_groups
from simulator.measures.policies import IntGrid, policies
from simulator.measures.policy_walk import (
    ALL,
    BOTH,
    FOUND,
    LINK_KINDS,
    NOT_UNIQUE,
    STATES,
    UNIQUE,
    WITHHELD,
    WORD,
    WRONGED,
    Found,
    Rows,
    Scratch,
    Shown,
    expose,
    walk,
)
from simulator.measures.quantities import SELECTIONS, Quantity, ReplicateCounts
from simulator.randomness import IntArray
from simulator.records import BoolArray, Frozen, Int8Array, Int32Array, Int64Array
from simulator.scenario.schema import Scenario, Selection

Q = Quantity
COUNTED: Final = (
    Q.REQUESTS,
    Q.MATED,
    Q.LINKS,
    Q.INTENDED,
    Q.LISTING_ERROR,
    Q.WRONG_PERSON_LAWFUL,
    Q.WRONG_PERSON_OTHER,
    Q.WRONG_ADDRESS,
    Q.DEFICIENT,
    Q.LINKED_REQUESTS,
    Q.LINKED_UNMATED,
    Q.WRONGED_REQUESTS,
    Q.FOUND_MATED,
    Q.FATE_FOUND,
    Q.FATE_FOUND_WITH_OTHERS,
    Q.FATE_WRONG_PERSON,
    Q.FATE_NOBODY,
    Q.FATE_NOT_UNIQUE,
    Q.FATE_WITHHELD,
    Q.FATE_REJECTED,
    Q.FATE_UNANSWERED,
    Q.EXPOSED,
    Q.EXPOSED_DIRECT,
)
"""What is counted at every policy, in the order of columns; exposed people by group follow."""


@dataclass(frozen=True)
class KeptPairs(Frozen):
    """Pairs that some policy links, by request and, within it, the best first.

    ``account`` numbers the accounts that are kept, ``first`` and ``second`` are the strictest steps
    of the two axes; ``kind`` is the outcome, plus 4 for a wrong address. ``dropped`` and ``held``
    hold the bits of toggles by which matching would drop the pair, or release withhold it.
    """

    request: Int32Array
    account: Int32Array
    first: IntArray
    second: Int8Array
    kind: Int8Array
    dropped: Int8Array
    held: Int8Array


@dataclass(frozen=True)
class ShownPeople(Frozen):
    """Whom kept accounts show of their holders' households: lawful people alone, by person.

    ``person`` numbers people from 0, rising; ``direct`` says whether the account is theirs, and
    ``stops`` holds the bits of toggles that black them out of it.
    """

    person: Int32Array
    account: Int32Array
    direct: BoolArray
    stops: Int8Array


@dataclass(frozen=True)
class KeptRequests:
    """What is known of requests: ``reasons`` (sets, requests) why each is not heard, as Guardrail.

    ``mated`` and ``deficient`` have shape (requests,).
    """

    reasons: Int8Array
    mated: BoolArray
    deficient: BoolArray


def _from_strict(edges: Int64Array) -> IntGrid:
    """Sum edges along the first axis of the grid, which is the second of the array."""
    return np.asarray(np.flip(np.flip(edges, 1).cumsum(axis=1), 1))


def _fill_links(values: dict[Quantity, IntGrid], links: Int64Array) -> None:
    by = _from_strict(links).reshape(2, 2, len(Outcome), *links.shape[1:])
    outcome = by.sum(axis=(0, 1))
    values[Q.LINKS] = outcome.sum(axis=0)
    values[Q.INTENDED] = outcome[Outcome.INTENDED]
    values[Q.LISTING_ERROR] = outcome[Outcome.LISTING_ERROR]
    values[Q.WRONG_PERSON_LAWFUL] = outcome[Outcome.WRONG_PERSON_LAWFUL]
    values[Q.WRONG_PERSON_OTHER] = outcome[Outcome.WRONG_PERSON_OTHER]
    values[Q.WRONG_ADDRESS] = by[:, 1].sum(axis=(0, 1))
    values[Q.DEFICIENT] = by[1].sum(axis=(0, 1))


def _fill_requests(
    values: dict[Quantity, IntGrid], states: Int64Array, reasons: Int8Array, mated: BoolArray
) -> None:
    counted = _from_strict(states)
    found, both, wronged = (counted[row : row + 2] for row in (FOUND, BOTH, WRONGED))
    linked = found + both + wronged
    unanswered = int(np.isin(reasons, UNANSWERED).sum())
    heard = int((reasons == Guardrail.NONE).sum())
    whole = np.ones(counted.shape[1:], np.int64)
    values[Q.REQUESTS] = whole * reasons.size
    values[Q.MATED] = whole * int(mated.sum())
    values[Q.LINKED_REQUESTS] = linked.sum(axis=0)
    values[Q.LINKED_UNMATED] = linked[0]
    values[Q.WRONGED_REQUESTS] = (both + wronged).sum(axis=0)
    values[Q.FOUND_MATED] = found[1] + both[1]
    values[Q.FATE_FOUND] = found.sum(axis=0)
    values[Q.FATE_FOUND_WITH_OTHERS] = both.sum(axis=0)
    values[Q.FATE_WRONG_PERSON] = wronged.sum(axis=0)
    values[Q.FATE_NOT_UNIQUE] = counted[NOT_UNIQUE]
    values[Q.FATE_WITHHELD] = counted[WITHHELD]
    answered = linked.sum(axis=0) + counted[NOT_UNIQUE] + counted[WITHHELD]
    values[Q.FATE_NOBODY] = heard - answered
    values[Q.FATE_UNANSWERED] = whole * unanswered
    values[Q.FATE_REJECTED] = whole * (reasons.size - heard - unanswered)


def _summed(
    links: Int64Array,
    states: Int64Array,
    exposed: Int64Array,
    reasons: Int8Array,
    mated: BoolArray,
) -> IntGrid:
    """Return the counts of one set from what was counted at edges, shape (first, second, …)."""
    values: dict[Quantity, IntGrid] = {}
    _fill_links(values, links)
    _fill_requests(values, states, reasons, mated)
    everybody = _from_strict(exposed)
    values[Q.EXPOSED], values[Q.EXPOSED_DIRECT] = everybody[:2]
    stacked = np.stack([*(values[quantity] for quantity in COUNTED), *everybody[2:]])
    return np.moveaxis(stacked, 0, -1)


def _starts(numbers: Int32Array, count: int) -> Int64Array:
    """Return where the rows of each number begin in a rising column, shape (count + 1,)."""
    return np.searchsorted(numbers, np.arange(count + 1)).astype(np.int64)


def _rule(selection: Selection, top: int) -> int:
    return {Selection.ALL: ALL, Selection.UNIQUE: UNIQUE, Selection.BEST: 1}.get(selection, top)


def _scratch(second: int, words: int, most: int) -> Scratch:
    def none(*shape: int) -> Int64Array:
        return np.full(shape, -1, np.int64)

    cleared = np.zeros((4, second, words), np.int64)
    return Scratch(cleared, none(second, most), none(second), none(second), none(second))


def count_policies(
    pairs: KeptPairs,
    shown: ShownPeople,
    columns: IntArray,
    groups: int,
    requests: KeptRequests,
    toggles: Toggles,
    plane: tuple[int, int],
) -> Int32Array:
    """Return the counts of every policy, shape (sets, first, second, counted + groups).

    ``columns`` (kinds, people of ``shown``) gives the groups of each, of which there are
    ``groups``; ``plane`` holds the numbers of steps of the first two axes.
    """
    first, second = plane
    accounts = 1 + int(max(pairs.account.max(initial=-1), shown.account.max(initial=-1)))
    words = 1 + (first - 1) // WORD
    top = toggles.strict.matching.top
    rows = Rows(
        _starts(pairs.request, requests.mated.size),
        *(getattr(pairs, name) for name in Rows._fields[1:]),
    )
    people = Shown(
        _starts(shown.person, columns.shape[1]), shown.account, shown.direct, shown.stops,
        columns + 2,
    )  # fmt: skip
    scratch = _scratch(second, words, max(top, 1))
    marks = np.zeros((accounts, second, words), np.int64)
    reached = np.zeros(accounts, np.int64)
    counted = np.empty((toggles.sets, first, second, len(COUNTED) + groups), np.int32)
    for subset in range(toggles.sets):
        links = np.zeros((LINK_KINDS, first, second), np.int64)
        states = np.zeros((STATES, first, second), np.int64)
        exposed = np.zeros((2 + groups, first, second), np.int64)
        found = Found(links, states, marks, reached)
        rule, stands = _rule(toggles.selection(subset), top), subset | ALWAYS
        heard = requests.reasons[subset] == Guardrail.NONE
        walk(rows, heard, requests.mated, requests.deficient, stands, rule, scratch, found)
        expose(people, stands, found, exposed)
        counted[subset] = _summed(links, states, exposed, requests.reasons[subset], requests.mated)
    return counted


def thresholds_alone(counts: ReplicateCounts, scenario: Scenario) -> Int32Array:
    """Return the same counts where no guardrail is toggled, shape (1, first, second, …).

    They are those that the run has counted anyway, at its own step of the third axis.
    """
    shape, third = counts.grid.shape, policies(counts.grid, scenario.matching).third
    own = SELECTIONS.index(scenario.matching.selection)
    cells = counts.grid_values[own][list(COUNTED)].reshape(len(COUNTED), *shape)[..., third]
    groups = explored_groups.merged(counts.group_values[own, Q.EXPOSED])
    everything = np.concatenate([np.moveaxis(cells, 0, -1), groups], axis=-1)
    return everything[None].astype(np.int32)
