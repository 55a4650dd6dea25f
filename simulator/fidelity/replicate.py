"""One replicate of the comparison: generate, count shard by shard, and take the statistics."""

from dataclasses import dataclass
from functools import reduce
from operator import add

from simulator.fidelity.addresses import AddressCounts, address_statistics, count_addresses
from simulator.fidelity.counts import Counts, Statistics
from simulator.fidelity.full_names import FullNameCounts, count_full_names, full_name_statistics
from simulator.fidelity.given_names import (
    GivenNameCounts,
    count_given_names,
    given_name_statistics,
    given_rows,
)
from simulator.fidelity.households import HouseholdCounts, count_households, household_statistics
from simulator.fidelity.movement import MovementCounts, count_movement, movement_statistics
from simulator.fidelity.surnames import SurnameCounts, count_surnames, surname_statistics, tokens
from simulator.fidelity.tax_roll import RollCounts, count_roll, roll_statistics
from simulator.fidelity.world import World, worlds
from simulator.randomness import Streams
from simulator.scenario.schema import Scenario


@dataclass(frozen=True)
class Tally(Counts):
    """The counts of every area."""

    surnames: SurnameCounts
    given_names: GivenNameCounts
    full_names: FullNameCounts
    households: HouseholdCounts
    addresses: AddressCounts
    movement: MovementCounts
    roll: RollCounts


def count(world: World) -> Tally:
    """Count everything that is compared in one shard."""
    token, given = tokens(world), given_rows(world)
    return Tally(
        count_surnames(world, token),
        count_given_names(world, given),
        count_full_names(world, token, given),
        count_households(world),
        count_addresses(world),
        count_movement(world),
        count_roll(world),
    )


def statistics(tally: Tally) -> Statistics:
    """Return every statistic by the id of its target, totals as shares of the population."""
    return (
        surname_statistics(tally.surnames)
        | given_name_statistics(tally.given_names)
        | full_name_statistics(tally.full_names)
        | household_statistics(tally.households)
        | address_statistics(tally.addresses)
        | movement_statistics(tally.movement)
        | roll_statistics(tally.roll)
    )


def run_replicate(scenario: Scenario, replicate: int) -> Statistics:
    """Return the statistics of one replicate; a pure function of its arguments."""
    counted = map(count, worlds(scenario, Streams(scenario.seed, replicate)))
    return statistics(reduce(add, counted))
