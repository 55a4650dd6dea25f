"""How names run in families: households made by hand, each rate struck exactly."""

import itertools

import numpy as np
import pytest

from simulator import lexicon
from simulator.lexicon import ABSENT
from simulator.population.vocabulary import vocabulary
from simulator.records import BoolArray, Relationship, Suffix
from simulator.reference import tables
from tests.population.homes import (
    CHILD,
    FEMALE,
    HEAD,
    MALE,
    PARTNER,
    Member,
    code,
    homes,
    names_of,
)
from tests.population.world import assert_share

PARENT, GRANDCHILD = Relationship.PARENT, Relationship.GRANDCHILD
RELATIVE, HOUSEMATE = Relationship.RELATIVE, Relationship.HOUSEMATE
COUPLE = (Member(HEAD, MALE), Member(PARTNER, FEMALE))
MEXICAN = (Member(HEAD, MALE, origin="mexico"), Member(PARTNER, FEMALE, origin="mexico"))
BRAZILIAN = (Member(HEAD, MALE, origin="brazil"), Member(PARTNER, FEMALE, origin="brazil"))


def by_chance(same: BoolArray) -> None:
    """Assert that names agree no more often than names drawn apart do."""
    assert same.mean() < 0.05


def test_a_child_has_the_fathers_and_the_mothers_surname() -> None:
    people = homes(*MEXICAN, Member(CHILD, MALE, 2010, "us_hispanic"))
    apart = names_of(people)
    for rate in (0.0, 1.0):
        father, mother, child = names_of(people, partner_same_surname_hispanic=rate)
        np.testing.assert_array_equal(child.surname_1, father.surname_1)
        np.testing.assert_array_equal(child.surname_2, apart[1].surname_1)
        assert (mother.surname_1 == father.surname_1).all() == (rate == 1.0)
    by_chance(child.surname_1 == child.surname_2)


def test_a_brazilian_family_writes_the_mothers_surname_first() -> None:
    people = homes(*BRAZILIAN, Member(CHILD, MALE, 2010, "brazil"), Member(CHILD, MALE, 2014))
    father, mother, child, native = names_of(people)
    np.testing.assert_array_equal(child.surname_1, mother.surname_2)
    np.testing.assert_array_equal(child.surname_2, father.surname_2)
    np.testing.assert_array_equal(native.surname_1, father.surname_2)
    assert (native.surname_2 == ABSENT).all(), "the US-born bear the father's alone"


def test_most_origins_have_one_surname() -> None:
    for origin in ("us_white", "china", "haiti", "us_api"):
        (only,) = names_of(homes(Member(HEAD, MALE, origin=origin), count=50))
        assert (only.surname_1 != ABSENT).all()
        assert (only.surname_2 == ABSENT).all()


@pytest.mark.parametrize(
    ("origin", "rate_of"),
    [
        ("us_white", "partner_same_surname"),
        ("india", "partner_same_surname"),
        ("guatemala", "partner_same_surname_hispanic"),
        ("us_hispanic", "partner_same_surname_hispanic"),
        ("vietnam", "partner_same_surname_east_asian"),
    ],
)
def test_wives_bear_their_husbands_surname_at_the_rate_of_their_origin(
    origin: str, rate_of: str
) -> None:
    group = tables.NAME_GROUPS[tables.origins().name_group[code(origin)]]
    husband = Member(HEAD, MALE, origin=f"us_{group}")
    people = homes(husband, Member(PARTNER, FEMALE, origin=origin))
    apart = names_of(people)
    by_chance(apart[0].surname_1 == apart[1].surname_1)
    rates = dict.fromkeys(
        (
            "partner_same_surname",
            "partner_same_surname_hispanic",
            "partner_same_surname_east_asian",
        ),
        0.0,
    )
    head, wife = names_of(people, **{**rates, rate_of: 0.7})
    assert_share((head.surname_1 == wife.surname_1)[apart[0].surname_1 != apart[1].surname_1], 0.7)
    np.testing.assert_array_equal(head.surname_1, apart[0].surname_1)
    other = names_of(people, **{**dict.fromkeys(rates, 1.0), rate_of: 0.0})
    np.testing.assert_array_equal(other[1].surname_1, apart[1].surname_1)


def test_a_woman_who_heads_the_household_bears_her_husbands_surname_too() -> None:
    people = homes(
        Member(HEAD, FEMALE, origin="mexico"), Member(PARTNER, MALE, origin="us_hispanic")
    )
    apart = names_of(people)
    wife, husband = names_of(people, partner_same_surname_hispanic=1.0)
    np.testing.assert_array_equal(husband.surname_1, apart[1].surname_1)
    np.testing.assert_array_equal(wife.surname_1, apart[1].surname_1)
    np.testing.assert_array_equal(wife.surname_2, apart[0].surname_1)


@pytest.mark.parametrize("head", [MALE, FEMALE])
def test_of_a_couple_of_two_name_groups_each_keeps_a_surname_and_children_have_the_heads(
    head: int,
) -> None:
    people = homes(
        Member(HEAD, head, origin="mexico"),
        Member(PARTNER, 1 - head),
        Member(CHILD, head, 2010, "us_hispanic"),
        Member(CHILD, 1 - head, 2012, "us_hispanic"),
    )
    apart = names_of(people)
    rates = {"partner_same_surname": 1.0, "partner_same_surname_hispanic": 1.0}
    parent, partner, *children = names_of(people, **rates, child_named_after_parent=1.0)
    np.testing.assert_array_equal(parent.surname_1, apart[0].surname_1)
    np.testing.assert_array_equal(partner.surname_1, apart[1].surname_1)
    by_chance(parent.surname_1 == partner.surname_1)
    for child in children:
        np.testing.assert_array_equal(child.surname_1, parent.surname_1)
        np.testing.assert_array_equal(child.surname_2, parent.surname_2)
    np.testing.assert_array_equal(children[0].given, parent.given)
    np.testing.assert_array_equal(children[1].given, apart[3].given)


@pytest.mark.parametrize("relationship", [CHILD, GRANDCHILD, PARENT, RELATIVE])
def test_kin_of_another_name_group_bear_names_of_their_own(relationship: Relationship) -> None:
    people = homes(Member(HEAD, MALE), Member(relationship, MALE, 1990, "china"))
    head, other = names_of(people, relative_same_surname=1.0, child_named_after_parent=0.5)
    by_chance(head.surname_1 == other.surname_1)
    chinese = tables.surnames().by_origin[code("china")].rows
    assert np.isin(other.surname_1, lexicon.names().surname_codes[chinese]).all()


@pytest.mark.parametrize("sex", [MALE, FEMALE])
def test_of_two_of_one_sex_both_bear_the_heads_surname(sex: int) -> None:
    people = homes(Member(HEAD, sex), Member(PARTNER, sex), Member(CHILD, MALE, 2012))
    apart = names_of(people)
    both = names_of(people, partner_same_surname=1.0)
    for each in both:
        np.testing.assert_array_equal(each.surname_1, apart[0].surname_1)


def test_a_higher_rate_keeps_every_couple_that_shared() -> None:
    people = homes(*COUPLE)
    shared = []
    for rate in (0.0, 0.2, 0.5, 0.9, 1.0):
        head, wife = names_of(people, partner_same_surname=rate)
        shared.append(head.surname_1 == wife.surname_1)
    for low, high in itertools.pairwise(shared):
        assert (low <= high).all()
        assert low.sum() < high.sum()
    assert shared[-1].all()


def test_children_of_a_lone_parent_bear_both_surnames_of_the_parent() -> None:
    people = homes(Member(HEAD, FEMALE, origin="mexico"), Member(CHILD, MALE, 2010, "us_hispanic"))
    parent, child = names_of(people)
    np.testing.assert_array_equal(child.surname_1, parent.surname_1)
    np.testing.assert_array_equal(child.surname_2, parent.surname_2)


def test_parents_of_the_head_bear_the_surnames_the_head_was_born_with() -> None:
    people = homes(
        Member(HEAD, FEMALE, origin="mexico"),
        Member(PARTNER, MALE, origin="mexico"),
        Member(PARENT, MALE, 1950, "mexico"),
        Member(PARENT, FEMALE, 1953, "mexico"),
    )
    born, _, father, mother = names_of(people)
    np.testing.assert_array_equal(father.surname_1, born.surname_1)
    np.testing.assert_array_equal(mother.surname_1, born.surname_2)
    by_chance(mother.surname_2 == born.surname_1)
    married, _, father, mother = names_of(people, partner_same_surname_hispanic=1.0)
    by_chance(married.surname_1 == born.surname_1)
    np.testing.assert_array_equal(father.surname_1, born.surname_1)
    np.testing.assert_array_equal(mother.surname_1, born.surname_1)
    np.testing.assert_array_equal(mother.surname_2, born.surname_2)


def test_the_mother_of_a_head_bears_her_husbands_surname_at_the_rate_of_wives() -> None:
    people = homes(Member(HEAD, MALE), Member(PARENT, FEMALE, 1950))
    head, mother = names_of(people, partner_same_surname=0.6)
    assert_share(head.surname_1 == mother.surname_1, 0.6)


def test_relatives_are_born_with_the_heads_surnames_at_the_stated_rate() -> None:
    people = homes(Member(HEAD, MALE, origin="mexico"), Member(RELATIVE, FEMALE, origin="mexico"))
    head, other = names_of(people)
    by_chance(head.surname_1 == other.surname_1)
    apart = (head.surname_1 != other.surname_1) & (head.surname_2 != other.surname_2)
    head, other = names_of(people, relative_same_surname=0.6)
    both = (head.surname_1 == other.surname_1) & (head.surname_2 == other.surname_2)
    assert_share(both[apart], 0.6)


def test_a_sons_child_bears_the_surname_of_the_family() -> None:
    people = homes(*COUPLE, Member(CHILD, MALE, 1998), Member(GRANDCHILD, FEMALE, 2018))
    head, _, _, grandchild = names_of(people, daughters_child_other_surname=1.0)
    np.testing.assert_array_equal(grandchild.surname_1, head.surname_1)


def test_a_daughters_children_share_another_surname_at_the_stated_rate() -> None:
    people = homes(
        *MEXICAN,
        Member(CHILD, FEMALE, 1998, "us_hispanic"),
        Member(GRANDCHILD, FEMALE, 2018, "us_hispanic"),
        Member(GRANDCHILD, MALE, 2020, "us_hispanic"),
    )
    head, _, daughter, first, second = names_of(people, daughters_child_other_surname=1.0)
    np.testing.assert_array_equal(first.surname_1, second.surname_1)
    np.testing.assert_array_equal(first.surname_2, daughter.surname_1)
    other = first.surname_1 != head.surname_1
    assert other.mean() > 0.95
    head, _, _, first, _ = names_of(people, daughters_child_other_surname=0.5)
    assert_share((first.surname_1 == head.surname_1)[other], 0.5)


def test_without_their_parent_half_of_grandchildren_come_through_a_son() -> None:
    people = homes(Member(HEAD, MALE, 1950), Member(GRANDCHILD, FEMALE, 2018))
    head, grandchild = names_of(people, daughters_child_other_surname=1.0)
    same = head.surname_1 == grandchild.surname_1
    assert same.mean() == pytest.approx(0.5, abs=0.06)
    # A child here who is too young is not the parent.
    people = homes(
        Member(HEAD, MALE, 1960), Member(CHILD, MALE, 2008), Member(GRANDCHILD, FEMALE, 2018)
    )
    head, _, grandchild = names_of(people, daughters_child_other_surname=1.0)
    assert (head.surname_1 == grandchild.surname_1).mean() == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("relationship", [HOUSEMATE, RELATIVE])
def test_housemates_and_unlike_relatives_bear_names_of_their_own(
    relationship: Relationship,
) -> None:
    people = homes(Member(HEAD, MALE), Member(relationship, MALE))
    head, other = names_of(people, child_named_after_parent=0.5, partner_same_surname=1.0)
    by_chance(head.surname_1 == other.surname_1)
    by_chance(head.given == other.given)


@pytest.mark.parametrize("sex", [MALE, FEMALE])
@pytest.mark.parametrize("rate", [0.0, 0.03, 0.4, 1.0])
def test_children_bear_the_name_of_the_parent_of_their_sex_at_the_stated_rate(
    rate: float, sex: int
) -> None:
    people = homes(*COUPLE, Member(CHILD, sex, 2010))
    parent = 0 if sex == MALE else 1
    own = names_of(people)
    apart = own[2].given != own[parent].given
    found = names_of(people, child_named_after_parent=rate)
    assert_share((found[2].given == found[parent].given)[apart], rate)
    np.testing.assert_array_equal(found[2].surname_1, own[2].surname_1)
    unnamed = found[2].given != found[parent].given
    np.testing.assert_array_equal(found[2].given[unnamed], own[2].given[unnamed])


def test_a_higher_rate_keeps_every_namesake_and_every_surname() -> None:
    people = homes(*COUPLE, Member(CHILD, FEMALE, 2010))
    rates = [names_of(people, child_named_after_parent=rate) for rate in (0.0, 0.1, 0.6, 1.0)]
    for low, high in itertools.pairwise(rates):
        few, many = (each[1].given == each[2].given for each in (low, high))
        assert (few <= many).all()
        assert few.sum() < many.sum()
        np.testing.assert_array_equal(low[2].surname_1, high[2].surname_1)


def test_a_child_without_a_parent_of_its_sex_is_named_after_nobody() -> None:
    people = homes(Member(HEAD, FEMALE), Member(CHILD, MALE, 2010))
    np.testing.assert_array_equal(
        names_of(people)[1].given, names_of(people, child_named_after_parent=1.0)[1].given
    )


def test_of_several_sons_the_eldest_alone_bears_the_fathers_name() -> None:
    people = homes(*COUPLE, Member(CHILD, MALE, 2006), Member(CHILD, MALE, 2010))
    father, _, eldest, second = names_of(people, child_named_after_parent=1.0)
    np.testing.assert_array_equal(eldest.given, father.given)
    assert (second.given != father.given).all()


def test_sons_named_after_their_father_bear_suffix_and_middle_name_at_the_stated_rate() -> None:
    people = homes(*COUPLE, Member(CHILD, MALE, 2006), Member(CHILD, FEMALE, 2008))
    rates = {
        "child_named_after_parent": 1.0,
        "suffix_share": 0.4,
        "middle_name": {"us_born": 0.5, "latin_american": 0, "east_asian": 0, "elsewhere": 0},
    }
    father, mother, son, daughter = names_of(people, **rates)
    junior = son.suffix != Suffix.NONE
    assert_share(junior, 0.4)
    np.testing.assert_array_equal(son.middle[junior], father.middle[junior])
    both = (son.middle != ABSENT) & (father.middle != ABSENT) & ~junior
    by_chance(son.middle[both] == father.middle[both])
    assert (daughter.suffix == Suffix.NONE).all()
    assert (mother.suffix == Suffix.NONE).all()
    # The father may be named after his own: his son is then the third.
    assert_share(father.suffix == Suffix.JUNIOR, 0.4)
    np.testing.assert_array_equal(
        son.suffix[junior],
        np.where(father.suffix[junior] == Suffix.JUNIOR, Suffix.THIRD, Suffix.JUNIOR),
    )
    assert not set(son.suffix) - {Suffix.NONE, Suffix.JUNIOR, Suffix.THIRD}


def test_nobody_bears_a_suffix_without_being_named_after_anybody() -> None:
    people = homes(*COUPLE, Member(CHILD, MALE, 2006), Member(PARENT, MALE, 1950))
    for each in names_of(people, suffix_share=1.0):
        assert (each.suffix == Suffix.NONE).all()


def test_the_father_of_a_head_named_after_him_bears_that_name() -> None:
    people = homes(Member(HEAD, MALE), Member(PARENT, MALE, 1950), Member(PARENT, FEMALE, 1951))
    head, father, mother = names_of(people, child_named_after_parent=1.0, suffix_share=1.0)
    np.testing.assert_array_equal(head.given, father.given)
    assert (head.suffix == Suffix.JUNIOR).all()
    assert (father.suffix == Suffix.NONE).all()
    by_chance(mother.given == head.given)


def test_siblings_never_share_a_given_name() -> None:
    """Of five sisters from Mexico, one in three times two would draw one name."""
    sisters = [Member(CHILD, FEMALE, 2000 + 2 * i, "mexico") for i in range(5)]
    people = homes(Member(HEAD, MALE, origin="mexico"), *sisters)
    given = np.array([each.given for each in names_of(people)[1:]])
    for a, b in itertools.combinations(range(5), 2):
        assert (given[a] != given[b]).all()
    housemates = [Member(HOUSEMATE, FEMALE, 2000, "mexico") for _ in range(5)]
    given = np.array([each.given for each in names_of(homes(Member(HEAD, MALE), *housemates))[1:]])
    assert (np.diff(np.sort(given, axis=0), axis=0) == 0).any(), "strangers may"


def test_a_brother_of_the_head_has_another_name() -> None:
    people = homes(Member(HEAD, MALE, 1980, "mexico"), Member(RELATIVE, MALE, 1982, "mexico"))
    head, brother = names_of(people, relative_same_surname=1.0)
    assert (head.given != brother.given).all()


def test_twins_have_names_with_one_first_letter_at_the_stated_rate() -> None:
    initials = vocabulary().initials
    twins = [Member(CHILD, FEMALE, 20110304) for _ in range(2)]
    people = homes(*COUPLE, *twins, count=4_000)
    _, _, first, second = names_of(people)
    alike = initials[first.given] == initials[second.given]
    assert 0.04 < alike.mean() < 0.12
    _, _, similar_first, similar = names_of(people, twins_similar=0.5)
    np.testing.assert_array_equal(similar_first.given, first.given)
    assert (similar.given != first.given).all()
    now = initials[similar.given] == initials[first.given]
    assert (now >= alike).all(), "a name alike by chance is kept"
    assert now[~alike].mean() == pytest.approx(0.44, abs=0.04), "65 draws find most letters"
    apart = homes(*COUPLE, *[Member(CHILD, FEMALE, year) for year in (2010, 2012)], count=4_000)
    for before, after in zip(names_of(apart), names_of(apart, twins_similar=1.0), strict=True):
        np.testing.assert_array_equal(before.given, after.given)


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        ("us_hispanic", "us_born"),
        ("mexico", "latin_american"),
        ("korea", "east_asian"),
        ("brazil", "elsewhere"),
    ],
)
def test_middle_names_come_at_the_rate_of_where_one_was_born(origin: str, kind: str) -> None:
    people = homes(Member(HEAD, FEMALE, origin=origin), count=4_000)
    zeros = dict.fromkeys(("us_born", "latin_american", "east_asian", "elsewhere"), 0.0)
    (none,) = names_of(people, middle_name={**dict.fromkeys(zeros, 1.0), kind: 0.0})
    assert (none.middle == ABSENT).all()
    (some,) = names_of(people, middle_name={**zeros, kind: 0.3})
    (all_,) = names_of(people, middle_name={**zeros, kind: 1.0})
    assert_share(some.middle != ABSENT, 0.3)  # twice over, a name is left out: one in a thousand
    assert (some.middle != some.given).all()
    had = some.middle != ABSENT
    np.testing.assert_array_equal(some.middle[had], all_.middle[had])
    assert np.isin(all_.middle[had], lexicon.names().given_codes).all()
