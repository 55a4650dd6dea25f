"""Counts of all policies against a plain count that asks every pair and person for each."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.outcomes import Outcome
from simulator.disclosure.toggles import ALWAYS, Toggles
from simulator.measures import explored_groups, groups
from simulator.measures.policy_counts import (
    COUNTED,
    KeptPairs,
    KeptRequests,
    ShownPeople,
    count_policies,
)
from simulator.measures.quantities import Quantity
from simulator.randomness import IntArray
from simulator.records import Int8Array, Int32Array
from simulator.reference import tables
from simulator.scenario.schema import Scenario, Selection

Q = Quantity
GROUPS = 5
THREE = (Guardrail.ADDRESS_CHECK, Guardrail.KNOWN_STATUS, Guardrail.UNIQUE_ONLY)


@dataclass(frozen=True)
class World:
    """Everything that counting needs, drawn at random."""

    pairs: KeptPairs
    shown: ShownPeople
    columns: IntArray
    requests: KeptRequests
    plane: tuple[int, int]


def toggles(loose: Selection, top: int) -> Toggles:
    part = {"selection": str(loose), "top": top}
    strict = Scenario.model_validate({"matching": part})
    return Toggles(THREE, 0, {}, strict, 0, loose)


def random_world(seed: int, plane: tuple[int, int]) -> World:
    rng = np.random.default_rng(seed)
    requests, accounts, people, pairs, rows = 12, 25, 30, 90, 70

    def some(high: int, size: int, kind: Any = np.int8) -> Any:
        return rng.integers(0, high, size).astype(kind)

    def bits(size: int) -> Int8Array:
        struck = rng.random((4, size)) < 0.15
        return np.asarray([1, 2, 4, ALWAYS] @ struck.astype(np.int8), np.int8)

    reasons = np.where(rng.random((8, requests)) < 0.2, Guardrail.ADDRESS_CHECK, Guardrail.NONE)
    reasons[rng.random((8, requests)) < 0.1] = Guardrail.BATCH_CAP
    person = np.sort(np.concatenate([np.arange(people), some(people, rows - people)]))
    return World(
        KeptPairs(
            request=np.sort(some(requests, pairs)).astype(np.int32),
            account=some(accounts, pairs, np.int32),
            first=some(plane[0], pairs, np.int64),
            second=some(plane[1], pairs),
            kind=some(2 * len(Outcome), pairs),
            dropped=bits(pairs) & np.int8(7),
            held=bits(pairs),
        ),
        ShownPeople(
            person=person.astype(np.int32),
            account=some(accounts, rows, np.int32),
            direct=rng.random(rows) < 0.3,
            stops=bits(rows) & np.int8(7),
        ),
        np.stack([some(2, people, np.int64), 2 + some(3, people, np.int64)]),
        KeptRequests(
            reasons.astype(np.int8), rng.random(requests) < 0.5, rng.random(requests) < 0.5
        ),
        plane,
    )


def plain(world: World, at: Toggles, subset: int, first: int, second: int) -> list[int]:
    """Count one policy by asking every pair, request and person."""
    pairs, requests, stands = world.pairs, world.requests, subset | ALWAYS
    selection, top = at.selection(subset), at.strict.matching.top
    most = {Selection.BEST: 1, Selection.TOP: top}.get(selection, len(pairs))
    count = dict.fromkeys(COUNTED, 0)
    released: list[int] = []
    for request, reason in enumerate(requests.reasons[subset].tolist()):
        count[Q.REQUESTS] += 1
        mated = bool(requests.mated[request])
        count[Q.MATED] += mated
        if reason != Guardrail.NONE:
            unheard = reason == Guardrail.BATCH_CAP
            count[Q.FATE_UNANSWERED if unheard else Q.FATE_REJECTED] += 1
            continue
        linked = [
            row
            for row in np.flatnonzero(pairs.request == request).tolist()
            if pairs.first[row] >= first
            and pairs.second[row] >= second
            and not pairs.dropped[row] & stands
        ]
        passing = [row for row in linked if not pairs.held[row] & stands]
        kept = passing[:most]
        if selection == Selection.UNIQUE and len(passing) != 1:
            kept = []
        released += kept
        wrong = [pairs.kind[row] % 4 >= Outcome.WRONG_PERSON_LAWFUL for row in kept]
        count[Q.LINKED_REQUESTS] += bool(kept)
        count[Q.LINKED_UNMATED] += bool(kept) and not mated
        count[Q.WRONGED_REQUESTS] += any(wrong)
        count[Q.FOUND_MATED] += mated and not all(wrong)
        if kept:
            both = Q.FATE_FOUND_WITH_OTHERS if any(wrong) else Q.FATE_FOUND
            count[Q.FATE_WRONG_PERSON if all(wrong) else both] += 1
        elif passing:
            count[Q.FATE_NOT_UNIQUE] += 1
        else:
            count[Q.FATE_WITHHELD if linked else Q.FATE_NOBODY] += 1
    outcomes = (Q.INTENDED, Q.LISTING_ERROR, Q.WRONG_PERSON_LAWFUL, Q.WRONG_PERSON_OTHER)
    for row in released:
        count[Q.LINKS] += 1
        count[outcomes[pairs.kind[row] % 4]] += 1
        count[Q.WRONG_ADDRESS] += bool(pairs.kind[row] >= len(Outcome))
        count[Q.DEFICIENT] += bool(requests.deficient[pairs.request[row]])
    out = set(pairs.account[released].tolist())
    by_group = [0] * GROUPS
    shown = world.shown
    for person in range(world.columns.shape[1]):
        rows = [
            row
            for row in np.flatnonzero(shown.person == person).tolist()
            if int(shown.account[row]) in out and not shown.stops[row] & stands
        ]
        count[Q.EXPOSED] += bool(rows)
        count[Q.EXPOSED_DIRECT] += any(shown.direct[row] for row in rows)
        for column in world.columns[:, person] if rows else ():
            by_group[column] += 1
    return [*(int(count[quantity]) for quantity in COUNTED), *by_group]


def counted(world: World, at: Toggles) -> Int32Array:
    return count_policies(
        world.pairs, world.shown, world.columns, GROUPS, world.requests, at, world.plane
    )


CHOICES = [(Selection.ALL, 5), (Selection.BEST, 5), (Selection.TOP, 2), (Selection.TOP, 4)]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("plane", [(5, 4), (1, 1), (150, 1), (63, 2)])
@pytest.mark.parametrize(("loose", "top"), CHOICES)
def test_every_policy_equals_a_plain_count(
    seed: int, plane: tuple[int, int], loose: Selection, top: int
) -> None:
    world, at = random_world(seed, plane), toggles(loose, top)
    found = counted(world, at)
    steps = sorted({*range(0, plane[0], max(1, plane[0] // 9)), 61, 62, 63, plane[0] - 1})
    for subset in range(at.sets):
        for first in (step for step in steps if step < plane[0]):
            for second in range(plane[1]):
                expected = plain(world, at, subset, first, second)
                assert found[subset, first, second].tolist() == expected, (subset, first, second)


def test_the_worlds_hold_everything_that_is_counted() -> None:
    """Show that the test above compares more than zeros."""
    for loose, top in CHOICES:
        worlds = (random_world(seed, (5, 4)) for seed in (1, 2, 3))
        seen = np.sum([counted(world, toggles(loose, top)) for world in worlds], axis=0)
        zero = np.flatnonzero(seen.sum(axis=(0, 1, 2)) == 0).tolist()
        alone = [COUNTED.index(Q.FATE_FOUND_WITH_OTHERS)] if loose == Selection.BEST else []
        assert zero == alone, "who is given one account is not found with others"


@pytest.mark.parametrize("field", ["dropped", "held", "stops"])
@pytest.mark.parametrize("bit", [1, 2, 4])
def test_a_bit_that_is_ignored_is_seen(field: str, bit: int) -> None:
    """Show that the plain count would tell: forget one bit of one kind of row."""
    world, at = random_world(1, (5, 4)), toggles(Selection.ALL, 5)
    keep = np.int8(~bit)
    if field == "stops":
        forgot = replace(world, shown=replace(world.shown, stops=world.shown.stops & keep))
    else:
        column = getattr(world.pairs, field) & keep
        forgot = replace(world, pairs=replace(world.pairs, **{field: column}))
    assert not np.array_equal(counted(forgot, at), counted(world, at))


def test_nobody_and_nothing_count_as_nothing() -> None:
    world, at = random_world(1, (5, 4)), toggles(Selection.ALL, 5)
    nothing = KeptPairs(**{name: getattr(world.pairs, name)[:0] for name in vars(world.pairs)})
    nobody = ShownPeople(**{name: getattr(world.shown, name)[:0] for name in vars(world.shown)})
    empty = replace(world, pairs=nothing, shown=nobody, columns=world.columns[:, :0])
    found = counted(empty, at)
    for subset in range(at.sets):
        assert found[subset, 3, 2].tolist() == plain(empty, at, subset, 3, 2)


def test_every_origin_is_in_one_region_and_the_rest_adds_up() -> None:
    named = [name for names in explored_groups.REGIONS.values() for name in names]
    assert sorted(named) == sorted(tables.origins().names)
    values = np.arange(float(len(groups.labels())))
    merged = explored_groups.merged(values)
    for kind, other in (("status", "status"), ("region", "origin")):
        ours = [merged[at] for at, label in enumerate(explored_groups.labels()) if kind in label]
        theirs = [values[at] for at, label in enumerate(groups.labels()) if other in label]
        assert sum(ours) == sum(theirs)
    origin = np.arange(len(tables.origins().names), dtype=np.int8)
    columns = explored_groups.columns_of(origin, np.zeros(origin.size, np.int8))
    for code, column in enumerate(columns[1]):
        label = explored_groups.labels()[column].removeprefix("region=")
        assert tables.origins().names[code] in explored_groups.REGIONS[label]
