"""Which pairs are compared at all: rules over fields that must agree exactly.

A rule is a set of keys as bits; a pair is admitted if the keys it agrees on contain all of some
rule. The empty rule admits every pair and so loses none.

A key about names may be met in several *ways*: by either surname where the better part counts, and
with given name and surname in each other's place where the scenario reads them in either order. A
rule must be met in one way as a whole. Keys of requests that are missing meet nothing.

For searching, what a rule asks is packed into two words per record. Records with equal keys have
equal words; that different keys might share them costs time, never a pair, since every pair found
is checked against the rule itself.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from simulator.kernels import inlined
from simulator.randomness import IntArray
from simulator.scenario.schema import BlockingKey

KEYS: Final = tuple(BlockingKey)


def _bit(key: BlockingKey) -> int:
    return 1 << KEYS.index(key)


ZIP3, ZIP5 = _bit(BlockingKey.ZIP3), _bit(BlockingKey.ZIP5)
STATE, BUILDING = _bit(BlockingKey.STATE), _bit(BlockingKey.BUILDING)
BIRTH_YEAR, BIRTH_DATE = _bit(BlockingKey.BIRTH_YEAR), _bit(BlockingKey.BIRTH_DATE)
GIVEN_INITIAL, GIVEN_NAME = _bit(BlockingKey.GIVEN_INITIAL), _bit(BlockingKey.GIVEN_NAME)
SURNAME = _bit(BlockingKey.SURNAME)
PLACES = ZIP3 | ZIP5 | STATE | BUILDING
NONE: Final = -1


def rule_masks(rules: Sequence[Sequence[BlockingKey]]) -> IntArray:
    """Return one bit mask per rule, each once, in the order of the rules."""
    masks = [sum(_bit(key) for key in set(rule)) for rule in rules]
    return np.array(list(dict.fromkeys(masks)), dtype=np.int64)


@inlined
def meets(mask: int, rule: int) -> bool:
    """Say whether a pair that agrees on the keys of ``mask`` is admitted by a rule."""
    return mask & rule == rule


@inlined
def place_word(
    rule: int, place: int, zip3: int, state: int, street: int, form: int, number: int
) -> int:
    """Return what a rule asks of a place, packed; ``NONE`` if the record lacks it."""
    if rule & PLACES == 0:
        return 0
    if place < 0:
        return NONE
    if rule & BUILDING:
        if street < 0 or form < 0 or number < 0:
            return NONE
        return (((place << 19) + street << 7) + form << 20) + number
    if rule & ZIP5:
        return place
    word = zip3 + 1 if rule & ZIP3 else 0
    return word * 128 + (state + 1 if rule & STATE else 0)


@inlined
def person_word(rule: int, birth: int, given: int, initial: int, surname: int) -> int:
    """Return what a rule asks of a person, packed; ``NONE`` if the record lacks it."""
    word = 0
    if rule & (BIRTH_YEAR | BIRTH_DATE):
        if birth < 0:
            return NONE
        word = birth if rule & BIRTH_DATE else birth // 10_000
    if rule & GIVEN_NAME:
        if given < 0:
            return NONE
        word = (word << 18) + given
    elif rule & GIVEN_INITIAL:
        if initial <= 0:
            return NONE
        word = (word << 18) + initial
    if rule & SURNAME:
        if surname < 0:
            return NONE
        word = (word << 18) + surname
    # Any word that is not negative will do: a shared one costs time only.
    return word & 0x7FFF_FFFF_FFFF_FFFF
