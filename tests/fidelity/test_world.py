"""Whom the counts count, and by which name, in a small population."""

from functools import cache

import numpy as np

from simulator import lexicon
from simulator.fidelity.full_names import PAIRS, count_full_names
from simulator.fidelity.given_names import given_rows, row_of
from simulator.fidelity.movement import count_movement
from simulator.fidelity.surnames import listed_tokens, tokens
from simulator.fidelity.world import World, worlds
from simulator.population.name_channels import paternal_last
from simulator.randomness import Streams
from simulator.records import HouseholdKind
from simulator.scenario.schema import Scenario


@cache
def world(group_quarters: float = 1.0) -> World:
    wanted = {"size": 60_000, "group_quarters": group_quarters}
    scenario = Scenario.model_validate({"population": wanted, "listing": {"requests": 1}})
    return next(worlds(scenario, Streams(1, 0)))


def test_group_quarters_are_as_full_as_the_scenario_says() -> None:
    full, empty = (world(share).people.household for share in (1.0, 0.0))
    assert (full == HouseholdKind.QUARTERS).any()
    assert not (empty == HouseholdKind.QUARTERS).any()


def test_movement_counts_people_in_group_quarters_too() -> None:
    people = world().people
    counted = count_movement(world()).people
    assert counted[0, 0] == len(people)
    assert counted[0, 1] == (people.years_since_move == 0).sum()


def test_who_has_the_fathers_surname_last_is_listed_under_it() -> None:
    names, listed, token = world().names, listed_tokens(), tokens(world())
    last = paternal_last(world().people.origin) & (names.surname_2 != lexicon.ABSENT)
    shown = last & listed.single[names.surname_2] & (token < listed.size)
    assert shown.sum() > 5
    assert np.array_equal(token[shown], names.surname_2[shown])
    single = ~last & (token >= 0) & (token < listed.size)
    assert np.array_equal(token[single], names.surname_1[single])


def test_full_names_go_by_the_surname_that_would_be_listed() -> None:
    token, given = tokens(world()), given_rows(world())
    code = lexicon.names().lexicon.texts.index("GARCIA")
    garcia = np.flatnonzero(token == code)
    both = ((token == code) & (given == row_of("MARIA"))).sum()
    at = PAIRS.index(("MARIA", "GARCIA"))
    assert both > 0
    counted = count_full_names(world(), token, given).pairs[at]
    assert counted.tolist() == [both, (given == row_of("MARIA")).sum(), garcia.size, given.size]
    assert garcia.size < (world().names.surname_1 == code).sum(), "not those who write two"
