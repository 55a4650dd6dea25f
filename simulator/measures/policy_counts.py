"""Every policy a reader can ask for: all thresholds times all sets of toggled guardrails, at once.

The pairs of a replicate are kept with what stops each, as bits of toggles (``disclosure.toggles``).
Under one set the pairs of each request are walked once, the best first. A pair is released, at each
step of the second axis up to its own, on an interval of steps of the first: from its own down to
where enough better pairs stand. Intervals are bits of words, so that the steps at which a request
has any right or wrong account, or a person is shown by any account, are unions of words; they are
counted at their edges and summed from the strict end.

Limits: the third axis stays at the scenario's own step, but where birth dates are a toggle. Memory
grows with the candidate pairs, which is why large runs keep none (``disclosure.toggles``).
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from simulator import kernels
from simulator.disclosure.guardrails import UNANSWERED, Guardrail
from simulator.disclosure.outcomes import Outcome
from simulator.disclosure.toggles import ALWAYS, Toggles
from simulator.measures import explored_groups
from simulator.measures.policies import IntGrid, policies
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

_WORD: Final = 62  # steps to a word: the sign of a 64-bit integer stays out of it
_LINK_KINDS: Final = 2 * 2 * len(Outcome)  # deficient x wrong address x outcome
_FOUND, _BOTH, _WRONGED, _NOT_UNIQUE, _WITHHELD = 0, 2, 4, 6, 7  # the first three by mated
_STATES: Final = 8
_RIGHT, _WRONG, _PASSED, _HELD = range(4)
_FIRST_WRONG: Final = int(Outcome.WRONG_PERSON_LAWFUL)
_OUTCOMES: Final = len(Outcome)
_ALL, _UNIQUE = 0, -1  # otherwise: how many of the best are released
_population_count = kernels.population_count


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


class _Rows(NamedTuple):
    """``KeptPairs`` as compiled loops take them; those of request r are starts[r] … starts[r + 1]."""

    starts: Int64Array
    account: Int32Array
    first: IntArray
    second: Int8Array
    kind: Int8Array
    dropped: Int8Array
    held: Int8Array


class _Scratch(NamedTuple):
    """What is known of one request at each step of the second axis.

    ``words`` (4, second, words) say where it has right and wrong accounts released, any that pass
    and any that is withheld. ``better`` (second, most) holds the greatest steps of the first axis
    seen so far, ``best``, ``next`` and ``who`` the two greatest and the row of the greatest.
    """

    words: Int64Array
    better: Int64Array
    best: Int64Array
    next: Int64Array
    who: Int64Array


class _Found(NamedTuple):
    """What is counted: links (kinds, first, second) and states of requests, at their edges.

    ``marks`` (accounts, second, words) says where each account is released, ``reached`` up to which
    step of the second axis.
    """

    links: Int64Array
    states: Int64Array
    marks: Int64Array
    reached: Int64Array


@kernels.inlined
def _fill(words: Int64Array, row: int, b: int, low: int, high: int) -> None:
    """Set the bits of steps ``low`` + 1 … ``high``."""
    for w in range((low + 1) // _WORD, high // _WORD + 1):
        least = max(low + 1 - w * _WORD, 0)
        most = min(high - w * _WORD, _WORD - 1)
        words[row, b, w] |= ((1 << (most + 1)) - 1) & ~((1 << least) - 1)


@kernels.inlined
def _edges(counted: Int64Array, row: int, b: int, w: int, word: int, above: int) -> int:
    """Count a word at its edges: 1 where a run of steps ends, -1 below where it begins.

    ``above`` is the lowest bit of the word above; the lowest of this one is returned.
    """
    edges = word ^ ((word >> 1) | (above << (_WORD - 1)))
    while edges != 0:
        lowest = edges & -edges
        at = _population_count(np.uint64(lowest - 1))
        counted[row, w * _WORD + at, b] += 1 if word & lowest else -1
        edges ^= lowest
    return word & 1


@kernels.inlined
def _release(
    pairs: _Rows, row: int, deficient: int, b: int, low: int, high: int, words: Int64Array,
    links: Int64Array, marks: Int64Array, reached: Int64Array,
) -> None:
    """Release a pair on steps ``low`` + 1 … ``high`` of the first axis, at step b of the second."""
    kind, account = pairs.kind[row], pairs.account[row]
    _fill(words, _WRONG if kind % _OUTCOMES >= _FIRST_WRONG else _RIGHT, b, low, high)
    _fill(marks, account, b, low, high)
    reached[account] = max(reached[account], b + 1)
    at = deficient * (_LINK_KINDS // 2) + kind
    links[at, high, b] += 1
    if low >= 0:
        links[at, low, b] -= 1


@kernels.inlined
def _take_best(pairs: _Rows, row: int, best: Int64Array, after: Int64Array, who: Int64Array) -> None:
    """Note a pair among the two that reach furthest along the first axis."""
    step = pairs.first[row]
    for b in range(pairs.second[row], -1, -1):
        if step > best[b]:
            after[b], best[b], who[b] = best[b], step, row
        elif step > after[b]:
            after[b] = step


@kernels.inlined
def _insert(better: Int64Array, b: int, step: int) -> None:
    """Put a step among the greatest, in falling order."""
    at = better.shape[1] - 1
    while at > 0 and better[b, at - 1] < step:
        better[b, at] = better[b, at - 1]
        at -= 1
    better[b, at] = step


@kernels.inlined
def _clear(scratch: _Scratch, reach: int) -> None:
    """Forget a request that reached step ``reach`` of the second axis."""
    words, better = scratch.words, scratch.better
    best, after, who = scratch.best, scratch.next, scratch.who
    for b in range(reach + 1):
        best[b], after[b], who[b] = -1, -1, -1
        for place in range(better.shape[1]):
            better[b, place] = -1
        for sort in range(words.shape[0]):
            for w in range(words.shape[2]):
                words[sort, b, w] = 0


@kernels.inlined
def _count_states(states: Int64Array, words: Int64Array, b: int, mated: int) -> None:
    """Count what became of a request at every step of the first axis, at step b of the second."""
    found = both = wronged = unsure = withheld = 0
    for w in range(words.shape[2] - 1, -1, -1):
        right, wrong = words[_RIGHT, b, w], words[_WRONG, b, w]
        passed, held = words[_PASSED, b, w], words[_HELD, b, w]
        found = _edges(states, _FOUND + mated, b, w, right & ~wrong, found)
        both = _edges(states, _BOTH + mated, b, w, right & wrong, both)
        wronged = _edges(states, _WRONGED + mated, b, w, wrong & ~right, wronged)
        unsure = _edges(states, _NOT_UNIQUE, b, w, passed & ~(right | wrong), unsure)
        withheld = _edges(states, _WITHHELD, b, w, held & ~passed, withheld)


@kernels.compiled
def _walk(
    pairs: _Rows,
    heard: BoolArray,
    mated: BoolArray,
    deficient: BoolArray,
    stands: int,
    rule: int,
    scratch: _Scratch,
    found: _Found,
) -> None:
    """Release and count the pairs of every request that is heard under one set of toggles."""
    words, better = scratch.words, scratch.better
    links, marks, reached = found.links, found.marks, found.reached
    for request in range(heard.size):
        if not heard[request]:
            continue
        reach, poor = -1, int(deficient[request])
        for row in range(pairs.starts[request], pairs.starts[request + 1]):
            if pairs.dropped[row] & stands:
                continue
            step, second = pairs.first[row], pairs.second[row]
            reach = max(reach, second)
            sort = _HELD if pairs.held[row] & stands else _PASSED
            for b in range(second, -1, -1):
                _fill(words, sort, b, -1, step)
            if sort == _HELD:
                continue
            if rule == _UNIQUE:
                _take_best(pairs, row, scratch.best, scratch.next, scratch.who)
                continue
            for b in range(second, -1, -1):
                low = -1
                if rule > 0:
                    low = better[b, rule - 1]
                    if step <= low:
                        break  # nor at anything looser
                    _insert(better, b, step)
                _release(pairs, row, poor, b, low, step, words, links, marks, reached)
        for b in range(reach + 1):
            if rule == _UNIQUE and scratch.best[b] > scratch.next[b]:
                low, high, row = scratch.next[b], scratch.best[b], scratch.who[b]
                _release(pairs, row, poor, b, low, high, words, links, marks, reached)
            _count_states(found.states, words, b, int(mated[request]))
        _clear(scratch, reach)


class _Shown(NamedTuple):
    """``ShownPeople`` as compiled loops take them: rows of person p from starts[p]; group columns.

    ``columns`` (kinds, people) are rows of what is counted.
    """

    starts: Int64Array
    account: Int32Array
    direct: BoolArray
    stops: Int8Array
    columns: IntArray


@kernels.compiled
def _expose(shown: _Shown, stands: int, found: _Found, exposed: Int64Array) -> None:
    """Count everybody whom a released account shows, once a policy; forget the marks.

    Rows of ``exposed`` are: at all, directly, then the groups.
    """
    marks, reached, columns = found.marks, found.reached, shown.columns
    account, direct, stops = shown.account, shown.direct, shown.stops
    for person in range(shown.starts.size - 1):
        first, last = shown.starts[person], shown.starts[person + 1]
        reach = 0
        for row in range(first, last):
            if not stops[row] & stands:
                reach = max(reach, reached[account[row]])
        for b in range(reach):
            above = above_own = 0
            for w in range(marks.shape[2] - 1, -1, -1):
                word = own = 0
                for row in range(first, last):
                    if not stops[row] & stands:
                        mark = marks[account[row], b, w]
                        word |= mark
                        if direct[row]:
                            own |= mark
                for kind in range(columns.shape[0]):
                    _edges(exposed, columns[kind, person], b, w, word, above)
                above = _edges(exposed, 0, b, w, word, above)
                above_own = _edges(exposed, 1, b, w, own, above_own)
    for some in range(reached.size):
        for b in range(reached[some]):
            for w in range(marks.shape[2]):
                marks[some, b, w] = 0
        reached[some] = 0


def _from_strict(edges: Int64Array) -> IntGrid:
    """Sum edges along the first axis of the grid, which is the second of the array."""
    return np.asarray(np.flip(np.flip(edges, 1).cumsum(axis=1), 1))


def _fill_links(values: dict[Quantity, IntGrid], links: Int64Array) -> None:
    by = _from_strict(links).reshape(2, 2, _OUTCOMES, *links.shape[1:])
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
    found, both, wronged = (counted[row : row + 2] for row in (_FOUND, _BOTH, _WRONGED))
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
    values[Q.FATE_NOT_UNIQUE] = counted[_NOT_UNIQUE]
    values[Q.FATE_WITHHELD] = counted[_WITHHELD]
    answered = linked.sum(axis=0) + counted[_NOT_UNIQUE] + counted[_WITHHELD]
    values[Q.FATE_NOBODY] = heard - answered
    values[Q.FATE_UNANSWERED] = whole * unanswered
    values[Q.FATE_REJECTED] = whole * (reasons.size - heard - unanswered)


def _starts(numbers: Int32Array, count: int) -> Int64Array:
    """Return where the rows of each number begin in a rising column, shape (count + 1,)."""
    return np.searchsorted(numbers, np.arange(count + 1)).astype(np.int64)


def _rule(selection: Selection, top: int) -> int:
    return {Selection.ALL: _ALL, Selection.UNIQUE: _UNIQUE, Selection.BEST: 1}.get(selection, top)


def _scratch(second: int, words: int, most: int) -> _Scratch:
    def none(*shape: int) -> Int64Array:
        return np.full(shape, -1, np.int64)

    cleared = np.zeros((4, second, words), np.int64)
    return _Scratch(cleared, none(second, most), none(second), none(second), none(second))


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
    words = 1 + (first - 1) // _WORD
    top = toggles.strict.matching.top
    rows = _Rows(
        _starts(pairs.request, requests.mated.size),
        *(getattr(pairs, name) for name in _Rows._fields[1:]),
    )
    people = _Shown(
        _starts(shown.person, columns.shape[1]), shown.account, shown.direct, shown.stops,
        columns + 2,
    )  # fmt: skip
    scratch = _scratch(second, words, max(top, 1))
    marks = np.zeros((accounts, second, words), np.int64)
    reached = np.zeros(accounts, np.int64)
    counted = np.empty((toggles.sets, first, second, len(COUNTED) + groups), np.int32)
    for subset in range(toggles.sets):
        reasons = requests.reasons[subset]
        links = np.zeros((_LINK_KINDS, first, second), np.int64)
        states = np.zeros((_STATES, first, second), np.int64)
        exposed = np.zeros((2 + groups, first, second), np.int64)
        found = _Found(links, states, marks, reached)
        rule = _rule(toggles.selection(subset), top)
        stands = subset | ALWAYS
        heard = reasons == Guardrail.NONE
        _walk(rows, heard, requests.mated, requests.deficient, stands, rule, scratch, found)
        _expose(people, stands, found, exposed)
        values: dict[Quantity, IntGrid] = {}
        _fill_links(values, links)
        _fill_requests(values, states, reasons, requests.mated)
        everybody = _from_strict(exposed)
        values[Q.EXPOSED], values[Q.EXPOSED_DIRECT] = everybody[:2]
        stacked = np.stack([*(values[quantity] for quantity in COUNTED), *everybody[2:]])
        counted[subset] = np.moveaxis(stacked, 0, -1)
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
