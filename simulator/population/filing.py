"""Who files, with whom, and who is claimed: the returns of each household.

Adults file at the rate of their legal status, more or less likely by age and by living with a
partner. Partners file or do not file together: one draw, each against the own rate. Both on the
roll, they file one joint return, or separate ones if married otherwise, or one each as unmarried.
Children and kin are claimed by the head who files, else by the partner; grandchildren by a grown
child of the household before them. Unmarried filers with a dependant are heads of household.

Somebody who files and is claimed as well (a student with a job) has one account, that of the own
return. Limits: nobody is claimed across households, so that students in dormitories and children of
parents who live apart are claimed here or not at all; housemates claim nobody and are not claimed;
a household has one couple.
"""

from typing import NamedTuple

import numpy as np

from simulator.kernels import compiled, inlined
from simulator.population.taxpayer_numbers import ADULT
from simulator.randomness import FloatArray, Stage, Streams, Word, uniforms
from simulator.records import (
    FilingStatus,
    Int8Array,
    Int32Array,
    People,
    Relationship,
    Role,
)
from simulator.reference import tables
from simulator.scenario.schema import RollPart

TEENAGER, STUDENT_FROM, STUDENT_TO = 15, 19, 24
NOT_ON_ROLL = -1
# Adults by age bracket (18, 25, 45, 65 and over), and how many of each live with a partner: ACS
# 2022 [recalled]. They turn the rate of a status into rates by age.
BRACKETS = (18, 25, 45, 65, 128)
BRACKET_SHARES = np.array([0.12, 0.345, 0.315, 0.22])
PARTNERED = np.array([0.12, 0.58, 0.66, 0.58])
# Of couples who file no joint return, those who are married and file one each: about 4M returns,
# 2.5 in 100, by two thirds from couples who live together [recalled; assumption].
MARRIED = 0.4
_ROLL = int(Stage.ROLL)
_HEAD, _PARTNER = int(Relationship.HEAD), int(Relationship.PARTNER)
_CHILD, _GRANDCHILD = int(Relationship.CHILD), int(Relationship.GRANDCHILD)
_RELATIVE = int(Relationship.RELATIVE)
_PRIMARY, _SPOUSE, _DEPENDANT = int(Role.PRIMARY), int(Role.SPOUSE), int(Role.DEPENDANT)
_SINGLE, _JOINT = int(FilingStatus.SINGLE), int(FilingStatus.JOINT)
_SEPARATE, _SUPPORTER = int(FilingStatus.SEPARATE), int(FilingStatus.HEAD_OF_HOUSEHOLD)


class Residents(NamedTuple):
    """What filing depends on in people; a named tuple for compiled loops."""

    zip_of: Int32Array  # by place
    place: Int32Array
    dwelling: Int32Array
    size: Int8Array
    relationship: Int8Array
    age: Int8Array
    status: Int8Array


class Rules(NamedTuple):
    """The rates of filing; a named tuple for compiled loops."""

    rates: FloatArray  # (statuses, ages, 2): without and with a partner
    years: FloatArray  # cumulative
    joint: float
    married: float  # joint or separate
    child: float
    student: float
    relative: float


class Filed(NamedTuple):
    """What everybody filed, row by row; a named tuple for compiled loops.

    ``role`` is NOT_ON_ROLL for people on no return. ``claimant`` is the row of the primary filer of
    the return that names the person: the own row for most primary filers, that of the parent
    for those who file and are claimed as well.
    """

    role: Int8Array
    lag: Int8Array
    status: Int8Array
    claimant: Int32Array


def filing_rates(part: RollPart) -> FloatArray:
    """Return the chance of filing by (legal status, age 0 to 127, living with a partner)."""
    ratio = part.filing_ratio
    by_age = np.array([ratio.age_18_24, 1.0, ratio.age_45_64, ratio.age_65_over])
    mean = float((BRACKET_SHARES * by_age * (1.0 + (ratio.partner - 1.0) * PARTNERED)).sum())
    scale = 1.0 / mean if mean > 0.0 else 0.0
    ages = np.zeros(BRACKETS[-1])
    for first, after, factor in zip(BRACKETS[:-1], BRACKETS[1:], by_age, strict=True):
        ages[first:after] = factor * scale
    status = np.array(list(part.filing_rate.model_dump().values()))
    rates = np.minimum(1.0, status[:, None, None] * ages[:, None] * np.array([1.0, ratio.partner]))
    rates[:, TEENAGER:ADULT] = part.teenager_filing_rate
    return np.asarray(rates)


def _rules(part: RollPart) -> Rules:
    return Rules(
        filing_rates(part),
        np.cumsum(part.years_since_filing),
        part.joint_filing_share,
        part.joint_filing_share + (1.0 - part.joint_filing_share) * MARRIED,
        part.claimed.child,
        part.claimed.student,
        part.claimed.relative,
    )


@inlined
def _may_be_claimed(relationship: int, age: int, files: bool, u: float, rules: Rules) -> bool:
    if relationship < _CHILD or relationship > _RELATIVE:
        return False
    if age < STUDENT_FROM:
        return u < rules.child
    if age < STUDENT_TO and (relationship in (_CHILD, _GRANDCHILD)):
        return u < rules.student
    return not files and u < rules.relative


@inlined
def _partner_of(head: int, people: Residents) -> int:
    """Return the row of the head's partner, -1 if there is none."""
    for row in range(head + 1, head + people.size[head]):
        if people.relationship[row] == _PARTNER:
            return row
    return -1


@inlined
def _draw_household(
    seed: Word,
    replicate: Word,
    head: int,
    partner: int,
    people: Residents,
    rules: Rules,
    out: Filed,
) -> float:
    """Draw who files and who may be claimed, marked by claimant -2; return the couple's draw."""
    zip_code, dwelling = people.zip_of[people.place[head]], people.dwelling[head]
    together, couple = 0.0, 0.0
    for row in range(head, head + people.size[head]):
        u0, u1, u2, u3 = uniforms(seed, replicate, _ROLL, 2 * (row - head) + 1, zip_code, dwelling)
        if row == head:
            together, couple = u0, u2
        age, relationship = people.age[row], people.relationship[row]
        in_couple = partner >= 0 and row in (head, partner)
        rate = rules.rates[people.status[row], age, 1 if in_couple else 0]
        files = (together if row == partner else u0) < rate
        out.role[row], out.lag[row], out.status[row] = NOT_ON_ROLL, 0, _SINGLE
        out.claimant[row] = -1
        if files:
            out.role[row], out.claimant[row] = _PRIMARY, row
            lag = 0
            while lag < rules.years.size - 1 and u1 >= rules.years[lag]:
                lag += 1
            out.lag[row] = lag
        if _may_be_claimed(relationship, age, files, u3, rules):
            out.claimant[row] = -2
    return couple


@inlined
def _join(head: int, partner: int, couple: float, rules: Rules, out: Filed) -> None:
    """Put a couple on one return, or mark them as married who file apart."""
    both = out.role[head] == _PRIMARY and out.role[partner] == _PRIMARY
    if both and couple < rules.joint:
        out.role[partner], out.lag[partner] = _SPOUSE, out.lag[head]
        out.claimant[partner] = head
        out.status[head], out.status[partner] = _JOINT, _JOINT
    elif couple < rules.married:
        out.status[head], out.status[partner] = _SEPARATE, _SEPARATE


@inlined
def _claimant_of(row: int, head: int, partner: int, people: Residents, out: Filed) -> int:
    """Return who claims somebody of the household: a primary filer, or -1."""
    if people.relationship[row] == _GRANDCHILD:
        for parent in range(head + 1, head + people.size[head]):
            grown = people.relationship[parent] == _CHILD and people.age[parent] >= ADULT
            if grown and out.role[parent] == _PRIMARY and out.claimant[parent] == parent:
                return parent
    if out.role[head] == _PRIMARY:
        return head
    return partner if partner >= 0 and out.role[partner] == _PRIMARY else -1


@inlined
def _claim(head: int, partner: int, people: Residents, out: Filed) -> None:
    """Put those who may be claimed on a return, children before grandchildren."""
    for generation in range(2):
        for row in range(head, head + people.size[head]):
            late = people.relationship[row] == _GRANDCHILD
            if out.claimant[row] != -2 or late != (generation == 1):
                continue
            claimant = _claimant_of(row, head, partner, people, out)
            if claimant < 0:
                out.claimant[row] = row if out.role[row] == _PRIMARY else -1
                continue
            out.claimant[row] = claimant
            if out.status[claimant] == _SINGLE:
                out.status[claimant] = _SUPPORTER
            if out.role[row] == NOT_ON_ROLL:
                out.role[row], out.lag[row] = _DEPENDANT, out.lag[claimant]
                out.status[row] = out.status[claimant]


@compiled
def _file(seed: Word, replicate: Word, people: Residents, rules: Rules, out: Filed) -> None:
    head = 0
    while head < people.place.size:
        partner = _partner_of(head, people)
        couple = _draw_household(seed, replicate, head, partner, people, rules, out)
        if partner >= 0:
            _join(head, partner, couple, rules, out)
        if people.size[head] > 1:
            _claim(head, partner, people, out)
        head += people.size[head]


def file_returns(people: People, part: RollPart, *, rng: Streams) -> Filed:
    """Return what everybody filed; ``people`` are whole households."""
    count = len(people)
    filed = Filed(
        np.empty(count, np.int8),
        np.empty(count, np.int8),
        np.empty(count, np.int8),
        np.empty(count, np.int32),
    )
    residents = Residents(
        tables.zips().zip.astype(np.int32),
        people.place,
        people.dwelling,
        people.size,
        people.relationship,
        people.age,
        people.status,
    )
    _file(*rng.key, residents, _rules(part), filed)
    return filed
