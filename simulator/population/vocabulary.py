"""Which names people of an origin are given: alias tables of surnames and of given names.

Surnames have one distribution per origin. Given names of the US-born have one per name group, sex
and decade of birth; those of the foreign-born one per origin and sex, whatever their age.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator import lexicon
from simulator.kernels import inlined
from simulator.population.alias import AliasTables, alias_tables
from simulator.randomness import IntArray
from simulator.records import Int8Array
from simulator.reference import tables

SEXES = len(tables.SEXES)
COHORTS = len(tables.COHORT_FIRST_YEARS)
FIRST_COHORT = tables.COHORT_FIRST_YEARS[0]
ONE_SURNAME = tables.SURNAME_CUSTOMS.index("one")
MATERNAL_FIRST = tables.SURNAME_CUSTOMS.index("maternal_paternal")


class Vocabulary(NamedTuple):
    """What names are drawn from; a named tuple for compiled loops.

    ``given_first`` (by origin x sex) is the table of the first decade of birth, ``given_step`` (by
    origin) the tables from a decade to the next: 1, or 0 where all ages share a table. ``group``
    (by origin) is the name group, ``custom`` (by origin) an index into SURNAME_CUSTOMS;
    ``initials`` the first letter of every entry of the lexicon.
    """

    surnames: AliasTables
    given: AliasTables
    given_first: IntArray
    given_step: IntArray
    group: Int8Array
    custom: Int8Array
    initials: npt.NDArray[np.uint8]


@cache
def surname_alias() -> AliasTables:
    """Return the alias tables of surnames, one per origin."""
    codes = lexicon.names().surname_codes
    return alias_tables(
        (codes[bearers.rows], bearers.people) for bearers in tables.surnames().by_origin
    )


@cache
def given_alias() -> AliasTables:
    """Return the alias tables of given names, one per column of the given-name table."""
    codes = lexicon.names().given_codes
    return alias_tables(
        (codes[bearers.rows], bearers.people) for bearers in tables.given_names().columns
    )


def _first_tables() -> IntArray:
    """Return the first table of given names of every origin and sex, flat."""
    origin = tables.origins()
    group, sex = origin.name_group.astype(np.int64)[:, np.newaxis], np.arange(SEXES)
    native = (group * SEXES + sex) * COHORTS
    foreign = tables.NATIVE_CELLS + np.arange(len(origin.names))[:, np.newaxis] * SEXES + sex
    return np.where(origin.foreign_born[:, np.newaxis], foreign, native).reshape(-1)


@cache
def vocabulary() -> Vocabulary:
    """Return all tables that names are drawn from, built on first use."""
    origin = tables.origins()
    customs = [tables.SURNAME_CUSTOMS.index(custom) for custom in origin.surname_custom]
    initials = np.array([ord(text[0]) for text in lexicon.names().lexicon.texts], dtype=np.uint8)
    return Vocabulary(
        surnames=surname_alias(),
        given=given_alias(),
        given_first=_first_tables(),
        given_step=np.where(origin.foreign_born, 0, 1).astype(np.int64),
        group=origin.name_group.astype(np.int8),
        custom=np.array(customs, dtype=np.int8),
        initials=initials,
    )


@inlined
def given_table(origin: int, sex: int, birth: int, words: Vocabulary) -> int:
    """Return the table of given names of somebody of an origin and sex, born yyyymmdd."""
    cohort = min(max((birth // 10_000 - FIRST_COHORT) // 10, 0), COHORTS - 1)
    return int(words.given_first[origin * SEXES + sex] + words.given_step[origin] * cohort)
