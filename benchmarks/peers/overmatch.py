"""One timed round of Overmatch, as JSON: python overmatch.py PEOPLE ROUND WORKERS."""

import json
import sys
import time

from complete import make_shards, warm_up
from memory import peak_megabytes

from simulator.study.executors import worker_pool


def main() -> None:
    """Print people made, seconds and the sum of the processes' peak memories."""
    people, number, workers = (int(argument) for argument in sys.argv[1:])
    with worker_pool(workers) as pool:
        warm_up(pool, workers, 10_000)
        start = time.perf_counter()
        made = list(make_shards(pool, people, number))
        seconds = time.perf_counter() - start
    peaks = {shard.process: shard.peak_megabytes for shard in made}
    json.dump(
        {
            "people": sum(shard.people for shard in made),
            "seconds": seconds,
            "core_seconds": sum(shard.core_seconds for shard in made),
            "megabytes": sum(peaks.values()) + (peak_megabytes() if workers > 1 else 0.0),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
