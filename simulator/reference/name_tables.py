"""Derive the surname, given-name, birth-cohort and nickname tables.

Rests on the Census 2020 lists of surnames and first names by race and Hispanic origin, the Social
Security births by name and year, and its cohort life tables. Expected bearers are count x
percentage (x percentage of the sex): within a name, group and sex are taken as independent.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator.reference.hand_written import LETTERS, Row
from simulator.reference.synthetic_names import invent_names, letter_chain
from simulator.reference.tables import COHORT_FIRST_YEARS, NAME_GROUPS, SEXES

FloatArray = npt.NDArray[np.float64]

ALL_OTHER_NAMES = "ALL OTHER NAMES"
COMMONEST_HISPANIC = 60
SHORTEST_COMPONENT = 3
SYNTHETIC_SURNAMES = {
    "white": 10_000,
    "black": 5_000,
    "hispanic": 5_000,
    "api": 5_000,
    "other": 3_000,
}
SYNTHETIC_GIVEN_NAMES = {
    "white": 4_000,
    "black": 2_000,
    "hispanic": 2_000,
    "api": 2_000,
    "other": 2_000,
}
FEWEST_SURVIVORS = 500
# Without it the smaller groups' tails would be spelt like the names of the largest.
TYPICAL_SHARE = 1.5


@dataclass(frozen=True)
class DoubleSurnames:
    """Say how many concatenated double surnames were split, and how many people bear them."""

    rows: int
    hispanic_bearers: int
    other_bearers: int


def surname_table(census: bytes, totals: Mapping[str, int]) -> tuple[pa.Table, DoubleSurnames]:
    """Build the surname table from the Census 2020 list.

    `totals` are the people of each name group, with known surname or not. Columns: name, one int32
    column of expected bearers per name group, synthetic. The listed names keep the order of the
    list. All bearers are people with a known surname: the tail of a group is its total x (people
    with a known surname / everybody) less its listed bearers, which assumes that unknown names are
    spread over the groups alike. Raises ValueError if a group has fewer people left than invented
    names.
    """
    table = pq.read_table(pa.BufferReader(census))
    names, bearers, doubles = split_double_surnames(
        table.column("name").to_pylist(), _group_bearers(table)
    )
    bearers = np.rint(bearers)
    known_share = people_with_known_surname(table) / sum(totals.values())
    all_names, columns = list(names), [bearers]
    taken = set(names)
    for code, group in enumerate(NAME_GROUPS):
        chain = letter_chain(names, training_weights(bearers, code).tolist())
        count = SYNTHETIC_SURNAMES[group]
        tail = invent_names(chain, count, taken, rng=_stream("surname", group))
        taken.update(tail)
        all_names += tail
        rows = np.zeros((count, len(NAME_GROUPS)))
        known = round(totals[group] * known_share)
        rows[:, code] = spread(known - int(bearers[:, code].sum()), count)
        columns.append(rows)
    return _name_table(all_names, np.vstack(columns), NAME_GROUPS, len(names), pa.int32()), doubles


def people_with_known_surname(census: pa.Table) -> float:
    """Count the people with a known surname, listed or not.

    The list gives its own cumulative share of them, per 100,000; its last and largest value covers
    all listed bearers.
    """
    listed = float(census.column("count").to_numpy().sum())
    return listed * 100_000.0 / float(census.column("cum_prop100k").to_numpy().max())


def split_double_surnames(
    names: Sequence[str], bearers: FloatArray
) -> tuple[list[str], FloatArray, DoubleSurnames]:
    """Credit tokens made of two common Hispanic surnames to the first of the two.

    The list strips spaces, so "Garcia Lopez" is GARCIALOPEZ. Common are the 60 surnames with most
    Hispanic bearers. `bearers` has one column per name group. Such tokens lose their row, all
    their bearers go to the first component.
    """
    hispanic = NAME_GROUPS.index("hispanic")
    order = np.argsort(-bearers[:, hispanic], kind="stable")[:COMMONEST_HISPANIC]
    common = {names[row]: int(row) for row in order}
    credited = bearers.copy()
    kept = np.ones(len(names), dtype=np.bool_)
    for row, name in enumerate(names):
        for cut in range(SHORTEST_COMPONENT, len(name) - SHORTEST_COMPONENT + 1):
            if name[:cut] in common and name[cut:] in common:
                credited[common[name[:cut]]] += bearers[row]
                kept[row] = False
                break
    lost = bearers[~kept].sum(axis=0)
    doubles = DoubleSurnames(
        rows=int((~kept).sum()),
        hispanic_bearers=round(float(lost[hispanic])),
        other_bearers=round(float(lost.sum() - lost[hispanic])),
    )
    return [name for name, keep in zip(names, kept, strict=True) if keep], credited[kept], doubles


def given_name_table(census: bytes) -> pa.Table:
    """Build the given-name table from the Census 2020 list of first names.

    Columns: name, one float32 column of expected bearers per group and sex (white_male,
    white_female, ..., other_female), synthetic. The row of all other names becomes the tail.
    """
    table = pq.read_table(pa.BufferReader(census))
    names: list[str] = table.column("name").to_pylist()
    sexes = np.column_stack([table.column(f"pct{sex}").to_numpy() for sex in SEXES]) / 100.0
    bearers = _group_bearers(table)[:, :, None] * sexes[:, None, :]
    remainder = bearers[names.index(ALL_OTHER_NAMES)]
    listed = [row for row, name in enumerate(names) if name != ALL_OTHER_NAMES]
    names, bearers = [names[row] for row in listed], bearers[listed]
    all_names, blocks = list(names), [bearers]
    taken = set(names)
    for code, group in enumerate(NAME_GROUPS):
        of_group = SYNTHETIC_GIVEN_NAMES[group]
        male = round(of_group * remainder[code, 0] / remainder[code].sum())
        for sex, count in enumerate((male, of_group - male)):
            weights = training_weights(bearers[:, :, sex], code)
            chain = letter_chain(names, weights.tolist())
            rng = _stream("given name", group, SEXES[sex])
            tail = invent_names(chain, count, taken, rng=rng)
            taken.update(tail)
            all_names += tail
            rows = np.zeros((count, len(NAME_GROUPS), len(SEXES)))
            rows[:, code, sex] = remainder[code, sex] / count
            blocks.append(rows)
    columns = [f"{group}_{sex}" for group in NAME_GROUPS for sex in SEXES]
    flat = np.concatenate(blocks).reshape(len(all_names), len(columns)).round(2)
    return _name_table(all_names, flat, columns, len(names), pa.float32())


def cohort_table(
    births: bytes, life_tables: bytes, given_names: pa.Table, survival_year: int
) -> pa.Table:
    """Carry the births of each listed given name forward to `survival_year`.

    Columns: name, sex (0 male, 1 female), one int32 column of survivors per birth decade (1930
    holds the earlier ones as well). Rows with fewer than 500 survivors are left out.
    """
    listed = _listed(given_names)
    table = pq.read_table(pa.BufferReader(births))
    row_of = {name: row for row, name in enumerate(listed)}
    encoded = table.column("first_name").dictionary_encode().combine_chunks()
    codes = np.array([row_of.get(name.upper(), -1) for name in encoded.dictionary.to_pylist()])
    rows = codes[encoded.indices.to_numpy()]
    years = table.column("year").to_numpy()
    first, last = COHORT_FIRST_YEARS[0], COHORT_FIRST_YEARS[-1]
    cohorts = (np.clip(years, first, last) - first) // 10
    known = rows >= 0
    survivors = np.zeros((len(listed), len(SEXES), len(COHORT_FIRST_YEARS)))
    for sex, column in enumerate(("count_male", "count_female")):
        span = np.arange(years.min(), years.max() + 1)
        shares = survival_shares(life_tables, SEXES[sex], span, survival_year)
        people = table.column(column).to_numpy() * shares[years - span[0]]
        np.add.at(survivors[:, sex, :], (rows[known], cohorts[known]), people[known])
    kept = np.argwhere(np.rint(survivors).sum(axis=2) >= FEWEST_SURVIVORS)
    arrays = {
        "name": pa.array([listed[row] for row, _ in kept]),
        "sex": pa.array(kept[:, 1].astype(np.int8)),
    }
    for cohort, year in enumerate(COHORT_FIRST_YEARS):
        values = np.rint(survivors[kept[:, 0], kept[:, 1], cohort])
        arrays[f"born_{year}s"] = pa.array(values.astype(np.int32))
    return pa.table(arrays)


def survival_shares(
    life_tables: bytes, sex: str, birth_years: npt.NDArray[np.int64], survival_year: int
) -> FloatArray:
    """Give the share of each birth year alive at the age it reaches in `survival_year`.

    l(age) / l(0) of the cohort life tables, interpolated linearly between the decades they are
    published for; births before the first or after the last decade use that decade's.
    """
    table = pq.read_table(pa.BufferReader(life_tables))
    of_sex = np.array(table.column("sex").to_pylist()) == sex[0].upper()
    decades = table.column("year").to_numpy()[of_sex]
    ages = table.column("x").to_numpy()[of_sex].astype(np.int64)
    alive = table.column("lx").to_numpy()[of_sex]
    published = np.unique(decades)
    living = np.zeros((len(published), ages.max() + 2))
    living[np.searchsorted(published, decades), ages] = alive
    living /= living[:, :1]
    age = np.clip(survival_year - birth_years, 0, ages.max() + 1)
    position = np.interp(birth_years, published, np.arange(len(published)))
    lower = np.floor(position).astype(np.int64)
    upper = np.minimum(lower + 1, len(published) - 1)
    weight = position - lower
    shares: FloatArray = (1.0 - weight) * living[lower, age] + weight * living[upper, age]
    return shares


def nickname_table(english: bytes, spanish: Sequence[Row], given_names: pa.Table) -> pa.Table:
    """List pairs (formal, nickname) of listed given names; sorted, without repeats."""
    known = set(_listed(given_names))
    reader = csv.DictReader(io.StringIO(english.decode("utf-8")))
    pairs = {
        (row["name1"].upper(), row["name2"].upper())
        for row in reader
        if row["relationship"] == "has_nickname"
    }
    pairs |= {(row["formal"], row["nickname"]) for row in spanish}
    kept = sorted(
        (formal, nickname)
        for formal, nickname in pairs
        if formal in known and nickname in known and formal != nickname
    )
    formals, nicknames = zip(*kept, strict=True)
    return pa.table({"formal": pa.array(formals), "nickname": pa.array(nicknames)})


def training_weights(bearers: FloatArray, code: int) -> npt.NDArray[np.int64]:
    """Weigh the names that are typical of a group by its bearers, all others by 0.

    Typical: with b the group's share of everybody, its share of the name's bearers is at least
    1.5 b, or (1 + b) / 2 where that is less. `bearers` has one column per name group.
    """
    share = bearers[:, code] / np.maximum(bearers.sum(axis=1), 1.0)
    overall = bearers[:, code].sum() / bearers.sum()
    typical = share >= min(TYPICAL_SHARE * overall, (1.0 + overall) / 2.0)
    weights: npt.NDArray[np.int64] = np.where(typical, np.rint(bearers[:, code]), 0.0).astype(
        np.int64
    )
    return weights


def spread(total: int, count: int) -> FloatArray:
    """Divide `total` whole people over `count` names as evenly as whole numbers allow."""
    if total < count:
        raise ValueError(f"{total} people cannot be spread over {count} names")
    shares = np.full(count, float(total // count))
    shares[: total % count] += 1.0
    return shares


def _stream(*key: str) -> Random:
    """Start the stream of random numbers that belongs to a key, so that tails are repeatable."""
    return Random(" ".join(key))  # noqa: S311


def _listed(names: pa.Table) -> list[str]:
    return list(names.filter(pc.invert(names.column("synthetic"))).column("name").to_pylist())


def _group_bearers(table: pa.Table) -> FloatArray:
    """Multiply count by percentage: expected bearers, one column per name group."""
    count = table.column("count").to_numpy().astype(np.float64)
    percent = {
        column: table.column(f"pct{column}").to_numpy().astype(np.float64)
        for column in ("white", "black", "hispanic", "api", "aian", "2prace")
    }
    other = percent["aian"] + percent["2prace"]
    groups = (percent["white"], percent["black"], percent["hispanic"], percent["api"], other)
    bearers: FloatArray = count[:, None] * np.column_stack(groups) / 100.0
    return bearers


def _name_table(
    names: Sequence[str],
    bearers: FloatArray,
    columns: Sequence[str],
    listed: int,
    number: pa.DataType,
) -> pa.Table:
    odd = [name for name in names if not LETTERS.fullmatch(name)]
    if odd:
        raise ValueError(f"names must consist of the letters A-Z, found {odd[:3]}")
    arrays = {"name": pa.array(names)}
    for position, column in enumerate(columns):
        arrays[column] = pa.array(bearers[:, position]).cast(number)
    arrays["synthetic"] = pa.array(np.arange(len(names)) >= listed)
    return pa.table(arrays)
