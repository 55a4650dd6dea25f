import itertools

import numpy as np
import pytest

from simulator.population.households import (
    KINDS,
    KINDS_BY_SIZE,
    LARGEST,
    NATIONAL_SIZES,
    SIZE_OF_GROUP,
    kind_shares,
    members_of,
    nation,
    relationship_of,
)
from simulator.randomness import IntArray
from simulator.records import STATUSES, UNAUTHORIZED, HouseholdKind, People, Relationship
from simulator.reference import tables
from tests.population.world import (
    assert_share,
    big_people,
    changed_world,
    heads_of,
    small_world,
)

KIN = (Relationship.CHILD, Relationship.PARENT, Relationship.GRANDCHILD, Relationship.RELATIVE)


@pytest.fixture(scope="module")
def people() -> People:
    return small_world().people


def by_head(people: People) -> IntArray:
    """Return the rows of heads of household; people in quarters head none."""
    return np.flatnonzero(people.relationship == Relationship.HEAD)


def counts_of(people: People, relationship: Relationship) -> IntArray:
    """Return how many members of a relationship each household holds, by head."""
    head = heads_of(people)[people.relationship == relationship]
    return np.bincount(head, minlength=len(people))[by_head(people)]


def test_households_stand_in_order_head_first_and_complete(people: People) -> None:
    places, frame = small_world().sample.places, tables.zips()
    first = np.flatnonzero(people.member == 0)
    np.testing.assert_array_equal(
        people.place[first], np.repeat(places.rows, places.households + places.quarters)
    )
    dwellings = [
        np.append(np.arange(homes), frame.households[row] + np.arange(beds))
        for row, homes, beds in zip(places.rows, places.households, places.quarters, strict=True)
    ]
    np.testing.assert_array_equal(people.dwelling[first], np.concatenate(dwellings))
    np.testing.assert_array_equal(np.diff(np.append(first, len(people))), people.size[first])
    expected = np.concatenate([np.arange(size) for size in people.size[first]])
    np.testing.assert_array_equal(people.member, expected)
    for column in ("place", "dwelling", "size", "household", "years_since_move", "former_place"):
        values = getattr(people, column)
        np.testing.assert_array_equal(values, values[heads_of(people)])
    np.testing.assert_array_equal(people.former_dwelling, people.former_dwelling[heads_of(people)])


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
@pytest.mark.parametrize("kind", range(KINDS))
@pytest.mark.parametrize("variant", [0.0, 0.999])
def test_every_household_that_occurs_is_of_its_kind(size: int, kind: int, variant: float) -> None:
    if kind_shares()[:, size - 1, kind].max() == 0.0:
        return
    members = members_of(size, kind, variant)
    assert min(members) >= 0
    who = [Relationship(relationship_of(member, members)) for member in range(size)]
    assert who[0] == Relationship.HEAD
    assert who.count(Relationship.HEAD) == 1
    assert Relationship.PARTNER not in who[2:]
    present = set(who[1:])
    has_child, couple = Relationship.CHILD in present, Relationship.PARTNER in present
    generations = {Relationship.PARENT, Relationship.GRANDCHILD} & present
    expected = {
        HouseholdKind.ALONE: not present,
        HouseholdKind.COUPLE: present == {Relationship.PARTNER},
        HouseholdKind.COUPLE_WITH_CHILDREN: present == {Relationship.PARTNER, Relationship.CHILD},
        HouseholdKind.ONE_PARENT: present == {Relationship.CHILD},
        HouseholdKind.THREE_GENERATIONS: has_child and len(generations) == 1,
        HouseholdKind.RELATIVES: bool(present)
        and present <= {Relationship.RELATIVE, Relationship.PARENT}
        and not couple,
        HouseholdKind.HOUSEMATES: present == {Relationship.HOUSEMATE},
    }
    assert expected[HouseholdKind(kind)]


def test_relationships_and_kinds_all_occur_and_fit_each_other(people: People) -> None:
    relationship, kind = people.relationship, people.household
    assert set(relationship.tolist()) == {int(value) for value in Relationship}
    assert set(kind.tolist()) == {int(value) for value in HouseholdKind}
    assert (people.member[relationship == Relationship.PARTNER] == 1).all()
    np.testing.assert_array_equal(
        relationship == Relationship.HOUSEMATE,
        (kind == HouseholdKind.HOUSEMATES) & (people.member > 0),
    )
    generations = np.isin(relationship, [Relationship.GRANDCHILD, Relationship.PARENT])
    allowed = (HouseholdKind.THREE_GENERATIONS, HouseholdKind.RELATIVES)
    assert np.isin(kind[generations], allowed).all()
    np.testing.assert_array_equal(
        kind == HouseholdKind.QUARTERS, relationship == Relationship.QUARTERS
    )


def test_sizes_of_all_zips_together_are_the_nations() -> None:
    sizes = nation().sizes.sum(axis=0)
    np.testing.assert_allclose(sizes / sizes.sum(), NATIONAL_SIZES, atol=0.001)


def test_households_of_the_foreign_born_are_larger_within_a_group() -> None:
    people, origins = big_people(), tables.origins()
    head = by_head(people)
    origin, size = people.origin[head], people.size[head]
    for name in ("white", "black", "hispanic"):
        mine = origins.name_group[origin] == tables.NAME_GROUPS.index(name)
        abroad = origins.foreign_born[origin].astype(bool)
        ratio = size[mine & abroad].mean() / size[mine & ~abroad].mean()
        assert 1.1 < ratio < 1.35


def test_kinds_have_their_national_shares_at_every_size() -> None:
    """Whatever the groups' ratios: they are fitted to the national shares."""
    sizes = nation().sizes
    several = (sizes[:, 1:, None] * kind_shares()[:, 1:, 1:]).sum(axis=0)
    shares = several / several.sum(axis=1, keepdims=True)
    wanted = KINDS_BY_SIZE / KINDS_BY_SIZE.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, wanted, atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "share", "tolerance"),
    [
        (HouseholdKind.ALONE, 0.285, 0.025),
        (HouseholdKind.COUPLE, 0.25, 0.02),
        (HouseholdKind.COUPLE_WITH_CHILDREN, 0.235, 0.025),
        (HouseholdKind.ONE_PARENT, 0.105, 0.01),
        (HouseholdKind.THREE_GENERATIONS, 0.047, 0.005),
        (HouseholdKind.RELATIVES, 0.04, 0.01),
        (HouseholdKind.HOUSEMATES, 0.034, 0.01),
    ],
)
def test_kinds_have_the_published_shares_of_households(
    kind: HouseholdKind, share: float, tolerance: float
) -> None:
    kinds = (nation().sizes[:, :, None] * kind_shares()).sum(axis=(0, 1))
    assert kinds[kind] / kinds.sum() == pytest.approx(share, abs=tolerance)


def test_drawn_sizes_and_kinds_are_those_of_their_group() -> None:
    people = big_people()
    head = by_head(people)
    group = tables.origins().name_group[people.origin[head]]
    for code in range(len(tables.NAME_GROUPS)):
        for size in (2, 3, 5):
            mine = head[(group == code) & (people.size[head] == size)]
            for kind in range(1, KINDS):
                share = float(kind_shares()[code, size - 1, kind])
                assert_share(people.household[mine] == kind, share)


def test_sizes_follow_the_zips_mean(people: People) -> None:
    head, frame = by_head(people), tables.zips()
    assert people.size.min() == 1
    assert people.size.max() == LARGEST
    assert len(people) == pytest.approx(20_000, rel=0.02)
    mean = (frame.population - frame.quarters) / frame.households
    # Regression through the ZIPs' means: the slope is 1 if sizes follow them.
    slope = np.polyfit(mean[people.place[head]], people.size[head], 1)[0]
    assert slope == pytest.approx(1.0, abs=0.15)
    sizes = nation().sizes
    by_size = sizes.sum(axis=0) / sizes.sum()
    published = (0.28, 0.34, 0.15, 0.13, 0.06, 0.025, 0.015)  # ACS 2022 [recalled]
    np.testing.assert_allclose(by_size, published, atol=0.02)
    wanted = (frame.population - frame.quarters).sum() / frame.households.sum()
    assert by_size @ np.arange(1, LARGEST + 1) == pytest.approx(wanted, rel=0.01)


def test_households_of_some_groups_are_larger() -> None:
    means = (nation().sizes * np.arange(1, LARGEST + 1)).sum(axis=1) / nation().sizes.sum(axis=1)
    hispanic, white = tables.NAME_GROUPS.index("hispanic"), tables.NAME_GROUPS.index("white")
    ratio = SIZE_OF_GROUP[hispanic] / SIZE_OF_GROUP[white]
    assert means[hispanic] / means[white] == pytest.approx(ratio, rel=0.1)


def test_people_not_households_follow_the_zips_composition() -> None:
    """Residents who share the head's group by birth: partners and housemates are drawn apart."""
    people, frame = big_people(), tables.zips()
    group = tables.origins().name_group[people.origin]
    places, counts = np.unique(people.place, return_counts=True)
    expected = (frame.group_shares[places] * counts[:, None]).sum(axis=0)
    counted = np.bincount(group, minlength=len(tables.NAME_GROUPS))
    np.testing.assert_allclose(counted / len(people), expected / len(people), atol=0.006)


def test_statuses_are_possible_for_the_origin(people: People) -> None:
    origins = tables.origins()
    native = ~origins.foreign_born[people.origin]
    np.testing.assert_array_equal(native, people.status == STATUSES.index("native_born_citizen"))
    assert (origins.status_shares[people.origin, people.status] > 0).all()
    assert set(people.status.tolist()) == set(range(len(STATUSES)))


def test_heads_have_the_status_mix_of_their_origin() -> None:
    people, origins = big_people(), tables.origins()
    head, mexico = by_head(people), origins.names.index("mexico")
    for status in range(1, len(STATUSES)):
        statuses = people.status[head][people.origin[head] == mexico]
        assert_share(statuses == status, float(origins.status_shares[mexico, status]))


def test_partners_share_origin_and_status_at_the_stated_rates() -> None:
    people = changed_world(
        population={"partner_same_origin": 1.0, "partner_same_status": 1.0}
    ).people
    adults = (Relationship.PARTNER, Relationship.HOUSEMATE, Relationship.RELATIVE)
    others = np.flatnonzero(np.isin(people.relationship, adults))
    head = heads_of(people)[others]
    np.testing.assert_array_equal(people.origin[others], people.origin[head])
    np.testing.assert_array_equal(people.status[others], people.status[head])
    assert (people.status[others] == UNAUTHORIZED).any()


def test_a_higher_rate_keeps_every_partner_of_the_same_origin() -> None:
    same = []
    for rate in (0.0, 0.4, 0.8, 1.0):
        people = changed_world(population={"partner_same_origin": rate}).people
        couple = np.flatnonzero(people.relationship == Relationship.PARTNER)
        same.append(people.origin[couple] == people.origin[heads_of(people)[couple]])
    for low, high in itertools.pairwise(same):
        assert (low <= high).all()
    assert same[0].mean() < same[1].mean() < same[2].mean()


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_children_of_the_foreign_born_are_all_native_or_none(rate: float) -> None:
    people, origins = (
        changed_world(population={"native_born_children": rate}).people,
        tables.origins(),
    )
    head = heads_of(people)
    child = (people.relationship == Relationship.CHILD) & origins.foreign_born[people.origin[head]]
    assert child.sum() > 300
    assert (~origins.foreign_born[people.origin[child]] == bool(rate)).all()


def test_children_under_18_of_the_foreign_born_are_native_at_the_stated_rate() -> None:
    """To within .02: the chance falls with the child's age."""
    people, origins = big_people(), tables.origins()
    head = heads_of(people)
    child = people.relationship == Relationship.CHILD
    abroad = child & origins.foreign_born[people.origin[head]]
    native = ~origins.foreign_born[people.origin]
    assert native[abroad & (people.age < 18)].mean() == pytest.approx(0.80, abs=0.02)
    assert (
        native[abroad & (people.age < 5)].mean() > native[abroad & (people.age > 20)].mean() + 0.1
    )
    np.testing.assert_array_equal(
        origins.name_group[people.origin[child]], origins.name_group[people.origin[head[child]]]
    )
    born_abroad = abroad & ~native
    np.testing.assert_array_equal(people.status[born_abroad], people.status[head[born_abroad]])
    at_home = child & ~origins.foreign_born[people.origin[head]]
    np.testing.assert_array_equal(people.origin[at_home], people.origin[head[at_home]])


@pytest.mark.parametrize("relationship", [Relationship.CHILD, Relationship.GRANDCHILD])
def test_the_younger_of_siblings_were_born_here_if_the_elder_were(
    relationship: Relationship,
) -> None:
    """A family moves once; so twins are born in one country, too."""
    people = big_people()
    child = people.relationship == relationship
    younger = 1 + np.flatnonzero(child[1:] & child[:-1] & (people.member[1:] > people.member[:-1]))
    abroad = tables.origins().foreign_born[people.origin].astype(bool)
    assert not (abroad[younger] & ~abroad[younger - 1]).any()
    came_between = ~abroad[younger] & abroad[younger - 1]
    twins = people.birth[younger] == people.birth[younger - 1]
    assert came_between.sum() > 5
    assert (abroad[younger] & twins).any()
    assert not came_between[twins].any()


def test_kin_have_the_heads_name_group() -> None:
    people, group = big_people(), tables.origins().name_group
    kin = np.isin(people.relationship, KIN)
    np.testing.assert_array_equal(
        group[people.origin[kin]], group[people.origin[heads_of(people)[kin]]]
    )


@pytest.mark.parametrize("name", ["white", "black", "hispanic", "api"])
def test_residents_of_each_group_are_foreign_born_as_often_as_in_the_nation(name: str) -> None:
    """Heads are foreign-born more often than residents, by what the households themselves say.

    To within a twentieth: households in the ZIPs drawn are larger or smaller than the nation's.
    """
    people, origins = big_people(), tables.origins()
    members = origins.name_group == tables.NAME_GROUPS.index(name)
    nation_share = np.average(origins.foreign_born[members], weights=origins.population[members])
    mine = members[people.origin]
    abroad = origins.foreign_born[people.origin[mine]]
    assert abroad.mean() == pytest.approx(nation_share, rel=0.05)


def test_national_totals_of_statuses_come_out() -> None:
    """Given the sample's people by origin, statuses are as published to within 7%.

    Members of a household share a status, so that a few thousand people vary by 2% or so.
    """
    people, origins = big_people(), tables.origins()
    by_origin = np.bincount(people.origin, minlength=len(origins.names))
    expected = (by_origin[:, None] * origins.status_shares).sum(axis=0)
    counted = np.bincount(people.status, minlength=len(STATUSES))
    np.testing.assert_allclose(counted, expected, rtol=0.07)


def test_mixed_status_households_are_near_the_published_counts() -> None:
    """Per unauthorized or protected resident, of whom 14 million live here (Pew 2023).

    7.5 million households, 22 million people where somebody else has another status, 11.3 million
    of them citizens and 5.5 million citizen children [seen]: reached to within a fifth.
    """
    people = big_people()
    head, first = heads_of(people), people.status <= STATUSES.index("naturalised_citizen")
    without = people.status >= STATUSES.index("protected")
    without_home, other_home = (np.zeros(len(people), np.bool_) for _ in range(2))
    without_home[head[without]] = True
    other_home[head[~without]] = True
    mixed = without_home[head] & other_home[head]
    child = np.isin(people.relationship, [Relationship.CHILD, Relationship.GRANDCHILD])
    scale = 14.0 / without.sum()
    assert without_home.sum() * scale == pytest.approx(7.5, rel=0.2)
    assert mixed.sum() * scale == pytest.approx(22.0, rel=0.2)
    assert (mixed & first).sum() * scale == pytest.approx(11.3, rel=0.2)
    minors = mixed & first & child & (people.age < 18)
    assert minors.sum() * scale == pytest.approx(5.5, rel=0.2)
