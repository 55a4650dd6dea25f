"""What the rooms that name a household share: who lives in it, its streams, room for its names.

A household is named at once, from streams of its own, so that its members' names fit together and
no name depends on which rows are asked for.
"""

from typing import NamedTuple

from simulator.kernels import inlined
from simulator.randomness import FloatArray, IntArray, Stage, Word, uniforms
from simulator.records import Int8Array, Int32Array, Relationship

MALE, FEMALE = 0, 1
_NAME = int(Stage.NAME)
_PARTNER = int(Relationship.PARTNER)

# Blocks of four uniforms of a member; the slot of the naming stage is member * _BLOCKS + block.
_BLOCKS = 32
SURNAME_BLOCK = 0  # paternal, maternal, surname by marriage or kinship, whether a middle name
GIVEN_BLOCK = 1  # given name, named after a parent, from the surname's class, middle name
RARE_BLOCK = 2  # suffix, twin with a similar name, the middle name drawn again
DESCENT_BLOCK = 3  # of the head: grandchildren by a son, surname of a daughter's, the other surname
FIRST_FURTHER_BLOCK, FURTHER_BLOCKS = 4, 16  # four further draws of the given name in each


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


class Home(NamedTuple):
    """One household: its streams, the row of its head and its size."""

    seed: Word
    replicate: Word
    zip_code: int
    dwelling: int
    head: int
    size: int


@inlined
def draws_of(home: Home, member: int, block: int) -> tuple[float, float, float, float]:
    """Return the four uniforms of one block of a member."""
    slot = member * _BLOCKS + block
    return uniforms(home.seed, home.replicate, _NAME, slot, home.zip_code, home.dwelling)


@inlined
def parents_of(home: Home, people: Residents) -> tuple[int, int]:
    """Return the members who are father and mother of the children; one alone is both.

    Of two men or two women the head counts as the father, whose surname the family bears.
    """
    if home.size == 1 or people.relationship[home.head + 1] != _PARTNER:
        return 0, 0
    if people.sex[home.head] == FEMALE and people.sex[home.head + 1] == MALE:
        return 1, 0
    return 0, 1


@inlined
def same_group(home: Home, one: int, other: int, people: Residents, group: Int8Array) -> bool:
    """Return whether two members are of one name group; ``group`` is that of every origin."""
    first, second = people.origin[home.head + one], people.origin[home.head + other]
    return bool(group[first] == group[second])
