"""Everybody in the country, streamed through once: people a second and memory along the way.

    python benchmarks/national.py [--people 330000000] [--workers 2]

Prints people, tax returns, seconds, people a second and the sum of the processes' peak memories
when a tenth, half and all of the shards are done: memory that does not grow with the population
shows as equal peaks. More people than the frame of ZIPs holds gives the whole frame. Nothing is
kept of a shard but its counts.
"""

import argparse
import sys
import time

from complete import make_shards, plan, warm_up
from memory import peak_megabytes

from simulator.study.executors import worker_pool

MARKS = (0.1, 0.5, 1.0)


def main() -> None:
    """Stream the population and print its progress at each mark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=330_000_000)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    shards = len(plan(arguments.people, 0)[1])
    marks = {max(1, round(mark * shards)): mark for mark in MARKS}
    people, returns, peaks = 0, 0, dict[int, float]()
    with worker_pool(arguments.workers) as pool:
        warm_up(pool, arguments.workers, arguments.people)
        start = time.perf_counter()
        for done, made in enumerate(make_shards(pool, arguments.people, 0), 1):
            people, returns = people + made.people, returns + made.returns
            peaks[made.process] = made.peak_megabytes
            if done in marks:
                seconds = time.perf_counter() - start
                own = peak_megabytes() if arguments.workers > 1 else 0.0
                sys.stdout.write(
                    f"{marks[done]:4.0%}: {people:,} people, {returns:,} returns, {seconds:,.1f} s,"
                    f" {people / seconds:,.0f} people a second,"
                    f" peak memory {own + sum(peaks.values()):,.0f} MB\n"
                )
                sys.stdout.flush()


if __name__ == "__main__":
    main()
