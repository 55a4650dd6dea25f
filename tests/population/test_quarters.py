import numpy as np
import pytest

from simulator.population.buildings import facilities
from simulator.population.quarters import AGES, COLLEGE, NURSING, PEOPLE, PRISON, WOMEN
from simulator.records import HouseholdKind, People, Relationship, taken
from simulator.reference import tables
from tests.population.world import big_people, changed_world, small_sample, small_world


@pytest.fixture(scope="module")
def residents() -> People:
    people = big_people()
    return taken(people, np.flatnonzero(people.relationship == Relationship.QUARTERS))


def test_each_place_holds_one_person(residents: People) -> None:
    assert (residents.size == 1).all()
    assert (residents.member == 0).all()
    assert (residents.household == HouseholdKind.QUARTERS).all()
    assert (residents.dwelling >= tables.zips().households[residents.place]).all()
    places = small_sample(300_000).places
    counted = np.bincount(residents.place, minlength=tables.zips().zip.size)
    np.testing.assert_array_equal(counted[places.rows], places.quarters)
    assert len(residents) == pytest.approx(0.024 * 300_000, rel=0.35)


def test_a_facility_houses_people_of_its_kind(residents: People) -> None:
    """In each facility all ages are possible in one kind; colleges and homes do not mix."""
    number = facilities(residents.place.astype(np.int64), residents.dwelling.astype(np.int64))
    _, facility = np.unique(residents.place.astype(np.int64) << 32 | number, return_inverse=True)
    large = np.flatnonzero(np.bincount(facility) >= 30)
    assert large.size > 20
    kinds = []
    for which in large:
        ages = residents.age[facility == which]
        possible = [
            min(first for first, _, _ in brackets) <= ages.min()
            and ages.max() <= max(last for _, last, _ in brackets)
            for brackets in AGES
        ]
        assert any(possible)
        kinds.append(possible.index(True))
    assert {COLLEGE, PRISON, NURSING} <= set(kinds)


def test_sexes_follow_the_kind_of_facility(residents: People) -> None:
    old = residents.age > 85  # only nursing homes
    expected = WOMEN[NURSING]
    assert (residents.sex[old] == 1).mean() == pytest.approx(expected, abs=0.08)
    assert sum(PEOPLE) == pytest.approx(8.2, abs=0.05)


def test_fewer_places_in_use_hold_the_same_people() -> None:
    whole = small_world().people
    half = changed_world(population={"group_quarters": 0.5}).people
    # Places are in the same order; the sample is drawn by the caller, whose share this is.
    np.testing.assert_array_equal(whole.birth, half.birth)
    np.testing.assert_array_equal(whole.origin, half.origin)
