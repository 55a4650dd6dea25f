"""Households in dwellings and the people in them: age, sex, origin, legal status, last move.

Every dwelling in use holds one household, a pure function of (seed, replicate, ZIP, dwelling). The
head's name group is drawn from the ZIP's composition, the origin from the national mix of that
group; partners mostly share it; children of foreign-born parents are mostly native-born. Household
size follows the national distribution tilted to the ZIP's mean.

A household that moved within the country came from a ZIP drawn by where households of the head's
name group live.

Limits: composition is by household, not by person; origins within a group do not cluster in
space; no group quarters; nobody is born on 29 February; same-sex couples are 1 in 100.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from simulator.kernels import compiled
from simulator.population.places import Places, Sample
from simulator.randomness import FloatArray, IntArray, Stage, Streams, Word, uniforms
from simulator.records import People, Relationship
from simulator.reference import tables
from simulator.scenario.schema import PopulationPart

REFERENCE_YEAR, REFERENCE_DAY = 2025, 97  # 7 April 2025, the day of the memorandum
LARGEST = 7
# ACS 2022, households by size 1 to 7 and more [recalled].
SIZE_SHARES = np.array([0.28, 0.345, 0.152, 0.128, 0.059, 0.022, 0.014])
# Structure of households of 2 and of 3 or more: couple, one parent; the rest are housemates.
COUPLE_SHARE = np.array([0.72, 0.64])
PARENT_SHARE = np.array([0.13, 0.14])
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
MOST_YEARS = 60
MOVE_SLOT = 2  # of the household stage: the draws of the last move
# Share of residents who are somebody's child in the household; see _head_mix.
CHILD_SHARE = 0.33
_MEANS = np.linspace(1.0, 6.0, 101)
_HOUSEHOLD, _PERSON = int(Stage.HOUSEHOLD), int(Stage.PERSON)
_HEAD, _PARTNER = int(Relationship.HEAD), int(Relationship.PARTNER)
_CHILD, _OTHER = int(Relationship.CHILD), int(Relationship.OTHER)
_MONTH_ENDS = np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class _Tables:
    """Cumulative distributions the kernel draws from."""

    sizes: FloatArray  # (means, LARGEST)
    statuses: FloatArray  # (origins, statuses)
    adult_ages: FloatArray  # (90,)
    parent_ages: FloatArray  # (90,)


def _tilted_sizes() -> FloatArray:
    sizes = np.arange(1, LARGEST + 1)

    def shares(tilt: float) -> FloatArray:
        weights = SIZE_SHARES * np.exp(tilt * (sizes - 2.5))
        return np.asarray(weights / weights.sum())

    def excess(tilt: float, mean: float) -> float:
        return float((shares(tilt) * sizes).sum()) - mean

    means = np.clip(_MEANS, 1.02, 6.5)
    tilts = [brentq(excess, -12.0, 12.0, args=(mean,)) for mean in means]
    table = np.array([np.cumsum(shares(tilt)) for tilt in tilts])
    table[:, -1] = 1.0
    return table


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


@cache
def _tables() -> _Tables:
    origin = tables.origins()
    statuses = np.cumsum(origin.status_shares, axis=1)
    statuses[:, -1] = 1.0
    return _Tables(_tilted_sizes(), statuses, _ages(ADULT_BRACKETS), _ages(PARENT_BRACKETS))


@compiled
def _pick(cumulative: FloatArray, u: float) -> int:
    index = 0
    while index < cumulative.size - 1 and u >= cumulative[index]:
        index += 1
    return index


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
def _sizes(
    seed: Word,
    replicate: Word,
    zips: npt.NDArray[np.int32],
    households: IntArray,
    size_rows: IntArray,
    size_table: FloatArray,
) -> npt.NDArray[np.int8]:
    sizes = np.empty(households.sum(), np.int8)
    at = 0
    for p in range(zips.size):
        for dwelling in range(households[p]):
            u = uniforms(seed, replicate, _HOUSEHOLD, 0, zips[p], dwelling)[0]
            sizes[at] = 1 + _pick(size_table[size_rows[p]], u)
            at += 1
    return sizes


@compiled
def _last_move(
    seed: Word,
    replicate: Word,
    zip_code: int,
    dwelling: int,
    place: int,
    here: int,
    still_there: FloatArray,
    same_zip: float,
    sample_rows: IntArray,
    sample_households: IntArray,
    sample_cumulative: FloatArray,
) -> tuple[int, int, int]:
    """Return years since the last move and the former (place, dwelling)."""
    u0, u1, u2, u3 = uniforms(seed, replicate, _HOUSEHOLD, MOVE_SLOT, zip_code, dwelling)
    years = 0
    while years < MOST_YEARS and u0 < still_there[years]:
        years += 1
    former_place, count = place, here
    if u1 >= same_zip:
        index = int(np.searchsorted(sample_cumulative, u2, side="right"))
        index = min(index, sample_rows.size - 1)
        former_place, count = sample_rows[index], sample_households[index]
    former = int(u3 * count)
    if former_place == place and former == dwelling:
        former = (former + 1) % count
    return years, former_place, former


@compiled
def _structure(size: int, u: float) -> int:
    """Return 0 for a couple, 1 for one parent, 2 for housemates; one person alone is 2."""
    if size == 1:
        return 2
    row = 0 if size == 2 else 1
    if u < COUPLE_SHARE[row]:
        return 0
    return 1 if u < COUPLE_SHARE[row] + PARENT_SHARE[row] else 2


@compiled
def _relationship(member: int, structure: int) -> int:
    if member == 0:
        return _HEAD
    if structure == 2:
        return _OTHER
    return _PARTNER if member == 1 and structure == 0 else _CHILD


@compiled
def _person(
    relationship: int,
    head: tuple[int, int, int, int],
    u_sex: float,
    u_age: float,
    u_origin: float,
    other_origin: int,
    native_origin: int,
    head_foreign: bool,
    adult_age: int,
    shares: FloatArray,
) -> tuple[int, int, int]:
    """Return (age, sex, origin) of one person; ``head`` is (age, sex, origin, status)."""
    sex = 0 if u_sex < 0.5 else 1
    if relationship == _HEAD:
        return adult_age, sex, other_origin
    if relationship == _CHILD:
        age = int(u_age * min(OLDEST_CHILD + 1, head[0] - LEAST_GAP + 1))
        native = head_foreign and u_origin < shares[2]
        return age, sex, native_origin if native else head[2]
    origin = head[2] if u_origin < shares[1] else other_origin
    if relationship == _PARTNER:
        sex = head[1] if u_sex < SAME_SEX else 1 - head[1]
        return min(89, max(18, head[0] - 4 + int(u_age * 9))), sex, origin
    return adult_age, sex, origin


@compiled
def _fill(
    seed: Word,
    replicate: Word,
    rows: IntArray,
    zips: npt.NDArray[np.int32],
    households: IntArray,
    sizes: npt.NDArray[np.int8],
    groups: FloatArray,
    origin_mix: FloatArray,
    origin_group: IntArray,
    foreign: npt.NDArray[np.bool_],
    native_of_group: IntArray,
    statuses: FloatArray,
    adult_ages: FloatArray,
    parent_ages: FloatArray,
    still_there: FloatArray,
    shares: FloatArray,
    sample_rows: IntArray,
    sample_households: IntArray,
    sample_cumulative: FloatArray,
    wide: npt.NDArray[np.int32],
    narrow: npt.NDArray[np.int8],
) -> None:
    """Fill ``wide`` (place, dwelling, birth, former place, former dwelling) and ``narrow``."""
    at, household = 0, 0
    for p in range(rows.size):
        for dwelling in range(households[p]):
            size = sizes[household]
            household += 1
            _, u_group, u_origin, u_type = uniforms(
                seed, replicate, _HOUSEHOLD, 0, zips[p], dwelling
            )
            structure = _structure(size, u_type)
            head_origin = _pick(origin_mix[_pick(groups[p], u_group)], u_origin)
            hispanic = 1 if origin_group[head_origin] == 2 else 0
            years, former_place, former = _last_move(
                seed,
                replicate,
                zips[p],
                dwelling,
                rows[p],
                households[p],
                still_there[hispanic],
                shares[0],
                sample_rows,
                sample_households,
                sample_cumulative[origin_group[head_origin]],
            )
            has_children = structure < 2 and size > (2 if structure == 0 else 1)
            head = (0, 0, 0, 0)
            for member in range(size):
                relationship = _relationship(member, structure)
                first = uniforms(seed, replicate, _PERSON, member * 4, zips[p], dwelling)
                second = uniforms(seed, replicate, _PERSON, member * 4 + 1, zips[p], dwelling)
                other_origin = _pick(origin_mix[_pick(groups[p], second[1])], second[2])
                ages = parent_ages if member == 0 and has_children else adult_ages
                if member == 0:
                    other_origin = head_origin
                age, sex, origin = _person(
                    relationship,
                    head,
                    first[0],
                    first[1],
                    second[0],
                    other_origin,
                    native_of_group[origin_group[head_origin]],
                    foreign[head_origin],
                    _pick(ages, first[1]),
                    shares,
                )
                status = _pick(statuses[origin], first[2])
                kin = relationship == _CHILD or second[3] < shares[3]
                if member and origin == head_origin and kin:
                    status = head[3]
                if member == 0:
                    head = (age, sex, origin, status)
                wide[0, at], wide[1, at] = rows[p], dwelling
                wide[2, at] = _birth(age, first[3])
                wide[3, at], wide[4, at] = former_place, former
                narrow[0, at], narrow[1, at], narrow[2, at] = member, size, relationship
                narrow[3, at], narrow[4, at], narrow[5, at] = sex, age, origin
                narrow[6, at], narrow[7, at] = status, years
                at += 1


def _still_there(part: PopulationPart) -> FloatArray:
    """Return (1 - m)^(t + 1), the chance of not having moved for t + 1 years, for each group."""
    rates = np.array(
        [part.annual_move_rate, min(1.0, part.annual_move_rate * part.hispanic_move_ratio)]
    )
    return np.asarray((1.0 - rates)[:, None] ** np.arange(1, MOST_YEARS + 1)[None, :])


def generate_people(
    places: Places, sample: Sample, part: PopulationPart, *, rng: Streams
) -> People:
    """Generate everybody who lives in ``places``; former homes lie in ``sample``."""
    frame, origin, table = tables.zips(), tables.origins(), _tables()
    zips = frame.zip[places.rows].astype(np.int32)
    mean = frame.population[places.rows] / frame.households[places.rows]
    size_rows = np.argmin(np.abs(mean[:, None] - _MEANS[None, :]), axis=1)
    groups = np.cumsum(frame.group_shares[places.rows], axis=1)
    native = np.array(
        [
            next(
                i
                for i in range(len(origin.names))
                if origin.name_group[i] == group and not origin.foreign_born[i]
            )
            for group in range(len(tables.NAME_GROUPS))
        ]
    )
    seed, replicate = rng.key
    sizes = _sizes(seed, replicate, zips, places.households, size_rows, table.sizes)
    count = int(sizes.sum())
    wide, narrow = np.empty((5, count), np.int32), np.empty((8, count), np.int8)
    shares = np.array(
        [
            part.same_zip_move_share,
            part.partner_same_origin,
            part.native_born_children,
            part.partner_same_status,
        ]
    )
    _fill(
        seed,
        replicate,
        places.rows,
        zips,
        places.households,
        sizes,
        groups,
        _head_mix(part.native_born_children),
        origin.name_group.astype(np.int64),
        origin.foreign_born.astype(np.bool_),
        native,
        table.statuses,
        table.adult_ages,
        table.parent_ages,
        _still_there(part),
        shares,
        sample.places.rows,
        sample.places.households,
        sample.by_group,
        wide,
        narrow,
    )
    return People(
        place=wide[0],
        dwelling=wide[1],
        birth=wide[2],
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
    )


def last_move_recency(people: People, rows: IntArray, *, rng: Streams) -> FloatArray:
    """Return where people stand by time since their last move: 0 the latest, 1 the longest ago.

    Whoever is below 1 - (1 - m)^t moved within the last t years, m being the rate of their group.
    """
    moved = rng.columns(
        Stage.HOUSEHOLD,
        np.full(rows.size, MOVE_SLOT),
        tables.zips().zip[people.place[rows]].astype(np.int64),
        people.dwelling[rows].astype(np.int64),
    )[0]
    return np.asarray(1.0 - moved)
