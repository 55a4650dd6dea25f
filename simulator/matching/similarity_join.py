"""The similarity join: all pairs of a query and a string of the vocabulary at or above a floor.

Strings are sorted by length and then by letters, so that those that share their length and exactly
k first letters with a query stand in at most two blocks. For a block everything that
``similarity_measures.requirements`` asks is known before any string is read: n equal letters paired
one to one, none more than w places apart. Two filters prove that a pair cannot have them:

1. *Letters.* A string's bag is one 64-bit set: two places for each letter and a third for the
   twelve commonest, filled by its first, second and third occurrence. The letters that two strings
   share, counted with repetition, are at most the common places plus the occurrences in the query
   beyond its places (``uncounted``), for min(x, y) <= min(x, c, y) + max(0, x - c). So a pair with
   fewer than n - uncounted common places has fewer than n letters to pair. The loop over a block
   has no branch and becomes vector instructions: 64 strings at a time, one bit for each.
2. *Places.* For each letter the set of places in the other string from which the query holds that
   letter within w. Fewer than n letters of the other string at such places cannot be n pairs.

No pair at or above the floor is lost; tests hold the join to brute force, and show that they notice
a filter that asks for one letter more. What passes both is measured in full.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simulator.kernels import compiled, inlined, population_count
from simulator.matching.agreement import FULL
from simulator.matching.similarity_measures import (
    LONGEST,
    MARGIN,
    PREFIX,
    Requirements,
    UInt8Array,
    WordArray,
    edits,
    jaro_matches,
    jaro_winkler,
    near_cut,
    shared_prefix,
)
from simulator.randomness import IntArray, Word
from simulator.records import Int8Array, Int32Array

ALPHABET = 26
_TRIPLE = "AEIOLNRSTMBD"  # letters with a third place, the commonest repeated in names
_AT_ONCE = 64  # strings in one word of hits
_KEY_RADIX = 64  # above any length and number of letters


class Strings(NamedTuple):
    """Strings of A-Z, ready for the join. A named tuple for compiled loops."""

    letters: UInt8Array  # 0 to 25, one string after the other
    starts: IntArray  # (strings + 1,)
    bags: WordArray  # (strings + 64,): zero beyond
    uncounted: IntArray  # occurrences that have no place in the bag
    heads: IntArray  # first four letters as a number to base 27, zero past the end


class Found(NamedTuple):
    """What the join found: rows of the vocabulary and levels for each query in turn.

    A level of -1 is that of a similarity on a cut point, left to be decided; pairs with the same
    ``keys`` have the same similarity to the last bit.
    """

    counts: IntArray
    rows: Int32Array
    levels: Int8Array
    keys: Int32Array


def _places() -> tuple[IntArray, IntArray]:
    """Return the first place of every letter in the bag and how many it has."""
    sizes = np.array([3 if chr(ord("A") + i) in _TRIPLE else 2 for i in range(ALPHABET)])
    return (np.cumsum(sizes) - sizes).astype(np.int64), sizes.astype(np.int64)


_FIRST_PLACE, _PLACES = _places()


@compiled
def _described(
    letters: UInt8Array, starts: IntArray, first_place: IntArray, places: IntArray
) -> tuple[WordArray, IntArray, IntArray]:
    """Return bags, uncounted occurrences and heads."""
    size = starts.size - 1
    bags = np.zeros(size + _AT_ONCE, np.uint64)
    uncounted, heads = np.zeros(size, np.int64), np.zeros(size, np.int64)
    counts = np.zeros(ALPHABET, np.int64)
    for row in range(size):
        counts[:] = 0
        for i in range(starts[row], starts[row + 1]):
            letter = letters[i]
            if counts[letter] < places[letter]:
                bags[row] |= np.uint64(1) << np.uint64(first_place[letter] + counts[letter])
            else:
                uncounted[row] += 1
            counts[letter] += 1
        for i in range(PREFIX):
            inside = starts[row] + i < starts[row + 1]
            heads[row] = 27 * heads[row] + (np.int64(letters[starts[row] + i]) + 1 if inside else 0)
    return bags, uncounted, heads


def _letters(texts: Sequence[str]) -> tuple[UInt8Array, IntArray]:
    """Return the letters of strings, one after the other, and where each string starts."""
    for text in texts:
        # The kernels number letters from A: any other byte would be read out of bounds.
        if not (0 < len(text) <= LONGEST and text.isascii() and text.isalpha() and text.isupper()):
            raise ValueError(f"not 1 to {LONGEST} letters A-Z: {text!r}")
    letters = np.frombuffer("".join(texts).encode("ascii"), np.uint8) - np.uint8(ord("A"))
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=starts[1:])
    return letters, starts


def strings(texts: Sequence[str]) -> Strings:
    """Prepare strings of 1 to 62 letters A-Z; anything else raises ``ValueError``."""
    letters, starts = _letters(texts)
    bags, uncounted, heads = _described(letters, starts, _FIRST_PLACE, _PLACES)
    return Strings(letters, starts, bags, uncounted, heads)


@inlined
def _sift(
    bag: Word, bags: WordArray, first: int, past: int, least: int, kept: Int32Array, found: int
) -> int:
    """Add the strings with enough common places to the ``found`` in ``kept``; return how many."""
    v = first
    one = np.uint64(1)
    while v < past:
        hits = np.uint64(0)
        # An unsigned index cannot be negative: one from the end would forbid vector instructions.
        at = np.uint64(v)
        for i in range(_AT_ONCE):
            place = np.uint64(i)
            enough = np.uint64(population_count(bag & bags[at + place]) >= least)
            hits |= enough << place
        if past - v < _AT_ONCE:
            hits &= (one << np.uint64(past - v)) - one
        while hits:
            lowest = hits & (~hits + one)
            kept[found] = v + population_count(lowest - one)
            found += 1
            hits ^= lowest
        v += _AT_ONCE
    return found


@inlined
def _in_reach(near: WordArray, letters: UInt8Array, at: int, length: int) -> int:
    """Return how many letters stand where the query holds the same within the window."""
    count, first = np.uint64(0), np.uint64(at)
    for j in range(length):
        place = np.uint64(j)
        count += (near[letters[first + place]] >> place) & np.uint64(1)
    return int(count)


@inlined
def _fill_near(near: WordArray, letters: UInt8Array, at: int, length: int, window: int) -> None:
    """Set, for each letter of a query, the places that are within the window from one."""
    one = np.uint64(1)
    for letter in range(ALPHABET):
        near[letter] = np.uint64(0)
    for i in range(length):
        high = one << np.uint64(min(63, i + window + 1))
        low = one << np.uint64(max(0, i - window))
        near[letters[at + i]] |= high - low


@inlined
def _bound(heads: IntArray, first: int, past: int, value: int) -> int:
    """Return the first place in ``heads[first:past]``, which is sorted, not below a value."""
    while first < past:
        middle = (first + past) >> 1
        if heads[middle] < value:
            first = middle + 1
        else:
            past = middle
    return first


@inlined
def _nest(head: int, heads: IntArray, first: int, past: int, shorter: int, limits: IntArray) -> int:
    """Write where the strings that share 0, 1, ... first letters begin and end; return the last.

    ``limits`` (2, 5) is nested: those that share at least k stand in ``limits[0, k]:limits[1, k]``.
    """
    limits[0, 0], limits[1, 0] = first, past
    step = 27**PREFIX
    deepest = 0
    for prefix in range(1, min(PREFIX, shorter) + 1):
        step //= 27
        start = head // step * step
        first = _bound(heads, first, past, start)
        past = _bound(heads, first, past, start + step)
        if first == past:
            break
        limits[0, prefix], limits[1, prefix] = first, past
        deepest = prefix
    return deepest


@inlined
def _level(
    a: UInt8Array,
    at_a: int,
    length_a: int,
    positions: WordArray,
    b: UInt8Array,
    at_b: int,
    length_b: int,
    window: int,
    floor: int,
) -> tuple[int, int]:
    """Return the Jaro-Winkler level, 0 below the floor, or -1 on a cut point and the pair's key."""
    matches, moved = jaro_matches(a, at_a, positions, length_a, b, at_b, length_b, window)
    if matches == 0:
        return 0, 0
    prefix = shared_prefix(a, at_a, b, at_b, min(length_a, length_b))
    value = jaro_winkler(length_a, length_b, matches, moved, prefix)
    if value < floor / FULL - MARGIN:
        return 0, 0
    if not near_cut(value):
        return int(value * FULL), 0
    key = (length_a * _KEY_RADIX + length_b) * _KEY_RADIX + matches
    return -1, (key * _KEY_RADIX + moved // 2) * (PREFIX + 1) + prefix


@inlined
def _level_by_edits(
    a: UInt8Array,
    at_a: int,
    length_a: int,
    b: UInt8Array,
    at_b: int,
    length_b: int,
    floor: int,
    table: IntArray,
) -> int:
    """Return the Damerau-Levenshtein level, 0 below the floor."""
    longer = max(length_a, length_b)
    distance = edits(a, at_a, length_a, b, at_b, length_b, table)
    level = (longer - distance) * FULL // longer
    return level if level >= floor else 0


class _Room(NamedTuple):
    """Room to work in, and for what one query finds; made once for many queries."""

    kept: Int32Array  # rows that passed the first filter
    near: WordArray
    positions: WordArray
    table: IntArray
    limits: IntArray
    rows: Int32Array
    levels: Int8Array
    keys: Int32Array


@compiled
def _room(size: int) -> _Room:
    """Return room to search so many strings."""
    return _Room(
        np.empty(size, np.int32),
        np.zeros(ALPHABET, np.uint64),
        np.zeros(ALPHABET, np.uint64),
        np.zeros((LONGEST + 2, LONGEST + 2), np.int64),
        np.zeros((2, PREFIX + 1), np.int64),
        np.empty(size, np.int32),
        np.empty(size, np.int8),
        np.empty(size, np.int32),
    )


@inlined
def _ring(
    bag: Word,
    bags: WordArray,
    limits: IntArray,
    prefix: int,
    deepest: int,
    least: int,
    kept: Int32Array,
) -> int:
    """Sift the strings that share exactly so many first letters; they stand in two blocks."""
    if prefix == deepest:
        return _sift(bag, bags, limits[0, prefix], limits[1, prefix], least, kept, 0)
    count = _sift(bag, bags, limits[0, prefix], limits[0, prefix + 1], least, kept, 0)
    return _sift(bag, bags, limits[1, prefix + 1], limits[1, prefix], least, kept, count)


@inlined
def _measure(
    count: int,
    least: int,
    window: int,
    floor: int,
    by_edits: bool,
    asked: Strings,
    q: int,
    searched: Strings,
    room: _Room,
    found: int,
) -> int:
    """Add those of the ``count`` kept that reach the floor to the ``found``; return how many."""
    a, b, starts = asked.letters, searched.letters, searched.starts
    at_a, length_a = asked.starts[q], asked.starts[q + 1] - asked.starts[q]
    for k in range(count):
        v = room.kept[k]
        at_b, length_b, key = starts[v], starts[v + 1] - starts[v], 0
        if _in_reach(room.near, b, at_b, length_b) < least:
            continue
        if by_edits:
            level = _level_by_edits(a, at_a, length_a, b, at_b, length_b, floor, room.table)
        else:
            level, key = _level(a, at_a, length_a, room.positions, b, at_b, length_b, window, floor)
        if level:
            room.rows[found], room.levels[found], room.keys[found] = v, level, key
            found += 1
    return found


@inlined
def _search(
    asked: Strings,
    q: int,
    searched: Strings,
    runs: IntArray,
    required: Requirements,
    floor: int,
    by_edits: bool,
    room: _Room,
) -> int:
    """Write what one query finds into the room; return how many."""
    at, length = asked.starts[q], asked.starts[q + 1] - asked.starts[q]
    found, limits = 0, room.limits
    _fill_near(room.positions, asked.letters, at, length, 0)
    for other in range(1, LONGEST + 1):
        first, past, shorter = runs[other], runs[other + 1], min(length, other)
        if first == past or required.letters[length, other, PREFIX] > shorter:
            continue
        window = required.window[length, other]
        _fill_near(room.near, asked.letters, at, length, window)
        deepest = _nest(asked.heads[q], searched.heads, first, past, shorter, limits)
        for prefix in range(deepest + 1):
            least = required.letters[length, other, prefix]
            if least <= shorter:
                common = least - asked.uncounted[q]
                count = _ring(
                    asked.bags[q], searched.bags, limits, prefix, deepest, common, room.kept
                )
                found = _measure(
                    count, least, window, floor, by_edits, asked, q, searched, room, found
                )
    return found


@compiled
def _longer(array: Any, least: int) -> Any:
    """Return an array that holds the same and has room for at least so many."""
    larger = np.empty(max(2 * array.size, least), array.dtype)
    larger[: array.size] = array
    return larger


@compiled
def joined(
    asked: Strings,
    first_query: int,
    past_query: int,
    searched: Strings,
    runs: IntArray,
    required: Requirements,
    floor: int,
    by_edits: bool,
) -> Found:
    """Return the pairs of queries ``first_query:past_query`` at or above the floor (hundredths).

    The strings searched are sorted by length and letters; those of length n are
    ``runs[n]:runs[n + 1]``. ``required`` is of the same floor and measure.
    """
    room = _room(searched.starts.size)
    counts = np.zeros(past_query - first_query, np.int64)
    rows, levels = np.empty(1 << 14, np.int32), np.empty(1 << 14, np.int8)
    keys, total = np.empty(1 << 14, np.int32), 0
    for q in range(first_query, past_query):
        found = _search(asked, q, searched, runs, required, floor, by_edits, room)
        if total + found > rows.size:
            rows, levels = _longer(rows, total + found), _longer(levels, total + found)
            keys = _longer(keys, total + found)
        rows[total : total + found] = room.rows[:found]
        levels[total : total + found] = room.levels[:found]
        keys[total : total + found] = room.keys[:found]
        counts[q - first_query] = found
        total += found
    return Found(counts, rows[:total].copy(), levels[:total].copy(), keys[:total].copy())
