"""One timed round of faker, as JSON: python faker_names.py NAMES ROUND.

Weighted full names of people in the United States, and nothing else of them.
"""

import json
import sys
import time

from faker import Faker
from memory import peak_megabytes


def main() -> None:
    """Print names made, seconds and peak memory."""
    count, number = (int(argument) for argument in sys.argv[1:])
    source = Faker("en_US", use_weighting=True)
    source.seed_instance(number)
    source.first_name(), source.last_name()
    start, core = time.perf_counter(), time.process_time()
    for _ in range(count):
        source.first_name(), source.last_name()
    seconds, core_seconds = time.perf_counter() - start, time.process_time() - core
    json.dump(
        {
            "people": count,
            "seconds": seconds,
            "core_seconds": core_seconds,
            "megabytes": peak_megabytes(),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
