"""Names by origin, sex and birth cohort, and how surnames run in families.

Surnames are drawn from the Census table of the origin's name group; given names from the Census
table of that group and sex, for the native-born tilted to the decade of birth by the survivors of
registered births. Draws use alias tables (Walker; Vose 1991): O(1) each.

Partners share a surname at a stated rate, children bear the father's (a lone parent's) surname.
Every Hispanic person has a second surname, the mother's first; whether a record shows it is the
record's business.

Limits: given name and surname are independent within origin; the cohort tilt multiplies margins
rather than fitting them; the foreign-born borrow the names of their Census group.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from simulator import lexicon
from simulator.kernels import compiled
from simulator.randomness import FloatArray, IntArray, Stage, Streams, Word, uniforms
from simulator.records import Int8Array, Int32Array, Names, People, Relationship
from simulator.reference import tables
from simulator.scenario.schema import PopulationPart

_NAME = int(Stage.NAME)
_PARTNER, _CHILD = int(Relationship.PARTNER), int(Relationship.CHILD)
HISPANIC = tables.NAME_GROUPS.index("hispanic")
SEXES = len(tables.SEXES)
COHORTS = len(tables.COHORT_FIRST_YEARS)
FIRST_COHORT = tables.COHORT_FIRST_YEARS[0]
ANY_COHORT = COHORTS  # the given-name table of the foreign-born
GIVEN_TABLES = COHORTS + 1


@dataclass(frozen=True)
class AliasTables:
    """Several categorical distributions end to end; table t is ``starts[t]:starts[t + 1]``."""

    starts: IntArray
    keep: FloatArray
    alias: Int32Array
    codes: Int32Array


@compiled
def _vose(weights: FloatArray, keep: FloatArray, alias: Int32Array) -> None:
    """Fill one alias table from weights that sum to their number."""
    count = weights.size
    small, large = np.empty(count, np.int64), np.empty(count, np.int64)
    smalls, larges = 0, 0
    for i in range(count):
        keep[i], alias[i] = 1.0, i
        if weights[i] < 1.0:
            small[smalls] = i
            smalls += 1
        else:
            large[larges] = i
            larges += 1
    while smalls and larges:
        smalls -= 1
        low, high = small[smalls], large[larges - 1]
        keep[low], alias[low] = weights[low], high
        weights[high] = weights[high] + weights[low] - 1.0
        if weights[high] < 1.0:
            larges -= 1
            small[smalls] = high
            smalls += 1


def alias_tables(columns: Iterable[FloatArray], codes: Int32Array) -> AliasTables:
    """Build one alias table per column of weights over the same codes; zeros are left out."""
    starts, keeps, aliases, kept_codes = [0], [], [], []
    for weights in columns:
        used = np.flatnonzero(weights > 0)
        scaled = weights[used].astype(np.float64)
        scaled *= used.size / scaled.sum()
        keep, alias = np.empty(used.size), np.empty(used.size, np.int32)
        _vose(scaled, keep, alias)
        keeps.append(keep)
        aliases.append(alias)
        kept_codes.append(codes[used].astype(np.int32))
        starts.append(starts[-1] + used.size)
    return AliasTables(
        np.array(starts, dtype=np.int64),
        np.concatenate(keeps),
        np.concatenate(aliases),
        np.concatenate(kept_codes),
    )


@compiled
def _draw(
    table: int, u: float, starts: IntArray, keep: FloatArray, alias: Int32Array, codes: Int32Array
) -> int:
    """Draw a code from an alias table; one uniform serves for the cell and the coin."""
    start, count = starts[table], starts[table + 1] - starts[table]
    scaled = u * count
    cell = min(int(scaled), count - 1)
    if scaled - cell >= keep[start + cell]:
        cell = alias[start + cell]
    return int(codes[start + cell])


def given_weights(group: int, sex: int, cohort: int) -> FloatArray:
    """Return the weight of every given name for a group, sex and cohort (ANY_COHORT: no tilt).

    The tilt is the share of a name's survivors who were born in the cohort; names that are not in
    the registered births take the share of all names together.
    """
    table = tables.given_names()
    bearers = table.bearers[:, group, sex].astype(np.float64)
    if cohort == ANY_COHORT:
        return np.asarray(bearers)
    survivors = table.cohort_survivors[:, sex, :].astype(np.float64)
    totals = survivors.sum(axis=1)
    average = survivors[:, cohort].sum() / totals.sum()
    tilt = np.full(totals.size, average)
    known = totals > 0
    tilt[known] = survivors[known, cohort] / totals[known]
    return np.asarray(bearers * tilt)


@cache
def surname_alias() -> AliasTables:
    """Return the alias tables of surnames, one per name group."""
    bearers = tables.surnames().bearers
    columns = [bearers[:, group].astype(np.float64) for group in range(bearers.shape[1])]
    return alias_tables(columns, lexicon.names().surname_codes)


@cache
def given_alias() -> AliasTables:
    """Return the alias tables of given names, by group, sex and cohort in that order."""
    columns = (
        given_weights(group, sex, cohort)
        for group in range(len(tables.NAME_GROUPS))
        for sex in range(SEXES)
        for cohort in range(GIVEN_TABLES)
    )
    return alias_tables(columns, lexicon.names().given_codes)


@compiled
def _surname(
    seed: Word,
    replicate: Word,
    zip_code: int,
    dwelling: int,
    member: int,
    group: int,
    starts: IntArray,
    keep: FloatArray,
    alias: Int32Array,
    codes: Int32Array,
) -> tuple[int, int, float]:
    """Return a person's own draw of first and second surname and the uniform of its sharing."""
    u0, u1, u2, _ = uniforms(seed, replicate, _NAME, 2 * member, zip_code, dwelling)
    return (
        _draw(group, u0, starts, keep, alias, codes),
        _draw(group, u1, starts, keep, alias, codes),
        u2,
    )


@compiled
def _name_rows(
    seed: Word,
    replicate: Word,
    rows: IntArray,
    zips: Int32Array,
    dwelling: Int32Array,
    member: Int8Array,
    relationship: Int8Array,
    sex: Int8Array,
    birth: Int32Array,
    origin: Int8Array,
    group_of: IntArray,
    foreign: npt.NDArray[np.bool_],
    sharing: FloatArray,
    s_starts: IntArray,
    s_keep: FloatArray,
    s_alias: Int32Array,
    s_codes: Int32Array,
    g_starts: IntArray,
    g_keep: FloatArray,
    g_alias: Int32Array,
    g_codes: Int32Array,
) -> Int32Array:
    names = np.empty((3, rows.size), np.int32)
    for i in range(rows.size):
        row = rows[i]
        head = row - member[row]
        group, zip_code = group_of[origin[row]], zips[row]
        own_1, own_2, u_share = _surname(
            seed,
            replicate,
            zip_code,
            dwelling[row],
            member[row],
            group,
            s_starts,
            s_keep,
            s_alias,
            s_codes,
        )
        head_group = group_of[origin[head]]
        first, second = own_1, own_2
        if relationship[row] == _PARTNER or relationship[row] == _CHILD:
            head_1, _, _ = _surname(
                seed,
                replicate,
                zip_code,
                dwelling[row],
                0,
                head_group,
                s_starts,
                s_keep,
                s_alias,
                s_codes,
            )
            share = sharing[1 if head_group == HISPANIC else 0]
            if relationship[row] == _PARTNER:
                if u_share < share:
                    first = head_1
            else:
                first = head_1
                if relationship[head + 1] == _PARTNER:
                    other_1, _, u_other = _surname(
                        seed,
                        replicate,
                        zip_code,
                        dwelling[row],
                        1,
                        group_of[origin[head + 1]],
                        s_starts,
                        s_keep,
                        s_alias,
                        s_codes,
                    )
                    if u_other < share:
                        other_1 = head_1
                    second = other_1
                    if sex[head] == 1 and sex[head + 1] == 0:
                        first, second = other_1, head_1
        cohort = ANY_COHORT
        if not foreign[origin[row]]:
            cohort = min(max((birth[row] // 10_000 - FIRST_COHORT) // 10, 0), COHORTS - 1)
        u0, _, _, _ = uniforms(seed, replicate, _NAME, 2 * member[row] + 1, zip_code, dwelling[row])
        table = (group * SEXES + sex[row]) * GIVEN_TABLES + cohort
        names[0, i] = _draw(table, u0, g_starts, g_keep, g_alias, g_codes)
        names[1, i] = first
        names[2, i] = second if group == HISPANIC else lexicon.ABSENT
    return names


def generate_names(people: People, part: PopulationPart, rows: IntArray, *, rng: Streams) -> Names:
    """Name the people in ``rows``; a name does not depend on which rows are asked for."""
    origin, surnames, given = tables.origins(), surname_alias(), given_alias()
    sharing = np.array([part.partner_same_surname, part.partner_same_surname_hispanic])
    names = _name_rows(
        *rng.key,
        rows,
        tables.zips().zip[people.place].astype(np.int32),
        people.dwelling,
        people.member,
        people.relationship,
        people.sex,
        people.birth,
        people.origin,
        origin.name_group.astype(np.int64),
        origin.foreign_born.astype(np.bool_),
        sharing,
        surnames.starts,
        surnames.keep,
        surnames.alias,
        surnames.codes,
        given.starts,
        given.keep,
        given.alias,
        given.codes,
    )
    return Names(given=names[0], surname_1=names[1], surname_2=names[2])


def draw_names(groups: IntArray, sexes: IntArray, draws: FloatArray) -> Names:
    """Name people who belong to no household here, from uniforms of shape (3, people).

    They take the given names of the foreign-born.
    """
    surnames, given = surname_alias(), given_alias()
    cohort = np.full(groups.size, ANY_COHORT)
    first = _draw_many(groups, draws[0], surnames)
    second = np.where(groups == HISPANIC, _draw_many(groups, draws[1], surnames), lexicon.ABSENT)
    names = _draw_many((groups * SEXES + sexes) * GIVEN_TABLES + cohort, draws[2], given)
    return Names(given=names, surname_1=first, surname_2=second.astype(np.int32))


@compiled
def _draw_rows(
    which: IntArray,
    u: FloatArray,
    starts: IntArray,
    keep: FloatArray,
    alias: Int32Array,
    codes: Int32Array,
) -> Int32Array:
    drawn = np.empty(which.size, np.int32)
    for i in range(which.size):
        drawn[i] = _draw(which[i], u[i], starts, keep, alias, codes)
    return drawn


def _draw_many(which: IntArray, u: FloatArray, table: AliasTables) -> Int32Array:
    return _draw_rows(which.astype(np.int64), u, table.starts, table.keep, table.alias, table.codes)
