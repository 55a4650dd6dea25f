"""Given names against the Census list, the births register and what the two say together."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from simulator import lexicon
from simulator.fidelity.counts import (
    Counts,
    Numbers,
    Proportion,
    Statistics,
    agreement,
    median_within,
    share,
)
from simulator.fidelity.world import GROUPS, World
from simulator.randomness import IntArray
from simulator.reference import tables

UNLISTED = -1
BORN_ABROAD = (
    "JOSE",
    "MARIA",
    "JUAN",
    "GUADALUPE",
    "WEI",
    "RAJESH",
    "THI",
    "SERGEI",
    "MOHAMED",
    "MICHAEL",
    "JAMES",
)
BIRTH_YEARS = ("LINDA", "MICHAEL", "JENNIFER", "ASHLEY", "JAYDEN")
FIRST_YEAR, YEARS = 1900, 130
SEXES = len(tables.SEXES)


@cache
def _row_of_code() -> IntArray:
    """Return the row of the given-name table of every lexicon code, UNLISTED for all others."""
    rows = np.full(lexicon.names().lexicon.size, UNLISTED, np.int64)
    codes = lexicon.names().given_codes
    listed = np.flatnonzero(~tables.given_names().synthetic)
    rows[codes[listed]] = listed
    return rows


def given_rows(world: World) -> IntArray:
    """Return the row of every person's given name in the table, UNLISTED for the tail."""
    return _row_of_code()[world.names.given]


def row_of(name: str) -> int:
    """Return the row of a listed given name; raises ValueError if it is not listed."""
    return tables.given_names().names.index(name)


@dataclass(frozen=True)
class GivenNameCounts(Counts):
    """Bearers (name groups x sexes, names), people (same), and where and when some were born.

    ``abroad`` has shape (names of BORN_ABROAD, 2): born here, born abroad; ``births`` has shape
    (names of BIRTH_YEARS, years from FIRST_YEAR on), the native-born alone.
    """

    bearers: Numbers
    people: Numbers
    abroad: Numbers
    births: Numbers


def count_given_names(world: World, given: IntArray) -> GivenNameCounts:
    """Count the given names of a shard; ``given`` are their rows in the table."""
    cells, size = len(tables.NAME_GROUPS) * SEXES, len(tables.given_names().names)
    cell = world.group * SEXES + world.people.sex
    known = given != UNLISTED
    bearers = np.bincount(cell[known] * size + given[known], minlength=cells * size)
    foreign = tables.origins().foreign_born.astype(np.bool_)[world.people.origin]
    year = np.clip(world.people.birth // 10_000 - FIRST_YEAR, 0, YEARS - 1)
    abroad = [np.bincount(foreign[given == row_of(name)], minlength=2) for name in BORN_ABROAD]
    births = [
        np.bincount(year[(given == row_of(name)) & ~foreign], minlength=YEARS)
        for name in BIRTH_YEARS
    ]
    return GivenNameCounts(
        bearers.reshape(cells, size).astype(np.int32),
        np.bincount(cell, minlength=cells),
        np.stack(abroad),
        np.stack(births),
    )


def _outside(listed: Numbers, people: Numbers) -> Proportion:
    """Return the people whose name is not on the list."""
    return Proportion(float(people.sum() - listed.sum()), float(people.sum()))


def given_name_statistics(counts: GivenNameCounts) -> Statistics:
    """Return concentration by group and sex, the tail, shares born abroad, years of birth."""
    found: Statistics = {}
    listed = counts.bearers.sum(axis=1)
    for number, group in enumerate(GROUPS):
        cells = slice(number * SEXES, (number + 1) * SEXES)
        for sex, bearers in zip(tables.SEXES, counts.bearers[cells], strict=True):
            found[f"given_effective_{group}_{sex}"] = share(1.0, agreement(bearers))
        found[f"given_outside_list_{group}"] = _outside(listed[cells], counts.people[cells])
    found["given_outside_list_all"] = _outside(listed, counts.people)
    for name, (here, abroad) in zip(BORN_ABROAD, counts.abroad, strict=True):
        found[f"born_abroad_{name.lower()}"] = Proportion(float(abroad), float(here + abroad))
    for name, years in zip(BIRTH_YEARS, counts.births, strict=True):
        found[f"median_birth_year_{name.lower()}"] = FIRST_YEAR + median_within(years)
    return found
