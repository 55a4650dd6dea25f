"""How given names run in families.

Some names are drawn from the class of names as common as the surname is (``alias``); as a surname's
class is uniform, the distribution of given names stays what it is. Some children bear the name of
the parent of their own sex, of several of one sex the eldest so chosen, and some of these sons a
suffix and the father's middle name; the father may be a JUNIOR himself. Siblings never share a
given name: the younger one draws again. Twins may seek one with the same first letter. Nobody is
named after a parent of another name group, whose list of names is another.

Limits: the middle name is an independent draw among given names; boys whose father does not live
with them are nobody's namesakes, and grandchildren neither; in one case of nine the 65 draws of a
twin's name find none with the other's first letter, mostly a rare one.
"""

from simulator.kernels import inlined
from simulator.lexicon import ABSENT
from simulator.population.alias import class_of, draw, draw_in_class
from simulator.population.naming import (
    FIRST_FURTHER_BLOCK,
    FURTHER_BLOCKS,
    GIVEN_BLOCK,
    MALE,
    RARE_BLOCK,
    Customs,
    Home,
    Household,
    Residents,
    draws_of,
    parents_of,
    same_group,
)
from simulator.population.vocabulary import Vocabulary, given_table
from simulator.records import Relationship, Suffix

_HEAD, _CHILD = int(Relationship.HEAD), int(Relationship.CHILD)
_PARENT, _GRANDCHILD = int(Relationship.PARENT), int(Relationship.GRANDCHILD)
_RELATIVE = int(Relationship.RELATIVE)
_NO_SUFFIX, _JUNIOR, _THIRD = int(Suffix.NONE), int(Suffix.JUNIOR), int(Suffix.THIRD)


@inlined
def _borne_by_sibling(
    home: Home, member: int, given: int, people: Residents, names: Household
) -> bool:
    """Return whether an elder sibling here bears a given name: the head too, of a relative."""
    relationship = people.relationship[home.head + member]
    for elder in range(member):
        theirs = people.relationship[home.head + elder]
        sibling = theirs == relationship or (relationship == _RELATIVE and theirs == _HEAD)
        if sibling and names.given[elder] == given:
            return True
    return False


@inlined
def _is_twin(home: Home, member: int, people: Residents) -> bool:
    row = home.head + member
    kin = people.relationship[row]
    return bool(
        kin in (_CHILD, _GRANDCHILD)
        and people.relationship[row - 1] == kin
        and people.birth[row - 1] == people.birth[row]
    )


@inlined
def _sibling_name(
    home: Home,
    member: int,
    given: int,
    table: int,
    fixed_class: int,
    similar: bool,
    people: Residents,
    words: Vocabulary,
    names: Household,
) -> int:
    """Return the given name drawn or, if a sibling bears it, the next draw that none bears.

    A twin with a similar name goes on until the first letter is that of the twin born before, and
    takes the first name free if none is found. ``fixed_class`` is -1 for a draw from all classes.
    """
    initial = words.initials[names.given[member - 1]]
    free = ABSENT
    for attempt in range(1 + 4 * FURTHER_BLOCKS):
        if attempt:
            u = draws_of(home, member, FIRST_FURTHER_BLOCK + (attempt - 1) // 4)[(attempt - 1) % 4]
            in_class = fixed_class if fixed_class >= 0 else class_of(u)
            given = draw_in_class(table, in_class, u, words.given)
        if not _borne_by_sibling(home, member, given, people, names):
            if not similar or words.initials[given] == initial:
                return given
            if free == ABSENT:
                free = given
    return free if free != ABSENT else given


@inlined
def _namesake(
    home: Home, member: int, people: Residents, words: Vocabulary, names: Household
) -> int:
    """Return the parent of a child's own sex and name group whose name no sibling bears, or -1."""
    father, mother = parents_of(home, people)
    sex = people.sex[home.head + member]
    parent = -1
    if people.sex[home.head] == sex:
        parent = 0
    elif father != mother and people.sex[home.head + 1] == sex:
        parent = 1
    if parent >= 0 and (
        not same_group(home, parent, member, people, words.group)
        or _borne_by_sibling(home, member, names.given[parent], people, names)
    ):
        return -1
    return parent


@inlined
def _suffix(
    home: Home,
    member: int,
    namesake: int,
    people: Residents,
    customs: Customs,
    names: Household,
) -> int:
    """Return the suffix of somebody who is to be named after a parent of the same sex."""
    row = home.head + member
    kin = people.relationship[row]
    if people.sex[row] != MALE or kin in (_GRANDCHILD, _PARENT):
        return _NO_SUFFIX
    if (kin == _CHILD and namesake < 0) or draws_of(home, member, RARE_BLOCK)[0] >= customs.suffix:
        return _NO_SUFFIX
    after_junior = kin == _CHILD and names.suffix[namesake] == _JUNIOR
    return _THIRD if after_junior else _JUNIOR


@inlined
def _first_name(
    home: Home,
    member: int,
    u_given: float,
    namesake: int,
    fixed_class: int,
    similar: bool,
    table: int,
    people: Residents,
    words: Vocabulary,
    names: Household,
) -> int:
    """Return the given name: a parent's, or one's own draw that no sibling bears."""
    if namesake >= 0:
        return int(names.given[namesake])
    in_class = fixed_class if fixed_class >= 0 else class_of(u_given)
    given = draw_in_class(table, in_class, u_given, words.given)
    if people.relationship[home.head + member] in (_CHILD, _GRANDCHILD, _RELATIVE):
        return _sibling_name(home, member, given, table, fixed_class, similar, people, words, names)
    return given


@inlined
def _middle_name(
    home: Home, member: int, given: int, table: int, u: float, words: Vocabulary
) -> int:
    """Return a second draw of a given name, none if it is the given name twice over."""
    middle = draw(table, u, words.given)
    if middle == given:
        middle = draw(table, draws_of(home, member, RARE_BLOCK)[2], words.given)
    return middle if middle != given else ABSENT


@inlined
def _name_member(
    home: Home,
    member: int,
    head_after: float,
    people: Residents,
    words: Vocabulary,
    customs: Customs,
    names: Household,
) -> float:
    """Fill given name, middle name and suffix of one member; return what decides on a namesake.

    ``head_after`` is that number of the head, whose parent of the same sex bears the same name if
    the head is named after a parent.
    """
    row = home.head + member
    origin, kin = people.origin[row], people.relationship[row]
    u_given, u_after, u_dependence, u_middle = draws_of(home, member, GIVEN_BLOCK)
    table = given_table(origin, people.sex[row], people.birth[row], words)
    fixed_class = names.paternal_class[member] if u_dependence < customs.dependence else -1
    namesake, suffix = -1, _NO_SUFFIX
    if kin == _PARENT:
        if people.sex[row] == people.sex[home.head] and head_after < customs.named_after:
            namesake = 0
    elif u_after < customs.named_after:
        if kin == _CHILD:
            namesake = _namesake(home, member, people, words, names)
        suffix = _suffix(home, member, namesake, people, customs, names)
    similar = _is_twin(home, member, people) and (
        draws_of(home, member, RARE_BLOCK)[1] < customs.twins_similar
    )
    given = _first_name(
        home, member, u_given, namesake, fixed_class, similar, table, people, words, names
    )
    middle = ABSENT
    if kin == _CHILD and suffix != _NO_SUFFIX:
        middle = names.middle[namesake]
    elif names.with_middle[member] < customs.middle[origin]:
        middle = _middle_name(home, member, given, table, u_middle, words)
    names.given[member], names.middle[member], names.suffix[member] = given, middle, suffix
    return u_after


@inlined
def fill_given_names(
    home: Home, people: Residents, words: Vocabulary, customs: Customs, names: Household
) -> None:
    """Fill given names, middle names and suffixes of one household; surnames must be there."""
    head_after = 1.0
    for member in range(home.size):
        u_after = _name_member(home, member, head_after, people, words, customs, names)
        if member == 0:
            head_after = u_after
