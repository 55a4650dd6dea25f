"""How surnames run in families.

Everybody is born with the father's and the mother's (paternal) surname; what one writes of them is
the custom of one's origin. A wife may bear her husband's surname, her own then being the second.
Children have the father's and the mother's surname by birth, those of a lone parent both of the
parent's. The head's mother was born with the head's second surname, the father bears the first;
grandchildren have the surname of the family through a son, and through a daughter at some rate
another; some relatives are born with the head's surnames. Housemates are strangers.

Surnames run within a name group only. The Census lists by group are of people as they were named
when counted: a list already holds the names that came from other groups by marriage and by birth.
Handing those on once more would count them twice, so in a couple of two name groups each keeps the
surname drawn from the own group's list, and children, who are of the head's group
(``composition``), bear the head's surnames. Every group's surnames are then those of its list.

Limits: in couples of two name groups a shared surname is rarer than in truth, and children whose
mother heads the household do not bear the father's; children of a lone mother never bear an absent
father's surname; no stepchildren; nobody bears the surname of a marriage that ended.
"""

from simulator.kernels import inlined
from simulator.lexicon import ABSENT
from simulator.population.alias import class_of, draw
from simulator.population.naming import (
    DESCENT_BLOCK,
    MALE,
    SURNAME_BLOCK,
    Customs,
    Home,
    Household,
    Residents,
    draws_of,
    parents_of,
    same_group,
)
from simulator.population.vocabulary import MATERNAL_FIRST, ONE_SURNAME, Vocabulary
from simulator.records import Relationship

_CHILD, _PARENT = int(Relationship.CHILD), int(Relationship.PARENT)
_GRANDCHILD, _RELATIVE = int(Relationship.GRANDCHILD), int(Relationship.RELATIVE)
_GENERATION = 15 * 10_000  # a parent is born this much earlier, in dates yyyymmdd


@inlined
def _has_kin(home: Home, people: Residents) -> bool:
    """Return whether parents, grandchildren or other relatives of the head live here."""
    for row in range(home.head + 1, home.head + home.size):
        relationship = people.relationship[row]
        if relationship in (_PARENT, _GRANDCHILD, _RELATIVE):
            return True
    return False


@inlined
def _draw_surnames(home: Home, people: Residents, words: Vocabulary, names: Household) -> None:
    """Draw the surnames of birth of everybody but descendants in the head's name group.

    The maternal one only where it is written or kin have it.
    """
    kin = _has_kin(home, people)
    for member in range(home.size):
        u = draws_of(home, member, SURNAME_BLOCK)
        names.by_marriage[member], names.with_middle[member] = u[2], u[3]
        relationship = people.relationship[home.head + member]
        if relationship in (_CHILD, _GRANDCHILD) and same_group(
            home, 0, member, people, words.group
        ):
            continue
        origin = people.origin[home.head + member]
        names.paternal[member] = draw(origin, u[0], words.surnames)
        names.paternal_class[member] = class_of(u[0])
        names.maternal[member] = ABSENT
        names.maternal_class[member] = class_of(u[1])
        if kin or words.custom[origin] != ONE_SURNAME:
            names.maternal[member] = draw(origin, u[1], words.surnames)


@inlined
def _through_a_son(home: Home, people: Residents, grandchild: int, u: float) -> bool:
    """Return whether a grandchild's parent is a son: a child old enough here, or by chance."""
    latest = people.birth[home.head + grandchild] - _GENERATION
    for row in range(home.head + 1, home.head + home.size):
        if people.relationship[row] == _CHILD and people.birth[row] <= latest:
            return bool(people.sex[row] == MALE)
    return u < 0.5


@inlined
def _grandchild(
    home: Home,
    member: int,
    family: tuple[int, int, int],
    people: Residents,
    words: Vocabulary,
    customs: Customs,
) -> tuple[int, int, int]:
    """Return the surnames of a grandchild and the class of the first; ``family`` are a child's.

    The draws are the head's, so that grandchildren in one household are siblings.
    """
    u_son, u_other, u_surname, _ = draws_of(home, 0, DESCENT_BLOCK)
    other = draw(people.origin[home.head + member], u_surname, words.surnames)
    if _through_a_son(home, people, member, u_son):
        return family[0], other, family[2]
    if u_other < customs.daughters_child_other:
        return other, family[0], class_of(u_surname)
    return family


@inlined
def _family(
    home: Home, people: Residents, words: Vocabulary, names: Household
) -> tuple[int, int, int]:
    """Return the surnames of the children and the class of the first.

    Of a couple of two name groups they are the head's, whose group the children share.
    """
    father, mother = parents_of(home, people)
    if father == mother or not same_group(home, father, mother, people, words.group):
        return names.paternal[0], names.maternal[0], names.paternal_class[0]
    return names.paternal[father], names.paternal[mother], names.paternal_class[father]


@inlined
def _take_surnames(names: Household, member: int, surnames: tuple[int, int, int]) -> None:
    names.paternal[member], names.maternal[member] = surnames[0], surnames[1]
    names.paternal_class[member] = surnames[2]


@inlined
def _name_kin(
    home: Home, people: Residents, words: Vocabulary, customs: Customs, names: Household
) -> None:
    """Give children, grandchildren, parents and relatives the surnames that run in the family.

    Those of another name group than the head keep their own draws.
    """
    head = (names.paternal[0], names.maternal[0], names.paternal_class[0])
    family = _family(home, people, words, names)
    for member in range(1, home.size):
        if not same_group(home, 0, member, people, words.group):
            continue
        relationship = people.relationship[home.head + member]
        if relationship == _CHILD:
            _take_surnames(names, member, family)
        elif relationship == _GRANDCHILD:
            theirs = _grandchild(home, member, family, people, words, customs)
            _take_surnames(names, member, theirs)
        elif relationship == _RELATIVE:
            if names.by_marriage[member] < customs.relative_same:
                _take_surnames(names, member, head)
        elif relationship == _PARENT:
            own = names.maternal[member]
            if people.sex[home.head + member] == MALE:
                _take_surnames(names, member, (head[0], own, head[2]))
            elif names.by_marriage[member] < customs.sharing[people.origin[home.head + member]]:
                _take_surnames(names, member, (head[0], head[1], names.maternal_class[0]))
            else:
                _take_surnames(names, member, (head[1], own, names.maternal_class[0]))


@inlined
def _marry(
    home: Home, people: Residents, words: Vocabulary, customs: Customs, names: Household
) -> None:
    """Give a wife her husband's surname at the rate of her origin; her own becomes the second.

    Not in a couple of two name groups, whose lists hold the surnames borne after marriage.
    """
    husband, wife = parents_of(home, people)
    if husband == wife or not same_group(home, husband, wife, people, words.group):
        return
    if names.by_marriage[wife] < customs.sharing[people.origin[home.head + wife]]:
        names.maternal[wife] = names.paternal[wife]
        names.paternal[wife] = names.paternal[husband]


@inlined
def fill_surnames(
    home: Home, people: Residents, words: Vocabulary, customs: Customs, names: Household
) -> None:
    """Fill the paternal and maternal surnames that the members of one household bear."""
    _draw_surnames(home, people, words, names)
    if home.size > 1:
        _name_kin(home, people, words, customs, names)
        _marry(home, people, words, customs, names)


@inlined
def written_order(paternal: int, maternal: int, custom: int) -> tuple[int, int]:
    """Return first and second surname by the custom of an origin."""
    if custom == ONE_SURNAME:
        return paternal, ABSENT
    if custom == MATERNAL_FIRST and maternal != ABSENT:
        return maternal, paternal
    return paternal, maternal
