"""Derive the surname, given-name, birth-cohort and nickname tables.

Rests on the Census 2020 lists of surnames and first names by race and Hispanic origin, the Social
Security births by name and year, and its cohort life tables. Expected bearers are count x
percentage (x percentage of the sex): within a name, group and sex are taken as independent.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.reference.bearers import bearer_table, name_table, whole_people
from simulator.reference.double_surnames import Doubles, separate_doubles
from simulator.reference.given_cells import Fit, fit_cells, name_cells
from simulator.reference.hand_written import Origins, Row
from simulator.reference.origin_affinity import (
    MOST_ENGLISH,
    affinities,
    english,
    most_english,
)
from simulator.reference.proportional_fitting import split_among
from simulator.reference.synthetic_names import invent_names, letter_chain
from simulator.reference.tables import NAME_GROUPS, SEXES
from simulator.reference.vocabularies import Vocabularies

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ALL_OTHER_NAMES = "ALL OTHER NAMES"
SYNTHETIC_SURNAMES = {
    "white": 10_000,
    "black": 5_000,
    "hispanic": 2_000,
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
# Without it the smaller groups' tails would be spelt like the names of the largest.
TYPICAL_SHARE = 1.5


@dataclass(frozen=True)
class NameMargin:
    """Hold names, the first `listed` of them published and the others invented, and their bearers.

    bearers: expected people, shape (names, 5) for surnames, (names, 5, 2) for given names, axes
    name, NAME_GROUPS, SEXES.
    """

    names: tuple[str, ...]
    listed: int
    bearers: FloatArray


def surname_margin(census: bytes, first_names: bytes) -> tuple[NameMargin, Doubles]:
    """Read the surnames of the Census 2020 list and extend each group by its tail.

    The listed names keep the order of the list. All bearers are people with a known surname. The
    list of first names, with its row of all others, holds everybody with a known first name; those
    with a known surname are taken to divide among the groups as they do. The tail of a group is its
    people less its listed bearers; the Hispanic tail is less by those whose token is two surnames,
    see `double_surnames`. Raises ValueError if a group has fewer people left than invented names.
    """
    table = pq.read_table(pa.BufferReader(census))
    by_group = _group_bearers(pq.read_table(pa.BufferReader(first_names))).sum(axis=0)
    by_group *= people_with_known_surname(table) / by_group.sum()
    known = dict(zip(NAME_GROUPS, by_group.tolist(), strict=True))
    names, bearers, doubles = separate_doubles(
        table.column("name").to_pylist(), _group_bearers(table), known["hispanic"]
    )
    bearers = np.rint(bearers)
    all_names, columns = list(names), [bearers]
    taken = set(names)
    for code, group in enumerate(NAME_GROUPS):
        chain = letter_chain(names, training_weights(bearers, code).tolist())
        count = SYNTHETIC_SURNAMES[group]
        tail = invent_names(chain, count, taken, rng=_stream("surname", group))
        taken.update(tail)
        all_names += tail
        rows = np.zeros((count, len(NAME_GROUPS)))
        rows[:, code] = spread(round(known[group]) - int(bearers[:, code].sum()), count)
        columns.append(rows)
    return NameMargin(tuple(all_names), len(names), np.vstack(columns)), doubles


def surname_tables(
    margin: NameMargin, origins: Origins, people: FloatArray, known: Vocabularies
) -> tuple[pa.Table, pa.Table]:
    """Lay out the surnames and their bearers by origin; see `bearers` for the columns.

    people: by the origin that their surname is of, see `hand_written.surname_people`. The bearers
    of a foreign-born origin's column are its people and whoever has the surname from them.
    """
    origins = replace(origins, people=people)
    by_origin = np.zeros((len(margin.names), len(origins.names)))
    for group in range(len(NAME_GROUPS)):
        rows = np.flatnonzero(margin.bearers[:, group] > 0.0)
        members = np.flatnonzero(origins.group == group)
        names = [margin.names[row] for row in rows]
        bearers, of_group = margin.bearers[rows], margin.bearers[rows, group]
        affinity = affinities(
            names, rows >= margin.listed, bearers, members, origins, known, "surname"
        )
        common = english(names, bearers, members, origins, known, "surname")
        most = most_english(common, of_group / of_group.sum(), members, origins)
        by_origin[np.ix_(rows, members)] = split_among(
            of_group, origins.people[members], affinity, most
        )
    whole = np.hstack(
        [whole_people(by_origin[:, origins.group == g]) for g in range(len(NAME_GROUPS))]
    )
    order = np.concatenate([np.flatnonzero(origins.group == g) for g in range(len(NAME_GROUPS))])
    return name_table(margin.names, margin.listed), bearer_table(whole[:, np.argsort(order)])


def people_with_known_surname(census: pa.Table) -> float:
    """Count the people with a known surname, listed or not.

    The list gives its own cumulative share of them, per 100,000; its last and largest value covers
    all listed bearers.
    """
    listed = float(census.column("count").to_numpy().sum())
    return listed * 100_000.0 / float(census.column("cum_prop100k").to_numpy().max())


def given_margin(census: bytes) -> NameMargin:
    """Read the first names of the Census 2020 list; the row of all others becomes the tail."""
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
    return NameMargin(tuple(all_names), len(names), np.concatenate(blocks))


def given_tables(
    margin: NameMargin,
    survivors: FloatArray,
    origins: Origins,
    ages: FloatArray,
    known: Vocabularies,
    informal: AbstractSet[str],
) -> tuple[pa.Table, pa.Table, list[Fit]]:
    """Lay out the given names and their bearers by cell; see `tables.GivenNameTable`.

    survivors: shape (names, 2, 10), see `births`. ages: shape (5, 2, 10), see `hand_written`.
    informal: nicknames and names run together. The fits, by sex, say how well margins were met.
    """
    cells = people_by_cell(origins, ages)
    average = cells.sum(axis=0) / cells.sum()
    by_sex = survivors.sum(axis=0) / survivors.sum(axis=(0, 1))
    short = np.array([name in informal for name in margin.names])
    fits, native, foreign = [], [], []
    for sex in range(len(SEXES)):
        bearers = margin.bearers[:, :, sex]
        of_sex = cells * np.append(2.0 * by_sex[sex], 1.0)
        people = bearers.sum(axis=1)
        common = bearers[:, :2].sum(axis=1) / np.maximum(people, 1.0)  # white and Black
        found = name_cells(people, survivors[:, sex], average, common, short)
        fit = fit_cells(bearers, of_sex, found)
        native.append([whole_people(fit.people[:, g, :-1]) for g in range(len(NAME_GROUPS))])
        foreign.append(_foreign_by_origin(margin, sex, fit.people[:, :, -1], origins, known))
        fits.append(fit)
    columns = [native[sex][group] for group in range(len(NAME_GROUPS)) for sex in range(len(SEXES))]
    columns.append(np.stack(foreign, axis=2).reshape(len(margin.names), -1))
    table = bearer_table(np.hstack(columns))
    return name_table(margin.names, margin.listed), table, fits


def people_by_cell(origins: Origins, ages: FloatArray) -> FloatArray:
    """Count people by group and cell: ten cohorts of the US-born, then all born abroad."""
    cells = np.zeros((len(NAME_GROUPS), ages.shape[2] + 1))
    for group in range(len(NAME_GROUPS)):
        members = origins.group == group
        cells[group, :-1] = origins.people[members & ~origins.foreign].sum() * ages[group, 0]
        cells[group, -1] = origins.people[members & origins.foreign].sum()
    return cells


def _foreign_by_origin(
    margin: NameMargin, sex: int, abroad: FloatArray, origins: Origins, known: Vocabularies
) -> IntArray:
    """Split the foreign-born bearers by group, shape (names, 5), among the origins."""
    whole = np.zeros((len(abroad), len(origins.names)), dtype=np.int64)
    for group in range(len(NAME_GROUPS)):
        members = np.flatnonzero((origins.group == group) & origins.foreign)
        rows = np.flatnonzero(abroad[:, group] > 0.0)
        if members.size == 0 or rows.size == 0:
            continue
        names = [margin.names[row] for row in rows]
        bearers = margin.bearers[rows, :, sex]
        invented = rows >= margin.listed
        affinity = affinities(names, invented, bearers, members, origins, known, SEXES[sex])
        common = english(names, bearers, members, origins, known, SEXES[sex])
        # Of the names whose births say that many were born abroad, more than in the whole group.
        shares = np.maximum(
            bearers[:, group] / bearers[:, group].sum(),
            abroad[rows, group] / abroad[rows, group].sum(),
        )
        most = most_english(common, MOST_ENGLISH * shares, members, origins)
        split = split_among(abroad[rows, group], origins.people[members], affinity, most)
        whole[np.ix_(rows, members)] = whole_people(split)
    return whole


def nickname_table(english: bytes, spanish: Sequence[Row], listed: Iterable[str]) -> pa.Table:
    """List pairs (formal, nickname) of listed given names; sorted, without repeats."""
    known = set(listed)
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
