"""The distinct keys by which requests look for accounts, and the accounts that have each of them.

For one blocking rule every request asks for up to one key per way of meeting it. Distinct keys are
numbered; accounts are then streamed past a hash table of them, so that accounts nobody asks for
cost one look-up and no memory. Accounts that share a key are a *block*.
"""

from typing import Final, NamedTuple

import numpy as np

from simulator.kernels import compiled, inlined
from simulator.matching.blocking import PLACES, SURNAME, person_word, place_word
from simulator.matching.pair import Frame, Left, Right
from simulator.randomness import IntArray
from simulator.records import BoolArray, Int32Array

PARTS: Final = 2  # surnames of an account


class Keys(NamedTuple):
    """Distinct keys of one rule: two words each, and the hash table that numbers them.

    ``asked`` holds the number of each request's key, shape (ways, requests), -1 for none.
    """

    rule: int
    place: IntArray
    person: IntArray
    slots: Int32Array
    asked: Int32Array


@inlined
def _slot(place: int, person: int, slots: int) -> int:
    """Return where to look first for a key in a table of a power of two of slots."""
    word = (np.uint64(place) * np.uint64(0x9E3779B97F4A7C15)) ^ np.uint64(person)
    word *= np.uint64(0xBF58476D1CE4E5B9)
    word ^= word >> np.uint64(32)
    return int(np.int64(word & np.uint64(slots - 1)))


@inlined
def _find(place: int, person: int, places: IntArray, persons: IntArray, slots: Int32Array) -> int:
    """Return the slot that holds a key or, if none does, the free one where it belongs."""
    slot = _slot(place, person, slots.size)
    while slots[slot] >= 0:
        known = slots[slot]
        if places[known] == place and persons[known] == person:
            return slot
        slot = (slot + 1) & (slots.size - 1)
    return slot


@inlined
def _asked_place(r: int, rule: int, left: Left, frame: Frame) -> int:
    here = left.place[r]
    zip3, state = (frame.zip3[here], frame.states[here]) if here >= 0 else (0, 0)
    return place_word(rule, here, zip3, state, left.street[r], left.form[r], left.number[r])


@compiled
def request_keys(rule: int, active: IntArray, left: Left, frame: Frame) -> Keys:
    """Return the distinct keys, numbered, that active requests have under a rule, given as bits."""
    ways, most = left.ways_given.shape[0], 0
    most = active.size * ways
    size = 16
    while size < 2 * most:
        size *= 2
    slots = np.full(size, -1, np.int32)
    places, persons = np.empty(most, np.int64), np.empty(most, np.int64)
    asked = np.full((ways, left.birth.size), -1, np.int32)
    found = 0
    for r in active:
        place = _asked_place(r, rule, left, frame)
        for way in range(ways):
            person = person_word(
                rule,
                left.birth[r],
                left.ways_given[way, r],
                left.ways_initial[way, r],
                left.ways_surname[way, r],
            )
            if place < 0 or person < 0:
                continue
            slot = _find(place, person, places, persons, slots)
            if slots[slot] < 0:
                places[found], persons[found] = place, person
                slots[slot] = found
                found += 1
            known = slots[slot]
            repeated = False
            for earlier in range(way):
                repeated |= asked[earlier, r] == known
            if not repeated:
                asked[way, r] = known
    return Keys(rule, places[:found].copy(), persons[:found].copy(), slots, asked)


@inlined
def _held_place(a: int, rule: int, right: Right, frame: Frame) -> int:
    if rule & PLACES == 0:  # nothing of the place is looked at
        return 0
    here = right.place[a]
    zip3, state = (frame.zip3[here], frame.states[here]) if here >= 0 else (0, 0)
    return place_word(rule, here, zip3, state, right.street[a], right.form[a], right.number[a])


@compiled
def account_keys(
    keys: Keys,
    first: int,
    last: int,
    searched: BoolArray,
    right: Right,
    frame: Frame,
    ids: Int32Array,
    counts: IntArray,
) -> None:
    """Write the key number of accounts ``first`` to ``last``, -1 for none, and count each.

    ``ids`` has the shape (parts, accounts): a rule about surnames is met by either part where both
    count. ``counts``: shape (keys,), added to.
    """
    rule = keys.rule
    for a in range(first, last):
        for part in range(ids.shape[0]):
            ids[part, a] = -1
        if not searched[a]:
            continue
        place = _held_place(a, rule, right, frame)
        given = right.given[a]
        for part in range(ids.shape[0]):
            surname = right.surname_1[a] if part == 0 else right.surname_2[a]
            if part == 1 and surname == right.surname_1[a]:
                continue
            person = person_word(rule, right.birth[a], given, frame.initials[given], surname)
            if place < 0 or person < 0:
                continue
            known = keys.slots[_find(place, person, keys.place, keys.person, keys.slots)]
            ids[part, a] = known
            if known >= 0:
                counts[known] += 1


def key_parts(rule: int, frame: Frame) -> int:
    """Return by how many surnames of an account a rule can be met."""
    return PARTS if rule & SURNAME and frame.best else 1
