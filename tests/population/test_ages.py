from datetime import date

import numpy as np
import pytest

from simulator.population.ages import (
    ADULT,
    LARGEST_GAP,
    LEAST_GAP,
    OLDEST,
    REFERENCE_DAY,
    REFERENCE_YEAR,
)
from simulator.population.composition import second_twin_chance
from simulator.population.family_ages import BETWEEN_BIRTHS
from simulator.randomness import IntArray
from simulator.records import BoolArray, HouseholdKind, People, Relationship
from simulator.scenario.schema import PopulationPart
from tests.population.world import assert_share, big_people, changed_world, heads_of, small_world
from tests.verification.calibrate_ages import ages_of_classes, bands, targets

HAVE_CHILDREN = (HouseholdKind.COUPLE_WITH_CHILDREN, HouseholdKind.ONE_PARENT)


def ordinals(births: IntArray) -> IntArray:
    """Return the day of each birth date, counted as in the calendar."""
    days, index = np.unique(births, return_inverse=True)
    numbers = [
        date(day // 10_000, day // 100 % 100, day % 100).toordinal() for day in days.tolist()
    ]
    return np.array(numbers)[index]


def siblings(
    people: People, relationship: Relationship = Relationship.CHILD
) -> tuple[IntArray, BoolArray]:
    """Return the rows of children with an elder sibling just before them, and who are twins."""
    child = people.relationship == relationship
    younger = 1 + np.flatnonzero(child[1:] & child[:-1] & (people.member[1:] > people.member[:-1]))
    return younger, people.birth[younger] == people.birth[younger - 1]


def test_births_are_real_dates_that_give_the_age_on_the_reference_day() -> None:
    people, reference = small_world().people, date(2025, 4, 7)
    assert (reference.year, reference.timetuple().tm_yday) == (REFERENCE_YEAR, REFERENCE_DAY)
    for birth, age in zip(people.birth[:5000].tolist(), people.age[:5000].tolist(), strict=True):
        born = date(birth // 10_000, birth // 100 % 100, birth % 100)
        had_birthday = (reference.month, reference.day) >= (born.month, born.day)
        assert reference.year - born.year - (not had_birthday) == age
    days = people.birth % 10_000
    assert 229 not in days
    assert np.unique(days).size == 365
    adults = people.age >= ADULT + 30
    assert_share(days[adults] <= 407, 97 / 365)


def test_adults_are_adults_and_nobody_is_older_than_the_tables() -> None:
    people = big_people()
    family = (Relationship.CHILD, Relationship.GRANDCHILD, Relationship.QUARTERS)
    assert people.age[~np.isin(people.relationship, family)].min() >= ADULT
    assert people.age.min() == 0
    assert 90 < people.age.max() <= OLDEST


def test_children_are_18_to_42_years_younger_than_the_mother() -> None:
    people = big_people()
    head, age = heads_of(people), people.age.astype(int)
    child = np.flatnonzero(
        (people.relationship == Relationship.CHILD) & np.isin(people.household, HAVE_CHILDREN)
    )
    head = head[child]
    couple = people.household[child] == HouseholdKind.COUPLE_WITH_CHILDREN
    second = np.where(couple, head + 1, head)
    mother = np.where(people.sex[second] > people.sex[head], second, head)
    gap = age[mother] - age[child]
    assert gap.min() == LEAST_GAP
    assert gap.max() == LARGEST_GAP
    assert (np.minimum(age[head], age[second]) - age[child]).min() >= LEAST_GAP


def test_parents_and_grandchildren_are_a_generation_apart() -> None:
    people = big_people()
    head, age = heads_of(people), people.age.astype(int)
    parent = people.relationship == Relationship.PARENT
    gap = age[parent] - age[head[parent]]
    assert LEAST_GAP <= gap.min() < gap.max() <= LARGEST_GAP
    grandchild = people.relationship == Relationship.GRANDCHILD
    child_of = np.zeros(len(people), np.int64)
    children = np.flatnonzero(
        (people.relationship == Relationship.CHILD)
        & (people.household == HouseholdKind.THREE_GENERATIONS)
    )
    child_of[heads_of(people)[children]] = children
    gap = age[child_of[head[grandchild]]] - age[grandchild]
    assert LEAST_GAP <= gap.min() < gap.max() <= LARGEST_GAP


def test_siblings_are_apart_unless_they_are_twins() -> None:
    people = big_people()
    younger, twins = siblings(people)
    born = ordinals(people.birth.astype(np.int64))
    apart = (born[younger] - born[younger - 1])[~twins]
    assert apart.min() >= BETWEEN_BIRTHS
    assert (people.birth[younger] // 10_000 >= people.birth[younger - 1] // 10_000).all()


def test_twins_are_as_common_as_published_and_mostly_of_one_sex() -> None:
    """31.2 of 1,000 births to within a tenth; two thirds of pairs of one sex, exactly tested."""
    people = big_people()
    younger, twins = siblings(people)
    pair = younger[twins]
    pairs = pair.size + siblings(people, Relationship.GRANDCHILD)[1].sum()
    births = np.isin(people.relationship, (Relationship.CHILD, Relationship.GRANDCHILD)).sum()
    assert 2 * pairs / births == pytest.approx(0.031, rel=0.1)
    assert np.diff(pair).min() > 1, "no triplets"
    assert_share(people.sex[pair] == people.sex[pair - 1], 2 / 3)
    single = younger[~twins]
    boys = 0.512
    assert_share(people.sex[single] == people.sex[single - 1], boys**2 + (1 - boys) ** 2)


@pytest.mark.parametrize("relationship", [Relationship.CHILD, Relationship.GRANDCHILD])
def test_second_children_are_twins_as_often_in_each_generation(relationship: Relationship) -> None:
    people = big_people()
    younger, twins = siblings(people, relationship)
    second = ~np.isin(younger - 1, younger)
    assert second.sum() > 1_000
    assert_share(twins[second], second_twin_chance(PopulationPart().twin_share))


def test_more_twins_keep_those_who_were() -> None:
    few, many = (changed_world(population={"twin_share": share}).people for share in (0.1, 0.4))
    (younger, were), (same, are) = siblings(few), siblings(many)
    np.testing.assert_array_equal(younger, same)
    assert (are.sum() > were.sum()) & (were.sum() > 0)
    none = changed_world(population={"twin_share": 0.0}).people
    assert not siblings(none)[1].any()


def test_one_parent_is_mostly_the_mother_and_couples_are_of_two_sexes() -> None:
    people = big_people()
    lone = (people.household == HouseholdKind.ONE_PARENT) & (people.member == 0)
    assert_share(people.sex[lone] == 1, 0.8)
    partner = np.flatnonzero(people.relationship == Relationship.PARTNER)
    assert_share(people.sex[partner] == people.sex[partner - 1], 0.01)
    assert (people.sex == 1).mean() == pytest.approx(0.505, abs=0.007)  # Census 2020 [recalled]


def test_ages_follow_the_published_structure_by_name_group_and_nativity() -> None:
    """Shares of ten bands of age within .06; the US-born Asian and Pacific Islanders apart.

    Nearly all children of that group have foreign-born parents here, and they outnumber its few
    native-born adults: within .09. A sample differs by its ZIPs too.
    """
    reached, wanted = bands(ages_of_classes(big_people())), targets()
    error = np.abs(reached - wanted).max(axis=1)
    assert error[6] < 0.09
    assert error[np.arange(10) != 6].max() < 0.06
    foreign = error[[1, 3, 5, 7]]
    assert foreign.max() < 0.035


def test_a_fifth_are_minors_and_a_sixth_are_old() -> None:
    people = big_people()
    assert (people.age < 18).mean() == pytest.approx(0.22, abs=0.01)  # ACS 2022 [recalled]
    assert (people.age >= 65).mean() == pytest.approx(0.17, abs=0.01)
