"""One timed round of gecko-syndata, as JSON: python gecko_records.py RECORDS ROUND TABLES.

Records of given name with sex, surname, ZIP and birth date, each drawn from a frequency table in
the folder TABLES or uniformly, independent of each other: no households, addresses or returns.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from gecko import generator
from memory import peak_megabytes


def main() -> None:
    """Print records made, seconds and peak memory."""
    count, number, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    rng = np.random.default_rng(number)
    given = generator.from_multicolumn_frequency_table(
        folder / "given.csv", value_columns=["given", "sex"], freq_column="count", rng=rng
    )
    surname = generator.from_frequency_table(
        folder / "surname.csv", value_column="surname", freq_column="count", rng=rng
    )
    place = generator.from_frequency_table(
        folder / "zip.csv", value_column="zip", freq_column="count", rng=rng
    )
    birth = generator.from_datetime_range("1935-01-01", "2024-12-31", "%Y-%m-%d", "D", rng)
    columns = [(("given", "sex"), given), ("surname", surname), ("zip", place), ("birth", birth)]
    generator.to_data_frame(columns, 1_000)
    start, core = time.perf_counter(), time.process_time()
    made = generator.to_data_frame(columns, count)
    seconds, core_seconds = time.perf_counter() - start, time.process_time() - core
    json.dump(
        {
            "people": len(made),
            "seconds": seconds,
            "core_seconds": core_seconds,
            "megabytes": peak_megabytes(),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
