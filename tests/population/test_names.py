import itertools

import numpy as np
import pytest

from simulator import lexicon
from simulator.lexicon import ABSENT
from simulator.population.names import (
    ANY_COHORT,
    COHORTS,
    GIVEN_TABLES,
    HISPANIC,
    SEXES,
    AliasTables,
    alias_tables,
    draw_names,
    generate_names,
    given_alias,
    given_weights,
    surname_alias,
)
from simulator.randomness import FloatArray, IntArray, Stage, Streams
from simulator.records import Names, Relationship
from simulator.reference import tables
from tests.ladder import agreement
from tests.population.world import assert_share, changed_world, heads_of, small_world

MALE, FEMALE = 0, 1


def probabilities(table: AliasTables, number: int, size: int) -> FloatArray:
    """Work out the chance of every code from the cells of an alias table."""
    cells = slice(table.starts[number], table.starts[number + 1])
    keep, alias, codes = table.keep[cells], table.alias[cells], table.codes[cells]
    chance = np.zeros(size)
    np.add.at(chance, codes, keep / keep.size)
    np.add.at(chance, codes[alias], (1.0 - keep) / keep.size)
    return chance


def over_codes(weights: FloatArray, codes: np.ndarray) -> FloatArray:
    """Spread normalised weights over lexicon codes."""
    chance = np.zeros(lexicon.names().lexicon.size)
    chance[codes] = weights / weights.sum()
    return chance


@pytest.mark.parametrize("group", range(len(tables.NAME_GROUPS)))
def test_surname_tables_give_every_name_its_weight(group: int) -> None:
    everything = lexicon.names()
    expected = over_codes(tables.surnames().bearers[:, group], everything.surname_codes)
    found = probabilities(surname_alias(), group, everything.lexicon.size)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_given_name_tables_give_every_name_its_weight() -> None:
    everything, number = lexicon.names(), 0
    for group in range(len(tables.NAME_GROUPS)):
        for sex in range(SEXES):
            for cohort in range(GIVEN_TABLES):
                expected = over_codes(given_weights(group, sex, cohort), everything.given_codes)
                found = probabilities(given_alias(), number, everything.lexicon.size)
                np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
                number += 1
    assert given_alias().starts.size == number + 1


def test_alias_tables_of_awkward_weights() -> None:
    codes = np.array([10, 20, 30, 40], dtype=np.int32)
    columns = [
        np.array([1.0, 0.0, 0.0, 0.0]),
        np.array([1.0, 1.0, 1.0, 1.0]),
        np.array([1e-300, 1.0, 1e6, 0.0]),
    ]
    table = alias_tables(columns, codes)
    assert np.diff(table.starts).tolist() == [1, 4, 3]
    for number, weights in enumerate(columns):
        chance = probabilities(table, number, 41)[codes]
        np.testing.assert_allclose(chance, weights / weights.sum(), rtol=0, atol=1e-15)
    assert ((table.keep >= 0.0) & (table.keep <= 1.0)).all()


def test_the_tilt_moves_names_between_cohorts_and_loses_none() -> None:
    """Over cohorts the tilted weights of a name in the births list add up to its bearers."""
    given = tables.given_names()
    untilted = given_weights(0, FEMALE, ANY_COHORT)
    np.testing.assert_array_equal(untilted, given.bearers[:, 0, FEMALE])
    total = np.sum([given_weights(0, FEMALE, cohort) for cohort in range(COHORTS)], axis=0)
    np.testing.assert_allclose(total, untilted, rtol=1e-9)
    rows = {name: given.names.index(name) for name in ("DOROTHY", "MADISON")}

    def share(name: str, cohort: int) -> float:
        weights = given_weights(0, FEMALE, cohort)
        return float(weights[rows[name]] / weights.sum())

    assert share("DOROTHY", 0) > 20 * share("DOROTHY", 6)
    assert share("MADISON", 7) > 100 * share("MADISON", 1)


def test_old_names_are_borne_by_the_old() -> None:
    world = small_world()
    texts = lexicon.names().lexicon.texts
    native = ~tables.origins().foreign_born[world.people.origin]
    bearers = {
        name: world.people.age[native & (world.names.given == texts.index(name))]
        for name in ("LINDA", "EMMA", "NANCY", "TYLER")
    }
    assert min(ages.size for ages in bearers.values()) >= 10
    assert min(bearers["LINDA"].mean(), bearers["NANCY"].mean()) > 50
    assert max(bearers["EMMA"].mean(), bearers["TYLER"].mean()) < 35


def test_given_names_are_those_of_the_sex() -> None:
    """No name is given to a sex for which its group and cohort have no bearers."""
    world = small_world()
    group = tables.origins().name_group[world.people.origin]
    table = np.zeros((len(tables.NAME_GROUPS), SEXES, lexicon.names().lexicon.size), np.bool_)
    given = lexicon.names().given_codes
    table[:, :, given] = np.moveaxis(tables.given_names().bearers > 0, 0, -1)
    drawn = named(child_named_after_parent=0.0).given  # a parent may be of another group
    assert table[group, world.people.sex, drawn].all()
    of_the_sex = np.asarray(table.any(axis=0))
    assert of_the_sex[world.people.sex, named(child_named_after_parent=1.0).given].all()
    surnames = np.zeros((len(tables.NAME_GROUPS), lexicon.names().lexicon.size), np.bool_)
    surnames[:, lexicon.names().surname_codes] = tables.surnames().bearers.T > 0
    alone = world.people.size == 1  # nobody else's name, of another group, by marriage
    assert surnames[group[alone], world.names.surname_1[alone]].all()


def test_children_bear_one_surname_twice_by_chance_alone() -> None:
    people = small_world().people
    names = named(partner_same_surname=1.0, partner_same_surname_hispanic=1.0)
    child = (people.relationship == Relationship.CHILD) & (names.surname_2 != lexicon.ABSENT)
    assert child.sum() > 500
    assert (names.surname_1[child] == names.surname_2[child]).mean() < 0.03


def test_every_hispanic_person_and_nobody_else_has_a_second_surname() -> None:
    world = small_world()
    hispanic = tables.origins().name_group[world.people.origin] == HISPANIC
    assert hispanic.any()
    np.testing.assert_array_equal(world.names.surname_2 != ABSENT, hispanic)
    assert (world.names.surname_1 != ABSENT).all()
    assert (world.names.given != ABSENT).all()


def couples(names: Names) -> tuple[IntArray, IntArray]:
    """Return (partners, heads) of the small world's couples."""
    people = small_world().people
    partner = np.flatnonzero(people.relationship == Relationship.PARTNER)
    return partner, heads_of(people)[partner]


def named(**rates: object) -> Names:
    return changed_world(names=rates).names


def test_partners_share_a_surname_at_the_rate_of_the_heads_group() -> None:
    people = small_world().people
    partner, head = couples(small_world().names)
    hispanic = tables.origins().name_group[people.origin[head]] == HISPANIC
    names = named(partner_same_surname=1.0, partner_same_surname_hispanic=0.0)
    same = names.surname_1[partner] == names.surname_1[head]
    assert same[~hispanic].all()
    assert same[hispanic].mean() < 0.02  # by chance
    apart = same  # couples with one surname although they do not share it
    names = named(partner_same_surname=0.79, partner_same_surname_hispanic=0.4)
    same = names.surname_1[partner] == names.surname_1[head]
    by_chance = float(apart[hispanic].mean())
    assert_share(same[hispanic], 0.4 + 0.6 * by_chance)
    assert_share(same[~hispanic], 0.79)  # chance adds less than 0.001


def test_a_higher_rate_keeps_every_couple_that_shared() -> None:
    partner, head = couples(small_world().names)
    shared = []
    for rate in (0.0, 0.2, 0.5, 0.9, 1.0):
        names = named(partner_same_surname=rate, partner_same_surname_hispanic=rate)
        shared.append(names.surname_1[partner] == names.surname_1[head])
    for low, high in itertools.pairwise(shared):
        assert (low <= high).all()
        assert low.sum() < high.sum()
    assert shared[-1].all()


def test_children_bear_the_fathers_surname_and_then_the_mothers_by_birth() -> None:
    people = small_world().people
    child = np.flatnonzero(people.relationship == Relationship.CHILD)
    head = heads_of(people)[child]
    couple = people.relationship[head + 1] == Relationship.PARTNER
    father_second = couple & (people.sex[head] == FEMALE) & (people.sex[head + 1] == MALE)
    father = np.where(father_second, head + 1, head)
    hispanic = tables.origins().name_group[people.origin[child]] == HISPANIC
    with_both = hispanic & couple
    mother = np.where(father_second, head, head + 1)
    assert with_both.sum() > 100
    # Where no couple shares a surname everybody uses the one of birth.
    by_birth = named(partner_same_surname=0.0, partner_same_surname_hispanic=0.0).surname_1
    for rate in (0.0, 0.4, 1.0):
        names = named(partner_same_surname=rate, partner_same_surname_hispanic=rate)
        np.testing.assert_array_equal(names.surname_1[child], names.surname_1[father])
        np.testing.assert_array_equal(
            names.surname_2[child[with_both]], by_birth[mother[with_both]]
        )
    by_marriage = names.surname_1[mother] != by_birth[mother]
    assert (with_both & by_marriage).sum() > 50  # so the last rate tells birth from marriage


def test_children_of_a_lone_parent_bear_both_surnames_of_the_parent() -> None:
    people, names = small_world().people, small_world().names
    child = np.flatnonzero(people.relationship == Relationship.CHILD)
    head = heads_of(people)[child]
    lone = people.relationship[head + 1] != Relationship.PARTNER
    for column in ("surname_1", "surname_2"):
        written = getattr(names, column)
        np.testing.assert_array_equal(written[child[lone]], written[head[lone]])
    two = lone & (names.surname_2[child] != ABSENT)
    siblings = two & (people.member[child] > 1)
    assert siblings.sum() > 50
    assert (names.surname_1[child[two]] != names.surname_2[child[two]]).mean() > 0.9


def test_siblings_share_both_surnames() -> None:
    people, names = small_world().people, small_world().names
    child = np.flatnonzero(people.relationship == Relationship.CHILD)
    _, first, household = np.unique(heads_of(people)[child], return_index=True, return_inverse=True)
    eldest = child[first][household]
    assert (eldest != child).sum() > 1_000
    for column in ("surname_1", "surname_2"):
        written = getattr(names, column)
        np.testing.assert_array_equal(written[child], written[eldest])


def children_and_namesakes() -> tuple[IntArray, IntArray]:
    """Return the rows of children and of the parent of each one's sex, -1 where there is none.

    Where both parents are of that sex it is the head of the household.
    """
    people = small_world().people
    child = np.flatnonzero(people.relationship == Relationship.CHILD)
    head = heads_of(people)[child]
    couple = people.relationship[head + 1] == Relationship.PARTNER
    partner = np.where(couple & (people.sex[head + 1] == people.sex[child]), head + 1, -1)
    return child, np.where(people.sex[head] == people.sex[child], head, partner)


@pytest.mark.parametrize("rate", [0.0, 0.03, 0.1, 0.5, 1.0])
def test_children_bear_the_name_of_the_parent_of_their_sex_at_the_stated_rate(rate: float) -> None:
    child, parent = children_and_namesakes()
    own, names = named(child_named_after_parent=0.0).given, named(child_named_after_parent=rate)
    by_chance = own[child] == own[parent]
    could = (parent >= 0) & ~by_chance
    assert could.sum() > 3_000
    assert (parent < 0).sum() > 200
    named_after = names.given[child] == names.given[parent]
    assert_share(named_after[could], rate)
    # All others keep the name they drew, above all those without a parent of their sex.
    unchanged = np.ones(own.size, np.bool_)
    unchanged[child[could & named_after]] = False
    np.testing.assert_array_equal(names.given[unchanged], own[unchanged])


def test_sons_and_daughters_are_named_after_a_parent_alike() -> None:
    child, parent = children_and_namesakes()
    own, names = named(child_named_after_parent=0.0).given, named(child_named_after_parent=0.3)
    could = (parent >= 0) & (own[child] != own[parent])
    for sex in (MALE, FEMALE):
        mine = could & (small_world().people.sex[child] == sex)
        assert_share(names.given[child[mine]] == names.given[parent[mine]], 0.3)


def test_a_higher_rate_keeps_every_namesake_and_every_surname() -> None:
    child, parent = children_and_namesakes()
    known = parent >= 0
    rates = [named(child_named_after_parent=rate) for rate in (0.0, 0.03, 0.1, 0.6, 1.0)]
    for low, high in itertools.pairwise(rates):
        few, many = (each.given[child[known]] == each.given[parent[known]] for each in (low, high))
        assert (few <= many).all()
        assert few.sum() < many.sum()
        np.testing.assert_array_equal(low.surname_1, high.surname_1)
        np.testing.assert_array_equal(low.surname_2, high.surname_2)
    assert many.all()


def test_housemates_do_not_share_surnames() -> None:
    people, names = small_world().people, small_world().names
    other = np.flatnonzero(people.relationship == Relationship.HOUSEMATE)
    same = names.surname_1[other] == names.surname_1[heads_of(people)[other]]
    assert same.mean() < 0.01


def test_a_name_does_not_depend_on_which_rows_are_asked_for() -> None:
    world = small_world()
    rows = np.random.default_rng(1).permutation(len(world.people))[:500]
    some = generate_names(world.people, world.scenario.names, rows, rng=world.rng)
    for column in ("given", "surname_1", "surname_2"):
        np.testing.assert_array_equal(getattr(some, column), getattr(world.names, column)[rows])


def concentration(codes: np.ndarray) -> float:
    """Return the unbiased estimate of sum p^2: the share of pairs that agree."""
    counts = np.unique(codes, return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1.0)).sum() / (codes.size * (codes.size - 1.0)))


@pytest.mark.parametrize("group", ["hispanic", "white"])
def test_drawn_surnames_concentrate_as_the_table_does(group: str) -> None:
    """Twenty draws of 100,000 people, to within 3% of sum p^2; 10% off would not pass."""
    code, people = tables.NAME_GROUPS.index(group), 100_000
    shares = tables.surnames().bearers[:, code] / tables.surnames().bearers[:, code].sum()
    theory = float(shares @ shares)
    first, second = [], []
    for replicate in range(20):
        u = Streams(5, replicate).table(Stage.NAME, 0, np.arange(people))[:3]
        names = draw_names(np.full(people, code), np.full(people, MALE), u)
        first.append(concentration(names.surname_1))
        second.append(names.surname_2)
    agreement(np.array(first), theory, detectable=0.03)
    with pytest.raises(AssertionError, match="theory"):
        agreement(np.array(first), 1.1 * theory, detectable=0.03)
    if code == HISPANIC:
        agreement(np.array([concentration(codes) for codes in second]), theory, detectable=0.03)
    else:
        assert (np.array(second) == ABSENT).all()


def test_heads_surnames_concentrate_as_the_table_does() -> None:
    """The same for names drawn in households: heads draw independently of each other."""
    world = small_world()
    group = tables.origins().name_group[world.people.origin]
    heads = (world.people.member == 0) & (group == HISPANIC)
    shares = tables.surnames().bearers[:, HISPANIC] / tables.surnames().bearers[:, HISPANIC].sum()
    found = concentration(world.names.surname_1[heads])
    # About 1,400 heads, a million pairs: the standard error is some 8% of sum p^2.
    assert found == pytest.approx(float(shares @ shares), rel=0.35)


def test_people_from_elsewhere_take_the_names_of_group_and_sex() -> None:
    groups = np.repeat(np.arange(len(tables.NAME_GROUPS)), 2_000)
    sexes = np.tile(np.array([MALE, FEMALE]), groups.size // 2)
    names = draw_names(
        groups, sexes, Streams(6, 0).table(Stage.DEPARTED, 0, np.arange(groups.size))[:3]
    )
    bearers = np.zeros((len(tables.NAME_GROUPS), SEXES, lexicon.names().lexicon.size), np.bool_)
    bearers[:, :, lexicon.names().given_codes] = np.moveaxis(
        tables.given_names().bearers > 0, 0, -1
    )
    assert bearers[groups, sexes, names.given].all()
    np.testing.assert_array_equal(names.surname_2 != ABSENT, groups == HISPANIC)
