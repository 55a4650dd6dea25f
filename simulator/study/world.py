"""One shard of the population with the roll searched: from people over names to accounts.

Every stage that needs a roll walks this chain, so that what is explained, exported or trained on is
what was matched.
"""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from simulator.population.names import generate_names
from simulator.population.other_rolls import benefit_roll, voter_roll
from simulator.population.people import generate_people
from simulator.population.places import Places, Sample
from simulator.population.roll import generate_roll
from simulator.population.silence import NOBODY_STOPPED, Silence
from simulator.randomness import Streams
from simulator.records import AccountTruth, Int64Array, Names, People, Roll
from simulator.scenario.schema import Scenario, SearchedRoll
from simulator.study.memory import NO_MEMORY, Depends, Memory


@dataclass(frozen=True)
class ShardRoll:
    """Everybody who lives in a shard, with the roll and who its accounts truly are."""

    people: People
    names: Names
    roll: Roll
    accounts: AccountTruth


def roll_of(
    people: People,
    sample: Sample,
    scenario: Scenario,
    lent: Int64Array,
    silence: Silence = NOBODY_STOPPED,
    names: Names | None = None,
    *,
    rng: Streams,
) -> ShardRoll:
    """Name the people of a shard and write the roll that is searched.

    ``lent`` holds the numbers under which people on the list work beside their holders, ``silence``
    the years in which some stopped filing; ``names`` are theirs, where they are known already.
    """
    if names is None:
        names = generate_names(people, scenario.names, np.arange(len(people)), rng=rng)
    boxes, tax = scenario.population.po_box_share, scenario.roll
    if scenario.searched_roll == SearchedRoll.VOTER:
        roll, accounts = voter_roll(people, names, sample, scenario.voter_roll, tax, rng=rng)
    elif scenario.searched_roll == SearchedRoll.BENEFIT:
        part = scenario.benefit_roll
        roll, accounts = benefit_roll(people, names, sample, part, tax, boxes, rng=rng)
    else:
        roll, accounts = generate_roll(people, names, sample, tax, boxes, lent, silence, rng=rng)
    return ShardRoll(people, names, roll, accounts)


def shard_people(
    places: Places, sample: Sample, scenario: Scenario, memory: Memory = NO_MEMORY, *, rng: Streams
) -> People:
    """Generate the people of a shard, or take them from ``memory``."""
    return memory.remembered(
        lambda: Depends(scenario).people(rng.replicate, int(places.rows[0])),
        lambda: generate_people(places, sample, scenario.population, rng=rng),
    )


def shard_roll(
    places: Places,
    sample: Sample,
    scenario: Scenario,
    lent: Int64Array,
    silence: Silence = NOBODY_STOPPED,
    *,
    rng: Streams,
) -> ShardRoll:
    """Generate the people of a shard, their names and their accounts, as ``roll_of`` does."""
    people = generate_people(places, sample, scenario.population, rng=rng)
    return roll_of(people, sample, scenario, lent, silence, rng=rng)


def remembered_roll(
    places: Places,
    sample: Sample,
    scenario: Scenario,
    lent: Int64Array,
    memory: Memory,
    *,
    rng: Streams,
) -> ShardRoll:
    """Return a shard as ``shard_roll`` does, as far as may be from ``memory``."""
    if not memory.keeps:
        return shard_roll(places, sample, scenario, lent, rng=rng)
    depends, number = Depends(scenario), int(places.rows[0])

    def made() -> tuple[Roll, AccountTruth]:
        shard = roll_of(people, sample, scenario, lent, names=names, rng=rng)
        return shard.roll, shard.accounts

    people = shard_people(places, sample, scenario, memory, rng=rng)
    names = memory.remembered(
        lambda: depends.names(rng.replicate, number),
        lambda: generate_names(people, scenario.names, np.arange(len(people)), rng=rng),
    )
    roll, accounts = memory.remembered(
        lambda: depends.roll(rng.replicate, number, sha256(lent.tobytes()).digest()), made
    )
    return ShardRoll(people, names, roll, accounts)
