"""The loops that release pairs and count them at every threshold under one set of guardrails.

A pair is released, at each step of the second axis up to its own, on an interval of steps of the
first: from its own down to where enough better pairs stand. Intervals are bits of words, so that
the steps at which a request has any right or wrong account, or a person is shown by any account,
are unions of words. They are counted at their edges: +1 where a run of steps ends, -1 below where
it begins, to be summed from the strict end (``measures.policy_counts``).
"""

from typing import Final, NamedTuple

import numpy as np

from simulator import kernels
from simulator.disclosure.outcomes import Outcome
from simulator.randomness import IntArray
from simulator.records import BoolArray, Int8Array, Int32Array, Int64Array

WORD: Final = 62
"""Steps to a word: the sign of a 64-bit integer stays out of it."""
LINK_KINDS: Final = 2 * 2 * len(Outcome)
"""What links are told apart by: deficient request x wrong address x outcome."""
FOUND, BOTH, WRONGED, NOT_UNIQUE, WITHHELD = 0, 2, 4, 6, 7
"""States of a request: right accounts alone, both sorts, wrong alone (each + 1 if mated)."""
STATES: Final = 8
ALL, UNIQUE = 0, -1
"""Rules of selection; any other number says how many of the best are released."""
_RIGHT, _WRONG, _PASSED, _HELD = range(4)
_FIRST_WRONG: Final = int(Outcome.WRONG_PERSON_LAWFUL)
_OUTCOMES: Final = len(Outcome)
_population_count = kernels.population_count


class Rows(NamedTuple):
    """``KeptPairs`` as compiled loops take them; of request r from starts[r] on."""

    starts: Int64Array
    account: Int32Array
    first: IntArray
    second: Int8Array
    kind: Int8Array
    dropped: Int8Array
    held: Int8Array


class Scratch(NamedTuple):
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


class Found(NamedTuple):
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
    for w in range((low + 1) // WORD, high // WORD + 1):
        least = max(low + 1 - w * WORD, 0)
        most = min(high - w * WORD, WORD - 1)
        words[row, b, w] |= ((1 << (most + 1)) - 1) & ~((1 << least) - 1)


@kernels.inlined
def _edges(counted: Int64Array, row: int, b: int, w: int, word: int, above: int) -> int:
    """Count a word at its edges: 1 where a run of steps ends, -1 below where it begins.

    ``above`` is the lowest bit of the word above; the lowest of this one is returned.
    """
    edges = word ^ ((word >> 1) | (above << (WORD - 1)))
    while edges != 0:
        lowest = edges & -edges
        at = _population_count(np.uint64(lowest - 1))
        counted[row, w * WORD + at, b] += 1 if word & lowest else -1
        edges ^= lowest
    return word & 1


@kernels.inlined
def _release(
    pairs: Rows,
    row: int,
    deficient: int,
    b: int,
    low: int,
    high: int,
    words: Int64Array,
    links: Int64Array,
    marks: Int64Array,
    reached: Int64Array,
) -> None:
    """Release a pair on steps ``low`` + 1 … ``high`` of the first axis, at step b of the second."""
    kind, account = pairs.kind[row], pairs.account[row]
    _fill(words, _WRONG if kind % _OUTCOMES >= _FIRST_WRONG else _RIGHT, b, low, high)
    _fill(marks, account, b, low, high)
    reached[account] = max(reached[account], b + 1)
    at = deficient * (LINK_KINDS // 2) + kind
    links[at, high, b] += 1
    if low >= 0:
        links[at, low, b] -= 1


@kernels.inlined
def _take_best(pairs: Rows, row: int, best: Int64Array, after: Int64Array, who: Int64Array) -> None:
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
def _clear(scratch: Scratch, reach: int) -> None:
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
        found = _edges(states, FOUND + mated, b, w, right & ~wrong, found)
        both = _edges(states, BOTH + mated, b, w, right & wrong, both)
        wronged = _edges(states, WRONGED + mated, b, w, wrong & ~right, wronged)
        unsure = _edges(states, NOT_UNIQUE, b, w, passed & ~(right | wrong), unsure)
        withheld = _edges(states, WITHHELD, b, w, held & ~passed, withheld)


@kernels.inlined
def _release_best(
    pairs: Rows, row: int, poor: int, rule: int, scratch: Scratch, found: Found
) -> None:
    """Release a pair wherever it is among the first few, or everywhere under rule ALL."""
    words, better = scratch.words, scratch.better
    step = pairs.first[row]
    for b in range(pairs.second[row], -1, -1):
        low = -1
        if rule > 0:
            low = better[b, rule - 1]
            if step <= low:
                break  # nor at anything looser
            _insert(better, b, step)
        _release(pairs, row, poor, b, low, step, words, found.links, found.marks, found.reached)


@kernels.inlined
def _pass_pairs(
    pairs: Rows,
    run: tuple[int, int],
    poor: int,
    stands: int,
    rule: int,
    scratch: Scratch,
    found: Found,
) -> int:
    """Take the pairs of one request, rows of a run; return up to which second step they reach."""
    reach = -1
    for row in range(run[0], run[1]):
        if pairs.dropped[row] & stands:
            continue
        reach = max(reach, pairs.second[row])
        sort = _HELD if pairs.held[row] & stands else _PASSED
        for b in range(pairs.second[row], -1, -1):
            _fill(scratch.words, sort, b, -1, pairs.first[row])
        if sort == _HELD:
            continue
        if rule == UNIQUE:
            _take_best(pairs, row, scratch.best, scratch.next, scratch.who)
        else:
            _release_best(pairs, row, poor, rule, scratch, found)
    return reach


@kernels.compiled
def walk(
    pairs: Rows,
    heard: BoolArray,
    mated: BoolArray,
    deficient: BoolArray,
    stands: int,
    rule: int,
    scratch: Scratch,
    found: Found,
) -> None:
    """Release and count the pairs of every request that is heard under one set of toggles.

    ``stands`` holds the bits of what is in force, ``rule`` is ALL, UNIQUE or how many are released.
    """
    words, best, after = scratch.words, scratch.best, scratch.next
    links, marks, reached = found.links, found.marks, found.reached
    for request in range(heard.size):
        if not heard[request]:
            continue
        run = pairs.starts[request], pairs.starts[request + 1]
        poor = int(deficient[request])
        reach = _pass_pairs(pairs, run, poor, stands, rule, scratch, found)
        for b in range(reach + 1):
            if rule == UNIQUE and best[b] > after[b]:
                row, low, high = scratch.who[b], after[b], best[b]
                _release(pairs, row, poor, b, low, high, words, links, marks, reached)
            _count_states(found.states, words, b, int(mated[request]))
        _clear(scratch, reach)


class Shown(NamedTuple):
    """``ShownPeople`` as compiled loops take them: rows of person p from starts[p]; group columns.

    ``columns`` (kinds, people) are rows of what is counted.
    """

    starts: Int64Array
    account: Int32Array
    direct: BoolArray
    stops: Int8Array
    columns: IntArray


@kernels.inlined
def _reach_of(shown: Shown, first: int, last: int, stands: int, reached: Int64Array) -> int:
    """Return up to which second step any account shows a person, rows ``first`` … ``last`` - 1."""
    reach = 0
    for row in range(first, last):
        if not shown.stops[row] & stands:
            reach = max(reach, reached[shown.account[row]])
    return reach


@kernels.inlined
def _shown_at(
    shown: Shown, run: tuple[int, int], stands: int, marks: Int64Array, b: int, w: int
) -> tuple[int, int]:
    """Return the words of steps at which a person is shown at all, and by their own account."""
    word = own = 0
    for row in range(run[0], run[1]):
        if not shown.stops[row] & stands:
            mark = marks[shown.account[row], b, w]
            word |= mark
            if shown.direct[row]:
                own |= mark
    return word, own


@kernels.inlined
def _forget(marks: Int64Array, reached: Int64Array) -> None:
    for account in range(reached.size):
        for b in range(reached[account]):
            for w in range(marks.shape[2]):
                marks[account, b, w] = 0
        reached[account] = 0


@kernels.compiled
def expose(shown: Shown, stands: int, found: Found, exposed: Int64Array) -> None:
    """Count everybody whom a released account shows, once a policy; forget the marks.

    Rows of ``exposed`` are: at all, directly, then the groups.
    """
    marks, reached, columns = found.marks, found.reached, shown.columns
    for person in range(shown.starts.size - 1):
        run = shown.starts[person], shown.starts[person + 1]
        for b in range(_reach_of(shown, run[0], run[1], stands, reached)):
            above = above_own = 0
            for w in range(marks.shape[2] - 1, -1, -1):
                word, own = _shown_at(shown, run, stands, marks, b, w)
                for kind in range(columns.shape[0]):
                    _edges(exposed, columns[kind, person], b, w, word, above)
                above = _edges(exposed, 0, b, w, word, above)
                above_own = _edges(exposed, 1, b, w, own, above_own)
    _forget(marks, reached)
