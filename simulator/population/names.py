"""Names by origin, sex and birth cohort, and how surnames run in families.

Surnames are drawn from the Census table of the origin's name group; given names from the Census
table of that group and sex, for the native-born tilted to the decade of birth by the survivors of
registered births. Draws use alias tables (Walker; Vose 1991): O(1) each.

Partners share a surname, the man's, at a stated rate; children bear the father's (a lone parent's)
surname, and some the given name of the parent of their own sex: namesakes in one dwelling are what
a match by name and address cannot tell apart. Every Hispanic person has a second surname, a child
the mother's first one by birth; whether a record shows it is the record's business.

Limits: given name and surname are independent within origin; the cohort tilt multiplies margins
rather than fitting them; the foreign-born borrow the names of their Census group; no suffixes.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np

from simulator import lexicon
from simulator.kernels import compiled
from simulator.randomness import FloatArray, IntArray, Stage, Streams, Word, uniforms
from simulator.records import Int8Array, Int32Array, Names, People, Relationship
from simulator.reference import tables
from simulator.scenario.schema import NamesPart

_NAME = int(Stage.NAME)
_PARTNER, _CHILD = int(Relationship.PARTNER), int(Relationship.CHILD)
HISPANIC = tables.NAME_GROUPS.index("hispanic")
SEXES = len(tables.SEXES)
COHORTS = len(tables.COHORT_FIRST_YEARS)
FIRST_COHORT = tables.COHORT_FIRST_YEARS[0]
ANY_COHORT = COHORTS  # the given-name table of the foreign-born
GIVEN_TABLES = COHORTS + 1


class _Residents(NamedTuple):
    """What naming needs of each resident; ``group`` is the name group, ``cohort`` the table."""

    zips: Int32Array
    dwelling: Int32Array
    member: Int8Array
    relationship: Int8Array
    sex: Int8Array
    group: IntArray
    cohort: IntArray


class AliasTables(NamedTuple):
    """Several categorical distributions end to end; table t is ``starts[t]:starts[t + 1]``.

    A named tuple, so that compiled loops take it whole.
    """

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
def _draw(table: int, u: float, tables_: AliasTables) -> int:
    """Draw a code from an alias table; one uniform serves for the cell and the coin."""
    start, count = tables_.starts[table], tables_.starts[table + 1] - tables_.starts[table]
    scaled = u * count
    cell = min(int(scaled), count - 1)
    if scaled - cell >= tables_.keep[start + cell]:
        cell = tables_.alias[start + cell]
    return int(tables_.codes[start + cell])


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
def _name_uniforms(
    seed: Word, replicate: Word, residents: _Residents, row: int, block: int
) -> tuple[float, float, float, float]:
    """Return the uniforms of a person's surnames (block 0) or given name (block 1)."""
    slot = 2 * residents.member[row] + block
    return uniforms(seed, replicate, _NAME, slot, residents.zips[row], residents.dwelling[row])


@compiled
def _own_surnames(
    seed: Word, replicate: Word, residents: _Residents, row: int, surnames: AliasTables
) -> tuple[int, int, float]:
    """Return the two surnames a person was born with and the uniform that decides on marriage."""
    u0, u1, u2, _ = _name_uniforms(seed, replicate, residents, row, 0)
    group = residents.group[row]
    return _draw(group, u0, surnames), _draw(group, u1, surnames), u2


@compiled
def _used_surname(
    seed: Word,
    replicate: Word,
    residents: _Residents,
    row: int,
    sharing: FloatArray,
    surnames: AliasTables,
) -> int:
    """Return the first surname of anybody but a child: one's own or, married, the husband's.

    Of a couple with one name, both bear the man's; of two men or two women, the head's.
    """
    own, _, _ = _own_surnames(seed, replicate, residents, row, surnames)
    partner = row - residents.member[row] + 1
    couple = partner < residents.relationship.size and (residents.relationship[partner] == _PARTNER)
    if not couple or row > partner:
        return own
    head = partner - 1
    _, _, u_marriage = _own_surnames(seed, replicate, residents, partner, surnames)
    share = sharing[1] if residents.group[head] == HISPANIC else sharing[0]
    if u_marriage >= share:
        return own
    giver = partner if residents.sex[head] == 1 and residents.sex[partner] == 0 else head
    return _own_surnames(seed, replicate, residents, giver, surnames)[0]


@compiled
def _surnames(
    seed: Word,
    replicate: Word,
    residents: _Residents,
    row: int,
    sharing: FloatArray,
    surnames: AliasTables,
) -> tuple[int, int]:
    """Return first and second surname: a child has the father's and the mother's by birth."""
    own_second = _own_surnames(seed, replicate, residents, row, surnames)[1]
    if residents.relationship[row] != _CHILD:
        return _used_surname(seed, replicate, residents, row, sharing, surnames), own_second
    head = row - residents.member[row]
    if residents.relationship[head + 1] != _PARTNER:
        first, second, _ = _own_surnames(seed, replicate, residents, head, surnames)
        return first, second
    father, mother = head, head + 1
    if residents.sex[head] == 1 and residents.sex[head + 1] == 0:
        father, mother = head + 1, head
    first = _used_surname(seed, replicate, residents, father, sharing, surnames)
    return first, _own_surnames(seed, replicate, residents, mother, surnames)[0]


@compiled
def _namesake(residents: _Residents, row: int) -> int:
    """Return the row of a child's parent of the same sex, the child's own if there is none."""
    head = row - residents.member[row]
    if residents.sex[head] == residents.sex[row]:
        return int(head)
    couple = residents.relationship[head + 1] == _PARTNER
    if couple and residents.sex[head + 1] == residents.sex[row]:
        return int(head + 1)
    return row


@compiled
def _given(
    seed: Word,
    replicate: Word,
    residents: _Residents,
    row: int,
    named_after: float,
    given: AliasTables,
) -> int:
    """Return the given name: one's own draw, or for some children that of a parent."""
    bearer = row
    if residents.relationship[row] == _CHILD:
        u1 = _name_uniforms(seed, replicate, residents, row, 1)[1]
        if u1 < named_after:
            bearer = _namesake(residents, row)
    u0 = _name_uniforms(seed, replicate, residents, bearer, 1)[0]
    table = residents.group[bearer] * SEXES + residents.sex[bearer]
    return _draw(table * GIVEN_TABLES + residents.cohort[bearer], u0, given)


@compiled
def _name_rows(
    seed: Word,
    replicate: Word,
    rows: IntArray,
    residents: _Residents,
    sharing: FloatArray,
    named_after: float,
    surnames: AliasTables,
    given: AliasTables,
) -> Int32Array:
    names = np.empty((3, rows.size), np.int32)
    for i in range(rows.size):
        row = rows[i]
        first, second = _surnames(seed, replicate, residents, row, sharing, surnames)
        names[0, i] = _given(seed, replicate, residents, row, named_after, given)
        names[1, i] = first
        names[2, i] = second if residents.group[row] == HISPANIC else lexicon.ABSENT
    return names


def _residents(people: People) -> _Residents:
    origin = tables.origins()
    cohort = np.clip((people.birth // 10_000 - FIRST_COHORT) // 10, 0, COHORTS - 1)
    abroad = origin.foreign_born.astype(np.bool_)[people.origin]
    return _Residents(
        zips=tables.zips().zip[people.place].astype(np.int32),
        dwelling=people.dwelling,
        member=people.member,
        relationship=people.relationship,
        sex=people.sex,
        group=origin.name_group.astype(np.int64)[people.origin],
        cohort=np.where(abroad, ANY_COHORT, cohort).astype(np.int64),
    )


def generate_names(people: People, part: NamesPart, rows: IntArray, *, rng: Streams) -> Names:
    """Name the people in ``rows``; a name does not depend on which rows are asked for."""
    sharing = np.array([part.partner_same_surname, part.partner_same_surname_hispanic])
    names = _name_rows(
        *rng.key,
        rows,
        _residents(people),
        sharing,
        part.child_named_after_parent,
        surname_alias(),
        given_alias(),
    )
    return Names(
        given=names[0],
        middle=np.full(rows.size, lexicon.ABSENT, np.int32),
        surname_1=names[1],
        surname_2=names[2],
        suffix=np.zeros(rows.size, np.int8),
    )


def draw_names(groups: IntArray, sexes: IntArray, draws: FloatArray) -> Names:
    """Name people who belong to no household here, from uniforms of shape (3, people).

    They take the given names of the foreign-born.
    """
    surnames, given = surname_alias(), given_alias()
    cohort = np.full(groups.size, ANY_COHORT)
    first = _draw_many(groups, draws[0], surnames)
    second = np.where(groups == HISPANIC, _draw_many(groups, draws[1], surnames), lexicon.ABSENT)
    names = _draw_many((groups * SEXES + sexes) * GIVEN_TABLES + cohort, draws[2], given)
    return Names(
        given=names,
        middle=np.full(groups.size, lexicon.ABSENT, np.int32),
        surname_1=first,
        surname_2=second.astype(np.int32),
        suffix=np.zeros(groups.size, np.int8),
    )


@compiled
def _draw_rows(which: IntArray, u: FloatArray, tables_: AliasTables) -> Int32Array:
    drawn = np.empty(which.size, np.int32)
    for i in range(which.size):
        drawn[i] = _draw(which[i], u[i], tables_)
    return drawn


def _draw_many(which: IntArray, u: FloatArray, table: AliasTables) -> Int32Array:
    return _draw_rows(which.astype(np.int64), u, table)
