"""A generator that is broken on purpose fails the rows that it should, and no others.

The tables that a sound generator made are replaced by what a broken one would make, and the
statistics are taken again: every change is the breakage's.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, reduce
from operator import add

import numpy as np
import pytest

from simulator.fidelity import addresses, given_names, surnames
from simulator.fidelity.counts import Statistics
from simulator.fidelity.replicate import count, statistics
from simulator.fidelity.targets import targets
from simulator.fidelity.world import World, worlds
from simulator.population.addresses import postal_addresses
from simulator.randomness import IntArray, Streams
from simulator.records import BoolArray, Int32Array, taken
from simulator.reference import tables
from simulator.scenario.schema import Scenario

PEOPLE = 300_000
Breakage = Callable[[World, np.random.Generator], World]


@cache
def sound_worlds() -> tuple[World, ...]:
    wanted = {"population": {"size": PEOPLE}, "listing": {"requests": 1}}
    scenario = Scenario.model_validate(wanted)
    return tuple(worlds(scenario, Streams(scenario.seed, 0)))


def measured(shards: tuple[World, ...]) -> Statistics:
    return statistics(reduce(add, map(count, shards)))


@cache
def sound() -> Statistics:
    return measured(sound_worlds())


def broken(breakage: Breakage) -> Statistics:
    rng = np.random.default_rng(20_250_407)
    return measured(tuple(breakage(world, rng) for world in sound_worlds()))


def within(found: Statistics) -> set[str]:
    return {
        target.id
        for target in targets()
        if abs(found[target.id] * target.scale - target.published) <= target.allowed
    }


def turned(found: Statistics) -> set[str]:
    """Return the rows that were within and no longer are."""
    return within(sound()) - within(found)


def moved(found: Statistics) -> set[str]:
    """Return the rows that lie further from the sound generator's than is tolerated."""
    return {
        target.id
        for target in targets()
        if abs(found[target.id] - sound()[target.id]) * target.scale > target.allowed
    }


def changed(found: Statistics) -> set[str]:
    """Return the rows whose value is another one."""
    before = sound()
    return {name for name, value in found.items() if not np.array_equal(value, before[name], True)}


def rows(*beginnings: str) -> set[str]:
    return {target.id for target in targets() if target.id.startswith(beginnings)}


def shuffled_within(key: IntArray, rng: np.random.Generator) -> IntArray:
    """Return a permutation that exchanges rows of equal keys alone."""
    order = np.argsort(key, kind="stable")
    shuffled = np.empty(key.size, np.int64)
    shuffled[order] = np.lexsort((rng.random(key.size), key))
    return shuffled


def borrowed(missing: BoolArray, key: IntArray, rng: np.random.Generator) -> IntArray:
    """Return for every row itself or, where missing, a random row of its key that is not.

    A row whose key has none keeps itself.
    """
    rows_of = np.arange(key.size)
    for value in np.unique(key[missing]):
        here = key == value
        donors = rows_of[here & ~missing]
        if donors.size:
            rows_of[here & missing] = rng.choice(donors, int((here & missing).sum()))
    return rows_of


def names_regardless_of_origin(world: World, rng: np.random.Generator) -> World:
    """Hand out surnames, and given names among people of one sex and decade, to any origin."""
    key = world.people.birth.astype(np.int64) // 100_000 * 2 + world.people.sex
    given = world.names.given[shuffled_within(key, rng)]
    surnames = taken(world.names, shuffled_within(np.zeros_like(key), rng))
    return replace(world, names=replace(surnames, given=given))


def tail_renormalised_away(world: World, rng: np.random.Generator) -> World:
    """Drop the names off the lists and scale up the listed ones, within each origin and sex."""
    names, listed = world.names, surnames.listed_tokens()
    origin = world.people.origin.astype(np.int64)
    family = borrowed(~listed.single[names.surname_1], origin, rng)
    unlisted = given_names.given_rows(world) == given_names.UNLISTED
    given = borrowed(unlisted, origin * 2 + world.people.sex, rng)
    return replace(
        world,
        names=replace(names, surname_1=names.surname_1[family], given=names.given[given]),
    )


def names_regardless_of_birth(world: World, rng: np.random.Generator) -> World:
    """Hand out given names among people of one origin and sex, whenever they were born."""
    key = world.people.origin.astype(np.int64) * 2 + world.people.sex
    given = world.names.given[shuffled_within(key, rng)]
    return replace(world, names=replace(world.names, given=given))


def nobody_moves(world: World, rng: np.random.Generator) -> World:
    """Leave everybody where they are for good."""
    years = np.full(len(world.people), 60, np.int8)
    return replace(world, people=replace(world.people, years_since_move=years))


def rows_of(*areas: str) -> set[str]:
    return {target.id for target in targets() if target.area in areas}


def test_names_regardless_of_origin_fail_what_tells_origins_apart() -> None:
    found = broken(names_regardless_of_origin)
    clear = {
        "born_abroad_jose",
        "born_abroad_maria",
        "born_abroad_wei",
        "given_outside_list_black",
        "given_outside_list_api",
    }
    assert turned(found) >= clear
    assert moved(found) >= clear | {
        "surname_effective_black",
        "surname_effective_hispanic",
        "surname_effective_api",
        "surname_top10_hispanic",
        "control_concentration_hispanic",
        "given_effective_black_female",
        "full_name_within_hispanic",
        "full_name_between_white_hispanic",
        "ratio_maria_garcia",
    }
    assert changed(found) <= rows_of("surnames", "given names", "full names")
    assert not moved(found) & rows("median_birth_year"), "ages keep their names"
    assert found["ratio_maria_garcia"] < 2.5 < sound()["ratio_maria_garcia"]


def test_a_renormalised_tail_fails_what_counts_everybody() -> None:
    found = broken(tail_renormalised_away)
    clear = {"given_outside_list_all", "given_outside_list_black", "surname_outside_list_api"}
    assert turned(found) >= clear
    tails = rows("surname_outside_list", "given_outside_list")
    # Off the list, Hispanic people mostly have two listed surnames: that is no tail.
    assert within(found) & tails <= {"surname_outside_list_hispanic"}
    assert moved(found) >= tails | {"full_name_between_white_black"}
    assert changed(found) <= rows_of("surnames", "given names", "full names")
    assert not moved(found) & rows("median_birth_year", "surname_top26"), "listed names alone"


def test_names_regardless_of_birth_fail_the_years_of_birth() -> None:
    found = broken(names_regardless_of_birth)
    years = rows("median_birth_year")
    clear = {f"median_birth_year_{name}" for name in ("linda", "michael", "jayden")}
    assert moved(found) >= clear
    assert not within(found) & clear
    assert turned(found) & years
    assert changed(found) <= years | rows("full_name", "ratio", "bearers"), "margins are kept"


def test_nobody_moving_fails_movement_and_nothing_else() -> None:
    found = broken(nobody_moves)
    assert turned(found) == {
        "annual_movers_acs",
        "current_after_3_years",
        "hispanic_mover_ratio",
    }
    assert changed(found) == rows_of("movement")


def test_uniform_addresses_fail_house_numbers_buildings_and_streets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(7)

    def uniform(places: IntArray, dwellings: IntArray) -> Int32Array:
        """Write house numbers from 1 to 9999 and streets, all equally likely."""
        _, form, number, unit = postal_addresses(places, dwellings)
        number = rng.integers(1, 10_000, number.size)
        street = rng.integers(0, len(tables.streets().names), number.size)
        return np.stack([street, form, number, unit]).astype(np.int32)

    def uniform_streets() -> IntArray:
        """Make the streets of every name equally many."""
        return np.full(len(tables.streets().names), 100)

    sound()
    monkeypatch.setattr(addresses, "postal_addresses", uniform)
    monkeypatch.setattr(addresses, "national_streets", uniform_streets)
    found = measured(sound_worlds())
    assert turned(found) >= {
        "house_number_p10",
        "house_number_p90",
        "large_building_dwellings",
        "odd_house_numbers",
        "street_second",
        "street_cedar",
    }
    assert not within(found) & rows("house_number", "large_building", "street_second")
    assert changed(found) == rows_of("addresses") - {"multi_unit_dwellings"}
