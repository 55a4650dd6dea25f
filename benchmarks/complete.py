"""Complete people, shard by shard, on any number of processes: what the benchmarks time.

Complete means household, dwelling, age, origin, legal status, last move and name of everybody, and
the tax roll with the address as filed: all that a replicate makes of them before it matches.
Numbers are lent within a shard here, since nobody has listed the country's borrowers first.
"""

import os
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from functools import cache
from itertools import islice
from typing import NamedTuple

from memory import peak_megabytes

from simulator.population.people import generate_people
from simulator.population.places import Places, Sample, draw_sample, shards
from simulator.population.taxpayer_numbers import lent_numbers
from simulator.randomness import Streams
from simulator.records import Role
from simulator.scenario.schema import Scenario
from simulator.study.world import roll_of

SEED = 1
AHEAD = 16  # shards handed out before their turn; results wait no longer than this queue


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
    sample = draw_sample(size, 1.0, rng=Streams(SEED, replicate))
    return sample, shards(sample)


def make_shard(size: int, replicate: int, number: int) -> Made:
    """Make everybody of one shard and let them go again."""
    scenario, rng = Scenario(), Streams(SEED, replicate)
    sample, parts = plan(size, replicate)
    start = time.process_time()
    people = generate_people(parts[number], sample, scenario.population, rng=rng)
    lent = lent_numbers(people, sample, scenario.roll, rng=rng)
    roll = roll_of(people, sample, scenario, lent, rng=rng).roll
    returns = int((roll.role == Role.PRIMARY).sum())
    core_seconds = time.process_time() - start
    return Made(len(people), returns, core_seconds, os.getpid(), peak_megabytes())


def make_shards(pool: Executor, size: int, replicate: int) -> Iterator[Made]:
    """Make every shard of a replicate, in order of their numbers, a few at a time."""
    numbers = iter(range(len(plan(size, replicate)[1])))
    waiting = deque[Future[Made]]()
    while True:
        for number in islice(numbers, AHEAD - len(waiting)):
            waiting.append(pool.submit(make_shard, size, replicate, number))
        if not waiting:
            return
        yield waiting.popleft().result()


def warm_up(pool: Executor, workers: int, size: int) -> None:
    """Let this process and every worker load tables and kernels and draw the sample of ``size``."""
    plan(size, 0)
    awake: set[int] = set()
    while len(awake) < workers:
        numbers = range(2 * workers)
        made = pool.map(make_shard, [size] * len(numbers), [0] * len(numbers), [0] * len(numbers))
        awake |= {shard.process for shard in made}
