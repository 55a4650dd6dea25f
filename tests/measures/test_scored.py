"""Counts of scored links against a plain twin that works every cut out anew."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.measures.quantities import SELECTIONS, Quantity
from simulator.measures.scored import (
    Members,
    ScoredLinks,
    ScoredRequests,
    World,
    count_scored,
    disjoint_runs,
)
from simulator.scenario.schema import Selection

REQUESTS, ACCOUNTS, BLOCKS, TOP = 6, 5, 2, 2
CUTS = np.arange(4.0)
HOMES = {0: (0, [0, 1]), 1: (1, [0, 1]), 2: (2, [2]), 3: (9, []), 4: (4, [3, 4])}
"""Account: its holder, and the lawful members of the household."""
Pairs = dict[tuple[int, int], tuple[float, int]]


def world(mated: set[int]) -> World:
    members = [(a, p, p == holder) for a, (holder, home) in HOMES.items() for p in home]
    reference, person, holder = (np.array(column) for column in zip(*members, strict=True))
    return World(
        ScoredRequests(
            np.zeros((1, REQUESTS), np.int64),
            np.arange(REQUESTS) % BLOCKS,
            np.ones(REQUESTS, np.bool_),
            np.isin(np.arange(REQUESTS), list(mated)),
            np.arange(REQUESTS) == 1,
        ),
        Members(reference.astype(np.int64), person.astype(np.int64), holder.astype(np.bool_)),
        np.zeros((1, len(members)), np.int64),
        np.array([100.0]),
        float(ACCOUNTS),
    )


def links(pairs: Pairs) -> ScoredLinks:
    rows = sorted(pairs)
    return ScoredLinks(
        np.array([r for r, _ in rows], np.int64),
        np.array([a for _, a in rows], np.int64),
        np.array([pairs[row][0] for row in rows], np.float64),
        np.array([100 * r + a for r, a in rows], np.int64),
        np.array([pairs[row][1] for row in rows], np.int8),
        np.zeros(len(rows), np.bool_),
        np.zeros(len(rows), np.bool_),
    )


def plainly(pairs: Pairs, cut: float, selection: Selection, mated: set[int]) -> dict[Quantity, int]:
    released: list[tuple[int, int]] = []
    ambiguous = 0
    for r in range(REQUESTS):
        own = [row for row in pairs if row[0] == r and pairs[row][0] >= cut]
        own.sort(key=lambda row: (-pairs[row][0], -row[1]))
        if selection == Selection.BEST:
            own = own[:1]
        elif selection == Selection.TOP:
            own = own[:TOP]
        elif selection == Selection.UNIQUE and len(own) > 1:
            ambiguous += 1
            own = []
        released += own
    right = {r for r, a in released if pairs[r, a][1] < 2}
    wrong = {r for r, a in released if pairs[r, a][1] >= 2}
    anybody = {p for _, a in released for p in HOMES[a][1]}
    direct = {HOMES[a][0] for _, a in released} & {p for _, home in HOMES.values() for p in home}
    return {
        Quantity.LINKS: len(released),
        Quantity.WRONG_PERSON: sum(pairs[row][1] >= 2 for row in released),
        Quantity.DEFICIENT: sum(r == 1 for r, _ in released),
        Quantity.LINKED_REQUESTS: len(right | wrong),
        Quantity.LINKED_UNMATED: len((right | wrong) - mated),
        Quantity.MISSED_MATED: len(mated - right),
        Quantity.FATE_FOUND: len(right - wrong),
        Quantity.FATE_FOUND_WITH_OTHERS: len(right & wrong),
        Quantity.FATE_WRONG_PERSON: len(wrong - right),
        Quantity.FATE_NOBODY: REQUESTS - len(right | wrong) - ambiguous,
        Quantity.FATE_NOT_UNIQUE: ambiguous,
        Quantity.EXPOSED: len(anybody),
        Quantity.EXPOSED_DIRECT: len(direct),
        Quantity.EXPOSED_COLLATERAL: len(anybody) - len(direct),
    }


@given(
    st.dictionaries(
        st.tuples(st.integers(0, REQUESTS - 1), st.integers(0, ACCOUNTS - 1)),
        st.tuples(st.integers(-2, 8).map(lambda k: k / 2), st.integers(0, 3)),
        max_size=15,
    ),
    st.sets(st.integers(0, REQUESTS - 1)),
)
def test_every_quantity_at_every_cut_is_what_a_plain_loop_counts(
    pairs: Pairs, mated: set[int]
) -> None:
    values = count_scored(links(pairs), world(mated), CUTS, top=TOP, blocks=BLOCKS)
    assert (values >= 0).all()
    for number, selection in enumerate(SELECTIONS):
        for at, cut in enumerate(CUTS):
            wanted = plainly(pairs, cut, selection, mated)
            counted = values[number, :, :, at, 0].sum(axis=0)
            assert {quantity: counted[quantity] for quantity in wanted} == wanted


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 3)), max_size=12))
def test_disjoint_runs_cover_each_owner_once(runs: list[tuple[int, int, int]]) -> None:
    owner = np.array([o for o, _, _ in runs], np.int64)
    low = np.array([first for _, first, _ in runs], np.int64)
    high = np.array([first + length for _, first, length in runs], np.int64)
    rows, begins, ends = disjoint_runs(owner, low, high)
    covered = [
        (int(owner[row]), cut)
        for row, begin, end in zip(rows, begins, ends, strict=True)
        for cut in range(begin, end + 1)
    ]
    wanted = {(o, cut) for o, first, length in runs for cut in range(first, first + length + 1)}
    assert len(covered) == len(set(covered))
    assert set(covered) == wanted


def test_best_decides_between_equal_scores_by_the_tie() -> None:
    pairs: Pairs = {(0, 1): (2.0, 0), (0, 2): (2.0, 2)}
    values = count_scored(links(pairs), world({0}), CUTS, top=TOP, blocks=BLOCKS)
    best = SELECTIONS.index(Selection.BEST)
    assert values[best, 0, Quantity.WRONG_PERSON, 0, 0] == 1
    assert values[best, 0, Quantity.RIGHT_PERSON, 0, 0] == 0
