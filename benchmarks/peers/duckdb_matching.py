"""One timed round of hand-written DuckDB SQL, as JSON: python duckdb_matching.py FOLDER LINKS.

Each blocking rule is one join, later rules without the pairs of earlier ones; weights and threshold
stand in the same query, so that DuckDB streams pairs and keeps links only. Loading the tables into
DuckDB is not timed. LINKS is written after the clock has stopped.
"""

import json
import sys
import time
from pathlib import Path

import duckdb
from matching_rule import FIELDS, THRESHOLD, sql_blocking, sql_levels
from memory import peak_megabytes

THREADS = 2


def query(counting: bool) -> str:
    """Return the statement that makes the table of links, or that counts candidate pairs."""
    weights = [
        "CASE "
        + " ".join(
            f"WHEN {condition} THEN {weight!r}"
            for condition, weight in zip(conditions, FIELDS[name].weights(), strict=False)
        )
        + f" ELSE {FIELDS[name].weights()[-1]!r} END"
        for name, conditions in sql_levels("r.{}", "a.{}").items()
    ]
    rules, parts = sql_blocking("r.{}", "a.{}"), []
    for number, rule in enumerate(rules):
        others = "".join(f" AND NOT ({earlier})" for earlier in rules[:number])
        parts.append(
            f"SELECT r.unique_id AS request, a.unique_id AS account,"  # noqa: S608  # our own
            f" {' + '.join(weights)} AS weight"
            f" FROM requests r JOIN accounts a ON {rule} WHERE true{others}"
        )
    pairs = " UNION ALL ".join(parts)
    if counting:
        return f"SELECT count(*) FROM ({pairs})"  # noqa: S608  # our own conditions
    return f"CREATE TABLE links AS SELECT * FROM ({pairs}) WHERE weight >= {THRESHOLD}"  # noqa: S608


def load(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return a database in memory with both tables."""
    database = duckdb.connect(config={"threads": THREADS})
    for name in ("requests", "accounts"):
        file = folder / f"{name}.parquet"
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM '{file}'")  # noqa: S608  # as above
    return database


def main() -> None:
    """Print seconds, peak memory, candidate pairs and links; write the links."""
    folder, links = Path(sys.argv[1]), Path(sys.argv[2])
    database = load(folder)
    loaded = peak_megabytes()
    start = time.perf_counter()
    database.execute(query(counting=False))
    seconds, peak = time.perf_counter() - start, peak_megabytes()
    [count] = database.execute("SELECT count(*) FROM links").fetchone() or (0,)
    database.execute(f"COPY links TO '{links}' (FORMAT parquet)")
    [pairs] = database.execute(query(counting=True)).fetchone() or (0,)
    json.dump(
        {
            "seconds": seconds,
            "megabytes": peak,
            "megabytes_loaded": loaded,
            "pairs": pairs,
            "links": count,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
