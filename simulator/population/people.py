"""Everybody who lives in some places: one loop over their households and group quarters.

The structure of a household comes from ``households``, ages from ``ages`` and ``family_ages``,
origins and statuses from ``composition``, former homes from ``movement``, people in group quarters
from ``quarters``; this module draws them and fills the table of people.

Slots of the household stage, by dwelling: 0 size, name group and origin of the head, kind; 1
variant of the kind; 2 the last move; 3 kind of a facility, by facility. Slots of the person stage,
by dwelling: 4 m for sex, age, birthday (for children: whether a twin) and likeness to the head of
member m (the eldest child's, and grandchild's: which of them all were born here); 4 m + 1 for name
group, origin, status and likeness in status.

Limits: nobody is born on 29 February; same-sex couples are 1 in 100.
"""

from typing import NamedTuple

import numpy as np

from simulator.inversion import category
from simulator.kernels import compiled, inlined
from simulator.population.ages import Ages, age_tables, birth_date, days_old
from simulator.population.buildings import facilities
from simulator.population.composition import (
    ANY_SIZE,
    Makeup,
    drawn_origin,
    drawn_status,
    makeup_of,
)
from simulator.population.family_ages import Scratch, empty_scratch, fill_ages
from simulator.population.households import (
    LARGEST,
    Members,
    Sizes,
    household_sizes,
    members_of,
    relationship_of,
    sizes_in,
)
from simulator.population.movement import (
    HISPANIC,
    QUARTERS_ROW,
    Moves,
    last_move,
    move_row,
    moves_of,
)
from simulator.population.places import Places, Sample
from simulator.population.quarters import Quarters, facility_kind, quarters_tables, resident
from simulator.randomness import IntArray, Stage, Streams, Word, uniforms
from simulator.records import (
    HouseholdKind,
    Int8Array,
    Int32Array,
    People,
    Relationship,
    rows_of_runs,
)
from simulator.reference import tables
from simulator.scenario.schema import PopulationPart

YEAR = 365
_HOUSEHOLD, _PERSON = int(Stage.HOUSEHOLD), int(Stage.PERSON)
_HEAD, _CHILD = int(Relationship.HEAD), int(Relationship.CHILD)
_GRANDCHILD, _PARENT = int(Relationship.GRANDCHILD), int(Relationship.PARENT)
_RELATIVE, _IN_QUARTERS = int(Relationship.RELATIVE), int(Relationship.QUARTERS)
_THREE, _KIN = int(HouseholdKind.THREE_GENERATIONS), int(HouseholdKind.RELATIVES)
_QUARTERS = int(HouseholdKind.QUARTERS)


class Columns(NamedTuple):
    """The columns of ``People``, to be filled."""

    place: Int32Array
    dwelling: Int32Array
    member: Int8Array
    size: Int8Array
    household: Int8Array
    relationship: Int8Array
    sex: Int8Array
    age: Int8Array
    birth: Int32Array
    origin: Int8Array
    status: Int8Array
    years_since_move: Int8Array
    former_place: Int32Array
    former_dwelling: Int32Array


class Model(NamedTuple):
    """Everything that people are drawn from."""

    sizes: Sizes
    ages: Ages
    makeup: Makeup
    moves: Moves
    quarters: Quarters


class Homes(NamedTuple):
    """The places of a shard: rows of the ZIP table, ZIP codes, dwellings in use of both kinds.

    ``dwellings`` counts all households' dwellings of the ZIP: the first number of its quarters.
    ``facilities`` says which facility of its ZIP each place in quarters belongs to, end to end.
    """

    rows: IntArray
    zips: Int32Array
    households: IntArray
    quarters: IntArray
    dwellings: IntArray
    facilities: IntArray


@inlined
def _origin_of(
    relationship: int,
    member: int,
    parent: int,
    eldest: int,
    p: int,
    second: tuple[float, float, float, float],
    model: Model,
    scratch: Scratch,
) -> int:
    """Return the origin of a member; ``parent`` is that of a child's or grandchild's parent.

    ``eldest`` is their eldest sister or brother here. They share its uniform, and the chance of
    having been born here falls with age: a family moves once, so that nobody has a younger sibling
    who was born abroad unless born abroad too, and twins are born in one country.
    """
    makeup, head, u = model.makeup, scratch.origins[0], scratch.draws[member, 3]
    if relationship == _HEAD:
        return int(head)
    if relationship in (_CHILD, _GRANDCHILD):
        age = scratch.days[member] // YEAR
        here = scratch.draws[eldest, 3] < makeup.native_by_age[age]
        if makeup.foreign[parent] and here:
            return int(makeup.native_of[makeup.group_of[parent]])
        return int(parent)
    if relationship in (_PARENT, _RELATIVE) or u < makeup.same_origin:
        return int(head)
    group = category(model.sizes.groups, p, second[0])
    return drawn_origin(group, ANY_SIZE, second[1], makeup)


@inlined
def _fill_household(
    seed: Word,
    replicate: Word,
    homes: Homes,
    p: int,
    dwelling: int,
    size: int,
    of: Members,
    model: Model,
    scratch: Scratch,
    at: int,
    columns: Columns,
) -> int:
    """Fill what differs between the members of a household; return the head's status."""
    makeup, origins = model.makeup, scratch.origins
    head_status, parent = 0, origins[0]
    for member in range(size):
        relationship = relationship_of(member, of)
        second = uniforms(seed, replicate, _PERSON, 4 * member + 1, homes.zips[p], dwelling)
        eldest = 1 + of.partners
        if relationship == _GRANDCHILD:
            parent = origins[eldest]
            eldest += of.children
        origin = _origin_of(relationship, member, parent, eldest, p, second, model, scratch)
        origins[member] = origin
        status = 0
        if makeup.foreign[origin]:
            kin = relationship in (_CHILD, _GRANDCHILD)
            if member and origin == origins[0] and (kin or second[3] < makeup.same_status):
                status = head_status
            else:
                status = drawn_status(origin, second[2], makeup)
        if member == 0:
            head_status = status
        days, row = scratch.days[member], at + member
        columns.member[row], columns.relationship[row] = member, relationship
        columns.sex[row], columns.age[row] = scratch.sexes[member], days // YEAR
        columns.birth[row] = birth_date(days, model.ages)
        columns.origin[row], columns.status[row] = origin, status
    return head_status


@inlined
def _fill_move(
    seed: Word,
    replicate: Word,
    homes: Homes,
    p: int,
    dwelling: int,
    group: int,
    row: int,
    age: int,
    size: int,
    kind: int,
    moves: Moves,
    at: int,
    columns: Columns,
) -> None:
    """Fill what the members of a household share: where they live and lived before."""
    years, place, former = last_move(
        seed,
        replicate,
        homes.zips[p],
        dwelling,
        homes.rows[p],
        homes.households[p],
        group,
        row,
        age,
        moves,
    )
    for i in range(at, at + size):
        columns.place[i], columns.dwelling[i] = homes.rows[p], dwelling
        columns.size[i], columns.household[i] = size, kind
        columns.years_since_move[i] = years
        columns.former_place[i], columns.former_dwelling[i] = place, former


@inlined
def _household(
    seed: Word,
    replicate: Word,
    homes: Homes,
    p: int,
    dwelling: int,
    size: int,
    model: Model,
    scratch: Scratch,
    at: int,
    columns: Columns,
) -> None:
    """Fill the people of one household."""
    zip_code, makeup = homes.zips[p], model.makeup
    _, u_group, u_origin, u_kind = uniforms(seed, replicate, _HOUSEHOLD, 0, zip_code, dwelling)
    group = category(model.sizes.groups, p, u_group)
    kind = category(model.sizes.kinds, LARGEST * group + size - 1, u_kind)
    variant = 0.0
    if kind in (_THREE, _KIN):
        variant = uniforms(seed, replicate, _HOUSEHOLD, 1, zip_code, dwelling)[0]
    of = members_of(size, kind, variant)
    for member in range(size):
        first = uniforms(seed, replicate, _PERSON, 4 * member, zip_code, dwelling)
        for k in range(4):
            scratch.draws[member, k] = first[k]
    scratch.origins[0] = drawn_origin(group, size, u_origin, makeup)
    fill_ages(kind, of, size, makeup.class_of[scratch.origins[0]], makeup.twin, model.ages, scratch)
    status = _fill_household(
        seed, replicate, homes, p, dwelling, size, of, model, scratch, at, columns
    )
    age = scratch.days[0] // YEAR
    row = move_row(group == HISPANIC, status, age)
    _fill_move(
        seed, replicate, homes, p, dwelling, group, row, age, size, kind, model.moves, at, columns
    )


@inlined
def _resident(
    seed: Word,
    replicate: Word,
    homes: Homes,
    p: int,
    number: int,
    facility: int,
    model: Model,
    at: int,
    columns: Columns,
) -> None:
    """Fill the person who lives in one place in group quarters."""
    zip_code, dwelling, makeup = homes.zips[p], homes.dwellings[p] + number, model.makeup
    _, u_group, u_origin, _ = uniforms(seed, replicate, _HOUSEHOLD, 0, zip_code, dwelling)
    u_sex, u_age, u_day, _ = uniforms(seed, replicate, _PERSON, 0, zip_code, dwelling)
    u_status = uniforms(seed, replicate, _PERSON, 1, zip_code, dwelling)[2]
    group = category(model.sizes.groups, p, u_group)
    origin = drawn_origin(group, ANY_SIZE, u_origin, makeup)
    kind = facility_kind(seed, replicate, zip_code, facility, model.quarters)
    age, sex = resident(kind, u_sex, u_age, model.quarters)
    columns.member[at], columns.relationship[at] = 0, _IN_QUARTERS
    columns.sex[at], columns.age[at] = sex, age
    columns.birth[at] = birth_date(days_old(age, u_day), model.ages)
    columns.origin[at] = origin
    columns.status[at] = drawn_status(origin, u_status, makeup)
    _fill_move(
        seed,
        replicate,
        homes,
        p,
        dwelling,
        group,
        QUARTERS_ROW,
        age,
        1,
        _QUARTERS,
        model.moves,
        at,
        columns,
    )


@compiled
def _fill(
    seed: Word,
    replicate: Word,
    homes: Homes,
    sizes: Int8Array,
    model: Model,
    columns: Columns,
) -> None:
    """Fill the columns, place by place: first its households, then its group quarters."""
    scratch = empty_scratch()
    at, household, place = 0, 0, 0
    for p in range(homes.rows.size):
        for dwelling in range(homes.households[p]):
            size = sizes[household]
            household += 1
            _household(seed, replicate, homes, p, dwelling, size, model, scratch, at, columns)
            at += size
        for number in range(homes.quarters[p]):
            facility = homes.facilities[place]
            _resident(seed, replicate, homes, p, number, facility, model, at, columns)
            at += 1
            place += 1


def _empty_columns(count: int) -> Columns:
    def wide() -> Int32Array:
        return np.empty(count, np.int32)

    def narrow() -> Int8Array:
        return np.empty(count, np.int8)

    return Columns(
        place=wide(),
        dwelling=wide(),
        member=narrow(),
        size=narrow(),
        household=narrow(),
        relationship=narrow(),
        sex=narrow(),
        age=narrow(),
        birth=wide(),
        origin=narrow(),
        status=narrow(),
        years_since_move=narrow(),
        former_place=wide(),
        former_dwelling=wide(),
    )


def _homes(places: Places) -> Homes:
    frame = tables.zips()
    dwellings = frame.households[places.rows]
    return Homes(
        places.rows,
        frame.zip[places.rows].astype(np.int32),
        places.households,
        places.quarters,
        dwellings,
        facilities(
            np.repeat(places.rows, places.quarters), rows_of_runs(dwellings, places.quarters)
        ),
    )


def generate_people(
    places: Places, sample: Sample, part: PopulationPart, *, rng: Streams
) -> People:
    """Generate everybody who lives in ``places``; former homes lie in ``sample``.

    Place by place, first its households in order of the dwelling, the head first, then the people
    in its group quarters.
    """
    shape = sizes_in(places)
    sizes = household_sizes(places, shape, rng=rng)
    model = Model(shape, age_tables(), makeup_of(part), moves_of(sample, part), quarters_tables())
    columns = _empty_columns(int(sizes.sum() + places.quarters.sum()))
    _fill(*rng.key, _homes(places), sizes, model, columns)
    return People(**columns._asdict())
