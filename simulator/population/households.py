"""Households in dwellings: how many people, of what structure, and where they lived before.

Every dwelling in use holds one household, a pure function of (seed, replicate, ZIP, dwelling). Its
size follows the national distribution tilted to the ZIP's mean. Households move as one; one that
moved to another ZIP came from a ZIP drawn by where households of the head's name group live.

Limits: no group quarters; the last move only.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from simulator.kernels import compiled
from simulator.population.places import Places, Sample
from simulator.randomness import FloatArray, IntArray, Stage, Streams, Word, uniforms
from simulator.records import People
from simulator.reference import tables
from simulator.scenario.schema import PopulationPart

LARGEST = 7
# ACS 2022, households by size 1 to 7 and more [recalled].
SIZE_SHARES = np.array([0.28, 0.345, 0.152, 0.128, 0.059, 0.022, 0.014])
# Structure of households of 2 and of 3 or more: couple, one parent; the rest are housemates.
COUPLE_SHARE = np.array([0.72, 0.64])
PARENT_SHARE = np.array([0.13, 0.14])
COUPLE, ONE_PARENT, HOUSEMATES = 0, 1, 2
MOST_YEARS = 60
MOVE_SLOT = 2  # of the household stage: the draws of the last move
_MEANS = np.linspace(1.0, 6.0, 101)
_HOUSEHOLD = int(Stage.HOUSEHOLD)


class Moves(NamedTuple):
    """What the last move of a household is drawn from; a named tuple for compiled loops.

    ``still_there`` (two groups, years) is the chance of not having moved; ``cumulative`` (name
    groups, ZIPs of the sample) says where former homes lie.
    """

    still_there: FloatArray
    same_zip: float
    rows: IntArray
    households: IntArray
    cumulative: FloatArray


@cache
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


@compiled
def pick(cumulative: FloatArray, u: float) -> int:
    """Return the category that a uniform falls into."""
    index = 0
    while index < cumulative.size - 1 and u >= cumulative[index]:
        index += 1
    return index


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
            sizes[at] = 1 + pick(size_table[size_rows[p]], u)
            at += 1
    return sizes


def household_sizes(places: Places, *, rng: Streams) -> npt.NDArray[np.int8]:
    """Return the size of every household, place by place and dwelling by dwelling."""
    frame = tables.zips()
    mean = frame.population[places.rows] / frame.households[places.rows]
    size_rows = np.argmin(np.abs(mean[:, None] - _MEANS[None, :]), axis=1)
    zips = frame.zip[places.rows].astype(np.int32)
    return _sizes(*rng.key, zips, places.households, size_rows, _tilted_sizes())


@compiled
def structure_of(size: int, u: float) -> int:
    """Return COUPLE, ONE_PARENT or HOUSEMATES; one person alone is the last."""
    if size == 1:
        return HOUSEMATES
    row = 0 if size == 2 else 1
    if u < COUPLE_SHARE[row]:
        return COUPLE
    return ONE_PARENT if u < COUPLE_SHARE[row] + PARENT_SHARE[row] else HOUSEMATES


@compiled
def last_move(
    seed: Word,
    replicate: Word,
    zip_code: int,
    dwelling: int,
    place: int,
    here: int,
    group: int,
    hispanic: bool,
    moves: Moves,
) -> tuple[int, int, int]:
    """Return years since the last move and the former (place, dwelling) of a household.

    ``here`` is the number of households in its own ``place``.
    """
    u0, u1, u2, u3 = uniforms(seed, replicate, _HOUSEHOLD, MOVE_SLOT, zip_code, dwelling)
    still_there = moves.still_there[1 if hispanic else 0]
    years = 0
    while years < MOST_YEARS and u0 < still_there[years]:
        years += 1
    former_place, count = place, here
    if u1 >= moves.same_zip:
        index = int(np.searchsorted(moves.cumulative[group], u2, side="right"))
        index = min(index, moves.rows.size - 1)
        former_place, count = moves.rows[index], moves.households[index]
    former = int(u3 * count)
    if former_place == place and former == dwelling:
        former = (former + 1) % count
    return years, former_place, former


def _still_there(part: PopulationPart) -> FloatArray:
    """Return (1 - m)^(t + 1), the chance of not having moved for t + 1 years, for each group."""
    rates = np.array(
        [part.annual_move_rate, min(1.0, part.annual_move_rate * part.hispanic_move_ratio)]
    )
    return np.asarray((1.0 - rates)[:, None] ** np.arange(1, MOST_YEARS + 1)[None, :])


def moves_of(sample: Sample, part: PopulationPart) -> Moves:
    """Return what last moves are drawn from in a sample."""
    return Moves(
        _still_there(part),
        part.same_zip_move_share,
        sample.places.rows,
        sample.places.households,
        sample.by_group,
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
