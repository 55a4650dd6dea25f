"""One timed round of Splink with fixed weights, as JSON: python splink_matching.py FOLDER LINKS.

What is timed is ``predict`` with the weights given: no training, tables registered before. A prior
of one half adds no weight, so that Splink's match weight is the sum over the fields.
"""

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
from matching_rule import FIELDS, THRESHOLD, sql_blocking, sql_levels
from memory import peak_megabytes
from splink import DuckDBAPI, Linker

THREADS = 2


def comparison(name: str, conditions: tuple[str, ...]) -> dict[str, Any]:
    """Return one comparison in Splink's own terms."""
    field = FIELDS[name]
    levels = [
        {"sql_condition": condition, "m_probability": m, "u_probability": u}
        for condition, m, u in zip((*conditions, "ELSE"), field.m, field.u, strict=True)
    ]
    return {"output_column_name": name, "comparison_levels": levels}


def settings() -> dict[str, Any]:
    """Return the model: comparisons with fixed chances, blocking rules, no prior weight."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": 0.5,
        "comparisons": [
            comparison(name, conditions)
            for name, conditions in sql_levels('"{}_l"', '"{}_r"').items()
        ],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": rule, "sql_dialect": "duckdb"}
            for rule in sql_blocking("l.{}", "r.{}")
        ],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }


def main() -> None:
    """Print seconds, peak memory and links; write the links."""
    folder, links = Path(sys.argv[1]), Path(sys.argv[2])
    logging.getLogger("splink").setLevel(logging.ERROR)
    database = duckdb.connect(config={"threads": THREADS})
    for name in ("requests", "accounts"):
        file = folder / f"{name}.parquet"
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM '{file}'")  # noqa: S608  # our own
    api = DuckDBAPI(database)
    tables = [
        api.register(name, dataset_display_name=f"{name}_input")
        for name in ("accounts", "requests")
    ]
    loaded = peak_megabytes()
    start = time.perf_counter()
    linker = Linker(tables, settings())
    found = linker.inference.predict(threshold_match_weight=THRESHOLD, warning_mode="never")
    seconds, peak = time.perf_counter() - start, peak_megabytes()
    table = found.physical_name
    # Splink writes the table of the smaller name on the left.
    swapped = (
        "(CASE WHEN source_dataset_l LIKE 'requests%' THEN unique_id_{} ELSE unique_id_{} END)"
    )
    request, account = swapped.format("l", "r"), swapped.format("r", "l")
    database.execute(
        f"COPY (SELECT {request} AS request, {account} AS account, match_weight AS weight"  # noqa: S608
        f" FROM {table}) TO '{links}' (FORMAT parquet)"
    )
    [count] = database.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)  # noqa: S608
    json.dump(
        {"seconds": seconds, "megabytes": peak, "megabytes_loaded": loaded, "links": count},
        sys.stdout,
    )


if __name__ == "__main__":
    main()
