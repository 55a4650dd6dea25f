"""Who files, with whom, and who is claimed: the returns of each household.

Adults file at the rate of their legal status, more or less likely by age, by living with a partner
and with children. Partners file or do not file together: one draw, each against the own rate.
Couples are married or not, by age and children: the married file one joint return or separate
ones, the others one each. Children and kin are claimed by the head who files, else by the partner,
else by a grown child of the household; grandchildren by that grown child before the others, and so
are a head and partner neither of whom files. Unmarried filers with a dependant are heads of
household.

Somebody who files and is claimed as well (a student with a job) has one account, that of the own
return. Limits: nobody is claimed across households, so that students in dormitories and children of
parents who live apart are claimed here or not at all; housemates claim nobody and are not claimed;
a household has one couple, and the children of unmarried couples are all on one return.
"""

from itertools import pairwise
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
# And how many of each live with a child of theirs under 19: CPS 2022 [recalled; computed].
PARENTS = np.array([0.06, 0.48, 0.30, 0.01])
YOUNG_COUPLE_TO = 35
_HALVINGS = 60
_ROLL = int(Stage.ROLL)
_HEAD, _PARTNER = int(Relationship.HEAD), int(Relationship.PARTNER)
_CHILD, _GRANDCHILD = int(Relationship.CHILD), int(Relationship.GRANDCHILD)
_PARENT, _RELATIVE = int(Relationship.PARENT), int(Relationship.RELATIVE)
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

    rates: FloatArray  # (statuses, ages, 2, 2): with a partner or not, with children or not
    years: FloatArray  # cumulative
    joint: FloatArray  # by kind of couple, as the next
    married: FloatArray  # with children, without and young, others: joint or separate
    child: float
    student: float
    parent: float
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


def family_shares() -> FloatArray:
    """Return the shares of adults by (bracket, with a partner, with children), which sum to 1.

    Living with a partner and with children are taken as independent within a bracket.
    """
    partner = np.stack([1.0 - PARTNERED, PARTNERED], axis=1)
    children = np.stack([1.0 - PARENTS, PARENTS], axis=1)
    return np.asarray(BRACKET_SHARES[:, None, None] * partner[:, :, None] * children[:, None, :])


def _scale(status: FloatArray, likely: FloatArray) -> FloatArray:
    """Return by status what to multiply ``likely`` with so that, none above 1, the mean is met."""
    shares = family_shares()
    low, high = np.zeros(status.size), np.full(status.size, 1.0 / likely[likely > 0.0].min())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        mean = (shares * np.minimum(1.0, middle[:, None, None, None] * likely)).sum(axis=(1, 2, 3))
        low, high = np.where(mean < status, middle, low), np.where(mean < status, high, middle)
    return np.where(status > 0.0, high, 0.0)


def filing_rates(part: RollPart) -> FloatArray:
    """Return the chance of filing by (legal status, age 0 to 127, partner, children at home).

    The last two are 0 or 1. Adults of the national mix of ages and families meet the rate of each
    status, as far as the ratios let them.
    """
    ratio = part.filing_ratio
    by_age = np.array([ratio.age_18_24, 1.0, ratio.age_45_64, ratio.age_65_over])
    family = np.array([1.0, ratio.partner])[:, None] * np.array([1.0, ratio.children])
    likely = by_age[:, None, None] * family
    status = np.array(list(part.filing_rate.model_dump().values()))
    adults = np.minimum(1.0, _scale(status, likely)[:, None, None, None] * likely)
    rates = np.zeros((status.size, BRACKETS[-1], 2, 2))
    for bracket, (first, after) in enumerate(pairwise(BRACKETS)):
        rates[:, first:after] = adults[:, bracket, None]
    rates[:, TEENAGER:ADULT] = part.teenager_filing_rate
    return rates


def _rules(part: RollPart) -> Rules:
    share = part.married_share
    married = np.array([share.with_children, share.under_35, share.from_35])
    return Rules(
        filing_rates(part),
        np.cumsum(part.years_since_filing),
        married * part.joint_filing_share,
        married,
        part.claimed.child,
        part.claimed.student,
        part.claimed.parent,
        part.claimed.relative,
    )


@inlined
def _may_be_claimed(relationship: int, age: int, files: bool, u: float, rules: Rules) -> bool:
    if relationship > _RELATIVE:
        return False
    if relationship in (_HEAD, _PARTNER, _PARENT):
        return not files and u < rules.parent
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
def _has_young(relationship: int, head: int, people: Residents) -> bool:
    """Tell whether somebody under 19 of this relationship lives in the household."""
    for row in range(head + 1, head + people.size[head]):
        if people.relationship[row] == relationship and people.age[row] < STUDENT_FROM:
            return True
    return False


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
    children = _has_young(_CHILD, head, people)
    grandchildren = _has_young(_GRANDCHILD, head, people)
    zip_code, dwelling = people.zip_of[people.place[head]], people.dwelling[head]
    together, couple = 0.0, 0.0
    for row in range(head, head + people.size[head]):
        u0, u1, u2, u3 = uniforms(seed, replicate, _ROLL, 2 * (row - head) + 1, zip_code, dwelling)
        if row == head:
            together, couple = u0, u2
        age, relationship = people.age[row], people.relationship[row]
        heads = row in (head, partner)
        with_partner = 1 if heads and partner >= 0 else 0
        parent = (heads and children) or (relationship == _CHILD and age >= ADULT and grandchildren)
        rate = rules.rates[people.status[row], age, with_partner, 1 if parent else 0]
        files = (together if row == partner else u0) < rate
        out.role[row], out.lag[row], out.status[row] = NOT_ON_ROLL, 0, _SINGLE
        out.claimant[row] = -1
        if files:
            out.role[row], out.claimant[row] = _PRIMARY, row
            lag = 0
            while lag < rules.years.size - 1 and u1 >= rules.years[lag]:
                lag += 1
            out.lag[row] = lag
        if people.size[head] > 1 and _may_be_claimed(relationship, age, files, u3, rules):
            out.claimant[row] = -2
    return couple


@inlined
def _join(
    head: int, partner: int, couple: float, people: Residents, rules: Rules, out: Filed
) -> None:
    """Put a couple on one return, or mark them as married who file apart."""
    kind = 2 if people.age[head] >= YOUNG_COUPLE_TO else 1
    if _has_young(_CHILD, head, people):
        kind = 0
    both = out.role[head] == _PRIMARY and out.role[partner] == _PRIMARY
    if both and couple < rules.joint[kind]:
        out.role[partner], out.lag[partner] = _SPOUSE, out.lag[head]
        out.claimant[partner] = head
        out.status[head], out.status[partner] = _JOINT, _JOINT
    elif couple < rules.married[kind]:
        out.status[head], out.status[partner] = _SEPARATE, _SEPARATE


@inlined
def _grown_child(head: int, people: Residents, out: Filed) -> int:
    """Return the first grown child who files and is not claimed, -1 if there is none."""
    for row in range(head + 1, head + people.size[head]):
        grown = people.relationship[row] == _CHILD and people.age[row] >= ADULT
        if grown and out.role[row] == _PRIMARY and out.claimant[row] == row:
            return row
    return -1


@inlined
def _claimant_of(row: int, head: int, partner: int, people: Residents, out: Filed) -> int:
    """Return who claims somebody of the household: a primary filer, or -1."""
    grown = _grown_child(head, people, out)
    if people.relationship[row] == _GRANDCHILD and grown >= 0:
        return grown
    if out.role[head] == _PRIMARY:
        heads = head
    else:
        heads = partner if partner >= 0 and out.role[partner] == _PRIMARY else -1
    if row in (head, partner):
        return grown if heads < 0 else -1
    return heads if heads >= 0 else grown


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
            _join(head, partner, couple, people, rules, out)
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
