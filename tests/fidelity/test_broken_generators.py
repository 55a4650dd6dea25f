"""A generator that is broken on purpose fails the rows that it should, and no others.

The tables that a sound generator made are replaced by what a broken one would make, and the
statistics are taken again: every change is the breakage's. Rows are judged as the command judges
them, by two replicates.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, reduce
from operator import add
from typing import Any

import numba
import numpy as np
import pytest

from simulator.fidelity import addresses, given_names, surnames
from simulator.fidelity.counts import Statistics
from simulator.fidelity.replicate import count, statistics
from simulator.fidelity.targets import targets
from simulator.fidelity.verdicts import Comparison, Verdict, compare_all
from simulator.fidelity.world import World, worlds
from simulator.population import addresses as postal
from simulator.population import streets
from simulator.randomness import IntArray, Streams
from simulator.records import BoolArray, taken
from simulator.reference import tables
from simulator.scenario.schema import Scenario

PEOPLE = 300_000
CONFIDENCE = 0.8  # two replicates: at 0.95 intervals are 12.7 standard errors wide
Breakage = Callable[[World, np.random.Generator], World]


Found = dict[str, Comparison]


@cache
def sound_worlds() -> tuple[tuple[World, ...], ...]:
    """Return the shards of two replicates."""
    wanted = {"population": {"size": PEOPLE}, "listing": {"requests": 1}, "replicates": 2}
    scenario = Scenario.model_validate(wanted)
    return tuple(tuple(worlds(scenario, Streams(scenario.seed, number))) for number in range(2))


def judged(replicates: tuple[tuple[World, ...], ...]) -> Found:
    taken_of: list[Statistics] = [statistics(reduce(add, map(count, w))) for w in replicates]
    return {row.target.id: row for row in compare_all(targets(), taken_of, CONFIDENCE)}


@cache
def sound() -> Found:
    return judged(sound_worlds())


def broken(breakage: Breakage) -> Found:
    rng = np.random.default_rng(20_250_407)
    return judged(tuple(tuple(breakage(world, rng) for world in w) for w in sound_worlds()))


def within(found: Found) -> set[str]:
    """Return the rows whose estimate is tolerated, however wide its interval."""
    return {
        name
        for name, row in found.items()
        if abs(row.simulated - row.target.published) <= row.target.allowed
    }


def outside(found: Found) -> set[str]:
    """Return the rows whose verdict is that they are not met."""
    return {name for name, row in found.items() if row.verdict is Verdict.OUTSIDE}


def mended(found: Found) -> set[str]:
    """Return the rows that are within only because of the breakage."""
    return within(found) - within(sound())


def moved(found: Found) -> set[str]:
    """Return the rows that lie further from the sound generator's than is tolerated."""
    return {
        name
        for name, row in found.items()
        if abs(row.simulated - sound()[name].simulated) > row.target.allowed
    }


def changed(found: Found) -> set[str]:
    """Return the rows whose value is another one."""
    return {
        name
        for name, row in found.items()
        if not np.array_equal(row.simulated, sound()[name].simulated, equal_nan=True)
    }


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
    assert not within(found) & clear
    assert outside(found) >= clear
    assert moved(found) >= clear
    # The published side takes names as independent within a group, as they now nearly are.
    assert mended(found) <= {"full_name_within_api", "full_name_between_hispanic_api"}
    assert changed(found) <= rows_of("surnames", "given names", "full names")
    assert not moved(found) & rows("median_birth_year"), "ages keep their names"
    assert found["ratio_maria_garcia"].simulated < 2.5 < sound()["ratio_maria_garcia"].simulated


def test_a_renormalised_tail_fails_what_counts_everybody() -> None:
    found = broken(tail_renormalised_away)
    # Off the list, Hispanic people mostly have two listed surnames: that is no tail.
    tails = rows("surname_outside_list", "given_outside_list") - {"surname_outside_list_hispanic"}
    assert not within(found) & tails
    assert outside(found) >= tails
    assert moved(found) >= tails | {"full_name_between_white_black"}
    # Listed names scaled up are commoner, as ten Hispanic surnames are in the list of 2010.
    assert mended(found) <= {"surname_top10_hispanic"} | rows("given_effective_api")
    assert changed(found) <= rows_of("surnames", "given names", "full names")
    # Scaled up within origins, the API group's with the longest tails gain on the others.
    listed_alone = rows("median_birth_year", "surname_top26") - {"surname_top26_api"}
    assert not moved(found) & listed_alone


def test_names_regardless_of_birth_fail_the_years_of_birth() -> None:
    found = broken(names_regardless_of_birth)
    clear = {f"median_birth_year_{name}" for name in ("linda", "michael", "jayden")}
    assert not within(found) & clear
    assert outside(found) >= clear
    assert moved(found) >= clear
    # Published chances of whole names take the parts as independent, which ages make them not.
    assert mended(found) <= rows("full_name")
    kept = rows("median_birth_year", "full_name", "ratio", "bearers")
    assert changed(found) <= kept, "margins are kept"


def test_nobody_moving_fails_movement_and_nothing_else() -> None:
    found = broken(nobody_moves)
    assert not within(found) & rows_of("movement")
    assert outside(found) >= {"annual_movers_acs", "annual_movers_cps", "current_after_3_years"}
    assert changed(found) == rows_of("movement")


@pytest.fixture
def uniform_addresses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make street names equally common, and lowest numbers equally likely from 2 to 9998.

    Compiled functions hold the constants that they were compiled with; so those on the way from a
    dwelling to its address are compiled again.
    """
    sound()
    table = tables.streets()
    equal = replace(table, weights=(table.weights > 0.0).astype(np.float64))
    monkeypatch.setattr(tables, "streets", lambda: equal)
    monkeypatch.setattr(streets, "NUMBER_QUANTILES", 2.0 + 9_996.0 * streets.NUMBER_SHARES)
    monkeypatch.setattr(streets, "EVEN_ONLY", 0.0)
    compiled: Any = streets.numbering
    monkeypatch.setattr(postal, "numbering", numba.njit(compiled.py_func))
    for name in ("_address", "_addresses"):
        monkeypatch.setattr(postal, name, numba.njit(getattr(postal, name).py_func))
    for cached in (postal.postal_frame, addresses.national_streets):
        cached.cache_clear()
    yield
    for cached in (postal.postal_frame, addresses.national_streets):
        cached.cache_clear()


@pytest.mark.usefixtures("uniform_addresses")
def test_uniform_addresses_fail_house_numbers_and_streets() -> None:
    found = judged(sound_worlds())
    # A thirteenth of these streets each is near what MAIN and PARK have in truth.
    clear = rows("house_number") | {
        f"street_{name}" for name in ("second", "oak", "maple", "cedar")
    }
    assert not within(found) & clear
    assert outside(found) >= clear
    assert mended(found) <= set()
    assert changed(found) == rows("house_number", "odd_house", "street_"), "buildings are the same"
