"""Intervals over blocks of one replicate's requests cover what they say, and are not too wide.

Worlds of names alone: a roll, and lists drawn anew against it. What an interval should hold is the
mean over many such lists.
"""

from functools import cache

import numpy as np
import pytest

from simulator.disclosure.outcomes import Outcome
from simulator.matching.term_frequency import given_shares, surname_shares
from simulator.measures.quantities import SELECTIONS
from simulator.measures.scored import (
    Members,
    ScoredLinks,
    ScoredRequests,
    World,
    count_scored,
)
from simulator.measures.scored_tables import BLOCKS, COUNTED_MEASURES, dealt, estimated, repetitions
from simulator.randomness import FloatArray, IntArray
from simulator.records import rows_of_runs
from simulator.scenario.schema import Selection

LISTS, MATED, SPELT_RIGHT = 150, 0.6, 0.9
NAMES = (
    "false_discovery_rate",
    "recall",
    "false_positive_identification_rate",
    "selectivity",
    "over_disclosed_residents_per_1000_requests",
)
MEASURES = [next(m for m in COUNTED_MEASURES if m.name == name) for name in NAMES]
SELECTIVITY = NAMES.index("selectivity")


def commonest(shares: FloatArray, most: int) -> FloatArray:
    kept = np.sort(shares)[::-1][:most]
    return np.asarray(kept / kept.sum())


@cache
def name_chances() -> tuple[FloatArray, FloatArray]:
    """Return the chances of the commonest surnames and given names."""
    return commonest(surname_shares(), 20_000), commonest(given_shares(), 2_000)


def names(count: int, rng: np.random.Generator) -> IntArray:
    surname, given = name_chances()
    first = rng.choice(surname.size, count, p=surname)
    return np.asarray(first * given.size + rng.choice(given.size, count, p=given))


def evaluated(
    roll: IntArray, requests: int, rng: np.random.Generator, *, by_surname: bool
) -> list[list[float]]:
    """Return estimate, standard error and interval of each measure for one new list."""
    mated = rng.random(requests) < MATED
    mate = rng.integers(0, roll.size, requests)
    meant = np.where(mated, roll[mate], names(requests, rng))
    written = np.where(mated & (rng.random(requests) > SPELT_RIGHT), -1, meant)
    order = np.argsort(roll, kind="stable")
    first = np.searchsorted(roll[order], written, side="left")
    size = np.searchsorted(roll[order], written, side="right") - first
    request, account = np.repeat(np.arange(requests), size), order[rows_of_runs(first, size)]
    right = mated[request] & (account == mate[request])
    links = ScoredLinks(
        request=request,
        account=account.astype(np.int64),
        score=np.ones(request.size),
        tie=np.arange(request.size),
        outcome=np.where(right, Outcome.INTENDED, Outcome.WRONG_PERSON_LAWFUL).astype(np.int8),
        wrong_address=np.zeros(request.size, np.bool_),
        borrowed_wages=np.zeros(request.size, np.bool_),
    )
    people = np.unique(links.account)
    none = np.zeros(requests, np.bool_)
    block = meant // name_chances()[1].size % BLOCKS if by_surname else dealt(requests)
    world = World(
        ScoredRequests(np.zeros((1, requests), np.int64), block, ~none, mated, none),
        Members(people, people.copy(), np.ones(people.size, np.bool_)),
        np.zeros((1, people.size), np.int64),
        np.array([float(roll.size)]),
        float(roll.size),
    )
    values, _ = repetitions([count_scored(links, world, np.zeros(1), top=2, blocks=BLOCKS)])
    found = [
        estimated(measure, values[:, SELECTIONS.index(Selection.ALL)], 0.95) for measure in MEASURES
    ]
    return [[one.estimate[0], one.std_error[0], one.ci_low[0], one.ci_high[0]] for one in found]


def many_lists(accounts: int, requests: int, *, by_surname: bool = False) -> FloatArray:
    """Return what ``evaluated`` does for many lists: shape (lists, measures, 4)."""
    rng = np.random.default_rng(11)
    roll = names(accounts, rng)
    return np.array([evaluated(roll, requests, rng, by_surname=by_surname) for _ in range(LISTS)])


def covered(seen: FloatArray) -> FloatArray:
    truth = seen[:, :, 0].mean(axis=0)
    return np.asarray(((seen[:, :, 2] <= truth) & (truth <= seen[:, :, 3])).mean(axis=0))


def stretch(seen: FloatArray) -> FloatArray:
    """Return the standard error that is said over the one that is."""
    return np.asarray(seen[:, :, 1].mean(axis=0) / seen[:, :, 0].std(axis=0, ddof=1))


def test_intervals_over_blocks_cover_new_lists_and_are_of_the_right_width() -> None:
    seen = many_lists(60_000, 4_000)
    # 95% of 150 lists: between 88.5% and 100% by chance at 1 in 10,000.
    assert (covered(seen) >= 0.885).all(), dict(zip(NAMES, covered(seen), strict=True))
    assert (stretch(seen) > 0.8).all()
    assert (stretch(seen) < 1.35).all(), dict(zip(NAMES, stretch(seen), strict=True))


def test_few_events_get_intervals_that_cover() -> None:
    seen = many_lists(3_000, 400)
    assert seen[:, 0, 0].mean() * 400 < 20.0
    assert (covered(seen) >= 0.885).all(), dict(zip(NAMES, covered(seen), strict=True))


def test_blocks_of_surnames_would_be_noticed() -> None:
    seen = many_lists(60_000, 4_000, by_surname=True)
    assert stretch(seen)[SELECTIVITY] > 1.5


def test_links_as_the_unit_would_be_noticed() -> None:
    seen = many_lists(60_000, 2_000)
    selectivity = seen[:, SELECTIVITY, 0]
    by_pairs = np.sqrt(selectivity.mean() / 2_000)
    assert by_pairs / selectivity.std(ddof=1) < 0.85


@pytest.mark.parametrize("requests", [0, 1, 39, 40, 81])
def test_blocks_are_as_equal_as_can_be(requests: int) -> None:
    sizes = np.bincount(dealt(requests), minlength=BLOCKS)
    assert sizes.sum() == requests
    assert np.ptp(sizes) <= 1
