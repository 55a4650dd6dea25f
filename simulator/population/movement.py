"""Where households lived before, and how long ago they moved.

The yearly chance of moving is proportional to ratios of the head's name group (Hispanic or not),
legal status and age today, scaled so that the mean over the nation's people is the scenario's
rate; people in group quarters have a ratio of their own. A household moves as one; one that moved
to another ZIP came from a ZIP drawn by where households of the head's name group live, and every
former home is a household's dwelling in use: somebody else lives there today. Nobody has lived
anywhere for longer than since coming of age: whoever would have moved in before moved at 18.

Limits: the last move only; the chance depends on the age today, not at the time of the move; the
mean is exact for the nation's composition, so a sample's differs a little; heads who live on where
they grew up have moved when they came of age.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from simulator.inversion import Guided, category
from simulator.kernels import inlined
from simulator.population.ages import (
    ADULT,
    ALONE,
    COUPLE,
    GRANDPARENT,
    HOUSEMATE,
    MIDDLE,
    PARENT,
    RELATIVE,
    head_age_shares,
)
from simulator.population.composition import (
    ANY_SIZE,
    foreign_heads,
    head_mix,
    households_by_kind,
)
from simulator.population.households import GRANDPARENT_HEADS, KINDS, LARGEST, nation
from simulator.population.places import Sample
from simulator.randomness import FloatArray, IntArray, Stage, Streams, Word, uniforms
from simulator.records import STATUSES, HouseholdKind, People
from simulator.reference import tables
from simulator.scenario.schema import PopulationPart

MOST_YEARS = 60
MOVE_SLOT = 2  # of the household stage: the draws of the last move
AGE_BRACKETS = (0, 35, 65)  # first ages
HISPANIC = tables.NAME_GROUPS.index("hispanic")
QUARTERS_ROW = 2 * len(STATUSES) * len(AGE_BRACKETS)
_HOUSEHOLD = int(Stage.HOUSEHOLD)
_STATUSES, _BRACKETS = len(STATUSES), len(AGE_BRACKETS)
_MIDDLE_AGED, _OLD = AGE_BRACKETS[1:]


class Moves(NamedTuple):
    """What the last move of a household is drawn from; a named tuple for compiled loops.

    ``still_there`` (rows of ``move_rates``, years) is the chance of not having moved; ``homes`` (a
    row a name group) says in which of ``rows`` former homes lie, with so many ``households``.
    """

    still_there: FloatArray
    same_zip: float
    homes: Guided
    rows: IntArray
    households: IntArray


def _stage_of(kind: int) -> list[tuple[int, float]]:
    """Return the stages of life of heads of a kind of household, with their shares."""
    if kind == HouseholdKind.THREE_GENERATIONS:
        return [(GRANDPARENT, GRANDPARENT_HEADS), (MIDDLE, 1.0 - GRANDPARENT_HEADS)]
    stage = {
        HouseholdKind.ALONE: ALONE,
        HouseholdKind.COUPLE: COUPLE,
        HouseholdKind.COUPLE_WITH_CHILDREN: PARENT,
        HouseholdKind.ONE_PARENT: PARENT,
        HouseholdKind.RELATIVES: RELATIVE,
        HouseholdKind.HOUSEMATES: HOUSEMATE,
    }
    return [(stage[HouseholdKind(kind)], 1.0)]


def _people_by_head(native_children: float) -> FloatArray:
    """Return people of the nation by what moves them, (Hispanic or not, statuses, brackets).

    That is their head's name group, status and age bracket; people in quarters are left out.
    """
    people = households_by_kind() * np.arange(1, LARGEST + 1)[None, :, None]
    origins, mix = tables.origins(), head_mix(native_children)[:, ANY_SIZE]
    abroad = foreign_heads(native_children)[:, 1:, None]
    brackets = np.add.reduceat(head_age_shares(), AGE_BRACKETS, axis=2)
    found = np.zeros((2, _STATUSES, _BRACKETS))
    for group in range(people.shape[0]):
        for foreign, share in enumerate((1.0 - abroad[group], abroad[group])):
            heads = np.where(origins.foreign_born == foreign, mix[group], 0.0)
            statuses = (heads[:, None] * origins.status_shares).sum(axis=0)
            statuses /= max(statuses.sum(), 1e-12)
            members = (people[group] * share).sum(axis=0)
            ages = np.zeros(_BRACKETS)
            for kind in range(KINDS):
                for stage, chance in _stage_of(kind):
                    ages += members[kind] * chance * brackets[stage, 2 * group + foreign]
            found[int(group == HISPANIC)] += statuses[:, None] * ages[None, :]
    return found


def _scaled(wanted: float, ratios: FloatArray, people: FloatArray) -> FloatArray:
    """Return rates proportional to ``ratios``, at most 1, whose mean over ``people`` is wanted.

    Where too many have a ratio of 0 for that, everybody else moves every year.
    """
    low, high = 0.0, 1.0 / float(ratios[ratios > 0.0].min(initial=1.0))
    for _ in range(80):
        middle = 0.5 * (low + high)
        with np.errstate(over="ignore"):  # of ratios next to 0, the others' rates know no bound
            rates = np.minimum(1.0, middle * ratios)
        mean = (rates * people).sum() / people.sum()
        low, high = (middle, high) if mean < wanted else (low, middle)
    return np.minimum(1.0, high * ratios)


@cache
def move_rates(part: PopulationPart) -> FloatArray:
    """Return the yearly chances of moving, one for each row that ``move_row`` returns."""
    group = np.array([1.0, part.hispanic_move_ratio])
    status = np.array(list(part.move_ratio_by_status.model_dump().values()))
    age = np.array(list(part.move_ratio_by_age.model_dump().values()))
    ratios = group[:, None, None] * status[None, :, None] * age[None, None, :]
    people = _people_by_head(part.native_born_children)
    quarters = nation().quarters.sum() * part.group_quarters
    return _scaled(
        part.annual_move_rate,
        np.append(ratios.ravel(), part.quarters_move_ratio),
        np.append(people.ravel(), quarters),
    )


@cache
def _still_there(part: PopulationPart) -> FloatArray:
    """Return (1 - m)^(t + 1), the chance of not having moved for t + 1 years, for each row."""
    rates = move_rates(part)
    return np.asarray((1.0 - rates)[:, None] ** np.arange(1, MOST_YEARS + 1)[None, :])


def moves_of(sample: Sample, part: PopulationPart) -> Moves:
    """Return what last moves are drawn from in a sample."""
    return Moves(
        _still_there(part),
        part.same_zip_move_share,
        sample.homes,
        sample.places.rows,
        sample.places.households,
    )


@inlined
def move_row(hispanic: bool, status: int, age: int) -> int:
    """Return the row of ``move_rates`` of households whose head is so; ``QUARTERS_ROW`` apart."""
    bracket = 0
    if age >= _MIDDLE_AGED:
        bracket = 1 if age < _OLD else 2
    return int(((1 if hispanic else 0) * _STATUSES + status) * _BRACKETS + bracket)


@inlined
def last_move(
    seed: Word,
    replicate: Word,
    zip_code: int,
    dwelling: int,
    place: int,
    here: int,
    group: int,
    row: int,
    age: int,
    moves: Moves,
) -> tuple[int, int, int]:
    """Return years since the last move and the former (place, dwelling) of a household.

    ``here`` is the number of households in its own ``place``, ``age`` the head's. Whether somebody
    moved within the last year follows the rate at every age.
    """
    u0, u1, u2, u3 = uniforms(seed, replicate, _HOUSEHOLD, MOVE_SLOT, zip_code, dwelling)
    years, most = 0, min(MOST_YEARS, max(1, age - ADULT))
    while years < most and u0 < moves.still_there[row, years]:
        years += 1
    former_place, count = place, here
    if u1 >= moves.same_zip:
        index = category(moves.homes, group, u2)
        former_place, count = moves.rows[index], moves.households[index]
    former = int(u3 * count)
    if former_place == place and former == dwelling:
        former = (former + 1) % count
    return years, former_place, former


def last_move_recency(people: People, rows: IntArray, *, rng: Streams) -> FloatArray:
    """Return where people stand by time since their last move: 0 the latest, 1 the longest ago.

    Whoever is below 1 - (1 - m)^t moved within the last t years, m being the rate of their head;
    so did, wherever they stand, all whose head came of age since.
    """
    moved = rng.columns(
        Stage.HOUSEHOLD,
        np.full(rows.size, MOVE_SLOT),
        tables.zips().zip[people.place[rows]].astype(np.int64),
        people.dwelling[rows].astype(np.int64),
    )[0]
    return np.asarray(1.0 - moved)
