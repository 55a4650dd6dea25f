"""The people of each household: age, sex, origin, legal status, birth date.

The head's name group is drawn from the ZIP's composition, the origin from the national mix of that
group; partners mostly share origin and status; children of foreign-born parents are mostly
native-born.

Limits: composition is by household, not by person; origins within a group do not cluster in
space; nobody is born on 29 February; same-sex couples are 1 in 100.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.kernels import compiled
from simulator.population.households import (
    COUPLE,
    HOUSEMATES,
    Moves,
    household_sizes,
    last_move,
    moves_of,
    pick,
    structure_of,
)
from simulator.population.places import Places, Sample
from simulator.randomness import FloatArray, IntArray, Stage, Streams, Word, uniforms
from simulator.records import HouseholdKind, People, Relationship
from simulator.reference import tables
from simulator.scenario.schema import PopulationPart

REFERENCE_YEAR, REFERENCE_DAY = 2025, 97  # 7 April 2025, the day of the memorandum
# Age of adults without, and of parents with, children at home: brackets with shares, from ACS
# tables of householders [recalled].
ADULT_BRACKETS = (
    (18, 25, 0.07),
    (25, 35, 0.16),
    (35, 45, 0.13),
    (45, 55, 0.14),
    (55, 65, 0.20),
    (65, 75, 0.18),
    (75, 90, 0.12),
)
PARENT_BRACKETS = ((20, 25, 0.05), (25, 35, 0.25), (35, 45, 0.38), (45, 55, 0.24), (55, 63, 0.08))
OLDEST_CHILD = 27
LEAST_GAP = 18
SAME_SEX = 0.01
# Share of residents who are somebody's child in the household; see _head_mix.
CHILD_SHARE = 0.33
_HOUSEHOLD, _PERSON = int(Stage.HOUSEHOLD), int(Stage.PERSON)
_HEAD, _PARTNER = int(Relationship.HEAD), int(Relationship.PARTNER)
_CHILD, _OTHER = int(Relationship.CHILD), int(Relationship.HOUSEMATE)
_ALONE, _COUPLE = int(HouseholdKind.ALONE), int(HouseholdKind.COUPLE)
_FAMILY, _LONE = int(HouseholdKind.COUPLE_WITH_CHILDREN), int(HouseholdKind.ONE_PARENT)
_SHARED = int(HouseholdKind.HOUSEMATES)
_HISPANIC = tables.NAME_GROUPS.index("hispanic")
_MONTH_ENDS = np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


class Makeup(NamedTuple):
    """What people are drawn from; cumulative distributions, a named tuple for compiled loops."""

    groups: FloatArray  # (places, name groups)
    heads: FloatArray  # (name groups, origins)
    group_of: IntArray  # by origin
    foreign: npt.NDArray[np.bool_]  # by origin
    native_of: IntArray  # by name group: its native-born origin
    statuses: FloatArray  # (origins, statuses)
    adult_ages: FloatArray
    parent_ages: FloatArray
    same_origin: float
    native_children: float
    same_status: float


def _ages(brackets: tuple[tuple[int, int, float], ...]) -> FloatArray:
    shares = np.zeros(90)
    for low, high, share in brackets:
        shares[low:high] = share / (high - low)
    cumulative = np.cumsum(shares)
    cumulative[-1] = 1.0
    return np.asarray(cumulative)


def _head_mix(native_children: float) -> FloatArray:
    """Return the cumulative mix of origins among heads of household, by name group.

    Children of foreign-born heads are mostly native-born, so the foreign-born are commoner among
    heads than among residents by 1 / (1 - share of children x share native-born of them).
    """
    origin = tables.origins()
    weights = np.zeros((len(tables.NAME_GROUPS), len(origin.names)))
    weights[origin.name_group, np.arange(len(origin.names))] = origin.population
    weights /= weights.sum(axis=1, keepdims=True)
    foreign = origin.foreign_born.astype(bool)
    weights[:, foreign] /= 1.0 - CHILD_SHARE * native_children
    abroad = weights[:, foreign].sum(axis=1, keepdims=True)
    weights[:, foreign] *= np.minimum(1.0, 0.99 / np.maximum(abroad, 1e-12))
    rest = 1.0 - weights[:, foreign].sum(axis=1, keepdims=True)
    weights[:, ~foreign] *= rest / weights[:, ~foreign].sum(axis=1, keepdims=True)
    mix = np.cumsum(weights, axis=1)
    return np.asarray(mix / mix[:, -1:])


def _native_origins() -> IntArray:
    """Return the native-born origin of every name group."""
    origin = tables.origins()
    native = np.flatnonzero(~origin.foreign_born.astype(bool))
    return native[np.argsort(origin.name_group[native], kind="stable")].astype(np.int64)


@cache
def _statuses() -> FloatArray:
    statuses = np.cumsum(tables.origins().status_shares, axis=1)
    statuses[:, -1] = 1.0
    return np.asarray(statuses)


def _makeup(places: Places, part: PopulationPart) -> Makeup:
    origin = tables.origins()
    return Makeup(
        groups=np.cumsum(tables.zips().group_shares[places.rows], axis=1),
        heads=_head_mix(part.native_born_children),
        group_of=origin.name_group.astype(np.int64),
        foreign=origin.foreign_born.astype(np.bool_),
        native_of=_native_origins(),
        statuses=_statuses(),
        adult_ages=_ages(ADULT_BRACKETS),
        parent_ages=_ages(PARENT_BRACKETS),
        same_origin=part.partner_same_origin,
        native_children=part.native_born_children,
        same_status=part.partner_same_status,
    )


@compiled
def _birth(age: int, u: float) -> int:
    """Return a birth date yyyymmdd for somebody of this age on the reference day."""
    day = int(u * 365)
    year = REFERENCE_YEAR - age if day < REFERENCE_DAY else REFERENCE_YEAR - age - 1
    month = 0
    while day >= _MONTH_ENDS[month]:
        month += 1
    start = _MONTH_ENDS[month - 1] if month else 0
    return year * 10_000 + (month + 1) * 100 + (day - start + 1)


@compiled
def _relationship(member: int, structure: int) -> int:
    if member == 0:
        return _HEAD
    if structure == HOUSEMATES:
        return _OTHER
    return _PARTNER if member == 1 and structure == COUPLE else _CHILD


@compiled
def _kind(size: int, structure: int) -> int:
    if size == 1:
        return _ALONE
    if structure == HOUSEMATES:
        return _SHARED
    if structure == COUPLE:
        return _COUPLE if size == 2 else _FAMILY
    return _LONE


@compiled
def _person(
    relationship: int,
    head: tuple[int, int, int, int],
    u_sex: float,
    u_age: float,
    u_origin: float,
    other_origin: int,
    adult_age: int,
    makeup: Makeup,
) -> tuple[int, int, int]:
    """Return (age, sex, origin) of one person; ``head`` is (age, sex, origin, status).

    ``other_origin`` is the head's own draw, and for others one that does not follow the head's.
    """
    sex = 0 if u_sex < 0.5 else 1
    if relationship == _HEAD:
        return adult_age, sex, other_origin
    if relationship == _CHILD:
        age = int(u_age * min(OLDEST_CHILD + 1, head[0] - LEAST_GAP + 1))
        native = makeup.foreign[head[2]] and u_origin < makeup.native_children
        return age, sex, makeup.native_of[makeup.group_of[head[2]]] if native else head[2]
    origin = head[2] if u_origin < makeup.same_origin else other_origin
    if relationship == _PARTNER:
        sex = head[1] if u_sex < SAME_SEX else 1 - head[1]
        return min(89, max(18, head[0] - 4 + int(u_age * 9))), sex, origin
    return adult_age, sex, origin


@compiled
def _household(
    seed: Word,
    replicate: Word,
    zip_code: int,
    dwelling: int,
    size: int,
    structure: int,
    head_origin: int,
    groups: FloatArray,
    makeup: Makeup,
    birth: npt.NDArray[np.int32],
    narrow: npt.NDArray[np.int8],
) -> None:
    """Fill birth dates, and (member, size, relationship, sex, age, origin, status) of a household.

    ``groups`` are the cumulative name-group shares of its ZIP.
    """
    has_children = structure != HOUSEMATES and size > (2 if structure == COUPLE else 1)
    head = (0, 0, head_origin, 0)
    for member in range(size):
        relationship = _relationship(member, structure)
        first = uniforms(seed, replicate, _PERSON, member * 4, zip_code, dwelling)
        second = uniforms(seed, replicate, _PERSON, member * 4 + 1, zip_code, dwelling)
        other_origin = pick(makeup.heads[pick(groups, second[1])], second[2])
        ages = makeup.adult_ages
        if member == 0:
            other_origin = head_origin
            if has_children:
                ages = makeup.parent_ages
        age, sex, origin = _person(
            relationship,
            head,
            first[0],
            first[1],
            second[0],
            other_origin,
            pick(ages, first[1]),
            makeup,
        )
        status = pick(makeup.statuses[origin], first[2])
        kin = relationship == _CHILD or second[3] < makeup.same_status
        if member and origin == head_origin and kin:
            status = head[3]
        if member == 0:
            head = (age, sex, origin, status)
        birth[member] = _birth(age, first[3])
        narrow[0, member], narrow[1, member], narrow[2, member] = member, size, relationship
        narrow[3, member], narrow[4, member], narrow[5, member] = sex, age, origin
        narrow[6, member] = status


@compiled
def _fill(
    seed: Word,
    replicate: Word,
    rows: IntArray,
    zips: npt.NDArray[np.int32],
    households: IntArray,
    sizes: npt.NDArray[np.int8],
    makeup: Makeup,
    moves: Moves,
    wide: npt.NDArray[np.int32],
    narrow: npt.NDArray[np.int8],
) -> None:
    """Fill ``wide`` (birth, place, dwelling, former place, former dwelling) and ``narrow``."""
    at, household = 0, 0
    for p in range(rows.size):
        for dwelling in range(households[p]):
            size = sizes[household]
            household += 1
            _, u_group, u_origin, u_structure = uniforms(
                seed, replicate, _HOUSEHOLD, 0, zips[p], dwelling
            )
            structure = structure_of(size, u_structure)
            origin = pick(makeup.heads[pick(makeup.groups[p], u_group)], u_origin)
            group = makeup.group_of[origin]
            years, former_place, former = last_move(
                seed,
                replicate,
                zips[p],
                dwelling,
                rows[p],
                households[p],
                group,
                group == _HISPANIC,
                moves,
            )
            end = at + size
            _household(
                seed,
                replicate,
                zips[p],
                dwelling,
                size,
                structure,
                origin,
                makeup.groups[p],
                makeup,
                wide[0, at:end],
                narrow[:, at:end],
            )
            wide[1, at:end], wide[2, at:end] = rows[p], dwelling
            wide[3, at:end], wide[4, at:end] = former_place, former
            narrow[7, at:end] = years
            narrow[8, at:end] = _kind(size, structure)
            at = end


def generate_people(
    places: Places, sample: Sample, part: PopulationPart, *, rng: Streams
) -> People:
    """Generate everybody who lives in ``places``; former homes lie in ``sample``."""
    sizes = household_sizes(places, rng=rng)
    count = int(sizes.sum())
    wide, narrow = np.empty((5, count), np.int32), np.empty((9, count), np.int8)
    _fill(
        *rng.key,
        places.rows,
        tables.zips().zip[places.rows].astype(np.int32),
        places.households,
        sizes,
        _makeup(places, part),
        moves_of(sample, part),
        wide,
        narrow,
    )
    return People(
        place=wide[1],
        dwelling=wide[2],
        birth=wide[0],
        former_place=wide[3],
        former_dwelling=wide[4],
        member=narrow[0],
        size=narrow[1],
        relationship=narrow[2],
        sex=narrow[3],
        age=narrow[4],
        origin=narrow[5],
        status=narrow[6],
        years_since_move=narrow[7],
        household=narrow[8],
    )
