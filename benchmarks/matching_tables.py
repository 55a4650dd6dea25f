"""Two tables to match, once as the integers that we match and once as the text that others do.

Accounts are drawn field by field from the reference tables: surname and given name as common as in
the nation, ZIP by its people, birth dates evenly. Some requests are accounts written again with
errors, the others nobody's. Nothing of it is an Overmatch population: every matcher gets the same
rows, and what matters is how often names, places and dates coincide.

Ours is one .npz file of codes; the others' are two Parquet files of text, with what blocking and
comparison need (year, initial, three-digit area, state) derived beforehand.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator import lexicon
from simulator.reference import tables

MATED, MISSPELT, MOVED, WRONG_DAY = 0.6, 0.08, 0.35, 0.03
FIRST_YEAR, YEARS = 1935, 71
AT_ONCE = 2_000_000
Int32Array = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Records:
    """One table: names as codes of the lexicon, a row of the ZIP table and yyyymmdd."""

    given: Int32Array
    surname: Int32Array
    place: Int32Array
    birth: Int32Array


def _drawn(
    codes: Int32Array, people: npt.NDArray[np.float64], size: int, rng: np.random.Generator
) -> Int32Array:
    cumulative = np.cumsum(people / people.sum())
    rows = np.searchsorted(cumulative, rng.random(size), side="right")
    return codes[np.minimum(rows, codes.size - 1)].astype(np.int32)


def _people(columns: tuple[tables.Bearers, ...], names: int) -> npt.NDArray[np.float64]:
    people = np.zeros(names)
    for column in columns:
        people[column.rows] += column.people
    return people


def _dates(size: int, rng: np.random.Generator) -> Int32Array:
    day = np.datetime64(f"{FIRST_YEAR}-01-01") + rng.integers(0, YEARS * 365, size)
    year, month = day.astype("datetime64[Y]"), day.astype("datetime64[M]")
    number = (
        (year.astype(int) + 1970) * 10_000
        + (month.astype(int) % 12 + 1) * 100
        + (day - month).astype(int)
        + 1
    )
    return number.astype(np.int32)


def fresh(size: int, rng: np.random.Generator) -> Records:
    """Return records of nobody in particular."""
    names, zips = lexicon.names(), tables.zips()
    surnames, given = tables.surnames(), tables.given_names()
    return Records(
        _drawn(names.given_codes, _people(given.columns, len(given.names)), size, rng),
        _drawn(names.surname_codes, _people(surnames.by_origin, len(surnames.names)), size, rng),
        _drawn(np.arange(zips.zip.size), zips.population.astype(np.float64), size, rng),
        _dates(size, rng),
    )


def _one_code_a_text(codes: Int32Array) -> Int32Array:
    """Give every text one code: that of the entry if a misspelling is itself a listed name."""
    words = lexicon.names().lexicon
    distinct, rows = np.unique(codes, return_inverse=True)
    known = {text: code for code, text in enumerate(words.texts)}
    first = [known.setdefault(words.text(int(code)), int(code)) for code in distinct]
    return np.array(first, dtype=np.int32)[rows]


def _misspelt(codes: Int32Array, rng: np.random.Generator) -> Int32Array:
    kinds = lexicon.drawn_variants(rng.random(codes.size) < MISSPELT, rng.random(codes.size))
    varied = lexicon.with_misspelling(codes, kinds, lexicon.names().lexicon.size)
    return _one_code_a_text(varied)


def written_again(accounts: Records, size: int, rng: np.random.Generator) -> Records:
    """Return requests: a share of them accounts with errors, the rest nobody's."""
    strangers = fresh(size, rng)
    whom = rng.integers(0, accounts.given.size, size)
    mated = rng.random(size) < MATED
    moved, wrong = rng.random(size) < MOVED, rng.random(size) < WRONG_DAY
    return Records(
        np.where(mated, _misspelt(accounts.given[whom], rng), strangers.given),
        np.where(mated, _misspelt(accounts.surname[whom], rng), strangers.surname),
        np.where(mated & ~moved, accounts.place[whom], strangers.place),
        np.where(mated & ~wrong, accounts.birth[whom], strangers.birth),
    )


def _texts(codes: Int32Array) -> pa.Array:
    distinct, rows = np.unique(codes, return_inverse=True)
    words = [lexicon.names().lexicon.text(int(code)) for code in distinct]
    return pa.DictionaryArray.from_arrays(rows.astype(np.int32), words).cast(pa.string())


def _table(records: Records, rows: slice) -> pa.Table:
    zips = tables.zips()
    given, surname = _texts(records.given[rows]), _texts(records.surname[rows])
    zip5 = np.char.zfill(zips.zip.astype(str), 5)
    places, birth = records.place[rows], records.birth[rows]
    first = rows.start
    days = (
        (birth // 10_000 - 1970).astype("datetime64[Y]").astype("datetime64[M]")
        + (birth // 100 % 100 - 1)
    ).astype("datetime64[D]") + (birth % 100 - 1)
    return pa.table(
        {
            "unique_id": np.arange(first, first + birth.size, dtype=np.int64),
            "given": given,
            "surname": surname,
            "birth": pa.array(days),
            "birth_year": birth // 10_000,
            "birth_day": birth % 10_000,
            "given_initial": pc.utf8_slice_codeunits(given, 0, 1),
            "zip5": pa.array(zip5).take(pa.array(places)),
            "zip3": pa.array([text[:3] for text in zip5]).take(pa.array(places)),
            "state": pa.array([zips.states[code] for code in zips.state]).take(pa.array(places)),
        }
    )


def write_texts(records: Records, path: Path) -> None:
    """Write a table as text, a few million rows at a time."""
    with pq.ParquetWriter(path, _table(records, slice(0, 1)).schema) as writer:
        for first in range(0, records.given.size, AT_ONCE):
            writer.write_table(_table(records, slice(first, first + AT_ONCE)))


def write_codes(requests: Records, accounts: Records, path: Path) -> None:
    """Write both tables as codes."""
    columns = {
        f"{name}_{field.name}": getattr(records, field.name)
        for name, records in (("requests", requests), ("accounts", accounts))
        for field in fields(Records)
    }
    np.savez(path, **columns)


def read_codes(path: Path) -> tuple[Records, Records]:
    """Return requests and accounts as written."""
    with np.load(path) as columns:
        requests, accounts = (
            Records(*(columns[f"{name}_{field.name}"] for field in fields(Records)))
            for name in ("requests", "accounts")
        )
    return requests, accounts


def write_tables(folder: Path, requests: int, accounts: int, *, texts: bool = True) -> Path:
    """Write the tables of one size into ``folder`` unless they are there; return their folder."""
    home = folder / f"{requests}x{accounts}"
    ready = home / "ready.json"
    if ready.exists() and (json.loads(ready.read_text())["texts"] or not texts):
        return home
    home.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([requests, accounts])
    right = fresh(accounts, rng)
    left = written_again(right, requests, rng)
    write_codes(left, right, home / "codes.npz")
    if texts:
        write_texts(left, home / "requests.parquet")
        write_texts(right, home / "accounts.parquet")
    ready.write_text(json.dumps({"texts": texts}))
    return home
