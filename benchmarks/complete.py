"""Complete people, shard by shard, on any number of processes: what the benchmarks time.

Complete means household, dwelling, age, origin, legal status, last move and name of everybody, and
the tax roll with the address as filed: all that a replicate makes of them before it matches. Numbers are lent
within a shard here, since nobody has listed the country's borrowers first.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import cache
from typing import NamedTuple

import numpy as np
from memory import peak_megabytes

from simulator.population.names import generate_names
from simulator.population.people import generate_people
from simulator.population.places import Places, Sample, draw_sample, shards
from simulator.population.roll import generate_roll
from simulator.population.taxpayer_numbers import lent_numbers
from simulator.randomness import Streams
from simulator.records import Role
from simulator.scenario.schema import Scenario

SEED = 1


class Made(NamedTuple):
    """What came of one shard, and the process that made it with its peak memory so far."""

    people: int
    returns: int
    core_seconds: float
    process: int
    peak_megabytes: float


@cache
def plan(size: int, replicate: int) -> tuple[Sample, list[Places]]:
    """Return the sample of a replicate and its shards; every process draws its own, once."""
    sample = draw_sample(size, rng=Streams(SEED, replicate))
    return sample, shards(sample)


def make_shard(size: int, replicate: int, number: int) -> Made:
    """Make everybody of one shard and let them go again."""
    scenario, rng = Scenario(), Streams(SEED, replicate)
    sample, parts = plan(size, replicate)
    start = time.process_time()
    people = generate_people(parts[number], sample, scenario.population, rng=rng)
    names = generate_names(people, scenario.names, np.arange(len(people)), rng=rng)
    lent = lent_numbers(people, sample, scenario.roll, rng=rng)
    boxes = scenario.population.po_box_share
    roll, _ = generate_roll(people, names, sample, scenario.roll, boxes, lent, rng=rng)
    returns = int((roll.role == Role.PRIMARY).sum())
    core_seconds = time.process_time() - start
    return Made(len(people), returns, core_seconds, os.getpid(), peak_megabytes())


def make_shards(pool: Executor, size: int, replicate: int) -> Iterator[Made]:
    """Make every shard of a replicate, in order of their numbers."""
    count = len(plan(size, replicate)[1])
    return pool.map(make_shard, [size] * count, [replicate] * count, range(count))


def warm_up(pool: Executor, workers: int, size: int) -> None:
    """Let every worker compile or load its kernels and tables, and draw the sample of ``size``."""
    awake: set[int] = set()
    while len(awake) < workers:
        numbers = range(2 * workers)
        made = pool.map(make_shard, [size] * len(numbers), [0] * len(numbers), [0] * len(numbers))
        awake |= {shard.process for shard in made}
