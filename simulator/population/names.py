"""Names by origin, sex and birth cohort, and how surnames run in families.

Surnames are drawn from the table of the origin; given names of the US-born from that of their name
group, sex and decade of birth, of the foreign-born from that of their origin and sex.
Draws use alias tables (Walker; Vose 1991): O(1) each.

Partners share a surname, the man's, at a stated rate; children bear the father's (a lone parent's)
surname, and some the given name of the parent of their own sex: namesakes in one dwelling are what
a match by name and address cannot tell apart. Every Hispanic person has a second surname, a child
the mother's first one by birth; whether a record shows it is the record's business.

Limits: given name and surname are independent within origin; no suffixes.
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


class _Residents(NamedTuple):
    """What naming needs of each resident; ``table`` is that of given names."""

    zips: Int32Array
    dwelling: Int32Array
    member: Int8Array
    relationship: Int8Array
    sex: Int8Array
    origin: IntArray
    group: IntArray
    table: IntArray


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


def alias_tables(columns: Iterable[tables.Bearers], codes: Int32Array) -> AliasTables:
    """Build one alias table per column of a name table over the codes of its rows."""
    starts, keeps, aliases, kept_codes = [0], [], [], []
    for column in columns:
        count = column.rows.size
        keep, alias = np.empty(count), np.empty(count, np.int32)
        if count:
            _vose(column.people * (count / column.people.sum()), keep, alias)
        keeps.append(keep)
        aliases.append(alias)
        kept_codes.append(codes[column.rows].astype(np.int32))
        starts.append(starts[-1] + count)
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


@cache
def surname_alias() -> AliasTables:
    """Return the alias tables of surnames, one per origin."""
    return alias_tables(tables.surnames().by_origin, lexicon.names().surname_codes)


@cache
def given_alias() -> AliasTables:
    """Return the alias tables of given names, one per column of the given-name table."""
    return alias_tables(tables.given_names().columns, lexicon.names().given_codes)


def given_table(origin: IntArray, sex: IntArray, cohort: IntArray) -> IntArray:
    """Return the column of the given-name table from which people draw; cohort of the US-born."""
    table = tables.origins()
    native = (table.name_group.astype(np.int64)[origin] * SEXES + sex) * COHORTS + cohort
    return np.where(
        table.foreign_born[origin], tables.NATIVE_CELLS + origin * SEXES + sex, native
    ).astype(np.int64)


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
    origin = residents.origin[row]
    return _draw(origin, u0, surnames), _draw(origin, u1, surnames), u2


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
    return _draw(residents.table[bearer], u0, given)


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
    cohort = np.clip((people.birth // 10_000 - FIRST_COHORT) // 10, 0, COHORTS - 1)
    origin = people.origin.astype(np.int64)
    return _Residents(
        zips=tables.zips().zip[people.place].astype(np.int32),
        dwelling=people.dwelling,
        member=people.member,
        relationship=people.relationship,
        sex=people.sex,
        origin=origin,
        group=tables.origins().name_group.astype(np.int64)[origin],
        table=given_table(origin, people.sex.astype(np.int64), cohort.astype(np.int64)),
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


def draw_names(origins: IntArray, sexes: IntArray, draws: FloatArray) -> Names:
    """Name people born abroad who belong to no household here, from uniforms, shape (3, people)."""
    surnames = surname_alias()
    hispanic = tables.origins().name_group[origins] == HISPANIC
    first = _draw_many(origins, draws[0], surnames)
    second = np.where(hispanic, _draw_many(origins, draws[1], surnames), lexicon.ABSENT)
    given = given_table(origins, sexes, np.zeros(origins.size, dtype=np.int64))
    names = _draw_many(given, draws[2], given_alias())
    return Names(
        given=names,
        middle=np.full(origins.size, lexicon.ABSENT, np.int32),
        surname_1=first,
        surname_2=second.astype(np.int32),
        suffix=np.zeros(origins.size, np.int8),
    )


@compiled
def _draw_rows(which: IntArray, u: FloatArray, tables_: AliasTables) -> Int32Array:
    drawn = np.empty(which.size, np.int32)
    for i in range(which.size):
        drawn[i] = _draw(which[i], u[i], tables_)
    return drawn


def _draw_many(which: IntArray, u: FloatArray, table: AliasTables) -> Int32Array:
    return _draw_rows(which.astype(np.int64), u, table)
