"""People generated per second, beside faker in the same run.

    python benchmarks/generation.py [--people 1000000] [--rounds 3]

Ours are complete people: household, dwelling, age, origin, status, name, roll row with the address
as filed. Faker's are weighted names alone, so the ratio flatters faker. Compilation is not timed.
Machines differ and are shared: quote medians and ratios, not single times.
"""

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from faker import Faker

from simulator.population.names import generate_names
from simulator.population.people import generate_people
from simulator.population.places import draw_sample, shards
from simulator.population.roll import generate_roll
from simulator.population.taxpayer_numbers import lent_numbers
from simulator.randomness import Streams
from simulator.scenario.schema import Scenario

FAKER_NAMES = 20_000


def complete_people(size: int, replicate: int) -> int:
    """Generate a population shard by shard and return how many people it holds."""
    scenario, rng = Scenario(), Streams(1, replicate)
    sample, count = draw_sample(size, rng=rng), 0
    for places in shards(sample):
        people = generate_people(places, sample, scenario.population, rng=rng)
        names = generate_names(people, scenario.names, np.arange(len(people)), rng=rng)
        lent = lent_numbers(people, sample, scenario.roll, rng=rng)
        generate_roll(
            people, names, sample, scenario.roll, scenario.population.po_box_share, lent, rng=rng
        )
        count += len(people)
    return count


def faker_names(replicate: int) -> int:
    """Draw weighted full names with faker and return how many."""
    source = Faker("en_US", use_weighting=True)
    source.seed_instance(replicate)
    for _ in range(FAKER_NAMES):
        source.first_name(), source.last_name()
    return FAKER_NAMES


def per_second(work: Callable[[int], int], rounds: int) -> float:
    """Return the median number of things made per second over some rounds."""
    rates = []
    for number in range(rounds):
        start = time.perf_counter()
        made = work(number)
        rates.append(made / (time.perf_counter() - start))
    return statistics.median(rates)


def main() -> None:
    """Print both rates, their ratio and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    complete_people(10_000, 0)
    ours = per_second(lambda number: complete_people(arguments.people, number), arguments.rounds)
    peer = per_second(faker_names, arguments.rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"complete people: {ours:,.0f} a second (median of {arguments.rounds})\n"
        f"faker names:     {peer:,.0f} a second\n"
        f"ratio:           {ours / peer:,.0f}\n"
        f"peak memory:     {peak:,.0f} MB\n"
    )


if __name__ == "__main__":
    main()
