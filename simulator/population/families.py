"""How names run in families: one household named at a time, from streams of its own.

Surnames. Everybody is born with the father's and the mother's (paternal) surname; what one writes
of them is the custom of one's origin. A married woman may bear her husband's surname, her own then
being the second. Children have the father's and the mother's surname by birth, those of a lone
parent both of the parent's. The head's mother was born with the head's second surname, the father
bears the first; grandchildren have the surname of the family through a son, and through a daughter
at some rate another; some relatives are born with the head's surnames.

Given names. Some are drawn from the class of names as common as the surname is (``alias``); as a
surname's class is uniform, the distribution of given names stays what it is. Some children bear the
name of the parent of their own sex, of several of one sex the eldest so chosen. Siblings never
share a given name: the younger one draws again. Twins may seek one with the same first letter.

Limits: children of a lone mother never bear an absent father's surname; no stepchildren; the middle
name is an independent draw among given names; only heads and adults outside the family have
namesakes elsewhere; in one case of nine the 65
draws of a twin's name find none with the other's first letter, mostly a rare one.
"""

from typing import NamedTuple

from simulator import lexicon
from simulator.kernels import compiled, inlined
from simulator.population.alias import class_of, draw, draw_in_class
from simulator.population.vocabulary import (
    MATERNAL_FIRST,
    ONE_SURNAME,
    Vocabulary,
    given_table,
)
from simulator.randomness import FloatArray, IntArray, Stage, Word, uniforms
from simulator.records import Int8Array, Int32Array, Relationship, Suffix

_NAME = int(Stage.NAME)
_PARTNER, _CHILD = int(Relationship.PARTNER), int(Relationship.CHILD)
_PARENT, _GRANDCHILD = int(Relationship.PARENT), int(Relationship.GRANDCHILD)
_RELATIVE, _HEAD = int(Relationship.RELATIVE), int(Relationship.HEAD)
_NO_SUFFIX, _JUNIOR, _THIRD = int(Suffix.NONE), int(Suffix.JUNIOR), int(Suffix.THIRD)
_ABSENT = lexicon.ABSENT
_MALE, _FEMALE = 0, 1
_GENERATION = 15 * 10_000  # a parent is born this much earlier, in dates yyyymmdd

# Blocks of uniforms of a member; the slot of the naming stage is member * _BLOCKS + block.
_BLOCKS = 32
_SURNAMES = 0  # paternal, maternal, surname by marriage or kinship, whether there is a middle name
_GIVEN = 1  # given name, named after a parent, from the surname's class, middle name
_RARE = 2  # suffix, twin with a similar name, the middle name drawn again
_DESCENT = 3  # of the head: grandchildren by a son, surname of a daughter's, the other surname
_AGAIN, _TRIES = 4, 16  # four further draws of the given name in each of sixteen blocks


class Residents(NamedTuple):
    """What naming needs of each resident, and the ZIP of every place."""

    zips: IntArray
    place: Int32Array
    dwelling: Int32Array
    member: Int8Array
    size: Int8Array
    relationship: Int8Array
    sex: Int8Array
    origin: Int8Array
    birth: Int32Array


class Customs(NamedTuple):
    """Rates at which names run in families; ``sharing`` and ``middle`` are by origin.

    ``sharing`` is the chance that a wife of that origin bears her husband's surname.
    """

    sharing: FloatArray
    middle: FloatArray
    dependence: float
    named_after: float
    suffix: float
    twins_similar: float
    relative_same: float
    daughters_child_other: float


class Household(NamedTuple):
    """Room for the names of one household, by member: names, and what decides about them."""

    given: Int32Array
    middle: Int32Array
    paternal: Int32Array
    maternal: Int32Array
    suffix: Int8Array
    paternal_class: Int8Array
    maternal_class: Int8Array
    by_marriage: FloatArray
    with_middle: FloatArray


class _Home(NamedTuple):
    """One household: its streams, the row of its head and its size."""

    seed: Word
    replicate: Word
    zip_code: int
    dwelling: int
    head: int
    size: int


@inlined
def _draws(home: _Home, member: int, block: int) -> tuple[float, float, float, float]:
    slot = member * _BLOCKS + block
    return uniforms(home.seed, home.replicate, _NAME, slot, home.zip_code, home.dwelling)


@inlined
def _has_kin(home: _Home, people: Residents) -> bool:
    """Return whether parents, grandchildren or other relatives of the head live here."""
    for row in range(home.head + 1, home.head + home.size):
        relationship = people.relationship[row]
        if relationship in (_PARENT, _GRANDCHILD, _RELATIVE):
            return True
    return False


@inlined
def _draw_surnames(home: _Home, people: Residents, words: Vocabulary, names: Household) -> None:
    """Draw the surnames of birth of everybody but children and grandchildren.

    The maternal one only where it is written or kin have it.
    """
    kin = _has_kin(home, people)
    for member in range(home.size):
        u = _draws(home, member, _SURNAMES)
        names.by_marriage[member], names.with_middle[member] = u[2], u[3]
        relationship = people.relationship[home.head + member]
        if relationship in (_CHILD, _GRANDCHILD):
            continue
        origin = people.origin[home.head + member]
        names.paternal[member] = draw(origin, u[0], words.surnames)
        names.paternal_class[member] = class_of(u[0])
        names.maternal[member] = _ABSENT
        names.maternal_class[member] = class_of(u[1])
        if kin or words.custom[origin] != ONE_SURNAME:
            names.maternal[member] = draw(origin, u[1], words.surnames)


@inlined
def _parents(home: _Home, people: Residents) -> tuple[int, int]:
    """Return the members who are father and mother of the children; one alone is both.

    Of two men or two women the head counts as the father, whose surname the family bears.
    """
    if home.size == 1 or people.relationship[home.head + 1] != _PARTNER:
        return 0, 0
    if people.sex[home.head] == _FEMALE and people.sex[home.head + 1] == _MALE:
        return 1, 0
    return 0, 1


@inlined
def _through_a_son(home: _Home, people: Residents, grandchild: int, u: float) -> bool:
    """Return whether a grandchild's parent is a son: a child old enough here, or by chance."""
    latest = people.birth[home.head + grandchild] - _GENERATION
    for row in range(home.head + 1, home.head + home.size):
        if people.relationship[row] == _CHILD and people.birth[row] <= latest:
            return bool(people.sex[row] == _MALE)
    return u < 0.5


@inlined
def _grandchild(
    home: _Home,
    member: int,
    family: tuple[int, int, int],
    people: Residents,
    words: Vocabulary,
    customs: Customs,
) -> tuple[int, int, int]:
    """Return the surnames of a grandchild and the class of the first; ``family`` are a child's.

    The draws are the head's, so that grandchildren in one household are siblings.
    """
    u_son, u_other, u_surname, _ = _draws(home, 0, _DESCENT)
    other = draw(people.origin[home.head + member], u_surname, words.surnames)
    if _through_a_son(home, people, member, u_son):
        return family[0], other, family[2]
    if u_other < customs.daughters_child_other:
        return other, family[0], class_of(u_surname)
    return family


@inlined
def _take_surnames(names: Household, member: int, surnames: tuple[int, int, int]) -> None:
    names.paternal[member], names.maternal[member] = surnames[0], surnames[1]
    names.paternal_class[member] = surnames[2]


@inlined
def _name_kin(
    home: _Home, people: Residents, words: Vocabulary, customs: Customs, names: Household
) -> None:
    """Give children, grandchildren, parents and relatives the surnames that run in the family."""
    father, mother = _parents(home, people)
    head = (names.paternal[0], names.maternal[0], names.paternal_class[0])
    second = names.maternal[0] if father == mother else names.paternal[mother]
    family = (names.paternal[father], second, names.paternal_class[father])
    for member in range(1, home.size):
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
            if people.sex[home.head + member] == _MALE:
                _take_surnames(names, member, (head[0], own, head[2]))
            elif names.by_marriage[member] < customs.sharing[people.origin[home.head + member]]:
                _take_surnames(names, member, (head[0], head[1], names.maternal_class[0]))
            else:
                _take_surnames(names, member, (head[1], own, names.maternal_class[0]))


@inlined
def _marry(home: _Home, people: Residents, customs: Customs, names: Household) -> None:
    """Give a wife her husband's surname at the rate of her origin; her own becomes the second."""
    husband, wife = _parents(home, people)
    if husband == wife:
        return
    if names.by_marriage[wife] < customs.sharing[people.origin[home.head + wife]]:
        names.maternal[wife] = names.paternal[wife]
        names.paternal[wife] = names.paternal[husband]


@inlined
def _borne_by_sibling(
    home: _Home, member: int, given: int, people: Residents, names: Household
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
def _is_twin(home: _Home, member: int, people: Residents) -> bool:
    row = home.head + member
    kin = people.relationship[row]
    return bool(
        kin in (_CHILD, _GRANDCHILD)
        and people.relationship[row - 1] == kin
        and people.birth[row - 1] == people.birth[row]
    )


@inlined
def _sibling_name(
    home: _Home,
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
    free = _ABSENT
    for attempt in range(1 + 4 * _TRIES):
        if attempt:
            u = _draws(home, member, _AGAIN + (attempt - 1) // 4)[(attempt - 1) % 4]
            in_class = fixed_class if fixed_class >= 0 else class_of(u)
            given = draw_in_class(table, in_class, u, words.given)
        if not _borne_by_sibling(home, member, given, people, names):
            if not similar or words.initials[given] == initial:
                return given
            if free == _ABSENT:
                free = given
    return free if free != _ABSENT else given


@inlined
def _namesake(home: _Home, member: int, people: Residents, names: Household) -> int:
    """Return the parent of a child's own sex whose name no sibling bears, or -1."""
    father, mother = _parents(home, people)
    sex = people.sex[home.head + member]
    parent = -1
    if people.sex[home.head] == sex:
        parent = 0
    elif father != mother and people.sex[home.head + 1] == sex:
        parent = 1
    if parent >= 0 and _borne_by_sibling(home, member, names.given[parent], people, names):
        return -1
    return parent


@inlined
def _suffix(
    home: _Home,
    member: int,
    namesake: int,
    people: Residents,
    customs: Customs,
    names: Household,
) -> int:
    """Return the suffix of somebody who is to be named after a parent of the same sex."""
    row = home.head + member
    kin = people.relationship[row]
    if people.sex[row] != _MALE or kin in (_GRANDCHILD, _PARENT):
        return _NO_SUFFIX
    if (kin == _CHILD and namesake < 0) or _draws(home, member, _RARE)[0] >= customs.suffix:
        return _NO_SUFFIX
    after_junior = kin == _CHILD and names.suffix[namesake] == _JUNIOR
    return _THIRD if after_junior else _JUNIOR


@inlined
def _first_name(
    home: _Home,
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
    home: _Home, member: int, given: int, table: int, u: float, words: Vocabulary
) -> int:
    """Return a second draw of a given name, none if it is the given name twice over."""
    middle = draw(table, u, words.given)
    if middle == given:
        middle = draw(table, _draws(home, member, _RARE)[2], words.given)
    return middle if middle != given else _ABSENT


@inlined
def _name_member(
    home: _Home,
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
    u_given, u_after, u_dependence, u_middle = _draws(home, member, _GIVEN)
    table = given_table(origin, people.sex[row], people.birth[row], words)
    fixed_class = names.paternal_class[member] if u_dependence < customs.dependence else -1
    namesake, suffix = -1, _NO_SUFFIX
    if kin == _PARENT:
        if people.sex[row] == people.sex[home.head] and head_after < customs.named_after:
            namesake = 0
    elif u_after < customs.named_after:
        if kin == _CHILD:
            namesake = _namesake(home, member, people, names)
        suffix = _suffix(home, member, namesake, people, customs, names)
    similar = _is_twin(home, member, people) and (
        _draws(home, member, _RARE)[1] < customs.twins_similar
    )
    given = _first_name(
        home, member, u_given, namesake, fixed_class, similar, table, people, words, names
    )
    middle = _ABSENT
    if kin == _CHILD and suffix != _NO_SUFFIX:
        middle = names.middle[namesake]
    elif names.with_middle[member] < customs.middle[origin]:
        middle = _middle_name(home, member, given, table, u_middle, words)
    names.given[member], names.middle[member], names.suffix[member] = given, middle, suffix
    return u_after


@inlined
def _name_household(
    home: _Home, people: Residents, words: Vocabulary, customs: Customs, names: Household
) -> None:
    """Fill the names of everybody in one household."""
    _draw_surnames(home, people, words, names)
    if home.size > 1:
        _name_kin(home, people, words, customs, names)
        _marry(home, people, customs, names)
    head_after = 1.0
    for member in range(home.size):
        u_after = _name_member(home, member, head_after, people, words, customs, names)
        if member == 0:
            head_after = u_after


@inlined
def written_order(paternal: int, maternal: int, custom: int) -> tuple[int, int]:
    """Return first and second surname by the custom of an origin."""
    if custom == ONE_SURNAME:
        return paternal, _ABSENT
    if custom == MATERNAL_FIRST and maternal != _ABSENT:
        return maternal, paternal
    return paternal, maternal


@compiled
def name_rows(
    seed: Word,
    replicate: Word,
    rows: IntArray,
    people: Residents,
    words: Vocabulary,
    customs: Customs,
    names: Household,
    wide: Int32Array,
    suffix: Int8Array,
) -> None:
    """Fill ``wide`` (given, middle, first, second surname) and ``suffix`` of the rows.

    A household is named as a whole, once for all rows in a run that belong to it; ``names`` is room
    for one.
    """
    named = -1
    for i in range(rows.size):
        row = rows[i]
        member = people.member[row]
        head = row - member
        if head != named:
            zip_code = people.zips[people.place[row]]
            home = _Home(seed, replicate, zip_code, people.dwelling[row], head, people.size[row])
            _name_household(home, people, words, customs, names)
            named = head
        wide[0, i], wide[1, i] = names.given[member], names.middle[member]
        wide[2, i], wide[3, i] = written_order(
            names.paternal[member], names.maternal[member], words.custom[people.origin[row]]
        )
        suffix[i] = names.suffix[member]
