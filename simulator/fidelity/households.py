"""Who lives with whom, how old, born where and of what legal status.

Published figures count as unauthorized everybody without a settled status, people with TPS, DACA or
a pending asylum claim among them (Pew Research Center); here these are two statuses, taken
together wherever a row says so. Totals are shares of the people simulated.
"""

from dataclasses import dataclass

import numpy as np

from simulator.fidelity.counts import Counts, Numbers, Proportion, Statistics, share
from simulator.fidelity.world import World
from simulator.records import STATUSES, BoolArray, HouseholdKind, People, Relationship
from simulator.reference import tables

ADULT, OLD, GROWN = 18, 65, 25
LARGEST = 5
_CITIZENS = ("native_born_citizen", "naturalised_citizen")
_UNSETTLED = ("unauthorized", "protected")
COUNTED = (
    "people",
    "in_quarters",
    "households",
    "multigenerational",
    "under_18",
    "65_and_over",
    "foreign_born",
    "naturalised",
    "permanent_resident",
    "unauthorized",
    "unauthorized_households",
    "mixed_people",
    "mixed_citizens",
    "mixed_citizen_children",
)


@dataclass(frozen=True)
class HouseholdCounts(Counts):
    """Numbers as in COUNTED, and households of 1, 2, … and LARGEST or more people."""

    numbers: Numbers
    sizes: Numbers


def has_status(people: People, names: tuple[str, ...]) -> BoolArray:
    """Say of everybody whether they have one of the statuses."""
    return np.isin(people.status, [STATUSES.index(name) for name in names])


def _somebody(trait: BoolArray, household: Numbers) -> BoolArray:
    """Say of everybody whether anybody in the household has a trait."""
    found = np.zeros(int(household.max(initial=-1)) + 1, np.bool_)
    found[household[trait]] = True
    return found[household]


def _multigenerational(people: People, household: Numbers) -> BoolArray:
    """Say of everybody whether two adult generations (25 and over) or three of any age live there.

    The definition of Pew Research Center (2022).
    """
    grown_child = (people.relationship == Relationship.CHILD) & (people.age >= GROWN)
    elder = (people.relationship == Relationship.PARENT) & (people.age >= GROWN)
    grandchild = people.relationship == Relationship.GRANDCHILD
    return _somebody(grown_child | elder | grandchild, household)


def count_households(world: World) -> HouseholdCounts:
    """Count the households of a shard and the people in them."""
    people = world.people
    quarters = people.household == HouseholdKind.QUARTERS
    head = (people.member == 0) & ~quarters
    household = np.cumsum(people.member == 0) - 1
    foreign = tables.origins().foreign_born.astype(np.bool_)[people.origin]
    unsettled = has_status(people, _UNSETTLED)
    citizen = has_status(people, _CITIZENS)
    with_unsettled = _somebody(unsettled, household) & ~quarters
    mixed = with_unsettled & _somebody(~unsettled, household)
    numbers = (
        np.ones(len(people), np.bool_),
        quarters,
        head,
        _multigenerational(people, household) & ~quarters,
        people.age < ADULT,
        people.age >= OLD,
        foreign,
        has_status(people, ("naturalised_citizen",)),
        has_status(people, ("permanent_resident",)),
        unsettled,
        with_unsettled & head,
        mixed,
        mixed & citizen,
        mixed & citizen & (people.age < ADULT),
    )
    sizes = np.minimum(people.size[head], LARGEST)
    return HouseholdCounts(
        np.array([trait.sum() for trait in numbers]),
        np.bincount(sizes, minlength=LARGEST + 1)[1:],
    )


def household_statistics(counts: HouseholdCounts) -> Statistics:
    """Return shares of people and of households; totals are shares that the target scales."""
    number = dict(zip(COUNTED, (float(count) for count in counts.numbers), strict=True))
    people, households = number["people"], number["households"]
    at_home = people - number["in_quarters"]
    found: Statistics = {
        "household_mean_size": share(at_home, households),
        "multigenerational_people": Proportion(number["multigenerational"], at_home),
        "people_under_18": Proportion(number["under_18"], people),
        "people_65_and_over": Proportion(number["65_and_over"], people),
        "group_quarters": Proportion(number["in_quarters"], people),
        "unauthorized_households": Proportion(number["unauthorized_households"], people),
    }
    totals = (*COUNTED[6:10], *COUNTED[11:])
    found |= {f"total_{name}": Proportion(number[name], people) for name in totals}
    for size, count in enumerate(counts.sizes, start=1):
        found[f"household_size_{size}"] = Proportion(float(count), households)
    return found
