"""One timed round of pseudopeople, as JSON: python pseudopeople_returns.py ROUND.

The people named on the 1040 returns of its packaged sample. It draws errors for people who were
simulated before and come with it; making them is not timed, which flatters it.
"""

import json
import sys
import time

import pseudopeople
from memory import peak_megabytes


def main() -> None:
    """Print people named, seconds and peak memory."""
    number = int(sys.argv[1])
    start, core = time.perf_counter(), time.process_time()
    returns = pseudopeople.generate_taxes_1040(seed=number)
    seconds, core_seconds = time.perf_counter() - start, time.process_time() - core
    named = sum(
        int(returns[column].notna().sum()) for column in returns if column.endswith("first_name")
    )
    json.dump(
        {
            "people": named,
            "seconds": seconds,
            "core_seconds": core_seconds,
            "megabytes": peak_megabytes(),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
