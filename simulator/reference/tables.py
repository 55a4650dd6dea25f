"""Read the reference tables: the only door to the files in `data/`.

Rests on the files as packaged; nothing is computed here beyond types and shapes. Every table is
read once, on first use, and its arrays are read-only. What the numbers are worth, and where they
stop: `SOURCES.md`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NAME_GROUPS = ("white", "black", "hispanic", "api", "other")
SEXES = ("male", "female")
COHORT_FIRST_YEARS = tuple(range(1930, 2021, 10))
NATIVE_CELLS = len(NAME_GROUPS) * len(SEXES) * len(COHORT_FIRST_YEARS)
"""Columns of given names before those of the foreign-born: group, sex, cohort in that order."""

SURNAME_CUSTOMS = ("one", "paternal_maternal", "maternal_paternal")
"""One surname; two, the father's first as in Spanish; two, the mother's first as in Portuguese."""

STATUSES = (
    "native_born_citizen",
    "naturalised_citizen",
    "permanent_resident",
    "temporary_visa",
    "protected",
    "unauthorized",
)


@dataclass(frozen=True)
class Bearers:
    """Hold one column of a name table: who bears which name, zeros left out.

    rows: rows of the table's names, rising, shape (k,). people: whole people, at least 1, shape
    (k,); only their ratios are meant, at the scale of all people of the column.
    """

    rows: IntArray
    people: FloatArray

    def shares(self, names: int) -> FloatArray:
        """Return the share of every one of `names` names among the bearers; they sum to 1."""
        shares = np.zeros(names)
        shares[self.rows] = self.people / self.people.sum()
        return shares


@dataclass(frozen=True)
class SurnameTable:
    """Hold surnames and their bearers by origin.

    by_origin: one column per origin, in the order of `origins`. synthetic: shape (n,), True for
    names invented for the people outside the published list.
    """

    names: tuple[str, ...]
    synthetic: BoolArray
    by_origin: tuple[Bearers, ...]


@dataclass(frozen=True)
class GivenNameTable:
    """Hold given names and their bearers by who is named.

    The US-born are named by group, sex and birth decade, the foreign-born by origin and sex.
    synthetic: shape (n,), True for invented names. columns: one per cell, in the order native
    group, sex, cohort, then origin, sex; those of US-born origins are empty.
    """

    names: tuple[str, ...]
    synthetic: BoolArray
    columns: tuple[Bearers, ...]

    def native(self, group: int, sex: int, cohort: int) -> Bearers:
        """Return the names of the US-born of a group (into NAME_GROUPS), sex and cohort."""
        cohorts = len(COHORT_FIRST_YEARS)
        return self.columns[(group * len(SEXES) + sex) * cohorts + cohort]

    def foreign(self, origin: int, sex: int) -> Bearers:
        """Return the names of the foreign-born of an origin and sex; empty if none is."""
        return self.columns[NATIVE_CELLS + origin * len(SEXES) + sex]


@dataclass(frozen=True)
class ZipTable:
    """Hold the ZIPs of the 50 states and DC in which somebody lives, in rising order of ZIP.

    state: code into states. latitude, longitude: degrees. density: people per square mile, above 0.
    population: all people; quarters: those of them in group quarters (dormitories, barracks,
    prisons, nursing homes); households: at least a sixth of the other people and at most all of
    them. group_shares: shape (n, 5), columns as
    NAME_GROUPS, sum 1. share_multi_unit: share of dwellings in buildings of two and more units, 0
    to 1; scaled from the counted share of five and more units to a national mean of 0.26.
    """

    zip: IntArray
    state: npt.NDArray[np.int16]
    states: tuple[str, ...]
    county: tuple[str, ...]
    city: tuple[str, ...]
    latitude: FloatArray
    longitude: FloatArray
    density: FloatArray
    population: IntArray
    households: IntArray
    quarters: IntArray
    group_shares: FloatArray
    share_multi_unit: FloatArray


@dataclass(frozen=True)
class StreetTable:
    """Hold street names, ordinals before the others and each of the two heaviest first.

    weights: streets of the nation, shape (n,). numbered: shape (n,), True for ordinals. The last
    entry, POBOX, names no street and has weight 0.
    """

    names: tuple[str, ...]
    weights: FloatArray
    numbered: BoolArray


@dataclass(frozen=True)
class OriginTable:
    """Hold the origins.

    name_group: code into NAME_GROUPS. family_name_first: the family name is written first at home.
    surname_custom: one of SURNAME_CUSTOMS. population: people, 2023. status_shares: shape (n, 6),
    columns as STATUSES, sum 1. final_orders: people not detained under a final order of removal,
    NaN where no figure is known.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    name_group: npt.NDArray[np.int8]
    foreign_born: BoolArray
    family_name_first: BoolArray
    surname_custom: tuple[str, ...]
    population: FloatArray
    status_shares: FloatArray
    final_orders: FloatArray


@cache
def surnames() -> SurnameTable:
    """Read the surname table; listed names first, in falling order of bearers, then synthetic."""
    table = _parquet("surnames.parquet")
    return SurnameTable(
        names=_words(table, "name"),
        synthetic=_frozen(table.column("synthetic").to_numpy().astype(np.bool_)),
        by_origin=_bearers("surname_bearers.parquet", len(origins().names)),
    )


@cache
def given_names() -> GivenNameTable:
    """Read the given-name table; listed names first, in falling order of bearers."""
    table = _parquet("given_names.parquet")
    cells = NATIVE_CELLS + len(origins().names) * len(SEXES)
    return GivenNameTable(
        names=_words(table, "name"),
        synthetic=_frozen(table.column("synthetic").to_numpy().astype(np.bool_)),
        columns=_bearers("given_bearers.parquet", cells),
    )


@cache
def population_by_age() -> FloatArray:
    """Read the people by group, nativity and birth decade.

    Shape (5, 2, 10), axes NAME_GROUPS, foreign-born, COHORT_FIRST_YEARS (the first holds everybody
    born before 1940), in April 2025; each group and nativity sums to 1, or to 0 if there is nobody.
    """
    shares = np.zeros((len(NAME_GROUPS), 2, len(COHORT_FIRST_YEARS)))
    for row in _rows("population_by_age.csv"):
        cohort = COHORT_FIRST_YEARS.index(int(row["born_decade"]))
        group = NAME_GROUPS.index(row["name_group"])
        shares[group, int(row["foreign_born"]), cohort] = float(row["share"])
    return _frozen(shares)


@cache
def zips() -> ZipTable:
    """Read the ZIP table."""
    table = _parquet("zips.parquet")
    state_names = _words(table, "state")
    states = tuple(sorted(set(state_names)))
    code_of = {state: code for code, state in enumerate(states)}
    shares = _columns(table, [f"share_{group}" for group in NAME_GROUPS])
    return ZipTable(
        zip=_whole(table, "zip"),
        state=_frozen(np.array([code_of[state] for state in state_names], dtype=np.int16)),
        states=states,
        county=_words(table, "county"),
        city=_words(table, "city"),
        latitude=_columns(table, ["latitude"])[:, 0],
        longitude=_columns(table, ["longitude"])[:, 0],
        density=_columns(table, ["density"])[:, 0],
        population=_whole(table, "population"),
        households=_whole(table, "households"),
        quarters=_whole(table, "quarters"),
        # Stored in single precision; dividing by the sum restores it to within 1e-15.
        group_shares=_frozen(shares / shares.sum(axis=1, keepdims=True)),
        share_multi_unit=_columns(table, ["share_multi_unit"])[:, 0],
    )


@cache
def streets() -> StreetTable:
    """Read the street-name table."""
    table = _parquet("streets.parquet")
    return StreetTable(
        names=_words(table, "name"),
        weights=_columns(table, ["weight"])[:, 0],
        numbered=_frozen(table.column("numbered").to_numpy().astype(np.bool_)),
    )


@cache
def origins() -> OriginTable:
    """Read the origin table, US-born origins first."""
    rows = _rows("origins.csv")
    shares = np.array([[float(row[status]) for status in STATUSES] for row in rows])
    orders = np.array([float(row["final_orders"] or "nan") for row in rows])
    codes = np.array([NAME_GROUPS.index(row["name_group"]) for row in rows], dtype=np.int8)
    return OriginTable(
        names=tuple(row["origin"] for row in rows),
        labels=tuple(row["label"] for row in rows),
        name_group=_frozen(codes),
        foreign_born=_frozen(np.array([row["foreign_born"] == "1" for row in rows])),
        family_name_first=_frozen(np.array([row["family_name_first"] == "1" for row in rows])),
        surname_custom=tuple(row["surname_custom"] for row in rows),
        population=_frozen(np.array([float(row["population"]) for row in rows])),
        status_shares=_frozen(shares),
        final_orders=_frozen(orders),
    )


@cache
def nicknames() -> dict[str, tuple[str, ...]]:
    """Read the nicknames of each formal given name, in alphabetical order."""
    return _collect(zip(*_pairs("nicknames.parquet", "formal", "nickname"), strict=True))


@cache
def romanisations() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Read the families of spellings of one name, for "surname" and "given".

    Every spelling is in the table of its kind, and in one family only.
    """
    table = _parquet("romanisations.parquet")
    families: dict[str, dict[int, list[str]]] = {"surname": {}, "given": {}}
    for kind, family, name in zip(
        _words(table, "kind"),
        table.column("family").to_pylist(),
        _words(table, "name"),
        strict=True,
    ):
        families[kind].setdefault(family, []).append(name)
    return {
        kind: tuple(tuple(names) for names in numbered.values())
        for kind, numbered in families.items()
    }


@cache
def particles() -> dict[str, tuple[str, str]]:
    """Read, for surnames that begin with a particle, how they are written and the bare name.

    "DELACRUZ" is ("DE LA CRUZ", "CRUZ"); the bare name is in the surname table, or empty.
    """
    columns = _pairs("particles.parquet", "compact", "written", "bare")
    return {name: (written, bare) for name, written, bare in zip(*columns, strict=True)}


@cache
def compound_given() -> dict[str, tuple[str, str]]:
    """Read the given names that are two run together, and the two: MARYANN is MARY and ANN."""
    columns = _pairs("compound_given.parquet", "compact", "first", "second")
    return {name: (first, second) for name, first, second in zip(*columns, strict=True)}


@cache
def listed_double_surnames() -> dict[str, int]:
    """Read the Census tokens that are two common Spanish surnames, and their Hispanic bearers.

    GARCIALOPEZ is such a token; none of them is in the surname table.
    """
    table = _parquet("double_surnames.parquet")
    return dict(zip(_words(table, "token"), table.column("people").to_pylist(), strict=True))


@cache
def constants() -> dict[str, float]:
    """Read the hand-written constants by name; units and sources are in `constants.csv`."""
    return {row["name"]: float(row["value"]) for row in _rows("constants.csv")}


@cache
def confusions() -> dict[str, dict[str, tuple[str, ...]]]:
    """Read, for each channel, what may replace a letter or a group of letters.

    Channels: keyboard, ocr, phonetic (anywhere in the word), phonetic_start, phonetic_end.
    """
    table = _parquet("confusions.parquet")
    channels = _words(table, "channel")
    pairs = list(zip(_words(table, "original"), _words(table, "replacement"), strict=True))
    return {
        name: _collect(
            pair for channel, pair in zip(channels, pairs, strict=True) if channel == name
        )
        for name in sorted(set(channels))
    }


@cache
def table_hashes() -> dict[str, str]:
    """Give the sha256 of every table in `data/`, by file name."""
    tables = [f for f in files(__package__).joinpath("data").iterdir() if _is_table(f.name)]
    return {
        entry.name: hashlib.sha256(entry.read_bytes()).hexdigest()
        for entry in sorted(tables, key=lambda entry: entry.name)
    }


def _is_table(name: str) -> bool:
    return name.endswith((".parquet", ".csv"))


def _bytes(name: str) -> bytes:
    return files(__package__).joinpath("data", name).read_bytes()


def _parquet(name: str) -> pa.Table:
    # ParquetFile rather than read_table: the latter imports the dataset layer, half the load time.
    return pq.ParquetFile(pa.BufferReader(_bytes(name))).read()


def _bearers(name: str, cells: int) -> tuple[Bearers, ...]:
    """Read the columns of a name table; see `bearers.bearer_table` for the layout."""
    table = _parquet(name)
    gaps, people = _whole(table, "gap"), _columns(table, ["people"])[:, 0]
    ends = np.searchsorted(table.column("cell").to_numpy(), np.arange(cells + 1))
    return tuple(
        Bearers(_frozen(np.cumsum(gaps[start:end]) - 1), people[start:end])
        for start, end in pairwise(ends)
    )


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_bytes(name).decode("ascii"))))


def _words(table: pa.Table, column: str) -> tuple[str, ...]:
    return tuple(table.column(column).to_pylist())


def _pairs(name: str, *columns: str) -> list[tuple[str, ...]]:
    table = _parquet(name)
    return [_words(table, column) for column in columns]


def _columns(table: pa.Table, columns: Sequence[str]) -> FloatArray:
    """Stack columns as float64, shape (rows, columns), read-only."""
    return _frozen(
        np.column_stack([table.column(column).to_numpy() for column in columns]).astype(np.float64)
    )


def _whole(table: pa.Table, column: str) -> IntArray:
    return _frozen(table.column(column).to_numpy().astype(np.int64))


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.setflags(write=False)
    return array


def _collect(pairs: Iterable[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Gather the second words of pairs under their first, sorted."""
    gathered: dict[str, set[str]] = {}
    for key, value in pairs:
        gathered.setdefault(key, set()).add(value)
    return {key: tuple(sorted(values)) for key, values in sorted(gathered.items())}
