"""Write one replicate as records for other people's matchers, the truth apart from them.

Shards are generated one after another and only one is in memory. Their accounts are then dealt into
one random order over the whole roll: if the file kept the order of shards, or neighbours together,
the place of an account would tell who lives with whom, and where somebody lives who files under a
former address. Ids number that order.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.outcomes import lawful_statuses
from simulator.disclosure.release import account_stops
from simulator.disclosure.validity import parseable
from simulator.exchange import layout
from simulator.exchange.layout import ACCOUNT_ID, COLUMNS, REQUEST_ID, TableFormat
from simulator.exchange.written import written_requests, written_roll
from simulator.matching.linkage import searchable
from simulator.randomness import FloatArray, Stage, Streams
from simulator.records import Int64Array, Listed, TinKind, person_number, taken
from simulator.scenario.files import scenario_sha256
from simulator.scenario.schema import Scenario
from simulator.study.prepared import PreparedReplicate, prepared_replicate
from simulator.study.results import package_version
from simulator.study.run import replacing
from simulator.study.world import ShardRoll, shard_roll

Progress = Callable[[int, int], None]
_ACCOUNT_SLOT, _REQUEST_SLOT = 0, 1
_SHARD_SCHEMA = pa.schema(
    [*[(name, pa.string()) for name in COLUMNS], *layout.ACCOUNT_TRUTH_COLUMNS]
)
_ORDER = "_order"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _refuse_formulas(table: pd.DataFrame) -> None:
    """Raise ValueError if a spreadsheet would take a value for a formula; no name begins so."""
    for name in table.columns:
        if pd.Series(table[name].dropna().unique(), dtype="str").str.startswith(_FORMULA).any():
            raise ValueError(f"column {name} holds a text that begins like a formula")


class _Table:
    """A table that is written part by part, as Parquet or as CSV."""

    def __init__(self, path: Path, schema: Any) -> None:
        self._path, self._schema = path, schema
        self._parquet = pq.ParquetWriter(path, schema, compression="zstd") if _is(path) else None
        if self._parquet is None:
            path.write_text(",".join(schema.names) + "\n", encoding="utf-8")

    def add(self, table: pd.DataFrame) -> None:
        """Write more rows."""
        if self._parquet is not None:
            part = pa.Table.from_pandas(table, schema=self._schema, preserve_index=False)
            self._parquet.write_table(part.replace_schema_metadata(None))
            return
        _refuse_formulas(table)
        table.to_csv(
            self._path,
            mode="a",
            header=False,
            index=False,
            columns=self._schema.names,
            lineterminator="\n",
        )

    def close(self) -> None:
        """Finish the file."""
        if self._parquet is not None:
            self._parquet.close()


def _is(path: Path) -> bool:
    return path.suffix == ".parquet"


def _ids(letter: str, first: int, count: int) -> list[str]:
    return [f"{letter}{number:09d}" for number in range(first, first + count)]


def _account_rows(shard: ShardRoll, scenario: Scenario, rng: Streams) -> pd.DataFrame:
    """Return the searched accounts of a shard: what a matcher sees, then what is true of them."""
    rows = np.flatnonzero(searchable(shard.roll, scenario.matching))
    roll, accounts = taken(shard.roll, rows), taken(shard.accounts, rows)
    status = shard.people.status[accounts.row]
    table = written_roll(roll, rng=rng)
    table["person"] = accounts.person
    table["lawful"] = lawful_statuses(scenario.population.lawful_statuses)[status]
    table["origin"], table["status"] = shard.people.origin[accounts.row], status
    table["tin_kind"] = accounts.tin_kind
    table["filed_place"], table["filed_dwelling"] = accounts.filed_place, accounts.filed_dwelling
    table["carries_borrowed_wages"] = accounts.carries_borrowed_wages
    stops = account_stops(
        rows, shard.roll, shard.accounts, shard.people, scenario.disclosure, rng=rng
    )
    table["withheld"] = stops != 0
    return table


def _lawful_residents(shard: ShardRoll, scenario: Scenario) -> pd.DataFrame:
    """Return the lawful residents of a shard; who is not on the roll has no taxpayer number."""
    people, lawful = shard.people, lawful_statuses(scenario.population.lawful_statuses)
    kind = np.full(len(people), TinKind.NONE, np.int8)
    kind[shard.accounts.row] = shard.accounts.tin_kind
    kept = lawful[people.status]
    return pd.DataFrame(
        {
            "person": person_number(people.place, people.dwelling, people.member)[kept],
            "origin": people.origin[kept],
            "status": people.status[kept],
            "tin_kind": kind[kept],
        }
    )


def _spool(table: pd.DataFrame, order: FloatArray, buckets: int, path: Path) -> None:
    """Write the rows of a shard to a temporary file in random order, a batch per bucket."""
    table = table.assign(**{_ORDER: order}).sort_values(_ORDER, kind="stable")
    edges = np.searchsorted(table[_ORDER].to_numpy(), np.arange(buckets + 1) / buckets)
    schema = _SHARD_SCHEMA.append(pa.field(_ORDER, pa.float64()))
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_file(path, schema, options=options) as writer:
        for first, last in pairwise(edges):
            part = table.iloc[first:last]
            writer.write_batch(pa.RecordBatch.from_pandas(part, schema, preserve_index=False))


def _bucket(spools: list[Path], number: int) -> pd.DataFrame:
    """Return the accounts of one bucket over all shards, in their final order."""
    parts = []
    for path in spools:
        with pa.memory_map(str(path)) as source:
            parts.append(pa.ipc.open_file(source).get_batch(number).to_pandas())
    whole = pd.concat(parts, ignore_index=True)
    whole = whole.sort_values(_ORDER, kind="stable", ignore_index=True)
    return pd.DataFrame(whole)


def _spooled(
    asked: PreparedReplicate, scenario: Scenario, directory: Path, step: Callable[[], None]
) -> Iterator[Path]:
    """Generate every shard, write its residents and yield the temporary file of its accounts."""
    residents = _Table(directory / layout.TRUTH_RESIDENTS, layout.TRUTH_RESIDENTS_SCHEMA)
    for number, places in enumerate(asked.parts):
        shard = shard_roll(places, asked.sample, scenario, asked.lent, rng=asked.rng)
        residents.add(_lawful_residents(shard, scenario))
        table = _account_rows(shard, scenario, asked.rng)
        path = directory / f".shard-{number:05d}"
        _spool(table, _order(asked.rng, _ACCOUNT_SLOT, table["person"]), len(asked.parts), path)
        step()
        yield path
    residents.close()


def _order(rng: Streams, slot: int, keys: Any) -> FloatArray:
    return np.asarray(rng.table(Stage.EXPORT, slot, np.asarray(keys, dtype=np.int64))[0])


def _write_roll(
    asked: PreparedReplicate,
    scenario: Scenario,
    directory: Path,
    form: TableFormat,
    progress: Progress,
) -> dict[int, str]:
    """Write roll and truth of accounts; return the account id of every person requested."""
    total, done = 2 * len(asked.parts), 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    progress(0, total)
    spools = list(_spooled(asked, scenario, directory, step))
    mates: dict[int, str] = {}
    first = 1
    with ExitStack() as closing:
        roll = _Table(directory / layout.observed_file("roll", form), layout.ROLL_SCHEMA)
        truth = _Table(directory / layout.TRUTH_ACCOUNTS, layout.TRUTH_ACCOUNTS_SCHEMA)
        closing.callback(roll.close)
        closing.callback(truth.close)
        for number in range(len(spools)):
            table = _bucket(spools, number)
            table.insert(0, ACCOUNT_ID, _ids("A", first, len(table)))
            first += len(table)
            roll.add(table[layout.ROLL_SCHEMA.names])
            truth.add(table[layout.TRUTH_ACCOUNTS_SCHEMA.names])
            asked_for = table[table["person"].isin(asked.truth.person)]
            mates.update(zip(asked_for["person"], asked_for[ACCOUNT_ID], strict=True))
            step()
    for path in spools:
        path.unlink()
    return mates


def _request_truth(asked: PreparedReplicate, mates: dict[int, str]) -> pd.DataFrame:
    truth = asked.truth
    return pd.DataFrame(
        {
            "mate": pd.Series([mates.get(int(person)) for person in truth.person], dtype=object),
            "person": truth.person,
            "listed": [Listed(kind).name.lower() for kind in truth.kind],
            "origin": truth.origin,
            "status": truth.status,
            "tin_kind": truth.tin_kind,
            "place": truth.place,
            "dwelling": truth.dwelling,
            "rejected": [
                None if reason == Guardrail.NONE else Guardrail(reason).name.lower()
                for reason in asked.rejected
            ],
            "deficient": ~parseable(asked.requests),
        }
    )


def _write_requests(
    asked: PreparedReplicate, mates: dict[int, str], directory: Path, form: TableFormat
) -> None:
    """Write the list and its truth in a random order."""
    rows: Int64Array = np.arange(len(asked.requests))
    order = np.argsort(_order(asked.rng, _REQUEST_SLOT, rows), kind="stable")
    ids = _ids("R", 1, order.size)
    for table, name, schema in (
        (
            written_requests(asked.requests, rng=asked.rng),
            layout.observed_file("requests", form),
            layout.REQUESTS_SCHEMA,
        ),
        (_request_truth(asked, mates), layout.TRUTH_REQUESTS, layout.TRUTH_REQUESTS_SCHEMA),
    ):
        shuffled = table.iloc[order].reset_index(drop=True)
        shuffled.insert(0, REQUEST_ID, ids)
        writer = _Table(directory / name, schema)
        writer.add(shuffled)
        writer.close()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _about(scenario: Scenario, replicate: int, form: TableFormat, directory: Path) -> str:
    names = [
        *(layout.observed_file(table, form) for table in ("requests", "roll")),
        layout.TRUTH_REQUESTS,
        layout.TRUTH_ACCOUNTS,
        layout.TRUTH_RESIDENTS,
    ]
    about = {
        "kind": layout.KIND,
        "version": layout.VERSION,
        "overmatch": package_version(),
        "scenario": scenario.model_dump(mode="json"),
        "scenario_sha256": scenario_sha256(scenario),
        "seed": scenario.seed,
        "replicate": replicate,
        "format": str(form),
        "columns": COLUMNS,
        "files": {name: _digest(directory / name) for name in names},
    }
    return json.dumps(about, indent=2, ensure_ascii=False) + "\n"


def _fill(
    scenario: Scenario, replicate: int, directory: Path, form: TableFormat, progress: Progress
) -> None:
    (directory / "truth").mkdir(parents=True)
    asked = prepared_replicate(scenario, replicate)
    mates = _write_roll(asked, scenario, directory, form, progress)
    _write_requests(asked, mates, directory, form)
    title = scenario.title
    (directory / layout.README).write_text(layout.readme(title, replicate, form), encoding="utf-8")
    about = _about(scenario, replicate, form, directory)
    (directory / layout.ABOUT).write_text(about, encoding="utf-8")


def replicate_directory(directory: Path, replicate: int) -> Path:
    """Return the folder of one of several replicates of an export."""
    return directory / f"replicate-{replicate:03d}"


def export(
    scenario: Scenario,
    output: Path,
    *,
    replicates: range,
    form: TableFormat,
    progress: Progress,
) -> None:
    """Write replicates of a scenario into ``output``, replacing an earlier export at once.

    A single replicate fills the folder itself, several one folder each, ``replicate-000`` on.
    ``progress`` is called with (done, total) in parts of shards. Raises ListingError where the
    population cannot supply the list.
    """
    with replacing(output) as fresh:
        if len(replicates) == 1:
            _fill(scenario, replicates[0], fresh, form, progress)
            return
        for turn, replicate in enumerate(replicates):

            def overall(done: int, total: int, turn: int = turn) -> None:
                progress(turn * total + done, len(replicates) * total)

            _fill(scenario, replicate, replicate_directory(fresh, replicate), form, overall)
