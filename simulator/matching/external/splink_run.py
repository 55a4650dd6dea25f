"""Run Splink 5 on DuckDB with a scenario's comparisons: its weights, or Splink's own by EM.

Splink (MIT; R. Linacre et al., "Splink: Free software for probabilistic record linkage at scale",
International Journal of Population Data Science 7, 2022) gets the observed records as strings, the
scenario's levels as SQL and, with fixed weights, its m and u. The chance that two records match is
set to one half, which weighs 0 bits: a score is the sum of the fields' weights, as here.

Splink's EM starts from the scenario's m and u, takes u from random pairs and m from two passes that
block on what the other compares.

Limits: see ``splink_sql`` for what is refused. EM runs that find nothing to learn a level from keep
its given value.
"""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.matching.external import splink_sql as sql
from simulator.matching.external.splink_sql import suffixed
from simulator.randomness import FloatArray, IntArray
from simulator.scenario.comparisons import FieldLevels
from simulator.scenario.schema import MatchingPart, TinThreshold

IDENTIFIER = "unique_id"
MEMORY: Final = "4GB"
"""What DuckDB may hold in memory at once, in each process."""
_TEXTS = (
    "given_name",
    "middle_name",
    "surname_1",
    "surname_2",
    "suffix",
    "birth_date",
    "number",
    "street",
    "street_type",
    "street_direction",
    "unit",
    "state",
    "zip",
    "tin",
)
_SCHEMA = pa.schema(
    [
        (IDENTIFIER, pa.int64()),
        *((name, pa.string()) for name in _TEXTS),
        *((name, pa.int64()) for name in sql.DERIVED),
    ]
)
_EM_BLOCKING = (
    "l.zip = r.zip and l.birth_year = r.birth_year",
    "l.surname_1 = r.surname_1 and l.given_name = r.given_name",
)
_RANDOM_PAIRS = 1e6


def _day_numbers(year: Any, month: Any, day: Any) -> Any:
    """Return days counted in the Gregorian calendar; the year is counted from March."""
    year, month = np.where(month <= 2, year - 1, year), (month + 9) % 12
    leap = year // 4 - year // 100 + year // 400
    return 365 * year + leap + (153 * month + 2) // 5 + day


def with_birth_parts(records: pd.DataFrame) -> pd.DataFrame:
    """Return records with year, month and day of birth as numbers, and the day counted on."""
    date = records["birth_date"].astype("string[python]")
    parts = [
        pd.to_numeric(date.str.slice(first, last), errors="coerce")
        for first, last in ((0, 4), (5, 7), (8, 10))
    ]
    known = parts[0].notna().to_numpy()
    year, month, day = (part.fillna(1).to_numpy(dtype=np.int64) for part in parts)
    values = (year, month, day, _day_numbers(year, month, day))
    added = {
        name: pd.array(np.where(known, column, 0), dtype="Int64")
        for name, column in zip(sql.DERIVED, values, strict=True)
    }
    table = records.assign(**added)
    table.loc[~known, list(sql.DERIVED)] = pd.NA
    return table


def _comparison(
    name: str, columns: Sequence[str], conditions: Sequence[str], levels: FieldLevels
) -> dict[str, Any]:
    """Return a comparison of Splink: a level per condition, strongest first, then none."""
    missing = " or ".join(
        "(" + " and ".join(f"{column}_{side} is null" for column in columns) + ")" for side in "lr"
    )
    chances = [
        {"m_probability": float(m), "u_probability": float(u)}
        for m, u in zip(levels.m, levels.u, strict=True)
    ]
    held = [*(suffixed(condition) for condition in conditions), "ELSE"]
    return {
        "output_column_name": name,
        "comparison_levels": [
            {"sql_condition": missing, "is_null_level": True, "label_for_charts": "missing"},
            *(
                {"sql_condition": condition, "label_for_charts": str(number), **chance}
                for number, (condition, chance) in enumerate(zip(held, chances, strict=True))
            ),
        ],
    }


def comparisons(part: MatchingPart) -> list[dict[str, Any]]:
    """Return every weighed field of a scenario as a comparison of Splink."""
    fields = part.fields
    made = [
        _comparison(
            "given_name",
            ["given_name"],
            [sql.given_at_least(cut) for cut in fields.given_name.at_least],
            fields.given_name,
        ),
        _comparison(
            "surname",
            ["surname_1", "surname_2"],
            [sql.surname_at_least(cut, part.surname_tokens) for cut in fields.surname.at_least],
            fields.surname,
        ),
        _comparison(
            "address",
            ["zip"],
            [sql.address_at_least(level, part) for level in fields.address.levels],
            fields.address,
        ),
        _comparison(
            "birth_date",
            ["birth_date"],
            [sql.birth_at_least(level, part) for level in fields.birth_date.levels],
            fields.birth_date,
        ),
    ]
    if part.tin_compared:
        exact = [sql.same("tin") for level in fields.tin.levels if level == TinThreshold.EXACT]
        made.append(_comparison("tin", ["tin"], exact, fields.tin))
    return made


def settings(part: MatchingPart) -> dict[str, Any]:
    """Return the settings of Splink that say what the scenario says.

    Raises InexpressibleError where SQL cannot say it.
    """
    sql.refuse_inexpressible(part)
    return {
        "link_type": "link_only",
        "unique_id_column_name": IDENTIFIER,
        "probability_two_random_records_match": 0.5,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": rule, "sql_dialect": "duckdb"} for rule in sql.blocking_rules(part)
        ],
        "comparisons": comparisons(part),
    }


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the library from advising whoever runs a scenario; its logger is left as it was."""
    logger = logging.getLogger("splink")
    before = logger.disabled, logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.disabled, logger.level = before


def _train(linker: Any, seed: int) -> None:
    linker.training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=seed)
    for rule in _EM_BLOCKING:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, fix_probability_two_random_records_match=False
        )


class RecordFiles:
    """Records as strings on disk, a Parquet file per part, so that no whole roll is in memory."""

    def __init__(self, directory: Path, name: str) -> None:
        """Begin without records; files go into a folder that exists, by the name of the table."""
        self.directory, self.name = directory, name
        self.paths: list[Path] = []

    def add(self, records: pd.DataFrame) -> None:
        """Write more records: the columns of ``exchange.written`` and ``IDENTIFIER``, int64."""
        table = with_birth_parts(records[[IDENTIFIER, *_TEXTS]])
        path = self.directory / f"{self.name}-{len(self.paths):05d}.parquet"
        pq.write_table(pa.Table.from_pandas(table, _SCHEMA, preserve_index=False), path)
        self.paths.append(path)


class SplinkLinks(NamedTuple):
    """The pairs Splink compares: ids of both sides and the match weight in bits."""

    request: IntArray
    account: IntArray
    weight: FloatArray


def _scored(linker: Any, connection: Any) -> SplinkLinks:
    """Return every pair with its weight; of the two ids that of a request is negative."""
    found = linker.inference.predict(warning_mode="never").physical_name
    one, other = f"{IDENTIFIER}_l", f"{IDENTIFIER}_r"
    query = (
        f"select least({one}, {other}) as request, greatest({one}, {other}) as account, "  # noqa: S608  # the names are Splink's and ours
        f"match_weight as weight from {found}"
    )
    columns = connection.execute(query).fetchnumpy()
    return SplinkLinks(
        np.asarray(columns["request"], dtype=np.int64),
        np.asarray(columns["account"], dtype=np.int64),
        np.asarray(columns["weight"], dtype=np.float64),
    )


def splink_links(
    requests: RecordFiles,
    roll: RecordFiles,
    part: MatchingPart,
    *,
    em_seed: int | None = None,
    threads: int = 1,
) -> SplinkLinks:
    """Return the pairs Splink compares, in no order.

    The ids of requests are negative, those of accounts are not. With ``em_seed`` Splink learns the
    weights itself, on one thread, whatever ``threads`` says: its sums and samples would depend on
    their number. DuckDB keeps to ``MEMORY`` and puts what is more into the folder of the roll.
    Raises InexpressibleError, and MemoryError where DuckDB cannot do with that.
    """
    import duckdb  # an optional extra, loaded only here
    from splink import DuckDBAPI, Linker

    wanted = settings(part)
    config: dict[str, Any] = {
        "threads": 1 if em_seed is not None else threads,
        "memory_limit": MEMORY,
        "temp_directory": str(roll.directory / "overflow"),
    }
    with (
        warnings.catch_warnings(),
        _silence(),
        duckdb.connect(":memory:", config=config) as connection,
    ):
        warnings.simplefilter("ignore")  # the library warns of its own deprecations
        api = DuckDBAPI(connection)
        tables = []
        try:
            for files in (requests, roll):
                held = f"held_{files.name}"
                connection.read_parquet([str(path) for path in files.paths]).create(held)
                tables.append(api.register(held, dataset_display_name=files.name))
            linker: Any = Linker(tables, wanted, log_level=None)
            if em_seed is not None:
                _train(linker, em_seed)
            return _scored(linker, connection)
        except duckdb.OutOfMemoryException as error:
            raise MemoryError(f"Splink needs more than the {MEMORY} it may take") from error
