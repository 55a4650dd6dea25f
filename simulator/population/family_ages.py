"""Ages of all members of a household, from the head's: partner, children, parents, relatives.

Children follow the mother: she was ``LEAST_GAP`` to ``LARGEST_GAP`` years old at each birth, and
both parents at least ``LEAST_GAP``. Sisters and brothers are ``BETWEEN_BIRTHS`` days apart or more,
unless they are twins, who share a birth date. A grandchild descends from the household's one child.

Limits: children of one household have one mother; a child's chance of still living at home depends
on its age alone; ``ONE_PARENT_MOTHER`` and ``SAME_SEX`` hold at every age.
"""

from typing import NamedTuple

import numpy as np

from simulator.kernels import compiled, inlined
from simulator.population.ages import (
    ALONE,
    COUPLE,
    GRANDPARENT,
    HOUSEMATE,
    LARGEST_GAP,
    LEAST_GAP,
    MIDDLE,
    OLDEST,
    PARENT,
    RELATIVE,
    YEAR,
    Ages,
    days_old,
    head_age,
    near_age,
    parent_age,
    partner_age,
)
from simulator.population.households import LARGEST, Members
from simulator.randomness import FloatArray, IntArray
from simulator.records import HouseholdKind

BETWEEN_BIRTHS = 300
SAME_SEX = 0.01
BOYS = 0.512  # of births, National Vital Statistics [recalled]
ONE_PARENT_MOTHER = 0.80  # one-parent families kept by the mother, CPS 2023 [recalled]
SAME_SEX_TWINS = 2.0 / 3.0  # of pairs of twins, National Vital Statistics [recalled]
RELATIVES_SPREAD, HOUSEMATES_SPREAD = 12, 6  # years from the head's age [assumption]
# Of twins that are not identical half are of one sex, but for BOYS being a little over a half.
_IDENTICAL = 2.0 * SAME_SEX_TWINS - 1.0
_ALONE, _COUPLE = int(HouseholdKind.ALONE), int(HouseholdKind.COUPLE)
_FAMILY, _LONE = int(HouseholdKind.COUPLE_WITH_CHILDREN), int(HouseholdKind.ONE_PARENT)
_THREE, _KIN = int(HouseholdKind.THREE_GENERATIONS), int(HouseholdKind.RELATIVES)


class Scratch(NamedTuple):
    """One household at a time, by member: uniforms (members, 4), ages in days, sexes, origins.

    ``events`` numbers the births of its children.
    """

    draws: FloatArray
    days: IntArray
    sexes: IntArray
    origins: IntArray
    events: IntArray


@compiled
def empty_scratch() -> Scratch:
    """Return room for the largest household."""
    return Scratch(
        np.empty((LARGEST, 4)),
        np.empty(LARGEST, np.int64),
        np.empty(LARGEST, np.int64),
        np.empty(LARGEST, np.int64),
        np.empty(LARGEST, np.int64),
    )


@inlined
def _age_at(weight: float, lowest: int, ages: Ages) -> int:
    """Return the age in days at which the cumulative weight of children is reached."""
    year = lowest
    while year < OLDEST - 1 and weight >= ages.at_home[year + 1]:
        year += 1
    width = ages.at_home[year + 1] - ages.at_home[year]
    within = (weight - ages.at_home[year]) / width if width > 0.0 else 0.0
    return year * YEAR + min(YEAR - 1, int(within * YEAR))


@inlined
def birth_events(first: int, count: int, twin: float, draws: FloatArray, events: IntArray) -> int:
    """Count the births of ``count`` children and number them.

    ``draws`` (members, 4) are the uniforms of the household's members, the third of which is below
    ``twin`` for the second of twins; the children begin at ``first``.
    """
    births = 0
    for j in range(count):
        again = j > 0 and draws[first + j, 2] < twin
        if again and (j == 1 or events[j - 1] != events[j - 2]):
            events[j] = births - 1
        else:
            events[j] = births
            births += 1
    return births


@inlined
def fill_child_days(
    first: int,
    count: int,
    mother: int,
    youngest_parent: int,
    twin: float,
    draws: FloatArray,
    ages: Ages,
    events: IntArray,
    days: IntArray,
) -> None:
    """Fill the ages in days of ``count`` children, the oldest first.

    They lie ``LEAST_GAP`` to ``LARGEST_GAP`` years under the mother's and at least ``LEAST_GAP``
    under the younger parent's, who must be at least ``LEAST_GAP`` + ``count`` years old. Births are
    a stratified sample of the ages at which children live at home, moved apart where they are less
    than ``BETWEEN_BIRTHS`` days from each other. The children begin at ``first`` in ``draws`` and
    ``days``; ``events`` is scratch.
    """
    births = birth_events(first, count, twin, draws, events)
    lowest, highest = max(0, mother - LARGEST_GAP), youngest_parent - LEAST_GAP
    bottom, top = ages.at_home[lowest], ages.at_home[highest + 1]
    for j in range(count):
        if j > 0 and events[j] == events[j - 1]:
            days[first + j] = days[first + j - 1]
        else:
            part = (events[j] + draws[first + j, 1]) / births
            days[first + j] = _age_at(top - part * (top - bottom), lowest, ages)
    for j in range(count - 2, -1, -1):
        if events[j] == events[j + 1]:
            days[first + j] = days[first + j + 1]
        else:
            days[first + j] = max(days[first + j], days[first + j + 1] + BETWEEN_BIRTHS)
    days[first] = min(days[first], (highest + 1) * YEAR - 1)
    for j in range(1, count):
        if events[j] == events[j - 1]:
            days[first + j] = days[first + j - 1]
        else:
            days[first + j] = min(days[first + j], days[first + j - 1] - BETWEEN_BIRTHS)


@inlined
def _stage(kind: int, of: Members) -> int:
    """Return the stage of life of the head."""
    if kind == _ALONE:
        return ALONE
    if kind == _COUPLE:
        return COUPLE
    if kind == _THREE:
        return MIDDLE if of.parents else GRANDPARENT
    if kind == _KIN:
        return RELATIVE
    return PARENT if kind in (_FAMILY, _LONE) else HOUSEMATE


@inlined
def _least_head_age(of: Members) -> int:
    """Return how old parents must be for room for all births; grandparents a generation more."""
    if of.grandchildren:
        return 2 * LEAST_GAP + of.grandchildren
    return LEAST_GAP + of.children if of.children else 0


@inlined
def _fill_descendants(
    of: Members, mother: int, younger: int, twin: float, ages: Ages, scratch: Scratch
) -> None:
    """Fill the ages in days of children and grandchildren.

    ``mother`` and ``younger`` are ages: of the mother and of the younger of the parents.
    """
    first, draws, days, events = 1 + of.partners, scratch.draws, scratch.days, scratch.events
    if of.grandchildren == 0:
        fill_child_days(first, of.children, mother, younger, twin, draws, ages, events, days)
        return
    least = max(LEAST_GAP + of.grandchildren, mother - LARGEST_GAP)
    age = least + int(draws[first, 1] * (younger - LEAST_GAP - least + 1))
    days[first] = days_old(age, draws[first, 2])
    first, count = first + of.children, of.grandchildren
    fill_child_days(first, count, age, age, twin, draws, ages, events, days)


@inlined
def _sex_of_child(member: int, first: int, scratch: Scratch) -> int:
    """Return the sex of a child or grandchild, 1 a girl; twins are often of one sex.

    ``first`` is the eldest child.
    """
    u, days = scratch.draws[member, 0], scratch.days
    if member > first and days[member] == days[member - 1]:
        if u < _IDENTICAL:
            return int(scratch.sexes[member - 1])
        u = (u - _IDENTICAL) / (1.0 - _IDENTICAL)
    return 0 if u < BOYS else 1


@inlined
def fill_ages(
    kind: int,
    of: Members,
    size: int,
    head_class: int,
    twin: float,
    ages: Ages,
    scratch: Scratch,
) -> None:
    """Fill ages in days and sexes of all members from their draws.

    ``head_class`` is the head's class of name group and nativity, ``twin`` the chance that a child
    or grandchild is the twin of its elder sibling.
    """
    draws, days, sexes = scratch.draws, scratch.days, scratch.sexes
    sexes[0] = 1 if draws[0, 0] < (ONE_PARENT_MOTHER if kind == _LONE else 0.5) else 0
    least = _least_head_age(of)
    head = max(least, head_age(_stage(kind, of), head_class, draws[0, 1], ages))
    days[0] = days_old(head, draws[0, 2])
    mother, younger = head, head
    if of.partners:
        sexes[1] = sexes[0] if draws[1, 0] < SAME_SEX else 1 - sexes[0]
        partner = max(least, partner_age(head, sexes[0], draws[1, 1], ages))
        days[1] = days_old(partner, draws[1, 2])
        mother = partner if sexes[1] > sexes[0] else head
        younger = min(head, partner)
    if of.children:
        _fill_descendants(of, mother, younger, twin, ages, scratch)
    first = 1 + of.partners
    adults = first + of.children + of.grandchildren
    for member in range(first, adults):
        sexes[member] = _sex_of_child(member, first, scratch)
    spread = RELATIVES_SPREAD if kind == _KIN else HOUSEMATES_SPREAD
    for member in range(adults, size):
        sexes[member] = 0 if draws[member, 0] < 0.5 else 1
        if member < adults + of.parents:
            age = parent_age(head, draws[member, 1])
        else:
            age = near_age(head, spread, draws[member, 1])
        days[member] = days_old(age, draws[member, 2])
